"""Packages: how releases, records and PDN records are wrapped for publication.

Here: the envelope of an OCDS 1.1 release package, of a record package and of a PDN v1 page, writing them as a stream
(a package of a large source doesn't fit in memory), and reading our own release packages back, process by process, as
versioned releases. Not here: what goes into them (`public_view.py`), the merge (`compile.py`), where files stand
(`pipelines/publication/layout.py`).

Linked releases: OCDS 1.1.5 wants an absolute URI, the release package's address with the release's `id` as fragment
(https://standard.open-contracting.org/1.1/en/schema/records_reference/#linked-releases), and the ids are unique within
an ocid only, so a release is found by (`ocid`, fragment). The address of ours is the package's own `uri`, the name
`urn:tequio:ocds:packages:<source>:<year>` of the file `ocds/packages/<source>/<year>.json`: a slice is built before
anybody knows where it will be served, its bytes must not depend on that, and a release is often read from a copy on
disk. The standard also asks that the package can be retrieved at the address; a name needs the one sentence above (it
stands in the README of every release, too). Embedded releases would need no address but would publish every release
twice.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

import orjson

from pipelines.registry import Source
from pipelines.standards.compile import MergeConflictError, versioned_release
from pipelines.standards.ocds import EXTENSION_URLS

OCDS_VERSION = "1.1"
# org-id.guide: RFC register of the SAT.
RFC_SCHEME = "MX-RFC"

# What RFC 3986 lets a fragment hold besides letters and digits; anything else is percent-encoded.
_FRAGMENT = "-._~!$&'()*+,;=:@/?"
_RELEASES_FOLLOW = b',"releases":[\n'

Item = Mapping[str, Any] | str | bytes


class Sink(Protocol):
    """What a package is written to: a file, or a compressor before one."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


class EmptyPackageError(ValueError):
    """OCDS packages and PDN pages must hold something (`minItems: 1`); an empty source publishes no file."""


class PackageFormatError(ValueError):
    """A file isn't a release package as `write_release_package` writes them; the message says what was found."""


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
        "uri": package_uri(source.id, year),
        "version": OCDS_VERSION,
        "extensions": list(EXTENSION_URLS),
        "publishedDate": published_date,
        "publisher": publisher,
        "license": source.licence,
    }


def package_uri(source_id: str, year: str) -> str:
    """The name of a source's release package of one year."""
    return f"urn:tequio:ocds:packages:{source_id}:{year}"


def record_package_head(
    source: Source, *, year: str, published_date: str, packages: Sequence[str]
) -> dict[str, Any]:
    """Everything of a record package but `records`; `packages` are the URIs its linked releases point into."""
    return {
        **package_head(source, year=year, published_date=published_date),
        "uri": f"urn:tequio:ocds:record-packages:{source.id}:{year}",
        "packages": list(packages),
    }


def linked_release(package: str, *, release_id: str | None, date: Any, tag: Any) -> dict[str, Any]:
    """A release by its address: the package's URI with the id as fragment (without one if it has no id).

    A date or tag that the release doesn't have is left out, and then the record is as invalid as the release.
    """
    url = package if release_id is None else f"{package}#{quote(release_id, safe=_FRAGMENT)}"
    link = {"url": url, "date": date, "tag": tag}
    return {name: value for name, value in link.items() if value is not None}


def record(ocid: str, links: Sequence[Mapping[str, Any]], compiled: bytes) -> bytes:
    """A record with linked releases and the JSON text of its compiled release, as JSON text."""
    head = orjson.dumps({"ocid": ocid, "releases": list(links)})
    return head[:-1] + b',"compiledRelease":' + compiled + b"}"


def write_release_package(stream: Sink, head: Mapping[str, Any], releases: Iterable[Item]) -> int:
    """Write `{…head, "releases": […]}`; the number of releases.

    Raises:
        EmptyPackageError: no release.
    """
    return _write_wrapped(stream, head, "releases", releases)


def write_record_package(stream: Sink, head: Mapping[str, Any], records: Iterable[Item]) -> int:
    """Write `{…head, "records": […]}`; the number of records.

    Raises:
        EmptyPackageError: no record.
    """
    return _write_wrapped(stream, head, "records", records)


def write_pdn_page(stream: Sink, records: Iterable[Item], *, total: int) -> int:
    """Write all `total` records as one page, `{"pagination": {…}, "results": […]}`; the number of records.

    Raises:
        EmptyPackageError: no record.
    """
    head = {"pagination": {"pageSize": total, "page": 1, "totalRows": total, "hasNextPage": False}}
    return _write_wrapped(stream, head, "results", records)


def write_v2_page(stream: Sink, records: Iterable[Item], *, total: int) -> int:
    """Write all `total` records of one collection as PDN v2 (Directus) answers them, `{"meta": {…}, "data": […]}`; the
    number of records.

    Raises:
        EmptyPackageError: no record.
    """
    head = {"meta": {"total_count": total, "filter_count": total}}
    return _write_wrapped(stream, head, "data", records)


def _write_wrapped(stream: Sink, head: Mapping[str, Any], name: str, items: Iterable[Item]) -> int:
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


# -- reading what was published -------------------------------------------------------------------


@dataclass(frozen=True)
class PublishedPackage:
    """A release package being read: everything but `releases`, and the releases, one at a time."""

    head: Mapping[str, Any]
    releases: Iterator[dict[str, Any]]


def read_release_package(stream: BinaryIO) -> PublishedPackage:
    """Read a package that `write_release_package` wrote, line by line.

    Raises:
        PackageFormatError: the file begins otherwise; while its releases are read, also when it ends too early.
    """
    first = stream.readline()
    if not first.endswith(_RELEASES_FOLLOW):
        message = "is not a release package of Tequio: its first line doesn't end where the releases begin"
        raise PackageFormatError(message)
    head: dict[str, Any] = orjson.loads(first.removesuffix(_RELEASES_FOLLOW) + b"}")
    return PublishedPackage(head=head, releases=_releases(stream, uri=str(head["uri"])))


def _releases(stream: BinaryIO, *, uri: str) -> Iterator[dict[str, Any]]:
    for line in stream:
        if line == b"]}\n":
            return
        try:
            yield orjson.loads(line.removesuffix(b"\n").removesuffix(b","))
        except orjson.JSONDecodeError as error:
            message = f"{uri}: a line isn't one release: {error}"
            raise PackageFormatError(message) from error
    message = f"{uri}: is cut off: the end of the package is missing"
    raise PackageFormatError(message)


@dataclass(frozen=True)
class Versioned:
    """One process: its linked releases, and its versioned release or why there is none."""

    ocid: str
    links: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any] | None
    conflict: str | None = None

    @property
    def record(self) -> dict[str, Any]:
        """The process as a record of a record package."""
        return {"ocid": self.ocid, "releases": list(self.links), "versionedRelease": self.document}


def versioned_processes(
    packages: Sequence[PublishedPackage], *, ocids: Collection[str] = ()
) -> Iterator[Versioned]:
    """The processes of a source's release packages, ordered by ocid.

    `ocids`: only these; none means all. The packages are read side by side, so that memory holds the releases of one
    process and no more. Releases of equal date are merged in the order of the packages, that is by year, then by id.

    Raises:
        PackageFormatError: a package isn't ordered by ocid, or is cut off.
    """
    wanted = frozenset(ocids)
    merged = heapq.merge(*(_keyed(package) for package in packages), key=itemgetter(0))
    for ocid, members in groupby(merged, key=itemgetter(0)):
        if wanted and ocid not in wanted:
            continue
        found = list(members)
        links = tuple(_link(uri, release) for _, uri, release in found)
        try:
            document = versioned_release([release for _, _, release in found])
        except MergeConflictError as error:
            yield Versioned(ocid, links, None, conflict=str(error))
        else:
            yield Versioned(ocid, links, document)


def _link(package: str, release: Mapping[str, Any]) -> dict[str, Any]:
    release_id = release.get("id")
    return linked_release(
        package,
        release_id=None if release_id is None else str(release_id),
        date=release.get("date"),
        tag=release.get("tag"),
    )


def _keyed(package: PublishedPackage) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(ocid, URI of the package, release) of a package, which must be ordered by ocid."""
    uri, previous = str(package.head["uri"]), ""
    for release in package.releases:
        ocid = str(release["ocid"])
        if ocid < previous:
            message = f"{uri}: is not ordered by ocid: {ocid} after {previous}"
            raise PackageFormatError(message)
        previous = ocid
        yield ocid, uri, release


def write_versioned(
    stream: Sink,
    packages: Sequence[PublishedPackage],
    *,
    source_id: str,
    ocids: Collection[str] = (),
    as_package: bool = False,
) -> list[str]:
    """Write the versioned release of each process of `packages`, one a line or as one record package.

    Returns what is missing, each naming source and ocid: processes whose releases contradict each other, and `ocids`
    that aren't there. Nothing is written when no process is left.

    Raises:
        PackageFormatError: a package isn't ordered by ocid, or is cut off.
    """
    missing: list[str] = []
    left = set(ocids)

    def usable() -> Iterator[Versioned]:
        for one in versioned_processes(packages, ocids=ocids):
            left.discard(one.ocid)
            if one.conflict is None:
                yield one
            else:
                missing.append(f"{source_id}: {one.ocid}: {one.conflict}")

    if as_package:
        records = (one.record for one in usable())
        # Whether there is any record is known when they were read; an empty package would not be valid.
        with suppress(EmptyPackageError):
            write_record_package(stream, versioned_package_head(source_id, packages), records)
    else:
        for one in usable():
            stream.write(orjson.dumps(one.document) + b"\n")
    missing += [f"{source_id}: {ocid}: no release of this process is published" for ocid in sorted(left)]
    return missing


def versioned_package_head(source_id: str, packages: Sequence[PublishedPackage]) -> dict[str, Any]:
    """Everything of a record package of versioned releases but `records`, from the heads of what it is made of."""
    last = max((package.head for package in packages), key=lambda head: str(head["publishedDate"]))
    return {
        **last,
        "uri": f"urn:tequio:ocds:versioned-records:{source_id}",
        "packages": [str(package.head["uri"]) for package in packages],
    }
