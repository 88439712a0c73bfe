"""Names of people as they stand in free text: finding one by its parts, in the orders people write it.

Here: folding case and accents, the pattern of a name. Not here: whose names are hidden (`redact_pdn.py`,
`redact_declaration.py`).
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

NAME_MARK = "[nombre reservado]"

# Latin letters with accents → without, upper case. One letter for one, so that positions hold.
_FOLDING = {code: unicodedata.normalize("NFD", chr(code))[0].upper() for code in range(0xC0, 0x180)} | {
    0xDF: "S"
}
_FOLDING |= {code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)}


def folded(text: str) -> str:
    """Upper case without accents, one character for each."""
    return text.translate(_FOLDING)


def _words(person: Mapping[str, Any], name: str) -> list[str]:
    return re.findall(r"\w+", folded(unicodedata.normalize("NFC", str(person.get(name) or ""))))


def _given(person: Mapping[str, Any]) -> list[str]:
    return _words(person, "nombres") or _words(person, "nombre")


def surname(person: Mapping[str, Any]) -> str:
    """A word that must stand in a text for the person's name to stand there."""
    return max(_words(person, "primerApellido") or _given(person), key=len, default="\0")


def name_pattern(person: Mapping[str, Any]) -> re.Pattern[str] | None:
    """The person's name in the orders people write it: first names and surnames, or surnames first."""
    given = _given(person)
    first, second = (_words(person, name) for name in ("primerApellido", "segundoApellido"))
    orders = [
        [*given, *first, *second],
        [*given, *first],
        [*first, *second, *given],
        [*first, *given],
        [*first, *second],
    ]
    if given and first:
        orders.append([given[0], *first])
    texts = {r"[\s,.]+".join(map(re.escape, order)) for order in orders if len(order) > 1}
    if not texts:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(sorted(texts, key=len, reverse=True)) + r")(?!\w)")
