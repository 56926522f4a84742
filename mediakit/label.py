"""The words for the label of a finished medium: what a person writes or prints on the disc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .contents import PatientContents, SeriesContents
from .values import person_name

_STUDIES_NAMED = 4


@dataclass(frozen=True, slots=True)
class Label:
    """Lines for the outside of a medium, the most important first.

    The label names the patient: IHE PDI wants patient, date and institution on the outside.
    """

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def label(
    number: str,
    contents: Sequence[PatientContents],
    created: datetime,
    institution: str = "",
    part: str = "",
) -> Label:
    """Patients, studies, date, institution, the medium's number, and which of several it is."""
    lines = [
        f"{person_name(patient.name) or 'no name'}, {_born(patient)}Patient ID {patient.id or 'missing'}"
        for patient in contents
        if patient.is_person
    ]
    studies = [study for patient in contents if patient.is_person for study in patient.studies]
    named = dict.fromkeys(", ".join(filter(None, (str(s), _modalities(s.series)))) for s in studies)
    lines += list(named)[:_STUDIES_NAMED]
    if len(named) > _STUDIES_NAMED:
        lines.append(f"and {len(named) - _STUDIES_NAMED} more studies")
    words = (institution, f"{created:%Y-%m-%d}", number, part)
    lines.append(" - ".join(filter(None, words)))
    lines.append("DICOM images and documents")
    return Label(tuple(lines))


def _born(patient: PatientContents) -> str:
    date = patient.birth_date
    return f"born {date[:4]}-{date[4:6]}-{date[6:8]}, " if len(date) == 8 else ""


def _modalities(series: Sequence[SeriesContents]) -> str:
    return "/".join(sorted({each.modality for each in series} - {""}))
