"""Scores, rankings and examples."""

from pathlib import Path

import duckdb
import pytest

from pipelines.quality import results
from pipelines.quality.catalogue import CatalogueError, load_catalogue
from pipelines.quality.results import Outcome, Result

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


def test_results_of_a_retired_rule_are_left_out_of_an_earlier_delivery() -> None:
    [retired, *_] = sorted(CATALOGUE.retired)
    scores = results.rule_scores([_row(retired, 1, 9), _row("OCDS-S01", 1, 1)], CATALOGUE)
    assert [score.rule.id for score in scores] == ["OCDS-S01"]


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


def test_results_are_counted_as_the_summary_counts_them() -> None:
    def result(rule_id: str, outcome: Outcome, failures: int) -> Result:
        return Result(rule_id, "s@g", "s", "source", "s", outcome, failures, None, None, None, None, None)

    given = [result("TEQ-L03", "fail", 4), result("TEQ-L02", "pass", 0), result("TEQ-L03", "na", 0)]
    counted = {row["rule_id"]: row for row in results.summary_of(given)}
    assert counted["TEQ-L03"] == {"rule_id": "TEQ-L03", "pass": 0, "fail": 1, "na": 1, "failures": 4}
    assert counted["TEQ-L02"] == {"rule_id": "TEQ-L02", "pass": 1, "fail": 0, "na": 0, "failures": 0}
