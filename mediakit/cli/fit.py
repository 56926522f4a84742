"""`mediakit fit`: which application profiles take these instances, and what stops the others."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import mediakit

from .. import words
from . import render
from .answer import Answer, Context
from .arguments import profile_dirs, switch
from .progress import shown

if TYPE_CHECKING:
    from ..fit_result import FitResult, ProfileFit

SUMMARY = "show which profiles fit, and what stops the others"
DESCRIPTION = "Hold DICOM files against every application profile, as they are; nothing is written."
EXAMPLES = """\
examples:
  mediakit fit patient-folder
  mediakit fit patient-folder --claim claim.toml --json
"""

_CAUSES_SHOWN = 3
_WIDTH = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="folder, file, ZIP, image or device, or @list.txt")
    add("--claim", metavar="FILE", help="what the conformance statement claims (default: everything)")
    add(
        "--profile-dir", action="append", metavar="DIR", default=[],
        help="folder with own profiles; repeatable",
    )  # fmt: skip
    switch(add, "-q", "--quiet", help="no progress on standard error")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Judge the instances. Raises the errors of `mediakit.fit`."""
    with shown("auto", args.quiet) as progress:
        found = mediakit.fit(
            args.sources,
            claim=args.claim,
            profile_dirs=profile_dirs(args.profile_dir, context),
            progress=progress,
            cancel=context.cancel,
        )
    return Answer(0, found.to_json, lambda: _text(found))


def _text(found: FitResult) -> Iterator[str]:
    count = words.things(found.instances)
    fitting = [each for each in found.profiles if each.fits]
    others = [each for each in found.profiles if not each.fits]
    yield f"{len(fitting)} of {len(found.profiles)} profiles take all of {count}."
    yield from (f"{len(found.damaged)} files are damaged and were not judged.",) if found.damaged else ()
    if found.missing:
        gone = words.counted(len(found.missing), "instance")
        yield f"{gone} MISSING: the DICOMDIR refers to them, but no source holds them."
    yield from found.notes
    if fitting:
        yield ""
        yield "Fits"
        rows = ((each.profile.id, ", ".join(each.profile.media), each.profile.name) for each in fitting)
        yield from (f"  {line}" for line in list(render.table(("profile", "medium", "name"), rows))[2:])
    if adapted := [each.profile.id for each in others if each.fits_adapted]:
        yield ""
        yield "Fits after the changes that create makes without loss"
        yield from (f"  {line}" for line in wrap(", ".join(adapted), _WIDTH, break_on_hyphens=False))
    if others:
        yield ""
        yield "Does not fit as it is" if adapted else "Does not fit"
    for names, each in _alike(others):
        yield from _stopped(names, each)


def _alike(others: Sequence[ProfileFit]) -> Iterator[tuple[list[str], ProfileFit]]:
    """Profiles that differ in their medium only are stopped by the same: together, under the first."""
    groups: dict[object, list[ProfileFit]] = {}
    for each in others:
        said = ((s.message.replace(each.profile.id, ""), s.instances, s.citation) for s in each.stops)
        groups.setdefault(tuple(said), []).append(each)
    for group in groups.values():
        yield [each.profile.id for each in group], group[0]


def _stopped(names: Sequence[str], each: ProfileFit) -> Iterator[str]:
    for line in wrap(", ".join(names), _WIDTH, break_on_hyphens=False):
        yield f"  {line}"
    for stop in each.stops[:_CAUSES_SHOWN]:
        parts = [words.counted(stop.series, "series")] if stop.series else []
        parts.append(words.counted(stop.instances, "instance"))
        said = stop.message.replace(each.profile.id, "it") if len(names) > 1 else stop.message
        yield f"      {', '.join(parts)}: {said} ({stop.citation})"
    if len(each.stops) > _CAUSES_SHOWN:
        yield f"      and {len(each.stops) - _CAUSES_SHOWN} more causes, see --json"
