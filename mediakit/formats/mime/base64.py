"""Base64 as it stands in a message (RFC 2045 6.8): written in one pass, read from anywhere.

Lines have 76 characters and end in CR LF, so the size in the message is known from that of
the file. On reading, whatever is no character of the alphabet is passed over, as the RFC
wants; where the characters of a body lie is noted every 64 KiB, so that a reader finds any
byte without decoding all that stands before it.
"""

from __future__ import annotations

import binascii
import io
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import BinaryIO

from ...model import Content, Window
from ...transfer import Transfer

LINE_BYTES = 57
"""Bytes in a line of 76 characters."""

_LINE = 76
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(sorted(set(range(256)) - set(_ALPHABET)))
_BLOCK = 64 << 10


def encoded_size(size: int) -> int:
    """Characters that so many bytes take in a message, line ends included."""
    characters = -(-size // 3) * 4
    return characters + 2 * -(-characters // 76)


class Base64Sink:
    """An output that passes on what is written to it as lines of base64, to another transfer.

    `flush` ends the text; nothing is written after it.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._rest = b""

    def write(self, data: memoryview, /) -> int:
        """Take all of the bytes. Raises OutputError."""
        taken = self._rest + bytes(data)
        whole = len(taken) - len(taken) % LINE_BYTES
        self._put(taken[:whole])
        self._rest = taken[whole:]
        return len(data)

    def flush(self) -> None:
        """Write the last line, which may be shorter. Raises OutputError."""
        self._put(self._rest)
        self._rest = b""

    def _put(self, data: bytes) -> None:
        text = binascii.b2a_base64(data, newline=False)
        whole = len(text) - len(text) % _LINE
        if whole:
            self._transfer.put(_lines(text[:whole]))
        if rest := text[whole:]:
            self._transfer.put(rest + b"\r\n")


def _lines(text: bytes) -> memoryview:
    """Whole lines with their ends; a gigabyte has eighteen million of them."""
    import numpy as np  # loaded by who writes a message, not by who lists the formats

    lines = np.empty((len(text) // _LINE, _LINE + 2), np.uint8)
    lines[:, :_LINE] = np.frombuffer(text, np.uint8).reshape(-1, _LINE)
    lines[:, _LINE:] = tuple(b"\r\n")
    return lines.reshape(-1).data


@dataclass(frozen=True, slots=True)
class Base64Content:
    """What a body in base64 stands for; `counts` are the characters before every block of it."""

    base: Content
    offset: int
    length: int
    counts: array[int]
    size: int

    def open(self) -> BinaryIO:
        """A stream over the decoded bytes."""
        stream = self.base.open()
        return io.BufferedReader(Window(stream, self.size, _Decoder(stream, self).read), _BLOCK)


def examine(base: Content, stream: BinaryIO, offset: int, length: int) -> tuple[Base64Content, str]:
    """The body between those places as a content, and in words what is wrong with it, or nothing."""
    counts, total, padding, foreign = array("Q"), 0, 0, 0
    stream.seek(offset)
    for at in range(0, length, _BLOCK):
        counts.append(total)
        raw = _read(stream, min(_BLOCK, length - at))
        kept = len(raw.translate(None, _OTHERS))
        equals = raw.count(b"=")
        if padding and kept:
            foreign += kept  # RFC 2045 6.8: the padding is the end
        foreign += len(raw) - kept - equals - raw.count(b"\r") - raw.count(b"\n") - raw.count(b" ")
        padding += equals
        total += kept
    content = Base64Content(base, offset, length, counts, total * 6 // 8)
    if foreign:
        return content, f"{foreign:,} characters that are not base64"
    if (total + padding) % 4 or padding > 2:
        return content, "it does not end with a whole group of four characters"
    return content, ""


def _read(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end: an unbuffered stream may give less at once."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


class _Decoder:
    """Decodes group by group, from anywhere; keeps the characters of one block."""

    def __init__(self, stream: BinaryIO, content: Base64Content) -> None:
        self._stream, self._content = stream, content
        self._number, self._block = -1, b""

    def read(self, at: int, wanted: int) -> bytes:
        wanted = min(wanted, _BLOCK)
        first, last = at // 3, -(-(at + wanted) // 3)
        characters = self._characters(4 * first, 4 * (last - first))
        data = binascii.a2b_base64(characters + b"=" * (-len(characters) % 4))
        return data[at - 3 * first :][:wanted]

    def _characters(self, start: int, count: int) -> bytes:
        """Characters of the alphabet, counted from the beginning of the body."""
        found = b""
        number = bisect_right(self._content.counts, start) - 1
        while len(found) < count and number < len(self._content.counts):
            self._load(number)
            begin = start + len(found) - self._content.counts[number]
            found += self._block[begin : begin + count - len(found)]
            number += 1
        return found

    def _load(self, number: int) -> None:
        if number != self._number:
            at = number * _BLOCK
            self._stream.seek(self._content.offset + at)
            raw = _read(self._stream, min(_BLOCK, self._content.length - at))
            self._number, self._block = number, raw.translate(None, _OTHERS)
