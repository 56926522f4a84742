"""Partition maps: from a block of a partition to bytes of the image (ECMA-167 3/10.7, UDF 2.2.8 to 2.2.10).

A physical partition is a run of sectors; a sparable one has some of its packets elsewhere, a
virtual one is a table of blocks, and a metadata partition is a file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol


class Run(NamedTuple):
    """Bytes of a file that follow each other in the image; without an offset they are zeros."""

    offset: int | None
    size: int


class Unmapped(Exception):  # it says that there is no way to an address
    """An address that leads nowhere; `kind` is the word of the oddity."""

    def __init__(self, detail: str, kind: str = "extent-outside") -> None:
        super().__init__(detail)
        self.kind = kind


class Partition(Protocol):
    """What a partition reference stands for."""

    @property
    def word(self) -> str:
        """physical, sparable, virtual, metadata or unknown."""

    @property
    def copies(self) -> int:
        """How many copies of its blocks there are."""

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """Where `size` bytes from the beginning of a block lie, in order. Raises Unmapped."""


def merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The same bytes in as few runs as there can be."""
    found: list[Run] = []
    for run in runs:
        if found and run.size:
            before = found[-1]
            follows = before.offset is not None and before.offset + before.size == run.offset
            if follows or before.offset is run.offset is None:
                found[-1] = Run(before.offset, before.size + run.size)
                continue
        if run.size:
            found.append(run)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Physical:
    """A partition of type 1: `start` and `blocks` in sectors of `block_size` bytes."""

    start: int
    blocks: int
    block_size: int
    word: str = "physical"
    copies: int = 1

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """One run."""
        if block * self.block_size + size > self.blocks * self.block_size:
            raise Unmapped(f"block {block:,} or what follows lies outside the partition")
        return (Run((self.start + block) * self.block_size, size),)


@dataclass(frozen=True, slots=True)
class Sparable:
    """A partition in which defective packets were replaced (UDF 2.2.9, 2.2.11).

    `replaced` are the first blocks of such packets, sorted, each with the sector of the other.
    """

    physical: Physical
    packet: int
    replaced: tuple[tuple[int, int], ...]
    word: str = "sparable"
    copies: int = 1

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """A run for every stretch of packets that lie where they belong, and for every one that does not."""
        (whole,) = self.physical.runs(block, size)
        assert whole.offset is not None
        sector = self.physical.block_size
        base = self.physical.start * sector
        at, end = block * sector, block * sector + size
        found = []
        number = bisect_right(self.replaced, (block - self.packet, 0xFFFFFFFF))
        while at < end and number < len(self.replaced):
            first, other = self.replaced[number]
            if first * sector >= end:
                break
            if first * sector > at:
                found.append(Run(base + at, first * sector - at))
                at = first * sector
            stop = min(end, (first + self.packet) * sector)
            found.append(Run(other * sector + at - first * sector, max(0, stop - at)))
            at = max(at, stop)
            number += 1
        found.append(Run(base + at, end - at))
        return merged(found)


@dataclass(frozen=True, slots=True)
class Virtual:
    """A partition whose blocks a table places in another one (UDF 2.2.8, 2.2.10: CD-R, DVD-R)."""

    physical: Partition
    table: tuple[int, ...]
    block_size: int
    word: str = "virtual"
    copies: int = 1

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """A run for every block."""
        count = -(-size // self.block_size)
        if block + count > len(self.table):
            raise Unmapped(f"block {block:,} is not in the Virtual Allocation Table")
        found: list[Run] = []
        for each in range(count):
            part = min(self.block_size, size - each * self.block_size)
            found += self.physical.runs(self.table[block + each], part)
        return merged(found)


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """The runs of a metadata file or its mirror, and where in the file each of them begins."""

    runs: tuple[Run, ...]
    starts: tuple[int, ...]

    @staticmethod
    def of(runs: tuple[Run, ...]) -> MetadataFile:
        """The file of these runs."""
        return MetadataFile(runs, tuple(accumulate((run.size for run in runs), initial=0)))


@dataclass(frozen=True, slots=True)
class Metadata:
    """A partition that is a file, with a mirror where that has blocks of its own (UDF 2.50 2.2.10)."""

    files: tuple[MetadataFile, ...]
    block_size: int
    word: str = "metadata"

    @property
    def copies(self) -> int:
        """One, or two with a mirror; none where neither can be read."""
        return len(self.files)

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """The part of the file's runs that holds these bytes."""
        if not self.files:
            raise Unmapped("there is no metadata file")
        file = self.files[min(copy, len(self.files) - 1)]
        at, end = block * self.block_size, block * self.block_size + size
        if end > file.starts[-1]:
            raise Unmapped(f"block {block:,} or what follows lies outside the metadata file")
        found = []
        number = bisect_right(file.starts, at) - 1
        while at < end:
            offset, length = file.runs[number]
            inside = at - file.starts[number]
            part = min(end - at, length - inside)
            found.append(Run(None if offset is None else offset + inside, part))
            at += part
            number += 1
        return merged(found)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A partition of a kind that is not read; it keeps the references of the others right."""

    detail: str
    word: str = "unknown"
    copies: int = 1

    def runs(self, block: int, size: int, copy: int = 0) -> Sequence[Run]:
        """None."""
        raise Unmapped(self.detail, "unsupported")
