"""How fast each format writes, beside native tools and plain copying: `python tests/benchmarks/formats.py`.

Makes files in a temporary folder, lets every format of WRITERS and every native tool write
them several times in turn, and prints the medians as one table a case. Nothing is asserted:
machines and disks differ, the ratios in one run are what counts.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from mediakit.errors import MediakitError  # noqa: E402
from mediakit.formats import WRITERS, MediaWriter  # noqa: E402
from mediakit.formats.tree import VolumeFile, VolumeParameters, VolumeTree  # noqa: E402
from mediakit.model import FileContent  # noqa: E402

CASES = {"large": (2000, 500_000), "many": (10_000, 50_000)}
"""How many files, of how many bytes on the average: 1 GB and 500 MB."""

PER_FOLDER = 200

Contender = Callable[[Path, Path], None]
"""Write the files of the first folder to a name in the second. Raises Missing."""


class Missing(Exception):
    """A contender cannot run here; the message says why."""


def main() -> None:
    """Parse the options, make the files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender (default: 3)")
    parser.add_argument("--part", type=int, default=1, help="one of so many files only (default: 1)")
    parser.add_argument("--folder", type=Path, help="where the files go for the time being; needs 3 GB")
    options = parser.parse_args()
    for name, (count, size) in CASES.items():
        with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as work:
            files, out = Path(work, "files"), Path(work, "out")
            total = make(files, count // options.part, size)
            print(
                f"{name}: {count // options.part:,} files, {total:,} bytes; median of {options.runs} runs\n"
            )
            print_table(measure_all(files, out, options.runs))


def make(folder: Path, count: int, size: int) -> int:
    """Files of half to one and a half of that size under File IDs; gives their bytes together."""
    noise = random.Random(count)
    block = noise.randbytes(1 << 20)
    total = 0
    for n in range(count):
        path = folder / "DICOM" / f"SE{n // PER_FOLDER:06}" / f"IM{n % PER_FOLDER:06}"
        path.parent.mkdir(parents=True, exist_ok=True)
        length = noise.randrange(size // 2, size * 3 // 2)
        at = noise.randrange(len(block) - 1)
        path.write_bytes((block[at:] + block)[:length])
        total += length
    return total


def of_format(format: MediaWriter[Any]) -> Contender:
    """Plan and write with the format, digest of the image included; nothing is read back."""

    def write(files: Path, out: Path) -> None:
        paths = sorted(path for path in files.rglob("*") if path.is_file())
        tree = VolumeTree(
            tuple(VolumeFile(path.relative_to(files).parts, FileContent.of(path)) for path in paths)
        )
        parameters = VolumeParameters("BENCHMARK", datetime(2026, 1, 1, tzinfo=UTC), unique=1)
        try:
            layout = format.plan(tree, parameters)
            with (out / "image").open("wb") as stream:
                format.write(layout, stream)
        except MediakitError as error:
            raise Missing(error.message) from error

    return write


def tool(*command: str) -> Contender:
    """A program; `{out}` and `{files}` stand for the name it writes and the folder it reads."""

    def run(files: Path, out: Path) -> None:
        filled = [each.format(out=out / "image", files=files) for each in command]
        call(filled, files)

    return run


def call(command: list[str], cwd: Path) -> None:
    """Run a command. Raises Missing when it is not there or fails."""
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Missing(f"{command[0]} is not installed") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Missing(f"ended with {done.returncode}: {said[0] if said else 'no message'}")


def mtools(files: Path, out: Path) -> None:
    """A FAT32 volume made by mkfs.vfat and filled by mcopy."""
    size = sum(path.stat().st_size + 32768 for path in files.rglob("*"))
    image = out / "image"
    call(["mkfs.vfat", "-F", "32", "-C", str(image), str(size // 1024 + 40_000)], out)
    call(["mcopy", "-s", "-m", "-i", str(image), str(files / "DICOM"), "::"], out)


CONTENDERS: dict[str, Contender] = {
    "cp -r": tool("cp", "-r", "{files}", "{out}"),
    **{f"mediakit {each.id}": of_format(each) for each in WRITERS},
    "genisoimage": tool("genisoimage", "-quiet", "-iso-level", "1", "-o", "{out}", "{files}"),
    "genisoimage -udf": tool("genisoimage", "-quiet", "-udf", "-o", "{out}", "{files}"),
    "xorriso": tool("xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1", "-o", "{out}", "{files}"),
    "mkfs.vfat + mcopy": mtools,
    "7zz -mx0": tool("7zz", "a", "-tzip", "-mx0", "-bd", "{out}", "{files}/DICOM"),
    "zip -0": tool("zip", "-q", "-r", "-0", "{out}", "DICOM"),
}


def measure_all(files: Path, out: Path, runs: int) -> dict[str, list[float] | str]:
    """The seconds of every contender's runs, in turn so that a busy moment hits them all; or why not."""
    found: dict[str, list[float] | str] = {name: [] for name in CONTENDERS}
    for _ in range(runs):
        for name, contender in CONTENDERS.items():
            so_far = found[name]
            if isinstance(so_far, list):
                try:
                    so_far.append(measure(contender, files, out))
                except Missing as reason:
                    found[name] = str(reason)
    return found


def measure(contender: Contender, files: Path, out: Path) -> float:
    """Seconds of one run into an empty folder, after all that is still to be written was."""
    out.mkdir()
    if hasattr(os, "sync"):
        os.sync()
    try:
        start = time.perf_counter()
        contender(files, out)
        return time.perf_counter() - start
    finally:
        shutil.rmtree(out)


def print_table(found: dict[str, list[float] | str]) -> None:
    """One row a contender, with the ratio to plain copying."""
    copied = found["cp -r"]
    assert not isinstance(copied, str), f"cp: {copied}"
    print(f"{'':24} {'seconds':>8} {'x cp':>6}")
    for name, runs in found.items():
        if isinstance(runs, str):
            print(f"{name:24} {runs}")
        else:
            seconds = statistics.median(runs)
            print(f"{name:24} {seconds:8.2f} {seconds / statistics.median(copied):6.2f}")
    print()


if __name__ == "__main__":
    main()
