"""UdfLayout -> bytes, front to back, in one pass.

Makes the descriptors of `structs.py` from the planned blocks and lets `transfer.py` move the
files. It decides nothing: what goes where is in the layout.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ...transfer import Sink, Transfer
from ..iso9660.structs import pack
from ..tree import Tick, Written
from . import structs
from .layout import (
    ENTRIES,
    EXTENT,
    INTEGRITY_BLOCKS,
    MAIN_SEQUENCE,
    RECOGNITION_SEQUENCE,
    SEQUENCE_BLOCKS,
    Directory,
    UdfLayout,
)
from .structs import ANCHOR, BLOCK, Address, EntityId, Extent, dstring, pack_time, seal

IMPLEMENTATION = EntityId(b"*mediakit")

_NOBODY = 0xFFFFFFFF  # UDF 2.3.6.1: no user and no group is named
_FIRST_UNIQUE = 16  # UDF 3.2.1.1: 1 to 15 are reserved

# PS3.12 J.2.1.5, P.2.1.5, X.2.1.5: all users read, write and delete files, and access and delete
# directories; the owner may change attributes (ECMA-167 4/14.9.5).
_FILE_PERMISSIONS = 0x7AD6
_DIRECTORY_PERMISSIONS = 0x7EF7


def write(layout: UdfLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the image to `out`, which is at the image's beginning, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the image was written.
    """
    with Transfer(out, tick, each) as transfer:
        transfer.put(bytes(RECOGNITION_SEQUENCE * BLOCK))
        put_volume(transfer, layout)
        put_partition(transfer, layout)
        digest = transfer.finish()
        return Written(transfer.position, digest, transfer.files)


def put_volume(transfer: Transfer, layout: UdfLayout) -> None:
    """All that comes before the partition, from the recognition sequence to the first anchor."""
    for identifier in (b"BEA01", layout.revision.nsr, b"TEA01"):
        transfer.put(_recognition(identifier))
    for start in (MAIN_SEQUENCE, layout.reserve_sequence):
        _fill(transfer, start)
        for location, (kind, raw, size) in enumerate(_sequence(layout), start):
            transfer.put(_block(layout, kind, raw, location, size))
    _fill(transfer, layout.integrity_sequence)
    closed = _integrity(layout)
    transfer.put(_block(layout, structs.INTEGRITY, closed, layout.integrity_sequence, len(closed)))
    transfer.put(_block(layout, structs.TERMINATING, bytes(512), layout.integrity_sequence + 1))
    _fill(transfer, layout.integrity_sequence + INTEGRITY_BLOCKS)
    _fill(transfer, ANCHOR)
    transfer.put(_anchor(layout, ANCHOR))


def put_partition(transfer: Transfer, layout: UdfLayout) -> None:
    """The partition and what follows, to the end of the image."""
    _fill(transfer, layout.partition)
    metadata = layout.metadata
    if metadata:
        transfer.put(_metadata_entry(layout, structs.TYPE_MIRROR, metadata.mirror_entry, metadata.mirror))
        _fill(transfer, layout.partition + metadata.mirror)
    _put_tree(transfer, layout)
    if metadata:
        _fill(transfer, layout.partition + metadata.mirror + metadata.blocks)
    for file in layout.files:
        transfer.copy(file.content, "/".join(file.path))
        transfer.pad_to(BLOCK)
    if metadata:
        _fill(transfer, layout.partition + metadata.main)
        _put_tree(transfer, layout)
        _fill(transfer, layout.partition + metadata.main_entry)
        transfer.put(_metadata_entry(layout, structs.TYPE_METADATA, metadata.main_entry, metadata.main))
    _fill(transfer, layout.last)
    transfer.put(_anchor(layout, layout.last))


def _fill(transfer: Transfer, sector: int) -> None:
    """Zeros up to that sector; the layout says that it is not behind us."""
    transfer.put(bytes(sector * BLOCK - transfer.position))


def _block(layout: UdfLayout, identifier: int, raw: bytes, location: int, size: int = 512) -> bytes:
    """The descriptor with its tag, in a block of its own; `size` is that under the CRC with the tag."""
    return seal(raw, identifier, location, layout.revision.edition, size).ljust(BLOCK, b"\0")


def _recognition(identifier: bytes) -> bytes:
    """A Volume Structure Descriptor (ECMA-167 2/9.1)."""
    return (b"\0" + identifier + b"\1").ljust(BLOCK, b"\0")


def _suffix(layout: UdfLayout) -> bytes:
    """The revision, in a domain or UDF suffix (UDF 2.1.5.3); the operating system is not named."""
    return layout.revision.number.to_bytes(2, "little")


def _anchor(layout: UdfLayout, location: int) -> bytes:
    length = SEQUENCE_BLOCKS * BLOCK
    raw = pack(
        structs.AnchorVolumeDescriptorPointer,
        512,
        main_sequence=Extent(length, MAIN_SEQUENCE),
        reserve_sequence=Extent(length, layout.reserve_sequence),
    ).raw
    return _block(layout, structs.ANCHOR_POINTER, raw, location)


def _sequence(layout: UdfLayout) -> Iterator[tuple[int, bytes, int]]:
    """The Volume Descriptor Sequence (UDF 2.2.3): tag identifiers, descriptors, sizes under the CRC."""
    yield structs.PRIMARY, _primary(layout), 512
    yield structs.IMPLEMENTATION_USE, _implementation_use(layout), 512
    yield structs.PARTITION, _partition(layout), 512
    maps = b"".join(_maps(layout))
    yield structs.LOGICAL, _logical(layout, maps), 440 + len(maps)
    # UDF 2.2.5: there is one even where no space is unallocated.
    yield structs.UNALLOCATED, bytes(structs.TAG) + struct.pack("<II", 4, 0), 24
    yield structs.TERMINATING, bytes(512), 512


def _primary(layout: UdfLayout) -> bytes:
    application = "".join(c for c in layout.application if " " <= c <= "~")
    return pack(
        structs.PrimaryVolumeDescriptor,
        512,
        sequence_number=0,
        volume_identifier=dstring(layout.volume_id, 32),
        volume_sequence_number=1,
        maximum_volume_sequence_number=1,
        interchange_level=2,  # PS3.12 J.2.1.2, P.2.1.2, X.2.1.2: a volume that stands alone
        maximum_interchange_level=2,
        character_set_list=1,
        maximum_character_set_list=1,
        volume_set_identifier=dstring(layout.volume_set_id, 128),
        application_identifier=EntityId(b"*" + application.encode("ascii")[:22] if application else b""),
        recording_date_and_time=pack_time(layout.created),
        implementation_identifier=IMPLEMENTATION,
    ).raw


def _implementation_use(layout: UdfLayout) -> bytes:
    return pack(
        structs.ImplementationUseVolumeDescriptor,
        512,
        sequence_number=1,
        implementation_identifier=EntityId(b"*UDF LV Info", _suffix(layout)),
        logical_volume_identifier=dstring(layout.volume_id, 128),
        organisation=dstring(layout.publisher, 36),
        implementation=IMPLEMENTATION,
    ).raw


def _partition(layout: UdfLayout) -> bytes:
    """The one partition; without tables of space, as nothing will be added (UDF 2.2.14, 2.3.3)."""
    return pack(
        structs.PartitionDescriptor,
        512,
        sequence_number=2,
        flags=1,  # space is allocated
        partition_number=0,
        contents=EntityId(b"+" + layout.revision.nsr),
        access_type=layout.revision.access,
        start=layout.partition,
        length=layout.partition_blocks,
        implementation_identifier=IMPLEMENTATION,
    ).raw


def _logical(layout: UdfLayout, maps: bytes) -> bytes:
    head = pack(
        structs.LogicalVolumeDescriptor,
        440,
        sequence_number=3,
        logical_volume_identifier=dstring(layout.volume_id, 128),
        block_size=BLOCK,
        domain_identifier=EntityId(structs.DOMAIN, _suffix(layout)),
        file_set=Address(ENTRIES * BLOCK, 0, _tree_partition(layout)),
        map_table_length=len(maps),
        number_of_maps=1 + bool(layout.metadata),
        implementation_identifier=IMPLEMENTATION,
        integrity_sequence=Extent(INTEGRITY_BLOCKS * BLOCK, layout.integrity_sequence),
    ).raw
    return head + maps


def _maps(layout: UdfLayout) -> Iterator[bytes]:
    """A map of type 1, and from 2.50 on the one of the metadata partition (UDF 2.50 2.2.10)."""
    yield struct.pack("<BBHH", 1, 6, 1, 0)
    if metadata := layout.metadata:
        unit = layout.revision.unit
        yield struct.pack(
            "<BBH32sHHIIIIHB5x", 2, 64, 0, EntityId(structs.METADATA_MAP, _suffix(layout)).pack(), 1, 0,
            # No metadata bitmap: a finished volume needs none, and 2.60 forbids it on a BD-R.
            metadata.main_entry, metadata.mirror_entry, 0xFFFFFFFF,
            unit, unit, 1,  # the mirror has blocks of its own
        )  # fmt: skip


def _integrity(layout: UdfLayout) -> bytes:
    """A closed Logical Volume Integrity Descriptor (UDF 2.2.6), with no space left."""
    sizes = [layout.partition_blocks, *([layout.metadata.blocks] if layout.metadata else [])]
    revision = layout.revision
    use = IMPLEMENTATION.pack() + struct.pack(
        "<IIHHH", len(layout.files), len(layout.directories), revision.min_read, revision.number,
        revision.number,
    )  # fmt: skip
    head = pack(
        structs.LogicalVolumeIntegrityDescriptor,
        80,
        recording_date_and_time=pack_time(layout.created),
        integrity_type=1,
        next_unique_id=_unique_id(len(layout.directories) + len(layout.files)),
        number_of_partitions=len(sizes),
        implementation_use_length=len(use),
    ).raw
    return head + struct.pack(f"<{2 * len(sizes)}I", *[0] * len(sizes), *sizes) + use


def _tree_partition(layout: UdfLayout) -> int:
    """The partition reference of the tree; that of the files is always 0."""
    return 1 if layout.metadata else 0


def _unique_id(number: int) -> int:
    """The UDF Unique ID of an entry (UDF 3.2.1); the root has 0."""
    return _FIRST_UNIQUE + number - 1 if number else 0


def _put_tree(transfer: Transfer, layout: UdfLayout) -> None:
    """File Set Descriptor, entries, directories; block numbers in them count from its beginning."""
    transfer.put(_block(layout, structs.FILE_SET, _file_set(layout), 0))
    transfer.put(_block(layout, structs.TERMINATING, bytes(512), 1))
    for entry in _entries(layout):
        transfer.put(entry)
    for directory in layout.directories:
        transfer.put(b"".join(_identifiers(layout, directory)))
        transfer.pad_to(BLOCK)


def _file_set(layout: UdfLayout) -> bytes:
    return pack(
        structs.FileSetDescriptor,
        512,
        recording_date_and_time=pack_time(layout.created),
        interchange_level=3,  # UDF 2.3.2.1
        maximum_interchange_level=3,
        character_set_list=1,
        maximum_character_set_list=1,
        logical_volume_identifier=dstring(layout.volume_id, 128),
        file_set_identifier=dstring(layout.volume_id, 32),
        root=_icb(layout, 0),
        domain_identifier=EntityId(structs.DOMAIN, _suffix(layout)),
    ).raw


def _icb(layout: UdfLayout, number: int, unique: int = 0) -> Address:
    return Address(BLOCK, ENTRIES + number, _tree_partition(layout), unique)


def _entries(layout: UdfLayout) -> Iterator[bytes]:
    """The blocks of all entries: directories, then files, in the order of their numbers."""
    make = _Entries(layout)
    for number, directory in enumerate(layout.directories):
        extent = struct.pack("<II", directory.size, directory.block)
        yield make.block(number, ENTRIES + number, directory.size, extent, 1 + directory.folders)
    for number, (file, block) in enumerate(
        zip(layout.files, layout.placed, strict=True), len(layout.directories)
    ):
        extents = b"".join(_extents(file.content.size, block, long=layout.metadata is not None))
        yield make.block(number, ENTRIES + number, file.content.size, extents)


def _extents(size: int, block: int, long: bool) -> Iterator[bytes]:
    """Allocation descriptors of a run of blocks.

    In a metadata partition a short one would mean a block of that; a long one names partition 0.
    """
    while size:
        length = min(size, EXTENT)
        yield Address(length, block).pack() if long else struct.pack("<II", length, block)
        size -= length
        block += length // BLOCK


class _Entries:
    """Makes File Entries, or extended ones where there is metadata, from two that are made once."""

    def __init__(self, layout: UdfLayout) -> None:
        self._layout = layout
        self._extended = layout.metadata is not None
        self._tag = structs.EXTENDED_FILE_ENTRY if self._extended else structs.FILE_ENTRY
        file_flags = structs.LONG if self._extended else structs.SHORT
        self._directory = self._template(structs.TYPE_DIRECTORY, structs.SHORT, _DIRECTORY_PERMISSIONS)
        # PS3.12 J.2.1.6 asks for file type 0, which UDF 2.3.5.2 forbids and 7-Zip cannot read.
        self._file = self._template(structs.TYPE_FILE, file_flags, _FILE_PERMISSIONS)

    def block(self, number: int, location: int, size: int, extents: bytes, links: int = 1) -> bytes:
        """The block of an entry; its number says whether it is a directory's."""
        of_directory = number < len(self._layout.directories)
        template = self._directory if of_directory else self._file
        return self._sealed(template, location, size, extents, links, _unique_id(number))

    def of_metadata(self, file_type: int, location: int, block: int) -> bytes:
        """The entry of the metadata file or of its mirror (UDF 2.50 2.2.13.1)."""
        assert self._layout.metadata
        size = self._layout.metadata.blocks * BLOCK
        template = self._template(file_type, structs.SHORT, 0)
        return self._sealed(template, location, size, struct.pack("<II", size, block), 0, 0)

    def _template(self, file_type: int, flags: int, permissions: int) -> bytes:
        created = pack_time(self._layout.created)
        common = {
            "strategy": 4,
            "maximum_entries": 1,
            "file_type": file_type,
            "flags": flags,
            "uid": _NOBODY,
            "gid": _NOBODY,
            "permissions": permissions,
            "access_time": created,
            "modification_time": created,
            "attribute_time": created,
            "checkpoint": 1,
            "implementation_identifier": IMPLEMENTATION,
        }
        if self._extended:
            size = structs.ExtendedFileEntry.SIZE
            return pack(structs.ExtendedFileEntry, size, creation_time=created, **common).raw
        return pack(structs.FileEntry, structs.FileEntry.SIZE, **common).raw

    def _sealed(
        self, template: bytes, location: int, size: int, extents: bytes, links: int, unique: int
    ) -> bytes:
        raw = bytearray(template + extents)
        blocks = -(-size // BLOCK)
        struct.pack_into("<H", raw, 48, links)
        if self._extended:
            struct.pack_into("<QQQ", raw, 56, size, size, blocks)
            struct.pack_into("<QII", raw, 200, unique, 0, len(extents))
        else:
            struct.pack_into("<QQ", raw, 56, size, blocks)
            struct.pack_into("<QII", raw, 160, unique, 0, len(extents))
        return _block(self._layout, self._tag, bytes(raw), location, len(raw))


def _metadata_entry(layout: UdfLayout, file_type: int, location: int, block: int) -> bytes:
    return _Entries(layout).of_metadata(file_type, location, block)


def _identifiers(layout: UdfLayout, directory: Directory) -> Iterator[bytes]:
    """The File Identifier Descriptors of a directory, that of its parent first (UDF 2.3.4)."""
    at = 0

    def pack_one(identifier: bytes, characteristics: int, to: int) -> bytes:
        unique = _unique_id(to) if layout.revision.unique_in_directories else 0
        return structs.FileIdentifierDescriptor.pack(
            identifier,
            characteristics,
            _icb(layout, to, unique),
            directory.block + at // BLOCK,
            layout.revision.edition,
        )

    raw = pack_one(b"", structs.DIRECTORY | structs.PARENT, directory.parent)
    yield raw
    for each in directory.names:
        at += len(raw)
        raw = pack_one(each.identifier, structs.DIRECTORY if each.is_directory else 0, each.number)
        yield raw
