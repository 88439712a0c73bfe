"""PDN's public services over the sample data: one host that answers for all providers (S1, S2 v1, S3 v2, S6).

Here: routes, errors and quirks as PDN's own services were observed to answer; a provider's failure comes inside a 200. Every
declared source is one provider; requests are told apart by path and `supplier_id`. Not here: the providers' own
services (`pdn_services.py`, `directus.py`), sockets (`server.py`), faults (`faults.py`).
"""

import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from pipelines.registry import Source
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.directus import shown
from pipelines.sandbox.exchange import Reply, Request, Rows, Target, json_reply, no_route, records_sent

MAX_PAGE_SIZE = 200
DEFAULT_PAGE_SIZE = 10
# What the service of S3 asks its providers for.
THREE_LEVELS = "*.*.*"
INSTITUTIONS = "dependencias"
LISTINGS = {
    "pdn_s1": "/s1/v1/providers",
    "pdn_v1": "/s2/api/v1/suppliers",
    "pdn_v2": "/s3-wrapper/api/v1/providers",
}
ENTITIES = "/s2/api/v1/entities"
SUMMARY = "/s2/api/v1/summary"


class AggregatorSite:
    """One provider behind one of the services. `providers`: all of that service, filled as they are made."""

    def __init__(self, source: Source, dataset: Dataset, providers: list["AggregatorSite"]) -> None:
        self.source = source
        self.dataset = dataset
        self.supplier: str = source.parameters["supplier_id"]
        self._paths = {collection["path"] for collection in source.parameters["collections"]}
        self._providers = providers
        providers.append(self)

    @property
    def described(self) -> dict[str, Any]:
        """The provider as listings and answers name it."""
        levels = ["federal" if self.source.entity == "00" else "estatal"]
        return {
            "supplier_id": self.supplier,
            "supplier_name": self.source.publisher.name,
            "levels": levels,
        }

    def target(self, request: Request, path: str) -> Target | None:
        """A collection's part is the page asked for, counted from 1; other providers' pages are none of ours."""
        family = self.source.family
        if path == LISTINGS.get(family) or (family == "pdn_v1" and path in {ENTITIES, SUMMARY}):
            return Target(self.source.id, "listing")
        asked = self._asked(request, path)
        if asked is None:
            return None
        supplier, page = asked
        if supplier != self.supplier:
            return Target(self.source.id, "listing")
        return Target(self.source.id, "data", page)

    def _asked(self, request: Request, path: str) -> tuple[str, int | None] | None:
        """The provider and page that a request is about; None when it is about none."""
        if self.source.family == "pdn_v2":
            path, _, supplier = path.rpartition("/")
            if path not in self._paths:
                return None
            return urllib.parse.unquote(supplier), _whole(request.query.get("page", 1))
        if path not in self._paths:
            return None
        body = request.json()
        asked: dict[str, Any] = body if isinstance(body, dict) else {}
        if self.source.family != "ocds_packages":
            return str(asked.get("supplier_id")), _whole(asked.get("page", 1))
        page = _whole(asked.get("page", 0))
        return request.query.get("supplier_id", ""), None if page is None else page + 1

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """A listing, or a page of the provider; a route or method nobody knows is an HTML 404 as in Express."""
        about_all = self._about_all(path, fault)
        if about_all is not None:
            return about_all
        if request.method != ("GET" if self.source.family == "pdn_v2" else "POST"):
            return no_route(request, path)
        asked = self._asked(request, path)
        unlisted = fault is not None and fault.provider == "unlisted"
        if asked is None or asked[0] != self.supplier or unlisted:
            return self._unknown(request, path, "" if asked is None else asked[0])
        if fault is not None and fault.provider == "failing":
            return self._failed("ETIMEDOUT")
        return self._page(request, path, fault)

    def _about_all(self, path: str, fault: Rows | None) -> Reply | None:
        """What the service says of all its providers; None when it is asked about one."""
        if path == LISTINGS.get(self.source.family):
            return self._listing(fault)
        if self.source.family == "pdn_v1" and path == ENTITIES:
            return self._entities(fault)
        if self.source.family == "pdn_v1" and path == SUMMARY:
            return json_reply(200, [each.summary() for each in self._listed(fault)])
        return None

    def _listed(self, fault: Rows | None) -> Sequence["AggregatorSite"]:
        """The providers that the service lists: without this one when a fault says so."""
        unlisted = fault is not None and fault.provider == "unlisted"
        return [each for each in self._providers if each is not self or not unlisted]

    def _listing(self, fault: Rows | None) -> Reply:
        described = [each.described for each in self._listed(fault)]
        if self.source.family == "pdn_v2":
            data = [{"id": each["supplier_id"], "name": each["supplier_name"]} for each in described]
            return json_reply(200, {"success": True, "data": data})
        return json_reply(200, described)

    def summary(self) -> dict[str, Any]:
        """The provider in `/summary`."""
        rows = sum(len(self.dataset.collections[path].offsets) for path in self._paths)
        return {**self.described, "totalRows": rows}

    def _entities(self, fault: Rows | None) -> Reply:
        """The institutions of all providers; in the place of one that failed stands a bare error."""
        entities: list[dict[str, Any]] = []
        for each in self._listed(fault):
            if each is self and fault is not None and fault.provider == "failing":
                entities.append({"error": True})
            elif INSTITUTIONS in each.dataset.collections:
                listed = each.dataset.collections[INSTITUTIONS].records
                entities += [{**orjson.loads(one), "supplier_id": each.supplier} for one in listed]
        return Reply(200, orjson.dumps(sorted(entities, key=lambda one: one.get("nombre", ""))))

    def _unknown(self, request: Request, path: str, supplier: str) -> Reply:
        """A provider that the service doesn't know: two of the four services fall over."""
        if self.source.family == "pdn_s1":
            return json_reply(500, {"error": "Proveedor de información no disponible"})
        if self.source.family == "pdn_v2":
            return json_reply(400, {"success": False, "error": f"Provider {supplier} not found"})
        return Reply(500, no_route(request, path).body, "text/html; charset=utf-8")

    def _failed(self, why: str) -> Reply:
        """The provider's own service failed."""
        if self.source.family == "pdn_s1":
            return json_reply(200, {"error": {"status": -110, "statusText": why}})
        if self.source.family == "pdn_v2":
            return json_reply(400, {"success": False, "error": f"connect {why}"})
        return json_reply(200, {**self.described, "error": True})

    def _page(self, request: Request, path: str, fault: Rows | None) -> Reply:
        family = self.source.family
        if family == "pdn_v2":
            return self._wrapped(request, path.rpartition("/")[0], fault)
        body = request.json()
        asked: dict[str, Any] = body if isinstance(body, dict) else {}
        size = _whole(asked.get("pageSize", DEFAULT_PAGE_SIZE))
        first = 0 if family == "ocds_packages" else 1
        page = _whole(asked.get("page", first))
        if page is None or size is None or page < first or size < 1:
            return self._failed("Bad Request")
        if size > MAX_PAGE_SIZE and family == "pdn_v1":
            return self._failed("Unprocessable Entity")
        size = min(size, MAX_PAGE_SIZE)
        collection = self.dataset.collections[path]
        records = records_sent(collection.key, collection.records, fault)
        start = (page - first) * size
        rows = b",".join(records[start : start + size])
        if family == "ocds_packages":
            told = orjson.dumps({"total": len(records), "page": page, "pageSize": size})
            return Reply(200, b'{"pagination":' + told + b',"data":[' + rows + b"]}")
        told = orjson.dumps(
            {
                "pageSize": size,
                "page": page,
                "totalRows": len(records),
                "hasNextPage": start + size < len(records),
            }
        )
        who = orjson.dumps({**self.described, "endpoint_type": "REST"})
        return Reply(200, b'{"pagination":' + told + b',"results":[' + rows + b"]," + who[1:])

    def _wrapped(self, request: Request, path: str, fault: Rows | None) -> Reply:
        collection = self.dataset.collections[path]
        records = records_sent(collection.key, collection.records, fault)
        return wrapped_page(
            request, records, lambda record: shown(orjson.loads(record), THREE_LEVELS, frozenset())
        )


def wrapped_page(
    request: Request, records: Sequence[bytes], show: Callable[[bytes], dict[str, Any]]
) -> Reply:
    """A page of S3 v2 as the public wrapper passes it on, each record as `show` gives it."""
    page, limit = (
        _whole(request.query.get("page", 1)) or 1,
        _whole(request.query.get("limit")) or DEFAULT_PAGE_SIZE,
    )
    start = (page - 1) * limit
    pages = -(-len(records) // limit)
    document = {
        "success": True,
        "data": [show(record) for record in records[start : start + limit]],
        "meta": {"total_count": len(records), "filter_count": len(records)},
        "pagination": {
            "page": page,
            "limit": limit,
            "totalItems": len(records),
            "totalPages": pages,
            "hasNextPage": page < pages,
            "hasPrevPage": page > 1,
        },
    }
    return Reply(200, orjson.dumps(document))


def _whole(value: Any) -> int | None:
    """A number, also as text; None when it is neither."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
