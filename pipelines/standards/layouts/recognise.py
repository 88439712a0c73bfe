"""Which layout a header row has, and where each canonical field stands in it.

Here: the form of a layout, reading and checking the layout files, comparing headers, recognition, positions of
fields, drift. All of it is pure but for reading the YAML files of this folder. Not here: reading files and their
header rows (`pipelines/portals/`), the table `landed.shapes` (`pipelines/publication/scratch.py`), what SQL does
with a field's text (`dbt_project/macros/readings.sql`).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.mistakes import Mistake, MistakesError
from pipelines.portals.tabular import column_names

LAYOUTS = Path(__file__).parent

# Canonical fields of a row that stands for a contract or a procedure, by what their text is. The same names
# and kinds stand in `contract_fields` of dbt_project/macros/layouts.sql; a test holds the two equal.
CONTRACT_FIELDS: Mapping[str, str] = {
    "procedure_number": "text",
    "file_number": "text",
    "title": "text",
    "tender_description": "text",
    "procedure_type": "text",
    "contracting_type": "text",
    "scope": "text",
    "participation": "text",
    "law": "text",
    "exception_article": "text",
    "exception_description": "text",
    "published_at": "instant",
    "clarified_at": "instant",
    "opened_at": "instant",
    "awarded_at": "instant",
    "budget_amount": "money",
    "number_of_tenderers": "integer",
    "notice_url": "text",
    "funding_source": "text",
    "budget_items": "text",
    "is_consolidated": "boolean",
    "is_framework": "mark",
    "is_multiyear": "boolean",
    "government_level": "text",
    "institution_id": "text",
    "institution_name": "text",
    "unit_id": "text",
    "unit_name": "text",
    "rfc": "rfc",
    "supplier_name": "text",
    "supplier_given_names": "text",
    "supplier_surname_1": "text",
    "supplier_surname_2": "text",
    "supplier_size": "text",
    "supplier_country": "text",
    "has_contract": "boolean",
    "contract_number": "text",
    "contract_title": "text",
    "description": "text",
    "contract_status": "text",
    "amount": "money",
    "net_amount": "money",
    "min_amount": "money",
    "max_amount": "money",
    "currency": "currency",
    "exchange_rate": "rate",
    "signed_at": "instant",
    "starts_at": "instant",
    "ends_at": "instant",
    "contract_url": "text",
    "final_amount": "money",
    "finished_at": "instant",
    "updated_at": "instant",
}
LIST_FIELDS: Mapping[str, tuple[str, ...]] = {
    "bidders": ("name", "rfc", "amount"),
    "amendments": ("id", "description", "date", "url"),
    "related_places": (
        "id",
        "name",
        "description",
        "state",
        "municipality",
        "locality",
        "address",
        "postal_code",
        "latitude",
        "longitude",
    ),
}
# Fields of rows that aren't contract rows of their own, by the row's type. SIPOT formats have main rows, whose
# cells `link_…` hold keys, and rows of child tables, which stand under such a key; a test holds them equal to
# dbt_project/macros/sipot.sql, which reads them.
CHILD_FIELDS: Mapping[str, tuple[str, ...]] = {
    "sipot_row": (
        "record_id",
        "fiscal_year",
        "funding_detail",
        "place",
        "file_number",
        "tender_description",
        "procedure_type",
        "contracting_type",
        "scope",
        "exception_description",
        "published_at",
        "clarified_at",
        "notice_url",
        "funding_source",
        "institution_name",
        "unit_name",
        "rfc",
        "supplier_name",
        "supplier_given_names",
        "supplier_surname_1",
        "supplier_surname_2",
        "contract_number",
        "description",
        "amount",
        "net_amount",
        "min_amount",
        "max_amount",
        "currency",
        "exchange_rate",
        "signed_at",
        "starts_at",
        "ends_at",
        "contract_url",
        "updated_at",
        "link_quotes",
        "link_possible_bidders",
        "link_bidders",
        "link_attendees",
        "link_officials",
        "link_beneficiaries",
        "link_works",
        "link_amendments",
        "link_budget_items",
        "link_provider",
        "link_budget",
        "link_contract",
    ),
    "sipot_child": (
        "role",
        "parent_key",
        "supplier_name",
        "supplier_given_names",
        "supplier_surname_1",
        "supplier_surname_2",
        "rfc",
        "amount",
        "paid_amount",
        "place",
        "budget_items",
        "amendment_id",
        "amendment_at",
        "amendment_url",
        "procedure_type",
        "law",
        "exception_description",
        "contract_number",
        "description",
        "contract_url",
        "signed_at",
        "starts_at",
        "ends_at",
    ),
}
CONTRACT_ROW = "contract"
NUMBER = "{n}"
HEADER_LISTS: Mapping[str, str] = {
    "required": "a list of the headers it is recognised by",
    "columns": "a list of the whole header, in order",
    "optional": "a list of columns that may be there or not",
}
MEMBERS = ("id", "title", "row_type", "required", "columns", "optional", "fields", "constants", "values")


class LayoutError(MistakesError):
    """Layouts that can't be used."""


@dataclass(frozen=True)
class Layout:
    """How the rows of one kind of file are read.

    `row_type` is `contract` or a key of CHILD_FIELDS. `columns` are named as a reader names them (a repeated one
    gets ` (2)`); `optional` ones may be there or not, neither is drift. `fields`: canonical field -> headers, the
    first that has a value counts. `lists`: list field -> member -> headers, with {n} in place of the number.
    `values`: field -> header key of the published text -> text.
    """

    id: str
    title: str
    required: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    row_type: str = CONTRACT_ROW
    columns: tuple[str, ...] | None = None
    optional: tuple[str, ...] = ()
    lists: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """A header row read by a layout: positions count from 1, as in SQL.

    `constants`: texts that every row has, as if they were cells after its last one. `fields`: canonical field ->
    positions by preference, a constant last. `lists`: list field -> for each element its members' positions.
    `new` and `missing` are headers against the layout's `columns`, empty where these aren't known.
    """

    layout: Layout
    constants: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    lists: Mapping[str, tuple[Mapping[str, int], ...]]
    new: tuple[str, ...]
    missing: tuple[str, ...]


def header_key(text: str) -> str:
    """A header for comparing: no accents, lower case, one blank for everything not [a-z0-9], none around."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
    return re.sub(r"[^a-z0-9]+", " ", bare.lower()).strip()


def _plain_key(header: str) -> str:
    """The key without the number of a table: SIPOT files write `Posibles contratantes (Tabla_334277)`, or without
    it, and each state has its own number."""
    return re.sub(r" tabla ?\d+$", "", header_key(header))


def recognise(headers: Sequence[str], layouts: Iterable[Layout]) -> Shape | None:
    """The layout whose required headers are all there; of several, the one with most of its columns present.

    Where that is a tie the first listed counts. None: no layout fits.
    """
    places = _places(headers)
    fitting = [
        layout for layout in layouts if all(header_key(header) in places for header in layout.required)
    ]
    if not fitting:
        return None
    layout = max(fitting, key=lambda candidate: _presence(candidate, places))
    expected = {_plain_key(column) for column in (*(layout.columns or ()), *layout.optional)}
    return Shape(
        layout=layout,
        constants=tuple(layout.constants.values()),
        fields=_fields(layout, places, len(headers)),
        lists=_lists(layout, places, len(headers)),
        new=tuple(header for header in headers if layout.columns and _plain_key(header) not in expected),
        missing=tuple(column for column in layout.columns or () if header_key(column) not in places),
    )


@cache
def load_layouts(family: str) -> tuple[Layout, ...]:
    """The layouts of a family's file, in its order; none where the family has no file.

    Raises:
        LayoutError: with every mistake of the file.
    """
    path = LAYOUTS / f"{family}.yaml"
    if not path.is_file():
        return ()
    return parse_layouts(yaml.safe_load(path.read_text(encoding="utf-8")), file=path.name)


def source_layouts(
    family: str, declared: Mapping[str, Any] | str | None, *, source_id: str, title: str
) -> tuple[Layout, ...]:
    """The layouts a source's files may have: the one it declares or names, else all of its family.

    Raises:
        LayoutError: the declared layout has a mistake or no shared one has that id.
    """
    shared = load_layouts(family)
    if declared is None:
        return shared
    file = f"{source_id}.yaml"
    if isinstance(declared, str):
        named = tuple(layout for layout in shared if layout.id == declared)
        if not named:
            ids = ", ".join(layout.id for layout in shared) or "a layout of its own"
            raise LayoutError([Mistake(file, "layout", f"is {declared!r}", f"one of {ids}")])
        return named
    mistakes = [
        Mistake(file, f"layout.{name}", "is not a known field", f"one of {', '.join(MEMBERS[2:])}")
        for name in ("id", "title")
        if name in declared
    ]
    document = {**declared, "id": source_id, "title": title}
    mistakes.extend(_mistakes(document, file=file, at="layout."))
    if mistakes:
        raise LayoutError(mistakes)
    return (_layout(document),)


def parse_layouts(document: Any, *, file: str) -> tuple[Layout, ...]:
    """The layouts of a document (a list of mappings).

    Raises:
        LayoutError: with every mistake; each names the file, the field and what is allowed there.
    """
    if not isinstance(document, list) or not all(isinstance(entry, dict) for entry in document):
        raise LayoutError([Mistake(file, "(file)", "is not a list of layouts", "mappings with id, title …")])
    mistakes = [
        mistake
        for number, entry in enumerate(document)
        for mistake in _mistakes(entry, file=file, at=f"{entry.get('id', number)}.")
    ]
    ids = [entry.get("id") for entry in document]
    mistakes.extend(
        Mistake(file, f"{name}.id", "is there twice", "an id of its own")
        for name in sorted({str(name) for name in ids if ids.count(name) > 1})
    )
    if mistakes:
        raise LayoutError(mistakes)
    return tuple(_layout(entry) for entry in document)


def _places(headers: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for position, header in enumerate(headers, start=1):
        places.setdefault(header_key(header), position)
    for position, header in enumerate(headers, start=1):
        places.setdefault(_plain_key(header), position)
    return places


def _presence(layout: Layout, places: Mapping[str, int]) -> int:
    named = layout.columns or [header for headers in layout.fields.values() for header in headers]
    return sum(header_key(header) in places for header in dict.fromkeys(named))


def _fields(layout: Layout, places: Mapping[str, int], width: int) -> dict[str, tuple[int, ...]]:
    found = {
        name: tuple(places[header_key(header)] for header in headers if header_key(header) in places)
        for name, headers in layout.fields.items()
    }
    for position, name in enumerate(layout.constants, start=width + 1):
        found[name] = (*found.get(name, ()), position)
    return {name: positions for name, positions in found.items() if positions}


def _lists(layout: Layout, places: Mapping[str, int], width: int) -> dict[str, tuple[Mapping[str, int], ...]]:
    lists: dict[str, tuple[Mapping[str, int], ...]] = {}
    for name, members in layout.lists.items():
        # A row can't hold more elements than it has columns.
        numbers = range(1, width + 1) if _is_numbered(members) else (1,)
        elements = [
            {
                member: position
                for member, headers in members.items()
                if (position := _numbered_place(headers, number, places)) is not None
            }
            for number in numbers
        ]
        if any(elements):
            lists[name] = tuple(element for element in elements if element)
    return lists


def _is_numbered(members: Mapping[str, tuple[str, ...]]) -> bool:
    return any(NUMBER in header for headers in members.values() for header in headers)


def _numbered_place(headers: Sequence[str], number: int, places: Mapping[str, int]) -> int | None:
    for header in headers:
        for text in (str(number), f"{number:02}"):
            position = places.get(header_key(header.replace(NUMBER, text)))
            if position is not None:
                return position
    return None


# Field, what is wrong with it, what is expected there.
_Problem = tuple[str, str, str]


def _mistakes(entry: Mapping[Any, Any], *, file: str, at: str) -> list[Mistake]:
    return [Mistake(file, f"{at}{name}", problem, expected) for name, problem, expected in _problems(entry)]


def _problems(entry: Mapping[Any, Any]) -> Iterator[_Problem]:
    for name in sorted(set(entry) - set(MEMBERS), key=str):
        yield name, "is not a known field", f"one of {', '.join(MEMBERS)}"
    for name in ("id", "title"):
        if not isinstance(entry.get(name), str):
            yield name, f"is {entry.get(name)!r}", "a text"
    for name, expected in HEADER_LISTS.items():
        if (name in entry or name == "required") and not _is_text_list(entry.get(name)):
            yield name, f"is {entry.get(name)!r}", expected
    row_type = entry.get("row_type", CONTRACT_ROW)
    if row_type == CONTRACT_ROW:
        known, lists = tuple(CONTRACT_FIELDS), LIST_FIELDS
    elif row_type in CHILD_FIELDS:
        known, lists = CHILD_FIELDS[row_type], {}
    else:
        yield "row_type", f"is {row_type!r}", f"one of {', '.join((CONTRACT_ROW, *CHILD_FIELDS))}"
        return
    yield from _field_problems(entry.get("fields"), known, lists)
    yield from _text_problems("constants", entry.get("constants", {}), known)
    yield from _text_problems("values", entry.get("values", {}), known)


def _field_problems(
    fields: Any, known: Sequence[str], lists: Mapping[str, Sequence[str]]
) -> Iterator[_Problem]:
    if not isinstance(fields, dict) or not fields:
        yield "fields", f"is {fields!r}", "canonical field: header"
        return
    for name, headers in fields.items():
        if name in lists:
            yield from _list_problems(f"fields.{name}", headers, lists[name])
        elif name not in known:
            yield f"fields.{name}", "is not a known field", f"one of {', '.join((*known, *lists))}"
        elif not _is_headers(headers):
            yield f"fields.{name}", f"is {headers!r}", "a header or a list of headers"


def _list_problems(field: str, given: Any, members: Sequence[str]) -> Iterator[_Problem]:
    if not isinstance(given, dict) or not given:
        yield field, f"is {given!r}", f"member: header, with members of {', '.join(members)}"
        return
    for member, headers in given.items():
        if member not in members:
            yield f"{field}.{member}", "is not a known member", f"one of {', '.join(members)}"
        elif not _is_headers(headers):
            yield f"{field}.{member}", f"is {headers!r}", f"a header, with {NUMBER} in place of a number"


def _text_problems(member: str, given: Any, known: Sequence[str]) -> Iterator[_Problem]:
    is_right, expected = TEXT_MEMBERS[member]
    if not isinstance(given, dict):
        yield member, f"is {given!r}", f"canonical field: {expected}"
        return
    for name, value in given.items():
        if name not in known:
            yield f"{member}.{name}", "is not a known field", f"one of {', '.join(known)}"
        elif not is_right(value):
            yield f"{member}.{name}", f"is {value!r}", expected


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _is_headers(value: Any) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or _is_text_list(value)


def _is_constant(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(given, str) and isinstance(text, str) for given, text in value.items()
    )


# Members that give texts to fields: what is right there and how it is said.
TEXT_MEMBERS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "constants": (_is_constant, "a text, number or boolean"),
    "values": (_is_texts, "published text: text, both in quotes"),
}


def _layout(entry: Mapping[str, Any]) -> Layout:
    lists = {name: members for name, members in entry["fields"].items() if isinstance(members, dict)}
    return Layout(
        id=entry["id"],
        title=entry["title"],
        row_type=entry.get("row_type", CONTRACT_ROW),
        required=tuple(entry["required"]),
        columns=tuple(column_names(entry["columns"])) if "columns" in entry else None,
        optional=tuple(entry.get("optional", ())),
        fields={name: _headers(headers) for name, headers in entry["fields"].items() if name not in lists},
        lists={
            name: {member: _headers(headers) for member, headers in members.items()}
            for name, members in lists.items()
        },
        constants={name: _constant(value) for name, value in entry.get("constants", {}).items()},
        values={
            name: {header_key(given): text for given, text in texts.items()}
            for name, texts in entry.get("values", {}).items()
        },
    )


def _headers(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _constant(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
