"""Secure media, killed at any time: whatever lies in a folder or is open then holds nothing in clear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.runner import environment
from tests.profile_sets import images
from tests.profile_sets.dataset import DEFLATED, EXPLICIT, IMPLICIT, JPEG_LOSSLESS
from tests.secure import pem

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

MARK = b"\x5aMARK OF A PLAIN IMAGE!\xa5"
CLEAR = (MARK, b"Plain^Paula", b"DICM\2\0\0\0UL\4\0")  # four bytes alone are in many a ciphertext by chance
SECURE = ("--profile", "STD-GEN-SEC-CD", "--recipient", pem("rsa2048"))
KILLS = 8


def pixels(size: int) -> bytes:
    return (MARK * (size // len(MARK) + 1))[:size]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images that are taken as they are, and others that are adapted: turned, inflated from more than is
    kept in memory, decoded by processes of their own."""
    folder = tmp_path_factory.mktemp("source")
    made = [(f"plain{n}", EXPLICIT, 500) for n in range(6)]
    for name, syntax, rows in (*made, ("implicit", IMPLICIT, 500), ("deflated", DEFLATED, 6000)):
        image = images.ct(syntax, 16, name)
        image = image.but(Rows=rows, Columns=1000, PixelData=pixels(rows * 2000), PatientName="Plain^Paula")
        (folder / f"{name}.dcm").write_bytes(image.data)
    compressed = images.ct(JPEG_LOSSLESS, 12, "compressed").but(PatientName="Plain^Paula")
    (folder / "compressed.dcm").write_bytes(compressed.data)
    return folder


def command(source: Path, folder: Path, *words: str | Path) -> list[str]:
    told = ("--progress", "json")
    return [
        sys.executable,
        "-m",
        "mediakit",
        "create",
        *map(str, (source, "-o", folder / "disc.iso", *words, *told)),
    ]


@contextmanager
def started(source: Path, folder: Path, *words: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    with subprocess.Popen(
        command(source, folder, *words),
        env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as running:
        try:
            yield running
        finally:
            running.kill()  # one that is stopped would be waited for without end


def writes(running: subprocess.Popen[bytes]) -> None:
    """Wait until it says that it writes."""
    assert running.stderr
    assert any(b'"write"' in line for line in running.stderr), "it has ended"


def in_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


def opened_by(process: int, source: Path) -> Iterator[tuple[str, bytes]]:
    """What a process and those it started have open, also without a name, but the source (Linux only).

    Those that it started are not stopped with it: what they close, and they themselves, may be gone.
    """
    proc = Path(f"/proc/{process}")
    for each in proc.glob("fd/*"):
        with suppress(FileNotFoundError):
            target = str(each.readlink())
            others = target.startswith((str(source), "/usr", "/etc"))
            if target.startswith("/") and each.is_file() and not others:
                yield target, each.read_bytes()
    for child in proc.glob("task/*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for number in child.read_text().split():
                yield from opened_by(int(number), source)


def is_clear(data: bytes) -> bool:
    return any(word in data for word in CLEAR)


def found(process: subprocess.Popen[bytes], source: Path, folder: Path) -> dict[str, bool]:
    """What lies in the folders and what the stopped process has open, and whether that is clear."""
    seen = [*in_files(folder), *opened_by(process.pid, source)]
    return {name: is_clear(data) for name, data in seen}


def test_killed_at_any_time_nothing_in_clear_stays(source: Path, tmp_path: Path) -> None:
    """Stopped, looked at and killed at points all over a job that also adapts."""
    start = time.monotonic()
    with started(source, tmp_path / "whole", *SECURE) as running:
        assert running.communicate(timeout=120) and running.returncode == 0
    whole = time.monotonic() - start
    assert [name for name, _ in in_files(tmp_path / "whole")] == ["disc.iso"]
    partial = 0
    for point in range(KILLS):
        folder = tmp_path / f"out{point}"
        with started(source, folder, *SECURE) as running:
            assert running.stderr
            running.stderr.readline()
            if point == KILLS - 1:  # how long it takes changes from run to run, but one is to hit the writing
                writes(running)
            else:
                time.sleep(whole * (point + 0.5) / KILLS * 0.8)
            running.send_signal(signal.SIGSTOP)
            seen = found(running, source, folder)
            running.send_signal(signal.SIGKILL)
            running.communicate(timeout=60)
        assert not any(seen.values()), seen
        left = dict(in_files(folder))
        assert not any(map(is_clear, left.values())), left.keys()
        partial += any(name.endswith(".partial") for name in left)
    assert partial, "no kill hit the writing"


def test_clear_data_would_be_found(source: Path, tmp_path: Path) -> None:
    """The same look at a plain medium that is just being written."""
    clear = False
    for point in range(20):
        folder = tmp_path / f"out{point}"
        with started(source, folder, "--profile", "STD-GEN-CD") as running:
            writes(running)
            while not clear and running.poll() is None:
                running.send_signal(signal.SIGSTOP)
                clear = any(found(running, source, folder).values())
                running.send_signal(signal.SIGCONT)
                time.sleep(0.02)
            running.kill()
            running.communicate(timeout=60)
        if clear:
            return
    raise AssertionError("the look finds nothing")
