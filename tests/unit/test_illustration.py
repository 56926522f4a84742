"""Icons in the directories that `create` writes: demanded by profiles, or asked for with --icons."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest

from mediakit import Cancel, Progress, create, verify
from mediakit.creation import Creation
from mediakit.dicomfile import parse_items
from mediakit.errors import Cancelled, ConformanceError
from mediakit.icon import ICON, IconStyle, make_icon
from mediakit.model import Attributes, BytesContent
from mediakit.report import Severity
from mediakit.values import number, text
from tests.profile_sets.dataset import EXPLICIT, JPEG_BASELINE, Made
from tests.profile_sets.images import coloured, ct, icon, sc, xa
from tests.profile_sets.streams import frame

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PIXEL_DATA = 0x7FE00010


def burnt(folder: Path, *made: Made, **options: object) -> tuple[Creation, list[Attributes | None]]:
    """What `create` says, and the icon of every IMAGE record that it wrote."""
    source = folder / "source"
    source.mkdir()
    for n, each in enumerate(made):
        (source / f"{n}.dcm").write_bytes(each.data)
    before = [hashlib.sha256(path.read_bytes()).digest() for path in sorted(source.iterdir())]
    done = create([source], folder / "disc.iso", created=CREATED, **options)  # type: ignore[arg-type]
    assert before == [hashlib.sha256(path.read_bytes()).digest() for path in sorted(source.iterdir())]
    return done, icons(folder / "disc.iso")


def icons(path: Path) -> list[Attributes | None]:
    directory = verify(path).view.directory
    assert directory
    found = [record.keys.raw(ICON) for record in directory.records if record.type == "IMAGE"]
    return [parse_items(raw)[0] if raw else None for raw in found]


def rules(done: Creation) -> list[str]:
    return [finding.rule for finding in done.findings]


def bare(name: str = "bare") -> Made:
    return xa(name=name).but(IconImageSequence=None)


@pytest.mark.parametrize("profile", ["STD-XABC-CD", "STD-XA1K-CD"])
def test_a_demanded_icon_is_made(profile: str, tmp_path: Path) -> None:
    """PS3.11 A.3.3.2 and B.3.3.2: 128 x 128 with 8 bits."""
    done, (found,) = burnt(tmp_path, bare(), profile=profile)
    assert (done.complete, done.conforms) == (True, (profile,))
    expected = parse_items(make_icon(BytesContent(bare().data), IconStyle(128, 128)).value)[0]
    assert found == expected
    assert (number(expected, "Rows"), len(expected.raw(PIXEL_DATA))) == (128, 128 * 128)


def test_auto_chooses_a_profile_that_demands_icons(tmp_path: Path) -> None:
    """JPEG Lossless is nothing for the general-purpose profile."""
    done, (found,) = burnt(tmp_path, bare())
    assert (done.profiles, done.complete) == (("STD-XABC-CD",), True)
    assert found is not None


def test_an_own_icon_stays_where_it_is_as_it_should_be(tmp_path: Path) -> None:
    _, (found,) = burnt(tmp_path, xa(), profile="STD-XABC-CD")
    assert found == parse_items(_sequence(xa()))[0]


def _sequence(made: Made) -> bytes:
    from tests.builders import instance

    return instance(made.data).keys.raw(ICON)


def test_an_own_icon_of_the_wrong_size_is_made_anew(tmp_path: Path) -> None:
    done, (found,) = burnt(tmp_path, xa().but(IconImageSequence=icon(64)), profile="STD-XABC-CD")
    assert done.complete
    assert found
    assert number(found, "Rows") == 128


def broken() -> Made:
    """What says that it is JPEG Lossless, and is not."""
    return bare().but(PixelData=[b"\xff\xd8" + b"\1" * 60] * 2)


def test_a_demanded_icon_that_cannot_be_made_is_a_refusal_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError) as stopped:
        burnt(tmp_path, broken(), profile="STD-XABC-CD")
    refused = stopped.value.result
    assert [(each.rule, each.reason) for each in refused.left_out] == [
        ("PROF-003", "Icon Image Sequence is missing")
    ]
    (note,) = [finding for finding in refused.findings if finding.rule == "KEY-060"]
    assert note.message.startswith("No icon could be made of this instance: ")
    assert not (tmp_path / "disc.iso").exists()


def test_without_icons_asked_for_there_are_none(tmp_path: Path) -> None:
    done, found = burnt(tmp_path, ct(), sc())
    assert (done.complete, found) == (True, [None, None])


def test_icons_of_all_images(tmp_path: Path) -> None:
    made = [ct(), sc().but(**coloured("RGB", EXPLICIT))]
    done, found = burnt(tmp_path, *made, icons=True)
    assert (done.complete, done.verified, "KEY-060" in rules(done)) == (True, True, False)
    kinds = {text(each, "PhotometricInterpretation"): number(each, "Rows") for each in found if each}
    assert kinds == {"MONOCHROME2": 64, "PALETTE COLOR": 64}
    expected = [make_icon(BytesContent(each.data), IconStyle()).value for each in made]
    assert sorted(each.raw(PIXEL_DATA) for each in found if each) == sorted(
        parse_items(value)[0].raw(PIXEL_DATA) for value in expected
    )


def test_pydicom_reads_the_icons(tmp_path: Path) -> None:
    burnt(tmp_path, ct(), icons=True, profile="STD-GEN-CD")
    done = create([tmp_path / "source"], tmp_path / "folder", format="folder", icons=True, created=CREATED)
    assert done.complete
    records = pydicom.dcmread(tmp_path / "folder" / "DICOMDIR").DirectoryRecordSequence
    (item,) = [record.IconImageSequence[0] for record in records if record.DirectoryRecordType == "IMAGE"]
    expected = parse_items(make_icon(BytesContent(ct().data), IconStyle()).value)[0]
    assert (item.Rows, item.Columns, item.PixelData) == (64, 64, expected.raw(PIXEL_DATA))


def test_icons_are_as_the_profile_wants_them(tmp_path: Path) -> None:
    """PS3.11 E.3.3.3: none is demanded, but one that is there has 64 x 64."""
    done, (found,) = burnt(tmp_path, ct(), icons=True, profile="STD-CTMR-CD")
    assert (done.conforms, found is not None) == (("STD-CTMR-CD",), True)


def test_an_image_without_pixels_for_an_icon_is_noted_and_written(tmp_path: Path) -> None:
    baseline = sc().but(JPEG_BASELINE, **coloured("YBR_FULL_422", JPEG_BASELINE))
    damaged = baseline.but(PixelData=[frame("colour8.4.50")[:40]], SOPInstanceUID="2.25.77")
    options = {"profile": "STD-GEN-DVD-JPEG", "format": "folder", "icons": True}
    source = tmp_path / "source"
    source.mkdir()
    for n, each in enumerate((baseline, damaged)):
        (source / f"{n}.dcm").write_bytes(each.data)
    try:
        done = create([source], tmp_path / "out", created=CREATED, **options)  # type: ignore[arg-type]
    except ConformanceError as error:
        pytest.fail(str([each.reason for each in error.result.left_out]))
    (note,) = [finding for finding in done.findings if finding.rule == "KEY-060"]
    assert (note.severity, note.where.instance, done.written) == (Severity.NOTE, "2.25.77", 2)
    assert sum(each is not None for each in icons(tmp_path / "out")) == 1


def test_an_unfit_icon_of_ones_own_does_not_get_into_the_directory(tmp_path: Path) -> None:
    made = ct().but(IconImageSequence=icon(64, PhotometricInterpretation="RGB"), PixelData=b"\0\0")
    with pytest.raises(ConformanceError):
        burnt(tmp_path, made, icons=True)  # its Pixel Data is too short for any medium
    large = ct().but(IconImageSequence=icon(256))
    done = create([_one(tmp_path / "large.dcm", large)], tmp_path / "a.iso", icons=True, created=CREATED)
    (found,) = icons(tmp_path / "a.iso")
    assert found
    assert (done.complete, number(found, "Rows")) == (True, 64)
    small = ct().but(IconImageSequence=icon(128))
    source = _one(tmp_path / "small.dcm", small)
    create([source], tmp_path / "b.iso", icons=True, profile="STD-GEN-CD", created=CREATED)
    (found,) = icons(tmp_path / "b.iso")
    assert found == parse_items(_sequence(small))[0]


def _one(path: Path, made: Made) -> Path:
    path.write_bytes(made.data)
    return path


def many(folder: Path) -> Path:
    """So many compressed images that two decoders are at work."""
    folder.mkdir()
    for n in range(12):
        (folder / f"{n}.dcm").write_bytes(bare(f"image {n}").data)
    return folder


def test_the_same_job_gives_the_same_medium(tmp_path: Path) -> None:
    source = many(tmp_path / "source")
    made = [create([source], tmp_path / f"{n}.iso", created=CREATED, icons=True) for n in range(2)]
    assert all(each.complete for each in made)
    assert made[0].volumes[0].sha256 == made[1].volumes[0].sha256


def test_progress_is_told_and_cancelling_leaves_nothing(tmp_path: Path) -> None:
    source, token, seen = many(tmp_path / "source"), Cancel(), []

    def stop(event: Progress) -> None:
        if event.stage == "icons":
            seen.append((event.done, event.total))
            if event.done == 3:
                token.cancel()

    with pytest.raises(Cancelled):
        create([source], tmp_path / "disc.iso", created=CREATED, progress=stop, cancel=token)
    assert seen == [(1, 12), (2, 12), (3, 12)]
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
