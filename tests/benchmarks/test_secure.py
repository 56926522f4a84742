"""The benchmark of envelopes runs and fills its tables; what the figures are is not tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import require_tool


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not tell the memory of a child")
def test_every_contender_has_its_row(repository: Path, tmp_path: Path) -> None:
    require_tool("openssl")
    options = ["--count", "3", "--size", "90000", "--runs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "tests/benchmarks/secure.py", *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = re.findall(r"^(\S.*?) {2,}" + r" +".join([r"([\d.]+)"] * 4) + "$", done.stdout, re.MULTILINE)
    names = [row[0].strip() for row in rows]
    assert names[: len(names) // 2] == names[len(names) // 2 :]
    assert len(names) == 10 and sum(name.startswith("openssl") for name in names) == 4
    assert list(tmp_path.iterdir()) == []
