"""`mediakit completion`: a script with which a shell completes verbs, options and their values."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from .. import __version__
from .answer import Answer, Context

if TYPE_CHECKING:
    from .arguments import Verb

SUMMARY = "print a completion script for a shell"
DESCRIPTION = "Print a script that teaches a shell to complete verbs, options, profiles and media."
EXAMPLES = """\
examples:
  mediakit completion bash > ~/.local/share/bash-completion/completions/mediakit
  mediakit completion fish > ~/.config/fish/completions/mediakit.fish
"""

_BASH = """\
_mediakit() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W {verbs} -- "$current"))
        return
    fi
    case "$verb $before" in
{values}
    esac
    case "$verb $current" in
{options}
    esac
    case "$verb" in
{words}
    esac
}}
complete -o bashdefault -o default -F _mediakit mediakit
"""
"""What is left empty is completed with the names of files, which is what most words are."""

_ZSH = """\
#compdef mediakit
autoload -U +X bashcompinit && bashcompinit
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("shell", metavar="SHELL", choices=tuple(_SHELLS), help=" or ".join(_SHELLS))


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Print the script."""
    from .arguments import Verbs

    verbs = Verbs()
    script = _SHELLS[args.shell](verbs)
    return Answer(0, lambda: _document(args.shell, script), lambda: iter(script.splitlines()))


def _document(shell: str, script: str) -> dict[str, object]:
    return {"schema": "mediakit/completion/1", "mediakit": __version__, "shell": shell, "script": script}


def _bash(verbs: Mapping[str, Verb]) -> str:
    values, options, words = [], [], []
    for name, verb in verbs.items():
        options.append(_case(f'"{name} -"*', _names(verb)))
        for action, known in _known(name, verb):
            if action.option_strings:
                flags = "|".join(f'"{name} {flag}"' for flag in action.option_strings)
                values.append(_case(flags, known))
            else:
                words.append(_case(name, known))
    return _BASH.format(
        verbs=shlex.quote(" ".join(verbs)),
        values="\n".join(values),
        options="\n".join(options),
        words="\n".join(words),
    )


def _case(pattern: str, words: Iterable[str]) -> str:
    listed = shlex.quote(" ".join(words))
    return f'        {pattern}) COMPREPLY=($(compgen -W {listed} -- "$current")); return;;'


def _zsh(verbs: Mapping[str, Verb]) -> str:
    return _ZSH + _bash(verbs)


def _fish(verbs: Mapping[str, Verb]) -> str:
    lines = []
    for name, verb in verbs.items():
        summary = shlex.quote(verb.parser.description or "")
        lines.append(f"complete -c mediakit -n __fish_use_subcommand -f -a {name} -d {summary}")
        known = {action.dest: words for action, words in _known(name, verb)}
        seen = f"complete -c mediakit -n '__fish_seen_subcommand_from {name}'"
        for option, action in verb.options.items():
            takes = "" if action.nargs == 0 else " -r"
            if action.dest in known:
                takes = f" -x -a {shlex.quote(' '.join(known[action.dest]))}"
            lines.append(f"{seen} -l {option}{takes} -d {shlex.quote(action.help or '')}")
        for action, words in _known(name, verb):
            if not action.option_strings:
                lines.append(f"{seen} -f -a {shlex.quote(' '.join(words))}")
    return "\n".join(lines) + "\n"


_SHELLS: Mapping[str, Callable[[Mapping[str, Verb]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def _names(verb: Verb) -> list[str]:
    """Every option as it is written, but for the `--no-` forms that few will look for."""
    return ["--help", *(flag for action in verb.options.values() for flag in action.option_strings)]


def _known(name: str, verb: Verb) -> Iterator[tuple[argparse.Action, list[str]]]:
    """The options and words of a verb of which all values are known."""
    from ..profile.load import media, profiles
    from ..rules import RULES

    formats = {word for each in media().values() for word in each.formats}
    tables = {
        "profile": ["auto", *profiles()],
        "medium": list(media()) if name in ("create", "burn") else [],  # elsewhere it is the path of one
        "format": sorted({*formats, "folder"}),
        "id": list(profiles() if name == "profiles" else RULES),
    }
    # argparse has no public list of what was added to a parser.
    for action in verb.parser._actions:
        words = list(map(str, action.choices)) if action.choices else tables.get(action.dest, [])
        if words:
            yield action, words
