"""MIME and MAIL: messages as media (PS3.12 Annexes K and W, PS3.11 Annexes G and L).

Whether the files in them form a File-set is for the rules of the File-set, and what is in an
attached archive for those of ZIP; these rules look at header fields and encodings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..formats.mail.facts import MailMessage
from ..formats.mime.facts import DICOM, MimeMessage, MimeOddity, NamedPart
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_DICOMDIR = "DICOMDIR"
_ID = re.compile(r"[A-Z0-9_]{1,8}(/[A-Z0-9_]{1,8}){0,7}")
_MULTIPARTS = ("multipart/mixed", "multipart/related")
_BINARY = ("base64", "quoted-printable", "binary")
_BROKEN = ("not-closed", "header", "boundary", "base64")
_UNREAD = ("too-deep", "limit", "encoding", "unreadable")
_ATTACHMENT = "DICOM.ZIP"
_ARCHIVE = "application/zip"
_SUBJECT = "DICOM-ZIP"


def _odd(oddities: Iterable[MimeOddity], *kinds: str) -> Iterator[tuple[MimeOddity, Place]]:
    """What the reader noted of those kinds: a path says where, else the offset in the message."""
    for odd in oddities:
        if odd.kind in kinds:
            yield odd, Place(path="/".join(odd.path)) if odd.path else Place(offset=odd.offset)


def _dicom(message: MimeMessage) -> Iterator[tuple[NamedPart, Place]]:
    """The parts that mean to be DICOM files."""
    return ((named, Place(path="/".join(named.path))) for named in message.parts if named.is_dicom)


@rule(
    "MIME-001",
    on=MimeMessage,
    cites="PS3.12 K.1.1",
    says="The file stands in {found}",
    advice="Save the attachments by hand, and compare them with the DICOMDIR.",
)
def multipart(message: MimeMessage) -> Iterator[Fact]:
    """The files of a File-set are the parts of one multipart/mixed or multipart/related message."""
    for named, place in _dicom(message):
        within = named.part.within
        if len(within) != 1 or within[0] not in _MULTIPARTS:
            yield Fact({"found": " within ".join(reversed(within)) or "no multipart"}, place)


@rule(
    "MIME-002",
    on=MimeMessage,
    cites="PS3.12 K.1.2",
    says="The DICOM file is announced as {found}",
    advice="Readers that go by the type pass over it; save it by hand.",
)
def media_type(message: MimeMessage) -> Iterator[Fact]:
    """Every DICOM file is a part of the type application/dicom."""
    for named, place in _dicom(message):
        if named.part.type != DICOM:
            yield Fact({"found": named.part.type}, place)


@rule(
    "MIME-003",
    on=MimeMessage,
    cites="PS3.12 K.1.2",
    says="The id of the part is {found}",
    advice="The DICOMDIR cannot name the file; readers that go by the directory will not find it.",
)
def part_id(message: MimeMessage) -> Iterator[Fact]:
    """The id of a part is its File ID: components of up to 8 characters, joined by slashes."""
    for named, place in _dicom(message):
        if not _ID.fullmatch(named.part.id or ""):
            yield Fact({"found": repr(named.part.id) if named.part.id else "missing"}, place)


@rule(
    "MIME-004",
    on=MimeMessage,
    cites="PS3.12 K.1.2",
    severity=Severity.WARNING,
    says="The name of the part is {found}, not {wanted!r}",
    advice="Files may be saved under names that programs do not know; their contents are not affected.",
)
def part_name(message: MimeMessage) -> Iterator[Fact]:
    """The name of a part is the last component of its File ID and .dcm; that of the DICOMDIR has none."""
    for named, place in _dicom(message):
        last = named.path[-1]
        wanted = last if named.path == (_DICOMDIR,) else f"{last}.dcm"
        if named.part.id and named.part.name != wanted:
            found = repr(named.part.name) if named.part.name else "missing"
            yield Fact({"found": found, "wanted": wanted}, place)


@rule(
    "MIME-005",
    on=MimeMessage,
    cites="PS3.12 K.1.2.1",
    says="Two parts have this name",
    advice="Only the first was read; ask the sender which is meant.",
)
def ids_once(message: MimeMessage) -> Iterator[Fact]:
    """Every part has an id of its own, and there is at most one DICOMDIR."""
    for _, place in _odd(message.oddities, "duplicate"):
        yield Fact(place=place)


@rule(
    "MIME-006",
    on=MimeMessage,
    cites="PS3.12 K.3",
    says="The transfer encoding {found} does not keep binary data intact",
    advice="Compare the file with its source: line ends and bytes above 127 may have been changed.",
)
def binary_intact(message: MimeMessage) -> Iterator[Fact]:
    """A DICOM file travels in a transfer encoding that keeps binary data intact, such as base64."""
    for named, place in _dicom(message):
        if named.part.encoding not in _BINARY:
            yield Fact({"found": named.part.encoding or "7bit"}, place)


@rule(
    "MIME-007",
    on=MimeMessage,
    cites="PS3.12 K.3",
    says="The message is damaged: {detail}",
    advice="Files may be missing or cut off; fetch the message again, or ask the sender for another one.",
)
def message_whole(message: MimeMessage) -> Iterator[Fact | Unchecked]:
    """The message is whole: every part ends at its boundary and every body can be decoded."""
    for odd, place in _odd(message.oddities, *_BROKEN):
        yield Fact({"detail": odd.detail}, place)
    for odd, place in _odd(message.oddities, *_UNREAD):
        yield Unchecked(odd.detail, place)


@rule(
    "MIME-008",
    on=MimeMessage,
    cites="PS3.12 K.1.2",
    says="The name of the part is unsafe: {detail}",
    advice="Choose the folder and the name yourself when you save it.",
)
def safe_ids(message: MimeMessage) -> Iterator[Fact]:
    """No id is absolute, leads out of the File-set, or holds what no name may."""
    for odd, place in _odd(message.oddities, "unsafe-name"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "MAIL-001",
    on=MailMessage,
    cites="PS3.11 L.3.2",
    says="The subject is {found}, without DICOM-ZIP",
    advice="A receiver that looks for the word may overlook the message; its contents are not affected.",
)
def subject(message: MailMessage) -> Iterator[Fact]:
    """The subject of the message holds the phrase DICOM-ZIP."""
    if message.headers and _SUBJECT not in (message.headers.subject or ""):
        yield Fact({"found": repr(message.headers.subject or "")})


@rule(
    "MAIL-002",
    on=MailMessage,
    cites="PS3.11 L.3.2",
    says="The attachment's {field} is {found}, not {wanted}",
    advice="A receiver that looks for DICOM.ZIP may overlook the attachment; save it by hand.",
)
def attachment(message: MailMessage) -> Iterator[Fact]:
    """The archive is an attachment of the type application/zip, and DICOM.ZIP by id, name and file name."""
    if not message.archives:
        return
    part = message.archives[0]
    fields = (
        ("type", part.type, _ARCHIVE),
        ("id", part.id, _ATTACHMENT),
        ("name", part.name, _ATTACHMENT),
        ("disposition", part.disposition, "attachment"),
        ("file name", part.filename, _ATTACHMENT),
    )
    for field, found, wanted in fields:
        if found != wanted:
            yield Fact({"field": field, "found": found or "missing", "wanted": wanted})


@rule(
    "MAIL-003",
    on=MailMessage,
    cites="PS3.12 W.1",
    says="There are {count} archives in the message",
    advice="Only the first was read; save and verify the others by themselves.",
)
def one_archive(message: MailMessage) -> Iterator[Fact]:
    """A message holds one archive with one File-set."""
    # What is in an encrypted message is not known before it is opened.
    if len(message.archives) != 1 and not (message.envelope and not message.archives):
        yield Fact({"count": len(message.archives)})


@rule(
    "MAIL-004",
    on=MailMessage,
    cites="PS3.12 W.2",
    says="The message is damaged: {detail}",
    advice="The archive may be cut off; fetch the message again, or ask the sender for another one.",
)
def message_complete(message: MailMessage) -> Iterator[Fact | Unchecked]:
    """The message is whole: every part ends at its boundary and the archive can be decoded."""
    for odd, place in _odd(message.oddities, *_BROKEN):
        yield Fact({"detail": odd.detail}, place)
    for odd, place in _odd(message.oddities, *_UNREAD):
        yield Unchecked(odd.detail, place)


@rule(
    "MAIL-005",
    on=MailMessage,
    cites="PS3.12 W.2",
    severity=Severity.WARNING,
    says="The message has no {found}",
    advice="Mail programs may show it oddly or refuse it; its contents are not affected.",
)
def fields(message: MailMessage) -> Iterator[Fact]:
    """The message has the fields that Internet messages have: From, Date and MIME-Version."""
    if message.headers:
        has = message.headers
        present = {"From": has.has_from, "Date": has.has_date, "MIME-Version": has.has_version}
        if missing := [word for word, found in present.items() if not found]:
            yield Fact({"found": ", ".join(missing)})
