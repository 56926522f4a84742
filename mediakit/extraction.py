"""The result of `extract`: what came off a medium, what did not, and by which means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import __version__
from .contents import PatientContents
from .report import Finding


@dataclass(frozen=True, slots=True)
class Extracted:
    """One instance: where it is now, where it was, and how it was found.

    `path` is relative to DIR. `recovery` is `none` when the directory leads to it, else
    `spelling`, `extension` or `moved` (the record's name was not quite that), `searched` (no record
    leads to it). `written` is False when the file was there already, with the same bytes.
    """

    path: str
    file_id: tuple[str, ...]
    sop_class: str
    sop_instance: str
    transfer_syntax: str
    patient: str
    study: str
    series: str
    size: int
    sha256: str
    recovery: str
    written: bool

    def to_json(self) -> dict[str, Any]:
        """The entry of `instances`."""
        return {
            "path": self.path,
            "file_id": list(self.file_id),
            "sop_class": self.sop_class,
            "sop_instance": self.sop_instance,
            "transfer_syntax": self.transfer_syntax,
            "patient": self.patient,
            "study": self.study,
            "series": self.series,
            "size": self.size,
            "sha256": self.sha256,
            "recovery": self.recovery,
            "written": self.written,
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """An instance that the medium promises and does not give; `source` is its path there."""

    source: str
    sop_instance: str
    patient: str
    study: str
    series: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The entry of `missing`."""
        return {
            "source": self.source,
            "sop_instance": self.sop_instance,
            "patient": self.patient,
            "study": self.study,
            "series": self.series,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Repeated:
    """A further file with an instance that was extracted already; `same` when its bytes are."""

    source: str
    sop_instance: str
    same: bool

    def to_json(self) -> dict[str, Any]:
        """The entry of `repeated`."""
        return {"source": self.source, "sop_instance": self.sop_instance, "same": self.same}


@dataclass(frozen=True, slots=True)
class SeriesExtracted:
    """How much of one series came off the medium."""

    uid: str
    description: str
    expected: int
    extracted: int

    def to_json(self) -> dict[str, Any]:
        """The entry of `series`."""
        return {
            "uid": self.uid, "description": self.description,
            "expected": self.expected, "extracted": self.extracted,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that a medium gave. `contents` tells it by patient, study and series."""

    medium: str
    out: str
    instances: tuple[Extracted, ...]
    missing: tuple[Missing, ...]
    repeated: tuple[Repeated, ...]
    not_selected: int
    contents: tuple[PatientContents, ...]
    descriptions: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, and no instance is there in two versions."""
        return not self.missing and all(each.same for each in self.repeated)

    @property
    def series(self) -> tuple[SeriesExtracted, ...]:
        """Every series of which something was expected, in the order of the medium."""
        got = Counter(each.series for each in self.instances)
        lost = Counter(each.series for each in self.missing)
        names = dict(self.descriptions)
        return tuple(
            SeriesExtracted(uid, names.get(uid, ""), got[uid] + lost[uid], got[uid])
            for uid in _once([*got, *lost])
        )

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/extract/1`."""
        return {
            "schema": "mediakit/extract/1",
            "mediakit": __version__,
            "medium": self.medium,
            "out": self.out,
            "extracted": len(self.instances),
            "instances": [each.to_json() for each in self.instances],
            "missing": [each.to_json() for each in self.missing],
            "repeated": [each.to_json() for each in self.repeated],
            "not_selected": self.not_selected,
            "series": [each.to_json() for each in self.series],
            "findings": [each.to_json() for each in self.findings],
        }


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
