"""Packages: how releases and PDN records are wrapped for publication.

Here: the envelope of an OCDS 1.1 release package and of a PDN v1 page, and writing them as a stream (a
package of a large source doesn't fit in memory). Not here: what goes into them (`public_view.py`), where
files stand (`pipelines/publication/layout.py`).
"""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import orjson

from pipelines.registry import Source
from pipelines.standards.ocds import EXTENSION_URLS

OCDS_VERSION = "1.1"
# org-id.guide: RFC register of the SAT.
RFC_SCHEME = "MX-RFC"

Item = Mapping[str, Any] | str | bytes


class EmptyPackageError(ValueError):
    """OCDS packages and PDN pages must hold something (`minItems: 1`); an empty source publishes no file."""


def package_head(source: Source, *, year: str, published_date: str) -> dict[str, Any]:
    """Everything of a release package but `releases`.

    `uri` is a name that doesn't depend on where the package is served or on the release it belongs to.
    `published_date` is an argument because it must follow from the content (the fetch that brought it), never
    from the clock: unchanged inputs give the same bytes.
    """
    publisher: dict[str, Any] = {"name": source.publisher.name}
    if source.publisher.rfc is not None:
        publisher |= {"scheme": RFC_SCHEME, "uid": source.publisher.rfc}
    if source.publisher.uri is not None:
        publisher["uri"] = source.publisher.uri
    return {
        "uri": f"urn:tequio:ocds:packages:{source.id}:{year}",
        "version": OCDS_VERSION,
        "extensions": list(EXTENSION_URLS),
        "publishedDate": published_date,
        "publisher": publisher,
        "license": source.licence,
    }


def write_release_package(stream: BinaryIO, head: Mapping[str, Any], releases: Iterable[Item]) -> int:
    """Write `{…head, "releases": […]}`; the number of releases.

    Raises:
        EmptyPackageError: no release.
    """
    return _write_wrapped(stream, head, "releases", releases)


def write_pdn_page(stream: BinaryIO, records: Iterable[Item], *, total: int) -> int:
    """Write all `total` records as one page, `{"pagination": {…}, "results": […]}`; the number of records.

    Raises:
        EmptyPackageError: no record.
    """
    head = {"pagination": {"pageSize": total, "page": 1, "totalRows": total, "hasNextPage": False}}
    return _write_wrapped(stream, head, "results", records)


def _write_wrapped(stream: BinaryIO, head: Mapping[str, Any], name: str, items: Iterable[Item]) -> int:
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
        stream.write(_item_bytes(item))
        written += 1
    if written == 0:
        message = f"no {name} to write; an empty package isn't valid"
        raise EmptyPackageError(message)
    stream.write(b"\n]}\n")
    return written


def _item_bytes(item: Item) -> bytes:
    """JSON bytes of an item that may be JSON text already."""
    if isinstance(item, bytes):
        return item
    return item.encode() if isinstance(item, str) else orjson.dumps(item)
