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
from pipelines.landing.fetch import ledger_row
from pipelines.landing.land import Generation
from pipelines.landing.ledger import Ledger
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Page, write_fetch
from tests.deliveries import archived, fetch_of
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
        fetch = fetch_of(ONE.id, pages, number=day, state=state, declared_by="portal")
        write_fetch(self.home, fetch)
        Ledger(self.home).write(ledger_row(fetch))
        landed = land.land(ONE, fetch, home=self.home)
        assert landed is not None
        return landed

    def _page(self, collection: str, number: int, records: Records, extra: str) -> Page:
        texts = [*(json.dumps(record) for record in records), *([extra] if extra else [])]
        body = f'{{"results": [{", ".join(texts)}]}}'.encode()
        return Page(
            number=number,
            url="https://pdn.example/v1",
            format="json",
            sha256=archived(self.home, body),
            bytes=len(body),
            fetched_at="2026-11-01T18:00:00.000000Z",
            items=len(texts),
            label=str(number),
            collection=collection,
        )
