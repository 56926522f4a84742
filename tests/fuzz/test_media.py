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

from mediakit import Severity, verify
from tests.fuzz import corpus
from tests.fuzz.seeds import ACCESS, FOLDER, case, folder, seeds

SECONDS = 300 if os.environ.get("CI") else 10
"""Of processor time in all, beside the corpus."""

PROCESSES = min(2, os.cpu_count() or 1)


def test_the_first_cases_and_the_corpus() -> None:
    runs = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.fuzz.campaign", "--seconds", str(SECONDS / PROCESSES)),
                *("--from", str(first), "--step", str(PROCESSES)),
            ],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for first in range(PROCESSES)
    ]
    said = [run.communicate(timeout=1800)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * PROCESSES, "".join(said)
    counts = [json.loads(each.splitlines()[-1]) for each in said]
    assert sum(each["cases"] for each in counts) >= len(list(corpus.load())) + len(seeds())
    assert all(each["failures"] == 0 for each in counts)


def test_the_corpus_is_of_many_kinds() -> None:
    """What each case is there for, `campaign.py` says; a campaign runs all of them."""
    names = [name for name, _ in corpus.load()]
    kinds = {name.split(" ")[0] for name in names}
    assert len(set(names)) == len(names) >= 50
    assert kinds <= set(seeds())
    assert len(kinds) >= 12


@pytest.mark.parametrize("kind", sorted(seeds()))
def test_the_seeds_are_sound(kind: str, tmp_path: Path) -> None:
    """What is broken was whole before: all of it can be imported, and nothing of the File-set is wrong."""
    medium = tmp_path / "medium"
    if kind in FOLDER:
        folder(kind).write(medium)
    else:
        medium.write_bytes(seeds()[kind])
    found = verify(medium, access=ACCESS)
    assert found.imports.total("readable") == 2
    wrong = {each.rule for each in found.findings if each.severity is not Severity.NOTE}
    # What is asked for a profile does not count: the media of the seeds are small, and of every revision.
    assert {rule for rule in wrong if not rule.startswith(("ISO-", "FAT-", "UDF-", "PROF-"))} == set()


def test_a_case_is_the_same_every_time() -> None:
    assert case("zip", 3) == case("zip", 3) != case("zip", 4)
