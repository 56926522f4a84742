"""Running a recording program: its lines as they come, its end, its death when the job is stopped."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from ..errors import DeviceError

_PATIENCE = 30
"""Seconds that a program has to end after it was told to; closing a track takes its time."""


def run(words: list[str], each: Callable[[str], None] | None = None) -> tuple[int, list[str]]:
    """Run a program to its end; gives its exit status and all it said, in the C locale.

    `each` is called with every line as it comes and may raise to stop the program. Raises
    DeviceError when the program cannot be started.
    """
    lines: list[str] = []
    try:
        # In a session of its own: Ctrl-C is for us, and we end the program in an orderly way.
        running = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        name = Path(words[0]).name
        raise DeviceError(
            f"{name} cannot be started: {error.strerror}.", f"Install {name}, or another recorder."
        ) from error
    with running:
        try:
            for line in running.stdout or ():
                lines.append(line.strip())
                if each:
                    each(lines[-1])
        except BaseException:
            _end(running)
            raise
    return running.returncode, lines


def _end(running: subprocess.Popen[str]) -> None:
    running.terminate()
    try:
        running.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
