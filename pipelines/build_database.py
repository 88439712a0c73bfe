"""The database of a build as a file: how everything that writes into it opens it, dbt too.

Not here: what stands in it at the beginning (`publication/scratch.py`), who reads it for what is published
(`publication/parquet.py`), invocations of dbt (`orchestration/dbt.py`).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import sql
from pipelines.settings import REPOSITORY

# The name that everything in it has in SQL, whatever the file is called: dbt's manifest names it.
CATALOG = "build"
# DuckDB reads and writes a table by row groups, each in one thread, and holds as many rows of it in memory. Its own 122,880
# put all processes of a state, each of hundreds of nested values, into one: the tables of 40,000 took 33 s and 1.9 GB in
# place of 18 s and 1.4 GB. Whoever opens the file otherwise has them put together again at the next checkpoint.
ROW_GROUP_ROWS = 4_096


@contextmanager
def connect(
    path: Path, *, config: Mapping[str, str | int] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database for writing, a new one where there is no file. `config`: settings of DuckDB.

    Raises:
        duckdb.IOException: another process has it open.
        duckdb.OperationalError: this one has.
    """
    # What is attached spills where the connection does, and one without a file into the working directory.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": f"{path}.tmp",
        **(config or {}),
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"ATTACH {sql.text(path)} AS {CATALOG} (ROW_GROUP_SIZE {ROW_GROUP_ROWS})")
        connection.execute(f"USE {CATALOG}")
        yield connection


def cursor(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A second connection to the same database, for a result that is read while the first one writes."""
    # What names mean is each connection's own affair.
    return connection.cursor().execute(f"USE {CATALOG}")


@contextmanager
def dbt_environment(path: Path) -> Iterator[None]:
    """What `dbt_project/profiles.yml` reads, set for the time of one invocation of dbt."""
    values = {
        "TEQUIO_SCRATCH_DB": str(path),
        "TEQUIO_DUCKDB_ROW_GROUP": str(ROW_GROUP_ROWS),
        "DBT_PROFILES_DIR": str(REPOSITORY / "dbt_project"),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
