"""One frame of native Pixel Data, found by arithmetic and turned into little-endian order (PS3.5 8.1)."""

from __future__ import annotations

from array import array
from typing import BinaryIO

from .fragments import exactly
from .frame import Frame, ImagePixel, PixelsUnreadable

_UNITS = {16: "H", 32: "I", 64: "Q"}


def native_frame(
    stream: BinaryIO, value: tuple[int, int], swapped: int, image: ImagePixel, index: int
) -> Frame:
    """The frame at that index of the element whose value lies from `value[0]` to `value[1]`.

    `swapped` is the size in bits of the words that are in big-endian order, 0 for none.
    Raises PixelsUnreadable when the value ends before the frame does.
    """
    start, end = value
    first_bit = index * image.bits
    first, last = first_bit // 8, (first_bit + image.bits + 7) // 8
    unit = max(swapped // 8, 1)
    from_, to = first // unit * unit, -(-last // unit) * unit
    if start + last > end:
        missing = start + last - end
        raise PixelsUnreadable(f"Pixel Data is too short: {missing:,} bytes of frame {index + 1} are missing")
    stream.seek(start + from_)
    data = exactly(stream, min(to, end - start) - from_)
    if swapped:
        data = _turned(data, swapped)
    data = data[first - from_ : last - from_]
    if image.bits % 8:
        data = _aligned(data, first_bit % 8, image.bits)
    return Frame(image, data)


def _turned(data: bytes, bits: int) -> bytes:
    """The words of that many bits in the other byte order; what is no whole word stays."""
    words = array(_UNITS[bits])
    whole = len(data) // words.itemsize * words.itemsize
    words.frombytes(data[:whole])
    words.byteswap()
    return words.tobytes() + data[whole:]


def _aligned(data: bytes, skipped: int, bits: int) -> bytes:
    """A run of bits that begins at its own first byte, with zeros behind its last bit."""
    run = int.from_bytes(data, "little") >> skipped
    return (run & ((1 << bits) - 1)).to_bytes((bits + 7) // 8, "little")
