"""The public view: what a build may publish, made from the two private standard tables.

Here: reading those tables in order, handing whole processes and batches of records to one or two processes,
writing the Parquet files and registering them as views. Not here: what becomes of one process or
record (`view_ocds.py`, `view_pdn.py`), rules that SQL can check on the published tables
(`dbt_project/models/quality`), texts of the rules (`pipelines/quality/rules.yaml`).

Input: `standard.ocds_releases` and `staging.stg_pdn_v1__records` of the run's scratch database, read in
order of (slice_id, ocid), so that a process is whole when its last release has been read and memory doesn't
grow with the source.
"""

import itertools
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.progress import report
from pipelines.registry import Source
from pipelines.standards import view_ocds, view_pdn
from pipelines.standards.pdn import PDN_SYSTEMS
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.view_rows import Output, PdnRow, ReleaseRow

SCHEMA = "public_view"

_TEXT = pa.string()
_POSITION = [("raw_sha256", _TEXT), ("page", pa.int32()), ("position", _TEXT)]
_RELEASE_END = [
    ("positions", _TEXT),
    ("record_count", pa.int32()),
    ("ordinal", pa.int64()),
    ("conversion", _TEXT),
]

SCHEMAS: Mapping[str, pa.Schema] = {
    name: pa.schema([(column, _TEXT) if isinstance(column, str) else column for column in columns])
    for name, columns in {
        "ocds_releases": [
            *("slice_id", "source_id", "ocid", "release_id", "release_date", "release"),
            *_RELEASE_END,
        ],
        "ocds_compiled": [
            *("slice_id", "source_id", "ocid", "compiled_date", "compiled"),
            *(("release_count", pa.int32()), ("record_count", pa.int32()), "positions", ("year", pa.int32())),
        ],
        "pdn_records": [
            *(
                "slice_id",
                "source_id",
                "system",
                "record_id",
                "record",
                "record_sha256",
                ("ordinal", pa.int64()),
            ),
            *_POSITION,
            "name_status",
        ],
        "record_results": [
            *(
                "rule_id",
                "slice_id",
                "source_id",
                "entity_type",
                "entity_id",
                "result",
                ("failures", pa.int32()),
            ),
            *("path", "value"),
            *_POSITION,
        ],
        "redactions": ["slice_id", "source_id", "kind", "path", ("count", pa.int64())],
        "repairs": [
            *("slice_id", "source_id", "ocid", "kind", "path", "original", "repaired"),
            ("is_guess", pa.bool_()),
            *_POSITION,
        ],
    }.items()
}

DESCRIPTIONS: Mapping[str, str] = {
    "ocds_releases": "One row per OCDS release as it may be published, with its positions.",
    "ocds_compiled": "One row per contracting process: its releases merged by the standard's own rules.",
    "pdn_records": "One row per PDN record in its public view (PDN v1 shape, allow-listed fields).",
    "record_results": "One row per rule and process or record, for rules that need the data unredacted.",
    "redactions": "How often each kind of reserved data was removed, by source and generic path.",
    "repairs": "One row per repaired value, shown as far as it may be published, with its source record.",
}

# Every rule that this stage emits; the catalogue must hold exactly these besides those of the models.
RULE_IDS = (*view_ocds.RULES, *view_pdn.RULES, *view_ocds.RESERVED_DATA_RULES)

# Rows for one unit of work: large enough that starting it costs nothing, small enough that a few fit in
# memory (about 5 KB a release).
CHUNK_ROWS = 512
BATCH_ROWS = 1024
# A second process costs about 1.5 s to start (it imports the same modules); below this, one is done earlier.
PARALLEL_FROM_ROWS = 5_000
WORKERS = 2
# Chunks handed out ahead of the writer: bounds memory when one process is slower than the other.
AHEAD = 6
REPORT_EVERY_ROWS = 5_000
ROW_GROUP_ROWS = 16_384
DUCKDB_CONFIG: Mapping[str, str | int] = {"memory_limit": "1GB", "threads": 2}

Row = TypeVar("Row", ReleaseRow, PdnRow)
Submit = Callable[[str, Sequence[Any]], Future[Output]]


@dataclass(frozen=True)
class PublicViewStats:
    """What was built: `rows` by table, removed things by kind, repaired values by kind, and the time it took."""

    rows: Mapping[str, int]
    redactions: Mapping[str, int]
    repairs: Mapping[str, int]
    seconds: float


def build_public_view(
    scratch_db: Path, out_dir: Path, *, sources: Mapping[str, Source], key: PseudonymKey
) -> PublicViewStats:
    """Write a Parquet file for each table into `out_dir` and register them as views of schema `public_view`.

    Row order is that of the input (slice, ocid, ordinal), also with two processes: equal inputs give equal
    files.

    Raises:
        KeyError: the database holds a source that isn't declared.
    """
    started = time.monotonic()
    out_dir.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {**DUCKDB_CONFIG, "temp_directory": str(out_dir / "spill")}
    with duckdb.connect(str(scratch_db), config=config) as connection:
        # It would draw over whatever shows the run.
        connection.execute("set enable_progress_bar = false")
        total = _check_and_count(connection, sources)
        redactions: Counter[tuple[str, str, str, str]] = Counter()
        repairs: Counter[str] = Counter()
        with _Writers(out_dir) as writers, _workers(total, key) as submit:
            releases = _process_chunks(_rows(connection, _RELEASES_QUERY, ReleaseRow))
            records = _chunks(_rows(connection, _PDN_QUERY, PdnRow))
            for output in itertools.chain(
                _in_order(submit, "processes", releases), _in_order(submit, "records", records)
            ):
                writers.write(output)
                redactions.update(output.redactions)
                repairs.update(repair.kind for repair in output.repairs)
            writers.write_rows("redactions", [(*where, count) for where, count in sorted(redactions.items())])
        _register(connection, out_dir)
    by_kind: Counter[str] = Counter()
    for (_, _, kind, _), count in redactions.items():
        by_kind[kind] += count
    return PublicViewStats(writers.counts, dict(by_kind), dict(repairs), time.monotonic() - started)


# -- reading --------------------------------------------------------------------------------------------

_RELEASES_QUERY = """
    SELECT slice_id, source_id, ocid, release_id, release_date, release::VARCHAR, positions::VARCHAR,
        record_count::INTEGER, ordinal::BIGINT, conversion, repairs::VARCHAR,
        json_extract_string(package, '$.version')
    FROM standard.ocds_releases
    ORDER BY slice_id, ocid, ordinal, release_date, release_id, release::VARCHAR
"""
_PDN_QUERY = """
    SELECT slice_id, source_id, system, record_id, record::VARCHAR, ordinal::BIGINT, raw_sha256,
    page::INTEGER, position FROM staging.stg_pdn_v1__records ORDER BY slice_id, system, record_id, ordinal
"""


def _check_and_count(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]) -> int:
    """Rows to read.

    Raises:
        KeyError: see `build_public_view`.
    """
    found = connection.execute(
        "SELECT source_id, count(*) FROM ("
        "SELECT source_id FROM standard.ocds_releases "
        "UNION ALL SELECT source_id FROM staging.stg_pdn_v1__records"
        ") GROUP BY source_id ORDER BY source_id"
    ).fetchall()
    unknown = [source_id for source_id, _ in found if source_id not in sources]
    if unknown:
        message = (
            f"the build holds sources that aren't declared: {', '.join(unknown)}; declare them under sources/"
        )
        raise KeyError(message)
    return sum(int(rows) for _, rows in found)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, row: type[Row]) -> Iterator[Row]:
    """Rows of `query`, a batch at a time."""
    reader = connection.sql(query).to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        yield from itertools.starmap(row, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _process_chunks(rows: Iterable[ReleaseRow]) -> Iterator[list[ReleaseRow]]:
    """About `CHUNK_ROWS` rows at a time, never a part of a process."""
    chunk: list[ReleaseRow] = []
    for _, process in itertools.groupby(rows, key=lambda row: (row.slice_id, row.ocid)):
        chunk.extend(process)
        if len(chunk) >= CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _chunks(rows: Iterable[PdnRow]) -> Iterator[list[PdnRow]]:
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK_ROWS)):
        yield chunk


# -- working --------------------------------------------------------------------------------------------


class _Tools:
    """The redactors of one process; they compile patterns and cache what they have seen."""

    def __init__(self, key: PseudonymKey) -> None:
        self.ocds = OcdsRedactor(key)
        self.pdn = {system: PdnRedactor(system) for system in PDN_SYSTEMS}

    def run(self, task: str, rows: Sequence[Any]) -> Output:
        """Do one unit of work."""
        if task == "processes":
            return view_ocds.publish_processes(rows, self.ocds)
        return view_pdn.publish_records(rows, self.pdn)


# The tools of a worker process, made when it starts.
_worker_tools: dict[str, _Tools] = {}


def _start_worker(key: PseudonymKey) -> None:
    _worker_tools["tools"] = _Tools(key)


def _run_in_worker(task: str, rows: Sequence[Any]) -> Output:
    return _worker_tools["tools"].run(task, rows)


@contextmanager
def _workers(total: int, key: PseudonymKey) -> Iterator[Submit]:
    """How work is done: right here for little of it, else in two processes."""
    if total < PARALLEL_FROM_ROWS:
        yield _submit_here(_Tools(key))
        return
    # spawn: a forked copy of a process that runs threads (Dagster's, DuckDB's) can wait forever for
    # their locks.
    pool = ProcessPoolExecutor(
        WORKERS, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker, initargs=(key,)
    )
    try:
        yield lambda task, rows: pool.submit(_run_in_worker, task, rows)
    finally:
        pool.shutdown(cancel_futures=True)


def _submit_here(tools: _Tools) -> Submit:
    def submit(task: str, rows: Sequence[Any]) -> Future[Output]:
        done: Future[Output] = Future()
        done.set_result(tools.run(task, rows))
        return done

    return submit


def _in_order(submit: Submit, task: str, chunks: Iterable[Sequence[Any]]) -> Iterator[Output]:
    """Outputs in the order of the chunks, `AHEAD` of them under way."""
    pending: deque[Future[Output]] = deque()
    for chunk in chunks:
        pending.append(submit(task, chunk))
        if len(pending) >= AHEAD:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


# -- writing --------------------------------------------------------------------------------------------


class _Writers:
    """One Parquet file a table, written as rows come; files without rows keep their columns."""

    def __init__(self, out_dir: Path) -> None:
        self.counts = dict.fromkeys(SCHEMAS, 0)
        self._pending: dict[str, list[tuple[Any, ...]]] = {name: [] for name in SCHEMAS}
        self._files = {
            name: pq.ParquetWriter(out_dir / f"{name}.parquet", schema, compression="zstd")
            for name, schema in SCHEMAS.items()
        }
        self._reported = 0

    def __enter__(self) -> "_Writers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, file in self._files.items():
            self._flush(name)
            file.close()

    def write(self, output: Output) -> None:
        """Add the rows of one unit of work."""
        self.write_rows("ocds_releases", output.releases)
        self.write_rows("ocds_compiled", output.processes)
        self.write_rows("pdn_records", output.pdn_records)
        self.write_rows("record_results", output.results)
        self.write_rows("repairs", output.repairs)
        done = self.counts["ocds_releases"] + self.counts["pdn_records"]
        if done - self._reported >= REPORT_EVERY_ROWS:
            self._reported = done
            report(None, "public view", rows=done)

    def write_rows(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows to one table."""
        self.counts[name] += len(rows)
        self._pending[name].extend(rows)
        if len(self._pending[name]) >= ROW_GROUP_ROWS:
            self._flush(name)

    def _flush(self, name: str) -> None:
        rows, self._pending[name] = self._pending[name], []
        if rows:
            columns = zip(*rows, strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, SCHEMAS[name], strict=True)
            ]
            self._files[name].write_table(pa.Table.from_arrays(arrays, schema=SCHEMAS[name]))


def _register(connection: duckdb.DuckDBPyConnection, out_dir: Path) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for name in SCHEMAS:
        file = str(out_dir / f"{name}.parquet").replace("'", "''")
        connection.execute(
            f"CREATE OR REPLACE VIEW {SCHEMA}.{name} AS SELECT * FROM read_parquet('{file}')"  # noqa: S608
        )
