"""Fields counted by institution and year: exactly, and as a reading of the texts object by object counts them."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from pipelines.sandbox.rule_cases.cases import bare_process, process
from pipelines.sandbox.rule_cases.changes import Record, add, both, put
from pipelines.standards.ocds_fields import release_fields
from tests.contract.scratch import RAW, Scratch

Counts = tuple[int, int, int, int, int, int]


def _records() -> list[tuple[int, Record]]:
    """Processes of two years, and of two institutions in one of them."""
    other = process("otra")
    put("/buyer", {"id": "C", "name": "Secretaría de Salud"})(other)
    empty = process("vacia")
    both(
        put("/tender/title", ""),
        put("/awards/0/value", {}),
        put("/awards/0/contractPeriod", {"startDate": None, "endDate": None}),
        put("/tender/tenderers", []),
        put("/tender/documents/0/format", " "),
        put("/contracts/0/period", {"vigencia": "anual"}),
        add("/contracts", {"id": "otro", "period": {"startDate": None}}),
        put("/parties/0/details", {"scale": None}),
        put("/planning/rationale", None),
    )(empty)
    untitled = process("sin-titulo")
    both(put("/tender/title", "Papelería"), put("/tender/items", [{"id": "1", "quantity": 0}, {}]))(untitled)
    odd = process("rara")
    both(put("/tender", "no es un objeto"), put("/awards", {"id": "A1"}), put("/contracts", [None, "x"]))(odd)
    return [
        (2026, process("una")),
        (2026, other),
        (2026, empty),
        (2026, untitled),
        (2026, odd),
        (2025, process("antigua")),
        (2025, bare_process("vieja")),
    ]


def _insert(scratch: Scratch, records: list[tuple[int, Record]]) -> None:
    place = {"raw_sha256": RAW, "page": 1, "position": "/releases/0", "ordinal": 0}
    scratch.insert(
        "public_view.ocds_compiled",
        [
            {
                "slice_id": "norte@g1",
                "source_id": "norte",
                "ocid": record["ocid"],
                "compiled_date": record["date"],
                "compiled": orjson.dumps(record).decode(),
                "release_count": 1,
                "record_count": 1,
                "year": year,
                "positions": json.dumps([place]),
            }
            for year, record in records
        ],
    )


def _build(scratch: Scratch) -> None:
    scratch.insert("landed.sources", [{"source_id": "norte", "system": "s6-ocds"}])
    scratch.insert("landed.generations", [{"slice_id": "norte@g1", "source_id": "norte"}])
    scratch.dbt("build", "--select", "+quality_field_checks", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def counted(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    _insert(scratch, _records())
    _build(scratch)
    return scratch


def _counts(scratch: Scratch, where: str) -> dict[tuple[str | None, int, str], Counts]:
    rows = scratch.rows(f"select * from quality.quality_field_checks where {where}")
    columns = ("places", "present", "filled", "pass", "fail", "na")
    return {
        (row["agency_id"], row["period"], row["path"]): tuple(row[column] for column in columns)  # type: ignore[misc]
        for row in rows
    }


def test_a_field_is_counted_at_each_place_and_for_each_process(counted: Scratch) -> None:
    found = _counts(counted, "agency_id = 'B' and period = 2026")
    named = {path: counts for (_, _, path), counts in found.items()}
    # Four processes; one says of its title nothing, one has a text in the place of its tender.
    assert named["/ocid"] == (4, 4, 4, 4, 0, 0)
    assert named["/tender/title"] == (4, 3, 2, 2, 2, 0)
    # Four items: two in one process, of which one has nothing.
    assert named["/tender/items/quantity"] == (4, 3, 3, 2, 1, 1)
    # A list of nothing is there and has no element.
    assert named["/tender/tenderers"] == (4, 3, 2, 2, 2, 0)
    assert named["/tender/tenderers/id"] == (4, 4, 4, 2, 0, 2)
    # What holds nothing is there and not filled; one whose only member isn't of the schema says something.
    assert named["/awards/value"] == (3, 3, 2, 2, 1, 1)
    assert named["/contracts/period"] == (6, 4, 3, 2, 2, 0)
    # A null isn't there, and an object of nulls is there and not filled.
    assert named["/awards/contractPeriod"] == (3, 3, 2, 2, 1, 1)
    assert named["/awards/contractPeriod/startDate"] == (3, 2, 2, 2, 1, 1)
    assert named["/planning/rationale"] == (4, 0, 0, 0, 4, 0)
    assert named["/tender/documents/format"] == (3, 1, 0, 0, 3, 1)
    # No process has that object.
    assert "/contracts/amendments/date" not in named
    assert not [path for path in named if "contactPoint" in path]


def test_what_is_empty_is_told_where_it_stands(counted: Scratch) -> None:
    [row] = counted.rows(
        "select empty_fields, empty_names from quality.quality_ocds_field_shapes where entity_key like '%-vacia'"
    )
    # The period of the first contract holds something, if nothing that the schema knows.
    assert sorted(row["empty_fields"]) == [
        "/awards/0/contractPeriod",
        "/awards/0/value",
        "/contracts/1/period",
        "/parties/0/details",
        "/tender/documents/0/format",
        "/tender/tenderers",
        "/tender/title",
    ]
    assert set(row["empty_names"]) - {place.rpartition("/")[2] for place in row["empty_fields"]} == {
        "rationale"
    }


def test_where_a_field_that_most_have_is_missing_is_told(new_scratch: Callable[[], Scratch]) -> None:
    scratch = new_scratch()
    records = [process(f"con-{number}") for number in range(9)]
    lacking = process("sin")
    put("/tender/title", "")(lacking)
    unsigned = [process(f"otra-{number}") for number in range(2)]
    for record in unsigned:
        put("/contracts/0/dateSigned", "")(record)
    _insert(scratch, [(2026, record) for record in (*records, lacking)] + [(2025, one) for one in unsigned])
    _build(scratch)
    told = scratch.rows('select period, path, missing_in from quality.quality_field_checks where "fail" > 0')
    assert {(row["period"], row["path"]): row["missing_in"] for row in told if row["missing_in"]} == {
        (2026, "/tender/title"): [lacking["ocid"]]
    }


def test_institutions_and_years_are_counted_apart(counted: Scratch) -> None:
    title = _counts(counted, "path = '/tender/title'")
    assert title == {
        ("B", 2026, "/tender/title"): (4, 3, 2, 2, 2, 0),
        ("C", 2026, "/tender/title"): (1, 1, 1, 1, 0, 0),
        ("B", 2025, "/tender/title"): (1, 1, 1, 1, 0, 0),
    }
    ocid = _counts(counted, "path = '/ocid' and period = 2025")
    assert ocid == {("B", 2025, "/ocid"): (1, 1, 1, 1, 0, 0), (None, 2025, "/ocid"): (1, 1, 1, 1, 0, 0)}


def test_the_counts_are_those_of_a_reading_of_each_text(counted: Scratch) -> None:
    places: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for _, record in _records():
        for path, value in _read(record):
            places[path] += 1
            blank = isinstance(value, str) and not value.strip()
            nothing = isinstance(value, dict) and not any(one is not None for one in value.values())
            filled[path] += value not in (None, []) and not blank and not nothing
    told = counted.rows(
        "select path, sum(places) as n, sum(filled) as f from quality.quality_field_checks group by path"
    )
    # The one process whose awards are an object and not a list: the schema sees none.
    assert {row["path"]: (row["n"], row["f"]) for row in told if row["path"] != "/awards"} == {
        path: (places[path], filled[path]) for path in places if path != "/awards"
    }


def _read(record: Record) -> Iterator[tuple[str, Any]]:
    """Each field at each place where it can stand, with its value or None."""
    fields: dict[str, list[str]] = {}
    for field in release_fields():
        if field.is_public:
            fields.setdefault(field.parent, []).append(field.path.rpartition("/")[2])
    objects = {field.parent for field in release_fields()}

    def look_at(value: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name in fields.get(path, ()):
            inside = value.get(name) if isinstance(value, dict) else None
            below = f"{path}/{name}"
            yield below, inside
            if below not in objects or inside is None or (below == "/awards" and isinstance(inside, dict)):
                continue
            for one in inside if isinstance(inside, list) else [inside]:
                yield from look_at(one, below)

    yield from look_at(record, "")
