"""Our field coverage against Cardinal's (`ocdscardinal` 0.0.8): the same paths with the same counts.

Usage: `make oracle`, or `python -m tests.oracle.coverage PYTHON_OF_THE_ORACLE HOME [HOME …]` for homes in which a run
has published. Compared are, for each source, the published `quality/field_coverage` and what Cardinal counts in the
published compiled releases of all years. The answers that the unit tests of `pipelines/standards/coverage.py` are
compared with (`coverage_awkward.expected.json`) are asked for again, too.

Prints a table by source and each difference; exit code 1 when there is any.
"""

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.home import Home
from pipelines.publication import layout

WORKER = Path(__file__).with_name("coverage_worker.py")
AWKWARD = Path(__file__).with_name("coverage_awkward.jsonl")
EXPECTED = Path(__file__).with_name("coverage_awkward.expected.json")

Counts = Mapping[str, int]


def main(arguments: Sequence[str]) -> int:
    """Compare the releases of the homes named; 1 when a count differs or there is nothing to compare."""
    python, *homes = arguments
    stored = json.loads(EXPECTED.read_text(encoding="utf-8"))["coverage"]
    differ = _tell(AWKWARD.name, ours=stored, cardinal=_cardinal(Path(python), AWKWARD))
    compared = 0
    for home in homes:
        release = (Home(Path(home)).publications / "latest").resolve()
        for folder in sorted((release / "ocds/records").glob("*")):
            compared += 1
            differ += _tell(
                f"{Path(home).name}: {folder.name}",
                ours=_published(release, folder.name),
                cardinal=_of_source(Path(python), folder),
            )
    if not compared:
        print("no published source to compare")
    return 1 if differ or not compared else 0


def _published(release: Path, source_id: str) -> Counts:
    table = release / layout.table_path(layout.FIELD_COVERAGE_FOLDER, source_id)
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT path, count FROM read_parquet(?)", [str(table)]).fetchall()
    return {str(path): int(count) for path, count in rows}


def _of_source(python: Path, folder: Path) -> Counts:
    with tempfile.TemporaryDirectory() as temporary:
        lines = Path(temporary) / "all.jsonl"
        with lines.open("wb") as out:
            for path in sorted(folder.glob("*.jsonl.gz")):
                with gzip.open(path) as packed:
                    shutil.copyfileobj(packed, out)
        return _cardinal(python, lines)


def _cardinal(python: Path, lines: Path) -> Counts:
    told = subprocess.run(
        [str(python), str(WORKER)], input=f"{lines}\n", capture_output=True, text=True, check=True
    )
    counts: Counts = json.loads(told.stdout)["coverage"]
    return counts


def _tell(name: str, *, ours: Counts, cardinal: Counts) -> int:
    """Print how the two compare; the number of differences."""
    differences = sorted(
        path for path in ours.keys() | cardinal.keys() if ours.get(path) != cardinal.get(path)
    )
    print(f"{name:48} {len(cardinal):>5} paths  {len(differences):>5} differences")
    for path in differences:
        print(f"    {path!r}: ours {ours.get(path)}, Cardinal's {cardinal.get(path)}")
    return len(differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
