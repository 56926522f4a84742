"""ZIP files and e-mails from the command line: made, proved, streamed, judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.runner import Command, environment
from tests.studies import study, written


@pytest.mark.parametrize(
    ("name", "words", "format", "profiles"),
    [
        ("out.zip", (), "zip", []),
        ("out.eml", (), "mail", ["STD-GEN-ZIP-MAIL"]),
        ("out.eml", ("--medium", "mime"), "mime", ["STD-GEN-MIME"]),
    ],
)
def test_it_is_made_and_conforms(
    name: str,
    words: tuple[str, ...],
    format: str,
    profiles: list[str],
    mediakit: Command,
    samples: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / name
    made = mediakit("create", samples / "patient-a", "-o", out, *words, "--json")
    assert (made.status, made.json["verified"]) == (0, True)
    assert (made.json["profiles"], made.json["conforms"]) == (profiles, profiles)
    assert (made.json["volumes"][0]["format"], made.json["volumes"][0]["size"]) == (
        format,
        out.stat().st_size,
    )
    judged = mediakit("verify", out, "--json")
    assert (judged.status, judged.json["verdict"], judged.json["findings"]) == (0, "conforms", [])
    assert judged.json["profile"]["conforms"] == profiles
    assert judged.json["import"]["readable"] == 21
    assert [each["id"] for each in judged.json["medium"]["formats"]] == [format]


def test_the_same_job_makes_the_same_bytes(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        assert mediakit("create", samples / "patient-a", "-o", tmp_path / name).status == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_readme_and_dicomdir_come_first(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    mediakit("create", samples / "patient-a", "-o", out)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist()[:2] == ["README.TXT", "DICOMDIR"]
        assert b"Conforms to         DICOM PS3.10 and PS3.12\r\n" in archive.read("README.TXT")


def test_a_zip_can_be_a_source_again(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    mediakit("create", samples / "patient-a", "-o", tmp_path / "out.zip")
    made = mediakit("create", tmp_path / "out.zip", "-o", tmp_path / "disc.iso", "--json")
    assert (made.status, made.json["conforms"][0]) == (0, "STD-GEN-CD")


def streamed(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mediakit", "create", *map(str, words), "-o", "-"],
        env=environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def test_standard_output_holds_the_archive_and_nothing_else(
    mediakit: Command, samples: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    done = streamed(samples / "patient-a", "-q", "--json")
    assert done.returncode == 0
    said = json.loads(done.stderr)
    assert (said["verified"], said["volumes"][0]["path"]) == (True, "-")
    out.write_bytes(done.stdout)
    assert mediakit("verify", out).status == 0
    assert said["volumes"][0]["size"] == len(done.stdout)


def test_nothing_is_streamed_when_it_fails(tmp_path: Path) -> None:
    done = streamed(tmp_path / "none", "--json", "-q")
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("words", [("--medium", "cd"), ("--format", "folder"), ("--medium", "mail")])
def test_only_a_zip_is_streamed(words: tuple[str, ...], samples: Path) -> None:
    done = streamed(samples / "patient-a", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Only a ZIP file can go to standard output." in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe whose reader goes away")
def test_a_reader_that_goes_away(samples: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "mediakit", "create", str(samples / "patient-a"), "-q", "-o", "-"],
        env=environment(), stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, timeout=120,
        check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 3
    assert done.stderr.startswith(b"mediakit: Standard output cannot be written: Broken pipe.")


@pytest.mark.parametrize("name", ["out.zip", "out.eml"])
def test_deflated_files(name: str, mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out, words = tmp_path / name, ("create", samples / "patient-a", "-o", tmp_path / name, "--deflate")
    dry = mediakit(*words, "--dry-run", "--json").json["volumes"][0]
    made = mediakit(*words, "--manifest", tmp_path / "list.json", "--json")
    volume = made.json["volumes"][0]
    assert (made.status, made.json["verified"], volume["deflated"]) == (0, True, 21)
    assert dry["size"] == volume["size"] == out.stat().st_size
    stored = mediakit("create", samples / "patient-a", "-o", tmp_path / f"stored-{name}", "--json").json
    assert stored["volumes"][0]["deflated"] == 0
    assert 4 * volume["size"] < stored["volumes"][0]["size"]
    judged = mediakit("verify", out, "--json")
    assert (judged.status, judged.json["findings"], judged.json["import"]["readable"]) == (0, [], 21)
    assert mediakit("verify", out, "--against", tmp_path / "list.json").status == 0
    first = out.read_bytes()
    assert "Deflated     21 instances" in mediakit(*words, "--force").out
    assert out.read_bytes() == first


def test_a_deflated_zip_goes_to_standard_output(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    done = streamed(samples / "patient-a", "-q", "--json", "--deflate")
    assert mediakit("create", samples / "patient-a", "-o", out, "--deflate").status == 0
    assert (done.returncode, done.stdout) == (0, out.read_bytes())
    assert json.loads(done.stderr)["volumes"][0]["size"] == len(done.stdout)


def test_deflated_volumes_keep_their_capacity(mediakit: Command, tmp_path: Path) -> None:
    source = written(
        tmp_path / "source", [d for n in range(4) for d in study(str(n), 3, 512, date=f"202{n}0101")]
    )
    words = ("create", source, "-o", tmp_path / "out.zip", "--medium", "zip", "--deflate", "--split")
    done = mediakit(*words, "--capacity", "7000", "--json")
    assert done.status == 0
    sizes = [each["size"] for each in done.json["volumes"]]
    assert len(sizes) > 1
    assert max(sizes) <= 7000
    assert [Path(each["path"]).stat().st_size for each in done.json["volumes"]] == sizes


@pytest.mark.parametrize("name", ["out.iso", "out.img", "out.mime.eml", "folder"])
def test_nothing_else_is_deflated(name: str, mediakit: Command, samples: Path, tmp_path: Path) -> None:
    more = {"folder": ("--format", "folder"), "out.mime.eml": ("--medium", "mime")}.get(name, ())
    done = mediakit("create", samples / "patient-a", "-o", tmp_path / name, "--deflate", *more)
    assert (done.status, list(tmp_path.iterdir())) == (2, [])
    assert "are not deflated; those of a ZIP file can be." in done.err


def test_damage_is_found(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    """A flipped byte in pixel data: no header shows it, only the checksum of the archive."""
    out = tmp_path / "out.zip"
    mediakit("create", samples / "patient-a", "-o", out)
    data = bytearray(out.read_bytes())
    data[data.index(b"PK\1\2") - 1] ^= 1
    out.write_bytes(data)
    judged = mediakit("verify", out, "--json")
    assert (judged.status, [each["rule"] for each in judged.json["findings"]]) == (1, ["ZIP-002"])


def test_a_plain_e_mail_is_no_secure_one(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.eml"
    mediakit("create", samples / "patient-a", "-o", out)
    judged = mediakit("verify", out, "--profile", "STD-GEN-SEC-ZIP-MAIL", "--json")
    assert (judged.status, [each["rule"] for each in judged.json["findings"]]) == (1, ["PROF-019"])
