"""File entries and the runs of bytes in which their data lie (ECMA-167 part 4, 14.6 to 14.17).

Follows ICB strategies 4 and 4096, allocation descriptors of both kinds, their continuations,
and data embedded in the entry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path
from . import structs
from .blocks import Blocks
from .partitions import Partition, Run, Unmapped, merged
from .structs import Address

_HOPS = 32
_CONTINUATIONS = 4096
_ZEROS = 1 << 34  # bytes that are not recorded, in all files together

_KINDS: dict[int, type[structs.FileEntry | structs.ExtendedFileEntry]] = {
    structs.FILE_ENTRY: structs.FileEntry,
    structs.EXTENDED_FILE_ENTRY: structs.ExtendedFileEntry,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file entry, extended or not; `offset` is that of its block in the image."""

    raw: structs.FileEntry | structs.ExtendedFileEntry
    offset: int
    address: Address

    @property
    def has_streams(self) -> bool:
        """Whether there is a stream directory (ECMA-167 4/9.2)."""
        return isinstance(self.raw, structs.ExtendedFileEntry) and self.raw.streams.length > 0


class Data(NamedTuple):
    """The runs of a file's data, and whether they hold all of it."""

    runs: tuple[Run, ...]
    is_whole: bool


class Entries:
    """Reads the entries of a volume's partitions."""

    def __init__(self, blocks: Blocks, partitions: list[Partition]) -> None:
        self.blocks, self.partitions = blocks, partitions
        self.zeros = _ZEROS

    def read(self, icb: Address, path: Path = ()) -> Entry | None:
        """The entry of an ICB, or None where there is none that can be read, which is noted."""
        entry = self._entry(icb, path)
        if entry is None:
            self.blocks.odd("entry", f"there is no entry in block {icb.block:,}", path)
            return None
        if entry.raw.strategy == 4096:
            return self._latest(entry, icb, path)
        if entry.raw.strategy != 4:
            self.blocks.odd("unsupported", f"ICB strategy {entry.raw.strategy}", path, entry.offset)
        return entry

    def _entry(self, icb: Address, path: Path) -> Entry | None:
        """The sound entry at an address, from the second copy of the metadata where the first is bad."""
        for copy in range(self._copies(icb.partition)):
            offset = self._offset(icb, copy)
            if offset is None:
                continue
            tag = self.blocks.descriptor(offset, icb.block, path)
            if tag is None:
                continue
            if tag.identifier not in _KINDS:
                continue
            if copy:
                self.blocks.odd("reserve", "the entry was read from the metadata mirror", path, offset)
            return Entry(_KINDS[tag.identifier](tag.raw), offset, icb)
        return None

    def _copies(self, partition: int) -> int:
        return self.partitions[partition].copies if partition < len(self.partitions) else 0

    def _offset(self, icb: Address, copy: int = 0) -> int | None:
        try:
            (run, *_) = self.partitions[icb.partition].runs(icb.block, self.blocks.size, copy)
        except (Unmapped, IndexError, ValueError):
            return None
        return run.offset

    def _latest(self, entry: Entry, icb: Address, path: Path) -> Entry:
        """The last entry of an ICB in which every change was appended (strategy 4096, UDF 2.3.5.1)."""
        for _ in range(_HOPS):
            offset = self._offset(Address(0, icb.block + 1, icb.partition))
            if icb.length < 2 * self.blocks.size or offset is None:
                return entry
            tag = self.blocks.descriptor(offset, icb.block + 1, path)
            if tag is None or tag.identifier != structs.INDIRECT:
                return entry
            icb = structs.long_address(tag.raw, 36)
            following = self._entry(icb, path)
            if following is None:
                return entry
            entry = following
        self.blocks.odd("limit", f"more than {_HOPS} entries of one file", path, entry.offset)
        return entry

    def data(self, entry: Entry, path: Path, copy: int = 0) -> Data:
        """Where the data of an entry lie, as long as its Information Length says."""
        size = entry.raw.information_length
        found: list[Run] = []
        left = size
        try:
            for run in self._runs(entry, copy):
                if not left:
                    break
                run = Run(run.offset, min(run.size, left))
                self._expect(run)
                found.append(run)
                left -= run.size
        except Unmapped as error:
            self.blocks.odd(error.kind, str(error), path, entry.offset)
            return Data(merged(found), is_whole=False)
        if left:
            detail = f"its extents hold {size - left:,} of {size:,} bytes"
            self.blocks.odd("short", detail, path, entry.offset)
        return Data(merged(found), is_whole=not left)

    def _expect(self, run: Run) -> None:
        """Raises Unmapped for a run outside the image, and for more zeros than anybody records."""
        if run.offset is None:
            if run.size > self.zeros:
                raise Unmapped("too many bytes are not recorded", "limit")
            self.zeros -= run.size
        elif run.offset + run.size > self.blocks.image.size:
            raise Unmapped("its data lie outside the image")

    def _runs(self, entry: Entry, copy: int) -> Iterator[Run]:
        """The runs that the allocation descriptors name. Raises Unmapped."""
        raw, head = entry.raw, type(entry.raw).SIZE
        start = head + raw.attributes_length
        kind = raw.flags & 7
        if start + raw.allocation_length > len(raw.raw):
            raise Unmapped("its allocation descriptors are longer than its entry")
        if kind == structs.EMBEDDED:
            yield Run(entry.offset + start, raw.allocation_length)
            return
        if kind == structs.EXTENDED or kind > structs.EMBEDDED:
            raise Unmapped(f"allocation descriptors of kind {kind}", "unsupported")
        area = raw.raw[start : start + raw.allocation_length]
        for _ in range(_CONTINUATIONS):
            following = None
            for each in _addresses(area, kind, entry.address.partition):
                type_, length = each.length >> 30, each.length & structs.EXTENT_LENGTH
                if not length:
                    return
                if type_ == structs.CONTINUED:
                    following = each
                    break
                if type_ == structs.RECORDED:
                    yield from self._partition(each).runs(each.block, length, copy)
                else:
                    yield Run(None, length)
            if following is None:
                return
            area = self._continuation(following, copy)
        raise Unmapped(f"more than {_CONTINUATIONS:,} continuations", "limit")

    def _partition(self, address: Address) -> Partition:
        if address.partition >= len(self.partitions):
            raise Unmapped(f"there is no partition {address.partition}")
        return self.partitions[address.partition]

    def _continuation(self, address: Address, copy: int) -> bytes:
        """The allocation descriptors of an Allocation Extent Descriptor (ECMA-167 4/14.5)."""
        (run, *_) = self._partition(address).runs(address.block, self.blocks.size, copy)
        tag = self.blocks.descriptor(run.offset, address.block) if run.offset is not None else None
        if tag is None or tag.identifier != structs.ALLOCATION_EXTENT:
            raise Unmapped("the continuation of its allocation descriptors is damaged")
        (length,) = struct.unpack_from("<I", tag.raw, 20)
        return tag.raw[24 : 24 + length]


def _addresses(area: bytes, kind: int, partition: int) -> Iterator[Address]:
    """Allocation descriptors of a kind; a short one is of the entry's own partition."""
    if kind == structs.LONG:
        for at in range(0, len(area) - 15, 16):
            yield structs.long_address(area, at)
    else:
        for length, block in struct.iter_unpack("<II", area[: len(area) // 8 * 8]):
            yield Address(length, block, partition)
