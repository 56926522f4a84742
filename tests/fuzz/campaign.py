"""Broken media of every format through `verify`, `extract` and `scan`, end to end.

    python -m tests.fuzz.campaign --cases 100            the first 100 of every kind (CI: test_media.py)
    nice python -m tests.fuzz.campaign --minutes 60 --from 100000
                                                         as many as there is time for, from that one on
    python -m tests.fuzz.campaign --kind udf --from 4711 --cases 1
                                                         one case again

Every case has to end within SECONDS, in MEMORY more than the sound media take, with a result or
an error of `mediakit.errors`; and nothing may appear outside the folder that `extract` was given.
It prints what failed and one line of JSON with counts; the exit status is 1 when anything failed.
A case that failed is added to corpus.json once it is mended.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from mediakit import extract, verify
from mediakit.errors import MediakitError
from mediakit.scan import scan
from tests.fuzz.seeds import FOLDER, case, corpus, folder, seeds

SECONDS = 2.0
"""What each of the verbs may take for a small medium, of processor time: other work may be going on."""

MEMORY = 300 << 20
"""Bytes that may be asked of the system beyond what the sound media need."""

HANGING = 60
"""Seconds of any kind after which a case counts as hung and the run ends."""


def main() -> int:
    """Run the cases that were asked for."""
    args = _arguments()
    failures = total = 0
    slowest = (0.0, "")
    end = time.monotonic() + args.minutes * 60 if args.minutes else None
    with tempfile.TemporaryDirectory(prefix="mediakit-fuzz-") as name:
        here = Path(name)
        for kind, data in seeds().items():
            _run(data, here, kind)
        _bound_memory()
        for name, data in _cases(args, end):
            total += 1
            seconds, said = _case(name, data, here)
            slowest = max(slowest, (seconds, name))
            if said:
                failures += 1
                print(f"{name}: {said}", flush=True)
    seconds, name = slowest
    found = {"cases": total, "failures": failures, "seconds": round(seconds, 2), "slowest": name}
    print(json.dumps({**found, "memory": _peak()}))
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz of verify, extract and scan.")
    parser.add_argument("--cases", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--kind", choices=sorted(seeds()), action="append")
    return parser.parse_args()


def _cases(args: argparse.Namespace, end: float | None) -> Iterator[tuple[str, bytes]]:
    if not args.kind:
        yield from corpus()
    for number in count(args.first):
        if args.cases is not None and number >= args.first + args.cases:
            return
        for kind in args.kind or seeds():
            if end is not None and time.monotonic() > end:
                return
            yield f"{kind} {number}", case(kind, number)


def _case(name: str, data: bytes, here: Path) -> tuple[float, str]:
    """The processor time of the slowest verb, and what is wrong; empty when nothing is."""
    faulthandler.dump_traceback_later(HANGING, exit=True)
    print(name, file=sys.stderr, end="\r", flush=True)
    try:
        seconds = _run(data, here, name.split(" ", maxsplit=1)[0])
    except Exception:  # anything that a bug may raise
        return 0.0, traceback.format_exc()
    finally:
        faulthandler.cancel_dump_traceback_later()
    return seconds, f"took {seconds:.1f} s" if seconds > SECONDS else ""


def _run(data: bytes, here: Path, kind: str) -> float:
    medium = here / "medium"
    if kind in FOLDER:
        folder(kind, data).write(medium)
    else:
        medium.write_bytes(data)
    slowest = max(
        _timed(lambda: json.dumps(verify(medium).to_json())),
        _timed(lambda: scan([medium])),
        _timed(lambda: json.dumps(extract(medium, here / "out" / "dicom", names="file-id").to_json())),
    )
    _check_outside(here)
    return slowest


def _timed(work: Callable[[], object]) -> float:
    before = time.process_time()
    with suppress(MediakitError):
        work()
    return time.process_time() - before


def _check_outside(here: Path) -> None:
    """What `extract` wrote lies in its folder; then it is removed with the medium."""
    out = here / "out"
    strange = {path.name for path in here.iterdir()} - {"medium", "out"}
    strange |= {path.name for path in out.iterdir()} - {"dicom"} if out.exists() else set()
    assert not strange, f"written outside: {strange}"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    medium = here / "medium"
    if medium.is_dir():
        shutil.rmtree(medium)
    else:
        medium.unlink()


def _bound_memory() -> None:
    """From here on whoever asks for too much gets a MemoryError, where the system can do that."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def _peak() -> int | None:
    """The most memory that was ever in use, in bytes."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
