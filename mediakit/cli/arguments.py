"""The parser: which verbs there are, and what the words of several verbs mean.

The options of a verb have no defaults inside argparse, so that what was said on the command
line can be told from what was not; `line.py` adds the settings and the defaults.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from .. import __version__
from ..errors import UsageError

if TYPE_CHECKING:
    from .answer import Context

_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?(MB|MIB|GB|GIB)?", re.IGNORECASE)
_UNITS = {"": 1, "MB": 10**6, "MIB": 2**20, "GB": 10**9, "GIB": 2**30}

_CONFIG_HELP = "settings (see `mediakit config`); --no-SWITCH takes back a switch that they set"


class Parser(argparse.ArgumentParser):
    """argparse with our errors: a word it does not understand is a UsageError."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing and exiting."""
        advice = f"`{self.prog} --help` shows what can be said."
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", advice)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's parser, its options by their long names without dashes, and all defaults by destination."""

    parser: argparse.ArgumentParser
    options: Mapping[str, argparse.Action]
    defaults: Mapping[str, object]


VERBS = (
    "create", "burn", "verify", "fit", "inspect", "extract", "update", "profiles", "rules", "formats",
    "devices", "sample", "config", "completion",
)  # fmt: skip
"""Every verb in the order of the help; the module of each has its name."""


class Verbs(Mapping[str, Verb]):
    """The verbs by name, each made when it is asked for; none has imported yet what it needs to run."""

    def __init__(self) -> None:
        self._made: dict[str, Verb] = {}

    def __getitem__(self, name: str) -> Verb:
        if name not in VERBS:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = _verb(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in VERBS

    def __iter__(self) -> Iterator[str]:
        return iter(VERBS)

    def __len__(self) -> int:
        return len(VERBS)


def top() -> argparse.ArgumentParser:
    """The parser of what stands before a verb: --help, which lists the verbs, and --version."""
    parser = Parser(
        prog="mediakit",
        usage="%(prog)s [-h] [--version] VERB ...",
        description="Create and verify DICOM patient media.",
        epilog="`mediakit VERB --help` explains a verb and shows examples.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mediakit {__version__}")
    group = parser.add_subparsers(title="verbs", metavar="VERB is one of", prog=parser.prog)
    for name in VERBS:
        group.add_parser(name, help=_module(name).SUMMARY, add_help=False)
    return parser


def _module(name: str) -> Any:
    """The module of a verb: SUMMARY, DESCRIPTION, EXAMPLES, `configure` and `execute`."""
    return import_module(f".{name}", __package__)


def _verb(name: str) -> Verb:
    module = _module(name)
    own = Parser(
        prog=f"mediakit {name}",
        description=module.DESCRIPTION,
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(own)
    switch(own.add_argument, "--json", help="print one JSON document instead of text")
    own.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)
    own.set_defaults(execute=module.execute)
    options: dict[str, argparse.Action] = {}
    defaults: dict[str, object] = {}
    # argparse has no public list of what was added to a parser.
    for action in own._actions:
        if action.dest == "help" or action.dest in defaults:  # the second one is the --no- of a switch
            continue
        defaults[action.dest] = action.default
        if action.option_strings:
            options[action.option_strings[-1].removeprefix("--")] = action
    for action in own._actions:
        action.default = argparse.SUPPRESS
    return Verb(own, options, defaults)


def switch(add: Callable[..., argparse.Action], *names: str, help: str) -> None:
    """Add an option that is on when it is named, and its `--no-` form that takes back a setting."""
    added = add(*names, action="store_true", help=help)
    add(f"--no-{names[-1].removeprefix('--')}", dest=added.dest, action="store_false", help=argparse.SUPPRESS)


def size(text: str) -> int:
    """A SIZE: bytes, or a number with MB (10^6), MiB (2^20), GB or GiB. Raises ArgumentTypeError."""
    found = _SIZE.fullmatch(text.strip())
    from decimal import Decimal

    count = int(Decimal(found[1]) * _UNITS[(found[2] or "").upper()]) if found else 0
    if count < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size: say bytes, or a number with MB, MiB, GB or GiB"
        )
    return count


def count(text: str) -> int:
    """A number from 1 to 9999. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 9999")
    return int(text)


def keyword_value(text: str) -> tuple[str, str]:
    """KEYWORD=VALUE as a pair. Raises ArgumentTypeError."""
    keyword, separator, value = text.partition("=")
    if not (separator and keyword and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form KEYWORD=VALUE")
    return keyword, value


def profile_dirs(named: list[str], context: Context) -> tuple[str, ...]:
    """The folders with own profiles: those of MEDIAKIT_PROFILES, then those of --profile-dir."""
    return (*context.profile_dirs, *named)


def profile_choice(named: list[str]) -> str | list[str]:
    """What --profile, given any number of times, means to the API. Raises UsageError."""
    if named in ([], ["auto"]):
        return "auto"
    if "auto" in named:
        raise UsageError("--profile auto cannot be combined with a profile.", "Name profiles, or none.")
    return named
