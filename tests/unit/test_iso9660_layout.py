from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

import pytest

from mediakit.errors import InputError
from mediakit.formats import iso9660
from mediakit.formats.tree import VolumeFile, VolumeTree
from tests.iso9660 import FILES, PARAMETERS, tree


@dataclass(frozen=True, slots=True)
class Claimed:
    """Content that says how large it is and is never opened."""

    size: int

    def open(self) -> BinaryIO:
        raise AssertionError("a plan opens nothing")


def claimed(name: str, size: int) -> VolumeFile:
    return VolumeFile(tuple(name.split("/")), Claimed(size))


def test_positions_of_everything() -> None:
    layout = iso9660.plan(tree(FILES), PARAMETERS)
    assert (layout.l_path_table, layout.m_path_table) == (18, 19)
    assert [(each.number, each.parent, each.identifier, each.extent) for each in layout.directories] == [
        (1, 1, b"\0", 20),
        (2, 1, b"DICOM", 21),
        (3, 2, b"PA000001", 22),
        (4, 2, b"PA000002", 23),
    ]
    assert layout.path_table_size == 10 + 14 + 16 + 16
    assert [(file.path[-1], file.offset // 2048) for file in layout.files] == [
        ("README.TXT", 24),
        ("DICOMDIR", 25),
        ("IM000001", 27),
        ("IM000002", 28),
        ("IM000001", 31),
    ]
    assert layout.size == 32 * 2048


def test_records_are_sorted_by_name_then_extension() -> None:
    names = ["B", "A_", "A.TXT", "AB", "A", "A0", "A.TX", "Z/F", "M/F"]
    root = iso9660.plan(tree(dict.fromkeys(names, b"")), PARAMETERS).directories[0]
    assert [entry.identifier for entry in root.entries] == [
        b"A.;1", b"A.TX;1", b"A.TXT;1", b"A0.;1", b"AB.;1", b"A_.;1", b"B.;1", b"M", b"Z",
    ]  # fmt: skip


def test_directories_are_numbered_by_level_then_parent_then_name() -> None:
    layout = iso9660.plan(tree(dict.fromkeys(["B/A/F", "A/Z/F", "A/C/F", "C/F"], b"")), PARAMETERS)
    assert [(each.identifier, each.parent) for each in layout.directories] == [
        (b"\0", 1), (b"A", 1), (b"B", 1), (b"C", 1), (b"C", 2), (b"Z", 2), (b"A", 3),
    ]  # fmt: skip


def test_records_do_not_cross_sectors() -> None:
    # 2 x 34 + 45 x 44 bytes fill a sector exactly; the next record needs another one.
    for count, sectors in ((45, 1), (46, 2), (91, 2), (92, 3)):
        files = {f"IM{n:06}": b"" for n in range(count)}
        assert iso9660.plan(tree(files), PARAMETERS).directories[0].size == sectors * 2048


def test_empty_files_lie_inside_the_volume() -> None:
    layout = iso9660.plan(tree({"A": b"", "B": b"x", "C": b""}), PARAMETERS)
    assert [file.offset for file in layout.files] == [21 * 2048, 21 * 2048, 21 * 2048]
    assert layout.size == 22 * 2048
    assert iso9660.plan(tree({"A": b""}), PARAMETERS).files[0].offset == 20 * 2048


def test_a_volume_without_files() -> None:
    layout = iso9660.plan(VolumeTree(()), PARAMETERS)
    assert (layout.size, layout.files) == (21 * 2048, ())


def test_identifiers_are_put_into_a_characters() -> None:
    layout = iso9660.plan(tree(FILES), replace(PARAMETERS, publisher="_äKlinik^1", application="x" * 130))
    assert layout.publisher == "KLINIK_1"  # an underscore in front would name a file (ISO 9660 8.4.20)
    assert layout.application == "X" * 128


@pytest.mark.parametrize(
    ("files", "path", "why"),
    [
        (["name"], "name", "Level 1"),
        (["NINECHARS"], "NINECHARS", "Level 1"),
        (["A.JPEG"], "A.JPEG", "Level 1"),
        (["A.B.C"], "A.B.C", "Level 1"),
        (["A."], "A.", "Level 1"),
        ([".TXT"], ".TXT", "Level 1"),
        (["A;1"], "A;1", "Level 1"),
        (["D/Ä"], "D/Ä", "Level 1"),
        (["A\n"], "A\n", "Level 1"),
        (["DIR.1/A"], "DIR.1", "Level 1"),
        (["a/A"], "a", "Level 1"),
        (["../A"], "..", "Level 1"),
        (["NINECHARS/A"], "NINECHARS", "Level 1"),
        (["1/2/3/4/5/6/7/8/9"], "1/2/3/4/5/6/7/8/9", "8 levels"),
        (["A/B", "A"], "A", "already"),
        (["A", "A/B"], "A", "folder"),
    ],
)
def test_what_level_1_cannot_hold_is_refused_by_its_path(files: list[str], path: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        iso9660.plan(tree(dict.fromkeys(files, b"")), PARAMETERS)
    assert caught.value.message.startswith(f"{path} cannot be written: ")
    assert why in caught.value.message
    assert caught.value.advice


def test_the_same_path_twice_is_refused() -> None:
    with pytest.raises(InputError, match="D/A cannot be written: this name is there already"):
        iso9660.plan(VolumeTree((claimed("D/A", 1), claimed("D/A", 1))), PARAMETERS)


def test_a_file_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="without a name"):
        iso9660.plan(VolumeTree((VolumeFile((), Claimed(1)),)), PARAMETERS)


def test_the_largest_file_is_one_byte_below_4_gib() -> None:
    layout = iso9660.plan(VolumeTree((claimed("A", 2**32 - 1),)), PARAMETERS)
    assert layout.size == 21 * 2048 + 2**32
    with pytest.raises(InputError, match=r"A cannot be written: it has 4,294,967,296 bytes"):
        iso9660.plan(VolumeTree((claimed("A", 2**32),)), PARAMETERS)


def test_the_largest_volume_has_32_bits_of_sectors() -> None:
    files = tuple(claimed(f"D/F{n:07}", 2**32 - 1) for n in range(2048))
    with pytest.raises(InputError, match=r"would have 4,294,967,\d+ sectors"):
        iso9660.plan(VolumeTree(files), PARAMETERS)
    assert iso9660.plan(VolumeTree(files[1:]), PARAMETERS).size > 2**42


def test_the_path_table_numbers_65535_directories() -> None:
    names = [f"D{n:05}" for n in range(255)]
    files = [claimed(f"{a}/{b}/F", 0) for a in names for b in names]  # 1 + 255 + 65,025 directories
    with pytest.raises(InputError, match="65,536 folders"):
        iso9660.plan(VolumeTree((*files, *(claimed(f"X{n}/F", 0) for n in range(255)))), PARAMETERS)


@pytest.mark.parametrize("volume_id", ["cd1", "CD 1", "Ä", "CD-1", "A" * 33, "CD1\n"])
def test_a_volume_identifier_has_d_characters(volume_id: str) -> None:
    with pytest.raises(InputError, match="volume identifier"):
        iso9660.plan(tree(FILES), replace(PARAMETERS, volume_id=volume_id))


@pytest.mark.parametrize(
    ("created", "why"),
    [
        (datetime(2026, 1, 1), "no time zone"),
        (PARAMETERS.created.replace(year=1900), "year 1900"),
        (PARAMETERS.created.replace(year=2155), "year 2155"),
    ],
)
def test_a_date_that_cannot_be_recorded(created: datetime, why: str) -> None:
    with pytest.raises(InputError, match=why):
        iso9660.plan(tree(FILES), replace(PARAMETERS, created=created))


def test_what_is_planned_is_what_is_written() -> None:
    layout = iso9660.plan(tree(FILES), PARAMETERS)
    out = io.BytesIO()
    written = iso9660.write(layout, out)
    data = out.getvalue()
    assert written.size == layout.size == len(data)
    for file, expected in zip(layout.files, FILES.values(), strict=True):
        assert data[file.offset : file.offset + file.content.size] == expected
