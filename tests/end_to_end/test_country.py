"""The whole country in one run: every declared source that a sandbox can answer for, all systems of the PDN."""

import json
from collections import Counter
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.home import Home, read_json
from pipelines.publication.pointer import verify_release
from pipelines.registry import load_sources, partitions
from pipelines.sandbox import planted
from pipelines.sandbox.local_portal import LocalPortal
from tests.end_to_end.conftest import SOURCES, Outcome, run_tequio

pytestmark = pytest.mark.slow

SCALE = 0.1
ENTITIES = 33
# One for each source, and one for each promise of ours; each takes some 50 ms.
MOST_CHECK_EVALUATIONS = 240
DECLARED = load_sources(SOURCES)
PULLED = [source.id for source in partitions(DECLARED, mode="sandbox", env={})]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, home: Home) -> Outcome:
    with LocalPortal(tmp_path_factory.mktemp("portal"), scale=SCALE) as portal:
        return run_tequio(home.root, TEQUIO_PORTAL_ADDRESS=portal.address)


@pytest.fixture(scope="module")
def release(ran: Outcome, home: Home) -> Path:
    assert ran.exit_code in {0, 3}, ran.told.get("error") or ran.stderr
    return home.publications / "latest"


def test_every_entity_is_declared_for_every_system() -> None:
    declared = {(source.entity, source.system) for source in DECLARED}

    assert {entity for entity, _ in declared} == {f"{number:02d}" for number in range(ENTITIES)}
    for system in ("pdn-s1", "pdn-s2", "pdn-s3"):
        assert {entity for entity, of in declared if of == system} == {entity for entity, _ in declared}, (
            system
        )


def test_every_source_arrives_whole_and_its_books_balance(ran: Outcome, release: Path) -> None:
    assert list(ran.sources) == PULLED
    for source_id, told in ran.sources.items():
        assert told["state"] == "complete", (source_id, told)
        parts = ("published", "held_back", "quarantined", "duplicates", "missing")
        assert told["declared"] == sum(told[part] for part in parts) > 0, (source_id, told)


def test_what_is_held_back_says_why(ran: Outcome, release: Path) -> None:
    """At this scale a source is a dozen records: one damaged row is a large share. Conflicts are planted to be held."""
    held = {source_id: told for source_id, told in ran.sources.items() if not told["admitted"]}

    assert held.keys() >= planted.CONFLICTING_SOURCES
    assert len(held.keys() - planted.CONFLICTING_SOURCES) <= 3, list(held)
    assert all(told["reasons"] for told in held.values())


def test_the_release_holds_all_systems(release: Path, home: Home) -> None:
    assert verify_release(home) == []
    tables = {path.name for path in (release / "pdn" / "tables").iterdir()}
    assert {"s1_declaraciones", "s2", "s3_servidores", "s3_particulares", "s3_sanciones", "history"} <= tables
    catalog = read_json(release / "catalog.json")
    assert [one["system"] for one in catalog["systems_without_standard"]] == ["pdn-s4", "pdn-s5"]
    assert all(one["checked_on"] for one in catalog["systems_without_standard"])


def test_both_generations_stand_in_one_table(release: Path) -> None:
    found = duckdb.sql(
        f"select dialect, count(*) from '{release}/pdn/tables/s3_servidores/**/*.parquet' group by all order by all"
    ).fetchall()

    assert [dialect for dialect, _ in found] == ["v1", "v2"]
    assert all(rows > 10 for _, rows in found)


def test_the_coverage_is_that_of_the_country(ran: Outcome, release: Path) -> None:
    coverage = duckdb.sql(f"from '{release}/integrated/pdn_coverage.parquet'").df()

    assert len(coverage) == ENTITIES * 4
    # Nobody was asked for what has neither address nor credentials: that is no zero.
    silent = coverage[coverage["declared_sources"] == 0]
    assert silent["records"].isna().all()
    assert coverage["records"].sum() > 0
    page = (release / "coverage.html").read_text(encoding="utf-8")
    assert page.count('class="tile') >= (ENTITIES - 1) * 4


def test_a_run_tells_dagster_no_more_than_it_can_take(ran: Outcome, home: Home) -> None:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        (run,) = instance.get_runs()
        events = Counter(
            entry.dagster_event.event_type_value
            for entry in instance.all_logs(run.run_id)
            if entry.dagster_event is not None
        )

    assert events["ASSET_CHECK_EVALUATION"] <= MOST_CHECK_EVALUATIONS, json.dumps(events)
