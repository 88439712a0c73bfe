"""DuckDB in memory with a folder to spill into (`pipelines/landing/spilling.py`)."""

from pathlib import Path

import duckdb
import pytest

from pipelines.landing import spilling


def test_what_is_more_than_its_memory_goes_into_the_folder_and_the_folder_goes(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    with spilling.connect(spill, memory_limit="40MB") as connection:
        connection.execute("SET threads = 1")
        connection.execute("CREATE TABLE texts AS SELECT md5(range::VARCHAR) AS text FROM range(2000000)")
        assert any(spill.iterdir())
        assert connection.execute("SELECT count(*) FROM texts").fetchone() == (2_000_000,)

    assert not spill.exists()


def test_the_folder_goes_when_something_fails(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()

    with pytest.raises(duckdb.CatalogException), spilling.connect(spill, memory_limit="40MB") as connection:
        connection.execute("SELECT * FROM nowhere")

    assert not spill.exists()
