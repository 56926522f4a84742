"""An Internet message as parts by their places: headers understood, bodies left where they are.

One pass over the bytes finds the lines that may be boundaries; everything else is arithmetic,
so a message of any size costs little memory. Line ends may be CR LF or LF. Parts within
parts and forwarded messages are followed to a bounded depth. Knows RFC 5322, 2045 and 2046,
and nothing of what the parts hold.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value
from itertools import islice
from typing import BinaryIO, NamedTuple

from ...model import BytesContent, Content, SliceContent
from ..structures import Structures
from ..tree import Path
from .base64 import examine
from .facts import Headers, MimeOddity, Part
from .recognition import FIELD, FIRST_LOOK

HEADER_BYTES = 64 << 10
"""No header block is longer than this."""

_CHUNK = 1 << 20
_LONGEST = 200  # a boundary has 70 characters (RFC 2046 5.1.1), and blanks may follow
_DEEPEST = 16
_PARTS = 120_000  # the largest File-set that is made, and some more
_ODDITIES = 1000
_CANDIDATES = 300_000
_QUOTED = 16 << 20
_DASHES = re.compile(rb"(?:\A|(?<=\n))--[^\r\n]*")
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_IDENTITY = ("7bit", "8bit", "binary", "")
SIGNED = "multipart/signed"
"""The type of what has a signature beside it (RFC 1847 2.1)."""

_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")


class SignedPart(NamedTuple):
    """The part of a message that its signature is for, from `start` to before `end`, and that signature."""

    start: int
    end: int
    signature: Part

    def covers(self, part: Part) -> bool:
        """Whether it is that part, or that part is within."""
        return self.start <= part.header and part.end <= self.end


class Parser:
    """One reading of one message; what is odd is added to `oddities` while parts are asked for."""

    def __init__(self, image: Content, stream: BinaryIO, structures: Structures | None = None) -> None:
        self.image, self.stream, self.structures = image, stream, structures or Structures(image)
        self.oddities: list[MimeOddity] = []
        self.headers: Headers | None = None
        self._open: list[_Multipart] = []

    def odd(self, kind: str, path: Path, detail: str, offset: int | None) -> None:
        """Note an oddity."""
        self.oddities.append(MimeOddity(kind, path, detail, offset))

    def parts(self) -> Iterator[Part]:
        """The parts in their order; nothing when this is no message at all. Raises OSError."""
        top = self._header(0)
        if top is None:
            return
        message, body = top
        self.headers = _headers(message)
        pending = self._enter(message, 0, body)
        if pending and not self._open:  # no boundary can follow
            yield self._finished(pending, self.image.size)
            return
        count = 0
        for start, line, follows in _dashed_lines(self.stream):
            at = next((n for n in reversed(range(len(self._open))) if self._open[n].is_met_by(line)), None)
            if at is None:
                continue
            if pending:
                yield self._finished(pending, start)
                count += 1
                pending = None
            closes = self._open[at].closes(line)
            del self._open[at + (not closes) :]
            if count >= _PARTS or len(self.oddities) >= _ODDITIES:
                much = f"{_PARTS:,} parts" if count >= _PARTS else f"{_ODDITIES:,} oddities"
                self.odd("limit", (), f"more than {much}", start)
                return
            if not closes and (below := self._header(follows)):
                pending = self._enter(below[0], follows, below[1])
        if pending:
            yield self._finished(pending, self.image.size)
        if self._open:
            self.odd("not-closed", (), "the last boundary is missing", self.image.size)

    def signed(self) -> SignedPart | None:
        """What is signed and the part with its signature (RFC 8551 3.5.3), in a message that is those two.

        None for any other message. What is signed is an entity with fields of its own, byte for
        byte. Whether the files of the message are in it is not said by this: a boundary may be
        used again within. Raises OSError.
        """
        top = self._header(0)
        if top is None or top[0].get_content_type() != SIGNED:
            return None
        multipart = _Multipart(
            (_parameter(top[0], "boundary") or "").encode("utf-8", "surrogateescape"), SIGNED
        )
        marks = [*islice((mark for mark in _dashed_lines(self.stream) if multipart.is_met_by(mark[1])), 3)]
        if [multipart.closes(line) for _, line, _ in marks] != [False, False, True]:
            return None
        (_, _, start), (behind, _, follows), (close, _, _) = marks
        if not (below := self._header(follows)):
            return None
        signature = self._finished(_Pending(below[0], follows, below[1], (SIGNED,)), close)
        if signature.type not in _SIGNATURES:
            return None
        return SignedPart(start, max(start, self._line_end(behind)), signature)

    def check(self) -> None:
        """Note what could not be read; to be asked when all parts are known."""
        if reason := self.structures.lost(0, self.image.size):
            self.odd("unreadable", (), reason, self.structures.bad[0].start)

    def content(self, part: Part, path: Path) -> tuple[Content | None, int]:
        """The decoded body, or None where it cannot be decoded, and its size. Raises OSError."""
        length = part.end - part.body
        if part.encoding in _IDENTITY:
            return SliceContent(self.image, part.body, length), length
        if part.encoding == "base64":
            content, problem = examine(self.image, self.stream, part.body, length)
            if problem:
                self.odd("base64", path, problem, part.body)
            return content, content.size
        if part.encoding == "quoted-printable" and length <= _QUOTED:
            self.stream.seek(part.body)
            data = binascii.a2b_qp(self.stream.read(length))
            return None if self.structures.lost(part.body, length) else BytesContent(data), len(data)
        self.odd("encoding", path, f"the transfer encoding {part.encoding!r} is not read", part.header)
        return None, length

    def _header(self, at: int) -> tuple[Message, int] | None:
        """The header block at that place and where its body begins; None where there is none."""
        self.stream.seek(at)
        raw = self.stream.read(FIRST_LOOK)
        if not _END_OF_HEADER.search(raw):
            raw += self.stream.read(HEADER_BYTES - len(raw))
        if re.match(rb"\r?\n", raw):  # a part may have no fields at all
            return Message(), at + raw.index(b"\n") + 1
        if not FIELD.match(raw):
            if at:
                self.odd("header", (), "a part begins without fields", at)
                return Message(), at
            return None
        found = _END_OF_HEADER.search(raw)
        if found is None and len(raw) == HEADER_BYTES:
            self.odd("header", (), f"a header of more than {HEADER_BYTES:,} bytes", at)
            return None
        end = found.end() if found else len(raw)
        return BytesHeaderParser().parsebytes(raw[:end]), at + end

    def _enter(self, message: Message, start: int, body: int) -> _Pending | None:
        """What an entity is: a part with a body to come, or something that holds parts."""
        for _ in range(_DEEPEST):
            kind = message.get_content_type()
            encoding = str(message.get("Content-Transfer-Encoding", "")).strip().lower()
            if kind == "message/rfc822" and encoding in _IDENTITY and (below := self._header(body)):
                message, start, body = below[0], body, below[1]
                continue
            if not kind.startswith("multipart/"):
                return _Pending(message, start, body, tuple(each.type for each in self._open))
            boundary = _parameter(message, "boundary")
            if not boundary:
                self.odd("boundary", (), "a multipart without a boundary", start)
            elif len(self._open) >= _DEEPEST:
                self.odd("too-deep", (), f"more than {_DEEPEST} levels of parts", start)
            else:
                self._open.append(_Multipart(boundary.encode("utf-8", "surrogateescape"), kind))
            return None
        self.odd("too-deep", (), f"more than {_DEEPEST} forwarded messages", start)
        return None

    def _finished(self, pending: _Pending, boundary: int) -> Part:
        """The part, whose body ends before the line end in front of the boundary (RFC 2046 5.1.1)."""
        end = boundary
        if boundary < self.image.size or self._open:
            end = self._line_end(boundary)
        message = pending.message
        disposition = str(message.get("Content-Disposition", "")).partition(";")[0].strip().lower()
        return Part(
            type=message.get_content_type(),
            id=_parameter(message, "id"),
            name=_parameter(message, "name"),
            disposition=disposition,
            filename=_parameter(message, "filename", "Content-Disposition"),
            encoding=str(message.get("Content-Transfer-Encoding", "")).strip().lower(),
            within=pending.within,
            header=pending.start,
            body=min(pending.body, end),
            end=end,
        )

    def _line_end(self, boundary: int) -> int:
        """Where the line end begins that belongs to a boundary at that place."""
        self.stream.seek(max(0, boundary - 2))
        before = self.stream.read(min(2, boundary))
        return boundary - (2 if before == b"\r\n" else 1 if before.endswith(b"\n") else 0)


class _Multipart(NamedTuple):
    """A multipart that is being read: its boundary and its type."""

    boundary: bytes
    type: str

    def is_met_by(self, line: bytes) -> bool:
        """Whether the line, which begins with two hyphens, is this boundary or the closing one."""
        return line[2:].rstrip(b" \t") in (self.boundary, self.boundary + b"--")

    def closes(self, line: bytes) -> bool:
        """Whether it is the closing one."""
        return line[2:].rstrip(b" \t") == self.boundary + b"--"


class _Pending(NamedTuple):
    """A part whose end was not seen yet."""

    message: Message
    start: int
    body: int
    within: tuple[str, ...]


def _dashed_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Every line that begins with two hyphens: where, its text, and where the next line begins."""
    at, rest, begins_line, count = 0, b"", True, 0
    while True:
        stream.seek(at + len(rest))
        more = stream.read(_CHUNK)
        data = rest + more
        # A line may go on in the next chunk, so the last one is kept unless it is too long for a boundary.
        keep = data.rfind(b"\n") + 1 or max(0, len(data) - _LONGEST) if more else len(data)
        # Base64 has no hyphens: a plain search passes over it many times faster than the pattern.
        may_have = data.startswith(b"--") or b"\n--" in data
        for found in _DASHES.finditer(data, 0, keep) if may_have else ():
            if found.end() - found.start() > _LONGEST or not (found.start() or begins_line):
                continue
            end = data.find(b"\n", found.end())
            yield at + found.start(), found[0], at + (end + 1 if end >= 0 else len(data))
            count += 1
            if count == _CANDIDATES:
                return
        if not more:
            return
        if keep:
            begins_line = data[keep - 1 : keep] == b"\n"
        at, rest = at + keep, data[keep:]


def _headers(message: Message) -> Headers:
    subject = message.get("Subject")
    return Headers(
        subject=None if subject is None else _decoded(str(subject)),
        has_from="From" in message,
        has_date="Date" in message,
        has_version="MIME-Version" in message,
        type=message.get_content_type(),
    )


def _decoded(text: str) -> str:
    """A field with its encoded words (RFC 2047) as text, on one line."""
    with suppress(MessageError, LookupError, ValueError):  # broken words stay as they are
        text = str(make_header(decode_header(text)))
    return " ".join(_UNSAFE.sub(" ", text).split())


def _parameter(message: Message, name: str, field: str = "Content-Type") -> str | None:
    """A parameter of a field as text, also in the forms of RFC 2231 and 2047."""
    try:
        found = message.get_param(name, None, field)
        if found is None:
            return None
        return _decoded(collapse_rfc2231_value(found).strip())
    except (LookupError, ValueError, TypeError):  # the library does not expect every broken form
        return None


def path_of(name: str) -> tuple[Path, str]:
    """The path that an id or a name gives, harmless in any case, and what was wrong with it."""
    parts = name.split("/")
    bad = [part for part in parts if part in ("", ".", "..") or _UNSAFE.search(part) or "\\" in part]
    harmless = (
        part.replace(".", "\\x2e") or "\\x00" if part in ("", ".", "..") else _UNSAFE.sub("_", part)
        for part in parts
    )
    return tuple(harmless)[:64], "it leads to another folder, or holds what no name may" if bad else ""
