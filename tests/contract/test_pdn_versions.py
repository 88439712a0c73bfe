"""The version log reads records as staging does: the same collections, the same ids."""

import json
from collections.abc import Callable

import duckdb

from pipelines.landing.version_log import own_ids
from pipelines.standards.pdn import COLLECTIONS
from tests.contract.scratch import Scratch, landed

FAMILIES = ("pdn_s1", "pdn_v1", "pdn_v2")
RECORDS = [
    {"id": "a", "_id": "b"},
    {"id": 7},
    {"id": 7.5, "v": 1},
    {"id": "  ", "_id": {"$oid": "c"}},
    {"id": None, "_id": "d"},
    {"id": "", "_id": ""},
    {"v": "sin id"},
    {"id": " e "},
    {"id": {"x": 1}},
    [1],
    "texto",
    None,
]


def test_every_collection_belongs_to_what_staging_says(new_scratch: Callable[[], Scratch]) -> None:
    scratch = new_scratch()
    for family in FAMILIES:
        for collection in (*COLLECTIONS, "otra"):
            scratch.insert(
                f"landed.{family}", landed(f"{family}_{collection}", [{"id": "1"}], collection=collection)
            )
    scratch.dbt("build", "--select", "+pdn_records", "--exclude-resource-type", "unit_test")
    staged = scratch.rows("select distinct collection, system, dialect from staging.pdn_records")
    assert {row["collection"]: (row["system"], row["dialect"]) for row in staged} == COLLECTIONS


def test_ids_are_those_of_staging(new_scratch: Callable[[], Scratch]) -> None:
    scratch = new_scratch()
    rows = landed("fuente", RECORDS, collection="spic")
    scratch.insert("landed.pdn_v1", rows)
    scratch.dbt("build", "--select", "+pdn_records", "--exclude-resource-type", "unit_test")
    staged = {
        row["ordinal"]: row["record_id"]
        for row in scratch.rows("select ordinal, record_id from staging.pdn_records")
    }
    with duckdb.connect(str(scratch.path), read_only=True) as connection:
        found = connection.execute(
            own_ids("SELECT * FROM published.pdn_v1 WHERE NOT is_duplicate")
        ).fetchall()
    assert {ordinal: record_id or digest for ordinal, _, digest, record_id in found} == staged
    assert [ordinal for ordinal, _, _, record_id in sorted(found) if record_id is None] == [
        at
        for at, record in enumerate(RECORDS)
        if json.dumps(record) in ('{"id": "", "_id": ""}', '{"v": "sin id"}')
    ]
