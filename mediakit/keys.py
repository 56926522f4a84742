"""Keys of Directory Records as values: when one is required, what one holds, how one is computed (PS3.3 F.5).

Shared by `directory.py`, which makes records, and by the rules, which judge them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from .dicomfile import encode_items, parse_items
from .dictionary import tag_of
from .model import Attributes, Element, Instance
from .profile.constraint import element_of, holds
from .profile.model import DirectoryKey
from .profile.records import HAS_CONCEPT_MOD, LATEST_VERIFICATION
from .values import SPECIFIC_CHARACTER_SET, text

TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_WITH_TEXT = TEXT_VRS | {"SQ"}
"""Value representations whose bytes depend on Specific Character Set (PS3.5 6.1.2.2)."""

_BINARY_VRS = frozenset(("AT", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SQ", "SS", "SV", "UL",
                         "UN", "US", "UV"))  # fmt: skip


def applies(key: DirectoryKey, instance: Instance) -> bool:
    """Whether the condition of a key holds for the instance; true without a condition."""
    return holds(key.when, instance.keys, instance.sop_class)


def source_of(key: DirectoryKey, keys: Attributes) -> Element | None:
    """The element of the instance that the key is a copy of, or that it is computed from."""
    if key.computed:
        return COMPUTED[key.computed](keys)
    return element_of(key.keyword, keys, key.when is not None and key.when.shared)


def is_plain(keys: Attributes) -> bool:
    """Whether no text in the keys, nor anything in their sequences, is more than ASCII without escapes."""
    held = b"".join([value for vr, value in keys.cells if vr in _WITH_TEXT])
    return held.isascii() and b"\x1b" not in held


def extended(element: Element) -> bool:
    """Whether a text in it needs a Specific Character Set: 8-bit characters or escape sequences.

    Items that name a Specific Character Set of their own do not count.
    """
    if element.vr != "SQ":
        return element.vr in TEXT_VRS and not (element.value.isascii() and b"\x1b" not in element.value)
    stack = [element]
    while stack:
        inner = stack.pop()
        if inner.vr == "SQ":
            items = parse_items(inner.value)
            stack += [each for item in items if SPECIFIC_CHARACTER_SET not in item for each in item]
        elif extended(inner):
            return True
    return False


def has_value(element: Element) -> bool:
    """Whether there is more in it than padding, as a Type 1 key needs (PS3.5 7.4.1)."""
    return bool(element.value if element.vr in _BINARY_VRS else element.value.strip(b" \0"))


_FORMS = {
    "DA": (re.compile(r"[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"), "no date"),
    "TM": (re.compile(r"([01][0-9]|2[0-3])([0-5][0-9]([0-5][0-9]|60)?(\.[0-9]{1,6})?)?"), "no time"),
    "IS": (re.compile(r"[+-]?[0-9]{1,11}"), "no whole number"),
    "UI": (re.compile(r"[0-9]+(\.[0-9]+)+"), "no UID"),
}
"""What a value of these VRs looks like (PS3.5 6.2); leading zeros in a UID are left to readers."""

_LONGEST = {"LO": 64, "SH": 16, "UI": 64, "IS": 12}


def fault(vr: str, values: Sequence[str], backslash: bool = False) -> str:
    """Why this cannot be the single value of a key with that VR, in words; empty when it can.

    `backslash` says that the value holds one, which parts values (PS3.5 6.4).
    """
    if vr not in _FORMS and vr not in _LONGEST:
        return ""
    if len(values) > 1 or backslash:
        return "it has several values where one is allowed"
    value = values[0] if values else ""
    form = _FORMS.get(vr)
    if form and value and not form[0].fullmatch(value):
        return f"{value!r} is {form[1]}"
    if len(value) > _LONGEST.get(vr, len(value)):
        return f"it has {len(value)} characters; {_LONGEST[vr]} are allowed"
    return ""


def words(keyword: str) -> str:
    """A keyword as people read it: PatientID is Patient ID."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", keyword)


_CONTENT_SEQUENCE = tag_of("ContentSequence")


def _has_concept_mod(keys: Attributes) -> Element | None:
    """PS3.3 F.5.25: the root's children with the relationship HAS CONCEPT MOD, all and only these.

    Their own children are not the root's: an item has the Document Content Macro (Table
    C.17-5) but not the Document Relationship Macro, which holds the children.
    """
    kept = [
        Attributes.of(element for element in item if element.tag != _CONTENT_SEQUENCE)
        for item in parse_items(keys.raw(_CONTENT_SEQUENCE))
        if text(item, "RelationshipType") == "HAS CONCEPT MOD"
    ]
    return Element(_CONTENT_SEQUENCE, "SQ", encode_items(kept)) if kept else None


def _latest_verification(keys: Attributes) -> Element | None:
    """PS3.3 F.5.25: the latest Verification DateTime of all Verifying Observers."""
    tag = tag_of("VerificationDateTime")
    found = [item for item in parse_items(keys.raw(tag_of("VerifyingObserverSequence"))) if item.raw(tag)]
    latest = max(found, key=lambda item: moment(text(item, tag)), default=None)
    return latest.get(tag) if latest else None


COMPUTED: Mapping[str, Callable[[Attributes], Element | None]] = {
    HAS_CONCEPT_MOD: _has_concept_mod,
    LATEST_VERIFICATION: _latest_verification,
}


def moment(value: str) -> datetime:
    """A DT value as a date that can be compared, in UTC where it has an offset (PS3.5 6.2).

    What is no DT is earlier than everything.
    """
    found = re.fullmatch(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.(\d{1,6}))?([+-]\d{4})?", value)
    if found is None:
        return datetime.min
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        local = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59), int((fraction or "0").ljust(6, "0")),
        )  # fmt: skip
        if offset is None:
            return local
        return local - timedelta(hours=int(offset[:3]), minutes=int(offset[0] + offset[3:]))
    except (ValueError, OverflowError):
        return datetime.min
