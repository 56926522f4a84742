"""One study belongs to one patient, one series to one study (PS3.3 F.5.2, F.5.3).

A directory cannot say otherwise: its STUDY and SERIES records are unique. Where the instances
do, the first of them stay and the others cannot be in the same File-set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .model import Instance
from .values import text

_LEVELS = (
    ("StudyInstanceUID", "PatientID", "Study", "patient", "KEY-002"),
    ("SeriesInstanceUID", "StudyInstanceUID", "Series", "study", "KEY-003"),
)


def inconsistent(instances: Sequence[Instance], supply: Mapping[str, str]) -> list[tuple[Instance, str, str]]:
    """The instances that stand under another parent than the first of their entity, why, and the rule."""
    parents: dict[tuple[str, str], Instance] = {}
    found = []
    for instance in instances:
        for child, parent, entity, above, rule in _LEVELS:
            uid = text(instance.keys, child)
            if not uid:
                continue
            first = parents.setdefault((child, uid), instance)
            ours, theirs = (text(each.keys, parent) or supply.get(parent, "") for each in (instance, first))
            if ours != theirs:
                reason = f"{entity} {uid} belongs to {above} {theirs} in {first.origin}, here to {ours}"
                found.append((instance, reason, rule))
                break
    return found
