"""Where the sessions of a disc begin: sector 16 of each holds a Volume Descriptor Set.

A copy of a whole disc shows the first session at its beginning. Later ones begin after the
end of the one before, some 7,000 to 12,000 sectors on, or right behind it in a file that
grew. Each session describes everything again (PS3.12 F.2.2.2), so its root directory lies in
itself: that tells it from an image that happens to be the data of a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from .disc import Disc
from .structs import (
    DIRECTORY,
    PRIMARY,
    SECTOR,
    SELF,
    STANDARD_IDENTIFIER,
    DirectoryRecord,
    PrimaryVolumeDescriptor,
)

SYSTEM_AREA = 16
"""Sectors before the first Volume Descriptor of a session (ISO 9660 6.2.1)."""

_SESSIONS = 99  # tracks, of which a session has one at least
_SIGN = bytes([PRIMARY]) + STANDARD_IDENTIFIER + b"\1"
_CHUNK = 512 * SECTOR


def sessions(disc: Disc) -> tuple[int, ...]:
    """The first sector of every session; the image's own beginning is always one of them."""
    found = [0]
    first = _descriptor(disc, 0)
    if first is None:
        return (0,)
    after = _end(0, first)
    while len(found) < _SESSIONS and (start := next(_later(disc, after), None)) is not None:
        descriptor = _descriptor(disc, start)
        assert descriptor is not None
        found.append(start)
        after = max(start + SYSTEM_AREA + 1, _end(start, descriptor))
    return tuple(found)


def _end(start: int, descriptor: PrimaryVolumeDescriptor) -> int:
    """The sector after a session; some writers count the Volume Space Size from the disc's beginning."""
    size = descriptor.volume_space_size.lsb
    return size if size > start else start + size


def _later(disc: Disc, after: int) -> Iterator[int]:
    """The sessions that begin at this sector or after it; sectors that cannot be read hold none."""
    at = (after + SYSTEM_AREA) * SECTOR
    while at < disc.image.size:
        data = disc.peek(at, _CHUNK)
        place = data.find(_SIGN)
        while place >= 0:
            start = (at + place) // SECTOR - SYSTEM_AREA
            if (at + place) % SECTOR == 0 and _descriptor(disc, start):
                yield start
            place = data.find(_SIGN, place + 1)
        at += _CHUNK


def _descriptor(disc: Disc, start: int) -> PrimaryVolumeDescriptor | None:
    """The Primary Volume Descriptor of a session that begins there, and has its root directory in itself."""
    raw = disc.peek((start + SYSTEM_AREA) * SECTOR, SECTOR)
    if len(raw) < SECTOR or not raw.startswith(_SIGN):
        return None
    descriptor = PrimaryVolumeDescriptor(raw)
    if start:
        extent = DirectoryRecord(descriptor.directory_record_for_root_directory).location_of_extent.lsb
        own = disc.peek(extent * SECTOR, 34) if extent > start else b""
        if len(own) < 34 or own[0] < 34 or own[32:34] != b"\1" + SELF or not own[25] & DIRECTORY:
            return None
        if DirectoryRecord(own).location_of_extent.lsb != extent:
            return None
    return descriptor
