"""What a File-set holds, in the words a clerk uses: patients, studies, series, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .dictionary import tag_of
from .model import Instance
from .profile.records import ROOT, load_records
from .values import SPECIFIC_CHARACTER_SET, text


@dataclass(frozen=True, slots=True)
class SeriesContents:
    """A series and how many instances of it there are."""

    uid: str
    number: str
    modality: str
    description: str
    instances: int

    def __str__(self) -> str:
        parts = (self.modality, f"series {self.number}" if self.number else "", self.description)
        return " ".join(part for part in parts if part) or self.uid

    def to_json(self) -> dict[str, Any]:
        """The series as in the `contents` of a document."""
        return {
            "uid": self.uid, "number": self.number, "modality": self.modality,
            "description": self.description, "instances": self.instances,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudyContents:
    """A study and its series."""

    uid: str
    date: str
    description: str
    accession: str
    series: tuple[SeriesContents, ...]

    @property
    def instances(self) -> int:
        """The instances of all its series."""
        return sum(series.instances for series in self.series)

    def __str__(self) -> str:
        date = f"{self.date[:4]}-{self.date[4:6]}-{self.date[6:8]}" if len(self.date) == 8 else self.date
        return " ".join(part for part in (date, self.description) if part) or self.uid

    def to_json(self) -> dict[str, Any]:
        """The study as in the `contents` of a document."""
        return {
            "uid": self.uid, "date": self.date, "description": self.description,
            "accession": self.accession, "instances": self.instances,
            "series": [series.to_json() for series in self.series],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PatientContents:
    """A person, as one Patient ID, name and birth date, and the studies."""

    id: str
    name: str
    birth_date: str
    studies: tuple[StudyContents, ...]

    @property
    def instances(self) -> int:
        """The instances of all studies."""
        return sum(study.instances for study in self.studies)

    @property
    def is_person(self) -> bool:
        """Whether this is somebody; palettes, hanging protocols and their like are nobody's."""
        return bool(self.id or self.name or any(study.uid for study in self.studies))

    def __str__(self) -> str:
        if not self.is_person:
            return "objects that belong to no patient"
        return f"{self.name or 'no name'} ({self.id or 'no Patient ID'})"

    def to_json(self) -> dict[str, Any]:
        """The patient as in the `contents` of a document."""
        return {
            "id": self.id, "name": self.name, "birth_date": self.birth_date,
            "instances": self.instances, "studies": [study.to_json() for study in self.studies],
        }  # fmt: skip


def contents_of(
    instances: Iterable[Instance], supplied: Mapping[str, str] | None = None
) -> tuple[PatientContents, ...]:
    """The instances by patient, study and series, each in the order of its first instance.

    `supplied` holds values by keyword that stand in for those that an instance lacks. A
    study or series is described by its first instance; two names under one Patient ID are
    two entries.
    """
    stand_in = supplied or {}

    def values(instance: Instance, *keywords: str) -> tuple[str, ...]:
        return tuple([text(instance.keys, keyword) or given.get(keyword, "") for keyword in keywords])

    people: dict[tuple[str, ...], dict[str, _Study]] = {}
    for instance, count in _alike(instances):
        given = {} if stand_in and is_nobodys(instance) else stand_in
        studies = people.setdefault(values(instance, *_PATIENT), {})
        uid, *described = values(instance, *_STUDY)
        study = studies.setdefault(uid, _Study(tuple(described), {}))
        uid, *described = values(instance, *_SERIES)
        series = study.series.setdefault(uid, _Series(tuple(described)))
        series.instances += count
    return tuple(
        PatientContents(id, name, birth_date, tuple(_study(uid, study) for uid, study in studies.items()))
        for (id, name, birth_date), studies in people.items()
    )


def _alike(instances: Iterable[Instance]) -> Iterable[tuple[Instance, int]]:
    """The first of all instances that have the same words for what they belong to, and how many these are."""
    first: dict[tuple[object, ...], Instance] = {}
    counts: Counter[tuple[object, ...]] = Counter()
    for instance in instances:
        index, cells = instance.keys.index, instance.keys.cells
        alike = instance.sop_class, *[cells[index[tag]] if tag in index else None for tag in _TAGS]
        first.setdefault(alike, instance)
        counts[alike] += 1
    return ((instance, counts[alike]) for alike, instance in first.items())


def is_nobodys(instance: Instance) -> bool:
    """Whether an object names no patient and need not: a palette, a hanging protocol (PS3.3 F.4).

    What has no Directory Record type need not name one where it is of no study either.
    """
    if any(text(instance.keys, keyword) for keyword in _PATIENT):
        return False
    table = load_records()
    kind = table.type_of(instance.sop_class)
    return ROOT in table.parents(kind) if kind else not text(instance.keys, "StudyInstanceUID")


_PATIENT = ("PatientID", "PatientName", "PatientBirthDate")
_STUDY = ("StudyInstanceUID", "StudyDate", "StudyDescription", "AccessionNumber")
_SERIES = ("SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription")


_TAGS = (SPECIFIC_CHARACTER_SET, *map(tag_of, (*_PATIENT, *_STUDY, *_SERIES)))


@dataclass(slots=True)
class _Series:
    described: tuple[str, ...]
    instances: int = 0


class _Study(NamedTuple):
    described: tuple[str, ...]
    series: dict[str, _Series]


def _study(uid: str, study: _Study) -> StudyContents:
    date, description, accession = study.described
    series = tuple(_series_contents(uid, each) for uid, each in study.series.items())
    return StudyContents(uid, date, description, accession, series)


def _series_contents(uid: str, series: _Series) -> SeriesContents:
    number, modality, description = series.described
    return SeriesContents(uid, number, modality, description, series.instances)
