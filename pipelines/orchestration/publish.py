"""The release: the last step, which trusts nothing that came before it.

Here: the asset, its check on the whole, the status of the run. Not here: what a release is (`pipelines/publication/`),
the pages in it (`pipelines/reports/`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

import dagster as dg

from pipelines.home import Home, read_json
from pipelines.orchestration import dbt
from pipelines.orchestration.build import admitted_digests
from pipelines.orchestration.metadata import listing, table
from pipelines.publication import admission, integrated, layout, plan, release, status
from pipelines.registry import Source
from pipelines.reports import pages
from pipelines.settings import Settings
from pipelines.standards import privacy

WHOLE_RELEASE_CHECK = "whole_release"
RunState = Literal["published", "unchanged", "blocked", "failed", "nothing"]


def release_assets(
    settings: Settings,
    *,
    declared: Sequence[Source],
    pulled: Sequence[Source],
    over_all: dg.AssetsDefinition,
) -> list[dg.AssetsDefinition]:
    """`release`, after the tables over all sources."""
    home = settings.home

    @dg.asset(
        group_name="release",
        name="release",
        deps=[*over_all.keys],
        kinds={"parquet", "json", "html"},
        check_specs=[
            dg.AssetCheckSpec(
                WHOLE_RELEASE_CHECK,
                asset="release",
                blocking=True,
                description="Slices are the ones that were admitted, links between tables hold, and no CURP or "
                "natural person's RFC stands in any file.",
            )
        ],
        description="The publication: an immutable folder of Parquet, JSON and reports, and the pointer to it. "
        "One row per file.",
    )
    def release_asset(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        now = datetime.now(UTC)
        code_version = privacy.with_key(plan.code_version(), home=home, settings=settings)
        judgements = admission.judge_sources(pulled, home=home, code_version=code_version, now=now)
        tables_folder = integrated.export_integrated(
            plan.database(home, context.run.run_id),
            admitted=admitted_digests(declared, settings=settings),
            declared=declared,
            code_version=code_version,
            home=home,
        )
        try:
            published = release.publish(
                declared,
                home=home,
                code_version=code_version,
                dbt_manifest=dbt.MANIFEST,
                integrated_dir=tables_folder,
                add_pages=pages.writer(judgements, home=home),
                now=now,
            )
        except release.PublicationBlockedError as error:
            write_run_status(
                context.instance,
                context.run.run_id,
                declared,
                home=home,
                state="blocked",
                reasons=error.reasons,
            )
            yield dg.AssetCheckResult(
                check_name=WHOLE_RELEASE_CHECK,
                passed=False,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"reasons": dg.MetadataValue.md(listing(error.reasons))},
            )
            raise dg.Failure(description=str(error), allow_retries=False) from error
        state = _state(published)
        write_run_status(
            context.instance, context.run.run_id, declared, home=home, state=state, reasons=published.reasons
        )
        yield dg.AssetCheckResult(
            check_name=WHOLE_RELEASE_CHECK, passed=True, metadata={"release": published.release or "–"}
        )
        yield dg.MaterializeResult(metadata=_release_metadata(published))

    return [release_asset]


def _state(published: release.Publication) -> RunState:
    if published.release is None:
        return "nothing"
    return "unchanged" if published.unchanged else "published"


def write_run_status(  # noqa: PLR0913 (whose run it was, and what came of it)
    instance: dg.DagsterInstance,
    run_id: str,
    declared: Sequence[Source],
    *,
    home: Home,
    state: RunState,
    reasons: Sequence[str],
) -> None:
    """Write `publications/status.json`: every run does, also one that published nothing."""
    now = datetime.now(UTC)
    started = instance.get_run_stats(run_id).start_time
    told = status.RunReport(
        id=run_id,
        started_at=_text(now if started is None else datetime.fromtimestamp(started, UTC)),
        finished_at=_text(now),
        state=state,
        reasons=tuple(reasons),
    )
    status.write_status(home, sources=declared, run=told, now=now)


def write_failure(
    instance: dg.DagsterInstance, run_id: str, declared: Sequence[Source], *, home: Home, reason: str
) -> None:
    """Write the status of a run that broke, unless its last step has told it already (a blocked release has)."""
    path = home.publications / status.STATUS_FILE
    told = read_json(path)["run"] if path.is_file() else None
    if told is None or told["id"] != run_id:
        write_run_status(instance, run_id, declared, home=home, state="failed", reasons=[reason])


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def failed_run_sensor(settings: Settings, *, declared: Sequence[Source]) -> dg.SensorDefinition:
    """A run that broke publishes its status, never data."""

    @dg.run_failure_sensor(
        name="failed_run_status",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Writes publications/status.json when a run failed before its last step.",
    )
    def _failed(context: dg.RunFailureSensorContext) -> None:
        reason = context.failure_event.message or "la corrida falló"
        run_id = context.dagster_run.run_id
        write_failure(context.instance, run_id, declared, home=settings.home, reason=reason)

    return _failed


def _release_metadata(published: release.Publication) -> dict[str, Any]:
    if published.folder is None:
        return {"rows": 0, "state": "nothing"}
    catalog = read_json(published.folder / layout.CATALOG)
    return {
        "state": _state(published),
        "release": published.release,
        "rows": catalog["totals"]["published"],
        "sources": sum(entry["in_release"] is not None for entry in catalog["sources"]),
        "catalogue": dg.MetadataValue.path(str(published.folder / "index.html")),
        "reports": dg.MetadataValue.path(str(published.folder / "reports")),
        "seq": published.seq or 0,
        "changes": table([asdict(change) for change in published.changes]),
    }
