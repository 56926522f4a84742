"""The records of a tree of directories -> every file and directory, tolerant of everything.

Serves the primary tree and Joliet's. Whatever a medium claims is bounded: a directory is
read once, all of them together are not longer than the image, and depth and records have
limits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ...model import SliceContent
from ..tree import Path, StoredFile
from . import rock_ridge
from .disc import Disc
from .structs import ASSOCIATED, MULTI_EXTENT, PARENT, SECTOR, SELF, DirectoryRecord
from .volume import IsoRecord

RECORDS = 150_000  # one and a half times the largest File-set that is made
DEPTH = 16
"""Levels of directories that are read."""


class Tree:
    """What a tree of a disc holds, once it was `read`; `name` makes the names of paths.

    `sections` are the extents of every file, first byte and length; those of `unreadable`
    files are not all on the image.
    """

    def __init__(self, disc: Disc, name: Callable[[bytes], str]) -> None:
        self._disc, self._name = disc, name
        self.records: list[IsoRecord] = []
        self.sections: dict[Path, list[tuple[int, int]]] = {}
        self.unreadable: set[Path] = set()

    def read(self, root: IsoRecord) -> None:
        """Read every directory, level by level."""
        queue = deque([root])
        seen: set[int] = set()
        while queue:
            here = queue.popleft()
            start, size = self._extent(here)
            if start in seen:
                self._disc.odd("cycle", here.path, "its directory was read before", here.offset)
                continue
            seen.add(start)
            if len(here.path) > DEPTH:
                self._disc.odd("too-deep", here.path, f"more than {DEPTH} levels are not read", here.offset)
                continue
            if start + size > self._disc.image.size:
                self._disc.odd("extent-outside", here.path, "the directory", here.offset)
            queue += self._directory(here.path, start, min(size, self._disc.image.size - start))
            if len(self.records) >= RECORDS:
                self._disc.odd("limit", (), f"more than {RECORDS:,} Directory Records", here.offset)
                return

    def _extent(self, found: IsoRecord) -> tuple[int, int]:
        """First byte and length of what a record names; an Extended Attribute Record comes before it."""
        record, path = found.record, found.path
        location = self._disc.number(record.location_of_extent, "Location of Extent", path, found.offset + 2)
        blocks = location + record.extended_attribute_record_length
        length = record.data_length
        if length.lsb != length.msb:
            self._disc.odd("both-endian", path, "Data Length", found.offset + 10)
            if length.lsb > self._disc.image.size >= length.msb:
                return blocks * self._disc.block_size, length.msb
        return blocks * self._disc.block_size, length.lsb

    def _directory(self, path: Path, start: int, size: int) -> list[IsoRecord]:
        """Take in the records of a directory; gives those of its subdirectories."""
        below = []
        unfinished = None  # the file whose next section must follow
        oddities = len(self._disc.oddities)
        number = -1
        for number, (offset, record) in enumerate(self._raw_records(path, start, size)):
            identifier = record.file_identifier
            if (number == 0) != (identifier == SELF):
                what = "another directory begins in it" if number else "it does not begin with its own record"
                self._disc.odd("directory", path, what, offset)
                if number:
                    break
            if identifier in (SELF, PARENT):
                continue
            if len(self.records) >= RECORDS:
                break
            found = IsoRecord(offset, (*path, self._name(identifier)), record)
            self.records.append(found)
            if found.is_directory:
                below.append(found)
            elif not record.file_flags & ASSOCIATED and not _is_relocated(record):
                self._section(found, follows=unfinished == identifier)
                unfinished = identifier if record.file_flags & MULTI_EXTENT else None
        if number < 0 and size > 0 and len(self._disc.oddities) == oddities:
            self._disc.odd("directory", path, "it is empty, even of its own record", start)
        return below

    def _raw_records(self, path: Path, start: int, size: int) -> Iterator[tuple[int, DirectoryRecord]]:
        """The records of an extent with their offsets; what cannot be one ends its sector."""
        if size > self._disc.directory_bytes:
            self._disc.odd("limit", path, "the directories are longer than the image", start)
        end = start + min(size, self._disc.directory_bytes)
        empty: int | None = None
        while start < end:
            sector_end = min(end, start // SECTOR * SECTOR + SECTOR)
            sector = self._disc.read(start, sector_end - start)
            self._disc.directory_bytes -= sector_end - start
            if sector[:1] == b"\0" and not self._disc.structures.lost(start, len(sector)):
                empty = start if empty is None else empty
            elif empty is not None:
                # ISO 9660 6.8.1: no sector is left out; some programs write zeros for a bad one.
                self._disc.odd(
                    "record", path, "nothing is recorded here, between sectors with records", empty
                )
                empty = None
            at = 0
            while at < len(sector) and (length := sector[at]):
                if length < 34 or at + length > len(sector) or not 1 <= sector[at + 32] <= length - 33:
                    self._disc.odd(
                        "record", path, f"no Directory Record can have {length} bytes here", start + at
                    )
                    break
                yield start + at, DirectoryRecord(sector[at : at + length])
                at += length
            start = sector_end

    def _section(self, found: IsoRecord, follows: bool) -> None:
        """Note a section of a file: the only one, or one that follows another of the same file."""
        path, record = found.path, found.record
        start, size = self._extent(found)
        if path in self.sections and not follows:
            self._disc.odd("duplicate", path, "its directory has this name already", found.offset)
            return
        sections = self.sections.setdefault(path, [])
        if size and start + size > self._disc.image.size:
            self._disc.odd("extent-outside", path, "the file", found.offset)
            self.unreadable.add(path)
        if record.file_unit_size or record.interleave_gap_size:
            self._disc.odd("interleaved", path, "the file has gaps", found.offset)
            self.unreadable.add(path)
        if sections and sum(sections[-1]) != start:
            self._disc.odd("scattered", path, "its sections do not follow each other", found.offset)
            self.unreadable.add(path)
        sections.append((start, size))

    def files(self) -> tuple[StoredFile, ...]:
        """Every file with its content, in the order in which the data lies on the medium."""
        files = []
        for path, sections in sorted(self.sections.items(), key=lambda item: item[1][0][0]):
            start = sections[0][0]
            size = sum(length for _, length in sections)
            content = None if path in self.unreadable else SliceContent(self._disc.image, start, size)
            files.append(StoredFile(path, content, size))
        return tuple(files)


def _is_relocated(record: DirectoryRecord) -> bool:
    """Whether it is no file, but stands where a directory would lie too deep; it has no data then."""
    return not record.data_length.lsb and rock_ridge.is_relocated(record.system_use)
