"""The result of `verify`: two answers, first "can it be imported", then "does it conform"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import __version__
from .against import Comparison
from .contents import PatientContents
from .lookup import How
from .model import Anomaly, Attributes, Instance
from .people import ExpectedPatient, is_expected
from .read import FileSetView, FileView, Reference
from .report import Finding, Outcome, Severity, Summary
from .values import text

_LOST = frozenset(
    ("truncated", "unreadable", "pixel-data-length", "frames-missing", "medium-error", "not-read",
     "undecodable")
)  # fmt: skip
"""Anomalies of a file by which part of an instance is gone."""


@dataclass(frozen=True, slots=True)
class SeriesImport:
    """How much of one series can be imported."""

    uid: str
    description: str
    instances: int
    readable: int
    recovered: int
    lost: int

    def to_json(self) -> dict[str, Any]:
        """The series as in the `import` part of the document."""
        return {
            "uid": self.uid, "description": self.description, "instances": self.instances,
            "readable": self.readable, "recovered": self.recovered, "lost": self.lost,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many instances the medium should hold, and what a reader gets.

    `readable` are referenced and whole, `recovered` are whole but were found only by
    searching or under another name, `lost` are missing, unreadable or incomplete. `locked`
    counts files that are encrypted and could not be opened: what they are is not known.
    `unsurveyed` says that there may be more, of which neither names nor numbers are known.
    """

    series: tuple[SeriesImport, ...]
    locked: int = 0
    unsurveyed: bool = False

    @staticmethod
    def of(view: FileSetView) -> ImportSummary:
        """Count over every reference, and over the instances that no record refers to."""
        rows: dict[str, dict[str, int]] = {}
        names: dict[str, str] = {}
        for uid, name, fate in _fates(view):
            row = rows.setdefault(uid, {"readable": 0, "recovered": 0, "lost": 0})
            row[fate] += 1
            names.setdefault(uid, name)
        return ImportSummary(
            tuple(SeriesImport(uid, names[uid], sum(row.values()), **row) for uid, row in rows.items()),
            _locked(view),
            view.is_unsurveyed,
        )

    def total(self, what: str) -> int:
        """The sum of one count over all series."""
        return sum(getattr(series, what) for series in self.series)

    def to_json(self) -> dict[str, Any]:
        """The `import` part of the document."""
        counts = {what: self.total(what) for what in ("instances", "readable", "recovered", "lost")}
        more = {"locked": self.locked, "unsurveyed": self.unsurveyed}
        return {**counts, **more, "series": [series.to_json() for series in self.series]}


def _locked(view: FileSetView) -> int:
    mail = view.mail.envelope if view.mail else None
    files = sum(is_locked(file) and file.path not in view.directories for file in view.files.values())
    return files + (mail is not None and mail.locked)


def _fates(view: FileSetView) -> Iterator[tuple[str, str, str]]:
    """Series UID, its description, and what becomes of each instance; of what was deleted nothing does."""
    referenced = {each.path for each in view.references}
    deleted = {each.path for each in view.references if not each.record.in_use}
    elsewhere = {
        file.instance.sop_instance
        for file in view.instances()
        if file.instance and file.path not in referenced and _whole(file.instance)
    }
    seen = set()
    for reference in view.references:
        if reference.path in seen or not reference.record.in_use:
            continue
        seen.add(reference.path)
        if reference.file and is_locked(reference.file):
            continue
        instance = reference.file.instance if reference.file else None
        if instance is None and text(reference.record.keys, "ReferencedSOPInstanceUIDInFile") in elsewhere:
            continue  # it counts where it was found
        there = "readable" if reference.how is How.EXACT else "recovered"
        yield *_series_of(reference), there if instance and _whole(instance) else "lost"
    for file in view.instances():
        if file.path not in seen and file.path not in deleted and file.instance:
            yield *_series(file.instance.keys), "recovered" if _whole(file.instance) else "lost"
    for _ in view.unknown():
        yield "", "", "lost"


def _series_of(reference: Reference) -> tuple[str, str]:
    above = next((record for record in reference.record.ancestors if record.type == "SERIES"), None)
    if above:
        return _series(above.keys)
    instance = reference.file.instance if reference.file else None
    return _series(instance.keys if instance else reference.record.keys)


def _series(keys: Attributes) -> tuple[str, str]:
    return text(keys, "SeriesInstanceUID"), text(keys, "SeriesDescription")


def is_locked(file: FileView) -> bool:
    """Whether it is encrypted and another key or password may open it."""
    return file.opened is not None and file.opened.locked


def lost(instance: Instance) -> Anomaly | None:
    """The anomaly by which part of an instance is gone; None when it is whole."""
    return next((each for each in instance.anomalies if each.kind in _LOST), None)


def _whole(instance: Instance) -> bool:
    return lost(instance) is None


@dataclass(frozen=True, slots=True)
class ProfileVerdict:
    """What the rules of PS3.11 say of the medium under one profile."""

    profile: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many places stand against it."""
        return sum(
            f.count for f in self.findings if f.severity is Severity.ERROR or f.outcome is Outcome.NOT_CHECKED
        )

    @property
    def broken(self) -> bool:
        """Whether any rule of it is broken; one that could not be checked is not."""
        return Summary.of(self.findings).errors > 0

    @property
    def conforms(self) -> bool:
        """Whether nothing stands against it."""
        return self.errors == 0

    @property
    def rules(self) -> list[str]:
        """The rules that stand against it, each once."""
        return list(dict.fromkeys(finding.rule for finding in self.findings))


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found on a medium; `findings` are folded, errors first.

    `contents` are the patients, studies and series of the instances that were found.
    """

    path: str
    view: FileSetView
    requested: tuple[str, ...]
    profiles: tuple[ProfileVerdict, ...]
    findings: tuple[Finding, ...]
    imports: ImportSummary
    contents: tuple[PatientContents, ...]
    expected_patient: ExpectedPatient | None = None
    comparison: Comparison | None = None

    @property
    def patient_matches(self) -> bool | None:
        """Whether it holds the patient that was expected and nobody else; None when nobody was expected."""
        if self.expected_patient is None:
            return None
        people = [patient for patient in self.contents if patient.is_person]
        return bool(people) and all(is_expected(each, self.expected_patient) for each in people)

    @property
    def is_quick(self) -> bool:
        """Whether what needs whole files was skipped."""
        return any(finding.outcome is Outcome.SKIPPED for finding in self.findings)

    @property
    def summary(self) -> Summary:
        """The findings counted by severity."""
        return Summary.of(self.findings)

    @property
    def conforms(self) -> tuple[str, ...]:
        """The judged profiles that the medium satisfies."""
        return tuple(verdict.profile for verdict in self.profiles if verdict.conforms)

    @property
    def verdict(self) -> str:
        """`conforms`, `does-not-conform`, or `not-judged` when something was not checked or skipped."""
        summary = self.summary
        if summary.errors or (self.profiles and all(verdict.broken for verdict in self.profiles)):
            return "does-not-conform"
        left = summary.not_checked or summary.skipped
        return "conforms" if not left and (self.conforms or not self.profiles) else "not-judged"

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/verify/1`."""
        return {
            "schema": "mediakit/verify/1",
            "mediakit": __version__,
            "medium": {
                "path": self.path,
                "formats": [{"id": v.evidence.id, "evidence": v.evidence.text} for v in self.view.media],
                "size": self.view.media[0].size,
            },
            "file_set": self._file_set(),
            "profile": {
                "requested": self.requested[0] if len(self.requested) == 1 else list(self.requested),
                "judged": [verdict.profile for verdict in self.profiles],
                "conforms": list(self.conforms),
                "refused": {v.profile: v.rules for v in self.profiles if not v.conforms},
            },
            "import": self.imports.to_json(),
            "patient_matches": self.patient_matches,
            "against": self.comparison.to_json() if self.comparison else None,
            "verdict": self.verdict,
            "scope": ["format", "file-set", "directory", "headers" if self.is_quick else "instances"],
            "read": self.view.reading.to_json() if self.view.reading else None,
            "summary": self.summary.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def _file_set(self) -> Mapping[str, Any]:
        contents = self.contents
        people = [patient for patient in contents if patient.is_person]
        studies = [study for patient in people for study in patient.studies]
        return {
            "id": self.view.id,
            "uid": self.view.uid,
            "patients": len({patient.id for patient in people}),
            "studies": len(studies),
            "series": sum(len(study.series) for study in studies),
            "instances": len(self.view.instances()),
            "records": len(self.view.directory.records) if self.view.directory else 0,
            "contents": [patient.to_json() for patient in contents],
        }
