"""Sources that nobody wrote code for: a declaration each, and what they publish is OCDS in a release."""

from typing import Any

import duckdb
import jsonschema_rs
import orjson
import pytest

from pipelines.home import Home, read_json
from pipelines.sandbox.workbook import pack
from tests.end_to_end.conftest import REPOSITORY, Outcome, run_tequio

pytestmark = pytest.mark.slow

LEGAL_RFC = "MAB9307148T4"
NATURAL_RFC = "GODE561231GR8"
# A municipality's own list of purchases: titles above the header, quotes side by side, its own words.
SPREADSHEET = """
id: san_ejemplo_pedidos
title: Pedidos y contratos de San Ejemplo
entity: "20"
publisher: {id: san-ejemplo, name: Municipio de San Ejemplo, email: datos@san-ejemplo.example, uri: "https://san-ejemplo.example"}
system: s6-ocds
family: contract_sheets
protocol: bulk_files
url: https://san-ejemplo.example
parameters:
  files:
    - path: /transparencia/pedidos.xlsx
      format: xlsx
      sheets:
        - {sheet: 'Pedidos \\d{4}', collection: pedidos, header: [Pedido, Se le compró a]}
layout:
  required: [Pedido, Se le compró a, Total con IVA]
  columns: [Pedido, "¿Qué se compró?", Cómo se compró, Se le compró a, R.F.C., Fecha del pedido, Entregado el,
            Total con IVA, Cotizó 1, Precio 1, Cotizó 2, Precio 2, Firma]
  fields:
    contract_number: Pedido
    description: "¿Qué se compró?"
    procedure_type: Cómo se compró
    supplier_name: Se le compró a
    rfc: R.F.C.
    signed_at: Fecha del pedido
    ends_at: [Fecha límite, Entregado el]
    amount: Total con IVA
    bidders: {name: "Cotizó {n}", amount: "Precio {n}"}
  constants: {institution_name: Municipio de San Ejemplo, currency: MXN}
  values:
    procedure_type: {Directo: Adjudicación directa, Tres precios: Invitación a cuando menos tres personas}
ocid_prefix: null
cadence: monthly
licence: https://datos.gob.mx/libreusomx
status: live
"""
# The platform of INAI in one more place.
EDCA = """
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
"""
EDCA_PACKAGE = {
    "uri": "https://edca.merida.example/1",
    "version": "1.1",
    "publishedDate": "2026-03-01T00:00:00-06:00",
    "publisher": {"name": "Mérida"},
    "releases": [
        {
            "ocid": "tequio-merida-1",
            "id": "1",
            "date": "2026-03-01T00:00:00-06:00",
            "tag": ["tender"],
            "initiationType": "tender",
            "tender": {"id": "1", "title": "Papel", "status": "active"},
        }
    ],
}
RECORDINGS = [
    {"url": "https://san-ejemplo.example/transparencia/pedidos.xlsx", "body_file": "pedidos.xlsx"},
    {
        "url": "https://edca.merida.example/edca/fiscalYears",
        "body_json": {"fiscalYears": [{"id": 1, "year": 2026, "status": True}]},
    },
    {
        "url": "https://edca.merida.example/edca/contractingprocess/2026",
        "body_json": {"arrayReleasePackage": [EDCA_PACKAGE]},
    },
]
SHEETS = [
    {"name": "Portada", "rows": [["Municipio de San Ejemplo"], ["Dirección de compras"]]},
    {
        "name": "Pedidos 2026",
        "rows": [
            ["RELACIÓN DE PEDIDOS"],
            [],
            [
                *("PEDIDO", "¿Qué se compró?", "Cómo se compró", "Se le compró a", "R.F.C."),
                *("Fecha del pedido", "Entregado el", "Total con IVA"),
                *("Cotizó 1", "Precio 1", "Cotizó 2", "Precio 2", "Observaciones"),
            ],
            [
                *("P-001/26", "Papel  bond", "Tres precios", "Materiales Bajío, S.A.", "MAB-930714-8T4"),
                *({"date": "2026-02-03"}, "15 de marzo de 2026", "$1,234.50"),
                *("Materiales Bajío, S.A.", 1234.5, "Papelería Sol", "1,300.00", None),
            ],
            [
                *("P-002/26", "Pintura de la escuela", "Directo", "Eduardo Gómez Díaz", NATURAL_RFC),
                *("05/02/2026", None, 18000, None, None, None, None, "llamar al 9511234567"),
            ],
        ],
    },
]


@pytest.fixture(scope="module")
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("declared")
    declarations = folder / "sources"
    schema = REPOSITORY / "sources" / "source.schema.json"
    for path, text in (
        ("source.schema.json", schema.read_text(encoding="utf-8")),
        ("20_oaxaca/san_ejemplo_pedidos.yaml", SPREADSHEET),
        ("31_yucatan/merida.yaml", EDCA),
    ):
        (declarations / path).parent.mkdir(parents=True, exist_ok=True)
        (declarations / path).write_text(text, encoding="utf-8")
    (folder / "pedidos.xlsx").write_bytes(pack(orjson.dumps({"sheets": SHEETS})))
    (folder / "recordings.json").write_bytes(orjson.dumps({"version": 1, "entries": RECORDINGS}))
    outcome = run_tequio(home.root, "--sources", str(declarations), "--portals", f"recordings:{folder}")
    assert outcome.exit_code == 0, outcome.told or outcome.stderr
    return outcome


@pytest.fixture(scope="module")
def releases(told: Outcome, home: Home) -> dict[str, dict[str, Any]]:
    """The releases of the spreadsheet by ocid."""
    assert told.told["release"]
    packages = home.publications / "latest" / "ocds" / "packages" / "san_ejemplo_pedidos"
    return {
        release["ocid"]: release
        for path in sorted(packages.glob("*.json"))
        for release in orjson.loads(path.read_bytes())["releases"]
    }


@pytest.mark.parametrize(("source_id", "records"), [("merida", 1), ("san_ejemplo_pedidos", 2)])
def test_every_record_is_published(told: Outcome, source_id: str, records: int) -> None:
    source = told.sources[source_id]
    books = ("declared", "published", "quarantined", "duplicates", "held_back", "missing")

    assert source["state"] == "complete"
    assert tuple(source[part] for part in books) == (records, records, 0, 0, 0, 0)


def test_rows_of_a_spreadsheet_become_valid_ocds(releases: dict[str, dict[str, Any]]) -> None:
    schema = read_json(REPOSITORY / "pipelines/standards/schemas/ocds/release-schema-1.1.5.json")
    validator = jsonschema_rs.Draft4Validator(schema, validate_formats=True)

    # Behind the number stand 8 digits of buyer and supplier: the same ones in every delivery.
    assert [ocid.rpartition("-")[0] for ocid in sorted(releases)] == [
        "tequio-san_ejemplo_pedidos-contrato-P-001/26",
        "tequio-san_ejemplo_pedidos-contrato-P-002/26",
    ]
    assert [error.message for release in releases.values() for error in validator.iter_errors(release)] == []


def test_cells_stand_where_the_declaration_sent_them(releases: dict[str, dict[str, Any]]) -> None:
    first, second = (releases[ocid] for ocid in sorted(releases))
    [contract] = first["contracts"]
    [award] = first["awards"]
    names = {party["id"]: party["name"] for party in first["parties"]}

    assert first["tender"]["procurementMethod"] == "selective"
    assert second["tender"]["procurementMethod"] == "direct"
    assert contract["id"] == "P-001/26"
    assert contract["description"] == "Papel bond"
    assert contract["value"] == {"amount": 1234.5, "currency": "MXN"}
    assert contract["dateSigned"] == "2026-02-03T00:00:00-06:00"
    assert contract["period"]["endDate"] == "2026-03-15T00:00:00-06:00"
    assert first["buyer"]["name"] == "Municipio de San Ejemplo"
    assert {names[supplier["id"]] for supplier in award["suppliers"]} == {"Materiales Bajío, S.A."}
    assert {tenderer["name"] for tenderer in first["tender"]["tenderers"]} == {
        "Materiales Bajío, S.A.",
        "Papelería Sol",
    }


def test_a_person_who_sells_is_named_without_the_rfc(releases: dict[str, dict[str, Any]]) -> None:
    legal, natural = (
        next(party for party in releases[ocid]["parties"] if "supplier" in party["roles"])
        for ocid in sorted(releases)
    )

    assert (legal["identifier"]["scheme"], legal["identifier"]["id"]) == ("MX-RFC", LEGAL_RFC)
    assert (natural["name"], natural["identifier"]["scheme"]) == ("Eduardo Gómez Díaz", "MX-TEQUIO")
    assert NATURAL_RFC not in str(releases)


def test_what_was_repaired_is_told(told: Outcome, home: Home) -> None:
    latest = home.publications / "latest"
    repaired = duckdb.sql(
        f"select kind, path from '{latest}/quality/repairs/**/*.parquet' group by all order by all"
    ).fetchall()

    assert told.told["release"]
    assert repaired == [
        ("blanks", "¿Qué se compró?"),
        ("date_form", "Entregado el"),
        ("date_form", "Fecha del pedido"),
        ("money_form", "Precio 2"),
        ("money_form", "Total con IVA"),
        ("rfc_form", "R.F.C."),
    ]


def test_columns_that_the_declaration_does_not_expect_are_told(told: Outcome, home: Home) -> None:
    """Observaciones is new, Firma is missing."""
    report = read_json(home.publications / "latest" / "reports" / "san-ejemplo" / "report.json")
    [rule] = [rule for rule in report["sources"][0]["rules"] if rule["id"] == "TEQ-L08"]

    assert told.told["release"]
    assert (rule["state"], rule["failures"]) == ("fail", 2)
