"""Which delivery a delivery is compared with, and the shelf on which the comparisons stand.

Here: the last admitted delivery with other content, and `lake/receipts/<source>/comparisons/<generation>-<previous>.json`,
beside the receipts, written once. Not here: the rules (`pipelines/quality/comparison.py`), what the gate makes of them
(`pipelines/quality/gate.py`).

A comparison is made when a delivery is first judged, when both slices are of the same code; later judgements of the
same two deliveries read it back.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from pipelines.home import Home, read_json, write_json
from pipelines.publication import layout
from pipelines.publication.slices import SLICE_FACTS, Slice, read_slice, slice_folder
from pipelines.quality import comparison, receipt
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.comparison import Comparison, Delivery
from pipelines.quality.receipt import Receipt
from pipelines.quality.results import Result
from pipelines.registry import Source

COMPARISONS_FOLDER = "comparisons"
# How far back a record that was withdrawn is looked for.
EARLIER_DELIVERIES = 3
COMPARISONS_TABLE = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("source_id", "generation", "previous_generation", "previous_fetched_at")
        ),
        *((name, pa.string()) for name in ("rule_id", "entity_type", "entity_id", "result")),
        ("looked_at", pa.int64()),
        ("failures", pa.int64()),
        ("path", pa.string()),
        ("value", pa.string()),
    ]
)
_OCDS = {name: f"{layout.OCDS_TABLES}/{name}" for name in comparison.COLUMNS if name != "provenance"}
_FOLDERS = {"provenance": layout.PROVENANCE_FOLDER, **_OCDS}


def compare(source: Source, *, now: Slice, receipts: Sequence[Receipt], home: Home) -> Comparison:
    """The comparison of the slice `now` with the delivery before it, from the shelf or made and put there.

    `receipts`: all of the source, oldest first.
    """
    before = previous(receipts, generation=now.generation)
    kept = None if before is None else read(home, source.id, now.generation, before.generation)
    if kept is not None:
        return kept
    slice_before = None if before is None else _slice_of(before, home=home)
    made = comparison.compare(
        source.id,
        system=source.system,
        now=_delivery(now, home=home),
        before=None if slice_before is None else _delivery(slice_before, home=home),
        earlier=[] if before is None else list(_earlier(receipts, now.generation, before, home=home)),
    )
    if made.previous is not None:
        document = {"rules_version": load_catalogue().version, **comparison.as_document(made)}
        write_json(_path(home, source.id, made.generation, made.previous), document)
    return made


def previous(receipts: Sequence[Receipt], *, generation: str) -> Receipt | None:
    """The receipt of the last admitted delivery with other content than this generation: of today's build of it, where
    the code has changed since (the gate judges the last good generation again, as built by today's code)."""
    return next(
        (one for one in reversed(receipts) if one.admitted and one.generation != generation),
        None,
    )


def read(home: Home, source_id: str, generation: str, previous: str) -> Comparison | None:
    """The comparison of two generations; None when there is none of today's rules."""
    path = _path(home, source_id, generation, previous)
    if not path.is_file():
        return None
    try:
        document = read_json(path)
        rules_version = document.pop("rules_version")
        return comparison.of_document(document) if rules_version == load_catalogue().version else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # Of another version of the format: it is made again.
        return None


def published_rows(home: Home, judged: Receipt | None) -> list[dict[str, Any]]:
    """The rows of `quality/comparisons.parquet` of a delivery: the comparison that it was judged with, rules and the
    entities they list. None where it was never compared."""
    if judged is None:
        return []
    receipts = receipt.all_of(home, judged.source_id)
    before = previous(receipts, generation=judged.generation)
    found = None if before is None else read(home, judged.source_id, judged.generation, before.generation)
    if found is None:
        return []
    facts = {
        "source_id": found.source_id,
        "generation": found.generation,
        "previous_generation": found.previous,
        "previous_fetched_at": found.previous_fetched_at,
    }
    looked_at = {finding.rule_id: finding.looked_at for finding in found.findings}
    return [
        {**facts, **_shown(result), "looked_at": looked_at[result.rule_id]}
        for result in comparison.results(found)
    ] + [{**facts, **_shown(result), "looked_at": None} for result in comparison.listed_results(found)]


def _shown(result: Result) -> dict[str, Any]:
    columns = ("rule_id", "entity_type", "entity_id", "result", "failures", "path", "value")
    return {column: getattr(result, column) for column in columns}


def _path(home: Home, source_id: str, generation: str, previous: str) -> Path:
    return home.receipts / source_id / COMPARISONS_FOLDER / f"{generation}-{previous}.json"


def _slice_of(admitted: Receipt, *, home: Home) -> Slice | None:
    """The slice that a receipt admits; None when it was cleared away."""
    folder = slice_folder(home, admitted.source_id, admitted.slice_key)
    if not (folder / SLICE_FACTS).is_file():
        return None
    return read_slice(home, admitted.source_id, admitted.slice_key)


def _delivery(part: Slice, *, home: Home) -> Delivery:
    files = slice_folder(home, part.source_id, part.key) / layout.SLICE_FILES
    return Delivery(
        generation=part.generation,
        code_version=part.code_version,
        digest=part.digest,
        fetched_at=part.fetched_at,
        content_until=part.content_until,
        tables=part.tables,
        files={name: files / layout.table_path(folder, part.source_id) for name, folder in _FOLDERS.items()},
    )


def _earlier(receipts: Sequence[Receipt], generation: str, before: Receipt, *, home: Home) -> Iterator[Path]:
    """The provenance of the admitted deliveries before `before`, newest first."""
    seen = {generation, before.generation}
    for one in reversed(receipts[: receipts.index(before)]):
        if not one.admitted or one.generation in seen or len(seen) >= EARLIER_DELIVERIES + 2:
            continue
        seen.add(one.generation)
        found = _slice_of(one, home=home)
        if found is not None:
            yield _delivery(found, home=home).files["provenance"]
