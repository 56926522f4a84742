"""Offsets -> a tree, also where the offsets are wrong, shared, cyclic or missing (PS3.3 F.2.1, F.4).

Five ways are tried in this order: the offsets as written; the offsets moved into place, when
each record is meant once and only the positions are off; all offsets moved by one number of
bytes, which also holds where records are lost or deleted; the order of the items and their
types, when that leaves no choice and contradicts no offset that holds; else whatever offsets
hold. Loops only, every record is visited a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Anomaly
from ..profile.records import BRANCH, ROOT, RecordTable
from .walk import LAST, Chains, Links, Walk

_REALIGNED = "the offsets were moved to the records that they mean by their order"
_SHIFTED = "the offsets lead to records when they are read as {bytes} bytes {way}"
_IN_SEQUENCE = "the tree was rebuilt from the order of the records and their types"
_PARTIAL = "the tree was made of the offsets that lead to records; others are taken as roots"


def link(chains: Chains, table: RecordTable) -> Links:
    """The tree of the records, with every fault of the offsets among its anomalies."""
    positions = {offset: n for n, offset in enumerate(chains.offsets)}
    written = Walk(chains, positions).from_root()
    linked = written.reached
    lost = [n for n, reached in enumerate(linked) if not reached]
    sound = not written.links.anomalies and all(_harmless(chains, n) for n in lost)
    written.from_orphans()
    anomalies = [*written.links.anomalies, *_last_root(chains, written.root_entity, positions)]
    links = written.links
    if not sound:
        links = _recovered(chains, table, written, anomalies)
    links.linked, links.anomalies = linked, anomalies
    return links


def _recovered(chains: Chains, table: RecordTable, written: Walk, anomalies: list[Anomaly]) -> Links:
    """The best tree for offsets that are not sound; how it came about joins the anomalies."""
    nowhere = any(anomaly.kind == "offset-nowhere" for anomaly in anomalies)
    links, detail = _realigned(chains, table) if nowhere else None, _REALIGNED
    if links is None:
        shift, moved = _shifted(chains, table, written) if nowhere else (0, None)
        walk, told = moved or written, []
        if moved:
            told.append(_SHIFTED.format(bytes=abs(shift), way="further on" if shift > 0 else "further back"))
        if moved and _complete(chains, moved):
            walk.links.recovered = "realigned"
        elif in_sequence := _in_sequence(chains, table, walk):
            told.append(_IN_SEQUENCE)
            walk.links, walk.links.recovered = in_sequence, "sequence-order"
        else:
            told.append(_PARTIAL)
            walk.links.recovered = "partial"
        links, detail = walk.links, "; ".join(told)
    anomalies.append(Anomaly("recovered", detail))
    return links


def _harmless(chains: Chains, record: int) -> bool:
    """Whether it does no harm that nothing leads to the record.

    Before 2008 a deleted record was left behind like this, and an MRDR was outside of every
    entity; both are retired.
    """
    return not chains.in_use[record] or chains.types[record] == "MRDR"


def _complete(chains: Chains, walk: Walk) -> bool:
    """Whether the walk took every record, and no offset led it astray."""
    kinds = {anomaly.kind for anomaly in walk.links.anomalies}
    return not kinds - {"orphan"} and all(
        reached or _harmless(chains, n) for n, reached in enumerate(walk.reached)
    )


def _last_root(chains: Chains, roots: Sequence[int], positions: Mapping[int, int]) -> list[Anomaly]:
    """PS3.3 F.3.2.2: (0004,1202) is the offset of the last record of the root entity."""
    real = chains.offsets[roots[-1]] if roots else 0
    if chains.last in (None, real):
        return []
    found = [Anomaly("last-root", f"it is {chains.last}, the last record of the root entity is at {real}")]
    if chains.last and chains.last not in positions:
        found.append(Anomaly("offset-nowhere", f"{LAST} leads to where no record begins"))
    return found


def _meant(chains: Chains) -> set[int]:
    """Every offset that says that there is a record."""
    return {offset for offset in (chains.first, *chains.next, *chains.lower) if offset}


def _realigned(chains: Chains, table: RecordTable) -> Links | None:
    """The tree when the n-th offset means the n-th item, if that fits without any fault.

    A sound directory leads to each of its records exactly once. Who changed texts without
    mending the offsets moved the items, but kept their order.
    """
    meant = _meant(chains)
    if len(meant) != len(chains.offsets):
        return None
    by_offset = sorted(range(len(chains.offsets)), key=chains.offsets.__getitem__)
    walk = Walk(chains, dict(zip(sorted(meant), by_offset, strict=True))).from_root()
    fits = all(_fits(chains, table, n, parent) for n, parent in enumerate(walk.links.parents))
    if walk.links.anomalies or not all(walk.seen) or not fits:
        return None
    walk.links.recovered = "realigned"
    return walk.links


_PROBES = 16
_LEAST_LINKS = 3
_MOST_SHIFTS = 4


def _shifted(chains: Chains, table: RecordTable, written: Walk) -> tuple[int, Walk | None]:
    """The one number of bytes by which all offsets are off, and the walk along them; 0 and None if none.

    Who exchanged the File Meta Information, or cut something off before the records, moved
    all of them alike. Offsets that lead out of the file, as of records that were cut off,
    may still lead nowhere; the others must fit the types of the records.
    """
    landing = sum(n is not None for n in map(written.positions.get, _meant(chains)))
    for shift in _shifts(chains, landing):
        positions = {offset - shift: n for n, offset in enumerate(chains.offsets)}
        walk = Walk(chains, positions).from_root()
        walk.from_orphans()
        fits = all(_fits(chains, table, n, p) for n, p in enumerate(walk.links.parents) if p is not None)
        roots = all(_fits(chains, table, n, None) for n in walk.root_entity)
        faults = {anomaly.kind for anomaly in walk.links.anomalies} - {"offset-nowhere", "orphan"}
        if fits and roots and not faults and sum(walk.reached) > sum(written.reached):
            return shift, walk
    return 0, None


def _shifts(chains: Chains, landing: int) -> list[int]:
    """What might have to be added to all offsets, the likeliest first; `landing` ones do without.

    A few offsets are held against all records: a shift that moves most of them onto records is
    then tried on the others. So the work stays in proportion to the number of records.
    """
    meant = sorted(_meant(chains))
    probes = meant[:: max(1, len(meant) // _PROBES)]
    known = set(chains.offsets)
    found: dict[int, int] = {}
    for probe in probes[:: max(1, len(probes) // 3)]:
        for offset in chains.offsets:
            shift = offset - probe
            if shift and sum(each + shift in known for each in probes) * 2 > len(probes):
                found[shift] = 0
        if len(found) > _PROBES * _MOST_SHIFTS:
            break
    likely = sorted(found, key=abs)[: _PROBES * _MOST_SHIFTS]
    landed = {shift: sum(each + shift in known for each in meant) for shift in likely}
    good = [s for s, count in landed.items() if count >= _LEAST_LINKS and count > landing]
    return sorted(good, key=lambda s: (-landed[s], abs(s)))[:_MOST_SHIFTS]


def _fits(chains: Chains, table: RecordTable, record: int, parent: int | None) -> bool:
    """Whether Table F.4-1 lets the record stand there; types that it does not know stand anywhere."""
    above = ROOT if parent is None else chains.types[parent]
    kinds = table.types
    known = chains.types[record] in kinds and (above == ROOT or above in kinds)
    return not known or above == "PRIVATE" or table.allows(chains.types[record], above)


def _in_sequence(chains: Chains, table: RecordTable, written: Walk) -> Links | None:
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
