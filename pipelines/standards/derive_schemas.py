"""How the files under `schemas/` were made from the standards as published.

Run once when a standard changes: `python -m pipelines.standards.derive_schemas <standards folder>`. The
folder holds `ocds/*.json`, `edca/extensions/<name>/` and `pdn/S2|S3/OAS_*.json`; a contract test proves
that the files carried here are what this module derives from it.

What is changed on the way, and why:
- OCDS schemas are carried as they are. Extensions keep their structure only (no titles, no prose).
- PDN publishes OpenAPI 3.0, which is a dialect of JSON Schema: `nullable: true` becomes the type `null`
  (and an enum that goes with it gets a null), `$ref`s into `components` are inlined, examples and prose are
  dropped, and `format: float`, which JSON Schema doesn't know, goes.
- `totalRows.minimum` is 1 in S2 and S3S, so that a legitimate empty answer fails PDN's own validator (S3P
  says 0); here it is 0 for all.
- A schema named `properties.example` or the like is never touched: only keywords are dropped.

Not here: using the schemas (`ocds.py`, `pdn.py`).
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

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
    "s2_v1": ("S2/OAS_API_servidores_intervienen_contrataciones.json", "resSpic"),
    "s3s_v1": ("S3/OAS_API_Servidores_Sancionados.json", "ssancionados"),
    "s3p_v1": ("S3/OAS_API_Particulares_Sancionados.json", "resParticularesSancionados"),
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


def _json_schema(schema: Any, components: Mapping[str, Any], *, names_are_fields: bool = False) -> Any:
    if isinstance(schema, list):
        return [_json_schema(item, components) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if not names_are_fields and "$ref" in schema:
        return _json_schema(components[schema["$ref"].rsplit("/", 1)[1]], components)
    derived: dict[str, Any] = {}
    for name, value in schema.items():
        if names_are_fields:
            derived[name] = _json_schema(value, components)
        elif name in PROSE or name == "nullable" or (name == "format" and value in OPENAPI_FORMATS):
            continue
        elif name == "enum":
            derived[name] = list(value)
        else:
            derived[name] = _json_schema(value, components, names_are_fields=name == "properties")
    if not names_are_fields and schema.get("nullable") is True:
        derived["type"] = [derived["type"], "null"]
        if "enum" in derived and None not in derived["enum"]:
            derived["enum"].append(None)
    return derived


def _read(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def _write(path: Path, schema: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
