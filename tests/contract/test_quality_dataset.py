"""Every rule about a source as a whole gives each of its three results, and its measures tell why."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.quality.catalogue import load_catalogue
from tests.contract.quality_dataset_cases import DATASET_CASES, DatasetCase
from tests.contract.scratch import Scratch


def _slice(case: DatasetCase, kind: str) -> str:
    return f"{case.rule_id.lower()}-{kind}@g1"


@pytest.fixture(scope="module")
def judged(new_scratch: Callable[[], Scratch]) -> Scratch:
    """A build over the sources of all cases, one slice each."""
    scratch = new_scratch()
    scratch.insert(
        "public_view.ocds_compiled",
        [
            _compiled(_slice(case, kind), number, process)
            for case in DATASET_CASES
            for kind, processes in (("pasa", case.passes), ("falla", case.fails), ("na", case.na))
            for number, process in enumerate(processes)
        ],
    )
    scratch.dbt("build", "--select", "+quality_ocds_dataset", "--exclude-resource-type", "unit_test")
    return scratch


def _compiled(slice_id: str, number: int, process: dict[str, Any]) -> dict[str, Any]:
    made = {"ocid": f"ocds-abc123-{number}", "id": str(number), "tag": ["compiled"], **process}
    return {
        "slice_id": slice_id,
        "source_id": slice_id.partition("@")[0],
        "ocid": made["ocid"],
        "compiled": json.dumps(made, ensure_ascii=False),
        "release_count": 1,
        "record_count": 1,
        "positions": "[]",
    }


def _verdict(scratch: Scratch, slice_id: str, rule_id: str) -> tuple[str, dict[str, Any] | None]:
    rows = scratch.rows(
        f"select passed, failures from quality.quality_ocds_dataset where slice_id = '{slice_id}'"
    )
    for row in rows:
        for failure in row["failures"] or ():
            if failure["rule_id"] == rule_id:
                return "fail", failure
        if rule_id in row["passed"].split(","):
            return "pass", None
    return "na", None


@pytest.mark.parametrize("case", DATASET_CASES, ids=lambda case: case.rule_id)
def test_each_rule_about_a_source_passes_fails_and_does_not_apply(judged: Scratch, case: DatasetCase) -> None:
    assert _verdict(judged, _slice(case, "pasa"), case.rule_id)[0] == "pass"
    assert _verdict(judged, _slice(case, "na"), case.rule_id)[0] == "na"
    result, failure = _verdict(judged, _slice(case, "falla"), case.rule_id)
    assert result == "fail"
    assert failure == {
        "rule_id": case.rule_id,
        "failures": case.failures,
        "path": case.path,
        "value": case.value,
    }


def test_every_rule_about_distributions_has_a_case() -> None:
    rules = {rule.id for rule in load_catalogue().rules if rule.family == "distributions"}
    assert {case.rule_id for case in DATASET_CASES} == rules


def test_a_failing_source_fails_the_rule_of_its_case_alone(judged: Scratch) -> None:
    """A case that failed several rules wouldn't show that each can fail alone; few codes fail their own only."""
    failed = {
        row["entity_key"]: {failure["rule_id"] for failure in row["failures"]}
        for row in judged.rows("select entity_key, failures from quality.quality_ocds_dataset")
        if row["failures"]
    }
    repeated = {"ocds-t07-falla": "OCDS-T10", "ocds-t08-falla": "OCDS-T11", "ocds-t09-falla": "OCDS-T12"}
    for case in DATASET_CASES:
        entity = f"{case.rule_id.lower()}-falla"
        assert failed[entity] - {repeated.get(entity, "")} == {case.rule_id}


@pytest.mark.parametrize(
    ("slice_id", "measure", "expected"),
    [
        ("ocds-t01-pasa@g1", "tender_status", [("active", 1, 0.5, 2, None), ("complete", 1, 0.5, 2, None)]),
        (
            "ocds-t13-falla@g1",
            "buyer",
            [("1", 10, 0.5, 1010, None), ("51_100", 10, 0.5, 1010, None)],
        ),
        ("ocds-t14-falla@g1", "buyer_repetition", [("B", 900, 0.9, 1000, None), ("C", 100, 0.1, 1000, None)]),
        ("ocds-t15-falla@g1", "related_process_identifier", [("not_found", 1, 1.0, 1, None)]),
        ("ocds-t16-falla@g1", "related_process_title", [("different", 1, 1.0, 1, None)]),
    ],
)
def test_measures_tell_the_distribution_behind_a_verdict(
    judged: Scratch, slice_id: str, measure: str, expected: list[tuple[Any, ...]]
) -> None:
    rows = judged.rows(
        "select item, value::double as value, share, total, detail from quality.quality_measures "
        f"where slice_id = '{slice_id}' and measure = '{measure}' order by item"
    )
    assert [tuple(row.values()) for row in rows] == expected
