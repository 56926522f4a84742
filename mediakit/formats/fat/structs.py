"""The structures of a FAT volume and of a partition table as they lie on the medium.

Each is a tuple of its fields in the words of Microsoft's FAT specification (1.03), with `parse`
and `pack`; nothing is left out, so what is parsed packs to the same bytes. All numbers are
little-endian. No logic here: what a value should be is known to the planner, the reader and
the rules.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import NamedTuple

BOOT_SIZE = 512
"""Bytes of a boot sector, of an MBR and of an FSInfo sector that mean anything, whatever a sector has."""

SIGNATURE = b"\x55\xaa"
"""What such a sector ends with, at byte 510."""

ENTRY = 32
"""Bytes of a directory entry."""

READ_ONLY, HIDDEN, SYSTEM, VOLUME_ID, DIRECTORY, ARCHIVE = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
LONG_NAME = READ_ONLY | HIDDEN | SYSTEM | VOLUME_ID
"""Attributes of a directory entry; all four together mark a part of a long name."""

LOWER_BASE, LOWER_EXTENSION = 0x08, 0x10
"""Bits of byte 12, by which Windows NT shows a part of a short name in lower case."""

DELETED, END, KANJI = 0xE5, 0x00, 0x05
"""First bytes of a name: an entry not in use, the end of the directory, and what stands for a real E5."""

DOT, DOT_DOT = b".".ljust(11), b"..".ljust(11)
"""The names with which every directory but the root begins: itself and its parent."""

_COMMON = struct.Struct("<3s8sHBHBHHBHHHII")
_EXTENDED = struct.Struct("<IHHIHH12s")
_TAIL = struct.Struct("<BBB4s11s8s")


class Fat32(NamedTuple):
    """What the boot sector of a FAT32 volume has between the common fields and the serial number."""

    fat_size: int = 0
    flags: int = 0
    version: int = 0
    root_cluster: int = 0
    fs_info: int = 0
    backup_boot_sector: int = 0
    reserved: bytes = bytes(12)


class BootSector(NamedTuple):
    """The boot sector: the BIOS Parameter Block and what surrounds it, without the boot code.

    `fat32` is None where the FAT size is in the 16-bit field, which makes it FAT12 or FAT16.
    """

    jump: bytes
    oem_name: bytes
    bytes_per_sector: int
    sectors_per_cluster: int
    reserved_sectors: int
    fats: int
    root_entries: int
    total_sectors_16: int
    media: int
    fat_size_16: int
    sectors_per_track: int
    heads: int
    hidden_sectors: int
    total_sectors_32: int
    fat32: Fat32 | None
    drive_number: int
    reserved: int
    boot_signature: int
    serial: bytes
    label: bytes
    file_system_type: bytes
    signature: bytes = SIGNATURE

    @property
    def total_sectors(self) -> int:
        """Sectors of the volume, from the one of two fields that is in use."""
        return self.total_sectors_16 or self.total_sectors_32

    @property
    def fat_size(self) -> int:
        """Sectors of one FAT."""
        return self.fat32.fat_size if self.fat32 else self.fat_size_16

    @staticmethod
    def parse(raw: bytes) -> BootSector:
        """The fields of 512 bytes; raises struct.error when there are fewer."""
        common = _COMMON.unpack_from(raw)
        at = _COMMON.size
        fat32 = None
        if common[9] == 0:
            fat32 = Fat32(*_EXTENDED.unpack_from(raw, at))
            at += _EXTENDED.size
        tail = _TAIL.unpack_from(raw, at)
        return BootSector._make((*common, fat32, *tail, raw[510:512]))

    def pack(self, code: bytes = b"") -> bytes:
        """The 512 bytes, with that boot code; raises struct.error when a number is too large."""
        data = _COMMON.pack(*self[:14])
        data += _EXTENDED.pack(*self.fat32) if self.fat32 else b""
        data += _TAIL.pack(*self[15:21]) + code
        return data.ljust(510, b"\0") + self.signature


class FsInfo(NamedTuple):
    """The FSInfo sector of FAT32: how many clusters are free, and where to look for one first."""

    free: int
    next: int

    @staticmethod
    def parse(raw: bytes) -> FsInfo | None:
        """The two numbers, or None when the sector's signatures are not there."""
        if raw[:4] != b"RRaA" or raw[484:488] != b"rrAa" or raw[508:512] != b"\0\0" + SIGNATURE:
            return None
        return FsInfo(*struct.unpack_from("<II", raw, 488))

    def pack(self) -> bytes:
        """The sector's 512 bytes."""
        numbers = struct.pack("<II", self.free, self.next)
        return b"RRaA" + bytes(480) + b"rrAa" + numbers + bytes(14) + SIGNATURE


_ENTRY = struct.Struct("<11sBBBHHHHHHHI")


class DirectoryEntry(NamedTuple):
    """A directory entry of 32 bytes; `name` is that of 8 and 3 characters without a dot."""

    name: bytes
    attributes: int
    case: int = 0
    created_hundredths: int = 0
    created_time: int = 0
    created_date: int = 0
    accessed_date: int = 0
    cluster_high: int = 0
    modified_time: int = 0
    modified_date: int = 0
    cluster_low: int = 0
    size: int = 0

    @property
    def is_directory(self) -> bool:
        """Whether it names a directory."""
        return bool(self.attributes & DIRECTORY)

    @staticmethod
    def parse(raw: bytes) -> DirectoryEntry:
        """The fields of 32 bytes."""
        return DirectoryEntry(*_ENTRY.unpack(raw))

    def pack(self) -> bytes:
        """The 32 bytes; raises struct.error when a number is too large."""
        return _ENTRY.pack(*self)


_LONG = struct.Struct("<B10sBBB12sH4s")
LAST_PART = 0x40
"""Marks the last part of a long name, which comes first on the medium."""

PART_CHARACTERS = 13
"""UTF-16 units in one part of a long name."""


class LongNamePart(NamedTuple):
    """An entry that holds 13 characters of a long name; `text` are their 26 bytes in UTF-16."""

    order: int
    type: int
    checksum: int
    text: bytes

    @staticmethod
    def parse(raw: bytes) -> LongNamePart:
        """The fields of 32 bytes."""
        order, first, _, type, checksum, second, _, third = _LONG.unpack(raw)
        return LongNamePart(order, type, checksum, first + second + third)

    def pack(self) -> bytes:
        """The 32 bytes."""
        first, second, third = self.text[:10], self.text[10:22], self.text[22:]
        return _LONG.pack(self.order, first, LONG_NAME, self.type, self.checksum, second, 0, third)


def checksum(name: bytes) -> int:
    """The sum over the 11 characters of a short name by which its long name knows it."""
    total = 0
    for character in name:
        total = ((total >> 1) | (total << 7 & 0x80)) + character & 0xFF
    return total


_PARTITION = struct.Struct("<B3sB3sII")
TABLE = 446
"""Where the four entries of the partition table begin in an MBR."""


class Partition(NamedTuple):
    """An entry of the partition table; `start` and `sectors` count sectors of the medium."""

    status: int
    first_chs: bytes
    type: int
    last_chs: bytes
    start: int
    sectors: int

    @staticmethod
    def parse_table(raw: bytes) -> tuple[Partition, ...]:
        """The four entries of an MBR's 512 bytes."""
        return tuple(Partition(*row) for row in _PARTITION.iter_unpack(raw[TABLE : TABLE + 64]))

    def pack(self) -> bytes:
        """The 16 bytes; raises struct.error when a number is too large."""
        return _PARTITION.pack(*self)


def pack_date(moment: datetime) -> int:
    """A date of the years 1980 to 2107 in 16 bits."""
    return (moment.year - 1980) << 9 | moment.month << 5 | moment.day


def pack_time(moment: datetime) -> int:
    """A time of day in 16 bits, to two seconds."""
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2


def parse_date(date: int, time: int = 0) -> datetime:
    """The moment of a date and a time; raises ValueError when they name none."""
    return datetime(  # FAT records local time and does not say of which zone
        1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
    )
