"""profiles/*.toml -> ApplicationProfile and PhysicalMedium: strict, once, frozen.

One file holds one class of profiles, as one annex of PS3.11 does: `[class]` says what is
constant over its `[[profile]]` entries. `media.toml` and `records.toml` are no classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from ..errors import UnknownProfile
from ..model import Role
from .data import Table, data_dir
from .model import (
    ANY_MEDIA_STORAGE,
    ApplicationProfile,
    Condition,
    DirectoryDemands,
    DirectoryKey,
    ObjectRow,
    PhysicalMedium,
    Requirement,
)

_NOT_CLASSES = ("media.toml", "records.toml")


@cache
def media() -> Mapping[str, PhysicalMedium]:
    """Every physical medium by its word on the command line."""
    table = Table.load(data_dir().joinpath("media.toml"))
    found = {}
    for word in table.words():
        row = table.table(word)
        found[word] = PhysicalMedium(
            word,
            row.take("name", str),
            row.take("annex", str),
            row.texts("formats"),
            row.take("capacity", int),
            row.take("general", str),
        )
        row.done()
    return found


@cache
def profiles() -> Mapping[str, ApplicationProfile]:
    """Every known profile by its identifier, in the order of the annexes."""
    files = sorted(data_dir().iterdir(), key=lambda file: file.name)
    found: dict[str, ApplicationProfile] = {}
    for file in files:
        if file.name.endswith(".toml") and file.name not in _NOT_CLASSES:
            found.update((profile.id, profile) for profile in _class(Table.load(file)))
    return found


def profile(identifier: str) -> ApplicationProfile:
    """The profile of that identifier. Raises UnknownProfile."""
    found = profiles().get(identifier.upper())
    if found is None:
        raise UnknownProfile(
            f"There is no application profile {identifier!r}.",
            "`mediakit profiles` lists those that are known.",
        )
    return found


def _class(table: Table) -> Iterator[ApplicationProfile]:
    common = table.table("class")
    common.take("id", str)
    annex = common.take("annex", str)
    roles = tuple(Role[name] for name in common.texts("roles"))
    objects = tuple(_object(row, annex) for row in common.tables("object"))
    directory = common.table("directory")
    keys = tuple(key for row in directory.tables("key") for key in _keys(row, annex))
    demands = _demands(directory, annex)
    common.done()
    for row in table.tables("profile"):
        yield ApplicationProfile(
            id=row.take("id", str),
            name=row.take("name", str),
            annex=annex,
            roles=roles,
            objects=objects,
            directory=demands,
            keys=keys,
            media=row.texts("media"),
            security=row.take("security", str),
        )
        row.done()
    table.done()


def _object(row: Table, annex: str) -> ObjectRow:
    from ..dictionary import uid_of

    sop_class = row.take("sop_class", str)
    found = ObjectRow(
        sop_class if sop_class == ANY_MEDIA_STORAGE else uid_of(sop_class),
        tuple(uid_of(keyword) for keyword in row.texts("transfer_syntax")),
        {Role[name]: Requirement(word) for name, word in row.take("requirement", dict).items()},
        f"PS3.11 {annex}.3.1",
    )
    row.done()
    return found


def _demands(table: Table, annex: str) -> DirectoryDemands:
    found = DirectoryDemands(
        table.take("information", str) == "required",
        bool(table.take("empty", bool, True)),
        table.take("referenced", str, "") == "all",
        f"PS3.11 {annex}.3.3",
    )
    table.done()
    return found


def _keys(row: Table, annex: str) -> Iterator[DirectoryKey]:
    records, keyword, type = row.texts("record"), row.take("keyword", str), row.take("type", str)
    when = row.table("when", {})
    condition = next(
        (Condition(op, when.take(op, str)) for op in ("present", "nonempty") if op in when.words()), None
    )
    when.done()
    row.done()
    for record in records:
        yield DirectoryKey(record, keyword, type, condition, citation=f"PS3.11 {annex}.3.3")
