"""The rules TEQ-L*: how a source's data arrived, from the ledger, the fetch and the landed generation.

Here: the rules and what they are told (`Arrival`). Not here: gathering that (`pipelines/reports/collect.py`), rules about
what the data say (`dbt_project/models/quality/`), rules that compare two deliveries (`comparison.py`).

Everything is compared with the moment of the fetch, never with the clock, so that the same data give the same
results whenever they are read.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pipelines.landing.land import Generation
from pipelines.landing.ledger import LedgerRow
from pipelines.portals.documents import AskedDocument
from pipelines.portals.pages import Page
from pipelines.quality.metrics import load_metrics
from pipelines.quality.results import Outcome, Result
from pipelines.quality.wording import count_es, date_es, number_es
from pipelines.standards.free_text import pdn_marks, scrub

# Columns or files named in one result, and characters of each: the rest is in the layout's drift and the ledger.
MAX_NAMED = 4
MAX_NAME = 40
UTF8_NAMES = frozenset({"utf-8", "utf-8-sig", "ascii"})
# Every encoding met writes these characters alike: such a file doesn't tell which one its publisher uses.
PLAIN = "ascii"
# How old content may be by the publisher's own rhythm: one promise for the gate, the rules and the status.
CADENCE_DAYS = load_metrics()["content_age_days"].max_by_cadence
# Of how many of the last attempts nine in ten must have been answered, and how few say nothing.
ATTEMPTS_LOOKED_AT = 20
ATTEMPTS_NEEDED = 5
ANSWERED_SHARE = 0.9
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Arrival:
    """What is known of how one source's data arrived.

    cadence: the publisher's own rhythm as declared. generation: what is landed now; None when nothing ever was.
    ledger: the last attempt; None when there was none. unusable: landed records from which no release or record could
    be made. content_until: newest date in the content (ISO), None when it has none. drift: the columns that aren't as
    the layout says ({column_name, change `new` | `missing`, …}), None where the source has no layout.
    attempts: every attempt, oldest first. pages: the files and pages of the fetch that brought what is landed.
    years_by_page: the years that the processes of each of those pages speak of; a page without a date isn't there.
    documents: how a sample of the documents it names answered; None where nobody asked.
    """

    source_id: str
    cadence: str
    generation: Generation | None
    ledger: LedgerRow | None
    unusable: int
    content_until: str | None
    drift: Sequence[Mapping[str, Any]] | None
    attempts: Sequence[LedgerRow] = ()
    pages: Sequence[Page] = ()
    years_by_page: Mapping[int, Collection[int]] = field(default_factory=dict)
    documents: Sequence[AskedDocument] | None = None


@dataclass(frozen=True)
class _Finding:
    """What one rule says about the source, before it is placed in the result columns."""

    rule_id: str
    result: Outcome
    failures: int = 0
    value: str | None = None


def ledger_results(arrival: Arrival) -> list[Result]:
    """The rules TEQ-L* for one source: one row a rule, entity = the source."""
    generation = arrival.generation
    findings = [
        _reached(arrival.ledger),
        _whole(generation),
        _counted("TEQ-L03", generation, lambda landed: landed.quarantined),
        _counted("TEQ-L04", generation, lambda landed: landed.duplicates),
        _counted("TEQ-L05", generation, lambda _: arrival.unusable),
        _recent(arrival),
        _encoded(generation),
        _as_laid_out(arrival.drift),
        _without_gaps(arrival.ledger),
        _encoded_alike(generation),
        _told_once(arrival.pages),
        _as_labelled(arrival.pages, arrival.years_by_page),
        _steady(arrival.attempts),
        _renewed(arrival),
        _with_documents(arrival.documents),
    ]
    slice_id = arrival.source_id if generation is None else f"{arrival.source_id}@{generation.generation}"
    return [
        Result(
            rule_id=finding.rule_id,
            slice_id=slice_id,
            source_id=arrival.source_id,
            entity_type="source",
            entity_id=arrival.source_id,
            result=finding.result,
            failures=finding.failures,
            path=None,
            value=finding.value,
            raw_sha256=None,
            page=None,
            position=None,
        )
        for finding in findings
    ]


def labelled_years(label: str) -> frozenset[int]:
    """The years that the name of a file or page holds: `contratos_2018_2019.xlsx` -> 2018, 2019."""
    return frozenset(int(year) for year in _YEAR.findall(label))


def _reached(ledger: LedgerRow | None) -> _Finding:
    """TEQ-L01: the last attempt ended with an answer that can be used."""
    if ledger is None:
        return _Finding("TEQ-L01", "na")
    state = str(ledger.state)
    if state in {"complete", "unchanged"}:
        return _Finding("TEQ-L01", "pass")
    return _Finding("TEQ-L01", "fail", 1, state)


def _whole(generation: Generation | None) -> _Finding:
    """TEQ-L02: as many records as the portal says it has."""
    if generation is None or generation.declared is None or generation.declared_by != "portal":
        return _Finding("TEQ-L02", "na")
    received = _received(generation)
    if received == generation.declared:
        return _Finding("TEQ-L02", "pass")
    value = f"declara {number_es(generation.declared)}, entregó {number_es(received)}"
    return _Finding("TEQ-L02", "fail", abs(generation.declared - received), value)


def _counted(rule_id: str, generation: Generation | None, count: Callable[[Generation], int]) -> _Finding:
    """TEQ-L03 quarantined, TEQ-L04 byte-equal repetitions, TEQ-L05 unusable records: none is expected."""
    if generation is None:
        return _Finding(rule_id, "na")
    found = count(generation)
    if found == 0:
        return _Finding(rule_id, "pass")
    return _Finding(rule_id, "fail", found, f"{number_es(found)} de {number_es(_received(generation))}")


def _recent(arrival: Arrival) -> _Finding:
    """TEQ-L06: the newest content isn't older than the publisher's own rhythm."""
    allowed = CADENCE_DAYS.get(arrival.cadence)
    if arrival.generation is None or allowed is None or arrival.content_until is None:
        return _Finding("TEQ-L06", "na")
    age = (_day(arrival.generation.fetched_at) - date.fromisoformat(arrival.content_until[:10])).days
    if age <= allowed:
        return _Finding("TEQ-L06", "pass")
    value = f"lo más reciente es del {date_es(arrival.content_until)}, {number_es(age)} días antes"
    return _Finding("TEQ-L06", "fail", 1, value)


def _encoded(generation: Generation | None) -> _Finding:
    """TEQ-L07: the text is UTF-8, as JSON and the open-data guides demand."""
    if generation is None or not generation.encoding:
        return _Finding("TEQ-L07", "na")
    others = [name for name in generation.encoding.split(",") if name.lower() not in UTF8_NAMES]
    if not others:
        return _Finding("TEQ-L07", "pass")
    return _Finding("TEQ-L07", "fail", len(others), ", ".join(others))


def _as_laid_out(drift: Sequence[Mapping[str, Any]] | None) -> _Finding:
    """TEQ-L08: the columns are those of the layout."""
    if drift is None:
        return _Finding("TEQ-L08", "na")
    if not drift:
        return _Finding("TEQ-L08", "pass")
    told = []
    for change, words in (("missing", "faltan"), ("new", "no estaban")):
        names = {row["column_name"] for row in drift if row["change"] == change}
        if names:
            told.append(f"{words} {_named(names)}")
    return _Finding("TEQ-L08", "fail", len(drift), "; ".join(told))


def _without_gaps(ledger: LedgerRow | None) -> _Finding:
    """TEQ-L09: of a portal that answered, every file and page came. One that did not is TEQ-L01's matter."""
    if ledger is None or ledger.pages_ok == 0:
        return _Finding("TEQ-L09", "na")
    if ledger.pages_failed == 0:
        return _Finding("TEQ-L09", "pass")
    asked = ledger.pages_ok + ledger.pages_failed
    value = f"fallaron {count_es(ledger.pages_failed, asked, 'archivos o páginas')}"
    return _Finding("TEQ-L09", "fail", ledger.pages_failed, value)


def _encoded_alike(generation: Generation | None) -> _Finding:
    """TEQ-L10: all files of a delivery are written in one encoding; with and without a byte order mark counts as two."""
    encodings = [] if generation is None else generation.encoding.split(",")
    told = sorted({name.lower() for name in encodings if name and name.lower() != PLAIN})
    if not told:
        return _Finding("TEQ-L10", "na")
    if len(told) == 1:
        return _Finding("TEQ-L10", "pass")
    return _Finding("TEQ-L10", "fail", len(told), ", ".join(told))


def _told_once(pages: Sequence[Page]) -> _Finding:
    """TEQ-L11: no two addresses give the same file."""
    # A page without records is as empty as any other.
    filled = [page for page in pages if page.items]
    if len({page.url for page in filled}) < 2:
        return _Finding("TEQ-L11", "na")
    labels_by_content: dict[str, dict[str, str]] = defaultdict(dict)
    for page in filled:
        labels_by_content[page.sha256].setdefault(page.url, page.label)
    repeated = [list(labels.values()) for labels in labels_by_content.values() if len(labels) > 1]
    if not repeated:
        return _Finding("TEQ-L11", "pass")
    told = "; ".join(" = ".join(_quoted(label) for label in labels[:MAX_NAMED]) for labels in repeated[:2])
    return _Finding("TEQ-L11", "fail", sum(len(labels) - 1 for labels in repeated), told)


def _as_labelled(pages: Sequence[Page], years_by_page: Mapping[int, Collection[int]]) -> _Finding:
    """TEQ-L12: a file whose name holds a year holds at least one process of that year."""
    checked = [
        (page, labelled_years(page.label))
        for page in pages
        if page.number in years_by_page and labelled_years(page.label)
    ]
    if not checked:
        return _Finding("TEQ-L12", "na")
    wrong = [(page, years) for page, years in checked if years.isdisjoint(years_by_page[page.number])]
    if not wrong:
        return _Finding("TEQ-L12", "pass")
    told = "; ".join(
        f"{_quoted(page.label)} trae {_years_es(years_by_page[page.number])}" for page, _ in wrong[:MAX_NAMED]
    )
    return _Finding("TEQ-L12", "fail", len(wrong), told)


def _steady(attempts: Sequence[LedgerRow]) -> _Finding:
    """TEQ-L13: at least nine of ten of the last attempts were answered."""
    looked_at = attempts[-ATTEMPTS_LOOKED_AT:]
    if len(looked_at) < ATTEMPTS_NEEDED:
        return _Finding("TEQ-L13", "na")
    silent = sum(not attempt.state.is_good for attempt in looked_at)
    if len(looked_at) - silent >= ANSWERED_SHARE * len(looked_at):
        return _Finding("TEQ-L13", "pass")
    return _Finding(
        "TEQ-L13",
        "fail",
        silent,
        f"incompletos o sin respuesta {count_es(silent, len(looked_at), 'intentos')}",
    )


def _renewed(arrival: Arrival) -> _Finding:
    """TEQ-L14: what a source that answers gives isn't the same for longer than its own rhythm."""
    allowed = CADENCE_DAYS.get(arrival.cadence)
    generation, ledger = arrival.generation, arrival.ledger
    if generation is None or ledger is None or allowed is None or not ledger.state.is_good:
        return _Finding("TEQ-L14", "na")
    same = (_day(ledger.finished_at) - _day(generation.fetched_at)).days
    if same <= allowed:
        return _Finding("TEQ-L14", "pass")
    value = f"lo mismo desde el {date_es(generation.fetched_at)}, {number_es(same)} días"
    return _Finding("TEQ-L14", "fail", 1, value)


def _with_documents(asked: Sequence[AskedDocument] | None) -> _Finding:
    """TEQ-L15: the documents it names are there."""
    if not asked:
        return _Finding("TEQ-L15", "na")
    missing = [one for one in asked if not one.is_available]
    if not missing:
        return _Finding("TEQ-L15", "pass")
    first = missing[0]
    why = f"estado {first.status}" if first.status is not None else first.reason
    value = f"{count_es(len(missing), len(asked), 'documentos')}; el primero: {first.url} ({why})"
    return _Finding("TEQ-L15", "fail", len(missing), scrub(value, pdn_marks())[0])


def _received(generation: Generation) -> int:
    return generation.records + generation.duplicates + generation.quarantined


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).date()


def _named(names: Collection[str]) -> str:
    """The first names, in quotes, and how many more there are."""
    # What stands where a header is expected could be anything.
    shown = sorted({scrub(name, pdn_marks())[0] for name in names})
    more = f" y {number_es(len(shown) - MAX_NAMED)} más" if len(shown) > MAX_NAMED else ""
    return ", ".join(f"«{name[:MAX_NAME]}»" for name in shown[:MAX_NAMED]) + more


def _quoted(label: str) -> str:
    return f"«{scrub(label, pdn_marks())[0][:MAX_NAME]}»"


def _years_es(years: Collection[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} a {last}"
