"""The linters, as tests: one command runs everything a change must pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LINTERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy", "--strict", "mediakit"],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_has_nothing_to_say(linter: str, repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *LINTERS[linter]],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
