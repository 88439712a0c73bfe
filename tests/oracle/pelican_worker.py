"""Pelican's verdicts on compiled releases. Runs in the oracle's own environment.

Arguments: the folder of a checkout of Pelican's backend (BSD; never part of this repository), and optionally a JSON
object of exchange rates (currency: units to the dollar) with names of the checks that may use them. Reads names of
JSON lines files from standard input, one a line; writes one JSON line for each compiled release in them: check:
[verdict, places looked at, places that fail, the first of them], the verdict being pass, fail, na or error.

Pelican's functions need no database; the one module that reads exchange rates from it is replaced.
"""

import datetime
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

VERDICTS = {True: "pass", False: "fail", None: "na"}
# Rates that hold for ever: Pelican copies that of the nearest day.
RATES_DAY = datetime.date(2020, 1, 1)

Check = Callable[[Any], Mapping[str, Any]]


def load(checkout: Path) -> tuple[ModuleType, Mapping[str, Check]]:
    """Pelican's currency converter, and its compiled-release checks by name."""
    sys.path.insert(0, str(checkout))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    no_database = ModuleType("pelican.util.exchange_rates_db")
    no_database.load = list
    sys.modules[no_database.__name__] = no_database
    from pelican.util import currency_converter, settings

    settings.CURRENCY_CONVERTER_EXTRAPOLATION_MAX_DAYS_FALLBACK = -1
    from contracting_process.resource_level.definitions import definitions

    return currency_converter, definitions


def judge(
    release: Mapping[str, Any], checks: Mapping[str, Check], converter: ModuleType, rates: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Every check's verdict on a compiled release; `rates` are the tables of exchange rates by check."""
    found: dict[str, list[Any]] = {}
    for name, check in checks.items():
        table = rates.get(name, rates[""])
        converter.get_exchange_rates = lambda table=table: table
        try:
            result = check(release)
        # What a check can't do is a finding about the check; some compare days with and without a zone.
        except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError) as error:
            found[name] = ["error", 0, 0, f"{type(error).__name__}: {error}"]
            continue
        applied, passed = result["application_count"] or 0, result["pass_count"] or 0
        found[name] = [VERDICTS[result["result"]], applied, applied - passed, _first(result["meta"])]
    return found


def _first(meta: Mapping[str, Any] | None) -> str | None:
    """What Pelican tells of the first place that fails."""
    places = (meta or {}).get("failed_paths")
    return json.dumps(places[0], ensure_ascii=False, default=str) if places else None


def _releases(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        with Path(name).open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def main() -> None:
    """Judge every compiled release of the files named on standard input."""
    checkout, *rest = sys.argv[1:]
    converter, checks = load(Path(checkout))
    rates = {"": converter.ExchangeRates([])}
    if rest:
        table, *names = rest
        rates |= dict.fromkeys(names, converter.ExchangeRates([(RATES_DAY, json.loads(table))]))
    for release in _releases([line.strip() for line in sys.stdin]):
        print(json.dumps(judge(release, checks, converter, rates), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
