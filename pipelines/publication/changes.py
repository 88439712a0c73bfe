"""What changed between two releases, by stable id.

Here: comparing the published contents of two releases (added, changed, removed ids of each source),
their table schemas and who was published, and telling it in `CHANGES.md`. Not here: why a source is
held back (`pipelines/quality/gate.py`).

Both sides are read from what was published (`provenance/` holds the hash of each entity's content),
so that a comparison never depends on slices that may have been cleared away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import sql
from pipelines.publication import layout, parquet

CHANGES_FOLDER = "changes"
# sha256 of an entity's contents; an id that stands several times with different content has several.
_CONTENTS = (
    "SELECT entity_type, entity_id, "
    "string_agg(DISTINCT content_sha256, ' ' ORDER BY content_sha256) AS content "
    "FROM read_parquet({file}, hive_partitioning = false) GROUP BY ALL"
)
_NOTHING = (
    "SELECT NULL::VARCHAR AS entity_type, NULL::VARCHAR AS entity_id, NULL::VARCHAR AS content WHERE false"
)

CHANGES_TABLE = "changes"


@dataclass(frozen=True)
class SourceChange:
    """How many ids (`ocid`, or PDN record) of a source were added, changed and removed, and how many
    stood before and stand now."""

    source_id: str
    added: int
    changed: int
    removed: int
    before: int
    now: int

    @property
    def is_nothing(self) -> bool:
        """Whether both releases hold the same of this source."""
        return not (self.added or self.changed or self.removed)


def compare(
    folder: Path, previous: Path | None, *, licences: Mapping[str, str], spill: Path
) -> tuple[SourceChange, ...]:
    """Compare the staged release in `folder` with the release in `previous`, source by source.

    Writes `changes/<source>.parquet` below `folder` for each source that changed: source_id,
    entity_type, entity_id, change (`added`, `changed`, `removed`), content_sha256, previous_sha256. The
    first release has nothing to be compared with and gets no such files.
    """
    if previous is None:
        return ()
    now, before = _provenance(folder), _provenance(previous)
    with parquet.connect(spill=spill) as connection:
        return tuple(
            _compare_source(connection, source_id, now=now, before=before, folder=folder, licences=licences)
            for source_id in sorted(now | before)
        )


def _provenance(folder: Path) -> dict[str, Path]:
    files = (folder / layout.PROVENANCE_FOLDER).glob(f"source=*/{layout.TABLE_FILE}")
    return {file.parent.name.removeprefix("source="): file for file in files}


def _compare_source(  # noqa: PLR0913 (two sides, a target and its licence)
    connection: Any,
    source_id: str,
    *,
    now: Mapping[str, Path],
    before: Mapping[str, Path],
    folder: Path,
    licences: Mapping[str, str],
) -> SourceChange:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT {sql.text(source_id)} AS source_id, "  # noqa: S608
        "entity_type, entity_id, CASE WHEN before.content IS NULL THEN 'added' "
        "WHEN now.content IS NULL THEN 'removed' WHEN now.content <> before.content THEN 'changed' "
        "ELSE 'same' END AS change, now.content AS content_sha256, before.content AS previous_sha256 "
        f"FROM ({_contents(now.get(source_id))}) AS now "
        f"FULL JOIN ({_contents(before.get(source_id))}) AS before USING (entity_type, entity_id)"
    )
    counted = dict(connection.execute("SELECT change, count(*) FROM compared GROUP BY 1").fetchall())
    found = SourceChange(
        source_id=source_id,
        added=counted.get("added", 0),
        changed=counted.get("changed", 0),
        removed=counted.get("removed", 0),
        before=sum(counted.values()) - counted.get("added", 0),
        now=sum(counted.values()) - counted.get("removed", 0),
    )
    if not found.is_nothing:
        parquet.copy_sorted(
            connection,
            "SELECT * FROM compared WHERE change <> 'same'",
            path=folder / CHANGES_FOLDER / f"{source_id}.parquet",
            metadata=layout.parquet_metadata(
                f"changes · {source_id}", licence=licences.get(source_id, ""), source_id=source_id, inputs=""
            ),
        )
    return found


def _contents(file: Path | None) -> str:
    return _NOTHING if file is None else _CONTENTS.format(file=sql.text(str(file)))


def schema_changes(schemas: Mapping[str, Any], previous: Mapping[str, Any]) -> list[str]:
    """Tables and columns that came, went or changed their type, as sentences in Spanish."""
    # A release has the table of changes only where something changed.
    now_there, was_there = set(schemas) - {CHANGES_TABLE}, set(previous) - {CHANGES_TABLE}
    lines = [f"Tabla nueva: `{table}`." for table in sorted(now_there - was_there)]
    lines += [f"Tabla retirada: `{table}`." for table in sorted(was_there - now_there)]
    for table in sorted(set(schemas) & set(previous)):
        now, before = _types(schemas[table]), _types(previous[table])
        lines += [f"`{table}`: columna nueva `{column}`." for column in now if column not in before]
        lines += [f"`{table}`: columna retirada `{column}`." for column in before if column not in now]
        lines += [
            f"`{table}`: `{column}` cambió de tipo ({before[column]} → {kind})."
            for column, kind in now.items()
            if before.get(column, kind) != kind
        ]
    return lines


def key_changes(catalog: Mapping[str, Any], previous: Mapping[str, Any]) -> list[str]:
    """Sources whose pseudonyms were made with another key than before, as sentences in Spanish."""
    now, before = _keys(catalog), _keys(previous)
    return [
        f"`{source_id}`: los seudónimos se hicieron con otra llave ({before[source_id]} → {key}); "
        "no se comparan con los de publicaciones anteriores."
        for source_id, key in sorted(now.items())
        if before.get(source_id, key) != key
    ]


def _keys(catalog: Mapping[str, Any]) -> dict[str, str]:
    shown = {entry["id"]: entry["in_release"] for entry in catalog["sources"]}
    return {
        source_id: entry["pseudonym_key"]
        for source_id, entry in shown.items()
        if entry is not None and entry["pseudonym_key"] is not None
    }


def _types(schema: Mapping[str, Any]) -> dict[str, str]:
    return {field["name"]: field["type"] for field in schema["fields"]}


def tell(
    release: str,
    *,
    previous: str | None,
    changes: Sequence[SourceChange],
    catalog: Mapping[str, Any],
    notes: Sequence[str],
) -> str:
    """`CHANGES.md`: what a reader of the last release should know, in Spanish."""
    lines = [f"# Cambios de la publicación {release}", ""]
    lines += [
        "Primera publicación: no hay otra con la cual compararla."
        if previous is None
        else f"Respecto de {previous}."
    ]
    if previous is not None:
        lines += [
            "",
            "| fuente | antes | ahora | nuevos | modificados | retirados |",
            "|---|---:|---:|---:|---:|---:|",
            *(
                f"| {change.source_id} | {change.before:,} | {change.now:,} | {change.added:,} "
                f"| {change.changed:,} | {change.removed:,} |"
                for change in changes
            ),
        ]
    if any(not change.is_nothing for change in changes):
        lines += ["", "Los identificadores de cada cambio están en `changes/<fuente>.parquet`."]
    held = [entry for entry in catalog["sources"] if entry["state"] in {"last_good", "held_back"}]
    if held:
        lines += ["", "## Retenidas", ""]
        lines += [_held_line(entry) for entry in held]
    if notes:
        lines += ["", "## Estructura", "", *(f"- {note}" for note in notes)]
    return "\n".join(lines) + "\n"


def _held_line(entry: Mapping[str, Any]) -> str:
    reasons = " ".join(entry["reasons"])
    shown = entry["in_release"]
    kept = (
        "no se publica"
        if shown is None
        else f"se publican sus últimos datos buenos, del {shown['fetched_at'][:10]}"
    )
    return f"- **{entry['id']}**: {kept}. {reasons}"
