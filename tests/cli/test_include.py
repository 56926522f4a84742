"""Other content on a medium: `create --include`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.runner import Command, Done


@pytest.fixture
def viewer(tmp_path: Path) -> Path:
    folder = tmp_path / "VIEWER"
    folder.joinpath("DOCS").mkdir(parents=True)
    folder.joinpath("VIEW.EXE").write_bytes(b"MZ not really")
    folder.joinpath("DOCS", "MANUAL.TXT").write_bytes(b"")
    return folder


class Maker:
    """Creates media of the first sample patient."""

    def __init__(self, mediakit: Command, samples: Path, tmp_path: Path) -> None:
        self._mediakit, self._source, self.out = mediakit, samples / "patient-a", tmp_path / "disc"

    def __call__(self, *words: str | Path) -> Done:
        return self._mediakit("create", self._source, "-o", self.out, "--json", *words)


@pytest.fixture
def make(mediakit: Command, samples: Path, tmp_path: Path) -> Maker:
    return Maker(mediakit, samples, tmp_path)


def test_it_lies_beside_the_file_set(make: Maker, viewer: Path, tmp_path: Path, mediakit: Command) -> None:
    listing = tmp_path / "list.json"
    made = make("--format", "folder", "--include", viewer, "--manifest", listing)
    assert made.status == 0
    assert made.json["included"] == [{"source": str(viewer), "files": 2, "size": 13}]
    assert make.out.joinpath("VIEWER", "VIEW.EXE").read_bytes() == b"MZ not really"
    assert make.out.joinpath("VIEWER", "DOCS", "MANUAL.TXT").read_bytes() == b""
    readme = make.out.joinpath("README.TXT").read_bytes().decode("ascii")
    assert "\r\n  VIEWER            other content" in readme
    assert "There is no viewer program" not in readme
    judged = mediakit("verify", make.out, "--json")
    assert (judged.status, judged.json["file_set"]["instances"]) == (0, made.json["written"])
    sources = {tuple(row["file_id"]): row["source"] for row in json.loads(listing.read_text())["files"]}
    assert sources["VIEWER", "VIEW.EXE"] == str(viewer / "VIEW.EXE")


def test_it_is_on_the_image_and_counted(make: Maker, viewer: Path) -> None:
    without = make("--medium", "cd", "--dry-run").json["volumes"][0]["size"]
    viewer.joinpath("LARGE.BIN").write_bytes(bytes(100_000))
    with_it = make("--medium", "cd", "--include", viewer)
    # Two folders, 49 sectors of data and one; an empty file takes none.
    assert with_it.json["volumes"][0]["size"] == without + (2 + 49 + 1) * 2048


def test_it_counts_in_the_capacity(make: Maker, viewer: Path) -> None:
    viewer.joinpath("LARGE.BIN").write_bytes(bytes(2_000_000))
    assert make("--medium", "cd", "--capacity", "1MB").status == 0
    refused = make("--medium", "cd", "--force", "--capacity", "1MB", "--include", viewer)
    assert (refused.status, refused.json["code"]) == (2, "capacity")


def test_names(make: Maker, viewer: Path) -> None:
    assert make("--format", "folder", "--include", f"{viewer}=TOOLS").status == 0
    assert make.out.joinpath("TOOLS", "VIEW.EXE").is_file()


def test_a_single_file_and_the_root(make: Maker, viewer: Path) -> None:
    manual = viewer / "DOCS" / "MANUAL.TXT"
    made = make("--format", "folder", "--include", f"{viewer}=.", "--include", f"{manual}=READ.ME")
    assert made.status == 0
    assert make.out.joinpath("VIEW.EXE").is_file()
    assert make.out.joinpath("READ.ME").is_file()


@pytest.mark.parametrize("name", ["DICOM", "dicom", "DICOM002", "DICOMDIR", "readme.txt"])
def test_names_that_are_ours(make: Maker, viewer: Path, name: str) -> None:
    refused = make("--format", "folder", "--include", f"{viewer}={name}")
    assert refused.status == 2
    assert f"would take the name {name}" in refused.json["message"]
    assert not make.out.exists()


@pytest.mark.parametrize("name", ["a:b", "what?", "end.", "..", "a\\b"])
def test_names_that_windows_does_not_take(make: Maker, viewer: Path, name: str) -> None:
    refused = make("--format", "folder", "--include", f"{viewer}={name}")
    assert (refused.status, "is no name on Windows" in refused.json["message"]) == (2, True)


def test_one_name_twice(make: Maker, viewer: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    other.joinpath("view.exe").write_bytes(b"x")
    refused = make("--format", "folder", "--include", f"{viewer}=.", "--include", f"{other}=.")
    assert (refused.status, "are one name on most systems" in refused.json["message"]) == (2, True)
    refused = make("--format", "folder", "--include", f"{viewer}=X", "--include", f"{other}=x")
    assert (refused.status, "would take the name x" in refused.json["message"]) == (2, True)


def test_nothing_starts_by_itself_unasked(make: Maker, viewer: Path) -> None:
    autorun = viewer / "autorun.inf"
    autorun.write_bytes(b"[autorun]")
    refused = make("--format", "folder", "--include", f"{viewer}=.")
    assert (refused.status, "would start a program by itself" in refused.json["message"]) == (2, True)
    assert make("--format", "folder", "--include", viewer).status == 0  # in a folder it does nothing
    asked = make("--format", "folder", "--force", "--include", autorun)
    assert asked.status == 0
    assert make.out.joinpath("autorun.inf").is_file()


def test_dicom_is_no_other_content(make: Maker, viewer: Path) -> None:
    viewer.joinpath("IMAGE").write_bytes(bytes(128) + b"DICM")
    refused = make("--format", "folder", "--include", viewer)
    assert (refused.status, "is a DICOM File" in refused.json["message"]) == (2, True)


def test_links_are_not_dropped_silently(make: Maker, viewer: Path) -> None:
    viewer.joinpath("link").symlink_to("VIEW.EXE")
    refused = make("--format", "folder", "--include", viewer)
    assert (refused.status, "a link is not followed" in refused.json["message"]) == (2, True)


def test_what_is_not_there(make: Maker, tmp_path: Path) -> None:
    refused = make("--format", "folder", "--include", tmp_path / "nothing")
    assert (refused.status, refused.json["code"]) == (2, "source-unreadable")
    tmp_path.joinpath("empty").mkdir()
    assert make("--format", "folder", "--include", tmp_path / "empty").status == 2
