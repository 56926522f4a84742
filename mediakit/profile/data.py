"""Where the tables are and how a strict reader takes words out of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InvalidProfileData


def data_dir() -> Path:
    """The folder of the tables: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_profiles"
    return installed if installed.is_dir() else package.parent / "profiles"


class Table:
    """A TOML table that must be used up: a word that nobody asked for is an error.

    `where` names the file and the table for the message; `lines` are those of the whole file,
    where they are known.
    """

    def __init__(self, words: Mapping[str, Any], where: str, lines: Sequence[str] = ()) -> None:
        self._words, self.where, self._lines = dict(words), where, lines
        self._path: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def load(source: Path) -> Table:
        """Read a file. Raises InvalidProfileData with file and line when it is not TOML."""
        try:
            text = source.read_text(encoding="utf-8")
            return Table(tomllib.loads(text), source.name, text.splitlines())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidProfileData(f"{source.name}: {error}") from error
        except OSError as error:
            raise InvalidProfileData(f"{source.name} cannot be read: {error.strerror}") from error

    def error(self, message: str, word: str = "") -> InvalidProfileData:
        """The exception for something wrong in this table, at the line of the word if that is given."""
        line = f", line {self._line(word)}" if self._lines else ""
        return InvalidProfileData(
            f"{self.where}{line}: {message}", "Correct the table; profiles/README.md explains its words."
        )

    def _line(self, word: str) -> int:
        """The number of the line where the word stands in this table, or where the table begins."""
        at, header = 0, ""
        for name, number in self._path:
            header = f"{header}.{name}".lstrip(".")
            at = _start(self._lines, at, header, name, number)
        sought = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        later = (n for n, line in enumerate(self._lines) if n >= at and sought.search(line.partition("#")[0]))
        return next(later, at) + 1

    def _below(self, words: Mapping[str, Any], word: str, number: int = 0) -> Table:
        """The table under a word; of an array of them, the one of that number."""
        name = f"{word} {number}" if number else word
        below = Table(words, f"{self.where} [{name}]", self._lines)
        below._path = (*self._path, (word, number))
        return below

    def take(self, word: str, kind: type, default: Any = None) -> Any:
        """The value of a word, of that kind; without a default it must be there."""
        if word not in self._words:
            if default is None:
                raise self.error(f"{word!r} is missing")
            return default
        value = self._words.pop(word)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"{word!r} should be of type {kind.__name__}, not {type(value).__name__}", word)
        return value

    def texts(self, word: str, default: list[str] | None = None) -> tuple[str, ...]:
        """The value of a word that is a list of texts."""
        values = self.take(word, list, default)
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"{word!r} should hold texts only", word)
        return tuple(values)

    def numbers(self, word: str) -> tuple[int, ...]:
        """The value of a word that is a list of whole numbers; empty when it is absent."""
        values = self.take(word, list, [])
        if not all(type(value) is int for value in values):
            raise self.error(f"{word!r} should hold whole numbers only", word)
        return tuple(values)

    def table(self, word: str, default: Mapping[str, Any] | None = None) -> Table:
        """The table under a word."""
        return self._below(self.take(word, dict, default), word)

    def tables(self, word: str) -> list[Table]:
        """The list of tables under a word; empty when it is absent."""
        rows = self.take(word, list, [])
        if not all(isinstance(row, dict) for row in rows):
            raise self.error(f"{word!r} should hold tables only", word)
        return [self._below(row, word, n) for n, row in enumerate(rows, 1)]

    def is_text(self, word: str) -> bool:
        """Whether the value of a word, not taken yet, is a text."""
        return isinstance(self._words.get(word), str)

    def words(self) -> list[str]:
        """The words not taken yet."""
        return list(self._words)

    def done(self) -> None:
        """Raise InvalidProfileData when a word is left over."""
        if self._words:
            word = next(iter(self._words))
            raise self.error(f"unknown word {word!r}", word)


def _start(lines: Sequence[str], after: int, header: str, word: str, number: int) -> int:
    """The index of the line where a table begins: its header, or its place in an array in a table."""
    own = re.compile(r"\s*\[+" + re.escape(header) + r"\]+")
    found = [n for n, line in enumerate(lines) if n >= after and own.match(line.replace('"', ""))]
    if found:
        return found[min(max(number, 1), len(found)) - 1]
    rows = [n for n, line in enumerate(lines) if n >= after and re.match(rf"\s*{re.escape(word)}\b", line)]
    inside = rows[0] if rows else after
    items = [n for n, line in enumerate(lines) if n > inside and line.lstrip().startswith("{")]
    return items[number - 1] if 0 < number <= len(items) else inside
