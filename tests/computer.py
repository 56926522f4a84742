"""A computer for a test: the kernel of `kernel.py` with disks of its own, on which mediakit runs.

What is refused on somebody's real disk can be tried there, and its power can be cut. A job is a
function of `computer_jobs.py`; arguments and result are what JSON can hold.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import command, environment
from tests.tools import TIMEOUT, require_tool

GUEST = Path(__file__).with_name("computer_guest.py")
POLL = 0.001


@dataclass(frozen=True)
class Disk:
    """A file that is a disk of the computer: the first is /dev/ubda."""

    path: Path
    read_only: bool = False


class Computer:
    """A computer that is off; everything it needs besides its disks lies in the folder `work`."""

    def __init__(self, work: Path, *disks: Disk) -> None:
        self._kernel = require_tool("linux.uml")
        self._disks = [
            f"ubd{number}{'r' if disk.read_only else ''}={disk.path.resolve()}"
            for number, disk in enumerate(disks)
        ]
        self._work = work / "computer"
        self._work.mkdir(exist_ok=True)

    def run(self, job: str, *arguments: object) -> Any:
        """Switch it on for one job and give the job's result; what fails in there fails the test."""
        console, result = self._on(job, arguments, cut=False)
        if result is None:
            pytest.fail(f"the computer gave no result\n{console}")
        if "error" in result:
            pytest.fail(f"{job} failed in the computer:\n{result['error']}\n{console}")
        return result["result"]

    def power_cut(self, job: str, *arguments: object) -> bool:
        """Switch it on, and cut the power when the job has made the file `now`.

        True when it was cut before the job had ended.
        """
        console, result = self._on(job, arguments, cut=True)
        if result is not None and "error" in result:
            pytest.fail(f"{job} failed in the computer:\n{result['error']}\n{console}")
        return result is None

    def _on(self, job: str, arguments: tuple[object, ...], cut: bool) -> tuple[str, dict[str, Any] | None]:
        result, now, console = (self._work / name for name in ("result.json", "now", "console"))
        for each in (result, now):
            each.unlink(missing_ok=True)
        task = {
            "path": [str(Path(each).absolute()) for each in sys.path],
            "work": str(self._work),
            "job": job,
            "arguments": arguments,
        }
        (self._work / "task.json").write_text(json.dumps(task, default=str))
        with console.open("wb") as out:
            process = subprocess.Popen(
                command(self._kernel, self._disks, GUEST, self._work, "384M"),
                env=environment(self._work),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                if cut:
                    _wait_for(now, process)
                else:
                    process.wait(TIMEOUT)
            finally:
                # All of its processes at once, as when the plug is pulled.
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        found = json.loads(result.read_text()) if result.exists() else None
        return console.read_text(errors="backslashreplace"), found


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    due = time.monotonic() + TIMEOUT
    while not path.exists() and process.poll() is None and time.monotonic() < due:
        time.sleep(POLL)
