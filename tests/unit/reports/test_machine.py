"""The machine twins: the same facts as the page, and a CSV that a spreadsheet can't run."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from pipelines.quality.catalogue import load_catalogue
from pipelines.reports import machine
from pipelines.reports.agency import AgencyReport, SourceReportInput, agency_reports
from tests.unit.reports import samples


def report_of(*given: SourceReportInput) -> AgencyReport:
    (report,) = agency_reports(
        given, catalogue=load_catalogue(), release_name=samples.RELEASE, previous=samples.previous()
    )
    return report


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_report_json_holds_the_account_the_score_and_every_rule() -> None:
    document: dict[str, Any] = json.loads(machine.report_json(report_of(samples.admitted())))
    part = document["sources"][0]
    assert document["release"] == samples.RELEASE
    assert part["account"] == {
        "declared": 3986,
        "declared_by": "portal",
        "received": 3986,
        "published": 3936,
        "held_back": 0,
        "quarantined": 12,
        "duplicates": 38,
        "unusable": 3,
        "missing": 0,
        "surplus": 0,
    }
    assert len(part["rules"]) == len(load_catalogue().for_system("s6-ocds"))
    assert part["quality"]["rules_failing"] == sum(rule["state"] == "fail" for rule in part["rules"])


def test_what_is_not_available_is_null() -> None:
    part = json.loads(machine.report_json(report_of(samples.no_answer())))["sources"][0]
    assert part["account"] is None
    assert part["quality"]["score"] is None
    assert part["published"] == {"records": 903, "delivered_at": "2026-11-07T18:31:00+00:00"}


def test_csv_has_the_same_columns_for_all_rules_and_all_failures() -> None:
    given = samples.admitted()
    rows = rows_of(machine.failures_csv(report_of(given)))
    assert tuple(rows[0]) == machine.FAILURE_COLUMNS
    assert len(rows) == len(given.examples)
    assert {row["rule_id"] for row in rows} == {row["rule_id"] for row in given.examples}
    assert rows[0]["where"].startswith("Contratos_ComprasMX_2026.csv, fila ")


def test_csv_holds_the_failures_of_every_source_of_the_agency() -> None:
    rows = rows_of(machine.failures_csv(report_of(samples.held_back(), samples.late())))
    assert {row["source_id"] for row in rows} == {"chihuahua_s2", "chihuahua_s3"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＠"])
def test_formulas_are_disarmed(start: str) -> None:
    given = samples.admitted()
    hostile = {
        **given.examples[0],
        "value": f"{start}HYPERLINK(A1)",
        "entity_id": f"{start}cmd",
        "path": f"{start}1",
    }
    rows = rows_of(machine.failures_csv(report_of(replace(given, examples=[hostile]))))
    assert [rows[0][column][0] for column in ("value", "entity_id", "path")] == ["'", "'", "'"]


def test_numbers_and_empty_values_stay_what_they_are() -> None:
    assert machine.cell(-5) == -5
    assert machine.cell(None) == ""
    assert machine.cell("$1,250,000.00") == "$1,250,000.00"
    assert machine.cell("a\u202eb") == "a⟨U+202E⟩b"
