"""A slice: all that one source gives to a release, built once and never changed.

Here: writing a slice's files from the build's scratch database, counting its source records, and
reading it back. Not here: whether it may be published (`pipelines/quality/gate.py`), how slices
become a release (`release.py`).

A slice stands in `lake/slices/<source>/<key>/`: `files/` laid out as below the root of a release,
and `slice.json`. The key is made of source, generation, code version and, where the slice tells the
history of its records, the version log; equal inputs give equal bytes, so a slice that was lost can
be built again and still fits its receipt. Because of that nothing in it tells the time of the build,
and `code_version` must change with all that shapes the bytes (models, schemas, the key of the
pseudonyms).
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from pipelines import sql
from pipelines.home import Home, read_json, sha256_file, write_json
from pipelines.landing import land
from pipelines.landing.land import Generation
from pipelines.progress import report
from pipelines.publication import folders, layout, leaks, parquet
from pipelines.publication.new_files import new_file, new_gzip
from pipelines.quality.receipt import files_digest
from pipelines.registry import Source
from pipelines.standards.coverage import FieldCoverage
from pipelines.standards.packages import (
    Sink,
    linked_release,
    package_head,
    package_uri,
    record,
    record_package_head,
    write_pdn_page,
    write_record_package,
    write_release_package,
    write_v2_page,
)

SLICE_FACTS = "slice.json"
ROWS_AT_ONCE = 2048
# Texts of releases that are sorted at a time; twice that is needed in memory.
SORTED_BYTES = 128 << 20
KEY_LENGTH = 16
# Of a source with so few records what its slice is written from is taken out of the public view at once: a view reads
# the footers of all sources' files, which takes ten times as long as the rows of one.
NEAR_RECORDS = 2_000
# What no rule is broken by is counted in the summary and not published.
_FAILURES = "failures"
_PUBLIC_OF_ALL = ("redactions", "repairs")
_PUBLIC_OF_PROCUREMENT = ("ocds_releases", "ocds_compiled")
_PUBLIC_OF_PDN = ("pdn_records",)

# Where an object of a process stands: few rows of a table share it.
_PLACE = ("source_id", "ocid", "path")
# A version of a PDN record; no other table has these columns.
_VERSION = ("source_id", "collection", "record_key", "version")
# The year of a release and of a compiled release, as files are named.
_RELEASE_YEAR = (
    "CASE WHEN regexp_matches(release_date, '^[12][0-9]{3}-') THEN left(release_date, 4) "
    f"ELSE {sql.text(layout.UNDATED)} END"
)
_COMPILED_YEAR = f"coalesce(year::VARCHAR, {sql.text(layout.UNDATED)})"
_COVERAGE_SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("count", pa.int64()),
        ("parent_count", pa.int64()),
        ("processes_present", pa.int64()),
        ("coverage", pa.float64()),
        ("mean_cardinality", pa.float64()),
        ("covered", pa.bool_()),
    ]
)
_POSITIONS = '[{"raw_sha256": "VARCHAR", "page": "INTEGER", "position": "VARCHAR", "ordinal": "BIGINT"}]'


class SliceError(RuntimeError):
    """A slice can't be built or read; the message names the source and what to do."""


class BooksDoNotBalanceError(SliceError):
    """Source records were lost between landing and the published tables."""


@dataclass(frozen=True)
class SliceFile:
    """One file: `path` below `files/`, size in bytes, sha256, rows (None: not a table of rows)."""

    path: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Slice:
    """What one source gives, from one generation, by one version of the code.

    `counts` are source records and balance: declared = published + held_back + quarantined +
    duplicates + missing. `quarantined` = `quarantined_landing` + `unusable`; `missing` is what the
    portal declared and did not give (negative: it gave more); `records` = landed, not duplicated.
    `tables`: rows by table. `summary`: rows of `quality.quality_summary`. `redactions`: kind, path,
    count. `repairs`: kind, count of repaired values, guesses among them. `drift`: layout, collection,
    column_name, change (`new` | `missing`) and rows for each column that isn't as the layout says; None where
    no layout was recognised. `leaks`: personal ids found in the files. `content_from`, `content_until`: ISO
    dates. `version_log`: the log that its history tells (PDN; None for procurement).
    """

    source_id: str
    key: str
    generation: str
    code_version: str
    digest: str
    fetched_at: str
    landed_sha256: str
    counts: Mapping[str, int | None]
    tables: Mapping[str, int]
    files: tuple[SliceFile, ...]
    summary: tuple[Mapping[str, Any], ...]
    redactions: tuple[Mapping[str, Any], ...]
    repairs: tuple[Mapping[str, Any], ...]
    drift: tuple[Mapping[str, Any], ...] | None
    leaks: int
    content_from: str | None
    content_until: str | None
    version_log: str | None = None


def slice_id(source_id: str, generation: str) -> str:
    """Name of one source's data within one build."""
    return f"{source_id}@{generation}"


def slice_key(source: Source, *, generation: str, code_version: str, version_log: str | None = None) -> str:
    """Name of a slice's folder: by the data, the code and those declared facts that stand in the files.

    `version_log`: the same generation has another history after another log (`versions.py`); None for procurement.
    """
    facts = [source.id, source.title, source.licence, source.ocid_prefix, asdict(source.publisher)]
    inputs = orjson.dumps([*facts, generation, code_version, version_log], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(inputs).hexdigest()[:KEY_LENGTH]


def slice_folder(home: Home, source_id: str, key: str) -> Path:
    """Where a slice stands."""
    return home.slices / source_id / key


def find_slice(
    home: Home, source: Source, *, generation: str, code_version: str, version_log: str | None = None
) -> Slice | None:
    """The slice if it was built already; see `is_whole` for its bytes."""
    key = slice_key(source, generation=generation, code_version=code_version, version_log=version_log)
    return (
        read_slice(home, source.id, key)
        if (slice_folder(home, source.id, key) / SLICE_FACTS).is_file()
        else None
    )


def is_whole(home: Home, found: Slice) -> bool:
    """Whether the slice's bytes are those it says; a damaged one is built again from what landed."""
    files = slice_folder(home, found.source_id, found.key) / layout.SLICE_FILES
    hashes = [(path, sha256_file(file)) for path, file in folders.files_below(files)]
    return files_digest(hashes) == found.digest


def read_slice(home: Home, source_id: str, key: str) -> Slice:
    """Read what a slice says of itself.

    Raises:
        SliceError: when it is missing or of another version of the format.
    """
    path = slice_folder(home, source_id, key) / SLICE_FACTS
    advice = f"build it again with: tequio run --only {source_id}"
    try:
        facts = read_json(path)
        files = tuple(SliceFile(**file) for file in facts.pop("files"))
        # A slice admitted before schema version 1.1 tells neither repairs nor drift; it may still stand.
        drift = facts.get("drift")
        return Slice(
            **{
                **facts,
                "summary": tuple(facts["summary"]),
                "redactions": tuple(facts["redactions"]),
                "repairs": tuple(facts.get("repairs", ())),
                "drift": None if drift is None else tuple(drift),
            },
            files=files,
        )
    except FileNotFoundError as error:
        message = f"{path}: there is no such slice; {advice}"
        raise SliceError(message) from error
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        message = f"{path}: is not a slice of this version ({error}); delete its folder and {advice}"
        raise SliceError(message) from error


def export_slices(
    scratch_db: Path,
    *,
    slices: Sequence[tuple[Source, Generation]],
    code_version: str,
    home: Home,
    version_logs: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Slice]:
    """Write each source's slice from the build in `scratch_db`; returns them by slice id. `version_logs`: the log of
    each slice that has one, by slice id.

    Reads the schemas `standard`, `quality`, `public_view`, `staging` and `landed`. A slice that stands already
    with the bytes it says is left alone; one that was changed or is incomplete is built again.

    Raises:
        BooksDoNotBalanceError: when landed records are neither published nor counted as unusable.
    """
    built: dict[str, Slice] = {}
    if not slices:
        # Of a day on which nothing changed there is nothing in the database either.
        return built
    with (
        parquet.connect(scratch_db, spill=scratch_db.parent / "spill") as connection,
        leaks.scanner(home) as scanner,
    ):
        tables = parquet.tables(connection, schemas=("standard", "quality"))
        systems = {source.system for source, _ in slices}
        published = [
            table for table in tables if any(_is_published(table, system=system) for system in systems)
        ]
        filled = frozenset(_filled(connection, published))
        connection.execute(f"CREATE TEMP TABLE {_FAILURES} AS FROM quality.quality_results")
        for source, generation in slices:
            version_log = version_logs.get(slice_id(source.id, generation.generation))
            key = slice_key(
                source,
                generation=generation.generation,
                code_version=code_version,
                version_log=version_log,
            )
            kept = _standing(home, source.id, key)
            if kept is None:
                export = _Export(
                    connection,
                    tables=tables,
                    filled=filled,
                    source=source,
                    generation=generation,
                    code_version=code_version,
                    version_log=version_log,
                    scanner=scanner,
                )
                kept = export.write(home, key)
            report(source.id, "slice", rows=kept.counts["published"], files=len(kept.files), leaks=kept.leaks)
            built[slice_id(source.id, generation.generation)] = kept
    return built


def _is_published(relation: str, *, system: str) -> bool:
    schema, _, table = relation.partition(".")
    return schema == "standard" and layout.belongs_to(table, system)


def _filled(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The tables and the ids of the slices that they have rows of: most have none of most slices."""
    for table in tables:
        found = connection.execute(f"SELECT DISTINCT slice_id FROM {table}").fetchall()  # noqa: S608
        yield from ((table, name) for (name,) in found)


def _standing(home: Home, source_id: str, key: str) -> Slice | None:
    """The slice if it stands and its bytes are what it says; else what stands there is put away."""
    folder = slice_folder(home, source_id, key)
    _sweep_staging(folder.parent)
    if not folder.is_dir():
        return None
    if (folder / SLICE_FACTS).is_file():
        found = read_slice(home, source_id, key)
        if is_whole(home, found):
            return found
    report(source_id, "slice-damaged", key=key)
    folders.discard(folder)
    return None


def _sweep_staging(parent: Path) -> None:
    """Remove what killed builds left; only one process at a time builds a source."""
    for left in parent.glob(".staging-*"):
        shutil.rmtree(left)


class _Export:
    """The writing of one slice."""

    def __init__(  # noqa: PLR0913 (of what the slice is made, each with its name)
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        tables: Mapping[str, Mapping[str, str]],
        filled: Container[tuple[str, str]],
        source: Source,
        generation: Generation,
        code_version: str,
        version_log: str | None,
        scanner: leaks.Scanner,
    ) -> None:
        self._db = connection
        self._scanner = scanner
        self._tables = tables
        self._filled = filled
        self._source = source
        self._generation = generation
        self._code_version = code_version
        self._version_log = version_log
        self._slice_id = slice_id(source.id, generation.generation)
        self._where = f"slice_id = {sql.text(self._slice_id)}"
        self._rows: dict[str, int] = {}
        self._is_near = generation.records <= NEAR_RECORDS

    def write(self, home: Home, key: str) -> Slice:
        """Write into a staging folder, make it durable, move it into place."""
        folder = slice_folder(home, self._source.id, key)
        staged = folder.with_name(f".staging-{key}-{os.getpid()}")
        files = staged / layout.SLICE_FILES
        files.mkdir(parents=True)
        self._take_near()
        tables = self._write_tables(files)
        self._write_results(files)
        self._write_file_books(files, home=home)
        if self._source.is_procurement:
            self._write_ocds(files)
        else:
            self._write_pdn(files)
        facts = self._facts(files, key=key, tables=tables)
        write_json(staged / SLICE_FACTS, asdict(facts))
        folders.make_durable(staged)
        folders.move_into_place(staged, folder)
        return facts

    def _take_near(self) -> None:
        own = _PUBLIC_OF_PROCUREMENT if self._source.is_procurement else _PUBLIC_OF_PDN
        for name in (*_PUBLIC_OF_ALL, *own) if self._is_near else ():
            self._db.execute(
                f"CREATE OR REPLACE TEMP TABLE near_{name} AS FROM public_view.{name} WHERE {self._where}"
            )

    def _public(self, name: str) -> str:
        """The relation with the slice's rows of a table of the public view; it may hold those of others."""
        return f"near_{name}" if self._is_near else f"public_view.{name}"

    def _facts(self, files: Path, *, key: str, tables: Mapping[str, int]) -> Slice:
        written = tuple(
            SliceFile(
                path=path, bytes=file.stat().st_size, sha256=sha256_file(file), rows=self._rows.get(path)
            )
            for path, file in folders.files_below(files)
        )
        found = self._scanner.scan((file.path, files / file.path, file.sha256) for file in written)
        content = self._db.execute(
            f"SELECT content_from::DATE::VARCHAR, content_until::DATE::VARCHAR "  # noqa: S608
            f"FROM quality.quality_content WHERE {self._where}"
        ).fetchone()
        content_from, content_until = (None, None) if content is None else content
        return Slice(
            source_id=self._source.id,
            key=key,
            generation=self._generation.generation,
            code_version=self._code_version,
            digest=files_digest((file.path, file.sha256) for file in written),
            fetched_at=self._generation.fetched_at,
            landed_sha256=self._generation.landed_sha256,
            counts=self._counts(),
            tables=tables,
            files=written,
            summary=self._rows_of("quality.quality_summary", "rule_id, pass, fail, na, failures"),
            redactions=self._rows_of(self._public("redactions"), "kind, path, count"),
            repairs=self._rows_of(
                f"(SELECT slice_id, kind, count(*) AS count, count(*) FILTER (is_guess) AS guesses "  # noqa: S608
                f"FROM {self._public('repairs')} WHERE {self._where} GROUP BY ALL)",
                "kind, count, guesses",
            ),
            drift=self._drift(),
            leaks=sum(leak.count for leak in found),
            content_from=content_from,
            content_until=content_until,
            version_log=self._version_log,
        )

    def _drift(self) -> tuple[dict[str, Any], ...] | None:
        recognised = self._number(
            f"SELECT count(*) FROM landed.shapes WHERE layout IS NOT NULL AND {self._where}"  # noqa: S608
        )
        columns = "layout, collection, column_name, change, rows"
        return self._rows_of("landed.drift", columns) if recognised else None

    def _rows_of(self, table: str, columns: str) -> tuple[dict[str, Any], ...]:
        found = self._db.execute(
            f"SELECT {columns} FROM {table} WHERE {self._where} ORDER BY ALL"  # noqa: S608 (our own names)
        )
        names = [column[0] for column in found.description]
        return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())

    # -- tables -----------------------------------------------------------------------------------

    def _write_tables(self, files: Path) -> dict[str, int]:
        """Every standard table of the source's system, also those without rows."""
        tables = [
            relation.partition(".")[2]
            for relation in self._tables
            if _is_published(relation, system=self._source.system)
        ]
        if not tables:
            message = (
                f"{self._source.id}: the build holds no standard table of {self._source.system}; "
                "run the dbt stage 'tables' before exporting"
            )
            raise SliceError(message)
        return {
            table: self._copy(
                files,
                f"standard.{table}",
                path=layout.table_path(layout.table_folder(table), self._source.id),
                is_filled=(f"standard.{table}", self._slice_id) in self._filled,
            )
            for table in tables
        }

    def _write_results(self, files: Path) -> None:
        results = layout.table_path(layout.RESULTS_FOLDER, self._source.id)
        summary = layout.table_path(layout.SUMMARY_FOLDER, self._source.id)
        by_agency = layout.table_path(layout.BY_AGENCY_FOLDER, self._source.id)
        self._copy(files, "quality.quality_results", path=results, rows_in=_FAILURES)
        self._copy(files, "quality.quality_summary", path=summary)
        self._copy(files, "quality.quality_by_agency", path=by_agency)
        if self._source.is_procurement:
            field_checks = layout.table_path(layout.FIELD_CHECKS_FOLDER, self._source.id)
            self._copy(files, "quality.quality_field_checks", path=field_checks)

    def _write_file_books(self, files: Path, *, home: Home) -> None:
        """The books of each file or page: items = published + unusable + quarantined + duplicates."""
        records = land.records_query(home, self._generation)
        quarantine = sql.text(str(land.quarantine_path(home, self._generation)))
        unusable = f"SELECT ordinal FROM staging.unusable_records WHERE {self._where}"  # noqa: S608
        self._write_parquet(
            files,
            f"""
            SELECT {sql.text(self._source.id)} AS source_id, page, raw_sha256,
                count(*) AS items,
                count(*) FILTER (fate = 'published') AS published,
                count(*) FILTER (fate = 'unusable') AS unusable,
                count(*) FILTER (fate = 'quarantined') AS quarantined,
                count(*) FILTER (fate = 'bytes') AS duplicates_bytes,
                count(*) FILTER (fate = 'content') AS duplicates_content
            FROM (
                SELECT page, raw_sha256,
                    CASE
                        WHEN is_duplicate THEN duplicate_kind
                        WHEN ordinal IN ({unusable}) THEN 'unusable'
                        WHEN ordinal IN ({self._published_ordinals()}) THEN 'published'
                    END AS fate
                FROM ({records})
                UNION ALL
                SELECT page, raw_sha256, 'quarantined' FROM read_parquet({quarantine})
            )
            GROUP BY page, raw_sha256
            """,  # noqa: S608 (our own names and paths)
            path=layout.table_path(layout.FILES_FOLDER, self._source.id),
            title="files",
        )

    def _copy(
        self, files: Path, table: str, *, path: str, rows_in: str | None = None, is_filled: bool = True
    ) -> int:
        """Write the slice's rows of `table`, or of the relation `rows_in` that has its columns; returns how many."""
        columns = {
            name: kind for name, kind in self._tables[table].items() if name not in layout.INTERNAL_COLUMNS
        }
        if not is_filled:
            metadata = self._metadata(table.partition(".")[2])
            parquet.copy_empty(self._db, columns, path=files / path, metadata=metadata)
            self._rows[path] = 0
            return 0
        shown = ", ".join(map(sql.name, columns))
        query = f"SELECT {shown} FROM {rows_in or table} WHERE {self._where}"  # noqa: S608
        orders = (_PLACE, _VERSION)
        order = next((columns for columns in orders if set(columns) <= set(self._tables[table])), ())
        return self._write_parquet(files, query, path=path, title=table.partition(".")[2], order=order)

    def _write_parquet(
        self, files: Path, query: str, *, path: str, title: str, order: Sequence[str] = ()
    ) -> int:
        self._rows[path] = parquet.copy_sorted(
            self._db, query, path=files / path, metadata=self._metadata(title), order=order
        )
        return self._rows[path]

    def _metadata(self, title: str) -> dict[str, str]:
        return layout.parquet_metadata(
            f"{title} · {self._source.title}",
            licence=self._source.licence,
            source_id=self._source.id,
            inputs=self._generation.landed_sha256,
        )

    # -- procurement ------------------------------------------------------------------------------

    def _write_ocds(self, files: Path) -> None:
        self._write_parquet(
            files,
            f"SELECT source_id, 'ocid' AS entity_type, ocid AS entity_id, "  # noqa: S608
            f"sha256(compiled) AS content_sha256, place.raw_sha256, place.page, place.position "
            f"FROM (SELECT *, unnest(from_json(positions, {sql.text(_POSITIONS)})) AS place "
            f"FROM {self._public('ocds_compiled')} WHERE {self._where})",
            path=layout.table_path(layout.PROVENANCE_FOLDER, self._source.id),
            title="provenance",
        )
        self._write_parquet(
            files,
            "SELECT source_id, ocid, kind, path, original, repaired, is_guess, raw_sha256, page, position "  # noqa: S608
            f"FROM {self._public('repairs')} WHERE {self._where}",
            path=layout.table_path(layout.REPAIRS_FOLDER, self._source.id),
            title="repairs",
        )
        measures = layout.table_path(layout.MEASURES_FOLDER, self._source.id)
        self._copy(files, "quality.quality_measures", path=measures)
        self._write_records(files)
        releases = (
            f"SELECT {_RELEASE_YEAR} AS year, ocid, release_date, release_id, ordinal, release AS text "  # noqa: S608
            f"FROM {self._public('ocds_releases')} WHERE {self._where}"
        )
        found = self._by_year(releases, columns="encode(text)", ties="release_date, release_id, ordinal")
        for year, items in found:
            path = layout.package_path(self._source.id, year)
            head = package_head(self._source, year=year, published_date=self._generation.fetched_at)
            with new_file(files / path) as stream:
                self._rows[path] = write_release_package(stream, head, (text for (text,) in items))

    def _write_records(self, files: Path) -> None:
        """The compiled releases by year, as lines and as records with links to their releases, and what they hold.

        One pass: the texts are read and sorted once, and each year's two files grow side by side.
        """
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE record_links AS {self._linked_releases()}")
        packages = self._packages_of_records()
        compiled = (
            f"SELECT {_COMPILED_YEAR} AS year, ocid, compiled AS text "  # noqa: S608 (our own names)
            f"FROM {self._public('ocds_compiled')} WHERE {self._where}"
        )
        coverage = FieldCoverage()
        for year, rows in self._by_year(compiled, columns="ocid, links, encode(text)", joined="record_links"):
            lines_path = layout.records_path(self._source.id, year)
            records_path = layout.record_package_path(self._source.id, year)
            head = record_package_head(
                self._source,
                year=year,
                published_date=self._generation.fetched_at,
                packages=packages.get(year, ()),
            )
            with new_gzip(files / lines_path) as lines, new_gzip(files / records_path) as package:
                records = self._records(rows, lines=lines, coverage=coverage)
                self._rows[lines_path] = write_record_package(package, head, records)
            self._rows[records_path] = self._rows[lines_path]
        self._db.execute("DROP TABLE record_links")
        self._write_coverage(files, coverage)

    def _linked_releases(self) -> str:
        """Query: for each ocid the facts of its linked releases, oldest first, undated ones before."""
        return (
            "SELECT ocid, list({'year': year, 'id': release_id, 'date': release_date, 'tag': tag} "  # noqa: S608
            "ORDER BY release_date NULLS FIRST, ordinal, release_id, tag) AS links "
            f"FROM (SELECT ocid, release_id, release_date, ordinal, {_RELEASE_YEAR} AS year, "
            f"(release::JSON -> '$.tag')::VARCHAR AS tag FROM {self._public('ocds_releases')} "
            f"WHERE {self._where}) GROUP BY ocid"
        )

    def _packages_of_records(self) -> dict[str, list[str]]:
        """The URIs of the release packages that the records of each year link to."""
        found = self._db.execute(
            f"SELECT year, list(DISTINCT link.year ORDER BY link.year) FROM (SELECT {_COMPILED_YEAR} AS year, "  # noqa: S608
            f"unnest(links) AS link FROM {self._public('ocds_compiled')} INNER JOIN record_links USING (ocid) "
            f"WHERE {self._where}) GROUP BY 1"
        ).fetchall()
        return {year: [package_uri(self._source.id, one) for one in years] for year, years in found}

    def _records(
        self,
        rows: Iterable[tuple[str, Sequence[Mapping[str, Any]] | None, bytes]],
        *,
        lines: Sink,
        coverage: FieldCoverage,
    ) -> Iterator[bytes]:
        """The records of (ocid, linked releases, compiled release); each is also written to `lines` and counted."""
        for ocid, links, compiled in rows:
            if not links:
                message = (
                    f"{self._source.id}: {ocid} has a compiled release and no release; "
                    "look for what public_view.ocds_releases lost"
                )
                raise SliceError(message)
            lines.write(compiled + b"\n")
            coverage.add(compiled)
            linked = [
                linked_release(
                    package_uri(self._source.id, link["year"]),
                    release_id=link["id"],
                    date=link["date"],
                    tag=None if link["tag"] is None else orjson.loads(link["tag"]),
                )
                for link in links
            ]
            yield record(ocid, linked, compiled)

    def _write_coverage(self, files: Path, coverage: FieldCoverage) -> None:
        counted = pa.Table.from_pylist([asdict(row) for row in coverage.rows()], schema=_COVERAGE_SCHEMA)
        self._db.register("field_coverage", counted)
        self._write_parquet(
            files,
            f"SELECT {sql.text(self._source.id)} AS source_id, * FROM field_coverage",  # noqa: S608
            path=layout.table_path(layout.FIELD_COVERAGE_FOLDER, self._source.id),
            title="field_coverage",
        )
        self._db.unregister("field_coverage")

    # -- PDN --------------------------------------------------------------------------------------

    def _write_pdn(self, files: Path) -> None:
        self._write_parquet(
            files,
            f"SELECT source_id, 'record' AS entity_type, system || ':' || record_id AS entity_id, "  # noqa: S608
            f"sha256(record) AS content_sha256, raw_sha256, page, position "
            f"FROM {self._public('pdn_records')} WHERE {self._where}",
            path=layout.table_path(layout.PROVENANCE_FOLDER, self._source.id),
            title="provenance",
        )
        self._write_pages(
            files,
            "system",
            # S1 has one generation only, and no other shape.
            "coalesce(record_v1, record)",
            path=layout.pdn_page_path,
            write=write_pdn_page,
        )
        self._write_pages(
            files,
            "CASE WHEN system IN ('s3s', 's3p') THEN collection_v2 END",
            "record_v2",
            path=layout.pdn_v2_page_path,
            write=write_v2_page,
        )

    def _write_pages(
        self,
        files: Path,
        group: str,
        record: str,
        *,
        path: Callable[[str, str], str],
        write: Callable[..., int],
    ) -> None:
        """A page of `record` for each group (SQL expressions; records without a group are in none), streamed."""
        chosen = (
            f"SELECT {group} AS year, record_id AS ocid, ({record})::VARCHAR AS text, ordinal "  # noqa: S608 (our own queries)
            f"FROM {self._public('pdn_records')} WHERE {self._where} AND ({group}) IS NOT NULL"
        )
        totals = dict(self._db.execute(f"SELECT year, count(*) FROM ({chosen}) GROUP BY 1").fetchall())  # noqa: S608
        # A state has 150,000 declarations of 8 KB: more than can be sorted at once.
        for name, items in self._by_year(chosen, columns="encode(text)", ties="ordinal"):
            at = path(name, self._source.id)
            with new_file(files / at) as stream:
                texts = (text for (text,) in items)
                self._rows[at] = write(stream, texts, total=totals[name])

    # -- counting ---------------------------------------------------------------------------------

    def _counts(self) -> dict[str, int | None]:
        """The slice's books, in source records."""
        landed = self._generation.records
        published = self._number(f"SELECT count(*) FROM ({self._published_ordinals()})")  # noqa: S608
        unusable = self._number(
            f"SELECT count(DISTINCT ordinal) FROM staging.unusable_records WHERE {self._where}"  # noqa: S608
        )
        if landed != published + unusable:
            message = (
                f"{self._source.id}: the books don't balance for generation {self._generation.generation}: "
                f"{landed} records landed, {published} reached the published tables and {unusable} are "
                f"listed in staging.unusable_records: {landed - published - unusable} are unaccounted for; "
                "look for a join or filter that loses them in the models of this family"
            )
            raise BooksDoNotBalanceError(message)
        return balance(
            declared=self._generation.declared,
            published=published,
            held_back=0,
            unusable=unusable,
            quarantined_landing=self._generation.quarantined,
            duplicates=self._generation.duplicates,
        )

    def _published_ordinals(self) -> str:
        """Query: the ordinal of each landed record that reached the published tables, once."""
        if self._source.is_procurement:
            return (
                "SELECT DISTINCT place.ordinal FROM (SELECT unnest(from_json(positions, "  # noqa: S608
                f"{sql.text(_POSITIONS)})) AS place FROM {self._public('ocds_compiled')} SEMI JOIN "
                f"standard.ocds_processes USING (slice_id, ocid) WHERE {self._where})"
            )
        published = " UNION ALL ".join(
            f"SELECT slice_id, {sql.text(system)} AS system, ordinal FROM standard.{table}"  # noqa: S608
            for system, table in layout.PDN_TABLES.items()
            if layout.belongs_to(table, self._source.system)
        )
        return (
            f"SELECT DISTINCT ordinal FROM {self._public('pdn_records')} SEMI JOIN ({published}) "  # noqa: S608
            f"USING (slice_id, system, ordinal) WHERE {self._where}"
        )

    def _number(self, query: str) -> int:
        row = self._db.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def _by_year(
        self, query: str, *, columns: str, ties: str = "", joined: str | None = None
    ) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
        """The rows of `query` (year, ocid, text, …) ordered by year and ocid, as one stream of `columns` a year.

        Rows of one year and ocid are ordered by `ties`, then by the digest of their text. `joined`: a table to look
        up by ocid. Texts are sorted `SORTED_BYTES` at a time: DuckDB can't sort more of them than fit in its memory
        (1 GB of 5 KB texts ends it at a limit of 1 GB, at 2 GB already when a text is part of the sort key).
        """
        starts = self._db.execute(
            f"SELECT year, ocid FROM (SELECT year, ocid, sum(bytes) OVER (ORDER BY year, ocid) - bytes AS before "  # noqa: S608
            f"FROM (SELECT year, ocid, sum(strlen(text)) AS bytes FROM ({query}) GROUP BY ALL)) "
            f"QUALIFY row_number() OVER (PARTITION BY before // {SORTED_BYTES} ORDER BY year, ocid) = 1 "
            "ORDER BY ALL"
        ).fetchall()
        conditions = [
            " AND ".join(
                f"(year {sign} {sql.text(year)} OR year = {sql.text(year)} AND ocid {sign_of_ocid} "
                f"{sql.text(ocid)})"
                for sign, sign_of_ocid, (year, ocid) in zip(
                    (">", "<"), (">=", "<"), starts[at : at + 2], strict=False
                )
            )
            for at in range(len(starts))
        ]
        join = "" if joined is None else f"LEFT JOIN {joined} USING (ocid)"
        order = ", ".join(filter(None, ("year", "ocid", ties, "md5(text)")))
        return _groups(
            row
            for condition in conditions
            for row in self._stream(
                f"SELECT year, {columns} FROM ({query}) {join} WHERE {condition} ORDER BY {order}"  # noqa: S608
            )
        )

    def _stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        for batch in self._db.sql(query).to_arrow_reader(ROWS_AT_ONCE):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _groups(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    for group, members in groupby(rows, key=itemgetter(0)):
        yield group, (row[1:] for row in members)


def balance(  # noqa: PLR0913 (each figure of the books is named)
    *,
    declared: int | None,
    published: int,
    held_back: int,
    unusable: int,
    quarantined_landing: int,
    duplicates: int,
) -> dict[str, int | None]:
    """The books of one generation: declared = published + held_back + quarantined + duplicates + missing.

    A portal that declares nothing is taken by its word of what it gave: nothing is missing.
    """
    quarantined = quarantined_landing + unusable
    found = published + held_back + quarantined + duplicates
    return {
        "declared": found if declared is None else declared,
        "records": published + held_back + unusable,
        "published": published,
        "held_back": held_back,
        "quarantined": quarantined,
        "quarantined_landing": quarantined_landing,
        "unusable": unusable,
        "duplicates": duplicates,
        "missing": 0 if declared is None else declared - found,
    }
