"""Where the tables are and how a strict reader takes words out of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ..errors import InvalidProfileData


def data_dir() -> Traversable:
    """The folder of the tables: inside an installed package, else beside it in a checkout."""
    installed = files("mediakit").joinpath("_profiles")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "profiles"


class Table:
    """A TOML table that must be used up: a word that nobody asked for is an error.

    `where` names the file and the table for the message.
    """

    def __init__(self, words: Mapping[str, Any], where: str) -> None:
        self._words = dict(words)
        self.where = where

    @staticmethod
    def load(source: Traversable) -> Table:
        """Read a file. Raises InvalidProfileData with file and line when it is not TOML."""
        try:
            return Table(tomllib.loads(source.read_text(encoding="utf-8")), source.name)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidProfileData(f"{source.name}: {error}") from error

    def error(self, message: str) -> InvalidProfileData:
        """The exception for something wrong in this table."""
        return InvalidProfileData(
            f"{self.where}: {message}", "Correct the table; see the files in profiles/."
        )

    def take(self, word: str, kind: type, default: Any = None) -> Any:
        """The value of a word, of that kind; without a default it must be there."""
        if word not in self._words:
            if default is None:
                raise self.error(f"{word!r} is missing")
            return default
        value = self._words.pop(word)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"{word!r} should be of type {kind.__name__}, not {type(value).__name__}")
        return value

    def texts(self, word: str, default: list[str] | None = None) -> tuple[str, ...]:
        """The value of a word that is a list of texts."""
        values = self.take(word, list, default)
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"{word!r} should hold texts only")
        return tuple(values)

    def table(self, word: str, default: Mapping[str, Any] | None = None) -> Table:
        """The table under a word."""
        return Table(self.take(word, dict, default), f"{self.where} [{word}]")

    def tables(self, word: str) -> list[Table]:
        """The list of tables under a word; empty when it is absent."""
        rows = self.take(word, list, [])
        return [Table(row, f"{self.where} [{word} {n}]") for n, row in enumerate(rows, 1)]

    def words(self) -> list[str]:
        """The words not taken yet."""
        return list(self._words)

    def done(self) -> None:
        """Raise InvalidProfileData when a word is left over."""
        if self._words:
            raise self.error(f"unknown word {next(iter(self._words))!r}")
