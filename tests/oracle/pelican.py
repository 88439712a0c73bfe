"""Our rules against Pelican's 37 compiled-release checks and its field-level checks of values (`agreement.py` says how
they are compared).

Usage: `make oracle PELICAN=CHECKOUT`, or `python -m tests.oracle.pelican PYTHON_OF_THE_ORACLE CHECKOUT_OF_PELICAN
HOME [HOME …]` for homes in which a run has just ended. Pelican gets no exchange rates, so it compares no amounts of
two currencies, as we do; only for `coherent.value_realistic` it gets the rates that OCDS-M04 stands for.
Of the field-level ones these are left out: e-mail addresses and telephones are never published, the prefix of the ocid
is asked from a list that Pelican downloads, amounts of transactions are a few of the many that OCDS-M01 looks at.

Prints the table of agreement, the differences on purpose and the unexplained ones; exit code 1 when there are any, or
nothing to compare.
"""

import csv
import json
import re
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.agreement import Deliberate, Pairing, ask, compare

SEEDS = Path(__file__).parents[2] / "dbt_project/seeds"
WORKER = Path(__file__).with_name("pelican_worker.py")
# What OCDS-M04's limits stand for: units of a currency to the dollar.
RATES = {"USD": 1, "EUR": 1, "MXN": 20}
WITH_RATES = ("coherent.value_realistic",)
MEXICO = ZoneInfo("America/Mexico_City")
PSEUDONYMS = "MX-TEQUIO"
# Members that hold dates.
DATE = re.compile(r"date|\w+Date$|dueDate")


def without_fillers(node: Any) -> Any:
    """The same without dates in years that our tables take for none."""
    return _with_dates(
        node, lambda text: None if text[:4].isdecimal() and not 1900 < int(text[:4]) < 2200 else text
    )


def days_in_mexico(node: Any) -> Any:
    """The same with days in Mexico City in place of instants; a text that is no instant stays."""

    def day(text: str) -> str:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            return text
        return instant.astimezone(MEXICO).date().isoformat() if instant.tzinfo else text

    return _with_dates(without_fillers(node), day)


def ids_as_text(node: Any) -> Any:
    """The same with ids as texts."""
    if isinstance(node, list):
        return [ids_as_text(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: str(value) if name in ("id", "awardID") and isinstance(value, int) else ids_as_text(value)
        for name, value in node.items()
    }


def durations_within_a_day(node: Any) -> Any:
    """The same with `durationInDays` put right where it is off by a day at most."""
    if isinstance(node, list):
        return [durations_within_a_day(one) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {name: durations_within_a_day(value) for name, value in node.items()}
    ends = changed.get("endDate") or changed.get("maxExtentDate")
    if "durationInDays" in changed and ends and changed.get("startDate"):
        days = (date.fromisoformat(ends[:10]) - date.fromisoformat(changed["startDate"][:10])).days
        if abs(days - float(changed["durationInDays"])) <= 1:
            changed |= {"startDate": changed["startDate"][:10], "endDate": ends[:10], "durationInDays": days}
    return changed


def payments_within_a_unit(release: Any) -> Any:
    """The same with contracts worth what was paid, where that is up to one unit of the currency more."""
    changed = deepcopy(release)
    for contract in changed.get("contracts", []):
        payments = contract.get("implementation", {}).get("transactions", [])
        amounts = [payment.get("value", {}).get("amount") for payment in payments]
        worth = contract.get("value", {}).get("amount")
        if worth is not None and None not in amounts and 0 < sum(amounts) - worth <= 1:
            contract["value"]["amount"] = sum(amounts)
    return changed


@cache
def codes_of(seed: str, codelist: str) -> frozenset[str]:
    """The codes of a codelist of ours."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as rows:
        return frozenset(row["code"] for row in csv.DictReader(rows) if row["codelist"] == codelist)


def without_pseudonyms(release: Any) -> Any:
    """The same with no pseudonyms in place of numbers of natural persons."""
    changed = deepcopy(release)
    for party in changed.get("parties", []):
        for identifier in (party.get("identifier", {}), *party.get("additionalIdentifiers", [])):
            if identifier.get("scheme") == PSEUDONYMS:
                del identifier["scheme"]
    return changed


def with_known_document_types(node: Any) -> Any:
    """The same without types of documents that no codelist has."""
    if isinstance(node, list):
        return [with_known_document_types(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: with_known_document_types(value)
        for name, value in node.items()
        if name != "documentType" or value in codes_of("ocds_codelists", "documentType")
    }


def _with_dates(node: Any, change: Callable[[str], str | None]) -> Any:
    if isinstance(node, list):
        return [_with_dates(one, change) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {
        name: change(value) if isinstance(value, str) and DATE.match(name) else _with_dates(value, change)
        for name, value in node.items()
    }
    return {name: value for name, value in changed.items() if value is not None}


FILLERS = Deliberate(
    "a date like 0001-01-01 is told once, by OCDS-D03, and compared with nothing", without_fillers
)
MEXICAN_DAYS = Deliberate(
    "days are those in Mexico City (2016-12-28T00:00:00Z is the evening of the 27th); Pelican cuts hours and zone off",
    days_in_mexico,
)
ANY_DATE = Deliberate(
    "our limits hold at any date; Pelican converts no amount of a release without one",
    lambda release: {**release, "date": "2020-01-01T00:00:00Z"},
)
OWN_SCHEME = Deliberate("MX-TEQUIO is the scheme of our pseudonyms, not the publisher's", without_pseudonyms)
KNOWN_TYPES = Deliberate(
    "a type outside of the codelist has no section to stand in: OCDS-V10 tells it", with_known_document_types
)
IDS_AS_TEXT = Deliberate('1 and "1" are the same id: our tables hold texts', ids_as_text)
DATES = (FILLERS, MEXICAN_DAYS)

PAIRINGS = (
    Pairing(("consistent.number_of_tenderers",), ("OCDS-H05",)),
    Pairing(("consistent.tender_value",), ("OCDS-M09",)),
    Pairing(("consistent.contracts_value",), ("OCDS-M07",)),
    Pairing(
        ("consistent.contracts_implementation_transactions_value",),
        ("OCDS-M08",),
        (Deliberate("one unit is left for rounding of many payments", payments_within_a_unit),),
    ),
    Pairing(("consistent.parties_roles",), ("OCDS-R08",)),
    Pairing(
        tuple(
            f"consistent.{role}_in_parties_roles"
            for role in ("buyer", "procuring_entity", "tenderer", "supplier", "payer", "payee")
        ),
        ("OCDS-R07",),
    ),
    Pairing(
        tuple(
            f"consistent.{role}_name_in_parties"
            for role in ("buyer", "procuring_entity", "tenderer", "supplier", "payer", "payee")
        ),
        ("OCDS-R09",),
    ),
    Pairing(
        ("consistent.period_duration_in_days",),
        ("OCDS-D12",),
        (
            FILLERS,
            Deliberate("a day is left, for those who count the first and the last", durations_within_a_day),
            MEXICAN_DAYS,
        ),
    ),
    Pairing(("reference.buyer_in_parties",), ("OCDS-R02",), (IDS_AS_TEXT,)),
    Pairing(("reference.procuring_entity_in_parties",), ("OCDS-R03",), (IDS_AS_TEXT,)),
    Pairing(("reference.supplier_in_parties",), ("OCDS-R04",), (IDS_AS_TEXT,)),
    Pairing(("reference.tenderer_in_parties",), ("OCDS-R05",), (IDS_AS_TEXT,)),
    Pairing(("reference.payer_in_parties", "reference.payee_in_parties"), ("OCDS-R06",), (IDS_AS_TEXT,)),
    Pairing(("reference.contract_in_awards",), ("OCDS-R01",), (IDS_AS_TEXT,)),
    Pairing(("coherent.period",), ("OCDS-D01",), DATES),
    Pairing(("coherent.dates",), ("OCDS-D05", "OCDS-D06", "OCDS-D07", "OCDS-D08"), DATES),
    Pairing(("coherent.release_date",), ("OCDS-D08", "OCDS-D14", "OCDS-D15", "OCDS-D16"), DATES),
    Pairing(("coherent.milestones_dates",), ("OCDS-D14",), DATES),
    Pairing(("coherent.amendments_dates",), ("OCDS-D13", "OCDS-D15"), DATES),
    Pairing(("coherent.documents_dates",), ("OCDS-D16", "OCDS-D17"), DATES),
    Pairing(("coherent.procurement_method_vs_number_of_tenderers",), ("OCDS-H01",)),
    Pairing(("coherent.tender_status",), ("OCDS-H02",)),
    Pairing(("coherent.awards_status",), ("OCDS-H03",)),
    Pairing(("coherent.contracts_status",), ("OCDS-H04",)),
    Pairing(("coherent.milestone_status",), ("OCDS-D09",)),
    Pairing(("coherent.value_realistic",), ("OCDS-M04",), (ANY_DATE,)),
    Pairing(("field.date_time",), ("OCDS-D02", "OCDS-D03", "OCDS-D11")),
    Pairing(("field.language",), ("OCDS-V02",)),
    Pairing(("field.identifier_scheme",), ("OCDS-V03",), (OWN_SCHEME,)),
    Pairing(("field.document_format_codelist",), ("OCDS-V04",)),
    Pairing(("field.document_description_length",), ("OCDS-V05",)),
    Pairing(("field.document_type",), ("OCDS-C08",), (KNOWN_TYPES,)),
    Pairing(("field.number_checks",), ("OCDS-M10", "OCDS-V06")),
)


def main(arguments: Sequence[str]) -> int:
    """Compare the runs in the homes named."""
    python, checkout, *homes = arguments
    # The codes of org-id.guide that we know stand in for the list Pelican downloads.
    schemes = sorted(codes_of("external_codelists", "identifierScheme"))
    worker = (python, WORKER, checkout, json.dumps(RATES), json.dumps(schemes), *WITH_RATES)
    return compare(homes, PAIRINGS, lambda texts: ask(worker, texts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
