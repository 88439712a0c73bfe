"""What a portal delivered, put into the archive by hand: bodies as pages, and the fetch that remembers them.

Not here: fetches that went wrong (`tests/unit/landing/test_land.py`), real ones (`tests/faults/`).
"""

from collections.abc import Sequence
from dataclasses import replace

from pipelines.home import Home
from pipelines.landing.archive import RawArchive
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Fetch, Page, content_digest, write_fetch


def page(home: Home, body: bytes, items: int) -> Page:
    """Archive one JSON body of so many items, one page of several; its number comes with the fetch."""
    with RawArchive(home).receive() as incoming:
        incoming.write(body)
        sha256 = incoming.commit().sha256
    return Page(
        number=0,
        url="https://portal.example/0.json",
        format="json",
        sha256=sha256,
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
    rows = sum(one.items for one in numbered)
    moment = f"2026-11-{number:02d}T18:00:00.000000Z"
    fetch = Fetch(
        fetch_id=f"202611{number:02d}T180000.000000Z",
        source_id=source_id,
        started_at=moment,
        finished_at=moment,
        state=FetchState.COMPLETE,
        pages=tuple(numbered),
        declared=rows,
        declared_by="count",
        rows=rows,
        distinct_ids=None,
        pages_ok=len(numbered),
        pages_failed=0,
        bytes=sum(one.bytes for one in numbered),
        message="",
        url=None,
        expected=None,
        action=None,
        content_digest=content_digest(numbered, whole=True),
        parser_version=PARSER_VERSION,
    )
    write_fetch(home, fetch)
    return fetch
