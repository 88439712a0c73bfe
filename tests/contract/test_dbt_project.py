"""The dbt project as a whole: what it says of itself, what it leaves out, that it builds from nothing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from pipelines import build_database
from pipelines.orchestration import dbt, idle_models
from tests.contract.scratch import PROJECT, Scratch

PUBLISHED = ("standard", "integrated")
STAGES = {"stage:releases", "stage:tables", "stage:integrated"}


@pytest.fixture(scope="module")
def models(parsed_project: Path) -> dict[str, ModelNode]:
    """The models of this layer's folders; quality has its own tests."""
    manifest = Manifest.from_msgpack(parsed_project.read_bytes())
    return {
        node.name: node
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode) and node.fqn[1] in ("staging", *PUBLISHED)
    }


def test_every_model_says_its_grain_and_tests_it(parsed_project: Path, models: dict[str, ModelNode]) -> None:
    manifest = Manifest.from_msgpack(parsed_project.read_bytes())
    grains = {
        node.attached_node: node.test_metadata.kwargs["columns"]
        for node in manifest.nodes.values()
        if node.resource_type == "test" and node.test_metadata.name == "grain"
    }

    assert len(models) == 86
    for model in models.values():
        assert model.description.startswith("One row per "), model.name
        columns = ", ".join(grains[model.unique_id])
        assert re.search(rf"[(; ]{columns}\)", model.description), (model.name, columns)


def test_every_model_belongs_to_one_stage_and_one_layer(models: dict[str, ModelNode]) -> None:
    for model in models.values():
        assert len(STAGES & set(model.tags)) == 1, model.name
        assert model.schema == model.fqn[1], model.name
        assert model.meta == {"dagster": {"group": model.fqn[1]}}, model.name


def test_published_columns_have_a_contract_and_both_languages(models: dict[str, ModelNode]) -> None:
    for model in models.values():
        # What the tables of one standard share is no table: it has structs and stays in the scratch database.
        is_shared = model.name.startswith("int_")
        published = model.fqn[1] in PUBLISHED and not is_shared
        assert model.contract.enforced is published, model.name
        for column in model.columns.values():
            assert column.description, (model.name, column.name)
            assert column.data_type, (model.name, column.name)
            assert bool(column.meta.get("description_es")) is (published or is_shared), (
                model.name,
                column.name,
            )


def test_money_is_never_a_float(models: dict[str, ModelNode]) -> None:
    types = {column.data_type for model in models.values() for column in model.columns.values()}

    assert types == {
        "varchar", "integer", "bigint", "boolean", "date", "timestamp", "decimal(20,2)", "decimal(20,6)",
        "decimal(28,6)", "decimal(38,2)",
    }  # fmt: skip


def test_pdn_tables_have_no_column_for_reserved_data(models: dict[str, ModelNode]) -> None:
    reserved = re.compile("curp|rfc|telefono|domicilio|calle|codigo_postal|correo|email")
    columns = {
        column for name, model in models.items() if name.startswith("pdn_") for column in model.columns
    }

    assert {column for column in columns if reserved.search(column)} == {
        "rfc_persona_moral",
        "contraparte_rfc_persona_moral",
    }


def test_only_public_views_reach_published_tables(models: dict[str, ModelNode]) -> None:
    """Tables read what Python redacted and each other within their layer, never what was landed."""
    private = "ocds_releases"
    for model in models.values():
        if model.fqn[1] in PUBLISHED and model.name != private:
            layer = {
                other.unique_id
                for other in models.values()
                if other.fqn[1] == model.fqn[1] and other.name != private
            }
            for parent in model.depends_on.nodes:
                # Of the declared sources, not of their records: the title.
                assert parent in layer or parent.startswith(
                    (
                        "source.tequio.public_view.",
                        "source.tequio.rebuilt.",
                        "source.tequio.admitted.",
                        "source.tequio.landed_facts.sources",
                        "seed.tequio.",
                    )
                ), (model.name, parent)


def test_sql_is_lower_case_and_not_too_wide() -> None:
    for path in sorted(PROJECT.glob("models/*/**/*.sql")) + sorted(PROJECT.glob("macros/*.sql")):
        if "quality" in path.as_posix():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            where = f"{path.relative_to(PROJECT)}:{number}"
            assert len(line) <= 100, where
            assert not re.search(r"\b(SELECT|FROM|WHERE|JOIN|GROUP BY|ORDER BY)\b", line), where


BUILD = ("build", "--exclude-resource-type", "unit_test", "--select")


@pytest.fixture(scope="module")
def without_rows(new_scratch: Callable[[], Scratch]) -> Scratch:
    """The first two stages over nothing."""
    scratch = new_scratch()
    scratch.dbt(*BUILD, "tag:stage:releases")
    scratch.dbt(*BUILD, "tag:stage:tables", "path:seeds")
    return scratch


def test_idle_models_are_made_as_dbt_would_build_them(
    without_rows: Scratch, new_scratch: Callable[[], Scratch]
) -> None:
    """`pipelines/orchestration/idle_models.py` makes what is empty in any build without deliveries of the kind."""
    dbt.prepare_manifest()
    manifest = dbt.read_manifest()
    made = new_scratch()
    # Any model: what was landed is there once dbt was asked.
    made.dbt("run", "--select", "stg_pdn_v1__records")
    idle = [
        unique_id
        for stage in ("releases", "tables")
        for unique_id in idle_models.make_empty(made.path, manifest, stage=stage)
    ]
    nodes = {unique_id: manifest["nodes"][unique_id] for unique_id in idle}
    tables = [f"{node['schema']}.{node['alias']}" for node in nodes.values()]
    filled = without_rows.rows(
        " union all ".join(f"(select '{table}' as filled from {table} limit 1)" for table in tables)
    )
    columns = (
        "select table_schema || '.' || table_name as name, list((column_name, data_type) order by ordinal_position) "
        "as columns from information_schema.columns group by all"
    )
    as_built, as_made = (
        {row["name"]: row["columns"] for row in scratch.rows(columns)} for scratch in (without_rows, made)
    )

    assert {idle_models.kind(node) for node in nodes.values()} == set(idle_models.FILLED_BY)
    assert filled == []
    for unique_id, table in zip(nodes, tables, strict=True):
        if "int_" not in table:
            assert as_made[table] == as_built[table], table
            continue
        readers = [one for one in manifest["child_map"][unique_id] if one.startswith("model.")]
        kinds = {idle_models.kind(manifest["nodes"][one]) for one in (unique_id, *readers)}
        # The rules of a standard are idle whenever its tables are.
        assert len({idle_models.FILLED_BY[one] for one in kinds if one is not None}) == 1, table
        assert None not in kinds, table


def test_everything_builds_without_a_single_row(without_rows: Scratch) -> None:
    scratch = without_rows
    scratch.admit_everything([])
    scratch.dbt(*BUILD, "tag:stage:integrated")

    tables = scratch.rows(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('staging', 'standard', 'integrated')"
    )
    counts = scratch.rows(
        " union all ".join(
            f"select '{row['table_name']}' as name, count(*) as n from {row['table_schema']}.{row['table_name']}"
            for row in tables
        )
    )
    assert len(counts) == 86
    assert {row["name"] for row in counts if row["n"]} == {"entity_coverage", "pdn_coverage"}

    # dbt's own unit tests read the types of their inputs from the database, so they run on this one.
    paths = [f"path:models/{layer},test_type:unit" for layer in ("staging", "quality", *PUBLISHED)]
    results = scratch.dbt("test", "--select", *paths)
    assert len(results) == 51
    assert set(results.values()) == {"pass"}


def test_dbt_writes_row_groups_of_the_size_that_the_database_has(new_scratch: Callable[[], Scratch]) -> None:
    """Of larger ones the models would still be right, with one core and twice the memory."""
    processes = 3 * build_database.ROW_GROUP_ROWS
    scratch = new_scratch()
    scratch.insert(
        "public_view.ocds_compiled",
        [
            {
                "slice_id": "obras@g1",
                "source_id": "obras",
                "ocid": f"ocds-t-{at}",
                "compiled": f'{{"ocid":"ocds-t-{at}"}}',
                "release_count": 1,
                "record_count": 1,
                "positions": "[]",
                "year": 2024,
            }
            for at in range(processes)
        ],
    )

    scratch.dbt("run", "--select", "int_ocds_sections")

    (found,) = scratch.rows(
        "select count(distinct row_group_id) as row_groups, max(count) as most_rows "
        "from pragma_storage_info('standard.int_ocds_sections') where column_name = 'ocid'"
    )
    assert found["row_groups"] >= 3
    assert found["most_rows"] <= build_database.ROW_GROUP_ROWS
