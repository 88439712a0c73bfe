"""Parts: consecutive pages of a fetch landed as one Parquet file, the same wherever and whenever they are landed.

Here: which pages make a part, the digest of what goes into it, the writing of its files. Nothing in a part depends
on other parts or on the generation it belongs to, so that a part whose digest stands in an earlier generation of
the source is that one's file (`land.py`). Not here: the processes parts are written in (`part_processes.py`), how
items are found (`parsers.py`).

`part-NNNN.parquet`, one row for each record, in the publisher's order: row (0-based within the part), collection,
record (JSON text as published), record_sha256 (of the canonical JSON), package (JSON text of the package without
its releases and records, or NULL), raw_sha256, page, position; and what duplicates are found by, 16 bytes each, the
collection included: content_hash (of the canonical JSON), text_hash (of the text), identity_hash (of what names the
record, of its content where nothing does).

`part-NNNN.quarantine.parquet`, one row for each item that can't be used, only where there are any: raw_sha256, page,
position, reason_code, reason (Spanish), excerpt_masked.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.home import fsync_path, sha256_file
from pipelines.landing.parsers import masked_excerpt, parse_page
from pipelines.portals.items import Item
from pipelines.portals.pages import Page

# Changes with the columns of a part's files: parts of another format are never taken for these.
PART_FORMAT = 1
# A part is full at so many items or archived bytes …
FULL_ITEMS = 10_000
FULL_BYTES = 32 << 20
# … and ends at an eighth of it after a page whose number is a multiple of this. When a page in the middle grows, the
# boundaries behind it fall into step again instead of moving all the way to the end.
STEP_PAGES = 32
STEP_SHARE = 8
# A row group must fit in memory several times over while it is written and while DuckDB reads it.
GROUP_ROWS = 10_000
GROUP_CHARS = 8 << 20
HASH_BYTES = 16

RECORDS_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("collection", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("record_sha256", pa.string(), nullable=False),
        pa.field("package", pa.string()),
        pa.field("raw_sha256", pa.string(), nullable=False),
        pa.field("page", pa.int32(), nullable=False),
        pa.field("position", pa.string(), nullable=False),
        pa.field("content_hash", pa.binary(HASH_BYTES), nullable=False),
        pa.field("text_hash", pa.binary(HASH_BYTES), nullable=False),
        pa.field("identity_hash", pa.binary(HASH_BYTES), nullable=False),
    ]
)
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("raw_sha256", pa.string(), nullable=False),
        pa.field("page", pa.int32(), nullable=False),
        pa.field("position", pa.string(), nullable=False),
        pa.field("reason_code", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("excerpt_masked", pa.string(), nullable=False),
    ]
)
# Few distinct values: a dictionary pays. Record texts are all different: there it would cost memory for
# nothing.
DICTIONARY_COLUMNS = ["collection", "package", "raw_sha256", "page"]


@dataclass(frozen=True)
class Part:
    """One part of a generation.

    `file`: its name in the generation's folder of parts. `digest`: of what went in. `sha256`, `bytes`: of the file.
    `rows`: records, duplicates among them. `first_ordinal`: the ordinal of row 0 in this generation. `encodings`:
    of its bodies, in order. `columns`: headers as published.
    """

    file: str
    digest: str
    sha256: str
    bytes: int
    rows: int
    quarantined: int
    first_ordinal: int
    encodings: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """One part to write: its pages and where their bodies stand, the file to make.

    `is_counted`: the readers of today counted the items of the pages.
    """

    family: str
    pages: tuple[Page, ...]
    bodies: tuple[str, ...]
    file: str
    is_counted: bool

    @property
    def bytes(self) -> int:
        """Archived bytes of its pages."""
        return sum(page.bytes for page in self.pages)


@dataclass(frozen=True)
class Written:
    """What writing a part found; names as in `Part`."""

    sha256: str
    bytes: int
    rows: int
    quarantined: int
    encodings: tuple[str, ...]
    columns: tuple[str, ...]


def part_file(number: int) -> str:
    """The name of the part of that number, counted from 1."""
    return f"part-{number:04d}.parquet"


def quarantine_file(records: Path) -> Path:
    """Where the items of a part that can't be used stand, if it has any."""
    return records.with_suffix(".quarantine.parquet")


def in_parts(pages: Sequence[Page]) -> Iterator[tuple[Page, ...]]:
    """Consecutive pages that make a part each. A page is never divided: a large one is a part by itself.

    Depends on nothing but numbers, items and bytes of the pages, and on no page that comes later: the same pages
    fall into the same parts, and pages that come after them leave all but the last as it was.
    """
    gathered: list[Page] = []
    items = size = 0
    for page in pages:
        gathered.append(page)
        items += page.items
        size += page.bytes
        share = STEP_SHARE if page.number % STEP_PAGES == 0 else 1
        if items * share >= FULL_ITEMS or size * share >= FULL_BYTES:
            yield tuple(gathered)
            gathered.clear()
            items = size = 0
    if gathered:
        yield tuple(gathered)


def part_digest(family: str, pages: Sequence[Page], *, parser_version: str) -> str:
    """sha256 of all that decides what a part holds: the bodies, their numbers and how they are read."""
    read = [
        [
            page.number,
            page.collection,
            page.format,
            page.sha256,
            page.items,
            page.options,
            page.is_short,
            page.is_one_of_many,
        ]
        for page in pages
    ]
    content = [PART_FORMAT, parser_version, family, read]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def write_part(job: Job) -> Written:
    """Read the pages of a part and write its files, durably.

    Raises:
        BodyFault: a body isn't of its format (the fetch would have refused it).
    """
    records = Path(job.file)
    encodings: dict[str, None] = {}
    columns: dict[str, None] = {}
    writer = _Writer(records)
    try:
        for page, body in zip(job.pages, job.bodies, strict=True):
            with parse_page(job.family, page, Path(body), is_counted=job.is_counted) as parsed:
                for item in parsed.items:
                    writer.add(item, page)
                if parsed.encoding is not None:
                    encodings[parsed.encoding] = None
                columns.update(dict.fromkeys(parsed.columns))
    finally:
        writer.close()
    fsync_path(records)
    if writer.quarantined:
        fsync_path(quarantine_file(records))
    return Written(
        sha256=sha256_file(records),
        bytes=records.stat().st_size,
        rows=writer.rows,
        quarantined=writer.quarantined,
        encodings=tuple(encodings),
        columns=tuple(columns),
    )


def table(columns: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Columns of Python values as a table."""
    arrays = [pa.array(column, type=each.type) for column, each in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Writer:
    """Writes the items of a part to its two files, counting."""

    def __init__(self, records: Path) -> None:
        self.rows = 0
        self.quarantined = 0
        self._rows: list[tuple[Any, ...]] = []
        self._chars = 0
        self._refused: list[tuple[Any, ...]] = []
        self._quarantine = quarantine_file(records)
        self._quarantine_file: pq.ParquetWriter | None = None
        self._records_file = pq.ParquetWriter(
            records,
            RECORDS_SCHEMA,
            compression="zstd",
            use_dictionary=DICTIONARY_COLUMNS,
            store_schema=False,
        )

    def add(self, item: Item, page: Page) -> None:
        """Take one item."""
        if item.problem is not None or item.sha256 is None:
            self._refuse(item, page)
            return
        collection = item.collection.encode("utf-8", "surrogatepass") + b"\n"
        sha256 = item.sha256.encode("ascii")
        identity = sha256 if not item.identity else item.identity.encode("utf-8", "surrogatepass")
        text = item.text.encode("utf-8", "surrogatepass")
        self._rows.append(
            (
                self.rows,
                item.collection,
                text,
                item.sha256,
                item.package,
                page.sha256,
                page.number,
                item.position,
                # Hashes stay small: a name can be as long as the publisher likes.
                hashlib.blake2b(collection + sha256, digest_size=HASH_BYTES).digest(),
                hashlib.blake2b(collection + text, digest_size=HASH_BYTES).digest(),
                hashlib.blake2b(collection + identity, digest_size=HASH_BYTES).digest(),
            )
        )
        self.rows += 1
        self._chars += len(text)
        if len(self._rows) >= GROUP_ROWS or self._chars >= GROUP_CHARS:
            self._flush()

    def _refuse(self, item: Item, page: Page) -> None:
        assert item.problem is not None
        self.quarantined += 1
        self._refused.append(
            (
                page.sha256,
                page.number,
                item.position,
                item.problem.code,
                item.problem.reason,
                masked_excerpt(item.text),
            )
        )
        if len(self._refused) >= GROUP_ROWS:
            self._flush_refused()

    def close(self) -> None:
        """Write what is left and the footers."""
        self._flush()
        self._flush_refused()
        self._records_file.close()
        if self._quarantine_file is not None:
            self._quarantine_file.close()

    def _flush(self) -> None:
        if self._rows:
            self._records_file.write_table(table(list(zip(*self._rows, strict=True)), RECORDS_SCHEMA))
        self._rows.clear()
        self._chars = 0

    def _flush_refused(self) -> None:
        if not self._refused:
            return
        if self._quarantine_file is None:
            self._quarantine_file = pq.ParquetWriter(
                self._quarantine, QUARANTINE_SCHEMA, compression="zstd", store_schema=False
            )
        self._quarantine_file.write_table(table(list(zip(*self._refused, strict=True)), QUARANTINE_SCHEMA))
        self._refused.clear()
