"""From an image to physical media and back: looked at, written, and compared byte by byte.

    device -> look -> image (or create) -> may it be written -> write -> read back -> release

Nothing is written before the medium is known to be there, to be blank or given up by name, and
to hold the image. What is called good was read back from the medium.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from .burning import Burning
from .create import create
from .creation import Creation
from .devices.model import Job, Medium, Target
from .devices.table import DEFAULT, target_of
from .errors import (
    Cancelled,
    CapacityError,
    DeviceError,
    MediakitError,
    OutputError,
    ReadBackError,
    SourceChanged,
    UsageError,
)
from .formats import FORMATS, image_of, iso9660, views_of
from .model import Content, FileContent, SliceContent
from .profile.load import media
from .progress import Cancel, ProgressCallback, Watch
from .selection import Selection
from .sources import Source
from .transfer import BLOCK, digest

WAIT = 600.0
"""Seconds in which a robot answers and the next blank disc is put in."""

_IMAGES = frozenset(("iso9660", "udf", "fat"))
_INTERVAL = 1.0
"""Seconds between two looks for the next disc."""

_GLANCE = 64 << 20
"""Bytes of a disc that are looked at before it is erased; its directories lie at the beginning."""

_FOR_STICKS = "usb"


@dataclass(frozen=True, slots=True)
class _Image:
    content: FileContent
    creation: Creation | None


def burn(
    sources: Sequence[Source],
    device: str,
    *,
    copies: int = 1,
    speed: int | None = None,
    recorder: str = DEFAULT,
    medium: str | None = None,
    yes_erase: str | None = None,
    limit: int | None = None,
    wait: float = WAIT,
    profile: str | Sequence[str] = "auto",
    supply: Mapping[str, str] | None = None,
    selection: Selection = Selection(),
    expect_patient: str | None = None,
    institution: str = "",
    contact: str = "",
    created: datetime | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Burning:
    """Write an image, or what `create` makes of the sources, onto the medium in `device`, and prove it.

    `sources` is one image of a disc or stick, or anything that `create` takes; then `profile` to
    `created` are as there, and an instance that does not fit stops the job. `device` is a drive,
    a stick by its stable path, `stdio:PATH`, `file:PATH` or `robot:FOLDER`. `medium` is a word of
    media.toml where the device does not know its own. `copies` of discs are burned one after the
    other, each with at most `wait` seconds until the next blank disc is in.

    `yes_erase` names the device whose content may go; without it nothing but a blank medium is
    written, and no device that is larger than `limit` bytes or not named by a stable path.

    Raises the errors of `mediakit.errors`: InputError before anything was written, OutputError
    and ReadBackError when a medium is not good.
    """
    watch = Watch(progress, cancel)
    if copies < 1 or (speed is not None and speed < 1):
        raise UsageError("Copies and speed are counted from 1.", "Leave them away, or say 1 or more.")
    target = target_of(device, recorder, limit)
    found = target.look()
    if copies > 1 and "fat" in target.formats:
        raise UsageError("Sticks are written one at a time.", "Say --device once for each of them.")
    capacity = _capacity(found, medium)
    erased = _permission(target, found, yes_erase)
    word = medium or found.word or (_FOR_STICKS if "fat" in target.formats else None)
    with tempfile.TemporaryDirectory(prefix="mediakit-") as folder:
        image = image_among(sources)
        creation = None
        if image is None:
            image = Path(folder) / ("medium.img" if "fat" in target.formats else "medium.iso")
            creation = create(
                sources,
                image,
                medium=word,
                capacity=capacity,
                profile=profile,
                supply=supply,
                selection=selection,
                expect_patient=expect_patient,
                institution=institution,
                contact=contact,
                created=created,
                progress=progress,
                cancel=cancel,
            )
        content = FileContent.of(image)
        _check_image(image, content.size, target, capacity, found)
        sha256 = digest(content, watch.ticks("check", content.size), str(image))
        job = Job(image, content.size, sha256, copies, speed, bool(erased), wait)
        verified = _write(target, content, job, watch)
    return Burning(target.device, found.kind, content.size, sha256, copies, verified, erased, creation)


def image_among(sources: Sequence[Source]) -> Path | None:
    """The one source that is an image of a disc or stick; None when the sources are to be made into one."""
    if len(sources) != 1 or not isinstance(sources[0], str | os.PathLike):
        return None
    path = Path(sources[0])
    if not path.is_file():
        return None
    content = FileContent.of(path)
    return path if any(each.id in _IMAGES and each.detect(content) for each in FORMATS) else None


def _capacity(found: Medium, medium: str | None) -> int | None:
    """What the medium holds in bytes; a pseudo-drive no more than the medium it stands for.

    Raises UsageError and DeviceError for a medium that is not the one in the device.
    """
    known = media()
    if medium is not None and medium not in known:
        raise UsageError(f"There is no medium {medium!r}.", f"Media: {', '.join(known)}.")
    if medium and found.word and medium != found.word:
        raise DeviceError(f"The device holds a {found.kind}, not a {known[medium].name}.", "Change the disc.")
    given = known[medium].capacity if medium and not found.word else 0
    both = [each for each in (found.capacity, given) if each]
    return min(both) if both else found.capacity


def _permission(target: Target, found: Medium, yes_erase: str | None) -> str:
    """What will be erased, in words; empty for a blank medium. Raises DeviceError when it may not be."""
    if yes_erase is not None and yes_erase != found.name:
        raise DeviceError(
            f"--yes-erase names {yes_erase!r}, but the device is {found.name!r}. Nothing was written.",
            "Look again which one it is: `mediakit devices` lists them.",
        )
    if found.blank is False and not found.rewritable:
        raise DeviceError(
            f"The disc in {target.device} is not blank ({found.kind}) and cannot be erased.",
            "Put a blank disc in.",
        )
    erased = "" if found.blank is not False else _content(target)
    if found.doubts and yes_erase is None:
        lost = [f"It holds {erased}, which would be erased."] if erased else []
        why = [f"    {doubt}" for doubt in found.doubts]
        raise DeviceError(
            "\n".join((f"{target.device} ({found.kind}) was not written:", *why, *lost)),
            f"If it is the right one, say --yes-erase {found.name}",
        )
    return erased


def _content(target: Target) -> str:
    """What is on a medium, for the person who is about to erase it."""
    path = Path(target.device.removeprefix("stdio:"))
    try:
        image = image_of(path)
        glance = _glance(image) if image else None
        views = views_of(glance) if glance else ()
    except (MediakitError, OSError):
        views = ()
    if not views:
        return "data of a kind that is not known"
    count = len(views[0].files)
    files = ("" if glance is image else "at least ") + ("1 file" if count == 1 else f"{count:,} files")
    return f"{files} ({views[0].evidence.id}: {views[0].evidence.text})"


def _glance(image: Content) -> Content:
    """As much of a medium as tells what is on it: later sessions of a disc are looked for to its very end."""
    if image.size <= _GLANCE or not iso9660.detect(image):
        return image
    return SliceContent(image, 0, _GLANCE)


def _check_image(image: Path, size: int, target: Target, capacity: int | None, found: Medium) -> None:
    """Raise UsageError for an image of another kind of medium, CapacityError for one that is too large."""
    content = FileContent.of(image)
    kinds = {each.id for each in FORMATS if each.id in _IMAGES and each.detect(content)}
    if not kinds & target.formats:
        raise UsageError(
            f"{image} is an image of another kind of medium ({', '.join(sorted(kinds))}). "
            "Nothing was written.",
            f"This one takes: {', '.join(sorted(target.formats))} (PS3.12).",
        )
    if capacity is not None and size > capacity:
        raise CapacityError(
            f"The image has {size:,} bytes; the medium ({found.kind}) holds {capacity:,}. "
            "Nothing was written.",
            "Put a larger medium in, or write fewer studies.",
            size,
            capacity,
        )


def _write(target: Target, image: FileContent, job: Job, watch: Watch) -> bool:
    """All copies; true when each was proved."""
    if target.copies_itself:
        return target.write(job, watch)
    for copy in range(1, job.copies + 1):
        if copy > 1:
            _await_blank(target, job, copy, watch)
        target.write(job, watch)
        with _naming(copy, job.copies):
            _prove(target, image, watch)
        target.release()
    return True


@contextmanager
def _naming(copy: int, copies: int) -> Iterator[None]:
    """Say in a ReadBackError which of several copies is not good, and when stopped that one is not proved."""
    try:
        yield
    except Cancelled as error:
        raise Cancelled(
            "Stopped while the medium was read back: it is written, but not proved.",
            "Prove it with `mediakit verify --against IMAGE`, or write it again.",
        ) from error
    except ReadBackError as error:
        if copies == 1:
            raise
        raise ReadBackError(f"Copy {copy} of {copies}: {error.message}", error.advice) from error


def _await_blank(target: Target, job: Job, copy: int, watch: Watch) -> None:
    """Wait for the next blank disc. Raises OutputError when none comes, and Cancelled."""
    tick = watch.ticks("next disc", job.copies)
    tick(copy - 1)
    due = time.monotonic() + job.wait
    while not _is_ready(target, job.size):
        if time.monotonic() > due:
            raise OutputError(
                f"{copy - 1} of {job.copies} discs are finished and proved; no blank one came for the next.",
                "Burn the remaining copies when there are discs.",
            )
        time.sleep(_INTERVAL)
        tick(0)


def _is_ready(target: Target, size: int) -> bool:
    try:
        found = target.look()
    except DeviceError:  # the tray is open, or the disc is still spinning up
        return False
    return found.blank is True and (found.capacity is None or found.capacity >= size)


def _prove(target: Target, image: FileContent, watch: Watch) -> None:
    """Compare every byte of the medium with the image. Raises ReadBackError and SourceChanged."""
    tick = watch.ticks("read back", image.size)
    tick(0)
    position = 0
    with image.open() as wanted:
        try:
            with target.open() as medium:
                while position < image.size:
                    size = min(BLOCK, image.size - position)
                    expected, found = _read(wanted, size), _read(medium, size)
                    if expected != found:
                        raise _differs(position + _first_difference(expected, found))
                    position += size
                    tick(size)
        except OSError as error:
            why = error.strerror or str(error)
            raise ReadBackError(
                f"The medium cannot be read back: {why}.", "Do not hand it out; write another one."
            ) from error
        if not image.unchanged(wanted):
            raise SourceChanged(f"{image.path} changed while it was written.", "Write the medium again.")


def _read(stream: BinaryIO, size: int) -> bytes:
    """That many bytes, fewer only at the end."""
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _differs(position: int) -> ReadBackError:
    return ReadBackError(
        f"The medium read back is not the image: byte {position:,} is another one, or missing.",
        "Do not hand it out; throw it away and write another one, slower, or in another drive.",
    )
