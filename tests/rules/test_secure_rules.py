"""Every SEC rule: a file that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import pytest

from mediakit.report import Outcome, Severity
from mediakit.rules import RULES, judge
from mediakit.secure import oids
from mediakit.secure.der import algorithm, context, integer, sequence, set_of, tlv
from mediakit.secure.subject import SecuredFile, SecuredFileSet
from samples.broken.secure import CASES, DATA, GOOD, RC2, SIGNED, TRUST, file
from tests.secure import (
    envelope,
    enveloped,
    password,
    sealed,
    wrapped,
)


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


ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
CLASSIFIED = {
    # secure-media.md 3: what is to be told apart, how grave it is, and which rules tell it
    "wrong content type": (ERROR, {"SEC-013", "SEC-015", "SEC-016"}),
    "a whole ContentInfo where a bare one belongs": (WARNING, {"SEC-014"}),
    "an algorithm outside the table": (ERROR, {"SEC-017", "SEC-018", "SEC-019"}),
    "SHA-1, Triple-DES, short RSA keys, few rounds": (WARNING, {"SEC-020", "SEC-021", "SEC-022", "SEC-023"}),
    "no recipient of ours": (NOTE, {"SEC-012", "SEC-040"}),
    "bad digest or signature": (ERROR, {"SEC-030", "SEC-031", "SEC-044"}),
    "untrusted signer": (WARNING, {"SEC-034", "SEC-035", "SEC-045"}),
    "clear file in a secure set": (ERROR, {"SEC-001"}),
    "differing recipients": (NOTE, {"SEC-005"}),
    "wrong versions": (WARNING, {"SEC-026"}),
    "bytes that follow": (ERROR, {"SEC-024"}),
}


@pytest.mark.parametrize("kind", CLASSIFIED)
def test_every_classification_has_its_rules(kind: str) -> None:
    severity, rules = CLASSIFIED[kind]
    assert {RULES[each].severity for each in rules} == {severity}


def test_every_rule_has_a_case() -> None:
    elsewhere = {"SEC-005", "SEC-016"} | {rule for rule in RULES if rule.startswith("SEC-04")}  # e-mails
    assert {rule for rule in RULES if rule.startswith("SEC")} == {*CASES, *elsewhere}
