from __future__ import annotations

import pytest

from mediakit.formats.fat.names import (
    entries_of,
    is_short,
    long_name_fault,
    long_name_parts,
    packed,
    short_names,
)
from mediakit.formats.fat.structs import checksum
from mediakit.formats.fat.volume import long_name, short_name


@pytest.mark.parametrize("name", ["A", "DICOMDIR", "IM000001", "README.TXT", "A_0.A_9", "0"])
def test_names_that_a_short_entry_holds(name: str) -> None:
    assert is_short(name)
    assert short_name(packed(name)) == name
    assert entries_of(name) == 1


@pytest.mark.parametrize(
    ("name", "entries"),
    [("a", 2), ("ABCDEFGHI", 2), ("A.TEXT", 2), ("A B", 2), ("n" * 13, 2), ("n" * 14, 3), ("😀" * 7, 3)],
)
def test_names_that_need_a_long_one(name: str, entries: int) -> None:
    assert not is_short(name)
    assert long_name_fault(name) == ""
    assert entries_of(name) == entries
    parts = list(long_name_parts(name, b"X~1        "))
    assert len(parts) == entries - 1
    assert long_name(parts) == name
    assert {part.checksum for part in parts} == {checksum(b"X~1        ")}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a.", "end in a space or a dot"),
        ("a ", "end in a space"),
        (" a", "begin with a space"),
        ("a\0b", "'\\x00' is not allowed"),
        ("a:b", "':' is not allowed"),
        ("n" * 256, "more than 255"),
        ("\ud800", "half a character"),
        ("..", "end in a space or a dot"),
    ],
)
def test_names_that_cannot_be(name: str, why: str) -> None:
    assert why in long_name_fault(name)


def test_the_longest_name() -> None:
    assert long_name_fault("n" * 255) == ""
    assert entries_of("n" * 255) == 21


def test_aliases_are_like_nothing_else_in_the_directory() -> None:
    names = ["LONGNA~1.TXT", "LongName one.txt", "LongName two.txt", "Überblick", ".profile", "a.b.c", "IM1"]
    assert short_names(names) == {
        "LONGNA~1.TXT": "LONGNA~2.TXT",
        "LongName one.txt": "LONGNA~3.TXT",
        "LongName two.txt": "LONGNA~4.TXT",
        "Überblick": "_BERBL~1",
        ".profile": "PROFIL~1",
        "a.b.c": "AB~1.C",
        "IM1": "IM1",
    }


def test_ten_thousand_aliases_of_one_beginning() -> None:
    names = [f"long name {n}" for n in range(10_000)]
    found = short_names(names)
    assert len(set(found.values())) == 10_000
    assert found["long name 0"] == "LONGNA~1"
    assert found["long name 9999"] == "LO~10000"
    assert all(len(each) <= 8 for each in found.values())


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\x05BC        ", "\\xe5BC"),
        (b"A/B     TXT", "A\\x2fB.TXT"),
        (b".          ", "\\x2e"),
        (b"..         ", "\\x2e\\x2e"),
        (b"           ", "\\x20"),
        (b"A B     C  ", "A B.C"),
        (b"        TXT", ".TXT"),
    ],
)
def test_recorded_names_that_could_break_a_path(raw: bytes, name: str) -> None:
    assert short_name(raw) == name
