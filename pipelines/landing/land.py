"""Landing: the pages of a fetch as one row for each record, plus a quarantine for what can't be read.

Writes `raw/landed/<source>/<generation>/{records/part-NNNN.parquet, duplicates.parquet, quarantine.parquet,
generation.json}` in one rename, and the pointer `raw/landed/<source>/current.json`. A generation is named after its
content and the parser's version: the same content is landed once, and its bytes are the same wherever it is landed.
A part that stands in an earlier generation of the source is linked, not parsed again: a delivery costs what changed
in it. Not here: what a part is and holds (`parts.py`), how items are found (`parsers.py`), which records
two generations don't share (`changes.py`), which fields a record should have (staging, JSON Schema).

Records are read through `records_query`, one row for each record the source published, rows in any order:
source_id, generation, ordinal (0-based, in the publisher's order), collection, record (JSON text as published),
record_sha256 (of the canonical JSON), package (JSON text of the package without its releases and records, or
NULL), raw_sha256, page, position, is_duplicate (the same canonical JSON stood earlier in the same collection of
this generation), duplicate_kind (how: `bytes` when the same text did, `content` when only other texts of it did –
another order of keys, other blanks, another form of a number –, NULL when it is no duplicate).

`duplicates.parquet`, only where there are any: ordinal, duplicate_kind.

`quarantine.parquet`, one row for each item that can't be used: source_id, generation, raw_sha256, page,
position, reason_code, reason (Spanish), excerpt_masked.

A generation landed before there were parts has one `records.parquet` with the columns above. It is read as it
stands, and never written again: receipts name its bytes.
"""

import hashlib
import shutil
import uuid
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import sql
from pipelines.home import PRIVATE_MODE, Home, fsync_path, link_file, read_json, sha256_file, write_json
from pipelines.landing import spilling
from pipelines.landing.archive import RawArchive
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import PARSER_VERSION
from pipelines.landing.part_processes import write_parts
from pipelines.landing.parts import QUARANTINE_SCHEMA as QUARANTINE_OF_A_PART
from pipelines.landing.parts import (
    Job,
    Part,
    Written,
    in_parts,
    part_digest,
    part_file,
    quarantine_file,
)
from pipelines.ordinals import Ordinals, within
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Fetch, last_with_content
from pipelines.progress import report
from pipelines.registry import Source

PARTS_FOLDER = "records"
DUPLICATES_FILE = "duplicates.parquet"
QUARANTINE_FILE = "quarantine.parquet"
GENERATION_FILE = "generation.json"
CURRENT_FILE = "current.json"
# What a generation without parts has in their place.
SINGLE_FILE = "records.parquet"

DUPLICATES_SCHEMA = pa.schema(
    [
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("duplicate_kind", pa.string(), nullable=False),
    ]
)
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("generation", pa.string(), nullable=False),
        *QUARANTINE_OF_A_PART,
    ]
)
# While duplicates are sought; beyond it DuckDB spills beside the generation being written.
MEMORY_LIMIT = "256MB"
# Hashes that are held at once in looking whether any of a generation is repeated.
COUNTED_AT_ONCE = 100_000
THREADS = 2

_COLUMNS_OF_A_PART = "collection, record, record_sha256, package, raw_sha256, page, position"
_NO_RECORDS = (
    "SELECT NULL::VARCHAR AS source_id, NULL::VARCHAR AS generation, NULL::BIGINT AS ordinal, "
    "NULL::VARCHAR AS collection, NULL::VARCHAR AS record, NULL::VARCHAR AS record_sha256, "
    "NULL::VARCHAR AS package, NULL::VARCHAR AS raw_sha256, NULL::INTEGER AS page, NULL::VARCHAR AS position, "
    "NULL::BOOLEAN AS is_duplicate, NULL::VARCHAR AS duplicate_kind WHERE false"
)


@dataclass(frozen=True)
class Generation:
    """One landed content of a source.

    `records` counts those that aren't duplicates: when complete, declared = records + duplicates +
    quarantined. `fetched_at`: start of the first fetch that brought this content. `encoding`: of all bodies,
    comma separated (workbooks have none). `columns`: headers as published (in order, united over files and
    sheets); empty for JSON. `landed_sha256`: over the bytes of the parts and which records are duplicates.
    `parts`: in order; None for a generation that was landed before there were parts.
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
    parts: tuple[Part, ...] | None = None


class LandingError(Exception):
    """What was landed doesn't add up with what was fetched: a mistake of ours, never of the portal."""


def folder(home: Home, source_id: str, generation: str) -> Path:
    """Where a generation stands."""
    return home.landed / source_id / generation


def records_query(home: Home, generation: Generation, *, only: Sequence[Ordinals] | None = None) -> str:
    """DuckDB query: the landed records of a generation, with the columns this module describes.

    `only`: the ordinals of those to read, in order; all of them by default. A column that isn't asked for isn't read, and
    rows are joined only where the generation has duplicates.
    """
    if generation.parts is None:
        single = folder(home, generation.source_id, generation.generation) / SINGLE_FILE
        query = f"SELECT * FROM {_parquet([single])}"  # noqa: S608 (our own file)
        return query if only is None else f"{query} WHERE {within(only)}"
    read = [part for part in generation.parts if only is None or _is_among(part, only)]
    if not read:
        return _NO_RECORDS
    kind = "repeated.duplicate_kind" if generation.duplicates else "NULL::VARCHAR"
    query = (
        f"SELECT {sql.text(generation.source_id)} AS source_id, {sql.text(generation.generation)} AS generation, "  # noqa: S608
        f"{_ordinal(read)} AS ordinal, {_COLUMNS_OF_A_PART}, "
        f"{kind} IS NOT NULL AS is_duplicate, {kind} AS duplicate_kind "
        f"FROM {_parquet(_part_path(home, generation, part) for part in read)} AS landed"
    )
    if generation.duplicates:
        duplicates = folder(home, generation.source_id, generation.generation) / DUPLICATES_FILE
        query += f" LEFT JOIN {_parquet([duplicates])} AS repeated ON repeated.ordinal = {_ordinal(read)}"
    return query if only is None else f"SELECT * FROM ({query}) WHERE {within(only)}"  # noqa: S608


def quarantine_path(home: Home, generation: Generation) -> Path:
    """The quarantine of a generation."""
    return folder(home, generation.source_id, generation.generation) / QUARANTINE_FILE


def read_generation(home: Home, source_id: str, generation: str) -> Generation | None:
    """A landed generation by its name."""
    path = folder(home, source_id, generation) / GENERATION_FILE
    if not path.is_file():
        return None
    document = read_json(path)
    found = document.get("parts")
    return Generation(
        **{
            **document,
            "state": FetchState(document["state"]),
            "columns": tuple(document["columns"]),
            "parts": None if found is None else tuple(_part(each) for each in found),
        }
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
        fsync_path(target.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return landed


def _write_files(source: Source, fetch: Fetch, *, name: str, staged: Path, home: Home) -> Generation:
    made = _write_parts(source, fetch, staged=staged, home=home)
    quarantined = sum(part.quarantined for part in made)
    rows = sum(part.rows for part in made)
    found = rows + quarantined
    declared = fetch.declared
    if fetch.parser_version != PARSER_VERSION:
        # Archived by an earlier version of ours, whose readers may have counted otherwise.
        declared = found if fetch.declared_by == "count" else declared
    elif found != fetch.rows or (fetch.state is not FetchState.PARTIAL and found != declared):
        raise LandingError(f"{source.id}: landed {found} items, fetched {fetch.rows}, declared {declared}")
    duplicates, distinct_ids = _write_duplicates(made, staged)
    _write_quarantine(made, source_id=source.id, generation=name, staged=staged)
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
        records=rows - duplicates,
        duplicates=duplicates,
        quarantined=quarantined,
        distinct_ids=distinct_ids,
        landed_sha256=_landed_sha256(made, staged),
        encoding=",".join(sorted({encoding for part in made for encoding in part.encodings})),
        columns=tuple(dict.fromkeys(column for part in made for column in part.columns)),
        content_digest=fetch.content_digest or "",
        parser_version=PARSER_VERSION,
        parts=tuple(made),
    )


def _write_parts(source: Source, fetch: Fetch, *, staged: Path, home: Home) -> list[Part]:
    """The parts of a fetch in `staged`: linked where an earlier generation has them, else written."""
    archive = RawArchive(home)
    target = staged / PARTS_FOLDER
    target.mkdir(mode=PRIVATE_MODE)
    chunks = list(in_parts(fetch.pages))
    digests = [part_digest(source.family, pages, parser_version=PARSER_VERSION) for pages in chunks]
    standing = dict(_standing(home, source.id, set(digests)))
    made: list[Part | None] = [None] * len(chunks)
    jobs: list[tuple[int, Job]] = []
    for place, (pages, digest) in enumerate(zip(chunks, digests, strict=True)):
        file = target / part_file(place + 1)
        if digest in standing:
            path, part = standing[digest]
            link_file(path, file)
            if part.quarantined:
                link_file(quarantine_file(path), quarantine_file(file))
            made[place] = replace(part, file=file.name)
        else:
            bodies = tuple(str(archive.path(page.sha256)) for page in pages)
            is_counted = fetch.parser_version == PARSER_VERSION
            jobs.append((place, Job(source.family, pages, bodies, str(file), is_counted)))
    _report(source, made)
    for number, written in write_parts([job for _, job in jobs]):
        place = jobs[number][0]
        made[place] = _made(part_file(place + 1), digests[place], written)
        _report(source, made)
    fsync_path(target)
    return list(_in_order(part for part in made if part is not None))


def _report(source: Source, made: Sequence[Part | None]) -> None:
    done = [part for part in made if part is not None]
    rows, quarantined = sum(part.rows for part in done), sum(part.quarantined for part in done)
    report(source.id, "land", rows=rows, quarantined=quarantined)


def _made(file: str, digest: str, written: Written) -> Part:
    return Part(
        file=file,
        digest=digest,
        sha256=written.sha256,
        bytes=written.bytes,
        rows=written.rows,
        quarantined=written.quarantined,
        first_ordinal=0,
        encodings=written.encodings,
        columns=written.columns,
    )


def _in_order(made: Iterable[Part]) -> Iterator[Part]:
    """The parts, each with the ordinal it begins at."""
    first_ordinal = 0
    for part in made:
        yield replace(part, first_ordinal=first_ordinal)
        first_ordinal += part.rows


def _standing(home: Home, source_id: str, wanted: Collection[str]) -> Iterator[tuple[str, tuple[Path, Part]]]:
    """Where the wanted parts stand already in generations of the source, by digest; newest generations first."""
    missing = set(wanted)
    folders = [path.parent for path in (home.landed / source_id).glob(f"[!.]*/{GENERATION_FILE}")]
    for one in sorted(folders, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True):
        if not missing:
            return
        generation = read_generation(home, source_id, one.name)
        for part in () if generation is None or generation.parts is None else generation.parts:
            path = one / PARTS_FOLDER / part.file
            if part.digest in missing and _is_there(path, part):
                missing.remove(part.digest)
                yield part.digest, (path, part)


def _is_there(path: Path, part: Part) -> bool:
    """Whether the files of a part stand; one that lost bytes is written again from what was archived."""
    is_whole = path.is_file() and path.stat().st_size == part.bytes
    return is_whole and (not part.quarantined or quarantine_file(path).is_file())


def _write_duplicates(made: Sequence[Part], staged: Path) -> tuple[int, int]:
    """Find the duplicates over all parts and write them; returns how many, and how many names records have.

    The first record of a content is the original. A later one repeats its bytes when its text stood before.
    """
    if not made:
        return 0, 0
    files = [staged / PARTS_FOLDER / part.file for part in made]
    if sum(part.rows for part in made) <= COUNTED_AT_ONCE:
        # Most sources are small and repeat nothing, and a DuckDB takes longer to open than they to be counted.
        named = pa.concat_tables(
            pq.read_table(file, columns=["content_hash", "identity_hash"]) for file in files
        )
        if pc.count_distinct(named["content_hash"], mode="all").as_py() == named.num_rows:
            return 0, pc.count_distinct(named["identity_hash"], mode="only_valid").as_py()
    hashes = (
        f"SELECT {_ordinal(made)} AS ordinal, content_hash, text_hash, identity_hash "  # noqa: S608 (our own files)
        f"FROM {_parquet(files)} AS landed"
    )
    with spilling.connect(staged / "spill", memory_limit=MEMORY_LIMIT) as connection:
        connection.execute(f"SET threads = {THREADS}")
        ((distinct_ids,),) = connection.execute(
            f"SELECT count(DISTINCT identity_hash) FROM ({hashes})"  # noqa: S608
        ).fetchall()
        found = connection.sql(
            f"WITH hashes AS ({hashes}), "  # noqa: S608
            "originals AS (SELECT content_hash, min(ordinal) AS original FROM hashes "
            "GROUP BY content_hash HAVING count(*) > 1), "
            "equal AS (SELECT hashes.ordinal, originals.original, "
            "min(hashes.ordinal) OVER (PARTITION BY originals.original, hashes.text_hash) AS first_of_text "
            "FROM hashes INNER JOIN originals USING (content_hash)) "
            "SELECT ordinal, CASE WHEN ordinal > first_of_text THEN 'bytes' ELSE 'content' END AS duplicate_kind "
            "FROM equal WHERE ordinal > original ORDER BY ordinal"
        ).to_arrow_table()
    if found.num_rows:
        pq.write_table(
            found.cast(DUPLICATES_SCHEMA), staged / DUPLICATES_FILE, compression="zstd", store_schema=False
        )
        fsync_path(staged / DUPLICATES_FILE)
    return found.num_rows, int(distinct_ids)


def _write_quarantine(made: Sequence[Part], *, source_id: str, generation: str, staged: Path) -> None:
    """The quarantine of the generation, from those of its parts."""
    path = staged / QUARANTINE_FILE
    with pq.ParquetWriter(path, QUARANTINE_SCHEMA, compression="zstd", store_schema=False) as file:
        for part in made:
            if part.quarantined:
                refused = pq.read_table(quarantine_file(staged / PARTS_FOLDER / part.file))
                named = [pa.repeat(name, refused.num_rows) for name in (source_id, generation)]
                file.write_table(pa.Table.from_arrays([*named, *refused.columns], schema=QUARANTINE_SCHEMA))
    fsync_path(path)


def _landed_sha256(made: Sequence[Part], staged: Path) -> str:
    digest = hashlib.sha256()
    for part in made:
        digest.update(f"{part.sha256}\n".encode())
    duplicates = staged / DUPLICATES_FILE
    if duplicates.is_file():
        digest.update(sha256_file(duplicates).encode())
    return digest.hexdigest()


def _part(document: dict[str, Any]) -> Part:
    return Part(
        **{**document, "encodings": tuple(document["encodings"]), "columns": tuple(document["columns"])}
    )


def _is_among(part: Part, ordinals: Sequence[Ordinals]) -> bool:
    """Whether any row of the part is within those ranges, which are in order."""
    last = part.first_ordinal + part.rows - 1
    # The last range that doesn't begin behind the part.
    at = bisect_right(ordinals, last, key=lambda found: found[0]) - 1
    return part.rows > 0 and at >= 0 and ordinals[at][1] >= part.first_ordinal


def _part_path(home: Home, generation: Generation, part: Part) -> Path:
    return folder(home, generation.source_id, generation.generation) / PARTS_FOLDER / part.file


def _ordinal(read: Sequence[Part]) -> str:
    """SQL: the ordinal of a row of the files of `read`, called `landed`.

    DuckDB counts files from 0 and the elements of a list from 1.
    """
    firsts = ", ".join(str(part.first_ordinal) for part in read)
    return f"([{firsts}]::BIGINT[])[landed.file_index::BIGINT + 1] + landed.row"


def _parquet(files: Iterable[Path]) -> str:
    listed = ", ".join(sql.text(file) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"
