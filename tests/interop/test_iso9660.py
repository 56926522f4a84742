"""ISO 9660 both ways: other programs read what we write, and we read what they write."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pycdlib
import pytest

from mediakit.formats import iso9660, read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from tests.iso9660 import PARAMETERS, contents, image, tree
from tests.tools import run, run_bytes

RANDOM = random.Random(9660)
FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": RANDOM.randbytes(3000),
    **{f"DICOM/PA000001/IM{n:06}": RANDOM.randbytes(RANDOM.randrange(9000)) for n in range(120)},
    "DICOM/PA000001/EMPTY": b"",
    "DICOM/PA000002/ST000001/SE000001/A/B/C/IM000001": RANDOM.randbytes(2049),
    "DICOM/PA000002/SECTOR": RANDOM.randbytes(2048),
    "DICOM/PA000002/LAST": b"",
}
"""Two sectors of records in a directory, eight levels, sizes around a sector, an empty file at the end."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("iso") / "ours.iso"
    path.write_bytes(image(FILES))
    return path


def on_disk(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def make_folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_xorriso_loads_it_without_a_warning_and_extracts_the_same(ours: Path, tmp_path: Path) -> None:
    said = run("xorriso", "-osirrox", "on", "-indev", ours, "-extract", "/", tmp_path / "out")
    assert not re.search("WARNING|SORRY|MISHAP|FAILURE|FATAL|ABORT", said.stderr), said.stderr
    assert "Volume id    : 'CD1'" in said.stderr
    assert on_disk(tmp_path / "out") == FILES


def test_xorriso_finds_every_block_readable(ours: Path) -> None:
    said = run("xorriso", "-indev", ours, "-toc", "-check_media", "--")
    sectors = ours.stat().st_size // 2048
    assert f"1 session, {sectors} data blocks" in said.stdout + said.stderr
    assert re.search(rf"Media region : +0 , +{sectors} , \+ good", said.stdout), said.stdout


def test_isoinfo_lists_recorded_names_and_extracts_the_same(ours: Path) -> None:
    listed = run("isoinfo", "-f", "-i", ours).stdout.splitlines()
    recorded = {f"/{name};1" if "." in name else f"/{name}.;1": data for name, data in FILES.items()}
    folders = {str(parent) for name in recorded for parent in Path(name).parents} - {"/"}
    assert sorted(listed) == sorted(recorded.keys() | folders)
    for name in ("/README.TXT;1", "/DICOM/PA000002/ST000001/SE000001/A/B/C/IM000001.;1"):
        assert run_bytes("isoinfo", "-i", ours, "-x", name) == recorded[name]


def test_isoinfo_reads_the_descriptor(ours: Path) -> None:
    said = dict(
        line.split(": ", 1) for line in run("isoinfo", "-d", "-i", ours).stdout.splitlines() if ": " in line
    )
    assert said["System id"].strip() == ""
    assert said["Volume id"] == "CD1"
    assert said["Publisher id"] == "ST_DTISCHE KLINIK, 1"
    assert said["Application id"] == "MEDIAKIT 0.1.0"
    assert (said["Volume set size is"], said["Volume set sequence number is"]) == ("1", "1")
    assert said["Logical block size is"] == "2048"
    assert int(said["Volume size is"]) * 2048 == ours.stat().st_size


def test_isoinfo_reads_both_path_tables_alike(ours: Path) -> None:
    listed = run("isoinfo", "-p", "-i", ours).stdout.splitlines()
    names = [line.split()[-1] for line in listed if re.match(r" *\d+:", line)]
    assert names[1:] == ["DICOM", "PA000001", "PA000002", "ST000001", "SE000001", "A", "B", "C"]


def test_libcdio_extracts_the_same(ours: Path, tmp_path: Path) -> None:
    for name in ("DICOMDIR.;1", "DICOM/PA000001/IM000099.;1", "DICOM/PA000002/SECTOR.;1"):
        out = tmp_path / "out"
        run("iso-read", "-i", ours, "-e", f"/{name}", "-o", out)
        assert out.read_bytes() == FILES[name.removesuffix(".;1")]


def test_libcdio_lists_every_file_with_its_place(ours: Path) -> None:
    listed = run("iso-info", "-f", "-i", ours, "--no-header").stdout
    found = re.findall(r"^ *(\d+) +\S.* (\d+) +\S+ +\d+ +\d+ +[\d:]+ +(/\S*)$|(/\S+)$", listed, re.MULTILINE)
    names = {(row[2] or row[3]).lstrip("/") for row in found}
    assert {name.lower() for name in FILES} <= {name.lower() for name in names}


def test_7_zip_tests_and_extracts_the_same(ours: Path, tmp_path: Path) -> None:
    assert "Everything is Ok" in run("7zz", "t", "-tiso", ours).stdout
    said = run("7zz", "x", "-tiso", f"-o{tmp_path / 'out'}", ours)
    assert "WARNING" not in said.stdout.upper()
    assert on_disk(tmp_path / "out") == FILES


def test_pycdlib_reads_the_same(ours: Path) -> None:
    iso = pycdlib.PyCdlib()
    iso.open(str(ours))
    found = {}
    for folder, _, names in iso.walk(iso_path="/"):
        for name in names:
            data = io.BytesIO()
            path = f"{folder.rstrip('/')}/{name}"
            iso.get_file_from_iso_fp(data, iso_path=path)
            found[path[1:].removesuffix(";1").removesuffix(".")] = data.getvalue()
    iso.close()
    assert found == FILES


def test_other_programs_place_files_where_the_plan_says(ours: Path) -> None:
    listed = run("xorriso", "-indev", ours, "-find", "/", "-type", "f", "-exec", "report_lba").stdout
    rows = re.findall(r"^File data lba: +\d+ , +(\d+) , +\d+ , +(\d+) , '/(.+)'$", listed, re.MULTILINE)
    places = {name: (int(sector), int(size)) for sector, size, name in rows}
    planned = {
        "/".join(file.path): (file.offset // 2048, file.content.size)
        for file in iso9660.plan(tree(FILES), PARAMETERS).files
    }
    full = {name: place for name, place in planned.items() if place[1]}
    assert {name: place for name, place in places.items() if place[1]} == full


def genisoimage(*options: str) -> Callable[[Path, Path], None]:
    return lambda folder, out: void(run("genisoimage", "-quiet", *options, "-o", out, folder))


def xorriso(*options: str) -> Callable[[Path, Path], None]:
    return lambda folder, out: void(run("xorriso", "-as", "mkisofs", "-quiet", *options, "-o", out, folder))


def void(_: object) -> None:
    return None


def with_pycdlib(folder: Path, out: Path) -> None:
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=1, vol_ident="PYCDLIB", joliet=3)
    for path in sorted(folder.rglob("*")):
        name = "/" + path.relative_to(folder).as_posix()
        if path.is_dir():
            iso.add_directory(name, joliet_path=name)
        else:
            recorded = f"{name};1" if "." in path.name else f"{name}.;1"
            iso.add_file(str(path), recorded, joliet_path=name)
    iso.write(str(out))
    iso.close()


@pytest.mark.parametrize(
    ("write", "others"),
    [
        (genisoimage("-iso-level", "1"), []),
        (genisoimage("-iso-level", "1", "-J", "-R"), ["Joliet"]),
        (genisoimage("-iso-level", "3", "-udf", "-V", "BRIDGE"), ["UDF"] * 3),
        (genisoimage("-iso-level", "4"), ["supplementary"]),
        (xorriso("-iso-level", "1"), []),
        (xorriso("-iso-level", "3", "-J", "-R"), ["Joliet"]),
        (with_pycdlib, ["Joliet"]),
    ],
    ids=[
        "genisoimage",
        "genisoimage-J-R",
        "genisoimage-udf",
        "genisoimage-4",
        "xorriso",
        "xorriso-J-R",
        "pycdlib",
    ],
)
def test_we_read_what_others_write(
    write: Callable[[Path, Path], None], others: list[str], tmp_path: Path
) -> None:
    # genisoimage and pycdlib count a file as a level and write at most six folders deep.
    files = {name: data for name, data in FILES.items() if name.count("/") < 7}
    folder = make_folder(tmp_path / "in", files)
    out = tmp_path / "foreign.iso"
    write(folder, out)
    view, *bridged = read_medium(out)
    assert [each.evidence.id for each in bridged] == (["udf"] if "UDF" in others else [])
    for each in (view, *bridged):
        assert contents(each) == files
        assert each.anomalies == ()
    assert isinstance(view.facts, IsoVolume)
    assert [
        each.what for each in view.facts.descriptors if each.what not in ("primary", "terminator")
    ] == others
