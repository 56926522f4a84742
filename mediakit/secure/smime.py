"""The two layers of a secure e-mail as outputs that pass on what is written to them (RFC 8551 3).

`Signing` wraps SignedData around what it is given, `Encrypting` encrypts it as EnvelopedData of
id-data, which is what S/MIME has where a Secure DICOM File has the bare SignedData. Lengths are
definite: who writes says before how much it will be. Knows CMS, nothing of messages.
"""

from __future__ import annotations

import hashlib

from ..transfer import Sink
from . import der, oids
from .ciphers import encryptor
from .envelope import Envelope

_BLOCK = 1 << 16


def signed_size(size: int, envelope: Envelope) -> int:
    """The bytes of the ContentInfo with SignedData around so many bytes."""
    return len(_signed_head(size, envelope)) + size + envelope.tail_size


def encrypted_size(size: int, envelope: Envelope, infos: bytes, iv: bytes) -> int:
    """The bytes of the ContentInfo with EnvelopedData around so many bytes."""
    ciphertext = _padded(size, envelope)
    return len(envelope.head(infos, iv, ciphertext, oids.DATA)) + ciphertext


class Signing:
    """An output whose `flush`, once all is written, adds certificates and signatures."""

    def __init__(self, out: Sink, envelope: Envelope, size: int) -> None:
        self._out, self._envelope = out, envelope
        self._digest = hashlib.new(envelope.digest.name)
        out.write(memoryview(_signed_head(size, envelope)))

    def write(self, data: memoryview, /) -> int:
        """Pass on all of the bytes. Raises OutputError."""
        self._digest.update(data)
        self._out.write(data)
        return len(data)

    def flush(self) -> None:
        """End the structure. Raises OutputError."""
        self._out.write(memoryview(self._envelope.inner_tail(self._digest.digest())))
        self._out.flush()


class Encrypting:
    """An output whose `flush`, once all is written, adds the padding."""

    def __init__(self, out: Sink, envelope: Envelope, key: bytes, iv: bytes, infos: bytes, size: int) -> None:
        self._out, self._block, self._size = out, envelope.cipher.block, size
        self._chain = encryptor(envelope.cipher, key, iv)
        out.write(memoryview(envelope.head(infos, iv, _padded(size, envelope), oids.DATA)))

    def write(self, data: memoryview, /) -> int:
        """Pass on all of the bytes, encrypted. Raises OutputError."""
        for at in range(0, len(data), _BLOCK):
            self._out.write(memoryview(self._chain.update(data[at : at + _BLOCK])))
        return len(data)

    def flush(self) -> None:
        """End the structure. Raises OutputError."""
        padding = self._block - self._size % self._block
        self._out.write(memoryview(self._chain.update(bytes((padding,)) * padding)))
        self._out.flush()


def _padded(size: int, envelope: Envelope) -> int:
    block = envelope.cipher.block
    return size // block * block + block


def _signed_head(size: int, envelope: Envelope) -> bytes:
    """All that stands before the content: ContentInfo and the beginning of SignedData."""
    inner, name = envelope.inner_head(size), der.oid(oids.SIGNED_DATA)
    body = len(inner) + size + envelope.tail_size
    explicit = der.head(der.context(0), body)
    return der.head(der.SEQUENCE, len(name) + len(explicit) + body) + name + explicit + inner
