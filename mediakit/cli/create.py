"""`mediakit create`: any heap of DICOM in, one finished and verified medium out."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import mediakit

from .. import words
from ..errors import ConformanceError, OutputError, UsageError
from ..report import Outcome, Severity
from . import render
from .answer import STANDARD_OUTPUT, Answer, Context, abandon
from .arguments import keyword_value, profile_choice, profile_dirs, size, switch
from .progress import shown
from .securing import configure_protection, protection
from .selecting import configure_selection, selection

if TYPE_CHECKING:
    from ..creation import Changed, Creation, Ignored, Included, LeftOut, Volume
    from ..devices.file_system import FileSystem

SUMMARY = "make a patient medium from DICOM files"
DESCRIPTION = "Write DICOM files as one File-set onto a medium, and prove it by reading it back."
EXAMPLES = """\
examples:
  mediakit create patient-folder -o disc.iso
  mediakit create study.zip more -o disc.iso --split --leave-out
"""

_THE_JOB = "create makes one finished patient medium out of any heap of DICOM files."
_HOW = """\
Say what goes on it and what to write: mediakit create FOLDER -o disc.iso
Sources are folders, files, ZIPs, discs and lists (@list.txt); what is not DICOM is ignored and listed.
Sources are never changed; if anything does not fit, nothing is written and you are told why.
`mediakit create --help` shows every option."""

_IGNORED_NAMED = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="folder, file, ZIP, image, device, @list.txt, or - for standard input",
    )
    add(
        "-o",
        "--out",
        metavar="OUT",
        help="the image to write, such as disc.iso, or a folder; - sends a ZIP file to standard output",
    )
    switch(add, "--force", help="replace OUT if it exists")
    switch(add, "--leave-out", help="write what fits and list what does not (exit status 1)")
    switch(add, "--private-records", help="objects that have no kind of record get a PRIVATE one")
    switch(add, "--icons", help="a small preview of every image in the directory")
    add(
        "--adapt", choices=("lossless", "never"), default="lossless",
        help="decompress or encode anew what does not fit otherwise, without loss (default), or never",
    )  # fmt: skip
    switch(add, "--dry-run", help="do everything but write")
    add("--manifest", metavar="FILE", help="also write a list of everything on the medium, with digests")
    switch(add, "-q", "--quiet", help="no progress on standard error")
    add("--progress", choices=("auto", "json"), default="auto", help="json: one JSON object a line")
    _configure_medium(parser.add_argument_group("the medium"))
    _configure_words(parser.add_argument_group("what it says of its maker"))
    _configure_patient(parser.add_argument_group("the right patient, complete"))
    configure_protection(parser.add_argument_group("who may open it (with a secure --profile)"))
    configure_selection(parser.add_argument_group("only some of it"))


def _configure_medium(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--profile", action="append", metavar="ID", default=["auto"],
        help="application profile; repeatable (default: auto)",
    )  # fmt: skip
    add("--claim", metavar="FILE", help="what the conformance statement claims (default: everything)")
    add(
        "--profile-dir",
        action="append",
        metavar="DIR",
        default=[],
        help="folder with own profiles; repeatable",
    )
    add("--medium", metavar="WORD", help="kind of medium, see `mediakit formats` (default: by OUT)")
    add("--format", metavar="WORD", help="media format (default: the first of the medium)")
    add("--capacity", type=size, metavar="SIZE", help="bytes, or a number with MB, MiB, GB, GiB")
    add(
        "--include", action="append", metavar="DIR[=NAME]", default=[],
        help="other content, such as a viewer, beside the images; repeatable",
    )  # fmt: skip
    switch(add, "--deflate", help="compress the files of a ZIP file or of the ZIP file in an e-mail")
    switch(add, "--split", help="several media where one does not hold everything: OUT-1of3.iso ...")
    add("--file-set-id", metavar="ID", help="up to 16 of A-Z, 0-9 and _ (default: made from the contents)")
    add(
        "--supply", action="append", type=keyword_value, metavar="KEYWORD=VALUE", default=[],
        help="a value that instances lack, for the directory only; repeatable",
    )  # fmt: skip


def _configure_words(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--institution", metavar="NAME", default="", help="who made it, for README.TXT and the label")
    add("--contact", metavar="WORDS", default="", help="how to reach them, for README.TXT")


def _configure_patient(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--expect-patient", metavar="WHO", help="stop if it is not 'ID=...;Name=...;BirthDate=...'")
    add("--expect", metavar="FILE", help="stop if not all of these UIDs with these counts are there")
    switch(add, "--multi-patient", help="allow several patients on one medium")
    switch(add, "--same-patient", help="one Patient ID under two names is one person")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.create`, but for what does not fit."""
    if not args.sources and not args.out:
        raise UsageError(_THE_JOB, _HOW)
    if not args.sources:
        raise UsageError("There is no SOURCE.", "Name what goes on it: mediakit create FOLDER -o disc.iso")
    if not args.out:
        raise UsageError("There is no OUT.", "Say what to write: -o disc.iso")
    try:
        made = _streamed(args, context) if args.out == STANDARD_OUTPUT else _made(args, context)
    except ConformanceError as error:
        refused = error.result
        return Answer(error.exit_status, refused.to_json, lambda: refusal(refused), error)
    return Answer(0 if made.complete else 1, made.to_json, lambda: _text(made))


def _streamed(args: argparse.Namespace, context: Context) -> Creation:
    """A ZIP file on standard output: made in a temporary folder, and sent on once it is proved.

    What a pipe has swallowed cannot be read back. Raises UsageError for another format or a
    terminal, and OutputError when the reader went away.
    """
    if args.medium not in (None, "zip") or args.format not in (None, "zip"):
        raise UsageError(
            "Only a ZIP file can go to standard output.", "Leave --medium away, or name a file with -o."
        )
    if sys.stdout.isatty():
        raise UsageError("The ZIP file would go to the terminal.", "Send it on: -o - > patient.zip")
    with tempfile.TemporaryDirectory(prefix="mediakit-") as folder:
        args.medium, args.out = "zip", Path(folder) / "medium.zip"
        made = _made(args, context)
        if not made.dry_run:
            _send(args.out)
    return replace(made, volumes=tuple(replace(each, path=STANDARD_OUTPUT) for each in made.volumes))


def _send(path: Path) -> None:
    """Copy a file to standard output. Raises OutputError."""
    try:
        with path.open("rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer, 1 << 20)
        sys.stdout.flush()
    except OSError as error:
        abandon(sys.stdout)
        raise OutputError(
            f"Standard output cannot be written: {error.strerror or error}.",
            "Check the program that reads it; what it has got is not whole.",
        ) from error


def _made(args: argparse.Namespace, context: Context) -> Creation:
    profile, supply = profile_choice(args.profile), supplied(args.supply)
    secured = protection(args, [profile] if isinstance(profile, str) else profile)
    with shown(args.progress, args.quiet) as progress:
        return mediakit.create(
            list(sources(args.sources)),
            args.out,
            profile=profile,
            medium=args.medium,
            format=args.format,
            capacity=args.capacity,
            file_set_id=args.file_set_id,
            supply=supply,
            selection=selection(args),
            expect_patient=args.expect_patient,
            expect=args.expect,
            multi_patient=args.multi_patient,
            same_patient=args.same_patient,
            private_records=args.private_records,
            icons=args.icons,
            adapt=args.adapt,
            leave_out=args.leave_out,
            force=args.force,
            dry_run=args.dry_run,
            institution=args.institution,
            contact=args.contact,
            manifest=args.manifest,
            claim=args.claim,
            profile_dirs=profile_dirs(args.profile_dir, context),
            include=args.include,
            protection=secured,
            split=args.split,
            deflate=args.deflate,
            created=context.created,
            progress=progress,
            cancel=context.cancel,
        )


def sources(words: Iterable[str]) -> Iterator[str | Path]:
    """The sources, with the names that come in on standard input in the place of `-`."""
    for word in words:
        if word == "-":
            yield from _names_on_standard_input()
        else:
            yield word


def _names_on_standard_input() -> list[Path]:
    """One name a line, as in a list: UTF-8, empty lines skipped. Raises UsageError without any input."""
    if sys.stdin is None:
        raise UsageError("There is no standard input to read names from.", "Name the sources instead of -.")
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return [Path(line.removesuffix("\r")) for line in text.split("\n") if line.strip()]


def supplied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What --supply gives for every keyword. Raises UsageError for a keyword that comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UsageError("--supply names a keyword twice.", "Give one value for each keyword.")
    return found


def _text(made: Creation) -> Iterator[str]:
    """What was written, what was not, and whether it was found in order."""
    parts = [part for volume in made.volumes for part in _volume(volume, made)]
    return render.sections(*parts, *remarks(made, "Left out"))


def refusal(refused: Creation) -> Iterator[str]:
    """Why nothing was written."""
    return render.sections(*remarks(refused, "What does not fit"))


def _volume(volume: Volume, made: Creation) -> tuple[Iterable[str], ...]:
    totals = words.totals(volume.contents)
    said = [f"{volume.path} {'would hold' if made.dry_run else 'is finished'}: {totals}."]
    if made.left_out:
        said.append(f"{words.counted(len(made.left_out), 'instance')} LEFT OUT, listed below.")
    if made.dry_run:
        said.append("Nothing was written.")
    said += _protection_words(made)
    conforms = " and ".join(made.conforms) or "DICOM"
    facts = (
        ("File-set ID", volume.file_set_id),
        ("Size", words.size(volume.size)),
        ("Deflated", words.counted(volume.deflated, "instance") if volume.deflated else ""),
        ("Profile", made.why),
        ("File system", file_system(volume.file_system) if volume.file_system else ""),
        ("Read back", f"every file is there and unchanged; conforms to {conforms}" if made.verified else ""),
        ("Included", ", ".join(map(_included, made.included))),
        ("Not selected", words.counted(made.not_selected, "instance") if made.not_selected else ""),
    )
    label = ["For the label", *(f"  {line}" for line in volume.label.lines)]
    return said, render.contents_lines(volume.contents), render.fields(facts), label


def _protection_words(made: Creation) -> Iterator[str]:
    """That it is encrypted, for whom, and that ordinary viewers are of no use."""
    if (by := made.protection) is None:
        return
    names = [*by.recipients, *(["whoever has the password"] if by.password else [])]
    yield "ENCRYPTED: ordinary viewers cannot open it. README.TXT on it says in clear how to."
    yield f"It can be opened by {', or '.join(names)}."
    if by.signers:
        yield f"Signed by {' and '.join(by.signers)}."
    if made.included:
        yield "What was included beside the images is NOT encrypted."


def file_system(found: FileSystem) -> str:
    """What a mounted medium has, in capitals when it is not what PS3.12 asks for."""
    if not found.advice:
        return f"{found.name}, at {found.mounted_at}"
    return f"{found.name}, at {found.mounted_at}: NOT A CONFORMING MEDIUM. {found.advice}."


def _included(each: Included) -> str:
    return f"{words.counted(each.files, 'file')} of {each.source}, {words.size(each.size)}"


def remarks(made: Creation, heading: str) -> tuple[Iterable[str], ...]:
    """What did not go onto the medium, and what the rules remark."""
    names = words.Names.of([patient for volume in made.volumes for patient in volume.contents])
    # An error that kept an instance out is said where the instance is listed.
    others = [f for f in made.findings if f.severity is not Severity.ERROR and f.outcome is Outcome.FAILED]
    return (
        _left_out(made.left_out, heading),
        _adapted(made.adapted),
        _ignored(made.ignored),
        *render.findings_sections(others, names),
    )


def _left_out(left_out: Sequence[LeftOut], heading: str) -> Iterator[str]:
    """Every one, by the rule and the reason that kept it out."""
    from ..rules import RULES

    groups: dict[str, dict[str, list[str]]] = {}
    for each in left_out:
        groups.setdefault(each.rule, {}).setdefault(each.reason, []).append(each.source)
    if groups:
        yield f"{heading} ({len(left_out):,})"
    for rule, reasons in groups.items():
        yield f"  {rule}  {RULES[rule].statement} ({RULES[rule].citation})"
        yield f"            {RULES[rule].advice}"
        for reason, sources in reasons.items():
            yield f"    {len(sources):>5}  {reason}"
            yield from (f"             {source}" for source in sources)


def _adapted(adapted: Sequence[Changed]) -> Iterator[str]:
    """What was changed to fit, equal changes together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for each in adapted:
        groups.setdefault(each.changes, []).append(each.source)
    if groups:
        yield f"Adapted to the profile without loss ({len(adapted):,}); the sources are as they were"
    for changes, sources in groups.items():
        more = f" and {len(sources) - _IGNORED_NAMED:,} more" if len(sources) > _IGNORED_NAMED else ""
        yield f"    {len(sources):>5}  {'; '.join(changes)}"
        yield f"           {', '.join(sources[:_IGNORED_NAMED])}{more}"


def _ignored(ignored: Sequence[Ignored]) -> Iterator[str]:
    """The first few of every kind."""
    groups: dict[str, list[str]] = {}
    for each in ignored:
        groups.setdefault(each.reason, []).append(each.source)
    if groups:
        yield f"Ignored ({len(ignored):,})"
    for reason, sources in groups.items():
        more = f" and {len(sources) - _IGNORED_NAMED:,} more" if len(sources) > _IGNORED_NAMED else ""
        yield f"    {len(sources):>5}  {reason}: {', '.join(sources[:_IGNORED_NAMED])}{more}"
