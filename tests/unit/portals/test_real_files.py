"""Real files of Mexican public bodies through the readers: every record is found, every loss is named."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.portals.bodies import BodyFault, BodyFormat
from pipelines.portals.file_body import open_file
from pipelines.portals.items import Item

PUBLICIDAD = "tabular/chihuahua/publicidad_sipot"
CHIHUAHUA = "tabular/chihuahua/contratos_2018_2019.xlsx"
TEMPLATE = "sipot/plantilla_carga.xls"
SANCTIONED = "sanciones/proveedores_contratistas_sancionados.xlsx"
SAT_69B = "sanciones/sat_69b_listado_completo.csv"


def read(path: Path, format_: BodyFormat, **options: Any) -> tuple[list[Item], list[str]]:
    with open_file(path, format_, options, is_short=False, is_one_of_many=True) as body:
        return list(body.items), body.columns


def cells(item: Item) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(item.text)
    return found


def test_the_workbook_of_chihuahua(shared_data: Path) -> None:
    items, columns = read(
        shared_data / CHIHUAHUA,
        "xlsx",
        sheets=[{"sheet": "imco base de datos", "header": ["Número_contrato", "RFC_Emp_ganadora"]}],
    )
    assert (len(items), len(columns), sum(item.problem is not None for item in items)) == (1932, 197, 0)
    assert (items[0].position, items[-1].position) == (
        "hoja «IMCO Base De Datos», fila 2",
        "hoja «IMCO Base De Datos», fila 1933",
    )
    # Dates as ISO 8601 says, whole numbers without decimals, the cents as they were.
    first = cells(items[0])
    assert (first["Fecha_contrato"], first["Monto_contrato"]) == ("2018-03-16", "1052674.99")
    assert not [key for item in items for key, text in cells(item).items() if text.endswith(".0")]
    total = sum(round(float(cells(item)["Monto_contrato"]) * 100) for item in items)
    assert round(total / 100_000_000, 1) == 1690.7


def test_hidden_sheets_are_read_only_when_named_and_their_errors_are_told(shared_data: Path) -> None:
    visible, _ = read(shared_data / CHIHUAHUA, "xlsx", sheets=[{"sheet": ".*(contrato|favoritismo)"}])
    assert Counter(item.position.partition(",")[0] for item in visible) == {
        "hoja «Reporte Contrato»": 1932,
        "hoja «Ranking Favoritismo»": 689,
    }
    items, _ = read(shared_data / CHIHUAHUA, "xlsx", sheets=[{"sheet": "DATOS"}])
    assert sum(text == "#REF!" for item in items for text in cells(item).values()) == 52
    first, _ = read(shared_data / CHIHUAHUA, "xlsx")
    assert {item.position.partition(",")[0] for item in first} == {"hoja «Reporte Contrato»"}


def test_the_load_template_of_the_national_platform(shared_data: Path) -> None:
    items, columns = read(
        shared_data / TEMPLATE,
        "xlsx",
        sheets=[
            {"sheet": "Reporte de Formatos", "header": ["TextoCorto", "Año", "Nota"]},
            {"sheet": r"Tabla[ _]?(\d+)", "collection": r"tabla_\1", "header": ["ID"]},
        ],
    )
    assert Counter(item.collection for item in items) == {"contratos": 3, "tabla_227037": 3}
    assert items[0].position == "hoja «Reporte de Formatos», fila 8"
    first = cells(items[0])
    assert (first["FechaAnterior"], first["Hora"], first["Numero"], first["Tabla"]) == (
        "2016-04-04",
        "07:07:00",
        "3",
        "15",
    )
    assert [cells(item)["ID"] for item in items[3:]] == ["15", "16", "15"]
    assert (columns[0], columns[17], columns[18]) == ("TextoCorto", "Nota", "ID")


@pytest.mark.parametrize(
    ("name", "rows", "columns", "last"),
    [
        ("F70FXXIIIA", 3, 12, 4),
        ("F70FXXIIIB_reporte_formatos", 711, 35, 1056),
        ("F70FXXIIIB_tabla_10632", 606, 10, 607),
        ("F70FXXIIIB_tabla_10633", 4, 11, 5),
        ("F70FXXIIIB_tabla_10656", 632, 12, 1344),
        ("F70FXXIIIC", 711, 31, 712),
        ("F70FXXIIIC_tabla_333914", 16, 4, 17),
        ("F70FXXIIID", 1005, 10, 1042),
        ("contratos", 318, 20, 860),
        ("convenios", 1, 11, 2),
        ("desglosepartidas", 16, 7, 17),
        ("facturas", 607, 12, 608),
        ("facturas_detalles", 711, 19, 1530),
        ("gasto_por_proveedores", 59, 6, 60),
        ("gasto_por_tipo_servicio", 113, 11, 114),
        ("gasto_x_proveedor", 91, 7, 92),
        ("lista_avisos", 413, 9, 414),
        ("lista_campanas", 419, 9, 420),
        ("lista_contratos", 64, 9, 65),
        ("lista_erogaciones", 328, 7, 329),
        ("lista_sujetos_obligados", 6, 8, 7),
        ("oc_x_proveedor", 4, 13, 5),
        ("presupuesto", 5, 7, 6),
        ("presupuestos", 3, 9, 4),
        ("proveedores", 87, 7, 88),
        ("sujetos_obligados", 1, 8, 2),
    ],
)
def test_tables_of_advertising(shared_data: Path, name: str, rows: int, columns: int, last: int) -> None:
    items, header = read(shared_data / PUBLICIDAD / f"{name}.csv", "csv")
    assert (len(items), len(header), items[-1].position) == (rows, columns, f"fila {last}")
    assert [item.problem for item in items if item.problem is not None] == []
    assert not any("\ufffd" in item.text for item in items)


def test_every_table_of_advertising_is_tried(shared_data: Path) -> None:
    mark = next(mark for mark in test_tables_of_advertising.pytestmark if mark.name == "parametrize")
    tried = {case[0] for case in mark.args[1]}
    assert {path.stem for path in (shared_data / PUBLICIDAD).glob("*.csv")} == tried | {"orden_compra"}
    with pytest.raises(BodyFault) as refused:
        read(shared_data / PUBLICIDAD / "orden_compra.csv", "csv")
    assert refused.value.code == "empty_body"


def test_lists_of_sanctions(shared_data: Path) -> None:
    items, columns = read(shared_data / SANCTIONED, "xlsx", header=["proveedor y contratista", "expediente"])
    assert (len(items), len(columns)) == (2395, 9)
    # Blanks and tabs inside a cell are the publisher's: staging repairs them and says so.
    fines = [cells(item)["Monto de la Multa"] for item in items]
    assert fines[0].strip() != fines[0]
    items, columns = read(shared_data / SAT_69B, "csv", header=["rfc"])
    assert (len(items), len(columns), Counter(item.problem for item in items)) == (14280, 3, {None: 14280})


@pytest.mark.parametrize(
    ("folder", "files", "items", "malformed"),
    [
        ("cdmx_sefin/data", 14, 14, 1),
        ("cdmx_sefin/newdata", 16, 16, 0),
        ("jalisco/releases", 10, 10, 0),
        ("jalisco/records", 10, 10, 0),
        ("nuevo_leon_si/extra", 3, 3, 0),
    ],
)
def test_ocds_files(shared_data: Path, folder: str, files: int, items: int, malformed: int) -> None:
    paths = sorted((shared_data / "ocds" / folder).glob("*.json"))
    found = [item for path in paths for item in read(path, "json")[0]]
    problems = [item.problem.code for item in found if item.problem is not None]
    assert (len(paths), len(found), problems) == (files, items, ["malformed_json"] * malformed)


@pytest.mark.parametrize("separator", ["", "\n", " \r\n\t"])
def test_ocds_files_put_together_hold_the_same(shared_data: Path, tmp_path: Path, separator: str) -> None:
    paths = [
        path
        for folder in ("cdmx_sefin/newdata", "jalisco/records", "nuevo_leon_si/extra")
        for path in sorted((shared_data / "ocds" / folder).glob("*.json"))
    ]
    apart = [item for path in paths for item in read(path, "json")[0]]
    (tmp_path / "body").write_text(
        separator.join(path.read_text(encoding="utf-8-sig") for path in paths), encoding="utf-8"
    )
    together, _ = read(tmp_path / "body", "json")
    assert [(item.text, item.package) for item in together] == [(item.text, item.package) for item in apart]
    assert together[-1].position == f"documento {len(paths)}"


def test_answers_of_services_kept_as_files(shared_data: Path) -> None:
    page, _ = read(shared_data / "ocds/live_2026_excerpts/nl_api_releases_page_excerpt.json", "json")
    assert [(item.collection, item.position, item.package) for item in page] == [
        ("releases", f"/data/0/releases/{number}", '{"numberPublication": 94}') for number in (0, 1)
    ]
    answer, _ = read(shared_data / "pdn/captures/s6_page1.json", "json")
    assert [(item.collection, item.position, item.problem) for item in answer] == [
        ("releases", f"/results/{number}/record", None) for number in (0, 1)
    ]
    assert all(orjson.loads(item.text)["tag"] for item in answer)
