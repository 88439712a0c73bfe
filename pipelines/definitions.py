"""The one entry point of Dagster: everything meets here and only here.

Here: `build_defs`, which assembles a fresh `Definitions`, and `defs`, which the code location loads. Not here: assets,
checks, jobs, schedules (`pipelines/orchestration/`). Importing reads the declarations and the prepared dbt manifest, and
nothing else.
"""

import dagster as dg

from pipelines.orchestration import build, dbt, gate, jobs, publish, pull
from pipelines.registry import load_sources, partitions
from pipelines.settings import Settings


def build_defs(settings: Settings | None = None) -> dg.Definitions:
    """Assemble the definitions for one environment (default: the process's)."""
    chosen = settings or Settings()
    declared = load_sources(chosen.sources)
    pulled = partitions(declared, mode=chosen.portal_mode)
    manifest = dbt.read_manifest()
    built = build.build_assets(chosen, declared=declared, pulled=pulled, manifest=manifest)
    return dg.Definitions(
        assets=[
            *pull.pull_assets(chosen, pulled=pulled),
            *built,
            *gate.gate_assets(chosen, declared=declared, pulled=pulled, manifest=manifest),
            *publish.release_assets(chosen, declared=declared, pulled=pulled, over_all=built[-1]),
        ],
        asset_checks=[gate.gate_check(chosen, pulled=pulled)],
        jobs=jobs.jobs(gate.gate_check_key()),
        schedules=[jobs.daily_schedule([source.id for source in pulled])],
        sensors=[publish.failed_run_sensor(chosen, declared=declared)],
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What the code location loads."""
    return build_defs()
