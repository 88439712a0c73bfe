"""How the documents of a delivery answered, for the sources that declare `ask_documents`.

Here: which addresses a slice publishes, and `lake/receipts/<source>/documents/<generation>.json`, beside the receipts,
written once for each generation: a slice's bytes depend on its own inputs only, so answers are no part of it. Not here:
asking (`pipelines/portals/documents.py`), the rule (`pipelines/quality/arrival.py`).
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb

from pipelines.home import Home, read_json, write_json
from pipelines.portals import documents
from pipelines.portals.documents import AskedDocument
from pipelines.portals.http import Portals
from pipelines.publication import layout
from pipelines.publication.slices import Slice, slice_folder
from pipelines.registry import Source

FOLDER = "documents"
_TABLE = f"{layout.OCDS_TABLES}/documents"


def ask_once(source: Source, part: Slice, *, home: Home, portals: Portals) -> None:
    """Ask for a sample of the documents that a slice names, unless its generation was asked for before or the source
    doesn't declare it.
    """
    path = _path(home, source.id, part.generation)
    if not (source.ask_documents and source.is_procurement) or path.is_file():
        return
    asked = documents.ask(source, documents.sample(_urls(part, home=home)), portals=portals)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, [asdict(one) for one in asked])


def read(home: Home, source_id: str, generation: str) -> Sequence[AskedDocument] | None:
    """The answers of a generation; None when nothing was asked."""
    path = _path(home, source_id, generation)
    return [AskedDocument(**one) for one in read_json(path)] if path.is_file() else None


def _urls(part: Slice, *, home: Home) -> list[str]:
    table = slice_folder(home, part.source_id, part.key) / layout.SLICE_FILES
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT DISTINCT url FROM read_parquet(?, hive_partitioning = false) WHERE url IS NOT NULL",
            [str(table / layout.table_path(_TABLE, part.source_id))],
        ).fetchall()
    return [url for (url,) in found]


def _path(home: Home, source_id: str, generation: str) -> Path:
    return home.receipts / source_id / FOLDER / f"{generation}.json"
