"""SEC: a Secure DICOM File, broken in one thing (PS3.10 7.4, PS3.15 D.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from mediakit.secure import oids
from mediakit.secure.credentials import Trust
from mediakit.secure.der import algorithm, context, integer, oid, sequence, set_of, tlv
from mediakit.secure.envelope import PasswordKey, issuer_and_serial, password_key
from mediakit.secure.subject import SecuredFile, SecuredMail
from tests.builders import ct
from tests.secure import (
    NOW,
    PASSWORD,
    digested,
    envelope,
    enveloped,
    fixed,
    opened,
    own,
    sealed,
    wrapped,
)

DATA = ct()
GOOD = sealed(DATA, envelope())
SIGNED = sealed(DATA, envelope(signers=("signer1",)))
TRUST = Trust((own("ca").certificate,), NOW)
CLOSED = "what cannot be decrypted is not checked"
UNKNOWN = "integrity cannot be checked without it"
NO_CERTIFICATE = "the certificate is what is missing"
RC2 = "1.2.840.113549.3.2"
FLAT = "2.16.840.1.101.3.4.2.4"
"""SHA-224, which the profile leaves out."""


def file(
    data: bytes | None, trust: Trust | None = TRUST, *keys: str, word: bytes | None = None
) -> SecuredFile:
    names = keys or (("rsa2048",) if word is None else ())
    found = None if data is None else opened(data, *names, word=word, trust=trust)
    return SecuredFile("DICOM/IM000001", True, found)


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def few_rounds() -> PasswordKey:
    return password_key(PASSWORD, fixed(), iterations=2048)


def infos(kind: int, *parts: bytes) -> bytes:
    return set_of([tlv(kind, *parts)])


def other_digest(data: bytes = DATA) -> bytes:
    """DigestedData that names SHA-224."""
    return digested(data).replace(algorithm(oids.SHA_256.oid), algorithm(FLAT))


def small_key() -> bytes:
    """RecipientInfos with an RSA key of 1024 bits, which our writer refuses."""
    who = issuer_and_serial(own("short").certificate)
    return infos(0x30, integer(0), who, algorithm(oids.RSA), tlv(4, bytes(range(128))))


def sha1() -> bytes:
    """DigestedData with SHA-1, which our writer refuses."""
    digest = tlv(4, hashlib.sha1(DATA).digest())
    content = sequence(oid(oids.DATA), tlv(context(0), tlv(4, DATA)))
    return enveloped(sequence(integer(0), algorithm(oids.SHA_1.oid), content, digest))


def no_certificate() -> bytes:
    """SignedData whose certificates were left out; the lengths in front of them are mended."""
    made = envelope(signers=("signer1",))
    clear = digested(DATA, made)
    start = clear.index(made._fixed.certificates)
    body = clear[4:start] + clear[start + len(made._fixed.certificates) :]
    assert clear[:2] == b"\x30\x82"
    return enveloped(sequence(body), oids.SIGNED_DATA)


CASES: dict[str, tuple[Callable[[], SecuredFile], dict[str, str]]] = {
    # rule: (the broken file, further findings that its defect implies, each with why)
    "SEC-001": (lambda: file(None), {}),
    "SEC-002": (lambda: replace(file(GOOD), required=False), {}),
    "SEC-003": (lambda: replace(file(GOOD), path="DICOM/IM000001.P7M"), {}),
    "SEC-010": (lambda: file(GOOD[:-20]), {}),
    "SEC-011": (lambda: file(flipped(GOOD, len(GOOD) - 1)), {}),
    "SEC-012": (lambda: file(GOOD, TRUST, "rsa3072"), {}),
    "SEC-013": (lambda: file(enveloped(digested(DATA), oids.DATA)), {}),
    "SEC-014": (lambda: file(enveloped(wrapped(digested(DATA), oids.DIGESTED_DATA))), {}),
    "SEC-015": (lambda: file(enveloped(DATA)), {}),
    "SEC-017": (
        lambda: file(enveloped(DATA, named=RC2)),
        {"SEC-012": CLOSED},
    ),
    "SEC-018": (
        lambda: file(enveloped(DATA, infos=infos(0xA1, integer(3)), version=2)),
        {"SEC-012": CLOSED},
    ),
    "SEC-019": (
        lambda: file(enveloped(other_digest())),
        {"SEC-032": UNKNOWN},
    ),
    "SEC-020": (lambda: file(sha1()), {}),
    "SEC-021": (lambda: file(enveloped(digested(DATA), cipher=oids.TRIPLE_DES)), {}),
    "SEC-022": (
        lambda: file(enveloped(DATA, infos=small_key())),
        {"SEC-012": CLOSED},
    ),
    "SEC-023": (lambda: file(sealed(DATA, envelope((), word=few_rounds())), word=PASSWORD), {}),
    "SEC-024": (lambda: file(GOOD + b"\0"), {}),
    "SEC-025": (lambda: file(sealed(b"no DICOM", envelope())), {}),
    "SEC-026": (lambda: file(flipped(GOOD, 25)), {}),
    "SEC-030": (lambda: file(enveloped(digested(DATA, of=b"else"))), {}),
    "SEC-031": (
        lambda: file(enveloped(digested(DATA, envelope(signers=("signer1",)), of=b"else"), oids.SIGNED_DATA)),
        {},
    ),
    "SEC-032": (
        lambda: file(no_certificate(), None),
        {"SEC-033": NO_CERTIFICATE},
    ),
    "SEC-033": (lambda: file(no_certificate(), None), {"SEC-032": UNKNOWN}),
    "SEC-034": (lambda: file(SIGNED, Trust((own("own").certificate,), NOW)), {}),
    "SEC-035": (lambda: file(sealed(DATA, envelope(signers=("expired",)))), {}),
    "SEC-036": (lambda: file(SIGNED, None), {}),
}


def mail(
    envelope: bytes = GOOD, signed: bytes | None = SIGNED, trust: Trust | None = TRUST, key: str = "rsa2048"
) -> SecuredMail:
    """An e-mail in that envelope, with that signature inside of it."""
    inside = None if signed is None else opened(signed, "rsa2048", trust=trust)
    return SecuredMail(opened(envelope, key, trust=trust), inside, True)


MAIL_CASES: dict[str, tuple[Callable[[], SecuredMail], dict[str, str]]] = {
    "SEC-040": (lambda: mail(key="rsa3072", signed=None), {}),
    "SEC-041": (lambda: mail(GOOD[:-20], signed=None), {}),
    "SEC-042": (lambda: mail(enveloped(digested(DATA), cipher=oids.TRIPLE_DES)), {}),
    "SEC-043": (lambda: mail(signed=None), {}),
    "SEC-044": (
        lambda: mail(
            signed=enveloped(digested(DATA, envelope(signers=("signer1",)), of=b"else"), oids.SIGNED_DATA)
        ),
        {},
    ),
    "SEC-045": (lambda: mail(trust=Trust((own("own").certificate,), NOW)), {}),
    "SEC-046": (lambda: mail(trust=None), {}),
}
