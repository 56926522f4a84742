"""Pixels as the transfer syntaxes hold them: native, RLE, and the streams kept under tests/data.

Compressed frames and videos were made once by foreign encoders (tests/data/*/make.py); RLE is made here.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

SIZE = 16
"""Rows and columns of every still image."""

FRAME_RATE = {"100": 25, "101": 25, "102": 25, "103": 50, "104": 50, "105": 50, "106": 50}
"""Frames in a second, and in a stream, by the end of the UID of a video transfer syntax."""

MATRIX = {
    "100": (576, 720), "101": (720, 1280), "102": (128, 160), "103": (720, 1280),
    "104": (1080, 1920), "105": (1080, 1920), "106": (1080, 1920),
}  # fmt: skip
"""Rows and columns of a video."""

_VIDEO = {
    "100": "mpeg2-mpml.m2v", "101": "mpeg2-mphl.m2v", "102": "h264-hp41.ts", "103": "h264-hp41-bd.ts",
    "104": "h264-hp42-2d.ts", "105": "h264-hp42-3d.ts", "106": "h264-shp42.ts",
}  # fmt: skip
_DATA = Path(__file__).parents[1] / "data"


def grey(bits: int) -> bytes:
    """Native grey pixels that use the whole range of the bits."""
    values = [(n * n) % (1 << bits) for n in range(SIZE * SIZE)]
    return struct.pack(f"<{len(values)}{'B' if bits == 8 else 'H'}", *values)


def colour() -> bytes:
    """Native colour pixels, three samples of 8 bits each, by pixel."""
    return bytes(value for n in range(SIZE * SIZE) for value in (n, 255 - n, n // 2))


def colour_422() -> bytes:
    """The samples of YBR_FULL_422: two of luminance, then one of each colour (PS3.3 C.7.6.3.1.2)."""
    return bytes(value for n in range(SIZE * SIZE // 2) for value in (n, 255 - n, 128, n))


@cache
def frame(name: str) -> bytes:
    """A compressed frame by its name, as in grey12.4.70."""
    return _DATA.joinpath("frames", name).read_bytes()


@cache
def video(ending: str) -> bytes:
    """A second of video by the end of its transfer syntax UID, as in 102."""
    return _DATA.joinpath("video", _VIDEO[ending]).read_bytes()


def rle(pixels: bytes, samples: int = 1) -> bytes:
    """An RLE frame of 8-bit samples in literal runs, one segment a sample (PS3.5 Annex G)."""
    segments = []
    for sample in range(samples):
        plane = pixels[sample::samples]
        runs = [plane[at : at + 128] for at in range(0, len(plane), 128)]
        data = b"".join(bytes([len(run) - 1]) + run for run in runs)
        segments.append(data + b"\0" * (len(data) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    header = struct.pack("<16I", samples, *offsets, *[0] * (15 - samples))
    return header + b"".join(segments)


def encapsulate(frames: list[bytes]) -> bytes:
    """Pixel Data of undefined length: an empty offset table, one fragment a frame (PS3.5 A.4)."""
    items = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(data) + len(data) % 2) + data + b"\0" * (len(data) % 2)
        for data in [b"", *frames]
    )
    element = struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OB", 0xFFFFFFFF)
    return element + items + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
