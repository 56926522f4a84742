"""`mediakit verify`: can this medium be imported, and does it conform?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import mediakit

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
  mediakit verify disc.iso
  mediakit verify /media/cdrom --json
"""

_PROFILES_NAMED = 3
_STATUS = {"conforms": 0, "does-not-conform": 1, "not-judged": 3}
_DIFFERENCES_SHOWN = 10


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
    add("--expect-patient", metavar="WHO", help="exit 1 if it is not 'ID=...;Name=...;BirthDate=...'")
    add("--against", metavar="FILE", help="exit 1 if it is not equal to this image or manifest")
    add(
        "--fail-on", choices=("lost", "error", "warning"), default="error",
        help="what makes the exit status 1: lost instances, errors, or warnings too (default: error)",
    )  # fmt: skip
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
            access=access(args),
            claim=args.claim,
            profile_dirs=profile_dirs(args.profile_dir, context),
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
    return _STATUS[judged.verdict]


def _text(judged: Verification) -> Iterator[str]:
    """First whether it can be imported, then whether it conforms, then why."""
    view = judged.view
    facts = (
        ("Medium", judged.path),
        ("Format", "; ".join(f"{each.evidence.id} ({each.evidence.text})" for each in view.media)),
        ("Size", render.size(view.media[0].size)),
        ("File-set ID", view.id or "(none)"),
        ("Holds", render.totals(judged.contents)),
    )
    names = render.Names.of(judged.contents)
    return render.sections(
        (
            *_patient_words(judged),
            *_against_words(judged),
            _import_words(judged.imports),
            _verdict_words(judged),
        ),
        render.fields(facts),
        render.contents_lines(judged.contents),
        _lost(judged.imports, names),
        *render.findings_sections(judged.findings, names),
    )


def _patient_words(judged: Verification) -> Iterator[str]:
    if judged.patient_matches is False:
        yield "THE PATIENT IS NOT THE ONE EXPECTED, or not the only one."
    elif judged.patient_matches:
        yield "The patient is the one expected."


def _against_words(judged: Verification) -> Iterator[str]:
    compared = judged.comparison
    if compared is None:
        return
    if compared.equal:
        what = "byte by byte" if compared.by == "bytes" else "file by file"
        yield f"The medium equals {compared.path}, {what}."
        return
    count = render.counted(len(compared.differences), "difference")
    yield f"THE MEDIUM DOES NOT EQUAL {compared.path}: {count}."
    shown = compared.differences[:_DIFFERENCES_SHOWN]
    yield from (f"    {each.path or 'the image'}: {each.problem}" for each in shown)
    if len(shown) < len(compared.differences):
        yield f"    and {len(compared.differences) - len(shown):,} more"


def _import_words(imports: ImportSummary) -> str:
    if imports.locked:
        files = render.counted(imports.locked, "file")
        whole = imports.total("instances") - imports.total("lost")
        return f"{files} CANNOT BE OPENED: encrypted. {whole:,} images and documents can be imported."
    whole, lost = imports.total("instances"), imports.total("lost")
    recovered = imports.total("recovered")
    if not whole:
        return "There is nothing to import: no DICOM images or documents were found."
    if lost == whole:
        return f"Nothing can be imported: {render.things(whole)} lost."
    some = "" if recovered == whole - lost else f"{recovered:,} of them "
    searched = f", {some}only by a search past the directory" if recovered else ""
    if lost:
        return f"{whole - lost:,} of {render.things(whole)} can be imported{searched}; {lost:,} lost."
    return f"{'All' if whole > 1 else 'The'} {render.things(whole)} can be imported{searched}."


def _verdict_words(judged: Verification) -> str:
    counts = render.summary_words(judged.summary)
    if judged.verdict == "conforms":
        return f"The medium conforms to {_named(judged.conforms) or 'DICOM'}: {counts}."
    if judged.verdict == "not-judged":
        return f"The medium could not be judged completely: {counts}."
    against = [verdict.profile for verdict in judged.profiles if not verdict.conforms]
    if judged.conforms or not against:
        return f"The medium breaks the DICOM standard: {counts}."
    named = against[0] if len(against) == 1 else f"any of the {len(against)} profiles that were tried"
    return f"The medium does not conform to {named}: {counts}."


def _named(ids: Sequence[str]) -> str:
    """Up to three identifiers, and how many more there are."""
    if len(ids) <= _PROFILES_NAMED:
        return " and ".join(ids)
    return f"{', '.join(ids[:_PROFILES_NAMED])} and {len(ids) - _PROFILES_NAMED} more profiles"


def _lost(imports: ImportSummary, names: render.Names) -> Iterator[str]:
    """The series of which something cannot be imported."""
    rows = [series for series in imports.series if series.lost]
    if rows:
        yield "Lost"
    for series in rows:
        name = names.series.get(series.uid) or series.description or "a series without a name"
        yield f"    {series.lost:>5}  of {series.instances:,}: {name}"
