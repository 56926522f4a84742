"""Moving bytes once: contents into one output, hashed on the way.

Files are read straight into a few large buffers that are reused; a full buffer is written
by this thread while a second one computes its SHA-256 (hashlib lets go of the interpreter
lock). Knows nothing of formats or DICOM. What can go wrong while bytes move is told apart
here: the source, the output, or a source that changed since it was scanned.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from mmap import mmap
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, cast

from .errors import OutputError, SourceChanged, SourceUnreadable
from .model import Content, FileContent

if TYPE_CHECKING:  # the formats import this module
    from .formats.tree import Tick

BLOCK = 1 << 20
"""Bytes in a buffer: large enough that calls cost nothing, small enough for the processor's cache."""

_BUFFERS = 4
"""One is being filled, one hashed; the others level out the different speeds."""

_ZEROS = memoryview(bytes(BLOCK))

_CHANGED = "Start again when no other program writes to the source."


class Sink(Protocol):
    """What an output must be able to do; any binary file object can."""

    def write(self, data: memoryview, /) -> int | None:
        """Write some or all of the bytes and say how many."""

    def flush(self) -> None:
        """Hand everything to the system."""


class _Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...
    def copy(self) -> _Digest: ...


_Parts = list[tuple[_Digest, memoryview]]


def digest(
    content: Content, tick: Tick | None = None, name: str = "the content", buffers: Buffers | None = None
) -> str:
    """SHA-256 of a content in hexadecimal digits. Raises SourceUnreadable and SourceChanged."""
    with Transfer(_Nowhere(), tick, buffers=buffers) as transfer:
        transfer.copy(content, name)
        return transfer.finish()


def blocks(content: Content, name: str) -> Iterator[memoryview]:
    """All bytes of a content in blocks, each of which the next overwrites; for a look before copying.

    Raises SourceUnreadable and SourceChanged.
    """
    left = content.size
    room = memoryview(bytearray(min(left, BLOCK)))
    with OpenedSource(content, name) as source:
        while left:
            got = source.read_into(room[: min(left, BLOCK)])
            yield room[:got]
            left -= got
        source.expect_end()


class Buffers:
    """Buffers in turn, each with the work of the second thread that still reads it.

    Use it in a `with` statement to share it between transfers that follow each other.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sha256")
        # Anonymous memory has no pages before they are touched: a small content costs little.
        self._buffers = [memoryview(mmap(-1, BLOCK)) for _ in range(_BUFFERS)]
        self._work: list[Future[None] | None] = [None] * _BUFFERS
        self._at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def current(self) -> memoryview:
        """The buffer whose turn it is."""
        return self._buffers[self._at]

    def hand_over(self, parts: _Parts) -> None:
        """Let the second thread hash parts of the current buffer."""
        self._work[self._at] = self._thread.submit(_hash, parts)

    def advance(self) -> None:
        """Take the next buffer, as soon as the second thread no longer reads it."""
        self._at = (self._at + 1) % _BUFFERS
        self._wait(self._at)

    def drain(self) -> None:
        """Wait until the second thread reads no buffer."""
        for at in range(_BUFFERS):
            self._wait(at)

    def close(self) -> None:
        """End the second thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _wait(self, at: int) -> None:
        work, self._work[at] = self._work[at], None
        if work is not None:
            work.result()


class Transfer:
    """Writes an output front to back; use it in a `with` statement and end it with `finish`.

    `tick` is called with the bytes of every buffer that was written and may raise to stop;
    `each` asks for the SHA-256 of every copied content too. Who writes many outputs shares
    `buffers` between them. Leaving the `with` statement, however that happens, ends what the
    second thread does, and the thread itself if it is not shared.
    """

    def __init__(
        self, out: Sink, tick: Tick | None = None, each: bool = False, buffers: Buffers | None = None
    ) -> None:
        self.position = 0
        self._out, self._tick, self._each = out, tick, each
        self._whole: _Digest = hashlib.sha256()
        self._files: list[_Digest] = []
        self._buffers = buffers or Buffers()
        self._leave = self._buffers.drain if buffers else self._buffers.close
        self._parts: _Parts = []
        self._filled = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def put(self, data: bytes | memoryview) -> None:
        """Append bytes that are in memory. Raises OutputError."""
        rest = memoryview(data)
        while rest:
            room = self._room(len(rest))
            room[:] = rest[: len(room)]
            self._took(len(room))
            rest = rest[len(room) :]

    def pad_to(self, multiple: int) -> None:
        """Append zeros until the position is a multiple of that many bytes. Raises OutputError."""
        self.put(bytes(-self.position % multiple))

    def skip(self, size: int) -> None:
        """Append that many zeros; a new file on a disk gets a hole, which takes no room.

        The digest and the ticks are those of the zeros. Raises OutputError.
        """
        # The last byte is written, so that the file ends where the hole does.
        hole = size - 1 if size > BLOCK and _is_new_file(self._out) else 0
        if hole:
            self._empty()
        for part in _blocks(hole):
            self._whole.update(_ZEROS[:part])
            self._leap(part)
        for part in _blocks(size - hole):
            self.put(_ZEROS[:part])

    def copy(self, content: Content, name: str) -> None:
        """Append a content; `name` says in an error which one it was, unless it is a file.

        Raises SourceUnreadable, SourceChanged and OutputError.
        """
        own = hashlib.sha256() if self._each else None
        with OpenedSource(content, name) as source:
            left = content.size
            while left:
                room = self._room(left)
                got = source.read_into(room)
                if own is not None:
                    self._parts.append((own, room[:got]))
                self._took(got)
                left -= got
            source.expect_end()
        if own is not None:
            self._files.append(own)

    def digest_so_far(self) -> str:
        """The SHA-256 of all that was appended until now. Raises OutputError."""
        self._empty()
        return self._whole.copy().hexdigest()

    @property
    def files(self) -> tuple[str, ...]:
        """The digests of the copied contents, in order, once the transfer is finished."""
        return tuple(own.hexdigest() for own in self._files)

    def finish(self) -> str:
        """Write and hash what is left; gives the digest of all that was written. Raises OutputError."""
        self._empty()
        try:
            self._out.flush()
        except OSError as error:
            raise _output_failed(error) from error
        return self._whole.hexdigest()

    def _empty(self) -> None:
        """Write and hash what is in the current buffer, after all that came before it."""
        self._buffers.drain()
        # Here and not in the second thread: a small content is never worth starting one.
        _hash([(self._whole, self._full()), *self._parts])
        self._write(self._full())
        self._filled, self._parts = 0, []

    def _leap(self, size: int) -> None:
        """Leave a hole of that many bytes."""
        try:
            cast(BinaryIO, self._out).seek(size, os.SEEK_CUR)
        except OSError as error:
            raise _output_failed(error) from error
        self.position += size
        if self._tick:
            self._tick(size)

    def _room(self, wanted: int) -> memoryview:
        """At least one free byte of the current buffer, at most `wanted`."""
        if self._filled == BLOCK:
            self._buffers.hand_over([(self._whole, self._full()), *self._parts])
            self._write(self._full())
            self._buffers.advance()
            self._filled, self._parts = 0, []
        return self._buffers.current[self._filled : self._filled + wanted]

    def _took(self, size: int) -> None:
        self._filled += size
        self.position += size

    def _full(self) -> memoryview:
        return self._buffers.current[: self._filled]

    def _write(self, data: memoryview) -> None:
        rest = data
        try:
            while rest:
                # An unbuffered file may take less than it is given; None says it would block.
                rest = rest[self._out.write(rest) or 0 :]
        except OSError as error:
            raise _output_failed(error) from error
        if self._tick and data:
            self._tick(len(data))


def _blocks(size: int) -> Iterator[int]:
    """The size in parts of a buffer's size, the last one smaller."""
    while size:
        part = min(size, BLOCK)
        yield part
        size -= part


def _is_new_file(out: Sink) -> bool:
    """Whether the output is a file on a disk that ends where it is written: beyond are only zeros."""
    try:
        stream = cast(BinaryIO, out)
        stream.flush()
        found = os.fstat(stream.fileno())
        return stat.S_ISREG(found.st_mode) and found.st_size <= stream.tell()
    except (AttributeError, OSError):  # what has no file descriptor is no file on a disk
        return False


def _hash(parts: _Parts) -> None:
    for each, data in parts:
        each.update(data)


class _Readable(Protocol):
    """The part of `io.RawIOBase` that `typing.BinaryIO` leaves out."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def outermost(content: Content) -> Content:
    """What the bytes come from in the end: the image or archive around a content that is a part of one."""
    while outer := getattr(content, "base", None) or getattr(content, "archive", None):
        content = outer
    return content


class OpenedSource:
    """An opened content that is held to what was known of it when it was found."""

    def __init__(self, content: Content, name: str) -> None:
        self._content, self._whole = content, outermost(content)
        self._name = str(content.path) if isinstance(content, FileContent) else name

    def __enter__(self) -> Self:
        try:
            self._stream: BinaryIO = self._content.open()
        except FileNotFoundError as error:
            raise self._changed("it is no longer there") from error
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            self._expect_unchanged()
        except BaseException:
            self._stream.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read_into(self, room: memoryview) -> int:
        """Fill the room in part or whole; the bytes read are at least one."""
        try:
            got = cast(_Readable, self._stream).readinto(room)
        except OSError as error:
            raise self._unreadable(error) from error
        if not got:
            self._expect_unchanged()
            raise self._changed(f"it ends before its {self._content.size:,} bytes")
        return got

    def expect_end(self) -> None:
        """Nothing may follow, and the file is still the one that was found."""
        try:
            more = self._stream.read(1)
        except OSError as error:
            raise self._unreadable(error) from error
        self._expect_unchanged()
        if more:
            raise self._changed(f"it has more than {self._content.size:,} bytes")

    def _expect_unchanged(self) -> None:
        """Also a part of an image or an archive is what it was only while that file is."""
        known = self._whole
        if not isinstance(known, FileContent):
            return
        if known is self._content and known.unchanged(self._stream):
            return
        try:
            now = FileContent.of(known.path)
        except OSError as error:
            raise self._changed("it is no longer there") from error
        if now.size != known.size:
            raise self._changed(f"it had {known.size:,} bytes and now has {now.size:,}")
        if now.stamp != known.stamp or known is self._content:
            raise self._changed("it has another modification time")

    def _changed(self, how: str) -> SourceChanged:
        return SourceChanged(f"{self._name} changed since it was read first: {how}.", _CHANGED)

    def _unreadable(self, error: OSError) -> SourceUnreadable:
        return SourceUnreadable(
            f"{self._name} cannot be read: {error.strerror or error}.",
            "Check the source and its permissions.",
        )


class _Nowhere:
    """An output that keeps nothing: for who wants the digest only."""

    def write(self, data: memoryview, /) -> int:
        return len(data)

    def flush(self) -> None:
        return None


def _output_failed(error: OSError) -> OutputError:
    return OutputError(
        f"The output cannot be written: {error.strerror or error}.",
        "Check the free space and the permissions, or write to another place.",
    )
