"""Scores, rankings, examples and the rules about how the data arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.landing.land import Generation
from pipelines.landing.ledger import LedgerRow
from pipelines.portals.errors import FetchState
from pipelines.quality import results
from pipelines.quality.catalogue import CatalogueError, load_catalogue
from pipelines.quality.results import Result
from tests.unit.quality.facts import GENERATION, LEDGER

CATALOGUE = load_catalogue()


def _row(rule_id: str, passed: int, failed: int, na: int = 0) -> dict[str, object]:
    return {"rule_id": rule_id, "pass": passed, "fail": failed, "na": na, "failures": failed * 2}


def test_scores_follow_the_catalogue_and_add_up_several_sources() -> None:
    rows = [_row("OCDS-D01", 5, 5), _row("OCDS-S01", 10, 0), _row("OCDS-D01", 1, 3, na=2)]
    scores = results.rule_scores(rows, CATALOGUE)
    assert [score.rule.id for score in scores] == ["OCDS-S01", "OCDS-D01"]
    dates = scores[1]
    assert (dates.passed, dates.failed, dates.not_applicable, dates.failures) == (6, 8, 2, 16)
    assert (dates.applied, dates.share) == (14, 6 / 14)


def test_a_result_without_a_text_is_refused() -> None:
    with pytest.raises(CatalogueError, match="OCDS-Z01"):
        results.rule_scores([_row("OCDS-Z01", 1, 0)], CATALOGUE)


def test_the_score_weighs_errors_three_times_and_leaves_out_what_does_not_apply() -> None:
    rows = [
        _row("OCDS-S01", 1, 1),  # error, 0.5
        _row("OCDS-D04", 1, 0),  # warning, 1.0
        _row("OCDS-F09", 0, 9),  # info: no weight
        _row("OCDS-M08", 0, 0, na=9),  # nothing it applies to
    ]
    assert results.quality_score(results.rule_scores(rows, CATALOGUE)) == 100 * (3 * 0.5 + 1) / 4


def test_without_a_rule_that_applies_there_is_no_score_rather_than_zero() -> None:
    assert results.quality_score([]) is None
    only_na = results.rule_scores([_row("OCDS-S01", 0, 0, na=3)], CATALOGUE)
    assert results.quality_score(only_na) is None


def _results_file(path: Path) -> Path:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table results as select * from (values
                ('OCDS-D01', 'gdl', 'ocid', 'b', 'fail', 1, '/p', 'v', 'aa', 2, '/releases/1'),
                ('OCDS-D01', 'gdl', 'ocid', 'a', 'fail', 2, '/q', 'w', 'aa', 1, '/releases/9'),
                ('OCDS-D01', 'gdl', 'ocid', 'c', 'pass', 0, null, null, 'aa', 1, '/releases/0'),
                ('OCDS-M01', 'gdl', 'ocid', 'a', 'fail', 1, '/m', '-1', 'aa', 1, '/releases/9')
            ) as listed (
                rule_id, source_id, entity_type, entity_id, result, failures, path, value, raw_sha256, page,
                position
            )
            """
        )
        connection.execute(f"copy results to '{path}' (format parquet)")
    return path


def test_examples_stand_in_the_order_of_the_source(tmp_path: Path) -> None:
    path = _results_file(tmp_path / "data.parquet")
    found = results.examples(path, ["OCDS-M01", "OCDS-D01", "OCDS-X99"])
    assert list(found) == ["OCDS-M01", "OCDS-D01", "OCDS-X99"]
    assert [(example.entity_id, example.page, example.path) for example in found["OCDS-D01"]] == [
        ("a", 1, "/q"),
        ("b", 2, "/p"),
    ]
    assert [example.value for example in found["OCDS-M01"]] == ["-1"]
    assert found["OCDS-X99"] == []
    assert len(results.examples(path, ["OCDS-D01"], limit=1)["OCDS-D01"]) == 1
    assert results.examples(tmp_path / "missing.parquet", []) == {}


def test_more_than_twenty_examples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 20 examples, 21"):
        results.examples(tmp_path / "data.parquet", ["OCDS-D01"], limit=21)


# --- TEQ-L ---


def _arrival(
    generation: Generation | None = GENERATION,
    ledger: LedgerRow | None = LEDGER,
    *,
    unusable: int = 0,
    content_until: str | None = "2026-11-10",
    cadence: str = "monthly",
    drift: Sequence[Mapping[str, Any]] | None = (),
) -> dict[str, Result]:
    found = results.ledger_results(
        "guadalajara",
        cadence=cadence,
        generation=generation,
        ledger=ledger,
        unusable=unusable,
        content_until=content_until,
        drift=drift,
    )
    return {result.rule_id: result for result in found}


def _column(name: str, change: str) -> dict[str, Any]:
    return {"layout": "hoja", "collection": "contratos", "column_name": name, "change": change, "rows": 9}


CLEAN = replace(GENERATION, quarantined=0, duplicates=0, records=1000)


def test_the_ledger_rules_of_the_catalogue_are_all_evaluated() -> None:
    declared = {rule.id for rule in CATALOGUE.rules if rule.evaluated_in == "ledger"}
    assert set(_arrival()) == declared
    assert len(declared) == 8


def test_a_clean_arrival_passes_everything() -> None:
    assert {result.result for result in _arrival(CLEAN).values()} == {"pass"}
    assert {result.slice_id for result in _arrival(CLEAN).values()} == {"guadalajara@aaaaaaaaaaaaaaaa"}


@pytest.mark.parametrize(
    ("rule_id", "changes", "failures", "value"),
    [
        ("TEQ-L01", {"ledger": replace(LEDGER, state=FetchState.PARTIAL)}, 1, "partial"),
        ("TEQ-L02", {"generation": replace(CLEAN, records=950)}, 50, "declara 1,000, entregó 950"),
        ("TEQ-L02", {"generation": replace(CLEAN, records=1001)}, 1, "declara 1,000, entregó 1,001"),
        ("TEQ-L03", {"generation": GENERATION}, 4, "4 de 1,000"),
        ("TEQ-L04", {"generation": GENERATION}, 6, "6 de 1,000"),
        ("TEQ-L05", {"unusable": 3}, 3, "3 de 1,000"),
        ("TEQ-L06", {"content_until": "2026-09-12"}, 1, "lo más reciente es del 12 sep 2026, 70 días antes"),
        ("TEQ-L07", {"generation": replace(CLEAN, encoding="cp1252,utf-8")}, 1, "cp1252"),
        (
            "TEQ-L08",
            {"drift": [_column("Monto", "missing"), _column("Importe", "new"), _column("Moneda", "new")]},
            3,
            "faltan «Monto»; no estaban «Importe», «Moneda»",
        ),
        (
            "TEQ-L08",
            {"drift": [_column(f"Columna {number}", "new") for number in range(6)]},
            6,
            "no estaban «Columna 0», «Columna 1», «Columna 2», «Columna 3» y 2 más",
        ),
        # A row of data where the header is expected.
        ("TEQ-L08", {"drift": [_column("GODE561231GR8", "new")]}, 1, "no estaban «[RFC reservado]»"),
    ],
)
def test_each_rule_about_the_arrival_can_fail(
    rule_id: str, changes: dict[str, object], failures: int, value: str
) -> None:
    given = {"generation": CLEAN, **changes}
    result = _arrival(**given)[rule_id]  # type: ignore[arg-type]
    assert (result.result, result.failures, result.value) == ("fail", failures, value)


@pytest.mark.parametrize(
    ("rule_id", "changes"),
    [
        ("TEQ-L01", {"ledger": None}),
        ("TEQ-L02", {"generation": replace(CLEAN, declared_by="count")}),
        ("TEQ-L03", {"generation": None}),
        ("TEQ-L04", {"generation": None}),
        ("TEQ-L05", {"generation": None}),
        ("TEQ-L06", {"cadence": "none"}),
        ("TEQ-L06", {"content_until": None}),
        ("TEQ-L07", {"generation": replace(CLEAN, encoding="")}),
        ("TEQ-L08", {"drift": None}),
    ],
)
def test_each_rule_about_the_arrival_can_be_not_applicable(rule_id: str, changes: dict[str, object]) -> None:
    given = {"generation": CLEAN, **changes}
    assert _arrival(**given)[rule_id].result == "na"  # type: ignore[arg-type]


def test_results_are_counted_as_the_summary_counts_them() -> None:
    counted = {row["rule_id"]: row for row in results.summary_of(list(_arrival().values()))}
    assert counted["TEQ-L03"] == {"rule_id": "TEQ-L03", "pass": 0, "fail": 1, "na": 0, "failures": 4}
    assert counted["TEQ-L02"] == {"rule_id": "TEQ-L02", "pass": 1, "fail": 0, "na": 0, "failures": 0}
