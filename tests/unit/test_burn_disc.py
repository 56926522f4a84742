"""Burning discs through xorriso's pseudo-drive: the program, its lines and its end are the real ones."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

import mediakit
from mediakit.devices.xorriso import found_drives, medium_of
from mediakit.errors import CapacityError, DeviceError, OutputError, ReadBackError, UsageError
from mediakit.profile.load import media
from mediakit.progress import Cancel, Progress
from tests.devices import loop_device, meanwhile, sparse, wait_for
from tests.tools import require_tool

SECTOR = 2048
_UNIT = 32 * SECTOR


@pytest.fixture(scope="module")
def disc(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of a patient CD, only to be read."""
    out = tmp_path_factory.mktemp("image") / "disc.iso"
    mediakit.create([samples / "patient-a"], out)
    return out


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A blank disc in the pseudo-drive."""
    require_tool("xorriso")
    return sparse(tmp_path / "drive", 0)


def test_every_byte_of_the_image_is_on_the_disc(disc: Path, drive: Path) -> None:
    done = mediakit.burn([disc], f"stdio:{drive}", speed=4)
    image = disc.read_bytes()
    assert drive.read_bytes()[: len(image)] == image
    assert done.to_json() == {
        "schema": "mediakit/burn/1", "mediakit": mediakit.__version__, "device": f"stdio:{drive}",
        "medium": "stdio file, overwriteable", "bytes": len(image),
        "sha256": hashlib.sha256(image).hexdigest(), "copies": 1, "verified": True, "erased": "",
        "create": None,
    }  # fmt: skip
    assert mediakit.verify(drive).verdict == "conforms"


def test_sources_become_an_image_first(samples: Path, drive: Path) -> None:
    done = mediakit.burn([samples / "patient-a"], f"stdio:{drive}", medium="cd")
    assert (done.verified, done.creation is not None and done.creation.written) == (True, 21)
    judged = mediakit.verify(drive, profile="STD-GEN-CD")
    assert (judged.verdict, judged.imports.total("readable")) == ("conforms", 21)


def test_udf_for_a_dvd(samples: Path, drive: Path) -> None:
    done = mediakit.burn([samples / "patient-b"], f"stdio:{drive}", medium="bd-r", profile="STD-GEN-BD")
    assert done.verified
    assert mediakit.verify(drive, profile="STD-GEN-BD").verdict == "conforms"


@pytest.mark.parametrize("word", ["cd", "dvd", "bd-r"])
def test_media_of_every_size(word: str, disc: Path, tmp_path: Path) -> None:
    """The capacity that the drive reports decides, to the byte, before anything is written."""
    require_tool("xorriso")
    capacity = media()[word].capacity
    large = tmp_path / "large.iso"
    large.write_bytes(disc.read_bytes())
    with large.open("r+b") as stream:
        stream.truncate(capacity + SECTOR)
    medium = sparse(tmp_path / "medium", capacity)
    with loop_device(medium) as device:
        name = Path(device).name
        with pytest.raises(CapacityError) as caught:
            mediakit.burn([large], f"stdio:{device}", yes_erase=name)
        assert (caught.value.needed, caught.value.available) == (capacity + SECTOR, capacity)
        with Path(device).open("rb") as stream:
            assert not any(stream.read(1 << 20))
        assert mediakit.burn([disc], f"stdio:{device}", yes_erase=name).verified
    with medium.open("rb") as stream:
        assert stream.read(disc.stat().st_size) == disc.read_bytes()


@pytest.mark.parametrize("word", ["cd", "dvd", "bd-r"])
def test_a_pseudo_drive_holds_no_more_than_the_medium_it_stands_for(
    word: str, disc: Path, drive: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.iso"
    large.write_bytes(disc.read_bytes())
    with large.open("r+b") as stream:
        stream.truncate(media()[word].capacity + 1)
    with pytest.raises(CapacityError, match="Nothing was written"):
        mediakit.burn([large], f"stdio:{drive}", medium=word)
    assert drive.stat().st_size == 0


@pytest.mark.skipif(not os.environ.get("MEDIAKIT_OFFLINE"), reason="25 GB; set MEDIAKIT_OFFLINE to run it")
@pytest.mark.parametrize("word", ["cd", "dvd", "bd-r"])
def test_a_disc_that_is_filled_to_its_last_sector(word: str, disc: Path, drive: Path, tmp_path: Path) -> None:
    """Marks lie up to its end; a bit of the last byte is flipped on the disc, and only that is found."""
    size = media()[word].capacity
    full = Path(shutil.copy(disc, tmp_path / "full.iso"))
    with full.open("r+b") as stream:
        for at in (*range(1 << 20, size - SECTOR, size // 7), size - SECTOR):
            stream.seek(at)
            stream.write(at.to_bytes(8, "big") * (SECTOR // 8))
    assert full.stat().st_size == size

    def scratch(event: Progress) -> None:
        if (event.stage, event.done) == ("read back", 0):
            with drive.open("r+b") as stream:
                stream.seek(size - 1)
                stream.write(b"\1")

    with pytest.raises(ReadBackError, match=f"byte {size - 1:,} is another one"):
        mediakit.burn([full], f"stdio:{drive}", medium=word, progress=scratch)
    assert size <= drive.stat().st_size < size + _UNIT  # the pseudo-drive writes whole units


@pytest.mark.parametrize("place", [0, 100_000, -1])
def test_a_flipped_byte_is_found(place: int, disc: Path, drive: Path) -> None:
    """The disc changes between burning and reading back, as a bad one does."""
    position = place % disc.stat().st_size

    def scratch(event: Progress) -> None:
        if (event.stage, event.done) == ("read back", 0):
            with drive.open("r+b") as stream:
                stream.seek(position)
                byte = stream.read(1)[0]
                stream.seek(position)
                stream.write(bytes([byte ^ 1]))

    with pytest.raises(ReadBackError, match=f"byte {position:,} is another one") as caught:
        mediakit.burn([disc], f"stdio:{drive}", progress=scratch)
    assert caught.value.exit_status == 3


def test_a_disc_that_ends_too_early_is_found(disc: Path, drive: Path) -> None:
    def cut(event: Progress) -> None:
        if (event.stage, event.done) == ("read back", 0):
            with drive.open("r+b") as stream:
                stream.truncate(5000)

    with pytest.raises(ReadBackError, match="byte 5,000 is another one, or missing"):
        mediakit.burn([disc], f"stdio:{drive}", progress=cut)


def test_a_disc_that_is_full_is_given_up_by_name_only(disc: Path, drive: Path) -> None:
    drive.write_bytes(disc.read_bytes())
    for name in (None, "another"):
        with pytest.raises(DeviceError) as caught:
            mediakit.burn([disc], f"stdio:{drive}", yes_erase=name)
        assert drive.read_bytes() == disc.read_bytes()
    assert "names 'another', but the device is 'drive'" in caught.value.message
    done = mediakit.burn([disc], f"stdio:{drive}", yes_erase="drive")
    assert (done.verified, done.erased) == (True, "23 files (iso9660: CD001 in sector 16)")


def test_what_would_be_erased_is_shown(disc: Path, drive: Path) -> None:
    drive.write_bytes(b"MZ" + bytes(SECTOR * 200))
    with pytest.raises(DeviceError) as caught:
        mediakit.burn([disc], f"stdio:{drive}")
    assert "It holds data of a kind that is not known, which would be erased." in caught.value.message
    assert caught.value.advice == "If it is the right one, say --yes-erase drive"


def test_no_drive_and_no_medium(disc: Path, tmp_path: Path) -> None:
    require_tool("xorriso")
    with pytest.raises(DeviceError, match="Neither stdio-path nor its directory exist"):
        mediakit.burn([disc], f"stdio:{tmp_path / 'nowhere' / 'drive'}")
    with pytest.raises(DeviceError, match="No such file"):
        mediakit.burn([disc], str(tmp_path / "no-such-device"))
    assert not (tmp_path / "no-such-device").exists()


def test_copies_wait_for_the_next_blank_disc(disc: Path, drive: Path) -> None:
    first = drive.with_name("first")

    def clerk() -> None:
        wait_for(lambda: "next disc" in stages)
        drive.rename(first)
        sparse(drive, 0)

    stages: list[str] = []
    with meanwhile(clerk):
        done = mediakit.burn(
            [disc], f"stdio:{drive}", copies=2, wait=30, progress=lambda e: stages.append(e.stage)
        )
    assert (done.copies, done.verified) == (2, True)
    size = disc.stat().st_size
    assert first.read_bytes()[:size] == drive.read_bytes()[:size] == disc.read_bytes()


def test_no_disc_for_the_next_copy(disc: Path, drive: Path) -> None:
    """The disc that was just burned is never burned over."""
    with pytest.raises(OutputError, match="1 of 2 discs are finished and proved"):
        mediakit.burn([disc], f"stdio:{drive}", copies=2, wait=0.1)
    assert drive.read_bytes()[: disc.stat().st_size] == disc.read_bytes()


def test_stopped_before_anything_is_written(disc: Path, drive: Path) -> None:
    stop = Cancel()
    stop.cancel()
    with pytest.raises(mediakit.MediakitError) as caught:
        mediakit.burn([disc], f"stdio:{drive}", cancel=stop)
    assert (caught.value.code, drive.stat().st_size) == ("interrupted", 0)


def test_stopped_in_the_middle(disc: Path, drive: Path) -> None:
    stop = Cancel()

    def hand(event: Progress) -> None:
        if event.stage == "burn":
            stop.cancel()

    with pytest.raises(mediakit.MediakitError) as caught:
        mediakit.burn([disc], f"stdio:{drive}", cancel=stop, progress=hand)
    assert caught.value.code == "interrupted"


def test_the_computers_files_are_no_drives(disc: Path, tmp_path: Path) -> None:
    """A name like that of a drive makes none: nothing but the pseudo-drive writes to a file."""
    require_tool("xorriso")
    name = sparse(tmp_path / "sr0", 0)
    with pytest.raises(DeviceError):
        mediakit.burn([disc], str(name))
    assert name.stat().st_size == 0
    with pytest.raises(DeviceError, match="is a folder"):
        mediakit.burn([disc], f"stdio:{tmp_path}")


def test_what_is_no_order(disc: Path, drive: Path) -> None:
    for odd in ({"copies": 0}, {"speed": 0}, {"medium": "floppy"}, {"recorder": "nero"}):
        with pytest.raises(UsageError):
            mediakit.burn([disc], f"stdio:{drive}", **odd)
    assert drive.stat().st_size == 0


def test_an_image_of_a_stick_is_not_burned(samples: Path, drive: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick.img"
    mediakit.create([samples / "patient-b"], stick)
    with pytest.raises(UsageError, match="an image of another kind of medium \\(fat\\)"):
        mediakit.burn([stick], f"stdio:{drive}")
    assert drive.stat().st_size == 0


@pytest.mark.parametrize("recorder", ["growisofs", "wodim", "drutil", "windows"])
def test_a_recorder_that_has_never_run_is_refused_with_that_reason(
    recorder: str, disc: Path, drive: Path
) -> None:
    with pytest.raises(DeviceError, match="never been run with mediakit"):
        mediakit.burn([disc], f"stdio:{drive}", recorder=recorder)


@pytest.mark.parametrize(
    ("kind", "status", "blocks", "expected"),
    [
        ("CD-R", "is blank", "0 readable , 359844 writable , 359844 overall", ("cd", 359844, True, False)),
        ("CD-R", "is written , is closed", "1000 readable , 0 writable , 1000 overall",
         ("cd", 0, False, False)),
        ("CD-RW", "is written , is appendable", "900 readable , 100 writable , 1000 overall",
         ("cd", 1000, False, True)),
        ("DVD-R sequential recording", "is blank", "0 readable , 2298496 writable , 2298496 overall",
         ("dvd", 2298496, True, False)),
        ("DVD-RAM", "is blank", "0 readable , 2236704 writable , 2236704 overall",
         ("dvd-ram", 2236704, True, True)),
        ("BD-R sequential recording", "is blank", "0 readable , 12219392 writable , 12219392 overall",
         ("bd-r", 12219392, True, False)),
        ("BD-RE", "is written , is appendable", "5 readable , 11826171 writable , 11826176 overall",
         ("bd-re", 11826176, False, True)),
    ],
)  # fmt: skip
def test_what_the_drive_says_of_a_medium(
    kind: str, status: str, blocks: str, expected: tuple[str, int, bool, bool]
) -> None:
    lines = [f"Media current: {kind}", f"Media status : {status}", f"Media blocks : {blocks}"]
    found = medium_of("/dev/sr0", lines, "sr0")
    assert found.capacity is not None
    assert (found.word, found.capacity // SECTOR, found.blank, found.rewritable) == expected


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Media current: is not present"], "There is no medium in /dev/sr0"),
        ([], "There is no medium"),
        (["Media current: CD-ROM", "Media status : is written , is closed"], "cannot be written"),
        (["Media current: is not recognizable"], "cannot be written"),
    ],
)
def test_a_medium_that_cannot_be_written(lines: list[str], said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        medium_of("/dev/sr0", lines, "sr0")


def test_drives_are_found_in_a_listing() -> None:
    line = "0  -dev '/dev/cdrom' rwrw-- :  'TSSTcorp' 'CDDVDW SH-S203B' "
    (found,) = found_drives(["Beginning to scan for devices ...", line, "xorriso : NOTE : x"])
    assert (found.path, found.name) == ("/dev/cdrom", "TSSTcorp CDDVDW SH-S203B")
