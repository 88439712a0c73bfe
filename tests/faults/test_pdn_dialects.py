"""The divergences of PDN's reference services (page limits, codes, errors inside 200, tokens), met by the client."""

import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import land
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.portals.pages import Fetch, ListedInstitution, last_with_institutions
from pipelines.registry import Source
from pipelines.sandbox.local_portal import LocalPortal
from tests.faults.raw_portal import QUICK, Pdn, RawPortal, Received, answer, people
from tests.landed import rows_of
from tests.pdn_services import S1, S2, S3, S6, declarations, officials, processes, served

MAINTENANCE = "<!DOCTYPE html><html><body><h1>Sitio en mantenimiento</h1></body></html>"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def sizes_asked(portal: RawPortal) -> list[tuple[int, int]]:
    asked = [request.json() for request in portal.requests if request.path.startswith("/v1/")]
    return [(body["page"], body["pageSize"]) for body in asked]


def listing(one: Source) -> Source:
    """The same, with a list of institutions for each collection."""
    collections = [
        {**each, "dependencies_path": f"{each['path']}/dependencias"}
        for each in one.parameters["collections"]
    ]
    return replace(one, parameters={**one.parameters, "collections": collections})


# --- every service of the PDN ---------------------------------------------------------------------------


def test_each_service_is_read_whole(home: Home, tmp_path: Path) -> None:
    rows = {
        S1.id: {"/s1/v2/declaraciones": declarations(450)},
        S2.id: {"/v1/spic": officials(401)},
        S3.id: {"/v1/ssancionados": officials(201), "/v1/psancionados": officials(3)},
        S6.id: {
            "/s6/v1/records": processes(401, enveloped=True),
            "/contrataciones-abiertas": processes(7, enveloped=False),
        },
    }
    sources = (S1, S2, S3, S6)
    held = {one.id: served(tmp_path, one, rows[one.id]) for one in sources}
    with LocalPortal(tmp_path, sources=sources, datasets=held) as portal:
        for one in sources:
            portals = Portals("sandbox", portal.address, limits=QUICK, env={})
            fetch = fetch_source(one, home=home, portals=portals)
            total = sum(len(found) for found in rows[one.id].values())
            assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.COMPLETE, total, total), one.id
            generation = land(one, fetch, home=home)
            assert generation is not None
            assert (generation.records, generation.quarantined) == (total, 0)
            assert {page.collection for page in fetch.pages} == {
                each["name"] for each in one.parameters["collections"]
            }
            again = fetch_source(one, home=home, portals=portals)
            assert again.state is FetchState.UNCHANGED


def test_s1_declarations_land_as_they_came(home: Home) -> None:
    """Both ids and what the server leaks stay for staging and the redaction to judge."""
    rows = declarations(3)
    s1 = replace(S1, parameters={**S1.parameters, "collections": S2.parameters["collections"]})
    with RawPortal(Pdn(rows)) as portal:
        fetch = fetch_source(s1, home=home, portals=portal.portals)
    assert fetch.distinct_ids == 3
    assert rows_of(home, land(s1, fetch, home=home)) == rows


def test_old_providers_with_other_names_pass(home: Home) -> None:
    """Snake-case providers are renamed in staging, never refused here."""
    rows = [
        {"id": f"{number}", "fecha_captura": "2019-01-01", "dependencia": "SFP", "tipo_procedimiento": 2}
        for number in range(3)
    ]
    with RawPortal(Pdn(rows)) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert fetch.state is FetchState.COMPLETE
    assert rows_of(home, land(S2, fetch, home=home)) == rows


# --- page sizes and page numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [422, 400, 500, 413])
@pytest.mark.parametrize(
    ("limit", "tried"), [(199, [200, 100]), (60, [200, 100, 50]), (10, [200, 100, 50, 10])]
)
def test_a_refused_page_size_falls_to_a_smaller_one(
    home: Home, refusal: int, limit: int, tried: list[int]
) -> None:
    with RawPortal(Pdn(people(230), page_limit=limit, refusal=refusal)) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 230, 230)
    firsts = list(dict.fromkeys(size for page, size in sizes_asked(portal) if page == 1))
    assert firsts == tried
    # What was accepted once is what is asked for from then on.
    assert {size for page, size in sizes_asked(portal) if page > 1} == {tried[-1]}
    assert fetch.notes == (f"«spic» no acepta páginas de 200 registros: se pidieron de {tried[-1]}.",)


def test_a_smaller_page_size_is_remembered_for_the_next_collection_and_fetch(home: Home) -> None:
    pdn = Pdn(people(230), page_limit=100, refusal=422)
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
        assert [size for page, size in sizes_asked(portal)].count(200) == 1
        assert fetch.rows == 460
        pdn.before = lambda page, connection: page == 3 and _reply(connection, 500, {"code": "500"})
        pdn.rows = people(231)
        broken = fetch_source(S2, home=home, portals=portal.portals)
        assert (broken.state, broken.rows) == (FetchState.PARTIAL, 200)
        pdn.before = lambda page, connection: False
        portal.requests.clear()
        whole = fetch_source(S2, home=home, portals=portal.portals)
    assert whole.state is FetchState.COMPLETE
    assert sizes_asked(portal) == [(1, 100), (2, 100), (3, 100), (1, 100)]


def test_a_service_that_refuses_every_size_says_why(home: Home) -> None:
    with RawPortal(Pdn(people(30), page_limit=5, refusal=422)) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "respondió 422" in fetch.message


def test_capped_pages_that_repeat_the_size_asked_for(home: Home) -> None:
    """The returned pageSize is wrong: what pages hold, and hasNextPage, lead to the end all the same."""
    pdn = Pdn(people(450), page_limit=50)
    pdn.bend = lambda page, document: {**document, "pagination": {**document["pagination"], "pageSize": 200}}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 450, 450)


def test_pages_are_asked_for_by_numbers_from_one_and_without_filters(home: Home) -> None:
    """Page 0 and "1" are refused by real services; unknown keys of `query` find nothing in silence."""
    with RawPortal(Pdn(people(450))) as portal:
        fetch_source(S2, home=home, portals=portal.portals)
    bodies = [request.json() for request in portal.requests if request.path == "/v1/spic"]
    assert bodies == [{"page": page, "pageSize": 200} for page in (1, 2, 3, 1)]


def test_pagination_written_as_text(home: Home) -> None:
    pdn = Pdn(people(450))
    pdn.bend = lambda page, document: {
        **document,
        "pagination": {name: str(value).lower() for name, value in document["pagination"].items()},
    }
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 450)


def test_a_service_that_says_too_early_that_there_is_no_more(home: Home) -> None:
    pdn = Pdn(people(450))
    pdn.bend = lambda page, document: {
        **document,
        "pagination": {**document["pagination"], "hasNextPage": False},
    }
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 450)


def test_rows_where_none_are_declared_are_not_complete(home: Home) -> None:
    pdn = Pdn(people(3))
    pdn.bend = lambda page, document: {**document, "pagination": {**document["pagination"], "totalRows": 0}}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.PARTIAL, 0, 3)


def test_no_rows_where_some_are_declared_are_no_zero(home: Home) -> None:
    pdn = Pdn([])
    pdn.bend = lambda page, document: {**document, "pagination": {**document["pagination"], "totalRows": 450}}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.CONTRACT_ERROR, 450, None)


# --- rows that move -------------------------------------------------------------------------------------


def test_rows_added_at_the_end_need_no_second_crawl(home: Home) -> None:
    """MongoDB's natural order: the ids prove that all the service declares in the end is here."""
    pdn = Pdn(people(450))

    def add(page: int, connection: socket.socket) -> bool:
        if page == 2:
            pdn.rows = [*pdn.rows, *people(30, start=9000)]
        return False

    pdn.before = add
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert [page for page, _ in sizes_asked(portal)] == [1, 2, 3, 1]
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        480,
        480,
        480,
    )
    assert fetch.notes == ("«spic» pasó de 450 a 480 registros durante la descarga; llegaron todos.",)
    assert ids_landed(home, S2, fetch) == {row["id"] for row in pdn.rows}


def test_saved_pages_are_kept_when_the_service_grew_at_its_end(home: Home) -> None:
    pdn = Pdn(people(900))
    pdn.before = lambda page, connection: page >= 4 and _reply(connection, 500, {"code": "500"})
    with RawPortal(pdn) as portal:
        assert fetch_source(S2, home=home, portals=portal.portals).rows == 600
        pdn.before = lambda page, connection: False
        pdn.rows = people(950)
        portal.requests.clear()
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert [page for page, _ in sizes_asked(portal)] == [1, 3, 4, 5, 1]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 950, 950)


def test_a_row_gone_from_the_middle_since_then_is_noticed(home: Home) -> None:
    """The total and the first page are what they were: the last saved page isn't."""
    pdn = Pdn(people(900))
    pdn.before = lambda page, connection: page >= 4 and _reply(connection, 500, {"code": "500"})
    with RawPortal(pdn) as portal:
        fetch_source(S2, home=home, portals=portal.portals)
        pdn.before = lambda page, connection: False
        pdn.rows = [*people(300), *people(600, start=301)]
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 900)
    assert ids_landed(home, S2, fetch) == {row["id"] for row in pdn.rows}


def test_an_order_that_changes_from_query_to_query_is_not_complete(home: Home) -> None:
    """Totals agree, the first page stays, no row is missing by count: ids on two pages give it away."""
    rows = people(900)
    pdn = Pdn(rows)
    asked: list[int] = []

    def shuffle(page: int, connection: socket.socket) -> bool:
        # Behind the first page each query finds another order, as a service without a sort may have it.
        asked.append(page)
        turn = 37 * len(asked)
        rest = rows[200:]
        pdn.rows = [*rows[:200], *rest[turn % 700 :], *rest[: turn % 700]]
        return False

    pdn.before = shuffle
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.PARTIAL, 900)
    assert fetch.distinct_ids is not None
    assert fetch.distinct_ids < 900
    assert "cambió dos veces" in fetch.message


def test_ids_that_the_provider_repeats_are_its_own(home: Home) -> None:
    """The pages that hold them are as they were: the order holds, nothing is missing."""
    repeated = [{**row, "nombres": "Corregido"} for row in people(5)]
    with RawPortal(Pdn([*people(450), *repeated])) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert [page for page, _ in sizes_asked(portal)] == [1, 2, 3, 1, 3]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 455, 450)


def test_a_row_that_came_and_went_while_paging_is_noticed(home: Home) -> None:
    """It pushed a row over a page's edge, and in the end as many are there as declared: by ids as well."""
    pdn = Pdn(people(600))
    seen: list[int] = []

    def pass_by(page: int, connection: socket.socket) -> bool:
        pdn.rows = people(600)
        if page == 2 and not seen:
            seen.append(page)
            pdn.rows = [*people(250), *people(1, start=9000), *people(350, start=250)]
        return False

    pdn.before = pass_by
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 600)
    assert ids_landed(home, S2, fetch) == {row["id"] for row in people(600)}


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        (200, MAINTENANCE, FetchState.CONTRACT_ERROR, "página web"),
        (401, MAINTENANCE, FetchState.UNAUTHORIZED, "(401)"),
        (403, MAINTENANCE, FetchState.UNAUTHORIZED, "(403)"),
        (401, {"code": "401", "message": "Token inválido"}, FetchState.UNAUTHORIZED, "«Token inválido»"),
        (403, {"code": "e_701", "message": "Sin token"}, FetchState.UNAUTHORIZED, "«Sin token»"),
        (404, "<html><pre>Cannot POST /v1/spic</pre></html>", FetchState.CONTRACT_ERROR, "(404)"),
        (400, {"code": 400}, FetchState.CONTRACT_ERROR, "respondió 400"),
        (400, {"code": "400", "message": "page debe ser integer"}, FetchState.CONTRACT_ERROR, "«page debe"),
        (503, MAINTENANCE, FetchState.UNAVAILABLE, "(503)"),
        (200, {"error": True}, FetchState.UNAVAILABLE, "error suyo"),
        (200, {"error": {"status": 500, "statusText": "Sin base"}}, FetchState.UNAVAILABLE, "«Sin base»"),
        (200, {"error": True, "results": [], "pagination": {}}, FetchState.UNAVAILABLE, "error suyo"),
        (200, {"code": "500", "message": "Falla"}, FetchState.UNAVAILABLE, "«Falla»"),
        (200, {"code": 503}, FetchState.UNAVAILABLE, "error suyo"),
        (200, {"code": "SERVER_001"}, FetchState.UNAVAILABLE, "«SERVER_001»"),
        (200, {"code": "e_701", "message": "Sin token"}, FetchState.UNAUTHORIZED, "«Sin token»"),
        (200, {"code": 401, "message": "Sin token"}, FetchState.UNAUTHORIZED, "«Sin token»"),
        (200, {"code": 422, "message": "Fuera de rango"}, FetchState.CONTRACT_ERROR, "«Fuera de rango»"),
        (200, {"code": 200, "message": "Bien"}, FetchState.CONTRACT_ERROR, "«Bien»"),
        (200, {"results": [{"id": "1"}]}, FetchState.CONTRACT_ERROR, "no trae «pagination»"),
        (200, {"pagination": {}, "results": None}, FetchState.CONTRACT_ERROR, "no es lista"),
        (200, {}, FetchState.CONTRACT_ERROR, "ninguna"),
        (200, "", FetchState.CONTRACT_ERROR, "vacía"),
        (200, "null", FetchState.CONTRACT_ERROR, ""),
    ],
)
def test_a_failure_is_never_a_zero(home: Home, status: int, body: Any, state: FetchState, words: str) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/oauth/token":
            answer(connection, {"access_token": "abcdefgh"})
        else:
            answer(connection, body, status=status)

    with RawPortal(respond) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (state, None, None)
    assert words in fetch.message
    row = Ledger(home).last(S2.id)
    assert row is not None
    assert (row.state, row.rows, row.declared, row.distinct_ids) == (state, None, None, None)
    assert land(S2, fetch, home=home) is None


def test_an_error_inside_200_that_passes_costs_nothing(home: Home) -> None:
    pdn = Pdn(people(450))
    said: list[int] = []

    def fail(page: int, connection: socket.socket) -> bool:
        if page == 2 and len(said) < 2:
            said.append(page)
            return _reply(connection, 200, {"error": True})
        return False

    pdn.before = fail
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, len(said)) == (FetchState.COMPLETE, 450, 2)


def test_an_error_inside_200_half_way_keeps_what_came(home: Home) -> None:
    pdn = Pdn(people(450))
    pdn.before = lambda page, connection: page == 3 and _reply(connection, 200, {"code": "500"})
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.PARTIAL, 400, 450)
    assert fetch.resumable


# --- tokens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refused", [(401, {"code": "401"}), (403, {"code": "e_701"}), (200, {"code": "e_701"})]
)
def test_a_token_that_ends_is_refreshed_once(home: Home, refused: tuple[int, Any]) -> None:
    """Refresh tokens are good for one use: the second renewal uses the second one."""
    pdn = Pdn(people(900), refreshes=True)
    ended: list[int] = []

    def end(page: int, connection: socket.socket) -> bool:
        if page in {2, 4} and page not in ended:
            ended.append(page)
            return _reply(connection, *refused)
        return False

    pdn.before = end
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 900)
    grants = [request.body for request in portal.requests if request.path == "/oauth/token"]
    assert grants[0].startswith(b"grant_type=password&username=tequio&")
    assert [grant.split(b"&client_id")[0] for grant in grants[1:]] == [
        b"grant_type=refresh_token&refresh_token=refresh-1-abcdef",
        b"grant_type=refresh_token&refresh_token=refresh-2-abcdef",
    ]
    manifest = (home.manifests / S2.id / f"{fetch.fetch_id}.jsonl").read_text("utf-8")
    assert "refresh-1" not in manifest


def test_where_a_refresh_token_is_not_taken_the_password_is(home: Home) -> None:
    pdn = Pdn(people(450), refreshes=True)
    ended: list[int] = []

    def respond(received: Received, connection: socket.socket) -> None:
        if b"grant_type=refresh_token" in received.body:
            answer(connection, {"code": "e_4008", "message": "Por implementarse"}, status=401)
        elif received.path == "/v1/spic" and received.json()["page"] == 2 and not ended:
            ended.append(2)
            answer(connection, {"code": "e_701"}, status=403)
        else:
            pdn(received, connection)

    with RawPortal(respond) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, pdn.tokens) == (FetchState.COMPLETE, 450, 2)


# --- institutions ---------------------------------------------------------------------------------------

LISTED = [
    {"nombre": "Secretaría de Salud", "siglas": "nan", "clave": 12},
    {"nombre": " SECRETARIA DE SALUD", "siglas": "SS", "clave": ""},
    {"nombre": "nan", "siglas": "X", "clave": "1"},
    {"error": True},
    {"nombre": "  "},
    {"nombre": None},
    None,
    "Fiscalía General",
]


def test_institutions_are_kept_with_the_fetch(home: Home) -> None:
    pdn = Pdn(people(3))
    pdn.listings["/v1/spic/dependencias"] = (200, LISTED)
    with RawPortal(pdn) as portal:
        fetch = fetch_source(listing(S2), home=home, portals=portal.portals)
        pdn.listings.clear()
        without = fetch_source(listing(S2), home=home, portals=portal.portals)
    assert fetch.institutions == (
        ListedInstitution("spic", "Secretaría de Salud", None, "12"),
        ListedInstitution("spic", "SECRETARIA DE SALUD", "SS", None),
        ListedInstitution("spic", "Fiscalía General", None, None),
    )
    assert fetch.notes == ("La lista de instituciones de «spic» trae 5 elementos sin nombre.",)
    # A list that doesn't come fails nothing, changes no content, and is no empty list.
    assert (without.state, without.institutions) == (FetchState.UNCHANGED, None)
    assert "No llegó la lista de instituciones de «spic»: La dirección ya no existe" in without.notes[0]
    kept = last_with_institutions(home, S2.id)
    assert kept is not None
    assert (kept.fetch_id, kept.institutions) == (fetch.fetch_id, fetch.institutions)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"error": True}),
        (200, [{"error": True}]),
        (200, MAINTENANCE),
        (200, "[{"),
        (401, {"code": "401"}),
        (403, {"code": "e_701"}),
        (500, {"code": "SERVER_001"}),
    ],
)
def test_a_list_of_institutions_that_fails_is_a_note(home: Home, status: int, body: Any) -> None:
    pdn = Pdn(people(3))
    pdn.listings["/v1/spic/dependencias"] = (status, body)
    with RawPortal(pdn) as portal:
        fetch = fetch_source(listing(S2), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.pages_failed) == (FetchState.COMPLETE, 3, 0)
    assert fetch.institutions is None
    assert [note.startswith("No llegó la lista de instituciones de «spic»") for note in fetch.notes] == [True]


def test_an_empty_list_of_institutions_is_one_that_came(home: Home) -> None:
    pdn = Pdn(people(3))
    pdn.listings["/v1/spic/dependencias"] = (200, [])
    with RawPortal(pdn) as portal:
        fetch = fetch_source(listing(S2), home=home, portals=portal.portals)
        unasked = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.institutions, fetch.notes) == ((), ())
    assert unasked.institutions is None


# --- time -----------------------------------------------------------------------------------------------


def test_the_wait_for_the_portal_is_told(home: Home) -> None:
    pdn = Pdn(people(450))

    def slow(page: int, connection: socket.socket) -> bool:
        time.sleep(0.1)
        return False

    pdn.before = slow
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    row = Ledger(home).last(S2.id)
    assert row is not None
    assert row.portal_seconds == fetch.portal_seconds
    # Four pages of at least 0.1 s each, and no more than the whole fetch took.
    assert fetch.portal_seconds is not None
    assert 0.4 <= fetch.portal_seconds <= 5.0


def ids_landed(home: Home, one: Source, fetch: Fetch) -> set[str]:
    """The ids of the records landed; each once."""
    ids = [row["id"] for row in rows_of(home, land(one, fetch, home=home))]
    assert len(ids) == len(set(ids))
    return set(ids)


def _reply(connection: socket.socket, status: int, body: Any) -> bool:
    answer(connection, body, status=status)
    return True
