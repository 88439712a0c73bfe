"""The ledger: one row for each fetch of a source, `ledger/<source>/<fetch_id>.json`.

A row is written when the fetch ends and completed when its content is landed. It holds no personal data:
counts, state and a message for people. Not here: the requests of a fetch (manifest, `archive.py`), the
verdict on it (`pipelines/quality/gate.py`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pipelines.home import Home, read_json, write_json
from pipelines.portals.errors import FetchState


@dataclass(frozen=True)
class LedgerRow:
    """What one fetch brought. Counts are `None` when they are not known, never 0 in their place.

    `declared`: what the portal says it has (`declared_by` "portal"), or what stands in its files when it
    declares nothing ("count"). `rows`: records found, the unusable ones included. `quarantined`,
    `duplicates`, `distinct_ids` and `generation` are known after landing. `message`, `expected`, `action`:
    Spanish. `portal_seconds`: of the fetch's seconds, those spent waiting for the portal.
    """

    fetch_id: str
    source_id: str
    started_at: str
    finished_at: str
    state: FetchState
    declared: int | None
    declared_by: Literal["portal", "count"] | None
    rows: int | None
    distinct_ids: int | None
    pages_ok: int
    pages_failed: int
    bytes: int
    message: str
    url: str | None
    expected: str | None
    action: str | None
    content_digest: str | None
    generation: str | None = None
    quarantined: int | None = None
    duplicates: int | None = None
    portal_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """How long the fetch took, the wait for the portal included."""
        began, ended = map(datetime.fromisoformat, (self.started_at, self.finished_at))
        return round((ended - began).total_seconds(), 3)


_FIELDS = frozenset(field.name for field in fields(LedgerRow))


class Ledger:
    """Reads and writes the rows below `home.ledger`."""

    def __init__(self, home: Home) -> None:
        self._folder = home.ledger

    def write(self, row: LedgerRow) -> None:
        """Write or replace the row of one fetch, atomically."""
        write_json(self._path(row.source_id, row.fetch_id), asdict(row))

    def row(self, source_id: str, fetch_id: str) -> LedgerRow | None:
        """The row of one fetch."""
        path = self._path(source_id, fetch_id)
        return _row(read_json(path)) if path.is_file() else None

    def rows(self, source_id: str) -> tuple[LedgerRow, ...]:
        """All rows of a source, oldest first."""
        return tuple(_row(read_json(path)) for path in reversed(list(self._newest_first(source_id))))

    def last(self, source_id: str) -> LedgerRow | None:
        """The row of the newest fetch, whatever its state."""
        return next((_row(read_json(path)) for path in self._newest_first(source_id)), None)

    def last_with_content(self, source_id: str) -> LedgerRow | None:
        """The newest fetch that brought (or confirmed) content: complete, partial or unchanged."""
        rows = (_row(read_json(path)) for path in self._newest_first(source_id))
        return next((row for row in rows if row.state.has_content), None)

    def first_with_digest(self, source_id: str, content_digest: str) -> LedgerRow | None:
        """The oldest fetch that brought exactly this content."""
        return next((row for row in self.rows(source_id) if row.content_digest == content_digest), None)

    def _newest_first(self, source_id: str) -> Iterator[Path]:
        # Fetch ids are UTC instants, so their order as text is their order in time.
        return iter(sorted((self._folder / source_id).glob("*.json"), reverse=True))

    def _path(self, source_id: str, fetch_id: str) -> Path:
        return self._folder / source_id / f"{fetch_id}.json"


def _row(document: dict[str, Any]) -> LedgerRow:
    known = {name: value for name, value in document.items() if name in _FIELDS}
    return LedgerRow(**{**known, "state": FetchState(known["state"])})
