"""OUT is absent or complete, wherever in its course a job is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediakit import verify
from tests.builders import ct
from tests.cli.runner import environment
from tests.schemas import parsed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits are those of POSIX")

POINTS = 20
IMAGES = 20
LETTER = {"letter.txt": b"Dear Ada"}
"""What lies in the folder before the job, and after it."""

OUTS = {"image": "disc.iso", "folder": "."}
"""OUT by its kind, below a folder that holds the letter."""


def visible(folder: Path) -> dict[str, bytes]:
    """The files below the folder that are not hidden, nor in a hidden folder."""
    names = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in names.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def hidden(folder: Path) -> list[str]:
    """What is hidden in the folder itself."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@dataclass(frozen=True)
class Job:
    """A job that was measured: its command, how long it ran, and what it leaves when nobody stops it."""

    source: Path
    out: str
    seconds: float
    complete: dict[str, bytes]

    def command(self, folder: Path) -> list[str]:
        """The words of the job, with OUT in that folder."""
        folder.mkdir()
        for name, data in LETTER.items():
            (folder / name).write_bytes(data)
        words = ["create", self.source, "-o", folder / self.out, "--progress", "json", "--json"]
        return ["-m", "mediakit", *map(str, words)]


def run(command: list[str], until: Callable[[subprocess.Popen[bytes]], None]) -> tuple[int, bytes]:
    """Run Python, call `until` when the job says its first word, and give status and result."""
    with subprocess.Popen(
        [sys.executable, *command], env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stderr
        running.stderr.readline()
        until(running)
        result, _ = running.communicate(timeout=60)
        return running.returncode, result


@pytest.fixture(scope="module", params=list(OUTS))
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """10 MB of images into an image or into a folder that holds a foreign file."""
    source = tmp_path_factory.mktemp("source")
    for number in range(IMAGES):
        image = ct(number, Rows=500, Columns=500, PixelData=bytes([number]) * 500_000)
        (source / f"{number}.dcm").write_bytes(image)
    folder = tmp_path_factory.mktemp("measured") / "out"
    plain = Job(source, OUTS[request.param], 0, {})
    began = 0.0

    def begin(_: subprocess.Popen[bytes]) -> None:
        nonlocal began
        began = time.monotonic()

    status, _ = run(plain.command(folder), begin)
    seconds = time.monotonic() - began
    assert status == 0
    assert verify(folder / plain.out, profile="STD-GEN-CD").imports.total("readable") == IMAGES
    return Job(source, plain.out, seconds, visible(folder))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_killed_by_a_signal_at_twenty_points(name: str, job: Job, tmp_path: Path) -> None:
    number = getattr(signal, name)

    def killed(point: int) -> str:
        folder = tmp_path / str(point)
        delay = job.seconds * point / POINTS

        def kill(running: subprocess.Popen[bytes]) -> None:
            time.sleep(delay)
            running.send_signal(number)

        status, result = run(job.command(folder), kill)
        found = visible(folder)
        if found == job.complete:
            # The signal came too late for the job; it may still have ended the program.
            assert status in (0, 130, -number)
            return "complete"
        if name == "SIGKILL":
            assert status == -number
            assert "DICOMDIR" not in found
            assert "disc.iso" not in found
            assert all(each.endswith(".partial") for each in hidden(folder))
        else:
            assert (status, parsed(result)["code"]) == (130, "interrupted")
            assert (found, hidden(folder)) == (LETTER, [])
        assert found.items() >= LETTER.items()
        return "absent"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(killed, range(POINTS)))
    assert outcomes.count("absent") >= POINTS // 4


LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from mediakit.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_disk_that_is_full_at_twenty_points(job: Job, tmp_path: Path) -> None:
    """No file may grow beyond a size, from nothing to almost that of the largest one."""
    largest = max(map(len, job.complete.values()))

    def filled(point: int) -> None:
        folder = tmp_path / str(point)
        code = LIMITED.format(limit=largest * point // POINTS)
        status, result = run(["-c", code, *job.command(folder)[2:]], lambda running: None)
        assert (status, parsed(result)["code"]) == (3, "output-failed")
        assert (visible(folder), hidden(folder)) == (LETTER, [])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(filled, range(POINTS)))
