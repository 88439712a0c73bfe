"""One part of the public view: from staged private rows to the public files made of them.

Here: reading a part's rows in order, and the Parquet file it gives to each table. Not here: which rows make a part
and who works on it (`public_view.py`), what becomes of one process or record (`view_ocds.py`, `view_pdn.py`).

A part is whole in itself, so that two processes never wait for one another and nothing passes between them but
its number and its counts.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.standards import view_ocds, view_pdn
from pipelines.standards.pdn import PDN_LAYOUTS
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_declaration import DeclarationRedactor
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.view_rows import Output, PdnRow, ReleaseRow

Kind = Literal["processes", "records", "past"]

# Folders of a build: private rows of this build, those of processes it touches from earlier builds, PDN records,
# versions of PDN records that are not there any more, and what is public.
STAGED = "staged"
STAGED_BEFORE = "staged-before"
STAGED_RECORDS = "staged-records"
STAGED_PAST = "staged-past"
PUBLIC = "public"
KINDS: Mapping[str, Kind] = {
    STAGED: "processes",
    STAGED_BEFORE: "processes",
    STAGED_RECORDS: "records",
    STAGED_PAST: "past",
}

_TEXT = pa.string()
_POSITION = [("raw_sha256", _TEXT), ("page", pa.int32()), ("position", _TEXT)]
_PDN_RECORD = [
    *(
        "slice_id",
        "source_id",
        "system",
        "dialect",
        "collection",
        "record_id",
        "record",
        "record_sha256",
    ),
    *(("ordinal", pa.int64()), *_POSITION, "name_status"),
    *("record_v1", "record_v2", "collection_v2", "gravity", "withheld"),
]
_ITEM = ["slice_id", "source_id", "entity_type", "entity_key", "entity_id"]

SCHEMAS: Mapping[str, pa.Schema] = {
    name: pa.schema([(column, _TEXT) if isinstance(column, str) else column for column in columns])
    for name, columns in {
        "ocds_releases": [
            *("slice_id", "source_id", "ocid", "release_id", "release_date", "release", "positions"),
            *(("record_count", pa.int32()), ("ordinal", pa.int64()), "conversion"),
        ],
        "ocds_compiled": [
            *("slice_id", "source_id", "ocid", "compiled_date", "compiled"),
            *(("release_count", pa.int32()), ("record_count", pa.int32()), "positions", ("year", pa.int32())),
        ],
        "additional_fields": [
            *("slice_id", "source_id", "ocid", "path", "object", "additional_fields"),
            ("members", pa.list_(pa.struct([("name", _TEXT), ("kind", _TEXT)]))),
        ],
        "pdn_records": _PDN_RECORD,
        "pdn_past": _PDN_RECORD,
        "record_failures": ["rule_id", *_ITEM, ("failures", pa.int32()), "path", "value", *_POSITION],
        "record_verdicts": [*_ITEM, "passed", "not_applicable", *_POSITION],
        "removals": ["slice_id", "source_id", "entity_id", "kind", "path", ("times", pa.int64())],
        "repairs": [
            *("slice_id", "source_id", "ocid", "kind", "path", "original", "repaired"),
            *(("is_guess", pa.bool_()), *_POSITION),
        ],
    }.items()
}
# What is counted as a table of the view.
COUNTED = ("ocds_releases", "ocds_compiled", "additional_fields", "pdn_records", "record_results", "repairs")
# Few distinct values; dictionaries of the others would cost memory for nothing.
_DICTIONARY = [
    *(
        "slice_id",
        "source_id",
        "entity_type",
        "rule_id",
        "kind",
        "path",
        "object",
        "passed",
        "not_applicable",
        "system",
        "dialect",
        "collection",
        "collection_v2",
        "gravity",
        "withheld",
    ),
    *("conversion", "name_status", "raw_sha256", "page"),
]

# Rows read, and releases or records handed on, at a time.
BATCH_ROWS = 1_024
# Rows of a table held before they are written.
HELD_ROWS = 2_048
# DuckDB takes texts apart as many at a time as a row group gives it, and 2,048 at most: of processes with thousands of
# items those were more than its memory.
ROW_GROUP_BYTES = 8 << 20

_PROCESSES_ORDER = ("ocid", "ordinal", "release_date", "release_id", "release")
_RECORDS_ORDER = ("system", "record_id", "ordinal")

Row = TypeVar("Row", ReleaseRow, PdnRow)


@dataclass(frozen=True)
class PartTask:
    """One part of a build in `folder`."""

    kind: Kind
    number: int
    folder: Path


@dataclass(frozen=True)
class PartDone:
    """What a part gave: rows by table (of `public_view`), removed things by kind, repaired values by kind, processes
    by the way they were merged; seconds of work by step (`files`: reading and writing Parquet).
    """

    rows: Mapping[str, int]
    redactions: Mapping[str, int]
    repairs: Mapping[str, int]
    merged: Mapping[str, int]
    seconds: Mapping[str, float]


class Tools:
    """The redactors of one process; they compile patterns and cache what they have seen."""

    def __init__(self, key: PseudonymKey) -> None:
        self.ocds = OcdsRedactor(key)
        self.pdn: view_pdn.Redactors = {
            "s1_v2": DeclarationRedactor(),
            **{layout: PdnRedactor(layout) for layout in PDN_LAYOUTS},
        }


# The tools of a worker process, made when it starts.
_worker_tools: dict[str, Tools] = {}


def start(key: PseudonymKey) -> None:
    """Make the tools of a worker process."""
    # As in `pipelines/landing/part_processes.py`: documents are made and let go without cycles, and looking for some
    # among them takes its time. What exceptions left is collected after each part.
    gc.disable()
    _worker_tools["tools"] = Tools(key)
    gc.freeze()


def publish_in_worker(task: PartTask) -> PartDone:
    """`publish` with the worker's own tools."""
    done = publish(task, _worker_tools["tools"])
    gc.collect()
    return done


def publish(task: PartTask, tools: Tools) -> PartDone:
    """Write the public files of one part; equal rows give equal files."""
    with _Files(task) as files:
        if task.kind == "processes":
            for rows in _processes(_rows(task, ReleaseRow, _PROCESSES_ORDER)):
                files.write(view_ocds.publish_processes(rows, tools.ocds))
        else:
            for records in _batches(_rows(task, PdnRow, _RECORDS_ORDER)):
                made = view_pdn.publish_records(records, tools.pdn)
                # Of what is past only the public record counts: results and redactions are about the generation.
                files.write(made if task.kind == "records" else Output(pdn_past=made.pdn_records))
    return files.done()


def write_empty(out_dir: Path) -> None:
    """A file without rows for each table that no part wrote, so that its columns are known."""
    for name, schema in SCHEMAS.items():
        folder = out_dir / PUBLIC / name
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            pq.write_table(schema.empty_table(), folder / "empty.parquet")


# -- reading --------------------------------------------------------------------------------------------


def staged_bytes(task: PartTask) -> int:
    """The size of a part's private rows, not compressed: what the work on it goes by."""
    return uncompressed_bytes(_staged(task))


def uncompressed_bytes(files: Iterable[Path]) -> int:
    """The size of what Parquet files hold, as their footers tell it."""
    footers = [pq.read_metadata(file) for file in files]
    return sum(
        footer.row_group(group).total_byte_size
        for footer in footers
        for group in range(footer.num_row_groups)
    )


def _staged(task: PartTask) -> list[Path]:
    folders = [
        task.folder / name / f"part={task.number}" for name, kind in KINDS.items() if kind == task.kind
    ]
    return [file for folder in folders for file in sorted(folder.glob("*.parquet"))]


def _rows(task: PartTask, row: type[Row], order: Sequence[str]) -> Iterator[Row]:
    """The rows of a part, in order of those columns (nothing before something)."""
    # `read_table` would import what reads whole folders.
    read = [pq.ParquetFile(file).read(columns=list(row._fields)) for file in _staged(task)]
    table = pa.concat_tables(read)
    by = [(name, "ascending", "at_start") for name in order]
    columns = [table[name].to_pylist() for name in row._fields]
    for at in pc.sort_indices(table, sort_keys=by).to_pylist():
        yield row._make(column[at] for column in columns)


def _processes(rows: Iterable[ReleaseRow]) -> Iterator[list[ReleaseRow]]:
    """About `BATCH_ROWS` rows at a time, never a part of a process."""
    batch: list[ReleaseRow] = []
    for _, process in groupby(rows, key=lambda row: (row.slice_id, row.ocid)):
        batch.extend(process)
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _batches(rows: Iterator[PdnRow]) -> Iterator[list[PdnRow]]:
    for _, batch in groupby(enumerate(rows), key=lambda numbered: numbered[0] // BATCH_ROWS):
        yield [row for _, row in batch]


# -- writing --------------------------------------------------------------------------------------------


class _Files:
    """The files of one part: one for each table that gets rows."""

    def __init__(self, task: PartTask) -> None:
        self._task = task
        self._pending: dict[str, list[Sequence[Any]]] = {name: [] for name in SCHEMAS}
        self._files: dict[str, pq.ParquetWriter] = {}
        self._rows = Counter(dict.fromkeys(COUNTED, 0))
        self._redactions: Counter[str] = Counter()
        self._repairs: Counter[str] = Counter()
        self._merged: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._started = perf_counter()

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        for name in SCHEMAS:
            self._flush(name)
        for file in self._files.values():
            file.close()

    def write(self, output: Output) -> None:
        """Add the rows of one batch."""
        self._add("ocds_releases", output.releases)
        self._add("ocds_compiled", output.processes)
        self._add("additional_fields", output.additional_fields)
        self._add("pdn_records", output.pdn_records)
        self._add("pdn_past", output.pdn_past)
        self._add("record_failures", output.failures)
        self._add("record_verdicts", output.verdicts)
        self._add("removals", output.removals)
        self._add("repairs", output.repairs)
        self._rows["record_results"] += len(output.failures) + sum(
            len(rules.split(","))
            for told in output.verdicts
            for rules in (told.passed, told.not_applicable)
            if rules
        )
        for removal in output.removals:
            self._redactions[removal.kind] += removal.times
        self._repairs.update(repair.kind for repair in output.repairs)
        self._merged.update(output.merged)
        for step, seconds in output.seconds.items():
            self._seconds[step] += seconds

    def done(self) -> PartDone:
        """What was written."""
        # What no step of a process took: reading and writing files.
        files = perf_counter() - self._started - sum(self._seconds.values())
        return PartDone(
            self._rows, self._redactions, self._repairs, self._merged, {**self._seconds, "files": files}
        )

    def _add(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        if name in COUNTED:
            self._rows[name] += len(rows)
        self._pending[name].extend(rows)
        if len(self._pending[name]) >= HELD_ROWS:
            self._flush(name)

    def _flush(self, name: str) -> None:
        rows, self._pending[name] = self._pending[name], []
        if not rows:
            return
        schema = SCHEMAS[name]
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        for group in _row_groups(pa.Table.from_arrays(arrays, schema=schema)):
            self._file(name).write_table(group)

    def _file(self, name: str) -> pq.ParquetWriter:
        if name not in self._files:
            folder = self._task.folder / PUBLIC / name
            folder.mkdir(parents=True, exist_ok=True)
            self._files[name] = pq.ParquetWriter(
                folder / f"{self._task.kind}-{self._task.number:05d}.parquet",
                SCHEMAS[name],
                # Read again within the run: quick to write and to read counts for more than size.
                compression="lz4",
                use_dictionary=[column for column in SCHEMAS[name].names if column in _DICTIONARY],
            )
        return self._files[name]


def _row_groups(table: pa.Table) -> Iterator[pa.Table]:
    """The rows in turn, never more than `ROW_GROUP_BYTES` of them together unless a single one is longer."""
    if table.num_rows <= 1 or table.nbytes <= ROW_GROUP_BYTES:
        yield table
        return
    half = table.num_rows // 2
    yield from _row_groups(table.slice(0, half))
    yield from _row_groups(table.slice(half))
