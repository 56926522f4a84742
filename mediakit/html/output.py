"""The file of the report: refused in time, written beside its name, renamed when it is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..errors import OutputExists, UsageError


def check_report(out: Path | None, sources: Iterable[Path], force: bool) -> None:
    """Refuse before anything is read. Raises UsageError and OutputExists.

    A report that is there is replaced with `force` only, a source never.
    """
    if out is None:
        return
    if not out.parent.is_dir():
        raise UsageError(f"The folder {out.parent} does not exist.", "Create it first, or correct --html.")
    if out.is_dir():
        raise OutputExists(f"{out} is a folder.", "Choose another name for the report.")
    if any(out.resolve().is_relative_to(each.resolve()) for each in sources):
        # No source is ever changed, neither an image nor what lies in a folder.
        raise UsageError(f"{out} is or lies in what is to be read.", "Write the report to another place.")
    if out.exists() and not force:
        raise OutputExists(f"{out} exists already.", "Choose another name, or say --force to replace it.")


@contextmanager
def report_file(
    out: Path | None, page: Callable[[], str], force: bool, then: Callable[[], None] = lambda: None
) -> Iterator[Callable[[], None]]:
    """The page in a file beside its name; gives the function that publishes it and then does `then`.

    Without `out` no page is made. Raises OutputError and OutputExists.
    """
    if out is None:
        yield then
        return
    from ..output import Output  # with all that a writer needs

    data = page().encode("utf-8", "backslashreplace")
    with Output(out, len(data)) as output:
        output.write(data)
        output.close()
        yield partial(output.publish, force, then)
