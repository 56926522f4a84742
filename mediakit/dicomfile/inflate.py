"""A deflated data set, inflated for looking at (PS3.5 A.5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ..model import Anomaly
from .spool import spool

LONGEST = 1 << 30
"""A deflated data set may not grow beyond this while it is looked at."""

_IN_MEMORY = 8 << 20
_PIECE = 256 << 10
_TRAILER = 8
"""Bytes behind a gzip stream: CRC-32 and size of what was deflated (RFC 1952 2.3.1)."""


@contextmanager
def inflated(stream: BinaryIO, position: int, anomalies: list[Anomaly]) -> Iterator[tuple[BinaryIO, int]]:
    """The inflated data set as a stream and its size; anomalies say where it ends early.

    Small ones stay in memory, others lie encrypted in a temporary file as long as the context lasts.
    """
    with spool(_IN_MEMORY) as out:
        stream.seek(position)
        _inflate(stream, out, anomalies)
        size = out.tell()
        out.seek(0)
        yield out, size


def _inflate(stream: BinaryIO, out: BinaryIO, anomalies: list[Anomaly]) -> None:
    machine, checksum = zlib.decompressobj(-zlib.MAX_WBITS), 0
    pending = stream.read(_PIECE)
    while pending and not machine.eof:
        try:
            piece = machine.decompress(pending, _PIECE)
        except zlib.error as error:
            anomalies.append(Anomaly("unreadable", f"the deflated data set is damaged ({error})"))
            return
        out.write(piece)
        checksum = zlib.crc32(piece, checksum)
        if out.tell() > LONGEST:
            anomalies.append(Anomaly("unreadable", f"the deflated data set grows beyond {LONGEST} bytes"))
            return
        pending = machine.unconsumed_tail or stream.read(_PIECE)
    if not machine.eof:
        anomalies.append(Anomaly("truncated", "the deflated data set has no end"))
        return
    rest = machine.unused_data + stream.read(_PIECE)
    trailer = struct.pack("<II", checksum, out.tell() & 0xFFFFFFFF)
    if rest[:_TRAILER] == trailer and rest[_TRAILER:] in (b"", b"\0"):
        anomalies.append(Anomaly("deflated-checksum", "8 bytes, the checksum and size of gzip, which agree"))
    elif len(rest) > 1:  # PS3.5 A.5: one byte may pad the file to an even length
        anomalies.append(Anomaly("trailing-bytes", f"{len(rest)} bytes or more after the deflated data set"))
