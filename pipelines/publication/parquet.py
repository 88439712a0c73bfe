"""Reading and writing Parquet through DuckDB, the same bytes for the same rows.

Here: one guarded connection and the COPY that every published table goes through.
Not here: which tables are written where (`layout.py`, `slices.py`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines import sql

# Beyond it DuckDB spills into the folder it is given. With 2 GB the slice of 200,000 releases takes as long, and 2 GB.
MEMORY_LIMIT = "1200MB"
THREADS = 2


def connect(database: Path | None = None, *, spill: Path | None) -> duckdb.DuckDBPyConnection:
    """Open `database` for reading only, or a new one in memory; big sorts use the folder `spill`, if any."""
    if database is None:
        connection = duckdb.connect(":memory:")
    else:
        connection = duckdb.connect(str(database), read_only=True)
        # Its views read a file for each source and are asked for each source; none of the files changes meanwhile.
        connection.execute("SET parquet_metadata_cache = true")
    connection.execute(f"SET memory_limit = {sql.text(MEMORY_LIMIT)}")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute(f"SET temp_directory = {sql.text('' if spill is None else spill)}")
    connection.execute("SET enable_progress_bar = false")
    # Row order is what makes a file reproducible.
    connection.execute("SET preserve_insertion_order = true")
    return connection


def copy_sorted(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    path: Path,
    metadata: Mapping[str, str],
    order: Sequence[str] = (),
) -> int:
    """Write the rows of `query` to `path`, ordered by all columns from the left; return their number.

    `order`: the columns that decide nearly always; a digest of the row stands for the others then. Without it the sort
    key holds every text of the row, which takes more memory than the rows themselves.
    """
    by = ", ".join([*map(sql.name, order), "hash(rows)"]) if order else "ALL"
    # DuckDB writes a column as REQUIRED where its statistics happen to know that nothing is missing, which differs by
    # how the rows were found. A row that never comes lets every column be OPTIONAL.
    nothing = ", ".join(f"NULL::{kind}" for kind in connection.sql(query).types)
    rows = f"SELECT * FROM ({query} UNION ALL SELECT {nothing} WHERE random() < 0) AS rows ORDER BY {by}"  # noqa: S608 (quoted by pipelines/sql.py)
    return _copy(connection, rows, path=path, metadata=metadata)


def copy_empty(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    *,
    path: Path,
    metadata: Mapping[str, str],
) -> None:
    """Write what `copy_sorted` writes of no rows with these columns and types, without looking for any."""
    nothing = ", ".join(f"NULL::{kind} AS {sql.name(name)}" for name, kind in columns.items())
    _copy(connection, f"SELECT {nothing} WHERE random() < 0", path=path, metadata=metadata)


def _copy(
    connection: duckdb.DuckDBPyConnection, rows: str, *, path: Path, metadata: Mapping[str, str]
) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = ", ".join(f"{sql.name(key)}: {sql.text(value)}" for key, value in sorted(metadata.items()))
    row = connection.execute(
        f"COPY ({rows}) TO {sql.text(str(path))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{pairs}}})"
    ).fetchone()
    if row is None:
        message = f"{path}: DuckDB wrote no row count"
        raise RuntimeError(message)
    return int(row[0])


def tables(connection: duckdb.DuckDBPyConnection, *, schemas: Sequence[str]) -> dict[str, dict[str, str]]:
    """The columns, in their order, with their types, of every table and view of `schemas`, by `schema.table`."""
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index), "
        "list(data_type ORDER BY column_index) "
        "FROM duckdb_columns() WHERE list_contains(?, schema_name) GROUP BY 1 ORDER BY 1",
        [list(schemas)],
    ).fetchall()
    return {str(table): dict(zip(names, types, strict=True)) for table, names, types in rows}
