"""Figures in Spanish."""

from datetime import date

import pytest

from pipelines.quality.wording import count_es, date_es, number_es, percent_es


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.069, "6.9 %"),
        (1.0, "100.0 %"),
        (0.0, "0.0 %"),
        (0.99999, "más de 99.9 %"),
        (0.00001, "menos de 0.1 %"),
        (0.0625, "6.3 %"),
    ],
)
def test_a_share_is_never_rounded_into_all_or_nothing(share: float, said: str) -> None:
    assert percent_es(share) == said


def test_counts_come_before_percentages() -> None:
    assert count_es(134, 1932, "RFC") == "134 de 1,932 RFC (6.9 %)"
    assert count_es(0, 0, "RFC") == "0 de 0 RFC"


def test_numbers_and_dates_are_written_as_in_mexico() -> None:
    assert number_es(1234567.891, decimals=2) == "1,234,567.89"
    assert date_es("2026-11-21T18:00:00+00:00") == "21 nov 2026"
    assert date_es("2026-11-22T05:59:00+00:00") == "21 nov 2026"
    assert date_es(date(2026, 1, 5)) == "5 ene 2026"


def test_a_text_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="ayer"):
        date_es("ayer")
