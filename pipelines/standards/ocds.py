"""OCDS as data: the schemas carried by the project, the EDCA-MX profile, validators and merge rules.

Here: loading and combining. Not here: merging (`compile.py`), the dialect that Mexican tools publish
(`edca.py`), packages (`packages.py`), how the files were made (`derive_schemas.py`).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

import orjson
from ocdsmerge.rules import get_merge_rules

from pipelines.standards.derive_schemas import EDCA_EXTENSIONS, SCHEMAS
from pipelines.standards.validation import SchemaValidator

OcdsKind = Literal["release", "release-edca", "release-1.0", "release-package", "record-package"]
MergeRules = Mapping[tuple[str, ...], str]

RELEASE_URI = "https://standard.open-contracting.org/schema/1__1__5/release-schema.json"
VERSIONED_RELEASE_URI = (
    "https://standard.open-contracting.org/schema/1__1__5/versioned-release-validation-schema.json"
)

_FILES: Mapping[OcdsKind, str] = {
    "release": "release-schema-1.1.5.json",
    "release-1.0": "release-schema-1.0.3.json",
    "release-package": "release-package-schema-1.1.5.json",
    "record-package": "record-package-schema-1.1.5.json",
}

# Where each extension of the profile declares itself; a package lists them under `extensions`. Only
# those whose repository their own extension.json names (`documentationUrl`).
EXTENSION_URLS = tuple(
    f"https://raw.githubusercontent.com/{owner}/ocds_{name}_extension/master/extension.json"
    for owner, name in (
        ("contratacionesabiertas", "awardRationale"),
        ("contratacionesabiertas", "budgetLines"),
        ("contratacionesabiertas", "clarificationMeetings"),
        ("open-contracting-extensions", "exchangeRate"),
        ("contratacionesabiertas", "extendedProcurementCategory"),
        ("contratacionesabiertas", "guarantees"),
        ("contratacionesabiertas", "implementationStatus"),
        ("open-contracting-extensions", "memberOf"),
        ("contratacionesabiertas", "nameBreakdown"),
        ("contratacionesabiertas", "paymentMethod"),
        ("contratacionesabiertas", "publicNotices"),
        ("contratacionesabiertas", "requestForQuotes"),
        ("contratacionesabiertas", "surveillanceMechanisms"),
        ("contratacionesabiertas", "taxes"),
    )
)

# Fields that an extension adds but whose name OCDS 1.1.5 also uses elsewhere: seeing one doesn't tell that a
# release uses the extension.
_AMBIGUOUS_FIELDS = frozenset(
    {"rationale", "status", "type", "position", "address", "name", "id", "date", "description"}
)


def load_schema(kind: OcdsKind) -> dict[str, Any]:
    """The JSON Schema (draft 04) of `kind`, a fresh copy."""
    if kind == "release-edca":
        return extended_release_schema()
    loaded: dict[str, Any] = orjson.loads((SCHEMAS / "ocds" / _FILES[kind]).read_bytes())
    return loaded


def extended_release_schema() -> dict[str, Any]:
    """The 1.1.5 release schema with every EDCA-MX extension applied as a JSON merge patch (RFC 7396)."""
    schema = load_schema("release")
    for patch in _patches():
        schema = merge_patch(schema, patch)
    return schema


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge, null removes, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


@cache
def validator(kind: OcdsKind) -> SchemaValidator:
    """The compiled validator of `kind`, made once a process. Formats (date-time, uri) are checked."""
    referenced = [(RELEASE_URI, load_schema("release"))] if kind.endswith("-package") else []
    if kind == "record-package":
        # Tequio's records carry no versionedRelease, so its schema (53 KB) isn't carried either.
        referenced.append((VERSIONED_RELEASE_URI, {"$schema": "http://json-schema.org/draft-04/schema#"}))
    return SchemaValidator(load_schema(kind), referenced=referenced)


@cache
def merge_rules(kind: OcdsKind = "release-edca") -> MergeRules:
    """Path → `omitWhenMerged` or `wholeListMerge`, read from the schema; any other array of objects merges
    by `id`.
    """
    rules: MergeRules = get_merge_rules(load_schema(kind))
    return rules


@cache
def extension_fields() -> frozenset[str]:
    """Names of fields that only the EDCA-MX extensions define."""
    known = set(_field_names(load_schema("release")))
    added = {name for patch in _patches() for name in _field_names(patch)}
    return frozenset(added - known - _AMBIGUOUS_FIELDS)


def _patches() -> Iterator[dict[str, Any]]:
    for name in EDCA_EXTENSIONS:
        yield orjson.loads((SCHEMAS / "ocds" / "edca" / f"{name}.json").read_bytes())


def _field_names(schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    for name, value in schema.items():
        if name == "properties" and isinstance(value, Mapping):
            yield from value
        if isinstance(value, Mapping):
            yield from _field_names(value)
