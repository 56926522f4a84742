"""Every ISO rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.formats import read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.report import Finding, Outcome, Place, Severity, fold
from mediakit.rules import RULES, Fact, Unchecked, counted, judge
from samples.broken.iso9660 import (
    BROKEN,
    IM1,
    IM2,
    IN_JOLIET,
    L_TABLE,
    THIRD,
    VALID,
    WITH_JOLIET,
    in_pvd,
    in_record,
    recorded_as,
    two_sections,
)
from tests.iso9660 import (
    FILES,
    PVD,
    both32,
    image,
    patched,
    two_sessions,
    volume,
)
from tests.tools import run


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


def test_a_good_volume_yields_nothing() -> None:
    assert findings(VALID) == []
    assert findings(WITH_JOLIET) == []
    assert findings(two_sessions(VALID, FILES | {"MORE": b"2"}, 50)) == []
    assert findings(image({})) == []
    assert findings(image({"A/B/C/D/E/F/G/H": b"", "AUTORUN.INF": b"", "VIEWER/V.EXE": b"MZ"})) == []
    assert findings(in_pvd(9, b"CD-RTOS CD-BRIDGE")) == []


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: dict[str, str]) -> None:
    found = findings(data)
    assert {finding.rule for finding in found} == {id, *also}
    assert {finding.outcome for finding in found} == {Outcome.FAILED}
    assert all(finding.message and finding.advice for finding in found)


def test_every_iso_rule_has_a_broken_volume() -> None:
    assert {id for id, rule in RULES.items() if rule.subject is IsoVolume} == {row[0] for row in BROKEN}


def test_severities_are_those_of_the_catalogue() -> None:
    warnings = ("ISO-008", "ISO-009", "ISO-016", "ISO-017", "ISO-018", "ISO-019")
    for id, rule in RULES.items():
        if rule.subject is IsoVolume:
            assert rule.severity is (Severity.WARNING if id in warnings else Severity.ERROR)


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (in_pvd(121, b"\2\0\0\2"), "The volume is number 1 of a set of 2", Place(offset=PVD + 120)),
        (
            in_pvd(41, b"CD1".ljust(32, b"\0")),
            "Zero bytes pad the Volume Identifier",
            Place(offset=PVD + 40),
        ),
        (
            in_pvd(319, b"A\0".ljust(384, b"\0")),
            "Zero bytes pad the Publisher Identifier, Data Preparer Identifier, Application Identifier",
            Place(offset=PVD),
        ),
        (
            recorded_as(b"IM000001;1"),
            "The name is recorded as 'NAME;1', not as a File ID component and '.;1'",
            Place(path=IM1),
        ),
        (
            recorded_as(b"im000001.;1"),
            "The name 'im000001.;1' is not one of Level 1",
            Place(path="DICOM/PA000001/im000001"),
        ),
        (in_record(26, b"\x18"), "The File Flags say a record format and a protection", Place(path=IM1)),
        (
            in_record(19, bytes(7)),
            "The Recording Date and Time is none: 00 00 00 00 00 00 00",
            Place(path=IM1),
        ),
        (in_pvd(9, b"LINUX"), "The System Identifier is 'LINUX', not blank", Place(offset=PVD + 8)),
        (
            in_pvd(81, both32(500)),
            "The volume has 1,024,000 bytes, the image only 65,536",
            Place(offset=PVD + 80),
        ),
        (in_record(3, both32(5000)), "Data lies outside the image: the file", Place(path=IM1)),
        (
            patched(VALID, (L_TABLE + THIRD + 2, b"\x17")),
            "The type L path table does not agree with the directories",
            Place(offset=PVD + 140),
        ),
        (
            in_record(7, bytes(4)),
            "The Location of Extent differs between its two byte orders",
            Place(path=IM1),
        ),
        (
            patched(WITH_JOLIET, (IN_JOLIET + 25, b"\4")),
            "Joliet or Rock Ridge shows something else than the primary tree: "
            "the file is not in the Joliet tree",
            Place(path="VIEWER/START_VI.EXE"),
        ),
        (
            two_sessions(VALID, {name: b"" for name in FILES if name != IM2}, 50),
            "The last session does not show a file of an earlier one: "
            "it is in the session from sector 0 only",
            Place(path=IM2),
        ),
    ],
)  # fmt: skip
def test_messages_and_places(data: bytes, message: str, place: Place) -> None:
    (finding,) = findings(data)
    assert (finding.message, finding.where) == (message, place)


def test_a_consequence_names_its_cause() -> None:
    assert [(each.rule, each.because) for each in findings(VALID[: 22 * 2048])] == [
        ("ISO-013", None),
        ("ISO-014", "ISO-013"),
        ("ISO-014", "ISO-013"),
        ("ISO-014", "ISO-013"),
        ("ISO-014", "ISO-013"),
    ]


def test_path_tables_of_a_tree_that_could_not_be_read_follow_from_that() -> None:
    broken = in_record(3, both32(5000), "DICOM")
    assert [(each.rule, each.because) for each in findings(broken)] == [
        ("ISO-014", None), ("ISO-016", "ISO-014"), ("ISO-016", "ISO-014"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (two_sections(gap=True), [("ISO-011", "failed", None), ("ISO-015", "not-checked", "ISO-011")]),
        (in_record(27, b"\1\1"), [("ISO-015", "not-checked", None)]),
    ],
)
def test_what_could_not_be_read_is_not_checked(data: bytes, said: list[tuple[str, str, str | None]]) -> None:
    assert [(each.rule, each.outcome.value, each.because) for each in findings(data)] == said


def test_equal_findings_fold() -> None:
    data = image({f"IM{n:06}": b"" for n in range(100)})
    hidden = patched(data, *((each.offset + 25, b"\x01") for each in volume(data).records))
    (finding,) = fold(findings(hidden))
    assert (finding.rule, finding.count) == ("ISO-008", 100)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["genisoimage", "-quiet", "-iso-level", "1"], ["ISO-012"]),  # LINUX
        (["genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-J", "-R"], []),
        (["genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-N"], ["ISO-005", "ISO-010"]),
        (["genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-d"], ["ISO-005"]),
        (["genisoimage", "-quiet", "-iso-level", "3", "-sysid", "", "-allow-lowercase"], ["ISO-010"]),
        (["xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1"], []),
    ],
    ids=["genisoimage", "Joliet", "no version", "no dot", "lower case", "xorriso"],
)
def test_volumes_of_other_programs(command: list[str], expected: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "DICOM").mkdir(parents=True)
    (folder / "DICOM/IM000001").write_bytes(b"1")
    (folder / "README.TXT").write_bytes(b"2")
    if "-allow-lowercase" in command:
        (folder / "viewer.exe").write_bytes(b"3")
    out = tmp_path / "foreign.iso"
    run(command[0], *command[1:], "-o", out, folder)
    (view,) = read_medium(out)
    assert [finding.rule for finding in judge(view.facts)] == expected


def test_a_million_equal_failures_are_counted_and_cost_little() -> None:
    facts = (Fact({"kind": n % 3}, Place(offset=n)) for n in range(1_000_000))
    said = list(counted(facts))
    assert [(fact.args, fact.count, fact.place) for fact in said if isinstance(fact, Fact)] == [
        ({"kind": 0}, 333_334, Place(offset=0)),
        ({"kind": 1}, 333_333, Place(offset=1)),
        ({"kind": 2}, 333_333, Place(offset=2)),
    ]


def test_a_million_different_failures_are_counted_too() -> None:
    said = list(counted(Fact({"kind": n}) for n in range(1_000_000)))
    assert said[-1] == Unchecked("990,000 more failures of this rule are not listed")
    assert len(said) == 10_001
