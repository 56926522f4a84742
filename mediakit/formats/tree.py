"""The abstract tree that every writer receives, and the view that every reader returns.

Formats know files, folders and bytes; they know nothing of DICOM, profiles or rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Anomaly, Content

Path = tuple[str, ...]
"""Names from the root down; the last one is the file's."""


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """A file to be written: its path and its bytes.

    A path whose names are all fit for the format's short form (8 characters of A-Z, 0-9 and _,
    with an extension of up to 3) is recorded in that form only. Any other name is kept in the
    long form of the format (Joliet and Rock Ridge, VFAT), beside a short one made from it.
    """

    path: Path
    content: Content


@dataclass(frozen=True, slots=True)
class VolumeTree:
    """All files of a volume, in the order in which the medium shall hold their data."""

    files: tuple[VolumeFile, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A file of a planned image: where its data begins, in bytes from the start of the image.

    Its path is the one that the format's reader will give back.
    """

    path: Path
    offset: int
    content: Content


@dataclass(frozen=True, slots=True)
class VolumeParameters:
    """What a format records of the volume beside its files.

    `created` is the one date of everything on the volume and carries its time zone; `unique`
    are 64 bits that no other volume has, for serial numbers and volume set identifiers.
    `capacity` is the size of the volume in bytes where the format fills its medium (FAT); 0
    asks for the smallest volume that fits. The rest is what PS3.12 fixes for a medium:
    the revision of UDF, the widths of FAT entries it may have, whether there is a partition
    table, the bytes of a sector, the sectors of a cluster it may have (none: any), and the
    interchange level of ISO 9660: 3 takes files of 4 GiB and more.
    """

    volume_id: str
    created: datetime
    publisher: str = ""
    application: str = ""
    unique: int = 0
    capacity: int = 0
    udf: str = "1.02"
    fat: tuple[int, ...] = (16, 32)
    partitioned: bool = True
    sector: int = 512
    clusters: tuple[int, ...] = ()
    iso_level: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a format was recognised: `id` is the format's word, `text` what was found where."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file found on a medium; `path` holds its names as recorded, without format delimiters.

    `content` is None when the medium does not hold all its bytes.
    """

    path: Path
    content: Content | None
    size: int


@dataclass(frozen=True, slots=True)
class Sectors:
    """Raw sectors of a CD: how many were looked at, and how many of them are of each mode and form."""

    seen: int
    forms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MediumView:
    """What a tolerant reader saw: the files, what it found odd, and the format's raw facts.

    `facts` is the format's own type (`IsoVolume` ...) for the rules of that format. `inner` is
    the medium inside this one that holds the files: the archive of an e-mail. `sectors` is there
    when the image has the raw sectors of a CD.
    """

    evidence: Evidence
    files: tuple[StoredFile, ...]
    anomalies: tuple[Anomaly, ...] = ()
    facts: object = None
    size: int = 0
    inner: MediumView | None = None
    sectors: Sectors | None = None


def anomalies(oddities: Iterable[tuple[str, Path, str, int | None]]) -> tuple[Anomaly, ...]:
    """What a reader had to work around (kind, path, detail, offset), as its view holds it."""
    return tuple(
        Anomaly(kind, f"{'/'.join(path)}: {detail}" if path else detail, offset)
        for kind, path, detail, offset in oddities
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer wrote: size and SHA-256 of the image, and of each file if asked, in order.

    `before_zeros` is the SHA-256 of what comes before the zeros that end a `Sparse` image.
    """

    size: int
    sha256: str
    files: tuple[str, ...] = field(default=())
    before_zeros: str | None = None


Tick = Callable[[int], None]
"""Called with the bytes just handled; it may raise to stop the work."""
