"""An e-mail that is encrypted or signed as a whole, opened (PS3.15 B.8, RFC 8551).

Knows messages and CMS; what is in the archive that the e-mail carries is for the formats.
"""

from __future__ import annotations

from dataclasses import replace

from .formats import mail
from .formats.mail.facts import MailMessage
from .formats.mime.lines import canonical
from .formats.mime.message import Parser
from .formats.tree import MediumView
from .model import Content
from .secure import oids
from .secure.content_type import CONTENT_TYPE_BYTES, says
from .secure.opening import Opening
from .secure.reader import open_envelope, open_signed
from .secure.subject import SecuredMail
from .secure.verdict import Decryption, Integrity, Opened


def open_mail(
    media: tuple[MediumView, ...], opening: Opening
) -> tuple[tuple[MediumView, ...], SecuredMail | None]:
    """The media with an e-mail opened that is encrypted or signed, and what became of that.

    Any others as they are; so is an e-mail with its signature beside it, which everybody can read,
    whatever that signature is worth. Raises OSError when the message cannot be read.
    """
    view = media[0]
    facts = view.facts
    if not isinstance(facts, MailMessage):
        return media, None
    envelope, entity = _decrypted(facts, opening)
    outside = _signatures(facts, opening) if envelope and facts.signed else None
    if envelope and entity is None:
        return media, SecuredMail(envelope, outside, detached=facts.detached)
    within = mail.open(entity).facts if entity else facts
    assert isinstance(within, MailMessage)
    opened = _signatures(within, opening)
    if outside and entity:
        opened = _joined(outside, opened, entity)
    detached = opened is None and (facts.detached or within.detached)
    if envelope is None and (opened is None or within.signed):
        return media, SecuredMail(None, opened, True, detached) if opened or detached else None
    unsigned = entity if opening.unchecked else None
    content = opening.clear(opened) if opened else unsigned
    secured = SecuredMail(envelope, opened, content is not None, detached)
    return (media if content is None else (_opened(view, facts, content), *media[1:])), secured


def _decrypted(facts: MailMessage, opening: Opening) -> tuple[Opened | None, Content | None]:
    """What became of the encryption, and the entity inside; neither where there is no encryption."""
    if facts.envelope is None or _is_signed_data(facts.envelope):
        return None, None
    envelope = open_envelope(facts.envelope, opening.mail)
    return envelope, envelope.unchecked


def _signatures(message: MailMessage, opening: Opening) -> Opened | None:
    """What became of the signatures of a message, around its content or beside it; None without any."""
    if message.signed is None:
        return open_signed(message.envelope, opening.mail) if message.envelope else None
    entity, signature = message.signed
    if signature is None:
        return Opened(None, Decryption.DAMAGED)
    found = open_signed(signature, opening.mail, entity)
    lines = canonical(entity) if found.integrity is Integrity.BROKEN and _survives(entity) else None
    if lines is None:
        return found
    # Signed was what was sent (RFC 8551 3.1.1), and here are other line ends, which say nothing.
    again = open_signed(signature, opening.mail, lines)
    if again.integrity is Integrity.BROKEN:
        return found
    return replace(again, content=again.content and entity, unchecked=again.unchecked and entity)


def _joined(outside: Opened, inside: Opened | None, entity: Content) -> Opened:
    """One answer from the signatures around the encryption and within it (RFC 2634 1.1).

    Who signed the ciphertext vouches for the `entity` that comes out of it.
    """
    inside = inside or replace(outside, signers=(), content=None, unchecked=entity)
    signers = (*inside.signers, *outside.signers)
    # As with many signers of one content: a wrong signature closes it, and one that is right is enough.
    for each in (outside, inside):
        if each.content is None and each.unchecked is None:
            return replace(each, signers=signers)
    if outside.content is None or inside.content is not None:
        return replace(inside, signers=signers)
    return replace(
        inside, signers=signers, integrity=outside.integrity, content=inside.unchecked, unchecked=None
    )


def _survives(entity: Content) -> bool:
    """Whether other line ends change none of the files in an entity: text and what is encoded."""
    with entity.open() as stream:
        parts = list(Parser(entity, stream).parts())
    encodings = ("base64", "quoted-printable")
    return all(each.type.startswith("text/") or each.encoding in encodings for each in parts)


def _is_signed_data(content: Content) -> bool:
    with content.open() as stream:
        return says(stream.read(CONTENT_TYPE_BYTES), oids.SIGNED_DATA)


def _opened(view: MediumView, facts: MailMessage, content: Content) -> MediumView:
    """The message as if what is inside had been sent as it is."""
    inside = mail.open(content)
    assert isinstance(inside.facts, MailMessage)
    message = replace(
        facts, archives=inside.facts.archives, oddities=(*facts.oddities, *inside.facts.oddities)
    )
    anomalies = (*view.anomalies, *inside.anomalies)
    return replace(view, files=inside.files, facts=message, inner=inside.inner, anomalies=anomalies)
