"""Starting a publication: the one way, whoever asks (`tequio run`, tests; the schedule and the UI start the same jobs).

Here: the Dagster instance, the run in this process, and what came of it. Not here: what the steps do (`pull.py`,
`build.py`, `gate.py`, `publish.py`), how it is shown (`pipelines/cli.py`).
"""

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.ledger import Ledger
from pipelines.orchestration import dbt, jobs
from pipelines.orchestration.publish import write_failure
from pipelines.publication import catalogue, pointer
from pipelines.registry import Source, chosen, load_sources, partitions
from pipelines.settings import Settings

# What a run says goes to Dagster's event log; the terminal belongs to whoever started it.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
INSTANCE_TEMPLATE = Path(__file__).with_name("dagster.yaml")


@dataclass(frozen=True)
class SourceOutcome:
    """One source after a run; counts are source records, None where nobody knows.

    declared = published + held_back + quarantined + duplicates + missing (what the portal declared and did
    not give). Without an answer this time `declared` is None and the rest is about the newest data there are.
    """

    source_id: str
    title: str
    state: str
    message: str
    declared: int | None
    landed: int | None
    quarantined: int | None
    duplicates: int | None
    published: int | None
    held_back: int | None
    missing: int | None
    checks_failed: int
    admitted: bool
    reasons: tuple[str, ...]
    last_good: str | None


@dataclass(frozen=True)
class RunOutcome:
    """What a run did. `rolled_back`: why an older release is the current one, if somebody went back to it."""

    success: bool
    error: str | None
    release: str | None
    unchanged: bool
    rolled_back: str | None
    sources: tuple[SourceOutcome, ...]
    steps: dict[str, float]
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 published or unchanged, 3 something was held back, 1 failed."""
        if not self.success:
            return 1
        return 0 if all(source.admitted for source in self.sources) else 3


def prepare_instance(home: Home) -> None:
    """Make `DAGSTER_HOME` and point this process at it."""
    home.create()
    settings_file = home.dagster / "dagster.yaml"
    if not settings_file.is_file():
        shutil.copyfile(INSTANCE_TEMPLATE, settings_file)
    os.environ["DAGSTER_HOME"] = str(home.dagster)


def run_publication(settings: Settings, *, only: Sequence[str] = ()) -> RunOutcome:
    """Run the whole job in this process.

    `only`: ids of the sources to pull; whatever else has landed before is published too.

    Raises:
        RegistryError: the declarations are wrong.
        ValueError: `only` names a source that isn't pulled.
    """
    from pipelines.definitions import build_defs  # noqa: PLC0415 (definitions import this package)

    started = time.monotonic()
    home = settings.home
    prepare_instance(home)
    declared = load_sources(settings.sources)
    pulled = partitions(declared, mode=settings.portal_mode)
    wanted = [source.id for source in chosen(declared, only, mode=settings.portal_mode)]
    dbt.prepare_manifest()
    defs = build_defs(settings)
    steps = {"start-up": time.monotonic() - started}
    success, error = True, None
    before = pointer.read_pointer(home)
    with dg.DagsterInstance.get() as instance:
        for job_name, tags in _runs(pulled, wanted):
            result = defs.resolve_job_def(job_name).execute_in_process(
                instance=instance, tags=tags, run_config=QUIET, raise_on_error=False
            )
            success = success and result.success
            if not result.success:
                reason = _first_error(result) or "la corrida falló"
                write_failure(instance, result.run_id, declared, home=home, reason=reason)
            error = error or _first_error(result)
            for name, seconds in _step_seconds(result).items():
                steps[name] = steps.get(name, 0.0) + seconds
    after = pointer.read_pointer(home)
    return RunOutcome(
        success=success,
        error=error,
        release=after.release if after is not None else None,
        unchanged=success and before is not None and after is not None and before.release == after.release,
        rolled_back=after.rolled_back if after is not None else None,
        sources=tuple(_outcome(source, home) for source in pulled),
        steps=steps,
        seconds=time.monotonic() - started,
    )


def _runs(pulled: Sequence[Source], wanted: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """The jobs to run: one for everything or for neighbours, else a `pull` for each group and one `publish`."""
    known = [source.id for source in pulled]
    groups: list[list[str]] = []
    for source_id in wanted:
        if groups and known.index(groups[-1][-1]) + 1 == known.index(source_id):
            groups[-1].append(source_id)
        else:
            groups.append([source_id])
    if len(groups) == 1:
        return [(jobs.PUBLICATION, jobs.range_tags(groups[0]))]
    return [*((jobs.PULL, jobs.range_tags(group)) for group in groups), (jobs.PUBLISH, {})]


def _step_seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    return {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key is not None
    }


def _first_error(result: dg.ExecuteInProcessResult) -> str | None:
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            cause = event.step_failure_data.error
            while cause.cause is not None:
                cause = cause.cause
            return f"{event.step_key}: {cause.message.strip()}"
    return None


def _outcome(source: Source, home: Home) -> SourceOutcome:
    row = Ledger(home).last(source.id)
    stands = catalogue.standing(source, home=home)
    judged = stands.held or stands.admitted
    counts = stands.counts
    return SourceOutcome(
        source_id=source.id,
        title=source.title,
        state=row.state.value if row is not None else "never fetched",
        message=row.message if row is not None else "",
        declared=row.declared if row is not None else None,
        landed=_landed(source, home),
        quarantined=counts["quarantined"],
        duplicates=counts["duplicates"],
        published=counts["published"],
        held_back=counts["held_back"],
        missing=counts["missing"],
        checks_failed=sum(not check.passed for check in judged.checks) if judged is not None else 0,
        admitted=stands.held is None and stands.admitted is not None,
        reasons=_reasons(stands),
        last_good=stands.part.fetched_at if stands.state == "last_good" and stands.part is not None else None,
    )


def _reasons(stands: catalogue.Standing) -> tuple[str, ...]:
    """Why the newest data are not published: the checks that hold them back, not those that only warn."""
    if stands.held is None:
        return stands.reasons
    holding = [check for check in stands.held.checks if check.holds_back]
    return tuple(" ".join(filter(None, [check.reason_es, check.missing_es])) for check in holding)


def _landed(source: Source, home: Home) -> int | None:
    """Records of the newest generation, the duplicated ones included."""
    newest = land.current(home, source.id)
    return None if newest is None else newest.records + newest.duplicates
