"""`mediakit verify`: first whether it can be imported, then whether it conforms."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.profile.load import profiles
from tests.builders import ct, file_set
from tests.cli.runner import Command


def test_a_conforming_disc_exits_0(mediakit: Command, patient_cd: Path) -> None:
    done = mediakit("verify", patient_cd, "-q")
    assert (done.status, done.err) == (0, "")
    first, second, *rest = done.out.splitlines()
    assert first == "All 21 images and documents can be imported; the medium conforms to STD-GEN-CD."
    assert second == "Nothing to remark; 1 of 26 profiles is met."
    assert "Müller, Jörg (Patient ID SAMPLE-A, born 1961-04-07)" in rest


def test_its_document(mediakit: Command, patient_cd: Path) -> None:
    done = mediakit("verify", patient_cd, "--json")
    assert done.status == 0
    document = done.json
    assert document["verdict"] == "conforms"
    profile = document["profile"]
    assert (profile["requested"], profile["conforms"]) == ("auto", ["STD-GEN-CD"])
    media = {word for id in profile["judged"] for word in profiles()[id].media}
    assert media == {"cd", "dvd"}
    assert {*profile["refused"], *profile["conforms"]} == set(profile["judged"])
    assert profile["refused"]["STD-GEN-SEC-CD"] == ["PROF-017"]
    assert profile["refused"]["STD-CTMR-CD"] == ["PROF-006", "PROF-001"]
    assert (document["summary"]["errors"], document["summary"]["not_checked"]) == (0, 0)
    imports = document["import"]
    assert [imports[word] for word in ("instances", "readable", "recovered", "lost")] == [21, 21, 0, 0]
    held = document["file_set"]
    assert [held[word] for word in ("patients", "studies", "series", "instances", "records")] == [
        1,
        2,
        5,
        21,
        29,
    ]


def test_a_profile_can_be_named(mediakit: Command, patient_cd: Path) -> None:
    done = mediakit("verify", patient_cd, "--profile", "STD-GEN-CD", "--json")
    assert (done.status, done.json["profile"]["requested"]) == (0, "STD-GEN-CD")
    unknown = mediakit("verify", patient_cd, "--profile", "STD-GEN-XX", "--json")
    assert (unknown.status, unknown.json["code"]) == (2, "unknown-profile")


def test_a_missing_file_exits_1_and_is_named_in_words(mediakit: Command, tmp_path: Path) -> None:
    second = "DICOM__PA000001__ST000001__SE000001__IM000002"
    folder = file_set([ct(1), ct(2)]).but(**{second: None}).write(tmp_path / "medium")
    done = mediakit("verify", folder)
    assert done.status == 1
    lines = done.out.splitlines()
    assert lines[0] == (
        "1 of 2 images and documents can be imported; 1 lost: series 'AX 5.0' is incomplete; "
        "the medium breaks the DICOM standard in 1 way."
    )
    assert lines[1] == "1 error, 1 not checked; rules broken: FSET-008; 0 of 82 profiles are met."
    assert "        1  of 2: CT series 1 AX 5.0, 2024-05-01 Thorax, Test, Ada" in lines
    document = mediakit("verify", folder, "--json")
    assert document.status == 1
    assert document.json["verdict"] == "does-not-conform"
    assert document.json["import"]["lost"] == 1
    assert any(
        finding["where"].get("path") == second.replace("__", "/") and finding["severity"] == "error"
        for finding in document.json["findings"]
    )


def test_a_folder_without_a_directory_exits_1(mediakit: Command, tmp_path: Path) -> None:
    folder = file_set([ct(1), ct(2)]).but(DICOMDIR=None).write(tmp_path / "medium")
    done = mediakit("verify", folder)
    assert done.status == 1
    assert done.out.splitlines()[:2] == [
        "All 2 images and documents can be imported, only by a search past the directory; "
        "the medium breaks the DICOM standard in 1 way.",
        "1 error; rules broken: FSET-001; 1 of 82 profiles is met.",
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_cannot_be_judged(form: str, mediakit: Command, tmp_path: Path) -> None:
    junk = tmp_path / "junk.iso"
    junk.write_bytes(b"this is no medium" * 1000)
    as_json = ["--json"] if form == "json" else []
    missing = mediakit("verify", tmp_path / "missing.iso", *as_json)
    assert missing.status == 2
    assert "missing.iso" in missing.err
    strange = mediakit("verify", junk, *as_json)
    assert strange.status == 3
    assert "junk.iso" in strange.err
    if as_json:
        assert (missing.json["code"], strange.json["code"]) == ("source-unreadable", "medium-unreadable")
    else:
        assert (missing.out, strange.out) == ("", "")


def test_an_empty_folder_exits_1(mediakit: Command, tmp_path: Path) -> None:
    done = mediakit("verify", tmp_path)
    assert done.status == 1
    assert done.out.startswith("There is nothing to import: no DICOM images or documents were found; ")


def test_a_report_is_written_once(mediakit: Command, patient_cd: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    first = mediakit("verify", patient_cd, "--html", report, "--json")
    assert (first.status, first.json["verdict"]) == (0, "conforms")
    text = report.read_text(encoding="utf-8")
    assert "<h1>All 21 images and documents can be imported; the medium conforms to STD-GEN-CD.</h1>" in text
    assert text.count("<img ") == 2
    again = mediakit("verify", patient_cd, "--html", report, "--json")
    assert (again.status, again.json["code"]) == (2, "output-exists")
    assert mediakit("verify", patient_cd, "--html", report, "--force", "-q").status == 0
    assert report.read_text(encoding="utf-8") == text
