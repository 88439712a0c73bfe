"""A state's Directus (S2 v2, S3 v2) over the sample data.

Here: routes, errors and quirks as Directus 10 answers them, and the fields the public role can't read. Not here: PDN's
older services (`pdn_services.py`), sockets (`server.py`), faults (`faults.py`).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from pipelines.registry import Source
from pipelines.sandbox.dataset import Collection, Dataset
from pipelines.sandbox.exchange import (
    LOCAL_CREDENTIALS,
    Reply,
    Request,
    Rows,
    Target,
    json_reply,
    records_sent,
)

DEFAULT_LIMIT = 100
# What the public role of S2 v2 can't read.
HIDDEN = {
    "servidores_intervengan_procedimientos_contrataciones": frozenset({"id", "date_created", "date_updated"})
}
# Keys that stand for objects below the levels asked for count from here.
FIRST_KEY = 11

_Record = TypeVar("_Record")


class DirectusSite:
    """A state's Directus: a static token, `/items/<collection>`, levels of fields, sort, limit, page."""

    def __init__(self, source: Source, dataset: Dataset) -> None:
        self._source = source
        self._collections = {
            collection["path"]: (collection["name"], dataset.collections[collection["path"]])
            for collection in source.parameters["collections"]
        }
        self._sorted: dict[tuple[str, str], tuple[dict[str, Any], ...]] = {}
        self._lock = threading.Lock()

    def target(self, request: Request, path: str) -> Target | None:
        """A collection's part is the page asked for."""
        if path not in self._collections:
            return Target(self._source.id, "listing")
        page = request.query.get("page", "1")
        return Target(self._source.id, "data", int(page) if page.isdecimal() else None)

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """Items; who has no token, asks for a field that is hidden or for a collection that isn't there gets the same
        403."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token != LOCAL_CREDENTIALS["token"]:
            return directus_error(401, "INVALID_CREDENTIALS", "Invalid user credentials.")
        if not path.startswith("/items/") or request.method != "GET":
            return directus_error(404, "ROUTE_NOT_FOUND", f"Route {path} doesn't exist.")
        if not token or path not in self._collections:
            return directus_error(403, "FORBIDDEN", "You don't have permission to access this.")
        return self._items(request, path, fault)

    def _items(self, request: Request, path: str, fault: Rows | None) -> Reply:
        name, collection = self._collections[path]
        hidden = HIDDEN.get(name, frozenset())
        sort = request.query.get("sort", "")
        asked = [field.removeprefix("-") for field in sort.split(",") if field]
        fields = request.query.get("fields", "*")
        if {*asked, *fields.split(",")} & hidden:
            return directus_error(403, "FORBIDDEN", "You don't have permission to access this.")
        sent = records_sent(collection.key, collection.records, fault)
        records = self._in_order(collection, sort) if sent is collection.records else in_order(sent, sort)
        return items_page(request, records, lambda record: shown(record, fields, hidden))

    def _in_order(self, collection: Collection, sort: str) -> tuple[dict[str, Any], ...]:
        with self._lock:
            key = (collection.key, sort)
            if key not in self._sorted:
                self._sorted[key] = in_order(collection.records, sort)
            return self._sorted[key]


def items_page(
    request: Request, records: Sequence[_Record], show: Callable[[_Record], dict[str, Any]]
) -> Reply:
    """The page asked for by `limit` and `page` (-1: everything), each record as `show` gives it, with the counts where
    `meta` asks for them."""
    limit, page = request.query.get("limit", str(DEFAULT_LIMIT)), request.query.get("page", "1")
    if limit != "-1" and not (limit.isdecimal() and page.isdecimal() and int(page) > 0):
        return directus_error(400, "INVALID_QUERY", 'Invalid query. "limit" must be a number.')
    size = len(records) if limit == "-1" else int(limit)
    first = 0 if limit == "-1" else (int(page) - 1) * size
    document: dict[str, Any] = {"data": [show(record) for record in records[first : first + size]]}
    if request.query.get("meta") == "*":
        document = {"meta": {"total_count": len(records), "filter_count": len(records)}, **document}
    return Reply(200, orjson.dumps(document))


def directus_error(status: int, code: str, message: str) -> Reply:
    """An error as Directus tells it."""
    return json_reply(status, {"errors": [{"message": message, "extensions": {"code": code}}]})


def in_order(records: Sequence[bytes], sort: str) -> tuple[dict[str, Any], ...]:
    """The records by these fields (`-` turns one round), by their random ids where none is given."""
    documents = [orjson.loads(record) for record in records]
    for field in reversed(sort.split(",") if sort else ["id"]):
        name = field.removeprefix("-")
        documents.sort(key=lambda record: str(record.get(name) or ""), reverse=field != name)
    return tuple(documents)


def shown(record: Mapping[str, Any], fields: str, hidden: frozenset[str]) -> dict[str, Any]:
    """The record with as many levels as `fields` asks for, without what is hidden."""
    levels = fields.count("*")
    return {name: _level(value, levels - 1) for name, value in record.items() if name not in hidden}


def _level(value: Any, levels: int) -> Any:
    """The value, objects below the levels asked for as keys."""
    if isinstance(value, list):
        return [_level(element, levels) for element in value]
    if not isinstance(value, dict):
        return value
    if levels <= 0:
        return FIRST_KEY + len(value)
    return {name: _level(child, levels - 1) for name, child in value.items()}
