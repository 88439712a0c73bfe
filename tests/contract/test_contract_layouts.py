"""Tabular layouts: an exact row of each becomes an exact canonical row; drift and unknown headers are told; a
layout nobody wrote code for is read by its declaration alone.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.registry import load_sources
from pipelines.standards.layouts.recognise import CONTRACT_FIELDS, LIST_FIELDS, Layout, load_layouts
from tests.contract.scratch import PROJECT, Scratch, chihuahua_contracts, landed

MODELS = ("stg_compranet__contracts", "stg_contract_sheets__contracts")
# Where a row stood, beside what it says.
PLACES = ("slice_id", "source_id", "ordinal", "record", "record_sha256", "raw_sha256", "page", "position")

UPPER_39 = {
    "GOBIERNO": "GM",
    "SIGLAS": "OAX",
    "DEPENDENCIA": "_Gobierno Municipal del Estado de Oaxaca",
    "CLAVEUC": "820067985",
    "NOMBRE_DE_LA_UC": "OAX-Dirección de Obras Públicas #820067985",
    "RESPONSABLE": "QUIEN RESPONDE",
    "NUMERO_EXPEDIENTE": "1234567",
    "TITULO_EXPEDIENTE": "PAVIMENTACIÓN  DE LA CALLE UNO",
    "PLANTILLA_EXPEDIENTE": "10. Licitación Pública LOPSRM",
    "NUMERO_PROCEDIMIENTO": "LO-820067985-E1-2014",
    "EXP_F_FALLO": "2014-01-08 00:00:00 GMT",
    "PROC_F_PUBLICACION": "2013-12-11 19:01",
    "FECHA_APERTURA_PROPOSICIONES": "2013-12-26 10:00",
    "CARACTER": "Nacional",
    "TIPO_CONTRATACION": "Obra Pública",
    "TIPO_PROCEDIMIENTO": "Licitación Pública",
    "FORMA_PROCEDIMIENTO": "Mixta",
    "CODIGO_CONTRATO": "456789",
    "TITULO_CONTRATO": "CALLE UNO",
    "FECHA_INICIO": "2014-01-09",
    "FECHA_FIN": "2014-07-31",
    "IMPORTE_CONTRATO": "1016452.4",
    "MONEDA": "MXN",
    "ESTATUS_CONTRATO": "Terminado",
    "ARCHIVADO": "0",
    "CONTRATO_MARCO": "0",
    "COMPRA_CONSOLIDADA": "1",
    "PLURIANUAL": "tal vez",
    "ESTRATIFICACION_MUC": "Micro",
    "PROVEEDOR_CONTRATISTA": "CAMINOS DE PRUEBA SA DE CV",
    "ANUNCIO": "https://compranet.example/1",
}
READ_39 = {
    "layout": "compranet_39",
    "procedure_number": "LO-820067985-E1-2014",
    "file_number": "1234567",
    "title": "PAVIMENTACIÓN DE LA CALLE UNO",
    "procedure_type": "Licitación Pública",
    "contracting_type": "Obra Pública",
    "scope": "Nacional",
    "participation": "Mixta",
    "published_at": datetime(2013, 12, 12, 1, 1),
    "opened_at": datetime(2013, 12, 26, 16, 0),
    "awarded_at": datetime(2014, 1, 8, 6, 0),
    "notice_url": "https://compranet.example/1",
    "is_consolidated": True,
    "is_framework": False,
    "government_level": "GM",
    "institution_name": "_Gobierno Municipal del Estado de Oaxaca",
    "unit_id": "820067985",
    "unit_name": "OAX-Dirección de Obras Públicas #820067985",
    "supplier_name": "CAMINOS DE PRUEBA SA DE CV",
    "supplier_size": "Micro",
    "has_contract": True,
    "contract_number": "456789",
    "contract_title": "CALLE UNO",
    "contract_status": "Terminado",
    "amount": Decimal("1016452.40"),
    "currency": "MXN",
    "starts_at": datetime(2014, 1, 9, 6, 0),
    # Summer time.
    "ends_at": datetime(2014, 7, 31, 5, 0),
    "repairs": [
        ("blanks", "TITULO_EXPEDIENTE", "PAVIMENTACIÓN  DE LA CALLE UNO", "PAVIMENTACIÓN DE LA CALLE UNO"),
        ("date_form", "EXP_F_FALLO", "2014-01-08 00:00:00 GMT", "2014-01-08T00:00:00-06:00"),
    ],
    "unreadable_columns": "is_multiyear",
}
NOT_IN_44 = ("NUMERO_EXPEDIENTE",)
UPPER_44 = {
    **{header: text for header, text in UPPER_39.items() if header not in NOT_IN_44},
    "CODIGO_EXPEDIENTE": "1234567",
    "SIGLAS_PAIS": "MX",
    # A registry number, no RFC.
    "FOLIO_RUPC": "98765",
    "ESTRATIFICACION_MPC": "Pequeña",
    "FECHA_CELEBRACION": "2014-01-08 00:00:00 GMT",
    "IMPORTE_CONTRATO": "0",
    "CODIGO_CONTRATO": "",
    "MONEDA": "",
}
READ_44 = {
    **{name: value for name, value in READ_39.items() if name != "contract_number"},
    "layout": "compranet_44",
    "supplier_size": "Pequeña",
    "supplier_country": "MX",
    "amount": Decimal("0.00"),
    "signed_at": datetime(2014, 1, 8, 6, 0),
    "repairs": [
        *READ_39["repairs"],
        ("date_form", "FECHA_CELEBRACION", "2014-01-08 00:00:00 GMT", "2014-01-08T00:00:00-06:00"),
    ],
}
# Each layout: what a row says (other columns of its header are blank) and what is read from it.
ROWS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "compranet_13": (
        {
            "DEPENDENCIA / ENTIDAD": "SECRETARÍA DE PRUEBA",
            "CLAVE UC": "00099001",
            "NOMBRE UC": "DIRECCIÓN DE COMPRAS",
            "NÚMERO DE PROCEDIMIENTO": "00099001-001-09",
            "TIPO DE PROCEDIMIENTO": "LICITACIÓN PÚBLICA",
            "TIPO CONTRATACIÓN": "ADQUISICIONES",
            "CARACTER": "INTERNACIONAL",
            "NÚMERO DE CONTRATO": "C-001/09",
            "REFERENCIA DE LA CONTRATACIÓN": "EQUIPO DE LABORATORIO",
            "FECHA DE SUSCRIPCIÓN DE CONTRATO": "15/12/2009",
            "IMPORTE MN SIN IVA": "$1,250,000.00",
            "RAZÓN SOCIAL": "LABORATORIOS, S. A. DE C. V.",
            "URL DEL CONTRATO": "http://compranet.example/c-001",
        },
        {
            "layout": "compranet_13",
            "procedure_number": "00099001-001-09",
            "procedure_type": "LICITACIÓN PÚBLICA",
            "contracting_type": "ADQUISICIONES",
            "scope": "INTERNACIONAL",
            "institution_name": "SECRETARÍA DE PRUEBA",
            "unit_id": "00099001",
            "unit_name": "DIRECCIÓN DE COMPRAS",
            "supplier_name": "LABORATORIOS, S. A. DE C. V.",
            "has_contract": True,
            "contract_number": "C-001/09",
            "contract_title": "EQUIPO DE LABORATORIO",
            "amount": Decimal("1250000.00"),
            "currency": "MXN",
            "signed_at": datetime(2009, 12, 15, 6, 0),
            "contract_url": "http://compranet.example/c-001",
            "repairs": [
                (
                    "date_form",
                    "FECHA DE SUSCRIPCIÓN DE CONTRATO",
                    "15/12/2009",
                    "2009-12-15T00:00:00-06:00",
                ),
                ("money_form", "IMPORTE MN SIN IVA", "$1,250,000.00", "1250000.00"),
            ],
        },
    ),
    "compranet_39": (UPPER_39, READ_39),
    "compranet_44": (UPPER_44, READ_44),
    "compranet_45": (
        {
            "Orden de gobierno": "APF",
            "Institución": "INSTITUTO DE PRUEBA",
            "Clave de la UC": "'004E2D",
            "Nombre de la UC": "COORDINACIÓN DE COMPRAS",
            "Código del expediente": "2000001",
            "Clave CUCOP": "25300001",
            "Título del expediente": "MEDICAMENTOS",
            "Fundamento legal": "Art. 41 fr. I",
            "Número del procedimiento": "AA-004E2D-E5-2019",
            "Fecha de publicación": "2019-02-11 19:01",
            "Carácter del procedimiento": "Nacional",
            "Tipo de contratación": "Adquisiciones",
            "Tipo de procedimiento": "Adjudicación Directa Federal",
            "Forma de participación": "Electrónica",
            "Código del contrato": "2100001",
            "Título del contrato": "MEDICAMENTOS 2019",
            "Descripción del contrato": "Vacunas\npara niñas",
            "Fecha de inicio del contrato": "2019-02-12",
            "Fecha de fin del contrato": "9999-12-31",
            "Importe del contrato": "100.555",
            "Moneda del contrato": "USD",
            "Estatus del contrato": "ACTIVO",
            "Contrato marco": "Contrato Marco de Vacunas",
            "Compra consolidada": "SI",
            "Contrato plurianual": "NO",
            "Folio en el RUPC": "1",
            "RFC": "nor-010203-ab4",
            "Proveedor o contratista": "NORTE SA DE CV",
            "Estratificación de la empresa": "N/A",
            "Clave del país de la empresa": "MX",
            "Dirección del anuncio": "https://compranet.example/2",
        },
        {
            "layout": "compranet_45",
            "procedure_number": "AA-004E2D-E5-2019",
            "file_number": "2000001",
            "title": "MEDICAMENTOS",
            "procedure_type": "Adjudicación Directa Federal",
            "contracting_type": "Adquisiciones",
            "scope": "Nacional",
            "participation": "Electrónica",
            "law": "Art. 41 fr. I",
            "published_at": datetime(2019, 2, 12, 1, 1),
            "notice_url": "https://compranet.example/2",
            "is_consolidated": True,
            "is_framework": True,
            "is_multiyear": False,
            "government_level": "APF",
            "institution_name": "INSTITUTO DE PRUEBA",
            "unit_id": "004E2D",
            "unit_name": "COORDINACIÓN DE COMPRAS",
            "rfc": "NOR010203AB4",
            "supplier_name": "NORTE SA DE CV",
            "supplier_country": "MX",
            "has_contract": True,
            "contract_number": "2100001",
            "contract_title": "MEDICAMENTOS 2019",
            "description": "Vacunas para niñas",
            "contract_status": "ACTIVO",
            "amount": Decimal("100.56"),
            "currency": "USD",
            "starts_at": datetime(2019, 2, 12, 6, 0),
            "repairs": [
                ("apostrophe", "Clave de la UC", "'004E2D", "004E2D"),
                ("placeholder", "Estratificación de la empresa", "N/A", None),
                ("blanks", "Descripción del contrato", "Vacunas\npara niñas", "Vacunas para niñas"),
                ("rfc_form", "RFC", "nor-010203-ab4", "NOR010203AB4"),
            ],
            "unreadable_columns": "ends_at",
        },
    ),
    "compranet_73": (
        {
            "Orden de gobierno": "GE",
            "Clave Ramo": "12",
            "Institución": "SECRETARÍA DE SALUD",
            "Clave de la UC": "919009986",
            "Nombre de la UC": "NL-Compras",
            "Código del expediente": "E-2024-00012345",
            "Título del expediente": "VIGILANCIA",
            "Partida específica": "25301, 25401",
            "Ley": "LAASSP",
            "Tipo Procedimiento": "LICITACIÓN PÚBLICA",
            "Artículo de excepción": "",
            "Contrato marco": "NO",
            "Compra consolidada": "NO",
            "Número de procedimiento": "LA-12-NL-919009986-N-1-2024",
            "Tipo de contratación": "SERVICIOS",
            "Fecha de publicación": "2023-11-15 15:22:51",
            "Fecha de apertura": "2023-11-30 10:00:00",
            "Fecha de fallo": "2023-12-05 00:00:00",
            "Código del contrato": "",
            "Núm. del contrato": "SS-001",
            "Descripción del contrato": "VIGILANCIA DE HOSPITALES",
            "Fecha de inicio del contrato": "02/01/2024",
            "Fecha de fin del contrato": "31/12/2024",
            "Fecha de firma del contrato": "2023-12-20 17:00:00",
            "Importe DRC": "10.000,50",
            "Moneda": "MXN",
            "Monto sin imp./mínimo": "400",
            "Monto mínimo con imp.": "464",
            "Monto sin imp./máximo": "1000",
            "Estatus Contrato": "FIRMADO",
            "rfc": "NOR010203AB4",
            "Proveedor o contratista": "NORTE SA DE CV",
            "País de la empresa": "MÉXICO",
            "Estratificación": "MEDIANA",
            "Código Ref. último convenio": "CM-1",
            "Fecha firma último conv": "2024-02-01 00:00:00",
            "Moneda (2)": "USD",
            "Dirección del anuncio": "https://comprasmx.example/3",
        },
        {
            "layout": "compranet_73",
            "procedure_number": "LA-12-NL-919009986-N-1-2024",
            "file_number": "E-2024-00012345",
            "title": "VIGILANCIA",
            "procedure_type": "LICITACIÓN PÚBLICA",
            "contracting_type": "SERVICIOS",
            "law": "LAASSP",
            "published_at": datetime(2023, 11, 15, 21, 22, 51),
            "opened_at": datetime(2023, 11, 30, 16, 0),
            "awarded_at": datetime(2023, 12, 5, 6, 0),
            "notice_url": "https://comprasmx.example/3",
            "budget_items": "25301, 25401",
            "is_consolidated": False,
            "is_framework": False,
            "government_level": "GE",
            "institution_name": "SECRETARÍA DE SALUD",
            "unit_id": "919009986",
            "unit_name": "NL-Compras",
            "rfc": "NOR010203AB4",
            "supplier_name": "NORTE SA DE CV",
            "supplier_size": "MEDIANA",
            "supplier_country": "MÉXICO",
            "has_contract": True,
            "contract_number": "SS-001",
            "description": "VIGILANCIA DE HOSPITALES",
            "contract_status": "FIRMADO",
            "min_amount": Decimal("464.00"),
            "max_amount": Decimal("1000.00"),
            "currency": "MXN",
            "signed_at": datetime(2023, 12, 20, 23, 0),
            "starts_at": datetime(2024, 1, 2, 6, 0),
            "ends_at": datetime(2024, 12, 31, 6, 0),
            "amendments": [{"date": "2024-02-01T00:00:00-06:00", "id": "CM-1"}],
            "repairs": [
                ("date_form", "Fecha de inicio del contrato", "02/01/2024", "2024-01-02T00:00:00-06:00"),
                ("date_form", "Fecha de fin del contrato", "31/12/2024", "2024-12-31T00:00:00-06:00"),
            ],
            "unreadable_columns": "amount",
        },
    ),
    "comprasmx_contratos_21": (
        {
            "rfc": "abc-980529-mw0 ",
            "Institución": "  INSTITUTO  UNO ",
            "Nombre de la UC": "COMPRAS",
            "Clave de la UC": "099AAA001",
            "Proveedor o contratista": "UNO SA",
            "Número de procedimiento": "LA-1",
            "Tipo Procedimiento": "LICITACIÓN PÚBLICA",
            "Tipo de contratación": "SERVICIOS",
            "Ley": "LAASSP",
            "Importe DRC": "1234.5",
            "Estratificación": "MICRO",
            "Compra consolidada": "SI",
            "Partida específica": "25301",
            "Fecha de publicación": "2025-12-31 01:32:11",
            "Fecha de fallo": "0001-01-01 00:00:00",
            "Fecha de firma del contrato": "31/02/2026",
            "Fecha de inicio del contrato": "21/01/2026",
        },
        {
            "layout": "comprasmx_contratos_21",
            "procedure_number": "LA-1",
            "procedure_type": "LICITACIÓN PÚBLICA",
            "contracting_type": "SERVICIOS",
            "law": "LAASSP",
            "published_at": datetime(2025, 12, 31, 7, 32, 11),
            "budget_items": "25301",
            "is_consolidated": True,
            "institution_name": "INSTITUTO UNO",
            "unit_id": "099AAA001",
            "unit_name": "COMPRAS",
            "rfc": "ABC980529MW0",
            "supplier_name": "UNO SA",
            "supplier_size": "MICRO",
            "has_contract": True,
            "amount": Decimal("1234.50"),
            "currency": "MXN",
            "starts_at": datetime(2026, 1, 21, 6, 0),
            "repairs": [
                ("blanks", "Institución", "  INSTITUTO  UNO ", "INSTITUTO UNO"),
                ("date_form", "Fecha de inicio del contrato", "21/01/2026", "2026-01-21T00:00:00-06:00"),
                ("rfc_form", "rfc", "abc-980529-mw0 ", "ABC980529MW0"),
            ],
            "unreadable_columns": "awarded_at,signed_at",
        },
    ),
    "comprasmx_expedientes_37": (
        {
            "Orden de gobierno": "APF",
            "Clave Institución": "'004E2",
            "Institución": "INSTITUTO UNO",
            "Clave de la UC": "'004E2D",
            "Código del expediente": "E-2026-00000001",
            "Título del expediente": "PAPELERÍA",
            "Descripción del expediente": "Papel para 2026",
            "Partida específica": "'21101",
            "Número de procedimiento": "LA-04-4E2-004E2D-N-1-2026",
            "Tipo Procedimiento": "LICITACIÓN PÚBLICA",
            "Fecha de junta de aclaraciones": "2026-01-20 09:00:00",
            "Correo anuncio": "compras@uno.example",
        },
        {
            "layout": "comprasmx_expedientes_37",
            "procedure_number": "LA-04-4E2-004E2D-N-1-2026",
            "file_number": "E-2026-00000001",
            "title": "PAPELERÍA",
            "tender_description": "Papel para 2026",
            "procedure_type": "LICITACIÓN PÚBLICA",
            "clarified_at": datetime(2026, 1, 20, 15, 0),
            "budget_items": "21101",
            "government_level": "APF",
            "institution_id": "004E2",
            "institution_name": "INSTITUTO UNO",
            "unit_id": "004E2D",
            "has_contract": False,
            "repairs": [
                ("apostrophe", "Partida específica", "'21101", "21101"),
                ("apostrophe", "Clave Institución", "'004E2", "004E2"),
                ("apostrophe", "Clave de la UC", "'004E2D", "004E2D"),
            ],
        },
    ),
    "karewa_34": (
        {
            "Tipo de procedimiento": "Adj Directa",
            "Materia": "Adquisiciones",
            "Ejercicio": "2017",
            "ID": "8",
            "Partida": "UNICA",
            "Estado del procedimiento": "CONCLUIDO",
            "Fecha de la convocatoria o invitación": "NA",
            "Descripción de las obras, bienes o servicios": "SEGURO adendum",
            "Nombre completo del o los contratista(s) elegidos": "SEGUROS DE PRUEBA SA DE CV",
            "RFC": "",
            "Unidad administrativa convocante": "INSTITUTO MUNICIPAL",
            "Número que identifique al contrato": "IM-008",
            "Fecha del contrato": "2017-02-05",
            "Monto total del contrato con impuestos incluidos": "",
            "Monto mínimo, en su caso": "1000",
            "Monto total o Monto máximo, en su caso": "4083",
            "Hipervínculo al documento del contrato y anexos": "http://chihuahua.example/IM 008.JPG",
            "Fecha de actualización": "2017-12-15",
            "Nota": "en progreso",
        },
        {
            "layout": "karewa_34",
            "procedure_type": "Adjudicación directa",
            "contracting_type": "Adquisiciones",
            "institution_name": "INSTITUTO MUNICIPAL",
            "unit_name": "INSTITUTO MUNICIPAL",
            "supplier_name": "SEGUROS DE PRUEBA SA DE CV",
            "has_contract": True,
            "contract_number": "IM-008",
            "description": "SEGURO adendum",
            "contract_status": "CONCLUIDO",
            "amount": Decimal("4083.00"),
            "min_amount": Decimal("1000.00"),
            "currency": "MXN",
            "signed_at": datetime(2017, 2, 5, 6, 0),
            "contract_url": "http://chihuahua.example/IM 008.JPG",
            "updated_at": datetime(2017, 12, 15, 6, 0),
            "repairs": [("placeholder", "Fecha de la convocatoria o invitación", "NA", None)],
        },
    ),
}

# A town's spreadsheet that nobody wrote code for.
INVENTED_LAYOUT = {
    "required": ["Folio del contrato", "Quién ganó"],
    "columns": ["Folio del contrato", "Modalidad", "Quién ganó", "Apellido", "Firma", "Monto s/IVA", "Monto c/IVA",
                "Participante 1", "Oferta 1", "Participante 2", "Oferta 2"],
    "fields": {
        "contract_number": "Folio del contrato",
        "procedure_type": "Modalidad",
        "supplier_given_names": "Quién ganó",
        "supplier_surname_1": "Apellido",
        "signed_at": "Firma",
        "amount": ["Monto c/IVA", "Monto s/IVA"],
        "net_amount": "Monto s/IVA",
        "bidders": {"name": "Participante {n}", "amount": "Oferta {n}"},
    },
    "constants": {"institution_name": "Municipio de Ejemplo", "currency": "MXN", "is_multiyear": False},
    "values": {"procedure_type": {"A.D.": "Adjudicación directa", "3C": "Invitación (tres cotizaciones)"}},
}  # fmt: skip
INVENTED_ROWS = [
    {
        "Folio del contrato": "001/25",
        "Modalidad": "a. d.",
        "Quién ganó": "Ximena",
        "Apellido": "Modelo",
        "Firma": "5 de enero de 2025",
        "Monto s/IVA": "$ 1,000.00",
        "Monto c/IVA": "1,160 M.N.",
        "Participante 1": "Ximena Modelo",
        "Oferta 1": "1160",
        "Participante 2": "",
        "Oferta 2": "",
    },
    {
        "Folio del contrato": "002/25",
        "Modalidad": "3c",
        "Quién ganó": "PAPELES SA DE CV",
        "Apellido": "-",
        "Firma": "05/02/2025",
        "Monto s/IVA": "500",
        "Monto c/IVA": "",
        "Participante 1": "PAPELES SA DE CV",
        "Oferta 1": "500",
        "Participante 2": "TINTAS SA DE CV",
        "Oferta 2": "520.10",
    },
    # The sum at the end of the sheet.
    {"Folio del contrato": "", "Quién ganó": "TOTAL", "Monto c/IVA": "1,660.00"},
]
INVENTED_READ: list[dict[str, Any]] = [
    {
        "layout": "invented",
        "procedure_type": "Adjudicación directa",
        "institution_name": "Municipio de Ejemplo",
        "supplier_name": "Ximena Modelo",
        "is_multiyear": False,
        "has_contract": True,
        "contract_number": "001/25",
        "amount": Decimal("1160.00"),
        "net_amount": Decimal("1000.00"),
        "currency": "MXN",
        "signed_at": datetime(2025, 1, 5, 6, 0),
        "bidders": [{"name": "Ximena Modelo", "amount": 1160.0}],
        "repairs": [
            ("date_form", "Firma", "5 de enero de 2025", "2025-01-05T00:00:00-06:00"),
            ("money_form", "Monto c/IVA", "1,160 M.N.", "1160.00"),
            ("money_form", "Monto s/IVA", "$ 1,000.00", "1000.00"),
        ],
    },
    {
        "layout": "invented",
        "procedure_type": "Invitación (tres cotizaciones)",
        "institution_name": "Municipio de Ejemplo",
        "supplier_name": "PAPELES SA DE CV",
        "is_multiyear": False,
        "has_contract": True,
        "contract_number": "002/25",
        # Only the net amount is published: it stands for the contract's.
        "amount": Decimal("500.00"),
        "currency": "MXN",
        "signed_at": datetime(2025, 2, 5, 6, 0),
        "bidders": [
            {"name": "PAPELES SA DE CV", "amount": 500.0},
            {"name": "TINTAS SA DE CV", "amount": 520.1},
        ],
        "repairs": [
            ("placeholder", "Apellido", "-", None),
            ("date_form", "Firma", "05/02/2025", "2025-02-05T00:00:00-06:00"),
        ],
    },
    {
        "layout": "invented",
        "institution_name": "Municipio de Ejemplo",
        "supplier_name": "TOTAL",
        "is_multiyear": False,
        "has_contract": True,
        "amount": Decimal("1660.00"),
        "currency": "MXN",
        "repairs": [("money_form", "Monto c/IVA", "1,660.00", "1660.00")],
        "unusable_reason": "no_procedure_number",
    },
]
DRIFTED = {
    **dict.fromkeys(INVENTED_LAYOUT["columns"], ""),
    "Folio del contrato": "003/25",
    "Quién ganó": "X",
    "Observaciones": "ninguna",
}
del DRIFTED["Modalidad"]


def shared(layout_id: str) -> tuple[str, Layout]:
    return next(
        (family, layout)
        for family in ("compranet", "contract_sheets")
        for layout in load_layouts(family)
        if layout.id == layout_id
    )


def whole_row(layout: Layout, cells: Mapping[str, str]) -> dict[str, str]:
    """A record as the reader makes it: every column of the header."""
    if layout.columns is None:
        return dict(cells)
    assert cells.keys() <= set(layout.columns)
    return {**dict.fromkeys(layout.columns, ""), **cells}


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    scratch = new_scratch()
    for layout_id, (cells, _) in ROWS.items():
        family, layout = shared(layout_id)
        rows = landed(layout_id, [whole_row(layout, cells)], collection="contratos")
        scratch.insert(f"landed.{family}", rows)
    _, layout = shared("compranet_39")
    blank = {
        "columna 1" if name == "GOBIERNO" else name: text
        for name, text in whole_row(layout, UPPER_39).items()
    }
    scratch.insert("landed.compranet", landed("blank_header", [blank, blank], collection="contratos"))
    scratch.insert("landed.compranet", landed("unknown", [{"a": "b"}, {"c": "d"}], collection="contratos"))
    scratch.declare_layout("invented", INVENTED_LAYOUT)
    scratch.insert(
        "landed.contract_sheets",
        landed(
            "invented",
            [{**dict.fromkeys(INVENTED_LAYOUT["columns"], ""), **row} for row in INVENTED_ROWS],
            collection="contratos",
        ),
    )
    scratch.declare_layout("drifted", INVENTED_LAYOUT)
    scratch.insert(
        "landed.contract_sheets",
        landed("drifted", [DRIFTED, DRIFTED, DRIFTED | {"Firma": "x"}], collection="contratos"),
    )
    damaged = {**ROWS["compranet_13"][0], "NOMBRE UC": "DIRECCIÃ“N DE COMPRAS", "CARACTER": "ÃšNICO"}
    scratch.insert("landed.compranet", landed("damaged", [damaged], collection="contratos"))
    scratch.dbt("run", "--select", *MODELS)
    return scratch  # fmt: skip


def read(scratch: Scratch, source_id: str) -> list[dict[str, Any]]:
    """The canonical rows of a source as far as something is in them, JSON read."""
    found = [
        row
        for model in MODELS
        for row in scratch.rows(
            f"select * from staging.{model} where source_id = '{source_id}' order by slice_id, ordinal"
        )
    ]
    return [
        {
            name: as_read(name, value)
            for name, value in row.items()
            if name not in PLACES and value is not None
        }
        for row in found
    ]


def as_read(name: str, value: Any) -> Any:
    if name == "repairs":
        return [tuple(element.values()) for element in json.loads(value)]
    return json.loads(value) if name in LIST_FIELDS else value


@pytest.mark.parametrize("layout_id", ROWS)
def test_a_row_of_each_layout(built: Scratch, layout_id: str) -> None:
    assert read(built, layout_id) == [ROWS[layout_id][1]]


def test_every_shared_layout_has_its_row() -> None:
    layouts = [layout.id for family in ("compranet", "contract_sheets") for layout in load_layouts(family)]

    assert list(ROWS) == layouts


def test_the_file_of_2015_without_first_header_reads_like_the_others(built: Scratch) -> None:
    assert read(built, "blank_header") == [READ_39]
    assert drift(built, "blank_header") == {("columna 1", "new", 1), ("GOBIERNO", "missing", 1)}


def test_a_layout_of_a_declaration_needs_no_code(built: Scratch) -> None:
    assert read(built, "invented") == INVENTED_READ
    assert drift(built, "invented") == set()


def test_columns_that_are_new_or_missing_are_told_with_their_rows(built: Scratch) -> None:
    assert drift(built, "drifted") == {("Observaciones", "new", 2), ("Modalidad", "missing", 2)}
    assert [row.get("contract_number") for row in read(built, "drifted")] == ["003/25", "003/25"]


def test_a_header_nobody_knows_makes_its_rows_unusable(built: Scratch) -> None:
    assert read(built, "unknown") == [{"has_contract": False, "unusable_reason": "unknown_layout"}] * 2
    shapes = built.rows("select layout, row_type, rows from landed.shapes where source_id = 'unknown'")
    assert shapes == [{"layout": None, "row_type": None, "rows": 1}] * 2


def test_damaged_texts_are_repaired_before_anything_is_read(built: Scratch) -> None:
    [row] = read(built, "damaged")

    expected = ROWS["compranet_13"][1]
    assert row == {
        **expected,
        "scope": "ÚNICO",
        "repairs": [
            ("double_encoding", "NOMBRE UC", "DIRECCIÃ“N DE COMPRAS", "DIRECCIÓN DE COMPRAS"),
            ("double_encoding", "CARACTER", "ÃšNICO", "ÚNICO"),
            *expected["repairs"],
        ],
    }
    [published] = built.rows("select record from published.compranet where source_id = 'damaged'")
    assert "DIRECCIÃ“N" in published["record"]


def drift(scratch: Scratch, source_id: str) -> set[tuple[Any, ...]]:
    found = scratch.rows(f"select * from landed.drift where source_id = '{source_id}'")
    return {(row["column_name"], row["change"], row["rows"]) for row in found}


def test_sql_and_python_name_the_same_fields() -> None:
    """The macro that says what a field's text is and the module that says which fields a layout may name."""
    text = (PROJECT / "macros" / "layouts.sql").read_text(encoding="utf-8")
    fields = text.split("macro contract_fields()")[1].split("endmacro")[0]
    lists = text.split("macro contract_lists()")[1].split("endmacro")[0]

    assert named(fields) == dict(CONTRACT_FIELDS)
    assert list(named(lists)) == list(
        dict.fromkeys(member for members in LIST_FIELDS.values() for member in members)
    )
    assert [name for name in LIST_FIELDS if f"'{name}': {{" in lists] == list(LIST_FIELDS)


def named(macro: str) -> dict[str, str]:
    """The entries 'name': 'kind' of a mapping in a macro."""
    entries = (part.strip().split(": ") for part in macro.replace("{", ",").replace("}", ",").split(","))
    return {
        name.strip("'"): kind.strip("'") for name, kind in (entry for entry in entries if len(entry) == 2)
    }


def test_real_contracts_of_comprasmx(new_scratch: Callable[[], Scratch], shared_data: Path) -> None:
    scratch = new_scratch()
    path = shared_data / "tabular" / "comprasmx" / "contratos_2026.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = landed("comprasmx_2026", list(csv.DictReader(stream)), collection="contratos")
    scratch.insert("landed.compranet", rows)

    scratch.dbt("run", "--select", "stg_compranet__contracts")

    [totals] = scratch.rows(
        "select count(*) as contracts, count(distinct procedure_number) as procedures, sum(amount) as amount, "
        "count(unreadable_columns) as unreadable, count(unusable_reason) as unusable, "
        "count(distinct layout) as layouts from staging.stg_compranet__contracts"
    )
    assert totals == {
        "contracts": 3983,
        "procedures": 2126,
        "amount": Decimal("39892159985.00"),
        "unreadable": 0,
        "unusable": 0,
        "layouts": 1,
    }
    assert scratch.rows("select * from landed.drift") == []
    # The start of the contract is dd/mm/yyyy in every row.
    assert repairs_by_kind(scratch, "stg_compranet__contracts")["date_form"] == 3983


def test_real_contracts_of_the_municipality_of_chihuahua(
    new_scratch: Callable[[], Scratch], shared_data: Path, repository: Path
) -> None:
    """197 columns, twenty bidders side by side, by the layout in the source's declaration."""
    scratch = new_scratch()
    [source] = [found for found in load_sources(repository / "sources") if found.id == "chihuahua_contratos"]
    assert source.layout is not None
    records = chihuahua_contracts(shared_data)
    scratch.declare_layout(source.id, source.layout)
    scratch.insert("landed.contract_sheets", landed(source.id, records, collection="contratos"))

    scratch.dbt("run", "--select", "stg_contract_sheets__contracts")

    model = "staging.stg_contract_sheets__contracts"
    [totals] = scratch.rows(
        "select count(*) as contracts, sum(amount) as amount, count(*) filter (bidders is not null) as with_bidders, "
        "sum(json_array_length(bidders)) as bidders, count(budget_amount) as budgets, "
        f"count(unreadable_columns) as unreadable, count(unusable_reason) as unusable from {model}"
    )
    offers = sum(
        any(record[f"{member}_emp{number}"].strip() for member in ("Nombre", "Monto"))
        for record in records
        for number in range(1, 21)
    )
    assert totals == {
        "contracts": 1932,
        "amount": Decimal("1690688901.98"),
        "with_bidders": 1932,
        "bidders": offers,
        "budgets": sum(bool(record["Monto_presupuestado"]) for record in records),
        "unreadable": 0,
        "unusable": 0,
    }
    assert scratch.rows("select * from landed.drift") == []
    methods = scratch.rows(f"select procedure_type, count(*) as n from {model} group by all order by n")
    assert {row["procedure_type"]: row["n"] for row in methods} == {
        "Invitación restringida": 24,
        "Licitación pública": 445,
        "Adjudicación directa": 1463,
    }
    assert set(repairs_by_kind(scratch, "stg_contract_sheets__contracts")) == {
        "blanks",
        "rfc_form",
        "placeholder",
    }


def repairs_by_kind(scratch: Scratch, model: str) -> Counter[str]:
    found = scratch.rows(f"select repairs from staging.{model} where repairs is not null")
    return Counter(element["kind"] for row in found for element in json.loads(row["repairs"]))
