"""Text of a medium on its way to an eye: nothing in it may steer a terminal or a page."""

from __future__ import annotations

import unicodedata

_REORDERING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the order in which a line is shown: a name could rewrite the verdict."""

_UNSAFE = ("Cc", "Zl", "Zp")
"""Control characters and line ends (Unicode general categories): a name could steer the terminal."""


def printable(line: str) -> str:
    """The line without what would steer a terminal; patients and files can have hostile names."""
    if line.isprintable():
        return line
    return "".join(_escaped(character) for character in line)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _UNSAFE or character in _REORDERING:
        return character.encode("unicode_escape").decode("ascii")
    return character
