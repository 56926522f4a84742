"""Every FILE and RISK rule: a file that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import struct

import pytest

from mediakit.dicomfile.encode import encode_element
from mediakit.model import Instance
from mediakit.rules import RULES, judge
from samples.broken.file_format import CASES, with_meta, with_preamble
from tests.builders import ct, instance


def rules_of(data: bytes) -> list[str]:
    return [finding.rule for finding in judge(instance(data))]


@pytest.mark.parametrize("rule", CASES)
def test_broken_file_yields_exactly_its_findings(rule: str) -> None:
    broken, also = CASES[rule]
    assert set(rules_of(broken())) == {rule, *also}


def test_conforming_file_yields_none() -> None:
    assert rules_of(ct()) == []


def test_fragments_under_a_native_syntax() -> None:
    """The syntax decodes the data set, but Pixel Data is in fragments, as it never is there (PS3.5 A.4)."""
    native = ct(PixelData=b"")
    empty = encode_element(0x7FE00010, "OB", b"")
    assert native.endswith(empty)
    fragments = struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OB", 0xFFFFFFFF)
    fragments += struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    assert rules_of(native.removesuffix(empty) + fragments) == ["FILE-007"]


def test_rules_on_what_was_noted_have_nothing_to_say_where_nothing_was() -> None:
    """So they need not be asked, however odd the file is that no anomaly was noted of."""
    odd = [instance(broken()) for broken, _ in CASES.values()]
    quiet = [each for each in (instance(ct()), *odd) if not each.anomalies]
    noted = [rule for rule in RULES.values() if rule.noted]
    assert (len(quiet) > 10, len(noted) > 10) == (True, True)
    assert {rule.subject for rule in noted} == {Instance}
    assert [rule.id for rule in noted for each in quiet if list(rule.check(each))] == []


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
