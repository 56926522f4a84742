"""The digest of a finished image, computed in a second thread while the rules are asked.

Hashing lets go of the interpreter lock, so a second core reads the image back meanwhile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import ReadBackError, SourceChanged, SourceUnreadable
from .model import FileContent
from .progress import Cancel, Watch
from .transfer import digest

_INTERVAL = 0.1
"""Seconds between two looks at how far the second thread has come."""


class ReadBack:
    """A context that reads a file from its beginning to its end; leaving it ends the thread."""

    def __init__(self, path: Path) -> None:
        self._content = FileContent.of(path)
        self._read = 0
        self._stop = Cancel()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-back")
        self._whole = self._thread.submit(digest, self._content, self._tick)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.cancel()
        self._thread.shutdown(wait=True)

    def sha256(self, watch: Watch) -> str:
        """The digest, as soon as it is there. Raises ReadBackError and Cancelled."""
        ticks, told = watch.ticks("read back", self._content.size), 0
        while not self._whole.done():
            told, before = self._read, told
            ticks(told - before)
            wait([self._whole], timeout=_INTERVAL)
        try:
            found = self._whole.result()
        except (SourceUnreadable, SourceChanged) as error:
            raise ReadBackError(error.message, "Nothing was left behind. Check the disk.") from error
        ticks(self._content.size - told)
        return found

    def _tick(self, size: int) -> None:
        self._read += size
        self._stop.check()
