"""`mediakit update`: its words, its document, its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import ct, uid
from tests.cli.runner import Command
from tests.studies import study, written


@pytest.fixture
def stick(mediakit: Command, tmp_path: Path) -> Path:
    """A folder with two studies."""
    source = written(tmp_path / "source", [*study("A", 2), *study("B", 2, date="20240601")])
    out = tmp_path / "stick"
    assert mediakit("create", source, "-o", out, "--format", "folder", "-q").status == 0
    return out


def test_adds_and_removes(mediakit: Command, stick: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new", study("C", 3, date="20240701"))
    done = mediakit("update", stick, "--add", new, "--remove", uid("study A"), "--json")
    assert done.status == 0
    document = done.json
    assert [each["file_id"][0] for each in document["added"]] == ["DICOM002"] * 3
    assert [each["file_id"][-1] for each in document["removed"]] == ["IM000001", "IM000002"]
    assert (document["instances"], document["in_place"], document["verified"]) == (5, True, True)
    assert "STD-GEN-USB-JPEG" in document["profiles"]
    assert mediakit("verify", stick, "--profile", "STD-GEN-USB-JPEG").status == 0


def test_says_what_it_did(mediakit: Command, stick: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new", study("C", 3))
    done = mediakit("update", stick, "--add", new, "-q")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0] == (
        f"{stick} is changed: 3 added, 0 removed; it holds "
        "1 patient, 3 studies, 3 series, 7 images and documents."
    )
    out = tmp_path / "other"
    again = mediakit("update", stick, "--remove", uid("study A"), "-o", out, "-q")
    assert again.out.startswith(f"{out} is finished: 0 added, 2 removed")
    assert mediakit("verify", out, "-q").status == mediakit("verify", stick, "-q").status == 0


def test_refusals(mediakit: Command, stick: Path, tmp_path: Path) -> None:
    nothing = mediakit("update", stick, "--json")
    assert (nothing.status, nothing.json["code"]) == (2, "nothing-to-write")
    wrong = mediakit("update", stick, "--remove", "1.2.3", "--json")
    assert (wrong.status, wrong.json["code"]) == (2, "selection")
    other = written(tmp_path / "other", [ct(1, PatientID="P2", StudyInstanceUID=uid("other"))])
    stranger = mediakit("update", stick, "--add", other, "--json")
    assert (stranger.status, stranger.json["code"]) == (2, "patient")
    damaged = written(tmp_path / "damaged", [ct(9)[:400]])
    unfit = mediakit("update", stick, "--add", damaged, "--json")
    assert (unfit.status, unfit.json["left_out"][0]["rule"]) == (2, "FILE-015")
    (stick / "DICOMDIR").unlink()
    broken = mediakit("update", stick, "--add", other, "--json")
    assert (broken.status, broken.json["code"]) == (2, "not-updatable")


def test_what_goes_is_selected_by_the_words_of_create(mediakit: Command, stick: Path) -> None:
    silent = mediakit("update", stick, "--remove", "--json")
    assert (silent.status, silent.json["code"]) == (2, "usage")
    missing = mediakit("update", stick, "--modality", "CT", "--json")
    assert (missing.status, missing.json["code"]) == (2, "usage")
    assert "there is no --remove" in missing.json["message"]
    wrong = mediakit("update", stick, "--remove", "--patient", "P9", "--json")
    assert (wrong.status, wrong.json["code"]) == (2, "selection")
    done = mediakit("update", stick, "--remove", "--since", "2024-06-01", "--modality", "CT", "-q")
    assert done.status == 0, done.err
    assert done.out.startswith(f"{stick} is changed: 0 added, 2 removed")
    assert "Removed\n  " in done.out
    assert mediakit("verify", stick, "-q").status == 0


def test_no_setting_removes_anything(mediakit: Command, stick: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mediakit.toml"
    lines = ('remove = ["1.2"]', 'modality = ["CT"]', 'exclude = ["modality=CT"]', 'since = "2024-01-01"')
    for line in lines:
        settings.write_text(f"[update]\n{line}\n")
        refused = mediakit("update", stick, "--remove", uid("study A"), "--config", settings, "--json")
        assert (refused.status, refused.json["code"]) == (2, "usage")
        assert "is said for each job, it is no setting" in refused.json["message"]
