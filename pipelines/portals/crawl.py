"""The rules of reading a collection page by page, whatever the protocol (reference: PDN's own servers).

- the page size the service uses is the one that counts, also when the fetch is gone on with; stop at the last page, at
  an empty one, or at the budget of ceil(total / page size) + 1 pages, which follows a total that grows; where the
  service says that there is no more and full pages don't add up to its total yet, it is asked once more; one that
  declares no total is read until a page isn't full;
- a page whose rows were seen before, while the total stays, is a loop: what was read can't be trusted;
- a changed total, or a first page that differs at the end, means that rows moved while paging (a deletion can leave
  counts equal and still lose rows). The names prove what that did: as many distinct ones as the service declares at the
  end, below an unchanged first page, are all there is (rows came in at the end, as MongoDB's natural order has it).
  Otherwise the collection is read once more, then accepted only if nothing that was there went away, else it is
  partial;
- a name on two pages is the source's own or the trace of an order that shifts: the pages that have it are asked for
  again, and must hold what they held. Where rows may tie, that proves nothing: the collection is read once more, and
  both readings must name the same records;
- what died half-way goes on after its saved pages if the first and the last of them still hold the same rows;
- a collection that can't be had costs itself; a portal that went away ends the fetch.

Here: these rules over `PageReader`, and what they leave in a `Harvest`. Not here: requests and answers (`pdn_rest.py`,
`pdn_directus.py`, `pdn_public.py`), the records in a body (`pdn_body.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pipelines.portals.errors import FetchState, PortalError, UntrustworthyPages
from pipelines.portals.pages import Fetch, Harvest, History, Page
from pipelines.progress import report

# PDN's limit; what its services do with more is answered five ways.
PAGE_SIZE = 200
# Saved pages older than this say little about what the service holds now.
RESUME_WITHIN = timedelta(hours=48)
# Where no total is declared, something must end a service that makes up rows.
MAX_UNDECLARED_PAGES = 50_000
# Pages with a name that another one has too, asked for again to see whether the order holds.
DOUBTFUL_PAGES = 10
# A service may grow while it is read, by twice its size; what grows on is no collection.
GROWTH = 2


@dataclass(frozen=True)
class Turn:
    """One page as read: `page.total_rows` is the declared total (None: not declared), `page.page_size` the size the
    service used.

    `rows`: what the total counts; `page.items` are as many, but for packages of S6, which may hold several releases.
    `names`: what names each item. `has_next`: whether the service says that more follows.
    """

    page: Page
    rows: int
    names: tuple[str, ...]
    has_next: bool


class PageReader(Protocol):
    """One collection of a service."""

    @property
    def name(self) -> str:
        """The collection's name, `Page.collection`."""

    @property
    def last_page(self) -> str:
        """What marks the last page, for people."""

    @property
    def may_tie(self) -> bool:
        """Whether the rows are sorted by what several may share. Those may come in another order on each page, and a
        page that is asked for again doesn't show it: the same request breaks ties the same way."""

    def read(self, number: int, size: int) -> Turn:
        """Ask for a page, counted from 1.

        Raises:
            PortalError: it can't be had.
        """

    def reread(self, page: Page) -> Turn:
        """A saved page, from the archive."""

    def read_again(self) -> None:
        """Called before the collection is read once more."""

    def notes(self) -> Sequence[str]:
        """What to tell of the collection besides its rows."""


@dataclass
class Crawl:
    """One reading of a collection."""

    pages: list[Page] = field(default_factory=list)
    # Everything that names a record, and the page it first stood on: to tell insertions from losses, and to count
    # distinct records.
    names: dict[str, int] = field(default_factory=dict)
    # Pages that share a name with another one.
    doubtful: set[int] = field(default_factory=set)
    # What the total counts, over the pages kept; records, which packages of S6 make more.
    rows: int = 0
    items: int = 0
    bytes: int = 0
    # The total as the first page and as the latest answer declare it; None before the first page, or not declared.
    total: int | None = None
    latest_total: int | None = None
    drifted: bool = False
    # Whether an answer declared less than the one before it: a row that went took others over a page's edge.
    shrank: bool = False
    # Whether the first page, asked for again at the end, held the same rows.
    first_stayed: bool = True
    # Whether names stand on two pages of a collection whose rows may tie.
    tied: bool = False
    # What to tell, in Spanish: records that are missing, records that came in meanwhile.
    shortfall: str | None = None
    growth: str | None = None

    @property
    def declared(self) -> int | None:
        """The total in records."""
        return None if self.total is None else self.total + self.items - self.rows

    @property
    def is_proven(self) -> bool:
        """Whether the names themselves say that nothing is missing and nothing stands twice."""
        return self.first_stayed and not self.shrank and self.rows == len(self.names) == self.latest_total

    @property
    def only_grew(self) -> bool:
        """Whether rows were only added while paging: everything the first page declared is here, and the pages hold as
        many rows as the last of them declared (those that moved across a page's edge stand twice)."""
        totals = [page.total_rows or 0 for page in self.pages]
        grew = totals == sorted(totals) and (self.latest_total or 0) >= totals[-1]
        return grew and len(self.names) >= totals[0] and self.rows == totals[-1]

    def hear(self, total: int | None) -> None:
        """Take note of what an answer declares."""
        self.shrank = self.shrank or (total or 0) < (self.latest_total or 0)
        self.drifted = self.drifted or total != self.total
        self.latest_total = total

    def keep(self, turn: Turn) -> None:
        """Add a page."""
        number = turn.page.number
        self.pages.append(turn.page)
        for name in turn.names:
            earlier = self.names.setdefault(name, number)
            if earlier != number:
                self.doubtful.update((earlier, number))
        self.rows += turn.rows
        self.items += turn.page.items
        self.bytes += turn.page.bytes


def used_size(number: int, rows: int, *, size: int, total: int | None) -> int:
    """The page size a service used, whatever it says: one that cuts sizes in silence shows it on a first page that
    isn't full though there is more."""
    is_cut = number == 1 and 0 < rows < size and (total or 0) > rows
    return rows if is_cut else size


def gather(
    readers: Sequence[PageReader], *, source_id: str, size: int, history: History, harvest: Harvest
) -> None:
    """Read every collection into `harvest`, in order, with the total the service declares.

    Raises:
        PortalError: a collection could not be had whole (pages that arrived stay in `harvest`); after trying the
            others, unless the portal itself went away.
    """
    harvest.declared_by = "portal"
    harvest.resumable = True
    totals: list[int | None] = []
    faults: list[PortalError] = []
    distinct = 0
    for reader in readers:
        before = list(harvest.pages)
        saved = _saved_pages(history.unfinished, reader.name)
        collection = _Collection(reader, source_id=source_id, size=_size_of(saved, size), before=before)
        try:
            _settle(collection, saved, harvest)
        except PortalError as fault:
            harvest.pages_failed += 1
            if isinstance(fault, UntrustworthyPages):
                collection.current.pages.clear()
            faults.append(fault)
        crawl = collection.current
        totals.append(crawl.declared)
        distinct += len(crawl.names) if crawl.pages else 0
        harvest.pages[:] = [*before, *crawl.pages]
        harvest.distinct_ids = distinct
        harvest.notes.extend(reader.notes())
        if crawl.growth is not None:
            harvest.notes.append(crawl.growth)
        if crawl.shortfall is not None:
            harvest.shortfall = harvest.shortfall or crawl.shortfall
            harvest.resumable = False
        if faults and faults[-1].state is FetchState.UNAVAILABLE:
            break
    known = [total for total in totals if total is not None]
    # A collection that never said its total leaves the sum unknown, not smaller.
    harvest.declared = sum(known) if len(known) == len(readers) else None
    if not faults and harvest.declared is None:
        harvest.declared_by = "count"
    if faults:
        raise _first(faults, harvest)


def _first(faults: Sequence[PortalError], harvest: Harvest) -> PortalError:
    """The fault to tell. Pages that can't be trusted are gone already: it discredits no others."""
    fault = faults[0]
    if not isinstance(fault, UntrustworthyPages) or not harvest.pages:
        return fault
    return PortalError(
        fault.state, fault.message, url=fault.url, expected=fault.expected, action=fault.action
    )


def _settle(collection: "_Collection", saved: Sequence[Page], harvest: Harvest) -> None:
    """Read, and read once more when rows moved meanwhile; the result is `collection.current`."""
    first = collection.crawl(saved)
    if not first.drifted and not first.tied:
        return
    collection.reader.read_again()
    try:
        again = collection.crawl([])
    except PortalError:
        # What moved rows leave is more than what a portal that then died does.
        if len(first.pages) > len(collection.current.pages):
            collection.current = first
        raise
    name = collection.reader.name
    if again.drifted:
        if again.only_grew and first.names.keys() <= again.names.keys():
            # What the last page declared is what these pages hold; rows inserted later come with the next fetch.
            again.total = again.pages[-1].total_rows
            harvest.notes.append(
                f"«{name}» recibió registros nuevos durante la descarga: no se perdió ninguno de los que había; los"
                " que falten llegarán en la siguiente."
            )
        else:
            again.shortfall = f"«{name}» cambió dos veces durante la descarga: pueden faltar registros."
    elif again.tied and first.names.keys() != again.names.keys():
        again.shortfall = (
            f"«{name}» entrega sus registros cada vez en otro orden y repite algunos: pueden faltar otros."
        )
    elif first.drifted:
        harvest.notes.append(f"«{name}» cambió durante la descarga; se descargó de nuevo completa.")
    elif first.names.keys() != again.names.keys():
        harvest.notes.append(f"«{name}» repetía registros entre páginas; se descargó de nuevo completa.")


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


def _size_of(saved: Sequence[Page], size: int) -> int:
    """The page size to begin with: that of the pages that may be gone on after, unless one held everything."""
    if not saved or (saved[0].total_rows or 0) <= (saved[0].page_size or size):
        return size
    return min(size, saved[0].page_size or size)


class _Collection:
    """Reads one collection by the rules of this module."""

    def __init__(self, reader: PageReader, *, source_id: str, size: int, before: Sequence[Page]) -> None:
        self.reader = reader
        # What has been read so far, also when a page raises.
        self.current = Crawl()
        self._source_id = source_id
        self._size = size
        # Pages of the collections read before this one: progress is told for the source.
        self._before = (len(before), sum(page.bytes for page in before), sum(page.items for page in before))

    def crawl(self, saved: Sequence[Page]) -> Crawl:
        """Read all pages; `saved` ones are kept if the service still has the same rows in them."""
        crawl = self.current = Crawl()
        turn = self.reader.read(1, self._size)
        crawl.total = crawl.latest_total = turn.page.total_rows
        self._size = turn.page.page_size or self._size
        self._keep(crawl, turn)
        if len(saved) > 1 and _may_go_on(saved, turn.page):
            # Rows that moved before the last saved page moved there too.
            last = self.reader.read(saved[-1].number, self._size)
            if last.page.rows_digest == saved[-1].rows_digest:
                for page in saved[1:-1]:
                    self._keep(crawl, self.reader.reread(page))
                self._keep(crawl, turn := last)
                crawl.drifted = saved[0].total_rows != crawl.total
                crawl.hear(last.page.total_rows)
        self._read_on(crawl, turn)
        self._verify(crawl)
        name = self.reader.name
        if crawl.is_proven:
            if crawl.latest_total != crawl.total:
                crawl.growth = (
                    f"«{name}» pasó de {crawl.total:,} a {crawl.latest_total:,} registros durante la descarga;"
                    " llegaron todos."
                )
            crawl.total, crawl.drifted = crawl.latest_total, False
        elif crawl.total is not None and crawl.rows != crawl.total and not crawl.drifted:
            crawl.shortfall = f"«{name}» declara {crawl.total:,} registros y entregó {crawl.rows:,}."
        return crawl

    def _read_on(self, crawl: Crawl, turn: Turn) -> None:
        """Read from behind the last page kept (`turn`) to the end."""
        seen = {page.rows_digest for page in crawl.pages}
        # Services that cut sizes in silence may repeat the size they were asked for.
        per_page = min(self._size, turn.rows) if turn.rows and turn.has_next else self._size
        while self._is_more(crawl, turn):
            number = crawl.pages[-1].number + 1
            if number > _page_budget(crawl, per_page):
                if not crawl.drifted:
                    raise self._endless(crawl)
                return
            turn = self.reader.read(number, self._size)
            crawl.hear(turn.page.total_rows)
            if turn.rows == 0:
                # Beyond the last page services answer 200 and nothing; there is no record to keep.
                return
            if turn.page.rows_digest in seen:
                if not crawl.drifted:
                    raise self._loop(turn.page)
                # As many rows as a page holds came in front of it: they moved, the service doesn't repeat them.
                return
            seen.add(turn.page.rows_digest)
            self._keep(crawl, turn)

    def _is_more(self, crawl: Crawl, turn: Turn) -> bool:
        """Whether to ask for one more page: the service says so, or a full page isn't all it declares."""
        is_full = turn.rows >= self._size
        return turn.has_next or (is_full and crawl.rows < (crawl.latest_total or 0))

    def _verify(self, crawl: Crawl) -> None:
        """Ask for the first page again: rows that moved while paging show there, in the total, or where a name stands
        twice."""
        if len(crawl.pages) == 1:
            return
        page = self.reader.read(1, self._size).page
        crawl.hear(page.total_rows)
        crawl.first_stayed = page.rows_digest == crawl.pages[0].rows_digest
        crawl.drifted = crawl.drifted or not crawl.first_stayed
        if self.reader.may_tie:
            crawl.tied = bool(crawl.doubtful)
            return
        for number in sorted(crawl.doubtful - {1})[:DOUBTFUL_PAGES]:
            if crawl.drifted:
                return
            page = self.reader.read(number, self._size).page
            crawl.drifted = page.rows_digest != crawl.pages[number - 1].rows_digest

    def _keep(self, crawl: Crawl, turn: Turn) -> None:
        crawl.keep(turn)
        pages, size, items = self._before
        report(
            self._source_id,
            "fetch",
            collection=self.reader.name,
            pages=pages + len(crawl.pages),
            bytes=size + crawl.bytes,
            rows=items + crawl.items,
        )

    def _loop(self, page: Page) -> PortalError:
        name = self.reader.name
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal repite registros al paginar: la página {page.number:,} de «{name}» es igual a otra.",
            url=page.url,
            expected="registros distintos en cada página",
            action="Avise a la institución: su servicio ignora el número de página.",
        )

    def _endless(self, crawl: Crawl) -> PortalError:
        says = "no declara cuántos" if crawl.total is None else f"declara {crawl.total:,}"
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal no termina de paginar: «{self.reader.name}» {says} registros y ya entregó {crawl.rows:,}.",
            url=crawl.pages[0].url,
            expected=self.reader.last_page,
            action="Avise a la institución: su servicio no marca la última página.",
        )


def _page_budget(crawl: Crawl, per_page: int) -> int:
    """The number of the last page to ask for: one more than the service declares there are by now."""
    if crawl.total is None:
        return MAX_UNDECLARED_PAGES
    total = min(max(crawl.total, crawl.latest_total or 0), GROWTH * crawl.total + GROWTH * per_page)
    return math.ceil(total / per_page) + 1


def _may_go_on(saved: Sequence[Page], now: Page) -> bool:
    """Whether a collection may still be what its saved pages are of, by its first page: it may have grown at its
    end."""
    totals = [page.total_rows or 0 for page in (*saved, now)]
    first = saved[0]
    return (
        totals == sorted(totals) and first.rows_digest == now.rows_digest and first.page_size == now.page_size
    )
