"""The leak scan: every form in every kind of file is found, and nothing that only looks like one."""

import gzip
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home, sha256_file
from pipelines.publication.leaks import BLOCK_BYTES, WINDOW_BYTES, Leak, scan

# Invented: valid forms, of nobody.
RFC = "GOMC800101AB1"
CURP = "GOMC800101HOCMRR09"


def found(path: Path, name: str = "archivo") -> list[tuple[str, str, int]]:
    home = Home(path.parent / "home")
    return [
        (leak.kind, leak.masked, leak.count) for leak in scan([(name, path, sha256_file(path))], home=home)
    ]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.json", f'{{"id":"{RFC}"}}', "rfc_natural"),
        ("a.json", f'{{"id":"{RFC.lower()}"}}', "rfc_natural"),
        ("a.json", '{"id":"PEÑA800101AB1"}', "rfc_natural"),
        ("a.json", '{"id":"PE\\u00d1A800101AB1"}', "rfc_natural"),
        ("a.json", f'{{"text":"Sr.\\n{RFC}\\nfin"}}', "rfc_natural"),
        ("a.json", '{"text":"\\u0047OMC800101AB1"}', "rfc_natural"),
        ("a.json", f'{{"url":"https://x.example/?q=a%20{RFC}"}}', "rfc_natural"),
        ("a.json", f'{{"id":"MX-RFC-{RFC}"}}', "rfc_natural"),
        ("a.json", '{"text":"RFC: GOMC-800101-AB1"}', "rfc_natural"),
        ("a.json", f'{{"{CURP}":1}}', "curp"),
        ("a.csv", f"id,nombre\r\n{CURP},x\r\n", "curp"),
        ("a.html", f"<td>{CURP}</td>", "curp"),
        ("a.html", "<td>GOMC8001&#48;1AB1</td>", "rfc_natural"),
        ("a.md", f"«{RFC}»", "rfc_natural"),
        ("a.txt", f"_{RFC}_", "rfc_natural"),
    ],
)
def test_found_in_text_of_every_kind(tmp_path: Path, name: str, content: str, kind: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert [(leak_kind, count) for leak_kind, _, count in found(path)] == [(kind, 1)]


@pytest.mark.parametrize(
    "content",
    [
        '{"id":"XAXX010101000"}',
        '{"id":"XEXX010101000"}',
        '{"id":"ABC010203XY1"}',
        f'{{"sha256":"{RFC}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}',
        f'{{"token":"a1{RFC}"}}',
        '{"id":"GOMC801301AB1"}',
        '{"id":"MX-TEQUIO-0123456789abcdef0123"}',
        '{"value":"AAAA999999AA9"}',
        '{"ocid":"ocds-07smqs-1234567"}',
        '{"id":"LPNE201201001"}',
    ],
)
def test_what_only_looks_like_one_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert found(path) == []


def test_found_in_every_column_type_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(
        f"COPY (SELECT 1 AS number, '{RFC}' AS text, ['x', '{RFC}'] AS list, "
        f"{{'a': {{'b': '{CURP}'}}}} AS struct, "
        f"'{{\"t\":\"\\u0047OMC800101AB1\"}}'::JSON AS json, encode('{CURP}') AS bytes, "
        f"map(['{RFC}'], [1]) AS pairs) TO '{path}' (FORMAT parquet)"
    )
    assert found(path) == [("curp", "AAAA999999AAAAAA99", 2), ("rfc_natural", "AAAA999999AA9", 4)]


def test_found_in_the_footer_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS {RFC}) TO '{path}' (FORMAT parquet, KV_METADATA {{title: '{CURP}'}})")
    assert found(path) == [("curp", "AAAA999999AAAAAA99", 1), ("rfc_natural", "AAAA999999AA9", 1)]


def test_found_in_every_member_of_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":"x"}\n') + gzip.compress(f'{{"a":"{RFC}"}}\n'.encode()))
    assert found(path) == [("rfc_natural", "AAAA999999AA9", 1)]


def test_found_in_the_name_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{}")
    assert found(path, f"reports/{RFC}/a.json") == [("rfc_natural", "AAAA999999AA9", 1)]
    assert found(path, "reports/otra/a.json") == []


@pytest.mark.parametrize("edge", [WINDOW_BYTES, 2 * WINDOW_BYTES, BLOCK_BYTES])
@pytest.mark.parametrize("filler", [b"ab cd ", b'"x",'])
def test_counted_once_on_every_edge_of_the_windows(tmp_path: Path, edge: int, filler: bytes) -> None:
    path = tmp_path / "a.json"
    for before in (0, 1, 6, 13, 14, 64):
        head = (filler * (edge // len(filler) + 1))[: edge - before - 1] + b" "
        path.write_bytes(head + RFC.encode() + b" " + filler * 100)
        assert found(path) == [("rfc_natural", "AAAA999999AA9", 1)], before


def test_clean_files_are_searched_once_and_dirty_ones_every_time(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    clean, dirty = tmp_path / "clean.json", tmp_path / "dirty.json"
    clean.write_bytes(b'{"a":1}')
    dirty.write_bytes(f'{{"a":"{RFC}"}}'.encode())
    files = [(path.name, path, sha256_file(path)) for path in (clean, dirty)]
    expected = (Leak(path="dirty.json", kind="rfc_natural", masked="AAAA999999AA9", count=1),)
    assert scan(files, home=home) == expected
    # A file that is known by its hash is not opened again.
    clean.unlink()
    assert scan(files, home=home) == expected


def test_many_files_at_a_time_are_told_of_in_their_order(tmp_path: Path) -> None:
    files = []
    for number in range(12):
        path = tmp_path / f"{number:02d}.parquet"
        value = RFC if number % 3 == 0 else "nadie"
        # The first ones take longest.
        duckdb.sql(
            f"COPY (SELECT '{value}' AS a, repeat('x', 400) AS b FROM range({(12 - number) * 500})) TO '{path}'"
        )
        files.append((path.name, path, sha256_file(path)))
    told = scan(files, home=Home(tmp_path / "home"))
    assert [leak.path for leak in told] == ["00.parquet", "03.parquet", "06.parquet", "09.parquet"]
    assert [leak.count for leak in told] == [6_000, 4_500, 3_000, 1_500]


def test_nothing_is_remembered_as_clean_when_a_file_cannot_be_read(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    clean = tmp_path / "clean.json"
    clean.write_bytes(b'{"a":1}')
    known = (clean.name, clean, sha256_file(clean))
    with pytest.raises(FileNotFoundError):
        scan([known, ("gone.json", tmp_path / "gone.json", "0" * 64)], home=home)
    clean.unlink()
    with pytest.raises(FileNotFoundError):
        scan([known], home=home)
