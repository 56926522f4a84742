"""Values as lines of plain text: sizes, counts, tables, what a medium holds, what was found on it.

A clerk reads this: patients by name, studies by date, series by modality and number. UIDs
stay in the JSON.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..contents import PatientContents, SeriesContents, StudyContents
from ..report import Finding, Outcome, Place, Severity, Summary
from ..values import person_name

_PLACES_NAMED = 3
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def counted(number: int, noun: str) -> str:
    """The number and the noun: "1 study", "12 studies"."""
    if number == 1:
        return f"1 {noun}"
    plural = noun if noun.endswith("series") else f"{noun[:-1]}ies" if noun.endswith("dy") else f"{noun}s"
    return f"{number:,} {plural}"


def things(number: int) -> str:
    """Instances as people call them: "431 images and documents"."""
    return "1 image or document" if number == 1 else f"{number:,} images and documents"


def size(count: int) -> str:
    """A count of bytes, exactly and for people: "736,972,800 bytes (737.0 MB)"."""
    unit = next(((name, scale) for name, scale in _UNITS if count >= scale), None)
    return f"{count:,} bytes" + (f" ({count / unit[1]:.1f} {unit[0]})" if unit else "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns under their headings, as wide as what they hold; the last one is not padded."""
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * width for width in widths))
    for row in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """The columns a terminal needs for it: East Asian characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def sections(*parts: Iterable[str]) -> Iterator[str]:
    """The lines of all parts, with an empty line between those that have any."""
    first = True
    for part in parts:
        for number, line in enumerate(part):
            if number == 0 and not first:
                yield ""
            first = False
            yield line


def fields(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names and values, the values one below the other."""
    known = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in known), default=0)
    return (f"{name:{width}}  {value}" for name, value in known)


def date(value: str) -> str:
    """A DICOM date for people; whatever is no date as it is."""
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 and value.isdigit() else value


def patient_words(patient: PatientContents) -> str:
    """Name, Patient ID and birth date in one line."""
    if not patient.id and not patient.name:
        return "Without a patient"
    born = f", born {date(patient.birth_date)}" if patient.birth_date else ""
    name = person_name(patient.name) or "(no name)"
    return f"{name} (Patient ID {patient.id}{born})" if patient.id else f"{name} (no Patient ID{born})"


def study_words(study: StudyContents) -> str:
    """Date and description of a study."""
    words = " ".join(part for part in (date(study.date), study.description) if part)
    return words or (f"study {study.uid}" if study.uid else "without a study")


def series_words(series: SeriesContents) -> str:
    """Modality, number and description of a series."""
    number = f"series {series.number}" if series.number else "series" if series.uid else "without a series"
    return " ".join(part for part in (series.modality, number, series.description) if part)


def totals(contents: Sequence[PatientContents]) -> str:
    """How many patients, studies, series and objects there are; some objects belong to none of them."""
    studies = [study for patient in contents for study in patient.studies]
    series = [each for study in studies for each in study.series]
    numbers = (
        counted(len({patient.id for patient in contents if patient.id or patient.name}), "patient"),
        counted(sum(bool(study.uid) for study in studies), "study"),
        counted(sum(bool(each.uid) for each in series), "series"),
        things(sum(study.instances for study in studies)),
    )
    return ", ".join(numbers)


def contents_lines(contents: Sequence[PatientContents]) -> Iterator[str]:
    """Every patient, study and series with its count."""
    for patient in contents:
        yield patient_words(patient)
        for study in patient.studies:
            accession = f", accession number {study.accession}" if study.accession else ""
            yield f"  {study_words(study)}{accession}"
            for series in study.series:
                yield f"    {series.instances:>5}  {series_words(series)}"


@dataclass(frozen=True, slots=True)
class Names:
    """What the UIDs of findings are called; a UID that is not known has no name."""

    series: dict[str, str]
    studies: dict[str, str]
    patients: dict[str, str]

    @staticmethod
    def of(contents: Sequence[PatientContents]) -> Names:
        """The names of everything among the contents."""
        series: dict[str, str] = {}
        studies: dict[str, str] = {}
        patients: dict[str, str] = {}
        for patient in contents:
            patients.setdefault(patient.id, person_name(patient.name) or patient.id)
            for study in patient.studies:
                called = studies[study.uid] = f"{study_words(study)}, {patients[patient.id]}"
                series.update((each.uid, f"{series_words(each)}, {called}") for each in study.series)
        return Names(series, studies, patients)

    def of_place(self, place: Place) -> str:
        """The narrowest name that is known: series with study and patient, or less."""
        return (
            self.series.get(place.series or "")
            or self.studies.get(place.study or "")
            or self.patients.get(place.patient or "", "")
        )


def findings_sections(findings: Sequence[Finding], names: Names) -> tuple[Iterator[str], ...]:
    """Errors first, then warnings, what could not be checked, and notes, each under its heading."""
    failed = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    groups = {
        "Errors": [finding for finding in failed if finding.severity is Severity.ERROR],
        "Warnings": [finding for finding in failed if finding.severity is Severity.WARNING],
        "Not checked": [finding for finding in findings if finding.outcome is Outcome.NOT_CHECKED],
        "Notes": [finding for finding in failed if finding.severity is Severity.NOTE],
    }
    return tuple(_section(heading, group, names) for heading, group in groups.items())


def _section(heading: str, findings: Sequence[Finding], names: Names) -> Iterator[str]:
    if findings:
        yield f"{heading} ({sum(finding.count for finding in findings):,})"
    for finding in findings:
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        yield f"  {finding.rule}  {finding.message}{times}"
        for line in (_where(finding, names), f"{finding.citation}. {finding.advice}"):
            if line:
                yield f"            {line}"


def _where(finding: Finding, names: Names) -> str:
    """The first places, and which series they belong to in words."""
    places = finding.places or (finding.where,)
    spots = list(dict.fromkeys(filter(None, map(_spot, places))))
    shown = ", ".join(spots[:_PLACES_NAMED])
    more = finding.count - len(spots[:_PLACES_NAMED])
    if shown and more > 0 and finding.count > 1:
        shown += f" and {more:,} more"
    called = list(dict.fromkeys(filter(None, map(names.of_place, places))))
    return "; ".join(part for part in (shown, " / ".join(called[:_PLACES_NAMED])) if part)


def _spot(place: Place) -> str:
    record = f"(record {place.record})" if place.record is not None else ""
    return " ".join(part for part in (place.path, record, place.tag) if part)


def summary_words(summary: Summary) -> str:
    """The counts that are not zero: "2 errors, 1 warning"."""
    counts = Counter({"error": summary.errors, "warning": summary.warnings, "note": summary.notes})
    words = [counted(number, noun) for noun, number in counts.items() if number]
    words += [f"{summary.not_checked:,} not checked"] if summary.not_checked else []
    return ", ".join(words) or "nothing to remark"
