"""A content -> its image description, its frame table, and one frame after the other.

It stands beside `scan`: the header is read once more, because an inventory keeps only what
the directory needs. Memory is bounded by one frame, compressed and decoded, not by the file.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from ..dicomfile import HeaderReader, NotDicom
from ..dicomfile.meta import TRANSFER_SYNTAX, read_beginning, uid_text
from ..dicomfile.parse import BIG_ENDIAN
from ..dicomfile.read import walk_data_set
from ..dicomfile.walk import Place
from ..dicomfile.window import Window
from ..dictionary import TRANSFER_SYNTAXES, tag_of
from ..model import Attributes, Content, Instance
from ..values import number
from .decoder import Decoder
from .fragments import exactly, first_fragments, read_fragments
from .frame import (
    DOUBLE_PIXEL_DATA,
    FLOAT_PIXEL_DATA,
    LARGEST,
    PIXEL_DATA,
    Frame,
    ImagePixel,
    PixelsUnreadable,
    described,
)
from .native import native_frame

EXTENDED_OFFSETS = 0x7FE00001
_PIXELS = frozenset((FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA, PIXEL_DATA, EXTENDED_OFFSETS))

WANTED = frozenset(
    map(
        tag_of,
        ("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows",
         "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    )
)  # fmt: skip
"""What decoding needs to know of an instance."""


@dataclass(frozen=True, slots=True)
class _Encapsulated:
    """Frame n is made of the fragments `first[n]` to `first[n + 1]`."""

    items: array[int]
    lengths: array[int]
    first: array[int]


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixels of an opened instance; good for as long as it is open.

    `attributes` are those of WANTED and whatever else was asked for; `image` describes the
    pixels as they are stored; `count` is Number of Frames, 1 where there is none.
    """

    attributes: Attributes
    transfer_syntax: str
    image: ImagePixel
    count: int
    _stream: BinaryIO
    _value: tuple[int, int]
    _swapped: int
    _table: _Encapsulated | None
    _decoder: Decoder

    def frame(self, index: int) -> Frame:
        """The frame at that index, from 0. Raises PixelsUnreadable, CodecMissing, IndexError, OSError."""
        if not 0 <= index < self.count:
            raise IndexError(f"there are {self.count} frames, not {index + 1}")
        table = self._table
        if table is None:
            return native_frame(self._stream, self._value, self._swapped, self.image, index)
        parts = range(table.first[index], table.first[index + 1])
        if sum(table.lengths[n] for n in parts) > LARGEST:
            raise PixelsUnreadable(f"frame {index + 1} is too large")
        data = bytearray()
        for n in parts:
            self._stream.seek(table.items[n] + 8)
            data += exactly(self._stream, table.lengths[n])
        return self._decoder.decode(bytes(data), self.transfer_syntax, self.image)


@contextmanager
def open_pixels(
    content: Content, also: frozenset[int] = frozenset(), decoder: Decoder | None = None
) -> Iterator[Pixels]:
    """The pixels of the instance in the content; `also` are tags of other wanted attributes.

    Who opens many gives them one `decoder`, which takes a while to start.

    Raises PixelsUnreadable when there are none or they cannot be found, and OSError.
    """
    try:
        instance = HeaderReader(lambda _: WANTED | also).read(content, "")
    except NotDicom as error:
        raise PixelsUnreadable(error.reason) from error
    with ExitStack() as opened:
        decoder = decoder or opened.enter_context(Decoder())
        window = Window(opened.enter_context(content.open()), content.size)
        settled, walk = walk_data_set(window, read_beginning(window), opened, _PIXELS)
        places = {place[0]: place for place in walk.found}
        tag = next((tag for tag in (PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA) if tag in places), None)
        if tag is None:
            raise PixelsUnreadable(
                "the file ends before its pixels" if walk.stopped else "there are no pixels"
            )
        image, count = (
            described(instance.keys, tag, tag in walk.undefined),
            max(number(instance.keys, "NumberOfFrames") or 1, 1),
        )
        stream, value, syntax = walk.window.stream, places[tag][2:], instance.transfer_syntax
        table = None
        if tag in walk.undefined:
            table, syntax = _table(stream, places, count), pixel_syntax(instance)
        swapped = _swapped(places[tag], image) if settled.encoding is BIG_ENDIAN else 0
        yield Pixels(instance.keys, syntax, image, count, stream, value, swapped, table, decoder)


def frames(content: Content, decoder: Decoder | None = None) -> Iterator[Frame]:
    """Every frame of the instance in the content. Raises PixelsUnreadable, CodecMissing and OSError."""
    with open_pixels(content, decoder=decoder) as pixels:
        for index in range(pixels.count):
            yield pixels.frame(index)


def pixel_syntax(instance: Instance) -> str:
    """The transfer syntax of pixels that are encapsulated. Raises PixelsUnreadable when none is stated.

    A file whose data set is not in the VR that its file meta states may be right about its pixels.
    """
    for syntax in (instance.transfer_syntax, uid_text(instance.file_meta.raw(TRANSFER_SYNTAX))):
        if syntax in TRANSFER_SYNTAXES and TRANSFER_SYNTAXES[syntax].encapsulated:
            return syntax
    raise PixelsUnreadable("Pixel Data is compressed, but no transfer syntax says how")


def _table(stream: BinaryIO, places: dict[int, Place], count: int) -> _Encapsulated:
    _, _, start, end = places[PIXEL_DATA]
    fragments = read_fragments(stream, start, end)
    extended: tuple[int, ...] = ()
    if EXTENDED_OFFSETS in places:
        _, _, at, until = places[EXTENDED_OFFSETS]
        if until - at == count * 8:
            stream.seek(at)
            extended = struct.unpack(f"<{count}Q", exactly(stream, count * 8))
    return _Encapsulated(
        fragments.items, fragments.lengths, first_fragments(stream, fragments, count, extended)
    )


def _swapped(place: Place, image: ImagePixel) -> int:
    """The bits of the words that Big Endian turns round: those of OW even where samples are smaller."""
    # PS3.5 7.3 and 8.1.1: OB is a string of bytes, OW one of 16-bit words.
    return image.bits_allocated if image.bits_allocated > 8 else 16 if place[1] == b"OW" else 0
