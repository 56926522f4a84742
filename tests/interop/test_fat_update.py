"""A FAT volume changed in place, in the eyes of other programs, and stopped after any write."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from mediakit import create, update, verify
from mediakit.formats import fat
from mediakit.formats.fat.updater import update as change
from mediakit.formats.tree import VolumeFile, VolumeParameters, VolumeTree
from mediakit.model import BytesContent, FileContent
from tests.builders import uid
from tests.studies import study, written
from tests.tools import run, run_bytes

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def volume(path: Path, width: int, capacity: int) -> Path:
    """A volume without a partition table: two files of several clusters, and the one that is replaced."""
    files = [("OLD", "A", bytes(range(256)) * 20), ("OLD", "B", b"b" * 3000), ("INDEX", "", b"old" * 700)]
    tree = VolumeTree(
        tuple(VolumeFile(tuple(filter(None, (top, name))), BytesContent(data)) for top, name, data in files)
    )
    parameters = VolumeParameters("TEST", CREATED, fat=(width,), partitioned=False, capacity=capacity)
    with path.open("wb") as out:
        fat.write(fat.plan(tree, parameters), out)
    return path


def new_files() -> list[VolumeFile]:
    return [
        VolumeFile(("NEW", "X", "ONE"), BytesContent(bytes(range(255)) * 40)),
        VolumeFile(("NEW", "X", "TWO"), BytesContent(b"")),
        VolumeFile(("NEW", "THREE"), BytesContent(b"3" * 700)),
        VolumeFile(("INDEX",), BytesContent(b"new" * 2000)),
    ]


def contents(path: Path) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for file in fat.open(FileContent.of(path)).files:
        if file.content is not None:
            with file.content.open() as stream:
                found["/".join(file.path)] = stream.read()
    return found


@pytest.mark.parametrize(("width", "capacity"), [(12, 1_000_000), (16, 8_000_000), (32, 40_000_000)])
def test_other_programs_find_it_in_order(width: int, capacity: int, tmp_path: Path) -> None:
    image = volume(tmp_path / "image", width, capacity)
    view = fat.open(FileContent.of(image))
    assert view.facts.geometry.width == width
    change(image, view, new_files(), [("OLD", "B")], CREATED, lambda: None)
    run("fsck.fat", "-n", image)
    assert run_bytes("mtype", "-i", image, "::NEW/X/ONE") == bytes(range(255)) * 40
    assert run_bytes("mtype", "-i", image, "::NEW/X/TWO") == b""
    assert run_bytes("mtype", "-i", image, "::NEW/THREE") == b"3" * 700
    assert run_bytes("mtype", "-i", image, "::INDEX") == b"new" * 2000
    assert run_bytes("mtype", "-i", image, "::OLD/A") == bytes(range(256)) * 20
    after = fat.open(FileContent.of(image))
    assert (after.facts.oddities, "OLD/B" in contents(image)) == ((), False)
    change(
        image, after, [VolumeFile(("INDEX",), BytesContent(b"last"))], [("OLD", "A")], CREATED, lambda: None
    )
    run("fsck.fat", "-n", image)
    assert sorted(contents(image)) == ["INDEX", "NEW/THREE", "NEW/X/ONE", "NEW/X/TWO"]


def test_a_stick_of_ours_after_two_changes(tmp_path: Path) -> None:
    source = written(tmp_path / "source", study("A", 5, 100))
    stick = tmp_path / "stick.img"
    create([source], stick, capacity=16_000_000, created=CREATED)
    update(stick, add=[written(tmp_path / "new", study("B", 5, 100))], created=CREATED)
    update(stick, remove=[uid("study A")], created=CREATED)
    offset = verify(stick).view.media[0].facts.start  # type: ignore[attr-defined]  # FatVolume
    with stick.open("rb") as whole:
        whole.seek(offset)
        (tmp_path / "volume").write_bytes(whole.read())
    run("fsck.fat", "-n", tmp_path / "volume")


def test_stopped_after_any_write_it_is_old_or_new_or_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes after each of the writes that an update makes: nobody is ever told a lie."""
    stick = tmp_path / "stick.img"
    create([written(tmp_path / "source", study("A", 3, 60))], stick, capacity=8_000_000, created=CREATED)
    old = stick.read_bytes()
    writes: list[tuple[int, bytes]] = []
    plain = type(stick).open

    def recording(path: Path, mode: str = "r", *args: object, **options: object) -> object:
        if mode != "r+b":
            return plain(path, mode, *args, **options)  # type: ignore[call-overload]  # passed on
        stream = plain(path, mode, *args, **options)  # type: ignore[call-overload]  # passed on
        write = stream.write

        class Noting:
            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

            def __enter__(self) -> Noting:
                return self

            def __exit__(self, *error: object) -> None:
                stream.close()

            def write(self, data: bytes) -> int:
                writes.append((stream.tell(), bytes(data)))
                return int(write(data))

        return Noting()

    monkeypatch.setattr(type(stick), "open", recording)
    update(
        stick,
        add=[written(tmp_path / "new", study("B", 3, 60))],
        remove=[uid("image A 1 1")],
        created=CREATED,
    )
    monkeypatch.undo()
    new = stick.read_bytes()
    states = []
    image = bytearray(old)
    for offset, data in writes:
        image[offset : offset + len(data)] = data
        stick.write_bytes(image)
        states.append(state(stick))
    assert bytes(image) == new
    # Data into free clusters; one FAT, then both; the new DICOMDIR beside a file that no record names;
    # that file gone; its clusters free in one FAT, then in both.
    assert [found for found, _ in groupby(states)] == [
        "old", "incomplete", "old", "incomplete", "new", "incomplete", "new",
    ]  # fmt: skip


def state(stick: Path) -> str:
    """What a user is told of the medium."""
    judged = verify(stick)
    held = {each.instance.sop_instance for each in judged.view.instances() if each.instance}
    before = {uid(f"image A 1 {n}") for n in (1, 2, 3)}
    after = before - {uid("image A 1 1")} | {uid(f"image B 1 {n}") for n in (1, 2, 3)}
    if judged.verdict == "conforms":
        return "old" if held == before else "new" if held == after else "wrong"
    return "incomplete"
