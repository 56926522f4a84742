"""Every SEC rule: a file that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from mediakit.report import Outcome
from mediakit.rules import RULES, judge
from mediakit.secure import oids
from mediakit.secure.credentials import Trust
from mediakit.secure.der import algorithm, context, integer, oid, sequence, set_of, tlv
from mediakit.secure.envelope import PasswordKey, issuer_and_serial, password_key
from mediakit.secure.subject import SecuredFile, SecuredFileSet
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
    password,
    sealed,
    wrapped,
)

DATA = ct()
GOOD = sealed(DATA, envelope())
SIGNED = sealed(DATA, envelope(signers=("signer1",)))
TRUST = Trust((own("ca").certificate,), NOW)
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


CASES: dict[str, tuple[Callable[[], SecuredFile], set[str]]] = {
    # rule: (the broken file, further findings that its defect implies)
    "SEC-001": (lambda: file(None), set()),
    "SEC-002": (lambda: replace(file(GOOD), required=False), set()),
    "SEC-003": (lambda: replace(file(GOOD), path="DICOM/IM000001.P7M"), set()),
    "SEC-010": (lambda: file(GOOD[:-20]), set()),
    "SEC-011": (lambda: file(flipped(GOOD, len(GOOD) - 1)), set()),
    "SEC-012": (lambda: file(GOOD, TRUST, "rsa3072"), set()),
    "SEC-013": (lambda: file(enveloped(digested(DATA), oids.DATA)), set()),
    "SEC-014": (lambda: file(enveloped(wrapped(digested(DATA), oids.DIGESTED_DATA))), set()),
    "SEC-015": (lambda: file(enveloped(DATA)), set()),
    "SEC-017": (lambda: file(enveloped(DATA, named=RC2)), {"SEC-012"}),
    "SEC-018": (lambda: file(enveloped(DATA, infos=infos(0xA1, integer(3)))), {"SEC-012"}),
    "SEC-019": (lambda: file(enveloped(other_digest())), {"SEC-032"}),
    "SEC-020": (lambda: file(sha1()), set()),
    "SEC-021": (lambda: file(enveloped(digested(DATA), cipher=oids.TRIPLE_DES)), set()),
    "SEC-022": (lambda: file(enveloped(DATA, infos=small_key())), {"SEC-012"}),
    "SEC-023": (lambda: file(sealed(DATA, envelope((), word=few_rounds())), word=PASSWORD), set()),
    "SEC-024": (lambda: file(GOOD + b"\0"), set()),
    "SEC-025": (lambda: file(sealed(b"no DICOM", envelope())), set()),
    "SEC-030": (lambda: file(enveloped(digested(DATA, of=b"else"))), set()),
    "SEC-031": (
        lambda: file(enveloped(digested(DATA, envelope(signers=("signer1",)), of=b"else"), oids.SIGNED_DATA)),
        set(),
    ),
    "SEC-032": (lambda: file(no_certificate(), None), {"SEC-033"}),
    "SEC-033": (lambda: file(no_certificate(), None), {"SEC-032"}),
    "SEC-034": (lambda: file(SIGNED, Trust((own("own").certificate,), NOW)), set()),
    "SEC-035": (lambda: file(sealed(DATA, envelope(signers=("expired",)))), set()),
    "SEC-036": (lambda: file(SIGNED, None), set()),
}


@pytest.mark.parametrize("id", CASES)
def test_each_rule_is_broken_alone(id: str) -> None:
    make, also = CASES[id]
    assert {finding.rule for finding in judge(make())} == {id, *also}


@pytest.mark.parametrize("subject", [file(GOOD), file(SIGNED)], ids=["digested", "signed"])
def test_good_files_yield_nothing(subject: SecuredFile) -> None:
    assert list(judge(subject)) == []


def test_gcm_is_outside_the_profile() -> None:
    """Its files are made by openssl in the interop tests; here only the structure matters."""
    inner = sequence(algorithm("2.16.840.1.101.3.4.1.46", sequence(tlv(4, bytes(12)))))[2:]
    content = sequence(
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", inner, tlv(context(0, False), bytes(40))
    )
    body = sequence(integer(0), set_of([]), content, tlv(4, bytes(16)))
    found = {f.rule for f in judge(file(wrapped(body, oids.AUTH_ENVELOPED_DATA)))}
    assert found == {"SEC-016", "SEC-017", "SEC-012"}


@pytest.mark.parametrize(
    ("data", "word", "reason"),
    [
        (GOOD, b"some password", "no key or password for any of its recipients was given"),
        (sealed(DATA, envelope((), word=password())), b"wrong password", "the password is wrong"),
        (enveloped(DATA, named=RC2), b"any", "it is encrypted in a way that cannot be opened"),
    ],
)
def test_what_cannot_be_opened_is_not_checked_and_says_why(data: bytes, word: bytes, reason: str) -> None:
    found = [f for f in judge(file(data, TRUST, word=word)) if f.rule == "SEC-012"]
    assert [(f.outcome, f.message) for f in found] == [(Outcome.NOT_CHECKED, f"Not checked: {reason}")]


def test_files_that_differ_are_told_once() -> None:
    others = [envelope(("rsa2048", "rsa3072")), envelope(signers=("signer1",)), envelope(word=password())]
    same = SecuredFileSet((file(GOOD), file(GOOD)))
    mixed = SecuredFileSet((file(GOOD), *(file(sealed(DATA, each)) for each in others)))
    assert list(judge(same)) == []
    assert [(f.rule, f.args) for f in judge(mixed)] == [("SEC-005", {"kinds": 4})]


def test_every_rule_has_a_case() -> None:
    elsewhere = {"SEC-005", "SEC-016"} | {rule for rule in RULES if rule.startswith("SEC-04")}  # e-mails
    assert {rule for rule in RULES if rule.startswith("SEC")} == {*CASES, *elsewhere}
