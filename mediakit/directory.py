"""FileSet members -> Directory Records: which record, under which, with which keys (PS3.3 F.4, F.5).

Between staging and `dicomdir`, which turns the records into bytes. What a record holds is
data (`profiles/records.toml`); here the values are copied as they are, computed, or supplied
where the instance lacks them (PS3.11 D.3.3). Nothing here knows an offset, and no instance
is changed: a supplied value is in the record only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from .creator_notes import Supplied
from .dictionary import keyword_of, tag_of, uid_name, vr_of
from .keys import applies, extended, fault, has_value, source_of, words
from .model import Attributes, DirectoryRecord, Element, Instance, Member
from .profile.model import DirectoryKey
from .profile.records import BRANCH, NEXT_NUMBER, PRIVATE, ROOT, RecordTable
from .values import SPECIFIC_CHARACTER_SET, charset_of, encode_text, number, text, texts

__all__ = ["Directory", "applies", "build_directory", "order", "unfit"]

PATIENT_NAME, PATIENT_ID = 0x00100010, 0x00100020
STUDY_DATE, STUDY_TIME, STUDY_UID = 0x00080020, 0x00080030, 0x0020000D
PRIVATE_UID = 0x00041432
SERIES_UID, SERIES_NUMBER, INSTANCE_NUMBER = 0x0020000E, 0x00200011, 0x00200013

PRIVATE_RECORD_UID = "2.25.242242414438017056247862215910441119755"
"""What our PRIVATE records mean (F.6.1): an instance that has no record type of its own, for any reader."""

IDENTITY = (PATIENT_ID, STUDY_UID, SERIES_UID)
"""What makes two instances share a PATIENT, STUDY or SERIES record."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_STRICTNESS = ("1", "2", "1C", "2C", "3")
_SHORT = 128
"""Bytes of a value whose faults are remembered; a hostile file has longer ones."""

_HIGHEST_NUMBER = 2**31 - 1  # PS3.5 6.2: the range of IS
_OLD_SEPARATORS = {"DA": ".", "TM": ":"}
"""Dates as 2024.05.01 and times as 10:15:00 were written before DICOM 3.0 (PS3.5 6.2)."""

_PACKED = {"US": "<H", "UL": "<I", "UV": "<Q"}


@dataclass(frozen=True, slots=True)
class Directory:
    """The records of a File-set, the root Directory Entity first, and what had to be supplied."""

    records: tuple[DirectoryRecord, ...]
    supplied: tuple[Supplied, ...]


def order(instances: Iterable[Instance], table: RecordTable) -> list[Instance]:
    """The instances as people look for them, those of one series, study and patient together.

    Patients by name and Patient ID, studies by date and time, series and instances by
    number, UIDs where these are equal; objects without a patient come last. What has no
    number stands behind what has one.
    """
    known = _Remembered()
    rows = [_Row(instance, *known.identity(instance)) for instance in instances]
    # A branch counts once, by its smallest value, even if its instances disagree.
    names: dict[str, str] = {}
    times: dict[str, tuple[str, str]] = {}
    numbers: dict[str, tuple[bool, int]] = {}
    for instance, patient, study, series in rows:
        _smallest(names, patient, known.text(instance, PATIENT_NAME).casefold())
        _smallest(times, study, (known.text(instance, STUDY_DATE), known.text(instance, STUDY_TIME)))
        _smallest(numbers, series, known.number(instance, SERIES_NUMBER))

    def place(row: _Row) -> tuple[Any, ...]:
        instance, patient, study, series = row
        at_root = (table.type_of(instance.sop_class) or "") if _stands_alone(instance, table) else ""
        branch = (names[patient], patient, times[study], study, numbers[series], series)
        return at_root, *branch, known.number(instance, INSTANCE_NUMBER), instance.sop_instance

    return [row.instance for row in sorted(rows, key=place)]


class _Remembered:
    """Values of many instances as text and numbers, each distinct one decoded once."""

    def __init__(self) -> None:
        self._texts: dict[tuple[int, bytes, bytes], str] = {}
        self._numbers: dict[bytes, tuple[bool, int]] = {}

    def text(self, instance: Instance, tag: int) -> str:
        """As `values.text`."""
        token = (tag, instance.keys.raw(tag), instance.keys.raw(SPECIFIC_CHARACTER_SET))
        found = self._texts.get(token)
        if found is None:
            found = self._texts[token] = text(instance.keys, tag)
        return found

    def number(self, instance: Instance, tag: int) -> tuple[bool, int]:
        """A number to sort by; what has none comes last."""
        raw = instance.keys.raw(tag)
        found = self._numbers.get(raw)
        if found is None:
            value = number(instance.keys, tag)
            found = self._numbers[raw] = (value is None, value or 0)
        return found

    def identity(self, instance: Instance) -> tuple[str, str, str]:
        """Patient ID, Study and Series Instance UID."""
        patient, study, series = IDENTITY
        return self.text(instance, patient), self.text(instance, study), self.text(instance, series)


class _Row(NamedTuple):
    instance: Instance
    patient: str
    study: str
    series: str


def unfit(
    instance: Instance,
    table: RecordTable,
    supply: Mapping[str, str] = _NOTHING,
    extra: Sequence[DirectoryKey] = (),
) -> str | None:
    """Why no record can be made of the instance, in one sentence; None when one can.

    `supply` holds values by keyword that the user gives for missing ones, `extra` the
    additional keys of profiles.
    """
    kind = table.type_of(instance.sop_class)
    if kind is None:
        return _no_type(instance, table)
    problems = [] if instance.sop_instance else ["SOP Instance UID is missing"]
    recipe = _recipe(table, tuple(extra), tuple(sorted(supply.items())))
    for name in table.path(kind):
        draft = recipe.draft(name, instance)
        problems += [f"{words(key.keyword)} is missing" for key in draft.missing] + draft.problems
    return "; ".join(dict.fromkeys(problems)) or None


def build_directory(
    members: Sequence[Member],
    table: RecordTable,
    extra: Sequence[DirectoryKey] = (),
    supply: Mapping[str, str] = _NOTHING,
) -> Directory:
    """The records of the members, which keep their order within each branch.

    A branch's record takes its values from the first instance that lacks none of them. A
    PRIVATE record stands in the lowest branch of its instance that has others too: without the
    PRIVATE records a directory is complete and has no empty branch (F.6). Members without an
    instance get no record (PS3.10 8.1). Raises ValueError when an instance does not fit;
    `unfit` tells before.
    """
    recipe = _recipe(table, tuple(extra), tuple(sorted(supply.items())))
    branches: list[tuple[Member, Instance]] = []
    alone: list[tuple[Member, Instance]] = []
    for member in members:
        if member.instance:
            alone_here = _stands_alone(member.instance, table)
            (alone if alone_here else branches).append((member, member.instance))
    supplied: list[Supplied] = []
    roots = _entity(recipe, 0, branches, supplied) + _entity(recipe, len(BRANCH), alone, supplied)
    return Directory(roots, tuple(supplied))


@dataclass(slots=True)
class _Draft:
    """A record in the making: what it holds, what it lacks, and what nobody can write into it."""

    name: str
    instance: Instance
    elements: list[Element] = field(default_factory=list)
    unnumbered: list[DirectoryKey] = field(default_factory=list)
    missing: list[DirectoryKey] = field(default_factory=list)
    supplied: list[Supplied] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything it needs came from the instance."""
        return not (self.unnumbered or self.missing or self.supplied or self.problems)

    def supply(self, element: Element, value: str, source: str) -> None:
        """Put a value into the record that the instance does not have."""
        self.elements.append(element)
        self.supplied.append(Supplied(self.name, keyword_of(element.tag), value, source, self.instance))


def _fault(keys: Attributes, tag: int) -> str:
    """Why the value cannot be the one value of a Type 1 key; empty when it can."""
    vr, raw = keys.cells[keys.index[tag]]
    plain = len(raw) <= _SHORT and raw.isascii()
    return _fault_of_ascii(vr, raw) if plain else fault(vr, texts(keys, tag))


@lru_cache(maxsize=4096)
def _fault_of_ascii(vr: str, raw: bytes) -> str:
    """The same for bytes that mean the same in every character set; branches repeat their values."""
    return fault(vr, [value.strip(" \0") for value in raw.decode("ascii").split("\\")])


class _Recipe:
    """What records are made by: the table, the profiles' additional keys, and the user's values."""

    def __init__(self, table: RecordTable, extra: Sequence[DirectoryKey], values: Mapping[str, str]) -> None:
        self.table, self.values = table, values
        self._shapes: dict[tuple[int, ...], Mapping[int, int]] = {}
        self._keys: dict[str, tuple[tuple[DirectoryKey, int, bool], ...]] = {}
        self.below: dict[str, tuple[DirectoryKey, ...]] = {}
        for name in table.types:
            # A profile may raise the type of a key that the record has anyway (PS3.11 6), and
            # of several profiles the strictest counts. Items of a sequence are copied with it.
            more = [key for key in extra if key.record == name and not key.within]
            merged: dict[str, DirectoryKey] = {}
            for key in (*table.keys(name), *more):
                known = merged.get(key.keyword)
                if known is None or _STRICTNESS.index(key.type) <= _STRICTNESS.index(known.type):
                    merged[key.keyword] = key
            self.below[name] = tuple(key for key in more if key.when and key.when.op == "below")
            self._keys[name] = tuple(
                (k, tag_of(k.keyword), not (k.when or k.computed)) for k in merged.values()
            )

    def draft(self, name: str, instance: Instance) -> _Draft:
        """The record of that type with all that the instance, or the user, gives."""
        draft = _Draft(name, instance)
        if name == PRIVATE:
            draft.elements.append(Element(PRIVATE_UID, "UI", PRIVATE_RECORD_UID.encode("ascii")))
        index, cells = instance.keys.index, instance.keys.cells
        for key, tag, plain in self._keys[name]:
            at = index.get(tag)
            usable = at is not None and (key.type != "1" or not _fault(instance.keys, tag))
            if plain and usable and at is not None and cells[at][1].strip(b" \0"):
                draft.elements.append(Element(tag, *cells[at]))
            elif plain or applies(key, instance):
                self._fill(draft, key)
        # All in one first: hardly any record holds anything but ASCII, and there are many.
        joined = b"".join([element.value for element in draft.elements])
        if not joined.isascii() or b"\x1b" in joined:
            self._add_character_set(draft)
        return draft

    def take_from_below(self, draft: _Draft, instances: Iterable[Instance]) -> None:
        """Add the keys that any instance below the record has a value of (PS3.11 Table H.3-2)."""
        lacking = {tag_of(k.keyword) for k in self.below[draft.name]} - {e.tag for e in draft.elements}
        charset = draft.instance.keys.raw(SPECIFIC_CHARACTER_SET)
        for instance in instances if lacking else ():
            for tag in sorted(lacking):
                element = instance.keys.get(tag)
                if element is None or not has_value(element):
                    continue
                # A value in another character set than the rest of the record cannot stand in it.
                if not extended(element) or instance.keys.raw(SPECIFIC_CHARACTER_SET) == charset:
                    draft.elements.append(element)
                    lacking.remove(tag)
            if not lacking:
                break
        if SPECIFIC_CHARACTER_SET not in {element.tag for element in draft.elements}:
            self._add_character_set(draft)

    def attributes(self, draft: _Draft) -> Attributes:
        """The elements in tag order; records of the same shape share their index."""
        elements = sorted(draft.elements)
        tags = tuple([element.tag for element in elements])
        index = self._shapes.get(tags)
        if index is None:
            index = self._shapes[tags] = {tag: n for n, tag in enumerate(tags)}
        return Attributes(index, tuple([(element.vr, element.value) for element in elements]))

    def _fill(self, draft: _Draft, key: DirectoryKey) -> None:
        """Add the key's element, or note that it is missing."""
        keys, tag = draft.instance.keys, tag_of(key.keyword)
        element = source_of(key, keys)
        valued = element if element and has_value(element) else None
        # A Type 1 value that no reader could use is as good as none.
        judged = valued is not None and key.type[0] == "1" and not key.computed and tag in keys
        problem = _fault(keys, tag) if judged else ""
        if valued and not problem:
            draft.elements.append(valued)
        elif self.values.get(key.keyword) and draft.name != PRIVATE:
            self._give(draft, key.keyword)
        elif key.type[0] == "2" or (element and key.when and key.when.op == "present"):
            # A condition that asks for presence only is met by an empty element too.
            draft.elements.append(Element(tag, vr_of(tag), b""))
        elif key.type[0] == "1" and not (key.computed and not key.when):
            self._replace(draft, key, problem)

    def _replace(self, draft: _Draft, key: DirectoryKey, problem: str) -> None:
        """Find a Type 1 value elsewhere (PS3.11 D.3.3)."""
        if key.supply == NEXT_NUMBER:
            draft.unnumbered.append(key)
            return
        tag, keys = tag_of(key.keyword), draft.instance.keys
        separator = _OLD_SEPARATORS.get(vr_of(tag))
        modern = text(keys, tag).replace(separator, "") if separator else ""
        if modern and not fault(vr_of(tag), (modern,)):
            draft.supply(
                Element(tag, vr_of(tag), modern.encode("ascii")), modern, "the older form in the instance"
            )
            return
        for source in self.table.supplies.get(key.supply, ()):
            value = text(keys, source)
            if value and not fault(vr_of(tag), (value,)):
                draft.supply(Element(tag, vr_of(tag), keys.raw(tag_of(source))), value, words(source))
                return
        if problem:
            draft.problems.append(f"{words(key.keyword)}: {problem}")
        else:
            draft.missing.append(key)

    def _give(self, draft: _Draft, keyword: str) -> None:
        """The user's value for a missing one, in the character set of the record."""
        tag, value = tag_of(keyword), self.values[keyword]
        vr, charsets = vr_of(tag), charset_of(draft.instance.keys) or (self._fallback,)
        try:
            encoded = _encode(value, vr, charsets)
        except (ValueError, struct.error):
            draft.problems.append(f"the supplied {words(keyword)} {value!r} cannot be written")
        else:
            draft.supply(Element(tag, vr, encoded), value, "the value that was given")

    @property
    def _fallback(self) -> str:
        """The character set of a record whose instance names none: the user's, else Unicode."""
        return self.values.get("SpecificCharacterSet", "ISO_IR 192")

    def _add_character_set(self, draft: _Draft) -> None:
        """PS3.3 F.5: (0008,0005) belongs to the record whose keys need it, there is none for all."""
        in_need = {element.tag for element in draft.elements if extended(element)}
        if not in_need:
            return
        own = draft.instance.keys.get(SPECIFIC_CHARACTER_SET)
        if own and own.value:
            draft.elements.append(own)
            return
        copied = in_need - {tag_of(supplied.keyword) for supplied in draft.supplied}
        if copied and "SpecificCharacterSet" not in self.values:
            keyword = words(keyword_of(min(copied)))
            draft.problems.append(f"{keyword} is not plain ASCII, but Specific Character Set is missing")
            return
        term = self._fallback
        element = Element(SPECIFIC_CHARACTER_SET, "CS", term.encode("ascii", "replace"))
        given = "SpecificCharacterSet" in self.values
        draft.supply(
            element, term, "the value that was given" if given else "needed by a value that was given"
        )


@lru_cache(maxsize=32)
def _recipe(
    table: RecordTable, extra: tuple[DirectoryKey, ...], values: tuple[tuple[str, str], ...]
) -> _Recipe:
    """The recipe; `unfit` is asked for every instance of a job with the same ones."""
    return _Recipe(table, extra, dict(values))


def _entity(
    recipe: _Recipe, level: int, members: Sequence[tuple[Member, Instance]], supplied: list[Supplied]
) -> tuple[DirectoryRecord, ...]:
    """The records of one Directory Entity and all below; `level` counts down from PATIENT."""
    if level == len(BRANCH):
        return _leaves(recipe, members, supplied)
    groups: dict[str, list[tuple[Member, Instance]]] = {}
    known, given = _Remembered(), recipe.values.get(keyword_of(IDENTITY[level]), "")
    for member, instance in members:
        identity = known.text(instance, IDENTITY[level]) or given
        groups.setdefault(identity, []).append((member, instance))
    branches, strays = [], []
    for group in groups.values():
        standard = [each for each in group if recipe.table.type_of(each[1].sop_class) != PRIVATE]
        if standard:
            branches.append((_representative(recipe, BRANCH[level], standard), group))
        else:
            strays += group
    for draft, group in branches:
        recipe.take_from_below(draft, (instance for _, instance in group))
    supplied += _finish([draft for draft, _ in branches])
    records = tuple(
        DirectoryRecord(
            draft.name, recipe.attributes(draft), None, _entity(recipe, level + 1, group, supplied)
        )
        for draft, group in branches
    )
    return records + _leaves(recipe, strays, supplied)


def _leaves(
    recipe: _Recipe, members: Sequence[tuple[Member, Instance]], supplied: list[Supplied]
) -> tuple[DirectoryRecord, ...]:
    """The records of one Directory Entity that stand for instances."""
    drafts = [recipe.draft(_type(instance, recipe.table), instance) for _, instance in members]
    supplied += _finish(drafts)
    pairs = zip(drafts, members, strict=True)
    return tuple(
        DirectoryRecord(draft.name, recipe.attributes(draft), member) for draft, (member, _) in pairs
    )


def _representative(recipe: _Recipe, name: str, group: Sequence[tuple[Member, Instance]]) -> _Draft:
    """The record of a branch, from the first of its instances that lacks nothing, else from the first."""
    first = recipe.draft(name, group[0][1])
    if first.complete:
        return first
    drafts = (recipe.draft(name, instance) for _, instance in group[1:])
    return next((draft for draft in drafts if draft.complete), first)


def _finish(drafts: Sequence[_Draft]) -> list[Supplied]:
    """Give the next free numbers within the entity, and collect all that was supplied."""
    taken = {
        keyword: _highest(drafts, keyword) for d in drafts for keyword in (k.keyword for k in d.unnumbered)
    }
    for draft in drafts:
        if draft.missing or draft.problems:
            raise ValueError(f"{draft.instance.origin} does not fit into a {draft.name} record")
        for key in draft.unnumbered:
            taken[key.keyword] += 1
            value, tag = str(taken[key.keyword]), tag_of(key.keyword)
            draft.supply(Element(tag, vr_of(tag), value.encode("ascii")), value, "the next free number")
    return [supplied for draft in drafts for supplied in draft.supplied]


def _highest(drafts: Sequence[_Draft], keyword: str) -> int:
    """The highest number in use, as long as there is room above it for all that have none."""
    room = _HIGHEST_NUMBER - len(drafts)
    found = (number(draft.instance.keys, keyword) for draft in drafts)
    return max((n for n in found if n is not None and 0 <= n <= room), default=0)


def _stands_alone(instance: Instance, table: RecordTable) -> bool:
    """Whether its record stands at the root for certain: no patient is above it, or no study is known."""
    kind = table.type_of(instance.sop_class) or ""
    return ROOT in table.parents(kind) or (kind == PRIVATE and not text(instance.keys, STUDY_UID))


def _type(instance: Instance, table: RecordTable) -> str:
    kind = table.type_of(instance.sop_class)
    if kind is None:
        raise ValueError(f"{instance.origin}: {_no_type(instance, table)}")
    return kind


def _no_type(instance: Instance, table: RecordTable) -> str:
    if not instance.sop_class:
        return "SOP Class UID is missing"
    retired = table.sop_classes.get(instance.sop_class)
    name = uid_name(instance.sop_class)
    if retired:
        return f"{name} has a Directory Record type that is retired ({retired}) and may not be written"
    return f"{name} has no Directory Record type"


def _encode(value: str, vr: str, charsets: Sequence[str]) -> bytes:
    """A value as the user types it. Raises ValueError or struct.error when that VR cannot hold it."""
    if vr == "SQ":
        raise ValueError("a sequence cannot be typed")
    return struct.pack(_PACKED[vr], int(value)) if vr in _PACKED else encode_text(value, charsets, vr)


def _smallest(found: dict[str, Any], key: str, value: Any) -> None:
    if key not in found or value < found[key]:
        found[key] = value
