"""Reading and writing Parquet through DuckDB, the same bytes for the same rows.

Here: one guarded connection, quoting, and the COPY that every published table goes through.
Not here: which tables are written where (`layout.py`, `slices.py`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

# Enough for every table of 20,000 releases; beyond it DuckDB spills into the folder it is given.
MEMORY_LIMIT = "2GB"
THREADS = 2


def connect(database: Path | None = None, *, spill: Path | None) -> duckdb.DuckDBPyConnection:
    """Open `database` for reading only, or a new one in memory; big sorts use the folder `spill`, if any."""
    if database is None:
        connection = duckdb.connect(":memory:")
    else:
        connection = duckdb.connect(str(database), read_only=True)
    connection.execute(f"SET memory_limit = {text(MEMORY_LIMIT)}")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute(f"SET temp_directory = {text('' if spill is None else str(spill))}")
    connection.execute("SET enable_progress_bar = false")
    # Row order is what makes a file reproducible.
    connection.execute("SET preserve_insertion_order = true")
    return connection


def text(value: str) -> str:
    """`value` as an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """`identifier` as a quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'


def copy_sorted(
    connection: duckdb.DuckDBPyConnection, query: str, *, path: Path, metadata: Mapping[str, str]
) -> int:
    """Write the rows of `query` to `path`, ordered by all columns from the left; return their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = ", ".join(f"{name(key)}: {text(value)}" for key, value in sorted(metadata.items()))
    row = connection.execute(
        f"COPY (SELECT * FROM ({query}) ORDER BY ALL) TO {text(str(path))} "  # noqa: S608 (quoted by text and name)
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{pairs}}})"
    ).fetchone()
    if row is None:
        message = f"{path}: DuckDB wrote no row count"
        raise RuntimeError(message)
    return int(row[0])


def tables(connection: duckdb.DuckDBPyConnection, *, schemas: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The columns, in their order, of every table and view of `schemas`, by `schema.table`."""
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) "
        "FROM duckdb_columns() WHERE list_contains(?, schema_name) GROUP BY 1 ORDER BY 1",
        [list(schemas)],
    ).fetchall()
    return {str(table): tuple(columns) for table, columns in rows}
