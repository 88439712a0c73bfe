"""Cases of the rules that compare sources (TEQ-X*): a process that two of them publish, and say differently.

Here: what the other source says otherwise of a sound process. Not here: rules that one source fails by itself
(`cases.py`, `received.py`).
"""

from pipelines.sandbox.rule_cases.cases import PAYMENT, process
from pipelines.sandbox.rule_cases.changes import Case, Record, both, planted_name, put, same

# The prefix of CompraNet's processes: a state that publishes one of them keeps its ocid.
FEDERAL_PREFIX = "ocds-07smqs"
TWICE = {"TEQ-X01": "what two sources say differently they both publish"}

ACROSS = (
    Case("TEQ-X01", same, "/contracts/0", "", failures=2),
    Case(
        "TEQ-X02",
        both(*(put(f"/{path}/value/amount", 1100) for path in ("tender", "awards/0", "contracts/0"))),
        "/contracts/0/value/amount",
        "1000.00 ≠ 1100.00 MXN",
        failures=2,
        also=TWICE,
    ),
    Case(
        "TEQ-X03",
        put("/contracts/0/dateSigned", "2026-01-28T00:00:00-06:00"),
        "/contracts/0/dateSigned",
        "2026-01-25 ≠ 2026-01-28",
        also=TWICE,
    ),
    Case(
        "TEQ-X04",
        both(
            *(put(f"/{path}/name", "Constructora Otra") for path in ("parties/1", "tender/tenderers/0")),
            *(
                put(f"{path}/name", "Constructora Otra")
                for path in ("/awards/0/suppliers/0", f"{PAYMENT}/payee")
            ),
            put("/parties/1/identifier/id", "COT050607AB8"),
        ),
        "/awards/suppliers",
        "Constructora Uno ≠ Constructora Otra",
        also=TWICE,
    ),
    Case(
        "TEQ-X05",
        put("/contracts/0/status", "terminated"),
        "/contracts/0/status",
        "active ≠ terminated",
        also=TWICE,
    ),
)


def told_by_the_other(case: Case) -> Record:
    """The process as the other source publishes it."""
    record = process(planted_name(case))
    record["ocid"] = f"{FEDERAL_PREFIX}-{planted_name(case)}"
    case.fails(record)
    return record
