"""One file on its way past: read once from beginning to end, hashed, and looked at meanwhile.

Whoever looks may go forward as far as the file reaches and back to what is kept: the first 64 MiB
and the last blocks. Only beyond that is the medium asked again, for the few bytes that are looked
at. SHA-256 is computed by a second thread, because hashing lets go of the interpreter lock.
"""

from __future__ import annotations

import hashlib
import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

from .formats.tree import Tick

BLOCK = 1 << 20
"""Bytes that are read at a time."""

_KEPT = 64
"""Blocks from the beginning of a file that stay at hand; pixels of a first frame lie there."""

_LAST = 2
_AHEAD = 8
"""Blocks that may wait for the second thread; more would only fill the memory."""


class _Readable(Protocol):
    """The part of `io.RawIOBase` that `typing.BinaryIO` leaves out."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Hashing:
    """A context with the thread that computes the digests of one medium."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sha256")
        self._work: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def update(self, digest: hashlib._Hash, data: memoryview) -> None:
        """Let the thread add the data, which must not change any more."""
        self._work.append(self._thread.submit(digest.update, data))
        if len(self._work) > _AHEAD:
            self._work.popleft().result()

    def hexdigest(self, digest: hashlib._Hash) -> Future[str]:
        """The digest of all that was added so far, when the thread has come to it."""
        return self._thread.submit(digest.hexdigest)


@dataclass(frozen=True, slots=True)
class Failure:
    """Where reading ended before the file did, and what the system said."""

    offset: int
    reason: str


class Passing:
    """A file of `size` bytes that is read from the stream block by block.

    `failure` tells where it could not be read; to those who look it ends there.
    """

    def __init__(self, stream: BinaryIO, size: int, hashing: Hashing, tick: Tick) -> None:
        self.size = size
        self.failure: Failure | None = None
        self._stream, self._hashing, self._tick = stream, hashing, tick
        self._digest = hashlib.sha256()
        self._blocks: dict[int, memoryview] = {}
        self._end = 0

    def open(self) -> BinaryIO:
        """A stream on it for who looks; closing it does not end the passing."""
        return cast(BinaryIO, _Look(self))

    def finish(self) -> Future[str] | None:
        """Read what is left; the SHA-256 of the file, None where it cannot be read to its end."""
        while self._more():
            pass
        return self._hashing.hexdigest(self._digest) if self._end == self.size else None

    def read(self, position: int, length: int) -> bytes:
        """Some of the bytes at the position; none at the end, or where reading failed."""
        while position >= self._end and self._more():
            pass
        if position >= self._end:
            return b""
        block = self._blocks.get(position // BLOCK)
        if block is None:
            return self._again(position, min(length, self._end - position))
        at = position % BLOCK
        return bytes(block[at : at + length])

    def _more(self) -> bool:
        """Read the next block; False when there is none to be had."""
        if self._end >= self.size or self.failure:
            return False
        number = self._end // BLOCK
        # Each block has memory of its own, because the second thread reads it while others come.
        room = memoryview(bytearray(min(BLOCK, self.size - self._end)))
        filled = self._fill(room)
        block = room[:filled]
        self._blocks[number] = block
        self._blocks.pop(max(number - _LAST, _KEPT), None)
        self._hashing.update(self._digest, block)
        self._end += filled
        self._tick(filled)
        return filled > 0

    def _fill(self, room: memoryview) -> int:
        """How much of the room could be filled; if less than all, `failure` says why."""
        filled = 0
        try:
            self._stream.seek(self._end)
            while filled < len(room):
                got = cast(_Readable, self._stream).readinto(room[filled:])
                if not got:
                    self.failure = Failure(self._end + filled, "the medium ends there")
                    break
                filled += got
        except OSError as error:
            self.failure = Failure(self._end + filled, error.strerror or str(error))
        return filled

    def _again(self, position: int, length: int) -> bytes:
        """Bytes that are no longer at hand; none where the medium does not give them again."""
        try:
            self._stream.seek(position)
            return self._stream.read(length)
        except OSError as error:
            self.failure = self.failure or Failure(position, error.strerror or str(error))
            return b""


class _Look(io.RawIOBase):
    """A stream on what passes."""

    def __init__(self, passing: Passing) -> None:
        self._passing, self._at = passing, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._passing.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else max(0, self._passing.size - self._at)
        data = self._passing.read(self._at, wanted)
        self._at += len(data)
        return data

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
