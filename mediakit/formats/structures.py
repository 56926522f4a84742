"""An image as the readers of its structures see it: descriptors, directories, tables.

Where the medium fails, even when it is asked again, the bytes are zeros, and a reader can ask for
which. So one bad sector costs what it held and not the whole medium. The contents of files are
not read through this: there a failure has to be an error.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from ..model import Content, Window
from ..patience import GAVE_UP, GaveUp, Patience

_SECTOR = 2048
BLOCK = 512
"""Bytes of the smallest piece that can be bad: a sector of a stick."""

_SMALLER = 16
_TRIES = 3
"""How often a byte is asked for: with the rest of its sector, and the last time with its block alone."""


@dataclass(frozen=True)
class Structures:
    """The same bytes, but what cannot be read is zeros; `bad` has the reason by block of 512 bytes."""

    image: Content
    patience: Patience = field(default_factory=Patience)
    bad: dict[int, str] = field(default_factory=dict)

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
        if not self.bad:
            return ""
        blocks = range(offset // BLOCK, -(-(offset + size) // BLOCK))
        fewer, others = (self.bad, blocks) if len(self.bad) < len(blocks) else (blocks, self.bad)
        return next((self.bad[block] for block in fewer if block in others), "")


class _Reading:
    """One stream over the image: pieces get smaller where it fails, and larger again where it does not."""

    def __init__(self, structures: Structures, stream: BinaryIO) -> None:
        self._of, self._stream = structures, stream
        self._most = self._whole = max(structures.size, _SECTOR)
        self._until = 0  # the end of the last piece that failed: what failed in it is still to come
        self._failed = range(0)  # of the last sector, what did not come in one piece

    def read(self, at: int, wanted: int) -> bytes:
        """At least one byte, zeros where the medium does not give it."""
        if at // BLOCK in self._of.bad:
            return self._zeros(at, wanted, self._of.bad[at // BLOCK])
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
        except OSError as error:
            return b"", error.strerror or str(error)

    def _zeros(self, at: int, wanted: int, reason: str) -> bytes:
        self._of.bad[at // BLOCK] = reason
        return bytes(min(wanted, BLOCK - at % BLOCK))
