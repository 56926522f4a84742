"""What the readers found in a message, for the rules: its fields, its parts, and what was odd.

Values only. Nothing here says whether a value is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path

DICOM = "application/dicom"
EXTENSIONS = (".dcm", ".dicom")


class MimeOddity(NamedTuple):
    """Something the reader had to work around; `kind` is one of the words below.

    not-closed     a multipart without its closing boundary: the message was cut off
    header         a header block that is too long or cannot be understood
    boundary       a multipart that names no boundary
    too-deep       parts within parts below the level that is still read
    limit          more parts or more lines that look like boundaries than are read
    base64         a body in which base64 is damaged
    encoding       a transfer encoding that is not read
    duplicate      a part whose name another part has; it is not read
    unsafe-name    a name that leads elsewhere or holds what no name may
    unreadable     bytes that the system cannot read, in which there may have been a boundary
    """

    kind: str
    path: Path
    detail: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has no parts, or the message itself if it has none: its fields and its body's place.

    `type` is the media type in lower case, `filename` what Content-Disposition calls it, `id`
    and `name` are parameters of Content-Type; they are None where they are absent. `within` are
    the types of what it stands in, the outermost first.
    """

    type: str
    id: str | None
    name: str | None
    disposition: str
    filename: str | None
    encoding: str
    within: tuple[str, ...]
    header: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of the message itself; those that are absent are None."""

    subject: str | None
    has_from: bool
    has_date: bool
    has_version: bool
    type: str


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A part that is a file: what its header says, and the path under which it is read."""

    part: Part
    path: Path

    @property
    def is_dicom(self) -> bool:
        """Whether it means to be a DICOM file."""
        return is_dicom(self.part)


@dataclass(frozen=True, slots=True)
class MimeMessage:
    """The facts of a message: its fields, the parts that are files, and what was odd."""

    size: int
    headers: Headers | None
    parts: tuple[NamedPart, ...]
    oddities: tuple[MimeOddity, ...] = ()


def is_dicom(part: Part) -> bool:
    """Whether a part means to be a DICOM file, by its type or else by its name."""
    return part.type == DICOM or name_of(part).lower().endswith(EXTENSIONS)


def is_archive(part: Part) -> bool:
    """Whether a part means to be a ZIP archive, by its type or else by its name."""
    types = ("application/zip", "application/x-zip-compressed", "application/x-zip")
    return part.type in types or name_of(part).lower().endswith(".zip")


def is_encrypted(part: Part) -> bool:
    """Whether a part means to be a message that is encrypted as a whole (RFC 8551 3.2)."""
    return part.type in ("application/pkcs7-mime", "application/x-pkcs7-mime")


def name_of(part: Part) -> str:
    """What the file in a part is called, empty where nothing says it."""
    return part.filename or part.name or ""
