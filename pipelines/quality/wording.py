"""How figures are said in Spanish (México): counts before percentages, dates without ambiguity.

Here: numbers, shares and dates as text. Not here: the sentences that hold them.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

MEXICO_CITY = ZoneInfo("America/Mexico_City")
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def number_es(value: float, *, decimals: int = 0) -> str:
    """`1234.5` -> `1,234.5`: thousands with a comma, decimals with a point, as in México."""
    return f"{value:,.{decimals}f}"


def percent_es(share: float) -> str:
    """`0.069` -> `6.9 %`, rounded so that a failure is never shown as 100 % nor as 0 %."""
    text = str((Decimal(str(share)) * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
    if share < 1 and text == "100.0":
        return "más de 99.9 %"
    if share > 0 and text == "0.0":
        return "menos de 0.1 %"
    return f"{text} %"


def count_es(part: int, whole: int, noun: str) -> str:
    """`134 de 1,932 RFC (6.9 %)`; without a base there is no percentage to give."""
    base = f"{number_es(part)} de {number_es(whole)} {noun}"
    return base if whole == 0 else f"{base} ({percent_es(part / whole)})"


def local_time(instant: datetime | str) -> datetime:
    """An instant, or its ISO text, on the clocks of Mexico City; without zone it is UTC.

    Raises:
        ValueError: when the text isn't an ISO date-time.
    """
    when = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).astimezone(MEXICO_CITY)


def local_day(moment: date | datetime | str) -> date:
    """The calendar day in Mexico City of a date, an instant, or their ISO text.

    Raises:
        ValueError: when the text isn't an ISO date.
    """
    if isinstance(moment, str) and len(moment) == len("2026-11-21"):
        return date.fromisoformat(moment)
    if isinstance(moment, datetime | str):
        return local_time(moment).date()
    return moment


def date_es(moment: date | datetime | str) -> str:
    """`2026-11-21` (or an ISO date-time, by the day in Mexico City) -> `21 nov 2026`.

    Raises:
        ValueError: when the text isn't an ISO date.
    """
    day = local_day(moment)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
