"""`mediakit formats`: which media can be written, in which formats, and how much they hold."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .. import __version__
from . import render
from .answer import Answer, Context

if TYPE_CHECKING:
    from ..profile.model import PhysicalMedium

SUMMARY = "list the media, their formats and capacities"
DESCRIPTION = "List the media of PS3.12 that can be written, with their formats and capacities."
EXAMPLES = """\
examples:
  mediakit formats
  mediakit formats --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """This verb has no options of its own."""


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Show the table of media."""
    from ..profile.load import media

    known = media()
    return Answer(0, lambda: _document(known), lambda: _list(known))


def _document(known: Mapping[str, PhysicalMedium]) -> dict[str, object]:
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "annex": each.annex,
            "formats": list(each.formats),
            "writable": list(each.formats),
            "capacity": each.capacity,
            "profile": next(iter(each.general), ""),
            "general": list(each.general),
        }
        for each in known.values()
    ]
    return {"schema": "mediakit/formats/1", "mediakit": __version__, "media": rows}


def _list(known: Mapping[str, PhysicalMedium]) -> Iterator[str]:
    rows = (
        (
            each.id,
            ", ".join(each.formats),
            f"PS3.12 {each.annex}",
            render.size(each.capacity) if each.capacity else "that of the volume",
            next(iter(each.general), ""),
            each.name,
        )
        for each in known.values()
    )
    yield from render.table(("medium", "formats", "clause", "capacity", "profile", "name"), rows)
    yield ""
    yield "The first format is the default; a folder (--format folder) can be written for every medium."
