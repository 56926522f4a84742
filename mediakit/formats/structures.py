"""An image as the readers of its structures see it: descriptors, directories, tables.

Where the medium fails, even when it is asked again, the bytes are zeros, and a reader can ask for
which. So one bad sector costs what it held and not the whole medium. The contents of files are
not read through this: there a failure has to be an error.
"""

from __future__ import annotations

import errno
import io
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, NamedTuple

from ..model import Content, Window
from ..patience import GAVE_UP, GaveUp, Patience

_SECTOR = 2048
BLOCK = 512
"""Bytes of the smallest piece that can be bad: a sector of a stick."""

_SMALLER = 16
_TRIES = 3
"""How often a byte is asked for: with the rest of its sector, and the last time with its block alone."""


class NothingThere(OSError):
    """What an image raises where it has no bytes to give, however often it is asked: it knows where."""

    def __init__(self, where: range, reason: str) -> None:
        super().__init__(errno.EIO, reason)
        self.where = where


class Bad(NamedTuple):
    """Bytes that cannot be read, whole blocks, and the reason."""

    start: int
    stop: int
    reason: str


@dataclass(frozen=True)
class Structures:
    """The same bytes, but what cannot be read is zeros; `bad` tells where, in the order of the image."""

    image: Content
    patience: Patience = field(default_factory=Patience)
    bad: list[Bad] = field(default_factory=list)

    @staticmethod
    def of(image: Content) -> Structures:
        """The image, if it is one already, or one over it that is patient by itself."""
        return image if isinstance(image, Structures) else Structures(image)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.image.size

    def open(self) -> BinaryIO:
        """A stream that never fails. Raises OSError when the image cannot be opened."""
        stream = self.image.open()
        return io.BufferedReader(Window(stream, self.size, _Reading(self, stream).read), _SECTOR)

    def lost(self, offset: int, size: int) -> str:
        """Why some of these bytes could not be read, empty if all could: ask after they were read."""
        if size <= 0 or not self.bad:
            return ""
        if here := self.bad_at(offset):
            return here.reason
        after = bisect_right(self.bad, offset, key=_start)
        following = self.bad[after : after + 1]
        return next((each.reason for each in following if each.start < offset + size), "")

    def bad_at(self, offset: int) -> Bad | None:
        """The bytes that could not be read in which this one lies."""
        before = bisect_right(self.bad, offset, key=_start) - 1
        return self.bad[before] if before >= 0 and offset < self.bad[before].stop else None

    def note(self, start: int, stop: int, reason: str) -> None:
        """Keep in mind that these bytes, of which the first was not known as such, cannot be read."""
        at = bisect_right(self.bad, start, key=_start)
        if at < len(self.bad):
            stop = min(stop, self.bad[at].start)
        if at and self.bad[at - 1].stop == start and self.bad[at - 1].reason == reason:
            self.bad[at - 1] = self.bad[at - 1]._replace(stop=stop)
        else:
            self.bad.insert(at, Bad(start, stop, reason))


def _start(bad: Bad) -> int:
    return bad.start


class _Reading:
    """One stream over the image: pieces get smaller where it fails, and larger again where it does not."""

    def __init__(self, structures: Structures, stream: BinaryIO) -> None:
        self._of, self._stream = structures, stream
        self._most = self._whole = max(structures.size, _SECTOR)
        self._until = 0  # the end of the last piece that failed: what failed in it is still to come
        self._failed = range(0)  # of the last sector, what did not come in one piece

    def read(self, at: int, wanted: int) -> bytes:
        """At least one byte, zeros where the medium does not give it."""
        if known := self._of.bad_at(at):
            return bytes(min(wanted, known.stop - at))
        size = self._promising(at, min(wanted, self._most))
        while size > _SECTOR:
            data, _ = self._once(at, size)
            if data:
                if at + size >= self._until:
                    self._most = min(self._most * 2, self._whole)
                return data
            self._until = at + size
            size = self._most = max(_SECTOR, size // _SMALLER)
        # Not across the end of a sector: what is bad behind it shall not cost what is before.
        size = self._promising(at, min(wanted, _SECTOR - at % _SECTOR))
        if at not in self._failed:
            for _ in range(_TRIES - 1):
                data, _ = self._once(at, size)
                if data:
                    return data
            self._failed = range(at, at + size)
        data, reason = self._once(at, min(size, BLOCK - at % BLOCK))
        return data or self._zeros(at, wanted, reason)

    def _promising(self, at: int, size: int) -> int:
        """As many of these bytes as have none among them that is known to be bad, a block at least."""
        least = BLOCK - at % BLOCK
        while size > least and self._of.lost(at, size):
            size = max(least, size // 2)
        return size

    def _once(self, at: int, size: int) -> tuple[bytes, str]:
        """What the medium gives there, and else why it does not."""
        try:
            self._stream.seek(at)
            return self._of.patience.read(partial(self._stream.read, size)), "nothing is there"
        except GaveUp:
            return b"", GAVE_UP
        except NothingThere as error:
            if at < error.where.start < at + size:
                return self._once(at, error.where.start - at)
            if at in error.where:
                return self._zeros(at, size, str(error.strerror), error.where.stop), ""
            return b"", str(error.strerror)
        except OSError as error:
            return b"", error.strerror or str(error)

    def _zeros(self, at: int, wanted: int, reason: str, stop: int = 0) -> bytes:
        """Zeros for the rest of the block, or up to `stop`."""
        stop = stop or at - at % BLOCK + BLOCK
        self._of.note(at - at % BLOCK, stop, reason)
        return bytes(min(wanted, stop - at))
