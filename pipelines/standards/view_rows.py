"""Rows that the public view reads and writes, and how a result of a rule is written down.

Here: the shapes only. Not here: making them (`view_ocds.py`, `view_pdn.py`), Parquet (`public_view.py`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pipelines.standards.pdn import PdnSystem
from pipelines.standards.repairs.repair import RepairKind

Result = Literal["pass", "fail", "na"]
MAX_VALUE = 200


class ReleaseRow(NamedTuple):
    """One row of `standard.ocds_releases`, as far as it is needed; `release`, `positions` and `repairs` are
    JSON text.

    `repairs`: what staging repaired already, each element with the `ordinal` of its source record; None for
    nothing. `package_version`: the version of OCDS that the package says it is of.
    """

    slice_id: str
    source_id: str
    ocid: str
    release_id: str | None
    release_date: str | None
    release: str
    positions: str
    record_count: int
    ordinal: int
    conversion: str
    repairs: str | None = None
    package_version: str | None = None


class PdnRow(NamedTuple):
    """One row of `staging.stg_pdn_v1__records`; `record` is JSON text."""

    slice_id: str
    source_id: str
    system: PdnSystem
    record_id: str
    record: str
    ordinal: int
    raw_sha256: str
    page: int | None
    position: str


class Position(NamedTuple):
    """Where a source record stands: the raw object, its page (from 1) and the place in it."""

    raw_sha256: str | None
    page: int | None
    position: str | None


class PublicRelease(NamedTuple):
    """A row of `public_view.ocds_releases`."""

    slice_id: str
    source_id: str
    ocid: str
    release_id: str | None
    release_date: str | None
    release: str
    positions: str
    record_count: int
    ordinal: int
    conversion: str


class PublicProcess(NamedTuple):
    """A row of `public_view.ocds_compiled`."""

    slice_id: str
    source_id: str
    ocid: str
    compiled_date: str | None
    compiled: str
    release_count: int
    record_count: int
    positions: str
    year: int | None


class PublicPdnRecord(NamedTuple):
    """A row of `public_view.pdn_records`."""

    slice_id: str
    source_id: str
    system: PdnSystem
    record_id: str
    record: str
    record_sha256: str
    ordinal: int
    raw_sha256: str
    page: int | None
    position: str
    name_status: str


class PublicRepair(NamedTuple):
    """A row of `public_view.repairs`: one repaired value, shown as far as it may be, and its source record."""

    slice_id: str
    source_id: str
    ocid: str
    kind: RepairKind
    path: str
    original: str | None
    repaired: str | None
    is_guess: bool
    raw_sha256: str | None
    page: int | None
    position: str | None


class RuleResult(NamedTuple):
    """A row of `public_view.record_results`: one rule on one item (CONTRACT of all quality models)."""

    rule_id: str
    slice_id: str
    source_id: str
    entity_type: str
    entity_id: str
    result: Result
    failures: int
    path: str | None
    value: str | None
    raw_sha256: str | None
    page: int | None
    position: str | None


class Failure(NamedTuple):
    """One place where an item fails a rule; `value` is safe to publish."""

    path: str | None
    value: str | None
    position: Position


@dataclass(frozen=True)
class Item:
    """What results are about: a process (`ocid`) or a PDN record (`record`)."""

    slice_id: str
    source_id: str
    entity_type: Literal["ocid", "record"]
    entity_id: str
    position: Position


@dataclass
class Output:
    """Rows made by one unit of work, by table, and what was counted on the way.

    `redactions` counts by (slice_id, source_id, kind, generic path).
    """

    releases: list[PublicRelease] = field(default_factory=list)
    processes: list[PublicProcess] = field(default_factory=list)
    pdn_records: list[PublicPdnRecord] = field(default_factory=list)
    results: list[RuleResult] = field(default_factory=list)
    repairs: list[PublicRepair] = field(default_factory=list)
    redactions: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def judge(self, rule_id: str, item: Item, failures: Sequence[Failure], *, applies: bool = True) -> None:
        """Add the result of one rule on one item: not applicable, pass, or fail with its first failure
        shown.
        """
        if not applies:
            result: Result = "na"
        else:
            result = "fail" if failures else "pass"
        first = failures[0] if failures and applies else None
        position = item.position if first is None else first.position
        self.results.append(
            RuleResult(
                rule_id,
                item.slice_id,
                item.source_id,
                item.entity_type,
                item.entity_id,
                result,
                len(failures) if applies else 0,
                None if first is None else first.path,
                None if first is None else short(first.value),
                *position,
            )
        )


def short(value: Any) -> str | None:
    """`value` as text of at most 200 characters."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
