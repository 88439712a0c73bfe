"""Second and third stage: public releases and records become tables, and tables meet over sources.

Here: the forms that real sources give. Not here: every standard block and extension (`test_dbt_tables_ocds.py`).
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.standards.pdn import PdnLayout
from tests.contract import test_dbt_tables_ocds
from tests.contract.scratch import Scratch, public_pdn

DIMENSIONS = {
    "year": 2020,
    "procurement_method": "open",
    "main_procurement_category": "goods",
    "buyer_id": "B",
    "buyer_name": "Secretaría",
}
NONE_OF_THESE = {"bid_count": 0, "has_bids": False, "lot_count": 0, "has_tender_value": False}
KEY = {"slice_id": "s@g", "source_id": "s", "ocid": "o-1"}
DOCUMENT = {"id": "d", "documentType": "tenderNotice", "datePublished": "2020-01-01", "format": "text/html"}
MILESTONE = {"id": "m", "type": "delivery", "dueDate": "2020-05-01T00:00:00Z", "status": "met", "code": 3}
ITEM = {
    "id": 1,
    "description": "Guantes",
    "classification": {"scheme": "COG", "id": 25401, "description": "Materiales"},
    "quantity": 12.5,
    "unit": {"name": "Caja", "value": {"amount": 0.123456, "currency": "MXN"}},
}
AMENDMENT = {"id": "x", "date": "2020-02-30", "rationale": "Plazo", "releaseID": "r2"}

# Every section, with the shapes real sources give: what is no object or no array, ids that are numbers.
FULL = {
    "ocid": "o-1",
    "date": "2020-06-01T00:00:00-06:00",
    "initiationType": "tender",
    "language": "es",
    "buyer": {"id": "B", "name": "Secretaría"},
    "parties": [
        {
            "id": "B",
            "name": "Secretaría",
            "roles": ["buyer", "payer"],
            "identifier": {"scheme": "MX-RFC", "id": "SEC010101AA1", "legalName": "Secretaría"},
            "address": {"locality": "Oaxaca", "region": "Oaxaca", "countryName": "MX", "streetAddress": "x"},
        },
        None,
        {"id": "S", "name": "Uno", "roles": "supplier"},
    ],
    "planning": {
        "budget": {
            "amount": {"amount": 100, "currency": "MXN"},
            "project": "Obra",
            "projectID": 7,
            "budgetBreakdown": [
                {
                    "id": "b",
                    "amount": {"amount": 100, "currency": "MXN"},
                    "sourceParty": {"id": "F", "name": "Fondo"},
                    "budgetLines": [
                        {
                            "id": "l",
                            "components": [{"name": "spendingObject", "code": "25401"}],
                            "measures": [{"id": "modified", "value": {"amount": "1,000.50"}}],
                        }
                    ],
                }
            ],
        },
        "documents": [DOCUMENT],
        "milestones": [MILESTONE],
    },
    "tender": {
        "id": 9,
        "title": " \n",
        "status": "complete",
        "procuringEntity": {"id": "P", "name": "Unidad"},
        "procurementMethod": "open",
        "mainProcurementCategory": "goods",
        "additionalProcurementCategories": ["goodsAcquisition", "goodsLease"],
        "submissionMethod": ["inPerson"],
        "hasEnquiries": False,
        "numberOfTenderers": 2.0,
        "value": {"amount": "no se sabe", "currency": "MXN"},
        "minValue": {"amount": 5},
        "tenderPeriod": {"startDate": "2020-01-02 10:30:00", "endDate": "01/02/2020"},
        "awardPeriod": {"endDate": "0001-01-01T00:00:00Z"},
        "tenderers": [{"id": "S", "name": "Uno"}, {"id": "T", "name": "Dos"}],
        "items": [ITEM],
        "documents": {"id": "no array"},
        "amendments": [AMENDMENT],
    },
    "awards": [
        {
            "id": "A",
            "status": "active",
            "date": "2020-03-01T12:00:00.000Z",
            "value": {"amount": 1234567.89, "currency": "MXN", "netAmount": 1000000},
            "suppliers": [{"id": "S", "name": "Uno"}],
            "contractPeriod": {"startDate": "2020-03-02", "endDate": "9999-12-31"},
            "items": [ITEM],
        },
        "text",
    ],
    "contracts": [
        {
            "id": "C",
            "awardID": "A",
            "title": "Guantes",
            "status": "terminated",
            "dateSigned": "2020-03-05",
            "value": {"amount": 1e6, "currency": "MXN"},
            "period": {"startDate": "2020-03-06", "endDate": "2020-12-31"},
            "guarantees": [
                {
                    "id": "g",
                    "type": "check",
                    "obligations": "fulfillment",
                    "value": {"amount": 10, "currency": "MXN"},
                    "guarantor": {"id": "G", "name": "Afianzadora"},
                    "period": {"startDate": "2020-03-06"},
                }
            ],
            "implementation": {
                "status": "concluded",
                "transactions": [
                    {
                        "id": "t",
                        "date": "2020-04-01",
                        "value": {"amount": 500000.5, "currency": "MXN"},
                        "payer": {"id": "B", "name": "Secretaría"},
                        "payee": {"id": "S", "name": "Uno"},
                        "paymentMethod": "wireTransfer",
                    }
                ],
                "milestones": [MILESTONE],
                "documents": [DOCUMENT],
            },
            "relatedProcesses": [
                {
                    "id": "q",
                    "relationship": ["prior"],
                    "scheme": "ocid",
                    "identifier": "o-0",
                    "title": "Antes",
                }
            ],
        }
    ],
    "relatedProcesses": [{"id": "p", "relationship": ["framework", "parent"], "identifier": "o-9"}],
}
# One headline and nothing else; and every array replaced by something that is none.
BARE = {"ocid": "o-2", "parties": {"id": "x"}, "awards": "none", "contracts": 3, "tender": None}

S2 = {
    "id": "1",
    "fechaCaptura": "2021-05-06T07:08:09.000Z",
    "ejercicioFiscal": "2021",
    "ramo": {"clave": 6, "valor": "Hacienda"},
    "nombres": "ANA",
    "primerApellido": "PRUEBA",
    "genero": {"clave": "F", "valor": "FEMENINO"},
    "institucionDependencia": {"nombre": "Instituto", "siglas": "IN", "clave": "1"},
    "puesto": {"nombre": "Jefa", "nivel": "O21"},
    "tipoArea": [{"clave": "T"}, {"clave": "R"}],
    "nivelResponsabilidad": [{"clave": "A"}],
    "tipoProcedimiento": [
        {"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"},
        "x",
        {"clave": 5, "valor": "OTRO"},
    ],
    "superiorInmediato": {"nombres": "EVA", "primerApellido": "MODELO", "puesto": {"nombre": "Directora"}},
}
S3S = {
    "id": "2",
    "expediente": "E/1",
    "servidorPublicoSancionado": {"nombres": "No público", "primerApellido": "No público", "nivel": "N"},
    "tipoFalta": {"clave": "NAD", "valor": "NEGLIGENCIA"},
    "tipoSancion": [{"clave": "M", "valor": "MULTADO", "descripcion": "x"}],
    "multa": {"monto": 10.005, "moneda": {"clave": "MXN"}},
    "inhabilitacion": {"plazo": "2 años", "fechaInicial": "2018-01-08", "fechaFinal": "08/01/2020"},
    "documentos": [{"id": "1"}, {"id": "2"}],
}
S3P = {
    "id": "3",
    "particularSancionado": {"nombreRazonSocial": "UNO SA", "tipoPersona": "M", "rfc": "UNO010101AA1"},
    "tipoSancion": [{"clave": "I"}, {"clave": "SE"}],
    "responsableSancion": {"nombres": "EVA", "primerApellido": "MODELO"},
    "resolucion": {"sentido": "Sancionatoria", "fechaNotificacion": "2012-02-13"},
}

S2_V2: dict[str, Any] = {
    "fecha": "2026-02-01",
    "ejercicio": 2025,
    "tipoProcedimiento": "CONTRATACION_PUBLICA",
    "datosGenerales": {"nombre": "ANA", "primerApellido": "PRUEBA", "sexo": "MUJER"},
    "empleoCargoComision": {
        "entidadFederativa": "20",
        "nivelOrdenGobierno": "MUNICIPAL",
        "nombreEntePublico": "Instituto",
        "denominacion": "Jefa",
        "nivelJerarquico": {"clave": "JEFATURA_UNIDAD_HOMOLOGO", "valor": None},
    },
    "tipoContratacion": [
        {
            "clave": "CONTRATACION_OBRAS",
            "contratacionObra": {
                "tipoArea": "AREA_TECNICA",
                "datosGeneralesProcedimientos": [
                    {
                        "numeroExpedienteFolio": "L-1",
                        "tipoProcedimiento": " LICITACION_INTERNACIONAL",
                        "materia": "SERVICIOS",
                        "fechaInicioProcedimiento": "01-02-2026",
                    }
                ],
            },
        }
    ],
    "otorgamientoConcesion": {
        "datosGeneralesConcesiones": {
            "denominacion": "Agua",
            "monto": "10.5",
            "fechaInicioVigencia": "2026-01-01",
        }
    },
}
NO_GRAVE: dict[str, Any] = {
    "id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
    "date_created": "2026-11-21T16:33:57.321Z",
    "expediente": "E/2",
    "datosGenerales": {"nombres": "LUZ", "sexo": "HOMBRE"},
    "empleoCargoComision": {
        "nombreEntePublico": "DIF",
        "nivelOrdenGobierno": "ESTATAL",
        "denominacion": "Jefe",
    },
    "faltaCometida": [{"clave": "RENDIR_CUENTAS_FUNCIONES", "descripcionHechos": "No rindió cuentas"}],
    "resolucion": {"fechaResolucion": "2026-01-01", "fechaResolucionFirme": "2026-02-01"},
    "tipoSancion": [
        {"clave": "AMONESTACION", "amonestacion": {"tipo": "PUBLICA"}},
        {
            "clave": "SUSPENSION",
            "suspensionEmpleo": {"plazoMeses": 1, "plazoDias": 2, "fechaInicial": "2026-01-05"},
        },
    ],
}
COMPANY: dict[str, Any] = {
    "id": "04f3f14f-2de1-46c3-92c1-88fc2cf2b69b",
    "fecha": "2026-11-21",
    "datosGenerales": {
        "nombreRazonSocial": "DOS SA",
        "rfc": "DOS010101AA1",
        "domicilioMexico": {"entidadFederativa": "20"},
    },
    "dondeCometioLaFalta": {"nombreEntePublico": "DIF"},
    "faltaCometida": [
        {"clave": "COLUSION", "normatividadInfringida": [{"nombreNormatividad": "LGRA", "articulo": "70"}]}
    ],
    "tipoSancion": [
        {
            "clave": "INDEMNIZACION",
            "indemnizacion": {
                "monto": "10.000,50",
                "moneda": "Peso mexicano",
                "plazoPago": {"meses": 6},
                "efectivamenteCobrado": {"monto": 5.25, "moneda": "MXN", "fechaCobro": "2026-03-01"},
            },
        },
        {"clave": "otro", "otro": {"denominacionSancion": "Cierre"}},
    ],
}
PDN_RECORDS: list[tuple[PdnLayout, dict[str, Any], str]] = [
    ("s2_v1", S2, "public"),
    ("s3s_v1", S3S, "not_public"),
    ("s3p_v1", S3P, "public"),
    ("s2_v2", S2_V2, "public"),
    ("s3_no_graves", NO_GRAVE, "not_public"),
    ("s3_personas_morales", COMPANY, "public"),
]


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    scratch.insert(
        "public_view.ocds_compiled",
        [
            {
                **KEY,
                "ocid": release["ocid"],
                "compiled_date": release.get("date"),
                "compiled": json.dumps(release, ensure_ascii=False),
                "release_count": 2,
                "record_count": 3,
                "positions": "[]",
                "year": 2020,
            }
            for release in (FULL, BARE)
        ],
    )
    scratch.insert(
        "public_view.pdn_records",
        [
            public_pdn(layout, record, ordinal=ordinal, position=f"/results/{ordinal}", name_status=status)
            for ordinal, (layout, record, status) in enumerate(PDN_RECORDS)
        ],
    )
    scratch.dbt(
        "build", "--exclude-resource-type", "unit_test", "--select",
        "tag:stage:tables,path:models/standard", "path:seeds",
    )  # fmt: skip
    scratch.admit_everything(
        [
            {"source_id": "s", "entity": "20", "system": "s6-ocds", "status": "live", "admitted": True,
             "state": "complete", "records": 6, "fetched_at": datetime(2026, 11, 21, 12)},
        ]
    )  # fmt: skip
    scratch.dbt("build", "--exclude-resource-type", "unit_test", "--select", "tag:stage:integrated")
    return scratch


def table(scratch: Scratch, name: str) -> list[dict[str, Any]]:
    """Rows without the keys every row of the fixture shares, and without nulls."""
    return [
        {column: value for column, value in row.items() if value is not None and KEY.get(column) != value}
        for row in scratch.rows(f"select * from standard.{name} order by all")
    ]


EXPECTED: dict[str, list[dict[str, Any]]] = {
    "ocds_processes": [
        {
            "compiled_date": datetime(2020, 6, 1, 6),
            "year": 2020,
            "initiation_type": "tender",
            "language": "es",
            "buyer_id": "B",
            "buyer_name": "Secretaría",
            "procuring_entity_id": "P",
            "procuring_entity_name": "Unidad",
            "tender_id": "9",
            "status": "complete",
            "procurement_method": "open",
            "main_procurement_category": "goods",
            "tender_currency": "MXN",
            # 10:30 in Mexico City.
            "tender_start": datetime(2020, 1, 2, 16, 30),
            "budget_amount": Decimal("100.00"),
            "budget_currency": "MXN",
            "project_id": "7",
            "project": "Obra",
            "award_count": 2,
            "contract_count": 1,
            "release_count": 2,
            "record_count": 3,
            "country": "MX",
            "buyer_region": "Oaxaca",
            "buyer_identifier": "SEC010101AA1",
            "tender_end": datetime(2020, 2, 1, 6),
            "main_class_scheme": "COG",
            "main_class_id": "25401",
            "main_class_source": "items_modal",
            "first_award_date": datetime(2020, 3, 1, 12),
            "last_award_date": datetime(2020, 3, 1, 12),
            "awarded_amount": Decimal("1234567.89"),
            "awarded_currency": "MXN",
            "tenderer_count": 2,
            "supplier_count": 1,
            "amendment_count": 1,
            "has_tenderer_count": True,
            "has_amount": True,
            "has_amendments": True,
            "single_bid": False,
            "single_bid_source": "tender/numberOfTenderers",
            "tender_days": 29,
            "has_short_tender_period": False,
            **NONE_OF_THESE,
        },
        {
            "ocid": "o-2",
            "year": 2020,
            "award_count": 0,
            "contract_count": 0,
            "release_count": 2,
            "record_count": 3,
            "country": "MX",
            "supplier_count": 0,
            "amendment_count": 0,
            "has_tenderer_count": False,
            "has_amount": False,
            "has_amendments": False,
            **NONE_OF_THESE,
        },
    ],
    "ocds_parties": [
        {
            "path": "/parties/0",
            "party_id": "B",
            "name": "Secretaría",
            "roles": "buyer,payer",
            "identifier_scheme": "MX-RFC",
            "identifier_id": "SEC010101AA1",
            "identifier_legal_name": "Secretaría",
            "locality": "Oaxaca",
            "region": "Oaxaca",
            "country_name": "MX",
            "entity": "20",
            "street_address": "x",
        },
        {"path": "/parties/2", "party_id": "S", "name": "Uno"},
    ],
    "ocds_party_roles": [
        {"path": "/parties/0/roles/0", "party_id": "B", "role": "buyer"},
        {"path": "/parties/0/roles/1", "party_id": "B", "role": "payer"},
    ],
    "ocds_tenders": [
        {
            "tender_id": "9",
            "status": "complete",
            "procuring_entity_id": "P",
            "procuring_entity_name": "Unidad",
            "procurement_method": "open",
            "main_procurement_category": "goods",
            "additional_procurement_categories": "goodsAcquisition,goodsLease",
            "submission_method": "inPerson",
            "has_enquiries": False,
            "number_of_tenderers": 2,
            "currency": "MXN",
            "min_amount": Decimal("5.00"),
            "tender_period_start": datetime(2020, 1, 2, 16, 30),
            "tender_period_end": datetime(2020, 2, 1, 6),
        }
    ],
    "ocds_tenderers": [
        {"path": "/tender/tenderers/0", "tenderer_id": "S", "tenderer_name": "Uno"},
        {"path": "/tender/tenderers/1", "tenderer_id": "T", "tenderer_name": "Dos"},
    ],
    "ocds_items": [
        {
            "path": path,
            "stage": stage,
            **parent,
            "item_id": "1",
            "description": "Guantes",
            "classification_scheme": "COG",
            "classification_id": "25401",
            "classification_description": "Materiales",
            "quantity": Decimal("12.500000"),
            "unit_name": "Caja",
            "unit_amount": Decimal("0.123456"),
            "unit_currency": "MXN",
        }
        for path, stage, parent in [
            ("/awards/0/items/0", "award", {"parent_id": "A"}),
            ("/tender/items/0", "tender", {}),
        ]
    ],
    "ocds_awards": [
        {
            "path": "/awards/0",
            "award_id": "A",
            "status": "active",
            "award_date": datetime(2020, 3, 1, 12),
            "amount": Decimal("1234567.89"),
            "currency": "MXN",
            "net_amount": Decimal("1000000.00"),
            "contract_period_start": datetime(2020, 3, 2, 6),
            "supplier_count": 1,
            "supplier_id": "S",
            "supplier_name": "Uno",
            "supplier_truncated": False,
            "lot_count": 0,
            "lot_multi": False,
            **DIMENSIONS,
        }
    ],
    "ocds_award_suppliers": [
        {"path": "/awards/0/suppliers/0", "award_id": "A", "supplier_id": "S", "supplier_name": "Uno"}
    ],
    "ocds_contracts": [
        {
            "path": "/contracts/0",
            "contract_id": "C",
            "award_id": "A",
            "title": "Guantes",
            "status": "terminated",
            "date_signed": datetime(2020, 3, 5, 6),
            "amount": Decimal("1000000.00"),
            "currency": "MXN",
            "period_start": datetime(2020, 3, 6, 6),
            "period_end": datetime(2020, 12, 31, 6),
            "implementation_status": "concluded",
            **DIMENSIONS,
        }
    ],
    "ocds_transactions": [
        {
            "path": "/contracts/0/implementation/transactions/0",
            "contract_id": "C",
            "transaction_id": "t",
            "transaction_date": datetime(2020, 4, 1, 6),
            "amount": Decimal("500000.50"),
            "currency": "MXN",
            "payer_id": "B",
            "payer_name": "Secretaría",
            "payee_id": "S",
            "payee_name": "Uno",
            "payment_method": "wireTransfer",
        }
    ],
    "ocds_milestones": [
        {
            "path": path,
            "stage": stage,
            **parent,
            "milestone_id": "m",
            "milestone_type": "delivery",
            "code": "3",
            "due_date": datetime(2020, 5, 1),
            "status": "met",
        }
        for path, stage, parent in [
            ("/contracts/0/implementation/milestones/0", "implementation", {"parent_id": "C"}),
            ("/planning/milestones/0", "planning", {}),
        ]
    ],
    "ocds_documents": [
        {
            "path": path,
            "stage": stage,
            **parent,
            "document_id": "d",
            "document_type": "tenderNotice",
            "date_published": datetime(2020, 1, 1, 6),
            "format": "text/html",
        }
        for path, stage, parent in [
            ("/contracts/0/implementation/documents/0", "implementation", {"parent_id": "C"}),
            ("/planning/documents/0", "planning", {}),
        ]
    ],
    "ocds_amendments": [
        {
            "path": "/tender/amendments/0",
            "stage": "tender",
            "amendment_id": "x",
            "rationale": "Plazo",
            "release_id": "r2",
        }
    ],
    "ocds_guarantees": [
        {
            "path": "/contracts/0/guarantees/0",
            "contract_id": "C",
            "guarantee_id": "g",
            "guarantee_type": "check",
            "obligations": "fulfillment",
            "amount": Decimal("10.00"),
            "currency": "MXN",
            "guarantor_id": "G",
            "guarantor_name": "Afianzadora",
            "period_start": datetime(2020, 3, 6, 6),
        }
    ],
    "ocds_budget_lines": [
        {
            "path": "/planning/budget/budgetBreakdown/0/budgetLines/0",
            "breakdown_id": "b",
            "breakdown_amount": Decimal("100.00"),
            "breakdown_currency": "MXN",
            "source_party_id": "F",
            "source_party_name": "Fondo",
            "budget_line_id": "l",
            "spending_object_code": "25401",
            "modified_amount": Decimal("1000.50"),
            "stage": "planning",
        }
    ],
    "ocds_related_processes": [
        {
            "path": "/contracts/0/relatedProcesses/0",
            "stage": "contract",
            "parent_id": "C",
            "related_process_id": "q",
            "relationship": "prior",
            "scheme": "ocid",
            "identifier": "o-0",
            "title": "Antes",
        },
        {
            "path": "/relatedProcesses/0",
            "stage": "process",
            "related_process_id": "p",
            "relationship": "framework,parent",
            "identifier": "o-9",
        },
    ],
    "pdn_s2": [
        {
            "record_id": "1",
            "ordinal": 0,
            "fecha_captura": datetime(2021, 5, 6, 7, 8, 9),
            "ejercicio_fiscal": "2021",
            "ramo_clave": "6",
            "ramo_valor": "Hacienda",
            "nombres": "ANA",
            "primer_apellido": "PRUEBA",
            "genero_clave": "F",
            "genero_valor": "FEMENINO",
            "institucion_nombre": "Instituto",
            "institucion_siglas": "IN",
            "institucion_clave": "1",
            "puesto_nombre": "Jefa",
            "puesto_nivel": "O21",
            "tipo_area_claves": "T,R",
            "nivel_responsabilidad_claves": "A",
            "tipo_procedimiento_claves": "1,5",
            "superior_nombres": "EVA",
            "superior_primer_apellido": "MODELO",
            "superior_puesto_nombre": "Directora",
            "name_status": "public",
            "dialect": "v1",
            "collection": "spic",
        },
        {
            "record_id": "sin-id-6c18c8b7ce07fcfa",
            "ordinal": 3,
            "fecha_captura": datetime(2026, 2, 1, 6, 0),
            "ejercicio_fiscal": "2025",
            "nombres": "ANA",
            "primer_apellido": "PRUEBA",
            "genero_clave": "F",
            "genero_valor": "FEMENINO",
            "institucion_nombre": "Instituto",
            "puesto_nombre": "Jefa",
            "tipo_area_claves": "T",
            "tipo_procedimiento_claves": "1",
            "name_status": "public",
            "dialect": "v2",
            "collection": "servidores_intervengan_procedimientos_contrataciones",
            "entidad_federativa": "20",
            "nivel_orden_gobierno": "MUNICIPAL_ALCALDIA",
            "nivel_jerarquico_clave": "JEFATURA_UNIDAD_HOMOLOGO",
            "tipo_procedimiento_v2": "CONTRATACION_PUBLICA",
        },
    ],
    "pdn_s2_procedimientos": [
        {
            "record_id": "1",
            "ordinal": 0,
            "path": "/tipoProcedimiento/0",
            "clave": "1",
            "valor": "CONTRATACIONES PÚBLICAS",
            "dialect": "v1",
            "collection": "spic",
        },
        {
            "record_id": "1",
            "ordinal": 0,
            "path": "/tipoProcedimiento/2",
            "clave": "5",
            "valor": "OTRO",
            "dialect": "v1",
            "collection": "spic",
        },
        {
            "record_id": "sin-id-6c18c8b7ce07fcfa",
            "ordinal": 3,
            "path": "/otorgamientoConcesion/datosGeneralesConcesiones",
            "clave": "2",
            "dialect": "v2",
            "collection": "servidores_intervengan_procedimientos_contrataciones",
            "descripcion": "Agua",
            "fecha_inicio": date(2026, 1, 1),
            "monto": Decimal("10.50"),
        },
        {
            "record_id": "sin-id-6c18c8b7ce07fcfa",
            "ordinal": 3,
            "path": "/tipoContratacion/0/contratacionObra/datosGeneralesProcedimientos/0",
            "clave": "1",
            "dialect": "v2",
            "collection": "servidores_intervengan_procedimientos_contrataciones",
            "numero_expediente": "L-1",
            "modalidad": "LICITACION_INTERNACIONAL",
            "materia": "SERVICIOS",
            "fecha_inicio": date(2026, 2, 1),
        },
        {
            "record_id": "sin-id-6c18c8b7ce07fcfa",
            "ordinal": 3,
            "path": "/tipoProcedimiento/0",
            "clave": "1",
            "valor": "CONTRATACIONES PÚBLICAS",
            "dialect": "v2",
            "collection": "servidores_intervengan_procedimientos_contrataciones",
        },
    ],
    "pdn_s3_servidores": [
        {
            "record_id": "2",
            "ordinal": 1,
            "expediente": "E/1",
            "nivel": "N",
            "tipo_falta_clave": "NAD",
            "tipo_falta_valor": "NEGLIGENCIA",
            "tipo_sancion_claves": "M",
            "multa_monto": Decimal("10.01"),
            "multa_moneda_clave": "MXN",
            "inhabilitacion_plazo": "2 años",
            "inhabilitacion_fecha_inicial": date(2018, 1, 8),
            "inhabilitacion_fecha_final": date(2020, 1, 8),
            "documento_count": 2,
            "name_status": "not_public",
            "dialect": "v1",
            "collection": "ssancionados",
            "collection_v2": "faltas_administrativas_no_graves",
            "gravedad": "no_graves",
            "withheld": "/documentos,/servidorPublicoSancionado/nivel,"
            "/servidorPublicoSancionado/nombres,/servidorPublicoSancionado/primerApellido",
        },
        {
            "record_id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
            "ordinal": 4,
            "fecha_captura": datetime(2026, 11, 21, 16, 33, 57, 321000),
            "expediente": "E/2",
            "institucion_nombre": "DIF",
            "genero_clave": "M",
            "genero_valor": "MASCULINO",
            "tipo_falta_clave": "ANG",
            "tipo_falta_valor": "ADMINISTRATIVA NO GRAVE",
            "tipo_falta_descripcion": "RENDIR CUENTAS SOBRE EL EJERCICIO DE LAS FUNCIONES",
            "tipo_sancion_claves": "O,S",
            "causa_motivo_hechos": "No rindió cuentas",
            "resolucion_fecha": date(2026, 1, 1),
            "inhabilitacion_plazo": "1 mes 2 días",
            "inhabilitacion_fecha_inicial": date(2026, 1, 5),
            "documento_count": 0,
            "name_status": "not_public",
            "dialect": "v2",
            "collection": "faltas_administrativas_no_graves",
            "collection_v2": "faltas_administrativas_no_graves",
            "gravedad": "no_graves",
            "nivel_orden_gobierno": "ESTATAL",
            "sexo": "HOMBRE",
            "fecha_resolucion_firme": date(2026, 2, 1),
            "withheld": "/datosGenerales/nombres,/empleoCargoComision/denominacion",
        },
    ],
    "pdn_s3_particulares": [
        {
            "record_id": "04f3f14f-2de1-46c3-92c1-88fc2cf2b69b",
            "ordinal": 5,
            "fecha_captura": datetime(2026, 11, 21, 6, 0),
            "institucion_nombre": "DIF",
            "nombre_razon_social": "DOS SA",
            "tipo_persona": "M",
            "rfc_persona_moral": "DOS010101AA1",
            "tipo_falta": "COLUSIÓN",
            "tipo_sancion_claves": "IND,O",
            "multa_monto": Decimal("10000.50"),
            "multa_moneda_clave": "MXN",
            "documento_count": 0,
            "name_status": "public",
            "dialect": "v2",
            "collection": "faltas_graves_personas_morales",
            "collection_v2": "faltas_graves_personas_morales",
            "gravedad": "graves",
            "moral_entidad_federativa": "20",
        },
        {
            "record_id": "3",
            "ordinal": 2,
            "nombre_razon_social": "UNO SA",
            "tipo_persona": "M",
            "rfc_persona_moral": "UNO010101AA1",
            "tipo_sancion_claves": "I,SE",
            "responsable_nombres": "EVA",
            "responsable_primer_apellido": "MODELO",
            "resolucion_sentido": "Sancionatoria",
            "resolucion_fecha_notificacion": date(2012, 2, 13),
            "documento_count": 0,
            "name_status": "public",
            "dialect": "v1",
            "collection": "psancionados",
            "collection_v2": "faltas_graves_personas_morales",
            "gravedad": "graves",
        },
    ],
    "pdn_s3_sanciones": [
        {
            "record_id": "04f3f14f-2de1-46c3-92c1-88fc2cf2b69b",
            "ordinal": 5,
            "system": "s3p",
            "path": "/tipoSancion/0",
            "clave": "INDEMNIZACION",
            "dialect": "v2",
            "collection": "faltas_graves_personas_morales",
            "clave_normalizada": "INDEMNIZACION",
            "monto": Decimal("10000.50"),
            "moneda": "MXN",
            "plazo_pago_meses": 6,
            "cobrado_monto": Decimal("5.25"),
            "cobrado_moneda": "MXN",
            "cobrado_fecha": date(2026, 3, 1),
        },
        {
            "record_id": "04f3f14f-2de1-46c3-92c1-88fc2cf2b69b",
            "ordinal": 5,
            "system": "s3p",
            "path": "/tipoSancion/1",
            "clave": "otro",
            "descripcion": "Cierre",
            "dialect": "v2",
            "collection": "faltas_graves_personas_morales",
            "clave_normalizada": "OTRO",
            "denominacion": "Cierre",
        },
        {
            "record_id": "2",
            "ordinal": 1,
            "system": "s3s",
            "path": "/tipoSancion/0",
            "clave": "M",
            "valor": "MULTADO",
            "descripcion": "x",
            "dialect": "v1",
            "collection": "ssancionados",
            "clave_normalizada": "OTRO",
            "denominacion": "MULTADO",
        },
        {
            "record_id": "3",
            "ordinal": 2,
            "system": "s3p",
            "path": "/tipoSancion/0",
            "clave": "I",
            "dialect": "v1",
            "collection": "psancionados",
            "clave_normalizada": "INHABILITACION",
        },
        {
            "record_id": "3",
            "ordinal": 2,
            "system": "s3p",
            "path": "/tipoSancion/1",
            "clave": "SE",
            "dialect": "v1",
            "collection": "psancionados",
            "clave_normalizada": "SANCION_ECONOMICA",
        },
        {
            "record_id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
            "ordinal": 4,
            "system": "s3s",
            "path": "/tipoSancion/0",
            "clave": "AMONESTACION",
            "dialect": "v2",
            "collection": "faltas_administrativas_no_graves",
            "clave_normalizada": "AMONESTACION",
            "amonestacion_tipo": "PUBLICA",
        },
        {
            "record_id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
            "ordinal": 4,
            "system": "s3s",
            "path": "/tipoSancion/1",
            "clave": "SUSPENSION",
            "dialect": "v2",
            "collection": "faltas_administrativas_no_graves",
            "clave_normalizada": "SUSPENSION",
            "plazo_meses": 1,
            "plazo_dias": 2,
            "fecha_inicial": date(2026, 1, 5),
        },
    ],
    "pdn_s3_faltas": [
        {
            "record_id": "04f3f14f-2de1-46c3-92c1-88fc2cf2b69b",
            "ordinal": 5,
            "system": "s3p",
            "dialect": "v2",
            "collection": "faltas_graves_personas_morales",
            "path": "/faltaCometida/0",
            "clave": "COLUSION",
            "clave_normalizada": "COLUSION",
            "gravedad": "graves",
            "norma_nombre": "LGRA",
            "norma_articulo": "70",
        },
        {
            "record_id": "2",
            "ordinal": 1,
            "system": "s3s",
            "dialect": "v1",
            "collection": "ssancionados",
            "path": "/tipoFalta",
            "clave": "NAD",
            "valor": "NEGLIGENCIA",
            "clave_normalizada": "OTRO",
            "gravedad": "no_graves",
        },
        {
            "record_id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
            "ordinal": 4,
            "system": "s3s",
            "dialect": "v2",
            "collection": "faltas_administrativas_no_graves",
            "path": "/faltaCometida/0",
            "clave": "RENDIR_CUENTAS_FUNCIONES",
            "clave_normalizada": "RENDIR_CUENTAS",
            "gravedad": "no_graves",
            "descripcion_hechos": "No rindió cuentas",
        },
    ],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_standard_table(built: Scratch, name: str) -> None:
    assert table(built, name) == EXPECTED[name]


def test_every_standard_table_is_tested(built: Scratch) -> None:
    names = built.rows("select table_name from information_schema.tables where table_schema = 'standard'")

    # Declarations: test_declaration_tables.py.
    published = {row["table_name"] for row in names if not row["table_name"].startswith(("int_", "pdn_s1_"))}
    # Histories need more than one delivery: tests/end_to_end/test_pdn_history.py.
    assert published - {"pdn_history"} == set(EXPECTED) | set(test_dbt_tables_ocds.EXPECTED)


def test_pointers_lead_back_to_the_compiled_release(built: Scratch) -> None:
    for name in (name for name in EXPECTED if name.startswith("ocds_") and "path" in EXPECTED[name][0]):
        for row in built.rows(f"select path from standard.{name}"):
            node: Any = FULL
            for step in row["path"].split("/")[1:]:
                node = node[int(step)] if isinstance(node, list) else node[step]
            assert isinstance(node, dict | str), row["path"]


def test_suppliers(built: Scratch) -> None:
    assert built.rows("select * from integrated.suppliers") == [
        {
            "organization_id": "TEQUIO-ORG-47ac0d0358e846a7",
            "supplier_id": "S",
            "supplier_name": "Uno",
            "names": '["Uno"]',
            "name_count": 1,
            "source_ids": "s",
            "source_count": 1,
            "award_count": 1,
            "process_count": 1,
            "awarded_amount_mxn": Decimal("1234567.89"),
            "shared_award_count": 0,
        }
    ]


def test_buyers(built: Scratch) -> None:
    assert built.rows("select * from integrated.buyers") == [
        {
            # The party has an RFC.
            "organization_id": "MX-RFC-SEC010101AA1",
            "buyer_id": "MX-RFC-SEC010101AA1",
            "buyer_name": "Secretaría",
            "names": '["Secretaría"]',
            "name_count": 1,
            "source_ids": "s",
            "source_count": 1,
            "process_count": 1,
            "award_count": 1,
            "awarded_amount_mxn": Decimal("1234567.89"),
        }
    ]


def test_entity_coverage_has_every_state_and_system(built: Scratch) -> None:
    rows = built.rows("select * from integrated.entity_coverage")
    [published] = [row for row in rows if row["coverage"] == "published"]

    assert len(rows) == 33 * 3
    assert published == {
        "entity": "20",
        "entity_name": "Oaxaca",
        "system": "s6-ocds",
        "declared_sources": 1,
        "live_sources": 1,
        "published_sources": 1,
        "records": 6,
        "last_fetched_at": datetime(2026, 11, 21, 12),
        "coverage": "published",
    }
    assert {row["coverage"] for row in rows if row != published} == {"no_source"}
