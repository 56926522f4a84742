"""Two ways to run the command line: as a program, and in this process where speed matters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mediakit.cli import main
from tests.schemas import parsed

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"
"""The job's time in tests: 2023-11-14 22:13:20 UTC."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of a run: this checkout, nobody's settings, a fixed time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MEDIAKIT"))}
    ours = {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": EPOCH, "MEDIAKIT_CONFIG": os.devnull}
    return {**kept, **ours, **changes}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document on standard output, proved against its schema."""
        return parsed(self.out)


def program(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, **options: Any
) -> Done:
    """Run `python -m mediakit` and wait for it; what it prints is taken as UTF-8."""
    done = subprocess.run(
        [sys.executable, "-m", "mediakit", *map(str, words)],
        cwd=cwd,
        env=dict(env or environment()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@dataclass(frozen=True)
class Command:
    """The command line in this process, with the time fixed."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path) -> Done:
        """Run a command."""
        self.capture.readouterr()
        status = main([str(word) for word in words])
        said = self.capture.readouterr()
        return Done(status, said.out, said.err)
