"""Ciphers, digests of PBKDF2 and the password wrapping of RFC 3211, from `cryptography`.

Knows keys and blocks; nothing of ASN.1. The library is loaded when the first cipher is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .oids import ContentCipher

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import AEADDecryptionContext, Cipher, CipherContext, modes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

RandomBytes = Callable[[int], bytes]
"""Gives that many random bytes; `os.urandom`, which comes in with the job."""


def encryptor(cipher: ContentCipher, key: bytes, iv: bytes) -> CipherContext:
    """A context that encrypts in CBC mode."""
    return _cbc(cipher, key, iv).encryptor()


def decryptor(cipher: ContentCipher, key: bytes, iv: bytes, block: int = 0) -> CipherContext:
    """A context that decrypts from that block on.

    `iv` is the initialization vector, or the ciphertext block before that one; with GCM it
    is the nonce of 12 bytes, whatever the block.
    """
    if not cipher.gcm:
        return _cbc(cipher, key, iv).decryptor()
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # SP 800-38D 7.2: the first counter belongs to the tag, the contents begin with the next one.
    counter = iv + (2 + block).to_bytes(4)
    return Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()


def gcm_check(key: bytes, nonce: bytes, associated: bytes, tag: int) -> AEADDecryptionContext:
    """A context that decrypts the whole and then checks a tag of that many bytes (`finalize_with_tag`)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    context = Cipher(algorithms.AES(key), modes.GCM(nonce, None, tag)).decryptor()
    context.authenticate_additional_data(associated)
    return context


def _cbc(cipher: ContentCipher, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    made = TripleDES(key) if cipher.block == 8 else algorithms.AES(key)
    return Cipher(made, modes.CBC(iv))


def derive(password: bytes, salt: bytes, iterations: int, size: int, prf: str) -> bytes:
    """A key of that many bytes from a password (PBKDF2, RFC 8018 5.2) with HMAC of the digest `prf`."""
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    return PBKDF2HMAC(hash_of(prf), size, salt, iterations).derive(password)


def hash_of(name: str) -> HashAlgorithm:
    """The digest of that name, for signatures and key derivation."""
    from cryptography.hazmat.primitives import hashes

    known: dict[str, Callable[[], HashAlgorithm]] = {
        "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
    }  # fmt: skip
    return known[name]()


def wrapped_size(key_size: int, block: int) -> int:
    """The bytes of a content key that `wrap` has wrapped."""
    return max(2, -(-(4 + key_size) // block)) * block


def wrap(cipher: ContentCipher, kek: bytes, iv: bytes, key: bytes, random: RandomBytes) -> bytes:
    """Wrap a content key under a key that comes from a password (RFC 3211 2.3.1)."""
    check = bytes(octet ^ 0xFF for octet in key[:3])
    padding = random(wrapped_size(len(key), cipher.block) - 4 - len(key))
    chain = encryptor(cipher, kek, iv)
    # One chain through both passes: the last block of the first is the vector of the second.
    return chain.update(chain.update(bytes((len(key),)) + check + key + padding))


def unwrap(cipher: ContentCipher, kek: bytes, iv: bytes, wrapped: bytes) -> bytes | None:
    """The content key again, or None when the check bytes say that the password is wrong (RFC 3211 2.3.2)."""
    block = cipher.block
    if len(wrapped) % block or len(wrapped) < 2 * block:
        return None
    last = decryptor(cipher, kek, wrapped[-2 * block : -block]).update(wrapped[-block:])
    once = decryptor(cipher, kek, last).update(wrapped)
    clear = decryptor(cipher, kek, iv).update(once)
    key = clear[4 : 4 + clear[0]]
    good = len(key) == clear[0] >= 3 and all(a ^ b == 0xFF for a, b in zip(clear[1:4], key[:3], strict=True))
    return key if good else None
