"""`mediakit inspect`: what is on a medium, for people and for programs."""

from __future__ import annotations

from pathlib import Path

from tests.builders import ct, file_set
from tests.cli.runner import Command
from tests.dicomdirs import Rec, craft, keys, sound


def test_the_tree_of_a_disc(mediakit: Command, patient_cd: Path) -> None:
    done = mediakit("inspect", patient_cd, "-q")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"Medium        {patient_cd}"
    assert lines[1].startswith("Format        iso9660 (")
    assert "Holds         1 patient, 2 studies, 5 series, 21 images and documents" in lines
    assert "Müller, Jörg (Patient ID SAMPLE-A, born 1961-04-07)" in lines
    assert "       12  CT series 2 Thorax axial 5 mm" in lines
    assert not any("IM000001" in line for line in lines)


def test_records_with_number_offset_and_file_id(mediakit: Command, tmp_path: Path) -> None:
    folder = file_set([ct(1)]).write(tmp_path / "medium")
    done = mediakit("inspect", folder, "--records")
    rows = [line.split() for line in done.out.splitlines()[-4:]]
    assert [(row[0], row[2]) for row in rows] == [
        ("0", "PATIENT"),
        ("1", "STUDY"),
        ("2", "SERIES"),
        ("3", "IMAGE"),
    ]
    assert rows[3][3] == "DICOM\\PA000001\\ST000001\\SE000001\\IM000001"
    offsets = [int(row[1]) for row in rows]
    assert offsets == sorted(offsets)
    dicomdir = (folder / "DICOMDIR").read_bytes()
    assert all(dicomdir[offset : offset + 4] == b"\xfe\xff\x00\xe0" for offset in offsets)


def test_its_document(mediakit: Command, tmp_path: Path) -> None:
    folder = file_set([ct(1), ct(2)]).write(tmp_path / "medium")
    document = mediakit("inspect", folder, "--json").json
    assert document["file_set"]["id"] == "TEST1"
    assert document["file_set"]["uid"] == "2.25.42"
    assert document["files"] == {"total": 3, "instances": 2, "unreferenced": 0, "missing": 0}
    tree = [(each["level"], each["parent"], each["type"]) for each in document["records"]]
    assert tree == [(0, None, "PATIENT"), (1, 0, "STUDY"), (2, 1, "SERIES"), (3, 2, "IMAGE"), (3, 2, "IMAGE")]
    image = document["records"][4]
    assert image["file_id"] == ["DICOM", "PA000001", "ST000001", "SE000001", "IM000002"]
    assert image["keys"]["InstanceNumber"] == "2"
    assert image["keys"]["ImageType"] == ["ORIGINAL", "PRIMARY", "AXIAL"]


def test_what_is_no_medium(mediakit: Command, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk" * 1000)
    assert mediakit("inspect", junk, "--json").json["code"] == "medium-unreadable"
    assert mediakit("inspect", junk).status == 3
    assert mediakit("inspect", tmp_path / "missing").status == 2


def test_roots_that_are_no_patients_are_shown(mediakit: Command, tmp_path: Path) -> None:
    records = [*sound(), Rec("HANGING PROTOCOL", keys(HangingProtocolName="CHEST 2X1"))]
    records[0] = records[0].but(next=len(records) - 1)
    (tmp_path / "DICOMDIR").write_bytes(craft(records, last=len(records) - 1))
    done = mediakit("inspect", tmp_path)
    assert "Of no patient\n  HANGING PROTOCOL CHEST 2X1\n" in done.out
