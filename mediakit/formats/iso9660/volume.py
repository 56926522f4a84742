"""What the reader found on an ISO 9660 volume, for the rules: raw structures and where they lie.

Values only. Nothing here says whether a value is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..tree import Path
from .structs import DIRECTORY, DirectoryRecord, PathTableRecord, PrimaryVolumeDescriptor

_VERSION = re.compile(rb";[0-9]+\Z")
_UNSAFE = re.compile(rb"[^ -~]|[/\\]")
_NO_NAMES = (b"", b".", b"..")


def path_name(identifier: bytes) -> str:
    """A File or Directory Identifier as a name in a path, without delimiter dot and version.

    What cannot be printed, and what a path could be broken with, becomes an escape.
    """
    # PS3.12 F.1.2.1: the recorded name of a DICOM file is its File ID component and ".;1".
    name = _VERSION.sub(b"", identifier).removesuffix(b".")
    if name in _NO_NAMES:
        return identifier.replace(b".", b"\\x2e").decode("ascii")
    return _UNSAFE.sub(lambda found: b"\\x%02x" % found[0][0], name).decode("ascii")


def safe_name(name: str, identifier: bytes) -> str:
    """A name of Joliet or Rock Ridge for a path; what cannot be printed, and no names, become escapes."""
    if name in ("", ".", ".."):
        return "".join(f"\\x{byte:02x}" for byte in identifier)
    return "".join(each if each.isprintable() and each not in "/\\" else _escape(each) for each in name)


def _escape(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


class Descriptor(NamedTuple):
    """A Volume Descriptor, or a descriptor of UDF's recognition sequence, by its sector."""

    sector: int
    type: int
    standard_identifier: str
    what: str


@dataclass(frozen=True, slots=True)
class IsoRecord:
    """A Directory Record, its offset in the image, and the path it gives a file or directory.

    The path's names are without delimiter dot and version; the record has them as recorded.
    """

    offset: int
    path: Path
    record: DirectoryRecord

    @property
    def is_directory(self) -> bool:
        """Whether it names a directory (ISO 9660 9.1.6, bit 1)."""
        return bool(self.record.file_flags & DIRECTORY)

    @property
    def name(self) -> str:
        """The path in one text."""
        return "/".join(self.path)


class Oddity(NamedTuple):
    """Something the reader had to work around; `kind` is one of the words below.

    cycle              a directory whose extent was read before
    too-deep           a directory below the level that is still read
    limit              more records, directory bytes or oddities than are read
    extent-outside     data that does not lie inside the image
    directory          a directory that does not begin with its own record, or holds another's
    record             what cannot be a record, after which its sector is skipped, or a sector without any
    both-endian        a number whose two recordings differ
    duplicate          a name that its directory has already
    interleaved        a file recorded in units with gaps, which is not read
    scattered          a file in several sections that do not follow each other, which is not read
    block-size         a Logical Block Size that is none; 2048 is taken
    descriptors        a missing Primary Volume Descriptor or terminator
    truncated          an image that is shorter than the volume
    unreadable         a sector that the system cannot read
    joliet             a file that Joliet's tree lacks, has besides, or shows with other data
    rock-ridge         a name that Rock Ridge gives to two files of a directory
    session            a file of an earlier session that the last one does not show
    """

    kind: str
    path: Path
    detail: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class IsoVolume:
    """The facts of a volume. `pvd` is None when there is no Primary Volume Descriptor.

    `records` are those of the primary tree without the two that every directory begins with,
    directory by directory. A path table is None where its bytes could not be read. `joliet` are
    the paths of Joliet's tree (None: there is none), `rock_ridge` the names that Rock Ridge gives
    to paths of the primary tree. `sessions` are the first sectors of all sessions; everything
    else is of the last one.
    """

    image_size: int
    volume_size: int
    block_size: int
    descriptors: tuple[Descriptor, ...]
    pvd: PrimaryVolumeDescriptor | None = None
    pvd_offset: int = 0
    records: tuple[IsoRecord, ...] = ()
    l_path_table: tuple[PathTableRecord, ...] | None = None
    m_path_table: tuple[PathTableRecord, ...] | None = None
    oddities: tuple[Oddity, ...] = ()
    joliet: tuple[Path, ...] | None = None
    rock_ridge: Mapping[Path, str] = field(default_factory=dict)
    sessions: tuple[int, ...] = (0,)
