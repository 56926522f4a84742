"""Envelopes as contents: exact sizes, the same bytes when read again, errors of the clear source."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.errors import SourceChanged, SourceUnreadable, UsageError
from mediakit.model import BytesContent, Content, FileContent, SliceContent
from mediakit.secure import oids
from mediakit.secure.envelope import ITERATIONS, Envelope, enveloped_size, password_key
from mediakit.secure.writer import SecureContent, seal
from mediakit.transfer import digest
from tests.secure import NOW, PASSWORD, envelope, fixed, opened, own, password, read

ENVELOPES = [
    envelope(),
    envelope(("rsa2048", "rsa3072"), word=password()),
    envelope((), ("signer1",), word=password(prf="sha256")),
    envelope(signers=("signer2", "signer1"), cipher=oids.AES_128, digest=oids.SHA_512),
    envelope(cipher=oids.AES_192, digest=oids.SHA_384, word=password(oids.AES_128)),
]
SIZES = st.integers(0, 2000) | st.integers(0, 1 << 20) | st.sampled_from([65_535, 65_536, 262_143, 262_145])


def secure(data: bytes, made: Envelope = ENVELOPES[0]) -> SecureContent:
    return seal(BytesContent(data), made, fixed())


@settings(max_examples=60)
@given(SIZES, st.sampled_from(ENVELOPES))
def test_the_size_is_known_beforehand(size: int, made: Envelope) -> None:
    content = secure(bytes(size), made)
    assert len(read(content)) == content.size == enveloped_size(size, made)


@pytest.mark.parametrize("size", [0, 1 << 20, 3 << 30, 1 << 40])
def test_sizes_of_what_nobody_has_in_memory(size: int) -> None:
    """Against the lengths that the head itself claims, for files of gigabytes."""
    from mediakit.secure.ber import BerStream

    made = ENVELOPES[1]
    whole = enveloped_size(size, made)
    head = made.head(bytes(made._fixed.infos), bytes(16), made.ciphertext_size(size))
    element = BerStream(io.BytesIO(head), whole).enter(0x30)
    assert element.end == whole
    assert 0 < whole - size < 3000


def test_read_again_it_gives_the_same_bytes() -> None:
    for made in ENVELOPES:
        content = secure(bytes(range(256)) * 2000, made)
        assert read(content) == read(content)
        assert digest(content) == digest(content)
    assert isinstance(secure(b""), Content)


def test_two_files_share_no_key_and_no_vector() -> None:
    random = fixed()
    one, two = (seal(BytesContent(b"same"), ENVELOPES[0], random) for _ in range(2))
    assert one.key != two.key and one.iv != two.iv
    assert read(one)[-64:] != read(two)[-64:]


@pytest.mark.parametrize("steps", [(0, 5), (900, 3, 899, 901), (10**6, 0, 600_000, 16)])
def test_it_can_be_read_from_anywhere(steps: tuple[int, ...]) -> None:
    content = secure(bytes(range(256)) * 3000)
    whole = read(content)
    with content.open() as stream:
        for at in steps:
            assert stream.seek(at) == at
            assert stream.read(300) == whole[at : at + 300]
        assert stream.seek(0, io.SEEK_END) == len(whole)
        assert stream.read(1) == b""


@pytest.mark.parametrize(
    ("change", "how"),
    [(lambda p: p.write_bytes(bytes(10)), "now has 10"), (lambda p: p.unlink(), "no longer there")],
)
def test_a_source_that_changed_is_noticed(change: object, how: str, tmp_path: Path) -> None:
    path = tmp_path / "clear.dcm"
    path.write_bytes(bytes(600_000))
    content = seal(FileContent.of(path), ENVELOPES[0], fixed(), "clear.dcm")
    change(path)  # type: ignore[operator]  # one of the two above
    with pytest.raises(SourceChanged, match=how):
        read(content)


@pytest.mark.parametrize("size", [100, 600_000])
def test_a_source_that_is_too_short_or_too_long_is_noticed(size: int) -> None:
    short = SliceContent(BytesContent(bytes(size - 1)), 0, size)
    with pytest.raises(SourceChanged, match=f"the report changed since .* before its {size:,} bytes"):
        read(seal(short, ENVELOPES[0], fixed(), "the report"))

    class TooLong:
        size = 50

        def open(self) -> io.BytesIO:
            return io.BytesIO(bytes(size))

    with pytest.raises(SourceChanged, match="has more than 50 bytes"):
        read(seal(TooLong(), ENVELOPES[0], fixed()))  # type: ignore[arg-type]  # a Content that lies


def test_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

    class Content:
        size = 600_000

        def open(self) -> Broken:
            return Broken()

    with pytest.raises(SourceUnreadable, match="scan cannot be read: Input/output error"):
        read(seal(Content(), ENVELOPES[0], fixed(), "scan"))  # type: ignore[arg-type]


def test_an_abandoned_stream_ends_its_thread() -> None:
    import threading

    before = threading.active_count()
    with secure(bytes(4 << 20)).open() as stream:
        stream.read(1 << 20)
    assert threading.active_count() == before


def test_defaults() -> None:
    made = Envelope((own("rsa2048").certificate,))
    assert (made.cipher, made.digest, ITERATIONS) == (oids.AES_256, oids.SHA_256, 600_000)
    key = password_key(PASSWORD, fixed())
    assert (len(key.salt), key.iterations, key.prf, len(key.kek)) == (16, 600_000, "sha1", 32)
    found = opened(read(seal(BytesContent(b""), Envelope(password=key), fixed())), word=PASSWORD)
    assert found.outer is not None and found.outer.recipients[0].derivation is not None
    assert found.outer.recipients[0].derivation.iterations == 600_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Envelope, "needs a recipient"),
        (lambda: Envelope((own("short").certificate,)), "has 1024 bits only"),
        (lambda: envelope(cipher=oids.TRIPLE_DES), "read but not written"),
        (lambda: envelope(digest=oids.SHA_1), "read but not written"),
        (lambda: password_key("ß".encode(), fixed()), "holds the byte C3H"),
    ],
)
def test_what_is_not_written(make: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()  # type: ignore[operator]  # every one of them is callable


def test_the_certificate_of_every_signer_is_included() -> None:
    """And the chain that the user gave with it, once each."""
    from dataclasses import replace

    signer = replace(own("signer1"), chain=(own("ca").certificate,))
    made = Envelope((own("rsa2048").certificate,), signers=(signer, own("signer2")), created=NOW)
    names = {each.certificate for each in (own("signer1"), own("signer2"), own("ca"))}
    from cryptography.hazmat.primitives.serialization import Encoding

    for each in names:
        assert made._fixed.certificates.count(each.public_bytes(Encoding.DER)) == 1
