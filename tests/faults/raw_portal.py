"""A portal made of raw sockets, so that it can break every rule of HTTP; and declarations to point at it."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from pipelines.portals.http import Limits, Portals
from pipelines.registry import FORMATS_OF_OPTION, Agency, Source

QUICK = Limits(
    attempts=3,
    backoff=0.01,
    backoff_cap=0.02,
    retry_after_cap=2.0,
    wait_budget=4.0,
    connect_timeout=1.0,
    read_timeout=1.0,
    answer_seconds=5.0,
    throughput_window=0.5,
    min_interval=0.0,
)


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Respond = Callable[[Received, socket.socket], None]


@dataclass
class RawPortal:
    """Answers each connection once with whatever `respond` writes to the socket."""

    respond: Respond
    requests: list[Received] = field(default_factory=list)

    def __enter__(self) -> "RawPortal":
        portal = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                received = _read(self.request)
                if received is None:
                    return
                portal.requests.append(received)
                try:
                    portal.respond(received, self.request)
                except (BrokenPipeError, ConnectionResetError):
                    return  # the client hung up, as some tests want

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def portals(self) -> Portals:
        return Portals("sandbox", self.address, limits=QUICK, env={})

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Received(method, path, headers, body)


def answer(
    connection: socket.socket,
    body: bytes | str | dict[str, Any] | list[Any] = b"",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    length: int | None = None,
) -> None:
    """A whole answer; `length` is the Content-Length it claims."""
    if isinstance(body, dict | list):
        body = json.dumps(body, ensure_ascii=False)
    if isinstance(body, str):
        body = body.encode()
    fields = {"Content-Length": str(len(body) if length is None else length), "Connection": "close"}
    fields.update(headers or {})
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection.sendall(head.encode() + b"\r\n" + body)


def source(protocol: str, **changes: Any) -> Source:
    """A declaration for a test."""
    families = {
        "edcapi": "ocds_packages",
        "bulk_files": "ocds_packages",
        "pdn_rest": "pdn_v1",
        "pdn_directus": "pdn_v2",
        "pdn_public": "pdn_v1",
        "pdn_bulk": "pdn_v1",
    }
    parameters: dict[str, dict[str, Any]] = {
        "edcapi": {},
        "bulk_files": {"files": [{"path": "/datos.json", "format": "json"}]},
        "pdn_rest": {
            "token_path": "/oauth/token",
            "page_size": 200,
            "collections": [{"name": "spic", "path": "/v1/spic"}],
        },
        "pdn_directus": {
            "collections": [
                {
                    "name": "faltas_administrativas_graves",
                    "path": "/items/faltas_administrativas_graves",
                }
            ]
        },
        "pdn_public": {
            "supplier_id": "OAXACA",
            "collections": [{"name": "spic", "path": "/s2/api/v1/search"}],
        },
        "pdn_bulk": {"files": [{"path": "/s2.zip", "collection": "spic"}]},
    }
    has_own_host = protocol in {"pdn_rest", "pdn_directus"}
    facts: dict[str, Any] = {
        "id": f"prueba_{protocol}",
        "title": f"Fuente de prueba {protocol}",
        "entity": "20",
        "publisher": Agency(id="inst", name="Instituto", email="datos@inst.example", rfc=None, uri=None),
        "system": "pdn-s2" if protocol.startswith("pdn_") else "s6-ocds",
        "family": families[protocol],
        "protocol": protocol,
        "parameters": parameters[protocol],
        "url": None if has_own_host else "https://portal.example:3000",
        "url_env": "TEQUIO_PRUEBA_URL" if has_own_host else None,
        "auth": {
            "username": "TEQUIO_PRUEBA_USERNAME",
            "password": "TEQUIO_PRUEBA_PASSWORD",
            "client_id": "TEQUIO_PRUEBA_CLIENT_ID",
            "client_secret": "TEQUIO_PRUEBA_CLIENT_SECRET",
        }
        if protocol == "pdn_rest"
        else ({"token": "TEQUIO_PRUEBA_TOKEN"} if protocol == "pdn_directus" else {}),
        "ocid_prefix": None,
        "cadence": "monthly",
        "licence": "https://datos.gob.mx/libreusomx",
        "status": "live",
        "assertions": (),
        "notes": None,
        "path": Path("sources/20_oaxaca/prueba.yaml"),
    }
    return Source(**{**facts, **changes})


def bulk(format_: str, **changes: Any) -> Source:
    """One file at /datos; its options among the changes."""
    options = {name: changes.pop(name) for name in FORMATS_OF_OPTION.keys() & set(changes)}
    if format_ in {"csv", "xlsx"}:
        changes.setdefault("family", "compranet")
    file = {"path": "/datos", "format": format_, **options}
    return source("bulk_files", parameters={"files": [file]}, **changes)


PACKAGE = '{"uri":"u","releases":[{"ocid":"ocds-1","id":"r1"},{"ocid":"ocds-1","id":"r2"}]}'


class Pdn:
    """A PDN v1 service in a few lines, each rule of which a test may bend."""

    def __init__(
        self,
        rows: list[dict[str, Any]],
        *,
        page_limit: int = 200,
        refusal: int | None = None,
        expires_in: Any = 600,
        refreshes: bool = False,
    ) -> None:
        self.rows = rows
        self.page_limit = page_limit
        # The status of a page size above the limit; None cuts it in silence.
        self.refusal = refusal
        self.expires_in = expires_in
        self.refreshes = refreshes
        self.tokens = 0
        # What GET answers, by path; a status and a body.
        self.listings: dict[str, tuple[int, Any]] = {}
        # Called before a page is answered; may change `rows`, or answer itself and return True.
        self.before: Callable[[int, socket.socket], bool] = lambda page, connection: False
        self.bend: Callable[[int, dict[str, Any]], dict[str, Any]] = lambda page, document: document

    def __call__(self, received: Received, connection: socket.socket) -> None:
        if received.path == "/oauth/token":
            self.tokens += 1
            token = {"access_token": f"token-{self.tokens}-abcdef", "token_type": "Bearer"}
            if self.refreshes:
                token["refresh_token"] = f"refresh-{self.tokens}-abcdef"
            answer(connection, {**token, "expires_in": self.expires_in})
            return
        if received.method == "GET":
            status, body = self.listings.get(received.path, (404, "<html>Cannot GET</html>"))
            answer(connection, body, status=status)
            return
        asked = received.json()
        page = asked["page"]
        if self.before(page, connection):
            return
        if self.refusal is not None and asked["pageSize"] > self.page_limit:
            answer(connection, {"code": "SERVER_001"}, status=self.refusal)
            return
        size = min(asked["pageSize"], self.page_limit)
        first = (page - 1) * size
        pagination = {
            "pageSize": size,
            "page": page,
            "totalRows": len(self.rows),
            "hasNextPage": first + size < len(self.rows),
        }
        document = {"pagination": pagination, "results": self.rows[first : first + size]}
        answer(connection, self.bend(page, document))


def people(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Rows of S2, as short as they may be."""
    return [{"id": f"id-{number:05d}", "nombres": f"N{number}"} for number in range(start, start + count)]
