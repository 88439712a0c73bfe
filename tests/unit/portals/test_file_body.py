"""Which reader a declared file gets, with which options."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.portals.bodies import BodyFault
from pipelines.portals.file_body import file_options, open_file
from pipelines.portals.items import Item
from tests.unit.portals.workbooks import rows, xlsx

RELEASE = '{"ocid":"ocds-1","id":"r1"}'


def read(path: Path, format_: Any, options: dict[str, Any], *, is_one_of_many: bool = False) -> list[Item]:
    with open_file(path, format_, options, is_short=False, is_one_of_many=is_one_of_many) as body:
        return list(body.items)


def test_options_of_a_file_come_before_those_of_its_source() -> None:
    parameters = {"files": [], "delimiter": ";", "encoding": "cp1252"}
    file = {"path": "/a", "format": "csv", "delimiter": "|", "header": ["RFC"]}
    assert file_options(parameters, file) == {"delimiter": "|", "encoding": "cp1252", "header": ["RFC"]}
    assert file_options({"files": []}, {"path": "/a", "format": "json"}) == {}


def test_a_table_is_read_as_declared(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes("Título\nRFC|Año\nAAA|1\n".encode("mac_roman"))
    options = {"delimiter": "|", "encoding": "mac_roman", "header": ["rfc"], "collection": "pedidos"}
    with open_file(path, "csv", options, is_short=False, is_one_of_many=False) as body:
        (item,) = body.items
        assert (body.encoding, body.columns) == ("mac_roman", ["RFC", "Año"])
    assert (item.collection, item.position) == ("pedidos", "fila 3")


def test_a_workbook_is_read_as_declared(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(xlsx({"a": rows([["x"], ["1"]]), "b": rows([["t"], ["ID"], ["2"]])}))
    assert [item.text for item in read(path, "xlsx", {})] == ['{"x":"1"}']
    options = {"sheets": [{"sheet": "b", "collection": "hijas", "header": ["ID"]}]}
    with open_file(path, "xlsx", options, is_short=False, is_one_of_many=True) as body:
        assert [(item.collection, item.text) for item in body.items] == [("hijas", '{"ID":"2"}')]
        assert (body.encoding, body.columns) == (None, ["ID"])


@pytest.mark.parametrize(
    "text",
    [
        f'{{"releases":[{RELEASE},]}}',
        f'[{RELEASE},{RELEASE},{{"releases":[]}},]',
        f'{{"releases":[{RELEASE}]}} }}',
    ],
)
def test_one_malformed_file_of_many_is_one_item(tmp_path: Path, text: str) -> None:
    path = tmp_path / "body"
    path.write_text(text, encoding="utf-8")
    (item,) = read(path, "json", {}, is_one_of_many=True)
    assert item.problem is not None
    assert (item.collection, item.position, item.problem.code) == ("releases", "/", "malformed_json")
    assert "a partir del carácter" in item.problem.reason
    with pytest.raises(BodyFault):
        read(path, "json", {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'{{"releases":[{RELEASE}', "truncated"),
        ("Error interno", "not_json"),
        ('{"message":"No se ha encontrado"}', "wrong_shape"),
        ("<html>", "not_data"),
    ],
)
def test_what_is_no_malformed_file_is_refused_also_among_many(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "body"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BodyFault) as refused:
        read(path, "json", {}, is_one_of_many=True)
    assert refused.value.code == code
