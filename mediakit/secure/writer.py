"""A file in its envelope, as a content that any format copies (PS3.15 D.1).

One pass: of a large file one thread reads and digests a block while a second one encrypts the
block before and this one hands on the one before that. What stands behind the content is made
when its end is reached. Opened
again it gives the same bytes, because key, vector and recipients were fixed when it was
sealed; the key stays with it for reading the finished medium back.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from ..model import Content
from ..transfer import OpenedSource
from .ciphers import RandomBytes, encryptor
from .envelope import Envelope, enveloped_size
from .pipeline import ahead, rooms

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext


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
    digest = hashlib.new(envelope.digest.name)
    clear = ahead(_digested(content, digest), size)
    yield from ahead(_encrypted(clear, chain, rooms(size, envelope.cipher.block)), size)
    tail = envelope.inner_tail(digest.digest())
    inner = len(envelope.inner_head(size)) + size + len(tail)
    padding = envelope.cipher.block - inner % envelope.cipher.block
    yield chain.update(tail + bytes((padding,)) * padding)


def _digested(content: SecureContent, digest: hashlib._Hash) -> Iterator[memoryview]:
    """The clear content in blocks, as it was when it was found."""
    left, turn = content.clear.size, rooms(content.clear.size)
    with OpenedSource(content.clear, content.name) as source:
        while left:
            room = next(turn)[:left]
            data = room[: source.read_into(room)]
            digest.update(data)
            left -= len(data)
            yield data
        source.expect_end()


def _encrypted(
    blocks: Iterator[memoryview], chain: CipherContext, turn: Iterator[memoryview]
) -> Iterator[memoryview]:
    for block in blocks:
        room = next(turn)
        yield room[: chain.update_into(block, room)]
