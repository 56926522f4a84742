"""VolumeTree -> IsoLayout: every name, record and extent of an ISO 9660 volume.

    sector 0   system area, unused         ..   L path table, then M path table
    16         Primary Volume Descriptor   ..   directories, level by level
    ..         Joliet's descriptor         ..   the same of Joliet
    ..         terminator                  ..   files, in the order of the tree

There are Joliet and Rock Ridge only where a name needs them. Everything is computed from
names and sizes; nothing is opened and no byte is made here. Knows what ISO 9660 (6.8, 6.9,
7.5, 7.6, 9.3, 10.1 to 10.3) and PS3.12 F and P.2.2 allow, and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ...errors import InputError
from ..tree import Path, Placed, VolumeFile, VolumeParameters, VolumeTree
from . import names
from .hierarchy import Hierarchy, Listing, Naming, joliet_naming, ordered, primary_naming, sectors
from .structs import SECTOR, in_quarters

DESCRIPTORS = 16
"""Where the Primary Volume Descriptor is (ISO 9660 6.7.1); Joliet's and the terminator follow."""

LEVELS = 8
"""Directory levels, the root being the first (ISO 9660 6.8.2.1, PS3.12 F.1.2.1)."""

_DIRECTORIES = 0xFFFF  # a Parent Directory Number has 16 bits (ISO 9660 9.4.4)
_SECTORS = 0xFFFFFFFF  # the Volume Space Size has 32 bits (ISO 9660 8.4.8)
_FILE_SIZE = 0xFFFFFFFF  # so has the Data Length, and Level 1 knows no second extent (10.1)

_D_CHARACTERS = re.compile(r"[A-Z0-9_]{0,32}")
_NO_A_CHARACTER = re.compile(r"[^A-Z0-9_ !\"%&'()*+,\-./:;<=>?]")


@dataclass(frozen=True, slots=True)
class IsoLayout:
    """The planned volume. `size` is that of the image in bytes; extents are sector numbers.

    `files` have the paths of the primary tree, which the reader gives back. Where there is a
    Joliet tree, the primary one has Rock Ridge.
    """

    size: int
    files: tuple[Placed, ...]
    primary: Hierarchy
    joliet: Hierarchy | None
    volume_id: str
    publisher: str
    application: str
    created: datetime


def plan(tree: VolumeTree, parameters: VolumeParameters) -> IsoLayout:
    """Lay the tree out. Raises InputError for what the volume cannot hold, naming the path."""
    return plan_around(tree, parameters, 0, lambda end: _place(tree.files, end))


def plan_around(
    tree: VolumeTree,
    parameters: VolumeParameters,
    first: int,
    place: Callable[[int], tuple[tuple[Placed, ...], int]],
) -> IsoLayout:
    """Lay the tree out on a disc that holds more than this: no path table lies before sector `first`.

    `place` is given the sector after the last directory; it says where the files are, in their
    order, and how many sectors the volume has. Raises InputError as `plan` does.
    """
    folders = _folders(tree, parameters.iso_level)
    long = not all(
        names.is_short(name, file is None) for listing in folders.values() for name, file in listing.items()
    )
    if long:
        _check_case(folders)
    naming = primary_naming(folders, rock_ridge=long)
    end = max(first, DESCRIPTORS + (3 if long else 2))
    primary = ordered(folders, naming, names.primary_order, end, rock_ridge=long)
    joliet = None
    if long:
        joliet = ordered(folders, joliet_naming(folders), names.joliet_order, primary.end, rock_ridge=False)
    files, end = place(joliet.end if joliet else primary.end)
    spans = {file.path: (file.offset // SECTOR, file.content.size) for file in files}
    return IsoLayout(
        size=end * SECTOR,
        files=tuple(replace(file, path=_recorded(file.path, naming)) for file in files),
        primary=primary.placed(spans),
        joliet=joliet.placed(spans) if joliet else None,
        volume_id=_volume_id(parameters.volume_id),
        publisher=_a_characters(parameters.publisher),
        application=_a_characters(parameters.application),
        created=_date(parameters.created),
    )


def _recorded(path: Path, naming: Naming) -> Path:
    """The path in the names that a tree records."""
    return tuple(naming[path[:depth]][name].shown for depth, name in enumerate(path))


def _folders(tree: VolumeTree, level: int) -> dict[Path, Listing]:
    """Every folder with what is in it."""
    found: dict[Path, Listing] = {(): {}}
    for file in tree.files:
        _check_file(file, level)
        folder, name = file.path[:-1], file.path[-1]
        if folder not in found:
            _add_folder(found, folder)
        if name in found[folder]:
            raise _refused(file.path, "this name is there already", "Give every file a path of its own.")
        found[folder][name] = file
    if len(found) > _DIRECTORIES:
        raise InputError(
            f"The volume would have {len(found):,} folders; ISO 9660 numbers {_DIRECTORIES:,}.",
            "Put more files into each folder.",
        )
    return found


def _check_file(file: VolumeFile, level: int) -> None:
    path = file.path
    _check_name(path, is_directory=False)
    if len(path) > LEVELS:
        advice = f"Put it into at most {LEVELS - 1} folders."
        raise _refused(path, f"it lies deeper than {LEVELS} levels", advice)
    if file.content.size > _FILE_SIZE and level < 3:
        advice = f"ISO 9660 Level {level} holds files of less than 4 GiB; choose another medium."
        raise _refused(path, f"it has {file.content.size:,} bytes", advice)


def _check_name(path: Path, is_directory: bool) -> None:
    name = path[-1] if path else ""
    if not names.is_short(name, is_directory) and (why := names.refusal(name)):
        advice = "A name has up to 64 characters, none of * / : ; ? \\, and no dot or space at its end."
        raise _refused(path, why, advice)


def _add_folder(found: dict[Path, Listing], folder: Path) -> None:
    """List a folder in its parent, and so on up to one that is known."""
    for depth, name in enumerate(folder):
        path = folder[: depth + 1]
        _check_name(path, is_directory=True)
        if found[path[:-1]].setdefault(name) is not None:
            raise _refused(path, "a file has the name of a folder", "Give one of them another name.")
        found.setdefault(path, {})


def _check_case(folders: dict[Path, Listing]) -> None:
    """Systems that read Joliet know no case: they show the data of the one under the name of the other."""
    for folder, listing in folders.items():
        seen: dict[str, str] = {}
        for name in listing:
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                advice = "Give one of them another name."
                raise _refused((*folder, name), f"{other} differs from it in case only", advice)


def _refused(path: Path, why: str, advice: str) -> InputError:
    return InputError(f"{'/'.join(path) or 'A file without a name'} cannot be written: {why}.", advice)


def _place(files: Iterable[VolumeFile], start: int) -> tuple[tuple[Placed, ...], int]:
    """The files one after the other from sector `start` on, and the sector after the last one."""
    extents = []
    end = start
    for file in files:
        extents.append((file, end))
        end += sectors(file.content.size)
    if end > _SECTORS:
        raise InputError(f"The volume would have {end:,} sectors; ISO 9660 counts to {_SECTORS:,}.")
    # An empty file at the end has no sector, but its extent shall lie inside the volume.
    return tuple(Placed(file.path, min(at, end - 1) * SECTOR, file.content) for file, at in extents), end


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
