"""What a reader saw in a DICOMDIR: records, the tree they make, and what was odd about it.

Anomalies of the directory, by the fixed word of their `kind`; `offset` is that of the record
concerned where there is one:

    item-length       the length of a record's item does not fit what is in it
    sequence-length   the length of the Directory Record Sequence does not fit its items
    record-cut        a record is incomplete because the file ends; it is left out when the
                      end lies inside of an element
    unreadable        something in a record, or the rest of the sequence, makes no sense
    too-many          there are more records, or bytes, than a reader takes
    element-order     the elements of a record are not in tag order
    offset-nowhere    an offset leads to where no record begins
    record-shared     an offset leads to a record that is in the tree already
    entity-shared     two records lead to the same lower-level entity
    cycle             an offset leads back to a record above it, or before it in its entity
    orphan            no chain of offsets from the root leads to the record
    last-root         (0004,1202) is not the offset of the last record of the root entity
    too-deep          records below a record were not followed any deeper
    recovered         the tree is not that of the offsets; the detail says where it is from
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..model import Anomaly, Attributes, FileId, Instance


@dataclass(frozen=True, slots=True)
class Tree:
    """Parents and children by record number; shared by the records of one directory."""

    records: list[RecordView]
    parents: Sequence[int | None]
    children: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class RecordView:
    """One item of the Directory Record Sequence, as it was found.

    `index` counts the items from 0, `offset` counts bytes from the start of the file to the
    item. `next`, `lower` and `in_use_flag` are as written, None when absent. `keys` holds
    all other elements but the record type. `linked` says that the offsets lead to it.
    """

    index: int
    offset: int
    type: str
    in_use_flag: int | None
    next: int | None
    lower: int | None
    keys: Attributes
    file_id: FileId | None
    linked: bool
    tree: Tree = field(repr=False, compare=False)

    @property
    def in_use(self) -> bool:
        """Whether it counts; only the value 0, which is retired, says that it does not."""
        return self.in_use_flag != 0

    @property
    def parent(self) -> RecordView | None:
        """The record above it."""
        above = self.tree.parents[self.index]
        return None if above is None else self.tree.records[above]

    @property
    def children(self) -> tuple[RecordView, ...]:
        """The records of its lower-level entity."""
        return tuple(self.tree.records[n] for n in self.tree.children[self.index])

    @property
    def ancestors(self) -> Iterator[RecordView]:
        """The records above it, the nearest first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """A DICOMDIR as it was read; `instance` is the file, with the elements outside the records.

    `records` are in the order of the file. `roots` are those of the root entity, and behind
    them those that no other record leads to. `module` holds the tags of the Directory
    Information Module that are there. `recovered` is empty when the tree is that of the
    offsets; else `realigned` (all offsets were out of place in the same order),
    `sequence-order` (from the order of the items and their types) or `partial` (from those
    offsets that make sense).
    """

    instance: Instance
    file_set_id: str
    descriptor: FileId | None
    module: frozenset[int]
    first: int | None
    last: int | None
    consistency: int | None
    records: tuple[RecordView, ...]
    roots: tuple[RecordView, ...]
    recovered: str
    anomalies: tuple[Anomaly, ...]

    @property
    def has_information(self) -> bool:
        """Whether there is a Directory Information Module (PS3.3 F.3.2.2)."""
        return bool(self.module)
