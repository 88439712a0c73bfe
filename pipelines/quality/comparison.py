"""The rules TEQ-V*: one delivery of a source compared with the one before it.

Here: the rules, as SQL over the Parquet of two slices. Not here: which deliveries are compared and where the outcome is
kept (`pipelines/publication/deliveries.py`), every id that changed (`pipelines/publication/changes.py`), how many
records there are less (`gate.py`, `row_ratio`).

The bytes of a slice depend on its own inputs only, so none of this stands in one. Shares follow the time-based checks of
Pelican: a rule passes when more than 95 % of what it looks at stays. Two slices that different code made differ in more
than the publisher did, so no rule applies to them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipelines import sql
from pipelines.quality.results import Outcome, Result
from pipelines.quality.wording import count_es, date_es, number_es

PROCUREMENT = "s6-ocds"
KEPT_SHARE = 0.95
# Below this a table's loss says little: one row of ten is already 10 %.
TABLE_MIN_ROWS = 50
# Entities listed by rule; `changes/` of a release lists every id.
MAX_LISTED = 100
MAX_VALUE = 200
MEMORY_LIMIT = "1GB"
THREADS = 2
RULE_IDS = tuple(f"TEQ-V{number:02d}" for number in range(1, 9))
# Records of the PDN have neither tenders nor contracts.
RULE_IDS_OF_RECORDS = ("TEQ-V01", "TEQ-V04", "TEQ-V07", "TEQ-V08")
# The tables that rules read, with their columns. One that an older slice lacks leaves its rules without an answer.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "provenance": ("entity_type", "entity_id"),
    "processes": ("ocid", "title", "tender_id", "award_count", "contract_count"),
    "plannings": ("ocid",),
    "tenders": ("ocid",),
    "contracts": ("ocid", "path", "contract_id", "award_id", "date_signed", "amount", "currency"),
    "award_suppliers": ("ocid", "award_id", "supplier_id", "supplier_name"),
    "amendments": ("ocid", "stage", "parent_id"),
}


@dataclass(frozen=True)
class Delivery:
    """One slice, as far as two are compared. `files`: the Parquet of each table of `COLUMNS` that it has; `tables`:
    rows by standard table; `content_until`: newest date in the content (ISO), None when it has none."""

    generation: str
    code_version: str
    digest: str
    fetched_at: str
    content_until: str | None
    tables: Mapping[str, int]
    files: Mapping[str, Path]


@dataclass(frozen=True)
class Listed:
    """An entity that a rule fails: what stood there and what stands there now."""

    entity_type: str
    entity_id: str
    path: str | None
    value: str | None


@dataclass(frozen=True)
class Finding:
    """What one rule says. `looked_at`: how many entities (or tables) it compared; `failures`: those that changed;
    `is_share`: whether their share may be set beside those of other rules; `listed`: at most 100 of them."""

    rule_id: str
    result: Outcome
    looked_at: int = 0
    failures: int = 0
    value: str | None = None
    is_share: bool = False
    listed: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A delivery beside the one before it. `previous` and `previous_fetched_at` are None for a first delivery."""

    source_id: str
    generation: str
    previous: str | None
    previous_fetched_at: str | None
    findings: tuple[Finding, ...]

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The rules that fail, in the order of the catalogue."""
        return tuple(finding for finding in self.findings if finding.result == "fail")

    @property
    def changed_share(self) -> float | None:
        """The largest share of what changed, over the rules that count entities; None where none applies."""
        return max(
            (one.failures / one.looked_at for one in self.findings if one.is_share and one.looked_at),
            default=None,
        )


def compare(
    source_id: str,
    *,
    system: str,
    now: Delivery,
    before: Delivery | None,
    earlier: Sequence[Path] = (),
) -> Comparison:
    """Compare a delivery with the one before it.

    Args:
        source_id: the source.
        system: of the source; half of the rules are about contracting processes (s6-ocds) and asked there only.
        now: the delivery.
        before: the last admitted one with other content, None when there is none.
        earlier: the provenance of deliveries before that one, newest first.

    Equal bytes are compared without reading them.
    """
    findings: Iterable[Finding]
    asked = RULE_IDS if system == PROCUREMENT else RULE_IDS_OF_RECORDS
    if before is None or before.code_version != now.code_version:
        findings = [Finding(rule_id, "na") for rule_id in asked]
    elif before.digest == now.digest:
        findings = [Finding(rule_id, "na", value="sin cambios") for rule_id in asked]
    else:
        findings = _findings(system, now, before, earlier)
    return Comparison(
        source_id=source_id,
        generation=now.generation,
        previous=None if before is None else before.generation,
        previous_fetched_at=None if before is None else before.fetched_at,
        findings=tuple(sorted(findings, key=lambda finding: finding.rule_id)),
    )


def results(comparison: Comparison) -> list[Result]:
    """The verdicts, one row a rule, entity = the source."""
    return [
        _result(
            comparison,
            finding,
            entity=("source", comparison.source_id),
            outcome=finding.result,
            failures=finding.failures,
            path=None,
            value=finding.value,
        )
        for finding in comparison.findings
    ]


def listed_results(comparison: Comparison) -> list[Result]:
    """The entities that the failing rules list, one row each."""
    return [
        _result(
            comparison,
            finding,
            entity=(listed.entity_type, listed.entity_id),
            outcome="fail",
            failures=1,
            path=listed.path,
            value=listed.value,
        )
        for finding in comparison.failing
        for listed in finding.listed
    ]


def told_es(comparison: Comparison | None) -> str:
    """What the comparison says, as a sentence for the gate."""
    if comparison is None or comparison.previous_fetched_at is None:
        return "No hay una entrega anterior con la cual comparar."
    since = date_es(comparison.previous_fetched_at)
    if comparison.failing:
        told = "; ".join(f"{one.value} ({one.rule_id})" for one in comparison.failing)
        return f"Respecto de la entrega del {since}: {told}."
    if all(finding.result == "na" for finding in comparison.findings):
        return f"La entrega del {since} no se puede comparar con esta, o es la misma."
    return f"Lo publicado en la entrega del {since} se conserva."


def as_document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values, for JSON."""
    return asdict(comparison)


def of_document(document: Mapping[str, Any]) -> Comparison:
    """The comparison of what `as_document` gave.

    Raises:
        KeyError, TypeError: it is none.
    """
    findings = tuple(
        Finding(**{**finding, "listed": tuple(Listed(**listed) for listed in finding["listed"])})
        for finding in document["findings"]
    )
    return Comparison(**{**document, "findings": findings})


def _result(  # noqa: PLR0913 (the columns of a result that differ)
    comparison: Comparison,
    finding: Finding,
    *,
    entity: tuple[str, str],
    outcome: Outcome,
    failures: int,
    path: str | None,
    value: str | None,
) -> Result:
    return Result(
        rule_id=finding.rule_id,
        slice_id=f"{comparison.source_id}@{comparison.generation}",
        source_id=comparison.source_id,
        entity_type=entity[0],
        entity_id=entity[1],
        result=outcome,
        failures=failures,
        path=path,
        value=value,
        raw_sha256=None,
        page=None,
        position=None,
    )


# --- the rules -----------------------------------------------------------------------------------


def _findings(system: str, now: Delivery, before: Delivery, earlier: Sequence[Path]) -> Iterable[Finding]:
    yield _tables(now, before)
    yield _reach(now, before)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = {sql.text(MEMORY_LIMIT)}")
        connection.execute(f"SET threads = {THREADS}")
        known = _create_views(connection, now, before)
        if "provenance" in known:
            yield _present(connection)
            yield _returned(connection, earlier)
        else:
            yield from (Finding(rule_id, "na") for rule_id in ("TEQ-V01", "TEQ-V07"))
        for rule_id, (needed, ask) in _OF_PROCESSES.items() if system == PROCUREMENT else ():
            yield ask(connection) if needed <= known else Finding(rule_id, "na")


def _create_views(connection: duckdb.DuckDBPyConnection, now: Delivery, before: Delivery) -> frozenset[str]:
    """`now.<table>` and `before.<table>` for each table that both have with all its columns; returns those."""
    known = set()
    for table, columns in COLUMNS.items():
        sides = {"now": now.files.get(table), "before": before.files.get(table)}
        if all(file is not None and _has(file, columns) for file in sides.values()):
            known.add(table)
            for schema, file in sides.items():
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
                connection.execute(
                    f"CREATE VIEW {schema}.{table} AS SELECT {', '.join(columns)} "  # noqa: S608 (our own names)
                    f"FROM read_parquet({sql.text(str(file))}, hive_partitioning = false)"
                )
    return frozenset(known)


def _has(file: Path, columns: Collection[str]) -> bool:
    return file.is_file() and set(columns) <= set(pq.read_schema(file).names)


def _present(connection: duckdb.DuckDBPyConnection) -> Finding:
    """TEQ-V01: what was published before is still there (Pelican: ocid)."""
    return _judged(
        connection,
        "TEQ-V01",
        query="""
            select
                entity_type, entity_id, null as path, null as value,
                (entity_type, entity_id) not in (select (entity_type, entity_id) from now.provenance) as failed
            from (select distinct entity_type, entity_id from before.provenance)
        """,
        told="faltan {} de antes",
    )


def _title(connection: duckdb.DuckDBPyConnection) -> Finding:
    """TEQ-V02: the title of a tender stays, apart from case and blanks (Pelican: tender_title)."""
    return _judged(
        connection,
        "TEQ-V02",
        query=r"""
            with titled as (
                select ocid, before.title as old, now.title as new
                from before.processes as before inner join now.processes as now using (ocid)
                where trim(before.title) <> ''
            )
            select
                'ocid' as entity_type, ocid as entity_id, '/tender/title' as path,
                left(old, 95) || ' → ' || coalesce(left(new, 95), '(sin título)') as value,
                trim(regexp_replace(lower(old), '\s+', ' ', 'g'))
                is distinct from trim(regexp_replace(lower(new), '\s+', ' ', 'g')) as failed
            from titled
        """,
        told="cambió el título de {} procesos",
    )


def _phases(connection: duckdb.DuckDBPyConnection) -> Finding:
    """TEQ-V03: a process doesn't lose its planning, its tender, an award or a contract (Pelican: phase_stable)."""
    return _judged(
        connection,
        "TEQ-V03",
        query="""
            with paired as (
                select
                    ocid,
                    ocid in (select ocid from before.plannings) and ocid not in (select ocid from now.plannings)
                        as lost_planning,
                    ocid in (select ocid from before.tenders) and ocid not in (select ocid from now.tenders)
                        as lost_tender,
                    before.award_count as old_awards, now.award_count as new_awards,
                    before.contract_count as old_contracts, now.contract_count as new_contracts
                from before.processes as before inner join now.processes as now using (ocid)
            )
            select
                'ocid' as entity_type, ocid as entity_id,
                case
                    when lost_planning then '/planning' when lost_tender then '/tender'
                    when new_awards < old_awards then '/awards' when new_contracts < old_contracts then '/contracts'
                end as path,
                case
                    when lost_planning or lost_tender then null
                    when new_awards < old_awards then old_awards || ' → ' || new_awards
                    when new_contracts < old_contracts then old_contracts || ' → ' || new_contracts
                end as value,
                path is not null as failed
            from paired
        """,
        told="perdieron una etapa {} procesos",
    )


def _ids(connection: duckdb.DuckDBPyConnection) -> Finding:
    """TEQ-V05: a process keeps its ocid: none that vanished comes back as another with the same tender or contract."""
    return _judged(
        connection,
        "TEQ-V05",
        query=r"""
            with lost as (select ocid from before.processes except select ocid from now.processes),
            found as (select ocid from now.processes except select ocid from before.processes),
            marks as (
                select 'before' as side, ocid, tender_id || chr(31) || lower(title) as mark
                from before.processes semi join lost using (ocid)
                union all
                select 'now', ocid, tender_id || chr(31) || lower(title)
                from now.processes semi join found using (ocid)
                union all
                select 'before', ocid, concat_ws(chr(31), contract_id, amount, date_signed)
                from before.contracts semi join lost using (ocid)
                where contract_id is not null and amount <> 0 and date_signed is not null
                union all
                select 'now', ocid, concat_ws(chr(31), contract_id, amount, date_signed)
                from now.contracts semi join found using (ocid)
                where contract_id is not null and amount <> 0 and date_signed is not null
            ),
            renamed as (
                select old.ocid, min(new.ocid) as new_ocid
                from marks as old inner join marks as new on old.mark = new.mark
                where old.side = 'before' and new.side = 'now'
                group by old.ocid
            )
            select
                'ocid' as entity_type, ocid as entity_id, '/ocid' as path, '→ ' || new_ocid as value,
                new_ocid is not null as failed
            from (select distinct ocid from before.processes) left join renamed using (ocid)
        """,
        told="tienen otro ocid {} procesos",
    )


def _values(connection: duckdb.DuckDBPyConnection) -> Finding:
    """TEQ-V06: amount, date and supplier of a signed contract change by an amendment only. A contract whose id stands
    twice in its process can't be told from the other."""
    return _judged(
        connection,
        "TEQ-V06",
        query="""
            with suppliers_before as (
                select
                    ocid, award_id, list(distinct supplier_id order by supplier_id) as ids,
                    list(distinct lower(supplier_name) order by lower(supplier_name)) as names,
                    string_agg(distinct supplier_name, ', ' order by supplier_name) as shown
                from before.award_suppliers group by ocid, award_id
            ),
            suppliers_now as (
                select
                    ocid, award_id, list(distinct supplier_id order by supplier_id) as ids,
                    list(distinct lower(supplier_name) order by lower(supplier_name)) as names,
                    string_agg(distinct supplier_name, ', ' order by supplier_name) as shown
                from now.award_suppliers group by ocid, award_id
            ),
            old as (
                select *, (
                    select count(*) from before.amendments as a
                    where a.ocid = c.ocid and a.stage = 'contract' and a.parent_id = c.contract_id
                ) as amendment_count
                from before.contracts as c
                where contract_id is not null and date_signed is not null
                qualify count(*) over (partition by ocid, contract_id) = 1
            ),
            new as (
                select *, (
                    select count(*) from now.amendments as a
                    where a.ocid = c.ocid and a.stage = 'contract' and a.parent_id = c.contract_id
                ) as amendment_count
                from now.contracts as c
                where contract_id is not null
                qualify count(*) over (partition by ocid, contract_id) = 1
            ),
            paired as (
                select
                    ocid, new.path,
                    case
                        when old.amount is not null
                            and (old.amount, old.currency) is distinct from (new.amount, new.currency)
                            then 'monto ' || concat_ws(' ', old.amount, old.currency) || ' → '
                            || coalesce(concat_ws(' ', new.amount, new.currency), '')
                    end as amount_change,
                    case
                        when old.date_signed is distinct from new.date_signed
                            then 'firma ' || old.date_signed::date || ' → '
                            || coalesce((new.date_signed::date)::varchar, '(sin fecha)')
                    end as date_change,
                    -- Another spelling, or another id for the same name, is no other supplier.
                    case
                        when suppliers_before.ids <> suppliers_now.ids
                            and suppliers_before.names <> suppliers_now.names
                            then 'proveedor ' || suppliers_before.shown || ' → ' || suppliers_now.shown
                    end as supplier_change,
                    new.amendment_count > old.amendment_count as is_amended
                from old inner join new using (ocid, contract_id)
                left join suppliers_before
                    on suppliers_before.ocid = old.ocid and suppliers_before.award_id = old.award_id
                left join suppliers_now
                    on suppliers_now.ocid = new.ocid and suppliers_now.award_id = new.award_id
            )
            select
                'ocid' as entity_type, ocid as entity_id, path,
                concat_ws('; ', amount_change, date_change, supplier_change) as value,
                not is_amended and value <> '' as failed
            from paired
        """,
        told="cambiaron sin convenio modificatorio {} contratos firmados",
    )


def _returned(connection: duckdb.DuckDBPyConnection, earlier: Sequence[Path]) -> Finding:
    """TEQ-V07: nothing comes back that the delivery before had withdrawn."""
    readable = [file for file in earlier if _has(file, COLUMNS["provenance"])]
    if not readable:
        return Finding("TEQ-V07", "na")
    files = ", ".join(sql.text(str(file)) for file in readable)
    return _judged(
        connection,
        "TEQ-V07",
        query=f"""
            select
                entity_type, entity_id, null as path, null as value,
                (entity_type, entity_id) not in (select (entity_type, entity_id) from before.provenance)
                and (entity_type, entity_id) in (
                    select (entity_type, entity_id) from read_parquet([{files}], hive_partitioning = false)
                ) as failed
            from (select distinct entity_type, entity_id from now.provenance)
        """,  # noqa: S608 (our own paths)
        told="volvieron después de retirarse {}",
    )


def _tables(now: Delivery, before: Delivery) -> Finding:
    """TEQ-V04: no table loses more than 5 % of its rows."""
    looked_at = {name: rows for name, rows in before.tables.items() if rows >= TABLE_MIN_ROWS}
    if not looked_at:
        return Finding("TEQ-V04", "na")
    lost = [
        (now.tables.get(name, 0) / rows, name, rows)
        for name, rows in looked_at.items()
        if now.tables.get(name, 0) <= KEPT_SHARE * rows
    ]
    if not lost:
        return Finding("TEQ-V04", "pass", len(looked_at))
    told = "; ".join(
        f"{name} {number_es(rows)} → {number_es(now.tables.get(name, 0))} filas"
        for _, name, rows in sorted(lost)[:3]
    )
    return Finding("TEQ-V04", "fail", len(looked_at), len(lost), told)


def _reach(now: Delivery, before: Delivery) -> Finding:
    """TEQ-V08: the newest date in the content is no earlier than before."""
    if before.content_until is None:
        return Finding("TEQ-V08", "na")
    if now.content_until is not None and now.content_until >= before.content_until:
        return Finding("TEQ-V08", "pass", 1)
    ends = "no trae fechas" if now.content_until is None else f"llega al {date_es(now.content_until)}"
    told = f"el contenido llegaba al {date_es(before.content_until)} y ahora {ends}"
    return Finding("TEQ-V08", "fail", 1, 1, told)


def _judged(connection: duckdb.DuckDBPyConnection, rule_id: str, *, query: str, told: str) -> Finding:
    """The verdict over the entities of `query` (entity_type, entity_id, path, value, failed)."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {query}")
    counted = connection.execute("SELECT count(*), count(*) FILTER (failed) FROM judged").fetchone()
    assert counted is not None
    looked_at, failures = counted
    if not looked_at:
        return Finding(rule_id, "na")
    passed = looked_at - failures > KEPT_SHARE * looked_at
    rows = connection.execute(
        "SELECT entity_type, entity_id, path, left(value, ?) FROM judged WHERE failed ORDER BY ALL LIMIT ?",
        [MAX_VALUE, MAX_LISTED],
    ).fetchall()
    return Finding(
        rule_id=rule_id,
        result="pass" if passed else "fail",
        looked_at=looked_at,
        failures=failures,
        value=told.format(_of(failures, looked_at)) if failures else None,
        is_share=True,
        listed=tuple(Listed(*row) for row in rows),
    )


def _of(failures: int, looked_at: int) -> str:
    """`12 de 300 (4.0 %)`."""
    return count_es(failures, looked_at, "").replace("  ", " ").strip()


_Ask = Callable[[duckdb.DuckDBPyConnection], Finding]
# What each rule about contracting processes reads, and the rule.
_OF_PROCESSES: Mapping[str, tuple[frozenset[str], _Ask]] = {
    "TEQ-V02": (frozenset({"processes"}), _title),
    "TEQ-V03": (frozenset({"processes", "plannings", "tenders"}), _phases),
    "TEQ-V05": (frozenset({"processes", "contracts"}), _ids),
    "TEQ-V06": (frozenset({"contracts", "award_suppliers", "amendments"}), _values),
}
