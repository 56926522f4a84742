"""`mediakit create` as a clerk and as a script see it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mediakit.dicomfile.encode import encode_file, file_meta
from tests.builders import CT, ct, dataset, uid
from tests.cli.runner import Command
from tests.profile_sets import images
from tests.profile_sets.dataset import IMPLICIT
from tests.schemas import parsed


def encapsulated(number: int, transfer_syntax: str = "1.2.840.10008.1.2.4.90") -> bytes:
    """A CT image that is encapsulated, in a transfer syntax that no profile of a CD takes if not said."""
    item = b"\xfe\xff\x00\xe0"
    fragment = b"\xff\xd8\xff\xd9"
    pixels = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + item + bytes(4)
    pixels += item + len(fragment).to_bytes(4, "little") + fragment + b"\xfe\xff\xdd\xe0" + bytes(4)
    meta = file_meta(CT, uid(f"ct {number}"), transfer_syntax)
    return encode_file(meta, dataset(number, PixelData=None) + pixels)


JPEG = encapsulated(2)


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files below the folder, to see that nothing was added or changed."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def heap(tmp_path: Path) -> Path:
    """A folder with two CT images, one of them in a transfer syntax that a CD does not take, and a note."""
    folder = tmp_path / "heap"
    folder.mkdir()
    (folder / "fits.dcm").write_bytes(ct(1))
    (folder / "jpeg.dcm").write_bytes(JPEG)
    (folder / "notes.txt").write_text("no DICOM")
    return folder


def test_a_disc_of_one_patient_exits_0(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    done = mediakit("create", samples / "patient-a", "-o", out, "--json")
    assert done.status == 0
    document = done.json
    volume = document["volumes"][0]
    assert (volume["path"], volume["format"], volume["size"]) == (str(out), "iso", out.stat().st_size)
    assert volume["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (document["profiles"], document["conforms"], document["verified"]) == (
        ["STD-GEN-CD"], ["STD-GEN-CD"], True,
    )  # fmt: skip
    assert (document["written"], document["left_out"], document["not_selected"]) == (21, [], 0)
    assert volume["file_set_id"].startswith("MK231114")
    assert [Path(each["source"]).name for each in document["ignored"]] == ["thumbnail.jpg", "notes.txt"]
    assert sorted(tmp_path.iterdir()) == [out]


def test_the_same_job_at_the_same_time_gives_the_same_image(
    mediakit: Command, samples: Path, tmp_path: Path, patient_cd: Path
) -> None:
    out = tmp_path / "elsewhere.iso"
    assert mediakit("create", samples / "patient-a", "-o", out).status == 0
    assert out.read_bytes() == patient_cd.read_bytes()


def test_the_text_names_patient_studies_and_series(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    done = mediakit("create", samples / "patient-a", "-o", out)
    assert done.status == 0
    assert done.out.startswith(
        f"{out} is finished: 1 patient, 2 studies, 5 series, 21 images and documents.\n"
        "\n"
        "Müller, Jörg (Patient ID SAMPLE-A, born 1961-04-07)\n"
        "  2024-03-11 CT Thorax nüchtern, accession number 20240311-1\n"
    )
    assert "     12  CT series 2 Thorax axial 5 mm\n" in done.out
    assert "conforms to STD-GEN-CD" in done.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("create", "no-such-folder", "-o", "x.iso"), "source-unreadable", "no-such-folder"),
        (("create", "empty", "-o", "x.iso"), "nothing-to-write", "empty"),
        (("create", "heap", "-o", "exists.iso"), "output-exists", "exists.iso exists already"),
        (
            ("create", "heap", "-o", "exists.iso", "--format", "folder"),
            "output-exists",
            "is a file, not a folder",
        ),
        (("create", "heap", "-o", "no-such-folder/x.iso"), "usage", "no-such-folder does not exist"),
        (("create", "heap", "-o", "x"), "usage", "does not say what kind of medium"),
        (("create", "heap", "-o", "x.iso", "--profile", "STD-GEN-CP"), "unknown-profile", "'STD-GEN-CP'"),
        (("create", "heap", "-o", "x.iso", "--medium", "wax"), "usage", "'wax'"),
        (("create", "heap", "-o", "x.iso", "--format", "tar"), "usage", "'tar'"),
        (("create", "heap", "-o", "x.iso", "--file-set-id", "a b"), "usage", "'a b' is no File-set ID"),
        (
            ("create", "heap", "-o", "x.iso", "--supply", "PatientIdd=1"),
            "usage",
            "'PatientIdd' is no DICOM keyword",
        ),
        (("create", "heap/fits.dcm", "-o", "x.iso", "--capacity", "20000"), "capacity", "20,000"),
    ],
)
def test_a_request_that_is_at_fault_exits_2_and_writes_nothing(
    words: tuple[str, ...],
    code: str,
    said: str,
    mediakit: Command,
    heap: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (heap.parent / "empty").mkdir()
    (heap.parent / "exists.iso").write_bytes(b"precious")
    monkeypatch.chdir(heap.parent)
    before = snapshot(heap.parent)
    done = mediakit(*words, "-q")
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    document = mediakit(*words, "-q", "--json")
    assert document.status == 2
    assert (document.json["code"], said in document.json["message"]) == (code, True)
    assert snapshot(heap.parent) == before


def test_what_does_not_fit_stops_the_job(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    done = mediakit("create", heap, "-o", tmp_path / "disc.iso", "-q")
    assert done.status == 2
    assert done.err.splitlines() == [
        "mediakit: 1 of 2 instances do not fit. Nothing was written.",
        "  Mend or remove them, or say --leave-out to write the others and list these.",
    ]
    assert "What does not fit (1)\n  PROF-002  Every instance is in a transfer syntax" in done.out
    assert f"             {heap / 'jpeg.dcm'}\n" in done.out
    document = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--json")
    assert document.status == 2
    assert (document.json["volumes"], document.json["written"]) == ([], 0)
    assert [(each["source"], each["rule"]) for each in document.json["left_out"]] == [
        (str(heap / "jpeg.dcm"), "PROF-002")
    ]
    assert snapshot(tmp_path) == before


def test_auto_chooses_the_narrowest_profile_when_the_general_one_does_not_take_all(
    mediakit: Command, heap: Path, tmp_path: Path
) -> None:
    (heap / "jpeg.dcm").write_bytes(encapsulated(2, "1.2.840.10008.1.2.4.70"))
    document = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--json").json
    assert (document["profiles"], document["conforms"], document["left_out"]) == (
        ["STD-CTMR-CD"], ["STD-CTMR-CD"], [],
    )  # fmt: skip
    assert document["why"] == (
        "STD-CTMR-CD: the narrowest profile of a 120 mm CD-R that takes everything unchanged; "
        "STD-GEN-CD does not."
    )


@pytest.mark.parametrize(
    ("words", "said", "advice"),
    [
        (("--medium", "cd", "--format", "fat"), "cannot hold the format 'fat'", "iso, folder"),
        (("--profile", "STD-CTMR-MOD12"), "is retired: PS3.11-2004 was the last", "current profile"),
    ],
)
def test_what_cannot_be_written_yet(
    words: tuple[str, ...], said: str, advice: str, mediakit: Command, heap: Path, tmp_path: Path
) -> None:
    done = mediakit("create", heap, "-o", tmp_path / "out", *words, "--json")
    assert done.status == 2
    assert said in done.json["message"]
    assert advice in done.json["advice"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("medium", "profile"),
    [("usb", "STD-GEN-USB-JPEG"), ("mail", "STD-GEN-ZIP-MAIL"), ("mime", "STD-GEN-MIME"),
     ("bd-r", "STD-GEN-BD"), ("dvd", "STD-GEN-DVD-JPEG"), ("sd", "STD-GEN-SD-JPEG"),
     ("mod41", "STD-CTMR-MOD41")],
)  # fmt: skip
def test_a_folder_for_every_medium(
    medium: str, profile: str, mediakit: Command, heap: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = mediakit(
        "create", heap / "fits.dcm", "-o", out, "--medium", medium, "--format", "folder", "--json"
    )
    assert (done.status, done.json["profiles"], done.json["conforms"][0]) == (0, [profile], profile)


def test_keys_of_narrower_profiles_are_added(mediakit: Command, tmp_path: Path) -> None:
    """What a CT/MR reader wants in the directory is a copy of what the images hold, and costs nothing."""
    image = {"HighBit": 11, "ImagePositionPatient": "0\\0\\5", "PixelSpacing": "1\\1"}
    (tmp_path / "ct.dcm").write_bytes(ct(1, **image))  # type: ignore[arg-type]  # keywords of attributes
    disc = tmp_path / "disc.iso"
    made = mediakit("create", tmp_path / "ct.dcm", "-o", disc, "--json").json
    assert (made["profiles"], made["conforms"]) == (["STD-GEN-CD"], ["STD-GEN-CD", "STD-CTMR-CD"])
    keys = mediakit("inspect", disc, "--json").json["records"][-1]["keys"]
    assert (keys["Rows"], keys["ImagePositionPatient"]) == ("4", ["0", "0", "5"])
    words = ("create", tmp_path / "ct.dcm", "-o", disc, "--force", "--profile", "STD-GEN-CD", "--json")
    assert mediakit(*words).json["conforms"] == ["STD-GEN-CD"]


def test_leave_out_writes_the_rest_and_exits_1(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    done = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--leave-out", "--json")
    assert done.status == 1
    assert (done.json["written"], done.json["verified"]) == (1, True)
    assert [each["source"] for each in done.json["left_out"]] == [str(heap / "jpeg.dcm")]
    assert [each["source"] for each in done.json["ignored"]] == [str(heap / "notes.txt")]
    text = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--leave-out", "--force")
    assert text.status == 1
    assert text.out.splitlines()[1] == "1 instance LEFT OUT, listed below."
    assert "Left out (1)" in text.out
    assert str(heap / "jpeg.dcm") in text.out
    assert "Ignored (1)\n        1  no DICOM: text: " in text.out


def test_when_nothing_fits_nothing_is_written(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    done = mediakit("create", heap / "jpeg.dcm", "-o", tmp_path / "disc.iso", "--leave-out", "--json")
    assert (done.status, done.json["written"]) == (2, 0)
    assert not (tmp_path / "disc.iso").exists()


def test_a_private_record_is_made_where_it_is_asked_for(
    mediakit: Command, heap: Path, tmp_path: Path
) -> None:
    (heap / "jpeg.dcm").write_bytes(ct(2, SOPClassUID="1.2.3.4"))
    refused = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--json")
    assert refused.status == 2
    assert refused.json["left_out"][0]["reason"] == "1.2.3.4 has no Directory Record type"
    assert "--private-records" in refused.json["findings"][0]["advice"]
    done = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--private-records", "--json")
    assert (done.status, done.json["written"]) == (0, 2)
    assert [(f["rule"], f["severity"]) for f in done.json["findings"]] == [
        ("DDIR-032", "note"),
        ("FILE-036", "note"),  # a private SOP class
    ]


def test_force_replaces_a_file(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    out.write_bytes(b"old")
    assert mediakit("create", heap / "fits.dcm", "-o", out, "--force").status == 0
    assert mediakit("verify", out).status == 0


def test_options_reach_the_job(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    (heap / "nameless.dcm").write_bytes(ct(3, PatientID=None, SOPInstanceUID=uid("nameless")))
    out = tmp_path / "disc"
    words = (
        "create", heap / "nameless.dcm", "-o", out, "--medium", "cd", "--format", "iso",
        "--profile", "std-gen-cd", "--capacity", "1MB", "--file-set-id", "WARD_7",
    )  # fmt: skip
    refused = mediakit(*words, "--json")
    assert (refused.status, refused.json["left_out"][0]["rule"]) == (2, "PROF-003")
    done = mediakit(*words, "--supply", "PatientID=4711", "--json")
    assert done.status == 0
    volume = done.json["volumes"][0]
    assert (volume["file_set_id"], volume["contents"][0]["id"]) == ("WARD_7", "4711")
    assert done.json["why"] == "STD-GEN-CD as asked for."
    assert [(each["rule"], each["severity"]) for each in done.json["findings"]] == [("KEY-050", "note")]


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """Two patients; the first one has a CT and an MR series in studies of two days."""
    folder = tmp_path / "ward"
    folder.mkdir()
    (folder / "ct.dcm").write_bytes(ct(1))
    second = {"StudyInstanceUID": uid("later"), "SeriesInstanceUID": uid("mr"), "StudyDate": "20240502"}
    (folder / "mr.dcm").write_bytes(ct(2, **second, Modality="MR", AccessionNumber="ACC2"))
    other = {"StudyInstanceUID": uid("other"), "SeriesInstanceUID": uid("other ct")}
    (folder / "other.dcm").write_bytes(ct(3, **other, PatientID="P2", PatientName="Test^Bob"))
    return folder


def test_a_second_patient_stops_the_job(mediakit: Command, ward: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    done = mediakit("create", ward, "-o", out, "-q")
    assert (done.status, done.out, out.exists()) == (2, "", False)
    lines = done.err.splitlines()
    assert lines[0] == "mediakit: The sources hold 2 patients. Nothing was written."
    assert lines[1].startswith("    Test^Ada (Patient ID P1")
    assert lines[2].startswith("    Test^Bob (Patient ID P2")
    assert lines[3] == "  Take one with --patient ID, or say --multi-patient if they shall share the medium."
    assert mediakit("create", ward, "-o", out, "--json").json["code"] == "patient"
    both = mediakit("create", ward, "-o", out, "--multi-patient", "--json")
    assert (both.status, [each["id"] for each in both.json["volumes"][0]["contents"]]) == (0, ["P1", "P2"])


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("--patient", "P1"), 2),
        (("--patient", "P1", "--patient", "P2", "--multi-patient"), 3),
        (("--patient", "P1", "--modality", "CT"), 1),
        (("--patient", "P1", "--modality", "CT,MR"), 2),
        (("--study", uid("later")), 1),
        (("--series", uid("other ct")), 1),
        (("--accession", "ACC2"), 1),
        (("--since", "2024-05-02"), 1),
        (("--exclude", "patient=P2", "--exclude", "modality=MR"), 1),
    ],
)
def test_selection(
    words: tuple[str, ...], written: int, mediakit: Command, ward: Path, tmp_path: Path
) -> None:
    done = mediakit("create", ward, "-o", tmp_path / "disc.iso", *words, "--json")
    assert done.status == 0
    assert (done.json["written"], done.json["not_selected"]) == (written, 3 - written)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--patient", "P3"), "selection"),
        (("--since", "tomorrow"), "usage"),
        (("--exclude", "SR"), "usage"),
        (("--patient", "P1", "--expect-patient", "ID=P1;Name=Test^Bob"), "patient"),
        (("--patient", "P1", "--expect-patient", "P1"), "usage"),
        (("--patient", "P1", "--expect", "list.txt"), "expectation"),
        (("--patient", "P1", "--expect", "missing.txt"), "source-unreadable"),
    ],
)
def test_the_wrong_patient_or_too_little_stops_the_job(
    words: tuple[str, ...], code: str, mediakit: Command, ward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ward.parent)
    Path("list.txt").write_text(f"{uid('study')} 2\n")
    done = mediakit("create", ward, "-o", "disc.iso", *words, "--json")
    assert (done.status, done.json["code"]) == (2, code)
    assert not Path("disc.iso").exists()


def test_the_expected_patient_and_studies_go_on(
    mediakit: Command, ward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ward.parent)
    Path("list.txt").write_text(f"{uid('study')} 1\n{uid('later')} 1\n")
    words = ("--patient", "P1", "--expect-patient", "ID=P1;BirthDate=1970-01-01", "--expect", "list.txt")
    done = mediakit("create", ward, "-o", "disc.iso", *words)
    assert done.status == 0
    assert "Not selected  1 instance\n" in done.out


def test_one_id_under_two_names_needs_a_word(mediakit: Command, tmp_path: Path) -> None:
    for number, name in enumerate(("Test^Ada", "Trial^Ada"), 1):
        (tmp_path / f"{number}.dcm").write_bytes(ct(number, PatientName=name))
    words = ("create", tmp_path / "1.dcm", tmp_path / "2.dcm", "-o", tmp_path / "disc.iso")
    refused = mediakit(*words, "--json")
    assert (refused.status, refused.json["code"]) == (2, "patient")
    assert mediakit(*words, "--same-patient").status == 0


def test_a_dry_run_says_the_same_and_writes_nothing(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    words = ("create", samples / "patient-a", "-o", tmp_path / "disc.iso", "--json")
    dry = mediakit(*words, "--dry-run")
    assert (dry.status, list(tmp_path.iterdir())) == (0, [])
    text = mediakit(*words[:-1], "--dry-run")
    assert text.out.splitlines()[:2] == [
        f"{tmp_path / 'disc.iso'} would hold: 1 patient, 2 studies, 5 series, 21 images and documents.",
        "Nothing was written.",
    ]
    wet = mediakit(*words)
    assert (dry.json["dry_run"], wet.json["dry_run"]) == (True, False)
    assert dry.json["volumes"][0] == {**wet.json["volumes"][0], "sha256": None}


def test_a_manifest_lists_what_was_written(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "disc.json"
    done = mediakit("create", heap / "fits.dcm", "-o", tmp_path / "disc.iso", "--manifest", manifest)
    assert done.status == 0
    listed = parsed(manifest.read_bytes())
    assert listed["image"]["sha256"] == hashlib.sha256((tmp_path / "disc.iso").read_bytes()).hexdigest()
    assert [each["file_id"] for each in listed["files"][:2]] == [["README.TXT"], ["DICOMDIR"]]
    (instance,) = [each for each in listed["files"] if each["source"]]
    assert instance["source"] == str(heap / "fits.dcm")
    assert instance["sha256"] == hashlib.sha256(ct(1)).hexdigest()


def test_a_folder_is_a_medium_too(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "stick"
    words = ("create", samples / "patient-d", "-o", out, "--json")
    done = mediakit(*words, "--format", "folder", "--manifest", tmp_path / "stick.json")
    assert (done.status, done.json["volumes"][0]["format"], done.json["verified"]) == (0, "folder", True)
    assert parsed((tmp_path / "stick.json").read_bytes())["image"]["path"] == "stick"
    assert mediakit("verify", out).status == 0
    again = mediakit(*words)
    assert (again.status, again.json["code"]) == (2, "output-exists")


def test_the_label_is_printed(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    done = mediakit("create", samples / "patient-a", "-o", tmp_path / "disc.iso")
    at = done.out.splitlines().index("For the label")
    assert done.out.splitlines()[at + 1] == "  Müller, Jörg, born 1961-04-07, Patient ID SAMPLE-A"


def test_adaptation_is_told_and_can_be_forbidden(mediakit: Command, tmp_path: Path) -> None:
    source = tmp_path / "implicit.dcm"
    elements = images.ct(IMPLICIT)
    source.write_bytes(elements.data)
    words = ("create", source, "-o", tmp_path / "x.iso")
    done = mediakit(*words, "--adapt", "never")
    assert (done.status, (tmp_path / "x.iso").exists()) == (2, False)
    said = mediakit(*words).out
    assert "Adapted to the profile without loss (1); the sources are as they were" in said
    assert "Transfer Syntax UID: Implicit VR Little Endian becomes Explicit VR Little Endian" in said
    document = mediakit(*words, "--force", "--json").json
    assert document["adapted"] == [
        {
            "source": str(source),
            "changes": ["Transfer Syntax UID: Implicit VR Little Endian becomes Explicit VR Little Endian"],
        }
    ]
    assert source.read_bytes() == elements.data
