"""Any medium is a source: an incoming disc is authored again, and nothing that was on it gets lost."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediakit.create import create
from mediakit.errors import ConformanceError, SelectionError, SourceChanged, SourceUnreadable, UsageError
from mediakit.extract import extract
from mediakit.fit import fit
from mediakit.model import BytesContent
from mediakit.progress import Progress
from mediakit.scan import Damaged, Ignored, scan
from mediakit.selection import Selection
from mediakit.verify import verify
from samples.broken.others import bridge_disc
from tests.builders import ct, file_set, uid
from tests.fat import image as fat_image
from tests.iso9660 import raw_sectors

CREATED = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
FIRST, SECOND = (f"DICOM/PA000001/ST000001/SE000001/IM00000{n}" for n in (1, 2))
FORMATS = {
    "disc.iso": "iso9660", "stick.img": "fat", "d.zip": "zip", "d.eml": "mail", "bridge.iso": "bridge",
    "udf.iso": "udf", "d.mime": "mime",
}  # fmt: skip
MEDIA = {"udf.iso": "dvd", "bridge.iso": "dvd", "d.mime": "mime"}
WORDS = {"iso9660": "iso", "mime": "mime"}


def sources(folder: Path, numbers: tuple[int, ...] = (1, 2, 3)) -> Path:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number}.dcm").write_bytes(ct(number))
    return folder


def made(out: Path, *sources: Path | str) -> Path:
    """A medium of the sources in the format that its name stands for."""
    format = FORMATS[out.name]
    result = create(
        sources, out, medium=MEDIA.get(out.name), format=WORDS.get(format, format), created=CREATED
    )
    assert result.verified and not result.left_out
    return out


def digests(medium: Path, out: Path) -> dict[str, str]:
    """The SHA-256 of every instance on the medium by its UID."""
    return {each.sop_instance: each.sha256 for each in extract(medium, out).instances}


OTHER = ct(2, SeriesInstanceUID=uid("other"), Modality="MR")
WHOLE = {uid(f"ct {n}"): hashlib.sha256(ct(n)).hexdigest() for n in (1, 2, 3)}


def test_from_medium_to_medium_every_instance_stays_as_it_is(tmp_path: Path) -> None:
    medium: Path = sources(tmp_path / "source")
    for name in FORMATS:
        medium = made(tmp_path / name, medium)
        assert digests(medium, tmp_path / f"out of {name}") == WHOLE
    create([medium], tmp_path / "folder", format="folder", created=CREATED)
    assert digests(tmp_path / "folder", tmp_path / "last") == WHOLE


def test_origins_name_the_medium_and_the_file_in_it(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    found = scan([disc])
    assert found.instances[0].origin == f"{disc}:{FIRST}"
    assert found.ignored == (
        Ignored(f"{disc}:README.TXT", "no DICOM: text"),
        Ignored(f"{disc}:DICOMDIR", "a DICOMDIR"),
    )
    manifest = tmp_path / "list.json"
    create([disc], tmp_path / "again.iso", created=CREATED, manifest=manifest)
    assert f'"source": "{disc}:{FIRST}"' in manifest.read_text(encoding="utf-8")


def test_the_type_is_found_from_the_content(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    renamed = disc.rename(tmp_path / "holiday.jpg")
    assert len(scan([renamed]).instances) == 3
    listing = tmp_path / "list.txt"
    listing.write_text(f"{renamed}\n", encoding="utf-8")
    assert len(scan([f"@{listing}"]).instances) == 3


def test_raw_sectors_of_a_cd(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    raw = tmp_path / "disc.bin"
    raw.write_bytes(raw_sectors(disc.read_bytes(), 1))
    assert digests(raw, tmp_path / "out") == WHOLE
    assert digests(made(tmp_path / "stick.img", raw), tmp_path / "again") == WHOLE


def test_an_image_as_an_object_with_content(tmp_path: Path) -> None:
    class Remote(BytesContent):
        name = "s3://discs/1"

    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    found = scan([Remote(disc.read_bytes())])
    assert [each.origin for each in found.instances[:1]] == [f"s3://discs/1:{FIRST}"]


def test_an_archive_on_a_disc_is_opened_and_a_disc_in_an_archive_is_not(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("A/IM1", ct(7))
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "MORE.ZIP").write_bytes(packed.getvalue())
    disc = tmp_path / "disc.iso"
    create([sources(tmp_path / "source")], disc, include=[str(tmp_path / "extra")], created=CREATED)
    found = scan([disc])
    assert [each.origin for each in found.instances[3:]] == [f"{disc}:EXTRA/MORE.ZIP:A/IM1"]
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as out:
        out.write(disc, "disc.iso")
        out.writestr("IM1", ct(1))
    assert (
        Ignored(f"{tmp_path}/d.zip:disc.iso", "a disc image, not opened")
        in scan([tmp_path / "d.zip"]).ignored
    )


def test_a_medium_without_dicom_is_listed_as_one_file(tmp_path: Path) -> None:
    papers = tmp_path / "papers.img"
    papers.write_bytes(fat_image({"README.TXT": b"Read me", "DOCS/A.TXT": b"text"}))
    assert scan([papers]).ignored == (Ignored(str(papers), "a medium without DICOM (fat)"),)


def test_what_an_image_does_not_hold_any_more_is_left_out(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    data = disc.read_bytes()
    last = data.index(ct(3))
    disc.write_bytes(data[: last + 500])
    found = scan([disc])
    assert len(found.instances) == 2
    assert Damaged(f"{disc}:{FIRST[:-1]}3", "the medium does not give all its bytes") in found.damaged
    with pytest.raises(ConformanceError, match="do not fit"):
        create([disc], tmp_path / "again.iso", created=CREATED)
    result = create([disc], tmp_path / "again.iso", created=CREATED, leave_out=True)
    assert (result.written, result.complete) == (2, False)


def test_an_image_that_changes_meanwhile(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))

    def replaced(event: Progress) -> None:
        if event.stage == "judge":
            disc.write_bytes(disc.read_bytes())
            os.utime(disc, (1, 1))

    with pytest.raises(SourceChanged, match="it has another modification time"):
        create([disc], tmp_path / "again.iso", created=CREATED, progress=replaced)
    assert not (tmp_path / "again.iso").exists()


def test_an_image_is_not_written_over_itself(tmp_path: Path) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    before = disc.read_bytes()
    with pytest.raises(UsageError, match="one of the sources"):
        create([disc], disc, created=CREATED, force=True)
    assert disc.read_bytes() == before


def test_what_only_one_side_of_a_bridge_shows_is_found(tmp_path: Path) -> None:
    disc = tmp_path / "disc.iso"
    disc.write_bytes(bridge_disc(16))  # INDEX.HTM of the ISO side lies elsewhere than that of UDF
    assert [each.origin for each in scan([disc]).ignored if "INDEX" in each.origin] == [
        f"{disc}:INDEX.HTM",
        f"{disc}:(udf)INDEX.HTM",
    ]
    disc.write_bytes(bridge_disc())
    assert [each.origin for each in scan([disc]).ignored if "INDEX" in each.origin] == [f"{disc}:INDEX.HTM"]


# --- what a DICOMDIR promises ---------------------------------------------------------------


def test_a_missing_instance_stops_the_job(tmp_path: Path) -> None:
    medium = file_set().but(**{SECOND.replace("/", "__"): None}).write(tmp_path / "medium")
    (missing,) = scan([medium]).missing
    assert (missing.origin, missing.instance.sop_instance) == (f"{medium}/{SECOND}", uid("ct 2"))
    assert missing.reason == "the DICOMDIR refers to it, but it is nowhere in the sources"
    out = tmp_path / "disc.iso"
    with pytest.raises(ConformanceError, match="1 of 2 instances do not fit") as stopped:
        create([medium], out, created=CREATED)
    assert [(each.source, each.rule) for each in stopped.value.result.left_out] == [
        (f"{medium}/{SECOND}", "FSET-008")
    ]
    assert not out.exists()
    result = create([medium], out, created=CREATED, leave_out=True)
    assert (result.written, len(result.left_out), result.complete) == (1, 1, False)
    assert fit([medium]).to_json()["left_out"] == [{"source": f"{medium}/{SECOND}", "reason": missing.reason}]


def test_a_missing_instance_that_another_source_holds_is_not_missing(tmp_path: Path) -> None:
    medium = file_set().but(**{SECOND.replace("/", "__"): None}).write(tmp_path / "medium")
    (tmp_path / "resent.dcm").write_bytes(ct(2))
    assert scan([medium, tmp_path / "resent.dcm"]).missing == ()


def test_a_missing_instance_that_was_not_asked_for(tmp_path: Path) -> None:
    both = file_set((ct(1), OTHER))
    gone = next(name for name, data in both.files.items() if data == OTHER)
    medium = both.but(**{gone.replace("/", "__"): None}).write(tmp_path / "medium")
    result = create([medium], tmp_path / "disc.iso", selection=Selection(modality=("CT",)), created=CREATED)
    assert result.complete
    with pytest.raises(SelectionError):
        create([medium], tmp_path / "no.iso", selection=Selection(modality=("US",)), created=CREATED)
    with pytest.raises(ConformanceError, match="1 of 1 instances do not fit"):
        create([medium], tmp_path / "no.iso", selection=Selection(modality=("MR",)), created=CREATED)


def test_a_file_of_another_kind_where_an_instance_should_be(tmp_path: Path) -> None:
    medium = file_set().but(**{SECOND.replace("/", "__"): b"<html>"}).write(tmp_path / "medium")
    assert [each.reason for each in scan([medium]).missing] == [
        "the DICOMDIR refers to it, but the file is no DICOM: HTML page"
    ]


def test_names_that_were_spelt_otherwise_are_not_missing(tmp_path: Path) -> None:
    files = file_set().files
    renamed = {name if name == "DICOMDIR" else f"{name.lower()}.dcm": data for name, data in files.items()}
    medium = type(file_set())(renamed).write(tmp_path / "medium")
    assert (len(scan([medium]).instances), scan([medium]).missing) == (2, ())


def test_a_damaged_file_is_listed_once(tmp_path: Path) -> None:
    medium = file_set().but(**{SECOND.replace("/", "__"): ct(2)[:200]}).write(tmp_path / "medium")
    found = scan([medium])
    assert ([each.origin for each in found.damaged], found.missing) == ([f"{medium}/{SECOND}"], ())


def test_a_deleted_instance_does_not_come_back(tmp_path: Path) -> None:
    """PS3.3 F.3.2.2: a record whose In-use Flag is 0 refers to a file that was taken off the File-set."""
    files = file_set()
    directory = files.files["DICOMDIR"]
    flag = struct.pack("<HH2sHH", 0x0004, 0x1410, b"US", 2, 0xFFFF)
    at = directory.rindex(flag)
    changed = directory[: at + 8] + b"\0\0" + directory[at + 10 :]
    medium = files.but(DICOMDIR=changed).write(tmp_path / "medium")
    found = scan([medium])
    assert [each.origin for each in found.instances] == [f"{medium}/{FIRST}"]
    reason = "deleted from its File-set: its Directory Record is not in use"
    assert Ignored(f"{medium}/{SECOND}", reason) in found.ignored


def test_a_directory_that_cannot_be_read_promises_nothing(tmp_path: Path) -> None:
    medium = file_set().but(DICOMDIR=file_set().files["DICOMDIR"][:300]).write(tmp_path / "medium")
    assert (len(scan([medium]).instances), scan([medium]).missing) == (2, ())


# --- devices --------------------------------------------------------------------------------


@pytest.fixture
def device() -> Iterator[Callable[[Path], Path]]:
    """A function that makes a block device of an image, where the machine has loop devices."""
    made: list[str] = []

    def attach(image: Path) -> Path:
        try:
            done = subprocess.run(
                ["losetup", "--find", "--show", "--read-only", image],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
        except OSError as error:
            pytest.skip(f"no loop devices on this machine: {error}")
        if done.returncode:
            pytest.skip(f"no loop devices on this machine: {done.stderr.strip()}")
        made.append(done.stdout.strip())
        return Path(made[-1])

    yield attach
    for each in made:
        subprocess.run(["losetup", "--detach", each], check=True, timeout=30)


def test_a_device(tmp_path: Path, device: Callable[[Path], Path]) -> None:
    disc = made(tmp_path / "disc.iso", sources(tmp_path / "source"))
    drive = device(disc)
    judged = verify(drive)
    assert (judged.verdict, judged.to_json()["medium"]["size"]) == ("conforms", disc.stat().st_size)
    assert digests(drive, tmp_path / "out") == WHOLE
    assert digests(made(tmp_path / "stick.img", drive), tmp_path / "again") == WHOLE


def test_a_raw_image_that_gives_nothing_is_no_medium(tmp_path: Path) -> None:
    raw = bytearray(raw_sectors(bytes(40 * 2048), 1))
    raw[3 * 2352 : 6 * 2352] = bytes(3 * 2352)
    path = tmp_path / "disc.bin"
    path.write_bytes(bytes(raw))
    with pytest.raises(SourceUnreadable, match="sector 3 of the raw image holds no data"):
        scan([path])
    found = scan([tmp_path])
    assert [each.origin for each in found.ignored] == [str(path)], (
        "beside others it is one more that is no DICOM"
    )
