"""Directus services (S2 v2, S3 v2) that hide fields, shift rows, die half-way or refuse: what the crawl makes of each."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import current, land
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.portals.pages import Fetch
from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from tests.faults.raw_portal import QUICK, RawPortal, Received, answer, source
from tests.landed import rows_of

GRAVES = "faltas_administrativas_graves"
SPIC = "servidores_intervengan_procedimientos_contrataciones"
FOUR = (
    GRAVES,
    "faltas_administrativas_no_graves",
    "faltas_graves_personas_fisicas",
    "faltas_graves_personas_morales",
)


def declared(*names: str, **changes: Any) -> Source:
    collections = [{"name": name, "path": f"/items/{name}"} for name in names]
    parameters = {"collections": collections, **changes.pop("parameters", {})}
    return source("pdn_directus", system="pdn-s3", parameters=parameters, **changes)


S3 = declared(GRAVES)
S2 = replace(declared(SPIC), id="prueba_s2", system="pdn-s2")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def rows(count: int, *, start: int = 0, keyless: bool = False) -> list[dict[str, Any]]:
    """Sanctions: their ids are in another order than their dates."""
    made = []
    for number in range(start, start + count):
        row = {
            "date_created": f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.{number:05d}Z",
            "fecha": f"2026-01-{number % 5 + 1:02d}",
            "expediente": f"E-{number:05d}",
            "tipoSancion": [{"clave": "OTRO", "sancionEconomica": {"plazoPago": {"meses": 1}}}],
        }
        made.append(row if keyless else {"id": f"{number * 7919 % 10007:05d}", **row})
    return made


class Directus:
    """A Directus in a few lines, each rule of which a test may bend."""

    def __init__(self, found: list[dict[str, Any]], *, hidden: tuple[str, ...] = ()) -> None:
        self.rows = found
        self.hidden = hidden
        self.limit = 1000
        # Called before a page is answered; may change `rows`, or answer itself and return True.
        self.before: Callable[[int, socket.socket], bool] = lambda page, connection: False
        self.bend: Callable[[int, dict[str, Any]], Any] = lambda page, document: document

    def __call__(self, received: Received, connection: socket.socket) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(received.path).query).items()}
        sort = query.get("sort", "").split(",") if "sort" in query else []
        if set(sort) & set(self.hidden):
            forbidden(connection)
            return
        page, limit = int(query["page"]), min(int(query["limit"]), self.limit)
        if self.before(page, connection):
            return
        found = list(self.rows)
        for field in reversed(sort or ["id"]):
            found.sort(key=lambda row: str(row.get(field, row["expediente"][::-1])))
        first = (page - 1) * limit
        shown = [
            {name: value for name, value in row.items() if name not in self.hidden}
            for row in found[first : first + limit]
        ]
        counts = {"total_count": len(found), "filter_count": len(found)}
        answer(connection, self.bend(page, {"meta": counts, "data": shown}))


def forbidden(connection: socket.socket) -> None:
    error = {"message": "You don't have permission to access this.", "extensions": {"code": "FORBIDDEN"}}
    answer(connection, {"errors": [error]}, status=403)


def landed_ids(home: Home, source_id: str) -> set[str | None]:
    return {row.get("id") for row in rows_of(home, current(home, source_id))}


def asked(portal: RawPortal) -> list[tuple[str, str]]:
    """(page, sort) of each request."""
    queries = [parse_qs(urlsplit(request.path).query) for request in portal.requests]
    return [(query["page"][0], query.get("sort", [""])[0]) for query in queries]


def facts(fetch: Fetch) -> tuple[Any, ...]:
    return (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids)


def test_all_pages_sorted_with_a_bearer(home: Home) -> None:
    with RawPortal(Directus(rows(450))) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 450, 450, 450)
    assert fetch.declared_by == "portal"
    assert asked(portal) == [(page, "date_created,id") for page in "1231"]
    first = portal.requests[0]
    assert first.headers["authorization"] == "Bearer tequio-sandbox-token"
    assert first.path == f"/items/{GRAVES}?fields=*.*.*.*&limit=200&page=1&meta=*&sort=date_created,id"
    landed = land(S3, fetch, home=home)
    assert landed is not None
    assert (landed.family, landed.records, landed.duplicates) == ("pdn_v2", 450, 0)
    assert landed_ids(home, S3.id) == {row["id"] for row in rows(450)}


def test_four_collections_in_one_source(home: Home) -> None:
    one = declared(*FOUR)
    with RawPortal(Directus(rows(250))) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 1000, 1000, 1000)
    assert [page.collection for page in fetch.pages] == [name for name in FOUR for _ in (1, 2)]


def test_a_collection_that_is_refused_costs_itself(home: Home) -> None:
    directus = Directus(rows(30))

    def respond(received: Received, connection: socket.socket) -> None:
        if FOUR[1] in received.path:
            forbidden(connection)
        else:
            directus(received, connection)

    one = declared(*FOUR)
    with RawPortal(respond) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.PARTIAL, None, 90, 90)
    assert {page.collection for page in fetch.pages} == set(FOUR) - {FOUR[1]}
    assert f"El portal niega «{FOUR[1]}» (403)" in fetch.message
    assert "«You don't have permission to access this.»" in fetch.message


def test_a_role_that_hides_ids_is_sorted_by_date_and_named_by_content(home: Home) -> None:
    directus = Directus(rows(450, keyless=True), hidden=("id", "date_created"))
    with RawPortal(directus) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 450, 450, 450)
    assert asked(portal) == [("1", "date_created,id"), *((page, "fecha") for page in "1231")]
    assert fetch.notes == (
        f"«{SPIC}» no se puede ordenar por date_created,id; se descargó ordenada por fecha.",
    )
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.distinct_ids) == (450, 450)


def test_a_role_that_can_sort_by_nothing_gets_the_portals_own_order(home: Home) -> None:
    directus = Directus(rows(250), hidden=("id", "date_created", "fecha"))
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch)[:3] == (FetchState.COMPLETE, 250, 250)
    assert [sort for _, sort in asked(portal)] == ["date_created,id", "fecha", "", "", ""]
    assert "en el orden propio del portal" in fetch.message


def test_rows_lost_among_equal_dates_come_with_the_second_reading(home: Home) -> None:
    """Ties of the sort are broken otherwise on page 2: a row stands twice, another nowhere, and counts agree."""
    found = rows(300, keyless=True)
    directus = Directus(found, hidden=("id", "date_created"))

    def shuffle(page: int, document: dict[str, Any]) -> dict[str, Any]:
        if page == 2 and "fecha" in portal.requests[-1].path:
            document["data"][0] = {
                name: value for name, value in found_first[0].items() if name not in directus.hidden
            }
        if page == 1:
            found_first[:] = document["data"][:1]
        return document

    found_first: list[dict[str, Any]] = []
    directus.bend = shuffle
    with RawPortal(directus) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 300, 300, 300)
    assert [sort for _, sort in asked(portal)] == ["date_created,id", *["fecha"] * 3, *[""] * 3]
    assert "repetía registros entre páginas" in fetch.message
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates) == (300, 0)


def test_records_that_are_really_twice_stay_twice(home: Home) -> None:
    twice = rows(300, keyless=True)
    directus = Directus([*twice, *twice[:3]], hidden=("id", "date_created"))
    with RawPortal(directus) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 303, 303, 300)
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates) == (300, 3)


def test_an_order_that_never_holds_is_partial(home: Home) -> None:
    """With ids, sorted as asked, and rows come twice while others don't, each time others."""
    directus = Directus(rows(400))
    readings: list[int] = []

    def lose(page: int, document: dict[str, Any]) -> dict[str, Any]:
        if page == 2:
            readings.append(page)
            document["data"][len(readings)] = kept[0]
        else:
            kept[:] = document["data"][:1]
        return document

    kept: list[dict[str, Any]] = []
    directus.bend = lose
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch)[:3] == (FetchState.PARTIAL, 400, 400)
    assert "cada vez en otro orden" in fetch.message
    assert not fetch.resumable


def test_fewer_levels_than_asked_for_are_told(home: Home) -> None:
    directus = Directus(rows(3))

    def flatten(page: int, document: dict[str, Any]) -> dict[str, Any]:
        for row in document["data"]:
            row["tipoSancion"][0]["sancionEconomica"] = {"plazoPago": 20}
        return document

    directus.bend = flatten
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert fetch.state is FetchState.COMPLETE
    assert fetch.notes == (
        f"«{GRAVES}» trae claves numéricas en lugar de objetos (plazoPago en 3 registros): su servicio entrega menos"
        " niveles de los que se piden.",
    )
    landed = land(S3, fetch, home=home)
    assert landed is not None
    assert landed.records == 3


def test_a_lower_limit_than_asked_for_is_honoured(home: Home) -> None:
    directus = Directus(rows(100))
    directus.limit = 40
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 100, 100, 100)
    limits = [parse_qs(urlsplit(request.path).query)["limit"][0] for request in portal.requests]
    assert limits == ["200", "40", "40", "40"]


def test_no_rows_is_empty_and_not_a_fault(home: Home) -> None:
    with RawPortal(Directus([])) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.EMPTY, 0, 0, 0)


def test_counts_in_text_are_counts(home: Home) -> None:
    directus = Directus(rows(3))
    directus.bend = lambda page, document: {**document, "meta": {"total_count": "3"}}
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 3, 3, 3)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"data": []}, "filter_count"),
        ({"meta": {"filter_count": None}, "data": []}, "filter_count"),
        ({"meta": {"filter_count": 0}}, "llegaron las claves: meta"),
        ({"meta": {"filter_count": 1}, "data": {"id": 1}}, "data (no es lista)"),
        ([], "filter_count"),
        ("<!DOCTYPE html><html></html>", "página web"),
        ('{"meta":{"filter_count":2},"data":[{"id"', "termina antes de cerrarse"),
        ("", "vacía"),
    ],
)
def test_answers_of_another_shape(home: Home, body: Any, words: str) -> None:
    with RawPortal(lambda received, connection: answer(connection, body)) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert words in fetch.message


@pytest.mark.parametrize(
    ("status", "code", "state", "words"),
    [
        (401, "INVALID_CREDENTIALS", FetchState.UNAUTHORIZED, "no acepta el token (401)"),
        (403, "FORBIDDEN", FetchState.UNAUTHORIZED, "o el token no da acceso, o la colección no existe"),
        (400, "INVALID_QUERY", FetchState.CONTRACT_ERROR, "no entiende la consulta"),
        (404, "ROUTE_NOT_FOUND", FetchState.CONTRACT_ERROR, "ya no existe"),
        (503, "UNDER_PRESSURE", FetchState.UNAVAILABLE, "fuera de servicio"),
    ],
)
def test_errors_of_directus(home: Home, status: int, code: str, state: FetchState, words: str) -> None:
    error = {"errors": [{"message": f"dice {code}", "extensions": {"code": code}}]}
    with RawPortal(lambda received, connection: answer(connection, error, status=status)) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (state, None, None)
    assert words in fetch.message
    if status < 500:
        assert f"«dice {code}»" in fetch.message


def test_what_died_at_page_7_of_12_goes_on_from_there(home: Home) -> None:
    directus = Directus(rows(1150))
    one = declared(GRAVES, parameters={"page_size": 100})

    def die(page: int, connection: socket.socket) -> bool:
        if page >= 7:
            answer(connection, {"errors": []}, status=500)
        return page >= 7

    directus.before = die
    with RawPortal(directus) as portal:
        broken = fetch_source(one, home=home, portals=portal.portals)
        assert facts(broken)[:3] == (FetchState.PARTIAL, 1150, 600)
        assert land(one, broken, home=home) is not None
        directus.before = lambda page, connection: False
        portal.requests.clear()
        whole = fetch_source(one, home=home, portals=portal.portals)
    assert [page for page, _ in asked(portal)] == ["1", "6", "7", "8", "9", "10", "11", "12", "1"]
    assert facts(whole) == (FetchState.COMPLETE, 1150, 1150, 1150)
    landed = land(one, whole, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.quarantined) == (1150, 0, 0)
    assert landed_ids(home, one.id) == {row["id"] for row in rows(1150)}


def test_rows_inserted_while_paged_are_all_there(home: Home) -> None:
    directus = Directus(rows(450))
    new = rows(7, start=5000)

    def insert(page: int, connection: socket.socket) -> bool:
        if page == 2 and new:
            directus.rows = [*directus.rows, *({**row, "date_created": "2020-01-01"} for row in new)]
            new.clear()
        return False

    directus.before = insert
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(fetch) == (FetchState.COMPLETE, 457, 457, 457)
    assert "cambió durante la descarga" in fetch.message
    land(S3, fetch, home=home)
    assert landed_ids(home, S3.id) == {row["id"] for row in (*rows(450), *rows(7, start=5000))}


def test_rows_added_at_the_end_need_no_second_reading(home: Home) -> None:
    directus = Directus(rows(450))

    def add(page: int, connection: socket.socket) -> bool:
        if page == 2:
            directus.rows = rows(480)
        return False

    directus.before = add
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert [page for page, _ in asked(portal)] == ["1", "2", "3", "1"]
    assert facts(fetch) == (FetchState.COMPLETE, 480, 480, 480)
    assert fetch.notes == (f"«{GRAVES}» pasó de 450 a 480 registros durante la descarga; llegaron todos.",)


def test_a_second_reading_that_dies_leaves_the_first(home: Home) -> None:
    directus = Directus(rows(450))
    pages: list[int] = []

    def change_and_die(page: int, connection: socket.socket) -> bool:
        pages.append(page)
        if len(pages) == 2:
            directus.rows = directus.rows[:-1]
        if len(pages) > 5:
            answer(connection, {"errors": []}, status=500)
        return len(pages) > 5

    directus.before = change_and_die
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
        assert pages[:6] == [1, 2, 3, 1, 1, 2]
        assert (fetch.state, fetch.rows) == (FetchState.PARTIAL, 449)
        directus.before = lambda page, connection: False
        whole = fetch_source(S3, home=home, portals=portal.portals)
    assert facts(whole) == (FetchState.COMPLETE, 449, 449, 449)
    land(S3, whole, home=home)
    assert landed_ids(home, S3.id) == {row["id"] for row in rows(449)}


def test_a_service_that_ignores_the_page_is_a_loop(home: Home) -> None:
    directus = Directus(rows(600))
    directus.bend = lambda page, document: {**document, "data": rows(200)}
    with RawPortal(directus) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert f"la página 2 de «{GRAVES}» es igual a otra" in fetch.message


def test_the_token_is_in_nothing_that_is_written(home: Home) -> None:
    error = {
        "errors": [{"message": "token CANARY-token-1 malo", "extensions": {"code": "INVALID_CREDENTIALS"}}]
    }
    with RawPortal(lambda received, connection: answer(connection, error, status=401)) as portal:
        portals = Portals(
            "sandbox", portal.address, limits=QUICK, env={"TEQUIO_PRUEBA_TOKEN": "CANARY-token-1"}
        )
        fetch = fetch_source(S3, home=home, portals=portals)
    assert portal.requests[0].headers["authorization"] == "Bearer CANARY-token-1"
    assert "token ••• malo" in fetch.message
    written = [path for path in home.root.rglob("*") if path.is_file() and home.objects not in path.parents]
    assert written
    for path in written:
        assert b"CANARY" not in path.read_bytes(), path


def test_a_missing_token_is_named(home: Home) -> None:
    env = {"TEQUIO_PRUEBA_URL": "https://s3.example"}
    fetch = fetch_source(S3, home=home, portals=Portals("live", limits=QUICK, env=env))
    assert fetch.state is FetchState.UNAUTHORIZED
    assert fetch.expected == "un valor en TEQUIO_PRUEBA_TOKEN"


def _make(order: Order) -> Made:
    """Small collections of v2, a key the path of each."""
    envelope = Envelope(b"[", b",", b"]", JSON_TYPE)
    drafts = []
    for number, collection in enumerate(order.source.parameters["collections"]):
        found = rows(120, start=number * 1000)
        pairs = [(row["id"], json.dumps(row).encode()) for row in found]
        drafts.append(draft(collection["path"], envelope, pairs))
    return drafts, {}


@pytest.fixture
def sandbox_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Source], LocalPortal]:
    monkeypatch.setitem(generator.BY_LAYOUT, ("pdn_directus", "pdn_v2", ""), _make)  # type: ignore[arg-type]
    return lambda one: LocalPortal(tmp_path / "portal", sources=[one])


def test_the_sandbox_has_a_directus(home: Home, sandbox_of: Callable[[Source], LocalPortal]) -> None:
    one = declared(*FOUR, parameters={"page_size": 50})
    with sandbox_of(one) as portal:
        fetch = fetch_source(one, home=home, portals=Portals("sandbox", portal.address, env={}))
        assert facts(fetch) == (FetchState.COMPLETE, 480, 480, 480)
        land(one, fetch, home=home)
        made = {row["id"] for number in range(4) for row in rows(120, start=number * 1000)}
        assert landed_ids(home, one.id) == made
        portal.set_fault(one.id, "bad_credentials")
        assert fetch_source(one, home=home, portals=Portals("sandbox", portal.address, env={})).state is (
            FetchState.UNAUTHORIZED
        )
        portal.set_fault(one.id, "html")
        assert fetch_source(one, home=home, portals=Portals("sandbox", portal.address, env={})).state is (
            FetchState.CONTRACT_ERROR
        )


def test_the_sandbox_hides_what_the_public_role_of_s2_hides(
    home: Home, sandbox_of: Callable[[Source], LocalPortal]
) -> None:
    with sandbox_of(S2) as portal:
        fetch = fetch_source(S2, home=home, portals=Portals("sandbox", portal.address, env={}))
    assert facts(fetch) == (FetchState.COMPLETE, 120, 120, 120)
    assert "ordenada por fecha" in fetch.message
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert landed_ids(home, S2.id) == {None}
