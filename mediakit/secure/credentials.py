"""What somebody can open an envelope with, and how the content key is got with it.

One file-set has one salt as a rule, so a derived key is remembered by its salt: the user
waits for PBKDF2 once. What a hostile file may cost is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from . import oids
from .ciphers import derive, hash_of, unwrap
from .envelope import issuer_of
from .keys import OwnKey, malformed
from .outer import Derivation, Outer, Recipient
from .verdict import Decryption

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.x509 import Certificate

ITERATIONS = 10_000_000
"""The most rounds of PBKDF2 that one file may cost: some seconds."""

_ATTEMPTS = 8
"""How many entries that name us one file may have."""

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates that somebody decided to trust, and the moment for which validity is judged."""

    anchors: tuple[Certificate, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """Private keys, a password, and whom to trust; `content_key` opens one file without the others.

    The content key is what the creator keeps for reading back, since it can open none of the
    recipients' entries.
    """

    keys: tuple[OwnKey, ...] = ()
    password: bytes | None = field(default=None, repr=False)
    trust: Trust | None = None
    content_key: bytes | None = field(default=None, repr=False)
    _derived: dict[tuple[bytes, int, str, int], bytes] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _names: tuple[tuple[bytes, int, bytes | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Issuer, serial number and key identifier of each key: asked of every file.
        names = ((*issuer_of(own.certificate), key_id(own.certificate)) for own in self.keys)
        object.__setattr__(self, "_names", tuple((i.der(), s.integer(), k) for s, i, k in names))

    def kek(self, how: Derivation, size: int) -> bytes:
        """The key of that many bytes that the password gives under these parameters."""
        assert self.password is not None
        wanted = (how.salt, how.iterations, oids.PRFS[how.prf], size)
        if (known := self._derived.get(wanted)) is None:
            if len(self._derived) >= _REMEMBERED:
                self._derived.clear()
            known = self._derived[wanted] = derive(self.password, how.salt, how.iterations, size, wanted[2])
        return known


def content_key(outer: Outer, credentials: Credentials, size: int) -> tuple[bytes | None, Decryption]:
    """The content key of `size` bytes, or None and why there is none."""
    found, failure = credentials.content_key, Decryption.NOT_A_RECIPIENT
    if found is None:
        found, failure = _by_private_key(outer, credentials)
    if found is None and credentials.password is not None:
        found, by_password = _by_password(outer, credentials)
        failure = by_password if failure is Decryption.NOT_A_RECIPIENT else failure
    if found is None:
        return None, failure
    return (found, Decryption.OPENED) if len(found) == size else (None, Decryption.DAMAGED)


def _by_private_key(outer: Outer, credentials: Credentials) -> tuple[bytes | None, Decryption]:
    """The first entry that names one of the keys and gives a content key."""
    failure, attempts = Decryption.NOT_A_RECIPIENT, 0
    for own, (issuer, serial, own_id) in zip(credentials.keys, credentials._names, strict=True):
        for each in outer.recipients:
            named = (each.issuer, each.serial) == (issuer, serial) if each.issuer else each.key_id == own_id
            if each.kind != "rsa" or not named or attempts >= _ATTEMPTS:
                continue
            attempts += 1
            padding = _padding(each)
            if padding is None:
                failure = Decryption.UNSUPPORTED
                continue
            try:
                return own.key.decrypt(each.wrapped, padding), Decryption.OPENED
            except ValueError:
                # It names our certificate, yet the key of that certificate does not open it.
                failure = Decryption.DAMAGED
    return None, failure


def _by_password(outer: Outer, credentials: Credentials) -> tuple[bytes | None, Decryption]:
    failure, rounds = Decryption.NOT_A_RECIPIENT, 0
    for each in [each for each in outer.recipients if each.kind == "password"][:_ATTEMPTS]:
        how = each.derivation
        known = how is not None and how.cipher is not None and how.prf in oids.PRFS
        if how is None or how.cipher is None or not known or len(how.iv) != how.cipher.block:
            failure = Decryption.UNSUPPORTED
            continue
        rounds += max(how.iterations, 0)
        if not how.iterations > 0 or rounds > ITERATIONS:
            failure = Decryption.TOO_EXPENSIVE
            break
        kek = credentials.kek(how, how.cipher.key_size)
        found = unwrap(how.cipher, kek, how.iv, each.wrapped)
        if found is not None:
            return found, Decryption.OPENED
        failure = Decryption.WRONG_PASSWORD
    return None, failure


def _padding(recipient: Recipient) -> AsymmetricPadding | None:
    from cryptography.hazmat.primitives.asymmetric import padding

    if recipient.algorithm == oids.RSA:
        return padding.PKCS1v15()
    digest, mask = (oids.DIGESTS.get(each) for each in recipient.oaep or ("", ""))
    if digest is None or mask is None:
        return None
    return padding.OAEP(padding.MGF1(hash_of(mask.name)), hash_of(digest.name), None)


def key_id(certificate: Certificate) -> bytes | None:
    """The subject key identifier of a certificate, if it has one."""
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except malformed(x509.ExtensionNotFound):
        return None
