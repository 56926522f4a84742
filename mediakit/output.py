"""OUT appears complete or not at all: written beside its name, synced, renamed when proved."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .errors import OutputError, OutputExists
from .formats.folder_writer import sync_folder

_RENAME_TRIES = 20
"""A virus scanner may hold a fresh file for a moment on Windows; each try waits 0.1 s."""


def nothing() -> None:
    """What goes with a file that stands alone."""


class Output:
    """A context that owns the temporary file; leaving it without `publish` removes the file."""

    def __init__(self, out: Path, needed: int) -> None:
        self._out = out
        self._needed = needed
        self.path = out
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Output:
        """Make the temporary file. Raises OutputError when the disk lacks room or refuses."""
        folder = self._out.parent
        try:
            check_room(folder, self._needed)
            path = self._out.with_name(f".{self._out.name}.{secrets.token_hex(4)}.partial")
            self._stream = path.open("xb", buffering=0)
        except OSError as error:
            raise failed(self._out, error) from error
        self.path = path
        return self

    @property
    def stream(self) -> BinaryIO:
        """The open temporary file, unbuffered."""
        if self._stream is None:
            raise ValueError("the output is not open")
        return self._stream

    def write(self, data: bytes) -> None:
        """Write all of a small content. Raises OutputError when the disk refuses."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self.stream.write(rest) :]
        except OSError as error:
            raise failed(self._out, error) from error

    def close(self) -> None:
        """Bring every byte to the disk and close. Raises OutputError when the disk refuses."""
        if self._stream is not None:
            try:
                os.fsync(self._stream.fileno())
                self._stream.close()
            except OSError as error:
                raise failed(self._out, error) from error
            self._stream = None

    def publish(self, force: bool, then: Callable[[], None] = nothing) -> None:
        """Give the file its name, and do what goes with it; a new file without that is taken back.

        Without `force` a file that appeared meanwhile is kept. Raises OutputExists, OutputError
        and what `then` raises.
        """
        is_new = not self._out.exists()
        appeared = OutputExists(f"{self._out} appeared while the job ran.", "Choose another name.")
        if not (force or is_new):
            raise appeared
        try:
            if force or not _linked(self.path, self._out):
                rename(self.path, self._out)
        except FileExistsError:
            raise appeared from None
        except OSError as error:
            raise failed(self._out, error) from error
        try:
            then()
        except BaseException:
            # What was replaced is gone; the new file, which is whole, is better than none.
            if is_new:
                self._out.unlink(missing_ok=True)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
        if self.path != self._out:
            self.path.unlink(missing_ok=True)


def _linked(source: Path, target: Path) -> bool:
    """Give the file its name as a hard link, which never replaces anything; False where there are none.

    Raises FileExistsError when there is a file of that name by now.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        return False
    sync_folder(target.parent)
    return True


def check_room(folder: Path, needed: int) -> None:
    """Raise OutputError when the disk of the folder has fewer free bytes than needed, and OSError."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{folder} has {free:,} bytes free; {needed:,} are needed. Nothing was written.",
            "Free some space or write to another disk.",
        )


def failed(out: Path, error: OSError) -> OutputError:
    """The system's reason for not writing as an OutputError that says what to do."""
    reason = error.strerror or str(error)
    full = error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
    advice = "Free some space or write to another disk." if full else "Check the folder and its permissions."
    return OutputError(f"{out} cannot be written: {reason}.", f"{advice} Nothing was left behind.")


def rename(source: Path, target: Path) -> None:
    """Rename and make it last; on Windows, wait while a scanner holds the file. Raises OSError."""
    for attempt in range(_RENAME_TRIES):
        try:
            source.replace(target)
            break
        except PermissionError:
            if os.name != "nt" or attempt == _RENAME_TRIES - 1:
                raise
            time.sleep(0.1)
    sync_folder(target.parent)
