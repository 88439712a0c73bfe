"""Models that a build brings nothing for: their tables are made empty, without asking dbt for them.

Most nights a few sources have news. The models of the other kinds would still be rendered, planned and tested over
nothing: of a build for one PDN source that was two thirds of its time.

Here: which models these are, their empty tables. Not here: dbt's invocations (`dbt.py`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines import build_database
from pipelines.publication.scratch import TABULAR_FAMILIES

# What can fill the models of a layer whose folder, or else whose name, begins so: a query with a row if the build has it.
# Landed rows are not asked for tables: a delivery from which records are only missing has none, and tables to make.
_ANY_LANDED = "select 1 from landed.{} limit 1"
_ANY_OF_SYSTEM = (
    "select 1 from landed.generations inner join landed.sources using (source_id) "
    "where (system = 's6-ocds') = {} limit 1"
)
FILLED_BY: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{("staging", family): (_ANY_LANDED.format(family),) for family in TABULAR_FAMILIES},
    ("staging", "contracts"): tuple(_ANY_LANDED.format(family) for family in TABULAR_FAMILIES),
    ("standard", "ocds"): (_ANY_OF_SYSTEM.format("true"),),
    ("quality", "quality_ocds_"): (_ANY_OF_SYSTEM.format("true"),),
    ("standard", "pdn"): (_ANY_OF_SYSTEM.format("false"),),
    ("quality", "quality_pdn_"): (_ANY_OF_SYSTEM.format("false"),),
}


def kind(node: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key of `FILLED_BY` that a node of the manifest belongs to."""
    if node["resource_type"] != "model":
        return None
    _, layer, inner, *_ = node["fqn"]
    return next((key for key in FILLED_BY if key[0] == layer and _begins(inner, key[1])), None)


def _begins(inner: str, beginning: str) -> bool:
    return inner.startswith(beginning) if beginning.endswith("_") else inner == beginning


def make_empty(
    database: Path,
    manifest: Mapping[str, Any],
    *,
    stage: str,
    only: str | None = None,
    without: str | None = None,
) -> list[str]:
    """Make the empty tables of a stage's idle models, of all layers, `only` of one or `without` one; returns the unique
    ids of these models.

    Their columns are those that the models declare; of a shared table (`int_`), which declares its keys, only its own
    kind reads the others.
    """
    candidates = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if f"stage:{stage}" in node["tags"]
        and kind(node) is not None
        and only in {None, node["fqn"][1]}
        and without != node["fqn"][1]
    }
    if not candidates:
        return []
    with build_database.connect(database) as connection:
        idle = {
            key
            for key, queries in FILLED_BY.items()
            if all(connection.execute(query).fetchone() is None for query in queries)
        }
        found = {unique_id: node for unique_id, node in candidates.items() if kind(node) in idle}
        for node in found.values():
            columns = ", ".join(f'"{name}" {column["data_type"]}' for name, column in node["columns"].items())
            connection.execute(f'create schema if not exists "{node["schema"]}"')
            connection.execute(f'create or replace table "{node["schema"]}"."{node["alias"]}" ({columns})')
    return list(found)
