"""Machines to burn on: loop devices where there are any, a robot, a clerk who changes discs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def loop_device(backing: Path, *options: str) -> Iterator[str]:
    """A block device that keeps its bytes in a file; skips where the machine or the user may have none."""
    losetup = shutil.which("losetup")
    if not sys.platform.startswith("linux") or losetup is None:
        pytest.skip("there are no loop devices here")
    done = subprocess.run(
        [losetup, "-f", "--show", *options, str(backing)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no loop device can be had: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        yield device
    finally:
        subprocess.run([losetup, "-d", device], check=True)


def sparse(path: Path, size: int) -> Path:
    """A file of zeros that takes no room."""
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Somebody else at work, until the context is left."""
    other = threading.Thread(target=work, daemon=True)
    other.start()
    yield
    other.join(30)


def wait_for(found: Callable[[], object]) -> None:
    """Look until it is there, for half a minute at most."""
    due = time.monotonic() + 30
    while not found() and time.monotonic() < due:
        time.sleep(0.02)


class Robot:
    """A simulator: takes one job out of its folder, burns into memory, answers with what it has read back.

    `answer` makes the lines of the answer out of the job and the digest of the image.
    """

    def __init__(self, folder: Path, answer: Callable[[Mapping[str, str], str], str]) -> None:
        self._folder, self._answer = folder, answer
        self.jobs: list[dict[str, str]] = []

    def __call__(self) -> None:
        """Wait for a job and do it."""
        wait_for(lambda: [*self._folder.glob("*.job")])
        (order,) = self._folder.glob("*.job")
        lines = order.read_text(encoding="utf-8").splitlines()
        job = dict(tuple(line.split(" = ")) for line in lines)
        self.jobs.append(job)
        burned = (self._folder / job["image"]).read_bytes()
        assert len(burned) == int(job["size"])
        part = order.with_suffix(".writing")
        part.write_text(self._answer(job, hashlib.sha256(burned).hexdigest()), encoding="utf-8")
        part.replace(order.with_suffix(".answer"))
