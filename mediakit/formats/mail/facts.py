"""What the reader found of an e-mail, for the rules; values only."""

from __future__ import annotations

from dataclasses import dataclass

from ...model import Content
from ..mime.facts import Headers, MimeOddity, Part


@dataclass(frozen=True, slots=True)
class MailMessage:
    """The facts of an e-mail: its fields, the parts that are archives, and what was odd.

    The first of `archives` is the one that was read. `envelope` is what a message that is
    encrypted or signed as a whole (RFC 8551) has in the place of its parts; `signed` what is
    signed, and its signature, in one that has them side by side. `detached` tells of a signature
    beside a part that is not for what was read, or of a kind that is not known here.
    """

    size: int
    headers: Headers | None
    archives: tuple[Part, ...]
    oddities: tuple[MimeOddity, ...] = ()
    envelope: Content | None = None
    signed: tuple[Content, Content | None] | None = None
    detached: bool = False
