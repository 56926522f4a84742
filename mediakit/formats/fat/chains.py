"""File Allocation Table -> chains of clusters, whatever the table says.

A chain is a list of runs of clusters that follow each other. Every cluster is given to one
chain; a chain that comes to a cluster that is taken, or leads nowhere, says so.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass

from .geometry import FIRST

_FREE, _OWN, _TAKEN = 0, 2, 1
_BAD = 0xFFFFFF7


def decode(raw: bytes, width: int) -> array[int]:
    """The entries of a FAT as numbers of 28 bits; special ones of FAT12 and FAT16 are widened."""
    if width == 12:
        pairs = (int.from_bytes(raw[at : at + 3], "little") for at in range(0, len(raw) - 2, 3))
        entries = array("L", (each for pair in pairs for each in (pair & 0xFFF, pair >> 12)))
        if len(raw) % 3 == 2:
            entries.append(int.from_bytes(raw[-2:], "little") & 0xFFF)
        return array("L", (each if each < 0xFF7 else each | 0xFFFF000 for each in entries))
    entries = array("H" if width == 16 else "I", raw[: len(raw) // (width // 8) * (width // 8)])
    if sys.byteorder == "big":
        entries.byteswap()
    if width == 16:
        return array("L", (each if each < 0xFFF7 else each | 0xFFF0000 for each in entries))
    if raw and max(raw[3::4], default=0) > 0x0F:  # the upper four bits are not part of the number
        return array("I", (each & 0x0FFFFFFF for each in entries))
    return entries


@dataclass(frozen=True, slots=True)
class Chain:
    """The clusters of a file or directory as runs (first cluster, number of clusters).

    `end` is empty where the chain ends in order, else the kind of oddity that ended it;
    `at` is the cluster where that was. Clusters that another chain has are in the runs, and
    `crossed` is the first of these, 0 without.
    """

    runs: tuple[tuple[int, int], ...]
    clusters: int
    end: str = ""
    at: int = 0
    crossed: int = 0


class Table:
    """A FAT, and which of its clusters have been found to belong to something."""

    def __init__(self, entries: array[int], clusters: int) -> None:
        self._next = entries
        self._stop = min(len(entries), clusters + FIRST)
        self._owner = bytearray(self._stop)

    def follow(self, first: int, most: int) -> Chain:
        """The chain from that cluster on, of at most so many clusters; more is `longer`."""
        runs: list[tuple[int, int]] = []
        start = at = first
        count, end, crossed = 0, "", 0
        next, owner, stop = self._next, self._owner, self._stop
        while True:
            if not FIRST <= at < stop:
                end = "outside" if at else "broken"
            elif owner[at] == _OWN:
                end = "loop"
            elif next[at] in (_FREE, 1, _BAD):
                end = "broken"
            elif count == most:
                end = "longer"
            if end:
                break
            crossed = crossed or (at if owner[at] == _TAKEN else 0)
            owner[at] = _OWN
            count += 1
            before, at = at, next[at]
            if at != before + 1:
                runs.append((start, before + 1 - start))
                start = at
                if at > _BAD:
                    break
        if end and at > start:
            runs.append((start, at - start))
        for begin, length in runs:
            owner[begin : begin + length] = bytes((_TAKEN,)) * length
        return Chain(tuple(runs), count, end, at if end else 0, crossed)

    @property
    def free(self) -> int:
        """Clusters that the table says are free."""
        return self._next[FIRST : self._stop].count(_FREE)

    @property
    def lost(self) -> int:
        """Clusters that are in use, and belong to nothing that was followed."""
        table = self._next[FIRST : self._stop]
        return len(table) - table.count(_FREE) - table.count(_BAD) - self._owner.count(_TAKEN)
