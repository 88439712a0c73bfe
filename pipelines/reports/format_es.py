"""Words and figures as people in Mexico read them: numbers, shares, dates, sizes, plurals.

Here: pure functions from a value to text; English only where the English twin of a page needs another word.
What the gate's sentences say too (shares, days) is said as there (``pipelines.quality.wording``).
Not here: HTML (``render``), the choice of what to show (``agency``, ``site``).

Rules of the house: counts before percentages and always with the base; a share is never rounded to «0 %» or
«100 %» when it isn't; a missing figure reads «no disponible», never 0.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal

from pipelines.quality.wording import date_es, local_day, local_time, percent_es

Lang = Literal["es", "en"]

NBSP = "\u00a0"
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NOT_AVAILABLE = {"es": "no disponible", "en": "not available"}

# Characters that change how neighbours are read without being seen themselves: Unicode's format (Cf), control
# (Cc), surrogate (Cs), line and paragraph separator (Zl, Zp) characters, and blanks that count as letters.
# Tab and the line ends are whitespace people expect, so they pass.
INVISIBLE_CATEGORIES = {"Cf", "Cc", "Cs", "Zl", "Zp"}
BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}
EXPECTED_CONTROLS = {"\t", "\n", "\r"}


def number(value: int | float | Decimal | None, *, decimals: int | None = None, lang: Lang = "es") -> str:
    """1,234,567.89: comma for thousands, point for decimals (es-MX). None reads «no disponible»."""
    if value is None:
        return NOT_AVAILABLE[lang]
    exact = Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    elif exact == exact.to_integral_value():
        exact = exact.to_integral_value()
    return f"{exact:,f}".replace("-", "\u2212")


def percent(part: int, whole: int, *, lang: Lang = "es") -> str:
    """«6.9 %», honest at both ends: «menos de 0.1 %» is not «0 %», «más de 99.9 %» is not «100 %»."""
    if whole <= 0:
        raise ValueError(f"a share needs a base above zero, not {whole}")
    said = percent_es(part / whole).replace(".0 %", " %")
    if lang == "en":
        said = said.replace("menos de", "less than").replace("más de", "more than")
    return said.replace(" ", NBSP)


def part_of(part: int, whole: int, *, lang: Lang = "es") -> str:
    """«134 de 1,932 (6.9 %)»: the count, its base, then the share."""
    joiner = "de" if lang == "es" else "of"
    return f"{number(part)} {joiner} {number(whole)} ({percent(part, whole, lang=lang)})"


def day(value: str | date | datetime | None, *, lang: Lang = "es") -> str:
    """«21 nov 2026»; None reads «no disponible»."""
    if value is None:
        return NOT_AVAILABLE[lang]
    if lang == "es":
        return date_es(value).replace(" ", NBSP)
    when = local_day(value)
    return f"{when.day}{NBSP}{MONTHS_EN[when.month - 1]}{NBSP}{when.year}"


def moment(value: str | datetime | None, *, lang: Lang = "es") -> str:
    """«21 nov 2026, 12:30 (UTC−6)» in Mexico City's time, the zone always written."""
    if value is None:
        return NOT_AVAILABLE[lang]
    aware = local_time(value)
    offset = aware.utcoffset()
    hours = round(offset.total_seconds() / 3600) if offset is not None else 0
    return f"{day(aware, lang=lang)}, {aware:%H:%M} (UTC\u2212{abs(hours)})"


def size(amount: int | None, *, lang: Lang = "es") -> str:
    """«1.2 MB», decimal multiples as file managers show them; below 1 kB the bytes are exact."""
    if amount is None:
        return NOT_AVAILABLE[lang]
    if amount < 1000:
        return f"{number(amount)}{NBSP}B"
    scaled = Decimal(amount)
    for unit in ("kB", "MB", "GB"):
        scaled /= 1000
        if scaled < 1000 or unit == "GB":
            return f"{number(scaled, decimals=1 if scaled < 100 else 0)}{NBSP}{unit}"
    raise AssertionError("unreachable: the loop ends at GB")


def score(value: float | None, *, lang: Lang = "es") -> str:
    """Whole points out of 100, rounded down: 100 is kept for «everything applicable is met»."""
    if value is None:
        return NOT_AVAILABLE[lang]
    return str(Decimal(str(round(value, 9))).to_integral_value(rounding=ROUND_FLOOR))


def signed(value: float, *, decimals: int = 1) -> str:
    """«+3», «−0.4», «0»: a difference with its sign (U+2212 for minus)."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    plain = number(rounded)
    return f"+{plain}" if rounded > 0 else plain


def counted(amount: int | None, singular: str, plural: str, *, lang: Lang = "es") -> str:
    """«1 registro», «2,126 registros», «registros: no disponible»."""
    if amount is None:
        return f"{plural}: {NOT_AVAILABLE[lang]}"
    return f"{number(amount)} {singular if amount == 1 else plural}"


def listed(words: Iterable[str], *, lang: Lang = "es") -> str:
    """«a, b y c» («e» before an i- sound) or «a, b and c»."""
    every = list(words)
    if len(every) < 2:
        return "".join(every)
    joiner = "and"
    if lang == "es":
        joiner = "e" if re.match(r"(?i)h?[ií](?![aeou])", every[-1]) else "y"
    return f"{', '.join(every[:-1])} {joiner} {every[-1]}"


@cache
def is_invisible(character: str) -> bool:
    if character in EXPECTED_CONTROLS:
        return False
    return character in BLANK_LETTERS or unicodedata.category(character) in INVISIBLE_CATEGORIES


def visible(text: str) -> str:
    """The text with bidirectional, zero-width and control characters written out as «⟨U+202E⟩»."""
    if text.isascii() and text.isprintable():
        # Nearly every cell of a report; looking at each letter took most of a publication's time.
        return text
    hidden = {c: f"\u27e8U+{ord(c):04X}\u27e9" for c in set(text) if is_invisible(c)}
    return "".join(hidden.get(c, c) for c in text) if hidden else text
