"""PDN v1 REST services: OAuth2 password grant, then POST page by page (API of S2 and S3, version 1.1).

Rules of the crawl:
- pages of 200; the page size the service returns is the one that counts; stop at the last page, at an empty
  one, or at the budget of ceil(totalRows / pageSize) + 1 pages;
- no `sort` and no filters: unknown keys become equality filters on real services and silently return nothing;
- a page whose rows were seen before is a loop: what was read can't be trusted;
- a changed total, or a first page that differs at the end, means that rows moved while paging (a deletion can
  leave counts equal and still lose rows): the collection is crawled once more, then accepted only if nothing
  that was there went away, else it is partial;
- a token is renewed at 80 % of its life, and once for a page that answers 401 or 403, which is then repeated;
- what died half-way goes on after its saved pages if total and first page still agree.
"""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from pipelines.portals.answers import body_error, json_text, require_ok, spoken_message
from pipelines.portals.bodies import BodyFault
from pipelines.portals.errors import FetchState, PortalError, UntrustworthyPages
from pipelines.portals.http import Answer, PortalClient, basic_authorization, credentials
from pipelines.portals.pages import Fetch, Harvest, History, Page
from pipelines.portals.pdn_body import PdnPage, pdn_page
from pipelines.progress import report

PAGE_SIZE = 200
# Renewing at 80 % leaves room for a slow page before the token ends.
RENEW_AT = 0.8
# Without `expires_in` the token is used until it is refused.
TOKEN_ANSWER = '{"access_token": "…", "token_type": "Bearer", "expires_in": 600}'  # noqa: S105 (a shape)
PAGE_SHAPE = '{"pagination": {"pageSize", "page", "totalRows", "hasNextPage"}, "results": […]}'
# Saved pages older than this say little about what the service holds now.
RESUME_WITHIN = timedelta(hours=48)


class _Session:
    """The access token of one fetch."""

    def __init__(self, client: PortalClient, base: str) -> None:
        self._client = client
        self._url = base + client.source.parameters["token_path"]
        self._roles = credentials(client.source, client.portals)
        self._token = ""
        self._renew_after = 0.0
        for role in ("password", "client_secret"):
            client.hide(self._roles[role])

    def authorization(self) -> dict[str, str]:
        """The header of the next request."""
        if not self._token or time.monotonic() >= self._renew_after:
            self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Ask for a token with the password grant; refresh tokens are single-use or missing in real
        services."""
        roles = self._roles
        form = {
            "grant_type": "password",
            "username": roles["username"],
            "password": roles["password"],
            "client_id": roles["client_id"],
            "client_secret": roles["client_secret"],
        }
        scope = self._client.source.parameters.get("scope")
        if scope:
            form["scope"] = scope
        basic = basic_authorization(roles["client_id"], roles["client_secret"])
        self._client.hide(basic)
        answer = self._client.post_secret_form(self._url, form=form, headers={"Authorization": basic})
        self._accept(answer)

    def _accept(self, answer: Answer) -> None:
        if answer.status in {400, 401, 403, 422}:
            said = spoken_message(answer)
            quote = f" Dice: «{said}»." if said else ""
            names = ", ".join(self._client.source.auth.values())
            raise PortalError(
                FetchState.UNAUTHORIZED,
                f"El portal no acepta las credenciales ({answer.status}).{quote}",
                url=self._url,
                expected="un token de acceso (OAuth2, password)",
                action=f"Verifique con la institución los valores de {names} y, si lo pide, el «scope».",
            )
        require_ok(answer, public=True)
        document = _json_object(answer.body or b"")
        token = document.get("access_token")
        if not isinstance(token, str) or not token:
            fault = BodyFault("wrong_shape", "la respuesta no trae «access_token»")
            raise body_error(fault, url=self._url, expected=TOKEN_ANSWER)
        self._client.hide(token)
        self._token = token
        life = str(document.get("expires_in"))
        seconds = float(life) if re.fullmatch(r"\d{1,9}(\.\d+)?", life) else math.inf
        self._renew_after = time.monotonic() + RENEW_AT * seconds


@dataclass
class _Crawl:
    """One pass over a collection."""

    pages: list[Page] = field(default_factory=list)
    # Everything that names a record: to tell insertions from losses, and to count distinct records.
    names: set[str] = field(default_factory=set)
    # totalRows as the first page and as the latest answer say it; None before the first page.
    total: int | None = None
    latest_total: int | None = None
    drifted: bool = False
    shortfall: str | None = None

    @property
    def rows(self) -> int:
        """Records in the pages kept."""
        return sum(page.items for page in self.pages)

    @property
    def only_grew(self) -> bool:
        """Whether rows were only added while paging: everything the first page declared is here, and the
        pages hold as many rows as the last of them declared (those that moved across a page's edge stand
        twice)."""
        totals = [page.total_rows or 0 for page in self.pages]
        grew = totals == sorted(totals) and (self.latest_total or 0) >= totals[-1]
        return grew and len(self.names) >= totals[0] and self.rows == totals[-1]


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every page of every collection into `harvest`, with the total the portal declares.

    Raises:
        PortalError: no token, a page that can't be had (earlier pages stay in `harvest`), or a loop.
    """
    base = client.required_base()
    session = _Session(client, base)
    harvest.declared_by = "portal"
    harvest.resumable = True
    collections = client.source.parameters["collections"]
    totals: list[int | None] = []
    distinct = 0
    for collection in collections:
        before = list(harvest.pages)
        reader = _Collection(
            client, session, url=base + collection["path"], name=collection["name"], before=before
        )
        try:
            _settled(reader, _saved_pages(history.unfinished, collection["name"]), harvest)
        except PortalError:
            harvest.pages_failed += 1
            raise
        finally:
            crawl = reader.current
            totals.append(crawl.total)
            distinct += len(crawl.names)
            harvest.pages[:] = [*before, *crawl.pages]
            harvest.declared = _sum_of_all(totals, len(collections))
            harvest.distinct_ids = distinct
        if crawl.shortfall is not None:
            harvest.shortfall = harvest.shortfall or crawl.shortfall
            harvest.resumable = False


def _sum_of_all(totals: list[int | None], collections: int) -> int | None:
    """What the portal declares; a collection that never said its total leaves the sum unknown, not
    smaller."""
    known = [total for total in totals if total is not None]
    return sum(known) if len(known) == collections else None


def _settled(reader: "_Collection", saved: list[Page], harvest: Harvest) -> None:
    """Crawl, and crawl once more when rows moved meanwhile; the result is `reader.current`."""
    first = reader.crawl(saved)
    if not first.drifted:
        return
    again = reader.crawl([])
    if not again.drifted:
        harvest.notes.append(f"«{reader.name}» cambió durante la descarga; se descargó de nuevo completa.")
    elif again.only_grew and first.names <= again.names:
        # What the last page declared is what these pages hold; rows inserted later come with the next fetch.
        again.total = again.pages[-1].total_rows
        harvest.notes.append(
            f"«{reader.name}» recibió registros nuevos durante la descarga: no se perdió ninguno de los que"
            " había; los que falten llegarán en la siguiente."
        )
    else:
        again.shortfall = f"«{reader.name}» cambió dos veces durante la descarga: pueden faltar registros."


def _saved_pages(unfinished: Fetch | None, collection: str) -> list[Page]:
    """Pages of an earlier, recent fetch that may be kept: those from the first on, without a gap."""
    if unfinished is None or not unfinished.resumable:
        return []
    age = datetime.now(UTC) - datetime.fromisoformat(unfinished.finished_at)
    if age > RESUME_WITHIN:
        return []
    saved = sorted(
        (page for page in unfinished.pages if page.collection == collection), key=lambda page: page.number
    )
    return [page for expected, page in enumerate(saved, start=1) if page.number == expected]


class _Collection:
    """Reads one collection page by page."""

    def __init__(
        self, client: PortalClient, session: _Session, *, url: str, name: str, before: list[Page]
    ) -> None:
        self.name = name
        # Pages of the collections read before this one: progress is told for the source.
        self._before = before
        # What has been read so far, also when a page raises.
        self.current = _Crawl()
        self._client = client
        self._session = session
        self._url = url

    def crawl(self, saved: list[Page]) -> _Crawl:
        """Read all pages; `saved` ones are kept if the first page still says the same."""
        crawl = self.current = _Crawl()
        size = int(self._client.source.parameters.get("page_size", PAGE_SIZE))
        first, content = self._read(1, size)
        crawl.total = crawl.latest_total = first.total_rows or 0
        size = first.page_size or size
        self._keep(crawl, first, content)
        if len(saved) > 1 and _agree(saved[0], first):
            for page in saved[1:]:
                content = self._reread(page)
                self._keep(crawl, page, content)
        self._read_on(crawl, content, size=size)
        self._verify(crawl)
        if crawl.rows != crawl.total and not crawl.drifted:
            crawl.shortfall = f"«{self.name}» declara {crawl.total:,} registros y entregó {crawl.rows:,}."
        return crawl

    def _read_on(self, crawl: _Crawl, content: PdnPage, *, size: int) -> None:
        """Read from behind the last page kept (`content`) to the end."""
        seen = {page.rows_digest for page in crawl.pages}
        budget = math.ceil((crawl.total or 0) / size) + 1
        while content.pagination["hasNextPage"]:
            number = crawl.pages[-1].number + 1
            if number > budget:
                if not crawl.drifted:
                    raise self._endless(crawl)
                return
            page, content = self._read(number, size)
            crawl.latest_total = page.total_rows
            crawl.drifted = crawl.drifted or page.total_rows != crawl.total
            if page.items == 0:
                # Beyond the last page services answer 200 and nothing; there is no record to keep.
                return
            if page.rows_digest in seen:
                raise self._loop(number)
            seen.add(page.rows_digest)
            self._keep(crawl, page, content)

    def _verify(self, crawl: _Crawl) -> None:
        """Ask for the first page again: rows that moved while paging show there or in the total."""
        if len(crawl.pages) == 1:
            return
        first = crawl.pages[0]
        page, _ = self._read(1, first.page_size or PAGE_SIZE)
        crawl.latest_total = page.total_rows
        if page.total_rows != crawl.total or page.rows_digest != first.rows_digest:
            crawl.drifted = True

    def _keep(self, crawl: _Crawl, page: Page, content: PdnPage) -> None:
        crawl.pages.append(page)
        crawl.names.update(item.identity or item.sha256 or item.text for item in content.items)
        report(
            self._client.source.id,
            "fetch",
            collection=self.name,
            pages=len(self._before) + len(crawl.pages),
            bytes=sum(each.bytes for each in (*self._before, *crawl.pages)),
            rows=sum(each.items for each in (*self._before, *crawl.pages)),
        )

    def _read(self, number: int, size: int) -> tuple[Page, PdnPage]:
        answer = self._answer(number, size)
        require_ok(answer, public=False)
        content = self._content(answer)
        returned = _count_of(content, "pageSize")
        if returned == 0 and content.items:
            raise self._wrong("«pageSize» es 0")
        assert answer.sha256 is not None
        page = Page(
            number=number,
            url=self._url,
            format="json",
            sha256=answer.sha256,
            bytes=answer.size,
            fetched_at=answer.fetched_at,
            items=len(content.items),
            label=f"{self.name} {number}",
            collection=self.name,
            rows_digest=content.rows_digest,
            total_rows=_count_of(content, "totalRows"),
            page_size=returned or size,
        )
        return page, content

    def _answer(self, number: int, size: int) -> Answer:
        body = {"page": number, "pageSize": size}
        answer = self._client.post_json(
            self._url, body=body, headers=self._session.authorization(), page=number
        )
        if answer.status in {401, 403}:
            self._session.renew()
            headers = self._session.authorization()
            answer = self._client.post_json(self._url, body=body, headers=headers, page=number)
        return answer

    def _reread(self, page: Page) -> PdnPage:
        """A saved page, from the archive."""
        path = self._client.archived(page.sha256)
        answer = Answer(page.url, 200, {}, page.bytes, page.fetched_at, sha256=page.sha256, path=path)
        return self._content(answer)

    def _content(self, answer: Answer) -> PdnPage:
        try:
            content = pdn_page(json_text(answer), self.name)
        except BodyFault as fault:
            raise body_error(fault, url=self._url, expected=PAGE_SHAPE) from None
        for name in ("totalRows", "pageSize"):
            if not _is_count(content.pagination.get(name)):
                raise self._wrong(f"«pagination.{name}» no es un número de registros")
        if not isinstance(content.pagination.get("hasNextPage"), bool):
            raise self._wrong("«pagination.hasNextPage» no es verdadero o falso")
        return content

    def _wrong(self, reason: str) -> PortalError:
        return body_error(BodyFault("wrong_shape", reason), url=self._url, expected=PAGE_SHAPE)

    def _loop(self, number: int) -> PortalError:
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal repite registros al paginar: la página {number:,} de «{self.name}» es igual a otra.",
            url=self._url,
            expected="registros distintos en cada página",
            action="Avise a la institución: su servicio ignora el número de página.",
        )

    def _endless(self, crawl: _Crawl) -> PortalError:
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal no termina de paginar: «{self.name}» declara {crawl.total:,} registros"
            f" y ya entregó {crawl.rows:,}.",
            url=self._url,
            expected="hasNextPage falso en la última página",
            action="Avise a la institución: su servicio no marca la última página.",
        )


def _agree(saved: Page, now: Page) -> bool:
    return (
        saved.total_rows == now.total_rows
        and saved.rows_digest == now.rows_digest
        and saved.page_size == now.page_size
    )


def _count_of(content: PdnPage, name: str) -> int:
    return int(content.pagination[name])


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
