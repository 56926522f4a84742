"""The benchmark runs and fills its table; and a long film costs no more memory than a short one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.adapt import make
from tests.tools import require_tool

needs_wait4 = pytest.mark.skipif(
    not hasattr(os, "wait4"), reason="this system does not tell a child's memory"
)

PEAK = """
import mediakit, sys
made = mediakit.create([sys.argv[1]], sys.argv[2], profile="STD-GEN-CD", capacity=1 << 30)
assert made.complete and len(made.adapted) == 1
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""The peak of the process in KiB; `getrusage` would count the memory of whoever started it."""


@needs_wait4
def test_every_contender_has_its_row(repository: Path, tmp_path: Path) -> None:
    for tool in ("gdcmconv", "dcmmkdir", "xorriso"):
        require_tool(tool)
    script = [sys.executable, "-m", "tests.benchmarks.adapt"]
    options = ["--count", "3", "--size", "20000", "--runs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*script, *options],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("3 JPEG Lossless files, ")
    rows = re.findall(r"^(\S.*?) {2,}([\d.]+) +([\d.]+)$", done.stdout, re.MULTILINE)
    assert [row[0] for row in rows] == ["mediakit create", "gdcmconv + dcmmkdir + xorriso"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell the peak")
def test_memory_is_bounded_by_frames_not_by_the_film(repository: Path, tmp_path: Path) -> None:
    """300 frames have 150 MiB without compression."""
    require_tool("gdcmconv")
    make(tmp_path / "film", 1, 1 << 19, 300)
    out = tmp_path / "x.iso"
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path / "film"), str(out)],
        cwd=repository, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert out.stat().st_size > 300 << 19
    assert int(done.stdout) < 100 << 10
