"""The same declarations over recordings of real data: counts explained to the last source record."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import jsonschema_rs
import pytest
import yaml

from pipelines.home import Home
from pipelines.registry import Source, load_sources
from pipelines.standards.derive_schemas import pdn_schema
from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.identity import classify, mask
from tests.end_to_end.conftest import REPOSITORY, Outcome, run_tequio

pytestmark = pytest.mark.slow

RECORDINGS = REPOSITORY / "tests" / "recordings" / "shared_data"


@pytest.fixture(scope="module")
def told(shared_data: Path, home: Home) -> Outcome:
    outcome = run_tequio(home.root, "--portals", f"recordings:{RECORDINGS}")
    assert outcome.exit_code in {0, 3}, outcome.told.get("error") or outcome.stderr
    return outcome


# Tables of the municipality's advertising tool that are no contracts: its budgets, invoices, messages and catalogues,
# and lists drawn from its other tables.
NOT_CONTRACTS = (
    *("F70FXXIIIA", "F70FXXIIIC", "F70FXXIIIC_tabla_333914", "F70FXXIIID", "convenios", "desglosepartidas"),
    *(
        "facturas",
        "facturas_detalles",
        "gasto_por_proveedores",
        "gasto_por_tipo_servicio",
        "gasto_x_proveedor",
    ),
    *("lista_avisos", "lista_campanas", "lista_contratos", "lista_erogaciones", "lista_sujetos_obligados"),
    *("oc_x_proveedor", "orden_compra", "presupuesto", "presupuestos", "proveedores", "sujetos_obligados"),
)


def read(told: Outcome, home: Home, table: str) -> list[dict[str, Any]]:
    """A table of the release, all sources, in order."""
    assert told.told["release"]
    found = duckdb.sql(f"select * from '{home.publications}/latest/{table}/**/*.parquet' order by all")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def declared() -> Mapping[str, Source]:
    return {source.id: source for source in load_sources(REPOSITORY / "sources")}


@pytest.fixture(scope="module")
def file_books(told: Outcome, home: Home) -> list[dict[str, Any]]:
    return read(told, home, "quality/files")


@pytest.fixture(scope="module")
def repairs(told: Outcome, home: Home) -> list[dict[str, Any]]:
    return read(told, home, "quality/repairs")


def test_every_procurement_file_is_recorded(shared_data: Path) -> None:
    served = recorded_files()
    files = {
        path.relative_to(shared_data).as_posix()
        for folder in ("ocds", "tabular")
        for path in (shared_data / folder).rglob("*.*")
    }
    advertising = "tabular/chihuahua/publicidad_sipot"

    assert files - served == {f"{advertising}/{name}.csv" for name in NOT_CONTRACTS}


def test_every_file_of_the_pdn_is_recorded(shared_data: Path) -> None:
    """All but the table of connected bodies, which is a seed of the project."""
    files = {path.relative_to(shared_data).as_posix() for path in (shared_data / "pdn").rglob("*.*")}

    assert len(files) == 30
    assert files - recorded_files() == {"pdn/cobertura_estados_2024Q3.json"}


def recorded_files() -> set[str]:
    """The files that the index names."""
    index = yaml.safe_load((RECORDINGS / "recordings.yaml").read_text(encoding="utf-8"))
    named = [entry.get("body_file") or entry.get("pages_from") or [] for entry in index["entries"]]
    return {name for one in named for name in ([one] if isinstance(one, str) else one)}


@pytest.mark.parametrize(
    ("source_id", "declared", "published", "quarantined", "duplicates"),
    [
        ("cdmx_sefin", 30, 29, 1, 0),
        ("chihuahua_contratos", 1932, 1932, 0, 0),
        ("chihuahua_publicidad", 1953, 1949, 0, 4),
        ("chihuahua_publicidad_contratos", 318, 318, 0, 0),
        ("compranet_edca", 3430, 3420, 0, 10),
        ("comprasmx_2026", 3986, 3983, 0, 3),
        ("jalisco_sepaf", 20, 20, 0, 0),
        ("nuevo_leon_si", 24, 24, 0, 0),
        ("nuevo_leon_si_anteriores", 20, 20, 0, 0),
        ("yucatan_inaip", 1, 1, 0, 0),
        ("oaxaca_s2", 39, 39, 0, 0),
        ("chihuahua_s2", 450, 450, 0, 0),
        ("chihuahua_s3", 900, 900, 0, 0),
        ("chihuahua_s3_v2", 8, 8, 0, 0),
        ("zacatecas_s3", 8, 8, 0, 0),
    ],
)
def test_every_source_record_is_accounted_for(
    told: Outcome, source_id: str, *, declared: int, published: int, quarantined: int, duplicates: int
) -> None:
    source = told.sources[source_id]
    books = ("declared", "published", "quarantined", "duplicates", "held_back", "missing")

    assert source["admitted"], source["reasons"]
    assert tuple(source[part] for part in books) == (declared, published, quarantined, duplicates, 0, 0)


def test_every_file_is_accounted_for(
    told: Outcome, declared: Mapping[str, Source], file_books: list[dict[str, Any]]
) -> None:
    """in = released + quarantined + duplicates, file by file, and the files of a source are its books."""
    fates = ("published", "unusable", "quarantined", "duplicates_bytes", "duplicates_content")
    sums: dict[str, Counter[str]] = {}
    pages: dict[str, list[int]] = {}
    for row in file_books:
        assert row["items"] == sum(row[fate] for fate in fates) > 0, row
        books = sums.setdefault(row["source_id"], Counter())
        books.update({fate: row[fate] for fate in ("items", *fates)})
        pages.setdefault(row["source_id"], []).append(row["page"])

    assert set(sums) == {source_id for source_id, source in told.sources.items() if source["admitted"]}
    for source_id, books in sums.items():
        source = told.sources[source_id]
        assert books["items"] == source["declared"], source_id
        assert books["published"] == source["published"], source_id
        assert books["quarantined"] + books["unusable"] == source["quarantined"], source_id
        assert books["duplicates_bytes"] + books["duplicates_content"] == source["duplicates"], source_id
        if declared[source_id].protocol == "bulk_files":
            files = declared[source_id].parameters["files"]
            assert sorted(pages[source_id]) == list(range(1, len(files) + 1)), source_id


def test_a_file_that_does_not_parse_costs_only_itself(file_books: list[dict[str, Any]]) -> None:
    """One of the thirty of CDMX has a comma too many."""
    of_cdmx = [row for row in file_books if row["source_id"] == "cdmx_sefin"]
    broken = [row for row in of_cdmx if row["quarantined"]]

    assert len(of_cdmx) == 30
    assert [(row["items"], row["quarantined"], row["published"]) for row in broken] == [(1, 1, 0)]


def test_the_text_of_cdmx_is_repaired_and_guesses_are_told(repairs: list[dict[str, Any]]) -> None:
    found = Counter(
        (row["kind"], row["is_guess"])
        for row in repairs
        if row["source_id"] == "cdmx_sefin" and row["kind"] in {"double_encoding", "lossy_character"}
    )

    assert found == {("double_encoding", False): 51, ("lossy_character", True): 16}


def test_no_published_repair_names_a_person(repairs: list[dict[str, Any]]) -> None:
    """Of an RFC of a natural person only its shape is told, as `mask` writes it: AAAA-999999-AA9."""
    telling = []
    shapes: Counter[str] = Counter()
    for row in repairs:
        for column in ("path", "original", "repaired"):
            text = row[column] or ""
            is_shape = mask(text) == text
            if scrub(text, pdn_marks())[1] or (classify(text).is_natural_person and not is_shape):
                telling.append((row["source_id"], row["kind"], row["path"], mask(text)))
            shapes[row["source_id"]] += is_shape and classify(text).is_natural_person

    assert telling == []
    # The municipality's suppliers are persons, and many of their RFCs were repaired.
    assert shapes["chihuahua_contratos"] > 150
    assert shapes["chihuahua_publicidad"] > 10


def test_names_of_contacts_are_told_by_no_repair(told: Outcome, home: Home) -> None:
    where = "where contains(lower(path), 'contactpoint/') and kind != 'alias'"
    found = duckdb.sql(
        f"select distinct original, repaired from '{home.publications}/latest/quality/repairs/**/*.parquet' {where}"
    ).fetchall()

    assert told.told["release"]
    assert found == [("[dato reservado]", "[dato reservado]")]


@pytest.mark.parametrize(
    ("source_id", "declared", "held_back"),
    [
        ("jalisco_s2", 450, 2),
        ("jalisco_s3", 900, 4),
        ("jalisco_s3_v2", 390, 8),
        ("hidalgo_s2", 430, 2),
        ("aguascalientes_s1", 360, 1),
        ("nuevo_leon_dgays", None, 2),
        ("pdn_s6", None, 2),
    ],
)
def test_captures_that_hold_less_than_they_declare_are_partial(
    told: Outcome, source_id: str, declared: int | None, held_back: int
) -> None:
    source = told.sources[source_id]

    assert source["state"] == "partial"
    assert (source["published"], source["held_back"]) == (0, held_back)
    if declared is not None:
        assert (source["declared"], source["missing"]) == (declared, declared - held_back)


@pytest.mark.parametrize(
    ("source_id", "declared", "reasons"),
    [
        # Three declarations with the one id of the specification's example.
        ("chihuahua_s1", 3, ("estructura de la especificación", "un solo registro", "comprobaciones graves")),
        # What PDN's migration script makes of the first version.
        ("guerrero_s3", 900, ("comprobaciones graves",)),
    ],
)
def test_synthetic_records_that_break_the_standard_are_held_back_whole(
    told: Outcome, source_id: str, declared: int, reasons: tuple[str, ...]
) -> None:
    source = told.sources[source_id]

    assert (source["state"], source["published"], source["missing"]) == ("complete", 0, 0)
    assert (source["declared"], source["held_back"], source["duplicates"]) == (declared, declared, 0)
    assert len(source["reasons"]) == len(reasons)
    assert all(reason in said for reason, said in zip(reasons, source["reasons"], strict=True))


@pytest.mark.parametrize(
    "kind",
    [
        "s3_servidores",
        "s3_particulares",
        "s3_v2/faltas_administrativas_graves",
        "s3_v2/faltas_administrativas_no_graves",
        "s3_v2/faltas_graves_personas_fisicas",
        "s3_v2/faltas_graves_personas_morales",
    ],
)
def test_what_only_authorities_may_read_is_not_published(told: Outcome, home: Home, kind: str) -> None:
    """The same sanctions, captured with the public role and with the authorities', make the same pages."""
    assert told.told["release"]
    pages = home.publications / "latest" / "pdn" / "pages" / kind
    public, authority = (
        json.loads((pages / f"{source}.json").read_bytes()) for source in ("chihuahua_s3_v2", "zacatecas_s3")
    )

    assert public.get("results") or public["data"]
    assert authority == public


def test_captures_of_the_authorities_hold_reserved_data(shared_data: Path) -> None:
    """The test above would pass on two equal captures."""
    for collection in ("faltas_administrativas_graves", "faltas_graves_personas_fisicas"):
        folder = shared_data / "pdn" / "captures"
        authority = json.loads((folder / f"s3v2_ana_{collection}.json").read_bytes())["data"]
        public = json.loads((folder / f"s3v2_{collection}.json").read_bytes())["data"]
        assert all(record["datosGenerales"]["rfc"] for record in authority)
        assert [record["id"] for record in authority] == [record["id"] for record in public]
        assert not any("rfc" in record["datosGenerales"] for record in public)


def test_institutions_that_providers_list_are_kept(told: Outcome, home: Home) -> None:
    assert told.told["release"]
    path = home.publications / "latest" / "integrated" / "institution_names.parquet"
    found = duckdb.sql(
        f"select source_id, count(distinct institution_id) from '{path}' where is_listed group by 1 order by 1"
    ).fetchall()

    assert found == [("chihuahua_s2", 3), ("chihuahua_s3", 3)]


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
