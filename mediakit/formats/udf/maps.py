"""The partition maps of a Logical Volume Descriptor -> the partitions that references name.

Reads what they need: the Virtual Allocation Table at the end of a disc, sparing tables, the
metadata file and its mirror (UDF 2.2.8 to 2.2.11, 2.50 2.2.10 and 2.2.13).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from . import structs
from .blocks import Blocks
from .entries import Entries, Entry
from .partitions import Metadata, MetadataFile, Partition, Physical, Run, Sparable, Unknown, Virtual
from .sequence import Sequence
from .structs import Address, Tag

_MAPS = 8
_VAT_SEARCH = 512  # blocks from the end: what a drive may write after the table
_TABLE = 1 << 24  # bytes of a Virtual Allocation Table
_VAT_1_50 = 36  # bytes after a table of 1.50: its identifier and the previous one's location
_CHUNK = 1 << 20


class Maps:
    """Makes partitions of maps, in their order."""

    def __init__(self, blocks: Blocks, sequence: Sequence, entries: Entries) -> None:
        self.blocks, self.sequence, self.entries = blocks, sequence, entries

    def read(self) -> None:
        """Put the partitions into those of the entries, one for every map."""
        lvd = self.sequence.lvd
        assert lvd
        late: list[tuple[int, bytes]] = []
        for number, raw in enumerate(_raw_maps(lvd)):
            partition = self._early(raw)
            self.entries.partitions.append(partition or Unknown("its map is damaged"))
            if partition is None:
                late.append((number, raw))
        # A virtual or metadata partition is found through one that any map may describe.
        for number, raw in late:
            self.entries.partitions[number] = self._late(raw)
        for partition in self.entries.partitions:
            if isinstance(partition, Unknown):
                self.blocks.odd("unsupported", partition.detail)

    def _early(self, raw: bytes) -> Partition | None:
        """A partition that needs no other one; None if it does."""
        if raw[0] == 1 and len(raw) == 6:
            return self._physical(int.from_bytes(raw[4:6], "little"))
        if raw[0] != 2 or len(raw) != 64:
            return Unknown(f"a partition map of type {raw[0]} with {len(raw)} bytes")
        identifier = _identifier(raw)
        if identifier == structs.SPARABLE_MAP:
            return self._sparable(raw)
        if identifier in (structs.VIRTUAL_MAP, structs.METADATA_MAP):
            return None
        return Unknown(f"a partition map {identifier.decode('ascii', 'backslashreplace')}")

    def _late(self, raw: bytes) -> Partition:
        physical = self._physical(int.from_bytes(raw[38:40], "little"))
        if isinstance(physical, Unknown):
            return physical
        # A sparable map may describe the same partition.
        number = next(
            (n for n, each in enumerate(self.entries.partitions) if _stands_for(each, physical)), None
        )
        if number is None:
            return Unknown("a partition map that rests on none of the others")
        if _identifier(raw) == structs.VIRTUAL_MAP:
            return self._virtual(number, physical)
        return self._metadata(raw, number)

    def _physical(self, number: int) -> Physical | Unknown:
        found = self.sequence.partitions.get(number)
        if found is None:
            return Unknown(f"there is no Partition Descriptor {number}")
        return Physical(found.start, found.length, self.blocks.size)

    def _sparable(self, raw: bytes) -> Partition:
        physical = self._physical(int.from_bytes(raw[38:40], "little"))
        if isinstance(physical, Unknown):
            return physical
        packet, tables, size = struct.unpack_from("<HBxI", raw, 40)
        for location in struct.unpack_from(f"<{min(tables, 4)}I", raw, 48):
            table = self.blocks.bytes_at(location * self.blocks.size, min(size, 1 << 20))
            if _is_sparing_table(table) and packet:
                return Sparable(physical, packet, tuple(sorted(_spared(table))))
        self.blocks.odd("descriptors", "there is no sparing table that can be read")
        return Sparable(physical, 1, ())

    def _virtual(self, number: int, physical: Physical) -> Partition:
        """The partition of the last Virtual Allocation Table on the disc (UDF 2.2.10)."""
        last = self.blocks.last
        for sector in range(last, max(0, last - _VAT_SEARCH), -1):
            block = sector - physical.start
            head = self.blocks.bytes_at(sector * self.blocks.size, self.blocks.size)
            if not _may_be_table(head, block):
                continue
            entry = self.entries.read(Address(self.blocks.size, block, number))
            if entry and (table := self._table(entry)) is not None:
                return Virtual(self.entries.partitions[number], table, self.blocks.size)
        return Unknown("there is no Virtual Allocation Table at the end")

    def _table(self, entry: Entry) -> tuple[int, ...] | None:
        """The blocks of a Virtual Allocation Table; None if the file holds none."""
        data = self.entries.data(entry, ())
        raw = b"".join(
            self.blocks.bytes_at(run.offset, min(run.size, _TABLE))
            for run in data.runs
            if run.offset is not None
        )
        if entry.raw.file_type == structs.TYPE_VAT:
            if len(raw) < 152:
                return None
            raw = raw[int.from_bytes(raw[:2], "little") :]
        elif raw[-_VAT_1_50:][1:24].rstrip(b"\0") == structs.VIRTUAL_TABLE:
            raw = raw[:-_VAT_1_50]
        else:
            return None
        return struct.unpack_from(f"<{len(raw) // 4}I", raw)

    def _metadata(self, raw: bytes, number: int) -> Partition:
        main, mirror, _, _, _, flags = struct.unpack_from("<IIIIHB", raw, 40)
        files = []
        for name, location in (("metadata file", main), ("metadata mirror file", mirror)):
            found = self._metadata_file(number, location)
            if found is None:
                self.blocks.odd("reserve", f"the {name} cannot be read")
            elif found not in files:
                files.append(found)
        partition = Metadata(tuple(files), self.blocks.size)
        if len(files) == 2 and flags & 1 and not self._are_equal(*files):
            self.blocks.odd("copies-differ", "the metadata file and its mirror differ")
        return partition

    def _metadata_file(self, number: int, location: int) -> MetadataFile | None:
        entry = self.entries.read(Address(self.blocks.size, location, number))
        if entry is None or entry.raw.file_type not in (structs.TYPE_METADATA, structs.TYPE_MIRROR):
            return None
        data = self.entries.data(entry, ())
        return MetadataFile.of(data.runs) if data.runs else None

    def _are_equal(self, first: MetadataFile, second: MetadataFile) -> bool:
        """Whether both hold the same, as far as both can be read."""
        size = min(first.starts[-1], second.starts[-1])
        copies = Metadata((first, second), 1)
        for at in range(0, size, _CHUNK):
            part = min(_CHUNK, size - at)
            if self._bytes(copies.runs(at, part, 0)) != self._bytes(copies.runs(at, part, 1)):
                return False
        return True

    def _bytes(self, runs: Iterable[Run]) -> bytes:
        """Bytes of the runs; they are looked at once more, so they do not count."""
        found = []
        for offset, size in runs:
            if offset is not None:
                self.blocks.left += size
            found.append(bytes(size) if offset is None else self.blocks.bytes_at(offset, size))
        return b"".join(found)


def _raw_maps(lvd: structs.LogicalVolumeDescriptor) -> Iterator[bytes]:
    """The partition maps, as far as there are bytes of them."""
    table = lvd.map_table
    for _ in range(min(lvd.number_of_maps, _MAPS)):
        if len(table) < 2 or not 2 <= table[1] <= len(table):
            return
        yield table[: table[1]]
        table = table[table[1] :]


def _identifier(raw: bytes) -> bytes:
    """The partition type identifier of a map of type 2 (UDF 2.2.8)."""
    return raw[5:28].rstrip(b"\0")


def _stands_for(partition: Partition, physical: Physical) -> bool:
    return partition == physical or (isinstance(partition, Sparable) and partition.physical == physical)


def _is_sparing_table(raw: bytes) -> bool:
    return len(raw) >= 56 and Tag(raw).is_sound and raw[17:40].rstrip(b"\0") == structs.SPARING_TABLE


def _spared(raw: bytes) -> Iterator[tuple[int, int]]:
    """Packets and what replaces them (UDF 2.2.11); entries that are free or defective are not."""
    (count,) = struct.unpack_from("<H", raw, 48)
    for packet, sector in struct.iter_unpack("<II", raw[56 : 56 + 8 * min(count, (len(raw) - 56) // 8)]):
        if packet < 0xFFFFFFF0:
            yield packet, sector


def _may_be_table(raw: bytes, location: int) -> bool:
    """Whether the block holds an entry of a file type that a Virtual Allocation Table has."""
    tag = Tag(raw)
    if len(raw) < structs.FileEntry.SIZE or not tag.is_sound or tag.location != location:
        return False
    known = (structs.FILE_ENTRY, structs.EXTENDED_FILE_ENTRY)
    return tag.identifier in known and structs.FileEntry(raw).file_type in (0, structs.TYPE_VAT)
