"""Which demand of the standard is checked by which rules, and why the others cannot be.

The rows are in catalogue.toml; their IDs name a clause, or a group of demands that stand in
several. A test holds them against the list of all demands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class UncheckedDemand:
    """What the standard demands and no rule can check; `reason` says why."""

    id: str
    clause: str
    statement: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """The entry of `unchecked` in the document of `mediakit rules`."""
        return {"id": self.id, "clause": self.clause, "statement": self.statement, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`checked` gives the IDs of the rules by demand; `unchecked` are the other demands."""

    checked: Mapping[str, tuple[str, ...]]
    unchecked: tuple[UncheckedDemand, ...]


@cache
def catalogue() -> Catalogue:
    """All demands, in the order of the standard's parts."""
    table = tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text("utf-8"))
    return Catalogue(
        MappingProxyType({demand: tuple(rules) for demand, rules in table["checked"].items()}),
        tuple(UncheckedDemand(**row) for row in table["unchecked"]),
    )
