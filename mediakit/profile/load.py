"""profiles/*.toml -> ApplicationProfile and PhysicalMedium: strict, once, frozen.

One file holds one class of profiles, as one annex of PS3.11 does: `[class]` says what is
constant over its `[[profile]]` entries, `[variant.NAME]` what some of them add. A profile that
`extends` another needs no class; those in a user's folder are of this kind. `media.toml`,
`records.toml`, `retired.toml` and `sop-classes.toml` are no classes. profiles/README.md
explains the words.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..errors import InvalidProfileData, UnknownProfile
from ..model import Role
from . import words
from .constraint import AtLeastOne, IconTable, ImageTable, ItemTable, Prose
from .data import Table, data_dir
from .model import (
    ApplicationProfile,
    DirectoryDemands,
    DirectoryKey,
    ObjectRow,
    PhysicalMedium,
    RetiredProfile,
    SopClassSet,
)
from .records import load_records

Folders = Iterable[str | os.PathLike[str]]
"""Folders with a user's own profiles."""

_NOT_CLASSES = ("media.toml", "records.toml", "retired.toml", "sop-classes.toml")
_SECURITY = ("none", "cms", "e-mail")
_AUGMENTED, _PRIVATE = "AUG", "PRI"


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
            row.texts("general"),
            iso_level=row.take("iso_level", int, 1),
            udf=row.texts("udf", []),
            fat=row.numbers("fat"),
            partitioned=row.take("partitioned", bool, True),
            sector=row.take("sector", int, 512),
            clusters=row.numbers("clusters"),
            like=row.take("like", str, ""),
        )
        row.done()
    return MappingProxyType(found)


@cache
def sop_class_sets() -> Mapping[str, SopClassSet]:
    """The sets of SOP classes that rows of profiles name."""
    table = Table.load(data_dir().joinpath("sop-classes.toml"))
    found = {}
    for name in table.words():
        row = table.table(name)
        found[name] = SopClassSet(
            name, row.take("edition", str), row.take("open", bool), frozenset(words.uids(row, "classes"))
        )
        row.done()
    return MappingProxyType(found)


@cache
def _standard() -> Mapping[str, ApplicationProfile]:
    """The profiles that come with the package, in the order of the annexes."""
    found: dict[str, ApplicationProfile] = {}
    keys: dict[str, tuple[DirectoryKey, ...]] = {}
    for file in sorted(data_dir().iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml") and file.name not in _NOT_CLASSES:
            found |= _file(Table.load(file), found, keys)
    return MappingProxyType(found)


def profiles(folders: Folders = ()) -> Mapping[str, ApplicationProfile]:
    """Every current profile by its identifier: those of the standard, then those in the folders.

    Raises InvalidProfileData, with file and line, when a file says what it may not.
    """
    found = dict(_standard())
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise InvalidProfileData(f"{folder} is no folder.", "Name the folder that holds your profiles.")
        for file in sorted(folder.glob("*.toml")):
            mine = _file(Table.load(file), found, {})
            if known := [name for name in mine if name in found]:
                raise InvalidProfileData(f"{file.name}: there is a profile {known[0]} already")
            found |= mine
    return MappingProxyType(found)


@cache
def _old_names() -> tuple[Mapping[str, RetiredProfile], Mapping[str, str]]:
    """The retired profiles, and for the beginnings of identifiers what is meant by them."""
    table = Table.load(data_dir().joinpath("retired.toml"))
    instead: dict[str, str] = {}
    for name in ("prefix", "alias"):
        spellings = table.table(name)
        instead |= {spelling: spellings.take(spelling, str) for spelling in spellings.words()}
    found: dict[str, RetiredProfile] = {}
    for row in table.tables("retired"):
        annex, medium, last = (row.take(word, str) for word in ("annex", "medium", "last"))
        found.update((id, RetiredProfile(id, annex, medium, last)) for id in row.texts("profiles"))
        row.done()
    table.done()
    return MappingProxyType(found), MappingProxyType(instead)


def retired_profiles() -> Mapping[str, RetiredProfile]:
    """The profiles of earlier editions by their identifiers."""
    return _old_names()[0]


def current_name(identifier: str) -> str:
    """The identifier as the current edition spells it; old prefixes and known misprints are mended."""
    name = identifier.upper()
    for spelling, meant in _old_names()[1].items():
        if name.startswith(spelling):
            name = meant + name.removeprefix(spelling)
    return name


def profile(identifier: str, folders: Folders = ()) -> ApplicationProfile:
    """The profile of that identifier. Raises UnknownProfile, also for one that is retired."""
    name = current_name(identifier)
    found = profiles(folders).get(name)
    if found is not None:
        return found
    if old := retired_profiles().get(name):
        raise UnknownProfile(
            f"The application profile {old.id} is retired: {old.last} was the last to define it, "
            f"for a {old.medium}.",
            "Name a current profile; `mediakit profiles` lists them.",
        )
    raise UnknownProfile(
        f"There is no application profile {identifier!r}.",
        "`mediakit profiles` lists those that are known.",
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """What a class, a variant or a profile of its own contributes, slot by slot."""

    objects: tuple[ObjectRow, ...] = ()
    keys: tuple[DirectoryKey, ...] = ()
    images: tuple[ImageTable, ...] = ()
    items: tuple[ItemTable, ...] = ()
    icons: tuple[IconTable, ...] = ()
    at_least_one: tuple[AtLeastOne, ...] = ()
    prose: tuple[Prose, ...] = ()


def _block(table: Table, cite: words.Cite) -> _Block:
    keys: tuple[DirectoryKey, ...] = ()
    if "keys" in table.words():
        listed = table.table("keys")
        citation, records = cite(listed), frozenset(load_records().types)
        listed.take("reading", str, "")
        rows = (key for row in listed.tables("rows") for key in words.key_rows(row, citation, records))
        keys = tuple(rows)
        listed.done()
    return _Block(
        tuple(words.object_row(row, cite, frozenset(sop_class_sets())) for row in table.tables("object")),
        keys,
        tuple(words.image_table(row, cite) for row in table.tables("image")),
        tuple(words.item_table(row, cite) for row in table.tables("items")),
        tuple(words.icon_table(table.table("icon"), cite) for _ in _once(table, "icon")),
        tuple(words.at_least_one(table.table("at_least_one"), cite) for _ in _once(table, "at_least_one")),
        tuple(words.prose(row, cite) for row in table.tables("prose")),
    )


def _once(table: Table, word: str) -> Iterator[str]:
    """The word, if it is there."""
    if word in table.words():
        yield word


def _standard_citation(table: Table) -> str:
    """PS3.11 Table D.3-1, or PS3.11 C.4."""
    if "section" in table.words():
        return f"PS3.11 {table.take('section', str)}"
    return f"PS3.11 Table {table.take('table', str)}"


def _file(
    table: Table, known: Mapping[str, ApplicationProfile], keys: dict[str, tuple[DirectoryKey, ...]]
) -> dict[str, ApplicationProfile]:
    """The profiles of a file; `known` are those it may extend, `keys` those of earlier annexes."""
    common = _Class.of(table, keys) if "class" in table.words() else None
    found: dict[str, ApplicationProfile] = {}
    for row in table.tables("profile"):
        if "extends" in row.words():
            made = _extended(row, {**known, **found})
        elif common:
            made = common.profile(row)
        else:
            raise row.error("a profile of no class needs 'extends'")
        if made.id in found:
            raise row.error(f"{made.id} is there twice", made.id)
        found[made.id] = made
    table.done()
    return found


@dataclass(frozen=True, slots=True)
class _Class:
    """`[class]` and its `[variant]`s: what the profiles of a file have in common."""

    annex: str
    roles: tuple[Role, ...]
    directory: DirectoryDemands
    block: _Block
    variants: Mapping[str, _Block]
    readings: tuple[str, ...]
    modalities: tuple[str, ...]

    @staticmethod
    def of(table: Table, keys: dict[str, tuple[DirectoryKey, ...]]) -> _Class:
        """Take the class and the variants out of a file."""
        common = table.table("class")
        common.take("id", str)
        annex = common.take("annex", str)
        block = _block(common, _standard_citation)
        if "keys_of" in common.words():
            other = common.take("keys_of", str)
            if other not in keys:
                raise common.error(f"no earlier file is of Annex {other}", "keys_of")
            block = replace(block, keys=keys[other])
        keys[annex] = block.keys
        found = _Class(
            annex,
            tuple(words.role(common, name) for name in common.texts("roles")),
            words.demands(common.table("directory"), f"PS3.11 {annex}.3.3"),
            block,
            _variants(table.table("variant", {})),
            tuple(common.take(word, str) for word in _once(common, "reading")),
            common.texts("modality", []),
        )
        common.done()
        return found

    def profile(self, row: Table) -> ApplicationProfile:
        """The specific profile of a `[[profile]]` entry."""
        named = row.texts("variants", [])
        if unknown := [name for name in named if name not in self.variants]:
            raise row.error(f"there is no variant {unknown[0]!r}", "variants")
        roles = tuple(words.role(row, name) for name in row.texts("roles", [])) or self.roles
        made = ApplicationProfile(
            id=row.take("id", str),
            name=row.take("name", str),
            annex=self.annex,
            roles=roles,
            objects=(),
            directory=self.directory,
            keys=(),
            media=_media(row),
            security=_security(row, "none"),
            modalities=row.texts("modality", list(self.modalities)),
            readings=(*self.readings, *(row.take(word, str) for word in _once(row, "reading"))),
        )
        own = _block(row, _standard_citation)
        row.done()
        return _with(made, self.block, *(self.variants[name] for name in named), own)


def _variants(table: Table) -> Mapping[str, _Block]:
    found = {}
    for name in table.words():
        row = table.table(name)
        found[name] = _block(row, _standard_citation)
        row.done()
    return found


def _with(base: ApplicationProfile, *blocks: _Block) -> ApplicationProfile:
    """The profile with the contributions of the blocks behind its own."""
    for block in blocks:
        base = replace(
            base,
            objects=base.objects + block.objects,
            keys=base.keys + block.keys,
            images=base.images + block.images,
            items=base.items + block.items,
            icons=base.icons + block.icons,
            at_least_one=base.at_least_one + block.at_least_one,
            prose=base.prose + block.prose,
        )
    return base


def _extended(row: Table, known: Mapping[str, ApplicationProfile]) -> ApplicationProfile:
    """A profile that adds to another: Augmented or Private (PS3.11 8, PS3.2 7.4.2 and 7.4.3)."""
    id, base = row.take("id", str), row.take("extends", str)
    kind = id.partition("-")[0]
    if kind not in (_AUGMENTED, _PRIVATE) or len(id) > 64 or id != id.upper() or " " in id:
        raise row.error(f"{id!r} is no identifier of an own profile: AUG- or PRI-, capitals, up to 64", id)
    if base not in known:
        raise row.error(f"there is no profile {base!r} to extend", base)
    # PS3.2 7.4.2: an Augmented profile keeps medium, format and security of the one it adds to.
    if kind == _AUGMENTED and (fixed := [word for word in ("media", "security") if word in row.words()]):
        raise row.error(f"an augmented profile cannot change {fixed[0]!r}", fixed[0])
    old = known[base]

    def cite(table: Table) -> str:
        return str(table.take("table", str, id))

    own = _block(row, cite)
    made = replace(
        old,
        id=id,
        name=row.take("name", str),
        extends=base,
        media=_media(row) if "media" in row.words() else old.media,
        security=_security(row, old.security),
    )
    row.done()
    return _with(made, own)


def _media(row: Table) -> tuple[str, ...]:
    names = row.texts("media")
    if unknown := [name for name in names if name not in media()]:
        raise row.error(f"there is no medium {unknown[0]!r}", unknown[0])
    return names


def _security(row: Table, default: str) -> str:
    word: str = row.take("security", str, default)
    if word not in _SECURITY:
        raise row.error(f"'security' should be one of {', '.join(_SECURITY)}, not {word!r}", "security")
    return word
