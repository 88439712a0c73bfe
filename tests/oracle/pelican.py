"""Our rules against Pelican's 37 compiled-release checks, process by process, with their three results.

Usage: `python -m tests.oracle.pelican PYTHON_OF_THE_ORACLE CHECKOUT_OF_PELICAN HOME [HOME …]` for homes in which a
run has just ended. Both judge the same compiled releases: `public_view.ocds_compiled` of the run's scratch database.

Where we ask one thing that Pelican asks twice, or the other way round, the verdicts are folded: one failure fails,
else one pass passes. Where we differ on purpose the difference has a reason and a test of the process that must hold:
a difference whose cause isn't there counts as unexplained. Pelican gets no exchange rates, so it compares no amounts
of two currencies, as we do; only for `coherent.value_realistic` it gets the rates that OCDS-M04 stands for.

Prints the table of agreement, the differences on purpose and the unexplained ones; exit code 1 when there are any, or
nothing to compare.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home

WORKER = Path(__file__).with_name("pelican_worker.py")
BATCH = 2_000
# What OCDS-M04's limits stand for: units of a currency to the dollar.
RATES = {"USD": 1, "EUR": 1, "MXN": 20}
WITH_RATES = ("coherent.value_realistic",)

Release = Mapping[str, Any]


@dataclass(frozen=True)
class Pairing:
    """Checks of Pelican and rules of ours that ask the same.

    `differs` tells on purpose: where a reason's test holds of a process, a difference has that reason.
    """

    checks: tuple[str, ...]
    rules: tuple[str, ...]
    differs: tuple["Deliberate", ...] = ()


@dataclass(frozen=True)
class Deliberate:
    """A difference on purpose: Pelican's result and ours, why, and how it shows in the process."""

    theirs: str
    ours: str
    reason: str
    holds: Callable[[Release], bool]


def elements(node: Any, dotted: str) -> Iterator[Any]:
    """What stands at a dotted path; lists are stepped into."""
    if isinstance(node, list):
        for one in node:
            yield from elements(one, dotted)
    elif not dotted:
        yield node
    elif isinstance(node, dict):
        first, _, rest = dotted.partition(".")
        if node.get(first) is not None:
            yield from elements(node[first], rest)


PAIRINGS = (
    Pairing(("consistent.number_of_tenderers",), ("OCDS-H05",)),
    Pairing(("consistent.tender_value",), ("OCDS-M09",)),
    Pairing(("consistent.contracts_value",), ("OCDS-M07",)),
    Pairing(("consistent.contracts_implementation_transactions_value",), ("OCDS-M08",)),
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
    Pairing(("consistent.period_duration_in_days",), ("OCDS-D12",)),
    Pairing(("reference.buyer_in_parties",), ("OCDS-R02",)),
    Pairing(("reference.procuring_entity_in_parties",), ("OCDS-R03",)),
    Pairing(("reference.supplier_in_parties",), ("OCDS-R04",)),
    Pairing(("reference.tenderer_in_parties",), ("OCDS-R05",)),
    Pairing(("reference.payer_in_parties", "reference.payee_in_parties"), ("OCDS-R06",)),
    Pairing(("reference.contract_in_awards",), ("OCDS-R01",)),
    Pairing(("coherent.period",), ("OCDS-D01",)),
    Pairing(("coherent.dates",), ("OCDS-D05", "OCDS-D06", "OCDS-D07", "OCDS-D08")),
    Pairing(("coherent.release_date",), ("OCDS-D08", "OCDS-D10")),
    Pairing(("coherent.documents_dates",), ("OCDS-D10",)),
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
    compared = {pairing: Compared() for pairing in PAIRINGS}
    sources: Counter[str] = Counter()
    for home in homes:
        for database in sorted(Home(Path(home)).scratch.glob("*/build.duckdb")):
            _compare(database, Path(python), Path(checkout), compared, sources)
    _tell(compared, sources)
    return 1 if not sources or any(one.unexplained for one in compared.values()) else 0


def folded(results: Iterable[str]) -> str:
    """One result for several questions: a failure fails, else a pass passes."""
    found = set(results)
    return next((result for result in ("error", "fail", "pass") if result in found), "na")


def _compare(
    database: Path, python: Path, checkout: Path, compared: Mapping[Pairing, Compared], sources: Counter[str]
) -> None:
    rules = sorted({rule for pairing in compared for rule in pairing.rules})
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
            theirs = _ask(python, checkout, [row[2] for row in batch])
            for (source_id, ocid, text, ours), verdicts in zip(batch, theirs, strict=True):
                sources[source_id] += 1
                release = json.loads(text)
                for pairing, one in compared.items():
                    _count(one, pairing, f"{source_id} {ocid}", release, verdicts, ours)


def _count(
    one: Compared,
    pairing: Pairing,
    name: str,
    release: Release,
    theirs: Mapping[str, Sequence[Any]],
    ours: Mapping[str, Mapping[str, Any]],
) -> None:
    """Add one process to a pairing's figures."""
    pair = (
        folded(theirs[check][0] for check in pairing.checks),
        folded(ours[rule]["r"] for rule in pairing.rules),
    )
    one.pairs[pair] += 1
    if pair[0] == pair[1]:
        failing = sum(theirs[check][2] for check in pairing.checks)
        one.places += failing != sum(ours[rule]["f"] for rule in pairing.rules)
        return
    for known in pairing.differs:
        if (known.theirs, known.ours) == pair and known.holds(release):
            key = (*pair, known.reason)
            one.on_purpose[key] += 1
            one.examples.setdefault(key, name)
            return
    one.unexplained[pair] += 1
    told = [str(theirs[check][3]) for check in pairing.checks if theirs[check][3]]
    one.examples.setdefault(pair, f"{name} {' '.join(told)}")


def _ask(python: Path, checkout: Path, texts: Sequence[str]) -> list[Mapping[str, Sequence[Any]]]:
    """Pelican's verdicts on compiled releases, in their order."""
    with tempfile.TemporaryDirectory() as temporary:
        lines = Path(temporary) / "compiled.jsonl"
        lines.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        told = subprocess.run(
            [str(python), str(WORKER), str(checkout), json.dumps(RATES), *WITH_RATES],
            input=f"{lines}\n",
            capture_output=True,
            text=True,
            check=True,
        )
    return [json.loads(line) for line in told.stdout.splitlines()]


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
    tail = next(
        words[at:] for at in range(len(words)) if all(other.endswith(words[at:]) for other in others)
    )
    return f"{group}.*{tail} ({len(checks)})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
