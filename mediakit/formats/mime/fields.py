"""The header of a message that is still to be sent, and the fields of its parts (RFC 5322, 2045).

Who sends it to whom is not known here. RFC 5322 3.6 wants an author all the same, so there is
one at an address that cannot exist (RFC 2606), and `X-Unsent` asks the mail program that opens
the file to take it for a draft. Nothing in the header tells of a patient.
"""

from __future__ import annotations

import re
from email.utils import format_datetime
from urllib.parse import quote

from ...errors import InputError
from ..tree import VolumeParameters

_DOMAIN = "mediakit.invalid"
_LINE = 998  # RFC 5322 2.1.1, without the line end
_PRINTABLE = re.compile(r"[ -~]{0,64}")

_COVER = """\
This message carries a DICOM File-set: medical images and documents
of one or more studies, with a directory named DICOMDIR.
{how}
Open it with a DICOM viewer, or import it into a picture archive (PACS).
It is confidential. If it has reached you by mistake, please delete it
and tell the sender.
"""


def boundary(parameters: VolumeParameters) -> str:
    """A line that no body holds: the encodings in use never write =_ (RFC 2045 6.7)."""
    return f"=_mediakit_{parameters.unique:016x}"


def content_id(parameters: VolumeParameters, word: str) -> str:
    """An identifier of a part or a message that no other has (RFC 2045 7, RFC 5322 3.6.4)."""
    return f"<{word}.{parameters.unique:016x}@{_DOMAIN}>"


def head(parameters: VolumeParameters, subject: str, kind: str, how: str, *more: str) -> bytes:
    """Header, cover text, and all up to the first boundary after it.

    `kind` is the type of the multipart, `more` its other parameters, `how` a sentence of the
    cover text. Raises InputError for a File-set ID or a date that no header can hold.
    """
    if not _PRINTABLE.fullmatch(parameters.volume_id):
        raise InputError(f"The identifier {parameters.volume_id!r} cannot stand in a header.")
    if parameters.created.tzinfo is None:
        raise InputError(f"The date {parameters.created} has no time zone.", "Give it one.")
    line = boundary(parameters)
    fields = (
        f"From: Sender <sender@{_DOMAIN}>",
        "To: undisclosed-recipients:;",
        f"Subject: {subject} {parameters.volume_id}".rstrip(),
        f"Date: {format_datetime(parameters.created)}",
        f"Message-ID: {content_id(parameters, 'message')}",
        "X-Unsent: 1",
        "MIME-Version: 1.0",
        ";\r\n ".join((f"Content-Type: {kind}", f'boundary="{line}"', *more)),
    )
    cover = (
        f"--{line}",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        "",
        *_COVER.format(how=how).splitlines(),
    )
    return "".join(f"{line}\r\n" for line in (*fields, "", *cover)).encode("ascii")


def part_head(
    parameters: VolumeParameters, kind: str, disposition: str, *fields: str, **named: tuple[str, ...]
) -> bytes:
    """The boundary before a part and its header; its body is base64.

    `named` are the parameters `id` and `name` of Content-Type and `filename` of
    Content-Disposition. Raises InputError for a name that is too long for a line.
    """
    about = [f"Content-Type: {kind}"]
    about += [_parameter(word, value) for word in ("id", "name") for value in named.get(word, ())]
    shown = [f"Content-Disposition: {disposition}"]
    shown += [_parameter("filename", value) for value in named.get("filename", ())]
    lines = (
        "",  # the line end before a boundary belongs to it (RFC 2046 5.1.1)
        f"--{boundary(parameters)}",
        *";\r\n ".join(about).split("\r\n"),
        "Content-Transfer-Encoding: base64",
        *";\r\n ".join(shown).split("\r\n"),
        *fields,
        "",
    )
    if too_long := [line for line in lines if len(line) > _LINE]:
        raise InputError(f"A name is too long for an e-mail: {too_long[0][:80]}...", "Give it a shorter one.")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def tail(parameters: VolumeParameters) -> bytes:
    """The closing boundary."""
    return f"\r\n--{boundary(parameters)}--\r\n".encode("ascii")


def _parameter(word: str, value: str) -> str:
    """A parameter with its value in quotes, or as RFC 2231 4 writes what is not ASCII."""
    return f'{word}="{value}"' if value.isascii() else f"{word}*=UTF-8''{quote(value, safe='')}"
