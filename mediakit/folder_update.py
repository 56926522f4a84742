"""A File-set in a folder or on a mounted stick, changed in place.

    new files into a hidden folder -> read back there -> into place by one rename ->
    DICOMDIR replaced by one rename -> removed files deleted

Files that stay are not touched. Stopped before the second rename, the medium is the old File-set,
perhaps beside files that no record names; after it the new one, perhaps beside files that are no
longer named: such files are found by `verify` (PS3.3 F.2.1), never believed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from .errors import OutputError, ReadBackError
from .folder_output import refuse_read_only
from .formats.folder_writer import plan_folder, sync_folder, write_folder
from .formats.tree import Path as Names
from .formats.tree import VolumeFile, VolumeTree
from .model import FileContent
from .output import check_room, failed, rename
from .progress import Watch
from .read import DICOMDIR
from .transfer import digest


def update_folder(root: Path, files: Sequence[VolumeFile], removed: Sequence[Names], watch: Watch) -> None:
    """Put the new files and the new DICOMDIR in place, then delete what goes.

    `files` are the new ones with the DICOMDIR. Raises OutputError, ReadBackError, SourceChanged,
    SourceUnreadable and Cancelled with the medium as it was.
    """
    refuse_read_only(root)
    layout = plan_folder(VolumeTree(tuple(files)))
    hidden = root / f".mediakit-{secrets.token_hex(4)}.partial"
    try:
        check_room(root, layout.size)
        hidden.mkdir()
        try:
            written = write_folder(layout, hidden, watch.ticks("write", layout.size))
            for placed, sha256 in zip(layout.files, written.files, strict=True):
                if digest(FileContent.of(hidden.joinpath(*placed.path))) != sha256:
                    name = "/".join(placed.path)
                    raise ReadBackError(f"{name} read back is not what was written.", "Try another medium.")
            watch.check()  # the last moment at which nothing has happened yet
            _put_in_place(root, hidden)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise failed(root, error) from error
    _delete(root, removed)


def _put_in_place(root: Path, hidden: Path) -> None:
    """New folders first, the DICOMDIR last; taken back when that fails."""
    moved: list[Path] = []
    try:
        for entry in sorted(hidden.iterdir()):
            if entry.name != DICOMDIR:
                rename(entry, root / entry.name)
                moved.append(entry)
        rename(hidden / DICOMDIR, root / DICOMDIR)
    except BaseException:
        for entry in moved:
            rename(root / entry.name, entry)
        raise


def _delete(root: Path, removed: Sequence[Names]) -> None:
    """Delete the files that no record names any more, and folders that this leaves empty."""
    try:
        for names in removed:
            root.joinpath(*names).unlink()
        folders = {names[:depth] for names in removed for depth in range(1, len(names))}
        for names in sorted(folders, key=len, reverse=True):
            folder = root.joinpath(*names)
            if not any(folder.iterdir()):
                folder.rmdir()
        sync_folder(root)
    except OSError as error:
        raise OutputError(
            f"{error.filename} cannot be deleted: {error.strerror or error}.",
            "The directory does not name it any more; delete it by hand, and verify the medium.",
        ) from error
