"""Folders -> Hierarchy: a tree of directories with its path tables, in one naming, each at its place.

A volume has one such tree, and with Joliet a second one of the same files. What names are
legal is known to `layout.py`; this module sorts, numbers and measures what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path, VolumeFile
from . import names, rock_ridge
from .structs import SECTOR, SELF, DirectoryRecord, PathTableRecord

SECTION = 0xFFFFF800
"""Bytes of a file in one extent: whole sectors, as many as a Data Length of 32 bits can count."""

Listing = dict[str, VolumeFile | None]
"""The names in a folder as the abstract tree gives them; a name without a file is a folder's."""


class Name(NamedTuple):
    """How a tree records a name: without delimiters, as identifier, and in Rock Ridge if it has that."""

    shown: str
    identifier: bytes
    rock_ridge: str = ""


Naming = Mapping[Path, Mapping[str, Name]]
"""What each name in each folder becomes in a tree."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An extent of a file, or a directory, as its directory lists it; `size` is in bytes.

    `name` is that of Rock Ridge, empty where there is none. The last extent of a file is the
    one that is not `continued`.
    """

    identifier: bytes
    extent: int
    size: int
    is_directory: bool
    name: str = ""
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory and what it lists, in the order of ISO 9660 9.3, without itself and its parent.

    Its number is its place in the path table and counts from 1; the root, whose identifier
    is a zero byte, is its own parent.
    """

    number: int
    parent: int
    identifier: bytes
    extent: int
    size: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Directories, the root being the first, and their path tables (ISO 9660 6.8, 6.9)."""

    directories: tuple[Directory, ...]
    path_table_size: int
    l_path_table: int
    m_path_table: int
    rock_ridge: bool


class _Listed(NamedTuple):
    path: Path
    name: Name
    file: VolumeFile | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A tree whose directories have their places; those of the files are still to come.

    `listed` has the directories in the order of the path table, `spans` the first sector and
    the bytes of each; `end` is the sector after the last one.
    """

    listed: Mapping[Path, list[_Listed]]
    identifiers: Mapping[Path, bytes]
    spans: Mapping[Path, tuple[int, int]]
    path_table_size: int
    start: int
    end: int
    rock_ridge: bool

    def placed(self, files: Mapping[Path, tuple[int, int]]) -> Hierarchy:
        """The tree with the first sector and the size in bytes of every file."""
        return Hierarchy(
            tuple(self._directories({**files, **self.spans})),
            self.path_table_size,
            self.start,
            self.start + sectors(self.path_table_size),
            self.rock_ridge,
        )

    def _directories(self, spans: Mapping[Path, tuple[int, int]]) -> Iterator[Directory]:
        numbers = {path: number for number, path in enumerate(self.listed, 1)}
        for path, listed in self.listed.items():
            entries = tuple(entry for each in listed for entry in _entries(each, *spans[each.path]))
            parent = numbers[path[:-1]]
            yield Directory(numbers[path], parent, self.identifiers[path], *spans[path], entries)


def ordered(
    folders: Mapping[Path, Listing],
    naming: Naming,
    order: Callable[[bytes], tuple[bytes, bytes]],
    start: int,
    rock_ridge: bool,
) -> Ordered:
    """Path tables and directories from sector `start` on, by level, parent and name (ISO 9660 6.9.1)."""
    tree: dict[Path, list[_Listed]] = {}
    identifiers: dict[Path, bytes] = {(): SELF}
    level: list[Path] = [()]
    while level:
        for path in level:
            found = (_Listed((*path, name), naming[path][name], file) for name, file in folders[path].items())
            tree[path] = sorted(found, key=lambda each: order(each.name.identifier))
        below = [each for path in level for each in tree[path] if each.file is None]
        identifiers |= {each.path: each.name.identifier for each in below}
        level = [each.path for each in below]
    path_table_size = sum(PathTableRecord(0, 0, 0, identifiers[path]).size for path in tree)
    end = start + 2 * sectors(path_table_size)
    spans: dict[Path, tuple[int, int]] = {}
    for path, listed in tree.items():
        size = _directory_size(path, listed, rock_ridge)
        spans[path] = end, size
        end += sectors(size)
    return Ordered(tree, identifiers, spans, path_table_size, start, end, rock_ridge)


def primary_naming(folders: Mapping[Path, Listing], rock_ridge: bool) -> Naming:
    """Names of Level 1, in Rock Ridge the names as they were given."""
    naming = {}
    for path, listing in folders.items():
        short = names.short_names((name, file is None) for name, file in listing.items())
        naming[path] = {
            name: Name(
                short[name], names.primary_identifier(short[name], file is None), name if rock_ridge else ""
            )
            for name, file in listing.items()
        }
    return naming


def joliet_naming(folders: Mapping[Path, Listing]) -> Naming:
    """The names as they were given."""
    return {
        path: {
            name: Name(name, names.joliet_identifier(name, file is None)) for name, file in listing.items()
        }
        for path, listing in folders.items()
    }


def record_positions(sizes: Iterable[int]) -> Iterator[int]:
    """Where each record begins in its directory: none crosses a sector's end (ISO 9660 6.8.1.1)."""
    at = 0
    for size in sizes:
        if at % SECTOR + size > SECTOR:
            at += -at % SECTOR
        yield at
        at += size


def sectors(size: int) -> int:
    """How many sectors that many bytes need."""
    return -(-size // SECTOR)


def _directory_size(path: Path, listed: Iterable[_Listed], with_rock_ridge: bool) -> int:
    own, parent = (rock_ridge.size_for("") if path else rock_ridge.ROOT_SIZE), rock_ridge.size_for("")
    if not with_rock_ridge:
        own = parent = 0
    sizes = [DirectoryRecord.size_for(SELF, own), DirectoryRecord.size_for(SELF, parent)]
    for each in listed:
        system_use = rock_ridge.size_for(each.name.rock_ridge) if with_rock_ridge else 0
        size = DirectoryRecord.size_for(each.name.identifier, system_use)
        sizes += [size] * (_extents(each.file.content.size) if each.file else 1)
    *_, last = record_positions(sizes)
    return sectors(last + sizes[-1]) * SECTOR


def _extents(size: int) -> int:
    """How many extents a file has (ISO 9660 6.5.1); Data Length and Location have 32 bits each."""
    return max(1, -(-size // SECTION)) if size > 0xFFFFFFFF else 1


def _entries(listed: _Listed, extent: int, size: int) -> Iterator[Entry]:
    identifier, name = listed.name.identifier, listed.name.rock_ridge
    for n in reversed(range(_extents(size))):
        here = min(size, SECTION) if n else size
        yield Entry(identifier, extent, here, listed.file is None, name, continued=n > 0)
        extent += sectors(here)
        size -= here
