"""`mediakit config`: the settings in force, and where each comes from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from .. import __version__
from . import render
from .answer import Answer, Context
from .settings import Settings, settable

SUMMARY = "show the settings in force and where each comes from"
DESCRIPTION = "Show the value of every option when it is not said, and where it comes from."
EXAMPLES = """\
examples:
  mediakit config
  mediakit config --config ward7.toml --json
"""

_NAMED_BY = {
    "--config": "named by --config",
    "MEDIAKIT_CONFIG": "named by MEDIAKIT_CONFIG",
    "platform": "where this system keeps settings",
}

_ENVIRONMENT = {
    "MEDIAKIT_CONFIG": "the file with the settings, unless --config names one",
    "MEDIAKIT_DEBUG": "a bug shows its traceback",
    "NO_COLOR": "no colours on a terminal",
    "SOURCE_DATE_EPOCH": "the date of everything on a new medium, in seconds since 1970",
}
"""The variables that are heeded, and what they do."""


def configure(parser: argparse.ArgumentParser) -> None:
    """This verb has no options of its own."""


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Show the settings, which have been read and found in order by now."""
    document = _document(context)
    return Answer(0, lambda: document, lambda: _text(document, context.settings))


def _document(context: Context) -> dict[str, Any]:
    settings = context.settings
    return {
        "schema": "mediakit/config/1",
        "mediakit": __version__,
        "file": {"path": str(settings.file), "named_by": settings.named_by, "found": settings.found},
        "settings": list(_rows(settings)),
        "environment": [
            {"name": name, "value": context.environment.get(name) or None, "meaning": meaning}
            for name, meaning in _ENVIRONMENT.items()
        ],
    }


def _rows(settings: Settings) -> Iterator[dict[str, object]]:
    """Every option of every verb with its value."""
    from .arguments import Verbs, keyword_value

    verbs = Verbs()
    for name, verb in verbs.items():
        given = settings.values.get(name, {})
        for option, action in settable(verb).items():
            value = given.get(option, verb.defaults[action.dest])
            if action.type is keyword_value and isinstance(value, list):
                value = dict(value)
            origin = "file" if option in given else "default"
            yield {"verb": name, "option": option, "value": value, "from": origin}


def _text(document: dict[str, Any], settings: Settings) -> Iterator[str]:
    state = "" if settings.found else ", does not exist"
    where = (("Settings", f"{settings.file} ({_NAMED_BY[settings.named_by]}{state})"),)
    rows = [
        (row["verb"], row["option"], _words(row["value"]), _origin(row["from"], settings))
        for row in document["settings"]
    ]
    variables = ((each["name"], each["value"] or "", each["meaning"]) for each in document["environment"])
    return render.sections(
        render.fields(where),
        render.table(("verb", "option", "value", "from"), rows),
        render.table(("environment", "value", "meaning"), variables),
    )


def _origin(word: str, settings: Settings) -> str:
    return str(settings.file) if word == "file" else word


def _words(value: object) -> str:
    """A value as mediakit.toml would have it, nearly."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key} = {each}" for key, each in value.items()) or "-"
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value or "-")
