"""The fields of an OCDS release: every place where the release schema lets something stand.

Here: the fields as data, and what dbt reads of them, written once when the standard changes
(`python -m pipelines.standards.ocds_fields`): the seed `ocds_fields.csv` and the macros of `ocds_schema.sql`. A test
proves that both are what this module derives. Not here: the schema (`ocds.py`), counting what is filled
(`dbt_project/models/quality/quality_field_checks.sql`), fields that the schema doesn't know (`additional_fields.py`).

What is counted are the fields of the core schema, in its order, without the EDCA-MX extensions: the same 559 that OCP's
Pelican looks at, so that the figures can be compared. Those of the extensions are known besides, so that nobody is told
that they aren't of the standard.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from pipelines.standards.ocds import load_schema
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor

DBT = Path(__file__).resolve().parents[2] / "dbt_project"
SEED = DBT / "seeds" / "ocds_fields.csv"
MACROS = DBT / "macros" / "ocds_schema.sql"

_REFERENCE = "#/definitions/"
_INDENT = "    "
_LINE = 100
_HEAD = """\
{#- Made by pipelines/standards/ocds_fields.py from the release schema of OCDS 1.1.5; never
    edited by hand. -#}

{#- The members of an OCDS release in the notation of json_typed. -#}
{% macro ocds_schema_shape() -%}
"""
_DEPRECATED = """\

{#- Fields that OCDS 1.1 deprecates: JSON pointers without positions. -#}
{% macro ocds_deprecated_fields() -%}
    {{ return([
"""


@dataclass(frozen=True)
class Field:
    """One field. `path` is its JSON pointer in a release without positions, `parent` that of the object it is a member
    of ("" is the release).

    `object_number` numbers the objects in the order of the schema, `member_number` their members, both from 0.
    `deprecated`: the version of OCDS that deprecates it. `is_public`: whether it may be published at all; of a private
    one nobody can see whether it is filled (`allow_lists.yaml`).
    """

    path: str
    parent: str
    object_number: int
    member_number: int
    deprecated: str | None
    is_public: bool


@cache
def release_fields() -> tuple[Field, ...]:
    """All fields in the order of the release schema."""
    return _fields_of(load_schema("release"))


@cache
def extension_fields() -> tuple[Field, ...]:
    """The fields that the EDCA-MX extensions add. Their numbers are those of another schema, and mean nothing here."""
    core = {field.path for field in release_fields()}
    return tuple(field for field in _fields_of(load_schema("release-edca")) if field.path not in core)


def _fields_of(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    # Nothing is redacted here: the rules don't depend on the key.
    redactor = OcdsRedactor(PseudonymKey(bytes(32)))
    return tuple(_fields(schema["properties"], "", schema["definitions"], count(), redactor))


def _fields(
    members: Mapping[str, Any],
    parent: str,
    definitions: Mapping[str, Any],
    numbers: Iterator[int],
    redactor: OcdsRedactor,
) -> Iterator[Field]:
    number = next(numbers)
    for at, (name, member) in enumerate(members.items()):
        path = f"{parent}/{name}"
        yield Field(
            path=path,
            parent=parent,
            object_number=number,
            member_number=at,
            deprecated=member.get("deprecated", {}).get("deprecatedVersion"),
            is_public=not redactor.reserves(path),
        )
        inner = _members(member, definitions)
        if inner is not None:
            yield from _fields(inner[0], path, definitions, numbers, redactor)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return schema if reference is None else definitions[reference.removeprefix(_REFERENCE)]


def _members(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> tuple[Mapping[str, Any], bool, str | None] | None:
    """The members of the object that stands here, or of those in the list that does; whether it is a list; and the
    name of the definition. None for texts, numbers, lists of them and objects of any form.
    """
    here = _resolved(schema, definitions)
    is_list = "array" in here.get("type", ())
    holder = here.get("items", {}) if is_list else schema
    found = _resolved(holder, definitions)
    if "object" not in found.get("type", ()) or "properties" not in found:
        return None
    reference = holder.get("$ref")
    return (
        found["properties"],
        is_list,
        None if reference is None else reference.removeprefix(_REFERENCE),
    )


# -- what dbt reads ---------------------------------------------------------------------------------------


def seed_text() -> str:
    """The fields as CSV. `object_number` and `bit` are what the macro `field_objects` codes an object with; the fields
    of extensions have none.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "parent", "standard", "object_number", "bit", "deprecated", "is_public"])
    for field in release_fields():
        code = (field.object_number, 1 << field.member_number)
        is_public = str(field.is_public).lower()
        writer.writerow([field.path, field.parent, "ocds", *code, field.deprecated or "", is_public])
    for field in extension_fields():
        is_public = str(field.is_public).lower()
        writer.writerow([field.path, field.parent, "edca", "", "", "", is_public])
    return text.getvalue()


def macro_text() -> str:
    """The shape of a release, and its deprecated fields, as dbt macros."""
    schema = load_schema("release")
    definitions = schema["definitions"]
    written: dict[str, str] = {}

    def shape(members: Mapping[str, Any], depth: int) -> str:
        lines = []
        for name, member in members.items():
            inner = _members(member, definitions)
            if inner is None:
                value = "'text'"
            else:
                inner_members, is_list, definition = inner
                if definition is None:
                    value = shape(inner_members, depth + 1)
                else:
                    value = _variable(definition)
                    if definition not in written:
                        written[definition] = ""
                        written[definition] = shape(inner_members, 1)
                        # Definitions stand in the order in which they are needed.
                        written[definition] = written.pop(definition)
                value = f"[{value}]" if is_list else value
            lines.append(f"'{name}': {value}")
        one_line = "{" + ", ".join(lines) + "}"
        if "\n" not in one_line and len(one_line) < _LINE - 30:
            return one_line
        inside = f",\n{_INDENT * (depth + 1)}".join(lines)
        return f"{{\n{_INDENT * (depth + 1)}{inside}\n{_INDENT * depth}}}"

    release = shape(schema["properties"], 1)
    settings = "".join(
        f"{_INDENT}{{%- set {_variable(name)} = {text} -%}}\n" for name, text in written.items()
    )
    deprecated = ",\n".join(
        f"{_INDENT * 2}'{field.path}'" for field in release_fields() if field.deprecated is not None
    )
    return (
        f"{_HEAD}{settings}{_INDENT}{{{{ return({release}) }}}}\n{{%- endmacro %}}\n"
        f"{_DEPRECATED}{deprecated},\n{_INDENT}]) }}}}\n{{%- endmacro %}}\n"
    )


def _variable(definition: str) -> str:
    """OrganizationReference → organization_reference."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in definition).lstrip("_")


if __name__ == "__main__":
    SEED.write_text(seed_text(), encoding="utf-8")
    MACROS.write_text(macro_text(), encoding="utf-8")
