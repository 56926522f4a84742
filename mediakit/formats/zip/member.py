"""One member of a ZIP archive as a Content of its own, stored or deflated.

Each must be readable by itself, again and again, without an archive that somebody has to
keep open. Archives lie: nothing is read beyond the size that the directory names, and the
checksum is compared whenever a member is read through.
"""

from __future__ import annotations

import errno
import io
import os
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from ...model import Content
from .structs import LOCAL_FORM, LOCAL_SIGNATURE, LocalHeader

LARGEST_TOTAL = 1 << 40
"""No archive with more than 1 TiB of members is opened."""

STEEPEST_TOTAL = 1100
"""Deflate shrinks to 1/1032 at best; an archive that claims more overlaps itself: a bomb."""

SUSPICIOUS_SIZE, SUSPICIOUS_RATIO = 256 << 20, 250
"""A member that is both larger and steeper than this is no medical image."""

_PIECE = 64 << 10


class MemberDamaged(OSError):
    """A member of an archive cannot be inflated, or its checksum is wrong."""


def is_suspicious(packed_size: int, size: int) -> bool:
    """Whether so few bytes would grow to so many that a medical image can be ruled out."""
    return size > SUSPICIOUS_SIZE and size > SUSPICIOUS_RATIO * max(packed_size, 1)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member: where it lies in the archive, both its sizes, and its checksum."""

    archive: Content
    header_offset: int
    packed_size: int
    size: int
    crc: int
    deflated: bool

    def open(self) -> BinaryIO:
        """The member's bytes. Raises MemberDamaged where there is no such member."""
        stream = self.archive.open()
        try:
            data = self._data_offset(stream)
        except BaseException:
            stream.close()
            raise
        return io.BufferedReader(_MemberStream(stream, data, self), _PIECE)

    def _data_offset(self, stream: BinaryIO) -> int:
        """Where the data begin: behind the local header, whose own name may differ in length."""
        stream.seek(self.header_offset)
        raw = stream.read(LOCAL_FORM.size)
        if len(raw) < LOCAL_FORM.size or not raw.startswith(LOCAL_SIGNATURE):
            raise MemberDamaged(errno.EIO, "its local header is not where the archive says")
        header = LocalHeader._make(LOCAL_FORM.unpack(raw))
        return self.header_offset + LOCAL_FORM.size + header.name_length + header.extra_length


class _MemberStream(io.RawIOBase):
    """Reads forward; seeking back begins anew, seeking forward reads through."""

    def __init__(self, stream: BinaryIO, start: int, member: ArchiveMember) -> None:
        self._stream, self._start, self._member = stream, start, member
        self._restart()

    def _restart(self) -> None:
        self._stream.seek(self._start)
        self._packed_left = self._member.packed_size
        self._machine = zlib.decompressobj(-zlib.MAX_WBITS) if self._member.deflated else None
        self._pending = b""
        self._at = self._crc = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._member.size}[whence]
        target = max(0, base + offset)
        if target < self._at:
            self._restart()
        while self._at < min(target, self._member.size):
            self._produce(min(_PIECE, target - self._at))
        self._at = max(self._at, target)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        data = self._produce(len(view))
        view[: len(data)] = data
        return len(data)

    def _produce(self, length: int) -> bytes:
        """The next bytes of the member, at least one unless it is at its end."""
        length = min(length, self._member.size - self._at)
        if length <= 0:
            return b""
        data = self._stored(length) if self._machine is None else self._inflated(self._machine, length)
        if not data:
            raise MemberDamaged(errno.EIO, f"its data end after {self._at} of {self._member.size} bytes")
        self._at += len(data)
        self._crc = zlib.crc32(data, self._crc)
        if self._at == self._member.size and self._crc != self._member.crc:
            raise MemberDamaged(errno.EIO, "its checksum is wrong")
        return data

    def _stored(self, length: int) -> bytes:
        data = self._stream.read(min(length, self._packed_left))
        self._packed_left -= len(data)
        return data

    def _inflated(self, machine: zlib._Decompress, length: int) -> bytes:
        while not machine.eof:
            if not self._pending:
                self._pending = self._stored(_PIECE)
            at_end = not self._pending
            try:
                data = machine.decompress(self._pending, length)
            except zlib.error as error:
                raise MemberDamaged(errno.EIO, f"its compressed data are damaged ({error})") from error
            self._pending = machine.unconsumed_tail
            if data or at_end:
                return data
        return b""

    def close(self) -> None:
        self._stream.close()
        super().close()
