"""FILE and RISK: one file, broken in one thing (PS3.10 section 7)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from mediakit.dicomfile.encode import encode_element, encode_file
from tests.builders import CT, ct, dataset, uid

META_END = 132
OUR_UID = uid("ct 1")


def meta(*changes: tuple[int, str, bytes | None]) -> bytes:
    """A file meta with elements replaced, removed (None) or added; the group length is right."""
    whole = {
        0x00020001: ("OB", b"\0\1"),
        0x00020002: ("UI", CT.encode()),
        0x00020003: ("UI", OUR_UID.encode()),
        0x00020010: ("UI", b"1.2.840.10008.1.2.1"),
        0x00020012: ("UI", b"2.25.7"),
        0x00020013: ("SH", b"TESTS_1"),
    }
    for tag, vr, value in changes:
        whole.pop(tag, None)
        if value is not None:
            whole[tag] = (vr, value)
    group = b"".join(encode_element(tag, *whole[tag]) for tag in sorted(whole))
    return encode_element(0x00020000, "UL", struct.pack("<I", len(group))) + group


def with_meta(*changes: tuple[int, str, bytes | None]) -> bytes:
    return encode_file(meta(*changes), dataset())


def with_preamble(start: bytes) -> bytes:
    return start.ljust(128, b"\0") + ct()[128:]


def wrong_group_length() -> bytes:
    data = bytearray(ct())
    at = META_END + 8
    data[at : at + 4] = struct.pack("<I", struct.unpack_from("<I", data, at)[0] + 2)
    return bytes(data)


def un_in_meta() -> bytes:
    return with_meta((0x00020013, "UN", b"TESTS_1 "))


def swapped_elements() -> bytes:
    """Patient ID before Patient Name: two neighbours of the data set change places."""
    data = ct()
    name = encode_element(0x00100010, "PN", b"Test^Ada")
    ident = encode_element(0x00100020, "LO", b"P1")
    assert name + ident in data
    return data.replace(name + ident, ident + name)


def unreadable() -> bytes:
    """Deflated, as the file meta says, but what follows the beginning is no deflate stream."""
    packed = zlib.compress(dataset(), wbits=-15)
    meta_ = meta((0x00020010, "UI", b"1.2.840.10008.1.2.1.99"))
    return encode_file(meta_, packed[: len(packed) // 2] + b"\xff" * 40)


def unknown_vr() -> bytes:
    name = encode_element(0x00100010, "PN", b"Test^Ada")
    return ct().replace(name, name.replace(b"PN", b"ZZ"))


Broken = Callable[[], bytes]


CASES: dict[str, tuple[Broken, dict[str, str]]] = {
    # rule: (the broken file, further findings that its defect implies, each with why)
    "FILE-001": (lambda: ct()[META_END:], {}),
    "FILE-002": (dataset, {"FILE-001": "without file meta there is no prefix either"}),
    "FILE-003": (wrong_group_length, {}),
    "FILE-004": (lambda: with_meta((0x00020001, "OB", b"\1\0")), {}),
    "FILE-005": (lambda: with_meta((0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.4")), {}),
    "FILE-006": (lambda: with_meta((0x00020003, "UI", b"2.25.99")), {}),
    "FILE-007": (lambda: with_meta((0x00020010, "UI", b"1.2.840.10008.1.2")), {}),
    "FILE-008": (lambda: with_meta((0x00020012, "UI", None)), {}),
    "FILE-009": (lambda: with_meta((0x00020013, "SH", b"tests 1.0")), {}),
    "FILE-010": (lambda: with_meta((0x00020102, "OB", b"\0\0")), {}),
    "FILE-011": (un_in_meta, {}),
    "FILE-012": (lambda: ct() + encode_element(0x00020013, "SH", b"AGAIN"), {}),
    "FILE-013": (lambda: ct()[:-10], {}),
    "FILE-014": (lambda: ct() + b"\0" * 7, {}),
    "FILE-015": (unreadable, {"FILE-013": "whether the file is complete cannot be told: not checked"}),
    "FILE-016": (swapped_elements, {}),
    "FILE-017": (lambda: ct(Rows=5), {}),
    "FILE-019": (unknown_vr, {}),
    "FILE-020": (lambda: ct(PixelData=None), {}),
    "FILE-018": (lambda: with_preamble(b"\1\2\3"), {}),
    "FILE-021": (lambda: with_meta((0x00020016, "AE", b"A TITLE THAT IS TOO LONG")), {}),
    "FILE-022": (lambda: with_meta((0x00020026, "UR", b"http://ada:secret@pacs/dicom")), {}),
    "RISK-001": (lambda: with_preamble(b"MZ\x90\0"), {}),
}
