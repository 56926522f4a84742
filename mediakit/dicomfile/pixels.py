"""Whether Pixel Data holds the image that the attributes around it describe (PS3.5 8, PS3.3 C.7.6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from ..dictionary import TransferSyntax
from ..model import Anomaly
from .parse import PIXEL_DATA, PIXEL_REPRESENTATION

SAMPLES, PHOTOMETRIC, FRAMES = 0x00280002, 0x00280004, 0x00280008
ROWS, COLUMNS, BITS_ALLOCATED = 0x00280010, 0x00280011, 0x00280100
PROVIDER_URL, FLOAT_PIXELS, DOUBLE_PIXELS = 0x00287FE0, 0x7FE00008, 0x7FE00009

SMALL = (SAMPLES, PHOTOMETRIC, FRAMES, ROWS, COLUMNS, BITS_ALLOCATED, PIXEL_REPRESENTATION)
DESCRIPTION = frozenset((*SMALL, PROVIDER_URL, FLOAT_PIXELS, DOUBLE_PIXELS, PIXEL_DATA))
"""What the reader has to know of an image, wanted by its caller or not."""

_HALVED = {"YBR_FULL_422": 2, "YBR_PARTIAL_422": 2, "YBR_PARTIAL_420": 1.5}
"""Samples stored for each pixel where the colour is subsampled (PS3.3 C.7.6.3.1.2)."""


def native_length(described: Mapping[int, bytes]) -> int | None:
    """How many bytes native Pixel Data must have; None when the attributes do not say."""
    rows, columns, bits = (_number(described, tag) for tag in (ROWS, COLUMNS, BITS_ALLOCATED))
    if not (rows and columns and bits):
        return None
    photometric = described.get(PHOTOMETRIC, b"").decode("ascii", "replace").strip(" \0")
    samples = _HALVED.get(photometric) or _number(described, SAMPLES) or 1
    frames = _frames(described.get(FRAMES, b""))
    # PS3.5 8.1.1: bits of several frames follow each other without padding.
    return int(rows * columns * samples * bits * frames + 7) // 8


def pixel_anomalies(
    described: Mapping[int, bytes],
    present: AbstractSet[int],
    length: int | None,
    syntax: TransferSyntax | None,
) -> tuple[Anomaly, ...]:
    """What contradicts the description; `length` is None when Pixel Data is encapsulated.

    `present` are the tags of DESCRIPTION that the data set holds. Without a known transfer
    syntax, both forms are allowed.
    """
    if PIXEL_DATA not in present:
        elsewhere = {PROVIDER_URL, FLOAT_PIXELS, DOUBLE_PIXELS} & present
        missing = native_length(described) and not elsewhere
        return (Anomaly("pixel-data-missing", "there is none"),) if missing else ()
    if syntax is not None and syntax.encapsulated != (length is None):
        form = "encapsulated" if length is None else "native"
        return (Anomaly("transfer-syntax-wrong", f"{syntax.name} is stated, but pixel data is {form}"),)
    needed = native_length(described)
    if length is None or needed is None or length >= needed:
        return ()
    return (Anomaly("pixel-data-length", f"{length} bytes where {needed} are needed"),)


def _number(described: Mapping[int, bytes], tag: int) -> int:
    return int.from_bytes(described.get(tag, b"")[:2], "little")


def _frames(value: bytes) -> int:
    digits = value.strip(b" \0")
    return int(digits) if digits.isdigit() and len(digits) < 10 else 1
