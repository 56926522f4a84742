"""The algorithms of the Basic DICOM Media Security Profile, and the others that readers meet.

Tables only: what PS3.15 D.1.1 and D.1.2 allow, by the object identifiers of CMS (RFC 5652,
RFC 3370, RFC 3565, RFC 8018), and the names of what they do not allow, for people.
"""

from __future__ import annotations

from dataclasses import dataclass

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
DIGESTED_DATA = "1.2.840.113549.1.7.5"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"

RSA = "1.2.840.113549.1.1.1"
PBKDF2 = "1.2.840.113549.1.5.12"
PWRI_KEK = "1.2.840.113549.1.9.16.3.9"


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """A block cipher in CBC mode; sizes in bytes. GCM, which the profile lacks, has `gcm`."""

    name: str
    oid: str
    key_size: int
    block: int = 16
    gcm: bool = False


AES_128 = ContentCipher("AES-128-CBC", "2.16.840.1.101.3.4.1.2", 16)
AES_192 = ContentCipher("AES-192-CBC", "2.16.840.1.101.3.4.1.22", 24)
AES_256 = ContentCipher("AES-256-CBC", "2.16.840.1.101.3.4.1.42", 32)
TRIPLE_DES = ContentCipher("Triple-DES-CBC", "1.2.840.113549.3.7", 24, block=8)

CIPHERS = {each.oid: each for each in (AES_128, AES_192, AES_256, TRIPLE_DES)}
"""PS3.15 D.1: the creator picks one, a reader supports all."""

GCM_CIPHERS = {
    f"2.16.840.1.101.3.4.1.{arc}": ContentCipher(
        f"AES-{size * 8}-GCM", f"2.16.840.1.101.3.4.1.{arc}", size, gcm=True
    )
    for arc, size in ((6, 16), (26, 24), (46, 32))
}
"""RFC 5084: not in the profile, opened all the same because it protects its own integrity."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest; `name` is that of hashlib, `size` is in bytes."""

    name: str
    oid: str
    size: int


SHA_1 = Digest("sha1", "1.3.14.3.2.26", 20)
SHA_256 = Digest("sha256", "2.16.840.1.101.3.4.2.1", 32)
SHA_384 = Digest("sha384", "2.16.840.1.101.3.4.2.2", 48)
SHA_512 = Digest("sha512", "2.16.840.1.101.3.4.2.3", 64)

DIGESTS = {each.oid: each for each in (SHA_1, SHA_256, SHA_384, SHA_512)}

SIGNATURES: dict[str, Digest | None] = {
    RSA: None,
    "1.2.840.113549.1.1.5": SHA_1,
    "1.2.840.113549.1.1.11": SHA_256,
    "1.2.840.113549.1.1.12": SHA_384,
    "1.2.840.113549.1.1.13": SHA_512,
}
"""RSA with PKCS#1 v1.5 padding: alone, or with the digest in the name."""

PRFS = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
"""Pseudo-random functions of PBKDF2: HMAC with one of the digests (RFC 8018 B.1)."""

PRF_OIDS = {name: oid for oid, name in PRFS.items()}

_NAMES = {
    DATA: "id-data",
    SIGNED_DATA: "id-signedData",
    ENVELOPED_DATA: "id-envelopedData",
    DIGESTED_DATA: "id-digestedData",
    AUTH_ENVELOPED_DATA: "id-ct-authEnvelopedData",
    RSA: "RSA PKCS#1 v1.5",
    PBKDF2: "PBKDF2",
    PWRI_KEK: "PWRI-KEK",
    "1.2.840.113549.1.1.7": "RSAES-OAEP",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.3.2": "RC2-CBC",
    "1.3.14.3.2.7": "DES-CBC",
    "1.2.840.113549.2.5": "md5",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
    "1.2.840.10045.4.3.3": "ECDSA with SHA-384",
    "1.2.840.10045.4.3.4": "ECDSA with SHA-512",
    "1.2.840.10045.2.1": "elliptic curve key",
}


def name_of(oid: str) -> str:
    """The name of an algorithm or content type for people, else its object identifier."""
    known = CIPHERS.get(oid) or GCM_CIPHERS.get(oid) or DIGESTS.get(oid)
    return known.name if known else _NAMES.get(oid, oid)
