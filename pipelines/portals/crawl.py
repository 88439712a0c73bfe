"""The rules of reading a collection page by page, whatever the protocol (reference: PDN's own servers).

- the page size the service returns is the one that counts; stop at the last page, at an empty one, or at the budget
  of ceil(total / page size) + 1 pages; a service that declares no total is read until a page isn't full;
- a page whose rows were seen before is a loop: what was read can't be trusted;
- a changed total, or a first page that differs at the end, means that rows moved while paging (a deletion can leave
  counts equal and still lose rows): the collection is read once more, then accepted only if nothing that was there
  went away, else it is partial;
- equal rows on two pages mean an order that isn't kept from one request to the next, or a source that repeats
  itself: it is read once more, and both readings must name the same records;
- what died half-way goes on after its saved pages if the first and the last of them still agree;
- a collection that can't be had costs itself; a portal that went away ends the fetch.

Here: these rules over `PageReader`, and what they leave in a `Harvest`. Not here: requests and answers (`pdn_directus.py`,
`pdn_public.py`), the records in a body (`pdn_body.py`).
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pipelines.portals.errors import FetchState, PortalError, UntrustworthyPages
from pipelines.portals.items import Item
from pipelines.portals.pages import Fetch, Harvest, History, Page
from pipelines.progress import report

# PDN's limit; what its services do with more is answered five ways.
PAGE_SIZE = 200
# Saved pages older than this say little about what the service holds now.
RESUME_WITHIN = timedelta(hours=48)
# Where no total is declared, something must end a service that makes up rows.
MAX_UNDECLARED_PAGES = 50_000


@dataclass(frozen=True)
class Turn:
    """One page as read: `page.total_rows` is the declared total (None: not declared), `page.page_size` the size the
    service used, `has_next` whether it says that more follows."""

    page: Page
    items: tuple[Item, ...]
    has_next: bool


class PageReader(Protocol):
    """One collection of a service."""

    @property
    def name(self) -> str:
        """The collection's name, `Page.collection`."""

    @property
    def keeps_order(self) -> bool:
        """Whether rows come in a total order, so that equal rows on two pages are the source's own."""

    def read(self, number: int, size: int) -> Turn:
        """Ask for a page, counted from 1.

        Raises:
            PortalError: it can't be had.
        """

    def reread(self, page: Page) -> Turn:
        """A saved page, from the archive."""

    def read_again(self) -> None:
        """Called before the collection is read once more."""


@dataclass
class Crawl:
    """One reading of a collection."""

    pages: list[Page] = field(default_factory=list)
    # Everything that names a record: to tell insertions from losses, and to count distinct records.
    names: set[str] = field(default_factory=set)
    # The total as the first page and as the latest answer declare it; None before the first page, or not declared.
    total: int | None = None
    latest_total: int | None = None
    drifted: bool = False
    # The same row stood on two pages.
    repeats: bool = False
    shortfall: str | None = None

    @property
    def rows(self) -> int:
        """Records in the pages kept."""
        return sum(page.items for page in self.pages)

    @property
    def only_grew(self) -> bool:
        """Whether rows were only added while paging: everything the first page declared is here, and the pages hold as
        many rows as the last of them declared (those that moved across a page's edge stand twice)."""
        totals = [page.total_rows or 0 for page in self.pages]
        if not totals:
            return False
        grew = totals == sorted(totals) and (self.latest_total or 0) >= totals[-1]
        return grew and len(self.names) >= totals[0] and self.rows == totals[-1]


def rows_digest(items: Iterable[Item]) -> str:
    """sha256 of the records of a page alone, to recognize a repeated page."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


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
        collection = _Collection(reader, source_id=source_id, size=size, before=before)
        try:
            _settle(collection, _saved_pages(history.unfinished, reader.name), harvest)
        except PortalError as fault:
            harvest.pages_failed += 1
            if isinstance(fault, UntrustworthyPages):
                collection.current.pages.clear()
            faults.append(fault)
        crawl = collection.current
        totals.append(crawl.total)
        distinct += len(crawl.names) if crawl.pages else 0
        harvest.pages[:] = [*before, *crawl.pages]
        harvest.distinct_ids = distinct
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
    if not first.drifted and not first.repeats:
        return
    collection.reader.read_again()
    again = collection.crawl([])
    name = collection.reader.name
    if again.drifted:
        if again.only_grew and first.names <= again.names:
            # What the last page declared is what these pages hold; rows inserted later come with the next fetch.
            again.total = again.pages[-1].total_rows
            harvest.notes.append(
                f"«{name}» recibió registros nuevos durante la descarga: no se perdió ninguno de los que había; los"
                " que falten llegarán en la siguiente."
            )
        else:
            again.shortfall = f"«{name}» cambió dos veces durante la descarga: pueden faltar registros."
    elif again.repeats and not collection.reader.keeps_order and first.names != again.names:
        again.shortfall = (
            f"«{name}» entrega sus registros cada vez en otro orden y repite algunos: pueden faltar otros."
        )
    elif first.drifted:
        harvest.notes.append(f"«{name}» cambió durante la descarga; se descargó de nuevo completa.")
    elif first.names != again.names:
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


class _Collection:
    """Reads one collection by the rules of this module."""

    def __init__(self, reader: PageReader, *, source_id: str, size: int, before: Sequence[Page]) -> None:
        self.reader = reader
        # What has been read so far, also when a page raises.
        self.current = Crawl()
        self._source_id = source_id
        self._size = size
        # Pages of the collections read before this one: progress is told for the source.
        self._before = before
        # Which page a row stood on, by its content.
        self._places: dict[str, int] = {}

    def crawl(self, saved: Sequence[Page]) -> Crawl:
        """Read all pages; `saved` ones are kept if the first page still says the same."""
        crawl = self.current = Crawl()
        self._places.clear()
        turn = self.reader.read(1, self._size)
        crawl.total = crawl.latest_total = turn.page.total_rows
        size = turn.page.page_size or self._size
        self._keep(crawl, turn)
        if len(saved) > 1 and _agree(saved[0], turn.page):
            # Rows that moved before the last saved page moved there too.
            last = self.reader.read(saved[-1].number, size)
            if _agree(saved[-1], last.page):
                for page in saved[1:-1]:
                    self._keep(crawl, self.reader.reread(page))
                self._keep(crawl, turn := last)
        self._read_on(crawl, turn, size=size)
        self._verify(crawl)
        if crawl.total is not None and crawl.rows != crawl.total and not crawl.drifted:
            name = self.reader.name
            crawl.shortfall = f"«{name}» declara {crawl.total:,} registros y entregó {crawl.rows:,}."
        return crawl

    def _read_on(self, crawl: Crawl, turn: Turn, *, size: int) -> None:
        """Read from behind the last page kept (`turn`) to the end."""
        seen = {page.rows_digest for page in crawl.pages}
        budget = MAX_UNDECLARED_PAGES if crawl.total is None else math.ceil(crawl.total / size) + 1
        while turn.has_next:
            number = crawl.pages[-1].number + 1
            if number > budget:
                if not crawl.drifted:
                    raise self._endless(crawl)
                return
            turn = self.reader.read(number, size)
            crawl.latest_total = turn.page.total_rows
            crawl.drifted = crawl.drifted or turn.page.total_rows != crawl.total
            if turn.page.items == 0:
                # Beyond the last page services answer 200 and nothing; there is no record to keep.
                return
            if turn.page.rows_digest in seen:
                raise self._loop(number, turn.page.url)
            seen.add(turn.page.rows_digest)
            self._keep(crawl, turn)

    def _verify(self, crawl: Crawl) -> None:
        """Ask for the first page again: rows that moved while paging show there or in the total."""
        if len(crawl.pages) == 1:
            return
        first = crawl.pages[0]
        page = self.reader.read(1, first.page_size or self._size).page
        crawl.latest_total = page.total_rows
        if page.total_rows != crawl.total or page.rows_digest != first.rows_digest:
            crawl.drifted = True

    def _keep(self, crawl: Crawl, turn: Turn) -> None:
        crawl.pages.append(turn.page)
        for item in turn.items:
            crawl.names.add(item.identity or item.sha256 or item.text)
            place = self._places.setdefault(item.sha256 or item.text, turn.page.number)
            crawl.repeats = crawl.repeats or place != turn.page.number
        pages = [*self._before, *crawl.pages]
        report(
            self._source_id,
            "fetch",
            collection=self.reader.name,
            pages=len(pages),
            bytes=sum(each.bytes for each in pages),
            rows=sum(each.items for each in pages),
        )

    def _loop(self, number: int, url: str) -> PortalError:
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal repite registros al paginar: la página {number:,} de «{self.reader.name}» es igual a otra.",
            url=url,
            expected="registros distintos en cada página",
            action="Avise a la institución: su servicio ignora el número de página.",
        )

    def _endless(self, crawl: Crawl) -> PortalError:
        says = "no declara cuántos" if crawl.total is None else f"declara {crawl.total:,}"
        return UntrustworthyPages(
            FetchState.CONTRACT_ERROR,
            f"El portal no termina de paginar: «{self.reader.name}» {says} registros y ya entregó {crawl.rows:,}.",
            url=crawl.pages[0].url,
            expected="una última página",
            action="Avise a la institución: su servicio no marca la última página.",
        )


def _agree(saved: Page, now: Page) -> bool:
    return (
        saved.total_rows == now.total_rows
        and saved.rows_digest == now.rows_digest
        and saved.page_size == now.page_size
    )
