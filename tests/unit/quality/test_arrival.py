"""The rules about how the data arrived: each passes, fails and doesn't apply."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipelines.landing.ledger import LedgerRow
from pipelines.portals.documents import AskedDocument
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Page
from pipelines.quality.arrival import Arrival, labelled_years, ledger_results
from pipelines.quality.catalogue import load_catalogue
from pipelines.quality.results import Result
from tests.unit.quality.facts import GENERATION, LEDGER

CATALOGUE = load_catalogue()
CLEAN = replace(GENERATION, quarantined=0, duplicates=0, records=1000)


def _page(number: int, label: str, *, sha256: str | None = None, items: int = 500) -> Page:
    return Page(
        number=number,
        url=f"https://gdl.example/{label}",
        format="csv",
        sha256=sha256 or f"{number:064d}",
        bytes=9000,
        fetched_at="2026-11-21T18:00:00+00:00",
        items=items,
        label=label,
    )


PAGES = (_page(1, "contratos_2019.csv"), _page(2, "contratos_2020.csv"))
SOUND = Arrival(
    source_id="guadalajara",
    cadence="monthly",
    generation=CLEAN,
    ledger=LEDGER,
    unusable=0,
    content_until="2026-11-10",
    drift=(),
    attempts=[LEDGER] * 10,
    pages=PAGES,
    years_by_page={1: {2018, 2019}, 2: {2020}},
    documents=[AskedDocument("https://gdl.example/bases.pdf", 200)],
)


def _results(**changes: Any) -> dict[str, Result]:
    return {result.rule_id: result for result in ledger_results(replace(SOUND, **changes))}


def _column(name: str, change: str) -> dict[str, Any]:
    return {"layout": "hoja", "collection": "contratos", "column_name": name, "change": change, "rows": 9}


def _attempts(good: int, silent: int) -> Sequence[LedgerRow]:
    return [LEDGER] * good + [replace(LEDGER, state=FetchState.UNAVAILABLE)] * silent


def test_the_ledger_rules_of_the_catalogue_are_all_evaluated() -> None:
    declared = {rule.id for rule in CATALOGUE.rules if rule.evaluated_in == "ledger"}
    assert set(_results()) == declared
    assert len(declared) == 15


def test_a_clean_arrival_passes_everything() -> None:
    assert {result.result for result in _results().values()} == {"pass"}
    assert {result.slice_id for result in _results().values()} == {"guadalajara@aaaaaaaaaaaaaaaa"}


@pytest.mark.parametrize(
    ("rule_id", "changes", "failures", "value"),
    [
        ("TEQ-L01", {"ledger": replace(LEDGER, state=FetchState.PARTIAL)}, 1, "partial"),
        ("TEQ-L02", {"generation": replace(CLEAN, records=950)}, 50, "declara 1,000, entregó 950"),
        ("TEQ-L02", {"generation": replace(CLEAN, records=1001)}, 1, "declara 1,000, entregó 1,001"),
        ("TEQ-L03", {"generation": GENERATION}, 4, "4 de 1,000"),
        ("TEQ-L04", {"generation": GENERATION}, 6, "6 de 1,000"),
        ("TEQ-L05", {"unusable": 3}, 3, "3 de 1,000"),
        ("TEQ-L06", {"content_until": "2026-09-12"}, 1, "lo más reciente es del 12 sep 2026, 70 días antes"),
        ("TEQ-L07", {"generation": replace(CLEAN, encoding="cp1252,utf-8")}, 1, "cp1252"),
        (
            "TEQ-L08",
            {"drift": [_column("Monto", "missing"), _column("Importe", "new"), _column("Moneda", "new")]},
            3,
            "faltan «Monto»; no estaban «Importe», «Moneda»",
        ),
        (
            "TEQ-L08",
            {"drift": [_column(f"Columna {number}", "new") for number in range(6)]},
            6,
            "no estaban «Columna 0», «Columna 1», «Columna 2», «Columna 3» y 2 más",
        ),
        # A row of data where the header is expected.
        ("TEQ-L08", {"drift": [_column("GODE561231GR8", "new")]}, 1, "no estaban «[RFC reservado]»"),
        (
            "TEQ-L09",
            {"ledger": replace(LEDGER, pages_ok=18, pages_failed=2)},
            2,
            "fallaron 2 de 20 archivos o páginas (10.0 %)",
        ),
        ("TEQ-L10", {"generation": replace(CLEAN, encoding="ascii,cp1252,utf-8")}, 2, "cp1252, utf-8"),
        (
            "TEQ-L11",
            {"pages": [_page(1, "2016Q3.csv", sha256="a"), _page(2, "2016_anual.csv", sha256="a")]},
            1,
            "«2016Q3.csv» = «2016_anual.csv»",
        ),
        (
            "TEQ-L12",
            {"years_by_page": {1: {2018}, 2: {2011, 2012}}},
            2,
            "«contratos_2019.csv» trae 2018; «contratos_2020.csv» trae 2011 a 2012",
        ),
        (
            "TEQ-L13",
            {"attempts": _attempts(17, 3)},
            3,
            "incompletos o sin respuesta 3 de 20 intentos (15.0 %)",
        ),
        (
            "TEQ-L14",
            {"generation": replace(CLEAN, fetched_at="2026-09-01T18:00:00+00:00")},
            1,
            "lo mismo desde el 1 sep 2026, 81 días",
        ),
        (
            "TEQ-L15",
            {"documents": [*(SOUND.documents or ()), AskedDocument("https://gdl.example/fallo.pdf", 404)]},
            1,
            "1 de 2 documentos (50.0 %); el primero: https://gdl.example/fallo.pdf (estado 404)",
        ),
    ],
)
def test_each_rule_about_the_arrival_can_fail(
    rule_id: str, changes: dict[str, Any], failures: int, value: str
) -> None:
    result = _results(**changes)[rule_id]
    assert (result.result, result.failures, result.value) == ("fail", failures, value)


@pytest.mark.parametrize(
    ("rule_id", "changes"),
    [
        ("TEQ-L01", {"ledger": None}),
        ("TEQ-L02", {"generation": replace(CLEAN, declared_by="count")}),
        ("TEQ-L03", {"generation": None}),
        ("TEQ-L04", {"generation": None}),
        ("TEQ-L05", {"generation": None}),
        ("TEQ-L06", {"cadence": "none"}),
        ("TEQ-L06", {"content_until": None}),
        ("TEQ-L07", {"generation": replace(CLEAN, encoding="")}),
        ("TEQ-L08", {"drift": None}),
        ("TEQ-L09", {"ledger": None}),
        ("TEQ-L09", {"ledger": replace(LEDGER, state=FetchState.UNAVAILABLE, pages_ok=0, pages_failed=1)}),
        ("TEQ-L10", {"generation": replace(CLEAN, encoding="")}),
        ("TEQ-L10", {"generation": replace(CLEAN, encoding="ascii")}),
        ("TEQ-L11", {"pages": PAGES[:1]}),
        # Answers without records are all alike.
        ("TEQ-L11", {"pages": [_page(n, f"{n}.json", sha256="a", items=0) for n in (1, 2)]}),
        ("TEQ-L12", {"years_by_page": {}}),
        ("TEQ-L12", {"pages": [_page(1, "contratos.csv")]}),
        ("TEQ-L13", {"attempts": _attempts(2, 2)}),
        ("TEQ-L14", {"cadence": "none"}),
        ("TEQ-L14", {"ledger": replace(LEDGER, state=FetchState.UNAVAILABLE)}),
        ("TEQ-L15", {"documents": None}),
        ("TEQ-L15", {"documents": []}),
    ],
)
def test_each_rule_about_the_arrival_can_be_not_applicable(rule_id: str, changes: dict[str, Any]) -> None:
    assert _results(**changes)[rule_id].result == "na"


def test_only_the_last_attempts_count() -> None:
    assert _results(attempts=[*_attempts(0, 30), *_attempts(20, 0)])["TEQ-L13"].result == "pass"


@pytest.mark.parametrize(
    ("label", "years"),
    [
        ("contratos_2018_2019.xlsx", {2018, 2019}),
        ("1T 2019", {2019}),
        ("contratos.csv", set()),
        # Numbers of files and formats are no years.
        ("pnt_formatos_43335.json", set()),
        ("120190.csv", set()),
    ],
)
def test_a_label_speaks_of_the_years_it_names(label: str, years: set[int]) -> None:
    assert labelled_years(label) == years
