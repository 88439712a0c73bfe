"""Starting a build from the last one: only the processes whose records changed are made again.

Here: whether a build of a source may start from an earlier one, what of that one's files still holds, and keeping
the files of a build for the next. Not here: how landed generations differ (`pipelines/landing/changes.py`), which
releases and public rows that leaves (`pipelines/standards/increment.py`), the whole slice that is exported either way
(`slices.py`).

Only OCDS packages: there a record becomes its releases by itself. Rows of tables become processes together, so those
sources are built whole. An increment gives what a build from nothing would give, byte for byte; whatever speaks
against it (other code, other declared facts, records that moved, too much that changed) means a build from nothing.

`raw/work/<source>/`: `state.json`, and for each layer `<generation>/` with `staged/`, `public/<table>/`,
`verdicts/`, `recompiled.parquet` and `unusable.parquet`. Private, because staged releases are as published.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipelines import build_database, ordinals, sql
from pipelines.home import PRIVATE_MODE, Home, link_file, read_json, sha256_file, write_json
from pipelines.landing import land
from pipelines.landing.changes import changes
from pipelines.landing.land import Generation
from pipelines.ordinals import Ordinals, within
from pipelines.publication import folders, layout, slices
from pipelines.registry import Source
from pipelines.standards import increment, view_part
from pipelines.standards.increment import Kept, Layer

FAMILY = "ocds_packages"
STATE_FILE = "state.json"
RECOMPILED = "recompiled.parquet"
UNUSABLE = "unusable.parquet"
VERDICTS = "verdicts"
# Quality models with a row for each process that say nothing of others, beside the local families of rules.
_OF_ONE_PROCESS = ("quality_entities", "quality_entity_verdicts", "quality_ocds_field_shapes")
# Tables over all processes of a source: they are made of the others, so they are made again.
_OVER_PROCESSES = frozenset({"organizations", "additional_fields"})
# Each layer is read by every later build: more of them cost more than building anew once.
MOST_LAYERS = 8
# With more of the records changed, a build from nothing is about as fast.
MOST_CHANGED = 0.2
# A new record makes its whole process again: about so many rows for each.
ROWS_FOR_EACH = 4


@dataclass(frozen=True)
class _LayerState:
    """A layer as it is remembered: whose generation made it, which ordinals of the layers below it replaced, and the
    size of each of its files.
    """

    generation: str
    removed: tuple[Ordinals, ...]
    files: Mapping[str, int]


@dataclass(frozen=True)
class Start:
    """The earlier build that a build of `slice_id` starts from.

    `read`: the landed records to read. `rows`: about how many rows that makes. `kept`: what of its layers still holds.
    `tables`: its slice's files by path. `layer`: the last of its layers; of its unusable records, those within
    `kept.removed` are gone. `state`: its layers as remembered.
    """

    slice_id: str
    read: tuple[Ordinals, ...]
    rows: int
    kept: Kept
    tables: Path
    layer: Path
    state: tuple[_LayerState, ...]


def find(  # noqa: PLR0913 (what is built, of what, where)
    home: Home,
    source: Source,
    generation: Generation,
    *,
    code_version: str,
    run_folder: Path,
    verify: bool = True,
) -> Start | None:
    """What a build of this generation may start from; None for a build from nothing.

    `verify`: the bytes of the slice's tables are compared with what it says, which takes seconds for a large one; a
    run does so once.
    """
    path = _folder(home, source.id) / STATE_FILE
    if source.family != FAMILY or not path.is_file():
        return None
    state = read_json(path)
    layers = tuple(_layer_state(layer) for layer in state["layers"])
    key = slices.slice_key(source, generation=state["generation"], code_version=code_version)
    old = land.read_generation(home, source.id, state["generation"])
    if (
        state["key"] != key
        or len(layers) >= MOST_LAYERS
        or old is None
        or generation.generation in {layer.generation for layer in layers}
        or not _stands(home, source, key, layers, verify=verify)
    ):
        return None
    found = changes(home, old, generation)
    if found is None or not (found.has_same_ordinals and found.has_same_duplicates):
        return None
    new = ordinals.count(found.new)
    if ordinals.count(found.old) + new > MOST_CHANGED * (old.records + old.duplicates):
        return None
    slice_id = slices.slice_id(source.id, generation.generation)
    return Start(
        slice_id=slice_id,
        read=found.new,
        rows=min(ROWS_FOR_EACH * new, generation.records),
        kept=Kept(
            slice_id=slice_id,
            layers=tuple(_layers(home, source.id, layers)),
            removed=found.old,
            recompiled=run_folder / f"{source.id}-{generation.generation}-{RECOMPILED}",
        ),
        tables=slices.slice_folder(home, source.id, key) / layout.SLICE_FILES,
        layer=_folder(home, source.id) / layers[-1].generation,
        state=layers,
    )


def create_kept_records(connection: duckdb.DuckDBPyConnection, starts: Sequence[Start]) -> None:
    """`kept.unusable_records`: the unusable records that are still there, to be read by the model of that name."""
    _create_kept(
        connection,
        "unusable_records",
        [
            f"SELECT * REPLACE ({sql.text(start.slice_id)} AS slice_id) "  # noqa: S608 (our own paths)
            f"FROM read_parquet({sql.text(start.layer / UNUSABLE)}) WHERE NOT ({within(start.kept.removed)})"
            for start in starts
        ],
    )


def create_kept_tables(database: Path, starts: Sequence[Start]) -> None:
    """`kept.<model>` for each model whose rows belong to a process each: those of processes that stay as they are, also
    what the local families of quality rules said of them. The models add them to what they make (macro
    `keep_unchanged`).
    """
    if not starts:
        return
    with build_database.connect(database) as connection:
        tables = {path.name for start in starts for path in (start.tables / layout.OCDS_TABLES).iterdir()}
        for table in sorted(tables - _OVER_PROCESSES):
            _create_kept(connection, f"ocds_{table}", [_standing(start, table) for start in starts])
        models = {file.stem for start in starts for file in (start.layer / VERDICTS).iterdir()}
        for model in sorted(models):
            _create_kept(connection, model, [query for start in starts for query in _verdicts(start, model)])


def keep(  # noqa: PLR0913 (what was built, of what, where, and from where)
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    generation: Generation,
    *,
    code_version: str,
    run_folder: Path,
    parts: range,
    start: Start | None,
) -> None:
    """Remember the build in `run_folder`, whose slice stands, for the next one. `connection`: to its scratch database;
    `parts`: the numbers of its parts.

    Files are linked, not copied.
    """
    if source.family != FAMILY:
        return
    root = _folder(home, source.id)
    root.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    # From here until the state is written again, a build that is killed means one from nothing.
    (root / STATE_FILE).unlink(missing_ok=True)
    layer = root / generation.generation
    shutil.rmtree(layer, ignore_errors=True)
    _link(
        (
            file
            for number in parts
            for file in (run_folder / view_part.STAGED / f"part={number}").glob("*.parquet")
        ),
        layer / view_part.STAGED,
        prefix=True,
    )
    for table in increment.PROCESS_COLUMN:
        public = run_folder / view_part.PUBLIC / table
        _link(
            (file for number in parts for file in public.glob(f"processes-{number:05d}.parquet")),
            layer / view_part.PUBLIC / table,
        )
    _keep_unusable(connection, source, generation, layer)
    _keep_verdicts(connection, source, generation, layer)
    if start is not None:
        link_file(start.kept.recompiled, layer / RECOMPILED)
    folders.make_durable(layer)
    removed = () if start is None else start.kept.removed
    made = _LayerState(generation.generation, removed, _sizes(layer))
    layers = [*(() if start is None else start.state), made]
    key = slices.slice_key(source, generation=generation.generation, code_version=code_version)
    write_json(
        root / STATE_FILE,
        {"generation": generation.generation, "key": key, "layers": [asdict(one) for one in layers]},
    )
    wanted = {one.generation for one in layers}
    for left in root.iterdir():
        if left.is_dir() and left.name not in wanted:
            shutil.rmtree(left)


def _keep_unusable(
    connection: duckdb.DuckDBPyConnection, source: Source, generation: Generation, layer: Path
) -> None:
    """No slice holds them, and the next build needs them whole."""
    connection.execute(
        "COPY (SELECT * FROM staging.unusable_records WHERE slice_id = ?) "  # noqa: S608 (our own path)
        f"TO {sql.text(layer / UNUSABLE)} (FORMAT parquet)",
        [slices.slice_id(source.id, generation.generation)],
    )


def _keep_verdicts(
    connection: duckdb.DuckDBPyConnection, source: Source, generation: Generation, layer: Path
) -> None:
    """What the rules said of the processes that this build made; of the source itself it is asked anew each time."""
    folder = layer / VERDICTS
    folder.mkdir(mode=PRIVATE_MODE)
    local = connection.execute(
        "SELECT DISTINCT family FROM quality.quality_rules WHERE kind = 'local' ORDER BY 1"
    ).fetchall()
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'quality'"
    ).fetchall()
    made = {name for (name,) in found}
    for model in (*_OF_ONE_PROCESS, *(family for (family,) in local)):
        rebuilt = f"int_rebuilt_{model}"
        connection.execute(
            f"COPY (SELECT * FROM quality.{rebuilt if rebuilt in made else model} "  # noqa: S608 (our own names)
            f"WHERE slice_id = ? AND entity_key <> ?) TO {sql.text(folder / f'{model}.parquet')} (FORMAT parquet)",
            [slices.slice_id(source.id, generation.generation), source.id],
        )


def _verdicts(start: Start, model: str) -> list[str]:
    """Queries: the rows of a quality model on the processes that aren't made again."""
    return [
        increment.standing_rows(
            layer.folder / VERDICTS / f"{model}.parquet", start.kept, layer=number, column="entity_key"
        )
        for number, layer in enumerate(start.kept.layers)
    ]


def _folder(home: Home, source_id: str) -> Path:
    return home.work / source_id


def _layer_state(document: Mapping[str, object]) -> _LayerState:
    removed = document["removed"]
    assert isinstance(removed, list)
    files = document["files"]
    assert isinstance(files, dict)
    return _LayerState(str(document["generation"]), tuple((first, last) for first, last in removed), files)


def _sizes(layer: Path) -> dict[str, int]:
    return {name: path.stat().st_size for name, path in folders.files_below(layer)}


def _layers(home: Home, source_id: str, layers: Sequence[_LayerState]) -> Iterable[Layer]:
    """Each layer with what the later ones made untrue in it."""
    root = _folder(home, source_id)
    for at, layer in enumerate(layers):
        later = layers[at + 1 :]
        yield Layer(
            folder=root / layer.generation,
            removed=tuple(ordinals for one in later for ordinals in one.removed),
            recompiled=tuple(root / one.generation / RECOMPILED for one in later),
        )


def _stands(home: Home, source: Source, key: str, layers: Sequence[_LayerState], *, verify: bool) -> bool:
    """Whether the layers and the slice are there, and its tables are what it says."""
    root = _folder(home, source.id)
    if any(_sizes(root / layer.generation) != layer.files for layer in layers):
        return False
    try:
        found = slices.read_slice(home, source.id, key)
    except slices.SliceError:
        return False
    files = slices.slice_folder(home, source.id, key) / layout.SLICE_FILES
    return all(
        (files / file.path).is_file() and (not verify or sha256_file(files / file.path) == file.sha256)
        for file in found.files
        if file.path.startswith(f"{layout.OCDS_TABLES}/")
    )


def _standing(start: Start, table: str) -> str:
    """Query: the rows of a published table whose process isn't made again."""
    # The slice was made when the last layer was.
    return increment.standing_rows(
        start.tables / layout.OCDS_TABLES / table / "*/*.parquet",
        start.kept,
        layer=len(start.kept.layers) - 1,
        column="ocid",
    )


def _create_kept(connection: duckdb.DuckDBPyConnection, table: str, queries: Sequence[str]) -> None:
    if queries:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {increment.KEPT}")
        connection.execute(
            f"CREATE OR REPLACE VIEW {increment.KEPT}.{table} AS {' UNION ALL BY NAME '.join(queries)}"
        )


def _link(files: Iterable[Path], folder: Path, *, prefix: bool = False) -> None:
    """Link files into `folder`; with `prefix` under a name that tells the folder they stood in."""
    folder.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    for file in files:
        name = f"{file.parent.name.replace('=', '-')}-{file.name}" if prefix else file.name
        link_file(file, folder / name)
