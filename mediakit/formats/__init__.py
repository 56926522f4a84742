"""The Media Format Layer (PS3.10 6.2, PS3.12): abstract trees to images and back.

A format is a package with the five names of `MediaFormat` and a line in FORMATS. It knows
files, folders and bytes, nothing of DICOM, profiles or rules.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar, runtime_checkable

from ..errors import MediumError, SourceUnreadable, UsageError
from ..model import Content, FileContent, SliceContent
from ..patience import Patience
from . import bridge, fat, folder, iso9660, mail, mime, udf, zip  # noqa: A004  # a format goes by its word
from .raw_cd import SECTOR as RAW_SECTOR
from .raw_cd import raw_cd, sectors_of
from .structures import Structures
from .tree import Evidence, MediumView, Placed, Sectors, Tick, VolumeParameters, VolumeTree, Written

if TYPE_CHECKING:
    from ..transfer import Sink


class Layout(Protocol):
    """A planned image: its size in bytes, and where each file's data will lie, in that order."""

    @property
    def size(self) -> int:
        """Bytes of the whole image."""

    @property
    def files(self) -> tuple[Placed, ...]:
        """The files in the order of the tree."""


@runtime_checkable
class Sparse(Protocol):
    """A layout whose image ends in a hole: on most disks it takes less room than its size."""

    @property
    def needed(self) -> int:
        """Bytes from the beginning of the image to the end of what is written."""


L = TypeVar("L", bound=Layout)


class MediaWriter(Protocol[L]):
    """What a format can do that is written; `L` is its own kind of layout."""

    @property
    def id(self) -> str:
        """The format's word, as in the documents."""

    def plan(self, tree: VolumeTree, parameters: VolumeParameters) -> L:
        """Sizes and positions of everything. Raises InputError for what the format cannot hold."""

    def write(self, layout: L, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
        """Write a planned image front to back.

        Raises OutputError, SourceUnreadable and SourceChanged.
        """


class MediaFormat(MediaWriter[L], Protocol[L]):
    """What every format can do that is a file system of its own."""

    def detect(self, image: Content) -> Evidence | None:
        """Why these bytes are of this format, or None. Raises OSError."""

    def open(self, image: Content, structures: Structures | None = None) -> MediumView:
        """Everything that can be read of it; `structures` is the image as it is read before the files.

        Raises OSError when the image cannot be opened.
        """


FORMATS: tuple[MediaFormat[Any], ...] = (iso9660, udf, fat, zip, mail, mime)
"""Every format that has an image; what is tried on a medium, in this order."""

WRITERS: tuple[MediaWriter[Any], ...] = (*FORMATS, bridge)
"""Every format that can be written; a bridge disc is read as the two file systems that it has."""


def format_of(id: str) -> MediaWriter[Any]:
    """The format of that word. Raises UsageError when there is none."""
    for format in WRITERS:
        if format.id == id:
            return format
    known = ", ".join(format.id for format in WRITERS)
    raise UsageError(f"There is no media format {id!r}.", f"Choose one of: {known}.")


def read_medium(path: Path, patience: Patience | None = None) -> tuple[MediumView, ...]:
    """The medium at that path in every format that matches; a folder is a folder only.

    Time lost on failing reads is limited by `patience`. Raises SourceUnreadable when the path does
    not exist or may not be read, MediumError when no format is recognised.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return (folder.read_folder(path),)
        image = _image(path, mode)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        advice = "Check the path and its permissions."
        raise SourceUnreadable(f"{path} cannot be read: {_reason(error)}.", advice) from error
    try:
        views = views_of(image, patience)
    except OSError as error:
        advice = "Clean the medium or try another drive."
        raise MediumError(f"{path} cannot be read: {_reason(error)}.", advice) from error
    if not views:
        looked = ", ".join(format.id for format in FORMATS)
        raise MediumError(
            f"{path} is no medium that is known ({image.size:,} bytes).",
            f"It was looked at as: {looked}. A medium is a folder, an image of one of these, or a device.",
        )
    return views


def views_of(image: Content, patience: Patience | None = None) -> tuple[MediumView, ...]:
    """The bytes in every format that matches, raw sectors too; none where none does.

    Raises OSError when the image cannot be opened, or where nothing is found and not all could be read.
    """
    patience = patience or Patience()
    whole = Structures(image, patience)
    raw = raw_cd(image, whole)
    data = raw or image
    structures = Structures(data, patience) if raw else whole
    views = tuple(format.open(data, structures) for format in FORMATS if format.detect(structures))
    if not views and (reason := structures.lost(0, structures.size)):
        raise OSError(errno.EIO, reason)
    if raw is None or not views:
        return views
    sectors = sectors_of(raw, whole)
    return tuple(_of_raw_sectors(view, raw.mode, sectors) for view in views)


def _of_raw_sectors(view: MediumView, mode: int, sectors: Sectors) -> MediumView:
    """The view with the evidence that its bytes are the user data of raw sectors."""
    text = f"{view.evidence.text}, {RAW_SECTOR:,} bytes a sector, Mode {mode}"
    return replace(view, evidence=replace(view.evidence, text=text), sectors=sectors)


def image_of(path: Path) -> Content | None:
    """The bytes of an image or a device; None for a folder. Raises OSError and MediumError."""
    mode = path.stat().st_mode
    return None if stat.S_ISDIR(mode) else _image(path, mode)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@dataclass(frozen=True, slots=True)
class DeviceContent:
    """A block device: a disc in its drive, a stick. Its size is not among its file attributes."""

    path: Path
    size: int

    def open(self) -> BinaryIO:
        """The device from its beginning, buffered: a drive reads whole sectors."""
        return self.path.open("rb")


def _image(path: Path, mode: int) -> Content:
    """The bytes at that path. Raises OSError, MediumError for a pipe, a socket or a terminal."""
    if stat.S_ISREG(mode):
        with path.open("rb") as stream:  # now, so that a file that may not be read is told from a bad medium
            content = FileContent.of(path)
            if not content.size:
                stream.read(1)  # some that the system makes when they are read fail only then
            return content
    if not stat.S_ISBLK(mode):
        raise MediumError(f"{path} is not a file, a folder or a device.", "Give the path of one of these.")
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
    # Behind its end a file reads as empty, but a device refuses to be sought there: a slice never does.
    return SliceContent(DeviceContent(path, size), 0, size)
