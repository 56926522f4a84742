"""`mediakit devices`: recorders, drives, sticks and cards that `burn` can write."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mediakit

from .. import words
from . import render
from .answer import Answer, Context

if TYPE_CHECKING:
    from mediakit import Devices

SUMMARY = "list recorders, drives, sticks and cards"
DESCRIPTION = "List the recorders, and the drives, sticks and cards that are plugged in."
EXAMPLES = """\
examples:
  mediakit devices
  mediakit devices --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """This verb has no options of its own."""


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Look for them. Raises the errors of `mediakit.devices`."""
    found = mediakit.devices()
    return Answer(0, found.to_json, lambda: _text(found))


def _text(found: Devices) -> Iterator[str]:
    rows = found.to_json()
    recorders = (
        (
            each["id"],
            "default" if each["default"] else "",
            each["name"],
            each["why_not"] or f"has run on: {each['tried']}",
        )
        for each in rows["recorders"]
    )
    drives = [(each.path, each.name) for each in found.drives]
    media = [
        (each.stable or each.path, each.name, words.size(each.size), each.refused or "may be written")
        for each in found.media
    ]
    return render.sections(
        render.table(("recorder", "", "name", "state"), recorders),
        render.table(("drive", "name"), drives) if drives else ("No optical drive was found.",),
        render.table(("stick or card", "name", "size", "state"), media)
        if media
        else ("No stick or card was found.",),
    )
