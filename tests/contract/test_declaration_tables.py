"""Declarations from what a service gave to the rows that are published: real redaction, real dbt."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.standards import view_pdn
from pipelines.standards.redact_declaration import DeclarationRedactor
from pipelines.standards.view_rows import PdnRow
from tests.contract.scratch import RAW, Scratch
from tests.unit.standards.declarations import DECLARANT, MONEY, SPOUSE, complete, simplified

KEYS = {"slice_id", "source_id", "record_id", "ordinal"}
WEALTH = "/declaracion/situacionPatrimonial"


def _whole() -> dict[str, Any]:
    record = complete(
        bienesInmuebles=[
            {"titular": SPOUSE, "valorAdquisicion": {"valor": 7, "moneda": "MXN"}},
            {
                "tipoOperacion": "AGREGAR",
                "tipoInmueble": {"clave": "CASA", "valor": "CASA"},
                "titular": DECLARANT,
                "porcentajePropiedad": 50,
                "superficieTerreno": {"valor": 120, "unidad": "m2"},
                "transmisor": [
                    {"tipoPersona": "MORAL", "nombreRazonSocial": "CASAS, S.A.", "rfc": "CUR950920ER0"}
                ],
                "formaAdquisicion": {"clave": "CPV", "valor": "DONACIÓN"},
                "valorAdquisicion": {"valor": 1234567.8, "moneda": "MXN"},
                "fechaAdquisicion": "2010-07-26",
                "datoIdentificacion": "F2019345",
            },
        ],
        adeudos=[
            {
                "titular": DECLARANT,
                "tipoAdeudo": {"clave": "XXX", "valor": "OTRO"},
                "montoOriginal": MONEY,
                "otorganteCredito": {
                    "tipoPersona": "FISICA",
                    "nombreInstitucion": "Rosa López",
                    "rfc": "VACE460910SX6",
                },
            }
        ],
        prestamoOComodato=[
            {
                "tipoBien": {
                    "vehiculo": {"tipo": {"clave": "AUMOT"}, "marca": "Seat", "modelo": "Ibiza", "anio": 2010}
                }
            }
        ],
        fideicomisos=[
            {
                "tipoRelacion": "DECLARANTE",
                "tipoFideicomiso": "PRIVADO",
                "tipoParticipacion": "FIDUCIARIO",
                "rfcFideicomiso": "CUR950920ER0",
                "fideicomitente": {
                    "tipoPersona": "MORAL",
                    "nombreRazonSocial": "CASAS, S.A.",
                    "rfc": "CUR950920ER0",
                },
                "extranjero": "MX",
            }
        ],
        participacion=[
            {
                "tipoRelacion": "DECLARANTE",
                "nombreEmpresaSociedadAsociacion": "CASAS, S.A.",
                "tipoParticipacion": {"clave": "SCIO", "valor": "SOCIO"},
                "montoMensual": MONEY,
                "recibeRemuneracion": True,
            }
        ],
    )
    wealth = record["declaracion"]["situacionPatrimonial"]
    wealth["ingresos"] |= {
        "otrosIngresosAnualesTotal": {"valor": 300, "moneda": "MXN"},
        "otrosIngresos": {
            "remuneracionTotal": {"valor": 300, "moneda": "MXN"},
            "ingresos": [{"remuneracion": {"valor": 300, "moneda": "MXN"}, "tipoIngreso": "Sorteo"}],
        },
        "ingresoAnualNetoDeclarante": {"valor": 1300, "moneda": "MXN"},
        "totalIngresosAnualesNetos": {"valor": 1800, "moneda": "MXN"},
    }
    return record


@pytest.fixture(scope="module")
def built(new_scratch: Callable[[], Scratch]) -> Scratch:
    rows = [
        PdnRow(
            "s@g1",
            "s",
            "s1",
            "v2",
            "declaraciones",
            "d-1",
            json.dumps(record),
            ordinal,
            RAW,
            1,
            f"/{ordinal}",
        )
        for ordinal, record in enumerate((_whole(), simplified()))
    ]
    public = view_pdn.publish_records(rows, {"s1_v2": DeclarationRedactor()}).pdn_records
    scratch = new_scratch()
    columns = {row["column_name"] for row in scratch.rows("describe public_view.pdn_records")}
    scratch.insert(
        "public_view.pdn_records",
        [{name: value for name, value in row._asdict().items() if name in columns} for row in public],
    )
    scratch.insert(
        "landed.generations",
        [{"slice_id": "s@g1", "source_id": "s", "fetched_at": datetime(2026, 11, 21, 12)}],
    )
    scratch.dbt(
        "build",
        "--select",
        "pdn_s1_*",
        "+quality_pdn_declarations,path:seeds",
        "--exclude-resource-type",
        "unit_test",
    )
    scratch.dbt("build", "--select", "quality_pdn_declarations", "--exclude-resource-type", "unit_test")
    return scratch


def table(scratch: Scratch, name: str, ordinal: int) -> list[dict[str, Any]]:
    rows = scratch.rows(f"select * from standard.pdn_s1_{name} where ordinal = {ordinal} order by all")
    return [
        {key: value for key, value in row.items() if value is not None and key not in KEYS} for row in rows
    ]


def test_a_declaration_is_one_row(built: Scratch) -> None:
    (row,) = table(built, "declaraciones", 1)
    assert row == {
        "actualizacion": datetime(2025, 5, 30, 12),
        "institucion": "Secretaría de la Honestidad",
        "tipo": "MODIFICACION",
        "declaracion_completa": False,
        "actualizacion_conflicto_interes": False,
        "nombre": "Ernesto",
        "primer_apellido": "Gómez",
        "segundo_apellido": "Díaz",
        "nombre_ente_publico": "Secretaría de la Honestidad",
        "empleo_cargo_comision": "Auditor",
        "fecha_toma_posesion": date(2020, 1, 1),
        "remuneracion_cargo_publico": Decimal("1000.00"),
        "ingreso_neto_declarante": Decimal("1000.00"),
        "moneda": "MXN",
        "name_status": "public",
    }


def test_income_is_one_row_an_amount_and_nothing_of_the_partner(built: Scratch) -> None:
    income = {"seccion": "ingresos", "periodo": "anual", "moneda": "MXN"}
    assert table(built, "ingresos", 0) == [
        {
            **income,
            "path": f"{WEALTH}/ingresos/{path}",
            "concepto": concept,
            "es_renglon": line,
            "monto": Decimal(amount),
            **more,
        }
        for path, concept, line, amount, more in (
            ("ingresoAnualNetoDeclarante", "neto_declarante", False, 1300, {}),
            ("otrosIngresos/ingresos/0", "otros_ingresos", True, 300, {"tipo_valor": "Sorteo"}),
            ("otrosIngresos/remuneracionTotal", "otros_ingresos", False, 300, {}),
            ("otrosIngresosAnualesTotal", "otros_ingresos_total", False, 300, {}),
            ("remuneracionAnualCargoPublico", "cargo_publico", False, 1000, {}),
        )
    ]


def test_assets_are_the_public_items_of_six_sections(built: Scratch) -> None:
    assert table(built, "bienes", 0) == [
        {
            "path": f"{WEALTH}/adeudos/adeudo/0",
            "seccion": "adeudos",
            "tipo_clave": "XXX",
            "tipo_valor": "OTRO",
            "titular_clave": "DEC",
            "monto": Decimal("1000.00"),
            "moneda": "MXN",
        },
        {
            "path": f"{WEALTH}/bienesInmuebles/bienInmueble/0",
            "seccion": "bienesInmuebles",
            "tipo_operacion": "AGREGAR",
            "tipo_clave": "CASA",
            "tipo_valor": "CASA",
            "titular_clave": "DEC",
            "porcentaje_propiedad": Decimal(50),
            "superficie_terreno": Decimal(120),
            "superficie_terreno_unidad": "m2",
            "forma_adquisicion_clave": "CPV",
            "forma_adquisicion_valor": "DONACIÓN",
            "monto": Decimal("1234567.80"),
            "moneda": "MXN",
            "fecha_adquisicion": date(2010, 7, 26),
            "transmisor_tipo_persona": "MORAL",
            "transmisor_nombre": "CASAS, S.A.",
        },
        {
            "path": f"{WEALTH}/prestamoOComodato/prestamo/0",
            "seccion": "prestamoOComodato",
            "tipo_clave": "AUMOT",
            "marca": "Seat",
            "modelo": "Ibiza",
            "anio": 2010,
        },
    ]


def test_interests_of_all_sections_are_one_table(built: Scratch) -> None:
    assert table(built, "intereses", 0) == [
        {
            "path": "/declaracion/interes/fideicomisos/fideicomiso/0",
            "seccion": "fideicomisos",
            "tipo_relacion": "DECLARANTE",
            "tipo_clave": "PRIVADO",
            "rfc_persona_moral": "CUR950920ER0",
            "rol": "FIDUCIARIO",
            "contraparte_nombre": "CASAS, S.A.",
            "contraparte_rfc_persona_moral": "CUR950920ER0",
            "tipo_persona": "MORAL",
            "pais": "MX",
        },
        {
            "path": "/declaracion/interes/participacion/participacion/0",
            "seccion": "participacion",
            "tipo_relacion": "DECLARANTE",
            "tipo_clave": "SCIO",
            "tipo_valor": "SOCIO",
            "nombre": "CASAS, S.A.",
            "recibe_remuneracion": True,
            "monto": Decimal("1000.00"),
            "moneda": "MXN",
        },
    ]


def test_every_section_says_what_became_of_it(built: Scratch) -> None:
    told = {row["seccion"]: row for row in table(built, "secciones", 0)}
    assert len(told) == 22
    assert told["situacionPatrimonial/bienesInmuebles"] == {
        "seccion": "situacionPatrimonial/bienesInmuebles",
        "estado": "partly_public",
        "items_recibidos": 2,
        "items_publicados": 1,
    }
    assert {row["estado"] for row in told.values()} == {
        "published",
        "partly_public",
        "not_public",
        "declared_empty",
        "not_required",
    }


def test_codes_labels_and_repeated_ids_are_found(built: Scratch) -> None:
    failed = built.rows(
        """
        select failure.rule_id, '/' || entity_key as position, failure.path, failure.value
        from (select entity_key, unnest(failures) as failure from quality.quality_pdn_declarations)
        order by all
        """
    )
    assert [tuple(row.values()) for row in failed] == [
        ("PDN-C01", "/0", f"{WEALTH}/adeudos/adeudo/0/tipoAdeudo/clave", "XXX"),
        ("PDN-C02", "/0", f"{WEALTH}/bienesInmuebles/bienInmueble/0/formaAdquisicion/valor", "CPV: DONACIÓN"),
        ("PDN-I01", "/0", "/id", "d-1"),
        ("PDN-I01", "/1", "/id", "d-1"),
    ]
