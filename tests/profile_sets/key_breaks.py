"""DICOMDIRs that break what a profile asks of its records: additional keys, and the icons in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import uid

from .attribute_breaks import Case, first_time
from .conforming import conforming
from .dataset import EXPLICIT, Made
from .documents import SPECTROSCOPY, spectroscopy
from .facts import ANY, Facts
from .folder import file_set, with_key
from .images import CT, ENHANCED_CT, enhanced_ct, icon, reference

_RECORDS = Path(__file__).parents[1] / "facts" / "directory-records.json"
ALWAYS, ICON = "KEY-004", "KEY-009"
"""The rules of PS3.3 F.5 and F.7, which want some of it of every directory."""

SAMPLES: Mapping[str, Any] = {
    "CalibrationImage": "NO",
    "ReferencedImageSequence": reference(CT, "scout"),
    "LossyImageCompressionRatio": "10",
    "FrameOfReferenceUID": uid("frame of reference"),
    "SynchronizationFrameOfReferenceUID": uid("synchronization"),
    "NumberOfFrames": "1",
    "AcquisitionTimeSynchronized": "Y",
    "AcquisitionDateTime": "20240501101500",
    "ImagePositionPatient": "0\\0\\0",
    "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
    "PixelSpacing": "1\\1",
}
"""Values that make the conditions of keys hold."""


def keys(profile: Facts, seen: set[str]) -> list[Case]:
    """Without each key, and with each key of Type 1 empty."""
    rows = [(row, type) for row in profile.keys for type in row["record_types"]]
    found = [case for row, type in rows for case in _of_key(profile, row, type)]
    # Annex N has the keys of Annex H, but nothing except videos to copy them from.
    first = first_time(f"{[row['keyword'] for row in profile.keys]} {ANY in profile.sop_classes}", seen)
    return found if first else found[:1]


def _of_key(profile: Facts, row: Mapping[str, Any], type: str) -> Iterator[Case]:
    keyword, within = row["keyword"], row.get("within_sequence")
    for name, made in _subjects(profile, row, type):
        what = f"{type} {within or ''} {keyword}{name}".replace("  ", " ")
        if within:
            item = {key: value for key, value in SAMPLES[within][0].items() if key != keyword}
            yield _case(profile, made, f"{what} absent", type, within, [item], ())
            continue
        also = (ALWAYS,) if _always(type, keyword) else ()
        yield _case(profile, made, f"{what} absent", type, keyword, None, also)
        if row["type"][0] == "1":
            nothing = () if keyword in ("Rows", "Columns") else ""
            empty = [] if keyword.endswith("Sequence") else nothing
            yield _case(
                profile,
                made,
                f"{what} empty",
                type,
                keyword,
                empty,
                also or ((ICON,) if keyword == "IconImageSequence" else ()),
            )


def _case(
    profile: Facts, made: list[Made], what: str, type: str, keyword: str, value: Any, also: tuple[str, ...]
) -> Case:
    return Case(what, lambda: file_set(made, profile.id, with_key(type, keyword, value)), also)


def _subjects(profile: Facts, row: Mapping[str, Any], type: str) -> Iterator[tuple[str, list[Made]]]:
    """Instances whose records of that type want the key; further ones where a value may stand elsewhere."""
    if type == "SPECTROSCOPY":
        if ANY in profile.sop_classes and EXPLICIT in profile.syntaxes:
            yield "", [spectroscopy()]
        return
    if type != "IMAGE":
        yield "", conforming(profile)[:1]
        return
    yield "", [_rich(profile)]
    in_shared = "shared_functional_groups" in row.get("condition", {}).get("in", ())
    if in_shared and ANY in profile.sop_classes and EXPLICIT in profile.syntaxes:
        yield " of shared groups", [enhanced_ct()]


def _rich(profile: Facts) -> Made:
    """An image with every value that a key may be a copy of."""
    images = [made for made in conforming(profile) if "Rows" in made.values and made.sop_class not in
              (ENHANCED_CT, SPECTROSCOPY)]  # fmt: skip
    base = next((made for made in images if "BIPLANE" in made.values["ImageType"]), images[0])
    more = {row["keyword"]: SAMPLES[row["keyword"]] for row in profile.keys if row["keyword"] in SAMPLES}
    return base.but(**{**more, **{name: base.values[name] for name in more if name in base.values}})


@cache
def _always(type: str, keyword: str) -> bool:
    """Whether PS3.3 F.5 wants the key too."""
    rows = json.loads(_RECORDS.read_text(encoding="utf-8"))["records"][type]["keys"]
    return any(row.get("keyword") == keyword and row["type"] == "1" for row in rows)


def icons(profile: Facts, seen: set[str]) -> list[Case]:
    """The icon of a record with each of its values wrong."""
    rule = profile.icon
    wanted = {name: rule[name] for name in _WRONG_ICON if name in rule and _stated(rule[name])}
    if not wanted:
        return []
    size = wanted["Rows"]
    made = next(made for made in conforming(profile) if "IconImageSequence" in made.values)
    records = [*rule["required_on"], *rule["optional_on"]]
    found = [_wrong_icon(profile, made, record, name, size) for record in records for name in wanted]
    return found if first_time(rule["section"], seen) else found[:1]


_WRONG_ICON: Mapping[str, Any] = {
    "Rows": 32,
    "Columns": 32,
    "BitsAllocated": 16,
    "BitsStored": 7,
    "PhotometricInterpretation": "MONOCHROME1",
}


def _wrong_icon(profile: Facts, made: Made, record: str, name: str, size: int) -> Case:
    also = (ICON,) if name.startswith("Bits") else ()  # PS3.3 F.7: 8 bits or 1
    change = with_key(record, "IconImageSequence", _bad(size, name))
    return Case(f"{record} {name}", lambda: file_set([made], profile.id, change), also)


def _stated(value: Any) -> bool:
    """Facts say in prose where the profile says nothing."""
    return not (isinstance(value, str) and value.startswith("not stated"))


def _bad(size: int, name: str) -> list[dict[str, Any]]:
    (item,) = icon(size, **{name: _WRONG_ICON[name]})
    pixels = item["Rows"] * item["Columns"] * item["BitsAllocated"] // 8
    return [{**item, "PixelData": bytes(pixels)}]
