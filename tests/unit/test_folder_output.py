"""A folder as OUT: the File-set is there as a whole, or the folder is as it was."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mediakit
from mediakit.dicomfile import IMPLEMENTATION_CLASS_UID
from mediakit.errors import InputError, OutputError, OutputExists
from mediakit.output import rename
from tests.builders import ct, file_set, uid

CREATED = datetime(2024, 5, 1, tzinfo=UTC)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Everything below the folder; the content of a folder is None."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with one CT image."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(ct(1))
    return folder


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A folder with two other CT images of two series: a File-set of other and more files."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "2.dcm").write_bytes(ct(2))
    (folder / "3.dcm").write_bytes(ct(3, SeriesInstanceUID=uid("third")))
    return folder


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Where the File-set shall be; nothing is there yet."""
    (tmp_path / "media").mkdir()
    return tmp_path / "media" / "stick"


def create(source: Path, out: Path, **options: object) -> mediakit.Creation:
    """Write into a folder; every option is one of `mediakit.create`."""
    return mediakit.create([source], out, **{"format": "folder", "created": CREATED, **options})  # type: ignore[arg-type]


def instances(out: Path) -> int:
    """How many instances a medium without an error holds."""
    judged = mediakit.verify(out, profile="STD-GEN-CD")
    assert judged.verdict == "conforms", judged.findings
    return judged.imports.total("readable")


def test_a_new_folder(sources: Path, stick: Path) -> None:
    made = create(sources, stick)
    assert (made.verified, made.volumes[0].format) == (True, "folder")
    assert sorted(path.name for path in stick.iterdir())[-1] == "README.TXT"
    assert instances(stick) == 1
    assert list(stick.parent.iterdir()) == [stick]


def test_an_empty_folder_that_exists(sources: Path, stick: Path) -> None:
    stick.mkdir()
    create(sources, stick, format=None)
    assert instances(stick) == 1
    assert [name for name in snapshot(stick) if name.startswith(".")] == []


def test_the_size_and_the_digest_are_those_of_the_files(sources: Path, stick: Path) -> None:
    made = create(sources, stick).volumes[0]
    assert made.size == sum(len(data) for data in snapshot(stick).values() if data)
    again = create(sources, stick.with_name("again")).volumes[0]
    assert (again.sha256, again.size) == (made.sha256, made.size)
    assert snapshot(stick.with_name("again")) == snapshot(stick)


def test_foreign_files_stay(sources: Path, stick: Path) -> None:
    (stick / "holiday").mkdir(parents=True)
    (stick / "holiday" / "beach.txt").write_text("sand")
    (stick / "letter.txt").write_text("Dear Ada")
    before = snapshot(stick)
    create(sources, stick)
    assert before.items() <= snapshot(stick).items()
    create(sources, stick, force=True)
    assert before.items() <= snapshot(stick).items()


@pytest.mark.parametrize("name", ["stray", "old/deep/IM1"])
def test_foreign_dicom_is_refused(name: str, sources: Path, stick: Path) -> None:
    stray = stick / name
    stray.parent.mkdir(parents=True)
    stray.write_bytes(ct(9))
    before = snapshot(stick)
    for force in (False, True):
        with pytest.raises(InputError, match="DICOM files of another origin"):
            create(sources, stick, force=force)
        assert snapshot(stick) == before


def test_a_file_set_needs_force(sources: Path, more: Path, stick: Path) -> None:
    create(sources, stick)
    before = snapshot(stick)
    with pytest.raises(OutputExists, match="holds a File-set already") as caught:
        create(more, stick)
    assert "mediakit update" in caught.value.advice
    assert snapshot(stick) == before


@pytest.mark.parametrize("first", ["sources", "more"])
def test_force_leaves_nothing_of_the_old_file_set(
    first: str, sources: Path, more: Path, stick: Path, tmp_path: Path
) -> None:
    old, new = (sources, more) if first == "sources" else (more, sources)
    create(old, stick)
    create(new, stick, force=True)
    create(new, tmp_path / "fresh")
    assert snapshot(stick) == snapshot(tmp_path / "fresh")


@pytest.mark.parametrize("directory", ["foreign", "damaged", "a folder"])
def test_force_does_not_replace_what_another_program_wrote(
    directory: str, sources: Path, stick: Path
) -> None:
    file_set([ct(5)]).write(stick)
    place = stick / "DICOMDIR"
    if directory == "foreign":
        own = IMPLEMENTATION_CLASS_UID.encode()
        assert place.read_bytes().count(own) == 1
        place.write_bytes(place.read_bytes().replace(own, own[:-1] + b"0"))
    elif directory == "damaged":
        place.write_bytes(b"no directory")
    else:
        place.unlink()
        place.mkdir()
    before = snapshot(stick)
    with pytest.raises(OutputExists, match="was not written by mediakit"):
        create(sources, stick, force=True)
    assert snapshot(stick) == before


def test_force_removes_nothing_that_lies_elsewhere(sources: Path, stick: Path) -> None:
    """A directory that names a file outside, or behind a link, does not get it removed."""
    create(sources, stick)
    outside = stick.parent / "outside"
    (stick / "DICOM").rename(outside)
    try:
        (stick / "DICOM").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("links are not allowed here")
    before = snapshot(outside)
    with pytest.raises(OutputExists, match="is in the way"):
        create(sources, stick, force=True)
    assert snapshot(outside) == before
    assert (stick / "DICOMDIR").is_file()


def test_a_file_id_that_leads_out_is_not_followed(sources: Path, stick: Path) -> None:
    create(sources, stick)
    (image,) = (path for path in stick.rglob("*") if path.is_file() and path.parent != stick)
    legal = "\\".join(image.relative_to(stick).parts).encode()
    hostile = f"..\\{image.name}".encode().ljust(len(legal))
    directory = stick / "DICOMDIR"
    assert directory.read_bytes().count(legal) == 1
    directory.write_bytes(directory.read_bytes().replace(legal, hostile))
    shutil.rmtree(stick / image.relative_to(stick).parts[0])
    victim = stick.parent / image.name
    victim.write_bytes(b"precious")
    create(sources, stick, force=True)
    assert victim.read_bytes() == b"precious"
    assert instances(stick) == 1


def test_what_is_in_the_way_is_named_and_stays(sources: Path, more: Path, stick: Path) -> None:
    stick.mkdir()
    (stick / "README.TXT").write_text("mine")
    before = snapshot(stick)
    with pytest.raises(OutputExists, match=r"README\.TXT is in the way"):
        create(sources, stick)
    assert snapshot(stick) == before


def test_a_failure_in_the_middle_restores_the_old_file_set(sources: Path, more: Path, stick: Path) -> None:
    create(sources, stick)
    before = snapshot(stick)
    # The new File-set has the same folder; what a person put into it keeps it in the way.
    folder = next(path for path in stick.iterdir() if path.is_dir())
    (folder / "note.txt").write_text("mine")
    before = snapshot(stick)
    with pytest.raises(OutputExists, match=f"{folder.name} is in the way"):
        create(more, stick, force=True)
    assert snapshot(stick) == before
    assert instances(stick) == 1


@pytest.mark.parametrize("after", range(1, 8))
def test_a_rename_that_fails_is_undone(
    after: int, sources: Path, more: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses one rename after the other; the old File-set is there each time."""
    create(sources, stick)
    before = snapshot(stick)
    calls = 0

    def refuse_once(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr("mediakit.folder_output.rename", refuse_once)
    if after <= 6:  # three files away, three entries in
        with pytest.raises(OutputError, match="Input/output error"):
            create(more, stick, force=True)
        assert snapshot(stick) == before
    else:
        create(more, stick, force=True)
        assert instances(stick) == 2


@pytest.mark.parametrize("state", ["new", "empty", "replaced"])
def test_without_its_manifest_there_is_no_medium(
    state: str, sources: Path, more: Path, stick: Path, tmp_path: Path
) -> None:
    if state == "replaced":
        create(sources, stick)
    elif state == "empty":
        stick.mkdir()
    before = snapshot(stick.parent)
    manifest = tmp_path / "manifest.json"

    def in_the_way(event: mediakit.Progress) -> None:
        manifest.mkdir(exist_ok=True)

    with pytest.raises((OutputExists, OutputError)):
        create(more, stick, force=state == "replaced", manifest=manifest, progress=in_the_way)
    assert snapshot(stick.parent) == before
    assert snapshot(manifest) == {}


def test_the_manifest_names_the_folder(sources: Path, stick: Path, tmp_path: Path) -> None:
    made = create(sources, stick, manifest=tmp_path / "manifest.json")
    listed = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (listed["image"]["path"], listed["image"]["sha256"]) == ("stick", made.volumes[0].sha256)
    assert {"/".join(each["file_id"]) for each in listed["files"]} == {
        name for name, data in snapshot(stick).items() if data is not None
    }


@pytest.mark.parametrize("stage", ["write", "read back", "check"])
@pytest.mark.parametrize("state", ["new", "empty", "replaced"])
def test_a_stopped_job_leaves_everything_as_it_was(
    stage: str, state: str, sources: Path, more: Path, stick: Path
) -> None:
    if state == "replaced":
        create(sources, stick)
    elif state == "empty":
        stick.mkdir()
    before = snapshot(stick.parent)
    cancel = mediakit.Cancel()
    seen = set()

    def stop(event: mediakit.Progress) -> None:
        seen.add(event.stage)
        if event.stage == stage:
            cancel.cancel()

    with pytest.raises(mediakit.MediakitError, match="stopped"):
        create(more, stick, force=True, progress=stop, cancel=cancel)
    assert stage in seen
    assert snapshot(stick.parent) == before


def test_a_dry_run_refuses_what_the_job_would(sources: Path, stick: Path) -> None:
    create(sources, stick)
    with pytest.raises(OutputExists, match="holds a File-set already"):
        create(sources, stick, dry_run=True)
    assert create(sources, stick, dry_run=True, force=True).dry_run
    (stick / "stray").write_bytes(ct(9))
    with pytest.raises(InputError, match="DICOM files of another origin"):
        create(sources, stick, dry_run=True, force=True)


def test_a_dry_run_looks_and_writes_nothing(sources: Path, stick: Path) -> None:
    stick.mkdir()
    assert create(sources, stick, dry_run=True).volumes[0].sha256 is None
    assert snapshot(stick.parent) == {"stick": None}
