"""How fast DICOMDIRs are written and read, beside DCMTK and pydicom: `python tests/benchmarks/dicomdir.py`.

Makes small CT files with legal File IDs in a temporary folder; each contender then makes the
DICOMDIR of them, and reads the one that mediakit made, in a process of its own. Who is not
done within the limit is not asked for more files. Nothing is asserted: machines differ, the
ratios in one run are what counts. Needs a system with `os.wait4` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PER_SERIES = 500
PER_FOLDER = 1000
PER_STUDY = 10_000

MEDIAKIT_MAKE = """
import sys
from pathlib import Path
from mediakit.dicomdir import encode_dicomdir
from mediakit.directory import build_directory, order
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.wanted import wanted_by
from mediakit.scan import scan
from mediakit.staging import stage
table, files, out = load_records(), Path(sys.argv[1], "DICOM"), Path(sys.argv[2])
chosen = profile("STD-GEN-CD")
found = scan([files], wanted=wanted_by((chosen,), table)).instances
records = build_directory(stage(order(found, table)), table, chosen.keys).records
out.write_bytes(encode_dicomdir(records, "BENCHMARK", "2.25.1"))
"""
MEDIAKIT_READ = """
import sys
from pathlib import Path
from mediakit.dicomdir import read_dicomdir
from mediakit.model import FileContent
view = read_dicomdir(FileContent.of(Path(sys.argv[2])))
assert not view.anomalies
"""
PYDICOM_MAKE = """
import sys
from pathlib import Path
from pydicom.fileset import FileSet
found = FileSet()
for path in sorted(Path(sys.argv[1], "DICOM").rglob("IM*")):
    found.add(path)
found.write(sys.argv[3])
"""
PYDICOM_READ = """
import sys
from pydicom import dcmread
from pydicom.fileset import FileSet
FileSet(dcmread(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """A name, the task, and a command over folder of files, DICOMDIR and folder for anything else."""

    name: str
    task: str
    command: tuple[str, ...]


def _python(source: str) -> tuple[str, ...]:
    return sys.executable, "-c", source, "{files}", "{dicomdir}", "{other}"


CONTENDERS = (
    Contender("mediakit", "make", _python(MEDIAKIT_MAKE)),
    Contender("dcmmkdir", "make", ("dcmmkdir", "+r", "+id", "{files}", "+D", "{other}/DICOMDIR", "DICOM")),
    Contender("pydicom FileSet", "make", _python(PYDICOM_MAKE)),
    Contender("mediakit", "read", _python(MEDIAKIT_READ)),
    Contender("dcmdump", "read", ("dcmdump", "{dicomdir}")),
    Contender("pydicom FileSet", "read", _python(PYDICOM_READ)),
)

LEGEND = """\
make     headers of all files read, records made, DICOMDIR written; pydicom copies the files besides
read     records and their tree in memory; dcmdump prints them and follows the offsets
ratio    wall time to that of mediakit for the same task and number of files
memory   peak resident set, at least that of the small Python that starts the command
KiB each the same divided by the instances"""


class Failed(Exception):
    """A contender cannot run here or did not finish; the message says why."""


def main() -> None:
    """Parse the options, and measure each count, the smallest first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("counts", nargs="*", type=int, default=[1000, 10_000, 100_000], help="how many files")
    parser.add_argument("--limit", type=float, default=300, help="seconds for each run (default: 300)")
    parser.add_argument("--folder", type=Path, help="where the files go for the time being")
    options = parser.parse_args()
    gone: dict[Contender, str] = {}
    print(
        f"{'instances':>9} {'task':4} {'':15} {'wall s':>8} {'ratio':>7} {'memory MiB':>10} {'KiB each':>8}"
    )
    for count in sorted(options.counts):
        with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as name:
            measure(Path(name), count, options.limit, gone)
    print(f"\n{LEGEND}")


def make(folder: Path, count: int) -> None:
    """Write small CT files under legal File IDs, PER_SERIES a series; the same bytes every time."""
    from tests.builders import ct, uid

    for n in range(count):
        study, series = n // PER_STUDY, n // PER_SERIES
        path = folder / "DICOM" / f"F{n // PER_FOLDER:05d}" / f"IM{n % PER_FOLDER:06d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        changes: dict[str, Any] = {
            "StudyInstanceUID": uid(f"study {study}"),
            "StudyID": study + 1,
            "SeriesInstanceUID": uid(f"series {series}"),
            "SeriesNumber": series + 1,
            "InstanceNumber": n % PER_SERIES + 1,
        }
        path.write_bytes(ct(n, **changes))


def measure(folder: Path, count: int, limit: float, gone: dict[Contender, str]) -> None:
    """Print one row for each contender; who fails joins `gone` with the reason."""
    files, other = folder / "files", folder / "other"
    make(files, count)
    names = {"files": files, "dicomdir": folder / "DICOMDIR", "other": other}
    best: dict[str, float] = {}
    for contender in CONTENDERS:
        row = f"{count:9} {contender.task:4} {contender.name:15}"
        if contender in gone:
            print(f"{row} {gone[contender]}", flush=True)
            continue
        other.mkdir()
        try:
            wall, memory = run([part.format(**names) for part in contender.command], limit)
        except Failed as reason:
            gone[contender] = f"not tried: with {count:,}, {reason}"
            print(f"{row} {reason}", flush=True)
        else:
            ratio = wall / best.setdefault(contender.task, wall)
            each = memory / 1024 / count
            print(f"{row} {wall:8.2f} {ratio:7.2f} {memory / 2**20:10.1f} {each:8.2f}", flush=True)
        finally:
            shutil.rmtree(other)


def run(command: list[str], limit: float) -> tuple[float, int]:
    """Seconds and peak bytes of memory of a command. Raises Failed."""
    start = time.perf_counter()
    try:
        child = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise Failed("not installed") from error
    timer = threading.Timer(limit, child.kill)
    timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode < 0:
        raise Failed(f"not done in {limit:g} s")
    if child.returncode:
        raise Failed(f"ended with {child.returncode}")
    return wall, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
