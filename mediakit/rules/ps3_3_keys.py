"""KEY: what Directory Records hold of the objects they stand for (PS3.3 F.5, F.7)."""

from __future__ import annotations

from collections.abc import Iterator

from ..dicomdir import DirectoryView, RecordView
from ..dicomfile import parse_items
from ..dictionary import tag_of, tag_text
from ..keys import COMPUTED, applies, extended, has_value, is_plain, words
from ..model import Attributes, Element, Instance
from ..profile.constraint import holds
from ..profile.model import DirectoryKey, ItemKey, Items
from ..profile.records import HAS_CONCEPT_MOD, load_records
from ..read import FileSetView
from ..report import Severity
from ..values import SPECIFIC_CHARACTER_SET, number, text
from . import Fact, rule
from .ps3_3_directory import name_of, place_of_record

CONTENT_SEQUENCE, ICON, PIXEL_DATA = 0x0040A730, 0x00880200, 0x7FE00010
_RULE_OF = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}


def _repeated(view: DirectoryView, type: str) -> Iterator[Fact]:
    """Every record of the type whose identifier an earlier one has already."""
    tag = tag_of(_RULE_OF[type])
    seen = set()
    for record in view.records:
        value = text(record.keys, tag) if record.type == type else ""
        if value in seen:
            yield Fact(place=place_of_record(record, tag))
        if value:
            seen.add(value)


@rule(
    "KEY-001",
    on=DirectoryView,
    cites="PS3.3 F.5.1",
    recovery="auto",
    says="Another PATIENT record has the same Patient ID",
    advice="If names or birth dates differ it is two people: import them apart. Else they are one patient.",
)
def patient_once(view: DirectoryView) -> Iterator[Fact]:
    """Patient ID is unique over all PATIENT records."""
    yield from _repeated(view, "PATIENT")


@rule(
    "KEY-002",
    on=DirectoryView,
    cites="PS3.3 F.5.2",
    says="Another STUDY record has the same Study Instance UID",
    advice="The study is shown twice, or stands under two patients: check to whom it belongs.",
)
def study_once(view: DirectoryView) -> Iterator[Fact]:
    """Study Instance UID is unique over all STUDY records of the directory."""
    yield from _repeated(view, "STUDY")


@rule(
    "KEY-003",
    on=DirectoryView,
    cites="PS3.3 F.5.3",
    says="Another SERIES record has the same Series Instance UID",
    advice="The series is shown twice, or stands under two studies: check where it belongs.",
)
def series_once(view: DirectoryView) -> Iterator[Fact]:
    """Series Instance UID is unique over all SERIES records of the directory."""
    yield from _repeated(view, "SERIES")


@rule(
    "KEY-004",
    on=DirectoryView,
    cites="PS3.3 F.5",
    recovery="auto",
    says="{name}, a key of Type {type} in {record} records, is {found}",
    advice="Readers that sort or search by the directory miss it; the file may hold the value.",
)
def required_keys(view: DirectoryView) -> Iterator[Fact]:
    """Every record has its Type 1 keys with values and its Type 2 keys, as its type demands."""
    table = load_records()
    needs = {name: [(key, tag_of(key.keyword)) for key in table.keys(name)] for name in table.types}
    for record in view.records:
        for key, tag in needs.get(record.type, ()):
            if key.type == "3" or not (tag in record.keys or _asked_for(key, record)):
                continue
            element = record.keys.get(tag)
            if element is None or (key.type[0] == "1" and not has_value(element)):
                yield _lacking(key, record, element is not None)


def _asked_for(key: DirectoryKey, record: RecordView) -> bool:
    """Whether the record itself tells that the key is required; what the instance tells is KEY-005's."""
    if key.when is None:
        return not key.computed
    # PS3.3 F.5.32 and the like ask for the class of the instance, which the record repeats.
    keyword = {"SOPClassUID": "ReferencedSOPClassUIDInFile"}.get(key.when.keyword, key.when.keyword)
    return key.when.op == "equals" and text(record.keys, keyword) in key.when.values


def _lacking(key: DirectoryKey, record: RecordView, present: bool) -> Fact:
    tag = tag_of(key.keyword)
    args = {
        "name": name_of(tag),
        "type": key.type,
        "record": record.type,
        "found": "empty" if present else "absent",
    }
    # Who it is nobody may invent; other values come from the files.
    recovery = "ask" if key.keyword == "PatientID" else "none"
    return Fact(args, place_of_record(record, tag), citation=key.citation, recovery=recovery)


@rule(
    "KEY-005",
    on=FileSetView,
    cites="PS3.3 F.5",
    says="{name}, a key of Type {type} in {record} records, is {found}, although the file has it",
    advice="Readers that sort or search by the directory miss it; the file holds the value.",
)
def conditional_keys(view: FileSetView) -> Iterator[Fact]:
    """A record has its conditional keys when the instance that it stands for meets the condition."""
    for record, instance in _pairs(view):
        for key in load_records().keys(record.type):
            made = COMPUTED[key.computed](instance.keys) if key.computed else None
            required = applies(key, instance) if key.when else made is not None
            on_record = key.when is not None and _asked_for(key, record)
            if key.type == "1C" and required and not on_record and tag_of(key.keyword) not in record.keys:
                yield _lacking(key, record, present=False)


@rule(
    "KEY-006",
    on=DirectoryView,
    cites="PS3.3 F.5.25",
    says="Content Sequence (0040,A730) of the {record} record holds {found}",
    advice="The directory tells more of the report than it should; the report itself is not affected.",
)
def only_concept_modifiers(view: DirectoryView) -> Iterator[Fact]:
    """Content Sequence of a record holds the HAS CONCEPT MOD children of the document's root only."""
    for record in view.records:
        for item in parse_items(record.keys.raw(CONTENT_SEQUENCE)):
            relationship, found = text(item, "RelationshipType"), ""
            if relationship != "HAS CONCEPT MOD":
                found = f"an item of relationship {relationship or '(none)'}"
            elif CONTENT_SEQUENCE in item:
                found = "children of an item, which are not those of the root"
            if found:
                args = {"record": record.type, "found": found}
                yield Fact(args, place_of_record(record, CONTENT_SEQUENCE))


@rule(
    "KEY-012",
    on=DirectoryView,
    cites="PS3.3 F.5",
    severity=Severity.WARNING,
    says="{name} of the {record} record: {problem}",
    advice="Readers may not understand this key; if the file has it so too, the defect came with the object.",
)
def items_of_keys(view: DirectoryView) -> Iterator[Fact]:
    """The items of a key hold what its macros say, and are as many as it says."""
    table = load_records()
    holding = {
        name: [(tag_of(key.keyword), key) for key in kind.keys if key.items]
        for name, kind in table.types.items()
    }
    for record in view.records:
        for tag, key in holding.get(record.type, ()):
            if key.items and record.keys.raw(tag):
                args = {"name": name_of(tag), "record": record.type}
                for problem in dict.fromkeys(_item_problems(record.keys.raw(tag), key.items)):
                    yield Fact(
                        {**args, "problem": problem}, place_of_record(record, tag), None, "none", key.citation
                    )


def _item_problems(value: bytes, wanted: Items) -> Iterator[str]:
    """What is not as it should be in a sequence that is not empty, and in those within it."""
    items = parse_items(value)
    if not wanted.least <= len(items) <= (len(items) if wanted.most is None else wanted.most):
        count = str(wanted.least) if wanted.least == wanted.most else f"{wanted.least} to {wanted.most}"
        yield f"{len(items)} items, not {count}"
    for item in items:
        for key in wanted.keys:
            element = item.get(tag_of(key.keyword))
            if element and element.value and key.items:
                yield from _item_problems(element.value, key.items)
            elif (element is None or (key.type[0] == "1" and not has_value(element))) and _asked_of(
                key, item
            ):
                yield f"{words(key.keyword)} is {'absent' if element is None else 'empty'} in an item"


def _asked_of(key: ItemKey, item: Attributes) -> bool:
    """Whether the item has to have the attribute."""
    others = (item.get(tag_of(name)) for name in key.instead)
    return holds(key.when, item) and not any(other and has_value(other) for other in others)


@rule(
    "KEY-007",
    on=FileSetView,
    cites="PS3.3 F.5.25",
    says="{name} in the {record} record is not what follows from the file",
    advice="Trust the file.",
)
def computed_keys(view: FileSetView) -> Iterator[Fact]:
    """Verification DateTime is the latest of the file, Content Sequence has all concept modifiers."""
    for record, instance in _pairs(view):
        for key in load_records().keys(record.type):
            if not key.computed or not applies(key, instance):
                continue
            # Items too many, and children of items, are KEY-006's.
            only = COMPUTED[key.computed](record.keys) if key.computed == HAS_CONCEPT_MOD else None
            said = only or record.keys.get(tag_of(key.keyword))
            real = COMPUTED[key.computed](instance.keys)
            if said is not None and real is not None and not _same(said, real):
                args = {"name": name_of(said.tag), "record": record.type}
                yield Fact(args, place_of_record(record, said.tag))


def _pairs(view: FileSetView) -> Iterator[tuple[RecordView, Instance]]:
    """Every record with the instance that it stands for, where its file holds one."""
    for reference in view.references:
        if reference.file and reference.file.instance:
            yield reference.record, reference.file.instance


def _same(said: Element, real: Element) -> bool:
    """Whether two values are the same but for padding; of sequences, all items are compared."""
    if said.vr == "SQ":
        return parse_items(said.value) == parse_items(real.value)
    return said.value.strip(b" \0") == real.value.strip(b" \0")


@rule(
    "KEY-008",
    on=DirectoryView,
    cites="PS3.3 F.5.32",
    says="Encapsulated Document (0042,0011) stands in the record",
    advice="The directory is larger than it need be; the document is in its file.",
)
def no_document(view: DirectoryView) -> Iterator[Fact]:
    """The encapsulated document itself is not copied into the directory."""
    for record in view.records:
        if 0x00420011 in record.keys:
            yield Fact(place=place_of_record(record, 0x00420011))


@rule(
    "KEY-009",
    on=DirectoryView,
    cites="PS3.3 F.7",
    says="The icon of the {record} record has {problem}",
    advice="Readers may show a wrong preview or none; the image itself is not affected.",
)
def icon_description(view: DirectoryView) -> Iterator[Fact]:
    """An icon is one small image: one sample, monochrome or palette, 1 or 8 bits, unsigned, square pixels."""
    for record in view.records:
        if ICON in record.keys:
            for problem in _icon_problems(parse_items(record.keys.raw(ICON))):
                yield Fact({"record": record.type, "problem": problem}, place_of_record(record, ICON))


def _icon_problems(items: tuple[Attributes, ...]) -> Iterator[str]:
    if len(items) != 1:
        yield f"{len(items)} items, not 1"
    for item in items[:1]:
        kind, bits = text(item, "PhotometricInterpretation"), number(item, "BitsAllocated")
        stored = number(item, "BitsStored") or 0
        allowed: dict[str, tuple[object, ...]] = {
            "SamplesPerPixel": (1,),
            "BitsAllocated": (8,) if kind == "PALETTE COLOR" else (1, 8),
            "BitsStored": (bits,),
            "HighBit": (stored - 1,),
            "PixelRepresentation": (0,),
        }
        if kind not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"):
            yield f"Photometric Interpretation {kind or 'absent'}"
        for keyword, values in allowed.items():
            found = number(item, keyword)
            if found not in values or found is None:
                yield f"{words(keyword)} {'absent' if found is None else found}"
        yield from (
            f"{words(keyword)} absent" for keyword in ("Rows", "Columns") if not number(item, keyword)
        )
        if tag_of("PlanarConfiguration") in item:
            yield "Planar Configuration, which it may not have"
        if (ratio := text(item, "PixelAspectRatio")) and not _square(item):
            yield f"Pixel Aspect Ratio {ratio}, not 1:1"


def _square(item: Attributes) -> bool:
    return item.raw(tag_of("PixelAspectRatio")).replace(b" ", b"") == b"1\\1"


@rule(
    "KEY-010",
    on=DirectoryView,
    cites="PS3.3 F.7",
    says="The icon of the {record} record has {found} bytes of Pixel Data, not {wanted}",
    advice="Readers may show a wrong preview or none; the image itself is not affected.",
)
def icon_uncompressed(view: DirectoryView) -> Iterator[Fact]:
    """The Pixel Data of an icon is there and uncompressed."""
    for record in view.records:
        for item in parse_items(record.keys.raw(ICON))[:1]:
            rows, columns = number(item, "Rows") or 0, number(item, "Columns") or 0
            wanted = -(-rows * columns * (number(item, "BitsAllocated") or 8) // 8)
            found = len(item.raw(PIXEL_DATA))
            if found != wanted + wanted % 2:
                args = {"record": record.type, "found": found, "wanted": wanted}
                yield Fact(args, place_of_record(record, ICON))


@rule(
    "KEY-011",
    on=DirectoryView,
    cites="PS3.3 F.5",
    recovery="ask",
    says="{name} in a {record} record is not plain ASCII, but the record has no Specific Character Set",
    advice="The text cannot be read for certain; compare it with the file. Each record needs (0008,0005).",
)
def character_set(view: DirectoryView) -> Iterator[Fact]:
    """A record whose keys need a Specific Character Set has one; there is none for the whole directory."""
    for record in view.records:
        keys = record.keys
        if not (keys.raw(SPECIFIC_CHARACTER_SET) or is_plain(keys)):
            for element in keys:
                if extended(element):
                    args = {"name": _name(element.tag), "record": record.type}
                    yield Fact(args, place_of_record(record, element.tag))


def _name(tag: int) -> str:
    """An attribute's name, its bare tag when PS3.6 has none."""
    try:
        return name_of(tag)
    except KeyError:
        return tag_text(tag)
