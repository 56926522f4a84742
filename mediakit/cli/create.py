"""`mediakit create`: any heap of DICOM in, one finished and verified medium out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import mediakit

from ..errors import ConformanceError, UsageError
from ..report import Outcome, Severity
from . import render
from .answer import Answer, Context
from .arguments import keyword_value, profile_choice, size
from .progress import shown

if TYPE_CHECKING:
    from ..creation import Creation, Ignored, LeftOut, Volume

SUMMARY = "make a patient medium from DICOM files"
DESCRIPTION = "Write DICOM files as one File-set into an image, and prove it by reading it back."
EXAMPLES = """\
examples:
  mediakit create patient-folder -o disc.iso
  mediakit create study.zip more -o disc.iso --leave-out --supply PatientID=123
"""

_THE_JOB = "create makes one finished patient medium out of any heap of DICOM files."
_HOW = """\
Say what goes on it and what to write: mediakit create FOLDER -o disc.iso
Sources are folders, files, ZIPs and lists (@list.txt); what is not DICOM is ignored and listed.
Sources are never changed; if anything does not fit, nothing is written and you are told why.
`mediakit create --help` shows every option."""

_IGNORED_NAMED = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("sources", nargs="*", metavar="SOURCE", help="folder, file, ZIP, or @list.txt with one name a line")
    add("-o", "--out", metavar="OUT", help="the image to write, such as disc.iso")
    add("--profile", action="append", metavar="ID", help="application profile; repeatable (default: auto)")
    add("--medium", metavar="WORD", help="kind of medium, see `mediakit formats` (default: by OUT)")
    add("--format", metavar="WORD", help="media format (default: the first of the medium)")
    add("--capacity", type=size, metavar="SIZE", help="bytes, or a number with MB, MiB, GB, GiB")
    add("--file-set-id", metavar="ID", help="up to 16 of A-Z, 0-9 and _ (default: made from the contents)")
    add("--leave-out", action="store_true", help="write what fits and list what does not (exit status 1)")
    add(
        "--supply", action="append", type=keyword_value, metavar="KEYWORD=VALUE", default=[],
        help="a value that instances lack, for the directory only; repeatable",
    )  # fmt: skip
    add("--force", action="store_true", help="replace OUT if it exists")
    add("-q", "--quiet", action="store_true", help="no progress on standard error")
    add("--progress", choices=("auto", "json"), default="auto", help="json: one JSON object a line")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.create`, but for what does not fit."""
    if not args.sources and not args.out:
        raise UsageError(_THE_JOB, _HOW)
    if not args.sources:
        raise UsageError("There is no SOURCE.", "Name what goes on it: mediakit create FOLDER -o disc.iso")
    if not args.out:
        raise UsageError("There is no OUT.", "Say what to write: -o disc.iso")
    profile, supply = profile_choice(args.profile), _supplied(args.supply)
    try:
        with shown(args.progress, args.quiet) as progress:
            made = mediakit.create(
                args.sources,
                args.out,
                profile=profile,
                medium=args.medium,
                format=args.format,
                capacity=args.capacity,
                file_set_id=args.file_set_id,
                supply=supply,
                leave_out=args.leave_out,
                force=args.force,
                created=context.created,
                progress=progress,
                cancel=context.cancel,
            )
    except ConformanceError as error:
        refused = error.result
        return Answer(error.exit_status, refused.to_json, lambda: _rejected(refused), error)
    return Answer(0 if made.complete else 1, made.to_json, lambda: _text(made))


def _supplied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UsageError("--supply names a keyword twice.", "Give one value for each keyword.")
    return found


def _text(made: Creation) -> Iterator[str]:
    """What was written, what was not, and whether it was found in order."""
    for volume in made.volumes:
        yield from _volume(volume, made)
    yield from _rejected(made)


def _volume(volume: Volume, made: Creation) -> Iterator[str]:
    conforms = " and ".join(made.conforms)
    verdict = f"every file is there and unchanged; conforms to {conforms}" if made.verified else ""
    yield f"{volume.path} is finished: {render.totals(volume.contents)}."
    yield ""
    yield from render.contents_lines(volume.contents)
    yield ""
    yield from render.fields(
        (
            ("File-set ID", volume.file_set_id),
            ("Size", render.size(volume.size)),
            ("Profile", made.why),
            ("Read back", verdict),
        )
    )


def _rejected(made: Creation) -> Iterator[str]:
    """What did not go onto the medium, and what the rules remark."""
    yield from _left_out(made.left_out)
    yield from _ignored(made.ignored)
    names = render.Names.of([patient for volume in made.volumes for patient in volume.contents])
    # An error that kept an instance out is said above, where the instance is listed.
    remarks = [f for f in made.findings if f.severity is not Severity.ERROR and f.outcome is Outcome.FAILED]
    yield from render.findings_lines(remarks, names)


def _left_out(left_out: Sequence[LeftOut]) -> Iterator[str]:
    from ..rules import RULES

    groups: dict[tuple[str, str], list[str]] = {}
    for each in left_out:
        groups.setdefault((each.rule, each.reason), []).append(each.source)
    if groups:
        yield ""
        yield f"Left out ({len(left_out):,})"
    for (rule, reason), sources in groups.items():
        yield f"  {rule}  {reason} ({render.counted(len(sources), 'file')})"
        if rule in RULES:
            yield f"            {RULES[rule].citation}. {RULES[rule].advice}"
        yield from (f"            {source}" for source in sources)


def _ignored(ignored: Sequence[Ignored]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for each in ignored:
        groups.setdefault(each.reason, []).append(each.source)
    if groups:
        yield ""
        yield f"Ignored ({len(ignored):,})"
    for reason, sources in groups.items():
        more = f" and {len(sources) - _IGNORED_NAMED:,} more" if len(sources) > _IGNORED_NAMED else ""
        yield f"  {len(sources):>5}  {reason} ({', '.join(sources[:_IGNORED_NAMED])}{more})"
