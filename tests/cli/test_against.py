"""`mediakit verify --against` and `--fail-on`: what was made, and what makes the exit status 1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import Command

FIRST = "DICOM/PA000001/ST000001/SE000001/IM000001"


@pytest.fixture
def made(mediakit: Command, samples: Path, tmp_path: Path) -> tuple[Path, Path]:
    """An image of the first sample patient, and its manifest."""
    image, listing = tmp_path / "made.iso", tmp_path / "made.json"
    assert mediakit("create", samples / "patient-a", "-o", image, "--manifest", listing, "-q").status == 0
    return image, listing


def against(mediakit: Command, medium: Path, made: Path) -> tuple[int, dict[str, Any]]:
    done = mediakit("verify", medium, "--against", made, "--json")
    return done.status, done.json["against"]


@pytest.mark.parametrize("which", [0, 1])
def test_an_equal_image(mediakit: Command, made: tuple[Path, Path], tmp_path: Path, which: int) -> None:
    burned = shutil.copy(made[0], tmp_path / "burned.iso")
    with burned.open("ab") as stream:
        stream.write(bytes(150 * 2048))  # a drive may give the run-out too
    status, compared = against(mediakit, burned, made[which])
    assert (status, compared["equal"], compared["by"]) == (0, True, "bytes")
    said = mediakit("verify", burned, "--against", made[which]).out
    assert said.startswith(f"The medium equals {made[which]}, byte by byte.\n")


@pytest.mark.parametrize("which", [0, 1])
def test_one_byte_of_a_file(mediakit: Command, made: tuple[Path, Path], tmp_path: Path, which: int) -> None:
    data = bytearray(made[0].read_bytes())
    data[-2000] ^= 1  # in the padding or the pixels of the last image
    at = data.rindex(b"DICM")
    data[at + 9000] ^= 1
    burned = tmp_path / "burned.iso"
    burned.write_bytes(data)
    status, compared = against(mediakit, burned, made[which])
    assert (status, compared["equal"], compared["by"]) == (1, False, "bytes")
    assert [each["problem"] for each in compared["differences"]] == ["other bytes"]


def test_one_byte_between_the_files(mediakit: Command, made: tuple[Path, Path], tmp_path: Path) -> None:
    data = bytearray(made[0].read_bytes())
    data[100] = 1  # ISO 9660 6.2.1: the system area
    burned = tmp_path / "burned.iso"
    burned.write_bytes(data)
    status, compared = against(mediakit, burned, made[0])
    assert status == 1
    assert compared["differences"] == [{"path": "", "problem": "other bytes outside of the files"}]


def test_a_folder_is_compared_by_its_files(
    mediakit: Command, made: tuple[Path, Path], samples: Path, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    assert mediakit("create", samples / "patient-a", "-o", stick, "--format", "folder", "-q").status == 0
    for which in made:
        assert against(mediakit, stick, which) == (
            0, {"path": str(which), "equal": True, "by": "files", "differences": []},
        )  # fmt: skip
    (stick / FIRST).unlink()
    os.truncate(stick / FIRST.replace("IM000001", "IM000002"), 5000)
    (stick / "VIRUS.EXE").write_bytes(b"MZ")
    status, compared = against(mediakit, stick, made[1])
    assert (status, compared["by"]) == (1, "files")
    assert compared["differences"] == [
        {"path": FIRST, "problem": "missing"},
        {"path": "VIRUS.EXE", "problem": "not of this medium"},
        {"path": FIRST.replace("IM000001", "IM000002"), "problem": "5,000 bytes instead of 9,430"},
    ]
    said = mediakit("verify", stick, "--against", made[1]).out
    assert said.startswith(f"THE MEDIUM DOES NOT EQUAL {made[1]}: 3 differences.\n    {FIRST}: missing\n")


def test_what_is_neither(mediakit: Command, made: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    for text, code in (
        ("{}", "usage"),
        ('{"schema": "mediakit/manifest/1"}', "usage"),
        ("{", "medium-unreadable"),
    ):
        other.write_text(text)
        assert mediakit("verify", made[0], "--against", other, "--json").json["code"] == code
    missing = mediakit("verify", made[0], "--against", tmp_path / "nothing", "--json")
    assert (missing.status, missing.json["code"]) == (2, "source-unreadable")


def test_what_makes_it_fail(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    medium = tmp_path / "medium"
    assert mediakit("create", samples / "patient-a", "-o", medium, "--format", "folder", "-q").status == 0

    def statuses() -> list[int]:
        words = ("lost", "error", "warning")
        return [mediakit("verify", medium, "--fail-on", word).status for word in words]

    assert statuses() == [0, 0, 0]
    first = medium / FIRST
    data = first.read_bytes()
    first.write_bytes(b"MZ" + data[2:])  # RISK-001 is a warning
    assert statuses() == [0, 0, 1]
    first.write_bytes(data)
    (medium / "DICOM").rename(medium / "dicom")
    assert statuses() == [0, 1, 1]
    (medium / FIRST.replace("DICOM", "dicom")).unlink()
    assert statuses() == [1, 1, 1]
