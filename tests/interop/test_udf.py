"""UDF both ways: other programs read what we write, and we read what they write."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pycdlib
import pytest

from mediakit.formats import bridge, read_medium, udf
from mediakit.formats.udf.volume import UdfVolume
from mediakit.model import FileContent
from tests.iso9660 import contents
from tests.kernel import mount_and_fill, mount_and_hash
from tests.tools import run
from tests.trees import hashed, make_folder, on_disk, three_thousand, volume_tree
from tests.udf import PARAMETERS, REVISIONS

RANDOM = random.Random(102)
FOREIGN = {
    "README.TXT": b"Read me.\r\n",
    "EMPTY": b"",
    "Folder/Größe 日本": RANDOM.randbytes(70_000),
    "Folder/pieces": RANDOM.randbytes(123_456),
    "Folder/with a hole": RANDOM.randbytes(20_000) + bytes(400_000) + b"end",
    "a/b/c/d/e/f/g/h/deep": b"x" * 100,
    **{f"many/file{n}": b"%d" % n for n in range(300)},
}
"""What the kernel and genisoimage write for us: long names, files in pieces, a hole, a large directory."""

LONG = {"Viewer/Größe 日本.exe": RANDOM.randbytes(5000), "VIEWER.DAT": b"d" * 3000, "NOTHING": b""}
FILES = three_thousand() | LONG


@pytest.fixture(scope="module", params=REVISIONS)
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 3,000 files, and some with long names, in a volume of each revision."""
    path = tmp_path_factory.mktemp("udf") / f"{request.param}.udf"
    planned = udf.plan(volume_tree(FILES), replace(PARAMETERS, udf=request.param))
    with path.open("wb") as out:
        assert udf.write(planned, out).size == planned.size
    return path


def test_the_kernel_reads_all_of_it(ours: Path) -> None:
    assert mount_and_hash(ours, "udf", options="iocharset=utf8") == hashed(FILES)


def test_7_zip_extracts_the_same(ours: Path, tmp_path: Path) -> None:
    said = run("7zz", "x", f"-o{tmp_path / 'out'}", ours)
    assert "Everything is Ok" in said.stdout
    assert "arning" not in said.stdout + said.stderr
    assert on_disk(tmp_path / "out") == FILES


def test_udfinfo_finds_nothing_odd(ours: Path) -> None:
    said = run("udfinfo", ours)
    assert said.stderr == ""
    found = dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line)
    revision = ours.stem
    assert (found["udfrev"], found["udfwriterev"]) == ("2.50" if revision == "2.60" else revision, revision)
    assert (found["numfiles"], found["integrity"], found["label"]) == ("3003", "closed", "DVD1")
    assert found["accesstype"] == ("pseudo-overwritable" if revision == "2.60" else "readonly")
    assert (found["organization"], found["appid"]) == ("Städtische Klinik", "*MEDIAKIT 0.1.0")
    assert int(found["blocksize"]) * int(found["blocks"]) == ours.stat().st_size


def test_we_read_it_back(ours: Path) -> None:
    (view,) = read_medium(ours)
    assert contents(view) == FILES
    assert view.anomalies == ()


@pytest.mark.parametrize("revision", REVISIONS)
def test_long_names_and_an_empty_file_alone(revision: str, tmp_path: Path) -> None:
    for number, files in enumerate((LONG, {"EMPTY": b""}, {"A": b"1"})):
        image = tmp_path / f"{number}.udf"
        with image.open("wb") as out:
            udf.write(udf.plan(volume_tree(files), replace(PARAMETERS, udf=revision)), out)
        run("7zz", "x", f"-o{tmp_path / str(number)}", image)
        assert on_disk(tmp_path / str(number)) == files


@pytest.fixture(scope="module")
def bridged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bridge") / "bridge.iso"
    with path.open("wb") as out:
        bridge.write(bridge.plan(volume_tree(FILES), PARAMETERS), out)
    return path


@pytest.mark.parametrize("fstype", ["iso9660", "udf"])
def test_the_kernel_reads_both_sides_of_a_bridge(bridged: Path, fstype: str) -> None:
    assert mount_and_hash(bridged, fstype, options="iocharset=utf8") == hashed(FILES)


@pytest.mark.parametrize("side", ["iso", "udf"])
def test_7_zip_extracts_both_sides_of_a_bridge(bridged: Path, side: str, tmp_path: Path) -> None:
    run("7zz", "x", f"-t{side}", f"-o{tmp_path / side}", bridged)
    assert on_disk(tmp_path / side) == FILES


def test_xorriso_finds_every_block_of_a_bridge_readable(bridged: Path) -> None:
    said = run("xorriso", "-indev", bridged, "-check_media", "--")
    assert f"{bridged.stat().st_size // 2048} , + good" in said.stdout + said.stderr


def test_pycdlib_reads_the_udf_side_of_a_bridge(tmp_path: Path) -> None:
    files = {name: data for name, data in three_thousand().items() if name.startswith(("EDGES", "DICOMDIR"))}
    out = io.BytesIO()
    bridge.write(bridge.plan(volume_tree(files), PARAMETERS), out)
    iso = pycdlib.PyCdlib()
    iso.open_fp(out)
    for name, data in files.items():
        found = io.BytesIO()
        iso.get_file_from_iso_fp(found, udf_path=f"/{name}")
        assert found.getvalue() == data
    iso.close()


@pytest.mark.parametrize(
    "arguments",
    [
        "--media-type=hd --blocksize=512 --udfrev=1.02 --ad=short",
        "--media-type=hd --blocksize=4096 --udfrev=2.01",
        "--media-type=dvdram --udfrev=1.50 --ad=long",
        "--media-type=dvdram --udfrev=2.00",
        "--media-type=cdrw --udfrev=2.01",
    ],
)
def test_we_read_what_mkudffs_and_the_kernel_write(arguments: str, tmp_path: Path) -> None:
    image = tmp_path / "image.udf"
    with image.open("wb") as out:
        out.truncate(8 << 20)
    run("mkudffs", *arguments.split(), image)
    source = make_folder(tmp_path / "source", FOREIGN)
    assert mount_and_fill(image, "udf", source, "iocharset=utf8") == hashed(FOREIGN)
    (view,) = read_medium(image)
    assert contents(view) == FOREIGN
    assert view.anomalies == ()


@pytest.mark.parametrize("revision", ["1.50", "2.00", "2.01", "2.50", "2.60"])
def test_we_read_a_disc_with_a_virtual_allocation_table(revision: str, tmp_path: Path) -> None:
    image = tmp_path / "image.udf"
    with image.open("wb") as out:
        out.truncate(8 << 20)
    run("mkudffs", "--media-type=cdr", f"--udfrev={revision}", image)
    # A disc ends where the last block was written.
    data = image.read_bytes().rstrip(b"\0")
    image.write_bytes(data + bytes(-len(data) % 2048))
    view = udf.open(FileContent.of(image))
    assert isinstance(view.facts, UdfVolume)
    assert "virtual" in view.facts.maps
    assert (len(view.facts.file_sets), view.files, view.anomalies) == (1, (), ())


@pytest.mark.parametrize("strategy", ["4", "4096"])
def test_we_read_both_strategies_of_an_icb(strategy: str, tmp_path: Path) -> None:
    image = tmp_path / "image.udf"
    with image.open("wb") as out:
        out.truncate(8 << 20)
    run("mkudffs", "--media-type=dvdram", f"--strategy={strategy}", image)
    view = udf.open(FileContent.of(image))
    assert (view.files, view.anomalies) == ((), ())


def test_we_read_what_genisoimage_writes(tmp_path: Path) -> None:
    files = {name: data for name, data in FOREIGN.items() if "日" not in name and "deep" not in name}
    source = make_folder(tmp_path / "source", files)
    image = tmp_path / "image.iso"
    run("genisoimage", "-quiet", "-R", "-udf", "-input-charset", "utf-8", "-o", image, source)
    _, view = read_medium(image)
    assert view.evidence.id == "udf"
    assert contents(view) == files
    assert view.anomalies == ()
