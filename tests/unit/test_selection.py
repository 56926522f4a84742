"""What the user selects of what was found."""

from __future__ import annotations

import pytest

from mediakit.errors import SelectionError, UsageError
from mediakit.model import Instance
from mediakit.selection import Selection, select
from tests.builders import ct, instance, uid

HEAP = [
    instance(ct(1)),
    instance(ct(2, Modality="MR", SeriesInstanceUID=uid("mr"))),
    instance(
        ct(3, PatientID="P2", StudyInstanceUID=uid("old"), StudyDate="20190101", AccessionNumber="ACC2")
    ),
    instance(ct(4, StudyInstanceUID=uid("undated"), StudyDate="", Modality="SR")),
]


def numbers(**criteria: object) -> list[int]:
    chosen, rest = select(HEAP, Selection(**criteria))  # type: ignore[arg-type]  # by name
    assert len(chosen) + rest == len(HEAP)
    return [HEAP.index(each) + 1 for each in chosen]


def test_nothing_asked_takes_everything() -> None:
    assert numbers() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"patient": ("P2",)}, [3]),
        ({"study": (uid("study"),)}, [1, 2]),
        ({"series": (uid("mr"),)}, [2]),
        ({"accession": ("ACC2",)}, [3]),
        ({"modality": ("MR", "SR")}, [2, 4]),
        ({"patient": ("P1",), "modality": ("CT",)}, [1]),
        ({"since": "2024-01-01"}, [1, 2, 4]),
        ({"exclude": ("modality=SR", f"series={uid('mr')}")}, [1, 3]),
        ({"exclude": (f"instance={uid('ct 1')}",)}, [2, 3, 4]),
        ({"modality": ("CT",), "exclude": ("patient=P2",)}, [1]),
    ],
)
def test_criteria(criteria: dict[str, object], expected: list[int]) -> None:
    assert numbers(**criteria) == expected


def test_a_study_without_a_date_may_stay_behind() -> None:
    """What is taken away must be known to be of that day."""
    chosen, _ = select(HEAP, Selection(since="2024-01-01"), undated=False)
    assert [HEAP.index(each) + 1 for each in chosen] == [1, 2]


@pytest.mark.parametrize(
    "criteria",
    [
        {"patient": ("P1", "P9")},
        {"study": ("1.2.3",)},
        {"modality": ("US",)},
        {"exclude": ("series=1.2.3",)},
        {"patient": ("P2",), "modality": ("MR",)},
        {"since": "2030-01-01", "modality": ("CT",)},
    ],
)
def test_what_matches_nothing_stops(criteria: dict[str, object]) -> None:
    with pytest.raises(SelectionError):
        numbers(**criteria)


def test_the_message_names_value_and_what_there_is() -> None:
    with pytest.raises(SelectionError) as stopped:
        numbers(patient=("P9",))
    assert "--patient P9 matches no instance" in stopped.value.message
    assert "P1, P2" in stopped.value.advice


@pytest.mark.parametrize(
    "selection", [Selection(since="May"), Selection(exclude=("SR",)), Selection(exclude=("x=1",))]
)
def test_words_that_mean_nothing_are_refused(selection: Selection) -> None:
    with pytest.raises(UsageError):
        selection.check()


def test_an_empty_inventory_is_not_the_selections_business() -> None:
    none: tuple[Instance, ...] = ()
    assert select(none, Selection()) == ((), 0)
