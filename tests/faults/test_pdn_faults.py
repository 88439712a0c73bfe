"""PDN v1 services that lie, drift, die half-way or refuse: what the crawl makes of each."""

import json
import socket
import time
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import land
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from tests.faults.raw_portal import QUICK, Pdn, RawPortal, Received, answer, people, source

S2 = source("pdn_rest")
S3 = source(
    "pdn_rest",
    id="prueba_s3",
    system="pdn-s3",
    parameters={
        "token_path": "/oauth/token",
        "collections": [
            {"name": "ssancionados", "path": "/v1/ssancionados"},
            {"name": "psancionados", "path": "/v1/psancionados"},
        ],
    },
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def pages_asked(portal: RawPortal) -> list[int]:
    return [request.json()["page"] for request in portal.requests if request.path.startswith("/v1/")]


def test_all_pages_then_the_first_again(home: Home) -> None:
    with RawPortal(Pdn(people(450))) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.declared_by, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        450,
        "portal",
        450,
        450,
    )
    assert pages_asked(portal) == [1, 2, 3, 1]
    token, first = portal.requests[0], portal.requests[1]
    assert token.headers["authorization"] == "Basic dGVxdWlvOnRlcXVpby1zYW5kYm94"
    assert token.body == (
        b"grant_type=password&username=tequio&password=tequio-sandbox&client_id=tequio&client_secret=tequio-sandbox"
    )
    assert first.headers["authorization"] == "Bearer token-1-abcdef"
    assert first.json() == {"page": 1, "pageSize": 200}


def test_scope_is_sent_only_when_declared(home: Home) -> None:
    scoped = source("pdn_rest", parameters={**S2.parameters, "scope": "read"})
    with RawPortal(Pdn(people(3))) as portal:
        fetch_source(scoped, home=home, portals=portal.portals)
    assert portal.requests[0].body.endswith(b"&scope=read")


def test_both_collections_of_s3_add_up(home: Home) -> None:
    with RawPortal(Pdn(people(250))) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        500,
        500,
        500,
    )
    assert [(page.collection, page.number, page.items) for page in fetch.pages] == [
        ("ssancionados", 1, 200),
        ("ssancionados", 2, 50),
        ("psancionados", 1, 200),
        ("psancionados", 2, 50),
    ]
    landed = land(S3, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.quarantined) == (500, 0, 0)


def test_a_smaller_page_than_asked_for_is_honoured(home: Home) -> None:
    with RawPortal(Pdn(people(100), page_limit=40)) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 100)
    sizes = [request.json()["pageSize"] for request in portal.requests if request.path == "/v1/spic"]
    assert sizes == [200, 40, 40, 40]


def test_no_rows_is_empty_and_not_a_fault(home: Home) -> None:
    with RawPortal(Pdn([])) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.EMPTY, 0, 0)


def test_a_page_that_always_says_there_is_more(home: Home) -> None:
    pdn = Pdn(people(250))
    pdn.bend = lambda page, document: {
        **document,
        "pagination": {**document["pagination"], "hasNextPage": True},
    }
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 250)
    assert pages_asked(portal) == [1, 2, 3, 1]


def test_the_same_rows_on_every_page_are_a_loop(home: Home) -> None:
    pdn = Pdn(people(600))
    pdn.bend = lambda page, document: {**document, "results": people(200)}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.content_digest) == (FetchState.CONTRACT_ERROR, None, None)
    assert "la página 2 de «spic» es igual a otra" in fetch.message
    assert pages_asked(portal) == [1, 2]


def test_pages_without_end_stop_at_the_budget(home: Home) -> None:
    def more(page: int, document: dict[str, object]) -> dict[str, object]:
        pagination = {"pageSize": 200, "page": page, "totalRows": 250, "hasNextPage": True}
        return {"pagination": pagination, "results": people(200, start=page * 200)}

    pdn = Pdn([])
    pdn.bend = more
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "declara 250 registros y ya entregó 600" in fetch.message
    assert pages_asked(portal) == [1, 2, 3]


def test_fewer_rows_than_declared_are_partial(home: Home) -> None:
    pdn = Pdn(people(3))
    pdn.bend = lambda page, document: {**document, "pagination": {**document["pagination"], "totalRows": 450}}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.PARTIAL, 450, 3)
    assert fetch.message == "Descarga incompleta: «spic» declara 450 registros y entregó 3."


@pytest.mark.parametrize(
    "pagination",
    [
        None,
        {},
        {"pageSize": 200, "totalRows": "tres", "hasNextPage": False},
        {"pageSize": 200, "totalRows": 3.5, "hasNextPage": False},
        {"pageSize": 200, "totalRows": -1, "hasNextPage": False},
        {"pageSize": True, "totalRows": 3, "hasNextPage": False},
        {"pageSize": 0, "totalRows": 3, "hasNextPage": False},
        {"pageSize": 200, "totalRows": 3, "hasNextPage": "no"},
        {"pageSize": 200, "totalRows": 3},
    ],
)
def test_pagination_of_another_shape(home: Home, pagination: object) -> None:
    pdn = Pdn(people(3))
    pdn.bend = lambda page, document: {**document, "pagination": pagination}
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "pag" in fetch.message


def test_what_died_half_way_goes_on_from_there(home: Home) -> None:
    pdn = Pdn(people(900))
    pdn.before = lambda page, connection: page >= 4 and _error(connection)
    with RawPortal(pdn) as portal:
        broken = fetch_source(S2, home=home, portals=portal.portals)
        assert (broken.state, broken.rows, broken.declared) == (FetchState.PARTIAL, 600, 900)
        assert broken.resumable
        assert land(S2, broken, home=home) is not None
        pdn.before = lambda page, connection: False
        portal.requests.clear()
        whole = fetch_source(S2, home=home, portals=portal.portals)
    # The first and the last saved page tell that nothing moved; the pages after them; the first again.
    assert pages_asked(portal) == [1, 3, 4, 5, 1]
    assert (whole.state, whole.rows, whole.distinct_ids) == (FetchState.COMPLETE, 900, 900)
    landed = land(S2, whole, home=home)
    assert landed is not None
    assert (landed.state, landed.records) == (FetchState.COMPLETE, 900)


def test_saved_pages_are_dropped_when_the_first_page_says_otherwise(home: Home) -> None:
    pdn = Pdn(people(900))
    pdn.before = lambda page, connection: page >= 4 and _error(connection)
    with RawPortal(pdn) as portal:
        fetch_source(S2, home=home, portals=portal.portals)
        pdn.before = lambda page, connection: False
        pdn.rows = people(900, start=5)
        portal.requests.clear()
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert pages_asked(portal) == [1, 2, 3, 4, 5, 1]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 900, 900)


def test_a_collection_that_never_answered_leaves_the_total_unknown(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/v1/psancionados":
            _error(connection)
        else:
            pdn(received, connection)

    pdn = Pdn(people(250))
    with RawPortal(respond) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared, fetch.declared_by) == (
        FetchState.PARTIAL,
        250,
        None,
        None,
    )


def test_a_collection_that_is_not_there_costs_itself(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/v1/ssancionados":
            answer(connection, "<html>Cannot POST</html>", status=404)
        else:
            pdn(received, connection)

    pdn = Pdn(people(250))
    with RawPortal(respond) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.PARTIAL, 250, None)
    assert (fetch.pages_ok, fetch.pages_failed) == (2, 1)
    assert {page.collection for page in fetch.pages} == {"psancionados"}
    assert "La dirección ya no existe" in fetch.message


def test_a_collection_that_loops_discredits_no_other(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        pdn.bend = loop if received.path == "/v1/psancionados" else lambda page, document: document
        pdn(received, connection)

    def loop(page: int, document: dict[str, object]) -> dict[str, object]:
        return {**document, "results": people(200)}

    pdn = Pdn(people(250))
    with RawPortal(respond) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.PARTIAL, 250, 500)
    assert {page.collection for page in fetch.pages} == {"ssancionados"}
    assert "la página 2 de «psancionados» es igual a otra" in fetch.message


def test_refused_credentials_are_sent_once(home: Home) -> None:
    with RawPortal(lambda received, connection: answer(connection, {}, status=401)) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.pages_failed, portal.paths) == (FetchState.UNAUTHORIZED, 1, ["/oauth/token"])


def test_a_second_reading_that_dies_leaves_the_first(home: Home) -> None:
    pdn = Pdn(people(450))
    pages: list[int] = []

    def change_and_die(page: int, connection: socket.socket) -> bool:
        pages.append(page)
        if len(pages) == 2:
            pdn.rows = pdn.rows[:-1]
        return len(pages) > 5 and _error(connection)

    pdn.before = change_and_die
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert pages[:6] == [1, 2, 3, 1, 1, 2]
    assert (fetch.state, fetch.rows) == (FetchState.PARTIAL, 449)


def test_rows_inserted_once_while_paging_cost_a_second_crawl(home: Home) -> None:
    pdn = Pdn(people(450))
    inserted = people(7, start=9000)

    def insert(page: int, connection: socket.socket) -> bool:
        if page == 2 and inserted:
            pdn.rows = [*inserted, *pdn.rows]
            inserted.clear()
        return False

    pdn.before = insert
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert pages_asked(portal) == [1, 2, 3, 1, 1, 2, 3, 1]
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        457,
        457,
        457,
    )
    assert fetch.notes == ("«spic» cambió durante la descarga; se descargó de nuevo completa.",)


def test_rows_that_keep_coming_are_accepted_when_nothing_went_away(home: Home) -> None:
    pdn = Pdn(people(450))

    def insert(page: int, connection: socket.socket) -> bool:
        pdn.rows = [*people(1, start=9000 + len(pdn.rows)), *pdn.rows]
        return False

    pdn.before = insert
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    # Second crawl: 455 rows at its first page, 457 at its last; two rows stand on both sides of an edge.
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        457,
        457,
        455,
    )
    assert "recibió registros nuevos" in fetch.message
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.quarantined) == (455, 2, 0)


def test_rows_that_keep_going_away_are_partial(home: Home) -> None:
    pdn = Pdn(people(900))

    def delete(page: int, connection: socket.socket) -> bool:
        pdn.rows = pdn.rows[3:]
        return False

    pdn.before = delete
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert fetch.state is FetchState.PARTIAL
    assert "cambió dos veces" in fetch.message
    assert not fetch.resumable


def test_a_deletion_with_equal_counts_is_noticed(home: Home) -> None:
    pdn = Pdn(people(400))

    def swap(page: int, connection: socket.socket) -> bool:
        # Between page 1 and 2 a row goes and another comes at the end: totals agree, a row is lost.
        if page == 2 and pdn.rows[0]["id"] == "id-00000":
            pdn.rows = [*pdn.rows[1:], *people(1, start=9000)]
        return False

    pdn.before = swap
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert pages_asked(portal) == [1, 2, 1, 1, 2, 1]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 400, 400)


def test_an_expired_token_is_renewed_and_the_same_page_repeated(home: Home) -> None:
    pdn = Pdn(people(900))
    refused: list[int] = []

    def expire(page: int, connection: socket.socket) -> bool:
        if page == 3 and not refused:
            refused.append(page)
            answer(connection, {"code": "401", "message": "Token vencido"}, status=401)
            return True
        return False

    pdn.before = expire
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, pdn.tokens) == (FetchState.COMPLETE, 900, 2)
    assert pages_asked(portal) == [1, 2, 3, 3, 4, 5, 1]


def test_a_second_refusal_ends_the_crawl_and_keeps_the_pages(home: Home) -> None:
    pdn = Pdn(people(900))

    def refuse(page: int, connection: socket.socket) -> bool:
        if page >= 3:
            answer(connection, {"code": "403", "message": "e_701"}, status=403)
        return page >= 3

    pdn.before = refuse
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, pdn.tokens) == (FetchState.PARTIAL, 400, 2)
    assert pages_asked(portal) == [1, 2, 3, 3]
    assert "no acepta las credenciales (403)" in fetch.message


@pytest.mark.parametrize("expires_in", [1, "1", 1.0])
def test_a_token_is_renewed_at_80_percent_of_its_life(home: Home, expires_in: object) -> None:
    pdn = Pdn(people(450), expires_in=expires_in)

    def slow(page: int, connection: socket.socket) -> bool:
        time.sleep(0.45)
        return False

    pdn.before = slow
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, pdn.tokens) == (FetchState.COMPLETE, 2)


@pytest.mark.parametrize("expires_in", [None, "pronto", 600])
def test_a_token_without_a_life_is_used_until_it_is_refused(home: Home, expires_in: object) -> None:
    pdn = Pdn(people(450), expires_in=expires_in)
    with RawPortal(pdn) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, pdn.tokens) == (FetchState.COMPLETE, 1)


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        (
            401,
            {"code": "401", "message": "Usuario incorrecto"},
            FetchState.UNAUTHORIZED,
            "«Usuario incorrecto»",
        ),
        (422, {"message": "Scope no proporcionado"}, FetchState.UNAUTHORIZED, "«Scope no proporcionado»"),
        (400, {"code": 400}, FetchState.UNAUTHORIZED, "(400)"),
        (200, {"token": "x"}, FetchState.CONTRACT_ERROR, "access_token"),
        (200, "<html>", FetchState.CONTRACT_ERROR, "access_token"),
        (404, "<html>", FetchState.CONTRACT_ERROR, "ya no existe"),
        (500, "", FetchState.UNAVAILABLE, "error 500"),
    ],
)
def test_no_token(home: Home, status: int, body: object, state: FetchState, words: str) -> None:
    with RawPortal(lambda received, connection: answer(connection, body, status=status)) as portal:  # type: ignore[arg-type]
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (state, None)
    assert words in fetch.message
    assert {request.path for request in portal.requests} == {"/oauth/token"}


def test_missing_variables_are_named(home: Home) -> None:
    fetch = fetch_source(S2, home=home, portals=Portals("live", limits=QUICK, env={}))
    assert fetch.state is FetchState.UNAVAILABLE
    assert "TEQUIO_PRUEBA_URL" in (fetch.action or "")
    env = {"TEQUIO_PRUEBA_URL": "https://s2.example/api", "TEQUIO_PRUEBA_USERNAME": "u"}
    fetch = fetch_source(S2, home=home, portals=Portals("live", limits=QUICK, env=env))
    assert (fetch.state, fetch.pages_failed) == (FetchState.UNAUTHORIZED, 0)
    assert fetch.expected == (
        "un valor en TEQUIO_PRUEBA_PASSWORD, TEQUIO_PRUEBA_CLIENT_ID, TEQUIO_PRUEBA_CLIENT_SECRET"
    )
    env = {"TEQUIO_PRUEBA_URL": "http://[s2.example"}
    assert fetch_source(S2, home=home, portals=Portals("live", env=env)).state is FetchState.UNAVAILABLE
    env = {"TEQUIO_PRUEBA_URL": "s2.example"}
    fetch = fetch_source(S2, home=home, portals=Portals("live", limits=QUICK, env=env))
    assert fetch.state is FetchState.UNAVAILABLE
    assert fetch.message == "La variable TEQUIO_PRUEBA_URL no contiene una dirección http(s)."


def test_secrets_stay_out_of_everything_that_is_written(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    canaries = {
        "TEQUIO_PRUEBA_USERNAME": "CANARY-user-1",
        "TEQUIO_PRUEBA_PASSWORD": 'CANARY "pass"/2',
        "TEQUIO_PRUEBA_CLIENT_ID": "CANARY-client-3",
        "TEQUIO_PRUEBA_CLIENT_SECRET": "CANARY-secret-4",
    }
    said = 'usuario CANARY-user-1 clave CANARY "pass"/2 cliente CANARY-secret-4'

    def respond(received: Received, connection: socket.socket) -> None:
        if received.path != "/oauth/token":
            answer(connection, {"message": f"token CANARY-token-5 malo; {said}"}, status=418)
        elif len(portal.requests) < 3:
            answer(connection, {"access_token": "CANARY-token-5", "expires_in": 600})
        else:
            answer(connection, {"message": said}, status=401)

    caplog.set_level(0)
    with RawPortal(respond) as portal:
        portals = Portals("sandbox", portal.address, limits=QUICK, env=canaries)
        first = fetch_source(S2, home=home, portals=portals)
        second = fetch_source(S2, home=home, portals=portals)
    assert (first.state, second.state) == (FetchState.CONTRACT_ERROR, FetchState.UNAUTHORIZED)
    assert "•••" in first.message
    assert "•••" in second.message
    # The archive keeps a portal's answer as it came, also one that repeats what it was told.
    written = [path for path in home.root.rglob("*") if path.is_file() and home.objects not in path.parents]
    assert len(written) == 6
    for path in written:
        assert b"CANARY" not in path.read_bytes(), path
    assert "CANARY" not in caplog.text
    assert "Q0FOQVJZ" not in caplog.text  # base64 of the same
    (token_line, data_line) = (
        (home.manifests / S2.id / f"{first.fetch_id}.jsonl").read_text("utf-8").splitlines()
    )
    assert json.loads(token_line)["request"] == {
        "grant_type": "password",
        "username": "•••",
        "password": "•••",
        "client_id": "•••",
        "client_secret": "•••",
    }
    assert json.loads(data_line)["request"] == {"page": 1, "pageSize": 200}


def test_redirected_query_is_not_turned_into_a_visit(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/oauth/token":
            answer(connection, {"access_token": "abcdefgh"})
        else:
            answer(connection, status=302, headers={"Location": "/login"})

    with RawPortal(respond) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, portal.paths) == (FetchState.CONTRACT_ERROR, ["/oauth/token", "/v1/spic"])
    assert "redirige la consulta (302) a /login" in fetch.message


def test_ledger_keeps_every_fetch(home: Home) -> None:
    with RawPortal(Pdn(people(3))) as portal:
        first = fetch_source(S2, home=home, portals=portal.portals)
        second = fetch_source(S2, home=home, portals=portal.portals)
    assert (first.state, second.state) == (FetchState.COMPLETE, FetchState.UNCHANGED)
    third = fetch_source(S2, home=home, portals=Portals("sandbox", None, env={}))
    ledger = Ledger(home)
    assert [row.fetch_id for row in ledger.rows(S2.id)] == [first.fetch_id, second.fetch_id, third.fetch_id]
    last, content = ledger.last(S2.id), ledger.last_with_content(S2.id)
    assert last is not None
    assert content is not None
    assert (last.state, last.rows, last.declared) == (FetchState.UNAVAILABLE, None, None)
    assert (content.fetch_id, content.state, content.rows) == (second.fetch_id, FetchState.UNCHANGED, 3)


def _error(connection: socket.socket) -> bool:
    answer(connection, {"message": "Error interno"}, status=500)
    return True
