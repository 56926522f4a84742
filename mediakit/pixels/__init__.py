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

from .decoder import Decoder
from .frame import CodecMissing, Frame, ImagePixel, PixelsUnreadable
from .read import Pixels, frames, open_pixels
from .samples import samples

__all__ = [
    "CodecMissing", "Decoder", "Frame", "ImagePixel", "Pixels", "PixelsUnreadable", "frames", "open_pixels",
    "samples",
]  # fmt: skip
