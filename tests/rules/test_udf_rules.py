"""Every UDF rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import pytest

from mediakit.formats.tree import Evidence, MediumView
from mediakit.formats.udf.structs import EntityId
from mediakit.formats.udf.volume import UdfVolume
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import ProfiledFileSet
from mediakit.read import FileSetView
from mediakit.report import Finding, Outcome, Place, Severity
from mediakit.rules import RULES, judge
from tests.iso9660 import patched
from tests.udf import (
    BLOCK,
    FILES,
    LVD,
    PARTITION,
    PD,
    PVD,
    REVISIONS,
    entry,
    identifier,
    image,
    sealed,
    volume,
)

VALID = image()
BD = image(revision="2.50")
IM1 = "DICOM/PA000001/IM000001"
FSD = PARTITION[False]
LAST = len(VALID) - BLOCK
INTEGRITY = 64 * BLOCK


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


def in_entry(offset: int, data: bytes, name: str = IM1) -> bytes:
    """The volume with other bytes in the entry of a file or directory."""
    return sealed(VALID, entry(FILES, name), (offset, data))


def in_identifier(offset: int, data: bytes, name: str = "IM000002") -> bytes:
    """The volume with other bytes in a File Identifier Descriptor."""
    return sealed(VALID, identifier(VALID, name), (offset, data))


def two_partitions() -> bytes:
    """A second Partition Descriptor in the place of the one for unallocated space, which is not read."""
    second = sealed(VALID, PD, (22, b"\1\0"))[PD : PD + BLOCK]
    return sealed(VALID[: LVD + BLOCK] + second + VALID[LVD + 2 * BLOCK :], LVD + BLOCK, (12, b"\x24"))


def sparable_on_bd() -> bytes:
    """A BD whose physical partition is called sparable, without a sparing table that could be read."""
    raw = b"\x02\x40\0\0" + EntityId(b"*UDF Sparable Partition", b"\x50\x02").pack() + b"\1\0\0\0\x20\0\0\0"
    maps = raw.ljust(64, b"\0") + BD[LVD + 446 : LVD + 446 + 64]
    return sealed(BD, LVD, (10, (424 + 128).to_bytes(2, "little")), (264, b"\x80"), (440, maps))


BROKEN = [
    ("UDF-001", sealed(VALID, LVD, (240, b"\x03\x02")), []),
    ("UDF-002", patched(VALID, (17 * BLOCK + 1, b"NSR03")), []),
    ("UDF-003", sealed(VALID, PVD, (60, b"\3\0\3\0")), []),
    ("UDF-004", sealed(VALID, PVD, (58, b"\2\0")), []),
    ("UDF-004", two_partitions(), []),
    # That there is no sparing table is a finding of its own.
    ("UDF-005", sparable_on_bd(), ["UDF-017"]),
    ("UDF-006", in_identifier(38, b"\x07"), []),
    ("UDF-006", sealed(VALID, PVD, (24, b"\x07")), []),
    ("UDF-007", in_identifier(39, b"IM0002;1"), []),
    ("UDF-007", in_identifier(39, b"IM00002."), []),
    ("UDF-008", in_identifier(16, b"\2\0"), []),
    ("UDF-009", in_identifier(18, b"\1"), []),
    ("UDF-010", in_entry(44, b"\xd2\x7a"), []),  # others may not read
    ("UDF-010", in_entry(44, b"\xf6\x7e", "DICOM"), []),  # others may not search
    ("UDF-011", in_entry(44, b"\x84\x10"), []),
    ("UDF-012", in_entry(27, b"\xf9"), []),
    ("UDF-013", sealed(BD, entry(FILES, IM1, "2.50"), (152, b"\0\x08")), ["UDF-018"]),
    ("UDF-014", sealed(VALID, LVD, (212, b"\0\x04")), []),
    # The last byte of the last file is still there, but not its block, nor the second anchor.
    ("UDF-015", VALID[: VALID.rindex(b"333") + 3], ["UDF-021"]),
    ("UDF-016", in_entry(176, b"\xff\xff\xff\x3f"), []),
    ("UDF-016", in_entry(56, b"\x01\x08"), []),  # one byte longer than its extent
    ("UDF-017", patched(VALID, (FSD, bytes(BLOCK))), []),
    ("UDF-017", patched(VALID, (FSD + 300, b"x")), []),
    ("UDF-017", sealed(VALID, entry(FILES, IM1), (12, b"\xee")), []),
    ("UDF-017", patched(VALID, (entry(FILES, IM1), bytes(BLOCK))), []),
    ("UDF-017", in_identifier(39, b"IM000001"), []),  # a name that is there twice
    ("UDF-017", patched(VALID, (identifier(VALID, "IM000002"), bytes(16))), []),
    ("UDF-017", in_identifier(18, b"\x0a"), []),  # a second parent
    ("UDF-017", in_identifier(24, b"\x02", "PA000002"), []),  # a directory that is its own grandchild
    ("UDF-017", patched(VALID, (INTEGRITY, bytes(BLOCK))), []),
    ("UDF-018", patched(VALID, (PVD, bytes(BLOCK))), []),
    ("UDF-018", patched(BD, (entry(FILES, IM1, "2.50"), bytes(BLOCK))), ["UDF-018"]),
    ("UDF-019", sealed(VALID, INTEGRITY, (28, b"\0")), []),
    ("UDF-020", patched(VALID, (17 * BLOCK, bytes(BLOCK))), []),
    ("UDF-021", patched(VALID, (LAST, bytes(BLOCK))), []),
    ("UDF-021", patched(VALID, (256 * BLOCK, bytes(BLOCK))), []),
]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_good_volume_yields_nothing(revision: str) -> None:
    assert findings(image(revision=revision)) == []
    assert findings(image({}, revision)) == []
    assert findings(image({"Viewer/Größe 日本.exe": b"MZ", "a.b;c": b""}, revision)) == []


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: list[str]) -> None:
    found = findings(data)
    assert [finding.rule for finding in found] == [id, *also]
    assert {finding.outcome for finding in found} == {Outcome.FAILED}
    assert all(finding.message and finding.advice for finding in found)


def test_every_udf_rule_has_a_broken_volume() -> None:
    assert {id for id, rule in RULES.items() if rule.subject is UdfVolume} == {row[0] for row in BROKEN}


def test_severities_are_those_of_the_catalogue() -> None:
    warnings = ("UDF-011", "UDF-012", "UDF-013", "UDF-014", "UDF-019", "UDF-021")
    for id, rule in RULES.items():
        if rule.subject is UdfVolume:
            assert rule.severity is (Severity.WARNING if id in warnings else Severity.ERROR)


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (sealed(VALID, LVD, (240, b"\x03\x02")), "The volume is one of UDF 2.03", Place()),
        (
            patched(VALID, (17 * BLOCK + 1, b"NSR03")),
            "The volume says NSR03, which is not that of UDF 1.02",
            Place(),
        ),
        (two_partitions(), "The disc has 2 partitions", Place()),
        (
            in_entry(44, b"\xd2\x7a"),
            "Not everybody may read it: the permissions are 7AD2H",
            Place(path=IM1),
        ),
        (in_entry(27, b"\xf9"), "The file type is 249", Place(path=IM1)),
        (
            patched(VALID, (entry(FILES, IM1), bytes(BLOCK))),
            "The structure of the volume is broken: there is no entry in block 8",
            Place(path=IM1),
        ),
    ],
)
def test_messages_and_places(data: bytes, message: str, place: Place) -> None:
    (finding,) = findings(data)
    assert (finding.message, finding.where) == (message, place)


def test_what_is_not_read_is_not_checked() -> None:
    (finding,) = findings(in_entry(34, b"\2\0"))  # extended allocation descriptors
    assert (finding.rule, finding.outcome) == ("UDF-017", Outcome.NOT_CHECKED)


def test_a_consequence_names_its_cause() -> None:
    found = findings(VALID[: 285 * BLOCK])
    assert {(each.rule, each.because) for each in found} == {
        ("UDF-015", None), ("UDF-016", "UDF-015"), ("UDF-017", "UDF-015"), ("UDF-021", "UDF-015"),
    }  # fmt: skip


def held(revision: str, name: str) -> list[tuple[str, str, str]]:
    """What the rules say when an empty volume of that revision is held against a profile."""
    facts = volume(image({}, revision))
    view = FileSetView((MediumView(Evidence("udf", ""), (), (), facts),), {}, (), None, None, ())
    found = judge(ProfiledFileSet(view, profile(name), load_records()))
    return [(each.rule, each.message, each.citation) for each in found if each.rule.startswith("UDF-")]


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_revision_of_a_medium(revision: str) -> None:
    on_dvd, on_dvd_ram, on_bd = "STD-GEN-DVD-JPEG", "STD-GEN-DVD-RAM", "STD-GEN-BD"
    wanted = {
        on_dvd: ("1.02", "1.50", "2.00", "2.01"),
        on_dvd_ram: ("1.02", "1.50"),
        on_bd: ("2.50", "2.60"),
    }
    for name, revisions in wanted.items():
        assert (held(revision, name) == []) == (revision in revisions)
    assert held(revision, "STD-GEN-CD") == []  # which is no medium with UDF


def test_the_revision_is_named() -> None:
    assert held("2.60", "STD-GEN-DVD-RAM") == [
        ("UDF-022", "The volume is one of UDF 2.60; a 120 mm DVD-RAM has 1.02 or 1.50", "PS3.12 J.2.1")
    ]
