"""From the first top-level element of a data set to the last: where each lies, and what is odd.

Lengths are hopped over, nothing but headers is read. This is the inner loop of `scan`: one
pass in Python must stay near 0.3 microseconds an element, so the loop holds the two usual
cases only and leaves the rest to the methods below it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Container
from typing import NamedTuple

from ..dictionary import keyword_of, tag_text
from ..model import Anomaly
from .encode import LONG_VRS, SHORT_VRS
from .parse import (
    DEEPEST,
    IMPLICIT,
    ITEM,
    ITEM_END,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    Encoding,
    Header,
    Malformed,
    header_at,
)
from .window import Window

Place = tuple[int, bytes, int, int]
"""Tag, value representation as stated (empty: none), start and end of the value."""

_SHORT = frozenset(vr.encode() for vr in SHORT_VRS)
_LONG = frozenset(vr.encode() for vr in LONG_VRS)
_KNOWN = _SHORT | _LONG
_FORMS = {(implicit, big): struct.Struct((">" if big else "<") + ("HHI" if implicit else "HH2sH"))
          for implicit in (False, True) for big in (False, True)}  # fmt: skip
BELOW_ALL = 0x0007FFFF
"""Below every tag that a data set may hold, so that lower ones count as out of order."""

_MOST_OUT_OF_ORDER = 64
"""So many elements out of order are no data set any more."""


_MOST_FRAGMENTS = 1 << 21
"""Two million fragments are some days of film; more are hostile."""


class Fragments(NamedTuple):
    """Encapsulated Pixel Data (PS3.5 A.4): its Basic Offset Table, and where its fragments lie.

    `items` counts bytes from the tag of the first fragment's item to that of each, `lengths`
    holds those of their values.
    """

    table: bytes
    items: array[int]
    lengths: array[int]


class Walk:
    """One pass over a data set; the results are its attributes.

    `found` holds the places of the wanted elements, `undefined` the tags whose length was
    undefined, `last` the last tag, `anomalies` what was odd, `fragments` what encapsulated Pixel
    Data is made of. `stopped` says that the pass ended before the data set did: what comes after
    `last` is not known.
    """

    __slots__ = (
        "anomalies", "disorder", "encoding", "found", "fragments", "last", "stopped", "undefined", "wanted",
        "window",
    )  # fmt: skip

    def __init__(self, window: Window, encoding: Encoding, wanted: Container[int]) -> None:
        self.window, self.encoding, self.wanted = window, encoding, wanted
        self.found: list[Place] = []
        self.undefined: set[int] = set()
        self.fragments: Fragments | None = None
        self.anomalies: list[Anomaly] = []
        self.disorder: list[tuple[int, int, int]] = []
        self.last = BELOW_ALL
        self.stopped = False

    @property
    def is_plain(self) -> bool:
        """Whether there was nothing but elements with a length, in order, up to the end of the file."""
        return not (self.anomalies or self.undefined or self.fragments or self.stopped)

    def run(self, position: int) -> Walk:
        """Walk from the first element at `position` to the end of the file."""
        if position >= self.window.size:
            self._stop("truncated", "the data set is missing", position)
            return self
        try:
            position = self._run(position)
            if position > self.window.size:
                self._cut(position - self.window.size)
        except Malformed as wrong:
            self._stop("truncated" if wrong.cut else "unreadable", wrong.detail, wrong.offset)
        if self.disorder:
            tag, before, offset = self.disorder[0]
            detail = f"{tag_text(tag)} follows {tag_text(before)}"
            if len(self.disorder) > 1:
                detail += f", and {len(self.disorder) - 1} more"
            self.anomalies.append(Anomaly("element-order", detail, offset))
        return self

    def _run(self, position: int) -> int:
        """Walk as far as elements are ordinary, and let `_odd` have the others."""
        window = self.window
        while position < window.size:
            position = self._run_in_window(position)
            if position < window.size:
                odd = self._odd(position)
                if odd is None:
                    return window.size
                place, position = odd
                self.last = place[0]
                if place[0] in self.wanted:
                    self.found.append(place)
        return position

    def _run_in_window(self, position: int) -> int:
        """The position of the first element that is not ordinary, or where the window ends."""
        window, wanted, keep, last = self.window, self.wanted, self.found.append, self.last
        implicit, long = self.encoding.implicit, self.encoding.long
        unpack = _FORMS[implicit, self.encoding.big_endian].unpack_from
        at, vr = window.reach(position, 12), b""
        buffer, base, safe = window.buffer, window.base, window.limit - window.base - 12
        while at <= safe:
            if implicit:
                group, element, length = unpack(buffer, at)
            else:
                group, element, vr, length = unpack(buffer, at)
            tag = group << 16 | element
            if tag <= last:
                break
            start = at + 8
            if vr not in _SHORT:
                if vr not in _LONG and not implicit:
                    break
                if not implicit:
                    (length,) = long(buffer, start)
                    start += 4
                if length == UNDEFINED:
                    break
            last = tag
            at = start + length
            if tag in wanted:
                keep((tag, vr, base + start, base + at))
        self.last = last
        return base + at

    def _odd(self, position: int) -> tuple[Place, int] | None:
        """The place of an element that needs a second look, and what follows; None ends the walk."""
        at = self.window.reach(position, 12)
        found = header_at(self.window.buffer, at, self.encoding)
        tag, known = found.tag, self.encoding.implicit or self.window.buffer[at + 4 : at + 6] in _KNOWN
        if not known and not self._tolerable(found, position):
            self._leftover(position)
            return None
        if tag <= self.last:
            if self._is_leftover(position):
                self._leftover(position)
                return None
            self._out_of_order(tag, position)
        start, vr = position + found.size, found.vr.encode()
        if found.length != UNDEFINED:
            end = start + found.length
            return (tag, vr, start, end), end
        self.undefined.add(tag)
        self.last = tag
        inner = IMPLICIT if found.vr == "UN" and not self.encoding.big_endian else self.encoding
        end = self._pass_fragments(start) if tag == PIXEL_DATA else self._skip(start, inner)
        return (tag, vr, start, end - 8), end

    def _tolerable(self, found: Header, position: int) -> bool:
        """Whether an element without a known VR still reads as one."""
        end = position + found.size + found.length
        if found.tag <= self.last or (found.length != UNDEFINED and end > self.window.size):
            return False
        detail = f"{tag_name(found.tag)} has no known value representation"
        self.anomalies.append(Anomaly("element-vr", detail, position))
        return True

    def _out_of_order(self, tag: int, position: int) -> None:
        if tag >> 16 in (0, 1, 2, 3, 5, 7):
            self.anomalies.append(Anomaly("group-0002-in-data-set", tag_name(tag), position))
        elif tag >> 16 != 4 or self.last != BELOW_ALL:  # group 0004 begins a DICOMDIR
            self.disorder.append((tag, self.last, position))
        if len(self.anomalies) + len(self.disorder) > _MOST_OUT_OF_ORDER:
            raise Malformed("nothing but elements out of order", position)

    def _is_leftover(self, position: int) -> bool:
        """Whether what lies at a tag out of order is no data set: zeros, or another file."""
        ahead = self.window.read(position, min(position + 132, self.window.size))
        return not any(ahead[:128]) or ahead[128:] == b"DICM"

    def _leftover(self, position: int) -> None:
        """The rest is no data set: trailing bytes after its end, damage before."""
        rest = self.window.size - position
        ahead = self.window.read(position, min(position + 132, self.window.size))
        if ahead[128:] == b"DICM":
            self.anomalies.append(Anomaly("trailing-bytes", f"{rest} bytes, another DICOM file", position))
        elif not any(ahead):
            self.anomalies.append(Anomaly("trailing-bytes", f"{rest} bytes of zeros", position))
        elif self.last >= 0x7FE00000:
            self.anomalies.append(Anomaly("trailing-bytes", f"{rest} bytes", position))
        elif rest < 8:
            self._stop("truncated", f"{rest} bytes of an element after {tag_name(self.last)}", position)
        else:
            shown = ahead[:8].hex(" ").upper()
            detail = f"no data element after {tag_name(self.last)}, but {shown}"
            self._stop("unreadable", detail, position)

    def _cut(self, missing: int) -> None:
        """The last element reaches beyond the end of the file."""
        if self.found and self.found[-1][3] > self.window.size:
            self.found.pop()
        detail = f"{missing} bytes of {tag_name(self.last)} are missing"
        self._stop("truncated", detail, self.window.size)

    def _stop(self, kind: str, detail: str, position: int) -> None:
        self.stopped = True
        self.anomalies.append(Anomaly(kind, detail, position))

    def _skip(self, position: int, encoding: Encoding) -> int:
        """The end of a sequence of undefined length, its delimiter included.

        Items with a length are hopped over unread; only what has none is entered. Raises
        Malformed when there is no end, or bytes that are no items.
        """
        window, open_levels = self.window, [(False, encoding)]
        while open_levels:
            if position + 8 > window.size:
                raise Malformed(f"{tag_name(self.last)} has no end", window.size, cut=True)
            is_item, encoding = open_levels[-1]
            at = window.reach(position, 12)
            found = header_at(window.buffer, at, encoding)
            position += found.size
            if found.tag in (ITEM_END, SEQUENCE_END):
                if is_item != (found.tag == ITEM_END):
                    raise Malformed(f"{tag_name(self.last)} has delimiters that do not match", position)
                open_levels.pop()
            elif is_item == (found.tag == ITEM):
                raise Malformed(f"{tag_name(self.last)} holds something that is no item", position)
            elif found.length != UNDEFINED:
                position += found.length
            else:
                inner = IMPLICIT if found.vr == "UN" and not encoding.big_endian else encoding
                open_levels.append((not is_item, inner))
                if len(open_levels) > DEEPEST:
                    raise Malformed(f"{tag_name(self.last)} is nested too deeply", position)
        return position

    def _pass_fragments(self, start: int) -> int:
        """The end of encapsulated Pixel Data, its delimiter included; keeps what it is made of.

        The values of fragments are hopped over. Raises Malformed.
        """
        window, position, name = self.window, start, tag_name(PIXEL_DATA)
        table: bytes | None = None
        items, lengths = array("Q"), array("Q")
        first = 0
        while position + 8 <= window.size:
            at = window.reach(position, 12)
            # PS3.5 A.4: items have no VR, and only little-endian transfer syntaxes are encapsulated.
            found = header_at(window.buffer, at, self.encoding)
            position += 8
            if found.tag == SEQUENCE_END:
                self.fragments = Fragments(table or b"", items, lengths)
                return position
            if found.tag != ITEM:
                raise Malformed(f"{name} holds something that is no item", position)
            if found.length == UNDEFINED:
                raise Malformed(f"{name} has a fragment without a length", position)
            if table is None:
                first = position + found.length
                table = window.read(position, position + min(found.length, 4 * _MOST_FRAGMENTS))
            elif len(items) == _MOST_FRAGMENTS:
                raise Malformed(f"{name} has more than {_MOST_FRAGMENTS:,} fragments", position)
            else:
                items.append(position - 8 - first)
                lengths.append(found.length)
            position += found.length
        raise Malformed(f"{name} has no end", window.size, cut=True)


def tag_name(tag: int) -> str:
    """The tag with its keyword, as in "PatientID (0010,0020)"."""
    if tag == BELOW_ALL:
        return "the beginning"
    try:
        return f"{keyword_of(tag)} {tag_text(tag)}"
    except KeyError:
        return tag_text(tag)
