"""What the reports need, gathered from the shelves: ledger, receipts, slices, quarantine.

Here: reading. Not here: the rules that no slice holds results of (`delivery_rules.py`), what a report says
(`agency.py`), how it looks (`render.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.publication import layout
from pipelines.publication.admission import Judgement
from pipelines.publication.catalogue import public_message
from pipelines.publication.slices import Slice, read_slice, slice_folder
from pipelines.quality import receipt
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.receipt import Receipt
from pipelines.quality.results import quality_score, rule_scores
from pipelines.registry import Source
from pipelines.reports.agency import SourceReportInput
from pipelines.reports.delivery_rules import CrossSource, delivery_rules, read_cross_source

# The report shows the first ones and counts all; a file with every row is no longer a page.
QUARANTINE_ROWS = 500


def report_inputs(
    judgements: Sequence[Judgement], *, home: Home, staged: Path | None = None
) -> list[SourceReportInput]:
    """One input for each judged source, in the given order. `staged`: the release that is being written, which tells
    what other sources say; None without one."""
    others = read_cross_source(staged, [judgement.source for judgement in judgements])
    return [_input(judgement, home=home, others=others) for judgement in judgements]


def previous_summaries(judgements: Sequence[Judgement], *, home: Home) -> dict[str, Mapping[str, Any]]:
    """By source, the rule counts of the last delivery with other content that was admitted, and its date."""
    found: dict[str, Mapping[str, Any]] = {}
    for judgement in judgements:
        judged = judgement.candidate
        for earlier in reversed(receipt.all_of(home, judgement.source.id)):
            other = judged is None or earlier.generation != judged.generation
            if earlier.admitted and other:
                summary = read_slice(home, earlier.source_id, earlier.slice_key).summary
                found[judgement.source.id] = {"delivery": earlier.fetched_at, "summary": summary}
                break
    return found


def _input(judgement: Judgement, *, home: Home, others: CrossSource) -> SourceReportInput:
    source, judged, good = judgement.source, judgement.candidate, judgement.admitted
    beside = delivery_rules(judgement, others=others, home=home)
    receipts = receipt.all_of(home, source.id)
    return SourceReportInput(
        source=source,
        state=judgement.ledger.state.value if judgement.ledger is not None else None,
        attempts=[_attempt(row, source) for row in _telling(Ledger(home).rows(source.id))],
        verdict=asdict(judgement.verdict),
        counts=_counts(judged, home=home) if judged is not None else {},
        summary=[*(judged.summary if judged is not None else ()), *beside.summary],
        examples=[*(_failures(judged, home=home) if judged is not None else ()), *beside.failures],
        redactions=judged.redactions if judged is not None else (),
        repairs=judged.repairs if judged is not None else (),
        quarantine=_quarantine(judged, home=home) if judged is not None else (),
        fetched_at=judged.fetched_at if judged is not None else None,
        published_generation_date=good.fetched_at if good is not None else None,
        published_records=good.published if good is not None else None,
        held_since=_held_since(receipts),
        history=_history(receipts, home=home, without=judged.generation if judged is not None else None),
        files=_files(good, home=home) if good is not None else (),
    )


def _telling(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The attempts that say something new: of a source that answers the same every day, the first answer.

    An `unchanged` answer after a failure stays: it ends the time without answer.
    """
    return [
        row
        for before, row in zip([None, *rows], rows, strict=False)
        if row.state != "unchanged" or (before is not None and not before.state.is_good)
    ]


def _attempt(row: LedgerRow, source: Source) -> dict[str, Any]:
    """One attempt as it may be published: without the addresses that were agreed in private."""
    return {
        "fetch_id": row.fetch_id,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "state": row.state.value,
        "declared": row.declared,
        "rows": row.rows,
        "quarantined": row.quarantined,
        "duplicates": row.duplicates,
        "pages_ok": row.pages_ok,
        "pages_failed": row.pages_failed,
        "url": row.url if source.url_env is None else None,
        "message": public_message(row.message, source),
        "action": row.action,
    }


def _history(receipts: Sequence[Receipt], *, home: Home, without: str | None) -> list[dict[str, Any]]:
    """The score of each delivery that was admitted before, oldest first."""
    scores: dict[str, dict[str, Any]] = {}
    for judged in receipts:
        if judged.admitted and judged.generation not in scores and judged.generation != without:
            summary = read_slice(home, judged.source_id, judged.slice_key).summary
            score = quality_score(rule_scores(summary, load_catalogue()))
            if score is not None:
                scores[judged.generation] = {"delivery": judged.fetched_at, "score": score}
    return list(scores.values())


def _counts(judged: Slice, *, home: Home) -> dict[str, Any]:
    generation = land.read_generation(home, judged.source_id, judged.generation)
    return {**judged.counts, "declared_by": generation.declared_by if generation is not None else None}


def _failures(judged: Slice, *, home: Home) -> list[dict[str, Any]]:
    path = layout.table_path(layout.RESULTS_FOLDER, judged.source_id)
    return _rows(slice_folder(home, judged.source_id, judged.key) / layout.SLICE_FILES / path, limit=None)


def _quarantine(judged: Slice, *, home: Home) -> list[dict[str, Any]]:
    generation = land.read_generation(home, judged.source_id, judged.generation)
    return [] if generation is None else _rows(land.quarantine_path(home, generation), limit=QUARANTINE_ROWS)


def _rows(path: Path, *, limit: int | None) -> list[dict[str, Any]]:
    """The rows of one Parquet file, in its order."""
    with pq.ParquetFile(path) as file:
        if limit is None:
            return list(file.read().to_pylist())
        batches = file.iter_batches(batch_size=limit)
        # A batch may be smaller than asked for where a row group ends.
        return list(islice((row for batch in batches for row in batch.to_pylist()), limit))


def _files(good: Receipt, *, home: Home) -> list[str]:
    return [file.path for file in read_slice(home, good.source_id, good.slice_key).files]


def _held_since(receipts: Sequence[Receipt]) -> str | None:
    """The first verdict of the unbroken row of held-back ones at the end; None when the last one admits."""
    since: str | None = None
    for judged in reversed(receipts):
        if judged.admitted:
            break
        since = judged.judged_at
    return since
