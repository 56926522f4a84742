"""MailLayout -> bytes, front to back: the archive's own writer fills the base64 of the attachment."""

from __future__ import annotations

from ...transfer import Sink, Transfer
from ..mime.base64 import Base64Sink
from ..tree import Tick, Written
from ..zip.writer import write as write_archive
from .layout import MailLayout


def write(layout: MailLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the message to `out`, which may be a pipe, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the message was written.
    """
    with Transfer(out, tick) as message:
        message.put(layout.head)
        archive = write_archive(layout.archive, Base64Sink(message), each=each)
        message.put(layout.tail)
        whole = message.finish()
        return Written(message.position, whole, archive.files)
