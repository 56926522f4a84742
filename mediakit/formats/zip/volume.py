"""What the reader found in a ZIP archive, for the rules: headers as recorded and where they lie.

Values only. Nothing here says whether a value is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path, StoredFile
from .structs import CentralHeader

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


class ZipOddity(NamedTuple):
    """Something the reader had to work around; `kind` is one of the words below.

    truncated      an archive without its central directory: local headers were looked for
    directory      a central directory that ends before its end, or counts wrongly
    prefix         bytes before the first file that belong to no file
    trailing       bytes after the end of the archive
    split          a part of an archive of several disks
    limit          more files, directory bytes or oddities than are read
    local          a local header that is missing or says something else than the directory
    overlap        a file whose bytes are those of another, which is not read
    outside        a file whose bytes do not lie in the archive
    encrypted      a file that is encrypted, which is not read
    method         a file that is compressed in a way that is not read
    proportion     a file that would grow out of all proportion, which is not read
    unsafe-name    a name that leads out of the archive, or holds what no name may
    backslash      a name whose folders are told apart by backslashes
    duplicate      a name that was there before; the later file is not read
    symlink        a symbolic link
    unreadable     a header that the system cannot read
    """

    kind: str
    path: Path
    detail: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file of the archive: what the directory says of it, its path, and the name as recorded.

    `offset` is where its local header begins. A folder's entry has a name that ends in a slash.
    """

    path: Path
    name: str
    header: CentralHeader
    offset: int
    size: int
    packed_size: int


@dataclass(frozen=True, slots=True)
class ZipArchive:
    """The facts of an archive: its entries in the order of their data, and what can be read of it."""

    size: int
    entries: tuple[ZipEntry, ...]
    files: tuple[StoredFile, ...]
    checksums: tuple[int, ...]
    """The CRC-32 that the directory gives for each of `files`."""
    oddities: tuple[ZipOddity, ...] = ()


def path_of(name: str) -> tuple[Path, str]:
    """The path that a recorded name gives, harmless in any case, and what was wrong with it.

    Folders may be told apart by backslashes. Absolute names become relative ones; `..` and what
    cannot be printed become escapes.
    """
    parts = name.replace("\\", "/").split("/")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()  # a folder
    problems = []
    if len(parts) > 1 and parts[0] == "":
        problems.append("it is absolute")
        parts = parts[1:]
    if _DRIVE.match(name):
        problems.append("it names a drive")
    if any(part in ("", ".", "..") for part in parts):
        problems.append("it leads to another folder or is empty")
    if _UNSAFE.search(name):
        problems.append("it holds control characters")
    return tuple(map(_harmless, parts)), " and ".join(problems)


def _harmless(part: str) -> str:
    if part in ("", ".", ".."):
        return part.replace(".", "\\x2e") or "\\x00"
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), part)
