"""The facts of a medium, without judgement."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit import inspect
from mediakit.errors import Cancelled, MediumError, SourceUnreadable
from mediakit.progress import Cancel, Progress
from tests.builders import FILE_SET_ID, FILE_SET_UID, ct, file_set, uid

SECOND = "DICOM__PA000001__ST000001__SE000001__IM000002"


def test_a_folder(tmp_path: Path) -> None:
    made = file_set([ct(1), ct(2), ct(3)])
    seen = inspect(made.write(tmp_path))
    size = sum(map(len, made.files.values()))
    assert (seen.path, seen.size, seen.directory) == (str(tmp_path), size, "DICOMDIR")
    assert [id for id, _ in seen.formats] == ["folder"]
    assert (seen.id, seen.uid) == (FILE_SET_ID, FILE_SET_UID)
    assert seen.files == {"total": 4, "instances": 3, "unreferenced": 0, "missing": 0}
    assert seen.anomalies == ()
    (patient,) = seen.contents
    (study,) = patient.studies
    (series,) = study.series
    assert (patient.id, patient.name, patient.birth_date) == ("P1", "Test^Ada", "19700101")
    assert (study.uid, study.date, study.description, study.accession) == (
        uid("study"),
        "20240501",
        "Thorax",
        "ACC1",
    )
    assert (series.uid, series.modality, series.number, series.instances) == (uid("series"), "CT", "1", 3)


def test_records_hold_their_keys_as_text(tmp_path: Path) -> None:
    seen = inspect(file_set([ct(1)]).write(tmp_path))
    patient, study, series, image = seen.records
    assert (patient.level, patient.parent, study.parent, series.parent, image.parent) == (0, None, 0, 1, 2)
    assert patient.keys["PatientName"] == "Test^Ada"
    assert image.keys["ReferencedSOPInstanceUIDInFile"] == uid("ct 1")
    assert image.keys["ImageType"] == ("ORIGINAL", "PRIMARY", "AXIAL")
    assert not any("Offset" in keyword for record in seen.records for keyword in record.keys)
    assert all(record.in_use for record in seen.records)


def test_files_and_records_are_compared(tmp_path: Path) -> None:
    stray = {"DICOM__STRAY": ct(7), "README.TXT": b"hello", SECOND: None}
    seen = inspect(file_set([ct(1), ct(2)]).but(**stray).write(tmp_path))
    assert seen.files == {"total": 4, "instances": 2, "unreferenced": 1, "missing": 1}
    assert seen.contents[0].instances == 2  # what the directory promises


def test_without_a_directory_the_files_tell(tmp_path: Path) -> None:
    seen = inspect(file_set([ct(1), ct(2)]).but(DICOMDIR=None).write(tmp_path))
    assert (seen.directory, seen.id, seen.uid, seen.records) == (None, "", "", ())
    assert seen.contents[0].instances == 2
    assert seen.files["unreferenced"] == 2


def test_what_is_odd_is_said(tmp_path: Path) -> None:
    folder = file_set([ct(1)]).write(tmp_path / "medium")
    try:
        (folder / "LINK").symlink_to(tmp_path)
    except OSError:
        pytest.skip("this system allows no symbolic links here")
    seen = inspect(folder)
    assert seen.anomalies == ("symlink: LINK: a link is not followed",)


def test_progress_and_cancel(tmp_path: Path) -> None:
    folder = file_set([ct(1)]).write(tmp_path)
    events: list[Progress] = []
    inspect(folder, progress=events.append)
    assert [(each.stage, each.done, each.total) for each in events] == [
        ("directory", 1, 1),
        ("check", 1, 1),
    ]
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        inspect(folder, cancel=cancel)


def test_what_is_no_medium(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 10000)
    with pytest.raises(MediumError):
        inspect(tmp_path / "junk")
    with pytest.raises(SourceUnreadable):
        inspect(tmp_path / "missing")
