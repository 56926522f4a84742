"""The right patient, complete: what stops a job, and that it leaves no trace when stopped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mediakit import scan
from mediakit.values import text
from tests.cli.runner import Command, Done


@pytest.fixture(scope="module")
def heap(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything of three people in one folder, as it comes from a desk."""
    folder = tmp_path_factory.mktemp("heap")
    for letter in "ade":
        for path in (samples / f"patient-{letter}").rglob("*"):
            if path.is_file():
                name = f"{letter}-{path.relative_to(samples).as_posix().replace('/', '-')}"
                shutil.copyfile(path, folder / name)
    return folder


@pytest.fixture
def refused(mediakit: Command, heap: Path, tmp_path: Path):  # type: ignore[no-untyped-def]  # a fixture's closure
    """Run `create` on the heap, into an image and into a folder; nothing may be written by either."""

    def run(*words: str) -> Done:
        (tmp_path / "stick").mkdir()
        (tmp_path / "stick" / "letter.txt").write_text("Dear Ada")
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        for out in ("disc.iso", "stick"):
            manifest = tmp_path / "manifest.json"
            done = mediakit("create", heap, "-o", tmp_path / out, "--manifest", manifest, "-q", *words)
            assert (done.status, done.out) == (2, "")
            assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        return done

    return run


def test_three_people_stop_the_job_and_are_listed(refused) -> None:  # type: ignore[no-untyped-def]
    lines = refused().err.splitlines()
    assert lines[0] == "mediakit: The sources hold 3 patients. Nothing was written."
    assert [line.split("(Patient ID ")[1].split(",")[0] for line in lines[1:4]] == [
        "SAMPLE-A", "SAMPLE-D", "SAMPLE-E",
    ]  # fmt: skip
    assert all(line.endswith(("instance", "instances")) for line in lines[1:4])
    assert lines[1].endswith(": 21 instances")
    assert "--patient ID" in lines[4]
    assert "--multi-patient" in lines[4]


def test_patient_takes_one(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    done = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--patient", "SAMPLE-A", "--json")
    assert (done.status, done.json["written"]) == (0, 21)
    assert [each["id"] for each in done.json["volumes"][0]["contents"]] == ["SAMPLE-A"]
    assert mediakit("verify", tmp_path / "disc.iso", "--json").json["file_set"]["patients"] == 1


def test_multi_patient_takes_all(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    done = mediakit("create", heap, "-o", tmp_path / "disc.iso", "--multi-patient", "--json")
    assert done.status == 0, done.err
    assert done.json["not_selected"] == 0
    assert {each["id"] for each in done.json["volumes"][0]["contents"] if each["id"]} == {
        "SAMPLE-A", "SAMPLE-D", "SAMPLE-E",
    }  # fmt: skip
    assert mediakit("verify", tmp_path / "disc.iso", "--json").json["file_set"]["patients"] == 3


@pytest.mark.parametrize(
    "who", ["ID=SAMPLE-D", "ID=SAMPLE-A;BirthDate=1961-04-08", "ID=SAMPLE-A;Name=Müller^Jürg"]
)
def test_a_wrong_expected_patient_stops_the_job(who: str, refused) -> None:  # type: ignore[no-untyped-def]
    lines = refused("--patient", "SAMPLE-A", "--expect-patient", who).err.splitlines()
    assert lines[0] == "mediakit: The patient is not the one expected. Nothing was written. Found:"
    assert "SAMPLE-A" in lines[1]


def test_the_expected_patient_goes_on(mediakit: Command, heap: Path, tmp_path: Path) -> None:
    who = "ID=SAMPLE-A;Name=MÜLLER^Jörg;BirthDate=19610407"
    words = ("--patient", "SAMPLE-A", "--expect-patient", who)
    assert mediakit("create", heap, "-o", tmp_path / "disc.iso", *words).status == 0


@pytest.mark.parametrize("kind", ["series", "instances"])
def test_one_missing_instance_stops_the_job_and_names_the_series(
    kind: str,
    heap: Path,
    tmp_path_factory: pytest.TempPathFactory,
    refused,
    samples: Path,  # type: ignore[no-untyped-def]
) -> None:
    """The list is made of the whole patient; then one image of the CT series is gone."""
    found = list(scan([samples / "patient-a"]).instances)
    series = next(
        text(each.keys, "SeriesInstanceUID") for each in found if text(each.keys, "Modality") == "CT"
    )
    (gone, *_) = (each for each in found if text(each.keys, "InstanceNumber") == "5")
    listed = tmp_path_factory.mktemp("list") / "list.txt"
    if kind == "series":
        counts = {uid: 0 for each in found if (uid := text(each.keys, "SeriesInstanceUID"))}
        for each in found:
            counts[text(each.keys, "SeriesInstanceUID")] += 1
        listed.write_text("".join(f"{uid} {count}\n" for uid, count in counts.items()))
    else:
        listed.write_text("".join(f"{each.sop_instance}\n" for each in found))
    hit = "instance=" + gone.sop_instance
    error = refused("--patient", "SAMPLE-A", "--exclude", hit, "--expect", str(listed)).err
    lines = error.splitlines()
    assert lines[0] == "mediakit: The sources are not what was expected. Nothing was written."
    missing = (
        f"{series}: 12 instances expected, 11 found" if kind == "series" else f"{gone.sop_instance}: missing"
    )
    assert lines[1].strip().startswith(missing)
    assert "2024-03-11 CT Thorax nüchtern: " in error
    assert "Instance Number 5 missing" in error


@pytest.mark.parametrize(
    ("who", "status", "said"),
    [
        ("ID=SAMPLE-A;Name=Müller^Jörg", 0, "The patient is the one expected."),
        ("ID=SAMPLE-D", 1, "THE PATIENT IS NOT THE ONE EXPECTED, or not the only one."),
        ("BirthDate=1961-04-08", 1, "THE PATIENT IS NOT THE ONE EXPECTED, or not the only one."),
    ],
)
def test_verify_says_first_whose_disc_it_is(
    who: str, status: int, said: str, mediakit: Command, patient_cd: Path
) -> None:
    done = mediakit("verify", patient_cd, "--expect-patient", who)
    assert (done.status, done.out.splitlines()[0]) == (status, said)
    document = mediakit("verify", patient_cd, "--expect-patient", who, "--json")
    assert (document.status, document.json["patient_matches"]) == (status, status == 0)
    assert document.json["verdict"] == "conforms"


def test_verify_expects_nobody_unless_told(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    assert mediakit("verify", patient_cd, "--json").json["patient_matches"] is None
    wrong = mediakit("verify", patient_cd, "--expect-patient", "SAMPLE-A", "--json")
    assert (wrong.status, wrong.json["code"]) == (2, "usage")
    empty = mediakit("verify", tmp_path, "--expect-patient", "ID=SAMPLE-A", "--json")
    assert (empty.status, empty.json["patient_matches"]) == (1, False)
