"""Contents inside contents: the segments of an octet string, and what a cipher hides.

Both can be read anywhere without reading what lies before: a block of CBC needs the block
before it only, a block of GCM its number. Nothing is kept, so clear data is in memory only
as long as somebody reads it. Integrity is not known here; `reader.py` decides what may be
read.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from ..model import Content
from .ber import Segments
from .ciphers import decryptor
from .oids import ContentCipher

_BLOCK = 1 << 18
_BUFFER = 1 << 16


class _Stream(io.RawIOBase):
    """A seekable stream whose bytes a function fills in, given the position and the room."""

    def __init__(self, base: BinaryIO, size: int, fill: Callable[[int, memoryview], int]) -> None:
        self._base, self._size, self._fill, self._at = base, size, fill, 0

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
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        got = self._fill(self._at, view[:wanted])
        self._at += got
        return got

    def close(self) -> None:
        self._base.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Segmented:
    """The octets of a string whose segments lie in another content."""

    base: Content
    segments: Segments = field(repr=False)

    @property
    def size(self) -> int:
        """The bytes of all segments."""
        return self.segments.size

    def open(self) -> BinaryIO:
        """A stream over the segments, one after the other."""
        base, starts, offsets = self.base.open(), self.segments.starts, self.segments.offsets

        def fill(at: int, room: memoryview) -> int:
            n = bisect_right(starts, at) - 1
            filled = 0
            while filled < len(room):
                inside = at + filled - starts[n]
                end = starts[n + 1] if n + 1 < len(starts) else self.segments.size
                wanted = min(len(room) - filled, end - starts[n] - inside)
                base.seek(offsets[n] + inside)
                got = cast(io.RawIOBase, base).readinto(room[filled : filled + wanted])
                if not got:
                    break
                filled += got
                n += filled + at == end
            return filled

        return io.BufferedReader(_Stream(base, self.size, fill), _BUFFER)


@dataclass(frozen=True, slots=True)
class Decrypted:
    """The clear bytes of a ciphertext, without their padding; `size` says how many those are."""

    base: Content
    cipher: ContentCipher
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    size: int

    def open(self) -> BinaryIO:
        """A stream that decrypts as it is read, from any position."""
        base = self.base.open()
        block = self.cipher.block
        out = bytearray(min(_BLOCK, self.size) + 3 * block)

        def fill(at: int, room: memoryview) -> int:
            first = at // block
            wanted = min(len(room), _BLOCK)
            end = -(-(at + wanted) // block) * block
            data, before = _blocks(base, self.iv, first * block, end, block)
            # The chain of CBC goes on from the block before; GCM counts on from its nonce.
            iv = self.iv if self.cipher.gcm else before
            got = decryptor(self.cipher, self.key, iv, first).update_into(data, out)
            skip = at - first * block
            size = max(0, min(wanted, got - skip))
            room[:size] = memoryview(out)[skip : skip + size]
            return size

        return io.BufferedReader(_Stream(base, self.size, fill), _BUFFER)


def _blocks(base: BinaryIO, iv: bytes, start: int, end: int, block: int) -> tuple[bytes, bytes]:
    """The ciphertext from start to end, and the block before it."""
    before = block if start else 0
    base.seek(start - before)
    data = base.read(end - start + before)
    return (data[before:], data[:before]) if before else (data, iv)
