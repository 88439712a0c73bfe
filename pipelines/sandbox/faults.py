"""What can go wrong with a portal, each fault a small named thing that can be switched on for one source.

A fault acts at one of three moments: it answers instead of the portal (`instead`), it changes the
records that are sent (`rows`), or it spoils the answer on its way (`spoil`). Not here: defects inside
the records (`defects.py`); those are always there.
"""

import json
import re
import threading
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pipelines.sandbox.exchange import Reply, Target, json_reply

LOGIN_PAGE = (
    "<!DOCTYPE html><html lang='es'><head><title>Iniciar sesión</title></head><body><h1>Iniciar sesión</h1>"
    "<form method='post'><input name='usuario'><input name='clave' type='password'></form></body></html>"
).encode()
# A drip of 64 bytes every 0.2 s: 320 B/s, under any sensible minimum throughput.
DRIP_SECONDS = 0.2
TOKEN_USES = 3
TOO_MANY = 2
KEPT_SHARE = 0.05
REPEATED_EVERY = 40
INSERTED_A_REQUEST = 3
# The total as PDN's services declare it, at the front of a page.
TOTAL = re.compile(rb'("totalRows":\s*)(\d+)')
VARIED_FIELDS = ("title", "observaciones", "causaMotivoHechos")


class Fault:
    """A fault that does nothing; each subclass overrides one moment."""

    kind: ClassVar[str]
    summary: ClassVar[str]
    takes_argument: ClassVar[bool] = False
    token_uses: int | None = None
    provider: Literal["well", "failing", "unlisted"] = "well"

    def __init__(self, argument: int | None = None) -> None:
        self.argument = argument

    def instead(self, target: Target) -> Reply | None:
        """An answer in the portal's place, or None to let the portal answer."""
        return None

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        """Other records than the collection's, or None to send it as it is."""
        return None

    def spoil(self, reply: Reply, target: Target) -> Reply:
        """The answer as it goes over the wire."""
        return reply

    def __str__(self) -> str:
        return self.kind if self.argument is None else f"{self.kind}:{self.argument}"


class Down(Fault):
    kind = "down"
    summary = "every request is answered 503"

    def instead(self, target: Target) -> Reply | None:
        return json_reply(503, {"message": "Servicio no disponible"})


class Refuse(Fault):
    kind = "refuse"
    summary = "the connection is closed without an answer"

    def instead(self, target: Target) -> Reply | None:
        return Reply(0, b"", refused=True)


class Html(Fault):
    kind = "html"
    summary = "data requests get 200 and a login page"

    def instead(self, target: Target) -> Reply | None:
        return None if target.kind == "token" else Reply(200, LOGIN_PAGE, "text/html; charset=utf-8")


class Truncated(Fault):
    kind = "truncated"
    summary = "data are cut at 60 % and Content-Length agrees with the cut"

    def spoil(self, reply: Reply, target: Target) -> Reply:
        return (
            replace(reply, body=reply.body[: len(reply.body) * 6 // 10]) if _is_data(reply, target) else reply
        )


class Short(Fault):
    kind = "short"
    summary = "data end before their Content-Length does"

    def spoil(self, reply: Reply, target: Target) -> Reply:
        if not _is_data(reply, target):
            return reply
        return replace(reply, body=reply.body[: len(reply.body) * 6 // 10], promised=len(reply.body))


class Empty(Fault):
    kind = "empty"
    summary = "data are well formed and hold no rows"

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        return ()


class BadCredentials(Fault):
    kind = "bad_credentials"
    summary = "credentials are refused with 401 (portals without a token refuse their data)"

    def instead(self, target: Target) -> Reply | None:
        return json_reply(401, {"code": "401", "message": "Usuario o contraseña incorrectos"})


class RowDrop(Fault):
    kind = "row_drop"
    summary = "only 5 % of the rows are left"

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        step = round(1 / KEPT_SHARE)
        return tuple(record for number, record in enumerate(records) if (number + _spread(key)) % step == 0)


class DuplicateId(Fault):
    kind = "duplicate_id"
    summary = "some ids come twice, with different content"

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        repeated = [vary(record) for record in records[::REPEATED_EVERY]]
        return (*records, *repeated)


class Slow(Fault):
    kind = "slow"
    summary = "data drip at 320 bytes a second"

    def spoil(self, reply: Reply, target: Target) -> Reply:
        return replace(reply, pause=DRIP_SECONDS) if _is_data(reply, target) else reply


class DieAtPage(Fault):
    kind = "die_at_page"
    summary = "500 from page (file, year) N on"
    takes_argument = True

    def instead(self, target: Target) -> Reply | None:
        if target.part is None or self.argument is None or target.part < self.argument:
            return None
        return json_reply(500, {"code": "500", "message": "Error interno del servidor"})


class TokenExpiry(Fault):
    kind = "token_expiry"
    summary = "a token is good for 3 requests whatever its expires_in says"
    token_uses = TOKEN_USES


class Drift(Fault):
    kind = "drift"
    summary = "rows are inserted at the front between one request and the next"

    def __init__(self, argument: int | None = None) -> None:
        super().__init__(argument)
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        old, new = self.share(key, records)
        return (*new, *old)

    def share(self, key: str, records: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The rows that were there, and those that came in by now: the last tenth is held back and comes a few
        rows for each request."""
        with self._lock:
            inserted = self._asked[key] * INSERTED_A_REQUEST
            self._asked[key] += 1
        held = min(len(records) // 10, 60)
        first_held = len(records) - held
        return records[:first_held], records[first_held : first_held + min(inserted, held)]


class GrowsAtEnd(Drift):
    kind = "grows"
    summary = (
        "rows are added at the end between one request and the next, as MongoDB's natural order has them"
    )

    def rows(self, key: str, records: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
        old, new = self.share(key, records)
        return (*old, *new)


class ErrorIn200(Fault):
    kind = "error_in_200"
    summary = 'data requests get 200 and {"error": true}'

    def instead(self, target: Target) -> Reply | None:
        if target.kind == "token":
            return None
        return json_reply(200, {"error": True, "message": "Error al consultar al proveedor"})


class CodeIn200(Fault):
    kind = "code_in_200"
    summary = 'data requests get 200 and {"code": "500"}'

    def instead(self, target: Target) -> Reply | None:
        if target.kind == "token":
            return None
        return json_reply(200, {"code": "500", "message": "Error interno del servidor"})


class NoPagination(Fault):
    kind = "no_pagination"
    summary = "pages come without their pagination"

    def spoil(self, reply: Reply, target: Target) -> Reply:
        if not _is_data(reply, target) or not reply.body.startswith(b'{"pagination":'):
            return reply
        document = json.loads(reply.body)
        del document["pagination"]
        return replace(reply, body=json.dumps(document, ensure_ascii=False).encode())


class Overstated(Fault):
    kind = "overstated"
    summary = "the declared total is one row more than there is"

    def spoil(self, reply: Reply, target: Target) -> Reply:
        if not _is_data(reply, target):
            return reply
        return replace(
            reply, body=TOTAL.sub(lambda told: told[1] + b"%d" % (int(told[2]) + 1), reply.body, count=1)
        )


class Rate429(Fault):
    kind = "rate429"
    summary = "the first two data requests get 429 with Retry-After: 1"

    def __init__(self, argument: int | None = None) -> None:
        super().__init__(argument)
        self._refused = 0
        self._lock = threading.Lock()

    def instead(self, target: Target) -> Reply | None:
        if target.kind == "token":
            return None
        with self._lock:
            if self._refused >= TOO_MANY:
                return None
            self._refused += 1
        return json_reply(429, {"message": "Demasiadas solicitudes"}, {"Retry-After": "1"})


class UpstreamDown(Fault):
    kind = "upstream_down"
    summary = "PDN's public services can't reach the provider and say so in their own way"
    provider = "failing"


class Unlisted(Fault):
    kind = "unlisted"
    summary = "PDN's public services don't list the provider and don't know it"
    provider = "unlisted"


FAULTS: dict[str, type[Fault]] = {
    fault.kind: fault
    for fault in (
        Down,
        Refuse,
        Html,
        Truncated,
        Short,
        Empty,
        BadCredentials,
        RowDrop,
        DuplicateId,
        Slow,
        DieAtPage,
        TokenExpiry,
        Drift,
        GrowsAtEnd,
        ErrorIn200,
        CodeIn200,
        NoPagination,
        Overstated,
        UpstreamDown,
        Unlisted,
        Rate429,
    )
}


def make_fault(text: str) -> Fault:
    """A fault by its name, `die_at_page:3` with its number.

    Raises:
        ValueError: when there is no such fault or its number is missing.
    """
    kind, _, argument = text.partition(":")
    if kind not in FAULTS:
        message = f"unknown fault {kind!r}; expected one of {', '.join(FAULTS)}"
        raise ValueError(message)
    fault = FAULTS[kind]
    if fault.takes_argument != argument.isdecimal():
        form = f"{kind}:NUMBER" if fault.takes_argument else kind
        message = f"fault {text!r} is not well formed; expected {form}"
        raise ValueError(message)
    return fault(int(argument)) if argument else fault()


def vary(record: bytes) -> bytes:
    """The record with the same id and another content."""
    if not record.startswith(b"{"):
        # A CSV row: another address of the notice, its last column.
        return record + b"?v=2"
    try:
        document = json.loads(record)
    except ValueError:
        # Planted as it is: nobody can read it, so it has no id to repeat.
        return record
    if "rows" in document:
        _vary_last_text(next(iter(document["rows"].values()))[0])
    else:
        _vary_first_text(document)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _vary_first_text(node: Any) -> bool:
    if isinstance(node, list):
        return any(_vary_first_text(child) for child in node)
    if not isinstance(node, dict):
        return False
    for field in VARIED_FIELDS:
        if isinstance(node.get(field), str):
            node[field] = f"{node[field]} (versión corregida)"
            return True
    return any(_vary_first_text(child) for child in node.values())


def _vary_last_text(cells: list[Any]) -> None:
    """Of a workbook row: ids stand in front, remarks at the end."""
    for place in reversed(range(len(cells))):
        if isinstance(cells[place], str) and cells[place]:
            cells[place] = f"{cells[place]} (versión corregida)"
            return


def _spread(key: str) -> int:
    """Another first row for each collection, so that many small files lose 95 % together, not 100 %."""
    return sum(key.encode())


def _is_data(reply: Reply, target: Target) -> bool:
    return target.kind == "data" and reply.status == 200
