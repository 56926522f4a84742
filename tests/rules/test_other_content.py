"""What lies beside the DICOM files: the words for it, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.formats import read_medium
from mediakit.formats.tree import Evidence
from mediakit.profile.wanted import wanted_by_all
from mediakit.read import read_file_set
from mediakit.report import Finding, Outcome
from mediakit.rules import RULES, judge
from samples.broken.content import DATABASE, JPEG, LOCKED, ZIP
from tests.builders import FileSetFolder, ct, file_set

CLOSED = "on the medium, which was not looked into"
CLASSES = {"none", "auto", "auto-with-note", "ask", "never"}


def findings(folder: FileSetFolder, tmp_path: Path) -> list[Finding]:
    """Those of the kind that is asked for here."""
    return list(verify(folder.write(tmp_path), profile="STD-GEN-CD").findings)


def messages(folder: FileSetFolder, rule: str, tmp_path: Path) -> list[str]:
    return [each.message for each in findings(folder, tmp_path) if each.rule == rule]


@pytest.mark.parametrize(
    ("name", "data", "rule", "message"),
    [
        ("A.ZIP", ZIP, "RISK-005", f"There is a ZIP archive {CLOSED}"),
        ("A.ZIP", LOCKED, "RISK-005", f"There is an archive locked with a password {CLOSED}"),
        ("A.7Z", b"7z\xbc\xaf\x27\x1c", "RISK-005", f"There is a 7-Zip archive {CLOSED}"),
        ("A.DB", DATABASE, "RISK-006", "The medium holds a database: SQLite database"),
        ("A.BAT", b"@echo off", "RISK-004", "The medium holds a program or script"),
        ("A", b"\x7fELF\2", "RISK-004", "The medium holds a program or script"),
        ("DIRFILE", b"\0\1\2", "FSET-023", "DIRFILE is a directory of Philips from before the standard"),
    ],
)  # fmt: skip
def test_a_file_is_named_for_what_it_is(
    name: str, data: bytes, rule: str, message: str, tmp_path: Path
) -> None:
    assert messages(file_set().but(**{name: data}), rule, tmp_path) == [message]


def test_what_is_there_instead_of_images(tmp_path: Path) -> None:
    folder = FileSetFolder({"1.JPG": JPEG, "2.JPG": JPEG, "A.DB": DATABASE})
    (finding,) = (each for each in findings(folder, tmp_path) if each.rule == "FSET-021")
    assert finding.message == "The medium holds no DICOM instance, only 2 x JPEG picture, 1 x SQLite database"
    assert (finding.because, finding.recovery) == ("FSET-001", "never")


def test_names_that_were_taken_from_the_images_only(tmp_path: Path) -> None:
    images = {name: data for name, data in file_set().files.items() if name != "DICOMDIR"}
    nobody = {name: ct(n, PatientName="Anonymous^1") for n, name in enumerate(sorted(images), 1)}
    told = messages(file_set().but(**nobody), "RISK-007", tmp_path)
    assert told == [
        "The directory names Test, Ada, the image does not: it was made anonymous, the directory was not"
    ]
    assert messages(file_set(tuple(nobody.values())), "RISK-007", tmp_path / "both") == []


def test_images_that_only_the_other_file_system_holds_are_not_checked(tmp_path: Path) -> None:
    here = read_medium(file_set().write(tmp_path / "iso"))[0]
    there = read_medium(
        file_set().but(EXTRA=ct(9, PatientName="A name as no other"), TEXT=b"text").write(tmp_path / "udf")
    )[0]
    media = (here, replace(there, evidence=Evidence("udf", "")))
    found = [each for each in judge(read_file_set(media, wanted_by_all())) if each.rule == "UDF-022"]
    told = [(each.where.path, each.outcome) for each in found if each.where.path in ("EXTRA", "TEXT")]
    assert ("EXTRA", Outcome.NOT_CHECKED) in told
    assert ("TEXT", Outcome.NOT_CHECKED) not in told


def test_every_recovery_has_a_class(tmp_path: Path) -> None:
    assert {rule.recovery for rule in RULES.values()} == CLASSES
    for each in findings(file_set().but(DICOMDIR=None), tmp_path):
        assert each.recovery_class in CLASSES
