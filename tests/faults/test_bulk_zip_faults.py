"""The PDN's weekly zips: unchanged ones, cut ones, ones that aren't there, and files in them that can't be read."""

import io
import json
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import current, land
from pipelines.portals.errors import FetchState
from pipelines.portals.http import Portals
from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from tests.faults.raw_portal import RawPortal, Received, answer, people, source
from tests.landed import rows_of

S2 = source("pdn_bulk")
S3 = source(
    "pdn_bulk",
    id="masivo_s3",
    parameters={
        "files": [
            {"path": "/s3s.zip", "collection": "ssancionados"},
            {"path": "/s3p.zip", "collection": "psancionados"},
        ]
    },
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def packed(*pages: Any, broken: dict[int, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(pages, start=1):
            body = (broken or {}).get(number, json.dumps(page).encode())
            archive.writestr(f"OAXACA/data-{number:010d}.json", body)
    return stream.getvalue()


def serve(
    bodies: dict[str, bytes], *, etag: str | None = '"v1"'
) -> Callable[[Received, socket.socket], None]:
    def respond(received: Received, connection: socket.socket) -> None:
        if received.path not in bodies:
            answer(connection, "<html>no existe</html>", status=404)
        elif etag is not None and received.headers.get("if-none-match") == etag:
            answer(connection, status=304)
        else:
            answer(connection, bodies[received.path], headers={} if etag is None else {"ETag": etag})

    return respond


def test_a_page_for_each_file_with_its_count(home: Home) -> None:
    body = packed(people(200), people(130, start=200), [])
    with RawPortal(serve({"/s2.zip": body})) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.declared, fetch.declared_by, fetch.rows) == (
        FetchState.COMPLETE,
        330,
        "count",
        330,
    )
    assert [(page.number, page.label, page.items, page.collection) for page in fetch.pages] == [
        (1, "OAXACA/data-0000000001.json", 200, "spic"),
        (2, "OAXACA/data-0000000002.json", 130, "spic"),
        (3, "OAXACA/data-0000000003.json", 0, "spic"),
    ]
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.quarantined) == (330, 0)
    assert rows_of(home, current(home, S2.id)) == people(330)


def test_a_zip_that_did_not_change_is_not_sent_again(home: Home) -> None:
    body = packed(people(200), people(130, start=200))
    with RawPortal(serve({"/s2.zip": body})) as portal:
        fetch_source(S2, home=home, portals=portal.portals)
        again = fetch_source(S2, home=home, portals=portal.portals)
    assert portal.requests[-1].headers["if-none-match"] == '"v1"'
    assert (again.state, again.rows, len(again.pages)) == (FetchState.UNCHANGED, 330, 2)


def test_a_broken_file_costs_itself_and_is_told(home: Home) -> None:
    body = packed(people(200), None, people(10, start=500), broken={2: b'[{"id":"x"},{"id'})
    with RawPortal(serve({"/s2.zip": body})) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.COMPLETE, 211)
    assert "1 de 3 archivos del ZIP no se pudieron leer y van a cuarentena: OAXACA/data-0000000002.json" in (
        fetch.message
    )
    landed = land(S2, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.quarantined) == (210, 1)


def test_a_zip_that_is_gone_or_wrong_costs_itself(home: Home) -> None:
    for other in (None, b"<!DOCTYPE html><html></html>", packed(people(5))[:-40]):
        bodies = {"/s3p.zip": packed(people(40))} | ({} if other is None else {"/s3s.zip": other})
        with RawPortal(serve(bodies, etag=None)) as portal:
            fetch = fetch_source(S3, home=home, portals=portal.portals)
        assert (fetch.state, fetch.rows, fetch.pages_failed) == (FetchState.PARTIAL, 40, 1)
        assert {page.collection for page in fetch.pages} == {"psancionados"}


def test_a_zip_cut_on_its_way_is_not_read(home: Home) -> None:
    body = packed(people(200))
    with RawPortal(lambda received, connection: answer(connection, body[:500], length=len(body))) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.CONTRACT_ERROR, None)
    assert "llegó cortado" in fetch.message


def test_files_without_records_are_empty(home: Home) -> None:
    with RawPortal(serve({"/s2.zip": packed([], [])})) as portal:
        fetch = fetch_source(S2, home=home, portals=portal.portals)
    assert (fetch.state, fetch.rows) == (FetchState.EMPTY, 0)


def _make(order: Order) -> Made:
    drafts = []
    for collection in order.source.parameters["collections"]:
        pairs = [(row["id"], json.dumps(row).encode()) for row in people(450)]
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), pairs))
    drafts.append(draft("dependencias", Envelope(b"[", b",", b"]", JSON_TYPE), []))
    return drafts, {}


def test_the_sandbox_has_the_zips(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(generator.BY_LAYOUT, ("pdn_bulk", "pdn_v1", ""), _make)  # type: ignore[arg-type]
    sources: list[Source] = [S3]
    with LocalPortal(tmp_path / "portal", sources=sources) as portal:
        portals = Portals("sandbox", portal.address, env={})
        fetch = fetch_source(S3, home=home, portals=portals)
        again = fetch_source(S3, home=home, portals=portals)
        portal.set_fault(S3.id, "die_at_page:2")
        half = fetch_source(S3, home=home, portals=portals)
        portal.set_fault(S3.id, "empty")
        empty = fetch_source(S3, home=home, portals=portals)
    assert (fetch.state, fetch.rows, len(fetch.pages)) == (FetchState.COMPLETE, 900, 6)
    assert (again.state, half.state, empty.state) == (
        FetchState.UNCHANGED,
        FetchState.PARTIAL,
        FetchState.EMPTY,
    )
    land(S3, fetch, home=home)
    assert rows_of(home, current(home, S3.id)) == [*people(450), *people(450)]
