"""A disc robot, simulated: the job it gets, and what becomes of each of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import mediakit
from mediakit.errors import DeviceError, OutputError, ReadBackError
from tests.devices import Robot, meanwhile


@pytest.fixture(scope="module")
def disc(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of a patient CD, only to be read."""
    out = tmp_path_factory.mktemp("image") / "disc.iso"
    mediakit.create([samples / "patient-a"], out)
    return out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the robot watches."""
    (tmp_path / "jobs").mkdir()
    return tmp_path / "jobs"


def proved(job: Mapping[str, str], sha256: str) -> str:
    return "status = done\n" + f"sha256 = {sha256.upper()}\n" * int(job["copies"])


def test_a_robot_that_reads_its_discs_back(disc: Path, folder: Path) -> None:
    robot = Robot(folder, proved)
    with meanwhile(robot):
        done = mediakit.burn([disc], f"robot:{folder}", copies=3, speed=8, wait=30)
    assert (done.verified, done.copies, done.device) == (True, 3, f"robot:{folder}")
    assert robot.jobs == [
        {
            "image": f"MK{done.sha256[:12].upper()}.iso", "size": str(done.size), "sha256": done.sha256,
            "copies": "3", "speed": "8", "finalise": "yes", "read-back": "yes",
        }
    ]  # fmt: skip
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("answer", ["status = done\n", "STATUS=Done\nverified = yes\n"])
def test_discs_that_nobody_has_read_back_are_not_called_good(answer: str, disc: Path, folder: Path) -> None:
    with meanwhile(Robot(folder, lambda *_: answer)):
        assert not mediakit.burn([disc], f"robot:{folder}", wait=30).verified


def test_one_digest_for_two_copies_proves_one(disc: Path, folder: Path) -> None:
    with meanwhile(Robot(folder, lambda _, sha256: f"status = done\nsha256 = {sha256}\n")):
        assert not mediakit.burn([disc], f"robot:{folder}", copies=2, wait=30).verified


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("status = failed\nmessage = no blank discs\n", OutputError, "The robot failed: no blank discs."),
        ("", OutputError, "The robot failed: it does not say why."),
        ("\0\xff = ", OutputError, "it does not say why"),
        (f"status = done\nsha256 = {'0' * 64}\n", ReadBackError, "1 of 1 discs from the robot do not hold"),
    ],
)
def test_a_robot_that_fails(
    answer: str, error: type[mediakit.MediakitError], said: str, disc: Path, folder: Path
) -> None:
    with meanwhile(Robot(folder, lambda *_: answer)), pytest.raises(error, match=said) as caught:
        mediakit.burn([disc], f"robot:{folder}", wait=30)
    assert caught.value.exit_status == 3
    assert [*folder.iterdir()] == []


def test_a_robot_that_does_not_answer(disc: Path, folder: Path) -> None:
    with pytest.raises(OutputError, match=r"did not answer in 0\.3 seconds"):
        mediakit.burn([disc], f"robot:{folder}", wait=0.3)
    assert [*folder.iterdir()] == []


def test_who_stops_the_job_takes_it_back(disc: Path, folder: Path) -> None:
    """The robot may have begun: that is said."""
    stop = mediakit.Cancel()
    seen: list[int] = []

    def hand(event: mediakit.Progress) -> None:
        if event.stage == "robot":
            seen.append(len([*folder.glob("*.job")]))
            stop.cancel()

    with pytest.raises(mediakit.MediakitError, match="the job was taken back") as caught:
        mediakit.burn([disc], f"robot:{folder}", wait=30, progress=hand, cancel=stop)
    assert (caught.value.code, caught.value.exit_status, seen[0]) == ("interrupted", 130, 1)
    assert [*folder.iterdir()] == []


def test_a_job_that_waits_already_is_left_alone(disc: Path, folder: Path) -> None:
    with meanwhile(robot := Robot(folder, proved)):
        mediakit.burn([disc], f"robot:{folder}", wait=30)
    waiting = folder / robot.jobs[0]["image"].replace(".iso", ".job")
    waiting.write_text("copies = 9")
    with pytest.raises(DeviceError, match="waits for the robot already"):
        mediakit.burn([disc], f"robot:{folder}", wait=0.1)
    assert [*folder.iterdir()] == [waiting]


def test_no_folder(disc: Path, folder: Path) -> None:
    with pytest.raises(DeviceError, match="no folder that a robot could watch"):
        mediakit.burn([disc], f"robot:{folder / 'nowhere'}")
