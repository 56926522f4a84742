"""What `mediakit fit` costs beyond reading the headers: `python tests/benchmarks/fit.py`.

Makes CT files of one study in a temporary folder, reads their headers as `fit` does, then runs
`fit` itself, which holds them against every profile. The ratio is what counts: it must not grow
with the number of instances, because only distinct kinds are judged. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PER_SERIES = 500
PER_FOLDER = 1000


def main() -> None:
    """Parse the options, and measure each count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("counts", nargs="*", type=int, default=[2000, 50_000], help="how many instances")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--folder", type=Path, help="where the files go for the time being")
    options = parser.parse_args()
    print(f"{'instances':>9} {'headers s':>10} {'fit s':>8} {'ratio':>6} {'kinds':>6} {'profiles':>9}")
    for count in options.counts:
        with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as name:
            make(Path(name), count)
            print(row(Path(name), count, options.runs), flush=True)


def make(folder: Path, count: int) -> None:
    """Write small CT files, PER_SERIES a series; the same bytes every time."""
    from mediakit.sample.dataset import part10
    from mediakit.sample.images import ct_slice
    from mediakit.sample.modules import patient, study

    of = study(
        patient("ISO_IR 100", "Benchmark^Björn", "BENCHMARK", "19700101", "O"), 1, "20240101", "120000", "CT"
    )
    pixels = {"Rows": 4, "Columns": 4, "PixelData": bytes(32)}
    for n in range(count):
        path = folder / f"{n // PER_FOLDER:03d}" / f"ct{n:06d}.dcm"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(part10({**ct_slice(of, n // PER_SERIES + 1, n % PER_SERIES + 1), **pixels}))


def row(folder: Path, count: int, runs: int) -> str:
    """One line of the table: medians over the runs, headers and fit in turn."""
    from mediakit import fit, scan
    from mediakit.fitting import Fitting
    from mediakit.model import Role
    from mediakit.profile.load import profiles
    from mediakit.profile.records import load_records
    from mediakit.profile.wanted import wanted_by

    known = tuple(profiles().values())
    wanted = wanted_by(known, load_records())
    fit([])  # the tables are loaded once in the life of a program
    headers, whole = [], []
    for _ in range(runs):
        headers.append(seconds(lambda: scan([folder], wanted=wanted)))
        whole.append(seconds(lambda: fit([folder])))
    kinds = len(Fitting(scan([folder], wanted=wanted).instances, known, Role.FSC, {}).kinds)
    scanned, fitted = statistics.median(headers), statistics.median(whole)
    return f"{count:9} {scanned:10.2f} {fitted:8.2f} {fitted / scanned:6.2f} {kinds:6} {len(known):9}"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes the processor; the disk is the same for both and only adds noise."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
