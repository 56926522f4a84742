"""A medium that fails where a test wants it to: errors, short reads and slow reads at chosen places."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from mediakit.formats.tree import MediumView, StoredFile
from mediakit.model import Content


class Clock:
    """A clock that goes on only when somebody reads slowly; the seconds since it was made."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Faults:
    """What a medium does at the bytes of one file; offsets count from its beginning.

    `bad` is a run of bytes that cannot be read, `heals` after how many attempts it can. `slow` is
    how many seconds each read takes, `stuck` how many more each that fails, `short` how many bytes
    it gives at most, and `ends` where reads end for no reason, `resumes` after how many attempts
    they go on.
    """

    bad: range = range(0)
    heals: int = 1 << 30
    slow: float = 0.0
    stuck: float = 0.0
    short: int = 1 << 30
    ends: int = 1 << 62
    resumes: int = 1 << 30
    clock: Clock = field(default_factory=Clock)
    reads: int = 0
    failed: int = 0
    """How many reads were asked of the file, and how many of them failed, for tests to look at."""


@dataclass(frozen=True, slots=True)
class FaultyContent:
    """A content with faults."""

    content: Content
    faults: Faults

    @property
    def size(self) -> int:
        """The size that the medium states."""
        return self.content.size

    def open(self) -> BinaryIO:
        """A stream that fails."""
        return cast(BinaryIO, _Faulty(self.content.open(), self.faults))


class _Faulty(io.RawIOBase):
    def __init__(self, stream: BinaryIO, faults: Faults) -> None:
        self._stream, self._faults = stream, faults

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        faults, at = self._faults, self._stream.tell()
        faults.reads += 1
        faults.clock.now += faults.slow
        size = min(size if size >= 0 else 1 << 30, faults.short)
        if max(at, faults.bad.start) < min(at + size, faults.bad.stop) and faults.heals:
            faults.heals -= 1
            faults.failed += 1
            faults.clock.now += faults.stuck
            raise OSError(errno.EIO, "Input/output error")
        if at + size > faults.ends and faults.resumes:
            faults.resumes -= at >= faults.ends
            size = max(0, faults.ends - at)
        return self._stream.read(size)

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def failing(view: MediumView, faults: Callable[[StoredFile], Faults | None]) -> MediumView:
    """The medium with the faults of each file; None for a file that is well."""

    def faulty(file: StoredFile) -> StoredFile:
        wanted = faults(file)
        return replace(file, content=FaultyContent(file.content, wanted)) if wanted and file.content else file

    return replace(view, files=tuple(faulty(file) for file in view.files))
