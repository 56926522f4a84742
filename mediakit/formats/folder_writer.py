"""The files of a medium written into a folder, each brought to the disk before the next is begun."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from ..transfer import Buffers, Transfer
from .tree import Placed, Tick, VolumeTree, Written


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
