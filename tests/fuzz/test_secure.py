"""Any bytes at all in and around an envelope: a value in bounded time, and never other clear bytes."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.rules import judge
from mediakit.secure import oids
from mediakit.secure.credentials import Trust
from mediakit.secure.subject import SecuredFile
from mediakit.secure.verdict import Decryption, Form, Integrity
from tests.builders import ct
from tests.secure import NOW, PASSWORD, digested, envelope, enveloped, opened, own, password, read, sealed

DATA = ct()
TRUST = Trust((own("ca").certificate,), NOW)
SIGNED = envelope(signers=("signer1",), word=password())
OUTSIDE = sealed(DATA, SIGNED)
INSIDE = digested(DATA, SIGNED)
SECONDS = 3.0
"""What one small file may take, on a busy machine."""

INTERESTING = st.sampled_from(
    [b"\0", b"\xff", b"\x80", b"\x30\x80", b"\x24\x80", b"\x84\xff\xff\xff\xff", b"\x88" + b"\x7f" * 8,
     b"\0\0", b"\x04\0", b"\x06\0", b"\x02\0", b"\xa0\0", b"\x31\0", b"\x30\0", b"\x05\0", b"\x1f\x81"]
)  # fmt: skip


def patches(size: int) -> st.SearchStrategy[list[tuple[int, bytes]]]:
    where = st.integers(0, 700) | st.integers(0, size) | st.integers(size - 1900, size)
    return st.lists(st.tuples(where, INTERESTING | st.binary(min_size=1, max_size=8)), min_size=1, max_size=6)


SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def patched(data: bytes, changes: list[tuple[int, bytes]], insert: bool) -> bytes:
    changed = bytearray(data)
    for at, new in changes:
        changed[at : at if insert else at + len(new)] = new
    return bytes(changed)


def open_and_judge(data: bytes) -> None:
    start = time.perf_counter()
    for found in (opened(data, "rsa2048", trust=TRUST), opened(data, word=PASSWORD)):
        for finding in judge(SecuredFile("IM1", True, found)):
            assert finding.message
        assert (found.content is not None) == (found.integrity is Integrity.INTACT)
        if found.content is not None and found.form is not Form.RAW:
            assert found.decryption is Decryption.OPENED
            assert read(found.content) == DATA
        if found.unchecked is not None:
            assert len(read(found.unchecked)) == found.unchecked.size
    assert time.perf_counter() - start < SECONDS


@SETTINGS
@given(patches(len(OUTSIDE)), st.booleans())
def test_patched_outside(changes: list[tuple[int, bytes]], insert: bool) -> None:
    open_and_judge(patched(OUTSIDE, changes, insert))


@SETTINGS
@given(patches(len(INSIDE)), st.booleans())
def test_patched_inside(changes: list[tuple[int, bytes]], insert: bool) -> None:
    """Who has the recipient's certificate can put anything inside."""
    open_and_judge(enveloped(patched(INSIDE, changes, insert), oids.SIGNED_DATA))


@SETTINGS
@given(st.binary(max_size=600))
def test_anything(data: bytes) -> None:
    open_and_judge(data)
    open_and_judge(enveloped(data, oids.DIGESTED_DATA))
