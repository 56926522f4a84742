"""Foreign programs that the interop tests compare with, and how to run them.

A missing program is a loud skip on a developer's machine and a failure where CI is set:
there the job is to have them all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TIMEOUT = 120
"""Seconds after which a foreign program counts as hung."""


def require_tool(name: str) -> str:
    """The path of a foreign program; skips the test where it is missing, or fails in CI."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed; .ci/run names the package"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def run_bytes(name: str, *arguments: str | Path) -> bytes:
    """Run a foreign program and return its standard output as it is; a failure fails the test."""
    done = subprocess.run(
        [require_tool(name), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{name} ended with {done.returncode}\n{done.stderr!r}")
    return done.stdout


def run(
    name: str, *arguments: str | Path, cwd: Path | None = None, status: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a foreign program in the C locale and return what it said.

    An exit status that is not in `status` fails the test with the program's own words.
    Bytes that are not UTF-8 arrive as backslash escapes.
    """
    done = subprocess.run(
        [require_tool(name), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode not in status:
        pytest.fail(f"{name} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done
