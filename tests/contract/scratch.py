"""Scratch databases for the contract tests of the dbt project: real dbt on real DuckDB.

Here: typed `landed`, `public_view` and `admitted` relations from rows of a test, and invocations of dbt
on them. Not here: how a run makes those relations (`pipelines/publication/scratch.py`, which is called here too,
`pipelines/standards/public_view.py`, `pipelines/publication/admission.py`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from python_calamine import CalamineWorkbook

from pipelines.build_database import dbt_environment
from pipelines.portals.tabular import column_names
from pipelines.portals.workbook_reader import cell_text
from pipelines.publication import scratch as relations
from pipelines.publication.scratch import FAMILIES, TABULAR_FAMILIES
from pipelines.standards.additional_fields import additional_fields
from pipelines.standards.layouts.recognise import source_layouts
from pipelines.standards.pdn import LAYOUTS, PdnLayout
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.view_pdn import publish_records
from pipelines.standards.view_rows import PdnRow

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
RAW = "a" * 64

PUBLIC_VIEW = {
    "ocds_releases": (
        "slice_id varchar, source_id varchar, ocid varchar, release_id varchar, release_date varchar, "
        "release varchar, positions varchar, record_count integer, ordinal bigint, conversion varchar"
    ),
    "ocds_compiled": (
        "slice_id varchar, source_id varchar, ocid varchar, compiled_date varchar, compiled varchar, "
        "release_count integer, record_count integer, positions varchar, year integer"
    ),
    "additional_fields": (
        "slice_id varchar, source_id varchar, ocid varchar, path varchar, object varchar, "
        "additional_fields varchar, members struct(name varchar, kind varchar)[]"
    ),
    "pdn_records": (
        "slice_id varchar, source_id varchar, system varchar, dialect varchar, collection varchar, "
        "record_id varchar, record varchar, record_sha256 varchar, ordinal bigint, raw_sha256 varchar, "
        "page integer, position varchar, name_status varchar, record_v1 varchar, record_v2 varchar, "
        "collection_v2 varchar, gravity varchar, withheld varchar"
    ),
    "pdn_versions": (
        "slice_id varchar, source_id varchar, system varchar, dialect varchar, collection varchar, row bigint, "
        "record_number bigint, is_identified boolean, record_id varchar, record_sha256 varchar, record varchar, "
        "valid_from timestamp, valid_to timestamp, last_seen timestamp, withdrawn_on date"
    ),
    "record_failures": (
        "rule_id varchar, slice_id varchar, source_id varchar, entity_type varchar, entity_key varchar, "
        "entity_id varchar, failures integer, path varchar, value varchar, raw_sha256 varchar, page integer, "
        "position varchar"
    ),
    "record_verdicts": (
        "slice_id varchar, source_id varchar, entity_type varchar, entity_key varchar, entity_id varchar, "
        "passed varchar, not_applicable varchar, raw_sha256 varchar, page integer, position varchar"
    ),
    "record_results": (
        "rule_id varchar, slice_id varchar, source_id varchar, entity_type varchar, entity_key varchar, "
        "entity_id varchar, result varchar, failures integer, path varchar, value varchar, raw_sha256 varchar, "
        "page integer, position varchar"
    ),
}
# What the models over all sources read (models/integrated/_sources.yml).
ADMITTED_TABLES = (
    "ocds_processes", "ocds_awards", "ocds_award_suppliers", "ocds_parties", "ocds_tenderers", "ocds_contracts",
    "pdn_s1_declaraciones", "pdn_s2", "pdn_s3_servidores", "pdn_s3_particulares",
)  # fmt: skip
ADMITTED_SOURCES = (
    "source_id varchar, entity varchar, system varchar, publisher_id varchar, status varchar, admitted boolean, "
    "state varchar, attempted_at timestamp, records bigint, fetched_at timestamp, lists_institutions boolean"
)
ADMITTED_LISTS = "source_id varchar, collection varchar, nombre varchar, siglas varchar, clave varchar"


def landed(
    source_id: str, records: Sequence[Any], *, collection: str, generation: str = "g1", **changes: Any
) -> list[dict[str, Any]]:
    """Landed rows of one generation; a record equal to an earlier one is marked as a duplicate."""
    seen: set[str] = set()
    rows = []
    for ordinal, record in enumerate(records):
        text = json.dumps(record, ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        rows.append(
            {
                "source_id": source_id,
                "generation": generation,
                "ordinal": ordinal,
                "collection": collection,
                "record": text,
                "record_sha256": digest,
                "package": None,
                "raw_sha256": RAW,
                "page": 1,
                "position": f"/{collection}/{ordinal}",
                "is_duplicate": digest in seen,
                "duplicate_kind": "bytes" if digest in seen else None,
                **changes,
            }
        )
        seen.add(digest)
    return rows


def public_pdn(layout: PdnLayout, record: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A row of `public_view.pdn_records` of one record, in the shape of both generations; one of v1 stays as it is."""
    system, dialect, collection = next(key for key, known in LAYOUTS.items() if known == layout)
    private = PdnRow(
        "s@g", "s", system, dialect, collection, str(record.get("id", "")), json.dumps(record), 0, RAW, 1, ""
    )
    (row,) = publish_records([private], {layout: PdnRedactor(layout)}).pdn_records
    shapes = {"record_v1": row.record_v1, "record_v2": row.record_v2, "collection_v2": row.collection_v2}
    return {
        "slice_id": "s@g",
        "source_id": "s",
        "system": system,
        "dialect": dialect,
        "collection": collection,
        "record_id": row.record_id,
        "record": row.record if dialect == "v2" else json.dumps(record, ensure_ascii=False),
        "ordinal": 0,
        "raw_sha256": RAW,
        "page": 1,
        "name_status": row.name_status,
        **(shapes if dialect == "v2" else {**shapes, "record_v1": json.dumps(record, ensure_ascii=False)}),
        "gravity": row.gravity,
        "withheld": row.withheld,
        **changes,
    }


def chihuahua_contracts(shared_data: Path) -> list[dict[str, str]]:
    """The municipality of Chihuahua's real contracts of 2018 and 2019 as records, read as the reader does."""
    path = shared_data / "tabular" / "chihuahua" / "contratos_2018_2019.xlsx"
    header, *body = CalamineWorkbook.from_path(path).get_sheet_by_name("IMCO Base De Datos").to_python()
    names = column_names([cell_text(cell) for cell in header])
    return [dict(zip(names, map(cell_text, cells), strict=True)) for cells in body]


class Scratch:
    """One scratch database, filled by a test and built by dbt."""

    def __init__(self, folder: Path, parsed: Path) -> None:
        self._parsed = parsed
        self._folder = folder
        self.path = folder / "build.duckdb"
        self._inline_layouts: dict[str, Mapping[str, Any] | str] = {}
        with duckdb.connect(str(self.path)) as connection:
            relations.create_schemas(connection)
            for family in FAMILIES:
                relations.create_published(connection, family, [])
            connection.execute("create schema public_view")
            for table, columns in PUBLIC_VIEW.items():
                connection.execute(f"create table public_view.{table} ({columns})")
            connection.execute("create schema rebuilt")
            made = (
                "ocds_compiled",
                "ocds_releases",
                "additional_fields",
                "record_failures",
                "record_verdicts",
            )
            for table in made:
                connection.execute(f"create view rebuilt.{table} as from public_view.{table}")

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows by column name; columns that aren't named are null.

        Rows of `landed.<family>` are what a source published: dbt's invocation repairs their texts and
        recognises their layouts first, as a run does. Rows of `public_view.ocds_compiled` bring those of
        `additional_fields` along.
        """
        if not rows:
            return
        if table == "public_view.ocds_compiled":
            self.insert("public_view.additional_fields", _additional_fields(rows))
        schema, name = table.split(".")
        if schema == "landed" and name in FAMILIES:
            table = f"published.{name}"
        with duckdb.connect(str(self.path)) as connection:
            connection.register("given", pa.Table.from_pylist(list(rows)))
            connection.execute(f"insert into {table} by name select * from given")

    def declare_layout(self, source_id: str, layout: Mapping[str, Any] | str) -> None:
        """The layout a source brings in its declaration."""
        self._inline_layouts[source_id] = layout

    def _make_landed(self) -> None:
        with duckdb.connect(str(self.path)) as connection:
            for table in ("shapes", "drift", "text_repairs"):
                connection.execute(f"truncate landed.{table}")
            for family in FAMILIES:
                relations.repair_texts(connection, family)
                if family not in TABULAR_FAMILIES:
                    continue
                found = connection.execute(f"select distinct source_id from published.{family}").fetchall()
                layouts = {
                    source_id: source_layouts(
                        family, self._inline_layouts.get(source_id), source_id=source_id, title=source_id
                    )
                    for (source_id,) in found
                }
                relations.recognise_layouts(connection, family, layouts)

    def admit_everything(self, sources: Sequence[Mapping[str, Any]]) -> None:
        """Schema `admitted` over the standard tables of this database."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("create schema admitted")
            for table in ADMITTED_TABLES:
                connection.execute(
                    f"create view admitted.{table} as select * exclude (slice_id) from standard.{table}"
                )
            connection.execute(f"create table admitted.sources ({ADMITTED_SOURCES})")
            connection.execute(f"create table admitted.listed_institutions ({ADMITTED_LISTS})")
        self.insert("admitted.sources", sources)

    def dbt(self, *arguments: str) -> dict[str, str]:
        """Invoke dbt on this database; returns the status of each node by its name.

        A failed node fails the test with dbt's own message.
        """
        self._make_landed()
        parsed = Manifest.from_msgpack(self._parsed.read_bytes())
        with dbt_environment(self.path):
            outcome = dbtRunner(manifest=parsed).invoke([*arguments, *options(self._folder / "target")])
        # The adapter keeps the file open for the whole process.
        DuckDBConnectionManager.close_all_connections()
        assert outcome.exception is None, outcome.exception
        results = {node.node.name: node for node in outcome.result.results}
        broken = {name: node.message for name, node in results.items() if node.status in {"error", "fail"}}
        assert outcome.success, broken
        return {name: str(node.status) for name, node in results.items()}

    def freeze(self, view: str) -> None:
        """Make a view the table of its rows, once nothing is built any more: many tests ask for them, and each would
        have them computed again."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(f"create temp table frozen as from {view}")
            connection.execute(f"drop view {view}")
            connection.execute(f"create table {view} as from frozen")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, as mappings."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(query)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _additional_fields(compiled: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **{column: process[column] for column in ("slice_id", "source_id", "ocid")},
            **row._asdict(),
            "members": [member._asdict() for member in row.members],
        }
        for process in compiled
        for row in additional_fields(json.loads(process["compiled"]))
    ]


def options(target: Path) -> list[str]:
    """Options of every invocation: nothing is written into the checkout, and of logs and artifacts, which nobody
    reads here and which take 2 s of 7, nothing at all."""
    return [
        "--project-dir", str(PROJECT), "--target-path", str(target), "--log-path", str(target / "logs"),
        "--quiet", "--no-use-colors", "--no-write-json", "--log-level-file", "none",
    ]  # fmt: skip
