"""Generations for tests of landing: pages put into the archive by hand, landed, and read back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home
from pipelines.landing.fetch import ledger_row
from pipelines.landing.land import Generation, folder, land, records_query
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.file_body import file_options
from pipelines.portals.pages import Fetch, Page, write_fetch
from pipelines.registry import Source
from tests.deliveries import archived, fetch_of
from tests.faults.raw_portal import bulk


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
    fetch = fetch_of(one.id, pages, number=n, state=state)
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
