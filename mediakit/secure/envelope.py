"""What a secure job writes around every file: for whom, signed by whom, with which algorithms.

An `Envelope` is made once for a job, and its password key derived once: 2,000 derivations of
600,000 rounds would take minutes. How large a file becomes in it is known before anything is
encrypted, because a digest, an RSA signature and an encrypted key have fixed sizes
(PS3.15 D.1; RFC 5652 section 5 to 7). So lengths are definite, and one pass writes a file:
digest and signatures stand behind the content that they are about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import UsageError
from . import der, oids
from .ber import BerStream, Node
from .ciphers import RandomBytes, derive, hash_of, wrap, wrapped_size
from .keys import OwnKey, check_password
from .oids import AES_256, SHA_256, ContentCipher, Digest

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ITERATIONS = 600_000
"""Rounds of PBKDF2 that we write."""

_SHORTEST = 2048
"""Bits of an RSA key that we still write for; the standard leaves it open, the state of the art does not."""


@dataclass(frozen=True, slots=True)
class PasswordKey:
    """A key that was derived from a password, and how; the same for all files of a job."""

    salt: bytes
    iterations: int
    prf: str
    cipher: ContentCipher
    kek: bytes = field(repr=False)


def password_key(
    password: bytes,
    random: RandomBytes,
    cipher: ContentCipher = AES_256,
    iterations: int = ITERATIONS,
    prf: str = "sha1",
) -> PasswordKey:
    """Derive the key-encryption key of a job under a fresh salt of 16 bytes. Raises UsageError.

    PS3.15 cites RFC 2898, where HMAC with SHA-1 is the default that every reader must have, so
    that is what is written; in HMAC the weakness of SHA-1 does no harm. "sha256" is for readers
    of RFC 8018.
    """
    check_password(password)
    salt = random(16)
    return PasswordKey(
        salt, iterations, prf, cipher, derive(password, salt, iterations, cipher.key_size, prf)
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """Recipients, signers and algorithms of a job; without signers the content is digested.

    `created` is the time of the job, which signatures carry. Raises UsageError where there is
    nobody to open it, or a key is not RSA or too short. The profile takes more than one of
    everything and lets files differ (PS3.15 D.1).
    """

    recipients: tuple[Certificate, ...] = ()
    password: PasswordKey | None = None
    signers: tuple[OwnKey, ...] = ()
    created: datetime | None = None
    cipher: ContentCipher = AES_256
    digest: Digest = SHA_256
    _fixed: _Fixed = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.recipients and self.password is None:
            raise UsageError("A secure medium needs a recipient.", "Give a certificate or a password.")
        if self.cipher.oid not in oids.CIPHERS or self.cipher.block != 16 or self.digest.size < 32:
            raise UsageError("Triple-DES, SHA-1 and GCM are read but not written.", "Use AES and SHA-2.")
        for certificate in (*self.recipients, *(signer.certificate for signer in self.signers)):
            _rsa_size(certificate)
        object.__setattr__(self, "_fixed", _Fixed.of(self))

    @property
    def inner_type(self) -> str:
        """The content type inside the encryption: SignedData or DigestedData (PS3.15 D.1)."""
        return oids.SIGNED_DATA if self.signers else oids.DIGESTED_DATA

    @property
    def tail_size(self) -> int:
        """The bytes of what stands behind the content inside the encryption."""
        return self._fixed.tail

    def recipient_infos(self, key: bytes, random: RandomBytes) -> bytes:
        """RecipientInfos (RFC 5652 6.2): the content key for each of those named, and nobody else."""
        infos = [
            _key_transport(name, _encrypt(each, key))
            for each, name in zip(self.recipients, self._fixed.recipients, strict=True)
        ]
        if self.password is not None:
            iv = random(self.password.cipher.block)
            wrapped = wrap(self.password.cipher, self.password.kek, iv, key, random)
            infos.append(_password_recipient(self.password, iv, wrapped))
        return der.set_of(infos)

    def inner_head(self, size: int) -> bytes:
        """All that stands before the content of that many bytes in SignedData or DigestedData."""
        octets = der.head(der.OCTET_STRING, size)
        explicit = der.head(der.context(0), len(octets) + size)
        name = der.oid(oids.DATA)
        length = len(name) + len(explicit) + len(octets) + size
        encapsulated = der.head(der.SEQUENCE, length)
        whole = len(self._fixed.lead) + len(encapsulated) + length + self._fixed.tail
        return b"".join(
            (der.head(der.SEQUENCE, whole), self._fixed.lead, encapsulated, name, explicit, octets)
        )

    def inner_tail(self, digest: bytes) -> bytes:
        """All that stands behind the content: its digest, or certificates and signatures."""
        if not self.signers:
            return der.tlv(der.OCTET_STRING, digest)
        signed = [
            self._signer_info(name, digest, _sign(each, self, digest))
            for each, name in zip(self.signers, self._fixed.signers, strict=True)
        ]
        return self._fixed.certificates + der.set_of(signed)

    def head(self, infos: bytes, iv: bytes, ciphertext: int, content_type: str = "") -> bytes:
        """All that stands before the ciphertext of that many bytes: ContentInfo and EnvelopedData.

        `content_type` is that of what is encrypted, where it is not SignedData or DigestedData.
        """
        octets = der.head(der.context(0, constructed=False), ciphertext)
        algorithm = der.algorithm(self.cipher.oid, der.tlv(der.OCTET_STRING, iv))
        lead = der.oid(content_type or self.inner_type) + algorithm + octets
        content = der.head(der.SEQUENCE, len(lead) + ciphertext) + lead
        # RFC 5652 6.1: version 3 with a password recipient, 0 with recipients by issuer and serial.
        version = der.integer(0 if self.password is None else 3)
        enveloped = der.head(der.SEQUENCE, len(version + infos + content) + ciphertext)
        rest = enveloped + version + infos + content
        explicit = der.head(der.context(0), len(rest) + ciphertext) + rest
        name = der.oid(oids.ENVELOPED_DATA)
        return der.head(der.SEQUENCE, len(name + explicit) + ciphertext) + name + explicit

    def ciphertext_size(self, size: int) -> int:
        """The bytes of the encryption of a content of that many bytes; PKCS#7 padding is never empty."""
        fixed = self._fixed
        encapsulated = der.whole(fixed.name + der.whole(der.whole(size)))
        inner = der.whole(len(fixed.lead) + encapsulated + fixed.tail)
        return inner // self.cipher.block * self.cipher.block + self.cipher.block

    def signed_attributes(self, digest: bytes) -> tuple[bytes, ...]:
        """Content type, signing time and message digest (RFC 5652 11), as DER orders them."""
        moment = () if self.created is None else ((oids.SIGNING_TIME, der.time(self.created)),)
        attributes = (
            (oids.CONTENT_TYPE, der.oid(oids.DATA)),
            *moment,
            (oids.MESSAGE_DIGEST, der.tlv(der.OCTET_STRING, digest)),
        )
        return tuple(der.sequence(der.oid(name), der.set_of([value])) for name, value in attributes)

    def _signer_info(self, name: bytes, digest: bytes, signature: bytes) -> bytes:
        return der.sequence(
            der.integer(1),
            name,
            der.algorithm(self.digest.oid),
            der.set_of(self.signed_attributes(digest), der.context(0)),
            der.algorithm(oids.RSA),
            der.tlv(der.OCTET_STRING, signature),
        )


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What does not depend on the file: names, certificates, and the sizes of all that stands around.

    `name` is the size of a content type, `algorithm` that of the content cipher's identifier,
    `tail` and `infos` those of what stands behind the content and of RecipientInfos.
    """

    recipients: tuple[bytes, ...]
    signers: tuple[bytes, ...]
    lead: bytes
    certificates: bytes
    name: int
    algorithm: int
    tail: int
    infos: int

    @staticmethod
    def of(envelope: Envelope) -> _Fixed:
        recipients = tuple(map(issuer_and_serial, envelope.recipients))
        signers = tuple(issuer_and_serial(each.certificate) for each in envelope.signers)
        digest = der.algorithm(envelope.digest.oid)
        iv = der.tlv(der.OCTET_STRING, bytes(envelope.cipher.block))
        lead, certificates, tail = der.integer(0) + digest, b"", der.whole(envelope.digest.size)
        if signers:
            # The signer's own certificate is always there: a reader must not need another source.
            owners = (each for s in envelope.signers for each in (s.certificate, *s.chain))
            certificates = der.set_of({_encoded(each) for each in owners}, der.context(0))
            lead = der.integer(1) + der.set_of([digest])
            tail = len(certificates) + der.whole(_signed(envelope, signers))
        return _Fixed(
            recipients, signers, lead, certificates, len(der.oid(oids.DATA)),
            len(der.algorithm(envelope.cipher.oid, iv)), tail, der.whole(_informed(envelope, recipients)),
        )  # fmt: skip


def _signed(envelope: Envelope, names: tuple[bytes, ...]) -> int:
    """The bytes of all SignerInfos."""
    digest = bytes(envelope.digest.size)
    keys = (bytes(_rsa_size(each.certificate)) for each in envelope.signers)
    return sum(len(envelope._signer_info(name, digest, key)) for name, key in zip(names, keys, strict=True))


def _informed(envelope: Envelope, names: tuple[bytes, ...]) -> int:
    """The bytes of all RecipientInfos."""
    keys = (bytes(_rsa_size(each)) for each in envelope.recipients)
    size = sum(len(_key_transport(name, key)) for name, key in zip(names, keys, strict=True))
    if (word := envelope.password) is not None:
        wrapped = bytes(wrapped_size(envelope.cipher.key_size, word.cipher.block))
        size += len(_password_recipient(word, bytes(word.cipher.block), wrapped))
    return size


def enveloped_size(size: int, envelope: Envelope) -> int:
    """The exact bytes of a file of that size in the envelope, before anything is encrypted."""
    fixed = envelope._fixed
    content = der.whole(fixed.name + fixed.algorithm + der.whole(envelope.ciphertext_size(size)))
    version = 3
    return der.whole(fixed.name + der.whole(der.whole(version + fixed.infos + content)))


def issuer_and_serial(certificate: Certificate) -> bytes:
    """IssuerAndSerialNumber (RFC 5652 10.2.4), with the issuer's name as the certificate encodes it."""
    serial, issuer = issuer_of(certificate)
    return der.sequence(issuer.der(), serial.der())


def issuer_of(certificate: Certificate) -> tuple[Node, Node]:
    """Serial number and issuer as they stand in the certificate (RFC 5280 4.1)."""
    import io

    data = certificate.tbs_certificate_bytes
    version_or_serial, *rest = BerStream(io.BytesIO(data), len(data)).node(der.SEQUENCE).children
    if version_or_serial.tag == der.INTEGER:  # version 1 leaves its number out
        rest.insert(0, version_or_serial)
    return rest[0], rest[2]


def _rsa_size(certificate: Certificate) -> int:
    """The bytes of an RSA signature or encryption with the certificate's key. Raises UsageError."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise UsageError(
            f"The certificate of {certificate.subject.rfc4514_string()} has no RSA key.",
            "The standard knows RSA keys only (PS3.15 D.1).",
        )
    if key.key_size < _SHORTEST:
        raise UsageError(
            f"The key of {certificate.subject.rfc4514_string()} has {key.key_size} bits only.",
            f"Have a key of at least {_SHORTEST} bits made.",
        )
    return -(-key.key_size // 8)


def _encrypt(recipient: Certificate, key: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    public = recipient.public_key()
    assert isinstance(public, RSAPublicKey)  # the envelope took no other
    return public.encrypt(key, PKCS1v15())


def _sign(signer: OwnKey, envelope: Envelope, digest: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    # RFC 5652 5.4: the attributes are signed as a SET OF, whatever tag they have in SignerInfo.
    data = der.set_of(envelope.signed_attributes(digest))
    return signer.key.sign(data, PKCS1v15(), hash_of(envelope.digest.name))


def _encoded(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _key_transport(name: bytes, encrypted: bytes) -> bytes:
    """KeyTransRecipientInfo (RFC 5652 6.2.1), RSA with PKCS#1 v1.5 padding as PS3.15 D.1 asks."""
    return der.sequence(
        der.integer(0),
        name,
        der.algorithm(oids.RSA),
        der.tlv(der.OCTET_STRING, encrypted),
    )


def _password_recipient(key: PasswordKey, iv: bytes, wrapped: bytes) -> bytes:
    """PasswordRecipientInfo (RFC 5652 6.2.4) with PBKDF2 and PWRI-KEK (RFC 3211)."""
    # HMAC with SHA-1 is the DEFAULT of prf, which DER leaves out.
    prf = b"" if key.prf == "sha1" else der.algorithm(oids.PRF_OIDS[key.prf])
    parameters = der.sequence(der.tlv(der.OCTET_STRING, key.salt), der.integer(key.iterations), prf)
    derivation = der.sequence(der.oid(oids.PBKDF2), parameters)
    inner = der.algorithm(key.cipher.oid, der.tlv(der.OCTET_STRING, iv))
    return der.tlv(
        der.context(3),
        der.integer(0),
        der.tlv(der.context(0), *_value(derivation)),
        der.algorithm(oids.PWRI_KEK, inner),
        der.tlv(der.OCTET_STRING, wrapped),
    )


def _value(element: bytes) -> tuple[bytes]:
    """The value of a short element, without its identifier and length."""
    return (element[2:] if element[1] < 0x80 else element[2 + (element[1] & 0x7F) :],)
