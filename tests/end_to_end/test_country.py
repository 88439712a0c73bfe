"""The whole country in one run: every declared source that a sandbox can answer for, all systems of the PDN; and the
catalogue of defects, published: each planted record is found by its rule and by no other, sound ones by none.
"""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.home import Home, read_json
from pipelines.publication.layout import CROSS_SOURCE
from pipelines.publication.pointer import verify_release
from pipelines.quality.catalogue import load_catalogue
from pipelines.registry import Source, load_sources, partitions
from pipelines.sandbox import generator, planted
from pipelines.sandbox.dataset import Expected
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.rule_cases.deliveries import BUILT, OTHER_COLUMN, OTHER_YEAR
from tests.end_to_end.conftest import SOURCES, Outcome, run_tequio

pytestmark = pytest.mark.slow

SCALE = 0.1
ENTITIES = 33
# One for each source, and one for each promise of ours; each takes some 50 ms.
MOST_CHECK_EVALUATIONS = 240
DECLARED = load_sources(SOURCES)
PULLED = [source.id for source in partitions(DECLARED, mode="sandbox", env={})]
PLANTED = {source.id: source for source in DECLARED if source.id in planted.SOURCES}
EXPECTED = [
    (source_id, each)
    for source_id, source in PLANTED.items()
    for draft in generator.generate(source, seed=1, scale=SCALE)[0]
    for each in draft.expected
]

# What each rule found: by source, entity and rule the places, path and value.
Found = Mapping[tuple[str, str], Mapping[str, tuple[int, str | None, str | None]]]
COLUMNS = "source_id, entity_id, rule_id, failures, path, value"


# A list of contracts whose layout stands in its declaration, and the files of the two made after it.
MODEL = "chihuahua_publicidad_contratos"
MADE_UP = {OTHER_COLUMN: "/contratos.csv", OTHER_YEAR: "/contratos_2019.csv"}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sources and the two made-up ones."""
    folder = shutil.copytree(SOURCES, tmp_path_factory.mktemp("declared") / "sources")
    # It promises no rhythm: nothing in the catalogue of defects is new.
    (asked,) = folder.glob(f"*/{BUILT['TEQ-L15']}.yaml")
    text = re.sub(r"(?m)^cadence: .*", "cadence: none", asked.read_text(encoding="utf-8"))
    asked.write_text(f"{text}ask_documents: true\n", encoding="utf-8")
    (model,) = SOURCES.glob(f"*/{MODEL}.yaml")
    for source_id, path_of_file in MADE_UP.items():
        text = model.read_text(encoding="utf-8").replace("/contratos.csv", path_of_file)
        text = text.replace(MODEL, source_id).replace(MODEL.upper(), source_id.upper())
        (folder / model.parent.name / f"{source_id}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, declared: Path) -> Iterator[LocalPortal]:
    sources = [_with_a_column_more(source) for source in load_sources(declared)]
    with LocalPortal(tmp_path_factory.mktemp("portal"), sources=sources, scale=SCALE) as running:
        yield running


def _with_a_column_more(source: Source) -> Source:
    """The source as its portal serves it: the declaration doesn't know of the column yet."""
    if source.id != OTHER_COLUMN:
        return source
    assert isinstance(source.layout, Mapping)
    return replace(source, layout={**source.layout, "columns": [*source.layout["columns"], "Observaciones"]})


@pytest.fixture(scope="module")
def ran(portal: LocalPortal, declared: Path, home: Home) -> Outcome:
    outcome = run_tequio(home.root, TEQUIO_PORTAL_ADDRESS=portal.address, TEQUIO_SOURCES=str(declared))
    assert outcome.exit_code in {0, 3}, outcome.told.get("error") or outcome.stderr
    return outcome


@pytest.fixture(scope="module")
def release(ran: Outcome, home: Home) -> Path:
    return home.publications / "latest"


@pytest.fixture(scope="module")
def found(ran: Outcome, home: Home) -> Found:
    """All failures: as published, and of what is held back as they were told to the gate."""
    results = f"{home.publications}/latest/quality/results/**/*.parquet"
    rows = duckdb.sql(f"select {COLUMNS} from '{results}' where result = 'fail'").fetchall()
    (database,) = home.scratch.glob("*/build.duckdb")
    with duckdb.connect(str(database), read_only=True) as build:
        rows += build.execute(
            f"select {COLUMNS} from quality.quality_results where result = 'fail' and list_contains(?, source_id)",
            [sorted(planted.CONFLICTING_SOURCES)],
        ).fetchall()
    across = home.publications / "latest" / CROSS_SOURCE
    rows += duckdb.sql(f"select {COLUMNS} from '{across}'").fetchall()
    failures: dict[tuple[str, str], dict[str, tuple[int, str | None, str | None]]] = defaultdict(dict)
    for source_id, entity_id, rule_id, times, path, value in rows:
        failures[source_id, entity_id][rule_id] = (times, path, value)
    return failures


def test_conflicts_hold_back_their_delivery_and_nothing_else_does(ran: Outcome) -> None:
    held = {source_id for source_id in (*PLANTED, *MADE_UP) if not ran.sources[source_id]["admitted"]}
    assert held == planted.CONFLICTING_SOURCES


def test_the_sandbox_tells_what_it_planted(portal: LocalPortal) -> None:
    told = [(source_id, each) for source_id in PLANTED for each in portal.datasets[source_id].expected]
    assert [(source_id, each.rule_id, each.entity_id) for source_id, each in told] == [
        (source_id, each.rule_id, each.entity_id) for source_id, each in EXPECTED
    ]


@pytest.mark.parametrize(
    ("source_id", "expected"), [pytest.param(*each, id=each[1].rule_id) for each in EXPECTED]
)
def test_a_planted_defect_is_found_by_its_rule_alone(
    found: Found, source_id: str, expected: Expected
) -> None:
    failures = dict(found.get((source_id, _entity(found, source_id, expected)), {}))
    if expected.beside is not None:
        # What its layout can't say fails in the sound record as well.
        beside = found[source_id, expected.beside]
        assert expected.rule_id not in beside
        failures = {rule_id: told for rule_id, told in failures.items() if rule_id not in beside}
    assert failures.pop(expected.rule_id, None) == (expected.failures, expected.path, expected.value)
    assert set(failures) == set(expected.also)
    for twin in expected.twins:
        assert expected.rule_id in found[source_id, twin]
        assert set(found[source_id, twin]) <= {expected.rule_id, *expected.also}


def _entity(found: Found, source_id: str, expected: Expected) -> str:
    """The id under which the planted record is published."""
    if expected.entity_id is not None:
        return expected.entity_id
    (entity,) = (
        entity
        for (source, entity), rules in found.items()
        if source == source_id and expected.rule_id in rules
    )
    return entity


def test_no_rule_finds_anything_in_what_is_sound(found: Found) -> None:
    # By id alone: a process that two sources publish differently is told of both.
    defective = {
        entity for source_id, each in EXPECTED for entity in (_entity(found, source_id, each), *each.twins)
    }
    whole = {rule.id for rule in load_catalogue().rules if rule.grain == "source"}
    wrong = {
        place: set(failures) - whole
        for place, failures in found.items()
        if place[0] in planted.CATALOGUE and place[1] not in defective and set(failures) - whole
    }
    assert wrong == {}


@pytest.mark.parametrize(("rule_id", "source_id"), BUILT.items())
def test_a_planted_delivery_fails_its_rule_alone(
    ran: Outcome, home: Home, rule_id: str, source_id: str
) -> None:
    """Of the rules about how it arrived; what fetching alone shows stands in `tests/faults`."""
    reports = [read_json(path) for path in (home.publications / "latest/reports").glob("*/report.json")]
    (told,) = (part for report in reports for part in report["sources"] if part["id"] == source_id)
    assert {rule["id"] for rule in told["rules"] if rule["family"] == "arrival" and rule["fail"]} == {rule_id}


def test_every_entity_is_declared_for_every_system() -> None:
    declared = {(source.entity, source.system) for source in DECLARED}

    assert {entity for entity, _ in declared} == {f"{number:02d}" for number in range(ENTITIES)}
    for system in ("pdn-s1", "pdn-s2", "pdn-s3"):
        assert {entity for entity, of in declared if of == system} == {entity for entity, _ in declared}, (
            system
        )


def test_every_source_arrives_whole_and_its_books_balance(ran: Outcome, declared: Path) -> None:
    assert list(ran.sources) == [
        source.id for source in partitions(load_sources(declared), mode="sandbox", env={})
    ]
    assert set(ran.sources) == {*PULLED, *MADE_UP}
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
