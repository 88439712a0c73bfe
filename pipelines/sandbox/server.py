"""The HTTP server of the local portals: 127.0.0.1, keep-alive, one thread a connection.

Here: reading requests, writing answers (also the broken ones), the request log and the control
endpoint `/__faults__`. Not here: what the answers are (`protocols.py`, `recordings.py`).
"""

import json
import logging
import socket
import struct
import sys
import threading
import time
import urllib.parse
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipelines.sandbox.exchange import Portals, Reply, Request, host_of, json_reply
from pipelines.sandbox.faults import Fault, make_fault

LOG = logging.getLogger(__name__)
CONTROL_PATH = "/__faults__"
SOURCE_HEADER = "X-Tequio-Source"
MAX_BODY_BYTES = 1 << 20
DRIP_BYTES = 64
# Requests kept in memory; a test asks about the last few hundred.
LOG_LENGTH = 20_000
IDLE_SECONDS = 60


@dataclass(frozen=True)
class LoggedRequest:
    """One request as it was answered; `status` 0 means that the connection was closed."""

    source_id: str | None
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    at: float


class PortalServer(ThreadingHTTPServer):
    """Answers for every host through `portals`, with at most one fault a source."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], portals: Portals, *, known_sources: frozenset[str]) -> None:
        super().__init__(address, _Handler)
        self.portals = portals
        self.known_sources = known_sources
        self.requests: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)
        self.stopping = threading.Event()
        self._faults: dict[str, Fault] = {}

    @property
    def listening(self) -> str:
        """host:port"""
        return f"{self.server_address[0]!s}:{self.server_address[1]}"

    def fault(self, source_id: str | None) -> Fault | None:
        """The source's fault, if it has one."""
        return self._faults.get(source_id) if source_id is not None else None

    def faults(self) -> dict[str, str]:
        """All faults, by source."""
        return {source_id: str(fault) for source_id, fault in sorted(self._faults.items())}

    def set_fault(self, source_id: str, kind: str | None) -> None:
        """Switch a source's fault on (from its beginning) or off.

        Raises:
            ValueError: for a source or a fault that isn't known.
        """
        if source_id not in self.known_sources:
            message = f"unknown source {source_id!r}; expected one of {', '.join(sorted(self.known_sources))}"
            raise ValueError(message)
        if kind is None:
            self._faults.pop(source_id, None)
        else:
            self._faults[source_id] = make_fault(kind)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours; anything else is, and is logged as one."""
        is_hang_up = isinstance(sys.exception(), ConnectionError | TimeoutError)
        LOG.log(logging.DEBUG if is_hang_up else logging.ERROR, "%s failed", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: PortalServer

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def version_string(self) -> str:
        return "tequio-sandbox"

    def log_message(self, format: str, *args: Any) -> None:
        LOG.debug(format, *args)

    def _handle(self) -> None:
        request = self._read()
        if request.path == CONTROL_PATH:
            self._send(request, self._control(request), source_id=None)
            return
        portals = self.server.portals
        target = portals.target(request)
        source_id = request.source_id or target.source_id
        fault = self.server.fault(source_id)
        reply = None if fault is None else fault.instead(target)
        if reply is None:
            reply = portals.answer(request, fault)
            if fault is not None:
                reply = fault.spoil(reply, target)
        self._send(request, reply, source_id=source_id)

    def _read(self) -> Request:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), MAX_BODY_BYTES)) if length.isdecimal() else b""
        parts = urllib.parse.urlsplit(self.path)
        return Request(
            method=self.command,
            host=host_of(self.headers.get("Host", "")),
            path=parts.path,
            query=dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            source_id=self.headers.get(SOURCE_HEADER),
        )

    def _control(self, request: Request) -> Reply:
        """`GET` lists the faults; `POST {"source": …, "kind": … or null}` sets one."""
        if request.method == "POST":
            asked = request.json()
            if not isinstance(asked, dict) or set(asked) != {"source", "kind"}:
                return json_reply(400, {"message": 'expected {"source": "<id>", "kind": "<fault>" or null}'})
            try:
                self.server.set_fault(asked["source"], asked["kind"])
            except ValueError as error:
                return json_reply(400, {"message": str(error)})
        return json_reply(200, {"faults": self.server.faults()})

    def _send(self, request: Request, reply: Reply, *, source_id: str | None) -> None:
        self.server.requests.append(
            LoggedRequest(
                source_id=source_id,
                method=request.method,
                url=request.url,
                headers=request.headers,
                body=request.body,
                status=reply.status,
                at=time.monotonic(),
            )
        )
        if reply.refused:
            self._reset()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Type", reply.content_type)
            self.send_header(
                "Content-Length", str(len(reply.body) if reply.promised is None else reply.promised)
            )
        if reply.promised is not None:
            self.close_connection = True
        self.end_headers()
        if request.method == "HEAD" or reply.status == 304:
            return
        if reply.pause:
            self._drip(reply)
        else:
            self.wfile.write(reply.body)

    def _drip(self, reply: Reply) -> None:
        for start in range(0, len(reply.body), DRIP_BYTES):
            self.wfile.write(reply.body[start : start + DRIP_BYTES])
            if self.server.stopping.wait(reply.pause):
                self.close_connection = True
                return

    def _reset(self) -> None:
        """Hang up at once (RST), as a dead service behind a live address does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def describe(server: PortalServer) -> str:
    """The line the CLI prints when the portals are ready."""
    return json.dumps({"address": server.listening})
