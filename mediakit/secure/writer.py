"""A file in its envelope, as a content that any format copies (PS3.15 D.1).

One pass: a second thread reads the clear file in blocks and digests them while this one
encrypts, and what stands behind the content is made when its end is reached. Opened
again it gives the same bytes, because key, vector and recipients were fixed when it was
sealed; the key stays with it for reading the finished medium back.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

from ..model import Content
from ..transfer import OpenedSource
from .ciphers import RandomBytes, encryptor
from .envelope import Envelope, enveloped_size

_BLOCK = 1 << 18
"""Bytes that are read and encrypted at once; they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class SecureContent:
    """A Secure DICOM File: the ciphertext of a content, encrypted whenever it is read."""

    clear: Content
    envelope: Envelope = field(repr=False)
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    infos: bytes = field(repr=False)
    name: str

    @property
    def size(self) -> int:
        """The bytes of the whole envelope."""
        return enveloped_size(self.clear.size, self.envelope)

    def open(self) -> BinaryIO:
        """A stream over the envelope.

        Reading it raises SourceUnreadable and SourceChanged, as copying the clear content does.
        """
        return io.BufferedReader(_Stream(self))


def seal(content: Content, envelope: Envelope, random: RandomBytes, name: str = "") -> SecureContent:
    """Put a content into an envelope, under a content key and a vector of its own.

    `name` says in an error which content it was.
    """
    key, iv = random(envelope.cipher.key_size), random(envelope.cipher.block)
    return SecureContent(content, envelope, key, iv, envelope.recipient_infos(key, random), name)


class _Stream(io.RawIOBase):
    """The parts of an envelope one after the other; going back starts again."""

    def __init__(self, content: SecureContent) -> None:
        self._content, self._at = content, 0
        self._parts, self._rest = _parts(content), memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        target = max(0, start + offset)
        if target < self._at:
            self._parts.close()
            self._at, self._parts, self._rest = 0, _parts(self._content), memoryview(b"")
        while self._at < target and self._fill():
            self._take(min(len(self._rest), target - self._at))
        self._at = target
        return target

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        filled = 0
        while filled < len(view) and self._fill():
            data = self._take(min(len(view) - filled, len(self._rest)))
            view[filled : filled + len(data)] = data
            filled += len(data)
        return filled

    def close(self) -> None:
        self._parts.close()
        super().close()

    def _fill(self) -> bool:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return False
            self._rest = memoryview(part)
        return True

    def _take(self, size: int) -> memoryview:
        data, self._rest = self._rest[:size], self._rest[size:]
        self._at += size
        return data


def _parts(content: SecureContent) -> Generator[memoryview | bytes]:
    """The envelope from its beginning to its end; a part holds until the next one is asked for."""
    envelope, size = content.envelope, content.clear.size
    yield envelope.head(content.infos, content.iv, envelope.ciphertext_size(size))
    chain = encryptor(envelope.cipher, content.key, content.iv)
    yield chain.update(envelope.inner_head(size))
    room = bytearray(_BLOCK + envelope.cipher.block)
    digest = hashlib.new(envelope.digest.name)
    for block in _digested(content, digest):
        yield memoryview(room)[: chain.update_into(block, room)]
    tail = envelope.inner_tail(digest.digest())
    inner = len(envelope.inner_head(size)) + size + len(tail)
    padding = envelope.cipher.block - inner % envelope.cipher.block
    yield chain.update(tail + bytes((padding,)) * padding)


def _digested(content: SecureContent, digest: hashlib._Hash) -> Iterator[memoryview]:
    """The clear content in blocks; while one is encrypted, a second thread reads and digests the next."""
    left = content.clear.size
    rooms = memoryview(bytearray(min(_BLOCK, left))), memoryview(bytearray(min(_BLOCK, left)))
    with OpenedSource(content.clear, content.name) as source, ThreadPoolExecutor(1, "digest") as thread:

        def read(room: memoryview) -> memoryview:
            data = room[: source.read_into(room)]
            digest.update(data)
            return data

        turn, ahead = 0, None
        while left:
            # The first block is read here: a small content is never worth starting a thread.
            data = ahead.result() if ahead else read(rooms[turn][:left])
            left, turn = left - len(data), 1 - turn
            ahead = thread.submit(read, rooms[turn][:left]) if left else None
            yield data
        source.expect_end()
