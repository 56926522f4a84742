from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

import pytest

from mediakit.errors import CapacityError, InputError
from mediakit.formats import fat
from mediakit.formats.fat.geometry import CLUSTERS
from mediakit.formats.tree import VolumeFile, VolumeParameters, VolumeTree
from mediakit.model import BytesContent
from tests.fat import CREATED, FAT16, FAT32, FILES, PARAMETERS, PARTITION, image, layout

MIB, GIB = 1 << 20, 1 << 30
STICK = VolumeParameters("STICK", CREATED)
MOD41 = replace(STICK, fat=(12, 16), partitioned=False, clusters=(64, 128))
MOD23 = replace(STICK, fat=(12, 16), partitioned=False, sector=2048, clusters=(8, 16, 32, 64))


@dataclass(frozen=True)
class Claimed:
    """A content of any size that nobody opens."""

    size: int

    def open(self) -> BinaryIO:
        raise AssertionError


def of_sizes(*sizes: int) -> VolumeTree:
    return VolumeTree(tuple(VolumeFile(("DICOM", f"IM{n:06}"), Claimed(s)) for n, s in enumerate(sizes)))


def test_directories_come_first_then_files_in_the_order_of_the_tree() -> None:
    plan = layout(parameters=FAT32)
    assert [each.path for each in plan.directories] == [(), ("DICOM",), ("Viewer",), ("DICOM", "PA000001")]
    assert [(each.cluster, each.parent) for each in plan.directories] == [(2, 0), (3, 0), (4, 0), (5, 3)]
    assert plan.chains == ((2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 6), (13, 1), (14, 3), (17, 1))
    first = plan.geometry.offset(6)
    assert [each.offset for each in plan.files] == [
        first, first + 512, first + 7 * 512, first + 8 * 512, 0, first + 11 * 512
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("capacity", "parameters", "width", "cluster"),
    [
        (16 * MIB, STICK, 16, 2048),
        (64 * MIB, STICK, 16, 4096),
        (256 * MIB, STICK, 16, 4096),
        (1 * GIB, STICK, 32, 4096),
        (8 * GIB, STICK, 32, 4096),
        (16 * GIB, STICK, 32, 8192),
        (32 * GIB, STICK, 32, 16384),
        (128 * GIB, STICK, 32, 32768),
        (2 * GIB, replace(STICK, fat=(16,)), 16, 32768),
        (4_100_000_000, MOD41, 16, 65536),
        (2_300_000_000, MOD23, 16, 65536),
    ],
)
def test_what_is_usual_for_a_capacity(
    capacity: int, parameters: VolumeParameters, width: int, cluster: int
) -> None:
    plan = fat.plan(of_sizes(1, 2), replace(parameters, capacity=capacity))
    assert (plan.geometry.width, plan.geometry.cluster_size) == (width, cluster)
    assert plan.size == capacity // parameters.sector * parameters.sector
    assert plan.start * parameters.sector == (PARTITION if parameters.partitioned else 0)
    assert plan.sectors == plan.size // parameters.sector - plan.start
    assert plan.geometry.clusters in CLUSTERS[width]


@pytest.mark.parametrize("parameters", [STICK, MOD41, MOD23, FAT32])
@pytest.mark.parametrize("sizes", [(), (1,), (65536,) * 100, (999_999,) * 300, (2 * GIB - 1,)])
def test_the_smallest_volume_that_fits_is_full_or_the_least_of_its_kind(
    parameters: VolumeParameters, sizes: tuple[int, ...]
) -> None:
    plan = fat.plan(of_sizes(*sizes), parameters)
    geometry = plan.geometry
    assert geometry.clusters == max(plan.clusters_used, CLUSTERS[geometry.width].start)
    assert plan.size == (plan.start + geometry.sectors) * geometry.sector
    assert fat.plan(of_sizes(*sizes), replace(parameters, capacity=plan.size)).size == plan.size
    with pytest.raises(CapacityError) as caught:
        fat.plan(of_sizes(*sizes), replace(parameters, capacity=plan.size - geometry.sector))
    assert (caught.value.needed, caught.value.available) == (plan.size, plan.size - geometry.sector)


@pytest.mark.parametrize("width", [12, 16, 32])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_the_number_of_clusters_is_legal_on_both_sides_of_every_limit(width: int, beside: int) -> None:
    """Sectors for 4,084, 4,085, 65,524 and 65,525 clusters: never a volume that is taken for another kind."""
    for clusters in (4084, 4085, 65524, 65525):
        parameters = replace(PARAMETERS, fat=(width,), clusters=(1,))
        sectors = (1 if width != 32 else 32) + (32 if width != 32 else 0) + clusters
        sectors += 2 * -(-(clusters + 2) * width // 4096) + beside
        try:
            plan = fat.plan(of_sizes(1), replace(parameters, capacity=sectors * 512))
        except CapacityError:
            assert clusters + beside < CLUSTERS[width].start
            continue
        counted = plan.sectors - plan.geometry.data  # as a reader does
        assert counted == plan.geometry.clusters == min(clusters + beside, CLUSTERS[width].stop - 1)
        assert plan.size == sectors * 512


def test_two_gibibytes_of_fat16_take_the_usual_clusters() -> None:
    card = replace(STICK, fat=(16,), capacity=2 * GIB)
    plan = fat.plan(of_sizes(2 * GIB - 2 * MIB), card)
    assert (plan.geometry.cluster_size, plan.size) == (32768, 2 * GIB)
    # Unpartitioned, there is room for 65,527 of these clusters, which is no FAT16: three stay unused.
    whole = fat.plan(of_sizes(1), replace(card, partitioned=False))
    assert (whole.geometry.cluster_size, whole.geometry.clusters, whole.size) == (32768, 65524, 2 * GIB)


def test_a_card_larger_than_fat16_is_used_as_far_as_it_goes() -> None:
    plan = fat.plan(of_sizes(1), replace(STICK, fat=(16,), capacity=32 * GIB))
    assert plan.size == 32 * GIB
    assert plan.geometry.clusters == 65524
    assert plan.geometry.cluster_size == 65536
    with pytest.raises(CapacityError, match=r"The files have .* bytes; FAT16 does not hold that much"):
        fat.plan(of_sizes(4 * GIB - 1, 1 * GIB), replace(STICK, fat=(16,)))


def test_the_largest_file() -> None:
    assert fat.plan(of_sizes(4 * GIB - 1), STICK).files[0].content.size == 0xFFFFFFFF
    with pytest.raises(InputError, match=r"DICOM/IM000000 cannot be written: it has 4,294,967,296 bytes"):
        fat.plan(of_sizes(4 * GIB), STICK)


def test_512_entries_in_the_root_of_fat16() -> None:
    full = {f"IM{n:06}": b"" for n in range(511)}  # and the label
    assert layout(full, FAT16).geometry.width == 16
    more = full | {"IM000511": b""}
    with pytest.raises(InputError, match="would have 513 entries; that of FAT12 and FAT16 has 512"):
        layout(more, FAT16)
    assert layout(more, replace(FAT16, fat=(16, 32))).geometry.width == 32
    assert layout(more, replace(FAT16, volume_id="")).geometry.width == 16
    with pytest.raises(InputError, match="513 entries"):  # a long name takes two
        layout({f"IM{n:06}": b"" for n in range(510)} | {"readme": b""}, FAT16)


def test_65536_entries_in_a_directory() -> None:
    full = {f"D/{n:04}{'n' * 251}": b"" for n in range(3120)}  # 21 entries each
    full |= {f"D/IM{n:06}": b"" for n in range(14)}  # and the directory's own two
    assert layout(full, FAT32).directories[1].size == 2 * MIB
    with pytest.raises(InputError, match=r"D would have 65,537 entries; FAT holds 65,536\."):
        layout(full | {"D/X": b""}, FAT32)


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["A", "a"], "a cannot be written: this name is there already"),
        (["DICOM/A", "dicom/B"], "dicom cannot be written: this name is there already"),
        (["Größe", "GRÖSSE"], None),
        (["größe", "GRÖßE"], "this name is there already"),
        (["A", "a/B"], "a cannot be written: this name is there already"),
        (["a:b"], "the character ':' is not allowed"),
        (["A/"], "cannot be empty"),
    ],
)  # fmt: skip
def test_names_that_are_equal_or_cannot_be(paths: list[str], why: str | None) -> None:
    files = dict.fromkeys(paths, b"")
    if why is None:
        layout(files)
        return
    with pytest.raises(InputError, match=why):
        layout(files)


def test_a_file_without_a_path_is_refused() -> None:
    with pytest.raises(InputError, match="A file without a name cannot be written"):
        fat.plan(VolumeTree((VolumeFile((), BytesContent(b"")),)), PARAMETERS)


@pytest.mark.parametrize("year", [1979, 2108])
def test_a_year_that_fat_cannot_record(year: int) -> None:
    with pytest.raises(InputError, match=f"The year {year} cannot be recorded"):
        layout(FILES, replace(PARAMETERS, created=datetime(year, 1, 1, tzinfo=UTC)))


def test_a_label_that_cannot_be_written() -> None:
    with pytest.raises(InputError, match="The volume identifier 'a' cannot be written"):
        layout(FILES, replace(PARAMETERS, volume_id="a"))


def test_what_is_needed_of_a_large_medium_is_known_before() -> None:
    plan = layout(parameters=replace(PARAMETERS, capacity=MIB))
    assert plan.needed == plan.geometry.offset(2 + plan.clusters_used)
    out = io.BytesIO()
    fat.write(plan, out)
    assert out.getvalue()[plan.needed :] == bytes(plan.size - plan.needed)
    assert len(image()) == layout().needed
