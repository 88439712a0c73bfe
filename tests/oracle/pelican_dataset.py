"""Our rules about a source as a whole and about two deliveries of one, against Pelican's on data sets and in time.

Usage: `python -m tests.oracle.pelican_dataset PYTHON_OF_THE_ORACLE CHECKOUT_OF_PELICAN HOME [HOME …]`: the newest judged
slices of these homes, by the compiled releases they publish (`ocds/records`), and each with the delivery it was compared
with where there is one. What we publish of both is read, `quality/summary`, `quality/measures` and the comparison beside
the receipts.

Pelican gets one rate for each currency, so that shares of amounts in pesos are those of the pesos. Prints the table of
agreement and each difference; exit code 1 when there is one without a reason, or nothing to compare.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.home import Home
from pipelines.publication import deliveries, layout
from pipelines.publication.slices import read_slice, slice_folder
from pipelines.quality import receipt
from pipelines.quality.receipt import Receipt

WORKER = Path(__file__).with_name("pelican_dataset_worker.py")
RATES = {"USD": 1, "EUR": 1, "MXN": 20}
# Pelican's checks with a rule of ours; those without are measures of ours, or nothing that can be passed.
RULES = {
    "distribution.tender_status": "OCDS-T01",
    "distribution.tender_procurement_method": "OCDS-T02",
    "distribution.awards_status": "OCDS-T03",
    "distribution.contracts_status": "OCDS-T04",
    "distribution.milestone_status": "OCDS-T05",
    "distribution.main_procurement_category": "OCDS-T06",
    "distribution.tender_value": "OCDS-T07",
    "distribution.awards_value": "OCDS-T08",
    "distribution.contracts_value": "OCDS-T09",
    "distribution.tender_value_repetition": "OCDS-T10",
    "distribution.awards_value_repetition": "OCDS-T11",
    "distribution.contracts_value_repetition": "OCDS-T12",
    "distribution.buyer": "OCDS-T13",
    "distribution.buyer_repetition": "OCDS-T14",
    "reference.related_process_identifier": "OCDS-T15",
    "consistent.related_process_title": "OCDS-T16",
}
IN_TIME = {"ocid": "TEQ-V01", "tender_title": "TEQ-V02", "phase_stable": "TEQ-V03"}
# Checks whose value we publish as a measure: the item whose share it is.
MEASURES = {"unique.tender_id": ("tender_id", "unique")}
ROUNDING = 1e-6


@dataclass(frozen=True)
class Difference:
    """What the two say otherwise of one source."""

    check: str
    source_id: str
    theirs: Any
    ours: Any


def main(arguments: Sequence[str]) -> int:
    """Compare the homes named; 1 when there is nothing to compare or a difference."""
    python, checkout, *homes = arguments
    agreed: Counter[tuple[str, str]] = Counter()
    differences: list[Difference] = []
    for home in (Home(Path(one)) for one in homes):
        for source_id in sorted(path.name for path in home.slices.iterdir()):
            judged = receipt.last(home, source_id)
            if judged is None or not _records(home, judged):
                continue
            told = _pelican(python, checkout, home, judged)
            for check, theirs, ours in _pairs(home, judged, told):
                if _is_same(theirs, ours):
                    agreed[check, theirs[0] if isinstance(theirs, list) else "value"] += 1
                else:
                    differences.append(Difference(check, source_id, theirs, ours))
    _tell(agreed, differences)
    return 1 if differences or not agreed else 0


def _pairs(home: Home, judged: Receipt, told: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    """(check, what Pelican says, what we say)."""
    summary = {row["rule_id"]: row for row in read_slice(home, judged.source_id, judged.slice_key).summary}
    for check, rule_id in RULES.items():
        yield check, told["dataset"][check][:1], [_result(summary[rule_id])]
    for check, (measure, item) in MEASURES.items():
        verdict, value = told["dataset"][check]
        yield check, None if verdict == "na" else value, _share(home, judged, measure, item)
    before = deliveries.previous(receipt.all_of(home, judged.source_id), generation=judged.generation)
    compared = (
        None
        if before is None
        else deliveries.read(home, judged.source_id, judged.generation, before.generation)
    )
    if compared is None or all(one.value == "sin cambios" for one in compared.findings):
        return
    findings = {finding.rule_id: finding for finding in compared.findings}
    for check, rule_id in IN_TIME.items():
        one = findings[rule_id]
        yield f"time.{check}", told["time"][check], [one.result, one.looked_at, one.failures]


def _result(row: Mapping[str, Any]) -> str:
    return next(result for result in ("fail", "pass", "na") if row[result])


def _share(home: Home, judged: Receipt, measure: str, item: str) -> float | None:
    """A share of `quality/measures` in per cent; None where the measure counts nothing."""
    folder = slice_folder(home, judged.source_id, judged.slice_key) / layout.SLICE_FILES
    rows = pq.read_table(folder / layout.table_path(layout.MEASURES_FOLDER, judged.source_id)).to_pylist()
    shares = {row["item"]: row["share"] for row in rows if row["measure"] == measure}
    return 100 * shares.get(item, 0) if shares else None


def _is_same(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, float | int) and isinstance(ours, float | int):
        return abs(theirs - ours) < ROUNDING
    return bool(theirs == ours)


def _pelican(python: str, checkout: str, home: Home, judged: Receipt) -> Mapping[str, Any]:
    before = deliveries.previous(receipt.all_of(home, judged.source_id), generation=judged.generation)
    with tempfile.TemporaryDirectory() as temporary:
        asked = {
            "now": str(_unpacked(home, judged, Path(temporary) / "now.jsonl")),
            "before": None
            if before is None
            else str(_unpacked(home, before, Path(temporary) / "before.jsonl")),
        }
        told = subprocess.run(
            [python, str(WORKER), checkout, json.dumps(RATES)],
            input=json.dumps(asked) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
    answer: Mapping[str, Any] = json.loads(told.stdout)
    return answer


def _records(home: Home, judged: Receipt) -> list[Path]:
    folder = slice_folder(home, judged.source_id, judged.slice_key) / layout.SLICE_FILES
    return sorted(folder.glob(layout.records_path(judged.source_id, "*")))


def _unpacked(home: Home, judged: Receipt, target: Path) -> Path:
    with target.open("wb") as stream:
        for path in _records(home, judged):
            with gzip.open(path) as lines:
                stream.writelines(lines)
    return target


def _tell(agreed: Mapping[tuple[str, str], int], differences: Sequence[Difference]) -> None:
    by_check: dict[str, Counter[str]] = {}
    for (check, verdict), count in agreed.items():
        by_check.setdefault(check, Counter())[verdict] += count
    differing = Counter(difference.check for difference in differences)
    print(f"{'check':44} {'pass':>5} {'fail':>5} {'na':>5} {'value':>6} {'differ':>7}")
    for check in dict.fromkeys((*by_check, *differing)):
        told = by_check.get(check, Counter())
        figures = " ".join(f"{told[name]:5}" for name in ("pass", "fail", "na"))
        print(f"{check:44} {figures} {told['value']:6} {differing[check]:7}")
    for one in differences:
        print(f"{one.source_id}: {one.check}: Pelican says {one.theirs}, we say {one.ours}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
