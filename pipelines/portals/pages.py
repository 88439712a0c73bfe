"""What a fetch brought: its pages, its state, and the file that remembers them
(`raw/fetches/<source>/<id>.json`).

Here: the records a protocol fills in and the next fetch reads back (to resume, or to ask "did it change?").
Not here: the bytes of a page (`landing/archive.py`) and the row for people (`landing/ledger.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pipelines.home import Home, read_json, write_json
from pipelines.portals.bodies import BodyFormat
from pipelines.portals.errors import FetchState


@dataclass(frozen=True)
class Page:
    """One archived body that holds records: a page of an API, a year, a file.

    `number` counts from 1 within the source (bulk files, years) or within the collection (PDN). `items` is
    what the body holds, unusable items included. `rows_digest`, `total_rows` and `page_size` serve paging;
    `etag` and `last_modified` serve the next conditional request. `options` and `is_one_of_many` say how a
    bulk file was read (`file_body.py`), so that it is landed as it was counted.
    """

    number: int
    url: str
    format: BodyFormat
    sha256: str
    bytes: int
    fetched_at: str
    items: int
    label: str
    collection: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    rows_digest: str | None = None
    total_rows: int | None = None
    page_size: int | None = None
    # Fewer bytes came than were announced (NDJSON and CSV only: their whole lines are of use).
    is_short: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    is_one_of_many: bool = False


@dataclass(frozen=True)
class ListedInstitution:
    """An institution that a provider says it has records of (`/dependencias`, `/entities`).

    `collection`: of which records. `nombre` as published, but for outer blanks; `siglas` and `clave` are None where
    the provider gives none, or a word for none ("nan").
    """

    collection: str
    nombre: str
    siglas: str | None
    clave: str | None


@dataclass
class Harvest:
    """What a protocol has gathered so far; it stays when the protocol raises half-way."""

    pages: list[Page] = field(default_factory=list)
    declared: int | None = None
    declared_by: Literal["portal", "count"] = "count"
    distinct_ids: int | None = None
    pages_failed: int = 0
    # Why the content is less than the portal declared, though no request failed.
    shortfall: str | None = None
    # Whether the next fetch may go on after these pages.
    resumable: bool = False
    notes: list[str] = field(default_factory=list)
    # What the provider lists, of those collections whose list came; None when none was asked for or came.
    institutions: list[ListedInstitution] | None = None

    @property
    def items(self) -> int:
        """Records in the pages gathered."""
        return sum(page.items for page in self.pages)


@dataclass(frozen=True)
class Fetch:
    """One fetch of one source, ended. `pages` are in the order of landing.

    `institutions`: those the provider lists, in its order; None when it wasn't asked or didn't tell, never empty in
    place of that. They are no part of the content (`content_digest`). `portal_seconds`: of the time between
    `started_at` and `finished_at`, what was spent waiting for the portal (request sent to body received); None in
    fetches of before this was measured.
    """

    fetch_id: str
    source_id: str
    started_at: str
    finished_at: str
    state: FetchState
    pages: tuple[Page, ...]
    declared: int | None
    declared_by: Literal["portal", "count"] | None
    rows: int | None
    distinct_ids: int | None
    pages_ok: int
    pages_failed: int
    bytes: int
    message: str
    url: str | None
    expected: str | None
    action: str | None
    content_digest: str | None
    resumable: bool = False
    notes: tuple[str, ...] = ()
    # Version of the readers that counted (`PARSER_VERSION` of pipelines/landing/parsers.py).
    parser_version: str = "1"
    institutions: tuple[ListedInstitution, ...] | None = None
    portal_seconds: float | None = None


def content_digest(pages: list[Page], *, whole: bool) -> str:
    """sha256 over what arrived and how it is read, in order: same content, same digest, whenever it came.

    A part of a source never has the digest of the whole, so that its landed generation says `partial` for
    ever.
    """
    digest = hashlib.sha256(b"whole" if whole else b"part")
    for page in pages:
        digest.update(f"\n{page.collection or ''}\t{page.number}\t{page.format}\t{page.sha256}".encode())
        if page.options:
            digest.update(json.dumps(page.options, sort_keys=True).encode())
    return digest.hexdigest()


def write_fetch(home: Home, fetch: Fetch) -> None:
    """Remember a fetch, atomically."""
    write_json(home.fetches / fetch.source_id / f"{fetch.fetch_id}.json", asdict(fetch))


def read_fetch(path: Path) -> Fetch:
    """Read one fetch back."""
    document: dict[str, Any] = read_json(path)
    pages = tuple(Page(**page) for page in document.pop("pages"))
    notes = tuple(document.pop("notes"))
    listed = document.pop("institutions", None)
    institutions = None if listed is None else tuple(ListedInstitution(**each) for each in listed)
    return replace(
        Fetch(**document, pages=pages, notes=notes, institutions=institutions),
        state=FetchState(document["state"]),
    )


@dataclass(frozen=True)
class History:
    """The earlier fetches of a source that a new one can build on."""

    # The newest fetch in which everything arrived.
    last_good: Fetch | None
    # The newest fetch with pages, if it stopped half-way and may be continued.
    unfinished: Fetch | None

    def page_of(self, url: str) -> Page | None:
        """The newest page of that address, to ask the portal whether it changed."""
        for fetch in (self.unfinished, self.last_good):
            if fetch is not None:
                for page in fetch.pages:
                    if page.url == url:
                        return page
        return None

    def pages_of(self, url: str) -> tuple[Page, ...]:
        """All pages that the newest fetch which has any read from that address: of a file that holds several."""
        for fetch in (self.unfinished, self.last_good):
            found = () if fetch is None else tuple(page for page in fetch.pages if page.url == url)
            if found:
                return found
        return ()


def history(home: Home, source_id: str) -> History:
    """Look up what earlier fetches of the source left."""
    last_good: Fetch | None = None
    unfinished: Fetch | None = None
    newest_seen = False
    for fetch in _newest_first(home, source_id):
        if not fetch.pages:
            continue
        if not newest_seen and fetch.state is FetchState.PARTIAL:
            unfinished = fetch
        newest_seen = True
        if fetch.state in {FetchState.COMPLETE, FetchState.UNCHANGED}:
            last_good = fetch
            break
    return History(last_good, unfinished)


def last_with_content(home: Home, source_id: str) -> Fetch | None:
    """The newest fetch of a source that left pages to land."""
    return next((fetch for fetch in _newest_first(home, source_id) if fetch.state.has_content), None)


def last_with_institutions(home: Home, source_id: str) -> Fetch | None:
    """The newest fetch of a source in which the provider told what institutions it has (`institutions` isn't
    None); its own state says nothing about that list."""
    return next((fetch for fetch in _newest_first(home, source_id) if fetch.institutions is not None), None)


def _newest_first(home: Home, source_id: str) -> Iterator[Fetch]:
    for path in sorted((home.fetches / source_id).glob("*.json"), reverse=True):
        yield read_fetch(path)
