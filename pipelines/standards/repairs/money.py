"""Amounts as people write them, exactly.

Here: text → Decimal, never through a float. Not here: which fields hold amounts (`../edca.py`), the same
forms as SQL (`try_decimal` in `dbt_project/macros/values.sql`; `tests/contract/repair_cases.yaml` holds both
equal).
"""

import re
from decimal import Decimal

# The tables keep DECIMAL(20, 2): more digits before the point are a running number, not money.
MAX_INTEGER_DIGITS = 18

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?"
_PESOS = r"(?:MXN|MXP)?\s*\$?\s*"
_WRITTEN = re.compile(
    rf'"?\s*(?P<negative>(?:-\s*)?(?:{_PESOS})-?|\((?:{_PESOS}))(?P<number>{_NUMBER})(?P<end>\)?)'
    r'\s*(?:MXN|M\.?N\.?|pesos)?\s*"?',
    re.IGNORECASE | re.ASCII,
)


def amount(text: str) -> Decimal | None:
    """The amount that `text` says, with every digit it has; None for anything else, never a guess.

    Forms: 1234.5 · 1.2e6 · 1,234.50 · $1,234.50 · "   555,644.00" (blanks and quotes around) · MXN 1,234.50 ·
    1,234.50 M.N. · 1,234.50 MXN · 1,234.50 pesos · -$1,234.50 · (1,234.50), which is negative. Not read:
    1.234,50 and 10.000,50 (which of the two is the point?), 1,23 (thousands have three digits), other
    currencies (USD 100 isn't 100 pesos), more than 18 digits before the point.
    """
    trimmed = text.strip()
    if _PLAIN.fullmatch(trimmed) is not None:
        value = Decimal(trimmed)
    else:
        found = _WRITTEN.fullmatch(trimmed)
        sign = "" if found is None else found["negative"]
        if found is None or sign.startswith("(") != bool(found["end"]) or sign.count("-") > 1:
            return None
        value = Decimal(found["number"].replace(",", ""))
        if "-" in sign or "(" in sign:
            value = -value
    return value if value.is_zero() or value.adjusted() < MAX_INTEGER_DIGITS else None
