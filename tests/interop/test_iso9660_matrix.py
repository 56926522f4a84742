"""ISO 9660 with 3,000 files, long names, sessions and raw sectors, against other programs and a kernel."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from mediakit.formats import iso9660, read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.formats.tree import MediumView
from tests.iso9660 import PARAMETERS, contents, raw_sectors
from tests.kernel import mount_and_hash
from tests.tools import run, run_bytes
from tests.trees import DEEPEST, hashed, make_folder, on_disk, three_thousand, volume_tree

LONG = {
    "Viewer/Start the viewer.exe": b"MZ" * 4000,
    "Viewer/Größe und Länge.html": b"<p>",
    "Viewer/文書.txt": b"text",
    "Viewer/lib/" + "x" * 60 + ".dll": b"x" * 2049,
    "Viewer/lib/A.B.C": b"",
    "Viewer/lib/a.b.d": b"other",
}
FILES = three_thousand()
MORE = FILES | LONG
JOLIET = "norock,iocharset=utf8"
PRIMARY = "norock,nojoliet,map=off"


def written(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "ours.iso"
    out = io.BytesIO()
    iso9660.write(iso9660.plan(volume_tree(files), PARAMETERS), out)
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("short"), FILES)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("long"), MORE)


def recorded(files: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """The kernel's names without delimiters and version number."""
    return {name.removesuffix(";1").removesuffix("."): found for name, found in files.items()}


def test_a_kernel_reads_every_file(short: Path) -> None:
    assert recorded(mount_and_hash(short, "iso9660", options=PRIMARY)) == hashed(FILES)


@pytest.mark.parametrize("options", ["iocharset=utf8", JOLIET], ids=["Rock Ridge", "Joliet"])
def test_a_kernel_reads_every_long_name(long: Path, options: str) -> None:
    assert mount_and_hash(long, "iso9660", options=options) == hashed(MORE)


def test_a_kernel_reads_the_primary_tree_beside_long_names(long: Path) -> None:
    layout = iso9660.plan(volume_tree(MORE), PARAMETERS)
    expected = {"/".join(file.path): data for file, data in zip(layout.files, MORE.values(), strict=True)}
    assert recorded(mount_and_hash(long, "iso9660", options=PRIMARY)) == hashed(expected)
    (view,) = read_medium(long)
    assert contents(view) == expected


@pytest.mark.parametrize("image", ["short", "long"])
def test_xorriso_extracts_the_same(image: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(image)
    said = run("xorriso", "-osirrox", "on", "-indev", path, "-extract", "/", tmp_path / "out")
    assert not re.search("WARNING|SORRY|MISHAP|FAILURE|FATAL|ABORT", said.stderr), said.stderr
    assert on_disk(tmp_path / "out") == (FILES if image == "short" else MORE)


@pytest.mark.parametrize("image", ["short", "long"])
def test_7_zip_extracts_the_same(image: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(image)
    run("7zz", "x", "-tiso", f"-o{tmp_path / 'out'}", path)
    assert on_disk(tmp_path / "out") == (FILES if image == "short" else MORE)


def test_isoinfo_and_libcdio_read_all_three_trees(long: Path, tmp_path: Path) -> None:
    for option, name in (("-R", "/Viewer/Start the viewer.exe"), ("-J", "/Viewer/Start the viewer.exe;1")):
        listed = run("isoinfo", option, "-f", "-i", long).stdout.splitlines()
        assert name in listed
        assert run_bytes("isoinfo", option, "-i", long, "-x", name) == LONG["Viewer/Start the viewer.exe"]
    assert run_bytes("isoinfo", "-i", long, "-x", "/VIEWER/START_TH.EXE;1") == b"MZ" * 4000
    run("iso-read", "-i", long, "-e", f"/{DEEPEST}", "-o", tmp_path / "deep")
    assert (tmp_path / "deep").read_bytes() == FILES[DEEPEST]


SOURCE = {
    "DICOMDIR": b"D" * 3000,
    "DICOM/PA000001/IM000001": b"1" * 70_000,
    "Viewer/A long name with spaces.html": b"<p>",
    "Viewer/many.dots.in.it.tar.gz": b"gz",
    "Viewer/Größe.txt": b"utf",
    "Viewer/empty": b"",
}
DEEP = {"a/b/c/d/e/f/g/h/i/j/relocated": b"deep down", "a/b/c/d/e/f/g/other": b"not so deep"}


def kept(view: MediumView) -> list[bytes]:
    """The bytes of all files, whatever they are called in the primary tree."""
    found = contents(view).values()
    return sorted(data for data in found if data is not None)


@pytest.mark.parametrize("options", [
    ("genisoimage", "-J", "-R", "-udf", "-input-charset", "utf-8"),
    ("genisoimage", "-J", "-R", "-iso-level", "3", "-allow-multidot", "-input-charset", "utf-8"),
    ("genisoimage", "-R", "-l", "-allow-lowercase", "-input-charset", "utf-8"),
    ("xorriso", "-J", "-R", "-iso-level", "3"),
    ("xorriso", "-J", "-joliet-long", "-iso-level", "2", "-allow-multidot"),
], ids=" ".join)  # fmt: skip
def test_we_read_what_others_write(options: tuple[str, ...], tmp_path: Path) -> None:
    program, *rest = options
    command = ["-as", "mkisofs", *rest] if program == "xorriso" else rest
    folder = make_folder(tmp_path / "in", SOURCE)
    run(program, *command, "-quiet", "-o", tmp_path / "foreign.iso", folder)
    (view, *_) = read_medium(tmp_path / "foreign.iso")
    assert isinstance(view.facts, IsoVolume)
    assert kept(view) == sorted(SOURCE.values())
    assert view.anomalies == ()
    if "-J" in options:
        assert view.facts.joliet is not None
        assert {"/".join(path) for path in view.facts.joliet} == set(SOURCE)
    if "-R" in options:
        last = {name.rpartition("/")[2] for name in SOURCE}
        assert last <= set(view.facts.rock_ridge.values())


@pytest.mark.parametrize("program", ["genisoimage", "xorriso"])
def test_we_read_directories_that_were_relocated(program: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", SOURCE | DEEP)
    deep = ["-as", "mkisofs", "-R", "-J"] if program == "xorriso" else ["-R", "-J"]
    charset = [] if program == "xorriso" else ["-input-charset", "utf-8"]
    run(program, *deep, *charset, "-quiet", "-o", tmp_path / "deep.iso", folder)
    (view, *_) = read_medium(tmp_path / "deep.iso")
    assert kept(view) == sorted((SOURCE | DEEP).values())
    assert view.anomalies == ()


def test_we_read_the_last_session_that_genisoimage_appends(tmp_path: Path) -> None:
    first, second = tmp_path / "first.iso", tmp_path / "second.iso"
    make_folder(tmp_path / "one", SOURCE)
    added = {"DICOM/PA000002/IM000001": b"2" * 5000, "DICOMDIR": b"new"}
    make_folder(tmp_path / "two", added)
    options = ("-R", "-J", "-quiet", "-input-charset", "utf-8")
    run("genisoimage", *options, "-o", first, tmp_path / "one")
    start = first.stat().st_size // 2048 + 11_400
    first.write_bytes(first.read_bytes().ljust(start * 2048, b"\0"))
    run("genisoimage", *options, "-C", f"0,{start}", "-M", first, "-o", second, tmp_path / "two")
    disc = tmp_path / "disc.iso"
    disc.write_bytes(first.read_bytes() + second.read_bytes())
    (view, *_) = read_medium(disc)
    assert isinstance(view.facts, IsoVolume)
    assert view.facts.sessions == (0, start)
    assert kept(view) == sorted(
        (SOURCE | {"DICOM/PA000002/IM000001": b"2" * 5000, "DICOMDIR": b"new"}).values()
    )
    assert view.anomalies == ()
    # Where its first descriptor is gone, Joliet's shows that it is there.
    whole = bytearray(disc.read_bytes())
    whole[(start + 16) * 2048 : (start + 17) * 2048] = bytes(2048)
    disc.write_bytes(whole)
    (mended, *_) = read_medium(disc)
    assert isinstance(mended.facts, IsoVolume)
    assert mended.facts.sessions == (0, start)
    assert kept(mended) == kept(view)
    assert "descriptors" in {anomaly.kind for anomaly in mended.anomalies}


def test_we_read_a_file_that_xorriso_let_grow(tmp_path: Path) -> None:
    image = tmp_path / "grown.iso"
    make_folder(tmp_path / "one", SOURCE)
    make_folder(tmp_path / "two", {"IM000002": b"2" * 5000})
    run(
        "xorriso",
        "-joliet",
        "on",
        "-outdev",
        f"stdio:{image}",
        "-map",
        tmp_path / "one",
        "/",
        "-commit_eject",
        "none",
    )
    run("xorriso", "-joliet", "on", "-dev", f"stdio:{image}", "-map", tmp_path / "two", "/DICOM/PA000002")
    (view, *_) = read_medium(image)
    assert kept(view) == sorted([*SOURCE.values(), b"2" * 5000])
    assert view.anomalies == ()


@pytest.mark.parametrize("mode", [1, 2])
def test_sleuthkit_reads_the_raw_images_of_the_tests_as_we_do(mode: int, tmp_path: Path) -> None:
    # Who else reads our test images shows that these are what a drive would give.
    image, raw = written(tmp_path, MORE), tmp_path / "disc.bin"
    raw.write_bytes(raw_sectors(image.read_bytes(), mode))
    listed = run("fls", "-f", "iso9660", raw).stdout
    (inode,) = re.findall(r"^r/r (\d+):\tDICOMDIR$", listed, re.MULTILINE)
    assert run_bytes("icat", "-f", "iso9660", raw, inode) == FILES["DICOMDIR"]
    (ours,), (theirs,) = read_medium(image), read_medium(raw)
    assert contents(theirs) == contents(ours)


def test_a_path_table_of_thousands_of_folders(tmp_path: Path) -> None:
    files = {f"D{n // 60:02}/F{n:04}/IM{n:06}": b"%d" % n for n in range(3000)}
    image = written(tmp_path, files)
    listed = run("isoinfo", "-p", "-i", image).stdout
    assert len(re.findall(r"^ *\d+:", listed, re.MULTILINE)) == 1 + 50 + 3000
    assert recorded(mount_and_hash(image, "iso9660", options=PRIMARY)) == hashed(files)
    (view,) = read_medium(image)
    assert contents(view) == files
    assert view.anomalies == ()
