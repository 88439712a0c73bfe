"""Asking whether documents are there: what answers, what doesn't, and a portal that is silent."""

import socket
import time

from pipelines.portals import documents
from pipelines.portals.documents import AskedDocument
from tests.faults.raw_portal import RawPortal, Received, answer, bulk

SOURCE = bulk("json")
HOST = "https://compras.example"


def _archive(received: Received, connection: socket.socket) -> None:
    """Some documents are there, one moved, one lies about its size; nothing is said of others."""
    if received.path == "/movido.pdf":
        connection.sendall(
            f"HTTP/1.1 301 X\r\nLocation: {HOST}/bases.pdf\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
        )
    elif received.path == "/vueltas.pdf":
        connection.sendall(
            b"HTTP/1.1 302 X\r\nLocation: /vueltas.pdf\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
    elif received.path == "/enorme.pdf":
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 900000000\r\n\r\n%PDF")
    elif received.path == "/bases.pdf":
        answer(connection, "%PDF")
    elif received.path == "/fallo.pdf":
        connection.sendall(b"HTTP/1.1 404 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    elif received.path == "/lento.pdf":
        time.sleep(1.5)


def test_a_document_is_there_when_its_address_answers_and_its_body_is_left_alone() -> None:
    names = ("bases", "movido", "enorme", "fallo", "vueltas", "lento", "mudo")
    with RawPortal(_archive) as portal:
        started = time.monotonic()
        asked = list(documents.ask(SOURCE, [f"{HOST}/{name}.pdf" for name in names], portals=portal.portals))
        assert time.monotonic() - started < 10
    assert [(one.status, one.reason) for one in asked] == [
        (200, None),
        (200, None),
        (200, None),
        (404, None),
        (None, "lleva de una dirección a otra sin llegar"),
        (None, "no respondió a tiempo"),
        (None, "cortó la conexión"),
    ]
    assert [one.is_available for one in asked] == [True] * 3 + [False] * 4


def test_a_portal_that_answers_nothing_is_left_alone() -> None:
    with RawPortal(lambda received, connection: None) as portal:
        urls = [f"{HOST}/{number}.pdf" for number in range(20)]
        asked = list(documents.ask(SOURCE, urls, portals=portal.portals))
    assert [one.url for one in asked] == urls[: documents.SILENT_IN_A_ROW]
    assert {one.reason for one in asked} == {"cortó la conexión"}


def test_a_sample_is_the_same_each_time_and_holds_web_addresses_only() -> None:
    urls = [f"{HOST}/{number}.pdf" for number in range(500)]
    chosen = documents.sample([*urls, *urls, "ftp://compras.example/a", "sin dirección", "http://"])
    assert chosen == documents.sample(reversed(urls))
    assert len(chosen) == len(set(chosen)) == documents.SAMPLE
    assert set(chosen) < set(urls)
    assert documents.sample(["https://a.example/x"]) == ["https://a.example/x"]
    assert AskedDocument("https://a.example/x", 399).is_available
