"""The benchmark runs and fills its tables; what the figures are is not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from mediakit.formats import WRITERS
from tests.tools import require_tool


def test_every_contender_has_its_row(repository: Path, tmp_path: Path) -> None:
    for name in ("genisoimage", "xorriso", "mkfs.vfat", "mcopy", "7zz", "zip"):
        require_tool(name)
    options = ["--part", "200", "--runs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "tests/benchmarks/formats.py", *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    tools = ["genisoimage", "genisoimage -udf", "xorriso", "mkfs.vfat + mcopy", "7zz -mx0", "zip -0"]
    rows = re.findall(r"^(\S.*?) {2,}([\d.]+) +([\d.]+)$", done.stdout, re.MULTILINE)
    assert [row[0] for row in rows] == 2 * ["cp -r", *(f"mediakit {each.id}" for each in WRITERS), *tools]
    assert list(tmp_path.iterdir()) == []
