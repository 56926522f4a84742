"""Every FILE and RISK rule: a file that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest

from mediakit.dicomfile.encode import encode_element, encode_file
from mediakit.rules import RULES, judge
from tests.builders import CT, ct, dataset, instance, uid

META_END = 132
OUR_UID = uid("ct 1")


def rules_of(data: bytes) -> list[str]:
    return [finding.rule for finding in judge(instance(data))]


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

CASES: dict[str, tuple[Broken, set[str]]] = {
    # rule: (the broken file, further findings that its defect implies)
    "FILE-001": (lambda: ct()[META_END:], set()),
    "FILE-002": (dataset, {"FILE-001"}),  # without file meta there is no prefix either
    "FILE-003": (wrong_group_length, set()),
    "FILE-004": (lambda: with_meta((0x00020001, "OB", b"\1\0")), set()),
    "FILE-005": (lambda: with_meta((0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.4")), set()),
    "FILE-006": (lambda: with_meta((0x00020003, "UI", b"2.25.99")), set()),
    "FILE-007": (lambda: with_meta((0x00020010, "UI", b"1.2.840.10008.1.2")), set()),
    "FILE-008": (lambda: with_meta((0x00020012, "UI", None)), set()),
    "FILE-009": (lambda: with_meta((0x00020013, "SH", b"tests 1.0")), set()),
    "FILE-010": (lambda: with_meta((0x00020102, "OB", b"\0\0")), set()),
    "FILE-011": (un_in_meta, set()),
    "FILE-012": (lambda: ct() + encode_element(0x00020013, "SH", b"AGAIN"), set()),
    "FILE-013": (lambda: ct()[:-10], set()),
    "FILE-014": (lambda: ct() + b"\0" * 7, set()),
    "FILE-015": (unreadable, {"FILE-013"}),
    "FILE-016": (swapped_elements, set()),
    "FILE-017": (lambda: ct(Rows=5), set()),
    "FILE-019": (unknown_vr, set()),
    "FILE-020": (lambda: ct(PixelData=None), set()),
    "FILE-018": (lambda: with_preamble(b"\1\2\3"), set()),
    "FILE-021": (lambda: with_meta((0x00020016, "AE", b"A TITLE THAT IS TOO LONG")), set()),
    "FILE-022": (lambda: with_meta((0x00020026, "UR", b"http://ada:secret@pacs/dicom")), set()),
    "RISK-001": (lambda: with_preamble(b"MZ\x90\0"), set()),
}


@pytest.mark.parametrize("rule", CASES)
def test_broken_file_yields_exactly_its_findings(rule: str) -> None:
    broken, also = CASES[rule]
    assert set(rules_of(broken())) == {rule, *also}


def test_conforming_file_yields_none() -> None:
    assert rules_of(ct()) == []


def test_every_rule_has_a_case() -> None:
    of_a_medium = {"RISK-002"}
    assert {rule for rule in RULES if rule.startswith(("FILE", "RISK"))} == {*CASES, *of_a_medium}


def test_fragments_under_a_native_syntax() -> None:
    """The syntax decodes the data set, but Pixel Data is in fragments, as it never is there (PS3.5 A.4)."""
    native = ct(PixelData=b"")
    empty = encode_element(0x7FE00010, "OB", b"")
    assert native.endswith(empty)
    fragments = struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OB", 0xFFFFFFFF)
    fragments += struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    assert rules_of(native.removesuffix(empty) + fragments) == ["FILE-007"]


@pytest.mark.parametrize("start", [b"II*\0", b"MM\0*", b"II+\0", b"DICM"])
def test_legal_preambles(start: bytes) -> None:
    assert rules_of(with_preamble(start)) == []


@pytest.mark.parametrize(
    ("syntax", "phrase"),
    [
        (None, "it is absent"),
        (b"1.2.3", "1.2.3 is not known"),
        (b"1.2.840.10008.1.2.4.94", "forbidden in files"),
        (b"1.2.840.10008.1.2", "but the data set is Explicit VR Little Endian"),
    ],
)
def test_transfer_syntax_says_what_is_wrong(syntax: bytes | None, phrase: str) -> None:
    findings = [f for f in judge(instance(with_meta((0x00020010, "UI", syntax)))) if f.rule == "FILE-007"]
    assert len(findings) == 1
    assert phrase in findings[0].message


@pytest.mark.parametrize(
    ("uri", "legal"),
    [
        (b"dicom:pacs.example:11112", True),
        (b"http://pacs.example/dicom-web", True),
        (b"https://pacs.example:8080", True),
        (b"dicom:pacs.example", False),
        (b"pacs.example:11112", False),
        (b"http://ada@pacs.example/", False),
        (b"dicom:ada:secret@pacs:104", False),
    ],
)
def test_presentation_addresses(uri: bytes, legal: bool) -> None:
    assert rules_of(with_meta((0x00020027, "UR", uri))) == ([] if legal else ["FILE-022"])


def test_application_entity_titles() -> None:
    assert rules_of(with_meta((0x00020016, "AE", b" STORE SCU 0123 "), (0x00020018, "AE", b""))) == []
    assert rules_of(with_meta((0x00020017, "AE", b"A\\B"))) == ["FILE-021"]
    assert rules_of(with_meta((0x00020018, "AE", b"A\nB"))) == ["FILE-021"]
