from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from mediakit.formats import fat
from mediakit.formats.fat.structs import BootSector, FsInfo, Partition
from mediakit.formats.tree import VolumeParameters
from tests.fat import FAT16, FAT32, FILES, PARAMETERS, PARTITION, image, layout

GOLDEN = "2af222e87525d38b4f2b26af01427a7cdaab73cc722e1a9be4e963252180b26f"
"""SHA-256 of the small volume. It changes only when the bytes of every medium we write change."""

GOLDEN_FAT32 = "110c7759954a7863094a6424ab1a4ed0cb1f1c04c8d624227e825d962885e515"
"""The same of a partitioned FAT32."""

ANNOTATED = """
0000  eb 00 90 4d 53 44 4f 53 34 2e 30 00 02 01 01 00  jump, MSDOS4.0, 512 bytes, 1 in a cluster, 1 reserved
0010  02 00 02 00 00 f8 01 00 3f 00 ff 00 00 00 00 00  2 FATs, 512 entries, F8H, 1 sector, 63 x 255, 0 hidden
0020  27 00 00 00 00 00 29 ef cd ab 89 50 41 54 49 45  39 sectors, drive 0, 29H, the serial number, label
0030  4e 54 5f 31 32 33 46 41 54 31 32 20 20 20 00 00  FAT12
01f0  00 00 00 00 00 00 00 00 00 00 00 00 00 00 55 aa  signature
0200  f8 ff ff ff ff ff 05 f0 ff 00 00 00 00 00 00 00  FAT: 2 ends, 3 ends, 4 leads to 5, which ends
0400  f8 ff ff ff ff ff 05 f0 ff 00 00 00 00 00 00 00  its copy
0600  50 41 54 49 45 4e 54 5f 31 32 33 08 00 bd c3 28  PATIENT_123, the label; 05:06:07.89
0610  64 5c 64 5c 00 00 c3 28 64 5c 00 00 00 00 00 00  2026-03-04 three times
0620  52 45 41 44 4d 45 20 20 54 58 54 20 00 bd c3 28  README.TXT, a file
0630  64 5c 64 5c 00 00 c3 28 64 5c 03 00 0a 00 00 00  in cluster 3, 10 bytes
0640  44 20 20 20 20 20 20 20 20 20 20 10 00 bd c3 28  D, a directory
0650  64 5c 64 5c 00 00 c3 28 64 5c 02 00 00 00 00 00  in cluster 2, without a size
4600  2e 20 20 20 20 20 20 20 20 20 20 10 00 bd c3 28  . of D
4610  64 5c 64 5c 00 00 c3 28 64 5c 02 00 00 00 00 00  in cluster 2
4620  2e 2e 20 20 20 20 20 20 20 20 20 10 00 bd c3 28  .. of D
4630  64 5c 64 5c 00 00 c3 28 64 5c 00 00 00 00 00 00  the root
4640  41 61 00 20 00 62 00 00 00 ff ff 0f 00 0f ff ff  part 1, the last, of the long name "a b"
4650  ff ff ff ff ff ff ff ff ff ff 00 00 ff ff ff ff
4660  41 42 7e 31 20 20 20 20 20 20 20 20 00 bd c3 28  AB~1, its alias
4670  64 5c 64 5c 00 00 c3 28 64 5c 04 00 58 02 00 00  in cluster 4, 600 bytes
4800  52 65 61 64 20 6d 65 2e 0d 0a 00 00 00 00 00 00  the content of README.TXT
"""


def test_golden_images() -> None:
    assert hashlib.sha256(image()).hexdigest() == GOLDEN
    partitioned = replace(FAT32, partitioned=True)
    assert hashlib.sha256(image(parameters=partitioned)).hexdigest() == GOLDEN_FAT32


def test_a_small_volume_byte_by_byte() -> None:
    data = image({"README.TXT": b"Read me.\r\n", "D/a b": b"x" * 600})
    expected = bytearray(39 * 512)
    for row in ANNOTATED.strip().splitlines():
        at = int(row[:4], 16)
        expected[at : at + 16] = bytes.fromhex(row[6:53])
    expected[0x4A00 : 0x4A00 + 600] = b"x" * 600
    assert data == expected


def test_dates_are_local_to_the_zone_of_the_job() -> None:
    utc = replace(PARAMETERS, created=PARAMETERS.created.astimezone(UTC))
    assert image(parameters=utc)[0x60E:0x610] == ((8 << 11) | (36 << 5) | 3).to_bytes(2, "little")


def test_what_fat32_has_beside_the_boot_sector() -> None:
    data = image(parameters=FAT32)
    plan = layout(parameters=FAT32)
    boot = BootSector.parse(data[:512])
    assert boot.fat32
    assert (boot.fat32.root_cluster, boot.fat32.fs_info, boot.fat32.backup_boot_sector) == (2, 1, 6)
    assert (boot.root_entries, boot.fat_size_16, boot.total_sectors_16) == (0, 0, 0)
    assert boot.reserved_sectors == 32
    assert data[6 * 512 : 7 * 512] == data[:512]
    assert data[7 * 512 : 8 * 512] == data[512:1024]
    assert FsInfo.parse(data[512:1024]) == (65525 - plan.clusters_used, 2 + plan.clusters_used)


def test_a_full_fat32_has_no_next_free_cluster() -> None:
    data = image({"BIG": bytes(65524 * 512)}, FAT32)  # and the root directory
    assert FsInfo.parse(data[512:1024]) == (0, 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("parameters", "capacity", "type"),
    [(PARAMETERS, 0, 0x01), (FAT16, 0, 0x04), (FAT16, 64 << 20, 0x0E), (FAT32, 0, 0x0C)],
)
def test_the_master_boot_record(parameters: VolumeParameters, capacity: int, type: int) -> None:
    made = replace(parameters, partitioned=True, capacity=capacity)
    plan, data = layout(parameters=made), image(parameters=made)
    assert data[440:446] == bytes.fromhex("67452301 0000")  # the upper half of `unique`
    first, *others = Partition.parse_table(data)
    assert others == [Partition(0, bytes(3), 0, bytes(3), 0, 0)] * 3
    assert (first.status, first.type, first.start, first.sectors) == (0, type, 2048, plan.sectors)
    assert first.first_chs == bytes((32, 33, 0))  # 2048 = 32 tracks of 63 sectors and 32
    assert data[510:512] == b"\x55\xaa"
    assert data[512:PARTITION] == bytes(PARTITION - 512)
    boot = BootSector.parse(data[PARTITION:])
    assert (boot.hidden_sectors, boot.total_sectors) == (2048, plan.sectors)
    assert len(data) == PARTITION + plan.sectors * 512


def test_each_gives_the_digest_of_every_file() -> None:
    out = io.BytesIO()
    written = fat.write(layout(), out, each=True)
    assert written.files == tuple(hashlib.sha256(data).hexdigest() for data in FILES.values())
    assert written.sha256 == hashlib.sha256(out.getvalue()).hexdigest()


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="needs to see what a file occupies")
def test_a_large_medium_takes_no_more_room_than_its_files(tmp_path: Path) -> None:
    plan = layout(parameters=replace(FAT32, capacity=64 << 20, partitioned=True))
    with (tmp_path / "image").open("wb", buffering=0) as out:
        written = fat.write(plan, out)
    found = (tmp_path / "image").stat()
    assert written.size == found.st_size == 64 << 20
    assert found.st_blocks * 512 < 4 << 20
    with (tmp_path / "image").open("rb") as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == written.sha256
