"""A build that starts from an earlier one gives what a build from nothing gives, byte for byte."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from pipelines.home import Home, read_json
from pipelines.landing import land, parts
from pipelines.orchestration import dbt
from pipelines.publication import increments, layout, plan, slices
from pipelines.publication.slices import Slice
from pipelines.registry import Source
from pipelines.standards import public_view
from pipelines.standards.privacy import PseudonymKey
from tests.deliveries import page, remember
from tests.faults.raw_portal import bulk

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
NATURAL_RFC = "GODE561231GR8"
Release = dict[str, Any]
SOURCE = replace(bulk("json"), id="obras", ocid_prefix="ocds-abc123")
Delivery = Sequence[Sequence[Any]]

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages in a part: what changes in one leaves the other. And nothing is too much to change."""
    monkeypatch.setattr(parts, "FULL_ITEMS", 10)
    monkeypatch.setattr(increments, "MOST_CHANGED", 0.9)
    monkeypatch.setattr(public_view, "PART_ROWS", 5)


def release(ocid: str, number: int, **fields: Any) -> Release:
    """A release of 2024 with a party, an item and a field that nobody knows."""
    return {
        "ocid": ocid,
        "id": f"{ocid}-{number}",
        "date": f"2024-0{number}-01T00:00:00-06:00",
        "tag": ["tender"],
        "initiationType": "tender",
        "parties": [{"id": "c", "name": "COMPRADORA", "roles": ["buyer"]}],
        "buyer": {"id": "c", "name": "COMPRADORA"},
        "tender": {"id": ocid, "title": f"Obra {number}", "x_clave": number, "items": [{"id": "1"}]},
        **fields,
    }


CONTRACT = {
    "id": "K-1",
    "value": {"amount": 500, "currency": "MXN"},
    "dateSigned": "2024-02-01T00:00:00-06:00",
}


def first_delivery() -> list[list[Any]]:
    """Six packages of five: most processes have one release in each of two packages."""
    packages: list[list[Any]] = [
        [release(f"ocds-abc123-{package % 3}-{at}", package // 3 + 1) for at in range(5)]
        for package in range(6)
    ]
    # A process whose ocid can't be published as it is, a record that can't be used, one that comes twice.
    packages[1][4] = release(f"ocds-abc123-{NATURAL_RFC}", 1)
    packages[2][4] = {"id": "sin-ocid"}
    packages[5][4] = packages[0][3]
    # A contract that a later delivery publishes again, and one signed on a day that hasn't come.
    packages[0][1]["contracts"] = [CONTRACT]
    packages[0][2]["contracts"] = [{**CONTRACT, "id": "K-2", "dateSigned": "2031-01-01T00:00:00-06:00"}]
    # A repair to tell, an amount.
    packages[3][0]["awards"] = [{"id": "1", "value": {"amount": "$1,000.00", "currency": "MXN"}}]
    return packages


def deliver(home: Home, packages: Delivery, *, number: int, source: Source = SOURCE) -> None:
    """Archive the packages and remember the fetch that brought them."""
    home.create()
    pages = [
        page(
            home,
            orjson.dumps({"uri": "https://datos.example", "version": "1.1", "releases": list(releases)}),
            len(releases),
        )
        for releases in packages
    ]
    remember(home, source.id, pages, number=number)


def build(home: Home, run_id: str, sources: Sequence[Source] = (SOURCE,)) -> tuple[Slice, bool, int]:
    """The slice of the first source's newest delivery, whether every build started from an earlier one, and how many
    releases were read for them.
    """
    generations = {source.id: land.land_last(source, home=home) for source in sources}
    made = plan.make_plan(sources, home=home, code_version="v1")
    database = plan.prepare(made, sources=sources, home=home, run_id=run_id)
    built_well(dbt.build_stage("releases", database=database))
    starts = plan.starts(made, sources=sources, home=home, run_id=run_id)
    stats = public_view.build_public_view(
        database,
        plan.run_folder(home, run_id),
        slices=plan.rows_to_make(made, home=home, starts=starts),
        key=KEY,
        kept=[start.kept for start in starts.values()],
    )
    increments.create_kept_tables(database, list(starts.values()))
    # As a large one is built, tables before rules, where there are two sources.
    size = dbt.QUALITY_APART_FROM_BYTES if len(sources) > 1 else 0
    built_well(dbt.build_tables(database=database, made=size))
    landed = [(source, generations[source.id]) for source in sources]
    exported = slices.export_slices(database, slices=landed, code_version="v1", home=home)  # type: ignore[arg-type]
    plan.keep(made, sources=sources, home=home, run_id=run_id)
    first = generations[sources[0].id]
    assert first is not None
    every = len(starts) == len(made.builds)
    return exported[slices.slice_id(sources[0].id, first.generation)], every, stats.rows["ocds_releases"]


def built_well(results: Sequence[dbt.NodeResult]) -> None:
    assert [found for found in results if found.status in dbt.FAILED] == []
    # Dagster refuses an asset that is told of twice.
    assert len({found.unique_id for found in results}) == len(results)


def different_files(one: Slice, other: Slice) -> list[str]:
    hashes = [{file.path: file.sha256 for file in built.files} for built in (one, other)]
    return sorted(path for path, _ in hashes[0].items() ^ hashes[1].items())


def facts(built: Slice) -> Mapping[str, Any]:
    return asdict(built)


def failing(home: Home, built: Slice, rule_id: str) -> set[str]:
    """The processes that fail a rule."""
    results = slices.slice_folder(home, SOURCE.id, built.key) / layout.SLICE_FILES / layout.RESULTS_FOLDER
    rows = duckdb.execute(
        f"select entity_id from '{results}/**/*.parquet' where rule_id = ? and result = 'fail'", [rule_id]
    ).fetchall()
    return {row[0] for row in rows}


def test_increments_are_what_builds_from_nothing_are(tmp_path: Path) -> None:
    """Of two sources in each run, over four layers; builds take their time, so two of them are compared."""
    dbt.prepare_manifest()
    home, other = Home(tmp_path / "home"), replace(SOURCE, id="compras")
    packages = first_delivery()
    # New releases: of a process with two, of the one whose ocid is withheld, of a new one.
    more = [
        *packages,
        [
            release("ocds-abc123-0-0", 3),
            release(f"ocds-abc123-{NATURAL_RFC}", 2),
            # Its tender and contract are those of a process that stays as it is.
            release(
                "ocds-abc123-9", 1, tender={"id": "ocds-abc123-0-1", "title": "Obra"}, contracts=[CONTRACT]
            ),
        ],
    ]
    # A package in the middle: one release changed, another gone, the last process of the package new.
    changed = [list(releases) for releases in more]
    changed[4] = [
        *(release(f"ocds-abc123-1-{at}", 2) for at in range(3)),
        release("ocds-abc123-1-3", 2, tender={"id": "t", "title": "Otra"}),
        release("ocds-abc123-8", 1),
    ]
    # Records that only go, so that nothing is read anew; then back to what it was, and one more package.
    gone = changed[:-1]
    back = [*packages, [release("ocds-abc123-2-0", 4)]]

    deliver(home, packages, number=1)
    deliver(home, packages, number=1, source=other)
    base, started, _ = build(home, "r1", (SOURCE, other))
    assert not started
    assert base.counts["published"] == 28
    assert base.counts["unusable"] == 1
    assert base.counts["duplicates"] == 1
    for number, delivery in enumerate((more, changed, gone, back), start=2):
        deliver(home, delivery, number=number)
        deliver(home, delivery, number=number, source=other)
        built, started, read = build(home, f"r{number}", (SOURCE, other))
        assert started
        assert built.digest != base.digest
        if delivery in (more, gone):
            continue
        fresh = Home(tmp_path / f"fresh-{number}")
        deliver(fresh, delivery, number=number)
        from_nothing, fresh_started, everything = build(fresh, f"r{number}")
        assert not fresh_started
        assert read < 2 * everything
        assert different_files(built, from_nothing) == []
        assert facts(built) == facts(from_nothing)
        published_again = {"ocds-abc123-0-1", "ocds-abc123-9"} if delivery is changed else set()
        assert failing(home, built, "OCDS-I04") == failing(home, built, "OCDS-I05") == published_again
        assert failing(home, built, "OCDS-D02") == {"ocds-abc123-0-2"}
    layers = read_json(home.work / "obras" / increments.STATE_FILE)["layers"]
    assert len(layers) == 5


def test_what_speaks_against_an_increment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dbt.prepare_manifest()
    home = Home(tmp_path / "home")
    packages = first_delivery()
    deliver(home, packages, number=1)
    build(home, "r1")

    def start(source: Source = SOURCE, code_version: str = "v1") -> increments.Start | None:
        generation = land.land_last(source, home=home)
        assert generation is not None
        return increments.find(home, source, generation, code_version=code_version, run_folder=tmp_path)

    assert start() is None, "the same delivery"
    deliver(home, [*packages, [release("ocds-abc123-0-0", 3)]], number=2)
    assert start() is not None
    assert start(code_version="v2") is None
    assert start(replace(SOURCE, ocid_prefix="ocds-xyz987")) is None
    assert start(replace(SOURCE, family="compranet")) is None
    monkeypatch.setattr(increments, "MOST_CHANGED", 0.01)
    assert start() is None, "too much changed"
    monkeypatch.setattr(increments, "MOST_CHANGED", 0.9)
    monkeypatch.setattr(increments, "MOST_LAYERS", 1)
    assert start() is None, "too many layers"
    monkeypatch.setattr(increments, "MOST_LAYERS", 8)
    table = next(home.slices.glob("obras/*/files/ocds/tables/awards/*/*.parquet"))
    whole = table.read_bytes()
    table.write_bytes(whole[:-1])
    assert start() is None, "a table of the slice was changed"
    table.write_bytes(whole)
    assert start() is not None
    kept = next((home.work / "obras").glob("*/staged/*.parquet"))
    kept.rename(kept.with_suffix(".away"))
    assert start() is None, "a file of a layer is gone"
    kept.with_suffix(".away").rename(kept)
    assert start() is not None
    deliver(home, [packages[0][:4], *packages[1:], [release("ocds-abc123-0-0", 3)]], number=3)
    assert start() is None, "records moved"
    # The original of a duplicate is gone: the other one is the original now.
    deliver(home, [[*packages[0][:3], release("ocds-abc123-7", 1), packages[0][4]], *packages[1:]], number=4)
    assert start() is None, "a duplicate became an original"
