"""The bytes of an e-mail -> MediumView: the files in the ZIP archive that is attached to it.

The archive is read where it lies, in base64, with the reader of ZIP archives; its own view is
kept beside that of the message. An archive further in is not opened, nor what is encrypted.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...model import Content, SliceContent
from ..mime.message import SIGNED, Headers, MimeOddity, Parser, Part
from ..mime.reader import anomalies, carried, is_archive, is_dicom, is_encrypted, what_it_carries
from ..structures import Structures
from ..tree import Evidence, MediumView
from ..zip.reader import read as read_archive

ID = "mail"


@dataclass(frozen=True, slots=True)
class MailMessage:
    """The facts of an e-mail: its fields, the parts that are archives, and what was odd.

    The first of `archives` is the one that was read. `envelope` is what a message that is
    encrypted or signed as a whole (RFC 8551) has in the place of its parts; `signed` what is
    signed, and its signature, in one that has them side by side. `detached` tells of a signature
    beside a part that is not for what was read, or of a kind that is not known here.
    """

    size: int
    headers: Headers | None
    archives: tuple[Part, ...]
    oddities: tuple[MimeOddity, ...] = ()
    envelope: Content | None = None
    signed: tuple[Content, Content | None] | None = None
    detached: bool = False


def detect(image: Content) -> Evidence | None:
    """Whether it is a message that carries a ZIP before anything else, or is encrypted. Raises OSError."""
    return _evidence(what_it_carries(image))


def _evidence(part: Part | None) -> Evidence | None:
    if part is None or is_dicom(part):
        return None
    return Evidence(ID, f"an Internet message with a part of type {part.type}")


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The files of the attached archive, a MailMessage as facts, and the archive as `inner`.

    Raises OSError when the message cannot be opened or read.
    """
    inner = envelope = signed = None
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        parser = Parser(image, stream, structures)
        parts = list(parser.parts())
        archives = [part for part in parts if is_archive(part)]
        encrypted = [part for part in parts if is_encrypted(part)]
        if archives:
            content, _ = parser.content(archives[0], ())
            inner = read_archive(content) if content else None
        elif encrypted:
            envelope, _ = parser.content(encrypted[0], ())
        taken = (archives or encrypted)[:1]
        beside = parser.signed()
        # A signature vouches for what is within what it signs, and for nothing else in the message.
        if beside and all(beside.covers(part) for part in taken):
            entity = SliceContent(image, beside.start, beside.end - beside.start)
            signed = (entity, parser.content(beside.signature, ())[0])
        detached = signed is None and any(SIGNED in part.within for part in taken or parts)
        parser.check()
    oddities = tuple(parser.oddities)
    message = MailMessage(image.size, parser.headers, tuple(archives), oddities, envelope, signed, detached)
    return MediumView(
        _evidence(carried(parts)) or Evidence(ID, "an Internet message"),
        inner.files if inner else (),
        anomalies(message.oddities),
        message,
        image.size,
        inner,
    )
