"""The benchmark of `fit` runs and fills its table; what the figures are is not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_every_count_has_its_row(repository: Path, tmp_path: Path) -> None:
    options = ["3", "700", "--runs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "tests/benchmarks/fit.py", *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = re.findall(r"^ +(\d+) +[\d.]+ +[\d.]+ +[\d.]+ +(\d+) +82$", done.stdout, re.MULTILINE)
    # 700 instances of two series are of as many kinds as three of one: only kinds are judged.
    assert rows == [("3", "1"), ("700", "1")]
    assert list(tmp_path.iterdir()) == []
