"""The synthetic studies: the same bytes everywhere, valid, and readable by others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pydicom
import pytest

from mediakit.errors import OutputError, OutputExists
from mediakit.sample import write_samples
from mediakit.values import is_uid
from tests.tools import run

NOT_DICOM = {
    "patient-a/ct thorax/axial 5mm/thumbnail.jpg",
    "patient-a/notes.txt",
    "patient-c/upload.tmp",
}

NAMES = {
    "SAMPLE-A": ("ISO_IR 100", "Müller^Jörg", {"CT Thorax nüchtern", "MR Schädel"}),
    "SAMPLE-B": ("ISO_IR 192", "Žižková^Božena", {"Rentgen ruky"}),
    "SAMPLE-C": (None, "Sample^Charlie", {"Heart"}),
    "SAMPLE-D": ("ISO_IR 144", "Образцова^Проба", {"КТ"}),
    "SAMPLE-E": ("ISO_IR 126", "Δείγμα^Δοκιμή", {"Οθόνη"}),
    "SAMPLE-F": (["", "ISO 2022 IR 87"], "Shiken^Hanako=試験^花子=しけん^はなこ", {"画面"}),
    "SAMPLE-G": ("GB18030", "Yangben^Xiaoming=样本^小明", {"屏幕"}),
}

SOP_CLASSES = {
    "CT Image Storage": 13,
    "MR Image Storage": 6,
    "Secondary Capture Image Storage": 3,
    "Computed Radiography Image Storage": 1,
    "Ultrasound Multi-frame Image Storage": 1,
    "Grayscale Softcopy Presentation State Storage": 1,
    "Basic Text SR Storage": 1,
    "Key Object Selection Document Storage": 1,
    "Encapsulated PDF Storage": 1,
    "12-lead ECG Waveform Storage": 1,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    write_samples(out)
    return out


def files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def instances(folder: Path) -> dict[str, Path]:
    return {name: path for name, path in files(folder).items() if name not in NOT_DICOM}


def test_the_repository_holds_what_the_code_makes(made: Path, samples: Path) -> None:
    expected = {name: path.read_bytes() for name, path in files(made).items()}
    kept = {
        name: path.read_bytes()
        for name, path in files(samples).items()
        if name != "make.py" and "broken" not in name
    }
    assert kept == expected, "run samples/make.py"


def test_they_are_small_and_can_be_checked_out_anywhere(made: Path) -> None:
    assert sum(path.stat().st_size for path in files(made).values()) < 1_000_000
    names = list(files(made))
    assert all(name.isascii() and not set(name) & set('<>:"|?*\\') for name in names)
    assert len({name.casefold() for name in names}) == len(names)


def test_pydicom_reads_every_name(made: Path) -> None:
    found: dict[str, tuple[object, str, set[str]]] = {}
    for path in instances(made).values():
        dataset = pydicom.dcmread(path)
        terms = dataset.get("SpecificCharacterSet")
        person = (list(terms) if isinstance(terms, list | pydicom.multival.MultiValue) else terms,
                  str(dataset.PatientName))  # fmt: skip
        studies = found.setdefault(dataset.PatientID, (*person, set()))[2]
        studies.add(dataset.StudyDescription)
        assert found[dataset.PatientID][:2] == person
    assert found == NAMES


def test_every_kind_of_object_is_there(made: Path) -> None:
    read = [pydicom.dcmread(path) for path in instances(made).values()]
    assert Counter(dataset.SOPClassUID.name for dataset in read) == SOP_CLASSES
    assert len({dataset.SOPInstanceUID for dataset in read}) == len(read)
    for dataset in read:
        assert dataset.preamble == b"\0" * 128
        assert dataset.file_meta.MediaStorageSOPClassUID == dataset.SOPClassUID
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
        assert dataset.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
        uids = (dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID)
        assert all(is_uid(uid) and uid.startswith("2.25.") for uid in uids)


def test_references_lead_to_instances_that_are_there(made: Path) -> None:
    read = {(d := pydicom.dcmread(path)).SOPInstanceUID: d for path in instances(made).values()}
    referenced = [
        element.value
        for dataset in read.values()
        for element in dataset.iterall()
        if element.keyword == "ReferencedSOPInstanceUID"
    ]
    assert len(referenced) == 5
    assert {read[uid].Modality for uid in referenced} == {"CT"}


def test_pixels_and_samples_are_as_long_as_the_attributes_say(made: Path) -> None:
    shapes = Counter()
    for path in instances(made).values():
        dataset = pydicom.dcmread(path)
        if "PixelData" in dataset:
            shapes[dataset.pixel_array.shape] += 1
        if "WaveformSequence" in dataset:
            shapes[dataset.waveform_array(0).shape] += 1
    assert shapes == {(64, 64): 22, (128, 96): 1, (5, 48, 64, 3): 1, (1000, 12): 1}


def test_dciodvfy_finds_no_fault(made: Path) -> None:
    # It prints one line, the name of the IOD, and one more for each fault.
    said = {name: run("dciodvfy", path).stderr.splitlines() for name, path in instances(made).items()}
    assert {name: lines for name, lines in said.items() if len(lines) != 1} == {}, (
        "beyond the name of the IOD"
    )


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first = write_samples(tmp_path)
    assert write_samples(tmp_path) == first
    assert set(first) == set(files(tmp_path).values())


def test_another_file_of_that_name_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "patient-a" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(OutputExists, match=r"notes\.txt exists already"):
        write_samples(tmp_path)
    assert list(files(tmp_path)) == ["patient-a/notes.txt"]
    assert mine.read_text() == "mine"
    write_samples(tmp_path, force=True)
    assert mine.read_text() != "mine"


def test_a_file_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_samples(tmp_path / "out")
