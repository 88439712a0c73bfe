"""The relations of a run's scratch database that its models start from: schema `landed`.

Here: the landed records of each family with their texts repaired, the layouts of tabular files (`shapes`,
`drift`), and what the models may know of sources and generations. Not here: which slices a run builds and the
life of its scratch folder (`plan.py`), the models (`dbt_project/`), how a layout is recognised and a text
repaired (`pipelines/standards/`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import build_database
from pipelines.registry import Source
from pipelines.standards.layouts.recognise import Layout, recognise
from pipelines.standards.repairs.encoding import HINTS, repair_record
from pipelines.standards.repairs.repair import as_json_text

DATABASE_FILE = "build.duckdb"
TABULAR_FAMILIES = ("compranet", "sipot", "contract_sheets")
# Whose texts are repaired. A repair has to be told, and the records of the PDN have no table for it.
PROCUREMENT_FAMILIES = ("ocds_packages", *TABULAR_FAMILIES)
FAMILIES = (*PROCUREMENT_FAMILIES, "pdn_s1", "pdn_v1", "pdn_v2")
# Records held at a time while their texts are repaired.
REPAIR_BATCH = 1_000

LANDED_COLUMNS = (
    "source_id varchar, generation varchar, ordinal bigint, collection varchar, record varchar, "
    "record_sha256 varchar, package varchar, raw_sha256 varchar, page integer, position varchar, "
    "is_duplicate boolean, duplicate_kind varchar"
)
FACTS = {
    "sources": (
        "source_id varchar, entity varchar, system varchar, ocid_prefix varchar, cadence varchar, "
        "title varchar"
    ),
    "generations": "slice_id varchar, source_id varchar, fetched_at timestamp",
    # One row for each header row met. Positions count from 1 in `keys` and go on in `constants`.
    "shapes": (
        "slice_id varchar, source_id varchar, collection varchar, keys varchar[], layout varchar, "
        "row_type varchar, fields map(varchar, integer[]), "
        "lists struct(field varchar, number integer, member varchar, position integer)[], "
        "constants varchar[], texts map(varchar, varchar), rows bigint"
    ),
    "drift": (
        "slice_id varchar, source_id varchar, layout varchar, collection varchar, column_name varchar, "
        "change varchar, rows bigint"
    ),
    # Records whose text had to be repaired before anything could be read from it.
    "text_repairs": "slice_id varchar, ordinal bigint, record varchar, repairs varchar",
}
SHAPES = pa.schema(
    [
        ("slice_id", pa.string()),
        ("source_id", pa.string()),
        ("collection", pa.string()),
        ("keys", pa.list_(pa.string())),
        ("layout", pa.string()),
        ("row_type", pa.string()),
        ("fields", pa.map_(pa.string(), pa.list_(pa.int32()))),
        (
            "lists",
            pa.list_(
                pa.struct(
                    [
                        ("field", pa.string()),
                        ("number", pa.int32()),
                        ("member", pa.string()),
                        ("position", pa.int32()),
                    ]
                )
            ),
        ),
        ("constants", pa.list_(pa.string())),
        ("texts", pa.map_(pa.string(), pa.string())),
        ("rows", pa.int64()),
    ]
)
TEXT_REPAIRS = pa.schema(
    [("slice_id", pa.string()), ("ordinal", pa.int64()), ("record", pa.string()), ("repairs", pa.string())]
)
DRIFT = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("slice_id", "source_id", "layout", "collection", "column_name", "change")
        ),
        ("rows", pa.int64()),
    ]
)


@dataclass(frozen=True)
class HeaderRow:
    """A header row as it was met: the keys of `rows` records, without duplicates, of one collection of a slice."""

    slice_id: str
    source_id: str
    collection: str
    keys: tuple[str, ...]
    rows: int


def create_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    """Schemas `published` (records as landed) and `landed` (what the models read), with empty facts."""
    connection.execute("create schema published")
    connection.execute("create schema landed")
    for table, columns in FACTS.items():
        connection.execute(f"create table landed.{table} ({columns})")


def create_published(connection: duckdb.DuckDBPyConnection, family: str, queries: Sequence[str]) -> None:
    """`published.<family>`: a view over the landed records of generations (`pipelines/landing/land.py`,
    `records_query`), or an empty table of the same columns."""
    if queries:
        content = " union all by name ".join(f"({query})" for query in queries)
        connection.execute(f"create view published.{family} as {content}")
    else:
        connection.execute(f"create table published.{family} ({LANDED_COLUMNS})")


def repair_texts(connection: duckdb.DuckDBPyConnection, family: str) -> None:
    """`landed.<family>`: the published records with a column `text_repairs`.

    A record with a damaged text is replaced by the repaired one; what was repaired is JSON array text in
    `text_repairs` (null for the others), with the header as path where records are rows of a table. Rows of
    `landed.text_repairs`. Records of other families than those of procurement stay as published.
    """
    damaged = family in PROCUREMENT_FAMILIES and _insert_repaired(connection, family)
    content = f"select *, cast(null as varchar) as text_repairs from published.{family}"  # noqa: S608
    if damaged:
        content = (
            "select published.* replace (coalesce(repaired.record, published.record) as record), "  # noqa: S608
            f"repaired.repairs as text_repairs from published.{family} as published "
            "left join landed.text_repairs as repaired on repaired.ordinal = published.ordinal "
            "and repaired.slice_id = published.source_id || '@' || published.generation"
        )
    connection.execute(f"create or replace view landed.{family} as {content}")


def _insert_repaired(connection: duckdb.DuckDBPyConnection, family: str) -> bool:
    """Rows of `landed.text_repairs` for a family; whether there are any."""
    hinted = " or ".join("contains(record, ?)" for _ in HINTS)
    suspects = build_database.cursor(connection).execute(
        f"select source_id || '@' || generation, ordinal, record from published.{family} "  # noqa: S608
        f"where {hinted}",
        HINTS,
    )
    damaged = False
    while batch := suspects.fetchmany(REPAIR_BATCH):
        repaired = [row for row in (_repaired(family, *suspect) for suspect in batch) if row is not None]
        _insert(connection, "text_repairs", repaired, TEXT_REPAIRS)
        damaged = damaged or bool(repaired)
    return damaged


def recognise_layouts(
    connection: duckdb.DuckDBPyConnection, family: str, layouts: Mapping[str, Sequence[Layout]]
) -> None:
    """Rows of `landed.shapes` and `landed.drift` for a tabular family.

    `layouts`: source id -> the layouts its files may have; a source that isn't there has none.
    """
    found = connection.execute(
        "select source_id || '@' || generation, source_id, collection, json_keys(record) as keys, "  # noqa: S608
        f"count(*) filter (not is_duplicate) from landed.{family} group by all order by all"
    ).fetchall()
    shapes: list[dict[str, Any]] = []
    drift: list[dict[str, Any]] = []
    for slice_id, source_id, collection, keys, rows in found:
        header = HeaderRow(slice_id, source_id, collection, tuple(keys), rows)
        shape, changes = _shape(header, layouts.get(source_id, ()))
        shapes.append(shape)
        # What only duplicates show was told of their originals.
        drift.extend(changes if rows else ())
    _insert(connection, "shapes", shapes, SHAPES)
    _insert(connection, "drift", _added_up(drift), DRIFT)


def insert_source(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """A row of `landed.sources`."""
    connection.execute(
        "insert into landed.sources values (?, ?, ?, ?, ?, ?)",
        [source.id, source.entity, source.system, source.ocid_prefix, source.cadence, source.title],
    )


def insert_generation(
    connection: duckdb.DuckDBPyConnection, *, slice_id: str, source_id: str, fetched_at: str
) -> None:
    """A row of `landed.generations`; `fetched_at` is an ISO 8601 instant."""
    connection.execute(
        "insert into landed.generations select ?, ?, cast(cast(? as timestamptz) at time zone 'UTC' as timestamp)",
        [slice_id, source_id, fetched_at],
    )


def _shape(header: HeaderRow, layouts: Iterable[Layout]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    shape = recognise(header.keys, layouts)
    base = {
        "slice_id": header.slice_id,
        "source_id": header.source_id,
        "collection": header.collection,
        "rows": header.rows,
    }
    if shape is None:
        unknown: dict[str, Any] = {
            "layout": None,
            "row_type": None,
            "fields": {},
            "lists": [],
            "constants": [],
            "texts": {},
        }
        return {**base, "keys": header.keys, **unknown}, []
    row = {
        **base,
        "keys": header.keys,
        "layout": shape.layout.id,
        "row_type": shape.layout.row_type,
        "fields": dict(shape.fields),
        "lists": [
            {"field": name, "number": number, "member": member, "position": position}
            for name, elements in shape.lists.items()
            for number, element in enumerate(elements, start=1)
            for member, position in element.items()
        ],
        "constants": list(shape.constants),
        "texts": {
            f"{name}:{published}": text
            for name, texts in shape.layout.values.items()
            for published, text in texts.items()
        },
    }
    changes = [("new", name) for name in shape.new] + [("missing", name) for name in shape.missing]
    drift = [
        {**base, "layout": shape.layout.id, "column_name": name, "change": change} for change, name in changes
    ]
    return row, drift


def _repaired(family: str, slice_id: str, ordinal: int, text: str) -> dict[str, Any] | None:
    found = repair_record(text)
    if found is None:
        return None
    record, repairs = found
    if family in TABULAR_FAMILIES:
        repairs = [replace(repair, path=_header(repair.path)) for repair in repairs]
    return {"slice_id": slice_id, "ordinal": ordinal, "record": record, "repairs": as_json_text(repairs)}


def _header(pointer: str) -> str:
    """The header that a JSON pointer into a row names."""
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def _added_up(drift: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A column that several header rows of a collection have or lack is told once."""
    totals: dict[tuple[Any, ...], dict[str, Any]] = {}
    for change in drift:
        key = tuple(value for name, value in change.items() if name != "rows")
        total = totals.setdefault(key, {**change, "rows": 0})
        total["rows"] += change["rows"]
    return list(totals.values())


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]], schema: pa.Schema
) -> None:
    if not rows:
        return
    # pyarrow takes pairs for maps, not mappings.
    maps = [field.name for field in schema if pa.types.is_map(field.type)]
    prepared = [{**row, **{name: list(row[name].items()) for name in maps}} if maps else row for row in rows]
    connection.register("given", pa.Table.from_pylist(prepared, schema=schema))
    connection.execute(f"insert into landed.{table} by name select * from given")  # noqa: S608
    connection.unregister("given")
