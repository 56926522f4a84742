"""Raw images of a CD, 2,352 bytes a sector, presented as the 2,048 bytes of user data that formats know.

Such an image (.bin) has all that lies in a sector (ECMA-130 14): a sync pattern, the header
with the sector's mode, the user data, and codes that detect and correct errors. The drive
has checked those codes when it read the disc; they are not checked again. Of a Mode 2
sector the first 2,048 bytes after its sub-header are given, which is Form 1 (PS3.12 F.2.1.1).

A sector without that pattern is one of the gap between two sessions, or one that the drive could
not read: reading it is an error, as it would be on the disc.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import BinaryIO

from ..model import Content, Window
from .structures import NothingThere, Structures
from .tree import Sectors

SECTOR, USER_DATA = 2352, 2048
_SYNC = b"\x00" + b"\xff" * 10 + b"\x00"
_MODE = 15  # position of the mode in a sector
_START = {1: 16, 2: 24}  # of the user data, by mode
_BATCH = 512  # sectors read at once
_HEAD = 20  # bytes of header and sub-header
_FORM_2 = 0x20  # in the submode
_FIRST, _MORE = 64, 512  # sectors whose mode is looked at


@dataclass(frozen=True, slots=True)
class RawCdContent:
    """The user data of a raw image; what is no data sector cannot be read."""

    base: Content
    mode: int

    @property
    def size(self) -> int:
        """Bytes of user data in the whole sectors of the image."""
        return self.base.size // SECTOR * USER_DATA

    def open(self) -> BinaryIO:
        """A stream over the user data; reading what is none raises NothingThere. Raises OSError."""
        base = self.base.open()

        def read(at: int, wanted: int) -> bytes:
            wanted = min(wanted, _BATCH * USER_DATA)
            first, skip = divmod(at, USER_DATA)
            base.seek(first * SECTOR)
            try:
                raw = _read(base, -(-(skip + wanted) // USER_DATA) * SECTOR)
            except OSError:
                # One bad sector shall not cost those that were to be read with it.
                wanted = min(wanted, USER_DATA - skip)
                base.seek(first * SECTOR)
                raw = _read(base, SECTOR)
            sectors = [raw[at : at + SECTOR] for at in range(0, len(raw), SECTOR)]
            return b"".join(map(_user_data, _all_data(sectors, first)))[skip : skip + wanted]

        return io.BufferedReader(Window(base, self.size, read), _BATCH * USER_DATA)


def raw_cd(image: Content, structures: Structures | None = None) -> RawCdContent | None:
    """The user data of an image whose first sectors are raw ones; None for any other. Raises OSError.

    Where those cannot be read, it is the sectors in which a file system begins.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        for pair in ((0, 1), (16, 17)):
            modes = []
            for sector in pair:
                stream.seek(sector * SECTOR)
                modes.append(_mode(stream.read(_MODE + 1)))
            if all(modes):
                return RawCdContent(image, modes[0])
            if not structures.bad:
                break
    return None


def sectors_of(raw: RawCdContent, structures: Structures) -> Sectors:
    """How sectors from all over the disc were written: its beginning, and others at equal distances.

    `structures` is the raw image.
    """
    count = raw.base.size // SECTOR
    numbers = sorted({*range(min(count, _FIRST)), *range(0, count, max(1, count // _MORE))})
    forms: Counter[str] = Counter()
    with structures.open() as stream:
        for number in numbers:
            stream.seek(number * SECTOR)
            forms[_form(stream.read(_HEAD))] += 1
    del forms[""]
    return Sectors(len(numbers), tuple(sorted(forms.items())))


def _form(head: bytes) -> str:
    """What the header and the sub-header of a sector say of it; empty for what is no data sector."""
    mode = _mode(head)
    if mode != 2:
        return "Mode 1" if mode else ""
    file, channel, submode, coding = head[16:20]
    if submode & _FORM_2:
        return "Mode 2 Form 2"
    odd = [f"{word} {n}" for word, n in (("file", file), ("channel", channel), ("coding", coding)) if n]
    return " ".join(("Mode 2 Form 1", *(["of", ", ".join(odd)] if odd else [])))


def _mode(sector: bytes) -> int:
    """1 or 2; 0 for what is no data sector."""
    if sector.startswith(_SYNC) and len(sector) > _MODE and sector[_MODE] in _START:
        return sector[_MODE]
    return 0


def _read(stream: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes, fewer only at the end: an unbuffered stream may give less at once."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _all_data(sectors: list[bytes], first: int) -> list[bytes]:
    """Those before the first that is no data sector. Raises NothingThere when that is the first of all."""
    data = list(takewhile(_mode, sectors))
    if sectors and not data:
        count = sum(1 for _ in takewhile(lambda sector: not _mode(sector), sectors))
        where = range(first * USER_DATA, (first + count) * USER_DATA)
        raise NothingThere(where, f"sector {first} of the raw image holds no data")
    return data


def _user_data(sector: bytes) -> bytes:
    start = _START[_mode(sector)]
    return sector[start : start + USER_DATA]
