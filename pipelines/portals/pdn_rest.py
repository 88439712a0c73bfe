"""PDN REST services: OAuth2 password grant, then POST page by page (S1 v2, S2 and S3 v1.1, S6 v1).

- pages of 200; a service that refuses them (400, 413, 422, 500) is asked for smaller ones, also for its other
  collections and when the fetch is gone on with;
- no `sort` and no filters: unknown keys become equality filters on real services and silently return nothing;
- a token is renewed at 80 % of its life, and once for a page that answers 401 or 403 (also inside a 200), which is
  then repeated; it is the same for all collections: a login that is refused ends the fetch;
- an error inside a 200 is a failure, never an empty page (`spoken.py`).

Not here: the rules of reading on, of doubt and of resuming (`crawl.py`), the token (`pdn_token.py`), what a page holds
(`pdn_body.py`), the institutions listed (`institutions.py`).
"""

from collections.abc import Callable, Mapping, Sequence

from pipelines.portals.answers import body_error, json_text, require_ok
from pipelines.portals.bodies import BodyFault
from pipelines.portals.crawl import PAGE_SIZE, Turn, gather
from pipelines.portals.errors import PortalError
from pipelines.portals.http import Answer, PortalClient
from pipelines.portals.institutions import read_institutions
from pipelines.portals.pages import Harvest, History, Page
from pipelines.portals.pdn_body import PdnPage, ocds_page, pdn_page, sound_page
from pipelines.portals.pdn_token import Session
from pipelines.portals.spoken import down_inside_200, spoken_failure

# What is tried in turn where a page size is refused.
SMALLER_SIZES = (100, 50, 10)
# How services answer to a page size they don't give: validated, refused, fallen over.
REFUSED_SIZE = frozenset({400, 413, 422, 500})
PAGE_SHAPE = '{"pagination": {"pageSize", "page", "totalRows", "hasNextPage"}, "results": […]}'
INSTITUTIONS_SHAPE = '[{"nombre", "siglas", "clave"}]'


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every page of every collection into `harvest`, with the total the portal declares; then the
    institutions it lists, whose failure is a note.

    Raises:
        PortalError: no token, or a collection that can't be had whole (what came stays in `harvest`).
    """
    base = client.required_base()
    parameters = client.source.parameters
    size = int(parameters.get("page_size", PAGE_SIZE))
    service = _Service(client, base, size)
    collections = parameters["collections"]
    readers = [_Collection(service, url=base + each["path"], name=each["name"]) for each in collections]
    gather(readers, source_id=client.source.id, size=size, history=history, harvest=harvest)
    for each in collections:
        if "dependencies_path" in each:
            url = base + each["dependencies_path"]
            _list_institutions(service, url=url, name=each["name"], harvest=harvest)


class _Service:
    """What the collections of a service have in common: its token, and the page size it gives."""

    def __init__(self, client: PortalClient, base: str, page_size: int) -> None:
        self.client = client
        # The largest page that the service doesn't refuse, as far as is known.
        self.page_size = page_size
        self._session = Session(client, base)
        # Refused credentials are sent once, not for each collection.
        self._session.authorization()

    def answer(self, ask: Callable[[Mapping[str, str]], Answer]) -> Answer:
        """The answer to a request, made with the header it is given; once more with a new token where the service
        refuses the one it has.

        Raises:
            PortalError: no answer, no token, or a failure that an answer of 200 speaks of.
        """
        answer = ask(self._session.authorization())
        failure = spoken_failure(answer)
        if answer.status in {401, 403} or (failure is not None and failure.is_about_token):
            self._session.renew()
            answer = ask(self._session.authorization())
            failure = spoken_failure(answer)
        require_ok(answer, public=False)
        if failure is not None:
            raise failure.error(answer.url)
        return answer


class _Collection:
    """One collection of a service."""

    last_page = "hasNextPage falso en la última página"
    # No `sort` is sent: pages come as the service stores them.
    may_tie = False

    def __init__(self, service: _Service, *, url: str, name: str) -> None:
        self.name = name
        self._service = service
        self._client = service.client
        self._url = url
        # The size that was refused, and the one that was given in its place.
        self._refused: tuple[int, int] | None = None
        self._is_read = False

    def read_again(self) -> None:
        """Nothing is asked otherwise the second time."""

    def notes(self) -> Sequence[str]:
        """What to tell of the collection besides its rows."""
        if self._refused is None:
            return ()
        asked, given = self._refused
        return (f"«{self.name}» no acepta páginas de {asked:,} registros: se pidieron de {given:,}.",)

    def read(self, number: int, size: int) -> Turn:
        """Ask for a page; the first time of the largest size the service gives."""
        if self._is_read:
            return self._read(number, size)
        turn = self._first_read(number, min(size, self._service.page_size))
        self._is_read = True
        return turn

    def reread(self, page: Page) -> Turn:
        """A saved page, from the archive."""
        path = self._client.archived(page.sha256)
        answer = Answer(page.url, 200, {}, page.bytes, page.fetched_at, sha256=page.sha256, path=path)
        return _turn(page, self._content(answer))

    def _first_read(self, number: int, asked: int) -> Turn:
        """A page of the largest size the service gives.

        Raises:
            PortalError: the first refusal, when no size helps.
        """
        refusal: PortalError | None = None
        for size in (asked, *(each for each in SMALLER_SIZES if each < asked)):
            try:
                turn = self._read(number, size, attempts=None if refusal is None else 1)
            except PortalError as error:
                refusal = refusal or error
                if error.status not in REFUSED_SIZE:
                    break
            else:
                self._service.page_size = size
                if refusal is not None:
                    self._refused = (asked, size)
                return turn
        assert refusal is not None
        raise refusal

    def _read(self, number: int, size: int, *, attempts: int | None = None) -> Turn:
        answer = self._service.answer(
            lambda authorization: self._client.post_json(
                self._url,
                body={"page": number, "pageSize": size},
                headers=authorization,
                page=number,
                judge=down_inside_200,
                attempts=attempts,
            )
        )
        content = self._content(answer)
        given = content.pagination.page_size
        if given == 0 and content.rows:
            raise self._wrong(BodyFault("wrong_shape", "«pageSize» es 0"))
        assert answer.sha256 is not None
        page = Page(
            number=number,
            url=self._url,
            format="json",
            sha256=answer.sha256,
            bytes=answer.size,
            fetched_at=answer.fetched_at,
            items=content.items,
            label=f"{self.name} {number}",
            collection=self.name,
            rows_digest=content.rows_digest,
            total_rows=content.pagination.total_rows,
            # Some say the size they would give at most.
            page_size=min(given or size, size),
        )
        return _turn(page, content)

    def _content(self, answer: Answer) -> PdnPage:
        try:
            if self._client.source.family == "ocds_packages":
                return ocds_page(json_text(answer))
            sound = None
            if answer.path is not None and not answer.truncated:
                sound = sound_page(answer.path.read_bytes())
            return pdn_page(json_text(answer), self.name) if sound is None else sound
        except BodyFault as fault:
            raise self._wrong(fault) from None

    def _wrong(self, fault: BodyFault) -> PortalError:
        return body_error(fault, url=self._url, expected=PAGE_SHAPE)


def _turn(page: Page, content: PdnPage) -> Turn:
    return Turn(page, content.rows, content.names, content.pagination.has_next)


def _list_institutions(service: _Service, *, url: str, name: str, harvest: Harvest) -> None:
    """Add the institutions of a collection to the harvest; that they don't come is a note and nothing else."""
    try:
        answer = service.answer(lambda authorization: service.client.get(url, headers=authorization))
        try:
            listing = read_institutions(json_text(answer), name)
        except BodyFault as fault:
            raise body_error(fault, url=url, expected=INSTITUTIONS_SHAPE) from None
    except PortalError as error:
        harvest.notes.append(f"No llegó la lista de instituciones de «{name}»: {error.message}")
        return
    harvest.institutions = [*(harvest.institutions or ()), *listing.institutions]
    if listing.skipped:
        harvest.notes.append(
            f"Elementos sin nombre en la lista de instituciones de «{name}»: {listing.skipped:,}."
        )
