"""Recorded answers of real portals, served from a folder by its index file.

Here: the index (`recordings.yaml` or `recordings.json`, format in RECORDINGS.md), its checks, and
the matching. Not here: HTTP (`server.py`), token rules (`oauth.py`). Adding a recorded portal is
adding entries; there is no code for one portal.
"""

import difflib
import gzip
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from pipelines.sandbox.aggregator import wrapped_page
from pipelines.sandbox.directus import items_page
from pipelines.sandbox.exchange import (
    JSON_TYPE,
    Reply,
    Request,
    Rows,
    Target,
    host_of,
    json_reply,
    local_host,
)
from pipelines.sandbox.oauth import TokenDesk
from pipelines.sandbox.pdn_services import PILOT, pdn_page, read_paging
from pipelines.sandbox.protocols import NO_RESULTS

INDEX_NAMES = ("recordings.yaml", "recordings.yml", "recordings.json")
SCHEMA = Path(__file__).with_name("recordings.schema.json")
GZIP_MAGIC = b"\x1f\x8b"
NEAREST = 3
FIELDS_TOGETHER = (
    "fields that go together: pages_from with protocol and url, pointer with pages_from, token with url"
)
CONTENT_TYPES = {
    ".json": JSON_TYPE,
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".ndjson": "application/x-ndjson",
    ".html": "text/html; charset=utf-8",
    ".zip": "application/zip",
}


class RecordingsError(ValueError):
    """An index that can't be used; the message has one line for each mistake."""

    def __init__(self, index: Path, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{index}: {mistake}" for mistake in mistakes))


@dataclass(frozen=True)
class Entry:
    """One recorded answer; `address` is host and path without scheme, None for a pattern."""

    number: int
    source: str | None
    method: str
    address: str | None
    pattern: re.Pattern[str] | None
    query: Mapping[str, str]
    body: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    files: tuple[Path, ...]
    content: bytes | None
    content_type: str
    protocol: str | None
    pointer: str
    token: bool

    def is_of(self, host: str) -> bool:
        """Whether the entry speaks for `host` (a pattern does when it names it)."""
        if self.address is not None:
            return self.address.partition("/")[0] == host
        return self.pattern is not None and host in self.pattern.pattern.replace("\\", "")

    @property
    def shown(self) -> str:
        """The URL as the index names it, for messages."""
        return self.address or (self.pattern.pattern if self.pattern else "")

    def asks_for(self, request: Request) -> bool:
        """Whether the request is the recorded one."""
        if self.source is not None and request.source_id not in {self.source, None}:
            return False
        if not self._is_at(request):
            return False
        if any(request.query.get(name) != value for name, value in self.query.items()):
            return False
        return _is_within(self.body, request)

    def _is_at(self, request: Request) -> bool:
        place = f"{request.host}{request.path}"
        if self.protocol == "edcapi":
            return request.method == "GET" and place.startswith(f"{self.address}/edca/")
        if request.method != self.method:
            return False
        if self.pattern is not None:
            return any(self.pattern.fullmatch(f"{scheme}{place}") for scheme in ("https://", "http://", ""))
        return place == self.address


def load_recordings(folder: Path) -> tuple[Entry, ...]:
    """The checked entries of a folder's index.

    Raises:
        RecordingsError: with every mistake: entry number, field, what is expected.
    """
    index = next((folder / name for name in INDEX_NAMES if (folder / name).is_file()), None)
    if index is None:
        raise RecordingsError(folder, [f"has no index; expected one of {', '.join(INDEX_NAMES)}"])
    try:
        document = yaml.safe_load(index.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecordingsError(index, [f"is not readable: {' '.join(str(error).split())}"]) from error
    schema = orjson.loads(SCHEMA.read_bytes())
    errors = sorted(
        Draft202012Validator(schema).iter_errors(document), key=lambda error: [str(x) for x in error.path]
    )
    mistakes = [line for error in errors for line in _explain(error)]
    if mistakes:
        raise RecordingsError(index, mistakes)
    root = (folder / document.get("files", ".")).resolve()
    mistakes = list(_file_mistakes(document["entries"], root))
    if mistakes:
        raise RecordingsError(index, mistakes)
    return tuple(_entry(number, entry, root) for number, entry in enumerate(document["entries"], start=1))


class RecordedPortals:
    """Answers from recordings.

    A host with a token entry wants a bearer token for everything else it answers.
    """

    def __init__(self, entries: Sequence[Entry], *, expires_in: int) -> None:
        self._entries = tuple(entries)
        self._desks = {
            _host(entry.address): TokenDesk(expires_in=expires_in, scope=None)
            for entry in entries
            if entry.token and entry.address is not None
        }

    def target(self, request: Request) -> Target:
        """The matching entry's source and kind; the page of paged entries."""
        entry = self._find(request)
        if entry is None:
            return Target(request.source_id, "unknown")
        source_id = entry.source or request.source_id
        if entry.token:
            return Target(source_id, "token")
        asked = request.json() if request.method == "POST" else request.query
        page = asked.get("page") if isinstance(asked, Mapping) else None
        if isinstance(page, str) and page.isdecimal():
            page = int(page)
        is_listing = request.path.endswith("/edca/fiscalYears")
        return Target(source_id, "listing" if is_listing else "data", page if isinstance(page, int) else None)

    def answer(self, request: Request, fault: Rows | None) -> Reply:
        """The recorded answer, 404 with the nearest entries for a request nobody recorded."""
        entry = self._find(request)
        if entry is None:
            return self._unknown(request)
        if entry.token:
            return self._desks[request.host].issue(request)
        desk = self._desks.get(request.host)
        uses = None if fault is None else fault.token_uses
        if desk is not None and not desk.admits(request, max_uses=uses):
            return json_reply(401, {"code": "401", "message": "Token inválido o expirado"})
        return replace(self._recorded(entry, request, fault), headers=dict(entry.headers))

    def _find(self, request: Request) -> Entry | None:
        return next((entry for entry in self._entries if entry.asks_for(request)), None)

    def _recorded(self, entry: Entry, request: Request, fault: Rows | None) -> Reply:
        if entry.protocol is not None:
            records = tuple(record for file in entry.files for record in _records(file, entry.pointer))
            return _PAGED[entry.protocol](records, request, fault)
        body = entry.files[0].read_bytes() if entry.files else entry.content or b""
        return Reply(entry.status, body, entry.content_type)

    def _unknown(self, request: Request) -> Reply:
        nearest = difflib.get_close_matches(
            f"{request.host}{request.path}", [entry.shown for entry in self._entries], n=NEAREST, cutoff=0.0
        )
        # A portal that nobody recorded is one that doesn't answer; a missing page of a recorded one is not found. Who
        # shares a host with a recorded source is not recorded by that.
        is_recorded = any(
            entry.is_of(request.host)
            and (None in {entry.source, request.source_id} or entry.source == request.source_id)
            for entry in self._entries
        )
        return json_reply(
            404 if is_recorded else 503,
            {
                "message": "No recording answers this request",
                "method": request.method,
                "url": request.url,
                "nearest": nearest,
            },
        )


def _pdn(records: tuple[bytes, ...], request: Request, fault: Rows | None) -> Reply:
    asked, problem = read_paging(request, PILOT, collection="")
    if problem is not None:
        return problem
    return pdn_page(_after_fault("pages", records, fault), page=asked["page"], size=asked["pageSize"])


def _directus(records: tuple[bytes, ...], request: Request, fault: Rows | None) -> Reply:
    return items_page(request, _after_fault("pages", records, fault), orjson.loads)


def _wrapper(records: tuple[bytes, ...], request: Request, fault: Rows | None) -> Reply:
    return wrapped_page(request, _after_fault("pages", records, fault), orjson.loads)


def _edcapi(records: tuple[bytes, ...], request: Request, fault: Rows | None) -> Reply:
    years: dict[int, list[bytes]] = {}
    for record in records:
        years.setdefault(_year(orjson.loads(record)), []).append(record)
    if request.path.endswith("/edca/fiscalYears"):
        listed = [{"id": n, "year": year, "status": True} for n, year in enumerate(sorted(years), start=1)]
        return json_reply(200, {"fiscalYears": listed})
    asked = request.path.rsplit("/", 1)[-1]
    found = records if asked == "null" else tuple(years.get(int(asked), ())) if asked.isdecimal() else ()
    if not found:
        return json_reply(404, NO_RESULTS)
    body = b'{"arrayReleasePackage":[' + b",".join(_after_fault(asked, found, fault)) + b"]}"
    return Reply(200, body)


_PAGED: Mapping[str, Callable[[tuple[bytes, ...], Request, Rows | None], Reply]] = {
    "pdn_v1": _pdn,
    "directus": _directus,
    "s3_wrapper": _wrapper,
    "edcapi": _edcapi,
}


def _after_fault(key: str, records: tuple[bytes, ...], fault: Rows | None) -> tuple[bytes, ...]:
    shown = None if fault is None else fault.rows(key, records)
    return records if shown is None else shown


def _year(package: dict[str, Any]) -> int:
    """The fiscal year of a release package: its first release's `cycle`, else the year of its date."""
    release = (package.get("releases") or [package])[0]
    return int(release.get("cycle") or str(release.get("date") or package.get("publishedDate"))[:4])


@cache
def _records(path: Path, pointer: str) -> tuple[bytes, ...]:
    """The array's elements, the lines of NDJSON, or the one record that a file is, as bytes."""
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        content = gzip.decompress(content)
    name = path.name.removesuffix(".gz")
    if name.endswith((".ndjson", ".jsonl")):
        return tuple(line for line in content.splitlines() if line.strip())
    node = orjson.loads(content)
    for part in pointer.split("/")[1:]:
        node = node[int(part)] if isinstance(node, list) else node[part]
    return tuple(orjson.dumps(element) for element in (node if isinstance(node, list) else [node]))


def _is_within(wanted: Mapping[str, Any], request: Request) -> bool:
    """Whether the request's JSON or form holds what the entry asks for."""
    if not wanted:
        return True
    document = request.json()
    if isinstance(document, dict):
        return _holds(document, wanted)
    form = request.form()
    return all(form.get(name) == str(value) for name, value in wanted.items())


def _holds(document: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(document, dict) and all(
            name in document and _holds(document[name], value) for name, value in wanted.items()
        )
    return bool(document == wanted)


def _entry(number: int, entry: Mapping[str, Any], root: Path) -> Entry:
    names = _files_of(entry)
    name = names[0] if names else None
    content: bytes | None = None
    content_type = CONTENT_TYPES.get(Path(name).suffix, "application/octet-stream") if name else JSON_TYPE
    if "body_json" in entry:
        content = json.dumps(entry["body_json"], ensure_ascii=False).encode()
    elif "body_text" in entry:
        content, content_type = entry["body_text"].encode(), "text/plain; charset=utf-8"
    headers = {key: value for key, value in entry.get("headers", {}).items() if key.lower() != "content-type"}
    declared = next(
        (value for key, value in entry.get("headers", {}).items() if key.lower() == "content-type"), None
    )
    is_post = entry.get("token") or entry.get("protocol") == "pdn_v1"
    return Entry(
        number=number,
        source=entry.get("source"),
        method=entry.get("method", "POST" if is_post else "GET"),
        address=_address(entry["url"]) if "url" in entry else None,
        pattern=re.compile(entry["url_pattern"]) if "url_pattern" in entry else None,
        query={
            **_url_query(entry.get("url", "")),
            **{key: str(value) for key, value in entry.get("query", {}).items()},
        },
        body=entry.get("body", {}),
        status=entry.get("status", 200),
        headers=headers,
        files=tuple(root / name for name in names),
        content=content,
        content_type=declared or content_type,
        protocol=entry.get("protocol"),
        pointer=entry.get("pointer", ""),
        token=entry.get("token", False),
    )


def _files_of(entry: Mapping[str, Any]) -> list[str]:
    """The files an entry names."""
    named = entry.get("body_file") or entry.get("pages_from") or []
    return [named] if isinstance(named, str) else list(named)


def _address(url: str) -> str:
    """Host and path: `source:/path` stands for the host such a source has in the local modes."""
    if not url.startswith(("http://", "https://")):
        source_id, _, path = url.partition(":")
        return f"{local_host(source_id)}{path}".rstrip("/")
    parts = urllib.parse.urlsplit(url)
    return f"{host_of(parts.netloc)}{parts.path}".rstrip("/")


def _url_query(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True))


def _host(address: str | None) -> str:
    return (address or "").partition("/")[0]


def _explain(error: ValidationError) -> Iterator[str]:
    """A schema error as "entry N, field: what is there; expected what"."""
    path = list(error.absolute_path)
    is_entry = len(path) > 1 and path[0] == "entries"
    where = f"entry {int(path[1]) + 1}" if is_entry else "index"
    field = ".".join(str(part) for part in (path[2:] if is_entry else path))
    place = f"{where}, {field}" if field else where
    rule: dict[str, Any] = dict(error.schema) if isinstance(error.schema, Mapping) else {}
    described = str(rule.get("description", f"{error.validator} {error.validator_value!r}"))
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(rule["properties"])
        for name in sorted(set(error.instance) - set(known)):
            yield f"{where}, {name}: is not a known field; expected one of {', '.join(known)}"
    elif error.validator == "required":
        yield f"{place}: {error.message}; expected the field"
    elif error.validator == "dependentRequired":
        yield f"{place}: {error.message}; expected {FIELDS_TOGETHER}"
    elif error.validator == "oneOf":
        yield f"{place}: has the wrong set of fields; expected {described}"
    else:
        shown = "another value" if isinstance(error.instance, dict | list) else repr(error.instance)
        yield f"{place}: is {shown}; expected {described}"


def _file_mistakes(entries: Sequence[Mapping[str, Any]], root: Path) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        field = "body_file" if "body_file" in entry else "pages_from"
        for name in _files_of(entry):
            path = (root / name).resolve()
            place = f"entry {number}, {field}: {name!r}"
            if not path.is_relative_to(root):
                yield f"{place} leaves the root; expected a file below {root}"
            elif not path.is_file():
                yield f"{place} is missing; expected a file below {root}"
        if "url_pattern" in entry:
            try:
                re.compile(entry["url_pattern"])
            except re.error as error:
                yield f"entry {number}, url_pattern: {error}; expected a regular expression"
