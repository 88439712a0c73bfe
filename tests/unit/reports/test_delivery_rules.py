"""What a report tells of a delivery beside what stands in it: arrival, what changed, what other sources say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.landing import land
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Page
from pipelines.publication import deliveries, layout
from pipelines.publication.admission import Judgement
from pipelines.publication.slices import Slice, slice_folder
from pipelines.quality import receipt
from pipelines.quality.gate import Verdict
from pipelines.reports.delivery_rules import (
    CrossSource,
    delivery_rules,
    read_cross_source,
    years_by_page,
)
from tests.publication_lab import NORTE, SUR, Lab, generation

NOTHING = CrossSource({}, {}, {})


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def _judged(lab: Lab, name: str, *, records: int, admitted: bool = True) -> Judgement:
    [part] = lab.export((NORTE, generation(NORTE, name, records=records))).values()
    compared = deliveries.compare(NORTE, now=part, receipts=receipt.all_of(lab.home, NORTE.id), home=lab.home)
    lab.judge(part, admitted=admitted)
    verdict = Verdict(NORTE.id, admitted, (), (), "admitted" if admitted else "held_back", part.key)
    return Judgement(
        source=NORTE,
        ledger=None,
        candidate=part,
        verdict=verdict,
        comparison=compared,
        receipt=receipt.last(lab.home, NORTE.id),
        admitted=receipt.last_admitted(lab.home, NORTE.id),
    )


def _cross_source(folder: Path) -> Path:
    """A release in which «sur» also publishes the fifth process of «norte», at another price."""
    (folder / "quality").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (select 'TEQ-X02' as rule_id, 'norte' as source_id, 'ocid' as entity_type,
                'ocds-prueba-norte-00005' as entity_id, 'fail' as result, 1 as failures,
                '/contracts/0/value/amount' as path, '1 ≠ 2 MXN' as value, 'sur' as other_source_id,
                'ocds-prueba-sur-00005' as other_entity_id)
            to '{folder / layout.CROSS_SOURCE}' (format parquet);
            copy (select 'TEQ-X02' as rule_id, 'norte' as source_id, 8 as pass, 1 as fail, 20 as na, 1 as failures)
            to '{folder / layout.CROSS_SOURCE_SUMMARY}' (format parquet);
            """
        )
    return folder


def _rows(rows: Any, rule_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in rows if row["rule_id"] == rule_id]


def test_what_changed_is_told_with_its_place_where_it_still_has_one(lab: Lab) -> None:
    _judged(lab, "g1", records=10)
    told = delivery_rules(_judged(lab, "g2", records=30), others=NOTHING, home=lab.home)
    assert _rows(told.summary, "TEQ-V01")[0]["pass"] == 1
    told = delivery_rules(_judged(lab, "g3", records=20), others=NOTHING, home=lab.home)
    assert _rows(told.summary, "TEQ-V01") == [
        {"rule_id": "TEQ-V01", "pass": 0, "fail": 1, "na": 0, "failures": 10}
    ]
    verdict, *listed = sorted(_rows(told.failures, "TEQ-V01"), key=lambda row: row["entity_type"] != "source")
    assert (verdict["entity_id"], verdict["value"]) == ("norte", "faltan 10 de 29 (34.5 %) de antes")
    assert len(listed) == 10
    assert {row["page"] for row in listed} == {None}


def test_what_another_source_says_names_it_and_the_place_in_the_own_file(lab: Lab, tmp_path: Path) -> None:
    others = read_cross_source(_cross_source(tmp_path / "staged"), [NORTE, SUR])
    judgement = _judged(lab, "g1", records=30)
    told = delivery_rules(judgement, others=others, home=lab.home)
    [row] = _rows(told.failures, "TEQ-X02")
    assert row["value"] == "1 ≠ 2 MXN; «Fuente sur» (sur): ocds-prueba-sur-00005"
    assert (row["page"], row["position"]) == (1, "/releases/5")
    assert _rows(told.summary, "TEQ-X02")[0]["fail"] == 1
    # It is said of what is published; a delivery that is held back isn't.
    held = _judged(lab, "g2", records=20, admitted=False)
    assert not _rows(delivery_rules(held, others=others, home=lab.home).summary, "TEQ-X02")


def test_a_release_without_tables_over_all_sources_has_nobody_to_compare(tmp_path: Path) -> None:
    assert read_cross_source(tmp_path, [NORTE]).failures == {}
    assert read_cross_source(None, [NORTE]).summary == {}


def test_a_source_without_data_is_told_how_it_arrived(lab: Lab) -> None:
    lab.attempt(NORTE, fetch_id="20261120T180000.000000Z", state=FetchState.UNAVAILABLE)
    judgement = replace(_judged(lab, "g1", records=30), candidate=None, comparison=None)
    told = delivery_rules(judgement, others=NOTHING, home=lab.home)
    assert _rows(told.summary, "TEQ-L01") == [
        {"rule_id": "TEQ-L01", "pass": 0, "fail": 0, "na": 1, "failures": 0}
    ]
    assert land.current(lab.home, NORTE.id) is None


def _page(number: int, label: str) -> Page:
    return Page(number, f"https://datos.example/{label}", "csv", str(number), 1, "2026-11-20", 1, label)


def test_the_years_of_a_file_are_those_of_any_date_of_its_processes(lab: Lab) -> None:
    part = _with_dates(lab)
    files = [_page(1, "contratos_2019.csv"), _page(2, "contratos_2020.csv")]
    found = years_by_page(part, files, source=NORTE, home=lab.home)
    assert found == {1: {2018, 2019}, 2: {2021}}
    unlabelled = [_page(1, "contratos.csv")]
    assert years_by_page(part, unlabelled, source=NORTE, home=lab.home) == {}
    assert years_by_page(None, files, source=NORTE, home=lab.home) == {}


def _with_dates(lab: Lab) -> Slice:
    """A slice of three processes: of the first file one of 2018 and one signed in 2019, of the second one of 2021."""
    [part] = lab.export((NORTE, generation(NORTE, "g1", records=30))).values()
    files = slice_folder(lab.home, NORTE.id, part.key) / layout.SLICE_FILES
    queries = {
        layout.PROVENANCE_FOLDER: "select * from (values ('a', 1), ('b', 1), ('c', 2), ('d', 2)) as t (entity_id, page)",
        f"{layout.OCDS_TABLES}/processes": """
            select ocid, year, null::timestamp as tender_start, null::timestamp as tender_end,
                null::timestamp as first_award_date, last_award_date
            from (values ('a', 2018, null), ('b', null, null), ('c', null, timestamp '2021-05-01'), ('d', null, null))
                as t (ocid, year, last_award_date)
        """,
        f"{layout.OCDS_TABLES}/contracts": """
            select 'b' as ocid, timestamp '2019-01-01' as date_signed, null::timestamp as period_start
        """,
    }
    with duckdb.connect() as connection:
        for folder, query in queries.items():
            target = files / layout.table_path(folder, NORTE.id)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            connection.execute(f"copy ({query}) to '{target}' (format parquet)")
    return part
