"""The five states of a source and the three of a rule: one word, one shape and one colour class for each.

Here: the vocabulary and how a source's state follows from its ledger and its verdict.
Not here: the gate's judgement itself (``pipelines.quality.gate``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.quality.gate import STATES_ES

SourceState = Literal["up_to_date", "late", "held_back", "no_answer", "unpublished"]
RuleState = Literal["pass", "fail", "na"]

# Ledger states of attempts that brought nothing to judge: a reader sees «sin respuesta», with the cause.
SILENT = frozenset({"unavailable", "unauthorized", "contract_error"})

# States in which the judged delivery itself is the published one.
ADMITTED: frozenset[SourceState] = frozenset({"up_to_date", "late"})


@dataclass(frozen=True)
class Mark:
    """How a state is shown: never by colour alone."""

    es: str
    en: str
    shape: str
    css: str


SOURCE_MARKS: Mapping[SourceState, Mark] = {
    "up_to_date": Mark("al día", "up to date", "●", "good"),
    "late": Mark("con retraso", "late", "◐", "warn"),
    "held_back": Mark("retenida", "held back", "▲", "bad"),
    "no_answer": Mark("sin respuesta", "no answer", "○", "mute"),
    "unpublished": Mark("sin publicar", "not published", "–", "mute"),
}
RULE_MARKS: Mapping[RuleState, Mark] = {
    "pass": Mark("cumple", "met", "●", "good"),
    "fail": Mark("falla", "fails", "▲", "bad"),
    "na": Mark("no aplica", "not applicable", "–", "mute"),
}
LEDGER_WORDS: Mapping[str, tuple[str, str]] = {
    "complete": ("completa", "complete"),
    "partial": ("parcial", "partial"),
    "empty": (STATES_ES["empty"], "empty: a good answer without records"),
    "unavailable": ("sin respuesta", "no answer"),
    "unauthorized": (STATES_ES["unauthorized"], "the portal refused the credentials"),
    "contract_error": (STATES_ES["contract_error"], "the answer does not fit the portal's own specification"),
    "unchanged": ("sin cambios desde la entrega anterior", "unchanged since the previous delivery"),
}


def source_state(
    *, ledger_state: str | None, verdict: Mapping[str, Any] | None, published: bool
) -> SourceState:
    """One of the five states.

    ``ledger_state``: state of the last attempt, None when nobody ever asked. ``published``: whether any
    delivery of this source stands in the release. A source is held back when something arrived and wasn't
    admitted; silence is silence, whatever the gate says of an older delivery that is kept.
    """
    if ledger_state in SILENT:
        return "no_answer"
    if ledger_state is None or verdict is None:
        return "unpublished"
    if not verdict["admitted"]:
        return "held_back"
    if not published:
        return "unpublished"
    late = any(check["name"] == "freshness" and not check["passed"] for check in verdict["checks"])
    return "late" if late else "up_to_date"


def failing_since(attempts: Sequence[Mapping[str, Any]]) -> str | None:
    """Start (ISO instant) of the unbroken run of failed attempts that reaches the last one; oldest first."""
    since: str | None = None
    for attempt in attempts:
        if attempt["state"] not in SILENT:
            since = None
        elif since is None:
            since = attempt["started_at"]
    return since
