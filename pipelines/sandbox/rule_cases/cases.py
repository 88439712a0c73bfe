"""For each rule evaluated in SQL: a record that passes, one that fails and one it doesn't apply to.

Here: the sound records and the cases, each a change of one thing in a sound record and what the failing one
must yield. Not here: the form of a case (`changes.py`), building and comparing
(`tests/contract/test_quality_rules.py`).
"""

import random
from collections.abc import Callable, Mapping
from functools import cache

import orjson

from pipelines.sandbox import pdn_s1
from pipelines.sandbox.defects import Planter
from pipelines.sandbox.rule_cases.changes import DELETE, Case, Change, Record, add, both, put, same

# The prefix of the processes made here; who serves them puts the publisher's own in its place.
OCDS_PREFIX = "ocds-abc123"


ADDRESS = {
    "streetAddress": "Avenida Uno 1",
    "locality": "Guadalajara",
    "region": "Jalisco",
    "postalCode": "44100",
    "countryName": "México",
}


def process(name: str) -> Record:
    """A contracting process that meets every rule that applies to it; ids are its own."""
    return {
        "ocid": f"{OCDS_PREFIX}-{name}",
        "id": f"{name}-1",
        "date": "2026-03-31T12:00:00-06:00",
        "tag": ["compiled"],
        "initiationType": "tender",
        "buyer": {"id": "B", "name": "Secretaría de Obras"},
        "parties": [
            {
                "id": "B",
                "name": "Secretaría de Obras",
                "roles": ["buyer", "procuringEntity", "payer"],
                "identifier": {"scheme": "MX-RFC", "id": "SOJ010101AB0", "legalName": "Secretaría de Obras"},
                "address": {**ADDRESS},
            },
            {
                "id": "S1",
                "name": "Constructora Uno",
                "roles": ["tenderer", "supplier", "payee"],
                "identifier": {"scheme": "MX-RFC", "id": "CUN050607AB1", "legalName": "Constructora Uno"},
                "address": {**ADDRESS},
            },
            {
                "id": "S2",
                "name": "Constructora Dos",
                "roles": ["tenderer"],
                "identifier": {"scheme": "MX-RFC", "id": "CDO080910AB6", "legalName": "Constructora Dos"},
                "address": {**ADDRESS},
            },
        ],
        "planning": {"budget": {"amount": {"amount": 1200, "currency": "MXN"}}},
        "tender": {
            "id": f"T-{name}",
            "title": "Papelería para oficinas",
            "description": "Papel y consumibles para las oficinas centrales",
            "status": "complete",
            "procuringEntity": {"id": "B", "name": "Secretaría de Obras"},
            "procurementMethod": "open",
            "procurementMethodDetails": "Licitación pública nacional",
            "procurementMethodRationale": "Monto superior al de la invitación",
            "mainProcurementCategory": "goods",
            "additionalProcurementCategories": ["goodsAcquisition"],
            "awardCriteria": "lowestCost",
            "awardCriteriaDetails": "Precio más bajo de las propuestas solventes",
            "submissionMethod": ["electronicSubmission"],
            "submissionMethodDetails": "En el portal de compras del estado",
            "hasEnquiries": False,
            "eligibilityCriteria": "Estar en el padrón de proveedores",
            "numberOfTenderers": 2,
            "tenderers": [
                {"id": "S1", "name": "Constructora Uno"},
                {"id": "S2", "name": "Constructora Dos"},
            ],
            "value": {"amount": 1000, "currency": "MXN"},
            "tenderPeriod": {
                "startDate": "2026-01-01T09:00:00-06:00",
                "endDate": "2026-01-15T09:00:00-06:00",
                "durationInDays": 14,
            },
            "enquiryPeriod": {
                "startDate": "2026-01-01T09:00:00-06:00",
                "endDate": "2026-01-08T09:00:00-06:00",
            },
            "awardPeriod": {
                "startDate": "2026-01-15T09:00:00-06:00",
                "endDate": "2026-01-20T09:00:00-06:00",
            },
            "items": [
                {"id": "1", "description": "Papel", "quantity": 10, "unit": {"value": {"amount": 100}}}
            ],
            "milestones": [{"id": "1", "status": "scheduled", "dueDate": "2026-03-01T00:00:00-06:00"}],
            "documents": [
                {
                    "id": "1",
                    "documentType": "tenderNotice",
                    "title": "Convocatoria",
                    "url": "https://compras.example.mx/convocatoria.pdf",
                    "datePublished": "2026-01-02T00:00:00-06:00",
                    "dateModified": "2026-01-03T00:00:00-06:00",
                }
            ],
        },
        "awards": [
            {
                "id": "A1",
                "title": "Papelería para oficinas",
                "description": "Papel y consumibles para las oficinas centrales",
                "status": "active",
                "date": "2026-01-20T00:00:00-06:00",
                "value": {"amount": 1000, "currency": "MXN"},
                "suppliers": [{"id": "S1", "name": "Constructora Uno"}],
                "contractPeriod": {
                    "startDate": "2026-02-01T00:00:00-06:00",
                    "endDate": "2026-03-01T00:00:00-06:00",
                },
            }
        ],
        "contracts": [
            {
                "id": f"C-{name}",
                "awardID": "A1",
                "title": "Papelería para oficinas",
                "description": "Papel y consumibles para las oficinas centrales",
                "status": "active",
                "value": {"amount": 1000, "currency": "MXN"},
                "dateSigned": "2026-01-25T00:00:00-06:00",
                "period": {"startDate": "2026-02-01T00:00:00-06:00", "endDate": "2026-03-01T00:00:00-06:00"},
                "implementation": {
                    "transactions": [
                        {
                            "id": "P1",
                            "date": "2026-02-15T00:00:00-06:00",
                            "value": {"amount": 400, "currency": "MXN"},
                            "payer": {"id": "B", "name": "Secretaría de Obras"},
                            "payee": {"id": "S1", "name": "Constructora Uno"},
                        }
                    ]
                },
            }
        ],
    }


def bare_process(name: str) -> Record:
    """A process of which nothing but its identity is known."""
    return {
        "ocid": f"{OCDS_PREFIX}-{name}",
        "id": f"{name}-1",
        "date": "2026-03-31T12:00:00-06:00",
        "tag": ["planning"],
    }


# Why a rule about a field fails together with the schema.
IN_SCHEMA = {"OCDS-S01": "the schema demands the field as well"}
CLOSED_CODELIST = {"OCDS-S01": "the schema lists the codes of a closed codelist as well"}
PAYMENT = "/contracts/0/implementation/transactions/0"
AMENDMENT = {
    "id": "1",
    "date": "2026-02-20T00:00:00-06:00",
    "description": "Ampliación del plazo",
    "rationale": "Retraso en la entrega por causas ajenas al proveedor",
}
PAID = f"{PAYMENT}/value/amount"
SECOND_AWARD = {"id": "A2", "status": "pending", "suppliers": [{"id": "S1", "name": "Constructora Uno"}]}

GENERAL_OCDS_CASES = (
    # --- ids ---
    Case(
        "OCDS-I01",
        same,
        "/id",
        "{name}-1",
        # Another date: releases of one date are another rule's.
        twin=put("/date", "2026-04-01T12:00:00-06:00"),
        na=put("/id", DELETE),
    ),
    Case("OCDS-I02", put("/ocid", "ocds-zzz999-i02"), "/ocid", "ocds-zzz999-i02", na=None),
    Case("OCDS-I03", put("/contracts/0/id", DELETE), "/contracts/0/id", None, also=IN_SCHEMA),
    Case(
        "OCDS-I04",
        put("/tender/id", "T-repetido"),
        "/tender/id",
        "T-repetido",
        twin=both(
            put("/ocid", f"{OCDS_PREFIX}-otro-i04"), put("/id", "otro"), put("/contracts/0/id", "C-otro")
        ),
    ),
    Case(
        "OCDS-I05",
        put("/contracts/0/id", "C-repetido"),
        "/contracts/0",
        "C-repetido",
        twin=both(put("/ocid", f"{OCDS_PREFIX}-otro-i05"), put("/tender/id", "T-otro"), put("/id", "otro")),
    ),
    # --- references ---
    Case("OCDS-R01", put("/contracts/0/awardID", "A9"), "/contracts/0/awardID", "A9"),
    Case("OCDS-R02", put("/buyer/id", "B9"), "/buyer/id", "B9"),
    Case(
        "OCDS-R03",
        both(put("/tender/procuringEntity/id", DELETE), put("/parties/0/roles", ["buyer", "payer"])),
        "/tender/procuringEntity/id",
        None,
    ),
    Case(
        "OCDS-R04",
        add("/awards/0/suppliers", {"id": "S9", "name": "Otra"}),
        "/awards/0/suppliers/1/id",
        "S9",
    ),
    Case(
        "OCDS-R05",
        both(put("/tender/tenderers/1/id", "S9"), put("/parties/2", DELETE)),
        "/tender/tenderers/1/id",
        "S9",
    ),
    Case(
        "OCDS-R06",
        both(put(f"{PAYMENT}/payee/id", "S9"), put("/parties/1/roles", ["tenderer", "supplier"])),
        f"{PAYMENT}/payee/id",
        "S9",
    ),
    Case("OCDS-R07", put("/parties/1/roles", ["tenderer", "payee"]), "/awards/0/suppliers/0", "supplier"),
    Case("OCDS-R08", put("/parties/2/roles", ["tenderer", "supplier"]), "/parties/2/roles/1", "supplier"),
    Case(
        "OCDS-R09",
        put("/awards/0/suppliers/0/name", "Constructora 1"),
        "/awards/0/suppliers/0/name",
        "Constructora 1 ≠ Constructora Uno",
    ),
    # --- dates ---
    Case(
        "OCDS-D01",
        put("/contracts/0/period/endDate", "2026-01-31T00:00:00-06:00"),
        "/contracts/0/period",
        "2026-02-01 > 2026-01-31",
        # CompraNet's periods of one day run from 12:00 to 11:59.
        passes=put(
            "/contracts/0/period",
            {"startDate": "2026-02-01T12:00:00Z", "endDate": "2026-02-01T11:59:00Z", "durationInDays": 0},
        ),
    ),
    Case(
        "OCDS-D02",
        both(
            put("/tender/milestones/0/status", "met"),
            put("/tender/milestones/0/dateMet", "2049-12-31T00:00:00-06:00"),
        ),
        "/tender/milestones/0/dateMet",
        "2049-12-31",
        # The day after the fetch has begun in the zone furthest ahead.
        passes=put(f"{PAYMENT}/date", "2026-11-22T00:00:00-06:00"),
        na=put("/date", DELETE),
        also={"OCDS-D14": "what hasn't come yet is later than the release as well"},
    ),
    Case(
        "OCDS-D03",
        both(
            put("/contracts/0/period/maxExtentDate", "0001-01-01T00:00:00"),
            put("/tender/milestones/0/dueDate", "1989-12-31T00:00:00Z"),
        ),
        "/contracts/0/period/maxExtentDate",
        "0001-01-01T00:00:00",
        failures=2,
        na=put("/date", DELETE),
    ),
    Case(
        "OCDS-D04",
        put("/contracts/0/dateSigned", "2026-02-02T00:00:00-06:00"),
        "/contracts/0/dateSigned",
        "2026-02-02 > 2026-02-01",
        # Signed in the evening of the day it starts: compared by day.
        passes=put("/contracts/0/dateSigned", "2026-02-01T20:00:00-06:00"),
    ),
    Case(
        "OCDS-D05",
        both(
            put("/tender/tenderPeriod/endDate", "2026-01-22T00:00:00-06:00"),
            put("/tender/tenderPeriod/durationInDays", 21),
        ),
        "/awards/0/date",
        "2026-01-22 > 2026-01-20",
    ),
    Case(
        "OCDS-D06",
        put("/awards/0/date", "2026-01-26T00:00:00-06:00"),
        "/contracts/0/dateSigned",
        "2026-01-26 > 2026-01-25",
    ),
    Case(
        "OCDS-D07",
        put(f"{PAYMENT}/date", "2026-01-24T00:00:00-06:00"),
        f"{PAYMENT}/date",
        "2026-01-25 > 2026-01-24",
    ),
    Case(
        "OCDS-D08",
        put("/date", "2026-01-30T12:00:00-06:00"),
        f"{PAYMENT}/date",
        "2026-02-15 > 2026-01-30",
    ),
    Case(
        "OCDS-D09",
        put("/tender/milestones/0/dateMet", "2026-02-10T00:00:00-06:00"),
        "/tender/milestones/0/dateMet",
        "2026-02-10",
    ),
    Case(
        "OCDS-D11",
        # A day that no calendar has; what only has another form is repaired before.
        put("/tender/milestones/0/dueDate", "2015-02-30T00:00:00-06:00"),
        "/tender/milestones/0/dueDate",
        "2015-02-30T00:00:00-06:00",
        na=put("/date", DELETE),
    ),
    Case(
        "OCDS-D12",
        put("/tender/tenderPeriod/durationInDays", 20),
        "/tender/tenderPeriod/durationInDays",
        "20 ≠ 14",
    ),
    Case(
        "OCDS-D13",
        both(
            put("/contracts/0/amendments", [AMENDMENT]),
            put("/contracts/0/amendments/0/date", "2026-01-24T00:00:00-06:00"),
        ),
        "/contracts/0/amendments/0/date",
        "2026-01-25 > 2026-01-24",
        passes=put("/contracts/0/amendments", [AMENDMENT]),
    ),
    Case(
        "OCDS-D14",
        put("/tender/milestones/0/dateModified", "2026-04-01T00:00:00-06:00"),
        "/tender/milestones/0/dateModified",
        "2026-04-01 > 2026-03-31",
        passes=put("/tender/milestones/0/dateModified", "2026-03-31T20:00:00-06:00"),
    ),
    Case(
        "OCDS-D15",
        both(
            put("/tender/amendments", [AMENDMENT]),
            put("/tender/amendments/0/date", "2026-04-01T00:00:00-06:00"),
        ),
        "/tender/amendments/0/date",
        "2026-04-01 > 2026-03-31",
        passes=put("/tender/amendments", [AMENDMENT]),
    ),
    Case(
        "OCDS-D16",
        put("/tender/documents/0/dateModified", "2026-04-01T00:00:00-06:00"),
        "/tender/documents/0/dateModified",
        "2026-04-01 > 2026-03-31",
    ),
    Case(
        "OCDS-D17",
        put("/tender/documents/0/dateModified", "2026-01-01T00:00:00-06:00"),
        "/tender/documents/0/dateModified",
        "2026-01-02 > 2026-01-01",
    ),
    # --- money ---
    Case("OCDS-M01", put(f"{PAYMENT}/value/amount", -400), f"{PAYMENT}/value/amount", "-400.00"),
    Case("OCDS-M02", put("/awards/0/value/amount", 0), "/awards/0/value/amount", "0.00"),
    Case(
        "OCDS-M03",
        # Of the payment: of an award it would take the comparison with the contract away as well.
        both(
            put(f"{PAYMENT}/value/currency", "MNX"),
            # Zero needs no currency, but not a wrong one either.
            put("/tender/minValue", {"amount": 0, "currency": "M.N."}),
        ),
        f"{PAYMENT}/value/currency",
        "MNX",
        failures=2,
        also=CLOSED_CODELIST,
    ),
    Case(
        "OCDS-M04",
        both(
            put("/tender/value/amount", 100_000_000_000.01),
            put("/planning/budget/amount/amount", 100_000_000_000.01),
        ),
        "/planning/budget/amount/amount",
        "100000000000.01 MXN",
        failures=2,
    ),
    Case(
        "OCDS-M05",
        put("/contracts/0/value/amount", 1_000_000),
        "/contracts/0/value/amount",
        "1000000.00 / 1000.00",
        also={"OCDS-M07": "a contract of a thousand times its award isn't within 50 % of it"},
        # 50 times isn't a moved decimal point.
        passes=put("/contracts/0/value/amount", 50_000),
    ),
    Case(
        "OCDS-M06",
        both(
            put("/contracts/0/value/amount", 1_000_000.01),
            put("/awards/0/value/amount", 1_000_000.01),
            put("/tender/value/amount", 1_000_000.01),
            put("/planning/budget/amount/amount", 1_200_000),
        ),
        "/contracts/0/value/amount",
        "1000000.01 MXN",
    ),
    Case(
        "OCDS-M07",
        put("/contracts/0/value/amount", 1500.01),
        "/awards/0/value/amount",
        "1500.01 / 1000.00",
        passes=put("/contracts/0/value/amount", 1500),
    ),
    Case(
        "OCDS-M08",
        put(f"{PAYMENT}/value/amount", 1001.01),
        "/contracts/0/implementation/transactions",
        "1001.01 > 1000.00",
        passes=put(f"{PAYMENT}/value/amount", 1001),
    ),
    Case(
        "OCDS-M09",
        put("/planning/budget/amount/amount", 1500.01),
        "/tender/value/amount",
        "1000.00 / 1500.01",
    ),
    Case(
        "OCDS-M10",
        put("/tender/items/0/quantity", -10),
        "/tender/items/0",
        "-10.000000 × 100.000000",
    ),
    # --- codelists ---
    Case(
        "OCDS-C01",
        put("/tender/status", "Complete"),
        "/tender/status",
        "Complete",
        also=CLOSED_CODELIST,
    ),
    Case(
        "OCDS-C02",
        both(put("/tender/procurementMethod", "licitación"), put("/tender/procurementMethodDetails", "Otra")),
        "/tender/procurementMethod",
        "licitación",
        also=CLOSED_CODELIST,
    ),
    Case(
        "OCDS-C03",
        put("/tender/mainProcurementCategory", "bienes"),
        "/tender/mainProcurementCategory",
        "bienes",
        also={**CLOSED_CODELIST, "OCDS-E06": "nothing is a part of a category that doesn't exist"},
    ),
    Case(
        "OCDS-C04",
        put("/awards/0/status", "Pending"),
        "/awards/0/status",
        "Pending",
        also=CLOSED_CODELIST,
    ),
    Case(
        "OCDS-C05",
        put("/contracts/0/status", "Active"),
        "/contracts/0/status",
        "Active",
        also=CLOSED_CODELIST,
    ),
    Case("OCDS-C06", add("/parties/0/roles", "comprador"), "/parties/0/roles/3", "comprador"),
    Case(
        "OCDS-C07",
        put("/tender/procurementMethod", "selective"),
        "/tender/procurementMethod",
        "selective ≠ Licitación pública nacional",
    ),
    Case(
        "OCDS-C08",
        put("/tender/documents/0/documentType", "contractSigned"),
        "/tender/documents/0/documentType",
        "contractSigned (tender)",
    ),
    Case("OCDS-C09", put("/parties/0/address/region", "MX-JAL"), "/parties/0/address/region", "MX-JAL"),
    # --- coherence ---
    Case(
        "OCDS-H01",
        both(
            put("/tender/procurementMethod", "direct"),
            put("/tender/procurementMethodDetails", "Adjudicación directa"),
        ),
        "/tender/numberOfTenderers",
        "2",
        passes=both(put("/tender/procurementMethod", "direct"), put("/tender/numberOfTenderers", 1)),
    ),
    Case(
        "OCDS-H02",
        put("/tender/status", "cancelled"),
        "/tender/status",
        "cancelled",
        passes=both(put("/tender/status", "active"), put("/awards", []), put("/contracts", DELETE)),
    ),
    Case(
        "OCDS-H03",
        put("/awards/0/status", "cancelled"),
        "/awards/0/status",
        "cancelled",
        passes=add("/awards", SECOND_AWARD),
    ),
    Case(
        "OCDS-H04",
        put("/contracts/0/status", "pending"),
        "/contracts/0/status",
        "pending",
        passes=both(put("/contracts/0/status", "pending"), put("/contracts/0/implementation", {})),
    ),
    Case("OCDS-H05", put("/tender/numberOfTenderers", 6), "/tender/numberOfTenderers", "6 ≠ 2"),
    # --- fields ---
    Case(
        "OCDS-F01",
        both(put("/tender/id", "LA-001-2026"), put("/tender/title", "LA-001-2026")),
        "/tender/title",
        "LA-001-2026",
    ),
    Case("OCDS-F02", put("/tender/items", DELETE), "/tender/items", None),
    Case("OCDS-F04", put("/contracts/0/value", DELETE), "/contracts/0/value/amount", None),
    Case("OCDS-F05", put("/contracts/0/dateSigned", DELETE), "/contracts/0/dateSigned", None),
    Case("OCDS-F06", put("/buyer", DELETE), "/buyer/name", None, na=None),
    Case("OCDS-F07", put("/tender/tenderPeriod/endDate", DELETE), "/tender/tenderPeriod/endDate", None),
    Case(
        "OCDS-F08",
        both(put("/awards/0/suppliers", DELETE), put("/parties/1/roles", ["tenderer", "payee"])),
        "/awards/0/suppliers",
        None,
    ),
    Case("OCDS-F09", put("/planning", DELETE), "/planning/budget", None, na=None),
    Case(
        "OCDS-F10",
        put("/tender/title", "AUTORIZACI\ufffdN de compra"),
        "**",
        "AUTORIZACI\ufffdN de compra",
        na=None,
    ),
    # --- values ---
    Case(
        "OCDS-V01",
        put("/ocid", "OCDS-abc123-mayusculas"),
        "/ocid",
        "OCDS-abc123-mayusculas",
        na=put("/ocid", "tequio-sin_prefijo-1"),
        has_prefix=False,
    ),
    Case("OCDS-V02", put("/language", "esp"), "/language", "esp", passes=put("/language", "es")),
    Case(
        "OCDS-V03",
        put("/parties/1/identifier/scheme", "RFC"),
        "/parties/1/identifier/scheme",
        "RFC",
        # The registers of another country aren't compared.
        na=put("/parties", [{"id": "S1", "identifier": {"scheme": "US-EIN", "id": "1"}}]),
    ),
    Case(
        "OCDS-V04",
        put("/tender/documents/0/format", ".pdf"),
        "/tender/documents/0/format",
        ".pdf",
        passes=put("/tender/documents/0/format", "application/PDF"),
    ),
    Case(
        "OCDS-V05",
        put("/tender/documents/0/description", "ñ" * 251),
        "/tender/documents/0/description",
        "251 caracteres",
        passes=put("/tender/documents/0/description", "ñ" * 250),
    ),
    Case(
        "OCDS-V06",
        # Without the ends of the period nobody can say how long it lasts instead.
        put("/tender/contractPeriod", {"durationInDays": -28}),
        "/tender/contractPeriod/durationInDays",
        "-28",
    ),
    Case(
        "OCDS-V09",
        both(
            put("/awards/0/suppliers/0/address", {"region": "Jalisco"}),
            put("/planning/budget/source", "https://hacienda.example.mx/ramo-23"),
        ),
        "/awards/0/suppliers/0/address",
        None,
        failures=2,
        na=None,
    ),
    Case(
        "OCDS-V10",
        both(
            put("/tender/submissionMethod", ["inPerson", "porFax"]),
            put("/tender/items/0/classification", {"scheme": "CUCoP", "id": "1"}),
        ),
        "/tender/items/0/classification/scheme",
        "CUCoP",
        failures=2,
    ),
    Case(
        "OCDS-V11",
        both(
            put("/planning/rationale", "  "),
            put("/tender/milestones/0/title", ""),
        ),
        "/planning/rationale",
        None,
        failures=2,
        na=None,
    ),
    Case(
        "OCDS-V12",
        both(put("/tender/observaciones", "x"), put("/folio", 7)),
        "/folio",
        "number",
        failures=2,
        na=None,
    ),
)


def named(place: int, name: str) -> Change:
    """Call a party otherwise, wherever the process names it."""
    references = {
        1: ("/awards/0/suppliers/0", "/tender/tenderers/0", f"{PAYMENT}/payee"),
        2: ("/tender/tenderers/1",),
    }
    return both(
        put(f"/parties/{place}/name", name), *(put(f"{path}/name", name) for path in references[place])
    )


def budget(**measures: float) -> Change:
    """A budget line with these measures."""
    told = [{"id": moment, "value": {"amount": amount}} for moment, amount in measures.items()]
    line = {"id": "1", "measures": told}
    return put("/planning/budget/budgetBreakdown", [{"id": "1", "budgetLines": [line]}])


JOINT_BID = "Constructora Dos, S.A. de C.V. y Constructora Tres, S.A. de C.V. (PROPUESTA CONJUNTA)"

EDCA_CASES = (
    Case("OCDS-E01", put("/parties/2/identifier/id", DELETE), "/parties/2/identifier/id", "identifier/id"),
    Case(
        "OCDS-E02",
        both(put("/tender/procurementMethodDetails", DELETE), put("/tender/hasEnquiries", DELETE)),
        "/tender/procurementMethodDetails",
        "procurementMethodDetails, hasEnquiries",
    ),
    Case("OCDS-E03", put("/awards/0/value", DELETE), "/awards/0/value/amount", None),
    Case("OCDS-E04", put("/tender/documents/0/url", DELETE), "/tender/documents/0/url", "url"),
    Case(
        "OCDS-E05",
        put("/contracts/0/amendments", [{"id": "1", "description": "Más papel"}]),
        "/contracts/0/amendments/0/rationale",
        "rationale",
        passes=put(
            "/contracts/0/amendments", [{"id": "1", "description": "Más papel", "rationale": "Faltó"}]
        ),
    ),
    Case(
        "OCDS-E06",
        put("/tender/additionalProcurementCategories", ["goodsLease", "works"]),
        "/tender/additionalProcurementCategories",
        "works ≠ goods",
    ),
    Case(
        "OCDS-E07",
        put("/tender/items/0/classification", {"id": "21101", "description": "Papelería"}),
        "/tender/items/0/classification/scheme",
        "scheme",
        passes=put("/tender/items/0/classification", {"scheme": "CUCOP", "id": "21101"}),
    ),
    Case(
        "OCDS-E08",
        put("/parties/1/address", DELETE),
        "/parties/1/address/streetAddress",
        "address/streetAddress, address/locality, address/region, address/postalCode, address/countryName",
    ),
    Case(
        "OCDS-E09",
        put("/tender/awardCriteria", DELETE),
        "/tender/awardCriteria",
        "awardCriteria",
        # A direct award has neither criteria nor a calendar.
        passes=both(
            put("/tender/procurementMethod", "direct"),
            put("/tender/awardCriteria", DELETE),
            put("/tender/enquiryPeriod", DELETE),
        ),
    ),
    Case("OCDS-E10", put("/awards/0/date", DELETE), "/awards/0/date", "date"),
    Case("OCDS-E11", put("/contracts/0/description", DELETE), "/contracts/0/description", "description"),
)

PLAUSIBILITY_CASES = (
    Case(
        "OCDS-A01",
        put("/tender/minValue", {"amount": 1000.01, "currency": "MXN"}),
        "/tender/minValue/amount",
        "1000.01 > 1000.00",
        passes=put("/tender/minValue", {"amount": 1000, "currency": "MXN"}),
    ),
    Case(
        "OCDS-A02",
        put("/contracts/0/value/netAmount", 1160),
        "/contracts/0/value/netAmount",
        "1160.00 > 1000.00",
        passes=put("/contracts/0/value/netAmount", 862.07),
    ),
    Case(
        "OCDS-A03",
        put("/contracts/0/value/amount", 1160),
        "/contracts/0/value/amount",
        "1160.00 / 1000.00",
        passes=put("/contracts/0/value/amount", 1170),
    ),
    Case(
        "OCDS-A04",
        put("/contracts/0/items", [{"id": "1", "quantity": 2, "unit": {"value": {"amount": 100}}}]),
        "/contracts/0/items",
        "200.00 ≠ 1000.00",
        # Without IVA.
        passes=put("/contracts/0/items", [{"id": "1", "quantity": 10, "unit": {"value": {"amount": 86.21}}}]),
    ),
    Case(
        "OCDS-A05",
        put("/contracts/0/x_physical_advance", 120),
        "/contracts/0/x_physical_advance",
        "120",
        passes=put("/contracts/0/x_physical_advance", 100),
        also={"OCDS-V12": "the field is the publisher's own"},
    ),
    Case(
        "OCDS-A06",
        budget(approved=360_176, executed=36_017_220),
        "/planning/budget/budgetBreakdown/0/budgetLines/0",
        "executed: 36017220.00 / 360176.00",
        passes=budget(approved=360_176, executed=180_000),
    ),
    Case(
        "OCDS-A07",
        budget(accrued=100, executed=150),
        "/planning/budget/budgetBreakdown/0/budgetLines/0",
        "executed 150.00 > accrued 100.00",
        passes=budget(accrued=100, executed=100),
    ),
    Case(
        "OCDS-A08",
        both(*(put(path, 0.01) for path in ("/awards/0/value/amount", "/contracts/0/value/amount", PAID))),
        "/awards/0/value/amount",
        "0.01",
        failures=2,
    ),
    Case(
        "OCDS-A09",
        put("/contracts/0/id", "CM-049-18"),
        "/contracts/0/id",
        "CM-049-18 (2025, 2026)",
        twin=both(
            put("/ocid", "ocds-abc123-otro-a09"),
            put("/id", "otro"),
            put("/tender/id", "T-otro-a09"),
            # Called, awarded and signed a month earlier.
            put("/tender/tenderPeriod/startDate", "2025-12-01T09:00:00-06:00"),
            put("/tender/tenderPeriod/endDate", "2025-12-15T09:00:00-06:00"),
            put("/awards/0/date", "2025-12-20T00:00:00-06:00"),
            put("/contracts/0/dateSigned", "2025-12-31T00:00:00-06:00"),
        ),
    ),
    Case(
        "OCDS-G01",
        put("/parties/0/address/locality", "Zona Industrial"),
        "/parties/0/address/locality",
        "Zona Industrial (Jalisco)",
    ),
    Case("OCDS-G02", put("/parties/0/address/postalCode", "4410"), "/parties/0/address/postalCode", "«4410»"),
    Case(
        "OCDS-G03",
        put("/parties/0/address/postalCode", "03100"),
        "/parties/0/address/postalCode",
        "03100 ≠ Jalisco",
    ),
    Case(
        "OCDS-G04",
        put("/tender/items/0/deliveryLocation/geometry", {"type": "Point", "coordinates": [20.67, -103.35]}),
        "/tender/items/0/deliveryLocation/geometry/coordinates",
        "[20.67,-103.35] (latitud y longitud cambiadas)",
        passes=put(
            "/tender/items/0/deliveryLocation/geometry", {"type": "Point", "coordinates": [-103.35, 20.67]}
        ),
    ),
    Case("OCDS-P20", named(2, JOINT_BID), "/parties/2/name", JOINT_BID),
    Case("OCDS-P21", named(2, "Constructora Dos\n"), "/parties/2/name", "«Constructora Dos␤»"),
    Case(
        "OCDS-P22",
        put("/parties/1/identifier/legalPersonality", "naturalPerson"),
        "/parties/1/identifier/legalPersonality",
        "naturalPerson (RFC de 12)",
        passes=put("/parties/1/identifier/legalPersonality", "legalPerson"),
        also={"OCDS-E08": "the address of who says to be a natural person is withheld"},
    ),
    Case(
        "OCDS-P23",
        named(1, "Constructora Once"),
        "/parties/1/name",
        "Constructora Once ≠ Constructora Uno",
        # Case, accents and dots make no other name.
        passes=named(1, "CONSTRUCTORA UNO."),
    ),
    Case(
        "OCDS-P24",
        put("/parties/1/identifier/id", "CUN050706ABA"),
        "/parties/1/identifier/id",
        "CUN050706ABA ≠ CUN050607AB1",
    ),
)

OCDS_CASES = (*GENERAL_OCDS_CASES, *EDCA_CASES, *PLAUSIBILITY_CASES)


def s2(name: str) -> Record:
    """A sound record of S2."""
    return {
        "id": name,
        "fechaCaptura": "2026-05-20T12:00:00Z",
        "ejercicioFiscal": "2026",
        "nombres": "ANA",
        "primerApellido": "PRUEBA",
        "segundoApellido": name.upper(),
        "genero": {"clave": "F", "valor": "Femenino"},
        "institucionDependencia": {"nombre": "SECRETARÍA DE OBRAS", "siglas": "SOP"},
        # Nobody else has this post.
        "puesto": {"nombre": f"JEFA DE COMPRAS {name.upper()}", "nivel": "11"},
        "tipoArea": [{"clave": "R", "valor": "REQUIRENTE"}],
        "nivelResponsabilidad": [{"clave": "A", "valor": "ATENCIÓN"}],
        "tipoProcedimiento": [{"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"}],
    }


def s3s(name: str) -> Record:
    """A sound record of S3, servidores públicos."""
    return {
        "id": name,
        "fechaCaptura": "2026-05-20T12:00:00Z",
        "expediente": f"EXP/{name}",
        "institucionDependencia": {"nombre": "SECRETARÍA DE OBRAS"},
        "servidorPublicoSancionado": {
            "nombres": "ANA",
            "primerApellido": "PRUEBA",
            "genero": {"clave": "F", "valor": "FEMENINO"},
            "puesto": "JEFA DE COMPRAS",
        },
        "autoridadSancionadora": "CONTRALORÍA",
        "tipoFalta": {"clave": "PEC", "valor": "PECULADO"},
        "tipoSancion": [
            {"clave": "I", "valor": "INHABILITADO"},
            {"clave": "D", "valor": "DESTITUCION DEL EMPLEO CARGO O COMISION"},
            {"clave": "SE", "valor": "SANCIÓN ECONÓMICA"},
        ],
        "causaMotivoHechos": "Uso de recursos para otro fin",
        "resolucion": {"fechaResolucion": "2026-01-10"},
        "multa": {"monto": 1500.5, "moneda": {"clave": "MXN", "valor": "Peso"}},
        "inhabilitacion": {
            "plazo": "1 (UN) AÑO 3 (TRES) MESES",
            "fechaInicial": "2026-01-15",
            "fechaFinal": "2027-04-15",
        },
    }


def s3p(name: str) -> Record:
    """A sound record of S3, particulares."""
    return {
        "id": name,
        "fechaCaptura": "2026-05-20T12:00:00Z",
        "expediente": f"EXP/{name}",
        "institucionDependencia": {"nombre": "SECRETARÍA DE OBRAS"},
        "particularSancionado": {"nombreRazonSocial": "CONSTRUCTORA UNO", "tipoPersona": "M"},
        "autoridadSancionadora": "CONTRALORÍA",
        "tipoSancion": [{"clave": "M", "valor": "MULTADO"}],
        "causaMotivoHechos": "Documentos falsos",
        "resolucion": {"fechaNotificacion": "2026-01-10"},
        "multa": {"monto": 1, "moneda": {"clave": "USD"}},
        "inhabilitacion": {"fechaInicial": "2026-01-10"},
    }


def s3_no_graves(name: str) -> Record:
    """A sound record of S3 v2, faltas administrativas no graves."""
    return {
        "id": name,
        "date_created": "2026-05-20T12:00:00Z",
        "fecha": "2026-05-20",
        "expediente": f"EXP/{name}",
        "datosGenerales": {"sexo": "MUJER"},
        "empleoCargoComision": {
            "entidadFederativa": "20",
            "nivelOrdenGobierno": "ESTATAL",
            "ambitoPublico": "EJECUTIVO",
            "nombreEntePublico": "SECRETARÍA DE OBRAS",
        },
        "origenProcedimiento": {"clave": "DENUNCIA", "valor": None},
        "faltaCometida": [{"clave": "RENDIR_CUENTAS", "descripcionHechos": "No rindió cuentas"}],
        "resolucion": {"fechaResolucion": "2026-01-10", "autoridadResolutora": "OIC"},
        "tipoSancion": [
            {
                "clave": "SUSPENSION",
                "suspensionEmpleo": {
                    "plazoMeses": 3,
                    "plazoDias": 0,
                    "fechaInicial": "2026-01-15",
                    "fechaFinal": "2026-04-15",
                },
            }
        ],
    }


def s3_graves(name: str) -> Record:
    """A sound record of S3 v2, faltas administrativas graves."""
    return {
        "id": name,
        "date_created": "2026-05-20T12:00:00Z",
        "fecha": "2026-05-20",
        "expediente": f"EXP/{name}",
        "datosGenerales": {"nombres": "ANA", "primerApellido": "PRUEBA", "sexo": "MUJER"},
        "empleoCargoComision": {
            "entidadFederativa": "20",
            "nivelOrdenGobierno": "ESTATAL",
            "ambitoPublico": "EJECUTIVO",
            "nombreEntePublico": "SECRETARÍA DE OBRAS",
            "denominacion": "JEFA DE COMPRAS",
        },
        "origenProcedimiento": {"clave": "DENUNCIA", "valor": None},
        "faltaCometida": [{"clave": "PECULADO", "descripcionHechos": "Uso de recursos para otro fin"}],
        "resolucion": {
            "fechaResolucion": "2026-01-10",
            "fechaNotificacion": "2026-01-12",
            "fechaResolucionFirme": "2026-02-10",
            "autoridadResolutora": "TRIBUNAL DE JUSTICIA ADMINISTRATIVA",
        },
        "tipoSancion": [
            {
                "clave": "SANCION_ECONOMICA",
                "sancionEconomica": {
                    "monto": 1500,
                    "moneda": "MXN",
                    "efectivamenteCobrado": {"monto": 1500, "moneda": "MXN", "fechaCobro": "2026-03-01"},
                },
            }
        ],
    }


def s2_v2(name: str) -> Record:
    """A sound record of S2 v2, one contract of goods."""
    procedure = {
        "numeroExpedienteFolio": f"LPN/{name}",
        "tipoProcedimiento": "LICITACION_NACIONAL",
        "materia": "SERVICIOS",
        "fechaInicioProcedimiento": "2026-01-10",
        "fechaConclusionProcedimiento": "2026-02-10",
    }
    return {
        "id": name,
        "fecha": "2026-05-20",
        "ejercicio": "2026",
        "datosGenerales": {"nombre": "ANA", "primerApellido": "PRUEBA", "sexo": "MUJER"},
        "empleoCargoComision": {
            "entidadFederativa": "20",
            "nivelOrdenGobierno": "ESTATAL",
            "ambitoPublico": "EJECUTIVO",
            "nombreEntePublico": "SECRETARÍA DE OBRAS",
            "nivelJerarquico": {"clave": "JEFATURA_DEPTO_HOMOLOGO", "valor": None},
            "denominacion": f"JEFA DE COMPRAS {name.upper()}",
            "areaAdscripcion": "DIRECCIÓN DE ADMINISTRACIÓN",
        },
        "tipoProcedimiento": "CONTRATACION_PUBLICA",
        "tipoContratacion": [
            {
                "clave": "CONTRATACION_ADQUISICIONES",
                "contratacionAdquisicion": {
                    "tipoArea": "INTEGRANTE_COMITE",
                    "nivelResponsabilidadContratacion": {"autorizacionDictamen": "REVISAR (B)"},
                    "datosGeneralesProcedimientos": [procedure],
                    "continuaParticipando": "NO",
                },
            }
        ],
    }


def bare_record(name: str) -> Record:
    """A record of which nothing but its id is known."""
    return {"id": name}


# Things that the declarant alone holds are public.
HOLDINGS = {"bienesInmuebles": "bienInmueble", "vehiculos": "vehiculo", "inversiones": "inversion"}
# Sections of a declaration and their items, of which cases change the first.
CHANGED_ITEMS = {**HOLDINGS, "experienciaLaboral": "experiencia"}


@cache
def _declaration() -> bytes:
    """An initial declaration with every section; what the cases change stands in it."""
    declarations = pdn_s1.declarations(random.Random(1), "17", 400, Planter(()))
    for _, text in declarations:
        record = orjson.loads(text)
        metadata, wealth = record["metadata"], record["declaracion"]["situacionPatrimonial"]
        is_complete = (metadata["tipo"], metadata["declaracionCompleta"]) == ("INICIAL", True)
        if is_complete and all(wealth[section].get(items) for section, items in CHANGED_ITEMS.items()):
            return text
    message = "no declaration has what the cases change"
    raise LookupError(message)


# Of the post, of the declarant, of all: the same where there is nothing else.
INCOME = ("remuneracionMensualCargoPublico", "ingresoMensualNetoDeclarante", "totalIngresosMensualesNetos")


def s1(name: str) -> Record:
    """A sound declaration of S1, complete."""
    record: Record = {**orjson.loads(_declaration()), "id": name}
    wealth = record["declaracion"]["situacionPatrimonial"]
    wealth["datosEmpleoCargoComision"]["fechaTomaPosesion"] = "2026-04-01"
    wealth["ingresos"] = {name: {"valor": 20000, "moneda": "MXN"} for name in INCOME}
    wealth["datosEmpleoCargoComision"]["domicilioMexico"].update(
        entidadFederativa={"clave": "20", "valor": "Oaxaca"},
        municipioAlcaldia={"clave": "067", "valor": "Oaxaca de Juárez"},
    )
    for section, items in HOLDINGS.items():
        wealth[section][items][0]["titular"] = [{"clave": "DEC", "valor": "DECLARANTE"}]
    wealth["vehiculos"]["vehiculo"][0]["anio"] = 2020
    wealth["inversiones"]["inversion"][0]["localizacionInversion"]["rfc"] = "SOJ010101AB0"
    wealth["experienciaLaboral"]["experiencia"][0].update(fechaIngreso="2002-01-01", fechaEgreso="2003-01-01")
    return record


WEALTH = "/declaracion/situacionPatrimonial"
_POST = f"{WEALTH}/datosEmpleoCargoComision/domicilioMexico"
_PROCEDURE = "/tipoContratacion/0/contratacionAdquisicion/datosGeneralesProcedimientos/0"


def _paid(amount: int) -> Change:
    """A monthly salary, with the totals it makes."""
    names = ("remuneracionMensualCargoPublico", "ingresoMensualNetoDeclarante", "totalIngresosMensualesNetos")
    return both(*(put(f"{WEALTH}/ingresos/{name}/valor", amount) for name in names))


# Rules by the system whose records show them.
PDN_CASES: Mapping[str, tuple[Case, ...]] = {
    "s1": (
        Case(
            "PDN-D10",
            put(f"{WEALTH}/datosEmpleoCargoComision/fechaTomaPosesion", "2062-04-01"),
            f"{WEALTH}/datosEmpleoCargoComision/fechaTomaPosesion",
            "2062-04-01",
        ),
        Case(
            "PDN-D11",
            put(f"{WEALTH}/experienciaLaboral/experiencia/0/fechaEgreso", "2001-12-31"),
            f"{WEALTH}/experienciaLaboral/experiencia/0/fechaEgreso",
            "2002-01-01 > 2001-12-31",
        ),
        Case(
            "PDN-M11",
            put(f"{WEALTH}/ingresos/ingresoMensualNetoDeclarante/moneda", "PESOS"),
            f"{WEALTH}/ingresos/ingresoMensualNetoDeclarante",
            "20000.00 PESOS",
        ),
        Case(
            "PDN-D12",
            put(f"{WEALTH}/vehiculos/vehiculo/0/anio", 2202),
            f"{WEALTH}/vehiculos/vehiculo/0/anio",
            "2202",
        ),
        Case(
            "PDN-M13",
            _paid(2_000_001),
            f"{WEALTH}/ingresos",
            "2000001.00",
            passes=_paid(2_000_000),
        ),
        Case(
            "PDN-G01", put(f"{_POST}/entidadFederativa/clave", "33"), f"{_POST}/entidadFederativa/clave", "33"
        ),
        Case(
            "PDN-G02",
            put(f"{_POST}/municipioAlcaldia/clave", "571"),
            f"{_POST}/municipioAlcaldia/clave",
            "20-571",
        ),
        Case(
            "PDN-P14",
            put(f"{WEALTH}/inversiones/inversion/0/localizacionInversion/rfc", "SOJ010101AB1"),
            f"{WEALTH}/inversiones/inversion/0",
            "SOJ010101AB1",
        ),
    ),
    "s2": (
        Case("PDN-I01", same, "/id", "{name}", twin=put("/ejercicioFiscal", "2025"), na=None),
        Case(
            "PDN-C01",
            put("/tipoProcedimiento/0/clave", 7),
            "/tipoProcedimiento/0/clave",
            "7",
            also={"PDN-S01": "the schema lists the codes as well"},
        ),
        Case(
            "PDN-C02",
            put("/tipoProcedimiento/0/valor", "OTRO"),
            "/tipoProcedimiento/0/valor",
            "1: OTRO",
        ),
        Case(
            "PDN-D01", put("/fechaCaptura", "1899-05-20T12:00:00Z"), "/fechaCaptura", "1899-05-20T12:00:00Z"
        ),
        Case(
            "PDN-D02", put("/fechaCaptura", "2025-11-19T12:00:00Z"), "/fechaCaptura", "2025-11-19T12:00:00Z"
        ),
        Case("PDN-D06", put("/ejercicioFiscal", "2026-2027"), "/ejercicioFiscal", "2026-2027"),
        Case(
            "PDN-F01",
            put("/institucionDependencia/nombre", "SECRETARÍA DE OBRAS "),
            "/institucionDependencia/nombre",
            "«SECRETARÍA DE OBRAS »",
        ),
        Case("PDN-F02", put("/primerApellido", "  "), "/primerApellido", None, na=None),
        Case("PDN-F05", put("/puesto/nombre", "nan"), "/puesto/nombre", "nan"),
        Case("PDN-F06", put("/puesto", {}), "/puesto", None, na=None),
        Case(
            "PDN-I03",
            put("/puesto/nombre", "JEFA DE ALMACÉN"),
            "/id",
            "{name}",
            passes=put("/puesto/nombre", "JEFA DE ALMACENES"),
            twin=both(put("/id", "otro-i03"), put("/fechaCaptura", "2026-05-19T12:00:00Z")),
        ),
        Case("PDN-F07", put("/nombres", "MARIA DE LOS ANGELES GUAD"), "/nombres", "25 caracteres"),
        Case(
            "PDN-F08",
            put("/institucionDependencia/nombre", "SECRETARIA DE OBRAS"),
            "/institucionDependencia/nombre",
            "SECRETARIA DE OBRAS ≠ SECRETARÍA DE OBRAS",
        ),
    ),
    "s2_v2": (
        Case(
            "PDN-D09",
            put(f"{_PROCEDURE}/fechaConclusionProcedimiento", "2026-01-09"),
            _PROCEDURE,
            "2026-01-10 > 2026-01-09",
        ),
    ),
    "s3s": (
        Case(
            "PDN-I02",
            put("/expediente", "EXP/repetido"),
            "/expediente",
            "EXP/repetido",
            twin=put("/id", "otro-i02"),
        ),
        Case(
            "PDN-D03",
            put("/inhabilitacion/fechaFinal", "2026-01-14"),
            "/inhabilitacion/fechaFinal",
            "2026-01-15 > 2026-01-14",
        ),
        Case(
            "PDN-D04",
            put("/inhabilitacion/plazo", "90 DÍAS"),
            "/inhabilitacion/plazo",
            "90 DÍAS ≠ 455 días",
        ),
        Case(
            "PDN-D05",
            put("/resolucion/fechaResolucion", "2026-01-16"),
            "/inhabilitacion/fechaInicial",
            "2026-01-15 < 2026-01-16",
        ),
        Case("PDN-M01", put("/multa/monto", 0), "/multa/monto", "0"),
        Case("PDN-M02", put("/multa/moneda/clave", "PESOS"), "/multa/moneda/clave", "PESOS"),
        Case(
            "PDN-F03",
            put("/inhabilitacion/fechaFinal", DELETE),
            "/inhabilitacion",
            "2026-01-15",
        ),
    ),
    "s3p": (Case("PDN-F04", put("/multa", DELETE), "/multa/monto", None),),
    "s3_graves": (
        Case(
            "PDN-D07",
            put("/resolucion/fechaResolucionFirme", "2026-01-09"),
            "/resolucion/fechaResolucionFirme",
            "2026-01-09 < 2026-01-10",
        ),
        Case(
            "PDN-D08",
            put("/resolucion/fechaResolucionFirme", "2062-02-10"),
            "/resolucion/fechaResolucionFirme",
            "2062-02-10",
        ),
        Case(
            "PDN-M03",
            put("/tipoSancion/0/sancionEconomica/monto", 1_500_001),
            "/tipoSancion/0",
            "1500001.00 MXN",
            passes=put("/tipoSancion/0/sancionEconomica/monto", 1_500_000),
        ),
        Case(
            "PDN-M04",
            put("/tipoSancion/0/sancionEconomica/efectivamenteCobrado/monto", 1501),
            "/tipoSancion/0",
            "1501.00 > 1500.00",
        ),
    ),
    "s3_no_graves": (
        Case(
            "PDN-C03",
            put("/faltaCometida/0/clave", "RENDIR_CUENTAS_FUNCIONES"),
            "/faltaCometida/0/clave",
            "«RENDIR_CUENTAS_FUNCIONES» → RENDIR_CUENTAS",
        ),
    ),
}

SOUND_PDN: Mapping[str, Callable[[str], Record]] = {
    "s1": s1,
    "s2": s2,
    "s3s": s3s,
    "s3p": s3p,
    "s3_no_graves": s3_no_graves,
    "s3_graves": s3_graves,
    "s2_v2": s2_v2,
}
