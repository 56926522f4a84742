"""The bytes of an ISO 9660 volume -> MediumView, tolerant of everything.

Reads the primary tree from the Directory Records themselves and keeps every record for the
rules; what is odd is noted, and the rest of the tree is still read. Supplementary (Joliet)
and boot descriptors and UDF are noted, not followed. Whatever a medium claims is bounded: a
directory is read once, all of them together are not longer than the image, and depth,
records and oddities have limits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from ...model import Anomaly, Content, SliceContent
from ..tree import Evidence, MediumView, Path, StoredFile
from .structs import (
    ASSOCIATED,
    BOOT,
    MULTI_EXTENT,
    PARENT,
    PRIMARY,
    SECTOR,
    SELF,
    STANDARD_IDENTIFIER,
    SUPPLEMENTARY,
    TERMINATOR,
    Both,
    DirectoryRecord,
    PathTableRecord,
    PrimaryVolumeDescriptor,
    VolumeDescriptor,
)
from .volume import Descriptor, IsoRecord, IsoVolume, Oddity, path_name

ID = "iso9660"

SYSTEM_AREA = 16
"""Sectors before the first Volume Descriptor (ISO 9660 6.2.1)."""

_DESCRIPTORS = 64
_DEPTH = 16
_RECORDS = 250_000  # two and a half times the largest File-set that is made
_ODDITIES = 10_000
_DIRECTORIES = 0xFFFF  # that a path table can number (ISO 9660 9.4.4)

_JOLIET = (b"%/@", b"%/C", b"%/E")
_UDF = (b"BEA01", b"NSR02", b"NSR03", b"TEA01")


def detect(image: Content) -> Evidence | None:
    """Whether the first Volume Descriptor is one of ISO 9660. Raises OSError."""
    with image.open() as stream:
        stream.seek(SYSTEM_AREA * SECTOR)
        head = stream.read(6)
    if head[1:] != STANDARD_IDENTIFIER:
        return None
    return Evidence(ID, f"{STANDARD_IDENTIFIER.decode()} in sector {SYSTEM_AREA}")


def read(image: Content) -> MediumView:
    """The volume's files in the order of their data, and an IsoVolume as facts.

    Raises OSError when the image cannot be opened; sectors that cannot be read are noted.
    """
    with image.open() as stream:
        reader = _Reader(image, stream)
        volume, files = reader.read()
    anomalies = tuple(
        Anomaly(odd.kind, f"{'/'.join(odd.path)}: {odd.detail}" if odd.path else odd.detail, odd.offset)
        for odd in volume.oddities
    )
    evidence = Evidence(ID, f"{STANDARD_IDENTIFIER.decode()} in sector {SYSTEM_AREA}")
    return MediumView(evidence, files, anomalies, volume, image.size)


class _Reader:
    """One reading of one image: the stream, what limits it, and what was found so far."""

    def __init__(self, image: Content, stream: BinaryIO) -> None:
        self.image, self.stream = image, stream
        self.block_size = SECTOR
        self.primary: tuple[int, PrimaryVolumeDescriptor] | None = None
        self.directory_bytes = image.size  # that may still be read
        self.records: list[IsoRecord] = []
        self.sections: dict[Path, list[tuple[int, int]]] = {}
        self.unreadable: set[Path] = set()
        self.oddities: list[Oddity] = []

    def read(self) -> tuple[IsoVolume, tuple[StoredFile, ...]]:
        """The whole volume."""
        descriptors = tuple(self._descriptors())
        if self.primary is None:
            self._odd("descriptors", (), "there is no Primary Volume Descriptor", SYSTEM_AREA * SECTOR)
            return IsoVolume(self.image.size, 0, SECTOR, descriptors, oddities=tuple(self.oddities)), ()
        at, pvd = self.primary
        self.block_size = self._block_size(pvd, at)
        volume_size = self._number(pvd.volume_space_size, "Volume Space Size", (), at + 80) * self.block_size
        if volume_size > self.image.size:
            detail = f"the volume has {volume_size:,} bytes, the image {self.image.size:,}"
            self._odd("truncated", (), detail, at + 80)
        self._tree(IsoRecord(at + 156, (), DirectoryRecord(pvd.directory_record_for_root_directory)))
        size = self._number(pvd.path_table_size, "Path Table Size", (), at + 132)
        volume = IsoVolume(
            self.image.size, volume_size, self.block_size, descriptors, pvd, at, tuple(self.records),
            self._path_table(pvd.location_of_type_l_path_table, size, "<"),
            self._path_table(pvd.location_of_type_m_path_table, size, ">"),
            tuple(self.oddities),
        )  # fmt: skip
        return volume, self._files()

    def _odd(self, kind: str, path: Path, detail: str, offset: int | None) -> None:
        if len(self.oddities) < _ODDITIES:
            self.oddities.append(Oddity(kind, path, detail, offset))
        elif len(self.oddities) == _ODDITIES:
            self.oddities.append(Oddity("limit", (), f"more than {_ODDITIES:,} oddities", None))

    def _bytes(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end of the image or where the system cannot read."""
        data = b""
        try:
            self.stream.seek(offset)
            while len(data) < size and (more := self.stream.read(size - len(data))):
                data += more
        except OSError as error:
            self._odd("unreadable", (), error.strerror or str(error), offset)
        return data

    def _number(self, both: Both, name: str, path: Path, offset: int) -> int:
        """The number that was recorded twice; if one cannot be on this image, then the other."""
        if both.lsb != both.msb:
            self._odd("both-endian", path, name, offset)
            if both.lsb * self.block_size > self.image.size >= both.msb * self.block_size:
                return both.msb
        return both.lsb

    def _descriptors(self) -> Iterator[Descriptor]:
        """The Volume Descriptor Set and UDF's recognition sequence, which follows it."""
        ended = False
        for sector in range(SYSTEM_AREA, SYSTEM_AREA + _DESCRIPTORS):
            raw = self._bytes(sector * SECTOR, SECTOR)
            identifier = raw[1:6]
            if len(raw) < SECTOR or identifier not in (STANDARD_IDENTIFIER, *_UDF):
                break
            descriptor = VolumeDescriptor(raw)
            what = _what(descriptor)
            if what == "primary" and self.primary is None:
                self.primary = sector * SECTOR, PrimaryVolumeDescriptor(raw)
            ended |= what == "terminator"
            yield Descriptor(sector, descriptor.volume_descriptor_type, identifier.decode(), what)
        if not ended:
            self._odd("descriptors", (), "the Volume Descriptor Set has no terminator", SYSTEM_AREA * SECTOR)

    def _block_size(self, pvd: PrimaryVolumeDescriptor, at: int) -> int:
        size = self._number(pvd.logical_block_size, "Logical Block Size", (), at + 128)
        if size in (512, 1024, 2048):
            return size
        self._odd("block-size", (), f"a Logical Block Size of {size}", at + 128)
        return SECTOR

    def _tree(self, root: IsoRecord) -> None:
        """Read every directory, level by level."""
        queue = deque([root])
        seen: set[int] = set()
        while queue:
            here = queue.popleft()
            start, size = self._extent(here)
            if start in seen:
                self._odd("cycle", here.path, "its directory was read before", here.offset)
                continue
            seen.add(start)
            if len(here.path) > _DEPTH:
                self._odd("too-deep", here.path, f"more than {_DEPTH} levels are not read", here.offset)
                continue
            if start + size > self.image.size:
                self._odd("extent-outside", here.path, "the directory", here.offset)
            queue += self._directory(here.path, start, min(size, self.image.size - start))
            if len(self.records) >= _RECORDS:
                self._odd("limit", (), f"more than {_RECORDS:,} Directory Records", here.offset)
                return

    def _extent(self, found: IsoRecord) -> tuple[int, int]:
        """First byte and length of what a record names; an Extended Attribute Record comes before it."""
        record, path = found.record, found.path
        location = self._number(record.location_of_extent, "Location of Extent", path, found.offset + 2)
        blocks = location + record.extended_attribute_record_length
        length = record.data_length
        if length.lsb != length.msb:
            self._odd("both-endian", path, "Data Length", found.offset + 10)
            if length.lsb > self.image.size >= length.msb:
                return blocks * self.block_size, length.msb
        return blocks * self.block_size, length.lsb

    def _directory(self, path: Path, start: int, size: int) -> list[IsoRecord]:
        """Take in the records of a directory; gives those of its subdirectories."""
        below = []
        unfinished = None  # the file whose next section must follow
        oddities = len(self.oddities)
        number = -1
        for number, (offset, record) in enumerate(self._raw_records(path, start, size)):
            identifier = record.file_identifier
            if (number == 0) != (identifier == SELF):
                what = "another directory begins in it" if number else "it does not begin with its own record"
                self._odd("directory", path, what, offset)
                if number:
                    break
            if identifier in (SELF, PARENT):
                continue
            if len(self.records) >= _RECORDS:
                break
            found = IsoRecord(offset, (*path, path_name(identifier)), record)
            self.records.append(found)
            if found.is_directory:
                below.append(found)
            elif not record.file_flags & ASSOCIATED:
                self._section(found, follows=unfinished == identifier)
                unfinished = identifier if record.file_flags & MULTI_EXTENT else None
        if number < 0 and size > 0 and len(self.oddities) == oddities:
            self._odd("directory", path, "it is empty, even of its own record", start)
        return below

    def _raw_records(self, path: Path, start: int, size: int) -> Iterator[tuple[int, DirectoryRecord]]:
        """The records of an extent with their offsets; what cannot be one ends its sector."""
        if size > self.directory_bytes:
            self._odd("limit", path, "the directories are longer than the image", start)
        end = start + min(size, self.directory_bytes)
        while start < end:
            sector_end = min(end, start // SECTOR * SECTOR + SECTOR)
            sector = self._bytes(start, sector_end - start)
            self.directory_bytes -= sector_end - start
            at = 0
            while at < len(sector) and (length := sector[at]):
                if length < 34 or at + length > len(sector) or not 1 <= sector[at + 32] <= length - 33:
                    self._odd("record", path, f"no Directory Record can have {length} bytes here", start + at)
                    break
                yield start + at, DirectoryRecord(sector[at : at + length])
                at += length
            start = sector_end

    def _section(self, found: IsoRecord, follows: bool) -> None:
        """Note a section of a file: the only one, or one that follows another of the same file."""
        path, record = found.path, found.record
        start, size = self._extent(found)
        if path in self.sections and not follows:
            self._odd("duplicate", path, "its directory has this name already", found.offset)
            return
        sections = self.sections.setdefault(path, [])
        if size and start + size > self.image.size:
            self._odd("extent-outside", path, "the file", found.offset)
            self.unreadable.add(path)
        if record.file_unit_size or record.interleave_gap_size:
            self._odd("interleaved", path, "the file has gaps", found.offset)
            self.unreadable.add(path)
        if sections and sum(sections[-1]) != start:
            self._odd("scattered", path, "its sections do not follow each other", found.offset)
            self.unreadable.add(path)
        sections.append((start, size))

    def _files(self) -> tuple[StoredFile, ...]:
        """Every file with its content, in the order in which the data lies on the medium."""
        files = []
        for path, sections in sorted(self.sections.items(), key=lambda item: item[1][0][0]):
            start = sections[0][0]
            size = sum(length for _, length in sections)
            content = None if path in self.unreadable else SliceContent(self.image, start, size)
            files.append(StoredFile(path, content, size))
        return tuple(files)

    def _path_table(self, location: int, size: int, order: str) -> tuple[PathTableRecord, ...] | None:
        """The records of a path table up to the first that cannot be one; None if it is not there."""
        start = location * self.block_size
        if not location or start + size > self.image.size:
            return None
        raw = self._bytes(start, min(size, _DIRECTORIES * 264))
        records: list[PathTableRecord] = []
        at = 0
        while at + 8 < len(raw) and raw[at] and len(records) < _DIRECTORIES:
            records.append(PathTableRecord.parse(raw, at, order))
            at += records[-1].size
        return tuple(records)


def _what(descriptor: VolumeDescriptor) -> str:
    if descriptor.standard_identifier != STANDARD_IDENTIFIER:
        return "UDF"
    if descriptor.volume_descriptor_type == SUPPLEMENTARY:
        return "Joliet" if descriptor.escape_sequences.startswith(_JOLIET) else "supplementary"
    words = {PRIMARY: "primary", BOOT: "boot", TERMINATOR: "terminator"}
    return words.get(descriptor.volume_descriptor_type, "other")
