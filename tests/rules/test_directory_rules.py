"""Every DDIR and KEY rule: a broken DICOMDIR yields exactly its findings, the sound one none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.dicomfile import encode_element
from mediakit.report import Outcome, Severity
from mediakit.rules import RULES, judge
from samples.broken.directory import CASES, a_report, leaf, reference, report, with_icon
from tests.builders import ct, file_set, uid
from tests.dicomdirs import (
    PATIENT,
    Rec,
    craft,
    keys,
    read,
    sound,
)


def rule_of(name: str) -> str:
    return name.partition("/")[0]


def findings(data: bytes) -> set[str]:
    return {finding.rule for finding in judge(read(data))}


def test_the_sound_directory_has_none() -> None:
    assert findings(craft(sound())) == set()
    assert findings(craft([])) == set()
    assert findings(leaf(report())) == set()
    assert findings(with_icon()) == set()
    assert (
        findings(with_icon(Rows=1, Columns=9, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=b"\1\0"))
        == set()
    )
    named = PATIENT.but(PatientName="Müller".encode("latin-1"), SpecificCharacterSet="ISO_IR 100")
    assert findings(craft([named, *sound()[1:]])) == set()
    private = Rec("PRIVATE", keys(PrivateRecordUID="1.2.3", **reference()))
    assert findings(leaf(private)) == {"DDIR-032"}


@pytest.mark.parametrize("name", CASES)
def test_broken_directory_yields_exactly_its_findings(name: str) -> None:
    broken, also = CASES[name]
    assert findings(broken()) == {rule_of(name), *also}


IMPLIED = {
    name: also
    for name, (_, also) in CASES.items()
    if also and name not in ("DDIR-002/implicit",)  # the offsets were not mended: two independent defects
}


@pytest.mark.parametrize("name", IMPLIED)
def test_what_is_implied_says_because(name: str) -> None:
    """A consequence is told, and names the rule behind it; the defect itself names none."""
    found = list(judge(read(CASES[name][0]())))
    for finding in found:
        if finding.rule in IMPLIED[name]:
            assert finding.because is not None, finding


def test_an_orphan_says_where_it_comes_from() -> None:
    (finding,) = judge(read(CASES["DDIR-025"][0]()))
    assert (finding.where.record, finding.where.instance) == (4, uid("ct 2"))
    assert finding.because is None


def test_a_finding_names_patient_study_and_series() -> None:
    (finding,) = judge(read(CASES["DDIR-009"][0]()))
    where = finding.where
    assert (where.patient, where.study, where.series) == ("P1", uid("study"), uid("series"))
    assert (where.record, where.instance, where.tag) == (4, uid("ct 2"), "(0004,1410)")
    assert where.offset == read(craft(sound())).records[4].offset


def test_records_that_are_too_deep_are_not_checked() -> None:
    chain = [Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"), lower=n + 1) for n in range(100)]
    found = list(judge(read(craft([*chain, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"))]))))
    assert {(finding.rule, finding.outcome) for finding in found} == {("DDIR-025", Outcome.NOT_CHECKED)}


def on_medium(tmp_path: Path, *changes: tuple[bytes, bytes], files: tuple[bytes, ...] = ()) -> set[str]:
    """The findings about a File-set in a folder whose DICOMDIR was patched."""
    folder = file_set(files) if files else file_set()
    data = folder.files["DICOMDIR"]
    for old, new in changes:
        assert old in data
        assert len(old) == len(new)
        data = data.replace(old, new)
    return {f.rule for f in verify(folder.but(DICOMDIR=data).write(tmp_path), profile="STD-GEN-CD").findings}


def test_computed_keys_are_compared_with_the_file(tmp_path: Path) -> None:
    files = (a_report(),)
    assert on_medium(tmp_path / "sound", files=files) == set()
    latest = (b"20240503101500", b"20240502101500")
    assert on_medium(tmp_path / "KEY-007", latest, files=files) == {"KEY-007"}
    words = (b"German", b"French")
    assert on_medium(tmp_path / "KEY-007 content", words, files=files) == {"KEY-007"}


def test_conditional_keys_are_compared_with_the_file(tmp_path: Path) -> None:
    """The record loses its Content Sequence: renamed to a private element that nobody asks for."""
    files = (a_report(),)
    gone = (struct.pack("<HH2s", 0x0040, 0xA730, b"SQ"), struct.pack("<HH2s", 0x0041, 0xA731, b"SQ"))
    assert on_medium(tmp_path, gone, files=files) == {"KEY-005"}


def test_related_general_sop_class_is_compared_with_the_file(tmp_path: Path) -> None:
    files = (ct(1, RelatedGeneralSOPClassUID="1.2.3.4"),)
    assert on_medium(tmp_path / "sound", files=files) == set()
    old = encode_element(0x0004151A, "UI", b"1.2.3.4")
    new = encode_element(0x0004151A, "UI", b"1.2.3.5")
    assert on_medium(tmp_path / "DDIR-031", (old, new), files=files) == {"DDIR-031"}
    several = (ct(1, RelatedGeneralSOPClassUID="1.2.3.4\\1.2.3.9"),)
    assert on_medium(tmp_path / "several", files=several) == set()
    assert on_medium(tmp_path / "second", (b"1.2.3.9", b"1.2.3.8"), files=several) == {"DDIR-031"}


def test_every_rule_has_a_case() -> None:
    on_files = {"DDIR-031", "KEY-005", "KEY-007"}
    others = {"KEY-040", "KEY-050", "KEY-060"}  # in test_file_set_rules.py and with `create`
    ours = {rule for rule in RULES if rule.startswith(("DDIR", "KEY"))}
    assert {rule_of(name) for name in CASES} | on_files | others == ours


WARNINGS = {"DDIR-004", "DDIR-011", "DDIR-015", "DDIR-028", "DDIR-030", "KEY-012", "KEY-040"}
NOTES = {"DDIR-012", "DDIR-017", "DDIR-032", "KEY-050", "KEY-060"}


def test_severities() -> None:
    for name, rule in RULES.items():
        if name.startswith(("DDIR", "KEY")):
            expected = (
                Severity.WARNING if name in WARNINGS else Severity.NOTE if name in NOTES else Severity.ERROR
            )
            assert rule.severity is expected, name
