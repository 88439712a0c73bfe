"""A publication, its repetition, and a bad day: the same home, one run after the other."""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import dagster as dg
import duckdb
import jsonschema_rs
import orjson
import pandas as pd
import pytest

from pipelines.home import Home, read_json
from pipelines.orchestration import rule_checks
from pipelines.publication.pointer import verify_release
from pipelines.quality import gate, receipt
from pipelines.quality.catalogue import OF_CONTENT
from pipelines.registry import load_sources, partitions
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.standards.identity import classify
from pipelines.standards.ocds import OcdsKind, validator
from tests.end_to_end.conftest import AGGREGATED, REPOSITORY, SOURCES, Outcome, run_tequio

pytestmark = pytest.mark.slow

# Some 50 ms each (DESIGN.md): more would cost a run more than its work.
MOST_CHECK_EVALUATIONS = 200
PULLED = tuple(
    source.id
    for source in partitions(load_sources(SOURCES), mode="sandbox", env={})
    if source.protocol != "pdn_public" or source.id in AGGREGATED
)
# An EDCA-MX tool, a national file of EDCA packages, and rows that Tequio makes releases of; all have defects.
DEFECTIVE = ("guadalajara", "compranet_edca", "comprasmx_2026")

CURP = re.compile(r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b")
RFC_OF_A_PERSON = re.compile(r"(?<![A-Z0-9&Ñ])[A-ZÑ&]{4}\d{6}[A-Z\d]{3}(?![A-Z0-9])")


@pytest.fixture(scope="module")
def first(portal: LocalPortal, declared: Path, home: Home) -> Outcome:
    return run_tequio(home.root, TEQUIO_PORTAL_ADDRESS=portal.address, TEQUIO_SOURCES=str(declared))


@pytest.fixture(scope="module")
def release(first: Outcome, home: Home) -> Path:
    assert first.exit_code == 0, first.told.get("error") or first.stderr
    return home.publications / "releases" / first.told["release"]


@dataclass(frozen=True)
class Input:
    """The releases before anything was removed from them: ocids by source, and those of valid releases only."""

    ocids: Mapping[str, Set[str]]
    valid: Mapping[OcdsKind, Mapping[str, Set[str]]]


@pytest.fixture(scope="module")
def given(home: Home, release: Path) -> Input:
    """What the first run was given, which its scratch database holds until the next run."""
    (database,) = home.scratch.glob("*/build.duckdb")
    with duckdb.connect(str(database), read_only=True) as db:
        rows = db.execute("SELECT source_id, ocid, release FROM standard.ocds_releases").fetchall()
    ocids: dict[str, set[str]] = defaultdict(set)
    wrong: dict[OcdsKind, dict[str, set[str]]] = {
        "release": defaultdict(set),
        "release-edca": defaultdict(set),
    }
    for source_id, ocid, text in rows:
        ocids[source_id].add(ocid)
        document = orjson.loads(text)
        for kind, found in wrong.items():
            if not validator(kind).is_valid(document):
                found[source_id].add(ocid)
    valid = {
        kind: {source_id: all_ - found[source_id] for source_id, all_ in ocids.items()}
        for kind, found in wrong.items()
    }
    return Input(ocids=ocids, valid=valid)


@pytest.fixture(scope="module")
def second(portal: LocalPortal, declared: Path, home: Home, release: Path, given: Input) -> Outcome:
    return run_tequio(home.root, TEQUIO_PORTAL_ADDRESS=portal.address, TEQUIO_SOURCES=str(declared))


BAD_DAY = {
    "oaxaca_s2": "duplicate_id",
    "chihuahua_s2": "row_drop",
    "jalisco_s2": "html",
    "jalisco_s3": "down",
    "oaxaca_s3": "bad_credentials",
    "chihuahua_s3": "empty",
    "guadalajara": "truncated",
}


@pytest.fixture(scope="module")
def bad_day(portal: LocalPortal, declared: Path, home: Home, second: Outcome) -> Outcome:
    for source_id, fault in BAD_DAY.items():
        portal.set_fault(source_id, fault)
    return run_tequio(home.root, TEQUIO_PORTAL_ADDRESS=portal.address, TEQUIO_SOURCES=str(declared))


def test_every_source_is_published_and_its_books_balance(first: Outcome, release: Path) -> None:
    assert tuple(first.sources) == PULLED
    for source_id, told in first.sources.items():
        assert told["state"] == "complete", (source_id, told)
        assert told["admitted"], (source_id, told["reasons"])
        parts = ("published", "held_back", "quarantined", "duplicates", "missing")
        accounted = sum(told[part] for part in parts)
        assert told["declared"] == accounted > 0, (source_id, told)


def test_the_release_verifies(release: Path, home: Home) -> None:
    assert verify_release(home) == []
    assert (home.publications / "latest" / "SHA256SUMS").is_file()
    for name in ("index.html", "catalog.json", "datapackage.json", "CHANGES.md", "quality/rules.json"):
        assert (release / name).is_file(), name


def test_consumers_read_the_tables_with_duckdb_and_pandas(first: Outcome, release: Path) -> None:
    processes = f"{release}/ocds/tables/processes/**/*.parquet"
    # Two sources may publish the same process: PDN's S6 passes on what others publish.
    rows = duckdb.sql(f"select count(*), count(distinct (source_id, ocid)) from '{processes}'").fetchall()
    officials = pd.read_parquet(release / "pdn" / "tables" / "s2")

    assert rows[0][0] == rows[0][1] > 500
    published = sum(told["published"] for name, told in first.sources.items() if name.endswith("_s2"))
    assert len(officials) == published
    assert not {"curp", "rfc"} & set(officials.columns)


def test_published_packages_are_valid_where_the_input_was(release: Path) -> None:
    schema = read_json(REPOSITORY / "pipelines/standards/schemas/ocds/release-schema-1.1.5.json")
    validator = jsonschema_rs.Draft4Validator(schema)
    valid = total = 0
    for path in (release / "ocds" / "packages").rglob("*.json"):
        package = json.loads(path.read_bytes())
        assert {"uri", "version", "publishedDate", "publisher", "releases"} <= set(package)
        for published in package["releases"]:
            total += 1
            valid += validator.is_valid(published)
    failing = duckdb.sql(
        f"select count(*) from '{release}/quality/results/**/*.parquet' where rule_id = 'OCDS-S01'"
    ).fetchall()[0][0]

    assert total > 800
    # A failing process has at most a handful of releases; everything that came valid goes out valid.
    assert total - valid <= failing * 8
    assert valid / total > 0.9


def published(release: Path, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(source, JSON document) of every file, or line, below a folder of the release."""
    for path in sorted((release / folder).glob("*/*")):
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for one in text.splitlines() if path.name.endswith(".jsonl.gz") else [text]:
            yield path.parent.name, orjson.loads(one)


def test_the_sandbox_has_valid_and_invalid_input(given: Input) -> None:
    for source_id in DEFECTIVE:
        for kind in ("release", "release-edca"):
            assert 0 < len(given.valid[kind][source_id]) <= len(given.ocids[source_id])
    assert any(given.valid["release-edca"][one] != given.ocids[one] for one in DEFECTIVE)


@pytest.mark.parametrize("kind", ["release", "release-edca"])
def test_what_came_valid_is_published_and_compiled_valid(release: Path, given: Input, kind: OcdsKind) -> None:
    valid = given.valid[kind]
    releases = [
        (source_id, one)
        for source_id, package in published(release, "ocds/packages")
        for one in package["releases"]
    ]
    compiled = list(published(release, "ocds/records"))

    for documents in (releases, compiled):
        seen = {(source_id, document["ocid"]) for source_id, document in documents}
        assert seen >= {(source_id, ocid) for source_id, ocids in valid.items() for ocid in ocids}
        assert [
            (source_id, document["ocid"])
            for source_id, document in documents
            if document["ocid"] in valid[source_id] and not validator(kind).is_valid(document)
        ] == []


@pytest.mark.parametrize(
    ("folder", "kind", "items"),
    [
        ("ocds/packages", "release-package", "releases"),
        ("ocds/record_packages", "record-package", "records"),
    ],
)
def test_packages_are_valid_but_for_what_came_invalid(
    release: Path, given: Input, folder: str, kind: OcdsKind, items: str
) -> None:
    checked = 0
    for source_id, package in published(release, folder):
        usable = [item for item in package[items] if item["ocid"] in given.valid["release"][source_id]]
        checked += len(usable)
        assert not usable or validator(kind).errors({**package, items: usable}) == []
    assert checked >= sum(len(given.valid["release"][source_id]) for source_id in DEFECTIVE)


def test_every_link_of_a_record_leads_to_a_release_of_its_process(release: Path) -> None:
    releases = {
        (package["uri"], one["ocid"], one["id"])
        for _, package in published(release, "ocds/packages")
        for one in package["releases"]
    }
    linked = set()
    for _, package in published(release, "ocds/record_packages"):
        for record in package["records"]:
            for link in record["releases"]:
                uri, _, fragment = link["url"].partition("#")
                assert uri in package["packages"]
                linked.add((uri, record["ocid"], unquote(fragment)))

    assert linked == releases


def test_no_personal_id_stands_in_any_published_file(release: Path) -> None:
    found = []
    for path in release.rglob("*"):
        if path.is_file():
            found += [(path.name, match) for match in _personal_ids(path)]

    assert found == []


def _texts(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return [str(row) for row in duckdb.sql(f"select * from '{path}'").fetchall()]
    if path.suffix == ".gz":
        return [gzip.decompress(path.read_bytes()).decode("utf-8")]
    return [path.read_text(encoding="utf-8")]


def _personal_ids(path: Path) -> list[str]:
    text = "\n".join(_texts(path))
    people = [match for match in RFC_OF_A_PERSON.findall(text) if classify(match).kind == "rfc_natural"]
    return [*CURP.findall(text), *people]


def test_reserved_data_did_arrive(portal: LocalPortal, home: Home, release: Path) -> None:
    """The check above would pass on sample data without people in it."""
    landed = (home.landed / "oaxaca_s2").glob("*/records/part-*.parquet")
    found = [match for path in landed for match in _personal_ids(path)]

    assert any(CURP.fullmatch(match) for match in found)
    assert any(RFC_OF_A_PERSON.fullmatch(match) for match in found)


def test_a_second_run_publishes_nothing_new(first: Outcome, second: Outcome, home: Home) -> None:
    assert second.exit_code == 0
    assert second.told["unchanged"] is True
    assert second.told["release"] == first.told["release"]
    assert {told["state"] for told in second.sources.values()} == {"unchanged"}
    assert len(list((home.publications / "releases").iterdir())) == 1
    assert second.told["seconds"] < first.told["seconds"]


def test_an_unchanged_day_keeps_the_figures_of_the_tables(second: Outcome, home: Home, release: Path) -> None:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        key = dg.AssetKey(["standard", "ocds_processes"])
        event = instance.get_latest_materialization_event(key)
        [run] = instance.get_runs(limit=1)
        checks = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(key, "grain_ocds_processes_slice_id__ocid"), limit=1
        )
    assert event is not None
    assert event.run_id == run.run_id
    rows = duckdb.sql(f"select count(*) from '{release}/ocds/tables/processes/**/*.parquet'").fetchall()[0][0]

    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows"].value == rows
    assert [(check.run_id, check.status.value) for check in checks] == [(run.run_id, "SUCCEEDED")]


def test_each_fault_has_its_state_and_the_run_goes_on(bad_day: Outcome) -> None:
    states = {source_id: told["state"] for source_id, told in bad_day.sources.items()}

    assert bad_day.exit_code == 3
    assert states == {
        **dict.fromkeys(PULLED, "unchanged"),
        "oaxaca_s2": "complete",
        "chihuahua_s2": "complete",
        "jalisco_s2": "contract_error",
        "jalisco_s3": "unavailable",
        "oaxaca_s3": "unauthorized",
        "chihuahua_s3": "empty",
        "guadalajara": "contract_error",
    }


@pytest.mark.parametrize("source_id", ["oaxaca_s2", "chihuahua_s2"])
def test_bad_data_are_held_back_and_the_last_good_slice_stays(
    bad_day: Outcome, home: Home, first: Outcome, source_id: str
) -> None:
    told = bad_day.sources[source_id]
    catalog = read_json(home.publications / "latest" / "catalog.json")
    entry = next(entry for entry in catalog["sources"] if entry["id"] == source_id)

    assert not told["admitted"]
    assert told["published"] == 0
    assert told["held_back"] > 0
    assert told["reasons"]
    assert entry["state"] == "last_good"
    assert entry["in_release"]["records"] == first.sources[source_id]["published"]


def test_a_portal_without_answer_keeps_what_it_gave_before(
    bad_day: Outcome, home: Home, first: Outcome
) -> None:
    catalog = read_json(home.publications / "latest" / "catalog.json")
    entries = {entry["id"]: entry for entry in catalog["sources"]}

    for source_id in ("jalisco_s2", "jalisco_s3", "oaxaca_s3", "chihuahua_s3", "guadalajara"):
        assert entries[source_id]["in_release"]["records"] == first.sources[source_id]["published"]
        assert bad_day.sources[source_id]["message"]


def test_dagster_shows_which_source_is_held_back(bad_day: Outcome, home: Home) -> None:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        key = dg.AssetCheckKey(dg.AssetKey("landed"), "admitted")
        history = instance.event_log_storage.get_asset_check_execution_history(key, limit=len(PULLED))
        infos = instance.event_log_storage.get_asset_check_partition_info([key])
    verdicts = {record.partition: record.status.value for record in history}

    assert verdicts["oaxaca_s2"] == verdicts["chihuahua_s2"] == "FAILED"
    assert verdicts["nuevo_leon_si"] == verdicts["yucatan_inaip"] == "SUCCEEDED"
    # Else the UI shows the partition's check as missing.
    assert {info.partition_key for info in infos if info.is_current} == set(bad_day.sources)


def test_a_run_makes_few_check_evaluations(bad_day: Outcome, home: Home) -> None:
    """One a source for its verdict; everything else once, however many sources there are."""
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        [run] = instance.get_runs(limit=1)
        records = instance.get_records_for_run(
            run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ).records
    made: Counter[tuple[str, str, str | None]] = Counter()
    for record in records:
        event = record.event_log_entry.dagster_event
        assert event is not None
        evaluation = event.asset_check_evaluation_data
        made[evaluation.asset_key.to_user_string(), evaluation.check_name, evaluation.partition] += 1
    by_source = {key: count for key, count in made.items() if key[2] is not None}
    families = {key: count for key, count in made.items() if key[0] == "admitted"}

    assert by_source == {("landed", "admitted", source_id): 1 for source_id in PULLED}
    names = (*gate.FAMILIES, *(rule_checks.check_name(family) for family in OF_CONTENT))
    assert families == {("admitted", name, None): 1 for name in names}
    assert {key: count for key, count in made.items() if count > 1} == {}
    assert made.total() <= MOST_CHECK_EVALUATIONS


def test_the_agency_reads_that_its_source_is_held_back(bad_day: Outcome, home: Home) -> None:
    report = (home.publications / "latest" / "reports" / "sesea-oaxaca" / "index.html").read_text(
        encoding="utf-8"
    )

    assert "Retenida" in report
    assert "sin respuesta" in report


def test_the_alert_waits_in_the_outbox(bad_day: Outcome, home: Home) -> None:
    messages = [path.read_text(encoding="utf-8") for path in home.outbox.glob("*.eml")]

    assert len(messages) == 1
    assert "7 fuente(s)" in messages[0]


def test_addresses_agreed_in_private_are_not_published(bad_day: Outcome, home: Home) -> None:
    """The states' own services answer at `<source>.invalid` here; their real addresses come from variables."""
    release = (home.publications / "latest").resolve()
    telling = [
        path.relative_to(home.publications).as_posix()
        for path in [*release.rglob("*"), home.publications / "status.json"]
        if path.is_file() and any("-s2.invalid" in text or "-s3.invalid" in text for text in _texts(path))
    ]

    assert telling == []


NEW_KEY = "ab" * 32


@pytest.fixture(scope="module")
def new_key(portal: LocalPortal, declared: Path, home: Home, bad_day: Outcome) -> Outcome:
    """Another pseudonym key changes what is published, as another version of the code does."""
    return run_tequio(
        home.root,
        TEQUIO_PORTAL_ADDRESS=portal.address,
        TEQUIO_SOURCES=str(declared),
        TEQUIO_PSEUDONYM_KEY=NEW_KEY,
    )


def test_the_last_good_version_is_rebuilt_by_today_s_code(
    new_key: Outcome, first: Outcome, home: Home
) -> None:
    catalog = read_json(home.publications / "latest" / "catalog.json")
    entries = {entry["id"]: entry for entry in catalog["sources"]}

    assert new_key.exit_code == 3
    assert new_key.told["unchanged"] is False
    for source_id in ("oaxaca_s2", "chihuahua_s2"):
        admitted = receipt.last_admitted(home, source_id)
        assert admitted is not None
        assert admitted.rebuilt_from
        assert entries[source_id]["state"] == "last_good"
        assert entries[source_id]["in_release"]["slice"] == admitted.slice_key
        assert entries[source_id]["in_release"]["records"] == first.sources[source_id]["published"]


@pytest.fixture(scope="module")
def good_day(portal: LocalPortal, declared: Path, home: Home, new_key: Outcome) -> Outcome:
    for source_id in BAD_DAY:
        portal.set_fault(source_id, None)
    return run_tequio(
        home.root,
        TEQUIO_PORTAL_ADDRESS=portal.address,
        TEQUIO_SOURCES=str(declared),
        TEQUIO_PSEUDONYM_KEY=NEW_KEY,
    )


def test_everything_recovers(good_day: Outcome, first: Outcome, home: Home) -> None:
    assert good_day.exit_code == 0
    assert {source_id: told["published"] for source_id, told in good_day.sources.items()} == {
        source_id: told["published"] for source_id, told in first.sources.items()
    }
    assert verify_release(home) == []


def test_a_damaged_file_is_built_again_and_published_anew(
    portal: LocalPortal, declared: Path, good_day: Outcome, home: Home
) -> None:
    """Releases share their files with the slices: damage to one is damage to both.

    Only two sources are pulled, neither next to the other, and all are published.
    """
    table = (
        home.publications / "latest" / "ocds" / "tables" / "processes" / "source=guadalajara" / "data.parquet"
    )
    table.chmod(0o644)
    table.write_bytes(table.read_bytes() + b"damage")
    assert verify_release(home) != []

    repaired = run_tequio(
        home.root,
        *("--only", "guadalajara", "--only", "comprasmx_2026"),
        TEQUIO_PORTAL_ADDRESS=portal.address,
        TEQUIO_SOURCES=str(declared),
        TEQUIO_PSEUDONYM_KEY=NEW_KEY,
    )

    assert repaired.exit_code == 0
    assert repaired.told["release"] != good_day.told["release"]
    catalog = read_json(home.publications / "latest" / "catalog.json")
    published_from = [entry["id"] for entry in catalog["sources"] if entry["in_release"] is not None]
    assert sorted(published_from) == sorted(PULLED)
    assert verify_release(home) == []
