"""How fast `mediakit verify` is, beside `sha256sum` of the same image: `python tests/benchmarks/verify.py`.

Makes an image of CT files in a temporary folder and lets each contender read it several times in
turn, from the system's cache. Nothing is asserted: the ratios in one run are what counts. Needs a
system with `os.wait4` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

LEGEND = """\
wall        until the command has ended
memory      peak resident set of the process, at least that of the small Python that starts it
sha256sum   the tool of the system, which may not use what the processor has for it
openssl     SHA-256 as fast as this processor can
verify      reads every byte, hashes every file, walks through it, judges
--quick     reads headers"""


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: seconds until the command ended, peak bytes of memory."""

    wall: float
    memory: int


def main() -> None:
    """Parse the options, make the image, measure, print."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled once
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--count", type=int, default=2000, help="how many files (default: 2000)")
    options.add_argument("--size", type=int, default=500_000, help="bytes of pixels a file (default: 500000)")
    options.add_argument("--runs", type=int, default=3, help="runs of each contender (default: 3)")
    options.add_argument("--folder", type=Path, help="where the files go; needs 2 x their size")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=asked.folder) as name:
        image = make(Path(name), asked.count, asked.size)
        size = image.stat().st_size
        print(
            f"{asked.count} CT files, an image of {size:,} bytes; median of {asked.runs} runs each, in turn\n"
        )
        print_table({each: [] for each in contenders(image)}, image, asked.runs)
    print(f"\n{LEGEND}")


def make(folder: Path, count: int, size: int) -> Path:
    """An image of that many CT files."""
    files, image = folder / "files", folder / "disc.iso"
    again = [sys.executable, "-m", "tests.benchmarks.create", "--make", str(files)]
    subprocess.run([*again, "--count", str(count), "--size", str(size)], cwd=ROOT, check=True)
    capacity = ["--capacity", str(2 * count * (size + 2**14) + 2**20)]
    create = [sys.executable, "-m", "mediakit", "create", str(files), "-o", str(image), "-q", *capacity]
    subprocess.run(create, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for path in sorted(files.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    return image


def contenders(image: Path) -> dict[str, list[str]]:
    """The commands, the limit first."""
    verify = [sys.executable, "-m", "mediakit", "verify", str(image), "-q"]
    return {
        "sha256sum": ["sha256sum", str(image)],
        "openssl": ["openssl", "dgst", "-sha256", str(image)],
        "mediakit verify": verify,
        "mediakit verify --quick": [*verify, "--quick"],
    }


def run(command: list[str]) -> Run:
    """Run a command to its good end."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return Run(time.perf_counter() - start, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def print_table(found: dict[str, list[Run]], image: Path, runs: int) -> None:
    """Measure in turn, so that a busy moment hits them all; one row a contender."""
    commands = contenders(image)
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(run(command))
    limit = statistics.median(each.wall for each in found["sha256sum"])
    print(f"{'':24} {'wall s':>8} {'x sha256sum':>12} {'memory MiB':>11}")
    for name, rows in found.items():
        wall = statistics.median(each.wall for each in rows)
        memory = statistics.median(each.memory for each in rows)
        print(f"{name:24} {wall:8.2f} {wall / limit:12.2f} {memory / 2**20:11.1f}")


if __name__ == "__main__":
    main()
