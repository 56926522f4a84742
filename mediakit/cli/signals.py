"""Ctrl-C and its relatives as a request to stop, so that a job ends where it leaves nothing behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..progress import Cancel

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Where the system has them: Ctrl-C, the end of the computer's day, a closed terminal, Ctrl-Break."""


@contextmanager
def stopped_by_signals(cancel: Cancel) -> Iterator[None]:
    """Within this context the first signal pulls the token, the second stops at once.

    The job sees the token at its next tick. A signal that comes after its last tick comes
    too late: the result is there and is reported. The second signal raises KeyboardInterrupt
    for a job that no longer ticks, as on a dead network drive.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()

    # Python lets only the main thread handle signals; elsewhere the caller has to stop us.
    names = _STOPPING if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # An ignored signal stays ignored: `nohup` and background jobs of a shell rely on it.
    before = {each: signal.getsignal(each) for each in numbers}
    before = {each: handler for each, handler in before.items() if handler is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
