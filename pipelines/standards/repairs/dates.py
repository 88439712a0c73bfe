"""Dates and times as Mexican publishers write them, brought to what OCDS asks for.

Here: text → RFC 3339. Not here: which fields hold dates (`../edca.py`), the same forms as SQL
(`try_timestamp` in `dbt_project/macros/values.sql`; `tests/contract/repair_cases.yaml` holds both equal).
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MEXICO_CITY = ZoneInfo("America/Mexico_City")
# Other years are placeholders of programs (0001-01-01, 9999-12-31), not dates.
FIRST_YEAR, LAST_YEAR = 1901, 2199
# Of two digits: 00-49 are 20xx, 50-99 19xx (POSIX draws the line at 69; nobody contracts for the 2060s).
FIRST_TWO_DIGIT_YEAR_OF_1900 = 50

_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.(?P<fraction>\d*))?)?"
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    rf"(?:[T ]{_CLOCK} *(?P<zone>Z|GMT|UTC|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_DAY_FIRST = re.compile(
    r"(?P<day>\d\d?)(?P<mark>[/-])(?P<month>\d\d?)(?P=mark)(?P<year>\d{4})"
    r"(?: (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?",
    re.ASCII,
)
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_NAMED_MONTH = re.compile(
    r"(?P<day>\d\d?)(?: +de +|[-/. ])"
    r"(?P<month>ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|may(?:o)?|jun(?:io)?|jul(?:io)?|ago(?:sto)?"
    r"|sept?(?:iembre)?|set(?:iembre)?|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?)"
    r"\.?(?: +del? +|[-/. ])(?P<year>\d{4}|\d\d)",
    re.ASCII,
)
# `/Date(1570227988261-0500)/`, how .NET writes an instant: milliseconds since 1970 in UTC, the offset is for
# display only.
_NET = re.compile(r"/Date\((?P<milliseconds>-?\d{1,13})(?:[+-]\d{4})?\)/", re.ASCII)
_RFC_3339 = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_date_time(text: str) -> bool:
    """Whether `text` is a date-time of RFC 3339 already, of any year, on a day that exists."""
    found = _RFC_3339.fullmatch(text)
    if found is None:
        return False
    try:
        datetime.fromisoformat(found["day"])
    except ValueError:
        return False
    return True


# Dates repeat through a source: a day's publications, the last day of the year.
@lru_cache(maxsize=32_768)
def has_another_form(text: str) -> bool:
    """Whether `text` is anything but a date-time of RFC 3339; the quick question, most are one."""
    return not is_date_time(text)


def date_time(text: str) -> str | None:
    """The instant that `text` says as a date-time of RFC 3339; None for anything else, never a guess.

    Forms: YYYY-MM-DD · YYYY-MM-DD HH:MM[:SS[.f]] · ISO 8601 with an offset, Z, GMT or UTC, also after a blank
    or after an empty fraction (2015-11-09T00:00:00.-06:00) · d/m/yyyy and d-m-yyyy, with HH:MM[:SS] or without ·
    01-Enero-18, 1-ene-2018, 1 de enero de 2018 · /Date(1570227988261)/ (milliseconds of UTC, whatever offset
    is shown). Days that don't exist and years outside 1901-2199 are None.

    What is written stays written: an offset is kept, digits of seconds too; a text without offset is wall time
    of Mexico City and gets the offset of that day there, a day alone is its midnight.
    """
    trimmed = text.strip()
    if trimmed.startswith("/Date("):
        return _of_milliseconds(trimmed)
    for form in (_ISO, _DAY_FIRST, _NAMED_MONTH):
        found = form.fullmatch(trimmed.lower() if form is _NAMED_MONTH else trimmed)
        if found is not None:
            return _written(found.groupdict())
    return None


def _of_milliseconds(text: str) -> str | None:
    found = _NET.fullmatch(text)
    if found is None:
        return None
    instant = _EPOCH + timedelta(milliseconds=int(found["milliseconds"]))
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        return None
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _written(parts: dict[str, str | None]) -> str | None:
    month = parts["month"] or ""
    number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].replace("set", "sep")) + 1
    try:
        moment = datetime(
            _year(parts["year"] or ""),
            number,
            int(parts["day"] or 0),
            int(parts.get("hour") or 0),
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
        )
    except ValueError:
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    fraction = f".{parts['fraction']}" if parts.get("fraction") else ""
    zone = parts.get("zone")
    written = (
        _in_mexico_city(moment, fraction) if zone is None else moment.isoformat() + fraction + _offset(zone)
    )
    return written if is_date_time(written) else None


def _year(text: str) -> int:
    if len(text) != 2:
        return int(text)
    return int(text) + (1900 if int(text) >= FIRST_TWO_DIGIT_YEAR_OF_1900 else 2000)


def _offset(zone: str) -> str:
    if zone in {"Z", "GMT", "UTC"}:
        return "Z"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


def _in_mexico_city(moment: datetime, fraction: str) -> str:
    local = moment.replace(tzinfo=MEXICO_CITY)
    wall, offset = local.isoformat()[:19], local.isoformat()[19:]
    if len(offset) == 6:
        return wall + fraction + offset
    # Before 1922 the city kept its own solar time, of -06:36:36, which RFC 3339 can't write.
    return local.astimezone(UTC).isoformat()[:19] + fraction + "Z"
