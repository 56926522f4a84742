"""A finished image held against what was written, in a second thread while the rules are asked.

Hashing lets go of the interpreter lock, so a second core reads the image back meanwhile. The
zeros that end a large stick are looked at and not hashed once more; where the file system knows
that they are a hole, which reads as zeros, they are not even read.
"""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import ReadBackError, SourceChanged, SourceUnreadable
from .formats.tree import Tick, Written
from .model import FileContent, SliceContent
from .progress import Cancel, Watch
from .transfer import BLOCK, digest

_INTERVAL = 0.1
"""Seconds between two looks at how far the second thread has come."""


class ReadBack:
    """A context that reads a file from its beginning to its end; leaving it ends the thread.

    After `needed` bytes there are only zeros.
    """

    def __init__(self, path: Path, needed: int) -> None:
        self._content = FileContent.of(path)
        self._needed = needed
        self._read = 0
        self._stop = Cancel()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-back")
        self._found = self._thread.submit(self._examine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.cancel()
        self._thread.shutdown(wait=True)

    def is_what_was(self, written: Written, watch: Watch) -> bool:
        """Whether every byte is as written, as soon as it is known. Raises ReadBackError and Cancelled."""
        ticks, told = watch.ticks("read back", self._content.size), 0
        while not self._found.done():
            told, before = self._read, told
            ticks(told - before)
            wait([self._found], timeout=_INTERVAL)
        try:
            found, zeros = self._found.result()
        except (SourceUnreadable, SourceChanged) as error:
            raise ReadBackError(error.message, "Nothing was left behind. Check the disk.") from error
        ticks(self._content.size - told)
        expected = written.sha256 if written.before_zeros is None else written.before_zeros
        return (self._content.size, found, zeros) == (written.size, expected, True)

    def _examine(self) -> tuple[str, bool]:
        """The digest of all that is needed, and whether nothing but zeros follows."""
        whole = self._content
        head = whole if self._needed == whole.size else SliceContent(whole, 0, self._needed)
        found = digest(head, self._tick, str(whole.path))
        try:
            return found, _is_zero(self._content.path, self._needed, self._tick)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SourceUnreadable(f"{self._content.path} cannot be read: {reason}.", "") from error

    def _tick(self, size: int) -> None:
        self._read += size
        self._stop.check()


def _is_zero(path: Path, start: int, tick: Tick) -> bool:
    """Whether a file holds zeros only from that byte on. Raises OSError."""
    zeros = bytes(BLOCK)
    with path.open("rb", buffering=0) as stream:
        at = stream.seek(_data(stream.fileno(), start))
        tick(at - start)
        while data := stream.read(BLOCK):
            if data != zeros[: len(data)]:
                return False
            tick(len(data))
            at = stream.tell()
            tick(stream.seek(_data(stream.fileno(), at)) - at)
    return True


def _data(descriptor: int, start: int) -> int:
    """Where the next bytes are that are not known to be a hole: the place itself, or the end, at worst."""
    if not hasattr(os, "SEEK_DATA"):
        return start
    try:
        return os.lseek(descriptor, start, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a hole up to the end
            return os.fstat(descriptor).st_size
        return start
