"""One changed byte in every region of a Secure DICOM File: the right findings, and never other bytes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.utils import CryptographyDeprecationWarning

from mediakit.rules import judge
from mediakit.secure import oids
from mediakit.secure.der import oid
from mediakit.secure.envelope import issuer_and_serial
from mediakit.secure.subject import SecuredFile
from samples.broken.secure import TRUST
from tests.builders import ct
from tests.cli.runner import program
from tests.secure import PASSWORD, digested, envelope, enveloped, opened, own, password, pem, read, sealed

DATA = ct()
BY_PASSWORD = envelope((), word=password())
SIGNED = envelope(signers=("signer1",))
OUTSIDE = sealed(DATA, envelope())
LOCKED = sealed(DATA, BY_PASSWORD)
INSIDE = digested(DATA, SIGNED)


class Region(NamedTuple):
    """Some bytes of a file, the rules that a change in them breaks, and whether all is as it was then."""

    data: bytes
    start: int
    end: int
    rules: set[str]
    unchanged: bool = False


def at(data: bytes, part: bytes, rules: set[str], unchanged: bool = False, skip: int = 0) -> Region:
    """The region of these bytes, where they stand last, without so many at their beginning."""
    start = data.rindex(part)
    return Region(data, start + skip, start + len(part), rules, unchanged)


def after(data: bytes, part: bytes, size: int, rules: set[str], unchanged: bool = False) -> Region:
    """So many bytes that follow the last of these."""
    start = data.rindex(part) + len(part)
    return Region(data, start, start + size, rules, unchanged)


def key_name(name: str) -> bytes:
    return issuer_and_serial(own(name).certificate)


CERTIFICATES = SIGNED._fixed.certificates
MODULUS = own("signer1").key.public_key().public_numbers().n.to_bytes(256)
BODY = INSIDE.index(DATA)
SALT = password().salt
CIPHERTEXT = len(OUTSIDE) - envelope().ciphertext_size(len(DATA))
CONTENT = CIPHERTEXT + len(envelope().inner_head(len(DATA)))

UNREADABLE = {"SEC-010"}
NOT_OURS = {"SEC-012"}
GARBAGE = {"SEC-011"}
REGIONS = {
    # outside, opened with a key
    "the envelope's beginning": Region(OUTSIDE, 0, OUTSIDE.index(oid(oids.ENVELOPED_DATA)) + 15, UNREADABLE),
    "the version": Region(OUTSIDE, 25, 26, {"SEC-026"}, unchanged=True),
    "the recipient's version": Region(OUTSIDE, 36, 37, {"SEC-026"}, unchanged=True),
    "the version inside": Region(INSIDE, 6, 7, {"SEC-026"}, unchanged=True),
    "the recipient's name": at(OUTSIDE, key_name("rsa2048"), UNREADABLE | NOT_OURS, skip=4),
    "how the key is encrypted": at(OUTSIDE, oid(oids.RSA), {"SEC-012", "SEC-018"}, skip=2),
    "the encrypted key": after(OUTSIDE, oid(oids.RSA) + b"\x05\x00\x04\x82\x01\x00", 256, GARBAGE),
    "the content type": at(OUTSIDE, oid(oids.DIGESTED_DATA), {"SEC-013"}, unchanged=True, skip=2),
    "the content cipher": at(OUTSIDE, oid(oids.AES_256.oid), {"SEC-012", "SEC-017"}, skip=2),
    "the vector": after(
        OUTSIDE,
        oid(oids.AES_256.oid) + b"\x04\x10",
        16,
        GARBAGE | {"SEC-019", "SEC-026", "SEC-032"},
        unchanged=True,
    ),
    "the ciphertext's beginning": Region(OUTSIDE, CIPHERTEXT, CIPHERTEXT + 32, GARBAGE),
    "the ciphertext of the content": Region(OUTSIDE, CONTENT + 200, CONTENT + 800, {"SEC-030"}),
    "the padding": Region(OUTSIDE, len(OUTSIDE) - 16, len(OUTSIDE), GARBAGE),
    # outside, opened with a password
    "the salt": at(LOCKED, SALT, NOT_OURS),
    "the rounds": after(LOCKED, SALT + b"\x02\x02", 2, NOT_OURS),
    "how the password wraps": at(LOCKED, oid(oids.PWRI_KEK), {"SEC-012", "SEC-018"}, skip=2),
    # inside, as somebody can make it who has the recipient's certificate
    "the digests announced": Region(INSIDE, 13, 22, {"SEC-019"}, unchanged=True),
    "the payload's type": Region(INSIDE, BODY - 17, BODY - 8, {"SEC-025", "SEC-031"}),
    "the preamble": Region(INSIDE, BODY, BODY + 128, {"SEC-031"}),
    "the prefix": Region(INSIDE, BODY + 128, BODY + 132, {"SEC-025", "SEC-031"}),
    "the data set": Region(INSIDE, BODY + 132, BODY + len(DATA), {"SEC-031"}),
    "the signer's public key": at(INSIDE, MODULUS, {"SEC-031"}, skip=1),
    "the certificate's signature": at(INSIDE, CERTIFICATES[-256:], {"SEC-034"}),
    "the signer's digest": after(
        INSIDE, key_name("signer1") + b"\x30\x0d\x06\x09", 9, {"SEC-019", "SEC-032"}
    ),
    "the digest that is signed": at(INSIDE, sha256(DATA).digest(), {"SEC-031"}),
    "how it is signed": at(INSIDE, oid(oids.RSA), {"SEC-019", "SEC-032"}, skip=2),
    "the signature": Region(INSIDE, len(INSIDE) - 256, len(INSIDE), {"SEC-031"}),
}


@pytest.mark.parametrize("name", REGIONS)
def test_one_changed_byte(name: str) -> None:
    region = REGIONS[name]
    inside, locked = region.data is INSIDE, region.data is LOCKED
    seen: set[str] = set()
    for place in range(region.start, region.end):
        bad = bytearray(region.data)
        bad[place] ^= 1
        made = enveloped(bytes(bad), oids.SIGNED_DATA) if inside else bytes(bad)
        keys = () if locked else ("rsa2048",)
        found = opened(made, *keys, word=PASSWORD if locked else None, trust=TRUST)
        broken = {each.rule for each in judge(SecuredFile("IM1", True, found))}
        seen |= broken
        if found.content is not None:
            # Nothing covers this byte, and nothing depends on it: what comes out is what went in.
            assert read(found.content) == DATA, place
            assert region.unchanged or broken <= {"SEC-034"}, place
        else:
            assert broken, place
    assert seen == region.rules


ODD_CERTIFICATES = {
    "of a version that is none": (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03"),
    "with an extension twice": (b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x0e"),
}


@pytest.mark.parametrize("how", ODD_CERTIFICATES)
@pytest.mark.filterwarnings("error")
def test_a_certificate_that_is_none_stops_nothing(how: str) -> None:
    right, wrong = ODD_CERTIFICATES[how]
    assert right in CERTIFICATES
    bad = INSIDE.replace(CERTIFICATES, CERTIFICATES.replace(right, wrong))
    found = opened(enveloped(bad, oids.SIGNED_DATA), "rsa2048", trust=TRUST)
    broken = {each.rule for each in judge(SecuredFile("IM1", True, found))}
    assert broken in ({"SEC-032", "SEC-033"}, {"SEC-034"}, {"SEC-011"})
    assert found.content is None or read(found.content) == DATA


def test_a_certificate_with_a_number_that_is_not_positive_warns_nobody_at_the_command_line(
    tmp_path: Path,
) -> None:
    """The library does; to silence it is for the program, as its filters are those of all threads."""
    serial = own("signer1").certificate.serial_number
    number = serial.to_bytes(serial.bit_length() // 8 + 1)
    bad = INSIDE.replace(number, bytes([number[0] | 0x80]) + number[1:])
    assert bad != INSIDE
    made = enveloped(bad, oids.SIGNED_DATA)
    with pytest.warns(CryptographyDeprecationWarning, match="serial number"):
        found = opened(made, "rsa2048", trust=TRUST)
    assert {each.rule for each in judge(SecuredFile("IM1", True, found))}
    (tmp_path / "IM1").write_bytes(made)
    key = ("--key", pem("rsa2048"), "--cert", pem("rsa2048"), "--trust", pem("ca"))
    done = program("verify", tmp_path, *key)
    assert "SEC-0" in done.out
    assert "arning" not in done.err
