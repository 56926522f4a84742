"""Makes the test keys beside this file: `python tests/data/secure/make.py`. Run once; they are kept.

Test keys of nobody: everybody has them, so they protect nothing. NAME.pem holds a private
key and its certificate. The authority "ca" issued those of all but "own".
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

FOLDER = Path(__file__).parent
PASSPHRASE = b"test passphrase"
NAMES = {"ca": 2048, "rsa2048": 2048, "rsa3072": 3072, "signer1": 2048, "signer2": 3072, "expired": 2048}
NAMES |= {"encrypting": 2048, "own": 2048, "short": 1024}


def name(common: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, "mediakit tests, trust nothing"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def usage(ca: bool, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign, content_commitment=False, key_encipherment=not ca, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def certificate(common: str, keys: dict[str, rsa.RSAPrivateKey], serial: int) -> x509.Certificate:
    issuer = common if common in ("ca", "own") else "ca"
    key, ca = keys[common].public_key(), common == "ca"
    end = 2021 if common == "expired" else 2120
    return (
        x509.CertificateBuilder()
        .subject_name(name(f"Test {common}"))
        .issuer_name(name(f"Test {issuer}"))
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(end, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[issuer].public_key()), False)
        .add_extension(usage(ca, common != "encrypting"), critical=True)
        .sign(keys[issuer], hashes.SHA256())
    )


def main() -> None:
    keys = {each: rsa.generate_private_key(65537, bits) for each, bits in NAMES.items()}
    own = {}
    for serial, each in enumerate(keys, 1000):
        own[each] = certificate(each, keys, serial)
        pem = own[each].public_bytes(serialization.Encoding.PEM)
        private = keys[each].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (FOLDER / f"{each}.pem").write_bytes(private + pem)
    locked = serialization.BestAvailableEncryption(PASSPHRASE)
    pkcs8 = serialization.PrivateFormat.PKCS8
    encrypted = keys["rsa2048"].private_bytes(serialization.Encoding.PEM, pkcs8, locked)
    (FOLDER / "rsa2048-locked.pem").write_bytes(encrypted)
    bundle = pkcs12.serialize_key_and_certificates(
        b"test", keys["rsa2048"], own["rsa2048"], [own["ca"]], locked
    )
    (FOLDER / "rsa2048.p12").write_bytes(bundle)


if __name__ == "__main__":
    main()
