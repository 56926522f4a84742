"""Where the sessions of a disc begin: sector 16 of each holds a Volume Descriptor Set.

A copy of a whole disc shows the first session at its beginning. Later ones begin after the
end of the one before, some 7,000 to 12,000 sectors on, or right behind it in a file that
grew. Each session describes everything again (PS3.12 F.2.2.2), so its root directory lies in
itself: that tells it from an image that happens to be the data of a file.

Where the first descriptor of a session is gone, the next one tells of it. Between sessions no drive
reads anything; but what cannot be read behind the last one may be another, and that is noted.
"""

from __future__ import annotations

from collections.abc import Iterator

from .disc import Disc
from .recognition import DESCRIPTORS, SYSTEM_AREA
from .structs import (
    DIRECTORY,
    PARENT,
    PRIMARY,
    SECTOR,
    SELF,
    STANDARD_IDENTIFIER,
    SUPPLEMENTARY,
    DirectoryRecord,
    PrimaryVolumeDescriptor,
)

_SESSIONS = 99  # tracks, of which a session has one at least
_SIGN = STANDARD_IDENTIFIER + b"\1"  # after the type
_CHUNK = 512 * SECTOR
_FAR = 4096  # sectors in which a root directory is looked for
_SHORTEST = 5  # sectors from a first descriptor on: a terminator, two path tables, a directory


def sessions(disc: Disc) -> tuple[int, ...]:
    """The first sector of every session; the image's own beginning is always one of them.

    Sectors behind the last one that cannot be read, so that one may begin there, are noted.
    """
    found = [0]
    if not (_descriptor(disc, 0) or _is_lost(disc, SYSTEM_AREA)):
        return (0,)
    after = _end(disc, 0)
    while len(found) < _SESSIONS and (start := next(_later(disc, after), None)) is not None:
        found.append(start)
        after = _end(disc, start)
    _note_lost(disc, after)
    return tuple(found)


def lone_root(disc: Disc, start: int, after: int = 0) -> int | None:
    """The sector of a root directory, which is its own parent, where no descriptor of a session tells of it.

    It is looked for near the beginning of the session, and not before the sector `after`.
    """
    for sector in range(max(start + SYSTEM_AREA, after), start + _FAR):
        raw = disc.peek(sector * SECTOR, SECTOR)
        if len(raw) < SECTOR:
            break
        own, parent = raw[:34], raw[raw[0] : raw[0] + 34]
        if own[32:33] == b"\1" and own[33:] == SELF and parent[32:] == b"\1" + PARENT:
            own_sector = DirectoryRecord(own).location_of_extent.lsb
            if own_sector == sector and own[2:18] == parent[2:18]:
                return sector
    return None


def _end(disc: Disc, start: int) -> int:
    """The sector after a session; some writers count the Volume Space Size from the disc's beginning.

    Where no descriptor tells the size, it is the sector after the first of them.
    """
    least = start + SYSTEM_AREA + 1
    descriptor = _descriptor(disc, start) or _supplementary(disc, least)
    if descriptor is None:
        return least
    size = descriptor.volume_space_size.lsb
    return max(least, size if size > start else start + size)


def _supplementary(disc: Disc, first: int) -> PrimaryVolumeDescriptor | None:
    """The first Supplementary Volume Descriptor of a set: it has the fields of a primary one."""
    for sector in range(first, first + DESCRIPTORS):
        raw = disc.peek(sector * SECTOR, SECTOR)
        if raw[1:7] != _SIGN and not _is_lost(disc, sector):
            break
        if len(raw) == SECTOR and raw[1:7] == _SIGN and raw[0] == SUPPLEMENTARY:
            return PrimaryVolumeDescriptor(raw)
    return None


def _later(disc: Disc, after: int) -> Iterator[int]:
    """The sessions that begin at this sector or after it, as far as their descriptors can be read."""
    rootless = 0  # no root directory begins between an earlier place and this sector
    for at in range((after + SYSTEM_AREA) * SECTOR, disc.image.size, _CHUNK):
        data = disc.peek(at, _CHUNK)
        place = data.find(_SIGN, 1)
        while place > 0:
            start = (at + place) // SECTOR - SYSTEM_AREA
            if (at + place) % SECTOR == 1:
                if data[place - 1] == PRIMARY:
                    if _descriptor(disc, start):
                        yield start
                elif start > after and disc.peek((start + SYSTEM_AREA - 1) * SECTOR + 1, 6) != _SIGN:
                    # A set without its first descriptor.
                    if lone_root(disc, start - 1, rootless):
                        yield start - 1
                    rootless = start - 1 + _FAR
            place = data.find(_SIGN, place + 1)


def _descriptor(disc: Disc, start: int) -> PrimaryVolumeDescriptor | None:
    """The Primary Volume Descriptor of a session that begins there, and has its root directory in itself.

    A root directory that cannot be read is taken for one.
    """
    raw = disc.peek((start + SYSTEM_AREA) * SECTOR, SECTOR)
    if len(raw) < SECTOR or raw[:7] != bytes([PRIMARY]) + _SIGN:
        return None
    descriptor = PrimaryVolumeDescriptor(raw)
    if start:
        extent = DirectoryRecord(descriptor.directory_record_for_root_directory).location_of_extent.lsb
        own = disc.peek(extent * SECTOR, 34) if extent > start else b""
        if len(own) == 34 and disc.structures.lost(extent * SECTOR, 34):
            return descriptor
        if len(own) < 34 or own[0] < 34 or own[32:34] != b"\1" + SELF or not own[25] & DIRECTORY:
            return None
        if DirectoryRecord(own).location_of_extent.lsb != extent:
            return None
    return descriptor


def _is_lost(disc: Disc, sector: int) -> bool:
    return bool(disc.structures.lost(sector * SECTOR, SECTOR))


def _note_lost(disc: Disc, after: int) -> None:
    """Note the sectors that cannot be read and could be the first descriptor of a session from there on.

    Those at the very end of the image could not: of a track that was written at once, a drive does not
    read the last two.
    """
    first, last = after + SYSTEM_AREA, disc.image.size // SECTOR - _SHORTEST
    if reason := disc.structures.lost(first * SECTOR, (last + 1 - first) * SECTOR):
        lost = [sector for sector in range(first, last + 1) if _is_lost(disc, sector)]
        count = "a sector" if len(lost) == 1 else f"{len(lost):,} sectors"
        detail = f"{reason}: {count} behind the last session, where another may begin"
        disc.odd("unread-session", (), detail, lost[0] * SECTOR)
