"""A small home with two procurement sources and one PDN source, built as a run would leave it.

Here: scratch databases with the tables that publishing reads, slices, receipts and a dbt manifest.
Not here: how the models fill those tables; the whole chain is tested end to end.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import orjson

from pipelines.home import Home, write_json
from pipelines.landing import land
from pipelines.landing.land import Generation
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.landing.parts import Part
from pipelines.portals.errors import FetchState
from pipelines.publication.release import Publication, publish
from pipelines.publication.slices import Slice, export_slices
from pipelines.quality import receipt
from pipelines.quality.gate import GateCheck, Verdict
from pipelines.registry import Agency, Source

TABLES = Path(__file__).with_suffix(".sql")
CODE = "codigo-1"
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
MANIFEST_COLUMNS = {"ocid": "Identificador de la contratación.", "source_id": "Fuente declarada."}


def source(source_id: str, *, system: str = "s6-ocds", **changes: object) -> Source:
    """A declaration."""
    facts: dict[str, object] = {
        "id": source_id,
        "title": f"Fuente {source_id}",
        "entity": "20",
        "publisher": Agency(
            id="inst", name="Instituto de Prueba", email="datos@inst.example", rfc=None, uri=None
        ),
        "system": system,
        "family": "ocds_packages" if system == "s6-ocds" else "pdn_v1",
        "protocol": "bulk_files" if system == "s6-ocds" else "pdn_rest",
        "parameters": {},
        "url": "https://datos.example/",
        "url_env": None,
        "auth": {},
        "ocid_prefix": "ocds-prueba" if system == "s6-ocds" else None,
        "cadence": "monthly",
        "licence": "https://datos.gob.mx/libreusomx",
        "status": "live",
        "assertions": (),
        "notes": None,
        "path": Path("sources/20_oaxaca") / f"{source_id}.yaml",
    }
    return Source(**{**facts, **changes})  # type: ignore[arg-type]


NORTE, SUR, PDN = source("norte"), source("sur"), source("oaxaca_s3", system="pdn-s3")
SOURCES = (NORTE, SUR, PDN)


def generation(one: Source, name: str = "g1", *, records: int = 30, **changes: object) -> Generation:
    """What landing says of `records` records without duplicates (and two quarantined ones)."""
    facts: dict[str, object] = {
        "source_id": one.id,
        "generation": name,
        "family": one.family,
        "fetch_id": "20261120T180000.000000Z",
        "fetched_at": "2026-11-20T18:00:00+00:00",
        "state": FetchState.COMPLETE,
        "declared": records + 2,
        "declared_by": "portal",
        "records": records,
        "duplicates": 0,
        "quarantined": 2,
        "distinct_ids": records,
        "landed_sha256": f"{name}-landed",
        "encoding": "utf-8",
        "columns": (),
        "content_digest": f"{name}-content",
        "parser_version": "1",
        "parts": (_part(name, records),),
    }
    return Generation(**{**facts, **changes})  # type: ignore[arg-type]


def _part(name: str, records: int) -> Part:
    """The one part that holds all records of a generation."""
    return Part(
        file="part-0001.parquet",
        digest=f"{name}-digest",
        sha256=f"{name}-sha256",
        bytes=0,
        rows=records,
        quarantined=2,
        first_ordinal=0,
        encodings=("utf-8",),
        columns=(),
    )


def land_files(home: Home, made: Sequence[tuple[Source, Generation]]) -> None:
    """The landed files of each generation: its records on page 1, what is quarantined on page 2."""
    for one, landed in made:
        assert landed.parts is not None
        (part,) = landed.parts
        folder = land.folder(home, one.id, landed.generation)
        (folder / land.PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
        with duckdb.connect(":memory:") as db:
            db.execute(
                "COPY (SELECT i::INTEGER AS row, 'releases' AS collection, '{}' AS record, '' AS record_sha256, "
                "NULL::VARCHAR AS package, 'ab0' AS raw_sha256, 1::INTEGER AS page, '/' AS position "
                f"FROM range({landed.records}) AS t(i)) "
                f"TO '{folder / land.PARTS_FOLDER / part.file}' (FORMAT parquet)"
            )
            db.execute(
                "COPY (SELECT 'ab1' AS raw_sha256, 2::INTEGER AS page "
                f"FROM range({landed.quarantined})) TO '{folder / land.QUARANTINE_FILE}' (FORMAT parquet)"
            )
            # The books of files don't ask how many there are, only which.
            db.execute(
                "COPY (SELECT 0::BIGINT AS ordinal, 'bytes' AS duplicate_kind WHERE false) "
                f"TO '{folder / land.DUPLICATES_FILE}' (FORMAT parquet)"
            )


def build(path: Path, made: Sequence[tuple[Source, Generation]], *, note: str = "") -> Path:
    """A scratch database as after the dbt stage `tables`, one record of each slice being unusable.

    `note` stands in every title, so that two notes give two contents.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as db:
        for schema in ("staging", "standard", "quality", "public_view"):
            db.execute(f"CREATE SCHEMA {schema}")
        db.execute(
            "CREATE TABLE made "
            "(slice_id VARCHAR, source_id VARCHAR, system VARCHAR, records INTEGER, note VARCHAR)"
        )
        for one, landed in made:
            slice_id = f"{one.id}@{landed.generation}"
            db.execute(
                "INSERT INTO made VALUES (?, ?, ?, ?, ?)",
                [slice_id, one.id, one.system, landed.records, note],
            )
        # Rows come in no particular order from the models: hash() shuffles them.
        db.execute(
            "CREATE TABLE items AS SELECT slice_id, source_id, system, note, i::BIGINT AS ordinal, "
            "printf('%s-%05d', source_id, i) AS id FROM made, range(1, records) AS t(i) ORDER BY hash(i)"
        )
        db.execute(TABLES.read_text(encoding="utf-8"))
    return path


class Lab:
    """A home and the steps of a run on it, as far as publishing needs them."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.home.create()
        self.scratch = root / "scratch" / "build.duckdb"
        self.manifest = root / "manifest.json"
        columns = {name: {"name": name, "description": text} for name, text in MANIFEST_COLUMNS.items()}
        node = {
            "resource_type": "model",
            "name": "ocds_awards",
            "description": "Adjudicaciones.",
            "columns": columns,
        }
        write_json(self.manifest, {"nodes": {"model.tequio.ocds_awards": node}})

    def export(self, *made: tuple[Source, Generation], note: str = "", code: str = CODE) -> dict[str, Slice]:
        """Build and export slices."""
        land_files(self.home, made)
        build(self.scratch, made, note=note)
        return export_slices(self.scratch, slices=made, code_version=code, home=self.home)

    def judge(self, part: Slice, *, admitted: bool = True, reasons: tuple[str, ...] = ()) -> None:
        """Write the receipt of a verdict on a slice."""
        check = GateCheck(
            name="schema",
            passed=admitted,
            severity="error",
            value=1.0,
            threshold="al menos 90 %",
            reason_es="; ".join(reasons),
            rule_ids=("OCDS-S01",),
            blocking=True,
            missing_es=None,
        )
        verdict = Verdict(
            source_id=part.source_id,
            admitted=admitted,
            checks=(check,),
            reasons_es=reasons,
            outcome="admitted" if admitted else "held_back",
            slice_key=part.key,
        )
        receipt.write(
            self.home,
            verdict,
            judged=part,
            landed_sha256=part.landed_sha256,
            judged_at=NOW,
            rebuilt_from=False,
        )

    def admit_all(
        self, *, note: str = "", name: str = "g1", only: Sequence[Source] = SOURCES
    ) -> dict[str, Slice]:
        """Export and admit one generation of every source; returns the slices by source."""
        built = self.export(*((one, generation(one, name)) for one in only), note=note)
        for part in built.values():
            self.judge(part)
        return {part.source_id: part for part in built.values()}

    def publish(
        self,
        *,
        sources: Sequence[Source] = SOURCES,
        now: datetime = NOW,
        code: str = CODE,
        integrated_dir: Path | None = None,
        add_pages: Callable[[Path, Path], None] | None = None,
    ) -> Publication:
        """Publish what is admitted."""
        return publish(
            sources,
            home=self.home,
            code_version=code,
            dbt_manifest=self.manifest,
            integrated_dir=integrated_dir,
            add_pages=add_pages,
            now=now,
        )

    def attempt(self, one: Source, *, fetch_id: str, state: FetchState, **changes: object) -> None:
        """Write a ledger row."""
        facts: Mapping[str, object] = {
            "fetch_id": fetch_id,
            "source_id": one.id,
            "started_at": "2026-11-20T18:00:00+00:00",
            "finished_at": "2026-11-20T18:01:00+00:00",
            "state": state,
            "declared": 32,
            "declared_by": "portal",
            "rows": 32,
            "distinct_ids": 30,
            "pages_ok": 1,
            "pages_failed": 0,
            "bytes": 1000,
            "message": "Se recibieron 32 registros.",
            "url": "https://datos.example/a.json",
            "expected": None,
            "action": None,
            "content_digest": "g1-content",
        }
        Ledger(self.home).write(LedgerRow(**{**facts, **changes}))  # type: ignore[arg-type]

    def catalog(self) -> dict[str, dict[str, object]]:
        """The sources of the current release's catalogue, by id."""
        content = orjson.loads((self.home.publications / "latest" / "catalog.json").read_bytes())
        return {entry["id"]: entry for entry in content["sources"]}
