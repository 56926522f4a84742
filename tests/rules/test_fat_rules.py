"""Every FAT rule: a volume that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from mediakit.formats import read_medium
from mediakit.formats.fat.volume import FatVolume
from mediakit.profile.load import media, profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import ProfiledFileSet
from mediakit.read import FileSetView, FileView
from mediakit.report import Finding, Place, Severity
from mediakit.rules import RULES, judge
from tests.builders import ct, instance
from tests.fat import (
    FAT16,
    FAT32,
    PARAMETERS,
    PARTITION,
    chained,
    cluster_of,
    entry,
    image,
    patched,
    view,
    volume,
)
from tests.tools import run

VALID, VALID32 = image(parameters=FAT16), image(parameters=FAT32)
PARTITIONED = image(parameters=replace(FAT32, partitioned=True))
IM1, IM2 = "DICOM/PA000001/IM000001", "DICOM/PA000001/IM000002"
ONE, TWO = cluster_of(VALID, IM1), cluster_of(VALID, IM2)
END = 0xFFFF


def findings(data: bytes) -> list[Finding]:
    return list(judge(volume(data)))


def in_entry(at: int, data: bytes, name: str = IM1, of: bytes = VALID) -> bytes:
    """The volume with other bytes in a file's directory entry."""
    return patched(of, (entry(of, name).offset + at, data))


def in_table(at: int, data: bytes, of: bytes = PARTITIONED) -> bytes:
    return patched(of, (446 + at, data))


def second_partition() -> bytes:
    """The entry of the partition moved to the second place, behind one of another system."""
    mine = PARTITIONED[446:462]
    other = mine[:4] + b"\x83" + mine[5:8] + struct.pack("<II", 1, 2047)
    return in_table(0, other + mine)


def with_gpt() -> bytes:
    """The same volume behind a protective partition table and a GUID Partition Table."""
    header = b"EFI PART" + bytes(64) + struct.pack("<QII", 2, 128, 128)
    row = b"\x01" * 16 + bytes(16) + struct.pack("<QQ", 2048, 9999)
    efi = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b") + bytes(16) + struct.pack("<QQ", 34, 2047)
    data = in_table(4, b"\xee")
    return patched(data, (512, header), (1024, efi.ljust(128, b"\0") + row))


def foreign(name: bytes, of: bytes = VALID) -> bytes:
    return patched(of, (3, name))


BROKEN = [
    ("FAT-001", second_partition(), []),
    ("FAT-002", foreign(b"EXFAT   "), []),
    ("FAT-002", foreign(b"NTFS    "), []),
    ("FAT-002", patched(PARTITIONED, (PARTITION + 3, b"EXFAT   ")), []),
    ("FAT-004", in_entry(11, b"\x22"), []),
    ("FAT-004", in_entry(11, b"\x24"), []),
    ("FAT-005", with_gpt(), []),
    ("FAT-006", in_table(4, b"\x07"), []),
    ("FAT-006", in_table(4, b"\x06"), []),
    ("FAT-006", patched(PARTITIONED, (PARTITION + 28, bytes(4))), ["FAT-015"]),  # hidden sectors; backup
    ("FAT-006", in_table(12, struct.pack("<I", 5)), []),
    ("FAT-007", VALID[:-512], []),
    ("FAT-008", in_entry(26, struct.pack("<H", 60_000)), ["FAT-011"]),
    ("FAT-008", chained(VALID, (TWO, 60_000)), ["FAT-011"]),
    ("FAT-009", chained(VALID, (TWO, 0)), ["FAT-011"]),
    ("FAT-009", chained(VALID, (TWO, END)), ["FAT-011"]),
    ("FAT-009", chained(VALID, (TWO, 0xFFF7)), ["FAT-011"]),
    ("FAT-009", chained(VALID, (TWO + 1, TWO)), ["FAT-011"]),
    ("FAT-009", chained(VALID, (ONE, TWO)), []),
    ("FAT-009", in_entry(28, struct.pack("<I", 500), IM2), ["FAT-011"]),
    ("FAT-009", chained(VALID, (cluster_of(VALID, "DICOM"), 0)), ["FAT-011"]),
    ("FAT-010", chained(VALID, (4000, END), both=False), ["FAT-011"]),
    ("FAT-011", chained(VALID, (4000, END)), []),
    # FSInfo and the backup tell of the clusters that there were.
    ("FAT-012", patched(VALID32, (32, struct.pack("<I", 60_000))), ["FAT-015", "FAT-015"]),
    ("FAT-013", in_entry(0, b"IM000002"), ["FAT-011"]),
    ("FAT-014", patched(VALID, (entry(VALID, IM1).offset - 64 + 26, b"\x77")), []),
    ("FAT-014", in_entry(0, b"X", "Viewer/Start here.html"), []),
    ("FAT-015", patched(VALID32, (512 + 488, b"\0\0\0\0")), []),
    ("FAT-015", patched(VALID32, (512, b"x")), []),
    ("FAT-015", patched(VALID32, (6 * 512 + 3, b"x")), []),
    ("FAT-015", patched(VALID32, (0, bytes(512))), []),
]  # fmt: skip


@pytest.mark.parametrize(("id", "data", "also"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_volume_yields_exactly_its_finding(id: str, data: bytes, also: list[str]) -> None:
    found = findings(data)
    assert sorted(each.rule for each in found) == sorted([id, *also])
    assert all(each.message and each.advice for each in found)


def test_a_good_volume_yields_nothing() -> None:
    for data in (VALID, VALID32, PARTITIONED, image(), image({}), image({}, FAT32)):
        assert findings(data) == []


def as_file_set(data: bytes, *dicom: str) -> FileSetView:
    """The volume as a File-set, of which these files are instances."""
    seen = view(data)
    one = instance(ct())
    files = {
        each.path: FileView(each.path, each.size, each.content, one if "/".join(each.path) in dicom else None)
        for each in seen.files
    }
    return FileSetView((seen,), files, (("DICOMDIR",),), ("DICOMDIR",), None, ())


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


def on(word: str) -> bytes:
    """A volume such as we write for a medium, but small and without other content."""
    medium = media()[word]
    parameters = replace(
        PARAMETERS, fat=medium.fat, partitioned=medium.partitioned, sector=medium.sector,
        clusters=medium.clusters,
    )  # fmt: skip
    return image({"DICOMDIR": b"D"}, parameters)


USB, CF, SD, MMC = "STD-GEN-USB-JPEG", "STD-GEN-CF-JPEG", "STD-GEN-SD-JPEG", "STD-GEN-MMC-JPEG"
MOD41, MOD23 = "STD-CTMR-MOD41", "STD-US-ID-MF-MOD23-90"


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
            "FAT-019", "In the boot sector the OEM name is b'mkfs.fat', where b'MSDOS4.0' is customary",
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
