"""Field coverage: how often each field of JSON texts holds something.

Here: counting over a stream of texts, one pass, memory by the number of distinct fields. The keys and counts are
those of OCP's Cardinal (`ocdscardinal coverage`, 0.0.8); `tests/oracle/coverage.py` compares them. Not here: where
the table stands (`pipelines/publication/layout.py`) and who writes it (`slices.py`).

Source of the rules: https://cardinal.readthedocs.io/en/latest/cli/coverage.html. Empty are "", [], {} and null, and
what holds only such; numbers and booleans never are. Of a name that stands twice in an object the last counts.

A path is made of the steps to a value: `/` and a name for a member of an object, `[]` for an element of an array. A
path that ends in `/` counts the objects at that place, one that ends in `[]` the elements, "" the texts. Names are not
escaped: an empty one, or one that ends in `[]`, shares its path with another place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

# A field is called covered when at least half of the texts have it. OCP's proposed Parquet schema leaves the
# threshold of `covered` open; half is from where its analysis calls an indicator well supported.
COVERED_FROM = 0.5
ELEMENT = "[]"
OBJECT = "/"


@dataclass(frozen=True)
class FieldCount:
    """What was counted for one path.

    `count`: values that aren't empty, as Cardinal counts them. `parent_count`: the `count` of what can hold the
    path: the objects `…/` a field is a member of, the values that are the arrays of an element `…[]` or the objects
    `…/`; for "" all texts, also the empty ones. `count / parent_count` is the share of parents that have the field
    or, for `…[]`, the mean number of elements. `processes_present`: texts in which the path isn't empty, and
    `coverage` their share of all texts. `mean_cardinality`: `count / parent_count` of `…[]`, else None.
    """

    path: str
    count: int
    parent_count: int
    processes_present: int
    coverage: float
    mean_cardinality: float | None
    covered: bool


class _Place:
    """One path while counting: `text` is the number of the last text counted in `texts`."""

    __slots__ = ("count", "elements", "members", "objects", "parents", "path", "text", "texts")

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = 0
        self.text = 0
        self.texts = 0
        self.members: dict[str, _Place] = {}
        self.objects: _Place | None = None
        self.elements: _Place | None = None
        self.parents: list[_Place] = []


class FieldCoverage:
    """Counts the fields of texts added one by one."""

    def __init__(self) -> None:
        self._texts = 0
        self._root = _Place("")
        self._places = {"": self._root}

    def add(self, text: bytes) -> None:
        """Count one JSON text.

        Raises:
            orjson.JSONDecodeError: the text isn't JSON; nothing of it is counted.
        """
        value = orjson.loads(text)
        self._texts += 1
        self._count(self._root, value)

    def rows(self) -> Iterator[FieldCount]:
        """Every path that was found with a value, ordered by path."""
        for path, place in sorted(self._places.items()):
            if place.count == 0:
                continue
            # The root is in no other place: it is counted against the texts.
            parent_count = sum(parent.count for parent in place.parents) if path else self._texts
            coverage = place.texts / self._texts
            yield FieldCount(
                path=path,
                count=place.count,
                parent_count=parent_count,
                processes_present=place.texts,
                coverage=coverage,
                mean_cardinality=place.count / parent_count if path.endswith(ELEMENT) else None,
                covered=coverage >= COVERED_FROM,
            )

    def _count(self, place: _Place, value: Any) -> bool:
        """Count `value` at `place` and everything in it; whether it isn't empty."""
        kind = type(value)
        if kind is dict:
            filled = self._count_members(place, value)
        elif kind is list:
            elements = place.elements
            if elements is None:
                elements = place.elements = self._place(place, ELEMENT)
            filled = False
            for element in value:
                filled |= self._count(elements, element)
        else:
            filled = value is not None and value != ""
        if filled:
            place.count += 1
            if place.text != self._texts:
                place.text = self._texts
                place.texts += 1
        return filled

    def _count_members(self, place: _Place, value: dict[str, Any]) -> bool:
        objects = place.objects
        if objects is None:
            objects = place.objects = self._place(place, OBJECT)
        members = objects.members
        filled = False
        for name, member in value.items():
            inner = members.get(name)
            if inner is None:
                inner = members[name] = self._place(objects, name)
            # Most members are texts: counting them here saves a call for each.
            if type(member) is str:
                if member:
                    filled = True
                    inner.count += 1
                    if inner.text != self._texts:
                        inner.text = self._texts
                        inner.texts += 1
            elif self._count(inner, member):
                filled = True
        if filled:
            objects.count += 1
            if objects.text != self._texts:
                objects.text = self._texts
                objects.texts += 1
        return filled

    def _place(self, parent: _Place, step: str) -> _Place:
        """The place one step below `parent`; places with equal paths are one."""
        path = parent.path + step
        place = self._places.get(path)
        if place is None:
            place = self._places[path] = _Place(path)
        if parent not in place.parents:
            place.parents.append(parent)
        return place
