"""Where an instance is, as a finding names it."""

from __future__ import annotations

from .model import Instance
from .report import Place
from .values import text


def place_of(instance: Instance, path: str | None = None) -> Place:
    """The instance's path (its origin when none is given) and the identifiers of its branch."""
    return Place(
        path=instance.origin if path is None else path,
        patient=text(instance.keys, "PatientID") or None,
        study=text(instance.keys, "StudyInstanceUID") or None,
        series=text(instance.keys, "SeriesInstanceUID") or None,
        instance=instance.sop_instance or None,
    )
