from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mediakit.formats.iso9660.structs import (
    Both,
    DirectoryRecord,
    PathTableRecord,
    PrimaryVolumeDescriptor,
    in_quarters,
    pack,
    pack_date7,
    pack_date17,
    parse_date7,
)


def test_directory_record_bytes_are_those_of_iso_9660_9_1() -> None:
    raw = DirectoryRecord.pack(
        b"IM000001.;1",
        location_of_extent=0x01020304,
        data_length=0x0A0B0C0D,
        recording_date_and_time=b"\x7e\x03\x04\x05\x06\x07\xf2",
        file_flags=2,
        volume_sequence_number=1,
    )
    assert raw.hex(" ") == (
        "2c 00 04 03 02 01 01 02 03 04 0d 0c 0b 0a 0a 0b 0c 0d 7e 03 04 05 06 07 f2 "
        "02 00 00 01 00 00 01 0b 49 4d 30 30 30 30 30 31 2e 3b 31"
    )
    record = DirectoryRecord(raw)
    assert record.location_of_extent == Both(0x01020304, 0x01020304)
    assert record.data_length == Both(0x0A0B0C0D, 0x0A0B0C0D)
    assert record.file_flags == 2
    assert record.file_identifier == b"IM000001.;1"


@pytest.mark.parametrize(("identifier", "size"), [(b"\0", 34), (b"AB", 36), (b"ABC", 36), (b"ABCD", 38)])
def test_directory_record_has_an_even_length(identifier: bytes, size: int) -> None:
    assert len(DirectoryRecord.pack(identifier)) == DirectoryRecord.size_for(identifier) == size


def test_both_byte_orders_are_kept_apart() -> None:
    raw = bytearray(34)
    struct.pack_into("<I", raw, 2, 7)
    struct.pack_into(">I", raw, 6, 8)
    assert DirectoryRecord(bytes(raw)).location_of_extent == Both(lsb=7, msb=8)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("<", "05 00 2a 00 00 00 03 00 44 49 43 4f 4d 00"), (">", "05 00 00 00 00 2a 00 03 44 49 43 4f 4d 00")],
)
def test_path_table_record(order: str, expected: str) -> None:
    record = PathTableRecord(0, 42, 3, b"DICOM")
    assert record.pack(order).hex(" ") == expected
    assert PathTableRecord.parse(b"xx" + record.pack(order), 2, order) == record
    assert record.size == 14


def test_descriptor_fields_have_their_byte_positions() -> None:
    pvd = pack(PrimaryVolumeDescriptor, 2048, volume_identifier=b"CD1", volume_space_size=258)
    assert pvd.raw[1:6] == b"CD001"
    assert pvd.raw[8:40] == b" " * 32
    assert pvd.raw[40:72] == b"CD1" + b" " * 29
    assert pvd.raw[80:88] == b"\x02\x01\0\0\0\0\x01\x02"
    assert pvd.raw[813:830] == b"0" * 16 + b"\0"
    assert pvd.raw[883:] == bytes(2048 - 883)
    assert len(pvd.raw) == 2048


def test_pack_knows_no_other_fields() -> None:
    with pytest.raises(TypeError, match="volume_name"):
        pack(PrimaryVolumeDescriptor, 2048, volume_name=b"CD1")


@pytest.mark.parametrize(
    ("zone", "hour", "quarters"),
    [
        (timedelta(0), 12, 0),
        (timedelta(hours=5, minutes=45), 12, 23),
        (timedelta(hours=-9, minutes=-30), 12, -38),
        (timedelta(hours=14), 11, 52),  # the last that ISO 9660 knows is +13:00
        (timedelta(hours=-13), 13, -48),  # and the first is -12:00
    ],
)
def test_dates_keep_their_instant_and_their_zone(zone: timedelta, hour: int, quarters: int) -> None:
    moment = datetime(2026, 3, 4, 12, 30, 59, 120_000, timezone(zone))
    recorded = in_quarters(moment)
    assert recorded == moment
    assert pack_date7(recorded) == bytes((126, 3, 4, hour, 30, 59)) + struct.pack("b", quarters)
    assert pack_date17(recorded) == f"20260304{hour:02}305912".encode() + struct.pack("b", quarters)
    assert parse_date7(pack_date7(recorded)) == moment.replace(microsecond=0)


def test_a_zone_between_the_quarters_keeps_the_instant() -> None:
    moment = datetime(2026, 3, 4, 12, 0, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    assert in_quarters(moment) == moment
    assert in_quarters(moment).utcoffset() == timedelta(minutes=45)


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        in_quarters(datetime(2026, 3, 4, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize("raw", [bytes(7), b"\x7e\x0d\x01\0\0\0\0", b"\x7e\x01\x01\0\0\0\x70", b"\xff" * 7])
def test_bytes_that_are_no_date(raw: bytes) -> None:
    with pytest.raises(ValueError):  # the words are those of datetime
        parse_date7(raw)
