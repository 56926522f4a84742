"""An ISO 9660 image while it is read: its bytes, what limits the reading, and what was odd."""

from __future__ import annotations

from typing import BinaryIO

from ...model import Content
from ..structures import Structures
from ..tree import Path
from .structs import SECTOR, Both
from .volume import Oddity

ODDITIES = 10_000


class Disc:
    """One opened image. `directory_bytes` is how much of directories may still be read."""

    def __init__(self, image: Content, structures: Structures, stream: BinaryIO) -> None:
        self.image, self.structures, self.stream = image, structures, stream
        self.block_size = SECTOR
        self.directory_bytes = image.size
        self.oddities: list[Oddity] = []

    def fresh(self) -> Disc:
        """The same image and stream, with limits and oddities of its own."""
        other = Disc(self.image, self.structures, self.stream)
        other.block_size = self.block_size
        return other

    def odd(self, kind: str, path: Path, detail: str, offset: int | None) -> None:
        """Note something; too much of it is noted as that."""
        if len(self.oddities) < ODDITIES:
            self.oddities.append(Oddity(kind, path, detail, offset))
        elif len(self.oddities) == ODDITIES:
            self.oddities.append(Oddity("limit", (), f"more than {ODDITIES:,} oddities", None))

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end of the image, and zeros where the system cannot read."""
        data = self.peek(offset, size)
        if reason := self.structures.lost(offset, size):
            self.odd("unreadable", (), reason, offset)
        return data

    def number(self, both: Both, name: str, path: Path, offset: int) -> int:
        """The number that was recorded twice; if one cannot be on this image, then the other."""
        if both.lsb != both.msb:
            self.odd("both-endian", path, name, offset)
            if both.lsb * self.block_size > self.image.size >= both.msb * self.block_size:
                return both.msb
        return both.lsb

    def peek(self, offset: int, size: int) -> bytes:
        """As `read`, for what is only looked for there: a sector that cannot be read is not odd."""
        self.stream.seek(offset)
        return self.stream.read(size)
