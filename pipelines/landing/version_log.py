"""The version log of a source: which contents its records have had, and from when to when.

Here: the name of a log, the merge of a landed generation with the log before it, reading a log. Not here: after which
log a generation comes (the one that was published last, `pipelines/publication/versions.py`), what of it may be
published (`pipelines/standards/public_view.py`, model `pdn_history`).

`raw/versions/<source>/<log>.parquet`, one row for each version (record key and content, once for each time the content
came back), ordered: `row` (from 0), `collection`, `record_key`, `record_id` (the record's own id, NULL when it has
none), `content_sha256` (of the canonical JSON), `valid_from`, `valid_to` (NULL while it is current), `last_seen` (NULL
while it stands in the log's generation), `withdrawn`, `generation` (the last one it was seen in), `ordinal` (in the
log's generation; NULL when it isn't there), `text_log` (the log that kept its text; NULL while the generation has it).
Times are UTC. The facts of `VersionLog` stand in the file's metadata.
`<log>.texts.parquet`, only where there are any: log, collection, content_sha256 and record (JSON text as published) of
the versions whose generation this log was the first to leave. Later logs refer to it and copy nothing.

All of it is private: texts are as published, and a hash of private content lets one test guesses.

The rules:
- A version is a content of a record. The key of a record is its own id (`id`, else MongoDB's `_id`) where that is
  unique in its collection and generation, else the content's hash. A key is given when a content first comes, and a
  content that stays keeps it: whether others come to share its id says nothing about it.
- A content that isn't in a complete generation ends with it. It is withdrawn when no record of its collection has
  its id any more (without id: when it is gone).
- In a partial generation, and in one with items that can't be read (it may be one of them), what isn't there stays as
  it was; only another content under its own key ends a version.
- A content that comes back begins a new version.
- A generation made of the bytes of the one before, read by another version of ours, ends nothing: the new reading
  takes the place of the old.
"""

import hashlib
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import sql
from pipelines.home import PRIVATE_MODE, Home, fsync_path
from pipelines.landing import land, spilling
from pipelines.landing.changes import Changes, changes
from pipelines.landing.land import Generation
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.portals.errors import FetchState
from pipelines.progress import report

NAME_LENGTH = 16
METADATA_KEY = "version_log"
# While a log is merged; beyond it DuckDB spills beside the logs. Texts pass through and are never collected.
MEMORY_LIMIT = "512MB"
THREADS = 2

# Texts of a row group: 15 KB is a large record.
TEXTS_AT_ONCE = 512

_TEXTS_SCHEMA = pa.schema([(name, pa.string()) for name in ("log", "collection", "content_sha256", "record")])
_COLUMNS: Mapping[str, str] = {
    "collection": "VARCHAR",
    "record_key": "VARCHAR",
    "record_id": "VARCHAR",
    "content_sha256": "VARCHAR",
    "valid_from": "TIMESTAMP",
    "valid_to": "TIMESTAMP",
    "last_seen": "TIMESTAMP",
    "withdrawn": "BOOLEAN",
    "generation": "VARCHAR",
    "ordinal": "BIGINT",
    "text_log": "VARCHAR",
}
# The id that staging gives a record, as far as it is the record's own (macro `pdn_landed_records`). One call: each
# would parse the whole record.
_IDS = """json_extract_string(record, ['$.id', '$._id."$oid"', '$._id'])"""
_OWN_ID = "coalesce({})".format(
    ", ".join(f"nullif(regexp_replace(ids[{at}], '^\\s+$', ''), '')" for at in (1, 2, 3))
)


class VersionLogError(RuntimeError):
    """A log can't be made or read; the message (Spanish) names source and file and says what to do."""


@dataclass(frozen=True)
class VersionLog:
    """One log: the history of a source up to one generation.

    `log` names it after `previous` (the log before it), the generation and the fetch that brought it.
    `fetch_id`, `fetched_at`: the first fetch that brought the generation after the last one that brought that of
    `previous`. `previous_seen_at`: start of that last one, `unchanged` fetches included. Instants are ISO 8601.
    """

    source_id: str
    log: str
    previous: str | None
    generation: str
    fetch_id: str
    fetched_at: str
    previous_seen_at: str | None


def follow(home: Home, source_id: str, generation: str, *, previous: str | None) -> VersionLog:
    """The log of a landed generation that comes after the log `previous` (None: the first); nothing is written.

    The same inputs and ledger give the same log; the log of `previous`' own generation is `previous`.

    Raises:
        VersionLogError: `previous` or the generation is gone.
    """
    before = None if previous is None else read(home, source_id, previous)
    if before is not None and before.generation == generation:
        return before
    rows = Ledger(home).rows(source_id)
    landed = _generation(home, source_id, generation)
    arrival = _arrival(rows, generation, before)
    fetch_id = landed.fetch_id if arrival is None else arrival.fetch_id
    fetched_at = landed.fetched_at if arrival is None else arrival.started_at
    inputs = orjson.dumps([previous, generation, fetch_id])
    return VersionLog(
        source_id=source_id,
        log=hashlib.sha256(inputs).hexdigest()[:NAME_LENGTH],
        previous=previous,
        generation=generation,
        fetch_id=fetch_id,
        fetched_at=fetched_at,
        previous_seen_at=None if before is None else _last_seen(rows, before, fetch_id),
    )


def _generation(home: Home, source_id: str, name: str) -> Generation:
    found = land.read_generation(home, source_id, name)
    if found is None:
        message = (
            f"{source_id}: falta la generación {name} en {land.folder(home, source_id, name)}, de la que sale el "
            "historial; recupérela de un respaldo de var/raw"
        )
        raise VersionLogError(message)
    return found


def _arrival(rows: Sequence[LedgerRow], generation: str, before: VersionLog | None) -> LedgerRow | None:
    """The fetch that brought the generation, as `VersionLog` says; None when the ledger doesn't know it."""
    brought = [row for row in rows if row.state.has_content and row.generation is not None]
    while brought and brought[-1].generation != generation:
        brought.pop()
    since: list[LedgerRow] = []
    for row in reversed(brought):
        if before is not None and (row.generation == before.generation or row.fetch_id < before.fetch_id):
            break
        since.append(row)
    return next((row for row in reversed(since) if row.generation == generation), None)


def _last_seen(rows: Sequence[LedgerRow], before: VersionLog, fetch_id: str) -> str:
    """When the generation of `before` was last fetched before that fetch."""
    earlier = takewhile(lambda row: row.fetch_id < fetch_id, rows)
    seen = [
        row.started_at for row in earlier if row.state.has_content and row.generation == before.generation
    ]
    return seen[-1] if seen else before.fetched_at


# -- files ----------------------------------------------------------------------------------------------


def path_of(home: Home, source_id: str, log: str) -> Path:
    """The file of a log."""
    return home.versions / source_id / f"{log}.parquet"


def texts_path(home: Home, source_id: str, log: str) -> Path:
    """The file of the texts that a log was the first to keep."""
    return home.versions / source_id / f"{log}.texts.parquet"


def read(home: Home, source_id: str, log: str) -> VersionLog:
    """A written log by its name.

    Raises:
        VersionLogError: it isn't there.
    """
    path = path_of(home, source_id, log)
    if not path.is_file():
        message = (
            f"{source_id}: falta el registro de versiones {path}, en el que está el historial publicado; "
            "recupérelo de un respaldo de var/raw"
        )
        raise VersionLogError(message)
    return VersionLog(**orjson.loads(pq.read_schema(path).metadata[METADATA_KEY.encode()]))


def rows_query(home: Home, log: VersionLog) -> str:
    """DuckDB query: the rows of a log, with the columns this module describes."""
    return f"SELECT * FROM read_parquet({sql.text(path_of(home, log.source_id, log.log))})"  # noqa: S608


def texts_query(home: Home, log: VersionLog) -> str | None:
    """DuckDB query: row and text (`record`) of each version that isn't in the log's generation; None without any.

    Raises:
        VersionLogError: a file of texts is gone.
    """
    rows = rows_query(home, log)
    named = pq.read_table(path_of(home, log.source_id, log.log), columns=["text_log"])["text_log"]
    names = sorted(pc.unique(named).drop_null().to_pylist())
    files = [texts_path(home, log.source_id, name) for name in names]
    for file in files:
        if not file.is_file():
            message = (
                f"{log.source_id}: faltan los textos {file} de versiones anteriores; recupérelos de un respaldo "
                "de var/raw"
            )
            raise VersionLogError(message)
    if not files:
        return None
    listed = ", ".join(sql.text(file) for file in files)
    return (
        f"SELECT versions.row, texts.record FROM read_parquet([{listed}]) AS texts "  # noqa: S608 (our own files)
        f"INNER JOIN ({rows}) AS versions ON texts.log = versions.text_log "
        "AND texts.collection = versions.collection AND texts.content_sha256 = versions.content_sha256"
    )


def write(home: Home, logs: Iterable[VersionLog]) -> None:
    """Merge each log's generation with the log before it, unless the log stands already.

    Equal inputs give equal files. Only texts of contents that are new or gone are read.

    Raises:
        VersionLogError: the generation, the log before or the generation of that is gone.
    """
    missing = [log for log in logs if not path_of(home, log.source_id, log.log).is_file()]
    if not missing:
        return
    home.versions.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    spill = home.versions / f".spill.{uuid.uuid4().hex}"
    # One for all of them: to open takes longer than to merge what a small source has.
    with spilling.connect(spill, memory_limit=MEMORY_LIMIT) as database:
        database.execute("SET enable_progress_bar = false")
        # What is told apart by a join stands on its right: few rows, and never texts to be collected.
        database.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        for log in missing:
            _write(home, log, database)


def _write(home: Home, log: VersionLog, database: duckdb.DuckDBPyConnection) -> None:
    target = path_of(home, log.source_id, log.log)
    target.parent.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    staged = target.parent / f".{log.log}.{uuid.uuid4().hex}.part"
    staged.mkdir(mode=PRIVATE_MODE)
    try:
        # Its temporary tables go with it.
        with database.cursor() as connection:
            connection.execute(f"SET threads = {THREADS}")
            # Else texts that wait for those before them take up the memory; what is written is sorted.
            connection.execute("SET preserve_insertion_order = false")
            versions, withdrawn = _Merge(connection, home, log).write(staged)
        # The rows come last: a log whose rows stand has its texts.
        for path in (texts_path(home, log.source_id, log.log), target):
            if (staged / path.name).is_file():
                fsync_path(staged / path.name)
                (staged / path.name).replace(path)
        fsync_path(target.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    report(log.source_id, "versions", rows=versions, withdrawn=withdrawn)


def own_ids(records: str) -> str:
    """Query: ordinal, collection, content_sha256 and record_id (None without) of the landed `records` that are objects."""
    return (
        f"SELECT ordinal, collection, content_sha256, {_OWN_ID} AS record_id FROM ("  # noqa: S608
        f"SELECT ordinal, collection, record_sha256 AS content_sha256, {_IDS} AS ids FROM ({records}) "
        "WHERE starts_with(ltrim(record, E' \\t\\r\\n'), '{'))"
    )


class _Merge:
    """The merge of one generation with the log before it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home, log: VersionLog) -> None:
        self._db = connection
        self._home = home
        self._log = log
        self._landed = _generation(home, log.source_id, log.generation)
        self._before = None if log.previous is None else read(home, log.source_id, log.previous)
        self._before_landed = (
            None if self._before is None else _generation(home, log.source_id, self._before.generation)
        )

    def write(self, staged: Path) -> tuple[int, int]:
        """Write both files into `staged`; returns how many versions there are and how many this log withdraws."""
        self._read_before()
        self._read_landed()
        self._end_versions()
        self._write_texts(staged)
        return self._write_rows(staged)

    @property
    def _is_partial(self) -> bool:
        return self._landed.state is FetchState.PARTIAL or self._landed.quarantined > 0

    @property
    def _is_reread(self) -> bool:
        old = self._before_landed
        return old is not None and old.content_digest == self._landed.content_digest

    def _read_before(self) -> None:
        """`standing`: the current versions of the log before; `past`: the others."""
        if self._before is None:
            typed = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
            for table in ("standing", "past"):
                self._db.execute(f"CREATE TEMP TABLE {table} ({typed})")
            return
        rows = f"SELECT {', '.join(_COLUMNS)} FROM ({rows_query(self._home, self._before)})"  # noqa: S608
        for table, condition in (("standing", "valid_to IS NULL"), ("past", "valid_to IS NOT NULL")):
            self._db.execute(f"CREATE TEMP TABLE {table} AS {rows} WHERE {condition}")

    def _read_landed(self) -> None:
        """`landed`: the contents of the generation; `fresh`: those that aren't current, with their ids and keys."""
        records = land.records_query(self._home, self._landed)
        self._db.execute(
            "CREATE TEMP TABLE landed AS SELECT ordinal, collection, record_sha256 AS content_sha256 "  # noqa: S608
            f"FROM ({records}) WHERE NOT is_duplicate"
        )
        self._db.execute(
            "CREATE TEMP TABLE unknown AS SELECT * FROM landed "
            "ANTI JOIN standing USING (collection, content_sha256)"
        )
        self._db.execute(f"CREATE TEMP TABLE named AS {self._named()}")
        self._db.execute(
            "CREATE TEMP TABLE ids AS SELECT collection, record_id, count(*) AS records FROM ("
            "SELECT collection, record_id FROM named UNION ALL "
            "SELECT collection, record_id FROM standing SEMI JOIN landed USING (collection, content_sha256)"
            ") WHERE record_id IS NOT NULL GROUP BY ALL"
        )
        self._db.execute(
            "CREATE TEMP TABLE fresh AS SELECT named.*, "
            "CASE WHEN ids.records = 1 THEN named.record_id ELSE named.content_sha256 END AS record_key "
            "FROM named LEFT JOIN ids USING (collection, record_id)"
        )

    def _named(self) -> str:
        """Query: the contents that aren't current, with their own ids; what is no object has no table to be in."""
        texts = self._texts(self._landed, new=True)
        return own_ids(f"SELECT * FROM ({texts}) WHERE ordinal IN (SELECT ordinal FROM unknown)")  # noqa: S608

    def _texts(self, generation: Generation, *, new: bool) -> str:
        """Query: the records of a generation, without those that both have: they hold nothing new or gone."""
        found = self._changes
        only = None if found is None else found.new if new else found.old
        return land.records_query(self._home, generation, only=only)

    @cached_property
    def _changes(self) -> Changes | None:
        old = self._before_landed
        return None if old is None else changes(self._home, old, self._landed)

    def _end_versions(self) -> None:
        """`gone`: current versions that aren't in the generation, with how they go on."""
        seen_at = (
            "NULL::TIMESTAMP" if self._log.previous_seen_at is None else _instant(self._log.previous_seen_at)
        )
        ends = "true" if not self._is_partial else "fresh_keys.record_key IS NOT NULL"
        # A row without its own id is gone when its content is; the ids of a partial generation aren't all there are.
        withdrawn = "ids.record_id IS NULL" if not self._is_partial else "false"
        self._db.execute(
            "CREATE TEMP TABLE gone AS SELECT standing.* REPLACE ("  # noqa: S608
            f"CASE WHEN {ends} THEN {_instant(self._log.fetched_at)} END AS valid_to, "
            f"coalesce(standing.last_seen, {seen_at}) AS last_seen, {withdrawn} AS withdrawn, "
            f"coalesce(standing.text_log, {sql.text(self._log.log)}) AS text_log) "
            "FROM standing ANTI JOIN landed USING (collection, content_sha256) "
            "LEFT JOIN (SELECT DISTINCT collection, record_key FROM fresh) AS fresh_keys "
            "USING (collection, record_key) LEFT JOIN ids ON ids.collection = standing.collection "
            "AND ids.record_id = standing.record_id"
        )
        if self._is_reread:
            self._db.execute("CREATE TEMP TABLE replaced AS FROM gone")
            self._db.execute("TRUNCATE gone")

    def _write_texts(self, staged: Path) -> None:
        """Keep the texts that stood in the generation before and don't stand in this one."""
        kept = self._db.execute("SELECT count(*) FROM gone WHERE ordinal IS NOT NULL").fetchone()
        if self._before_landed is None or kept == (0,):
            return
        records = self._texts(self._before_landed, new=False)
        # In the order of the generation; sorting texts would take the memory of all of them.
        self._db.execute("SET preserve_insertion_order = true")
        self._db.execute("SET threads = 1")
        found = self._db.sql(
            f"SELECT {sql.text(self._log.log)} AS log, collection, record_sha256 AS content_sha256, record "  # noqa: S608
            f"FROM ({records}) WHERE ordinal IN (SELECT ordinal FROM gone WHERE ordinal IS NOT NULL)"
        )
        path = staged / texts_path(self._home, self._log.source_id, self._log.log).name
        with pq.ParquetWriter(
            path, _TEXTS_SCHEMA, compression="zstd", use_dictionary=["log", "collection"], store_schema=False
        ) as file:
            # A row group must fit in memory several times over while it is read.
            for batch in found.to_arrow_reader(TEXTS_AT_ONCE):
                file.write_batch(batch.cast(_TEXTS_SCHEMA))
        self._db.execute(f"SET threads = {THREADS}")

    def _write_rows(self, staged: Path) -> tuple[int, int]:
        # Of gone versions the ordinal was that of the generation before.
        begins = _instant(self._log.fetched_at)
        since, joined = begins, ""
        if self._is_reread:
            since = f"coalesce(replaced.valid_from, {begins})"
            joined = (
                "LEFT JOIN (SELECT collection, record_key, min(valid_from) AS valid_from FROM replaced GROUP BY ALL) "
                "AS replaced USING (collection, record_key)"
            )
        generation = sql.text(self._log.generation)
        self._db.execute(
            "CREATE TEMP TABLE versions AS "  # noqa: S608
            f"SELECT {', '.join(_COLUMNS)} FROM past UNION ALL BY NAME "
            "SELECT * REPLACE (NULL::BIGINT AS ordinal) FROM gone UNION ALL BY NAME "
            f"SELECT standing.* REPLACE (landed.ordinal AS ordinal, {generation} AS generation, "
            "NULL::TIMESTAMP AS last_seen, NULL::VARCHAR AS text_log) "
            "FROM standing INNER JOIN landed USING (collection, content_sha256) UNION ALL BY NAME "
            f"SELECT fresh.*, {since} AS valid_from, false AS withdrawn, {generation} AS generation "
            f"FROM fresh {joined}"
        )
        metadata = f"{{{METADATA_KEY}: {sql.text(orjson.dumps(asdict(self._log)).decode())}}}"
        self._db.execute(
            "COPY (SELECT row_number() OVER (ORDER BY collection, record_key, valid_from, content_sha256) - 1 AS row, "  # noqa: S608
            f"{', '.join(_COLUMNS)} FROM versions ORDER BY row) "
            f"TO {sql.text(staged / path_of(self._home, self._log.source_id, self._log.log).name)} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {metadata})"
        )
        counted = self._db.execute(
            "SELECT count(*), (SELECT count(*) FROM gone WHERE withdrawn) FROM versions"
        ).fetchone()
        assert counted is not None
        return int(counted[0]), int(counted[1])


def _instant(moment: str) -> str:
    """SQL: an ISO 8601 instant as a timestamp in UTC."""
    return f"CAST(CAST({sql.text(moment)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
