"""Slices: what stands in them, that their books balance, and that equal inputs give equal bytes."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest

from pipelines.home import Home, sha256_file
from pipelines.publication import folders, layout, parquet, slices
from pipelines.publication.slices import (
    BooksDoNotBalanceError,
    SliceError,
    balance,
    export_slices,
    find_slice,
    is_whole,
    read_slice,
    slice_folder,
)
from tests.publication_lab import CODE, NORTE, PDN, SUR, Lab, build, generation, land_files


def files_of(lab: Lab, source_id: str, key: str) -> Path:
    return slice_folder(lab.home, source_id, key) / "files"


def test_a_day_without_builds_has_no_slices(tmp_path: Path) -> None:
    assert export_slices(tmp_path / "build.duckdb", slices=[], code_version="c", home=Home(tmp_path)) == {}


def test_a_procurement_slice_holds_what_stands_below_a_release(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    assert {file.path: file.rows for file in built.files} == {
        "ocds/packages/norte/2020.json": 8,
        "ocds/packages/norte/2021.json": 8,
        "ocds/packages/norte/2022.json": 9,
        "ocds/packages/norte/undated.json": 4,
        "ocds/record_packages/norte/2020.json.gz": 8,
        "ocds/record_packages/norte/2021.json.gz": 8,
        "ocds/record_packages/norte/2022.json.gz": 9,
        "ocds/record_packages/norte/undated.json.gz": 4,
        "ocds/records/norte/2020.jsonl.gz": 8,
        "ocds/records/norte/2021.jsonl.gz": 8,
        "ocds/records/norte/2022.jsonl.gz": 9,
        "ocds/records/norte/undated.jsonl.gz": 4,
        "ocds/tables/awards/source=norte/data.parquet": 29,
        "ocds/tables/processes/source=norte/data.parquet": 29,
        "provenance/source=norte/data.parquet": 29,
        "quality/field_checks/source=norte/data.parquet": 1,
        "quality/field_coverage/source=norte/data.parquet": 12,
        "quality/by_agency/source=norte/data.parquet": 1,
        "quality/files/source=norte/data.parquet": 2,
        "quality/measures/source=norte/data.parquet": 1,
        "quality/repairs/source=norte/data.parquet": 4,
        "quality/results/source=norte/data.parquet": 5,
        "quality/summary/source=norte/data.parquet": 1,
    }
    assert built.tables == {"ocds_awards": 29, "ocds_processes": 29}
    assert built.counts == {
        "declared": 32,
        "records": 30,
        "published": 29,
        "held_back": 0,
        "quarantined": 3,
        "quarantined_landing": 2,
        "unusable": 1,
        "duplicates": 0,
        "missing": 0,
    }
    assert built.summary == ({"rule_id": "OCDS-I01", "pass": 24, "fail": 5, "na": 0, "failures": 5},)
    assert built.redactions == ({"kind": "curp", "path": "/parties/*/id", "count": 3},)
    assert built.repairs == (
        {"kind": "date_form", "count": 2, "guesses": 0},
        {"kind": "lossy_character", "count": 2, "guesses": 2},
    )
    assert built.drift is None
    assert (built.leaks, built.content_from, built.content_until) == (0, "2020-05-01", "2022-05-01")
    assert read_slice(lab.home, "norte", built.key) == built


def test_a_pdn_slice_holds_only_tables_of_its_system(lab: Lab) -> None:
    built = lab.export((PDN, generation(PDN)))["oaxaca_s3@g1"]
    assert {file.path: file.rows for file in built.files} == {
        "pdn/pages/s3_particulares/oaxaca_s3.json": 15,
        # Those whose fault may be grave or not are in no file of v2.
        "pdn/pages/s3_v2/faltas_administrativas_graves/oaxaca_s3.json": 7,
        "pdn/pages/s3_v2/faltas_graves_personas_morales/oaxaca_s3.json": 15,
        "pdn/tables/s3_particulares/source=oaxaca_s3/data.parquet": 15,
        "pdn/tables/s3_sanciones/source=oaxaca_s3/data.parquet": 7,
        "pdn/pages/s3_servidores/oaxaca_s3.json": 14,
        "pdn/tables/s3_servidores/source=oaxaca_s3/data.parquet": 14,
        "provenance/source=oaxaca_s3/data.parquet": 29,
        "quality/by_agency/source=oaxaca_s3/data.parquet": 1,
        "quality/files/source=oaxaca_s3/data.parquet": 2,
        "quality/results/source=oaxaca_s3/data.parquet": 5,
        "quality/summary/source=oaxaca_s3/data.parquet": 1,
    }
    page = orjson.loads(
        (files_of(lab, "oaxaca_s3", built.key) / "pdn/pages/s3_servidores/oaxaca_s3.json").read_bytes()
    )
    assert page["pagination"] == {"pageSize": 14, "page": 1, "totalRows": 14, "hasNextPage": False}
    assert page["results"][0] == {"id": "oaxaca_s3-00002", "institucionDependencia": {"nombre": "SALUD "}}
    assert len(page["results"]) == 14
    graves = "pdn/pages/s3_v2/faltas_administrativas_graves/oaxaca_s3.json"
    page = orjson.loads((files_of(lab, "oaxaca_s3", built.key) / graves).read_bytes())
    assert page["meta"] == {"total_count": 7, "filter_count": 7}
    assert len(page["data"]) == 7


def test_published_tables_are_sorted_have_no_internal_columns_and_say_what_they_are(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    path = files_of(lab, "norte", built.key) / "ocds/tables/processes/source=norte/data.parquet"
    table = pq.read_table(path, partitioning=None)
    assert table.column_names == ["source_id", "ocid", "title", "year"]
    assert table["ocid"].to_pylist() == [f"ocds-prueba-norte-{number:05d}" for number in range(1, 30)]
    told = {key.decode(): value.decode() for key, value in pq.read_schema(path).metadata.items()}
    assert told == {
        "title": "ocds_processes · Fuente norte",
        "licence": "https://datos.gob.mx/libreusomx",
        "schema_version": layout.SCHEMA_VERSION,
        "source": "norte",
        "input_sha256": "g1-landed",
    }


def test_repairs_are_published_without_internal_columns(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    path = files_of(lab, "norte", built.key) / "quality/repairs/source=norte/data.parquet"
    rows = pq.read_table(path, partitioning=None).to_pylist()
    assert rows[0] == {
        "source_id": "norte",
        "ocid": "ocds-prueba-norte-00001",
        "kind": "lossy_character",
        "path": "/date",
        "original": "antes",
        "repaired": "después",
        "is_guess": True,
        "raw_sha256": "ab0",
        "page": 1,
        "position": "/releases/1",
    }


def test_a_slice_tells_the_columns_that_are_not_as_laid_out(lab: Lab) -> None:
    built = lab.export((SUR, generation(SUR)))["sur@g1"]
    assert built.drift == (
        {
            "layout": "hoja",
            "collection": "contratos",
            "column_name": "Monto",
            "change": "missing",
            "rows": 7,
        },
    )
    assert read_slice(lab.home, "sur", built.key) == built


def test_a_slice_of_before_repairs_were_told_can_be_read(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    path = slice_folder(lab.home, "norte", built.key) / "slice.json"
    facts = orjson.loads(path.read_bytes())
    del facts["repairs"], facts["drift"]
    path.chmod(0o644)
    path.write_bytes(orjson.dumps(facts))
    assert read_slice(lab.home, "norte", built.key) == replace(built, repairs=(), drift=None)


def test_quality_results_hold_failures_only(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    path = files_of(lab, "norte", built.key) / "quality/results/source=norte/data.parquet"
    assert pq.read_table(path, partitioning=None)["result"].to_pylist() == ["fail"] * 5


def test_provenance_names_every_position(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    path = files_of(lab, "norte", built.key) / "provenance/source=norte/data.parquet"
    rows = pq.read_table(path, partitioning=None).to_pylist()
    assert {name: value for name, value in rows[0].items() if name != "content_sha256"} == {
        "source_id": "norte",
        "entity_type": "ocid",
        "entity_id": "ocds-prueba-norte-00001",
        "raw_sha256": "ab1",
        "page": 1,
        "position": "/releases/1",
    }
    assert len({row["content_sha256"] for row in rows}) == 29


def test_records_and_packages_hold_the_json_texts_unchanged(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    files = files_of(lab, "norte", built.key)
    packed = (files / "ocds/records/norte/2021.jsonl.gz").read_bytes()
    assert packed[4:8] == b"\0\0\0\0", "the gzip header must not hold a time"
    lines = gzip.decompress(packed).splitlines()
    package = orjson.loads((files / "ocds/packages/norte/2021.json").read_bytes())
    with duckdb.connect(str(lab.scratch), read_only=True) as db:
        expected = db.execute(
            "SELECT compiled FROM public_view.ocds_compiled WHERE year = 2021 ORDER BY ocid"
        ).fetchall()
    assert [line.decode() for line in lines] == [text for (text,) in expected]
    assert package["releases"] == [orjson.loads(text) for (text,) in expected]
    assert package["publishedDate"] == "2026-11-20T18:00:00+00:00"
    assert package["license"] == "https://datos.gob.mx/libreusomx"


def test_equal_inputs_give_equal_bytes_after_everything_was_lost(lab: Lab) -> None:
    made = [(one, generation(one)) for one in (NORTE, SUR, PDN)]
    first = lab.export(*made)
    lab.scratch.unlink()
    shutil.rmtree(lab.home.slices)
    # Another order of building, and with another generation beside it.
    second = lab.export(*reversed(made), (NORTE, generation(NORTE, "g2")))
    for slice_id, part in first.items():
        assert second[slice_id] == part


def test_a_large_source_is_written_from_the_public_view_itself_in_the_same_bytes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [(one, generation(one)) for one in (NORTE, PDN)]
    near = lab.export(*made)
    lab.scratch.unlink()
    shutil.rmtree(lab.home.slices)
    monkeypatch.setattr(slices, "NEAR_RECORDS", 0)
    assert lab.export(*made) == near


def test_an_empty_table_is_the_same_file_however_its_rows_were_missed(lab: Lab, tmp_path: Path) -> None:
    build(lab.scratch, [(NORTE, generation(NORTE))])
    with parquet.connect(lab.scratch, spill=None) as db:
        columns = parquet.tables(db, schemas=("standard",))["standard.ocds_processes"]
        query = "FROM standard.ocds_processes WHERE slice_id = 'nobody@g1'"
        parquet.copy_sorted(db, query, path=tmp_path / "sought.parquet", metadata={"title": "x"})
        parquet.copy_empty(db, columns, path=tmp_path / "known.parquet", metadata={"title": "x"})
    assert (tmp_path / "known.parquet").read_bytes() == (tmp_path / "sought.parquet").read_bytes()


def test_two_generations_of_a_source_in_one_build_stay_apart(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE, records=30)), (NORTE, generation(NORTE, "g2", records=11)))
    assert built["norte@g1"].tables["ocds_processes"] == 29
    assert built["norte@g2"].tables["ocds_processes"] == 10
    assert built["norte@g2"].counts["declared"] == 13


def test_lost_records_stop_the_export(lab: Lab) -> None:
    land_files(lab.home, [(NORTE, generation(NORTE))])
    build(lab.scratch, [(NORTE, generation(NORTE))])
    with duckdb.connect(str(lab.scratch)) as db:
        db.execute("DELETE FROM standard.ocds_processes WHERE ocid LIKE '%-00007'")
    with pytest.raises(
        BooksDoNotBalanceError, match=r"30 records landed, 28 reached .*: 1 are unaccounted for"
    ):
        export_slices(lab.scratch, slices=[(NORTE, generation(NORTE))], code_version=CODE, home=lab.home)
    assert find_slice(lab.home, NORTE, generation="g1", code_version=CODE) is None


def test_an_export_before_the_tables_are_built_is_refused(lab: Lab) -> None:
    build(lab.scratch, [(PDN, generation(PDN))])
    with duckdb.connect(str(lab.scratch)) as db:
        db.execute("DROP SCHEMA standard CASCADE; CREATE SCHEMA standard")
    with pytest.raises(SliceError, match="no standard table of pdn-s3"):
        export_slices(lab.scratch, slices=[(PDN, generation(PDN))], code_version=CODE, home=lab.home)


def test_a_standing_slice_is_left_alone_and_a_damaged_one_is_built_again(lab: Lab) -> None:
    made = (NORTE, generation(NORTE))
    first = lab.export(made)["norte@g1"]
    victim = files_of(lab, "norte", first.key) / "ocds/packages/norte/2020.json"
    moment = victim.stat().st_mtime_ns
    assert lab.export(made, note="ignored: the slice stands")["norte@g1"] == first
    assert victim.stat().st_mtime_ns == moment
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b" ")
    assert lab.export(made)["norte@g1"] == first
    assert (
        sha256_file(victim)
        == {file.path: file.sha256 for file in first.files}["ocds/packages/norte/2020.json"]
    )


def test_what_a_killed_export_left_is_removed(lab: Lab) -> None:
    left = lab.home.slices / "norte" / ".staging-0123456789abcdef-1"
    (left / "files").mkdir(parents=True)
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    assert [path.name for path in (lab.home.slices / "norte").iterdir()] == [built.key]


def test_personal_ids_left_in_a_slice_are_counted(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)), note="GOMC800101AB1 ")["norte@g1"]
    # In 29 titles: of the table, the records, the record packages and the packages; the list column of the awards.
    assert built.leaks == 5 * 29


def test_another_code_version_is_another_slice(lab: Lab) -> None:
    made = (NORTE, generation(NORTE))
    first, second = lab.export(made)["norte@g1"], lab.export(made, code="codigo-2")["norte@g1"]
    assert first.key != second.key
    assert first.digest == second.digest
    assert find_slice(lab.home, NORTE, generation="g1", code_version="codigo-2") == second


def test_published_files_cannot_be_written_to(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    modes = {
        path.stat().st_mode & 0o777 for _, path in folders.files_below(files_of(lab, "norte", built.key))
    }
    assert modes == {0o444}


def test_an_unreadable_slice_says_what_to_do(lab: Lab) -> None:
    with pytest.raises(
        SliceError, match="there is no such slice; build it again with: tequio run --only norte"
    ):
        read_slice(lab.home, "norte", "nada")


def test_the_books_of_a_portal_that_gave_less_or_more_than_it_declared() -> None:
    figures = {"published": 80, "held_back": 0, "unusable": 5, "quarantined_landing": 3, "duplicates": 2}
    assert balance(declared=100, **figures)["missing"] == 10
    assert balance(declared=85, **figures)["missing"] == -5
    assert balance(declared=None, **figures) == {
        "declared": 90,
        "records": 85,
        "published": 80,
        "held_back": 0,
        "quarantined": 8,
        "quarantined_landing": 3,
        "unusable": 5,
        "duplicates": 2,
        "missing": 0,
    }


def test_declared_unknown_counts_what_was_found(lab: Lab) -> None:
    landed = replace(generation(NORTE), declared=None, declared_by=None, duplicates=4)
    built = lab.export((NORTE, landed))["norte@g1"]
    assert (built.counts["declared"], built.counts["duplicates"], built.counts["missing"]) == (36, 4, 0)


def test_a_declared_fact_that_stands_in_the_files_makes_another_slice(lab: Lab) -> None:
    relicensed = replace(NORTE, licence="https://creativecommons.org/licenses/by/4.0/")
    first = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    second = lab.export((relicensed, generation(relicensed)))["norte@g1"]
    assert first.key != second.key
    assert first.digest != second.digest


def test_a_damaged_slice_is_not_whole(lab: Lab) -> None:
    built = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    assert is_whole(lab.home, built)
    table = files_of(lab, "norte", built.key) / "ocds/tables/awards/source=norte/data.parquet"
    table.chmod(0o644)
    table.write_bytes(table.read_bytes() + b"x")
    assert not is_whole(lab.home, built)


def test_the_books_of_each_file_balance(lab: Lab) -> None:
    part = lab.export((NORTE, generation(NORTE)))["norte@g1"]

    books = pq.read_table(files_of(lab, "norte", part.key) / "quality/files/source=norte/data.parquet")

    duplicates = {"duplicates_bytes": 0, "duplicates_content": 0}
    assert books.select(
        ["page", "items", "published", "unusable", "quarantined", *duplicates]
    ).to_pylist() == [
        {"page": 1, "items": 30, "published": 29, "unusable": 1, "quarantined": 0, **duplicates},
        {"page": 2, "items": 2, "published": 0, "unusable": 0, "quarantined": 2, **duplicates},
    ]
