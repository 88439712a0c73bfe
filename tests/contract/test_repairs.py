"""Repairs of values mean the same in SQL (tabular layouts) and in Python (JSON sources): one list of cases."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from python_calamine import CalamineWorkbook

from pipelines.build_database import dbt_environment
from pipelines.standards.identity import classify, rfc_is_well_formed
from pipelines.standards.repairs import dates, money, placeholders, rfc
from tests.contract.scratch import options

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "repair_cases.yaml").read_text(encoding="utf-8")
)

# How the SQL reads a value of each kind.
READ = {
    "date": "{{ try_timestamp('given') }}",
    "money": "{{ try_decimal('given') }}",
    "rfc": "{{ clean_rfc('given') }}",
    "placeholder": "{{ real_name('given') }}",
    "text": "{{ clean_text('given') }}",
}

RFC_KINDS = {"rfc_legal", "rfc_natural"}

# How Python reads it; the white space and formulas of cells are SQL's alone.
READ_IN_PYTHON: dict[str, Callable[[str], Any]] = {
    "date": lambda given: _utc(dates.date_time(given)),
    "money": money.amount,
    "rfc": rfc.compact,
    "placeholder": lambda given: None if placeholders.is_placeholder(given) else given.strip() or None,
}

# What SQL says it did to a cell: the kind of its `repairs` element.
REPAIRS = [
    ("text", "ACME", None),
    ("text", "  ACME ", "blanks"),
    ("text", "A\n B", "blanks"),
    ("text", "'004E2D", "apostrophe"),
    ("text", '="00123"', "formula"),
    ("text", "=CONCATENAR(0,01)", "formula"),
    ("text", "=A1+B2", None),
    ("text", "SIN DATO", "placeholder"),
    ("text", "", None),
    ("text", None, None),
    ("date", "2018-01-02", None),
    ("date", "2018-01-02 10:11:12", None),
    ("date", "2018-01-02T10:11:12-06:00", None),
    ("date", " 2018-01-02", "blanks"),
    ("date", "'2018-01-02", "apostrophe"),
    ("date", "02/01/2018", "date_form"),
    ("date", "2015-04-08 00:00:00 GMT", "date_form"),
    ("date", "2015-11-09T00:00:00.-06:00", "date_form"),
    ("date", "01-Enero-18", "date_form"),
    ("date", "31/02/2018", None),
    ("date", "Pendiente.", "placeholder"),
    ("date", None, None),
    ("money", "1234.50", None),
    ("money", "1234.50 ", "blanks"),
    ("money", "$1,234.50", "money_form"),
    ("money", "10.000,50", None),
    ("money", "N/A", "placeholder"),
    ("rfc", "NOR010203AB4", None),
    ("rfc", "NOR010203AB4 ", "blanks"),
    ("rfc", "NOR-010203-AB4", "rfc_form"),
    ("rfc", "nor010203ab4", "rfc_form"),
    ("rfc", "SIN DATO", "placeholder"),
]
SAY = {
    "text": "{{ text_repair('given', real_name(clean_text('given'))) }}",
    "date": "{{ date_repair('given', clean_text('given'), try_timestamp(clean_text('given'))) }}",
    "money": "{{ money_repair('given', clean_text('given'), try_decimal(clean_text('given'))) }}",
    "rfc": "{{ rfc_repair('given', clean_text('given'), clean_rfc(clean_text('given'))) }}",
}


@pytest.fixture(scope="module")
def in_sql(
    parsed_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str, list[str | None]], list[Any]]:
    """Evaluates an expression over values: READ ('read', kind), SAY ('say', kind), a date's day or text."""
    folder = tmp_path_factory.mktemp("macros")
    expressions = {("read", kind): text for kind, text in READ.items()}
    expressions |= {("say", kind): text for kind, text in SAY.items()}
    expressions |= {
        ("day", "date"): "{{ try_date('given') }}",
        ("write", "date"): "{{ ocds_datetime(try_timestamp('given')) }}",
    }
    marks = "\n;;\n"
    with dbt_environment(folder / "build.duckdb"):
        outcome = dbtRunner(manifest=Manifest.from_msgpack(parsed_project.read_bytes())).invoke(
            ["compile", "--inline", marks.join(expressions.values()), *options(folder / "target")]
        )
    DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception
    compiled = outcome.result.results[0].node.compiled_code.split(marks.strip())
    sql = dict(zip(expressions, compiled, strict=True))

    def evaluate(use: str, kind: str, values: list[str | None]) -> list[Any]:
        with duckdb.connect() as connection:
            return [
                value
                for (value,) in connection.execute(
                    f"select {sql[use, kind]} from (select unnest(?::varchar[]) as given)", [values]
                ).fetchall()
            ]

    return evaluate


def cases_of(kind: str) -> list[dict[str, Any]]:
    return [case for case in CASES if case["kind"] == kind]


@pytest.mark.parametrize("kind", READ)
def test_sql_reads_every_published_form(kind: str, in_sql: Callable[..., list[Any]]) -> None:
    cases = cases_of(kind)
    read = in_sql("read", kind, [case["given"] for case in cases])

    assert len(cases) > 10
    expected = [expected_of(kind, case["expected"]) for case in cases]
    assert [(case["given"], value) for case, value in zip(cases, read, strict=True)] == [
        (case["given"], value) for case, value in zip(cases, expected, strict=True)
    ]


def expected_of(kind: str, text: str | None) -> Any:
    if text is None:
        return None
    if kind == "date":
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return Decimal(text) if kind == "money" else text


def test_sql_keeps_the_day_and_the_instant_of_a_date(in_sql: Callable[..., list[Any]]) -> None:
    cases = [case for case in cases_of("date") if case["expected"]]
    given = [case["given"] for case in cases]
    days = in_sql("day", "date", given)
    texts = in_sql("write", "date", given)

    # Milliseconds are written as no day.
    assert {case["given"]: day.isoformat() for case, day in zip(cases, days, strict=True)} == {
        case["given"]: case["writes"][:10] if "/Date(" not in case["given"] else day.isoformat()
        for case, day in zip(cases, days, strict=True)
    }
    for case, text in zip(cases, texts, strict=True):
        assert _utc(text) == _utc(case["expected"]).replace(microsecond=0), case["given"]
        assert dates.is_date_time(text)
    assert dict(zip(given, texts, strict=True))["2018-07-15"] == "2018-07-15T00:00:00-05:00"


@pytest.mark.parametrize("kind", SAY)
def test_sql_says_what_it_repaired(kind: str, in_sql: Callable[..., list[Any]]) -> None:
    given = [(value, repair) for of, value, repair in REPAIRS if of == kind]

    said = in_sql("say", kind, [value for value, _ in given])
    assert list(zip([value for value, _ in given], said, strict=True)) == given


def _utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["kind"] in READ_IN_PYTHON],
    ids=lambda case: f"{case['kind']}: {case['given']}",
)
def test_python_reads_every_published_form(case: dict[str, Any]) -> None:
    kind = case["kind"]
    assert READ_IN_PYTHON[kind](case["given"]) == expected_of(kind, case["expected"])


@pytest.mark.parametrize("case", [case for case in cases_of("date") if case["expected"]], ids=str)
def test_python_keeps_what_is_written_of_a_date(case: dict[str, Any]) -> None:
    assert dates.date_time(case["given"]) == case["writes"]
    assert dates.is_date_time(case["writes"])
    assert dates.date_time(case["writes"]) == case["writes"]


@pytest.mark.parametrize("case", [case for case in cases_of("rfc") if case["expected"]], ids=str)
def test_the_form_of_an_rfc_does_not_make_it_valid(case: dict[str, Any]) -> None:
    kind = classify(rfc.compact(case["given"])).kind
    assert (kind in RFC_KINDS) == case["valid"]


def test_amounts_are_exact() -> None:
    assert str(money.amount("123456789012345678.91")) == "123456789012345678.91"
    assert str(money.amount("$0.10")) == "0.10"


def test_the_rfcs_of_chihuahua_are_repaired_as_far_as_they_can_be(shared_data: Path) -> None:
    workbook = CalamineWorkbook.from_path(
        str(shared_data / "tabular" / "chihuahua" / "contratos_2018_2019.xlsx")
    )
    header, *rows = workbook.get_sheet_by_name("IMCO Base De Datos").to_python()
    column = header.index("RFC_Emp_ganadora")
    published = [str(row[column]) for row in rows]

    def valid(texts: Iterable[str | None]) -> int:
        """How many are official RFCs as they are written: nothing in them needs to be taken away."""
        return sum(1 for text in texts if text and rfc_is_well_formed(text) and rfc.compact(text) == text)

    assert len(published) == 1932
    assert valid(published) == 1570
    assert valid(text.strip() for text in published) == 1645
    assert valid(rfc.compact(text) for text in published) == 1798
    hopeless = [text for text in published if classify(rfc.compact(text)).kind not in RFC_KINDS]
    assert len(hopeless) == 134
