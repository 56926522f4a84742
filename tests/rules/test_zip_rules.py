"""Every ZIP rule: an archive that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediakit.formats.zip.volume import ZipArchive
from mediakit.report import Finding, Outcome, Place, Severity
from mediakit.rules import RULES, judge
from samples.broken.zip import BROKEN
from tests.zips import GOOD, OTHER, Entry, archive, by_hand, zip_facts, zipped

VALID = archive()


def findings(data: bytes) -> list[Finding]:
    return list(judge(zip_facts(data)))


def test_a_good_archive_yields_nothing() -> None:
    assert findings(VALID) == []
    assert findings(archive({})) == []
    assert findings(by_hand(GOOD, OTHER)) == []
    assert findings(by_hand(Entry(b"DICOM/"), replace(GOOD, name=b"DICOM/IM1", method=8))) == []
    assert findings(zipped({"A/B": b"1" * 1000, "C": b""})) == []


@pytest.mark.parametrize(
    ("id", "data", "also"), BROKEN, ids=[f"{row[0]} {n}" for n, row in enumerate(BROKEN)]
)
def test_a_broken_archive_yields_exactly_its_finding(id: str, data: bytes, also: dict[str, str]) -> None:
    found = findings(data)
    assert {finding.rule for finding in found} == {id, *also}
    assert {finding.outcome for finding in found} == {Outcome.FAILED}
    assert all(finding.message and finding.advice for finding in found)


def test_every_zip_rule_has_a_broken_archive() -> None:
    assert {id for id, rule in RULES.items() if rule.subject is ZipArchive} == {row[0] for row in BROKEN}


def test_severities_are_those_of_the_catalogue() -> None:
    for id, rule in RULES.items():
        if rule.subject is ZipArchive:
            assert rule.severity is (Severity.WARNING if id == "ZIP-011" else Severity.ERROR)


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (
            by_hand(GOOD, OTHER, count=3),
            "The structure of the archive is broken: 3 files are announced, 2 are listed",
            Place(offset=170),
        ),
        (
            by_hand(GOOD, replace(OTHER, crc=1)),
            "The file is damaged: its checksum is wrong",
            Place(path="IM2"),
        ),
        (
            by_hand(replace(GOOD, name=b"../IM1")),
            "The name is unsafe: it leads to another folder or is empty",
            Place(path="\\x2e\\x2e/IM1"),
        ),
        (
            by_hand(replace(GOOD, local_name=b"IM9")),
            "The archive contradicts itself: its local header says the name 'IM9'",
            Place(path="IM1"),
        ),
        (
            by_hand(replace(GOOD, method=8, size=1 << 31)),
            "The archive is made to harm: 5 bytes would grow to 2,147,483,648",
            Place(path="IM1"),
        ),
        (
            by_hand(GOOD, before=b"12345"),
            "There is something beside the archive: 5 bytes before the first file",
            Place(offset=0),
        ),
    ],
)
def test_messages_and_places(data: bytes, message: str, place: Place) -> None:
    (finding,) = findings(data)
    assert (finding.message, finding.where) == (message, place)
