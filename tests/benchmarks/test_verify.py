"""The benchmark runs and fills its table; what the figures are is not tested."""

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
    for tool in ("sha256sum", "openssl"):
        require_tool(tool)
    script = [sys.executable, "tests/benchmarks/verify.py"]
    options = ["--count", "3", "--size", "20000", "--runs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*script, *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("3 CT files, an image of ")
    rows = re.findall(r"^(\S.*?) {2,}" + r" +".join([r"([\d.]+)"] * 3) + "$", done.stdout, re.MULTILINE)
    names = ["sha256sum", "openssl", "mediakit verify", "mediakit verify --quick"]
    assert [row[0] for row in rows] == names
    assert list(tmp_path.iterdir()) == []
