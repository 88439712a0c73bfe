"""Real Mexican open data through real HTTP: the counts are those of the files."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import Generation, land, records_query
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.registry import Source, load_sources
from pipelines.sandbox.local_portal import LocalPortal


@pytest.fixture(scope="module")
def portal(
    shared_data: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalPortal]:
    assert shared_data.is_dir()
    recordings = repository / "tests" / "recordings" / "shared_data"
    with LocalPortal(tmp_path_factory.mktemp("portal"), recordings=recordings) as running:
        yield running


@pytest.fixture(scope="module")
def sources(repository: Path) -> dict[str, Source]:
    return {one.id: one for one in load_sources(repository / "sources")}


@pytest.mark.parametrize(
    ("source_id", "collections", "quarantined", "pages"),
    [
        ("nuevo_leon_si", {"records": (24, 0)}, 0, 24),
        ("nuevo_leon_si_anteriores", {"records": (17, 0), "releases": (3, 0)}, 0, 20),
        ("jalisco_sepaf", {"records": (10, 0), "releases": (10, 0)}, 0, 20),
        # One has a comma too many.
        ("cdmx_sefin", {"releases": (29, 0)}, 1, 30),
        ("compranet_edca", {"releases": (3420, 10)}, 0, 1),
        ("comprasmx_2026", {"contratos": (3983, 3)}, 0, 1),
        ("chihuahua_contratos", {"contratos": (1932, 0)}, 0, 1),
        (
            "chihuahua_publicidad",
            {
                "contratos": (707, 4),
                "tabla_10632": (606, 0),
                "tabla_10633": (4, 0),
                "tabla_10656": (632, 0),
            },
            0,
            4,
        ),
        ("chihuahua_publicidad_contratos", {"contratos": (318, 0)}, 0, 1),
        ("yucatan_inaip", {"releases": (1, 0)}, 0, 1),
        ("oaxaca_s2", {"spic": (39, 0)}, 0, 1),
    ],
)
def test_real_sources(
    tmp_path: Path,
    portal: LocalPortal,
    sources: dict[str, Source],
    *,
    source_id: str,
    collections: dict[str, tuple[int, int]],
    quarantined: int,
    pages: int,
) -> None:
    """`collections`: records and duplicates of each."""
    records, duplicates = (sum(counts[place] for counts in collections.values()) for place in (0, 1))
    home = Home(tmp_path / "home")
    home.create()
    portals = Portals("recordings", portal.address, env={})
    fetch = fetch_source(sources[source_id], home=home, portals=portals)
    rows = records + duplicates + quarantined
    assert (fetch.state, fetch.pages_ok, fetch.rows) == (FetchState.COMPLETE, pages, rows)
    landed = land(sources[source_id], fetch, home=home)
    assert isinstance(landed, Generation)
    assert (landed.records, landed.duplicates, landed.quarantined) == (records, duplicates, quarantined)
    query = f"SELECT collection, is_duplicate FROM ({records_query(home, landed)})"
    found = Counter(duckdb.sql(query).fetchall())
    assert {name: (found[name, False], found[name, True]) for name, _ in found} == collections
