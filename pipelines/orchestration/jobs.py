"""The stable targets of execution: jobs, and the schedule that starts them.

Here: which assets a run materializes and when. Not here: the assets, the way a run is started by
hand (`run.py`).
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

TIMEZONE = "America/Mexico_City"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
# Before the working day, after the nightly renewals of the portals.
DAILY_AT_SIX = "0 6 * * *"

PUBLICATION = "publication"
PULL = "pull"
PUBLISH = "publish"


def jobs(gate_check: dg.AssetCheckKey) -> list[Any]:
    """`publication` does everything; `pull` and `publish` are its two halves (Dagster has no public type for them).

    The gate records its verdicts in the run itself (`gate.py`), so that check is not run as a step.
    """
    pulled = dg.AssetSelection.assets("raw", "landed")
    everything = dg.AssetSelection.all() - dg.AssetSelection.checks(gate_check)
    return [
        dg.define_asset_job(
            PUBLICATION,
            selection=everything,
            executor_def=dg.in_process_executor,
            description="Pull every source, build, judge, publish and report: one run, one process.",
        ),
        dg.define_asset_job(
            PULL,
            selection=pulled - dg.AssetSelection.checks(gate_check),
            executor_def=dg.in_process_executor,
            description="Fetch and land one source or a range of them, without publishing.",
        ),
        dg.define_asset_job(
            PUBLISH,
            selection=everything - pulled,
            executor_def=dg.in_process_executor,
            description="Build, judge, publish and report what has landed.",
        ),
    ]


def range_tags(source_ids: Sequence[str]) -> dict[str, str]:
    """Tags of a run over the sources from the first to the last of `source_ids`, in declared order."""
    return {RANGE_START: source_ids[0], RANGE_END: source_ids[-1]}


def daily_schedule(source_ids: Sequence[str]) -> dg.ScheduleDefinition:
    """A full publication every morning."""

    @dg.schedule(
        name="daily_publication",
        job_name=PUBLICATION,
        cron_schedule=DAILY_AT_SIX,
        execution_timezone=TIMEZONE,
        description="Everything, every day at 06:00 in Mexico City; unchanged sources cost a request each.",
    )
    def _daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(
            run_key=context.scheduled_execution_time.isoformat(), tags=range_tags(source_ids)
        )

    return _daily
