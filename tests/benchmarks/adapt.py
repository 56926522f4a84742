"""How fast `mediakit create` decompresses, beside gdcmconv for each file: `python -m tests.benchmarks.adapt`.

Makes CT slices in JPEG Lossless in a temporary folder, lets each contender make a disc of them for
STD-GEN-CD several times in turn, and prints the medians as one table. With --frames there are
multi-frame objects instead, and the peak memory is what counts: `--count 1 --frames 2100` has a
gigabyte of pixels. Nothing is asserted. Needs a system with `os.wait4` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.create import Contender, Missing, Run, measure, median, run

ROOT = Path(__file__).parents[2]
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7.3"
"""Multi-frame Grayscale Word Secondary Capture."""

LEGEND = """\
wall    until the last command of the contender has ended
memory  peak resident set of the largest process
mediakit create                decodes every frame twice, writes, syncs, reads back and verifies one image
gdcmconv + dcmmkdir + xorriso  gdcmconv --raw for each file, then the DICOMDIR, then the image"""


def main() -> None:
    """Parse the options, make the files, measure, print."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled once
    options = parse()
    with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as name:
        files, out = Path(name, "files"), Path(name, "out")
        make(files, options.count, options.size, options.frames)
        total = sum(path.stat().st_size for path in files.rglob("*.dcm"))
        print(f"{options.count} JPEG Lossless files, {total:,} bytes; median of {options.runs} runs each\n")
        print_table(
            {name: measured(contender, files, out, options.runs) for name, contender in CONTENDERS.items()}
        )
    print(f"\n{LEGEND}")


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=1000, help="how many files (default: 1000)")
    parser.add_argument("--size", type=int, default=524_288, help="bytes of a frame (default: 524288)")
    parser.add_argument("--frames", type=int, default=0, help="frames of a multi-frame object (default: CT)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender (default: 3)")
    parser.add_argument("--folder", type=Path, help="where the files go for the time being")
    return parser.parse_args()


def make(folder: Path, count: int, size: int, frames: int) -> None:
    """Write CT files of one series, or multi-frame objects of the same pixels; the same bytes every time."""
    from mediakit.sample.images import ct_slice
    from mediakit.sample.modules import patient, study
    from tests.profile_sets.dataset import JPEG_LOSSLESS, Made

    edge = math.isqrt(size // 2)
    person = patient("ISO_IR 100", "Benchmark^Bear", "BENCHMARK", "19700101", "O")
    of = study(person, 1, "20240101", "120000", "CT")
    series = folder / "series1"
    series.mkdir(parents=True)
    streams = [compressed(Made(ct_slice(of, 1, 1)), edge, seed, folder / "frame") for seed in range(4)]
    for n in range(count):
        values = {**ct_slice(of, 1, n + 1), "Rows": edge, "Columns": edge}
        values["PixelData"] = [streams[(n + k) % len(streams)] for k in range(frames or 1)]
        if frames:
            values |= {"SOPClassUID": SECONDARY_CAPTURE, "NumberOfFrames": str(frames)}
        series.joinpath(f"ct{n + 1:04d}.dcm").write_bytes(Made(values, JPEG_LOSSLESS).data)


def compressed(made: object, edge: int, seed: int, scratch: Path) -> bytes:
    """A frame in JPEG Lossless: a soft picture with noise, as a CT has it."""
    from pydicom import dcmread
    from pydicom.encaps import generate_frames

    from tests.profile_sets.dataset import Made

    assert isinstance(made, Made)
    y, x = np.mgrid[:edge, :edge]
    noise = np.frombuffer(random.Random(seed).randbytes(edge * edge), np.uint8).reshape(edge, edge) % 16
    rows = ((x * x + y * y + seed * 97) // (edge * 2) + noise).astype("<u2")
    native = made.but(Rows=edge, Columns=edge, PixelData=rows.tobytes())
    scratch.write_bytes(native.data)
    run(["gdcmconv", "--jpeg", str(scratch), str(scratch) + ".jpeg"], scratch.parent)
    packed = dcmread(str(scratch) + ".jpeg")
    scratch.unlink()
    Path(str(scratch) + ".jpeg").unlink()
    return next(generate_frames(packed.PixelData, number_of_frames=1))


def measured(contender: Contender, files: Path, out: Path, runs: int) -> list[Run] | str:
    """The runs of a contender, or why it has none."""
    try:
        return [measure(contender, files, out) for _ in range(runs)]
    except Missing as reason:
        return str(reason)


def mediakit(files: Path, out: Path) -> int:
    """The job itself, with a capacity that the files do not exceed."""
    create = [sys.executable, "-m", "mediakit", "create", str(files), "-o", str(out / "x.iso"), "-q"]
    return run([*create, "--profile", "STD-GEN-CD", "--capacity", "8GB"], ROOT)


def native(files: Path, out: Path) -> int:
    """What a script of native tools does: decompress under legal File IDs, then DICOMDIR and image."""
    disc = out / "disc"
    peak = 0
    for series in sorted(files.iterdir()):
        target = disc / "DICOM" / series.name.upper()
        target.mkdir(parents=True)
        for path in sorted(series.iterdir()):
            peak = max(peak, run(["gdcmconv", "--raw", str(path), str(target / path.stem.upper())], out))
    make_image = [
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
    ]
    return max(
        peak,
        run(["dcmmkdir", "--recurse", "--input-directory", str(disc), "DICOM"], disc),
        run(make_image, out),
    )


CONTENDERS: dict[str, Contender] = {"mediakit create": mediakit, "gdcmconv + dcmmkdir + xorriso": native}


def print_table(found: dict[str, list[Run] | str]) -> None:
    """One row a contender."""
    print(f"{'':30} {'wall s':>8} {'memory MiB':>11}")
    for name, runs in found.items():
        if isinstance(runs, str):
            print(f"{name:30} {runs}")
        else:
            row = median(runs)
            print(f"{name:30} {row.wall:8.2f} {row.memory / 2**20:11.1f}")


if __name__ == "__main__":
    main()
