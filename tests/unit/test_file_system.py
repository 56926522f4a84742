"""The file system of a mounted stick: told, judged by PS3.12, and refused when it is read-only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import mediakit
from mediakit.cli.create import file_system
from mediakit.devices.file_system import FileSystem, file_system_of
from mediakit.errors import OutputError
from tests.devices import loop_device, sparse


@pytest.fixture
def computer(tmp_path: Path) -> Path:
    """Where the /proc of a computer lies that has a stick mounted of every kind."""
    (tmp_path / "proc/self").mkdir(parents=True)
    rows = [
        ("/", "ext4", "rw"), ("/media", "tmpfs", "rw"), ("/media/fat", "vfat", "rw"),
        ("/media/exfat", "exfat", "rw"), ("/media/ntfs", "ntfs3", "rw"), ("/media/fuse", "fuseblk", "rw"),
        ("/media/ro", "vfat", "ro"), ("/media/twice", "vfat", "rw"), ("/media/twice", "exfat", "rw"),
    ]  # fmt: skip
    lines = (
        f"1 1 0:{at} / {place} {how} - {type} /dev/sdx {how}\n" for at, (place, type, how) in enumerate(rows)
    )
    (tmp_path / "proc/self/mountinfo").write_text("".join(lines))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "name", "conforms"),
    [
        ("/media/fat", "FAT", True),
        ("/media/fat/a/b", "FAT", True),
        ("/media/exfat/out", "exFAT", False),
        ("/media/ntfs", "NTFS", False),
        ("/media/fuse", "NTFS or exFAT", False),
        ("/media/twice/x", "exFAT", False),
        ("/media/fatter", "tmpfs", None),
        ("/home/x", "ext4", None),
    ],
)
def test_what_a_folder_is_on(path: str, name: str, conforms: bool | None, computer: Path) -> None:
    found = file_system_of(Path(path), computer)
    assert found is not None
    assert (found.name, found.conforms, found.read_only) == (name, conforms, False)
    assert bool(found.advice) == (conforms is False)


def test_read_only(computer: Path) -> None:
    assert file_system_of(Path("/media/ro/x"), computer) == FileSystem("vfat", "/media/ro", True)


def test_a_system_without_such_a_table(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path) is None


def test_in_words() -> None:
    assert file_system(FileSystem("vfat", "/media/a", False)) == "FAT, at /media/a"
    assert file_system(FileSystem("exfat", "/media/a", False)) == (
        "exFAT, at /media/a: NOT A CONFORMING MEDIUM. PS3.12 wants FAT, and readers may see an empty medium: "
        "format it with FAT32 and write it again."
    )


def test_a_folder_on_a_disk_of_the_computer_has_none_to_tell(samples: Path, tmp_path: Path) -> None:
    made = mediakit.create([samples / "patient-b"], tmp_path / "out", format="folder")
    assert made.to_json()["volumes"][0]["file_system"] is None


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_medium_that_is_mounted_read_only(dry_run: bool, samples: Path, tmp_path: Path) -> None:
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("mkfs.ext4 is not installed")
    backing, place = sparse(tmp_path / "stick", 16 << 20), tmp_path / "place"
    place.mkdir()
    subprocess.run(["mkfs.ext4", "-q", str(backing)], check=True)
    with loop_device(backing) as device:
        mounting = ["mount", "-o", "ro", device, str(place)]
        if subprocess.run(mounting, check=False, capture_output=True).returncode:
            pytest.skip("this user cannot mount, or the kernel has no ext4")
        try:
            with pytest.raises(OutputError, match=f"is read-only: ext4 at {place}. Nothing was written."):
                mediakit.create([samples / "patient-b"], place, dry_run=dry_run)
        finally:
            subprocess.run(["umount", str(place)], check=True)
