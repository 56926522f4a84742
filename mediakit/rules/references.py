"""The references of a directory, as the rules on File-sets see them: with their instances, and where."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Instance
from ..read import FileSetView, Reference
from ..report import Place
from ..values import text

BRANCH = {
    "PATIENT": ("PatientID", "Patient ID"),
    "STUDY": ("StudyInstanceUID", "Study Instance UID"),
    "SERIES": ("SeriesInstanceUID", "Series Instance UID"),
}
"""The key that tells patients, studies and series apart, and its name."""


def reference_place(reference: Reference, tag: str | None = None) -> Place:
    """The record's place: the path it names, its number and offset, and the instance's identifiers."""
    above = {record.type: record.keys for record in reference.record.ancestors}
    branch = {level: text(keys, BRANCH[level][0]) for level, keys in above.items() if level in BRANCH}
    return Place(
        path="/".join(reference.named),
        record=reference.record.index,
        offset=reference.record.offset,
        tag=tag,
        patient=branch.get("PATIENT") or None,
        study=branch.get("STUDY") or None,
        series=branch.get("SERIES") or None,
        instance=text(reference.record.keys, 0x00041511) or None,
    )


def pairs(view: FileSetView) -> Iterator[tuple[Reference, Instance]]:
    """Every reference whose file holds an instance."""
    for reference in view.references:
        if reference.file and reference.file.instance:
            yield reference, reference.file.instance
