"""Whether Pixel Data holds the image that the attributes around it describe (PS3.5 8, PS3.3 C.7.6.3)."""

from __future__ import annotations

import struct
from collections.abc import Container, Sequence
from itertools import pairwise

from ..dictionary import TransferSyntax
from ..model import Anomaly
from .parse import PIXEL_DATA, PIXEL_REPRESENTATION
from .walk import Fragments

SAMPLES, PHOTOMETRIC, FRAMES = 0x00280002, 0x00280004, 0x00280008
ROWS, COLUMNS, BITS_ALLOCATED = 0x00280010, 0x00280011, 0x00280100
PROVIDER_URL, FLOAT_PIXELS, DOUBLE_PIXELS = 0x00287FE0, 0x7FE00008, 0x7FE00009

SMALL = (SAMPLES, PHOTOMETRIC, FRAMES, ROWS, COLUMNS, BITS_ALLOCATED, PIXEL_REPRESENTATION)
"""What the reader has to know of an image, wanted by its caller or not."""

PIXELS = frozenset((PROVIDER_URL, FLOAT_PIXELS, DOUBLE_PIXELS, PIXEL_DATA))
"""The elements of which an image has one."""

_HALVED = {b"YBR_FULL_422": 2, b"YBR_PARTIAL_422": 2, b"YBR_PARTIAL_420": 1.5}
"""Samples stored for each pixel where the colour is subsampled (PS3.3 C.7.6.3.1.2)."""


def native_length(big_endian: bool, described: Sequence[bytes]) -> int | None:
    """How many bytes native Pixel Data must have; None when the attributes do not say.

    `described` are the values of SMALL in that order, in the byte order of the data set.
    """
    raw = dict(zip(SMALL, described, strict=True))

    def number(tag: int) -> int:
        return int.from_bytes(raw[tag][:2], "big" if big_endian else "little")

    pixels, bits = number(ROWS) * number(COLUMNS), number(BITS_ALLOCATED)
    if not pixels or not bits:
        return None
    samples = _HALVED.get(raw[PHOTOMETRIC].strip(b" \0")) or number(SAMPLES) or 1
    # PS3.5 8.1.1: bits of several frames follow each other without padding.
    return int(pixels * samples * bits * _frames(raw[FRAMES]) + 7) // 8


def pixel_anomalies(
    needed: int | None, present: Container[int], length: int | None, syntax: TransferSyntax | None
) -> tuple[Anomaly, ...]:
    """What contradicts the image attributes, which ask for `needed` bytes of native Pixel Data.

    `present` tells which of PIXELS the data set holds; `length` is None when Pixel Data is
    encapsulated or absent. Without a known transfer syntax, both forms are allowed.
    """
    if PIXEL_DATA not in present:
        missing = needed and not any(tag in present for tag in PIXELS)
        return (Anomaly("pixel-data-missing", "there is none"),) if missing else ()
    if syntax is not None and syntax.encapsulated != (length is None):
        form = "encapsulated" if length is None else "native"
        return (Anomaly("transfer-syntax-wrong", f"{syntax.name} is stated, but pixel data is {form}"),)
    if length is None or needed is None or needed <= length <= needed + 1:  # PS3.5 7.1.1: an even length
        return ()
    kind = "pixel-data-length" if length < needed else "pixel-data-excess"
    return (Anomaly(kind, f"{length} bytes where {needed} are needed"),)


def fragment_anomalies(fragments: Fragments, frames: bytes, syntax: str) -> tuple[Anomaly, ...]:
    """What contradicts PS3.5 A.4 in encapsulated Pixel Data with that value of Number of Frames.

    Of a transfer syntax that puts many frames into one stream, only the lengths are looked at.
    """
    if any(length % 2 for length in fragments.lengths):
        return (Anomaly("fragments", "a fragment has an odd length"),)
    if syntax.startswith(_STREAMS):
        return ()
    count, wanted = len(fragments.items), _frames(frames)
    if count < wanted:
        what = f"{count} fragments cannot hold {wanted} frames" if count else "there is no fragment"
        return (Anomaly("frames-missing", what),)
    fault = _table_fault(fragments, wanted)
    return (Anomaly("fragments", fault),) if fault else ()


def _table_fault(fragments: Fragments, frames: int) -> str:
    """What is wrong with the Basic Offset Table; it may be empty."""
    table = fragments.table
    entries = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    if not table:
        return ""
    if len(entries) != frames or len(table) % 4:
        return f"the offset table has {len(entries)} entries for {frames} frames"
    if entries[0] or any(a >= b for a, b in pairwise(entries)) or not set(entries).issubset(fragments.items):
        return "the offset table does not point to the frames"
    return ""


_STREAMS = tuple("1.2.840.10008.1.2.4." + end for end in ("92", "93", "10"))
"""JPEG 2000 Part 2 with several components, MPEG and HEVC (PS3.5 8.2.4 to 8.2.11)."""


def _frames(value: bytes) -> int:
    digits = value.strip(b" \0")
    return int(digits) if digits.isdigit() and len(digits) < 10 else 1
