"""The blocks of an image, read within bounds, and the oddities that reading meets.

What a medium claims costs time and memory; this is where it is limited.
"""

from __future__ import annotations

from typing import BinaryIO

from ...model import Content
from ..structures import Structures
from ..tree import Path
from .structs import Tag
from .volume import Oddity

_ODDITIES = 10_000


class Blocks:
    """An opened image, and what may still be read of it: all structures together are no longer."""

    def __init__(self, image: Content, structures: Structures, stream: BinaryIO, size: int) -> None:
        self.image, self.structures, self.stream, self.size = image, structures, stream, size
        self.left = 2 * image.size  # twice: what is damaged is read from its copy
        self.oddities: list[Oddity] = []

    @property
    def last(self) -> int:
        """The last whole block of the image; -1 if there is none."""
        return self.image.size // self.size - 1

    def odd(self, kind: str, detail: str, path: Path = (), offset: int | None = None) -> None:
        """Note an oddity; beyond a limit, only that there are more."""
        if len(self.oddities) < _ODDITIES:
            self.oddities.append(Oddity(kind, path, detail, offset))
        elif len(self.oddities) == _ODDITIES:
            self.oddities.append(Oddity("limit", (), f"more than {_ODDITIES:,} oddities", None))

    def bytes_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end of the image or at the limit, zeros where it is unreadable."""
        if size > self.left:
            self.odd("limit", "the structures are longer than the image", offset=offset)
        size = max(0, min(size, self.left, self.image.size - offset))
        self.left -= size
        self.stream.seek(offset)
        data = self.stream.read(size)
        self.check(offset, size)
        return data

    def check(self, offset: int, size: int) -> None:
        """Note it if some of these bytes, which were read, could not be."""
        if reason := self.structures.lost(offset, size):
            self.odd("unreadable", reason, offset=offset)

    def descriptor(self, offset: int, location: int, path: Path = ()) -> Tag | None:
        """The descriptor in the block at that offset if its tag is sound, else None.

        What is wrong with it beside the tag's checksum is noted; `location` is what its tag
        ought to say.
        """
        tag = Tag(self.bytes_at(offset, self.size))
        if len(tag.raw) < self.size or not tag.is_sound:
            return None
        if not tag.crc_is_right:
            self.odd("crc", f"the CRC of descriptor {tag.identifier} is wrong", path, offset)
        if tag.location != location:
            detail = f"descriptor {tag.identifier} says block {tag.location:,}, not {location:,}"
            self.odd("location", detail, path, offset)
        return tag
