"""The assets: one step for each layer, nouns, each described by what one row is.

Here: the steps of a publication and their metadata. Not here: the work (the packages they call), the
dbt models (`dbt.py`), jobs and schedules (`jobs.py`).

Only `raw` and `landed` are partitioned, by source. In a run over several sources each is one step over the
whole range, which returns None and adds its metadata by partition; everything after is unpartitioned.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.home import Home, read_json
from pipelines.landing import land
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.orchestration import dbt
from pipelines.landing import fetch
from pipelines.portals.http import Portals
from pipelines.progress import report
from pipelines.publication import (
    admission,
    catalogue,
    integrated,
    layout,
    plan,
    pointer,
    release,
    slices,
    status,
)
from pipelines.publication.admission import Judgement
from pipelines.quality import gate
from pipelines.quality.catalogue import load_catalogue
from pipelines.registry import Source
from pipelines.reports import mail, pages
from pipelines.settings import Settings
from pipelines.standards import privacy, public_view

PUBLIC_VIEW = ("ocds_releases", "ocds_compiled", "pdn_records", "record_results", "redactions")
GATE_CHECK = "admitted"
WHOLE_RELEASE_CHECK = "whole_release"
SAMPLE_ROWS = 20


def build_assets(
    settings: Settings,
    *,
    declared: Sequence[Source],
    pulled: Sequence[Source],
    manifest: Mapping[str, Any],
) -> list[dg.AssetsDefinition]:
    """All assets over the pulled sources (`declared` also holds those that are only listed)."""
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
            metadata = _generation_metadata(generation) if generation is not None else {"rows": 0, "state": "nothing"}
            context.add_asset_metadata(metadata=metadata, partition_key=key)

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
        return not integrated.integrated_folder(home, _admitted(pulled, home=home), code_version=made.code_version).is_dir()

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
                deps=[*releases.keys],
                description=public_view.DESCRIPTIONS[table],
            )
            for table in PUBLIC_VIEW
        ],
    )
    def public(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        if has_builds(context.run_id):
            stats = public_view.build_public_view(
                plan.database(home, context.run_id),
                plan.run_folder(home, context.run_id),
                sources=by_id,
                key=privacy.load_key(home, settings),
            )
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
        made = plan.read_plan(home, context.run_id)
        built = slices.export_slices(
            plan.database(home, context.run_id),
            slices=[
                (by_id[build.source_id], plan.landed_generation(home, build)) for build in made.builds
            ],
            code_version=made.code_version,
            home=home,
        )
        return dg.MaterializeResult(
            metadata={
                "slices": len(built),
                "bytes": sum(file.bytes for found in built.values() for file in found.files),
                "files": dg.MetadataValue.md(_listing([f"{found.source_id} {found.digest}" for found in built.values()])),
            }
        )

    @dg.asset(
        group_name="gate",
        name="admitted",
        deps=[slices_asset],
        kinds={"python"},
        description="The gate: one receipt per source, admitted or held back, with every check, value and threshold.",
    )
    def admitted(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        made = plan.read_plan(home, context.run_id)
        judgements = admission.judge_sources(
            pulled, home=home, code_version=made.code_version, now=datetime.now(UTC)
        )
        for judgement in judgements:
            for evaluation in evaluations(judgement):
                context.log_event(evaluation)
        admission.register_admitted(
            plan.database(home, context.run_id),
            judgements,
            declared=declared,
            contracts=dbt.contracts(manifest, layer="standard"),
            home=home,
        )
        sent = _alert(judgements, settings=settings, context=context)
        held = [judgement for judgement in judgements if not judgement.verdict.admitted]
        report(None, "gate", admitted=len(judgements) - len(held), held_back=len(held))
        return dg.MaterializeResult(
            metadata={
                "admitted": len(judgements) - len(held),
                "held_back": len(held),
                "verdicts": _verdicts(judgements),
                **({"alert": dg.MetadataValue.path(str(sent))} if sent is not None else {}),
            }
        )

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
    def release_asset(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        now = datetime.now(UTC)
        code_version = privacy.with_key(plan.code_version(), home=home, settings=settings)
        judgements = admission.judge_sources(pulled, home=home, code_version=code_version, now=now)
        tables_folder = integrated.export_integrated(
            plan.database(home, context.run_id),
            admitted=_admitted(pulled, home=home),
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
            _write_status(context, declared, home=home, state="blocked", reasons=error.reasons)
            yield dg.AssetCheckResult(
                check_name=WHOLE_RELEASE_CHECK,
                passed=False,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"reasons": dg.MetadataValue.md(_listing(error.reasons))},
            )
            raise dg.Failure(description=str(error), allow_retries=False) from error
        state = "unchanged" if published.unchanged else "published"
        _write_status(context, declared, home=home, state=state, reasons=published.reasons)
        yield dg.AssetCheckResult(
            check_name=WHOLE_RELEASE_CHECK, passed=True, metadata={"release": published.release or "–"}
        )
        yield dg.MaterializeResult(metadata=_release_metadata(published, home=home))

    return [raw, landed, releases, public, tables, slices_asset, admitted, over_all, release_asset]


def evaluations(judgement: Judgement) -> Iterator[dg.AssetCheckEvaluation]:
    """The verdict on one source as checks of its partition of `landed`: one in all, one for each family."""
    source, verdict = judgement.source, judgement.verdict
    yield dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("landed"),
        check_name=GATE_CHECK,
        partition=source.id,
        passed=verdict.admitted,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(verdict.reasons_es) or None,
        metadata=_verdict_metadata(judgement),
    )
    for family in gate.families(verdict):
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("landed"),
            check_name=family.name,
            partition=source.id,
            passed=family.passed,
            severity=dg.AssetCheckSeverity.ERROR if family.severity == "error" else dg.AssetCheckSeverity.WARN,
            metadata={"checks": _table(gate.summary_rows(verdict, family=family.name))},
        )


def _admitted(pulled: Sequence[Source], *, home: Home) -> dict[str, str]:
    """The digest of each admitted slice, by source."""
    standings = [catalogue.standing(source, home=home) for source in pulled]
    return {one.source.id: one.part.digest for one in standings if one.part is not None}


def _ledger_metadata(row: LedgerRow) -> dict[str, Any]:
    figures = {"rows": row.rows, "declared": row.declared, "distinct_ids": row.distinct_ids}
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


def _verdict_metadata(judgement: Judgement) -> dict[str, Any]:
    candidate, good = judgement.candidate, judgement.admitted
    counts = {name: value for name, value in (candidate.counts if candidate is not None else {}).items() if value is not None}
    return {
        **counts,
        "checks": _table(gate.summary_rows(judgement.verdict)),
        **({"published_data_of": good.fetched_at} if good is not None else {}),
        **({"failures": _failing_rules(candidate)} if candidate is not None else {}),
    }


def _failing_rules(candidate: slices.Slice) -> dg.TableMetadataValue:
    """The rules that fail most, counted in entities: at most twenty rows."""
    by_id = load_catalogue().by_id
    failing = sorted((row for row in candidate.summary if row["fail"]), key=lambda row: -row["fail"])
    return _table(
        [
            {
                "rule": row["rule_id"],
                "title": by_id[row["rule_id"]].title_es,
                "severity": by_id[row["rule_id"]].severity,
                "fail": row["fail"],
                "pass": row["pass"],
                "na": row["na"],
            }
            for row in failing[:SAMPLE_ROWS]
        ]
    )


def _verdicts(judgements: Sequence[Judgement]) -> dg.TableMetadataValue:
    return _table(
        [
            {
                "source": judgement.source.id,
                "verdict": judgement.verdict.outcome,
                "state": judgement.ledger.state.value if judgement.ledger is not None else "–",
                "why": " ".join(judgement.verdict.reasons_es) or "–",
            }
            for judgement in judgements
        ]
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    columns = list(rows[0]) if rows else ["–"]
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dict(row)) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in columns]),
    )


def _listing(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "–"


def _alert(
    judgements: Sequence[Judgement], *, settings: Settings, context: dg.AssetExecutionContext
) -> Path | None:
    """Tell whoever runs Tequio what is held back or without answer; a mail server that is down stops nothing."""
    news = [mail.Alert.of(judgement) for judgement in judgements if mail.needs_attention(judgement)]
    if not news:
        return None
    current = pointer.read_pointer(settings.home)
    message = mail.alert_message(
        news,
        sender=settings.mail_from,
        recipient=settings.mail_to,
        release=current.release if current is not None else None,
    )
    try:
        return mail.deliver(message, smtp_url=settings.smtp_url, outbox=settings.home.outbox)
    except mail.MailError as error:
        context.log.warning(str(error))
        return settings.home.outbox


def _write_status(
    context: dg.AssetExecutionContext, declared: Sequence[Source], *, home: Home, state: Any, reasons: Sequence[str]
) -> None:
    now = datetime.now(UTC)
    started = context.instance.get_run_stats(context.run_id).start_time
    run = status.RunReport(
        id=context.run_id,
        started_at=datetime.fromtimestamp(started or now.timestamp(), UTC).isoformat(timespec="seconds"),
        finished_at=now.isoformat(timespec="seconds"),
        state=state,
        reasons=tuple(reasons),
    )
    status.write_status(home, sources=declared, run=run, now=now)


def _release_metadata(published: release.Publication, *, home: Home) -> dict[str, Any]:
    if published.folder is None:
        return {"rows": 0, "state": "nothing"}
    catalog = read_json(published.folder / layout.CATALOG)
    return {
        "state": "unchanged" if published.unchanged else "published",
        "release": published.release,
        "rows": catalog["totals"]["published"],
        "sources": sum(entry["in_release"] is not None for entry in catalog["sources"]),
        "catalogue": dg.MetadataValue.path(str(published.folder / "index.html")),
        "reports": dg.MetadataValue.path(str(published.folder / "reports")),
        "seq": published.seq or 0,
        "changes": _table([asdict(change) for change in published.changes]),
    }
