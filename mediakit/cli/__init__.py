"""The command line: words in, one job of the public API, an exit status out.

    words -> arguments -> verb -> Answer -> standard output
                            |-> progress -> standard error

This is the only place that reads the environment, installs signal handlers and prints. A
verb returns an `Answer`; how it is delivered, as text or as one JSON document, is decided
once for all verbs. The exit status is 0 done, 1 done with findings, 2 the request is at
fault, 3 it could not be finished, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import ClassVar

from ..errors import Cancelled, MediakitError, UsageError
from ..progress import Cancel
from .answer import STANDARD_OUTPUT, Answer, Context, Form, deliver, failure, survive_any_encoding
from .signals import stopped_by_signals

_NEW_OBJECTS = 250_000
"""So many before cycles are looked for: a job makes few of them, and millions of values that stay."""


class Bug(MediakitError):
    """Something that no part of mediakit foresaw."""

    code: ClassVar[str] = "bug"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(_NEW_OBJECTS)
    if argv is None and not sys.warnoptions:
        # Libraries warn of what is odd in foreign files; what counts of that is said by the rules.
        warnings.simplefilter("ignore")
    survive_any_encoding()
    try:
        return deliver(_answer(words, os.environ))
    except SystemExit as done:  # argparse has printed --help or --version
        return int(done.code or 0)
    except KeyboardInterrupt:  # while the answer was printed
        return Cancelled.exit_status
    finally:
        if argv is None:
            gc.freeze()  # the process ends, and its memory with it: nobody looks for cycles once more


def _answer(words: Sequence[str], environment: Mapping[str, str]) -> Answer:
    """What the command has to say, or why it cannot say it."""
    cancel = Cancel()
    form = _expected_form(words)
    try:
        with stopped_by_signals(cancel):
            # Loading the verbs takes a moment, in which a signal may come already.
            from .line import understand

            line = understand(words, environment)
            form = Form(
                line.args.json,
                getattr(line.args, "progress", "") == "json",
                str(getattr(line.args, "out", "")) == STANDARD_OUTPUT,
            )
            context = Context(
                _job_time(environment), cancel, line.settings, environment, _profile_dirs(environment)
            )
            answer: Answer = line.args.execute(line.args, context)
            return answer.rendered(form)
    except MediakitError as error:
        return failure(error, form)
    except KeyboardInterrupt:
        return failure(Cancelled("Interrupted. Nothing was left behind."), form)
    except Exception as error:  # the last resort: a bug of ours ends in a sentence, not in a traceback
        if environment.get("MEDIAKIT_DEBUG"):
            raise
        what = f"This is a bug in mediakit ({type(error).__name__}: {error})."
        return failure(Bug(what, "Please report it with what MEDIAKIT_DEBUG=1 shows."), form)


def _job_time(environment: Mapping[str, str]) -> datetime | None:
    """The date of everything on the medium from SOURCE_DATE_EPOCH, if that is set."""
    seconds = environment.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {seconds!r}, which is no time.",
            "It counts the seconds since 1970-01-01 00:00 UTC; unset it or correct it.",
        ) from error


def _expected_form(words: Sequence[str]) -> Form:
    """The form that the words ask for, as long as they are not understood, or cannot be."""
    progress = "--progress=json" in words or ("--progress", "json") in pairwise(words)
    aside = any(pair in pairwise(words) for pair in (("-o", STANDARD_OUTPUT), ("--out", STANDARD_OUTPUT)))
    return Form("--json" in words, progress, aside)


def _profile_dirs(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The folders with own profiles: MEDIAKIT_PROFILES, separated as in PATH."""
    return tuple(filter(None, environment.get("MEDIAKIT_PROFILES", "").split(os.pathsep)))
