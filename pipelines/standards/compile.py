"""Compiling: the releases of one contracting process (ocid) become one compiled release.

Here: the standard's merge, every trouble of it turned into a fact about the process, so that every process
is compiled and every trouble is counted. Two ways give one result: a direct merge of objects for what is
regular, the reference implementation `ocdsmerge` for the rest (`docs/mapping/compile.md`; equal by
`tests/unit/standards/test_compile_properties.py`). Not here: reading or writing (`public_view.py`), the schema
the merge rules come from (`ocds.py`), a versioned release made a compiled one (`unversion.py`).

Source of the rules: OCDS 1.1.5, "Merging": https://standard.open-contracting.org/1.1/en/schema/merging/
"""

import copy
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from ocdsmerge.exceptions import DuplicateIdValueWarning
from ocdsmerge.merge import CompiledRelease, VersionedRelease

from pipelines.standards.ocds import MergeRules, merge_rules
from pipelines.standards.validation import json_pointer

MergedBy = Literal["direct", "ocdsmerge"]

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
    (None) when there is nothing to say. `merged_by`: which way; None for what was published compiled.
    """

    document: dict[str, Any]
    date: str | None
    undated: tuple[At, ...]
    repeated_dates: tuple[At, ...]
    duplicates: tuple[At, ...]
    conflict: At | None
    merged_by: MergedBy | None = None


def compile_releases(releases: Sequence[Mapping[str, Any]], *, rules: MergeRules | None = None) -> Compiled:
    """Merge the releases of one ocid, at least one, given in the order of the source.

    They are sorted by date; undated ones come first and equal dates keep the order of the source, so the
    result is the same however often it is made. The releases, parsed JSON, aren't changed, but the document
    shares objects and arrays with them: who changes one changes the other. Never raises on content.
    """
    rules = merge_rules() if rules is None else rules
    dates = [usable_date(release) for release in releases]
    order = _order(dates)
    ordered = [releases[at] for at in order]
    conflict: At | None = None
    duplicates: tuple[At, ...] = ()
    merged_by: MergedBy = "direct"
    try:
        document = _DirectMerge(_tree(rules)).merge(ordered)
    except _IrregularError:
        merged_by = "ocdsmerge"
        # The direct merge refuses repeated ids, so only here can there be any.
        duplicates = tuple(
            At(at, pointer)
            for at, release in enumerate(releases)
            for pointer in duplicate_ids(release, rules=rules)
        )
        try:
            document = _by_ocdsmerge(ordered, rules)
        except TypeError as error:
            conflict = At(order[-1], _conflict_pointer(error))
            document = as_compiled(ordered[-1])
    # Undated ones come first: if any has a date, the last has.
    date = dates[order[-1]]
    _set_identity(document, date)
    return Compiled(
        document=document,
        date=date,
        undated=tuple(At(at, "/date") for at, date in enumerate(dates) if date is None),
        repeated_dates=tuple(At(at, "/date") for at in _repeated(dates)),
        duplicates=duplicates,
        conflict=conflict,
        merged_by=merged_by,
    )


class MergeConflictError(ValueError):
    """Releases of one process that can't be merged: a field is a value in one and an object or array in
    another.

    `pointer` is where, empty if the reference implementation doesn't say.
    """

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        super().__init__(f"the releases can't be merged at {pointer or 'an id'}")


def versioned_release(
    releases: Sequence[Mapping[str, Any]], *, rules: MergeRules | None = None
) -> dict[str, Any]:
    """The versioned release of one ocid: of every field the list of its changes, in the order in which
    `compile_releases` merges.

    Made by `ocdsmerge`; the releases given, at least one, aren't changed.

    Raises:
        MergeConflictError: the releases contradict each other in type.
    """
    versioned = VersionedRelease(merge_rules=merge_rules() if rules is None else rules)
    try:
        for at in _order([usable_date(release) for release in releases]):
            versioned.append(releases[at])
        document: dict[str, Any] = versioned.asdict()
    except TypeError as error:
        raise MergeConflictError(_conflict_pointer(error)) from error
    return document


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
    tree = _tree(merge_rules() if rules is None else rules)
    for place in _duplicates(release, tree):
        yield json_pointer(place)


def _by_ocdsmerge(ordered: Sequence[Mapping[str, Any]], rules: MergeRules) -> dict[str, Any]:
    """What ocdsmerge makes of the releases.

    Raises:
        TypeError: on a type conflict (InconsistentTypeError) and on an id that is an object or array.
    """
    merged = CompiledRelease(merge_rules=rules)
    for release in ordered:
        merged.append(release)
    for path, value in merged.data.items():
        if isinstance(value, (dict, list)):
            # It is the release's, and on some type conflicts ocdsmerge writes into it.
            merged.data[path] = copy.deepcopy(value)
    document: dict[str, Any] = merged.asdict()
    return document


class _IrregularError(Exception):
    """Releases on which the direct merge could differ from ocdsmerge."""


@dataclass(frozen=True, slots=True)
class _Node:
    """The merge rules of the fields of one object: names that are omitted, names that are merged as a whole,
    and the rules further down. An array has those of its objects.
    """

    omitted: frozenset[str]
    whole: frozenset[str]
    below: Mapping[str, "_Node"]


_NO_RULES = _Node(frozenset(), frozenset(), {})


def _tree(rules: MergeRules) -> _Node:
    return _usual_tree() if rules is merge_rules() else _grown(rules)


@cache
def _usual_tree() -> _Node:
    return _grown(merge_rules())


def _grown(rules: MergeRules) -> _Node:
    # ocdsmerge takes a release's tag away whatever the rules say.
    return _node({("tag",): "omitWhenMerged", **rules})


def _node(rules: MergeRules) -> _Node:
    deeper: dict[str, dict[tuple[str, ...], str]] = {}
    for path, rule in rules.items():
        if len(path) > 1:
            deeper.setdefault(path[0], {})[path[1:]] = rule
    return _Node(
        omitted=frozenset(
            path[0] for path, rule in rules.items() if (len(path), rule) == (1, "omitWhenMerged")
        ),
        whole=frozenset(
            path[0] for path, rule in rules.items() if (len(path), rule) == (1, "wholeListMerge")
        ),
        below={name: _node(found) for name, found in deeper.items()},
    )


class _DirectMerge:
    """One merge of the releases of one ocid, object into object, without ocdsmerge's detour over paths.

    What ocdsmerge does, and this as well: a field stands where it first appeared. An object or array without
    any value in it leaves no trace; an object of nulls only stays, empty. A null removes a value (not an object
    or array), but keeps its place until the end. An array with anything but objects in it is a value. The `id`
    of an object in an array comes first.
    """

    def __init__(self, rules: _Node) -> None:
        self._rules = rules
        # Whether objects may be the release's own: nothing is merged into those of the last.
        self._shares = False
        # Objects made here that hold nulls; those go at the end.
        self._with_nulls: list[dict[str, Any]] = []
        # For each array made here, by its `id()`: its objects by the text of their ids. Made when a second
        # release has the array too.
        self._indexes: dict[int, dict[str, dict[str, Any]]] = {}

    def merge(self, ordered: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The merged release; `id` and `date` aren't set right yet. It shares parts with the releases.

        Raises:
            _IrregularError: see `docs/mapping/compile.md`.
        """
        document: dict[str, Any] = {"tag": [COMPILED_TAG]}
        last = len(ordered) - 1
        for at, release in enumerate(ordered):
            self._shares = at == last
            ocid, date = release.get("ocid"), release.get("date")
            if isinstance(ocid, (dict, list)) or isinstance(date, (dict, list)):
                raise _IrregularError
            document["id"] = UNDATED
            document["date"] = date
            document["ocid"] = ocid
            if ocid is None:
                self._with_nulls.append(document)
            self._merge_object(document, release, self._rules)
        for node in self._with_nulls:
            for name in [name for name, value in node.items() if value is None]:
                del node[name]
        return document

    def _merge_object(self, node: dict[str, Any], source: Mapping[str, Any], rules: _Node) -> None:
        # The innermost loop of compiling; what is asked first is what occurs most.
        omitted, below = rules.omitted, rules.below
        for name, value in source.items():
            if isinstance(value, (dict, list)):
                if name in omitted:
                    continue
                if name in rules.whole:
                    node[name] = value
                    continue
                old = node.get(name)
                deeper = below.get(name, _NO_RULES)
                if old is None:
                    self._put(node, name, value, deeper)
                elif isinstance(value, dict):
                    if not isinstance(old, dict):
                        raise _IrregularError
                    self._merge_object(old, value, deeper)
                else:
                    self._merge_list(node, name, value, deeper)
            elif omitted and name in omitted:
                continue
            else:
                if isinstance(node.get(name), (dict, list)) and self._stays(node, name, value, rules):
                    continue
                node[name] = value
                if value is None:
                    self._with_nulls.append(node)

    def _stays(self, node: dict[str, Any], name: str, value: Any, rules: _Node) -> bool:
        """Whether the object or array in `node` stays although a release has a value or null in its place."""
        if name in rules.whole or _is_value(node[name]):
            return False
        if value is not None:
            raise _IrregularError
        return True

    def _put(self, node: dict[str, Any], name: str, given: Any, rules: _Node) -> None:
        """An object or array where `node` has nothing yet, or a null."""
        made = self._object(given, rules) if isinstance(given, dict) else self._array(given, rules)
        if made:
            # A null keeps its place for a value, not for an object or array.
            if name in node and not _is_value(given):
                del node[name]
            node[name] = made

    def _merge_list(self, node: dict[str, Any], name: str, given: list[Any], rules: _Node) -> None:
        old = node[name]
        index = self._indexes.get(id(old))
        if index is not None:
            self._merge_items(old, index, given, rules)
        elif isinstance(old, list) and not _is_value(old):
            index = {str(item["id"]): item for item in old if "id" in item}
            self._indexes[id(old)] = index
            self._merge_items(old, index, given, rules)
        elif not isinstance(old, dict) and _is_value(given):
            node[name] = given
        elif given:
            raise _IrregularError

    def _merge_items(
        self, items: list[dict[str, Any]], index: dict[str, dict[str, Any]], given: list[Any], rules: _Node
    ) -> None:
        seen: set[str] = set()
        for item in given:
            if not isinstance(item, dict):
                raise _IrregularError
            key = _key(item, seen)
            old = index.get(key) if key is not None else None
            if old is not None:
                # "1" and 1 are one path to ocdsmerge, but two objects.
                if old["id"].__class__ is not item["id"].__class__:
                    raise _IrregularError
                self._merge_object(old, item, rules)
            elif made := self._item(item, rules):
                items.append(made)
                if key is not None:
                    index[key] = made

    def _object(self, source: dict[str, Any], rules: _Node) -> dict[str, Any]:
        """An object that no earlier release has; empty if it leaves no trace."""
        made = source if self._shares else source.copy()
        has_nulls = False
        for name, value in source.items():
            if isinstance(value, (dict, list)):
                if name in rules.whole or name in rules.omitted:
                    continue
                below = rules.below.get(name, _NO_RULES)
                inner: Any = (
                    self._object(value, below) if isinstance(value, dict) else self._array(value, below)
                )
                if inner is value and inner:
                    continue
                if made is source:
                    made = source.copy()
                if inner:
                    made[name] = inner
                else:
                    del made[name]
            elif value is None:
                has_nulls = True
        if made is source and (has_nulls or not rules.omitted.isdisjoint(source)):
            made = source.copy()
        for name in rules.omitted:
            made.pop(name, None)
        if has_nulls:
            self._with_nulls.append(made)
        return made

    def _array(self, given: list[Any], rules: _Node) -> list[Any]:
        """An array that no earlier release has: itself if it is a value, empty if it leaves no trace."""
        made = []
        is_same = self._shares
        seen: set[str] = set()
        for item in given:
            if not isinstance(item, dict):
                return given
            _key(item, seen)
            inner = self._item(item, rules)
            if inner:
                made.append(inner)
            is_same = is_same and inner is item
        return given if is_same and len(made) == len(given) else made

    def _item(self, item: dict[str, Any], rules: _Node) -> dict[str, Any]:
        if "id" in item:
            if "id" in rules.omitted:
                raise _IrregularError
            if next(iter(item)) != "id":
                item = {"id": item["id"], **item}
        return self._object(item, rules)


def _is_value(node: Any) -> bool:
    """Whether an object or array is replaced as a whole, not merged. Where no rule says so, that is an array
    with anything but objects in it.
    """
    return not isinstance(node, dict) and any(not isinstance(item, dict) for item in node)


def _key(item: Mapping[str, Any], seen: set[str]) -> str | None:
    """The text of the object's id, None if it has none; added to `seen`, the ids of its array.

    Raises:
        _IrregularError: the id repeats, or is neither text nor integer.
    """
    if "id" not in item:
        return None
    identifier = item["id"]
    if identifier.__class__ is not str and identifier.__class__ is not int:
        raise _IrregularError
    key = str(identifier)
    if key in seen:
        raise _IrregularError
    seen.add(key)
    return key


def _set_identity(document: dict[str, Any], date: str | None) -> None:
    document["id"] = f"{document.get('ocid')}-{date or UNDATED}"
    document["tag"] = [COMPILED_TAG]
    if date is None:
        document.pop("date", None)
    else:
        document["date"] = date


def _order(dates: Sequence[str | None]) -> list[int]:
    """Positions of the releases with these dates: undated first, equal dates in the order given."""
    if len(dates) == 1:
        return [0]
    keys = [date_order(date) for date in dates]
    return sorted(range(len(dates)), key=keys.__getitem__)


def _instant(date: str) -> float | None:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _repeated(dates: Sequence[str | None]) -> Iterator[int]:
    """Positions of dates that are, as instants, those of an earlier position; none for the undated."""
    if len(dates) == 1:
        return
    seen: set[float | str] = set()
    for at, date in enumerate(dates):
        if date is None:
            continue
        instant = _instant(date)
        key = date if instant is None else instant
        if key in seen:
            yield at
        seen.add(key)


def _duplicates(node: Mapping[str, Any], rules: _Node) -> Iterator[tuple[str | int, ...]]:
    """Places of repeated ids below `node`."""
    for name, value in node.items():
        if name in rules.omitted or name in rules.whole:
            continue
        below = rules.below.get(name, _NO_RULES)
        if isinstance(value, dict):
            for place in _duplicates(value, below):
                yield name, *place
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            seen: set[str] = set()
            for at, item in enumerate(value):
                identifier = item.get("id")
                if identifier is not None:
                    if str(identifier) in seen:
                        yield name, at, "id"
                    seen.add(str(identifier))
                for place in _duplicates(item, below):
                    yield name, at, *place


def _conflict_pointer(error: TypeError) -> str:
    """Where ocdsmerge stopped. Its message also holds the value, which isn't repeated."""
    found = _CONFLICT_PATH.search(str(error))
    return f"/{found.group(1)}" if found else ""
