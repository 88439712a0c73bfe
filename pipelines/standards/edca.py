"""The dialect of Mexican OCDS tools, brought back to what EDCA-MX specifies.

Here: renaming and re-forming of fields that INAI's tool and Nuevo León publish under another name than the
schemas of the extensions. Nothing is guessed: each alias has exactly one meaning.
Not here: removing what may not be published (`privacy.py`).
"""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

# As published -> as specified. Both names in one object: the specified one stands, the other is dropped.
ALIASES = {
    "juridicalPersonhood": "legalPersonality",
    "contactPointType": "type",
    "publishDate": "publishedDate",
}
# An alias that only means this inside an object under one of these names.
_ALIAS_PARENTS = {"contactPointType": frozenset({"contactPoint", "additionalContactPoints"})}

# `/Date(1570227988261-0500)/`, how .NET writes an instant: milliseconds since 1970 in UTC, the offset is
# display only.
_NET_DATE = re.compile(r"^/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/$")
# What must stand in the JSON text for a release to need a walk. Most releases don't.
_HINTS = ("juridicalPersonhood", "contactPointType", "publishDate", "/Date(", r"\/Date(")

NET_DATE_REPAIR = "/Date(ms)/"
TAG_TEXT_REPAIR = "tag (texto)"


def normalise(release: dict[str, Any], *, text: str | None = None) -> Counter[str]:
    """Repair `release` in place; what was repaired, counted by alias.

    `text` is the release's JSON text, if at hand: without any hint in it the walk is spared.
    """
    repairs: Counter[str] = Counter()
    tag = release.get("tag")
    if isinstance(tag, str):
        release["tag"] = [part.strip() for part in tag.split(",") if part.strip()]
        repairs[TAG_TEXT_REPAIR] += 1
    if text is None or any(hint in text for hint in _HINTS):
        _repair(release, "", repairs)
    return repairs


def _repair(node: dict[str, Any] | list[Any], parent: str, repairs: Counter[str]) -> None:
    if isinstance(node, dict):
        for alias in [name for name in ALIASES if name in node]:
            if parent in _ALIAS_PARENTS.get(alias, {parent}):
                value = node.pop(alias)
                node.setdefault(ALIASES[alias], value)
                repairs[alias] += 1
    for key, value in list(node.items()) if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            instant = _net_date(value)
            if instant is not None:
                node[key] = instant  # type: ignore[index]
                repairs[NET_DATE_REPAIR] += 1
        elif isinstance(value, (dict, list)):
            _repair(value, str(key) if isinstance(node, dict) else parent, repairs)


def _net_date(text: str) -> str | None:
    found = _NET_DATE.match(text)
    if found is None:
        return None
    seconds, milliseconds = divmod(int(found.group(1)), 1000)
    try:
        instant = datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return (
        instant.replace(microsecond=milliseconds * 1000)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
