"""A bounded reader of BER (ITU-T X.690): small elements as values, octet strings as runs of bytes.

CMS is BER: lengths may be indefinite and octet strings cut in segments (`openssl -stream`
writes both). What is small is read as a `Node`; what is large is never read here: its
segments are found and remembered. Everything has a limit, since the file may be hostile.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .der import OCTET_STRING, head

_WINDOW = 1 << 16
_SMALL = 1 << 20
"""The most bytes that all elements other than the contents may have together."""
_OID = 64
_NODES = 20_000
_DEPTH = 24
_SEGMENTS, _SEGMENT = 4096, 64
"""More than so many segments must be of so many bytes on the average."""


class BerError(Exception):
    """The bytes are no BER, or beyond every reason; `offset` counts from the start of the stream."""

    def __init__(self, detail: str, offset: int | None = None) -> None:
        super().__init__(detail)
        self.detail, self.offset = detail, offset


@dataclass(frozen=True, slots=True)
class Node:
    """A small element: its identifier octet, and its value or its children."""

    tag: int
    value: bytes = b""
    children: tuple[Node, ...] = ()

    def der(self, tag: int | None = None) -> bytes:
        """The element with definite lengths, its children in their order, under another tag if given."""
        value = b"".join(child.der() for child in self.children) if self.children else self.value
        return head(self.tag if tag is None else tag, len(value)) + value

    def child(self, number: int, *tags: int) -> Node:
        """One of the children. Raises BerError when it is not there or not of one of these tags."""
        if number >= len(self.children):
            raise BerError(f"an element of {self.tag:02X}H is missing")
        found = self.children[number]
        if tags and found.tag not in tags:
            raise BerError(f"found tag {found.tag:02X}H where {tags[0]:02X}H belongs")
        return found

    def octets(self) -> bytes:
        """The value of an octet string, its segments joined."""
        return b"".join(child.octets() for child in self.children) if self.children else self.value

    def oid(self) -> str:
        """The value of an OBJECT IDENTIFIER in dotted form; what is longer than any is cut."""
        arcs, arc = [], 0
        for octet in self.value[:_OID]:
            arc = arc << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(arc)
                arc = 0
        if not arcs:
            return ""
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def integer(self) -> int:
        """The value of an INTEGER."""
        return int.from_bytes(self.value, signed=True)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Where the parts of an octet string lie: the nth begins at `starts[n]` of the string."""

    starts: array[int]
    offsets: array[int]
    size: int


@dataclass(frozen=True, slots=True)
class Element:
    """Identifier and length octets that were read; `end` is None for an indefinite length."""

    tag: int
    start: int
    content: int
    end: int | None


class BerStream:
    """A position in a seekable stream of `size` bytes, and how far the open elements reach."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.position = 0
        self._stream = stream
        self._window, self._base = b"", 0
        self._open: list[Element] = []
        self._ends = [size]
        self._budget, self._nodes = _SMALL, _NODES

    def peek(self) -> int | None:
        """The next identifier octet inside the innermost open element, or None at its end."""
        if self._open and self._open[-1].end is None:
            return None if self._bytes(2) == b"\0\0" else self._bytes(1)[0]
        return None if self.position >= self._ends[-1] else self._bytes(1)[0]

    def enter(self, *tags: int) -> Element:
        """Go into the next element, which must be constructed and of one of these tags."""
        element = self._element()
        if element.tag not in tags or not element.tag & 0x20:
            raise BerError(f"found tag {element.tag:02X}H where {tags[0]:02X}H belongs", element.start)
        self._push(element)
        return element

    def leave(self) -> None:
        """Go out of the innermost open element, which must be at its end."""
        if self.peek() is not None:
            raise BerError("there is more than belongs here", self.position)
        self._ends.pop()
        if self._open.pop().end is None:
            self.position += 2

    def node(self, *tags: int) -> Node:
        """The next element as a value; it must be small and, if any are given, of one of these tags."""
        start = self.position
        node = self._node()
        if tags and node.tag not in tags:
            raise BerError(f"found tag {node.tag:02X}H where {tags[0]:02X}H belongs", start)
        return node

    def octets(self, tag: int) -> Segments:
        """Find the octet string of that primitive tag, whole or in segments, and go past it."""
        starts, offsets = array("Q"), array("Q")
        size = 0
        for count, (offset, length) in enumerate(self._segments(tag), 1):
            if count > _SEGMENTS and size < count * _SEGMENT:
                raise BerError("an octet string is cut into absurdly small segments", offset)
            if length:
                starts.append(size)
                offsets.append(offset)
                size += length
        return Segments(starts, offsets, size)

    def _segments(self, tag: int) -> Iterator[tuple[int, int]]:
        element = self._element()
        if element.tag & ~0x20 != tag:
            raise BerError(f"found tag {element.tag:02X}H where {tag:02X}H belongs", element.start)
        outside = len(self._open)
        while True:
            if not element.tag & 0x20:
                if element.end is None:
                    raise BerError("a primitive element has no length", element.start)
                self.position = element.end
                yield element.content, element.end - element.content
            else:
                self._push(element)
            while len(self._open) > outside and self.peek() is None:
                self.leave()
            if len(self._open) == outside:
                return
            element = self._element()
            if element.tag & ~0x20 != OCTET_STRING:
                raise BerError("a segment of an octet string is none", element.start)

    def _node(self) -> Node:
        element = self._element()
        self._nodes -= 1
        if self._nodes < 0:
            raise BerError("there are too many elements", element.start)
        if not element.tag & 0x20:
            if element.end is None:
                raise BerError("a primitive element has no length", element.start)
            value = self._take(element.end - element.content)
            return Node(element.tag, value)
        self._push(element)
        children: list[Node] = []
        while self.peek() is not None:
            children.append(self._node())
        self.leave()
        return Node(element.tag, b"", tuple(children))

    def _element(self) -> Element:
        start, limit = self.position, self._ends[-1]
        first, second = self._bytes(2)
        if first & 0x1F == 0x1F:
            raise BerError("a tag has more than one octet", start)
        self.position += 2
        if second == 0x80:
            return Element(first, start, self.position, None)
        length = second
        if second > 0x80:
            size = second & 0x7F
            if size > 8:
                raise BerError("a length has more than 8 octets", start)
            length = int.from_bytes(self._bytes(size))
            self.position += size
        if self.position + length > limit:
            raise BerError(f"{length:,} bytes are claimed where {limit - self.position:,} are left", start)
        return Element(first, start, self.position, self.position + length)

    def _push(self, element: Element) -> None:
        if len(self._open) >= _DEPTH:
            raise BerError("elements are nested too deeply", element.start)
        self._open.append(element)
        self._ends.append(self._ends[-1] if element.end is None else element.end)

    def _take(self, size: int) -> bytes:
        self._budget -= size
        if self._budget < 0:
            raise BerError("the headers are absurdly large", self.position)
        data = self._bytes(size)
        self.position += size
        return data

    def _bytes(self, size: int) -> bytes:
        at = self.position - self._base
        if not 0 <= at <= len(self._window) - size:
            self._stream.seek(self.position)
            self._window, self._base, at = self._stream.read(max(size, _WINDOW)), self.position, 0
        data = self._window[at : at + size]
        if len(data) < size or self.position + size > self._ends[-1]:
            raise BerError("the data ends too early", self.position)
        return data
