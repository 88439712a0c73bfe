"""Rows of tabular layouts become OCDS releases: exact rows to exact parts of exact releases.

Every family goes through the same models, so most cases stand in a spreadsheet whose headers are the canonical
fields. How a row of each layout is read is in `test_contract_layouts.py` and `test_sipot.py`.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.registry import load_sources
from pipelines.standards.identity import find_personal_ids
from pipelines.standards.layouts.recognise import CONTRACT_FIELDS, LIST_FIELDS
from pipelines.standards.ocds import validator
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from tests.contract.scratch import RAW, Scratch, chihuahua_contracts, landed

LAYOUT = {
    "required": ["institution_name"],
    "fields": {
        **{field: field for field in CONTRACT_FIELDS},
        **{
            field: {member: f"{field} {member} {{n}}" for member in members}
            for field, members in LIST_FIELDS.items()
        },
    },
}
BUYER = {"id": "TEQUIO-INST-19-MUNICIPIO-MODELO", "name": "Municipio Modelo"}
WINNER = {"id": "MX-RFC-NOR010203AB4", "name": "Norte Exprés SA de CV"}
SECOND = {"id": "TEQUIO-PROV-19-SUR-SA-DE-CV", "name": "Sur SA de CV"}
PERSON = "PAMX800101AB1"


def row(**cells: str) -> dict[str, str]:
    """A row of the sheet: a direct award to a company, changed by `cells`; an empty cell is left out."""
    common = {
        "institution_name": "Municipio Modelo",
        "procedure_number": "P-1",
        "procedure_type": "Adjudicación directa",
        "supplier_name": "Norte Exprés SA de CV",
        "rfc": "NOR010203AB4",
        "description": "Equipo de cómputo",
        "amount": "100.00",
        "currency": "MXN",
        "signed_at": "2024-03-01",
    }
    return {header: cell for header, cell in {**common, **cells}.items() if cell}


def convenio(**cells: str) -> dict[str, str]:
    return row(
        **{
            "procedure_number": "",
            "procedure_type": "Convenio modificatorio",
            "contract_number": "SA/CONV-007/24",
            "amount": "20.00",
            "signed_at": "",
            "starts_at": "2024-06-30",
            "ends_at": "2024-12-31",
            **cells,
        }
    )


WIDE = row(
    procedure_number="LP-01/2024",
    procedure_type="Licitación pública nacional",
    contracting_type="Adquisiciones y servicios",
    title="Cómputo para las escuelas",
    tender_description="Equipo e instalación",
    contract_number="C-1",
    scope="Nacional",
    participation="Mixta",
    published_at="2024-01-10",
    clarified_at="2024-01-15",
    opened_at="25/01/2024 10:00",
    awarded_at="2024-02-01",
    budget_amount="$1,500.00",
    number_of_tenderers="3",
    funding_source="Recurso municipal",
    final_amount="99.50",
    finished_at="2024-05-31",
    contract_status="Terminado",
    government_level="GM",
    unit_name="Dirección de Compras",
    **{
        # The winner among the bidders, without RFC; a bidder of two prices; a natural person.
        "bidders name 1": "NORTE EXPRES, S.A. DE C.V.",
        "bidders amount 1": "$100.00",
        "bidders name 2": "Norte Exprés SA de CV",
        "bidders amount 2": "100",
        "bidders name 3": "Sur SA de CV",
        "bidders amount 3": "120.10",
        "bidders name 4": "Sur SA de CV",
        "bidders amount 4": "110",
        "bidders name 5": "Persona Modelo Ximena",
        "bidders rfc 5": "pamx-800101-ab1",
    },
)
QUOTED = row(
    contract_number="C-9",
    **{
        "bidders name 1": "Norte Exprés SA de CV",
        "bidders amount 1": "100.00",
        "bidders name 2": "Sur SA de CV",
        "bidders amount 2": "101.00",
    },
)
SIPOT_LIKE = row(
    procedure_number="",
    file_number="EXP/7 2024",
    contracting_type="Obra pública y servicios relacionados con la misma",
    contract_number="C-7",
    amount="116.00",
    net_amount="100.00",
    min_amount="50",
    max_amount="200",
    contract_status="Vigente",
    starts_at="2024-03-02",
    ends_at="2024-09-30",
    notice_url="https://modelo.example/convocatoria nº 7.pdf",
    contract_url="https://modelo.example/contrato-7.pdf",
    budget_items="61201; 61203",
    **{
        "amendments id 1": "CM-1",
        "amendments description 1": "Se amplía el plazo",
        "amendments date 1": "2024-09-15",
        "amendments url 1": "https://modelo.example/cm-1",
        "related_places name 1": "Calle Uno",
        "related_places state 1": "Nuevo León",
        "related_places municipality 1": "San Pedro Garza García",
        "related_places latitude 1": "25.657",
        "related_places longitude 1": "-100.402",
    },
)
CASES = {
    "wide": [WIDE],
    "quoted": [QUOTED],
    "only_its_supplier": [
        row(**{"bidders name 1": "NORTE EXPRES, S.A. DE C.V.", "bidders amount 1": "100.00"})
    ],
    "sipot_like": [SIPOT_LIKE],
    "currencies": [
        row(contract_number="C-1", currency="USD", exchange_rate="17.1234", amount="10.00"),
        row(contract_number="C-2", amount="5.55"),
    ],
    "dollars": [row(currency="USD", exchange_rate="17.1234", amount="10.00")],
    "numbers": [
        row(contract_number="C-1", updated_at="2024-03-31", contract_status="Activo", budget_items="25301"),
        row(contract_number="C-1", updated_at="2024-06-30", contract_status="Expirado", budget_items="25401"),
        row(contract_number="C-1", updated_at="2024-06-30", amount="90.00", signed_at="2024-04-01"),
        row(contract_number="C-1", supplier_name="Sur SA de CV", rfc=""),
    ],
    "amended": [
        # San Pedro has no numbers of procedures: contracts are processes, a convenio names one in its text.
        row(procedure_number="", contract_number="SA/CTO-042/ADMÓN.-24"),
        row(procedure_number="", contract_number="SA/CTO-043/ADMÓN.-24", description="Otro"),
        convenio(description="Convenio modificatorio al contrato SA/CTO-042/ADMON-24, ampliando el 20%"),
        convenio(contract_number="SA/CONV-008/24", description="Convenio al contrato SA/CTO-999/ADMÓN.-24"),
    ],
    "amended_in_procedure": [
        row(contract_number="C-1"),
        convenio(procedure_number="P-1", description="Ampliación del plazo", contract_number=""),
    ],
    "shared_number": [
        row(procedure_number="", contract_number="042"),
        row(procedure_number="", contract_number="042", supplier_name="Sur SA de CV", rfc=""),
    ],
    "shared_file": [
        row(procedure_number="", file_number="EXP-1"),
        row(procedure_number="", file_number="EXP-1", institution_name="Otro Municipio"),
    ],
    "consolidated": [row(), row(institution_name="Otro Municipio", description="Otra parte")],
    "people": [
        row(rfc="XAXX010101000", supplier_name="Público en general"),
        row(procedure_number="P-2", rfc="CMA98O529MW0", supplier_name="Con letra O SA de CV"),
        row(procedure_number="P-3", rfc="PAMX80010AB1", supplier_name="Persona Modelo Ximena"),
        row(procedure_number="P-4", rfc="", supplier_name="N/A"),
        row(procedure_number="P-5", rfc=PERSON, supplier_name="Persona Modelo Ximena"),
    ],
    "undated": [row(signed_at="31/02/2024")],
}
LETTERS = [
    ("Licitación pública", "open"),
    ("LICITACIÓN PÚBLICA CON OSD", "open"),
    ("Licitación pública simplificada", "open"),
    ("Licitación simplificada", "selective"),
    ("Licitación restringida", "selective"),
    ("Invitación a cuando menos tres personas", "selective"),
    ("Invitación restringida (tres cotizaciones)", "selective"),
    ("Tres cotizaciones", "selective"),
    ("Concurso por invitación", "selective"),
    ("Asignación directa", "direct"),
    ("Adjudicación Directa Federal", "direct"),
    ("Excepción", "direct"),
    ("Otro", None),
]
EXPEDIENTE = {
    "Orden de gobierno": "APF",
    "Institución": "INSTITUTO DE PRUEBA",
    "Clave de la UC": "'004E2D",
    "Nombre de la UC": "COORDINACIÓN DE COMPRAS",
    "Código del expediente": "E-2026-00000001",
    "Título del expediente": "Vacunas",
    "Tipo Procedimiento": "LICITACIÓN PÚBLICA",
    "Tipo de contratación": "ADQUISICIONES",
    "Número de procedimiento": "'LA-99-AAA-099AAA001-N-2-2026",
    "Partida específica": "'25301",
    "Fecha de publicación": "2026-01-05 09:00:00",
    "Fecha de fallo": "2026-02-05 00:00:00",
    "Dirección del anuncio": "https://compras.example/#/detalle/2",
    "Correo anuncio": "avisos@compras.example",
}
OLD = {
    "DEPENDENCIA / ENTIDAD": "SECRETARÍA DE PRUEBA",
    "CLAVE UC": "00637015",
    "NOMBRE UC": "DIRECCIÓN DE COMPRAS",
    "NÚMERO DE PROCEDIMIENTO": "00637015-001-08",
    "TIPO DE PROCEDIMIENTO": "LICITACION PUBLICA",
    "TIPO CONTRATACIÓN": "SERVICIOS",
    "CARACTER": "NACIONAL",
    "NÚMERO DE CONTRATO": "12/08",
    "REFERENCIA DE LA CONTRATACIÓN": "LIMPIEZA",
    "FECHA DE SUSCRIPCIÓN DE CONTRATO": "01/07/2008",
    "IMPORTE MN SIN IVA": "$1,000.00",
    "RAZÓN SOCIAL": "PERSONA MODELO XIMENA",
    "URL DEL CONTRATO": "",
}


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    kinds = [row(procedure_number=f"K-{at}", procedure_type=kind) for at, (kind, _) in enumerate(LETTERS)]
    for source_id, rows in {**CASES, "kinds": kinds, "backwards": CASES["numbers"][::-1]}.items():
        scratch.declare_layout(source_id, LAYOUT)
        scratch.insert("landed.contract_sheets", landed(source_id, rows, collection="contratos"))
        scratch.insert("landed.sources", [{"source_id": source_id, "entity": "19"}])
    scratch.insert(
        "landed.compranet",
        [
            *landed("expedientes", [EXPEDIENTE], collection="expedientes"),
            *landed("thirteen", [OLD], collection="contratos"),
        ],
    )
    scratch.insert("landed.sources", [{"source_id": "expedientes", "entity": "00"}])
    scratch.insert(
        "landed.generations",
        [{"slice_id": "undated@g1", "source_id": "undated", "fetched_at": datetime(2026, 11, 20, 18)}],
    )
    scratch.dbt(
        "build", "--select", "+stg_contracts__releases,path:models/staging",
        "--exclude-resource-type", "unit_test",
    )  # fmt: skip
    scratch.freeze("staging.stg_contracts__releases")
    return scratch


def releases(scratch: Scratch, source_id: str) -> dict[str, dict[str, Any]]:
    rows = scratch.rows(
        f"select ocid, release from staging.stg_contracts__releases where source_id = '{source_id}'"
    )
    return {row["ocid"].removeprefix(f"tequio-{source_id}-"): json.loads(row["release"]) for row in rows}


def of_contract(found: dict[str, dict[str, Any]], number: str) -> dict[str, Any]:
    """The release of the process that goes by a contract's number."""
    [key] = [key for key in found if re.fullmatch(rf"contrato-{re.escape(number)}-[0-9a-f]{{8}}", key)]
    return found[key]


def only(scratch: Scratch, source_id: str) -> dict[str, Any]:
    [release] = releases(scratch, source_id).values()
    return release


def party_roles(release: dict[str, Any]) -> dict[str, list[str]]:
    return {party["id"]: party["roles"] for party in release["parties"]}


def mexico(day: str, time: str = "00:00:00") -> str:
    return f"{day}T{time}-06:00"


def test_a_tender_with_its_bidders(built: Scratch) -> None:
    release = only(built, "wide")

    person = {"id": f"MX-RFC-{PERSON}", "name": "Persona Modelo Ximena"}
    assert release["tag"] == ["planning", "tender", "award", "contract"]
    budget = {"description": "Recurso municipal", "amount": {"amount": 1500.0, "currency": "MXN"}}
    assert release["planning"] == {"budget": budget}
    unit = {"id": "TEQUIO-UC-19-MUNICIPIO-MODELO-DIRECCION-DE-COMPRAS", "name": "Dirección de Compras"}
    assert release["tender"] == {
        "id": "LP-01/2024",
        "title": "Cómputo para las escuelas",
        "description": "Equipo e instalación",
        "status": "complete",
        "procuringEntity": unit,
        "value": {"amount": 1500.0, "currency": "MXN"},
        "procurementMethod": "open",
        "procurementMethodDetails": "Licitación pública nacional",
        "additionalProcurementCategories": ["goodsAcquisition", "services"],
        "submissionMethod": ["electronicSubmission", "inPerson"],
        "submissionMethodDetails": "Mixta",
        "eligibilityCriteria": "Carácter del procedimiento: Nacional",
        "tenderPeriod": {"startDate": mexico("2024-01-10"), "endDate": mexico("2024-01-25", "10:00:00")},
        "enquiryPeriod": {"endDate": mexico("2024-01-15")},
        "numberOfTenderers": 3,
        "tenderers": [WINNER, person, SECOND],
    }
    assert release["parties"] == [
        {**BUYER, "roles": ["buyer"], "details": {"ordenDeGobierno": "GM"}},
        {**unit, "roles": ["procuringEntity"], "memberOf": [BUYER]},
        {
            **WINNER,
            "identifier": {"scheme": "MX-RFC", "id": "NOR010203AB4", "legalName": WINNER["name"]},
            "roles": ["supplier", "tenderer"],
            "details": {"montosOfertados": [100.0]},
        },
        {
            **person,
            "identifier": {"scheme": "MX-RFC", "id": PERSON, "legalName": person["name"]},
            "roles": ["tenderer"],
        },
        {**SECOND, "roles": ["tenderer"], "details": {"montosOfertados": [110.0, 120.1]}},
    ]


def test_a_contract_that_is_settled(built: Scratch) -> None:
    [contract] = only(built, "wide")["contracts"]

    assert contract == {
        "id": "C-1",
        "awardID": contract["awardID"],
        "description": "Equipo de cómputo",
        "status": "terminated",
        "value": {"amount": 100.0, "currency": "MXN"},
        "dateSigned": mexico("2024-03-01"),
        "implementation": {
            "status": "concluded",
            "milestones": [
                {
                    "id": "finiquito",
                    "title": "Finiquito",
                    "description": "Importe del finiquito: 99.50 MXN",
                    "dateMet": mexico("2024-05-31"),
                    "status": "met",
                }
            ],
        },
    }
    assert re.fullmatch(r"LP-01/2024-A-[0-9a-f]{8}", contract["awardID"])


def test_prices_for_a_direct_award_are_quotes_and_nobody_is_a_tenderer(built: Scratch) -> None:
    release = only(built, "quoted")

    [request] = release["planning"]["requestsForQuotes"]
    assert release["planning"]["hasQuotes"] is True
    assert request["id"] == "cotizaciones"
    quotes = {quote["issuingSupplier"]["name"]: quote for quote in request["quotes"]}
    assert {name: (quote["value"], quote["issuingSupplier"]) for name, quote in quotes.items()} == {
        WINNER["name"]: ({"amount": 100.0, "currency": "MXN"}, WINNER),
        SECOND["name"]: ({"amount": 101.0, "currency": "MXN"}, SECOND),
    }
    assert len({quote["id"] for quote in request["quotes"]}) == 2
    assert "tenderers" not in release["tender"]
    assert party_roles(release) == {
        BUYER["id"]: ["buyer"],
        WINNER["id"]: ["supplier", "issuingSupplier"],
        SECOND["id"]: ["issuingSupplier"],
    }


def test_a_direct_award_whose_supplier_is_its_only_bidder_had_no_quotes(built: Scratch) -> None:
    release = only(built, "only_its_supplier")

    assert release["tag"] == ["tender", "award", "contract"]
    assert party_roles(release) == {BUYER["id"]: ["buyer"], WINNER["id"]: ["supplier"]}


def test_net_and_open_amounts_places_documents_and_listed_amendments(built: Scratch) -> None:
    release = only(built, "sipot_like")

    [contract] = release["contracts"]
    document = {"language": "es", "format": "application/pdf"}
    notice, signed = release["tender"]["documents"][0], contract["documents"][0]
    items = [{"id": code, "classification": {"scheme": "COG", "id": code}} for code in ("61201", "61203")]
    value = {"amount": 116.0, "currency": "MXN", "netAmount": 100.0}
    assert release["ocid"] == "tequio-sipot_like-EXP/7 2024-ad5da724"
    assert release["tender"] == {
        "id": "EXP/7 2024",
        "title": "Equipo de cómputo",
        "status": "complete",
        "items": items,
        "value": {"amount": 200.0, "currency": "MXN"},
        "minValue": {"amount": 50.0, "currency": "MXN"},
        "procurementMethod": "direct",
        "procurementMethodDetails": "Adjudicación directa",
        "additionalProcurementCategories": ["works", "worksRelatedServices"],
        "documents": [
            {
                **document,
                "id": notice["id"],
                "documentType": "tenderNotice",
                "title": "Anuncio del procedimiento",
                "url": "https://modelo.example/convocatoria%20n%C2%BA%207.pdf",
            }
        ],
        "deliveryLocations": [
            {
                "description": "Calle Uno",
                "geometry": {"type": "Point", "coordinates": [-100.402, 25.657]},
            }
        ],
        "deliveryAddresses": [{"locality": "San Pedro Garza García", "region": "Nuevo León"}],
    }
    assert [award["value"] for award in release["awards"]] == [value]
    assert contract == {
        "id": "C-7",
        "awardID": release["awards"][0]["id"],
        "description": "Equipo de cómputo",
        "status": "active",
        "period": {"startDate": mexico("2024-03-02"), "endDate": mexico("2024-09-30")},
        "value": value,
        "items": items,
        "dateSigned": mexico("2024-03-01"),
        "documents": [
            {
                **document,
                "id": signed["id"],
                "documentType": "contractSigned",
                "title": "Contrato",
                "url": "https://modelo.example/contrato-7.pdf",
            },
            {
                "id": contract["documents"][1]["id"],
                "documentType": "contractAnnexe",
                "title": "Convenio modificatorio",
                "url": "https://modelo.example/cm-1",
                "language": "es",
            },
        ],
        "amendments": [
            {"id": "CM-1", "date": mexico("2024-09-15"), "description": "Se amplía el plazo"},
        ],
    }


def test_amounts_of_two_currencies_have_no_sum(built: Scratch) -> None:
    release = only(built, "currencies")

    dollars = {"amount": 10.0, "currency": "USD", "exchangeRates": [{"rate": 17.1234, "currency": "MXN"}]}
    assert {contract["id"]: contract["value"] for contract in release["contracts"]} == {
        "C-1": dollars,
        "C-2": {"amount": 5.55, "currency": "MXN"},
    }
    [award] = release["awards"]
    assert "value" not in award
    [award] = only(built, "dollars")["awards"]
    assert award["value"] == dollars


def test_a_contract_number_that_comes_again(built: Scratch) -> None:
    """Equal amounts are one contract, told by its latest row; other amounts are numbered and not added up."""
    release = only(built, "numbers")

    awards = {award["suppliers"][0]["id"]: award for award in release["awards"]}
    contracts = {contract["id"]: contract for contract in release["contracts"]}
    told = {
        contract_id: (
            contract["awardID"],
            contract["value"]["amount"],
            contract.get("status"),
            [item["id"] for item in contract.get("items", [])],
        )
        for contract_id, contract in contracts.items()
    }
    winner, second = awards[WINNER["id"]], awards[SECOND["id"]]
    assert sorted(map(str, told.values())) == sorted(
        map(
            str,
            [
                (winner["id"], 100.0, "terminated", ["25301", "25401"]),
                (winner["id"], 90.0, None, []),
                (second["id"], 100.0, None, []),
            ],
        )
    )
    assert sorted(contracts) == ["C-1", "C-1 (2)", "C-1 (3)"]
    assert "value" not in winner
    assert second["value"] == {"amount": 100.0, "currency": "MXN"}
    [sources] = built.rows(
        "select positions, record_count, ordinal, conversion from staging.stg_contracts__releases "
        "where source_id = 'numbers'"
    )
    places = [
        {"raw_sha256": RAW, "page": 1, "position": f"/contratos/{ordinal}", "ordinal": ordinal}
        for ordinal in range(4)
    ]
    assert (json.loads(sources.pop("positions")), sources) == (
        places,
        {"record_count": 4, "ordinal": 0, "conversion": "contract_sheets"},
    )


def test_ids_do_not_depend_on_the_order_of_rows(built: Scratch) -> None:
    backwards = json.dumps(only(built, "backwards")).replace("tequio-backwards-", "tequio-numbers-")

    assert json.loads(backwards) == only(built, "numbers")


def test_a_convenio_row_becomes_an_amendment_of_the_contract_it_names(built: Scratch) -> None:
    found = releases(built, "amended")

    assert [re.sub(r"-[0-9a-f]{8}$", "", key) for key in sorted(found)] == [
        "contrato-SA/CONV-008/24",
        "contrato-SA/CTO-042/ADMÓN.-24",
        "contrato-SA/CTO-043/ADMÓN.-24",
    ]
    changed = of_contract(found, "SA/CTO-042/ADMÓN.-24")
    [contract] = changed["contracts"]
    assert (contract["id"], contract["value"]["amount"]) == ("SA/CTO-042/ADMÓN.-24", 100.0)
    assert contract["amendments"] == [
        {
            "id": "SA/CONV-007/24",
            "date": mexico("2024-06-30"),
            "rationale": "Convenio modificatorio",
            "description": "Convenio modificatorio al contrato SA/CTO-042/ADMON-24, ampliando el 20%; "
            "importe publicado: 20.00 MXN; término publicado: 2024-12-31",
        }
    ]
    assert changed["tender"]["procurementMethodDetails"] == "Adjudicación directa"
    assert changed["awards"][0]["value"]["amount"] == 100.0
    assert "amendments" not in of_contract(found, "SA/CTO-043/ADMÓN.-24")["contracts"][0]
    [sources] = built.rows(
        "select record_count, positions from staging.stg_contracts__releases "
        "where starts_with(ocid, 'tequio-amended-contrato-SA/CTO-042/ADMÓN.-24-')"
    )
    assert [place["ordinal"] for place in json.loads(sources["positions"])] == [0, 2]


def test_a_convenio_whose_contract_is_not_in_the_source_stays_a_contract_and_says_so(built: Scratch) -> None:
    release = of_contract(releases(built, "amended"), "SA/CONV-008/24")

    [contract] = release["contracts"]
    assert contract["value"]["amount"] == 20.0
    assert "procurementMethod" not in release["tender"]
    [amendment] = contract["amendments"]
    assert amendment["rationale"] == "Convenio modificatorio"
    assert amendment["description"].endswith("publicado como contrato: el que modifica no está en la fuente")


def test_a_convenio_in_a_procedure_of_one_contract_changes_that_one(built: Scratch) -> None:
    [contract] = only(built, "amended_in_procedure")["contracts"]

    assert contract["id"] == "C-1"
    [amendment] = contract["amendments"]
    assert re.fullmatch(r"convenio-[0-9a-f]{8}", amendment["id"])
    assert amendment["description"].startswith("Ampliación del plazo; importe publicado: 20.00 MXN")


def test_a_contract_number_of_two_suppliers_is_two_processes(built: Scratch) -> None:
    found = releases(built, "shared_number")

    assert all(re.fullmatch(r"contrato-042-[0-9a-f]{8}", key) for key in found)
    suppliers = {release["awards"][0]["suppliers"][0]["id"] for release in found.values()}
    assert suppliers == {WINNER["id"], SECOND["id"]}


def test_a_file_number_is_its_institutions_and_a_procedure_may_be_of_several(built: Scratch) -> None:
    files, [consolidated] = releases(built, "shared_file"), releases(built, "consolidated").values()

    assert all(re.fullmatch(r"EXP-1-[0-9a-f]{8}", key) for key in files)
    assert {release["buyer"]["name"] for release in files.values()} == {"Municipio Modelo", "Otro Municipio"}
    assert [release["tender"]["id"] for release in files.values()] == ["EXP-1", "EXP-1"]
    assert [party["name"] for party in consolidated["parties"] if party["roles"] == ["buyer"]] == [
        "Municipio Modelo",
        "Otro Municipio",
    ]


def test_who_has_no_rfc_of_the_right_form_goes_by_name(built: Scratch) -> None:
    found = releases(built, "people")

    parties = {
        key: [party for party in release["parties"] if party["roles"] == ["supplier"]]
        for key, release in found.items()
    }
    assert {key: [party["id"] for party in listed] for key, listed in parties.items()} == {
        "P-1": ["TEQUIO-PROV-19-PUBLICO-EN-GENERAL"],
        "P-2": ["TEQUIO-PROV-19-CON-LETRA-O-SA-DE-CV"],
        "P-3": ["TEQUIO-PROV-19-PERSONA-MODELO-XIMENA"],
        "P-4": [],
        "P-5": [f"MX-RFC-{PERSON}"],
    }
    # What can't be an RFC stays where the rule about RFCs looks.
    assert {key: listed[0].get("identifier") for key, listed in parties.items() if listed} == {
        "P-1": None,
        "P-2": {"scheme": "MX-RFC", "id": "CMA98O529MW0", "legalName": "Con letra O SA de CV"},
        "P-3": {"scheme": "MX-RFC", "id": "PAMX80010AB1", "legalName": "Persona Modelo Ximena"},
        "P-5": {"scheme": "MX-RFC", "id": PERSON, "legalName": "Persona Modelo Ximena"},
    }
    assert found["P-4"]["awards"][0].get("suppliers") is None


def test_kinds_of_procedure_have_their_method(built: Scratch) -> None:
    found = releases(built, "kinds")

    methods = {
        release["tender"]["procurementMethodDetails"]: release["tender"].get("procurementMethod")
        for release in found.values()
    }
    assert methods == dict(LETTERS)


def test_a_procedure_without_contract(built: Scratch) -> None:
    release = only(built, "expedientes")

    unit = {"id": "004E2D", "name": "COORDINACIÓN DE COMPRAS"}
    buyer = {"id": "TEQUIO-INST-INSTITUTO-DE-PRUEBA", "name": "INSTITUTO DE PRUEBA"}
    number = "LA-99-AAA-099AAA001-N-2-2026"
    assert release == {
        "ocid": f"tequio-expedientes-{number}",
        "id": release["id"],
        "date": mexico("2026-02-05"),
        "tag": ["tender"],
        "initiationType": "tender",
        "language": "es",
        "parties": [
            {**buyer, "roles": ["buyer"], "details": {"ordenDeGobierno": "APF"}},
            {**unit, "roles": ["procuringEntity"], "memberOf": [buyer]},
        ],
        "buyer": buyer,
        "tender": {
            "id": number,
            "title": "Vacunas",
            "procuringEntity": unit,
            "items": [{"id": "25301", "classification": {"scheme": "COG", "id": "25301"}}],
            "procurementMethod": "open",
            "procurementMethodDetails": "LICITACIÓN PÚBLICA",
            "mainProcurementCategory": "goods",
            "additionalProcurementCategories": ["goodsAcquisition"],
            "tenderPeriod": {"startDate": mexico("2026-01-05", "09:00:00")},
            "awardPeriod": {"endDate": mexico("2026-02-05")},
            "documents": [
                {
                    "id": release["tender"]["documents"][0]["id"],
                    "documentType": "tenderNotice",
                    "title": "Anuncio del procedimiento en ComprasMX",
                    "url": "https://compras.example/#/detalle/2",
                    "format": "text/html",
                    "language": "es",
                }
            ],
        },
    }
    assert re.fullmatch(rf"tequio-expedientes-{number}-[0-9a-f]{{8}}", release["id"])


def test_a_row_of_thirteen_columns_without_rfc(built: Scratch) -> None:
    release = only(built, "thirteen")

    number = "00637015-001-08"
    supplier = {"id": "TEQUIO-PROV-PERSONA-MODELO-XIMENA", "name": "PERSONA MODELO XIMENA"}
    [award], [contract] = release["awards"], release["contracts"]
    value = {"amount": 1000.0, "currency": "MXN"}
    assert release["tender"]["mainProcurementCategory"] == "services"
    assert release["parties"][-1] == {**supplier, "roles": ["supplier"]}
    assert award == {"id": award["id"], "status": "active", "value": value, "suppliers": [supplier]}
    assert contract == {
        "id": "12/08",
        "awardID": award["id"],
        "title": "LIMPIEZA",
        "value": value,
        # Summer time: a day stays the day that was written.
        "dateSigned": "2008-07-01T00:00:00-05:00",
    }
    assert (release["ocid"], release["date"]) == (f"tequio-thirteen-{number}", contract["dateSigned"])


def test_repairs_name_the_record_they_were_made_in(built: Scratch) -> None:
    [told] = built.rows("select repairs from staging.stg_contracts__releases where source_id = 'expedientes'")
    repairs = json.loads(told["repairs"])
    assert {
        (repair["ordinal"], repair["kind"], repair["path"], repair["repaired"]) for repair in repairs
    } == {
        (0, "apostrophe", "Clave de la UC", "004E2D"),
        (0, "apostrophe", "Número de procedimiento", "LA-99-AAA-099AAA001-N-2-2026"),
        (0, "apostrophe", "Partida específica", "25301"),
    }


def test_a_process_without_any_date_has_that_of_its_delivery(built: Scratch) -> None:
    [undated] = built.rows(
        "select repairs, release_date, release from staging.stg_contracts__releases "
        "where source_id = 'undated'"
    )

    assert (undated["repairs"], undated["release_date"]) == (None, "2026-11-20T12:00:00-06:00")
    assert json.loads(undated["release"])["date"] == undated["release_date"]


def every_release(scratch: Scratch) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in scratch.rows("select source_id, release from staging.stg_contracts__releases order by ocid"):
        yield row["source_id"], json.loads(row["release"])


@pytest.mark.parametrize("kind", ["release", "release-edca"])
def test_every_release_is_valid(built: Scratch, kind: Any) -> None:
    found = list(every_release(built))

    errors = [
        (source_id, release["ocid"], error.message)
        for source_id, release in found
        for error in validator(kind).errors(release)
    ]
    assert len(found) == 38
    assert errors == []


def test_redaction_catches_every_rfc_of_a_person(built: Scratch) -> None:
    redactor = OcdsRedactor(PseudonymKey(b"0" * 32))

    for _, release in every_release(built):
        text = json.dumps(redactor.redact(release).document, ensure_ascii=False)
        assert list(find_personal_ids(text)) == []
        assert "PAMX80" not in text


def test_real_contracts_of_the_municipality_of_chihuahua(
    new_scratch: Callable[[], Scratch], shared_data: Path, repository: Path
) -> None:
    scratch = new_scratch()
    [source] = [found for found in load_sources(repository / "sources") if found.id == "chihuahua_contratos"]
    assert source.layout is not None
    records = chihuahua_contracts(shared_data)
    scratch.declare_layout(source.id, source.layout)
    scratch.insert("landed.contract_sheets", landed(source.id, records, collection="contratos"))
    scratch.insert("landed.sources", [{"source_id": source.id, "entity": source.entity}])

    scratch.dbt("run", "--select", "+stg_contracts__releases")

    found = [release for _, release in every_release(scratch)]
    methods = Counter(release["tender"]["procurementMethod"] for release in found)
    # Each row is a process of one contract; of direct awards the only bidder told is the supplier.
    assert methods == {"direct": 1463, "open": 445, "selective": 24}
    assert [len(release["contracts"]) for release in found] == [1] * 1932
    competed = [
        record
        for record in records
        if record["Tipo_proceso"] != "AD" and any(record[f"Nombre_emp{number}"] for number in range(1, 21))
    ]
    assert sum("tenderers" in release["tender"] for release in found) == len(competed)
    assert [release["ocid"] for release in found if "requestsForQuotes" in release.get("planning", {})] == []
    assert [error for release in found for error in validator("release-edca").errors(release)] == []
    redactor = OcdsRedactor(PseudonymKey(b"0" * 32))
    for release in found:
        for party in redactor.redact(release).document["parties"]:
            identifier = party.get("identifier", {"id": ""})["id"]
            assert re.match(r"[A-ZÑ&]{4}\d{4}|[A-ZÑ&\d]{13}$", identifier) is None, release["ocid"]
