"""Whether an image is one of UDF: its recognition sequence and its anchors (ECMA-167 part 2 and 3/8.4.2)."""

from __future__ import annotations

from typing import BinaryIO

from ...model import Content
from ..tree import Evidence
from . import structs
from .structs import ANCHOR, Tag

ID = "udf"

_SIZES = (2048, 512, 4096, 1024)
_SYSTEM_AREA = 32768  # ECMA-167 3/9.1: bytes before the recognition sequence
_RECOGNITIONS = 64
RECOGNITION_AREA = _SYSTEM_AREA, 3 * 2048
"""Offset and size of the three descriptors of a recognition sequence."""
_HEAD = 512


def detect(image: Content) -> Evidence | None:
    """Whether there is a recognition sequence of UDF or an anchor. Raises OSError."""
    with image.open() as stream:
        nsr, offset = recognised(stream)
        size, found = anchors(image, stream)
    return evidence_of(nsr, offset, size, found) if nsr or found else None


def recognised(stream: BinaryIO) -> tuple[str, int]:
    """The NSR identifier of the recognition sequence and its offset; an empty text if there is none."""
    for step in (2048, 4096):
        for number in range(_RECOGNITIONS):
            offset = _SYSTEM_AREA + number * step
            stream.seek(offset)
            identifier = stream.read(6)[1:]
            if identifier not in structs.RECOGNITION:
                break
            if identifier.startswith(b"NSR"):
                return identifier.decode("ascii"), offset
    return "", 0


def anchors(image: Content, stream: BinaryIO) -> tuple[int, tuple[int, ...]]:
    """The block size that the anchors tell, and their sectors; 2048 and none where there is no anchor."""
    for size in _SIZES:
        last = image.size // size - 1
        # ECMA-167 3/8.4.2.1 and UDF 2.2.3; 512 is for a disc whose session is open (UDF 6.10.1.2).
        candidates = dict.fromkeys((ANCHOR, 2 * ANCHOR, last - ANCHOR, last))
        found = tuple(each for each in candidates if _is_anchor(stream, each * size, each))
        if found:
            return size, found
    return structs.BLOCK, ()


def _is_anchor(stream: BinaryIO, offset: int, location: int) -> bool:
    if location <= 0:
        return False
    stream.seek(offset)
    tag = Tag(stream.read(_HEAD))
    if len(tag.raw) < _HEAD or not tag.is_sound:
        return False
    return (tag.identifier, tag.location) == (structs.ANCHOR_POINTER, location)


def evidence_of(nsr: str, offset: int, size: int, found: tuple[int, ...]) -> Evidence:
    """What is said of the recognition sequence at that offset, else of the anchors that were `found`."""
    if nsr:
        return Evidence(ID, f"{nsr} at byte {offset:,}")
    return Evidence(ID, f"an anchor of UDF at byte {found[0] * size if found else 0:,}")
