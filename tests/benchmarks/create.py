"""How fast `mediakit create` is, beside `cp` and the native tool chains: `python tests/benchmarks/create.py`.

Makes CT files in a temporary folder, lets each contender write them several times in turn,
and prints the medians as one table. Nothing is asserted: machines and disks differ, the
ratios in one run are what counts. Needs a system with `os.wait4` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PER_SERIES = 500

LEGEND = """\
wall     until the last command of the contender has ended
on disk  until the system has brought every byte to the disk as well (sync)
memory   peak resident set of the largest process, at least that of the small Python that starts it
mediakit create             scans, writes, syncs, reads back and verifies one image
cp                          cp -r of the same files
cp + dcmmkdir + xorriso     copies the files under legal File IDs, then the DICOMDIR, then the image
genisoimage                 an image of the files as they are, without a DICOMDIR"""


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: seconds until the commands ended, until all was on disk, peak bytes of memory."""

    wall: float
    on_disk: float
    memory: int


class Missing(Exception):
    """A contender cannot run here; the message says why."""


Contender = Callable[[Path, Path], int]
"""Write the files of the first folder into the second; returns the peak memory in bytes."""


def main() -> None:
    """Parse the options, make the files, measure, print."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled once
    options = parse()
    with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as name:
        files, out = Path(name, "files"), Path(name, "out")
        # In a process of its own: a child's peak memory is at least its parent's (getrusage).
        again = [sys.executable, "-m", "tests.benchmarks.create", "--make", str(files)]
        subprocess.run(
            [*again, "--count", str(options.count), "--size", str(options.size)], cwd=ROOT, check=True
        )
        total = sum(path.stat().st_size for path in files.rglob("*.dcm"))
        print(f"{options.count} CT files, {total:,} bytes; median of {options.runs} runs each, in turn\n")
        print_table(measure_all(files, out, options.runs))
    print(f"\n{LEGEND}")


def parse() -> argparse.Namespace:
    """The options; --make is how the benchmark calls itself."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=2000, help="how many files (default: 2000)")
    parser.add_argument("--size", type=int, default=500_000, help="bytes of pixels a file (default: 500000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender (default: 3)")
    parser.add_argument(
        "--folder", type=Path, help="where the files go for the time being; needs 4 x their size"
    )
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.count, options.size)
        sys.exit()
    return options


def make(folder: Path, count: int, size: int) -> None:
    """Write CT files of one patient and study, PER_SERIES a series; the same bytes every time."""
    from mediakit.sample.dataset import part10
    from mediakit.sample.images import ct_slice
    from mediakit.sample.modules import patient, study

    edge = math.isqrt(size // 2)
    of = study(
        patient("ISO_IR 100", "Benchmark^Björn", "BENCHMARK", "19700101", "O"), 1, "20240101", "120000", "CT"
    )
    noise = random.Random(count)
    for n in range(count):
        series, number = n // PER_SERIES + 1, n % PER_SERIES + 1
        pixels = {"Rows": edge, "Columns": edge, "PixelData": noise.randbytes(edge * edge * 2)}
        path = folder / f"series{series}" / f"ct{number:04d}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part10({**ct_slice(of, series, number), **pixels}))


def measure_all(files: Path, out: Path, runs: int) -> dict[str, list[Run] | str]:
    """The runs of every contender, in turn so that a busy moment hits them all; or why it has none."""
    found: dict[str, list[Run] | str] = {name: [] for name in CONTENDERS}
    for _ in range(runs):
        for name, contender in CONTENDERS.items():
            so_far = found[name]
            if isinstance(so_far, list):
                try:
                    so_far.append(measure(contender, files, out))
                except Missing as reason:
                    found[name] = str(reason)
    return found


def measure(contender: Contender, files: Path, out: Path) -> Run:
    """One run on an empty output folder and a quiet disk."""
    out.mkdir()
    os.sync()
    try:
        start = time.perf_counter()
        memory = contender(files, out)
        ended = time.perf_counter()
        os.sync()
        return Run(ended - start, time.perf_counter() - start, memory)
    finally:
        shutil.rmtree(out)


def mediakit(files: Path, out: Path) -> int:
    """The job itself, with a capacity that the files do not exceed."""
    capacity = 2 * sum(path.stat().st_size for path in files.rglob("*.dcm")) + 2**20
    create = [sys.executable, "-m", "mediakit", "create", str(files), "-o", str(out / "x.iso"), "-q"]
    return run([*create, "--capacity", str(capacity)], ROOT)


def cp(files: Path, out: Path) -> int:
    """The same bytes into as many files, by the system's own tool."""
    return run(["cp", "-r", str(files), str(out / "copy")], out)


def native(files: Path, out: Path) -> int:
    """What a script of native tools does: copy under legal File IDs, make the DICOMDIR, make the image."""
    disc = out / "disc"
    for series in sorted(files.iterdir()):
        target = disc / "DICOM" / series.name.upper()
        target.mkdir(parents=True)
        for path in sorted(series.iterdir()):
            shutil.copyfile(path, target / path.stem.upper())
    return max(
        run(["dcmmkdir", "--recurse", "--input-directory", str(disc), "DICOM"], disc),
        run(
            [
                "xorriso",
                "-as",
                "mkisofs",
                "-quiet",
                "-iso-level",
                "1",
                "-V",
                "BENCHMARK",
                "-o",
                "x.iso",
                "disc",
            ],
            out,
        ),
    )


def genisoimage(files: Path, out: Path) -> int:
    """An image alone, by the oldest of the writers."""
    return run(["genisoimage", "-quiet", "-iso-level", "1", "-o", str(out / "x.iso"), str(files)], out)


CONTENDERS: dict[str, Contender] = {
    "mediakit create": mediakit,
    "cp": cp,
    "cp + dcmmkdir + xorriso": native,
    "genisoimage": genisoimage,
}


def run(command: list[str], cwd: Path) -> int:
    """Run a command and return its peak memory in bytes. Raises Missing when it is not there or fails."""
    try:
        child = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise Missing("not installed") from error
    assert child.stderr is not None
    said = child.stderr.read().decode("utf-8", "replace").strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise Missing(f"ended with {child.returncode}: {said.splitlines()[0] if said else 'no message'}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def print_table(found: dict[str, list[Run] | str]) -> None:
    """One row a contender, with ratios to cp."""
    print(f"{'':24} {'wall s':>8} {'x cp':>6} {'on disk s':>10} {'x cp':>6} {'memory MiB':>11}")
    limit = found["cp"]
    assert not isinstance(limit, str), f"cp: {limit}"
    least = median(limit)
    for name, runs in found.items():
        if isinstance(runs, str):
            print(f"{name:24} {runs}")
            continue
        row = median(runs)
        print(
            f"{name:24} {row.wall:8.2f} {row.wall / least.wall:6.2f} "
            f"{row.on_disk:10.2f} {row.on_disk / least.on_disk:6.2f} {row.memory / 2**20:11.1f}"
        )


def median(runs: list[Run]) -> Run:
    """The median of each figure on its own."""
    return Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.on_disk for run in runs),
        int(statistics.median(run.memory for run in runs)),
    )


if __name__ == "__main__":
    main()
