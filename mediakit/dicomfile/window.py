"""A moving view of a file that never holds more than a piece of it."""

from __future__ import annotations

from typing import BinaryIO

from .parse import PADDING

FIRST_READ = 16 * 1024
"""The header of an ordinary image fits into this: one read, and the file is known."""

_SEQUENTIAL_READ = 64 * 1024
_JUMP_READ = 4 * 1024


class Window:
    """The bytes `base` to `limit` of a stream in `buffer`, with zeros behind them.

    The first piece, `at_hand` bytes, stays in `head`, because the values a caller wants mostly lie
    there. `size` shrinks to what the stream really holds when it ends early.
    """

    __slots__ = ("at_hand", "base", "buffer", "head", "limit", "size", "stream")

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size, self.base = stream, size, 0
        data = _read(stream, min(size, FIRST_READ))
        self.head = self.buffer = data + PADDING
        self.at_hand = self.limit = len(data)
        if self.limit < min(size, FIRST_READ):
            self.size = self.limit

    def load(self, position: int) -> None:
        """Move the window so that it begins at the position."""
        length = _SEQUENTIAL_READ if self.base <= position <= self.limit else _JUMP_READ
        wanted = min(length, self.size - position)
        self.stream.seek(position)
        data = _read(self.stream, wanted)
        self.base, self.limit, self.buffer = position, position + len(data), data + PADDING
        if len(data) < wanted:
            self.size = self.limit

    def reach(self, position: int, length: int) -> int:
        """Move if need be until that many bytes are in the buffer; the index of the first."""
        if position < self.base or (position + length > self.limit and self.limit < self.size):
            self.load(position)
        return position - self.base

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, from the pieces at hand or from the stream."""
        if end <= self.at_hand:
            return self.head[start:end]
        if self.base <= start and end <= self.limit:
            return self.buffer[start - self.base : end - self.base]
        self.stream.seek(start)
        return _read(self.stream, end - start)


def _read(stream: BinaryIO, length: int) -> bytes:
    """As many bytes as asked, less only at the end of the stream."""
    data = stream.read(length)
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            break
        data += more
    return data
