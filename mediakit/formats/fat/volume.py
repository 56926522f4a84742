"""What the reader found on a FAT volume, for the rules: raw structures and where they lie.

Values only. Nothing here says whether a value is right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path
from .geometry import Geometry
from .structs import KANJI, BootSector, DirectoryEntry, FsInfo, LongNamePart, Partition

_UNSAFE_BYTE = re.compile(rb"[^ -~]|[/\\]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff\u2028\u2029]")
_NO_NAMES = ("", ".", "..")


def short_name(name: bytes) -> str:
    """The 11 characters of a short entry as a name in a path: the dot between, no padding.

    What cannot be printed, and what a path could be broken with, becomes an escape: which
    alphabet other characters are of, the medium does not say.
    """
    if name[0] == KANJI:
        name = b"\xe5" + name[1:]
    base, extension = name[:8].rstrip(b" "), name[8:].rstrip(b" ")
    text = _UNSAFE_BYTE.sub(lambda found: b"\\x%02x" % found[0][0], base).decode("ascii")
    if extension:
        text += "." + _UNSAFE_BYTE.sub(lambda found: b"\\x%02x" % found[0][0], extension).decode("ascii")
    return _whole(text)


def long_name(parts: Sequence[LongNamePart]) -> str:
    """The name in the parts, which are in their order on the medium; escapes as in a short name."""
    data = b"".join(part.text for part in reversed(parts))
    units = [data[at : at + 2] for at in range(0, len(data), 2)]
    end = units.index(b"\0\0") if b"\0\0" in units else len(units)
    text = b"".join(units[:end]).decode("utf-16-le", "surrogatepass")
    return _whole(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _whole(text: str) -> str:
    return text.replace(".", "\\x2e") or "\\x20" if text in _NO_NAMES else text


@dataclass(frozen=True, slots=True)
class FatEntry:
    """A directory entry, its offset in the image, and the path it gives a file or directory.

    `long` is the long name before it, empty where there is none that belongs to it; the path
    has the long names where there are any.
    """

    offset: int
    path: Path
    entry: DirectoryEntry
    long: str = ""

    @property
    def short(self) -> str:
        """The short name, as it would stand in a path."""
        return short_name(self.entry.name)

    @property
    def name(self) -> str:
        """The path in one text."""
        return "/".join(self.path)


class Oddity(NamedTuple):
    """Something the reader had to work around or noticed; `kind` is one of the words below.

    foreign        a file system that is none of FAT12, FAT16 and FAT32, which is not read
    gpt            a GUID Partition Table
    partition      the volume is not in the first partition
    table          an entry of the partition table that does not agree with the volume
    boot           a value in the boot sector that cannot be, or not together with the others
    backup         a backup boot sector that is not the boot sector, or was taken instead
    truncated      an image that is shorter than the volume
    outside        a chain of clusters or its data that does not lie inside volume and image
    broken         a chain that ends too early, or in a cluster that is free or bad
    loop           a chain that returns to itself, or a directory that was read before
    cross-linked   a cluster that belongs to two chains
    longer         a chain that goes on after the last byte of its file
    lost           clusters in use that belong to nothing
    fats           FATs that differ
    entry          a directory without its own two entries, or a name that cannot be one
    long-name      parts of a long name that do not belong together or to their short name
    duplicate      a name that its directory has already
    fs-info        an FSInfo sector that is missing or wrong
    too-deep       a directory below the level that is still read
    limit          more entries, bytes or oddities than are read
    unreadable     a sector that the system cannot read
    """

    kind: str
    path: Path
    detail: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class FatVolume:
    """The facts of a volume. `kind` is FAT12, FAT16, FAT32, or the name of a foreign file system.

    `start` is where it begins in the image, in bytes; `partitions` the partition table, empty
    without one, and `partition` the number of the volume's, from 1. `boot` and `geometry` are
    None for a foreign file system. `entries` are those of files and directories, directory by
    directory; `label` is the label in the root directory; `deleted` counts entries not in use.
    """

    image_size: int
    kind: str
    start: int = 0
    partitions: tuple[Partition, ...] = ()
    partition: int = 0
    boot: BootSector | None = None
    geometry: Geometry | None = None
    fs_info: FsInfo | None = None
    entries: tuple[FatEntry, ...] = ()
    label: bytes | None = None
    deleted: int = 0
    oddities: tuple[Oddity, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the volume, as its boot sector has it."""
        return self.boot.total_sectors * self.boot.bytes_per_sector if self.boot else 0
