"""What stands above a table's header goes with its rows: who published a SIPOT export stands nowhere else."""

import json
from pathlib import Path

import pytest

from pipelines.portals.file_body import open_file
from pipelines.portals.items import Item
from pipelines.portals.tabular import title_of
from tests.unit.portals.workbooks import rows, xlsx

TITLES = [
    ["Nombre del Sujeto Obligado:", "Secretaría de Administración"],
    ["Normativa:", " Ley  Local "],
    ["Formato:", ""],
    ["Normativa:", "Otra"],
]
ROWS = [["ID", "Ejercicio"], ["1", "2024"]]
EXPECTED = {"Nombre del Sujeto Obligado": "Secretaría de Administración", "Normativa": "Ley Local"}


def items(path: Path, format_: str, options: dict[str, object]) -> list[Item]:
    with open_file(path, format_, options, is_short=False, is_one_of_many=False) as body:
        return list(body.items)


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        (["Formato:", "43335"], ("Formato", "43335")),
        (["", "Formato: 43335", ""], ("Formato", "43335")),
        (["Formato", "43335"], None),
        (["Formato:", " "], None),
        ([":", "43335"], None),
        (["Se informa lo siguiente, que nadie llamaría el nombre de un dato suelto: nada"], None),
        ([" ", ""], None),
    ],
)
def test_a_title_is_a_label_with_a_value(cells: list[str], title: tuple[str, str] | None) -> None:
    assert title_of(cells) == title


def test_titles_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\n".join(",".join(row) for row in [*TITLES, *ROWS]), encoding="utf-8")

    (row,) = items(path, "csv", {"header": ["ID"]})
    assert row.package is not None
    assert json.loads(row.package) == EXPECTED
    assert json.loads(row.text) == {"ID": "1", "Ejercicio": "2024"}


def test_each_sheet_has_its_own_titles(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(xlsx({"Información": rows([*TITLES, *ROWS]), "Tabla_1": rows([["ID"], ["1"]])}))

    main, child = items(
        path,
        "xlsx",
        {"sheets": [{"sheet": "Información", "header": ["ID"]}, {"sheet": "Tabla_1", "header": ["ID"]}]},
    )
    assert main.package is not None
    assert json.loads(main.package) == EXPECTED
    assert child.package is None


def test_titles_do_not_tell_rows_apart(tmp_path: Path) -> None:
    digests = set()
    for name, table in (("with", [*TITLES, *ROWS]), ("without", ROWS)):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(",".join(row) for row in table), encoding="utf-8")
        digests.add(items(path, "csv", {"header": ["ID"]})[0].sha256)

    assert len(digests) == 1
