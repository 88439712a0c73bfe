"""Workbooks: which sheets, which header, what a cell says, and everything that isn't a sound workbook."""

import datetime
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.portals import workbook_body
from pipelines.portals.bodies import OLE2_MAGIC, BodyFault
from pipelines.portals.items import Item
from pipelines.portals.tabular import TableOptions
from pipelines.portals.workbook_body import SheetOptions, WorkbookBody
from pipelines.portals.workbook_reader import cell_text
from tests.unit.portals.workbooks import ods, rows, text_cell, value_cell, xlsx, zipped

TITLED = [
    ["Relación de contratos", "", "", ""],
    ["Ejercicio 2024", "", "", ""],
    ["RFC", "", "Monto", "Monto"],
    ["AAA", "", "1", "2"],
    ["", " ", "", ""],
    ["BBB", "nota", "3", ""],
]


def read(
    folder: Path,
    content: bytes,
    options: dict[str, Any] | None = None,
    sheets: list[dict[str, Any]] | None = None,
) -> tuple[list[Item], WorkbookBody]:
    path = folder / "body"
    path.write_bytes(content)
    declared = [SheetOptions.declared(sheet) for sheet in sheets or []]
    body = WorkbookBody(path, options=TableOptions.declared(options or {}), sheets=declared)
    return list(body.items()), body


def told(items: list[Item]) -> list[tuple[str, str, dict[str, str]]]:
    return [(item.collection, item.position, json.loads(item.text)) for item in items]


@pytest.mark.parametrize(
    "make", [lambda table: xlsx({"Hoja1": rows(table)}), lambda table: ods({"Hoja1": table})]
)
def test_rows_below_the_header_are_records(tmp_path: Path, make: Any) -> None:
    items, body = read(tmp_path, make(TITLED), {"header": ["rfc", " MONTO"]})
    # The blank header over a note is a column; the blank row is none.
    assert told(items) == [
        (
            "contratos",
            "hoja «Hoja1», fila 4",
            {"RFC": "AAA", "columna 2": "", "Monto": "1", "Monto (2)": "2"},
        ),
        (
            "contratos",
            "hoja «Hoja1», fila 6",
            {"RFC": "BBB", "columna 2": "nota", "Monto": "3", "Monto (2)": ""},
        ),
    ]
    assert body.columns == ["RFC", "columna 2", "Monto", "Monto (2)"]


def test_a_table_may_stand_anywhere_and_rows_are_numbered_as_shown(tmp_path: Path) -> None:
    table = [["A\nb", "", "C"], ["1", "", "2"]]
    items, body = read(
        tmp_path, xlsx({"h": rows(table, row=7, column=3) + rows([["", "al margen"]], row=20)})
    )
    # Column D has no name and nothing below the header; B has no name and a note.
    assert body.columns == ["columna 2", "A b", "C"]
    assert told(items) == [
        ("contratos", "hoja «h», fila 8", {"columna 2": "", "A b": "1", "C": "2"}),
        ("contratos", "hoja «h», fila 20", {"columna 2": "al margen", "A b": "", "C": ""}),
    ]


def test_the_first_visible_sheet_is_read_unless_sheets_are_named(tmp_path: Path) -> None:
    table = xlsx(
        {"Catálogo": rows([["x"], ["1"]]), "Datos": rows([["y"], ["2"]]), "Más": rows([["z"], ["3"]])},
        states={"Catálogo": "veryHidden"},
    )
    items, _ = read(tmp_path, table, {"collection": "pedidos"})
    assert told(items) == [("pedidos", "hoja «Datos», fila 2", {"y": "2"})]
    named: list[dict[str, Any]] = [{"sheet": "cat.logo", "collection": "catalogo"}, {"sheet": "M[aá]s"}]
    items, body = read(tmp_path, table, sheets=named)
    assert told(items) == [
        ("catalogo", "hoja «Catálogo», fila 2", {"x": "1"}),
        ("contratos", "hoja «Más», fila 2", {"z": "3"}),
    ]
    assert body.columns == ["x", "z"]


def test_groups_of_a_sheet_name_its_collection_and_the_first_match_counts(tmp_path: Path) -> None:
    book = xlsx({"Información": rows([["ID"], ["1"]]), "Tabla_334271": rows([["t"], [""], ["ID"], ["9"]])})
    items, _ = read(
        tmp_path,
        book,
        sheets=[
            {"sheet": r"tabla_?(\d+)", "collection": r"tabla_\1", "header": ["id"]},
            {"sheet": ".*", "header": ["ID"]},
        ],
    )
    assert told(items) == [
        ("contratos", "hoja «Información», fila 2", {"ID": "1"}),
        ("tabla_334271", "hoja «Tabla_334271», fila 4", {"ID": "9"}),
    ]


def test_a_missing_sheet_costs_the_workbook_unless_it_is_optional(tmp_path: Path) -> None:
    book = xlsx({"a": rows([["x"], ["1"]])})
    with pytest.raises(BodyFault, match=r"no tiene la hoja «b» \(sus hojas: «a»\)"):
        read(tmp_path, book, sheets=[{"sheet": "a"}, {"sheet": "b"}])
    items, _ = read(tmp_path, book, sheets=[{"sheet": "a"}, {"sheet": "b", "optional": True}])
    assert len(items) == 1
    with pytest.raises(BodyFault, match="ninguna hoja visible"):
        read(tmp_path, xlsx({"a": rows([["x"]])}, states={"a": "hidden"}))


def test_a_sheet_without_its_header_is_told(tmp_path: Path) -> None:
    book = xlsx({"a": rows([["x"], ["1"]]), "b": rows([["otra"], ["cosa"]]), "c": ""})
    sheets: list[dict[str, Any]] = [{"sheet": "a"}, {"sheet": "[bc]", "header": ["ID"]}]
    with pytest.raises(BodyFault, match="en la hoja «b», no se encontró el encabezado con «ID»") as refused:
        read(tmp_path, book, sheets=sheets)
    assert refused.value.code == "no_header"
    items, _ = read(tmp_path, book, sheets=[sheets[0], {**sheets[1], "optional": True}])
    # The blank sheet has nothing to lose.
    assert [(item.position, item.problem and item.problem.code) for item in items] == [
        ("hoja «a», fila 2", None),
        ("hoja «b»", "no_header"),
    ]


def test_the_header_is_searched_in_forty_rows(tmp_path: Path) -> None:
    def table(titles: int) -> bytes:
        return xlsx({"h": rows([["título"]] * titles + [["ID"], ["1"]])})

    assert len(read(tmp_path, table(39), {"header": ["id"]})[0]) == 1
    with pytest.raises(BodyFault, match=r"«id» \(filas revisadas: 40\)"):
        read(tmp_path, table(40), {"header": ["id"]})


def test_cells_become_the_text_that_names_their_value(tmp_path: Path) -> None:
    cells = [
        text_cell(1, 2, " Ñandú\n2 "),
        value_cell(2, 2, "43101", style=1),
        value_cell(3, 2, "43101", style=2),
        value_cell(4, 2, "43101.5", style=2),
        value_cell(5, 2, "0.25", style=3),
        value_cell(6, 2, "1.5", style=4),
        value_cell(7, 2, "1", kind="b"),
        value_cell(8, 2, "#REF!", kind="e"),
        value_cell(9, 2, "1234567.10"),
        value_cell(10, 2, "5.0"),
        value_cell(11, 2, "0.30000000000000004"),
    ]
    book = xlsx(
        {"h": rows([[f"c{number}" for number in range(1, 12)]]) + f'<row r="2">{"".join(cells)}</row>'}
    )
    (item,), _ = read(tmp_path, book)
    assert list(json.loads(item.text).values()) == [
        " Ñandú\n2 ",
        "2018-01-01",
        "2018-01-01",
        "2018-01-01 12:00:00",
        "06:00:00",
        "36:00:00",
        "true",
        "#REF!",
        "1234567.1",
        "5",
        "0.30000000000000004",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (-0.0, "0"),
        (12345678901234567.0, "12345678901234568"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
        (datetime.datetime(2024, 1, 31, 23, 59, 59, 500_000), "2024-01-31 23:59:59.500"),
        (datetime.date(2024, 1, 31), "2024-01-31"),
        (datetime.timedelta(hours=-1, minutes=-30), "-1:30:00"),
    ],
)
def test_text_of_a_value(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_an_error_in_a_sheet_that_starts_elsewhere_stays_in_its_column(tmp_path: Path) -> None:
    sheet = rows([["a", "b"]], row=3, column=2) + f'<row r="4">{value_cell(3, 4, "#N/A", kind="e")}</row>'
    (item,), _ = read(tmp_path, xlsx({"otra": rows([["x"]]), "h": sheet}), sheets=[{"sheet": "h"}])
    assert told([item]) == [("contratos", "hoja «h», fila 4", {"a": "", "b": "#N/A"})]


LOCK_FILE = bytes([4]) + b"Juan".ljust(54) + b"\x04\0" + "Juan".ljust(54).encode("utf-16-le")
SOUND = xlsx({"h": rows([["a"], ["1"]])})


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty_body", "vacía"),
        (b"<html><body><table><tr><td>RFC", "not_data", "página web"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>", "not_data", "XML"),
        (LOCK_FILE, "lock_file", "«~$…»"),
        (b"RFC,Monto\nAAA,1\n", "not_a_workbook", "no es un libro"),
        (zipped({"contratos.csv": "RFC"}), "not_a_workbook", "un archivo ZIP"),
        (SOUND[: len(SOUND) // 2], "damaged_workbook", "dañado o incompleto"),
        (OLE2_MAGIC + bytes(600), "damaged_workbook", "dañado"),
        (OLE2_MAGIC + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password", "contraseña"),
        (
            OLE2_MAGIC + bytes(600) + b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12) + b"\x2f\0\x36\0",
            "password",
            "contraseña",
        ),
        (ods({"h": [["a"]]}, manifest="<manifest:encryption-data/>"), "password", "contraseña"),
        (zipped({"xl/workbook.xml": b" " * (40 << 20)}), "bomb", "crece a 41,943,040 bytes"),
        (xlsx({"h": ""}), "empty_body", "ninguna fila"),
        (xlsx({"h": "<row><c"}), "damaged_workbook", "dañado"),
    ],
)
def test_what_is_no_sound_workbook_is_refused(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    with pytest.raises(BodyFault) as refused:
        read(tmp_path, content)
    assert refused.value.code == code
    assert words in refused.value.reason
    assert "Juan" not in refused.value.reason


def test_cells_at_the_corners_of_a_sheet_are_too_large(tmp_path: Path) -> None:
    first = rows([["a"]])
    for place in ("XFD1048576", "AF1048576"):
        row = f'<row r="1048576"><c r="{place}"><v>7</v></c></row>'
        with pytest.raises(BodyFault, match="celdas") as refused:
            read(tmp_path, xlsx({"h": first + row}))
        assert refused.value.code == "too_large"


def test_a_compressed_workbook_is_one_too(tmp_path: Path) -> None:
    items, _ = read(tmp_path, gzip.compress(SOUND))
    assert told(items) == [("contratos", "hoja «h», fila 2", {"a": "1"})]


def test_a_mistake_of_the_reader_is_not_the_workbooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python_calamine.py"
    broken.write_text("raise ImportError('no calamine')", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(RuntimeError, match="no calamine"):
        read(tmp_path, SOUND)


def test_the_reader_ends_with_whoever_stops_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Watched(workbook_body.subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(workbook_body.subprocess, "Popen", Watched)
    path = tmp_path / "body"
    path.write_bytes(xlsx({"h": rows([["a"], *([["x" * 500]] * 3000)])}))
    items = WorkbookBody(path, options=TableOptions(), sheets=[]).items()
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert [reader.poll() is not None for reader in started] == [True]


@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8
            ),
            min_size=3,
            max_size=3,
        ).filter(lambda cells: any(cell.strip() for cell in cells)),
        max_size=8,
    ),
    st.integers(1, 4),
    st.integers(1, 4),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_survive_and_the_same_bytes_give_the_same_items(
    tmp_path: Path, table: list[list[str]], row: int, column: int
) -> None:
    # `_x0041_` is how a workbook escapes a character.
    table = [[cell.replace("_x", "x") for cell in cells] for cells in table]
    content = xlsx({"h": rows([["a", "b", "c"], *table], row=row, column=column)})
    items, _ = read(tmp_path, content)
    assert [list(json.loads(item.text).values()) for item in items] == table
    assert items == read(tmp_path, content)[0]


@given(st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes_never_raise_anything_but_a_body_fault(tmp_path: Path, data: st.DataObject) -> None:
    sound = data.draw(st.sampled_from([SOUND, ods({"h": [["a", "b"], ["1", "2"]]})]))
    content = bytearray(sound[: data.draw(st.integers(1, len(sound)))])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        items, _ = read(tmp_path, bytes(content))
    except BodyFault as fault:
        assert fault.reason
    else:
        assert all(item.sha256 is not None for item in items)
