"""The result of `create`: what was written, what was not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import __version__
from .contents import PatientContents
from .devices.file_system import FileSystem
from .label import Label
from .report import Finding, Severity


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An instance that was not written: its source, the reason, and the rule behind it."""

    source: str
    reason: str
    rule: str

    def to_json(self) -> dict[str, str]:
        """The entry of `left_out`."""
        return {"source": self.source, "reason": self.reason, "rule": self.rule}


@dataclass(frozen=True, slots=True)
class Changed:
    """An instance that was written in another form than its source has, and every change in words."""

    source: str
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry of `adapted`."""
        return {"source": self.source, "changes": list(self.changes)}


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that is not DICOM at all."""

    source: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """The entry of `ignored`."""
        return {"source": self.source, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Repeated:
    """A further copy of an instance that is written from another file."""

    source: str
    same_as: str

    def to_json(self) -> dict[str, str]:
        """The entry of `repeated`."""
        return {"source": self.source, "same_as": self.same_as}


@dataclass(frozen=True, slots=True)
class Included:
    """Other content that was asked for: how many files lie on the medium, and their bytes together."""

    source: str
    files: int
    size: int

    def to_json(self) -> dict[str, str | int]:
        """The entry of `included`."""
        return {"source": self.source, "files": self.files, "size": self.size}


@dataclass(frozen=True, slots=True)
class Protected:
    """Who can open a secure medium, and who signed it: the names in their certificates."""

    recipients: tuple[str, ...]
    password: bool
    signers: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The `protection` part of the document."""
        return {
            "recipients": list(self.recipients), "password": self.password, "signers": list(self.signers)
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Volume:
    """A finished medium; `size` in bytes, `sha256` of the whole image (none in a dry run).

    `file_system` is that of the mounted medium, when it is a folder on one. `deflated` says how many
    of the instances lie deflated in a ZIP file.
    """

    path: str
    format: str
    size: int
    sha256: str | None
    file_set_id: str
    file_set_uid: str
    contents: tuple[PatientContents, ...]
    label: Label
    file_system: FileSystem | None = None
    deflated: int = 0

    @property
    def instances(self) -> int:
        """How many instances are on it."""
        return sum(patient.instances for patient in self.contents)

    def to_json(self) -> dict[str, Any]:
        """The entry of `volumes`."""
        return {
            "path": self.path,
            "format": self.format,
            "size": self.size,
            "sha256": self.sha256,
            "file_set_id": self.file_set_id,
            "file_set_uid": self.file_set_uid,
            "instances": self.instances,
            "contents": [patient.to_json() for patient in self.contents],
            "label": list(self.label.lines),
            "file_system": self.file_system.to_json() if self.file_system else None,
            "deflated": self.deflated,
        }


@dataclass(frozen=True, slots=True)
class Creation:
    """What a job did. Without volumes nothing was written.

    `conforms` are the profiles that the finished medium was found to satisfy when it was
    read back; `verified` says that the read-back found it whole and without an error.
    """

    profiles: tuple[str, ...]
    why: str
    volumes: tuple[Volume, ...] = ()
    conforms: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    not_selected: int = 0
    findings: tuple[Finding, ...] = ()
    verified: bool = False
    included: tuple[Included, ...] = ()
    dry_run: bool = False
    protection: Protected | None = None
    adapted: tuple[Changed, ...] = ()

    @property
    def written(self) -> int:
        """How many instances are on the finished media; in a dry run, how many would be."""
        return sum(volume.instances for volume in self.volumes)

    @property
    def complete(self) -> bool:
        """Whether everything was written, read back and found in order."""
        errors = any(finding.severity is Severity.ERROR for finding in self.findings)
        return (self.verified or self.dry_run) and not self.left_out and not errors

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/create/1`."""
        return {
            "schema": "mediakit/create/1",
            "mediakit": __version__,
            "profiles": list(self.profiles),
            "conforms": list(self.conforms),
            "why": self.why,
            "volumes": [volume.to_json() for volume in self.volumes],
            "written": self.written,
            "left_out": [each.to_json() for each in self.left_out],
            "ignored": [each.to_json() for each in self.ignored],
            "repeated": [each.to_json() for each in self.repeated],
            "not_selected": self.not_selected,
            "adapted": [each.to_json() for each in self.adapted],
            "included": [each.to_json() for each in self.included],
            "findings": [finding.to_json() for finding in self.findings],
            "verified": self.verified,
            "dry_run": self.dry_run,
            "protection": self.protection.to_json() if self.protection else None,
        }
