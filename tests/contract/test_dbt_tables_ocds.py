"""Relational OCDS as a whole: one process with every standard block and extension, row by row, and what isn't lost.

Here: the rows of every table for `ocds_everything.json`, the shape against the schema, the peers' column checklist,
odd forms. Not here: the other standard tables and the forms that real sources give (`test_dbt_tables.py`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from pipelines.standards import ocds
from tests.contract.scratch import PROJECT, Scratch

HERE = Path(__file__).parent
EVERYTHING = json.loads((HERE / "ocds_everything.json").read_text("utf-8"))
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads(
    (HERE / "ocds_everything.expected.json").read_text("utf-8")
)
CHECKLIST = yaml.safe_load((HERE / "ocp_columns.yaml").read_text("utf-8"))
MODELS = PROJECT / "models" / "standard" / "ocds"

# Processes whose forms differ from the standard's in one thing each.
ODD: dict[str, dict[str, Any]] = {
    "mixed": {"awards": [{"id": 1, "x": 1}, "text", None, {}, {"id": "b", "value": {"x_y": {"z": [1]}}}]},
    "no-array": {"awards": {"id": "x"}, "parties": "x", "tender": "text", "contracts": None},
    "empty": {"tender": {}, "planning": {}},
    "escaped": {"tender": {"id": "1", "a/b~c": 'dijo "sí"', "x_null": None, "x_false": False}},
    "direct": {"tender": {"procurementMethod": "direct", "numberOfTenderers": 1}},
    "none": {"tender": {"procurementMethod": "open", "numberOfTenderers": 0, "tenderers": [{"id": "a"}]}},
    "bids": {
        "tender": {"procurementMethod": "open", "tenderers": [{"id": "a"}, {"id": "b"}]},
        "bids": {"details": [{"id": "1"}]},
    },
    "listed": {"tender": {"procurementMethod": "open", "tenderers": [{"id": "a"}, {"id": "a"}]}},
    "unknown": {"tender": {"procurementMethod": "open"}},
    "currencies": {
        "awards": [
            {"id": "1", "status": "active", "value": {"amount": 1, "currency": "MXN"}},
            {"id": "2", "status": "active", "value": {"amount": 2, "currency": "USD"}},
        ]
    },
    "statuses": {
        "awards": [
            {"id": "1", "status": "active", "value": {"amount": 1.1, "currency": "MXN"}},
            {"id": "2", "status": "active", "value": {"amount": 2.2, "currency": "MXN"}},
            {"id": "3", "status": "cancelled", "value": {"amount": 4, "currency": "USD"}},
            {"id": "4", "value": {"amount": 8, "currency": "MXN"}},
        ]
    },
    "by-value": {
        "awards": [{"items": [{"classification": {"scheme": "X", "id": "award"}}]}],
        "tender": {
            "items": [
                {
                    "classification": {"scheme": "COG", "id": code},
                    "quantity": quantity,
                    "unit": {"value": {"amount": 10, "currency": "MXN"}},
                }
                for code, quantity in (("a", 1), ("a", 1), ("b", 5))
            ]
            + [{"classification": {"scheme": "CUCOP", "id": "c"}}]
        },
    },
    "by-count": {
        "awards": [
            {
                "items": [
                    {"classification": {"scheme": "COG", "id": "a"}},
                    {"classification": {"scheme": "COG", "id": "a"}},
                    {
                        "classification": {"scheme": "COG", "id": "b"},
                        "quantity": 100,
                        "unit": {"value": {"amount": 10, "currency": "MXN"}},
                    },
                ]
            }
        ]
    },
    "places": {
        "parties": [
            {"id": str(number), "address": dict(zip(("region", "locality", "countryName"), address, strict=False))}
            for number, address in enumerate(
                [
                    ("N.L.", "MONTERREY ", "México"),
                    ("MX-NLE", "039"),
                    ("nuevo leon", "Carmen, El"),
                    ("Oaxaca", "San Juan Mixtepec"),
                    ("NL", "Monterrey", "PAÍSES BAJOS"),
                    ("US-TX", "Monterrey"),
                ]
            )
        ]
    },
    "days-14": {"tender": {"tenderPeriod": {"startDate": "2024-01-01T12:00:00Z", "endDate": "2024-01-16T11:59:59Z"}}},
    "days-15": {"tender": {"tenderPeriod": {"startDate": "2024-01-01T12:00:00Z", "endDate": "2024-01-16T12:00:00Z"}}},
    "days-past": {"tender": {"tenderPeriod": {"startDate": "2024-01-02T00:00:00Z", "endDate": "2024-01-01T12:00:00Z"}}},
}  # fmt: skip


def compiled_row(release: Mapping[str, Any], source: str) -> dict[str, Any]:
    return {
        "slice_id": f"{source}@g",
        "source_id": source,
        "ocid": release["ocid"],
        "compiled_date": release.get("date"),
        "compiled": json.dumps(release, ensure_ascii=False),
        "release_count": 1,
        "record_count": 1,
        "positions": "[]",
        "year": 2024,
    }


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    scratch.insert("landed.sources", [{"source_id": "s", "title": "Portal de prueba"}])
    scratch.insert(
        "public_view.ocds_compiled",
        [
            compiled_row(EVERYTHING, "s"),
            *(compiled_row({"ocid": name, **release}, "odd") for name, release in ODD.items()),
        ],
    )
    scratch.dbt(
        "build", "--exclude-resource-type", "unit_test", "--select", "path:models/standard/ocds", "path:seeds"
    )
    return scratch


@pytest.fixture(scope="module")
def contracts(parsed_project: Path) -> dict[str, ModelNode]:
    """The published tables."""
    manifest = Manifest.from_msgpack(parsed_project.read_bytes())
    return {
        node.name: node
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode)
        and node.fqn[1:3] == ["standard", "ocds"]
        and node.name.startswith("ocds_")
    }


def rows_of(scratch: Scratch, table: str, source: str = "s") -> list[dict[str, Any]]:
    """Rows of a source as JSON has them, without nulls and the keys every row shares."""
    found = scratch.rows(f"select * from standard.{table} where source_id = '{source}' order by all")
    shared = {"slice_id", "source_id"} | ({"ocid"} if source == "s" else set())
    return [
        {name: _plain(value) for name, value in row.items() if value is not None and name not in shared}
        for row in found
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | datetime) else value


def odd(scratch: Scratch, ocid: str, *columns: str) -> tuple[Any, ...]:
    """Columns of one odd process."""
    [row] = scratch.rows(f"select {', '.join(columns)} from standard.ocds_processes where ocid = '{ocid}'")
    return tuple(row.values())


@pytest.mark.parametrize("table", sorted(EXPECTED))
def test_everything_has_its_rows(built: Scratch, table: str) -> None:
    assert rows_of(built, table) == EXPECTED[table]


def test_every_table_has_a_row_of_everything(contracts: dict[str, ModelNode]) -> None:
    assert set(EXPECTED) == set(contracts)
    assert all(EXPECTED.values())


def test_every_column_is_filled_by_something(contracts: dict[str, ModelNode]) -> None:
    """A column that the fixture with every extension leaves empty would be untested."""
    shared = {"slice_id", "source_id", "ocid", "additional_fields"}
    empty = {
        f"{name}.{column}"
        for name, model in contracts.items()
        for column in model.columns
        if column not in shared and not any(column in row for row in EXPECTED[name])
    }

    assert empty == set()


def test_pointers_lead_to_the_objects(built: Scratch, contracts: dict[str, ModelNode]) -> None:
    for name, model in contracts.items():
        if "path" not in model.columns:
            continue
        for row in built.rows(f"select path from standard.{name} where source_id = 's'"):
            node: Any = EVERYTHING
            for step in row["path"].split("/")[1:]:
                node = node[int(step)] if isinstance(node, list) else node[step]
            assert node, (name, row["path"])


def test_nothing_of_the_process_is_lost(built: Scratch) -> None:
    """Every text and number of the release stands in a column or in additional fields."""
    kept = {EVERYTHING["ocid"]}
    for table in EXPECTED:
        for row in rows_of(built, table):
            for value in row.values():
                kept.add(str(value))
                if isinstance(value, str) and value[:1] in ("[", "{", '"'):
                    kept.update(_leaves(json.loads(value)))
                elif isinstance(value, str):
                    kept.update(value.split(","))

    lost = {leaf for leaf in _leaves(EVERYTHING) if leaf not in kept and not _is_kept_as_typed(leaf, kept)}

    # The tag of a compiled release is always this; what is no object has no row.
    assert lost == {"compiled", "text"}


def _leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for member in node.values():
            yield from _leaves(member)
    elif isinstance(node, list):
        for member in node:
            yield from _leaves(member)
    elif node is not None:
        yield str(node)


def _is_kept_as_typed(leaf: str, kept: set[str]) -> bool:
    """Dates and amounts are kept as instants in UTC and decimals."""
    if re.match(r"\d{4}-\d\d-\d\dT", leaf):
        instant = datetime.fromisoformat(leaf)
        assert instant.tzinfo is not None
        return str(instant.replace(tzinfo=None) - (instant.utcoffset() or instant - instant)) in kept
    number = leaf.replace(",", "")
    if re.fullmatch(r"-?\d+(\.\d+)?", number):
        return bool({str(Decimal(number).quantize(Decimal(scale))) for scale in ("0.01", "0.000001")} & kept)
    return False


def test_every_field_of_the_schema_is_in_the_shape(built: Scratch) -> None:
    """What the standard and the EDCA extensions define has a column; what hasn't is named here."""
    shape = set(_shape_paths(_structure(built), ""))
    missing = {path for path in _schema_paths() if path not in shape}
    reasons = {
        # Never published: the allow-list withholds contact points.
        r".*/(contactPoint|additionalContactPoints)(/.*)?",
        # Deprecated since OCDS 1.1, where these belong to parties; additional_fields keeps them.
        r".*/(buyer|procuringEntity|tenderers|suppliers|payer|payee|attendees|officials|guarantor|sourceParty"
        r"|invitedSuppliers|issuingSupplier|memberOf)/(identifier|address|additionalIdentifiers)(/.*)?",
        # OCDS 1.0 had an identifier there.
        r".*/(providerOrganization|receiverOrganization)/"
        r"(uri|legalPersonality|givenName|patronymicName|matronymicName)",
    }

    assert {path for path in missing if not any(re.fullmatch(reason, path) for reason in reasons)} == set()


def _schema_paths() -> Iterator[str]:
    schema = ocds.extended_release_schema()

    def resolved(described: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        name = ""
        while "$ref" in described:
            name = str(described["$ref"]).rpartition("/")[2]
            described = schema["definitions"][name]
        return described, name

    def walk(described: Mapping[str, Any], pointer: str, above: tuple[str, ...]) -> Iterator[str]:
        for member, value in described.get("properties", {}).items():
            found, name = resolved(value)
            if "items" in found:
                found, name = resolved(found["items"])
            yield f"{pointer}/{member}"
            if name not in above:
                yield from walk(found, f"{pointer}/{member}", (*above, name) if name else above)

    yield from walk(schema, "", ())


def _shape_paths(node: Any, pointer: str) -> Iterator[str]:
    if isinstance(node, list):
        yield from _shape_paths(node[0], pointer)
    elif isinstance(node, dict):
        for member, value in node.items():
            yield f"{pointer}/{member}"
            yield from _shape_paths(value, f"{pointer}/{member}")


def _structure(scratch: Scratch) -> Any:
    """The structure that the sections are parsed by, as dbt compiled it."""
    [compiled] = (scratch.path.parent / "target" / "compiled").rglob("int_ocds_sections.sql")
    found = re.search(r"from_json\(compiled, '(.*?)'\)", compiled.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return json.loads(re.sub(r"\s+", "", found[1]))


@pytest.mark.parametrize("peer", sorted(CHECKLIST))
def test_every_column_of_the_peer_has_a_home(contracts: dict[str, ModelNode], peer: str) -> None:
    for column, ours in CHECKLIST[peer].items():
        assert ours, (peer, column)
        if ours.startswith("issue 6"):
            continue
        table, _, name = ours.partition(".")
        assert name in contracts[table].columns, (peer, column, ours)


def test_the_checklist_leaves_out_indicators_only() -> None:
    left = {
        column
        for columns in CHECKLIST.values()
        for column, ours in columns.items()
        if ours.startswith("issue 6")
    }

    assert left and all(re.fullmatch(r"r0\d\d(_\w+)?", column) for column in left)


def test_unknown_members_are_kept_in_the_row_they_stand_in(built: Scratch) -> None:
    found = built.rows(
        "select ocid, path, additional_fields from public_view.additional_fields where source_id = 'odd' order by all"
    )

    assert [tuple(row.values()) for row in found] == [
        ("escaped", "/tender", '{"a~1b~0c":"dijo \\"sí\\"","x_false":false}'),
        ("mixed", "/awards/0", '{"x":1}'),
        ("mixed", "/awards/4", '{"value/x_y":{"z":[1]}}'),
    ]


def test_unknown_fields_are_counted(built: Scratch) -> None:
    found = built.rows(
        "select field, occurrences, processes, kinds from standard.ocds_additional_fields "
        "where source_id = 'odd' order by field"
    )

    assert [tuple(row.values()) for row in found] == [
        ("/awards/value/x_y", 1, 1, "object"),
        ("/awards/x", 1, 1, "number"),
        ("/tender/a~1b~0c", 1, 1, "string"),
        ("/tender/x_false", 1, 1, "boolean"),
    ]


def test_what_is_no_object_has_no_row(built: Scratch) -> None:
    awards = built.rows(
        "select ocid, path from standard.ocds_awards where ocid in ('mixed', 'no-array') order by all"
    )
    tenders = built.rows("select ocid from standard.ocds_tenders where ocid in ('no-array', 'empty')")
    plannings = built.rows("select ocid from standard.ocds_plannings where ocid = 'empty'")

    assert [row["path"] for row in awards] == ["/awards/0", "/awards/4"]
    assert tenders == []
    assert plannings == []


@pytest.mark.parametrize(
    ("ocid", "single_bid", "source"),
    [
        ("direct", None, None),
        ("none", False, "tender/numberOfTenderers"),
        ("bids", True, "bids/details"),
        ("listed", True, "tender/tenderers"),
        ("unknown", None, None),
    ],
)
def test_single_bid(built: Scratch, ocid: str, single_bid: bool | None, source: str | None) -> None:
    assert odd(built, ocid, "single_bid", "single_bid_source") == (single_bid, source)


@pytest.mark.parametrize(
    ("ocid", "days", "is_short"),
    [("days-14", 14, True), ("days-15", 15, False), ("days-past", 0, True), ("unknown", None, None)],
)
def test_short_tender_period(built: Scratch, ocid: str, days: int | None, is_short: bool | None) -> None:
    assert odd(built, ocid, "tender_days", "has_short_tender_period") == (days, is_short)


@pytest.mark.parametrize(
    ("ocid", "amount", "currency"),
    [("currencies", None, None), ("statuses", Decimal("3.30"), "MXN"), ("unknown", None, None)],
)
def test_awarded_amount(built: Scratch, ocid: str, amount: Decimal | None, currency: str | None) -> None:
    assert odd(built, ocid, "awarded_amount", "awarded_currency") == (amount, currency)


@pytest.mark.parametrize(
    ("ocid", "expected"),
    [
        ("by-value", ("COG", "b", "items_modal")),
        ("by-count", ("COG", "a", "items_modal")),
        ("unknown", (None, None, None)),
    ],
)
def test_main_classification(built: Scratch, ocid: str, expected: tuple[str | None, ...]) -> None:
    assert odd(built, ocid, "main_class_scheme", "main_class_id", "main_class_source") == expected


def test_territories_are_found_by_any_spelling(built: Scratch) -> None:
    """Abroad there is no state; a name that two municipalities of a state share (Oaxaca has two) names neither."""
    found = built.rows(
        "select entity, municipality from standard.ocds_parties where ocid = 'places' order by path"
    )

    assert [tuple(row.values()) for row in found] == [
        ("19", "19039"),
        ("19", "19039"),
        ("19", "19010"),
        ("20", None),
        (None, None),
        (None, None),
    ]


def test_models_leave_the_engine_to_macros() -> None:
    """JSON access and lists stand behind the dispatched macros of macros/engine.sql."""
    macros = set(re.findall(r"{% macro (\w+)\(", (PROJECT / "macros" / "engine.sql").read_text("utf-8")))
    functions = re.compile(
        r"\b((?:json_|list_|struct_|array_|map_)\w+|from_json|to_json|unnest|flatten)\s*\("
    )
    for path in sorted(MODELS.glob("*.sql")):
        assert set(functions.findall(path.read_text("utf-8"))) <= macros, path.name
