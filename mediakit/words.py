"""What people call things: counts, sizes, patients, studies, series, places, in plain words.

The text of the command line and the HTML report say the same of the same. A clerk reads it:
patients by name, studies by date, series by modality and number. UIDs stay in the JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .values import person_name

if TYPE_CHECKING:
    from .contents import PatientContents, SeriesContents, StudyContents
    from .report import Place, Summary

_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))

RECOVERED_BY = {
    "spelling": "found under a name that is spelt otherwise",
    "extension": "found with an extension",
    "moved": "found in another place, by its SOP Instance UID",
    "searched": "in no directory, found by searching",
    "scanned": "found by searching, as there is no directory",
}
"""How an instance was found, by the words of `Extracted.recovery`."""


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


def summary_words(summary: Summary) -> str:
    """The counts that are not zero: "2 errors, 1 warning"."""
    counts = Counter({"error": summary.errors, "warning": summary.warnings, "note": summary.notes})
    words = [counted(number, noun) for noun, number in counts.items() if number]
    words += [f"{summary.not_checked:,} not checked"] if summary.not_checked else []
    words += [f"{summary.skipped:,} skipped"] if summary.skipped else []
    return ", ".join(words) or "nothing to remark"


def spot(place: Place) -> str:
    """Path, record and attribute of a place, in one line."""
    record = f"(record {place.record})" if place.record is not None else ""
    return " ".join(part for part in (place.path, record, place.tag) if part)
