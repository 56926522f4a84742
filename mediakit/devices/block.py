"""Sticks, cards and magneto-optical disks: an image onto a whole device node, or onto a file in its place.

The first block is written last: until every other byte is on the medium it has no boot sector,
so that whatever stops the job leaves it plainly incomplete. Linux only so far; elsewhere a
device node is refused.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import Cancelled, DeviceError, OutputError
from ..formats.tree import Tick
from ..model import BytesContent, Content, FileContent, SliceContent
from ..progress import Watch
from ..transfer import BLOCK, Transfer
from . import machine
from .model import Job, Medium, Storage
from .uncached import drop_caches, uncached

LIMIT = 256 * 10**9
"""Bytes; a larger device is more likely somebody's disk than a stick for a patient."""

_STABLE = ("/dev/disk/by-id/", "/dev/disk/by-path/", "/dev/disk/by-uuid/", "/dev/disk/by-partuuid/")
_REFUSED_ADVICE = "Take another one; unmount a stick first. `mediakit devices` says what each one is."
_UNFINISHED = "The medium holds no file system now. Write it again, or another one."


class BlockTarget:
    """A device node, or a file that stands for a stick and takes the same path.

    `storage` is what the system says of the device; None for a file.
    """

    formats = frozenset(("fat",))
    copies_itself = False

    def __init__(self, device: str, storage: Storage | None, doubts: tuple[str, ...] = ()) -> None:
        self.device = device
        self._path = Path(device)
        self._storage = storage
        self._doubts = doubts

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why somebody should look at the name of the device once more."""
        return self._doubts

    def look(self) -> Medium:
        """How large it is, and whether anything is on it. Raises DeviceError."""
        try:
            with self._path.open("rb", buffering=0) as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(0)
                blank = not any(stream.read(BLOCK) or b"")
        except OSError as error:
            raise _unusable(self.device, error) from error
        return Medium(
            kind=(self._storage.name or "block device") if self._storage else "file",
            word="",
            capacity=size,
            blank=blank,
            rewritable=True,
            name=Path(self._storage.path).name if self._storage else self._path.name,
            doubts=(*self._doubts, *(() if blank else ("it is not blank",))),
        )

    def write(self, job: Job, watch: Watch) -> bool:
        """Write the image, its first block last, and bring it to the medium.

        Raises DeviceError when the system keeps the device for itself, OutputError and Cancelled.
        """
        # Linux opens a device in this way only when nothing is mounted from it or built upon it.
        exclusive = os.O_EXCL if self._storage else 0
        try:
            file = os.open(self._path, os.O_RDWR | exclusive | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise _unusable(self.device, error) from error
        try:
            with os.fdopen(file, "r+b", buffering=0) as stream:
                _fill(stream, job, watch)
        except OSError as error:
            why = f"{self.device} cannot be written: {error.strerror or error}."
            raise OutputError(why, _UNFINISHED) from error
        except OutputError as error:
            raise OutputError(error.message.replace("The output", self.device, 1), _UNFINISHED) from error
        except Cancelled as error:
            raise Cancelled("Stopped while the medium was being written.", _UNFINISHED) from error
        return False

    def open(self) -> BinaryIO:
        """The medium as it is read now. Raises OSError."""
        return uncached(self._path)

    def release(self) -> None:
        """Nothing to eject: every byte is on the medium, it may be pulled."""


def stand_in(path: Path) -> BlockTarget:
    """A file in the place of a stick. Raises DeviceError when there is none."""
    if not path.is_file():
        raise DeviceError(f"{path} is no file.", "Make it first, as large as the stick it stands for.")
    return BlockTarget(str(path), None)


def block_device(device: str, limit: int | None = None) -> BlockTarget:
    """The device node of that name, if it may be written at all. Raises DeviceError.

    `limit` in bytes is the size from which on the device has to be confirmed by name. What the
    system of this computer is on, and what is mounted, is refused whatever the user says.
    """
    path = Path(device)
    try:
        if not stat.S_ISBLK(path.stat().st_mode):
            raise DeviceError(
                f"{device} is no device.",
                "Name a drive or a stick as `mediakit devices` does; a folder or a file is what "
                "`mediakit create -o` writes.",
            )
    except OSError as error:
        raise _unusable(device, error) from error
    if not sys.platform.startswith("linux"):
        raise DeviceError(
            f"{device} cannot be written: device nodes have been written on Linux only.",
            "Write the image with a program of your system, and prove it with `mediakit verify --against`.",
        )
    node = path.resolve().name
    disk = machine.whole(node)
    found = machine.storage(disk)
    if found.refused:
        raise DeviceError(f"{device} is not written: {found.refused}.", _REFUSED_ADVICE)
    if disk != node:
        raise DeviceError(
            f"{device} is a partition; an image has a partition table of its own.",
            f"Name the whole device: {found.stable or found.path}.",
        )
    return BlockTarget(device, found, tuple(_doubts(device, found, limit or LIMIT)))


def _doubts(device: str, found: Storage, limit: int) -> Iterator[str]:
    if not device.startswith(_STABLE):
        yield "its path changes when another one is plugged in" + (
            f"; the stable one is {found.stable}" if found.stable else ""
        )
    if found.size > limit:
        yield f"it is larger than a stick for a patient: {found.size:,} bytes, limit {limit:,}"
    if not machine.is_removable(Path(found.path).name):
        yield "the system does not say that it is removable"


def _fill(stream: BinaryIO, job: Job, watch: Watch) -> None:
    """Zeros over the first block, all others, and then the first one; each on the medium before the next."""
    image = FileContent.of(job.image)
    head = min(BLOCK, job.size)
    ticks = watch.ticks("burn", job.size)
    _append(stream, BytesContent(bytes(head)), ticks)
    stream.seek(head)
    _append(stream, SliceContent(image, head, job.size - head), ticks)
    stream.seek(0)
    # Without ticks: who stops the job now comes too late, the medium is as good as written.
    _append(stream, SliceContent(image, 0, head), None)
    drop_caches(stream.fileno())


def _append(stream: BinaryIO, content: Content, ticks: Tick | None) -> None:
    with Transfer(stream, ticks) as transfer:
        transfer.copy(content, "the image")
        transfer.finish()
    os.fsync(stream.fileno())


def _unusable(device: str, error: OSError) -> DeviceError:
    """The system's reason as an error that says what to do."""
    if error.errno == errno.EBUSY:
        return DeviceError(f"{device} is in use.", "Unmount it and close the programs that use it.")
    if error.errno == errno.EROFS:
        return DeviceError(
            f"{device} is write-protected, by its switch or by a policy of this computer.",
            "Move the switch, or ask who looks after the computer.",
        )
    return DeviceError(
        f"{device} cannot be used: {error.strerror or error}.",
        "Check the name and your permissions; `mediakit devices` lists what is there.",
    )
