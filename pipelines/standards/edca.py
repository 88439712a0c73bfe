"""The dialect of Mexican OCDS publishers, brought back to what OCDS 1.1 and EDCA-MX specify.

Here: names that INAI's tool and Nuevo León use instead of those of the extensions, and values of another type or
form than the field has: dates, numbers as text, languages and roles by name, one object where a list belongs,
placeholders and nulls where nothing belongs. Nothing is guessed: each name and form has one meaning, anything
else stays as published and fails its rule. Every change is a `Repair` with what was published: the agency's
fault stays visible. For people: `docs/mapping/edca.md`.
Not here: which field has which form (`edca_fields.py`), what one value means (`repairs/`), OCDS 1.0 (`upgrade.py`),
damaged text (`repairs/encoding.py`), removing what may not be published (`privacy.py`).
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml

from pipelines.settings import REPOSITORY
from pipelines.standards import json_text
from pipelines.standards.edca_fields import Field, Form, Plan, release_plan
from pipelines.standards.identity import RFC_SCHEMES, classify, rfc_is_well_formed
from pipelines.standards.repairs import dates, money, rfc
from pipelines.standards.repairs.placeholders import is_placeholder
from pipelines.standards.repairs.repair import Repair, RepairKind
from pipelines.standards.validation import json_pointer

# As published -> as specified. Both names in one object: the specified one stands, the other is dropped.
ALIASES = {
    "juridicalPersonhood": "legalPersonality",
    "contactPointType": "type",
    "publishDate": "publishedDate",
    "hasquotes": "hasQuotes",
    "clarificationMeetingAttendees": "attendees",
    "clarificationMeetingOfficials": "officials",
}
_ALIAS_NAMES = frozenset(ALIASES)
# An alias that only means this inside an object under one of these names.
_ALIAS_PARENTS = {
    "contactPointType": frozenset({"contactPoint", "additionalContactPoints"}),
    "clarificationMeetingAttendees": frozenset({"clarificationMeetings"}),
    "clarificationMeetingOfficials": frozenset({"clarificationMeetings"}),
}
# Codes of parties' roles, from before the extension shortened them.
ROLES = {
    "clarificationMeetingAttendee": "attendee",
    "clarificationMeetingAttendees": "attendee",
    "clarificationMeetingOfficial": "official",
    "clarificationMeetingOfficials": "official",
}
BOOLEANS = {"true": True, "sí": True, "si": True, "false": False, "no": False}
LANGUAGES = REPOSITORY / "pipelines" / "standards" / "repairs" / "languages.yaml"

# What must stand in the JSON text for its unknown fields to need a look, too; most releases have none.
_INSTANT = "Date("
_HINTS = (*ALIASES, _INSTANT)
# Amounts of money; other numbers are counted apart.
_AMOUNTS = frozenset({"amount", "netAmount"})

Parts = tuple[str | int, ...]


def normalise(release: dict[str, Any], *, text: str | None = None) -> list[Repair]:
    """Repair `release` in place; what was changed, in no particular order, paths being pointers into it.

    `text` is the JSON text that the release was made from, if at hand: without any hint in it the walk through
    fields that no schema knows is spared.
    """
    repairs: list[Repair] = []
    if text is None or any(hint in text for hint in _HINTS):
        _rename(release, (), "", repairs, has_instants=text is None or _INSTANT in text)
    if _needs_repair(release, release_plan()):
        _Object(release, (), repairs).repair(release_plan())
    return repairs


# -- names, and instants in fields that no schema knows --------------------------------------------------


def _rename(
    node: dict[str, Any], parts: Parts, parent: str, repairs: list[Repair], *, has_instants: bool
) -> None:
    """Names and instants of an object and of those below it; `has_instants`: some text may be one."""
    if not _ALIAS_NAMES.isdisjoint(node):
        for alias in [name for name in ALIASES if name in node]:
            if parent in _ALIAS_PARENTS.get(alias, {parent}):
                _take_name(node, alias, parts, repairs)
    for key, value in node.items():
        if isinstance(value, dict):
            _rename(value, (*parts, key), key, repairs, has_instants=has_instants)
        elif isinstance(value, list):
            _rename_listed(value, (*parts, key), key, repairs, has_instants=has_instants)
        elif has_instants and isinstance(value, str):
            node[key] = _instant(value, (*parts, key), repairs)


def _rename_listed(
    values: list[Any], parts: Parts, parent: str, repairs: list[Repair], *, has_instants: bool
) -> None:
    for at, value in enumerate(values):
        if isinstance(value, dict):
            _rename(value, (*parts, at), parent, repairs, has_instants=has_instants)
        elif isinstance(value, list):
            _rename_listed(value, (*parts, at), parent, repairs, has_instants=has_instants)
        elif has_instants and isinstance(value, str):
            values[at] = _instant(value, (*parts, at), repairs)


def _instant(value: str, parts: Parts, repairs: list[Repair]) -> str:
    instant = dates.date_time(value) if value.startswith("/Date(") else None
    if instant is None:
        return value
    repairs.append(Repair("date_form", json_pointer(parts), value, instant))
    return instant


def _take_name(node: dict[str, Any], alias: str, parts: Parts, repairs: list[Repair]) -> None:
    name = ALIASES[alias]
    value = node.pop(alias)
    if node.setdefault(name, value) == value:
        repairs.append(Repair("alias", json_pointer((*parts, name)), alias, name))
    else:
        # Two values under two names of one field: the one that goes is told.
        repairs.append(Repair("alias", json_pointer((*parts, alias)), _shown(value), None))


# -- values of fields that the schema knows ------------------------------------------------------------


def _needs_repair(node: dict[str, Any], plan: Plan) -> bool:
    """Whether `_Object.repair` could find something: most releases need nothing, and this costs a third."""
    for key, value in node.items():
        if isinstance(value, str):
            suspects = plan.suspects.get(key)
            found = suspects is not None and value not in suspects.cleared and suspects.has(value)
        elif isinstance(value, dict):
            held = plan.objects.get(key)
            found = key in plan.lists if held is None else _needs_repair(value, held)
        elif isinstance(value, list):
            found = _list_needs_repair(key, value, plan.lists.get(key))
        else:
            found = key in (plan.never_null if value is None else plan.only_text)
        if found:
            return True
    return False


def _list_needs_repair(key: str, values: list[Any], plan: Plan | None) -> bool:
    if plan is None:
        return key == "roles" and any(isinstance(value, str) and value in ROLES for value in values)
    for value in values:  # noqa: SIM110 (a generator costs half as much again, over every list of every release)
        if isinstance(value, dict) and _needs_repair(value, plan):
            return True
    return False


class _Object:
    """One object of the release, where it stands and where its repairs go."""

    __slots__ = ("_node", "_parts", "_repairs")

    def __init__(self, node: dict[str, Any], parts: Parts, repairs: list[Repair]) -> None:
        self._node = node
        self._parts = parts
        self._repairs = repairs

    def repair(self, plan: Plan) -> None:
        """Repair the object in place, and those below it."""
        for key, value in list(self._node.items()):
            field = plan.fields.get(key)
            if field is None:
                continue
            if isinstance(value, str):
                if key in plan.suspects and plan.suspects[key].test(value):
                    self._text(key, value, field)
            elif isinstance(value, (dict, list)):
                self._nested(key, value, field)
            elif value is None:
                if not field.has_null and not field.is_required:
                    self._leave_out(key, "null")
            elif field.is_only_text and not isinstance(value, bool):
                self._replace("number_form", key, str(value), shown=f'"{value}"')

    def _text(self, key: str, value: str, field: Field) -> None:
        """A text that isn't of the field's form: what it says in that form, or nothing for a placeholder."""
        found = _READ[field.form](key, value, self._node)
        if found is not None:
            kind, repaired = found
            self._replace(kind, key, repaired, shown=_shown(repaired))
        elif not field.is_required and _stands_for_nothing(field, value):
            self._leave_out(key, value)

    def _nested(self, key: str, value: dict[str, Any] | list[Any], field: Field) -> None:
        if isinstance(value, list):
            if field.plan is not None:
                for at, item in enumerate(value):
                    if isinstance(item, dict):
                        _Object(item, (*self._parts, key, at), self._repairs).repair(field.plan)
            elif key == "roles":
                self._roles(key, value)
        elif field.plan is not None:
            parts = (*self._parts, key, 0) if field.is_list else (*self._parts, key)
            _Object(value, parts, self._repairs).repair(field.plan)
            if field.is_list:
                self._node[key] = [value]
                self._note("code_form", (key,), "{…}", "[{…}]")

    def _roles(self, key: str, roles: list[Any]) -> None:
        for at, role in enumerate(roles):
            code = ROLES.get(role) if isinstance(role, str) else None
            if code is not None:
                roles[at] = code
                self._note("code_form", (key, at), role, code)

    def _replace(self, kind: RepairKind, key: str, repaired: Any, *, shown: str) -> None:
        original = self._node[key]
        self._node[key] = repaired
        self._note(kind, (key,), _shown(original), shown)

    def _leave_out(self, key: str, original: str) -> None:
        del self._node[key]
        self._note("placeholder", (key,), original, None)

    def _note(self, kind: RepairKind, at: Parts, original: str, repaired: str | None) -> None:
        self._repairs.append(Repair(kind, json_pointer((*self._parts, *at)), original, repaired))


def _stands_for_nothing(field: Field, value: str) -> bool:
    if field.form == "identifier":
        return classify(value).kind == "placeholder"
    if field.form in {"date", "number", "integer", "boolean"}:
        return not value.strip() or is_placeholder(value)
    return field.form == "text" and is_placeholder(value)


Read = tuple[RepairKind, Any] | None


def _read_date(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    instant = dates.date_time(value)
    return None if instant is None else ("date_form", instant)


def _read_number(key: str, value: str, _node: Mapping[str, Any]) -> Read:
    amount = money.amount(value)
    if amount is None:
        return None
    kind: RepairKind = "money_form" if key.partition("_")[0] in _AMOUNTS else "number_form"
    # A Decimal keeps its zeros and its digits: json_text writes it as it is.
    return kind, int(amount) if amount.as_tuple().exponent == 0 else amount


def _read_integer(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    amount = money.amount(value)
    return None if amount is None or amount % 1 else ("number_form", int(amount))


def _read_boolean(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    answer = BOOLEANS.get(value.strip().casefold())
    return None if answer is None else ("code_form", answer)


def _read_language(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    code = _languages().get(" ".join(value.split()).casefold())
    return None if code is None else ("code_form", code)


def _read_list(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    return ("code_form", [value.strip()]) if value.strip() else None


def _read_tags(_key: str, value: str, _node: Mapping[str, Any]) -> Read:
    return "tag_text", [part.strip() for part in value.split(",") if part.strip()]


def _read_identifier(_key: str, value: str, node: Mapping[str, Any]) -> Read:
    """The RFC in its form, if it is one in it; what has a unit's number or isn't an RFC stays."""
    if str(node.get("scheme")).upper() not in RFC_SCHEMES:
        return None
    compact = rfc.compact(value)
    if compact is None or compact == value or not rfc_is_well_formed(compact):
        return None
    return "rfc_form", compact


_READ: Mapping[Form, Callable[[str, str, Mapping[str, Any]], Read]] = {
    "date": _read_date,
    "number": _read_number,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "language": _read_language,
    "tags": _read_tags,
    "texts": _read_list,
    "identifier": _read_identifier,
    "text": lambda _key, _value, _node: None,
}


def _shown(value: Any) -> str:
    """A value as text: a text as it is, a number with its digits, the rest as JSON."""
    return value if isinstance(value, str) else json_text.dumps(value)


@cache
def _languages() -> Mapping[str, str]:
    """Name of a language, without case → ISO 639-1."""
    listed: Mapping[str, str] = yaml.safe_load(LANGUAGES.read_text(encoding="utf-8"))
    return {name.casefold(): code for name, code in listed.items()}
