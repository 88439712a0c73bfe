"""What a run has to build, and the private scratch database it is built in.

Here: which slices are missing, the code version, the life of the scratch folder. Not here: the relations the
models start from (`scratch.py`), the models (`dbt_project/`), what is exported from them (`slices.py`).
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines import build_database
from pipelines.home import Home, read_json, write_json
from pipelines.landing import land
from pipelines.landing.land import Generation
from pipelines.landing.version_log import VersionLog
from pipelines.publication import increments, parquet, scratch, slices, versions
from pipelines.publication.increments import Start
from pipelines.quality import receipt
from pipelines.registry import Source
from pipelines.settings import REPOSITORY
from pipelines.standards import public_view
from pipelines.standards.layouts.recognise import Layout, source_layouts

# Whose change can change a slice's bytes. Orchestration, portals, reports and the sandbox can't.
CODE_FOLDERS = (
    "dbt_project/models",
    "dbt_project/macros",
    "dbt_project/seeds",
    "pipelines/landing",
    "pipelines/standards",
    "pipelines/quality",
    "pipelines/publication",
)
# What those import: another DuckDB or ocdsmerge may make other bytes.
LOCK_FILE = "requirements.lock"
CODE_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".json"}
PLAN_FILE = "plan.json"


class BuildError(RuntimeError):
    """A step was asked for whose predecessors did not run in the same run."""


@dataclass(frozen=True)
class Build:
    """One landed generation of one source that needs a slice."""

    source_id: str
    generation: str
    # What the history of its records is told from; None for procurement.
    version_log: str | None = None

    @property
    def slice_id(self) -> str:
        """How the models tell the generations of a build apart."""
        return slices.slice_id(self.source_id, self.generation)


@dataclass(frozen=True)
class Plan:
    """The builds of one run."""

    code_version: str
    builds: tuple[Build, ...]


@cache
def code_version() -> str:
    """First 16 hexadecimal digits of the sha256 over the files that make a slice."""
    digest = hashlib.sha256((REPOSITORY / LOCK_FILE).read_bytes())
    for folder in CODE_FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in CODE_SUFFIXES and path.is_file():
                digest.update(path.relative_to(REPOSITORY).as_posix().encode("utf-8"))
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def make_plan(sources: Sequence[Source], *, home: Home, code_version: str) -> Plan:
    """The newest landed generation of each source, and the last admitted one, where no whole slice exists.

    The last admitted generation is built again when the code changed, so that what stays published of
    a source that is held back is today's tables of yesterday's data.
    """
    builds: dict[str, Build] = {}
    for source in sources:
        current = land.current(home, source.id)
        admitted = receipt.last_admitted(home, source.id)
        wanted = [current.generation] if current is not None else []
        if admitted is not None and land.read_generation(home, source.id, admitted.generation) is not None:
            wanted.append(admitted.generation)
        for generation in wanted:
            log = versions.log_id(home, source, generation)
            build = Build(source_id=source.id, generation=generation, version_log=log)
            found = slices.find_slice(
                home, source, generation=generation, code_version=code_version, version_log=log
            )
            if found is None or not slices.is_whole(home, found):
                builds.setdefault(build.slice_id, build)
    return Plan(code_version=code_version, builds=tuple(builds.values()))


def run_folder(home: Home, run_id: str) -> Path:
    """The private scratch folder of one run."""
    return home.scratch / run_id


def database(home: Home, run_id: str) -> Path:
    """The scratch database of one run."""
    return run_folder(home, run_id) / scratch.DATABASE_FILE


def starts(
    plan: Plan, *, sources: Sequence[Source], home: Home, run_id: str, verify: bool = False
) -> dict[str, Start]:
    """The earlier build that each build of the plan starts from, by slice id; the others are built from nothing.

    `prepare` verifies them, and nothing changes them during a run.
    """
    declared = {source.id: source for source in sources}
    found = {
        build.slice_id: increments.find(
            home,
            declared[build.source_id],
            landed_generation(home, build),
            code_version=plan.code_version,
            run_folder=run_folder(home, run_id),
            verify=verify,
        )
        for build in plan.builds
    }
    return {slice_id: start for slice_id, start in found.items() if start is not None}


def prepare(plan: Plan, *, sources: Sequence[Source], home: Home, run_id: str) -> Path:
    """Make the scratch database of a run: schema `landed` with a view for each family, over the records that
    each build reads.

    Returns the path of the database. A scratch folder of an earlier attempt of the same run is removed,
    so that a killed build leaves nothing that counts.
    """
    folder = run_folder(home, run_id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    declared = {source.id: source for source in sources}
    earlier = starts(plan, sources=sources, home=home, run_id=run_id, verify=True)
    # Beyond it DuckDB spills beside the database.
    config: dict[str, Any] = {**public_view.DUCKDB_CONFIG}
    with build_database.connect(folder / scratch.DATABASE_FILE, config=config) as connection:
        scratch.create_schemas(connection)
        for family in scratch.FAMILIES:
            built = [build for build in plan.builds if declared[build.source_id].family == family]
            records = [_records(home, build, earlier.get(build.slice_id)) for build in built]
            scratch.create_published(connection, family, records)
            scratch.repair_texts(connection, family)
            if family in scratch.TABULAR_FAMILIES:
                layouts = {build.source_id: _layouts(declared[build.source_id]) for build in built}
                scratch.recognise_layouts(connection, family, layouts)
        _create_facts(connection, plan, declared, home)
        versions.create_relations(connection, home, list(_logs(plan, declared, home)))
        increments.create_kept_records(connection, list(earlier.values()))
    write_json(folder / PLAN_FILE, asdict(plan))
    return folder / scratch.DATABASE_FILE


def rows(plan: Plan, *, home: Home) -> dict[str, int]:
    """How many landed records each slice of the plan has."""
    return {build.slice_id: landed_generation(home, build).records for build in plan.builds}


def rows_to_make(plan: Plan, *, home: Home, starts: Mapping[str, Start]) -> dict[str, int]:
    """About how many rows the build of each slice makes: of one that starts from an earlier build few of its records."""
    return {
        slice_id: starts[slice_id].rows if slice_id in starts else records
        for slice_id, records in rows(plan, home=home).items()
    }


def keep(plan: Plan, *, sources: Sequence[Source], home: Home, run_id: str) -> None:
    """Remember what was built of the newest generations, once their slices stand, so that the next run may start
    from it.
    """
    declared = {source.id: source for source in sources}
    earlier = starts(plan, sources=sources, home=home, run_id=run_id)
    numbers = public_view.parts_of(rows_to_make(plan, home=home, starts=earlier))
    if not plan.builds:
        return
    folder = run_folder(home, run_id)
    with parquet.connect(folder / scratch.DATABASE_FILE, spill=folder / "spill") as connection:
        for build in plan.builds:
            newest = land.current(home, build.source_id)
            if newest is not None and newest.generation == build.generation:
                increments.keep(
                    connection,
                    home,
                    declared[build.source_id],
                    newest,
                    code_version=plan.code_version,
                    run_folder=folder,
                    parts=numbers[build.slice_id],
                    start=earlier.get(build.slice_id),
                )


def read_plan(home: Home, run_id: str) -> Plan:
    """The plan of a run.

    Raises:
        BuildError: the run did not start with the landed data.
    """
    path = run_folder(home, run_id) / PLAN_FILE
    if not path.is_file():
        message = (
            "this run has no scratch database: its steps build on each other, so materialize from "
            "the staging models on (job `publish`) instead of a single step"
        )
        raise BuildError(message)
    content = read_json(path)
    return Plan(
        code_version=content["code_version"],
        builds=tuple(Build(**build) for build in content["builds"]),
    )


def landed_generation(home: Home, build: Build) -> Generation:
    """The landed generation of a build.

    Raises:
        BuildError: it is gone since the plan was made.
    """
    found = land.read_generation(home, build.source_id, build.generation)
    if found is None:
        message = (
            f"{build.source_id}: generation {build.generation} is no longer landed; run the source again"
        )
        raise BuildError(message)
    return found


def sweep_scratch(home: Home, *, keep: str) -> None:
    """Remove the scratch folders of earlier runs; nothing in them counts."""
    for folder in home.scratch.iterdir():
        if folder.is_dir() and folder.name != keep:
            shutil.rmtree(folder)


def _records(home: Home, build: Build, start: Start | None) -> str:
    """Query: the landed records that a build reads."""
    only = None if start is None else start.read
    return land.records_query(home, landed_generation(home, build), only=only)


def _layouts(source: Source) -> tuple[Layout, ...]:
    return source_layouts(source.family, source.layout, source_id=source.id, title=source.title)


def _logs(plan: Plan, declared: dict[str, Source], home: Home) -> Iterator[tuple[str, VersionLog]]:
    """The log of each slice that has one.

    Raises:
        BuildError: the pointer has moved since the plan was made.
    """
    for build in plan.builds:
        log = versions.log_of(home, declared[build.source_id], build.generation)
        if (None if log is None else log.log) != build.version_log:
            message = (
                f"{build.source_id}: the current release changed while the run was planned; run it again"
            )
            raise BuildError(message)
        if log is not None:
            yield build.slice_id, log


def _create_facts(
    connection: duckdb.DuckDBPyConnection, plan: Plan, declared: dict[str, Source], home: Home
) -> None:
    """What the models may know of a source and of a generation beside its records."""
    for source in declared.values():
        scratch.insert_source(connection, source)
    for build in plan.builds:
        scratch.insert_generation(
            connection,
            slice_id=build.slice_id,
            source_id=build.source_id,
            fetched_at=landed_generation(home, build).fetched_at,
        )
