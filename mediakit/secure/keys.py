"""Certificates, private keys and passwords, as users keep them: PEM, DER, PKCS#12, a text file.

What is wrong with one of them is the user's to mend, so everything here raises UsageError
with the file's name and never with what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SourceUnreadable, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates
    from cryptography.x509 import Certificate

_PEM = b"-----BEGIN "
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class OwnKey:
    """An RSA private key and its certificate, with the certificates that lead to its issuer."""

    key: RSAPrivateKey = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()


def malformed(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What the library raises for certificates that are not what RFC 5280 says, and `more`."""
    from cryptography import x509

    return (
        *more, ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
    )  # fmt: skip


def check_password(password: bytes, name: str = "The password") -> bytes:
    """The password itself, if the standard allows it: ISO IR 6 characters only (PS3.15 D.1).

    Raises UsageError: what another keyboard or encoding would turn into other bytes is refused.
    """
    bad = next((octet for octet in password if not 0x20 <= octet <= 0x7E), None)
    if not password or bad is not None:
        what = "is empty" if bad is None else f"holds the byte {bad:02X}H"
        raise UsageError(
            f"{name} {what}; it may hold the characters 20H to 7EH only (PS3.15 D.1).",
            "Use unaccented letters, digits and signs of the US keyboard.",
        )
    return password


def read_password(path: Path) -> bytes:
    """The first line of the file, without its end. Raises UsageError and SourceUnreadable."""
    return check_password(first_line(path), f"The password in {path}")


def first_line(path: Path) -> bytes:
    """The first line of a file, without its end. Raises SourceUnreadable."""
    return _read(path).split(b"\n", 1)[0].removesuffix(b"\r")


def load_certificates(path: Path, passphrase: bytes | None = None) -> tuple[Certificate, ...]:
    """All certificates of a PEM, DER or PKCS#12 file. Raises UsageError and SourceUnreadable."""
    from cryptography import x509

    data = _read(path)
    try:
        if _PEM in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except malformed():
        pass
    bundle = _pkcs12(path, data, passphrase)
    if bundle is None or not (found := tuple(_certificates(bundle))):
        raise UsageError(f"{path} holds no certificate.", "Give a certificate as PEM, DER or PKCS#12.")
    return found


def load_own_key(key: Path, certificate: Path | None = None, passphrase: bytes | None = None) -> OwnKey:
    """A private key and the certificate that belongs to it, from two files or one.

    Raises UsageError, also when they do not belong together, and SourceUnreadable.
    """
    private = load_private_key(key, passphrase)
    found = load_certificates(certificate or key, passphrase)
    public = private.public_key()
    own = next((each for each in found if each.public_key() == public), None)
    if own is None:
        raise UsageError(
            f"The key in {key} does not belong to the certificate in {certificate or key}.",
            "Give the key and the certificate of the same pair.",
        )
    return OwnKey(private, own, tuple(each for each in found if each is not own))


def load_private_key(path: Path, passphrase: bytes | None = None) -> RSAPrivateKey:
    """The RSA private key of a PEM, DER or PKCS#12 file. Raises UsageError and SourceUnreadable."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    data = _read(path)
    load = serialization.load_pem_private_key if _PEM in data else serialization.load_der_private_key
    key: object = None
    try:
        key = load(data, passphrase)
    except TypeError as error:  # a passphrase is missing, or there is one too many
        if passphrase is None:
            raise UsageError(f"The key in {path} is encrypted and no passphrase was given.", _ASK) from error
        key = load(data, None)
    except (ValueError, UnsupportedAlgorithm):
        pass
    if key is None and (bundle := _pkcs12(path, data, passphrase)) is not None:
        key = bundle.key
    if key is None:
        raise UsageError(f"{path} holds no private key that can be opened.", _ASK)
    if not isinstance(key, RSAPrivateKey):
        raise UsageError(
            f"The key in {path} is not an RSA key.", "The standard knows RSA keys only (PS3.15 D.1)."
        )
    return key


_ASK = "Give an RSA key as PEM, DER or PKCS#12, with its own passphrase where it has one."


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError as error:
        raise SourceUnreadable(
            f"{path} cannot be read: {error.strerror or error}.", "Check the name and its permissions."
        ) from error


def _pkcs12(path: Path, data: bytes, passphrase: bytes | None) -> PKCS12KeyAndCertificates | None:
    from cryptography.hazmat.primitives.serialization import pkcs12

    if data[:1] != b"\x30":
        return None
    try:
        return pkcs12.load_pkcs12(data, passphrase)
    except ValueError as error:
        raise UsageError(f"{path} cannot be opened with the passphrase that was given.", _ASK) from error


def _certificates(bundle: PKCS12KeyAndCertificates) -> Iterator[Certificate]:
    for each in (bundle.cert, *bundle.additional_certs):
        if each is not None:
            yield each.certificate
