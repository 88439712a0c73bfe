"""Cases of the rules about a source as a whole (OCDS-T*) and about one delivery beside the one before (TEQ-V*): what a
source publishes, delivery after delivery.

Here: the processes of each delivery. Not here: rules about single processes (`cases.py`, `received.py`), how a delivery
arrives (`deliveries.py`), sources to which such a rule doesn't apply (`tests/contract/quality_dataset_cases.py`,
`tests/unit/quality/test_comparison.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.sandbox.rule_cases.cases import OCDS_PREFIX, process
from pipelines.sandbox.rule_cases.changes import DELETE, Change, Record, both, put, same

# Half of them have a contract: a hundred amounts is what the rules about the highest ones need.
PROCESSES = 200
# One of them is a greater share than may change, and their tables are too short for TEQ-V04.
FEW = 8


@dataclass(frozen=True)
class Series:
    """A source and the rule it fails: the records of its deliveries, the rule failing in the last one.

    `also`: rules that can't but fail with it, and why.
    """

    rule_id: str
    deliveries: tuple[Sequence[Record], ...]
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def source_id(self) -> str:
        return f"serie_{self.rule_id.lower().replace('-', '_')}"


def sound_source(processes: int = PROCESSES) -> list[Record]:
    """A source that no rule has anything to say of: stages, methods and categories of each kind, amounts of any size."""
    return [_sound(number) for number in range(processes)]


_BY_INVITATION = both(
    put("/tender/procurementMethod", "selective"),
    put("/tender/procurementMethodDetails", "Invitación a cuando menos tres personas"),
)
# Nobody pays and nobody is paid.
_WITHOUT_CONTRACTS = both(
    put("/contracts", DELETE),
    put("/parties/0/roles", ["buyer", "procuringEntity"]),
    put("/parties/1/roles", ["tenderer", "supplier"]),
)
_STAGES = (
    same,
    both(
        _WITHOUT_CONTRACTS,
        put("/tender/status", "active"),
        put("/awards", DELETE),
        put("/parties/1/roles", ["tenderer"]),
    ),
    both(
        put("/contracts/0/status", "terminated"),
        put("/tender/milestones/0/status", "met"),
        put("/tender/milestones/0/dateMet", "2026-03-01T00:00:00-06:00"),
    ),
    both(
        _WITHOUT_CONTRACTS,
        _BY_INVITATION,
        put("/tender/mainProcurementCategory", "works"),
        put("/tender/additionalProcurementCategories", ["works"]),
        put("/awards/0/status", "cancelled"),
    ),
)


def _sound(number: int) -> Record:
    record = process(f"p-{number}")
    amount = 1000 + number
    for path in ("/tender/value", "/awards/0/value", "/contracts/0/value"):
        put(f"{path}/amount", amount)(record)
    put("/planning/budget/amount/amount", amount)(record)
    _STAGES[number % len(_STAGES)](record)
    return record


def _changed(*changes: Change, where: Callable[[Record], bool] = bool) -> list[Record]:
    """The sound source with a change of its processes, or of some of them."""
    records = sound_source()
    for record in filter(where, records):
        both(*changes)(record)
    return records


def _amounts(section: str, amount: int, times: int) -> list[Record]:
    """The sound source with one amount as often, where no other has to be the same: of cancelled awards, and of contracts
    whose award is in another currency.
    """
    changes = {
        "tender": both(put("/tender/value/amount", amount), put("/planning/budget/amount/amount", amount)),
        "awards": put("/awards/0/value/amount", amount),
        "contracts": both(put("/contracts/0/value/amount", amount), put("/awards/0/value/currency", "USD")),
    }
    records = sound_source()
    fit = [record for record in records if section != "awards" or _is_cancelled(record)]
    for record in [record for record in fit if record.get(section)][:times]:
        changes[section](record)
    return records


def _is_cancelled(record: Record) -> bool:
    return any(award["status"] == "cancelled" for award in record.get("awards", ()))


def _bought(processes_by_buyer: Mapping[str, int]) -> list[Record]:
    buyers = [buyer for buyer, count in processes_by_buyer.items() for _ in range(count)]
    records = sound_source(len(buyers))
    for record, buyer in zip(records, buyers, strict=True):
        for place in ("/parties/0", "/buyer", "/tender/procuringEntity"):
            put(f"{place}/id", buyer)(record)
        if record.get("contracts"):
            put("/contracts/0/implementation/transactions/0/payer/id", buyer)(record)
    return records


def _related(**related: Any) -> list[Record]:
    """The second process of the sound source names another one."""
    records = sound_source()
    told = {"id": "1", "relationship": ["prior"], "scheme": "ocid", **related}
    put("/relatedProcesses", [told])(records[1])
    return records


_FIRST = f"{OCDS_PREFIX}-p-0"
_BUYERS = {f"B-{number}": 100 for number in range(10)}

DATASETS = (
    Series(
        "OCDS-T01",
        (
            _changed(
                put("/tender/status", "complete"), where=lambda each: each["tender"]["status"] == "active"
            ),
        ),
    ),
    Series("OCDS-T02", (_changed(_BY_INVITATION),)),
    Series("OCDS-T03", (_changed(put("/awards/0/status", "active"), where=_is_cancelled),)),
    Series(
        "OCDS-T04",
        (_changed(put("/contracts/0/status", "active"), where=lambda each: "contracts" in each),),
    ),
    Series(
        "OCDS-T05",
        (
            _changed(
                put("/tender/milestones/0/status", "scheduled"),
                put("/tender/milestones/0/dateMet", DELETE),
                where=lambda each: each["tender"]["milestones"][0]["status"] == "met",
            ),
        ),
    ),
    Series(
        "OCDS-T06",
        (
            _changed(
                put("/tender/mainProcurementCategory", "goods"),
                put("/tender/additionalProcurementCategories", ["goodsAcquisition"]),
            ),
        ),
    ),
    *(
        Series(rule_id, (_amounts(section, 900_000, 1),))
        for rule_id, section in (("OCDS-T07", "tender"), ("OCDS-T08", "awards"), ("OCDS-T09", "contracts"))
    ),
    *(
        Series(rule_id, (_amounts(section, 1_500, 25),))
        for rule_id, section in (("OCDS-T10", "tender"), ("OCDS-T11", "awards"), ("OCDS-T12", "contracts"))
    ),
    Series("OCDS-T13", (_bought({**_BUYERS, **{f"X-{number}": 1 for number in range(10)}}),)),
    Series("OCDS-T14", (_bought({"B-0": 910, "B-1": 100}),)),
    Series("OCDS-T15", (_related(identifier=f"{OCDS_PREFIX}-otro"),)),
    Series("OCDS-T16", (_related(identifier=_FIRST, title="Otro título"),)),
)


def _few(change: Change = same, *, at: int = 0) -> list[Record]:
    """Some sound processes, one of them changed."""
    records = sound_source(FEW)
    change(records[at])
    return records


def _bought_items(count: int) -> Change:
    return put("/tender/items", [{"id": str(item), "description": "Papel"} for item in range(count)])


_GONE = {"TEQ-V01": "the process is gone under its ocid"}

COMPARED = (
    Series("TEQ-V01", (_few(), _few()[1:])),
    Series("TEQ-V02", (_few(), _few(put("/tender/title", "Obra de drenaje")))),
    Series("TEQ-V03", (_few(), _few(put("/planning", DELETE)))),
    Series("TEQ-V04", (_few(_bought_items(60)), _few(_bought_items(50)))),
    Series("TEQ-V05", (_few(), _few(put("/ocid", f"{OCDS_PREFIX}-otro"))), also=_GONE),
    Series(
        "TEQ-V06",
        (
            _few(),
            _few(both(put("/contracts/0/value/amount", 1100), put("/awards/0/value/amount", 1100))),
        ),
    ),
    Series("TEQ-V07", (_few(), _few()[1:], _few(put("/tender/description", "Papel y tinta"), at=1))),
    Series("TEQ-V08", (_few(put("/date", "2026-04-30T12:00:00-06:00")), _few())),
)

SOUND = Series("TEQ-V00", (sound_source(), sound_source(PROCESSES + 1)))
SERIES = (SOUND, *DATASETS, *COMPARED)
