"""Records of PDN v2, as a state's Directus holds them: S2 and the four collections of S3.

Here: the records with every field, those included that the public role can't read (ids of S2, CURP, RFC, addresses,
directors, names of no graves), and the defects that the standard, PDN's capture tool and its migration bring about.
Not here: what a role is answered (`directus.py`), v1 (`pdn.py`).
"""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import Defect, Planter, personal_note
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from pipelines.sandbox.people import Person, make_company, make_person
from pipelines.sandbox.procurement import ANCHOR
from pipelines.sandbox.vocabulary import (
    ENTITIES,
    FACTS_S3P,
    FACTS_S3S,
    GOODS,
    MUNICIPALITIES,
    POSITIONS,
    STATE_BODIES,
)

OFFICIALS = "servidores_intervengan_procedimientos_contrataciones"
GRAVES = "faltas_administrativas_graves"
NO_GRAVES = "faltas_administrativas_no_graves"
FISICAS = "faltas_graves_personas_fisicas"
MORALES = "faltas_graves_personas_morales"
RECORDS = {OFFICIALS: 700, GRAVES: 220, NO_GRAVES: 260, FISICAS: 120, MORALES: 110}

GRAVE_FAULTS = (
    "ABUSO_FUNCIONES",
    "COHECHO",
    "PECULADO",
    "DESVIO_RECURSOS_PUBLICOS",
    "CONFLICTO_INTERES",
    "TRAFICO_INFLUENCIAS",
    "DESACATO",
    "NEPOTISMO",
    "OBSTRUCCION",
    "OTRO",
)
# The standard's code of a fault that isn't grave, and the tool's.
NO_GRAVE_FAULTS = {
    "CUMPLIR_FUNCIONES": "CUMPLIR_FUNCIONES_DISCIPLINA_RESPETO",
    "DENUNCIAR_FALTAS": "DENUNCIAR_FALTAS_ADMINISTRATIVAS",
    "DECLARACIONES": "DECLARACIONES_PATRIMONIALES_INTERESES",
    "RENDIR_CUENTAS": "RENDIR_CUENTAS_FUNCIONES",
    "CAUSAR_DANOS": "CAUSAR_DANOS_HACIENDA",
}
PARTY_FAULTS = ("SOBORNO", "COLUSION", "TRAFICO_INFLUENCIAS", "UTILIZACION_INFORMACION_FALSA", "OTRO")
RANKS = (
    "OPERATIVO_HOMOLOGO",
    "ENLACE_HOMOLOGO",
    "JEFATURA_DEPTO_HOMOLOGO",
    "DIRECCION_HOMOLOGO",
    "DG_HOMOLOGO",
)
ORIGINS = ("AUDITORIA_OIC", "DENUNCIA", "DE_OFICIO")
AREAS = ("AREA_RESPONSABLE_CONTRATACION", "AREA_TECNICA", "AREA_REQUIRENTE", "INTEGRANTE_COMITE")
LEVELS = ("ELABORAR (A)", "REVISAR (B)", "FIRMAR (C)", "SUPERVISAR (D)")
PROCEDURES: Mapping[str, float] = {
    "CONTRATACION_PUBLICA": 0.7,
    "OTORGAMIENTO_CONCECIONES": 0.15,
    "ENAJENACION_BIENES": 0.1,
    "DICTAMEN_VALUATORIO": 0.05,
}
SEXES = {"F": "MUJER", "M": "HOMBRE"}

Record = dict[str, Any]
Maker = Callable[[random.Random, str], Record]


def official(rng: random.Random, entity: str) -> Record:
    """S2: an official who takes part in one kind of procedure."""
    person = make_person(rng, entity)
    kind = rng.choices(list(PROCEDURES), list(PROCEDURES.values()))[0]
    record: Record = {
        **_head(rng),
        "ejercicio": rng.randint(2019, 2026),
        "tipoProcedimiento": kind,
        "datosGenerales": {
            "nombre": person.names,
            "primerApellido": person.first_surname,
            "segundoApellido": person.second_surname,
            "curp": person.curp,
            "rfc": person.rfc,
            "sexo": SEXES[person.gender],
        },
        "empleoCargoComision": _job(rng, entity),
        "tipoContratacion": [],
        "otorgamientoConcesion": None,
        "enajenacionBien": None,
        "avaluosJustipreciacion": None,
        "Observaciones": None,
    }
    if kind == "CONTRATACION_PUBLICA":
        record["tipoContratacion"] = [_contract(rng, entity)]
    elif kind == "OTORGAMIENTO_CONCECIONES":
        record["otorgamientoConcesion"] = _grant(rng, entity)
    else:
        name, levels, data = {
            "ENAJENACION_BIENES": (
                "enajenacionBien",
                ("nivelesResponsabilidadesEnajenaciones", "autorizacionesDictamenes"),
                "datosEnajenacionesBienes",
            ),
            "DICTAMEN_VALUATORIO": (
                "avaluosJustipreciacion",
                ("nivelesResponsabilidadesAvaluos", "propuestasAsignaciones"),
                "datosDictaminacionesAvaluos",
            ),
        }[kind]
        record[name] = {
            levels[0]: {levels[1]: rng.choice(LEVELS)},
            data: {**_procedure_dates(rng), "descripcion": f"Expediente de {rng.choice(GOODS).noun}"},
            "continuaParticipando": rng.choice(("SI", "NO")),
        }
    return record


def grave(rng: random.Random, entity: str) -> Record:
    """S3: an official sanctioned for a grave fault."""
    resolved = _day(rng)
    code = rng.choice(GRAVE_FAULTS)
    sanctions = [_barred(rng, resolved)] if rng.random() < 0.6 else []
    if rng.random() < 0.5 or not sanctions:
        sanctions.append({"clave": "SANCION_ECONOMICA", "sancionEconomica": _economic(rng, resolved)})
    return {
        **_sanction_head(rng, resolved),
        "datosGenerales": _servant(make_person(rng, entity)),
        "empleoCargoComision": _job(rng, entity),
        "faltaCometida": [_fault(code, rng.choice(FACTS_S3S))],
        "resolucion": _ruling(rng, entity, resolved, addresses=True),
        "tipoSancion": sanctions,
    }


def no_grave(rng: random.Random, entity: str) -> Record:
    """S3: an official sanctioned for a fault that isn't grave; the name is in the record and may not be shown."""
    resolved = _day(rng)
    suspended = {
        "clave": "SUSPENSION",
        "suspensionEmpleo": {
            "plazoMeses": 0,
            "plazoDias": (days := rng.choice((5, 15, 30))),
            **_span(resolved, timedelta(days=days)),
        },
    }
    admonished = {"clave": "AMONESTACION", "amonestacion": {"tipo": rng.choice(("PUBLICA", "PRIVADA"))}}
    return {
        **_sanction_head(rng, resolved),
        "datosGenerales": _servant(make_person(rng, entity)),
        "empleoCargoComision": _job(rng, entity),
        "faltaCometida": [_fault(rng.choice(list(NO_GRAVE_FAULTS)), rng.choice(FACTS_S3S))],
        "resolucion": _ruling(rng, entity, resolved, addresses=False),
        "tipoSancion": [rng.choice((suspended, admonished))],
    }


def natural_party(rng: random.Random, entity: str) -> Record:
    """S3: a natural person sanctioned, with address and keys that only authorities may see."""
    resolved = _day(rng)
    person = make_person(rng, entity)
    return {
        **_party(rng, entity, resolved),
        "datosGenerales": {
            **_name(person),
            "curp": person.curp,
            "rfc": person.rfc,
            "tipoDomicilio": "MEXICO",
            "domicilioMexico": _address(person),
            "domicilioExtranjero": None,
        },
    }


def legal_party(rng: random.Random, entity: str) -> Record:
    """S3: a company sanctioned, with the director and representative that only authorities may see."""
    resolved = _day(rng)
    company = make_company(rng, entity)
    people = {"directorGeneral": company.representative, "representanteLegal": make_person(rng, entity)}
    return {
        **_party(rng, entity, resolved),
        "datosGenerales": {
            "nombreRazonSocial": company.name,
            "rfc": company.rfc,
            "objetoSocial": f"Comercialización de {rng.choice(GOODS).noun}",
            "tipoDomicilio": "MEXICO",
            "domicilioMexico": _address(company.representative),
            "domicilioExtranjero": None,
        },
        "datosDirGeneralReprLegal": {
            role: {
                "nombre": person.names,
                "primerApellido": person.first_surname,
                "segundoApellido": person.second_surname,
                "curp": person.curp,
                "rfc": person.rfc,
            }
            for role, person in people.items()
        },
    }


MAKERS: Mapping[str, Maker] = {
    OFFICIALS: official,
    GRAVES: grave,
    NO_GRAVES: no_grave,
    FISICAS: natural_party,
    MORALES: legal_party,
}


def make_collections(order: Order) -> Made:
    """The declared collections of a state's Directus and the count of each planted defect."""
    rng, source = order.rng, order.source
    planter = Planter(DEFECTS)
    drafts = []
    for collection in source.parameters["collections"]:
        make = MAKERS[collection["name"]]
        # A state has its own size: between 92 % and 108 % of the usual one.
        count = max(round(RECORDS[collection["name"]] * order.scale * rng.uniform(0.92, 1.08)), 3)
        records = []
        for _ in range(count):
            record = make(rng, source.entity)
            record_id = str(record["id"])
            records.append((record_id, orjson.dumps(planter.plant(record, planter.draw(rng)))))
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), records))
    return drafts, planter.planted


# -- parts ----------------------------------------------------------------------------------------------


def _head(rng: random.Random) -> Record:
    created = ANCHOR - timedelta(seconds=rng.randint(0, 2 * 365 * 86_400))
    return {
        "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "date_created": f"{created.isoformat()}.{rng.randint(0, 999):03d}Z",
        "date_updated": None,
        "fecha": f"{created:%Y-%m-%d}",
        "entePublico": {"nombre": "Secretaría Ejecutiva del Sistema Estatal Anticorrupción"},
    }


def _sanction_head(rng: random.Random, resolved: date) -> Record:
    return {
        **_head(rng),
        "expediente": f"OIC/{rng.randint(1, 400):03d}/{resolved:%Y}",
        "observaciones": " ",
        "origenProcedimiento": {"clave": rng.choice(ORIGINS), "valor": None},
    }


def _party(rng: random.Random, entity: str, resolved: date) -> Record:
    body, acronym = rng.choice(STATE_BODIES)
    sanctions: list[Record] = [{"clave": "INDEMNIZACION", "indemnizacion": _economic(rng, resolved)}]
    if rng.random() < 0.6:
        sanctions.append(_barred(rng, resolved))
    return {
        **_sanction_head(rng, resolved),
        "dondeCometioLaFalta": {
            "entidadFederativa": entity,
            "nivelOrdenGobierno": "ESTATAL",
            "ambitoPublico": "EJECUTIVO",
            "nombreEntePublico": body.format(place=ENTITIES[entity].name),
            "siglasEntePublico": acronym,
        },
        "faltaCometida": [_fault(rng.choice(PARTY_FAULTS), rng.choice(FACTS_S3P))],
        "resolucion": _ruling(rng, entity, resolved, addresses=True),
        "tipoSancion": sanctions,
    }


def _job(rng: random.Random, entity: str) -> Record:
    municipal = rng.random() < 0.3
    body, acronym = rng.choice(STATE_BODIES)
    key, town = rng.choice(MUNICIPALITIES[entity])
    post, _ = rng.choice(POSITIONS)
    return {
        "entidadFederativa": entity,
        "nivelOrdenGobierno": "MUNICIPAL_ALCALDIA" if municipal else "ESTATAL",
        "ambitoPublico": "EJECUTIVO",
        "nombreEntePublico": f"Municipio de {town}"
        if municipal
        else body.format(place=ENTITIES[entity].name),
        "siglasEntePublico": f"M{key}" if municipal else acronym,
        "nivelJerarquico": {"clave": rng.choice(RANKS), "valor": None},
        "denominacion": post,
        "areaAdscripcion": "Dirección de Administración",
    }


def _name(person: Person) -> Record:
    return {
        "nombres": person.names,
        "primerApellido": person.first_surname,
        "segundoApellido": person.second_surname,
    }


def _servant(person: Person) -> Record:
    return {**_name(person), "curp": person.curp, "rfc": person.rfc, "sexo": SEXES[person.gender]}


def _address(person: Person) -> Record:
    address = person.address
    return {
        "tipoVialidad": "CALLE",
        "nombreVialidad": address.street,
        "numeroExterior": address.number,
        "numeroInterior": None,
        "coloniaLocalidad": address.neighbourhood,
        "municipioAlcaldia": address.municipality,
        "codigoPostal": address.postal_code,
        "entidadFederativa": address.entity,
    }


def _fault(code: str, facts: str) -> Record:
    return {
        "clave": code,
        "valor": "Falta prevista en la ley local" if code == "OTRO" else None,
        "descripcionHechos": facts,
        "normatividadInfringida": [{"nombreNormatividad": "LGRA", "articulo": "57", "fraccion": None}],
    }


def _ruling(rng: random.Random, entity: str, resolved: date, *, addresses: bool) -> Record:
    final = resolved + timedelta(days=rng.randint(15, 60))
    court = f"Tribunal de Justicia Administrativa de {ENTITIES[entity].name}"
    ruling: Record = {
        "tituloResolucion": f"Resolución {rng.randint(1, 900)}/{resolved:%Y}",
        "fechaResolucion": f"{resolved}",
        "fechaNotificacion": f"{resolved + timedelta(days=5)}",
        "fechaResolucionFirme": f"{final}",
        "fechaNotificacionFirme": f"{final + timedelta(days=5)}",
        "fechaEjecucion": None,
        "autoridadResolutora": court,
        "autoridadInvestigadora": "Autoridad Investigadora del OIC",
        "autoridadSusbstanciadora": "Autoridad Substanciadora del OIC",
    }
    if addresses:
        number = rng.randint(1000, 99999)
        ruling["urlResolucion"] = f"https://transparencia.ejemplo.gob.mx/resoluciones/{number}.pdf"
        ruling["urlResolucionFirme"] = f"https://transparencia.ejemplo.gob.mx/firmes/{number}.pdf"
        ruling["ordenJurisdiccional"] = "ESTATAL"
    return ruling


def _barred(rng: random.Random, resolved: date) -> Record:
    years = rng.choice((1, 2, 5))
    return {
        "clave": "INHABILITACION",
        "inhabilitacion": {
            "plazoAnios": years,
            "plazoMeses": 0,
            "plazoDias": 0,
            **_span(resolved, timedelta(days=round(years * 365.25))),
        },
    }


def _span(resolved: date, length: timedelta) -> Record:
    begins = resolved + timedelta(days=20)
    return {"fechaInicial": f"{begins}", "fechaFinal": f"{begins + length}"}


def _economic(rng: random.Random, resolved: date) -> Record:
    amount = round(rng.lognormvariate(10.4, 1.1), 2)
    paid = rng.random() < 0.4
    collected = {"monto": amount, "moneda": "MXN", "fechaCobro": f"{resolved + timedelta(days=90)}"}
    return {
        "monto": amount,
        "moneda": "MXN",
        "plazoPago": {"anios": 0, "meses": rng.choice((1, 3, 6)), "dias": 0},
        "efectivamenteCobrado": collected if paid else None,
        "fechaPagoTotal": None,
    }


def _contract(rng: random.Random, entity: str) -> Record:
    works = rng.random() < 0.3
    name, levels = (
        ("contratacionObra", "nivelResponsabilidadObra")
        if works
        else ("contratacionAdquisicion", "nivelResponsabilidadContratacion")
    )
    supplier = make_company(rng, entity)
    procedure = {
        **_procedure_dates(rng),
        "tipoProcedimiento": rng.choice(("LICITACION_NACIONAL", "LICITACION_INTERNACIONAL", "ADJUDICACION")),
        "materia": rng.choice(("ARRENDAMIENTO", "ADQUICISION", "SERVICIOS")),
    }
    return {
        "clave": "CONTRATACION_OBRAS" if works else "CONTRATACION_ADQUISICIONES",
        name: {
            "tipoArea": rng.choice(AREAS),
            levels: {
                "autorizacionDictamen": rng.choice(LEVELS),
                "evaluacionProposiciones": rng.choice(LEVELS),
            },
            "datosGeneralesProcedimientos": [procedure],
            "informacionPersonasBeneficiarias": {"razonSocial": supplier.name, "nombre": None},
            "continuaParticipando": rng.choice(("SI", "NO")),
        },
    }


def _grant(rng: random.Random, entity: str) -> Record:
    begins = _day(rng)
    return {
        "tipoActo": rng.choice(("CONCECIONES", "LICENCIAS", "PERMISOS")),
        "nivelResponsabilidadConcesiones": {"dictamenesOpiniones": rng.choice(LEVELS)},
        "datosGeneralesConcesiones": {
            "numeroExpedienteFolio": f"C-{rng.randint(1, 900):03d}",
            "denominacion": f"Permiso para {rng.choice(GOODS).noun}",
            "fundamento": "Ley de Bienes del Estado, artículo 12",
            "nombrePersonaFisica": make_person(rng, entity).full_name,
            "sectorActoJuridico": "PUBLICO",
            "fechaInicioVigencia": f"{begins}",
            "fechaConclusionVigencia": f"{begins + timedelta(days=730)}",
            "monto": f"{rng.randint(1_000, 90_000)}.50",
        },
        "continuaParticipando": "NO",
    }


def _procedure_dates(rng: random.Random) -> Record:
    begins = _day(rng)
    return {
        "numeroExpedienteFolio": f"P-{rng.randint(1, 900):03d}-{begins:%Y}",
        "fechaInicioProcedimiento": f"{begins}",
        "fechaConclusionProcedimiento": f"{begins + timedelta(days=45)}",
    }


def _day(rng: random.Random) -> date:
    return (ANCHOR - timedelta(days=rng.randint(60, 4 * 365))).date()


# -- defects --------------------------------------------------------------------------------------------


def _sanctions(record: Record) -> Sequence[Record]:
    return record.get("tipoSancion") or ()


def _tool_codes(record: Record, _: random.Random) -> bool:
    """The codes that PDN's own capture tool stores in place of the standard's."""
    changed = False
    for fault in record.get("faltaCometida") or ():
        if fault["clave"] in NO_GRAVE_FAULTS:
            fault["clave"] = NO_GRAVE_FAULTS[fault["clave"]]
            changed = True
    for contract in record.get("tipoContratacion") or ():
        for name, levels in (
            ("contratacionObra", "nivelResponsabilidadObra"),
            ("contratacionAdquisicion", "nivelResponsabilidadContratacion"),
        ):
            section = contract.get(name)
            if section is None:
                continue
            section[levels] = {field: level[-2] for field, level in section[levels].items()}
            for procedure in section["datosGeneralesProcedimientos"]:
                if procedure["tipoProcedimiento"] == "LICITACION_INTERNACIONAL":
                    procedure["tipoProcedimiento"] = " LICITACION_INTERNACIONAL"
            changed = True
    return changed


def _right_spelling(record: Record, _: random.Random) -> bool:
    """CONCESIONES, where the standard says CONCECIONES."""
    if record.get("tipoProcedimiento") != "OTORGAMIENTO_CONCECIONES":
        return False
    record["tipoProcedimiento"] = "OTORGAMIENTO_CONCESIONES"
    return True


def _lower_case_other(record: Record, _: random.Random) -> bool:
    if "datosDirGeneralReprLegal" not in record:
        return False
    record["tipoSancion"] = [{"clave": "otro", "otro": {"denominacionSancion": "Clausura"}}]
    return True


def _key_for_object(record: Record, rng: random.Random) -> bool:
    """An answer of three levels: the key of the object in its place."""
    changed = False
    for sanction in _sanctions(record):
        for name in ("sancionEconomica", "indemnizacion"):
            if sanction.get(name):
                sanction[name]["plazoPago"] = rng.randint(1, 400)
                changed = True
    return changed


def _migrated_place(record: Record, _: random.Random) -> bool:
    """What the migration leaves of the public body: no entity, a level that isn't in the list."""
    place = record.get("empleoCargoComision") or record.get("dondeCometioLaFalta")
    if not place:
        return False
    place.update(entidadFederativa="No especificado", nivelOrdenGobierno="MUNICIPAL")
    return True


def _day_first(record: Record, _: random.Random) -> bool:
    year, month, day = record["fecha"].split("-")
    record["fecha"] = f"{day}-{month}-{year}"
    return True


def _currency_name(record: Record, _: random.Random) -> bool:
    changed = False
    for sanction in _sanctions(record):
        for name in ("sancionEconomica", "indemnizacion"):
            if sanction.get(name):
                sanction[name]["moneda"] = "Peso mexicano"
                changed = True
    return changed


def _unknown_code(record: Record, _: random.Random) -> bool:
    if not record.get("faltaCometida"):
        return False
    record["faltaCometida"][0]["clave"] = "FALTA_DIVERSA"
    return True


def _backwards(record: Record, _: random.Random) -> bool:
    for sanction in _sanctions(record):
        for name in ("inhabilitacion", "suspensionEmpleo"):
            span = sanction.get(name)
            if span:
                span["fechaInicial"], span["fechaFinal"] = span["fechaFinal"], span["fechaInicial"]
                return True
    return False


def _person_among_companies(record: Record, rng: random.Random) -> bool:
    """What the migration makes of a natural person in whose name it finds the letters SA."""
    if "datosDirGeneralReprLegal" not in record:
        return False
    person = make_person(rng, "20")
    record["datosGenerales"].update(nombreRazonSocial=person.full_name.upper(), rfc=person.rfc)
    return True


def _named_in_text(record: Record, _: random.Random) -> bool:
    """A name that may not be shown, in a text that may."""
    person = record.get("datosGenerales") or {}
    if "faltaCometida" not in record or "primerApellido" not in person:
        return False
    name = " ".join(person[part] for part in ("nombres", "primerApellido", "segundoApellido"))
    record["faltaCometida"][0]["descripcionHechos"] += f", según declaró {name}"
    return True


def _personal_text(record: Record, rng: random.Random) -> bool:
    note = personal_note(rng)
    if "faltaCometida" in record:
        record["faltaCometida"][0]["descripcionHechos"] = note
    else:
        record["Observaciones"] = note
    return True


def _personal_key(record: Record, rng: random.Random) -> bool:
    """A CURP as the name of a field."""
    record[make_person(rng, "20").curp] = "x"
    return True


DEFECTS = (
    Defect("tool_codes", 0.15, _tool_codes),
    Defect("right_spelling", 0.3, _right_spelling),
    Defect("lower_case_other", 0.05, _lower_case_other),
    Defect("key_for_object", 0.04, _key_for_object),
    Defect("migrated_place", 0.05, _migrated_place),
    Defect("day_first_date", 0.02, _day_first),
    Defect("currency_name", 0.05, _currency_name),
    Defect("unknown_fault", 0.012, _unknown_code),
    Defect("swapped_period", 0.02, _backwards),
    Defect("person_among_companies", 0.08, _person_among_companies),
    Defect("named_in_text", 0.05, _named_in_text),
    Defect("personal_text", 0.03, _personal_text),
    Defect("personal_key", 0.01, _personal_key),
)
