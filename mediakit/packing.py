"""Items of known weight into few bins of one size: arithmetic only, it knows nothing of media.

The order of the items is kept where that costs no bin; then all bins are made about equally full.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence

Bins = list[list[int]]
"""The numbers of the items in each bin, the bins in the order of their first items."""

_FINENESS = 1024
"""How exactly bins are balanced: to this fraction of their size."""


def pack(weights: Sequence[int], limit: int, balanced: bool = True) -> Bins:
    """Every item in one bin; no bin weighs more than `limit`, but one of a single item that does.

    Without `balanced` the first bins are filled up and the last one takes the rest.
    """
    method = min((_in_order, _best_fit), key=lambda each: len(each(weights, limit)))
    found = method(weights, limit)
    return _balanced(weights, limit, method, found) if balanced else found


def _balanced(
    weights: Sequence[int], limit: int, method: Callable[[Sequence[int], int], Bins], found: Bins
) -> Bins:
    """The same number of bins with the smallest limit under which there are no more."""
    low, high = sum(weights) // max(1, len(found)), limit
    while high - low > limit // _FINENESS:
        middle = (low + high) // 2
        tried = method(weights, middle)
        if len(tried) <= len(found):
            found, high = tried, middle
        else:
            low = middle + 1
    return found


def _in_order(weights: Sequence[int], limit: int) -> Bins:
    """A new bin whenever the next item does not fit."""
    bins: Bins = []
    room = -1
    for number, weight in enumerate(weights):
        if weight > room:
            bins.append([])
            room = limit
        bins[-1].append(number)
        room -= weight
    return bins


def _best_fit(weights: Sequence[int], limit: int) -> Bins:
    """The heaviest item first, each into the fullest bin that still takes it."""
    bins: Bins = []
    rooms: list[tuple[int, int]] = []
    for number in sorted(range(len(weights)), key=lambda number: (-weights[number], number)):
        at = bisect_left(rooms, (weights[number], -1))
        if at == len(rooms):
            room, into = limit, len(bins)
            bins.append([])
        else:
            room, into = rooms.pop(at)
        bins[into].append(number)
        insort(rooms, (room - weights[number], into))
    return sorted(map(sorted, bins))
