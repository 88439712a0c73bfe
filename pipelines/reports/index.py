"""The catalogue page of a release, as data: what stands in it, what is missing and why, what to download.

Here: from ``catalog.json``, the files' sizes and the changes to ``Index``. Not here: HTML (``render``, the
template), the catalogue itself (``pipelines.publication.catalogue``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.reports import words
from pipelines.reports.agency import AgencyReport, SourceReport
from pipelines.reports.entities import ENTITIES, FEDERATION, Entity
from pipelines.reports.states import SILENT, SOURCE_MARKS, SourceState

# What a tile shows of an entity with several sources: the state that needs somebody first.
# A source that nobody can ask yet says nothing of those that are asked, so it comes last.
WORST_FIRST: tuple[SourceState, ...] = ("held_back", "no_answer", "late", "up_to_date", "unpublished")


@dataclass(frozen=True)
class File:
    """One file of the release; bytes is None where the caller didn't measure it."""

    path: str
    bytes: int | None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class SourceEntry:
    """One declared source as the catalogue tells of it. Counts are in source records, None when unknown."""

    id: str
    title: str
    entity: str
    system: str
    agency_id: str
    agency: str
    licence: str
    cadence: str
    state: SourceState
    since: str | None
    has_report: bool
    was_asked: bool
    reasons_es: tuple[str, ...]
    counts: Mapping[str, int | None]
    published: int | None
    fetched_at: str | None
    tables: Mapping[str, int]
    files: tuple[File, ...]

    @property
    def needs_words(self) -> bool:
        """Whether its newest delivery is missing, so that the page has to say why."""
        return self.state not in ("up_to_date", "late") and not self.is_only_declared

    @property
    def is_only_declared(self) -> bool:
        """Whether it was never asked and nothing of it stands here: the reason is the same for all such sources."""
        return not self.was_asked and self.published is None


@dataclass(frozen=True)
class Tile:
    """One entity on the map; without sources it has no anchor."""

    entity: Entity
    word: words.Pair
    title: words.Pair
    shape: str
    css: str
    anchor: str | None


@dataclass(frozen=True)
class Download:
    """One kind of data people ask for: what a row is, rows in all, and its files."""

    title: words.Pair
    grain: words.Pair
    rows: int | None
    files: tuple[File, ...]


@dataclass(frozen=True)
class Index:
    """All of the page."""

    release: str
    previous_release: str | None
    sources: tuple[SourceEntry, ...]
    totals: Mapping[str, int]
    tiles: tuple[Tile, ...]
    downloads: tuple[Download, ...]
    without_source: tuple[str, ...]
    without_standard: tuple[Mapping[str, Any], ...]
    changes: tuple[Mapping[str, Any], ...]
    sample: str | None
    """Folder of the table the snippets read: contracts where there are some."""

    @property
    def file_count(self) -> int:
        """Files of all sources."""
        return sum(len(source.files) for source in self.sources)

    @property
    def in_release(self) -> tuple[SourceEntry, ...]:
        return tuple(source for source in self.sources if source.published is not None)

    @property
    def by_publisher(self) -> tuple[tuple[str, str, bool, tuple[SourceEntry, ...]], ...]:
        """(entity, agency, whether it is the entity's first, sources), in the order of ``by_entity``."""
        groups = []
        for key, sources in self.by_entity:
            for number, agency in enumerate(dict.fromkeys(source.agency for source in sources)):
                groups.append((key, agency, number == 0, tuple(s for s in sources if s.agency == agency)))
        return tuple(groups)

    @property
    def by_entity(self) -> tuple[tuple[str, tuple[SourceEntry, ...]], ...]:
        """Sources by entity: the federation first, then by INEGI key."""
        keys = sorted({source.entity for source in self.sources})
        return tuple((key, tuple(s for s in self.sources if s.entity == key)) for key in keys)

    @property
    def only_declared(self) -> tuple[tuple[str, tuple[SourceEntry, ...]], ...]:
        """Sources that were never asked, by the reasons they share, in the order they are declared."""
        groups: dict[tuple[str, ...], list[SourceEntry]] = {}
        for source in self.sources:
            if source.is_only_declared:
                groups.setdefault(source.reasons_es, []).append(source)
        return tuple((" ".join(reasons), tuple(sources)) for reasons, sources in groups.items())

    @property
    def covered(self) -> int:
        """Entities (of the 32) with at least one source in the release."""
        return len({source.entity for source in self.in_release} - {FEDERATION})


@dataclass(frozen=True)
class _Offer:
    """A download to offer when the release holds files for it."""

    folder: str
    ending: str
    table: str | None
    title: words.Pair
    grain: words.Pair


OFFERS = (
    _Offer(
        "ocds/tables/contracts/",
        ".parquet",
        "ocds_contracts",
        ("Contratos", "Contracts"),
        ("una fila por contrato (OCDS), Parquet", "one row a contract (OCDS), Parquet"),
    ),
    _Offer(
        "ocds/tables/processes/",
        ".parquet",
        "ocds_processes",
        ("Procesos de contratación", "Contracting processes"),
        ("una fila por proceso (ocid), Parquet", "one row a process (ocid), Parquet"),
    ),
    _Offer(
        "ocds/packages/",
        ".json",
        None,
        ("Paquetes OCDS", "OCDS packages"),
        ("entregas OCDS 1.1 completas, un archivo por año", "whole OCDS 1.1 releases, one file a year"),
    ),
    _Offer(
        "pdn/tables/s3_servidores/",
        ".parquet",
        "pdn_s3_servidores",
        ("Servidores públicos sancionados", "Sanctioned public officials"),
        ("una fila por sanción registrada (S3), Parquet", "one row a registered sanction (S3), Parquet"),
    ),
    _Offer(
        "pdn/tables/s2/",
        ".parquet",
        "pdn_s2",
        ("Servidores que intervienen en contrataciones", "Officials involved in contracting"),
        ("una fila por persona y encargo (S2), Parquet", "one row a person and post (S2), Parquet"),
    ),
    _Offer(
        "pdn/tables/s1_declaraciones/",
        ".parquet",
        "pdn_s1_declaraciones",
        ("Declaraciones patrimoniales y de intereses", "Declarations of assets and interests"),
        (
            "una fila por declaración, lo público de ella (S1), Parquet",
            "one row a declaration, what of it is public (S1), Parquet",
        ),
    ),
    _Offer(
        "pdn/tables/history/",
        ".parquet",
        "pdn_history",
        ("Historial de los registros de la PDN", "History of the PDN's records"),
        (
            "una fila por versión de un registro, también de los retirados, Parquet",
            "one row a version of a record, withdrawn ones too, Parquet",
        ),
    ),
    _Offer(
        "integrated/suppliers",
        ".parquet",
        None,
        ("Proveedores", "Suppliers"),
        (
            "una fila por proveedor en todas las fuentes, Parquet",
            "one row a supplier over all sources, Parquet",
        ),
    ),
)
DOWNLOADS_SHOWN = 8
# What the snippets read, the first of these that the release has.
SAMPLE_FOLDERS = (
    "ocds/tables/contracts",
    "ocds/tables/processes",
    "pdn/tables/s2",
    "pdn/tables/s3_servidores",
    "pdn/tables/s3_particulares",
)


def index(
    catalog: Mapping[str, Any],
    *,
    sizes: Mapping[str, int],
    changes: Sequence[Mapping[str, Any]],
    reports: Sequence[AgencyReport],
) -> Index:
    """The page's data.

    catalog: as in ``catalog.json``. sizes: bytes by path below the release root. changes: {source_id, added,
    changed, removed} against the previous release. reports: the agencies' reports, so that page and report
    tell the same state; for a source without one it follows from the catalogue.
    """
    told = {part.source.id: part for report in reports for part in report.sources}
    sources = tuple(_source(entry, sizes=sizes, told=told.get(entry["id"])) for entry in catalog["sources"])
    declared = {source.entity for source in sources}
    downloads = _downloads(sources, sizes=sizes)
    return Index(
        release=catalog["release"],
        previous_release=catalog["previous_release"],
        sources=sources,
        totals={
            "published": sum(source.published or 0 for source in sources),
            "held_back": sum(source.counts["held_back"] or 0 for source in sources),
            "quarantined": sum(source.counts["quarantined"] or 0 for source in sources),
        },
        tiles=tuple(_tile(entity, [s for s in sources if s.entity == entity.key]) for entity in ENTITIES),
        downloads=downloads,
        without_source=tuple(entity.name for entity in ENTITIES if entity.key not in declared),
        without_standard=tuple(catalog["systems_without_standard"]),
        changes=tuple(changes),
        sample=_sample(sources),
    )


def catalogue_state(entry: Mapping[str, Any]) -> SourceState:
    """The state of a source from its catalogue entry alone."""
    last = entry["last_attempt"]
    if last is not None and last["state"] in SILENT:
        return "no_answer"
    if entry["state"] in {"held_back", "last_good"}:
        return "held_back"
    return "up_to_date" if entry["state"] == "published" else "unpublished"


def _source(entry: Mapping[str, Any], *, sizes: Mapping[str, int], told: SourceReport | None) -> SourceEntry:
    shown = entry["in_release"]
    state = catalogue_state(entry) if told is None else told.state
    return SourceEntry(
        id=entry["id"],
        title=entry["title"],
        entity=entry["entity"],
        system=entry["system"],
        agency_id=entry["publisher"]["id"],
        agency=entry["publisher"]["name"],
        licence=entry["licence"],
        cadence=entry["cadence"],
        state=state,
        since=entry["held_since"] if told is None else told.since,
        has_report=told is not None,
        was_asked=entry["last_attempt"] is not None,
        reasons_es=tuple(entry["reasons"]),
        counts=entry["counts"],
        published=None if shown is None else shown["records"],
        fetched_at=None if shown is None else shown["fetched_at"],
        tables={} if shown is None else shown["tables"],
        files=() if shown is None else tuple(File(path, sizes.get(path)) for path in shown["files"]),
    )


def _tile(entity: Entity, sources: Sequence[SourceEntry]) -> Tile:
    if not sources:
        return Tile(
            entity=entity,
            word=("sin fuente", "no source"),
            title=("sin fuente declarada", "no source declared"),
            shape="·",
            css="",
            anchor=None,
        )
    counted = Counter(source.state for source in sources)
    told = [state for state in WORST_FIRST if counted[state]]
    worst = SOURCE_MARKS[told[0]]
    share = "" if len(told) == 1 else f" {counted[told[0]]}/{len(sources)}"
    return Tile(
        entity=entity,
        word=(f"{worst.es}{share}", f"{worst.en}{share}"),
        title=(
            "; ".join(f"{SOURCE_MARKS[state].es}: {counted[state]}" for state in told),
            "; ".join(f"{SOURCE_MARKS[state].en}: {counted[state]}" for state in told),
        ),
        shape=worst.shape,
        css=worst.css,
        anchor=f"entidad-{entity.key}",
    )


def _downloads(sources: Sequence[SourceEntry], *, sizes: Mapping[str, int]) -> tuple[Download, ...]:
    offered = []
    for offer in OFFERS:
        # Integrated tables belong to no source; the catalogue doesn't list them, the folder does.
        shared = [File(path, size) for path, size in sorted(sizes.items()) if path.startswith("integrated/")]
        files = [
            file
            for file in (*shared, *(file for source in sources for file in source.files))
            if file.path.startswith(offer.folder) and file.path.endswith(offer.ending)
        ]
        rows = [rows for source in sources for table, rows in source.tables.items() if table == offer.table]
        if files:
            offered.append(
                Download(
                    title=offer.title,
                    grain=offer.grain,
                    rows=sum(rows) if offer.table is not None else None,
                    files=tuple(files),
                )
            )
    return tuple(offered[:DOWNLOADS_SHOWN])


def _sample(sources: Sequence[SourceEntry]) -> str | None:
    paths = [file.path for source in sources for file in source.files if "/source=" in file.path]
    folders = {path.partition("/source=")[0] for path in paths}
    return next((folder for folder in SAMPLE_FOLDERS if folder in folders), None)
