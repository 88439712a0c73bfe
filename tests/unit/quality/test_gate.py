"""The gate's verdict on one source: what admits, what holds back, what only warns, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.portals.errors import FetchState
from pipelines.quality import gate, metrics, receipt
from pipelines.quality.catalogue import OF_CONTENT
from pipelines.quality.comparison import Comparison, Finding
from pipelines.quality.gate import GateCheck, SliceFacts, Verdict, judge
from pipelines.quality.receipt import Receipt
from pipelines.registry import Source
from tests.unit.quality.facts import LEDGER, SOURCE, Facts, asserting, counting, scoring

NOW = datetime(2026, 11, 21, 19, tzinfo=UTC)


def _judge(
    source: Source = SOURCE,
    candidate: SliceFacts | None = None,
    *,
    state: FetchState = FetchState.COMPLETE,
    last_admitted: Receipt | None = None,
    last_slice: SliceFacts | None = None,
    now: datetime = NOW,
    comparison: Comparison | None = None,
) -> Verdict:
    return judge(
        source,
        slice=Facts() if candidate is None else candidate,
        ledger=replace(LEDGER, state=state),
        last_admitted=last_admitted,
        last_slice=last_slice,
        now=now,
        comparison=comparison,
    )


def _check(verdict: Verdict, name: str, *, holding: bool | None = None) -> GateCheck:
    found = [
        check
        for check in verdict.checks
        if check.name == name and (holding is None or check.holds_back == holding)
    ]
    return found[0]


@pytest.fixture
def admitted(tmp_path: Path) -> Receipt:
    """A receipt of 14 November for 1,000 published records of another generation."""
    earlier = replace(
        counting(published=1000),
        generation="bbbbbbbbbbbbbbbb",
        fetched_at="2026-11-14T18:00:00+00:00",
    )
    home = Home(tmp_path)
    home.create()
    return receipt.write(
        home,
        _judge(candidate=earlier),
        judged=earlier,
        landed_sha256="d" * 64,
        judged_at=NOW,
        rebuilt_from=False,
    )


def test_a_good_slice_is_admitted_and_every_check_says_why() -> None:
    verdict = _judge()
    assert verdict.admitted
    assert verdict.outcome == "admitted"
    assert verdict.slice_key == "1111111111111111"
    assert verdict.reasons_es == ()
    # Families of rules are judged where a source promises them.
    assert {check.name for check in verdict.checks} == set(gate.CHECK_TITLES_ES) - {"rules"}
    assert _check(verdict, "completeness").value == 1.0
    assert _check(verdict, "completeness").reason_es == (
        "El portal declara 1,000 registros y se recibieron 1,000."
    )
    assert _check(verdict, "schema").value == 0.95
    assert _check(verdict, "schema").threshold == "mínimo 50.0 %"
    assert _check(verdict, "schema").rule_ids == ("OCDS-S01",)
    assert _check(verdict, "references").value == 0.9
    # (380 + 400 + 270) of 1,100: the info rule OCDS-F09 isn't among the grave ones.
    assert _check(verdict, "standard_conformance").value == pytest.approx(1050 / 1100)


@pytest.mark.parametrize(
    ("candidate", "name", "value", "missing"),
    [
        (
            counting(declared=1050),
            "completeness",
            1000 / 1050,
            "Para publicarla faltan 50 registros que el portal declara y no entregó.",
        ),
        (
            counting(published=900, unusable=90),
            "quarantine",
            900 / 994,
            "Para publicarla: corrija los registros en cuarentena, listados con su posición en el informe "
            "(mínimo 95.0 %).",
        ),
        (
            scoring("OCDS-S01", passed=199, failed=201),
            "schema",
            0.4975,
            "Para publicarla: corrija la estructura de los registros que la incumplen (mínimo 50.0 %).",
        ),
        (
            scoring("OCDS-I01", passed=399, failed=1),
            "unique_ids",
            0.9975,
            "Para publicarla: deje una sola versión de cada identificador repetido (mínimo 100.0 %).",
        ),
        (
            scoring("OCDS-R01", passed=100, failed=200),
            "references",
            pytest.approx(1 / 3),
            "Para publicarla: corrija las referencias a elementos que no existen (mínimo 50.0 %).",
        ),
        (
            counting(records=0, published=0, declared=0, duplicates=0, unusable=0),
            "assertions",
            0.0,
            "Para publicarla: alcance el mínimo declarado de registros publicables (mínimo 1).",
        ),
    ],
)
def test_a_minimum_missed_holds_the_source_back(
    candidate: Facts, name: str, value: float, missing: str
) -> None:
    verdict = _judge(candidate=candidate)
    check = _check(verdict, name, holding=True)
    assert not verdict.admitted
    assert verdict.outcome == "held_back"
    assert check.value == value
    assert check.severity == "error"
    assert check.missing_es == missing
    assert f"{check.reason_es} {missing}" in verdict.reasons_es


def test_one_contradictory_id_is_told_in_counts() -> None:
    verdict = _judge(candidate=scoring("OCDS-I01", passed=399, failed=1))
    assert _check(verdict, "unique_ids").reason_es == (
        "Cada id de entrega (release) corresponde a un solo contenido: cumplen 399 de 400 procesos (99.8 %). "
        "El mínimo es 100.0 %."
    )


def test_more_than_declared_only_warns() -> None:
    verdict = _judge(candidate=counting(declared=900))
    check = _check(verdict, "completeness")
    assert verdict.admitted
    assert (check.passed, check.severity, check.blocking) == (False, "warn", False)
    assert [one for one in verdict.checks if not one.passed] == [check]


def test_without_a_declared_total_completeness_does_not_apply() -> None:
    verdict = judge(
        SOURCE,
        slice=Facts(),
        ledger=replace(LEDGER, declared_by="count"),
        last_admitted=None,
        last_slice=None,
        now=NOW,
    )
    check = _check(verdict, "completeness")
    assert (check.passed, check.value) == (True, None)
    assert check.reason_es == "El portal no declara un total; se recibieron 1,000 registros."


@pytest.mark.parametrize(
    ("published", "passed", "blocking"),
    [(849, False, True), (850, True, True), (3000, True, True), (3001, False, False)],
)
def test_losing_rows_holds_back_and_tripling_warns(
    admitted: Receipt, published: int, passed: bool, blocking: bool
) -> None:
    candidate = counting(published=published, records=published, unusable=0, declared=None)
    check = _check(_judge(candidate=candidate, last_admitted=admitted), "row_drop")
    assert (check.passed, check.blocking) == (passed, blocking)
    assert check.value == published / 1000
    assert check.threshold == "mínimo 0.85 veces, máximo 3 veces"


def test_a_table_that_empties_holds_back_although_the_records_are_all_there(admitted: Receipt) -> None:
    before = replace(Facts(), tables={"ocds_processes": 400, "ocds_awards": 300, "ocds_guarantees": 49})
    candidate = replace(Facts(), tables={"ocds_processes": 400, "ocds_awards": 12})
    check = _check(
        _judge(candidate=candidate, last_admitted=admitted, last_slice=before), "row_drop", holding=True
    )
    assert check.value == 0.04
    assert check.reason_es == (
        "La tabla que más cambia es ocds_awards: 12 filas, antes 300. El mínimo es 0.5 veces."
    )


def test_the_first_slice_has_nothing_to_be_compared_with() -> None:
    check = _check(_judge(), "row_drop")
    assert (check.passed, check.value) == (True, None)
    assert gate.summary_rows(_judge())[-5]["resultado"] == "– no aplica"


@pytest.mark.parametrize(
    ("until", "passed", "age"),
    [("2026-11-10", True, 11.0), ("2026-09-13", True, 69.0), ("2026-09-12", False, 70.0)],
)
def test_old_content_warns_by_the_publishers_own_cadence(until: str, passed: bool, age: float) -> None:
    verdict = _judge(candidate=replace(Facts(), content_until=until))
    check = _check(verdict, "freshness")
    assert (check.passed, check.value, check.blocking) == (passed, age, False)
    assert verdict.admitted


def test_a_source_without_cadence_promises_no_freshness() -> None:
    check = _check(
        _judge(replace(SOURCE, cadence="none"), replace(Facts(), content_until="2018-11-09")), "freshness"
    )
    assert (check.passed, check.threshold) == (True, None)


def test_removed_personal_data_are_told_with_counts_by_kind() -> None:
    redactions = (
        {"kind": "curp", "path": "/parties/*/name", "count": 3},
        {"kind": "email", "path": "/tender/description", "count": 1200},
        {"kind": "curp", "path": "/id", "count": 1},
        {"kind": "not_listed", "path": "/x", "count": 50},
    )
    verdict = _judge(candidate=replace(Facts(), redactions=redactions))
    check = _check(verdict, "reserved_data")
    assert verdict.admitted
    assert (check.passed, check.severity, check.value) == (True, "warn", 1204.0)
    assert check.reason_es == (
        "Se retiraron 1,204 datos reservados antes de publicar (CURP: 4, correo electrónico: 1,200)."
    )


def test_a_personal_datum_left_in_the_bytes_holds_back() -> None:
    verdict = _judge(candidate=replace(Facts(), leaks=2))
    check = _check(verdict, "reserved_data", holding=True)
    assert not verdict.admitted
    assert check.reason_es == "En los archivos por publicar quedan 2 CURP o RFC de personas físicas."


def test_an_assertion_replaces_only_the_limit_it_names() -> None:
    verdict = _judge(asserting("schema_share", low=0.96))
    assert _check(verdict, "schema", holding=True).threshold == "mínimo 96.0 %"
    relaxed = _judge(asserting("unique_share", low=0.9), scoring("OCDS-I01", passed=395, failed=5))
    assert relaxed.admitted
    louder = _check(_judge(asserting("row_ratio", high=1.2)), "row_drop")
    assert louder.threshold == "mínimo 0.85 veces, máximo 1.2 veces"


def test_a_promised_quality_is_kept_or_holds_back() -> None:
    # S01 0.95, I01 1.0 and R01 0.9, all of weight 3; F09 is advice and weighs nothing: 95 points.
    assert _judge(asserting("quality_score", low=95.0)).admitted
    held = _judge(asserting("quality_score", low=95.1))
    assert _check(held, "assertions", holding=True).value == pytest.approx(95.0)


def test_a_family_of_rules_is_judged_where_the_source_promises_it() -> None:
    # R01 fails in one of ten; F09 is a notice, which no family is measured by.
    assert "rules" not in {check.name for check in _judge().checks}
    kept = _judge(asserting("references_failing_share", high=0.1))
    assert _check(kept, "rules").passed
    warned = _check(_judge(asserting("references_failing_share", high=0.09)), "rules")
    assert (warned.passed, warned.blocking, warned.rule_ids) == (False, False, ("OCDS-R01",))
    assert warned.value == pytest.approx(0.1)
    assert warned.reason_es.startswith("Fallan")
    assert "rules" not in {check.name for check in _judge(asserting("fields_failing_share", high=0)).checks}


def test_metrics_are_those_that_are_measured() -> None:
    measured = {check.threshold for check in _judge().checks}
    assert measured
    assert set(metrics.METRICS) == {
        "completeness_share",
        "readable_share",
        "unique_share",
        "schema_share",
        "references_share",
        "row_ratio",
        "table_ratio",
        "changed_share",
        "content_age_days",
        "reserved_values",
        "conformance_share",
        "rows",
        "quality_score",
        *(metrics.family_metric(family) for family in OF_CONTENT),
    }
    for name in metrics.METRICS:
        if metrics.load_metrics()[name].check == "rules":
            continue
        held = _judge(
            asserting(name, low=10**9), replace(Facts(), redactions=({"kind": "curp", "count": 1},))
        )
        applies = name not in {"row_ratio", "table_ratio", "changed_share"}
        assert held.admitted is not applies, name


# --- the attempt ---


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (FetchState.UNAVAILABLE, "el portal no respondió"),
        (FetchState.UNAUTHORIZED, "el portal rechazó las credenciales"),
        (FetchState.CONTRACT_ERROR, "el portal respondió algo que no corresponde a su propia especificación"),
        (FetchState.PARTIAL, "la descarga quedó incompleta"),
        (FetchState.EMPTY, "el portal respondió sin registros"),
    ],
)
def test_a_failed_attempt_brings_nothing_new_and_says_since_when(
    admitted: Receipt, state: FetchState, said: str
) -> None:
    ledger = replace(LEDGER, state=state, message="", generation=None)
    verdict = judge(SOURCE, slice=None, ledger=ledger, last_admitted=admitted, last_slice=None, now=NOW)
    assert (verdict.admitted, verdict.outcome, verdict.slice_key) == (False, "nothing_new", None)
    assert verdict.checks[0].reason_es == (
        f"Este intento no trajo datos nuevos: {said}. "
        "Se conserva la última versión admitida, con datos descargados el 14 nov 2026."
    )
    assert verdict.checks[0].missing_es == gate.ACTIONS_ES[state]


def test_the_portals_own_message_and_action_are_told() -> None:
    ledger = replace(
        LEDGER,
        state=FetchState.UNAUTHORIZED,
        message="El portal contestó 401.",
        action="Renueve la contraseña.",
    )
    verdict = judge(SOURCE, slice=None, ledger=ledger, last_admitted=None, last_slice=None, now=NOW)
    assert verdict.outcome == "nothing"
    assert verdict.reasons_es == (
        "Este intento no trajo datos nuevos: el portal rechazó las credenciales. El portal contestó 401. "
        "No hay una versión anterior admitida, así que la fuente no se publica. Renueve la contraseña.",
    )


def test_what_a_partial_fetch_brought_is_held_back(admitted: Receipt) -> None:
    verdict = _judge(state=FetchState.PARTIAL, last_admitted=admitted)
    assert _check(verdict, "fetched").holds_back
    assert not verdict.admitted


def test_an_admitted_generation_built_again_passes_while_its_portal_is_down(admitted: Receipt) -> None:
    rebuilt = replace(Facts(), generation="bbbbbbbbbbbbbbbb", fetched_at="2026-11-14T18:00:00+00:00")
    ledger = replace(LEDGER, state=FetchState.UNAVAILABLE, generation=None, message="")
    verdict = judge(SOURCE, slice=rebuilt, ledger=ledger, last_admitted=admitted, last_slice=None, now=NOW)
    check = _check(verdict, "fetched")
    assert verdict.admitted
    assert (check.passed, check.blocking, check.severity) == (False, False, "warn")
    assert check.reason_es.endswith("Se conservan los datos descargados el 14 nov 2026.")


def test_a_generation_never_admitted_waits_for_a_good_attempt(admitted: Receipt) -> None:
    ledger = replace(LEDGER, state=FetchState.UNAVAILABLE, generation=None)
    verdict = judge(SOURCE, slice=Facts(), ledger=ledger, last_admitted=admitted, last_slice=None, now=NOW)
    assert not verdict.admitted


def test_a_source_that_may_be_empty_says_so_in_its_declaration() -> None:
    candidate = counting(records=0, published=0, declared=0, duplicates=0, unusable=0, quarantined_landing=0)
    assert _judge(asserting("rows", low=0), replace(candidate, summary=()), state=FetchState.EMPTY).admitted
    assert not _judge(SOURCE, replace(candidate, summary=()), state=FetchState.EMPTY).admitted


def test_never_fetched_is_not_empty() -> None:
    verdict = judge(SOURCE, slice=None, ledger=None, last_admitted=None, last_slice=None, now=NOW)
    assert verdict.outcome == "nothing"
    assert verdict.reasons_es == ("La fuente no se ha descargado nunca. Ejecute la fuente por primera vez.",)


def test_a_good_attempt_without_slice_does_not_pass_for_published(admitted: Receipt) -> None:
    verdict = judge(SOURCE, slice=None, ledger=LEDGER, last_admitted=admitted, last_slice=None, now=NOW)
    assert (verdict.admitted, verdict.outcome) == (False, "nothing_new")
    assert verdict.checks[0].reason_es.startswith("No hay datos que juzgar.")


def test_a_slice_that_does_not_state_a_count_is_refused() -> None:
    with pytest.raises(KeyError, match="published"):
        _judge(candidate=counting(published=None))


# --- for Dagster ---


def test_families_are_at_most_eight_and_sum_up_their_checks() -> None:
    verdict = _judge(candidate=replace(scoring("OCDS-I01", passed=399, failed=1), content_until="2020-01-01"))
    families = {family.name: family for family in gate.families(verdict)}
    assert len(gate.FAMILIES) <= 8
    assert set(families) == set(gate.FAMILIES)
    assert (families["unique_ids"].passed, families["unique_ids"].severity) == (False, "error")
    assert (families["arrival"].passed, families["arrival"].severity) == (False, "warn")
    assert families["completeness"].passed
    assert sum(len(family.checks) for family in families.values()) == len(verdict.checks)


def test_rows_for_people_show_word_value_limit_and_what_is_missing() -> None:
    verdict = _judge(candidate=counting(declared=1050))
    assert gate.summary_rows(verdict, family="completeness")[0] == {
        "verificación": "Descarga completa",
        "resultado": "▲ retiene",
        "valor": "0.952",
        "umbral": "mínimo 100.0 %, máximo 100.0 %",
        "motivo": "El portal declara 1,050 registros y se recibieron 1,000. El mínimo es 100.0 %.",
        "qué falta": "Para publicarla faltan 50 registros que el portal declara y no entregó.",
    }


def _compared(failures: int) -> Comparison:
    finding = Finding(
        "TEQ-V01",
        "fail" if failures > 4 else "pass",
        looked_at=100,
        failures=failures,
        value=f"faltan {failures} de 100 ({failures}.0 %) de antes",
        is_share=True,
    )
    return Comparison("guadalajara", "a", "b", "2026-11-14T18:00:00+00:00", (finding,))


def test_what_a_delivery_withdrew_warns_and_never_holds_back() -> None:
    check = _check(_judge(comparison=_compared(38)), "stability")
    assert (check.passed, check.holds_back, check.value, check.rule_ids) == (False, False, 0.38, ("TEQ-V01",))
    assert check.reason_es == (
        "Respecto de la entrega del 14 nov 2026: faltan 38 de 100 (38.0 %) de antes (TEQ-V01). "
        "El máximo es 5.0 %."
    )
    assert _judge(comparison=_compared(38)).admitted
    assert _check(_judge(comparison=_compared(4)), "stability").passed
    tolerant = asserting("changed_share", high=0.5)
    assert _check(_judge(tolerant, comparison=_compared(38)), "stability").passed


def test_a_first_delivery_has_nothing_to_be_compared_with() -> None:
    check = _check(_judge(), "stability")
    assert (check.passed, check.value) == (True, None)
    assert check.reason_es == "No hay una entrega anterior con la cual comparar."
