"""The public view: what a build may publish, made from the two private standard tables.

Here: the one pass in which every OCDS release is repaired, validated, redacted and compiled, and every PDN record
validated and cut to its allow-list; the five Parquet files it writes; and the results of the rules that can only be
checked before redaction. Not here: what is public (`privacy.py`), the merge (`compile.py`), rules that SQL can check
on the published tables (`dbt_project/models/quality`), texts of the rules (`pipelines/quality/rules.yaml`).

Input: `standard.ocds_releases` and `staging.stg_pdn_v1__records` of the run's scratch database, read in order of
(slice_id, ocid), so that a process is whole when its last release has been read and memory doesn't grow with the
source.
"""

import itertools
import logging
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.progress import report
from pipelines.registry import Source
from pipelines.standards import compile as compiling
from pipelines.standards import edca, ocds, privacy
from pipelines.standards.identity import RFC_SCHEMES, Identity, classify, mask
from pipelines.standards.pdn import PdnSystem, record_validator
from pipelines.standards.privacy import Finding, OcdsRedactor, PdnRedactor, PseudonymKey, Redacted
from pipelines.standards.validation import SchemaError, json_pointer

LOGGER = logging.getLogger(__name__)

SCHEMA = "public_view"

_POSITION_FIELDS = [("raw_sha256", pa.string()), ("page", pa.int32()), ("position", pa.string())]

SCHEMAS: Mapping[str, pa.Schema] = {
    "ocds_releases": pa.schema(
        [
            ("slice_id", pa.string()),
            ("source_id", pa.string()),
            ("ocid", pa.string()),
            ("release_id", pa.string()),
            ("release_date", pa.string()),
            ("release", pa.string()),
            ("positions", pa.string()),
            ("record_count", pa.int32()),
            ("ordinal", pa.int64()),
            ("conversion", pa.string()),
        ]
    ),
    "ocds_compiled": pa.schema(
        [
            ("slice_id", pa.string()),
            ("source_id", pa.string()),
            ("ocid", pa.string()),
            ("compiled_date", pa.string()),
            ("compiled", pa.string()),
            ("release_count", pa.int32()),
            ("record_count", pa.int32()),
            ("positions", pa.string()),
            ("year", pa.int32()),
        ]
    ),
    "pdn_records": pa.schema(
        [
            ("slice_id", pa.string()),
            ("source_id", pa.string()),
            ("system", pa.string()),
            ("record_id", pa.string()),
            ("record", pa.string()),
            ("record_sha256", pa.string()),
            ("ordinal", pa.int64()),
            *_POSITION_FIELDS,
            ("name_status", pa.string()),
        ]
    ),
    "record_results": pa.schema(
        [
            ("rule_id", pa.string()),
            ("slice_id", pa.string()),
            ("source_id", pa.string()),
            ("entity_type", pa.string()),
            ("entity_id", pa.string()),
            ("result", pa.string()),
            ("failures", pa.int32()),
            ("path", pa.string()),
            ("value", pa.string()),
            *_POSITION_FIELDS,
        ]
    ),
    "redactions": pa.schema(
        [
            ("slice_id", pa.string()),
            ("source_id", pa.string()),
            ("kind", pa.string()),
            ("path", pa.string()),
            ("count", pa.int64()),
        ]
    ),
}

DESCRIPTIONS: Mapping[str, str] = {
    "ocds_releases": "One row per OCDS release that may be published: repaired, redacted, with its positions.",
    "ocds_compiled": "One row per contracting process: its releases merged by the standard's own rules.",
    "pdn_records": "One row per PDN record in its public view (PDN v1 shape, allow-listed fields).",
    "record_results": "One row per rule and process or record, for the rules that need the data before redaction.",
    "redactions": "How often each kind of reserved data was removed, by source and generic path.",
}

# Rules by grain; every item gets a result of each of its rules.
OCDS_RULES = (
    "OCDS-S01",
    "OCDS-S02",
    "OCDS-S03",
    "OCDS-I10",
    "OCDS-I11",
    "OCDS-I12",
    "OCDS-I13",
    "OCDS-P10",
    "OCDS-P11",
    "OCDS-P12",
    "OCDS-P13",
)
PDN_RULES = ("PDN-S01", "PDN-I10", "PDN-P10", "PDN-P11", "PDN-P12", "PDN-P13")
RESERVED_DATA_RULES = ("TEQ-P01", "TEQ-P02", "TEQ-P03")
RULE_IDS = (*OCDS_RULES, *PDN_RULES, *RESERVED_DATA_RULES)

# Rows for one unit of work: large enough that starting it costs nothing, small enough that a few fit in memory
# (about 5 KB a release).
CHUNK_ROWS = 512
BATCH_ROWS = 1024
# A second process costs about 1.5 s to start (it imports the same modules); below this the first one is done earlier.
PARALLEL_FROM_ROWS = 3_000
WORKERS = 2
# Chunks handed out ahead of the writer: bounds memory when one process is slower than the other.
AHEAD = 6
REPORT_EVERY_ROWS = 5_000
ROW_GROUP_ROWS = 8_192
DUCKDB_CONFIG = {"memory_limit": "1GB", "threads": 2, "preserve_insertion_order": True}
MAX_VALUE = 200

Result = Literal["pass", "fail", "na"]


class ReleaseRow(NamedTuple):
    """One row of `standard.ocds_releases`, as far as it is needed."""

    slice_id: str
    source_id: str
    ocid: str
    release_id: str | None
    release_date: str | None
    release: str
    positions: str
    record_count: int
    ordinal: int
    conversion: str


class PdnRow(NamedTuple):
    """One row of `staging.stg_pdn_v1__records`."""

    slice_id: str
    source_id: str
    system: PdnSystem
    record_id: str
    record: str
    ordinal: int
    raw_sha256: str
    page: int | None
    position: str


class Position(NamedTuple):
    """Where a source record stands."""

    raw_sha256: str | None
    page: int | None
    position: str | None


@dataclass(frozen=True)
class PublicViewStats:
    """What was built: `rows` by table, removed things by kind, repaired dialect by alias, and the time it took."""

    rows: Mapping[str, int]
    redactions: Mapping[str, int]
    repairs: Mapping[str, int]
    seconds: float


@dataclass
class Output:
    """Rows made by one unit of work, by table, and what was counted on the way."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})
    redactions: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)


def build_public_view(
    scratch_db: Path, out_dir: Path, *, sources: Mapping[str, Source], key: PseudonymKey
) -> PublicViewStats:
    """Write the five Parquet files into `out_dir` and register them as views of schema `public_view`.

    Row order is that of the input (slice, ocid, ordinal), also with two processes: equal inputs give equal files.

    Raises:
        KeyError: the database holds a source that isn't declared.
    """
    started = time.monotonic()
    out_dir.mkdir(parents=True, exist_ok=True)
    config = {**DUCKDB_CONFIG, "temp_directory": str(out_dir / "spill")}
    with duckdb.connect(str(scratch_db), config=config) as connection:
        _check_sources(connection, sources)
        total = _count(connection, "standard.ocds_releases")
        with _Writers(out_dir) as writers, _executor(total, key) as submit:
            redactions: Counter[tuple[str, str, str, str]] = Counter()
            repairs: Counter[str] = Counter()
            work = itertools.chain(
                _submitted(submit, compile_chunk, _process_chunks(_rows(connection, _RELEASES_QUERY, ReleaseRow))),
                _submitted(submit, pdn_chunk, _plain_chunks(_rows(connection, _PDN_QUERY, PdnRow))),
            )
            for output in work:
                writers.write(output)
                redactions.update(output.redactions)
                repairs.update(output.repairs)
            writers.write(_redaction_rows(redactions))
            rows = dict(writers.counts)
        _register(connection, out_dir)
    by_kind: Counter[str] = Counter()
    for (_, _, kind, _), count in redactions.items():
        by_kind[kind] += count
    return PublicViewStats(rows, dict(by_kind), dict(repairs), time.monotonic() - started)


# -- reading and writing --------------------------------------------------------------------------------

_RELEASES_QUERY = """
    SELECT slice_id, source_id, ocid, release_id, release_date, release::VARCHAR, positions::VARCHAR,
        record_count::INTEGER, ordinal::BIGINT, conversion
    FROM standard.ocds_releases
    ORDER BY slice_id, ocid, ordinal, release_date, release_id, release
"""
_PDN_QUERY = """
    SELECT slice_id, source_id, system, record_id, record::VARCHAR, ordinal::BIGINT, raw_sha256, page::INTEGER, position
    FROM staging.stg_pdn_v1__records
    ORDER BY slice_id, system, record_id, ordinal
"""


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (our own names)
    assert row is not None
    return int(row[0])


def _check_sources(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]) -> None:
    found = connection.execute(
        "SELECT DISTINCT source_id FROM standard.ocds_releases "
        "UNION SELECT DISTINCT source_id FROM staging.stg_pdn_v1__records"
    ).fetchall()
    unknown = sorted(source_id for (source_id,) in found if source_id not in sources)
    if unknown:
        message = f"the build holds sources that aren't declared: {', '.join(unknown)}; add them to sources/"
        raise KeyError(message)


def _rows[Row: (ReleaseRow, PdnRow)](
    connection: duckdb.DuckDBPyConnection, query: str, row: Callable[..., Row]
) -> Iterator[Row]:
    """Rows of `query`, read in batches."""
    reader = connection.sql(query).to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        yield from (row(*values) for values in zip(*(column.to_pylist() for column in batch.columns), strict=True))
