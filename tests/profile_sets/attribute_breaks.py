"""Instances that break what a profile asks of their attributes, one constraint at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.builders import FileSetFolder, uid

from .conforming import conforming
from .dataset import EXPLICIT, JPEG_BASELINE, RLE, Made
from .facts import Facts
from .images import SC, region, ultrasound


@dataclass(frozen=True)
class Case:
    """What is broken, how the File-set is made, and the rules that tell consequences."""

    what: str
    make: Callable[[], FileSetFolder] = field(repr=False)
    also: tuple[str, ...] = ()
    claim: str | None = None
    image: str = ""


Instances = list[tuple[str, Made]]

WRONG: Mapping[str, Any] = {
    "Modality": "OT",
    "PhotometricInterpretation": "MONOCHROME1",
    "SamplesPerPixel": 3,
    "PixelRepresentation": 1,
    "HighBit": 5,
    "BitsStored": 9,
    "BitsAllocated": 32,
}
"""A value outside every enumeration and relation of the tables; limits are broken by one."""


def cases(profile: Facts, seen: set[str]) -> dict[str, Instances]:
    """By kind the instances, each named by what it breaks; `seen` are the tables that were broken before."""
    values: Instances = []
    types: Instances = []
    for table in profile.images:
        first = first_time(table["table"], seen)
        base = _subject(profile, table)
        values += _some(list(_values(base, table)), first)
        raised = [row["keyword"] for row in table.get("type_specialization", ())]
        types += _some([(name, changed(base, **{name: None})) for name in raised], first)
    return {
        "attribute value": values,
        "photometric pair": _pairs(profile, seen),
        "attribute type": types,
        "module in items": _modules(profile, seen),
        "overlay": [("", _with_overlay(profile))] if profile.annex == "B" else [],
    }


def first_time(table: str, seen: set[str]) -> bool:
    """Whether the table was not seen before; from now on it was."""
    first = table not in seen
    seen.add(table)
    return first


def changed(made: Made, **changes: Any) -> Made:
    """Another instance that differs in these values."""
    return made.but(**changes, SOPInstanceUID=uid(f"{made.values['SOPInstanceUID']} {sorted(changes)}"))


def _some(instances: Instances, all: bool) -> Instances:
    return instances if all else instances[:1]


def _subject(profile: Facts, table: Mapping[str, Any]) -> Made:
    """A conforming instance that the table is about."""
    about = table["applies_to"]
    return next(
        made
        for made in conforming(profile)
        if made.sop_class in about["sop_class_in"]
        and all(made.values[name] == value for name, value in about.get("when", {}).items())
    )


def _values(base: Made, table: Mapping[str, Any]) -> Iterator[tuple[str, Made]]:
    """The instance with each attribute wrong, and the others as this one wants them."""
    rows = {row["keyword"]: row for row in table.get("attributes", ())}
    for keyword, row in rows.items():
        if keyword in table["applies_to"].get("when", ()):
            continue  # then the table is about other instances
        changes: dict[str, Any] = {keyword: row["max"] + 1 if "max" in row else WRONG[keyword]}
        if keyword == "BitsStored":
            if "enum" not in rows.get("HighBit", {}):
                changes["HighBit"] = WRONG[keyword] - 1
            if "equals_expression" in rows.get("BitsAllocated", {}):
                changes["BitsAllocated"] = 16
        elif keyword == "BitsAllocated" and "equals_expression" in rows["BitsStored"]:
            changes |= {"BitsStored": WRONG[keyword], "HighBit": WRONG[keyword] - 1}
        yield f"{table['table'].split(' ')[0]} {keyword}", with_pixels(changed(base, **changes))


def with_pixels(made: Made) -> Made:
    """Native pixels of the length that the attributes ask for."""
    if made.syntax != EXPLICIT:
        return made
    values = made.values
    samples = values["Rows"] * values["Columns"] * values["SamplesPerPixel"]
    frames = int(values.get("NumberOfFrames", 1))
    return made.but(PixelData=bytes(samples * frames * values["BitsAllocated"] // 8))


def _pairs(profile: Facts, seen: set[str]) -> Instances:
    """Every photometric interpretation in each of the transfer syntaxes that it is not paired with."""
    found = []
    for table in profile.images:
        for photometric, allowed in table.get("photometric_transfer_syntax_pairs", {}).items():
            for syntax in (EXPLICIT, RLE, JPEG_BASELINE):
                if syntax not in allowed:
                    name = f"{photometric} in {syntax[18:]}"
                    found.append((name, ultrasound(photometric, syntax, organization=1)))
    return _some(found, first_time("pairs", seen)) if found else []


def _modules(profile: Facts, seen: set[str]) -> Instances:
    """Regions without each of the attributes that the profile wants in them, and no region at all."""
    found: Instances = []
    for module in profile.modules:
        first = first_time(module["section"], seen)
        table: Instances = []
        if "sequence" in module:
            table += [("absent", _calibrated(None)), ("without items", _calibrated([]))]
        for row in module["required_in_each_item"]:
            table.append((row["keyword"], _calibrated([_without(row["keyword"], 0)])))
        for row in module.get("conditional_on_PixelComponentOrganization", ()):
            values = row["required_when_value_in"]
            organization = 0 if values == "any" else values[0]
            table.append((row["keyword"], _calibrated([_without(row["keyword"], organization)])))
        if not first:
            # The second item is the one without: both are looked at.
            keyword = module["required_in_each_item"][0]["keyword"]
            table = [(f"{keyword} in item 2", _calibrated([region(0), _without(keyword, 0)]))]
        found += table
    return found


def _calibrated(regions: list[dict[str, Any]] | None) -> Made:
    made = ultrasound("RGB", EXPLICIT, organization=2)
    return changed(made, SequenceOfUltrasoundRegions=regions)


def _without(keyword: str, organization: int) -> dict[str, Any]:
    return {name: value for name, value in region(organization).items() if name != keyword}


def _with_overlay(profile: Facts) -> Made:
    """A Secondary Capture image with an overlay of one bit a pixel (PS3.3 C.9.2)."""
    capture = next(made for made in conforming(profile) if made.sop_class == SC)
    return changed(capture, **{"60003000": bytes(32)})
