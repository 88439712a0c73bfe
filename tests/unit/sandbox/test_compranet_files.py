"""CompraNet's CSVs of 2010-2025 and the procedures of 2026: layouts, encodings, forms, planted defects."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.compranet_headers import EXTRA_2017, FILLERS, WIDE_73
from pipelines.sandbox.dataset import Draft
from pipelines.sandbox.expedientes import COLUMNS, QUOTED

SEED = 7
COLUMNS_OF = {2010: 13, 2011: 39, 2015: 39, 2017: 45}
LATIN_1 = {2010, 2023, 2024, 2025}
Made = tuple[list[Draft], Mapping[str, int]]


@pytest.fixture(scope="module")
def contracts(sources: Mapping[str, Source]) -> Made:
    """The yearly files at scale 1."""
    return generator.generate(sources["compranet_contratos"], seed=SEED, scale=1.0)


def table(draft: Draft, encoding: str) -> list[list[str]]:
    """The rows of a file, header first."""
    body = draft.envelope.wrap(draft.records).decode(encoding)
    return list(csv.reader(io.StringIO(body, newline="")))


def tables(made: Made) -> dict[int, list[list[str]]]:
    """The files by year, read in their encodings."""
    return {
        year: table(draft, "latin-1" if year in LATIN_1 else "utf-8-sig")
        for year, draft in zip(range(2010, 2026), made[0], strict=True)
    }


def cells(rows: list[list[str]], name: str) -> list[str]:
    """A column's cells of the rows that have as many cells as the header."""
    place = rows[0].index(name)
    return [row[place] for row in rows[1:] if len(row) >= len(rows[0])]


def test_a_layout_an_era(contracts: Made) -> None:
    """13, 39, 44, 45 and 73 columns; 2015 begins with a blank name, 2017 has a column more."""
    files = tables(contracts)
    widths = {year: len(rows[0]) for year, rows in files.items()}
    expected = {
        year: COLUMNS_OF.get(year, 44 if year < 2018 else 45 if year < 2023 else 73) for year in files
    }
    assert widths == expected
    assert files[2015][0][0] == ""
    assert set(cells(files[2015], "")) <= {"APF", "GE", "GM"}
    assert EXTRA_2017 in files[2017][0]
    assert [name for name in set(files[2023][0]) if files[2023][0].count(name) > 1] in (
        ["Moneda", "Convenio modificatorio"],
        ["Convenio modificatorio", "Moneda"],
    )
    assert set(WIDE_73) >= FILLERS


def test_encodings(contracts: Made) -> None:
    """Some files aren't UTF-8, some begin with its mark."""
    for year, draft in zip(range(2010, 2026), contracts[0], strict=True):
        body = draft.envelope.wrap(draft.records)
        if year in LATIN_1:
            with pytest.raises(UnicodeDecodeError):
                body.decode()
        assert body.startswith(b"\xef\xbb\xbf") == (year in {2018, 2019})


def test_volume_and_identical_rows(contracts: Made) -> None:
    """60 rows a file, a few of them twice, a few with cells too many or too few."""
    files = tables(contracts)
    assert {len(rows) - 1 for rows in files.values()} == {60}
    longer = sum(len(row) > len(rows[0]) for rows in files.values() for row in rows[1:])
    shorter = sum(len(row) < len(rows[0]) for rows in files.values() for row in rows[1:])
    # A file ends at 60 rows, so that the last planted one may be cut off.
    assert 0 < longer <= contracts[1]["empty_cells_at_end"] + contracts[1]["identical_row"]
    assert 0 < shorter <= contracts[1]["ragged_row"] + contracts[1]["identical_row"]
    identical = sum(len(draft.records) - len(set(draft.records)) for draft in contracts[0])
    assert 0 < identical <= contracts[1]["identical_row"]


@pytest.mark.parametrize(
    ("year", "column", "forms"),
    [
        (2010, "FECHA DE SUSCRIPCIÓN DE CONTRATO", (r"\d\d/\d\d/2010", r"\d\d-[A-Z][a-z]+-1[01]")),
        (2013, "FECHA_INICIO", (r"201[34]-\d\d-\d\d 00:00:00 GMT", r"201[34]-\d\d-\d\d 00:00:00")),
        (2013, "FECHA_CELEBRACION", (r"201[34]-\d\d-\d\d", "")),
        (2013, "PROC_F_PUBLICACION", (r"2013-\d\d-\d\d \d\d:\d\d", "")),
        (2019, "Fecha de inicio del contrato", (r"\d{4}-\d\d-\d\d 00:00:00 GMT",)),
        (2024, "Fecha de publicación", (r"2024-\d\d-\d\d \d\d:\d\d:\d\d",)),
        (2024, "Fecha de inicio del contrato", (r"\d\d/\d\d/202[45]",)),
    ],
)
def test_date_forms(contracts: Made, year: int, column: str, forms: tuple[str, ...]) -> None:
    """Each era writes dates in its own forms, within one file in several."""
    found = cells(tables(contracts)[year], column)
    for form in forms:
        assert any(re.fullmatch(form, cell) for cell in found), form


def test_planted_in_the_contracts(contracts: Made) -> None:
    """Every kind of damage is there."""
    names = {
        "odd_date",
        "impossible_date",
        "zero_amount",
        "typed_amount",
        "decimal_comma",
        "malformed_rfc",
        "folio_as_rfc",
        "placeholder_text",
        "no_procedure_number",
        "line_break",
        "inner_quotes",
        "many_expense_items",
        "empty_cells_at_end",
        "ragged_row",
        "identical_row",
        "extra_column",
        "amount_thousandfold",
    }
    assert {name for name in names if contracts[1].get(name, 0) == 0} == set()
    items = [
        cell for year in (2023, 2024, 2025) for cell in cells(tables(contracts)[year], "Partida específica")
    ]
    assert sum(", " in cell for cell in items) / len(items) > 0.1


def test_procedures_of_2026(sources: Mapping[str, Source]) -> None:
    """37 columns in Latin-1, an apostrophe before codes, no column of a contract."""
    drafts, planted = generator.generate(sources["comprasmx_2026_expedientes"], seed=SEED, scale=1.0)
    rows = table(drafts[0], "latin-1")
    assert tuple(rows[0]) == COLUMNS
    assert len(COLUMNS) == 37
    assert not [name for name in COLUMNS if "del contrato" in name]
    assert all(cell.startswith("'") for name in QUOTED for cell in cells(rows, name))
    assert {"apostrophe", "placeholder_text", "line_break", "no_procedure_number", "formula"} <= set(planted)
    with pytest.raises(UnicodeDecodeError):
        drafts[0].envelope.wrap(drafts[0].records).decode()


def test_years_come_from_the_names(sources: Mapping[str, Source]) -> None:
    """A source that declares other years gets those layouts, without code."""
    source = sources["compranet_contratos"]
    files = [file for file in source.parameters["files"] if file["url"].endswith(("2012.csv", "2024.csv"))]
    fewer = replace(source, parameters={"files": files})
    drafts, _ = generator.generate(fewer, seed=SEED, scale=1.0)
    assert [len(table(draft, "latin-1")[0]) for draft in drafts] == [44, 73]
