"""From landed records to slices: the dbt stages, the public view between them, the slices at their end.

Here: the order of the steps and when they have work. Not here: the models (`dbt_project/`), redaction and compile
(`pipelines/standards/`), what a slice is (`pipelines/publication/slices.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.orchestration import dbt
from pipelines.orchestration.metadata import listing
from pipelines.portals.http import Portals
from pipelines.progress import report
from pipelines.publication import catalogue, documents, increments, integrated, plan, slices
from pipelines.registry import Source
from pipelines.settings import Settings
from pipelines.standards import privacy, public_view

# Which models each table of the public view is made from.
PUBLIC_VIEW = {
    "ocds_releases": [["standard", "ocds_releases"]],
    "ocds_compiled": [["standard", "ocds_releases"]],
    "additional_fields": [["standard", "ocds_releases"]],
    "pdn_records": [["staging", "pdn_records"]],
    "pdn_versions": [["staging", "pdn_records"], ["landed"]],
    **{
        table: [["standard", "ocds_releases"], ["staging", "pdn_records"]]
        for table in ("record_failures", "record_verdicts", "record_results")
    },
    "redactions": [["standard", "ocds_releases"], ["staging", "pdn_records"]],
    "repairs": [["standard", "ocds_releases"]],
}


def build_assets(
    settings: Settings, *, declared: Sequence[Source], pulled: Sequence[Source], manifest: Mapping[str, Any]
) -> list[dg.AssetsDefinition]:
    """The dbt stages, `public_view/*` and `slices`, in one private scratch database for each run."""
    home = settings.home
    by_id = {source.id: source for source in pulled}

    def has_builds(run_id: str) -> bool:
        return bool(plan.read_plan(home, run_id).builds)

    def start_build(run_id: str) -> bool:
        version = privacy.with_key(plan.code_version(), home=home, settings=settings)
        made = plan.make_plan(pulled, home=home, code_version=version)
        plan.sweep_scratch(home, keep=run_id)
        plan.prepare(made, sources=pulled, home=home, run_id=run_id)
        report(None, "plan", slices=len(made.builds))
        return bool(made.builds)

    def has_new_admissions(run_id: str) -> bool:
        made = plan.read_plan(home, run_id)
        return not integrated.integrated_folder(
            home,
            admitted_digests(declared, settings=settings),
            code_version=made.code_version,
            declared=declared,
        ).is_dir()

    releases = dbt.stage_assets("releases", manifest=manifest, home=home, needed=start_build)
    tables = dbt.stage_assets("tables", manifest=manifest, home=home, needed=has_builds)
    over_all = dbt.stage_assets(dbt.INTEGRATED, manifest=manifest, home=home, needed=has_new_admissions)

    @dg.multi_asset(
        name="public_view",
        specs=[
            dg.AssetSpec(
                ["public_view", table],
                group_name="standard",
                kinds={"python", "parquet"},
                deps=deps,
                description=public_view.DESCRIPTIONS[table],
            )
            for table, deps in PUBLIC_VIEW.items()
        ],
    )
    def public(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        if has_builds(context.run.run_id):
            run_id = context.run.run_id
            made = plan.read_plan(home, run_id)
            starts = plan.starts(made, sources=pulled, home=home, run_id=run_id)
            stats = public_view.build_public_view(
                plan.database(home, run_id),
                plan.run_folder(home, run_id),
                slices=plan.rows_to_make(made, home=home, starts=starts),
                key=privacy.load_key(home, settings),
                kept=[start.kept for start in starts.values()],
            )
            increments.create_kept_tables(plan.database(home, run_id), list(starts.values()))
            counts: Mapping[str, int] = stats.rows
        else:
            counts = {}
        for table in PUBLIC_VIEW:
            yield dg.MaterializeResult(
                asset_key=["public_view", table],
                metadata={"rows": counts[table]} if table in counts else {"rebuilt": False},
            )

    @dg.asset(
        group_name="gate",
        name="slices",
        deps=[*tables.keys],
        kinds={"parquet", "json"},
        description="All that one source gives to a release, built once and never changed: one row per file.",
    )
    def slices_asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        run_id = context.run.run_id
        made = plan.read_plan(home, run_id)
        built = slices.export_slices(
            plan.database(home, run_id),
            slices=[(by_id[build.source_id], plan.landed_generation(home, build)) for build in made.builds],
            code_version=made.code_version,
            home=home,
            version_logs={
                build.slice_id: build.version_log for build in made.builds if build.version_log is not None
            },
        )
        plan.keep(made, sources=pulled, home=home, run_id=run_id)
        portals = Portals(mode=settings.portal_mode, address=settings.portal_address)
        for part in built.values():
            documents.ask_once(by_id[part.source_id], part, home=home, portals=portals)
        return dg.MaterializeResult(
            metadata={
                "slices": len(built),
                "bytes": sum(file.bytes for found in built.values() for file in found.files),
                "files": dg.MetadataValue.md(
                    listing([f"{found.source_id} {found.digest}" for found in built.values()])
                ),
            }
        )

    return [releases, public, tables, slices_asset, over_all]


def admitted_digests(declared: Sequence[Source], *, settings: Settings) -> dict[str, str]:
    """The digest of each admitted slice, by source."""
    standings = [catalogue.standing(source, home=settings.home) for source in declared]
    return {one.source.id: one.part.digest for one in standings if one.part is not None}
