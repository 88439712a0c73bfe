"""Pelican's verdicts on compiled releases. Runs in the oracle's own environment.

Arguments: the folder of a checkout of Pelican's backend (BSD; never part of this repository), a JSON object of
exchange rates (currency: units to the dollar), one of the codes of identifier schemes, and names of the checks that
may use the rates. Reads names of JSON lines files from standard input, one a line; writes one JSON line for each
compiled release in them: check: [verdict, places looked at, places that fail, the first of them], the verdict being
pass, fail, na or error. The field-level checks are called `field.` and their name, over all fields that have it; amounts
of transactions apart.

Pelican's functions need no database and no queue; the modules that speak to them are replaced, downloads as well.
"""

import datetime
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

VERDICTS = {True: "pass", False: "fail", None: "na"}
# Rates that hold for ever: Pelican copies that of the nearest day.
RATES_DAY = datetime.date(2020, 1, 1)

FIELD_CHECKS = (
    "date_time",
    "document_description_length",
    "document_format_codelist",
    "document_type",
    "email",
    "identifier_scheme",
    "language",
    "number_checks",
    "number_checks.transactions",
    "ocid_prefix_check",
    "telephone",
)


def load(checkout: Path, identifier_schemes: Sequence[str]) -> tuple[ModuleType, ModuleType]:
    """Pelican's currency converter and its processor."""
    sys.path.insert(0, str(checkout))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    _module("pelican.util.exchange_rates_db", load=list)
    _module("psycopg")
    _module("psycopg.types")
    _module("psycopg.types.json", Jsonb=lambda document: document)
    _module("pelican.util.services", State=None, executemany=None, update_items_state=None)
    _module("pelican.util.workers", is_step_required=None)
    from pelican.util import codelists, currency_converter, settings

    settings.CURRENCY_CONVERTER_EXTRAPOLATION_MAX_DAYS_FALLBACK = -1
    # One table in place of two lists: of identifier schemes and of registered prefixes.
    rows = [{"code": code, "OCID": "ocds-"} for code in identifier_schemes]
    codelists._remote = lambda _: rows
    from contracting_process import processor

    return currency_converter, processor


def _module(name: str, **members: object) -> None:
    module = ModuleType(name)
    for member, value in members.items():
        setattr(module, member, value)
    sys.modules[name] = module


def judge(
    release: Mapping[str, Any], processor: ModuleType, converter: ModuleType, rates: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Every check's verdict on a compiled release; `rates` are the tables of exchange rates by check."""
    found = _fields(processor.field_level_checks(release, 0, 0)["result"]["checks"])
    for name, check in processor.resource_level_definitions.items():
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


def _fields(by_path: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Any]]:
    """The field-level checks of values, over all fields."""
    found = {f"field.{name}": ["na", 0, 0, None] for name in FIELD_CHECKS}
    for path, places in by_path.items():
        for place in places:
            for result in place["quality"]["check_results"]:
                apart = (
                    ".transactions" if ".transactions." in path and result["name"] == "number_checks" else ""
                )
                one = found[f"field.{result['name']}{apart}"]
                one[1] += 1
                if not result["result"]:
                    one[2] += 1
                    one[3] = one[3] or f"{place['path']}: {result['value']}"
                one[0] = "fail" if one[2] else "pass"
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
    checkout, table, schemes, *with_rates = sys.argv[1:]
    converter, processor = load(Path(checkout), json.loads(schemes))
    rates = dict.fromkeys(with_rates, converter.ExchangeRates([(RATES_DAY, json.loads(table))]))
    rates[""] = converter.ExchangeRates([])
    for release in _releases([line.strip() for line in sys.stdin]):
        print(json.dumps(judge(release, processor, converter, rates), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
