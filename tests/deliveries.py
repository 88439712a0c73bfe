"""What a portal delivered, put into the archive by hand: bodies as pages, and the fetch that remembers them.

Not here: generations landed from them (`tests/unit/landing/generations.py`), real fetches (`tests/faults/`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pipelines.home import Home
from pipelines.landing.archive import RawArchive
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Fetch, Page, content_digest, write_fetch


def archived(home: Home, body: str | bytes) -> str:
    """Put a body into the archive; its sha256."""
    with RawArchive(home).receive() as incoming:
        incoming.write(body.encode() if isinstance(body, str) else body)
        return incoming.commit().sha256


def page(home: Home, body: bytes, items: int) -> Page:
    """Archive one JSON body of so many items, one page of several; its number comes with the fetch."""
    return Page(
        number=0,
        url="https://portal.example/0.json",
        format="json",
        sha256=archived(home, body),
        bytes=len(body),
        fetched_at="2026-11-20T18:00:00.000000Z",
        items=items,
        label="0",
        is_one_of_many=True,
    )


def remember(home: Home, source_id: str, pages: Sequence[Page], *, number: int) -> Fetch:
    """The complete fetch that brought those pages, numbered in their order, on that day of November."""
    numbered = [
        replace(one, number=at, url=f"https://portal.example/{at}.json", label=str(at))
        for at, one in enumerate(pages, start=1)
    ]
    fetch = fetch_of(source_id, numbered, number=number)
    write_fetch(home, fetch)
    return fetch


def fetch_of(
    source_id: str,
    pages: Sequence[Page],
    *,
    number: int,
    state: FetchState = FetchState.COMPLETE,
    declared_by: Literal["portal", "count"] = "count",
) -> Fetch:
    """The fetch of those pages, as `fetch.py` leaves it, on that day of November; a partial one has no total."""
    is_whole = state is not FetchState.PARTIAL
    rows = sum(one.items for one in pages)
    moment = f"2026-11-{number:02d}T18:00:00.000000Z"
    return Fetch(
        fetch_id=f"202611{number:02d}T180000.000000Z",
        source_id=source_id,
        started_at=moment,
        finished_at=moment,
        state=state,
        pages=tuple(pages),
        declared=rows if is_whole else None,
        declared_by=declared_by if is_whole else None,
        rows=rows,
        distinct_ids=None,
        pages_ok=len(pages),
        pages_failed=0,
        bytes=sum(one.bytes for one in pages),
        message="",
        url=None,
        expected=None,
        action=None,
        content_digest=content_digest(pages, whole=is_whole),
        parser_version=PARSER_VERSION,
    )
