"""The institutions a PDN provider lists: an array of `{nombre, siglas, clave}`, as real providers fill it.

Here: from the body of `/dependencias` (or an aggregator's `/entities`) to `ListedInstitution`. Not here: who asks
(the protocol modules), which institutions these are (`dbt_project/models/integrated/`).
"""

from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.portals.bodies import BodyFault
from pipelines.portals.pages import ListedInstitution

# What providers write where they have nothing; PDN's own list of 2022 has 382 acronyms "nan".
_NOTHING = frozenset({"", "nan", "none", "null", "n/a", "na", "undefined"})


@dataclass(frozen=True)
class Listing:
    """The institutions of one body; `skipped` counts the elements that name none."""

    institutions: tuple[ListedInstitution, ...]
    skipped: int


def read_institutions(text: str, collection: str) -> Listing:
    """Read a list of institutions; elements without a name (`{"error": true}`, "nan", blanks) are skipped.

    Raises:
        BodyFault: not JSON, no list, or a list of elements none of which names an institution.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BodyFault("not_json", "el contenido no es JSON válido") from None
    if not isinstance(document, list):
        raise BodyFault("wrong_shape", "se esperaba una lista de {nombre, siglas, clave}")
    read = [_institution(element, collection) for element in document]
    institutions = tuple(each for each in read if each is not None)
    if document and not institutions:
        raise BodyFault("wrong_shape", f"ninguno de los {len(document):,} elementos nombra una institución")
    return Listing(institutions, len(document) - len(institutions))


def _institution(element: Any, collection: str) -> ListedInstitution | None:
    if isinstance(element, str):
        element = {"nombre": element}
    if not isinstance(element, dict):
        return None
    nombre = _text(element.get("nombre"))
    if nombre is None:
        return None
    return ListedInstitution(collection, nombre, _text(element.get("siglas")), _text(element.get("clave")))


def _text(value: Any) -> str | None:
    """A value as text; keys come as numbers too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return None if text.casefold() in _NOTHING else text
