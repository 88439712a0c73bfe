"""How two landed generations of a source differ: which records only one of them has.

Parts that both have hold the same rows and aren't read. Of the others those rows are the same that stand at the same
place, cut by the same parser from the same body: a delivery that goes on where the last one ended changes the part at
its end, and in it only what is new. Not here: what a part is (`parts.py`), reading the records (`land.py`).
"""

import uuid
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow.parquet as pq

from pipelines.home import Home
from pipelines.landing import land, spilling
from pipelines.landing.land import Generation
from pipelines.landing.parts import Part
from pipelines.ordinals import Ordinals

# Rows of two generations that agree in these are the same. The text isn't read: its body, its place in it and its content
# are. A number stands for all: a page is never divided, and that of a large publisher has millions of rows.
_COMPARED = (
    "ordinal, "
    "hash(raw_sha256, page, position, collection, record_sha256, package, duplicate_kind) AS compared"
)
# Beyond it DuckDB spills beside the scratch databases.
_MEMORY_LIMIT = "512MB"
_THREADS = 2
# Queries name each range. Where there are more, the parts count as changed from end to end.
MOST_RANGES = 10_000


@dataclass(frozen=True)
class Changes:
    """How two generations of a source differ.

    `old`, `new`: the records that only the one or the other has or has there, as `land.records_query` takes them; what
    they hold may be equal all the same. `has_same_ordinals`: all parts that both have begin at the same ordinal in
    both. `has_same_duplicates`: each row of those is a duplicate, of the same kind, in both or in neither (the original
    may stand in a part that changed). Without both of these nobody goes on from the old one, and parts aren't compared
    row by row.
    """

    old: tuple[Ordinals, ...]
    new: tuple[Ordinals, ...]
    has_same_ordinals: bool
    has_same_duplicates: bool


def changes(home: Home, old: Generation, new: Generation) -> Changes | None:
    """How two generations of a source differ; None when they can't be compared."""
    if old.parts is None or new.parts is None:
        return None
    if (old.source_id, old.family, old.parser_version) != (new.source_id, new.family, new.parser_version):
        return None
    before = {part.digest: part.first_ordinal for part in old.parts}
    after = {part.digest: part.first_ordinal for part in new.parts}
    shared = before.keys() & after.keys()
    gone, come = _others(old.parts, shared), _others(new.parts, shared)
    has_same_ordinals = all(before[digest] == after[digest] for digest in shared)
    has_same_duplicates = _duplicates_of(home, old, shared) == _duplicates_of(home, new, shared)
    if gone and come and has_same_ordinals and has_same_duplicates:
        gone, come = _changed(home, (old, gone), (new, come))
    return Changes(
        old=tuple(gone),
        new=tuple(come),
        has_same_ordinals=has_same_ordinals,
        has_same_duplicates=has_same_duplicates,
    )


def _others(parts: Sequence[Part], shared: Collection[str]) -> list[Ordinals]:
    """The ordinals of the parts that aren't shared."""
    return [
        (part.first_ordinal, part.first_ordinal + part.rows - 1)
        for part in parts
        if part.digest not in shared and part.rows
    ]


def _changed(
    home: Home, old: tuple[Generation, list[Ordinals]], new: tuple[Generation, list[Ordinals]]
) -> tuple[list[Ordinals], list[Ordinals]]:
    """The rows of the old and of the new generation, within those ordinals, that the other doesn't have there."""
    rows = [
        f"SELECT {_COMPARED} FROM ({land.records_query(home, generation, only=only)})"  # noqa: S608 (our own files)
        for generation, only in (old, new)
    ]
    spill = home.scratch / f"changes-{uuid.uuid4().hex}"
    with spilling.connect(spill, memory_limit=_MEMORY_LIMIT) as connection:
        connection.execute(f"SET threads = {_THREADS}")
        gone = _ranges(connection, f"({rows[0]}) EXCEPT ({rows[1]})")
        come = _ranges(connection, f"({rows[1]}) EXCEPT ({rows[0]})")
    return (old[1], new[1]) if max(len(gone), len(come)) > MOST_RANGES else (gone, come)


def _ranges(connection: duckdb.DuckDBPyConnection, query: str) -> list[Ordinals]:
    """The ordinals of a query's rows as ranges, in order."""
    islands = "SELECT ordinal, ordinal - row_number() OVER (ORDER BY ordinal) AS island"
    return connection.execute(
        f"SELECT min(ordinal), max(ordinal) FROM ({islands} FROM ({query})) GROUP BY island ORDER BY 1"  # noqa: S608
    ).fetchall()


def _duplicates_of(home: Home, generation: Generation, shared: Collection[str]) -> set[tuple[str, int, str]]:
    """The duplicates in those parts: digest, row and kind."""
    return {found for found in _duplicates(home, generation) if found[0] in shared}


def _duplicates(home: Home, generation: Generation) -> Iterator[tuple[str, int, str]]:
    if not generation.duplicates or not generation.parts:
        return
    firsts = [part.first_ordinal for part in generation.parts]
    path = land.folder(home, generation.source_id, generation.generation) / land.DUPLICATES_FILE
    ordinals, kinds = (column.to_pylist() for column in pq.read_table(path).columns)
    for ordinal, kind in zip(ordinals, kinds, strict=True):
        part = generation.parts[bisect_right(firsts, ordinal) - 1]
        yield part.digest, ordinal - part.first_ordinal, kind
