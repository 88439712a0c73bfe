"""PDN REST services: OAuth2 password grant, then POST page by page (S1 v2, S2 and S3 v1.1, S6 v1).

Rules of the crawl:
- pages of 200; a service that refuses them (400, 422, 500) is asked for smaller ones, also for its other
  collections and when the fetch is gone on with; the page size it returns is the one that counts;
- read to the last page, to an empty one, or to the budget of ceil(totalRows / pageSize) + 1 pages; where
  `hasNextPage` says no and full pages don't add up to `totalRows` yet, it is asked once more;
- no `sort` and no filters: unknown keys become equality filters on real services and silently return nothing;
- a page whose rows were seen before is a loop: what was read can't be trusted;
- a changed total, or a first page that differs at the end, means that rows moved while paging (a deletion can
  leave counts equal and still lose rows). The ids prove what that did: as many distinct ones as the service
  declares at the end, below an unchanged first page, are all there is (rows came in at the end, as MongoDB's natural
  order has it). Otherwise the collection is crawled once more, then accepted only if nothing that was there went
  away, else it is partial;
- an id on two pages is the provider's own or the trace of an order that shifts: the pages that have it are asked for
  again, and must hold what they held;
- a token is renewed at 80 % of its life, and once for a page that answers 401 or 403 (also inside a 200), which is
  then repeated;
- an error inside a 200 is a failure, never an empty page (`spoken.py`);
- what died half-way goes on after its saved pages if the first and the last of them still hold the same rows.

Not here: the token (`pdn_token.py`), what a page holds (`pdn_body.py`), the institutions listed
(`institutions.py`).
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipelines.portals.answers import body_error, json_text, require_ok
from pipelines.portals.bodies import BodyFault
from pipelines.portals.errors import FetchState, PortalError, UntrustworthyPages
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.institutions import read_institutions
from pipelines.portals.pages import Fetch, Harvest, History, Page
from pipelines.portals.pdn_body import PdnPage, ocds_page, pdn_page, sound_page
from pipelines.portals.pdn_token import Session
from pipelines.portals.spoken import down_inside_200, spoken_failure
from pipelines.progress import report

PAGE_SIZE = 200
# What is tried in turn where a page size is refused.
SMALLER_SIZES = (100, 50, 10)
# How services answer to a page size they don't give: validated, refused, fallen over.
REFUSED_SIZE = frozenset({400, 413, 422, 500})
PAGE_SHAPE = '{"pagination": {"pageSize", "page", "totalRows", "hasNextPage"}, "results": […]}'
INSTITUTIONS_SHAPE = '[{"nombre", "siglas", "clave"}]'
# Saved pages older than this say little about what the service holds now.
RESUME_WITHIN = timedelta(hours=48)
# Pages with an id that another one has too, asked for again to see whether the order holds.
DOUBTFUL_PAGES = 10
# A service may grow while it is read, by twice its size; what grows on is no collection.
GROWTH = 2


@dataclass
class _Crawl:
    """One pass over a collection."""

    pages: list[Page] = field(default_factory=list)
    # Everything that names a record, and the page it first stood on: to tell insertions from losses, and to count
    # distinct records.
    names: dict[str, int] = field(default_factory=dict)
    # Pages that share a name with another one.
    doubtful: set[int] = field(default_factory=set)
    # What `totalRows` counts, over the pages kept; records, which packages of S6 make more.
    rows: int = 0
    items: int = 0
    bytes: int = 0
    # totalRows as the first page and as the latest answer say it; None before the first page.
    total: int | None = None
    latest_total: int | None = None
    drifted: bool = False
    # Whether an answer declared less than the one before it: a row that went took others over a page's edge.
    shrank: bool = False
    # Whether the first page, asked for again at the end, held the same rows.
    first_stayed: bool = True
    shortfall: str | None = None

    @property
    def declared(self) -> int | None:
        """The total in records."""
        return None if self.total is None else self.total + self.items - self.rows

    @property
    def is_proven(self) -> bool:
        """Whether the ids themselves say that nothing is missing and nothing stands twice."""
        return self.first_stayed and not self.shrank and self.rows == len(self.names) == self.latest_total

    def hear(self, total: int | None) -> None:
        """Take note of what an answer declares."""
        self.shrank = self.shrank or (total or 0) < (self.latest_total or 0)
        self.drifted = self.drifted or total != self.total
        self.latest_total = total

    @property
    def only_grew(self) -> bool:
        """Whether rows were only added while paging: everything the first page declared is here, and the
        pages hold as many rows as the last of them declared (those that moved across a page's edge stand
        twice)."""
        totals = [page.total_rows or 0 for page in self.pages]
        grew = totals == sorted(totals) and (self.latest_total or 0) >= totals[-1]
        return grew and len(self.names) >= totals[0] and self.rows == totals[-1]


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every page of every collection into `harvest`, with the total the portal declares; then the
    institutions it lists, whose failure is a note.

    Raises:
        PortalError: no token, a page that can't be had (earlier pages stay in `harvest`), or a loop.
    """
    base = client.required_base()
    session = Session(client, base)
    harvest.declared_by = "portal"
    harvest.resumable = True
    collections = client.source.parameters["collections"]
    size = int(client.source.parameters.get("page_size", PAGE_SIZE))
    totals: list[int | None] = []
    distinct = 0
    for collection in collections:
        before = list(harvest.pages)
        saved = _saved_pages(history.unfinished, collection["name"])
        reader = _Collection(
            client,
            session,
            url=base + collection["path"],
            name=collection["name"],
            size=_size_of(saved, size),
            before=before,
        )
        try:
            _settled(reader, saved, harvest)
        except PortalError:
            harvest.pages_failed += 1
            raise
        finally:
            crawl = reader.current
            totals.append(crawl.declared)
            distinct += len(crawl.names)
            harvest.pages[:] = [*before, *crawl.pages]
            harvest.declared = _sum_of_all(totals, len(collections))
            harvest.distinct_ids = distinct
        harvest.notes.extend(reader.notes)
        size = min(size, reader.largest_size)
        if crawl.shortfall is not None:
            harvest.shortfall = harvest.shortfall or crawl.shortfall
            harvest.resumable = False
    for collection in collections:
        if "dependencies_path" in collection:
            url = base + collection["dependencies_path"]
            _list_institutions(client, session, url=url, name=collection["name"], harvest=harvest)


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
    elif again.only_grew and first.names.keys() <= again.names.keys():
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
    if datetime.now(UTC) - datetime.fromisoformat(unfinished.finished_at) > RESUME_WITHIN:
        return []
    saved = sorted(
        (page for page in unfinished.pages if page.collection == collection), key=lambda page: page.number
    )
    return [page for expected, page in enumerate(saved, start=1) if page.number == expected]


def _size_of(saved: list[Page], size: int) -> int:
    """The page size to begin with: that of the pages that may be gone on after, unless one held everything."""
    is_one_of_many = bool(saved) and (saved[0].total_rows or 0) > (saved[0].page_size or size)
    return min(size, saved[0].page_size or size) if is_one_of_many else size


def _list_institutions(
    client: PortalClient, session: Session, *, url: str, name: str, harvest: Harvest
) -> None:
    """Add the institutions of a collection to the harvest; that they don't come is a note and nothing else."""
    try:
        answer = client.get(url, headers=session.authorization())
        if answer.status in {401, 403}:
            session.renew()
            answer = client.get(url, headers=session.authorization())
        require_ok(answer, public=False)
        failure = spoken_failure(answer)
        if failure is not None:
            raise failure.error(url)
        try:
            listing = read_institutions(json_text(answer), name)
        except BodyFault as fault:
            raise body_error(fault, url=url, expected=INSTITUTIONS_SHAPE) from None
    except PortalError as error:
        harvest.notes.append(f"No llegó la lista de instituciones de «{name}»: {error.message}")
        return
    harvest.institutions = [*(harvest.institutions or ()), *listing.institutions]
    if listing.skipped:
        harvest.notes.append(
            f"La lista de instituciones de «{name}» trae {listing.skipped:,} elementos sin nombre."
        )


class _Collection:
    """Reads one collection page by page."""

    def __init__(  # noqa: PLR0913 (what a reader works with, each with its name)
        self,
        client: PortalClient,
        session: Session,
        *,
        url: str,
        name: str,
        size: int,
        before: list[Page],
    ) -> None:
        self.name = name
        self.notes: list[str] = []
        # The largest page that the service doesn't refuse, as far as is known.
        self.largest_size = size
        # What has been read so far, also when a page raises.
        self.current = _Crawl()
        self._client = client
        self._session = session
        self._url = url
        self._size = size
        # Pages of the collections read before this one: progress is told for the source.
        self._before = (len(before), sum(page.bytes for page in before), sum(page.items for page in before))

    def crawl(self, saved: list[Page]) -> _Crawl:
        """Read all pages; `saved` ones are kept if the service still has the same rows in them."""
        crawl = self.current = _Crawl()
        first, content = self._first_page()
        crawl.total = crawl.latest_total = content.pagination.total_rows
        self._size = min(self._size, first.page_size or self._size)
        self._keep(crawl, first, content)
        if len(saved) > 1 and _may_go_on(saved, first):
            # Rows that moved before the last saved page moved there too.
            last, last_content = self._read(saved[-1].number, self._size)
            if last.rows_digest == saved[-1].rows_digest:
                for page in saved[1:-1]:
                    self._keep(crawl, page, self._reread(page))
                self._keep(crawl, last, last_content)
                content = last_content
                crawl.drifted = saved[0].total_rows != crawl.total
                crawl.hear(last.total_rows)
        self._read_on(crawl, content)
        self._verify(crawl)
        if crawl.is_proven:
            if crawl.latest_total != crawl.total:
                self.notes.append(
                    f"«{self.name}» pasó de {crawl.total:,} a {crawl.latest_total:,} registros durante la descarga;"
                    " llegaron todos."
                )
            crawl.total, crawl.drifted = crawl.latest_total, False
        elif crawl.rows != crawl.total and not crawl.drifted:
            crawl.shortfall = f"«{self.name}» declara {crawl.total:,} registros y entregó {crawl.rows:,}."
        return crawl

    def _first_page(self) -> tuple[Page, PdnPage]:
        """The first page, of the largest size the service gives.

        Raises:
            PortalError: the first refusal, when no size helps.
        """
        refusal: PortalError | None = None
        asked = self._size
        for size in (asked, *(each for each in SMALLER_SIZES if each < asked)):
            try:
                read = self._read(1, size, attempts=None if refusal is None else 1)
            except PortalError as error:
                refusal = refusal or error
                if error.status not in REFUSED_SIZE:
                    break
            else:
                if refusal is not None:
                    self._size = self.largest_size = size
                    self.notes.append(
                        f"«{self.name}» no acepta páginas de {asked:,} registros: se pidieron de {size:,}."
                    )
                return read
        assert refusal is not None
        raise refusal

    def _read_on(self, crawl: _Crawl, content: PdnPage) -> None:
        """Read from behind the last page kept (`content`) to the end."""
        seen = {page.rows_digest for page in crawl.pages}
        # Services that cap pages in silence may repeat the size they were asked for.
        per_page = (
            min(self._size, content.rows) if content.rows and content.pagination.has_next else self._size
        )
        while self._is_more(crawl, content):
            number = crawl.pages[-1].number + 1
            if number > _page_budget(crawl, per_page):
                if not crawl.drifted:
                    raise self._endless(crawl)
                return
            page, content = self._read(number, self._size)
            crawl.hear(page.total_rows)
            if content.rows == 0:
                # Beyond the last page services answer 200 and nothing; there is no record to keep.
                return
            if page.rows_digest in seen:
                raise self._loop(number)
            seen.add(page.rows_digest)
            self._keep(crawl, page, content)

    def _is_more(self, crawl: _Crawl, content: PdnPage) -> bool:
        """Whether to ask for one more page: the service says so, or a full page isn't all it declares."""
        is_full = content.rows >= self._size
        return content.pagination.has_next or (is_full and crawl.rows < (crawl.latest_total or 0))

    def _verify(self, crawl: _Crawl) -> None:
        """Ask for the first page again: rows that moved while paging show there, in the total, or where an id stands
        twice."""
        if len(crawl.pages) == 1:
            return
        page, _ = self._read(1, self._size)
        crawl.hear(page.total_rows)
        crawl.first_stayed = page.rows_digest == crawl.pages[0].rows_digest
        crawl.drifted = crawl.drifted or not crawl.first_stayed
        for number in sorted(crawl.doubtful - {1})[:DOUBTFUL_PAGES]:
            if crawl.drifted:
                return
            page, _ = self._read(number, self._size)
            crawl.drifted = page.rows_digest != crawl.pages[number - 1].rows_digest

    def _keep(self, crawl: _Crawl, page: Page, content: PdnPage) -> None:
        crawl.pages.append(page)
        for name in content.names:
            earlier = crawl.names.setdefault(name, page.number)
            if earlier != page.number:
                crawl.doubtful.update((earlier, page.number))
        crawl.rows += content.rows
        crawl.items += page.items
        crawl.bytes += page.bytes
        pages, size, items = self._before
        report(
            self._client.source.id,
            "fetch",
            collection=self.name,
            pages=pages + len(crawl.pages),
            bytes=size + crawl.bytes,
            rows=items + crawl.items,
        )

    def _read(self, number: int, size: int, *, attempts: int | None = None) -> tuple[Page, PdnPage]:
        answer = self._answer(number, size, attempts)
        require_ok(answer, public=False)
        content = self._content(answer)
        if content.pagination.page_size == 0 and content.rows:
            raise self._wrong("«pageSize» es 0")
        assert answer.sha256 is not None
        page = Page(
            number=number,
            url=self._url,
            format="json",
            sha256=answer.sha256,
            bytes=answer.size,
            fetched_at=answer.fetched_at,
            items=content.items,
            label=f"{self.name} {number}",
            collection=self.name,
            rows_digest=content.rows_digest,
            total_rows=content.pagination.total_rows,
            page_size=content.pagination.page_size or size,
        )
        return page, content

    def _answer(self, number: int, size: int, attempts: int | None) -> Answer:
        answer = self._ask(number, size, attempts)
        failure = spoken_failure(answer)
        if answer.status in {401, 403} or (failure is not None and failure.is_about_token):
            self._session.renew()
            answer = self._ask(number, size, attempts)
            failure = spoken_failure(answer)
        if failure is not None:
            raise failure.error(self._url)
        return answer

    def _ask(self, number: int, size: int, attempts: int | None) -> Answer:
        return self._client.post_json(
            self._url,
            body={"page": number, "pageSize": size},
            headers=self._session.authorization(),
            page=number,
            judge=down_inside_200,
            attempts=attempts,
        )

    def _reread(self, page: Page) -> PdnPage:
        """A saved page, from the archive."""
        path = self._client.archived(page.sha256)
        answer = Answer(page.url, 200, {}, page.bytes, page.fetched_at, sha256=page.sha256, path=path)
        return self._content(answer)

    def _content(self, answer: Answer) -> PdnPage:
        try:
            if self._client.source.family == "ocds_packages":
                return ocds_page(json_text(answer))
            sound = None
            if answer.path is not None and not answer.truncated:
                sound = sound_page(answer.path.read_bytes())
            return pdn_page(json_text(answer), self.name) if sound is None else sound
        except BodyFault as fault:
            raise body_error(fault, url=self._url, expected=PAGE_SHAPE) from None

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


def _page_budget(crawl: _Crawl, per_page: int) -> int:
    """The number of the last page to ask for: one more than the service declares there are by now."""
    total = min(
        max(crawl.total or 0, crawl.latest_total or 0), GROWTH * (crawl.total or 0) + GROWTH * per_page
    )
    return math.ceil(total / per_page) + 1


def _may_go_on(saved: list[Page], now: Page) -> bool:
    """Whether a collection may still be what its saved pages are of, by its first page: it may have grown at its
    end."""
    totals = [page.total_rows or 0 for page in (*saved, now)]
    first = saved[0]
    return (
        totals == sorted(totals) and first.rows_digest == now.rows_digest and first.page_size == now.page_size
    )
