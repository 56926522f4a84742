"""Data sets of a series that are laid out like the one before: told by their element headers alone.

A walk depends on nothing but the encoding, the size of the file, and the tag, VR and length of every
element. Where all of these are the same bytes at the same places, so is what the walk would find. It is
different where a data set begins with a tag that none may hold: then a walk looks at values, too.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .parse import Encoding, header_at
from .walk import BELOW_ALL, Place, Walk


class Repeats:
    """The last layout that was met twice in a row; values differ from file to file, headers seldom."""

    def __init__(self) -> None:
        self._known: _Layout | None = None
        self._before: tuple[int, list[Place]] = 0, []

    def run(self, walk: Walk, position: int) -> Walk:
        """As `walk.run(position)`. What was found may be shared with other walks."""
        if self._known and self._known.is_that_of(walk, position):
            walk.found, walk.last = self._known.found, self._known.last
            return walk
        walk.run(position)
        if walk.is_plain and (position, walk.found) == self._before:
            self._known = _layout(walk, position)
        self._before = position, walk.found
        return walk


class _Layout(NamedTuple):
    """The headers of all elements, `form` takes them out of a file; and what a walk found there."""

    position: int
    size: int
    encoding: Encoding
    form: struct.Struct
    headers: tuple[bytes, ...]
    found: list[Place]
    last: int

    def is_that_of(self, walk: Walk, position: int) -> bool:
        """Whether every header is where it was."""
        window = walk.window
        return (
            position == self.position
            and window.size == self.size
            and walk.encoding is self.encoding
            and window.at_hand >= position + self.form.size
            and self.form.unpack_from(window.head, position) == self.headers
        )


def _layout(walk: Walk, position: int) -> _Layout | None:
    """What was walked over; None where that may tell less than the whole file does, or is not all at hand."""
    window, at, skipped = walk.window, position, 0
    words = ["<"]
    if header_at(window.head, at, walk.encoding).tag <= BELOW_ALL:
        return None
    while at < window.size:
        if at + 12 > window.at_hand:
            return None
        header = header_at(window.head, at, walk.encoding)
        words.append(f"{skipped}x{header.size}s")
        at, skipped = at + header.size + header.length, header.length
    if at != window.size:
        return None
    form = struct.Struct("".join(words))
    headers = form.unpack_from(window.head, position)
    return _Layout(position, window.size, walk.encoding, form, headers, walk.found, walk.last)
