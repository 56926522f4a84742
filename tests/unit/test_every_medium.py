"""Every pairing of a medium and a format (PS3.12): made and proved, full to the brim, of stable sources."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediakit import Progress, create
from mediakit.errors import CapacityError, SourceChanged
from mediakit.formats import read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.job import FOLDER
from mediakit.profile.load import media
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import profiles
from tests.studies import study, written

PAIRINGS = [(id, format) for id, medium in media().items() for format in (*medium.formats, FOLDER)]
WAYS = [
    ("cd", "iso", False), ("dvd", "iso", False), ("dvd", "bridge", False), ("dvd", "udf", False),
    ("bd-r", "udf", False), ("usb", "fat", False), ("mod41", "fat", False), ("mod23", "fat", False),
    ("zip", "zip", False), ("zip", "zip", True), ("mail", "mail", False), ("mail", "mail", True),
    ("mime", "mime", False), ("usb", "folder", False),
]  # fmt: skip
"""Every kind of writing, with --deflate at the end."""

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where the medium goes; whatever the test did, nothing else may be left there."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder / "medium"
    assert {path.name for path in folder.iterdir()} <= {"medium"}


def source(folder: Path, medium: str) -> Path:
    """Two instances for that medium."""
    if medium != "mod23":
        return written(folder, study("A", 2))
    made = conforming(profiles()["STD-US-ID-MF-MOD23-90"])  # which takes ultrasound only
    return written(folder, [each.data for each in made[:2]])


@pytest.mark.parametrize(("medium", "format"), PAIRINGS)
def test_every_pairing_is_made_and_conforms_and_repeats(
    medium: str, format: str, tmp_path: Path, out: Path
) -> None:
    sources = [source(tmp_path / "in", medium)]
    made = create(sources, out, medium=medium, format=format, created=CREATED)
    again = create(sources, tmp_path / "again", medium=medium, format=format, created=CREATED)
    assert made.volumes[0].sha256 == again.volumes[0].sha256
    assert (made.complete, made.verified, made.written) == (True, True, 2)
    assert made.volumes[0].format == format
    assert set(made.profiles) <= set(made.conforms)
    assert bool(made.profiles) != bool(media()[medium].like)


@pytest.mark.parametrize(("medium", "format", "deflate"), WAYS)
def test_it_is_full_to_the_last_byte_or_refused(
    medium: str, format: str, deflate: bool, tmp_path: Path, out: Path
) -> None:
    def made(capacity: int | None, dry_run: bool) -> int:
        done = create(
            [source(tmp_path / "in", medium)], out, medium=medium, format=format, deflate=deflate,
            capacity=capacity, created=CREATED, dry_run=dry_run,
        )  # fmt: skip
        return done.volumes[0].size

    size = made(None, dry_run=True)
    with pytest.raises(CapacityError) as caught:
        made(size - 1, dry_run=False)
    assert caught.value.needed == size
    assert not out.exists()
    assert made(size, dry_run=False) == size


def listed(path: Path) -> set[str]:
    """The names in the long form of the medium."""
    (view, *others) = read_medium(path)
    if isinstance(view.facts, IsoVolume) and view.facts.joliet:
        return {"/".join(names) for names in view.facts.joliet}
    assert not others
    return {"/".join(file.path) for file in view.files}


@pytest.mark.parametrize(("medium", "format", "deflate"), WAYS)
def test_other_content_keeps_its_long_names_and_is_counted(
    medium: str, format: str, deflate: bool, tmp_path: Path, out: Path
) -> None:
    viewer = tmp_path / "Image Viewer"
    (viewer / "for Größe").mkdir(parents=True)
    (viewer / "for Größe" / "Read me first.html").write_bytes(b"<p>")
    (viewer / "autorun.inf").write_bytes(b"[autorun]")
    (viewer / "viewer program.exe").write_bytes(random.Random(1).randbytes(8 << 20))

    def made(include: list[str], capacity: int | None = None) -> int:
        done = create(
            [source(tmp_path / "in", medium)], out, medium=medium, format=format, deflate=deflate,
            include=include, capacity=capacity, created=CREATED, dry_run=not include,
        )  # fmt: skip
        return done.volumes[0].size

    alone = made([])
    with pytest.raises(CapacityError):
        made([str(viewer)], 8 << 20)
    assert made([str(viewer)]) > max(alone, 8 << 20)
    found = listed(out)
    assert {"Image Viewer/for Größe/Read me first.html", "Image Viewer/viewer program.exe"} <= found
    assert not {"autorun.inf", "AUTORUN.INF"} & found


def change(path: Path, how: str) -> None:
    """What another program does to a file that is being copied."""
    with path.open("r+b") as stream:
        if how == "shrinks":
            stream.truncate(5 << 20)
        else:
            stream.seek(0, os.SEEK_END if how == "grows" else os.SEEK_SET)
            stream.write(b"more")


@pytest.mark.parametrize("how", ["grows", "shrinks", "changes"])
@pytest.mark.parametrize(("medium", "format", "deflate"), WAYS)
def test_a_source_that_changes_while_it_is_copied_leaves_nothing(
    medium: str, format: str, deflate: bool, how: str, tmp_path: Path, out: Path
) -> None:
    victim = tmp_path / "viewer" / "VIEWER.DAT"
    victim.parent.mkdir()
    victim.write_bytes((random.Random(1).randbytes(3072) + bytes(1024)) * 2048)
    changed = False

    def meddle(event: Progress) -> None:
        nonlocal changed
        if event.stage == "write" and event.total and event.done > event.total // 2 and not changed:
            changed = True
            change(victim, how)

    sources = [source(tmp_path / "in", medium)]
    with pytest.raises(SourceChanged, match=r"VIEWER\.DAT changed since it was read first"):
        create(
            sources, out, medium=medium, format=format, deflate=deflate, include=[str(victim.parent)],
            progress=meddle,
        )  # fmt: skip
    assert changed
    assert not out.exists()
