from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

import pytest

from mediakit.errors import InputError
from mediakit.formats import iso9660
from mediakit.formats.tree import VolumeFile, VolumeTree
from tests.iso9660 import FILES, PARAMETERS, image, tree


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
    assert (layout.primary.l_path_table, layout.primary.m_path_table) == (18, 19)
    assert [
        (each.number, each.parent, each.identifier, each.extent) for each in layout.primary.directories
    ] == [
        (1, 1, b"\0", 20),
        (2, 1, b"DICOM", 21),
        (3, 2, b"PA000001", 22),
        (4, 2, b"PA000002", 23),
    ]
    assert layout.primary.path_table_size == 10 + 14 + 16 + 16
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
    root = iso9660.plan(tree(dict.fromkeys(names, b"")), PARAMETERS).primary.directories[0]
    assert [entry.identifier for entry in root.entries] == [
        b"A.;1", b"A.TX;1", b"A.TXT;1", b"A0.;1", b"AB.;1", b"A_.;1", b"B.;1", b"M", b"Z",
    ]  # fmt: skip


def test_directories_are_numbered_by_level_then_parent_then_name() -> None:
    layout = iso9660.plan(tree(dict.fromkeys(["B/A/F", "A/Z/F", "A/C/F", "C/F"], b"")), PARAMETERS)
    assert [(each.identifier, each.parent) for each in layout.primary.directories] == [
        (b"\0", 1), (b"A", 1), (b"B", 1), (b"C", 1), (b"C", 2), (b"Z", 2), (b"A", 3),
    ]  # fmt: skip


def test_records_do_not_cross_sectors() -> None:
    # 2 x 34 + 45 x 44 bytes fill a sector exactly; the next record needs another one.
    for count, sectors in ((45, 1), (46, 2), (91, 2), (92, 3)):
        files = {f"IM{n:06}": b"" for n in range(count)}
        assert iso9660.plan(tree(files), PARAMETERS).primary.directories[0].size == sectors * 2048


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
        (["A."], "A.", "a character that cannot be recorded"),
        (["D/a "], "D/a ", "a character"),
        (["A;1"], "A;1", "a character"),
        (["A\n"], "A\n", "a character"),
        (["a*"], "a*", "a character"),
        (["D\udcff"], "D\udcff", "a character"),
        (["../A"], "..", "a character"),
        (["/A"], "", "no name"),
        (["a" * 65], "a" * 65, "too long"),
        (["文" * 50], "文" * 50, "too long"),
        (["1/2/3/4/5/6/7/8/9"], "1/2/3/4/5/6/7/8/9", "8 levels"),
        (["D/name", "D/NAME"], "D/NAME", "name differs from it in case only"),
        (["d/a", "D/a"], "D", "d differs from it in case only"),
        (["A/B", "A"], "A", "already"),
        (["A", "A/B"], "A", "folder"),
    ],
)
def test_what_no_volume_can_hold_is_refused_by_its_path(files: list[str], path: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        iso9660.plan(tree(dict.fromkeys(files, b"")), PARAMETERS)
    assert caught.value.message.startswith(f"{path or 'A file without a name'} cannot be written: ")
    assert why in caught.value.message
    assert caught.value.advice


LONG = {
    "DICOM/IM000001": b"1",
    "Viewer/a long name.html": b"2",
    "Viewer/A long name.htm": b"3",
    "Viewer/A_LONG_N.HTM": b"4",
    ".hidden": b"5",
    "Größe": b"6",
    "A.B.C": b"7",
}


def test_a_long_name_gets_a_short_one_that_is_free() -> None:
    layout = iso9660.plan(tree(LONG), PARAMETERS)
    assert ["/".join(file.path) for file in layout.files] == [
        "DICOM/IM000001", "VIEWER/A_LONG_2.HTM", "VIEWER/A_LONG_1.HTM", "VIEWER/A_LONG_N.HTM",
        "_.HID", "GROSSE", "A_B.C",
    ]  # fmt: skip
    backwards = iso9660.plan(tree(dict(reversed(LONG.items()))), PARAMETERS)
    assert {file.path for file in backwards.files} == {file.path for file in layout.files}


def test_a_long_name_brings_joliet_and_rock_ridge_for_all() -> None:
    layout = iso9660.plan(tree(LONG), PARAMETERS)
    assert layout.joliet is not None
    assert layout.primary.rock_ridge
    assert [entry.name for each in layout.primary.directories for entry in each.entries] == [
        "A.B.C", "DICOM", "Größe", "Viewer", ".hidden", "IM000001",
        "A long name.htm", "a long name.html", "A_LONG_N.HTM",
    ]  # fmt: skip
    in_joliet = [entry for each in layout.joliet.directories for entry in each.entries]
    assert {entry.identifier.decode("utf-16-be") for entry in in_joliet} == {
        "DICOM", "Viewer", "IM000001;1", "a long name.html;1", "A long name.htm;1", "A_LONG_N.HTM;1",
        ".hidden;1", "Größe;1", "A.B.C;1",
    }  # fmt: skip
    places = {
        (entry.extent, entry.size)
        for each in layout.primary.directories
        for entry in each.entries
        if not entry.is_directory
    }
    assert {(entry.extent, entry.size) for entry in in_joliet if not entry.is_directory} == places
    # 16 to 18 descriptors, then two path tables and three directories of each tree.
    assert (layout.primary.l_path_table, layout.joliet.l_path_table) == (19, 24)
    assert layout.files[0].offset == 29 * 2048


def test_short_names_alone_bring_neither() -> None:
    layout = iso9660.plan(tree(FILES), PARAMETERS)
    assert layout.joliet is None
    assert not layout.primary.rock_ridge


def test_level_3_divides_a_file_into_extents_of_whole_sectors() -> None:
    size = 2 * 0xFFFFF800 + 5
    files = VolumeTree((claimed("A", size), claimed("B", 2**32 - 1), claimed("C", 1)))
    layout = iso9660.plan(files, replace(PARAMETERS, iso_level=3))
    first = layout.primary.directories[0].extent + 1
    step = 0xFFFFF800 // 2048
    assert [(each.extent, each.size, each.continued) for each in layout.primary.directories[0].entries] == [
        (first, 0xFFFFF800, True), (first + step, 0xFFFFF800, True), (first + 2 * step, 5, False),
        (first + 2 * step + 1, 2**32 - 1, False), (first + 2 * step + 1 + 2**21, 1, False),
    ]  # fmt: skip
    with pytest.raises(InputError, match="it has 8,589,930,501 bytes"):
        iso9660.plan(files, PARAMETERS)


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


@pytest.mark.parametrize("level", [2, 3])
def test_every_level_gives_the_bytes_of_level_1_where_they_hold_the_same(level: int) -> None:
    """Names are those of Level 1 on every medium (PS3.12 P.2.2); the levels differ in large files only."""
    for files in (FILES, FILES | {"Viewer/A long name.html": b"<p>"}):
        assert image(files, replace(PARAMETERS, iso_level=level)) == image(files)
