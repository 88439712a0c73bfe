"""The gate: whether one source's slice may be published, judged alone and with its reasons.

Here: the value of each metric, the checks and the verdict. Not here: which metrics there are and their
default limits (`metrics.py`), keeping a verdict (`receipt.py`), rule texts (`catalogue.py`), checks on the
release as a whole and the leak scan of final bytes (`pipelines/publication/`), recording checks in Dagster
(`pipelines/orchestration/`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pipelines.landing.ledger import LedgerRow
from pipelines.quality.catalogue import Catalogue, load_catalogue
from pipelines.quality.comparison import Comparison, told_es
from pipelines.quality.metrics import Metric, family_metric, load_metrics
from pipelines.quality.results import RuleScore, family_scores, quality_score, rule_scores
from pipelines.quality.wording import count_es, date_es, number_es, percent_es
from pipelines.registry import Source

if TYPE_CHECKING:
    # receipt.py keeps this module's verdicts, so it can't be imported while this module loads.
    from pipelines.quality.receipt import Receipt

# Below this a table's ratio says little: one row of ten is already 10 %.
TABLE_MIN_ROWS = 50

GateSeverity = Literal["error", "warn"]
Outcome = Literal["admitted", "held_back", "nothing_new", "nothing"]

# Every check, in the order in which a person reads them.
CHECK_TITLES_ES = {
    "fetched": "Descarga",
    "completeness": "Descarga completa",
    "quarantine": "Registros legibles",
    "schema": "Estructura del estándar",
    "unique_ids": "Identificadores únicos",
    "references": "Referencias internas",
    "standard_conformance": "Cumplimiento del estándar",
    "row_drop": "Volumen frente a la versión anterior",
    "rules": "Reglas de una familia",
    "stability": "Permanencia de lo publicado",
    "freshness": "Actualidad del contenido",
    "reserved_data": "Datos personales reservados",
    "assertions": "Límites declarados de la fuente",
}
# Dagster shows one check for each family: its history page is made for few names.
FAMILY_OF_CHECK = {
    "fetched": "arrival",
    "completeness": "completeness",
    "quarantine": "completeness",
    "schema": "conformance",
    "standard_conformance": "conformance",
    "rules": "conformance",
    "unique_ids": "unique_ids",
    "references": "references",
    "row_drop": "volume",
    "stability": "stability",
    "freshness": "arrival",
    "reserved_data": "reserved_data",
    "assertions": "volume",
}
FAMILIES = tuple(dict.fromkeys(FAMILY_OF_CHECK.values()))

STATES_ES = {
    "partial": "la descarga quedó incompleta",
    "empty": "el portal respondió sin registros",
    "unavailable": "el portal no respondió",
    "unauthorized": "el portal rechazó las credenciales",
    "contract_error": "el portal respondió algo que no corresponde a su propia especificación",
}
ACTIONS_ES = {
    "partial": "Se continúa en la siguiente ejecución desde la última página recibida.",
    "empty": "Confirme si la fuente debe estar vacía; de ser así, declare rows con min 0 en su YAML.",
    "unavailable": "Revise que el portal esté en línea; se vuelve a intentar en la siguiente ejecución.",
    "unauthorized": "Renueve el usuario y la contraseña de la fuente y vuelva a ejecutarla.",
    "contract_error": "Revise la respuesta guardada del portal y avise a quien lo administra.",
}
REDACTIONS_ES = {
    "curp": "CURP",
    "rfc_natural": "RFC de persona física",
    "email": "correo electrónico",
    "phone": "teléfono",
    "address": "domicilio",
    "contact_point": "punto de contacto",
    "name_reserved": "nombre reservado",
    "reserved": "otro dato reservado de una declaración",
}


class SliceFacts(Protocol):
    """What the gate needs to know of a slice; `publication.slices.Slice` has it.

    `counts`, in source records: declared (None when unknown), records (landed, without duplicates),
    published, duplicates, quarantined_landing (unreadable), unusable (no release could be made of them).
    `summary`: rows {rule_id, pass, fail, na, failures}. `redactions`: rows {kind, path, count}. `leaks`:
    CURPs and natural persons' RFCs still in the slice's bytes. `content_until`: newest date in the content
    (ISO), None when it has none.
    """

    @property
    def source_id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def generation(self) -> str: ...
    @property
    def code_version(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def fetched_at(self) -> str: ...
    @property
    def counts(self) -> Mapping[str, int | None]: ...
    @property
    def tables(self) -> Mapping[str, int]: ...
    @property
    def summary(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def redactions(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def leaks(self) -> int: ...
    @property
    def content_until(self) -> str | None: ...


@dataclass(frozen=True)
class Limits:
    """The limits that apply to one source: its assertion where it has one, else the default."""

    min: float | None
    max: float | None
    reason: str


@dataclass(frozen=True)
class GateCheck:
    """One check of the gate.

    `passed`: neither limit was crossed (also when there is nothing to measure; `value` is None then).
    `blocking`: failing it holds the source back. `threshold` shows the limits as text. `missing_es` says
    what is missing to be published; None unless the check holds the source back.
    """

    name: str
    passed: bool
    severity: GateSeverity
    value: float | None
    threshold: str | None
    reason_es: str
    rule_ids: tuple[str, ...]
    blocking: bool
    missing_es: str | None

    @property
    def holds_back(self) -> bool:
        """Whether this check alone keeps the source from being published."""
        return self.blocking and not self.passed


@dataclass(frozen=True)
class Verdict:
    """The gate's verdict on one source.

    `outcome`: admitted | held_back (the slice was judged) | nothing_new (no slice; the last admitted
    generation stays) | nothing (no slice and none was ever admitted). `slice_key` is None in the last two.
    """

    source_id: str
    admitted: bool
    checks: tuple[GateCheck, ...]
    reasons_es: tuple[str, ...]
    outcome: Outcome
    slice_key: str | None


@dataclass(frozen=True)
class CheckFamily:
    """Several checks of the gate as the one that Dagster shows."""

    name: str
    passed: bool
    severity: GateSeverity
    checks: tuple[GateCheck, ...]


def limits_for(source: Source, metric: Metric) -> Limits:
    """The limits of `metric` for this source; an assertion replaces only the limit it names."""
    default_max = metric.max_by_cadence.get(source.cadence, metric.max)
    assertion = source.assertion(metric.name)
    if assertion is None:
        return Limits(min=metric.min, max=default_max, reason=metric.reason)
    return Limits(
        min=metric.min if assertion.min is None else assertion.min,
        max=default_max if assertion.max is None else assertion.max,
        reason=assertion.reason,
    )


def judge(  # noqa: PLR0913 (the gate's inputs are named one by one so that none is taken from elsewhere)
    source: Source,
    *,
    slice: SliceFacts | None,
    ledger: LedgerRow | None,
    last_admitted: "Receipt | None",
    last_slice: SliceFacts | None,
    now: datetime,
    comparison: Comparison | None = None,
) -> Verdict:
    """Judge one source.

    Args:
        source: its declaration, with its cadence and assertions.
        slice: the candidate, or None when nothing was ever landed or this attempt brought nothing.
        ledger: the row of the last attempt; None when it was never fetched.
        last_admitted: the newest receipt that admits, None the first time.
        last_slice: the slice that receipt speaks of, for the comparison table by table.
        now: the moment of judging, with its zone.
        comparison: the slice beside the delivery before it; None when there is nothing to compare.
    """
    catalogue = load_catalogue()
    fetched = _fetched(source, candidate=slice, ledger=ledger, last_admitted=last_admitted)
    if slice is None:
        return _without_slice(source, fetched, last_admitted)
    values = _values(
        source,
        slice,
        ledger=ledger,
        last_admitted=last_admitted,
        last_slice=last_slice,
        now=now,
        comparison=comparison,
        catalogue=catalogue,
    )
    checks = (
        fetched,
        *(
            _measured(source, load_metrics()[name], measured, candidate=slice, catalogue=catalogue)
            for name, measured in values.items()
        ),
        *_leaks(slice),
    )
    ordered = _by_check(checks)
    holding = tuple(check for check in ordered if check.holds_back)
    reasons = tuple(
        check.reason_es if check.missing_es is None else f"{check.reason_es} {check.missing_es}"
        for check in (*holding, *(check for check in ordered if not check.passed and not check.holds_back))
    )
    return Verdict(
        source_id=source.id,
        admitted=not holding,
        checks=ordered,
        reasons_es=reasons,
        outcome="held_back" if holding else "admitted",
        slice_key=slice.key,
    )


def families(verdict: Verdict) -> tuple[CheckFamily, ...]:
    """The verdict in at most eight checks, for Dagster; each holds the checks it sums up."""
    grouped: dict[str, list[GateCheck]] = defaultdict(list)
    for check in verdict.checks:
        grouped[FAMILY_OF_CHECK[check.name]].append(check)
    return tuple(
        CheckFamily(
            name=name,
            passed=all(check.passed for check in grouped[name]),
            severity="error" if any(check.holds_back for check in grouped[name]) else "warn",
            checks=tuple(grouped[name]),
        )
        for name in FAMILIES
        if name in grouped
    )


def summary_rows(verdict: Verdict, *, family: str | None = None) -> list[dict[str, str]]:
    """The checks as rows of a table for people (all of them, or those of one family)."""
    return [
        {
            "verificación": CHECK_TITLES_ES[check.name],
            "resultado": _result_word(check),
            "valor": "–" if check.value is None else _plain(check.value),
            "umbral": check.threshold or "–",
            "motivo": check.reason_es,
            "qué falta": check.missing_es or "–",
        }
        for check in verdict.checks
        if family is None or FAMILY_OF_CHECK[check.name] == family
    ]


def _result_word(check: GateCheck) -> str:
    if check.passed:
        return "– no aplica" if check.value is None and check.threshold is not None else "● cumple"
    return "▲ retiene" if check.blocking else "▲ advierte"


# --- the attempt ---------------------------------------------------------------------------------


def _fetched(
    source: Source, *, candidate: SliceFacts | None, ledger: LedgerRow | None, last_admitted: "Receipt | None"
) -> GateCheck:
    """The state of the last attempt.

    A failed attempt doesn't block a generation that was admitted before (its slice is built again when the
    code changes); it does block what it brought itself, and what no good attempt carried through the gate.
    """
    if ledger is None:
        return _state_check(
            passed=False,
            blocking=candidate is None,
            reason="La fuente no se ha descargado nunca.",
            missing="Ejecute la fuente por primera vez." if candidate is None else None,
        )
    state = str(ledger.state)
    if state in {"complete", "unchanged"}:
        word = "completa" if state == "complete" else "completa y sin cambios"
        return _state_check(passed=True, blocking=True, reason=f"La descarga fue {word}.", missing=None)
    may_be_empty = limits_for(source, load_metrics()["rows"]).min == 0
    if state == "empty" and may_be_empty:
        reason = "La fuente está vacía, como declara que puede estarlo."
        return _state_check(passed=True, blocking=True, reason=reason, missing=None)
    blocking = (
        candidate is None
        or last_admitted is None
        or last_admitted.generation != candidate.generation
        or ledger.generation == candidate.generation
    )
    kept = _kept_es(candidate, last_admitted, blocking=blocking)
    message = f" {ledger.message.rstrip('.')}." if ledger.message else ""
    told = f"Este intento no trajo datos nuevos: {STATES_ES[state]}.{message}"
    if candidate is not None and ledger.generation == candidate.generation:
        # Something did arrive, and it is what is judged here.
        told = message.strip() or f"{STATES_ES[state].capitalize()}."
    return _state_check(
        passed=False,
        blocking=blocking,
        reason=f"{told} {kept}",
        missing=(ledger.action or ACTIONS_ES[state]) if blocking else None,
    )


def _kept_es(candidate: SliceFacts | None, last_admitted: "Receipt | None", *, blocking: bool) -> str:
    if candidate is not None and not blocking:
        return f"Se conservan los datos descargados el {date_es(candidate.fetched_at)}."
    if last_admitted is None:
        return "No hay una versión anterior admitida, así que la fuente no se publica."
    since = date_es(last_admitted.fetched_at)
    return f"Se conserva la última versión admitida, con datos descargados el {since}."


def _state_check(*, passed: bool, blocking: bool, reason: str, missing: str | None) -> GateCheck:
    return GateCheck(
        name="fetched",
        passed=passed,
        severity="error" if blocking else "warn",
        value=None,
        threshold=None,
        reason_es=reason,
        rule_ids=("TEQ-L01",),
        blocking=blocking,
        missing_es=missing,
    )


def _without_slice(source: Source, fetched: GateCheck, last_admitted: "Receipt | None") -> Verdict:
    if fetched.passed:
        # The attempt went well and yet nothing was landed or built: say that, not "complete".
        fetched = _state_check(
            passed=False,
            blocking=True,
            reason=f"No hay datos que juzgar. {_kept_es(None, last_admitted, blocking=True)}",
            missing="Revise la cuarentena de la fuente: ningún registro llegó a las tablas.",
        )
    reason = fetched.reason_es if fetched.missing_es is None else f"{fetched.reason_es} {fetched.missing_es}"
    return Verdict(
        source_id=source.id,
        admitted=False,
        checks=(fetched,),
        reasons_es=(reason,),
        outcome="nothing" if last_admitted is None else "nothing_new",
        slice_key=None,
    )


# --- values --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Measured:
    """A metric's value with the sentence that says it; None when there is nothing to measure."""

    value: float | None
    said_es: str
    rule_ids: tuple[str, ...] = ()


def _values(  # noqa: PLR0913 (same inputs as judge)
    source: Source,
    candidate: SliceFacts,
    *,
    ledger: LedgerRow | None,
    last_admitted: "Receipt | None",
    last_slice: SliceFacts | None,
    now: datetime,
    comparison: Comparison | None,
    catalogue: Catalogue,
) -> dict[str, _Measured]:
    counts = candidate.counts
    scores = rule_scores(candidate.summary, catalogue)
    severe = [score for score in scores if score.rule.severity == "error"]
    severe_passed = sum(score.passed for score in severe)
    severe_applied = severe_passed + sum(score.failed for score in severe)
    points = quality_score(scores)
    published = _count(counts, "published")
    return {
        "completeness_share": _completeness(counts, ledger),
        "readable_share": _readable(counts),
        "schema_share": _worst_rule("schema", source, candidate, catalogue),
        "unique_share": _worst_rule("unique_ids", source, candidate, catalogue),
        "references_share": _worst_rule("references", source, candidate, catalogue),
        "conformance_share": _Measured(
            _share(severe_passed, severe_applied),
            f"Se cumplen {count_es(severe_passed, severe_applied, 'comprobaciones graves')}."
            if severe_applied
            else "Ninguna comprobación grave aplica.",
        ),
        "row_ratio": _row_ratio(published, last_admitted),
        "table_ratio": _table_ratio(candidate, last_slice),
        "changed_share": _stability(comparison),
        "content_age_days": _content_age(candidate, now),
        "reserved_values": _reserved(candidate.redactions),
        "rows": _Measured(float(published), f"Hay {number_es(published)} registros publicables."),
        "quality_score": _Measured(
            points, "Ninguna regla aplica." if points is None else f"La calidad es de {points:.0f} de 100."
        ),
        **_promised_families(source, scores),
    }


def _promised_families(source: Source, scores: Sequence[RuleScore]) -> dict[str, _Measured]:
    """The families of rules for which the source declares a limit of its own; Dagster shows the others."""
    measured = {}
    for family, score in family_scores(scores).items():
        # A family may hold notices only.
        if source.assertion(family_metric(family)) is not None and score.applied:
            said = (
                f"Fallan {count_es(score.failed, score.applied, 'comprobaciones')} de la familia «{family}»."
            )
            rule_ids = tuple(one.rule.id for one in score.scores if one.failed)
            measured[family_metric(family)] = _Measured(score.failing_share, said, rule_ids)
    return measured


def _completeness(counts: Mapping[str, int | None], ledger: LedgerRow | None) -> _Measured:
    declared = counts.get("declared")
    received = _received(counts)
    counted_here = ledger is not None and ledger.declared_by == "count"
    if not declared or counted_here:
        said = f"El portal no declara un total; se recibieron {number_es(received)} registros."
        return _Measured(None, said)
    said = f"El portal declara {number_es(declared)} registros y se recibieron {number_es(received)}."
    return _Measured(received / declared, said, ("TEQ-L02",))


def _readable(counts: Mapping[str, int | None]) -> _Measured:
    unreadable, unusable = _count(counts, "quarantined_landing"), _count(counts, "unusable")
    received = _count(counts, "records") + unreadable
    published = _count(counts, "published")
    said = (
        f"Son legibles y utilizables {count_es(published, received, 'registros')}; "
        f"no se pudieron leer {number_es(unreadable)} y no se pudieron utilizar {number_es(unusable)}."
    )
    return _Measured(_share(published, received), said, ("TEQ-L03", "TEQ-L05"))


def _worst_rule(check: str, source: Source, candidate: SliceFacts, catalogue: Catalogue) -> _Measured:
    """The lowest share among the rules that feed one check."""
    rules = {rule.id: rule for rule in catalogue.for_gate(check, source.system)}
    shares = [
        (row["pass"] / (row["pass"] + row["fail"]), row["rule_id"], row["pass"], row["fail"])
        for row in candidate.summary
        if row["rule_id"] in rules and row["pass"] + row["fail"] > 0
    ]
    if not shares:
        return _Measured(None, "No hay nada a lo que esta verificación aplique.", tuple(rules))
    value, rule_id, passed, failed = min(shares)
    rule = rules[rule_id]
    noun = "procesos" if rule.grain == "ocid" else "registros"
    said = f"{rule.title_es}: cumplen {count_es(passed, passed + failed, noun)}."
    return _Measured(value, said, tuple(rules))


def _row_ratio(published: int, last_admitted: "Receipt | None") -> _Measured:
    if last_admitted is None or last_admitted.published == 0:
        return _Measured(None, "Es la primera versión con datos; no hay con qué comparar.")
    before = last_admitted.published
    said = f"Hay {number_es(published)} registros; la última versión admitida tenía {number_es(before)}."
    return _Measured(published / before, said)


def _table_ratio(candidate: SliceFacts, last_slice: SliceFacts | None) -> _Measured:
    before = {} if last_slice is None else last_slice.tables
    ratios = [
        (candidate.tables.get(table, 0) / rows, table)
        for table, rows in sorted(before.items())
        if rows >= TABLE_MIN_ROWS
    ]
    if not ratios:
        return _Measured(None, "No hay tablas anteriores con qué comparar.")
    value, table = min(ratios)
    said = (
        f"La tabla que más cambia es {table}: {number_es(candidate.tables.get(table, 0))} filas, "
        f"antes {number_es(before[table])}."
    )
    return _Measured(value, said)


def _stability(comparison: Comparison | None) -> _Measured:
    """What of the last delivery was withdrawn or rewritten; the worst rule counts."""
    return _Measured(
        None if comparison is None else comparison.changed_share,
        told_es(comparison),
        () if comparison is None else tuple(finding.rule_id for finding in comparison.failing),
    )


def _content_age(candidate: SliceFacts, now: datetime) -> _Measured:
    if candidate.content_until is None:
        return _Measured(None, "El contenido no trae fechas; no se puede saber qué tan reciente es.")
    age = (now.date() - date.fromisoformat(candidate.content_until[:10])).days
    newest = date_es(candidate.content_until)
    # No age in the sentence: it would be another one every day for the same content.
    said = f"Lo más reciente del contenido es del {newest}."
    return _Measured(float(age), said, ("TEQ-L06",))


def _reserved(redactions: Iterable[Mapping[str, Any]]) -> _Measured:
    by_kind: dict[str, int] = defaultdict(int)
    for row in redactions:
        # A field that is merely unknown to the allow-list (not_listed) isn't personal data.
        if row["kind"] in REDACTIONS_ES:
            by_kind[row["kind"]] += row["count"]
    total = sum(by_kind.values())
    if total == 0:
        return _Measured(0.0, "No se encontraron datos personales reservados.")
    listed = ", ".join(f"{REDACTIONS_ES[kind]}: {number_es(by_kind[kind])}" for kind in sorted(by_kind))
    said = f"Se retiraron {number_es(total)} datos reservados antes de publicar ({listed})."
    return _Measured(float(total), said, ("TEQ-P01", "TEQ-P02", "TEQ-P03"))


# --- checks --------------------------------------------------------------------------------------


def _measured(
    source: Source, metric: Metric, measured: _Measured, *, candidate: SliceFacts, catalogue: Catalogue
) -> GateCheck:
    """One metric against its limits."""
    limits = limits_for(source, metric)
    value = measured.value
    below = value is not None and limits.min is not None and value < limits.min
    above = value is not None and limits.max is not None and value > limits.max
    reason = measured.said_es
    if below or above:
        limit = limits.min if below else limits.max
        assert limit is not None
        reason = f"{reason} El {'mínimo' if below else 'máximo'} es {_limit_es(limit, metric.unit)}."
    return GateCheck(
        name=metric.check,
        passed=not below and not above,
        severity="error" if below or (limits.min is not None and not above) else "warn",
        value=value,
        threshold=_threshold_es(limits, metric.unit),
        reason_es=reason,
        rule_ids=tuple(rule_id for rule_id in measured.rule_ids if rule_id in catalogue.by_id),
        blocking=below or (limits.min is not None and not above),
        missing_es=_missing_es(metric, limits, candidate) if below else None,
    )


def _missing_es(metric: Metric, limits: Limits, candidate: SliceFacts) -> str:
    """What has to change for the source to be published, in counts where there are counts."""
    minimum = limits.min or 0.0
    shown = _limit_es(minimum, metric.unit)
    if metric.name == "completeness_share":
        declared = candidate.counts.get("declared") or 0
        lacking = max(1, round(declared * minimum) - _received(candidate.counts))
        return f"Para publicarla faltan {number_es(lacking)} registros que el portal declara y no entregó."
    sentences = {
        "readable_share": "corrija los registros en cuarentena, listados con su posición en el informe",
        "schema_share": "corrija la estructura de los registros que la incumplen",
        "unique_share": "deje una sola versión de cada identificador repetido",
        "references_share": "corrija las referencias a elementos que no existen",
        "conformance_share": "corrija las faltas graves que lista el informe",
        "row_ratio": (
            "restituya los registros que ya no aparecen; si la baja es correcta, "
            "declare row_ratio con su motivo en el YAML de la fuente"
        ),
        "table_ratio": (
            "restituya los campos que alimentan esa tabla; si la baja es correcta, "
            "declare table_ratio con su motivo en el YAML de la fuente"
        ),
    }
    what = sentences.get(metric.name, f"alcance el mínimo declarado de {metric.label_es}")
    return f"Para publicarla: {what} (mínimo {shown})."


def _leaks(candidate: SliceFacts) -> Iterator[GateCheck]:
    """A personal datum left in the bytes blocks; taking one out never does."""
    if candidate.leaks == 0:
        return
    yield GateCheck(
        name="reserved_data",
        passed=False,
        severity="error",
        value=float(candidate.leaks),
        threshold="máximo 0",
        reason_es=(
            f"En los archivos por publicar quedan {number_es(candidate.leaks)} "
            "CURP o RFC de personas físicas."
        ),
        rule_ids=(),
        blocking=True,
        missing_es="Es una falla de Tequio, no de la fuente: amplíe la lista de campos que se retiran.",
    )


def _by_check(checks: Iterable[GateCheck]) -> tuple[GateCheck, ...]:
    order = list(CHECK_TITLES_ES)
    return tuple(sorted(checks, key=lambda check: order.index(check.name)))


def _count(counts: Mapping[str, int | None], name: str) -> int:
    """A count that every slice has.

    Raises:
        KeyError: when the slice doesn't state it; a count that is missing is not zero.
    """
    value = counts[name]
    if value is None:
        message = f"the slice doesn't state how many records are {name}"
        raise KeyError(message)
    return value


def _received(counts: Mapping[str, int | None]) -> int:
    return sum(_count(counts, name) for name in ("records", "duplicates", "quarantined_landing"))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _plain(value: float) -> str:
    return number_es(value) if value == int(value) else number_es(value, decimals=3)


def _limit_es(limit: float, unit: str) -> str:
    if unit == "share":
        return percent_es(limit)
    if unit == "days":
        return f"{number_es(limit)} días"
    return _plain(limit) if unit != "ratio" else f"{limit:g} veces"


def _threshold_es(limits: Limits, unit: str) -> str | None:
    parts = [
        *([f"mínimo {_limit_es(limits.min, unit)}"] if limits.min is not None else []),
        *([f"máximo {_limit_es(limits.max, unit)}"] if limits.max is not None else []),
    ]
    return ", ".join(parts) or None
