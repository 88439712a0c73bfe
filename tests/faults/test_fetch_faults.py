"""Every fault of a portal ends in its ledger state, quickly, with a message a person can act on.

Real HTTP over loopback throughout: raw sockets where HTTP itself is broken.
"""

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import orjson
import pytest

from pipelines.home import Home
from pipelines.landing import fetch as fetching
from pipelines.landing.fetch import fetch_source, fetch_sources
from pipelines.landing.land import land
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from tests.faults.raw_portal import PACKAGE, QUICK, RawPortal, Received, answer, bulk, source
from tests.unit.portals.workbooks import rows, xlsx


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def manifest(home: Home, source_id: str, fetch_id: str) -> list[dict[str, object]]:
    text = (home.manifests / source_id / f"{fetch_id}.jsonl").read_bytes()
    return [orjson.loads(line) for line in text.splitlines()]


def test_a_good_answer_is_archived_byte_for_byte(home: Home) -> None:
    with RawPortal(lambda received, connection: answer(connection, PACKAGE)) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared, fetch.declared_by) == (
        FetchState.COMPLETE,
        2,
        2,
        "count",
    )
    (page,) = fetch.pages
    assert (home.objects / page.sha256[:2] / page.sha256).read_text(encoding="utf-8") == PACKAGE
    (line,) = manifest(home, fetch.source_id, fetch.fetch_id)
    assert (line["url"], line["status"], line["sha256"], line["bytes"]) == (
        "https://portal.example:3000/datos",
        200,
        page.sha256,
        len(PACKAGE),
    )
    (request,) = portal.requests
    assert (request.headers["host"], request.headers["x-tequio-source"]) == (
        "portal.example:3000",
        "prueba_bulk_files",
    )


def test_slow_drip_is_aborted_by_throughput(home: Home) -> None:
    def drip(received: Received, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.1)

    began = time.monotonic()
    with RawPortal(drip) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert fetch.state is FetchState.UNAVAILABLE
    assert "demasiado lento" in fetch.message
    assert time.monotonic() - began < 3
    assert list(home.objects.glob(".parts/*")) == []


def test_an_answer_that_never_comes_times_out_twice(home: Home) -> None:
    with RawPortal(lambda received, connection: time.sleep(1.5)) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.UNAVAILABLE, 2)
    assert "no respondió a tiempo" in fetch.message


def test_short_json_is_refused_after_all_attempts(home: Home) -> None:
    with RawPortal(lambda received, connection: answer(connection, PACKAGE[:30], length=83)) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, len(portal.requests)) == (FetchState.CONTRACT_ERROR, None, 3)
    assert fetch.message == "El archivo llegó cortado: 30 bytes de 83 anunciados."


def test_short_body_that_arrives_whole_at_the_second_attempt(home: Home) -> None:
    def twice(received: Received, connection: socket.socket) -> None:
        answer(connection, PACKAGE if len(portal.requests) > 1 else PACKAGE[:30], length=len(PACKAGE))

    with RawPortal(twice) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.COMPLETE, 2)


def test_body_cut_with_an_agreeing_length_is_a_contract_error(home: Home) -> None:
    with RawPortal(lambda received, connection: answer(connection, PACKAGE[:60])) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "termina antes de cerrarse" in fetch.message


@pytest.mark.parametrize(
    ("format_", "body", "length", "rows", "quarantined"),
    [
        ("csv", "a,b\n1,2\n3,4\n5,6", 100, 3, 1),
        ("csv", "a,b\n1,2\n3", None, 2, 1),
        ("ndjson", PACKAGE + "\n" + PACKAGE[:40], 400, 3, 1),
        ("ndjson", PACKAGE + "\n" + PACKAGE[:40], None, 3, 1),
    ],
)
def test_whole_lines_of_a_cut_file_are_kept_as_partial(
    home: Home, *, format_: str, body: str, length: int | None, rows: int, quarantined: int
) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        answer(connection, body, length=length, headers={"ETag": '"1"'})

    declared = bulk(format_)
    with RawPortal(respond) as portal:
        fetch = fetch_source(declared, home=home, portals=portal.portals)
        assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.PARTIAL, rows, None)
        landed = land(declared, fetch, home=home)
        assert landed is not None
        assert (landed.state, landed.records + landed.duplicates, landed.quarantined) == (
            FetchState.PARTIAL,
            rows - quarantined,
            quarantined,
        )
        fetch_source(declared, home=home, portals=portal.portals)
    # What came cut must not be asked for as "unless it changed".
    assert all("if-none-match" not in request.headers for request in portal.requests)


@pytest.mark.parametrize(
    "spoil",
    [
        b'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"releases":[',
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
        b"garbage\r\n\r\n",
    ],
)
def test_broken_http_is_unavailable(home: Home, spoil: bytes) -> None:
    with RawPortal(lambda received, connection: connection.sendall(spoil)) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, len(portal.requests)) == (FetchState.UNAVAILABLE, None, 3)


def test_transport_gzip_is_undone_and_a_gzip_file_is_not(home: Home) -> None:
    squeezed = gzip.compress(PACKAGE.encode())

    def respond(received: Received, connection: socket.socket) -> None:
        headers = {"Content-Encoding": "gzip"} if received.path == "/a" else {}
        answer(connection, squeezed, headers=headers)

    declared = source(
        "bulk_files",
        parameters={"files": [{"path": "/a", "format": "json"}, {"path": "/b", "format": "json"}]},
    )
    with RawPortal(respond) as portal:
        fetch = fetch_source(declared, home=home, portals=portal.portals)
    stored = [(home.objects / page.sha256[:2] / page.sha256).read_bytes() for page in fetch.pages]
    assert stored == [PACKAGE.encode(), squeezed]
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 4)


def test_cut_transport_gzip_is_no_answer(home: Home) -> None:
    squeezed = gzip.compress(PACKAGE.encode())[:-10]
    with RawPortal(
        lambda _, connection: answer(connection, squeezed, headers={"Content-Encoding": "gzip"})
    ) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert fetch.state is FetchState.UNAVAILABLE
    assert "cortó la conexión" in fetch.message


def test_transport_bomb_is_stopped_at_its_ratio(home: Home) -> None:
    bomb = gzip.compress(b"0" * (64 << 20))
    with RawPortal(
        lambda _, connection: answer(connection, bomb, headers={"Content-Encoding": "gzip"})
    ) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert fetch.state is FetchState.CONTRACT_ERROR
    assert "crece sin medida" in fetch.message
    assert sum(path.stat().st_size for path in home.objects.rglob("*") if path.is_file()) == 0


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        (200, "<!DOCTYPE html><title>Iniciar sesión</title>", FetchState.CONTRACT_ERROR, "página web"),
        (200, "", FetchState.CONTRACT_ERROR, "vacía"),
        (
            200,
            '{"message":"No se ha encontrado el record"}',
            FetchState.CONTRACT_ERROR,
            "No se ha encontrado",
        ),
        (401, '{"message":"Sin permiso"}', FetchState.UNAUTHORIZED, "«Sin permiso»"),
        (403, "<html>WAF</html>", FetchState.UNAVAILABLE, "bloquea"),
        (404, "<html>404</html>", FetchState.CONTRACT_ERROR, "ya no existe"),
        (418, "", FetchState.CONTRACT_ERROR, "418"),
        (500, "{}", FetchState.UNAVAILABLE, "error 500"),
        (503, "{}", FetchState.UNAVAILABLE, "fuera de servicio"),
    ],
)
def test_statuses_and_bodies(home: Home, status: int, body: str, state: FetchState, words: str) -> None:
    with RawPortal(lambda received, connection: answer(connection, body, status=status)) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert fetch.state is state
    assert words in fetch.message
    assert (fetch.rows, fetch.declared, fetch.content_digest, fetch.pages) == (None, None, None, ())
    assert fetch.url == "https://portal.example:3000/datos"
    assert fetch.expected
    assert fetch.action
    row = Ledger(home).last(fetch.source_id)
    assert row is not None
    assert (row.state, row.rows, row.message) == (state, None, fetch.message)
    assert land(bulk("json"), fetch, home=home) is None


def test_transient_errors_are_retried(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        answer(connection, PACKAGE, status=[502, 429, 200][len(portal.requests) - 1])

    with RawPortal(respond) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.COMPLETE, 3)
    assert [line["status"] for line in manifest(home, fetch.source_id, fetch.fetch_id)] == [502, 429, 200]


@pytest.mark.parametrize("as_date", [False, True])
def test_an_absurd_retry_after_ends_the_attempt_at_once(home: Home, as_date: bool) -> None:
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    value = tomorrow if as_date else "86400"
    began = time.monotonic()
    with RawPortal(
        lambda _, connection: answer(connection, status=429, headers={"Retry-After": value})
    ) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.UNAVAILABLE, 1)
    assert "pide esperar 86,4" in fetch.message or "pide esperar 86,3" in fetch.message
    assert time.monotonic() - began < 1


def test_retry_after_is_waited_for(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if len(portal.requests) == 1:
            answer(connection, status=503, headers={"Retry-After": "1"})
        else:
            answer(connection, PACKAGE)

    began = time.monotonic()
    with RawPortal(respond) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert fetch.state is FetchState.COMPLETE
    assert time.monotonic() - began >= 1


def test_nobody_listens(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    began = time.monotonic()
    fetch = fetch_source(bulk("json"), home=home, portals=Portals("sandbox", address, env={}))
    assert (fetch.state, fetch.pages_failed) == (FetchState.UNAVAILABLE, 1)
    assert fetch.message == "No se pudo conectar con el portal: rechaza la conexión."
    assert time.monotonic() - began < 3
    fetch = fetch_source(bulk("json"), home=home, portals=Portals("sandbox", None, env={}))
    assert fetch.message == "No se pudo conectar con el portal: el portal local no está en marcha."


def test_redirects_stay_on_declared_hosts(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        targets = {"/datos": "/a", "/a": "https://portal.example:3000/b"}
        target = targets.get(received.path)
        if target is None:
            answer(connection, PACKAGE)
        else:
            answer(connection, status=302, headers={"Location": target})

    with RawPortal(respond) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, portal.paths) == (FetchState.COMPLETE, ["/datos", "/a", "/b"])


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data", "https://otro.example/", "file:///etc/passwd", "ftp://x/"],
)
def test_redirects_elsewhere_are_not_followed(home: Home, target: str) -> None:
    with RawPortal(
        lambda _, connection: answer(connection, status=302, headers={"Location": target})
    ) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.CONTRACT_ERROR, 1)
    assert "redirige a otro sitio" in fetch.message


def test_a_circle_of_redirects_ends(home: Home) -> None:
    with RawPortal(
        lambda _, connection: answer(connection, status=301, headers={"Location": "/datos"})
    ) as portal:
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, len(portal.requests)) == (FetchState.CONTRACT_ERROR, 6)
    assert "más de 5 veces" in fetch.message


def test_live_mode_refuses_private_addresses_before_a_byte_is_sent(home: Home) -> None:
    with RawPortal(lambda received, connection: answer(connection, PACKAGE)) as portal:
        declared = bulk("json", url=f"http://{portal.address}")
        fetch = fetch_source(declared, home=home, portals=Portals("live", limits=QUICK, env={}))
        assert portal.requests == []
    assert fetch.state is FetchState.UNAVAILABLE
    assert "dirección privada" in fetch.message


def test_live_mode_refuses_a_name_that_changes_its_address(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]]

    with RawPortal(lambda received, connection: answer(connection, PACKAGE)) as portal:
        port = int(portal.address.rpartition(":")[2])
        there = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        def rebinding(*args: object, **kwargs: object) -> list[object]:
            return list(answers.pop() if answers else there)

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        declared = bulk("json", url="http://portal.example")
        fetch = fetch_source(declared, home=home, portals=Portals("live", limits=QUICK, env={}))
        assert (answers, portal.requests) == ([], [])
    assert fetch.state is FetchState.UNAVAILABLE
    assert "dirección privada" in fetch.message


def test_body_over_the_cap_is_stopped(home: Home) -> None:
    small = Portals("sandbox", None, limits=QUICK)
    with RawPortal(lambda received, connection: answer(connection, b" " * (3 << 20))) as portal:
        limits = type(QUICK)(**{**vars(QUICK), "max_bytes": 1 << 20})
        portals = Portals(small.mode, portal.address, limits=limits, env={})
        fetch = fetch_source(bulk("json"), home=home, portals=portals)
    assert fetch.state is FetchState.CONTRACT_ERROR
    assert "1,048,576 bytes" in fetch.message


def test_unchanged_file_is_not_sent_again(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        headers = {"ETag": '"v1"', "Last-Modified": "Mon, 16 Nov 2026 18:00:00 GMT"}
        if received.headers.get("if-none-match") == '"v1"':
            answer(connection, status=304, headers=headers)
        else:
            answer(connection, PACKAGE, headers=headers)

    with RawPortal(respond) as portal:
        first = fetch_source(bulk("json"), home=home, portals=portal.portals)
        second = fetch_source(bulk("json"), home=home, portals=portal.portals)
        assert (second.state, second.rows, second.declared) == (FetchState.UNCHANGED, 2, 2)
        assert (second.pages, second.content_digest) == (first.pages, first.content_digest)
        assert portal.requests[1].headers["if-modified-since"] == "Mon, 16 Nov 2026 18:00:00 GMT"
        # Without the archived body a 304 would leave nothing to land.
        (home.objects / first.pages[0].sha256[:2] / first.pages[0].sha256).unlink()
        third = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (third.state, len(third.pages)) == (FetchState.COMPLETE, 1)
    assert "if-none-match" not in portal.requests[2].headers


def test_one_bad_file_of_several_leaves_the_others(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        answer(connection, PACKAGE if received.path != "/2" else "<html>", status=200)

    files = [{"path": f"/{number}", "format": "json"} for number in (1, 2, 3)]
    with RawPortal(respond) as portal:
        fetch = fetch_source(
            source("bulk_files", parameters={"files": files}), home=home, portals=portal.portals
        )
    assert (fetch.state, fetch.rows, fetch.pages_ok, fetch.pages_failed) == (FetchState.PARTIAL, 4, 2, 1)
    assert fetch.message.startswith(
        "Descarga incompleta: llegaron 4 registros. La respuesta no trae los datos"
    )
    assert [page.number for page in fetch.pages] == [1, 3]


def test_a_malformed_file_of_several_is_one_item_and_no_fault(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        answer(connection, f"[{PACKAGE},]" if received.path == "/2" else PACKAGE)

    files = [{"path": f"/{number}", "format": "json"} for number in (1, 2, 3)]
    several = source("bulk_files", parameters={"files": files})
    with RawPortal(respond) as portal:
        fetch = fetch_source(several, home=home, portals=portal.portals)
        alone = fetch_source(
            source("bulk_files", parameters={"files": files[1:2]}), home=home, portals=portal.portals
        )
    assert (fetch.state, fetch.rows, fetch.pages_failed) == (FetchState.COMPLETE, 5, 0)
    landed = land(several, fetch, home=home)
    assert landed is not None
    assert (landed.records + landed.duplicates, landed.quarantined) == (4, 1)
    assert alone.state is FetchState.CONTRACT_ERROR


WORKBOOK = xlsx({"Contratos": rows([["Título"], ["RFC", "Monto"], ["AAA", "1"], ["BBB", "2"]])})
LOCK_FILE = bytes([4]) + b"Juan".ljust(54) + b"\x04\0" + "Juan".ljust(54).encode("utf-16-le")


def test_a_workbook_is_fetched_and_landed_alike(home: Home) -> None:
    declared = bulk("xlsx", header=["RFC"])
    with RawPortal(lambda received, connection: answer(connection, WORKBOOK)) as portal:
        fetch = fetch_source(declared, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 2)
    landed = land(declared, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.columns) == (2, ("RFC", "Monto"))


@pytest.mark.parametrize(
    ("format_", "body", "words"),
    [
        ("xlsx", LOCK_FILE, "archivo temporal («~$…»)"),
        ("xlsx", b"\xef\xbb\xbf<table><tr><td>RFC", "página web (HTML o XML)"),
        ("xlsx", b"RFC,Monto\nAAA,1\n", "no es un libro de cálculo"),
        ("xlsx", WORKBOOK[:-40], "dañado o incompleto"),
        ("xlsx", xlsx({"Contratos": rows([["Nombre"], ["AAA"]])}), "el encabezado con «RFC»"),
        ("csv", WORKBOOK, "llegó un libro de cálculo"),
        ("csv", b"Nombre\nAAA\n", "el encabezado con «RFC»"),
    ],
)
def test_what_is_no_table_is_told(home: Home, format_: str, body: bytes, words: str) -> None:
    with RawPortal(lambda received, connection: answer(connection, body)) as portal:
        fetch = fetch_source(bulk(format_, header=["RFC"]), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert words in fetch.message
    assert "Juan" not in fetch.message


def test_a_workbook_that_comes_cut_is_asked_for_again(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        cut = WORKBOOK if len(portal.requests) > 1 else WORKBOOK[:-100]
        answer(connection, cut, length=len(WORKBOOK))

    with RawPortal(respond) as portal:
        fetch = fetch_source(bulk("xlsx", header=["RFC"]), home=home, portals=portal.portals)
        assert len(portal.requests) == 2
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 2)


def test_a_workbook_that_stays_cut_is_no_part_of_one(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        answer(connection, WORKBOOK[:-100], length=len(WORKBOOK))

    with RawPortal(respond) as portal:
        fetch = fetch_source(bulk("xlsx", header=["RFC"]), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "llegó cortado" in fetch.message


def test_a_file_read_otherwise_than_before_is_asked_for_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.headers.get("if-none-match") == '"v1"':
            answer(connection, status=304, headers={"ETag": '"v1"'})
        else:
            answer(connection, "a;b\n1;2\n", headers={"ETag": '"v1"'})

    with RawPortal(respond) as portal:
        states = [
            fetch_source(bulk("csv", delimiter=delimiter), home=home, portals=portal.portals).state
            for delimiter in (",", ";", ";")
        ]
        monkeypatch.setattr(fetching, "PARSER_VERSION", "next")
        states.append(fetch_source(bulk("csv", delimiter=";"), home=home, portals=portal.portals).state)
        asked = ["if-none-match" in request.headers for request in portal.requests]
    complete, unchanged = FetchState.COMPLETE, FetchState.UNCHANGED
    assert states == [complete, complete, unchanged, complete]
    assert asked == [False, False, True, False]


def years(received: Received, connection: socket.socket) -> None:
    listed = [{"year": 2023, "status": False}, {"year": 2025, "status": True}, {"year": 2024}, {"year": 2022}]
    answers = {
        "/edca/fiscalYears": (200, {"fiscalYears": listed}),
        "/edca/contractingprocess/2022": (404, {"status": 404, "message": "No se encontrarón resultados"}),
        "/edca/contractingprocess/2024": (200, {"arrayReleasePackage": [orjson.loads(PACKAGE)]}),
        "/edca/contractingprocess/2025": (200, {"arrayReleasePackage": None}),
    }
    status, body = answers[received.path]
    answer(connection, body, status=status)


def test_edcapi_years(home: Home) -> None:
    with RawPortal(years) as portal:
        fetch = fetch_source(source("edcapi"), home=home, portals=portal.portals)
    assert portal.paths == [
        "/edca/fiscalYears",
        *(f"/edca/contractingprocess/{year}" for year in (2022, 2024, 2025)),
    ]
    assert (fetch.state, fetch.rows, fetch.declared, fetch.declared_by) == (
        FetchState.COMPLETE,
        2,
        2,
        "count",
    )
    assert [(page.label, page.items) for page in fetch.pages] == [("2024", 2), ("2025", 0)]
    assert fetch.notes == ("El portal no publica procesos del año 2022.",)


def test_edcapi_year_with_a_message_in_place_of_data_is_a_fault_of_that_year(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path.endswith("2025"):
            answer(connection, {"message": "No se ha encontrado el record"})
        else:
            years(received, connection)

    with RawPortal(respond) as portal:
        fetch = fetch_source(source("edcapi"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.pages_ok, fetch.pages_failed) == (FetchState.PARTIAL, 2, 1, 1)
    assert "No se ha encontrado el record" in fetch.message


def test_edcapi_without_any_contract_is_empty(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/edca/fiscalYears":
            answer(connection, {"fiscalYears": [{"year": 2025, "status": True}]})
        else:
            answer(connection, {"status": 404, "message": "No se encontrarón resultados"}, status=404)

    with RawPortal(respond) as portal:
        fetch = fetch_source(source("edcapi"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows, fetch.declared) == (FetchState.EMPTY, 0, 0)
    assert land(source("edcapi"), fetch, home=home) is None


def test_edcapi_without_its_list_of_years_uses_the_declared_ones(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/edca/fiscalYears":
            answer(connection, "<html>", status=404)
        else:
            years(received, connection)

    with RawPortal(respond) as portal:
        declared = source("edcapi", parameters={"years": [2024]})
        fetch = fetch_source(declared, home=home, portals=portal.portals)
        assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 2)
        fetch = fetch_source(source("edcapi"), home=home, portals=portal.portals)
        assert (fetch.state, fetch.rows, fetch.pages_failed) == (FetchState.CONTRACT_ERROR, None, 1)


def test_the_budget_ends_a_straggler_and_spares_the_others(home: Home) -> None:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path == "/2":
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 900000\r\n\r\n")
            for _ in range(60):
                connection.sendall(b" " * 4000)
                time.sleep(0.05)
        else:
            answer(connection, PACKAGE)

    files = [{"path": f"/{number}", "format": "json"} for number in (1, 2)]
    slow = source("bulk_files", id="lenta", parameters={"files": files})
    late = bulk("json", id="tardia")
    quick = bulk("json", id="rapida", url="https://otra.example")
    done: list[tuple[str, str]] = []
    began = time.monotonic()
    with RawPortal(respond) as portal:
        fetches = fetch_sources(
            [slow, late, quick],
            home=home,
            portals=portal.portals,
            budget_seconds=1,
            on_done=lambda one, fetch: done.append((one.id, threading.current_thread().name)),
        )
    assert time.monotonic() - began < 3
    assert {name: fetch.state for name, fetch in fetches.items()} == {
        "lenta": FetchState.PARTIAL,
        "tardia": FetchState.UNAVAILABLE,
        "rapida": FetchState.COMPLETE,
    }
    assert fetches["lenta"].rows == 2
    assert "Se agotó el tiempo" in fetches["lenta"].message
    assert done[0] == ("rapida", threading.current_thread().name)
    assert sorted(name for name, _ in done) == ["lenta", "rapida", "tardia"]


def test_one_lane_a_host(home: Home) -> None:
    busy: dict[str, int] = {}
    most: dict[str, int] = {}
    lock = threading.Lock()

    def respond(received: Received, connection: socket.socket) -> None:
        host = received.headers["host"]
        with lock:
            busy[host] = busy.get(host, 0) + 1
            most[host] = max(most.get(host, 0), busy[host])
            most["all"] = max(most.get("all", 0), sum(busy.values()))
        time.sleep(0.1)
        with lock:
            busy[host] -= 1
        answer(connection, PACKAGE)

    declared = [bulk("json", id=f"f{number}", url=f"https://h{number % 2}.example") for number in range(6)]
    with RawPortal(respond) as portal:
        fetches = fetch_sources(declared, home=home, portals=portal.portals)
    assert list(fetches) == [f"f{number}" for number in range(6)]
    assert most == {"h0.example": 1, "h1.example": 1, "all": 2}


def test_who_waited_longest_at_a_shared_host_is_asked_first(home: Home) -> None:
    """When the time is over before all were asked, it isn't the same ones every day."""
    asked: list[str] = []

    def respond(received: Received, connection: socket.socket) -> None:
        asked.append(received.path)
        answer(connection, PACKAGE)

    declared = [
        bulk("json", id=name, url=f"https://una.example/{name}") for name in ("primera", "segunda", "tercera")
    ]
    with RawPortal(respond) as portal:
        fetch_sources(declared[:1], home=home, portals=portal.portals)
        fetch_sources(declared[1:2], home=home, portals=portal.portals)
        asked.clear()
        fetches = fetch_sources(declared, home=home, portals=portal.portals)

    assert asked == ["/tercera/datos", "/primera/datos", "/segunda/datos"]
    assert list(fetches) == ["primera", "segunda", "tercera"]


def test_our_own_mistakes_are_raised(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fetching, "PROTOCOLS", {**fetching.PROTOCOLS, "edcapi": broken})
    with RawPortal(lambda received, connection: answer(connection, PACKAGE)) as portal:
        with pytest.raises(ZeroDivisionError):
            fetch_source(source("edcapi"), home=home, portals=portal.portals)
        with pytest.raises(ZeroDivisionError):
            fetch_sources(
                [source("edcapi"), bulk("json", url="https://otra.example")],
                home=home,
                portals=portal.portals,
            )
    assert Ledger(home).last("prueba_edcapi") is None
    assert Ledger(home).last("prueba_bulk_files") is not None


def test_a_killed_download_leaves_nothing_that_counts(home: Home) -> None:
    sending = threading.Event()

    def respond(received: Received, connection: socket.socket) -> None:
        if len(portal.requests) > 1:
            answer(connection, PACKAGE)
            return
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 9000000\r\n\r\n" + b" " * 100_000)
        sending.set()
        connection.recv(1)

    script = (
        "import sys; from pathlib import Path; from pipelines.home import Home;"
        "from pipelines.landing.fetch import fetch_source; from pipelines.portals.http import Portals;"
        "from tests.faults.raw_portal import bulk;"
        "portals = Portals('sandbox', sys.argv[2], env={});"
        "fetch_source(bulk('json'), home=Home(Path(sys.argv[1])), portals=portals)"
    )
    with RawPortal(respond) as portal:
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(home.root), portal.address],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert sending.wait(20)
        time.sleep(0.2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert len(list(home.objects.glob(".parts/*.part"))) == 1
        assert [path for path in home.objects.rglob("*") if path.is_file() and path.suffix != ".part"] == []
        assert Ledger(home).last("prueba_bulk_files") is None
        fetch = fetch_source(bulk("json"), home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 2)
