"""Whole files: what only reading every byte can tell, and media that fail while they are read."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

import pytest

from mediakit import verify
from mediakit.formats import read_medium
from mediakit.formats.tree import StoredFile
from mediakit.model import BytesContent, FileContent, SliceContent
from mediakit.passing import BLOCK, Hashing, Passing
from mediakit.patience import GAVE_UP, Patience, PatientContent, PatientFiles
from mediakit.profile.wanted import wanted_by_all
from mediakit.progress import Progress
from mediakit.read import read_file_set
from mediakit.report import Outcome
from mediakit.verification import Verification
from mediakit.verify import Depth, verify_media
from mediakit.whole import medium_order
from tests.builders import ct, file_set, uid
from tests.faults import Clock, Faults, FaultyContent, failing


def large(number: int) -> bytes:
    """An image of 512 x 512 pixels."""
    return ct(number, Rows=512, Columns=512, PixelData=bytes(2 * 512 * 512))


def judged(folder: Path, faults: dict[str, Faults], patience: Patience | None = None) -> Verification:
    """What verify says of a folder of which some files fail, by the end of their names."""
    view = read_medium(folder)[0]

    def of(file: StoredFile) -> Faults | None:
        return next((found for name, found in faults.items() if file.path[-1] == name), None)

    return verify_media((failing(view, of),), str(folder), (), patience=patience)


def names(folder: Path) -> list[str]:
    """The last names of the files of a File-set in a folder, its instances only."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "DICOMDIR")


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    return file_set([large(1), large(2), large(3)]).write(tmp_path)


def failed(seen: Verification) -> set[str]:
    return {each.rule for each in seen.findings if each.outcome is Outcome.FAILED}


def test_a_sound_medium_is_read_once_and_conforms(disc: Path) -> None:
    faults = {name: Faults() for name in names(disc)}
    seen = judged(disc, faults)
    assert seen.verdict == "conforms"
    assert seen.view.reading
    assert seen.view.reading.to_json() == {
        "files": 3,
        "bytes": sum((disc / "/".join(file.path)).stat().st_size for file in seen.view.instances()),
        "compressed": 0,
        "decoded": 0,
    }
    assert {each.reads for each in faults.values()} == {1}, "one read holds each of these files"
    for file in seen.view.instances():
        assert file.sha256 == hashlib.sha256(disc.joinpath(*file.path).read_bytes()).hexdigest()


def test_quick_reads_headers_and_says_what_it_skipped(disc: Path) -> None:
    seen = verify(disc, quick=True)
    assert (seen.verdict, failed(seen)) == ("not-judged", set())
    skipped = [each.rule for each in seen.findings if each.outcome is Outcome.SKIPPED]
    assert skipped == ["FILE-033", "FILE-034", "FSET-020", "XREF-010"]
    document = seen.to_json()
    assert document["scope"] == ["format", "file-set", "directory", "headers"]
    assert (document["read"], document["summary"]["skipped"]) == (None, 4)
    assert seen.conforms == verify(disc).conforms


def test_quick_still_finds_what_headers_tell(disc: Path) -> None:
    victim = next(disc.rglob("IM000002"))
    victim.write_bytes(victim.read_bytes()[:-1000])
    seen = verify(disc, quick=True)
    assert (seen.verdict, failed(seen)) == ("does-not-conform", {"FILE-013"})


def test_what_was_compared_already_is_not_said_to_be_skipped(disc: Path) -> None:
    seen = verify_media(read_medium(disc), "", (), depth=Depth.PROVEN)
    assert (seen.verdict, seen.summary.skipped) == ("conforms", 0)


def test_a_bad_place_in_the_pixels_loses_that_image_only(disc: Path) -> None:
    seen = judged(disc, {"IM000002": Faults(bad=range(300_000, 302_048))})
    (found,) = [each for each in seen.findings if each.rule == "FSET-020"]
    assert found.message.startswith("The medium does not give the whole file: from byte ")
    assert found.message.endswith("on: Input/output error")
    assert 297_952 <= (found.where.offset or 0) <= 300_000, "all but the last sectors before it were read"
    assert (found.where.series, found.where.instance) == (uid("series"), uid("ct 2"))
    assert [(each.instances, each.readable, each.lost) for each in seen.imports.series] == [(3, 2, 1)]
    assert failed(seen) == {"FSET-020"}


def test_a_bad_place_in_the_header_is_known_by_the_record(disc: Path) -> None:
    seen = judged(disc, {"IM000002": Faults(bad=range(4096))})
    assert {"FSET-012"} == failed(seen)
    assert "Input/output error" in next(f.message for f in seen.findings if f.rule == "FSET-012")
    (series,) = seen.imports.series
    assert (series.uid, series.readable, series.lost) == (uid("series"), 2, 1)
    assert seen.verdict == "does-not-conform"


def test_a_place_that_can_be_read_again_loses_nothing(disc: Path) -> None:
    seen = judged(disc, {"IM000002": Faults(bad=range(300_000, 302_048), heals=2)})
    assert (seen.verdict, seen.imports.total("lost")) == ("conforms", 0)


@pytest.mark.parametrize("faults", [Faults(short=1000), Faults(ends=100_000, resumes=2)])
def test_short_reads_are_read_on(disc: Path, faults: Faults) -> None:
    seen = judged(disc, {"IM000001": faults})
    assert (seen.verdict, seen.imports.total("lost")) == ("conforms", 0)


def test_a_read_that_ends_early_for_good_is_no_whole_file(disc: Path) -> None:
    seen = judged(disc, {"IM000001": Faults(ends=100_000)})
    assert failed(seen) == {"FSET-020"}
    assert "from byte 100,000 on: the medium ends there" in seen.findings[0].message
    assert seen.imports.total("lost") == 1


def test_an_unreadable_directory_leads_to_a_scan(disc: Path) -> None:
    seen = judged(disc, {"DICOMDIR": Faults(bad=range(1 << 20))})
    assert seen.view.directory is None
    assert {"FSET-004", "FSET-012"} <= failed(seen)
    assert (seen.imports.total("recovered"), seen.imports.total("lost")) == (3, 0)


def test_a_medium_that_costs_too_much_time_is_given_up_and_not_called_good(disc: Path) -> None:
    clock = Clock()
    faults = {name: Faults(slow=60, clock=clock) for name in names(disc)}
    seen = judged(disc, faults, Patience(100, clock))
    assert clock.now == 120, "two files took a minute each"
    assert (seen.imports.total("readable"), seen.imports.total("lost")) == (2, 1)
    unchecked = {each.rule for each in seen.findings if each.outcome is Outcome.NOT_CHECKED}
    assert "FSET-012" in unchecked
    assert any(GAVE_UP in each.message for each in seen.findings)
    assert seen.verdict != "conforms"


def test_a_medium_of_nothing_but_errors_ends_in_time(disc: Path) -> None:
    clock = Clock()
    faults = {name: Faults(bad=range(1 << 30), slow=30, clock=clock) for name in [*names(disc), "DICOMDIR"]}
    seen = judged(disc, faults, Patience(100, clock))
    assert clock.now == 120
    assert (seen.imports.total("readable"), seen.view.instances()) == (0, [])
    assert seen.verdict == "does-not-conform"


def test_a_directory_is_told_before_any_file_is_read(disc: Path) -> None:
    events: list[Progress] = []
    verify(disc, progress=events.append)
    assert [each.stage for each in events] == ["directory", "check", "check", "check"]
    (patient,) = events[0].contents
    assert (patient.id, patient.name, events[0].done) == ("P1", "Test^Ada", 3)
    assert [(each.uid, each.series[0].instances) for each in patient.studies] == [(uid("study"), 3)]
    assert events[-1].done == events[-1].total == 3 * len(large(1))
    assert {each.contents for each in events[1:]} == {()}


def test_files_are_read_in_the_order_in_which_they_lie(tmp_path: Path) -> None:
    """Records in any order: what counts is where the bytes are."""
    base = BytesContent(bytes(100))
    files = [StoredFile((str(at),), SliceContent(base, at, 10), 10) for at in (30, 10, 20)]
    assert [file.path for file in medium_order(files)] == [("10",), ("20",), ("30",)]


def test_a_file_passes_in_blocks_and_is_seen_as_it_is() -> None:
    data = bytes(range(256)) * (3 * BLOCK // 256) + b"end"
    with Hashing() as hashing:
        told: list[int] = []
        passing = Passing(BytesContent(data).open(), len(data), hashing, told.append)
        with passing.open() as look:
            look.seek(2 * BLOCK - 4)
            assert (look.read(4), look.read(4)) == (data[2 * BLOCK - 4 : 2 * BLOCK], data[:4])
            look.seek(5)
            assert look.read(3) == data[5:8]
        assert told == [BLOCK, BLOCK, BLOCK]
        digest = passing.finish()
        assert digest
        assert digest.result() == hashlib.sha256(data).hexdigest()
        assert told == [BLOCK, BLOCK, BLOCK, 3]


def test_patience_asks_for_less_until_the_bad_sector_stands_alone() -> None:
    data = bytes(range(256)) * 1024
    content = PatientContent(
        FaultyContent(BytesContent(data), Faults(bad=range(100_000, 100_001))), Patience()
    )
    with content.open() as stream:
        got = b""
        with pytest.raises(OSError, match="Input/output error"):
            while more := stream.read(len(data)):
                got += more
    assert data.startswith(got)
    assert 100_000 - 2048 <= len(got) <= 100_000


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[BinaryIO]:
    """The streams of files that were opened."""
    plain, streams = FileContent.open, list[BinaryIO]()

    def open(self: FileContent) -> BinaryIO:
        streams.append(plain(self))
        return streams[-1]

    monkeypatch.setattr(FileContent, "open", open)
    return streams


def test_the_files_of_an_image_are_read_over_one_stream(tmp_path: Path, opened: list[BinaryIO]) -> None:
    for name, data in (("one", bytes(range(256)) * 8), ("two", bytes(range(255, -1, -1)) * 8)):
        (tmp_path / name).write_bytes(data)
    one, two = (FileContent.of(tmp_path / name) for name in ("one", "two"))
    slices = [SliceContent(one, at, 4) for at in (0, 700, 16)] + [SliceContent(two, 3, 2)]
    with PatientFiles(Patience()) as files:
        got = []
        for each in (*slices, BytesContent(b"alone")):
            with files.file(each).open() as stream:
                got.append(stream.read(8))
        assert [stream.closed for stream in opened] == [True, False]
    assert got == [b"\0\1\2\3", bytes((188, 189, 190, 191)), b"\x10\x11\x12\x13", b"\xfc\xfb", b"alone"]
    assert opened[1].closed


def test_an_image_that_does_not_open_is_tried_again_for_the_next_file(
    tmp_path: Path, opened: list[BinaryIO]
) -> None:
    image = FileContent(tmp_path / "image", 64, 0)
    with PatientFiles(Patience()) as files:
        with pytest.raises(FileNotFoundError):
            files.file(SliceContent(image, 0, 4))
        image.path.write_bytes(bytes(64))
        with files.file(SliceContent(image, 0, 4)).open() as stream:
            assert stream.read(8) == bytes(4)


def test_what_is_no_plain_file_is_opened_for_each_of_its_files() -> None:
    """A stream that failed once may be anywhere; a new one is not."""
    bad = FaultyContent(BytesContent(bytes(range(256))), Faults(bad=range(8, 12)))
    with PatientFiles(Patience()) as files:
        first, second = (files.file(SliceContent(bad, at, 4)) for at in (8, 16))
        with first.open() as one, second.open() as two:
            with pytest.raises(OSError, match="Input/output error"):
                one.read(4)
            assert two.read(4) == bytes(range(16, 20))


def rle(fragments: list[bytes], table: bytes = b"", frames: int = 1, number: int = 1) -> bytes:
    """A compressed image with exactly those fragments."""
    whole = ct(number, transfer_syntax="1.2.840.10008.1.2.5", PixelData=None, NumberOfFrames=frames)
    items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in (table, *fragments))
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return whole + struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OB", 0xFFFFFFFF) + items + end


def frame() -> bytes:
    """4 x 4 pixels of 16 bits in RLE: two segments of 16 equal bytes (PS3.5 G)."""
    return struct.pack("<16I", 2, 64, 66, *[0] * 13) + bytes((0xF1, 7)) + bytes((0xF1, 9))


def rules_of(data: bytes, tmp_path: Path) -> set[str]:
    (tmp_path / "IM1").write_bytes(data)
    return failed(verify(tmp_path)) - {"FSET-001"}


def test_a_compressed_image_is_decoded(tmp_path: Path) -> None:
    assert rules_of(rle([frame()]), tmp_path) == set()
    reading = verify(tmp_path).view.reading
    assert reading
    assert (reading.compressed, reading.decoded) == (1, 1)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (rle([frame()], frames=2), "FILE-031"),
        (rle([]), "FILE-031"),
        (rle([frame(), frame()], struct.pack("<II", 0, 2), frames=2), "FILE-030"),
        (rle([frame(), frame()], struct.pack("<III", 0, 76, 152), frames=2), "FILE-030"),
        (rle([frame() + b"\0"]), "FILE-030"),
        (rle([b"\0" * 80]), "FILE-034"),
    ],
)
def test_compressed_pixels_are_held_against_their_description(data: bytes, rule: str, tmp_path: Path) -> None:
    assert rules_of(data, tmp_path) == {rule}


def test_an_offset_table_that_is_right_is_no_finding(tmp_path: Path) -> None:
    assert rules_of(rle([frame(), frame()], struct.pack("<II", 0, 8 + len(frame())), 2), tmp_path) == set()


def test_a_sample_of_a_series_is_decoded(tmp_path: Path) -> None:
    for number in range(1, 11):
        (tmp_path / f"IM{number}").write_bytes(rle([frame()], number=number))
    reading = verify(tmp_path).view.reading
    assert reading
    assert (reading.compressed, reading.decoded) == (10, 4), "numbers 1, 2, 4 and 8"


def test_equal_files_are_told_by_their_digests(disc: Path) -> None:
    copy = next(disc.rglob("IM000001"))
    (copy.parent / "COPY").write_bytes(copy.read_bytes())
    found = {each.rule: each for each in verify(disc).findings}
    assert (found["XREF-010"].because, found["XREF-010"].recovery) == ("XREF-006", "auto")
    assert "XREF-010" not in failed(verify(disc, quick=True))


def test_a_file_that_is_longer_than_memory_keeps_is_read_and_hashed(tmp_path: Path) -> None:
    pixels = bytes(70 << 20)
    data = ct(Rows=5 << 10, Columns=7 << 10, PixelData=pixels)
    view = read_medium(file_set([data]).write(tmp_path))
    seen = read_file_set(view, wanted_by_all(), whole=True)
    (file,) = seen.instances()
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.instance
    assert file.instance.anomalies == ()
