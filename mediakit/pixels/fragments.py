"""Encapsulated Pixel Data -> where the bytes of each frame are (PS3.5 A.4).

Offset tables are believed where they agree with the items; else fragments are counted, or
the ends of code streams are looked for. No fragment is read here but for its last bytes.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from .frame import PixelsUnreadable

MOST_FRAGMENTS = 1 << 21
"""Two million fragments are some days of film; more are hostile."""

_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD
_END_OF_STREAM = b"\xff\xd9"
"""Ends every JPEG, JPEG-LS and JPEG 2000 code stream (EOI, EOC); padding may follow it."""


class Fragments(NamedTuple):
    """The fragments of an element: the offset of each item's tag, of its value, and its length."""

    items: array[int]
    lengths: array[int]
    table: tuple[int, ...]


def read_fragments(stream: BinaryIO, start: int, end: int) -> Fragments:
    """The fragments in the value of an element, and the entries of its Basic Offset Table.

    Raises PixelsUnreadable when the value is no sequence of fragments.
    """
    items, lengths = array("Q"), array("Q")
    table: tuple[int, ...] = ()
    position, is_first = start, True
    while position + 8 <= end:
        stream.seek(position)
        group, element, length = struct.unpack("<HHI", exactly(stream, 8))
        tag = group << 16 | element
        if tag == _END:
            break
        if tag != _ITEM or position + 8 + length > end:
            raise PixelsUnreadable("Pixel Data is damaged: it is no sequence of whole fragments")
        if is_first:
            entries = min(length // 4, MOST_FRAGMENTS)
            table = struct.unpack(f"<{entries}I", exactly(stream, entries * 4))
        elif len(items) == MOST_FRAGMENTS:
            raise PixelsUnreadable(f"Pixel Data has more than {MOST_FRAGMENTS:,} fragments")
        else:
            items.append(position)
            lengths.append(length)
        is_first = False
        position += 8 + length
    if not items:
        raise PixelsUnreadable("Pixel Data has no fragment")
    return Fragments(items, lengths, table)


def first_fragments(
    stream: BinaryIO, fragments: Fragments, frames: int, extended: Sequence[int]
) -> array[int]:
    """For every frame the number of its first fragment, and at the end how many there are.

    `extended` holds the Extended Offset Table (PS3.3 C.7.6.3.1.8), empty without one. Raises
    PixelsUnreadable when fragments cannot be told apart into that many frames.
    """
    count = len(fragments.items)
    for table in (extended, fragments.table):
        found = _by_table(fragments, table, frames)
        if found is not None:
            return found
    if frames == 1:
        return array("Q", (0, count))
    if count == frames:
        return array("Q", range(count + 1))
    if count > frames:
        ends = [n + 1 for n in range(count) if _ends(stream, fragments, n)]
        if len(ends) == frames and ends[-1] == count:
            return array("Q", (0, *ends))
    raise PixelsUnreadable(f"{count:,} fragments cannot be told apart into {frames:,} frames")


def _by_table(fragments: Fragments, table: Sequence[int], frames: int) -> array[int] | None:
    """The same from an offset table; None when there is none, or it fits neither frames nor items."""
    if len(table) != frames or table[0] != 0:
        return None
    base = fragments.items[0]
    place = {offset - base: n for n, offset in enumerate(fragments.items)}
    first = [place.get(offset) for offset in table]
    known = [n for n in first if n is not None]
    if len(known) != frames or any(a >= b for a, b in pairwise(known)):
        return None
    return array("Q", (*known, len(fragments.items)))


def _ends(stream: BinaryIO, fragments: Fragments, n: int) -> bool:
    """Whether a code stream ends with the fragment."""
    length = min(fragments.lengths[n], 10)
    stream.seek(fragments.items[n] + 8 + fragments.lengths[n] - length)
    return _END_OF_STREAM in exactly(stream, length)


def exactly(stream: BinaryIO, length: int) -> bytes:
    """That many bytes. Raises PixelsUnreadable where the stream ends before."""
    data = stream.read(length)
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            raise PixelsUnreadable("the file ends inside Pixel Data")
        data += more
    return data
