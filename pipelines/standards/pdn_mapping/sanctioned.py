"""S3, sanctioned officials and private parties: public records of v1 in the shape of v2, and back.

Here: whole documents, and the same with codes, dates and amounts as the standard writes them (`normalised`). What one
generation can't say is left out; what the other requires and the law withholds is "No público". Elements of
`tipoSancion` and `faltaCometida` keep their order and number, so that tables can set original and mapped side by side.
Not here: single values (`values.py`), codes (`codes.py`), S2 (`officials.py`).
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.standards.pdn import PdnLayout
from pipelines.standards.pdn_mapping import codes
from pipelines.standards.pdn_mapping.codes import FISICAS, GRAVES, MORALES, NO_GRAVES, OTHER
from pipelines.standards.pdn_mapping.persons import PersonKind, person_kind
from pipelines.standards.pdn_mapping.values import (
    CURRENCY_NAMES,
    Term,
    currency_code,
    entity_code,
    filled,
    folded,
    iso_date,
    json_amount,
    parse_amount,
    parse_term,
)
from pipelines.standards.privacy import allow_lists

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tequio:pdn:s3")
_NAMES = ("nombres", "primerApellido", "segundoApellido")
_RULING_V2 = ("tituloResolucion", "autoridadResolutora", "autoridadInvestigadora", "autoridadSusbstanciadora")
# Sanctions of v1 that a fine belongs to, the likeliest first: v1 has one amount for all of them.
_FINED = ("M", "SE", "IND", "IRSC")
_ECONOMIC = {"SANCION_ECONOMICA": "sancionEconomica", "INDEMNIZACION": "indemnizacion"}
_SPANS = {
    "INHABILITACION": "inhabilitacion",
    "SUSPENSION": "suspensionEmpleo",
    "SUSPENSION_ACTIVIDADES": "suspensionActividades",
}
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class MappedS3:
    """An S3 record in both shapes.

    `collection` is that of v2 the record belongs to; None where nothing says which (a fault of v1 that may be grave or
    not, a party that may be a person or a company): the record is then in no file of v2. `gravity`: graves, no_graves or
    undetermined; of private parties always graves.
    """

    record_v1: dict[str, Any]
    record_v2: dict[str, Any]
    collection: str | None
    gravity: codes.Gravity


def map_s3(
    record: Mapping[str, Any],
    *,
    layout: PdnLayout,
    record_id: str,
    party: PersonKind,
    collection: str | None = None,
) -> MappedS3:
    """Both shapes of a public record; `collection` is that of a record of v2, `party` what the private one says of a
    private party of v1 (`party_kind`).
    """
    if collection is not None:
        clean = normalised(collection, record)
        grave: codes.Gravity = "no_graves" if collection == NO_GRAVES else "graves"
        return MappedS3(v2_to_v1(collection, clean, record_id=record_id), clean, collection, grave)
    if layout == "s3s_v1":
        grave = codes.gravity(record.get("tipoFalta"))
        target = {"graves": GRAVES, "no_graves": NO_GRAVES}.get(grave)
        mapped = official_to_v2(record, target or GRAVES, record_id=record_id)
        return MappedS3(dict(record), mapped, target, grave)
    target = {"natural": FISICAS, "legal": MORALES}.get(party)
    mapped = party_to_v2(record, target or MORALES, record_id=record_id)
    return MappedS3(dict(record), mapped, target, "graves")


def party_kind(private: Mapping[str, Any]) -> PersonKind:
    """Natural or legal, of the party of a v1 record with its reserved fields: the only thing they are used for."""
    party = _object(private, "particularSancionado")
    return person_kind(
        declared=party.get("tipoPersona"), rfc=party.get("rfc"), name=party.get("nombreRazonSocial")
    )


# -- v1 → v2 --------------------------------------------------------------------------------------------


def official_to_v2(record: Mapping[str, Any], collection: str, *, record_id: str) -> dict[str, Any]:
    """A sanctioned official (S3S) in the shape of `collection`; of no graves nothing about the person but the sex."""
    person = _object(record, "servidorPublicoSancionado")
    named = collection == GRAVES
    fault = _object(record, "tipoFalta")
    code = codes.FAULTS_V2.get(codes.fault_code_v1(fault) or "", OTHER)
    if code not in codes.codelist(collection, "faltaCometida"):
        code = OTHER
    ruling = _object(record, "resolucion")
    post = _public(person.get("puesto"))
    level = filled(person.get("nivel"))
    return _told(
        {
            **_head_v2(record, collection, record_id),
            "datosGenerales": {
                **({name: _public(person.get(name)) for name in _NAMES} if named else {}),
                "sexo": _sex(_object(person, "genero")),
            },
            "empleoCargoComision": {
                **_institution_v2(record),
                "nivelJerarquico": {"clave": OTHER, "valor": level} if named and level else None,
                "denominacion": post if named else None,
            },
            "faltaCometida": [
                {
                    "clave": code,
                    "valor": filled(fault.get("valor")) if code == OTHER else None,
                    "descripcionHechos": filled(record.get("causaMotivoHechos")),
                }
            ],
            "resolucion": {
                "fechaResolucion": iso_date(ruling.get("fechaResolucion")),
                "urlResolucion": _address(ruling.get("url")) if named else None,
                "autoridadResolutora": filled(record.get("autoridadSancionadora")),
            },
            "tipoSancion": _sanctions_v2(record, collection),
        }
    )


def party_to_v2(record: Mapping[str, Any], collection: str, *, record_id: str) -> dict[str, Any]:
    """A sanctioned private party (S3P) in the shape of `collection`.

    A person's name isn't taken apart: v1 has it in one piece, and v2's `nombres` may hold given names and surnames.
    """
    party = _object(record, "particularSancionado")
    name = _public(party.get("nombreRazonSocial"))
    fault = filled(record.get("tipoFalta"))
    code = codes.code_by_label(collection, "faltaCometida", fault) or (OTHER if fault else None)
    ruling = _object(record, "resolucion")
    about: dict[str, Any] = (
        {"nombres": name}
        if collection == FISICAS
        else {
            "nombreRazonSocial": name,
            "rfc": filled(party.get("rfc")),
            "objetoSocial": filled(party.get("objetoSocial")),
        }
    )
    return _told(
        {
            **_head_v2(record, collection, record_id),
            "datosGenerales": about,
            "dondeCometioLaFalta": _institution_v2(record),
            "faltaCometida": [
                {
                    "clave": code,
                    "valor": fault if code == OTHER else None,
                    "descripcionHechos": filled(record.get("causaMotivoHechos")),
                }
            ],
            "resolucion": {
                "fechaNotificacion": iso_date(ruling.get("fechaNotificacion")),
                "urlResolucion": _address(ruling.get("url")),
                "autoridadResolutora": filled(record.get("autoridadSancionadora")),
            },
            "tipoSancion": _sanctions_v2(record, collection),
        }
    )


def _head_v2(record: Mapping[str, Any], collection: str, record_id: str) -> dict[str, Any]:
    return {
        "id": uuid_of(collection, record_id),
        "fecha": iso_date(record.get("fechaCaptura")),
        "expediente": filled(record.get("expediente")),
    }


def uuid_of(collection: str, record_id: str) -> str:
    """The id of v2, which must be a UUID: the record's own, or always the same one made of its id."""
    try:
        return str(uuid.UUID(record_id))
    except ValueError:
        return str(uuid.uuid5(_NAMESPACE, f"{collection}/{record_id}"))


def _institution_v2(record: Mapping[str, Any]) -> dict[str, Any]:
    institution = _object(record, "institucionDependencia")
    return {
        "nombreEntePublico": filled(institution.get("nombre")),
        "siglasEntePublico": filled(institution.get("siglas")),
    }


def _sex(gender: Mapping[str, Any]) -> str | None:
    said = folded(filled(gender.get("clave")) or filled(gender.get("valor")) or "")
    return {"F": "MUJER", "FEMENINO": "MUJER", "M": "HOMBRE", "MASCULINO": "HOMBRE"}.get(said)


def _sanctions_v2(record: Mapping[str, Any], collection: str) -> list[dict[str, Any]]:
    """The sanctions of a v1 record, which has one fine and one term for all of them: each goes to one sanction only."""
    sanctions = [item for item in _items(record.get("tipoSancion")) if isinstance(item, Mapping)]
    keys = [_key(sanction) for sanction in sanctions]
    fined = next((key for key in _FINED if key in keys), None)
    barred = next((key for key in ("I", "S") if key in keys), None)
    mapped = []
    for at, (sanction, key) in enumerate(zip(sanctions, keys, strict=True)):
        first = keys.index(key) == at
        mapped.append(
            _sanction_v2(
                sanction,
                key,
                collection,
                fine=_object(record, "multa") if first and key == fined else {},
                term=_object(record, "inhabilitacion") if first and key == barred else {},
            )
        )
    return mapped


def _sanction_v2(
    sanction: Mapping[str, Any],
    key: str,
    collection: str,
    *,
    fine: Mapping[str, Any],
    term: Mapping[str, Any],
) -> dict[str, Any]:
    code = codes.SANCTIONS_V2[collection].get(key, OTHER)
    if code in _ECONOMIC:
        amount = parse_amount(fine.get("monto"))
        currency = _object(fine, "moneda")
        detail = {
            "monto": None if amount is None else json_amount(amount),
            "moneda": currency_code(currency.get("clave"), currency.get("valor")) if fine else None,
        }
        return {"clave": code, _ECONOMIC[code]: detail}
    if code in _SPANS:
        span = {
            **_lengths(parse_term(term.get("plazo")), code),
            "fechaInicial": iso_date(term.get("fechaInicial")),
            "fechaFinal": iso_date(term.get("fechaFinal")),
        }
        return {"clave": code, _SPANS[code]: span}
    if code == OTHER:
        name = filled(sanction.get("valor")) if key not in {"O", ""} else None
        name = name or filled(sanction.get("descripcion")) or filled(sanction.get("valor"))
        return {"clave": code, "otro": {"denominacionSancion": name}}
    return {"clave": code}


def _lengths(term: Term | None, code: str) -> dict[str, int]:
    """A term under the names that a sanction has for it, one of them misspelt by the standard."""
    if term is None:
        return {}
    if code == "SUSPENSION":
        # v2 has no years of suspension.
        return {"plazoMeses": term.anios * _MONTHS_A_YEAR + term.meses, "plazoDias": term.dias}
    names = {
        "INHABILITACION": ("plazoAnios", "plazoMeses", "plazoDias"),
        "SUSPENSION_ACTIVIDADES": ("plazoSuspensioAnios", "plazoSuspensionMeses", "plazoSuspensionDias"),
    }[code]
    return dict(zip(names, (term.anios, term.meses, term.dias), strict=True))


# -- v2, as the standard writes it ----------------------------------------------------------------------


def normalised(collection: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """A v2 record with its codes, currencies, dates, amounts and entity as the standard has them.

    A code that is neither in its list nor an alias becomes OTRO with the code as its text, or nothing where there is no
    OTRO; the key of an object in its place (an answer of three levels) becomes nothing.
    """
    return {key: _clean(collection, (key,), value) for key, value in record.items()}


def _clean(collection: str, path: tuple[str, ...], value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(collection, path, item) for item in value]
    if isinstance(value, Mapping):
        return _coded(collection, path, {k: _clean(collection, (*path, k), v) for k, v in value.items()})
    read = _reader(path)
    if read is not None:
        return read(value)
    if codes.codelist(collection, ".".join(path)):
        return codes.canonical(collection, ".".join(path), value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _reader(path: tuple[str, ...]) -> Callable[[Any], Any] | None:
    """How the values of a field are read, by its name; None for texts and codes."""
    name = path[-1]
    if name.startswith("fecha"):
        return iso_date
    if name == "entidadFederativa" and path[0] != "datosGenerales":
        return entity_code
    # An object whose key stands in its place: an answer of three levels.
    if name in {"plazoPago", "efectivamenteCobrado"}:
        return _nothing
    if name in {"anios", "meses", "dias"} or name.startswith("plazo"):
        return _whole
    readers: Mapping[str, Callable[[Any], Any]] = {"monto": _amount, "moneda": currency_code}
    return readers.get(name)


def _nothing(_: Any) -> None:
    return None


def _amount(value: Any) -> int | float | None:
    amount = parse_amount(value)
    return None if amount is None else json_amount(amount)


def _coded(collection: str, path: tuple[str, ...], item: dict[str, Any]) -> dict[str, Any]:
    field = ".".join(path)
    known = codes.codelist(collection, field)
    given = filled(item.get("clave"))
    if not known or given is None:
        return item
    code = codes.canonical(collection, field, item["clave"])
    if code is None:
        item["clave"] = OTHER if OTHER in known else None
        if field != "tipoSancion":
            item["valor"] = filled(item.get("valor")) or given
        elif not item.get("otro"):
            item["otro"] = {"denominacionSancion": given}
        return item
    return {**item, "clave": code}


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    text = filled(value)
    return int(text) if text is not None and text.isdecimal() else None


# -- v2 → v1 --------------------------------------------------------------------------------------------


def v2_to_v1(collection: str, record: Mapping[str, Any], *, record_id: str) -> dict[str, Any]:
    """A normalised v2 record in the shape of v1 (S3S or S3P)."""
    place = "empleoCargoComision" if collection in {GRAVES, NO_GRAVES} else "dondeCometioLaFalta"
    where = _object(record, place)
    ruling = _object(record, "resolucion")
    faults = [item for item in _items(record.get("faltaCometida")) if isinstance(item, Mapping)]
    sanctions = [item for item in _items(record.get("tipoSancion")) if isinstance(item, Mapping)]
    authority = filled(ruling.get("autoridadResolutora"))
    facts = "; ".join(text for fault in faults if (text := filled(fault.get("descripcionHechos"))))
    common: dict[str, Any] = {
        "id": record_id,
        "fechaCaptura": _captured(record),
        "expediente": filled(record.get("expediente")),
        "institucionDependencia": {
            # Required: what wasn't declared is declared empty.
            "nombre": filled(where.get("nombreEntePublico")) or "",
            "siglas": filled(where.get("siglasEntePublico")),
        },
        "causaMotivoHechos": facts,
        "multa": _fine_v1(sanctions),
        "inhabilitacion": _term_v1(sanctions),
        "tipoSancion": [_sanction_v1(item, collection) for item in sanctions],
        "observaciones": filled(record.get("observaciones")) if collection != NO_GRAVES else None,
    }
    if collection in {GRAVES, NO_GRAVES}:
        return _told(
            {
                **common,
                "servidorPublicoSancionado": _official_v1(record, named=collection == GRAVES),
                "autoridadSancionadora": authority,
                "tipoFalta": _fault_v1(collection, faults),
                "resolucion": {
                    "url": filled(ruling.get("urlResolucion")),
                    "fechaResolucion": iso_date(ruling.get("fechaResolucion")),
                }
                if iso_date(ruling.get("fechaResolucion"))
                else None,
            },
            keep=_REQUIRED_V1,
        )
    person = _object(record, "datosGenerales")
    whole = " ".join(text for name in _NAMES if (text := filled(person.get(name))))
    moral = collection == MORALES
    return _told(
        {
            **common,
            "particularSancionado": {
                "nombreRazonSocial": (filled(person.get("nombreRazonSocial")) or "") if moral else whole,
                "objetoSocial": filled(person.get("objetoSocial")) if moral else None,
                "rfc": filled(person.get("rfc")) if moral else None,
                "tipoPersona": "M" if moral else "F",
            },
            "autoridadSancionadora": authority or "",
            "tipoFalta": "; ".join(_fault_labels(collection, faults)) or None,
            "tipoSancion": _distinct(common["tipoSancion"]),
            "resolucion": {
                "url": filled(ruling.get("urlResolucion")),
                "fechaNotificacion": iso_date(ruling.get("fechaNotificacion")),
            },
        },
        keep=_REQUIRED_V1,
    )


# Kept although they say nothing: v1 requires them.
_REQUIRED_V1 = frozenset(
    {"causaMotivoHechos", "tipoSancion", "nombres", "primerApellido", "puesto", "nombre", "nombreRazonSocial"}
    | {"autoridadSancionadora", "valor"}
)


def _captured(record: Mapping[str, Any]) -> str | None:
    """When it was captured or changed; a day is its beginning in Mexico City."""
    for name in ("date_updated", "date_created"):
        if (
            (moment := filled(record.get(name))) is not None
            and iso_date(moment) is not None
            and "T" in moment
        ):
            return moment
    day = iso_date(record.get("fecha"))
    return None if day is None else f"{day}T00:00:00-06:00"


def _official_v1(record: Mapping[str, Any], *, named: bool) -> dict[str, Any]:
    person = _object(record, "datosGenerales")
    job = _object(record, "empleoCargoComision")
    level = _object(job, "nivelJerarquico")
    hidden = allow_lists()["no_publico"]
    sex = filled(person.get("sexo"))
    post = (
        filled(job.get("denominacion"))
        or filled(level.get("valor"))
        or codes.codelist(GRAVES, "empleoCargoComision.nivelJerarquico").get(str(level.get("clave")))
    )
    gender = {"HOMBRE": ("M", "MASCULINO"), "MUJER": ("F", "FEMENINO")}.get(sex or "")
    return {
        "nombres": (filled(person.get("nombres")) or "") if named else hidden,
        "primerApellido": (filled(person.get("primerApellido")) or "") if named else hidden,
        "segundoApellido": filled(person.get("segundoApellido")) if named else None,
        "genero": {"clave": gender[0], "valor": gender[1]} if gender else None,
        "puesto": (post or "") if named else hidden,
    }


def _fault_labels(collection: str, faults: Iterable[Mapping[str, Any]]) -> list[str]:
    known = codes.codelist(collection, "faltaCometida")
    labels = []
    for fault in faults:
        code, text = filled(fault.get("clave")), filled(fault.get("valor"))
        label = text if code in {OTHER, None} else known.get(code or "", text)
        labels.append(label or known[OTHER])
    return labels


def _fault_v1(collection: str, faults: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fault of v1, which has one: a code both generations know, else "grave" or "no grave", with its own words."""
    labels = _fault_labels(collection, faults)
    own = codes.FAULTS_V1.get(str(faults[0].get("clave"))) if faults else None
    general = "AG" if collection == GRAVES else "ANG"
    code = own or general
    words = labels if own is None else labels[1:]
    return {
        "clave": code,
        "valor": codes.codelist("ssancionados", "tipoFalta")[code],
        "descripcion": "; ".join(words) or None,
    }


def _sanction_v1(sanction: Mapping[str, Any], collection: str) -> dict[str, Any]:
    code = str(sanction.get("clave"))
    servant = collection in {GRAVES, NO_GRAVES}
    v1 = "ssancionados" if servant else "psancionados"
    key = codes.SANCTIONS_V1.get(code, "O")
    values = codes.codelist(v1, "tipoSancion")
    other = filled(_object(sanction, "otro").get("denominacionSancion"))
    if code == "AMONESTACION":
        kind = filled(_object(sanction, "amonestacion").get("tipo"))
        known = codes.codelist(NO_GRAVES, "tipoSancion.amonestacion.tipo")
        other = f"AMONESTACIÓN {known.get(kind or '', '')}".strip()
    return {"clave": key, "valor": values[key], "descripcion": other if key == "O" else None}


def _fine_v1(sanctions: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The first amount: v1 has room for one; the table of sanctions has them all."""
    for sanction in sanctions:
        for field in _ECONOMIC.values():
            detail = _object(sanction, field)
            if detail.get("monto") is not None:
                currency = filled(detail.get("moneda"))
                name = CURRENCY_NAMES.get(currency or "")
                return {"monto": detail["monto"], "moneda": {"clave": currency, "valor": name}}
    return None


def _term_v1(sanctions: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The disqualification, else the suspension."""
    for field in ("inhabilitacion", "suspensionEmpleo", "suspensionActividades"):
        for sanction in sanctions:
            detail = _object(sanction, field)
            if any(value is not None for value in detail.values()):
                units = {
                    unit: sum(
                        value
                        for name, value in detail.items()
                        if name.endswith(unit.capitalize()) and isinstance(value, int)
                    )
                    for unit in ("anios", "meses", "dias")
                }
                return {
                    "plazo": Term(**units).text or None,
                    "fechaInicial": iso_date(detail.get("fechaInicial")),
                    "fechaFinal": iso_date(detail.get("fechaFinal")),
                }
    return None


# -- shared ---------------------------------------------------------------------------------------------


def _object(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, Mapping) else []


def _key(sanction: Mapping[str, Any]) -> str:
    return (filled(sanction.get("clave")) or "").upper()


def _public(value: Any) -> str | None:
    text = filled(value)
    return None if text == allow_lists()["no_publico"] else text


def _address(value: Any) -> str | None:
    text = filled(value)
    return text if text is not None and text.lower().startswith(("http://", "https://")) else None


def _distinct(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """v1 wants the sanctions of a private party to differ."""
    return [item for at, item in enumerate(items) if item not in items[:at]]


def _told(document: dict[str, Any], *, keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The document without what says nothing: nulls and objects of nulls; list elements stay, empty as they may be."""
    told = {name: _without_blanks(item, keep) for name, item in document.items()}
    return {
        name: item
        for name, item in told.items()
        if (name in keep and item is not None) or item not in (None, "", {}, [])
    }


def _without_blanks(value: Any, keep: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without_blanks(item, keep) for item in value]
    return _told(value, keep=keep) if isinstance(value, dict) else value
