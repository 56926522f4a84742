"""What is known of recorders, devices and media before anything is written, and what a target can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ..progress import Watch


@dataclass(frozen=True, slots=True)
class Recorder:
    """A program or machine that records discs; `tried` says where it has really run, empty for never."""

    id: str
    name: str
    tried: str


@dataclass(frozen=True, slots=True)
class Drive:
    """An optical drive that the default recorder has found; `path` is stable where the system has one."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Storage:
    """A removable or other block device; `stable` is its path that survives plugging in another.

    `size` in bytes; `mounted` where its file systems are to be seen; `refused` is why it is never
    written, empty when it may be.
    """

    path: str
    stable: str
    name: str
    size: int
    mounted: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True)
class Medium:
    """What lies in a drive, or is a stick: whether and how it can be written.

    `kind` is in the words of the device, `word` the medium of media.toml, empty where the device
    does not say. `capacity` in bytes, None where nobody knows. `blank` is None where it cannot be
    seen, as in a robot. `doubts` are reasons to ask before anything is erased; `name` is what
    the user has to say then.
    """

    kind: str
    word: str
    capacity: int | None
    blank: bool | None
    rewritable: bool
    name: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One order to a target: the image and its digest, how often, how fast, and whether to erase."""

    image: Path
    size: int
    sha256: str
    copies: int
    speed: int | None
    erase: bool
    wait: float


class Target(Protocol):
    """Something that an image can be written to."""

    @property
    def device(self) -> str:
        """What it is called in the result."""

    @property
    def formats(self) -> frozenset[str]:
        """The media formats that may lie on its media (PS3.12)."""

    @property
    def copies_itself(self) -> bool:
        """Whether one `write` makes all copies and proves them, as a robot does."""

    def look(self) -> Medium:
        """Find out what is in it. Raises DeviceError when there is nothing to write on."""

    def write(self, job: Job, watch: Watch) -> bool:
        """Write the image; true when the target itself proved every copy byte by byte.

        Raises DeviceError, OutputError, ReadBackError and Cancelled.
        """

    def open(self) -> BinaryIO:
        """What is on the medium now, from its beginning, past all caches. Raises OSError."""

    def release(self) -> None:
        """Eject the medium, where that is possible."""
