"""The journey along the offsets of a directory, wherever they lead (PS3.3 F.2.1, F.3.2.2).

Loops only; every record is taken once, and each offset that leads anywhere else is an anomaly.
What to do when there are any is decided in `links`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..model import Anomaly

DEEPEST = 64
"""Levels that are followed; Table F.4-1 has four, private records may add some."""

NEXT, LOWER = "Offset of the Next Directory Record", "Offset of Referenced Lower-Level Directory Entity"
FIRST = "Offset of the First Directory Record of the Root Directory Entity"
LAST = "Offset of the Last Directory Record of the Root Directory Entity"


@dataclass(frozen=True, slots=True)
class Chains:
    """The raw material: for every record its offset, type, in-use flag, and its two links."""

    offsets: Sequence[int]
    types: Sequence[str]
    in_use: Sequence[bool]
    next: Sequence[int | None]
    lower: Sequence[int | None]
    first: int | None
    last: int | None


@dataclass(slots=True)
class Links:
    """A tree by record numbers, in the making or finished; `linked` are reached from the root."""

    parents: list[int | None]
    children: list[list[int]]
    roots: list[int] = field(default_factory=list)
    linked: list[bool] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    recovered: str = ""

    @staticmethod
    def of(count: int) -> Links:
        """As many records, none of them in the tree."""
        return Links([None] * count, [[] for _ in range(count)])

    @staticmethod
    def under(parents: Sequence[int | None]) -> Links:
        """The tree in which every record has that parent, children in the order of their numbers."""
        links = Links(list(parents), [[] for _ in parents])
        for record, parent in enumerate(parents):
            (links.roots if parent is None else links.children[parent]).append(record)
        return links


class Walk:
    """One journey along the offsets; `positions` says which record each offset means."""

    def __init__(self, chains: Chains, positions: Mapping[int, int]) -> None:
        self.chains, self.positions = chains, positions
        count = len(chains.offsets)
        self.links = Links.of(count)
        self.seen = [False] * count
        self.reached: list[bool] = []
        self.root_entity: list[int] = []
        self._entity = [-1] * count
        self._entities = 0

    def from_root(self) -> Walk:
        """Follow (0004,1200) and all that comes after it."""
        self._follow(self.chains.first or 0, self.links.roots)
        self.root_entity, self.reached = list(self.links.roots), list(self.seen)
        return self

    def from_orphans(self) -> None:
        """Take in what the root does not lead to, the beginnings of chains before the rest."""
        lost = [n for n, seen in enumerate(self.seen) if not seen]
        targets = {
            self.positions.get(o or 0) for n in lost for o in (self.chains.next[n], self.chains.lower[n])
        }
        heads = [n for n in lost if n not in targets]
        offsets = {n: offset for offset, n in self.positions.items()} if lost else {}
        for orphan in [*heads, *lost]:
            if not self.seen[orphan]:
                self._follow(offsets[orphan], self.links.roots)
        for orphan in lost:
            if self.chains.types[orphan] != "MRDR":
                detail = "no chain of offsets from the root leads to it"
                self.links.anomalies.append(Anomaly("orphan", detail, self.chains.offsets[orphan]))

    def _follow(self, offset: int, siblings: list[int]) -> None:
        """Walk one entity and all entities below it."""
        pending: list[tuple[int, int | None, list[int], int]] = [(offset, None, siblings, 1)]
        while pending:
            offset, owner, siblings, level = pending.pop()
            lower = self._entity_at(offset, owner, siblings)
            if level < DEEPEST:
                below = [(self.chains.lower[n] or 0, n, self.links.children[n], level + 1) for n in lower]
                pending += reversed(below)
            elif lower:
                detail = f"what lies below level {DEEPEST} was not followed"
                self.links.anomalies.append(Anomaly("too-deep", detail, self.chains.offsets[lower[0]]))

    def _entity_at(self, offset: int, owner: int | None, siblings: list[int]) -> list[int]:
        """Walk one chain; its records that lead further down."""
        chains, lower = self.chains, []
        source, name = owner, FIRST if owner is None else LOWER
        self._entities += 1
        while offset:
            record = self.positions.get(offset)
            if record is None:
                self._fault("offset-nowhere", f"{name} leads to where no record begins", source)
                break
            if self.seen[record]:
                self._seen_before(record, name, source)
                break
            self.seen[record], self._entity[record] = True, self._entities
            self.links.parents[record] = owner
            siblings.append(record)
            if chains.lower[record]:
                lower.append(record)
            source, name = record, NEXT
            offset = chains.next[record] or 0
        return lower

    def _seen_before(self, record: int, name: str, source: int | None) -> None:
        """An offset leads to a record that is in the tree: a cycle, or one of two owners too many."""
        same_chain = name is NEXT and self._entity[record] == self._entities
        if same_chain or self._is_above(record, source):
            self._fault("cycle", f"{name} leads back to a record above or before it", source)
            return
        owner = self.links.parents[record]
        first = (self.links.roots if owner is None else self.links.children[owner])[0]
        if name is LOWER and first == record:
            self._fault("entity-shared", f"{name} leads to the entity of another record", source)
        else:
            self._fault(
                "record-shared", f"{name} leads to a record that belongs to an entity already", source
            )

    def _is_above(self, record: int, source: int | None) -> bool:
        """Whether the record is the source or above it; at most DEEPEST steps."""
        while source is not None:
            if source == record:
                return True
            source = self.links.parents[source]
        return False

    def _fault(self, kind: str, detail: str, source: int | None) -> None:
        offset = None if source is None else self.chains.offsets[source]
        self.links.anomalies.append(Anomaly(kind, detail, offset))
