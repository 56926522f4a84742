"""Discs through xorriso: what is in the drive, burning it as one closed session, ejecting it.

`stdio:PATH` is xorriso's pseudo-drive: a file or a device node that takes the same path through
the program as a disc. The medium is looked at by `-toc`, written by `-as cdrecord` without
`-multi`, so that it is closed, and never padded: what is on it is the image.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..errors import Cancelled, DeviceError, OutputError
from ..progress import Watch
from .model import Drive, Job, Medium
from .process import run
from .uncached import uncached

PROGRAM = "xorriso"

_BLOCK = 2048
_STDIO = "stdio:"
_UPDATE = re.compile(r"UPDATE :\s+(\d+) of\s+(\d+) MB written")
_FIELD = re.compile(r"^(Media current|Media status|Media blocks)\s*: (.*)$")
_WRITABLE = re.compile(r"(\d+) writable , +(\d+) overall")
_REASON = re.compile(r"^(?:xorriso|libburn|libisofs|libisoburn) : (?:FATAL|FAILURE|SORRY) : (.*)$")
_DRIVE = re.compile(r"^\d+\s+-dev '([^']+)' \S+ *:\s+'([^']*)' '([^']*)'")

_WORDS = (("CD-", "cd"), ("DVD-RAM", "dvd-ram"), ("DVD", "dvd"), ("BD-RE", "bd-re"), ("BD-R", "bd-r"))
"""How the kinds of media begin, and the media of PS3.12 that they are."""

_REWRITABLE = ("CD-RW", "DVD-RW", "DVD+RW", "DVD-RAM", "BD-RE", "stdio file, overwriteable")
_READ_ONLY = ("CD-ROM", "DVD-ROM", "BD-ROM")


def has_xorriso() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def drives() -> tuple[Drive, ...]:
    """The optical drives that xorriso finds, by their stable links. Raises DeviceError."""
    _, lines = run([PROGRAM, "-no_rc", "-device_links"])
    return tuple(found_drives(lines))


def found_drives(lines: list[str]) -> Iterator[Drive]:
    """The drives in a listing of xorriso."""
    for line in lines:
        if found := _DRIVE.match(line):
            yield Drive(found[1], f"{found[2].strip()} {found[3].strip()}".strip())


class DiscTarget:
    """An optical drive, or the pseudo-drive, with what lies in it."""

    formats = frozenset(("iso9660", "udf"))
    copies_itself = False

    def __init__(self, device: str, doubts: tuple[str, ...] = ()) -> None:
        self.device = device
        self._doubts = doubts
        self._path = Path(device.removeprefix(_STDIO))

    def look(self) -> Medium:
        """What is in the drive. Raises DeviceError when there is no drive, no medium, or a pressed one."""
        status, lines = run([PROGRAM, "-no_rc", "-outdev", self.device, "-toc"])
        if status:
            raise DeviceError(
                f"{self.device} is no drive that can be used: {reason(lines)}.",
                "Check the name and the cable; `mediakit devices` lists the drives.",
            )
        found = medium_of(self.device, lines, self._path.name)
        return replace(found, doubts=(*self._doubts, *found.doubts))

    def write(self, job: Job, watch: Watch) -> bool:
        """Burn the image and close the disc. Raises OutputError and Cancelled."""
        tick = _Ticker(watch, job.size)
        words = [PROGRAM, "-no_rc", "-as", "cdrecord", "-v", f"dev={self.device}", "-sao", "padsize=0"]
        words += [f"speed={job.speed}"] if job.speed else []
        words += ["blank=as_needed"] if job.erase else []
        try:
            status, lines = run([*words, str(job.image.resolve())], tick)
        except Cancelled as stopped:
            raise Cancelled(
                "Stopped while the disc was being written; it is not usable.", "Throw it away or erase it."
            ) from stopped
        if status:
            raise OutputError(
                f"{self.device} could not be written: {reason(lines)}.",
                "The disc in the drive is not usable. Take another one, or a lower --speed.",
            )
        return False

    def open(self) -> BinaryIO:
        """The disc as it is read now. Raises OSError."""
        return uncached(self._path)

    def release(self) -> None:
        """Open the tray; a drive that cannot leaves the disc where it is."""
        run([PROGRAM, "-no_rc", "-outdev", self.device, "-eject", "all"])


class _Ticker:
    """Turns the program's reports of megabytes into ticks of bytes."""

    def __init__(self, watch: Watch, size: int) -> None:
        self._watch, self._size, self._done = watch, size, 0
        self._tick = watch.ticks("burn", size)
        self._tick(0)

    def __call__(self, line: str) -> None:
        self._watch.check()
        if found := _UPDATE.search(line):
            done = min(int(found[1]) << 20, self._size)
            self._tick(done - self._done)
            self._done = done


def medium_of(device: str, lines: list[str], name: str) -> Medium:
    """What a table of contents by xorriso says of the medium. Raises DeviceError."""
    facts = {found[1]: found[2].strip() for line in lines if (found := _FIELD.match(line))}
    kind, state = facts.get("Media current", "is not present"), facts.get("Media status", "")
    if kind == "is not present" or state == "is not present":
        raise DeviceError(f"There is no medium in {device}.", "Put a blank one in.")
    if kind.startswith(_READ_ONLY) or kind == "is not recognizable":
        raise DeviceError(f"What is in {device} cannot be written ({kind}).", "Put a blank disc in.")
    room = _WRITABLE.search(facts.get("Media blocks", ""))
    blank = state == "is blank"
    rewritable = kind.startswith(_REWRITABLE)
    return Medium(
        kind=kind,
        word=next((word for start, word in _WORDS if kind.startswith(start)), ""),
        # What is written on a rewritable one gives its room back when it is erased.
        capacity=int(room[1] if blank or not rewritable else room[2]) * _BLOCK if room else None,
        blank=blank,
        rewritable=rewritable,
        name=name,
        doubts=() if blank else (f"it is not blank ({kind}; {state.replace(' ,', ',').strip(', ')})",),
    )


def reason(lines: list[str]) -> str:
    """What the program gives as the first reason of its failure."""
    found = (match[1] for line in lines if (match := _REASON.match(line)))
    return next(found, "the program does not say why").rstrip(".")


def is_optical(device: str) -> bool:
    """Whether a device node is an optical drive, as Linux names them."""
    node = Path(device).resolve()
    return re.fullmatch(r"s(r|cd)\d+", node.name) is not None and node.is_block_device()
