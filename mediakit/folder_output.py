"""A folder or a mounted stick as OUT: the File-set appears complete or not at all.

Everything is written into a hidden folder on the same medium, read back there, and then
moved into place by renames, the DICOMDIR last: a medium without a DICOMDIR is plainly
incomplete, never wrong. Files that are not ours stay as they are.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from .devices.file_system import file_system_of
from .dicomdir import DirectoryView, read_dicomdir
from .dicomfile import IMPLEMENTATION_CLASS_UID
from .errors import InputError, MediumError, OutputError, OutputExists
from .formats.folder import LITTER
from .formats.tree import Path as Names
from .model import FileContent
from .output import check_room, failed, nothing, rename
from .read import DICOMDIR
from .values import text

_PREFIX_SIZE = 132


class FolderOutput:
    """A context that owns a hidden folder beside or inside OUT; without `publish` it is removed.

    `needed` counts bytes; `force` replaces a File-set that mediakit wrote, and nothing else.
    """

    def __init__(self, out: Path, needed: int, force: bool) -> None:
        self._out, self._needed, self._force = out, needed, force
        self.path = out
        self._replaced: tuple[Names, ...] = ()

    def __enter__(self) -> FolderOutput:
        """Look at OUT and make the hidden folder. Raises OutputExists, InputError and OutputError."""
        refuse_read_only(self._out)
        hidden = f".mediakit-{secrets.token_hex(4)}.partial"
        try:
            exists = self._out.exists()
            self._replaced = _replaceable(self._out, self._force) if exists else ()
            home = self._out if exists else self._out.parent
            check_room(home, self._needed)
            path = home / hidden
            path.mkdir()
        except OSError as error:
            raise failed(self._out, error) from error
        self.path = path
        return self

    def publish(self, then: Callable[[], None] = nothing) -> None:
        """Move everything into place, and do what goes with it.

        Raises OutputExists, OutputError and what `then` raises, with OUT as it was.
        """
        try:
            if self._out.exists():
                self._exchange(then)
            else:
                self._appear(then)
        except OSError as error:
            raise failed(self._out, error) from error

    def _appear(self, then: Callable[[], None]) -> None:
        """The hidden folder becomes OUT."""
        rename(self.path, self._out)
        try:
            then()
        except BaseException:
            rename(self._out, self.path)
            raise
        self.path = self._out

    def _exchange(self, then: Callable[[], None]) -> None:
        """Old files of ours out, new ones in, DICOMDIR last; undone when anything fails."""
        entries = sorted(self.path.iterdir(), key=lambda path: (path.name == DICOMDIR, path.name))
        away = self.path / "replaced"
        moves: list[tuple[Path, Path]] = []
        try:
            # The old DICOMDIR goes first: from then on the old File-set is plainly incomplete.
            for names in sorted(self._replaced, key=lambda names: names != (DICOMDIR,)):
                target = away.joinpath(*names)
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(self._out.joinpath(*names), target, moves)
            _remove_empty_folders(self._out, self._replaced)
            _refuse_what_is_in_the_way(self._out / entry.name for entry in entries)
            for entry in entries:
                _move(entry, self._out / entry.name, moves)
            then()
        except BaseException:
            for source, target in reversed(moves):
                source.parent.mkdir(parents=True, exist_ok=True)
                rename(target, source)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path != self._out:
            shutil.rmtree(self.path, ignore_errors=True)


def check_folder(out: Path, force: bool) -> None:
    """Whether a File-set may be written there. Raises OutputExists, InputError and OutputError."""
    refuse_read_only(out)
    try:
        if out.exists():
            _replaceable(out, force)
    except OSError as error:
        raise failed(out, error) from error


def refuse_read_only(out: Path) -> None:
    """Say so before anything else when a medium cannot be written. Raises OutputError."""
    found = file_system_of(out)
    if found and found.read_only:
        raise OutputError(
            f"{out} is read-only: {found.name} at {found.mounted_at}. Nothing was written.",
            "It is write-protected by its switch, or by a policy of this computer: move the switch, or ask "
            "who looks after the computer. A file system with errors is mounted so too.",
        )


def _replaceable(out: Path, force: bool) -> tuple[Names, ...]:
    """The files that go, when the File-set may be written there. Raises OutputExists and InputError."""
    replaced = _ours(out, force)
    _refuse_foreign_instances(out, set(replaced))
    return replaced


def _refuse_what_is_in_the_way(targets: Iterable[Path]) -> None:
    for target in targets:
        if target.exists():
            raise OutputExists(
                f"{target} is in the way; it is not of a File-set that mediakit wrote.",
                "Move it away, or choose another folder. Nothing was changed.",
            )


def _move(source: Path, target: Path, moves: list[tuple[Path, Path]]) -> None:
    rename(source, target)
    moves.append((source, target))


def _ours(out: Path, force: bool) -> tuple[Names, ...]:
    """The files in OUT that belong to a File-set mediakit wrote and `force` may replace."""
    for entry in out.iterdir():
        if entry.name.upper() == DICOMDIR:
            if not force:
                raise OutputExists(
                    f"{out} holds a File-set already.",
                    "`mediakit update` adds to it and removes from it; or choose another folder, or say "
                    "--force to replace a File-set that mediakit wrote there.",
                )
            return _listed(entry)
    return ()


def _listed(directory: Path) -> tuple[Names, ...]:
    """The directory, the README and every file that the directory lists, when mediakit wrote it."""
    try:
        view: DirectoryView | None = read_dicomdir(FileContent.of(directory))
    except MediumError:
        view = None
    if view is None or text(view.instance.file_meta, 0x00020012) != IMPLEMENTATION_CLASS_UID:
        raise OutputExists(
            f"{directory} was not written by mediakit, so it is not replaced.",
            "Move the File-set away, or choose another folder.",
        )
    # A directory that was tampered with could name any file; a legal File ID stays below OUT (PS3.10 8.2).
    ids = (record.file_id.components for record in view.records if record.file_id)
    listed = {each for each in ids if all(re.fullmatch(r"[A-Z0-9_]{1,8}", part) for part in each)}
    names = [(directory.name,), ("README.TXT",), *sorted(listed)]
    return tuple(each for each in names if _is_file_in(directory.parent, each))


def _is_file_in(out: Path, names: Names) -> bool:
    """Whether it is a file below OUT that no link leads to."""
    places = [out.joinpath(*names[:depth]) for depth in range(1, len(names) + 1)]
    return places[-1].is_file() and not any(place.is_symlink() for place in places)


def _refuse_foreign_instances(out: Path, ours: set[Names]) -> None:
    """PS3.3 F.2.1: every DICOM file of a File-set is referenced; a stray one could not be."""
    for path in _files(out):
        if path.relative_to(out).parts in ours:
            continue
        with path.open("rb") as stream:
            if stream.read(_PREFIX_SIZE)[128:] == b"DICM":
                raise InputError(
                    f"{out} holds DICOM files of another origin, such as {path}. Nothing was written.",
                    "They would lie on the medium without being in its directory. Use an empty folder.",
                )


def _files(out: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(out):
        folders[:] = [name for name in folders if name not in LITTER]
        yield from (Path(folder, name) for name in names if name not in LITTER)


def _remove_empty_folders(out: Path, files: tuple[Names, ...]) -> None:
    """Remove the folders that the files left empty, the deepest first."""
    folders = {names[:depth] for names in files for depth in range(1, len(names))}
    for names in sorted(folders, key=len, reverse=True):
        folder = out.joinpath(*names)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
