"""The regular files below a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import SourceUnreadable
from ..formats.folder import LITTER
from .entry import Found, Passed, file_entry, shown

_LITTER = frozenset(name.casefold() for name in LITTER)


def folder_entries(root: Path) -> Iterator[Found]:
    """Every regular file below the root, depth first, names sorted; links to files are read.

    Links to folders are passed, because they may lead round in a circle. What operating
    systems leave behind is passed unread, even where it may not be entered. Raises
    SourceUnreadable for any other folder or file that cannot be entered or examined.
    """
    open_folders = [_listing(root)]
    while open_folders:
        entry = next(open_folders[-1], None)
        if entry is None:
            open_folders.pop()
        elif entry.name.casefold() in _LITTER:
            yield Passed(shown(entry.path), "left by the operating system")
        elif entry.is_dir(follow_symlinks=False):
            open_folders.append(_listing(Path(entry.path)))
        else:
            yield _file(entry)


def _listing(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return iter(sorted(listing, key=lambda entry: entry.name))
    except OSError as error:
        raise SourceUnreadable(
            f"The folder {shown(folder)} cannot be entered: {error.strerror}.",
            "Allow reading it, or name the folders beside it one by one.",
        ) from error


def _file(entry: os.DirEntry[str]) -> Found:
    origin = shown(entry.path)
    try:
        if entry.is_file():
            return file_entry(Path(entry.path))
        if entry.is_dir():
            return Passed(origin, "a link to a folder, which is not followed")
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise SourceUnreadable(
                f"The link {origin} cannot be followed: {error.strerror}.", "Check the permissions."
            ) from error
    if entry.is_symlink():
        return Passed(origin, "a link that leads nowhere")
    return Passed(origin, "neither a file nor a folder")
