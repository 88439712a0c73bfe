"""PDN v2 services (S2 v2, S3 v2): Directus, one GET a page, a static bearer token.

- `fields=*.*.*.*`: with three levels the deepest objects come as integer keys, with what they hold nowhere; a service
  that answers so all the same is passed on and noted;
- `sort=date_created,id`: Directus' own order is that of random keys, where new rows come in anywhere. A role that
  can't read these fields (the public one of S2 v2 hides ids and dates) gets 403 for the sort; then `fecha`, which
  leaves ties open, and Directus' own order when the collection must be read once more: it is a total one;
- `meta.filter_count` is the declared total, of what the role may see; `total_count` where it is missing;
- without ids a record is named by its content.

Errors are `{"errors": [{"message", "extensions": {"code", "reason"}}]}`: 401 for a wrong token; 403 for none, for a
field the role can't read and for a collection that isn't there; 400 INVALID_QUERY. Not here: the rules of reading on,
of doubt and of resuming (`crawl.py`).
"""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from pipelines.portals.answers import body_error, json_text, require_ok, spoken_message
from pipelines.portals.bodies import BodyFault
from pipelines.portals.crawl import PAGE_SIZE, Turn, gather, used_size
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient, credentials
from pipelines.portals.items import rows_digest
from pipelines.portals.pages import Harvest, History, Page
from pipelines.portals.pdn_body import pdn_items
from pipelines.portals.pdn_frame import count_of, foreign_keys, pdn_frame

FIELDS = "*.*.*.*"
SORT = "date_created,id"
# Public in S2 v2 and S3 v2 alike.
FALLBACK_SORT = "fecha"
SHAPE = '{"meta": {"total_count", "filter_count"}, "data": […]}'


def fetch(client: PortalClient, history: History, harvest: Harvest) -> None:
    """Gather every page of every collection into `harvest`, with the total the service declares.

    Raises:
        PortalError: the token isn't known or isn't accepted, or a collection can't be had whole (what came stays in
            `harvest`).
    """
    base = client.required_base()
    token = credentials(client.source, client.portals)["token"]
    client.hide(token)
    parameters = client.source.parameters
    readers = [
        _Collection(
            client,
            token=token,
            url=base + collection["path"],
            name=collection["name"],
            sort=collection.get("sort", SORT),
        )
        for collection in parameters["collections"]
    ]
    size = int(parameters.get("page_size", PAGE_SIZE))
    gather(readers, source_id=client.source.id, size=size, history=history, harvest=harvest)


class _Collection:
    """One collection of a Directus service."""

    last_page = "una última página"

    def __init__(self, client: PortalClient, *, token: str, url: str, name: str, sort: str) -> None:
        self.name = name
        self._client = client
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._url = url
        self._sorts: list[str | None] = [*dict.fromkeys((sort, FALLBACK_SORT)), None]
        self._declared_sort = sort
        # Records with keys in place of objects, by field, of each page.
        self._keys: dict[int, Counter[str]] = {}
        # A record came without an id.
        self._is_keyless = False
        self._is_read = False

    @property
    def may_tie(self) -> bool:
        """A sort may be by what records share; Directus' own order is that of the primary key, readable or not."""
        return self._sorts[0] is not None

    def read_again(self) -> None:
        """Records without ids may have been lost among equal values of the sort: then take the other order."""
        self._keys.clear()
        if self._is_keyless:
            self._sorts = [None]

    def notes(self) -> list[str]:
        """What to tell of the collection besides its rows."""
        said = []
        sort = self._sorts[0]
        if self._is_read and sort != self._declared_sort:
            order = "en el orden propio del portal" if sort is None else f"ordenada por {sort}"
            said.append(f"«{self.name}» no se puede ordenar por {self._declared_sort}; se descargó {order}.")
        keys = sum(self._keys.values(), Counter())
        if keys:
            fields = ", ".join(f"{field} en {count:,}" for field, count in sorted(keys.items()))
            said.append(
                f"«{self.name}» trae claves numéricas en lugar de objetos ({fields} registros): su servicio entrega"
                " menos niveles de los que se piden."
            )
        return said

    def read(self, number: int, size: int) -> Turn:
        """Ask for a page. On the first one the sort is found that the role may use."""
        url, answer = self._answer(number, size)
        while number == 1 and len(self._sorts) > 1 and _is_about_the_query(answer):
            del self._sorts[0]
            url, answer = self._answer(number, size)
        self._require(answer, url)
        return self._turn(answer, url=url, number=number, size=size)

    def reread(self, page: Page) -> Turn:
        """A saved page, from the archive."""
        path = self._client.archived(page.sha256)
        answer = Answer(page.url, 200, {}, page.bytes, page.fetched_at, sha256=page.sha256, path=path)
        return self._turn(answer, url=page.url, number=page.number, size=page.page_size or PAGE_SIZE)

    def _answer(self, number: int, size: int) -> tuple[str, Answer]:
        asked = {"fields": FIELDS, "limit": size, "page": number, "meta": "*"}
        sort = self._sorts[0]
        if sort is not None:
            asked["sort"] = sort
        url = f"{self._url}?{urlencode(asked, safe='*,')}"
        return url, self._client.get(url, headers=self._authorization, page=number)

    def _require(self, answer: Answer, url: str) -> None:
        said = spoken_message(answer)
        quote = f" Dice: «{said}»." if said else ""
        if answer.status in {401, 403}:
            variable = self._client.source.auth["token"]
            raise PortalError(
                FetchState.UNAUTHORIZED,
                f"El portal no acepta el token ({answer.status}).{quote}"
                if answer.status == 401
                else f"El portal niega «{self.name}» (403): o el token no da acceso, o la colección no existe.{quote}",
                url=url,
                expected="un token estático con permiso de lectura sobre la colección",
                action=f"Verifique con la institución el valor de {variable} y los permisos de su rol.",
            )
        if answer.status == 400:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                f"El portal no entiende la consulta de «{self.name}» (400).{quote}",
                url=url,
                expected=SHAPE,
                action="Avise a la institución; revise «sort» y «page_size» en la declaración de la fuente.",
            )
        require_ok(answer, public=False)

    def _turn(self, answer: Answer, *, url: str, number: int, size: int) -> Turn:
        try:
            text = json_text(answer)
            items = tuple(pdn_items(text, self.name))
            said = pdn_frame(text)
        except BodyFault as fault:
            raise body_error(fault, url=url, expected=SHAPE) from None
        meta = None if said is None else said.get("meta")
        total = _total(meta)
        if total is None:
            silent = BodyFault(
                "wrong_shape", "«meta» no dice cuántos registros hay (filter_count, total_count)"
            )
            raise body_error(silent, url=url, expected=SHAPE)
        self._is_read = True
        self._keys[number] = Counter(name for item in items for name in foreign_keys(item.text))
        for item in items:
            self._is_keyless = self._is_keyless or (item.identity is None and item.problem is None)
        # Directus may be set to a lower limit than is asked for, and doesn't say so.
        returned = used_size(number, len(items), size=size, total=total)
        assert answer.sha256 is not None
        page = Page(
            number=number,
            url=url,
            format="json",
            sha256=answer.sha256,
            bytes=answer.size,
            fetched_at=answer.fetched_at,
            items=len(items),
            label=f"{self.name} {number}",
            collection=self.name,
            rows_digest=rows_digest(items),
            total_rows=total,
            page_size=returned,
        )
        names = tuple(item.name for item in items)
        return Turn(page, len(items), names, has_next=number * returned < total)


def _is_about_the_query(answer: Answer) -> bool:
    """Whether another sort may help: fields that can't be read are refused like collections that aren't there."""
    return answer.status in {400, 403}


def _total(meta: Any) -> int | None:
    """The declared total: of what the role may see, else of all."""
    counts = (count_of(meta, name) for name in ("filter_count", "total_count"))
    return next((count for count in counts if count is not None), None)
