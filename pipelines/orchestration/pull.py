"""Raw and landed: what the portals gave, and the records in it; one partition for each source.

Here: the two partitioned assets and their metadata. Not here: speaking to portals (`pipelines/portals/`), the archive,
the ledger and the parsers (`pipelines/landing/`).

In a run over several sources each asset is one step over the whole range, so that start-up is paid once: it returns
None and adds its metadata by partition.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from pipelines.landing import fetch, land
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.portals.http import Portals
from pipelines.registry import Source
from pipelines.settings import Settings


def pull_assets(settings: Settings, *, pulled: Sequence[Source]) -> list[dg.AssetsDefinition]:
    """`raw` and `landed` over the pulled sources."""
    home = settings.home
    by_id = {source.id: source for source in pulled}
    sources_def = dg.StaticPartitionsDefinition([source.id for source in pulled])

    @dg.asset(
        group_name="raw",
        partitions_def=sources_def,
        backfill_policy=dg.BackfillPolicy.single_run(),
        kinds={"python", "http"},
        pool="portals",
        description="One fetch of one source: the bytes its portal gave, content-addressed, and a row of the ledger.",
    )
    def raw(context: dg.AssetExecutionContext) -> None:
        chosen = [by_id[key] for key in context.partition_keys]
        fetch.fetch_sources(
            chosen,
            home=home,
            portals=Portals(mode=settings.portal_mode, address=settings.portal_address),
            budget_seconds=settings.fetch_budget_seconds,
            lanes=settings.fetch_lanes,
        )
        for source in chosen:
            row = Ledger(home).last(source.id)
            assert row is not None
            context.add_asset_metadata(metadata=_ledger_metadata(row), partition_key=source.id)

    @dg.asset(
        group_name="landed",
        partitions_def=sources_def,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[raw],
        kinds={"python", "parquet"},
        description="One row per record a source published, with its position in the publisher's file; "
        "what can't be read stands in quarantine, with its reason.",
    )
    def landed(context: dg.AssetExecutionContext) -> None:
        for key in context.partition_keys:
            generation = land.land_last(by_id[key], home=home)
            context.add_asset_metadata(
                metadata={
                    **_arrival(by_id[key], settings=settings),
                    **(_generation_metadata(generation) if generation is not None else {}),
                },
                partition_key=key,
            )

    return [raw, landed]


def _arrival(source: Source, *, settings: Settings) -> dict[str, Any]:
    """What the portal declared and how the last attempt ended, with the way to the requests and the declaration."""
    row = Ledger(settings.home).last(source.id)
    assert row is not None
    manifest = settings.home.manifests / source.id / f"{row.fetch_id}.jsonl"
    return {
        "state": row.state.value,
        **({"declared": row.declared} if row.declared is not None else {}),
        "manifest": dg.MetadataValue.path(str(manifest)),
        "declaration": dg.MetadataValue.path(str(source.path)),
    }


def _ledger_metadata(row: LedgerRow) -> dict[str, Any]:
    figures = {
        "rows": row.rows,
        "declared": row.declared,
        "distinct_ids": row.distinct_ids,
        "seconds": row.seconds,
        "portal_seconds": row.portal_seconds,
    }
    return {
        **{name: value for name, value in figures.items() if value is not None},
        "state": row.state.value,
        "bytes": row.bytes,
        "pages": row.pages_ok,
        "pages_failed": row.pages_failed,
        "fetch": row.fetch_id,
        "message": dg.MetadataValue.md(" ".join(filter(None, [row.message, row.expected, row.action]))),
    }


def _generation_metadata(generation: land.Generation) -> dict[str, Any]:
    return {
        "rows": generation.records,
        "dagster/partition_row_count": generation.records,
        "quarantined": generation.quarantined,
        "duplicates": generation.duplicates,
        "generation": generation.generation,
        "sha256": generation.landed_sha256,
        "fetched_at": dg.MetadataValue.timestamp(datetime.fromisoformat(generation.fetched_at)),
    }
