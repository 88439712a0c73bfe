"""Cases of the rules about tables, as bills of official advertising (SIPOT, format XXIII-B; `advertising.py`).

A layout has no columns for much of what rules about processes ask for, so that its sound row fails those as well:
what counts is what a defect adds to the sound row. Not here: rules about OCDS and PDN (`cases.py`,
`received.py`), how a bill is written into its four files (`advertising.py`).
"""

from pipelines.sandbox.rule_cases.changes import Case, Record, put

SOUND_BILL = "ejemplo-teq"


def ocid_of(name: str) -> str:
    """The process that staging makes of the bill of a contract; the digest is of institution and supplier."""
    return f"tequio-chihuahua_publicidad-contrato-{name}-b436eb05"


def sound_bill(name: str, number: int) -> Record:
    """A bill whose keys meet and whose cells need no cleaning."""
    key = f"{number}-1-100-11"
    return {
        "contract_number": name,
        "key": key,
        "parent_key": key,
        "supplier_name": "Radio Ejemplo, S.A. de C.V.",
        "rfc": "REJ040531EI0",
        "title": "Spot de 30 segundos en televisión",
    }


def _longer_key(record: Record) -> None:
    record["parent_key"] = f"0-{record['key']}"


TABLE_CASES = (
    # Supplier and contract are found by their keys; nothing tells which line of the budget a bill belongs to.
    Case("TEQ-R10", _longer_key, "Respecto Al Contrato y Los Montos", "0-90002-1-100-11", failures=2),
    Case(
        "TEQ-R11",
        put("/title", "'Spot de 30 segundos en televisión"),
        "Objeto Del Contrato",
        "'Spot de 30 segundos en televisión",
    ),
)
