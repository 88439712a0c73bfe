"""Small declarations of S1 for tests: what each test adds to is all that matters in it."""

import copy
from typing import Any

MONEY = {"valor": 1000, "moneda": "MXN"}
DECLARANT = [{"clave": "DEC", "valor": "DECLARANTE"}]
SPOUSE = [{"clave": "CYG", "valor": "CÓNYUGE"}]

_SIMPLIFIED: dict[str, Any] = {
    "id": "d-1",
    "metadata": {
        "actualizacion": "2025-05-30T12:00:00Z",
        "institucion": "Secretaría de la Honestidad",
        "tipo": "MODIFICACIÓN",
        "declaracionCompleta": False,
        "actualizacionConflictoInteres": False,
    },
    "declaracion": {
        "situacionPatrimonial": {
            "datosGenerales": {
                "nombre": "Ernesto",
                "primerApellido": "Gómez",
                "segundoApellido": "Díaz",
                "curp": "BOXW310820HNERXN09",
                "rfc": {"rfc": "BOXW310820", "homoClave": "GR8"},
                "correoElectronico": {"institucional": "e@x.gob.mx", "personal": "e@x.mx"},
            },
            "datosCurricularesDeclarante": {
                "escolaridad": [{"nivel": {"clave": "LIC", "valor": "LICENCIATURA"}, "estatus": "FINALIZADO"}]
            },
            "datosEmpleoCargoComision": {
                "nombreEntePublico": "Secretaría de la Honestidad",
                "empleoCargoComision": "Auditor",
                "fechaTomaPosesion": "2020-01-01",
            },
            "experienciaLaboral": {"ninguno": True},
            "ingresos": {
                "remuneracionAnualCargoPublico": MONEY,
                "ingresoAnualNetoDeclarante": MONEY,
                "ingresoAnualNetoParejaDependiente": {"valor": 500, "moneda": "MXN"},
                "totalIngresosAnualesNetos": {"valor": 1500, "moneda": "MXN"},
            },
        }
    },
}
ITEM_LISTS = {
    "bienesInmuebles": "bienInmueble",
    "vehiculos": "vehiculo",
    "bienesMuebles": "bienMueble",
    "inversiones": "inversion",
    "adeudos": "adeudo",
    "prestamoOComodato": "prestamo",
}
INTEREST_LISTS = {
    "participacion": "participacion",
    "participacionTomaDecisiones": "participacion",
    "apoyos": "apoyo",
    "representacion": "representacion",
    "clientesPrincipales": "cliente",
    "beneficiosPrivados": "beneficio",
    "fideicomisos": "fideicomiso",
}


def simplified() -> dict[str, Any]:
    """A simplified MODIFICACIÓN, valid against its OpenAPI file."""
    return copy.deepcopy(_SIMPLIFIED)


def complete(**items: list[dict[str, Any]]) -> dict[str, Any]:
    """A complete MODIFICACIÓN; of each section the given items, `ninguno: true` where none are given."""
    record = simplified()
    record["metadata"]["declaracionCompleta"] = True
    declaration = record["declaracion"]
    declaration["situacionPatrimonial"] |= {
        name: _section(key, items.get(name)) for name, key in ITEM_LISTS.items()
    }
    declaration["interes"] = {name: _section(key, items.get(name)) for name, key in INTEREST_LISTS.items()}
    return record


def _section(key: str, items: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {"ninguno": True} if items is None else {"ninguno": False, key: items}
