"""Every FAT rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mediakit.formats import read_medium
from mediakit.formats.fat.volume import FatVolume
from mediakit.profile.load import media, profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import ProfiledFileSet
from mediakit.report import Finding, Place, Severity
from mediakit.rules import RULES, judge
from samples.broken.fat import (
    BROKEN,
    END,
    IM1,
    IM2,
    MOD23,
    MOD41,
    PARTITIONED,
    TWO,
    VALID,
    VALID32,
    as_file_set,
    foreign,
    in_entry,
    in_table,
    on,
)
from tests.fat import (
    FAT16,
    FAT32,
    PARAMETERS,
    PARTITION,
    chained,
    image,
    patched,
    volume,
)
from tests.tools import run


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: dict[str, str]) -> None:
    found = findings(data)
    assert {each.rule for each in found} == {id, *also}
    assert all(each.message and each.advice for each in found)


def test_a_good_volume_yields_nothing() -> None:
    for data in (VALID, VALID32, PARTITIONED, image(), image({}), image({}, FAT32)):
        assert findings(data) == []


def names(data: bytes, *dicom: str) -> list[tuple[str | None, str]]:
    rule = RULES["FAT-003"]
    found = (rule.finding(said, Place()) for said in rule.check(as_file_set(data, *dicom)))
    return [(each.where.path, each.message) for each in found]


def test_names_of_dicom_files_and_their_folders_are_shown_as_recorded() -> None:
    assert names(VALID, IM1, IM2) == []
    assert names(in_entry(12, b"\x08"), IM1) == [
        (IM1, "The name is recorded as IM000001, and shown as im000001")
    ]
    assert names(in_entry(12, b"\x08"), IM2) == []  # what is no DICOM file may have any name
    long = image({"Images/IM1": b"", "Other/x": b""}, FAT16)
    assert names(long, "Images/IM1") == [("Images", "The name is recorded as IMAGES~1, and shown as Images")]


def held(data: bytes, name: str) -> list[tuple[str, str, str]]:
    """What the rules of the media say when the volume is held against a profile."""
    subject = ProfiledFileSet(as_file_set(data), profile(name), load_records())
    return [
        (each.rule, each.message, each.citation) for each in judge(subject) if each.rule.startswith("FAT-")
    ]


USB, CF, SD, MMC = "STD-GEN-USB-JPEG", "STD-GEN-CF-JPEG", "STD-GEN-SD-JPEG", "STD-GEN-MMC-JPEG"


@pytest.mark.parametrize(
    ("word", "name"), [("usb", USB), ("cf", CF), ("sd", SD), ("mmc", MMC), ("mod41", MOD41), ("mod23", MOD23)]
)
def test_what_we_write_for_a_medium_is_right_for_it(word: str, name: str) -> None:
    assert findings(on(word)) == []
    assert held(on(word), name) == []


MO = on("mod41")
CARD = on("sd")


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (MO, USB, ("FAT-016", "The volume is FAT12; a USB stick has FAT16 or FAT32", "PS3.12 R.1.1")),
        (image({}, FAT32), SD, ("FAT-016", "The volume is FAT32; a SD card has FAT16", "PS3.12 U.1.1")),
        (patched(MO, (13, b"\x20")), MOD41, (
            "FAT-020",
            "The volume has clusters of 32 sectors; a 130 mm 4.1 GB MOD has 64 sectors or 128 sectors",
            "PS3.12 M",
        )),
        (patched(MO, (21, b"\xf0")), MOD41, (
            "FAT-020", "The volume has a media byte of F0H; a 130 mm 4.1 GB MOD has F8H", "PS3.12 M",
        )),
        (patched(MO, (28, b"\x01")), MOD41, (
            "FAT-018", "In the boot sector the number of hidden sectors is 1, not 0", "PS3.12 A.2",
        )),
        (patched(MO, (36, b"\x80")), MOD41, (
            "FAT-018", "In the boot sector the drive number with its reserved byte is 128, not 0",
            "PS3.12 A.2",
        )),
        (patched(MO, (38, b"\0")), MOD41, (
            "FAT-018", "In the boot sector the boot signature is 0, not 41", "PS3.12 A.2",
        )),
        (patched(MO, (3, b"mkfs.fat")), MOD41, (
            "FAT-019", "In the boot sector the OEM name is 'mkfs.fat', where 'MSDOS4.0' is customary",
            "PS3.12 A.2",
        )),
        (patched(CARD, (PARTITION + 36, b"\x80")), SD, (
            "FAT-019",
            "In the boot sector the drive number with its reserved byte is 128, where 0 is customary",
            "PS3.12 A.2",
        )),
        (image({"Read me": b""}, replace(FAT16, partitioned=True)), SD, (
            "FAT-021", "The name is a long one; on a SD card names are as short as File IDs", "PS3.12 U.1.1",
        )),
    ],
)  # fmt: skip
def test_what_is_wrong_for_a_medium(data: bytes, name: str, expected: tuple[str, str, str]) -> None:
    assert held(data, name) == [expected]


def test_a_partitioned_mo_disk() -> None:
    medium = media()["mod41"]
    data = image({}, replace(PARAMETERS, fat=(12,), clusters=medium.clusters, partitioned=True))
    assert held(data, MOD41) == [
        ("FAT-017", "The medium is partitioned; a 130 mm 4.1 GB MOD is not", "PS3.12 A.2")
    ]
    assert held(data, "STD-GEN-CD") == []  # which is no medium with FAT


ON_MEDIA = {f"FAT-{number:03}" for number in (3, *range(16, 22))}


def test_every_fat_rule_has_a_broken_volume() -> None:
    rules = {id for id in RULES if id.startswith("FAT-")}
    assert rules == {row[0] for row in BROKEN} | ON_MEDIA
    assert {id for id in rules if RULES[id].subject is not FatVolume} == ON_MEDIA


def test_severities_are_those_of_the_catalogue() -> None:
    warnings = {f"FAT-{number:03}" for number in (4, 5, 6, 11, 12, 14, 15, 19, 21)}
    found = {id for id, rule in RULES.items() if id.startswith("FAT-") and rule.severity is Severity.WARNING}
    assert found == warnings


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (
            foreign(b"EXFAT   "),
            "The file system is exFAT, which is none that PS3.12 allows; its files were not read",
            Place(offset=0),
        ),
        (
            chained(VALID, (TWO + 1, TWO)),
            f"The chain of clusters is broken: its chain returns to cluster {TWO}",
            Place(path=IM2),
        ),
        (
            chained(VALID, (TWO, END)),
            "The chain of clusters is broken: its chain has 1 clusters, its size needs 3",
            Place(path=IM2),
        ),
        (
            in_table(4, b"\x06"),
            "Partition table and volume do not agree: the partition's type is 06H, the volume FAT32",
            Place(offset=446),
        ),
        (
            patched(VALID32, (512 + 488, bytes(4))),
            f"A sector beside the boot sector is wrong: it counts 0 free clusters, the FAT {65525 - 16:,}",
            Place(offset=512),
        ),
    ],
)
def test_messages_and_places(data: bytes, message: str, place: Place) -> None:
    finding = findings(data)[0]
    assert (finding.message, finding.where) == (message, place)


def test_a_consequence_names_its_cause() -> None:
    cut = [(each.rule, each.because) for each in findings(VALID[: -(len(VALID) - 17_000)])]
    assert cut[0] == ("FAT-007", None)
    assert set(cut[1:]) <= {("FAT-008", "FAT-007"), ("FAT-011", "FAT-008"), ("FAT-010", None)}
    found = findings(chained(VALID, (TWO, 0)))
    assert ("FAT-011", "FAT-009") in [(each.rule, each.because) for each in found]


def test_volumes_of_mkfs(tmp_path: Path) -> None:
    path = tmp_path / "foreign.img"
    run("mkfs.vfat", "-C", path, "40000")
    (seen,) = read_medium(path)
    assert [*judge(seen.facts)] == []
    assert [each[0] for each in held(path.read_bytes(), SD)] == ["FAT-019"] * 3  # reserved, drive, OEM name


def test_what_is_said_of_bytes_can_go_into_json() -> None:
    subject = ProfiledFileSet(
        as_file_set(patched(CARD, (PARTITION + 3, b"\xff\0MKFS  "))), profile(SD), load_records()
    )
    (told,) = (each.to_json() for each in judge(subject) if each.rule == "FAT-019")
    assert json.loads(json.dumps(told))["args"]["found"] == r"'\xff\x00MKFS  '"
