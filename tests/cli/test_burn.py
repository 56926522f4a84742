"""`mediakit burn` and `mediakit devices` on the command line, with a drive that scratches its discs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.runner import Command, environment, program
from tests.devices import Robot, meanwhile, sparse
from tests.tools import require_tool

_SCRATCHING = """\
#!/bin/sh
{xorriso} "$@" || exit
case "$*" in
    *cdrecord*) printf X | dd of={disc} bs=1 seek=70000 conv=notrunc 2>/dev/null ;;
esac
"""
"""A recorder that says that all went well, on a drive that does not write what it is given."""


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A blank disc in the pseudo-drive."""
    require_tool("xorriso")
    return sparse(tmp_path / "drive", 0)


def test_an_image(patient_cd: Path, drive: Path, mediakit: Command) -> None:
    done = mediakit("burn", patient_cd, "--device", f"stdio:{drive}", "-q")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"stdio:{drive} is written: 1 copy.\n\n"
        "Medium     stdio file, overwriteable\n"
        "Size       262,144 bytes (262.1 kB)\n"
        "Read back  every byte is that of the image\n"
    )
    again = mediakit("burn", patient_cd, "--device", f"stdio:{drive}", "-q")
    assert (again.status, again.out) == (2, "")
    assert again.err.splitlines()[-1] == "  If it is the right one, say --yes-erase drive"


def test_sources_as_json(samples: Path, drive: Path, mediakit: Command) -> None:
    words = ("burn", samples / "patient-a", "--device", f"stdio:{drive}", "--medium", "cd", "--json")
    document = mediakit(*words).json
    assert (document["verified"], document["copies"], document["create"]["written"]) == (True, 1, 21)
    assert document["bytes"] == document["create"]["volumes"][0]["size"]
    assert mediakit("verify", drive).status == 0


def test_sources_that_do_not_fit(samples: Path, drive: Path, mediakit: Command) -> None:
    done = mediakit("burn", samples / "patient-a", "--device", f"stdio:{drive}", "--medium", "cd",
                    "--profile", "STD-CTMR-CD", "--json")  # fmt: skip
    assert (done.status, done.json["schema"], drive.stat().st_size) == (2, "mediakit/create/1", 0)
    assert len(done.json["left_out"]) == 2


def test_a_drive_that_scratches_exits_with_3(patient_cd: Path, drive: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    script = tools / "xorriso"
    script.write_text(_SCRATCHING.format(xorriso=require_tool("xorriso"), disc=drive))
    script.chmod(0o755)
    env = environment(PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    done = program("burn", patient_cd, "--device", f"stdio:{drive}", "--json", "-q", env=env)
    assert (done.status, done.json["code"]) == (3, "read-back-differs")
    assert "byte 70,000 is another one" in done.json["message"]


def test_without_the_program(patient_cd: Path, drive: Path, tmp_path: Path) -> None:
    env = environment(PATH=str(tmp_path))
    done = program("burn", patient_cd, "--device", f"stdio:{drive}", "--json", env=env)
    assert (done.status, done.json["code"]) == (2, "device")
    assert "The program xorriso is not installed." in done.json["message"]
    (default,) = (row for row in program("devices", "--json", env=env).json["recorders"] if row["default"])
    assert (default["id"], default["usable"]) == ("xorriso", False)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--device", "stdio:nowhere/drive"), "device"),
        (("--device", "/dev/no-such-drive"), "device"),
        (("--device", "robot:nowhere"), "device"),
        (("--device", "stdio:drive", "--recorder", "wodim"), "device"),
        (("--device", "stdio:drive", "--recorder", "nero"), "usage"),
        (("--device", "stdio:drive", "--copies", "0"), "usage"),
        (("--device", "stdio:drive", "--medium", "floppy"), "usage"),
        ((), "usage"),
    ],
)
def test_refusals_exit_with_2_and_write_nothing(
    words: tuple[str, ...], code: str, patient_cd: Path, drive: Path, mediakit: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(drive.parent)
    done = mediakit("burn", patient_cd, *words, "--json")
    assert (done.status, done.json["code"]) == (2, code)
    assert (drive.stat().st_size, [path.name for path in drive.parent.iterdir()]) == (0, ["drive"])


def test_what_a_robot_does_not_prove_exits_with_3(
    patient_cd: Path, tmp_path: Path, mediakit: Command
) -> None:
    with meanwhile(Robot(tmp_path, lambda *_: "status = done\n")):
        done = mediakit("burn", patient_cd, "--device", f"robot:{tmp_path}", "-q")
    assert done.status == 3
    assert "NOBODY HAS READ IT BACK" in done.out


def test_devices(mediakit: Command) -> None:
    require_tool("xorriso")
    document = mediakit("devices", "--json").json
    assert [row["id"] for row in document["recorders"] if row["default"]] == ["xorriso"]
    assert [row["id"] for row in document["recorders"] if row["usable"]] == ["xorriso", "robot"]
    lines = mediakit("devices").out.splitlines()
    assert lines[2].split()[:2] == ["xorriso", "default"]
    assert sum("never been run" in line for line in lines) == 4
