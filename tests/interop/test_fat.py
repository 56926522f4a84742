"""FAT both ways: other programs and a kernel read what we write, and we read what they write."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mediakit.errors import CapacityError
from mediakit.formats import fat, read_medium
from mediakit.formats.fat.volume import FatVolume
from mediakit.formats.scattered import ScatteredContent
from mediakit.formats.tree import MediumView, VolumeParameters
from tests.fat import CREATED
from tests.iso9660 import contents
from tests.kernel import mount_and_hash
from tests.sleuthkit import read_all
from tests.tools import run
from tests.trees import hashed, make_folder, on_disk, three_thousand, volume_tree

STICK = VolumeParameters("PATIENT_1", CREATED, unique=0x89ABCDEF)
KINDS = {
    f"FAT{width}{' partitioned' if partitioned else ''}": replace(
        STICK, fat=(width,), partitioned=partitioned
    )
    for width in (12, 16, 32)
    for partitioned in (False, True)
} | {
    "FAT16 of 2 GiB": replace(STICK, fat=(16,), capacity=2 << 30),
    "FAT32 of 4 GB": replace(STICK, fat=(32,), capacity=4_000_000_000),
}
OFFLINE = bool(os.environ.get("MEDIAKIT_OFFLINE"))
"""Whether there is time for what takes minutes: `MEDIAKIT_OFFLINE=1 python -m pytest tests/interop`."""

if OFFLINE:
    KINDS["FAT32 of 128 GB"] = replace(STICK, fat=(32,), capacity=128_000_000_000)
LONG = {"Viewer/Read me first.html": b"<html>", "Viewer/Über uns/größe.txt": b"x", "Viewer/.config": b""}


@dataclass(frozen=True)
class Image:
    """An image that we wrote, where its volume begins, and what is in it."""

    path: Path
    start: int
    files: Mapping[str, bytes]

    @property
    def volume(self) -> Path:
        """The volume alone, for programs that know no partitions."""
        if not self.start:
            return self.path
        alone = self.path.with_suffix(".volume")
        if not alone.exists():
            with self.path.open("rb") as source, alone.open("wb") as target:
                source.seek(self.start)
                while block := source.read(1 << 20):
                    target.write(block)
        return alone


@pytest.fixture(scope="module", params=list(KINDS), ids=list(KINDS))
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image:
    files = three_thousand() | LONG
    plan = fat.plan(volume_tree(files), KINDS[request.param])
    path = tmp_path_factory.mktemp("fat") / "ours.img"
    with path.open("wb", buffering=0) as out:
        fat.write(plan, out)
    return Image(path, plan.start * 512, files)


def is_small(image: Image) -> bool:
    """Whether every program gets through the image in little time."""
    return image.path.stat().st_size < 1 << 30


def test_fsck_is_silent(ours: Image) -> None:
    if ours.start and not is_small(ours):
        pytest.skip("a volume inside a large image; the kernel reads it")
    said = run("fsck.fat", "-n", ours.volume)
    assert said.stderr == ""
    assert re.fullmatch(r"fsck\.fat .*\n.*: \d+ files, \d+/\d+ clusters\n", said.stdout), said.stdout


def test_mtools_extracts_the_same_without_skipping_its_checks(ours: Image, tmp_path: Path) -> None:
    drive = f"{ours.path}@@{ours.start}"
    listed = run("mdir", "-i", drive, "::/").stdout
    assert "PATIENT_1" in listed
    assert "89AB-CDEF" in listed
    run("mcopy", "-s", "-Q", "-n", "-i", drive, "::/", tmp_path)
    assert on_disk(tmp_path) == ours.files


def test_7_zip_extracts_the_same(ours: Image, tmp_path: Path) -> None:
    if not is_small(ours):
        pytest.skip("7-Zip reads what it does not need of a large image")
    said = run("7zz", "x", "-tfat", f"-o{tmp_path}", ours.volume)
    assert "Everything is Ok" in said.stdout
    assert on_disk(tmp_path) == ours.files


def test_the_sleuth_kit_reads_the_same(ours: Image) -> None:
    if ours.start:
        assert re.search(r"000:000\s+0000002048\s", run("mmls", ours.path).stdout)
    assert read_all(ours.path, ours.start) == hashed(dict(ours.files))


def test_pyfatfs_reads_the_same(ours: Image) -> None:
    if not is_small(ours):
        pytest.skip("pyfatfs holds the whole FAT as Python's numbers")
    program = str(Path(__file__).with_name("with_pyfatfs.py"))
    found = json.loads(run(sys.executable, "-W", "ignore", program, ours.path, str(ours.start)).stdout)
    assert {name: tuple(each) for name, each in found.items()} == hashed(dict(ours.files))


def test_a_kernel_reads_the_same(ours: Image) -> None:
    partition = 1 if ours.start else None
    assert mount_and_hash(ours.path, "vfat", partition, "utf8") == hashed(dict(ours.files))


def test_we_read_the_same(ours: Image) -> None:
    (view,) = read_medium(ours.path)
    assert contents(view) == ours.files
    assert view.anomalies == ()


@pytest.mark.parametrize("medium", ["mod41", "mod23"])
def test_mo_disks(medium: str, tmp_path: Path) -> None:
    from mediakit.profile.load import media

    disk = media()[medium]
    parameters = replace(
        STICK, fat=disk.fat, partitioned=False, sector=disk.sector, clusters=disk.clusters,
        capacity=disk.capacity,
    )  # fmt: skip
    path, files = tmp_path / "mo.img", three_thousand()
    with path.open("wb", buffering=0) as out:
        fat.write(fat.plan(volume_tree(files), parameters), out)
    assert re.fullmatch(r"fsck\.fat .*\n.* files, .* clusters\n", run("fsck.fat", "-n", path).stdout)
    assert mount_and_hash(path, "vfat") == hashed(files)
    assert read_all(path) == hashed(files)
    run("mcopy", "-s", "-Q", "-n", "-i", path, "::/", make_folder(tmp_path / "out", {}))
    assert on_disk(tmp_path / "out") == files
    (view,) = read_medium(path)
    assert contents(view) == files


def written_by_mtools(path: Path, width: int, folder: Path) -> None:
    """A volume on which files were deleted and added: chains are in pieces, out of order."""
    size, cluster = {12: (8192, 4), 16: (40_000, 2), 32: (80_000, 1)}[width]
    run("mkfs.vfat", "-F", str(width), "-s", str(cluster), "-C", path, str(size))
    run("mcopy", "-s", "-i", path, folder / "DICOM", "::")
    again = [f"DICOM/IM{n}" for n in (30, 3, 11, 20)]
    run("mdel", "-i", path, *(f"::{name}" for name in again))
    if width == 32:  # it remembers where it stopped and would go on from there
        with path.open("r+b") as stream:
            stream.seek(512 + 492)
            stream.write((2).to_bytes(4, "little"))
    run("mcopy", "-s", "-i", path, folder / "viewer", "::")
    run("mcopy", "-i", path, *(folder / name for name in again), "::DICOM")
    assert run("fsck.fat", "-n", path).stderr == ""


@pytest.mark.parametrize("width", [12, 16, 32])
def test_we_read_what_mtools_writes(width: int, tmp_path: Path) -> None:
    generator = [name for name in three_thousand() if name.startswith("DICOM/")][:40]
    files = {f"DICOM/IM{n}": three_thousand()[name] * 5 for n, name in enumerate(generator)}
    files |= {"viewer/Read me first.html": b"x" * 9000, "viewer/lower.txt": b"y", "viewer/Größe": b"z"}
    path = tmp_path / "foreign.img"
    written_by_mtools(path, width, make_folder(tmp_path / "in", files))
    (view,) = read_medium(path)
    assert view.anomalies == ()
    # A name in one case has no long name, but bits that say how it is shown; it is read as recorded.
    assert {name.lower(): data for name, data in contents(view).items()} == {
        name.lower(): data for name, data in files.items()
    }
    assert isinstance(view.facts, FatVolume)
    assert view.facts.kind == f"FAT{width}"
    runs = [file.content.runs for file in view.files if isinstance(file.content, ScatteredContent)]
    assert any(len(file) > 1 for file in runs)
    order = ["/".join(file.path)[-4:] for file in view.files if file.path[0] == "DICOM"]
    assert order.index("IM30") < order.index("IM20")  # later on the medium than in the directory


@pytest.mark.parametrize("width", [12, 16, 32])
def test_we_read_a_chain_that_mtools_leads_backwards(width: int, tmp_path: Path) -> None:
    """What is written over gets its place anew: the last two clusters, and then the first free ones."""
    size, sectors = {12: (2000, 1), 16: (4000, 1), 32: (36_000, 1)}[width]
    path, cluster = tmp_path / "foreign.img", sectors * 512
    run("mkfs.vfat", "-F", str(width), "-s", str(sectors), "-C", path, str(size))
    old = make_folder(tmp_path / "old", {"BACK": b"o" * 9 * cluster, "KEPT": b"k" * 100})
    run("mcopy", "-i", path, *sorted(old.iterdir()), "::")
    used, total = map(int, re.search(r"(\d+)/(\d+) clusters", run("fsck.fat", "-n", path).stdout).groups())
    new = {
        "FILLER": bytes(range(256)) * 2 * sectors * (total - used - 2),
        "BACK": os.urandom(9 * cluster - 7),
    }
    folder = make_folder(tmp_path / "new", new)
    run("mcopy", "-o", "-i", path, folder / "FILLER", folder / "BACK", "::")
    assert run("fsck.fat", "-n", path).stderr == ""
    (view,) = read_medium(path)
    assert (contents(view), view.anomalies) == (new | {"KEPT": b"k" * 100}, ())
    (back,) = (file.content for file in view.files if file.path == ("BACK",))
    assert isinstance(back, ScatteredContent)
    (first, first_size), (second, second_size) = back.runs
    assert (first_size, second_size) == (2 * cluster, 7 * cluster)
    assert second < first


@pytest.mark.parametrize(("width", "clusters"), [(12, 4084), (16, 4085), (16, 65_524), (32, 65_525)])
def test_others_take_a_full_volume_for_the_kind_that_it_is(width: int, clusters: int, tmp_path: Path) -> None:
    """One cluster more or less than another kind of FAT has; there is no room for one byte more."""
    parameters = replace(STICK, fat=(width,), clusters=(1,), partitioned=False)
    reserved, root = (32, 0) if width == 32 else (1, 32)
    parameters = replace(
        parameters, capacity=512 * (reserved + root + 2 * -(-(clusters + 2) * width // 4096) + clusters)
    )
    room = clusters - (2 if width == 32 else 1)  # the folder, and the root where it is one
    files = {"DICOM/IM1": b"1" * 512, "DICOM/IM2": b"2" * 512 * (room - 1)}
    plan = fat.plan(volume_tree(files), parameters)
    assert (plan.geometry.clusters, plan.clusters_used) == (clusters, clusters)
    with pytest.raises(CapacityError):
        fat.plan(volume_tree(files | {"DICOM/IM1": b"1" * 513}), parameters)
    path = tmp_path / "full.img"
    with path.open("wb", buffering=0) as out:
        fat.write(plan, out)
    assert f"{clusters}/{clusters} clusters" in run("fsck.fat", "-n", path).stdout
    assert f'disk type="FAT{width}' in run("minfo", "-i", path, "::").stdout
    assert read_all(path) == mount_and_hash(path, "vfat") == hashed(files)
    (view,) = read_medium(path)
    assert isinstance(view.facts, FatVolume)
    assert (view.facts.kind, contents(view)) == (f"FAT{width}", files)


@pytest.mark.parametrize("width", [12, 16])
def test_others_read_a_root_of_512_entries(width: int, tmp_path: Path) -> None:
    files = {f"IM{n:06}": b"%d" % n for n in range(511)}  # and the label
    path = tmp_path / "full.img"
    with path.open("wb", buffering=0) as out:
        fat.write(fat.plan(volume_tree(files), replace(STICK, fat=(width,), partitioned=False)), out)
    assert re.search(r": 512 files, |: 511 files, ", run("fsck.fat", "-n", path).stdout)
    assert read_all(path) == mount_and_hash(path, "vfat") == hashed(files)


@pytest.mark.parametrize("width", [12, 16, 32])
def test_we_read_what_mkfs_writes_into_an_empty_volume(width: int, tmp_path: Path) -> None:
    path = tmp_path / "empty.img"
    run(
        "mkfs.vfat",
        "-F",
        str(width),
        "-n",
        "LABEL",
        "-C",
        path,
        {12: "4000", 16: "40000", 32: "80000"}[width],
    )
    (view,) = read_medium(path)
    assert (view.files, view.anomalies) == ((), ())
    assert label(view) == b"LABEL      "


def label(view: MediumView) -> bytes | None:
    assert isinstance(view.facts, FatVolume)
    return view.facts.label
