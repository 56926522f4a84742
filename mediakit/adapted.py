"""The content of an adapted instance: made while it is read, of the source and of decoded frames.

Its size is known beforehand, and so is the digest where frames are decoded, so that a second
reading that gives anything else stops the job. Nothing of it is held but the few bytes that
replace others; the source is walked over again each time.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate
from typing import BinaryIO

from .dicomfile.recode import (
    Decoded,
    OpenSource,
    Piece,
    Stored,
    Unadaptable,
    open_source,
    recoded,
    size_of,
    turned,
    whole_data_set,
)
from .errors import SourceChanged
from .model import Content, Element, FileContent
from .pixels import ImagePixel, PixelsUnreadable
from .workshop import Film, Workshop

_PIECE = 1 << 20
_AGAIN = "Start again when no other program writes to the source."


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """How an instance is changed: a new beginning, and a data set that is `edits` away from the source's.

    Without edits the data set stays as it is, byte by byte. `image` describes the frames of `film`
    as they have to come from the decoder.
    """

    beginning: bytes
    edits: Mapping[int, Element | None] | None
    film: Film | None = None
    image: ImagePixel | None = None

    def pieces(self, source: OpenSource, size: int) -> list[Piece]:
        """What the target consists of; `size` is that of the source. Raises Unadaptable."""
        if self.edits is None:
            return [self.beginning, *whole_data_set(source, size)]
        frames = Decoded(self.film.count, self.image.length) if self.film and self.image else None
        return [self.beginning, *recoded(source, self.edits, frames)]


@dataclass(frozen=True, slots=True, eq=False)
class AdaptedContent:
    """An instance as a profile takes it, and what is changed in words.

    `sha256` is None where no pixels are decoded.
    """

    base: Content
    recipe: Recipe
    size: int
    origin: str
    workshop: Workshop = field(repr=False)
    changes: tuple[str, ...]
    sha256: str | None = None

    def open(self) -> BinaryIO:
        """The adapted file. Raises OSError, SourceChanged and, before there is a digest, Unadaptable.

        Reading raises PixelsUnreadable before there is a digest, and SourceChanged afterwards.
        """
        with ExitStack() as opened:
            try:
                source = open_source(self.base, opened)
                pieces = self.recipe.pieces(source, self.base.size)
            except Unadaptable as error:
                raise self.changed(str(error)) from error
            self.check(source.stream)
            if size_of(pieces) != self.size:
                raise self.changed("its header is another one")
            return io.BufferedReader(_Stream(self, pieces, source, opened.pop_all()))

    def check(self, stream: BinaryIO) -> None:
        """Whether the source is the one that was found. Raises SourceChanged."""
        if isinstance(self.base, FileContent) and not self.base.unchanged(stream):
            raise self.changed("it has another size or modification time")

    def changed(self, how: str) -> SourceChanged:
        """The error that says so."""
        return SourceChanged(f"{self.origin} changed since it was read first: {how}.", _AGAIN)


class _Stream(io.RawIOBase):
    """The pieces one after the other; a digest is compared when all were read in order."""

    def __init__(
        self, content: AdaptedContent, pieces: list[Piece], source: OpenSource, opened: ExitStack
    ) -> None:
        self._content, self._pieces, self._source, self._opened = content, pieces, source, opened
        self._ends = list(accumulate(size_of((piece,)) for piece in pieces))
        self._at = self._hashed = 0
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        if self._at >= self._content.size or not view:
            return 0
        n = bisect_right(self._ends, self._at)
        skipped = self._at - (self._ends[n - 1] if n else 0)
        part = self._part(self._pieces[n], skipped, len(view))
        view[: len(part)] = part
        self._proceed(part)
        return len(part)

    def _part(self, piece: Piece, skipped: int, wanted: int) -> bytes | memoryview:
        """At least one byte of a piece, at most as many as wanted."""
        if isinstance(piece, bytes):
            return memoryview(piece)[skipped : skipped + wanted]
        if isinstance(piece, Stored):
            return self._stored(piece, skipped, wanted)
        index, skipped = divmod(skipped, piece.length)
        return memoryview(self._frame(index))[skipped : skipped + wanted]

    def _stored(self, piece: Stored, skipped: int, wanted: int) -> bytes:
        begin = skipped // piece.unit * piece.unit
        end = min(begin + _PIECE, skipped + wanted + piece.unit, piece.size)
        if end < piece.size:
            end -= (end - begin) % piece.unit
        whole = self._content.recipe.edits is None
        stream = self._source.stream if whole else self._source.walk.window.stream
        stream.seek(piece.start + begin)
        data = stream.read(end - begin)
        while len(data) < end - begin:
            more = stream.read(end - begin - len(data))
            if not more:
                raise self._content.changed("it ends early")
            data += more
        return turned(data, piece.unit)[skipped - begin :][:wanted]

    def _frame(self, index: int) -> bytes:
        content, recipe = self._content, self._content.recipe
        assert recipe.film
        try:
            frame = content.workshop.frame(recipe.film, index)
            _expect(frame.image == recipe.image, f"frame {index + 1} comes in other colours than the first")
        except PixelsUnreadable as error:
            if content.sha256 is None:
                raise
            raise content.changed(str(error)) from error
        return frame.data

    def _proceed(self, part: bytes | memoryview) -> None:
        content = self._content
        if self._at == self._hashed and content.sha256 is not None:
            self._digest.update(part)
            self._hashed += len(part)
        self._at += len(part)
        if self._at < content.size:
            return
        content.check(self._source.stream)
        if self._hashed == content.size and self._digest.hexdigest() != content.sha256:
            raise content.changed("its pixels are decoded to others")

    def close(self) -> None:
        self._opened.close()
        super().close()


def _expect(fact: bool, otherwise: str) -> None:
    if not fact:
        raise PixelsUnreadable(otherwise)
