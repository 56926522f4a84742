"""What deflate makes of a content, known before any of it is written (APPNOTE 4.4.5, RFC 1951).

A content is compressed twice: once to learn its size, once into the archive; the second time
has to give what the first one gave. So an archive of deflated files is planned to the byte
too, goes front to back into a pipe, and no file is ever held in memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from ...model import Content
from ...transfer import Buffers, Transfer
from ..tree import Tick
from .member import is_suspicious

_LEVEL = 6  # what `zip` and every library take; more costs much and saves next to nothing


@dataclass(frozen=True, slots=True)
class DeflatedContent:
    """A content that an archive shall hold deflated, and what both passes over it must agree in.

    It reads as the content itself; `sha256` and `crc` are of that too, in hexadecimal digits
    and as a number.
    """

    base: Content
    packed_size: int
    crc: int
    sha256: str = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the content as it is."""
        return self.base.size

    def open(self) -> BinaryIO:
        """A stream over the content as it is."""
        return self.base.open()


class DeflateSink:
    """An output that passes on what is written to it deflated, to `put`.

    `flush` ends the data; nothing is written after it.
    """

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put = put
        self._machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.crc = self.packed_size = 0

    def write(self, data: memoryview, /) -> int:
        """Take all of the bytes."""
        self.crc = zlib.crc32(data, self.crc)
        self._pass_on(self._machine.compress(data))
        return len(data)

    def flush(self) -> None:
        """Write what is left in the machine."""
        self._pass_on(self._machine.flush())

    def _pass_on(self, data: bytes) -> None:
        self.packed_size += len(data)
        self._put(data)


def deflate(
    content: Content, name: str, put: Callable[[bytes], None], buffers: Buffers, tick: Tick | None = None
) -> DeflatedContent:
    """Give the deflated content to `put` in pieces, and say what it came to.

    `name` says in an error which one it was; `tick` is called with the bytes that were read and may
    raise to stop. Raises SourceUnreadable and SourceChanged.
    """
    sink = DeflateSink(put)
    with Transfer(sink, tick, buffers=buffers) as transfer:
        transfer.copy(content, name)
        sha256 = transfer.finish()
    return DeflatedContent(content, sink.packed_size, sink.crc, sha256)


def deflated(content: Content, name: str, buffers: Buffers, tick: Tick | None = None) -> Content:
    """The content as an archive shall hold it: deflated, or as it is where that is not smaller.

    What shrinks so far that a reader would take it for a bomb is left as it is too. Reads all
    of it. Raises SourceUnreadable and SourceChanged.
    """
    found = deflate(content, name, lambda _: None, buffers, tick)
    is_smaller = found.packed_size < content.size
    return found if is_smaller and not is_suspicious(found.packed_size, content.size) else content
