"""IsoLayout -> bytes, front to back, in one pass.

Makes the records of `structs.py` from the planned extents and lets `transfer.py` move the
files. It decides nothing: what goes where is in the layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...transfer import Sink, Transfer
from ..tree import Tick, Written
from . import rock_ridge
from .hierarchy import Directory, Entry, Hierarchy, record_positions
from .layout import DESCRIPTORS, IsoLayout
from .structs import (
    DIRECTORY,
    JOLIET_LEVEL_3,
    MULTI_EXTENT,
    PARENT,
    PRIMARY,
    SECTOR,
    SELF,
    SUPPLEMENTARY,
    TERMINATOR,
    DirectoryRecord,
    PathTableRecord,
    PrimaryVolumeDescriptor,
    VolumeDescriptor,
    pack,
    pack_date7,
    pack_date17,
)


def write(layout: IsoLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the image to `out`, which is at the image's beginning, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the image was written.
    """
    with Transfer(out, tick, each) as transfer:
        put_descriptors(transfer, layout)
        put_directories(transfer, layout)
        for file in layout.files:
            transfer.copy(file.content, "/".join(file.path))
            transfer.pad_to(SECTOR)
        digest = transfer.finish()
        return Written(transfer.position, digest, transfer.files)


def put_descriptors(transfer: Transfer, layout: IsoLayout) -> None:
    """The system area and the Volume Descriptor Set."""
    transfer.put(bytes(DESCRIPTORS * SECTOR))  # ISO 9660 6.2.1: the system area, not used
    transfer.put(_primary(layout))
    if layout.joliet:
        transfer.put(_joliet(layout, layout.joliet))
    terminator = {"volume_descriptor_type": TERMINATOR, "volume_descriptor_version": 1}
    transfer.put(pack(VolumeDescriptor, SECTOR, **terminator).raw)


def put_directories(transfer: Transfer, layout: IsoLayout) -> None:
    """The path tables and directories of every tree."""
    for tree in filter(None, (layout.primary, layout.joliet)):
        for order in "<>":
            transfer.put(_path_table(tree, order))
            transfer.pad_to(SECTOR)
        for directory in tree.directories:
            transfer.put(_directory(layout.created, tree, directory))


def _primary(layout: IsoLayout) -> bytes:
    """The Primary Volume Descriptor (ISO 9660 8.4); identifiers that are not given are blank."""
    return pack(
        PrimaryVolumeDescriptor,
        SECTOR,
        volume_descriptor_type=PRIMARY,
        system_identifier=b"",  # PS3.12 F.2.2.1: spaces, as there is no CD-I application
        volume_identifier=layout.volume_id.encode("ascii"),
        publisher_identifier=layout.publisher.encode("ascii"),
        application_identifier=layout.application.encode("ascii"),
        **_of_both(layout, layout.primary),
    ).raw


def _joliet(layout: IsoLayout, tree: Hierarchy) -> bytes:
    """Joliet's Supplementary Volume Descriptor (ISO 9660 8.5): the same in UCS-2."""
    blank = {name: _ucs2("", size) for name, size in _BLANK.items()}
    return pack(
        PrimaryVolumeDescriptor,
        SECTOR,
        volume_descriptor_type=SUPPLEMENTARY,
        escape_sequences=JOLIET_LEVEL_3,
        volume_identifier=_ucs2(layout.volume_id, 32),
        publisher_identifier=_ucs2(layout.publisher, 128),
        application_identifier=_ucs2(layout.application, 128),
        **blank,
        **_of_both(layout, tree),
    ).raw


_BLANK = {
    "system_identifier": 32,
    "volume_set_identifier": 128,
    "data_preparer_identifier": 128,
    "copyright_file_identifier": 37,
    "abstract_file_identifier": 37,
    "bibliographic_file_identifier": 37,
}
"""Identifiers that are not given, and their bytes."""


def _ucs2(text: str, size: int) -> bytes:
    """Text in characters of 16 bits, as much of it as fits, padded with spaces."""
    return (text.encode("utf-16-be")[: size & ~1] + b"\0 " * size)[: size & ~1].ljust(size, b"\0")


def _of_both(layout: IsoLayout, tree: Hierarchy) -> dict[str, Any]:
    """The fields that do not depend on the characters of a descriptor."""
    created = pack_date17(layout.created)
    return {
        "volume_descriptor_version": 1,
        "volume_space_size": layout.size // SECTOR,
        "volume_set_size": 1,
        "volume_sequence_number": 1,
        "logical_block_size": SECTOR,
        "path_table_size": tree.path_table_size,
        "location_of_type_l_path_table": tree.l_path_table,
        "location_of_type_m_path_table": tree.m_path_table,
        "directory_record_for_root_directory": _record(layout.created, SELF, tree.directories[0]),
        "volume_creation_date_and_time": created,
        "volume_modification_date_and_time": created,
        "file_structure_version": 1,
    }


def _path_table(tree: Hierarchy, order: str) -> bytes:
    """The path table of one byte order (ISO 9660 6.9)."""
    return b"".join(
        PathTableRecord(0, each.extent, each.parent, each.identifier).pack(order) for each in tree.directories
    )


def _directory(created: datetime, tree: Hierarchy, directory: Directory) -> bytes:
    """The sectors of a directory: itself, its parent, then its entries (ISO 9660 6.8.2.2)."""
    records = list(_records(created, tree, directory))
    sectors = bytearray(directory.size)
    for at, record in zip(record_positions(map(len, records)), records, strict=True):
        sectors[at : at + len(record)] = record
    return bytes(sectors)


def _records(created: datetime, tree: Hierarchy, directory: Directory) -> Iterator[bytes]:
    own = parent = b""
    if tree.rock_ridge:
        parent = rock_ridge.fields("", True, created)
        own = parent if directory.number > 1 else rock_ridge.root_fields(created)
    yield _record(created, SELF, directory, own)
    yield _record(created, PARENT, tree.directories[directory.parent - 1], parent)
    for entry in directory.entries:
        fields = rock_ridge.fields(entry.name, entry.is_directory, created) if tree.rock_ridge else b""
        yield _record(created, entry.identifier, entry, fields)


def _record(created: datetime, identifier: bytes, of: Directory | Entry, system_use: bytes = b"") -> bytes:
    """A Directory Record (ISO 9660 9.1): no Extended Attribute Record, nothing protected."""
    flags = DIRECTORY
    if isinstance(of, Entry):
        flags = (DIRECTORY if of.is_directory else 0) | (MULTI_EXTENT if of.continued else 0)
    return DirectoryRecord.pack(
        identifier,
        system_use,
        location_of_extent=of.extent,
        data_length=of.size,
        recording_date_and_time=pack_date7(created),
        file_flags=flags,
        volume_sequence_number=1,
    )
