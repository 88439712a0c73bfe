"""What the rules TEQ-X say of a world in which two sources publish the same processes."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.quality.catalogue import load_catalogue
from tests.contract.scratch import Scratch
from tests.contract.test_integrated import admit_nothing

BUYER = "Secretaría de Obras Públicas"
RULES = [rule.id for rule in load_catalogue().rules if rule.evaluated_in == "integrated"]


def _process(source_id: str, ocid: str, **changes: Any) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "ocid": ocid,
        "buyer_id": "SOP",
        "buyer_name": BUYER,
        "status": "complete",
        "tender_amount": Decimal(1000),
        "tender_currency": "MXN",
        "compiled_date": datetime(2026, 3, 31),
        **changes,
    }


def _contract(source_id: str, ocid: str, **changes: Any) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "ocid": ocid,
        "path": "/contracts/0",
        "contract_id": f"C-{ocid}",
        "award_id": "A",
        "status": "active",
        "amount": Decimal(100),
        "currency": "MXN",
        "date_signed": datetime(2026, 1, 15, 18),
        **changes,
    }


def _party(
    source_id: str, ocid: str, place: int, name: str, *, role: str, rfc: str | None = None
) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "ocid": ocid,
        "path": f"/parties/{place}",
        "party_id": "SOP" if role == "buyer" else name,
        "name": name,
        "roles": role,
        "identifier_scheme": None if rfc is None else "MX-RFC",
        "identifier_id": rfc,
    }


def _supplier(source_id: str, ocid: str, name: str) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "ocid": ocid,
        "path": "/awards/0/suppliers/0",
        "award_id": "A",
        "supplier_id": name,
        "supplier_name": name,
    }


# What the state says otherwise than the federation of each of the processes that both publish.
OTHERWISE: dict[str, dict[str, Any]] = {
    "same": {},
    "amount": {"amount": Decimal(116)},
    "date": {"date_signed": datetime(2026, 2, 20, 18)},
    "status": {"status": "terminated"},
    "supplier": {},
    # Nothing to compare with.
    "silent": {"amount": None, "date_signed": None, "status": None},
}
ANDE, NORIAS = ("Obras del Ande", "OAN980529MW0"), ("Pozos y Norias", "PNO010203AB1")


def _companies(source_id: str, name: str) -> tuple[str, str]:
    return NORIAS if (source_id, name) == ("estado", "supplier") else ANDE


@pytest.fixture(scope="module")
def compared(new_scratch: Callable[[], Scratch], parsed_project: Path) -> Scratch:
    scratch = new_scratch()
    admit_nothing(scratch, parsed_project)
    sides = [(source_id, name) for source_id in ("federal", "estado") for name in OTHERWISE]
    rows: dict[str, list[dict[str, Any]]] = {
        "sources": [
            {"source_id": one, "entity": "20", "system": "s6-ocds", "status": "live", "admitted": True, "records": 9}
            for one in ("federal", "estado")
        ],
        "ocds_processes": [
            *(_process(*side) for side in sides),
            _process("federal", "alone"),
            _process("estado", "planned", status=None, tender_amount=None),
        ],
        "ocds_contracts": [
            *(_contract("federal", name) for name in OTHERWISE),
            *(_contract("estado", name, **changes) for name, changes in OTHERWISE.items()),
            _contract("federal", "alone"),
        ],
        "ocds_parties": [
            party
            for source_id, name in sides
            for party in (
                _party(source_id, name, 0, BUYER, role="buyer"),
                _party(source_id, name, 1, _companies(source_id, name)[0], role="supplier",
                       rfc=_companies(source_id, name)[1]),
            )
        ],
        "ocds_award_suppliers": [_supplier(*side, _companies(*side)[0]) for side in sides if side[1] != "silent"],
    }  # fmt: skip
    for table, given in rows.items():
        scratch.insert(f"admitted.{table}", given)
    scratch.dbt(
        "build", "--exclude-resource-type", "unit_test", "--select", "tag:stage:integrated", "path:seeds/entities.csv",
        "path:seeds/pdn_connections.csv",
    )  # fmt: skip
    return scratch


def _failure(scratch: Scratch, rule_id: str, source_id: str, ocid: str) -> dict[str, Any] | None:
    rows = scratch.rows(
        "select failures, path, value, other_source_id, other_entity_id from integrated.quality_cross_source "
        f"where rule_id = '{rule_id}' and source_id = '{source_id}' and entity_id = '{ocid}'"
    )
    return rows[0] if rows else None


@pytest.mark.parametrize(
    ("rule_id", "ocid", "path", "values"),
    [
        ("TEQ-X01", "same", "/contracts/0", ("", "")),
        (
            "TEQ-X02", "amount", "/contracts/0/value/amount",
            ("100.00 ≠ 116.00 MXN (como con y sin IVA)", "116.00 ≠ 100.00 MXN (como con y sin IVA)"),
        ),
        ("TEQ-X03", "date", "/contracts/0/dateSigned", ("2026-01-15 ≠ 2026-02-20", "2026-02-20 ≠ 2026-01-15")),
        (
            "TEQ-X04", "supplier", "/awards/suppliers",
            ("Obras del Ande ≠ Pozos y Norias", "Pozos y Norias ≠ Obras del Ande"),
        ),
        ("TEQ-X05", "status", "/contracts/0/status", ("active ≠ terminated", "terminated ≠ active")),
    ],
)  # fmt: skip
def test_both_sources_are_told_what_the_other_says(
    compared: Scratch, rule_id: str, ocid: str, path: str, values: tuple[str, str]
) -> None:
    for mine, other, value in (("federal", "estado", values[0]), ("estado", "federal", values[1])):
        found = _failure(compared, rule_id, mine, ocid)
        assert found == {
            "failures": 2 if rule_id == "TEQ-X01" else 1,
            "path": path,
            "value": value,
            "other_source_id": other,
            "other_entity_id": ocid,
        }


def test_what_agrees_passes_and_what_stands_alone_is_not_compared(compared: Scratch) -> None:
    assert [rule_id for rule_id in RULES if _failure(compared, rule_id, "federal", "same")] == ["TEQ-X01"]
    assert not [rule_id for rule_id in RULES if _failure(compared, rule_id, "federal", "alone")]
    told = compared.rows(
        'select rule_id, source_id, "pass", "fail", "na", failures '
        "from integrated.quality_cross_source_summary order by all"
    )
    counts = {(row["rule_id"], row["source_id"]): tuple(row.values())[2:] for row in told}
    assert set(counts) == {(rule_id, source_id) for rule_id in RULES for source_id in ("federal", "estado")}
    # Seven processes each: six that both have, and one of its own.
    assert counts["TEQ-X01", "federal"] == (1, 6, 0, 12)
    assert counts["TEQ-X02", "federal"] == (5, 1, 1, 1)
    assert counts["TEQ-X03", "federal"] == (4, 1, 2, 1)
    assert counts["TEQ-X04", "federal"] == (4, 1, 2, 1)
    assert counts["TEQ-X05", "federal"] == (5, 1, 1, 1)
    assert {sum(count[:3]) for count in counts.values()} == {7}


def test_one_source_alone_has_nobody_to_be_compared_with(
    new_scratch: Callable[[], Scratch], parsed_project: Path
) -> None:
    scratch = new_scratch()
    admit_nothing(scratch, parsed_project)
    scratch.insert("admitted.ocds_processes", [_process("federal", "alone")])
    scratch.dbt(
        "build", "--exclude-resource-type", "unit_test", "--select", "tag:stage:integrated", "path:seeds/entities.csv",
        "path:seeds/pdn_connections.csv",
    )  # fmt: skip
    rows = scratch.rows('select distinct "pass", "fail", "na" from integrated.quality_cross_source_summary')
    assert [tuple(row.values()) for row in rows] == [(0, 0, 1)]
