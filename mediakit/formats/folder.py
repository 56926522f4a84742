"""A folder of the file system as a medium: a mounted stick, an unpacked archive, a CD in its drive.

A folder shows files and names, nothing of the format below it: no rule of PS3.12 on sectors
or directory records can be judged here. Links are never followed, so nothing outside the
folder is read.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import OutputError
from ..model import Anomaly, FileContent
from ..transfer import Buffers, Transfer
from .tree import Evidence, MediumView, Placed, StoredFile, Tick, VolumeTree, Written
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


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """The files to be written into a folder; `size` is the sum of theirs, in bytes.

    The offsets are those at which the files would lie one after the other.
    """

    size: int
    files: tuple[Placed, ...]


def plan_folder(tree: VolumeTree) -> FolderLayout:
    """The files in the order of the tree."""
    placed = []
    offset = 0
    for file in tree.files:
        placed.append(Placed(file.path, offset, file.content))
        offset += file.content.size
    return FolderLayout(offset, tuple(placed))


def write_folder(layout: FolderLayout, folder: Path, tick: Tick | None = None) -> Written:
    """Write the files below an existing folder and bring them to the disk.

    The digest of the whole is that of a list with a line for each file: its SHA-256, two
    spaces, its path, in the order of the layout, as `sha256sum` prints it. Raises
    OutputError, SourceUnreadable and SourceChanged.
    """
    with Buffers() as buffers:
        digests = [_write_file(placed, folder, tick, buffers) for placed in layout.files]
    _sync_folders(layout, folder)
    lines = (
        f"{sha256}  {'/'.join(placed.path)}\n" for sha256, placed in zip(digests, layout.files, strict=True)
    )
    whole = hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()
    return Written(layout.size, whole, tuple(digests))


def _sync_folders(layout: FolderLayout, folder: Path) -> None:
    """Bring the names of all files to the disk: a medium that is pulled early must not lose them."""
    made = {placed.path[:depth] for placed in layout.files for depth in range(len(placed.path))}
    try:
        for names in sorted(made, key=len, reverse=True):
            sync_folder(folder.joinpath(*names))
    except OSError as error:
        raise _unwritable(folder, error) from error


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk, where the system can. Raises OSError."""
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        except OSError as error:
            # Some file systems of networks and of other systems know it for files only.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(folder)


def _write_file(placed: Placed, folder: Path, tick: Tick | None, buffers: Buffers) -> str:
    """Write a file that is not there yet and bring it to the disk; gives its digest.

    The system is asked to forget it, so that whoever reads it back reads the medium.
    """
    path = folder.joinpath(*placed.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb", buffering=0) as out, Transfer(out, tick, buffers=buffers) as transfer:
            transfer.copy(placed.content, "/".join(placed.path))
            digest = transfer.finish()
            os.fsync(out.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError as error:  # Transfer has made its own errors of those that it met
        raise _unwritable(path, error) from error
    return digest


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written: {error.strerror or error}.",
        "Check the free space and the permissions, or write to another place.",
    )
