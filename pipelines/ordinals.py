"""Records of a generation by their places: ranges of ordinals.

Here: the SQL that asks for them, how many they are. Not here: what an ordinal is (`pipelines/landing/land.py`), which
records of two generations differ (`pipelines/landing/changes.py`).
"""

from collections.abc import Iterable

# The first and the last ordinal of some that follow one another.
Ordinals = tuple[int, int]


def within(ranges: Iterable[Ordinals]) -> str:
    """SQL condition: the column `ordinal` is within one of the ranges.

    A list to look up and no chain of comparisons: a delivery with changes here and there has thousands of ranges.
    """
    listed = ", ".join(f"({first:d}, {last:d})" for first, last in ranges)
    if not listed:
        return "false"
    return (
        "ordinal IN (SELECT unnest(generate_series(first, last)) "  # noqa: S608 (numbers)
        f"FROM (VALUES {listed}) AS ranges (first, last))"
    )


def count(ranges: Iterable[Ordinals]) -> int:
    """How many ordinals they are."""
    return sum(last - first + 1 for first, last in ranges)
