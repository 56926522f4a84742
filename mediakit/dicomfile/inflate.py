"""A deflated data set, inflated for looking at (PS3.5 A.5)."""

from __future__ import annotations

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
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    pending = stream.read(_PIECE)
    while pending and not machine.eof:
        try:
            out.write(machine.decompress(pending, _PIECE))
        except zlib.error as error:
            anomalies.append(Anomaly("unreadable", f"the deflated data set is damaged ({error})"))
            return
        if out.tell() > LONGEST:
            anomalies.append(Anomaly("unreadable", f"the deflated data set grows beyond {LONGEST} bytes"))
            return
        pending = machine.unconsumed_tail or stream.read(_PIECE)
    if not machine.eof:
        anomalies.append(Anomaly("truncated", "the deflated data set has no end"))
        return
    rest = len(machine.unused_data) + len(stream.read(_PIECE))
    if rest > 1:  # PS3.5 A.5: one byte may pad the file to an even length
        anomalies.append(Anomaly("trailing-bytes", f"{rest} bytes or more after the deflated data set"))
