"""Rows that the public view reads and writes, and how a result of a rule is written down.

Here: the shapes only. Not here: making them (`view_ocds.py`, `view_pdn.py`), Parquet (`public_view.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, NamedTuple

from pipelines.standards.pdn import PdnSystem
from pipelines.standards.privacy import Finding, counts
from pipelines.standards.repairs.repair import RepairKind

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
    """One row of `staging.pdn_records`; `record` is JSON text."""

    slice_id: str
    source_id: str
    system: PdnSystem
    dialect: str
    collection: str
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
    """A row of `public_view.ocds_releases`; `release` is UTF-8."""

    slice_id: str
    source_id: str
    ocid: str
    release_id: str | None
    release_date: str | None
    release: bytes
    positions: str
    record_count: int
    ordinal: int
    conversion: str


class PublicProcess(NamedTuple):
    """A row of `public_view.ocds_compiled`; `compiled` is UTF-8."""

    slice_id: str
    source_id: str
    ocid: str
    compiled_date: str | None
    compiled: bytes
    release_count: int
    record_count: int
    positions: str
    year: int | None


class PublicAdditionalFields(NamedTuple):
    """A row of `public_view.additional_fields`: what no table reads of one object of a process.

    `members`: name and kind of each (`additional_fields.py`).
    """

    slice_id: str
    source_id: str
    ocid: str
    path: str
    object: str
    additional_fields: str
    members: Sequence[Mapping[str, str]]


class PublicPdnRecord(NamedTuple):
    """A row of `public_view.pdn_records`.

    Of S2 and S3: `record_v1` and `record_v2` are the public record in the shape of each generation (S2 v1 has no
    `record_v2`), `collection_v2` the collection of v2 it belongs to (None: nothing says which), `gravity` of S3 graves,
    no_graves or undetermined, `withheld` the paths of received fields that aren't public, comma separated.
    """

    slice_id: str
    source_id: str
    system: PdnSystem
    dialect: str
    collection: str
    record_id: str
    record: str
    record_sha256: str
    ordinal: int
    raw_sha256: str
    page: int | None
    position: str
    name_status: str
    record_v1: str | None = None
    record_v2: str | None = None
    collection_v2: str | None = None
    gravity: str | None = None
    withheld: str = ""


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


class RuleFailure(NamedTuple):
    """One rule that one item fails: how often, and its first failure."""

    rule_id: str
    slice_id: str
    source_id: str
    entity_type: str
    entity_key: str
    entity_id: str
    failures: int
    path: str | None
    value: str | None
    raw_sha256: str | None
    page: int | None
    position: str | None


class Verdicts(NamedTuple):
    """The rules that one item passes and those that don't apply to it, comma separated.

    Few combinations exist, so that they cost next to nothing; a row for each rule would be most of the view.
    """

    slice_id: str
    source_id: str
    entity_type: str
    entity_key: str
    entity_id: str
    passed: str
    not_applicable: str
    raw_sha256: str | None
    page: int | None
    position: str | None


class Removal(NamedTuple):
    """How often one kind of reserved data was removed from one item (`entity_id` '': from several), at one generic
    path.
    """

    slice_id: str
    source_id: str
    entity_id: str
    kind: str
    path: str
    times: int


class Failure(NamedTuple):
    """One place where an item fails a rule; `value` is safe to publish."""

    path: str | None
    value: str | None
    position: Position


@dataclass(slots=True)
class Item:
    """What results are about: a process (`ocid`) or a PDN record (`record`); and the rules it was judged by so far.
    `entity_key` tells it apart within its slice, as in the quality models: the ocid, or the ordinal of a record.
    """

    slice_id: str
    source_id: str
    entity_type: Literal["ocid", "record"]
    entity_key: str
    entity_id: str
    position: Position
    passed: list[str] = field(default_factory=list)
    not_applicable: list[str] = field(default_factory=list)


class Stopwatch:
    """Adds the time since the last lap to a step."""

    __slots__ = ("_last", "_seconds")

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = perf_counter()

    def lap(self, step: str) -> None:
        """The step that ends now."""
        now = perf_counter()
        self._seconds[step] += now - self._last
        self._last = now


@dataclass
class Output:
    """Rows made by one unit of work, by table; `merged` counts processes by the way their releases were merged
    (`published`: they came compiled), `seconds` adds up the time of each step.
    """

    releases: list[PublicRelease] = field(default_factory=list)
    processes: list[PublicProcess] = field(default_factory=list)
    additional_fields: list[PublicAdditionalFields] = field(default_factory=list)
    pdn_records: list[PublicPdnRecord] = field(default_factory=list)
    pdn_past: list[PublicPdnRecord] = field(default_factory=list)
    failures: list[RuleFailure] = field(default_factory=list)
    verdicts: list[Verdicts] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    repairs: list[PublicRepair] = field(default_factory=list)
    merged: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def judge(self, rule_id: str, item: Item, failures: Sequence[Failure], *, applies: bool = True) -> None:
        """Add the result of one rule on one item: not applicable, pass, or fail with its first failure
        shown.
        """
        if not applies:
            item.not_applicable.append(rule_id)
            return
        if not failures:
            item.passed.append(rule_id)
            return
        first = failures[0]
        self.failures.append(
            RuleFailure(
                rule_id,
                item.slice_id,
                item.source_id,
                item.entity_type,
                item.entity_key,
                item.entity_id,
                len(failures),
                first.path,
                short(first.value),
                *first.position,
            )
        )

    def finish(self, item: Item, findings: Iterable[Finding]) -> None:
        """Write down what the item passed, once every rule has judged it, and what was removed from it."""
        self.verdicts.append(
            Verdicts(
                item.slice_id,
                item.source_id,
                item.entity_type,
                item.entity_key,
                item.entity_id,
                ",".join(item.passed),
                ",".join(item.not_applicable),
                *item.position,
            )
        )
        for (kind, path), count in counts(findings).items():
            self.removals.append(Removal(item.slice_id, item.source_id, item.entity_id, kind, path, count))


def short(value: Any) -> str | None:
    """`value` as text of at most 200 characters."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
