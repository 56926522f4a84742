"""Files that appear in a folder together or not at all: written into a hidden one, then moved."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from .output import check_room, failed, nothing, rename


class PartialFolder:
    """A context that owns a hidden folder inside `out`; without `publish` nothing stays of it.

    `needed` counts bytes. `out` is made when it is not there.
    """

    def __init__(self, out: Path, needed: int) -> None:
        self._out, self._needed = out, needed
        self._made = False
        self._published = False
        self.path = out

    def __enter__(self) -> PartialFolder:
        """Make the hidden folder. Raises OutputError when the disk lacks room or refuses."""
        try:
            check_room(self._out if self._out.exists() else self._out.parent, self._needed)
            self._made = not self._out.exists()
            self._out.mkdir(exist_ok=True)
            path = self._out / f".mediakit-{secrets.token_hex(4)}.partial"
            path.mkdir()
        except OSError as error:
            self._remove_own()
            raise failed(self._out, error) from error
        self.path = path
        return self

    def publish(self, names: Iterable[str], then: Callable[[], None] = nothing) -> None:
        """Move the files of these relative paths into place, and do what goes with it.

        A file that is there is replaced. Raises OutputError and what `then` raises, with `out` as
        it was.
        """
        moves: list[tuple[Path, Path]] = []
        try:
            for name in names:
                target, kept = self._out / name, self.path / "replaced" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists():
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    _move(target, kept, moves)
                _move(self.path / name, target, moves)
            then()
        except BaseException as error:
            for source, target in reversed(moves):
                target.replace(source)
            if isinstance(error, OSError):
                raise failed(self._out, error) from error
            raise
        self._published = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path != self._out:
            shutil.rmtree(self.path, ignore_errors=True)
        if not self._published:
            self._remove_own()

    def _remove_own(self) -> None:
        """Take back the folder that was made, with the empty folders in it."""
        if not self._made or not self._out.is_dir():
            return
        below = sorted(
            (path for path in self._out.rglob("*") if path.is_dir()), key=lambda path: -len(path.parts)
        )
        for folder in (*below, self._out):
            if not any(folder.iterdir()):
                folder.rmdir()


def _move(source: Path, target: Path, moves: list[tuple[Path, Path]]) -> None:
    rename(source, target)
    moves.append((source, target))
