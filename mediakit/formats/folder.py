"""A folder of the file system as a medium: a mounted stick, an unpacked archive, a CD in its drive.

A folder shows files and names, nothing of the format below it: no rule of PS3.12 on sectors
or directory records can be judged here. Links are never followed, so nothing outside the
folder is read.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..model import Anomaly, FileContent
from .tree import Evidence, MediumView, StoredFile
from .tree import Path as Names

ID = "folder"

LITTER = frozenset(
    {
        "$RECYCLE.BIN",
        ".DS_Store",
        ".Spotlight-V100",
        ".Trashes",
        ".fseventsd",
        "System Volume Information",
        "Thumbs.db",
    }
)
"""What operating systems leave on every medium they touch; it is nobody's content."""


def read_folder(root: Path) -> MediumView:
    """Every regular file below `root`, folder by folder, names sorted.

    What cannot be entered or read, links and special files are anomalies named by their
    path (`unreadable`, `symlink`, `special-file`, `cycle`); LITTER is left out silently.
    Raises OSError when `root` itself cannot be listed.
    """
    walk = _Walk()
    walk.list_folder(root, ())
    while walk.folders:
        folder, names = walk.folders.popleft()
        try:
            walk.list_folder(folder, names)
        except OSError as error:
            walk.anomaly("unreadable", names, error.strerror or str(error))
    files = tuple(walk.files)
    return MediumView(
        Evidence(ID, "a folder of the file system"),
        files,
        tuple(walk.anomalies),
        size=sum(file.size for file in files),
    )


@dataclass(slots=True)
class _Walk:
    """The walk so far; a queue instead of recursion, so depth costs no stack."""

    folders: deque[tuple[Path, Names]] = field(default_factory=deque)
    files: list[StoredFile] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def anomaly(self, kind: str, names: Names, detail: str) -> None:
        self.anomalies.append(Anomaly(kind, f"{'/'.join(names)}: {detail}"))

    def list_folder(self, folder: Path, names: Names) -> None:
        # Windows junctions and bind mounts are folders without being links; they may form rings.
        found = folder.stat()
        if (found.st_dev, found.st_ino) in self.seen:
            self.anomaly("cycle", names, "this folder was seen before under another name")
            return
        self.seen.add((found.st_dev, found.st_ino))
        for entry in _entries(folder):
            below = (*names, _shown(entry.name))
            try:
                self._take(entry, below)
            except OSError as error:
                self.anomaly("unreadable", below, error.strerror or str(error))

    def _take(self, entry: os.DirEntry[str], names: Names) -> None:
        if entry.is_symlink():
            self.anomaly("symlink", names, "a link is not followed")
        elif entry.is_dir(follow_symlinks=False):
            self.folders.append((Path(entry.path), names))
        elif entry.is_file(follow_symlinks=False):
            self._take_file(entry, names)
        else:
            self.anomaly("special-file", names, "neither a file nor a folder")

    def _take_file(self, entry: os.DirEntry[str], names: Names) -> None:
        content = FileContent.of(Path(entry.path))
        readable = os.access(entry.path, os.R_OK)
        if not readable:
            self.anomaly("unreadable", names, "the file may not be read")
        self.files.append(StoredFile(names, content if readable else None, content.size))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        found = [entry for entry in listing if entry.name not in LITTER]
    return iter(sorted(found, key=lambda entry: entry.name))


def _shown(name: str) -> str:
    """The name as text that can be printed; bytes that are no text become backslash escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
