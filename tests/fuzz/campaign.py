"""Broken media of every format through `verify`, `inspect`, `scan` and `extract`, end to end.

    python -m tests.fuzz.campaign --seconds 300          as many as that much processor time is for (CI)
    nice python -m tests.fuzz.campaign --minutes 60 --from 100000
                                                         as many as there is time for, from that one on
    python -m tests.fuzz.campaign --kind udf-1.02 --from 4711 --cases 1
                                                         one case again
    python -m tests.fuzz.campaign --cases 500 --keep     and those that reach something new are kept

Every case has to end within SECONDS, in MEMORY more than the sound media take, with a result or
an error of `mediakit.errors`, and the result has to be printed as text, JSON and HTML; nothing may
appear outside the folder that `extract` was given. The cases follow from their numbers alone. It
prints what failed and one line of JSON with counts; the exit status is 1 when anything failed.

`corpus.tar.xz` holds media as they are, whatever becomes of the seeds: those that failed once, and for
every rule, every oddity of a reader and every reason for reading no file the first that had it.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

from mediakit import extract, inspect, verify
from mediakit.cli import inspect as inspect_command
from mediakit.cli import verify as verify_command
from mediakit.errors import MediakitError
from mediakit.html.page import page
from mediakit.scan import scan
from mediakit.verification import Verification
from tests.fuzz import corpus
from tests.fuzz.seeds import ACCESS, FOLDER, case, folder, seeds

SECONDS = 2.0
"""What each of the verbs may take for a small medium, of processor time: other work may be going on."""

MEMORY = 300 << 20
"""Bytes that may be asked of the system beyond what the sound media need."""

HANGING = 60
"""Seconds of any kind after which a case counts as hung and the run ends."""


def main() -> int:
    """Run the cases that were asked for."""
    args = _arguments()
    failures, total, slowest = 0, 0, (0.0, "")
    kept = dict(corpus.load()) if args.keep else {}
    reached: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="mediakit-fuzz-") as name:
        here = Path(name)
        for kind, data in seeds().items():
            reached |= _run(data, here, kind)[1]
        _bound_memory()
        with suppress(KeyboardInterrupt):  # what was done until then counts
            for name, data in _cases(args):
                total += 1
                seconds, found, said = _case(name, data, here)
                slowest = max(slowest, (seconds, name))
                if said:
                    failures += 1
                    print(f"{name}: {said}", flush=True)
                if said or found - reached:
                    kept[name] = data
                reached |= found
    if args.keep:
        _bound_memory(False)  # to pack takes more than a case may
        corpus.save(kept)
    seconds, name = slowest
    counts = {"cases": total, "failures": failures, "reached": len(reached)}
    print(json.dumps({**counts, "seconds": round(seconds, 2), "slowest": name, "memory": _peak()}))
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz of verify, inspect, scan and extract.")
    parser.add_argument("--cases", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--step", type=int, default=1, help="take every such number, for several processes")
    parser.add_argument("--kind", choices=sorted(seeds()), action="append")
    parser.add_argument("--keep", action="store_true", help="add to the corpus")
    return parser.parse_args()


def _cases(args: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    """The corpus, if no kind is asked for, and then the same number of every kind."""
    end = time.monotonic() + args.minutes * 60 if args.minutes else None
    if not args.kind:
        yield from islice(corpus.load(), args.first % args.step, None, args.step)
    begin = time.process_time()
    for number in count(args.first, args.step):
        if args.cases is not None and number >= args.first + args.cases:
            return
        for kind in args.kind or seeds():
            if end is not None and time.monotonic() > end:
                return
            if args.seconds is not None and time.process_time() - begin > args.seconds:
                return
            yield f"{kind} {number}", case(kind, number)


def _case(name: str, data: bytes, here: Path) -> tuple[float, set[str], str]:
    """The processor time of the slowest verb, what was reached, and what is wrong; empty when nothing is."""
    faulthandler.dump_traceback_later(HANGING, exit=True)
    print(name, file=sys.stderr, end="\r", flush=True)
    try:
        seconds, reached = _run(data, here, name.split(" ", maxsplit=1)[0])
    except Exception:  # anything that a bug may raise
        _check_outside(here)
        return 0.0, set(), traceback.format_exc()
    finally:
        faulthandler.cancel_dump_traceback_later()
    return seconds, reached, f"took {seconds:.1f} s" if seconds > SECONDS else ""


def _run(data: bytes, here: Path, kind: str) -> tuple[float, set[str]]:
    """The processor time of the slowest verb, and what was reached."""
    medium = here / "medium"
    if kind in FOLDER:
        folder(kind, data).write(medium)
    else:
        medium.write_bytes(data)
    reached: set[str] = set()
    times = (
        _timed(lambda: reached.update(_verified(medium)), reached),
        _timed(lambda: _inspected(medium), reached),
        _timed(lambda: scan([medium]), reached),
        _timed(lambda: _extracted(medium, here / "out" / "dicom"), reached),
    )
    _check_outside(here)
    return max(times), reached


def _verified(medium: Path) -> set[str]:
    judged = verify(medium, access=ACCESS)
    json.dumps(judged.to_json())
    assert all(isinstance(line, str) for line in verify_command._text(judged))
    page(judged, {})
    return _reached(judged)


def _inspected(medium: Path) -> None:
    seen = inspect(medium, access=ACCESS)
    json.dumps(seen.to_json())
    assert all(isinstance(line, str) for line in inspect_command._text(seen, with_records=True))


def _extracted(medium: Path, out: Path) -> None:
    json.dumps(extract(medium, out, names="file-id", access=ACCESS).to_json())


def _reached(judged: Verification) -> set[str]:
    """The rules that had something to say, what the readers stumbled over, and why files are no instances."""
    view = judged.view
    media = [each for outer in view.media for each in (outer, outer.inner) if each]
    return {
        *(f"{each.rule} {each.outcome.name}" for each in judged.findings),
        *(f"{each.evidence.id}: {odd.kind}" for each in media for odd in getattr(each.facts, "oddities", ())),
        *(f"file: {re.sub('[^a-z ]+', '', file.reason)}" for file in view.files.values() if file.reason),
        *(f"recovered: {each.how.name}" for each in view.references),
    }


def _timed(work: Callable[[], object], reached: set[str]) -> float:
    before = time.process_time()
    try:
        work()
    except MediakitError as error:
        reached.add(f"error: {error.code}")
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
        medium.unlink(missing_ok=True)


def _bound_memory(bound: bool = True) -> None:
    """Whoever asks for too much from here on gets a MemoryError, where the system can do that."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        limit = pages * resource.getpagesize() + MEMORY if bound else resource.RLIM_INFINITY
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
