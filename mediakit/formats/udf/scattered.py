"""A file whose data lie in several places of an image, or in none where they are zeros."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from ...model import Content
from .partitions import Run


@dataclass(frozen=True, slots=True)
class ScatteredContent:
    """Runs of another content, one after the other; `size` is that of all together."""

    base: Content
    runs: tuple[Run, ...]
    size: int

    def open(self) -> BinaryIO:
        """A stream over the runs; it ends early when the base does."""
        return io.BufferedReader(_Runs(self.base.open(), self.runs))


class _Runs(io.RawIOBase):
    """A stream that reads from one run after the other."""

    def __init__(self, base: BinaryIO, runs: tuple[Run, ...]) -> None:
        self._base, self._runs, self._at = base, runs, 0
        self._starts = tuple(accumulate((run.size for run in runs), initial=0))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        if self._at >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._at) - 1
        offset, size = self._runs[number]
        inside = self._at - self._starts[number]
        wanted = min(len(view), size - inside)
        if offset is None:
            data = bytes(wanted)
        else:
            self._base.seek(offset + inside)
            data = self._base.read(wanted)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._base.close()
        super().close()
