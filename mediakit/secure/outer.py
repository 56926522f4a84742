"""The outside of a Secure DICOM File: recipients, algorithms, and where the ciphertext lies.

Reads EnvelopedData and AuthEnvelopedData (RFC 5652 section 6, RFC 5083) as they are, also
what the profile does not allow; nothing is decrypted or judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import Content
from . import oids
from .ber import BerError, BerStream, Node
from .der import INTEGER, OCTET_STRING, OID, SEQUENCE, SET
from .oids import ContentCipher
from .streams import Segmented

_EXPLICIT = 0xA0
_KINDS = {0x30: "rsa", 0xA1: "key agreement", 0xA2: "symmetric key", 0xA3: "password"}
_OAEP = "1.2.840.113549.1.1.7"
_RECIPIENTS = 1000


@dataclass(frozen=True, slots=True)
class Derivation:
    """PBKDF2 and its parameters, and the cipher that wraps the content key (RFC 8018, RFC 3211)."""

    salt: bytes = field(repr=False)
    iterations: int
    prf: str
    cipher: ContentCipher | None
    iv: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One for whom the content key was encrypted.

    `kind` is "rsa", "password", or the name of what the profile lacks. A certificate is named
    by issuer (as DER) and serial number or by its subject key identifier. `oaep` names the
    digests of RSAES-OAEP. `version` is what it says of itself.
    """

    kind: str
    algorithm: str
    wrapped: bytes = field(default=b"", repr=False)
    issuer: bytes = b""
    serial: int = 0
    key_id: bytes = b""
    derivation: Derivation | None = None
    oaep: tuple[str, str] | None = None
    version: int = 0

    @property
    def due(self) -> int:
        """The version that it should say (RFC 5652 6.2): what is not judged here says the right one."""
        if self.kind == "rsa":
            return 0 if self.issuer else 2
        return 0 if self.kind == "password" else self.version

    @property
    def shown(self) -> str:
        """The recipient for people, who find the number in their certificates."""
        if self.kind != "rsa":
            return self.kind
        return f"serial number {self.serial:x}" if self.issuer else f"key identifier {self.key_id.hex()}"


@dataclass(frozen=True, slots=True)
class Outer:
    """What is outside of the encryption; `end` is where the ContentInfo ends.

    `version` is what it says of itself, `due` what it should say (RFC 5652 6.1, RFC 5083 2.1).
    """

    content_type: str
    version: int
    due: int
    recipients: tuple[Recipient, ...]
    inner_type: str
    algorithm: str
    iv: bytes = field(repr=False)
    ciphertext: Segmented | None = field(repr=False)
    associated: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    end: int

    @property
    def cipher(self) -> ContentCipher | None:
        """The cipher of the content, if it is one that we decrypt."""
        known = oids.CIPHERS if self.content_type == oids.ENVELOPED_DATA else oids.GCM_CIPHERS
        return known.get(self.algorithm)


def read_outer(content: Content) -> Outer:
    """Read the outside of an envelope. Raises BerError, and OSError when the content cannot be read."""
    with content.open() as stream:
        ber = BerStream(stream, content.size)
        ber.enter(SEQUENCE)
        content_type = ber.node(OID).oid()
        if content_type not in (oids.ENVELOPED_DATA, oids.AUTH_ENVELOPED_DATA):
            raise BerError(f"the content type is {oids.name_of(content_type)}", 0)
        ber.enter(_EXPLICIT)
        ber.enter(SEQUENCE)
        version = ber.node(INTEGER).integer()
        originator = ber.peek() == _EXPLICIT
        if originator:
            ber.node()  # it serves key agreement only
        infos = ber.node(SET)
        ber.enter(SEQUENCE)
        inner_type = ber.node(OID).oid()
        algorithm = ber.node(SEQUENCE)
        segments = None if ber.peek() is None else ber.octets(0x80)
        ber.leave()
        has_attributes = ber.peek() is not None
        attributes, mac = _after(ber, content_type)
        for _ in range(3):
            ber.leave()
    if len(infos.children) > _RECIPIENTS:
        raise BerError(f"there are {len(infos.children):,} recipients")
    recipients = tuple(_recipient(each) for each in infos.children)
    return Outer(
        content_type,
        version,
        _due(content_type, version, recipients, originator, has_attributes),
        recipients,
        inner_type,
        algorithm.child(0, OID).oid(),
        _iv(algorithm),
        None if segments is None else Segmented(content, segments),
        b"" if attributes is None else attributes.der(SET),
        mac,
        ber.position,
    )


def _due(
    content_type: str,
    version: int,
    recipients: tuple[Recipient, ...],
    has_originator: bool,
    has_attributes: bool,
) -> int:
    """The version of an envelope that has or lacks originatorInfo and attributes (RFC 5652 6.1)."""
    if content_type != oids.ENVELOPED_DATA:
        return 0
    plain = all(each.kind == "rsa" and each.issuer for each in recipients)
    least = 3 if any(each.kind in ("password", "other") for each in recipients) else 2
    if has_originator:
        # Certificates and lists in it can ask for 3 or 4; they are not looked at.
        return version if least <= version <= 4 else least
    return 0 if plain and not has_attributes else least


def _after(ber: BerStream, content_type: str) -> tuple[Node | None, bytes]:
    """What stands behind the ciphertext: authenticated attributes and the tag, with GCM."""
    attributes = ber.node() if ber.peek() == 0xA1 else None
    if content_type == oids.ENVELOPED_DATA:
        return None, b""
    mac = ber.node(OCTET_STRING).octets()
    if ber.peek() == 0xA2:
        ber.node()
    return attributes, mac


def _iv(algorithm: Node) -> bytes:
    """The initialization vector, or the nonce of GCMParameters (RFC 5084 3.2)."""
    if len(algorithm.children) < 2:
        return b""
    parameters = algorithm.child(1)
    return parameters.child(0).octets() if parameters.tag == SEQUENCE else parameters.octets()


def _recipient(info: Node) -> Recipient:
    kind = _KINDS.get(info.tag, "other")
    if info.tag == SEQUENCE:
        version = info.child(0, INTEGER).integer()
        who, algorithm = info.child(1), info.child(2, SEQUENCE)
        name, wrapped = algorithm.child(0, OID).oid(), info.child(3).octets()
        oaep = _oaep(algorithm) if name == _OAEP else None
        if who.tag == SEQUENCE:
            issuer, serial = who.child(0).der(), who.child(1, INTEGER).integer()
            return Recipient(kind, name, wrapped, issuer, serial, oaep=oaep, version=version)
        return Recipient(kind, name, wrapped, key_id=who.octets(), oaep=oaep, version=version)
    if kind == "password" and info.child(1).tag == _EXPLICIT:
        derivation, algorithm = info.child(1), info.child(2, SEQUENCE)
        name = algorithm.child(0, OID).oid()
        if derivation.child(0, OID).oid() == oids.PBKDF2 and name == oids.PWRI_KEK:
            how = _derivation(derivation.child(1, SEQUENCE), algorithm.child(1, SEQUENCE))
            version = info.child(0, INTEGER).integer()
            return Recipient(kind, name, info.child(3).octets(), derivation=how, version=version)
        return Recipient(kind, name if name != oids.PWRI_KEK else derivation.child(0, OID).oid())
    return Recipient(kind, "")


def _derivation(parameters: Node, kek: Node) -> Derivation:
    salt, iterations, rest = parameters.child(0), parameters.child(1, INTEGER), parameters.children[2:]
    prf = next((each.child(0, OID).oid() for each in rest if each.tag == SEQUENCE), oids.PRF_OIDS["sha1"])
    cipher = oids.CIPHERS.get(kek.child(0, OID).oid())
    return Derivation(salt.octets(), iterations.integer(), prf, cipher, _iv(kek))


def _oaep(algorithm: Node) -> tuple[str, str]:
    """The digests of RSAES-OAEP-params (RFC 8017 A.2.1): of the label and of the mask; SHA-1 by default."""
    digest = mask = oids.SHA_1.oid
    for each in algorithm.children[1].children if len(algorithm.children) > 1 else ():
        if each.tag == 0xA0:
            digest = each.child(0).child(0, OID).oid()
        elif each.tag == 0xA1:
            mask = each.child(0).child(1).child(0, OID).oid()
    return digest, mask
