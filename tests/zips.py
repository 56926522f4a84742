"""Small ZIP archives and messages for tests, made in memory, and ways to break them on purpose."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mediakit.formats import mail, mime
from mediakit.formats import zip as zip_format
from mediakit.formats.mail.facts import MailMessage
from mediakit.formats.mime.facts import MimeMessage
from mediakit.formats.tree import MediumView, VolumeParameters
from mediakit.formats.zip.volume import ZipArchive
from mediakit.model import BytesContent
from tests.iso9660 import CREATED, FILES, tree

PARAMETERS = VolumeParameters("MK1", CREATED, unique=0x0123456789ABCDEF)


def archive(files: Mapping[str, bytes] = FILES) -> bytes:
    """The archive that mediakit makes of these files."""
    out = io.BytesIO()
    zip_format.write(zip_format.plan(tree(files), PARAMETERS), out)
    return out.getvalue()


def message(files: Mapping[str, bytes] = FILES) -> bytes:
    """The message with a part for each of these files."""
    out = io.BytesIO()
    mime.write(mime.plan(tree(files), PARAMETERS), out)
    return out.getvalue()


def letter(files: Mapping[str, bytes] = FILES) -> bytes:
    """The e-mail to which an archive of these files is attached."""
    out = io.BytesIO()
    mail.write(mail.plan(tree(files), PARAMETERS), out)
    return out.getvalue()


def zip_view(data: bytes) -> MediumView:
    """What the reader of archives sees."""
    return zip_format.open(BytesContent(data))


def zip_facts(data: bytes) -> ZipArchive:
    """The facts that it finds."""
    facts = zip_view(data).facts
    assert isinstance(facts, ZipArchive)
    return facts


def mime_facts(data: bytes) -> MimeMessage:
    """The facts that the reader of messages finds."""
    facts = mime.open(BytesContent(data)).facts
    assert isinstance(facts, MimeMessage)
    return facts


def mail_facts(data: bytes) -> MailMessage:
    """The facts that the reader of e-mails finds."""
    facts = mail.open(BytesContent(data)).facts
    assert isinstance(facts, MailMessage)
    return facts


@dataclass(frozen=True)
class Entry:
    """A file of an archive made header by header, so that every field can be wrong.

    Numbers that are None are those that the data have; `local` changes fields of the local header.
    """

    name: bytes
    data: bytes = b""
    method: int = 0
    flags: int = 0
    crc: int | None = None
    packed_size: int | None = None
    size: int | None = None
    attributes: int = 0
    disk: int = 0
    offset: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None

    @property
    def packed(self) -> bytes:
        """The data as they lie in the archive."""
        machine = zlib.compressobj(9, zlib.DEFLATED, -15)
        return machine.compress(self.data) + machine.flush() if self.method == 8 else self.data


def by_hand(
    *entries: Entry, count: int | None = None, disk: int = 0, before: bytes = b"", after: bytes = b""
) -> bytes:
    """An archive of these entries; `count` is what its end announces, `disk` which part it says it is."""
    body, directory = before, b""
    for each in entries:
        crc = zlib.crc32(each.data) if each.crc is None else each.crc
        packed_size = len(each.packed) if each.packed_size is None else each.packed_size
        size = len(each.data) if each.size is None else each.size
        offset = len(body) if each.offset is None else each.offset
        name = each.name if each.local_name is None else each.local_name
        method = each.method if each.local_method is None else each.local_method
        directory += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, each.flags, each.method, 0, 33, crc, packed_size, size,
            len(each.name), 0, 0, each.disk, 0, each.attributes, offset,
        ) + each.name  # fmt: skip
        if each.offset is None:
            body += struct.pack(
                "<4sHHHHHIIIHH",
                b"PK\3\4",
                20,
                each.flags,
                method,
                0,
                33,
                crc,
                packed_size,
                size,
                len(name),
                0,
            )
            body += name + each.packed
    count = len(entries) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", disk, disk, count, count, len(directory), len(body), 0)
    return body + directory + end + after


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive made by Python's own library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


CENTRAL = 46
"""Bytes of a header of the central directory before its name (APPNOTE 4.3.12)."""


def streamed(files: Mapping[str, bytes]) -> bytes:
    """An archive made by Python's own library where it cannot go back: sizes follow the data."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


GOOD = Entry(b"IM1", b"one")
OTHER = replace(GOOD, name=b"IM2", data=b"two")
