"""Our rules of single fields against what libcoveocds says besides structural errors (`agreement.py` says how).

Usage: `make oracle`, or `python -m tests.oracle.additional_checks PYTHON_OF_THE_ORACLE HOME [HOME …]` for homes in
which a run has just ended. libcoveocds knows what we know: the EDCA-MX extensions and the codelists of our seed.

Prints the table of agreement, the differences on purpose and the unexplained ones; exit code 1 when there are any, or
nothing to compare.
"""

import csv
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipelines.standards.ocds import extended_release_schema
from tests.oracle.agreement import Pairing, ask, compare
from tests.oracle.structure import REPOSITORY, STANDARD_ZIP

WORKER = Path(__file__).with_name("additional_checks_worker.py")
CODELISTS = REPOSITORY / "dbt_project/seeds/ocds_codelists.csv"

PAIRINGS = (
    Pairing(("bad_ocid_prefix",), ("OCDS-V01", "OCDS-I02")),
    Pairing(("deprecated_fields",), ("OCDS-V09",)),
    Pairing(("empty_field",), ("OCDS-V11",)),
    Pairing(("additional_fields",), ("OCDS-V12",)),
    Pairing(("closed_codelists",), ("OCDS-C01", "OCDS-C02", "OCDS-C03", "OCDS-C04", "OCDS-C05", "OCDS-M03")),
    Pairing(("open_codelists",), ("OCDS-V10", "OCDS-C06")),
)


def main(arguments: Sequence[str]) -> int:
    """Compare the runs in the homes named."""
    python, *homes = arguments
    with tempfile.TemporaryDirectory() as temporary:
        schema, codelists = Path(temporary) / "schema.json", Path(temporary) / "codelists.json"
        schema.write_text(json.dumps(extended_release_schema()), encoding="utf-8")
        codelists.write_text(json.dumps(_codes()), encoding="utf-8")
        worker = (python, WORKER, STANDARD_ZIP, schema, codelists)
        return compare(homes, PAIRINGS, lambda texts: ask(worker, texts))


def _codes() -> dict[str, list[str]]:
    """The codes of our seed by the name of their codelist's file."""
    codes = defaultdict(list)
    with CODELISTS.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            codes[f"{row['codelist']}.csv"].append(row["code"])
    return codes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
