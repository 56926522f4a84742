"""The table of recorders, and what the words of `--device` and `--recorder` mean.

An entry says on which system it has really run; one that never has is refused with that reason.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import DeviceError, UsageError
from .block import block_device, stand_in
from .model import Recorder, Target
from .robot import RobotTarget
from .xorriso import DiscTarget, has_xorriso, is_optical

_NEVER = "It has never been run with mediakit, so it is not offered."

RECORDERS: tuple[Recorder, ...] = (
    Recorder(
        "xorriso",
        "xorriso, of the Debian package of that name",
        "Linux, xorriso 1.5.4, its stdio: pseudo-drive; not yet a drive of metal",
    ),
    Recorder("robot", "disc robot that takes text jobs from a folder", "Linux, a simulator of a robot"),
    Recorder("growisofs", "growisofs of dvd+rw-tools", ""),
    Recorder("wodim", "wodim of cdrkit", ""),
    Recorder("drutil", "drutil of macOS", ""),
    Recorder("windows", "image recorder of Windows", ""),
)
"""Every way to record a disc that is known; the first one is the default."""

DEFAULT = RECORDERS[0].id


def why_not(recorder: Recorder) -> str:
    """Why a recorder cannot be used here; empty when it can."""
    if not recorder.tried:
        return _NEVER
    if recorder.id == DEFAULT and not has_xorriso():
        return "The program xorriso is not installed."
    return ""


def recorder_of(id: str) -> Recorder:
    """The recorder of that word, if it can be used here. Raises UsageError and DeviceError."""
    for each in RECORDERS:
        if each.id == id:
            if reason := why_not(each):
                raise DeviceError(
                    f"{each.name} cannot be used. {reason}",
                    "`mediakit devices` lists the recorders; with another program, burn the image yourself "
                    "and prove it with `mediakit verify DISC --against IMAGE`.",
                )
            return each
    known = ", ".join(each.id for each in RECORDERS)
    raise UsageError(f"There is no recorder {id!r}.", f"Recorders: {known}.")


def target_of(device: str, recorder: str = DEFAULT, limit: int | None = None) -> Target:
    """What `--device` means; nothing is written or opened for writing yet.

    `robot:FOLDER` is a disc robot, `file:PATH` a file that stands for a stick, `stdio:PATH` the
    pseudo-drive of xorriso; any other word is a device node: an optical drive for the recorder,
    else a stick or card of at most `limit` bytes. Raises UsageError and DeviceError.
    """
    kind, _, place = device.partition(":")
    if kind == "robot" and place:
        recorder_of("robot")
        return RobotTarget(Path(place))
    if kind == "file" and place:
        return stand_in(Path(place))
    if is_optical(device):
        recorder_of(recorder)
        return DiscTarget(device)
    if kind == "stdio" and place:
        recorder_of(recorder)
        if Path(place).is_dir():
            raise DeviceError(f"{place} is a folder.", "stdio: stands for a drive with one file as its disc.")
        # Behind the pseudo-drive a device node is what it is everywhere: perhaps somebody's disk.
        is_node = Path(place).is_block_device()
        return DiscTarget(device, block_device(place, limit).doubts if is_node else ())
    return block_device(device, limit)
