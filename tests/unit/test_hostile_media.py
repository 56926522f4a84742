"""Hostile media: nothing outside DIR is written or read, no link is followed, nothing is executed.

A medium of every format holds two instances; the name of the second is made hostile, in the file
system and in the directory. Whatever becomes of it, `extract` writes below its folder only.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mediakit import extract, scan, verify
from mediakit.errors import MediakitError
from tests import fat, iso9660, udf, zips
from tests.builders import FileSetFolder, ct, file_set

SOUND = dict(file_set((ct(1), ct(2))).files)
DEVICES = {"CON", "PRN", "AUX", "NUL"}
VICTIM = "DICOM/PA000001/ST000001/SE000001/IM000002"

HOSTILE = (
    b"../../AA", b"/TMP/AAA", b"..\\..\\AA", b"C:\\AAAAA", b"CON     ", b"A\0B\0C\0D\0",
    b"\x1b[2JAAAA", b"..      ", b"~/.AAAAA", b"\r\nAAAAAA", b"\xff\xfe\xfd\xfcAAAA",
)  # fmt: skip
"""Eight bytes each, to stand where IM000002 was."""


def exchanged(image: bytes, name: bytes) -> bytes:
    """The image with every IM000002 in it called otherwise, in whatever the format writes it."""
    wide = name.decode("latin-1").encode("utf-16-be")
    data = image.replace(b"IM000002", name).replace("IM000002".encode("utf-16-be"), wide)
    assert data != image
    return data


def folder_medium(where: Path, name: bytes) -> Path:
    directory = SOUND["DICOMDIR"].replace(b"IM000002", name)
    return FileSetFolder({**SOUND, "DICOMDIR": directory}).write(where / "medium")


def image_medium(make: Callable[[dict[str, bytes]], bytes]) -> Callable[[Path, bytes], Path]:
    def medium(where: Path, name: bytes) -> Path:
        (where / "medium").write_bytes(exchanged(make(SOUND), name))
        return where / "medium"

    return medium


MEDIA: dict[str, Callable[[Path, bytes], Path]] = {
    "folder": folder_medium,
    "iso9660": image_medium(iso9660.image),
    "joliet": image_medium(lambda files: iso9660.image({**files, "Viewer/A long name.txt": b""})),
    "udf": image_medium(udf.image),
    "fat": image_medium(fat.image),
    "zip": image_medium(zips.archive),
    "mime": image_medium(zips.message),
}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Path]:
    """A folder three levels down, around which nothing may appear or change."""
    inside = tmp_path / "a" / "b" / "c"
    inside.mkdir(parents=True)
    yield inside
    around = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert {path for path in around if not path.startswith("a/b/c/")} == {"a", "a/b", "a/b/c"}


def is_safe(name: str) -> bool:
    """Whether a name means a file of that name on every system, Windows and its devices among them."""
    forbidden = set('\\/:"<>|?*') | {chr(n) for n in range(32)}
    return (
        name.strip(". ") != "" and not set(name) & forbidden and name.partition(".")[0].upper() not in DEVICES
    )


@pytest.mark.parametrize("kind", MEDIA)
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_that_lead_elsewhere(kind: str, name: bytes, watched: Path) -> None:
    medium = MEDIA[kind](watched, name)
    before = {"medium", "out"}
    for number, names in enumerate(("short", "file-id", "uid")):
        out = watched / "out" / str(number)
        out.parent.mkdir(exist_ok=True)
        try:
            done = extract(medium, out, names=names)
        except MediakitError:
            assert not out.exists()
            continue
        written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        assert written == {each.path for each in done.instances}
        for each in written:
            assert all(is_safe(part) for part in each.split("/"))
        # The first instance comes off in any case, byte by byte.
        assert ct(1) in {(out / each).read_bytes() for each in written}
    assert {path.name for path in watched.iterdir()} <= before


@pytest.mark.parametrize(
    "name", ["../../AA", "/AA", "..\\..\\AA", "C:\\AA", "a/../../../AA", "CON", "x\0y", "\u202eAA", "a" * 300]
)
def test_members_of_an_archive_that_lead_elsewhere(name: str, watched: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("IM1", ct(1))
        info = zipfile.ZipInfo("IM2")
        info.filename = name  # as it is: the constructor mends it
        out.writestr(info, ct(2))
    (watched / "medium").write_bytes(packed.getvalue())
    for names in ("short", "file-id", "uid"):
        done = extract(watched / "medium", watched / names, names=names)
        root = watched / names
        assert {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} == {
            each.path for each in done.instances
        }
    assert {path.name for path in watched.iterdir()} == {"medium", "short", "file-id", "uid"}


def test_links_in_an_archive_are_not_made(watched: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        link = zipfile.ZipInfo("DICOM")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        out.writestr(link, "../../..")
        out.writestr("DICOM/IM1", ct(1))
        out.writestr("IM2", ct(2))
    (watched / "medium").write_bytes(packed.getvalue())
    extract(watched / "medium", watched / "out", names="file-id")
    assert not [path for path in watched.rglob("*") if path.is_symlink()]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links on this system")
def test_links_on_a_folder_are_not_followed(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret")
    (secret / "IM2").write_bytes(ct(2))
    medium = FileSetFolder({name: data for name, data in SOUND.items() if name != VICTIM}).write(
        watched / "medium"
    )
    (medium / VICTIM).symlink_to(secret / "IM2")
    (medium / "MORE").symlink_to(secret)
    found = verify(medium)
    assert (found.imports.total("readable"), found.imports.total("lost")) == (1, 1)
    assert "RISK-002" in {each.rule for each in found.findings}
    done = extract(medium, watched / "out")
    assert (len(done.instances), len(done.missing)) == (1, 1)


def test_a_program_on_a_disc_is_listed_and_not_started(watched: Path) -> None:
    mark = watched / "started"
    script = f"#!/bin/sh\ntouch {mark}\n".encode()
    autorun = b"[autorun]\r\nopen=START.EXE\r\n"
    medium = FileSetFolder({**SOUND, "AUTORUN.INF": autorun, "START.EXE": b"MZ", "run.sh": script})
    folder = medium.write(watched / "medium")
    for each in ("run.sh", "START.EXE"):
        (folder / each).chmod(0o755)
    verify(folder)
    scan([folder])
    extract(folder, watched / "out")
    assert not mark.exists()
    assert {path.suffix for path in (watched / "out").rglob("*") if path.is_file()} == {".dcm"}
