"""Envelopes for tests: the test keys, ours made with fixed randomness, foreign ones made with openssl."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mediakit.model import BytesContent, Content
from mediakit.secure.ciphers import encryptor
from mediakit.secure.credentials import Credentials
from mediakit.secure.der import context, oid, sequence, tlv
from mediakit.secure.envelope import Envelope, PasswordKey, password_key
from mediakit.secure.keys import OwnKey, load_own_key
from mediakit.secure.oids import AES_256, DIGESTED_DATA, ENVELOPED_DATA, SHA_256, ContentCipher, Digest
from mediakit.secure.reader import open_secure
from mediakit.secure.verdict import Opened
from mediakit.secure.writer import seal
from tests.tools import run

KEYS = Path(__file__).parent / "data" / "secure"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PASSWORD = b"right password"
ITERATIONS = 20_000
"""Enough for no warning, few enough for tests."""


@cache
def own(name: str) -> OwnKey:
    """A test key and its certificate."""
    return load_own_key(KEYS / f"{name}.pem")


def pem(name: str) -> Path:
    return KEYS / f"{name}.pem"


def fixed(seed: bytes = b"seed") -> Callable[[int], bytes]:
    """Random bytes that are the same in every run."""
    count = 0

    def random(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + count.to_bytes(4)).digest(size)

    return random


def password(cipher: ContentCipher = AES_256, prf: str = "sha1", word: bytes = PASSWORD) -> PasswordKey:
    return password_key(word, fixed(), cipher, ITERATIONS, prf)


def envelope(
    recipients: Sequence[str] = ("rsa2048",),
    signers: Sequence[str] = (),
    cipher: ContentCipher = AES_256,
    digest: Digest = SHA_256,
    word: PasswordKey | None = None,
) -> Envelope:
    """An envelope of test keys."""
    certificates = tuple(own(each).certificate for each in recipients)
    return Envelope(certificates, word, tuple(own(each) for each in signers), NOW, cipher, digest)


def sealed(data: bytes, made: Envelope) -> bytes:
    """The bytes of a file in an envelope."""
    with seal(BytesContent(data), made, fixed(), "test").open() as stream:
        return stream.read()


def opened(data: bytes, *keys: str, word: bytes | None = None, **more: object) -> Opened:
    """What our reader makes of the bytes, with these test keys or this password."""
    return open_secure(BytesContent(data), Credentials(tuple(map(own, keys)), word, **more))


def read(content: Content | None) -> bytes:
    assert content is not None
    with content.open() as stream:
        return stream.read()


def wrapped(body: bytes, content_type: str) -> bytes:
    """A ContentInfo around a bare SEQUENCE."""
    return sequence(oid(content_type), tlv(context(0), body))


def bare(info: bytes) -> bytes:
    """The bare SEQUENCE inside a ContentInfo of definite lengths."""
    for _ in range(2):
        size = 2 + (info[1] & 0x7F if info[1] > 0x80 else 0)
        info = info[size:]
        if info[0] == 0x06:
            info = info[2 + info[1] :]
    size = 2 + (info[1] & 0x7F if info[1] > 0x80 else 0)
    return info if info[0] == 0x30 else info[size:]


def openssl(folder: Path, data: bytes, *arguments: str | Path) -> bytes:
    """Run `openssl cms` on bytes, with DER on the other side."""
    source, out = folder / "in.bin", folder / "out.bin"
    out.unlink(missing_ok=True)
    source.write_bytes(data)
    action, *rest = arguments
    run("openssl", "cms", action, "-binary", "-in", source, "-out", out, *rest)
    return out.read_bytes()


def retyped(data: bytes, content_type: str) -> bytes:
    """The content type of EncryptedContentInfo changed from id-data, as secure-media.md 4 says."""
    old, new = oid("1.2.840.113549.1.7.1"), oid(content_type)
    assert data.count(old, 0, 4096) >= 1 and len(old) == len(new)
    return data.replace(old, new, 1)


def digested(data: bytes, made: Envelope | None = None, *, of: bytes | None = None) -> bytes:
    """DigestedData or SignedData around the data; the digest may be that of something else."""
    made = made or envelope()
    digest = hashlib.new(made.digest.name, data if of is None else of).digest()
    return made.inner_head(len(data)) + data + made.inner_tail(digest)


def enveloped(
    clear: bytes,
    declared: str = DIGESTED_DATA,
    cipher: ContentCipher = AES_256,
    infos: bytes | None = None,
    named: str = "",
    version: int = 0,
) -> bytes:
    """An envelope by other hands around any clear bytes: the DER is put together here."""
    random = fixed(b"foreign")
    key, iv = random(cipher.key_size), random(cipher.block)
    padding = cipher.block - len(clear) % cipher.block
    ciphertext = encryptor(cipher, key, iv).update(clear + bytes((padding,)) * padding)
    content = sequence(
        oid(declared),
        sequence(oid(named or cipher.oid), tlv(0x04, iv)),
        tlv(context(0, constructed=False), ciphertext),
    )
    infos = envelope().recipient_infos(key, random) if infos is None else infos
    return wrapped(sequence(tlv(0x02, bytes((version,))), infos, content), ENVELOPED_DATA)
