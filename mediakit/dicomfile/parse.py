"""Data Elements in memory: any encoding in, Explicit VR Little Endian out (PS3.5 7).

Knows headers, lengths, items and delimiters. Iterative throughout: the depth of the data
costs no stack, and is bounded besides. Whoever reads a file decides what to do about what
is wrong; here it is a `Malformed`.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..dictionary import vr_of
from ..model import Attributes, Element
from .encode import LONG_VRS, SHORT_VRS, encode_element

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_REPRESENTATION, PIXEL_DATA = 0x00280103, 0x7FE00010
DEEPEST = 128
"""Sequences inside sequences beyond this are hostile; real ones stay below 20."""

PADDING = b"\0" * 16
"""Behind every buffer, so that a header at its very end can be unpacked and then judged."""

_SHORT = {vr.encode(): vr for vr in SHORT_VRS}
_LONG = {vr.encode(): vr for vr in LONG_VRS}
UNIT = {
    "AT": "H", "OW": "H", "SS": "H", "US": "H", "FL": "I", "OF": "I", "OL": "I", "SL": "I", "UL": "I",
    "FD": "Q", "OD": "Q", "OV": "Q", "SV": "Q", "UV": "Q",
}  # fmt: skip
"""What has to be turned round to change the byte order (PS3.5 7.3)."""

_CHOICES = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}
_Unpack = Callable[[bytes, int], Any]


class Malformed(Exception):
    """The bytes are no Data Elements, or end too early (`cut`); `offset` is where."""

    def __init__(self, detail: str, offset: int, cut: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.offset = offset
        self.cut = cut


@dataclass(frozen=True, slots=True)
class Encoding:
    """One of the three ways in which a data set can be encoded (PS3.5 A.1 to A.3)."""

    name: str
    implicit: bool = False
    big_endian: bool = False
    tag: _Unpack = field(init=False, repr=False, compare=False)
    short: _Unpack = field(init=False, repr=False, compare=False)
    long: _Unpack = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        order = ">" if self.big_endian else "<"
        for name, form in (("tag", "HH"), ("short", "H"), ("long", "I")):
            object.__setattr__(self, name, struct.Struct(order + form).unpack_from)


EXPLICIT = Encoding("Explicit VR Little Endian")
IMPLICIT = Encoding("Implicit VR Little Endian", implicit=True)
BIG_ENDIAN = Encoding("Explicit VR Big Endian", big_endian=True)


class Header(NamedTuple):
    """Tag, value representation (empty where the encoding gives none), length, header size."""

    tag: int
    vr: str
    length: int
    size: int


def header_at(buffer: bytes, at: int, encoding: Encoding) -> Header:
    """The header at that place; the buffer must reach 12 bytes further (see PADDING).

    An explicit header without a VR counts as implicit, because some writers change over
    inside sequences. An unknown VR becomes UN, with the long length when its reserved bytes
    are zero: so PS3.5 7.1.2 promises for every VR to come.
    """
    group, element = encoding.tag(buffer, at)
    tag = group << 16 | element
    if encoding.implicit or group == 0xFFFE:
        return Header(tag, "", encoding.long(buffer, at + 4)[0], 8)
    code = buffer[at + 4 : at + 6]
    if code in _SHORT:
        return Header(tag, _SHORT[code], encoding.short(buffer, at + 6)[0], 8)
    if code in _LONG:
        return Header(tag, _LONG[code], encoding.long(buffer, at + 8)[0], 12)
    if not (code.isalpha() and code.isupper()):
        return Header(tag, "", encoding.long(buffer, at + 4)[0], 8)
    if buffer[at + 6 : at + 8] == b"\0\0":
        return Header(tag, "UN", encoding.long(buffer, at + 8)[0], 12)
    return Header(tag, "UN", encoding.short(buffer, at + 6)[0], 8)


def real_vr(tag: int, stated: str, signed: bool = False) -> str:
    """The value representation to keep: the dictionary's where none, or UN, was stated.

    `signed` settles "US or SS" (Pixel Representation); a tag that nobody knows is UN.
    """
    if stated and stated != "UN":
        return stated
    try:
        known = vr_of(tag)
    except KeyError:
        return "UN"
    if signed and known.startswith("US or SS"):
        return "SS"
    return _CHOICES.get(known, known)


def little_endian(vr: str, value: bytes, encoding: Encoding) -> bytes:
    """The value in little-endian order; what does not divide into whole numbers stays."""
    if not encoding.big_endian or vr not in UNIT:
        return value
    unit = array(UNIT[vr])
    if len(value) % unit.itemsize:
        return value
    unit.frombytes(value)
    unit.byteswap()
    return unit.tobytes()


class _Level:
    """A sequence or an item whose end has not been met; `parts` is what it becomes."""

    __slots__ = ("encoding", "end", "header", "is_item", "parts", "signed")

    def __init__(
        self, is_item: bool, end: int | None, encoding: Encoding, header: Header, signed: bool
    ) -> None:
        self.is_item, self.end, self.encoding = is_item, end, encoding
        self.header, self.signed = header, signed
        self.parts: list[bytes] = []


def normalise(value: bytes, encoding: Encoding, signed: bool = False, with_vr: bool = True) -> bytes:
    """The items of a sequence as Explicit VR Little Endian with defined lengths (PS3.5 7.5).

    `value` is what lies between the header of the sequence and its end. `signed` says what
    an item without Pixel Representation inherits. Without VRs the result is Implicit VR
    Little Endian, in which two encodings of the same items can be compared. Raises
    Malformed.
    """
    data = value + PADDING
    top = _Level(False, len(value), encoding, Header(0, "SQ", len(value), 0), signed)
    stack, at = [top], 0
    while True:
        level = stack[-1]
        if level.end is not None and at >= level.end:
            if at > level.end:
                raise Malformed("an element reaches beyond its item", at)
            if level is top:
                return b"".join(level.parts)
            _close(stack, with_vr)
            continue
        if at + 8 > len(value):
            raise Malformed("a sequence has no end", at, cut=True)
        found = header_at(data, at, level.encoding)
        at = (
            _enter(stack, found, at, len(value))
            if found.tag >> 16 == 0xFFFE
            else _element(stack, found, data, at, len(value), with_vr)
        )
        if found.tag in (ITEM_END, SEQUENCE_END):
            _close(stack, with_vr)
        if len(stack) > DEEPEST:
            raise Malformed(f"sequences are nested more than {DEEPEST // 2} deep", at)


def _enter(stack: list[_Level], found: Header, at: int, size: int) -> int:
    """An item begins, or an item or sequence of undefined length ends."""
    level, at = stack[-1], at + 8
    if found.tag == ITEM and not level.is_item:
        end = None if found.length == UNDEFINED else at + found.length
        if end is not None and end > size:
            raise Malformed("an item is cut short", at, cut=True)
        stack.append(_Level(True, end, level.encoding, found, level.signed))
        return at
    if found.tag not in (ITEM_END, SEQUENCE_END) or level.is_item != (found.tag == ITEM_END):
        raise Malformed(f"a delimiter {found.tag & 0xFFFF:04X} where none belongs", at)
    if level.end is not None:
        raise Malformed("a delimiter in an item or sequence of defined length", at)
    return at


def _element(stack: list[_Level], found: Header, data: bytes, at: int, size: int, with_vr: bool) -> int:
    """An element of an item: a value is copied, a sequence becomes a level of its own."""
    level = stack[-1]
    if not level.is_item:
        raise Malformed("a sequence holds an element outside of its items", at)
    start = at + found.size
    vr = real_vr(found.tag, found.vr, level.signed)
    if found.length == UNDEFINED and (vr in ("OB", "OW") or found.tag == PIXEL_DATA):
        after = fragments_end(data, start, size)
        # PS3.5 A.4: an encapsulated icon has no form with a defined length, so it is left out.
        if not with_vr:
            level.parts.append(_encoded(found.tag, vr, data[start:after], with_vr))
        return after
    if found.length == UNDEFINED or vr == "SQ":
        # PS3.5 6.2.2: inside a sequence that is stated as UN, everything is implicit.
        inner = IMPLICIT if found.vr == "UN" and not level.encoding.big_endian else level.encoding
        limit = None if found.length == UNDEFINED else start + found.length
        if limit is not None and limit > size:
            raise Malformed("a sequence is cut short", start, cut=True)
        stack.append(_Level(False, limit, inner, found._replace(vr="SQ"), level.signed))
        return start
    end = start + found.length
    if end > size:
        raise Malformed("an element is cut short", start, cut=True)
    value = little_endian(vr, data[start:end], level.encoding)
    if found.tag == PIXEL_REPRESENTATION:
        level.signed = value[:1] == b"\1"
    level.parts.append(_encoded(found.tag, vr, value, with_vr))
    return end


def fragments_end(data: bytes, at: int, size: int) -> int:
    """The end of encapsulated Pixel Data, its delimiter included (PS3.5 A.4); raises Malformed."""
    while at + 8 <= size:
        found = header_at(data, at, EXPLICIT)
        at += 8
        if found.tag == SEQUENCE_END:
            return at
        if found.tag != ITEM or found.length == UNDEFINED:
            raise Malformed("pixel data fragments are no items", at)
        at += found.length
    raise Malformed("encapsulated pixel data has no end", at, cut=True)


def _close(stack: list[_Level], with_vr: bool) -> None:
    """The innermost level is complete: encode it into the one around it."""
    level = stack.pop()
    value = b"".join(level.parts)
    if level.is_item:
        encoded = struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value
    else:
        encoded = _encoded(level.header.tag, "SQ", value, with_vr)
    stack[-1].parts.append(encoded)


def _encoded(tag: int, vr: str, value: bytes, with_vr: bool) -> bytes:
    if not with_vr:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    try:
        return encode_element(tag, vr, value)
    except ValueError:
        # A number of odd length, as broken files have them: UN keeps its bytes.
        return encode_element(tag, "UN", value)


def parse_items(value: bytes) -> tuple[Attributes, ...]:
    """The items of a sequence value, one level deep: inner sequences stay values.

    The value is Explicit VR Little Endian, as in every `Element`; items and inner sequences
    may have undefined lengths. A value that is cut short gives the items before the cut.
    """
    try:
        return tuple(Attributes.of(_elements(item)) for item in _items(value))
    except Malformed:
        try:
            return tuple(Attributes.of(_elements(item)) for item in _items(normalise(value, EXPLICIT)))
        except Malformed:
            return tuple(_until_malformed(value))


def parse_dataset(data: bytes) -> Attributes:
    """A data set in Explicit VR Little Endian as Attributes; raises Malformed."""
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data
    (whole,) = _items(normalise(item, EXPLICIT))
    return Attributes.of(_elements(whole))


def _items(value: bytes) -> Iterator[bytes]:
    """The data sets of the items; Malformed where a length is undefined or too long."""
    at = 0
    while at < len(value):
        found = header_at(value + PADDING if at + 12 > len(value) else value, at, EXPLICIT)
        end = at + 8 + found.length
        if found.tag != ITEM or end > len(value):
            raise Malformed("no item of defined length", at)
        yield value[at + 8 : end]
        at = end


def _elements(dataset: bytes) -> Iterator[Element]:
    """The elements of one item; Malformed where a length is undefined or too long."""
    data, at = dataset + PADDING, 0
    while at < len(dataset):
        found = header_at(data, at, EXPLICIT)
        start = at + found.size
        at = start + found.length
        if at > len(dataset):
            raise Malformed("no element of defined length", start)
        yield Element(found.tag, found.vr or "UN", data[start:at])


def _until_malformed(value: bytes) -> Iterator[Attributes]:
    try:
        for item in _items(value):
            yield Attributes.of(_elements(item))
    except Malformed:
        return
