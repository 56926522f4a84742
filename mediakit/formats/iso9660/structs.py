"""The structures of ISO 9660 as they lie on the medium, in its field names and byte positions.

Every structure holds its raw bytes; a field is read when it is asked for, so that a reader
keeps a hundred thousand records cheaply and a rule sees what was really recorded. `pack`
makes the raw bytes from values. Byte positions (BP) count from 1, as in the standard. No
logic here: what a value should be is known to `layout.py`, `writer.py` and the rules.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

SECTOR = 2048
"""Bytes of user data in a sector of a CD (ISO 9660 6.1.2); our Logical Blocks are as large."""

STANDARD_IDENTIFIER = b"CD001"

PRIMARY, SUPPLEMENTARY, BOOT, TERMINATOR = 1, 2, 0, 255
"""Volume Descriptor Types (ISO 9660 8.1.1)."""

HIDDEN, DIRECTORY, ASSOCIATED, RECORD, PROTECTION, MULTI_EXTENT = 1, 2, 4, 8, 16, 128
"""Bits of the File Flags (ISO 9660 9.1.6)."""

JOLIET_LEVEL_3 = b"%/E"
JOLIET = (b"%/@", b"%/C", JOLIET_LEVEL_3)
"""Escape Sequences of a Supplementary Volume Descriptor whose names are in UCS-2 (ISO 9660 8.5.6)."""

SELF, PARENT = b"\x00", b"\x01"
"""File Identifiers of a directory's first two records (ISO 9660 7.6.2)."""


class Both(NamedTuple):
    """A number as recorded twice, least significant byte first and most significant byte first."""

    lsb: int
    msb: int


@dataclass(frozen=True, slots=True)
class Raw:
    """What every structure is: its bytes, out of which its fields are read."""

    raw: bytes


T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A field of a structure: where it starts, how it is read and written, and what stands for nothing."""

    start: int
    get: Callable[[bytes, int], T]
    put: Callable[[bytearray, int, Any], None]
    nothing: Any

    def __get__(self, holder: Raw, owner: type) -> T:
        return self.get(holder.raw, self.start)


def _u8(bp: int) -> Field[int]:
    """8-bit number (ISO 9660 7.1.1)."""
    return Field(bp - 1, operator.getitem, operator.setitem, 0)


def _number(bp: int, code: str) -> Field[int]:
    form = struct.Struct(code)

    def get(raw: bytes, start: int) -> int:
        return int(form.unpack_from(raw, start)[0])

    return Field(bp - 1, get, form.pack_into, 0)


def _twice(bp: int, code: str) -> Field[Both]:
    lsb, msb = struct.Struct("<" + code), struct.Struct(">" + code)

    def get(raw: bytes, start: int) -> Both:
        return Both(lsb.unpack_from(raw, start)[0], msb.unpack_from(raw, start + lsb.size)[0])

    def put(raw: bytearray, start: int, value: int) -> None:
        lsb.pack_into(raw, start, value)
        msb.pack_into(raw, start + lsb.size, value)

    return Field(bp - 1, get, put, 0)


def _bytes(bp: int, last: int, filler: bytes, nothing: bytes = b"") -> Field[bytes]:
    size = last - bp + 1

    def get(raw: bytes, start: int) -> bytes:
        return raw[start : start + size]

    def put(raw: bytearray, start: int, value: bytes) -> None:
        raw[start : start + size] = value.ljust(size, filler)

    return Field(bp - 1, get, put, nothing)


def _both16(bp: int) -> Field[Both]:
    """16-bit number in both byte orders (ISO 9660 7.2.3)."""
    return _twice(bp, "H")


def _lsb32(bp: int) -> Field[int]:
    """32-bit number, least significant byte first (ISO 9660 7.3.1)."""
    return _number(bp, "<I")


def _msb32(bp: int) -> Field[int]:
    """32-bit number, most significant byte first (ISO 9660 7.3.2)."""
    return _number(bp, ">I")


def _both32(bp: int) -> Field[Both]:
    """32-bit number in both byte orders (ISO 9660 7.3.3)."""
    return _twice(bp, "I")


def _chars(bp: int, last: int) -> Field[bytes]:
    """a- or d-characters, padded on the right with spaces (ISO 9660 7.4)."""
    return _bytes(bp, last, b" ", nothing=b" ")


def _octets(bp: int, last: int) -> Field[bytes]:
    """Bytes that ISO 9660 does not interpret, or that are interpreted elsewhere; zero when unused."""
    return _bytes(bp, last, b"\0")


def _date17(bp: int) -> Field[bytes]:
    """Date and time in digits (ISO 9660 8.4.26.1); sixteen zeros and a zero byte say "not specified"."""
    return _bytes(bp, bp + 16, b"\0", nothing=b"0" * 16)


def pack(structure: Callable[[bytes], S], size: int, **values: Any) -> S:
    """A structure of that many bytes; a field without a value holds nothing.

    Raises TypeError for a value that names no field and struct.error for a number too large.
    """
    raw = bytearray(size)
    fields = _fields(structure)
    if unknown := values.keys() - fields.keys():
        raise TypeError(f"no such fields: {', '.join(sorted(unknown))}")
    for name, field in fields.items():
        if name in values:
            field.put(raw, field.start, values[name])
        elif field.nothing:
            field.put(raw, field.start, field.nothing)
    return structure(bytes(raw))


@cache
def _fields(structure: Callable[[bytes], object]) -> dict[str, Field[Any]]:
    return {name: field for name, field in vars(structure).items() if isinstance(field, Field)}


class VolumeDescriptor(Raw):
    """What all descriptors begin with (ISO 9660 8.1); the terminator has nothing more (8.3)."""

    __slots__ = ()

    volume_descriptor_type = _u8(1)
    standard_identifier = _bytes(2, 6, b"\0", nothing=STANDARD_IDENTIFIER)
    volume_descriptor_version = _u8(7)
    escape_sequences = _octets(89, 120)  # of a Supplementary Volume Descriptor only (8.5.6)


class PrimaryVolumeDescriptor(Raw):
    """ISO 9660 8.4; 2048 bytes. Fields that are unused or reserved are not named and hold zeros.

    A Supplementary Volume Descriptor (8.5) has the same fields at the same positions.
    """

    __slots__ = ()

    volume_descriptor_type = _u8(1)
    standard_identifier = _bytes(2, 6, b"\0", nothing=STANDARD_IDENTIFIER)
    volume_descriptor_version = _u8(7)
    system_identifier = _chars(9, 40)
    volume_identifier = _chars(41, 72)
    volume_space_size = _both32(81)
    escape_sequences = _bytes(89, 120, b"\0")  # of a Supplementary Volume Descriptor only (8.5.6)
    volume_set_size = _both16(121)
    volume_sequence_number = _both16(125)
    logical_block_size = _both16(129)
    path_table_size = _both32(133)
    location_of_type_l_path_table = _lsb32(141)
    location_of_optional_type_l_path_table = _lsb32(145)
    location_of_type_m_path_table = _msb32(149)
    location_of_optional_type_m_path_table = _msb32(153)
    directory_record_for_root_directory = _octets(157, 190)
    volume_set_identifier = _chars(191, 318)
    publisher_identifier = _chars(319, 446)
    data_preparer_identifier = _chars(447, 574)
    application_identifier = _chars(575, 702)
    copyright_file_identifier = _chars(703, 739)
    abstract_file_identifier = _chars(740, 776)
    bibliographic_file_identifier = _chars(777, 813)
    volume_creation_date_and_time = _date17(814)
    volume_modification_date_and_time = _date17(831)
    volume_expiration_date_and_time = _date17(848)
    volume_effective_date_and_time = _date17(865)
    file_structure_version = _u8(882)


class DirectoryRecord(Raw):
    """ISO 9660 9.1; 33 bytes, the File Identifier, a pad byte if that is even, System Use."""

    __slots__ = ()

    length_of_directory_record = _u8(1)
    extended_attribute_record_length = _u8(2)
    location_of_extent = _both32(3)
    data_length = _both32(11)
    recording_date_and_time = _octets(19, 25)
    file_flags = _u8(26)
    file_unit_size = _u8(27)
    interleave_gap_size = _u8(28)
    volume_sequence_number = _both16(29)
    length_of_file_identifier = _u8(33)

    @property
    def file_identifier(self) -> bytes:
        """As recorded, with delimiters and version number (ISO 9660 9.1.11)."""
        return self.raw[33 : 33 + self.raw[32]]

    @property
    def system_use(self) -> bytes:
        """What follows the identifier and its padding (ISO 9660 9.1.13)."""
        return self.raw[(34 + self.raw[32]) & ~1 :]

    @staticmethod
    def size_for(file_identifier: bytes, system_use: int = 0) -> int:
        """How long the record of that identifier is with so many bytes of System Use; it is even (9.1.12)."""
        return (((34 + len(file_identifier)) & ~1) + system_use + 1) & ~1

    @staticmethod
    def pack(file_identifier: bytes, system_use: bytes = b"", **values: Any) -> bytes:
        """The record's bytes; lengths come from the identifier, the other fields from `values`."""
        size = DirectoryRecord.size_for(file_identifier, len(system_use))
        head = pack(
            DirectoryRecord,
            size,
            length_of_directory_record=size,
            length_of_file_identifier=len(file_identifier),
            **values,
        ).raw
        named = (head[:33] + file_identifier).ljust((34 + len(file_identifier)) & ~1, b"\0")
        return (named + system_use).ljust(size, b"\0")


class PathTableRecord(NamedTuple):
    """ISO 9660 9.4; the byte order is that of its table: "<" in type L, ">" in type M."""

    extended_attribute_record_length: int
    location_of_extent: int
    parent_directory_number: int
    directory_identifier: bytes

    @property
    def size(self) -> int:
        """How long the record is; its length is even (ISO 9660 9.4.6)."""
        return (9 + len(self.directory_identifier)) & ~1

    @staticmethod
    def parse(raw: bytes, start: int, order: str) -> PathTableRecord:
        """The record at that position; raises struct.error when its first eight bytes are not there."""
        length, xar, location, parent = struct.unpack_from(order + "BBIH", raw, start)
        return PathTableRecord(xar, location, parent, raw[start + 8 : start + 8 + length])

    def pack(self, order: str) -> bytes:
        """The record's bytes; raises struct.error when a number is too large."""
        identifier = self.directory_identifier
        head = struct.pack(order + "BBIH", len(identifier), *self[:3])
        return (head + identifier).ljust(self.size, b"\0")


_QUARTER = timedelta(minutes=15)


def in_quarters(moment: datetime) -> datetime:
    """The same instant in a time zone that ISO 9660 can record: -12:00 to +13:00 in quarters of an hour.

    Raises ValueError when `moment` has no time zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a date without its time zone")
    quarters = min(max(offset // _QUARTER, -48), 52)
    return moment.astimezone(timezone(quarters * _QUARTER))


def _offset(moment: datetime) -> bytes:
    return struct.pack("b", (moment.utcoffset() or timedelta()) // _QUARTER)


def pack_date7(moment: datetime) -> bytes:
    """Recording Date and Time (ISO 9660 9.1.5) of a moment `in_quarters`, in the years 1900 to 2155."""
    parts = (moment.year - 1900, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return bytes(parts) + _offset(moment)


def pack_date17(moment: datetime) -> bytes:
    """Date and Time of the descriptor (ISO 9660 8.4.26.1) of a moment `in_quarters`."""
    hundredths = moment.microsecond // 10_000
    return f"{moment:%Y%m%d%H%M%S}{hundredths:02}".encode("ascii") + _offset(moment)


def parse_date7(raw: bytes) -> datetime:
    """The moment recorded in seven bytes; raises ValueError when it names none."""
    year, *rest, quarters = struct.unpack("6Bb", raw)
    if not -48 <= quarters <= 52:
        raise ValueError("a time zone outside -12:00 to +13:00")
    month, day, hour, minute, second = rest
    zone = timezone(quarters * _QUARTER)
    return datetime(1900 + year, month, day, hour, minute, second, tzinfo=zone)
