"""Tables over many sources: what they are built from and where they are kept.

Here: the export of dbt's last stage. Not here: the tables themselves (`dbt_project/models/integrated/`),
the views over admitted slices they read (`admission.py`).
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines import sql
from pipelines.home import Home, read_json, write_json
from pipelines.publication import folders, layout, parquet
from pipelines.quality.receipt import files_digest
from pipelines.registry import Source

INPUTS_FILE = "inputs.json"
INTEGRATED_SCHEMA = "integrated"
KEY_LENGTH = 16
# Many sources, each with its licence; the catalogue lists them.
LICENCE = "LICENSE.md"


def inputs_of(
    admitted: Mapping[str, str], *, declared: Sequence[Source], code_version: str
) -> dict[str, str]:
    """What integrated tables depend on: `admitted` (digest of each source's admitted slice), what is declared
    (the coverage tells it), and the code."""
    facts = "\n".join(sorted(f"{one.id} {one.entity} {one.system} {one.status}" for one in declared))
    return {
        "code_version": code_version,
        "declarations": hashlib.sha256(facts.encode()).hexdigest(),
        **admitted,
    }


def integrated_folder(
    home: Home, admitted: Mapping[str, str], *, declared: Sequence[Source], code_version: str
) -> Path:
    """Where the tables over exactly these slices stand, once they are built."""
    inputs = inputs_of(admitted, declared=declared, code_version=code_version)
    return home.integrated / files_digest(inputs.items())[:KEY_LENGTH]


def export_integrated(
    scratch_db: Path,
    *,
    admitted: Mapping[str, str],
    declared: Sequence[Source],
    code_version: str,
    home: Home,
) -> Path:
    """Write each table of the schema `integrated` as one Parquet file; returns their folder.

    The folder is named by what it depends on and holds `inputs.json`, which `release.publish` compares
    with what it is about to publish.
    """
    folder = integrated_folder(home, admitted, declared=declared, code_version=code_version)
    if folder.is_dir():
        return folder
    staged = folder.with_name(f".staging-{folder.name}-{os.getpid()}")
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    with parquet.connect(scratch_db, spill=scratch_db.parent / "spill") as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
            [INTEGRATED_SCHEMA],
        ).fetchall()
        for (table,) in tables:
            metadata = layout.parquet_metadata(
                f"{table} · Tequio", licence=LICENCE, source_id="*", inputs=folder.name
            )
            query = f"SELECT * FROM {INTEGRATED_SCHEMA}.{sql.name(table)}"  # noqa: S608 (quoted)
            parquet.copy_sorted(connection, query, path=staged / f"{table}.parquet", metadata=metadata)
    write_json(staged / INPUTS_FILE, inputs_of(admitted, declared=declared, code_version=code_version))
    folders.make_durable(staged)
    folders.move_into_place(staged, folder)
    return folder


def stale_reason(
    folder: Path, admitted: Mapping[str, str], *, declared: Sequence[Source], code_version: str
) -> str | None:
    """Why the integrated tables in `folder` don't fit these slices; None when they do."""
    path = folder / INPUTS_FILE
    if not path.is_file():
        return f"{path}: is missing; build the integrated tables again with: tequio run"
    expected = inputs_of(admitted, declared=declared, code_version=code_version)
    found = read_json(path)
    if found == expected:
        return None
    different = sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    )
    return (
        f"{folder}: was built from other inputs ({', '.join(different)} differ); "
        "build it again with: tequio run"
    )
