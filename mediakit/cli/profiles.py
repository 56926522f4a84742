"""`mediakit profiles`: the application profiles of PS3.11 that are known, or one of them as a page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import UnknownProfile
from . import render
from .answer import Answer, Context

if TYPE_CHECKING:
    from ..profile.model import ApplicationProfile, DirectoryKey, ObjectRow

SUMMARY = "list the application profiles, or show one"
DESCRIPTION = "List the application profiles of PS3.11, or show one with its clauses."
EXAMPLES = """\
examples:
  mediakit profiles
  mediakit profiles --json
"""

_REQUIREMENTS = {
    "M": "mandatory",
    "O": "optional",
    "CS": "as its conformance statement says",
    "M_CS": "mandatory, as its conformance statement says",
    "U": "undefined",
}
"""What a role must support, in words, by the value of `Requirement`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the identifier of a profile")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Show all profiles or one. Raises UnknownProfile with the nearest names."""
    from ..profile.load import profiles

    known = profiles()
    if args.id is None:
        return Answer(0, lambda: _document(known.values()), lambda: _list(known.values()))
    found = known.get(args.id.upper())
    if found is None:
        advice = nearest(args.id, known, "profiles")
        raise UnknownProfile(f"There is no application profile {args.id!r}.", advice)
    return Answer(0, lambda: _document([found]), lambda: _page(found))


def nearest(word: str, known: Mapping[str, object], verb: str) -> str:
    """The advice for an identifier that is not known: those like it, or where they are listed."""
    close = get_close_matches(word.upper(), known, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"`mediakit {verb}` lists them all."


def _document(found: Iterable[ApplicationProfile]) -> dict[str, object]:
    rows = [profile.to_json() for profile in found]
    return {"schema": "mediakit/profiles/1", "mediakit": __version__, "profiles": rows}


def _list(found: Iterable[ApplicationProfile]) -> Iterator[str]:
    rows = (
        (each.id, f"PS3.11 {each.annex}", ", ".join(each.media), _remarks(each), each.name) for each in found
    )
    yield from render.table(("profile", "clause", "media", "remarks", "name"), rows)


def _remarks(profile: ApplicationProfile) -> str:
    return ", ".join(
        word for word, holds in (("retired", profile.retired), ("secure", profile.secure)) if holds
    )


def _page(profile: ApplicationProfile) -> Iterator[str]:
    """A profile for reading, in the order of its annex."""
    from ..profile.load import media

    demands = profile.directory
    allowed = [media()[word] for word in profile.media]
    yield f"{profile.id}: {profile.name}"
    yield ""
    yield from render.fields(
        (
            ("Clause", f"PS3.11 Annex {profile.annex}{', retired' if profile.retired else ''}"),
            ("Roles", ", ".join(f"{role.value} ({role.name})" for role in profile.roles)),
            ("Media", "; ".join(f"{each.name} ({', '.join(each.formats)})" for each in allowed)),
            ("Security", profile.security),
        )
    )
    for row in profile.objects:
        yield from _object(row)
    yield ""
    yield f"Directory ({demands.citation})"
    yield f"  Directory Information Module: {'required' if demands.information_required else 'optional'}"
    yield f"  An empty directory is {'allowed' if demands.empty_allowed else 'not allowed'}"
    if demands.all_referenced:
        yield "  Every instance on the medium has a record"
    yield from _keys(profile.keys)


def _object(row: ObjectRow) -> Iterator[str]:
    from ..dictionary import uid_name
    from ..profile.model import ANY_MEDIA_STORAGE

    any_class = row.sop_class == ANY_MEDIA_STORAGE
    yield ""
    yield f"{'Every Media Storage SOP Class' if any_class else uid_name(row.sop_class)} ({row.citation})"
    yield from (f"  in {uid_name(uid)}" for uid in row.transfer_syntaxes)
    yield from (f"  {role.name}: {_REQUIREMENTS[word.value]}" for role, word in row.requirement.items())


def _keys(keys: Sequence[DirectoryKey]) -> Iterator[str]:
    if keys:
        yield ""
        yield "Additional keys of the directory"
        rows = ((key.record, key.keyword, key.type, _condition(key), key.citation) for key in keys)
        yield from (f"  {line}" for line in render.table(("record", "key", "type", "when", "clause"), rows))


def _condition(key: DirectoryKey) -> str:
    if key.when is None:
        return ""
    words = {"present": "is in the instance", "nonempty": "has a value", "equals": "is"}[key.when.op]
    return " ".join((key.when.keyword, words, " or ".join(key.when.values))).rstrip()
