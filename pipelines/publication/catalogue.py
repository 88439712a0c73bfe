"""What a release says of itself: `catalog.json`, `datapackage.json` and the dictionary in `schemas/`.

Here: the state and the books of every declared source, the files with their hashes, and the columns of
every table (types from the Parquet, meaning from the dbt contracts). Not here: what changes without a
release (`status.py`), how a release is written (`release.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import sql
from pipelines.home import Home, read_json
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.publication import layout, parquet
from pipelines.publication.slices import Slice, read_slice
from pipelines.quality import receipt as shelf
from pipelines.quality.receipt import Receipt
from pipelines.registry import Source

SCHEMAS_FOLDER = "schemas"
# An attempt that found nothing new changes nothing in a release; status.json has it.
UNCHANGED = "unchanged"

# Frictionless types by the start of DuckDB's; longest first where one starts another.
_FIELD_TYPES = (
    ("VARCHAR", "string"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("BOOLEAN", "boolean"),
    ("DECIMAL", "number"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("STRUCT", "object"),
    ("JSON", "object"),
    ("MAP", "object"),
)
# Tables that no dbt model describes.
_OWN_TABLES: dict[str, dict[str, str]] = {
    "provenance": {
        "": "Una fila por cada lugar del que viene una contratación o un registro.",
        "source_id": "Fuente declarada.",
        "entity_type": "`ocid` (contratación) o `record` (registro de la PDN).",
        "entity_id": "El ocid, o `<sistema>:<id>` del registro de la PDN.",
        "content_sha256": "Huella del contenido publicado: cambia cuando cambia el contenido.",
        "raw_sha256": "Huella del archivo o página que entregó el portal.",
        "page": "Número de archivo o página, desde 1.",
        "position": "Dónde está dentro de ese archivo: puntero JSON, línea o fila.",
    },
    "quality_repairs": {
        "": "Una fila por cada valor que se corrigió al llevar los datos al estándar: lo publicado y lo que quedó.",
        "source_id": "Fuente declarada.",
        "ocid": "Identificador de la contratación (ocid) en que está el valor.",
        "kind": "Clase de corrección: double_encoding y lossy_character (acentos dañados), blanks, apostrophe y formula "
        "(restos de hoja de cálculo), date_form, money_form y number_form (fechas, montos y números escritos de otra "
        "forma), rfc_form, placeholder (texto de relleno que se quitó), alias, tag_text y code_form (nombre o forma "
        "de otra herramienta), ocds_1_0 (versión anterior del estándar), ocid_prefix y child_key (identificadores).",
        "path": "Campo: puntero JSON en la entrega, o encabezado de la columna en un archivo tabular.",
        "original": "Lo que se publicó; si está reservado, solo su forma (A letra, 9 dígito) o «[dato reservado]».",
        "repaired": "Lo que quedó en su lugar; vacío si se quitó.",
        "is_guess": "Verdadero si la corrección es una conjetura y no una certeza.",
        "raw_sha256": "Huella del archivo o página que entregó el portal.",
        "page": "Número de archivo o página, desde 1.",
        "position": "Dónde está el registro dentro de ese archivo: puntero JSON, línea o fila.",
    },
    "quality_files": {
        "": "Una fila por cada archivo o página que entregó el portal: items = published + unusable + quarantined + "
        "duplicates_bytes + duplicates_content.",
        "source_id": "Fuente declarada.",
        "page": "Número de archivo o página, desde 1, en el orden de la declaración de la fuente.",
        "raw_sha256": "Huella del archivo o página que entregó el portal.",
        "items": "Registros que trae, también los que no se pudieron leer.",
        "published": "Registros que llegaron a las tablas.",
        "unusable": "Registros que se leyeron y no se pudieron usar (sin identificador, con otro formato …).",
        "quarantined": "Registros que no se pudieron leer.",
        "duplicates_bytes": "Registros idénticos a uno anterior, byte por byte.",
        "duplicates_content": "Registros con el contenido de uno anterior, escrito de otra manera.",
    },
    "quality_field_coverage": {
        "": "Una fila por cada ruta con contenido en las contrataciones compiladas de una fuente. Rutas y cuentas son las "
        "de `ocdscardinal coverage` (Cardinal, OCP).",
        "source_id": "Fuente declarada.",
        "path": "Ruta: `/` y un nombre para un campo, `[]` para los elementos de una lista; la que termina en `/` cuenta "
        "los objetos, la vacía las contrataciones.",
        "count": "Valores no vacíos en esa ruta. Vacíos son «», [], {} y null, y lo que solo contiene vacíos.",
        "parent_count": "Cuenta de la ruta que la contiene: los objetos de los que es campo, o las listas de las que es "
        "elemento; para la ruta vacía, todas las contrataciones. count / parent_count es la parte que lo trae.",
        "processes_present": "Contrataciones en las que la ruta tiene contenido.",
        "coverage": "processes_present entre todas las contrataciones compiladas de la fuente, de 0 a 1.",
        "mean_cardinality": "Elementos por lista, en las rutas que terminan en `[]`; vacío en las demás.",
        "covered": "Verdadero si coverage es de 0.5 o más.",
    },
    "changes": {
        "": "Una fila por cada identificador que cambió respecto de la publicación anterior.",
        "source_id": "Fuente declarada.",
        "entity_type": "`ocid` (contratación) o `record` (registro de la PDN).",
        "entity_id": "El ocid, o `<sistema>:<id>` del registro de la PDN.",
        "change": "`added` (nuevo), `changed` (modificado) o `removed` (retirado).",
        "content_sha256": "Huella del contenido de ahora; vacía si se retiró.",
        "previous_sha256": "Huella del contenido anterior; vacía si es nuevo.",
    },
    "comparisons": {
        "": "Una fila por cada regla que compara la entrega publicada de una fuente, o la que se retiene, con la anterior "
        "(TEQ-V, entity_type `source`), y una por cada proceso o registro que la incumple, hasta 100 por regla.",
        "source_id": "Fuente declarada.",
        "generation": "Contenido que se compara.",
        "previous_generation": "Contenido con el que se compara: el último admitido que era otro.",
        "previous_fetched_at": "Cuándo se descargó ese contenido (ISO 8601, UTC).",
        "rule_id": "Regla; sus textos están en el catálogo de reglas (quality/rules.json).",
        "entity_type": "`source` (el dictamen de la regla), `ocid` (contratación) o `record` (registro de la PDN).",
        "entity_id": "La fuente, el ocid, o `<sistema>:<id>` del registro de la PDN.",
        "result": "`pass` (cumple), `fail` (falla) o `na` (no aplica).",
        "looked_at": "Cuántos procesos, registros, contratos o tablas miró la regla; vacío en los renglones de cada uno.",
        "failures": "Cuántos de ellos cambiaron.",
        "path": "Puntero JSON de lo que cambió.",
        "value": "Lo que había y lo que hay, con 200 caracteres como máximo.",
    },
    "ledger": {
        "": "Una fila por cada descarga de una fuente que trajo contenido o falló.",
        "source_id": "Fuente declarada.",
        "fetch_id": "Identificador de la descarga: su momento de inicio (UTC).",
        "started_at": "Inicio (ISO 8601, UTC).",
        "finished_at": "Fin (ISO 8601, UTC).",
        "state": "Resultado de la descarga; «unavailable» nunca quiere decir cero registros.",
        "declared": "Registros que el portal dice tener.",
        "declared_by": "`portal` si lo dice el portal, `count` si se contaron en sus archivos.",
        "rows": "Registros recibidos, también los que no se pudieron leer.",
        "distinct_ids": "Identificadores distintos entre los recibidos.",
        "pages_ok": "Páginas o archivos recibidos.",
        "pages_failed": "Páginas o archivos que fallaron.",
        "bytes": "Bytes recibidos.",
        "generation": "Contenido al que corresponde: igual contenido, igual generación.",
        "quarantined": "Registros apartados porque no se pudieron leer.",
        "duplicates": "Registros repetidos, byte por byte o con el mismo contenido en otra forma.",
    },
}
_RESULTS_OVER_ALL = {path: table for table, path in layout.INTEGRATED_RESULTS.items()}
LEDGER_COLUMNS = tuple(column for column in _OWN_TABLES["ledger"] if column)


@dataclass(frozen=True)
class Standing:
    """How one source stands today.

    `admitted`: the receipt and slice that may be published (None: nothing may). `held`: the newest
    receipt when it holds back, with its slice. `attempts`: fetches that brought something or failed.
    """

    source: Source
    admitted: Receipt | None
    part: Slice | None
    held: Receipt | None
    held_part: Slice | None
    attempts: tuple[LedgerRow, ...]

    @property
    def state(self) -> str:
        """`published`, `last_good` (the newest generation is held back, an older one stands), `held_back` or
        `unpublished`."""
        if self.admitted is not None:
            return "published" if self.held is None else "last_good"
        return "unpublished" if self.held is None else "held_back"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the newest data aren't published (Spanish); empty when they are."""
        if self.held is not None:
            return self.held.reasons_es
        if self.admitted is not None:
            return ()
        if self.attempts:
            return (public_message(self.attempts[-1].message, self.source),)
        return (_NEVER_FETCHED.get(self.source.status, "Todavía no se ha descargado."),)

    @property
    def counts(self) -> dict[str, int | None]:
        """The books of the newest generation received: declared = published + held_back + quarantined +
        duplicates + missing; all None when nothing was ever received."""
        if self.held_part is not None:
            books = dict(self.held_part.counts)
            return {**books, "published": 0, "held_back": books["published"]}
        if self.part is not None:
            return dict(self.part.counts)
        return dict.fromkeys(_COUNTS)


_URL = re.compile(r"https?://\S+")
_COUNTS = ("declared", "published", "held_back", "quarantined", "duplicates", "missing")
_NEVER_FETCHED = {
    "credentials-needed": "La fuente pide credenciales que todavía no se han acordado con quien la publica.",
    "lapsed": "El portal de la fuente dejó de responder o fue retirado.",
    "retired": "La fuente fue retirada.",
    "unknown": "No se sabe si el portal de la fuente sigue en servicio.",
}


def public_message(message: str, source: Source) -> str:
    """`message` as it may be published: an address that was agreed in private stays private."""
    return message if source.url_env is None else _URL.sub("(dirección reservada)", message)


def standing(source: Source, *, home: Home) -> Standing:
    """Read where a source stands from its receipts, slices and ledger."""
    newest = shelf.last(home, source.id)
    good = shelf.last_admitted(home, source.id)
    held = newest if newest is not None and not newest.admitted else None
    attempts = tuple(row for row in Ledger(home).rows(source.id) if row.state != UNCHANGED)
    return Standing(
        source=source,
        # Judging the same bytes again changes nothing for a reader: their first admission is what counts.
        admitted=None
        if good is None
        else shelf.admission_of(home, source.id, slice_digest=good.slice_digest),
        part=None if good is None else read_slice(home, source.id, good.slice_key),
        held=held,
        held_part=None if held is None else read_slice(home, source.id, held.slice_key),
        attempts=attempts,
    )


# Systems of the PDN without a published standard: nobody could publish them, so they have no sources. `checked_on`
# is the day of the state in which PDN's repository of standards was read: it has S1, S2, S3 and S6.
SYSTEMS_WITHOUT_STANDARD: tuple[Mapping[str, str | None], ...] = (
    {
        "system": "pdn-s4",
        "title": "Información y comunicación del SNA y del Sistema Nacional de Fiscalización (S4)",
        "title_en": "Information and communication of the SNA and the National Audit System (S4)",
        "standard": None,
        "checked_on": "2026-04-27",
        "checked_at": "https://github.com/PDNMX/api_docs",
    },
    {
        "system": "pdn-s5",
        "title": "Denuncias públicas de faltas administrativas y hechos de corrupción (S5)",
        "title_en": "Public complaints of administrative faults and corruption (S5)",
        "standard": None,
        "checked_on": "2026-04-27",
        "checked_at": "https://github.com/PDNMX/api_docs",
    },
)


def catalog(
    release: str, *, previous: str | None, content_digest: str, standings: Sequence[Standing]
) -> dict[str, Any]:
    """`catalog.json`: every declared source, published or not, with its state, reasons and books."""
    entries = [_entry(one) for one in standings]
    return {
        "title": "Tequio: datos abiertos de contrataciones y de la Plataforma Digital Nacional",
        "release": release,
        "previous_release": previous,
        "schema_version": layout.SCHEMA_VERSION,
        "content_digest": content_digest,
        "totals": {name: _total(entries, name) for name in _COUNTS},
        "systems_without_standard": [dict(system) for system in SYSTEMS_WITHOUT_STANDARD],
        "sources": entries,
    }


def _total(entries: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(entry["counts"].get(name) or 0 for entry in entries)


def _entry(one: Standing) -> dict[str, Any]:
    source, last = one.source, (one.attempts[-1] if one.attempts else None)
    succeeded = [row for row in one.attempts if row.state.has_content]
    return {
        "id": source.id,
        "title": source.title,
        "entity": source.entity,
        "system": source.system,
        "publisher": {"id": source.publisher.id, "name": source.publisher.name, "uri": source.publisher.uri},
        "licence": source.licence,
        "cadence": source.cadence,
        "declared_status": source.status,
        "ocid_prefix": source.ocid_prefix,
        "notes": source.notes,
        "state": one.state,
        "reasons": list(one.reasons),
        "held_since": _held_since(one),
        "last_attempt": None if last is None else {"state": str(last.state), "at": last.finished_at},
        "last_success": succeeded[-1].finished_at if succeeded else None,
        "counts": one.counts,
        "in_release": _in_release(one),
    }


def _held_since(one: Standing) -> str | None:
    """When the data that are held back were received."""
    return None if one.held is None else one.held.fetched_at


def _in_release(one: Standing) -> dict[str, Any] | None:
    """What of the source is in the release.

    `version_log` names the log of versions that the next generation of a PDN source goes on from (`versions.py`).
    `pseudonym_key` is the id of the key (see `privacy.with_key`); `repairs` counts the values that were repaired
    on the way to the standard, by kind, with the guesses among them.
    """
    part, admitted = one.part, one.admitted
    if part is None or admitted is None:
        return None
    return {
        "generation": part.generation,
        "fetched_at": part.fetched_at,
        "content_from": part.content_from,
        "content_until": part.content_until,
        "records": part.counts["published"],
        "tables": dict(part.tables),
        "pseudonym_key": part.code_version.rpartition("-")[2] if one.source.is_procurement else None,
        "slice": part.key,
        "version_log": part.version_log,
        "digest": part.digest,
        "admitted_at": admitted.judged_at,
        "receipt": f"quality/receipts/{part.source_id}.json",
        "redactions": [dict(row) for row in part.redactions],
        "repairs": [dict(row) for row in part.repairs],
        "files": [file.path for file in part.files],
    }


# -- dictionary -----------------------------------------------------------------------------------


def table_of(path: str) -> str | None:
    """The table a published Parquet file belongs to, as the dictionary names it."""
    if not path.endswith(".parquet"):
        return None
    folder = path.partition("/source=")[0]
    if folder.startswith(f"{layout.OCDS_TABLES}/"):
        return f"ocds_{folder.removeprefix(f'{layout.OCDS_TABLES}/')}"
    if folder.startswith("quality/") and folder.count("/") == 1 and "/source=" in path:
        return folder.replace("/", "_")
    if folder.startswith(f"{layout.PDN_TABLES_FOLDER}/"):
        return f"pdn_{folder.removeprefix(f'{layout.PDN_TABLES_FOLDER}/')}"
    if path.startswith("changes/"):
        return "changes"
    return _RESULTS_OVER_ALL.get(path, folder.removesuffix(".parquet").rpartition("/")[2])


def dictionary(folder: Path, *, dbt_manifest: Path, spill: Path) -> dict[str, dict[str, Any]]:
    """Table Schemas of every table in the staged release: name, type and meaning of each column.

    Types are those of the Parquet files; meanings and keys those of the dbt contracts.
    """
    models = {
        node["name"]: node
        for node in read_json(dbt_manifest)["nodes"].values()
        if node["resource_type"] == "model"
    }
    first: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.parquet")):
        table = table_of(path.relative_to(folder).as_posix())
        if table is not None:
            first.setdefault(table, path)
    with parquet.connect(spill=spill) as connection:
        return {
            table: _schema(connection, table=table, path=path, model=models.get(table))
            for table, path in sorted(first.items())
        }


def _schema(connection: Any, *, table: str, path: Path, model: Mapping[str, Any] | None) -> dict[str, Any]:
    own = _OWN_TABLES.get(table, {})
    described = {
        name: str(column["description"]) for name, column in (model or {"columns": {}})["columns"].items()
    }
    rows = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({sql.text(str(path))}, hive_partitioning = false)"  # noqa: S608
    ).fetchall()
    return {
        "name": table,
        "description": own.get("") or (model or {}).get("description", ""),
        "fields": [
            {
                "name": name,
                "type": field_type(kind),
                "parquet_type": kind,
                "description": own.get(name) or described.get(name, ""),
            }
            for name, kind in ((str(row[0]), str(row[1])) for row in rows)
        ],
    }


def field_type(duckdb_type: str) -> str:
    """The frictionless type of a DuckDB type."""
    if duckdb_type.endswith("]"):
        return "array"
    return next((kind for start, kind in _FIELD_TYPES if duckdb_type.startswith(start)), "integer")


def datapackage(
    release: str,
    *,
    files: Mapping[str, str],
    folder: Path,
    standings: Sequence[Standing],
    schemas: Mapping[str, Any],
) -> dict[str, Any]:
    """`datapackage.json` (Data Package v2): every file with its bytes, hash and, for tables, its schema.

    `files`: sha256 by path, without the datapackage itself and SHA256SUMS.
    """
    published = [one for one in standings if one.part is not None]
    licences = sorted({one.source.licence for one in published})
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "tequio",
        "version": release,
        "title": "Tequio: contrataciones públicas (OCDS/EDCA-MX) y Plataforma Digital Nacional de México",
        "licenses": [{"path": licence} for licence in licences],
        "sources": [{"title": f"{one.source.publisher.name}: {one.source.title}"} for one in published],
        "resources": [
            _resource(path, sha256=sha256, size=(folder / path).stat().st_size, schemas=schemas)
            for path, sha256 in sorted(files.items())
        ],
    }


def _resource(path: str, *, sha256: str, size: int, schemas: Mapping[str, Any]) -> dict[str, Any]:
    table = table_of(path)
    resource: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9._-]+", "-", path.lower()),
        "path": path,
        "mediatype": layout.media_type(path),
        "bytes": size,
        "hash": f"sha256:{sha256}",
    }
    if table is not None and table in schemas:
        resource |= {"type": "table", "format": "parquet", "schema": f"{SCHEMAS_FOLDER}/{table}.json"}
    return resource
