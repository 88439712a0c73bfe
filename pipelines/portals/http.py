"""The HTTP client every protocol uses: guards, limits, retries, and the archive behind it.

Here: how a request is sent and its body received; who answers for a host (the world, or one local portal in
the modes `sandbox` and `recordings`). Not here: what an answer means (`edcapi.py`, `bulk_files.py`,
`pdn_rest.py`), how the bytes are stored (`pipelines/landing/archive.py`).

What each limit is for: a read timeout never fires on a slow drip,
hence the answer's total time and its minimum throughput; urllib3 would wait six hours on a hostile
`Retry-After`, hence the cap; requests follows redirects to loopback, hence redirects by hand, host by host,
and the check of the address that is really connected to. Bodies are decoded from the transport's gzip (its
header may change from one answer to the next) and archived as the portal meant them; a file that is gzip
itself stays gzip.
"""

import base64
import os
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote, quote_plus, urljoin

import requests
import urllib3

from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.network import (
    LiveAdapter,
    LocalAdapter,
    RefusedAddress,
    caused_by,
    connection_reason,
    host_of,
    split_url,
)
from pipelines.portals.transfer import CHUNK_BYTES, BodySink, Memory, Room, copy_chunk, transport_decoder
from pipelines.registry import PortalMode, Source

# What the local portals accept when the environment says nothing else; no real portal has them.
LOCAL_CREDENTIALS: Mapping[str, str] = {
    "username": "tequio",
    "password": "tequio-sandbox",
    "client_id": "tequio",
    "client_secret": "tequio-sandbox",
    "token": "tequio-sandbox-token",
}
# Of whose values not even a short one may stand anywhere.
SECRET_ROLES = frozenset({"password", "client_secret", "token"})
# Several portals answer 500 to anything that doesn't start like a browser.
USER_AGENT = "Mozilla/5.0 (compatible; Tequio/1.0; datos abiertos)"
TOKEN_MAX_BYTES = 1 << 20
# Shorter values (a user called "admin") would blank out ordinary words; they never get into a message anyway.
MIN_SCRUBBED_CHARS = 8
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
# Headers worth keeping: what identifies, dates or explains a body. Cookies and the like stay out.
KEPT_HEADERS = (
    "content-type",
    "content-length",
    "content-encoding",
    "etag",
    "last-modified",
    "date",
    "retry-after",
    "server",
    "location",
)


@dataclass(frozen=True)
class Limits:
    """Limits of one client; seconds and bytes. The defaults are for the world: patient and polite."""

    attempts: int = 5
    timeout_attempts: int = 2
    backoff: float = 1.0
    backoff_cap: float = 60.0
    # A portal may ask for a wait up to 15 minutes at a time, and all waits of a fetch together for half an
    # hour.
    retry_after_cap: float = 900.0
    wait_budget: float = 1800.0
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    answer_seconds: float = 1800.0
    # Slower than 1 KiB/s over a minute is a drip, not a download.
    min_bytes_per_second: float = 1024.0
    throughput_window: float = 60.0
    max_bytes: int = 512 << 20
    min_interval: float = 1.0
    redirects: int = 5


# A wait for a local portal teaches nothing: one that is down costs a second or two.
LOCAL_LIMITS = Limits(
    attempts=3,
    backoff=0.05,
    backoff_cap=0.4,
    retry_after_cap=2.0,
    wait_budget=4.0,
    connect_timeout=2.0,
    read_timeout=5.0,
    answer_seconds=60.0,
    throughput_window=3.0,
    min_interval=0.0,
)


@dataclass(frozen=True)
class Portals:
    """Who answers for the portals' hosts, with which patience, and where addresses and credentials come from.

    `address`: 127.0.0.1:PORT of the local portal (None: it isn't running). `limits`: those of the mode when
    None.
    """

    mode: PortalMode
    address: str | None = None
    limits: Limits | None = None
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def is_live(self) -> bool:
        """Whether requests leave this machine."""
        return self.mode == "live"

    @property
    def patience(self) -> Limits:
        """The limits in force."""
        return self.limits or (Limits() if self.is_live else LOCAL_LIMITS)


@dataclass(frozen=True)
class Answer:
    """One answer. `path`/`sha256`: the archived body (None when there is none); `body` only for tokens,
    which are never archived. `headers` have lower-case names."""

    url: str
    status: int
    headers: Mapping[str, str]
    size: int
    fetched_at: str
    sha256: str | None = None
    path: Path | None = None
    body: bytes | None = None
    # The portal announced more bytes than it sent; what came is archived.
    truncated: bool = False


# What an answer that came with 200 says of a failure that may pass; None when it says nothing of the kind.
Judge = Callable[[Answer], PortalError | None]


class BodyArchive(Protocol):
    """The archive, as the client sees it."""

    def receive(self) -> AbstractContextManager[Any]:
        """A new sink."""

    def path(self, sha256: str) -> Path:
        """Where an object stands."""


class RequestLog(Protocol):
    """The manifest, as the client sees it."""

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a request."""


def base_url(source: Source, portals: Portals) -> str | None:
    """The address below which the source's paths stand; None when its variable isn't set.

    A source that keeps its address in a variable has, in local modes, the host `<id with hyphens>.invalid`: a
    name that can exist nowhere (RFC 2606), so a mistake can't reach a stranger.
    """
    if source.url is not None:
        return source.url.rstrip("/")
    if not portals.is_live:
        return f"http://{source.id.replace('_', '-')}.invalid"
    address = portals.env.get(source.url_env or "", "").strip().rstrip("/")
    return address or None


def open_session(source: Source, portals: Portals) -> requests.Session:
    """A session whose requests reach the world with guards, or the local portal in the name of this source."""
    session = requests.Session()
    # Proxies and .netrc of the machine must not decide where credentials go.
    session.trust_env = False
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    if portals.is_live:
        session.mount("http://", LiveAdapter())
        session.mount("https://", LiveAdapter())
    elif portals.address is not None:
        local = LocalAdapter(portals.address, source.id)
        session.mount("http://", local)
        session.mount("https://", local)
    return session


def credentials(source: Source, portals: Portals) -> dict[str, str]:
    """The source's credentials by role; in live mode those of the environment and no others.

    Raises:
        PortalError: `unauthorized`, with the names of the variables that are missing.
    """
    fallback = {} if portals.is_live else LOCAL_CREDENTIALS
    found = {role: portals.env.get(name) or fallback.get(role, "") for role, name in source.auth.items()}
    missing = [source.auth[role] for role, value in found.items() if not value]
    if missing:
        raise PortalError(
            FetchState.UNAUTHORIZED,
            f"Faltan las credenciales de «{source.title}».",
            expected=f"un valor en {', '.join(missing)}",
            action=f"Defina las variables de entorno {', '.join(missing)} y vuelva a ejecutar la descarga.",
        )
    return found


@dataclass(frozen=True)
class _Wish:
    """One request as asked for by a protocol."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    page: int | None = None
    archive: bool = True
    max_bytes: int | None = None
    judge: Judge | None = None
    attempts: int | None = None


class _Transient(Exception):
    """A fault worth another attempt; `fault` is what stands if none helps."""

    def __init__(
        self,
        fault: PortalError,
        *,
        retry_after: float | None = None,
        timeout: bool = False,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.retry_after = retry_after
        self.timeout = timeout
        # What a body that stays short in every attempt leaves: the protocol decides whether it is of use.
        self.answer = answer


class PortalClient:
    """Requests of one source during one fetch; not for use by several threads at once."""

    def __init__(
        self,
        source: Source,
        portals: Portals,
        *,
        archive: BodyArchive,
        log: RequestLog,
        deadline: float | None = None,
    ) -> None:
        """`deadline`: the `time.monotonic()` at which the fetch must end."""
        self.source = source
        self.portals = portals
        self.limits = portals.patience
        self.requests_made = 0
        # Seconds this client stood still for the portal, from a request's first byte to the last of its answer;
        # pauses between requests and the archive's writing are not in it.
        self.portal_seconds = 0.0
        self._archive = archive
        self._log = log
        self._deadline = deadline
        self._waited = 0.0
        self._last_request = 0.0
        self._secrets: set[str] = set()
        self._allowed_hosts: set[str] = set()
        self._session = open_session(source, portals)
        for role, name in source.auth.items():
            self.hide(portals.env.get(name, ""), always=role in SECRET_ROLES)
        self.base = base_url(source, portals)
        self.hide(split_url(self.base or "").password or "")
        for address in self._declared_addresses():
            self._allowed_hosts.add(host_of(address))

    def _declared_addresses(self) -> Iterable[str]:
        if self.base is not None:
            yield self.base
        for file in self.source.parameters.get("files", ()):
            if "url" in file:
                yield file["url"]

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def required_base(self) -> str:
        """The source's address.

        Raises:
            PortalError: `unavailable`, naming the variable that should hold it.
        """
        if self.base is None:
            name = self.source.url_env
            raise PortalError(
                FetchState.UNAVAILABLE,
                f"No se conoce la dirección del portal de «{self.source.title}».",
                expected=f"la dirección http(s) del servicio en la variable {name}",
                action=f"Defina la variable de entorno {name} con la dirección acordada con la institución.",
            )
        if split_url(self.base).scheme not in {"http", "https"} or not host_of(self.base):
            raise PortalError(
                FetchState.UNAVAILABLE,
                f"La variable {self.source.url_env} no contiene una dirección http(s).",
                expected="https://servidor[:puerto][/ruta]",
                action=f"Corrija la variable de entorno {self.source.url_env}.",
            )
        return self.base

    def archived(self, sha256: str) -> Path:
        """Where an archived body stands."""
        return self._archive.path(sha256)

    def hide(self, secret: str, *, always: bool = True) -> None:
        """Never let this value into a manifest or a message, plain or as it would stand in an address."""
        if secret and (always or len(secret) >= MIN_SCRUBBED_CHARS):
            self._secrets.update((secret, quote(secret, safe=""), quote_plus(secret)))

    def scrub(self, text: str) -> str:
        """The text without known secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "•••")
        return text

    def _scrubbed(self, value: Any) -> Any:
        """The same, for every text of a manifest line."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, Mapping):
            return {name: self._scrubbed(each) for name, each in value.items()}
        return value

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        page: int | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """GET; the body is archived. `max_bytes`: more than the limits allow, for a file known to be large.

        Raises:
            PortalError: no usable answer within the limits.
        """
        return self._request(_Wish("GET", url, headers or {}, page=page, max_bytes=max_bytes))

    def post_json(  # noqa: PLR0913 (the parts of a request, each with its name)
        self,
        url: str,
        *,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        page: int | None = None,
        judge: Judge | None = None,
        attempts: int | None = None,
    ) -> Answer:
        """POST of a JSON query that changes nothing on the portal (so it may be repeated); the body is
        archived.

        `judge` finds failures in answers of 200: they are asked for again as those of other statuses are.
        `attempts`: fewer than the limits allow.

        Raises:
            PortalError: no usable answer within the limits.
        """
        return self._request(
            _Wish("POST", url, headers, json=body, page=page, judge=judge, attempts=attempts)
        )

    def post_secret_form(self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """POST of credentials: neither the form nor the answer is kept anywhere.

        Raises:
            PortalError: no usable answer within the limits.
        """
        return self._request(_Wish("POST", url, headers, form=form, archive=False))

    def seconds_left(self) -> float:
        """Time until the fetch must end."""
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _request(self, wish: _Wish) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._exchange(wish)
            except _Transient as transient:
                allowed = self.limits.timeout_attempts if transient.timeout else self.limits.attempts
                allowed = min(allowed, wish.attempts or allowed)
                if attempt < allowed and self._may_wait(attempt, transient):
                    continue
                if transient.answer is not None:
                    return transient.answer
                raise transient.fault from None

    def _may_wait(self, attempt: int, transient: _Transient) -> bool:
        """Wait before the next attempt; False when the wait isn't worth it or there is no time for it."""
        backoff = min(self.limits.backoff_cap, self.limits.backoff * 2 ** (attempt - 1))
        pause = max(transient.retry_after or 0.0, random.uniform(0, backoff))
        too_long = transient.retry_after is not None and transient.retry_after > self.limits.retry_after_cap
        if too_long or self._waited + pause > self.limits.wait_budget or pause > self.seconds_left():
            return False
        self._waited += pause
        time.sleep(pause)
        return True

    def _exchange(self, wish: _Wish) -> Answer:
        """One attempt, its redirects included."""
        url = wish.url
        for _ in range(self.limits.redirects + 1):
            self._check_target(url)
            started = time.monotonic()
            line: dict[str, Any] = {
                "url": url,
                "method": wish.method,
                "request": _shown_request(wish),
                "page": wish.page,
                "started_at": _now(),
            }
            try:
                response = self._send(wish, url)
                with response:
                    line["status"] = response.status_code
                    line["headers"] = _kept_headers(response)
                    if response.status_code in REDIRECT_STATUSES and "location" in response.headers:
                        url = self._redirected(wish, url, response)
                        continue
                    answer = self._receive(wish, url, response, line)
            except (_Transient, PortalError) as error:
                fault = error.fault if isinstance(error, _Transient) else error
                line["error"] = fault.message
                raise
            finally:
                line["seconds"] = round(time.monotonic() - started, 3)
                self._log.append(self._scrubbed(line))
            self._raise_if_transient(answer)
            if answer.truncated:
                raise _Transient(self._cut(url), answer=answer)
            failure = None if wish.judge is None or answer.status != 200 else wish.judge(answer)
            if failure is not None:
                raise _Transient(failure)
            return answer
        raise PortalError(
            FetchState.CONTRACT_ERROR,
            f"El portal redirige más de {self.limits.redirects} veces.",
            url=wish.url,
            expected="los datos en la dirección declarada",
            action="Revise la dirección declarada de la fuente.",
        )

    def _send(self, wish: _Wish, url: str) -> requests.Response:
        left = self.seconds_left()
        if left <= 0:
            raise self._out_of_time(url)
        if self.portals.address is None and not self.portals.is_live:
            raise self._unreachable(url, "el portal local no está en marcha")
        pause = self._last_request + self.limits.min_interval - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._last_request = time.monotonic()
        self.requests_made += 1
        headers = dict(wish.headers)
        if host_of(url) != host_of(wish.url):
            headers.pop("Authorization", None)
        try:
            with self._waiting():
                return self._session.request(
                    wish.method,
                    url,
                    headers=headers,
                    data=wish.form,
                    json=wish.json,
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(self.limits.connect_timeout, left), min(self.limits.read_timeout, left)),
                )
        except requests.exceptions.SSLError:
            raise PortalError(
                FetchState.UNAVAILABLE,
                "El certificado de seguridad (TLS) del portal no es válido o venció.",
                url=url,
                expected="un certificado vigente para ese servidor",
                action="Pida a la institución renovar el certificado; Tequio no descarga sin verificarlo.",
            ) from None
        except requests.exceptions.Timeout:
            raise _Transient(self._too_slow(url), timeout=True) from None
        except requests.exceptions.ConnectionError as error:
            if caused_by(error, RefusedAddress):
                raise PortalError(
                    FetchState.UNAVAILABLE,
                    "El nombre del portal conduce a una dirección privada; no se consulta.",
                    url=url,
                    expected="una dirección pública de internet",
                    action="Revise la dirección declarada de la fuente y el DNS de la institución.",
                ) from None
            raise _Transient(self._unreachable(url, connection_reason(error))) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                f"La dirección o la respuesta no sigue HTTP ({type(error).__name__}).",
                url=url,
                expected="una respuesta HTTP",
                action="Revise la dirección declarada de la fuente.",
            ) from None

    def _receive(self, wish: _Wish, url: str, response: requests.Response, line: dict[str, Any]) -> Answer:
        """Stream the body into the archive (or, for a token, into memory)."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        fetched_at = _now()
        if response.status_code in {204, 304}:
            return Answer(url, response.status_code, headers, 0, fetched_at)
        if not wish.archive:
            memory = Memory()
            self._stream(url, response, memory, cap=TOKEN_MAX_BYTES)
            line["bytes"] = memory.size
            body = b"".join(memory.chunks)
            return Answer(url, response.status_code, headers, memory.size, fetched_at, body=body)
        with self._archive.receive() as sink:
            truncated = self._stream(url, response, sink, cap=wish.max_bytes or self.limits.max_bytes)
            stored = sink.commit()
        line.update(bytes=stored.size, sha256=stored.sha256, truncated=truncated)
        return Answer(
            url,
            response.status_code,
            headers,
            stored.size,
            fetched_at,
            sha256=stored.sha256,
            path=stored.path,
            truncated=truncated,
        )

    def _stream(self, url: str, response: requests.Response, sink: BodySink, *, cap: int) -> bool:
        """Copy the body; True when it ended before the announced length."""
        raw = response.raw
        decoder = transport_decoder(response.headers.get("content-encoding", ""), url)
        began = window_began = time.monotonic()
        wire = window_bytes = 0
        while True:
            try:
                # read1 hands over what has arrived; read would wait for the whole chunk and hide a slow drip.
                with self._waiting():
                    chunk = raw.read1(CHUNK_BYTES, decode_content=False)
            except urllib3.exceptions.ReadTimeoutError:
                raise _Transient(self._too_slow(url), timeout=True) from None
            except urllib3.exceptions.ProtocolError as error:
                if caused_by(error, urllib3.exceptions.IncompleteRead) and decoder is None:
                    return True
                raise _Transient(self._cut(url)) from None
            except (urllib3.exceptions.HTTPError, OSError):
                raise _Transient(self._cut(url)) from None
            if not chunk:
                break
            wire += len(chunk)
            now = time.monotonic()
            copy_chunk(chunk, decoder, sink, Room(url, cap, wire))
            window_bytes += len(chunk)
            if now - window_began >= self.limits.throughput_window:
                if window_bytes < self.limits.min_bytes_per_second * (now - window_began):
                    raise self._drip(url)
                window_began, window_bytes = now, 0
            if now - began > self.limits.answer_seconds:
                raise self._drip(url)
            if self.seconds_left() <= 0:
                raise self._out_of_time(url)
        if decoder is not None and not decoder.eof:
            raise _Transient(self._cut(url))
        return False

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.portal_seconds += time.monotonic() - began

    def _raise_if_transient(self, answer: Answer) -> None:
        if answer.status not in TRANSIENT_STATUSES:
            return
        wait = _retry_after(answer.headers.get("retry-after"))
        reason = {429: "pide menos consultas (429)", 503: "está fuera de servicio (503)"}.get(
            answer.status, f"respondió con el error {answer.status}"
        )
        asked = f" y pide esperar {wait:,.0f} s" if wait else ""
        fault = PortalError(
            FetchState.UNAVAILABLE,
            f"El portal {reason}{asked}.",
            url=answer.url,
            expected="una respuesta 200 con datos",
            action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
            status=answer.status,
        )
        raise _Transient(fault, retry_after=wait)

    def _check_target(self, url: str) -> None:
        parts = split_url(url)
        if parts.scheme not in {"http", "https"} or host_of(url) not in self._allowed_hosts:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                f"El portal redirige a otro sitio, que la fuente no declara: {host_of(url) or url[:60]}.",
                url=url,
                expected=f"los datos en {', '.join(sorted(self._allowed_hosts))}",
                action="Si el portal se mudó, actualice la dirección en la declaración de la fuente.",
            )

    def _redirected(self, wish: _Wish, url: str, response: requests.Response) -> str:
        try:
            target = urljoin(url, response.headers["location"])
        except ValueError:
            # Not an address at all; the check of the target refuses it.
            target = response.headers["location"]
        if wish.method == "POST" and response.status_code not in {307, 308}:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                f"El portal redirige la consulta ({response.status_code}) a {split_url(target).path or '/'}.",
                url=url,
                expected="una respuesta JSON en la misma dirección",
                action="Revise si el portal pide iniciar sesión o si su dirección cambió.",
            )
        return target

    def _unreachable(self, url: str, reason: str) -> PortalError:
        return PortalError(
            FetchState.UNAVAILABLE,
            f"No se pudo conectar con el portal: {reason}.",
            url=url,
            expected="un servidor que responda",
            action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
        )

    def _too_slow(self, url: str) -> PortalError:
        return PortalError(
            FetchState.UNAVAILABLE,
            "El portal no respondió a tiempo.",
            url=url,
            expected=f"respuesta en menos de {self.limits.read_timeout:g} s",
            action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
        )

    def _drip(self, url: str) -> PortalError:
        return PortalError(
            FetchState.UNAVAILABLE,
            "El portal envía los datos demasiado lento; se interrumpió la descarga.",
            url=url,
            expected=f"al menos {self.limits.min_bytes_per_second:,.0f} bytes por segundo",
            action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
        )

    def _cut(self, url: str) -> PortalError:
        return PortalError(
            FetchState.UNAVAILABLE,
            "El portal cortó la conexión antes de terminar la respuesta.",
            url=url,
            expected="la respuesta completa",
            action="Se reintentará en la siguiente descarga; si continúa, avise a la institución.",
        )

    def _out_of_time(self, url: str) -> PortalError:
        return PortalError(
            FetchState.UNAVAILABLE,
            "Se agotó el tiempo de descarga de esta ejecución.",
            url=url,
            expected="terminar dentro del tiempo asignado",
            action="No requiere acción: la siguiente descarga continúa donde ésta se quedó.",
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _shown_request(wish: _Wish) -> Any:
    """The request body for the manifest: of a form only the field names (its values are credentials)."""
    if wish.form is not None:
        return {name: (value if name == "grant_type" else "•••") for name, value in wish.form.items()}
    return wish.json


def _kept_headers(response: requests.Response) -> dict[str, str]:
    return {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}


def _retry_after(value: str | None) -> float | None:
    """Seconds, from the header's integer or HTTP date."""
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def basic_authorization(user: str, password: str) -> str:
    """The value of an `Authorization: Basic` header (RFC 7617, UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
