"""How the files under `schemas/` were made from the standards as published.

Run once when a standard changes: `python -m pipelines.standards.derive_schemas <standards folder>`. The
folder holds `ocds/*.json`, `edca/extensions/<name>/` and the OpenAPI files of `pdn/S1`, `pdn/S2` and `pdn/S3`; a
  contract test proves
that the files carried here are what this module derives from it.

What is changed on the way, and why:
- OCDS schemas are carried as they are. Extensions keep their structure only (no titles, no prose).
- PDN publishes OpenAPI 3.0, which is a dialect of JSON Schema: `nullable: true` becomes the type `null`
  (and an enum that goes with it gets a null), `$ref`s into `components` are inlined, examples and prose are
  dropped, and `format: float`, which JSON Schema doesn't know, goes.
- `totalRows.minimum` is 1 in S2 and S3S, so that a legitimate empty answer fails PDN's own validator (S3P
  says 0); here it is 0 for all.
- v2 (Directus): `format: timestamp` is `date-time`; a nullable `oneOf` gets a null; amounts are numbers, where S3 says
  integers (it has no cents otherwise); an `allOf` with a branch `nullable: true` may be null; S2 asks for
  fields that its own public role can't read (id, curp, rfc) and for
  the sections of every kind of procedure at once, which aren't required here, and lists the levels of responsibility
  with typing errors (`PERVISAR (D)`, `SUPERVISAR (D`, three codes in one text), which are written as meant.
- A schema named `properties.example` or the like is never touched: only keywords are dropped.

Not here: using the schemas (`ocds.py`, `pdn.py`).
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

SCHEMAS = Path(__file__).parent / "schemas"

OCDS_FILES = (
    "release-schema-1.1.5.json",
    "release-schema-1.0.3.json",
    "release-package-schema-1.1.5.json",
    "record-package-schema-1.1.5.json",
)

# The EDCA-MX profile, in the order in which the patches are applied. INAImexico_* are older copies of
# three of them; publicNotices and extendedProcurementCategory bring codelists but no schema.
EDCA_EXTENSIONS = (
    "additionalContactPoints",
    "awardRationale",
    "budget_breakdown",
    "budgetLines",
    "clarificationMeetings",
    "contactPointType",
    "exchangeRate",
    "guarantees",
    "implementationStatus",
    "location",
    "memberOf",
    "nameBreakdown",
    "paymentMethod",
    "requestForQuotes",
    "surveillanceMechanisms",
    "taxes",
)

# file below schemas/pdn -> OpenAPI file, name of the page's component.
PDN_SOURCES = {
    "s1_v2_inicial": ("S1/OAS_API_Declaraciones_Inicial.json", "resDeclaraciones"),
    "s1_v2_modificacion": ("S1/OAS_API_Declaraciones_Modificacion.json", "resDeclaraciones"),
    "s1_v2_conclusion": ("S1/OAS_API_Declaraciones_Conclusion.json", "resDeclaraciones"),
    "s2_v1": ("S2/OAS_API_servidores_intervienen_contrataciones.json", "resSpic"),
    "s3s_v1": ("S3/OAS_API_Servidores_Sancionados.json", "ssancionados"),
    "s3p_v1": ("S3/OAS_API_Particulares_Sancionados.json", "resParticularesSancionados"),
}

# The same for v2: name of the component of one record. S3's page is `{meta, data}`; S2's is described in prose only.
PDN_V2_SOURCES = {
    "s2_v2": ("S2/especificacion-tecnica-s2-v2.yaml", "ServidorPublico"),
    "s3_graves": ("S3/s3-v2.json", "ItemsFaltasAdministrativasGraves"),
    "s3_no_graves": ("S3/s3-v2.json", "ItemsFaltasAdministrativasNoGraves"),
    "s3_personas_fisicas": ("S3/s3-v2.json", "ItemsFaltasGravesPersonasFisicas"),
    "s3_personas_morales": ("S3/s3-v2.json", "ItemsFaltasGravesPersonasMorales"),
}
# What the public role of S2 v2 can't read, and the sections of which a record has the one of its procedure.
NOT_REQUIRED = frozenset(
    {
        "id",
        "curp",
        "rfc",
        "otorgamientoConcesion",
        "enajenacionBien",
        "tipoContratacion",
        "avaluosJustipreciacion",
    }
    | {"contratacionAdquisicion", "contratacionObra"}
)
_WORD_MEANT = {"PERVISAR": "SUPERVISAR"}
_LEVELS = re.compile(r"(ELABORAR|REVISAR|FIRMAR|SUPERVISAR|PERVISAR|EMITIR) \(([A-E])\)?")

# field -> (type of the standard, type as meant or served): amounts have cents, S2's tool serves the year as a number.
_TYPES_MEANT = {
    "monto": (["integer", "null"], ["number", "null"]),
    "ejercicio": (["string", "null"], ["string", "integer", "null"]),
}

PROSE = frozenset({"title", "description", "example", "examples", "xml", "externalDocs", "deprecated"})
# Formats of OpenAPI that JSON Schema doesn't define.
OPENAPI_FORMATS = frozenset({"float", "double", "int32", "int64"})


def derive(standards: Path, out: Path = SCHEMAS) -> list[Path]:
    """Write every schema file below `out` from `standards`; the paths written, in order."""
    written: list[Path] = []
    for name in OCDS_FILES:
        written.append(_write(out / "ocds" / name, _read(standards / "ocds" / name)))
    for name in EDCA_EXTENSIONS:
        patch = without_prose(_read(standards / "edca" / "extensions" / name / "release-schema.json"))
        written.append(_write(out / "ocds" / "edca" / f"{name}.json", patch))
    for name, (file, component) in PDN_SOURCES.items():
        written.append(
            _write(out / "pdn" / f"{name}.json", pdn_schema(_read(standards / "pdn" / file), component))
        )
    for name, (file, component) in PDN_V2_SOURCES.items():
        written.append(
            _write(out / "pdn" / f"{name}.json", pdn_v2_schema(_read(standards / "pdn" / file), component))
        )
    return written


def without_prose(schema: Any, *, names_are_fields: bool = False) -> Any:
    """`schema` without titles, descriptions and examples; `properties` and `definitions` name fields, not
    keywords.
    """
    if isinstance(schema, Mapping):
        return {
            name: without_prose(
                value,
                names_are_fields=not names_are_fields
                and name in {"properties", "definitions", "patternProperties"},
            )
            for name, value in schema.items()
            if names_are_fields or name not in PROSE
        }
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    return schema


def pdn_schema(openapi: Mapping[str, Any], component: str) -> dict[str, Any]:
    """The page `{pagination, results}` of one PDN OpenAPI file as draft-07 JSON Schema, the record in
    `definitions`.
    """
    components = openapi["components"]["schemas"]
    page = _json_schema(components[component], components)
    record = page["properties"]["results"]["items"]
    page["properties"]["results"]["items"] = {"$ref": "#/definitions/record"}
    page["properties"]["pagination"]["properties"]["totalRows"]["minimum"] = 0
    return {"$schema": "http://json-schema.org/draft-07/schema#", **page, "definitions": {"record": record}}


def pdn_v2_schema(openapi: Mapping[str, Any], component: str) -> dict[str, Any]:
    """The page `{meta, data}` of one v2 collection as draft-07 JSON Schema, the record in `definitions`."""
    components = openapi["components"]["schemas"]
    record = _as_meant(_json_schema(components[component], components))
    count = {"type": "integer", "minimum": 0}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["meta", "data"],
        "properties": {
            "meta": {"type": "object", "properties": {"total_count": count, "filter_count": count}},
            "data": {"type": "array", "items": {"$ref": "#/definitions/record"}},
        },
        "definitions": {"record": record},
    }


def _as_meant(schema: Any) -> Any:
    """A v2 schema without what its authors can't have meant (see the module's notes)."""
    if isinstance(schema, list):
        return [_as_meant(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    derived = {name: _as_meant(value) for name, value in schema.items()}
    properties = derived.get("properties")
    if isinstance(properties, dict) and not isinstance(properties.get("type"), str):
        for name, (types, meant) in _TYPES_MEANT.items():
            if name in properties and properties[name].get("type") == types:
                properties[name] = {**properties[name], "type": meant}
    if isinstance(derived.get("required"), list):
        derived["required"] = [name for name in derived["required"] if name not in NOT_REQUIRED]
        if not derived["required"]:
            del derived["required"]
    codes = derived.get("enum")
    if isinstance(codes, list) and any(_LEVELS.search(str(code)) for code in codes):
        levels = [found for code in codes for found in _LEVELS.finditer(str(code))]
        named = [f"{_WORD_MEANT.get(found[1], found[1])} ({found[2]})" for found in levels]
        derived["enum"] = [*dict.fromkeys(named), *([None] if None in codes else [])]
    return derived


def _json_schema(
    schema: Any,
    components: Mapping[str, Any],
    *,
    names_are_fields: bool = False,
    above: frozenset[str] = frozenset(),
) -> Any:
    """`above`: components that are being inlined; v2's point back at their parents, which no record serves."""
    if isinstance(schema, list):
        return [_json_schema(item, components, above=above) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if not names_are_fields and ("$ref" in schema or isinstance(schema.get("allOf"), list)):
        return _referenced(schema, components, above)
    derived: dict[str, Any] = {}
    for name, value in schema.items():
        if names_are_fields:
            derived[name] = _json_schema(value, components, above=above)
        elif name in PROSE or name == "nullable" or (name == "format" and value in OPENAPI_FORMATS):
            continue
        elif name == "enum":
            derived[name] = list(value)
        else:
            derived[name] = _json_schema(
                value, components, names_are_fields=name == "properties", above=above
            )
    if not names_are_fields and schema.get("nullable") is True:
        _let_be_null(derived)
    return derived


def _let_be_null(derived: dict[str, Any]) -> None:
    """What `nullable: true` means in JSON Schema."""
    if "oneOf" in derived:
        derived["oneOf"].append({"type": "null"})
    elif "type" in derived:
        derived["type"] = [derived["type"], "null"]
        if "enum" in derived and None not in derived["enum"]:
            derived["enum"].append(None)


def _referenced(schema: Mapping[str, Any], components: Mapping[str, Any], above: frozenset[str]) -> Any:
    """A reference, or an `allOf` of one and remarks about it: what S2 v2 writes for a reference that may be null."""
    parts = schema.get("allOf", [schema])
    (reference,) = [part["$ref"] for part in parts if "$ref" in part]
    name = reference.rsplit("/", 1)[1]
    meant = {} if name in above else _json_schema(components[name], components, above=above | {name})
    nullable = "allOf" in schema and any(part.get("nullable") is True for part in (schema, *parts))
    return {"oneOf": [meant, {"type": "null"}]} if nullable else meant


def _read(path: Path) -> Any:
    if path.suffix == ".yaml":
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    return orjson.loads(path.read_bytes())


def _write(path: Path, schema: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
