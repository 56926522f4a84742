"""A content in several places of a medium: a file whose clusters do not follow each other."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from ...model import Content


@dataclass(frozen=True, slots=True)
class PiecedContent:
    """The bytes of several runs (offset, size) of another content, one after the other."""

    base: Content
    runs: tuple[tuple[int, int], ...]
    size: int

    def open(self) -> BinaryIO:
        """A stream over the runs; it ends early when the base does."""
        return io.BufferedReader(_Pieces(self.base.open(), self.runs, self.size))


class _Pieces(io.RawIOBase):
    """A window on several runs of a stream; reading past the end of the base gives a short read."""

    def __init__(self, base: BinaryIO, runs: tuple[tuple[int, int], ...], size: int) -> None:
        self._base, self._runs, self._size, self._at = base, runs, size, 0
        self._starts = list(accumulate((length for _, length in runs), initial=0))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        number = bisect_right(self._starts, self._at) - 1
        if self._at >= self._size or number >= len(self._runs):
            return 0
        inside = self._at - self._starts[number]
        offset, length = self._runs[number]
        wanted = min(len(view), length - inside, self._size - self._at)
        self._base.seek(offset + inside)
        data = self._base.read(wanted)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._base.close()
        super().close()
