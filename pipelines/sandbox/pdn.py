"""Records of PDN systems 2 and 3 (v1), as a state's reference server answers them.

Here: officials who take part in procurement (`spic`), sanctioned officials (`ssancionados`) and
sanctioned companies and persons (`psancionados`), with the reserved fields such servers leak (CURP,
RFC, addresses, telephones, `__v`). Not here: the REST protocol (`protocols.py`).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import PDN_DEFECTS, Planter
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from pipelines.sandbox.people import Person, make_company, make_person, make_sole_trader
from pipelines.sandbox.procurement import ANCHOR
from pipelines.sandbox.vocabulary import (
    AREAS_S2,
    BRANCHES,
    ENTITIES,
    FACTS_S3P,
    FACTS_S3S,
    FAULTS_S3,
    FEDERAL_BODIES,
    GOODS,
    MUNICIPALITIES,
    POSITIONS,
    PROCEDURES_S2,
    RESPONSIBILITIES_S2,
    SANCTIONS_S3P,
    SANCTIONS_S3S,
    SERVICES,
    STATE_BODIES,
)

RECORDS = {"spic": 900, "ssancionados": 500, "psancionados": 350}
GENDERS = {"F": "FEMENINO", "M": "MASCULINO"}
# How far a list of institutions is from the records: PDN's own of 2022 has "nan" in 382 of 778 acronyms, 31 names
# twice, and of 678 institutions only 271 that have any record.
NO_ACRONYM_EVERY = 2
TWICE_EVERY = 8
WITHOUT_RECORDS = ("Comisión Estatal de Ejemplo", "Instituto de Ejemplo", "nan")
COUNTRY = {"valor": "MÉXICO", "clave": "MX"}
NO_FOREIGN_ADDRESS = {
    "pais": {"valor": "NO PROPORCIONADO", "clave": " "},
    "calle": " ",
    "ciudadLocalidad": " ",
    "estadoProvincia": " ",
    "codigoPostal": " ",
    "numeroExterior": " ",
    "numeroInterior": " ",
}


@dataclass(frozen=True)
class Institution:
    """A public body as the PDN names it."""

    nombre: str
    siglas: str
    clave: str

    def as_record(self) -> dict[str, str]:
        """The `institucionDependencia` object, also one element of `/dependencias`."""
        return {"nombre": self.nombre, "siglas": self.siglas, "clave": self.clave}


Maker = Callable[[random.Random, str, Sequence[Institution]], dict[str, Any]]


def spic_record(rng: random.Random, entity: str, institutions: Sequence[Institution]) -> dict[str, Any]:
    """An S2 record: an official who takes part in contracts, concessions, disposals or appraisals."""
    person = make_person(rng, entity)
    record: dict[str, Any] = {
        "id": _object_id(rng),
        "fechaCaptura": _captured(rng),
        "ejercicioFiscal": str(rng.randint(2019, 2026)),
        "ramo": _code(rng.choice(BRANCHES)),
        "rfc": person.rfc,
        "curp": person.curp,
        **_name(person),
        "genero": {"clave": person.gender, "valor": GENDERS[person.gender]},
        "institucionDependencia": rng.choice(institutions).as_record(),
        "puesto": _position(rng),
        "tipoArea": _codes(rng, AREAS_S2),
        "nivelResponsabilidad": _codes(rng, RESPONSIBILITIES_S2),
        "tipoProcedimiento": _codes(rng, PROCEDURES_S2),
        "observaciones": "",
        "__v": 0,
    }
    if rng.random() < 0.8:
        superior = make_person(rng, entity)
        record["superiorInmediato"] = {
            **_name(superior),
            "curp": superior.curp,
            "rfc": superior.rfc,
            "puesto": _position(rng),
        }
    return record


def sanctioned_official(
    rng: random.Random, entity: str, institutions: Sequence[Institution]
) -> dict[str, Any]:
    """An S3S record: an official with a final administrative sanction."""
    person = make_person(rng, entity)
    position, level = rng.choice(POSITIONS)
    fault = rng.choice(FAULTS_S3)
    resolved = _day(rng)
    institution = rng.choice(institutions)
    sanctions = [{**_code(sanction), "descripcion": ""} for sanction in _draw(rng, SANCTIONS_S3S)]
    record: dict[str, Any] = {
        "id": _object_id(rng),
        "fechaCaptura": _captured(rng),
        "expediente": f"OIC/{institution.siglas}/{rng.randint(1, 400):03d}/{resolved:%Y}",
        "institucionDependencia": institution.as_record(),
        "servidorPublicoSancionado": {
            "rfc": person.rfc,
            "curp": person.curp,
            **_name(person),
            "genero": {"clave": person.gender, "valor": GENDERS[person.gender]},
            "puesto": position,
            "nivel": level,
        },
        "autoridadSancionadora": f"Órgano Interno de Control de {institution.nombre}",
        "tipoFalta": {**_code(fault), "descripcion": fault[1].capitalize()},
        "tipoSancion": sanctions,
        "causaMotivoHechos": rng.choice(FACTS_S3S),
        "resolucion": {
            "url": f"https://transparencia.ejemplo.gob.mx/resoluciones/{rng.randint(1000, 99999)}.pdf",
            "fechaResolucion": f"{resolved:%Y-%m-%d}",
        },
        "observaciones": " ",
        "documentos": [_document(rng, resolved)],
        "__v": 0,
    }
    keys = {sanction["clave"] for sanction in sanctions}
    if "M" in keys or "SE" in keys:
        record["multa"] = _fine(rng)
    if "I" in keys or "S" in keys:
        record["inhabilitacion"] = _disqualification(rng, resolved)
    return record


def sanctioned_party(rng: random.Random, entity: str, institutions: Sequence[Institution]) -> dict[str, Any]:
    """An S3P record: a company (M) or a natural person (F) with a sanction."""
    supplier = make_company(rng, entity) if rng.random() < 0.7 else make_sole_trader(rng, entity)
    address = supplier.address
    resolved = _day(rng)
    institution = rng.choice(institutions)
    good = rng.choice(GOODS + SERVICES)
    sanctions = [{**_code(sanction), "descripcion": sanction[1]} for sanction in _draw(rng, SANCTIONS_S3P)]
    party: dict[str, Any] = {
        "nombreRazonSocial": supplier.name,
        "objetoSocial": f"Comercialización de {good.noun}" if supplier.is_company else " ",
        "rfc": supplier.rfc,
        "tipoPersona": "M" if supplier.is_company else "F",
        "telefono": supplier.representative.telephone,
        "domicilioMexico": {
            "pais": COUNTRY,
            "entidadFederativa": {"clave": address.entity, "valor": ENTITIES[address.entity].name},
            "municipio": {"clave": address.municipality, "valor": address.locality},
            "codigoPostal": address.postal_code,
            "localidad": {"clave": "0001", "valor": address.locality},
            "vialidad": {"clave": "CALLE", "valor": address.street},
            "numeroExterior": address.number,
            "numeroInterior": rng.choice((" ", "A", "2", "101")),
        },
        "domicilioExtranjero": NO_FOREIGN_ADDRESS,
    }
    if supplier.is_company:
        attorney = make_person(rng, entity)
        party["directorGeneral"] = {**_name(supplier.representative), "curp": supplier.representative.curp}
        party["apoderadoLegal"] = {**_name(attorney), "curp": attorney.curp}
    record: dict[str, Any] = {
        "id": _object_id(rng),
        "fechaCaptura": _captured(rng),
        "expediente": f"PAR/{rng.randint(1, 300):03d}/{resolved:%Y}",
        "institucionDependencia": institution.as_record(),
        "particularSancionado": party,
        "objetoContrato": f"{good.noun.capitalize()}",
        "autoridadSancionadora": f"Tribunal de Justicia Administrativa de {ENTITIES[entity].name}",
        "tipoFalta": rng.choice(
            ("Colusión", "Tráfico de influencias", "Soborno", "Uso de información falsa")
        ),
        "tipoSancion": sanctions,
        "causaMotivoHechos": rng.choice(FACTS_S3P),
        "acto": "Incumplimiento del contrato adjudicado",
        "responsableSancion": _name(make_person(rng, entity)),
        "resolucion": {
            "sentido": "Sancionatoria",
            "url": f"https://transparencia.ejemplo.gob.mx/particulares/{rng.randint(1000, 99999)}.pdf",
            "fechaNotificacion": f"{resolved + timedelta(days=12):%Y-%m-%d}",
        },
        "observaciones": "",
        "documentos": [_document(rng, resolved)],
        "__v": 0,
    }
    keys = {sanction["clave"] for sanction in sanctions}
    if keys & {"M", "SE", "IND"}:
        record["multa"] = _fine(rng)
    if keys & {"I", "S"}:
        record["inhabilitacion"] = _disqualification(rng, resolved)
    return record


MAKERS: dict[str, Maker] = {
    "spic": spic_record,
    "ssancionados": sanctioned_official,
    "psancionados": sanctioned_party,
}


def _object_id(rng: random.Random) -> str:
    return f"{rng.getrandbits(96):024x}"


def _captured(rng: random.Random) -> str:
    moment = ANCHOR - timedelta(seconds=rng.randint(0, 5 * 365 * 86_400))
    return f"{moment.isoformat()}.{rng.randint(0, 999):03d}Z"


def _day(rng: random.Random) -> date:
    return (ANCHOR - timedelta(days=rng.randint(30, 8 * 365))).date()


def _name(person: Person) -> dict[str, str]:
    return {
        "nombres": person.names,
        "primerApellido": person.first_surname,
        "segundoApellido": person.second_surname,
    }


def _code(pair: tuple[Any, str]) -> dict[str, Any]:
    return {"clave": pair[0], "valor": pair[1]}


def _draw(rng: random.Random, pairs: Sequence[tuple[Any, str]]) -> list[tuple[Any, str]]:
    return rng.sample(list(pairs), rng.choice((1, 1, 1, 2)))


def _codes(rng: random.Random, pairs: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
    return [_code(pair) for pair in _draw(rng, pairs)]


def _position(rng: random.Random) -> dict[str, str]:
    name, level = rng.choice(POSITIONS)
    return {"nombre": name, "nivel": level}


def _fine(rng: random.Random) -> dict[str, Any]:
    return {
        "monto": round(rng.lognormvariate(10.4, 1.1), 2),
        "moneda": {"clave": "MXN", "valor": "Peso mexicano"},
    }


def _disqualification(rng: random.Random, resolved: date) -> dict[str, str]:
    months = rng.choice((1, 3, 6, 12, 24, 36, 60))
    until = resolved + timedelta(days=round(months * 30.4))
    term = f"{months // 12} años" if months >= 24 else ("1 año" if months == 12 else f"{months} meses")
    return {"plazo": term, "fechaInicial": f"{resolved:%Y-%m-%d}", "fechaFinal": f"{until:%Y-%m-%d}"}


def _document(rng: random.Random, resolved: date) -> dict[str, str]:
    kind = rng.choice(
        ("RESOLUCION", "CONSTANCIA_SANCION", "CONSTANCIA_INHABILITACION", "CONSTANCIA_ABSTENCION")
    )
    return {
        "id": f"{rng.getrandbits(28):07X}",
        "tipo": kind,
        "titulo": kind.replace("_", " ").capitalize(),
        "descripcion": "Documento que acredita la sanción",
        "url": f"https://transparencia.ejemplo.gob.mx/documentos/{rng.randint(1000, 99999)}.pdf",
        "fecha": f"{resolved:%Y-%m-%d}",
    }


def make_collections(order: Order) -> Made:
    """The declared collections and the listing of the institutions."""
    rng, source = order.rng, order.source
    planter = Planter(PDN_DEFECTS)
    institutions = institutions_of(source.entity)
    # Federal bodies, and what PDN keeps of all providers, have their people in the capital.
    entity = source.entity if source.entity in ENTITIES else "09"
    drafts = []
    for collection in source.parameters["collections"]:
        make = MAKERS[collection["name"]]
        count = max(round(RECORDS[collection["name"]] * order.scale), 3)
        # A state has its own size: between 92 % and 108 % of the usual one.
        count = max(round(count * rng.uniform(0.92, 1.08)), 3)
        records = []
        for _ in range(count):
            record = make(rng, entity, institutions)
            record_id = record["id"]
            records.append((record_id, orjson.dumps(planter.plant(record, planter.draw(rng)))))
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), records))
    listed = [
        (str(number), orjson.dumps(body.as_record())) for number, body in enumerate(_as_listed(institutions))
    ]
    drafts.append(draft("dependencias", Envelope(b"[", b",", b"]", JSON_TYPE), listed))
    return drafts, planter.planted


def institutions_of(entity: str) -> tuple[Institution, ...]:
    """The public bodies of a state and its municipalities, or those of the federation (00)."""
    if entity not in ENTITIES:
        return tuple(Institution(body.name, body.acronym, body.acronym) for body in FEDERAL_BODIES)
    place = ENTITIES[entity].name
    state = [
        Institution(name.format(place=place), acronym, f"{entity}-{acronym}")
        for name, acronym in STATE_BODIES
    ]
    municipal = [
        Institution(f"Municipio de {name}", f"M{key}", f"{entity}-{key}")
        for key, name in MUNICIPALITIES[entity]
    ]
    return (*state, *municipal)


def _as_listed(institutions: Sequence[Institution]) -> list[Institution]:
    """The institutions as providers list them: some without an acronym ("nan"), some twice in another spelling, some
    that no record names."""
    listed: list[Institution] = []
    for number, body in enumerate(institutions):
        listed.append(replace(body, siglas="nan") if number % NO_ACRONYM_EVERY == 0 else body)
        if number % TWICE_EVERY == 0:
            listed.append(replace(body, nombre=f"{body.nombre.upper()} "))
    entity = institutions[0].clave.partition("-")[0]
    return [*listed, *(Institution(name, "nan", f"{entity}-X{n}") for n, name in enumerate(WITHOUT_RECORDS))]
