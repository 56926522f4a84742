"""Several media out of one job: real images, each by itself and all together."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediakit import Access, Creation, Protection, create, verify
from mediakit.errors import CapacityError, OutputError, OutputExists, ReadBackError, UsageError
from mediakit.model import FileContent
from mediakit.output import Output
from mediakit.profile.load import media
from mediakit.transfer import digest
from mediakit.verification import Verification
from tests.builders import ct, uid
from tests.schemas import parsed
from tests.studies import study, written
from tests.unit.test_packing import lower_bound

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAPACITY = 1_000_000
SIZES = (1, 7, 3, 12, 5, 2, 9, 4, 6, 11, 8, 10)
"""Images of 32 KiB in each of the studies; those of one study fit on a medium."""


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve studies, of which the last one is the newest."""
    folder = tmp_path_factory.mktemp("mixed")
    for number, images in enumerate(SIZES, 1):
        date = f"2024{number:02d}01"
        written(folder, study(f"S{number}", images, 256, date=date), prefix=f"{number:02d}-")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the images go."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "set.iso"


def split(source: Path, out: Path, **options: object) -> Creation:
    words = {"split": True, "capacity": CAPACITY, "created": CREATED, **options}
    return create([source], out, **words)  # type: ignore[arg-type]  # each option has its own type


def uids(judged: Verification) -> list[str]:
    return [each.instance.sop_instance for each in judged.view.instances() if each.instance]


def test_each_verifies_alone_and_all_hold_everything(mixed: Path, out: Path) -> None:
    made = split(mixed, out)
    names = [Path(volume.path).name for volume in made.volumes]
    assert names == ["set-1of3.iso", "set-2of3.iso", "set-3of3.iso"]
    assert sorted(path.name for path in out.parent.iterdir()) == names
    judged = [verify(volume.path) for volume in made.volumes]
    assert [each.verdict for each in judged] == ["conforms"] * 3
    assert ["STD-GEN-CD" in each.conforms for each in judged] == [True] * 3
    found = [uid for each in judged for uid in uids(each)]
    assert len(found) == len(set(found)) == made.written == sum(SIZES)
    studies = [s.uid for v in made.volumes for p in v.contents for s in p.studies]
    assert len(studies) == len(set(studies)) == len(SIZES)
    sizes = [volume.size for volume in made.volumes]
    assert max(sizes) <= CAPACITY
    assert max(sizes) - min(sizes) < 100_000
    assert len(sizes) <= lower_bound([images * 34_000 for images in SIZES], CAPACITY) + 1


def test_each_is_a_file_set_of_its_own(mixed: Path, out: Path) -> None:
    made = split(mixed, out)
    assert len({volume.file_set_uid for volume in made.volumes}) == 3
    stem = made.volumes[0].file_set_id[:-2]
    assert [volume.file_set_id for volume in made.volumes] == [f"{stem}_{n}" for n in (1, 2, 3)]
    assert len(stem) == 14
    views = [verify(volume.path).view for volume in made.volumes]
    assert [(view.uid, view.id) for view in views] == [(v.file_set_uid, v.file_set_id) for v in made.volumes]
    named = split(mixed, out, file_set_id="WARD_7", force=True)
    assert [volume.file_set_id for volume in named.volumes] == ["WARD_7_1", "WARD_7_2", "WARD_7_3"]


def test_readme_and_label_say_which_of_them_it_is(mixed: Path, out: Path) -> None:
    for number, volume in enumerate(split(mixed, out).volumes, 1):
        assert volume.label.lines[-2].endswith(f" - disc {number} of 3")
        content = verify(volume.path).view.files[("README.TXT",)].content
        assert content
        with content.open() as stream:
            text = stream.read().decode("ascii")
        assert f"Medium number       {volume.file_set_id} (disc {number} of 3)\r\n" in text
        assert f"\r\n  This is disc {number} of 3. The others hold the rest" in text


def test_the_newest_study_is_on_the_first(mixed: Path, out: Path) -> None:
    first = split(mixed, out).volumes[0]
    assert "20241201" in {s.date for patient in first.contents for s in patient.studies}


def test_the_same_job_gives_the_same_media(mixed: Path, out: Path) -> None:
    assert [v.sha256 for v in split(mixed, out).volumes] == [
        v.sha256 for v in split(mixed, out.with_name("again.iso")).volumes
    ]


def test_one_volume_keeps_the_name(mixed: Path, out: Path) -> None:
    whole = create([mixed], out, created=CREATED)
    again = split(mixed, out.with_name("split.iso"), capacity=whole.volumes[0].size)
    assert [volume.path for volume in again.volumes] == [str(out.with_name("split.iso"))]
    assert again.volumes[0].sha256 == whole.volumes[0].sha256
    assert len(split(mixed, out, capacity=whole.volumes[0].size - 1, force=True).volumes) == 2


def test_a_manifest_lists_all_and_each_is_held_against_its_own_part(mixed: Path, out: Path) -> None:
    manifest = out.with_name("manifest.json")
    made = split(mixed, out, manifest=manifest)
    document = parsed(manifest.read_text(encoding="utf-8"))
    assert [each["image"]["path"] for each in document["volumes"]] == [
        Path(v.path).name for v in made.volumes
    ]
    for volume in made.volumes:
        compared = verify(volume.path, against=manifest).comparison
        assert compared
        assert (compared.equal, compared.by) == (True, "bytes")
    document["volumes"][1]["files"][5]["sha256"] = "0" * 64
    document["volumes"][1]["image"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(document), encoding="utf-8")
    second = verify(made.volumes[1].path, against=manifest).comparison
    assert second
    assert [each.problem for each in second.differences] == ["other bytes"]


def test_other_content_is_on_every_volume_and_counted(mixed: Path, out: Path, tmp_path: Path) -> None:
    viewer = tmp_path / "viewer"
    viewer.mkdir()
    (viewer / "view.bin").write_bytes(bytes(400_000))
    made = split(mixed, out, include=[str(viewer)])
    assert len(made.volumes) == 6
    for volume in made.volumes:
        assert volume.size <= CAPACITY
        assert [path for path in verify(volume.path).view.files if path[0].upper() == "VIEWER"]


@pytest.mark.parametrize(("name", "medium", "kind"), [("s.img", "usb", "medium"), ("s.zip", "zip", "medium")])
def test_other_formats(name: str, medium: str, kind: str, mixed: Path, out: Path) -> None:
    capacity = 3_400_000 if medium == "usb" else CAPACITY
    made = split(mixed, out.with_name(name), medium=medium, capacity=capacity)
    assert len(made.volumes) == (2 if medium == "usb" else 3)
    assert made.written == sum(SIZES)
    assert [verify(volume.path).verdict for volume in made.volumes] == ["conforms"] * len(made.volumes)
    assert all(volume.size <= capacity for volume in made.volumes)
    assert made.volumes[0].label.lines[-2].endswith(f" - {kind} 1 of {len(made.volumes)}")


def test_new_folders(mixed: Path, out: Path) -> None:
    made = split(mixed, out.with_name("set"), format="folder", medium="cd")
    names = [Path(volume.path).name for volume in made.volumes]
    assert names == ["set-1of3", "set-2of3", "set-3of3"]
    assert [verify(volume.path).verdict for volume in made.volumes] == ["conforms"] * 3


def test_a_dry_run_plans_all_and_writes_none(mixed: Path, out: Path) -> None:
    planned = split(mixed, out, dry_run=True)
    assert list(out.parent.iterdir()) == []
    assert [v.size for v in planned.volumes] == [v.size for v in split(mixed, out).volumes]


def test_without_split_the_error_says_that_there_is_split(mixed: Path, out: Path) -> None:
    with pytest.raises(CapacityError) as refused:
        split(mixed, out, split=False)
    assert "--split" in refused.value.advice


def test_what_cannot_be_split(mixed: Path, out: Path) -> None:
    with pytest.raises(CapacityError, match=r"12-00001.dcm is larger than the medium"):
        split(mixed, out, capacity=60_000)
    with pytest.raises(UsageError, match="does not know how much a USB stick holds"):
        split(mixed, out.with_name("set.img"), capacity=None)
    with pytest.raises(UsageError, match="leaves no room for the number"):
        split(mixed, out, file_set_id="A23456789012345")
    with pytest.raises(CapacityError, match="1,000,000 bytes hold no File-set of this kind"):
        split(mixed, out.with_name("set.img"))
    mounted = out.with_name("stick")
    mounted.mkdir()
    with pytest.raises(UsageError, match="is one medium"):
        split(mixed, mounted)
    out.with_name("set-2of3.iso").write_bytes(b"mine")
    with pytest.raises(OutputExists, match=r"set-2of3.iso exists already"):
        split(mixed, out)
    assert sorted(path.name for path in out.parent.iterdir()) == ["set-2of3.iso", "stick"]


def test_when_one_fails_none_is_published(mixed: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that loses a byte of the third image: the two good ones go as well."""
    close = Output.close

    def lose(output: Output) -> None:
        close(output)
        if "-3of3" in output.path.name:
            data = bytearray(output.path.read_bytes())
            data[-5000] ^= 1
            output.path.write_bytes(data)

    monkeypatch.setattr(Output, "close", lose)
    with pytest.raises(ReadBackError):
        split(mixed, out)
    assert list(out.parent.iterdir()) == []


def test_a_name_that_appears_at_the_last_moment_takes_all_back(mixed: Path, out: Path) -> None:
    foreign = out.with_name("set-2of3.iso")

    def appear(progress: object) -> None:
        if getattr(progress, "stage", "") == "read back" and not foreign.exists():
            foreign.write_bytes(b"mine")

    with pytest.raises((OutputExists, OutputError)):
        split(mixed, out, progress=appear)
    assert [path.name for path in out.parent.iterdir()] == ["set-2of3.iso"]
    assert foreign.read_bytes() == b"mine"


def test_secure_volumes_are_planned_with_their_envelopes(out: Path, tmp_path: Path) -> None:
    """What fits on one disc in clear takes two when every file is encrypted, and so a sector longer."""
    source = written(tmp_path / "source", [data for n in range(4) for data in study(f"S{n}", 25, 8)])
    password = b"correct horse"
    (clear,) = split(source, out, capacity=media()["cd"].capacity, dry_run=True).volumes
    made = split(
        source, out, capacity=clear.size, profile="STD-GEN-SEC-CD", protection=Protection(password=password)
    )
    assert len(made.volumes) == 2
    assert all(Path(volume.path).stat().st_size == volume.size <= clear.size for volume in made.volumes)
    access = Access(password=password)
    judged = [verify(volume.path, profile="STD-GEN-SEC-CD", access=access) for volume in made.volumes]
    assert [each.verdict for each in judged] == ["conforms"] * 2
    assert len({uid for each in judged for uid in uids(each)}) == 100


KINDS = (
    ("CT", "1.2.840.10008.5.1.4.1.1.2", 525_000, 400),
    ("MR", "1.2.840.10008.5.1.4.1.1.4", 131_000, 300),
    ("MG", "1.2.840.10008.5.1.4.1.1.1.2", 55_000_000, 8),
    ("DX", "1.2.840.10008.5.1.4.1.1.1.1", 15_000_000, 6),
    ("OT", "1.2.840.10008.5.1.4.1.1.7", 3_000_000, 20),
)
"""Modality, SOP class, bytes of an image, most images of a series."""


def three_gigabytes(folder: Path) -> dict[str, int]:
    """Studies of one to three series of any kind, and one of 1,500 CT slices; bytes by study."""
    numbers = random.Random(10)
    sizes: dict[str, int] = {}
    while sum(sizes.values()) < 3_000_000_000:
        name = f"S{len(sizes)}"
        kinds = numbers.choices(KINDS, k=numbers.randint(1, 3))
        series = [(kind, numbers.randint(1, kind[3])) for kind in kinds] if sizes else [(KINDS[0], 1500)]
        sizes[name] = 0
        for number, ((modality, sop_class, size, _), images) in enumerate(series):
            for image in range(images):
                data = ct(
                    image, SOPClassUID=sop_class, Modality=modality,
                    SOPInstanceUID=uid(f"{name} {number} {image}"), StudyInstanceUID=uid(name), StudyID=name,
                    StudyDate=f"20{len(sizes):02d}0101", SeriesInstanceUID=uid(f"{name} {number}"),
                    SeriesNumber=number, PixelData=bytes(size),
                )  # fmt: skip
                (folder / f"{name}-{number}-{image}").write_bytes(data)
                sizes[name] += len(data)
    return sizes


def stored(volume: Path) -> dict[str, str]:
    """The SHA-256 of every instance by its UID, of a volume that verifies by itself."""
    judged = verify(volume, profile="STD-GEN-CD")
    assert judged.verdict == "conforms"
    return {
        each.instance.sop_instance: digest(each.content)
        for each in judged.view.instances()
        if each.instance and each.content
    }


@pytest.mark.skipif(not os.environ.get("MEDIAKIT_OFFLINE"), reason="3 GB; set MEDIAKIT_OFFLINE to run it")
def test_three_gigabytes_of_mixed_studies_on_cds(tmp_path: Path, out: Path) -> None:
    """Studies of every size, one of them larger than a CD."""
    source = tmp_path / "source"
    source.mkdir()
    sizes = three_gigabytes(source)
    made = create([source], out, medium="cd", split=True, created=CREATED)
    capacity = media()["cd"].capacity
    assert all(volume.size <= capacity for volume in made.volumes)
    found = [stored(Path(volume.path)) for volume in made.volumes]
    held = {uid: sha256 for each in found for uid, sha256 in each.items()}
    assert len(held) == sum(map(len, found)) == made.written
    assert set(held.values()) == {digest(FileContent.of(path)) for path in source.iterdir()}
    studies = [study.uid for v in made.volumes for patient in v.contents for study in patient.studies]
    cut = {each for each in studies if studies.count(each) > 1}
    assert cut == {uid(name) for name, size in sizes.items() if size > capacity}
    bound = lower_bound([*sizes.values()], capacity)
    volumes = [volume.size for volume in made.volumes]
    print(f"{len(sizes)} studies, {sum(sizes.values()):,} bytes on {volumes}, at least {bound} CDs")
    assert len(volumes) <= bound + 1
