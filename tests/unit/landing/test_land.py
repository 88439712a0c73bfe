"""Landing: files, counts, byte-equality, pointers; over pages put into the archive by hand."""

import hashlib
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.home import Home, write_json
from pipelines.landing import land as landing
from pipelines.landing import part_processes, parts
from pipelines.landing.archive import RawArchive
from pipelines.landing.changes import changes
from pipelines.landing.land import (
    Generation,
    LandingError,
    current,
    folder,
    land,
    land_last,
    quarantine_path,
    records_query,
)
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import masked_excerpt
from pipelines.portals import file_body
from pipelines.portals.bodies import BodyFault
from pipelines.portals.errors import FetchState
from pipelines.portals.pages import Page, write_fetch
from tests.faults.raw_portal import bulk, source
from tests.unit.landing.generations import PAGES, body, fetched, landed_pages, part_paths, records
from tests.unit.portals.workbooks import rows as sheet_rows
from tests.unit.portals.workbooks import xlsx

GOOD = '{"ocid":"ocds-1","id":"r1","value":1.10}'
SAME = '{"id":"r1","ocid":"ocds-1", "value":1.1}'
BAD = '{"ocid":"Juan Pérez","a":1,"a":2}'
BODY = f'{{"uri":"u","releases":[{GOOD},{BAD},{SAME},{{"ocid":"ocds-2","id":"r1"}}]}}'


def files(home: Home, landed: Generation) -> list[Path]:
    """Everything that was written of a generation, its description apart."""
    found = folder(home, landed.source_id, landed.generation).rglob("*.parquet")
    return sorted(found)


def test_one_row_for_each_record_and_one_for_each_that_cannot_be_used(home: Home) -> None:
    one = bulk("json")
    fetch = fetched(home, one, [(BODY, 4)])
    landed = land(one, fetch, home=home)
    assert landed is not None
    sha256 = fetch.pages[0].sha256
    canonical = hashlib.sha256(b'{"id":"r1","ocid":"ocds-1","value":1.1}').hexdigest()
    rows = records(home, landed)
    assert rows[0] == {
        "source_id": "prueba_bulk_files",
        "generation": landed.generation,
        "ordinal": 0,
        "collection": "releases",
        "record": GOOD,
        "record_sha256": canonical,
        "package": '{"uri":"u"}',
        "raw_sha256": sha256,
        "page": 1,
        "position": "/releases/0",
        "is_duplicate": False,
        "duplicate_kind": None,
    }
    assert [(row["ordinal"], row["position"], row["record"], row["is_duplicate"]) for row in rows[1:]] == [
        (1, "/releases/2", SAME, True),
        (2, "/releases/3", '{"ocid":"ocds-2","id":"r1"}', False),
    ]
    assert pq.read_table(quarantine_path(home, landed)).to_pylist() == [
        {
            "source_id": "prueba_bulk_files",
            "generation": landed.generation,
            "raw_sha256": sha256,
            "page": 1,
            "position": "/releases/1",
            "reason_code": "duplicate_key",
            "reason": "el objeto repite la clave «a»: no se sabe cuál valor vale",
            "excerpt_masked": '{"aaaa":"aaaa aaaaa","a":9,"a":9}',
        }
    ]
    assert (landed.declared, landed.records, landed.duplicates, landed.quarantined, landed.distinct_ids) == (
        4,
        2,
        1,
        1,
        2,
    )
    assert (landed.state, landed.encoding, landed.columns) == (FetchState.COMPLETE, "utf-8", ())
    assert landed.parts is not None
    (part,) = landed.parts
    (path,) = part_paths(home, landed)
    assert (part.sha256, part.bytes) == (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    assert (part.rows, part.quarantined, part.first_ordinal) == (3, 1, 0)
    duplicates = folder(home, one.id, landed.generation) / "duplicates.parquet"
    assert pq.read_table(duplicates).to_pylist() == [{"ordinal": 1, "duplicate_kind": "content"}]
    of_duplicates = hashlib.sha256(duplicates.read_bytes()).hexdigest()
    assert landed.landed_sha256 == hashlib.sha256(f"{part.sha256}\n{of_duplicates}".encode()).hexdigest()
    row = Ledger(home).last(one.id)
    assert row is not None
    assert (row.generation, row.quarantined, row.duplicates, row.distinct_ids) == (landed.generation, 1, 1, 2)
    assert current(home, one.id) == landed


def test_the_same_bytes_land_the_same_anywhere(tmp_path: Path) -> None:
    one = bulk("json")
    written: list[list[bytes]] = []
    for name in ("a", "b"):
        home = Home(tmp_path / name)
        home.create()
        landed = land(one, fetched(home, one, [(BODY, 4), (BODY, 4)]), home=home)
        assert landed is not None
        written.append([path.read_bytes() for path in files(home, landed)])
    assert len(written[0]) == 4
    assert written[0] == written[1]


def test_a_generation_is_written_once_and_dated_by_its_first_fetch(home: Home) -> None:
    one = bulk("json")
    first = land(one, fetched(home, one, [(BODY, 4)], n=1), home=home)
    assert first is not None
    stamps = [path.stat().st_mtime_ns for path in files(home, first)]
    again = land(one, fetched(home, one, [(BODY, 4)], state=FetchState.UNCHANGED, n=2), home=home)
    assert again == first
    assert first.fetched_at == "2026-11-01T18:00:00.000000Z"
    assert [path.stat().st_mtime_ns for path in files(home, first)] == stamps


def test_another_parser_makes_another_generation_of_the_same_date(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bulk("json")
    first = land(one, fetched(home, one, [(BODY, 4)], n=1), home=home)
    monkeypatch.setattr(landing, "PARSER_VERSION", "other")
    second = land(one, fetched(home, one, [(BODY, 4)], state=FetchState.UNCHANGED, n=2), home=home)
    assert first is not None
    assert second is not None
    assert first.generation != second.generation
    assert (second.fetched_at, second.fetch_id) == (first.fetched_at, first.fetch_id)


def test_a_part_never_passes_for_the_whole(home: Home) -> None:
    one = bulk("json")
    part = land(one, fetched(home, one, [(BODY, 4)], state=FetchState.PARTIAL, n=1), home=home)
    whole = land(one, fetched(home, one, [(BODY, 4)], n=2), home=home)
    assert part is not None
    assert whole is not None
    assert (part.state, part.declared) == (FetchState.PARTIAL, None)
    assert (whole.state, whole.declared) == (FetchState.COMPLETE, 4)
    assert part.generation != whole.generation
    assert current(home, one.id) == whole


@pytest.mark.parametrize(
    "state", [FetchState.EMPTY, FetchState.UNAVAILABLE, FetchState.UNAUTHORIZED, FetchState.CONTRACT_ERROR]
)
def test_what_brought_nothing_leaves_the_last_content_in_place(home: Home, state: FetchState) -> None:
    one = bulk("json")
    first = land(one, fetched(home, one, [(BODY, 4)], n=1), home=home)
    fetch = replace(fetched(home, one, [(BODY, 4)], n=2), state=state, content_digest=None, rows=None)
    write_fetch(home, fetch)
    assert land(one, fetch, home=home) is None
    assert current(home, one.id) == first
    assert land_last(one, home=home) == first


def test_land_last_of_a_source_never_fetched(home: Home) -> None:
    assert land_last(bulk("json"), home=home) is None
    assert current(home, "prueba_bulk_files") is None


def test_counts_that_do_not_add_up_are_our_mistake_and_leave_nothing(home: Home) -> None:
    one = bulk("json")
    with pytest.raises(LandingError, match="landed 4 items, fetched 5"):
        land(one, fetched(home, one, [(BODY, 5)]), home=home)
    assert list((home.landed / one.id).iterdir()) == []


def test_a_folder_left_half_written_is_replaced(home: Home) -> None:
    one = bulk("json")
    fetch = fetched(home, one, [(BODY, 4)])
    landed = land(one, fetch, home=home)
    assert landed is not None
    (path,) = part_paths(home, landed)
    good = path.read_bytes()
    (folder(home, one.id, landed.generation) / "generation.json").unlink()
    path.write_bytes(b"half")
    assert land(one, fetch, home=home) == landed
    assert path.read_bytes() == good


def test_csv_keeps_its_header(home: Home) -> None:
    one = bulk("csv")
    landed = land(
        one, fetched(home, one, [("rfc,Importe DRC,\nAAA,1.50,x\n", 1), ("rfc,Otra\nB,2\n", 1)]), home=home
    )
    assert landed is not None
    assert landed.columns == ("rfc", "Importe DRC", "columna 3", "Otra")
    rows = records(home, landed)
    assert [(row["collection"], row["record"], row["page"], row["position"]) for row in rows] == [
        ("contratos", '{"rfc":"AAA","Importe DRC":"1.50","columna 3":"x"}', 1, "fila 2"),
        ("contratos", '{"rfc":"B","Otra":"2"}', 2, "fila 2"),
    ]


def test_a_duplicate_says_whether_its_text_is_the_same(home: Home) -> None:
    one = bulk("json")
    texts = [
        '{"ocid":"o","id":"1","v":1.0}',
        '{"ocid":"o","id":"1","v":1.0}',
        '{"id":"1","ocid":"o","v":1.0}',
        '{"ocid":"o","id":"1","v":1.00}',
        '{"id":"1","ocid":"o","v":1.0}',
        '{"ocid":"o","id":"2","v":1.0}',
    ]
    landed = land(one, fetched(home, one, [(f'{{"releases":[{",".join(texts)}]}}', 6)]), home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates) == (2, 4)
    rows = records(home, landed)
    assert [row["duplicate_kind"] for row in rows] == [None, "bytes", "content", "content", "bytes", None]
    assert all(row["is_duplicate"] == (row["duplicate_kind"] is not None) for row in rows)
    assert list(rows[0])[-2:] == ["is_duplicate", "duplicate_kind"]


def test_a_workbook_lands_its_sheets_and_their_headers(home: Home) -> None:
    sheets = [{"sheet": "Datos", "header": ["RFC"]}, {"sheet": r"Tabla_(\d+)", "collection": r"tabla_\1"}]
    one = bulk("xlsx", sheets=sheets)
    book = xlsx(
        {
            "Datos": sheet_rows([["Título"], ["RFC", "Monto"], ["AAA", "1"], ["AAA", "1"]]),
            "Tabla_7": sheet_rows([["ID", "RFC"], ["1", "AAA"]]),
        }
    )
    landed = land(one, fetched(home, one, [(book, 3)]), home=home)
    assert landed is not None
    assert (landed.columns, landed.encoding) == (("RFC", "Monto", "ID"), "")
    assert (landed.records, landed.duplicates) == (2, 1)
    rows = records(home, landed)
    assert [(row["collection"], row["record"], row["position"]) for row in rows] == [
        ("contratos", '{"RFC":"AAA","Monto":"1"}', "hoja «Datos», fila 3"),
        ("contratos", '{"RFC":"AAA","Monto":"1"}', "hoja «Datos», fila 4"),
        ("tabla_7", '{"ID":"1","RFC":"AAA"}', "hoja «Tabla_7», fila 2"),
    ]


def test_a_malformed_file_of_many_is_quarantined_once(home: Home) -> None:
    one = bulk("json")
    fetch = fetched(home, one, [(BODY, 4), (f'{{"releases":[{GOOD},{{"ocid":"Juan"}},]}}', 1)])
    landed = land(one, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.quarantined) == (2, 1, 2)
    refused = pq.read_table(quarantine_path(home, landed)).to_pylist()[1]
    assert (refused["page"], refused["position"], refused["reason_code"]) == (2, "/", "malformed_json")
    assert refused["excerpt_masked"].startswith('{"aaaaaaaa":[{"aaaa"')


def test_a_file_of_many_is_read_once_where_the_fetch_found_several_items(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    ocds_items = file_body.ocds_items

    def watched(text: str) -> Any:
        read.append(len(text))
        return ocds_items(text)

    monkeypatch.setattr(file_body, "ocds_items", watched)
    one = bulk("json")
    single = f'{{"releases":[{GOOD}]}}'
    fetch = fetched(home, one, [(BODY, 4), (single, 1)])
    assert land(one, fetch, home=home) is not None
    assert read == [len(BODY), len(single), len(single)]
    # What earlier readers counted may be no JSON to those of today.
    read.clear()
    other = Home(home.root / "other")
    other.create()
    fetch = fetched(other, one, [(BODY, 4), (single, 1)])
    assert land(one, replace(fetch, parser_version="1"), home=other) is not None
    assert read == [len(BODY), len(BODY), len(single), len(single)]


def test_the_same_bytes_read_otherwise_are_another_generation(home: Home) -> None:
    text = "a;b\n1;2\n"
    comma, semicolon = bulk("csv"), bulk("csv", delimiter=";")
    first = land(comma, fetched(home, comma, [(text, 1)], n=1), home=home)
    second = land(semicolon, fetched(home, semicolon, [(text, 1)], n=2), home=home)
    assert first is not None
    assert second is not None
    assert (first.columns, second.columns) == (("a;b",), ("a", "b"))
    assert first.generation != second.generation


def test_what_earlier_readers_counted_is_counted_again(home: Home) -> None:
    one = bulk("csv")
    # They took the blank row for a record.
    fetch = replace(fetched(home, one, [("a,b\n1,2\n,\n", 2)]), parser_version="1")
    landed = land(one, fetch, home=home)
    assert landed is not None
    assert (landed.records, landed.declared) == (1, 1)
    row = Ledger(home).row(one.id, fetch.fetch_id)
    assert row is not None
    assert (row.rows, row.declared) == (1, 1)


def test_the_same_content_in_two_collections_is_no_duplicate(home: Home) -> None:
    one = source("pdn_rest")
    body = '{"pagination":{},"results":[{"id":"1"}]}'
    two = replace(bulk("json"), family="pdn_v1", id=one.id)
    fetch = fetched(home, two, [(body, 1), (body, 1)])
    pages = tuple(
        replace(page, collection=name)
        for page, name in zip(fetch.pages, ("ssancionados", "psancionados"), strict=True)
    )
    landed = land(one, replace(fetch, pages=pages), home=home)
    assert landed is not None
    assert (landed.records, landed.duplicates, landed.distinct_ids) == (2, 0, 2)


def test_landed_files_are_below_the_private_root(home: Home) -> None:
    one = bulk("json")
    landed = land(one, fetched(home, one, [(BODY, 4)]), home=home)
    assert landed is not None
    (path,) = part_paths(home, landed)
    assert home.raw in path.parents
    assert home.raw.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert folder(home, one.id, landed.generation).stat().st_mode & 0o077 == 0


# -- parts ----------------------------------------------------------------------------------------


def inodes(home: Home, landed: Generation) -> list[int]:
    return [path.stat().st_ino for path in part_paths(home, landed)]


@pytest.mark.usefixtures("small_parts")
def test_ordinals_go_on_from_part_to_part(home: Home) -> None:
    landed = landed_pages(home, PAGES, n=1)
    assert landed.parts is not None
    assert [(part.file, part.rows, part.first_ordinal) for part in landed.parts] == [
        ("part-0001.parquet", 3, 0),
        ("part-0002.parquet", 3, 3),
        ("part-0003.parquet", 4, 6),
    ]
    found = records(home, landed)
    assert [(row["ordinal"], row["page"]) for row in found] == list(enumerate([1, 1, 2, 3, 3, 4, 5, 5, 5, 6]))
    assert [row["position"] for row in found][-4:] == [
        "/releases/0",
        "/releases/1",
        "/releases/2",
        "/releases/0",
    ]


@pytest.mark.usefixtures("small_parts")
def test_pages_that_come_later_leave_all_parts_but_the_last_as_they_are(home: Home) -> None:
    first = landed_pages(home, PAGES[:5], n=1)
    second = landed_pages(home, PAGES, n=2)
    assert inodes(home, second)[:2] == inodes(home, first)[:2]
    assert inodes(home, second)[2] not in inodes(home, first)
    fresh = Home(home.root / "fresh")
    fresh.create()
    again = landed_pages(fresh, PAGES, n=2)
    assert again == second
    assert [path.read_bytes() for path in files(fresh, again)] == [
        path.read_bytes() for path in files(home, second)
    ]


@pytest.mark.usefixtures("small_parts")
def test_a_changed_page_costs_its_part(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = landed_pages(home, PAGES, n=1)
    read: list[int] = []
    parse_page = parts.parse_page

    def watched(family: str, page: Page, path: Path, *, is_counted: bool) -> Any:
        read.append(page.number)
        return parse_page(family, page, path, is_counted=is_counted)

    monkeypatch.setattr(parts, "parse_page", watched)
    second = landed_pages(home, [*PAGES[:2], body("d", "x"), *PAGES[3:]], n=2)
    assert read == [3, 4]
    assert [here == there for here, there in zip(inodes(home, first), inodes(home, second), strict=True)] == [
        True,
        False,
        True,
    ]
    found = records(home, second)
    assert {row["generation"] for row in found} == {second.generation}
    assert [row["record"] for row in found][4] == '{"ocid":"o-x","id":"x"}'


@pytest.mark.usefixtures("small_parts")
def test_a_file_system_without_second_names_gets_copies(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = landed_pages(home, [(BODY, 4), *PAGES], n=1)

    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    second = landed_pages(home, [(BODY, 4), *PAGES, body("z")], n=2)
    assert inodes(home, second)[0] not in inodes(home, first)
    assert part_paths(home, second)[0].read_bytes() == part_paths(home, first)[0].read_bytes()
    assert pq.read_table(quarantine_path(home, second)).num_rows == 1


@pytest.mark.usefixtures("small_parts")
def test_what_is_quarantined_in_a_linked_part_is_told_again(home: Home) -> None:
    first = landed_pages(home, [(BODY, 4), *PAGES], n=1)
    second = landed_pages(home, [(BODY, 4), *PAGES, body("z")], n=2)
    assert inodes(home, second)[0] == inodes(home, first)[0]
    told = [pq.read_table(quarantine_path(home, one)).to_pylist() for one in (first, second)]
    assert len(told[0]) == 1
    assert [{**row, "generation": second.generation} for row in told[0]] == told[1]
    assert (second.quarantined, second.duplicates) == (1, 1)


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_lost_bytes_or_its_quarantine_is_written_again(home: Home) -> None:
    first = landed_pages(home, [(BODY, 4), *PAGES], n=1)
    damaged, *_ = part_paths(home, first)
    good = damaged.read_bytes()
    damaged.write_bytes(good[:-1])
    second = landed_pages(home, [(BODY, 4), *PAGES, body("y")], n=2)
    assert part_paths(home, second)[0].read_bytes() == good
    parts.quarantine_file(part_paths(home, second)[0]).unlink()
    third = landed_pages(home, [(BODY, 4), *PAGES, body("z")], n=3)
    assert pq.read_table(quarantine_path(home, third)).num_rows == 1


@pytest.mark.usefixtures("small_parts")
def test_chosen_records_are_read_as_in_the_whole(home: Home) -> None:
    landed = landed_pages(home, [*PAGES, body("a")], n=1)
    assert landed.parts is not None
    whole = records(home, landed)
    for ranges in ([(0, 2)], [(3, 3)], [(1, 1), (4, 6)], [(2, 3), (9, 10)]):
        query = records_query(home, landed, only=ranges)
        found = duckdb.sql(f"{query} ORDER BY ordinal")
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
        assert rows == [row for first, last in ranges for row in whole[first : last + 1]]
        read = [part.file for part in landed.parts if part.file in query]
        among = [
            part.file
            for part in landed.parts
            if any(
                first <= part.first_ordinal + part.rows - 1 and last >= part.first_ordinal
                for first, last in ranges
            )
        ]
        assert read == among
    assert whole[-1]["duplicate_kind"] == "bytes"
    all_of_it = duckdb.sql(records_query(home, landed))
    nothing = duckdb.sql(records_query(home, landed, only=()))
    assert nothing.fetchall() == []
    assert (nothing.columns, nothing.types) == (all_of_it.columns, all_of_it.types)


@pytest.mark.usefixtures("small_parts")
def test_reading_one_column_reads_no_records(home: Home) -> None:
    landed = landed_pages(home, PAGES, n=1)
    query = records_query(home, landed)
    assert "JOIN" not in query
    plan = duckdb.sql(f"EXPLAIN (FORMAT json) SELECT sum(page) FROM ({query})").fetchall()[0][1]
    assert '"page"' in plan
    assert "record" not in plan.replace("records", "")


def test_a_generation_from_before_there_were_parts_is_read_as_it_stands(home: Home) -> None:
    one = bulk("json")
    fetch = fetched(home, one, [(BODY, 4)], n=1)
    landed = land(one, fetch, home=home)
    assert landed is not None
    rows = records(home, landed)
    single = folder(home, one.id, landed.generation)
    duckdb.sql(f"{records_query(home, landed)} ORDER BY ordinal").write_parquet(
        str(single / "records.parquet")
    )
    document = asdict(landed)
    del document["parts"]
    write_json(single / "generation.json", document)
    for path in part_paths(home, landed):
        path.unlink()
    (single / "duplicates.parquet").unlink()
    old = current(home, one.id)
    assert old is not None
    assert old.parts is None
    assert records(home, old) == rows
    # The same content again leaves it; new content is landed whole beside it.
    assert land(one, fetch, home=home) == old
    new = land(one, fetched(home, one, [(BODY, 4), body("z")], n=2), home=home)
    assert new is not None
    assert (new.records, new.duplicates, new.quarantined) == (3, 1, 1)
    assert records(home, old) == rows
    assert changes(home, old, new) is None


_PAGES = st.lists(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", " ", "\n"])), max_size=5),
    min_size=1,
    max_size=6,
)


@given(first=_PAGES, second=_PAGES)
@settings(max_examples=40, deadline=None)
def test_duplicates_are_those_of_one_pass_over_all_records(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[list[tuple[str, str]]],
    second: list[list[tuple[str, str]]],
) -> None:
    """The first of a content is the original; `bytes` when the same text stood earlier."""
    home = Home(tmp_path_factory.mktemp("home") / "home")
    home.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "FULL_ITEMS", 4)
        patch.setattr(parts, "STEP_PAGES", 2)
        patch.setattr(parts, "STEP_SHARE", 2)
        # The second delivery begins as the first did: its first parts are linked.
        for n, delivery in enumerate((first, [*first, *second]), start=1):
            pages = [
                (
                    '{"releases":['
                    + ",".join(f'{{"ocid":"o",{blank}"id":"{name}"}}' for name, blank in page)
                    + "]}",
                    len(page),
                )
                for page in delivery
            ]
            if not any(items for _, items in pages):
                continue
            landed = landed_pages(home, pages, n=n)
            seen: set[str] = set()
            seen_texts: set[tuple[str, str]] = set()
            kinds: list[str | None] = []
            for name, blank in (record for page in delivery for record in page):
                kinds.append(
                    None if name not in seen else "bytes" if (name, blank) in seen_texts else "content"
                )
                seen.add(name)
                seen_texts.add((name, blank))
            assert [row["duplicate_kind"] for row in records(home, landed)] == kinds
            assert landed.distinct_ids == landed.records == len(seen)
            assert landed.duplicates == len(kinds) - len(seen)


def page(number: int, *, items: int = 1, size: int = 1) -> Page:
    return Page(number, "u", "json", f"{number:064d}", size, "2026", items, str(number))


@given(
    st.lists(st.tuples(st.integers(0, 12_000), st.integers(1, 40 << 20)), min_size=1, max_size=60),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_parts_are_all_pages_in_order_and_never_depend_on_later_ones(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    pages = [page(number, items=items, size=size) for number, (items, size) in enumerate(sizes, start=1)]
    made = list(parts.in_parts(pages))
    assert [each for part in made for each in part] == pages
    for part in made:
        short = part[:-1]
        assert sum(each.items for each in short) < parts.FULL_ITEMS
        assert sum(each.bytes for each in short) < parts.FULL_BYTES
    end = data.draw(st.integers(1, len(pages)))
    assert list(parts.in_parts(pages[:end]))[:-1] == made[: len(list(parts.in_parts(pages[:end]))) - 1]


def test_a_page_that_grows_moves_few_boundaries() -> None:
    """Pages of 5 MB, of which one in the middle becomes one of 20 MB."""
    pages = [page(number, size=5 << 20) for number in range(1, 201)]
    grown = [*pages[:49], page(50, size=20 << 20), *pages[50:]]
    before, after = ({part[-1].number for part in parts.in_parts(each)} for each in (pages, grown))
    assert len(before) > 30
    assert len(before ^ after) <= 4


# -- processes ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_parts")
def test_processes_write_what_one_would(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [(BODY, 4), *PAGES]
    alone = landed_pages(home, pages, n=1)
    monkeypatch.setattr(part_processes, "WORTHWHILE_BYTES", 0)
    monkeypatch.setattr(part_processes.os, "cpu_count", lambda: 2)
    # Called from here on, a part written in this process would fail.
    monkeypatch.setattr(part_processes, "write_part", None)
    other = Home(home.root / "other")
    other.create()
    together = landed_pages(other, pages, n=1)
    assert together == alone
    assert [path.read_bytes() for path in files(other, together)] == [
        path.read_bytes() for path in files(home, alone)
    ]


@pytest.mark.usefixtures("small_parts")
def test_what_a_process_finds_wrong_is_raised_here(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_processes, "WORTHWHILE_BYTES", 0)
    monkeypatch.setattr(part_processes.os, "cpu_count", lambda: 2)
    one = bulk("json")
    with pytest.raises(BodyFault) as refused:
        land(one, fetched(home, one, [*PAGES, ('{"message":"no"}', 2)]), home=home)
    assert refused.value.code == "wrong_shape"
    fetch = fetched(home, one, PAGES, n=2)
    RawArchive(home).path(fetch.pages[0].sha256).unlink()
    with pytest.raises(part_processes.PartProcessError, match=r"part-0001\.parquet: .* ended with status 1"):
        land(one, fetch, home=home)
    assert list((home.landed / one.id).iterdir()) == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Ñandú 42 ½\n\t\x00", "aaaaa 99 9   "),
        ("PELJ800101HOCRPN09", "aaaa999999aaaaaa99"),
        ("x" * 500, "a" * 120),
    ],
)
def test_an_excerpt_shows_the_shape_only(text: str, masked: str) -> None:
    assert masked_excerpt(text) == masked
