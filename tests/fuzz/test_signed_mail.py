"""Any bytes in an e-mail with its signature beside it: a value soon, and never another signed content."""

from __future__ import annotations

import base64
import hashlib
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import mail
from mediakit.model import BytesContent
from mediakit.rules import judge
from mediakit.secure import oids
from mediakit.secure.credentials import Credentials, Trust
from mediakit.secure.der import algorithm, context, integer, oid, sequence, set_of, tlv
from mediakit.secure.opening import Opening
from mediakit.secure.verdict import Integrity
from mediakit.smime_reader import open_mail
from tests.secure import NOW, envelope, own, read

SIGNED = envelope(signers=("signer1",))
OPENING = Opening(Credentials(trust=Trust((own("ca").certificate,), NOW)))
ENTITY = (
    b"Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\nContent-Type: text/plain\r\n\r\nA letter.\r\n"
    b"--M\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"--M--\r\n"
)
SECONDS = 3.0


def signature(entity: bytes) -> bytes:
    """SignedData of a content that is not inside (RFC 5652 5.2), as DER."""
    body = integer(1) + set_of([algorithm(oids.SHA_256.oid)]) + sequence(oid(oids.DATA))
    body += SIGNED.inner_tail(hashlib.sha256(entity).digest())
    return sequence(oid(oids.SIGNED_DATA), tlv(context(0), sequence(body)))


def message(entity: bytes = ENTITY, der: bytes = b"") -> bytes:
    return (
        b"Subject: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/signed; protocol=application/pkcs7-signature; boundary=S\r\n\r\n--S\r\n"
        + entity
        + b"\r\n--S\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(der or signature(ENTITY)).replace(b"\n", b"\r\n")
        + b"--S--\r\n"
    )


def open_and_judge(data: bytes) -> bool:
    """Whether the signatures were right, in which case what was signed is what was signed."""
    start = time.perf_counter()
    view = mail.open(BytesContent(data))
    _, secured = open_mail((view,), OPENING)
    intact = bool(secured and secured.signed and secured.signed.integrity is Integrity.INTACT)
    for finding in judge(secured) if secured else ():
        assert finding.message
    if secured and secured.signed and intact:
        assert secured.signed.content is not None
        assert read(secured.signed.content).replace(b"\r\n", b"\n") == ENTITY.replace(b"\r\n", b"\n")
    assert time.perf_counter() - start < SECONDS
    return intact


def test_as_it_is_and_with_other_line_ends() -> None:
    good = message()
    assert open_and_judge(good)
    assert open_and_judge(good.replace(b"\r\n", b"\n"))
    assert not open_and_judge(message(ENTITY.replace(b"letter", b"latter")))


SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLACES = st.integers(0, len(message())) | st.integers(0, len(ENTITY) + 300)
PIECES = st.binary(min_size=1, max_size=6) | st.sampled_from(
    [b"\r\n", b"\n", b"--S", b"--S--\r\n", b"\r\n\r\n", b"--M--", b"Content-Type: multipart/signed\r\n"]
)


@SETTINGS
@given(st.lists(st.tuples(PLACES, PIECES, st.booleans()), min_size=1, max_size=5))
def test_patched_message(changes: list[tuple[int, bytes, bool]]) -> None:
    data = bytearray(message())
    for at, new, insert in changes:
        data[at : at if insert else at + len(new)] = new
    open_and_judge(bytes(data))


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 1400), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4))
def test_patched_signature(changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(signature(ENTITY))
    for at, new in changes:
        data[at : at + len(new)] = new
    open_and_judge(message(der=bytes(data)))
