"""The public view: what a build may publish, made from the two private standard tables.

Here: dealing the private rows out over parts (whole processes, a bounded number of rows), handing the parts to one
or two processes, the views over what they wrote. Not here: one part (`view_part.py`), what becomes of one process
or record (`view_ocds.py`, `view_pdn.py`), what is left of an earlier build (`increment.py`), rules that SQL can check
on the published tables (`dbt_project/models/quality`), texts of the rules (`pipelines/quality/rules/`).

Input: `standard.ocds_releases` and `staging.pdn_records` of the run's scratch database, each read once, and
`landed.pdn_versions` with `landed.pdn_version_texts` (`pipelines/publication/versions.py`): the versions of PDN records
that are no longer there are redacted again by today's rules. Parts are by hash of the ocid, as many as make a few
thousand rows each: memory doesn't grow with the source, and nothing is sorted but the rows of one part (sorting 200,000
releases needs more than 1 GB and ends without it).
"""

import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import build_database, sql
from pipelines.progress import report
from pipelines.standards import increment, view_ocds, view_part, view_pdn
from pipelines.standards.increment import Kept
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.view_part import PartDone, PartTask

SCHEMA = "public_view"
# What was made in this build alone; without a kept part of an earlier one it is the same.
REBUILT = "rebuilt"

DESCRIPTIONS: Mapping[str, str] = {
    "ocds_releases": "One row per OCDS release as it may be published, with its positions.",
    "ocds_compiled": "One row per contracting process: its releases merged by the standard's own rules.",
    "additional_fields": "One row per object of a process with members that no table reads, and these.",
    "pdn_records": "One row per PDN record as it may be published, in its own shape and that of each generation.",
    "pdn_versions": "One row per version of a PDN record, those that vanished with their public record.",
    "record_failures": "One row per rule that needs the data unredacted and process or record that fails it.",
    "record_verdicts": "One row per process or record: which of those rules it passes, and which don't apply to it.",
    "record_results": "One row per rule and process or record, for rules that need the data unredacted.",
    "redactions": "How often each kind of reserved data was removed, by source and generic path.",
    "repairs": "One row per repaired value, shown as far as it may be published, with its source record.",
}

# Every rule that this stage emits; the catalogue must hold exactly these besides those of the models.
RULE_IDS = (*view_ocds.RULES, *view_pdn.RULES, *view_ocds.RESERVED_DATA_RULES)

# Rows of a part: large enough that starting it costs nothing, small enough that two fit in memory many times over
# (about 5 KB a release).
PART_ROWS = 4_096
# More files than this at a time cost DuckDB more memory than they spare the readers.
MOST_PARTS = 128
# DuckDB puts aside what it deals out where memory doesn't hold it, but a part of texts longer than this needs it whole,
# with the parts beside it: 150,000 declarations of S1, 14 KB each, ended without memory. Those go into one file first,
# which is dealt out by rows at a time and written by bytes of a part. The length is that of the first rows.
LONG_TEXT_BYTES = 8_192
LONG_ROWS = 2_048
LONG_BYTES = 4 << 20
SAMPLED_ROWS = 2_048
# A second process costs 2 to 3 s to start (it imports the same modules, and what the run itself began with), and one works
# off 5 (S1) to 8 MB (OCDS) of private rows a second: of less than this, one is done earlier.
PARALLEL_FROM_BYTES = 40 << 20
WORKERS = 2
DUCKDB_CONFIG: Mapping[str, str | int] = {"memory_limit": "800MB", "threads": 2}

# What SQL shows of the files: the two tables that are kept shorter than they are told.
VIEWS: Mapping[str, str] = {
    **{
        name: f"FROM {{{name}}}"
        for name in (
            *("ocds_releases", "ocds_compiled", "additional_fields", "pdn_records", "repairs"),
            *("record_failures", "record_verdicts"),
        )
    },
    "record_results": """
        SELECT rule_id, slice_id, source_id, entity_type, entity_key, entity_id, 'fail' AS result, failures, path,
            value, raw_sha256, page, position
        FROM {record_failures}
        UNION ALL
        SELECT unnest(string_split(passed, ',')), slice_id, source_id, entity_type, entity_key, entity_id, 'pass',
            0::INTEGER, NULL, NULL, raw_sha256, page, position
        FROM {record_verdicts} WHERE passed <> ''
        UNION ALL
        SELECT unnest(string_split(not_applicable, ',')), slice_id, source_id, entity_type, entity_key, entity_id,
            'na', 0::INTEGER, NULL, NULL, raw_sha256, page, position
        FROM {record_verdicts} WHERE not_applicable <> ''
    """,
    # What a record is now stands in `pdn_records`. An id that is personal data is replaced by one with the record's
    # place in its source, which is another with every generation.
    "pdn_versions": """
        WITH public AS (
            SELECT slice_id, ordinal, false AS is_past, record_id,
                regexp_replace(record_id, '^(reservado-[0-9a-f]{{16}})-[0-9]+$', '\\1') AS own_id,
                CASE WHEN own_id = record_id THEN record_sha256
                    ELSE sha256(replace(record, record_id, own_id)) END AS record_sha256,
                NULL::VARCHAR AS record
            FROM {pdn_records}
            UNION ALL BY NAME
            SELECT slice_id, ordinal, true AS is_past, record_id,
                regexp_replace(record_id, '^(reservado-[0-9a-f]{{16}})-[0-9]+$', '\\1') AS own_id,
                replace(record, record_id, own_id) AS record,
                sha256(replace(record, record_id, own_id)) AS record_sha256
            FROM {pdn_past}
        )
        SELECT versions.slice_id, versions.source_id, versions.system, versions.dialect, versions.collection,
            versions.row, versions.record_number,
            versions.is_identified AND public.record_id = versions.record_id AS is_identified,
            public.own_id AS record_id, public.record_sha256, public.record, versions.valid_from,
            versions.valid_to, versions.last_seen, versions.withdrawn_on
        FROM landed.pdn_versions AS versions INNER JOIN public
            ON public.slice_id = versions.slice_id
            AND public.is_past = (versions.ordinal IS NULL)
            AND public.ordinal = coalesce(versions.ordinal, versions.row)
    """,
    "redactions": """
        SELECT slice_id, source_id, kind, path, sum(times)::BIGINT AS count FROM {removals}
        GROUP BY slice_id, source_id, kind, path
    """,
}


@dataclass(frozen=True)
class PublicViewStats:
    """What was built: `rows` by table, removed things by kind, repaired values by kind, processes by the way they
    were merged (`direct`, `ocdsmerge`), the time it took and, added up over its processes, the time of each step
    (`view_part.py`). What was kept of an earlier build isn't counted.
    """

    rows: Mapping[str, int]
    redactions: Mapping[str, int]
    repairs: Mapping[str, int]
    merged: Mapping[str, int]
    seconds: float
    work_seconds: Mapping[str, float]


def build_public_view(
    scratch_db: Path,
    out_dir: Path,
    *,
    slices: Mapping[str, int],
    key: PseudonymKey,
    kept: Sequence[Kept] = (),
) -> PublicViewStats:
    """Write the tables of this build below `out_dir` and register views: schema `rebuilt` over them, schema
    `public_view` over them and what `kept` says still holds of earlier builds.

    `slices`: each slice of the build and about how many rows it makes. Below `out_dir`: `staged/part=<n>/*.parquet`
    (private releases), `public/<table>/<kind>-<n>.parquet`. Equal inputs give equal files, also with two processes.

    Raises:
        KeyError: the database holds a slice that isn't named.
    """
    started = time.monotonic()
    out_dir.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {**DUCKDB_CONFIG, "temp_directory": str(out_dir / "spill")}
    with build_database.connect(scratch_db, config=config) as connection:
        # It would draw over whatever shows the run.
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        versions = _stage(connection, out_dir, slices)
        for one in kept:
            staged = out_dir / view_part.STAGED
            increment.find_touched(connection, one, staged=staged, redactor=OcdsRedactor(key))
        # The private releases of every process that this build touches, as earlier ones staged them.
        touched = [query for one in kept for query in increment.touched_releases(one)]
        if touched:
            _deal(
                connection,
                " UNION ALL BY NAME ".join(touched),
                "ocid",
                "release",
                out_dir / view_part.STAGED_BEFORE,
            )
    stats = _stats(_publish(_tasks(out_dir), key=key), started)
    with build_database.connect(scratch_db) as connection:
        for one in kept:
            increment.create_made_again(connection, one)
        _register(connection, out_dir, kept)
    return replace(stats, rows={**stats.rows, "pdn_versions": versions})


def parts_of(slices: Mapping[str, int]) -> dict[str, range]:
    """The numbers of the parts of each slice, by about how many rows the build makes of it."""
    numbers: dict[str, range] = {}
    first = 0
    for slice_id, rows in sorted(slices.items()):
        parts = max(1, min(MOST_PARTS, -(-rows // PART_ROWS)))
        numbers[slice_id] = range(first, first + parts)
        first += parts
    return numbers


def bytes_made(out_dir: Path) -> int:
    """How large the compiled releases and the records of the PDN are that the build in this folder made public, not
    compressed; what it kept of an earlier one doesn't count.
    """
    made = out_dir / view_part.PUBLIC
    files = [file for name in ("ocds_compiled", "pdn_records") for file in (made / name).glob("*.parquet")]
    return view_part.uncompressed_bytes(files)


# -- dealing out ----------------------------------------------------------------------------------------

_RELEASES = """
    SELECT slice_id, source_id, ocid, release_id, release_date, release::VARCHAR AS release,
        positions::VARCHAR AS positions, record_count::INTEGER AS record_count, ordinal::BIGINT AS ordinal,
        conversion, repairs::VARCHAR AS repairs, json_extract_string(package, '$.version') AS package_version
    FROM standard.ocds_releases
"""
# Versions that are not in the generation any more; what they would be judged by was told when they were.
_PAST = """
    SELECT slice_id, source_id, system, dialect, collection, record_id, record, row AS ordinal,
        '' AS raw_sha256, NULL::INTEGER AS page, '' AS position
    FROM landed.pdn_version_texts INNER JOIN landed.pdn_versions USING (slice_id, row)
"""
_RECORDS = """
    SELECT slice_id, source_id, system, dialect, collection, record_id, record::VARCHAR AS record,
        ordinal::BIGINT AS ordinal, raw_sha256, page::INTEGER AS page, position
    FROM staging.pdn_records
"""


def _stage(connection: duckdb.DuckDBPyConnection, out_dir: Path, slices: Mapping[str, int]) -> int:
    """Deal the private rows out over parts; a part holds rows of one slice only, and whole processes. Returns how many
    versions of PDN records there are.

    Raises:
        KeyError: a row of a slice that isn't named.
    """
    counted = connection.execute(
        "SELECT slice_id, count(*), count(*) FILTER (ordinal IS NULL) FROM landed.pdn_versions GROUP BY 1"
    ).fetchall()
    # A source may have many more versions than records.
    past = {slice_id: rows for slice_id, _, rows in counted}
    _set_parts(connection, {slice_id: past.get(slice_id, 0) for slice_id in slices})
    # As they are written, joins collect what is on their right, and pass texts on.
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    _deal(connection, _PAST, "record_id", "record", out_dir / view_part.STAGED_PAST)
    connection.execute("RESET disabled_optimizers")
    _set_parts(connection, slices)
    for query, name, text, folder in (
        (_RELEASES, "ocid", "release", view_part.STAGED),
        (_RECORDS, "record_id", "record", view_part.STAGED_RECORDS),
    ):
        _deal(connection, query, name, text, out_dir / folder)
    return sum(rows for _, rows, _ in counted)


def _set_parts(connection: duckdb.DuckDBPyConnection, slices: Mapping[str, int]) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE parts (slice_id VARCHAR, first INTEGER, parts INTEGER)")
    for slice_id, numbers in parts_of(slices).items():
        connection.execute("INSERT INTO parts VALUES (?, ?, ?)", [slice_id, numbers.start, len(numbers)])


def _deal(connection: duckdb.DuckDBPyConnection, query: str, name: str, text: str, folder: Path) -> None:
    """Write the rows of `query` as Parquet below `folder`, a folder for each part, by hash of the column `name`; `text`
    is its long column.
    """
    dealt = f"""
        SELECT rows.*, coalesce(parts.first + (hash(rows.{name}) % parts.parts)::INTEGER, -1) AS part
        FROM ({query}) AS rows LEFT JOIN parts USING (slice_id)
    """  # noqa: S608 (our own queries)
    # Lengths, not texts, are what a limit may gather.
    sampled = f"SELECT avg(bytes) FROM (SELECT strlen({text}) AS bytes FROM ({query}) LIMIT {SAMPLED_ROWS})"  # noqa: S608
    ((length,),) = connection.execute(sampled).fetchall()
    if length is not None and length > LONG_TEXT_BYTES:
        whole = folder.with_suffix(".parquet")
        # As a stream of rows, 42 MB of 110 sources ended without memory: it opens them all at once.
        connection.execute(
            f"COPY ({dealt}) TO {sql.text(whole)} (FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {LONG_ROWS})"
        )
        with pq.ParquetFile(whole) as file:
            _deal_long(file.iter_batches(LONG_ROWS), folder)
        whole.unlink()
    else:
        connection.execute(
            f"COPY ({dealt}) TO {sql.text(folder)} "
            "(FORMAT parquet, PARTITION_BY part, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
    if (folder / "part=-1").is_dir():
        message = f"the build holds rows of slices that aren't in its plan: see {folder / 'part=-1'}"
        raise KeyError(message)


def _deal_long(rows: Iterable[pa.RecordBatch], folder: Path) -> None:
    """The same for rows of long texts: no part waits in memory but for its next few MB."""
    waiting: dict[int, list[pa.RecordBatch]] = defaultdict(list)
    with ExitStack() as opened:
        files: dict[int, pq.ParquetWriter] = {}

        def write(part: int) -> None:
            table = pa.Table.from_batches(waiting.pop(part)).drop_columns(["part"])
            if part not in files:
                path = folder / f"part={part}" / "data_0.parquet"
                path.parent.mkdir(parents=True)
                # Dictionaries of texts that are all different would cost memory for nothing.
                file = pq.ParquetWriter(
                    path, table.schema, compression="zstd", compression_level=1, use_dictionary=False
                )
                files[part] = opened.enter_context(file)
            files[part].write_table(table)

        for batch in rows:
            for part in pc.unique(batch["part"]).to_pylist():
                waiting[part].append(batch.filter(pc.equal(batch["part"], part)))
                if sum(piece.nbytes for piece in waiting[part]) >= LONG_BYTES:
                    write(part)
        for part in sorted(waiting):
            write(part)
    # Arrow keeps what it had for itself: 300 MB of 60,000 releases of 18 KB, on top of all that this process does next.
    pa.default_memory_pool().release_unused()


def _tasks(out_dir: Path) -> list[PartTask]:
    """A task for each part that has rows, in their order."""
    tasks: dict[tuple[str, int], PartTask] = {}
    for folder, kind in view_part.KINDS.items():
        for part in (out_dir / folder).glob("part=*"):
            number = int(part.name.partition("=")[2])
            tasks[kind, number] = PartTask(kind, number, out_dir)
    return [tasks[at] for at in sorted(tasks)]


# -- working --------------------------------------------------------------------------------------------


def _publish(tasks: Sequence[PartTask], *, key: PseudonymKey) -> Iterator[PartDone]:
    """Every part's public files, right here for little work, else in two processes."""
    if sum(map(view_part.staged_bytes, tasks)) < PARALLEL_FROM_BYTES:
        tools = view_part.Tools(key)
        yield from (view_part.publish(task, tools) for task in tasks)
        return
    # spawn: a forked copy of a process that runs threads (Dagster's, DuckDB's) can wait forever for
    # their locks.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(WORKERS, mp_context=context, initializer=view_part.start, initargs=(key,))
    with pool:
        pending = [pool.submit(view_part.publish_in_worker, task) for task in tasks]
        try:
            yield from _as_done(pending)
        finally:
            pool.shutdown(cancel_futures=True)


def _as_done(pending: Sequence[Future[PartDone]]) -> Iterator[PartDone]:
    rows = 0
    for future in as_completed(pending):
        done = future.result()
        rows += done.rows["ocds_releases"] + done.rows["pdn_records"]
        report(None, "public view", rows=rows)
        yield done


def _stats(done: Iterable[PartDone], started: float) -> PublicViewStats:
    rows: Counter[str] = Counter(dict.fromkeys(view_part.COUNTED, 0))
    redactions, repairs, merged = (Counter[str]() for _ in range(3))
    work: dict[str, float] = defaultdict(float)
    for part in done:
        for step, seconds in part.seconds.items():
            work[step] += seconds
        rows.update(part.rows)
        redactions.update(part.redactions)
        repairs.update(part.repairs)
        merged.update(part.merged)
    return PublicViewStats(rows, redactions, repairs, merged, time.monotonic() - started, work)


# -- views ----------------------------------------------------------------------------------------------


def _register(connection: duckdb.DuckDBPyConnection, out_dir: Path, kept: Sequence[Kept]) -> None:
    """Schema `rebuilt` over the files of this build; `public_view` over them and what was kept."""
    view_part.write_empty(out_dir)
    files = {
        name: f"FROM read_parquet({sql.text(out_dir / view_part.PUBLIC / name / '*.parquet')})"
        for name in view_part.SCHEMAS
    }
    for schema in (REBUILT, SCHEMA):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name, query in VIEWS.items():
            content = query.format_map({file: f"({sql})" for file, sql in files.items()})
            connection.execute(f"CREATE OR REPLACE VIEW {schema}.{name} AS {content}")
        files = {
            name: " UNION ALL BY NAME ".join(
                [sql, *(rows for one in kept for rows in increment.kept_rows(one, name))]
            )
            for name, sql in files.items()
        }
