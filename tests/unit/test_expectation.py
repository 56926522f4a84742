"""Is everything there that the user expects?"""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.creator_notes import missing_numbers
from mediakit.errors import ExpectationError, SourceUnreadable, UsageError
from mediakit.expectation import check_expectation, parse_expectation, read_expectation
from tests.builders import ct, instance, uid

SERIES = [instance(ct(n)) for n in (1, 2, 4)]
STUDY = uid("study")


def check(words: str) -> None:
    check_expectation(SERIES, parse_expectation(words, "list.txt"))


@pytest.mark.parametrize(
    "words",
    [
        f"{STUDY} 3",
        f"# the whole study\n\n{STUDY};3 # all\n",
        f"{uid('series')}, 3",
        "\n".join(uid(f"ct {n}") for n in (1, 2, 4)),
        f"{STUDY} 3\n{uid('ct 1')}",
    ],
)
def test_what_is_all_there_passes(words: str) -> None:
    check(words)


@pytest.mark.parametrize("words", [f"{STUDY} 4", f"{STUDY} 2", f"{uid('series')} 4", f"{STUDY} 3\n1.2.3 1"])
def test_too_few_or_too_many_stop(words: str) -> None:
    with pytest.raises(ExpectationError, match="expected"):
        check(words)


def test_one_missing_instance_is_named_with_its_series() -> None:
    with pytest.raises(ExpectationError) as stopped:
        check("\n".join(uid(f"ct {n}") for n in (1, 2, 3, 4)))
    assert f"{uid('ct 3')}: missing" in stopped.value.message
    assert "2024-05-01 Thorax: CT series 1 AX 5.0: 3 (Instance Number 3 missing)" in stopped.value.message


def test_an_instance_that_is_not_on_the_list_stops() -> None:
    with pytest.raises(ExpectationError, match="not expected"):
        check(f"{uid('ct 1')}\n{uid('ct 2')}")


@pytest.mark.parametrize("words", ["", "# nothing", "hello", "1.2.3 many", "1.2.3 4 5"])
def test_a_list_that_cannot_be_understood_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_expectation(words, "list.txt")


def test_the_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbf" + f"{STUDY} 3\r\n".encode())
    assert read_expectation(path).counts == {STUDY: 3}


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        read_expectation(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("present", "expected"), [((1, 2, 3), ""), ((1, 3, 7), "2, 4-6"), ((5,), ""), ((), "")]
)
def test_gaps_in_instance_numbers(present: tuple[int, ...], expected: str) -> None:
    assert missing_numbers([instance(ct(n)) for n in present]) == expected
