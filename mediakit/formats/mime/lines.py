"""A content with the line ends that Internet messages have on their way: CR LF (RFC 5322 2.1).

Mail programs keep messages with the line ends of their system; what was signed had these
(RFC 8551 3.1.1).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from ...model import Content

_BLOCK = 1 << 18
_BARE = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class CanonicalLines:
    """A content with a CR before every LF that had none; can be read from its beginning only."""

    base: Content
    size: int

    def open(self) -> BinaryIO:
        """A stream over the lines."""
        return io.BufferedReader(_Stream(self.base.open()), _BLOCK)


def canonical(content: Content) -> CanonicalLines | None:
    """The content with canonical line ends, None where it has no others. Raises OSError."""
    size, before = content.size, b""
    with content.open() as stream:
        while block := stream.read(_BLOCK):
            size += block.count(b"\n") - (before + block).count(b"\r\n")
            before = block[-1:]
    return None if size == content.size else CanonicalLines(content, size)


class _Stream(io.RawIOBase):
    def __init__(self, base: BinaryIO) -> None:
        self._base, self._before, self._rest = base, b"", b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        if not self._rest:
            block = self._base.read(_BLOCK)
            self._rest = _BARE.sub(b"\r\n", self._before + block)[len(self._before) :]
            self._before = block[-1:] if block.endswith(b"\r") else b""
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._base.close()
        super().close()
