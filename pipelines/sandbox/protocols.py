"""The portals' protocols over the sample data: EDCAPI, bulk files.

Here: who answers for an address; routes, errors and quirks as the real servers answer them. Not here: PDN's
services (`pdn_services.py`, `directus.py`, `aggregator.py`), sockets (`server.py`), faults (`faults.py`).

Routing goes by host and path: every declared source has a base address (`url`, or
`http://<id with - for _>.invalid` when the address is in an environment variable).
"""

import email.utils
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.registry import Source
from pipelines.sandbox.aggregator import AggregatorSite
from pipelines.sandbox.dataset import Collection, Dataset, make_etag
from pipelines.sandbox.directus import DirectusSite
from pipelines.sandbox.exchange import (
    Reply,
    Request,
    Rows,
    Target,
    host_of,
    json_reply,
    local_host,
    no_route,
    records_sent,
)
from pipelines.sandbox.generator import last_modified
from pipelines.sandbox.pdn_services import PdnSite

NO_RESULTS = {"status": 404, "message": "No se encontrarón resultados con el parámetro seleccionado."}
NO_RECORD = {"message": "No se ha encontrado el record"}
# When the sandbox's files change under a fault they must not look older than they are.
CHANGED = "Mon, 16 Nov 2026 18:00:00 GMT"


class Site(Protocol):
    """One source's portal."""

    def target(self, request: Request, path: str) -> Target | None:
        """What the request is about, None when the path isn't this portal's."""

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """The answer to a request whose path is this portal's."""


class SandboxPortals:
    """All declared portals with their sample data."""

    def __init__(
        self, sources: Sequence[Source], datasets: Mapping[str, Dataset], *, expires_in: int
    ) -> None:
        # (base path, source id, site) of every source at a host.
        self._sites: dict[str, list[tuple[str, str, Site]]] = {}
        providers: dict[str, list[AggregatorSite]] = {}
        for source in sources:
            site = _site(source, datasets[source.id], expires_in, providers)
            for host, base in _bases(source):
                self._sites.setdefault(host, []).append((base, source.id, site))

    def target(self, request: Request) -> Target:
        """What the request is about."""
        found = self._find(request)
        if found is None:
            return Target(request.source_id, "unknown")
        return found[1]

    def answer(self, request: Request, fault: Rows | None) -> Reply:
        """The portal's answer; 404 with the known hosts for an address no source declares."""
        found = self._find(request)
        if found is None:
            message = "No declared source answers at this address"
            return json_reply(404, {"message": message, "url": request.url, "hosts": sorted(self._sites)})
        site, _, path = found
        return site.answer(request, path, fault)

    def _find(self, request: Request) -> tuple[Site, Target, str] | None:
        # Sources may share a host; the client says for which one it asks.
        candidates = self._sites.get(request.host, [])
        first: tuple[Site, Target, str] | None = None
        for base, _, site in sorted(candidates, key=lambda entry: entry[1] != request.source_id):
            if request.path != base and not request.path.startswith(f"{base}/"):
                continue
            path = request.path[len(base) :]
            target = site.target(request, path)
            if target is None:
                continue
            if target.kind == "data":
                return site, target, path
            first = first or (site, target, path)
        # Who has data at the address before who only answers that it has none.
        return first


def _bases(source: Source) -> list[tuple[str, str]]:
    """(host, base path) pairs at which a source answers."""
    address = source.url or f"http://{local_host(source.id)}"
    parts = urllib.parse.urlsplit(address)
    bases = {(host_of(parts.netloc), parts.path.rstrip("/"))}
    for file in source.parameters.get("files", ()):
        if "url" in file:
            bases.add((host_of(urllib.parse.urlsplit(file["url"]).netloc), ""))
    return sorted(bases)


def _site(
    source: Source, dataset: Dataset, expires_in: int, providers: dict[str, list[AggregatorSite]]
) -> Site:
    if source.protocol == "edcapi":
        return EdcapiSite(source, dataset)
    if source.protocol == "bulk_files":
        return BulkSite(source, dataset)
    if source.protocol == "pdn_directus":
        return DirectusSite(source, dataset)
    if source.protocol == "pdn_public":
        return AggregatorSite(source, dataset, providers.setdefault(source.family, []))
    return PdnSite(source, dataset, expires_in)


def _shown(collection: Collection, fault: Rows | None) -> tuple[bytes, ...] | None:
    """The records a fault wants to send, None for the collection as it is."""
    return None if fault is None else fault.rows(collection.key, collection.records)


class EdcapiSite:
    """The INAI tool's EDCAPI: no paging, no validators, a year in one body."""

    _year = re.compile(r"/edca/contractingprocess/([^/]+)")
    _package = re.compile(r"/(release-package|record-package|record|release)/(.+)")

    def __init__(self, source: Source, dataset: Dataset) -> None:
        self._source = source
        self._years = dict(dataset.collections)

    def target(self, request: Request, path: str) -> Target | None:
        """Every path below the base is the tool's; a year's part is its place in fiscalYears."""
        year = self._year.fullmatch(path)
        if year is None:
            return Target(self._source.id, "listing")
        known = list(self._years)
        part = known.index(year[1]) + 1 if year[1] in self._years else None
        return Target(self._source.id, "data", part)

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """GET only; some hosts of this tool answer 500 to clients without a name."""
        if not request.headers.get("user-agent"):
            return Reply(500, b"Internal Server Error", "text/plain; charset=utf-8")
        if request.method not in {"GET", "HEAD"}:
            return no_route(request, path)
        if path == "/edca/fiscalYears":
            return json_reply(
                200, {"fiscalYears": [_fiscal_year(n, int(y)) for n, y in enumerate(self._years)]}
            )
        year = self._year.fullmatch(path)
        if year is not None:
            return self._contracting_processes(year[1], fault)
        package = self._package.fullmatch(path)
        if package is not None:
            return self._one_package(urllib.parse.unquote(package[2]))
        return no_route(request, path)

    def _contracting_processes(self, year: str, fault: Rows | None) -> Reply:
        if year == "null":
            # Without a year the tool gives everything.
            collections = list(self._years.values())
            records = [
                record
                for collection in collections
                for record in records_sent(collection.key, collection.records, fault)
            ]
            return Reply(200, collections[0].envelope.wrap(records))
        collection = self._years.get(year)
        if collection is None:
            return json_reply(404, NO_RESULTS)
        shown = _shown(collection, fault)
        return Reply(200, collection.body if shown is None else collection.envelope.wrap(shown))

    def _one_package(self, ocid: str) -> Reply:
        for collection in self._years.values():
            if ocid in collection.record_ids:
                return Reply(200, collection.records[collection.record_ids.index(ocid)])
        return json_reply(200, NO_RECORD)


def _fiscal_year(number: int, year: int) -> dict[str, Any]:
    created = "2025-06-25T13:49:41Z"
    return {"id": 20 + number, "year": year, "status": True, "createdAt": created, "updatedAt": created}


@dataclass(frozen=True)
class _Served:
    """A declared file: its number from 1, the query of its address, its data."""

    number: int
    query: Mapping[str, str]
    collection: Collection


class BulkSite:
    """Plain files with ETag and Last-Modified."""

    def __init__(self, source: Source, dataset: Dataset) -> None:
        self._source = source
        self._files: dict[tuple[str, str], list[_Served]] = {}
        for number, file in enumerate(source.parameters["files"]):
            address = file.get("url") or (source.url or f"http://{local_host(source.id)}") + file["path"]
            parts = urllib.parse.urlsplit(address)
            query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            served = _Served(number + 1, query, dataset.collections[str(number)])
            # Some portals write paths percent-encoded and some don't; both mean the same file.
            place = (host_of(parts.netloc), urllib.parse.unquote(parts.path))
            self._files.setdefault(place, []).append(served)

    def target(self, request: Request, path: str) -> Target | None:
        """A declared file, by its number; other paths of the host are a listing (404)."""
        found = self._served(request)
        if found is None:
            return Target(self._source.id, "listing")
        return Target(self._source.id, "data", found.number)

    def _served(self, request: Request) -> _Served | None:
        """The file at the path, whose query, if it has one, is the request's."""
        files = self._files.get((request.host, urllib.parse.unquote(request.path)), ())
        return next((file for file in files if file.query.items() <= request.query.items()), None)

    def answer(self, request: Request, path: str, fault: Rows | None) -> Reply:
        """The file, 304 when the client has it, an HTML 404 for other paths."""
        found = self._served(request)
        if found is None or request.method not in {"GET", "HEAD"}:
            return no_route(request, request.path)
        collection = found.collection
        shown = _shown(collection, fault)
        if shown is None:
            body, etag, modified = collection.body, collection.etag, last_modified()
        else:
            body = collection.envelope.wrap(shown)
            etag, modified = make_etag(body), CHANGED
        headers = {"ETag": etag, "Last-Modified": modified, "Accept-Ranges": "none"}
        if _is_unchanged(request, etag, modified):
            return Reply(304, b"", collection.envelope.content_type, headers)
        return Reply(200, body, collection.envelope.content_type, headers)


def _is_unchanged(request: Request, etag: str, modified: str) -> bool:
    """RFC 9110 §13.2.2: If-None-Match first, If-Modified-Since only without it."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return email.utils.parsedate_to_datetime(modified) <= email.utils.parsedate_to_datetime(since)
    except ValueError:
        return False
