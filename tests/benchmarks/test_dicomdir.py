"""The benchmark of DICOMDIRs runs and fills its table; what the figures are is not tested."""

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
    for tool in ("dcmmkdir", "dcmdump"):
        require_tool(tool)
    options = ["3", "--limit", "60", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "tests/benchmarks/dicomdir.py", *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    form = r"^ +3 (make|read) (\S.*?) +" + r" +".join([r"[\d.]+"] * 4) + "$"
    assert re.findall(form, done.stdout, re.MULTILINE) == [
        ("make", "mediakit"), ("make", "dcmmkdir"), ("make", "pydicom FileSet"),
        ("read", "mediakit"), ("read", "dcmdump"), ("read", "pydicom FileSet"),
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []
