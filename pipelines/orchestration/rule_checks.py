"""What the quality rules found, as checks of `admitted`: one for each family of rules, over all sources.

Here: their results with counts, samples and links, and samples of one source's failures. Not here: the verdicts of the
gate (`gate.py`), scores (`pipelines/quality/results.py`), the limits (`pipelines/quality/thresholds.yaml` and each
source's YAML).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from pipelines.orchestration.metadata import table
from pipelines.publication import layout
from pipelines.publication.admission import Judgement
from pipelines.publication.slices import Slice, slice_folder
from pipelines.quality import gate
from pipelines.quality.catalogue import OF_CONTENT, load_catalogue
from pipelines.quality.metrics import family_metric, load_metrics
from pipelines.quality.results import FamilyScore, RuleScore, examples, family_scores, rule_scores
from pipelines.quality.wording import percent_es
from pipelines.registry import Source
from pipelines.settings import Settings

SAMPLE_ROWS = 20
SAMPLE_RULES = 4


def check_name(family: str) -> str:
    """The check of a family of rules; some are called like a family of the gate's checks."""
    return f"rules_{family}"


def specs() -> list[dg.AssetCheckSpec]:
    """One check for each family."""
    return [
        dg.AssetCheckSpec(
            check_name(family),
            asset="admitted",
            description=f"What the quality rules of the family {family} found over all sources, with samples.",
        )
        for family in OF_CONTENT
    ]


def results(judgements: Sequence[Judgement], *, settings: Settings) -> Iterator[dg.AssetCheckResult]:
    """One result for each family: passed when in no source more of its checks fail than the limit of that source
    allows (`<family>_failing_share`).

    Metadata: the sources over their limit, each rule with its counts over all sources, at most 20 failures of the source
    in which most fail, and its report.
    """
    catalogue = load_catalogue()
    scored = [
        (judgement.source, candidate, family_scores(rule_scores(candidate.summary, catalogue)))
        for judgement in judgements
        for candidate in [judgement.candidate]
        if candidate is not None
    ]
    for family in OF_CONTENT:
        told = [
            (source, candidate, by_family[family])
            for source, candidate, by_family in scored
            if family in by_family and by_family[family].applied
        ]
        told.sort(key=lambda one: (-(one[2].failing_share or 0), one[0].id))
        over = [row for source, _, score in told for row in _over_its_limit(source, score)]
        yield dg.AssetCheckResult(
            check_name=check_name(family),
            passed=not over,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "sources": len(told),
                "limit": load_metrics()[family_metric(family)].reason,
                "over_their_limit": table(over[:SAMPLE_ROWS]),
                "rules": table(_rule_counts([score for _, _, score in told])),
                **_worst(told, settings=settings),
            },
        )


def samples(candidate: Slice, rule_ids: Sequence[str], *, settings: Settings) -> dg.TableMetadataValue:
    """Failures of a few rules in one slice, at most 20 rows; values are masked where they are personal."""
    path = slice_folder(settings.home, candidate.source_id, candidate.key) / layout.SLICE_FILES
    results_file = path / layout.table_path(layout.RESULTS_FOLDER, candidate.source_id)
    found_by_rule = examples(results_file, rule_ids[:SAMPLE_RULES], limit=SAMPLE_ROWS // SAMPLE_RULES)
    return table(
        [
            {
                "rule": found.rule_id,
                "id": found.entity_id,
                "page": found.page or 0,
                "position": found.position or "–",
                "path": found.path or "–",
                "value": found.value or "–",
            }
            for rule in found_by_rule.values()
            for found in rule
        ]
    )


def report_of(source: Source, *, settings: Settings) -> dg.PathMetadataValue | dg.UrlMetadataValue:
    """Where the report of the source's publisher stands: an address where there is a public one."""
    agency = source.publisher.id
    if settings.public_url is not None:
        return dg.MetadataValue.url(f"{settings.public_url}/latest/reports/{agency}/")
    return dg.MetadataValue.path(
        str(settings.home.publications / "latest" / "reports" / agency / "index.html")
    )


def _over_its_limit(source: Source, score: FamilyScore) -> Iterator[dict[str, Any]]:
    metric = load_metrics()[family_metric(score.family)]
    limits = gate.limits_for(source, metric)
    share = score.failing_share or 0
    if limits.max is not None and share > limits.max:
        yield {
            "fuente": source.id,
            "fallan": percent_es(share),
            "máximo": percent_es(limits.max),
            # The reason of the default is told once, beside the table.
            "motivo": "–" if limits.reason == metric.reason else limits.reason,
        }


def _rule_counts(scores: Sequence[FamilyScore]) -> list[dict[str, Any]]:
    """Each rule of a family over all sources, the one that fails most first."""
    found: dict[str, list[RuleScore]] = defaultdict(list)
    for family in scores:
        for score in family.scores:
            found[score.rule.id].append(score)
    rows = [
        {
            "regla": rule_id,
            "título": members[0].rule.title_es,
            "gravedad": members[0].rule.severity,
            "cumplen": sum(score.passed for score in members),
            "fallan": sum(score.failed for score in members),
            "no aplica": sum(score.not_applicable for score in members),
            "fuentes que fallan": sum(1 for score in members if score.failed),
        }
        for rule_id, members in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["fallan"], row["regla"]))


def _worst(told: Sequence[tuple[Source, Slice, FamilyScore]], *, settings: Settings) -> dict[str, Any]:
    """Failures of the source in which most checks of the family fail, and its report."""
    if not told or not told[0][2].failing_share:
        return {}
    source, candidate, score = told[0]
    failing = sorted((one for one in score.scores if one.failed), key=lambda one: -one.failed)
    return {
        "samples_of": source.id,
        "samples": samples(candidate, [one.rule.id for one in failing], settings=settings),
        "report": report_of(source, settings=settings),
    }
