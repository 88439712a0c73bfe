"""For each rule about a source as a whole: the processes of a source that passes, of one that fails, of one it doesn't
apply to.

Here: the processes, with nothing in them but what the rule looks at, and what the failing source must yield. Not here:
building and comparing (`test_quality_dataset.py`), rules about single processes (`quality_cases.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Process = dict[str, Any]


@dataclass(frozen=True)
class DatasetCase:
    """One rule and three sources; `path` and `value` are those of the failing one's first failure."""

    rule_id: str
    passes: Sequence[Process]
    fails: Sequence[Process]
    na: Sequence[Process]
    path: str
    value: str
    failures: int = 1


def _tenders(*tenders: Mapping[str, Any]) -> list[Process]:
    return [{"tender": dict(tender)} for tender in tenders]


def _listed(member: str, *elements: Mapping[str, Any]) -> list[Process]:
    """A process for each element of an array."""
    return [{member: [dict(element)]} for element in elements]


def _coded(member: str, codes: Sequence[str]) -> list[Process]:
    return _listed(member, *({"id": "1", "status": code} for code in codes))


def _amounts(section: str, amounts: Sequence[int]) -> list[Process]:
    values = [{"amount": amount, "currency": "MXN"} for amount in amounts]
    if section == "tender":
        return _tenders(*({"value": value} for value in values))
    return _listed(section, *({"id": "1", "value": value} for value in values))


def _bought(processes_by_buyer: Mapping[str, int]) -> list[Process]:
    return [{"buyer": {"id": buyer}} for buyer, count in processes_by_buyer.items() for _ in range(count)]


def _related(**related: Any) -> list[Process]:
    """Two processes: the second, «obra-2», relates to another one."""
    told = {"id": "1", "scheme": "ocid", **related}
    return [
        {"ocid": "obra-1", "tender": {"title": "Puente"}},
        {"ocid": "obra-2", "relatedProcesses": [told]},
    ]


NOTHING: list[Process] = [{"tender": {"title": "Puente"}}]
# A hundred amounts, all different.
EVEN = list(range(1000, 1100))
FAR = [*range(1000, 1099), 10_000_000]
FEW = [*EVEN[:98], 10_000_000]
SPREAD = {f"B-{number}": 100 for number in range(10)}

DATASET_CASES = (
    DatasetCase(
        "OCDS-T01",
        _tenders({"status": "active"}, {"status": "complete"}),
        _tenders({"status": "complete"}),
        NOTHING,
        "/tender/status",
        "active: 0.0 %",
        failures=2,
    ),
    DatasetCase(
        "OCDS-T02",
        _tenders({"procurementMethod": "open"}, {"procurementMethod": "direct"}),
        _tenders({"procurementMethod": "direct"}),
        NOTHING,
        "/tender/procurementMethod",
        "open: 0.0 %",
    ),
    DatasetCase(
        "OCDS-T03",
        _coded("awards", ["active", "cancelled"]),
        _coded("awards", ["active"]),
        _listed("awards", {"id": "1"}),
        "/awards/status",
        "active: 100.0 %",
    ),
    DatasetCase(
        "OCDS-T04",
        _coded("contracts", ["active", "terminated"]),
        _coded("contracts", ["active", "active", "cancelled"]),
        _listed("contracts", {"id": "1"}),
        "/contracts/status",
        "terminated: 0.0 %",
    ),
    DatasetCase(
        "OCDS-T05",
        _tenders(
            {"milestones": [{"id": "1", "status": "met"}]}, {"milestones": [{"id": "1", "status": "notMet"}]}
        ),
        _tenders({"milestones": [{"id": "1", "status": "scheduled"}]}),
        NOTHING,
        "/milestones/status",
        "met: 0.0 %",
    ),
    DatasetCase(
        "OCDS-T06",
        _tenders({"mainProcurementCategory": "goods"}, {"mainProcurementCategory": "works"}),
        _tenders(*[{"mainProcurementCategory": "goods"}] * 39, {"mainProcurementCategory": "works"}),
        NOTHING,
        "/tender/mainProcurementCategory",
        "goods: 97.5 %",
    ),
    *(
        DatasetCase(
            rule_id,
            _amounts(section, EVEN),
            _amounts(section, FAR),
            _amounts(section, FEW),
            f"/{section}/value",
            "1 %: 99.0 % (10000000.00 MXN)",
        )
        for rule_id, section in (("OCDS-T07", "tender"), ("OCDS-T08", "awards"), ("OCDS-T09", "contracts"))
    ),
    *(
        DatasetCase(
            rule_id,
            _amounts(section, EVEN),
            _amounts(section, [*EVEN[:91], *[1] * 9]),
            NOTHING,
            f"/{section}/value",
            "1.00 MXN: 9.0 %; 1000.00 MXN: 1.0 %; 1001.00 MXN: 1.0 %",
        )
        for rule_id, section in (("OCDS-T10", "tender"), ("OCDS-T11", "awards"), ("OCDS-T12", "contracts"))
    ),
    DatasetCase(
        "OCDS-T13",
        _bought(SPREAD),
        _bought({**SPREAD, **{f"X-{number}": 1 for number in range(10)}}),
        _bought({f"X-{number}": 1 for number in range(999)}),
        "/buyer/id",
        "50.0 %",
    ),
    DatasetCase(
        "OCDS-T14",
        _bought(SPREAD),
        _bought({"B": 900, "C": 100}),
        _bought({"B": 900}),
        "/buyer/id",
        "B: 90.0 %",
    ),
    DatasetCase(
        "OCDS-T15",
        _related(identifier="obra-1"),
        _related(identifier="obra-9"),
        _related(identifier="obra-9", scheme="uri"),
        "/relatedProcesses/0/identifier",
        "obra-2 → obra-9",
    ),
    DatasetCase(
        "OCDS-T16",
        _related(identifier="obra-1", title="Puente"),
        _related(identifier="obra-1", title="Camino"),
        _related(identifier="obra-1"),
        "/relatedProcesses/0/title",
        "obra-2 → Camino ≠ Puente",
    ),
)
