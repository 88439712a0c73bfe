"""Whether the addresses of documents answer: a sample of them asked once, politely, and nothing of them kept.

Here: which of many addresses are asked, and asking. Not here: fetching what a portal publishes (`http.py`), which sources
are asked for and where answers are kept (`pipelines/publication/documents.py`), what an answer means to an agency
(`pipelines/quality/arrival.py`).
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import requests

from pipelines.portals.http import Portals, open_session
from pipelines.portals.network import connection_reason, host_of, split_url
from pipelines.registry import Source

# As many as Pelican asks (misc.url_availability).
SAMPLE = 100
# Of a portal that answers nothing, the rest isn't asked: each would take its whole timeout.
SILENT_IN_A_ROW = 5


@dataclass(frozen=True)
class AskedDocument:
    """One address and how it answered: the status of the last answer, redirects followed, or why there was none."""

    url: str
    status: int | None
    reason: str | None = None

    @property
    def is_available(self) -> bool:
        """Whether the document is there."""
        return self.status is not None and self.status < requests.codes.bad_request


def sample(urls: Iterable[str], *, size: int = SAMPLE) -> list[str]:
    """At most `size` of the distinct http(s) addresses, as if drawn at random, the same ones each time."""
    web = {url for url in urls if split_url(url).scheme in {"http", "https"} and host_of(url)}
    return sorted(web, key=lambda url: hashlib.sha256(url.encode("utf-8")).digest())[:size]


def ask(source: Source, urls: Iterable[str], *, portals: Portals) -> Iterator[AskedDocument]:
    """Ask each address for its document, one after another with the pause of every request; bodies aren't read. After
    some without any answer in a row the others aren't asked, and not told of.
    """
    limits = portals.patience
    silent = 0
    with open_session(source, portals) as session:
        session.max_redirects = limits.redirects
        for url in urls:
            asked = _ask(session, url, timeout=(limits.connect_timeout, limits.read_timeout))
            yield asked
            silent = silent + 1 if asked.status is None else 0
            if silent == SILENT_IN_A_ROW:
                return
            time.sleep(limits.min_interval)


def _ask(session: requests.Session, url: str, *, timeout: tuple[float, float]) -> AskedDocument:
    try:
        with session.get(url, stream=True, timeout=timeout) as response:
            return AskedDocument(url, response.status_code)
    except requests.Timeout:
        return AskedDocument(url, None, "no respondió a tiempo")
    except requests.TooManyRedirects:
        return AskedDocument(url, None, "lleva de una dirección a otra sin llegar")
    except requests.RequestException as error:
        return AskedDocument(url, None, connection_reason(error))
