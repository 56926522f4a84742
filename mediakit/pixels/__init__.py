"""Pixel Data, one frame at a time, from any transfer syntax that the installed decoders read (PS3.5 8, A.4).

    with open_pixels(content) as pixels:      # header and frame table, no pixels yet
        frame = pixels.frame(0)               # one frame in memory, decoded
        samples(frame)                        # as numbers, for looking at it
    for frame in frames(content): ...

A `Frame` holds the bytes that native Explicit VR Little Endian Pixel Data has for it, and the
attributes that then describe them; that is what an adaptation writes. Nothing is converted:
no colour, no window, no overlay. What cannot be read raises PixelsUnreadable, a decoder that
is not installed CodecMissing.

Decoding is pydicom's with the packages of `codecs`, all of them under permissive licences, in
a process of its own (`decoder`). For many instances: `with Decoder() as decoder`, and give it to each.
"""

from .codecs import is_decodable
from .decoder import Decoder
from .frame import PIXEL_DATA, CodecMissing, Frame, ImagePixel, PixelsUnreadable, described
from .read import WANTED, Pixels, frames, open_pixels, pixel_syntax
from .samples import samples

__all__ = [
    "PIXEL_DATA", "WANTED", "CodecMissing", "Decoder", "Frame", "ImagePixel", "Pixels", "PixelsUnreadable",
    "described", "frames", "is_decodable", "open_pixels", "pixel_syntax", "samples",
]  # fmt: skip
