"""Generations for tests of landing: pages put into the archive by hand, landed, and read back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home
from pipelines.landing.archive import RawArchive
from pipelines.landing.fetch import ledger_row
from pipelines.landing.land import Generation, folder, land, records_query
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.portals.errors import FetchState
from pipelines.portals.file_body import file_options
from pipelines.portals.pages import Fetch, Page, content_digest, write_fetch
from pipelines.registry import Source
from tests.faults.raw_portal import bulk


def archived(home: Home, body: str | bytes) -> str:
    with RawArchive(home).receive() as incoming:
        incoming.write(body.encode() if isinstance(body, str) else body)
        return incoming.commit().sha256


def fetched(
    home: Home,
    one: Source,
    bodies: Sequence[tuple[str | bytes, int]],
    *,
    state: FetchState = FetchState.COMPLETE,
    n: int = 1,
) -> Fetch:
    """A fetch as `fetch.py` leaves it: (body, items) for each page."""
    file = one.parameters["files"][0]
    pages = [
        Page(
            number=number,
            url=f"https://portal.example/{number}",
            format=file["format"],
            sha256=archived(home, body),
            bytes=len(body),
            fetched_at="2026-11-20T18:00:00.000000Z",
            items=items,
            label=str(number),
            options=file_options(one.parameters, file),
            is_one_of_many=len(bodies) > 1,
        )
        for number, (body, items) in enumerate(bodies, start=1)
    ]
    rows = sum(items for _, items in bodies)
    moment = f"2026-11-{n:02d}T18:00:00.000000Z"
    fetch = Fetch(
        fetch_id=f"202611{n:02d}T180000.000000Z",
        source_id=one.id,
        started_at=moment,
        finished_at=moment,
        state=state,
        pages=tuple(pages),
        declared=None if state is FetchState.PARTIAL else rows,
        declared_by=None if state is FetchState.PARTIAL else "count",
        rows=rows,
        distinct_ids=None,
        pages_ok=len(pages),
        pages_failed=0,
        bytes=sum(page.bytes for page in pages),
        message="Llegaron.",
        url=None,
        expected=None,
        action=None,
        content_digest=content_digest(pages, whole=state is not FetchState.PARTIAL),
        parser_version=PARSER_VERSION,
    )
    write_fetch(home, fetch)
    Ledger(home).write(ledger_row(fetch))
    return fetch


def records(home: Home, landed: Generation) -> list[dict[str, Any]]:
    """The landed records, in order."""
    found = duckdb.sql(f"{records_query(home, landed)} ORDER BY ordinal")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def part_paths(home: Home, landed: Generation) -> list[Path]:
    assert landed.parts is not None
    return [
        folder(home, landed.source_id, landed.generation) / "records" / part.file for part in landed.parts
    ]


def body(*ids: str, blank: str = "") -> tuple[str, int]:
    """A package of releases, one for each id."""
    texts = ",".join(f'{{"ocid":"o-{one}",{blank}"id":"{one}"}}' for one in ids)
    return f'{{"releases":[{texts}]}}', len(ids)


PAGES = [body("a", "b"), body("c"), body("d", "e"), body("f"), body("g", "h", "i"), body("j")]


def landed_pages(home: Home, pages: Sequence[tuple[str, int]], *, n: int) -> Generation:
    one = bulk("json")
    landed = land(one, fetched(home, one, pages, n=n), home=home)
    assert landed is not None
    return landed
