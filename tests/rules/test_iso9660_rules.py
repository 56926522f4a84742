"""Every ISO rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.formats import read_medium
from mediakit.formats.iso9660.structs import PARENT, SELF, DirectoryRecord
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.report import Finding, Outcome, Place, Severity, fold
from mediakit.rules import RULES, Fact, Unchecked, counted, judge
from tests.iso9660 import (
    FILES,
    LONG,
    PVD,
    both32,
    image,
    joliet_record,
    patched,
    record,
    two_sessions,
    volume,
)
from tests.tools import run

VALID = image()
IM1 = "DICOM/PA000001/IM000001"
IM2 = "DICOM/PA000001/IM000002"
L_TABLE, M_TABLE = 18 * 2048, 19 * 2048
THIRD = 10 + 14  # where the path table record of PA000001 begins


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


def in_pvd(bp: int, data: bytes) -> bytes:
    """The volume with other bytes at a byte position of its descriptor."""
    return patched(VALID, (PVD + bp - 1, data))


def in_record(bp: int, data: bytes, name: str = IM1) -> bytes:
    """The volume with other bytes at a byte position of a file's Directory Record."""
    return patched(VALID, (record(VALID, name).offset + bp - 1, data))


def recorded_as(identifier: bytes) -> bytes:
    """The volume with another identifier of IM1; what is left of the record is System Use."""
    at = record(VALID, IM1).offset
    return patched(VALID, (at + 32, bytes([len(identifier)])), (at + 33, identifier.ljust(11, b"\0")))


def ninth_level() -> bytes:
    """The file in the eighth directory made a directory; its data are the records of one."""

    def directory(extent: int) -> bytes:
        records = (
            DirectoryRecord.pack(
                identifier,
                location_of_extent=extent,
                data_length=2048,
                file_flags=2,
                recording_date_and_time=b"\x7e\x01\x01\0\0\0\0",
                volume_sequence_number=1,
            )
            for identifier in (SELF, PARENT)
        )
        return b"".join(records).ljust(2048, b"\0")

    path = "A/B/C/D/E/F/G/H"
    extent = record(image({path: bytes(2048)}), path).record.location_of_extent.lsb
    data = image({path: directory(extent)})
    at = record(data, path).offset
    return patched(data, (at + 25, b"\x02"), (at + 32, b"\x01H\0\0\0"))


def two_sections(gap: bool) -> bytes:
    """Files A and B made two sections of A, with or without a gap between them."""
    data = image({"A": bytes(4000 if gap else 4096), "B": bytes(100)})
    return patched(data, (record(data, "A").offset + 25, b"\x80"), (record(data, "B").offset + 33, b"A"))


WITH_JOLIET = image(LONG)
IN_JOLIET = joliet_record(WITH_JOLIET, "Start viewer.exe")


def same_rock_ridge_name() -> bytes:
    """Two files of a folder that Rock Ridge calls the same."""
    return WITH_JOLIET.replace(b"NM\x0d\1\0IM000002", b"NM\x0d\1\0IM000001")


def test_a_good_volume_yields_nothing() -> None:
    assert findings(VALID) == []
    assert findings(WITH_JOLIET) == []
    assert findings(two_sessions(VALID, FILES | {"MORE": b"2"}, 50)) == []
    assert findings(image({})) == []
    assert findings(image({"A/B/C/D/E/F/G/H": b"", "AUTORUN.INF": b"", "VIEWER/V.EXE": b"MZ"})) == []
    assert findings(in_pvd(9, b"CD-RTOS CD-BRIDGE")) == []


BROKEN = [
    ("ISO-001", in_pvd(121, b"\2\0\0\2"), []),
    ("ISO-001", in_pvd(125, b"\2\0\0\2"), []),
    ("ISO-003", in_pvd(41, b"CD1".ljust(32, b"\0")), []),
    ("ISO-003", in_pvd(319, b"HOSPITAL".ljust(128, b"\0")), []),
    # The path tables were made before there was a ninth level.
    ("ISO-004", ninth_level(), ["ISO-016", "ISO-016"]),
    ("ISO-005", recorded_as(b"IM000001;1"), []),
    ("ISO-005", recorded_as(b"IM000001."), []),
    ("ISO-005", recorded_as(b"IM000001"), []),
    ("ISO-005", recorded_as(b"IM000001.;2"), []),
    ("ISO-005", recorded_as(b"IM01.;1.;1"), []),
    ("ISO-006", in_record(2, b"\1"), []),
    ("ISO-007", in_record(26, b"\x08"), []),
    ("ISO-007", in_record(26, b"\x10"), []),
    ("ISO-008", in_record(26, b"\x01"), []),
    ("ISO-009", in_record(19, bytes(7)), []),
    ("ISO-009", in_record(19, b"\x7e\x0d\x01\0\0\0\0"), []),
    ("ISO-010", recorded_as(b"im000001.;1"), []),
    ("ISO-010", recorded_as(b"IM-00001.;1"), []),
    ("ISO-010", recorded_as(b"A.JPEG;1"), []),
    ("ISO-010", recorded_as(b"A.TXT"), []),
    ("ISO-010", recorded_as(b"A.B.C;1"), []),
    ("ISO-010", VALID.replace(b"PA000001", b"pa000001"), []),
    ("ISO-010", VALID.replace(b"PA000001", b"PA0000.1"), []),
    ("ISO-011", in_record(26, b"\x80", IM2), []),
    ("ISO-011", two_sections(gap=False), []),
    ("ISO-012", in_pvd(9, b"LINUX"), []),
    ("ISO-012", in_pvd(9, bytes(32)), []),
    ("ISO-013", in_pvd(81, both32(33)), []),
    ("ISO-013", VALID[:-2048], ["ISO-014"]),  # the last file was in what is missing
    ("ISO-014", in_record(3, both32(5000)), []),
    ("ISO-015", patched(VALID, (PVD + 2048, bytes(7))), []),  # no terminator
    ("ISO-015", patched(VALID, (PVD, b"\x02")), []),  # no Primary Volume Descriptor
    ("ISO-015", patched(VALID, (22 * 2048, bytes(2048))), []),  # a directory of zeros
    ("ISO-015", in_record(1, b"\x21"), []),  # a record too short to be one
    ("ISO-015", recorded_as(b"IM000002.;1"), []),  # a name that is there twice
    ("ISO-015", in_pvd(129, bytes(4)), []),  # no Logical Block Size
    # A directory that is its own child. The path tables say where it ought to be.
    ("ISO-015", in_record(3, both32(20), "DICOM/PA000001"), ["ISO-016", "ISO-016"]),
    ("ISO-016", patched(VALID, (L_TABLE + THIRD + 2, b"\x17")), []),
    ("ISO-016", patched(VALID, (M_TABLE + THIRD + 5, b"\x17")), []),
    ("ISO-016", patched(VALID, (M_TABLE + THIRD + 7, b"\x09")), []),  # a parent that is none
    ("ISO-016", patched(VALID, (M_TABLE, bytes(2048))), []),
    ("ISO-016", in_pvd(141, b"\0\0\1\0"), []),
    ("ISO-017", in_record(7, b"\0\0\0\0"), []),
    ("ISO-017", in_pvd(85, b"\0\0\0\0"), []),
    ("ISO-018", patched(WITH_JOLIET, (joliet_record(WITH_JOLIET, "IM000002") + 10, both32(9))), []),
    ("ISO-018", patched(WITH_JOLIET, (IN_JOLIET + 25, b"\4")), []),  # associated, so no file there
    ("ISO-018", same_rock_ridge_name(), []),
    ("ISO-019", two_sessions(VALID, {"DICOMDIR": b"", "README.TXT": b"", IM1: b"", IM2: b""}, 50), []),
]  # fmt: skip


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: list[str]) -> None:
    found = findings(data)
    assert [finding.rule for finding in found] == [id, *also]
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
