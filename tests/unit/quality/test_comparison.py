"""The rules that compare a delivery with the one before: each passes, fails and doesn't apply."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.quality import comparison
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.comparison import Comparison, Delivery, Finding

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
# Twenty-one: one that changes is less than 5 %, two are more.
NUMBERS = range(1, 22)
SCHEMAS = {
    table: pa.schema(
        [(name, pa.int32() if name.endswith("_count") else pa.string()) for name in columns]
        if table != "contracts"
        else [
            *((name, pa.string()) for name in ("ocid", "path", "contract_id", "award_id", "currency")),
            ("date_signed", pa.timestamp("us")),
            ("amount", pa.decimal128(20, 2)),
        ]
    )
    for table, columns in comparison.COLUMNS.items()
}


def _world() -> dict[str, list[dict[str, Any]]]:
    """A delivery of 21 processes, each with a contract and a supplier."""
    return {
        "provenance": [{"entity_type": "ocid", "entity_id": f"o-{n}"} for n in NUMBERS],
        "processes": [
            {
                "ocid": f"o-{n}",
                "title": f"Obra {n}",
                "tender_id": f"T-{n}",
                "award_count": 1,
                "contract_count": 1,
            }
            for n in NUMBERS
        ],
        "plannings": [{"ocid": f"o-{n}"} for n in NUMBERS],
        "tenders": [{"ocid": f"o-{n}"} for n in NUMBERS],
        "contracts": [_contract(n) for n in NUMBERS],
        "award_suppliers": [_supplier(n, f"S-{n}", f"Empresa {n}") for n in NUMBERS],
        "amendments": [],
    }


def _contract(n: int, *, amount: int = 100, signed: str = "2026-01-15", **changes: Any) -> dict[str, Any]:
    return {
        "ocid": f"o-{n}",
        "path": "/contracts/0",
        "contract_id": f"C-{n}",
        "award_id": "A",
        "currency": "MXN",
        "date_signed": pa.scalar(f"{signed}T12:00:00").cast(pa.timestamp("us")).as_py(),
        "amount": pa.scalar(str(amount)).cast(pa.decimal128(20, 2)).as_py(),
        **changes,
    }


def _supplier(n: int, supplier_id: str, name: str) -> dict[str, Any]:
    return {"ocid": f"o-{n}", "award_id": "A", "supplier_id": supplier_id, "supplier_name": name}


def _amendment(n: int) -> dict[str, Any]:
    return {"ocid": f"o-{n}", "stage": "contract", "parent_id": f"C-{n}"}


def _without(rows: Rows, *numbers: int) -> dict[str, list[dict[str, Any]]]:
    """The delivery without these processes."""
    gone = {f"o-{n}" for n in numbers}
    return {
        table: [dict(row) for row in given if row.get("ocid", row.get("entity_id")) not in gone]
        for table, given in rows.items()
    }


def _renamed(rows: Rows, *numbers: int) -> dict[str, list[dict[str, Any]]]:
    """The delivery with other ocids for these processes."""
    new = {f"o-{n}": f"x-{n}" for n in numbers}
    return {
        table: [
            {
                name: new.get(value, value) if name in {"ocid", "entity_id"} else value
                for name, value in row.items()
            }
            for row in given
        ]
        for table, given in rows.items()
    }


def _with(table: str, changed: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The sound delivery with rows of one table in place of those of the same processes."""
    world = _world()
    ocids = {row["ocid"] for row in changed}
    world[table] = [row for row in world[table] if row["ocid"] not in ocids] + [dict(row) for row in changed]
    return world


def _delivery(folder: Path, name: str, rows: Rows, **facts: Any) -> Delivery:
    folder.joinpath(name).mkdir(parents=True)
    files = {}
    for table, given in rows.items():
        files[table] = folder / name / f"{table}.parquet"
        pq.write_table(
            pa.Table.from_pylist([dict(row) for row in given], schema=SCHEMAS[table]), files[table]
        )
    sound = Delivery(
        generation=name,
        code_version="code",
        digest=name,
        fetched_at="2026-11-14T18:00:00+00:00",
        content_until="2026-01-15",
        tables={"ocds_items": 100, "ocds_lots": 9},
        files=files,
    )
    return replace(sound, **facts)


def _compared(
    folder: Path, now: Rows, *, system: str = "s6-ocds", earlier: Sequence[Rows] = (), **facts: Any
) -> Comparison:
    past = [_delivery(folder, f"earlier-{number}", rows) for number, rows in enumerate(earlier)]
    return comparison.compare(
        "guadalajara",
        system=system,
        now=_delivery(folder, "now", now, **facts),
        before=_delivery(folder, "before", _world()),
        earlier=[delivery.files["provenance"] for delivery in past],
    )


def _finding(compared: Comparison, rule_id: str) -> Finding:
    [found] = [finding for finding in compared.findings if finding.rule_id == rule_id]
    return found


def test_every_rule_of_the_catalogue_is_evaluated_whatever_there_is_to_compare(tmp_path: Path) -> None:
    sound = _delivery(tmp_path, "sound", _world())
    other = replace(sound, generation="x", code_version="y")
    for before in (None, sound, other, replace(sound, digest="other"), replace(other, files={})):
        for system in ("s6-ocds", "pdn-s3"):
            found = comparison.compare("guadalajara", system=system, now=sound, before=before)
            assert [finding.rule_id for finding in found.findings] == [
                rule.id for rule in load_catalogue().for_system(system) if rule.evaluated_in == "comparison"
            ]


def test_a_delivery_that_keeps_what_was_published_passes_everything(tmp_path: Path) -> None:
    found = _compared(tmp_path, _world(), earlier=[_world()])
    assert {finding.rule_id: finding.result for finding in found.findings} == dict.fromkeys(
        comparison.RULE_IDS, "pass"
    )
    assert found.changed_share == 0
    assert comparison.told_es(found) == "Lo publicado en la entrega del 14 nov 2026 se conserva."
    assert {
        (result.entity_type, result.entity_id, result.failures) for result in comparison.results(found)
    } == {("source", "guadalajara", 0)}


CHANGES: list[tuple[str, Rows, str, list[tuple[str, str | None, str | None]]]] = [
    ("TEQ-V01", _without(_world(), 1, 2), "faltan 2 de 21 (9.5 %) de antes", [("o-1", None, None), ("o-2", None, None)]),
    (
        "TEQ-V02",
        _with("processes", [{**_world()["processes"][n], "title": f"Otra {n}"} for n in (0, 1)]),
        "cambió el título de 2 de 21 (9.5 %) procesos",
        [("o-1", "/tender/title", "Obra 1 → Otra 0"), ("o-2", "/tender/title", "Obra 2 → Otra 1")],
    ),
    (
        "TEQ-V03",
        _with(
            "processes",
            [
                {**_world()["processes"][0], "award_count": 0},
                {**_world()["processes"][1], "contract_count": 0},
            ],
        ),
        "perdieron una etapa 2 de 21 (9.5 %) procesos",
        [("o-1", "/awards", "1 → 0"), ("o-2", "/contracts", "1 → 0")],
    ),
    (
        "TEQ-V03",
        {**_world(), "plannings": _world()["plannings"][1:], "tenders": _world()["tenders"][:-1]},
        "perdieron una etapa 2 de 21 (9.5 %) procesos",
        [("o-1", "/planning", None), ("o-21", "/tender", None)],
    ),
    (
        "TEQ-V05",
        _renamed(_world(), 3, 4),
        "tienen otro ocid 2 de 21 (9.5 %) procesos",
        [("o-3", "/ocid", "→ x-3"), ("o-4", "/ocid", "→ x-4")],
    ),
    (
        "TEQ-V06",
        _with("contracts", [_contract(1, amount=250), _contract(2, signed="2026-02-20")]),
        "cambiaron sin convenio modificatorio 2 de 21 (9.5 %) contratos firmados",
        [
            ("o-1", "/contracts/0", "monto 100.00 MXN → 250.00 MXN"),
            ("o-2", "/contracts/0", "firma 2026-01-15 → 2026-02-20"),
        ],
    ),
    (
        "TEQ-V06",
        _with("award_suppliers", [_supplier(1, "S-9", "Otra"), _supplier(2, "S-9", "Otra")]),
        "cambiaron sin convenio modificatorio 2 de 21 (9.5 %) contratos firmados",
        [
            ("o-1", "/contracts/0", "proveedor Empresa 1 → Otra"),
            ("o-2", "/contracts/0", "proveedor Empresa 2 → Otra"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "now", "value", "listed"), CHANGES)
def test_each_rule_about_entities_can_fail_and_names_them(
    tmp_path: Path, rule_id: str, now: Rows, value: str, listed: list[tuple[str, str | None, str | None]]
) -> None:
    compared = _compared(tmp_path, now)
    found = _finding(compared, rule_id)
    assert (found.result, found.looked_at, found.failures, found.value) == ("fail", 21, 2, value)
    assert [(one.entity_id, one.path, one.value) for one in found.listed] == listed
    assert compared.changed_share == 2 / 21
    told = [result for result in comparison.listed_results(compared) if result.rule_id == rule_id]
    assert [(one.entity_type, one.entity_id, one.result) for one in told] == [
        ("ocid", entity, "fail") for entity, _, _ in listed
    ]
    assert f"{value} ({rule_id})" in comparison.told_es(compared)


@pytest.mark.parametrize(("rule_id", "now"), [(rule_id, now) for rule_id, now, _, _ in CHANGES])
def test_a_change_fails_its_rule_alone(tmp_path: Path, rule_id: str, now: Rows) -> None:
    # What goes by another id is missing under the old one.
    also = {"TEQ-V01"} if rule_id == "TEQ-V05" else set()
    assert {finding.rule_id for finding in _compared(tmp_path, now).failing} == {rule_id, *also}


@pytest.mark.parametrize(
    ("rule_id", "facts"),
    [("TEQ-V04", {"tables": {"ocds_items": 60}}), ("TEQ-V08", {"content_until": "2026-01-01"})],
)
def test_a_loss_that_no_id_shows_fails_its_rule_alone(
    tmp_path: Path, rule_id: str, facts: dict[str, Any]
) -> None:
    assert [finding.rule_id for finding in _compared(tmp_path, _world(), **facts).failing] == [rule_id]


def test_what_was_withdrawn_and_comes_back_is_told(tmp_path: Path) -> None:
    back = _world()
    back["provenance"] += [{"entity_type": "ocid", "entity_id": f"b-{n}"} for n in (1, 2)]
    compared = _compared(tmp_path, back, earlier=[_world(), back])
    assert [finding.rule_id for finding in compared.failing] == ["TEQ-V07"]
    found = _finding(compared, "TEQ-V07")
    assert (found.result, found.value) == ("fail", "volvieron después de retirarse 2 de 23 (8.7 %)")
    assert [one.entity_id for one in found.listed] == ["b-1", "b-2"]
    # What is new for the first time isn't back.
    assert _finding(_compared(tmp_path / "new", back, earlier=[_world()]), "TEQ-V07").result == "pass"


def test_a_table_that_loses_rows_is_named_and_a_small_one_is_not_looked_at(tmp_path: Path) -> None:
    found = _finding(_compared(tmp_path, _world(), tables={"ocds_items": 60}), "TEQ-V04")
    assert (found.result, found.failures, found.value) == ("fail", 1, "ocds_items 100 → 60 filas")


def test_a_delivery_that_ends_earlier_is_told(tmp_path: Path) -> None:
    found = _finding(_compared(tmp_path / "a", _world(), content_until="2025-12-31"), "TEQ-V08")
    assert found.value == "el contenido llegaba al 15 ene 2026 y ahora llega al 31 dic 2025"
    found = _finding(_compared(tmp_path / "b", _world(), content_until=None), "TEQ-V08")
    assert found.value == "el contenido llegaba al 15 ene 2026 y ahora no trae fechas"


def test_a_change_of_less_than_five_percent_passes_and_is_counted(tmp_path: Path) -> None:
    found = _finding(_compared(tmp_path, _without(_world(), 1)), "TEQ-V01")
    assert (found.result, found.failures, found.value) == ("pass", 1, "faltan 1 de 21 (4.8 %) de antes")


@pytest.mark.parametrize(
    "now",
    [
        # An amendment explains another amount.
        {
            **_with("contracts", [_contract(n, amount=250) for n in (1, 2)]),
            "amendments": [_amendment(1), _amendment(2)],
        },
        # The name is spelled as before, under another id; or it is another spelling under the same.
        _with("award_suppliers", [_supplier(1, "S-9", "EMPRESA 1"), _supplier(2, "S-2", "Empresa Dos")]),
        # Case and blanks are no other title.
        _with("processes", [{**_world()["processes"][n], "title": f"OBRA  {n + 1} "} for n in range(5)]),
        # What stands twice can't be told apart.
        {
            **_world(),
            "contracts": [*_world()["contracts"], *(_contract(n, amount=9) for n in range(1, 9))],
        },
    ],
)
def test_what_has_a_reason_is_no_rewriting(tmp_path: Path, now: Rows) -> None:
    found = {finding.rule_id: finding for finding in _compared(tmp_path, now).findings}
    assert (found["TEQ-V02"].failures, found["TEQ-V06"].failures) == (0, 0)


def _empty(*tables: str) -> dict[str, list[dict[str, Any]]]:
    return {table: [] if table in tables else rows for table, rows in _world().items()}


@pytest.mark.parametrize(
    ("rule_id", "before", "facts"),
    [
        ("TEQ-V01", _empty("provenance"), {}),
        ("TEQ-V02", _empty("processes"), {}),
        ("TEQ-V03", _empty("processes"), {}),
        ("TEQ-V04", _world(), {"tables": {"ocds_items": 49}}),
        ("TEQ-V05", _empty("processes"), {}),
        ("TEQ-V06", _empty("contracts"), {}),
        ("TEQ-V07", _world(), {}),
        ("TEQ-V08", _world(), {"content_until": None}),
    ],
)
def test_each_rule_can_be_not_applicable(
    tmp_path: Path, rule_id: str, before: Rows, facts: dict[str, Any]
) -> None:
    found = comparison.compare(
        "guadalajara",
        system="s6-ocds",
        now=_delivery(tmp_path, "now", _world()),
        before=_delivery(tmp_path, "before", before, **facts),
    )
    assert _finding(found, rule_id).result == "na"


def test_equal_bytes_are_not_read_and_other_code_is_not_compared(tmp_path: Path) -> None:
    now = _delivery(tmp_path, "now", _world())
    missing = dict.fromkeys(SCHEMAS, tmp_path / "nowhere")
    same = comparison.compare("guadalajara", system="s6-ocds", now=now, before=replace(now, files=missing))
    assert {(finding.result, finding.value) for finding in same.findings} == {("na", "sin cambios")}
    other = replace(now, digest="other", code_version="other", files=missing)
    found = comparison.compare("guadalajara", system="s6-ocds", now=now, before=other)
    assert {finding.result for finding in found.findings} == {"na"}
    assert found.changed_share is None
    first = comparison.compare("guadalajara", system="s6-ocds", now=now, before=None)
    assert comparison.told_es(first) == "No hay una entrega anterior con la cual comparar."


def test_the_rules_of_processes_stay_away_from_the_pdn(tmp_path: Path) -> None:
    found = _compared(tmp_path, _without(_world(), 1, 2), system="pdn-s3", earlier=[_world()])
    assert {finding.rule_id: finding.result for finding in found.findings} == {
        "TEQ-V01": "fail",
        "TEQ-V04": "pass",
        "TEQ-V07": "pass",
        "TEQ-V08": "pass",
    }


def test_a_table_that_an_older_slice_lacks_leaves_its_rules_without_an_answer(tmp_path: Path) -> None:
    before = _delivery(tmp_path, "before", _world())
    older = {table: file for table, file in before.files.items() if table != "amendments"}
    found = comparison.compare(
        "guadalajara",
        system="s6-ocds",
        now=_delivery(tmp_path, "now", _world()),
        before=replace(before, files=older),
    )
    assert {finding.rule_id for finding in found.findings if finding.result == "na"} == {"TEQ-V06", "TEQ-V07"}


def test_a_comparison_is_what_its_document_says(tmp_path: Path) -> None:
    found = _compared(tmp_path, _without(_world(), 1, 2))
    assert comparison.of_document(comparison.as_document(found)) == found
