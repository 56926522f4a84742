"""What a directory promises, in the words a clerk uses, before any of its files was read.

Whoever waits for a slow disc sees at once whose it is. The records are taken at their word; what
is really there, `contents_of` tells when the files were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .contents import PatientContents, SeriesContents, StudyContents
from .dicomdir import DirectoryView, RecordView
from .model import Attributes
from .values import text

_LEVELS = ("PATIENT", "STUDY", "SERIES")

_Counts = dict[int | None, int]
_Studies = dict[int | None, _Counts]
"""Instances by the numbers of series records, and those by the numbers of study records."""


def directory_contents(directory: DirectoryView) -> tuple[PatientContents, ...]:
    """Patients, studies and series of the records that refer to files, in the order of the directory."""
    patients: dict[int | None, _Studies] = {}
    for record in directory.records:
        if record.file_id is not None and record.in_use:
            patient, study, series = _branch(record)
            counts = patients.setdefault(patient, {}).setdefault(study, {})
            counts[series] = counts.get(series, 0) + 1
    return tuple(_patients(directory, patients))


def _branch(record: RecordView) -> tuple[int | None, ...]:
    """The numbers of the patient, study and series records above, None where there is none."""
    above = {each.type: each.index for each in record.ancestors}
    return tuple(above.get(level) for level in _LEVELS)


def _patients(directory: DirectoryView, patients: Mapping[int | None, _Studies]) -> Iterator[PatientContents]:
    for index, studies in patients.items():
        keys = _keys(directory, index)
        id, name, born = (text(keys, each) for each in ("PatientID", "PatientName", "PatientBirthDate"))
        found = (_study(directory, study, counts) for study, counts in studies.items())
        yield PatientContents(id, name, born, tuple(found))


def _study(directory: DirectoryView, index: int | None, counts: _Counts) -> StudyContents:
    keys = _keys(directory, index)
    return StudyContents(
        uid=text(keys, "StudyInstanceUID"),
        date=text(keys, "StudyDate"),
        description=text(keys, "StudyDescription"),
        accession=text(keys, "AccessionNumber"),
        series=tuple(_series(_keys(directory, series), count) for series, count in counts.items()),
    )


def _series(keys: Attributes, count: int) -> SeriesContents:
    return SeriesContents(
        uid=text(keys, "SeriesInstanceUID"),
        number=text(keys, "SeriesNumber"),
        modality=text(keys, "Modality"),
        description=text(keys, "SeriesDescription"),
        instances=count,
    )


def _keys(directory: DirectoryView, index: int | None) -> Attributes:
    return Attributes() if index is None else directory.records[index].keys
