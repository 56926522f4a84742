"""profiles/records.toml -> RecordTable: which Directory Records there are and what they hold (PS3.3 F).

The table knows types, hierarchy, keys and SOP classes. It refuses to know bytes and offsets,
and how a value is computed or supplied: it holds the names, `directory.py` does the work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from ..dictionary import tag_of
from .data import Table, data_dir
from .model import DirectoryKey, ItemKey, Items
from .words import KEY_TYPES, condition, keyword, known

ROOT = "ROOT"
"""Stands among the parents of a type that may stand in the root Directory Entity."""

ANY = "ANY"
"""Stands among the parents of a type that may stand anywhere (PRIVATE, F.6.1)."""

PRIVATE = "PRIVATE"
"""The type that stands for any instance, where others agree on its meaning (F.6.1)."""

BRANCH = ("PATIENT", "STUDY", "SERIES")
"""The types above every leaf that belongs to a patient, the highest first (Table F.4-1)."""

NEXT_NUMBER = "next-number"
HAS_CONCEPT_MOD = "has-concept-mod"
LATEST_VERIFICATION = "latest-verification"

_COMPUTED_FROM = {HAS_CONCEPT_MOD: "ContentSequence", LATEST_VERIFICATION: "VerifyingObserverSequence"}
_FILES = ("shall", "may", "no")
_ALWAYS_WANTED = ("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "RelatedGeneralSOPClassUID")


@dataclass(frozen=True, slots=True)
class RecordType:
    """A Directory Record type (PS3.3 F.5).

    `file` says whether a record of this type references a file: shall, may, no. `since` names
    the supplement that added it after the 2020 edition, if one did.
    """

    name: str
    clause: str
    parents: tuple[str, ...]
    file: str
    since: str
    keys: tuple[DirectoryKey, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecordTable:
    """What PS3.3 Annex F says: `types` by name, `retired` ones with the edition that ended them.

    `sop_classes` gives the type, retired or not, by SOP Class UID; `supplies` the keywords that
    stand in for a missing value, in the order they are asked; `tags` those that a record of a
    type and the records above it need, and of all types under the empty name.

    `otherwise` is the type of instances whose SOP class has none: PRIVATE, or empty where such
    instances get no record.
    """

    types: Mapping[str, RecordType]
    retired: Mapping[str, str]
    sop_classes: Mapping[str, str]
    supplies: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, frozenset[int]]
    otherwise: str = ""

    def type_of(self, sop_class: str) -> str | None:
        """The record type of a SOP class; None when there is none or it is retired.

        With `otherwise`, that instead of None; an instance without a SOP class still has none.
        """
        found = self.sop_classes.get(sop_class)
        return found if found in self.types else (sop_class and self.otherwise) or None

    def keys(self, record_type: str) -> tuple[DirectoryKey, ...]:
        """The keys of a record type; none for an unknown one."""
        found = self.types.get(record_type)
        return found.keys if found else ()

    def parents(self, record_type: str) -> tuple[str, ...]:
        """The types it may stand under, ROOT and ANY among them; none for an unknown one."""
        found = self.types.get(record_type)
        return found.parents if found else ()

    def path(self, record_type: str) -> tuple[str, ...]:
        """The types that have to be above this one, and it: PATIENT, STUDY, SERIES, IMAGE, or PALETTE."""
        parents = self.parents(record_type)
        return (record_type,) if ROOT in parents or ANY in parents else (*BRANCH, record_type)

    def allows(self, record_type: str, parent: str) -> bool:
        """Whether the type may stand under the parent (Table F.4-1)."""
        allowed = self.parents(record_type)
        return parent in allowed or ANY in allowed

    def wanted(self, sop_class: str) -> frozenset[int]:
        """The tags that a directory needs of an instance of that class; of any with an empty one."""
        name = self.type_of(sop_class) or PRIVATE if sop_class else ""
        return self.tags[name]


@cache
def load_records() -> RecordTable:
    """The table, read once. Raises InvalidProfileData with file and key when it is not in order."""
    return parse_records(Table.load(data_dir().joinpath("records.toml")))


@cache
def with_private_records() -> RecordTable:
    """The table in which every instance whose SOP class has no type gets a PRIVATE record (F.6.1)."""
    return replace(load_records(), otherwise=PRIVATE)


def parse_records(table: Table) -> RecordTable:
    """The table from the words of a TOML file. Raises InvalidProfileData."""
    macros = _macros(table.table("macro", {}))
    supply = table.table("supply")
    supplies = {name: _keywords(supply, name) for name in supply.words()}
    records = table.table("record")
    types = {name: _type(name, records.table(name), supplies, macros) for name in records.words()}
    retired_words = table.table("retired")
    retired = {name: retired_words.take(name, str) for name in retired_words.words()}
    if missing := [name for name in (*BRANCH, PRIVATE) if name not in types]:
        raise records.error(f"{missing[0]!r} is missing")
    for name, kind in types.items():
        if unknown := set(kind.parents) - {*types, ROOT, ANY}:
            raise records.error(f"{name!r} stands under the unknown type {min(unknown)!r}")
    sop_classes = dict(_sop_classes(table.table("sop_class"), {*types, *retired}))
    table.done()
    return RecordTable(types, retired, sop_classes, supplies, _tags(types, supplies))


def _tags(
    types: Mapping[str, RecordType], supplies: Mapping[str, tuple[str, ...]]
) -> Mapping[str, frozenset[int]]:
    """By record type the tags behind its keys and those of the branch above it."""

    def of(*names: str) -> frozenset[int]:
        behind = (tag for name in names for key in types[name].keys for tag in _behind(key, supplies))
        return frozenset(map(tag_of, _ALWAYS_WANTED)).union(behind)

    return {"": of(*types), **{name: of(*BRANCH, name) for name in types}}


def _behind(key: DirectoryKey, supplies: Mapping[str, tuple[str, ...]]) -> Iterator[int]:
    """The tags of an instance that are looked at to fill in a key."""
    yield tag_of(key.keyword)
    if key.computed:
        yield tag_of(_COMPUTED_FROM[key.computed])
    if key.when:
        yield from map(tag_of, key.when.keywords())
    yield from map(tag_of, supplies.get(key.supply, ()))


Macros = Mapping[str, tuple[ItemKey, ...]]
"""What is in the items of sequences, by the name of a macro."""


def _macros(table: Table) -> Macros:
    """The macros in the order of the file; one includes only those before it, so that none has no end."""
    macros: dict[str, tuple[ItemKey, ...]] = {}
    for name in table.words():
        row = table.table(name)
        macros[name] = tuple(_item_key(each, macros) for each in row.tables("keys"))
        row.done()
    return macros


def _item_key(row: Table, macros: Macros) -> ItemKey:
    key = ItemKey(
        keyword=keyword(row),
        type=row.take("type", str),
        instead=_keywords(row, "instead") if "instead" in row.words() else (),
        when=condition(row.table("when", {})),
        items=_items(row, macros),
    )
    if key.type not in KEY_TYPES:
        raise row.error(f"{key.keyword}: {key.type!r} is no type of key")
    if key.type.endswith("C") != bool(key.instead or key.when):
        raise row.error(f"{key.keyword}: type {key.type} and condition contradict each other")
    row.done()
    return key


def _items(row: Table, macros: Macros) -> Items | None:
    """What the sequence holds: the name of a macro under `items`, and `count` as in "1" or "0-1"."""
    name, count = row.take("items", str, ""), row.take("count", str, "")
    if not name and not count:
        return None
    if name not in macros:
        raise row.error(f"{name!r} is no macro")
    least, _, most = count.partition("-")
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?|", count):
        raise row.error(f'\'count\' should be as in "1" or "0-1", not {count!r}')
    return Items(macros[name], int(least or 1), int(most or least) if count else None)


def _type(name: str, table: Table, supplies: Mapping[str, tuple[str, ...]], macros: Macros) -> RecordType:
    file = table.take("file", str)
    if file not in _FILES:
        raise table.error(f"'file' should be one of {', '.join(_FILES)}, not {file!r}")
    clause = table.take("clause", str)
    kind = RecordType(
        name=name,
        clause=clause,
        parents=table.texts("parents"),
        file=file,
        since=table.take("since", str, ""),
        keys=tuple(_key(name, row, supplies, macros, f"PS3.3 {clause}") for row in table.tables("keys")),
    )
    table.done()
    return kind


def _key(
    record: str, row: Table, supplies: Mapping[str, tuple[str, ...]], macros: Macros, citation: str
) -> DirectoryKey:
    key = DirectoryKey(
        record=record,
        keyword=keyword(row),
        type=row.take("type", str),
        when=condition(row.table("when", {})),
        computed=row.take("computed", str, ""),
        supply=row.take("supply", str, ""),
        citation=citation,
        items=_items(row, macros),
    )
    if key.type not in KEY_TYPES:
        raise row.error(f"{key.keyword}: {key.type!r} is no type of key")
    if key.computed and key.computed not in _COMPUTED_FROM:
        raise row.error(f"{key.keyword}: nothing is known to be computed as {key.computed!r}")
    if key.supply and key.supply not in (NEXT_NUMBER, *supplies):
        raise row.error(f"{key.keyword}: nothing is known to be supplied as {key.supply!r}")
    if key.type.endswith("C") and not (key.when or key.computed):
        raise row.error(f"{key.keyword}: a key of type {key.type} needs a condition")
    row.done()
    return key


def _keywords(table: Table, word: str) -> tuple[str, ...]:
    return tuple(known(table, name) for name in table.texts(word))


def _sop_classes(table: Table, types: set[str]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for name in table.words():
        if name not in types:
            raise table.error(f"{name!r} is no record type")
        for uid in table.texts(name):
            if uid in seen:
                raise table.error(f"{uid} is under {seen[uid]!r} and under {name!r}")
            seen[uid] = name
            yield uid, name
