"""The one entry point of Dagster: everything meets here and only here.

Here: `build_defs`, which assembles a fresh `Definitions`, and `defs`, which the code location loads. Not here: assets,
checks, jobs (`pipelines/orchestration/`). Importing reads the declarations and the prepared dbt manifest, nothing
else.
"""

import dagster as dg

from pipelines.orchestration import assets, checks, dbt, jobs
from pipelines.registry import load_sources, partitions
from pipelines.settings import Settings


def build_defs(settings: Settings | None = None) -> dg.Definitions:
    """Assemble the definitions for one environment (default: the process's)."""
    chosen = settings or Settings()
    declared = load_sources(chosen.sources)
    pulled = partitions(declared, mode=chosen.portal_mode)
    return dg.Definitions(
        assets=assets.build_assets(chosen, declared=declared, pulled=pulled, manifest=dbt.read_manifest()),
        asset_checks=checks.build_checks(chosen, pulled=pulled),
        jobs=jobs.jobs(checks.gate_check_keys()),
        schedules=[jobs.daily_schedule([source.id for source in pulled])],
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What the code location loads."""
    return build_defs()
