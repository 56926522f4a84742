"""ZIP: an archive as a medium, judged from its headers and checksums (PS3.12 Annex V, APPNOTE.TXT).

What names DICOM files may have is for the rules of the File-set, as on every medium; these
rules ask whether every reader finds the same files in the archive, whole and harmless.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ..formats.tree import StoredFile
from ..formats.zip.volume import ZipArchive, ZipOddity
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_BLOCK = 1 << 20


def _odd(archive: ZipArchive, *kinds: str) -> Iterator[tuple[ZipOddity, Place]]:
    """What the reader noted of those kinds: a path says where, else the offset in the archive."""
    for odd in archive.oddities:
        if odd.kind in kinds:
            yield odd, Place(path="/".join(odd.path)) if odd.path else Place(offset=odd.offset)


@rule(
    "ZIP-001",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="The structure of the archive is broken: {detail}",
    advice="Files may be missing here; compare with the DICOMDIR, or ask the sender for another archive.",
)
def structure(archive: ZipArchive) -> Iterator[Fact | Unchecked]:
    """An archive is whole: its central directory lists every file, and every file lies inside it."""
    for odd, place in _odd(archive, "truncated", "directory", "outside"):
        yield Fact({"detail": odd.detail}, place)
    for odd, place in _odd(archive, "limit", "unreadable"):
        yield Unchecked(odd.detail, place)


@rule(
    "ZIP-002",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="The file is damaged: {problem}",
    advice="Do not use it; copy the archive again, or ask the sender for another one.",
)
def files_whole(archive: ZipArchive) -> Iterator[Fact]:
    """Every file has the checksum that the archive gives for it."""
    for file, checksum in zip(archive.files, archive.checksums, strict=True):
        if problem := _damage(file, checksum):
            yield Fact({"problem": problem}, Place(path="/".join(file.path)))


def _damage(file: StoredFile, checksum: int) -> str:
    """What is wrong with a file's bytes; nothing where they are right or were not read at all."""
    if file.content is None:
        return ""
    found = size = 0
    try:
        with file.content.open() as stream:
            while block := stream.read(_BLOCK):
                found, size = zlib.crc32(block, found), size + len(block)
    except OSError as error:
        return error.strerror or str(error)
    if size != file.size:
        return f"it has {size:,} of {file.size:,} bytes"
    return "" if found == checksum else "its checksum is wrong"


@rule(
    "ZIP-003",
    on=ZipArchive,
    cites="PS3.12 V.2",
    recovery="ask",
    says="The file is encrypted",
    advice="Unpack the archive with its password first; DICOM's own protection is that of PS3.15 D.1.",
)
def not_encrypted(archive: ZipArchive) -> Iterator[Fact]:
    """No file is encrypted by the archive: PS3.12 knows no password for it."""
    for _, place in _odd(archive, "encrypted"):
        yield Fact(place=place)


@rule(
    "ZIP-004",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="Not every reader can unpack the file: {detail}",
    advice="Unpack the archive with the program that made it, and pack the files again, stored or deflated.",
)
def stored_or_deflated(archive: ZipArchive) -> Iterator[Fact]:
    """Every file is stored or deflated, which every reader of ZIP archives can undo."""
    for odd, place in _odd(archive, "method"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ZIP-005",
    on=ZipArchive,
    cites="PS3.12 V.1.1",
    says="The archive is one part of several: {detail}",
    advice="Get all parts, and join them with the program that split them.",
)
def one_archive(archive: ZipArchive) -> Iterator[Fact]:
    """A File-set lies in one archive, which is not split over several files."""
    for odd, place in _odd(archive, "split"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ZIP-006",
    on=ZipArchive,
    cites="PS3.12 V.1.2.1",
    recovery="never",
    says="The name is unsafe: {detail}",
    advice="Do not unpack the archive with other programs: it could write outside the folder you choose.",
)
def safe_names(archive: ZipArchive) -> Iterator[Fact]:
    """No name is absolute, names a drive, leads out of the archive, or holds what no name may."""
    for odd, place in _odd(archive, "unsafe-name"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ZIP-007",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="Backslashes stand between the folders of the name",
    advice="On other systems than Windows the files come out without folders, and the DICOMDIR finds none.",
)
def folders_by_slashes(archive: ZipArchive) -> Iterator[Fact]:
    """The structure of folders is kept by slashes in the names (APPNOTE 4.4.17)."""
    for _, place in _odd(archive, "backslash"):
        yield Fact(place=place)


@rule(
    "ZIP-008",
    on=ZipArchive,
    cites="PS3.12 V.1.2.1",
    says="Two files have this name",
    advice="Which of them a program unpacks is its own choice; ask the sender which is meant.",
)
def names_once(archive: ZipArchive) -> Iterator[Fact]:
    """Every file of the archive has a name of its own."""
    for _, place in _odd(archive, "duplicate"):
        yield Fact(place=place)


@rule(
    "ZIP-009",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="The archive contradicts itself: {detail}",
    advice="Programs that read from its beginning see other files than those that read its directory.",
)
def headers_agree(archive: ZipArchive) -> Iterator[Fact]:
    """The header before a file says the same of it as the central directory."""
    for odd, place in _odd(archive, "local"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ZIP-010",
    on=ZipArchive,
    cites="PS3.12 V.2",
    says="The archive is made to harm: {detail}",
    advice="Do not unpack it with other programs: it could fill the disk.",
)
def no_bomb(archive: ZipArchive) -> Iterator[Fact]:
    """No file shares bytes with another or grows out of all proportion."""
    for odd, place in _odd(archive, "overlap", "proportion"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ZIP-011",
    on=ZipArchive,
    cites="PS3.12 V.2",
    severity=Severity.WARNING,
    says="There is something beside the archive: {detail}",
    advice="Most programs pass over it; a program that unpacks itself should not be started.",
)
def nothing_beside(archive: ZipArchive) -> Iterator[Fact]:
    """The file holds the archive only, nothing before and nothing after it."""
    for odd, place in _odd(archive, "prefix", "trailing"):
        yield Fact({"detail": odd.detail}, place)
