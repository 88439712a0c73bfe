"""From slices to what may be published: every source judged, every verdict put on record.

Here: which slice of each source is judged, its receipt, and the admitted slices as relations for the
models over all sources. Not here: the rules of the gate (`pipelines/quality/gate.py`), the shelf of
receipts (`pipelines/quality/receipt.py`), the release (`release.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import build_database, sql
from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.portals.pages import ListedInstitution, last_with_institutions
from pipelines.publication import deliveries, layout, versions
from pipelines.publication.catalogue import Standing, public_message, standing
from pipelines.publication.slices import Slice, find_slice, read_slice, slice_folder
from pipelines.quality import gate, receipt
from pipelines.quality.comparison import Comparison
from pipelines.quality.gate import Verdict
from pipelines.quality.receipt import Receipt
from pipelines.registry import Source
from pipelines.standards.free_text import pdn_marks, scrub

ADMITTED = "admitted"
# Facts that Python hands to the models over all sources (dbt_project/models/integrated/_sources.yml).
SOURCES_TABLE = pa.schema(
    [
        ("source_id", pa.string()),
        ("entity", pa.string()),
        ("system", pa.string()),
        ("publisher_id", pa.string()),
        ("status", pa.string()),
        ("admitted", pa.bool_()),
        ("state", pa.string()),
        ("attempted_at", pa.timestamp("us")),
        ("records", pa.int64()),
        ("fetched_at", pa.timestamp("us")),
        ("lists_institutions", pa.bool_()),
    ]
)
LISTED_INSTITUTIONS_TABLE = pa.schema(
    [(name, pa.string()) for name in ("source_id", "collection", "nombre", "siglas", "clave")]
)


@dataclass(frozen=True)
class Judgement:
    """One source judged: the last attempt, the slice it was judged on, the verdict, the receipts.

    `comparison`: of that slice with the delivery before it (None without a slice).
    `receipt`: of this verdict (None when there was no slice to judge). `admitted`: the receipt of what
    may be published, which is an older one when the source is held back.
    """

    source: Source
    ledger: LedgerRow | None
    candidate: Slice | None
    verdict: Verdict
    comparison: Comparison | None
    receipt: Receipt | None
    admitted: Receipt | None


def judge_sources(
    sources: Sequence[Source], *, home: Home, code_version: str, now: datetime
) -> tuple[Judgement, ...]:
    """Judge each source alone and write its receipt where something changed."""
    return tuple(_judge(source, home=home, code_version=code_version, now=now) for source in sources)


def register_admitted(
    database: Path,
    *,
    declared: Sequence[Source],
    contracts: Mapping[str, Mapping[str, str]],
    home: Home,
) -> None:
    """Make schema `admitted` in the scratch database: the standard tables over the admitted slices.

    Also those of sources that this run did not pull. `contracts`: name and type of the columns of each
    standard table; a table that no admitted slice has is there without rows. `admitted.sources` has one row
    for each declared source, `admitted.listed_institutions` one for each institution that a provider lists.
    """
    standings = [standing(source, home=home) for source in declared]
    slices = [one.part for one in standings if one.part is not None]
    with build_database.connect(database) as connection:
        connection.execute(f"drop schema if exists {ADMITTED} cascade")
        connection.execute(f"create schema {ADMITTED}")
        for table, columns in contracts.items():
            files = [
                str(slice_folder(home, found.source_id, found.key) / layout.SLICE_FILES / path)
                for found in slices
                for path in [layout.table_path(layout.table_folder(table), found.source_id)]
                # Half the files have no rows, and each that a view names is opened for every model that reads it.
                if any(file.path == path and file.rows for file in found.files)
            ]
            _create_table(connection, table, columns=columns, files=files)
        listings = {one.source.id: _listing(one.source, home=home) for one in standings}
        _create_sources(connection, standings, listings=listings, home=home)
        _create_listed_institutions(connection, listings)


def _create_table(
    connection: duckdb.DuckDBPyConnection, table: str, *, columns: Mapping[str, str], files: Sequence[str]
) -> None:
    published = {name: kind for name, kind in columns.items() if name not in layout.INTERNAL_COLUMNS}
    if files:
        listed = ", ".join(sql.text(file) for file in files)
        shown = ", ".join(sql.name(name) for name in published)
        connection.execute(
            f"create view {ADMITTED}.{sql.name(table)} as "  # noqa: S608 (names of our own contracts)
            f"select {shown} from read_parquet([{listed}], hive_partitioning = false)"
        )
    else:
        typed = ", ".join(f"{sql.name(name)} {kind}" for name, kind in published.items())
        connection.execute(f"create table {ADMITTED}.{sql.name(table)} ({typed})")


def _listing(source: Source, *, home: Home) -> tuple[ListedInstitution, ...] | None:
    """What the provider of a PDN source lists; None when it never told (reading no fetch of other sources)."""
    if source.is_procurement:
        return None
    fetch = last_with_institutions(home, source.id)
    return None if fetch is None else fetch.institutions


def _create_sources(
    connection: duckdb.DuckDBPyConnection,
    standings: Sequence[Standing],
    *,
    listings: Mapping[str, Sequence[ListedInstitution] | None],
    home: Home,
) -> None:
    rows = []
    for one in standings:
        last = Ledger(home).last(one.source.id)
        rows.append(
            {
                "source_id": one.source.id,
                "entity": one.source.entity,
                "system": one.source.system,
                "publisher_id": one.source.publisher.id,
                "status": one.source.status,
                "admitted": one.part is not None,
                "state": last.state.value if last is not None else None,
                "attempted_at": _instant(last.finished_at) if last is not None else None,
                "records": one.part.counts["published"] if one.part is not None else None,
                "fetched_at": _instant(one.part.fetched_at) if one.part is not None else None,
                "lists_institutions": listings[one.source.id] is not None,
            }
        )
    _insert(connection, "sources", SOURCES_TABLE, rows)


def _create_listed_institutions(
    connection: duckdb.DuckDBPyConnection, listings: Mapping[str, Sequence[ListedInstitution] | None]
) -> None:
    rows = [
        {"source_id": source_id, **_public(institution)}
        for source_id, listing in listings.items()
        for institution in listing or ()
    ]
    _insert(connection, "listed_institutions", LISTED_INSTITUTIONS_TABLE, rows)


def _public(institution: ListedInstitution) -> dict[str, str | None]:
    """The institution without what providers type into its name: no gate judges a list, and what it holds is
    published."""
    return {
        name: scrub(value, pdn_marks())[0] if value is not None else None
        for name, value in asdict(institution).items()
    }


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]
) -> None:
    connection.register("given", pa.Table.from_pylist([dict(row) for row in rows], schema=schema))
    connection.execute(f"create table {ADMITTED}.{sql.name(table)} as select * from given")  # noqa: S608 (our own)
    connection.unregister("given")


def _instant(text: str) -> datetime:
    """The instant in UTC, without its zone, as all tables have it."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _judge(source: Source, *, home: Home, code_version: str, now: datetime) -> Judgement:
    ledger = _publishable(Ledger(home).last(source.id), source)
    landed = land.current(home, source.id)
    if landed is not None:
        _renew_last_good(source, newest=landed.generation, home=home, code_version=code_version, now=now)
    before = receipt.last_admitted(home, source.id)
    candidate = _find(home, source, landed.generation, code_version) if landed is not None else None
    compared = (
        deliveries.compare(source, now=candidate, receipts=receipt.all_of(home, source.id), home=home)
        if candidate is not None
        else None
    )
    verdict = gate.judge(
        source,
        slice=candidate,
        ledger=ledger,
        last_admitted=before,
        last_slice=read_slice(home, source.id, before.slice_key) if before is not None else None,
        now=now,
        comparison=compared,
    )
    return Judgement(
        source=source,
        ledger=ledger,
        candidate=candidate,
        verdict=verdict,
        comparison=compared,
        receipt=_record(verdict, candidate, home=home, now=now, rebuilt_from=False),
        admitted=receipt.last_admitted(home, source.id),
    )


def _find(home: Home, source: Source, generation: str, code_version: str) -> Slice | None:
    log = versions.log_id(home, source, generation)
    return find_slice(home, source, generation=generation, code_version=code_version, version_log=log)


def _publishable(row: LedgerRow | None, source: Source) -> LedgerRow | None:
    """The row as receipts and reports may quote it: an address that was agreed in private stays private."""
    if row is None or source.url_env is None:
        return row
    return replace(row, url=None, message=public_message(row.message, source))


def _record(
    verdict: Verdict, judged: Slice | None, *, home: Home, now: datetime, rebuilt_from: bool
) -> Receipt | None:
    """Append a receipt unless the last one says the same of the same bytes (ages grow every day by themselves)."""
    if judged is None:
        return None
    last = receipt.last(home, verdict.source_id)
    word = "admitted" if verdict.admitted else "held_back"
    if (
        last is not None
        and (last.verdict, last.slice_digest, last.slice_key) == (word, judged.digest, judged.key)
        and _judged(last.checks) == _judged(verdict.checks)
    ):
        return last
    return receipt.write(
        home,
        verdict,
        judged=judged,
        landed_sha256=judged.landed_sha256,
        judged_at=now,
        rebuilt_from=rebuilt_from,
    )


def _judged(checks: Sequence[gate.GateCheck]) -> list[tuple[str, bool, bool]]:
    return [(check.name, check.passed, check.blocking) for check in checks]


def _renew_last_good(source: Source, *, newest: str, home: Home, code_version: str, now: datetime) -> None:
    """The last good generation, built again by today's code, takes the place of its older build.

    Its content was admitted when it came; judged again it is compared with itself, so that what counts
    is what today's code makes of it.
    """
    before = receipt.last_admitted(home, source.id)
    if before is None or before.generation == newest:
        return
    if land.read_generation(home, source.id, before.generation) is None:
        # What can't be built again stays as it was admitted.
        return
    rebuilt = _find(home, source, before.generation, code_version)
    if rebuilt is None or rebuilt.key == before.slice_key:
        return
    verdict = gate.judge(
        source,
        slice=rebuilt,
        ledger=Ledger(home).last_with_content(source.id),
        last_admitted=before,
        last_slice=rebuilt,
        now=now,
    )
    _record(verdict, rebuilt, home=home, now=now, rebuilt_from=True)
