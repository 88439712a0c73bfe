"""Pelican's verdicts on data sets and on two editions of one. Runs in the oracle's own environment.

Arguments: the folder of a checkout of Pelican's backend (BSD; never part of this repository), and a JSON object of
exchange rates (currency: units to the dollar). Reads lines of JSON from standard input: {"now": file of compiled
releases as JSON lines, "before": such a file or null}. Writes a JSON line for each: {"dataset": {check: [verdict,
value]}, "time": {check: [verdict, pairs, failures]}}, the verdict being pass, fail, na or error; `time` is of those with
`before`.

Pelican's functions need no database; the one module that reads exchange rates from it is replaced. Addresses aren't
asked whether they answer.
"""

import datetime
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

VERDICTS = {True: "pass", False: "fail", None: "na"}
# Rates that hold for ever: Pelican copies that of the nearest day.
RATES_DAY = datetime.date(2020, 1, 1)
ASKS_THE_WORLD = "misc.url_availability"


def load(checkout: Path, rates: Mapping[str, float]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Pelican's checks on data sets, and those on two editions, by name."""
    sys.path.insert(0, str(checkout))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    no_database = ModuleType("pelican.util.exchange_rates_db")
    no_database.load = list
    sys.modules[no_database.__name__] = no_database
    from pelican.util import currency_converter, settings

    settings.CURRENCY_CONVERTER_EXTRAPOLATION_MAX_DAYS_FALLBACK = -1
    table = currency_converter.ExchangeRates([(RATES_DAY, dict(rates))])
    currency_converter.get_exchange_rates = lambda: table
    from dataset.definitions import definitions as on_data_sets
    from time_variance.checks import ocid, phase_stable, tender_title

    checks = {name: check for name, check in on_data_sets.items() if name != ASKS_THE_WORLD}
    return checks, {"ocid": ocid, "tender_title": tender_title, "phase_stable": phase_stable}


def judge_data_set(releases: list[dict[str, Any]], checks: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Every check's verdict and value; one that breaks is a finding about the check."""
    found: dict[str, list[Any]] = {}
    for name, check in checks.items():
        scope: Any = {}
        try:
            for number, release in enumerate(releases):
                scope = check.add_item(scope, release, number)
            result = check.get_result(scope)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            found[name] = ["error", f"{type(error).__name__}: {error}"]
            continue
        found[name] = [VERDICTS[result["result"]], result["value"]]
    return found


def judge_editions(
    now: list[dict[str, Any]], before: list[dict[str, Any]], checks: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Every check over the pairs that two editions have in common, as Pelican's processor counts them; for `ocid`, whose
    pairs always pass, the old releases and those that are missing."""
    by_ocid = {release["ocid"]: release for release in now}
    found: dict[str, list[Any]] = {}
    for name, check in checks.items():
        total, paired, failed = 0, 0, 0
        for old in before:
            new = by_ocid.get(old["ocid"])
            if not check.applicable({}, old, 0, new, 0):
                continue
            total += 1
            if new is not None:
                paired += 1
                failed += not check.evaluate({}, old, 0, new, 0)[1]
        base, failures = (total, total - paired) if name == "ocid" else (paired, failed)
        verdict = "na" if not base else VERDICTS[100 * (base - failures) > 95 * base]
        found[name] = [verdict, base, failures]
    return found


def _releases(name: str) -> Iterator[dict[str, Any]]:
    with Path(name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def main() -> None:
    """Judge the data sets named on standard input."""
    checkout, rates = sys.argv[1:]
    checks, editions = load(Path(checkout), json.loads(rates))
    for line in sys.stdin:
        asked = json.loads(line)
        now = list(_releases(asked["now"]))
        before = None if asked["before"] is None else list(_releases(asked["before"]))
        told = {
            "dataset": judge_data_set(now, checks),
            "time": {} if before is None else judge_editions(now, before, editions),
        }
        print(json.dumps(told, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
