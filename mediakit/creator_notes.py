"""What the File-set Creator notes of its own work, for the rules to put into words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from .model import Instance
from .values import text


@dataclass(frozen=True, slots=True)
class Conflict:
    """A further file with the SOP Instance UID of the file `of` that does not hold the same instance."""

    origin: str
    of: str
    reason: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A further copy of the instance in the file `of`."""

    origin: str
    of: str


@dataclass(frozen=True, slots=True)
class Numbering:
    """The instances of one series, which people count by their Instance Numbers."""

    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Supplied:
    """A value that stands in a record because its instance has none; `source` says where it is from."""

    record: str
    keyword: str
    value: str
    source: str
    instance: Instance


@dataclass(frozen=True, slots=True)
class Iconless:
    """An instance of which no icon could be made, and why."""

    instance: Instance
    reason: str


@dataclass(frozen=True, slots=True)
class Unadapted:
    """An instance that would fit after a change, and why it cannot be changed."""

    instance: Instance
    reason: str


def missing_numbers(series: Sequence[Instance]) -> str:
    """The Instance Numbers that lack between the first and the last of one series, as "3, 7-9"."""
    numbers = sorted({int(n) for i in series if (n := text(i.keys, "InstanceNumber")).isdigit()})
    gaps = [(a + 1, b - 1) for a, b in itertools.pairwise(numbers) if b - a > 1]
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in gaps)
