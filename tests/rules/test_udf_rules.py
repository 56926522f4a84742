"""Every UDF rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import pytest

from mediakit.formats.tree import Evidence, MediumView
from mediakit.formats.udf.volume import UdfVolume
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import ProfiledFileSet
from mediakit.read import FileSetView
from mediakit.report import Finding, Outcome, Place, Severity
from mediakit.rules import RULES, judge
from samples.broken.udf import BROKEN, IM1, VALID, in_entry, two_partitions
from tests.iso9660 import patched
from tests.udf import (
    BLOCK,
    FILES,
    LVD,
    REVISIONS,
    entry,
    image,
    sealed,
    volume,
)


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_good_volume_yields_nothing(revision: str) -> None:
    assert findings(image(revision=revision)) == []
    assert findings(image({}, revision)) == []
    assert findings(image({"Viewer/Größe 日本.exe": b"MZ", "a.b;c": b""}, revision)) == []


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: dict[str, str]) -> None:
    found = findings(data)
    assert {finding.rule for finding in found} == {id, *also}
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
        ("UDF-023", "The volume is one of UDF 2.60; a 120 mm DVD-RAM has 1.02 or 1.50", "PS3.12 J.2.1")
    ]
