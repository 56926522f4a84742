"""A whole patient CD, made of samples and of pydicom's files, in the hands of foreign tools."""

from __future__ import annotations

import gc
import hashlib
import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest
from pydicom.fileset import FileSet

import mediakit
from mediakit.creation import Creation
from tests.tools import run, run_bytes

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Creation, dict[str, str]]:
    """An image of all samples, its document, and the source of every file on it."""
    folder = tmp_path_factory.mktemp("cd")
    image, manifest = folder / "cd.iso", folder / "cd.json"
    made = mediakit.create([samples], image, multi_patient=True, manifest=manifest, created=CREATED)
    document = json.loads(manifest.read_text(encoding="utf-8"))
    sources = {"/".join(file["file_id"]): file["source"] for file in document["files"] if file["source"]}
    return image, made, sources


@pytest.fixture(scope="module")
def extracted(built: tuple[Path, Creation, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image as xorriso extracts them."""
    folder = tmp_path_factory.mktemp("extracted")
    run("xorriso", "-osirrox", "on", "-indev", built[0], "-extract", "/", folder)
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_everything_was_written_and_verified(built: tuple[Path, Creation, dict[str, str]]) -> None:
    _, made, sources = built
    assert made.complete
    assert made.written == len(sources) > 25


def test_xorriso_extracts_every_source_byte_for_byte(
    built: tuple[Path, Creation, dict[str, str]], extracted: Path
) -> None:
    files = tree(extracted)
    assert set(files) == {*built[2], "DICOMDIR", "README.TXT"}
    for name, source in built[2].items():
        assert files[name] == hashlib.sha256(Path(source).read_bytes()).hexdigest(), name


def test_7zip_extracts_the_same_tree(
    built: tuple[Path, Creation, dict[str, str]], extracted: Path, tmp_path: Path
) -> None:
    run("7zz", "x", f"-o{tmp_path}", built[0])
    assert tree(tmp_path) == tree(extracted)


def test_isoinfo_lists_and_reads_the_same_files(
    built: tuple[Path, Creation, dict[str, str]], extracted: Path
) -> None:
    listed = run("isoinfo", "-f", "-i", built[0]).stdout.split()
    names = {line.strip("/").removesuffix(";1").removesuffix(".") for line in listed if ";1" in line}
    assert names == set(tree(extracted))
    for recorded in ("/DICOMDIR.;1", "/README.TXT;1"):
        name = recorded.strip("/").removesuffix(";1").removesuffix(".")
        assert run_bytes("isoinfo", "-x", recorded, "-i", built[0]) == (extracted / name).read_bytes()


def test_dcmtk_and_dicom3tools_find_no_fault_in_the_dicomdir(extracted: Path) -> None:
    run("dcmdump", "-q", extracted / "DICOMDIR")
    said = run("dciodvfy", extracted / "DICOMDIR", status=(0, 1))
    assert [line for line in said.stderr.splitlines() if line.startswith("Error")] == []


def test_pydicom_finds_every_instance_by_the_dicomdir(
    built: tuple[Path, Creation, dict[str, str]], extracted: Path
) -> None:
    with warnings.catch_warnings():
        # pydicom leaves its temporary folder to the garbage collector, which complains.
        warnings.simplefilter("ignore", ResourceWarning)
        loaded = FileSet(extracted / "DICOMDIR")
        found = [
            (Path(each.path).is_file(), each.load().SOPInstanceUID, each.SOPInstanceUID) for each in loaded
        ]
        del loaded
        gc.collect()
    assert len(found) == built[1].written
    assert all(there and real == said for there, real, said in found)


def test_names_of_many_scripts_survive_into_the_dicomdir(extracted: Path) -> None:
    records = pydicom.dcmread(extracted / "DICOMDIR").DirectoryRecordSequence
    names = {}
    for record in records:
        if record.DirectoryRecordType == "PATIENT":
            names[str(record.PatientName)] = record.get("SpecificCharacterSet")
    instances = (pydicom.dcmread(path) for path in extracted.rglob("IM*"))
    assert set(names) == {str(instance.PatientName) for instance in instances}
    scripts = "".join(names)
    assert all(any(low <= letter <= high for letter in scripts) for low, high in ("äü", "Ая", "Αω", "一鿿"))


def test_the_same_job_gives_the_same_bytes(samples: Path, tmp_path: Path) -> None:
    for name in ("a.iso", "b.iso"):
        mediakit.create([samples / "patient-a"], tmp_path / name, created=CREATED)
    assert (tmp_path / "a.iso").read_bytes() == (tmp_path / "b.iso").read_bytes()


def test_every_file_that_pydicom_ships_is_written_or_listed(tmp_path: Path) -> None:
    folder = Path(pydicom.__file__).parent / "data"
    files = {str(path) for path in folder.rglob("*") if path.is_file()}
    image, manifest = tmp_path / "all.iso", tmp_path / "all.json"
    made = mediakit.create(
        [folder],
        image,
        leave_out=True,
        multi_patient=True,
        same_patient=True,
        manifest=manifest,
        created=CREATED,
    )
    written = {file["source"] for file in json.loads(manifest.read_text(encoding="utf-8"))["files"]}
    folded = {each.source for each in made.repeated}
    left_out = {each.source for each in made.left_out}
    ignored = {each.source for each in made.ignored}
    assert written - {None} | left_out | ignored | folded >= files
    assert not left_out & written
    assert made.written > 80
    assert all(each.reason and each.rule for each in made.left_out)
    assert made.verified and not made.complete
    run("dcmdump", "-q", _dicomdir(image, tmp_path))
    with pytest.raises(mediakit.MediakitError) as stopped:
        mediakit.create([folder], tmp_path / "no.iso", multi_patient=True, same_patient=True)
    assert stopped.value.exit_status == 2
    assert not (tmp_path / "no.iso").exists()


def _dicomdir(image: Path, folder: Path) -> Path:
    path = folder / "DICOMDIR"
    path.write_bytes(run_bytes("isoinfo", "-x", "/DICOMDIR.;1", "-i", image))
    return path
