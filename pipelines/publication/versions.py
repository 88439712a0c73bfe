"""Which version log belongs to a slice, and the relations that a build reads of it.

Here: the log that a generation is told after, and `landed.pdn_versions` of a run's scratch database. Not here: the
merge and the files of a log (`pipelines/landing/version_log.py`), what of it may be published
(`pipelines/standards/public_view.py`).

A log goes on from the one that readers were pointed to last: the current release's catalogue names the log of each
source. So a generation that the gate holds back leaves no trace in later logs, and the pointer's move is the one step
that makes a log count: there is no second file that a dying run could leave behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import duckdb

from pipelines import sql
from pipelines.home import Home, read_json
from pipelines.landing import version_log
from pipelines.landing.version_log import VersionLog
from pipelines.publication import layout, pointer
from pipelines.registry import Source
from pipelines.standards.pdn import COLLECTIONS

# Private relations of the scratch database.
VERSIONS = "landed.pdn_versions"
TEXTS = "landed.pdn_version_texts"
VERSIONS_COLUMNS = (
    "slice_id varchar, source_id varchar, system varchar, dialect varchar, collection varchar, row bigint, "
    "record_number bigint, is_identified boolean, record_id varchar, ordinal bigint, valid_from timestamp, "
    "valid_to timestamp, last_seen timestamp, withdrawn_on date"
)
TEXTS_COLUMNS = "slice_id varchar, row bigint, record varchar"


def log_of(home: Home, source: Source, generation: str) -> VersionLog | None:
    """The version log that a slice of this generation tells; None for a source that isn't of the PDN.

    Raises:
        VersionLogError: the log that was published last, or the generation, is gone.
    """
    if source.is_procurement:
        return None
    current = pointer.read_pointer(home)
    if current is None:
        return version_log.follow(home, source.id, generation, previous=None)
    for release in (current.release, *_taken_back(home, current.release)):
        told = _told(home, release).get(source.id)
        if told is not None and told[0] == generation:
            return version_log.read(home, source.id, told[1])
    last = _told(home, current.release).get(source.id)
    return version_log.follow(home, source.id, generation, previous=None if last is None else last[1])


def log_id(home: Home, source: Source, generation: str) -> str | None:
    """The name of that log, as slices are named after it."""
    log = log_of(home, source, generation)
    return None if log is None else log.log


def create_relations(
    connection: duckdb.DuckDBPyConnection, home: Home, logs: Sequence[tuple[str, VersionLog]]
) -> None:
    """Write the logs that don't stand yet, and make the relations over them; `logs`: slice id and log.

    `pdn_versions` has one row for each version, with `record_number` in place of its key; `pdn_version_texts` the text
    of each that isn't in the slice's generation. Collections that nothing is read from are left out.

    Raises:
        VersionLogError: what a log is made of is gone.
    """
    version_log.write(home, [log for _, log in logs])
    versions, texts = [], []
    for slice_id, log in logs:
        versions.append(_versions(home, slice_id, log))
        found = version_log.texts_query(home, log)
        if found is not None:
            texts.append(f"SELECT {sql.text(slice_id)} AS slice_id, row, record FROM ({found})")  # noqa: S608
    # Small rows that several steps read: to plan a view over as many logs as there are sources takes longer each time
    # than to number their records once.
    connection.execute(f"CREATE TABLE {VERSIONS} ({VERSIONS_COLUMNS})")
    for query in versions:
        connection.execute(f"INSERT INTO {VERSIONS} {query}")
    if texts:
        connection.execute(f"CREATE VIEW {TEXTS} AS {' UNION ALL '.join(texts)}")
    else:
        connection.execute(f"CREATE TABLE {TEXTS} ({TEXTS_COLUMNS})")


def _versions(home: Home, slice_id: str, log: VersionLog) -> str:
    known = ", ".join(
        f"({sql.text(collection)}, {sql.text(system)}, {sql.text(dialect)})"
        for collection, (system, dialect) in COLLECTIONS.items()
    )
    until = f"valid_to AT TIME ZONE 'UTC' AT TIME ZONE {sql.text(layout.DATE_ZONE.key)}"
    return (
        f"SELECT {sql.text(slice_id)} AS slice_id, {sql.text(log.source_id)} AS source_id, system, dialect, "  # noqa: S608
        "collection, row, dense_rank() OVER (ORDER BY collection, record_key) AS record_number, "
        "record_key IS NOT DISTINCT FROM record_id AS is_identified, "
        "coalesce(record_id, content_sha256) AS record_id, ordinal, valid_from, valid_to, last_seen, "
        f"CASE WHEN withdrawn THEN CAST({until} AS DATE) END AS withdrawn_on "
        f"FROM ({version_log.rows_query(home, log)}) INNER JOIN (VALUES {known}) "
        "AS known(collection, system, dialect) USING (collection)"
    )


def _taken_back(home: Home, release: str) -> Iterator[str]:
    """The releases that readers were taken back from to `release`, newest first; none when it is the newest.

    Their data stay withdrawn until newer ones come, so a slice of theirs must stay the same.
    """
    current, *earlier = pointer.read_versions(home) or [{"rolled_back": None}]
    if current["rolled_back"] is None:
        return
    for version in earlier:
        if version["release"] == release:
            return
        yield str(version["release"])


def _told(home: Home, release: str) -> Mapping[str, tuple[str, str]]:
    return _read_told(pointer.release_folder(home, release) / layout.CATALOG)


@lru_cache(maxsize=8)
def _read_told(catalog: Path) -> Mapping[str, tuple[str, str]]:
    """Generation and log of each source in a release, by source id; releases never change."""
    entries = read_json(catalog)["sources"] if catalog.is_file() else []
    return {
        entry["id"]: (entry["in_release"]["generation"], entry["in_release"]["version_log"])
        for entry in entries
        if entry["in_release"] is not None and entry["in_release"].get("version_log") is not None
    }
