"""What the code location offers: keys, groups, checks, jobs, schedule. A change here is a change for its users."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml

from pipelines.definitions import build_defs
from pipelines.home import read_json
from pipelines.orchestration import dbt, jobs, rule_checks
from pipelines.orchestration.publish import write_failure, write_run_status
from pipelines.orchestration.run import prepare_instance
from pipelines.quality import gate
from pipelines.quality.catalogue import OF_CONTENT
from pipelines.registry import load_sources, partitions
from pipelines.settings import Settings

# Read apart from the registry: files in the order of their paths, those that a sandbox can answer for.
DECLARED = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).resolve().parents[3] / "sources").glob("*/*.yaml"))
]
SOURCES = tuple(one["id"] for one in DECLARED if one["status"] in {"live", "credentials-needed"})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(TEQUIO_HOME=tmp_path_factory.mktemp("home"), portals="sandbox")


@pytest.fixture(scope="module")
def defs(settings: Settings) -> Iterator[dg.Definitions]:
    dbt.prepare_manifest()
    yield build_defs(settings)


def _keys(defs: dg.Definitions, group: str) -> set[str]:
    return {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs() if spec.group_name == group}


def test_the_layers_are_the_groups(defs: dg.Definitions) -> None:
    assert {spec.group_name for spec in defs.resolve_all_asset_specs()} == {
        "raw",
        "landed",
        "staging",
        "standard",
        "quality",
        "gate",
        "integrated",
        "release",
        "seeds",
    }
    assert _keys(defs, "raw") == {"raw"}
    assert _keys(defs, "landed") == {"landed"}
    assert _keys(defs, "gate") == {"slices", "admitted"}
    assert _keys(defs, "release") == {"release"}
    assert {
        "standard/ocds_releases",
        "standard/ocds_awards",
        "standard/pdn_s2",
        "public_view/additional_fields",
        "public_view/ocds_compiled",
    } <= _keys(defs, "standard")


def test_every_asset_says_what_one_row_is(defs: dg.Definitions) -> None:
    silent = [spec.key.to_user_string() for spec in defs.resolve_all_asset_specs() if not spec.description]

    assert silent == []


def test_only_raw_and_landed_are_partitioned_by_source_in_declared_order(defs: dg.Definitions) -> None:
    partitioned = {
        spec.key.to_user_string(): tuple(spec.partitions_def.get_partition_keys())
        for spec in defs.resolve_all_asset_specs()
        if spec.partitions_def is not None
    }

    assert partitioned == {"raw": SOURCES, "landed": SOURCES}


def test_live_mode_has_the_live_sources_as_partitions(settings: Settings) -> None:
    declared = load_sources(settings.sources)

    live = [source.id for source in partitions(declared, mode="live", env={})]

    assert live == [one["id"] for one in DECLARED if one["status"] == "live"]
    assert {"guadalajara", "comprasmx_2026", "zacatecas_s1"} <= set(live)


def test_the_gate_has_its_verdict_on_landed_and_its_families_on_admitted(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()

    names = {
        asset: {key.name for key in graph.asset_check_keys if key.asset_key == dg.AssetKey(asset)}
        for asset in ("landed", "admitted")
    }

    assert names == {
        "landed": {"admitted"},
        "admitted": {
            *gate.FAMILIES,
            *(rule_checks.check_name(family) for family in OF_CONTENT),
        },
    }


def test_the_job_is_nine_steps_and_leaves_the_gate_to_its_step(defs: dg.Definitions) -> None:
    steps = {node.name for node in defs.resolve_job_def(jobs.PUBLICATION).graph.nodes}

    assert steps == {
        "raw",
        "landed",
        "dbt_releases",
        "public_view",
        "dbt_tables",
        "slices",
        "admitted",
        "dbt_integrated",
        "release",
    }


def test_the_schedule_asks_for_every_source_at_six_in_mexico_city(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("daily_publication")
    six = datetime(2026, 11, 22, 6, tzinfo=ZoneInfo("America/Mexico_City"))

    tick = schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=six))

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "America/Mexico_City")
    assert [request.tags[jobs.RANGE_START] for request in tick.run_requests] == [SOURCES[0]]
    assert [request.tags[jobs.RANGE_END] for request in tick.run_requests] == [SOURCES[-1]]


def test_a_step_without_its_run_says_what_to_do(
    defs: dg.Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(settings.home.dagster))
    prepare_instance(settings.home)
    job = defs.resolve_implicit_global_asset_job_def()

    result = job.execute_in_process(
        asset_selection=[dg.AssetKey("slices")], instance=dg.DagsterInstance.ephemeral(), raise_on_error=False
    )

    [failure] = [event for event in result.all_events if event.is_step_failure]
    cause = failure.step_failure_data.error.cause
    assert cause is not None
    assert "materialize from the staging models on" in cause.message


def test_a_home_gets_its_instance_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "elsewhere")
    prepare_instance(settings.home)

    text = Path(settings.home.dagster / "dagster.yaml").read_text(encoding="utf-8")

    assert "free_slots_after_run_end_seconds" in text
    assert settings.home.raw.stat().st_mode & 0o077 == 0


def test_a_failure_does_not_overwrite_what_the_run_has_told(settings: Settings) -> None:
    """A blocked release says why; that its run then counts as failed is no news."""
    instance = dg.DagsterInstance.ephemeral()
    run = instance.create_run_for_job(build_defs(settings).resolve_job_def(jobs.PUBLISH))
    declared = load_sources(settings.sources)
    settings.home.create()
    path = settings.home.publications / "status.json"

    write_run_status(
        instance, run.run_id, declared, home=settings.home, state="blocked", reasons=["una fuga"]
    )
    write_failure(instance, run.run_id, declared, home=settings.home, reason="Steps failed")
    blocked = read_json(path)["run"]
    write_failure(instance, "another-run", declared, home=settings.home, reason="Steps failed")

    assert (blocked["state"], blocked["reasons"]) == ("blocked", ["una fuga"])
    assert (read_json(path)["run"]["id"], read_json(path)["run"]["state"]) == ("another-run", "failed")
