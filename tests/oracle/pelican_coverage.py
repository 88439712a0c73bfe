"""Our coverage of the release schema's fields against Pelican's: the same fields, with the same three counts.

Usage: `make oracle PELICAN=CHECKOUT`, or `python -m tests.oracle.pelican_coverage PYTHON_OF_THE_ORACLE
CHECKOUT_OF_PELICAN HOME [HOME …]` for homes in which a run has just ended. Compared are, for each source, the sums of
`quality.quality_field_checks` and what Pelican's `exists` and `non_empty` count in the same compiled releases.

Two differences are on purpose, so Pelican is given the releases without them: a JSON null isn't there, and blanks fill
nothing. Contact points are never published and have no counts of ours.

Prints a table by source and each difference; exit code 1 when there is any, or nothing to compare.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home
from tests.oracle.agreement import ask_files

WORKER = Path(__file__).with_name("pelican_coverage_worker.py")
NEVER_PUBLISHED = "contactPoint"


def as_we_count(node: Any) -> Any:
    """The same without nulls, and with nothing in place of blanks."""
    if isinstance(node, list):
        return [as_we_count(one) for one in node]
    if isinstance(node, str):
        return node.strip()
    if not isinstance(node, dict):
        return node
    return {name: as_we_count(value) for name, value in node.items() if value is not None}


def main(arguments: Sequence[str]) -> int:
    """Compare the runs in the homes named."""
    python, checkout, *homes = arguments
    differ, compared = 0, 0
    for home in homes:
        for database in sorted(Home(Path(home)).scratch.glob("*/build.duckdb")):
            releases, ours = _read(database)
            told = ask_files((python, WORKER, checkout), list(releases.values()))
            for source_id, theirs in zip(releases, told, strict=True):
                compared += 1
                differ += _tell(f"{Path(home).name}: {source_id}", ours[source_id], theirs)
    return 1 if differ or not compared else 0


def _read(database: Path) -> tuple[dict[str, list[str]], dict[str, dict[str, list[int]]]]:
    """By source: the compiled releases as we count them, and our counts by path."""
    releases: defaultdict[str, list[str]] = defaultdict(list)
    ours: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select source_id, compiled from public_view.ocds_compiled order by all")
        for source_id, text in found.fetchall():
            releases[source_id].append(json.dumps(as_we_count(json.loads(text)), ensure_ascii=False))
        counts = connection.execute(
            """
            select source_id, path, sum(places), sum(present), sum(filled)
            from quality.quality_field_checks
            group by source_id, path
            """
        )
        for source_id, path, *numbers in counts.fetchall():
            ours[source_id][path.removeprefix("/").replace("/", ".")] = [int(number) for number in numbers]
    return releases, ours


def _tell(name: str, ours: dict[str, list[int]], theirs: dict[str, list[int]]) -> int:
    """Print how the two compare; the number of differences."""
    paths = {path for path in ours.keys() | theirs.keys() if NEVER_PUBLISHED not in path.split(".")}
    differences = sorted(path for path in paths if ours.get(path) != theirs.get(path))
    print(f"{name:48} {len(paths):>5} fields  {len(differences):>5} differences")
    for path in differences:
        print(f"    {path}: ours {ours.get(path)}, Pelican's {theirs.get(path)}")
    return len(differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
