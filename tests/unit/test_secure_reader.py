"""Opening Secure DICOM Files that are wrong, damaged or hostile: the right answer, no output, soon."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mediakit.model import BytesContent, Window
from mediakit.secure import oids
from mediakit.secure.content_type import is_enveloped
from mediakit.secure.credentials import ITERATIONS, Credentials
from mediakit.secure.der import algorithm, context, head, integer, oid, sequence, set_of, tlv
from mediakit.secure.envelope import PasswordKey
from mediakit.secure.outer import read_outer
from mediakit.secure.reader import open_secure, open_signed
from mediakit.secure.verdict import Decryption, Form, Integrity, Opened, Signature
from mediakit.secure.writer import seal
from tests.builders import ct
from tests.secure import (
    PASSWORD,
    digested,
    envelope,
    enveloped,
    fixed,
    opened,
    own,
    password,
    read,
    sealed,
    wrapped,
)

DATA = ct()
SIGNED = envelope(signers=("signer1", "signer2"))
SECONDS = 3.0
"""What one hostile file may take of the processor."""


@contextmanager
def soon() -> Iterator[None]:
    start = time.process_time()  # not what other programs take meanwhile
    yield
    assert time.process_time() - start < SECONDS


def nothing_comes_out(found: Opened) -> bool:
    return found.content is None and found.unchecked is None


def test_a_key_that_is_no_recipient() -> None:
    found = opened(sealed(DATA, envelope()), "rsa3072", "signer1")
    assert (found.decryption, found.integrity) == (Decryption.NOT_A_RECIPIENT, Integrity.NOT_CHECKED)
    assert nothing_comes_out(found)


def test_no_credentials_at_all_still_tells_what_is_outside() -> None:
    found = opened(sealed(DATA, envelope(("rsa2048", "rsa3072"), word=password())))
    assert found.decryption is Decryption.NOT_A_RECIPIENT
    assert found.outer is not None
    assert sorted(each.kind for each in found.outer.recipients) == ["password", "rsa", "rsa"]
    assert (found.outer.version, found.outer.algorithm) == (3, oids.AES_256.oid)


@pytest.mark.parametrize("word", [b"wrong password", b"right passwore", b"Right password", PASSWORD + b" "])
def test_a_wrong_password(word: bytes) -> None:
    found = opened(sealed(DATA, envelope((), word=password())), word=word)
    assert found.decryption is Decryption.WRONG_PASSWORD
    assert nothing_comes_out(found)


def test_a_right_key_beside_a_wrong_password_and_the_other_way_round() -> None:
    both = sealed(DATA, envelope(word=password()))
    assert read(opened(both, "rsa2048", word=b"wrong").content) == DATA
    assert read(opened(both, "rsa3072", word=PASSWORD).content) == DATA


def test_a_password_is_derived_once_for_a_file_set() -> None:
    credentials = Credentials(password=PASSWORD)
    made = envelope((), word=password())
    for n in range(3):
        data = seal(BytesContent(DATA), made, fixed(bytes([n])))
        assert read(open_secure(data, credentials).content) == DATA
    assert len(credentials._derived) == 1


def test_read_back_by_the_key_that_the_creator_kept() -> None:
    data = seal(BytesContent(DATA), envelope(("rsa3072",)), fixed())
    assert read(open_secure(data, Credentials(content_key=data.key)).content) == DATA
    assert open_secure(data, Credentials(content_key=bytes(32))).decryption is Decryption.DAMAGED
    assert open_secure(data, Credentials(content_key=b"short")).decryption is Decryption.DAMAGED


def test_secrets_are_not_shown() -> None:
    data = seal(BytesContent(DATA), envelope(word=password()), fixed())
    found = open_secure(data, Credentials(password=PASSWORD, keys=(own("rsa2048"),)))
    shown = repr((data, data.envelope, found, Credentials(password=PASSWORD, keys=(own("rsa2048"),))))
    assert PASSWORD.decode() not in shown
    assert repr(data.key) not in shown and repr(data.envelope.password.kek) not in shown  # type: ignore[union-attr]


@pytest.mark.parametrize("made", [envelope(), SIGNED], ids=["digested", "signed"])
def test_one_flipped_byte_anywhere_never_gives_other_bytes(made: object) -> None:
    """In every region: headers, encrypted key, vector, ciphertext of head, content, tail, padding."""
    good = sealed(DATA, made)  # type: ignore[arg-type]  # one of the two above
    same = 0
    regions = {*range(420), *range(420, len(good), 61), *range(len(good) - 40, len(good))}
    for at in sorted(regions):
        bad = bytearray(good)
        bad[at] ^= 0x01
        found = opened(bytes(bad), "rsa2048")
        if found.content is None:
            assert found.unchecked is None, at
            assert (found.decryption, found.integrity) != (Decryption.OPENED, Integrity.INTACT)
        else:
            same += 1
            assert read(found.content) == DATA, at
    # Nothing covers version numbers, the declared content type, and parameters that nobody reads.
    assert 0 < same < 40


def test_content_that_was_changed_inside_is_broken() -> None:
    found = opened(enveloped(digested(DATA, of=b"other")), "rsa2048")
    assert (found.decryption, found.integrity) == (Decryption.OPENED, Integrity.BROKEN)
    assert nothing_comes_out(found)
    found = opened(enveloped(digested(DATA, SIGNED, of=b"other"), oids.SIGNED_DATA), "rsa2048")
    assert [each.signature for each in found.signers] == [Signature.INVALID] * 2
    assert found.integrity is Integrity.BROKEN
    assert nothing_comes_out(found)


def test_one_wrong_signature_among_two_is_enough() -> None:
    clear = bytearray(digested(DATA, SIGNED))
    clear[-1] ^= 1  # the last signature ends SignedData
    found = opened(enveloped(bytes(clear), oids.SIGNED_DATA), "rsa2048")
    assert sorted(each.signature.name for each in found.signers) == ["INVALID", "VALID"]
    assert found.integrity is Integrity.BROKEN
    assert nothing_comes_out(found)


@pytest.mark.parametrize("form", ["definite", "indefinite", "indefinite inside"])
def test_cut_off_anywhere(form: str) -> None:
    good = sealed(DATA, envelope()) if form == "definite" else in_segments(200, form.endswith("inside"))
    with soon():
        for size in {*range(64), *range(64, len(good), 37), len(good) - 1}:
            found = opened(good[:size], "rsa2048")
            assert found.decryption is Decryption.MALFORMED, size
            assert nothing_comes_out(found)


def test_a_plain_file_is_no_envelope() -> None:
    assert not is_enveloped(DATA[:32])
    assert opened(DATA, "rsa2048").decryption is Decryption.MALFORMED
    for made in (envelope(), SIGNED):
        assert is_enveloped(sealed(DATA, made)[:32])
    assert not is_enveloped(wrapped(digested(DATA), oids.DIGESTED_DATA)[:32])
    # A length may hold the byte that also begins an object identifier.
    assert is_enveloped(b"\x30\x82\x06\x06" + oid(oids.ENVELOPED_DATA))
    assert is_enveloped(b"\x30\x80" + oid(oids.ENVELOPED_DATA))
    assert not any(is_enveloped(sealed(DATA, envelope())[:n]) for n in range(14))


def attributes(*more: bytes) -> bytes:
    return set_of([*SIGNED.signed_attributes(bytes(32)), *more], context(0))


def stuffed(attributes: bytes) -> bytes:
    """SignedData by one signer with these signed attributes and a signature of nothing."""
    content = sequence(oid(oids.DATA), tlv(context(0), tlv(4, DATA)))
    signer = sequence(
        integer(1), sequence(sequence(), integer(1)), algorithm(oids.SHA_256.oid), attributes,
        algorithm(oids.RSA), tlv(4, bytes(256)),
    )  # fmt: skip
    return sequence(integer(1), set_of([algorithm(oids.SHA_256.oid)]), content, set_of([signer]))


@pytest.mark.parametrize(
    "clear",
    [
        stuffed(attributes(*(sequence(oid(f"1.2.{n}"), set_of([integer(n)])) for n in range(5000)))),
        stuffed(tlv(context(0), tlv(0x31) * 200_000)),
        stuffed(tlv(context(0), bytes(3_000_000))),
        stuffed(attributes(sequence(oid(oids.MESSAGE_DIGEST), set_of([tlv(4, bytes(32)), tlv(4, b"")])))),
    ],
    ids=["many", "absurdly many", "large", "repeated"],
)
def test_stuffed_attributes(clear: bytes) -> None:
    with soon():
        found = opened(enveloped(clear, oids.SIGNED_DATA), "rsa2048")
    assert found.integrity is not Integrity.INTACT
    assert nothing_comes_out(found)


GIGABYTE = 1 << 30


@pytest.mark.parametrize(
    "data",
    [
        head(0x30, GIGABYTE) + b"\x06\x09",
        sequence(oid(oids.ENVELOPED_DATA), head(0xA0, GIGABYTE)),
        b"\x30\x80" + oid(oids.ENVELOPED_DATA) + b"\xa0\x80\x30\x80" + head(2, GIGABYTE) + bytes(100),
        b"\x30\x88" + b"\xff" * 8 + bytes(100),
        b"\x30\xff" + b"\xff" * 127 + bytes(100),
        b"\x30\x80" * 100_000,
        b"\x30\x80" + oid(oids.ENVELOPED_DATA) + b"\xa0\x80" * 100_000,
        b"\x30\x80\x1f\x81\x81\x01\x00",
        wrapped(sequence(integer(0), set_of([b"\x30\x00"] * 300_000)), oids.ENVELOPED_DATA),
        wrapped(sequence(tlv(2, bytes(5_000_000))), oids.ENVELOPED_DATA),
        wrapped(b"\x06" + head(0, 900_000)[1:] + b"\xff" * 900_000, oids.ENVELOPED_DATA),
        sequence(oid(oids.ENVELOPED_DATA)),
        b"",
        b"\x30",
    ],
)
def test_hostile_outsides(data: bytes) -> None:
    tracemalloc.start()
    with soon():
        found = opened(data, "rsa2048", word=PASSWORD)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.decryption is Decryption.MALFORMED
    assert found.anomalies[0].kind == "cms" and found.anomalies[0].detail
    assert peak < 32 << 20


def test_a_claimed_gigabyte_inside_is_noticed() -> None:
    clear = sequence(integer(0), algorithm(oids.SHA_256.oid)) + bytes(40)
    clear = head(0x30, GIGABYTE) + clear[2:]
    found = opened(enveloped(clear), "rsa2048")
    assert found.decryption is Decryption.DAMAGED
    assert nothing_comes_out(found)


def in_segments(size: int, inner: bool = True) -> bytes:
    """A conforming envelope whose octet strings are cut into segments, with indefinite lengths."""
    if inner:
        digest = digested(DATA)[-34:]
        cut = b"".join(tlv(4, DATA[n : n + size]) for n in range(0, len(DATA), size))
        octets = b"\x24\x80" + cut + b"\0\0"
        content = b"\x30\x80" + oid(oids.DATA) + b"\xa0\x80" + octets + b"\0\0\0\0"
        clear = b"\x30\x80" + integer(0) + algorithm(oids.SHA_256.oid) + content + digest + b"\0\0"
    else:
        clear = digested(DATA)
    plain = enveloped(clear)
    outer = read_outer(BytesContent(plain))
    at = outer.ciphertext.segments.offsets[0]  # type: ignore[union-attr]  # our own always has one
    cipher = plain[at:]
    cut = b"".join(tlv(4, cipher[n : n + size]) for n in range(0, len(cipher), size))
    start = plain[: at - len(head(0x80, len(cipher)))]
    # Two nested constructed strings, as X.690 8.7.3 allows.
    body = start[start.index(oid(oids.ENVELOPED_DATA)) :]
    version = body[body.index(b"\x02\x01\x00") :]
    infos = version[3 : version.index(oid(oids.DIGESTED_DATA)) - 4]
    info = version[version.index(oid(oids.DIGESTED_DATA)) :]
    string = b"\xa0\x80\x24\x80" + cut + b"\0\0\0\0"
    enveloped_data = b"\x30\x80" + b"\x02\x01\x00" + infos + b"\x30\x80" + info + string + b"\0\0\0\0"
    return b"\x30\x80" + oid(oids.ENVELOPED_DATA) + b"\xa0\x80" + enveloped_data + b"\0\0\0\0"


@pytest.mark.parametrize("size", [1, 7, 16, 100, 1 << 14])
@pytest.mark.parametrize("inner", [True, False])
def test_segments_of_every_size(size: int, inner: bool) -> None:
    found = opened(in_segments(size, inner), "rsa2048")
    assert (found.decryption, found.integrity, found.form, found.anomalies) == (
        Decryption.OPENED, Integrity.INTACT, Form.BARE, ()
    )  # fmt: skip
    assert read(found.content) == DATA
    with found.content.open() as stream:  # type: ignore[union-attr]  # read has asserted it
        for at in (len(DATA) - 3, 17, 0, 200):
            stream.seek(at)
            assert stream.read(40) == DATA[at : at + 40]


def test_a_million_empty_segments_are_refused() -> None:
    data = in_segments(16)
    at = data.index(b"\xa0\x80\x24\x80") + 4
    with soon():
        found = opened(data[:at] + b"\x04\x00" * 1_000_000 + data[at:], "rsa2048")
    assert found.decryption is Decryption.MALFORMED


@pytest.mark.parametrize("rounds", [0, ITERATIONS + 1, 10**18, (1 << 2000)])
def test_hostile_iteration_counts(rounds: int) -> None:
    derivation = tlv(0xA0, oid(oids.PBKDF2), sequence(tlv(4, bytes(8)), integer(rounds)))
    kek = sequence(oid(oids.PWRI_KEK), sequence(oid(oids.AES_256.oid), tlv(4, bytes(16))))
    infos = set_of([tlv(0xA3, integer(0), derivation, kek, tlv(4, bytes(48)))])
    with soon():
        found = opened(enveloped(digested(DATA), infos=infos), word=PASSWORD)
    assert found.decryption is Decryption.TOO_EXPENSIVE
    assert nothing_comes_out(found)


def test_many_recipients_that_name_our_key_cost_little() -> None:
    one = envelope().recipient_infos(bytes(32), fixed())[4:]
    with soon():
        found = opened(enveloped(digested(DATA), infos=set_of([one] * 900)), "rsa2048")
    assert found.decryption is Decryption.DAMAGED
    with soon():
        found = opened(enveloped(digested(DATA), infos=set_of([one] * 1100)), "rsa2048")
    assert found.decryption is Decryption.MALFORMED


@pytest.mark.parametrize("before", [b"", tlv(context(0))], ids=["as it is", "with originatorInfo"])
@pytest.mark.parametrize("word", [None, password()], ids=["rsa", "with a password"])
def test_versions_of_the_envelope(before: bytes, word: PasswordKey | None) -> None:
    """RFC 5652 6.1; what originatorInfo holds decides between the higher ones, and is not looked at."""
    infos = before + envelope(word=word).recipient_infos(bytes(32), fixed())
    told = {
        version
        for version in range(6)
        if opened(enveloped(DATA, infos=infos, version=version)).anomaly("version") is None
    }
    alone = {3} if word else {0}
    assert told == (alone if not before else {3, 4} if word else {2, 3, 4})


def test_signed_data_with_a_content_inside_is_no_signature_of_another_one_beside_it() -> None:
    signed = wrapped(digested(DATA, SIGNED), oids.SIGNED_DATA)
    assert open_signed(BytesContent(signed), Credentials()).integrity is Integrity.INTACT
    found = open_signed(BytesContent(signed), Credentials(), BytesContent(DATA))
    assert found.decryption is Decryption.DAMAGED
    assert nothing_comes_out(found)


def test_what_follows_is_told_and_the_content_is_still_opened() -> None:
    found = opened(sealed(DATA, envelope()) + b"more", "rsa2048")
    assert [each.kind for each in found.anomalies] == ["trailing-bytes"]
    assert read(found.content) == DATA
    found = opened(enveloped(digested(DATA) + b"inside"), "rsa2048")
    assert [each.kind for each in found.anomalies] == ["trailing-bytes"]
    assert found.integrity is Integrity.INTACT


def test_memory_does_not_grow_with_the_file() -> None:
    """Writing, checking and reading 48 MB in less memory than a quarter of it."""
    size = 48 << 20

    class Zeros:
        size = 48 << 20

        def open(self) -> object:
            import io

            return io.BufferedReader(Window(io.BytesIO(), size, lambda _, wanted: bytes(wanted)))

    tracemalloc.start()
    data = seal(Zeros(), envelope(), fixed())  # type: ignore[arg-type]  # a Content as far as it matters
    found = open_secure(data, Credentials((own("rsa2048"),)))
    assert found.integrity is Integrity.INTACT
    with found.content.open() as stream:  # type: ignore[union-attr]
        while block := stream.read(1 << 20):
            assert not any(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20
