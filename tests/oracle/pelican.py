"""Our rules against Pelican's 37 compiled-release checks, process by process, with their three results.

Usage: `python -m tests.oracle.pelican PYTHON_OF_THE_ORACLE CHECKOUT_OF_PELICAN HOME [HOME …]` for homes in which a
run has just ended. Both judge the same compiled releases: `public_view.ocds_compiled` of the run's scratch database.

Where we ask one thing that Pelican asks several times, or the other way round, the results are folded: one failure
fails, else one pass passes. Where we differ on purpose, the reason is a change of the process that takes its cause
away (a contract's `durationInDays` off by one is put right, say): the difference counts as explained when Pelican
then says what we said of the process as it is. Pelican gets no exchange rates, so it compares no amounts of two
currencies, as we do; only for `coherent.value_realistic` it gets the rates that OCDS-M04 stands for.

Prints the table of agreement, the differences on purpose and the unexplained ones; exit code 1 when there are any, or
nothing to compare.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.home import Home

WORKER = Path(__file__).with_name("pelican_worker.py")
BATCH = 2_000
# What OCDS-M04's limits stand for: units of a currency to the dollar.
RATES = {"USD": 1, "EUR": 1, "MXN": 20}
WITH_RATES = ("coherent.value_realistic",)
MEXICO = ZoneInfo("America/Mexico_City")
# Members that hold dates.
DATE = re.compile(r"date|\w+Date$|dueDate")

Release = Mapping[str, Any]


@dataclass(frozen=True)
class Pairing:
    """Checks of Pelican and rules of ours that ask the same, and how we differ on purpose."""

    checks: tuple[str, ...]
    rules: tuple[str, ...]
    differs: tuple["Deliberate", ...] = ()


@dataclass(frozen=True)
class Deliberate:
    """A difference on purpose: why, and the change of a process after which there is none."""

    reason: str
    change: Callable[[Any], Any]


@dataclass(frozen=True)
class Judged:
    """One process: its compiled release, Pelican's results by check and ours by rule."""

    name: str
    text: str
    theirs: Mapping[str, Sequence[Any]]
    ours: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Difference:
    """One process of which the two say different things."""

    pairing: Pairing
    name: str
    release: Release
    theirs: str
    ours: str
    told: str


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
    Pairing(("coherent.release_date",), ("OCDS-D08", "OCDS-D10", "OCDS-D14", "OCDS-D15", "OCDS-D16"), DATES),
    Pairing(("coherent.milestones_dates",), ("OCDS-D14",), DATES),
    Pairing(("coherent.amendments_dates",), ("OCDS-D13", "OCDS-D15"), DATES),
    Pairing(("coherent.documents_dates",), ("OCDS-D10", "OCDS-D16"), DATES),
    Pairing(("coherent.procurement_method_vs_number_of_tenderers",), ("OCDS-H01",)),
    Pairing(("coherent.tender_status",), ("OCDS-H02",)),
    Pairing(("coherent.awards_status",), ("OCDS-H03",)),
    Pairing(("coherent.contracts_status",), ("OCDS-H04",)),
    Pairing(("coherent.milestone_status",), ("OCDS-D09",)),
    Pairing(("coherent.value_realistic",), ("OCDS-M04",)),
)


@dataclass
class Compared:
    """One pairing over all processes: how often each pair of results (theirs, ours), and what isn't agreed."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: int = 0
    on_purpose: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unexplained: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, ...], str] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Compare the runs in the homes named; 1 when there is nothing to compare or a difference has no reason."""
    python, checkout, *homes = arguments
    pelican = Pelican(Path(python), Path(checkout))
    compared = {pairing: Compared() for pairing in PAIRINGS}
    sources: Counter[str] = Counter()
    differences: list[Difference] = []
    for home in homes:
        for database in sorted(Home(Path(home)).scratch.glob("*/build.duckdb")):
            differences += _compare(database, pelican, compared, sources)
    _explain(differences, pelican, compared)
    _tell(compared, sources)
    return 1 if not sources or any(one.unexplained for one in compared.values()) else 0


def folded(results: Iterable[str]) -> str:
    """One result for several questions: a failure fails, else a pass passes."""
    found = set(results)
    return next((result for result in ("error", "fail", "pass") if result in found), "na")


@dataclass(frozen=True)
class Pelican:
    """Pelican's checks, in the oracle's environment."""

    python: Path
    checkout: Path

    def judge(self, texts: Sequence[str]) -> list[Mapping[str, Sequence[Any]]]:
        """The verdicts on compiled releases, in their order."""
        with tempfile.TemporaryDirectory() as temporary:
            lines = Path(temporary) / "compiled.jsonl"
            lines.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
            told = subprocess.run(
                [str(self.python), str(WORKER), str(self.checkout), json.dumps(RATES), *WITH_RATES],
                input=f"{lines}\n",
                capture_output=True,
                text=True,
                check=True,
            )
        return [json.loads(line) for line in told.stdout.splitlines()]


def _compare(
    database: Path, pelican: Pelican, compared: Mapping[Pairing, Compared], sources: Counter[str]
) -> list[Difference]:
    """Add a run to the figures; what the two say differently."""
    rules = sorted({rule for pairing in compared for rule in pairing.rules})
    differences: list[Difference] = []
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(
            """
            create temp table asked as
            select slice_id, entity_id, map_from_entries(list((rule_id, {r: result, f: failures}))) as verdicts
            from quality.quality_verdicts
            where entity_type = 'ocid' and list_contains(?, rule_id)
            group by slice_id, entity_id
            """,
            [rules],
        )
        rows = connection.execute(
            """
            select compiled.source_id, compiled.ocid, compiled.compiled, asked.verdicts
            from public_view.ocds_compiled as compiled
            inner join asked on compiled.slice_id = asked.slice_id and compiled.ocid = asked.entity_id
            order by compiled.source_id, compiled.ocid
            """
        )
        while batch := rows.fetchmany(BATCH):
            theirs = pelican.judge([row[2] for row in batch])
            for (source_id, ocid, text, ours), verdicts in zip(batch, theirs, strict=True):
                sources[source_id] += 1
                process = Judged(f"{source_id} {ocid}", text, verdicts, ours)
                found = (_count(one, pairing, process) for pairing, one in compared.items())
                differences.extend(difference for difference in found if difference)
    return differences


def _count(one: Compared, pairing: Pairing, process: Judged) -> Difference | None:
    """Add one process to a pairing's figures; the difference, if there is one."""
    theirs = [process.theirs[check] for check in pairing.checks]
    ours = [process.ours[rule] for rule in pairing.rules]
    pair = (folded(verdict[0] for verdict in theirs), folded(verdict["r"] for verdict in ours))
    one.pairs[pair] += 1
    if pair[0] == pair[1]:
        one.places += sum(verdict[2] for verdict in theirs) != sum(verdict["f"] for verdict in ours)
        return None
    told = " ".join(str(verdict[3]) for verdict in theirs if verdict[3])
    return Difference(pairing, process.name, json.loads(process.text), *pair, told)


def _explain(
    differences: Sequence[Difference], pelican: Pelican, compared: Mapping[Pairing, Compared]
) -> None:
    """Ask Pelican again of each process that differs, changed as the reasons of its pairing say."""
    asked = [(difference, reason) for difference in differences for reason in difference.pairing.differs]
    told = pelican.judge(
        [json.dumps(reason.change(difference.release), ensure_ascii=False) for difference, reason in asked]
    )
    reasons: dict[tuple[Pairing, str], str] = {}
    for (difference, reason), verdicts in zip(asked, told, strict=True):
        if folded(verdicts[check][0] for check in difference.pairing.checks) == difference.ours:
            reasons.setdefault((difference.pairing, difference.name), reason.reason)
    for difference in differences:
        one, pair = compared[difference.pairing], (difference.theirs, difference.ours)
        found = reasons.get((difference.pairing, difference.name))
        if found:
            one.on_purpose[(*pair, found)] += 1
            one.examples.setdefault((*pair, found), difference.name)
        else:
            one.unexplained[pair] += 1
            one.examples.setdefault(pair, f"{difference.name} {difference.told}")


def _tell(compared: Mapping[Pairing, Compared], sources: Mapping[str, int]) -> None:
    listed = ", ".join(f"{source} {count:,}" for source, count in sources.items())
    print(f"{sum(sources.values()):,} compiled releases: {listed}\n")
    print(
        f"{'Pelican':56} {'ours':28} {'agree':>7} {'(pass':>7} {'fail':>6} {'na)':>6} {'purpose':>8} {'open':>5} places"
    )
    for pairing, one in compared.items():
        agree = {result: one.pairs[result, result] for result in ("pass", "fail", "na")}
        print(
            f"{_name(pairing.checks):56} {', '.join(rule[5:] for rule in pairing.rules):28}"
            f" {sum(agree.values()):>7,} {agree['pass']:>7,} {agree['fail']:>6,} {agree['na']:>6,}"
            f" {one.on_purpose.total():>8,} {one.unexplained.total():>5,} {one.places:>6,}"
        )
    print("\nplaces: items on which both agree that some place fails, but not on how many")
    print("\nDifferent on purpose (theirs, ours):")
    for pairing, one in compared.items():
        for (theirs, ours, reason), count in one.on_purpose.most_common():
            example = one.examples[theirs, ours, reason]
            print(f"  {_name(pairing.checks)}: {count:,} {theirs}/{ours}: {reason} ({example})")
    print("\nWithout explanation (theirs/ours):")
    for pairing, one in compared.items():
        for pair, count in one.unexplained.most_common():
            print(f"  {_name(pairing.checks)}: {count:,} {'/'.join(pair)} ({one.examples[pair]})")


def _name(checks: Sequence[str]) -> str:
    """`consistent.*_in_parties_roles (6)` for checks that differ in one word."""
    if len(checks) == 1:
        return checks[0]
    first, *others = checks
    group, _, words = first.partition(".")
    tail = next(words[at:] for at in range(len(words)) if all(other.endswith(words[at:]) for other in others))
    return f"{group}.*{tail} ({len(checks)})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
