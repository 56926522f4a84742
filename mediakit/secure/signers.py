"""Signatures of SignedData, and whether the signers are trusted (RFC 5652 5.4 to 5.6, RFC 5280 6).

A signature is right or wrong whoever made it; whether a chain leads from its certificate to
one that the user trusts is another question.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import oids
from .ber import BerError, Node
from .ciphers import hash_of
from .credentials import Trust, key_id
from .der import INTEGER, OID, SEQUENCE, SET
from .envelope import issuer_of
from .keys import malformed
from .oids import Digest
from .verdict import Signature, Signer, Standing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

_ATTRIBUTES = 0xA0


@dataclass(frozen=True, slots=True)
class _Info:
    """SignerInfo (RFC 5652 5.3); the signer is named by issuer and serial number or by key identifier."""

    issuer: bytes
    serial: int
    key_id: bytes
    digest: str
    attributes: Node | None
    algorithm: str
    signature: bytes


def signer_digests(infos: Sequence[Node]) -> tuple[str, ...]:
    """The digest algorithms that the signers use. Raises BerError."""
    return tuple(dict.fromkeys(_info(each).digest for each in infos))


def check_signers(
    infos: Sequence[Node],
    encoded: Sequence[bytes],
    payload_type: str,
    digests: Mapping[str, bytes],
    trust: Trust | None,
) -> tuple[Signer, ...]:
    """What is to be said of every signer; `digests` are those of the content by name. Raises BerError."""
    certificates = _certificates(encoded)
    known = (*certificates, *(trust.anchors if trust else ()))
    return tuple(_check(_info(each), known, certificates, payload_type, digests, trust) for each in infos)


def _check(
    info: _Info,
    known: Sequence[Certificate],
    included: Sequence[Certificate],
    payload_type: str,
    digests: Mapping[str, bytes],
    trust: Trust | None,
) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    certificate = next((each for each in known if _is_of(info, each)), None)
    digest = oids.DIGESTS.get(info.digest)
    moment = _signing_time(info)
    if certificate is None:
        name, bits, key = f"serial number {info.serial}" if info.issuer else "a key identifier", 0, None
    else:
        name, key = certificate.subject.rfc4514_string(), _public_key(certificate)
        bits = key.key_size if isinstance(key, RSAPublicKey) else 0

    def signer(signature: Signature, standing: Standing = Standing.NOT_JUDGED, detail: str = "") -> Signer:
        return Signer(name, info.digest, info.algorithm, signature, standing, detail, bits, moment)

    if digest is not None and not _attributes_agree(info, payload_type, digests[digest.name]):
        return signer(Signature.INVALID, detail="its attributes are not those of this content")
    if digest is None or info.algorithm not in oids.SIGNATURES:
        return signer(Signature.UNSUPPORTED)
    if certificate is None:
        return signer(Signature.NO_CERTIFICATE)
    if not isinstance(key, RSAPublicKey) or not _is_signed(info, key, digest, digests[digest.name]):
        return signer(Signature.INVALID, detail="it was not made with the key of the certificate")
    return signer(Signature.VALID, *_standing(certificate, included, trust))


def _info(node: Node) -> _Info:
    who, digest = node.child(1), node.child(2, SEQUENCE).child(0, OID).oid()
    rest = node.children[3:]
    attributes = rest[0] if rest and rest[0].tag == _ATTRIBUTES else None
    at = 4 if attributes else 3
    algorithm, signature = node.child(at, SEQUENCE).child(0, OID).oid(), node.child(at + 1).octets()
    if who.tag != SEQUENCE:
        return _Info(b"", 0, who.octets(), digest, attributes, algorithm, signature)
    serial = who.child(1, INTEGER).integer()
    return _Info(who.child(0).der(), serial, b"", digest, attributes, algorithm, signature)


def _is_of(info: _Info, certificate: Certificate) -> bool:
    if not info.issuer:
        return key_id(certificate) == info.key_id
    if certificate.serial_number != info.serial:
        return False
    try:
        return issuer_of(certificate)[1].der() == info.issuer
    except BerError:
        return False


def _attributes_agree(info: _Info, payload_type: str, digest: bytes) -> bool:
    """Content type and digest of this content, exactly once each (RFC 5652 11.1, 11.2)."""
    if info.attributes is None:
        return True
    values: dict[str, list[Node]] = {}
    for each in info.attributes.children:
        values.setdefault(each.child(0, OID).oid(), []).extend(each.child(1, SET).children)
    types, found = values.get(oids.CONTENT_TYPE, []), values.get(oids.MESSAGE_DIGEST, [])
    return (
        len(types) == len(found) == 1
        and types[0].oid() == payload_type
        and hmac.compare_digest(found[0].octets(), digest)
    )


def _is_signed(info: _Info, key: RSAPublicKey, digest: Digest, of_content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    named = oids.SIGNATURES[info.algorithm]
    if named not in (None, digest):
        return False
    try:
        if info.attributes is None:
            key.verify(info.signature, of_content, PKCS1v15(), Prehashed(hash_of(digest.name)))
        else:
            # In the order in which they stand: some signers forget that DER sorts a SET OF.
            key.verify(info.signature, info.attributes.der(SET), PKCS1v15(), hash_of(digest.name))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _standing(
    certificate: Certificate, included: Sequence[Certificate], trust: Trust | None
) -> tuple[Standing, str]:
    """Whether the signer's certificate is valid now, may sign, and leads to a trusted one."""
    from cryptography import x509

    if trust is None:
        return Standing.NOT_JUDGED, ""
    at = trust.at.astimezone(UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        period = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        return Standing.EXPIRED, f"its certificate is valid from {period}"
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    except malformed() as error:
        return Standing.UNTRUSTED, f"its certificate is malformed: {error}"
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return Standing.UNTRUSTED, "its certificate is not meant for signatures"
    if certificate in trust.anchors:
        return Standing.TRUSTED, ""
    return _chain(certificate, included, trust.anchors, at)


def _chain(
    certificate: Certificate, included: Sequence[Certificate], anchors: Sequence[Certificate], at: datetime
) -> tuple[Standing, str]:
    """Path validation by `cryptography`; hospitals' own authorities need no more than basicConstraints."""
    from cryptography import x509
    from cryptography.x509 import verification

    if not anchors:
        return Standing.UNTRUSTED, "there is nobody to trust"
    authority = verification.ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
    )
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(anchors)))
        .time(at.replace(tzinfo=None))
        .extension_policies(ca_policy=authority, ee_policy=verification.ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, [each for each in included if each != certificate])
    except malformed(verification.VerificationError) as error:
        return Standing.UNTRUSTED, f"no chain leads to a trusted certificate: {error}"
    return Standing.TRUSTED, ""


def _signing_time(info: _Info) -> datetime | None:
    """What the signer says of the time; nobody vouches for it."""
    for each in info.attributes.children if info.attributes else ():
        if each.child(0, OID).oid() == oids.SIGNING_TIME and len(each.child(1, SET).children) == 1:
            text = each.child(1).child(0).value.decode("ascii", "replace")
            form = "%y%m%d%H%M%SZ" if len(text) == 13 else "%Y%m%d%H%M%SZ"
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                return None
    return None


def _certificates(encoded: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Those that are certificates; attribute certificates and junk are passed over."""
    from cryptography import x509

    found = []
    for each in encoded:
        try:
            certificate = x509.load_der_x509_certificate(each)
            certificate.subject.rfc4514_string()
        except malformed():
            continue
        found.append(certificate)
    return tuple(found)


def _public_key(certificate: Certificate) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
