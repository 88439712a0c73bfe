"""The checks of the gate on the partitions of `landed`.

Here: their declarations, so that the UI knows them and one can be asked for by hand. Not here: the
evaluations of a run, which the step `admitted` records for all sources at once (`assets.py`): in a run over a
range of partitions a check function yields one result for all of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from pipelines.orchestration.assets import GATE_CHECK, evaluations
from pipelines.publication import admission, plan
from pipelines.quality import gate
from pipelines.registry import Source
from pipelines.settings import Settings
from pipelines.standards import privacy

FAMILY_DESCRIPTIONS = {
    GATE_CHECK: "The gate's verdict on this source: admitted to the release, or held back with its reasons.",
}


def gate_check_keys() -> list[dg.AssetCheckKey]:
    """The verdict and the families of checks it sums up."""
    return [dg.AssetCheckKey(dg.AssetKey("landed"), name) for name in (GATE_CHECK, *gate.FAMILIES)]


def build_checks(settings: Settings, *, pulled: Sequence[Source]) -> list[dg.AssetChecksDefinition]:
    """One definition for all gate checks; run by hand it judges the partition again."""
    by_id = {source.id: source for source in pulled}

    @dg.multi_asset_check(
        name="gate",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                key.name,
                asset="landed",
                description=FAMILY_DESCRIPTIONS.get(key.name, f"Checks of the gate: {key.name}."),
                partitions_def=dg.StaticPartitionsDefinition(list(by_id)),
            )
            for key in gate_check_keys()
        ],
    )
    def gate_checks(context: dg.AssetCheckExecutionContext):  # type: ignore[no-untyped-def] # noqa: ANN202
        home = settings.home
        [judgement] = admission.judge_sources(
            [by_id[context.partition_key]],
            home=home,
            code_version=privacy.with_key(plan.code_version(), home=home, settings=settings),
            now=datetime.now(UTC),
        )
        selected = {check.name for check in context.selected_asset_check_keys}
        for found in evaluations(judgement):
            if found.check_name in selected:
                yield dg.AssetCheckResult(
                    asset_key=found.asset_key,
                    check_name=found.check_name,
                    passed=found.passed,
                    severity=found.severity,
                    description=found.description,
                    metadata=found.metadata,
                )

    return [gate_checks]
