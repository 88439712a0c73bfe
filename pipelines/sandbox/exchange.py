"""One request and one answer of the local portals, and what the server asks of whoever answers.

Here: the records that the protocols, the recordings, the faults and the server share.
"""

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["token", "listing", "data", "unknown"]

# Who asks for credentials in the local modes gets in with these (pipelines/portals/http.py sends them).
LOCAL_CREDENTIALS: Mapping[str, str] = {
    "username": "tequio",
    "password": "tequio-sandbox",
    "client_id": "tequio",
    "client_secret": "tequio-sandbox",
    "token": "tequio-sandbox-token",
}
JSON_TYPE = "application/json; charset=utf-8"
DEFAULT_PORTS = (":80", ":443")


@dataclass(frozen=True)
class Request:
    """What came over the wire; `host` is lower case, without a default port."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    source_id: str | None

    @property
    def url(self) -> str:
        """Host, path and query, without a scheme: http and https mean the same here."""
        query = urllib.parse.urlencode(self.query)
        return f"{self.host}{self.path}" + (f"?{query}" if query else "")

    def form(self) -> dict[str, str]:
        """The body as a form; JSON bodies count too, as some token servers accept them."""
        if "json" in self.headers.get("content-type", ""):
            document = self.json()
            return {key: str(value) for key, value in document.items()} if isinstance(document, dict) else {}
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON, None when it isn't JSON."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    """What goes back. `promised` is a false Content-Length; `pause` seconds lie between small chunks."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    pause: float = 0.0
    refused: bool = False


@dataclass(frozen=True)
class Target:
    """What a request is about: whose portal, which kind, and which part (page, file or year, from 1)."""

    source_id: str | None
    kind: Kind
    part: int | None = None


class Rows(Protocol):
    """What a fault may do to the records of a collection before they are sent."""

    token_uses: int | None
    # How PDN's public services find the provider behind them.
    provider: Literal["well", "failing", "unlisted"]

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        """Other records, or None to send the collection as it is."""


def records_sent(key: str, records: tuple[bytes, ...], fault: Rows | None) -> tuple[bytes, ...]:
    """The records of a collection as a fault leaves them."""
    changed = None if fault is None else fault.rows(key, records)
    return records if changed is None else changed


class Portals(Protocol):
    """Whoever answers for all hosts: the sandbox or a folder of recordings."""

    def target(self, request: Request) -> Target:
        """What the request is about; never fails."""

    def answer(self, request: Request, fault: Rows | None) -> Reply:
        """The answer without any fault of transport."""


def json_reply(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON answer as small services send it."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Reply(status, body, headers=headers or {})


def host_of(netloc: str) -> str:
    """A host as requests name it: lower case, without a default port."""
    host = netloc.lower()
    for port in DEFAULT_PORTS:
        host = host.removesuffix(port)
    return host


def local_host(source_id: str) -> str:
    """The host of a source whose real address is in an environment variable."""
    return f"{source_id.replace('_', '-')}.invalid"


def no_route(request: Request, path: str) -> Reply:
    """What Express answers to a route or method it doesn't know."""
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
        f"<body>\n<pre>Cannot {request.method} {urllib.parse.quote(path)}</pre>\n</body>\n</html>\n"
    )
    return Reply(404, page.encode(), "text/html; charset=utf-8")
