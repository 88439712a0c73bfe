"""One measured piece of work in a process of its own; prints what it took as one JSON object.

Here: the pieces, over the same functions as the assets call. Not here: who starts them and what they are compared with
(`__main__.py`).

    python -m tests.benchmarks.steps deliver <home> <releases>
    python -m tests.benchmarks.steps deliver-again <home> <releases>
    python -m tests.benchmarks.steps pipeline <home> <run>
    python -m tests.benchmarks.steps floor <lines> <folder>
    python -m tests.benchmarks.steps compile <lines> <output>
"""

import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import orjson

from pipelines.home import Home
from pipelines.standards.compile import compile_releases
from pipelines.standards.ocds import extended_release_schema
from pipelines.standards.privacy import PseudonymKey
from tests.benchmarks import home as deliveries

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
CODE_VERSION = "medida"
BUCKETS = 16
OCID = re.compile(rb'"ocid":"[^"]*"')
# A step tells of its parts as they begin, so that the memory of each can be told apart.
BEGINS = "begins: "
# What the figure of the issue speaks of; the steps behind them are measured as well and told apart.
MEASURED = ("land", "stage", "validate_redact_compile", "tables")


def pipeline(folder: Path, run_id: str) -> dict[str, Any]:
    """Land the newest delivery and build it, up to the tables; then, apart, quality and the slice.

    Seconds by step: `land`; `stage` (dbt's first stage: repairs, ids); `validate_redact_compile` (schema validation,
    privacy, merge, in two processes); `tables` (relational tables); `quality`; `slice` (sorted files, packages).
    """
    home, source = Home(folder), deliveries.source()
    # Dagster and dbt take seconds to import: the other steps don't pay for them.
    from pipelines.landing import land
    from pipelines.orchestration import dbt
    from pipelines.publication import increments, plan, scratch, slices
    from pipelines.standards import public_view

    dbt.prepare_manifest()
    # dbt's imports are start-up, not work.
    empty = folder / "empty" / scratch.DATABASE_FILE
    empty.parent.mkdir(parents=True, exist_ok=True)
    dbt.build_stage("none", database=empty)
    seconds: dict[str, float] = {}

    def require(results: Sequence[dbt.NodeResult]) -> None:
        broken = [f"{found.unique_id}: {found.message}" for found in results if found.status in dbt.FAILED]
        if broken:
            raise dbt.DbtError("\n".join(broken))

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        print(BEGINS + step, flush=True)
        started = time.monotonic()
        yield
        seconds[step] = time.monotonic() - started

    with timed("land"):
        generation = land.land_last(source, home=home)
        assert generation is not None
    with timed("stage"):
        made = plan.make_plan([source], home=home, code_version=CODE_VERSION)
        database = plan.prepare(made, sources=[source], home=home, run_id=run_id)
        require(dbt.build_stage("releases", database=database))
    with timed("validate_redact_compile"):
        starts = plan.starts(made, sources=[source], home=home, run_id=run_id)
        stats = public_view.build_public_view(
            database,
            plan.run_folder(home, run_id),
            slices=plan.rows_to_make(made, home=home, starts=starts),
            key=KEY,
            kept=[start.kept for start in starts.values()],
        )
        increments.create_kept_tables(database, list(starts.values()))
    with timed("tables"):
        require(dbt.build_stage(dbt.TABLES, database=database, without=dbt.QUALITY))
    with timed("quality"):
        require(
            dbt.build_quality(database=database, made=public_view.bytes_made(plan.run_folder(home, run_id)))
        )
    with timed("slice"):
        slices.export_slices(database, slices=[(source, generation)], code_version=CODE_VERSION, home=home)
        plan.keep(made, sources=[source], home=home, run_id=run_id)
    return {
        "seconds": seconds,
        "measured": sum(seconds[step] for step in MEASURED),
        "releases": generation.records,
        "read": stats.rows["ocds_releases"],
        "processes": stats.rows["ocds_compiled"],
        "merged": dict(stats.merged),
        "work_seconds": dict(stats.work_seconds),
        "from_earlier": bool(starts),
    }


def compiled_lines(folder: Path, run_id: str, lines: Path, count: int) -> dict[str, Any]:
    """Some of the compiled releases that a pipeline has just made, one a line, for the peers."""
    from pipelines.publication import plan

    with duckdb.connect(str(plan.database(Home(folder), run_id)), read_only=True) as connection:
        found = connection.execute(
            "SELECT compiled FROM public_view.ocds_compiled ORDER BY md5(ocid) LIMIT ?", [count]
        ).fetchall()
    lines.write_text("".join(f"{text}\n" for (text,) in found), encoding="utf-8")
    return {"items": len(found)}


def floor(lines: Path, folder: Path) -> dict[str, Any]:
    """Bare DuckDB: JSON lines to Parquet with every column of the schema named, nothing checked, nothing compiled."""
    schema = extended_release_schema()
    columns = {
        name: _duckdb_type(part, schema["definitions"], ()) for name, part in schema["properties"].items()
    }
    named = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    # 1,372 columns at 2 GB end in DuckDB's refusal: the floor may take more than we do.
    settings = {"memory_limit": "6GB", "threads": 2, "temp_directory": str(folder / "floor.tmp")}
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute("SET preserve_insertion_order = false")
        started = time.monotonic()
        row = connection.execute(
            f"COPY (SELECT * FROM read_ndjson('{lines}', columns = {{{named}}}, ignore_errors = false)) "
            f"TO '{folder / 'floor.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
        assert row is not None
        return {"seconds": time.monotonic() - started, "releases": row[0]}


def compile_lines(lines: Path, output: Path) -> dict[str, Any]:
    """Our compile as a program like `ocdskit compile`: JSON lines in, compiled JSON lines out; by buckets of ocids in
    two processes, as the pipeline does it.
    """
    started = time.monotonic()
    buckets = [output.with_suffix(f".{number}") for number in range(BUCKETS)]
    with ExitStack() as files:
        opened = [files.enter_context(bucket.open("wb")) for bucket in buckets]
        releases = 0
        for line in files.enter_context(lines.open("rb")):
            ocid = OCID.search(line)
            assert ocid is not None
            opened[crc32(ocid.group()) % BUCKETS].write(line)
            releases += 1
    with ProcessPoolExecutor(2) as pool:
        processes = sum(pool.map(_compile_bucket, buckets))
    return {"seconds": time.monotonic() - started, "releases": releases, "processes": processes}


def _compile_bucket(bucket: Path) -> int:
    # Everything lives until the bucket is done: looking for garbage in it would find none.
    gc.disable()
    releases = [orjson.loads(line) for line in bucket.read_bytes().splitlines()]
    releases.sort(key=lambda release: str(release["ocid"]))
    count = 0
    with bucket.with_suffix(bucket.suffix + ".compiled").open("wb") as file:
        for _, process in groupby(releases, key=lambda release: str(release["ocid"])):
            file.write(orjson.dumps(compile_releases(list(process)).document) + b"\n")
            count += 1
    return count


def _duckdb_type(part: dict[str, Any], definitions: dict[str, Any], seen: tuple[str, ...]) -> str:
    """The DuckDB type of a part of the schema; texts for all that is no object or list, JSON where it holds itself."""
    while "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name in seen:
            return "JSON"
        seen, part = (*seen, name), definitions[name]
    if "items" in part:
        return f"{_duckdb_type(part['items'], definitions, seen)}[]"
    members = part.get("properties")
    if not members:
        return "JSON" if "object" in str(part.get("type")) else "VARCHAR"
    inside = ", ".join(
        f'"{name}" {_duckdb_type(member, definitions, seen)}' for name, member in members.items()
    )
    return f"STRUCT({inside})"


STEPS: dict[str, Callable[[list[str]], dict[str, Any]]] = {
    "deliver": lambda args: {"releases": deliveries.deliver(Home(Path(args[0])), int(args[1]))},
    "deliver-again": lambda args: {"releases": deliveries.deliver_again(Home(Path(args[0])), int(args[1]))},
    "deliver-rich": lambda args: {
        "releases": deliveries.deliver_rich(Home(Path(args[0])), int(args[1]), int(args[2]))
    },
    "compiled-lines": lambda args: compiled_lines(Path(args[0]), args[1], Path(args[2]), int(args[3])),
    "lines": lambda args: {"releases": deliveries.lines(Path(args[0]), int(args[1]))},
    "pipeline": lambda args: pipeline(Path(args[0]), args[1]),
    "floor": lambda args: floor(Path(args[0]), Path(args[1])),
    "compile": lambda args: compile_lines(Path(args[0]), Path(args[1])),
}

if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(orjson.dumps(STEPS[sys.argv[1]](sys.argv[2:])).decode())
