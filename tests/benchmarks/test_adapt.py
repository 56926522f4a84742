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
import mediakit, resource, sys
made = mediakit.create([sys.argv[1]], sys.argv[2], profile="STD-GEN-CD", capacity=2 << 30)
assert made.complete and len(made.adapted) == 1
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""The peak of the process in KiB, for `getrusage` would count the memory of whoever started it; and that of
the larger one of its two decoders."""

OFFLINE = pytest.mark.skipif(
    not os.environ.get("MEDIAKIT_OFFLINE"), reason="1 GB of pixels; set MEDIAKIT_OFFLINE to run it"
)


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
@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=OFFLINE)])
def test_memory_is_bounded_by_frames_not_by_the_film(count: int, repository: Path, tmp_path: Path) -> None:
    """300 frames have 150 MiB without compression, and 2,000 have more than a gigabyte."""
    require_tool("gdcmconv")
    make(tmp_path / "film", 1, 1 << 19, count)
    out = tmp_path / "x.iso"
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path / "film"), str(out)],
        cwd=repository, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert out.stat().st_size > count << 19
    own, decoder = (int(line) << 10 for line in done.stdout.split())
    print(f"{count} frames: {own / 1e6:.0f} MB, and {decoder / 1e6:.0f} MB each decoder")
    assert own < 100 << 20
    assert own + 2 * decoder < 300_000_000
