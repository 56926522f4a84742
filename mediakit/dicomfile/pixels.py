"""Whether Pixel Data holds the image that the attributes around it describe (PS3.5 8, PS3.3 C.7.6.3)."""

from __future__ import annotations

from collections.abc import Container, Sequence

from ..dictionary import TransferSyntax
from ..model import Anomaly
from .parse import PIXEL_DATA, PIXEL_REPRESENTATION

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
    if length is None or needed is None or length >= needed:
        return ()
    return (Anomaly("pixel-data-length", f"{length} bytes where {needed} are needed"),)


def _frames(value: bytes) -> int:
    digits = value.strip(b" \0")
    return int(digits) if digits.isdigit() and len(digits) < 10 else 1
