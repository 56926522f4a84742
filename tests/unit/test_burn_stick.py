"""Images onto sticks: on loop devices where the machine has them, and the same code on files.

Disks that no test may touch are those of a computer of its own: `interop/test_computer.py`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import mediakit
from mediakit.devices.machine import mounts
from mediakit.errors import CapacityError, DeviceError, ReadBackError, UsageError
from mediakit.progress import Cancel, Progress
from tests.devices import loop_device, sparse

ROOM = 64 << 20


@pytest.fixture(scope="module")
def stick(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of a stick, only to be read."""
    out = tmp_path_factory.mktemp("image") / "stick.img"
    mediakit.create([samples / "patient-b"], out)
    return out


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A file that stands for a blank stick."""
    return sparse(tmp_path / "blank", ROOM)


def test_every_byte_is_on_the_stick(stick: Path, blank: Path) -> None:
    done = mediakit.burn([stick], f"file:{blank}")
    image = stick.read_bytes()
    assert blank.read_bytes() == image + bytes(ROOM - len(image))
    assert (done.verified, done.size, done.erased) == (True, len(image), "")
    assert mediakit.verify(blank).verdict == "conforms"


def test_sources_become_an_image_first(samples: Path, blank: Path) -> None:
    assert mediakit.burn([samples / "patient-a"], f"file:{blank}").verified
    assert mediakit.verify(blank).imports.total("readable") == 21


@pytest.mark.parametrize("at", [0, 1, 2])
def test_until_the_end_there_is_no_boot_sector(at: int, stick: Path, blank: Path) -> None:
    """Stopped anywhere, even over an older stick, it is plainly incomplete."""
    with blank.open("r+b") as stream:
        stream.write(stick.read_bytes())
    stop = Cancel()
    seen: list[bool] = []

    def look(event: Progress) -> None:
        if event.stage == "burn":
            with blank.open("rb") as stream:
                seen.append(any(stream.read(1 << 20)))
            if len(seen) > at:
                stop.cancel()

    with pytest.raises(mediakit.MediakitError) as caught:
        mediakit.burn([stick], f"file:{blank}", yes_erase="blank", progress=look, cancel=stop)
    assert caught.value.code == "interrupted"
    assert not any(seen)
    with pytest.raises(mediakit.MediakitError, match="no medium that is known"):
        mediakit.verify(blank)


def test_stopped_while_it_is_read_back(stick: Path, blank: Path) -> None:
    stop = Cancel()

    def hand(event: Progress) -> None:
        if event.stage == "read back":
            stop.cancel()

    with pytest.raises(mediakit.MediakitError, match="it is written, but not proved"):
        mediakit.burn([stick], f"file:{blank}", progress=hand, cancel=stop)
    assert mediakit.verify(blank).verdict == "conforms"


def test_a_flipped_byte_is_found(stick: Path, blank: Path) -> None:
    def fade(event: Progress) -> None:
        if (event.stage, event.done) == ("read back", 0):
            with blank.open("r+b") as stream:
                stream.seek(12_345)
                byte = stream.read(1)[0]
                stream.seek(12_345)
                stream.write(bytes([byte ^ 128]))

    with pytest.raises(ReadBackError, match="byte 12,345 is another one") as caught:
        mediakit.burn([stick], f"file:{blank}", progress=fade)
    assert caught.value.exit_status == 3


def test_a_stick_that_is_too_small(stick: Path, tmp_path: Path) -> None:
    small = sparse(tmp_path / "small", stick.stat().st_size - 1)
    with pytest.raises(CapacityError) as caught:
        mediakit.burn([stick], f"file:{small}")
    assert caught.value.needed - caught.value.available == 1
    assert not any(small.read_bytes())


def test_a_stick_with_something_on_it_is_given_up_by_name_only(stick: Path, blank: Path) -> None:
    blank.write_bytes(stick.read_bytes())
    before = blank.read_bytes()
    with pytest.raises(DeviceError) as caught:
        mediakit.burn([stick], f"file:{blank}")
    assert "It holds 4 files (fat: " in caught.value.message
    with pytest.raises(DeviceError, match="names 'blink', but the device is 'blank'"):
        mediakit.burn([stick], f"file:{blank}", yes_erase="blink")
    assert blank.read_bytes() == before
    assert mediakit.burn([stick], f"file:{blank}", yes_erase="blank").erased.startswith("4 files (fat: ")


def test_what_is_no_stick(stick: Path, tmp_path: Path, samples: Path, blank: Path) -> None:
    for device, said in (
        (str(tmp_path), "is no device"),
        (str(blank), "is no device"),
        (str(tmp_path / "none"), "No such file"),
        (f"file:{tmp_path / 'none'}", "is no file"),
        ("/dev/null", "is no device"),
    ):
        with pytest.raises(DeviceError, match=said):
            mediakit.burn([stick], device)
    disc = tmp_path / "disc.iso"
    mediakit.create([samples / "patient-b"], disc)
    with pytest.raises(UsageError, match="an image of another kind of medium \\(iso9660\\)"):
        mediakit.burn([disc], f"file:{blank}")
    with pytest.raises(UsageError, match="one at a time"):
        mediakit.burn([stick], f"file:{blank}", copies=2)
    assert not any(blank.read_bytes())


def test_a_device_with_a_name_that_may_change_is_confirmed(stick: Path, blank: Path) -> None:
    with loop_device(blank) as device:
        name = Path(device).name
        with pytest.raises(DeviceError) as caught:
            mediakit.burn([stick], device)
        assert caught.value.message == (
            f"{device} (block device) was not written:\n"
            "    its path changes when another one is plugged in\n"
            "    the system does not say that it is removable"
        )
        with Path(device).open("rb") as stream:
            assert not any(stream.read(1 << 20))
        done = mediakit.burn([stick], device, yes_erase=name)
        assert done.verified
        with Path(device).open("rb") as stream:
            assert stream.read(done.size) == stick.read_bytes()


def test_a_device_larger_than_the_limit_is_confirmed(stick: Path, blank: Path) -> None:
    with loop_device(blank) as device:
        with pytest.raises(
            DeviceError, match=f"larger than a stick for a patient: {ROOM:,} bytes, limit 1,000"
        ):
            mediakit.burn([stick], device, limit=1000)
        with pytest.raises(DeviceError) as caught:
            mediakit.burn([stick], device, limit=ROOM)
        assert "larger" not in caught.value.message


def test_a_write_protected_device_is_refused_whatever_is_said(stick: Path, blank: Path) -> None:
    said = "write-protected, by its switch or by a policy"
    with loop_device(blank, "--read-only") as device, pytest.raises(DeviceError, match=said):
        mediakit.burn([stick], device, yes_erase=Path(device).name)


def test_a_mounted_device_is_refused_whatever_is_said(stick: Path, blank: Path, tmp_path: Path) -> None:
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("mkfs.ext4 is not installed")
    subprocess.run(["mkfs.ext4", "-q", str(blank)], check=True)
    place = tmp_path / "a place"
    place.mkdir()
    with loop_device(blank) as device:
        if subprocess.run(["mount", device, str(place)], check=False, capture_output=True).returncode:
            pytest.skip("this user cannot mount, or the kernel has no ext4")
        try:
            for word in (device, f"stdio:{device}"):
                with pytest.raises(DeviceError, match=f"is not written: it is mounted at {place}"):
                    mediakit.burn([stick], word, yes_erase=Path(device).name)
        finally:
            subprocess.run(["umount", str(place)], check=True)
        assert mediakit.burn([stick], device, yes_erase=Path(device).name).verified


def test_the_disk_of_this_system_is_refused_whatever_is_said(stick: Path) -> None:
    root = next((each.source for each in mounts() if each.place == "/"), "")
    if not Path(root).is_block_device():
        pytest.skip("the root of this system is on no block device")
    for word in (root, f"stdio:{root}"):
        with pytest.raises(DeviceError, match="is not written: the system of this computer is on it"):
            mediakit.burn([stick], word, yes_erase=Path(root).name)
