"""Connections: to the world with guards, or to the one local portal that answers for every host.

Here: which address a request reaches, and why it could not. Not here: what is sent and received (`http.py`).
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


def split_url(url: str) -> SplitResult:
    """The parts of an address; none of them when it is no address."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def host_of(url: str) -> str:
    """The host of an address in lower case, without its port; empty when there is none."""
    return (split_url(url).hostname or "").lower()


class LocalAdapter(HTTPAdapter):
    """Sends every request to the local portal, which tells sources apart by Host and `X-Tequio-Source`."""

    def __init__(self, address: str, source_id: str) -> None:
        super().__init__(max_retries=0)
        self._address = address
        self._source_id = source_id

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.headers["X-Tequio-Source"] = self._source_id
        request.url = urlunsplit(("http", self._address, parts.path or "/", parts.query, ""))
        return super().send(request, *args, **kwargs)


class RefusedAddress(OSError):
    """A portal's name leads to an address that isn't public."""


def _require_global(host: str, address: str) -> None:
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        message = f"{host} resolves to {address}"
        raise RefusedAddress(message)


class _GuardedConnection(HTTPConnection):
    """Connects to public addresses only, whatever DNS says (SSRF, rebinding): every resolved address is
    checked first, and then the one the socket is really connected to, before a byte is sent."""

    def _new_conn(self) -> socket.socket:
        try:
            resolved = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise urllib3.exceptions.NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        for entry in resolved:
            _require_global(self.host, str(entry[4][0]))
        sock = super()._new_conn()
        try:
            _require_global(self.host, str(sock.getpeername()[0]))
        except RefusedAddress:
            sock.close()
            raise
        return sock


class _GuardedTLSConnection(_GuardedConnection, HTTPSConnection):
    """The same below TLS."""


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLSConnection


class LiveAdapter(HTTPAdapter):
    """The world: TLS verified, public addresses only."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTLSPool}


def caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether `kind` is anywhere in what led to the error (requests and urllib3 wrap each other's)."""
    seen: set[int] = set()
    pending: list[Any] = [error]
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        if isinstance(current, kind):
            return True
        seen.add(id(current))
        pending.extend(
            [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        )
    return False


def connection_reason(error: BaseException) -> str:
    if caused_by(error, urllib3.exceptions.NameResolutionError):
        return "su nombre no existe en el DNS"
    if caused_by(error, ConnectionRefusedError):
        return "rechaza la conexión"
    if caused_by(error, ConnectionResetError) or caused_by(error, urllib3.exceptions.ProtocolError):
        return "cortó la conexión"
    return "la red no llega a él"
