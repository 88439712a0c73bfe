"""What must hold of a release as a whole before readers are pointed to it.

Here: row counts against the slices, links between tables, and the leak scan over all final bytes.
Not here: what is judged source by source (`pipelines/quality/gate.py`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines import sql
from pipelines.home import Home
from pipelines.publication import layout, leaks, parquet
from pipelines.publication.slices import Slice

PROCESSES = "processes"
# Enough to see what is wrong; a broken release can have thousands.
SHOWN = 20


def broken(
    folder: Path, *, slices: Sequence[Slice], hashes: Mapping[str, str], home: Home, spill: Path
) -> list[str]:
    """The reasons (in Spanish) that hold the staged release in `folder` back; empty when it may go out.

    `hashes`: sha256 of every file by its path in the release; `spill`: where big sorts may write.
    """
    with parquet.connect(spill=spill) as connection:
        reasons = [*_rows(connection, folder, slices), *_links(connection, folder)]
    return reasons + list(_leaks(folder, hashes, home))


def _rows(connection: duckdb.DuckDBPyConnection, folder: Path, slices: Iterable[Slice]) -> Iterator[str]:
    """Every table holds the rows of its slices, no more and no fewer."""
    expected: Counter[str] = Counter()
    for part in slices:
        for file in part.files:
            if file.path.endswith(layout.TABLE_FILE) and file.rows is not None:
                expected[file.path.partition("/source=")[0]] += file.rows
    for table, rows in sorted(expected.items()):
        found = _number(connection, f"SELECT count(*) FROM {_table(folder, table)}")  # noqa: S608
        if found != rows:
            yield f"La tabla {table} tiene {found:,} filas y sus fuentes suman {rows:,}."


def _links(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
    """Every row belongs to a process (OCDS) or a record (PDN) of its source, and each process stands once."""
    processes = f"{layout.OCDS_TABLES}/{PROCESSES}"
    tables = sorted(f"{layout.OCDS_TABLES}/{path.name}" for path in (folder / layout.OCDS_TABLES).glob("*"))
    if tables:
        repeated = _number(
            connection,
            f"SELECT count(*) FROM (SELECT source_id, ocid FROM {_table(folder, processes)} "  # noqa: S608
            "GROUP BY ALL HAVING count(*) > 1)",
        )
        if repeated:
            yield f"{repeated:,} contrataciones (ocid) están más de una vez en la tabla {processes}."
    links = [(table, [processes], "source_id, ocid") for table in tables]
    links += [(table, parents, "source_id, record_id, ordinal") for table, parents in _PDN_PARENTS.items()]
    for table, parents, key in links:
        if not _stands(folder, table):
            continue
        found = " UNION ALL ".join(
            f"SELECT {key} FROM {_table(folder, parent)}"  # noqa: S608 (our own names)
            for parent in parents
            if _stands(folder, parent)
        )
        rows = _number(
            connection,
            f"SELECT count(*) FROM {_table(folder, table)} ANTI JOIN ({found}) USING ({key})",  # noqa: S608
        )
        if rows:
            listed = " ni de ".join(parents)
            yield f"{rows:,} filas de la tabla {table} no corresponden a ninguna fila de {listed}."


_PDN_PARENTS = {
    **{
        f"pdn/tables/s1_{name}": ["pdn/tables/s1_declaraciones"]
        for name in ("ingresos", "bienes", "escolaridad", "experiencia", "intereses", "secciones")
    },
    "pdn/tables/s2_procedimientos": ["pdn/tables/s2"],
    "pdn/tables/s3_sanciones": ["pdn/tables/s3_servidores", "pdn/tables/s3_particulares"],
}


def _stands(folder: Path, table: str) -> bool:
    return any((folder / table).glob(f"source=*/{layout.TABLE_FILE}"))


def _leaks(folder: Path, hashes: Mapping[str, str], home: Home) -> Iterator[str]:
    """No CURP and no natural person's RFC in any file."""
    found = leaks.scan(((path, folder / path, sha256) for path, sha256 in sorted(hashes.items())), home=home)
    for leak in found[:SHOWN]:
        yield f"{leak.path} contiene {leak.count:,} {_KINDS[leak.kind]} con la forma {leak.masked}."
    if len(found) > SHOWN:
        yield f"Hay {len(found) - SHOWN:,} hallazgos más de datos personales."


_KINDS = {"curp": "CURP", "rfc_natural": "RFC de persona física"}


def _table(folder: Path, table: str) -> str:
    """All files of one table as a relation."""
    files = sql.text(f"{folder / table}/source=*/{layout.TABLE_FILE}")
    return f"read_parquet({files}, hive_partitioning = false, union_by_name = true)"


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
