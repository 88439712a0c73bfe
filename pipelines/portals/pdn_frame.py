"""What an answer of a PDN service says besides its records: counts, errors; and what its records leave out.

Here: the members around `results` or `data`, the keys of a v2 record that stand where objects belong. Not here: the
records (`pdn_body.py`), what is made of it (the protocol modules).
"""

import json
import re
from typing import Any

from pipelines.portals.bodies import BodyFault
from pipelines.portals.json_text import Broken, Cursor, structure_fault
from pipelines.portals.pdn_body import LISTS

# Fields that are objects or lists of them: a service that answers fewer levels than were asked for gives their keys.
_OBJECTS = (
    "resolucion|origenProcedimiento|entePublico|datosGenerales|empleoCargoComision|dondeCometioLaFalta|nivelJerarquico"
    "|faltaCometida|normatividadInfringida|tipoSancion|sancionEconomica|indemnizacion|inhabilitacion|suspensionEmpleo"
    "|suspensionActividades|destitucionEmpleo|disolucionSociedad|amonestacion|otro|plazoPago|efectivamenteCobrado"
    "|domicilioMexico|domicilioExtranjero|datosDirGeneralReprLegal|directorGeneral|representanteLegal"
    "|tipoContratacion|otorgamientoConcesion|enajenacionBien|avaluosJustipreciacion|contratacionAdquisicion"
    "|contratacionObra|datosGeneralesProcedimientos|informacionPersonasBeneficiarias"
)
_FOREIGN_KEY = re.compile(rf'"({_OBJECTS})"\s*:\s*(?:\[\s*)?\d+\s*[,\]}}]')


def pdn_frame(text: str) -> dict[str, Any] | None:
    """What an answer says besides its records: its other members, decoded. None for a plain list.

    Raises:
        BodyFault: truncated, or no JSON object or list.
    """
    try:
        cursor = Cursor(text)
        if cursor.mark == "[":
            return None
        if cursor.mark != "{":
            raise cursor.broken()
        said: dict[str, Any] = {}
        for key, _ in cursor.members():
            start = cursor.at
            is_list = key in LISTS and cursor.mark == "["
            cursor.skip_value()
            if not is_list:
                said[key] = json.loads(text[start : cursor.at])
    except Broken as broken:
        raise structure_fault(broken) from None
    except ValueError:
        raise BodyFault("not_json", "el contenido no es JSON válido") from None
    return said


def foreign_keys(text: str) -> set[str]:
    """Names of the fields of a v2 record that hold a key (an integer) where an object belongs: the service answered
    fewer levels than the record has."""
    return {found[1] for found in _FOREIGN_KEY.finditer(text)}


def count_of(said: Any, name: str) -> int | None:
    """A count among the members of an object; some services write theirs as text. None when there is none."""
    value = said.get(name) if isinstance(said, dict) else None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
