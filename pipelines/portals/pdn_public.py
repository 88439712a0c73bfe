"""PDN's public services, which ask the providers' services with the PDN's own credentials: S1, S2 v1, S3 v2, S6.

One host answers for all providers; a source names its own by `supplier_id`. What they have in common is that a
provider's failure comes as HTTP 200: `{"error": true}`, `{"error": {"status", "statusText"}}`, `{"code": "500"}`,
`{"success": false}`. That, and a provider that the service doesn't list, is *unavailable*, never zero. A failure is
asked for once more: the services give their providers few seconds.

| system | listing | a page |
|---|---|---|
| S1 | `GET /s1/v1/providers` | `POST /s1/v1/search {supplier_id, page, pageSize, query}` |
| S2 v1 | `POST /s2/api/v1/suppliers` | `POST /s2/api/v1/search {supplier_id, page, pageSize}` |
| S3 v2 | `GET /s3-wrapper/api/v1/providers` | `GET /s3-wrapper/api/v1/<collection>/<supplier_id>?page&limit` |
| S6 | – | `POST /s6/api/v1/search?supplier_id=… {page, pageSize}`, pages from 0, sizes above 200 cut in silence |

The service of S3 asks its providers for three levels of fields and for no counts: `totalItems` is then no more than the
rows of the page, and a full page may have others behind it. Not here: the rules of reading on, of doubt and of
resuming (`crawl.py`); pauses between requests and one request at a time for a host (`http.py`, `landing/fetch.py`).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import orjson

from pipelines.portals.answers import body_error, json_text, require_ok
from pipelines.portals.bodies import BodyFault
from pipelines.portals.crawl import PAGE_SIZE, Turn, gather, used_size
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.institutions import Listing, read_institutions
from pipelines.portals.items import Item, rows_digest
from pipelines.portals.json_text import quoted
from pipelines.portals.ocds_body import ocds_items
from pipelines.portals.pages import Harvest, History, Page
from pipelines.portals.pdn_body import pdn_items
from pipelines.portals.pdn_frame import count_of, foreign_keys, pdn_frame
from pipelines.portals.spoken import spoken_failure

ATTEMPTS = 2
RESULTS = '{"pagination": {"pageSize", "page", "totalRows", "hasNextPage"}, "results": […]}'


@dataclass(frozen=True)
class _Service:
    """How one of the services is asked. `listing`: method and path of its list of providers, and how an element names
    its id. `shape`: of a page, for people."""

    system: str
    listing: tuple[Literal["GET", "POST"], str, str] | None
    shape: str


SERVICES: Mapping[str, _Service] = {
    "pdn_s1": _Service("Sistema 1", ("GET", "/s1/v1/providers", "supplier_id"), RESULTS),
    "pdn_v1": _Service("Sistema 2", ("POST", "/s2/api/v1/suppliers", "supplier_id"), RESULTS),
    "pdn_v2": _Service(
        "Sistema 3",
        ("GET", "/s3-wrapper/api/v1/providers", "id"),
        '{"success": true, "data": […], "pagination": {"page", "limit", "totalItems", "hasNextPage"}}',
    ),
    "ocds_packages": _Service(
        "Sistema 6", None, '{"pagination": {"total", "page", "pageSize"}, "data": [entregas OCDS]}'
    ),
}


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every page of every collection of the provider into `harvest`, with the total the service declares, and
    the institutions it lists where a collection has an `entities_path`.

    Raises:
        PortalError: `unavailable` when the provider isn't listed or its service failed behind PDN's; any other fault
            of a page (what came stays in `harvest`).
    """
    base = client.required_base()
    parameters = client.source.parameters
    service = SERVICES[client.source.family]
    _require_listed(client, service, base)
    readers = [
        _READERS[client.source.family](
            client, service, url=base + collection["path"], name=collection["name"]
        )
        for collection in parameters["collections"]
    ]
    size = int(parameters.get("page_size", PAGE_SIZE))
    gather(readers, source_id=client.source.id, size=size, history=history, harvest=harvest)
    for collection in parameters["collections"]:
        if "entities_path" in collection:
            _list_institutions(client, base + collection["entities_path"], collection["name"], harvest)


def _require_listed(client: PortalClient, service: _Service, base: str) -> None:
    """Whether the service has the provider at all: for one it doesn't know it answers anything.

    A listing that isn't one is no reason to give up: the search will tell.
    """
    if service.listing is None:
        return
    method, path, key = service.listing
    url = base + path
    answer = client.get(url) if method == "GET" else client.post_json(url, body={}, headers={})
    listed = _listed(answer, key)
    supplier = client.source.parameters["supplier_id"]
    if listed is None or supplier in listed:
        return
    alike = next((found for found in sorted(listed) if found.casefold() == supplier.casefold()), None)
    hint = f" Lista «{alike}», que sólo difiere en mayúsculas." if alike else ""
    raise PortalError(
        FetchState.UNAVAILABLE,
        f"La PDN no lista a «{supplier}» entre los {len(listed):,} proveedores del {service.system}.{hint}",
        url=url,
        expected=f"«{supplier}» en la lista de proveedores",
        action="Sus registros no son cero: no se pueden consultar ahí. Verifique el identificador (supplier_id) o"
        " espere a que la institución se conecte de nuevo.",
    )


def _listed(answer: Answer, key: str) -> frozenset[str] | None:
    """The ids of the providers; None when the answer isn't such a list."""
    if answer.status != 200:
        return None
    try:
        document: Any = orjson.loads(json_text(answer))
    except (BodyFault, orjson.JSONDecodeError):
        return None
    if isinstance(document, dict):
        document = document.get("data")
    if not isinstance(document, list):
        return None
    ids = [element.get(key) for element in document if isinstance(element, dict)]
    found = frozenset(each for each in ids if isinstance(each, str))
    return found or None


class _Reader:
    """One collection of a provider; how a page is asked for and counted is the services' own."""

    last_page = "una última página"
    # None of the services is asked for a sort: pages come as the provider stores them.
    may_tie = False

    def __init__(self, client: PortalClient, service: _Service, *, url: str, name: str) -> None:
        self.name = name
        self._client = client
        self._service = service
        self._url = url
        self._supplier: str = client.source.parameters["supplier_id"]
        # Records with keys in place of objects, by field, of each page.
        self._keys: dict[int, Counter[str]] = {}

    def read_again(self) -> None:
        """Nothing is asked otherwise the second time."""
        self._keys.clear()

    def notes(self) -> list[str]:
        """What to tell of the collection besides its rows."""
        keys = sum(self._keys.values(), Counter[str]())
        if not keys:
            return []
        fields = ", ".join(f"{field} en {count:,}" for field, count in sorted(keys.items()))
        return [
            f"«{self.name}» trae claves numéricas en lugar de objetos ({fields} registros): la PDN pide a sus"
            " proveedores menos niveles de los que tienen."
        ]

    def read(self, number: int, size: int) -> Turn:
        """Ask for a page; once more when the answer is a failure of the provider's."""
        for _ in range(ATTEMPTS - 1):
            turn = self._read(number, size, is_last=False)
            if turn is not None:
                return turn
        turn = self._read(number, size, is_last=True)
        assert turn is not None
        return turn

    def reread(self, page: Page) -> Turn:
        """A saved page, from the archive."""
        path = self._client.archived(page.sha256)
        answer = Answer(page.url, 200, {}, page.bytes, page.fetched_at, sha256=page.sha256, path=path)
        text = json_text(answer)
        return self._turn(answer, text, pdn_frame(text), number=page.number, size=page.page_size or PAGE_SIZE)

    def ask(self, number: int, size: int) -> Answer:
        """The request of a page."""
        raise NotImplementedError

    def count(self, said: Mapping[str, Any], rows: int, *, number: int, size: int) -> tuple[int | None, int]:
        """The declared total (None: not declared) and the page size the service used.

        Raises:
            BodyFault: the answer counts nothing.
        """
        raise NotImplementedError

    def items(self, text: str) -> tuple[Item, ...]:
        """The records of a page."""
        return tuple(pdn_items(text, self.name))

    def _read(self, number: int, size: int, *, is_last: bool) -> Turn | None:
        """A page; None when the provider failed and there is an attempt left."""
        answer = self.ask(number, size)
        try:
            text = json_text(answer)
            said = pdn_frame(text)
        except BodyFault as fault:
            require_ok(answer, public=True)
            raise self._wrong(fault, answer) from None
        failure = _failure(answer, said)
        if failure is not None:
            if not is_last:
                return None
            raise self._failed(failure, answer)
        require_ok(answer, public=True)
        return self._turn(answer, text, said, number=number, size=size)

    def _turn(
        self, answer: Answer, text: str, said: Mapping[str, Any] | None, *, number: int, size: int
    ) -> Turn:
        try:
            items = self.items(text)
            total, returned = self.count(said or {}, len(items), number=number, size=size)
            returned = used_size(number, len(items), size=returned, total=total)
        except BodyFault as fault:
            raise self._wrong(fault, answer) from None
        self._keys[number] = Counter(name for item in items for name in foreign_keys(item.text))
        assert answer.sha256 is not None
        page = Page(
            number=number,
            url=answer.url,
            format="json",
            sha256=answer.sha256,
            bytes=answer.size,
            fetched_at=answer.fetched_at,
            items=len(items),
            label=f"{self.name} {number}",
            collection=self.name,
            rows_digest=rows_digest(items),
            total_rows=total,
            page_size=returned,
        )
        has_next = len(items) >= returned if total is None else number * returned < total
        return Turn(page, len(items), tuple(item.name for item in items), has_next)

    def _wrong(self, fault: BodyFault, answer: Answer) -> PortalError:
        return body_error(fault, url=answer.url, expected=self._service.shape)

    def _failed(self, failure: str, answer: Answer) -> PortalError:
        said = f" (dice «{failure}»)" if failure else ""
        return PortalError(
            FetchState.UNAVAILABLE,
            f"La PDN no obtuvo los registros de «{self._supplier}»: el servicio del proveedor falló{said}.",
            url=answer.url,
            expected=self._service.shape,
            action="Sus registros no son cero: se reintentará en la siguiente descarga; si continúa, avise a la"
            " institución y a la PDN.",
        )


class _Results(_Reader):
    """S1 and S2: PDN's REST answer, passed on."""

    def ask(self, number: int, size: int) -> Answer:
        body: dict[str, Any] = {"supplier_id": self._supplier, "page": number, "pageSize": size}
        if self._client.source.family == "pdn_s1":
            body["query"] = {}
        return self._client.post_json(self._url, body=body, headers={}, page=number)

    def count(self, said: Mapping[str, Any], rows: int, *, number: int, size: int) -> tuple[int | None, int]:
        return _counted(said, total="totalRows", size="pageSize", rows=rows)


class _Releases(_Reader):
    """S6: releases in `data`, pages from 0."""

    def ask(self, number: int, size: int) -> Answer:
        url = f"{self._url}?{urlencode({'supplier_id': self._supplier})}"
        body = {"page": number - 1, "pageSize": size}
        return self._client.post_json(url, body=body, headers={}, page=number)

    def count(self, said: Mapping[str, Any], rows: int, *, number: int, size: int) -> tuple[int | None, int]:
        return _counted(said, total="total", size="pageSize", rows=rows)

    def items(self, text: str) -> tuple[Item, ...]:
        return tuple(ocds_items(text))


class _Wrapped(_Reader):
    """S3 v2: records in `data`; whether totals are declared shows on the first page."""

    def __init__(self, client: PortalClient, service: _Service, *, url: str, name: str) -> None:
        super().__init__(client, service, url=url, name=name)
        self._is_counted = True

    def ask(self, number: int, size: int) -> Answer:
        query = urlencode({"page": number, "limit": size})
        return self._client.get(f"{self._url}/{quote(self._supplier, safe='')}?{query}", page=number)

    def count(self, said: Mapping[str, Any], rows: int, *, number: int, size: int) -> tuple[int | None, int]:
        meta = said.get("meta")
        total = next(
            (
                count
                for name in ("filter_count", "total_count")
                if (count := count_of(meta, name)) is not None
            ),
            None,
        )
        if total is None:
            total = count_of(said.get("pagination"), "totalItems")
            if total is None:
                raise BodyFault("wrong_shape", "«pagination.totalItems» no es un número de registros")
            if number == 1:
                self._is_counted = rows < size or total > rows
            if not self._is_counted:
                total = None
        return total, count_of(said.get("pagination"), "limit") or size


_READERS: Mapping[str, Callable[..., _Reader]] = {
    "pdn_s1": _Results,
    "pdn_v1": _Results,
    "pdn_v2": _Wrapped,
    "ocds_packages": _Releases,
}


def _counted(said: Mapping[str, Any], *, total: str, size: str, rows: int) -> tuple[int, int]:
    """Total and page size of a `pagination`.

    Raises:
        BodyFault: it isn't there or doesn't count.
    """
    pagination = said.get("pagination")
    if not isinstance(pagination, dict):
        raise BodyFault("wrong_shape", "la respuesta no trae «pagination»")
    counts = [count_of(pagination, name) for name in (total, size)]
    for name, count in zip((total, size), counts, strict=True):
        if count is None or (name == size and count == 0 and rows):
            raise BodyFault("wrong_shape", f"«pagination.{name}» no es un número de registros")
    return counts[0] or 0, counts[1] or PAGE_SIZE


def _failure(answer: Answer, said: Mapping[str, Any] | None) -> str | None:
    """What an answer says of a failure behind the service, "" when it says no more than that; None when it tells of
    none. The service of S3 tells of some with 400."""
    spoken = spoken_failure(answer)
    if spoken is not None:
        return " ".join(filter(None, (str(spoken.status or ""), spoken.said)))
    error = (said or {}).get("error")
    return quoted(error) if answer.status == 400 and isinstance(error, str) else None


def _list_institutions(client: PortalClient, url: str, name: str, harvest: Harvest) -> None:
    """Add the institutions that the service lists for the provider; that they don't come is a note and nothing else.

    One answer holds those of all providers; where one of them failed stands a bare `{"error": true}` that names
    nobody.
    """
    supplier = client.source.parameters["supplier_id"]
    try:
        answer = client.post_json(url, body={}, headers={})
        require_ok(answer, public=True)
        document: Any = orjson.loads(json_text(answer))
    except (PortalError, BodyFault, orjson.JSONDecodeError):
        harvest.notes.append(f"No llegó la lista de instituciones de «{name}».")
        return
    elements = [each for each in document if isinstance(each, dict)] if isinstance(document, list) else []
    own = [each for each in elements if each.get("supplier_id") == supplier]
    try:
        listing = read_institutions(orjson.dumps(own).decode(), name)
    except BodyFault:
        listing = Listing((), len(own))
    if listing.institutions:
        harvest.institutions = [*(harvest.institutions or ()), *listing.institutions]
        return
    failed = sum("error" in each for each in elements)
    harvest.notes.append(
        f"La lista de instituciones de «{name}» no trae las de «{supplier}» ({failed:,} proveedores fallaron)."
    )
