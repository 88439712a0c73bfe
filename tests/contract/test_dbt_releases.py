"""First stage: landed records of every layout become OCDS releases and PDN records, and nothing is lost."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.contract.scratch import RAW, Scratch, landed

# A procedure with two suppliers, one of them a natural person, and one row without signature.
ROW = {
    "rfc": "NOR010203AB4",
    "Institución": "INSTITUTO DE PRUEBA",
    "Nombre de la UC": "COORDINACIÓN DE COMPRAS",
    "Clave de la UC": "099AAA001",
    "Proveedor o contratista": 'NORTE "EXPRÉS" SA DE CV',
    "Número de procedimiento": "LA-99-AAA-099AAA001-N-1-2026",
    "Tipo Procedimiento": "INVITACIÓN A CUANDO MENOS 3 PERSONAS POR MONTOS MÁXIMOS POR EXCEPCIÓN",
    "Tipo de contratación": "ADQUISICIONES",
    "Ley": "LAASSP",
    "Artículo de excepción": "ART. 55 PÁRRAFO PRIMERO",
    "Descripción excepción": "DENTRO DE LOS MONTOS MÁXIMOS.",
    "Partida específica": "25301, 25401",
    "Importe DRC": "1000.10",
    "Estratificación": "MICRO",
    "Compra consolidada": "NO",
    "Fecha de publicación": "2025-12-31 01:32:11",
    "Fecha de fallo": "2026-01-05 00:00:00",
    "Fecha de firma del contrato": "2026-01-21 11:57:32",
    "Fecha de inicio del contrato": "21/01/2026",
    "Descripción del contrato": "MEDICAMENTOS",
    "Dirección del anuncio": "https://compras.example/#/detalle/1",
}
SECOND = {**ROW, "Importe DRC": "0.05", "Descripción del contrato": "VACUNAS", "Partida específica": "25301"}
NATURAL = {
    **ROW,
    "rfc": "pamx800101-ab1",
    "Proveedor o contratista": "PERSONA MODELO XIMENA",
    "Importe DRC": "99999999999999.99",
    "Estratificación": None,
    "Fecha de firma del contrato": "",
}
OTHER_METHODS = [
    {
        **ROW,
        "Número de procedimiento": f"P-{number}",
        "Tipo Procedimiento": method,
        "Tipo de contratación": category,
        "rfc": rfc,
    }
    for number, (method, category, rfc) in enumerate(
        [
            ("LICITACIÓN PÚBLICA", "ARRENDAMIENTOS", "XEXX010101000"),
            ("ADJUDICACIÓN DIRECTA POR PATENTES", "SERVICIOS", "NOR010203AB4"),
            ("PROYECTO DE CONVOCATORIA", "OBRA PÚBLICA", "NOR010203AB4"),
            (None, "SERVICIOS RELACIONADOS CON LA OBRA", None),
        ]
    )
]
COMPRASMX = [ROW, SECOND, NATURAL, *OTHER_METHODS]

# One procedure for two institutions, and two contracts that only their signature tells apart.
CONSOLIDATED = [
    {
        **ROW,
        "Institución": "OTRO INSTITUTO",
        "Clave de la UC": "098BBB001",
        "Nombre de la UC": "OTRAS COMPRAS",
    },
    ROW,
    {**ROW, "Fecha de firma del contrato": "2026-02-01 10:00:00"},
]

# A spreadsheet by its declaration alone: a contract, a convenio that changes it, the sum below.
SHEET_LAYOUT = {
    "required": ["Contrato", "Monto"],
    "fields": {
        "contract_number": "Contrato",
        "procedure_type": "Procedimiento",
        "supplier_name": "Proveedor",
        "description": "Objeto",
        "amount": "Monto",
        "signed_at": "Fecha",
    },
    "constants": {"institution_name": "Municipio Modelo", "currency": "MXN"},
}
SHEET = [
    {
        "Contrato": number,
        "Procedimiento": kind,
        "Proveedor": "Norte",
        "Objeto": text,
        "Monto": amount,
        "Fecha": "01/02/2024",
    }
    for number, kind, text, amount in (
        ("CTO-01/24", "Licitación pública", "Obra", "$100.00"),
        ("CONV-01/24", "Convenio modificatorio", "Amplía el contrato CTO-01/24", "$20.00"),
        ("", "", "TOTAL", "$120.00"),
    )
]
# A format with a table: its row, a quote that belongs to it, one that belongs to nothing.
SIPOT = {
    "Tipo de procedimiento (catálogo)": "Adjudicación directa",
    "Número de expediente, folio o nomenclatura que lo identifique": "E-1",
    "Motivos y fundamentos legales aplicados para realizar la adjudicación directa": "Art. 1",
    "Nombre completo o razón social de las cotizaciones consideradas y monto de las mismas": "10",
    "Razón social del adjudicado": "Norte",
    "Número que identifique al contrato": "C-1",
    "Fecha del contrato": "01/02/2024",
    "Monto total del contrato con impuestos incluidos (expresado en pesos mexicanos)": "$116.00",
}
QUOTES = [
    {
        "ID": key,
        "Nombre(s)": "",
        "Razón social": "Sur",
        "Monto total de la cotización con impuestos incluidos": "$117.00",
    }
    for key in ("10", "99")
]

EMBEDDED = [{"ocid": "ocds-xxxxxx-1", "id": "a", "date": "2020-01-01"}, {"id": "b", "date": "2020-02-01"}]
RELEASE = {"ocid": "ocds-yyyyyy-1", "id": "r1", "date": "2021-01-01", "tender": {"value": {"amount": 1.5}}}
PACKAGE = '{"uri":"u"}'
COMPILED = {"ocid": "ocds-xxxxxx-2", "id": "c", "date": "2020-03-01", "tag": ["compiled"]}

NUMBER = "LA-99-AAA-099AAA001-N-1-2026"
OCID = f"tequio-cmx-{NUMBER}"
BUYER = {"id": "TEQUIO-INST-INSTITUTO-DE-PRUEBA", "name": "INSTITUTO DE PRUEBA"}
COMPANY = {"id": "MX-RFC-NOR010203AB4", "name": 'NORTE "EXPRÉS" SA DE CV'}
PERSON = {"id": "MX-RFC-PAMX800101AB1", "name": "PERSONA MODELO XIMENA"}
SIGNED = "2026-01-21T11:57:32-06:00"
START = "Fecha de inicio del contrato"

# Landed records without duplicates = records in the positions of releases (or PDN records) + unusable ones.
RECONCILIATION = """
with landed as (
    select source_id || '@' || generation as slice_id, count(*) as landed
    from (
        select * from landed.ocds_packages
        union all select * from landed.compranet
        union all select * from landed.sipot
        union all select * from landed.contract_sheets
        union all select * from landed.pdn_s1
        union all select * from landed.pdn_v1
        union all select * from landed.pdn_v2
    )
    where not is_duplicate
    group by all
),
places as (
    select slice_id, unnest(from_json(positions, '[{"ordinal": "BIGINT"}]')).ordinal as ordinal
    from standard.ocds_releases
    union all
    select slice_id, ordinal from staging.pdn_records
),
used as (select slice_id, count(distinct ordinal) as used from places group by all),
unusable as (select slice_id, count(*) as unusable from staging.unusable_records group by all)
select slice_id, landed, coalesce(used, 0) as used, coalesce(unusable, 0) as unusable
from landed left join used using (slice_id) left join unusable using (slice_id)
order by slice_id
"""


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    scratch.insert(
        "landed.ocds_packages",
        [
            *landed("packages", [RELEASE, RELEASE, {"id": "r2"}, 5], collection="releases", package=PACKAGE),
            *landed(
                "records",
                [
                    {"ocid": "ocds-xxxxxx-1", "releases": EMBEDDED},
                    {
                        "ocid": "ocds-xxxxxx-2",
                        "releases": [{"url": "https://x/1"}],
                        "compiledRelease": COMPILED,
                    },
                    {"ocid": "ocds-xxxxxx-3", "releases": []},
                ],
                collection="records",
            ),
            # Two generations of one source in one build.
            *landed("packages", [RELEASE], collection="releases", generation="g2"),
        ],
    )
    scratch.insert(
        "landed.compranet",
        [
            *landed("cmx", [*COMPRASMX, ROW, {**ROW, "Número de procedimiento": None}, {"a": "b"}],
                    collection="contratos"),
            *landed("reversed", COMPRASMX[::-1], collection="contratos"),
            *landed("other_rfc", [ROW, SECOND, {**NATURAL, "rfc": "PAMX800101ZZ9"}], collection="contratos"),
            *landed("prefixed", [ROW], collection="contratos"),
            *landed("consolidated", CONSOLIDATED, collection="contratos"),
        ],
    )  # fmt: skip
    scratch.insert("landed.sources", [{"source_id": "prefixed", "ocid_prefix": "ocds-abc123"}])
    scratch.declare_layout("sheet", SHEET_LAYOUT)
    scratch.insert("landed.contract_sheets", landed("sheet", SHEET, collection="contratos"))
    tables = landed("formats", [SIPOT, *QUOTES], collection="informacion")
    for child in tables[1:]:
        child |= {"collection": "Tabla_334271"}
    scratch.insert("landed.sipot", tables)
    scratch.insert(
        "landed.pdn_v1",
        [
            *landed("s3", [{"id": "1"}, {"id": "1"}, {"id": "1", "x": 2}], collection="ssancionados"),
            *landed("s3", [{"_id": {"$oid": "9"}}, [1]], collection="psancionados", generation="g2"),
        ],
    )
    scratch.dbt("build", "--select", "tag:stage:releases", "--exclude-resource-type", "unit_test")
    scratch.freeze("standard.ocds_releases")
    return scratch


def release_validator() -> jsonschema_rs.Validator:
    schema = Path(__file__).parents[2] / "pipelines/standards/schemas/ocds/release-schema-1.1.5.json"
    return jsonschema_rs.validator_for(json.loads(schema.read_text(encoding="utf-8")), validate_formats=True)


def releases_of(scratch: Scratch, source_id: str) -> dict[str, dict[str, Any]]:
    rows = scratch.rows(f"select ocid, release from standard.ocds_releases where source_id = '{source_id}'")
    return {row["ocid"]: json.loads(row["release"]) for row in rows}


def item(code: str) -> dict[str, Any]:
    return {"id": code, "classification": {"scheme": "COG", "id": code}}


def award(digest: str, supplier: dict[str, str], amount: float) -> dict[str, Any]:
    return {
        "id": f"{NUMBER}-A-{digest}",
        "status": "active",
        "date": "2026-01-05T00:00:00-06:00",
        "value": {"amount": amount, "currency": "MXN"},
        "suppliers": [supplier],
        "items": [item("25301"), item("25401")],
    }


def contract(digest: str, award_digest: str, *, amount: float) -> dict[str, Any]:
    return {
        "id": f"{NUMBER}-C-{digest}",
        "awardID": f"{NUMBER}-A-{award_digest}",
        "description": "MEDICAMENTOS",
        "period": {"startDate": "2026-01-21T00:00:00-06:00"},
        "value": {"amount": amount, "currency": "MXN"},
        "items": [item("25301"), item("25401")],
    }


def positions(*ordinals: int, collection: str) -> str:
    places = [
        {"raw_sha256": RAW, "page": 1, "position": f"/{collection}/{ordinal}", "ordinal": ordinal}
        for ordinal in ordinals
    ]
    return compact(places)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def test_packages_are_passed_on_as_published(built: Scratch) -> None:
    rows = built.rows(
        "select slice_id, ocid, release_id, release_date, release, package, positions, record_count, "
        "ordinal, conversion, release_index from standard.ocds_releases "
        "where source_id in ('packages', 'records') order by all"
    )

    published = json.dumps(RELEASE)
    first, second = (compact(release) for release in EMBEDDED)
    in_releases, in_records = positions(0, collection="releases"), positions(0, collection="records")
    third = (compact(COMPILED), None, positions(1, collection="records"))
    assert [tuple(row.values()) for row in rows] == [
        (
            "packages@g1",
            "ocds-yyyyyy-1",
            "r1",
            "2021-01-01",
            published,
            PACKAGE,
            in_releases,
            1,
            0,
            "as_published",
            0,
        ),
        (
            "packages@g2",
            "ocds-yyyyyy-1",
            "r1",
            "2021-01-01",
            published,
            None,
            in_releases,
            1,
            0,
            "as_published",
            0,
        ),
        ("records@g1", "ocds-xxxxxx-1", "a", "2020-01-01", first, None, in_records, 1, 0, "as_published", 0),
        ("records@g1", "ocds-xxxxxx-1", "b", "2020-02-01", second, None, in_records, 1, 0, "as_published", 1),
        ("records@g1", "ocds-xxxxxx-2", "c", "2020-03-01", *third, 1, 1, "compiled_in_record", 1),
    ]


def test_comprasmx_procedure_becomes_one_release(built: Scratch) -> None:
    [row] = built.rows(
        "select * exclude (release) from standard.ocds_releases "
        "where source_id = 'cmx' and ocid like '%LA-99-AAA-099AAA001-N-1-2026'"
    )
    repairs = json.loads(row.pop("repairs"))

    release = releases_of(built, "cmx")[OCID]
    assert {tuple(repair.values()) for repair in repairs} == {
        (0, "date_form", START, "21/01/2026", "2026-01-21T00:00:00-06:00"),
        (1, "date_form", START, "21/01/2026", "2026-01-21T00:00:00-06:00"),
        (2, "date_form", START, "21/01/2026", "2026-01-21T00:00:00-06:00"),
        (2, "rfc_form", "rfc", "pamx800101-ab1", "PAMX800101AB1"),
    }
    assert {tuple(repair) for repair in repairs} == {("ordinal", "kind", "path", "original", "repaired")}
    assert row == {
        "slice_id": "cmx@g1",
        "source_id": "cmx",
        "ocid": OCID,
        "release_id": f"{OCID}-0a9f438f",
        "release_date": "2026-01-21T11:57:32-06:00",
        "package": None,
        "positions": positions(0, 1, 2, collection="contratos"),
        "record_count": 3,
        "ordinal": 0,
        "conversion": "compranet",
        "release_index": 0,
    }
    assert release == {
        "ocid": OCID,
        "id": f"{OCID}-0a9f438f",
        "date": "2026-01-21T11:57:32-06:00",
        "tag": ["tender", "award", "contract"],
        "initiationType": "tender",
        "language": "es",
        "parties": [
            {**BUYER, "roles": ["buyer"]},
            {
                "id": "099AAA001",
                "name": "COORDINACIÓN DE COMPRAS",
                "roles": ["procuringEntity"],
                "memberOf": [BUYER],
            },
            {
                **COMPANY,
                "identifier": {"scheme": "MX-RFC", "id": "NOR010203AB4", "legalName": COMPANY["name"]},
                "roles": ["supplier"],
                "details": {"estratificacion": "MICRO"},
            },
            {
                **PERSON,
                "identifier": {"scheme": "MX-RFC", "id": "PAMX800101AB1", "legalName": PERSON["name"]},
                "roles": ["supplier"],
            },
        ],
        "buyer": BUYER,
        "tender": {
            "id": NUMBER,
            "title": "MEDICAMENTOS",
            "description": "MEDICAMENTOS; VACUNAS",
            "status": "complete",
            "procuringEntity": {"id": "099AAA001", "name": "COORDINACIÓN DE COMPRAS"},
            "items": [item("25301"), item("25401")],
            "procurementMethod": "selective",
            "procurementMethodDetails": ROW["Tipo Procedimiento"],
            "procurementMethodRationale": "LAASSP, ART. 55 PÁRRAFO PRIMERO: DENTRO DE LOS MONTOS MÁXIMOS.",
            "mainProcurementCategory": "goods",
            "additionalProcurementCategories": ["goodsAcquisition"],
            "tenderPeriod": {"startDate": "2025-12-31T01:32:11-06:00"},
            "documents": [
                {
                    "id": "anuncio-84ddfa01",
                    "documentType": "tenderNotice",
                    "title": "Anuncio del procedimiento en ComprasMX",
                    "url": "https://compras.example/#/detalle/1",
                    "format": "text/html",
                    "language": "es",
                }
            ],
        },
        "awards": [
            award("21f02852", PERSON, 99999999999999.99),
            award("e5e3348e", COMPANY, 1000.15),
        ],
        "contracts": [
            contract("24173919", "21f02852", amount=99999999999999.99),
            {**contract("c8120581", "e5e3348e", amount=1000.10), "dateSigned": SIGNED},
            {
                **contract("e6466d5b", "e5e3348e", amount=0.05),
                "description": "VACUNAS",
                "items": [item("25301")],
                "dateSigned": SIGNED,
            },
        ],
    }


def test_comprasmx_methods_and_categories(built: Scratch) -> None:
    tenders = {ocid[-3:]: release["tender"] for ocid, release in releases_of(built, "cmx").items()}

    keys = ("procurementMethod", "mainProcurementCategory", "additionalProcurementCategories")
    assert {number: tuple(tender.get(key) for key in keys) for number, tender in tenders.items()} == {
        "026": ("selective", "goods", ["goodsAcquisition"]),
        "P-0": ("open", "goods", ["goodsLease"]),
        "P-1": ("direct", "services", ["services"]),
        "P-2": (None, "works", ["works"]),
        "P-3": (None, "services", ["worksRelatedServices"]),
    }
    assert tenders["P-2"]["procurementMethodDetails"] == "PROYECTO DE CONVOCATORIA"


def test_comprasmx_suppliers_without_rfc_of_their_own_go_by_name(built: Scratch) -> None:
    found = releases_of(built, "cmx")

    for number in ("P-0", "P-3"):
        [supplier] = [
            party for party in found[f"tequio-cmx-{number}"]["parties"] if party["roles"] == ["supplier"]
        ]
        assert supplier == {
            "id": "TEQUIO-PROV-NORTE-EXPRES-SA-DE-CV",
            "name": 'NORTE "EXPRÉS" SA DE CV',
            "roles": ["supplier"],
            "details": {"estratificacion": "MICRO"},
        }


def test_comprasmx_ids_do_not_depend_on_the_order_of_rows(built: Scratch) -> None:
    first, second = releases_of(built, "cmx"), releases_of(built, "reversed")

    as_first = json.loads(json.dumps(second).replace("tequio-reversed-", "tequio-cmx-"))
    assert as_first == first


def test_comprasmx_ids_say_nothing_about_an_rfc(built: Scratch) -> None:
    """The rest of a row is public: an id made from the RFC could be reversed by trying RFCs out."""
    first = releases_of(built, "cmx")[OCID]
    second = releases_of(built, "other_rfc")[OCID.replace("-cmx-", "-other_rfc-")]

    for section in ("awards", "contracts"):
        assert [entry["id"] for entry in first[section]] == [entry["id"] for entry in second[section]]
    assert first["id"].removeprefix(OCID) == second["id"].removeprefix(second["ocid"])


def test_comprasmx_consolidated_purchase_names_every_institution(built: Scratch) -> None:
    [release] = releases_of(built, "consolidated").values()

    other = {"id": "TEQUIO-INST-OTRO-INSTITUTO", "name": "OTRO INSTITUTO"}
    assert (release["buyer"], release["tender"]["procuringEntity"]["id"]) == (BUYER, "099AAA001")
    assert [(party["id"], party["roles"]) for party in release["parties"]] == [
        (BUYER["id"], ["buyer"]),
        (other["id"], ["buyer"]),
        ("099AAA001", ["procuringEntity"]),
        ("098BBB001", ["contractingUnit"]),
        (COMPANY["id"], ["supplier"]),
    ]
    assert release["parties"][3]["memberOf"] == [other]


def test_comprasmx_contracts_that_look_alike_are_numbered_by_signature(built: Scratch) -> None:
    [release] = releases_of(built, "consolidated").values()

    signed = {entry["id"].removeprefix(f"{NUMBER}-C-"): entry["dateSigned"] for entry in release["contracts"]}
    assert signed == {
        "c8120581": SIGNED,
        "c8120581-2": "2026-02-01T10:00:00-06:00",
        "723fe2b0": SIGNED,
    }


def test_comprasmx_registered_prefix_comes_from_the_declaration(built: Scratch) -> None:
    assert list(releases_of(built, "prefixed")) == ["ocds-abc123-LA-99-AAA-099AAA001-N-1-2026"]


def test_comprasmx_amounts_keep_every_digit(built: Scratch) -> None:
    [row] = built.rows(f"select release from standard.ocds_releases where ocid = '{OCID}'")

    contracts = json.loads(row["release"], parse_float=Decimal)["contracts"]
    values = Counter(contract["value"]["amount"] for contract in contracts)
    assert values == Counter([Decimal("1000.10"), Decimal("0.05"), Decimal("99999999999999.99")])


def test_converted_releases_are_valid_ocds(built: Scratch) -> None:
    validator = release_validator()

    releases = [
        release
        for source_id in ("cmx", "prefixed", "formats", "sheet")
        for release in releases_of(built, source_id).values()
    ]
    errors = [error.message for release in releases for error in validator.iter_errors(release)]
    assert len(releases) == 8
    assert errors == []


def test_every_family_of_tables_becomes_releases(built: Scratch) -> None:
    rows = built.rows(
        "select source_id, ocid, positions, record_count, conversion from standard.ocds_releases "
        "where conversion in ('sipot', 'contract_sheets') order by all"
    )

    [formats] = releases_of(built, "formats").values()
    [sheet] = releases_of(built, "sheet").values()
    told = [(row["source_id"], row["ocid"], row["record_count"], row["conversion"]) for row in rows]
    assert told == [
        ("formats", "tequio-formats-E-1", 2, "sipot"),
        ("sheet", "tequio-sheet-contrato-CTO-01/24-c6378997", 2, "contract_sheets"),
    ]
    assert [[place["ordinal"] for place in json.loads(row["positions"])] for row in rows] == [[0, 1], [0, 1]]
    [quote] = formats["planning"]["requestsForQuotes"][0]["quotes"]
    assert (quote["issuingSupplier"]["name"], quote["value"]) == ("Sur", {"amount": 117.0, "currency": "MXN"})
    assert [amendment["id"] for amendment in sheet["contracts"][0]["amendments"]] == ["CONV-01/24"]
    assert sheet["contracts"][0]["value"]["amount"] == 100.0


def test_pdn_records_by_system(built: Scratch) -> None:
    rows = built.rows(
        "select slice_id, system, record_id, record, ordinal, raw_sha256, page, position "
        "from staging.pdn_records order by slice_id, ordinal"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("s3@g1", "s3s", "1", '{"id": "1"}', 0, RAW, 1, "/ssancionados/0"),
        ("s3@g1", "s3s", "1", '{"id": "1", "x": 2}', 2, RAW, 1, "/ssancionados/2"),
        ("s3@g2", "s3p", "9", '{"_id": {"$oid": "9"}}', 0, RAW, 1, "/psancionados/0"),
    ]


def test_what_cannot_be_used_is_listed_with_its_reason(built: Scratch) -> None:
    rows = built.rows(
        "select slice_id, ordinal, position, reason_code from staging.unusable_records order by all"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("cmx@g1", 8, "/contratos/8", "no_procedure_number"),
        ("cmx@g1", 9, "/contratos/9", "unknown_layout"),
        ("formats@g1", 2, "/informacion/2", "orphan_child"),
        ("packages@g1", 2, "/releases/2", "no_ocid"),
        ("packages@g1", 3, "/releases/3", "no_release"),
        ("records@g1", 2, "/records/2", "no_release"),
        ("s3@g2", 1, "/psancionados/1", "not_an_object"),
        ("sheet@g1", 2, "/contratos/2", "no_procedure_number"),
    ]


def test_every_landed_record_is_accounted_for(built: Scratch) -> None:
    rows = built.rows(RECONCILIATION)

    assert {row["slice_id"]: row["landed"] for row in rows} == {
        "cmx@g1": 9,
        "consolidated@g1": 3,
        "formats@g1": 3,
        "other_rfc@g1": 3,
        "packages@g1": 3,
        "packages@g2": 1,
        "prefixed@g1": 1,
        "records@g1": 3,
        "reversed@g1": 7,
        "s3@g1": 2,
        "s3@g2": 2,
        "sheet@g1": 3,
    }
    assert [row for row in rows if row["landed"] != row["used"] + row["unusable"]] == []


def test_real_comprasmx_file(new_scratch: Callable[[], Scratch], shared_data: Path) -> None:
    scratch = new_scratch()
    path = shared_data / "tabular" / "comprasmx" / "contratos_2026.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = landed("comprasmx_2026", list(csv.DictReader(stream)), collection="contratos")
    scratch.insert("landed.compranet", rows)

    scratch.dbt("build", "--select", "tag:stage:releases", "--exclude-resource-type", "unit_test")

    validator = release_validator()
    releases = list(releases_of(scratch, "comprasmx_2026").values())
    # 3,986 rows of which 3 repeat another one, 2,126 procedures.
    assert (len(rows), len(releases)) == (3986, 2126)
    assert sum(len(release["contracts"]) for release in releases) == 3983
    assert [error.message for release in releases for error in validator.iter_errors(release)] == []
    for release in releases:
        for section in ("parties", "awards", "contracts"):
            ids = [entry["id"] for entry in release[section]]
            assert len(ids) == len(set(ids)), release["ocid"]
    [total] = scratch.rows("select sum(amount) as amount from staging.stg_compranet__contracts")
    assert total["amount"] == Decimal("39892159985.00")
    unreadable = "select * from staging.stg_compranet__contracts where unreadable_columns is not null"
    assert scratch.rows(unreadable) == []
