"""PDN's REST services over the sample data, each in the dialect of its reference server.

Here: S1's service, the pilot of S2 and S3, S6's service: their paging, limits, errors and tokens, as their code was
observed to answer. Which one a declared source gets is told by its first collection. Not here: token rules
(`oauth.py`), the public aggregators and v2, sockets (`server.py`), faults (`faults.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from pipelines.registry import Source
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.exchange import Reply, Request, Rows, Target, json_reply, no_route, records_sent
from pipelines.sandbox.oauth import TokenDesk

MAX_PAGE_SIZE = 200
DEFAULT_PAGE_SIZE = 10
INSTITUTIONS = "dependencias"


@dataclass(frozen=True)
class Dialect:
    """How a reference server answers.

    `no_token`: to a query without a good token. `out_of_range`: to a page or page size that it doesn't give, by
    name; a size that isn't there is cut to the largest. `reads_text`: "1" is a page. `filters`: an unknown key of
    `query` is an equality filter (else it is ignored).
    """

    name: Literal["s1", "pilot", "s6"]
    no_token: Reply
    out_of_range: Mapping[str, Reply]
    not_a_number: Reply | None
    filters: bool

    @property
    def reads_text(self) -> bool:
        """Whether numbers may come as text."""
        return self.not_a_number is None


def _out_of_range(name: str, status: int) -> Reply:
    return json_reply(status, {"code": status, "message": f"Error {name} fuera de rango"})


_FALLEN = json_reply(500, {"code": "SERVER_001", "message": "Error interno del servidor"})
_S1_PAGING = json_reply(400, {"code": "e_8001", "message": "Parámetro de paginación inválido"})

S1 = Dialect(
    name="s1",
    no_token=json_reply(403, {"code": "e_701", "message": "Token inválido o expirado"}),
    out_of_range={"page": _S1_PAGING},
    not_a_number=_S1_PAGING,
    filters=True,
)
PILOT = Dialect(
    name="pilot",
    no_token=json_reply(401, {"code": "401", "message": "Token inválido o expirado"}),
    out_of_range={"page": _out_of_range("page", 422), "pageSize": _out_of_range("pageSize", 422)},
    not_a_number=json_reply(400, {"code": 400, "message": "request.body.page debe ser integer"}),
    filters=True,
)
S6 = Dialect(
    name="s6",
    no_token=json_reply(401, {"code": "401", "message": "Token inválido o expirado"}),
    out_of_range={"page": _FALLEN, "pageSize": _FALLEN},
    not_a_number=None,
    filters=False,
)
_BY_COLLECTION: Mapping[str, Dialect] = {"declaraciones": S1, "records": S6, "releases": S6}


class PdnSite:
    """A provider's service: token desk, one POST route a collection, its institutions where S2 and S3 list them."""

    def __init__(self, source: Source, dataset: Dataset, expires_in: int) -> None:
        self._source = source
        self._dataset = dataset
        self._token_path = source.parameters["token_path"]
        collections = source.parameters["collections"]
        self._names = {collection["path"]: collection["name"] for collection in collections}
        self._listings = {
            collection.get("dependencies_path", f"{collection['path']}/{INSTITUTIONS}")
            for collection in collections
        }
        self._dialect = _BY_COLLECTION.get(collections[0]["name"], PILOT)
        self._desk = TokenDesk(
            expires_in=expires_in, scope=source.parameters.get("scope"), is_s1=self._dialect is S1
        )

    def target(self, request: Request, path: str) -> Target | None:
        """A collection's part is the page asked for."""
        if path == self._token_path:
            return Target(self._source.id, "token")
        if path in self._names:
            asked = request.json()
            page = asked.get("page", 1) if isinstance(asked, dict) else None
            return Target(self._source.id, "data", page if isinstance(page, int) else None)
        return Target(self._source.id, "listing")

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """Token, page of a collection, institutions; a wrong method is an HTML 404 as in Express."""
        if path == self._token_path and request.method == "POST":
            return self._desk.issue(request)
        if path in self._names and request.method == "POST":
            return self._page(request, path, fault)
        listed = self._dataset.collections.get(INSTITUTIONS)
        if path in self._listings and listed is not None and request.method == "GET":
            return Reply(200, listed.body) if self._admits(request, fault) else self._dialect.no_token
        return no_route(request, path)

    def _admits(self, request: Request, fault: Rows | None) -> bool:
        return self._desk.admits(request, max_uses=None if fault is None else fault.token_uses)

    def _page(self, request: Request, path: str, fault: Rows | None) -> Reply:
        if not self._admits(request, fault):
            return self._dialect.no_token
        asked, problem = read_paging(request, self._dialect, collection=self._names[path])
        if problem is not None:
            return problem
        collection = self._dataset.collections[path]
        records = records_sent(collection.key, collection.records, fault)
        query = {
            key: value for key, value in (asked.get("query") or {}).items() if value not in ("", [], None)
        }
        if query and self._dialect.filters:
            records = tuple(record for record in records if _matches(orjson.loads(record), query))
        return pdn_page(records, page=asked["page"], size=asked["pageSize"])


def pdn_page(records: Sequence[bytes], *, page: int, size: int) -> Reply:
    """One page; beyond the last one it is empty and still says the total."""
    first = (page - 1) * size
    pagination = {
        "hasNextPage": first + size < len(records),
        "page": page,
        "pageSize": size,
        "totalRows": len(records),
    }
    results = b",".join(records[first : first + size])
    return Reply(200, b'{"pagination":' + orjson.dumps(pagination) + b',"results":[' + results + b"]}")


def read_paging(
    request: Request, dialect: Dialect, *, collection: str
) -> tuple[dict[str, Any], Reply | None]:
    """The asked page with its defaults, and the error answer when it can't be given."""
    asked = request.json()
    if not isinstance(asked, dict):
        # Bad JSON: a number as code and no message.
        return {}, json_reply(400, {"code": 400})
    asked = {"page": 1, "pageSize": DEFAULT_PAGE_SIZE, **asked}
    for name in ("page", "pageSize"):
        value = asked[name]
        if dialect.reads_text and isinstance(value, str) and value.isdecimal():
            asked[name] = value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return asked, dialect.not_a_number or _FALLEN
        largest = MAX_PAGE_SIZE if name == "pageSize" else value
        if 1 <= value <= largest:
            continue
        refusal = dialect.out_of_range.get(name)
        if refusal is None:
            asked[name] = min(max(value, 1), largest)
        elif name == "pageSize" and collection == "ssancionados":
            # The server of sanctioned officials validates with its OpenAPI, the others in code.
            return asked, _out_of_range(name, 400)
        else:
            return asked, refusal
    return asked, None


def _matches(record: dict[str, Any], query: Mapping[str, Any]) -> bool:
    """Every key is an equality filter, known or not: `rfcSolicitante` finds nothing, as really happens."""
    places = [record, record.get("servidorPublicoSancionado") or {}, record.get("particularSancionado") or {}]
    for key, wanted in query.items():
        found = next((place[key] for place in places if key in place), None)
        if key == "institucionDependencia" and isinstance(found, dict):
            found = found.get("nombre")
        if isinstance(found, list):
            if not {str(code.get("clave")) for code in found} & {str(value) for value in wanted}:
                return False
        elif not isinstance(found, str) or found.casefold() != str(wanted).casefold():
            return False
    return True
