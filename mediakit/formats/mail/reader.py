"""The bytes of an e-mail -> MediumView: the files in the ZIP archive that is attached to it.

The archive is read where it lies, in base64, with the reader of ZIP archives; its own view is
kept beside that of the message. An archive further in is not opened, nor what is encrypted.
"""

from __future__ import annotations

from ...model import Content, SliceContent
from ..mime.facts import is_archive, is_encrypted
from ..mime.message import SIGNED, Parser
from ..mime.reader import carried
from ..structures import Structures
from ..tree import Evidence, MediumView, anomalies
from ..zip.reader import read as read_archive
from .facts import MailMessage
from .recognition import ID, evidence_of


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
        evidence_of(carried(parts)) or Evidence(ID, "an Internet message"),
        inner.files if inner else (),
        anomalies(message.oddities),
        message,
        image.size,
        inner,
    )
