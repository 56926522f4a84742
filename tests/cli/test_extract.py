"""`mediakit extract`: the instances out again, byte by byte, and nothing missed in silence."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.runner import Command

FIRST = "DICOM/PA000001/ST000001/SE000001/IM000001"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def digests(folder: Path) -> list[str]:
    return sorted(hashlib.sha256(data).hexdigest() for data in files(folder).values())


@pytest.fixture
def medium(mediakit: Command, samples: Path, tmp_path: Path) -> Path:
    """A folder with the File-set of the first sample patient, to be damaged."""
    out = tmp_path / "medium"
    assert mediakit("create", samples / "patient-a", "-o", out, "--format", "folder", "-q").status == 0
    return out


def test_an_image_gives_back_what_was_put_on_it(
    mediakit: Command, samples: Path, patient_cd: Path, tmp_path: Path
) -> None:
    done = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--json")
    assert done.status == 0
    assert (done.json["extracted"], done.json["missing"], done.json["findings"]) == (21, [], [])
    sources = {path.read_bytes() for path in (samples / "patient-a").rglob("*") if path.is_file()}
    out = files(tmp_path / "out")
    assert set(out) == {each["path"] for each in done.json["instances"]}
    assert all(data in sources for data in out.values())
    for each in done.json["instances"]:
        assert hashlib.sha256(out[each["path"]]).hexdigest() == each["sha256"]
        assert (each["recovery"], each["written"], each["size"]) == ("none", True, len(out[each["path"]]))
    assert min(out) == "P001/ST01/SE01/IM0001.dcm"
    assert max(out) == "P001/ST02/SE01/IM0006.dcm"


def test_names_on_the_medium(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    done = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--names", "file-id", "--json")
    assert done.status == 0
    assert [each["path"] for each in done.json["instances"]] == [
        "/".join(each["file_id"]) for each in done.json["instances"]
    ]
    assert FIRST in files(tmp_path / "out")


def test_names_by_uid(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    done = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--names", "uid", "--json")
    assert done.status == 0
    assert set(files(tmp_path / "out")) == {
        f"{each['study']}/{each['series']}/{each['sop_instance']}.dcm" for each in done.json["instances"]
    }


def test_a_selection(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    done = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--modality", "MR", "--json")
    assert (done.status, done.json["extracted"], done.json["not_selected"]) == (0, 6, 15)
    # The names do not depend on the selection, so that a further run adds to the first.
    assert mediakit("extract", patient_cd, "-o", tmp_path / "out", "--modality", "SR").status == 0
    assert len(files(tmp_path / "out")) == 7
    assert mediakit("extract", patient_cd, "-o", tmp_path / "no", "--modality", "US").status == 2
    assert not (tmp_path / "no").exists()


def test_a_second_run_completes_the_first(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert mediakit("extract", patient_cd, "-o", out).status == 0
    first = files(out)
    (out / "P001/ST02/SE01/IM0003.dcm").unlink()
    before = (out / "P001/ST02/SE01/IM0004.dcm").stat()
    again = mediakit("extract", patient_cd, "-o", out, "--json")
    assert again.status == 0
    assert [each["path"] for each in again.json["instances"] if each["written"]] == [
        "P001/ST02/SE01/IM0003.dcm"
    ]
    assert files(out) == first
    after = (out / "P001/ST02/SE01/IM0004.dcm").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_holds_something_else_stays(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    other = out / "P001/ST02/SE01/IM0003.dcm"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"mine")
    refused = mediakit("extract", patient_cd, "-o", out, "--json")
    assert (refused.status, refused.json["code"]) == (2, "output-exists")
    assert files(out) == {"P001/ST02/SE01/IM0003.dcm": b"mine"}
    assert mediakit("extract", patient_cd, "-o", out, "--force").status == 0
    assert len(files(out)) == 21
    assert other.read_bytes()[128:132] == b"DICM"


def test_the_manifest(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    listing = tmp_path / "list.json"
    done = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--manifest", listing, "--json")
    assert json.loads(listing.read_text(encoding="utf-8")) == done.json
    again = mediakit("extract", patient_cd, "-o", tmp_path / "out", "--manifest", listing)
    assert (again.status, "exists already" in again.err) == (2, True)


def lower_case(medium: Path) -> None:
    (medium / "DICOM").rename(medium / "dicom")


def extensions(medium: Path) -> None:
    for path in list((medium / "DICOM").rglob("IM*")):
        path.rename(path.with_name(f"{path.name}.dcm"))


def shifted(medium: Path) -> None:
    (medium / "DICOM" / "PA000001").rename(medium / "PA000001")


def no_directory(medium: Path) -> None:
    (medium / "DICOMDIR").unlink()


def text_for_directory(medium: Path) -> None:
    (medium / "DICOMDIR").write_text("<html>")


@pytest.mark.parametrize(
    ("defect", "recovery"),
    [
        (lower_case, "spelling"),
        (extensions, "extension"),
        (shifted, "moved"),
        (no_directory, "scanned"),
        (text_for_directory, "scanned"),
    ],
)
def test_recovered(
    mediakit: Command, medium: Path, tmp_path: Path, defect: Callable[[Path], None], recovery: str
) -> None:
    mediakit("extract", medium, "-o", tmp_path / "good")
    defect(medium)
    before = files(medium)
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--json")
    assert done.status == 0
    assert {each["recovery"] for each in done.json["instances"]} == {recovery}
    assert digests(tmp_path / "out") == digests(tmp_path / "good")
    assert files(medium) == before


def test_what_is_missing_is_named(mediakit: Command, medium: Path, tmp_path: Path) -> None:
    (medium / FIRST).unlink()
    second = medium / FIRST.replace("000001", "000002").replace(
        "PA000002/ST000002/SE000002", "PA000001/ST000001/SE000001"
    )
    os.truncate(second, second.stat().st_size - 100)
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--json")
    assert (done.status, done.json["extracted"]) == (1, 19)
    first, cut = done.json["missing"]
    assert (first["source"], first["reason"]) == (FIRST, "the file is not on the medium")
    assert first["series"] == cut["series"] == "2.25.233517244243860304862026106539709367404"
    assert cut["reason"].startswith("incomplete: ")
    assert done.json["series"][0] == {
        "uid": first["series"], "description": "Thorax axial 5 mm", "expected": 12, "extracted": 10,
    }  # fmt: skip
    assert {each["rule"] for each in done.json["findings"]} >= {"FSET-008", "FILE-013"}
    said = mediakit("extract", medium, "-o", tmp_path / "out").out
    assert said.startswith(
        f"19 of 21 instances are in {tmp_path / 'out'}.\n19 files of them were there already."
    )
    assert "\nMISSING (2)\n  2 of 12 instances: series 'Thorax axial 5 mm' is incomplete\n" in said


def test_a_missing_instance_can_be_selected(mediakit: Command, medium: Path, tmp_path: Path) -> None:
    (medium / FIRST).unlink()
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--modality", "CT", "--json")
    assert (done.status, done.json["extracted"], len(done.json["missing"])) == (1, 11, 1)
    other = mediakit("extract", medium, "-o", tmp_path / "out", "--modality", "MR", "--json")
    assert (other.status, other.json["missing"]) == (0, [])


def test_a_copy_makes_up_for_what_is_missing(mediakit: Command, medium: Path, tmp_path: Path) -> None:
    shutil.copy(medium / FIRST, medium / "COPY")
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--json")
    assert (done.status, done.json["extracted"]) == (0, 21)
    assert [(each["source"], each["same"]) for each in done.json["repeated"]] == [("COPY", True)]
    data = bytearray((medium / "COPY").read_bytes())
    data[-1] ^= 1
    (medium / "COPY").write_bytes(data)
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--json")
    assert (done.status, [each["same"] for each in done.json["repeated"]]) == (1, [False])
    os.truncate(medium / FIRST, 2000)
    done = mediakit("extract", medium, "-o", tmp_path / "more", "--json")
    assert (done.status, done.json["extracted"], done.json["missing"]) == (0, 21, [])


def test_refusals(mediakit: Command, medium: Path, tmp_path: Path) -> None:
    assert "There is no DIR" in mediakit("extract", medium).err
    assert mediakit("extract", medium, "-o", medium / "out").status == 2
    assert mediakit("extract", medium, "-o", tmp_path / "no" / "out").status == 2
    (tmp_path / "file").write_bytes(b"")
    assert mediakit("extract", medium, "-o", tmp_path / "file").status == 2
    assert mediakit("extract", tmp_path / "nothing", "-o", tmp_path / "out").status == 2
    (tmp_path / "empty").mkdir()
    assert mediakit("extract", tmp_path / "empty", "-o", tmp_path / "out").status == 2
    assert not (tmp_path / "out").exists()


def test_a_report_of_the_same_pass(mediakit: Command, medium: Path, tmp_path: Path) -> None:
    (medium / FIRST).unlink()
    report = tmp_path / "report.html"
    done = mediakit("extract", medium, "-o", tmp_path / "out", "--html", report, "--json")
    assert (done.status, done.json["extracted"]) == (1, 20)
    text = report.read_text(encoding="utf-8")
    assert f"20 of 21 instances are in {tmp_path / 'out'}." in text
    assert f"<td>{FIRST}</td>" in text
    assert text.count("<img ") == 2
