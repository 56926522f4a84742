"""Values as people and programs want them: bytes of the data set to text and numbers (PS3.5 6).

The model keeps every value as the bytes of the data set. This module decodes them in the
Specific Character Set of that data set, and encodes text the other way. It never fails on
what a file holds: bytes that are not in the character set come out as backslash escapes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from functools import lru_cache

from .charsets import decode, encode
from .dictionary import tag_of, tag_text
from .model import Attributes, Element

SPECIFIC_CHARACTER_SET = 0x00080005

_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,32}(\.0*)?")
_TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_SINGLE_VRS = frozenset(("LT", "ST", "UR", "UT"))
_PLAIN_VRS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI"))
_NUMBERS = {
    "AT": struct.Struct("<HH"), "FD": struct.Struct("<d"), "FL": struct.Struct("<f"),
    "SL": struct.Struct("<i"), "SS": struct.Struct("<h"), "SV": struct.Struct("<q"),
    "UL": struct.Struct("<I"), "US": struct.Struct("<H"), "UV": struct.Struct("<Q"),
}  # fmt: skip
_OPAQUE = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ"))
_REMEMBERED = 128
"""Values of up to so many bytes are remembered: the instances of a study share most of theirs.

What a value means depends on nothing else, so all jobs of a process share what is remembered.
"""


def charset_of(attributes: Attributes) -> tuple[str, ...]:
    """The defined terms of Specific Character Set (0008,0005); empty when it is absent."""
    raw = attributes.raw(SPECIFIC_CHARACTER_SET)
    return _remembered_terms(raw) if len(raw) <= _REMEMBERED else _terms(raw)


def texts(attributes: Attributes, tag: int | str, charsets: Sequence[str] | None = None) -> tuple[str, ...]:
    """All values of the attribute as text without padding; binary numbers in decimal.

    `tag` may be a keyword. `charsets` replaces the Specific Character Set of the attributes,
    for an item that inherits it (PS3.5 6.1.2.4). Empty for what is absent, a sequence, a byte
    string or nothing but padding.
    """
    element = attributes.get(tag_of(tag) if isinstance(tag, str) else tag)
    if element is None or not element.value or element.vr in _OPAQUE:
        return ()
    if element.vr in _NUMBERS:
        return _numbers(element)
    terms: Sequence[str] = ()
    if element.vr in _TEXT_VRS:
        terms = charset_of(attributes) if charsets is None else charsets
    if len(element.value) <= _REMEMBERED:
        return _remembered_words(element.vr, element.value, tuple(terms))
    return _words(element.vr, element.value, terms)


def text(attributes: Attributes, tag: int | str, charsets: Sequence[str] | None = None) -> str:
    """The first value of the attribute as text; empty when there is none. See `texts`."""
    at = attributes.index.get(tag_of(tag) if isinstance(tag, str) else tag)
    if at is None:
        return ""
    vr, raw = attributes.cells[at]
    # Most values are one plain word, the same in every character set, and this is asked often.
    plain = _remembered_plain(vr, raw) if len(raw) <= _REMEMBERED else None
    if plain is not None:
        return plain
    found = texts(attributes, tag, charsets)
    return found[0] if found else ""


def number(attributes: Attributes, tag: int | str) -> int | None:
    """The first value as an integer; None when it is absent or no integer (IS, DS, US, UL ...)."""
    found = text(attributes, tag)
    return int(found.partition(".")[0]) if _INTEGER.fullmatch(found) else None


def encode_text(value: str, charsets: Sequence[str] = (), vr: str = "LO") -> bytes:
    """The text in a Specific Character Set, without padding; backslashes part the values.

    Raises ValueError (UnicodeEncodeError) when a character is in none of the sets; VRs
    outside PS3.5 6.1.2.2 take the default repertoire only.
    """
    terms = tuple(charsets) if vr in _TEXT_VRS else ()
    return encode(value, terms, person_name=vr == "PN")


def person_name(value: str) -> str:
    """A PN value for people: "Müller^Jörg" becomes "Müller, Jörg" (PS3.5 6.2.1).

    The first component group that is not empty is taken: alphabetic, else ideographic, else
    phonetic; prefix and suffix are left away.
    """
    group = next((g for g in value.split("=") if g.strip(" ^")), "")
    family, given, middle = ([part.strip() for part in group.split("^")] + ["", "", ""])[:3]
    return ", ".join(part for part in (family, f"{given} {middle}".strip()) if part)


def is_uid(value: str) -> bool:
    """Whether the text is a UID: at most 64 characters, components without leading zeros (PS3.5 9.1)."""
    return len(value) <= 64 and _has_form_of_uid(value)


@lru_cache(4096)
def _has_form_of_uid(value: str) -> bool:
    return _UID.fullmatch(value) is not None


def _terms(raw: bytes) -> tuple[str, ...]:
    """The defined terms in a value of Specific Character Set."""
    terms = raw.decode("ascii", "backslashreplace").split("\\")
    stripped = tuple(term.strip(" \0") for term in terms)
    return stripped if any(stripped) else ()


def _words(vr: str, value: bytes, terms: Sequence[str]) -> tuple[str, ...]:
    """The values of a VR that is text, without padding."""
    if vr in _SINGLE_VRS:
        # Leading spaces are significant here (PS3.5 6.2).
        found = tuple(value.rstrip(" \0") for value in decode(value, terms, one_value=True))
    else:
        found = tuple(value.strip(" \0") for value in decode(value, terms))
    return () if found == ("",) else found


def _plain(vr: str, raw: bytes) -> str | None:
    """A value that is one word of the default repertoire; None for any other."""
    if vr in _PLAIN_VRS and raw.isascii() and b"\\" not in raw and b"\x1b" not in raw:
        return raw.decode("ascii").strip(" \0")
    return None


_remembered_terms = lru_cache(256)(_terms)
_remembered_words = lru_cache(4096)(_words)
_remembered_plain = lru_cache(65_536)(_plain)


def _numbers(element: Element) -> tuple[str, ...]:
    """The whole numbers in a binary value; bytes left over at its end are ignored."""
    form = _NUMBERS[element.vr]
    whole = element.value[: len(element.value) // form.size * form.size]
    if element.vr == "AT":
        return tuple(tag_text(group << 16 | number) for group, number in form.iter_unpack(whole))
    return tuple(str(value) for (value,) in form.iter_unpack(whole))
