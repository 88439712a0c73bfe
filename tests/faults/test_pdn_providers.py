"""Providers as they fail in the world, against the sandbox's server: what is complete in the end is proven by ids.

Each provider serves twelve pages. Ids are compared as sets with those the server holds: none missing, none twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source, fetch_sources
from pipelines.landing.land import land
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.portals.pages import Fetch
from pipelines.registry import Source
from pipelines.sandbox.local_portal import LocalPortal
from tests.faults.raw_portal import QUICK
from tests.landed import rows_of
from tests.pdn_services import declarations, officials, processes, served, service

PAGE = 20
ROWS = 12 * PAGE
S1 = service("doce_s1", ("declaraciones", "/s1/v2/declaraciones"), page_size=PAGE)
S2 = service("doce_s2", ("spic", "/v1/spic"), page_size=PAGE)
S3 = service("doce_s3", ("ssancionados", "/v1/ssancionados"), page_size=PAGE)
S6 = service("doce_s6", ("records", "/s6/v1/records"), page_size=PAGE)
PROVIDERS = (S1, S2, S3, S6)
HELD: Mapping[str, list[dict[str, Any]]] = {
    S1.id: declarations(ROWS),
    S2.id: officials(ROWS),
    S3.id: officials(ROWS),
    S6.id: processes(ROWS, enveloped=True),
}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPortal]:
    folder = tmp_path_factory.mktemp("providers")
    held = {
        one.id: served(folder, one, {one.parameters["collections"][0]["path"]: HELD[one.id]})
        for one in PROVIDERS
    }
    with LocalPortal(folder, sources=PROVIDERS, datasets=held) as running:
        yield running


@pytest.fixture
def provider(request: pytest.FixtureRequest, portal: LocalPortal) -> Iterator[Source]:
    one: Source = request.param
    yield one
    portal.set_fault(one.id, None)
    portal.clear_requests()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def portals_of(portal: LocalPortal) -> Portals:
    return Portals("sandbox", portal.address, limits=QUICK, env={})


def ids_held(one: Source) -> set[str]:
    return {row.get("id") or row["ocid"] for row in HELD[one.id]}


def ids_landed(home: Home, one: Source, fetch: Fetch) -> set[str]:
    """The ids of what was landed; no id stands twice."""
    names = [
        row["ocid"] if one.family == "ocds_packages" else row["id"]
        for row in rows_of(home, land(one, fetch, home=home))
    ]
    assert len(names) == len(set(names))
    return set(names)


def pages_asked(portal: LocalPortal, one: Source) -> list[int]:
    path = one.parameters["collections"][0]["path"]
    return [orjson.loads(request.body)["page"] for request in portal.requests if request.url.endswith(path)]


every_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id, indirect=True)


@every_provider
def test_one_that_dies_at_page_7_of_12(home: Home, portal: LocalPortal, provider: Source) -> None:
    portal.set_fault(provider.id, "die_at_page:7")
    broken = fetch_source(provider, home=home, portals=portals_of(portal))
    assert (broken.state, broken.rows, broken.declared, broken.pages_ok, broken.pages_failed) == (
        FetchState.PARTIAL,
        6 * PAGE,
        ROWS,
        6,
        1,
    )
    portal.set_fault(provider.id, None)
    portal.clear_requests()
    whole = fetch_source(provider, home=home, portals=portals_of(portal))
    assert (whole.state, whole.rows, whole.distinct_ids) == (FetchState.COMPLETE, ROWS, ROWS)
    # Only what was missing is asked for, and what proves that nothing moved.
    assert pages_asked(portal, provider) == [1, 6, 7, 8, 9, 10, 11, 12, 1]
    assert ids_landed(home, provider, whole) == ids_held(provider)


@every_provider
def test_one_whose_token_expires_while_it_is_read(home: Home, portal: LocalPortal, provider: Source) -> None:
    """Every third page is refused (401; S1: 403 e_701), asked for again with a new token, and none is lost."""
    portal.set_fault(provider.id, "token_expiry")
    fetch = fetch_source(provider, home=home, portals=portals_of(portal))
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, ROWS, ROWS)
    assert ids_landed(home, provider, fetch) == ids_held(provider)
    refused = [request.status for request in portal.requests if request.status in {401, 403}]
    assert set(refused) == {403 if provider is S1 else 401}
    assert len(refused) == 4
    grants = [request.body for request in portal.requests if request.url.endswith("/oauth/token")]
    refreshed = [grant for grant in grants if b"grant_type=refresh_token" in grant]
    # S1 gives no refresh tokens; each of the others is used once.
    assert len(refreshed) == len(set(refreshed)) == (0 if provider is S1 else 4)


@every_provider
def test_one_that_adds_rows_at_its_end_while_it_is_read(
    home: Home, portal: LocalPortal, provider: Source
) -> None:
    """Rows come in with every request; the first fetch that finds the service quiet has them all."""
    portal.set_fault(provider.id, "grows")
    fetch = fetch_source(provider, home=home, portals=portals_of(portal))
    assert ids_landed(home, provider, fetch) == ids_held(provider)
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, ROWS, ROWS)
    assert sorted(set(pages_asked(portal, provider))) == list(range(1, 13))


@every_provider
def test_one_that_inserts_rows_in_front_while_it_is_read(
    home: Home, portal: LocalPortal, provider: Source
) -> None:
    """Pages shift: rows stand on two pages and new ones are missed. Nothing that was there is lost, and what is
    complete in the end is what the server holds."""
    portal.set_fault(provider.id, "drift")
    first = fetch_source(provider, home=home, portals=portals_of(portal))
    held = ids_held(provider)
    landed = ids_landed(home, provider, first)
    assert landed <= held
    # The first nine tenths were there before any request.
    assert {row.get("id") or row["ocid"] for row in HELD[provider.id][: ROWS * 9 // 10]} <= landed
    second = fetch_source(provider, home=home, portals=portals_of(portal))
    assert second.state in {FetchState.COMPLETE, FetchState.UNCHANGED}
    assert (second.rows, second.distinct_ids) == (ROWS, ROWS)
    assert ids_landed(home, provider, second) == held


@every_provider
def test_one_that_dies_and_grows_before_it_is_resumed(
    home: Home, portal: LocalPortal, provider: Source, tmp_path: Path
) -> None:
    path = provider.parameters["collections"][0]["path"]
    fewer = {path: HELD[provider.id][: ROWS - 30]}
    small = {provider.id: served(tmp_path / "before", provider, fewer)}
    with LocalPortal(tmp_path, sources=(provider,), datasets=small) as before:
        before.set_fault(provider.id, "die_at_page:7")
        broken = fetch_source(provider, home=home, portals=portals_of(before))
        assert (broken.state, broken.rows) == (FetchState.PARTIAL, 6 * PAGE)
    whole = fetch_source(provider, home=home, portals=portals_of(portal))
    assert (whole.state, whole.rows, whole.distinct_ids) == (FetchState.COMPLETE, ROWS, ROWS)
    assert pages_asked(portal, provider) == [1, 6, 7, 8, 9, 10, 11, 12, 1]
    assert ids_landed(home, provider, whole) == ids_held(provider)


# One provider of each kind of failure, and what the ledger must say of it.
KINDS: Mapping[str, tuple[FetchState, str]] = {
    "down": (FetchState.UNAVAILABLE, "fuera de servicio (503)"),
    "refuse": (FetchState.UNAVAILABLE, "No se pudo conectar"),
    "bad_credentials": (FetchState.UNAUTHORIZED, "no acepta las credenciales (401)"),
    "html": (FetchState.CONTRACT_ERROR, "página web"),
    "error_in_200": (FetchState.UNAVAILABLE, "respondió 200 pero el contenido es un error suyo"),
    "code_in_200": (FetchState.UNAVAILABLE, "«Error interno del servidor»"),
    "no_pagination": (FetchState.CONTRACT_ERROR, "no trae «pagination»"),
    "truncated": (FetchState.CONTRACT_ERROR, "termina antes de cerrarse"),
    "die_at_page:7": (FetchState.PARTIAL, "llegaron 120 registros de 240 declarados"),
    "empty": (FetchState.EMPTY, "dice no tener registros"),
    "none": (FetchState.COMPLETE, "Llegaron 240 registros"),
}


def test_the_ledger_tells_the_kinds_of_failure_apart(home: Home, tmp_path: Path) -> None:
    """One run over a provider of each kind; nothing but a service that is empty counts as zero."""
    providers = {
        kind: replace(S2, id=f"proveedor_{number}", title=f"Proveedor {number}")
        for number, kind in enumerate(KINDS)
    }
    held = {one.id: served(tmp_path, one, {"/v1/spic": officials(ROWS)}) for one in providers.values()}
    faults = {one.id: kind for kind, one in providers.items() if kind != "none"}
    sources = tuple(providers.values())
    with LocalPortal(tmp_path, sources=sources, datasets=held, faults=faults) as running:
        fetched = fetch_sources(sources, home=home, portals=portals_of(running))
    rows: dict[str, LedgerRow] = {}
    for kind, one in providers.items():
        row = Ledger(home).last(one.id)
        assert row is not None
        rows[kind] = row
        assert row.state is fetched[one.id].state is KINDS[kind][0], kind
        assert KINDS[kind][1] in row.message, kind
    counted = {kind: (row.rows, row.declared) for kind, row in rows.items() if row.rows is not None}
    assert counted == {"die_at_page:7": (120, 240), "empty": (0, 0), "none": (240, 240)}
    assert {row.state for row in rows.values()} == set(FetchState) - {FetchState.UNCHANGED}
    assert len({row.message for row in rows.values()}) == len(KINDS)
    assert all(row.action for kind, row in rows.items() if kind not in {"empty", "none"})
