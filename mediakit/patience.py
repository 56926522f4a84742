"""Reading a medium that fails: again, in smaller pieces, and not for ever.

A scratched disc gives an error at one place and good bytes on both sides of it; a worn stick
gives less than was asked, and more the next time. Both are asked again. What that costs is
counted over the whole medium, and so is reading that is very slow; when the sum reaches the
limit, the medium is given up and every further read fails at once. A read that has been asked of
the system is waited for: the drive ends it, by its own time limits.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self, cast

from .model import Content, FileContent, SliceContent

LIMIT = 300.0
"""Seconds that may be lost on one medium; a person waits for the answer."""

_SLOW = 2.0
"""Seconds that one read may take: a disc that spins up needs as many."""

_TRIES = 3
_SECTOR = 2048
_SMALLER = 16
"""After an error a piece 16 times smaller is asked for, down to a sector of a disc."""


GAVE_UP = "it was not read, because too much time was lost on this medium"
"""The reason for what a medium that was given up still holds; nothing is known of it."""


class GaveUp(OSError):
    """The medium was given up."""

    def __init__(self) -> None:
        super().__init__(errno.ETIMEDOUT, GAVE_UP)


class Patience:
    """How much time one medium has cost by failing, and how much it may.

    `check` is asked before every read, and raises where the job shall stop.
    """

    def __init__(
        self,
        limit: float = LIMIT,
        clock: Callable[[], float] = time.monotonic,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._check = check
        self._lost = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the medium is given up."""
        return self._lost >= self._limit

    def read(self, read: Callable[[], bytes]) -> bytes:
        """What the read gives; its time is counted when it fails or is slow. Raises OSError and GaveUp."""
        self._check()
        if self.is_over:
            raise GaveUp
        began = self._clock()
        try:
            data = read()
        except OSError:
            self._lost += self._clock() - began
            raise
        self._lost += max(0.0, self._clock() - began - _SLOW)
        return data


@dataclass(frozen=True, slots=True)
class PatientContent:
    """A content of a medium that may fail; all contents of one medium share their patience.

    `image` is a stream of the image that it is a slice of, for who has one open.
    """

    content: Content
    patience: Patience
    image: BinaryIO | None = None

    @property
    def size(self) -> int:
        """How many bytes there should be."""
        return self.content.size

    def open(self) -> BinaryIO:
        """An unbuffered stream that reads again where reading fails. Raises OSError and GaveUp."""
        content, base, offset = self.content, self.content, 0
        if isinstance(content, SliceContent):  # a file of an image: there are many, and each is opened
            base, offset = content.base, content.offset
        stream = self.image or base.open()
        return cast(BinaryIO, _PatientStream(stream, offset, self.size, self.patience, self.image is None))


class PatientFiles:
    """A context that gives the contents of one medium patiently, and opens an image file once for all.

    One at a time is read: they share a stream.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._base: Content | None = None
        self._image: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def file(self, content: Content) -> PatientContent:
        """The content, to be read before another one is asked for. Raises OSError."""
        # Only a plain file is the same for who reads on after an error and for who opens it anew.
        if not isinstance(content, SliceContent) or not isinstance(content.base, FileContent):
            return PatientContent(content, self._patience)
        if content.base is not self._base:
            self._close()
            self._image, self._base = content.base.open(), content.base
        return PatientContent(content, self._patience, self._image)

    def _close(self) -> None:
        if self._image:
            self._image.close()
        self._base = self._image = None


class _PatientStream(io.RawIOBase):
    """A raw stream over a content; it gives less than was asked where the rest cannot be read."""

    def __init__(self, stream: BinaryIO, offset: int, size: int, patience: Patience, owned: bool) -> None:
        self._stream, self._offset, self._size, self._owned = stream, offset, size, owned
        self._patience, self._at = patience, 0
        self._most = self._whole = max(size, _SECTOR)

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

    def read(self, size: int = -1, /) -> bytes:
        """As RawIOBase does it, without the buffer between."""
        if size < 0:
            return self.readall()
        data = self._read(size) if size else b""
        self._at += len(data)
        return data

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read(self, wanted: int) -> bytes:
        """Some of the bytes at the position, none at the end only. Raises OSError and GaveUp."""
        tries = 0
        while tries < _TRIES:
            size = min(wanted, self._most)
            try:
                data = self._patience.read(partial(self._read_once, size))
            except GaveUp:
                raise
            except OSError:
                # The good bytes before the bad place come in smaller pieces.
                tries += size <= _SECTOR
                self._most = max(_SECTOR, size // _SMALLER)
                if tries == _TRIES:
                    raise
                continue
            if data or self._at >= self._size:
                self._most = min(self._most * 2, self._whole)
                return data
            tries += 1  # the medium has more than it gave
        return b""

    def _read_once(self, size: int) -> bytes:
        self._stream.seek(self._offset + self._at)
        return self._stream.read(max(0, min(size, self._size - self._at)))

    def close(self) -> None:
        if self._owned and not self.closed:
            self._stream.close()
        super().close()
