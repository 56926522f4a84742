"""Sticks in a computer of their own: plugged in, mounted, refused, written, and pulled too early."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mediakit
from mediakit.profile.load import media
from tests.builders import uid
from tests.computer import Computer, Disk
from tests.devices import sparse
from tests.studies import study, written
from tests.tools import require_tool, run

MIB = 1 << 20
SECTOR = 2048
CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STICK = "/dev/disk/by-id/usb-Acme_Stick-0:0"
POINTS = 50 if os.environ.get("MEDIAKIT_OFFLINE") else 2


def test_what_an_image_may_be_burned_on(samples: Path, tmp_path: Path) -> None:
    image = tmp_path / "stick.img"
    mediakit.create([samples / "patient-b"], image)
    disks = [
        Disk(sparse(tmp_path / "small", image.stat().st_size - 512)),
        Disk(sparse(tmp_path / "protected", 16 * MIB), read_only=True),
        Disk(sparse(tmp_path / "disk", 16 * MIB)),
        Disk(sparse(tmp_path / "swap", 16 * MIB)),
    ]
    run("mkfs.ext4", "-q", disks[2].path)
    run("mkswap", disks[3].path)
    before = [disk.path.read_bytes() for disk in disks[:2]]
    found = Computer(tmp_path, *disks).run("burning", image, STICK)
    system, of_stick = "the system of this computer is on it", f"{STICK} (Linux scsi_debug) was not written:"
    assert found == {
        "listed": ["/dev/sda"],
        "unknown": "device: /dev/nothing cannot be used: No such file or directory.",
        "unstable": "device: /dev/sda (Linux scsi_debug) was not written:\n"
        f"    its path changes when another one is plugged in; the stable one is {STICK}",
        "not removable": "device: /dev/ubda (block device) was not written:\n"
        "    its path changes when another one is plugged in\n"
        "    the system does not say that it is removable",
        "too large": f"device: {of_stick}\n"
        "    it is larger than a stick for a patient: 16,777,216 bytes, limit 1,000,000",
        "too small": f"capacity: The image has {image.stat().st_size:,} bytes; the medium (block device) "
        f"holds {image.stat().st_size - 512:,}. Nothing was written.",
        "read-only": "device: /dev/ubdb is not written: "
        "it is write-protected, by its switch or by a policy of this computer.",
        "mounted": "device: /dev/ubdc is not written: it is mounted at /mnt/disk.",
        "mounted, behind the pseudo-drive": "device: /dev/ubdc is not written: it is mounted at /mnt/disk.",
        "system": f"device: /dev/ubdc is not written: {system}.",
        "system, behind the pseudo-drive": f"device: /dev/ubdc is not written: {system}.",
        "swap": f"device: /dev/ubdd is not written: {system}.",
        "burned": "",
        "full": f"device: {of_stick}\n    it is not blank\n"
        "It holds 4 files (fat: FAT16 boot sector at the beginning of partition 1), which would be erased.",
        "sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
        "partition": "device: /dev/sda1 is a partition; an image has a partition table of its own.",
        "in use": f"device: {STICK} is not written: it is mounted at /mnt/stick.",
        "files": [
            "DICOM/PA000001/ST000001/SE000001/IM000001",
            "DICOM/PA000001/ST000001/SE000002/IM000001",
            "DICOMDIR",
            "README.TXT",
        ],
    }
    assert [disk.path.read_bytes() for disk in disks[:2]] == before


def test_the_smallest_and_the_largest_disc(samples: Path, tmp_path: Path) -> None:
    """The capacity that the drive reports decides, to the byte, before anything is written."""
    require_tool("xorriso")
    image = tmp_path / "disc.iso"
    mediakit.create([samples / "patient-a"], image)
    sizes = [media()[word].capacity for word in ("cd", "bd-r")]
    disks = [Disk(sparse(tmp_path / str(size), size)) for size in sizes]
    large = {}
    for letter, size in zip("ab", sizes, strict=True):
        path = Path(shutil.copy(image, tmp_path / f"large-{letter}.iso"))
        os.truncate(path, size + SECTOR)
        large[f"/dev/ubd{letter}"] = str(path)
    found = Computer(tmp_path, *disks).run("recording", image, large)
    for (device, (too_large, burned, again)), size, disk in zip(found.items(), sizes, disks, strict=True):
        assert too_large.startswith(f"capacity: The image has {size + SECTOR:,} bytes; the medium")
        assert too_large.endswith(f"holds {size:,}. Nothing was written.")
        assert burned == ""
        assert again.startswith(f"device: stdio:{device} ")
        assert "it is not blank" in again
        with disk.path.open("rb") as stream:
            assert stream.read(image.stat().st_size) == image.read_bytes()


@pytest.mark.parametrize(
    ("make", "fstype", "name", "conforms"),
    [
        ("mkfs.vfat", "vfat", "FAT", True),
        ("mkfs.exfat", "mount.exfat-fuse", "NTFS or exFAT", False),
        ("mkfs.ntfs", "mount.ntfs-3g", "NTFS or exFAT", False),
    ],
)
def test_a_file_set_goes_onto_a_mounted_stick(
    make: str, fstype: str, name: str, conforms: bool, samples: Path, tmp_path: Path
) -> None:
    disk = sparse(tmp_path / "stick", 32 * MIB)
    for program in (make, *((fstype,) if fstype.startswith("mount.") else ())):
        require_tool(program)
    run(make, *(["-F", "-Q"] if make == "mkfs.ntfs" else []), disk)
    found = Computer(tmp_path, Disk(disk)).run(
        "filling", fstype, "/dev/ubda", samples / "patient-b", samples / "patient-d"
    )
    assert (found["file system"]["name"], found["file system"]["conforms"]) == (name, conforms)
    assert ("format it with FAT32" in found["file system"]["advice"]) == (not conforms)
    assert found["profiles"] == ["STD-GEN-USB-JPEG"]
    assert found["again"] == "output-exists: /mnt/stick holds a File-set already."
    assert (found["verified"], found["forced"], found["judged"]) == (True, "", "conforms")
    assert len(found["held"]) == 5
    assert "holiday/beach.jpg" in found["held"]
    assert found["files"] == [
        "DICOM/PA000001/ST000001/SE000001/IM000001", "DICOMDIR", "README.TXT", "holiday/beach.jpg"
    ]  # fmt: skip
    if conforms:
        read_only = "output-failed: /mnt/stick is read-only: FAT at /mnt/stick. Nothing was written."
        assert [found[key] for key in found if key.startswith("read-only")] == [read_only] * 3


def test_a_mounted_stick_is_read_back_from_the_medium(tmp_path: Path) -> None:
    """What the system remembers to have written there proves nothing."""
    disk = sparse(tmp_path / "stick", 16 * MIB)
    run("mkfs.vfat", disk)
    source = written(tmp_path / "in", study("A", 1))
    found = Computer(tmp_path, Disk(disk)).run("fading", "/dev/ubda", source, uid("image A 1 1"))
    assert found.startswith("read-back")


def test_a_stick_that_is_full_half_way_is_as_it_was(tmp_path: Path) -> None:
    """Small files take a cluster each, so the system finds no room after some of them."""
    disk = sparse(tmp_path / "stick", 32 * MIB)
    run("mkfs.vfat", "-s", "64", disk)
    first, addition = written(tmp_path / "in", study("A", 2)), written(tmp_path / "new", study("B", 40))
    found = Computer(tmp_path, Disk(disk)).run("overfilling", "/dev/ubda", first, addition, 10 * 32_768)
    assert found.pop("said").startswith("output-failed: ")
    assert found == {"as it was": True, "left behind": [], "judged": "conforms"}


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of a stick with ten studies, only to be read."""
    folder = tmp_path_factory.mktemp("ten")
    studies = [data for n in range(10) for data in study(f"S{n}", 3, 40, date=f"202401{n + 10}")]
    mediakit.create(
        [written(folder / "in", studies)], folder / "stick.img", capacity=16 * MIB, created=CREATED
    )
    return folder / "stick.img"


def test_a_study_comes_onto_a_mounted_stick_of_ten(ten: Path, tmp_path: Path) -> None:
    """The other files keep their bytes, inodes, times and names."""
    stick = Path(shutil.copy(ten, tmp_path / "stick"))
    new = written(tmp_path / "new", study("NEW", 4, 100, date="20250101"))
    found = Computer(tmp_path, Disk(stick)).run("adding", "/dev/ubda1", new, [uid("study S3")])
    assert found == {
        "added": 4, "removed": 3, "untouched by adding": True, "untouched by removing": True,
        "counts": [31, 35, 32],
    }  # fmt: skip
    judged = mediakit.verify(stick, profile="STD-GEN-USB-JPEG")
    assert (judged.verdict, len(judged.view.instances())) == ("conforms", 31)


def digests(files: list[bytes]) -> set[str]:
    return {hashlib.sha256(data).hexdigest() for data in files}


def state(stick: Path, old: set[str], new: set[str]) -> str:
    """What a user is told of the medium, held against every byte of its instances."""
    try:
        judged = mediakit.verify(stick, profile="STD-GEN-USB-JPEG")
    except mediakit.MediakitError:
        return "incomplete"
    if judged.verdict != "conforms":
        return "incomplete"
    held = set()
    for file in judged.view.instances():
        assert file.content
        with file.content.open() as stream:
            held.add(hashlib.sha256(stream.read()).hexdigest())
    return "old" if held == old else "new" if held == new else "wrong"


@pytest.mark.parametrize("kind", ["update", "create"])
def test_the_power_goes_while_a_mounted_stick_is_written(kind: str, tmp_path: Path) -> None:
    """The computer is gone at a random moment; then somebody else looks at the stick."""
    before, come = study("A", 3, 20), study("B", 10, 400, series=2)
    whole, stick = tmp_path / "whole", tmp_path / "stick"
    source = written(tmp_path / "in", before)
    mediakit.create([source], whole, medium="usb", capacity=8 * MIB, created=CREATED)
    old, new, goes = digests(before), digests([*before[1:], *come]), [uid("image A 1 1")]
    if kind == "create":
        old, new, goes = set(), digests(come), []
        run("mdeltree", "-i", f"{whole}@@{MIB}", "::DICOM", "::DICOMDIR", "::README.TXT")
    job = "changing", "/dev/ubda1", [written(tmp_path / "new", come)], goes
    shutil.copy(whole, stick)
    computer = Computer(tmp_path, Disk(stick))
    steps = computer.run(*job, 0)
    assert state(stick, old, new) == "new"
    found: Counter[str] = Counter()
    numbers = random.Random(10)
    for _ in range(POINTS):
        shutil.copy(whole, stick)
        at = numbers.randint(1, steps)
        cut = computer.power_cut(*job, at)
        said = state(stick, old, new)
        assert cut or said == "new", at
        found[f"{said}{'' if cut else ', too late'}"] += 1
    print(f"{kind}: {dict(found)} of {POINTS}, {steps} steps")
    assert "wrong" not in found
