"""The public view, over a real scratch database."""

import hashlib
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest

from pipelines.standards import public_view, view_part
from pipelines.standards.privacy import PseudonymKey

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
RFC = "GODE561231GR8"
PSEUDONYM = KEY.pseudonym(RFC)

RELEASES_TABLE = """
    CREATE SCHEMA standard; CREATE SCHEMA staging; CREATE SCHEMA landed;
    CREATE TABLE standard.ocds_releases (
        slice_id VARCHAR, source_id VARCHAR, ocid VARCHAR, release_id VARCHAR, release_date VARCHAR,
        release JSON, package JSON, positions JSON, record_count INTEGER, ordinal BIGINT, conversion VARCHAR,
        repairs VARCHAR);
    CREATE TABLE staging.pdn_records (
        slice_id VARCHAR, source_id VARCHAR, system VARCHAR, dialect VARCHAR, collection VARCHAR,
        record_id VARCHAR, record JSON, ordinal BIGINT,
        raw_sha256 VARCHAR, page INTEGER, position VARCHAR);
    CREATE TABLE landed.pdn_versions (
        slice_id VARCHAR, source_id VARCHAR, system VARCHAR, dialect VARCHAR, collection VARCHAR, row BIGINT,
        record_number BIGINT, is_identified BOOLEAN, record_id VARCHAR, ordinal BIGINT, valid_from TIMESTAMP,
        valid_to TIMESTAMP, last_seen TIMESTAMP, withdrawn_on DATE);
    CREATE TABLE landed.pdn_version_texts (slice_id VARCHAR, row BIGINT, record VARCHAR)
"""


SLICES = {"obras@g1": 3, "servidores@g1": 3}


def release(ocid: str, number: int, date: str | None, **fields: Any) -> dict[str, Any]:
    made = {
        "ocid": ocid,
        "id": f"{ocid}-{number}",
        "date": date,
        "tag": ["tender"],
        "initiationType": "tender",
    }
    return {**made, **fields}


def release_row(
    content: dict[str, Any], ordinal: int, conversion: str = "as_published", **columns: Any
) -> tuple[Any, ...]:
    position = {
        "raw_sha256": f"{ordinal:064d}",
        "page": 1,
        "position": f"/releases/{ordinal}",
        "ordinal": ordinal,
    }
    text = orjson.dumps(content).decode()
    positions = orjson.dumps([position]).decode()
    ids = (content["ocid"], content["id"], content["date"])
    package = columns.get("package")
    repairs = columns.get("repairs")
    return (
        *("obras@g1", "obras", *ids, text, package, columns.get("positions", positions), 1, ordinal),
        *(conversion, None if repairs is None else orjson.dumps(repairs).decode()),
    )


def pdn_row(content: dict[str, Any], ordinal: int, system: str = "s3s") -> tuple[Any, ...]:
    record_id = str(content.get("id", f"_{ordinal}"))
    text = orjson.dumps(content).decode()
    return (
        "servidores@g1",
        "servidores",
        system,
        "v1",
        {"s2": "spic", "s3s": "ssancionados", "s3p": "psancionados"}[system],
        record_id,
        text,
        ordinal,
        "f" * 64,
        1,
        f"/results/{ordinal}",
    )


def scratch(folder: Path, releases: list[tuple[Any, ...]], records: list[tuple[Any, ...]]) -> Path:
    path = folder / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(RELEASES_TABLE)
        for row in releases:
            connection.execute(f"INSERT INTO standard.ocds_releases VALUES ({', '.join('?' * 12)})", row)
        for row in records:
            connection.execute(f"INSERT INTO staging.pdn_records VALUES ({', '.join('?' * 11)})", row)
    return path


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


SUPPLIER = {"id": f"MX-RFC-{RFC}", "name": "ERNESTO GÓMEZ", "identifier": {"scheme": "MX-RFC", "id": RFC}}
FIRST = release("ocds-t-1", 1, "2024-01-01T00:00:00Z", parties=[SUPPLIER], tender={"id": "t", "title": "a"})
SECOND = release(
    "ocds-t-1",
    2,
    "2024-02-01T00:00:00Z",
    tag="award,contract",
    awards=[{"id": "1", "suppliers": [{"id": f"MX-RFC-{RFC}"}]}, {"id": "1"}],
    contracts=[{"id": "1", "awardID": "1", "description": f"pago a {RFC}", "guarantees": [{"type": "bail"}]}],
)
UNDATED = release(
    f"ocds-{RFC}", 3, None, tender={"id": "t", "status": "Abierta", "documents": [{"id": "1", "url": "a b"}]}
)


pytestmark = pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")


def test_processes(tmp_path: Path) -> None:
    path = scratch(tmp_path, [release_row(SECOND, 1), release_row(FIRST, 0), release_row(UNDATED, 2)], [])
    stats = public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    assert stats.rows == {
        "ocds_releases": 3,
        "ocds_compiled": 2,
        "additional_fields": 0,
        "pdn_records": 0,
        "record_results": 2 * 28,
        "repairs": 1,
        "pdn_versions": 0,
    }
    assert stats.redactions == {"rfc_natural": 6}
    assert stats.repairs == {"tag_text": 1}
    releases = query(
        path, "SELECT ocid, release_id, release_date, release, ordinal FROM public_view.ocds_releases"
    )
    assert [(row[0], row[1], row[2], row[4]) for row in releases] == [
        (f"ocds-{PSEUDONYM}", f"ocds-{PSEUDONYM}-3", None, 2),
        ("ocds-t-1", "ocds-t-1-1", "2024-01-01T00:00:00Z", 0),
        ("ocds-t-1", "ocds-t-1-2", "2024-02-01T00:00:00Z", 1),
    ]
    compiled = query(
        path,
        "SELECT ocid, compiled_date, compiled, release_count, record_count, positions, year "
        "FROM public_view.ocds_compiled ORDER BY release_count DESC",
    )
    ocid, date, text, release_count, record_count, positions, year = compiled[0]
    assert (ocid, date, release_count, record_count, year) == ("ocds-t-1", "2024-02-01T00:00:00Z", 2, 2, 2024)
    assert [at["ordinal"] for at in orjson.loads(positions)] == [0, 1]
    document = orjson.loads(text)
    assert document["tag"] == ["compiled"]
    assert document["awards"] == [{"id": "1", "suppliers": [{"id": PSEUDONYM}]}]
    assert document["parties"][0]["id"] == PSEUDONYM
    assert document["contracts"][0]["description"] == f"pago a {PSEUDONYM}"
    assert (compiled[1][0], compiled[1][1], compiled[1][6]) == (f"ocds-{PSEUDONYM}", None, None)


def test_results_of_processes(tmp_path: Path) -> None:
    path = scratch(tmp_path, [release_row(FIRST, 0), release_row(SECOND, 1), release_row(UNDATED, 2)], [])
    public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    results = {
        (row[0], row[1]): row[2:]
        for row in query(
            path,
            "SELECT rule_id, entity_id, result, failures, path, value, position "
            "FROM public_view.record_results",
        )
    }
    one, other = "ocds-t-1", f"ocds-{PSEUDONYM}"
    first, second = "/releases/0", "/releases/1"
    assert results["OCDS-S01", one] == ("pass", 0, None, None, first)
    assert results["OCDS-S01", other][0:3] == ("fail", 2, "/date")
    assert results["OCDS-S05", one][0] == "pass"
    assert results["OCDS-S05", other] == (
        "fail",
        1,
        "/tender/documents/0/url",
        "la dirección web tiene espacios; deben escribirse como %20",
        "/releases/2",
    )
    assert results["OCDS-S02", one] == (
        "fail",
        1,
        "/contracts/0/guarantees/0/id",
        "falta el campo obligatorio «id»",
        second,
    )
    assert results["OCDS-S02", other][0] == "na"
    assert results["OCDS-S03", one] == ("fail", 1, "/tag", "award,contract", second)
    assert results["OCDS-I10", one][0] == "pass"
    assert results["OCDS-I10", other] == ("fail", 1, "/date", None, "/releases/2")
    assert results["OCDS-I11", one][0] == "pass"
    assert results["OCDS-I11", other][0] == "na"
    assert results["OCDS-I12", one] == ("fail", 1, "/awards/1/id", "1", second)
    assert results["OCDS-I13", one][0] == "pass"
    assert results["OCDS-E12", one][0:4] == ("pass", 0, None, None)
    assert results["OCDS-P10", one][0] == "na"
    assert results["OCDS-P11", one] == ("pass", 0, None, None, first)
    assert results["OCDS-P12", one][0] == "pass"
    assert results["OCDS-P12", other][0] == "na"
    assert results["OCDS-P13", one][0] == "pass"
    assert results["TEQ-P01", one][0] == "pass"
    assert results["TEQ-P02", one] == (
        "fail",
        1,
        "/contracts/0/description",
        "un RFC de persona física",
        second,
    )
    assert results["TEQ-P03", one][0] == "pass"
    assert {rule for rule, _ in results} == {
        rule for rule in public_view.RULE_IDS if not rule.startswith("PDN")
    }


def test_contact_points_are_judged_once_a_process_and_told_by_their_shape(tmp_path: Path) -> None:
    contact = {"name": "Ana", "email": "ana@salud", "telephone": "951 501 5000"}
    party = {"id": "1", "contactPoint": contact, "roles": ["buyer"]}
    mute = {"id": "1", "contactPoint": {"name": "Ana", "email": "ana@salud.gob.mx"}, "roles": ["buyer"]}
    rows = [
        release_row(release("ocds-t-1", 1, "2024-01-01T00:00:00Z", parties=[party]), 0),
        release_row(release("ocds-t-1", 2, "2024-02-01T00:00:00Z", parties=[party]), 1),
        release_row(release("ocds-t-2", 1, "2024-01-01T00:00:00Z", parties=[mute]), 2),
        release_row(release("ocds-t-3", 1, "2024-01-01T00:00:00Z", parties=[{"id": "1"}]), 3),
    ]
    path = scratch(tmp_path, rows, [])
    public_view.build_public_view(path, tmp_path / "out", slices={"obras@g1": 4}, key=KEY)
    found = query(
        path,
        "SELECT rule_id, entity_id, result, failures, path, value FROM public_view.record_results "
        "WHERE rule_id IN ('OCDS-V07', 'OCDS-V08') ORDER BY ALL",
    )
    assert found == [
        ("OCDS-V07", "ocds-t-1", "fail", 1, "/parties/0/contactPoint/email", "AAA@AAAAA"),
        ("OCDS-V07", "ocds-t-2", "pass", 0, None, None),
        ("OCDS-V07", "ocds-t-3", "na", 0, None, None),
        ("OCDS-V08", "ocds-t-1", "pass", 0, None, None),
        ("OCDS-V08", "ocds-t-2", "na", 0, None, None),
        ("OCDS-V08", "ocds-t-3", "na", 0, None, None),
    ]


def test_release_that_is_compiled_already_passes_through(tmp_path: Path) -> None:
    content = release("ocds-t-9", 1, "2023-05-01T00:00:00Z", tender={"id": "t", "title": None})
    path = scratch(tmp_path, [release_row(content, 0, "compiled_in_record")], [])
    public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    ((text,),) = query(path, "SELECT compiled FROM public_view.ocds_compiled")
    assert orjson.loads(text) == {**content, "id": "ocds-t-9-2023-05-01T00:00:00Z", "tag": ["compiled"]}


@pytest.mark.parametrize(
    ("conversion", "fields", "told"),
    [
        (
            "as_published",
            {"tag": ["planningUpdate", "tender"], "tender": {"id": "t"}},
            ("fail", 1, "/tag/0", "planning"),
        ),
        (
            "as_published",
            {"tag": ["award", "contract"], "awards": [], "contracts": None},
            ("fail", 2, "/tag/0", "award"),
        ),
        (
            "as_published",
            {"tag": ["implementation"], "contracts": [{"id": "1"}]},
            ("fail", 1, "/tag/0", "implementation"),
        ),
        (
            "as_published",
            {"tag": ["implementation"], "contracts": [{"implementation": {"status": "ongoing"}}]},
            ("pass", 0, None, None),
        ),
        ("as_published", {"tag": ["compiled"], "tender": {"id": "t"}}, ("na", 0, None, None)),
        ("as_published", {"tag": None}, ("na", 0, None, None)),
        ("compranet", {"tag": ["award"]}, ("na", 0, None, None)),
    ],
)
def test_a_tag_names_a_section_that_is_there(
    tmp_path: Path, conversion: str, fields: dict[str, Any], told: tuple[Any, ...]
) -> None:
    content = release("ocds-t-9", 1, "2023-05-01T00:00:00Z", **fields)
    path = scratch(tmp_path, [release_row(content, 0, conversion)], [])
    public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    found = query(
        path,
        "SELECT result, failures, path, value FROM public_view.record_results WHERE rule_id = 'OCDS-E12'",
    )
    assert found == [told]


RECORD = {
    "id": "1",
    "fechaCaptura": "2024-05-01T00:00:00Z",
    "institucionDependencia": {"nombre": "Secretaría"},
    "servidorPublicoSancionado": {
        "rfc": RFC,
        "curp": "BOXW310820HNERXN09",
        "nombres": "Ana",
        "primerApellido": "Ruiz",
        "puesto": "Jefa",
    },
    "tipoFalta": {"clave": "NAD", "valor": "NEGLIGENCIA ADMINISTRATIVA"},
    "tipoSancion": [{"clave": "I", "valor": "INHABILITADO"}],
    "causaMotivoHechos": "No entregó",
}


def test_records(tmp_path: Path) -> None:
    bare = {**RECORD, "fechaCaptura": "ayer", "causaMotivoHechos": "CURP BOXW310820HNERXN09"}
    bare.pop("id")
    path = scratch(tmp_path, [], [pdn_row(RECORD, 0), pdn_row(bare, 1), pdn_row({**RECORD, "id": RFC}, 2)])
    stats = public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    assert stats.rows["pdn_records"] == 3
    assert stats.rows["record_results"] == 3 * 10
    rows = query(
        path,
        "SELECT record_id, record, record_sha256, name_status, position "
        "FROM public_view.pdn_records ORDER BY ordinal",
    )
    assert [(row[0], row[3], row[4]) for row in rows] == [
        ("1", "not_public", "/results/0"),
        (rows[1][0], "not_public", "/results/1"),
        (rows[2][0], "not_public", "/results/2"),
    ]
    # A record without an id is called by what is published of it: nobody can test a guess at its RFC.
    shown = {key: value for key, value in orjson.loads(rows[1][1]).items() if key != "id"}
    digest = hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()
    assert rows[1][0] == f"sin-id-{digest[:16]}"
    # An id that is personal data isn't published, nor replaced by the same text for everyone.
    assert rows[2][0].startswith("reservado-")
    assert [orjson.loads(row[1])["id"] for row in rows] == [row[0] for row in rows]
    assert [row[2] for row in rows] == [hashlib.sha256(row[1].encode()).hexdigest() for row in rows]
    results = {
        (row[0], row[1]): row[2:]
        for row in query(
            path, "SELECT rule_id, position, result, failures, path, value FROM public_view.record_results"
        )
    }
    assert results["PDN-S01", "/results/0"] == ("pass", 0, None, None)
    assert results["PDN-S01", "/results/1"] == ("fail", 1, "/id", "falta el campo obligatorio «id»")
    assert results["PDN-S02", "/results/1"] == (
        "fail",
        1,
        "/fechaCaptura",
        "debe ser una fecha con hora y zona (AAAA-MM-DDThh:mm:ss-06:00); es «AAAA»",
    )
    assert results["PDN-S02", "/results/0"][0] == "pass"
    assert results["PDN-I10", "/results/1"] == ("fail", 1, "/id", None)
    assert results["PDN-P10", "/results/0"][0] == "pass"
    assert results["PDN-P11", "/results/0"][0] == "pass"
    assert results["PDN-P12", "/results/0"][0] == "na"
    assert results["PDN-P13", "/results/0"] == ("fail", 1, "/servidorPublicoSancionado/rfc", "AAAA999999AA9")
    assert results["TEQ-P01", "/results/1"] == ("fail", 1, "/causaMotivoHechos", "una CURP")
    assert results["TEQ-P01", "/results/0"][0] == "pass"


def test_a_long_integer_of_a_record_keeps_its_digits(tmp_path: Path) -> None:
    # Where the id stands as a number it is published as one.
    text = '{"id":12345678901234567890123,"fechaCaptura":"2024-05-01T00:00:00Z"}'
    row = pdn_row(RECORD, 0)
    path = scratch(tmp_path, [], [(*row[:5], "12345678901234567890123", text, *row[7:])])
    public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    ((record,),) = query(path, "SELECT record FROM public_view.pdn_records")
    assert record.startswith('{"id":12345678901234567890123,')


def test_nothing_to_build(tmp_path: Path) -> None:
    path = scratch(tmp_path, [], [])
    stats = public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    assert stats.rows == dict.fromkeys((*view_part.COUNTED, "pdn_versions"), 0)
    assert (stats.redactions, stats.repairs, stats.merged) == ({}, {}, {})
    for table in public_view.DESCRIPTIONS:
        assert query(path, f"SELECT count(*) FROM public_view.{table}") == [(0,)]
    for table in public_view.DESCRIPTIONS.keys() & view_part.SCHEMAS.keys():
        described = query(path, f"DESCRIBE SELECT * FROM public_view.{table}")
        assert [row[0] for row in described] == view_part.SCHEMAS[table].names
    assert set(public_view.DESCRIPTIONS) == set(public_view.VIEWS)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("public/*/*.parquet")}


def test_two_processes_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_view, "PART_ROWS", 1)
    releases = [
        release_row(
            release(f"ocds-t-{at // 2}", at, f"2024-01-{at % 28 + 1:02d}T00:00:00Z", parties=[SUPPLIER]), at
        )
        for at in range(30)
    ]
    path = scratch(tmp_path, releases, [pdn_row({**RECORD, "id": str(at)}, at) for at in range(9)])
    one = public_view.build_public_view(path, tmp_path / "one", slices=SLICES, key=KEY)
    monkeypatch.setattr(public_view, "PARALLEL_FROM_BYTES", 1)
    two = public_view.build_public_view(path, tmp_path / "two", slices=SLICES, key=KEY)
    assert (one.rows, one.redactions, one.merged) == (two.rows, two.redactions, {"direct": 15})
    assert one.rows["ocds_releases"] == 30
    assert one.rows["pdn_records"] == 9
    written = files(tmp_path / "one")
    # Processes are dealt out over the parts of their slice, three here.
    assert len([name for name in written if "ocds_compiled/processes-" in name]) == 3
    assert written == files(tmp_path / "two")


def test_long_texts_are_dealt_out_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_view, "PART_ROWS", 1)
    releases = [release_row({**FIRST, "ocid": f"ocds-t-{at}"}, at) for at in range(20)]
    path = scratch(tmp_path, releases, [pdn_row({**RECORD, "id": str(at)}, at) for at in range(40)])
    short = public_view.build_public_view(path, tmp_path / "short", slices=SLICES, key=KEY)
    monkeypatch.setattr(public_view, "LONG_TEXT_BYTES", 1)
    monkeypatch.setattr(public_view, "LONG_ROWS", 8)
    monkeypatch.setattr(public_view, "LONG_BYTES", 4_000)
    long = public_view.build_public_view(path, tmp_path / "long", slices=SLICES, key=KEY)
    assert (short.rows["ocds_releases"], short.rows["pdn_records"]) == (20, 40)
    assert long.rows == short.rows
    assert files(tmp_path / "long") == files(tmp_path / "short")


def test_a_row_group_holds_no_more_texts_than_are_taken_apart_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_part, "ROW_GROUP_BYTES", 20_000)
    lengths = [*[100] * 8, *[9_000] * 4, 30_000]
    releases = [
        release_row({**FIRST, "ocid": f"ocds-t-{at:02d}", "tender": {"id": "t", "title": "a" * length}}, at)
        for at, length in enumerate(lengths)
    ]
    path = scratch(tmp_path, releases, [])

    public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)

    (file,) = (tmp_path / "out").glob("public/ocds_compiled/processes-*.parquet")
    told = pq.read_metadata(file)
    groups = [told.row_group(number) for number in range(told.num_row_groups)]
    assert sum(group.num_rows for group in groups) == len(lengths)
    assert max(group.num_rows for group in groups) > 1
    # The last is one text that is longer than all may be together.
    assert [group.num_rows for group in groups if group.total_byte_size > 20_000] == [1]


def test_a_slice_that_is_not_planned(tmp_path: Path) -> None:
    path = scratch(tmp_path, [release_row(FIRST, 0)], [])
    with pytest.raises(KeyError, match=r"rows of slices that aren't in its plan"):
        public_view.build_public_view(path, tmp_path / "out", slices={"otra@g1": 1}, key=KEY)


def test_versions_are_told_by_what_is_public(tmp_path: Path) -> None:
    """Of those that are gone the record, as today's rules leave it; private ids are no names."""
    curp = "BOXW310820HNERXN09"
    bare = {name: value for name, value in RECORD.items() if name != "id"}
    there, moved = {**RECORD, "id": "a"}, {**RECORD, "id": curp}
    path = scratch(tmp_path, [], [pdn_row(there, 0), pdn_row(moved, 1), pdn_row(bare, 2)])
    with duckdb.connect(str(path)) as connection:
        for row, (number, record_id, identified, ordinal, text) in enumerate(
            [
                (1, "a", True, None, {**there, "expediente": "antes"}),
                (1, "a", True, 0, None),
                (2, curp, True, None, moved),
                (2, curp, True, 1, None),
                (3, "_2", False, 2, None),
            ]
        ):
            connection.execute(
                "INSERT INTO landed.pdn_versions BY NAME SELECT 'servidores@g1' AS slice_id, "
                "'servidores' AS source_id, 's3s' AS system, 'v1' AS dialect, 'ssancionados' AS collection, "
                "?::BIGINT AS row, ?::BIGINT AS record_number, ?::VARCHAR AS record_id, ?::BOOLEAN AS is_identified, "
                "?::BIGINT AS ordinal",
                [row, number, record_id, identified, ordinal],
            )
            if text is not None:
                connection.execute(
                    "INSERT INTO landed.pdn_version_texts VALUES ('servidores@g1', ?, ?)",
                    [row, orjson.dumps(text).decode()],
                )
    stats = public_view.build_public_view(path, tmp_path / "out", slices=SLICES, key=KEY)
    assert (stats.rows["pdn_versions"], stats.rows["pdn_records"]) == (5, 3)
    rows = query(
        path,
        "SELECT is_identified, record_id, record, record_sha256 FROM public_view.pdn_versions ORDER BY row",
    )
    assert [row[:2] for row in rows[:2]] == [(True, "a"), (True, "a")]
    assert [row[2] is None for row in rows] == [False, True, False, True, True]
    assert orjson.loads(rows[0][2])["expediente"] == "antes"
    # The same content in another place of the source: one id, one digest.
    assert rows[2][:2] == rows[3][:2]
    assert rows[2][3] == rows[3][3] == hashlib.sha256(rows[2][2].encode()).hexdigest()
    assert not rows[2][0] and rows[2][1].startswith("reservado-") and rows[2][1].count("-") == 1
    assert rows[4][0] is False
    # Nothing is judged or counted again for what is gone.
    assert query(path, "SELECT count(DISTINCT position) FROM public_view.record_results") == [(3,)]
    assert not any(curp in str(row) for row in rows)
