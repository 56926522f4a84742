"""The result of `update`: what came, what went, and that the medium was found in order afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import __version__
from .contents import PatientContents
from .creation import Ignored
from .report import Finding


@dataclass(frozen=True, slots=True)
class Added:
    """An instance that was added: its source, and the File ID that it has on the medium."""

    source: str
    file_id: tuple[str, ...]
    sop_instance: str

    def to_json(self) -> dict[str, Any]:
        """The entry of `added`."""
        return {"source": self.source, "file_id": list(self.file_id), "sop_instance": self.sop_instance}


@dataclass(frozen=True, slots=True)
class Removed:
    """An instance that was removed, and the path that it had."""

    path: tuple[str, ...]
    sop_instance: str

    def to_json(self) -> dict[str, Any]:
        """The entry of `removed`."""
        return {"file_id": list(self.path), "sop_instance": self.sop_instance}


@dataclass(frozen=True, slots=True)
class Update:
    """What became of a File-set; `path` is the medium that holds it now.

    `removed_contents` tells what went by patient, study and series, `contents` what is there now.
    `folded` counts the sources that were on the medium already. `verified` says that the medium was
    read back and found in order.
    """

    path: str
    in_place: bool
    profiles: tuple[str, ...]
    file_set_id: str
    file_set_uid: str
    added: tuple[Added, ...]
    removed: tuple[Removed, ...]
    removed_contents: tuple[PatientContents, ...]
    folded: int
    ignored: tuple[Ignored, ...]
    contents: tuple[PatientContents, ...]
    findings: tuple[Finding, ...]
    verified: bool

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/update/1`."""
        return {
            "schema": "mediakit/update/1",
            "mediakit": __version__,
            "path": self.path,
            "in_place": self.in_place,
            "profiles": list(self.profiles),
            "file_set_id": self.file_set_id,
            "file_set_uid": self.file_set_uid,
            "added": [each.to_json() for each in self.added],
            "removed": [each.to_json() for each in self.removed],
            "removed_contents": [patient.to_json() for patient in self.removed_contents],
            "already_there": self.folded,
            "ignored": [each.to_json() for each in self.ignored],
            "instances": sum(patient.instances for patient in self.contents),
            "contents": [patient.to_json() for patient in self.contents],
            "findings": [finding.to_json() for finding in self.findings],
            "verified": self.verified,
        }
