"""What changes without a release: `status.json`, written at the end of every run, also of failed ones.

Here: the last attempts, lateness and failures of every declared source, and the last run. Not here:
what a release says of its sources (`catalogue.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pipelines.home import Home, write_json
from pipelines.landing.ledger import Ledger, LedgerRow
from pipelines.publication.catalogue import Standing, public_message, standing
from pipelines.publication.pointer import read_pointer
from pipelines.quality.arrival import CADENCE_DAYS
from pipelines.registry import Source

STATUS_FILE = "status.json"
# How far back the attempts of a source are listed.
ATTEMPTS_SHOWN = 10
NO_ANSWER = frozenset({"unavailable", "unauthorized", "contract_error"})
# The words of a source's state, as every page says them.
WORDS_ES = {
    "up_to_date": "al día",
    "late": "con retraso",
    "held_back": "retenida",
    "no_answer": "sin respuesta",
    "unpublished": "sin publicar",
}


@dataclass(frozen=True)
class RunReport:
    """How a run ended. `reasons` (Spanish): why it published nothing or not everything."""

    id: str
    started_at: str
    finished_at: str
    state: Literal["published", "unchanged", "blocked", "failed", "nothing"]
    reasons: tuple[str, ...]


def write_status(
    home: Home, *, sources: Sequence[Source], run: RunReport | None, now: datetime
) -> dict[str, Any]:
    """Write `publications/status.json`; returns what it says."""
    pointer = read_pointer(home)
    entries = [_entry(standing(source, home=home), home=home, now=now) for source in sources]
    content = {
        "written_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "current": None if pointer is None else asdict(pointer),
        "run": None if run is None else asdict(run),
        "totals": {state: sum(entry["state"] == state for entry in entries) for state in WORDS_ES},
        "sources": entries,
    }
    write_json(home.publications / STATUS_FILE, content)
    return content


def _entry(one: Standing, *, home: Home, now: datetime) -> dict[str, Any]:
    rows = Ledger(home).rows(one.source.id)
    due = _due(one)
    state = _state(one, rows, late=due is not None and due < now.astimezone(UTC).date())
    succeeded = [row for row in rows if row.state.is_good]
    return {
        "id": one.source.id,
        "title": one.source.title,
        "entity": one.source.entity,
        "system": one.source.system,
        "cadence": one.source.cadence,
        "declared_status": one.source.status,
        "state": state,
        "state_es": WORDS_ES[state],
        "reasons": list(one.reasons),
        "due_at": None if due is None else due.isoformat(),
        "last_success": succeeded[-1].finished_at if succeeded else None,
        "published_from": None if one.part is None else one.part.fetched_at,
        "held_since": None if one.held is None else one.held.fetched_at,
        "counts": one.counts,
        "attempts": [_attempt(row, one.source) for row in reversed(rows[-ATTEMPTS_SHOWN:])],
    }


def _state(one: Standing, rows: Sequence[LedgerRow], *, late: bool) -> str:
    if rows and rows[-1].state in NO_ANSWER:
        return "no_answer"
    if one.held is not None:
        return "held_back"
    if one.admitted is None:
        return "unpublished"
    return "late" if late else "up_to_date"


def _due(one: Standing) -> date | None:
    """Until when newer content was to be expected, by the publisher's own cadence."""
    allowed = CADENCE_DAYS.get(one.source.cadence)
    newest = one.held_part or one.part
    if allowed is None or newest is None or newest.content_until is None:
        return None
    return date.fromisoformat(newest.content_until) + timedelta(days=allowed)


def _attempt(row: LedgerRow, source: Source) -> Mapping[str, Any]:
    return {
        "fetch_id": row.fetch_id,
        "state": str(row.state),
        "at": row.finished_at,
        "declared": row.declared,
        "rows": row.rows,
        "quarantined": row.quarantined,
        "duplicates": row.duplicates,
        "pages_ok": row.pages_ok,
        "pages_failed": row.pages_failed,
        "message": public_message(row.message, source),
        "action": row.action,
    }
