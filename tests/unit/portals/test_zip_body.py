"""JSON files in a zip: what is read of them, and what is refused before or while it is."""

import io
import json
import stat
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pipelines.portals import zip_body
from pipelines.portals.bodies import BodyFault
from pipelines.portals.items import Item
from pipelines.portals.zip_body import count_member, list_members, member_items, page_options


def zipped(path: Path, members: Iterable[tuple[str, bytes | str]], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name), body, archive.compression)
    return path


def read(path: Path, *, family: str = "pdn_v1") -> list[tuple[int, list[Item]]]:
    """(counted, items) of each member, as landing reads it."""
    found = []
    for member in list_members(path).members:
        counted = count_member(path, member, family=family, collection="spic")
        options = json.loads(json.dumps(page_options(member, counted)))
        items = list(member_items(path, options, family=family, collection="spic"))
        found.append((counted.items, items))
        assert len(items) == counted.items
    return found


def only(path: Path, **options: str) -> list[Item]:
    (counted,) = read(path, **options)
    return counted[1]


def test_records_stay_as_published(tmp_path: Path) -> None:
    body = '\ufeff [ {"id": "1", "n": 1.50, "ñ": "á"} ,\n{"_id":{"$oid":"2"}}, {"id":"1"} ]\n'
    items = only(zipped(tmp_path / "a.zip", [("X/data-1.json", body)]))
    assert [item.text for item in items] == [
        '{"id": "1", "n": 1.50, "ñ": "á"}',
        '{"_id":{"$oid":"2"}}',
        '{"id":"1"}',
    ]
    assert [item.identity for item in items] == ["1", "2", "1"]
    assert [item.position for item in items] == [f"X/data-1.json: /{index}" for index in range(3)]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1 << 20])
def test_windows_of_any_size_find_the_same_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(zip_body, "CHUNK_BYTES", chunk)
    records = [
        {"id": str(number), "texto": 'ñ"]}[{,\\' * (number % 5), "lista": [number, [], {"a": None}]}
        for number in range(60)
    ]
    path = zipped(tmp_path / "a.zip", [("a.json", json.dumps(records, ensure_ascii=False, indent=1))])
    assert [json.loads(item.text) for item in only(path)] == records


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_a_damaged_record_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(zip_body, "CHUNK_BYTES", chunk)
    body = '[{"id":1},{"id":2 "x":3},{"id":3,"id":4},5,"a",null,{"id":6}]'
    items = only(zipped(tmp_path / "a.zip", [("a.json", body)]))
    codes = [None if item.problem is None else item.problem.code for item in items]
    assert codes == [
        None,
        "malformed_json",
        "duplicate_key",
        "not_an_object",
        "not_an_object",
        "not_an_object",
        None,
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('[{"id":1},{"id":2', "truncated"),
        ('[{"id":1},', "truncated"),
        ('[{"id":1}', "truncated"),
        ('[{"id":1}] sobra', "not_json"),
        ("<html>mantenimiento</html>", "not_json"),
        ("", "truncated"),
        ('{"code": "500"}', "wrong_shape"),
        ('[{"id":1} {"id":2}]', "not_json"),
    ],
)
def test_a_broken_member_is_one_item_and_the_others_stay(tmp_path: Path, body: str, code: str) -> None:
    path = zipped(tmp_path / "a.zip", [("a.json", '[{"id":1}]'), ("b.json", body), ("c.json", '[{"id":3}]')])
    (first, broken, last) = read(path)
    assert (first[0], broken[0], last[0]) == (1, 1, 1)
    problem = broken[1][0].problem
    assert problem is not None
    assert problem.code == code
    assert broken[1][0].position == "b.json"
    assert last[1][0].identity == "3"


def test_an_object_with_results_is_read_too(tmp_path: Path) -> None:
    items = only(zipped(tmp_path / "a.zip", [("a.json", '{"pagination":{},"results":[{"id":1},{"id":2}]}')]))
    assert [item.position for item in items] == ["a.json: /results/0", "a.json: /results/1"]


def test_releases_of_s6(tmp_path: Path) -> None:
    body = [
        {"ocid": "o1", "id": "r1"},
        {"ocid": "o2", "record": {"ocid": "o2", "id": "r2"}},
        {"releases": [{"ocid": "o3", "id": "r3"}, {"ocid": "o3", "id": "r4"}]},
        {"nada": 1},
    ]
    items = only(zipped(tmp_path / "a.zip", [("a.json", json.dumps(body))]), family="ocds_packages")
    assert [item.position for item in items] == [
        "a.json: /0",
        "a.json: /1/record",
        "a.json: /2/releases/0",
        "a.json: /2/releases/1",
        "a.json: /3",
    ]
    assert [item.problem is None for item in items] == [True, True, True, True, False]


def test_other_encodings(tmp_path: Path) -> None:
    body = '[{"id":"Peña"}]'
    path = zipped(
        tmp_path / "a.zip", [("a.json", body.encode("cp1252")), ("b.json", body.encode("utf-8-sig"))]
    )
    assert [items[0].identity for _, items in read(path)] == ["Peña", "Peña"]


@pytest.mark.parametrize(
    "name", ["../a.json", "/etc/a.json", "a/../../b.json", "C:/a.json", "..\\a.json", "a\nb.json"]
)
def test_paths_that_lead_out_are_not_opened(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", [(name, '[{"id":1}]'), ("b.json", '[{"id":2}]')])
    (unsafe, safe) = read(path)
    problem = unsafe[1][0].problem
    assert problem is not None
    assert problem.code == "unsafe_path"
    assert "\n" not in unsafe[1][0].position
    assert safe[1][0].identity == "2"
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


def test_links_and_protected_members_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.json", '[{"id":1}]')
    data = bytearray(path.read_bytes())
    # The flag of encryption of the second member, in the central directory.
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[at + 8] |= 1
    path.write_bytes(data)
    codes = [items[0].problem.code for _, items in read(path) if items[0].problem is not None]
    assert codes == ["unsafe_path", "encrypted"]


def test_a_damaged_stream_costs_its_member(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        [("a.json", json.dumps([{"id": n} for n in range(999)])), ("b.json", '[{"id":2}]')],
    )
    data = bytearray(path.read_bytes())
    data[200:220] = bytes(20)
    path.write_bytes(data)
    (broken, good) = read(path)
    assert broken[0] == 1
    assert broken[1][0].problem is not None
    assert broken[1][0].problem.code == "damaged_member"
    assert good[1][0].identity == "2"


def test_a_bomb_costs_its_member(tmp_path: Path) -> None:
    body = b'[{"id":"' + b"a" * (40 << 20) + b'"}]'
    path = zipped(tmp_path / "a.zip", [("a.json", body), ("b.json", '[{"id":2}]')])
    assert path.stat().st_size < 100_000
    (bomb, good) = read(path)
    assert bomb[1][0].problem is not None
    assert bomb[1][0].problem.code == "bomb"
    assert good[1][0].identity == "2"


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    """One stream under many names: small on disk, without end when read."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.json", json.dumps([{"id": n, "x": "y" * 50} for n in range(500)]))
    data = inner.getvalue()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    directory = entry * 50
    tail = bytearray(data[end:])
    tail[8:10] = tail[10:12] = (50).to_bytes(2, "little")
    tail[12:16] = len(directory).to_bytes(4, "little")
    path = tmp_path / "a.zip"
    path.write_bytes(data[:start] + directory + bytes(tail))
    with pytest.raises(BodyFault, match="enciman"):
        list_members(path)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "página web"),
        (b"", "vacía"),
        (b"hola", "no es un ZIP"),
        (b"PK\x03\x04 cortado", "no es un ZIP, o está cortado"),
    ],
)
def test_what_is_no_zip(tmp_path: Path, body: bytes, words: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(body)
    with pytest.raises(BodyFault, match=words):
        list_members(path)


def test_a_zip_without_json(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [("conteo.csv", "a,b"), ("s2/", b"")])
    with pytest.raises(BodyFault, match="no trae archivos JSON \\(1 de otra clase\\)"):
        list_members(path)


def test_a_large_member_is_read_in_little_memory(tmp_path: Path) -> None:
    """60 MB of records that hardly repeat; a window holds one or two."""
    rows = [json.dumps({"id": n, "x": f"{n * 7919:x}" * 300}) for n in range(30_000)]
    path = zipped(tmp_path / "a.zip", [("a.json", "[" + ",".join(rows) + "]")])
    del rows
    (member,) = list_members(path).members
    tracemalloc.start()
    counted = count_member(path, member, family="pdn_v1", collection="spic")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (counted.items, counted.fault) == (30_000, None)
    assert peak < 20 << 20
