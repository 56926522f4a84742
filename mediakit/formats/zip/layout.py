"""VolumeTree -> ZipLayout: where every header and every byte of a ZIP archive will be.

    local header, data      one after the other, in the order of the tree
    central directory       a header for every file
    end of it               with ZIP64 records before it only where a number needs them

Files are stored: so the archive's size and every position are known before a byte is read, a
file is read in place without unpacking it, and what takes room in DICOM is compressed by its
transfer syntax or not at all. A `DeflatedContent` is deflated instead; its size is known because
it was compressed before. Knows APPNOTE.TXT 4.3 and 4.4 and the names that every system can unpack,
and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...errors import InputError
from ..tree import Path, Placed, VolumeFile, VolumeParameters, VolumeTree
from .deflated import DeflatedContent
from .structs import BIG, CENTRAL_FORM, END64_FORM, END_FORM, LOCAL_FORM, LOCATOR64_FORM, MANY

_EXTRA = 4  # the head of an extra field: its ID and its length
_NAME_BYTES = 0xFFFF
# What Windows, a Unix or an unpacking program would take for something else than a name.
_NO_CHARACTER = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """A file of the archive: its name in UTF-8, where its local header begins, and how it is deflated."""

    name: bytes
    header: int
    placed: Placed
    deflated: DeflatedContent | None = None

    @property
    def packed_size(self) -> int:
        """Bytes that its data take in the archive; never more than it has."""
        return self.deflated.packed_size if self.deflated else self.placed.content.size

    @property
    def is_big(self) -> bool:
        """Whether its size needs ZIP64 (APPNOTE 4.5.3)."""
        return self.placed.content.size >= BIG

    @property
    def is_far(self) -> bool:
        """Whether its position needs ZIP64."""
        return self.header >= BIG


@dataclass(frozen=True, slots=True)
class ZipLayout:
    """The planned archive. `size` is that of the whole in bytes, `directory` where the central one begins."""

    size: int
    entries: tuple[PlannedEntry, ...]
    directory: int
    directory_size: int
    created: datetime

    @property
    def files(self) -> tuple[Placed, ...]:
        """The files in the order of the tree."""
        return tuple(entry.placed for entry in self.entries)

    @property
    def needs_zip64(self) -> bool:
        """Whether the end of the archive needs ZIP64: for its files' number or its directory's place."""
        return len(self.entries) >= MANY or self.directory >= BIG or self.directory_size >= BIG


def plan(tree: VolumeTree, parameters: VolumeParameters) -> ZipLayout:
    """Lay the archive out. Raises InputError for what no archive can hold, naming the path."""
    check_names(tree.files)
    entries = []
    at = 0
    for file in tree.files:
        name = "/".join(file.path).encode("utf-8")
        if len(name) > _NAME_BYTES:
            raise _refused(file.path, "its path is too long", "Give its folders shorter names.")
        deflated = file.content if isinstance(file.content, DeflatedContent) else None
        content = deflated.base if deflated else file.content
        data = at + LOCAL_FORM.size + len(name) + (_EXTRA + 16 if content.size >= BIG else 0)
        entries.append(PlannedEntry(name, at, Placed(file.path, data, content), deflated))
        at = data + entries[-1].packed_size
    directory_size = sum(CENTRAL_FORM.size + len(entry.name) + central_extra_size(entry) for entry in entries)
    layout = ZipLayout(0, tuple(entries), at, directory_size, _date(parameters.created))
    end = END_FORM.size + (END64_FORM.size + LOCATOR64_FORM.size if layout.needs_zip64 else 0)
    return ZipLayout(at + directory_size + end, layout.entries, at, directory_size, layout.created)


def central_extra_size(entry: PlannedEntry) -> int:
    """Bytes of the ZIP64 extra field in the central directory; if one size needs it, both have it."""
    fields = 16 * entry.is_big + 8 * entry.is_far
    return _EXTRA + fields if fields else 0


def check_names(files: Iterable[VolumeFile]) -> None:
    """Refuse names that some system cannot unpack, and those that it cannot tell apart."""
    taken: dict[tuple[str, ...], bool] = {}  # every path in capitals, and whether it is a folder
    for file in files:
        bad = [name for name in file.path if name in ("", ".", "..") or _NO_CHARACTER.search(name)]
        if bad or not file.path:
            raise _refused(file.path, "a name in its path is none", "Give its folders and it other names.")
        path = tuple(name.upper() for name in file.path)
        for depth in range(1, len(path)):
            if not taken.setdefault(path[:depth], True):
                raise _refused(file.path, "a file has the name of a folder", "Give one of them another name.")
        if path in taken:
            raise _refused(file.path, "this name is there already", "Give every file a path of its own.")
        taken[path] = False


def _refused(path: Path, why: str, advice: str) -> InputError:
    return InputError(f"{'/'.join(path) or 'A file without a name'} cannot be written: {why}.", advice)


def _date(moment: datetime) -> datetime:
    if not 1980 <= moment.year <= 2107:
        raise InputError(f"The year {moment.year} cannot be recorded.", "Give one from 1980 to 2107.")
    return moment
