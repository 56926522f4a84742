"""Broken media of every format, end to end: no traceback, no hang, no memory without bounds.

The cases and what they have to keep are in `campaign.py`, which also runs for hours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediakit import verify
from tests.fuzz.seeds import FOLDER, case, folder, seeds

CASES = 30 if os.environ.get("CI") else 5
"""Of every kind; beside the corpus."""


def test_the_first_cases_and_the_corpus() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.campaign", "--cases", str(CASES)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["cases"] >= CASES * len(seeds()), found["failures"]) == (True, 0)


@pytest.mark.parametrize("kind", sorted(seeds()))
def test_the_seeds_are_sound(kind: str, tmp_path: Path) -> None:
    """What is broken was whole before: all of it can be imported, and nothing of the File-set is wrong."""
    medium = tmp_path / "medium"
    if kind in FOLDER:
        folder(kind).write(medium)
    else:
        medium.write_bytes(seeds()[kind])
    found = verify(medium)
    assert found.imports.total("readable") == 2
    assert {
        each.rule for each in found.findings if not each.rule.startswith(("ISO-", "FAT-", "PROF-"))
    } == set()


def test_a_case_is_the_same_every_time() -> None:
    assert case("zip", 3) == case("zip", 3) != case("zip", 4)
