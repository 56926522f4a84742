"""Whether an image is a ZIP archive: how it begins, or where the end of its directory is."""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from ...model import Content
from ..tree import Evidence
from .structs import (
    BIG,
    CENTRAL_SIGNATURE,
    END64_FORM,
    END64_SIGNATURE,
    END_FORM,
    END_SIGNATURE,
    LOCAL_SIGNATURE,
    LOCATOR64_FORM,
    LOCATOR64_SIGNATURE,
    MANY,
    End,
)

ID = "zip"

_TAIL = END_FORM.size + 0xFFFF  # a comment has up to 65,535 bytes
_ENDS = 64  # places that look like the end and are tried


def detect(image: Content) -> Evidence | None:
    """Whether it begins with a local header, or ends with the end of an archive. Raises OSError."""
    with image.open() as stream:
        head = stream.read(4)
        if head == LOCAL_SIGNATURE:
            return Evidence(ID, "PK and a local header at the beginning")
        found = find_end(image, stream)
        # Bytes that look like an end occur in other files; a directory before it does not.
        if found and found.end == image.size and (found.said.entries == 0 or found.is_confirmed):
            return Evidence(ID, f"PK and the end of an archive at offset {found.at}")
    return None


class Ending(NamedTuple):
    """The end of an archive: where it is, what it says, and where the directory really begins."""

    at: int
    end: int
    said: End
    directory: int
    is_confirmed: bool


def find_end(image: Content, stream: BinaryIO) -> Ending | None:
    """The last end record behind which nothing but its comment, or any bytes, can follow."""
    start = max(0, image.size - _TAIL)
    stream.seek(start)
    tail = read_all(stream, _TAIL)
    places = [found.start() for found in re.finditer(re.escape(END_SIGNATURE), tail)]
    best = None
    for at in reversed(places[-_ENDS:]):
        raw = tail[at : at + END_FORM.size]
        if len(raw) == END_FORM.size:
            found = _understood(stream, start + at, raw)
            if found.is_confirmed:
                return found
            if found.end <= image.size:
                best = best or found
    return best


def _understood(stream: BinaryIO, at: int, raw: bytes) -> Ending:
    _, *numbers, comment = END_FORM.unpack(raw)
    said, records = End(*numbers), at
    if at >= LOCATOR64_FORM.size and (MANY in said[:4] or BIG in said[4:]):
        stream.seek(at - LOCATOR64_FORM.size)
        locator = read_all(stream, LOCATOR64_FORM.size)
        if locator.startswith(LOCATOR64_SIGNATURE):
            # Where it should be, and where it is when something was put before the archive.
            for place in (LOCATOR64_FORM.unpack(locator)[2], at - LOCATOR64_FORM.size - END64_FORM.size):
                stream.seek(min(place, at))
                raw64 = read_all(stream, END64_FORM.size)
                if len(raw64) == END64_FORM.size and raw64.startswith(END64_SIGNATURE):
                    said, records = End(*END64_FORM.unpack(raw64)[4:]), min(place, at)
                    break
    for directory in (said.directory_offset, records - said.directory_size):
        if 0 <= directory < records:
            stream.seek(directory)
            if stream.read(4) == CENTRAL_SIGNATURE:
                return Ending(at, at + END_FORM.size + comment, said, directory, is_confirmed=True)
    return Ending(at, at + END_FORM.size + comment, said, records, is_confirmed=False)


def read_all(stream: BinaryIO, size: int) -> bytes:
    """So many bytes from where the stream is; fewer at its end only. Raises OSError."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
