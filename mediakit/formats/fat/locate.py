"""Where on a medium the FAT volume is: at its beginning, or in a partition.

Reads a few sectors only. Recognises what is there instead (exFAT, NTFS, BitLocker), so that a
user is told more than that nothing was found.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .geometry import width_of
from .structs import BOOT_SIZE, ENTRY, SIGNATURE, BootSector, Partition

_SECTORS = (512, 1024, 2048, 4096)
_BACKUP = 6  # the sector where FAT32 keeps a copy of its boot sector
_EFI, _PROTECTIVE = 0xEF, 0xEE  # partition types: an EFI system partition; all of a medium with a GPT
_EFI_GUIDS = (
    bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b"),  # EFI system partition
    bytes.fromhex("16e3c9e35c0bb84d817df92df00215ae"),  # reserved by Microsoft
)
_FOREIGN = {b"EXFAT   ": "exFAT", b"NTFS    ": "NTFS", b"-FVE-FS-": "BitLocker"}
_GPT_ENTRIES = 128

Read = Callable[[int, int], bytes]
"""Up to so many bytes from an offset."""


@dataclass(frozen=True, slots=True)
class Located:
    """A volume: its kind, where it begins in bytes, and how it was found.

    `boot` is its boot sector, None for a foreign file system; `backup` says that it is the
    copy. `partition` counts from 1, and is 0 on a medium without partitions.
    """

    kind: str
    start: int
    boot: BootSector | None
    backup: bool = False
    partitions: tuple[Partition, ...] = ()
    partition: int = 0
    gpt: bool = False

    @property
    def text(self) -> str:
        """What was found where, in a few words."""
        where = f"at the beginning of partition {self.partition}" if self.partition else "in sector 0"
        return f"{self.kind} boot sector {where}"


def locate(read: Read) -> Located | None:
    """The volume of a medium: the only one, else the first of its partitions that is one."""
    first = read(0, BOOT_SIZE)
    if found := _volume_at(read, 0):
        return found
    if first[510:] != SIGNATURE:
        return None
    table = Partition.parse_table(first)
    gpt = any(each.type == _PROTECTIVE for each in table)
    places = _gpt_places(read) if gpt else _places(table)
    foreign = None
    for number, start in places:
        if found := _volume_at(read, start):
            found = Located(found.kind, start, found.boot, found.backup, table, number, gpt)
            if found.boot:
                return found
            foreign = foreign or found
    return foreign


def is_sane(boot: BootSector) -> bool:
    """Whether a boot sector can be one of FAT at all."""
    cluster = boot.sectors_per_cluster
    return (
        boot.signature == SIGNATURE
        and boot.bytes_per_sector in _SECTORS
        and cluster > 0
        and cluster & cluster - 1 == 0
        and boot.reserved_sectors > 0
        and 0 < boot.fats <= 4
        and boot.fat_size > 0
        and boot.media >= 0xF0
        and (boot.fat32 is not None or boot.root_entries > 0)
    )


def width(boot: BootSector) -> int:
    """The width of its FAT entries; a boot sector in the form of FAT32 makes it FAT32, as systems read it."""
    return 32 if boot.fat32 else min(16, width_of(clusters(boot)))


def clusters(boot: BootSector) -> int:
    """How many clusters a sane boot sector counts."""
    root = -(-boot.root_entries * ENTRY // boot.bytes_per_sector)
    data = boot.reserved_sectors + boot.fats * boot.fat_size + root
    return max(0, boot.total_sectors - data) // boot.sectors_per_cluster


def _volume_at(read: Read, start: int) -> Located | None:
    raw = read(start, BOOT_SIZE)
    if len(raw) < BOOT_SIZE:
        return None
    if raw[510:] == SIGNATURE and (foreign := _FOREIGN.get(raw[3:11])):
        return Located(foreign, start, None)
    boot = BootSector.parse(raw)
    if is_sane(boot):
        return Located(f"FAT{width(boot)}", start, boot)
    for sector in _SECTORS:
        raw = read(start + _BACKUP * sector, BOOT_SIZE)
        if len(raw) == BOOT_SIZE:
            boot = BootSector.parse(raw)
            if boot.fat32 and boot.bytes_per_sector == sector and is_sane(boot):
                return Located("FAT32", start, boot, backup=True)
    return None


def _places(table: tuple[Partition, ...]) -> Iterator[tuple[int, int]]:
    """Number and first byte of every partition that may hold a volume."""
    for number, each in enumerate(table, 1):
        # Discs that also start a computer have an EFI partition, which is not for their files.
        if each.type not in (0, _EFI) and each.start:
            yield number, each.start * 512
            # A medium with larger sectors counts in those.
            yield from ((number, each.start * sector) for sector in (2048, 4096))


def _gpt_places(read: Read) -> Iterator[tuple[int, int]]:
    """The same from a GUID Partition Table (UEFI 5.3), of which only the places are looked at."""
    for sector in (512, 4096):
        header = read(sector, 92)
        if header[:8] != b"EFI PART" or len(header) < 92:
            continue
        first, count, size = struct.unpack_from("<QII", header, 72)
        if not 128 <= size <= 4096:
            return
        for number in range(1, min(count, _GPT_ENTRIES) + 1):
            raw = read(first * sector + (number - 1) * size, 40)
            if len(raw) == 40 and any(raw[:16]) and raw[:16] not in _EFI_GUIDS:
                yield number, struct.unpack_from("<Q", raw, 32)[0] * sector
