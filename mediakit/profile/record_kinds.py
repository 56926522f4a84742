"""Directory Records of one kind: equal in what they hold and in the instances they stand for.

A medium of 50,000 images has a handful of kinds of IMAGE record, so that every profile is
asked a few times and not for each record again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ..dicomdir import RecordView
from ..dictionary import tag_of
from ..model import Instance
from ..read import FileSetView
from ..report import PLACES_SHOWN, Place
from .model import ApplicationProfile
from .signature import Signatures

_DEEPEST = 8
"""Records above a record that are looked at; real directories have three, hostile ones a million."""


@dataclass(slots=True)
class RecordKind:
    """The first record of a kind, an instance of each kind below it, how many there are and where."""

    record: RecordView
    instances: tuple[Instance, ...]
    count: int = 0
    places: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class _Below:
    """A record, the path of the file it refers to, and the instances below it by signature."""

    record: RecordView
    path: str | None
    instances: dict[Hashable, Instance] = field(default_factory=dict)


def record_kinds(
    view: FileSetView,
    profiles: Iterable[ApplicationProfile],
    signature_of: Callable[[Instance], Hashable] | None = None,
) -> tuple[RecordKind, ...]:
    """The kinds of record that lead to an instance, as far as the profiles can tell them apart.

    `signature_of` tells the instances apart, where that has been done for these profiles already.
    """
    known = tuple(profiles)
    holding = tuple(sorted({tag_of(key.within) for each in known for key in each.keys if key.within}))
    kinds: dict[Hashable, RecordKind] = {}
    for below in _records(view, signature_of or Signatures(known).of).values():
        record, keys = below.record, below.record.keys
        kind = kinds.setdefault(
            (
                record.type,
                tuple(keys.index),
                tuple([cell[1] and not cell[1].strip(b" \0") for cell in keys.cells]),
                tuple([keys.raw(tag) for tag in holding]),
                frozenset(below.instances),
            ),
            RecordKind(record, tuple(below.instances.values())),
        )
        kind.count += 1
        if len(kind.places) < PLACES_SHOWN:
            kind.places.append(Place(path=below.path, record=record.index, offset=record.offset))
    return tuple(kinds.values())


def _records(view: FileSetView, signature_of: Callable[[Instance], Hashable]) -> Mapping[int, _Below]:
    """By number the records that lead to an instance, in the order of the directory."""
    found: dict[int, _Below] = {}
    told: set[tuple[int, Hashable]] = set()  # of which record, and so of those above it
    for reference in view.references:
        instance = reference.file.instance if reference.file else None
        if instance is None:
            continue
        signature, own = signature_of(instance), reference.record
        below = found.setdefault(own.index, _Below(own, "/".join(reference.path)))
        below.instances.setdefault(signature, instance)
        parent = own.parent
        if parent is None or (parent.index, signature) in told:
            continue
        told.add((parent.index, signature))
        for record in (parent, *islice(parent.ancestors, _DEEPEST - 1)):
            below = found.setdefault(record.index, _Below(record, None))
            below.instances.setdefault(signature, instance)
    return {index: found[index] for index in sorted(found)}
