"""What a verb answers, and how every answer is delivered."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .. import __version__
from ..errors import MediakitError
from ..printable import printable
from ..progress import Cancel

if TYPE_CHECKING:
    from .settings import Settings

STANDARD_OUTPUT = "-"
"""The name of OUT by which a medium goes to standard output."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a verb gets beside its arguments; `created` is the job's date if one is prescribed.

    `profile_dirs` are the folders with own profiles that the environment names.
    """

    created: datetime | None
    cancel: Cancel
    settings: Settings
    environment: Mapping[str, str]
    profile_dirs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Who reads the two streams: a person, or a program that wants JSON.

    `result_aside` says that standard output is for the medium itself; the result then goes to
    standard error.
    """

    result_is_json: bool = False
    progress_is_json: bool = False
    result_aside: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The exit status and the result, as a document for programs and as lines for people.

    Both are made only when asked for. `error` is what stopped the job; it is said on
    standard error beside the result. `body` is the result as it will be printed, in `form`.
    """

    status: int
    document: Callable[[], Mapping[str, Any]]
    lines: Callable[[], Iterable[str]]
    error: MediakitError | None = None
    form: Form = Form()
    body: str = ""

    def rendered(self, form: Form) -> Answer:
        """The answer with its body made in that form."""
        if form.result_is_json:
            import json

            body = json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"
        else:
            body = "".join(f"{printable(line)}\n" for line in self.lines())
        return replace(self, form=form, body=body)


def failure(error: MediakitError, form: Form) -> Answer:
    """The answer when there is nothing but an error to report."""
    document = error_document(error)
    return Answer(error.exit_status, lambda: document, lambda: (), error).rendered(form)


def error_document(error: MediakitError) -> dict[str, str]:
    """The document `mediakit/error/1`."""
    return {
        "schema": "mediakit/error/1",
        "mediakit": __version__,
        "code": error.code,
        "message": error.message,
        "advice": error.advice,
    }


def deliver(answer: Answer) -> int:
    """Print result and error and return the exit status; a reader that went away changes nothing."""
    status = answer.status
    out = sys.stderr if answer.form.result_aside else sys.stdout
    try:
        _write_result(out, answer.body, answer.form.result_is_json)
    except OSError as error:
        abandon(out)
        # Windows calls a pipe without a reader an invalid argument.
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            print(f"mediakit: the result could not be printed: {error.strerror}.", file=sys.stderr)
            status = max(status, 3)
    try:
        if answer.error:
            _write_error(answer.error, answer.form.progress_is_json)
        sys.stderr.flush()
    except OSError:
        abandon(sys.stderr)
    return status


def _write_result(out: TextIO, body: str, as_json: bool) -> None:
    if as_json and isinstance(out, io.TextIOWrapper):
        out.flush()
        # A file name that is not UTF-8 comes as a lone surrogate; its backslash escape is JSON too.
        out.buffer.write(body.encode("utf-8", "backslashreplace"))
    else:
        out.write(body)
    out.flush()


def _write_error(error: MediakitError, as_json: bool) -> None:
    if as_json:
        import json

        sys.stderr.write(json.dumps(error_document(error)) + "\n")
    else:
        first, *more = [*error.message.split("\n"), *error.advice.split("\n")]
        sys.stderr.write(f"mediakit: {printable(first)}\n")
        # Lines that are not the first are set in: a name with a line end in it cannot pass for a message.
        sys.stderr.writelines(f"  {printable(line)}\n" for line in more if line)


def abandon(stream: Any) -> None:
    """Let what is still buffered go nowhere, else the interpreter complains when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def survive_any_encoding() -> None:
    """Show what the console's encoding lacks as a backslash escape instead of failing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller, or a Windows program without a console
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
