"""The dbt project in Dagster: its models as assets, its tests as checks, run in this process.

Here: the manifest, the translation to assets, one invocation of dbt for each stage of a run.
Not here: SQL (`dbt_project/`), the scratch database (`pipelines/publication/plan.py`).

dbt runs through `dbtRunner` in this process: measured 9-11 s against 15-16 s for the command line
resource on the same graph, because Python and the adapters are loaded once.
"""

import fcntl
import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, cast

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from pipelines import build_database
from pipelines.home import Home, read_json, write_atomic
from pipelines.orchestration import idle_models
from pipelines.publication import plan as build_plan
from pipelines.publication import scratch
from pipelines.settings import REPOSITORY
from pipelines.standards import public_view

PROJECT = REPOSITORY / "dbt_project"
TARGET = PROJECT / "target"
MANIFEST = TARGET / "manifest.json"
PARSED = TARGET / "partial_parse.msgpack"
# Says which files the manifest was parsed from; parsing takes 6 s and is done when they changed.
MANIFEST_DIGEST = TARGET / "manifest.sha256"
# Runs side by side, each with a home of its own, share the folder: one parses, the others wait for it.
PARSE_GUARD = TARGET / ".parse.guard"
UNIQUE_ID = "dagster_dbt/unique_id"
INTEGRATED = "integrated"
FAILED = {"error", "fail", "runtime error"}
TABLES = "tables"
QUALITY = "quality"
# Layers of which nothing is published as it stands: a test that fails there fails the step.
SCRATCH_LAYERS = frozenset({"staging", "quality"})
# Of a build that makes more than this (compiled releases and records, not compressed) the quality rules come after the
# tables: side by side they take more memory than a run may (2 GB). Of a very large one they come a model at a time as
# well: two are no quicker, as DuckDB gives both the same threads, and hold the data of two. What was kept of an earlier
# build doesn't count: two of the rules that look at all of 505,000 releases took 0.9.
QUALITY_APART_FROM_BYTES = 300_000_000
QUALITY_ALONE_FROM_BYTES = 1_000_000_000


class DbtError(RuntimeError):
    """dbt could not parse or build; the message holds what dbt said, node by node."""


@dataclass(frozen=True)
class NodeResult:
    """What dbt says of one node of an invocation."""

    unique_id: str
    status: str
    seconds: float
    failures: int
    message: str | None


class TequioDbtTranslator(DagsterDbtTranslator):
    """Groups by layer; every family's dbt source is the asset `landed`."""

    def __init__(self) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: `staging`, `standard`, `quality`, `integrated` or `seeds`."""
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return cast(str, dbt_resource_props["fqn"][1])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Seeds are loaded into the scratch database of a run, so they belong after `landed` like everything in it;
        without that the UI would load them in a run of their own."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if not unique_id.startswith("seed."):
            return spec
        return spec.replace_attributes(deps=[dg.AssetDep("landed")])

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """A dbt test as a check that blocks nothing: the step fails when dbt does, and a stage without work has no
        results to wait for. Those of tables that are published are shown; each costs some 50 ms a run."""
        tested = manifest["nodes"][unique_id].get("attached_node")
        if tested is not None and manifest["nodes"][tested]["fqn"][1] in SCRATCH_LAYERS:
            return None
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return None if spec is None else spec._replace(blocking=False)


def project_digest() -> str:
    """sha256 over the files dbt reads."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file() and TARGET not in path.parents and path.suffix in {".sql", ".yml", ".csv", ".md"}:
            digest.update(path.relative_to(PROJECT).as_posix().encode("utf-8"))
            digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare_manifest() -> Path:
    """Parse the project unless its manifest is up to date.

    Raises:
        DbtError: the project does not parse.
    """
    TARGET.mkdir(exist_ok=True)
    with PARSE_GUARD.open("ab") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        digest = project_digest()
        if MANIFEST.is_file() and MANIFEST_DIGEST.is_file() and MANIFEST_DIGEST.read_text("utf-8") == digest:
            return MANIFEST
        # Nothing is opened; the profile wants a file all the same.
        with build_database.dbt_environment(TARGET / scratch.DATABASE_FILE):
            _invoke(["parse"], prepared=False)
        write_atomic(MANIFEST_DIGEST, digest.encode("utf-8"))
    return MANIFEST


def read_manifest() -> dict[str, Any]:
    """The prepared manifest; importing the definitions reads it and never parses.

    Raises:
        DbtError: there is none.
    """
    if not MANIFEST.is_file():
        message = f"{MANIFEST} is missing: run `tequio dbt-manifest` once (make run, dev, test and check do)"
        raise DbtError(message)
    return cast(dict[str, Any], read_json(MANIFEST))


def build_tables(*, database: Path, made: int) -> list[NodeResult]:
    """The tables and the quality rules over them, of a build that makes so many bytes: of many the rules come after."""
    if made < QUALITY_APART_FROM_BYTES:
        return build_stage(TABLES, database=database)
    tables = build_stage(TABLES, database=database, without=QUALITY)
    if any(found.status in FAILED for found in tables):
        return tables
    return tables + build_quality(database=database, made=made)


def build_quality(*, database: Path, made: int) -> list[NodeResult]:
    """The quality rules over the tables of a build that makes so many bytes (`public_view.bytes_made`)."""
    threads = 1 if made >= QUALITY_ALONE_FROM_BYTES else 2
    return build_stage(TABLES, database=database, only=QUALITY, threads=threads)


def build_stage(
    stage: str,
    *,
    database: Path,
    only: str | None = None,
    without: str | None = None,
    threads: int = 2,
) -> list[NodeResult]:
    """Build and test the models and seeds of `tag:stage:<stage>` in the scratch database: all, `only` those of one
    layer's folder or those `without` it; failed nodes are among the results. Models that this build brings nothing for
    are made empty, without dbt.

    Raises:
        DbtError: dbt could not run at all.
    """
    manifest = read_manifest()
    idle = idle_models.make_empty(database, manifest, stage=stage, only=only, without=without)
    with build_database.dbt_environment(database):
        # Unit tests judge our SQL, not a run's data: `tests/contract` runs them.
        chosen = f"tag:stage:{stage}" if only is None else f"tag:stage:{stage},{only}"
        select = ["--select", chosen, "--exclude-resource-type", "unit_test"]
        excluded = [manifest["nodes"][unique_id]["name"] for unique_id in idle]
        if without is not None:
            excluded.append(without)
        if excluded:
            select += ["--exclude", *excluded]
        built = _invoke(["build", *select, "--threads", str(threads)], prepared=True)
    return [*_told_of_empty(manifest, idle), *built]


def _told_of_empty(manifest: Mapping[str, Any], idle: Sequence[str]) -> list[NodeResult]:
    """What dbt would say of empty tables: they are built, and no test finds a row in them."""
    models = set(idle)
    tests = [one for one, node in manifest["nodes"].items() if node.get("attached_node") in models]
    return [
        NodeResult(unique_id=unique_id, status=status, seconds=0.0, failures=0, message=None)
        for status, unique_ids in (("success", idle), ("pass", tests))
        for unique_id in unique_ids
    ]


def rows_of(database: Path, manifest: Mapping[str, Any], unique_ids: Sequence[str]) -> dict[str, int]:
    """Row counts of built tables, by unique id; counting a view would compute it once more."""
    counts: dict[str, int] = {}
    tables = [one for one in unique_ids if manifest["nodes"][one]["config"]["materialized"] != "view"]
    with build_database.connect(database) as connection:
        for unique_id in tables:
            node = manifest["nodes"][unique_id]
            relation = f'"{node["schema"]}"."{node["alias"]}"'
            row = connection.execute(f"select count(*) from {relation}").fetchone()  # noqa: S608 (from the manifest)
            assert row is not None
            counts[unique_id] = row[0]
    return counts


def contracts(manifest: Mapping[str, Any], *, layer: str) -> dict[str, dict[str, str]]:
    """Columns and types of each model of a layer, from its enforced contract."""
    return {
        node["alias"]: {name: column["data_type"] for name, column in node["columns"].items()}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["fqn"][1] == layer
        and all(column["data_type"] for column in node["columns"].values())
    }


def stage_assets(
    stage: str,
    *,
    manifest: Mapping[str, Any],
    home: Home,
    needed: Callable[[str], bool],
) -> dg.AssetsDefinition:
    """The models of one stage as one step; `needed` gets the run id and says whether dbt has work."""
    translator = TequioDbtTranslator()

    @dbt_assets(
        manifest=manifest,
        select=f"tag:stage:{stage}",
        # The seeds that the last stage needs are assets of the stage before, which needs them too.
        exclude="resource_type:seed" if stage == INTEGRATED else "",
        name=f"dbt_{stage}",
        dagster_dbt_translator=translator,
        pool="duckdb",
    )
    def _assets(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        database = build_plan.database(home, context.run.run_id)
        chosen = context.selected_asset_keys
        keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.specs if spec.key in chosen}
        if not needed(context.run.run_id):
            for key in _in_order(context.assets_def):
                if key in chosen:
                    yield dg.MaterializeResult(asset_key=key, metadata=_figures_of_last_build(context, key))
            yield from _checks_of_last_build(context)
            return
        if stage == TABLES:
            made = public_view.bytes_made(build_plan.run_folder(home, context.run.run_id))
            results = build_tables(database=database, made=made)
        else:
            results = build_stage(stage, database=database)
        # What a broken model makes dbt skip isn't there to be counted.
        built = {
            keys[found.unique_id]: found
            for found in results
            if found.unique_id in keys and found.status == "success"
        }
        counts = rows_of(database, manifest, [found.unique_id for found in built.values()])
        # Idle models are told of before those they depend on, which Dagster refuses.
        for key in _in_order(context.assets_def):
            if key not in built:
                continue
            count = counts.get(built[key].unique_id)
            figures = {} if count is None else {"dagster/row_count": count, "rows": count}
            yield dg.MaterializeResult(asset_key=key, metadata={**figures, "seconds": built[key].seconds})
        yield from _check_results(context, results)
        broken = [f"{found.unique_id}: {found.message}" for found in results if found.status in FAILED]
        if broken:
            raise DbtError(f"dbt stage {stage} failed:\n" + "\n".join(broken))

    return _assets


def _figures_of_last_build(context: dg.AssetExecutionContext, key: dg.AssetKey) -> dict[str, Any]:
    """The row count of a table that had no reason to be built again."""
    event = context.instance.get_latest_materialization_event(key)
    last = event.asset_materialization if event is not None else None
    known = last.metadata if last is not None else {}
    return {
        **{name: known[name] for name in ("dagster/row_count", "rows") if name in known},
        "rebuilt": False,
    }


def _checks_of_last_build(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """What the tests said then, told again: else an unchanged day would leave every check without a result."""
    storage = context.instance.event_log_storage
    for spec in context.assets_def.check_specs:
        if spec.key not in context.selected_asset_check_keys:
            continue
        # The newest entry is this run's own plan to evaluate.
        history = storage.get_asset_check_execution_history(spec.key, limit=2)
        told = [one for one in history if one.status.value in {"SUCCEEDED", "FAILED"}]
        if told:
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=told[0].status.value == "SUCCEEDED",
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"rebuilt": False, "evaluated_in": told[0].run_id},
            )


def _in_order(assets: dg.AssetsDefinition) -> Iterator[dg.AssetKey]:
    """The keys of one step, each after those it depends on (Dagster refuses another order)."""
    keys = {spec.key for spec in assets.specs}
    graph = {spec.key: {dep.asset_key for dep in spec.deps} & keys for spec in assets.specs}
    return iter(TopologicalSorter(graph).static_order())


def _check_results(
    context: dg.AssetExecutionContext, results: Sequence[NodeResult]
) -> Iterator[dg.AssetCheckResult]:
    by_id = {found.unique_id: found for found in results}
    for spec in context.assets_def.check_specs:
        found = by_id.get(spec.metadata[UNIQUE_ID]) if spec.metadata else None
        if found is not None and spec.key in context.selected_asset_check_keys:
            # dbt's `warn` is a test on what a source holds; only our own promises are errors.
            failed = found.status in FAILED
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=found.status in {"pass", "success"},
                severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
                metadata={"failed_rows": found.failures, "seconds": found.seconds},
            )


def _invoke(arguments: Sequence[str], *, prepared: bool) -> list[NodeResult]:
    # dbt takes 2 s to import: whoever only looks at definitions doesn't pay for it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415

    # dbt's own state, not manifest.json: read back from JSON, generic tests lose their arguments.
    loaded = Manifest.from_msgpack(PARSED.read_bytes()) if prepared else None
    common = ["--project-dir", str(PROJECT), "--target-path", str(TARGET), "--log-path", str(TARGET / "logs")]
    if prepared:
        # A build would write the manifest again, in the middle of another run's reading it; that takes 1 s, too.
        common.append("--no-write-json")
    # dbt makes a million objects and most of them stay until it is done: looking for garbage among them again and again
    # took an eighth of its time.
    gc.disable()
    try:
        outcome = dbtRunner(manifest=loaded).invoke([*arguments, "--quiet", "--no-use-colors", *common])
    finally:
        gc.enable()
    # The adapter keeps the scratch file open for the whole process; the next step opens it itself.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if outcome.exception is not None:
        message = f"dbt {arguments[0]} could not run: {outcome.exception}"
        raise DbtError(message) from outcome.exception
    found = [
        NodeResult(
            unique_id=node.node.unique_id,
            status=str(node.status),
            seconds=node.execution_time,
            failures=node.failures or 0,
            message=node.message,
        )
        for node in getattr(outcome.result, "results", None) or []
    ]
    if not outcome.success and not any(node.status in FAILED for node in found):
        message = f"dbt {arguments[0]} failed without naming a node; its log is in {TARGET / 'logs'}"
        raise DbtError(message)
    return found
