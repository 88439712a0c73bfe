"""Landing: files, counts, byte-equality, pointers; over pages put into the archive by hand."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.home import Home
from pipelines.landing import land as landing
from pipelines.landing.archive import RawArchive
from pipelines.landing.fetch import ledger_row
from pipelines.landing.land import LandingError, current, land, land_last, quarantine_path, records_path
from pipelines.landing.ledger import Ledger
from pipelines.landing.parsers import PARSER_VERSION, masked_excerpt
from pipelines.portals.errors import FetchState
from pipelines.portals.file_body import file_options
from pipelines.portals.pages import Fetch, Page, content_digest, write_fetch
from pipelines.registry import Source
from tests.faults.raw_portal import bulk, source
from tests.unit.portals.workbooks import rows as sheet_rows
from tests.unit.portals.workbooks import xlsx

GOOD = '{"ocid":"ocds-1","id":"r1","value":1.10}'
SAME = '{"id":"r1","ocid":"ocds-1", "value":1.1}'
BAD = '{"ocid":"Juan Pérez","a":1,"a":2}'
BODY = f'{{"uri":"u","releases":[{GOOD},{BAD},{SAME},{{"ocid":"ocds-2","id":"r1"}}]}}'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def archived(home: Home, body: str | bytes) -> str:
    with RawArchive(home).receive() as incoming:
        incoming.write(body.encode() if isinstance(body, str) else body)
        return incoming.commit().sha256


def fetched(
    home: Home,
    one: Source,
    bodies: Sequence[tuple[str | bytes, int]],
    *,
    state: FetchState = FetchState.COMPLETE,
    n: int = 1,
) -> Fetch:
    """A fetch as `fetch.py` leaves it: (body, items) for each page."""
    file = one.parameters["files"][0]
    pages = [
        Page(
            number=number,
            url=f"https://portal.example/{number}",
            format=file["format"],
            sha256=archived(home, body),
            bytes=len(body),
            fetched_at="2026-11-20T18:00:00.000000Z",
            items=items,
            label=str(number),
            options=file_options(one.parameters, file),
            is_one_of_many=len(bodies) > 1,
        )
        for number, (body, items) in enumerate(bodies, start=1)
    ]
    rows = sum(items for _, items in bodies)
    moment = f"2026-11-{n:02d}T18:00:00.000000Z"
    fetch = Fetch(
        fetch_id=f"202611{n:02d}T180000.000000Z",
        source_id=one.id,
        started_at=moment,
        finished_at=moment,
        state=state,
        pages=tuple(pages),
        declared=None if state is FetchState.PARTIAL else rows,
        declared_by=None if state is FetchState.PARTIAL else "count",
        rows=rows,
        distinct_ids=None,
        pages_ok=len(pages),
        pages_failed=0,
        bytes=sum(page.bytes for page in pages),
        message="Llegaron.",
        url=None,
        expected=None,
        action=None,
        content_digest=content_digest(pages, whole=state is not FetchState.PARTIAL),
        parser_version=PARSER_VERSION,
    )
    write_fetch(home, fetch)
    Ledger(home).write(ledger_row(fetch))
    return fetch


def test_one_row_for_each_record_and_one_for_each_that_cannot_be_used(home: Home) -> None:
    one = bulk("json")
    fetch = fetched(home, one, [(BODY, 4)])
    landed = land(one, fetch, home=home)
    assert landed is not None
    sha256 = fetch.pages[0].sha256
    canonical = hashlib.sha256(b'{"id":"r1","ocid":"ocds-1","value":1.1}').hexdigest()
    rows = pq.read_table(records_path(home, landed)).to_pylist()
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
    assert landed.landed_sha256 == hashlib.sha256(records_path(home, landed).read_bytes()).hexdigest()
    row = Ledger(home).last(one.id)
    assert row is not None
    assert (row.generation, row.quarantined, row.duplicates, row.distinct_ids) == (landed.generation, 1, 1, 2)
    assert current(home, one.id) == landed


def test_the_same_bytes_land_the_same_anywhere(tmp_path: Path) -> None:
    one = bulk("json")
    files: list[list[bytes]] = []
    for name in ("a", "b"):
        home = Home(tmp_path / name)
        home.create()
        landed = land(one, fetched(home, one, [(BODY, 4), (BODY, 4)]), home=home)
        assert landed is not None
        files.append([records_path(home, landed).read_bytes(), quarantine_path(home, landed).read_bytes()])
    assert files[0] == files[1]


def test_a_generation_is_written_once_and_dated_by_its_first_fetch(home: Home) -> None:
    one = bulk("json")
    first = land(one, fetched(home, one, [(BODY, 4)], n=1), home=home)
    assert first is not None
    stamps = [path.stat().st_mtime_ns for path in (records_path(home, first), quarantine_path(home, first))]
    again = land(one, fetched(home, one, [(BODY, 4)], state=FetchState.UNCHANGED, n=2), home=home)
    assert again == first
    assert first.fetched_at == "2026-11-01T18:00:00.000000Z"
    assert [
        path.stat().st_mtime_ns for path in (records_path(home, first), quarantine_path(home, first))
    ] == stamps


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
    good = records_path(home, landed).read_bytes()
    (records_path(home, landed).parent / "generation.json").unlink()
    records_path(home, landed).write_bytes(b"half")
    assert land(one, fetch, home=home) == landed
    assert records_path(home, landed).read_bytes() == good


def test_csv_keeps_its_header(home: Home) -> None:
    one = bulk("csv")
    landed = land(
        one, fetched(home, one, [("rfc,Importe DRC,\nAAA,1.50,x\n", 1), ("rfc,Otra\nB,2\n", 1)]), home=home
    )
    assert landed is not None
    assert landed.columns == ("rfc", "Importe DRC", "columna 3", "Otra")
    rows = pq.read_table(records_path(home, landed)).to_pylist()
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
    rows = pq.read_table(records_path(home, landed)).to_pylist()
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
    rows = pq.read_table(records_path(home, landed)).to_pylist()
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
    assert home.raw in records_path(home, landed).parents
    assert home.raw.stat().st_mode & 0o077 == 0


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
