"""Members of a compiled release that no relational table reads: kept as they are, told by the row they belong to.

Here: finding them. Not here: which members are read (`ocds_shapes` in `dbt_project/dbt_project.yml`, one list for
this and for the tables), the tables themselves (`dbt_project/models/standard/ocds`).

A table's row is an object of a list, the release itself or one of `ocds_single_rows`; members of the objects inside
of it are told with their way from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import yaml

from pipelines.settings import REPOSITORY
from pipelines.standards import json_text
from pipelines.standards.validation import json_pointer

DBT_PROJECT = REPOSITORY / "dbt_project" / "dbt_project.yml"


class Member(NamedTuple):
    """One unknown member: its JSON pointer from the row's object, without the first slash, and the kind of its value
    (string, number, boolean, object or array).
    """

    name: str
    kind: str


class AdditionalFields(NamedTuple):
    """What one row has besides: `path` is the JSON pointer of its object in the release, `object` the same without
    positions, `additional_fields` the JSON text of an object of the unknown `members`, in the order of their names.
    """

    path: str
    object: str
    additional_fields: str
    members: list[Member]


@dataclass(frozen=True, slots=True)
class _Shape:
    """The members read of one kind of object: all `names`, and those in which there are objects, or lists of objects,
    further down. `is_row`: a single object of this kind has a row of its own.
    """

    names: frozenset[str]
    objects: dict[str, "_Shape"]
    lists: dict[str, "_Shape"]
    is_row: bool


# A position in a path: no member that is read is called by a number.
_POSITION = re.compile(r"/[0-9]+")


def additional_fields(compiled: dict[str, Any]) -> list[AdditionalFields]:
    """The rows that have members which no table reads; a JSON null is no member. In the order of the release."""
    found: dict[str, dict[str, Any]] = {}
    _look_at(compiled, _release_shape(), "", "", found)
    return [_told(path, members) for path, members in found.items()]


def _look_at(
    node: dict[str, Any], shape: _Shape, row: str, own: str, found: dict[str, dict[str, Any]]
) -> None:
    """`row`: the path of the row's object; `own`: the way from there to `node`, ending with a slash if it isn't that
    object itself.
    """
    # The innermost loop: most objects have known members only, which costs one comparison of sets.
    if not shape.names.issuperset(node):
        for name in node.keys() - shape.names:
            if node[name] is not None:
                found.setdefault(row, {})[own + json_pointer((name,))[1:]] = node[name]
    objects, lists = shape.objects, shape.lists
    if not objects and not lists:
        return
    for name, value in node.items():
        if isinstance(value, dict):
            inside = objects.get(name)
            if inside is not None and inside.is_row:
                _look_at(value, inside, f"{row}/{own}{name}", "", found)
            elif inside is not None:
                _look_at(value, inside, row, f"{own}{name}/", found)
        elif isinstance(value, list) and name in lists:
            below = lists[name]
            for at, item in enumerate(value):
                if isinstance(item, dict):
                    _look_at(item, below, f"{row}/{own}{name}/{at}", "", found)


def _told(path: str, found: Mapping[str, Any]) -> AdditionalFields:
    ordered = dict(sorted(found.items()))
    members = [Member(name, _kind(value)) for name, value in ordered.items()]
    return AdditionalFields(path, _POSITION.sub("", path), json_text.dumps(ordered), members)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


@cache
def _release_shape() -> _Shape:
    variables = yaml.safe_load(DBT_PROJECT.read_text(encoding="utf-8"))["vars"]
    return _shape(variables["ocds_shapes"]["release"], frozenset(variables["ocds_single_rows"]), is_row=True)


def _shape(members: Mapping[str, Any], single_rows: frozenset[str], *, is_row: bool) -> _Shape:
    return _Shape(
        names=frozenset(members),
        objects={
            name: _shape(member, single_rows, is_row=name in single_rows)
            for name, member in members.items()
            if isinstance(member, dict)
        },
        lists={
            name: _shape(member[0], single_rows, is_row=True)
            for name, member in members.items()
            if isinstance(member, list) and isinstance(member[0], dict)
        },
        is_row=is_row,
    )
