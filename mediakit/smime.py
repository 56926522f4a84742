"""The e-mail of a File-set, signed and then encrypted (PS3.15 B.8, RFC 8551): made and opened.

    mail -> SignedData -> base64 -> EnvelopedData -> base64 -> message

Knows messages and CMS; what is in the archive that the e-mail carries is for the formats. The
sizes of all layers are known beforehand, so the bytes pass through once. Only the fields
that every server needs are in clear, and they tell of no patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .errors import ReadBackError
from .formats import mail
from .formats.mail.layout import MailLayout
from .formats.mail.reader import MailMessage
from .formats.mime.base64 import Base64Sink, encoded_size
from .formats.mime.lines import canonical
from .formats.mime.message import Parser
from .formats.tree import MediumView, Placed, Tick, VolumeParameters, VolumeTree, Written
from .formats.zip.writer import write as write_archive
from .model import Content
from .secure import oids
from .secure.ciphers import RandomBytes
from .secure.envelope import Envelope
from .secure.opening import Opening
from .secure.outer import content_type
from .secure.reader import open_envelope, open_signed
from .secure.smime import Encrypting, Signing, encrypted_size, signed_size
from .secure.subject import SecuredMail
from .secure.verdict import Decryption, Integrity, Opened
from .transfer import Sink, Transfer

_VERSION = b"MIME-Version: 1.0\r\n"
_ENVELOPED = "application/pkcs7-mime"


def _fields(kind: str) -> bytes:
    """The fields of an entity of that S/MIME type (RFC 8551 3.2), up to its body."""
    lines = (
        f'Content-Type: {_ENVELOPED}; smime-type={kind};\r\n name="smime.p7m"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="smime.p7m"',
        "",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


_SIGNED_FIELDS = _fields("signed-data")


@dataclass(frozen=True, slots=True)
class SmimeLayout:
    """The planned message: what stands in clear, and the e-mail inside; `size` in bytes.

    The files have no place of their own in it. `key` opens it when it is read back.
    """

    size: int
    head: bytes
    entity: bytes
    plain: MailLayout
    files: tuple[Placed, ...]
    signed: int
    encrypted: int
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    infos: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecureMail:
    """An e-mail for the recipients of an envelope, as a format that can be planned and written."""

    envelope: Envelope
    random: RandomBytes = field(repr=False)

    @property
    def id(self) -> str:
        """The word of the format: to a reader it is an e-mail."""
        return mail.id

    def plan(self, tree: VolumeTree, parameters: VolumeParameters) -> SmimeLayout:
        """Sizes of all layers. Raises InputError for what an archive or a header cannot hold."""
        plain = mail.plan(tree, parameters)
        fields, version, entity = plain.head.partition(_VERSION)
        inside = plain.size - len(fields) - len(version)
        signed = signed_size(inside, self.envelope)
        encrypted = len(_SIGNED_FIELDS) + encoded_size(signed)
        key, iv = self.random(self.envelope.cipher.key_size), self.random(self.envelope.cipher.block)
        infos = self.envelope.recipient_infos(key, self.random)
        head = fields + version + _fields("enveloped-data")
        size = len(head) + encoded_size(encrypted_size(encrypted, self.envelope, infos, iv))
        files = tuple(replace(file, offset=0) for file in plain.files)
        return SmimeLayout(size, head, entity, plain, files, inside, encrypted, key, iv, infos)

    def write(self, layout: SmimeLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
        """Write the message, layer within layer, and hash it.

        Raises OutputError, SourceUnreadable and SourceChanged; then part of it was written.
        """
        with Transfer(out, tick) as message:
            message.put(layout.head)
            encrypting = Encrypting(
                Base64Sink(message), self.envelope, layout.key, layout.iv, layout.infos, layout.encrypted
            )
            with Transfer(encrypting) as entity:
                entity.put(_SIGNED_FIELDS)
                with Transfer(Signing(Base64Sink(entity), self.envelope, layout.signed)) as body:
                    body.put(layout.entity)
                    archive = write_archive(layout.plain.archive, Base64Sink(body), each=each)
                    body.put(layout.plain.tail)
                    body.finish()
                entity.finish()
            whole = message.finish()
            return Written(message.position, whole, archive.files)


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
        return content_type(stream.read(32)) == oids.SIGNED_DATA


def _opened(view: MediumView, facts: MailMessage, content: Content) -> MediumView:
    """The message as if what is inside had been sent as it is."""
    inside = mail.open(content)
    assert isinstance(inside.facts, MailMessage)
    message = replace(
        facts, archives=inside.facts.archives, oddities=(*facts.oddities, *inside.facts.oddities)
    )
    anomalies = (*view.anomalies, *inside.anomalies)
    return replace(view, files=inside.files, facts=message, inner=inside.inner, anomalies=anomalies)


def check_mail(secured: SecuredMail | None, envelope: Envelope) -> None:
    """Raise ReadBackError unless the e-mail was opened whole and is for those named and nobody else."""
    outer = secured.envelope.outer if secured and secured.envelope else None
    if not secured or not outer or not secured.is_open or len(outer.recipients) != len(envelope.recipients):
        raise ReadBackError(
            "The e-mail read back is not what was encrypted.",
            "Nothing was left behind. Check the disk and try again.",
        )
