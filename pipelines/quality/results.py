"""Reading quality results: scores of rules, the score of a source, examples.

Here: what a result is, and sums over `quality/summary` and `quality/results` of a slice. Not here: the rules
(`dbt_project/models/quality/`, `pipelines/standards/`, `arrival.py`, `comparison.py`), pages (`pipelines/reports/`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow.parquet as pq

from pipelines.quality.catalogue import Catalogue, Rule

# An error breaks joins and sums, a warning makes a reader doubt; an info is advice and doesn't count.
WEIGHTS = {"error": 3, "warning": 1, "info": 0}
MAX_EXAMPLES = 20
# Rules of a delivery as such, and of two beside each other: the score speaks of what one holds.
NOT_CONTENT = frozenset({"ledger", "comparison", "integrated"})

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

    An earlier delivery may hold results of rules that were retired since: they are left out.

    Args:
        summary_rows: {rule_id, pass, fail, na, failures}, one or more a rule.

    Raises:
        CatalogueError: when a row names a rule without a text.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in summary_rows:
        if row["rule_id"] in catalogue.retired:
            continue
        catalogue.get(row["rule_id"])
        totals = sums[row["rule_id"]]
        for place, column in enumerate(("pass", "fail", "na", "failures")):
            totals[place] += int(row[column])
    return [RuleScore(rule, *sums[rule.id]) for rule in catalogue.rules if rule.id in sums]


@dataclass(frozen=True)
class FamilyScore:
    """The rules of one family over one source, notices aside: checks that pass and that fail, and each rule's score."""

    family: str
    scores: tuple[RuleScore, ...]

    @property
    def applied(self) -> int:
        """Checks the rules say something about."""
        return sum(score.applied for score in self._weighed)

    @property
    def failed(self) -> int:
        """Failing checks among them."""
        return sum(score.failed for score in self._weighed)

    @property
    def failing_share(self) -> float | None:
        """Their share; None where no rule applies."""
        return self.failed / self.applied if self.applied else None

    @property
    def _weighed(self) -> tuple[RuleScore, ...]:
        return tuple(score for score in self.scores if score.rule.severity != "info")


def family_scores(scores: Iterable[RuleScore]) -> dict[str, FamilyScore]:
    """Scores of rules by family, in the order in which families come."""
    found: dict[str, list[RuleScore]] = defaultdict(list)
    for score in scores:
        found[score.rule.family].append(score)
    return {family: FamilyScore(family, tuple(members)) for family, members in found.items()}


def weight(rule: Rule) -> int:
    """What a rule weighs in the score: by severity (error 3, warning 1, info 0).

    How data arrived, what changed since the last delivery and what other sources say is the gate's and the report's
    business; the score speaks of the content, so that the scores of two deliveries can be compared.
    """
    return 0 if rule.evaluated_in in NOT_CONTENT else WEIGHTS[rule.severity]


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


def summary_of(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Results counted by rule, in the columns of `quality.quality_summary` (without slice and source)."""
    sums: dict[str, dict[str, Any]] = {}
    for result in results:
        empty = {"rule_id": result.rule_id, "pass": 0, "fail": 0, "na": 0, "failures": 0}
        totals = sums.setdefault(result.rule_id, empty)
        totals[result.result] += 1
        totals["failures"] += result.failures
    return list(sums.values())
