"""`mediakit.toml`: what a workplace says once instead of every time.

    [institution]
    name = "General Hospital"
    contact = "radiology@hospital.example, +49 30 1234"

    [create]
    leave-out = true
    supply = { PatientID = "UNKNOWN" }

A table has the name of a verb, a key that of an option without its dashes. What names the
material of one job (sources, OUT, the manifest) is no setting. A word that is not known stops
the command: a setting that is silently without effect would be believed.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from ..errors import UsageError
from .arguments import Verb, count, keyword_value, size
from .selecting import WORDS

_T = TypeVar("_T")

NAME = "mediakit.toml"

INSTITUTION = "institution"
"""The table that speaks to every verb that has these options."""

_INSTITUTION_KEYS = {"name": "institution", "contact": "contact"}
"""Its keys, and the options that they are the defaults of."""

_OF_ONE_JOB = frozenset(("add", "config", "device", "manifest", "out", "remove", "yes-erase"))
"""Options that no setting may replace."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Values by verb and option; `file` is where they stand or would stand.

    `named_by` is what named the file: `--config`, `MEDIAKIT_CONFIG` or `platform`.
    """

    file: Path
    named_by: str
    found: bool
    values: Mapping[str, Mapping[str, object]]


def settable(verb: Verb) -> dict[str, argparse.Action]:
    """The options of a verb that may be settings, by their long names."""
    return {name: action for name, action in verb.options.items() if name not in _of_one_job(verb)}


def _of_one_job(verb: Verb) -> frozenset[str]:
    """Its options that no setting may replace; where something can be removed, those that say what, too."""
    return _OF_ONE_JOB | frozenset(WORDS) if "remove" in verb.options else _OF_ONE_JOB


def load(named: str | None, environment: Mapping[str, str], verbs: Mapping[str, Verb]) -> Settings:
    """The settings in force. Raises UsageError that names file and key."""
    file, named_by = _locate(named, environment)
    try:
        # Windows editors begin UTF-8 with a mark that TOML does not know.
        tables = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        if named_by == "platform":  # nobody promised that there is one
            return Settings(file, named_by, found=False, values={})
        raise UsageError(
            f"The settings {file} cannot be read: {error.strerror}.", f"Correct {named_by}."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The settings {file} are no TOML: {error}.", "Correct the file.") from error
    return Settings(file, named_by, found=True, values=_values(tables, file, verbs))


def _locate(named: str | None, environment: Mapping[str, str]) -> tuple[Path, str]:
    """The first file that is named: by the option, by the environment, by custom of the system."""
    if named:
        return Path(named), "--config"
    if environment.get("MEDIAKIT_CONFIG"):
        return Path(environment["MEDIAKIT_CONFIG"]), "MEDIAKIT_CONFIG"
    from platformdirs import user_config_path

    return user_config_path("mediakit", appauthor=False) / NAME, "platform"


def _values(
    tables: Mapping[str, object], file: Path, verbs: Mapping[str, Verb]
) -> dict[str, dict[str, object]]:
    """Every value under the name of its option; the table of a verb is narrower than [institution]."""
    values: dict[str, dict[str, object]] = {name: {} for name in verbs}
    for table, keys in tables.items():
        if table != INSTITUTION and table not in verbs:
            _refuse(file, table, "is no table of settings", table, [INSTITUTION, *verbs])
        if not isinstance(keys, dict):
            _refuse(file, table, f"is no table: write [{table}] on a line of its own")
    institution = _institution(tables.get(INSTITUTION, {}), file)
    for name, verb in verbs.items():
        values[name].update({key: value for key, value in institution.items() if key in verb.options})
        values[name].update(_table(tables.get(name, {}), file, name, verb))
    return values


def _institution(keys: object, file: Path) -> dict[str, str]:
    found = {}
    for key, value in keys.items() if isinstance(keys, dict) else ():
        where = f"{INSTITUTION}.{key}"
        if key not in _INSTITUTION_KEYS:
            _refuse(file, where, "is no setting", key, _INSTITUTION_KEYS)
        if not isinstance(value, str):
            _refuse(file, where, "must be a text")
        found[_INSTITUTION_KEYS[key]] = value
    return found


def _table(keys: object, file: Path, name: str, verb: Verb) -> dict[str, object]:
    known = settable(verb)
    found = {}
    for key, value in keys.items() if isinstance(keys, dict) else ():
        where = f"{name}.{key}"
        if key in _of_one_job(verb):
            _refuse(file, where, "is said for each job, it is no setting")
        if key not in known:
            _refuse(file, where, "is no setting", key, known)
        try:
            found[key] = _value(known[key], verb.defaults[known[key].dest], value)
        except (argparse.ArgumentTypeError, ValueError) as error:
            _refuse(file, where, f"is wrong: {error}")
    return found


def _value(action: argparse.Action, default: object, given: object) -> object:
    """The value as the parser would have made it of words. Raises ValueError and ArgumentTypeError."""
    if isinstance(default, bool):
        return _of(bool, given, "true or false")
    if action.type is keyword_value:
        return [(str(key), _of(str, text, "a text")) for key, text in _of(dict, given, "a table").items()]
    if isinstance(default, list):
        return [_of(str, each, "a list of texts") for each in _of(list, given, "a list of texts")]
    if action.type is size:
        return size(str(given if type(given) is int else _of(str, given, "a size such as '700MB'")))
    if action.type is count:
        return count(str(given if type(given) is int else _of(str, given, "a number")))
    text = _of(str, given, "a text")
    if action.choices is not None and text not in action.choices:
        raise ValueError(f"it must be one of {', '.join(map(str, action.choices))}")
    return text


def _of(kind: type[_T], given: object, words: str) -> _T:
    if not isinstance(given, kind):
        raise ValueError(f"it must be {words}")  # noqa: TRY004  # it is the user's value, not our call
    return given


def _refuse(file: Path, key: str, what: str, word: str = "", known: Iterable[str] = ()) -> NoReturn:
    """Stop with the key, the file, and the nearest word that would have been right."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1) if word else []
    advice = f"Did you mean {close[0]}?" if close else "`mediakit config` lists every setting."
    raise UsageError(f"{key} in the settings {file} {what}.", advice)
