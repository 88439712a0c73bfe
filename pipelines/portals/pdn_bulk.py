"""The PDN's weekly zips: a JSON array of records for every page of every provider, 16,070 of them for S1.

The zip is archived as it came; each of its JSON files is a page of its own, counted by itself. One that can't be read
costs itself: it is one item that can't be used, and told. A zip that says how to recognize its version is asked for
only if it changed. It declares no totals. Not here: what stands in a zip and its guards (`zip_body.py`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipelines.portals.answers import body_error, require_ok
from pipelines.portals.bodies import BodyFault
from pipelines.portals.bulk_files import conditions, short_file
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.pages import Harvest, History, Page
from pipelines.portals.zip_body import count_member, list_members, page_options
from pipelines.progress import report

EXPECTED = "un ZIP con archivos JSON, cada uno una lista de registros"
# S1's was 2.9 GB in 2025.
MAX_ZIP_BYTES = 8 << 30
# Of the files that can't be read, how many are named in a message.
NAMED = 3


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every declared zip into `harvest`, a page for each of its JSON files; a zip that is wrong or gone costs
    itself.

    Raises:
        PortalError: the portal went away, or at least one zip could not be had (after trying all of them).
    """
    faults: list[PortalError] = []
    for number, file in enumerate(client.source.parameters["files"], start=1):
        url = file["url"] if "url" in file else f"{client.required_base()}{file['path']}"
        try:
            _Zip(client, harvest, url=url, collection=file["collection"]).fetch(number, history)
        except PortalError as fault:
            harvest.pages_failed += 1
            if fault.state is not FetchState.CONTRACT_ERROR:
                raise
            faults.append(fault)
    if faults:
        raise faults[0]


class _Zip:
    """One declared zip."""

    def __init__(self, client: PortalClient, harvest: Harvest, *, url: str, collection: str) -> None:
        self._client = client
        self._harvest = harvest
        self._url = url
        self._collection = collection

    def fetch(self, number: int, history: History) -> None:
        """Add its pages to the harvest."""
        known = [page for page in history.pages_of(self._url) if page.collection == self._collection]
        asked = conditions(known[0] if known else None)
        answer = self._client.get(self._url, headers=asked, page=number, max_bytes=MAX_ZIP_BYTES)
        if answer.status == 304 and known:
            for page in known:
                self._keep(page)
            self._tell(known)
            return
        require_ok(answer, public=True)
        if answer.truncated:
            announced = answer.headers.get("content-length", "?")
            raise short_file(self._url, f"{answer.size:,} bytes de {announced} anunciados")
        self._read(answer)

    def _read(self, answer: Answer) -> None:
        assert answer.path is not None
        assert answer.sha256 is not None
        try:
            listing = list_members(answer.path)
        except BodyFault as fault:
            raise body_error(fault, url=self._url, expected=EXPECTED) from None
        pages = []
        for member in listing.members:
            counted = count_member(
                answer.path, member, family=self._client.source.family, collection=self._collection
            )
            page = Page(
                number=1,
                url=self._url,
                format="json",
                sha256=answer.sha256,
                bytes=member.bytes,
                fetched_at=answer.fetched_at,
                items=counted.items,
                label=member.name,
                collection=self._collection,
                etag=answer.headers.get("etag"),
                last_modified=answer.headers.get("last-modified"),
                options=page_options(member, counted),
            )
            pages.append(page)
            self._keep(page)
        if listing.others:
            self._harvest.notes.append(
                f"Se omitieron {listing.others:,} archivos de «{self._url.rpartition('/')[2]}» que no son JSON."
            )
        self._tell(pages)

    def _keep(self, page: Page) -> None:
        pages = self._harvest.pages
        pages.append(replace(page, number=len(pages) + 1))
        report(self._client.source.id, "fetch", collection=self._collection, pages=len(pages))

    def _tell(self, pages: Sequence[Page]) -> None:
        """Name the files that can't be read."""
        broken: list[tuple[str, Any]] = [
            (page.label, page.options["fault"]) for page in pages if "fault" in page.options
        ]
        if not broken:
            return
        named = "; ".join(f"{label} ({reason})" for label, (_, reason) in broken[:NAMED])
        more = f" y {len(broken) - NAMED:,} más" if len(broken) > NAMED else ""
        self._harvest.notes.append(
            f"{len(broken):,} de {len(pages):,} archivos del ZIP no se pudieron leer y van a cuarentena:"
            f" {named}{more}."
        )
