"""How a running job shows itself on standard error: a bar, a line a stage, JSON lines, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from ..progress import Progress, ProgressCallback

_WORDS = {
    "scan": "Reading the sources",
    "icons": "Drawing icons",
    "previews": "Drawing previews",
    "judge": "Checking every instance against the profile",
    "deflate": "Measuring what deflating saves",
    "write": "Writing",
    "read back": "Reading back what was written",
    "directory": "Reading the directory",
    "check": "Checking the medium",
    "burn": "Writing the medium",
    "next disc": "Waiting for the next blank disc",
    "robot": "Waiting for the robot",
}
"""What the stages are called for people."""

_INTERVAL = 0.1
"""Seconds between two reports of the same stage: an eye and a script need no more."""


@contextmanager
def shown(mode: str, quiet: bool, stream: TextIO | None = None) -> Iterator[ProgressCallback | None]:
    """The callback to give to a job; `mode` is `json` or `auto`. The display ends with the context."""
    out = stream or sys.stderr
    if mode == "json":
        yield _spaced(lambda event, _: _json_line(event, out))
    elif quiet:
        yield None
    elif out.isatty():
        with _bar() as bar:
            yield _spaced(bar)
    else:
        yield _spaced(lambda event, is_new: _line(event, out) if is_new else None)


def _spaced(show: Callable[[Progress, bool], None]) -> ProgressCallback:
    """Pass on the first and the last event of every stage, and others now and then.

    `show` is also told whether the stage is new.
    """
    stage = ""
    due = 0.0

    def callback(event: Progress) -> None:
        nonlocal stage, due
        now = time.monotonic()
        if event.stage != stage or event.done == event.total or now >= due:
            show(event, event.stage != stage)
            stage, due = event.stage, now + _INTERVAL

    return callback


def _words(stage: str) -> str:
    return _WORDS.get(stage, stage.capitalize())


def _json_line(event: Progress, out: TextIO) -> None:
    import json

    _say(json.dumps({"stage": event.stage, "done": event.done, "total": event.total}), out)


def _line(event: Progress, out: TextIO) -> None:
    _say(f"{_words(event.stage)} ...", out)


def _say(line: str, out: TextIO) -> None:
    with suppress(OSError):  # nobody listens any more: that is no reason to stop the job
        out.write(f"{line}\n")
        out.flush()


@contextmanager
def _bar() -> Iterator[Callable[[Progress, bool], None]]:
    """A bar on the terminal that goes away when the job is done."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)

        def show(event: Progress, is_new: bool) -> None:
            if is_new:
                bars.reset(task, total=event.total, description=_words(event.stage))
            bars.update(task, completed=event.done, total=event.total)

        yield show
