"""Keys, certificates and passwords as users bring them, and what is said of those that will not do."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mediakit.errors import SourceUnreadable, UsageError
from mediakit.secure.keys import (
    check_password,
    load_certificates,
    load_own_key,
    load_private_key,
    read_password,
)
from tests.secure import KEYS, own, pem

PASSPHRASE = b"test passphrase"
DER = serialization.Encoding.DER


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\nsecond line\n"])
def test_a_password_is_the_first_line(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b" ~pass word\\ " + end)
    assert read_password(path) == b" ~pass word\\ "


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("Grüße".encode(), "holds the byte C3H"),
        ("é".encode("latin-1"), "holds the byte E9H"),
        ("¥en".encode("shift_jis", "replace") + b"\xa5", "holds the byte A5H"),
        (b"tab\tstop", "holds the byte 09H"),
        (b"\x7f", "holds the byte 7FH"),
        (b"", "is empty"),
    ],
)
def test_other_characters_are_refused(password: bytes, what: str) -> None:
    with pytest.raises(UsageError) as error:
        check_password(password)
    assert (
        error.value.message
        == f"The password {what}; it may hold the characters 20H to 7EH only (PS3.15 D.1)."
    )
    assert error.value.advice


def test_every_allowed_character_is_taken() -> None:
    assert check_password(bytes(range(0x20, 0x7F))) == bytes(range(0x20, 0x7F))


def test_a_key_from_pem_der_and_pkcs12(tmp_path: Path) -> None:
    pair = own("rsa2048")
    (tmp_path / "key.der").write_bytes(
        pair.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "cert.der").write_bytes(pair.certificate.public_bytes(DER))
    for key, certificate, passphrase in [
        (tmp_path / "key.der", tmp_path / "cert.der", None),
        (KEYS / "rsa2048-locked.pem", pem("rsa2048"), PASSPHRASE),
        (KEYS / "rsa2048.p12", None, PASSPHRASE),
        (pem("rsa2048"), None, PASSPHRASE),
    ]:
        found = load_own_key(key, certificate, passphrase)
        assert found.key.private_numbers() == pair.key.private_numbers()
        assert found.certificate == pair.certificate
    assert load_own_key(KEYS / "rsa2048.p12", None, PASSPHRASE).chain == (own("ca").certificate,)


def test_several_certificates_in_one_file(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(pem("rsa2048").read_bytes() + pem("ca").read_bytes())
    assert load_certificates(both) == (own("rsa2048").certificate, own("ca").certificate)


def unusable(folder: Path) -> list[tuple[str, Path, Path | None, bytes | None]]:
    curve = folder / "curve.pem"
    curve.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    junk = folder / "junk"
    junk.write_bytes(b"0junk")
    return [
        ("is encrypted and no passphrase was given", KEYS / "rsa2048-locked.pem", pem("rsa2048"), None),
        ("holds no private key that can be opened", KEYS / "rsa2048-locked.pem", pem("rsa2048"), b"wrong"),
        ("cannot be opened with the passphrase", KEYS / "rsa2048.p12", None, b"wrong"),
        ("does not belong to the certificate", pem("rsa2048"), pem("rsa3072"), None),
        ("is not an RSA key", curve, pem("rsa2048"), None),
        ("cannot be opened with the passphrase", junk, None, None),
    ]


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    for message, key, certificate, passphrase in unusable(tmp_path):
        with pytest.raises(UsageError, match=message) as error:
            load_own_key(key, certificate, passphrase)
        assert str(key) in error.value.message
        assert error.value.advice


def test_a_file_without_certificates_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no certificate"):
        load_certificates(KEYS / "make.py")
    with pytest.raises(SourceUnreadable, match="cannot be read: No such file"):
        load_private_key(tmp_path / "nothing")


def test_a_certificate_of_an_impossible_version_is_none(tmp_path: Path) -> None:
    path = tmp_path / "odd.crt"
    good = own("signer1").certificate.public_bytes(DER)
    path.write_bytes(good.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03"))
    with pytest.raises(UsageError, match=r"cannot be opened|no certificate"):
        load_certificates(path)
