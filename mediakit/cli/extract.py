"""`mediakit extract`: the instances off a medium, unchanged, and what is missing."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mediakit

from .. import answers, words
from ..errors import UsageError
from ..report import Outcome
from . import render
from .answer import Answer, Context
from .arguments import switch
from .progress import shown
from .securing import access, configure_access
from .selecting import configure_selection, selection

if TYPE_CHECKING:
    from ..extraction import Extraction

SUMMARY = "copy the instances off a medium"
DESCRIPTION = "Copy the instances of a medium into a folder, unchanged, and say what is missing."
EXAMPLES = """\
examples:
  mediakit extract disc.iso -o images
  mediakit extract /media/cdrom -o images --modality CT --names uid
"""

_REASONS_SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("medium", metavar="MEDIUM", help="a folder or an image file")
    add("-o", "--out", metavar="DIR", help="the folder to put them in")
    add(
        "--names", choices=("short", "file-id", "uid"), default="short",
        help="P001/ST01/SE01/IM0001.dcm, as on the medium, or by UID (default: short)",
    )  # fmt: skip
    add("--manifest", metavar="FILE", help="also write the result as JSON, with every path and digest")
    add("--html", metavar="FILE", help="also write a report that any browser shows, with previews")
    switch(add, "--force", help="replace files that hold something else")
    switch(add, "-q", "--quiet", help="no progress on standard error")
    add("--progress", choices=("auto", "json"), default="auto", help="json: one JSON object a line")
    secure = parser.add_argument_group("to open a secure medium")
    configure_access(secure)
    switch(secure.add_argument, "--unchecked", help="also take what cannot be proved to be unchanged")
    configure_selection(parser.add_argument_group("only some of it"))


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.extract`."""
    if not args.out:
        raise UsageError("There is no DIR.", "Say where to put the instances: -o images")
    with shown(args.progress, args.quiet) as progress:
        done = mediakit.extract(
            args.medium,
            args.out,
            names=args.names,
            selection=selection(args),
            manifest=args.manifest,
            html=args.html,
            force=args.force,
            access=access(args, args.unchecked),
            progress=progress,
            cancel=context.cancel,
        )
    return Answer(0 if done.complete else 1, done.to_json, lambda: _text(done))


def _text(done: Extraction) -> Iterator[str]:
    """How many there are, which series lack something, and what was done to find them."""
    return render.sections(
        _result(done), render.contents_lines(done.contents), _incomplete(done), _recovered(done), _rest(done)
    )


def _result(done: Extraction) -> Iterator[str]:
    there = sum(not each.written for each in done.instances)
    yield answers.extraction_words(done)
    if there:
        yield f"{words.counted(there, 'file')} of them {'was' if there == 1 else 'were'} there already."
    if done.not_selected:
        yield f"Not selected: {words.counted(done.not_selected, 'instance')}."


def _incomplete(done: Extraction) -> Iterator[str]:
    """The series that lack something, and why."""
    if done.missing:
        yield f"MISSING ({len(done.missing):,})"
    for series in done.series:
        if series.extracted < series.expected:
            lacking = series.expected - series.extracted
            name = (
                f"series {series.description!r}"
                if series.description
                else f"series {series.uid or 'unknown'}"
            )
            yield f"  {lacking:,} of {words.counted(series.expected, 'instance')}: {name} is incomplete"
    reasons = Counter(each.reason for each in done.missing)
    yield from (f"  {count:>6}  {reason}" for reason, count in reasons.most_common(_REASONS_SHOWN))


def _recovered(done: Extraction) -> Iterator[str]:
    ways = Counter(each.recovery for each in done.instances)
    del ways["none"]
    if ways:
        yield f"Recovered ({ways.total():,})"
    yield from (f"  {count:>6}  {words.RECOVERED_BY[way]}" for way, count in ways.items())


def _rest(done: Extraction) -> Iterator[str]:
    """Further files of an instance, and that there is more to know."""
    for each in done.repeated:
        what = "the same instance again" if each.same else "ANOTHER VERSION of an instance, not extracted"
        yield f"{each.source}: {what} ({each.sop_instance})"
    if any(each.outcome is Outcome.FAILED for each in done.findings):
        yield f"The medium breaks the standard or its advice; `mediakit verify {done.medium}` says how."
    elif done.findings:
        yield f"Not everything could be checked; `mediakit verify {done.medium}` says what."
