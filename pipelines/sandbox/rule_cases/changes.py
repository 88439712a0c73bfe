"""The form of a rule's case: changes of a record by JSON pointer, and what the changed record must yield.

Not here: the cases themselves (`cases.py`).
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Change = Callable[[Record], None]

DELETE = object()


def put(path: str, value: Any) -> Change:
    """Set (or with DELETE remove) what stands at a JSON pointer."""

    def change(record: Record) -> None:
        *parents, last = path.strip("/").split("/")
        place: Any = record
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if value is DELETE:
            place.pop(int(last) if isinstance(place, list) else last)
        elif isinstance(place, list):
            place[int(last)] = deepcopy(value)
        else:
            place[last] = deepcopy(value)

    return change


def add(path: str, element: Any) -> Change:
    """Append to the array at a JSON pointer."""

    def change(record: Record) -> None:
        place: Any = record
        for part in path.strip("/").split("/"):
            place = place[int(part)] if isinstance(place, list) else place[part]
        place.append(deepcopy(element))

    return change


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(record: Record) -> None:
        for one in changes:
            one(record)

    return change


def same(_: Record) -> None:
    """No change."""


@dataclass(frozen=True)
class Case:
    """One rule: how a sound record is changed to fail, and what the result must say.

    `passes` and `na` change the sound and the bare record where those as they are don't show the result;
    None for `na`: the rule always applies. `twin`: a second record that the failing one collides with.
    `also`: the rules that can't but fail with this one, each with the reason why; every other rule must find
    nothing in the failing record. `has_prefix`: whether the source they are of has a registered OCID prefix. `{name}`
    in `value` stands for the name that the record is made with.
    """

    rule_id: str
    fails: Change
    path: str | None
    value: str | None
    failures: int = 1
    passes: Change = same
    na: Change | None = same
    twin: Change | None = None
    has_prefix: bool = True
    also: Mapping[str, str] = field(default_factory=dict)

    def records(self, sound: Callable[[str], Record], name: str) -> list[Record]:
        """The failing record, made of the sound one of this name, and its twin where there is one."""
        failing = sound(name)
        self.fails(failing)
        if self.twin is None:
            return [failing]
        twin = deepcopy(failing)
        self.twin(twin)
        return [failing, twin]

    def value_of(self, name: str) -> str | None:
        """What the result shows for the record that was made with this name."""
        return None if self.value is None else self.value.replace("{name}", name)


def planted_name(case: Case) -> str:
    """What the ids of a case's failing record are made of in the sandbox."""
    return f"defecto-{case.rule_id.lower()}"
