"""The gate: every source judged alone, the verdicts on record as checks of the partitions of `landed`.

Here: the step `admitted`, the check evaluations it records, and the checks as one may ask for them by hand. Not here: the
rules of the gate (`pipelines/quality/gate.py`), receipts (`pipelines/publication/admission.py`).

In a run over a range of partitions a check function yields one result for all of them, and a blocking one would hold
everybody back; so the step records one evaluation for each source and check itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.orchestration import dbt
from pipelines.orchestration.metadata import table
from pipelines.progress import report
from pipelines.publication import admission, plan, pointer
from pipelines.publication.admission import Judgement
from pipelines.publication.slices import Slice
from pipelines.quality import gate
from pipelines.quality.catalogue import load_catalogue
from pipelines.registry import Source
from pipelines.reports import mail
from pipelines.settings import Settings
from pipelines.standards import privacy

GATE_CHECK = "admitted"
SAMPLE_ROWS = 20


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
            }
        )

    return [admitted]


def gate_check_keys() -> list[dg.AssetCheckKey]:
    """The verdict and the families of checks it sums up."""
    return [dg.AssetCheckKey(dg.AssetKey("landed"), name) for name in (GATE_CHECK, *gate.FAMILIES)]


def gate_checks(settings: Settings, *, pulled: Sequence[Source]) -> dg.AssetChecksDefinition:
    """One definition for all checks of the gate; run by hand it judges the partition again."""
    by_id = {source.id: source for source in pulled}

    @dg.multi_asset_check(
        name="gate",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                key.name,
                asset="landed",
                description="The gate's verdict on this source: admitted to the release, or held back with its reasons."
                if key.name == GATE_CHECK
                else f"Checks of the gate: {key.name.replace('_', ' ')}.",
                partitions_def=dg.StaticPartitionsDefinition(list(by_id)),
            )
            for key in gate_check_keys()
        ],
    )
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        [judgement] = admission.judge_sources(
            [by_id[context.partition_key]],
            home=settings.home,
            code_version=privacy.with_key(plan.code_version(), home=settings.home, settings=settings),
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

    return checks


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
            severity=dg.AssetCheckSeverity.ERROR
            if family.severity == "error"
            else dg.AssetCheckSeverity.WARN,
            metadata={"checks": table(gate.summary_rows(verdict, family=family.name))},
        )


def _verdict_metadata(judgement: Judgement) -> dict[str, Any]:
    candidate, good = judgement.candidate, judgement.admitted
    counts = {
        name: value
        for name, value in (candidate.counts if candidate is not None else {}).items()
        if value is not None
    }
    return {
        **counts,
        "checks": table(gate.summary_rows(judgement.verdict)),
        **({"published_data_of": good.fetched_at} if good is not None else {}),
        **({"failures": _failing_rules(candidate)} if candidate is not None else {}),
    }


def _failing_rules(candidate: Slice) -> dg.TableMetadataValue:
    """The rules that fail most, counted in entities: at most twenty rows."""
    by_id = load_catalogue().by_id
    failing = sorted((row for row in candidate.summary if row["fail"]), key=lambda row: -row["fail"])
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
            for row in failing[:SAMPLE_ROWS]
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
