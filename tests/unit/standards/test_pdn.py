"""Validators of PDN records as they are served."""

from typing import Any

import pytest

from pipelines.standards.pdn import record_validator


def graves(**economic: Any) -> dict[str, Any]:
    return {
        "id": "0b58ab85-9e5b-4569-b4c0-03ae56e271ed",
        "tipoSancion": [{"clave": "SANCION_ECONOMICA", "sancionEconomica": {"monto": 1, **economic}}],
    }


@pytest.mark.parametrize("term", [None, {"anios": 1, "meses": 0, "dias": 0}, 14])
def test_a_key_for_an_object_of_the_fourth_level_is_no_fault_of_the_agency(term: Any) -> None:
    """PDN's own wrapper asks for three levels of fields."""
    assert record_validator("s3_graves").errors(graves(plazoPago=term)) == []


def test_a_text_in_its_place_is_one() -> None:
    errors = record_validator("s3_graves").errors(graves(plazoPago="un año"))

    assert [error.pointer for error in errors] == ["/tipoSancion/0"]


def test_codes_are_left_to_the_codelists() -> None:
    record = {"faltaCometida": [{"clave": "UNA_QUE_NO_EXISTE"}]}

    assert record_validator("s3_graves").errors(record) == []
