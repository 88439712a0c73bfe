"""The scratch database as everything opens it (`pipelines/build_database.py`)."""

import os
from pathlib import Path

import duckdb
import pytest

from pipelines import build_database

ROWS = 5 * build_database.ROW_GROUP_ROWS


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "any name.duckdb"
    with build_database.connect(path) as connection:
        connection.execute(f"create table numbers as select range as number from range({ROWS})")
    return path


def row_groups(path: Path, table: str) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            f"select count(distinct row_group_id) from pragma_storage_info('{table}')"
        ).fetchone()
    assert row is not None
    return row[0]


def test_a_table_has_as_many_row_groups_as_several_threads_need(database: Path) -> None:
    assert row_groups(database, "numbers") >= 5


def test_the_next_to_write_does_not_put_them_together(database: Path) -> None:
    with build_database.connect(database) as connection:
        connection.execute("create table other (number integer)")

    assert row_groups(database, "numbers") >= 5


def test_names_mean_the_same_whatever_the_file_is_called(database: Path) -> None:
    with build_database.connect(database) as connection:
        connection.execute(f"create view named as select * from {build_database.CATALOG}.main.numbers")

    with build_database.connect(database) as connection:
        assert connection.execute("select count(*) from named").fetchone() == (ROWS,)


def test_a_cursor_reads_while_the_connection_writes(database: Path) -> None:
    with build_database.connect(database) as connection:
        read = build_database.cursor(connection).execute("select number from numbers order by number")
        assert read.fetchmany(2) == [(0,), (1,)]
        connection.execute("create table other as select 1 as one")

        assert read.fetchmany(2) == [(2,), (3,)]


def test_settings_are_those_of_the_connection(tmp_path: Path) -> None:
    with build_database.connect(tmp_path / "build.duckdb", config={"threads": 1}) as connection:
        assert connection.execute("select current_setting('threads')").fetchone() == (1,)


def test_it_spills_beside_the_file_unless_told_where(tmp_path: Path) -> None:
    asked = "select current_setting('temp_directory')"
    with build_database.connect(tmp_path / "build.duckdb") as connection:
        assert connection.execute(asked).fetchone() == (str(tmp_path / "build.duckdb.tmp"),)

    elsewhere = str(tmp_path / "spill")
    with build_database.connect(
        tmp_path / "build.duckdb", config={"temp_directory": elsewhere}
    ) as connection:
        assert connection.execute(asked).fetchone() == (elsewhere,)


def test_the_environment_of_dbt_is_what_it_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PROFILES_DIR", "elsewhere")
    monkeypatch.delenv("TEQUIO_SCRATCH_DB", raising=False)

    with build_database.dbt_environment(tmp_path / "build.duckdb"):
        assert os.environ["TEQUIO_SCRATCH_DB"] == str(tmp_path / "build.duckdb")
        assert os.environ["DBT_PROFILES_DIR"] != "elsewhere"

    assert os.environ["DBT_PROFILES_DIR"] == "elsewhere"
    assert "TEQUIO_SCRATCH_DB" not in os.environ
