"""`mediakit update`: instances onto a medium and off it, everything else as it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import mediakit

from .. import words
from ..errors import ConformanceError, UsageError
from ..report import Outcome
from . import render
from .answer import Answer, Context
from .arguments import keyword_value, profile_choice, profile_dirs, switch
from .progress import shown
from .selecting import configure_selection, selection

if TYPE_CHECKING:
    from mediakit import Selection

    from ..creation import Creation
    from ..update_result import Update

SUMMARY = "add to a medium and remove from it"
DESCRIPTION = (
    "Change a File-set in a folder, on a mounted stick or in a FAT image in place, or any other in a new "
    "image. It keeps its File-set UID, and files that stay are not touched."
)
EXAMPLES = """\
examples:
  mediakit update /media/stick --add new-study
  mediakit update disc.iso --remove --accession 4711 -o new-disc.iso
"""

_NAMED = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("medium", metavar="MEDIUM", help="a folder, a mounted stick, or an image")
    add("--add", nargs="+", action="extend", metavar="SOURCE", default=[], help="what comes onto it")
    add(
        "--remove", nargs="*", action="extend", metavar="UID",
        help="studies, series and instances that go, or what the selection below says",
    )  # fmt: skip
    add("-o", "--out", metavar="OUT", help="a new medium with the change (default: change MEDIUM itself)")
    switch(add, "--force", help="replace OUT if it exists")
    add(
        "--profile", action="append", metavar="ID", default=["auto"],
        help="application profile that it must conform to; repeatable (default: auto)",
    )  # fmt: skip
    add(
        "--profile-dir", action="append", metavar="DIR", default=[],
        help="folder with own profiles; repeatable",
    )  # fmt: skip
    add(
        "--supply", action="append", type=keyword_value, metavar="KEYWORD=VALUE", default=[],
        help="a value that new instances lack, for the directory only; repeatable",
    )  # fmt: skip
    switch(add, "--multi-patient", help="allow a patient who is not on it yet")
    switch(add, "--same-patient", help="one Patient ID under two names is one person")
    switch(add, "-q", "--quiet", help="no progress on standard error")
    add("--progress", choices=("auto", "json"), default="auto", help="json: one JSON object a line")
    configure_selection(
        parser.add_argument_group("what --remove removes; with UIDs, only what is selected of them")
    )


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.update`, but for what does not fit."""
    try:
        with shown(args.progress, args.quiet) as progress:
            done = mediakit.update(
                args.medium,
                add=args.add,
                remove=args.remove or (),
                remove_selected=_selected(args),
                out=args.out,
                profile=profile_choice(args.profile),
                supply=dict(args.supply),
                multi_patient=args.multi_patient,
                same_patient=args.same_patient,
                force=args.force,
                created=context.created,
                profile_dirs=profile_dirs(args.profile_dir, context),
                progress=progress,
                cancel=context.cancel,
            )
    except ConformanceError as error:
        refused = error.result
        return Answer(error.exit_status, refused.to_json, lambda: _refusal(refused), error)
    return Answer(0, done.to_json, lambda: _text(done))


def _selected(args: argparse.Namespace) -> Selection | None:
    """What --remove is narrowed to; None for its UIDs as they are. Raises UsageError."""
    found = selection(args)
    if args.remove is None and found != mediakit.Selection():
        raise UsageError(
            "The selection names what is removed, but there is no --remove. Nothing was changed.",
            "Say --remove with it; --add takes all that its sources hold.",
        )
    return found if args.remove == [] or found != mediakit.Selection() else None


def _text(done: Update) -> Iterator[str]:
    """What came, what went, and what is on the medium now."""
    names = words.Names.of(done.contents)
    said = [
        f"{done.path} is {'changed' if done.in_place else 'finished'}: {len(done.added):,} added, "
        f"{len(done.removed):,} removed; it holds {words.totals(done.contents)}."
    ]
    there = words.counted(done.folded, "instance") if done.folded else ""
    facts = (
        ("File-set ID", done.file_set_id),
        ("Profile", _named(done.profiles)),
        ("There already", there),
        ("Read back", "every file is there; what was there is unchanged"),
    )
    notes = [finding for finding in done.findings if finding.outcome is Outcome.FAILED]
    return render.sections(
        said,
        render.contents_lines(done.contents),
        _gone(done),
        render.fields(facts),
        *render.findings_sections(notes, names),
    )


def _gone(done: Update) -> Iterator[str]:
    """What is not on the medium any more."""
    if done.removed_contents:
        yield "Removed"
        yield from (f"  {line}" for line in render.contents_lines(done.removed_contents))


def _named(profiles: Sequence[str]) -> str:
    """The first few, and how many more there are: a folder may be of any medium."""
    more = f" and {len(profiles) - _NAMED} more" if len(profiles) > _NAMED else ""
    return ", ".join(profiles[:_NAMED]) + more


def _refusal(refused: Creation) -> Iterator[str]:
    """Why nothing was changed."""
    yield f"What does not fit ({len(refused.left_out):,})"
    for each in refused.left_out:
        yield f"  {each.rule}  {each.reason}"
        yield f"             {each.source}"
