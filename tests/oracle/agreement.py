"""Agreement of our rules with another tool's checks, process by process, with their three results.

Here: what the comparisons have in common: reading our results of a run, folding, explaining and printing. Not here:
which check asks what which rule asks (`pelican.py`, `additional_checks.py`).

Both judge the same compiled releases: `public_view.ocds_compiled` of the run's scratch database. Where we ask one
thing that they ask several times, or the other way round, the results are folded: one failure fails, else one pass
passes. Where we differ on purpose, the reason is a change of the process that takes its cause away (a contract's
`durationInDays` off by one is put right, say): the difference counts as explained when the other tool then says what
we said of the process as it is.
"""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home

BATCH = 2_000

Release = Mapping[str, Any]
# By check: verdict (pass, fail, na or error), places looked at, places that fail, what is told of the first.
Results = Mapping[str, Sequence[Any]]
Judge = Callable[[Sequence[str]], list[Results]]


@dataclass(frozen=True)
class Pairing:
    """Checks of theirs and rules of ours that ask the same, and how we differ on purpose."""

    checks: tuple[str, ...]
    rules: tuple[str, ...]
    differs: tuple["Deliberate", ...] = ()


@dataclass(frozen=True)
class Deliberate:
    """A difference on purpose: why, and the change of a process after which there is none; None when nothing is left
    of it that we would judge.
    """

    reason: str
    change: Callable[[Any], Any]


@dataclass(frozen=True)
class Judged:
    """One process: its compiled release, their results by check and ours by rule."""

    name: str
    text: str
    theirs: Results
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


@dataclass
class Compared:
    """One pairing over all processes: how often each pair of results (theirs, ours), and what isn't agreed."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: int = 0
    on_purpose: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unexplained: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, ...], str] = field(default_factory=dict)


def compare(homes: Sequence[str], pairings: Sequence[Pairing], judge: Judge) -> int:
    """Compare the runs in the homes named and print what is found; 1 when there is nothing to compare or a difference
    has no reason.
    """
    compared = {pairing: Compared() for pairing in pairings}
    sources: Counter[str] = Counter()
    differences: list[Difference] = []
    for home in homes:
        for database in sorted(Home(Path(home)).scratch.glob("*/build.duckdb")):
            differences += _compare(database, judge, compared, sources)
    _explain(differences, judge, compared)
    _tell(compared, sources)
    return 1 if not sources or any(one.unexplained for one in compared.values()) else 0


def ask(worker: Sequence[str | Path], texts: Sequence[str]) -> list[Any]:
    """What a worker answers of compiled releases, in their order: one line each of the file it is given."""
    return _run(worker, [texts])


def ask_files(worker: Sequence[str | Path], files: Sequence[Sequence[str]]) -> list[Any]:
    """What a worker answers of files of compiled releases, in their order: one line each."""
    return _run(worker, files)


def _run(worker: Sequence[str | Path], files: Sequence[Sequence[str]]) -> list[Any]:
    """A worker reads names of JSON lines files and writes JSON lines."""
    with tempfile.TemporaryDirectory() as temporary:
        names = [Path(temporary) / f"{number}.jsonl" for number in range(len(files))]
        for name, texts in zip(names, files, strict=True):
            name.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        told = subprocess.run(
            [str(part) for part in worker],
            input="".join(f"{name}\n" for name in names),
            capture_output=True,
            text=True,
            check=True,
        )
    return [json.loads(line) for line in told.stdout.splitlines()]


def folded(results: Iterable[str]) -> str:
    """One result for several questions: a failure fails, else a pass passes."""
    found = set(results)
    return next((result for result in ("error", "fail", "pass") if result in found), "na")


def _compare(
    database: Path, judge: Judge, compared: Mapping[Pairing, Compared], sources: Counter[str]
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
            theirs = judge([row[2] for row in batch])
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


def _explain(differences: Sequence[Difference], judge: Judge, compared: Mapping[Pairing, Compared]) -> None:
    """Ask again of each process that differs, changed as the reasons of its pairing say."""
    changed = [
        (difference, reason, reason.change(difference.release))
        for difference in differences
        for reason in difference.pairing.differs
    ]
    reasons = {
        (difference.pairing, difference.name): reason.reason
        for difference, reason, release in changed
        if release is None and difference.ours == "na"
    }
    asked = [one for one in changed if one[2] is not None]
    told = judge([json.dumps(release, ensure_ascii=False) for _, _, release in asked])
    for (difference, reason, _), verdicts in zip(asked, told, strict=True):
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
        f"{'theirs':56} {'ours':28} {'agree':>7} {'(pass':>7} {'fail':>6} {'na)':>6} {'purpose':>8} {'open':>5} places"
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
