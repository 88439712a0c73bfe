"""Reading quality results: scores of rules, the score of a source, examples, and the ledger's rules.

Here: sums over `quality/summary` and `quality/results` of a slice, and the rules TEQ-L*, which are about
how the data arrived and so are evaluated from the ledger and the landed generation. Not here: the other
rules (`dbt_project/models/quality/`, `pipelines/standards/`), pages (`pipelines/reports/`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow.parquet as pq

from pipelines.landing.land import Generation
from pipelines.landing.ledger import LedgerRow
from pipelines.quality.catalogue import Catalogue, Rule
from pipelines.quality.metrics import load_metrics
from pipelines.quality.wording import date_es, number_es
from pipelines.standards.free_text import pdn_marks, scrub

# An error breaks joins and sums, a warning makes a reader doubt; an info is advice and doesn't count.
WEIGHTS = {"error": 3, "warning": 1, "info": 0}
MAX_EXAMPLES = 20
# Columns named in one result, and characters of each: the rest is in the layout's drift.
MAX_COLUMNS = 4
MAX_COLUMN_NAME = 40
UTF8_NAMES = {"utf-8", "utf-8-sig", "ascii"}
# How old content may be by the publisher's own rhythm: one promise for the gate, the rule TEQ-L06 and the status.
CADENCE_DAYS = load_metrics()["content_age_days"].max_by_cadence

Outcome = Literal["pass", "fail", "na"]


@dataclass(frozen=True)
class RuleScore:
    """One rule over one source: entities by result, and places that fail.

    `share` = passed / (passed + failed), None when the rule applies to nothing.
    """

    rule: Rule
    passed: int
    failed: int
    not_applicable: int
    failures: int

    @property
    def applied(self) -> int:
        """Entities the rule says something about: the base of every percentage."""
        return self.passed + self.failed

    @property
    def share(self) -> float | None:
        """Passing entities among those the rule applies to."""
        return self.passed / self.applied if self.applied else None


@dataclass(frozen=True)
class Result:
    """One rule on one entity; the columns of `quality.quality_results`, in their order."""

    rule_id: str
    slice_id: str
    source_id: str
    entity_type: str
    entity_id: str
    result: Outcome
    failures: int
    path: str | None
    value: str | None
    raw_sha256: str | None
    page: int | None
    position: str | None
    agency_id: str | None = None
    agency: str | None = None
    period: int | None = None


def rule_scores(summary_rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> list[RuleScore]:
    """Scores of all rules in the summary, in catalogue order; rows of several sources are added up.

    Args:
        summary_rows: {rule_id, pass, fail, na, failures}, one or more a rule.

    Raises:
        CatalogueError: when a row names a rule without a text.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in summary_rows:
        catalogue.get(row["rule_id"])
        totals = sums[row["rule_id"]]
        for place, column in enumerate(("pass", "fail", "na", "failures")):
            totals[place] += int(row[column])
    return [RuleScore(rule, *sums[rule.id]) for rule in catalogue.rules if rule.id in sums]


def weight(rule: Rule) -> int:
    """What a rule weighs in the score: by severity (error 3, warning 1, info 0).

    How data arrived (the rules the ledger answers) is the gate's business; the score speaks of the content, so
    that the scores of two deliveries can be compared.
    """
    return 0 if rule.evaluated_in == "ledger" else WEIGHTS[rule.severity]


def quality_score(scores: Iterable[RuleScore]) -> float | None:
    """Quality from 0 to 100: 100 × Σ weight·share / Σ weight, over the rules that apply.

    `weight` as above; `share` is the part of the entities that pass among those it applies to. Rules that apply
    to nothing are left out: who publishes no transactions is neither rewarded nor punished for them. None when
    no rule that weighs applies.
    """
    applied = [(weight(score.rule), score.share) for score in scores if score.share is not None]
    total = sum(weighs for weighs, _ in applied)
    return 100 * sum(weighs * share for weighs, share in applied) / total if total else None


def examples(
    results_file: Path, rule_ids: Sequence[str], *, limit: int = MAX_EXAMPLES
) -> dict[str, list[Result]]:
    """Failures of some rules in a slice's `quality/results/…/data.parquet`, by rule, at most `limit` of each, in the
    order of the source. The file is read once: many sources have few failures, and opening it costs more than they do.

    Raises:
        ValueError: when more than 20 examples are asked for; the CSV of the report has them all.
    """
    if limit > MAX_EXAMPLES:
        message = f"at most {MAX_EXAMPLES} examples, {limit} were asked for"
        raise ValueError(message)
    found: dict[str, list[Result]] = {rule_id: [] for rule_id in rule_ids}
    # A DuckDB takes longer to open than such a file to be read, and most sources have none.
    if not found:
        return found
    metadata = pq.read_metadata(results_file)
    if not metadata.num_rows:
        return found
    # A slice that was admitted before schema version 1.4 doesn't tell the institution.
    columns = ", ".join(sorted(Result.__dataclass_fields__.keys() & set(metadata.schema.names)))
    query = f"""
        select {columns} from read_parquet(?)
        where list_contains(?, rule_id) and result = 'fail'
        qualify row_number() over (partition by rule_id order by page, position, entity_id) <= ?
        order by rule_id, page, position, entity_id
    """  # noqa: S608 (column names come from the dataclass)
    with duckdb.connect() as connection:
        cursor = connection.execute(query, [str(results_file), list(rule_ids), limit])
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    for row in rows:
        result = Result(**{"slice_id": "", **dict(zip(names, row, strict=True))})
        found[result.rule_id].append(result)
    return found


# --- TEQ-L: how the data arrived -----------------------------------------------------------------


@dataclass(frozen=True)
class _Finding:
    """What one rule says about the source, before it is placed in the result columns."""

    rule_id: str
    result: Outcome
    failures: int = 0
    value: str | None = None


def ledger_results(  # noqa: PLR0913 (each fact comes from another record)
    source_id: str,
    *,
    cadence: str,
    generation: Generation | None,
    ledger: LedgerRow | None,
    unusable: int,
    content_until: str | None,
    drift: Sequence[Mapping[str, Any]] | None,
) -> list[Result]:
    """The rules TEQ-L* for one source: one row a rule, entity = the source.

    Args:
        source_id: the source.
        cadence: the publisher's own rhythm as declared.
        generation: what is landed now; None when nothing ever was.
        ledger: the last attempt; None when there was none.
        unusable: landed records from which no release or record could be made.
        content_until: newest date in the content (ISO), None when it has none.
        drift: the columns that aren't as the layout says ({column_name, change `new` | `missing`, …}), None where
            the source has no layout.

    Everything is compared with the moment of the fetch, never with the clock, so that the same data give the
    same results whenever they are read.
    """
    findings = [
        _reached(ledger),
        _whole(generation),
        _counted("TEQ-L03", generation, lambda landed: landed.quarantined),
        _counted("TEQ-L04", generation, lambda landed: landed.duplicates),
        _counted("TEQ-L05", generation, lambda _: unusable),
        _recent(generation, cadence=cadence, content_until=content_until),
        _encoded(generation),
        _as_laid_out(drift),
    ]
    return [
        Result(
            rule_id=finding.rule_id,
            slice_id=source_id if generation is None else f"{source_id}@{generation.generation}",
            source_id=source_id,
            entity_type="source",
            entity_id=source_id,
            result=finding.result,
            failures=finding.failures,
            path=None,
            value=finding.value,
            raw_sha256=None,
            page=None,
            position=None,
        )
        for finding in findings
    ]


def summary_of(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Results counted by rule, in the columns of `quality.quality_summary` (without slice and source)."""
    sums: dict[str, dict[str, Any]] = {}
    for result in results:
        empty = {"rule_id": result.rule_id, "pass": 0, "fail": 0, "na": 0, "failures": 0}
        totals = sums.setdefault(result.rule_id, empty)
        totals[result.result] += 1
        totals["failures"] += result.failures
    return list(sums.values())


def _reached(ledger: LedgerRow | None) -> _Finding:
    """TEQ-L01: the last attempt ended with an answer that can be used."""
    if ledger is None:
        return _Finding("TEQ-L01", "na")
    state = str(ledger.state)
    if state in {"complete", "unchanged"}:
        return _Finding("TEQ-L01", "pass")
    return _Finding("TEQ-L01", "fail", 1, state)


def _whole(generation: Generation | None) -> _Finding:
    """TEQ-L02: as many records as the portal says it has."""
    if generation is None or generation.declared is None or generation.declared_by != "portal":
        return _Finding("TEQ-L02", "na")
    received = _received(generation)
    if received == generation.declared:
        return _Finding("TEQ-L02", "pass")
    value = f"declara {number_es(generation.declared)}, entregó {number_es(received)}"
    return _Finding("TEQ-L02", "fail", abs(generation.declared - received), value)


def _counted(rule_id: str, generation: Generation | None, count: Callable[[Generation], int]) -> _Finding:
    """TEQ-L03 quarantined, TEQ-L04 byte-equal repetitions, TEQ-L05 unusable records: none is expected."""
    if generation is None:
        return _Finding(rule_id, "na")
    found = count(generation)
    if found == 0:
        return _Finding(rule_id, "pass")
    return _Finding(rule_id, "fail", found, f"{number_es(found)} de {number_es(_received(generation))}")


def _recent(generation: Generation | None, *, cadence: str, content_until: str | None) -> _Finding:
    """TEQ-L06: the newest content isn't older than the publisher's own rhythm."""
    allowed = CADENCE_DAYS.get(cadence)
    if generation is None or allowed is None or content_until is None:
        return _Finding("TEQ-L06", "na")
    fetched = datetime.fromisoformat(generation.fetched_at).date()
    age = (fetched - date.fromisoformat(content_until[:10])).days
    if age <= allowed:
        return _Finding("TEQ-L06", "pass")
    value = f"lo más reciente es del {date_es(content_until)}, {number_es(age)} días antes"
    return _Finding("TEQ-L06", "fail", 1, value)


def _encoded(generation: Generation | None) -> _Finding:
    """TEQ-L07: the text is UTF-8, as JSON and the open-data guides demand."""
    if generation is None or not generation.encoding:
        return _Finding("TEQ-L07", "na")
    others = [name for name in generation.encoding.split(",") if name.lower() not in UTF8_NAMES]
    if not others:
        return _Finding("TEQ-L07", "pass")
    return _Finding("TEQ-L07", "fail", len(others), ", ".join(others))


def _as_laid_out(drift: Sequence[Mapping[str, Any]] | None) -> _Finding:
    """TEQ-L08: the columns are those of the layout."""
    if drift is None:
        return _Finding("TEQ-L08", "na")
    if not drift:
        return _Finding("TEQ-L08", "pass")
    told = []
    for change, words in (("missing", "faltan"), ("new", "no estaban")):
        # What stands where a header is expected could be anything.
        names = sorted(
            {scrub(row["column_name"], pdn_marks())[0] for row in drift if row["change"] == change}
        )
        if names:
            shown = ", ".join(f"«{name[:MAX_COLUMN_NAME]}»" for name in names[:MAX_COLUMNS])
            more = f" y {number_es(len(names) - MAX_COLUMNS)} más" if len(names) > MAX_COLUMNS else ""
            told.append(f"{words} {shown}{more}")
    return _Finding("TEQ-L08", "fail", len(drift), "; ".join(told))


def _received(generation: Generation) -> int:
    return generation.records + generation.duplicates + generation.quarantined
