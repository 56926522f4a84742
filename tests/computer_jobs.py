"""What is done on a `computer.py`, by the mediakit of this checkout. It runs in there.

Its disks are /dev/ubda, ubdb and so on. Nothing is mounted below /mnt but by a job.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import ioctl
from functools import partial
from pathlib import Path
from typing import Any

import mediakit
from mediakit.devices.listing import devices
from tests.kernel_guest import MODULES, READ_ONLY, check, hashes, libc, load

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

_READ_PARTITIONS = 0x125F
"""The request BLKRRPART of <linux/fs.h>."""

_SWAP_ON = 167

CHANGES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir")
"""Audit events of the standard library; the second argument of "open" is how."""


@contextmanager
def mounted(device: str, name: str, fstype: str, flags: int = 0) -> Iterator[Path]:
    """A file system of the kernel, or of a program where the kernel does not know it."""
    place = Path("/mnt", name)
    place.mkdir(exist_ok=True)
    if fstype.startswith("mount."):
        load(("fuse",))
        subprocess.run([fstype, device, str(place)], check=True)
    else:
        load(MODULES.get(fstype, ()))
        status = libc.mount(device.encode(), bytes(place), fstype.encode(), flags, b"")
        check(status, f"mount {device}")
    try:
        yield place
    finally:
        check(libc.umount(bytes(place)), f"umount {place}")


def wait_for(node: str) -> None:
    """A device node appears a moment after the device does."""
    while not Path(node).is_block_device():
        time.sleep(0.01)


def said(job: Callable[[], object]) -> str:
    """The code and the words of the error that it ends with; empty when it ends well."""
    try:
        job()
    except mediakit.MediakitError as error:
        return f"{error.code}: {error.message}"
    return ""


def burning(image: str, stick: str) -> dict[str, Any]:
    """Burn an image onto every kind of disk, and onto a stick that is plugged in under that name."""

    def burn(device: str, **options: Any) -> str:
        return said(lambda: mediakit.burn([image], device, **options))

    load(("sd_mod", "scsi_debug"), b"removable=1 dev_size_mb=16")
    wait_for("/dev/sda")
    Path(stick).parent.mkdir(parents=True)
    Path(stick).symlink_to("/dev/sda")
    found: dict[str, Any] = {
        "listed": [each["path"] for each in devices().to_json()["media"]],
        "unknown": burn("/dev/nothing"),
        "unstable": burn("/dev/sda"),
        "not removable": burn("/dev/ubda"),
        "too large": burn(stick, limit=1_000_000),
        "too small": burn("/dev/ubda", yes_erase="ubda"),
        "read-only": burn("/dev/ubdb", yes_erase="ubdb"),
    }
    with mounted("/dev/ubdc", "disk", "ext4"):
        found["mounted"] = burn("/dev/ubdc", yes_erase="ubdc")
        found["mounted, behind the pseudo-drive"] = burn("stdio:/dev/ubdc", yes_erase="ubdc")
    check(libc.mount(b"/dev/ubdc", b"/srv", b"ext4", 0, b""), "mount /srv")
    found["system"] = burn("/dev/ubdc", yes_erase="ubdc")
    found["system, behind the pseudo-drive"] = burn("stdio:/dev/ubdc", yes_erase="ubdc")
    check(libc.umount(b"/srv"), "umount /srv")
    check(libc.syscall(_SWAP_ON, b"/dev/ubdd", 0), "swapon")
    found["swap"] = burn("/dev/ubdd", yes_erase="ubdd")
    found["burned"] = burn(stick)
    found["full"] = burn(stick)
    with Path(stick).open("rb") as stream:
        found["sha256"] = hashlib.sha256(stream.read(Path(image).stat().st_size)).hexdigest()
        ioctl(stream.fileno(), _READ_PARTITIONS)
    wait_for("/dev/sda1")
    found["partition"] = burn("/dev/sda1", yes_erase="sda1")
    with mounted("/dev/sda1", "stick", "vfat", READ_ONLY) as place:
        found["in use"] = burn(stick, yes_erase="sda")
        found["files"] = sorted(hashes(str(place)))
    return found


def recording(image: str, large: dict[str, str]) -> dict[str, list[str]]:
    """Burn discs through the pseudo-drive: an image that is too large for the device, one, and once more."""
    return {
        device: [
            said(partial(mediakit.burn, [each], f"stdio:{device}", yes_erase=name))
            for each, name in ((too_large, Path(device).name), (image, Path(device).name), (image, None))
        ]
        for device, too_large in large.items()
    }


def filling(fstype: str, device: str, first: str, second: str) -> dict[str, Any]:
    """Write a File-set onto a mounted stick that holds a file already, and others over it."""
    with mounted(device, "stick", fstype) as place:
        (place / "holiday").mkdir()
        (place / "holiday/beach.jpg").write_bytes(b"beach")
        made = mediakit.create([first], place, created=CREATED)
        found: dict[str, Any] = {
            "file system": made.to_json()["volumes"][0]["file_system"],
            "profiles": list(made.profiles),
            "verified": made.verified,
            "again": said(lambda: mediakit.create([second], place, created=CREATED)),
            "held": sorted(hashes(str(place))),
            "forced": said(lambda: mediakit.create([second], place, created=CREATED, force=True)),
            "judged": mediakit.verify(place, profile="STD-GEN-USB-JPEG").verdict,
            "files": sorted(hashes(str(place))),
        }
    if not fstype.startswith("mount."):
        with mounted(device, "stick", fstype, READ_ONLY) as place:
            for name, dry_run in (("read-only", False), ("read-only, planned", True)):
                job = partial(mediakit.create, [first], place, dry_run=dry_run, force=True)
                found[name] = said(job)
            found["read-only, updated"] = said(
                partial(mediakit.update, place, add=[first], multi_patient=True)
            )
    return found


def stats(place: Path) -> dict[str, tuple[str, int, int, int]]:
    """Digest, inode, and times of every file but the DICOMDIR."""
    found = {}
    for name, (_, sha256) in hashes(str(place)).items():
        if name != "DICOMDIR":
            about = (place / name).stat()
            found[name] = sha256, about.st_ino, about.st_mtime_ns, about.st_ctime_ns
    return found


def adding(device: str, addition: str, removed: list[str]) -> dict[str, Any]:
    """Add a study to a mounted stick and remove another; what becomes of every file."""
    with mounted(device, "stick", "vfat") as place:
        before = stats(place)
        added = mediakit.update(place, add=[addition], created=CREATED)
        between = stats(place)
        gone = mediakit.update(place, remove=removed, created=CREATED)
        after = stats(place)
    return {
        "added": len(added.added),
        "removed": len(gone.removed),
        "untouched by adding": {name: between.get(name) for name in before} == before,
        "untouched by removing": {name: between[name] for name in after} == after,
        "counts": [len(before), len(between), len(after)],
    }


def changing(device: str, sources: list[str], removed: list[str], at: int) -> int:
    """Change a mounted stick, or fill an empty one; the steps that it took.

    A step makes, renames or removes something, or brings a folder to the medium. At the step of
    that number the power is cut: nothing more is done.
    """
    steps = 0
    with mounted(device, "stick", "vfat") as place:

        def step(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal steps
            if event not in CHANGES or not str(arguments[0]).startswith(f"{place}/"):
                return
            if event == "os.mkdir" or (steps and arguments[1] not in ("r", "rb")):
                steps += 1
                if steps == at:
                    Path("now").touch()
                    time.sleep(60)

        sys.addaudithook(step)
        if (place / "DICOMDIR").exists():
            mediakit.update(place, add=sources, remove=removed, created=CREATED)
        else:
            mediakit.create(sources, place, medium="usb", created=CREATED)
    return steps


def fading(device: str, source: str, mark: str) -> str:
    """Write a mounted stick that loses a bit of what has just been written; what is said of it."""

    faded = False

    def fade(event: mediakit.Progress) -> None:
        nonlocal faded
        if event.stage == "read back" and not faded:
            faded = True
            with Path(device).open("r+b", buffering=0) as stick:
                at = stick.read().rindex(mark.encode())
                stick.seek(at)
                stick.write(bytes((mark.encode()[0] ^ 1,)))
                os.fsync(stick.fileno())

    with mounted(device, "stick", "vfat") as place:
        return said(lambda: mediakit.create([source], place, medium="usb", created=CREATED, progress=fade))


def overfilling(device: str, first: str, addition: str, spare: int) -> dict[str, Any]:
    """Add files to a mounted stick that seems to have room for them: in bytes, but not in clusters."""
    with mounted(device, "stick", "vfat") as place:
        mediakit.create([first], place, medium="usb", created=CREATED)
        with (place / "film.avi").open("wb") as film:
            film.truncate(shutil.disk_usage(place).free - spare)
        before = hashes(str(place))
        found = said(lambda: mediakit.update(place, add=[addition], created=CREATED))
        return {
            "said": found,
            "as it was": hashes(str(place)) == before,
            "left behind": [each.name for each in place.iterdir() if each.name.startswith(".")],
            "judged": mediakit.verify(place, profile="STD-GEN-USB-JPEG").verdict,
        }
