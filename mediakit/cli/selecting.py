"""The options of selection, shared by the verbs that take only some of the instances."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import mediakit

if TYPE_CHECKING:
    from mediakit import Selection


WORDS = ("patient", "study", "series", "accession", "modality", "since", "exclude")
"""The options of a selection."""


def configure_selection(group: argparse._ArgumentGroup) -> None:
    """Add the options that narrow a job to some of its instances."""
    add = group.add_argument
    for word, value in (("patient", "ID"), ("study", "UID"), ("series", "UID"), ("accession", "NUMBER")):
        add(f"--{word}", action="append", metavar=value, default=[], help=f"of this {word}; repeatable")
    add("--modality", action="append", metavar="CT,MR", default=[], help="of these modalities; repeatable")
    add("--since", metavar="DATE", default="", help="studies of that day and later, such as 2024-05-01")
    add(
        "--exclude",
        action="append",
        metavar="WHAT=VALUE",
        default=[],
        help="but not modality=SR, series=UID ...; repeatable",
    )


def selection(args: argparse.Namespace) -> Selection:
    """What these options say."""
    return mediakit.Selection(
        patient=tuple(args.patient),
        study=tuple(args.study),
        series=tuple(args.series),
        accession=tuple(args.accession),
        modality=tuple(word for words in args.modality for word in words.split(",")),
        since=args.since,
        exclude=tuple(args.exclude),
    )
