"""The abstract tree that every writer receives, and the view that every reader returns.

Formats know files, folders and bytes; they know nothing of DICOM, profiles or rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Anomaly, Content

Path = tuple[str, ...]
"""Names from the root down; the last one is the file's."""


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """A file to be written: its path and its bytes."""

    path: Path
    content: Content


@dataclass(frozen=True, slots=True)
class VolumeTree:
    """All files of a volume, in the order in which the medium shall hold their data."""

    files: tuple[VolumeFile, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A file of a planned image: where its data begins, in bytes from the start of the image."""

    path: Path
    offset: int
    content: Content


@dataclass(frozen=True, slots=True)
class VolumeParameters:
    """What a format records of the volume beside its files.

    `created` is the one date of everything on the volume and carries its time zone.
    """

    volume_id: str
    created: datetime
    publisher: str = ""
    application: str = ""


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
class MediumView:
    """What a tolerant reader saw: the files, what it found odd, and the format's raw facts.

    `facts` is the format's own type (`IsoVolume` ...) for the rules of that format.
    """

    evidence: Evidence
    files: tuple[StoredFile, ...]
    anomalies: tuple[Anomaly, ...] = ()
    facts: object = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer wrote: size and SHA-256 of the image, and of each file if asked, in order."""

    size: int
    sha256: str
    files: tuple[str, ...] = field(default=())


Tick = Callable[[int], None]
"""Called with the bytes just handled; it may raise to stop the work."""
