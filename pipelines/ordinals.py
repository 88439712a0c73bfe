"""Records of a generation by their places: ranges of ordinals.

Here: the SQL that asks for them, how many they are. Not here: what an ordinal is (`pipelines/landing/land.py`), which
records of two generations differ (`pipelines/landing/changes.py`).
"""

from collections.abc import Iterable

# The first and the last ordinal of some that follow one another.
Ordinals = tuple[int, int]


def within(ranges: Iterable[Ordinals]) -> str:
    """SQL condition: the column `ordinal` is within one of the ranges.

    A list to look up and no chain of comparisons: a delivery with changes here and there has thousands of ranges. As one
    text: parsing each range takes DuckDB 9 KB, which no limit of its memory counts.
    """
    listed = ",".join(f"{first:d}-{last:d}" for first, last in ranges)
    if not listed:
        return "false"
    return (
        "ordinal IN (SELECT unnest(generate_series(split_part(ends, '-', 1)::BIGINT, "  # noqa: S608 (numbers)
        f"split_part(ends, '-', 2)::BIGINT)) FROM (SELECT unnest(string_split('{listed}', ',')) AS ends))"
    )


def count(ranges: Iterable[Ordinals]) -> int:
    """How many ordinals they are."""
    return sum(last - first + 1 for first, last in ranges)
