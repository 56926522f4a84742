"""SEC: e-mails that are encrypted, signed or both as a whole (PS3.15 B.8).

The rules see what `mediakit.smime` made of the message. As with Secure DICOM Files, encryption,
signature and trust are findings of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Severity
from ..secure import oids
from ..secure.subject import SecuredMail
from ..secure.verdict import Decryption, Signature, Signer, Standing
from . import Fact, Unchecked, rule

_AES = {each.oid for each in (oids.AES_128, oids.AES_192, oids.AES_256)} | {*oids.GCM_CIPHERS}


def _signers(mail: SecuredMail, *signatures: Signature) -> Iterator[Signer]:
    for each in mail.signed.signers if mail.signed else ():
        if each.signature in signatures:
            yield each


@rule(
    "SEC-040",
    on=SecuredMail,
    cites="PS3.15 B.8",
    severity=Severity.NOTE,
    says="The e-mail could not be opened",
    advice="Give the key and certificate of the recipient to whom it was sent.",
)
def mail_could_be_opened(mail: SecuredMail) -> Iterator[Unchecked]:
    """What is encrypted can be judged only by one of its recipients."""
    if mail.envelope and mail.envelope.locked:
        yield Unchecked(f"the e-mail is encrypted: {mail.envelope.decryption.value}")


@rule(
    "SEC-041",
    on=SecuredMail,
    cites="PS3.15 B.8",
    says="The e-mail is not encrypted as it should be, or damaged: {detail}",
    advice="Fetch the message again, or ask the sender for another one.",
)
def mail_decrypts(mail: SecuredMail) -> Iterator[Fact]:
    """The whole e-mail is encrypted for its recipients."""
    found = mail.envelope
    if found and found.decryption in (Decryption.MALFORMED, Decryption.DAMAGED):
        seen = found.anomaly("cms")
        yield Fact({"detail": seen.detail if seen else found.decryption.value})


@rule(
    "SEC-042",
    on=SecuredMail,
    cites="PS3.15 B.8",
    says="The e-mail is encrypted with {found}, not with AES",
    advice="Ask the sender for AES; the mail program may have to be told.",
)
def mail_cipher(mail: SecuredMail) -> Iterator[Fact]:
    """The e-mail is encrypted with AES."""
    outer = mail.envelope.outer if mail.envelope else None
    if outer and outer.algorithm not in _AES:
        yield Fact({"found": oids.name_of(outer.algorithm)})


@rule(
    "SEC-043",
    on=SecuredMail,
    cites="PS3.15 B.8",
    says="The e-mail is not signed",
    advice="Nobody vouches for its origin, or that it is unchanged; ask the sender.",
)
def mail_is_signed(mail: SecuredMail) -> Iterator[Fact | Unchecked]:
    """The e-mail is signed by its sender."""
    if mail.is_signed or (mail.envelope and mail.envelope.decryption is not Decryption.OPENED):
        return
    if mail.detached:
        what = (
            "a signature is there, but it does not cover the images, or is of a kind that is not known here"
        )
        yield Unchecked(what)
    else:
        yield Fact()


@rule(
    "SEC-044",
    on=SecuredMail,
    cites="PS3.15 B.8",
    says="The signature of the e-mail is wrong: {detail}",
    advice="What is in it is not what was signed; ask the sender for another one.",
)
def mail_signature(mail: SecuredMail) -> Iterator[Fact | Unchecked]:
    """The signature is that of the e-mail by the key of the signer's certificate."""
    for each in _signers(mail, Signature.INVALID):
        yield Fact({"detail": f"{each.name}: {each.detail}"})
    if mail.signed and mail.signed.decryption is Decryption.DAMAGED:
        yield Fact({"detail": "it cannot be read"})
    for each in _signers(mail, Signature.NO_CERTIFICATE, Signature.UNSUPPORTED):
        yield Unchecked(f"{each.name}: {each.signature.value}")


@rule(
    "SEC-045",
    on=SecuredMail,
    cites="PS3.15 B.8",
    severity=Severity.WARNING,
    says="The signer {signer} of the e-mail is not trusted: {detail}",
    advice="The content is intact, but anybody can call himself that; ask the sender for his authority.",
)
def mail_signer_is_trusted(mail: SecuredMail) -> Iterator[Fact]:
    """A chain of valid certificates should lead from the signer to one that the user trusts."""
    for each in _signers(mail, Signature.VALID):
        if each.standing in (Standing.UNTRUSTED, Standing.EXPIRED):
            yield Fact({"signer": each.name, "detail": each.detail})


@rule(
    "SEC-046",
    on=SecuredMail,
    cites="PS3.15 B.8",
    severity=Severity.NOTE,
    says="The signature of {signer} is right, but whether to trust that certificate was not asked",
    advice="Give the certificates that you trust with --trust.",
)
def mail_somebody_is_trusted(mail: SecuredMail) -> Iterator[Fact]:
    """A signature tells the origin only to who knows which certificates to trust."""
    for each in _signers(mail, Signature.VALID):
        if each.standing is Standing.NOT_JUDGED:
            yield Fact({"signer": each.name})
