"""Which delivery is compared with which, and that a comparison is made once, kept and published."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.home import read_json, write_json
from pipelines.publication import deliveries
from pipelines.publication.slices import Slice
from pipelines.quality import receipt
from pipelines.quality.comparison import Comparison
from tests.publication_lab import NORTE, SUR, Lab, generation


def _deliver(lab: Lab, name: str, *, records: int, admitted: bool = True) -> tuple[Slice, Comparison]:
    """A delivery of «norte», compared and judged as a run does."""
    [part] = lab.export((NORTE, generation(NORTE, name, records=records))).values()
    compared = deliveries.compare(NORTE, now=part, receipts=receipt.all_of(lab.home, NORTE.id), home=lab.home)
    lab.judge(part, admitted=admitted)
    return part, compared


def _results(compared: Comparison) -> dict[str, str]:
    return {finding.rule_id: finding.result for finding in compared.findings}


def test_a_delivery_is_compared_with_the_last_admitted_one_of_other_content(lab: Lab) -> None:
    _, first = _deliver(lab, "g1", records=30)
    assert (first.previous, set(_results(first).values())) == (None, {"na"})
    _deliver(lab, "g2", records=10, admitted=False)
    _, third = _deliver(lab, "g3", records=20)
    assert third.previous == "g1"
    assert _results(third)["TEQ-V01"] == "fail"
    # Judged once more, when it is itself the last admitted one.
    _, again = _deliver(lab, "g3", records=20)
    assert again == third
    _, fourth = _deliver(lab, "g4", records=30)
    assert (fourth.previous, _results(fourth)["TEQ-V01"]) == ("g3", "pass")
    # The ten that g3 had withdrawn stood in g1.
    assert _results(fourth)["TEQ-V07"] == "fail"


def test_a_comparison_is_kept_beside_the_receipts_and_made_anew_under_other_rules(lab: Lab) -> None:
    _deliver(lab, "g1", records=30)
    part, compared = _deliver(lab, "g2", records=20)
    [kept] = (lab.home.receipts / NORTE.id / deliveries.COMPARISONS_FOLDER).iterdir()
    assert deliveries.read(lab.home, NORTE.id, "g2", "g1") == compared
    write_json(kept, {**read_json(kept), "rules_version": "0.9"})
    assert deliveries.read(lab.home, NORTE.id, "g2", "g1") is None
    receipts = receipt.all_of(lab.home, NORTE.id)
    assert deliveries.compare(NORTE, now=part, receipts=receipts, home=lab.home) == compared
    kept.write_text("{", encoding="utf-8")
    assert deliveries.read(lab.home, NORTE.id, "g2", "g1") is None
    # The shelf of receipts isn't disturbed by what stands beside them.
    assert len(receipts) == 2


def test_a_slice_that_was_cleared_away_leaves_nothing_to_compare(lab: Lab) -> None:
    _deliver(lab, "g1", records=30)
    [before] = receipt.all_of(lab.home, NORTE.id)
    missing = replace(before, slice_key="0" * 16)
    [part] = lab.export((NORTE, generation(NORTE, "g2", records=20))).values()
    compared = deliveries.compare(NORTE, now=part, receipts=[missing], home=lab.home)
    assert (compared.previous, set(_results(compared).values())) == (None, {"na"})


def test_a_release_tells_what_its_deliveries_withdrew(lab: Lab, tmp_path: Path) -> None:
    _deliver(lab, "g1", records=30)
    _deliver(lab, "g2", records=20)
    published = lab.publish(sources=(NORTE, SUR))
    assert published.folder is not None
    rows = pq.read_table(published.folder / "quality" / "comparisons.parquet").to_pylist()
    [verdict] = [row for row in rows if row["rule_id"] == "TEQ-V01" and row["entity_type"] == "source"]
    assert verdict == {
        "source_id": "norte",
        "generation": "g2",
        "previous_generation": "g1",
        "previous_fetched_at": "2026-11-20T18:00:00+00:00",
        "rule_id": "TEQ-V01",
        "entity_type": "source",
        "entity_id": "norte",
        "result": "fail",
        "looked_at": 29,
        "failures": 10,
        "path": None,
        "value": "faltan 10 de 29 (34.5 %) de antes",
    }
    assert sum(row["rule_id"] == "TEQ-V01" and row["entity_type"] == "ocid" for row in rows) == 10
