"""Ranges of ordinals: what they hold, as numbers and in SQL."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from pipelines import ordinals


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5))))
def test_the_condition_holds_within_the_ranges_and_nowhere_else(given_ranges: list[tuple[int, int]]) -> None:
    ranges = [(first, first + more) for first, more in given_ranges]
    rows = duckdb.sql(
        f"SELECT ordinal, {ordinals.within(ranges)}, NOT ({ordinals.within(ranges)}) "
        "FROM range(50) AS numbers (ordinal)"
    ).fetchall()
    for ordinal, is_within, is_outside in rows:
        assert is_within == any(first <= ordinal <= last for first, last in ranges)
        assert is_outside != is_within


def test_how_many_they_are() -> None:
    assert ordinals.count([]) == 0
    assert ordinals.count([(0, 0), (3, 5)]) == 4
