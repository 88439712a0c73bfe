"""The same declarations over recordings of real data: counts explained to the last source record."""

import gzip
import json
from pathlib import Path

import duckdb
import jsonschema_rs
import pytest

from pipelines.home import Home
from pipelines.standards.derive_schemas import pdn_schema
from tests.end_to_end.conftest import REPOSITORY, Outcome, run_tequio

pytestmark = pytest.mark.slow

RECORDINGS = REPOSITORY / "tests" / "recordings" / "shared_data"


@pytest.fixture(scope="module")
def told(shared_data: Path, home: Home) -> Outcome:
    outcome = run_tequio(home.root, "--portals", f"recordings:{RECORDINGS}")
    assert outcome.exit_code in {0, 3}, outcome.told.get("error") or outcome.stderr
    return outcome


@pytest.mark.parametrize(
    ("source_id", "declared", "published", "duplicates"),
    [
        ("nuevo_leon_si", 24, 24, 0),
        ("compranet_edca", 3430, 3420, 10),
        ("yucatan_inaip", 1, 1, 0),
        ("comprasmx_2026", 3986, 3983, 3),
        ("oaxaca_s2", 39, 39, 0),
        ("chihuahua_s2", 450, 450, 0),
        ("chihuahua_s3", 900, 900, 0),
    ],
)
def test_every_source_record_is_accounted_for(
    told: Outcome, source_id: str, declared: int, published: int, duplicates: int
) -> None:
    source = told.sources[source_id]

    assert source["admitted"], source["reasons"]
    assert (source["declared"], source["published"], source["duplicates"]) == (
        declared,
        published,
        duplicates,
    )
    assert source["quarantined"] == source["held_back"] == source["missing"] == 0


@pytest.mark.parametrize("source_id", ["jalisco_s2", "jalisco_s3"])
def test_captures_that_hold_less_than_they_declare_are_partial(told: Outcome, source_id: str) -> None:
    source = told.sources[source_id]

    assert source["state"] == "partial"
    assert (source["published"], source["held_back"]) == (0, 2)


def test_what_a_capture_declares_and_does_not_hold_is_missing(told: Outcome) -> None:
    assert (told.sources["jalisco_s2"]["declared"], told.sources["jalisco_s2"]["missing"]) == (450, 448)


def test_a_host_without_recordings_does_not_answer(told: Outcome) -> None:
    assert told.sources["guadalajara"]["state"] == "unavailable"
    assert told.sources["guadalajara"]["declared"] is None


def test_comprasmx_rows_become_procedures(told: Outcome, home: Home) -> None:
    path = (
        home.publications
        / "latest"
        / "ocds"
        / "tables"
        / "processes"
        / "source=comprasmx_2026"
        / "data.parquet"
    )
    row = duckdb.sql(f"select count(*), sum(record_count), min(ocid) from '{path}'").fetchall()[0]

    assert row[:2] == (2126, 3983)
    assert row[2].startswith("tequio-comprasmx_2026-")


def test_amounts_are_exact(told: Outcome, home: Home, shared_data: Path) -> None:
    """The sum over published contracts is that of the publisher's file, to the cent."""
    path = (
        home.publications
        / "latest"
        / "ocds"
        / "tables"
        / "contracts"
        / "source=comprasmx_2026"
        / "data.parquet"
    )
    published = duckdb.sql(f"select sum(amount) from '{path}'").fetchall()[0][0]
    source = shared_data / "tabular" / "comprasmx" / "contratos_2026.csv"
    expected = duckdb.sql(
        'select sum(cast("Importe DRC" as decimal(38, 2))) from '
        f"(select distinct * from read_csv('{source}', all_varchar = true))"
    ).fetchall()[0][0]

    assert published == expected


@pytest.mark.parametrize(
    ("recorded", "page", "openapi", "component"),
    [
        (
            "s2_v1_450.json.gz",
            "s2/chihuahua_s2.json",
            "S2/OAS_API_servidores_intervienen_contrataciones.json",
            "resSpic",
        ),
        (
            "s3s_v1_450.json.gz",
            "s3_servidores/chihuahua_s3.json",
            "S3/OAS_API_Servidores_Sancionados.json",
            "ssancionados",
        ),
        (
            "s3p_v1_450.json.gz",
            "s3_particulares/chihuahua_s3.json",
            "S3/OAS_API_Particulares_Sancionados.json",
            "resParticularesSancionados",
        ),
    ],
)
def test_pdn_pages_fit_the_openapi_where_the_input_did(  # noqa: PLR0917 (the standard's file and component go together)
    told: Outcome,
    home: Home,
    shared_data: Path,
    shared_standards: Path,
    recorded: str,
    page: str,
    openapi: str,
    component: str,
) -> None:
    schema = pdn_schema(json.loads((shared_standards / "pdn" / openapi).read_bytes()), component)
    validator = jsonschema_rs.validator_for(schema["definitions"]["record"])
    given = json.loads(gzip.decompress((shared_data / "pdn" / "synthetic" / recorded).read_bytes()))
    published = json.loads((home.publications / "latest" / "pdn" / "pages" / page).read_bytes())
    by_id = {record["id"]: record for record in published["results"]}

    valid = [record["id"] for record in given if validator.is_valid(record)]

    assert published["pagination"] == {"page": 1, "pageSize": 450, "totalRows": 450, "hasNextPage": False}
    assert len(valid) > 400
    assert [record_id for record_id in valid if not validator.is_valid(by_id[record_id])] == []


def test_a_recorded_portal_needs_no_code(tmp_path: Path, home: Home, told: Outcome) -> None:
    """A folder, an index and a declaration that nobody wrote code for."""
    declarations = tmp_path / "sources" / "31_yucatan"
    declarations.mkdir(parents=True)
    schema = REPOSITORY / "sources" / "source.schema.json"
    (tmp_path / "sources" / "source.schema.json").write_bytes(schema.read_bytes())
    (declarations / "merida.yaml").write_text(
        """
id: merida
title: Contrataciones abiertas de Mérida
entity: "31"
publisher: {id: merida, name: Ayuntamiento de Mérida, email: datos@merida.example, uri: "https://merida.example"}
system: s6-ocds
family: ocds_packages
protocol: edcapi
url: https://edca.merida.example
ocid_prefix: null
cadence: monthly
licence: https://datos.gob.mx/libreusomx
status: live
""",
        encoding="utf-8",
    )
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    release = {
        "ocid": "tequio-merida-1",
        "id": "1",
        "date": "2026-03-01T00:00:00-06:00",
        "tag": ["tender"],
        "initiationType": "tender",
        "tender": {"id": "1", "title": "Papel", "status": "active"},
    }
    package = {
        "uri": "https://edca.merida.example/1",
        "version": "1.1",
        "publishedDate": "2026-03-01T00:00:00-06:00",
        "publisher": {"name": "Mérida"},
        "releases": [release],
    }
    (recordings / "2026.json").write_text(json.dumps({"arrayReleasePackage": [package]}), encoding="utf-8")
    (recordings / "recordings.yaml").write_text(
        """
version: 1
entries:
  - url: https://edca.merida.example/edca/fiscalYears
    body_json: {fiscalYears: [{id: 1, year: 2026, status: true}]}
  - url: https://edca.merida.example/edca/contractingprocess/2026
    body_file: 2026.json
""",
        encoding="utf-8",
    )

    outcome = run_tequio(
        tmp_path / "home", "--sources", str(tmp_path / "sources"), "--portals", f"recordings:{recordings}"
    )

    assert outcome.exit_code == 0, outcome.told or outcome.stderr
    assert outcome.sources["merida"]["published"] == 1
