"""Which instances go together, with a planner that just adds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import CapacityError
from mediakit.model import Instance
from mediakit.splitting import split
from mediakit.values import text
from tests.builders import ct, instance, uid

HEAD, EACH = 1000, 100
CAPACITY = 10_000


def image(study: str, size: int, *, series: str = "1", number: int = 1, date: str = "20240101") -> Instance:
    """An instance of that many bytes; its content is never opened again."""
    values = {"StudyDate": date, "StudyInstanceUID": uid(study), "SeriesInstanceUID": uid(study + series)}
    name = f"{study}/{series}/{number}"
    found = instance(ct(number, SOPInstanceUID=uid(name), **values), name)
    return Instance(
        found.sop_class, found.sop_instance, found.transfer_syntax, found.keys, found.file_meta,
        found.preamble, found.anomalies, Sized(size), name,
    )  # fmt: skip


class Sized:
    """A content that has a size only."""

    def __init__(self, size: int) -> None:
        self.size = size

    def open(self) -> None:
        raise AssertionError("splitting opens nothing")


def weigh(instances: object) -> int:
    """A volume has a head, and beside each file a record."""
    return HEAD + sum(each.content.size + EACH for each in instances)  # type: ignore[attr-defined]  # Instances


def names(volumes: tuple[tuple[Instance, ...], ...]) -> list[list[str]]:
    return [[each.origin for each in volume] for volume in volumes]


def test_what_fits_is_one_volume() -> None:
    all_of_it = [image("a", 4400), image("b", 4400)]
    assert weigh(all_of_it) == CAPACITY
    assert names(split(all_of_it, CAPACITY, weigh)) == [["a/1/1", "b/1/1"]]
    assert len(split(all_of_it, CAPACITY - 1, weigh)) == 2


def test_the_newest_study_comes_first_and_those_without_a_date_last() -> None:
    dates = {"old": "20200101", "new": "20240101", "none": "", "middle": "2022.06.01"}
    volumes = split([image(name, 8000, date=date) for name, date in dates.items()], CAPACITY, weigh)
    assert names(volumes) == [["new/1/1"], ["middle/1/1"], ["old/1/1"], ["none/1/1"]]


def test_a_study_that_fits_is_whole_and_a_larger_one_is_cut_between_series() -> None:
    large = [image("large", 2000, series=s, number=n) for s in "12" for n in range(3)]
    small = [image("small", 1200, number=n, date="20230101") for n in range(2)]
    assert names(split([*small, *large], CAPACITY, weigh)) == [
        ["large/1/0", "large/1/1", "large/1/2"],
        ["small/1/0", "small/1/1", "large/2/0", "large/2/1", "large/2/2"],
    ]


def test_a_series_larger_than_a_medium_is_cut_evenly_and_in_order() -> None:
    volumes = split([image("a", 900, number=n) for n in range(12)], CAPACITY, weigh)
    assert names(volumes) == [[f"a/1/{n}" for n in range(6)], [f"a/1/{n}" for n in range(6, 12)]]


def test_an_instance_larger_than_the_medium_is_refused_by_its_name() -> None:
    with pytest.raises(CapacityError) as refused:
        split([image("a", 100), image("b", 8901)], CAPACITY, weigh)
    assert refused.value.message.startswith("b/1/1 is larger than the medium")
    assert (refused.value.needed, refused.value.available) == (10_001, 10_000)
    assert len(split([image("a", 100), image("b", 8900)], CAPACITY, weigh)) == 2


def test_what_adds_up_to_more_than_its_parts_is_asked_again() -> None:
    """A planner may need more for two studies together than for each of them."""

    def grudging(instances: object) -> int:
        studies = {text(each.keys, "StudyInstanceUID") for each in instances}  # type: ignore[attr-defined]  # as above
        return weigh(instances) + 700 * max(0, len(studies) - 1)

    volumes = split([image(str(n), 2800) for n in range(6)], CAPACITY, grudging)
    assert [len(volume) for volume in volumes] == [2, 2, 2]
    assert all(grudging(volume) <= CAPACITY for volume in volumes)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 8900)), min_size=1, max_size=60)
)
def test_nothing_is_lost_nothing_is_too_large_and_no_study_is_cut_that_fits(
    rows: list[tuple[int, int, int]],
) -> None:
    instances = [image(str(a), size, series=str(b), number=n) for n, (a, b, size) in enumerate(rows)]
    volumes = split(instances, CAPACITY, weigh)
    assert sorted(n for volume in names(volumes) for n in volume) == sorted(each.origin for each in instances)
    assert all(weigh(volume) <= CAPACITY for volume in volumes)
    for depth in (1, 2):
        for group in {tuple(each.origin.split("/")[:depth]) for each in instances}:
            whole = [each for each in instances if tuple(each.origin.split("/")[:depth]) == group]
            on = [v for v in volumes if any(tuple(each.origin.split("/")[:depth]) == group for each in v)]
            assert len(on) == 1 or weigh(whole) > CAPACITY
