"""Schema errors as sentences."""

from typing import Any

import pytest

from pipelines.standards import ocds
from pipelines.standards.pdn import PDN_SYSTEMS, page_schema
from pipelines.standards.validation import SchemaError, SchemaValidator

VALID: dict[str, Any] = {
    "ocid": "ocds-test-1",
    "id": "1",
    "date": "2024-01-01T00:00:00Z",
    "tag": ["tender"],
    "initiationType": "tender",
}


@pytest.mark.parametrize(
    ("fields", "pointer", "message"),
    [
        ({"tender": {}}, "/tender/id", "falta el campo obligatorio «id»"),
        ({"tender": {"id": 1, "title": 5}}, "/tender/title", "debe ser texto o nulo; es número «9»"),
        (
            {"tender": {"id": 1, "status": "Abierta"}},
            "/tender/status",
            "debe ser uno de los códigos planning, planned, active, cancelled, unsuccessful, complete, "
            "withdrawn; "
            "es «Abierta»",
        ),
        (
            {"date": "01-Enero-18"},
            "/date",
            "debe ser una fecha con hora y zona (AAAA-MM-DDThh:mm:ss-06:00); es «99-AAAAA-99»",
        ),
        (
            {"tender": {"id": 1, "documents": [{"id": 1, "url": "http://x.mx/a b"}]}},
            "/tender/documents/0/url",
            "la dirección web tiene espacios; deben escribirse como %20",
        ),
        ({"tag": []}, "/tag", "la lista está vacía o tiene menos elementos de los permitidos"),
        ({"parties": {"id": "1"}}, "/parties", "debe ser lista; es objeto"),
        (
            {"initiationType": "JUAN PÉREZ 12"},
            "/initiationType",
            "debe ser uno de los códigos tender; es texto «AAAA AAAAA 99»",
        ),
    ],
)
def test_messages(fields: dict[str, Any], pointer: str, message: str) -> None:
    (error,) = ocds.validator("release").errors({**VALID, **fields})
    assert (error.pointer, error.message) == (pointer, message)


def test_valid_release_has_no_errors() -> None:
    assert ocds.validator("release").errors(VALID) == []
    assert ocds.validator("release").is_valid(VALID)


def test_extension_fields_are_checked_by_the_extended_schema_only() -> None:
    release = {**VALID, "contracts": [{"id": "1", "awardID": "1", "guarantees": [{"type": "bail"}]}]}
    assert ocds.validator("release").errors(release) == []
    assert ocds.validator("release-edca").errors(release) == [
        SchemaError("/contracts/0/guarantees/0/id", "required", "falta el campo obligatorio «id»")
    ]
    assert {"guarantees", "legalPersonality", "budgetLines"} <= ocds.extension_fields()
    assert not {"id", "status", "rationale", "title"} & ocds.extension_fields()


def test_merge_patch() -> None:
    assert ocds.merge_patch(
        {"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": {"f": 3}}, "d": [2]}
    ) == {
        "a": {"c": 2, "e": {"f": 3}},
        "d": [2],
    }


def test_empty_pdn_page_is_valid() -> None:
    page = {"pagination": {"page": 1, "pageSize": 1, "totalRows": 0, "hasNextPage": False}, "results": []}
    for system in PDN_SYSTEMS:
        assert SchemaValidator(page_schema(f"{system}_v1")).errors(page) == []
