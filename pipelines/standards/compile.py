"""Compiling: the releases of one contracting process (ocid) become one compiled release.

Here: the standard's own merge (`ocdsmerge`) with what it would raise or log turned into facts about the
process, so that every process is compiled and every trouble is counted. Not here: reading or writing
(`public_view.py`), the schema the merge rules come from (`ocds.py`).

Source of the rules: OCDS 1.1.5, "Merging": https://standard.open-contracting.org/1.1/en/schema/merging/
"""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocdsmerge.exceptions import DuplicateIdValueWarning, InconsistentTypeError
from ocdsmerge.merge import CompiledRelease

from pipelines.standards.ocds import MergeRules, merge_rules
from pipelines.standards.validation import json_pointer

LOGGER = logging.getLogger(__name__)

COMPILED_TAG = "compiled"
UNDATED = "sin-fecha"
# What OCDS 1.1 omits when merging; all of it stands at the top of a release.
OMITTED = frozenset({"id", "date", "tag"})

# Repeated ids are found by `duplicate_ids`, with their place; ocdsmerge would only log them.
warnings.filterwarnings("ignore", category=DuplicateIdValueWarning)

_CONFLICT_PATH = re.compile(r" for /(\S*), but the current")


@dataclass(frozen=True)
class At:
    """A place in one of the releases: `release` is its position as given, `pointer` a JSON pointer into
    it.
    """

    release: int
    pointer: str


@dataclass(frozen=True)
class Compiled:
    """One compiled process and what happened on the way.

    `undated`: releases without a usable date. `repeated_dates`: releases whose date an earlier one has
    already. `duplicates`: objects of an array merged by id whose id an earlier one of the array has.
    `conflict`: where the merge stopped, if it did; `document` is then the latest release. Each is empty
    (None) when there is nothing to say.
    """

    document: dict[str, Any]
    date: str | None
    undated: tuple[At, ...]
    repeated_dates: tuple[At, ...]
    duplicates: tuple[At, ...]
    conflict: At | None


def compile_releases(releases: Sequence[Mapping[str, Any]], *, rules: MergeRules | None = None) -> Compiled:
    """Merge the releases of one ocid, given in the order of the source.

    They are sorted by date; undated ones come first and equal dates keep the order of the source, so the
    result is the same however often it is made. Never raises on content.
    """
    rules = merge_rules() if rules is None else rules
    order = sorted(range(len(releases)), key=lambda at: (date_order(usable_date(releases[at])), at))
    ordered = [releases[at] for at in order]
    conflict: At | None = None
    try:
        document = _merge(ordered, rules)
    except (InconsistentTypeError, TypeError) as error:
        conflict = At(order[-1], _conflict_pointer(error))
        document = as_compiled(ordered[-1])
    date = _latest_date(ordered)
    _set_identity(document, date)
    return Compiled(
        document=document,
        date=date,
        undated=tuple(At(at, "/date") for at, release in enumerate(releases) if usable_date(release) is None),
        repeated_dates=tuple(_repeated_dates(releases)),
        duplicates=tuple(
            At(at, pointer)
            for at, release in enumerate(releases)
            for pointer in duplicate_ids(release, rules=rules)
        ),
        conflict=conflict,
    )


def as_compiled(release: Mapping[str, Any]) -> dict[str, Any]:
    """A release that is a compilation already (a record's compiledRelease): id, date and tag normalised,
    rest as is.
    """
    document = dict(release)
    _set_identity(document, usable_date(release))
    return document


def usable_date(release: Mapping[str, Any]) -> str | None:
    """The release's date if it is a text that holds something."""
    date = release.get("date")
    return date if isinstance(date, str) and date.strip() else None


def date_order(date: str | None) -> tuple[int, float, str]:
    """Sort key of a release's date, by instant: 17:00-06:00 comes after 22:00Z although its text doesn't.

    None comes first, then unreadable dates by their text.
    """
    if date is None:
        return (0, 0.0, "")
    instant = _instant(date)
    return (1, 0.0, date) if instant is None else (2, instant, date)


def duplicate_ids(release: Mapping[str, Any], *, rules: MergeRules | None = None) -> Iterator[str]:
    """JSON pointers of objects that repeat the `id` of an earlier one in an array that is merged by id."""
    yield from _duplicates(release, (), (), merge_rules() if rules is None else rules)


class _Irregular(Exception):
    """A release on which the short way could differ from ocdsmerge."""


def _merge_one(release: Mapping[str, Any], rules: MergeRules) -> dict[str, Any]:
    """What ocdsmerge makes of one release, in a quarter of the time (most processes have one release only).

    Raises:
        _Irregular: an array merged by id whose ids repeat or aren't texts or integers; there ocdsmerge has
            quirks of its own.
    """
    # ocdsmerge's order of fields: these four, then the release's own.
    document: dict[str, Any] = {"tag": [COMPILED_TAG], "id": None, "date": None, "ocid": release.get("ocid")}
    for name, value in _merged_fields(release, (), rules).items():
        document[name] = value
    return {name: value for name, value in document.items() if name in {"id", "date"} or value is not None}


def _merged_fields(source: Mapping[str, Any], path: tuple[str, ...], rules: MergeRules) -> dict[str, Any]:
    """The fields of an object without nulls, omitted fields and empty objects and arrays."""
    merged: dict[str, Any] = {}
    for name, value in source.items():
        if value.__class__ is dict or value.__class__ is list:
            here = (*path, name)
            rule = rules.get(here)
            if rule == "omitWhenMerged":
                continue
            if rule == "wholeListMerge":
                merged[name] = value
            elif value.__class__ is dict:
                # An object that holds nothing but empty objects leaves no trace; one that holds nulls
                # stays, empty.
                if _leaves_trace(value, here, rules):
                    merged[name] = _merged_fields(value, here, rules)
            elif not all(item.__class__ is dict for item in value):
                merged[name] = value
            elif items := _merged_items(value, here, rules):
                merged[name] = items
        elif value is not None and not (path == () and name in OMITTED):
            merged[name] = value
    return merged


def _merged_items(
    items: Sequence[Mapping[str, Any]], path: tuple[str, ...], rules: MergeRules
) -> list[dict[str, Any]]:
    merged: list[dict[str, Any]] = []
    seen: set[str] = set()
    for item in items:
        if "id" in item:
            identifier = item["id"]
            if identifier.__class__ not in {str, int} or str(identifier) in seen:
                raise _Irregular
            seen.add(str(identifier))
        if _leaves_trace(item, path, rules):
            fields = _merged_fields(item, path, rules)
            merged.append({"id": item["id"], **fields} if "id" in item else fields)
    return merged


def _leaves_trace(source: Mapping[str, Any], path: tuple[str, ...], rules: MergeRules) -> bool:
    for name, value in source.items():
        if value.__class__ is not dict and value.__class__ is not list:
            return True
        if rules.get((*path, name)) == "wholeListMerge":
            return True
        if value.__class__ is dict:
            if _leaves_trace(value, (*path, name), rules):
                return True
        elif not all(item.__class__ is dict for item in value) or any(
            _leaves_trace(item, (*path, name), rules) for item in value
        ):
            return True
    return False


def _merge(ordered: Sequence[Mapping[str, Any]], rules: MergeRules) -> dict[str, Any]:
    if len(ordered) == 1 and rules is merge_rules():
        try:
            return _merge_one(ordered[0], rules)
        except _Irregular:
            LOGGER.debug("process %s is merged by ocdsmerge", ordered[0].get("ocid"))
    merged = CompiledRelease(merge_rules=rules)
    for release in ordered:
        merged.append(release)
    document: dict[str, Any] = merged.asdict()
    return document


def _set_identity(document: dict[str, Any], date: str | None) -> None:
    document["id"] = f"{document.get('ocid')}-{date or UNDATED}"
    document["tag"] = [COMPILED_TAG]
    if date is None:
        document.pop("date", None)
    else:
        document["date"] = date


def _instant(date: str) -> float | None:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _latest_date(ordered: Sequence[Mapping[str, Any]]) -> str | None:
    return next((date for release in reversed(ordered) if (date := usable_date(release)) is not None), None)


def _repeated_dates(releases: Sequence[Mapping[str, Any]]) -> Iterator[At]:
    seen: set[float | str] = set()
    for at, release in enumerate(releases):
        date = usable_date(release)
        if date is None:
            continue
        instant = _instant(date)
        key = date if instant is None else instant
        if key in seen:
            yield At(at, "/date")
        seen.add(key)


def _duplicates(
    node: Mapping[str, Any], pointer: tuple[str | int, ...], path: tuple[str, ...], rules: MergeRules
) -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _duplicates(value, (*pointer, name), (*path, name), rules)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            here = (*path, name)
            if here in rules:
                continue
            seen: set[str] = set()
            for at, item in enumerate(value):
                identifier = item.get("id")
                if identifier is not None:
                    if str(identifier) in seen:
                        yield json_pointer((*pointer, name, at, "id"))
                    seen.add(str(identifier))
                yield from _duplicates(item, (*pointer, name, at), here, rules)


def _conflict_pointer(error: TypeError) -> str:
    """Where ocdsmerge stopped. Its message also holds the value, which isn't repeated."""
    found = _CONFLICT_PATH.search(str(error))
    return f"/{found.group(1)}" if found else ""
