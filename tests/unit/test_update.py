"""The File-set Updater: what comes, what goes, and that everything else stays where it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediakit import Cancel, MediakitError, Progress, Protection, Selection, create, update, verify
from mediakit.errors import (
    CapacityError,
    ConformanceError,
    NothingToWrite,
    NotUpdatable,
    PatientError,
    SelectionError,
    UsageError,
)
from mediakit.verification import Verification
from tests.builders import ct, uid
from tests.studies import study, written

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TEN = [study(f"S{number}", 3, 40, date=f"2024{number:02d}01") for number in range(1, 11)]
NEW = study("NEW", 4, 100, date="20250101")


@pytest.fixture(scope="session")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten studies, only to be read."""
    return written(tmp_path_factory.mktemp("ten"), [data for each in TEN for data in each])


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return written(tmp_path / "new", NEW)


@pytest.fixture(params=["folder", "fat"])
def stick(request: pytest.FixtureRequest, ten: Path, tmp_path: Path) -> Path:
    """A stick of ten studies, as a folder and as an image with room."""
    out = tmp_path / ("stick" if request.param == "folder" else "stick.img")
    options = {"format": "folder"} if request.param == "folder" else {"capacity": 16_000_000}
    create([ten], out, medium="usb", created=CREATED, **options)  # type: ignore[arg-type]  # of both kinds
    return out


@dataclass(frozen=True)
class Stored:
    """A file as it lies on a medium: its bytes, and in a folder its inode and times."""

    sha256: str
    inode: int
    times: tuple[int, int]


def stored(medium: Path) -> dict[str, Stored]:
    """Every file but the DICOMDIR."""
    found = {}
    for file in verify(medium).view.media[0].files:
        assert file.content
        with file.content.open() as stream:
            digest = hashlib.sha256(stream.read()).hexdigest()
        place = medium.joinpath(*file.path)
        at = place.stat() if medium.is_dir() else None
        times = (at.st_mtime_ns, at.st_ctime_ns) if at else (0, 0)
        inode = at.st_ino if at else getattr(file.content, "offset", -1)
        found["/".join(file.path)] = Stored(digest, inode, times)
    del found["DICOMDIR"]
    return found


def studies(judged: Verification) -> list[str]:
    return [study.description for patient in judged.contents for study in patient.studies]


def test_adding_a_study_leaves_every_file_as_it_is(stick: Path, new: Path) -> None:
    before, was = stored(stick), verify(stick).view
    done = update(stick, add=[new], created=LATER)
    after = stored(stick)
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == sorted("/".join(each.file_id) for each in done.added)
    assert done.added[0].file_id[0] == "DICOM002"
    assert len(done.added) == 4
    judged = verify(stick)
    assert (judged.view.uid, judged.view.id) == (was.uid, was.id)
    assert judged.verdict == "conforms"
    assert set(done.profiles) <= set(judged.conforms)
    assert set(studies(judged)) == {f"Study S{n}" for n in range(1, 11)} | {"Study NEW"}
    assert len(judged.view.instances()) == 34
    patients = [r for r in judged.view.directory.records if r.type == "PATIENT"]  # type: ignore[union-attr]  # conforms
    assert len(patients) == 1


def test_removing_takes_the_record_the_file_and_empty_branches(stick: Path) -> None:
    before = stored(stick)
    done = update(stick, remove=[uid("study S3"), uid("image S4 1 2")], created=LATER)
    assert len(done.removed) == 4
    after = stored(stick)
    assert {name: before[name] for name in after} == after
    assert len(before) - len(after) == 4
    judged = verify(stick)
    assert judged.verdict == "conforms"
    assert "Study S3" not in studies(judged)
    assert len(judged.view.instances()) == 26


def test_again_and_again(stick: Path, new: Path) -> None:
    """Clusters that became free are used again, and names that are taken are not."""
    for _ in range(4):
        assert update(stick, add=[new], created=LATER).added[0].file_id[0] == "DICOM002"
        assert len(update(stick, remove=[uid("study NEW")]).removed) == 4
    again = update(stick, add=[new], remove=[uid("study S1")])
    replaced = update(stick, add=[new], remove=[uid("study NEW")])
    assert (len(again.added), len(replaced.added), len(replaced.removed)) == (4, 4, 4)
    assert replaced.added[0].file_id[0] == "DICOM003"
    assert len(verify(stick).view.instances()) == 31


def test_what_is_there_already_is_not_added_twice(stick: Path, new: Path, ten: Path) -> None:
    done = update(stick, add=[ten, new], created=LATER)
    assert (len(done.added), done.folded) == (4, 30)
    with pytest.raises(NothingToWrite, match="The medium holds all 30 instances already"):
        update(stick, add=[ten])


@pytest.mark.parametrize("kind", ["cd", "bd-re"])
def test_a_disc_becomes_a_new_image(kind: str, ten: Path, new: Path, tmp_path: Path) -> None:
    disc, out = tmp_path / "disc.iso", tmp_path / "new.iso"
    create([ten], disc, medium=kind, created=CREATED)
    bytes_before, before = disc.read_bytes(), stored(disc)
    with pytest.raises(UsageError, match="cannot be changed in place"):
        update(disc, add=[new])
    done = update(disc, add=[new], remove=[uid("study S1")], out=out, created=LATER)
    assert disc.read_bytes() == bytes_before
    assert (done.in_place, done.path) == (False, str(out))
    after = stored(out)
    stays = {name: each.sha256 for name, each in before.items() if name in after}
    assert {name: after[name].sha256 for name in stays} == stays
    assert len(stays) == len(before) - 3
    judged = verify(out)
    assert judged.verdict == "conforms"
    assert judged.view.uid == verify(disc).view.uid
    assert len(judged.view.instances()) == 31


def test_refusals_leave_the_medium_as_it_is(stick: Path, new: Path, tmp_path: Path) -> None:
    before = stored(stick)
    with pytest.raises(SelectionError, match="is on no instance"):
        update(stick, remove=["1.2.3"])
    with pytest.raises(NothingToWrite, match="Nothing would be left"):
        update(stick, remove=[uid(f"study S{n}") for n in range(1, 11)])
    with pytest.raises(NothingToWrite, match="nothing to add"):
        update(stick)
    text = tmp_path / "notes.txt"
    text.write_text("no DICOM")
    with pytest.raises(NothingToWrite, match="Nothing that is to be added is DICOM"):
        update(stick, add=[text])
    stranger = written(tmp_path / "stranger", [ct(1, PatientID="P2", StudyInstanceUID=uid("other"))])
    with pytest.raises(PatientError, match="Somebody comes who is not on the medium yet") as caught:
        update(stick, add=[stranger])
    assert "(Patient ID P2" in caught.value.message
    assert "(Patient ID P1" not in caught.value.message
    other = written(tmp_path / "other", [ct(1, SOPInstanceUID=uid("image S1 1 1"))])
    with pytest.raises(ConformanceError, match="cannot be added"):
        update(stick, add=[other])
    assert stored(stick) == before


def test_a_role_that_the_profile_does_not_define(ten: Path, new: Path, tmp_path: Path) -> None:
    disc = tmp_path / "disc.iso"
    create([ten], disc, medium="dvd", created=CREATED)
    with pytest.raises(NotUpdatable, match="File-set Updater"):
        update(disc, add=[new], out=tmp_path / "new.iso", profile="STD-GEN-DVD-JPEG")
    assert not (tmp_path / "new.iso").exists()


def test_a_secure_medium_is_not_changed(ten: Path, new: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick.img"
    protection = Protection(password=b"correct horse")
    create([ten], stick, profile="STD-GEN-SEC-USB-JPEG", protection=protection, created=CREATED)
    before = stick.read_bytes()
    with pytest.raises(NotUpdatable, match="is encrypted"):
        update(stick, add=[new])
    assert stick.read_bytes() == before


def test_a_medium_that_does_not_verify(stick: Path, new: Path) -> None:
    if stick.is_dir():
        path = next(stick.rglob("IM000001"))
        path.unlink()
        with pytest.raises(NotUpdatable, match=path.relative_to(stick).as_posix()):
            update(stick, add=[new])
    else:
        data = bytearray(stick.read_bytes())
        at = data.index(uid("image S1 1 1").encode())
        data[at : at + 4] = b"9.99"
        stick.write_bytes(data)
    with pytest.raises(NotUpdatable, match="does not verify"):
        update(stick, add=[new])


def test_who_stops_too_late_is_told_so(stick: Path, new: Path) -> None:
    stop = Cancel()
    looks = 0

    def hand(event: Progress) -> None:
        nonlocal looks
        looks += event.stage == "directory"  # of the medium, of what it shall be, of what it is then
        if looks == 3:
            stop.cancel()

    with pytest.raises(MediakitError, match="it is changed, but not proved") as caught:
        update(stick, add=[new], progress=hand, cancel=stop)
    assert caught.value.code == "interrupted"
    assert len(verify(stick).view.instances()) == 34


def test_no_source_is_written_over(stick: Path, new: Path) -> None:
    source = new / "00001.dcm"
    data = source.read_bytes()
    with pytest.raises(UsageError, match="is one of the sources"):
        update(stick, add=[new], out=source, force=True)
    assert source.read_bytes() == data


def test_a_device_is_not_written(
    ten: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a device node: what is there is neither a folder nor a file."""
    stick = tmp_path / "stick.img"
    create([ten], stick, medium="usb", capacity=16_000_000, created=CREATED)
    before = stick.read_bytes()
    plain = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: path != stick and plain(path))
    with pytest.raises(UsageError, match="is a device"):
        update(stick, add=[new])
    assert stick.read_bytes() == before


def test_a_full_medium(ten: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick.img"
    create([ten], stick, medium="usb", created=CREATED)
    before = stick.read_bytes()
    large = written(tmp_path / "large", study("LARGE", 40, 1000))
    with pytest.raises(CapacityError, match="not enough"):
        update(stick, add=[large])
    assert stick.read_bytes() == before


def test_a_folder_becomes_an_image(ten: Path, new: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "folder", tmp_path / "new.img"
    create([ten], folder, format="folder", created=CREATED)
    done = update(folder, add=[new], out=out, created=LATER)
    assert done.profiles
    judged = verify(out, profile="STD-GEN-USB-JPEG")
    assert (judged.verdict, len(judged.view.instances())) == ("conforms", 34)
    assert len(verify(folder).view.instances()) == 30


def test_what_goes_may_be_selected(stick: Path) -> None:
    before = stored(stick)
    ninth = Selection(since="2024-09-01", exclude=(f"study={uid('study S10')}",))
    done = update(stick, remove_selected=ninth)
    (patient,) = done.removed_contents
    assert [study.description for study in patient.studies] == ["Study S9"]
    assert len(done.removed) == 3
    first = Selection(series=(uid("series S1 1"),))
    narrowed = update(stick, remove=[uid("study S1")], remove_selected=first)
    assert len(narrowed.removed) == 3
    after = stored(stick)
    assert {name: before[name] for name in after} == after
    assert set(studies(verify(stick))) == {f"Study S{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10)}


def test_a_selection_never_takes_everything_or_nothing(stick: Path) -> None:
    before = stored(stick)
    with pytest.raises(UsageError, match="does not say what"):
        update(stick, remove_selected=Selection())
    with pytest.raises(UsageError, match="is no date"):
        update(stick, remove_selected=Selection(since="soon"))
    with pytest.raises(NothingToWrite, match="Nothing would be left"):
        update(stick, remove_selected=Selection(modality=("CT",)))
    for selection, said in (
        (Selection(modality=("MR",)), "--modality MR matches no instance"),
        (Selection(study=(uid("study S2"),)), "matches no instance"),
        (Selection(since="2024-09-01"), "No instance matches the selection as a whole"),
    ):
        with pytest.raises(SelectionError, match=said):
            update(stick, remove=[uid("study S1")], remove_selected=selection)
    assert stored(stick) == before


def test_a_bridge_becomes_a_bridge(ten: Path, tmp_path: Path) -> None:
    disc, out = tmp_path / "disc.iso", tmp_path / "new.iso"
    create([ten], disc, medium="dvd", format="bridge", created=CREATED)
    done = update(disc, remove_selected=Selection(study=(uid("study S1"),)), out=out)
    assert len(done.removed) == 3
    seen = verify(out)
    assert [each.evidence.id for each in seen.view.media] == ["iso9660", "udf"]
    assert (seen.verdict, seen.imports.total("readable")) == ("conforms", 27)
