"""The parser: which verbs there are, and what the words of several verbs mean."""

from __future__ import annotations

import argparse
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from .. import __version__
from ..errors import UsageError

if TYPE_CHECKING:
    from .answer import Context

_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?(MB|MIB|GB|GIB)?", re.IGNORECASE)
_UNITS = {"": 1, "MB": 10**6, "MIB": 2**20, "GB": 10**9, "GIB": 2**30}


class Parser(argparse.ArgumentParser):
    """argparse with our errors: a word it does not understand is a UsageError."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing and exiting."""
        advice = f"`{self.prog} --help` shows what can be said."
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", advice)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; no verb has been run or imported what it needs."""
    from . import create, fit, formats, inspect, profiles, rules, sample, verify

    top = Parser(
        prog="mediakit",
        description="Create and verify DICOM patient media.",
        epilog="`mediakit VERB --help` explains a verb and shows examples.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"mediakit {__version__}")
    top.set_defaults(execute=_no_verb)
    verbs = top.add_subparsers(title="verbs", metavar="VERB")
    for verb in (create, verify, fit, inspect, profiles, rules, formats, sample):
        name = verb.__name__.rpartition(".")[2]
        own = verbs.add_parser(
            name,
            help=verb.SUMMARY,
            description=verb.DESCRIPTION,
            epilog=verb.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.configure(own)
        own.add_argument("--json", action="store_true", help="print one JSON document instead of text")
        own.set_defaults(execute=verb.execute)
    return top


def _no_verb(args: argparse.Namespace, context: object) -> NoReturn:
    raise UsageError("Say what to do: mediakit VERB.", "`mediakit --help` lists the verbs.")


def size(text: str) -> int:
    """A SIZE: bytes, or a number with MB (10^6), MiB (2^20), GB or GiB. Raises ArgumentTypeError."""
    found = _SIZE.fullmatch(text.strip())
    count = int(Decimal(found[1]) * _UNITS[(found[2] or "").upper()]) if found else 0
    if count < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size: say bytes, or a number with MB, MiB, GB or GiB"
        )
    return count


def keyword_value(text: str) -> tuple[str, str]:
    """KEYWORD=VALUE as a pair. Raises ArgumentTypeError."""
    keyword, separator, value = text.partition("=")
    if not (separator and keyword and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form KEYWORD=VALUE")
    return keyword, value


def profile_dirs(named: list[str] | None, context: Context) -> tuple[str, ...]:
    """The folders with own profiles: those of MEDIAKIT_PROFILES, then those of --profile-dir."""
    return (*context.profile_dirs, *(named or ()))


def profile_choice(named: list[str] | None) -> str | list[str]:
    """What --profile, given any number of times, means to the API. Raises UsageError."""
    if not named or named == ["auto"]:
        return "auto"
    if "auto" in named:
        raise UsageError("--profile auto cannot be combined with a profile.", "Name profiles, or none.")
    return named
