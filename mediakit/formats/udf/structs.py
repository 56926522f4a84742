"""The structures of UDF as they lie on the medium, in the field names of ECMA-167 and UDF.

Every structure holds its raw bytes, and a field is read when it is asked for. Positions (RBP)
count from 0, as in ECMA-167; all numbers are little-endian. No logic here: what a value should
be is known to `layout.py`, `writer.py` and the rules.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from ..iso9660.structs import Field, Raw

BLOCK = 2048
"""Bytes of a logical block and of a sector of a CD, DVD or BD; what we write."""

ANCHOR = 256
"""Where the first Anchor Volume Descriptor Pointer is (ECMA-167 3/8.4.2.1, UDF 2.2.3)."""

TAG = 16
"""Bytes of a descriptor tag."""

PRIMARY, ANCHOR_POINTER, POINTER, IMPLEMENTATION_USE, PARTITION, LOGICAL = range(1, 7)
UNALLOCATED, TERMINATING, INTEGRITY = range(7, 10)
"""Tag Identifiers of volume structures (ECMA-167 3/7.2.1)."""

FILE_SET, FILE_IDENTIFIER, ALLOCATION_EXTENT, INDIRECT, TERMINAL, FILE_ENTRY = range(256, 262)
EXTENDED_FILE_ENTRY = 266
"""Tag Identifiers of file structures (ECMA-167 4/7.2.1)."""

TYPE_DIRECTORY, TYPE_FILE, TYPE_SYMLINK, TYPE_STREAMS = 4, 5, 12, 13
TYPE_VAT, TYPE_METADATA, TYPE_MIRROR = 248, 250, 251
"""File Types of an ICB (ECMA-167 4/14.6.6, UDF 2.3.5.2)."""

HIDDEN, DIRECTORY, DELETED, PARENT = 1, 2, 4, 8
"""Bits of the File Characteristics (ECMA-167 4/14.4.3)."""

SHORT, LONG, EXTENDED, EMBEDDED = range(4)
"""How the data of a file are described: bits 0 to 2 of the ICB's flags (ECMA-167 4/14.6.8)."""

RECORDED, ALLOCATED, UNRECORDED, CONTINUED = range(4)
"""Types of an extent: its two top bits (ECMA-167 4/14.14.1.1)."""

EXTENT_LENGTH = 0x3FFFFFFF
"""The other bits: the length of the extent in bytes."""

RECOGNITION = (b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2", b"CD001", b"CDW02")
"""Standard Identifiers of a Volume Recognition Sequence (ECMA-167 2/9.1.2)."""

DOMAIN = b"*OSTA UDF Compliant"
METADATA_MAP = b"*UDF Metadata Partition"
VIRTUAL_MAP = b"*UDF Virtual Partition"
SPARABLE_MAP = b"*UDF Sparable Partition"
SPARING_TABLE = b"*UDF Sparing Table"
VIRTUAL_TABLE = b"*UDF Virtual Alloc Tbl"
CHARSPEC = (b"\0OSTA Compressed Unicode").ljust(64, b"\0")
"""The character set of everything (UDF 2.1.2)."""


class Extent(NamedTuple):
    """An extent_ad: length in bytes, and the sector (ECMA-167 3/7.1)."""

    length: int
    location: int


class Address(NamedTuple):
    """A long_ad: length with its type, logical block, partition reference, unique ID (UDF 2.3.10.1)."""

    length: int
    block: int
    partition: int = 0
    unique: int = 0

    def pack(self) -> bytes:
        """Its sixteen bytes; the flags hold zeros."""
        return _LONG.pack(self.length, self.block, self.partition, 0, self.unique)


_LONG = struct.Struct("<IIHHI")
_EXTENT = struct.Struct("<II")


class EntityId(NamedTuple):
    """A regid: its identifier and its suffix (ECMA-167 1/7.4)."""

    identifier: bytes
    suffix: bytes = bytes(8)

    @property
    def revision(self) -> int:
        """The revision of UDF in a domain or UDF suffix, binary-coded decimal (UDF 2.1.5.3)."""
        return int.from_bytes(self.suffix[:2], "little")

    def pack(self) -> bytes:
        """Its 32 bytes; the flags hold zero."""
        return b"\0" + self.identifier.ljust(23, b"\0") + self.suffix.ljust(8, b"\0")


def _number(start: int, code: str) -> Field[int]:
    form = struct.Struct("<" + code)

    def get(raw: bytes, at: int) -> int:
        return int(form.unpack_from(raw, at)[0])

    return Field(start, get, form.pack_into, 0)


def _u8(start: int) -> Field[int]:
    return _number(start, "B")


def _u16(start: int) -> Field[int]:
    return _number(start, "H")


def _u32(start: int) -> Field[int]:
    return _number(start, "I")


def _u64(start: int) -> Field[int]:
    return _number(start, "Q")


def _octets(start: int, size: int, nothing: bytes = b"") -> Field[bytes]:
    def get(raw: bytes, at: int) -> bytes:
        return raw[at : at + size]

    def put(raw: bytearray, at: int, value: bytes) -> None:
        raw[at : at + size] = value.ljust(size, b"\0")

    return Field(start, get, put, nothing)


def _charspec(start: int) -> Field[bytes]:
    return _octets(start, 64, nothing=CHARSPEC)


def _extent(start: int) -> Field[Extent]:
    def get(raw: bytes, at: int) -> Extent:
        return Extent(*_EXTENT.unpack_from(raw, at))

    def put(raw: bytearray, at: int, value: Extent) -> None:
        _EXTENT.pack_into(raw, at, *value)

    return Field(start, get, put, None)


def _address(start: int) -> Field[Address]:
    def get(raw: bytes, at: int) -> Address:
        return long_address(raw, at)

    def put(raw: bytearray, at: int, value: Address) -> None:
        raw[at : at + _LONG.size] = value.pack()

    return Field(start, get, put, None)


def _entity(start: int) -> Field[EntityId]:
    def get(raw: bytes, at: int) -> EntityId:
        return EntityId(raw[at + 1 : at + 24].rstrip(b"\0"), raw[at + 24 : at + 32])

    def put(raw: bytearray, at: int, value: EntityId) -> None:
        raw[at : at + 32] = value.pack()

    return Field(start, get, put, None)


def long_address(raw: bytes, at: int) -> Address:
    """The long_ad at that position; raises struct.error when it is not there."""
    length, block, partition, _, unique = _LONG.unpack_from(raw, at)
    return Address(length, block, partition, unique)


class Tag(Raw):
    """What every descriptor begins with (ECMA-167 3/7.2)."""

    __slots__ = ()

    identifier = _u16(0)
    version = _u16(2)
    checksum = _u8(4)
    serial = _u16(6)
    crc = _u16(8)
    crc_length = _u16(10)
    location = _u32(12)

    @property
    def is_sound(self) -> bool:
        """Whether there is a tag whose checksum is right (ECMA-167 3/7.2.3)."""
        return len(self.raw) >= TAG and any(self.raw[:TAG]) and self.checksum == checksum(self.raw)

    @property
    def crc_is_right(self) -> bool:
        """Whether the descriptor's bytes have the recorded CRC; a length of 0 says that there is none."""
        body = self.raw[TAG : TAG + self.crc_length]
        return len(body) == self.crc_length and (not body or crc_hqx(body, 0) == self.crc)


def checksum(raw: bytes) -> int:
    """The sum of a tag's bytes without that of the checksum itself."""
    return (sum(raw[:TAG]) - raw[4]) & 0xFF


def seal(raw: bytes, identifier: int, location: int, version: int, size: int = 0) -> bytes:
    """The descriptor with its tag; `size` is that of the bytes under the CRC with the tag, all if 0."""
    body = raw[TAG : size or len(raw)]
    crc = crc_hqx(body, 0)
    tag = struct.pack("<HHBBHHHI", identifier, version, 0, 0, 1, crc, len(body), location)
    return tag[:4] + bytes([checksum(tag)]) + tag[5:] + raw[TAG:]


class AnchorVolumeDescriptorPointer(Raw):
    """ECMA-167 3/10.2; 512 bytes, as are all of the volume structures."""

    __slots__ = ()

    main_sequence = _extent(16)
    reserve_sequence = _extent(24)


class VolumeDescriptorPointer(Raw):
    """ECMA-167 3/10.3."""

    __slots__ = ()

    sequence_number = _u32(16)
    next_sequence = _extent(20)


class PrimaryVolumeDescriptor(Raw):
    """ECMA-167 3/10.1."""

    __slots__ = ()

    sequence_number = _u32(16)
    volume_identifier = _octets(24, 32)
    volume_sequence_number = _u16(56)
    maximum_volume_sequence_number = _u16(58)
    interchange_level = _u16(60)
    maximum_interchange_level = _u16(62)
    character_set_list = _u32(64)
    maximum_character_set_list = _u32(68)
    volume_set_identifier = _octets(72, 128)
    descriptor_character_set = _charspec(200)
    explanatory_character_set = _charspec(264)
    application_identifier = _entity(344)
    recording_date_and_time = _octets(376, 12)
    implementation_identifier = _entity(388)


class ImplementationUseVolumeDescriptor(Raw):
    """ECMA-167 3/10.4 with the Implementation Use of UDF 2.2.7."""

    __slots__ = ()

    sequence_number = _u32(16)
    implementation_identifier = _entity(20)
    character_set = _charspec(52)
    logical_volume_identifier = _octets(116, 128)
    organisation = _octets(280, 36)  # LVInfo2
    implementation = _entity(352)


class PartitionDescriptor(Raw):
    """ECMA-167 3/10.5."""

    __slots__ = ()

    sequence_number = _u32(16)
    flags = _u16(20)
    partition_number = _u16(22)
    contents = _entity(24)
    access_type = _u32(184)
    start = _u32(188)
    length = _u32(192)
    implementation_identifier = _entity(196)


class LogicalVolumeDescriptor(Raw):
    """ECMA-167 3/10.6; the partition maps follow at byte 440."""

    __slots__ = ()

    sequence_number = _u32(16)
    character_set = _charspec(20)
    logical_volume_identifier = _octets(84, 128)
    block_size = _u32(212)
    domain_identifier = _entity(216)
    file_set = _address(248)
    map_table_length = _u32(264)
    number_of_maps = _u32(268)
    implementation_identifier = _entity(272)
    integrity_sequence = _extent(432)

    @property
    def map_table(self) -> bytes:
        """The partition maps, as long as the descriptor's block holds them."""
        return self.raw[440 : 440 + self.map_table_length]


class LogicalVolumeIntegrityDescriptor(Raw):
    """ECMA-167 3/10.10: what does not depend on the number of partitions."""

    __slots__ = ()

    recording_date_and_time = _octets(16, 12)
    integrity_type = _u32(28)
    next_extent = _extent(32)
    next_unique_id = _u64(40)
    number_of_partitions = _u32(72)
    implementation_use_length = _u32(76)


class FileSetDescriptor(Raw):
    """ECMA-167 4/14.1."""

    __slots__ = ()

    recording_date_and_time = _octets(16, 12)
    interchange_level = _u16(28)
    maximum_interchange_level = _u16(30)
    character_set_list = _u32(32)
    maximum_character_set_list = _u32(36)
    file_set_number = _u32(40)
    logical_volume_character_set = _charspec(48)
    logical_volume_identifier = _octets(112, 128)
    file_set_character_set = _charspec(240)
    file_set_identifier = _octets(304, 32)
    root = _address(400)
    domain_identifier = _entity(416)
    next_extent = _address(448)


class FileEntry(Raw):
    """ECMA-167 4/14.9; the first fields and the ICB tag are those of an extended one, too."""

    __slots__ = ()

    strategy = _u16(20)
    maximum_entries = _u16(24)
    file_type = _u8(27)
    flags = _u16(34)
    uid = _u32(36)
    gid = _u32(40)
    permissions = _u32(44)
    link_count = _u16(48)
    information_length = _u64(56)
    blocks_recorded = _u64(64)
    access_time = _octets(72, 12)
    modification_time = _octets(84, 12)
    attribute_time = _octets(96, 12)
    checkpoint = _u32(108)
    extended_attributes = _address(112)
    implementation_identifier = _entity(128)
    unique_id = _u64(160)
    attributes_length = _u32(168)
    allocation_length = _u32(172)

    SIZE = 176


class ExtendedFileEntry(Raw):
    """ECMA-167 third edition 4/14.17."""

    __slots__ = ()

    strategy = _u16(20)
    maximum_entries = _u16(24)
    file_type = _u8(27)
    flags = _u16(34)
    uid = _u32(36)
    gid = _u32(40)
    permissions = _u32(44)
    link_count = _u16(48)
    information_length = _u64(56)
    object_size = _u64(64)
    blocks_recorded = _u64(72)
    access_time = _octets(80, 12)
    modification_time = _octets(92, 12)
    creation_time = _octets(104, 12)
    attribute_time = _octets(116, 12)
    checkpoint = _u32(128)
    extended_attributes = _address(136)
    streams = _address(152)
    implementation_identifier = _entity(168)
    unique_id = _u64(200)
    attributes_length = _u32(208)
    allocation_length = _u32(212)

    SIZE = 216


class FileIdentifierDescriptor(Raw):
    """ECMA-167 4/14.4; Implementation Use and the File Identifier follow at byte 38."""

    __slots__ = ()

    version = _u16(16)
    characteristics = _u8(18)
    identifier_length = _u8(19)
    icb = _address(20)
    implementation_use_length = _u16(36)

    @property
    def identifier(self) -> bytes:
        """The name in OSTA CS0, as recorded."""
        start = 38 + self.implementation_use_length
        return self.raw[start : start + self.identifier_length]

    @staticmethod
    def size_for(identifier_length: int, implementation_use_length: int = 0) -> int:
        """Bytes of a descriptor with its padding (ECMA-167 4/14.4.9)."""
        return (38 + identifier_length + implementation_use_length + 3) & ~3

    @staticmethod
    def pack(identifier: bytes, characteristics: int, icb: Address, location: int, version: int) -> bytes:
        """The descriptor of a name in CS0; `location` is the block in which it begins."""
        head = struct.pack("<HBB16sH", 1, characteristics, len(identifier), icb.pack(), 0)
        size = FileIdentifierDescriptor.size_for(len(identifier))
        raw = (bytes(TAG) + head + identifier).ljust(size, b"\0")
        return seal(raw, FILE_IDENTIFIER, location, version)


def cs0(text: str) -> bytes:
    """OSTA CS0 (UDF 2.1.1): 8 bits a character where all fit, else 16; nothing for nothing.

    Raises UnicodeEncodeError for text that is none, such as half a surrogate pair.
    """
    if not text:
        return b""
    if max(text) <= "\xff":
        return b"\x08" + text.encode("latin-1")
    return b"\x10" + text.encode("utf-16-be")


def parse_cs0(raw: bytes) -> str:
    """The text of OSTA CS0; raises ValueError for what is none (UDF 2.1.1)."""
    if not raw:
        return ""
    if raw[0] in (8, 254):
        return raw[1:].decode("latin-1")
    if raw[0] in (16, 255):
        return raw[1:].decode("utf-16-be")
    raise ValueError(f"a compression ID of {raw[0]}")


def dstring(text: str, size: int) -> bytes:
    """The text in a field of that size, whose last byte says how much is used (ECMA-167 1/7.2.12).

    Raises ValueError when it does not fit.
    """
    encoded = cs0(text)
    if len(encoded) >= size:
        raise ValueError(f"more than {size - 1} bytes")
    return encoded.ljust(size - 1, b"\0") + bytes([len(encoded)])


def parse_dstring(raw: bytes) -> str:
    """The text of such a field; raises ValueError when it is none."""
    if raw and raw[-1] >= len(raw):
        raise ValueError(f"{raw[-1]} bytes in a field of {len(raw)}")
    return parse_cs0(raw[: raw[-1]]) if raw else ""


_TIME = struct.Struct("<HhBBBBBBBB")


def pack_time(moment: datetime) -> bytes:
    """A timestamp in local time with its zone (ECMA-167 1/7.3, UDF 2.1.4.1)."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    fine = moment.microsecond
    return _TIME.pack(
        1 << 12 | minutes & 0xFFF, moment.year, moment.month, moment.day, moment.hour, moment.minute,
        moment.second, fine // 10_000, fine // 100 % 100, fine % 100,
    )  # fmt: skip


def parse_time(raw: bytes) -> datetime:
    """The moment of a timestamp; raises ValueError when it names none. A zone not given is UTC."""
    zone, year, month, day, hour, minute, second, centi, hundreds, micro = _TIME.unpack(raw)
    minutes = (zone & 0xFFF ^ 0x800) - 0x800
    if minutes == -2047:  # UDF 2.1.4.1.1: no time zone was recorded
        minutes = 0
    if not -1440 < minutes < 1440:
        raise ValueError(f"a time zone of {minutes} minutes")
    fine = min(centi, 99) * 10_000 + min(hundreds, 99) * 100 + min(micro, 99)
    return datetime(year, month, day, hour, minute, second, fine, timezone(timedelta(minutes=minutes)))
