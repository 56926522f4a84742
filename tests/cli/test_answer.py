"""How answers reach the user: any encoding, hostile names, readers that go away, bugs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from mediakit.cli.answer import printable
from tests.cli.runner import Command, environment, program
from tests.schemas import parsed

NAME = "Образцова^Проба"
ESCAPED = "\\u041e\\u0431\\u0440\\u0430\\u0437\\u0446\\u043e\\u0432\\u0430"
"""The family name as a console without Cyrillic shows it."""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_without_the_letters_shows_escapes(encoding: str, samples: Path, tmp_path: Path) -> None:
    env = environment(PYTHONIOENCODING=encoding)
    source, out = samples / "patient-d", tmp_path / "disc.iso"
    made = program("create", source, "-o", out, env=env)
    assert made.status == 0
    verified = program("verify", out, env=env)
    assert verified.status == 0
    inspected = program("inspect", out, "--records", env=env)
    assert inspected.status == 0
    assert all(ESCAPED in done.out for done in (made, verified, inspected))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
def test_json_is_utf_8_on_every_console(encoding: str, samples: Path, tmp_path: Path) -> None:
    words = ["create", samples / "patient-d", "-o", tmp_path / "disc.iso", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "mediakit", *words],
        env=environment(PYTHONIOENCODING=encoding),
        capture_output=True,
        check=True,
    )
    assert parsed(done.stdout)["volumes"][0]["contents"][0]["name"] == NAME


def test_a_file_name_that_is_no_text_is_listed(samples: Path, tmp_path: Path) -> None:
    """A name of raw bytes on a POSIX system arrives as a lone surrogate."""
    strange = tmp_path / "s\udcff"
    try:
        strange.mkdir()
    except OSError:
        pytest.skip("this file system wants names to be text")
    (strange / "notes.txt").write_text("no DICOM")
    (strange / "image").write_bytes((samples / "patient-d" / "CT0001").read_bytes())
    done = program("create", strange, "-o", strange / "disc.iso", "--json")
    assert done.status == 0
    assert done.json["volumes"][0]["path"] == str(strange / "disc.iso")
    text = program("create", strange / "image", strange / "notes.txt", "-o", strange / "again.iso")
    assert (text.status, text.out.splitlines()[0].startswith(f"{tmp_path}/s\\udcff/again.iso is")) == (
        0,
        True,
    )
    assert text.out.splitlines()[-1].endswith("/notes.txt")


def test_names_cannot_steer_the_terminal() -> None:
    assert printable("Müller, Jörg \u3000 Проба") == "Müller, Jörg \u3000 Проба"
    assert printable("\x1b[2Jgone\r\n\x07\x9b") == "\\x1b[2Jgone\\r\\n\\x07\\x9b"
    assert printable("a\u2028b\u202econforms\u2069") == "a\\u2028b\\u202econforms\\u2069"
    assert printable("می\u200cخواهم") == "می\u200cخواهم"  # a joiner is part of the word


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_goes_away_is_no_error(form: str) -> None:
    words = ["rules", *(["--json"] if form == "json" else [])]
    with subprocess.Popen(
        [sys.executable, "-m", "mediakit", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        assert running.wait(60) == 0
        assert running.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_result_that_cannot_be_printed_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mediakit", "rules"], env=environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        3, "mediakit: the result could not be printed: No space left on device.\n",
    )  # fmt: skip


def test_a_bug_ends_in_a_sentence(mediakit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(out: Path) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("mediakit.sample.write_samples", broken)
    done = mediakit("sample", tmp_path / "try")
    assert (done.status, done.out) == (3, "")
    assert done.err.splitlines() == [
        "mediakit: This is a bug in mediakit (ZeroDivisionError: division by zero).",
        "  Please report it with what MEDIAKIT_DEBUG=1 shows.",
    ]
    assert mediakit("sample", tmp_path / "try", "--json").json["code"] == "bug"

    monkeypatch.setenv("MEDIAKIT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        mediakit("sample", tmp_path / "try")


def test_progress_for_programs_keeps_standard_error_to_json(samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    words = ("create", samples / "patient-a", "-o", out, "--progress", "json", "--json")
    done = program(*words)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert done.status == 0
    assert [set(event) for event in events] == [{"stage", "done", "total"}] * len(events)
    stages = list(dict.fromkeys(event["stage"] for event in events))
    assert stages == ["scan", "judge", "write", "check", "read back"]
    written = [event for event in events if event["stage"] == "write"][-1]
    assert written["done"] == written["total"] == out.stat().st_size

    refused = program(*words)
    assert refused.status == 2
    assert parsed(refused.err.splitlines()[-1]) == refused.json
    assert refused.json["code"] == "output-exists"


def test_progress_for_people_is_a_line_a_stage(samples: Path, tmp_path: Path) -> None:
    done = program("create", samples / "patient-a", "-o", tmp_path / "disc.iso")
    assert done.err.splitlines() == [
        "Reading the sources ...",
        "Checking every instance against the profile ...",
        "Writing ...",
        "Checking the medium ...",
        "Reading back what was written ...",
    ]


def test_quiet_is_quiet(samples: Path, tmp_path: Path) -> None:
    assert program("create", samples / "patient-a", "-o", tmp_path / "disc.iso", "-q").err == ""
    assert program("verify", tmp_path / "disc.iso", "--quiet").err == ""
    assert program("inspect", tmp_path / "disc.iso", "-q").err == ""


def everything(terminal: int) -> str:
    """What a program writes to a terminal until it ends; Linux reports that end as an error."""
    chunks = []
    with suppress(OSError):
        while chunk := os.read(terminal, 1000):
            chunks.append(chunk)
    os.close(terminal)
    return b"".join(chunks).decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made as POSIX does it")
@pytest.mark.parametrize("no_color", ["", "1"])
def test_progress_on_a_terminal_is_a_bar_that_goes_away(no_color: str, samples: Path, tmp_path: Path) -> None:
    import pty

    keyboard, screen = pty.openpty()
    words = ["create", str(samples / "patient-a"), "-o", str(tmp_path / "disc.iso")]
    env = environment(TERM="xterm-256color", COLUMNS="80", **({"NO_COLOR": "1"} if no_color else {}))
    command = [sys.executable, "-m", "mediakit", *words]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=screen) as running:
        os.close(screen)
        seen = everything(keyboard)
    assert running.returncode == 0
    assert "Checking the medium" in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")  # the cursor is shown again
    assert seen.endswith("\x1b[2K")  # and the line is empty
    assert ("\x1b[38;" in seen) == (not no_color)
