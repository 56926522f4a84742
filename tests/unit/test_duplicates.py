"""Several files with one SOP Instance UID: the first that fits stays, nothing is lost unseen."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest

from mediakit import create, scan
from mediakit.conformance import conformance
from mediakit.consistency import inconsistent
from mediakit.creation import Creation
from mediakit.creator_notes import Conflict, Folded
from mediakit.duplicates import Resolution, resolve
from mediakit.errors import ConformanceError
from mediakit.model import Role
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.selection import Selection
from tests.builders import ct, instance, uid


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def resolved(*sources: Path) -> Resolution:
    found = scan(sources).instances
    return resolve(conformance(found, [profile("STD-GEN-CD")], Role.FSC, load_records(), {}))


def origins(resolution: Resolution) -> list[str]:
    return [each.origin for each in resolution.judged.accepted]


def refused(folder: Path, out: Path, **options: object) -> Creation:
    """What `create` says when it refuses."""
    with pytest.raises(ConformanceError) as stopped:
        create([folder], out, **options)  # type: ignore[arg-type]  # by name
    assert not out.exists()
    return stopped.value.result


def implicit(data: bytes) -> bytes:
    """The file in Implicit VR Little Endian, by pydicom."""
    read = pydicom.dcmread(io.BytesIO(data))
    read.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    out = io.BytesIO()
    read.save_as(out, implicit_vr=True, little_endian=True, enforce_file_format=True)
    return out.getvalue()


def test_identical_files_are_folded(tmp_path: Path) -> None:
    first, second = put(tmp_path / "1", ct(1)), put(tmp_path / "2", ct(1))
    found = resolved(tmp_path)
    assert origins(found) == [str(first)]
    assert found.folded == (Folded(str(second), str(first)),)


def test_a_file_named_twice_is_folded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put(tmp_path / "1", ct(1))
    monkeypatch.chdir(tmp_path)
    found = resolved(tmp_path, first, Path("1"))
    assert len(origins(found)) == 1
    assert [folded.origin for folded in found.folded] == [str(first), "1"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_encodings_of_one_instance_the_one_that_fits_stays(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    explicit = put(tmp_path / str(order[0]), ct(1))
    other = put(tmp_path / str(order[1]), implicit(ct(1)))
    found = resolved(tmp_path)
    assert origins(found) == [str(explicit)]
    assert found.folded == (Folded(str(other), str(explicit)),)
    assert found.judged.refused == ()


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (ct(1, PatientName="Test^Eve"), "Patient Name differs"),
        (ct(1, PixelData=bytes(32)), "pixel data differs"),
        (ct(1, StudyDescription=None), "Study Description is in one of them only"),
    ],
)
def test_different_files_with_one_uid_are_a_conflict(tmp_path: Path, changed: bytes, difference: str) -> None:
    first, second = put(tmp_path / "1", ct(1)), put(tmp_path / "2", changed)
    found = resolved(tmp_path)
    assert origins(found) == [str(first)]
    assert found.conflicts == (Conflict(str(second), str(first), f"{first} and {second}: {difference}"),)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_cut_copy_is_left_out_and_the_whole_one_stays(tmp_path: Path, order: tuple[int, int]) -> None:
    whole, cut = put(tmp_path / str(order[0]), ct(1)), put(tmp_path / str(order[1]), ct(1)[:-8])
    found = resolved(tmp_path)
    assert origins(found) == [str(whole)]
    assert [(each.instance.origin, each.findings[0].rule) for each in found.judged.refused] == [
        (str(cut), "FILE-013")
    ]


def test_a_conflict_is_listed_whatever_the_other_copies_are(tmp_path: Path) -> None:
    """Implicit, other pixels, explicit: the first cannot be written, the second must not vanish."""
    folder = tmp_path / "heap"
    put(folder / "1imp", implicit(ct(1)))
    put(folder / "2other", ct(1, PixelData=bytes(32)))
    put(folder / "3exp", ct(1))
    result = refused(folder, tmp_path / "cd.iso")
    listed = {Path(each.source).name: each.rule for each in result.left_out}
    assert listed == {"1imp": "PROF-002", "3exp": "FSET-014"}
    made = create([folder], tmp_path / "cd.iso", leave_out=True)
    assert (made.written, len(made.left_out), made.complete) == (1, 2, False)


def test_the_selection_comes_before_duplicates(tmp_path: Path) -> None:
    folder = tmp_path / "heap"
    put(folder / "a", ct(1, PatientID="P1"))
    put(folder / "b", ct(1, PatientID="P2", StudyInstanceUID=uid("s2"), SeriesInstanceUID=uid("q2")))
    made = create([folder], tmp_path / "cd.iso", selection=Selection(patient=("P2",)))
    assert (made.written, len(made.left_out)) == (1, 0)
    assert [patient.id for patient in made.volumes[0].contents] == ["P2"]


def test_a_series_in_two_studies_is_found_before_writing(tmp_path: Path) -> None:
    folder = tmp_path / "heap"
    put(folder / "1", ct(1))
    second = put(folder / "2", ct(2, StudyInstanceUID=uid("another study")))
    (left,) = refused(folder, tmp_path / "cd.iso").left_out
    assert (left.source, left.rule) == (str(second), "KEY-003")
    assert "belongs to study" in left.reason
    made = create([folder], tmp_path / "cd.iso", leave_out=True)
    assert (made.written, made.verified) == (1, True)


def test_a_study_of_two_patients_is_found_before_writing(tmp_path: Path) -> None:
    folder = tmp_path / "heap"
    put(folder / "1", ct(1))
    put(folder / "2", ct(2, PatientID="P2", SeriesInstanceUID=uid("another series")))
    (left,) = refused(folder, tmp_path / "cd.iso", multi_patient=True).left_out
    assert left.rule == "KEY-002"


def test_consistent_instances_are_not_complained_about() -> None:
    assert inconsistent([instance(ct(1)), instance(ct(2))], {}) == []


def test_only_damaged_dicom_is_listed_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "heap"
    put(folder / "cut", ct(1)[:400])
    (left,) = refused(folder, tmp_path / "cd.iso").left_out
    assert "damaged" in left.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PatientID": "P\\1"}, "Patient ID: it has several values where one is allowed"),
        ({"PatientID": "P" * 65}, "Patient ID: it has 65 characters; 64 are allowed"),
        ({"StudyDate": "May 2024"}, "Study Date: 'May 2024' is no date"),
        ({"StudyInstanceUID": "abc"}, "Study Instance UID: 'abc' is no UID"),
    ],
)
def test_a_key_that_no_reader_could_use_does_not_fit(
    changes: dict[str, object], reason: str, tmp_path: Path
) -> None:
    put(tmp_path / "heap" / "1", ct(1, **changes))
    (left,) = refused(tmp_path / "heap", tmp_path / "cd.iso").left_out
    assert left.reason == reason


def test_an_unusable_number_is_replaced_in_the_record(tmp_path: Path) -> None:
    put(tmp_path / "heap" / "1", ct(1, SeriesNumber="1.5"))
    made = create([tmp_path / "heap"], tmp_path / "cd.iso")
    assert made.complete
    assert [f.rule for f in made.findings] == ["KEY-040", "KEY-050"]
