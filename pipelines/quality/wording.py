"""How figures are said in Spanish (México): counts before percentages, dates without ambiguity.

Here: numbers, shares and dates as text. Not here: the sentences that hold them.
"""

from datetime import date, datetime

MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def number_es(value: float, *, decimals: int = 0) -> str:
    """`1234.5` -> `1,234.5`: thousands with a comma, decimals with a point, as in México."""
    return f"{value:,.{decimals}f}"


def percent_es(share: float) -> str:
    """`0.069` -> `6.9 %`, rounded so that a failure is never shown as 100 % nor as 0 %."""
    text = f"{share * 100:.1f}"
    if share < 1 and text == "100.0":
        return "más de 99.9 %"
    if share > 0 and text == "0.0":
        return "menos de 0.1 %"
    return f"{text} %"


def count_es(part: int, whole: int, noun: str) -> str:
    """`134 de 1,932 RFC (6.9 %)`; without a base there is no percentage to give."""
    base = f"{number_es(part)} de {number_es(whole)} {noun}"
    return base if whole == 0 else f"{base} ({percent_es(part / whole)})"


def date_es(moment: date | datetime | str) -> str:
    """`2026-11-21` (or an ISO date-time) -> `21 nov 2026`.

    Raises:
        ValueError: when the text isn't an ISO date.
    """
    day = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
