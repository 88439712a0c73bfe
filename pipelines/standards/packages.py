"""Packages: how releases, records and PDN records are wrapped for publication.

Here: the envelope of OCDS 1.1 release and record packages and of a PDN v1 page, and writing them as a
stream (a package of a large source doesn't fit in memory). Not here: what goes into them
(`public_view.py`), where files stand (`pipelines/publication/layout.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from pipelines.registry import Source
from pipelines.standards.ocds import EXTENSION_URLS
from pipelines.standards.validation import SchemaValidator

OCDS_VERSION = "1.1"
# org-id.guide: RFC register of the SAT.
RFC_SCHEME = "MX-RFC"

_DATE_TIME = SchemaValidator(
    {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string", "format": "date-time"}
)

Item = Mapping[str, Any] | str | bytes


@dataclass(frozen=True)
class LinkedRelease:
    """A release that a record points to: where it is published, its date and its tags."""

    url: str
    date: str
    tag: tuple[str, ...]


class EmptyPackageError(ValueError):
    """OCDS packages and PDN pages must hold something (`minItems: 1`); an empty source publishes no file."""


def package_uri(source: Source, *, year: str | int, kind: str = "packages") -> str:
    """A name for the package that doesn't depend on where it is served or on the release it belongs to."""
    return f"urn:tequio:ocds:{kind}:{source.id}:{year}"


def package_head(
    source: Source,
    *,
    year: str | int,
    published_date: str,
    uri: str | None = None,
    publication_policy: str | None = None,
) -> dict[str, Any]:
    """Everything of a release package but `releases`.

    `published_date` is an argument because it must follow from the content (the newest release or the fetch
    that brought it), never from the clock: unchanged inputs give the same bytes.
    """
    publisher: dict[str, Any] = {"name": source.publisher.name}
    if source.publisher.rfc is not None:
        publisher |= {"scheme": RFC_SCHEME, "uid": source.publisher.rfc}
    if source.publisher.uri is not None:
        publisher["uri"] = source.publisher.uri
    head: dict[str, Any] = {
        "uri": package_uri(source, year=year) if uri is None else uri,
        "version": OCDS_VERSION,
        "extensions": list(EXTENSION_URLS),
        "publishedDate": published_date,
        "publisher": publisher,
        "license": source.licence,
    }
    if publication_policy is not None:
        head["publicationPolicy"] = publication_policy
    return head


def published_date(dates: Iterable[str | None], *, fetched_at: str) -> str:
    """The newest of `dates` that is a date-time of RFC 3339, compared as text; else `fetched_at`."""
    valid = [date for date in dates if date is not None and _DATE_TIME.is_valid(date)]
    return max(valid, default=fetched_at)


def write_release_package(stream: BinaryIO, head: Mapping[str, Any], releases: Iterable[Item]) -> int:
    """Write `{…head, "releases": […]}`; the number of releases.

    Raises:
        EmptyPackageError: no release.
    """
    return write_wrapped(stream, head, "releases", releases)


def write_record_package(stream: BinaryIO, head: Mapping[str, Any], records: Iterable[Item]) -> int:
    """Write `{…head, "records": […]}` of items made by `record`; the number of records."""
    return write_wrapped(stream, head, "records", records)


def record(
    ocid: str, *, compiled: Item, linked: Sequence[LinkedRelease] = (), embedded: Sequence[Item] = ()
) -> bytes:
    """One OCDS record: the compiled release, and its releases either linked or embedded.

    Raises:
        ValueError: both or neither given; OCDS allows one form and asks for at least one release.
    """
    if bool(linked) == bool(embedded):
        message = f"record {ocid}: give linked releases or embedded ones"
        raise ValueError(message)
    releases: Any = (
        [{"url": release.url, "date": release.date, "tag": list(release.tag)} for release in linked]
        if linked
        else [orjson.Fragment(item_bytes(release)) for release in embedded]
    )
    return orjson.dumps(
        {"ocid": ocid, "releases": releases, "compiledRelease": orjson.Fragment(item_bytes(compiled))}
    )


def pdn_page(
    records: Sequence[Item], *, page: int = 1, page_size: int | None = None, total: int | None = None
) -> bytes:
    """One page in the shape of PDN v1: `{"pagination": {…}, "results": […]}`.

    Without `page_size` and `total` the page is the whole collection. An empty collection is a page of size
    1 with no results: PDN asks for a page size of at least 1.
    """
    size = max(len(records), 1) if page_size is None else page_size
    rows = len(records) if total is None else total
    pagination = {"pageSize": size, "page": page, "totalRows": rows, "hasNextPage": page * size < rows}
    results = [orjson.Fragment(item_bytes(one)) for one in records]
    return orjson.dumps({"pagination": pagination, "results": results})


def write_wrapped(stream: BinaryIO, head: Mapping[str, Any], name: str, items: Iterable[Item]) -> int:
    """Write `head` with `name` as its last field holding `items`, one item a line; the number of items.

    Raises:
        EmptyPackageError: no item; nothing was written then.
    """
    written = 0
    for item in items:
        if written == 0:
            stream.write(orjson.dumps(head)[:-1] + b"," + orjson.dumps(name) + b":[\n")
        else:
            stream.write(b",\n")
        stream.write(item_bytes(item))
        written += 1
    if written == 0:
        message = f"no {name} to write; an empty package isn't valid"
        raise EmptyPackageError(message)
    stream.write(b"\n]}\n")
    return written


def item_bytes(item: Item) -> bytes:
    """JSON bytes of an item that may be JSON text already."""
    if isinstance(item, bytes):
        return item
    return item.encode() if isinstance(item, str) else orjson.dumps(item)
