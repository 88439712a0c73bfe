"""A versioned release (a record's `versionedRelease`) as a compiled one: of every field its latest value.

Here: that change, pure. Not here: which record needs it (`stg_ocds_packages__releases`: one without releases and
without `compiledRelease`), the identity that all compiled releases get (`compile.py`).

Source of the rules: OCDS 1.1.5, "Versioned release"
(https://standard.open-contracting.org/1.1/en/schema/records_reference/#versioned-release): each value is a list
of `{releaseID, releaseDate, releaseTag, value}`, one for each change; `ocid` and the ids of objects in lists that
are merged by id stay as they are. What a versioned release doesn't hold can't come back: a last release that
changed nothing (its date), and an empty object or list.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.standards.compile import COMPILED_TAG, date_order

_VERSION = frozenset({"releaseID", "releaseDate", "releaseTag", "value"})


def unversion(versioned: Mapping[str, Any]) -> dict[str, Any]:
    """The compiled release that `versioned` ends in; a release that isn't versioned comes back as it is.

    `date` is the latest of the dates of changes, `id` is made of it, as merging does. A value that was removed
    (null) disappears. Equal dates: the later of the list counts. Never raises on content.
    """
    dates = [date for date in _dates(versioned) if date.strip()]
    if not dates:
        return dict(versioned)
    latest = max(dates, key=date_order)
    document: dict[str, Any] = _latest(versioned)
    return {
        **document,
        "tag": [COMPILED_TAG],
        "id": f"{document.get('ocid')}-{latest}",
        "date": latest,
    }


def _latest(node: Any) -> Any:
    if isinstance(node, Mapping):
        found = {name: _latest(value) for name, value in node.items()}
        # Nothing but a removed value is None here: a versioned release holds no null of its own.
        return {name: value for name, value in found.items() if value is not None}
    if _is_history(node):
        return max(enumerate(node), key=lambda change: (date_order(_date(change[1])), change[0]))[1].get(
            "value"
        )
    return [_latest(item) for item in node] if isinstance(node, list) else node


def _dates(node: Any) -> Iterator[str]:
    if _is_history(node):
        yield from (date for change in node if (date := _date(change)) is not None)
    elif isinstance(node, (Mapping, list)):
        for value in node.values() if isinstance(node, Mapping) else node:
            yield from _dates(value)


def _date(change: Mapping[str, Any]) -> str | None:
    date = change.get("releaseDate")
    return date if isinstance(date, str) else None


def _is_history(node: Any) -> bool:
    """Whether this is the list of the changes of one value."""
    return (
        isinstance(node, list)
        and bool(node)
        and all(
            isinstance(change, Mapping) and "releaseDate" in change and change.keys() <= _VERSION
            for change in node
        )
    )
