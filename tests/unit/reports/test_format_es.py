"""Figures and dates as people in Mexico read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipelines.reports import format_es


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (Decimal("1234567.891"), "1,234,567.891"),
        (-45, "−45"),
        (6.0, "6"),
        (None, "no disponible"),
    ],
)
def test_numbers_have_commas_and_points(value: object, shown: str) -> None:
    assert format_es.number(value) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (134, 1932, "6.9 %"),
        (0, 1932, "0 %"),
        (1, 19320, "menos de 0.1 %"),
        (19319, 19320, "más de 99.9 %"),
        (1932, 1932, "100 %"),
        (1, 2, "50 %"),
    ],
)
def test_shares_are_honest_at_both_ends(part: int, whole: int, shown: str) -> None:
    assert format_es.percent(part, whole).replace("\u00a0", " ") == shown


def test_a_share_without_base_is_refused() -> None:
    with pytest.raises(ValueError, match="base above zero"):
        format_es.percent(1, 0)


def test_counts_come_before_shares() -> None:
    assert format_es.part_of(134, 1932).replace("\u00a0", " ") == "134 de 1,932 (6.9 %)"
    assert format_es.part_of(134, 1932, lang="en").replace("\u00a0", " ") == "134 of 1,932 (6.9 %)"
    assert format_es.percent(1, 19320, lang="en").replace("\u00a0", " ") == "less than 0.1 %"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-11-21", "21 nov 2026"),
        (date(2026, 1, 2), "2 ene 2026"),
        ("2026-11-22T05:59:00+00:00", "21 nov 2026"),
        ("2026-11-22T06:00:00+00:00", "22 nov 2026"),
        (datetime(2026, 11, 22, 5, 59, tzinfo=UTC), "21 nov 2026"),
        (None, "no disponible"),
    ],
)
def test_days_are_those_of_mexico_city(value: object, shown: str) -> None:
    assert format_es.day(value).replace("\u00a0", " ") == shown  # type: ignore[arg-type]


def test_instants_carry_their_zone() -> None:
    shown = format_es.moment("2026-11-21T18:30:00+00:00").replace("\u00a0", " ")
    assert shown == "21 nov 2026, 12:30 (UTC−6)"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (999, "999 B"),
        (1200, "1.2 kB"),
        (1_204_411, "1.2 MB"),
        (250_000_000, "250 MB"),
        (None, "no disponible"),
    ],
)
def test_sizes(amount: int | None, shown: str) -> None:
    assert format_es.size(amount).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (78.99999, "78"),
        (79.0, "79"),
        (78.9999999999999, "79"),
        (100.0, "100"),
        (99.96, "99"),
        (None, "no disponible"),
    ],
)
def test_scores_are_rounded_down(value: float | None, shown: str) -> None:
    assert format_es.score(value) == shown


def test_differences_have_a_sign() -> None:
    assert [format_es.signed(value) for value in (3.04, -0.44, 0.04)] == ["+3", "−0.4", "0"]


def test_lists_follow_spanish() -> None:
    assert format_es.listed(["Puebla"]) == "Puebla"
    assert format_es.listed(["Jalisco", "Puebla", "Oaxaca"]) == "Jalisco, Puebla y Oaxaca"
    assert format_es.listed(["Jalisco", "Hidalgo"]) == "Jalisco e Hidalgo"
    assert format_es.listed(["agua", "hielo"]) == "agua y hielo"


def test_plurals() -> None:
    assert format_es.counted(1, "registro", "registros") == "1 registro"
    assert format_es.counted(2126, "registro", "registros") == "2,126 registros"
    assert format_es.counted(None, "registro", "registros") == "registros: no disponible"


def test_invisible_characters_are_written_out() -> None:
    hostile = "a\u202eb\u200bc\u2066d\ufeffe\x00f\u3164g\ud800h"
    shown = format_es.visible(hostile)
    assert shown == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+2066⟩d⟨U+FEFF⟩e⟨U+0000⟩f⟨U+3164⟩g⟨U+D800⟩h"
    assert format_es.visible("ñandú\n\ttabla") == "ñandú\n\ttabla"
