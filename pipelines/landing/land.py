"""Landing: the pages of a fetch as one row for each record, plus a quarantine for what can't be read.

Writes `raw/landed/<source>/<generation>/{records.parquet, quarantine.parquet, generation.json}` in one
rename, and the pointer `raw/landed/<source>/current.json`. A generation is named after its content and the
parser's version: the same content is landed once, and its bytes are the same wherever it is landed. Not here:
how items are found (`parsers.py`), which fields a record should have (staging, JSON Schema).

`records.parquet`, one row for each record the source published, in its order:
source_id, generation, ordinal (0-based), collection, record (JSON text as published), record_sha256 (of the
canonical JSON), package (JSON text of the package without its releases and records, or NULL), raw_sha256,
page, position, is_duplicate (the same canonical JSON stood earlier in the same collection of this
generation), duplicate_kind (how: `bytes` when the same text did, `content` when only other texts of it did –
another order of keys, other blanks, another form of a number –, NULL when it is no duplicate).

`quarantine.parquet`, one row for each item that can't be used: source_id, generation, raw_sha256, page,
position, reason_code, reason (Spanish), excerpt_masked.
"""

import hashlib
import os
import shutil
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.home import PRIVATE_MODE, Home, fsync_folder, read_json, sha256_file, write_json
from pipelines.landing.archive import RawArchive
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import PARSER_VERSION, masked_excerpt, parse_page
from pipelines.portals.errors import FetchState
from pipelines.portals.items import Item
from pipelines.portals.pages import Fetch, Page, last_with_content
from pipelines.progress import report
from pipelines.registry import Source

RECORDS_FILE = "records.parquet"
QUARANTINE_FILE = "quarantine.parquet"
GENERATION_FILE = "generation.json"
CURRENT_FILE = "current.json"

RECORDS_SCHEMA = pa.schema(
    [
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("generation", pa.string(), nullable=False),
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("collection", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("record_sha256", pa.string(), nullable=False),
        pa.field("package", pa.string()),
        pa.field("raw_sha256", pa.string(), nullable=False),
        pa.field("page", pa.int32(), nullable=False),
        pa.field("position", pa.string(), nullable=False),
        pa.field("is_duplicate", pa.bool_(), nullable=False),
        pa.field("duplicate_kind", pa.string()),
    ]
)
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("generation", pa.string(), nullable=False),
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
DICTIONARY_COLUMNS = [
    "source_id",
    "generation",
    "collection",
    "package",
    "raw_sha256",
    "page",
    "is_duplicate",
    "duplicate_kind",
]
# A row group must fit in memory several times over while DuckDB reads it.
GROUP_ROWS = 10_000
GROUP_CHARS = 32 << 20


@dataclass(frozen=True)
class Generation:
    """One landed content of a source.

    `records` counts those that aren't duplicates: when complete, declared = records + duplicates +
    quarantined. `fetched_at`: start of the first fetch that brought this content. `encoding`: of all bodies,
    comma separated (workbooks have none). `columns`: headers as published (in order, united over files and
    sheets); empty for JSON.
    """

    source_id: str
    generation: str
    family: str
    fetch_id: str
    fetched_at: str
    state: FetchState
    declared: int | None
    declared_by: Literal["portal", "count"] | None
    records: int
    duplicates: int
    quarantined: int
    distinct_ids: int
    landed_sha256: str
    encoding: str
    columns: tuple[str, ...]
    content_digest: str
    parser_version: str


class LandingError(Exception):
    """What was landed doesn't add up with what was fetched: a mistake of ours, never of the portal."""


def folder(home: Home, source_id: str, generation: str) -> Path:
    """Where a generation stands."""
    return home.landed / source_id / generation


def records_path(home: Home, generation: Generation) -> Path:
    """The landed records of a generation."""
    return folder(home, generation.source_id, generation.generation) / RECORDS_FILE


def quarantine_path(home: Home, generation: Generation) -> Path:
    """The quarantine of a generation."""
    return folder(home, generation.source_id, generation.generation) / QUARANTINE_FILE


def read_generation(home: Home, source_id: str, generation: str) -> Generation | None:
    """A landed generation by its name."""
    path = folder(home, source_id, generation) / GENERATION_FILE
    if not path.is_file():
        return None
    document = read_json(path)
    return Generation(
        **{**document, "state": FetchState(document["state"]), "columns": tuple(document["columns"])}
    )


def current(home: Home, source_id: str) -> Generation | None:
    """The newest landed generation of a source, complete or partial."""
    pointer = home.landed / source_id / CURRENT_FILE
    return read_generation(home, source_id, read_json(pointer)["generation"]) if pointer.is_file() else None


def land_last(source: Source, *, home: Home) -> Generation | None:
    """Land what the newest fetch with content brought; None when none ever did.

    After a fetch that brought nothing this finds what is landed already, or what a killed run left unlanded.

    Raises:
        LandingError: as `land`.
    """
    fetch = last_with_content(home, source.id)
    return None if fetch is None else land(source, fetch, home=home)


def land(source: Source, fetch: Fetch, *, home: Home) -> Generation | None:
    """Land what a fetch brought, point `current` to it and complete the ledger's row.

    None when the fetch brought nothing to land (empty, or a fault); `current` then stays.

    Raises:
        LandingError: the counts don't add up.
    """
    if not fetch.state.has_content or fetch.content_digest is None:
        return None
    name = hashlib.sha256(f"{fetch.content_digest}\n{PARSER_VERSION}".encode()).hexdigest()[:16]
    landed = read_generation(home, source.id, name)
    if landed is None:
        landed = _write(source, fetch, name=name, home=home)
    write_json(home.landed / source.id / CURRENT_FILE, {"generation": name})
    _complete_ledger(fetch, landed, home)
    report(
        source.id, "land", rows=landed.records, duplicates=landed.duplicates, quarantined=landed.quarantined
    )
    return landed


def _complete_ledger(fetch: Fetch, landed: Generation, home: Home) -> None:
    ledger = Ledger(home)
    row = ledger.row(fetch.source_id, fetch.fetch_id)
    if row is None:
        return
    if fetch.parser_version != PARSER_VERSION:
        found = landed.records + landed.duplicates + landed.quarantined
        row = replace(row, rows=found, declared=landed.declared)
    ledger.write(
        replace(
            row,
            generation=landed.generation,
            quarantined=landed.quarantined,
            duplicates=landed.duplicates,
            distinct_ids=landed.distinct_ids,
        )
    )


def _write(source: Source, fetch: Fetch, *, name: str, home: Home) -> Generation:
    target = folder(home, source.id, name)
    target.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    staged = target.parent / f".{name}.{uuid.uuid4().hex}.part"
    staged.mkdir(mode=PRIVATE_MODE)
    try:
        landed = _write_files(source, fetch, name=name, staged=staged, home=home)
        write_json(staged / GENERATION_FILE, asdict(landed))
        if target.is_dir():
            # A folder without its generation.json is what a killed copy of the home left.
            shutil.rmtree(target)
        staged.rename(target)
        fsync_folder(target.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return landed


def _write_files(source: Source, fetch: Fetch, *, name: str, staged: Path, home: Home) -> Generation:
    archive = RawArchive(home)
    writer = _Writer(source, name, staged)
    encodings: set[str] = set()
    columns: dict[str, None] = {}
    try:
        for page in fetch.pages:
            with parse_page(source, page, archive.path(page.sha256)) as parsed:
                for item in parsed.items:
                    writer.add(item, page)
                if parsed.encoding is not None:
                    encodings.add(parsed.encoding)
                columns.update(dict.fromkeys(parsed.columns))
            report(source.id, "land", rows=writer.records + writer.duplicates, quarantined=writer.quarantined)
    finally:
        writer.close()
    found = writer.records + writer.duplicates + writer.quarantined
    declared = fetch.declared
    if fetch.parser_version != PARSER_VERSION:
        # Archived by an earlier version of ours, whose readers may have counted otherwise.
        declared = found if fetch.declared_by == "count" else declared
    elif found != fetch.rows or (fetch.state is not FetchState.PARTIAL and found != declared):
        raise LandingError(f"{source.id}: landed {found} items, fetched {fetch.rows}, declared {declared}")
    for file in (RECORDS_FILE, QUARANTINE_FILE):
        _sync(staged / file)
    first = Ledger(home).first_with_digest(source.id, fetch.content_digest or "")
    return Generation(
        source_id=source.id,
        generation=name,
        family=source.family,
        fetch_id=fetch.fetch_id if first is None else first.fetch_id,
        fetched_at=fetch.started_at if first is None else first.started_at,
        state=FetchState.PARTIAL if fetch.state is FetchState.PARTIAL else FetchState.COMPLETE,
        declared=declared,
        declared_by=fetch.declared_by,
        records=writer.records,
        duplicates=writer.duplicates,
        quarantined=writer.quarantined,
        distinct_ids=len(writer.identities),
        landed_sha256=sha256_file(staged / RECORDS_FILE),
        encoding=",".join(sorted(encodings)),
        columns=tuple(columns),
        content_digest=fetch.content_digest or "",
        parser_version=PARSER_VERSION,
    )


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


class _Writer:
    """Writes items to the two Parquet files, counting."""

    def __init__(self, source: Source, generation: str, staged: Path) -> None:
        self.records = 0
        self.duplicates = 0
        self.quarantined = 0
        self.identities: set[bytes] = set()
        self._source_id = source.id
        self._generation = generation
        self._seen: set[bytes] = set()
        self._seen_texts: set[bytes] = set()
        self._rows: list[tuple[Any, ...]] = []
        self._chars = 0
        self._refused: list[tuple[Any, ...]] = []
        options = {"compression": "zstd", "use_dictionary": DICTIONARY_COLUMNS, "store_schema": False}
        self._records_file = pq.ParquetWriter(staged / RECORDS_FILE, RECORDS_SCHEMA, **options)
        self._quarantine_file = pq.ParquetWriter(
            staged / QUARANTINE_FILE, QUARANTINE_SCHEMA, compression="zstd", store_schema=False
        )

    def add(self, item: Item, page: Page) -> None:
        """Take one item."""
        if item.problem is not None or item.sha256 is None:
            assert item.problem is not None
            self.quarantined += 1
            self._refused.append(
                (
                    self._source_id,
                    self._generation,
                    page.sha256,
                    page.number,
                    item.position,
                    item.problem.code,
                    item.problem.reason,
                    masked_excerpt(item.text),
                )
            )
            return
        # Hashes keep the sets small: a name can be as long as the publisher likes.
        content = hashlib.blake2b(f"{item.collection}\n{item.sha256}".encode(), digest_size=16).digest()
        name = f"{item.collection}\n{item.identity or item.sha256}".encode("utf-8", "surrogatepass")
        self.identities.add(hashlib.blake2b(name, digest_size=16).digest())
        text = hashlib.blake2b(
            f"{item.collection}\n{item.text}".encode("utf-8", "surrogatepass"), digest_size=16
        )
        is_duplicate = content in self._seen
        kind = None if not is_duplicate else "bytes" if text.digest() in self._seen_texts else "content"
        self._seen.add(content)
        self._seen_texts.add(text.digest())
        ordinal = self.records + self.duplicates
        self._rows.append(
            (
                self._source_id,
                self._generation,
                ordinal,
                item.collection,
                item.text,
                item.sha256,
                item.package,
                page.sha256,
                page.number,
                item.position,
                is_duplicate,
                kind,
            )
        )
        self._chars += len(item.text)
        if is_duplicate:
            self.duplicates += 1
        else:
            self.records += 1
        if len(self._rows) >= GROUP_ROWS or self._chars >= GROUP_CHARS:
            self._flush()

    def close(self) -> None:
        """Write what is left and the footers."""
        self._flush()
        self._quarantine_file.write_table(_table(self._refused, QUARANTINE_SCHEMA))
        self._records_file.close()
        self._quarantine_file.close()

    def _flush(self) -> None:
        if self._rows:
            self._records_file.write_table(_table(self._rows, RECORDS_SCHEMA))
        self._rows.clear()
        self._chars = 0


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(list(column), type=each.type) for column, each in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
