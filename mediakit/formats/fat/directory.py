"""The 32-byte entries of a directory -> names: long names put together, deleted ones counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .structs import (
    DELETED,
    LAST_PART,
    LONG_NAME,
    VOLUME_ID,
    DirectoryEntry,
    LongNamePart,
    checksum,
)
from .volume import long_name, short_name

_ATTRIBUTES = 0x3F  # the upper two bits are reserved
_PARTS = 20  # of 255 characters


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry in use, and what came before it: `deleted` entries, and faults of long names.

    At the end of a directory there may be these without an entry. `long` is empty where no
    long name belongs to the entry.
    """

    offset: int
    entry: DirectoryEntry | None
    long: str = ""
    deleted: int = 0
    faults: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The long name, else the short one, safe to stand in a path."""
        return self.long or (short_name(self.entry.name) if self.entry else "")

    @property
    def is_label(self) -> bool:
        """Whether the entry is the volume label."""
        return self.entry is not None and bool(self.entry.attributes & VOLUME_ID)


def listed(raw: Iterable[tuple[int, bytes]]) -> Iterator[Listed]:
    """The entries in use, by their offsets and bytes."""
    parts: list[LongNamePart] = []
    faults: list[str] = []
    offset = deleted = 0
    for offset, data in raw:
        if data[0] == DELETED:
            deleted += 1
            _drop(parts, faults)
        elif data[11] & _ATTRIBUTES == LONG_NAME:
            part = LongNamePart.parse(data)
            if not _follows(parts, part):
                _drop(parts, faults)
            parts.append(part)
        else:
            entry = DirectoryEntry.parse(data)
            name = ""
            if parts and not entry.attributes & VOLUME_ID and _belongs(parts, entry):
                name = long_name(parts)
                parts.clear()
            _drop(parts, faults)
            yield Listed(offset, entry, name, deleted, tuple(faults))
            faults.clear()
            deleted = 0
    _drop(parts, faults)
    if deleted or faults:
        yield Listed(offset, None, "", deleted, tuple(faults))


def _follows(parts: list[LongNamePart], part: LongNamePart) -> bool:
    """Whether a part continues those before it: one number less, the same checksum."""
    if not parts:
        return True
    before = parts[-1]
    return part.order == (before.order & ~LAST_PART) - 1 and part.checksum == before.checksum


def _belongs(parts: list[LongNamePart], entry: DirectoryEntry) -> bool:
    """Whether the parts are complete and made for this short name."""
    first, last = parts[0].order, parts[-1].order & ~LAST_PART
    complete = first & LAST_PART and first & ~LAST_PART <= _PARTS and last == 1
    return bool(complete) and parts[-1].checksum == checksum(entry.name)


def _drop(parts: list[LongNamePart], faults: list[str]) -> None:
    """Give up parts that belong to nothing."""
    if parts:
        faults.append("parts of a long name belong to no short name")
        parts.clear()
