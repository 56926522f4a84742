"""`mediakit rules`: what `create` and `verify` check, with citations, or one rule in full."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import UsageError
from . import render
from .answer import Answer, Context
from .profiles import nearest

if TYPE_CHECKING:
    from ..rules import Rule

SUMMARY = "list the rules, or explain one"
DESCRIPTION = "List every rule that a medium is held against, or explain one and what to do about it."
EXAMPLES = """\
examples:
  mediakit rules
  mediakit rules FSID-002
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the ID of a rule, such as FSID-002")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Show all rules or one. Raises UsageError with the nearest IDs."""
    from ..rules import RULES

    if args.id is None:
        return Answer(0, lambda: _catalogue(RULES.values()), lambda: _list(RULES.values()))
    found = RULES.get(args.id.upper())
    if found is None:
        raise UsageError(f"There is no rule {args.id!r}.", nearest(args.id, RULES, "rules"))
    return Answer(0, lambda: _document([found]), lambda: _page(found))


def _document(found: Iterable[Rule]) -> dict[str, object]:
    rows = [rule.to_json() for rule in found]
    return {"schema": "mediakit/rules/1", "mediakit": __version__, "rules": rows}


def _catalogue(found: Iterable[Rule]) -> dict[str, object]:
    """All rules, and what the standard demands that no rule can check."""
    from ..rules.catalogue import catalogue

    return {**_document(found), "unchecked": [each.to_json() for each in catalogue().unchecked]}


def _list(found: Iterable[Rule]) -> Iterator[str]:
    rows = ((each.id, each.severity.value, each.citation, each.statement) for each in found)
    yield from render.table(("rule", "severity", "clause", "statement"), rows)


def _page(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}: {rule.statement}"
    yield ""
    yield from render.fields(
        (("Clause", rule.citation), ("Severity", rule.severity.value), ("What to do", rule.advice))
    )
