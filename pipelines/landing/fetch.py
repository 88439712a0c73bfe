"""Fetching sources: one at a time, or many side by side within a time budget.

Here: from a declared source to a `Fetch` with its ledger row. A portal's fault becomes the state of the
fetch; only a mistake of ours raises. Not here: the protocols (`pipelines/portals/`), the landing of what
came (`land.py`).

The portals know how to ask; what comes is put on the shelves of this package.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipelines.home import Home
from pipelines.landing.archive import RawArchive
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.portals import bulk_files, edcapi, pdn_bulk, pdn_directus, pdn_public, pdn_rest
from pipelines.portals.errors import FetchState, PortalError, UntrustworthyPages
from pipelines.portals.http import PortalClient, Portals, base_url
from pipelines.portals.network import host_of
from pipelines.portals.pages import Fetch, Harvest, History, Page, content_digest, history, write_fetch
from pipelines.progress import report
from pipelines.registry import Source

Protocol = Callable[[PortalClient, History, Harvest], None]

PROTOCOLS: Mapping[str, Protocol] = {
    "edcapi": edcapi.fetch,
    "bulk_files": bulk_files.fetch,
    "pdn_rest": pdn_rest.fetch,
    "pdn_directus": pdn_directus.fetch,
    "pdn_public": pdn_public.fetch,
    "pdn_bulk": pdn_bulk.fetch,
}
DEFAULT_LANES = 4


def fetch_source(
    source: Source,
    *,
    home: Home,
    portals: Portals,
    deadline: float | None = None,
) -> Fetch:
    """Fetch one source, remember the fetch and write its ledger row.

    `deadline` is the `time.monotonic()` by which it must end; what has arrived by then stays as `partial` and
    the next fetch goes on. Never raises for a fault of the portal or of its configuration.
    """
    started = datetime.now(UTC)
    fetch_id = f"{started:%Y%m%dT%H%M%S.%f}Z"
    archive = RawArchive(home)
    past = _usable(history(home, source.id), archive)
    client = PortalClient(
        source,
        portals,
        archive=archive,
        log=archive.manifest(source.id, fetch_id),
        deadline=deadline,
    )
    report(source.id, "fetch", pages=0, bytes=0, rows=0)
    harvest = Harvest()
    fault: PortalError | None = None
    try:
        PROTOCOLS[source.protocol](client, past, harvest)
    except PortalError as error:
        fault = error
        if client.requests_made and not harvest.pages_failed:
            harvest.pages_failed = 1
    finally:
        client.close()
    fetch = _conclude(_Ended(source, fetch_id, started, harvest, fault), past)
    fetch = replace(
        fetch,
        portal_seconds=round(client.portal_seconds, 3),
        message=client.scrub(fetch.message),
        url=None if fetch.url is None else client.scrub(fetch.url),
        expected=None if fetch.expected is None else client.scrub(fetch.expected),
        action=None if fetch.action is None else client.scrub(fetch.action),
    )
    write_fetch(home, fetch)
    Ledger(home).write(ledger_row(fetch))
    report(
        source.id,
        "fetch",
        state=fetch.state.value,
        pages=fetch.pages_ok,
        bytes=fetch.bytes,
        rows=fetch.rows,
        seconds=round((datetime.now(UTC) - started).total_seconds(), 2),
        waiting=round(client.portal_seconds, 2),
    )
    return fetch


def fetch_sources(  # noqa: PLR0913 (the settings of a run, each with its name)
    sources: Sequence[Source],
    *,
    home: Home,
    portals: Portals,
    on_done: Callable[[Source, Fetch], None] | None = None,
    budget_seconds: float | None = None,
    lanes: int = DEFAULT_LANES,
) -> dict[str, Fetch]:
    """Fetch sources side by side: at most `lanes` at once, one after the other on the same host.

    `on_done` is called in the caller's thread as each source ends. When the budget is spent, who is still
    busy ends as `partial` (or `unavailable` when nothing came) and who hasn't begun as `unavailable`. Returns
    the fetches by source id, in the order of `sources`.

    Raises:
        Exception: whatever a worker raised: by then a mistake of ours, never a portal's fault.
    """
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    RawArchive(home).sweep()
    done: queue.SimpleQueue[tuple[Source, Fetch] | None] = queue.SimpleQueue()
    stop = threading.Event()

    def run_lane(lane: Sequence[Source]) -> None:
        for source in lane:
            if stop.is_set():
                return
            fetched = fetch_source(source, home=home, portals=portals, deadline=deadline)
            done.put((source, fetched))

    fetched_by_id: dict[str, Fetch] = {}
    with ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="tequio-lane") as pool:
        futures = [pool.submit(run_lane, lane) for lane in _lanes(sources, portals, Ledger(home))]
        for future in futures:
            future.add_done_callback(lambda _: done.put(None))
        running = len(futures)
        try:
            while running:
                outcome = done.get()
                if outcome is None:
                    running -= 1
                    continue
                source, fetched = outcome
                fetched_by_id[source.id] = fetched
                if on_done is not None:
                    on_done(source, fetched)
        finally:
            stop.set()
    for future in futures:
        future.result()
    return {source.id: fetched_by_id[source.id] for source in sources}


def ledger_row(fetch: Fetch) -> LedgerRow:
    """The ledger's row of a fetch, before its content is landed."""
    return LedgerRow(
        fetch_id=fetch.fetch_id,
        source_id=fetch.source_id,
        started_at=fetch.started_at,
        finished_at=fetch.finished_at,
        state=fetch.state,
        declared=fetch.declared,
        declared_by=fetch.declared_by,
        rows=fetch.rows,
        distinct_ids=fetch.distinct_ids,
        pages_ok=fetch.pages_ok,
        pages_failed=fetch.pages_failed,
        bytes=fetch.bytes,
        message=fetch.message,
        url=fetch.url,
        expected=fetch.expected,
        action=fetch.action,
        content_digest=fetch.content_digest,
        portal_seconds=fetch.portal_seconds,
    )


def _lanes(sources: Sequence[Source], portals: Portals, ledger: Ledger) -> list[list[Source]]:
    """Sources by host; of one host those first that have waited longest since something came of them.

    PDN's aggregators answer for more than seventy sources at one host: when the time is spent before all are asked, it
    must not be the same ones every day.
    """

    def last_came(source: Source) -> str:
        row = ledger.last_with_content(source.id)
        return "" if row is None else row.finished_at

    lanes: dict[str, list[Source]] = {}
    for source in sources:
        host = host_of(base_url(source, portals) or "")
        lanes.setdefault(host or source.id, []).append(source)
    return [sorted(lane, key=last_came) if len(lane) > 1 else lane for lane in lanes.values()]


def _usable(past: History, archive: RawArchive) -> History:
    """The history without fetches whose bodies are no longer archived, or whose items other readers
    counted."""

    def whole(fetch: Fetch | None) -> Fetch | None:
        if fetch is None or fetch.parser_version != PARSER_VERSION:
            return None
        return fetch if all(archive.has(page.sha256) for page in fetch.pages) else None

    return History(whole(past.last_good), whole(past.unfinished))


@dataclass(frozen=True)
class _Ended:
    """A fetch whose protocol has ended, well or with a fault."""

    source: Source
    fetch_id: str
    started: datetime
    harvest: Harvest
    fault: PortalError | None


def _conclude(ended: _Ended, past: History) -> Fetch:
    """State, counts and message of a fetch that has ended."""
    harvest, fault = ended.harvest, ended.fault
    state = _state(harvest, fault)
    digest = None
    if state.has_content:
        digest = content_digest(harvest.pages, whole=state is FetchState.COMPLETE)
        if (
            state is FetchState.COMPLETE
            and past.last_good is not None
            and past.last_good.content_digest == digest
        ):
            state = FetchState.UNCHANGED
    counted = state.has_content or state is FetchState.EMPTY
    declared = harvest.declared if harvest.declared_by == "portal" else (harvest.items if counted else None)
    if state is FetchState.PARTIAL and harvest.declared_by == "count":
        declared = None
    return Fetch(
        fetch_id=ended.fetch_id,
        source_id=ended.source.id,
        started_at=_text(ended.started),
        finished_at=_text(datetime.now(UTC)),
        state=state,
        pages=tuple(harvest.pages),
        declared=declared,
        declared_by=None if declared is None else harvest.declared_by,
        rows=harvest.items if counted else None,
        distinct_ids=harvest.distinct_ids if counted else None,
        pages_ok=len(harvest.pages),
        pages_failed=harvest.pages_failed,
        bytes=sum(page.bytes for page in harvest.pages),
        message=_message(state, harvest, fault),
        url=_url(ended.source, harvest.pages, fault),
        expected=None if fault is None else fault.expected,
        action=None if fault is None else fault.action,
        content_digest=digest,
        resumable=state is FetchState.PARTIAL and harvest.resumable,
        notes=tuple(harvest.notes),
        parser_version=PARSER_VERSION,
        institutions=None if harvest.institutions is None else tuple(harvest.institutions),
    )


def _state(harvest: Harvest, fault: PortalError | None) -> FetchState:
    if fault is not None:
        keeps = harvest.items > 0 and not isinstance(fault, UntrustworthyPages)
        return FetchState.PARTIAL if keeps else fault.state
    if harvest.items == 0 and not harvest.declared:
        return FetchState.EMPTY
    if harvest.shortfall is not None:
        return FetchState.PARTIAL if harvest.items else FetchState.CONTRACT_ERROR
    return FetchState.COMPLETE


def _message(state: FetchState, harvest: Harvest, fault: PortalError | None) -> str:
    """What happened, for people; counts come first and a missing number is never a zero."""
    rows = f"{harvest.items:,} registros"
    if state is FetchState.COMPLETE:
        said = f"Llegaron {rows}, todo lo que el portal declara."
        if harvest.declared_by == "count":
            said = f"Llegaron {rows} en {len(harvest.pages):,} archivos o consultas."
    elif state is FetchState.UNCHANGED:
        said = f"Sin cambios: los mismos {rows} de la descarga anterior."
    elif state is FetchState.EMPTY:
        said = "El portal respondió bien y dice no tener registros."
    elif state is FetchState.PARTIAL and fault is not None:
        of = f" de {harvest.declared:,} declarados" if harvest.declared else ""
        said = f"Descarga incompleta: llegaron {rows}{of}. {fault.message}"
    elif fault is not None:
        said = fault.message
    else:
        said = f"Descarga incompleta: {harvest.shortfall}"
    return " ".join([said, *harvest.notes])


def _url(source: Source, pages: Sequence[Page], fault: PortalError | None) -> str | None:
    if fault is not None and fault.url is not None:
        return fault.url
    return pages[0].url if pages else source.url


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
