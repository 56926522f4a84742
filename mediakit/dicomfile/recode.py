"""A file as it is -> the pieces of the same instance in Explicit VR Little Endian (PS3.5 A.2).

It stands beneath the adaptation: it knows elements and encodings, and which bytes of the source
become which bytes of the target. It decodes no pixels: for compressed Pixel Data there is a
place, which `Decoded` holds. What is in Explicit VR Little Endian already is never encoded
again but taken over as it stands, private and unknown elements with it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from ..model import Content, Element
from .encode import LONG_VRS, encode_element
from .meta import Beginning, Settled, read_beginning
from .parse import EXPLICIT, IMPLICIT, PIXEL_DATA, UNIT, Malformed, normalise, real_vr
from .pixels import BITS_ALLOCATED
from .read import is_signed, walk_data_set
from .walk import Place, Walk, tag_name
from .window import Window

EXTENDED_OFFSETS = frozenset((0x7FE00001, 0x7FE00002))
"""The Extended Offset Table and its lengths, which native pixels have not (PS3.3 C.7.6.3.1.8)."""

LONGEST_NATIVE = 0xFFFFFFFE
"""Native Pixel Data has a length of 32 bits (PS3.5 7.1.2)."""

_MOST_ELEMENTS = 200_000
_LONGEST_SEQUENCE = 256 << 20
_COPIED_ABOVE = 64 << 10
_PIECE = 1 << 20
_WORDS = {2: "H", 4: "I", 8: "Q"}
_UNDEFINED = b"\xff\xff\xff\xff"
_NESTED_PIXELS = tuple(
    tag + vr + _UNDEFINED
    for tag in (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
    for vr in (b"OB\0\0", b"OW\0\0", b"")
)
_NESTED_SIGNATURE = (b"\xfa\xff\xfa\xff", b"\xff\xfa\xff\xfa")


class Unadaptable(Exception):
    """An instance cannot be changed without losing something; the message says what stands against it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The bytes `start` to `end` of the source, in words of `unit` bytes that are to be turned round."""

    start: int
    end: int
    unit: int = 1

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Decoded:
    """The bytes of all decoded frames, `length` each."""

    count: int
    length: int

    @property
    def size(self) -> int:
        """How many bytes there are, without padding."""
        return self.count * self.length


Piece = bytes | Stored | Decoded


def size_of(pieces: Iterable[Piece]) -> int:
    """The size of what the pieces make together, in bytes."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces)


class _Everything(Container[int]):
    """Contains every tag, up to a number that no real data set comes near."""

    def __init__(self) -> None:
        self._count = 0

    def __contains__(self, tag: object) -> bool:
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise Malformed(f"there are more than {_MOST_ELEMENTS:,} elements", 0)
        return True


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source while it is being adapted: its beginning, and the walk over its whole data set."""

    beginning: Beginning
    settled: Settled
    walk: Walk
    stream: BinaryIO
    inflated: bool

    @property
    def first(self) -> int:
        """Where the data set begins; one that was deflated is looked at in a stream of its own."""
        return 0 if self.inflated else self.beginning.end

    @property
    def compressed(self) -> bool:
        """Whether the pixels are encapsulated (PS3.5 A.4)."""
        return PIXEL_DATA in self.walk.undefined

    @property
    def pixels(self) -> tuple[int, int]:
        """Where the value of Pixel Data begins and ends; it is there if `compressed`."""
        return next((start, end) for tag, _, start, end in self.walk.found if tag == PIXEL_DATA)

    def value(self, tag: int) -> bytes | None:
        """The value of a top-level element in Explicit VR Little Endian; None when it is absent."""
        place = next((place for place in self.walk.found if place[0] == tag), None)
        return None if place is None else _value(self.walk, place, is_signed(self.walk))[1]

    def vr(self, tag: int) -> str:
        """The value representation that the element will have; empty when it is absent."""
        place = next((place for place in self.walk.found if place[0] == tag), None)
        return "" if place is None else _vr(self.walk, place, is_signed(self.walk))

    def nested_signature(self) -> bool:
        """Whether there seems to be a Digital Signatures Sequence (FFFA,FFFA) inside a sequence."""
        return any(self._holds(place, _NESTED_SIGNATURE) for place in self._sequences())

    def nested_pixels(self) -> int | None:
        """The tag of the first sequence that holds compressed pixels, an icon mostly."""
        found = (place[0] for place in self._sequences() if self._holds(place, _NESTED_PIXELS))
        return next(found, None)

    def _sequences(self) -> Iterator[Place]:
        for place in self.walk.found:
            if place[0] != PIXEL_DATA and (
                place[0] in self.walk.undefined or place[1] in (b"SQ", b"UN", b"")
            ):
                yield place

    def _holds(self, place: Place, needles: tuple[bytes, ...]) -> bool:
        _, _, start, end = place
        overlap = max(map(len, needles)) - 1
        for at in range(start, end, _PIECE):
            part = self.walk.window.read(at, min(at + _PIECE + overlap, end))
            if any(needle in part for needle in needles):
                return True
        return False


def open_source(content: Content, opened: ExitStack) -> OpenSource:
    """The content, open for as long as `opened` is. Raises Unadaptable when it is damaged, and OSError."""
    window = Window(opened.enter_context(content.open()), content.size)
    beginning = read_beginning(window)
    settled, walk = walk_data_set(window, beginning, opened, _Everything())
    if walk.stopped:
        raise Unadaptable(f"it is damaged ({walk.anomalies[-1].detail})")
    return OpenSource(beginning, settled, walk, window.stream, walk.window is not window)


def whole_data_set(source: OpenSource, size: int) -> list[Piece]:
    """The data set as it stands in a file of that size, which is not deflated."""
    return [Stored(source.beginning.end, size)]


def recoded(source: OpenSource, edits: Mapping[int, Element | None], frames: Decoded | None) -> list[Piece]:
    """The data set in Explicit VR Little Endian, with elements replaced, added or (None) left out.

    `frames` stand in the place of compressed Pixel Data. Raises Unadaptable when something would
    be lost.
    """
    walk, rows = source.walk, []
    explicit, signed, before = walk.encoding is EXPLICIT, is_signed(walk), source.first
    if len({place[0] for place in walk.found}) < len(walk.found):
        raise Unadaptable("an element occurs twice")
    for place in walk.found:
        tag, _, start, end = place
        begins, before = before, end + (8 if tag in walk.undefined else 0)
        if tag in edits or (not tag & 0xFFFF and _is_stale(tag, explicit, edits)):
            continue
        if tag == PIXEL_DATA and frames:
            rows.append((tag, _native(source, frames)))
        elif explicit:
            rows.append((tag, [Stored(begins, before)]))
        else:
            rows.append((tag, _encoded(walk, place, signed)))
        if start > end:
            raise Unadaptable(f"{tag_name(tag)} is damaged")
    rows += [(tag, [encode_element(*element)]) for tag, element in edits.items() if element]
    rows.sort(key=lambda row: row[0])
    return _joined(chain.from_iterable(pieces for _, pieces in rows))


def _is_stale(tag: int, explicit: bool, edits: Mapping[int, Element | None]) -> bool:
    """Whether a group length, which nobody needs (PS3.5 7.2), would be wrong in the target."""
    return not explicit or tag == 0x7FE00000 or any(each >> 16 == tag >> 16 for each in edits)


def _native(source: OpenSource, frames: Decoded) -> list[Piece]:
    """Pixel Data with decoded frames (PS3.5 A.2: OW beyond 8 bits)."""
    length = frames.size + frames.size % 2
    if length > LONGEST_NATIVE:
        raise Unadaptable(
            f"its pixels without compression have {length:,} bytes, more than one element holds"
        )
    bits = int.from_bytes((source.value(BITS_ALLOCATED) or b"")[:2], "little")
    pieces: list[Piece] = [_header(PIXEL_DATA, "OB" if bits == 8 else "OW", length), frames]
    return [*pieces, b"\0"] if frames.size % 2 else pieces


def _header(tag: int, vr: str, length: int) -> bytes:
    return struct.pack("<HH2s2xI", tag >> 16, tag & 0xFFFF, vr.encode(), length)


def _encoded(walk: Walk, place: Place, signed: bool) -> list[Piece]:
    """One element of another encoding; a long value stays in the source until it is wanted."""
    tag, _, start, end = place
    vr = _vr(walk, place, signed)
    if end - start > _COPIED_ABOVE and vr in LONG_VRS and vr != "SQ" and (end - start) % 2 == 0:
        return [_header(tag, vr, end - start), Stored(start, end, _unit(walk, place, vr))]
    vr, value = _value(walk, place, signed)
    try:
        return [encode_element(tag, vr, value)]
    except ValueError:
        # A number of odd length, as broken files have them: UN keeps its bytes.
        return [encode_element(tag, "UN", value)]


def _vr(walk: Walk, place: Place, signed: bool) -> str:
    """As stated, for nobody knows better; only where nothing is stated, as in PS3.6."""
    tag, stated = place[0], place[1].decode()
    vr = real_vr(tag, stated, signed) if walk.encoding.implicit or not stated else stated
    return "SQ" if tag in walk.undefined and tag != PIXEL_DATA else vr


def _value(walk: Walk, place: Place, signed: bool) -> tuple[str, bytes]:
    tag, stated, start, end = place[0], place[1].decode(), place[2], place[3]
    vr = _vr(walk, place, signed)
    if end - start > _LONGEST_SEQUENCE:
        raise Unadaptable(f"{tag_name(tag)} is too long to be encoded anew")
    raw = walk.window.read(start, end)
    if vr != "SQ":
        return vr, turned(raw, _unit(walk, place, vr))
    inner = IMPLICIT if stated == "UN" and not walk.encoding.big_endian else walk.encoding
    try:
        return vr, normalise(raw, inner, signed)
    except Malformed as wrong:
        raise Unadaptable(f"{tag_name(tag)} is damaged ({wrong.detail})") from wrong


def _unit(walk: Walk, place: Place, vr: str) -> int:
    """The size of the words of a value that is in big-endian order; 1 where nothing is to be turned."""
    if not walk.encoding.big_endian or vr not in UNIT:
        return 1
    if place[0] == PIXEL_DATA:
        # PS3.5 8.1.1: what OW holds of samples beyond 16 bits is turned as a whole.
        bits = next((each for each in walk.found if each[0] == BITS_ALLOCATED), None)
        found = int.from_bytes(walk.window.read(bits[2], bits[3])[:2], "big") if bits else 16
        return found // 8 if found in (32, 64) else 2
    return struct.calcsize("<" + UNIT[vr])


def turned(value: bytes, unit: int) -> bytes:
    """The words of that many bytes in the other order; bytes left over at the end stay."""
    if unit == 1:
        return value
    words = array(_WORDS[unit])
    whole = len(value) // unit * unit
    words.frombytes(value[:whole])
    words.byteswap()
    return words.tobytes() + value[whole:]


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The same with neighbours made one: most elements of a header follow each other in the source."""
    done: list[Piece] = []
    for piece in pieces:
        last = done[-1] if done else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            done[-1] = last + piece
        elif isinstance(piece, Stored) and isinstance(last, Stored) and _follows(last, piece):
            done[-1] = Stored(last.start, piece.end, piece.unit)
        else:
            done.append(piece)
    return done


def _follows(one: Stored, other: Stored) -> bool:
    return one.end == other.start and one.unit == other.unit == 1
