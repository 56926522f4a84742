"""The e-mail of a File-set, signed and then encrypted (PS3.15 B.8, RFC 8551).

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
from .formats.mime.base64 import Base64Sink, encoded_size
from .formats.tree import Placed, Tick, VolumeParameters, VolumeTree, Written
from .formats.zip.writer import write as write_archive
from .secure.ciphers import RandomBytes
from .secure.envelope import Envelope
from .secure.smime import Encrypting, Signing, encrypted_size, signed_size
from .secure.subject import SecuredMail
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


def check_mail(secured: SecuredMail | None, envelope: Envelope) -> None:
    """Raise ReadBackError unless the e-mail was opened whole and is for those named and nobody else."""
    outer = secured.envelope.outer if secured and secured.envelope else None
    if not secured or not outer or not secured.is_open or len(outer.recipients) != len(envelope.recipients):
        raise ReadBackError(
            "The e-mail read back is not what was encrypted.",
            "Nothing was left behind. Check the disk and try again.",
        )
