"""The job as a whole through the public function: what it writes, and when it writes nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from mediakit import Cancel, Progress, create, verify
from mediakit.errors import (
    Cancelled,
    CapacityError,
    ConformanceError,
    NothingToWrite,
    OutputExists,
    SourceChanged,
    SourceUnreadable,
    UsageError,
)
from mediakit.values import text
from tests.builders import ct

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in (3, 1, 2):
        (folder / f"{number}.dcm").write_bytes(ct(number))
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where the image goes; whatever the test did, no temporary file may be left there."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder / "cd.iso"
    assert {path.name for path in folder.iterdir()} <= {"cd.iso"}


def test_instances_lie_in_the_order_of_their_numbers(source: Path, out: Path) -> None:
    create([source], out)
    view = verify(out).view
    numbers = [text(each.instance.keys, "InstanceNumber") for each in view.instances() if each.instance]
    assert numbers == ["1", "2", "3"]


def test_a_missing_patient_id_stops_and_can_be_supplied(source: Path, out: Path) -> None:
    (source / "2.dcm").write_bytes(ct(2, PatientID=""))
    for name in ("1.dcm", "3.dcm"):
        (source / name).unlink()
    with pytest.raises(ConformanceError) as stopped:
        create([source], out)
    assert stopped.value.result.left_out[0].reason == "Patient ID is missing"
    assert not out.exists()
    made = create([source], out, supply={"PatientID": "P7"})
    assert made.complete
    assert [f.rule for f in made.findings] == ["KEY-050"]
    directory = verify(out).view.directory
    assert directory
    assert text(directory.records[0].keys, "PatientID") == "P7"
    stored = next(file.content for file in verify(out).view.instances())
    assert stored
    with stored.open() as stream:
        assert stream.read() == (source / "2.dcm").read_bytes()


@pytest.mark.parametrize("missing", ["StudyID", "SeriesNumber", "InstanceNumber"])
def test_missing_numbers_are_supplied_in_the_record_and_noted(missing: str, source: Path, out: Path) -> None:
    for number in (1, 2, 3):
        (source / f"{number}.dcm").write_bytes(ct(number, **{missing: ""}))
    made = create([source], out)
    assert made.complete
    (note,) = made.findings
    assert (note.rule, note.args["keyword"]) == ("KEY-050", missing)


def test_a_study_date_is_taken_from_the_series_and_never_from_today(source: Path, out: Path) -> None:
    for number in (1, 2, 3):
        (source / f"{number}.dcm").write_bytes(ct(number, StudyDate="", SeriesDate="20200229"))
    create([source], out)
    directory = verify(out).view.directory
    assert directory
    assert [text(r.keys, "StudyDate") for r in directory.records if r.type == "STUDY"] == ["20200229"]
    (source / "1.dcm").write_bytes(ct(1, StudyDate=""))
    made = create([source], out, leave_out=True, force=True)
    assert [each.reason for each in made.left_out] == ["Study Date is missing"]


def test_more_than_the_medium_holds_is_refused_with_sizes(source: Path, out: Path) -> None:
    with pytest.raises(CapacityError) as stopped:
        create([source], out, capacity=50_000)
    assert stopped.value.needed > stopped.value.available == 50_000
    assert f"{stopped.value.needed:,}" in stopped.value.message
    assert not out.exists()
    made = create([source], out, capacity=stopped.value.needed)
    assert made.volumes[0].size == stopped.value.needed


def test_what_is_there_stays_without_force(source: Path, out: Path) -> None:
    out.write_bytes(b"precious")
    with pytest.raises(OutputExists):
        create([source], out)
    assert out.read_bytes() == b"precious"


def test_nothing_to_write(tmp_path: Path, out: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NothingToWrite, match="empty"):
        create([empty], out)
    (empty / "letter.txt").write_text("Dear colleague", encoding="ascii")
    with pytest.raises(NothingToWrite, match="1 other file"):
        create([empty], out)
    with pytest.raises(SourceUnreadable, match="does not exist"):
        create([tmp_path / "nowhere"], out)


@pytest.mark.parametrize(
    "options",
    [
        {"medium": "floppy"},
        {"format": "udf"},
        {"file_set_id": "lower case"},
        {"supply": {"NoSuchKeyword": "1"}},
        {"expect_patient": "nobody"},
    ],
)
def test_orders_that_make_no_sense(options: dict[str, object], source: Path, out: Path) -> None:
    with pytest.raises(UsageError):
        create([source], out, **options)  # type: ignore[arg-type]  # by name
    assert not out.exists()


def test_a_name_that_says_no_medium(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="what kind of medium"):
        create([source], tmp_path / "disc")


@dataclass
class Growing:
    """A source that is longer when it is read a second time."""

    name: str
    data: bytes
    reads: int = 0

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        self.reads += 1
        return io.BytesIO(self.data + b"more" * (self.reads > 1))


def test_an_object_that_grew_stops_the_job(out: Path) -> None:
    with pytest.raises(SourceChanged, match="changed since it was read first"):
        create([Growing("archive object", ct(1))], out)
    assert not out.exists()


@pytest.mark.parametrize("change", ["grow", "shrink", "replace", "remove"])
def test_a_file_that_changes_after_the_scan_stops_the_job(change: str, source: Path, out: Path) -> None:
    victim = source / "3.dcm"

    def meddle(event: Progress) -> None:
        if event.stage == "judge" and event.done == 1:
            data = victim.read_bytes()
            victim.unlink()
            if change != "remove":
                victim.write_bytes(
                    {"grow": data + b"\0\0", "shrink": data[:-2], "replace": data[::-1]}[change]
                )

    with pytest.raises(SourceChanged, match=r"3\.dcm"):
        create([source], out, progress=meddle)
    assert not out.exists()


@pytest.mark.parametrize("stage", ["scan", "judge", "write", "read back", "check"])
def test_cancelled_at_any_stage_nothing_is_left(stage: str, source: Path, out: Path) -> None:
    cancel = Cancel()

    def pull(event: Progress) -> None:
        if event.stage == stage:
            cancel.cancel()

    with pytest.raises(Cancelled):
        create([source], out, progress=pull, cancel=cancel)
    assert not out.exists()


def test_the_same_order_gives_the_same_bytes_wherever_it_is_written(
    source: Path, out: Path, tmp_path: Path
) -> None:
    made = create([source], out, created=CREATED)
    again = create([source], tmp_path / "another name.iso", created=CREATED)
    assert made.volumes[0].sha256 == again.volumes[0].sha256
    assert (tmp_path / "another name.iso").read_bytes() == out.read_bytes()


def test_another_time_gives_another_file_set(source: Path, out: Path, tmp_path: Path) -> None:
    made = create([source], out, created=CREATED)
    later = create([source], tmp_path / "b.iso", created=CREATED.replace(hour=13))
    assert made.volumes[0].file_set_uid != later.volumes[0].file_set_uid
    assert made.volumes[0].file_set_id != later.volumes[0].file_set_id


def test_sources_keep_their_bytes_and_times(source: Path, out: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in source.iterdir()}
    create([source], out)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in source.iterdir()} == before


def test_no_source_is_written_over_even_with_force(source: Path, tmp_path: Path) -> None:
    victim = source / "1.dcm"
    before = victim.read_bytes()
    with pytest.raises(UsageError, match="one of the sources"):
        create([source], victim, medium="cd", force=True)
    with pytest.raises(UsageError, match="one of the sources"):
        create([source], tmp_path / "cd.iso", manifest=victim, force=True)
    with pytest.raises(UsageError, match="same name"):
        create([source], tmp_path / "cd.iso", manifest=tmp_path / "cd.iso", force=True)
    assert victim.read_bytes() == before
    assert not (tmp_path / "cd.iso").exists()


def test_an_archive_that_is_a_source_is_not_written_over(source: Path, tmp_path: Path) -> None:
    archive = tmp_path / "study.iso"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(source / "1.dcm", "IM1")
    before = archive.read_bytes()
    with pytest.raises(UsageError, match="one of the sources"):
        create([archive], archive, force=True)
    assert archive.read_bytes() == before


def test_a_disc_made_before_may_lie_among_the_sources(source: Path) -> None:
    out = source / "cd.iso"
    first = create([source], out, created=CREATED)
    again = create([source], out, created=CREATED, force=True)
    assert first.volumes[0].sha256 == again.volumes[0].sha256
    assert [each.reason for each in again.ignored] == ["a medium (iso9660), not opened: name it as a source"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no device of that name on this system")
def test_a_device_is_not_replaced(source: Path) -> None:
    with pytest.raises(UsageError, match="special file"):
        create([source], "/dev/null", medium="cd", force=True)


@pytest.mark.parametrize(
    "supply", [{"PatientID": " "}, {"PatientID": "a\\b"}, {"PatientID": "P" * 65}, {"StudyDate": "May"}]
)
def test_values_that_cannot_stand_in_a_record_are_not_supplied(
    supply: dict[str, str], source: Path, out: Path
) -> None:
    with pytest.raises(UsageError, match="--supply"):
        create([source], out, supply=supply)


def test_a_named_medium_limits_a_folder_too(source: Path, out: Path) -> None:
    with pytest.raises(CapacityError):
        create([source], out, format="folder", capacity=1000)
    assert not out.exists()


PALETTE, OWN = "1.2.840.10008.5.1.4.39.1", "1.2.3.4"
NOBODYS: dict[str, object] = dict.fromkeys(
    ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "SeriesInstanceUID",
     "StudyDate", "StudyTime", "StudyID", "SeriesNumber", "InstanceNumber", "Modality", "ImageType",
     "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored",
     "HighBit", "PixelRepresentation", "PixelData")
)  # fmt: skip


def test_an_object_that_belongs_to_nobody_shares_the_medium(source: Path, out: Path) -> None:
    palette = ct(9, **NOBODYS, SOPClassUID=PALETTE, ContentLabel="HOT", ContentDescription="Warm")
    (source / "palette.dcm").write_bytes(palette)
    made = create([source], out, expect_patient="ID=P1", supply={"PatientID": "P9"})
    assert made.complete
    assert [(person.id, person.instances) for person in made.volumes[0].contents] == [("P1", 3), ("", 1)]
    checked = verify(out, expect_patient="ID=P1")
    assert checked.patient_matches
    assert checked.view.directory
    assert [record.type for record in checked.view.directory.roots] == ["PATIENT", "PALETTE"]
    assert checked.verdict == "conforms"


@pytest.mark.parametrize("sop_class", [OWN, "1.2.840.10008.5.1.4.1.1.200.2"])
def test_an_object_without_a_record_type_is_refused_or_gets_a_private_record(
    sop_class: str, source: Path, out: Path
) -> None:
    (source / "own.dcm").write_bytes(ct(9, SOPClassUID=sop_class, SeriesInstanceUID="1.2.9"))
    with pytest.raises(ConformanceError) as stopped:
        create([source], out)
    assert [each.rule for each in stopped.value.result.left_out] == ["PROF-003"]
    assert "has no Directory Record type" in stopped.value.result.left_out[0].reason
    made = create([source], out, private_records=True)
    assert made.complete
    assert made.conforms == ("STD-GEN-CD",)
    private = ["FILE-036"] if sop_class == OWN else []
    assert [finding.rule for finding in made.findings] == ["DDIR-032", *private]
    directory = verify(out).view.directory
    assert directory
    assert [record.type for record in directory.records][-1] == "PRIVATE"
    assert directory.records[-1].parent
    assert directory.records[-1].parent.type == "STUDY"


def test_a_profile_with_a_list_of_sop_classes_takes_no_private_records(source: Path, out: Path) -> None:
    (source / "own.dcm").write_bytes(ct(9, SOPClassUID=OWN))
    with pytest.raises(ConformanceError) as stopped:
        create([source], out, profile="STD-CTMR-CD", private_records=True)
    assert {each.rule for each in stopped.value.result.left_out} == {"PROF-001"}


def test_a_medium_with_a_private_record_keeps_no_profile_with_a_list_of_sop_classes(
    source: Path, out: Path
) -> None:
    (source / "own.dcm").write_bytes(ct(9, SOPClassUID=OWN))
    create([source], out, private_records=True)
    (verdict,) = verify(out, profile="STD-CTMR-CD").profiles
    assert "PROF-001" in verdict.rules
    assert verify(out, profile="STD-GEN-CD").verdict == "conforms"
