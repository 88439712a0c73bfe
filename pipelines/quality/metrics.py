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
    rows                  published source records
    quality_score         0 to 100 (`results.quality_score`)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

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
        name: Metric(
            name=name,
            check=entry["check"],
            unit=entry["unit"],
            label_es=entry["label_es"],
            min=entry["min"],
            max=entry["max"],
            max_by_cadence=entry.get("max_by_cadence", {}),
            reason=" ".join(entry["reason"].split()),
        )
        for name, entry in document["metrics"].items()
    }


METRICS: tuple[str, ...] = tuple(load_metrics())
