"""The items of the Directory Record Sequence, each with its elements (PS3.5 7.5).

Values come out as Explicit VR Little Endian, whatever they were in. Item lengths are checked
against what is in the items: where both disagree, that one is believed which makes the next
item begin where it should. Every byte is looked at once, nothing recurses, and whatever is
wrong becomes an anomaly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..dicomfile.encode import SHORT_VRS
from ..dicomfile.parse import (
    BIG_ENDIAN,
    DEEPEST,
    EXPLICIT,
    IMPLICIT,
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    Encoding,
    Header,
    Malformed,
    header_at,
    little_endian,
    normalise,
    real_vr,
)
from ..dictionary import tag_text
from ..model import Anomaly

MOST_RECORDS = 2_000_000
"""More than any medium can describe, and few enough to be held."""

MOST_GAPS = 64
"""How often the beginning of a record is searched for behind what makes no sense."""

_EVERY_RECORD = frozenset((0x00041400, 0x00041410, 0x00041420, 0x00041430))

_SHORT = {vr.encode(): vr for vr in SHORT_VRS}
_HEADER = struct.Struct("<HH2sH").unpack_from

Cell = tuple[int, str, bytes]
"""Tag, value representation and value."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it was found; `offset` counts from the start of the file to the item's tag."""

    offset: int
    elements: list[Cell]


@dataclass(slots=True)
class ItemReader:
    """A pass over the items between `at` and the end of the sequence.

    `data` is the file with PADDING behind it, `size` its real length. `end` is that of the
    sequence, None when only a delimiter tells it.
    """

    data: bytes
    size: int
    encoding: Encoding
    at: int
    end: int | None
    anomalies: list[Anomaly] = field(default_factory=list)
    _gaps: int = 0

    def items(self) -> Iterator[Item]:
        """The records in the order of the file, without one whose last element is cut off."""
        empty = False
        for _ in range(MOST_RECORDS):
            if self.end is not None and self.at >= self.end and not self._goes_on():
                return
            if self.at + 8 > self.size:
                return
            found = header_at(self.data, self.at, self.encoding)
            if found.tag == SEQUENCE_END:
                return
            if found.tag != ITEM:
                self._note("unreadable", f"{tag_text(found.tag)} stands where a record should begin", self.at)
                if self._resume(self.at):
                    continue
                return
            offset = self.at
            elements = self._item(found.length)
            if elements is None and self._resume(offset + 8):
                self._note("unreadable", "the record makes no sense and is left out", offset)
                continue
            if elements is None:
                self._note("record-cut", "the file ends inside this record, which is left out", offset)
                return
            if elements:
                yield Item(offset, elements)
            elif not empty:
                empty = True
                self._note("unreadable", "an item is empty; it and others like it are left out", offset)
        self._note("too-many", f"there are more than {MOST_RECORDS} records", self.at)

    def _resume(self, after: int) -> bool:
        """Go on at the next bytes that look like the beginning of a record, if there are any.

        An item that begins with an element of every record is none that lies inside a value.
        """
        self._gaps += 1
        if self._gaps > MOST_GAPS:
            return False
        item = b"\xff\xfe\xe0\x00" if self.encoding is BIG_ENDIAN else b"\xfe\xff\x00\xe0"
        at = self.data.find(item, after, self.size)
        while at >= 0:
            if header_at(self.data, at + 8, self.encoding).tag in _EVERY_RECORD:
                self.at = at
                return True
            at = self.data.find(item, at + len(item), self.size)
        return False

    def _goes_on(self) -> bool:
        """Whether the sequence is longer than stated: its end is inside an item, or items follow."""
        follows = self.at + 8 <= self.size and header_at(self.data, self.at, self.encoding).tag == ITEM
        if follows or self.at != self.end:
            self._note("sequence-length", "there are records behind the stated end of the sequence", self.at)
            self.end = None
        return follows

    def _item(self, length: int) -> list[Cell] | None:
        """The elements of the item at `at`, which moves behind it; None when the file ends inside."""
        offset, self.at = self.at, self.at + 8
        end = None if length == UNDEFINED else self.at + length
        wrong = False
        elements: list[Cell] = []
        while True:
            if self.encoding is EXPLICIT:
                self._short_values(elements, self.size if end is None else min(end, self.size))
            if self.at == end:
                if self._is_boundary(self.at) or self.at + 8 > self.size or self._is_foreign(elements):
                    break
                self._note("item-length", "the item is longer than its length says", offset)
                end, wrong = None, True
            if end is None and self.at in (self.end, self.size if wrong else -1):
                if not wrong:
                    self._note("item-length", "the item has no end", offset)
                break
            if self.at == self.size:
                self._note("record-cut", "the file ends inside this record, between two elements", offset)
                break
            if self.at + 8 > self.size:
                return None
            found = header_at(self.data, self.at, self.encoding)
            if found.tag >> 16 == 0xFFFE:
                self._delimited(found.tag, end, offset)
                break
            before = len(elements)
            stop = self._value(found, elements, offset)
            if end is not None and stop > end and self._is_boundary(end):
                self._note("unreadable", f"{tag_text(found.tag)} reaches beyond its record", offset)
                del elements[before:]
                stop = end
            elif end is not None and end < stop <= self.size:
                self._note("item-length", "the item is longer than its length says", offset)
                end, wrong = None, True
            if stop > self.size:
                return None
            self.at = stop
        self._check_order(elements, offset)
        return elements

    def _short_values(self, elements: list[Cell], end: int) -> None:
        """The usual case, and the inner loop: plain elements one after the other, up to any other."""
        data, at = self.data, self.at
        while at + 8 <= end:
            group, element, code, length = _HEADER(data, at)
            stop = at + 8 + length
            if code not in _SHORT or group == 0xFFFE or stop > end:
                break
            elements.append((group << 16 | element, _SHORT[code], data[at + 8 : stop]))
            at = stop
        self.at = at

    def _is_boundary(self, at: int) -> bool:
        """Whether a record may end there: the next begins, or the sequence or the file ends."""
        if at in (self.end, self.size):
            return True
        if at + 8 > self.size:
            return False
        return header_at(self.data, at, self.encoding).tag in (ITEM, SEQUENCE_END)

    def _is_foreign(self, elements: list[Cell]) -> bool:
        """Whether what comes next cannot be one more element: tags ascend (PS3.5 7.1)."""
        return bool(elements) and header_at(self.data, self.at, self.encoding).tag <= elements[-1][0]

    def _delimited(self, tag: int, end: int | None, offset: int) -> None:
        """The item ends because something else begins."""
        if tag == ITEM_END:
            self.at += 8
        if end is not None or tag != ITEM_END:
            self._note("item-length", "the item ends before its length says, or has no end", offset)

    def _value(self, found: Header, elements: list[Cell], offset: int) -> int:
        """Keep the element; the position behind it, beyond the end of the file when it is cut."""
        start = self.at + found.size
        vr = found.vr
        vr = "SQ" if found.length == UNDEFINED else real_vr(found.tag, vr)
        inner = IMPLICIT if found.vr == "UN" and self.encoding is not BIG_ENDIAN else self.encoding
        last = stop = start + found.length
        try:
            if found.length == UNDEFINED:
                last, stop = self._sequence_end(start, inner)
            if stop <= self.size:
                raw = self.data[start:last]
                value = normalise(raw, inner) if vr == "SQ" else little_endian(vr, raw, self.encoding)
                elements.append((found.tag, vr, value))
        except Malformed as wrong:
            self._note("unreadable", f"{tag_text(found.tag)}: {wrong.detail}", offset)
        return stop

    def _sequence_end(self, at: int, encoding: Encoding) -> tuple[int, int]:
        """Where the content of a sequence of undefined length ends, and where its delimiter does."""
        levels = [SEQUENCE_END]
        while at + 8 <= self.size:
            found = header_at(self.data, at, encoding)
            at += found.size
            if found.tag == levels[-1]:
                levels.pop()
                if not levels:
                    return at - 8, at
            elif found.length != UNDEFINED:
                at += found.length
            elif len(levels) < DEEPEST:
                levels.append(ITEM_END if found.tag == ITEM else SEQUENCE_END)
            else:
                break
        raise Malformed("a sequence has no end", at, cut=True)

    def _check_order(self, elements: list[Cell], offset: int) -> None:
        """PS3.5 7.1: tags ascend inside an item."""
        tags = [tag for tag, _, _ in elements]
        if tags != sorted(set(tags)):
            wrong = next(n for n in range(1, len(tags)) if tags[n] <= tags[n - 1])
            detail = f"{tag_text(tags[wrong])} comes after {tag_text(tags[wrong - 1])}"
            self._note("element-order", detail, offset)

    def _note(self, kind: str, detail: str, offset: int) -> None:
        self.anomalies.append(Anomaly(kind, detail, offset))
