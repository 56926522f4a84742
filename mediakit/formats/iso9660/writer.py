"""IsoLayout -> bytes, front to back, in one pass.

Makes the records of `structs.py` from the planned extents and lets `transfer.py` move the
files. It decides nothing: what goes where is in the layout.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...transfer import Sink, Transfer
from ..tree import Tick, Written
from .layout import DESCRIPTORS, Directory, Entry, IsoLayout, record_positions
from .structs import (
    DIRECTORY,
    PARENT,
    PRIMARY,
    SECTOR,
    SELF,
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
        transfer.put(bytes(DESCRIPTORS * SECTOR))  # ISO 9660 6.2.1: the system area, not used
        transfer.put(_primary(layout))
        terminator = {"volume_descriptor_type": TERMINATOR, "volume_descriptor_version": 1}
        transfer.put(pack(VolumeDescriptor, SECTOR, **terminator).raw)
        for order in "<>":
            transfer.put(_path_table(layout, order))
            transfer.pad_to(SECTOR)
        for directory in layout.directories:
            transfer.put(_directory(layout, directory))
        for file in layout.files:
            transfer.copy(file.content, "/".join(file.path))
            transfer.pad_to(SECTOR)
        digest = transfer.finish()
        return Written(transfer.position, digest, transfer.files)


def _primary(layout: IsoLayout) -> bytes:
    """The Primary Volume Descriptor (ISO 9660 8.4); identifiers that are not given are blank."""
    created = pack_date17(layout.created)
    return pack(
        PrimaryVolumeDescriptor,
        SECTOR,
        volume_descriptor_type=PRIMARY,
        volume_descriptor_version=1,
        system_identifier=b"",  # PS3.12 F.2.2.1: spaces, as there is no CD-I application
        volume_identifier=layout.volume_id.encode("ascii"),
        volume_space_size=layout.size // SECTOR,
        volume_set_size=1,
        volume_sequence_number=1,
        logical_block_size=SECTOR,
        path_table_size=layout.path_table_size,
        location_of_type_l_path_table=layout.l_path_table,
        location_of_type_m_path_table=layout.m_path_table,
        directory_record_for_root_directory=_record(layout, SELF, layout.directories[0]),
        publisher_identifier=layout.publisher.encode("ascii"),
        application_identifier=layout.application.encode("ascii"),
        volume_creation_date_and_time=created,
        volume_modification_date_and_time=created,
        file_structure_version=1,
    ).raw


def _path_table(layout: IsoLayout, order: str) -> bytes:
    """The path table of one byte order (ISO 9660 6.9)."""
    return b"".join(
        PathTableRecord(0, each.extent, each.parent, each.identifier).pack(order)
        for each in layout.directories
    )


def _directory(layout: IsoLayout, directory: Directory) -> bytes:
    """The sectors of a directory: itself, its parent, then its entries (ISO 9660 6.8.2.2)."""
    records = list(_records(layout, directory))
    sectors = bytearray(directory.size)
    for at, record in zip(record_positions(map(len, records)), records, strict=True):
        sectors[at : at + len(record)] = record
    return bytes(sectors)


def _records(layout: IsoLayout, directory: Directory) -> Iterator[bytes]:
    yield _record(layout, SELF, directory)
    yield _record(layout, PARENT, layout.directories[directory.parent - 1])
    for entry in directory.entries:
        yield _record(layout, entry.identifier, entry)


def _record(layout: IsoLayout, identifier: bytes, of: Directory | Entry) -> bytes:
    """A Directory Record (ISO 9660 9.1): one extent, no Extended Attribute Record, nothing protected."""
    return DirectoryRecord.pack(
        identifier,
        location_of_extent=of.extent,
        data_length=of.size,
        recording_date_and_time=pack_date7(layout.created),
        file_flags=DIRECTORY if isinstance(of, Directory) or of.is_directory else 0,
        volume_sequence_number=1,
    )
