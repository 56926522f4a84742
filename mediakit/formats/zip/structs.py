"""The structures of a ZIP archive as they lie in it, in the field names of APPNOTE.TXT 4.3.

All numbers are little-endian. No logic here: what a value should be is known to `layout.py`,
`writer.py` and the rules.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

STORED, DEFLATED = 0, 8
"""Compression methods (APPNOTE 4.4.5); PS3.12 V.2 names no other that every reader has."""

ENCRYPTED, DESCRIPTOR, STRONG_ENCRYPTION, UTF8, MASKED = 0x1, 0x8, 0x40, 0x800, 0x2000
"""Bits of the general purpose bit flag (APPNOTE 4.4.4)."""

BIG = 0xFFFFFFFF
"""In a 32-bit field: the number stands in the ZIP64 extra field (APPNOTE 4.4.1.4)."""

MANY = 0xFFFF
"""The same in a 16-bit field."""

ZIP64_EXTRA = 0x0001

LOCAL_SIGNATURE = b"PK\3\4"
CENTRAL_SIGNATURE = b"PK\1\2"
END_SIGNATURE = b"PK\5\6"
END64_SIGNATURE = b"PK\6\6"
LOCATOR64_SIGNATURE = b"PK\6\7"

LOCAL_FORM = struct.Struct("<4sHHHHHIIIHH")
CENTRAL_FORM = struct.Struct("<4sHHHHHHIIIHHHHHII")
END_FORM = struct.Struct("<4sHHHHIIH")
END64_FORM = struct.Struct("<4sQHHIIQQQQ")
LOCATOR64_FORM = struct.Struct("<4sIQI")


class LocalHeader(NamedTuple):
    """A local file header (APPNOTE 4.3.7); name and extra field follow it."""

    signature: bytes
    version_needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed_size: int
    size: int
    name_length: int
    extra_length: int


class CentralHeader(NamedTuple):
    """A header of the central directory (APPNOTE 4.3.12); name, extra field and comment follow it."""

    signature: bytes
    version_made_by: int
    version_needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed_size: int
    size: int
    name_length: int
    extra_length: int
    comment_length: int
    disk: int
    internal_attributes: int
    external_attributes: int
    offset: int


class End(NamedTuple):
    """The end of central directory record (APPNOTE 4.3.16), or what ZIP64 says in its place (4.3.14)."""

    disk: int
    directory_disk: int
    entries_here: int
    entries: int
    directory_size: int
    directory_offset: int
