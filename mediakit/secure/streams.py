"""Contents inside contents: the segments of an octet string, and what a cipher hides.

Both can be read anywhere without reading what lies before: a block of CBC needs the block
before it only, a block of GCM its number. Nothing is kept, so clear data is in memory only
as long as somebody reads it. Integrity is not known here; `reader.py` decides what may be
read.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import BinaryIO

from ..model import Content, Window
from .ber import Segments
from .ciphers import decryptor
from .oids import ContentCipher

_BLOCK = 1 << 18
_BUFFER = 1 << 16


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

        def read(at: int, wanted: int) -> bytes:
            found, n = b"", bisect_right(starts, at) - 1
            while len(found) < wanted and n < len(starts):
                inside = at + len(found) - starts[n]
                end = starts[n + 1] if n + 1 < len(starts) else self.segments.size
                base.seek(offsets[n] + inside)
                piece = base.read(min(wanted - len(found), end - starts[n] - inside))
                if not piece:
                    break
                found += piece
                n += at + len(found) == end
            return found

        return io.BufferedReader(Window(base, self.size, read), _BUFFER)


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

        def read(at: int, wanted: int) -> memoryview:
            first = at // block
            wanted = min(wanted, _BLOCK)
            end = -(-(at + wanted) // block) * block
            data, before = _blocks(base, self.iv, first * block, end, block)
            # The chain of CBC goes on from the block before; GCM counts on from its nonce.
            iv = self.iv if self.cipher.gcm else before
            got = decryptor(self.cipher, self.key, iv, first).update_into(data, out)
            skip = at - first * block
            return memoryview(out)[skip : skip + max(0, min(wanted, got - skip))]

        return io.BufferedReader(Window(base, self.size, read), _BUFFER)


def _blocks(base: BinaryIO, iv: bytes, start: int, end: int, block: int) -> tuple[bytes, bytes]:
    """The ciphertext from start to end, and the block before it."""
    before = block if start else 0
    base.seek(start - before)
    data = base.read(end - start + before)
    return (data[before:], data[:before]) if before else (data, iv)
