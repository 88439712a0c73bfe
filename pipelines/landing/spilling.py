"""A DuckDB in memory that puts aside what it doesn't hold: for what is counted and compared over whole deliveries.

Not here: the scratch database of a build (`pipelines/build_database.py`), reading it for slices
(`pipelines/publication/parquet.py`).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import sql


@contextmanager
def connect(spill: Path, *, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new database that spills into the folder `spill` beyond the limit; the folder is gone afterwards.

    Without a folder of ours DuckDB spills into the working directory.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"SET memory_limit = {sql.text(memory_limit)}")
            connection.execute(f"SET temp_directory = {sql.text(spill)}")
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)
