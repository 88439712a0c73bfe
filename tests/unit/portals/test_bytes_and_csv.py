"""Encodings, compression and CSV rows."""

import csv
import gzip
import io
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.portals.bodies import BodyFault, Lines, is_empty_gzip, open_text, read_text, sniff
from pipelines.portals.csv_body import CsvBody
from pipelines.portals.items import Item
from pipelines.portals.tabular import TableOptions, column_names


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        ("año".encode(), "utf-8", "año"),
        (b"\xef\xbb\xbf" + "año".encode(), "utf-8-sig", "año"),
        ("año “x”".encode("cp1252"), "cp1252", "año “x”"),
        (b"a\xf1o\x81", "latin-1", "año\x81"),
        ("año".encode("utf-16"), "utf-16", "año"),
        # Without a time in it, which would be in the test's name: every process has to find the same tests.
        (gzip.compress("año".encode(), mtime=0), "utf-8", "año"),
        ("Méxicó".encode("latin-1"), "cp1252", "Méxicó"),
        # Only the last byte isn't ASCII: nothing says that a character was cut.
        (b"Itur\xf3", "cp1252", "Ituró"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, encoding: str, text: str) -> None:
    path = tmp_path / "body"
    path.write_bytes(content)
    sniffed = sniff(path)
    assert (sniffed.encoding, sniffed.is_cut) == (encoding, False)
    assert read_text(path, sniffed) == text


def test_declared_encoding_comes_before_windows_1252(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes("á".encode("mac_roman") + b";")
    assert read_text(path, sniff(path, declared="mac_roman")) == "á;"


def test_half_a_character_at_the_end_is_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes('{"a":"añ'.encode() + "ñ".encode()[:1])
    sniffed = sniff(path)
    assert (sniffed.encoding, sniffed.is_cut) == ("utf-8", True)
    with pytest.raises(BodyFault) as refused:
        read_text(path, sniffed)
    assert refused.value.code == "truncated"
    with open_text(path, sniffed, newline="\n") as lines:
        assert list(lines) == ['{"a":"añ']


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_body"),
        (b" \n\t ", "empty_body"),
        (b"\n<!DOCTYPE html><html>", "not_data"),
        (b"<html><body>Acceso</body></html>", "not_data"),
        (b"<?xml version='1.0'?>", "not_data"),
        (b"PK\x03\x04" + b"x" * 90, "not_text"),
        (gzip.compress(b"PK\x03\x04" + b"x" * 90, mtime=0), "not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 90, "not_text"),
        (bytes([4]) + b"Juan".ljust(54) + b"\x04\0" + "Juan".ljust(54).encode("utf-16-le"), "lock_file"),
        (gzip.compress(b"x" * 9000, mtime=0)[:-9], "truncated"),
        (gzip.compress(b"x" * 9000, mtime=0)[:12] + b"\xff" * 40, "damaged_gzip"),
    ],
)
def test_bodies_that_are_no_data(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "body"
    path.write_bytes(content)
    with pytest.raises(BodyFault) as refused:
        sniff(path)
    assert refused.value.code == code


def test_a_gzip_bomb_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(b"0" * (40 << 20)))
    with pytest.raises(BodyFault) as refused:
        sniff(path)
    assert refused.value.code == "bomb"


def test_a_sound_gzip_of_nothing_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "body"
    for content, expected in ((gzip.compress(b""), True), (gzip.compress(b"a"), False), (b"", False)):
        path.write_bytes(content)
        assert is_empty_gzip(path) is expected


def rows(
    text: str, *, is_short: bool = False, delimiter: str = ",", header: tuple[str, ...] = ()
) -> tuple[list[Item], CsvBody]:
    lines = io.StringIO(text, newline="").readlines()
    options = TableOptions("contratos", header)
    body = CsvBody(Lines(iter(lines)), delimiter=delimiter, options=options, is_short=is_short)
    return list(body.items()), body


def test_rows_stand_on_the_line_where_they_start() -> None:
    items, body = rows('a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
    assert [(item.position, orjson.loads(item.text)) for item in items] == [
        ("fila 2", {"a": "1", "b": "x\r\ny"}),
        ("fila 5", {"a": "2", "b": "z"}),
    ]
    assert body.columns == ["a", "b"]


def test_ragged_rows_are_set_aside_and_said_why() -> None:
    items, _ = rows("a,b\n1\n1,2\n1,2,3\n")
    assert [(item.position, item.problem and (item.problem.code, item.problem.reason)) for item in items] == [
        ("fila 2", ("ragged_row", "la fila tiene 1 campos y el encabezado 2")),
        ("fila 3", None),
        ("fila 4", ("ragged_row", "la fila tiene 3 campos y el encabezado 2")),
    ]


def test_blank_rows_and_blank_cells_beyond_the_header_are_no_content() -> None:
    items, body = rows(" ,\n\na,b\n1,2,,\n , \n,,,\n3,4, x\n")
    assert body.columns == ["a", "b"]
    assert [(item.position, item.problem and item.problem.code) for item in items] == [
        ("fila 4", None),
        ("fila 7", "ragged_row"),
    ]


def test_titles_above_the_declared_header_are_passed_over() -> None:
    items, body = rows(
        'Sujeto obligado:,Instituto\r\n"Periodo:\r\n2024"\r\n\r\n EJERCICIO ,"Número de\r\nContrato",\r\n2024,1,\r\n',
        header=("Ejercicio", "numero  de contrato"),
    )
    assert body.columns == ["EJERCICIO", "Número de Contrato", "columna 3"]
    assert [item.position for item in items] == ["fila 7"]
    with pytest.raises(BodyFault, match=r"«Monto» \(filas revisadas: 40\)") as refused:
        rows("a,b\n" * 100, header=("Monto",))
    assert refused.value.code == "no_header"
    with pytest.raises(BodyFault, match=r"filas revisadas: 3\)"):
        rows("a\nb\n\nc\n", header=("Monto",))


def test_a_declared_delimiter() -> None:
    items, _ = rows("a;b\n1,5;2\n", delimiter=";")
    assert orjson.loads(items[0].text) == {"a": "1,5", "b": "2"}


def test_blank_and_repeated_headers_get_names() -> None:
    assert column_names(["Moneda", "", "Moneda", " RFC ", "Moneda (2)"]) == [
        "Moneda",
        "columna 2",
        "Moneda (2)",
        "RFC",
        "Moneda (2) (2)",
    ]


@given(st.lists(st.sampled_from(["", " ", "a", "a (2)", "b", "columna 1", "columna 2", "a\nb"]), max_size=12))
def test_names_of_columns_are_unique_and_keep_what_was_said(cells: list[str]) -> None:
    names = column_names(cells)
    assert len(set(names)) == len(names) == len(cells)
    for name, cell in zip(names, cells, strict=True):
        assert name.startswith(" ".join(cell.split()) or "columna ")


def test_same_row_in_another_column_order_is_a_duplicate() -> None:
    (first,), _ = rows("a,b\n1,2\n")
    (second,), _ = rows("b,a\n2,1\n")
    assert first.sha256 == second.sha256


def test_a_cell_over_16_mib_costs_only_its_row() -> None:
    items, _ = rows("a,b\n1," + "x" * ((16 << 20) + 1) + "\n2,y\n")
    assert [(item.position, item.problem and item.problem.code) for item in items] == [
        ("fila 2", "malformed_csv"),
        ("fila 3", None),
    ]


def test_last_row_of_a_short_file_is_not_trusted() -> None:
    items, _ = rows("a,b\n1,2\n3,4", is_short=True)
    assert [item.problem and item.problem.code for item in items] == [None, "truncated_line"]
    items, _ = rows("a,b\n1,2\n3,4")
    assert [item.problem for item in items] == [None, None]


def test_a_file_without_header_is_refused() -> None:
    with pytest.raises(BodyFault, match="encabezado"):
        rows("\n\n")


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=3, max_size=3
        ).filter(lambda cells: any(cell.strip() for cell in cells)),
        max_size=12,
    ),
    st.sampled_from([",", ";", "|", "\t"]),
    # With bare line feeds Python leaves a carriage return in a cell unquoted, which ends the row.
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]),
    st.integers(0, 3),
)
@settings(max_examples=200, deadline=None)
def test_any_cells_survive(
    table: list[list[str]], delimiter: str, style: tuple[str, int], titles: int
) -> None:
    line_end, quoting = style
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([["Título"]] * titles)
    writer.writerow(["a", "b", "c"])
    writer.writerows(table)
    items, _ = rows(buffer.getvalue(), delimiter=delimiter, header=("a", "B"))
    assert [list(orjson.loads(item.text).values()) for item in items] == table


@pytest.mark.parametrize("is_short", [False, True])
def test_a_quote_that_nothing_closes_swallows_no_row(is_short: bool) -> None:
    text = 'a,b,c\n1,2,"x\ny"\n4,5,"6\n7,8,9\n10,11,12\n'
    items = list(
        CsvBody(
            Lines(io.StringIO(text, newline="")),
            delimiter=",",
            options=TableOptions("contratos"),
            is_short=is_short,
        ).items()
    )
    told = [(item.position, item.problem.code if item.problem else item.text) for item in items]
    assert told[0] == ("fila 2", '{"a":"1","b":"2","c":"x\\ny"}')
    if is_short:
        # The cell may have been cut anywhere: what follows the quote is no row.
        assert told[1:] == [("fila 4", "truncated_line")]
    else:
        assert items[1].text == '4,5,"6'
        assert told[1:] == [
            ("fila 4", "malformed_csv"),
            ("fila 5", '{"a":"7","b":"8","c":"9"}'),
            ("fila 6", '{"a":"10","b":"11","c":"12"}'),
        ]
