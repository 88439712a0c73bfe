"""Our rules of single fields against what libcoveocds says besides structural errors (`agreement.py` says how).

Usage: `make oracle`, or `python -m tests.oracle.additional_checks PYTHON_OF_THE_ORACLE HOME [HOME …]` for homes in
which a run has just ended. libcoveocds knows what we know: the EDCA-MX extensions and the codelists of our seed.

Prints the table of agreement, the differences on purpose and the unexplained ones; exit code 1 when there are any, or
nothing to compare.
"""

import csv
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from pipelines.standards.ocds import extended_release_schema
from tests.oracle.agreement import Deliberate, Pairing, ask, compare
from tests.oracle.structure import REPOSITORY, STANDARD_ZIP

WORKER = Path(__file__).with_name("additional_checks_worker.py")
CODELISTS = REPOSITORY / "dbt_project/seeds/ocds_codelists.csv"

WELL_FORMED = re.compile(r"ocds-[a-z0-9]{6}-.")
TEXTS = frozenset({"title", "description", "rationale", "name"})


def with_texts_only_as_texts(node: Any) -> Any:
    """The same without objects where a text should stand."""
    if isinstance(node, list):
        return [with_texts_only_as_texts(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: with_texts_only_as_texts(value)
        for name, value in node.items()
        if not (name in TEXTS and isinstance(value, dict))
    }


def without_underscores(node: Any) -> Any:
    """The same with names of members in one word."""
    if isinstance(node, list):
        return [without_underscores(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {name.replace("_", ""): without_underscores(value) for name, value in node.items()}


def without_details_of_parties(release: Any) -> Any:
    """The same without what the parties tell of themselves besides."""
    changed = deepcopy(release)
    for party in changed.get("parties", []):
        party.pop("details", None)
    return changed


def with_texts_for_nulls(node: Any) -> Any:
    """The same with an empty text where a null stands."""
    if isinstance(node, list):
        return [with_texts_for_nulls(one) for one in node]
    if isinstance(node, dict):
        return {name: with_texts_for_nulls(value) for name, value in node.items()}
    return "" if node is None else node


def without_types_of_guarantees(release: Any) -> Any:
    """The same without the codes of the guarantees' own codelist."""
    changed = deepcopy(release)
    for contract in changed.get("contracts", []):
        for guarantee in contract.get("guarantees", []):
            guarantee.pop("type", None)
    return changed


OURS = Deliberate(
    "an ocid that Tequio had to give is no publisher's",
    lambda release: None if release["ocid"].startswith("tequio-") else release,
)
REGISTERED = Deliberate(
    "OCDS-I02 knows which prefix the source has registered; libcoveocds takes any of that form",
    lambda release: {**release, "ocid": "not-registered"} if WELL_FORMED.match(release["ocid"]) else release,
)
FORMS = Deliberate("what stands in an object in place of a text is OCDS-S01's", with_texts_only_as_texts)
ONE_WORD = Deliberate(
    "libcoveocds takes the end of x_physical_advance for a language, as in title_es", without_underscores
)
DETAILS = Deliberate(
    "the schema leaves parties' details open: what stands in them is published in their own column",
    without_details_of_parties,
)
NULLS = Deliberate("a null says as little as an empty text", with_texts_for_nulls)
EXTENSIONS = Deliberate("codes of the extensions' codelists are OCDS-S02's", without_types_of_guarantees)

PAIRINGS = (
    Pairing(("bad_ocid_prefix",), ("OCDS-V01", "OCDS-I02"), (OURS, REGISTERED)),
    Pairing(("deprecated_fields",), ("OCDS-V09",)),
    Pairing(("empty_field",), ("OCDS-V11",), (NULLS,)),
    Pairing(("additional_fields",), ("OCDS-V12",), (FORMS, ONE_WORD, DETAILS)),
    Pairing(("closed_codelists",), ("OCDS-C01", "OCDS-C02", "OCDS-C03", "OCDS-C04", "OCDS-C05", "OCDS-M03")),
    Pairing(("open_codelists",), ("OCDS-V10", "OCDS-C06"), (EXTENSIONS,)),
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
