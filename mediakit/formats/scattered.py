"""A file whose data lie in several places of an image, or in none where they are zeros."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from ..model import Content, SliceContent, Window


@dataclass(frozen=True, slots=True)
class ScatteredContent:
    """Runs (offset, size) of another content, one after the other, as far as `size` goes.

    A run without an offset was never written: it reads as zeros.
    """

    base: Content
    runs: tuple[tuple[int | None, int], ...]
    size: int

    def open(self) -> BinaryIO:
        """A stream over the runs; it ends early when they or the base do."""
        base = self.base.open()
        starts = list(accumulate((size for _, size in self.runs), initial=0))

        def read(at: int, wanted: int) -> bytes:
            number = bisect_right(starts, at) - 1
            if number >= len(self.runs):
                return b""
            (offset, size), inside = self.runs[number], at - starts[number]
            wanted = min(wanted, size - inside)
            if offset is None:
                return bytes(wanted)
            base.seek(offset + inside)
            return base.read(wanted)

        return io.BufferedReader(Window(base, self.size, read))


def position(content: Content | None) -> int:
    """Where on its medium a content begins, in bytes; 0 where nothing tells."""
    if isinstance(content, ScatteredContent):
        return next((offset for offset, _ in content.runs if offset is not None), 0)
    return content.offset if isinstance(content, SliceContent) else 0
