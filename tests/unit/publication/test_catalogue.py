"""The dictionary: which table a file belongs to, and the types a reader sees."""

import pytest

from pipelines.publication.catalogue import field_type, table_of
from pipelines.publication.layout import media_type, table_folder, table_path


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("ocds/tables/awards/source=norte/data.parquet", "ocds_awards"),
        ("pdn/tables/s2/source=oaxaca_s2/data.parquet", "pdn_s2"),
        ("pdn/tables/s2_procedimientos/source=oaxaca_s2/data.parquet", "pdn_s2_procedimientos"),
        ("pdn/tables/s3_servidores/source=oaxaca_s3/data.parquet", "pdn_s3_servidores"),
        ("quality/results/source=norte/data.parquet", "quality_results"),
        ("quality/summary/source=norte/data.parquet", "quality_summary"),
        ("quality/ledger.parquet", "ledger"),
        ("provenance/source=norte/data.parquet", "provenance"),
        ("changes/norte.parquet", "changes"),
        ("integrated/suppliers.parquet", "suppliers"),
        ("quality/cross_source.parquet", "quality_cross_source"),
        ("quality/comparisons.parquet", "comparisons"),
        ("quality/field_coverage/source=norte/data.parquet", "quality_field_coverage"),
        ("ocds/packages/norte/2021.json", None),
    ],
)
def test_the_table_of_a_file(path: str, table: str | None) -> None:
    assert table_of(path) == table


@pytest.mark.parametrize(
    "table",
    [
        "ocds_processes",
        "ocds_award_suppliers",
        "pdn_s2",
        "pdn_s2_procedimientos",
        "pdn_s3_servidores",
        "pdn_s3_sanciones",
    ],
)
def test_folder_and_table_name_are_each_others_inverse(table: str) -> None:
    assert table_of(table_path(table_folder(table), "norte")) == table


@pytest.mark.parametrize(
    ("duckdb_type", "expected"),
    [
        ("VARCHAR", "string"),
        ("VARCHAR[]", "array"),
        ("DATE", "date"),
        ("TIMESTAMP", "datetime"),
        ("TIMESTAMP WITH TIME ZONE", "datetime"),
        ("DECIMAL(20,2)", "number"),
        ("BIGINT", "integer"),
        ("UTINYINT", "integer"),
        ("BOOLEAN", "boolean"),
        ("STRUCT(a INTEGER)", "object"),
    ],
)
def test_types_of_the_dictionary(duckdb_type: str, expected: str) -> None:
    assert field_type(duckdb_type) == expected


def test_media_types() -> None:
    assert media_type("ocds/records/norte/2021.jsonl.gz") == "application/gzip"
    assert media_type("ocds/record_packages/norte/2021.json.gz") == "application/gzip"
    assert media_type("catalog.json") == "application/json"
    assert media_type("SHA256SUMS") == "text/plain"
