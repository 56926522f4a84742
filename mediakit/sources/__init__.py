"""Where input comes from: what a caller names -> the files in it, or why one cannot be had.

    folder     every regular file below it, at any depth, names sorted
    file       the file
    @list      a text file of names, one a line
    device     a disc in its drive, a stick
    archive    a ZIP, wherever a file turns out to be one
    medium     an image of a disc or a stick, an e-mail: where the caller names it
    object     anything with `name`, `size` and `open()`: an object store, a PACS, a test

An image that lies in a source folder is listed and not opened: it may well be the disc that was
made of that folder before. Sources know files and bytes, not DICOM. They yield in a fixed order
and never follow a link to a folder, so that they always come to an end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import SourceUnreadable
from ..formats import DeviceContent, image_of
from ..model import Content, FileContent
from ..transfer import outermost
from .entry import Entry, Found, Passed, Source, Unusable, file_entry, shown
from .folder import folder_entries
from .listing import listed_names

__all__ = ["Entry", "Found", "Passed", "Source", "Unusable", "entries", "file_of", "shown"]

_Kind = tuple[Callable[[Path], bool], Callable[[Path], Iterator[Found]]]


def entries(source: Source) -> Iterator[Found]:
    """The files of one source, in their fixed order.

    A text that begins with @ names a list; `./@name` is a file of that name. Raises
    SourceUnreadable when the source, or anything below it, does not exist or may not be read.
    """
    if not isinstance(source, (str, os.PathLike)):
        yield Entry(source.name, source, named=True)
    elif os.fspath(source).startswith("@"):
        for name in listed_names(Path(os.fspath(source)[1:])):
            yield from _of_path(name)
    else:
        yield from _of_path(Path(source))


def file_of(content: Content) -> Path | None:
    """The file or device that holds the content, inside an archive or an image too; None if there is none."""
    whole = outermost(content)
    return whole.path if isinstance(whole, (FileContent, DeviceContent)) else None


def _of_path(path: Path) -> Iterator[Found]:
    """The files at a path, by the first kind in the table that recognises it."""
    try:
        if not path.exists():
            raise SourceUnreadable(f"{shown(path)} does not exist.", "Check the spelling of the path.")
        files = next((files for recognises, files in _KINDS if recognises(path)), None)
    except OSError as error:
        raise SourceUnreadable(
            f"{shown(path)} cannot be examined: {error.strerror}.", "Check the path and its permissions."
        ) from error
    if files is None:
        raise SourceUnreadable(
            f"{shown(path)} is neither a file nor a folder.", "Name a file, a folder or a device."
        )
    yield from files(path)


def _single_file(path: Path) -> Iterator[Found]:
    yield replace(file_entry(path), named=True)


def _device(path: Path) -> Iterator[Found]:
    if device := image_of(path):
        yield Entry(shown(path), device, named=True)


_KINDS: tuple[_Kind, ...] = (
    (Path.is_dir, folder_entries),
    (Path.is_file, _single_file),
    (Path.is_block_device, _device),
)
