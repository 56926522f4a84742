"""`mediakit verify`: can this medium be imported, and does it conform?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mediakit

from .. import answers, words
from . import render
from .answer import Answer, Context
from .arguments import profile_choice, profile_dirs, switch
from .progress import shown
from .securing import access, configure_access

if TYPE_CHECKING:
    from ..verification import ImportSummary, Verification

SUMMARY = "judge a medium: can it be imported, does it conform"
DESCRIPTION = "Say what can be imported from a medium, and whether it conforms to the standard."
EXAMPLES = """\
examples:
  mediakit verify /media/cdrom --json
  mediakit verify disc.iso --html report.html
"""

_STATUS = {"conforms": 0, "does-not-conform": 1, "not-judged": 3}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("medium", metavar="MEDIUM", help="a folder or an image file")
    add(
        "--profile", action="append", metavar="ID", default=["auto"],
        help="profile to conform to; repeatable (default: auto, those of the medium)",
    )  # fmt: skip
    add("--claim", metavar="FILE", help="what the conformance statement claims (default: everything)")
    add(
        "--profile-dir",
        action="append",
        metavar="DIR",
        default=[],
        help="folder with own profiles; repeatable",
    )
    add("--html", metavar="FILE", help="also write a report that any browser shows, with previews")
    add("--expect-patient", metavar="WHO", help="exit 1 if it is not 'ID=...;Name=...;BirthDate=...'")
    add("--against", metavar="FILE", help="exit 1 if it is not equal to this image or manifest")
    add(
        "--fail-on", choices=("lost", "error", "warning"), default="error",
        help="what makes the exit status 1: lost instances, errors, or warnings too (default: error)",
    )  # fmt: skip
    switch(add, "--quick", help="read headers only; skips what needs whole files, and says so")
    switch(add, "--force", help="replace a report that is there")
    switch(add, "-q", "--quiet", help="no progress on standard error")
    configure_access(parser.add_argument_group("to open a secure medium"))


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.verify`."""
    profile = profile_choice(args.profile)
    with shown("auto", args.quiet) as progress:
        judged = mediakit.verify(
            args.medium,
            profile=profile,
            expect_patient=args.expect_patient,
            against=args.against,
            html=args.html,
            force=args.force,
            access=access(args),
            claim=args.claim,
            profile_dirs=profile_dirs(args.profile_dir, context),
            quick=args.quick,
            progress=progress,
            cancel=context.cancel,
        )
    return Answer(_status(judged, args.fail_on), judged.to_json, lambda: _text(judged))


def _status(judged: Verification, fail_on: str) -> int:
    """1 beats 3: what is known to be wrong is said before what could not be found out."""
    if judged.patient_matches is False or (judged.comparison and not judged.comparison.equal):
        return 1
    if fail_on == "lost":
        return 1 if judged.imports.total("lost") else 3 if judged.summary.not_checked else 0
    if fail_on == "warning" and judged.summary.warnings:
        return 1
    if judged.verdict == "not-judged" and judged.is_quick and not judged.summary.not_checked:
        return 0  # what the user chose to skip is no failure
    return _STATUS[judged.verdict]


def _text(judged: Verification) -> Iterator[str]:
    """A line for the clerk, one for the engineer, and then why."""
    view = judged.view
    facts = (
        ("Medium", judged.path),
        ("Format", "; ".join(f"{each.evidence.id} ({each.evidence.text})" for each in view.media)),
        ("Size", words.size(view.media[0].size)),
        ("File-set ID", view.id or "(none)"),
        ("Holds", words.totals(judged.contents)),
    )
    names = words.Names.of(judged.contents)
    return render.sections(
        (*answers.on_request(judged), answers.for_the_clerk(judged), answers.for_the_engineer(judged)),
        render.fields(facts),
        render.contents_lines(judged.contents),
        _lost(judged.imports, names),
        *render.findings_sections(judged.findings, names),
    )


def _lost(imports: ImportSummary, names: words.Names) -> Iterator[str]:
    """The series of which something cannot be imported."""
    rows = [series for series in imports.series if series.lost]
    if rows:
        yield "Lost"
    for series in rows:
        name = names.series.get(series.uid) or series.description or "a series without a name"
        yield f"    {series.lost:>5}  of {series.instances:,}: {name}"
