"""Whether an image is one of FAT, or of what stands in its place today."""

from __future__ import annotations

from typing import BinaryIO

from ...model import Content
from ..tree import Evidence
from .locate import locate

ID = "fat"


def detect(image: Content) -> Evidence | None:
    """Whether a boot sector of FAT, or of what stands in its place today, is on it. Raises OSError."""
    with image.open() as stream:
        found = locate(lambda offset, size: bytes_at(stream, offset, size))
    return Evidence(ID, found.text) if found else None


def bytes_at(stream: BinaryIO, offset: int, size: int) -> bytes:
    """Up to so many bytes; fewer at the end of the image. Raises OSError."""
    try:
        stream.seek(offset)
    except (OverflowError, ValueError):  # a place that no file can have
        return b""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
