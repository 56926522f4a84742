"""The bytes of a UDF volume of any revision -> MediumView, tolerant of everything.

Reads the tree from the directories themselves and keeps every descriptor for the rules; what
is odd is noted, and the rest of the tree is still read. Second copies of what is damaged are
used. Whatever a medium claims is bounded: a directory is read once, all structures together
are not longer than the image, and depth, records and oddities have limits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from ...model import BytesContent, Content, SliceContent
from ..scattered import ScatteredContent
from ..structures import Structures
from ..tree import MediumView, Path, StoredFile, anomalies
from . import structs
from .blocks import Blocks
from .entries import Data, Entries, Entry
from .maps import Maps
from .partitions import Run, Unmapped
from .recognition import RECOGNITION_AREA, anchors, evidence_of, recognised
from .sequence import Sequence, integrity, read_sequence
from .structs import Address, FileIdentifierDescriptor, Tag
from .volume import UdfRecord, UdfVolume, path_name

_DEPTH = 32
_RECORDS = 250_000  # two and a half times the largest File-set that is made
_DIRECTORY = 1 << 28
_FILE_SETS = 16
_NO_DATA = {
    structs.TYPE_SYMLINK: "symlink", 6: "special-file", 7: "special-file", 9: "special-file",
    10: "special-file",
}  # fmt: skip
"""File Types of block and character devices, pipes and sockets (ECMA-167 4/14.6.6)."""

_FILE_IDENTIFIER = structs.FILE_IDENTIFIER.to_bytes(2, "little")

_Listed = list[tuple[int | None, FileIdentifierDescriptor]]
"""What a directory lists, each with its offset in the image."""


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The volume's files in the order of their data, and a UdfVolume as facts.

    Raises OSError when the image cannot be opened; blocks that cannot be read are noted.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        nsr, offset = recognised(stream)
        size, found = anchors(image, stream)
        blocks = Blocks(image, structures, stream, size)
        blocks.bytes_at(*RECOGNITION_AREA)
        for sector in (structs.ANCHOR, blocks.last) if len(found) < 2 else ():
            blocks.check(sector * size, size)
        volume, files = _Reader(blocks).read(nsr, found)
    return MediumView(
        evidence_of(nsr, offset, size, found), files, anomalies(volume.oddities), volume, image.size
    )


class _Reader:
    """One reading of one volume: its entries, and what was found so far."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.entries = Entries(blocks, [])
        self.file_sets: list[structs.FileSetDescriptor] = []
        self.records: list[UdfRecord] = []
        self.deleted = 0
        self.files: list[tuple[Path, Data, int]] = []

    def read(self, nsr: str, found: tuple[int, ...]) -> tuple[UdfVolume, tuple[StoredFile, ...]]:
        """The whole volume."""
        if not nsr:
            self.blocks.odd("recognition", "there is no Volume Recognition Sequence of UDF")
        if not found:
            self.blocks.odd("descriptors", "there is no Anchor Volume Descriptor Pointer")
        sequence = read_sequence(self.blocks, found) if found else Sequence()
        if lvd := sequence.lvd:
            Maps(self.blocks, sequence, self.entries).read()
            self._integrity(lvd)
            self._partitions(sequence)
            self._file_sets(lvd.file_set)
            if self.file_sets:
                self._tree(self.file_sets[0].root)
        volume = UdfVolume(
            self.blocks.image.size, self.blocks.size, nsr, found, sequence.pvd, lvd,
            tuple(sequence.partitions.values()), tuple(each.word for each in self.entries.partitions),
            tuple(self.file_sets), tuple(self.records), tuple(self.blocks.oddities), self.deleted,
        )  # fmt: skip
        return volume, tuple(self._stored())

    def _integrity(self, lvd: structs.LogicalVolumeDescriptor) -> None:
        found = integrity(self.blocks, lvd.integrity_sequence)
        if found is None:
            self.blocks.odd("descriptors", "there is no Logical Volume Integrity Descriptor")
        # UDF 2.2.10: where there is a Virtual Allocation Table, that is what closes the volume.
        elif found.integrity_type != 1 and all(each.word != "virtual" for each in self.entries.partitions):
            self.blocks.odd("not-closed", "the volume was not finished; its last changes may be missing")

    def _partitions(self, sequence: Sequence) -> None:
        if any(each.word == "virtual" for each in self.entries.partitions):
            return  # the partition is as large as the disc, of which only a part was written
        for each in sequence.partitions.values():
            end = (each.start + each.length) * self.blocks.size
            if end > self.blocks.image.size:
                detail = f"the partition ends at byte {end:,}, the image at {self.blocks.image.size:,}"
                self.blocks.odd("truncated", detail)

    def _file_sets(self, first: Address) -> None:
        """The File Set Descriptors of a sequence; the first is that of the tree (UDF 2.3.2)."""
        try:
            runs = self.entries.partitions[first.partition].runs(first.block, self.blocks.size)
            offset = runs[0].offset
        except (Unmapped, IndexError) as error:
            self.blocks.odd("descriptors", f"there is no File Set Descriptor: {error}")
            return
        count = min((first.length & structs.EXTENT_LENGTH) // self.blocks.size, _FILE_SETS)
        for number in range(max(1, count)):
            if offset is None:
                break
            at = offset + number * self.blocks.size
            tag = self.blocks.descriptor(at, first.block + number)
            if tag is None or tag.identifier != structs.FILE_SET:
                break
            self.file_sets.append(structs.FileSetDescriptor(tag.raw))
        if not self.file_sets:
            self.blocks.odd("descriptors", "there is no File Set Descriptor", offset=offset)

    def _tree(self, root: Address) -> None:
        """Read every directory, level by level."""
        entry = self.entries.read(root)
        seen = {(root.partition, root.block)}
        todo: deque[tuple[Path, Entry]] = deque([((), entry)] if entry else [])
        while todo:
            path, entry = todo.popleft()
            names: set[str] = set()
            for offset, descriptor in self._directory(path, entry):
                if len(self.records) >= _RECORDS:
                    self.blocks.odd("limit", f"more than {_RECORDS:,} files and directories")
                    return
                here = (*path, path_name(descriptor.identifier))
                if here[-1] in names:
                    self.blocks.odd("duplicate", "its directory has this name already", here, offset)
                    continue
                names.add(here[-1])
                below = self._take(UdfRecord(offset, here, descriptor), seen)
                if below:
                    todo.append((here, below))

    def _take(self, found: UdfRecord, seen: set[tuple[int, int]]) -> Entry | None:
        """Take in a file or a directory; gives the entry of a directory that is to be read."""
        path, icb = found.path, found.record.icb
        try:
            structs.parse_cs0(found.record.identifier)
        except ValueError as error:
            self.blocks.odd("name", f"its name is no OSTA CS0: {error}", path, found.offset)
        entry = self.entries.read(icb, path)
        if entry is None:
            self.records.append(found)
            if not found.is_directory:
                self.files.append((path, Data((), is_whole=False), 0))
            return None
        raw = entry.raw
        found = replace(
            found,
            file_type=raw.file_type,
            permissions=raw.permissions,
            links=raw.link_count,
            has_streams=entry.has_streams,
        )
        self.records.append(found)
        if not found.is_directory:
            self._file(path, entry)
            return None
        if raw.file_type != structs.TYPE_DIRECTORY:
            self.blocks.odd("entry", f"its entry says file type {raw.file_type}", path, entry.offset)
        if (icb.partition, icb.block) in seen:
            self.blocks.odd("cycle", "its directory was read before", path, found.offset)
            return None
        seen.add((icb.partition, icb.block))
        if len(path) > _DEPTH:
            self.blocks.odd("too-deep", f"more than {_DEPTH} levels are not read", path, found.offset)
            return None
        return entry

    def _file(self, path: Path, entry: Entry) -> None:
        """Note where the data of a file lie; a link is not followed."""
        kind = _NO_DATA.get(entry.raw.file_type)
        if kind:
            self.blocks.odd(kind, f"file type {entry.raw.file_type}", path, entry.offset)
            return
        self.files.append((path, self.entries.data(entry, path), entry.raw.information_length))

    def _directory(self, path: Path, entry: Entry) -> _Listed:
        """The descriptors of a directory, from the mirror of the metadata where the others are damaged."""
        before = len(self.blocks.oddities)
        found, is_whole = self._descriptors(path, entry, 0)
        partition = self.entries.partitions[entry.address.partition]
        if not is_whole and partition.copies > 1:
            noted = self.blocks.oddities[before:]
            del self.blocks.oddities[before:]
            again, is_whole = self._descriptors(path, entry, 1)
            if is_whole:
                self.blocks.odd("reserve", "the directory was read from the metadata mirror", path)
                return again
            self.blocks.oddities[before:] = noted
        return found

    def _descriptors(self, path: Path, entry: Entry, copy: int) -> tuple[_Listed, bool]:
        """What a directory lists, without its parent and what was deleted, and whether that is all."""
        data = self.entries.data(entry, path, copy)
        raw = self._bytes(data.runs)
        is_whole = data.is_whole and len(raw) == entry.raw.information_length
        found: _Listed = []
        at = 0
        number = -1
        while at < len(raw):
            number += 1
            descriptor = _descriptor(raw, at)
            offset = _offset(data.runs, at)
            if descriptor is None:
                following = _following(raw, at)
                if not self._is_lost(data.runs, at, following - at):
                    self.blocks.odd("record", "no File Identifier Descriptor can begin here", path, offset)
                    return found, False
                at, is_whole = following, False
                continue
            if not Tag(descriptor.raw).crc_is_right:
                if self._is_lost(data.runs, at, len(descriptor.raw)):
                    at, is_whole = _following(raw, at), False
                    continue
                self.blocks.odd("crc", "the CRC of a File Identifier Descriptor is wrong", path, offset)
            is_parent = bool(descriptor.characteristics & structs.PARENT)
            if is_parent != (number == 0):
                self.blocks.odd("directory", "it does not begin with its one parent", path, offset)
            if descriptor.characteristics & structs.DELETED:
                self.deleted += 1
            elif not is_parent:
                found.append((offset, descriptor))
            at += len(descriptor.raw)
        if number < 0:
            self.blocks.odd("directory", "it is empty, even of its parent", path, entry.offset)
        return found, is_whole

    def _is_lost(self, runs: tuple[Run, ...], at: int, size: int) -> bool:
        """Whether some of these bytes of a file could not be read."""
        for offset, length in runs:
            first, last = min(at, length), min(at + size, length)
            if offset is not None and self.blocks.structures.lost(offset + first, last - first):
                return True
            at, size = max(0, at - length), size - (last - first)
        return False

    def _bytes(self, runs: tuple[Run, ...]) -> bytes:
        """The bytes of a directory, as far as they were recorded."""
        parts: list[bytes] = []
        left = _DIRECTORY
        for offset, size in runs:
            if offset is None:
                break
            parts.append(self.blocks.bytes_at(offset, min(size, left)))
            left -= len(parts[-1])
        return b"".join(parts)

    def _stored(self) -> Iterator[StoredFile]:
        """Every file with its content, in the order in which the data lies on the medium."""
        image = self.blocks.image
        for path, data, size in sorted(self.files, key=_first):
            content: Content | None = ScatteredContent(image, data.runs, size)
            if not data.is_whole:
                content = None
            elif not size:
                content = BytesContent(b"")
            elif len(data.runs) == 1 and data.runs[0].offset is not None:
                content = SliceContent(image, data.runs[0].offset, size)
            yield StoredFile(path, content, size)


def _descriptor(raw: bytes, at: int) -> FileIdentifierDescriptor | None:
    """The File Identifier Descriptor at that place of a directory, or None."""
    head, tag = FileIdentifierDescriptor(raw[at : at + 38]), Tag(raw[at : at + 38])
    if len(tag.raw) < 38 or not tag.is_sound or tag.identifier != structs.FILE_IDENTIFIER:
        return None
    size = FileIdentifierDescriptor.size_for(head.identifier_length, head.implementation_use_length)
    whole = FileIdentifierDescriptor(raw[at : at + size])
    return whole if len(whole.raw) == size else None


def _following(raw: bytes, at: int) -> int:
    """Where the next File Identifier Descriptor begins that is all there; the end where none does."""
    while (at := raw.find(_FILE_IDENTIFIER, at + 1)) >= 0:
        descriptor = None if at % 4 else _descriptor(raw, at)
        if descriptor and Tag(descriptor.raw).crc_is_right:
            return at
    return len(raw)


def _offset(runs: tuple[Run, ...], at: int) -> int | None:
    """Where in the image that byte of a file lies."""
    for offset, size in runs:
        if at < size:
            return None if offset is None else offset + at
        at -= size
    return None


def _first(file: tuple[Path, Data, int]) -> int:
    runs = file[1].runs
    return (runs[0].offset or 0) if runs else 0
