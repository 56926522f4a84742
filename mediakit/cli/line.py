"""What a command means: its words, then `mediakit.toml`, then the defaults."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from .arguments import Verb, Verbs, top
from .settings import Settings, load


@dataclass(frozen=True, slots=True)
class Line:
    """A command that was understood: the arguments of its verb, and the settings behind them."""

    args: argparse.Namespace
    settings: Settings


def understand(words: Sequence[str], environment: Mapping[str, str]) -> Line:
    """Raises UsageError, and SystemExit when argparse has printed what was asked for (--help)."""
    verbs = Verbs()
    if words and words[0] in ("-h", "--help", "--version"):
        top().parse_args(words[:1])
    if not words or words[0] not in verbs:
        raise _no_verb(words[:1], verbs)
    name, verb = words[0], verbs[words[0]]
    # Sources may stand before and after the options, as a person adds one more at the end.
    said = vars(verb.parser.parse_intermixed_args(_without_dashes(words[1:])))
    settings = load(said.get("config"), environment, verbs)
    values = effective(verb, settings.values.get(name, {}))
    return Line(argparse.Namespace(**{**values, **said}), settings)


def _no_verb(words: Sequence[str], verbs: Iterable[str]) -> UsageError:
    """Why the first word says nothing, with the verb that may have been meant."""
    for word in words:
        if not word.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(word, verbs, n=1)
            advice = f"Did you mean {close[0]}?" if close else f"The verbs are: {', '.join(verbs)}."
            return UsageError(f"{word!r} is no verb.", advice)
    return UsageError("Say what to do first: mediakit VERB.", "`mediakit --help` lists the verbs.")


def effective(verb: Verb, values: Mapping[str, object]) -> dict[str, object]:
    """The verb's arguments when nothing more is said: its defaults, and the settings over them."""
    return {**verb.defaults, **{verb.options[name].dest: value for name, value in values.items()}}


def _without_dashes(words: Sequence[str]) -> list[str]:
    """The words without `--`; those behind it are names of files even if they look like options."""
    if "--" not in words:
        return list(words)
    # parse_intermixed_args loses the two dashes between its two passes.
    at = words.index("--")
    return [*words[:at], *(f"./{word}" if word.startswith("-") else word for word in words[at + 1 :])]
