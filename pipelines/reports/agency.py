"""What one publisher's report says, as data: a pure function from plain values to ``AgencyReport``.

Here: the account of records, the corrections that help most, what got better or worse, examples with their
position in the agency's own file.
Not here: HTML and files (``render``, ``site``), rules, scores and their texts (``pipelines.quality``), the
vocabulary of states (``states``), reading the shelves (``collect``). Nothing reads a clock: every date is an
argument, so equal inputs give equal reports.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pipelines.quality.catalogue import Catalogue, Rule
from pipelines.quality.results import RuleScore, quality_score, rule_scores, weight
from pipelines.registry import Agency, Source
from pipelines.reports.format_es import Lang
from pipelines.reports.states import ADMITTED, RuleState, SourceState, failing_since, source_state

EXAMPLES_SHOWN = 5
CORRECTIONS_SHOWN = 10
CHANGES_SHOWN = 5
HISTORY_SHOWN = 12
ATTEMPTS_SHOWN = 10
QUARANTINE_SHOWN = 20
# Kind of redaction for fields that are unknown to the allow-list.
NOT_LISTED = "not_listed"
# A median of fewer than three others would point at one of them.
PEERS_NEEDED = 3


class ReportError(ValueError):
    """Inputs that contradict each other: which source, what was found and what was expected."""


@dataclass(frozen=True)
class SourceReportInput:
    """Everything the report needs of one source, as plain values.

    state: ledger state of the last attempt, or None when the source was never asked.
    attempts: ledger rows, oldest first (started_at, state, declared, rows, message …).
    verdict: {admitted, checks, reasons_es} of the last judgement, each check {name, passed, blocking,
        reason_es, missing_es, rule_ids}; None when there was nothing to judge.
    counts: {declared, published, quarantined, duplicates, unusable} of the judged slice, in source records,
        and declared_by (portal | count). ``published`` is what the slice holds, admitted or not;
        ``quarantined`` includes the unusable ones. Empty or None without a slice.
    summary: one {rule_id, pass, fail, na, failures} a rule, counted in entities of the rule's grain.
    examples: rows of the quality results with result = 'fail' (rule_id, entity_type, entity_id, failures,
        path, value, raw_sha256, page, position; ``collection`` where a source has several).
    redactions: {kind, path, count}. repairs: {kind, count, guesses}, values repaired on the way to the
        standard. quarantine: {page, position, reason_code, reason, excerpt_masked}.
    fetched_at: ISO instant of the judged delivery. published_generation_date: ISO date or instant of the
        delivery that stands in the release, None when none does. held_since: ISO date or instant.
    published_records: records of the delivery that stands in the release.
    history: {delivery, score} of earlier admitted deliveries, oldest first, without this one.
    files: paths below the release root.
    """

    source: Source
    state: str | None
    attempts: Sequence[Mapping[str, Any]] = ()
    verdict: Mapping[str, Any] | None = None
    counts: Mapping[str, Any] | None = None
    summary: Sequence[Mapping[str, Any]] = ()
    examples: Sequence[Mapping[str, Any]] = ()
    redactions: Sequence[Mapping[str, Any]] = ()
    repairs: Sequence[Mapping[str, Any]] = ()
    quarantine: Sequence[Mapping[str, Any]] = ()
    fetched_at: str | None = None
    published_generation_date: str | None = None
    published_records: int | None = None
    held_since: str | None = None
    history: Sequence[Mapping[str, Any]] = ()
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Account:
    """Where every declared record went.

    declared = published + held_back + quarantined + duplicates + missing - surplus, in source records.
    declared_by: portal | count (the portal states no total, so its records were counted). quarantined: could
    not be read, or were read and are unusable (``unusable`` is that part). missing: declared and never
    received. surplus: received beyond what was declared.
    """

    declared: int | None
    declared_by: str | None
    published: int
    held_back: int
    quarantined: int
    unusable: int
    duplicates: int
    missing: int
    surplus: int

    @property
    def received(self) -> int:
        return self.published + self.held_back + self.quarantined + self.duplicates


@dataclass(frozen=True)
class Example:
    """One place where a rule fails; ``value`` is masked already where it is personal."""

    entity_id: str
    where_es: str
    where_en: str
    path: str | None
    value: str | None


@dataclass(frozen=True)
class RuleRow:
    """One rule over one source: entities that meet it, fail it, or have nothing it applies to.

    failures: places that fail (an entity may fail in several). gain: points (of 100) the score would win if
    every failing entity were corrected.
    """

    rule: Rule
    passed: int
    failed: int
    not_applicable: int
    failures: int
    gain: float
    examples: tuple[Example, ...]

    @property
    def state(self) -> RuleState:
        if self.failed > 0:
            return "fail"
        return "pass" if self.passed > 0 else "na"

    @property
    def applicable(self) -> int:
        return self.passed + self.failed


@dataclass(frozen=True)
class Change:
    """One rule then and now, by its failing share."""

    rule: Rule
    before_failed: int
    before_applicable: int
    failed: int
    applicable: int
    difference: float
    """Change of the failing share in percentage points; below zero is better."""


@dataclass(frozen=True)
class Check:
    """One check of the gate."""

    name: str
    passed: bool
    blocking: bool
    reason_es: str
    missing_es: str | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Quality:
    """The score, what it rests on, and how it stands beside its past and its peers."""

    score: float | None
    rules_applicable: int
    rules_failing: int
    difference: float | None
    history: tuple[tuple[str, float], ...]
    peer_median: float | None
    peers: int


@dataclass(frozen=True)
class SourceReport:
    """One source's part of the report."""

    source: Source
    state: SourceState
    ledger_state: str | None
    since: str | None
    fetched_at: str | None
    published_generation_date: str | None
    published_records: int | None
    last_message: str | None
    account: Account | None
    checks: tuple[Check, ...]
    reasons_es: tuple[str, ...]
    quality: Quality
    corrections: tuple[RuleRow, ...]
    rules: tuple[RuleRow, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    previous_delivery: str | None
    redactions: tuple[Mapping[str, Any], ...]
    repairs: tuple[Mapping[str, Any], ...]
    quarantine: tuple[Mapping[str, Any], ...]
    attempts: tuple[Mapping[str, Any], ...]
    files: tuple[str, ...]
    failures: tuple[Mapping[str, Any], ...]

    @property
    def published_now(self) -> int | None:
        """Records of this source in the release; None when the size of an older delivery isn't known."""
        if self.published_generation_date is None:
            return 0
        if self.published_records is None and self.account is not None and self.state in ADMITTED:
            return self.account.published
        return self.published_records

    @property
    def rules_failing(self) -> tuple[RuleRow, ...]:
        return tuple(row for row in self.rules if row.state == "fail")

    @property
    def blocking(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.blocking and not check.passed)

    @property
    def warnings(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.blocking and not check.passed)

    @property
    def reserved(self) -> tuple[Mapping[str, Any], ...]:
        """Personal data taken out, by kind."""
        return tuple(row for row in self.redactions if row["kind"] != NOT_LISTED)

    @property
    def reserved_values(self) -> int:
        return sum(row["count"] for row in self.reserved)

    @property
    def not_listed(self) -> Mapping[str, Any] | None:
        """What was left out because no list says that it may be published; it isn't known to be personal."""
        return next((row for row in self.redactions if row["kind"] == NOT_LISTED), None)


@dataclass(frozen=True)
class AgencyReport:
    """All sources of one publisher in one release; ``release`` is None when nothing was released."""

    agency: Agency
    release: str | None
    rules_version: str
    sources: tuple[SourceReport, ...]

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(report.source.entity for report in self.sources))


def agency_reports(
    inputs: Sequence[SourceReportInput],
    *,
    catalogue: Catalogue,
    release_name: str | None,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[AgencyReport, ...]:
    """One report a publisher, in the order its first source is given.

    previous: source id -> {delivery, summary} of the last admitted delivery with other content.

    Raises:
        CatalogueError: a summary, example or check names a rule without a text.
        ReportError: inputs that contradict each other.
    """
    scores = {given.source.id: quality_score(rule_scores(given.summary, catalogue)) for given in inputs}
    by_agency: dict[str, list[SourceReport]] = {}
    for given in inputs:
        report = source_report(
            given,
            catalogue=catalogue,
            previous=(previous or {}).get(given.source.id),
            peers=[
                score
                for other in inputs
                if other.source.system == given.source.system and other.source.id != given.source.id
                if (score := scores[other.source.id]) is not None
            ],
        )
        by_agency.setdefault(given.source.publisher.id, []).append(report)
    return tuple(
        AgencyReport(
            agency=reports[0].source.publisher,
            release=release_name,
            rules_version=catalogue.version,
            sources=tuple(reports),
        )
        for reports in by_agency.values()
    )


def source_report(
    given: SourceReportInput,
    *,
    catalogue: Catalogue,
    previous: Mapping[str, Any] | None,
    peers: Sequence[float],
) -> SourceReport:
    """The report of one source; ``peers`` are the scores of the other sources of the same system."""
    rows = rule_rows(given, catalogue=catalogue)
    state = source_state(
        ledger_state=given.state, verdict=given.verdict, published=given.published_generation_date is not None
    )
    better, worse = changes(rows, previous=previous)
    checks = gate_checks(given.verdict, catalogue=catalogue)
    holding = {rule.id for check in checks if check.blocking and not check.passed for rule in check.rules}
    return SourceReport(
        source=given.source,
        state=state,
        ledger_state=given.state,
        since=failing_since(given.attempts) if state == "no_answer" else given.held_since,
        fetched_at=given.fetched_at,
        published_generation_date=given.published_generation_date,
        published_records=given.published_records,
        last_message=given.attempts[-1].get("message") if given.attempts else None,
        account=account(given),
        checks=checks,
        reasons_es=tuple(given.verdict["reasons_es"]) if given.verdict is not None else (),
        quality=_quality(given, rows=rows, catalogue=catalogue, peers=peers),
        corrections=corrections(rows, holding=holding),
        rules=rows,
        better=better,
        worse=worse,
        previous_delivery=previous["delivery"] if previous is not None else None,
        redactions=_redactions_by_kind(given.redactions),
        repairs=tuple(sorted(given.repairs, key=lambda row: (-row["count"], row["kind"]))),
        quarantine=tuple(given.quarantine),
        attempts=tuple(given.attempts),
        files=tuple(given.files),
        failures=tuple(sorted(given.examples, key=_example_order)),
    )


def account(given: SourceReportInput) -> Account | None:
    """Where the declared records of the judged delivery went, or None when there was none.

    What wasn't admitted is held back whole.

    Raises:
        ReportError: a count is missing or below zero, or the unusable records exceed the quarantined ones.
    """
    counts = given.counts
    if not counts:
        return None
    usable, quarantined, unusable, duplicates = (
        _count(given, name) for name in ("published", "quarantined", "unusable", "duplicates")
    )
    if unusable > quarantined:
        raise ReportError(
            f"{given.source.id}: {unusable} unusable records but {quarantined} in quarantine; expected the "
            "first to be a part of the second"
        )
    admitted = given.verdict is not None and bool(given.verdict["admitted"])
    received = usable + quarantined + duplicates
    declared = counts["declared"]
    return Account(
        declared=declared,
        declared_by=counts.get("declared_by"),
        published=usable if admitted else 0,
        held_back=0 if admitted else usable,
        quarantined=quarantined,
        unusable=unusable,
        duplicates=duplicates,
        missing=max(0, declared - received) if declared is not None else 0,
        surplus=max(0, received - declared) if declared is not None else 0,
    )


def _count(given: SourceReportInput, name: str) -> int:
    value = (given.counts or {}).get(name)
    if not isinstance(value, int) or value < 0:
        raise ReportError(f"{given.source.id}: counts.{name} is {value}; expected a number of records")
    return value


def rule_rows(given: SourceReportInput, *, catalogue: Catalogue) -> tuple[RuleRow, ...]:
    """Every rule of the source's system, in the catalogue's order; one without counts doesn't apply.

    Empty when nothing was counted: without a delivery no rule was looked at, which isn't «no aplica».
    """
    if not given.summary:
        return ()
    scores = {score.rule.id: score for score in rule_scores(given.summary, catalogue)}
    weights = sum(weight(score.rule) for score in scores.values() if score.applied > 0)
    examples = _examples_by_rule(given, catalogue=catalogue)
    return tuple(
        _rule_row(
            scores.get(rule.id, RuleScore(rule, 0, 0, 0, 0)),
            weights=weights,
            examples=tuple(examples.get(rule.id, ())),
        )
        for rule in catalogue.rules
        if rule.id in scores or given.source.system in rule.systems
    )


def _rule_row(score: RuleScore, *, weights: int, examples: tuple[Example, ...]) -> RuleRow:
    lost = weight(score.rule) * score.failed / score.applied if score.failed > 0 else 0.0
    return RuleRow(
        rule=score.rule,
        passed=score.passed,
        failed=score.failed,
        not_applicable=score.not_applicable,
        failures=score.failures,
        gain=100 * lost / weights if weights > 0 else 0.0,
        examples=examples,
    )


def corrections(rows: Iterable[RuleRow], *, holding: Collection[str] = ()) -> tuple[RuleRow, ...]:
    """The failing rules that hold the source back (`holding`, rule ids), then those whose correction would raise the
    score most; then by failing entities, then by id."""

    def order(row: RuleRow) -> tuple[bool, float, int, str]:
        return (row.rule.id not in holding, -row.gain, -row.failed, row.rule.id)

    return tuple(sorted((row for row in rows if row.failed > 0), key=order)[:CORRECTIONS_SHOWN])


def changes(
    rows: Iterable[RuleRow], *, previous: Mapping[str, Any] | None
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """(better, worse) since the previous release, the largest change of the failing share first."""
    if previous is None:
        return (), ()
    before = {row["rule_id"]: row for row in previous["summary"]}
    found = []
    for row in rows:
        old = before.get(row.rule.id)
        if old is None or row.applicable == 0 or old["pass"] + old["fail"] == 0:
            continue
        was = old["pass"] + old["fail"]
        difference = 100 * row.failed / row.applicable - 100 * old["fail"] / was
        if row.failed * was != old["fail"] * row.applicable:
            found.append(
                Change(
                    rule=row.rule,
                    before_failed=old["fail"],
                    before_applicable=was,
                    failed=row.failed,
                    applicable=row.applicable,
                    difference=difference,
                )
            )
    found.sort(key=lambda change: (-abs(change.difference), change.rule.id))
    better = tuple(change for change in found if change.difference < 0)
    worse = tuple(change for change in found if change.difference > 0)
    return better[:CHANGES_SHOWN], worse[:CHANGES_SHOWN]


def gate_checks(verdict: Mapping[str, Any] | None, *, catalogue: Catalogue) -> tuple[Check, ...]:
    if verdict is None:
        return ()
    return tuple(
        Check(
            name=check["name"],
            passed=bool(check["passed"]),
            blocking=bool(check["blocking"]),
            reason_es=check["reason_es"],
            missing_es=check["missing_es"],
            rules=tuple(catalogue.get(rule_id) for rule_id in check["rule_ids"]),
        )
        for check in verdict["checks"]
    )


def where(
    source: Source, *, page: int | None, position: str | None, collection: str | None, lang: Lang
) -> str:
    """Where a record stands in what the agency sent.

    «contratos.csv, fila 17», or «página 3, elemento 18 (/results/17)» for a portal that gives pages.

    Raises:
        ReportError: a page beyond the files that the source declares.
    """
    parts = []
    if collection is not None:
        parts.append(f"colección {collection}" if lang == "es" else f"collection {collection}")
    if page is not None:
        parts.append(_page_words(source, page, lang=lang))
    if position is not None:
        parts.append(_position_words(position, lang=lang))
    if not parts:
        return "toda la entrega" if lang == "es" else "the whole delivery"
    return ", ".join(parts)


# Protocols whose answers are pages of a collection.
PDN_PAGED = ("pdn_rest", "pdn_directus", "pdn_public")


def _page_words(source: Source, page: int, *, lang: Lang) -> str:
    if source.protocol == "bulk_files":
        files = source.parameters["files"]
        if not 1 <= page <= len(files):
            raise ReportError(
                f"{source.id}: page {page} of an example; expected 1 to {len(files)}, its files"
            )
        file = files[page - 1]
        address = file["url"] if "url" in file else file["path"]
        parts = urlsplit(address)
        name = parts.path.rsplit("/", 1)[-1]
        # Some portals tell their files apart by the query alone.
        return unquote(f"{name}?{parts.query}" if parts.query else name)
    words = {"pdn_bulk": ("archivo", "file"), **dict.fromkeys(PDN_PAGED, ("página", "page"))}
    word = words.get(source.protocol, ("respuesta", "answer"))
    return f"{word[0] if lang == 'es' else word[1]} {page}"


def _position_words(position: str, *, lang: Lang) -> str:
    if lang == "en":
        position = re.sub(r"^hoja «(.*)», fila (\d+)$", r"sheet “\1”, row \2", position)
        position = re.sub(r"^fila ", "row ", re.sub(r"^línea ", "line ", position))
    pointer = re.fullmatch(r"(?:.*/)(\d+)", position)
    if pointer is None or not position.startswith("/"):
        return position
    word = "elemento" if lang == "es" else "item"
    return f"{word} {int(pointer.group(1)) + 1} ({position})"


def _examples_by_rule(given: SourceReportInput, *, catalogue: Catalogue) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for row in sorted(given.examples, key=_example_order):
        rule = catalogue.get(row["rule_id"])
        if len(found[rule.id]) < EXAMPLES_SHOWN:
            found[rule.id].append(
                Example(
                    entity_id=row["entity_id"],
                    where_es=place_of(given.source, row, lang="es"),
                    where_en=place_of(given.source, row, lang="en"),
                    path=row["path"],
                    value=row["value"],
                )
            )
    return found


def place_of(source: Source, row: Mapping[str, Any], *, lang: Literal["es", "en"]) -> str:
    """Where a failure stands in what the agency sent; see ``where``."""
    if row.get("entity_type") != "source" and row["page"] is None and row["position"] is None:
        # What a delivery withdrew stands nowhere in it.
        return "ya no está en la entrega" if lang == "es" else "no longer in the delivery"
    return where(
        source, page=row["page"], position=row["position"], collection=row.get("collection"), lang=lang
    )


def _example_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By rule, then as the agency would leaf through its file: page, then position, numbers as numbers."""
    return (
        row["rule_id"],
        row.get("collection") or "",
        row["page"] or 0,
        natural(row["position"] or ""),
        row["entity_id"],
        row["path"] or "",
    )


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which «fila 9» comes before «fila 10»."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    )


def _quality(
    given: SourceReportInput, *, rows: Sequence[RuleRow], catalogue: Catalogue, peers: Sequence[float]
) -> Quality:
    score = quality_score(rule_scores(given.summary, catalogue))
    history = tuple((row["delivery"], float(row["score"])) for row in given.history)[-(HISTORY_SHOWN - 1) :]
    return Quality(
        score=score,
        rules_applicable=sum(row.state != "na" for row in rows),
        rules_failing=sum(row.state == "fail" for row in rows),
        difference=score - history[-1][1] if score is not None and history else None,
        history=history,
        peer_median=median(peers) if len(peers) >= PEERS_NEEDED else None,
        peers=len(peers),
    )


def _redactions_by_kind(redactions: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """One row a kind: how many values were removed and in which fields, most first."""
    counts: dict[str, int] = defaultdict(int)
    paths: dict[str, set[str]] = defaultdict(set)
    for row in redactions:
        counts[row["kind"]] += row["count"]
        paths[row["kind"]].add(row["path"])
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return tuple({"kind": kind, "count": counts[kind], "paths": tuple(sorted(paths[kind]))} for kind in kinds)
