"""PDN as data: its systems, the layouts their records come in, and their schemas.

Here: loading and validators. Not here: what of a record may be published (`privacy.py` and
`allow_lists.yaml`), pages (`packages.py`), how the schemas were made from the OpenAPI files
(`derive_schemas.py`).
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

import orjson

from pipelines.standards.derive_schemas import SCHEMAS
from pipelines.standards.validation import SchemaValidator

# s1: declarations; s2: servidores en contrataciones; s3s: servidores sancionados; s3p: particulares sancionados.
PdnSystem = Literal["s1", "s2", "s3s", "s3p"]
# Those with a v1.1.
PDN_SYSTEMS: tuple[PdnSystem, ...] = ("s2", "s3s", "s3p")

# The layouts of records, all generations. The allow-lists are named by them.
PdnLayout = Literal[
    "s1_v2",
    "s2_v1",
    "s3s_v1",
    "s3p_v1",
    "s2_v2",
    "s3_graves",
    "s3_no_graves",
    "s3_personas_fisicas",
    "s3_personas_morales",
]
# Those of S2 and S3, with one schema each; declarations have one by type.
PDN_LAYOUTS: tuple[PdnLayout, ...] = tuple(name for name in get_args(PdnLayout) if name != "s1_v2")
# System, dialect and collection → layout.
LAYOUTS: Mapping[tuple[PdnSystem, str, str], PdnLayout] = {
    ("s1", "v2", "declaraciones"): "s1_v2",
    ("s2", "v1", "spic"): "s2_v1",
    ("s3s", "v1", "ssancionados"): "s3s_v1",
    ("s3p", "v1", "psancionados"): "s3p_v1",
    ("s2", "v2", "servidores_intervengan_procedimientos_contrataciones"): "s2_v2",
    ("s3s", "v2", "faltas_administrativas_graves"): "s3_graves",
    ("s3s", "v2", "faltas_administrativas_no_graves"): "s3_no_graves",
    ("s3p", "v2", "faltas_graves_personas_fisicas"): "s3_personas_fisicas",
    ("s3p", "v2", "faltas_graves_personas_morales"): "s3_personas_morales",
}

# The three declarations of S1, each with an OpenAPI file of its own.
DeclarationType = Literal["inicial", "modificacion", "conclusion"]
DECLARATION_TYPES: tuple[DeclarationType, ...] = get_args(DeclarationType)


# The collections that staging reads (`dbt_project/models/staging/pdn_*`): the system and the generation of the standard
# of their records. Of records that are no longer in a source nobody else says it.
COLLECTIONS: Mapping[str, tuple[str, str]] = {
    collection: (system, dialect) for system, dialect, collection in LAYOUTS
}


def layout_of(system: PdnSystem, dialect: str, collection: str) -> PdnLayout:
    """The layout of a record.

    Raises:
        KeyError: no such collection; staging lets none through.
    """
    return LAYOUTS[system, dialect, collection]


# Objects that stand three objects deep in a sanction, by their collections.
_FOURTH_LEVEL = frozenset(
    f"{name}{of}" for name in ("plazo_pago", "efectivamente_cobrado") for of in ("", "_indemnizacion")
)
# v2 answers `{meta, data}`; the published pages are validated with the enumerations of the standard.
_V2_LAYOUTS = frozenset(PDN_LAYOUTS) - {"s2_v1", "s3s_v1", "s3p_v1"}


def page_schema(layout: PdnLayout) -> dict[str, Any]:
    """The JSON Schema (draft 07) of a page (`{pagination, results}`, v2 `{meta, data}`); the record is
    `#/definitions/record`.
    """
    loaded: dict[str, Any] = orjson.loads((SCHEMAS / "pdn" / f"{layout}.json").read_bytes())
    return loaded


@cache
def record_validator(layout: PdnLayout) -> SchemaValidator:
    """The compiled validator of one record as a source serves it.

    Of v2 without the enumerations: standard, capture tool and migration disagree about the codes, so these are judged by
    codelist and alias (PDN-C01). And with a key where PDN's own wrapper, which asks for three levels of fields, gives one
    for an object of the fourth: that is no fault of the agency's.
    """
    page = page_schema(layout)
    record = page["definitions"]["record"]
    if layout in _V2_LAYOUTS:
        record = _as_served(record)
    return SchemaValidator({"$schema": page["$schema"], **record})


def _as_served(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_as_served(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    served = {
        name: _as_served(value)
        for name, value in schema.items()
        if not (name == "enum" and isinstance(value, list))
    }
    choices = served.get("oneOf", ())
    if any(choice.get("x-collection") in _FOURTH_LEVEL for choice in choices):
        return {**served, "oneOf": [*choices, {"type": "integer"}]}
    return served


def declaration_type(record: Mapping[str, Any]) -> DeclarationType | None:
    """Which declaration a record of S1 is, by `metadata.tipo` read without case or accents; None: it doesn't say."""
    metadata = record.get("metadata")
    said = metadata.get("tipo") if isinstance(metadata, Mapping) else None
    if not isinstance(said, str):
        return None
    plain = unicodedata.normalize("NFD", said).encode("ascii", "ignore").decode().strip().casefold()
    return next((kind for kind in DECLARATION_TYPES if kind == plain), None)


@cache
def declaration_page_schema(kind: DeclarationType) -> dict[str, Any]:
    """The JSON Schema of a page of declarations of one type; the record is `#/definitions/record`."""
    loaded: dict[str, Any] = orjson.loads((SCHEMAS / "pdn" / f"s1_v2_{kind}.json").read_bytes())
    return loaded


@cache
def declaration_validator(kind: DeclarationType) -> SchemaValidator:
    """The compiled validator of one declaration of a type."""
    page = declaration_page_schema(kind)
    return SchemaValidator({"$schema": page["$schema"], **page["definitions"]["record"]})
