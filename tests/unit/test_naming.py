"""Names of extracted files: unique, and safe on every system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import UsageError
from mediakit.naming import namer, safe
from tests.builders import ct, instance

ONE = instance(ct(1), "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IM1", "IM1"),
        ("..", "_"),
        ("", "_"),
        ("C:", "C_"),
        ("a/b\\c", "a_b_c"),
        ("CON", "_CON"),
        ("lpt1.dcm", "_lpt1.dcm"),
        ("end. ", "end"),
        (".hidden", "_.hidden"),
        ("Röntgen 1", "Röntgen 1"),
    ],
)
def test_safe(name: str, expected: str) -> None:
    assert safe(name) == expected


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=3).map(tuple), max_size=8))
def test_recorded_names_are_unique_and_stay_below(paths: list[tuple[str, ...]]) -> None:
    named = namer("file-id")([ONE] * len(paths), paths)
    assert len({each.upper() for each in named}) == len(paths)
    assert not any(part in ("", ".", "..") for each in named for part in each.split("/"))


def test_a_uid_that_is_none() -> None:
    evil = instance(ct(1, SOPInstanceUID="../../1"), "")
    (path,) = namer("uid")([evil], [("A",)])
    assert path.rpartition("/")[2] == ".._.._1.dcm".replace("..", "_..", 1)


def test_an_unknown_way() -> None:
    with pytest.raises(UsageError, match="no way of naming"):
        namer("pretty")
