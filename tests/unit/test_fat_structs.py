from __future__ import annotations

from datetime import datetime

import pytest

from mediakit.formats.fat.structs import (
    BootSector,
    DirectoryEntry,
    FsInfo,
    LongNamePart,
    Partition,
    checksum,
    pack_date,
    pack_time,
    parse_date,
)
from tests.fat import FAT32, image


def test_a_boot_sector_packs_to_what_was_parsed() -> None:
    for data in (image()[:512], image(parameters=FAT32)[:512]):
        boot = BootSector.parse(data)
        at = 90 if boot.fat32 else 62
        assert boot.pack(data[at:510].rstrip(b"\0")) == data


def test_a_directory_entry_byte_by_byte() -> None:
    entry = DirectoryEntry(b"IM000001   ", 0x20, 0x18, 99, 0x28C3, 0x5C64, 0x5C65, 1, 0x28C4, 0x5C66, 2, 77)
    raw = entry.pack()
    assert raw.hex(" ") == (
        "49 4d 30 30 30 30 30 31 20 20 20 20 18 63 c3 28 64 5c 65 5c 01 00 c4 28 66 5c 02 00 4d 00 00 00"
    )
    assert DirectoryEntry.parse(raw) == entry


def test_a_part_of_a_long_name_byte_by_byte() -> None:
    part = LongNamePart(0x41, 0, 0xAB, "abcdefghijklm".encode("utf-16-le"))
    raw = part.pack()
    assert raw.hex(" ") == (
        "41 61 00 62 00 63 00 64 00 65 00 0f 00 ab 66 00 67 00 68 00 69 00 6a 00 6b 00 00 00 6c 00 6d 00"
    )
    assert LongNamePart.parse(raw) == part


def test_the_checksum_of_a_short_name() -> None:
    # 41H rotated right by ten places: 0100 0001 becomes 0101 0000.
    assert checksum(b"A".ljust(11, b"\0")) == 0x50
    assert checksum(b"README  TXT") == 0x73


def test_dates_of_the_whole_range() -> None:
    for moment in (datetime(1980, 1, 1), datetime(2026, 3, 4, 5, 6, 8), datetime(2107, 12, 31, 23, 59, 58)):
        assert parse_date(pack_date(moment), pack_time(moment)) == moment
    assert (pack_date(datetime(1980, 1, 1)), pack_date(datetime(2107, 12, 31))) == (0x0021, 0xFF9F)
    with pytest.raises(ValueError, match="month"):
        parse_date(0)


def test_fs_info_without_its_signatures_is_none() -> None:
    raw = FsInfo(5, 7).pack()
    assert len(raw) == 512
    assert FsInfo.parse(raw) == (5, 7)
    for at in (0, 484, 510):
        assert FsInfo.parse(raw[:at] + b"x" + raw[at + 1 :]) is None
    assert FsInfo.parse(b"") is None


def test_a_partition_packs_to_what_was_parsed() -> None:
    raw = bytes(range(16))
    assert Partition.parse_table(bytes(446) + raw * 4 + b"\x55\xaa")[2].pack() == raw
