"""Our releases against libcoveocds: no structural error that wasn't in the input.

Usage: `make oracle`, or `python -m tests.oracle.structure PYTHON_OF_THE_ORACLE HOME [HOME …]` for homes in which
a run has just ended. Compared are, release by release, what the source published (`standard.ocds_releases` of the
run's scratch database) and what Tequio publishes of it (`public_view.ocds_releases`), both checked by libcoveocds
in packages of the same head. Releases that Tequio made from tables, and those it took out of a versioned release,
have no input: for them every error counts as ours.

Prints a table by source, the errors that came with the data, and the new ones; exit code 1 when there are any.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home

REPOSITORY = Path(__file__).resolve().parents[2]
STANDARD_ZIP = REPOSITORY.parent / "shared/standards/ocds/standard-1__1__5-schema-only.zip"
WORKER = Path(__file__).with_name("coveocds_worker.py")
# libcoveocds holds a package in memory many times over.
PACKAGE_RELEASES = 200
HEAD = {
    "uri": "https://tequio.example/package",
    "version": "1.1",
    "publishedDate": "2026-01-01T00:00:00Z",
    "publisher": {"name": "Tequio"},
}
AS_PUBLISHED = ("as_published", "compiled_in_record")

# An error without its value: of what kind, and where (path without positions).
Error = tuple[str, str]


@dataclass
class Compared:
    """One source: releases, errors of the input and of our releases, and those only ours have."""

    releases: int = 0
    given: Counter[Error] = field(default_factory=Counter)
    ours: Counter[Error] = field(default_factory=Counter)
    new: Counter[Error] = field(default_factory=Counter)
    examples: dict[Error, str] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Compare the runs in the homes named; 1 when our releases have errors of their own."""
    python, *homes = arguments
    compared: dict[str, Compared] = {}
    for home in homes:
        for database in sorted(Home(Path(home)).scratch.glob("*/build.duckdb")):
            _compare(database, Path(python), compared)
    _tell(compared)
    return 1 if any(one.new for one in compared.values()) else 0


def _compare(database: Path, python: Path, compared: dict[str, Compared]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        batches = list(_write_packages(database, folder))
        names = [name for _, names in batches for name in names]
        errors = _check(python, [folder / name for name in names])
    for rows, (given_name, ours_name) in batches:
        given, ours = errors[given_name], errors[ours_name]
        for at, (source_id, ocid, has_input) in enumerate(rows):
            one = compared.setdefault(source_id, Compared())
            one.releases += 1
            known = Counter(error for error, _ in given.get(at, ())) if has_input else Counter()
            one.given.update(known)
            one.ours.update(error for error, _ in ours.get(at, ()))
            for error, value in ours.get(at, ()):
                if error not in known:
                    one.new[error] += 1
                    one.examples.setdefault(error, f"{ocid}: {value}")


def _write_packages(
    database: Path, folder: Path
) -> Iterator[tuple[list[tuple[str, str, bool]], tuple[str, str]]]:
    """Pairs of packages, input and ours, with (source, ocid, whether there is an input) of each release in both."""
    with duckdb.connect(str(database), read_only=True) as connection:
        # The public view is written in this order, one row for each row it reads.
        rows = connection.execute(
            """
            with given as (
                select
                    row_number() over (
                        order by slice_id, ocid, ordinal, release_date, release_id, release
                    ) as place,
                    ordinal,
                    case when conversion in ? then release end as release
                from standard.ocds_releases
            ),
            ours as (
                select row_number() over () as place, source_id, ocid, ordinal, release
                from public_view.ocds_releases
            )
            select
                ours.source_id, ours.ocid, ours.release, given.release,
                given.ordinal = ours.ordinal as is_pair
            from ours
            inner join given using (place)
            order by place
            """,
            [list(AS_PUBLISHED)],
        )
        number = 0
        while batch := rows.fetchmany(PACKAGE_RELEASES):
            number += 1
            if not all(row[4] for row in batch):
                message = f"{database}: the public view isn't in the order of what it was made from"
                raise RuntimeError(message)
            names = (f"{number:05d}-given.json", f"{number:05d}-ours.json")
            # `{}` keeps the place of a release without input; what is wrong with it is never counted.
            given = [json.loads(row[3]) if row[3] is not None else {} for row in batch]
            ours = [json.loads(row[2]) for row in batch]
            for name, releases in zip(names, (given, ours), strict=True):
                content: dict[str, Any] = {**HEAD, "releases": releases}
                (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            yield [(row[0], row[1], row[3] is not None) for row in batch], names


def _check(python: Path, files: Sequence[Path]) -> dict[str, Mapping[int, list[tuple[Error, str]]]]:
    """Errors by file and release number, as libcoveocds tells them."""
    told = subprocess.run(
        [str(python), str(WORKER), str(STANDARD_ZIP)],
        input="".join(f"{file}\n" for file in files),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Mapping[int, list[tuple[Error, str]]]] = {}
    for line in told.stdout.splitlines():
        document = json.loads(line)
        by_release: dict[int, list[tuple[Error, str]]] = {}
        for kind, place, release, value in document["errors"]:
            if release is not None:
                by_release.setdefault(release, []).append(((kind, place), value))
        found[document["file"]] = by_release
    return found


def _tell(compared: Mapping[str, Compared]) -> None:
    print(f"{'source':32} {'releases':>9} {'input errors':>13} {'our errors':>11} {'new':>6}")
    for source_id, one in sorted(compared.items()):
        print(
            f"{source_id:32} {one.releases:>9,} {one.given.total():>13,} {one.ours.total():>11,} {one.new.total():>6,}"
        )
    print("\nErrors that came with the data and stay:")
    for source_id, one in sorted(compared.items()):
        for (kind, place), count in sorted((one.ours - one.new).items()):
            print(f"  {source_id:32} {count:>7,}  {kind}: {place}")
    print("\nErrors that are ours:")
    for source_id, one in sorted(compared.items()):
        for error, count in sorted(one.new.items()):
            print(f"  {source_id:32} {count:>7,}  {error[0]}: {error[1]}  ({one.examples[error]})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
