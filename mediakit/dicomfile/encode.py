"""Data Elements, items and files to bytes: Explicit VR Little Endian only (PS3.5 7.1, PS3.10 7.1).

The small encoder behind DICOMDIR and the sample studies. It knows padding and length
fields; it does not know what the values mean and never changes a text.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ..model import Attributes, Element

IMPLEMENTATION_CLASS_UID = "2.25.93496964676312936323921707186345517627"
"""(0002,0012) of every file we write: one fixed UUID in its decimal form (PS3.5 B.2)."""

IMPLEMENTATION_VERSION_NAME = "MEDIAKIT_0_1"
"""(0002,0013) of every file we write; A-Z, 0-9 and underscore only (PS3.10 7.1)."""

EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"

LONG_VRS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
"""Value representations with two reserved bytes and a length of 32 bits (PS3.5 7.1.2)."""

SHORT_VRS = frozenset(
    ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS",
     "ST", "TM", "UI", "UL", "US")
)  # fmt: skip
"""Value representations with a length of 16 bits (PS3.5 7.1.2)."""

_NUL_PADDED = frozenset(("UI", "OB", "UN"))
_BINARY = frozenset(
    ("AT", "FD", "FL", "OD", "OF", "OL", "OV", "OW", "SL", "SQ", "SS", "SV", "UL", "US", "UV")
)
_SHORT = struct.Struct("<HH2sH")
_LONG = struct.Struct("<HH2s2xI")
_ITEM = struct.Struct("<HHI")


def encode_element(tag: int, vr: str, value: bytes) -> bytes:
    """One element; an odd value is padded with a space, or a NUL where PS3.5 6.2 says so.

    A value too long for a 16-bit length becomes UN (PS3.5 6.2.2). Raises ValueError for an
    unknown value representation, for a binary value of odd length and beyond 4 GiB.
    """
    if len(value) % 2:
        if vr in _BINARY:
            raise ValueError(f"a value of VR {vr} has an odd length of {len(value)} bytes")
        value += b"\0" if vr in _NUL_PADDED else b" "
    if vr in SHORT_VRS:
        if len(value) <= 0xFFFF:
            return _SHORT.pack(tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value
        vr = "UN"
    if vr not in LONG_VRS:
        raise ValueError(f"{vr!r} is no value representation")
    if len(value) >= 0xFFFFFFFF:
        raise ValueError(f"a value of {len(value)} bytes has no length field")
    return _LONG.pack(tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


def encode_dataset(elements: Iterable[Element]) -> bytes:
    """The elements one after the other, as they come; `Attributes` come in tag order."""
    return b"".join(encode_element(*element) for element in elements)


def encode_items(items: Iterable[Attributes]) -> bytes:
    """The value of a sequence: its items with defined lengths (PS3.5 7.5.1)."""
    parts = []
    for item in items:
        dataset = encode_dataset(item)
        parts += [_ITEM.pack(0xFFFE, 0xE000, len(dataset)), dataset]
    return b"".join(parts)


def file_meta(sop_class: str, sop_instance: str, transfer_syntax: str = EXPLICIT_VR_LITTLE_ENDIAN) -> bytes:
    """The File Meta Information of a file that we write, group length first (PS3.10 7.1)."""
    group = b"".join(
        (
            encode_element(0x00020001, "OB", b"\0\1"),
            encode_element(0x00020002, "UI", sop_class.encode("ascii")),
            encode_element(0x00020003, "UI", sop_instance.encode("ascii")),
            encode_element(0x00020010, "UI", transfer_syntax.encode("ascii")),
            encode_element(0x00020012, "UI", IMPLEMENTATION_CLASS_UID.encode("ascii")),
            encode_element(0x00020013, "SH", IMPLEMENTATION_VERSION_NAME.encode("ascii")),
        )
    )
    return encode_element(0x00020000, "UL", struct.pack("<I", len(group))) + group


def encode_file(meta: bytes, dataset: bytes) -> bytes:
    """A file in the DICOM File Format: a preamble of zeros, the prefix, file meta, data set."""
    return b"\0" * 128 + b"DICM" + meta + dataset
