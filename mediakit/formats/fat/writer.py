"""FatLayout -> bytes, front to back, in one pass.

Makes the structures of `structs.py` from the planned clusters and lets `transfer.py` move the
files; what is not used stays a hole. It decides nothing: what goes where is in the layout.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator

from ...transfer import Sink, Transfer
from ..tree import Tick, Written
from .geometry import FIRST
from .layout import Directory, Entry, FatLayout
from .names import long_name_parts
from .structs import (
    ARCHIVE,
    BOOT_SIZE,
    DIRECTORY,
    DOT,
    DOT_DOT,
    SIGNATURE,
    TABLE,
    VOLUME_ID,
    BootSector,
    DirectoryEntry,
    Fat32,
    FsInfo,
    Partition,
    pack_date,
    pack_time,
)

_MEDIA = 0xF8  # not removable, or without a type of its own; PS3.12 M and Q want it
_EXTENDED_BOOT = 0x29  # PS3.12 A.2: serial number, label and type follow
_FS_INFO, _BACKUP = 1, 6  # sectors (FAT 1.03, FAT32 FSInfo Sector Structure and Backup Boot Sector)
_UNKNOWN = 0xFFFFFFFF

_BOOT_CODE = b"\xcd\x18\xf4\xeb\xfd"
"""Started by accident, it asks for the next boot device (INT 18h), or halts."""

_SECTORS_PER_TRACK, _HEADS = 63, 255
"""The geometry that every system makes up for media without one."""

_AT_ONCE = 1 << 18


def write(layout: FatLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the image to `out`, which is at the image's beginning, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the image was written.
    """
    geometry = layout.geometry
    start = layout.start * geometry.sector

    def skip_to(offset: int) -> None:
        """Leave a hole up to that place in the volume."""
        transfer.skip(start + offset - transfer.position)

    with Transfer(out, tick, each) as transfer:
        if layout.partitioned:
            transfer.put(_master_boot_record(layout))
            skip_to(0)
        for sector, data in _reserved(layout):
            skip_to(sector * geometry.sector)
            transfer.put(data)
        for number in range(geometry.fats):
            skip_to((geometry.reserved + number * geometry.fat) * geometry.sector)
            for data in _fat(layout):
                transfer.put(data)
        for directory in layout.directories:
            at = geometry.offset(directory.cluster) if directory.cluster else geometry.root * geometry.sector
            skip_to(at)
            transfer.put(_directory(layout, directory))
        for file in layout.files:
            if file.content.size:
                transfer.skip(file.offset - transfer.position)
            transfer.copy(file.content, "/".join(file.path))
        skip_to(layout.needed - start)
        before_zeros = transfer.digest_so_far()
        transfer.skip(layout.size - transfer.position)
        digest = transfer.finish()
        return Written(transfer.position, digest, transfer.files, before_zeros)


def _master_boot_record(layout: FatLayout) -> bytes:
    """The first sector of a partitioned medium, with one partition."""
    last = layout.start + layout.sectors - 1
    partition = Partition(
        0, _chs(layout.start), _partition_type(layout), _chs(last), layout.start, layout.sectors
    )
    code = _BOOT_CODE.ljust(440, b"\0") + (layout.unique >> 32 & 0xFFFFFFFF).to_bytes(4, "little")
    return (code.ljust(TABLE, b"\0") + partition.pack()).ljust(BOOT_SIZE - 2, b"\0") + SIGNATURE


def _partition_type(layout: FatLayout) -> int:
    """The customary type bytes; FAT16 and FAT32 are found by their sector numbers (LBA)."""
    small = layout.sectors < 0x10000
    return {12: 0x01, 16: 0x04 if small else 0x0E, 32: 0x0C}[layout.geometry.width]


def _chs(sector: int) -> bytes:
    """Cylinder, head and sector of a sector number; the last ones that there are for any above."""
    track, number = divmod(sector, _SECTORS_PER_TRACK)
    cylinder, head = divmod(track, _HEADS)
    if cylinder > 1023:
        return b"\xfe\xff\xff"
    return bytes((head, number + 1 | cylinder >> 2 & 0xC0, cylinder & 0xFF))


def _reserved(layout: FatLayout) -> Iterator[tuple[int, bytes]]:
    """The sectors before the FATs that hold anything, by their numbers in the volume."""
    boot = _boot_sector(layout)
    yield 0, boot
    if layout.geometry.width == 32:
        used = layout.clusters_used
        free = layout.geometry.clusters - used
        fs_info = FsInfo(free, FIRST + used if free else _UNKNOWN).pack()
        yield _FS_INFO, fs_info
        yield _BACKUP, boot
        yield _BACKUP + _FS_INFO, fs_info


def _boot_sector(layout: FatLayout) -> bytes:
    """The boot sector; FAT12 and FAT16 as PS3.12 A.2 lists its bytes."""
    geometry, is_32 = layout.geometry, layout.geometry.width == 32
    fat32 = Fat32(geometry.fat, 0, 0, FIRST, _FS_INFO, _BACKUP) if is_32 else None
    return BootSector(
        jump=b"\xeb\x58\x90" if is_32 else b"\xeb\x00\x90",
        oem_name=b"MSWIN4.1" if is_32 else b"MSDOS4.0",
        bytes_per_sector=geometry.sector,
        sectors_per_cluster=geometry.cluster,
        reserved_sectors=geometry.reserved,
        fats=geometry.fats,
        root_entries=geometry.root_entries,
        total_sectors_16=0,  # PS3.12 A.2: also where the number would fit
        media=_MEDIA,
        fat_size_16=0 if is_32 else geometry.fat,
        sectors_per_track=_SECTORS_PER_TRACK,
        heads=_HEADS,
        hidden_sectors=layout.start,
        total_sectors_32=layout.sectors,
        fat32=fat32,
        drive_number=0,
        reserved=0,
        boot_signature=_EXTENDED_BOOT,
        serial=(layout.unique & 0xFFFFFFFF).to_bytes(4, "little"),
        label=(layout.label or "NO NAME").encode("ascii").ljust(11),
        file_system_type=f"FAT{geometry.width}".encode("ascii").ljust(8),
    ).pack(_BOOT_CODE if is_32 else b"")


def _fat(layout: FatLayout) -> Iterator[bytes]:
    """The entries of a FAT that are not zero, in parts: every chain is one run of clusters."""
    width = layout.geometry.width
    last = {12: 0xFFF, 16: 0xFFFF, 32: 0x0FFFFFFF}[width]
    # FAT 1.03: entry 0 holds the media byte, entry 1 says that the volume was closed in order.
    entries = array("L" if array("I").itemsize != 4 else "I", (last & ~0xFF | _MEDIA, last))
    for first, count in layout.chains:
        end = first + count - 1
        for at in range(first, end, _AT_ONCE):
            entries.extend(range(at + 1, min(at + _AT_ONCE, end) + 1))
            # FAT12 entries go in pairs; a FAT12 has too few to come to this.
            if len(entries) >= _AT_ONCE:
                yield _packed(entries, width)
                del entries[:]
        entries.append(last)
    yield _packed(entries, width)


def _packed(entries: array[int], width: int) -> bytes:
    if width == 12:
        pairs = zip(entries[::2], [*entries[1::2], 0], strict=False)
        return b"".join((low | high << 12).to_bytes(3, "little") for low, high in pairs)
    packed = entries if width == 32 else array("H", entries)
    if sys.byteorder == "big":
        packed = packed[:]
        packed.byteswap()
    return packed.tobytes()


def _directory(layout: FatLayout, directory: Directory) -> bytes:
    """The entries of a directory (FAT 1.03, FAT Directory Structure); what follows them is zero."""
    own = []
    if directory.path:
        own = [(DOT, directory.cluster), (DOT_DOT, directory.parent)]
    data = [_entry(layout, name, DIRECTORY, cluster, 0) for name, cluster in own]
    if not directory.path and layout.label:
        data.append(_entry(layout, layout.label.encode("ascii").ljust(11), VOLUME_ID, 0, 0))
    for entry in directory.entries:
        data += _entries(layout, entry)
    return b"".join(data)


def _entries(layout: FatLayout, entry: Entry) -> Iterator[bytes]:
    if entry.long:
        for part in long_name_parts(entry.long, entry.short):
            yield part.pack()
    attributes = DIRECTORY if entry.is_directory else ARCHIVE
    yield _entry(layout, entry.short, attributes, entry.cluster, entry.size)


def _entry(layout: FatLayout, name: bytes, attributes: int, cluster: int, size: int) -> bytes:
    """A short entry; every date is the job's, in the job's own zone."""
    created = layout.created
    date, time = pack_date(created), pack_time(created)
    return DirectoryEntry(
        name=name,
        attributes=attributes,
        created_hundredths=created.second % 2 * 100 + created.microsecond // 10_000,
        created_time=time,
        created_date=date,
        accessed_date=date,
        cluster_high=cluster >> 16,
        modified_time=time,
        modified_date=date,
        cluster_low=cluster & 0xFFFF,
        size=size,
    ).pack()
