"""Offsets -> a tree, also where the offsets are wrong, shared, cyclic or missing (PS3.3 F.2.1, F.4).

Four ways are tried in this order: the offsets as written; the offsets moved into place, when
each item is meant once and only the positions are off; the order of the items and their
types, when that leaves no choice and contradicts no offset that holds; else whatever offsets
hold. Loops only, every record is visited a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..model import Anomaly
from ..profile.records import BRANCH, ROOT, RecordTable

DEEPEST = 64
"""Levels that are followed; Table F.4-1 has four, private records may add some."""

_REALIGNED = "the offsets were moved to the records that they mean by their order"
_IN_SEQUENCE = "the tree was rebuilt from the order of the records and their types"
_PARTIAL = "the tree was made of the offsets that lead to records; others are taken as roots"
_NEXT, _LOWER = "Offset of the Next Directory Record", "Offset of Referenced Lower-Level Directory Entity"
_FIRST = "Offset of the First Directory Record of the Root Directory Entity"
_LAST = "Offset of the Last Directory Record of the Root Directory Entity"


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


def link(chains: Chains, table: RecordTable) -> Links:
    """The tree of the records, with every fault of the offsets among its anomalies."""
    positions = {offset: n for n, offset in enumerate(chains.offsets)}
    written = _Walk(chains, positions).from_root()
    linked = list(written.seen)
    lost = [n for n, reached in enumerate(linked) if not reached]
    sound = not written.links.anomalies and all(_harmless(chains, n) for n in lost)
    written.from_orphans()
    anomalies = [*written.links.anomalies, *_last_root(chains, written.root_entity, positions)]
    links = written.links
    if not sound:
        links = _realigned(chains, table, anomalies) or _in_sequence(chains, table, written) or links
        links.recovered = links.recovered or "partial"
        detail = {"realigned": _REALIGNED, "sequence-order": _IN_SEQUENCE}.get(links.recovered, _PARTIAL)
        anomalies.append(Anomaly("recovered", detail))
    links.linked, links.anomalies = linked, anomalies
    return links


def _harmless(chains: Chains, record: int) -> bool:
    """Whether it does no harm that nothing leads to the record.

    Before 2008 a deleted record was left behind like this, and an MRDR was outside of every
    entity; both are retired.
    """
    return not chains.in_use[record] or chains.types[record] == "MRDR"


class _Walk:
    """One journey along the offsets; `positions` says which record each offset means."""

    def __init__(self, chains: Chains, positions: Mapping[int, int]) -> None:
        self.chains, self.positions = chains, positions
        count = len(chains.offsets)
        self.links = Links.of(count)
        self.seen = [False] * count
        self.root_entity: list[int] = []
        self._entity = [-1] * count
        self._entities = 0

    def from_root(self) -> _Walk:
        """Follow (0004,1200) and all that comes after it."""
        self._follow(self.chains.first or 0, self.links.roots)
        self.root_entity = list(self.links.roots)
        return self

    def from_orphans(self) -> None:
        """Take in what the root does not lead to, the beginnings of chains before the rest."""
        lost = [n for n, seen in enumerate(self.seen) if not seen]
        targets = {
            self.positions.get(o or 0) for n in lost for o in (self.chains.next[n], self.chains.lower[n])
        }
        heads = [n for n in lost if n not in targets]
        for orphan in [*heads, *lost]:
            if not self.seen[orphan]:
                self._follow(self.chains.offsets[orphan], self.links.roots)
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
        source, name = owner, _FIRST if owner is None else _LOWER
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
            source, name = record, _NEXT
            offset = chains.next[record] or 0
        return lower

    def _seen_before(self, record: int, name: str, source: int | None) -> None:
        """An offset leads to a record that is in the tree: a cycle, or one of two owners too many."""
        same_chain = name is _NEXT and self._entity[record] == self._entities
        if same_chain or self._is_above(record, source):
            self._fault("cycle", f"{name} leads back to a record above or before it", source)
            return
        owner = self.links.parents[record]
        first = (self.links.roots if owner is None else self.links.children[owner])[0]
        if name is _LOWER and first == record:
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


def _last_root(chains: Chains, roots: Sequence[int], positions: Mapping[int, int]) -> list[Anomaly]:
    """PS3.3 F.3.2.2: (0004,1202) is the offset of the last record of the root entity."""
    real = chains.offsets[roots[-1]] if roots else 0
    if chains.last in (None, real):
        return []
    found = [Anomaly("last-root", f"it is {chains.last}, the last record of the root entity is at {real}")]
    if chains.last and chains.last not in positions:
        found.append(Anomaly("offset-nowhere", f"{_LAST} leads to where no record begins"))
    return found


def _realigned(chains: Chains, table: RecordTable, anomalies: Sequence[Anomaly]) -> Links | None:
    """The tree when the n-th offset means the n-th item, if that fits without any fault.

    A sound directory leads to each of its records exactly once. Who changed texts without
    mending the offsets moved the items, but kept their order.
    """
    if not any(anomaly.kind == "offset-nowhere" for anomaly in anomalies):
        return None
    meant = {offset for offset in (chains.first, *chains.next, *chains.lower) if offset}
    if len(meant) != len(chains.offsets):
        return None
    by_offset = sorted(range(len(chains.offsets)), key=chains.offsets.__getitem__)
    walk = _Walk(chains, dict(zip(sorted(meant), by_offset, strict=True))).from_root()
    fits = all(_fits(chains, table, n, parent) for n, parent in enumerate(walk.links.parents))
    if walk.links.anomalies or not all(walk.seen) or not fits:
        return None
    walk.links.recovered = "realigned"
    return walk.links


def _fits(chains: Chains, table: RecordTable, record: int, parent: int | None) -> bool:
    """Whether Table F.4-1 lets the record stand there; types that it does not know stand anywhere."""
    above = ROOT if parent is None else chains.types[parent]
    kinds = table.types
    known = chains.types[record] in kinds and (above == ROOT or above in kinds)
    return not known or above == "PRIVATE" or table.allows(chains.types[record], above)


def _in_sequence(chains: Chains, table: RecordTable, written: _Walk) -> Links | None:
    """The tree that the order of the items means, if types leave no choice and no offset contradicts."""
    parents: list[int | None] = list(written.links.parents)
    active = [n for n, found in enumerate(parents) if found is not None or not _harmless(chains, n)]
    barren: set[int] = set()
    open_branch: list[int] = []
    for record in active:
        parent = _place(chains, table, record, open_branch)
        if parent == _NOWHERE:
            return None
        parents[record] = parent
        barren.discard(-1 if parent is None else parent)
        if chains.types[record] in BRANCH:
            open_branch.append(record)
            barren.add(record)
    # A branch without leaves says that the items are not in the order of the tree. Only the
    # last one may be cut off.
    if barren - {open_branch[-1] if open_branch else -1}:
        return None
    kept = ((n, parent) for n, parent in enumerate(written.links.parents) if parent is not None)
    if any(parents[n] != parent for n, parent in kept):
        return None
    links = Links.under(parents)
    links.recovered = "sequence-order"
    return links


_NOWHERE = -1


def _place(chains: Chains, table: RecordTable, record: int, open_branch: list[int]) -> int | None:
    """The parent of the next item, or _NOWHERE; branches that cannot hold it are closed."""
    kind = chains.types[record]
    if kind not in table.types or kind == "PRIVATE":
        return open_branch[-1] if open_branch else None
    if ROOT in table.parents(kind):
        open_branch.clear()
        return None
    while open_branch and not table.allows(kind, chains.types[open_branch[-1]]):
        open_branch.pop()
    return open_branch[-1] if open_branch else _NOWHERE
