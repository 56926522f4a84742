"""`mediakit burn`: an image, or sources, onto a disc or stick, read back byte by byte."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mediakit

from .. import words
from ..errors import ConformanceError
from . import render
from .answer import Answer, Context
from .arguments import count, keyword_value, profile_choice, size, switch
from .create import refusal, remarks, sources, supplied
from .progress import shown
from .selecting import configure_selection, selection

if TYPE_CHECKING:
    from mediakit import Burning

SUMMARY = "write an image or sources onto a disc or stick"
DESCRIPTION = "Write an image, or what create makes of the sources, onto a medium and compare every byte."
EXAMPLES = """\
examples:
  mediakit burn disc.iso --device /dev/sr0 --copies 2
  mediakit burn study --device /dev/disk/by-id/usb-STICK --yes-erase sdb
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="one image, or whatever create takes")
    add(
        "--device", metavar="DEV", required=True,
        help="drive, stick by its stable path, stdio:PATH, file:PATH or robot:FOLDER",
    )  # fmt: skip
    add("--copies", type=count, metavar="N", default=1, help="discs, one after the other (default: 1)")
    add("--speed", type=count, metavar="N", help="times the basic speed (default: the fastest)")
    add("--recorder", metavar="ID", default="xorriso", help="see `mediakit devices` (default: xorriso)")
    add("--medium", metavar="WORD", help="kind of medium where the device does not know (see formats)")
    add("--yes-erase", metavar="NAME", help="the name of the device whose content shall be erased")
    add("--limit", type=size, metavar="SIZE", help="larger sticks are doubted (default: 256 GB)")
    add(
        "--wait",
        type=count,
        metavar="SECONDS",
        default=600,
        help="for a robot or the next disc (default: 600)",
    )
    switch(add, "-q", "--quiet", help="no progress on standard error")
    add("--progress", choices=("auto", "json"), default="auto", help="json: one JSON object a line")
    group = parser.add_argument_group("when sources are given")
    add = group.add_argument
    add(
        "--profile", action="append", metavar="ID", default=["auto"],
        help="application profile; repeatable (default: auto)",
    )  # fmt: skip
    add("--supply", action="append", type=keyword_value, metavar="KEYWORD=VALUE", default=[],
        help="a value that instances lack, for the directory only; repeatable")  # fmt: skip
    add("--expect-patient", metavar="WHO", help="stop if it is not 'ID=...;Name=...;BirthDate=...'")
    add("--institution", metavar="NAME", default="", help="who made it, for README.TXT")
    add("--contact", metavar="WORDS", default="", help="how to reach them, for README.TXT")
    configure_selection(parser.add_argument_group("only some of it"))


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Run the job. Raises the errors of `mediakit.burn`, but for what does not fit."""
    try:
        done = _burned(args, context)
    except ConformanceError as error:
        refused = error.result
        return Answer(error.exit_status, refused.to_json, lambda: refusal(refused), error)
    return Answer(0 if done.verified else 3, done.to_json, lambda: _text(done))


def _burned(args: argparse.Namespace, context: Context) -> Burning:
    with shown(args.progress, args.quiet) as progress:
        return mediakit.burn(
            list(sources(args.sources)),
            args.device,
            copies=args.copies,
            speed=args.speed,
            recorder=args.recorder,
            medium=args.medium,
            yes_erase=args.yes_erase,
            limit=args.limit,
            wait=args.wait,
            profile=profile_choice(args.profile),
            supply=supplied(args.supply),
            selection=selection(args),
            expect_patient=args.expect_patient,
            institution=args.institution,
            contact=args.contact,
            created=context.created,
            progress=progress,
            cancel=context.cancel,
        )


def _text(done: Burning) -> Iterator[str]:
    copies = words.counted(done.copies, "copy") if done.copies == 1 else f"{done.copies} copies"
    head = f"{done.device} is written: {copies}."
    said = (
        [head]
        if done.verified
        else [head, "NOBODY HAS READ IT BACK: prove it with mediakit verify --against."]
    )
    facts = (
        ("Medium", done.medium),
        ("Size", words.size(done.size)),
        ("Read back", "every byte is that of the image" if done.verified else ""),
        ("Erased", done.erased),
    )
    made = done.creation
    volume = made.volumes[0] if made else None
    return render.sections(
        said,
        render.fields(facts),
        render.contents_lines(volume.contents) if volume else (),
        ("For the label", *(f"  {line}" for line in volume.label.lines)) if volume else (),
        *(remarks(made, "Left out") if made else ()),
    )
