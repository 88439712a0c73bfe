"""S2, officials in procurement: public records of v2 in the shape of v1.

Here: the document of v1 and v2's own with its codes as the standard writes them. Records of v1 stay v1: they don't hold
what v2 is made of (procedures, levels of responsibility). Not here: S3 (`sanctioned.py`).
"""

from collections.abc import Mapping
from typing import Any

from pipelines.standards.pdn_mapping import codes
from pipelines.standards.pdn_mapping.codes import OFFICIALS
from pipelines.standards.pdn_mapping.values import entity_code, filled, iso_date

PROCEDURES_V1: Mapping[str, int] = {
    "CONTRATACION_PUBLICA": 1,
    "OTORGAMIENTO_CONCECIONES": 2,
    "ENAJENACION_BIENES": 3,
    "DICTAMEN_VALUATORIO": 4,
}
_AREAS_V1 = {
    "AREA_TECNICA": "T",
    "AREA_RESPONSABLE_EJECUCION": "RE",
    "AREA_RESPONSABLE_CONTRATACION": "RC",
    "AREA_REQUIRENTE": "R",
}
_OTHER_AREA = "O"
# Objects of levels, by the name they begin with.
_LEVELS = ("nivelResponsabilidad", "nivelesResponsabilidades")
_BY_END = ("datosGeneralesProcedimientos.tipoProcedimiento", "datosGeneralesProcedimientos.materia")


def normalised(record: Mapping[str, Any]) -> dict[str, Any]:
    """A v2 record with its codes, dates and entity as the standard has them; an unknown code stays as it is."""
    return {name: _clean((name,), value) for name, value in record.items()}


def _clean(path: tuple[str, ...], value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(path, item) for item in value]
    if isinstance(value, Mapping):
        return {name: _clean((*path, name), item) for name, item in value.items()}
    name = path[-1]
    if name.startswith("fecha"):
        return iso_date(value)
    if path == ("empleoCargoComision", "entidadFederativa"):
        return entity_code(value)
    field = field_of(path)
    if field is not None:
        return codes.canonical(OFFICIALS, field, value) or value
    return value


def field_of(path: tuple[str, ...]) -> str | None:
    """The codelist of a field, as the seeds name it; None for a field without one."""
    if len(path) > 1 and path[-2].startswith(_LEVELS):
        return "nivelResponsabilidad"
    if path[-1] == "tipoArea":
        return "tipoContratacion.tipoArea"
    whole = ".".join(path)
    for ending in _BY_END:
        if whole.endswith(ending):
            return ending
    field = whole.removesuffix(".clave") if path[0] in {"tipoContratacion", "empleoCargoComision"} else whole
    return field if codes.codelist(OFFICIALS, field) else None


def to_v1(record: Mapping[str, Any], *, record_id: str) -> dict[str, Any]:
    """A normalised v2 record in the shape of v1.

    Levels of responsibility stay out: v1's are attention, processing and resolution, v2's are drafting, reviewing, signing,
    supervising and issuing, and neither says what the other is.
    """
    person = _object(record, "datosGenerales")
    job = _object(record, "empleoCargoComision")
    level = _object(job, "nivelJerarquico")
    known = codes.codelist(OFFICIALS, "empleoCargoComision.nivelJerarquico")
    post = filled(job.get("denominacion")) or filled(level.get("valor")) or known.get(str(level.get("clave")))
    sex = {"HOMBRE": ("M", "MASCULINO"), "MUJER": ("F", "FEMENINO")}.get(str(person.get("sexo")))
    day = iso_date(record.get("fecha"))
    number = PROCEDURES_V1.get(str(record.get("tipoProcedimiento")))
    document: dict[str, Any] = {
        "id": record_id,
        "fechaCaptura": None if day is None else f"{day}T00:00:00-06:00",
        "ejercicioFiscal": filled(record.get("ejercicio")),
        # Required: what wasn't declared is declared empty.
        "nombres": filled(person.get("nombre")) or "",
        "primerApellido": filled(person.get("primerApellido")) or "",
        "segundoApellido": filled(person.get("segundoApellido")),
        "genero": {"clave": sex[0], "valor": sex[1]} if sex else None,
        "institucionDependencia": _some(
            {
                "nombre": filled(job.get("nombreEntePublico")) or "",
                "siglas": filled(job.get("siglasEntePublico")),
            }
        ),
        "puesto": _some({"nombre": post}),
        "tipoArea": _areas(record) or None,
        "tipoProcedimiento": [_procedure(number)] if number else [],
        "observaciones": filled(record.get("Observaciones")),
    }
    return _some(document)


def _procedure(number: int) -> dict[str, Any]:
    return {"clave": number, "valor": codes.codelist("spic", "tipoProcedimiento")[str(number)]}


def _areas(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """The areas of the contracts, each once."""
    found: list[str] = []
    contracts = record.get("tipoContratacion")
    for contract in contracts if isinstance(contracts, list) else []:
        for name in ("contratacionAdquisicion", "contratacionObra"):
            area = _object(contract, name).get("tipoArea") if isinstance(contract, Mapping) else None
            # The tool lets more than one be chosen.
            for one in area if isinstance(area, list) else [area]:
                if filled(one) is not None:
                    found.append(_AREAS_V1.get(str(one), _OTHER_AREA))
    values = codes.codelist("spic", "tipoArea")
    return [{"clave": key, "valor": values[key]} for key in dict.fromkeys(found)]


def _object(record: Any, name: str) -> Mapping[str, Any]:
    value = record.get(name) if isinstance(record, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _some(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
