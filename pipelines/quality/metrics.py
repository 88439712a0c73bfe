"""The gate's metrics and their default limits, read from `thresholds.yaml`.

Here: what `thresholds.yaml` says, as records. Not here: measuring a slice and judging it (`gate.py`).

Metrics a source may assert in its YAML (`METRICS`; meaning, unit, default and reason of each stand in
`thresholds.yaml`): a minimum missed holds the source back, a maximum passed warns.

    completeness_share    (records + duplicates + quarantined at landing) / declared by the portal
    readable_share        published / (records + quarantined at landing)
    unique_share          rules with `gate: unique_ids`, the worst one: pass / (pass + fail)
    schema_share          rules with `gate: schema`, likewise
    references_share      rules with `gate: references`, likewise
    row_ratio             published / published at the last admission
    table_ratio           rows / rows at the last admission, the worst table of 50 rows or more
    changed_share         withdrawn or rewritten / published in the delivery before, the worst of the rules TEQ-V
    content_age_days      days from the newest date in the content until now
    reserved_values       personal data taken out of the slice
    conformance_share     all rules of severity error: passes / (passes + failures)
    <family>_failing_share  rules of one family, notices aside: failures / (passes + failures); by default in Dagster only
    rows                  published source records
    quality_score         0 to 100 (`results.quality_score`)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.quality.catalogue import OF_CONTENT

# The entry of `thresholds.yaml` that stands for one metric of each family of rules.
FAMILY_METRIC = "family_failing_share"
THRESHOLDS_FILE = Path(__file__).with_name("thresholds.yaml")


@dataclass(frozen=True)
class Metric:
    """One measurable property of a slice and its default limits."""

    name: str
    check: str
    unit: str
    label_es: str
    min: float | None
    max: float | None
    max_by_cadence: Mapping[str, float]
    reason: str


@lru_cache(maxsize=1)
def load_metrics() -> Mapping[str, Metric]:
    """The metrics of `thresholds.yaml` by name."""
    document = yaml.safe_load(THRESHOLDS_FILE.read_text(encoding="utf-8"))
    return {
        metric.name: metric for name, entry in document["metrics"].items() for metric in _metrics(name, entry)
    }


def family_metric(family: str) -> str:
    """The metric of a family of rules."""
    return f"{family}_failing_share"


def _metrics(name: str, entry: Mapping[str, Any]) -> Iterator[Metric]:
    """The metric of an entry; of the one that stands for all families, theirs."""
    labels = {name: entry["label_es"]}
    if name == FAMILY_METRIC:
        labels = {family_metric(family): f"{entry['label_es']} «{family}»" for family in OF_CONTENT}
    for named, label in labels.items():
        yield Metric(
            name=named,
            check=entry["check"],
            unit=entry["unit"],
            label_es=label,
            min=entry["min"],
            max=entry["max"],
            max_by_cadence=entry.get("max_by_cadence", {}),
            reason=" ".join(entry["reason"].split()),
        )


METRICS: tuple[str, ...] = tuple(load_metrics())
