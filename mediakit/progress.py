"""What a running job tells its caller, and how the caller stops it.

Every stage that takes long takes a `progress` callback and a `cancel` token. Stages never
print; who shows the figures, and how, is the caller's business.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import Cancelled

if TYPE_CHECKING:
    from .contents import PatientContents


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come, in its own unit (files or bytes).

    `total` is None as long as nobody knows it: a folder that is still being listed. `contents`
    comes once, with the stage "directory": what the DICOMDIR promises, before any file was read.
    """

    stage: str
    done: int
    total: int | None
    contents: tuple[PatientContents, ...] = ()


ProgressCallback = Callable[[Progress], None]
"""Called from the thread of the job; an exception it raises stops the job."""


class Cancel:
    """A token that stops the job that checks it; any thread may pull it."""

    def __init__(self) -> None:
        self._pulled = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._pulled.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._pulled.is_set()

    def check(self) -> None:
        """Return at once, or raise Cancelled when somebody asked the job to stop."""
        if self._pulled.is_set():
            raise Cancelled("The job was stopped.", "Start it again when it suits you.")


@dataclass(frozen=True, slots=True)
class Watch:
    """A caller's callback and token, as one value that a stage can ask for its ticks."""

    progress: ProgressCallback | None = None
    cancel: Cancel | None = None

    def check(self) -> None:
        """Return at once, or raise Cancelled when somebody pulled the token."""
        if self.cancel:
            self.cancel.check()

    def tell_contents(self, contents: Callable[[], tuple[PatientContents, ...]]) -> None:
        """Report what the directory promises, to who listens."""
        if self.progress:
            promised = contents()
            count = sum(patient.instances for patient in promised)
            self.progress(Progress("directory", count, count, promised))

    def ticks(self, stage: str, total: int | None) -> Callable[[int], None]:
        """A function that is told how much was just done; it reports, and stops a cancelled job."""
        done = 0

        def tick(amount: int) -> None:
            nonlocal done
            done += amount
            self.check()
            if self.progress:
                self.progress(Progress(stage, done, total))

        return tick
