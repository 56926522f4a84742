"""A disc robot that watches a folder: the image and a text job go in, its answer comes out.

    FOLDER/NAME.iso      the image, complete before there is a job
    FOLDER/NAME.job      what to do with it, in lines `key = value`
    FOLDER/NAME.answer   what became of it: status (done or failed), message, and for every copy
                         that was read back a line `sha256`

The drives are the robot's: what is on its discs is known only from the digests that it gives.
A robot that gives none has burned discs that nobody has checked.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import Cancelled, DeviceError, OutputError, ReadBackError
from ..progress import Watch
from .model import Job, Medium

_INTERVAL = 0.2
"""Seconds between two looks into the folder."""

_MOST = 1 << 16
"""Bytes of an answer; a longer one is none."""


class RobotTarget:
    """The folder that the robot watches."""

    formats = frozenset(("iso9660", "udf"))
    copies_itself = True

    def __init__(self, folder: Path) -> None:
        self.device = f"robot:{folder}"
        self._folder = folder

    def look(self) -> Medium:
        """Nothing is known of the discs in the robot. Raises DeviceError when there is no folder."""
        if not self._folder.is_dir():
            raise DeviceError(
                f"{self._folder} is no folder that a robot could watch.", "Check the name, and the network."
            )
        return Medium("disc in a robot", "", None, None, rewritable=False, name=self._folder.name)

    def write(self, job: Job, watch: Watch) -> bool:
        """Hand the image and the job over and wait for the answer.

        Raises DeviceError when such a job waits already, OutputError when the robot fails or does
        not answer in time, ReadBackError when a copy is not the image, and Cancelled.
        """
        name = f"MK{job.sha256[:12].upper()}"
        files = [self._folder / f"{name}.{end}" for end in ("answer", "job", "iso")]
        answer, order, image = files
        if any(file.exists() for file in files):
            raise DeviceError(f"{order} waits for the robot already.", "Wait for it, or take it away.")
        try:
            shutil.copyfile(job.image, image)
            part = order.with_suffix(".part")
            part.write_text(_job(job, image), encoding="utf-8", newline="\r\n")
            part.rename(order)
            said = _lines(self._wait(answer, job.wait, watch))
        except Cancelled as error:
            raise Cancelled(
                "Stopped before the robot had answered: the job was taken back.",
                "Look at the robot: a disc may be in it.",
            ) from error
        except OSError as error:
            raise OutputError(
                f"{self._folder} cannot be used: {error.strerror or error}.", "Check the folder."
            ) from error
        finally:
            # The job first: without it no robot touches the image.
            for file in (order, image, answer):
                file.unlink(missing_ok=True)
        return _judged(said, job)

    def _wait(self, answer: Path, seconds: float, watch: Watch) -> str:
        """The text of the answer. Raises OutputError when there is none in time, OSError, and Cancelled."""
        tick = watch.ticks("robot", None)
        due = time.monotonic() + seconds
        while not answer.exists():
            if time.monotonic() > due:
                raise OutputError(
                    f"The robot at {self._folder} did not answer in {seconds:g} seconds.",
                    "Look at the robot: a disc may be in it. The job was taken back.",
                )
            tick(0)
            time.sleep(_INTERVAL)
        with answer.open("rb") as stream:
            return stream.read(_MOST).decode("utf-8", "replace")

    def open(self) -> BinaryIO:
        """Its discs cannot be read from here: always an OSError."""
        raise OSError(f"the discs of {self.device} cannot be read from here")

    def release(self) -> None:
        """The robot ejects its discs itself."""


def _job(job: Job, image: Path) -> str:
    speed = str(job.speed) if job.speed else "maximum"
    rows = (
        ("image", os.fspath(image.name)),
        ("size", str(job.size)),
        ("sha256", job.sha256),
        ("copies", str(job.copies)),
        ("speed", speed),
        ("finalise", "yes"),
        ("read-back", "yes"),
    )
    return "".join(f"{key} = {value}\n" for key, value in rows)


def _lines(text: str) -> list[tuple[str, str]]:
    """The keys and values of an answer, in order; a key may come more than once."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return [(key.strip().lower(), value.strip()) for key, _, value in pairs]


def _judged(said: Sequence[tuple[str, str]], job: Job) -> bool:
    """Whether every copy was read back as the image. Raises OutputError and ReadBackError."""
    status = next((value.lower() for key, value in said if key == "status"), "")
    if status != "done":
        message = next((value for key, value in said if key == "message"), "it does not say why")
        raise OutputError(f"The robot failed: {message.rstrip('.')}.", "Look at the robot and its discs.")
    digests = [value.lower() for key, value in said if key == "sha256"]
    wrong = sum(each != job.sha256 for each in digests)
    if wrong:
        raise ReadBackError(
            f"{wrong} of {len(digests)} discs from the robot do not hold the image.",
            "Throw these discs away and burn them again.",
        )
    return len(digests) >= job.copies
