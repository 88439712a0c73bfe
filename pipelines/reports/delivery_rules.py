"""Results of the rules that speak of a delivery and not of what stands in it, for the report of its source.

Here: gathering what the rules TEQ-L (how it arrived), TEQ-V (what it withdrew or rewrote) and TEQ-X (what other sources
say) look at, and their results in the shape of a slice's. Not here: the rules (`pipelines/quality/arrival.py`,
`comparison.py`, `dbt_project/models/integrated/quality_cross_source.sql`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.ledger import Ledger
from pipelines.portals import pages
from pipelines.portals.pages import Page
from pipelines.publication import documents, layout
from pipelines.publication.admission import Judgement
from pipelines.publication.slices import Slice, slice_folder
from pipelines.quality import comparison
from pipelines.quality.arrival import Arrival, labelled_years, ledger_results
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.results import Result, summary_of
from pipelines.registry import Source

# Any date of a process may be the one that its publisher sorted the files by.
_YEARS_OF_PAGES = """
    with dated as (
        select ocid, unnest([
            year, year(tender_start), year(tender_end), year(first_award_date), year(last_award_date)
        ]) as year
        from processes
        union all
        select ocid, unnest([year(date_signed), year(period_start)]) from contracts
    )
    select places.page, list(distinct dated.year order by dated.year)
    from dated inner join places on dated.ocid = places.entity_id
    where dated.year is not null and places.page is not null
    group by places.page
"""
_POSITIONS = """
    select entity_id, min_by(struct_pack(raw_sha256, page, position), (page, position))
    from places
    where list_contains(?, entity_id)
    group by entity_id
"""
_NOWHERE: Mapping[str, Any] = {"raw_sha256": None, "page": None, "position": None}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DeliveryRules:
    """`summary`: rows {rule_id, pass, fail, na, failures}. `failures`: rows in the columns of the quality results."""

    summary: Sequence[Row]
    failures: Sequence[Row]


@dataclass(frozen=True)
class CrossSource:
    """What the rules TEQ-X say of each source of a release, by source id. `titles`: of the sources that are known."""

    summary: Mapping[str, Sequence[Row]]
    failures: Mapping[str, Sequence[Row]]
    titles: Mapping[str, str]


def read_cross_source(staged: Path | None, sources: Sequence[Source]) -> CrossSource:
    """Read it from the release in `staged`; empty for a release without tables over all sources."""
    by_source: dict[str, dict[str, list[Row]]] = {}
    for path in (layout.CROSS_SOURCE_SUMMARY, layout.CROSS_SOURCE):
        rows: dict[str, list[Row]] = defaultdict(list)
        if staged is not None and (staged / path).is_file():
            for row in pq.read_table(staged / path).to_pylist():
                rows[row["source_id"]].append(row)
        by_source[path] = rows
    return CrossSource(
        summary=by_source[layout.CROSS_SOURCE_SUMMARY],
        failures=by_source[layout.CROSS_SOURCE],
        titles={source.id: source.title for source in sources},
    )


def delivery_rules(judgement: Judgement, *, others: CrossSource, home: Home) -> DeliveryRules:
    """The results of one source.

    What other sources say is said of what is published, so it is left out where that is an older delivery.
    """
    source, judged, good = judgement.source, judgement.candidate, judgement.admitted
    catalogue = load_catalogue()
    verdicts = [
        result
        for result in ledger_results(_arrival(judgement, home=home))
        if source.system in catalogue.get(result.rule_id).systems
    ]
    listed: list[Result] = []
    if judgement.comparison is not None:
        verdicts += comparison.results(judgement.comparison)
        listed += comparison.listed_results(judgement.comparison)
    summary: list[Row] = [*summary_of(verdicts)]
    failures: list[Row] = [asdict(result) for result in (*verdicts, *listed) if result.result == "fail"]
    if judged is not None and good is not None and good.slice_digest == judged.digest:
        summary += others.summary.get(source.id, ())
        failures += [_told(row, others.titles) for row in others.failures.get(source.id, ())]
    if judged is None or not failures:
        return DeliveryRules(summary, failures)
    positions = _positions(judged, {row["entity_id"] for row in failures}, home=home)
    return DeliveryRules(summary, [{**row, **positions.get(row["entity_id"], _NOWHERE)} for row in failures])


def _told(row: Row, titles: Mapping[str, str]) -> Row:
    """A failure that names the other source as people know it."""
    other = row["other_source_id"]
    title = f"«{titles[other]}» ({other})" if other in titles else other
    told = f"{title}: {row['other_entity_id']}"
    return {**row, "value": f"{row['value']}; {told}" if row["value"] else told}


def _arrival(judgement: Judgement, *, home: Home) -> Arrival:
    source, judged = judgement.source, judgement.candidate
    fetch = pages.last_with_content(home, source.id)
    files = () if fetch is None else fetch.pages
    return Arrival(
        source_id=source.id,
        cadence=source.cadence,
        generation=land.current(home, source.id),
        ledger=judgement.ledger,
        unusable=(judged.counts["unusable"] or 0) if judged is not None else 0,
        content_until=judged.content_until if judged is not None else None,
        drift=judged.drift if judged is not None else None,
        attempts=Ledger(home).rows(source.id),
        pages=files,
        years_by_page=years_by_page(judged, files, source=source, home=home),
        documents=None if judged is None else documents.read(home, source.id, judged.generation),
    )


def years_by_page(
    judged: Slice | None, files: Sequence[Page], *, source: Source, home: Home
) -> dict[int, set[int]]:
    """The years that the processes of each file speak of, where a file's name speaks of any."""
    if judged is None or not source.is_procurement or not any(labelled_years(page.label) for page in files):
        return {}
    folder = slice_folder(home, source.id, judged.key) / layout.SLICE_FILES
    tables = {
        "places": layout.PROVENANCE_FOLDER,
        "processes": f"{layout.OCDS_TABLES}/{layout.PROCESSES}",
        "contracts": f"{layout.OCDS_TABLES}/contracts",
    }
    with duckdb.connect() as connection:
        for name, path in tables.items():
            file = folder / layout.table_path(path, source.id)
            connection.read_parquet(str(file), hive_partitioning=False).create_view(name)
        found = connection.execute(_YEARS_OF_PAGES).fetchall()
    return {page: set(years) for page, years in found}


def _positions(judged: Slice, entity_ids: Collection[str], *, home: Home) -> dict[str, Row]:
    """Where the entities stand in what the source gave; one that it no longer gives isn't there."""
    folder = slice_folder(home, judged.source_id, judged.key) / layout.SLICE_FILES
    file = folder / layout.table_path(layout.PROVENANCE_FOLDER, judged.source_id)
    with duckdb.connect() as connection:
        connection.read_parquet(str(file), hive_partitioning=False).create_view("places")
        return dict(connection.execute(_POSITIONS, [sorted(entity_ids)]).fetchall())
