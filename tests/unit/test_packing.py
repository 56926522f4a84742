"""Few bins, in order where that costs none, balanced."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mediakit.packing import pack


def lower_bound(weights: list[int], limit: int) -> int:
    """Martello and Toth's bound L2: no packing has fewer bins."""
    best = 0
    for small in {0, *(w for w in weights if 2 * w <= limit)}:
        alone = [w for w in weights if w > limit - small]
        halves = [w for w in weights if limit - small >= w > limit / 2]
        rest = sum(w for w in weights if limit / 2 >= w >= small)
        over = rest - (len(halves) * limit - sum(halves))
        best = max(best, len(alone) + len(halves) + max(0, -(-over // limit)))
    return best


def test_the_order_is_kept_where_it_costs_nothing() -> None:
    assert pack([40, 50, 45, 45], 100) == [[0, 1], [2, 3]]


def test_another_order_is_taken_where_it_saves_a_bin() -> None:
    assert pack([60, 70, 40, 30], 100) == [[0, 2], [1, 3]]


def test_bins_are_equally_full() -> None:
    assert pack([30, 30, 30, 30, 30, 30], 100) == [[0, 1, 2], [3, 4, 5]]
    assert pack([30, 30, 30, 30, 30, 30], 100, balanced=False) == [[0, 1, 2], [3, 4, 5]]
    assert pack([25, 25, 25, 25, 25, 25], 100) == [[0, 1, 2], [3, 4, 5]]
    assert pack([25, 25, 25, 25, 25, 25], 100, balanced=False) == [[0, 1, 2, 3], [4, 5]]


def test_what_is_heavier_than_a_bin_is_alone() -> None:
    assert pack([10, 120, 10], 100) == [[0, 2], [1]]
    assert pack([], 100) == []


@given(st.lists(st.integers(0, 1000), max_size=40))
def test_each_item_is_in_one_bin_that_holds_it_and_there_are_few_bins(weights: list[int]) -> None:
    bins = pack(weights, 1000)
    assert sorted(n for each in bins for n in each) == list(range(len(weights)))
    assert all(sum(weights[n] for n in each) <= 1000 for each in bins)
    assert [each[0] for each in bins] == sorted(each[0] for each in bins)
    # Best fit takes at most 11/9 of what is possible and six ninths of a bin more.
    assert 9 * len(bins) <= 11 * max(1, lower_bound(weights, 1000)) * 3 / 2 + 6
