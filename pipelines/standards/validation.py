"""JSON Schema validation in bulk, with messages for people.

Here: one validator over jsonschema-rs (fast enough to check every release: about 20,000 a second a core)
and the translation of its errors into short Spanish sentences that never repeat a personal value. Not here:
which schema (`ocds.py`, `pdn.py`), what becomes of an error (`public_view.py`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from pipelines.standards.identity import mask

_TYPES_ES = {
    "string": "texto",
    "integer": "número entero",
    "number": "número",
    "boolean": "verdadero/falso",
    "array": "lista",
    "object": "objeto",
    "null": "nulo",
}
_FORMATS_ES = {
    "date-time": "una fecha con hora y zona (AAAA-MM-DDThh:mm:ss-06:00)",
    "date": "una fecha (AAAA-MM-DD)",
    "uri": "una dirección web completa (https://…)",
    "email": "un correo electrónico",
}
# Codes are shown as they are because the reader has to find them; anything that could be a name, a
# number or an address is shown as a shape.
_CODE = re.compile(r"^[A-Za-zÁÉÍÓÚÜÑáéíóúüñ_]{1,30}$")
_SHOWN_OPTIONS = 8


@dataclass(frozen=True)
class SchemaError:
    """One place where a document isn't what the schema says.

    `pointer` is a JSON pointer into the document (of a missing field: where it should be), `keyword` the
    schema keyword, `message` Spanish, without values that could be personal; `form` the format asked for, of the
    keyword `format`.
    """

    pointer: str
    keyword: str
    message: str
    form: str | None = None


class SchemaValidator:
    """A compiled schema."""

    def __init__(
        self, schema: Mapping[str, Any], *, referenced: Sequence[tuple[str, Mapping[str, Any]]] = ()
    ) -> None:
        """Compile `schema`; `referenced` are the (URI, schema) pairs it points to, so that nothing is
        downloaded.
        """
        draft = jsonschema_rs.validator_cls_for(dict(schema))
        registry = jsonschema_rs.Registry(
            [(uri, dict(content)) for uri, content in referenced], draft=draft_of(schema)
        )
        self._validator = draft(dict(schema), validate_formats=True, registry=registry)

    def is_valid(self, document: Any) -> bool:
        """Whether the document fits; the fast path."""
        return bool(self._validator.is_valid(document))

    def errors(self, document: Any) -> list[SchemaError]:
        """Every error, in document order; empty when the document fits."""
        if self._validator.is_valid(document):
            return []
        return list(self._translated(document))

    def _translated(self, document: Any) -> Iterator[SchemaError]:
        for error in self._validator.iter_errors(document):
            keyword, detail = str(error.kind.name), error.kind.as_dict()
            path = list(error.instance_path)
            if keyword == "required":
                # Where the missing field should stand: that is where the publisher has to look.
                path.append(_names(detail.get("property")))
            form = str(detail.get("format")) if keyword == "format" else None
            yield SchemaError(json_pointer(path), keyword, _message(detail, keyword, error.instance), form)


def draft_of(schema: Mapping[str, Any]) -> int:
    """The jsonschema-rs constant of the draft that `$schema` names."""
    return int(jsonschema_rs.Draft4 if "draft-04" in str(schema.get("$schema", "")) else jsonschema_rs.Draft7)


def json_pointer(parts: Sequence[str | int]) -> str:
    """RFC 6901: `('parties', 0, 'id')` → `/parties/0/id`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _message(detail: Mapping[str, Any], keyword: str, instance: Any) -> str:
    if keyword in _SENTENCES:
        return _SENTENCES[keyword]
    if keyword == "required":
        return f"falta el campo obligatorio «{_names(detail.get('property'))}»"
    if keyword == "enum":
        options = [str(option) for option in detail.get("options") or () if option is not None]
        listed = ", ".join(options[:_SHOWN_OPTIONS]) + (", …" if len(options) > _SHOWN_OPTIONS else "")
        return f"debe ser uno de los códigos {listed}; es {_code(instance)}"
    if keyword == "format":
        return _format_message(str(detail.get("format")), instance)
    wanted = f"debe ser {_names_es(detail.get('types'))}" if keyword == "type" else f"no cumple «{keyword}»"
    return f"{wanted}; es {_type_es(instance)}{_shape(instance)}"


def _format_message(form: str, instance: Any) -> str:
    if form == "uri" and isinstance(instance, str) and " " in instance.strip():
        return "la dirección web tiene espacios; deben escribirse como %20"
    return f"debe ser {_FORMATS_ES.get(form, form)}; es{_shape(instance)}"


_SENTENCES = {
    "minLength": "el texto está vacío o es más corto de lo permitido",
    "maxLength": "el texto es más largo de lo permitido",
    "minItems": "la lista está vacía o tiene menos elementos de los permitidos",
    "maxItems": "la lista tiene más elementos de los permitidos",
    "uniqueItems": "la lista repite elementos",
    "minProperties": "el objeto está vacío",
    "minimum": "el número es menor que el mínimo permitido",
    "maximum": "el número es mayor que el máximo permitido",
    "pattern": "el texto no tiene la forma que pide el estándar",
    "oneOfNotValid": "no cumple ninguna de las formas permitidas",
    "oneOfMultipleValid": "cumple a la vez varias formas que se excluyen",
    "anyOf": "no cumple ninguna de las formas permitidas",
    "additionalProperties": "tiene campos que el estándar no conoce",
}


def _names(value: Any) -> str:
    return str(value).strip('"')


def _names_es(types: Any) -> str:
    if not isinstance(types, (list, tuple, set)):
        return _TYPES_ES.get(str(types), str(types))
    return " o ".join(
        _TYPES_ES.get(name, name) for name in sorted(map(str, types), key=list(_TYPES_ES).index)
    )


def _type_es(instance: Any) -> str:
    if instance is None:
        return "nulo"
    if isinstance(instance, bool):
        return "verdadero/falso"
    if isinstance(instance, (int, float)):
        return "número"
    if isinstance(instance, str):
        return "texto"
    return "lista" if isinstance(instance, list) else "objeto"


def _shape(instance: Any) -> str:
    if isinstance(instance, bool) or not isinstance(instance, (str, int, float)):
        return ""
    return f" «{mask(instance, limit=40)}»"


def _code(instance: Any) -> str:
    if isinstance(instance, str) and _CODE.match(instance):
        return f"«{instance}»"
    return f"{_type_es(instance)}{_shape(instance)}"
