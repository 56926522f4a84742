"""What an envelope costs beside `openssl cms`: `python tests/benchmarks/secure.py`.

Writes the same number of bytes as many files and as one, in envelopes for one RSA recipient,
and measures wall time, processor time and the most memory of each program, every one as a
process of its own. `openssl cms -encrypt -stream` only encrypts; a Secure DICOM File is
digested too, which is what the second line of openssl does in two programs. Nothing is
asserted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
KEY = ROOT / "tests" / "data" / "secure" / "rsa2048.pem"
BLOCK = 1 << 20


class Cost(NamedTuple):
    """Seconds of wall and of processor, and MB of resident memory."""

    wall: float
    processor: float
    memory: float


def main() -> None:
    """Parse the options, make the files, and print a table for each shape."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled once
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=2000, help="how many files of the first shape")
    parser.add_argument("--size", type=int, default=1 << 30, help="bytes in all")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--folder", type=Path, help="where the files go for the time being")
    options = parser.parse_args()
    for count in (options.count, 1):
        with tempfile.TemporaryDirectory(prefix="mediakit-benchmark-", dir=options.folder) as name:
            source, out = Path(name) / "in", Path(name) / "out"
            make(source, count, options.size // count)
            print(f"{options.size / 1e6:,.1f} MB in {count:,} files")
            print(f"{'':32} {'wall s':>8} {'cpu s':>8} {'MB':>8} {'wall/openssl':>13}")
            table(source, out, options.runs)


def make(folder: Path, count: int, size: int) -> None:
    """Files of bytes that do not repeat; the same every time."""
    folder.mkdir()
    block = hashlib.shake_256(b"benchmark").digest(BLOCK)
    for n in range(count):
        with (folder / f"IM{n:06d}").open("wb") as stream:
            left = size
            while left:
                left -= stream.write(block[: min(left, BLOCK)])


def table(source: Path, out: Path, runs: int) -> None:
    """A row for each contender, in turn over the runs; the median counts."""
    contenders: dict[str, Callable[[], Cost]] = {
        "openssl cms -encrypt -stream": lambda: openssl(source, out),
        "openssl -digest_create, -encrypt": lambda: openssl(source, out, digest=True),
        "mediakit, digested": lambda: ours("write", source, out),
        "mediakit, signed": lambda: ours("sign", source, out),
        "mediakit, checked and read": lambda: ours("read", out, out),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            if name != "mediakit, checked and read":
                shutil.rmtree(out, ignore_errors=True)
                out.mkdir()
            costs[name].append(run())
    medians = {
        name: [statistics.median(each) for each in zip(*rows, strict=True)] for name, rows in costs.items()
    }
    first = next(iter(medians.values()))[0]
    for name, (wall, processor, memory) in medians.items():
        print(f"{name:32} {wall:8.2f} {processor:8.2f} {memory:8.0f} {wall / first:13.2f}", flush=True)


def openssl(source: Path, out: Path, digest: bool = False) -> Cost:
    """Every file by a process of its own, as the program wants it."""
    encrypt = ["openssl", "cms", "-encrypt", "-binary", "-stream", "-aes256", "-outform", "DER"]
    start, costs = time.perf_counter(), []
    for path in sorted(source.iterdir()):
        clear = path
        if digest:
            clear = out / "digested"
            create = ["openssl", "cms", "-digest_create", "-binary", "-md", "sha256", "-outform", "DER"]
            costs.append(measured([*create, "-in", str(path), "-out", str(clear)]))
        costs.append(measured([*encrypt, "-in", str(clear), "-out", str(out / path.name), str(KEY)]))
    wall = time.perf_counter() - start
    return Cost(wall, sum(each.processor for each in costs), max(each.memory for each in costs))


def ours(action: str, source: Path, out: Path) -> Cost:
    """All files by one process, as in a job."""
    return measured([sys.executable, __file__, "--", action, str(source), str(out)])


def measured(command: list[str]) -> Cost:
    """What a program costs."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status  # it has been waited for
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    memory = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, memory)


def work(action: str, source: Path, out: Path) -> None:
    """The part that is measured: envelopes into files, or out of them."""
    from mediakit.model import FileContent
    from mediakit.secure.credentials import Credentials
    from mediakit.secure.envelope import Envelope
    from mediakit.secure.keys import load_own_key
    from mediakit.secure.reader import open_secure
    from mediakit.secure.writer import seal

    own = load_own_key(KEY)
    envelope = Envelope((own.certificate,), signers=(own,) if action == "sign" else ())
    credentials = Credentials((own,))
    room = memoryview(bytearray(BLOCK))
    for path in sorted(source.iterdir()):
        content = FileContent.of(path)
        if action != "read":
            with (out / path.name).open("wb", buffering=0) as sink:
                for data in blocks(seal(content, envelope, os.urandom), room):
                    sink.write(data)
        elif (clear := open_secure(content, credentials).content) is None:
            sys.exit(f"{path} was not opened")
        else:
            for _ in blocks(clear, room):
                pass


def blocks(content: object, room: memoryview) -> Iterator[memoryview]:
    """The content in blocks."""
    with content.open() as stream:  # type: ignore[attr-defined]  # a Content
        while got := stream.readinto(room):
            yield room[:got]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--"]:
        work(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
