"""What earlier builds of a source left that still holds: an increment touches only the processes that changed.

Here: which private releases a touched process still has, and which public rows go on being true. Not here: whether a
build may start from an earlier one, and keeping its files (`pipelines/publication/increments.py`).

A *layer* is what one build made: `staged/*.parquet` (private releases), `public/<table>/*.parquet`. Later layers make
parts of earlier ones untrue, and say which: releases by the ordinals of their records, processes by their ocid. The
ordinals of what didn't change are the same in every layer; a build for which that isn't so starts anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import sql
from pipelines.ordinals import Ordinals, within
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.view_part import PUBLIC, STAGED

# What the models read of earlier builds.
KEPT = "kept"
# By which column a public table's rows belong to a process.
PROCESS_COLUMN = {
    "ocds_releases": "ocid",
    "ocds_compiled": "ocid",
    "additional_fields": "ocid",
    "repairs": "ocid",
    "record_failures": "entity_id",
    "record_verdicts": "entity_id",
    "removals": "entity_id",
}


@dataclass(frozen=True)
class Layer:
    """What one build made of a source. `removed`: the records that later builds read anew or found gone, as ranges
    of ordinals (first, last); `recompiled`: files with the `ocid` of each process that later builds made again.
    """

    folder: Path
    removed: tuple[Ordinals, ...]
    recompiled: tuple[Path, ...]


@dataclass(frozen=True)
class Kept:
    """The layers below a build of `slice_id`. `removed`: the ordinals, in the generation before, of the records that
    this build reads anew or that are gone; `recompiled`: where this build says which processes it makes again.
    """

    slice_id: str
    layers: tuple[Layer, ...]
    removed: tuple[Ordinals, ...]
    recompiled: Path


def find_touched(
    connection: duckdb.DuckDBPyConnection, kept: Kept, *, staged: Path, redactor: OcdsRedactor
) -> None:
    """Write `kept.recompiled`: each process that has a release among the `staged` ones of this build or had one that
    is gone, as private `ocid` and under the `public_ocid` it is published by.
    """
    layers = list(_with_releases(kept.layers))
    staged_rows = [
        f"{_staged(layer)} WHERE NOT ({within(layer.removed)}) AND ({within(kept.removed)})"
        for layer in layers
    ]
    new = [sql.text(file) for file in sorted(staged.glob("part=*/*.parquet"))]
    if new:
        of_slice = f"slice_id = {sql.text(kept.slice_id)}"
        staged_rows.append(f"read_parquet([{', '.join(new)}]) WHERE {of_slice}")
    ocids = {ocid for rows in staged_rows for ocid in _ocids(connection, rows)}
    public = {ocid: redactor.redact_id(ocid) for ocid in sorted(ocids)}
    if any(ocid != shown for ocid, shown in public.items()):
        # Two ocids with an e-mail in them are published as one: with one of them the other is made again.
        again = frozenset(public.values())
        for layer in layers:
            standing = {ocid: redactor.redact_id(ocid) for ocid in _ocids(connection, _staged(layer))}
            public |= {ocid: shown for ocid, shown in standing.items() if shown in again}
    connection.execute("CREATE OR REPLACE TEMP TABLE touched (ocid VARCHAR, public_ocid VARCHAR)")
    if public:
        connection.execute(
            "INSERT INTO touched SELECT unnest(?), unnest(?)", [list(public), list(public.values())]
        )
    connection.execute(f"COPY touched TO {sql.text(kept.recompiled)} (FORMAT parquet)")


def touched_releases(kept: Kept) -> list[str]:
    """Queries: the private releases, staged by earlier builds and still true, of the processes that this build touches."""
    return [
        f"SELECT staged.* REPLACE ({sql.text(kept.slice_id)} AS slice_id) FROM {_staged(layer)} AS staged "  # noqa: S608
        f"SEMI JOIN read_parquet({sql.text(kept.recompiled)}) AS touched USING (ocid) "
        f"WHERE NOT ({within((*layer.removed, *kept.removed))})"
        for layer in _with_releases(kept.layers)
    ]


def create_made_again(connection: duckdb.DuckDBPyConnection, kept: Kept) -> None:
    """For each layer a table with the `ocid` (as published) of every process that was made again since, this build
    included: what `standing_rows` leaves out. Dozens of views ask for them, and opening the files for each took longer
    than looking them up.
    """
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {KEPT}")
    for number, layer in enumerate(kept.layers):
        files = ", ".join(map(sql.text, (*layer.recompiled, kept.recompiled)))
        connection.execute(
            f"CREATE OR REPLACE TABLE {_made_again(kept, number)} AS "  # noqa: S608 (our own paths)
            f"SELECT DISTINCT public_ocid AS ocid FROM read_parquet([{files}])"
        )


def kept_rows(kept: Kept, table: str) -> list[str]:
    """Queries: the rows of a public table that this build leaves as they are."""
    return [
        standing_rows(
            layer.folder / PUBLIC / table / "*.parquet", kept, layer=number, column=PROCESS_COLUMN[table]
        )
        for number, layer in enumerate(kept.layers)
        if table in PROCESS_COLUMN and any((layer.folder / PUBLIC / table).glob("*.parquet"))
    ]


def standing_rows(files: Path, kept: Kept, *, layer: int, column: str) -> str:
    """Query: the rows of the Parquet `files` (a pattern), made when the layer of that number was, whose process wasn't
    made again since, as rows of the slice that is built; published tables don't say of which one they were.
    """
    again = f"SELECT ocid AS {column} FROM {_made_again(kept, layer)}"  # noqa: S608
    return (
        f"SELECT {sql.text(kept.slice_id)} AS slice_id, COLUMNS(lambda name: name <> 'slice_id') "  # noqa: S608
        f"FROM read_parquet({sql.text(files)}, hive_partitioning = false) AS standing "
        f"ANTI JOIN ({again}) AS again USING ({column})"
    )


def _made_again(kept: Kept, layer: int) -> str:
    return f"{KEPT}.{sql.name(f'made_again_{layer} {kept.slice_id}')}"


def _ocids(connection: duckdb.DuckDBPyConnection, rows: str) -> list[str]:
    found = connection.execute(f"SELECT DISTINCT ocid FROM {rows} ORDER BY 1").fetchall()  # noqa: S608 (our own names)
    return [ocid for (ocid,) in found]


def _with_releases(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers that staged any release: one in which records only went has none."""
    return (layer for layer in layers if any((layer.folder / STAGED).glob("*.parquet")))


def _staged(layer: Layer) -> str:
    return f"read_parquet({sql.text(layer.folder / STAGED / '*.parquet')}, union_by_name = true)"
