"""A PDN service that delivers once a day, its pages put into the archive as a fetch leaves them.

Not here: procurement packages (`deliveries.py`), real fetches (`tests/faults/`).
"""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.archive import RawArchive
from pipelines.landing.fetch import ledger_row
from pipelines.landing.land import Generation
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Fetch, Page, content_digest, write_fetch
from tests.faults.raw_portal import source

ONE = source("pdn_rest", system="pdn-s3")
S, P = "ssancionados", "psancionados"
Records = Sequence[Mapping[str, Any]]


class Service:
    """A home, and one delivery a day since 1 November 2026, 18:00 UTC."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.create()
        self._days = count(1)

    def deliver(
        self,
        records: Records,
        more: Records = (),
        *,
        state: FetchState = FetchState.COMPLETE,
        extra: str = "",
    ) -> Generation:
        """Fetch and land those records, two to a page (`more`: of a second collection); `extra`: raw items."""
        day = next(self._days)
        pages = [
            self._page(collection, number, rows[at : at + 2], extra if at + 2 >= len(rows) else "")
            for collection, rows in ((S, records), (P, more))
            for number, at in enumerate(range(0, max(len(rows), 1), 2), start=1)
            if rows or collection == S
        ]
        items = sum(page.items for page in pages)
        moment = f"2026-11-{day:02d}T18:00:00.000000Z"
        fetch = Fetch(
            fetch_id=f"202611{day:02d}T180000.000000Z",
            source_id=ONE.id,
            started_at=moment,
            finished_at=moment,
            state=state,
            pages=tuple(pages),
            declared=None if state is FetchState.PARTIAL else items,
            declared_by=None if state is FetchState.PARTIAL else "portal",
            rows=items,
            distinct_ids=None,
            pages_ok=len(pages),
            pages_failed=0,
            bytes=0,
            message="",
            url=None,
            expected=None,
            action=None,
            content_digest=content_digest(pages, whole=state is not FetchState.PARTIAL),
            parser_version=PARSER_VERSION,
        )
        write_fetch(self.home, fetch)
        Ledger(self.home).write(ledger_row(fetch))
        landed = land.land(ONE, fetch, home=self.home)
        assert landed is not None
        return landed

    def _page(self, collection: str, number: int, records: Records, extra: str) -> Page:
        texts = [*(json.dumps(record) for record in records), *([extra] if extra else [])]
        body = f'{{"results": [{", ".join(texts)}]}}'.encode()
        with RawArchive(self.home).receive() as incoming:
            incoming.write(body)
            sha256 = incoming.commit().sha256
        return Page(
            number=number,
            url="https://pdn.example/v1",
            format="json",
            sha256=sha256,
            bytes=len(body),
            fetched_at="2026-11-01T18:00:00.000000Z",
            items=len(texts),
            label=str(number),
            collection=collection,
        )
