"""A medium of every format that fails at one block after the other, file system structures and all.

Whatever block it is: no traceback, no hang, nothing is called good that was not read, what comes
out is what went in, and everything else does come out.
"""

from __future__ import annotations

import importlib
import random
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import cast

import pytest

import mediakit
from mediakit import formats
from mediakit.cli import main
from mediakit.errors import Cancelled, MediakitError
from mediakit.extraction import Extraction
from mediakit.formats.structures import Structures
from mediakit.formats.tree import VolumeParameters
from mediakit.model import BytesContent, Content
from mediakit.patience import GAVE_UP, LIMIT, Patience
from mediakit.progress import Cancel
from mediakit.verification import Verification
from tests import fat, iso9660, udf, zips
from tests.builders import ct, file_set
from tests.faults import Clock, Faults, FaultyContent

IMAGES = {ct(1), ct(2)}
FILES = dict(file_set([ct(1), ct(2)]).files)
DISC = FILES | {"README.TXT": b"Read me."}

MEDIA: dict[str, tuple[Callable[[], bytes], int]] = {
    "iso9660": (lambda: iso9660.image(DISC), 2048),
    "joliet": (lambda: iso9660.image(DISC | {"Viewer/Start here.html": b"<p>"}), 2048),
    "sessions": (lambda: iso9660.two_sessions(iso9660.image({"OLD": b"1"}), FILES, 60), 2048),
    "raw-cd": (lambda: iso9660.raw_sectors(iso9660.image(DISC), 1), 2352),
    "udf-1.02": (lambda: udf.image(DISC), 2048),
    "udf-2.50": (lambda: udf.image(DISC, "2.50"), 2048),
    "fat12": (lambda: fat.image(DISC), 512),
    "fat32": (lambda: fat.image(DISC, fat.FAT32), 512),
    "zip": (lambda: zips.archive(DISC), 512),
    "zip-deflated": (lambda: zips.zipped(DISC), 512),
    "mime": (lambda: zips.message(FILES), 512),
    "mail": (lambda: zips.letter(DISC), 512),
}
"""Media by a word for their kind, and the size of a block of theirs."""


@cache
def medium_of(kind: str) -> bytes:
    return MEDIA[kind][0]()


def blocks(kind: str) -> Iterator[range]:
    """The blocks that hold something of the last session's file system."""
    data, size = medium_of(kind), MEDIA[kind][1]
    for at in range({"raw-cd": 16, "sessions": 60}.get(kind, 0) * size, len(data), size):
        if any(data[at : at + size]):
            yield range(at, at + size)


class Drive:
    """What reads go to; `put` gives it another medium."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.medium = path, BytesContent(b"")
        path.touch()
        monkeypatch.setattr(formats, "_image", lambda *_: self.medium)

    def put(self, data: bytes, faults: Faults | None = None) -> None:
        content: Content = BytesContent(data)
        self.medium = FaultyContent(content, faults) if faults else content  # type: ignore[assignment]

    def verify(self) -> Verification | None:
        """What verify says; None where it says that it cannot read the medium."""
        try:
            return mediakit.verify(self.path)
        except MediakitError as error:
            assert error.exit_status == 3, error.message
            return None

    def extract(self, out: Path) -> Extraction | None:
        shutil.rmtree(out, ignore_errors=True)
        try:
            return mediakit.extract(self.path, out)
        except MediakitError:
            return None


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    return Drive(tmp_path / "medium", monkeypatch)


@pytest.mark.parametrize("kind", sorted(MEDIA))
def test_one_block_after_the_other_cannot_be_read(kind: str, drive: Drive, tmp_path: Path) -> None:
    data = medium_of(kind)
    drive.put(data)
    sound = drive.verify()
    assert sound and sound.imports.total("readable") == len(IMAGES)
    recovered = 0
    for block in blocks(kind):
        faults = Faults(bad=block)
        drive.put(data, faults)
        judged = drive.verify()
        assert faults.failed, f"block {block} was never read, though it holds something"
        if judged:
            assert judged.verdict != "conforms", f"block {block}"
            said = {each.rule for each in judged.findings} - {each.rule for each in sound.findings}
            assert said, f"block {block}: nothing was said of it"
        done = drive.extract(tmp_path / "out")
        got = {path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
        assert got <= IMAGES, f"block {block}: other bytes came out"
        if done:
            assert got == IMAGES or not done.complete, f"block {block}"
            assert len(done.instances) == len(got)
        recovered += got == IMAGES
    assert recovered > len(list(blocks(kind))) // 4 or kind in ("mail", "mime", "zip", "zip-deflated")


@pytest.mark.parametrize("kind", sorted(MEDIA))
def test_what_can_be_read_in_the_end_is_as_if_nothing_had_been(
    kind: str, drive: Drive, tmp_path: Path
) -> None:
    data = medium_of(kind)
    drive.put(data)
    sound = drive.verify()
    assert sound
    for number, block in enumerate(blocks(kind)):
        if number % 5 == 0:
            drive.put(data, Faults(bad=block, heals=2))
            judged = drive.verify()
            assert judged and judged.findings == sound.findings
    drive.put(data, Faults(short=700))
    judged = drive.verify()
    assert judged and judged.findings == sound.findings
    done = drive.extract(tmp_path / "out")
    assert done and done.complete and len(done.instances) == len(IMAGES)


@pytest.mark.parametrize("kind", ["iso9660", "udf-1.02", "fat12"])
def test_a_directory_on_the_medium_tells_what_is_lost_from_it(
    kind: str, drive: Drive, tmp_path: Path
) -> None:
    data = medium_of(kind)
    place = data.index(ct(2))
    drive.put(data, Faults(bad=range(place, place + 512)))
    judged, done = drive.verify(), drive.extract(tmp_path / "out")
    assert judged and judged.imports.total("lost") == 1
    assert done and [each.reason for each in done.missing] == ["Input/output error"]
    assert [(each.expected, each.extracted) for each in done.series] == [(2, 1)]


def test_an_iso_9660_disc_without_descriptor_and_root_is_read_by_its_path_table(
    drive: Drive, tmp_path: Path
) -> None:
    data = medium_of("iso9660")
    root = iso9660.record(data, "DICOM").offset // 2048 * 2048
    for bad in (range(iso9660.PVD, iso9660.PVD + 2048), range(root, root + 2048)):
        drive.put(data, Faults(bad=bad))
        done = drive.extract(tmp_path / "out")
        assert done and len(done.instances) == len(IMAGES)


MANY = {f"IMAGES/IM{n:06}": b"%06d" % n for n in range(200)}


def names_without(content: FaultyContent) -> set[str]:
    """The names of MANY whose bytes do not come out; those of all others do, and what is lost is noted."""
    (view,) = formats.views_of(content)
    found = {name: held for name, held in iso9660.contents(view).items() if held is not None}
    assert "unreadable" in {each.kind for each in view.anomalies}
    assert found.items() <= MANY.items()
    return MANY.keys() - found.keys()


@pytest.mark.parametrize("parameters", [fat.PARAMETERS, fat.FAT16, fat.FAT32])
def test_a_lost_sector_of_a_fat_directory_costs_its_entries_only(parameters: VolumeParameters) -> None:
    data = fat.image(MANY, parameters)
    start = fat.entry(data, "IMAGES/IM000014").offset // 512 * 512
    for bad in (range(start, start + 2048), range(start, start + 512)):
        lost = {each.name for each in fat.volume(data).entries if each.offset in bad}
        assert 10 < len(lost) <= len(bad) // 32
        assert names_without(FaultyContent(BytesContent(data), Faults(bad=bad))) == lost


@pytest.mark.parametrize("revision", ["1.02", "2.50"])
def test_a_lost_sector_of_a_udf_directory_costs_its_names_only(revision: str) -> None:
    data = udf.image(MANY, revision)
    records = udf.volume(data).records
    start = next(each.offset or 0 for each in records if each.name == "IMAGES/IM000050") // 2048 * 2048
    bad = range(start, start + 2048)
    places = {
        each.name: range(each.offset or 0, (each.offset or 0) + len(each.record.raw)) for each in records
    }
    lost = {name for name, where in places.items() if where.start < bad.stop and where.stop > bad.start}
    assert 35 < len(lost) < 50
    content = FaultyContent(BytesContent(data), Faults(bad=bad))
    assert names_without(content) == (lost if revision == "1.02" else set()), "2.50 has a mirror"


@pytest.mark.parametrize("make", [zips.archive, zips.zipped])
def test_a_lost_sector_of_a_zip_directory_costs_nothing(make: Callable[[dict[str, bytes]], bytes]) -> None:
    """Sectors end anywhere in an entry: in its name, in what it says of the file, or in its signature."""
    data = make(MANY)
    directory = data.index(b"PK\1\2") // 512 * 512 + 512
    for start in range(directory, len(data) - 1024, 512):
        content = FaultyContent(BytesContent(data), Faults(bad=range(start, start + 512)))
        assert names_without(content) == set()


def test_a_lost_sector_of_a_zip_directory_where_sizes_follow_the_files() -> None:
    """An archive that was made as a stream: only its directory tells where the files end."""
    data = zips.streamed(MANY)
    directory = data.index(b"PK\1\2") // 512 * 512 + 512
    names = [data.index(name.encode(), directory - 512) for name in MANY]
    for start in range(directory, len(data) - 1024, 1536):
        content = FaultyContent(BytesContent(data), Faults(bad=range(start, start + 512)))
        touched = {
            name
            for name, at in zip(MANY, names, strict=True)
            if start - len(name) < at < start + 512 + zips.CENTRAL
        }
        assert names_without(content) == touched


OLD = iso9660.image(dict(file_set([ct(1)]).files))
BEGINS = len(OLD) // 2048 + 40
TWO_SESSIONS = iso9660.two_sessions(OLD, FILES, BEGINS)
ROOT_SECTOR = iso9660.record(TWO_SESSIONS, "DICOM").offset // 2048


def sectors(first: int, last: int) -> range:
    """The bytes of these sectors, the last one too."""
    return range(first * 2048, last * 2048 + 2048)


@pytest.mark.parametrize(
    ("bad", "recovered", "complete"),
    [
        (sectors(BEGINS + 16, BEGINS + 16), IMAGES, True),
        (sectors(ROOT_SECTOR, ROOT_SECTOR), IMAGES, False),
        (sectors(BEGINS + 16, BEGINS + 17), {ct(1)}, False),
        (sectors(BEGINS + 16, ROOT_SECTOR), {ct(1)}, False),
        (sectors(BEGINS, len(TWO_SESSIONS) // 2048), {ct(1)}, False),
    ],
    ids=["descriptor", "root", "descriptors", "descriptors and root", "all of it"],
)
def test_a_later_session_that_cannot_be_read_is_not_taken_for_none(
    bad: range,
    recovered: set[bytes],
    complete: bool,
    drive: Drive,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first session has a DICOMDIR that names one image, the second session has two."""
    drive.put(OLD)
    old = drive.verify()
    drive.put(TWO_SESSIONS, Faults(bad=bad))
    judged = drive.verify()
    assert old and judged and judged.verdict != "conforms"
    assert "FSET-015" in {each.rule for each in judged.findings} - {each.rule for each in old.findings}
    assert main(["verify", str(drive.path)]) == 1
    done = drive.extract(tmp_path / "out")
    assert done and done.complete == complete
    assert {path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == recovered
    assert (main(["extract", str(drive.path), "-o", str(tmp_path / "got")]) == 0) == complete
    assert "Input/output error" in "".join(capsys.readouterr())


def test_the_later_session_counts_where_the_first_descriptor_of_the_disc_is_lost(
    drive: Drive, tmp_path: Path
) -> None:
    drive.put(TWO_SESSIONS, Faults(bad=sectors(16, 16)))
    drive.extract(tmp_path / "out")
    assert {path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == IMAGES


@pytest.mark.parametrize(
    "bad",
    [
        sectors(len(OLD) // 2048, BEGINS - 1),
        sectors(len(TWO_SESSIONS) // 2048, len(TWO_SESSIONS) // 2048 + 1),
    ],
)
def test_what_no_drive_reads_of_a_sound_disc_is_not_missed(bad: range, drive: Drive) -> None:
    """The gap between two sessions, and the two sectors behind a track that was written at once."""
    drive.put(TWO_SESSIONS)
    sound = drive.verify()
    drive.put(TWO_SESSIONS + bytes(2 * 2048), faults := Faults(bad=bad))
    judged = drive.verify()
    assert faults.failed
    assert sound and judged and judged.findings == sound.findings


def test_the_second_fat_stands_in_for_the_first(drive: Drive) -> None:
    data = medium_of("fat12")
    drive.put(data, Faults(bad=range(512, 1024)))
    judged = drive.verify()
    assert judged and judged.imports.total("readable") == len(IMAGES)
    assert {"FAT-009", "FSET-015"} <= {each.rule for each in judged.findings}


def test_nobody_says_that_it_is_all_when_directory_and_root_are_gone(
    drive: Drive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = medium_of("iso9660")
    root = iso9660.record(data, "DICOM").offset // 2048 * 2048
    drive.put(data, Faults(bad=range(root, root + 2048)))
    assert main(["verify", str(drive.path), "--fail-on", "lost"]) == 3
    assert "THERE MAY BE MORE" in capsys.readouterr().out.splitlines()[0]
    assert main(["extract", str(drive.path), "-o", str(tmp_path / "got")]) == 1


@pytest.mark.parametrize("kind", ["iso9660", "udf-1.02", "fat12", "zip"])
def test_a_medium_that_fails_everywhere_is_given_up(kind: str) -> None:
    data = medium_of(kind)
    clock = Clock()
    faults = Faults(bad=range(len(data)), slow=5.0, clock=clock)
    content = FaultyContent(BytesContent(data), faults)
    with pytest.raises(OSError, match=r"Input/output|too much time"):
        formats.views_of(content, Patience(60.0, clock))
    assert clock.now <= 70.0


@pytest.mark.parametrize("kind", ["iso9660", "udf-1.02", "fat12", "zip"])
def test_who_stops_the_job_need_not_wait_for_a_medium_that_fails(kind: str) -> None:
    data, cancel = medium_of(kind), Cancel()
    faults = Faults(bad=range(len(data)))

    def pull() -> None:
        if faults.reads == 5:
            cancel.cancel()
        cancel.check()

    with pytest.raises(Cancelled):
        formats.views_of(FaultyContent(BytesContent(data), faults), Patience(check=pull))
    assert faults.reads == 5


def test_a_raw_disc_that_was_given_up_is_not_asked_for_its_sectors() -> None:
    data = iso9660.raw_sectors(iso9660.image(DISC | {"LARGE": bytes(2048 * 2000)}), 1)
    clock = Clock()
    faults = Faults(bad=range(18 * 2352, len(data)), slow=5.0, clock=clock)
    (view,) = formats.views_of(FaultyContent(BytesContent(data), faults), Patience(60.0, clock))
    assert view.sectors and view.sectors.seen > 500
    assert GAVE_UP in {each.detail for each in view.anomalies}
    assert clock.now <= 90.0


def test_slow_structures_are_given_up_and_that_is_their_reason() -> None:
    clock = Clock()
    content = FaultyContent(BytesContent(medium_of("iso9660")), Faults(slow=10.0, short=2048, clock=clock))
    structures = Structures(content, Patience(20.0, clock))
    with structures.open() as stream:
        while stream.read(2048):
            pass
    assert structures.lost(0, structures.size) == GAVE_UP
    assert clock.now <= 40.0


@pytest.mark.parametrize("piece", [512, 2048, 1 << 16, 1 << 20])
def test_a_bad_sector_costs_few_reads_and_the_second_time_none(piece: int) -> None:
    data = random.Random(piece).randbytes(1 << 20)
    for size in (512, 2048):
        bad = range(300 * 2048 + 512, 300 * 2048 + 512 + size)  # of the longer one, parts of two sectors
        faults = Faults(bad=bad)
        structures = Structures(FaultyContent(BytesContent(data), faults))
        for _ in range(2):
            with structures.open() as stream:
                got = b"".join(iter(lambda: stream.read(piece), b""))
            assert got == data[: bad.start] + bytes(size) + data[bad.stop :]
            larger = {512: 0, 2048: 0, 1 << 16: 2, 1 << 20: 3}[piece]
            assert faults.failed <= (3 if size == 512 else 8) + larger * (1 if size == 512 else 2)
    faults = Faults(bad=range(300 * 2048, 301 * 2048))
    with Structures(FaultyContent(BytesContent(data), faults)).open() as stream:
        stream.seek(300 * 2048)
        assert stream.read(2048) == bytes(2048)
    assert faults.failed == 6


@pytest.mark.parametrize("size", [512, 2048])
def test_every_byte_is_asked_for_three_times(size: int) -> None:
    data = random.Random(size).randbytes(1 << 16)
    for at in range(0, 8192, 512):
        for heals in (1, 2):
            faults = Faults(bad=range(at, at + size), heals=heals)
            structures = Structures(FaultyContent(BytesContent(data), faults))
            with structures.open() as stream:
                assert stream.read(2048) + stream.read() == data
            assert not structures.bad


def test_bad_sectors_in_other_folders_leave_time_for_the_images(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 images, 5 folders beside them that cannot be read, and a drive that needs 5 seconds to say so."""
    images = [ct(number) for number in range(1, 21)]
    extra = {f"EXTRA{number}/NOTE.TXT": b"Read me." for number in range(5)}
    data = iso9660.image(dict(file_set(images).files) | extra)
    clock, medium = Clock(), cast(Content, BytesContent(data))
    for name in extra:
        folder = iso9660.record(data, name).offset // 2048
        medium = FaultyContent(medium, Faults(bad=sectors(folder, folder), stuck=5.0, clock=clock))
    drive.medium = medium  # type: ignore[assignment]
    monkeypatch.setattr(
        importlib.import_module("mediakit.extract"), "Patience", partial(Patience, LIMIT, clock)
    )
    done = drive.extract(tmp_path / "out")
    assert done and not done.missing
    assert {path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == set(images)
    assert clock.now <= 5 * 6 * 5.0
