"""What a Linux says of its devices, on machines described by their /proc, /sys and /dev."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.devices.listing import devices
from mediakit.devices.machine import is_removable, mounts, storage, whole


class Machine:
    """A computer in a folder; disks with partitions, mounts, swap, volumes upon them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._mounts: list[str] = []
        (root / "proc/self").mkdir(parents=True)
        (root / "sys/class/block").mkdir(parents=True)
        (root / "sys/block").mkdir(parents=True)
        (root / "dev/disk/by-id").mkdir(parents=True)
        self.mount("0:21", "/proc", "proc", "proc")

    def disk(
        self, name: str, number: int, *, parts: int = 0, removable: bool = False, by_id: str = ""
    ) -> None:
        folder = self.root / "sys/devices" / name
        (folder / "holders").mkdir(parents=True)
        (folder / "device").mkdir()
        for word, value in (
            ("dev", f"8:{number}"), ("size", "2048"), ("ro", "0"), ("removable", str(int(removable))),
            ("device/vendor", "Acme    "), ("device/model", "Stick"),
        ):  # fmt: skip
            (folder / word).write_text(f"{value}\n")
        (self.root / "sys/block" / name).symlink_to(folder)
        (self.root / "sys/class/block" / name).symlink_to(folder)
        (self.root / "dev" / name).touch()
        for part in range(1, parts + 1):
            own = folder / f"{name}{part}"
            (own / "holders").mkdir(parents=True)
            (own / "partition").write_text(f"{part}\n")
            (own / "dev").write_text(f"8:{number + part}\n")
            (self.root / "sys/class/block" / own.name).symlink_to(own)
            (self.root / "dev" / own.name).touch()
        if by_id:
            (self.root / "dev/disk/by-id" / by_id).symlink_to(self.root / "dev" / name)

    def mount(self, number: str, place: str, type: str, source: str, options: str = "rw") -> None:
        self._mounts.append(
            f"22 27 {number} / {place} {options},relatime shared:1 - {type} {source} {options}\n"
        )
        (self.root / "proc/self/mountinfo").write_text("".join(self._mounts))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A computer with a disk, a stick and nothing mounted."""
    made = Machine(tmp_path)
    made.disk("sda", 0, parts=2)
    made.disk("sdb", 16, parts=1, removable=True, by_id="usb-Acme_Stick_1")
    return made


def test_a_free_stick(machine: Machine) -> None:
    found = storage("sdb", machine.root)
    assert (found.path, found.stable, found.name) == (
        "/dev/sdb",
        "/dev/disk/by-id/usb-Acme_Stick_1",
        "Acme Stick",
    )
    assert (found.size, found.mounted, found.refused) == (1 << 20, (), "")
    assert (is_removable("sda", machine.root), is_removable("sdb", machine.root)) == (False, True)
    assert (whole("sdb1", machine.root), whole("sdb", machine.root)) == ("sdb", "sdb")


def test_a_mounted_partition_counts_for_the_whole_stick(machine: Machine) -> None:
    machine.mount("8:17", "/media/a\\040b", "vfat", "/dev/sdb1")
    found = storage("sdb", machine.root)
    assert (found.mounted, found.refused) == (("/media/a b",), "it is mounted at /media/a b")
    assert storage("sda", machine.root).refused == ""


@pytest.mark.parametrize("place", ["/", "/boot/efi", "/home", "/usr", "/var/lib"])
def test_where_the_system_is(place: str, machine: Machine) -> None:
    machine.mount("8:2", place, "ext4", "/dev/sda2")
    assert storage("sda", machine.root).refused == "the system of this computer is on it"


def test_a_file_system_with_a_number_of_its_own(machine: Machine) -> None:
    machine.mount("0:44", "/", "btrfs", "/dev/sda2")
    assert storage("sda", machine.root).refused == "the system of this computer is on it"


def test_a_volume_upon_a_partition(machine: Machine) -> None:
    machine.disk("dm-0", 64)
    machine.disk("dm-1", 80)
    (machine.root / "sys/block/sda/sda2/holders/dm-0").touch()
    (machine.root / "sys/block/dm-0/holders/dm-1").touch()
    machine.mount("8:80", "/", "ext4", "/dev/mapper/root")
    assert storage("sda", machine.root).refused == "the system of this computer is on it"


def test_volumes_that_stand_upon_each_other_end(machine: Machine) -> None:
    machine.disk("dm-0", 64)
    (machine.root / "sys/block/dm-0/holders/dm-0").touch()
    assert storage("dm-0", machine.root).refused == ""


def test_swap(machine: Machine) -> None:
    (machine.root / "proc/swaps").write_text("Filename Type Size Used Priority\n/dev/sda1 partition 1 0 -2\n")
    assert storage("sda", machine.root).refused == "the system of this computer is on it"
    assert storage("sdb", machine.root).refused == ""


def test_write_protection(machine: Machine) -> None:
    (machine.root / "sys/block/sdb/ro").write_text("1\n")
    assert storage("sdb", machine.root).refused.startswith("it is write-protected")


def test_the_list_has_what_is_plugged_in_and_one_default(machine: Machine) -> None:
    machine.disk("loop0", 128, removable=True)
    document = devices(machine.root).to_json()
    assert [each["path"] for each in document["media"]] == ["/dev/sdb"]
    assert [each["id"] for each in document["recorders"] if each["default"]] == ["xorriso"]
    never = {each["id"] for each in document["recorders"] if not each["tried"]}
    assert never == {"growisofs", "wodim", "drutil", "windows"}
    assert not any(each["usable"] for each in document["recorders"] if each["id"] in never)


def test_a_system_without_such_tables(tmp_path: Path) -> None:
    assert (mounts(tmp_path), devices(tmp_path).media) == ((), ())


def test_a_table_of_mounts_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_bytes(b"\xff - \n1 2 - ext4\n\n")
    assert mounts(tmp_path) == ()
