from __future__ import annotations

import io
import struct
from dataclasses import replace

import pytest

from mediakit.formats import fat
from mediakit.formats.fat.volume import FatVolume
from mediakit.formats.scattered import ScatteredContent
from mediakit.formats.tree import VolumeParameters
from mediakit.model import BytesContent, SliceContent
from tests.fat import (
    FAT16,
    FAT32,
    FILES,
    PARAMETERS,
    PARTITION,
    chained,
    cluster_of,
    entry,
    image,
    kinds,
    layout,
    patched,
    view,
    volume,
)
from tests.faults import Faults, FaultyContent
from tests.iso9660 import contents

VALID, VALID32 = image(parameters=FAT16), image(parameters=FAT32)
PARTITIONED = image(parameters=replace(FAT16, partitioned=True))
IM2 = "DICOM/PA000001/IM000002"
TWO = cluster_of(VALID, IM2)


@pytest.mark.parametrize("parameters", [PARAMETERS, FAT16, FAT32])
@pytest.mark.parametrize("partitioned", [False, True])
def test_what_was_planned_is_found_at_its_place(parameters: VolumeParameters, partitioned: bool) -> None:
    made = replace(parameters, partitioned=partitioned)
    seen = view(image(parameters=made))
    planned = {file.path: (file.offset, file.content.size) for file in layout(parameters=made).files}
    assert {
        file.path: (file.content.offset, file.content.size)
        for file in seen.files
        if isinstance(file.content, SliceContent)
    } == planned
    assert contents(seen) == FILES
    assert isinstance(seen.facts, FatVolume)
    assert (seen.facts.label, seen.facts.deleted, seen.anomalies) == (b"PATIENT_123", 0, ())


def test_a_chain_that_leads_backwards() -> None:
    swapped = chained(VALID, (TWO, TWO + 2), (TWO + 2, TWO + 1), (TWO + 1, 0xFFFF))
    at = volume(VALID).geometry
    assert at
    first, second = at.offset(TWO + 1), at.offset(TWO + 2)
    swapped = patched(swapped, (first, VALID[second : second + 512]), (second, VALID[first : first + 512]))
    seen = view(swapped)
    assert seen.anomalies == ()
    assert contents(seen)[IM2] == FILES[IM2]
    content = next(file.content for file in seen.files if file.path[-1] == "IM000002")
    assert isinstance(content, ScatteredContent)
    assert [size for _, size in content.runs] == [512, 512, 512]


def test_a_content_in_pieces_reads_and_seeks_like_a_file() -> None:
    content = ScatteredContent(BytesContent(b"0123456789"), ((7, 3), (0, 2), (4, 3)), 7)
    with content.open() as stream:
        assert stream.read() == b"7890145"
        for start in range(9):
            stream.seek(start)
            assert stream.read(3) == b"7890145"[start : start + 3]
        assert stream.seek(-2, io.SEEK_END) == 5
        assert stream.read() == b"45"
    with ScatteredContent(BytesContent(b"01"), ((0, 2), (9, 3)), 5).open() as stream:
        assert stream.read() == b"01"  # the medium ends early


def test_a_damaged_boot_sector_is_replaced_by_its_copy() -> None:
    seen = view(patched(VALID32, (0, bytes(512))))
    assert contents(seen) == FILES
    assert kinds(patched(VALID32, (0, bytes(512)))) == ["backup"]


@pytest.mark.parametrize("sector", [2048, 4096])
def test_a_partition_table_in_larger_sectors(sector: int) -> None:
    entry_of = struct.pack("<I", PARTITION // sector)
    data = patched(PARTITIONED, (446 + 8, entry_of))
    assert contents(view(data)) == FILES
    assert kinds(data) == ["table"]


def test_a_boot_sector_wins_over_what_looks_like_a_partition_table() -> None:
    data = patched(VALID, (446, PARTITIONED[446:510]))
    assert volume(data).partition == 0
    assert contents(view(data)) == FILES


def test_other_systems_are_named() -> None:
    for name, kind in ((b"EXFAT   ", "exFAT"), (b"NTFS    ", "NTFS"), (b"-FVE-FS-", "BitLocker")):
        data = patched(VALID, (3, name))
        evidence = fat.detect(BytesContent(data))
        assert evidence and evidence.text == f"{kind} boot sector in sector 0"
        assert (view(data).files, volume(data).kind) == ((), kind)


def test_an_efi_partition_does_not_make_a_disc_a_stick() -> None:
    assert fat.detect(BytesContent(patched(PARTITIONED, (450, b"\xef")))) is None


def test_the_active_fat_is_read_where_they_are_not_mirrored() -> None:
    data = patched(VALID32, (40, b"\x81\0"), (6 * 512 + 40, b"\x81\0"))
    broken = patched(data, (32 * 512, bytes(512)))  # the first FAT, which nobody keeps up to date
    assert (contents(view(broken)), kinds(broken)) == (FILES, [])


def test_the_upper_bits_of_fat32_entries_do_not_count() -> None:
    data = chained(VALID32, (cluster_of(VALID32, IM2), 0xF0000000 | cluster_of(VALID32, IM2) + 1))
    assert (contents(view(data)), kinds(data)) == (FILES, [])


def test_deleted_entries_are_counted_and_not_listed() -> None:
    data = patched(VALID, (entry(VALID, "DICOM/EMPTY").offset, b"\xe5"))
    assert volume(data).deleted == 1
    assert "DICOM/EMPTY" not in contents(view(data))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (chained(VALID, (TWO + 2, TWO)), "loop"),
        (chained(VALID, (TWO, TWO)), "loop"),
        (chained(VALID, (TWO, 1)), "broken"),
        (chained(VALID, (TWO, 0xFFFF)), "broken"),
        (chained(VALID, (TWO, 50_000)), "outside"),
        (patched(VALID, (entry(VALID, IM2).offset + 26, b"\0\0")), "broken"),
    ],
)
def test_a_file_that_is_not_all_there_has_no_content(data: bytes, kind: str) -> None:
    assert kinds(data)[0] == kind
    expected: dict[str, bytes | None] = dict(FILES)
    # A chain that comes back after the last byte has all of them.
    expected[IM2] = None if data != chained(VALID, (TWO + 2, TWO)) else FILES[IM2]
    assert contents(view(data)) == expected


def test_a_directory_that_leads_to_itself_or_the_root() -> None:
    folder = cluster_of(VALID32, "DICOM")
    own = patched(VALID32, (entry(VALID32, "DICOM/PA000001").offset + 26, struct.pack("<H", folder)))
    assert "loop" in kinds(own)
    root = patched(VALID32, (entry(VALID32, "DICOM").offset + 26, b"\2\0"))
    assert "loop" in kinds(root)
    assert len(view(root).files) == 3  # README, DICOMDIR, and what is in the viewer's folder


def test_a_fat_too_small_for_its_clusters() -> None:
    data = patched(VALID, (22, b"\1\0"))
    assert kinds(data)[0] == "boot"


def test_sectors_that_cannot_be_read_are_noted() -> None:
    geometry = volume(VALID).geometry
    assert geometry
    at = geometry.offset(cluster_of(VALID, "DICOM/PA000001"))
    seen = fat.open(FaultyContent(BytesContent(VALID), Faults(bad=range(at, at + 512))))
    assert [(each.kind, each.detail, each.offset) for each in seen.anomalies][:1] == [
        ("unreadable", "Input/output error", at)
    ]
    assert len(seen.files) == 4
