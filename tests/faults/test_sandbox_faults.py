"""The sandbox's faults, source by source, through the declarations as they stand in `sources/`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import land
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.registry import Source, load_sources
from pipelines.sandbox.local_portal import LocalPortal
from tests.faults.raw_portal import QUICK

C, P, E = FetchState.COMPLETE, FetchState.PARTIAL, FetchState.EMPTY
DOWN, AUTH, WRONG = FetchState.UNAVAILABLE, FetchState.UNAUTHORIZED, FetchState.CONTRACT_ERROR
# PDN, EDCAPI, JSON files, NDJSON, CSV
SOURCE_IDS = ("chihuahua_s2", "yucatan_inaip", "nuevo_leon_si", "compranet_edca", "comprasmx_2026")
EXPECTED = {
    "down": (DOWN, DOWN, DOWN, DOWN, DOWN),
    "refuse": (DOWN, DOWN, DOWN, DOWN, DOWN),
    "slow": (DOWN, DOWN, DOWN, DOWN, DOWN),
    "html": (WRONG, WRONG, WRONG, WRONG, WRONG),
    "short": (WRONG, WRONG, WRONG, WRONG, P),
    "empty": (E, E, E, E, E),
    "bad_credentials": (AUTH, AUTH, AUTH, AUTH, AUTH),
    "row_drop": (C, C, C, C, C),
    "duplicate_id": (C, C, C, C, C),
    "rate429": (C, C, C, C, C),
    "token_expiry": (C, C, C, C, C),
    "die_at_page:2": (P, P, P, C, C),
}


@pytest.fixture(scope="module")
def portal(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPortal]:
    with LocalPortal(
        tmp_path_factory.mktemp("portal"), sources=repository / "sources", scale=0.05
    ) as running:
        yield running


@pytest.fixture(scope="module")
def sources(repository: Path) -> dict[str, Source]:
    declared = {one.id: one for one in load_sources(repository / "sources")}
    pdn = declared["chihuahua_s2"]
    # The small sample would fit one page of 200.
    return {**declared, pdn.id: replace(pdn, parameters={**pdn.parameters, "page_size": 10})}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.mark.parametrize("source_id", SOURCE_IDS)
@pytest.mark.parametrize("fault", EXPECTED)
def test_state_of_each_fault(
    home: Home, portal: LocalPortal, sources: dict[str, Source], fault: str, source_id: str
) -> None:
    one = sources[source_id]
    portal.set_fault(source_id, fault)
    try:
        fetch = fetch_source(one, home=home, portals=Portals("sandbox", portal.address, limits=QUICK, env={}))
    finally:
        portal.set_fault(source_id, None)
    assert fetch.state is EXPECTED[fault][SOURCE_IDS.index(source_id)]
    landed = land(one, fetch, home=home)
    row = Ledger(home).last(source_id)
    assert row is not None
    assert row.state is fetch.state
    if fetch.state.has_content:
        assert landed is not None
        found = landed.records + landed.duplicates + landed.quarantined
        assert found == fetch.rows
        assert (row.generation, row.quarantined) == (landed.generation, landed.quarantined)
        if fetch.state is C:
            assert fetch.declared == found
    else:
        assert landed is None
        assert fetch.rows == (0 if fetch.state is E else None)


def test_a_fault_that_passes_leaves_the_next_fetch_whole(
    home: Home, portal: LocalPortal, sources: dict[str, Source]
) -> None:
    one = sources["chihuahua_s2"]
    portals = Portals("sandbox", portal.address, limits=QUICK, env={})
    portal.set_fault(one.id, "die_at_page:3")
    broken = fetch_source(one, home=home, portals=portals)
    portal.set_fault(one.id, None)
    portal.clear_requests()
    whole = fetch_source(one, home=home, portals=portals)
    assert (broken.state, whole.state) == (P, C)
    assert whole.rows == whole.declared == whole.distinct_ids
    asked = sum(request.url.endswith("/v1/spic") for request in portal.requests)
    # Page 1, the second and last saved one, the pages after it, page 1 again.
    assert asked == len(whole.pages) + 1
    again = fetch_source(one, home=home, portals=portals)
    assert (again.state, again.content_digest) == (FetchState.UNCHANGED, whole.content_digest)
