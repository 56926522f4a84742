"""VolumeTree -> IsoLayout: every name, record and extent of an ISO 9660 Level 1 volume.

    sector 0   system area, unused         18   L path table, then M path table
    16         Primary Volume Descriptor   ..   directories, level by level
    17         terminator                  ..   files, in the order of the tree

Everything is computed from names and sizes; nothing is opened and no byte is made here.
Knows what ISO 9660 (6.8, 6.9, 7.5, 7.6, 9.3, 10.1) and PS3.12 F allow, and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ...errors import InputError
from ..tree import Path, Placed, VolumeFile, VolumeParameters, VolumeTree
from .structs import SECTOR, SELF, DirectoryRecord, PathTableRecord, in_quarters

DESCRIPTORS = 16
"""Where the Primary Volume Descriptor is (ISO 9660 6.7.1); the terminator follows."""

PATH_TABLES = DESCRIPTORS + 2

LEVELS = 8
"""Directory levels, the root being the first (ISO 9660 6.8.2.1, PS3.12 F.1.2.1)."""

_DIRECTORIES = 0xFFFF  # a Parent Directory Number has 16 bits (ISO 9660 9.4.4)
_SECTORS = 0xFFFFFFFF  # the Volume Space Size has 32 bits (ISO 9660 8.4.8)
_FILE_SIZE = 0xFFFFFFFF  # so has the Data Length, and Level 1 knows no second extent (10.1)

_D_CHARACTERS = re.compile(r"[A-Z0-9_]{0,32}")
_DIRECTORY_NAME = re.compile(r"[A-Z0-9_]{1,8}")
_FILE_NAME = re.compile(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?")
_NO_A_CHARACTER = re.compile(r"[^A-Z0-9_ !\"%&'()*+,\-./:;<=>?]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory as its directory lists it; `size` is in bytes."""

    identifier: bytes
    extent: int
    size: int
    is_directory: bool


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
class IsoLayout:
    """The planned volume. `size` is that of the image in bytes; extents are sector numbers."""

    size: int
    files: tuple[Placed, ...]
    directories: tuple[Directory, ...]
    path_table_size: int
    l_path_table: int
    m_path_table: int
    volume_id: str
    publisher: str
    application: str
    created: datetime


_Listing = dict[str, VolumeFile | None]
"""The names in a directory; a name without a file is a directory's."""


def plan(tree: VolumeTree, parameters: VolumeParameters) -> IsoLayout:
    """Lay the tree out. Raises InputError for what Level 1 cannot hold, naming the path."""
    listings = _listings(tree)
    path_table_size = sum(PathTableRecord(0, 0, 0, _directory_id(path)).size for path in listings)
    m_path_table = PATH_TABLES + _sectors(path_table_size)
    end = m_path_table + _sectors(path_table_size)
    spans: dict[Path, tuple[int, int]] = {}
    for path, listing in listings.items():
        size = _directory_size(listing)
        spans[path] = end, size
        end += _sectors(size)
    files, end = _place(tree.files, end)
    spans |= {file.path: (file.offset // SECTOR, file.content.size) for file in files}
    return IsoLayout(
        size=end * SECTOR,
        files=files,
        directories=tuple(_directories(listings, spans)),
        path_table_size=path_table_size,
        l_path_table=PATH_TABLES,
        m_path_table=m_path_table,
        volume_id=_volume_id(parameters.volume_id),
        publisher=_a_characters(parameters.publisher),
        application=_a_characters(parameters.application),
        created=_date(parameters.created),
    )


def record_positions(sizes: Iterable[int]) -> Iterator[int]:
    """Where each record begins in its directory: none crosses a sector's end (ISO 9660 6.8.1.1)."""
    at = 0
    for size in sizes:
        if at % SECTOR + size > SECTOR:
            at += -at % SECTOR
        yield at
        at += size


def _sectors(size: int) -> int:
    return -(-size // SECTOR)


def _listings(tree: VolumeTree) -> dict[Path, _Listing]:
    """Every directory by level, parent and name (ISO 9660 6.9.1), its names sorted (9.3)."""
    found: dict[Path, _Listing] = {(): {}}
    for file in tree.files:
        _check_file(file)
        folder, name = file.path[:-1], file.path[-1]
        if folder not in found:
            _add_folder(found, folder)
        if name in found[folder]:
            raise _refused(file.path, "this name is there already", "Give every file a path of its own.")
        found[folder][name] = file
    ordered: dict[Path, _Listing] = {}
    level: list[Path] = [()]
    while level:
        for path in level:
            ordered[path] = dict(sorted(found[path].items(), key=lambda item: _order(item[0])))
        level = [(*path, name) for path in level for name, file in ordered[path].items() if file is None]
    if len(ordered) > _DIRECTORIES:
        raise InputError(
            f"The volume would have {len(ordered):,} folders; ISO 9660 numbers {_DIRECTORIES:,}.",
            "Put more files into each folder.",
        )
    return ordered


def _order(name: str) -> tuple[str, str]:
    """Sorts as ISO 9660 9.3 pads: a space comes before every d-character, as does the end of a str."""
    stem, _, extension = name.partition(".")
    return stem, extension


def _check_file(file: VolumeFile) -> None:
    path = file.path
    if not path or not _FILE_NAME.fullmatch(path[-1]):
        advice = "A name has 1 to 8 of A-Z, 0-9 and _, and may end in a dot and 1 to 3 more."
        raise _refused(path, "its name is not one of ISO 9660 Level 1", advice)
    if len(path) > LEVELS:
        advice = f"Put it into at most {LEVELS - 1} folders."
        raise _refused(path, f"it lies deeper than {LEVELS} levels", advice)
    if file.content.size > _FILE_SIZE:
        advice = "ISO 9660 Level 1 holds files of less than 4 GiB; choose another medium."
        raise _refused(path, f"it has {file.content.size:,} bytes", advice)


def _add_folder(found: dict[Path, _Listing], folder: Path) -> None:
    """List a folder in its parent, and so on up to one that is known."""
    for depth, name in enumerate(folder):
        path = folder[: depth + 1]
        if not _DIRECTORY_NAME.fullmatch(name):
            advice = "A folder's name has 1 to 8 of A-Z, 0-9 and _."
            raise _refused(path, "its name is not one of ISO 9660 Level 1", advice)
        if found[path[:-1]].setdefault(name) is not None:
            raise _refused(path, "a file has the name of a folder", "Give one of them another name.")
        found.setdefault(path, {})


def _refused(path: Path, why: str, advice: str) -> InputError:
    return InputError(f"{'/'.join(path) or 'A file without a name'} cannot be written: {why}.", advice)


def _directory_id(path: Path) -> bytes:
    return path[-1].encode("ascii") if path else SELF


def _identifier(name: str, file: VolumeFile | None) -> bytes:
    """The File Identifier (ISO 9660 7.5.1): the dot is always recorded, the version is 1."""
    if file is None:
        return name.encode("ascii")
    # PS3.12 F.1.2.1: a File ID component has no extension, but its dot and version are recorded.
    return f"{name if '.' in name else name + '.'};1".encode("ascii")


def _directory_size(listing: _Listing) -> int:
    identifiers = [SELF, SELF, *(_identifier(name, file) for name, file in listing.items())]
    sizes = [DirectoryRecord.size_for(identifier) for identifier in identifiers]
    *_, last = record_positions(sizes)
    return _sectors(last + sizes[-1]) * SECTOR


def _place(files: Iterable[VolumeFile], start: int) -> tuple[tuple[Placed, ...], int]:
    """The files one after the other from sector `start` on, and the sector after the last one."""
    extents = []
    end = start
    for file in files:
        extents.append((file, end))
        end += _sectors(file.content.size)
    if end > _SECTORS:
        raise InputError(f"The volume would have {end:,} sectors; ISO 9660 counts to {_SECTORS:,}.")
    # An empty file at the end has no sector, but its extent shall lie inside the volume.
    return tuple(Placed(file.path, min(at, end - 1) * SECTOR, file.content) for file, at in extents), end


def _directories(listings: dict[Path, _Listing], spans: dict[Path, tuple[int, int]]) -> Iterator[Directory]:
    numbers = {path: number for number, path in enumerate(listings, 1)}
    for path, listing in listings.items():
        entries = (
            Entry(_identifier(name, file), *spans[(*path, name)], is_directory=file is None)
            for name, file in listing.items()
        )
        parent = numbers[path[:-1]]
        yield Directory(numbers[path], parent, _directory_id(path), *spans[path], tuple(entries))


def _volume_id(text: str) -> str:
    if not _D_CHARACTERS.fullmatch(text):
        raise InputError(
            f"The volume identifier {text!r} cannot be written.", "It has up to 32 of A-Z, 0-9 and _."
        )
    return text


def _a_characters(text: str) -> str:
    """The text in a-characters (ISO 9660 7.4.1), at most 128 of them."""
    # ISO 9660 8.4.20: an underscore in front would say that a file of that name tells more.
    return _NO_A_CHARACTER.sub("_", text.upper()).lstrip("_")[:128]


def _date(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError(f"The date {moment} has no time zone.", "Give it one.")
    if not 1901 <= moment.year <= 2154:
        raise InputError(f"The year {moment.year} cannot be recorded.", "Give one from 1901 to 2154.")
    return in_quarters(moment)
