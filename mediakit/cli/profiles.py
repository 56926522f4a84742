"""`mediakit profiles`: the application profiles of PS3.11 that are known, or one of them as a page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import UnknownProfile, UsageError
from . import render
from .answer import Answer, Context
from .arguments import profile_dirs, switch

if TYPE_CHECKING:
    from ..profile.model import ApplicationProfile, RetiredProfile

SUMMARY = "list the application profiles, or show one"
DESCRIPTION = "List the application profiles of PS3.11, or show one with its clauses."
EXAMPLES = """\
examples:
  mediakit profiles --medium cd --modality MR
  mediakit profiles --retired
"""

_SECURITY = ("none", "cms", "e-mail")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("id", nargs="?", metavar="ID", help="the identifier of a profile")
    add("--medium", metavar="WORD", help="only those for this medium, see `mediakit formats`")
    add("--modality", metavar="CODE", help="only those that limit themselves to it, or take everything")
    add("--security", choices=_SECURITY, help="only those with this kind of protection")
    switch(add, "--retired", help="only those of earlier editions")
    add(
        "--profile-dir", action="append", metavar="DIR", default=[],
        help="folder with own profiles; repeatable",
    )  # fmt: skip


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Show all profiles or one. Raises UnknownProfile with the nearest names, UsageError."""
    from ..profile.load import current_name, profiles, retired_profiles

    known = profiles(profile_dirs(args.profile_dir, context))
    listed: Sequence[ApplicationProfile | RetiredProfile]
    if args.id is None:
        current, old = _chosen(args, known.values()), list(retired_profiles().values())
        filtered = args.medium or args.modality or args.security
        listed = old if args.retired else current if filtered else [*current, *old]
        hidden = 0 if args.retired or filtered else len(old)
        return Answer(0, lambda: _document(listed), lambda: _list(old if args.retired else current, hidden))
    name = current_name(args.id)
    if name in known:
        from .profile_page import page

        found = known[name]
        return Answer(0, lambda: _document([found]), lambda: page(found))
    if name in retired_profiles():
        gone = retired_profiles()[name]
        return Answer(0, lambda: _document([gone]), lambda: (f"{gone.id}: {gone.name}",))
    raise UnknownProfile(f"There is no application profile {args.id!r}.", nearest(args.id, known, "profiles"))


def _chosen(args: argparse.Namespace, known: Iterable[ApplicationProfile]) -> list[ApplicationProfile]:
    """The profiles that pass the filters."""
    from ..profile.load import media

    if args.medium and args.medium not in media():
        raise UsageError(f"There is no medium {args.medium!r}.", f"Media: {', '.join(media())}.")
    return [
        each
        for each in known
        if (not args.medium or args.medium in each.media)
        and (not args.security or args.security == each.security)
        and (not args.modality or not each.modalities or args.modality.upper() in each.modalities)
    ]


def nearest(word: str, known: Mapping[str, object], verb: str) -> str:
    """The advice for an identifier that is not known: those like it, or where they are listed."""
    close = get_close_matches(word.upper(), known, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"`mediakit {verb}` lists them all."


def _document(found: Iterable[ApplicationProfile | RetiredProfile]) -> dict[str, object]:
    rows = [profile.to_json() for profile in found]
    return {"schema": "mediakit/profiles/1", "mediakit": __version__, "profiles": rows}


def _security(each: ApplicationProfile | RetiredProfile) -> str:
    return "secure" if each.secure else ""


def _list(found: Iterable[ApplicationProfile | RetiredProfile], hidden: int) -> Iterator[str]:
    rows = (
        (each.id, f"PS3.11 {each.annex}", ", ".join(each.media), _security(each), each.name) for each in found
    )
    yield from render.table(("profile", "clause", "media", "remarks", "name"), rows)
    if hidden:
        yield ""
        yield f"{hidden} more are retired: mediakit profiles --retired"
