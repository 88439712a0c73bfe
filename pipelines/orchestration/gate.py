"""The gate: every source judged alone, the verdicts on record as checks of the partitions of `landed`.

Here: the step `admitted`, the check evaluations it records, and the checks as one may ask for them by hand. Not here: the
rules of the gate (`pipelines/quality/gate.py`), receipts (`pipelines/publication/admission.py`).

In a run over a range of partitions a check function yields one result for all of them, and a blocking one would hold
everybody back; so the step records one evaluation for each source itself. What the verdicts have in common, family by
family, are checks of `admitted`, and so is what each family of rules found (`rule_checks.py`): some thirty a run
however many sources there are, because each evaluation costs some 50 ms.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

# The pinned version has no public name for it (tests/end_to_end reads what the UI makes of it).
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)

from pipelines.orchestration import dbt, rule_checks
from pipelines.orchestration.metadata import table
from pipelines.progress import report
from pipelines.publication import admission, plan, pointer
from pipelines.publication.admission import Judgement
from pipelines.publication.slices import Slice
from pipelines.quality import gate
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.comparison import Comparison
from pipelines.registry import Source
from pipelines.reports import mail
from pipelines.settings import Settings
from pipelines.standards import privacy

GATE_CHECK = "admitted"


def gate_assets(
    settings: Settings, *, declared: Sequence[Source], pulled: Sequence[Source], manifest: Mapping[str, Any]
) -> list[dg.AssetsDefinition]:
    """`admitted`, over the slices of the pulled sources (`declared` also holds those that are only listed)."""
    home = settings.home

    @dg.asset(
        group_name="gate",
        name="admitted",
        deps=["slices"],
        kinds={"python"},
        description="The gate: one receipt per source, admitted or held back, with every check, value and threshold.",
        check_specs=[
            dg.AssetCheckSpec(
                family,
                asset="admitted",
                description=f"The gate's checks of one family over all sources: {family.replace('_', ' ')}.",
            )
            for family in gate.FAMILIES
        ]
        + rule_checks.specs(),
    )
    # Beside checks Dagster knows the result's type by its bare name only.
    def admitted(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        made = plan.read_plan(home, context.run.run_id)
        judgements = admission.judge_sources(
            pulled, home=home, code_version=made.code_version, now=datetime.now(UTC)
        )
        targets = _landed_in(context.instance, [judgement.source.id for judgement in judgements])
        for judgement in judgements:
            target = targets.get(judgement.source.id)
            context.log_event(evaluation(judgement, settings=settings, target=target))
        admission.register_admitted(
            plan.database(home, context.run.run_id),
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
                "verdicts": _verdict_table(judgements),
                **({"alert": dg.MetadataValue.path(str(sent))} if sent is not None else {}),
            },
            check_results=[
                *family_results(judgements),
                *rule_checks.results(judgements, settings=settings),
            ],
        )

    return [admitted]


def gate_check_key() -> dg.AssetCheckKey:
    """The verdict on one source, a check of its partition of `landed`."""
    return dg.AssetCheckKey(dg.AssetKey("landed"), GATE_CHECK)


def gate_check(settings: Settings, *, pulled: Sequence[Source]) -> dg.AssetChecksDefinition:
    """The verdict as one may ask for it by hand: for one partition it is judged again.

    Dagster also runs it after `landed` alone. Over a range of partitions, and where the landed generation has no
    slice yet, there is nothing to say: the step `admitted` will.
    """
    by_id = {source.id: source for source in pulled}

    # Of several kinds of check definition the only one that may yield no result.
    @dg.multi_asset_check(
        name="gate",
        specs=[
            dg.AssetCheckSpec(
                GATE_CHECK,
                asset="landed",
                description="The gate's verdict on this source: admitted to the release, or held back with its reasons.",
                partitions_def=dg.StaticPartitionsDefinition(list(by_id)),
            )
        ],
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        if context.has_partition_key_range:
            return
        [judgement] = admission.judge_sources(
            [by_id[context.partition_key]],
            home=settings.home,
            code_version=privacy.with_key(plan.code_version(), home=settings.home, settings=settings),
            now=datetime.now(UTC),
        )
        if judgement.candidate is None:
            return
        found = evaluation(judgement, settings=settings)
        yield dg.AssetCheckResult(
            asset_key=found.asset_key,
            check_name=found.check_name,
            passed=found.passed,
            severity=found.severity,
            description=found.description,
            metadata=found.metadata,
        )

    return check


def evaluation(
    judgement: Judgement,
    *,
    settings: Settings,
    target: AssetCheckEvaluationTargetMaterializationData | None = None,
) -> dg.AssetCheckEvaluation:
    """The verdict on one source as a check of its partition of `landed`.

    `target`: the materialization it speaks of; without it the UI counts a partition's check as missing.
    """
    source, verdict = judgement.source, judgement.verdict
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("landed"),
        check_name=GATE_CHECK,
        partition=source.id,
        passed=verdict.admitted,
        target_materialization_data=target,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(verdict.reasons_es) or None,
        metadata=_verdict_metadata(judgement, settings=settings),
    )


def family_results(judgements: Sequence[Judgement]) -> Iterator[dg.AssetCheckResult]:
    """One result a family of checks: passed when it passed for every source; the rows are those that did not."""
    for name in gate.FAMILIES:
        failing = [
            (judgement, family)
            for judgement in judgements
            for family in gate.families(judgement.verdict)
            if family.name == name and not family.passed
        ]
        yield dg.AssetCheckResult(
            check_name=name,
            passed=not failing,
            severity=dg.AssetCheckSeverity.ERROR
            if any(family.severity == "error" for _, family in failing)
            else dg.AssetCheckSeverity.WARN,
            metadata={
                "sources": len(judgements),
                "failing": len(failing),
                "checks": table(
                    [
                        {"fuente": judgement.source.id, **row}
                        for judgement, family in failing
                        for row, check in zip(
                            gate.summary_rows(judgement.verdict, family=name), family.checks, strict=True
                        )
                        if not check.passed
                    ]
                ),
            },
        )


def _landed_in(
    instance: dg.DagsterInstance, source_ids: Sequence[str]
) -> dict[str, AssetCheckEvaluationTargetMaterializationData]:
    """The newest materialization of each of these sources' partitions of `landed`; who has none is left out.

    Two questions however many sources there are: each opens Dagster's database anew.
    """
    landed = dg.AssetKey("landed")
    newest = instance.get_latest_storage_id_by_partition(
        landed, dg.DagsterEventType.ASSET_MATERIALIZATION, set(source_ids)
    )
    if not newest:
        return {}
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=landed, storage_ids=list(newest.values())), limit=len(newest)
    )
    by_storage_id = {record.storage_id: record for record in found.records}
    return {
        source_id: AssetCheckEvaluationTargetMaterializationData(
            storage_id=storage_id,
            run_id=by_storage_id[storage_id].run_id,
            timestamp=by_storage_id[storage_id].timestamp,
        )
        for source_id, storage_id in newest.items()
    }


def _verdict_metadata(judgement: Judgement, *, settings: Settings) -> dict[str, Any]:
    candidate, good = judgement.candidate, judgement.admitted
    counts = {
        name: value
        for name, value in (candidate.counts if candidate is not None else {}).items()
        if value is not None
    }
    return {
        **counts,
        "checks": table(gate.summary_rows(judgement.verdict)),
        "report": rule_checks.report_of(judgement.source, settings=settings),
        **({"published_data_of": good.fetched_at} if good is not None else {}),
        **({"changed": _changed(judgement.comparison)} if judgement.comparison is not None else {}),
        **(_failures(candidate, settings=settings) if candidate is not None else {}),
    }


def _failures(candidate: Slice, *, settings: Settings) -> dict[str, Any]:
    """The rules that fail most, and where: samples hold masked values only."""
    failing = _failing(candidate)
    samples = rule_checks.samples(candidate, [row["rule_id"] for row in failing], settings=settings)
    return {"failures": _failing_rules(failing), "samples": samples}


def _changed(compared: Comparison) -> dg.TableMetadataValue:
    """What of the delivery before was withdrawn or rewritten: the first of each rule that fails."""
    listed = [
        (finding.rule_id, one)
        for finding in compared.failing
        for one in finding.listed[: rule_checks.SAMPLE_ROWS // rule_checks.SAMPLE_RULES]
    ]
    return table(
        [
            {"rule": rule_id, "id": one.entity_id, "path": one.path or "–", "value": one.value or "–"}
            for rule_id, one in listed[: rule_checks.SAMPLE_ROWS]
        ]
    )


def _failing(candidate: Slice) -> list[Mapping[str, Any]]:
    return sorted((row for row in candidate.summary if row["fail"]), key=lambda row: -row["fail"])


def _failing_rules(failing: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rules counted in entities: at most twenty rows."""
    by_id = load_catalogue().by_id
    return table(
        [
            {
                "rule": row["rule_id"],
                "title": by_id[row["rule_id"]].title_es,
                "severity": by_id[row["rule_id"]].severity,
                "fail": row["fail"],
                "pass": row["pass"],
                "na": row["na"],
            }
            for row in failing[: rule_checks.SAMPLE_ROWS]
        ]
    )


def _verdict_table(judgements: Sequence[Judgement]) -> dg.TableMetadataValue:
    return table(
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
