"""Cases of the rules about how a delivery arrives (TEQ-L*): what goes wrong with it as a whole.

Here: which delivery fails which rule. Not here: the faults (`pipelines/sandbox/faults.py`), the bytes of the
made-up deliveries (`made`), rules about records (`cases.py`, `received.py`, `tables.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import orjson

from pipelines.sandbox.dataset import Draft, Envelope
from pipelines.sandbox.order import draft
from pipelines.sandbox.rule_cases.cases import process

Format = Literal["ndjson", "csv"]
# Ages: how many days ago the delivery came that the portal still gives.
DAYS_AGO = 400


@dataclass(frozen=True)
class Delivery:
    """One delivery and the rule it fails: by a fault of a declared source, or by what its files hold.

    `fault` as `make_fault` reads it, `attempts` how often in a row the source is asked, all but the last under the
    fault when there are several. `made`: the files of a made-up source by their paths, in this format. `days_ago`:
    how long ago the same content came for the first time. `also`: rules that can't but fail with it, and why.
    """

    rule_id: str
    source_id: str = "morelos_s2"
    fault: str | None = None
    attempts: int = 1
    made: Callable[[], Mapping[str, Draft]] | None = None
    format: Format = "ndjson"
    days_ago: int = 0
    also: Mapping[str, str] = field(default_factory=dict)


def lines(*records: bytes, number: int = 0) -> Draft:
    """A file of one release a line."""
    ids = [(str(at), record) for at, record in enumerate(records)]
    return draft(str(number), Envelope(b"", b"\n", b"\n", "application/x-ndjson"), ids)


def _table(encoding: str, *rows: str, number: int = 0) -> Draft:
    """A CSV file of the layout of 2010 to 2025, as far as the rules about its arrival read it."""
    header = "Código del expediente,Título del contrato\n"
    records = [(str(at), row.encode(encoding.removesuffix("-sig"))) for at, row in enumerate(rows)]
    return draft(str(number), Envelope(header.encode(encoding), b"\n", b"\n", "text/csv"), records)


def _processes(*names: str) -> Sequence[bytes]:
    return [orjson.dumps(process(name)) for name in names]


def _broken_line() -> Mapping[str, Draft]:
    whole = _processes(*(str(number) for number in range(20)))
    return {"/contratos.ndjson": lines(*whole, b'{"ocid": "ocds-abc123-roto", ')}


def _repeated_line() -> Mapping[str, Draft]:
    return {"/contratos.ndjson": lines(*_processes("a", "b", "b"))}


def _one_file_twice() -> Mapping[str, Draft]:
    records = _processes("a", "b")
    return {"/adquisiciones.ndjson": lines(*records), "/obras.ndjson": lines(*records, number=1)}


def _latin() -> Mapping[str, Draft]:
    return {"/contratos.csv": _table("cp1252", "E-1,Papelería", "E-2,Señalización")}


def _two_encodings() -> Mapping[str, Draft]:
    return {
        "/adquisiciones.csv": _table("utf-8", "E-1,Papelería"),
        "/obras.csv": _table("utf-8-sig", "E-2,Señalización", number=1),
    }


_PARTIAL = {"TEQ-L01": "an attempt that doesn't bring everything isn't complete"}

# Those that fetching and landing alone show.
DELIVERIES = (
    Delivery("TEQ-L01", fault="down"),
    Delivery("TEQ-L02", fault="overstated", also=_PARTIAL),
    Delivery("TEQ-L03", made=_broken_line),
    Delivery("TEQ-L04", made=_repeated_line),
    Delivery("TEQ-L07", made=_latin, format="csv"),
    Delivery("TEQ-L09", source_id="yucatan_inaip", fault="die_at_page:2", also=_PARTIAL),
    Delivery("TEQ-L10", made=_two_encodings, format="csv"),
    Delivery(
        "TEQ-L11",
        made=_one_file_twice,
        also={"TEQ-L04": "every record of the second file repeats one of the first"},
    ),
    Delivery("TEQ-L13", fault="down", attempts=5),
    Delivery("TEQ-L14", days_ago=DAYS_AGO),
)

# Those that show when the delivery is built: the source of the sandbox that fails the rule. Two of them are made-up
# lists of contracts (`tests/end_to_end/test_country.py`): one whose portal adds a column, one whose file is named
# after a year that isn't in it.
OTHER_COLUMN, OTHER_YEAR = "contratos_otra_columna", "contratos_de_otro_ano"
BUILT = {
    # A release that names no process (`planted.py`).
    "TEQ-L05": "shcp_s6",
    # Nothing in the catalogue is newer than May 2026.
    "TEQ-L06": "morelos_s2",
    "TEQ-L08": OTHER_COLUMN,
    "TEQ-L12": OTHER_YEAR,
    # Where its declaration asks for them: the sandbox has none of the documents that are named.
    "TEQ-L15": "michoacan_s6",
}
