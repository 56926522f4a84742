"""What the reader found on a UDF volume, for the rules: raw structures and where they lie.

Values only. Nothing here says whether a value is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ..tree import Path
from .structs import (
    DIRECTORY,
    FileIdentifierDescriptor,
    FileSetDescriptor,
    LogicalVolumeDescriptor,
    PartitionDescriptor,
    PrimaryVolumeDescriptor,
    parse_cs0,
)

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f/\\\\]")


def path_name(identifier: bytes) -> str:
    """A File Identifier as a name in a path; what is no OSTA CS0 is taken for Latin-1.

    Characters that cannot be printed, and what a path could be broken with, become an escape.
    """
    try:
        name = parse_cs0(identifier)
    except ValueError:
        name = identifier.decode("latin-1")
    if name in ("", ".", ".."):
        return name.replace(".", "\\x2e") or "\\x00"
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", name)


@dataclass(frozen=True, slots=True)
class UdfRecord:
    """A file or directory: its descriptor in a directory, and what matters of its entry.

    `offset` is that of the directory's data in the image. `file_type` is None where there is
    no entry, or none that can be read.
    """

    offset: int | None
    path: Path
    record: FileIdentifierDescriptor
    file_type: int | None = None
    permissions: int = 0
    links: int = 0
    has_streams: bool = False

    @property
    def is_directory(self) -> bool:
        """Whether it names a directory (ECMA-167 4/14.4.3)."""
        return bool(self.record.characteristics & DIRECTORY)

    @property
    def name(self) -> str:
        """The path in one text."""
        return "/".join(self.path)


class Oddity(NamedTuple):
    """Something the reader had to work around; `kind` is one of the words below.

    recognition        no volume recognition sequence, or not one of UDF
    descriptors        a missing anchor, volume descriptor, file set or integrity descriptor
    reserve            a damaged structure that was read from its second copy
    copies-differ      two copies of the metadata that differ
    not-closed         a volume whose integrity descriptor says that it was not finished
    checksum, crc      a descriptor whose tag or body is damaged
    location           a descriptor that lies elsewhere than its tag says
    unsupported        a partition map, strategy or kind of extent that is not read
    cycle              a directory that was read before
    too-deep           a directory below the level that is still read
    limit              more records, bytes or oddities than are read
    extent-outside     data that does not lie inside the partition or the image
    entry              a file or directory without an entry that can be read
    record             bytes in a directory that are no descriptor; the rest of it is not read
    directory          a directory that does not begin with its parent
    name               a name that is no OSTA CS0
    duplicate          a name that its directory has already
    short              extents that hold less than the file's length
    symlink            a symbolic link, which is not followed
    special-file       a file that is none of data
    truncated          an image that is shorter than the volume
    unreadable         a block that the system cannot read
    """

    kind: str
    path: Path
    detail: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class UdfVolume:
    """The facts of a volume; a structure is None where there is none that can be read.

    `nsr` is the Standard Identifier of the recognition sequence, `anchors` are sectors, `maps`
    the words for the partition maps: physical, virtual, sparable, metadata, unknown. `deleted`
    counts descriptors of files that are deleted.
    """

    image_size: int
    block_size: int
    nsr: str = ""
    anchors: tuple[int, ...] = ()
    pvd: PrimaryVolumeDescriptor | None = None
    lvd: LogicalVolumeDescriptor | None = None
    partitions: tuple[PartitionDescriptor, ...] = ()
    maps: tuple[str, ...] = ()
    file_sets: tuple[FileSetDescriptor, ...] = ()
    records: tuple[UdfRecord, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    deleted: int = 0

    @property
    def revision(self) -> int:
        """The revision of UDF, binary-coded decimal; 0 where nothing says it."""
        return self.lvd.domain_identifier.revision if self.lvd else 0
