"""Which form each field of a release has: the schema of OCDS 1.1.5 with the EDCA extensions, read once.

Here: the form of each field, and what to look at first to know whether a value has another one. Not here: bringing a
value into its form (`edca.py`), the schema itself (`ocds.py`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pipelines.standards import ocds, privacy
from pipelines.standards.repairs import dates
from pipelines.standards.repairs.placeholders import PLACEHOLDER

Form = Literal[
    "date", "number", "integer", "boolean", "text", "tags", "texts", "language", "identifier", "other"
]
# Texts found good that are remembered for each form: names, codes and dates repeat through a source.
CLEARED_ENTRIES = 20_000
CLEARED_LENGTH = 160

# Texts that name something else and so can't be left out: ids, codes and schemes. Their rules judge them.
_NAMING_ENDINGS = ("id", "Id", "ID", "scheme", "code")
# A party's id is text, so what refers to it has to be, although the schema allows a number there.
_REFERENCE = ("OrganizationReference", "id")

# An identifier as the SAT writes it, also with the number of a purchasing unit, or the hash of one.
_ODD_IDENTIFIER = re.compile(r"(?!(?:[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}(?:-[A-Z0-9]{3,})?|[0-9A-F]{32})$)")
_NO_CODE_OF_LANGUAGE = re.compile(r"(?![a-z]{2}$)")


def _always(_: str) -> bool:
    return True


@dataclass(slots=True)
class Suspects:
    """Which texts of one form need a second look: `test` tells, `cleared` are texts that don't."""

    test: Callable[[str], object]
    cleared: set[str] = field(default_factory=set)

    def has(self, text: str) -> bool:
        """Whether the text needs a second look."""
        if self.test(text):
            return True
        if len(text) <= CLEARED_LENGTH:
            if len(self.cleared) >= CLEARED_ENTRIES:
                self.cleared.clear()
            self.cleared.add(text)
        return False


# None: never. What isn't listed shouldn't be a text at all.
_SUSPECTS: Mapping[Form, Suspects | None] = {
    "date": Suspects(dates.has_another_form),
    "text": Suspects(PLACEHOLDER.fullmatch),
    "identifier": Suspects(_ODD_IDENTIFIER.match),
    "language": Suspects(_NO_CODE_OF_LANGUAGE.match),
    "other": None,
}
_ANY_TEXT = Suspects(_always)


@dataclass(frozen=True, slots=True)
class Field:
    """What the schema says of one field, as far as its value can be repaired.

    `plan` is that of the object, or of each object of the list, that the field holds. `is_only_text`: a number
    there has to be written as text.
    """

    form: Form
    is_list: bool
    is_only_text: bool
    has_null: bool
    is_required: bool
    plan: "Plan | None"


@dataclass(slots=True)
class Plan:
    """The fields of one kind of object, and the same again sorted by what a quick look asks of a value.

    Plans that hold themselves (an item in a quote in an item) hold themselves again.
    """

    fields: dict[str, Field] = field(default_factory=dict)
    suspects: dict[str, Suspects] = field(default_factory=dict)
    objects: "dict[str, Plan]" = field(default_factory=dict)
    lists: "dict[str, Plan]" = field(default_factory=dict)
    never_null: set[str] = field(default_factory=set)
    only_text: set[str] = field(default_factory=set)

    def add(self, name: str, known: Field) -> None:
        """Take in one field."""
        self.fields[name] = known
        suspects = _SUSPECTS.get(known.form, _ANY_TEXT)
        if suspects is not None:
            self.suspects[name] = suspects
        if known.plan is not None:
            (self.lists if known.is_list else self.objects)[name] = known.plan
        if not known.has_null:
            self.never_null.add(name)
        if known.is_only_text:
            self.only_text.add(name)


@cache
def release_plan() -> Plan:
    """The fields of a release, without those that are never published: they need no repair."""
    schema = ocds.extended_release_schema()
    reserved = frozenset(name.casefold() for name in privacy.allow_lists()["ocds"]["reserved_fields"])
    return _Reader(schema["definitions"], reserved).plan(schema, "release")


class _Reader:
    """Reads the objects of a schema; each definition once, because some of them hold one another."""

    def __init__(self, definitions: Mapping[str, Any], reserved: frozenset[str]) -> None:
        self._definitions = definitions
        self._reserved = reserved
        self._made: dict[str, Plan] = {}

    def plan(self, schema: Mapping[str, Any], name: str) -> Plan:
        """The fields of the object that `schema` describes, `name` being that of its definition."""
        if name in self._made:
            return self._made[name]
        made = self._made[name] = Plan()
        required = frozenset(schema.get("required", ()))
        for one, described in schema.get("properties", {}).items():
            if one.casefold() not in self._reserved:
                made.add(one, self._field(one, described, name, is_required=one in required))
        return made

    def _field(self, name: str, described: Mapping[str, Any], owner: str, *, is_required: bool) -> Field:
        schema, definition = self._resolved(described, f"{owner}.{name}")
        types = frozenset(_types(schema))
        held: Plan | None = None
        if "array" in types:
            items, item_definition = self._resolved(schema.get("items", {}), f"{owner}.{name}.items")
            if "properties" in items:
                held = self.plan(items, item_definition)
        elif "properties" in schema:
            held = self.plan(schema, definition)
        form = _form(name, schema, types, owner)
        return Field(
            form=form,
            is_list="array" in types,
            is_only_text=(form != "date" and "string" in types and types <= {"string", "null"})
            or (owner, name) == _REFERENCE,
            has_null="null" in types or not types,
            is_required=is_required,
            plan=held,
        )

    def _resolved(self, schema: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], str]:
        while "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            schema = self._definitions[name]
        return schema, name


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    named = schema.get("type", ())
    yield from [named] if isinstance(named, str) else named


def _form(name: str, schema: Mapping[str, Any], types: frozenset[str], owner: str) -> Form:  # noqa: PLR0911
    if name == "tag":
        return "tags"
    if "array" in types:
        return "texts" if schema.get("items", {}).get("type") == "string" else "other"
    if owner == "Identifier" and name == "id":
        return "identifier"
    if "string" not in types:
        by_type: Mapping[str, Form] = {"integer": "integer", "number": "number", "boolean": "boolean"}
        return next((form for kind, form in by_type.items() if kind in types), "other")
    if schema.get("format") == "date-time":
        return "date"
    if name == "language":
        return "language"
    is_code = "enum" in schema or "codelist" in schema or name.endswith(_NAMING_ENDINGS)
    # A placeholder may stand where a web address belongs.
    is_text = schema.get("format", "uri") == "uri" and types <= {"string", "null"} and not is_code
    return "text" if is_text else "other"
