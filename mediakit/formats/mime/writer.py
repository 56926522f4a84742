"""MimeLayout -> bytes, front to back, in one pass.

Each file passes through a transfer of its own, which holds it to its planned size, into the
base64 of the message. It decides nothing: what goes where is in the layout.
"""

from __future__ import annotations

from ...transfer import Buffers, Sink, Transfer
from ..tree import Tick, Written
from .base64 import Base64Sink
from .layout import MimeLayout


def write(layout: MimeLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the message to `out`, which may be a pipe, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the message was written.
    """
    digests = []
    with Buffers() as buffers, Transfer(out, tick) as message:
        message.put(layout.head)
        for head, file in zip(layout.heads, layout.files, strict=True):
            message.put(head)
            with Transfer(Base64Sink(message), buffers=buffers) as part:
                part.copy(file.content, "/".join(file.path))
                digests.append(part.finish())
        message.put(layout.tail)
        whole = message.finish()
        return Written(message.position, whole, tuple(digests) if each else ())
