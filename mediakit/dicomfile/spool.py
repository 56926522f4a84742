"""Bytes that are written once and then read from anywhere: in memory, or on disk if they are many.

What an instance holds may have come out of an envelope, and clear data of a secure medium is
never on a disk (PS3.15 D.1). So the file on disk is encrypted, under a key that nobody keeps.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

_BLOCK = 16


def spool(limit: int) -> BinaryIO:
    """A stream that keeps up to `limit` bytes in memory; all is written before anything is read.

    Using it raises OSError when the disk refuses.
    """
    return cast(BinaryIO, _Spool(limit))


class _Spool(io.RawIOBase):
    def __init__(self, limit: int) -> None:
        self._limit, self._size, self._at = limit, 0, 0
        self._file: BinaryIO = io.BytesIO()
        self._key = b""
        self._encryptor: CipherContext | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raw = bytes(data)  # type: ignore[call-overload]  # RawIOBase gives a buffer
        if not self._key and self._size + len(raw) > self._limit:
            self._spill()
        self._file.write(self._encryptor.update(raw) if self._encryptor else raw)
        self._size += len(raw)
        self._at = self._size
        return len(raw)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        skip = self._at % _BLOCK
        self._file.seek(self._at - skip)
        data = self._file.read(skip + wanted)
        if self._key:
            data = self._cipher(self._at // _BLOCK, decrypt=True).update(data)
        got = len(data) - skip
        view[:got] = data[skip:]
        self._at += got
        return got

    def close(self) -> None:
        self._file.close()
        super().close()

    def _spill(self) -> None:
        """Go on in a temporary file, with what is in memory at its beginning."""
        import secrets
        import tempfile

        self._key = secrets.token_bytes(32)
        self._encryptor = self._cipher(0)
        self._file.seek(0)
        kept, self._file = self._file.read(), tempfile.TemporaryFile()  # noqa: SIM115  # `close` closes it
        self._file.write(self._encryptor.update(kept))

    def _cipher(self, block: int, decrypt: bool = False) -> CipherContext:
        """Counter mode from that block on: the key is used once, so the counter may begin at 0."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        cipher = Cipher(algorithms.AES(self._key), modes.CTR(block.to_bytes(_BLOCK)))
        return cipher.decryptor() if decrypt else cipher.encryptor()
