"""PDN's public services, whose failures come as 200: what the crawl makes of each provider."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source, fetch_sources
from pipelines.landing.land import current, land
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.portals.pages import ListedInstitution
from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from tests.faults.raw_portal import QUICK, RawPortal, Received, answer, people, source
from tests.landed import rows_of

GRAVES = "faltas_administrativas_graves"
SUPPLIER = "SESEA_Yucatán"


def declared(family: str, name: str, path: str, **collection: str) -> Source:
    parameters = {
        "supplier_id": SUPPLIER,
        "collections": [{"name": name, "path": path, **collection}],
    }
    return source("pdn_public", id=f"prueba_{family}", family=family, parameters=parameters)


S1 = declared("pdn_s1", "declaraciones", "/s1/v1/search")
S2 = declared("pdn_v1", "spic", "/s2/api/v1/search", entities_path="/s2/api/v1/entities")
S3 = declared("pdn_v2", GRAVES, f"/s3-wrapper/api/v1/{GRAVES}")
S6 = declared("ocds_packages", "releases", "/s6/api/v1/search")
ALL = (S1, S2, S3, S6)
LISTED = (S1, S2, S3)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def releases(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    return [
        {"_id": f"m{number}", "ocid": f"ocds-1-{number:05d}", "id": f"r{number}", "tag": ["planning"]}
        for number in range(start, start + count)
    ]


def rows_for(one: Source, count: int, *, start: int = 0) -> list[dict[str, Any]]:
    return releases(count, start=start) if one is S6 else people(count, start=start)


class Aggregator:
    """The four services in a few lines, each rule of which a test may bend."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.listed: Any = [SUPPLIER, "OTRO"]
        self.entities: Any = []
        # Called before a page is answered; may change `rows`, or answer itself and return True.
        self.before: Callable[[int, socket.socket], bool] = lambda page, connection: False
        self.bend: Callable[[int, dict[str, Any]], Any] = lambda page, document: document
        self.has_meta = True
        self.pages: list[tuple[int, int]] = []

    def __call__(self, received: Received, connection: socket.socket) -> None:
        path = urlsplit(received.path).path
        if path in {"/s1/v1/providers", "/s2/api/v1/suppliers"}:
            names = self.listed
            answer(
                connection,
                [{"supplier_id": name} for name in names] if isinstance(names, list) else names,
            )
        elif path == "/s3-wrapper/api/v1/providers":
            answer(connection, {"success": True, "data": [{"id": name} for name in self.listed]})
        elif path == "/s2/api/v1/entities":
            answer(connection, self.entities)
        else:
            self._page(received, connection)

    def _page(self, received: Received, connection: socket.socket) -> None:
        parts = urlsplit(received.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/s3-wrapper/"):
            assert unquote(parts.path).endswith(f"/{SUPPLIER}")
            page, size = int(query["page"]), int(query["limit"])
        elif parts.path.startswith("/s6/"):
            asked = received.json()
            assert query == {"supplier_id": SUPPLIER}
            page, size = asked["page"] + 1, min(asked["pageSize"], 200)
        else:
            asked = received.json()
            assert asked["supplier_id"] == SUPPLIER
            page, size = asked["page"], min(asked["pageSize"], 200)
        self.pages.append((page, size))
        if self.before(page, connection):
            return
        found = self.rows[(page - 1) * size : page * size]
        answer(connection, self.bend(page, self._document(parts.path, found, page, size)))

    def _document(self, path: str, found: list[dict[str, Any]], page: int, size: int) -> dict[str, Any]:
        total = len(self.rows)
        if path.startswith("/s6/"):
            return {"pagination": {"total": total, "page": page - 1, "pageSize": size}, "data": found}
        if path.startswith("/s3-wrapper/"):
            counted = total if self.has_meta else len(found)
            told = {"page": page, "limit": size, "totalItems": counted, "hasNextPage": page * size < counted}
            meta = {"meta": {"total_count": total, "filter_count": total}} if self.has_meta else {}
            return {"success": True, "data": found, **meta, "pagination": told}
        told = {"page": page, "pageSize": size, "totalRows": total, "hasNextPage": page * size < total}
        return {"pagination": told, "results": found, "supplier_id": SUPPLIER}


def landed_names(home: Home, one: Source) -> set[str]:
    return {row.get("ocid", row.get("id")) for row in rows_of(home, current(home, one.id))}


def names(rows: list[dict[str, Any]]) -> set[str]:
    return {row.get("ocid", row.get("id")) for row in rows}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_all_pages_of_each_service(home: Home, one: Source) -> None:
    service = Aggregator(rows_for(one, 450))
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.declared_by, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        450,
        "portal",
        450,
        450,
    )
    assert service.pages == [(1, 200), (2, 200), (3, 200), (1, 200)]
    landed = land(one, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.quarantined) == (450, 0, 0)
    assert landed_names(home, one) == names(rows_for(one, 450))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_no_rows_is_empty_and_not_a_fault(home: Home, one: Source) -> None:
    with RawPortal(Aggregator([])) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.EMPTY, 0, 0)


FAILURES: list[tuple[Any, int, str]] = [
    ({"error": True, "supplier_id": SUPPLIER}, 200, "el servicio del proveedor falló."),
    ({"error": {"status": -110, "statusText": "ETIMEDOUT"}}, 200, "dice «ETIMEDOUT»"),
    ({"error": {"status": 401, "statusText": "Unauthorized"}}, 200, "dice «401 Unauthorized»"),
    ({"error": {"code": "e_8001", "message": "paginación"}}, 200, "paginación"),
    ({"code": "500", "message": "Algo salió mal"}, 200, "dice «500 Algo salió mal»"),
    ({"code": 400}, 200, "dice «400»"),
    ({"success": False, "error": "connect ECONNREFUSED"}, 200, "dice «connect ECONNREFUSED»"),
    ({"success": False, "error": "Provider not found"}, 400, "dice «Provider not found»"),
]


@pytest.mark.parametrize(("body", "status", "words"), FAILURES)
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_a_failure_inside_200_is_unavailable_and_never_zero(
    home: Home, one: Source, body: Any, status: int, words: str
) -> None:
    service = Aggregator(rows_for(one, 5))

    def fail(page: int, connection: socket.socket) -> bool:
        answer(connection, body, status=status)
        return True

    service.before = fail
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.UNAVAILABLE, None, None)
    assert f"no obtuvo los registros de «{SUPPLIER}»" in fetch.message
    assert words in fetch.message
    assert "no son cero" in (fetch.action or "")
    assert len(service.pages) == 2


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one.family)
def test_a_provider_that_is_not_listed_is_unavailable(home: Home, one: Source) -> None:
    service = Aggregator(rows_for(one, 5))
    service.listed = ["OTRO", SUPPLIER.upper()]
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.UNAVAILABLE, None, None)
    assert f"La PDN no lista a «{SUPPLIER}» entre los 2 proveedores" in fetch.message
    assert f"Lista «{SUPPLIER.upper()}»" in fetch.message
    assert service.pages == []


@pytest.mark.parametrize("listed", [{"error": True}, [], "<html></html>", [{"name": "x"}]])
def test_a_listing_that_is_none_is_no_reason_to_give_up(home: Home, listed: Any) -> None:
    service = Aggregator(people(5))
    service.listed = listed if not isinstance(listed, list) else {"data": listed}
    with RawPortal(service) as portal:
        fetch = fetch_source(S1, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 5)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><title>Mantenimiento</title>", "página web"),
        ('{"pagination":{"total":2,"totalRows":2', "termina antes de cerrarse"),
        ("[]", "pagination"),
        ({"results": [], "data": []}, "pagination"),
        (
            {"pagination": {"total": "x", "totalRows": "x", "pageSize": 1}, "results": [], "data": []},
            "número",
        ),
        ({"pagination": {"total": 1, "totalRows": 1}}, "llegaron las claves"),
    ],
)
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_answers_of_another_shape(home: Home, one: Source, body: Any, words: str) -> None:
    service = Aggregator([])

    def other(page: int, connection: socket.socket) -> bool:
        answer(connection, body)
        return True

    service.before = other
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    if one is not S6 or words != "llegaron las claves":
        assert words in fetch.message or "paquete" in fetch.message


def test_counts_in_text_are_counts(home: Home) -> None:
    service = Aggregator(people(3))
    service.bend = lambda page, document: {
        **document,
        "pagination": {"pageSize": "200", "page": "1", "totalRows": "3", "hasNextPage": "false"},
    }
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.COMPLETE, 3, 3)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_sizes_cut_in_silence_show_on_the_first_page(home: Home, one: Source) -> None:
    """The service gives 40 rows a page and says that it gave the 200 it was asked for."""
    service = Aggregator(rows_for(one, 100))

    def cut(page: int, document: dict[str, Any]) -> dict[str, Any]:
        asked = service.pages[-1][1]
        rows = service.rows[(page - 1) * min(asked, 40) : page * min(asked, 40)]
        name = "results" if "results" in document else "data"
        return {**document, name: rows}

    service.bend = cut
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows) == (FetchState.COMPLETE, 100, 100)
    assert service.pages == [(1, 200), (2, 40), (3, 40), (1, 40)]


def test_a_page_that_fails_once_is_asked_for_again(home: Home) -> None:
    service = Aggregator(people(450))
    failed: list[int] = []

    def fail(page: int, connection: socket.socket) -> bool:
        if page == 2 and not failed:
            failed.append(page)
            answer(connection, {"error": True})
            return True
        return False

    service.before = fail
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 450)
    assert [page for page, _ in service.pages] == [1, 2, 2, 3, 1]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_what_died_at_page_7_of_12_goes_on_from_there(home: Home, one: Source) -> None:
    one = replace(one, parameters={**one.parameters, "page_size": 50})
    rows = releases(590) if one.family == "ocds_packages" else people(590)
    service = Aggregator(rows)

    def die(page: int, connection: socket.socket) -> bool:
        if page >= 7:
            answer(connection, {"error": True})
        return page >= 7

    service.before = die
    with RawPortal(service) as portal:
        broken = fetch_source(one, home=home, portals=portal.portals)
        assert (broken.state, broken.rows, broken.declared) == (FetchState.PARTIAL, 300, 590)
        land(one, broken, home=home)
        service.before = lambda page, connection: False
        service.pages.clear()
        whole = fetch_source(one, home=home, portals=portal.portals)
    assert [page for page, _ in service.pages] == [1, 6, 7, 8, 9, 10, 11, 12, 1]
    assert (whole.state, whole.rows, whole.distinct_ids) == (FetchState.COMPLETE, 590, 590)
    landed = land(one, whole, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates) == (590, 0)
    assert landed_names(home, one) == names(rows)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_rows_inserted_while_paged_are_all_there(home: Home, one: Source) -> None:
    service = Aggregator(rows_for(one, 450))
    new = rows_for(one, 7, start=9000)

    def insert(page: int, connection: socket.socket) -> bool:
        if page == 2 and len(service.rows) == 450:
            service.rows = [*new, *service.rows]
        return False

    service.before = insert
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        457,
        457,
        457,
    )
    land(one, fetch, home=home)
    assert landed_names(home, one) == names([*rows_for(one, 450), *new])


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_rows_added_at_the_end_need_no_second_reading(home: Home, one: Source) -> None:
    service = Aggregator(rows_for(one, 450))

    def add(page: int, connection: socket.socket) -> bool:
        if page == 2:
            service.rows = rows_for(one, 480)
        return False

    service.before = add
    with RawPortal(service) as portal:
        fetch = fetch_source(one, home=home, portals=portal.portals)
    assert [page for page, _ in service.pages] == [1, 2, 3, 1]
    assert (fetch.state, fetch.declared, fetch.rows, fetch.distinct_ids) == (
        FetchState.COMPLETE,
        480,
        480,
        480,
    )
    assert "pasó de 450 a 480 registros" in fetch.message


def test_a_whole_page_of_rows_that_came_in_front_is_no_loop(home: Home) -> None:
    service = Aggregator(people(450))

    def load(page: int, connection: socket.socket) -> bool:
        if page == 2 and len(service.rows) == 450:
            service.rows = [*people(200, start=9000), *service.rows]
        return False

    service.before = load
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 650, 650)


def test_rows_that_the_provider_repeats_are_its_own(home: Home) -> None:
    """The page that holds them is as it was; the collection isn't read twice."""
    service = Aggregator([*people(450), *people(5)])
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert [page for page, _ in service.pages] == [1, 2, 3, 1, 3]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 455, 450)


def test_saved_pages_are_kept_when_the_provider_grew_at_its_end(home: Home) -> None:
    service = Aggregator(people(900))

    def die(page: int, connection: socket.socket) -> bool:
        if page >= 4:
            answer(connection, {"error": True})
        return page >= 4

    service.before = die
    with RawPortal(service) as portal:
        assert fetch_source(S2, home=home, portals=portal.portals).rows == 600
        service.before = lambda page, connection: False
        service.rows = people(950)
        service.pages.clear()
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert [page for page, _ in service.pages] == [1, 3, 4, 5, 1]
    assert (fetch.state, fetch.rows, fetch.distinct_ids) == (FetchState.COMPLETE, 950, 950)


def test_the_service_of_s3_that_counts_only_its_page_is_read_to_the_end(home: Home) -> None:
    """Without `meta` of the provider, `totalItems` is the rows of the page and `hasNextPage` false."""
    service = Aggregator(people(450))
    service.has_meta = False
    with RawPortal(service) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared, fetch.declared_by) == (
        FetchState.COMPLETE,
        450,
        450,
        "count",
    )
    assert [page for page, _ in service.pages] == [1, 2, 3, 1]
    land(S3, fetch, home=home)
    assert landed_names(home, S3) == names(people(450))


def test_three_levels_of_fields_are_told(home: Home) -> None:
    service = Aggregator([{"id": "1", "tipoSancion": [{"sancionEconomica": {"plazoPago": 20}}]}])
    with RawPortal(service) as portal:
        fetch = fetch_source(S3, home=home, portals=portal.portals)
    assert fetch.state is FetchState.COMPLETE
    assert "claves numéricas en lugar de objetos (plazoPago en 1 registros)" in fetch.message


def test_institutions_of_the_provider_alone(home: Home) -> None:
    service = Aggregator(people(3))
    service.entities = [
        {"error": True},
        {"nombre": " Fiscalía ", "siglas": "nan", "clave": 7, "supplier_id": SUPPLIER},
        {"nombre": "nan", "siglas": "", "clave": "", "supplier_id": SUPPLIER},
        {"nombre": "Salud", "siglas": "SSA", "clave": "1", "supplier_id": "OTRO"},
    ]
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert fetch.institutions == (ListedInstitution("spic", "Fiscalía", None, "7"),)
    assert fetch.state is FetchState.COMPLETE


@pytest.mark.parametrize(
    "entities", [{"error": True}, [{"error": True}], "<html>", [{"nombre": "Salud", "supplier_id": 3}]]
)
def test_institutions_that_do_not_come_are_not_none(home: Home, entities: Any) -> None:
    service = Aggregator(people(3))
    service.entities = entities
    with RawPortal(service) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.institutions) == (FetchState.COMPLETE, None)
    assert "lista de instituciones" in fetch.message


def _make(order: Order) -> Made:
    """Small collections of any family, a key the path of each; ids are the source's own."""
    drafts = []
    for collection in order.source.parameters["collections"]:
        rows = releases(60) if order.source.family == "ocds_packages" else people(60)
        pairs = [(f"{order.source.id}-{number}", row) for number, row in enumerate(rows)]
        sent = [(name, json.dumps({**row, "id": name}).encode()) for name, row in pairs]
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), sent))
    listed = [
        ("1", json.dumps({"nombre": f"Ente de {order.source.id}", "siglas": "E", "clave": "1"}).encode())
    ]
    drafts.append(draft("dependencias", Envelope(b"[", b",", b"]", JSON_TYPE), listed))
    return drafts, {}


@pytest.fixture
def sandbox_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[list[Source]], LocalPortal]:
    for family in ("pdn_s1", "pdn_v1", "pdn_v2", "ocds_packages"):
        monkeypatch.setitem(generator.BY_LAYOUT, ("pdn_public", family, ""), _make)  # type: ignore[arg-type]
    return lambda sources: LocalPortal(tmp_path / "portal", sources=sources)


def many(count: int) -> list[Source]:
    """Providers that share the one host, each with a supplier id of its own."""
    return [
        replace(
            one,
            id=f"proveedor_{number:03d}",
            parameters={**one.parameters, "supplier_id": f"SESEA_{number:03d}"},
        )
        for number in range(count)
        for one in [ALL[number % 4]]
    ]


def test_a_hundred_sources_share_the_host_and_get_their_own_rows(
    home: Home, sandbox_of: Callable[[list[Source]], LocalPortal]
) -> None:
    sources = many(100)
    with sandbox_of(sources) as portal:
        started = time.monotonic()
        fetched = fetch_sources(sources, home=home, portals=Portals("sandbox", portal.address, env={}))
        seconds = time.monotonic() - started
        requests = len(portal.requests)
    assert {fetch.state for fetch in fetched.values()} == {FetchState.COMPLETE}
    for one in sources:
        land(one, fetched[one.id], home=home)
        rows = rows_of(home, current(home, one.id))
        assert {row["id"] for row in rows} == {f"{one.id}-{number}" for number in range(60)}
        listed = fetched[one.id].institutions
        if one.family == "pdn_v1":
            assert listed is not None
            assert [each.nombre for each in listed] == [f"Ente de {one.id}"]
    # One lane: a request after the other. Loose, for a loaded machine; about 10 ms were measured.
    assert seconds / requests < 0.1


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.family)
def test_the_sandbox_fails_as_the_services_do(
    home: Home, sandbox_of: Callable[[list[Source]], LocalPortal], one: Source
) -> None:
    with sandbox_of([one]) as portal:
        portals = Portals("sandbox", portal.address, limits=QUICK, env={})
        portal.set_fault(one.id, "upstream_down")
        down = fetch_source(one, home=home, portals=portals)
        portal.set_fault(one.id, "unlisted")
        missing = fetch_source(one, home=home, portals=portals)
        portal.set_fault(one.id, "error_in_200")
        spoken = fetch_source(one, home=home, portals=portals)
        portal.set_fault(one.id, "html")
        html = fetch_source(one, home=home, portals=portals)
        portal.set_fault(one.id, None)
        well = fetch_source(one, home=home, portals=portals)
    assert (down.state, missing.state, spoken.state, html.state, well.state) == (
        FetchState.UNAVAILABLE,
        FetchState.UNAVAILABLE,
        FetchState.UNAVAILABLE,
        FetchState.CONTRACT_ERROR,
        FetchState.COMPLETE,
    )
    assert "el servicio del proveedor falló" in down.message
    assert {down.rows, missing.rows, spoken.rows, html.rows} == {None}
    assert well.rows == 60
