"""The words of profiles/*.toml -> constraint and row values: strict, each word with its meaning.

profiles/README.md explains the words to whoever edits the tables. Every function here takes
words out of a `Table` and raises InvalidProfileData, with file and line, for what it does not
know. Which tables make a profile is `load.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..dictionary import tag_of, uid_of
from ..model import Role
from ..values import is_uid
from .constraint import (
    AtLeastOne,
    AtMost,
    Condition,
    Constraint,
    Depends,
    EqualTo,
    IconTable,
    ImageTable,
    ItemTable,
    OneOf,
    Prose,
    Typed,
)
from .data import Table
from .model import CLAIMED, DirectoryDemands, DirectoryKey, ObjectRow, Requirement

Cite = Callable[[Table], str]
"""Takes the word that says where a table stands in the standard, and makes a citation of it."""

_CONDITIONS = ("present", "nonempty", "equals", "any_of", "sop_class", "all")
KEY_TYPES = ("1", "1C", "2", "2C", "3")
_SAME_KEY = {
    "present": ("present", False), "nonempty": ("nonempty", False), "below": ("below", False),
    "present-or-shared": ("present", True), "nonempty-or-shared": ("nonempty", True),
}  # fmt: skip
"""Conditions that look at the key's own attribute, by their short form."""

_DIFFERENCE = re.compile(r"([A-Za-z]+)(?: - ([0-9]+))?")
_CHOICE = re.compile(r"([0-9]+) if ([A-Za-z]+) == ([0-9]+) else ([0-9]+)")
_RANGE = re.compile(r"([0-9]+) to ([0-9]+)")


def keyword(table: Table, word: str = "keyword") -> str:
    """The keyword under a word; it is one of PS3.6."""
    return known(table, table.take(word, str))


def known(table: Table, name: str) -> str:
    """The keyword; InvalidProfileData when PS3.6 has none such."""
    try:
        tag_of(name)
    except KeyError:
        raise table.error(f"{name!r} is no keyword of PS3.6", name) from None
    return name


def uid(table: Table, name: str) -> str:
    """The UID, or that of the keyword; InvalidProfileData when PS3.6 has none such."""
    if is_uid(name):
        return name
    try:
        return uid_of(name)
    except KeyError:
        raise table.error(f"{name!r} is no UID and no keyword of PS3.6", name) from None


def uids(table: Table, word: str) -> tuple[str, ...]:
    """The UIDs under a word."""
    return tuple(uid(table, name) for name in table.texts(word))


def role(table: Table, name: str) -> Role:
    """The role; InvalidProfileData unless it is FSC, FSR or FSU."""
    if name not in Role.__members__:
        raise table.error(f"{name!r} is no role: FSC, FSR or FSU", name)
    return Role[name]


def condition(table: Table) -> Condition | None:
    """`{ present = K }`, `{ equals = K, values = [...], number = 3 }` and so on; nothing is none."""
    words = table.words()
    if not words:
        return None
    op = next(
        (op for op in ("present", "nonempty", "equals", "any_of", "sop_class", "all") if op in words), ""
    )
    if op == "all":
        parts = (condition(part) for part in table.tables(op))
        found = Condition(op, parts=tuple(part for part in parts if part))
    elif op == "sop_class":
        found = Condition(op, values=uids(table, op))
    elif op in ("equals", "any_of"):
        found = Condition(op, keyword(table, op), table.texts("values"), table.take("number", int, 1))
    elif op:
        found = Condition(op, keyword(table, op), shared=table.take("shared", bool, False))
    else:
        raise table.error(f"unknown word {words[0]!r}", words[0])
    table.done()
    return found


def key_condition(row: Table, name: str) -> Condition | None:
    """The condition of a key: a word about the key itself, or a table as for `condition`."""
    if "when" not in row.words():
        return None
    if row.is_text("when"):
        word = row.take("when", str)
        if word not in _SAME_KEY:
            raise row.error(f"{word!r} is no condition: {', '.join(_SAME_KEY)}", word)
        op, shared = _SAME_KEY[word]
        return Condition(op, name, shared=shared)
    return condition(row.table("when"))


def constraint(row: Table) -> Constraint:
    """One row of a table of attribute values."""
    name, words = keyword(row), row.words()
    found: Constraint
    if "one_of" in words:
        found = _one_of(row, name)
    elif "at_most" in words:
        found = AtMost(name, row.take("at_most", int))
    elif "equals" in words:
        found = _related(row, name, row.take("equals", str))
    else:
        found = Typed(name, row.take("type", str, "1"), condition(row.table("when", {})))
        if found.type not in ("1", "2"):
            raise row.error(f"{found.type!r} is no type that can be asked for: 1 or 2", "type")
    row.done()
    return found


def _one_of(row: Table, name: str) -> OneOf:
    values, ranges = [], []
    for value in row.take("one_of", list):
        between = _RANGE.fullmatch(str(value))
        if between:
            ranges.append((int(between[1]), int(between[2])))
        else:
            values.append(str(value))
    return OneOf(name, tuple(values), tuple(ranges))


def _related(row: Table, name: str, words: str) -> EqualTo | Depends:
    """`BitsStored - 1`, or `8 if BitsStored == 8 else 16`."""
    if found := _DIFFERENCE.fullmatch(words):
        return EqualTo(name, known(row, found[1]), int(found[2] or 0))
    if found := _CHOICE.fullmatch(words):
        return Depends(name, int(found[1]), known(row, found[2]), int(found[3]), int(found[4]))
    raise row.error(f"{words!r} is no relation between attributes", "equals")


def _constraints(table: Table) -> tuple[Constraint, ...]:
    return tuple(constraint(row) for row in table.tables("attributes"))


def object_row(row: Table, cite: Cite, sets: frozenset[str]) -> ObjectRow:
    """A row of the table of SOP classes and transfer syntaxes."""
    sop_class, syntaxes = row.take("sop_class", str), row.texts("transfer_syntax")
    requirement = {}
    roles = row.table("requirement")
    for name in roles.words():
        word = roles.take(name, str)
        if word not in [each.value for each in Requirement]:
            raise roles.error(f"{word!r} is no requirement: M, O, CS, M_CS or U", word)
        requirement[role(roles, name)] = Requirement(word)
    found = ObjectRow(
        sop_class if sop_class in sets else uid(row, sop_class),
        (CLAIMED,) if syntaxes == (CLAIMED,) else tuple(uid(row, name) for name in syntaxes),
        requirement,
        cite(row),
        condition(row.table("when", {})),
        row.take("reading", str, ""),
    )
    row.done()
    return found


def image_table(table: Table, cite: Cite) -> ImageTable:
    """A table of required image attribute values."""
    pairs = {}
    for row in table.tables("pairs"):
        pairs[row.take("photometric", str)] = uids(row, "transfer_syntax")
        row.done()
    found = ImageTable(
        cite(table), uids(table, "sop_class"), condition(table.table("when", {})), _constraints(table), pairs,
        table.take("reading", str, ""),
    )  # fmt: skip
    table.done()
    return found


def item_table(table: Table, cite: Cite) -> ItemTable:
    """What every item of a sequence holds."""
    found = ItemTable(
        cite(table), uids(table, "sop_class"), keyword(table, "sequence"), _constraints(table),
        table.take("reading", str, ""),
    )  # fmt: skip
    table.done()
    return found


def icon_table(table: Table, cite: Cite) -> IconTable:
    """What icons are like."""
    found = IconTable(cite(table), table.texts("record"), _constraints(table))
    table.done()
    return found


def at_least_one(table: Table, cite: Cite) -> AtLeastOne:
    """Of which SOP classes the creator writes one."""
    found = AtLeastOne(cite(table), uids(table, "sop_class"))
    table.done()
    return found


def prose(table: Table, cite: Cite) -> Prose:
    """The rule that says what a sentence of the standard says."""
    found = Prose(cite(table), table.take("rule", str), uids(table, "sop_class"))
    table.done()
    return found


def demands(table: Table, citation: str) -> DirectoryDemands:
    """What the profile wants of the DICOMDIR."""
    referenced = _choice(table, "referenced", {"all": True, "unstated": None})
    found = DirectoryDemands(
        information_required=_choice(table, "information", {"required": True, "optional": False}) is True,
        empty_allowed=table.take("empty", bool, True),
        all_referenced=referenced,
        citation=citation,
        required=_choice(table, "dicomdir", {"required": True, "optional": False}) is True,
        reading=table.take("reading", str, ""),
    )
    table.done()
    return found


def _choice(table: Table, word: str, choices: dict[str, bool | None]) -> bool | None:
    value = table.take(word, str)
    if value not in choices:
        raise table.error(f"{word!r} should be {' or '.join(choices)}, not {value!r}", word)
    return choices[value]


def key_rows(row: Table, citation: str, records: frozenset[str]) -> Iterator[DirectoryKey]:
    """A row of additional keys, one for each record type that it names."""
    name, type = keyword(row), row.take("type", str)
    types, within = row.texts("record"), row.take("within", str, "")
    when = key_condition(row, name)
    if type not in KEY_TYPES:
        raise row.error(f"{name}: {type!r} is no type of key", "type")
    if type.endswith("C") and not (when or within):
        raise row.error(f"{name}: a key of type {type} needs a condition", name)
    if unknown := set(types) - records:
        raise row.error(f"{min(unknown)!r} is no record type", min(unknown))
    if within:
        known(row, within)
    row.done()
    for record in types:
        yield DirectoryKey(record, name, type, when, citation=citation, within=within)
