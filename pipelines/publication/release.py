"""Publishing: admitted slices become one immutable release, then the pointer moves.

Here: re-reading the receipts, assembling and checking the release folder, and the order of steps that
lets a reader never see half a release. Not here: the pointer's file (`pointer.py`), what the catalogue
says (`catalogue.py`), whether a source is admitted (`pipelines/quality/gate.py`).

Order: lease, staging folder, files (hard links to the slices), checks on the whole, SHA256SUMS, fsync,
rename to `releases/<date>.<n>`, pointer. A kill before the pointer leaves a folder nobody is pointed to;
the next publication removes it (`.publishing` names it).
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import orjson
import pyarrow as pa

from pipelines.home import Home, link_file, read_json, sha256_file, write_atomic, write_json
from pipelines.progress import report
from pipelines.publication import (
    catalogue,
    changes,
    checks,
    deliveries,
    folders,
    integrated,
    layout,
    parquet,
    pointer,
)
from pipelines.publication.catalogue import Standing
from pipelines.publication.changes import SourceChange
from pipelines.publication.lease import publication_lease
from pipelines.publication.pointer import Pointer
from pipelines.publication.slices import Slice, SliceError, slice_folder
from pipelines.quality import receipt as shelf
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.receipt import Receipt, ReceiptError, files_digest
from pipelines.registry import Source

TEXTS = Path(__file__).with_name("texts")
STAGING_FOLDER = ".staging"
# Names the release that is about to be renamed into place, until the pointer has moved to it.
INTENT_FILE = ".publishing"

LEDGER_FILE = "quality/ledger.parquet"
RULES_FILE = "quality/rules.json"
RECEIPTS_FOLDER = "quality/receipts"
COMPARISONS_FILE = "quality/comparisons.parquet"


class PublicationBlockedError(RuntimeError):
    """The release may not go out; the one before stays current. `reasons` (Spanish) say why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("la publicación se retiene completa:\n- " + "\n- ".join(self.reasons))


@dataclass(frozen=True)
class SourceOutcome:
    """What a publication means for one source. Counts in source records, None when nothing was received.

    `published`: records in the release, also those of the last good generation; `held_back`: records of
    the newest generation that are not. `fetched_at` dates the published data.
    """

    state: str
    published: int
    held_back: int | None
    declared: int | None
    quarantined: int | None
    duplicates: int | None
    missing: int | None
    fetched_at: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Publication:
    """The result of `publish`.

    `release` and `pointer` are None when no source is admitted and nothing was ever published;
    `unchanged`: the current release already says all of this, only the pointer was renewed. `reasons`
    (Spanish): why there is no new release, when there is none.
    """

    release: str | None
    pointer: Pointer | None
    unchanged: bool
    folder: Path | None
    sources: Mapping[str, SourceOutcome]
    changes: tuple[SourceChange, ...]
    reasons: tuple[str, ...]

    @property
    def seq(self) -> int | None:
        """The pointer's number."""
        return None if self.pointer is None else self.pointer.seq


def publish(  # noqa: PLR0913 (every input of a release is named, none is looked up elsewhere)
    sources: Sequence[Source],
    *,
    home: Home,
    code_version: str,
    dbt_manifest: Path,
    integrated_dir: Path | None,
    add_pages: Callable[[Path, Path], None] | None,
    now: datetime,
) -> Publication:
    """Publish what the receipts admit, or renew the pointer when that is published already.

    `integrated_dir`: what `integrated.export_integrated` returned. `add_pages` is called with the staged
    release, once its data, `catalog.json` and `quality/` stand in it, and an empty folder, into which it
    writes the pages (`index.html`, `reports/`) as they shall stand below the release. `now` only gives the
    release its date and the pointer its times.

    Raises:
        PublicationBlockedError: a slice isn't the one that was admitted, the integrated tables are of
            other inputs, or a check on the whole fails. Nothing changes for readers.
        PublicationBusyError: another process is publishing.
    """
    with publication_lease(home):
        _sweep(home)
        standings = [catalogue.standing(source, home=home) for source in sources]
        outcomes = {one.source.id: _outcome(one) for one in standings}
        admitted = {one.source.id: one.part for one in standings if one.part is not None}
        current = pointer.read_pointer(home)
        if not admitted:
            return _nothing(current, outcomes, home)
        _distrust(standings, admitted, home=home, integrated_dir=integrated_dir, code_version=code_version)
        digest = _content_digest(standings, code_version=code_version, integrated_dir=integrated_dir)
        if current is not None and _is_published(home, current, digest):
            report(None, "publish", state="unchanged", release=current.release)
            return Publication(
                release=current.release,
                pointer=pointer.renew(home, current, now=now),
                unchanged=True,
                folder=pointer.release_folder(home, current.release),
                sources=outcomes,
                changes=(),
                reasons=("No hay cambios respecto de la publicación vigente.",),
            )
        draft = _Draft(
            home=home,
            release=_next_name(home, now),
            previous=None if current is None else current.release,
            standings=standings,
            digest=digest,
        )
        try:
            told = draft.write(
                admitted, dbt_manifest=dbt_manifest, integrated_dir=integrated_dir, add_pages=add_pages
            )
            moved = draft.release_it(now)
        finally:
            # What was refused may hold what must not be seen.
            if draft.staging.is_dir():
                shutil.rmtree(draft.staging)
        report(None, "publish", state="published", release=draft.release, sources=len(admitted))
        return Publication(
            release=draft.release,
            pointer=moved,
            unchanged=False,
            folder=pointer.release_folder(home, draft.release),
            sources=outcomes,
            changes=told,
            reasons=(),
        )


def _nothing(current: Pointer | None, outcomes: Mapping[str, SourceOutcome], home: Home) -> Publication:
    report(None, "publish", state="nothing")
    return Publication(
        release=None if current is None else current.release,
        pointer=current,
        unchanged=True,
        folder=None if current is None else pointer.release_folder(home, current.release),
        sources=outcomes,
        changes=(),
        reasons=("Ninguna fuente está admitida: no hay nada que publicar.",),
    )


def _outcome(one: Standing) -> SourceOutcome:
    counts = one.counts
    return SourceOutcome(
        state=one.state,
        published=0 if one.part is None else one.part.counts["published"] or 0,
        held_back=counts["held_back"],
        declared=counts["declared"],
        quarantined=counts["quarantined"],
        duplicates=counts["duplicates"],
        missing=counts["missing"],
        fetched_at=None if one.part is None else one.part.fetched_at,
        reasons=one.reasons,
    )


def _distrust(
    standings: Sequence[Standing],
    admitted: Mapping[str, Slice],
    *,
    home: Home,
    integrated_dir: Path | None,
    code_version: str,
) -> None:
    """Recompute from the bytes on disk that each slice is the one its receipt admits."""
    reasons = []
    for one in standings:
        if one.part is None or one.admitted is None:
            continue
        try:
            shelf.verify_slice(one.admitted, slice_folder(home, one.source.id, one.part.key))
        except (ReceiptError, SliceError) as error:
            reasons.append(str(error))
            continue
        listed = files_digest((file.path, file.sha256) for file in one.part.files)
        if listed != one.admitted.slice_digest:
            reasons.append(
                f"{one.source.id}: slice.json no describe los archivos admitidos; ejecute otra vez la fuente."
            )
    if integrated_dir is not None:
        digests = {source_id: part.digest for source_id, part in admitted.items()}
        stale = integrated.stale_reason(
            integrated_dir,
            digests,
            declared=[one.source for one in standings],
            code_version=code_version,
        )
        reasons += [] if stale is None else [stale]
    if reasons:
        raise PublicationBlockedError(reasons)


def _content_digest(standings: Sequence[Standing], *, code_version: str, integrated_dir: Path | None) -> str:
    """Digest of all that a release is made of; never of a time or an attempt that brought nothing new."""
    inputs = {
        "code_version": code_version,
        "schema_version": layout.SCHEMA_VERSION,
        "integrated": [] if integrated_dir is None else _hashes(integrated_dir),
        "texts": _hashes(TEXTS),
        "sources": [_source_inputs(one) for one in standings],
    }
    return hashlib.sha256(orjson.dumps(inputs, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _source_inputs(one: Standing) -> dict[str, Any]:
    source = one.source
    return {
        "declared": [source.id, source.title, source.entity, source.system, source.licence, source.cadence],
        "told": [source.status, source.notes, source.ocid_prefix, asdict(source.publisher)],
        "slice": None if one.admitted is None else one.admitted.slice_digest,
        "held": None if one.held is None else [one.held.generation, _holding(one.held)],
    }


def _holding(held: Receipt) -> list[str]:
    """Which checks hold a source back; their sentences may change without anything having changed."""
    return sorted(check.name for check in held.checks if check.holds_back)


def _hashes(folder: Path) -> list[tuple[str, str]]:
    return [(path, sha256_file(file)) for path, file in folders.files_below(folder)]


def _is_published(home: Home, current: Pointer, digest: str) -> bool:
    """Whether readers have this already, or had it and were taken back from it."""
    folder = pointer.release_folder(home, current.release)
    if _digest_of(folder) == digest:
        return not pointer.verify_release(home)
    if current.rolled_back is None:
        return False
    withdrawn = pointer.announced(home) - {current.release}
    return any(_digest_of(pointer.release_folder(home, release)) == digest for release in withdrawn)


def _digest_of(folder: Path) -> str | None:
    path = folder / layout.CATALOG
    return str(read_json(path)["content_digest"]) if path.is_file() else None


def _next_name(home: Home, now: datetime) -> str:
    """`<date>.<n>`: names are never used twice, not even those of releases that are gone."""
    day = now.astimezone(layout.DATE_ZONE).date().isoformat()
    folder = home.publications / pointer.RELEASES_FOLDER
    names = {path.name for path in folder.glob(f"{day}.*")} | pointer.announced(home)
    taken = [int(name.rpartition(".")[2]) for name in names if name.startswith(f"{day}.")]
    return f"{day}.{max(taken, default=0) + 1}"


def _sweep(home: Home) -> None:
    """Remove what a killed publication left. Under the lease, so nobody is writing it."""
    pointer.settle(home)
    for name in (pointer.POINTER_FILE, pointer.VERSIONS_FILE, INTENT_FILE):
        # What a kill in the middle of `write_atomic` leaves beside the file it was to replace.
        for unfinished in home.publications.glob(f".{name}.*.tmp"):
            unfinished.unlink()
    staging = home.publications / STAGING_FOLDER
    if staging.is_dir():
        shutil.rmtree(staging)
    intent = home.publications / INTENT_FILE
    if not intent.is_file():
        return
    left = str(read_json(intent)["release"])
    folder = pointer.release_folder(home, left)
    if left not in pointer.announced(home) and folder.is_dir():
        # Through the staging folder: whoever lists the releases sees it whole or not at all.
        staging.mkdir()
        folder.rename(staging / left)
        shutil.rmtree(staging)
    intent.unlink()


class _Draft:
    """A release while it is being written."""

    def __init__(
        self, *, home: Home, release: str, previous: str | None, standings: Sequence[Standing], digest: str
    ) -> None:
        self.release = release
        self._home = home
        self._previous = previous
        self._standings = standings
        self._digest = digest
        self.staging = home.publications / STAGING_FOLDER
        self._folder = self.staging / release
        self._spill = self.staging / "spill"
        self._hashes: dict[str, str] = {}

    def write(
        self,
        admitted: Mapping[str, Slice],
        *,
        dbt_manifest: Path,
        integrated_dir: Path | None,
        add_pages: Callable[[Path, Path], None] | None,
    ) -> tuple[SourceChange, ...]:
        """Write everything but SHA256SUMS; returns what changed since the last release."""
        self._folder.mkdir(parents=True)
        for part in admitted.values():
            self._link_slice(part)
        if integrated_dir is not None:
            self._link_integrated(integrated_dir)
        self._write_quality()
        content = catalogue.catalog(
            self.release, previous=self._previous, content_digest=self._digest, standings=self._standings
        )
        write_json(self._folder / layout.CATALOG, content)
        told = self._write_changes()
        schemas = catalogue.dictionary(self._folder, dbt_manifest=dbt_manifest, spill=self._spill)
        for table, schema in schemas.items():
            write_json(self._folder / catalogue.SCHEMAS_FOLDER / f"{table}.json", schema)
        self._write_texts(content, told, schemas)
        if add_pages is not None:
            pages = self._folder.with_name(f"{self.release}.pages")
            pages.mkdir()
            add_pages(self._folder, pages)
            folders.link_tree(pages, self._folder)
        self._write_datapackage(schemas)
        self._check(admitted)
        return told

    def release_it(self, now: datetime) -> Pointer:
        """Write SHA256SUMS, make all durable, move the folder into place, then the pointer."""
        manifest = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(self._hashes.items()))
        write_atomic(self._folder / layout.MANIFEST, manifest.encode())
        folders.make_durable(self._folder)
        intent = self._home.publications / INTENT_FILE
        write_json(intent, {"release": self.release})
        folders.move_into_place(self._folder, pointer.release_folder(self._home, self.release))
        moved = pointer.point_to(
            self._home, self.release, manifest=hashlib.sha256(manifest.encode()).hexdigest(), now=now
        )
        intent.unlink()
        return moved

    def _link_slice(self, part: Slice) -> None:
        folder = slice_folder(self._home, part.source_id, part.key) / layout.SLICE_FILES
        for file in part.files:
            link_file(folder / file.path, self._folder / file.path)
            self._hashes[file.path] = file.sha256

    def _link_integrated(self, folder: Path) -> None:
        for name, path in folders.files_below(folder):
            if name != integrated.INPUTS_FILE:
                link_file(path, self._folder / layout.integrated_path(name.removesuffix(".parquet")))

    def _write_quality(self) -> None:
        write_json(self._folder / RULES_FILE, load_catalogue().export())
        for one in self._standings:
            for kept, ending in ((one.admitted, ""), (one.held, ".held_back")):
                if kept is not None:
                    target = self._folder / RECEIPTS_FOLDER / f"{one.source.id}{ending}.json"
                    write_atomic(target, shelf.path_of(self._home, kept).read_bytes())
        rows = [
            {column: getattr(row, column) for column in catalogue.LEDGER_COLUMNS}
            for one in self._standings
            for row in one.attempts
        ]
        compared = [
            row
            for one in self._standings
            for judged in (one.admitted, one.held)
            for row in deliveries.published_rows(self._home, judged)
        ]
        columns = {
            column: pa.array([row[column] for row in rows], type=_LEDGER_TYPES.get(column, pa.string()))
            for column in catalogue.LEDGER_COLUMNS
        }
        with parquet.connect(spill=self._spill) as connection:
            connection.register("attempts", pa.table(columns))
            metadata = layout.parquet_metadata(
                "ledger · Tequio", licence="LICENSE.md", source_id="*", inputs=""
            )
            parquet.copy_sorted(
                connection, "SELECT * FROM attempts", path=self._folder / LEDGER_FILE, metadata=metadata
            )
            connection.register(
                "compared", pa.Table.from_pylist(compared, schema=deliveries.COMPARISONS_TABLE)
            )
            metadata = layout.parquet_metadata(
                "comparisons · Tequio", licence="LICENSE.md", source_id="*", inputs=""
            )
            parquet.copy_sorted(
                connection, "SELECT * FROM compared", path=self._folder / COMPARISONS_FILE, metadata=metadata
            )

    def _write_changes(self) -> tuple[SourceChange, ...]:
        previous = None if self._previous is None else pointer.release_folder(self._home, self._previous)
        licences = {one.source.id: one.source.licence for one in self._standings}
        return changes.compare(self._folder, previous, licences=licences, spill=self._spill)

    def _write_texts(
        self, content: Mapping[str, Any], told: Sequence[SourceChange], schemas: Mapping[str, Any]
    ) -> None:
        before: dict[str, Any] = {}
        if self._previous is not None:
            folder = pointer.release_folder(self._home, self._previous) / catalogue.SCHEMAS_FOLDER
            before = {path.stem: read_json(path) for path in folder.glob("*.json")}
        notes = changes.schema_changes(schemas, before) if before else []
        if self._previous is not None:
            past = read_json(pointer.release_folder(self._home, self._previous) / layout.CATALOG)
            notes += changes.key_changes(content, past)
        listed = "\n".join(
            f"| {one.source.title} | {one.source.publisher.name} | {one.source.licence} "
            f"| {one.part.fetched_at[:10]} |"
            for one in self._standings
            if one.part is not None
        )
        told_text = changes.tell(
            self.release, previous=self._previous, changes=told, catalog=content, notes=notes
        )
        write_atomic(self._folder / layout.CHANGES, told_text.encode())
        for name in ("README.md", "LICENSE.md", "CITATION.cff"):
            template = Template((TEXTS / name).read_text(encoding="utf-8"))
            filled = template.substitute(
                release=self.release, date=self.release.partition(".")[0], sources=listed
            )
            write_atomic(self._folder / name, filled.encode())

    def _write_datapackage(self, schemas: Mapping[str, Any]) -> None:
        for path, file in folders.files_below(self._folder):
            if path not in self._hashes:
                self._hashes[path] = sha256_file(file)
        described = catalogue.datapackage(
            self.release, files=self._hashes, folder=self._folder, standings=self._standings, schemas=schemas
        )
        write_json(self._folder / layout.DATAPACKAGE, described)
        self._hashes[layout.DATAPACKAGE] = sha256_file(self._folder / layout.DATAPACKAGE)

    def _check(self, admitted: Mapping[str, Slice]) -> None:
        reasons = checks.broken(
            self._folder,
            slices=list(admitted.values()),
            hashes=self._hashes,
            home=self._home,
            spill=self._spill,
        )
        if reasons:
            raise PublicationBlockedError(reasons)


_LEDGER_TYPES = dict.fromkeys(
    ("declared", "rows", "distinct_ids", "pages_ok", "pages_failed", "bytes", "quarantined", "duplicates"),
    pa.int64(),
)
