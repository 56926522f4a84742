"""The members of a ZIP archive, each as a Content of its own (APPNOTE.TXT).

The table of contents is read by `zipfile`; sizes are bounded by what deflate can do.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from ..formats.zip.member import LARGEST_TOTAL, STEEPEST_TOTAL, ArchiveMember, is_suspicious
from ..model import Content
from .entry import Entry, Found, Passed, Unusable

_ENCRYPTED = 0x1


def archive_entries(content: Content, origin: str) -> Iterator[Found]:
    """The members of the archive in its own order; folders are left out.

    What is encrypted, damaged or out of proportion is Unusable, with the reason.
    """
    try:
        with content.open() as stream, zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        yield Unusable(origin, f"a ZIP archive that cannot be read ({error})")
        return
    total = sum(member.file_size for member in members)
    if total > LARGEST_TOTAL or total > STEEPEST_TOTAL * content.size:
        yield Unusable(origin, f"a ZIP archive that claims to hold {total} bytes in {content.size}")
        return
    for member in members:
        if not member.filename.endswith("/"):  # is_dir() fails where there is no name
            yield _entry(content, member, f"{origin}:{_printable(member.filename)}")


def _entry(content: Content, member: zipfile.ZipInfo, origin: str) -> Found:
    if member.flag_bits & _ENCRYPTED:
        return Unusable(origin, "encrypted in its ZIP archive")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Unusable(origin, f"compressed in a way that is not supported (method {member.compress_type})")
    if is_suspicious(member.compress_size, member.file_size):
        return Unusable(origin, f"suspicious: {member.compress_size} bytes would grow to {member.file_size}")
    if _is_link(member):
        return Passed(origin, "a link inside an archive")
    return Entry(origin, ArchiveMember(
        content, member.header_offset, member.compress_size, member.file_size, member.CRC,
        member.compress_type == zipfile.ZIP_DEFLATED,
    ))  # fmt: skip


def _is_link(member: zipfile.ZipInfo) -> bool:
    """Whether the member is a symbolic link as Unix archivers store them."""
    return (member.external_attr >> 16) & 0o170000 == 0o120000


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
