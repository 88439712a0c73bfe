"""Publishing: what a release holds, when there is none, and what it refuses."""

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest

from pipelines.home import read_json, sha256_file, write_json
from pipelines.portals.errors import FetchState
from pipelines.publication import pointer
from pipelines.publication.integrated import export_integrated
from pipelines.publication.lease import PublicationBusyError, publication_lease
from pipelines.publication.pointer import release_folder, roll_back, verify_release
from pipelines.publication.release import PublicationBlockedError, SourceOutcome
from pipelines.publication.slices import export_slices, slice_folder
from pipelines.registry import Source
from tests.publication_lab import (
    CODE,
    NORTE,
    NOW,
    PDN,
    SOURCES,
    SUR,
    Lab,
    build,
    generation,
    land_files,
    source,
)

LATER = NOW + timedelta(days=7)
CURP = "GOMC800101HOCMRR09"


def releases(lab: Lab) -> list[str]:
    return sorted(path.name for path in (lab.home.publications / "releases").glob("*"))


def test_the_first_release_is_whole(admitted: Lab) -> None:
    published = admitted.publish()
    assert (published.release, published.seq, published.unchanged, published.changes) == (
        "2026-11-21.1",
        1,
        False,
        (),
    )
    assert published.sources["norte"] == SourceOutcome(
        state="published",
        published=29,
        held_back=0,
        declared=32,
        quarantined=3,
        duplicates=0,
        missing=0,
        fetched_at="2026-11-20T18:00:00+00:00",
        reasons=(),
    )
    assert verify_release(admitted.home, now=NOW) == []
    assert read_json(admitted.home.publications / "latest.json") == {
        "seq": 1,
        "release": "2026-11-21.1",
        "manifest": sha256_file(release_folder(admitted.home, "2026-11-21.1") / "SHA256SUMS"),
        "published_at": "2026-11-21T18:00:00+00:00",
        "renewed_at": "2026-11-21T18:00:00+00:00",
        "expires": "2026-12-06T18:00:00+00:00",
        "rolled_back": None,
    }
    assert (admitted.home.publications / "latest").readlink() == Path("releases/2026-11-21.1")
    assert sorted(path.name for path in (admitted.home.publications / "latest").iterdir()) == [
        "CHANGES.md",
        "CITATION.cff",
        "LICENSE.md",
        "README.md",
        "SHA256SUMS",
        "catalog.json",
        "datapackage.json",
        "ocds",
        "pdn",
        "provenance",
        "quality",
        "schemas",
    ]
    assert sorted(path.name for path in admitted.home.publications.iterdir()) == [
        ".lease.guard",
        "latest",
        "latest.json",
        "releases",
        "versions.json",
    ]


def test_the_books_of_the_catalogue_balance(admitted: Lab) -> None:
    admitted.publish()
    content = read_json(admitted.home.publications / "latest" / "catalog.json")
    assert content["totals"] == {
        "declared": 96,
        "published": 87,
        "held_back": 0,
        "quarantined": 9,
        "duplicates": 0,
        "missing": 0,
    }


def test_the_same_again_only_renews_the_pointer(admitted: Lab) -> None:
    first = admitted.publish()
    again = admitted.publish(now=LATER)
    assert (again.release, again.seq, again.unchanged) == (first.release, 2, True)
    assert again.reasons == ("No hay cambios respecto de la publicación vigente.",)
    told = read_json(admitted.home.publications / "latest.json")
    assert (told["published_at"], told["renewed_at"]) == (
        "2026-11-21T18:00:00+00:00",
        "2026-11-28T18:00:00+00:00",
    )
    assert told["expires"] == "2026-12-13T18:00:00+00:00"
    assert releases(admitted) == ["2026-11-21.1"]


def test_judging_again_and_fetching_nothing_new_make_no_release(lab: Lab) -> None:
    slices = lab.admit_all()
    lab.publish()
    for part in slices.values():
        lab.judge(part)
    lab.attempt(NORTE, fetch_id="20261128T180000.000000Z", state=FetchState.UNCHANGED)
    lab.attempt(SUR, fetch_id="20261128T180000.000000Z", state=FetchState.UNAVAILABLE, rows=None)
    assert lab.publish(now=LATER).unchanged


def test_new_content_makes_a_new_release_and_says_what_changed(admitted: Lab) -> None:
    admitted.publish()
    grown = admitted.export((NORTE, generation(NORTE, "g2", records=33)))["norte@g2"]
    shrunk = admitted.export((PDN, generation(PDN, "g2", records=29)), note="otro")["oaxaca_s3@g2"]
    for part in (grown, shrunk):
        admitted.judge(part)
    published = admitted.publish(now=LATER)
    assert published.release == "2026-11-28.1"
    found = {change.source_id: change for change in published.changes}
    assert [(found[name].added, found[name].changed, found[name].removed) for name in sorted(found)] == [
        (3, 0, 0),
        (0, 28, 1),
        (0, 0, 0),
    ]
    assert (found["norte"].before, found["norte"].now, found["oaxaca_s3"].now) == (29, 32, 28)
    folder = release_folder(admitted.home, "2026-11-28.1")
    assert sorted(path.name for path in (folder / "changes").iterdir()) == [
        "norte.parquet",
        "oaxaca_s3.parquet",
    ]
    rows = pq.read_table(folder / "changes" / "norte.parquet").to_pylist()
    assert [(row["entity_id"], row["change"], row["previous_sha256"]) for row in rows] == [
        (f"ocds-prueba-norte-{number:05d}", "added", None) for number in (30, 31, 32)
    ]
    told = (folder / "CHANGES.md").read_text(encoding="utf-8")
    assert "Respecto de 2026-11-21.1." in told
    assert "| oaxaca_s3 | 29 | 28 | 0 | 28 | 1 |" in told
    assert verify_release(admitted.home) == []


def test_two_releases_of_one_day_have_two_names(admitted: Lab) -> None:
    admitted.publish()
    admitted.admit_all(note="otro", name="g2")
    assert admitted.publish().release == "2026-11-21.2"


def test_a_release_is_dated_as_in_mexico(admitted: Lab) -> None:
    assert admitted.publish(now=NOW.replace(day=22, hour=3)).release == "2026-11-21.1"


def test_a_source_held_back_keeps_its_last_good_data(admitted: Lab) -> None:
    admitted.publish()
    admitted.admit_all(name="g2", note="nuevo", only=(SUR,))
    fresh = generation(NORTE, "g2", records=12, fetched_at="2026-11-27T18:00:00+00:00")
    bad = admitted.export((NORTE, fresh))["norte@g2"]
    admitted.judge(bad, admitted=False, reasons=("Se recibieron 12 de 30 registros.",))
    published = admitted.publish(now=LATER)
    assert published.sources["norte"] == SourceOutcome(
        state="last_good",
        published=29,
        held_back=11,
        declared=14,
        quarantined=3,
        duplicates=0,
        missing=0,
        fetched_at="2026-11-20T18:00:00+00:00",
        reasons=("Se recibieron 12 de 30 registros.",),
    )
    entry = admitted.catalog()["norte"]
    assert (entry["state"], entry["held_since"]) == ("last_good", "2026-11-27T18:00:00+00:00")
    assert entry["in_release"]["generation"] == "g1"  # type: ignore[index]
    assert entry["in_release"]["fetched_at"] == "2026-11-20T18:00:00+00:00"  # type: ignore[index]
    folder = release_folder(admitted.home, "2026-11-28.1")
    assert pq.read_metadata(folder / "ocds/tables/processes/source=norte/data.parquet").num_rows == 29
    assert read_json(folder / "quality/receipts/norte.held_back.json")["verdict"] == "held_back"
    assert read_json(folder / "quality/receipts/norte.json")["verdict"] == "admitted"
    told = (folder / "CHANGES.md").read_text(encoding="utf-8")
    assert (
        "- **norte**: se publican sus últimos datos buenos, del 2026-11-20. Se recibieron 12 de 30 registros."
    ) in told


def test_declared_sources_without_data_are_in_the_catalogue(admitted: Lab) -> None:
    reserved = source("reservada", status="credentials-needed", url=None, url_env="TEQUIO_X_URL")
    admitted.attempt(
        reserved,
        fetch_id="20261120T180000.000000Z",
        state=FetchState.UNAVAILABLE,
        message="No respondió https://interna.example/v1/spic en 30 s.",
    )
    lapsed = source("lapsada", status="lapsed")
    admitted.publish(sources=(*SOURCES, reserved, lapsed))
    found = admitted.catalog()
    assert found["reservada"]["state"] == "unpublished"
    assert found["reservada"]["reasons"] == ["No respondió (dirección reservada) en 30 s."]
    assert found["reservada"]["last_attempt"] == {"state": "unavailable", "at": "2026-11-20T18:01:00+00:00"}
    assert found["lapsada"]["reasons"] == ["El portal de la fuente dejó de responder o fue retirado."]
    assert found["lapsada"]["counts"]["declared"] is None  # type: ignore[index]


def test_without_an_admitted_source_nothing_is_published(lab: Lab) -> None:
    part = lab.export((NORTE, generation(NORTE)))["norte@g1"]
    lab.judge(part, admitted=False, reasons=("Estructura.",))
    published = lab.publish()
    assert (published.release, published.seq, published.unchanged) == (None, None, True)
    assert published.reasons == ("Ninguna fuente está admitida: no hay nada que publicar.",)
    assert published.sources["norte"].held_back == 29
    assert not (lab.home.publications / "latest.json").exists()


def test_a_changed_slice_is_refused(lab: Lab) -> None:
    part = lab.admit_all()["norte"]
    lab.publish()
    lab.admit_all(name="g2", note="otro", only=(SUR,))
    victim = slice_folder(lab.home, "norte", part.key) / "files/ocds/tables/awards/source=norte/data.parquet"
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[:-1] + b"x")
    with pytest.raises(PublicationBlockedError, match="the bytes do not match receipt norte/00000001"):
        lab.publish(now=LATER)
    assert releases(lab) == ["2026-11-21.1"]
    assert verify_release(lab.home) == []


def test_a_lost_slice_is_refused(lab: Lab) -> None:
    part = lab.admit_all()["norte"]
    shutil.rmtree(slice_folder(lab.home, "norte", part.key) / "files")
    with pytest.raises(PublicationBlockedError, match="is missing; run the source again"):
        lab.publish()


def test_a_slice_that_lists_other_files_is_refused(lab: Lab) -> None:
    part = lab.admit_all()["norte"]
    facts = slice_folder(lab.home, "norte", part.key) / "slice.json"
    told = read_json(facts)
    told["files"][0]["sha256"] = "0" * 64
    write_json(facts, told)
    with pytest.raises(
        PublicationBlockedError, match=r"norte: slice.json no describe los archivos admitidos"
    ):
        lab.publish()


@pytest.mark.parametrize("value", ["GOMC800101AB1", CURP])
def test_a_leak_in_a_page_holds_the_whole_release_back(admitted: Lab, value: str) -> None:

    def pages(release: Path, target: Path) -> None:
        assert read_json(release / "catalog.json")["release"] == release.name == "2026-11-21.1"
        (target / "index.html").write_text(f"<p>{value}</p>", encoding="utf-8")

    with pytest.raises(PublicationBlockedError) as caught:
        admitted.publish(add_pages=pages)
    (reason,) = caught.value.reasons
    assert reason.startswith("index.html contiene 1 ")
    assert value not in str(caught.value)
    assert not (admitted.home.publications / ".staging").exists()
    assert not (admitted.home.publications / "latest.json").exists()
    assert releases(admitted) == []


def test_a_leak_in_admitted_data_holds_the_whole_release_back(lab: Lab) -> None:
    lab.admit_all(note="GOMC800101AB1 ")
    with pytest.raises(PublicationBlockedError, match=r"2020\.json contiene 8 RFC de persona física"):
        lab.publish()


S1 = source("oaxaca_s1", system="pdn-s1")
# One declaration, as the public view and the models leave it.
DECLARATION = """
    INSERT INTO public_view.pdn_records (slice_id, source_id, system, record_id, record, ordinal, page, position)
    SELECT slice_id, source_id, 's1', 'd-1', '{"id":"d-1","metadata":{"institucion":"SALUD"}}', 1, 2, '/results/1'
    FROM made;
    CREATE TABLE standard.pdn_s1_declaraciones AS
    SELECT slice_id, source_id, record_id, ordinal, 'SALUD' AS institution FROM public_view.pdn_records
    WHERE system = 's1';
"""


@pytest.mark.parametrize(("value", "kind"), [("GOMC800101AB1", "RFC de persona física"), (CURP, "CURP")])
@pytest.mark.parametrize(
    ("one", "plant", "path"),
    [
        pytest.param(
            PDN,
            "UPDATE standard.pdn_s3_servidores SET record_id = 'x ' || $1 WHERE ordinal = 2",
            "pdn/tables/s3_servidores/source=oaxaca_s3/data.parquet",
            id="table",
        ),
        pytest.param(
            PDN,
            "UPDATE public_view.pdn_records SET record_v1 = replace(record_v1, 'SALUD', 'SALUD ' || $1) "
            "WHERE ordinal = 2",
            "pdn/pages/s3_servidores/oaxaca_s3.json",
            id="v1-page",
        ),
        pytest.param(
            PDN,
            "UPDATE public_view.pdn_records SET record_v1 = json_merge_patch(record_v1, json_object($1, 'x')) "
            "WHERE ordinal = 1",
            "pdn/pages/s3_particulares/oaxaca_s3.json",
            id="key-of-a-v1-page",
        ),
        pytest.param(
            PDN,
            "UPDATE public_view.pdn_records SET record_v2 = replace(record_v2, 'SALUD', 'SALUD ' || $1) "
            "WHERE ordinal = 2",
            "pdn/pages/s3_v2/faltas_administrativas_graves/oaxaca_s3.json",
            id="v2-page",
        ),
        pytest.param(
            PDN,
            "CREATE TABLE standard.pdn_history AS SELECT slice_id, source_id, record_id, ordinal, "
            """CASE ordinal WHEN 3 THEN '{"nota":"' || $1 || '"}' ELSE '{}' END AS record """
            "FROM public_view.pdn_records",
            "pdn/tables/history/source=oaxaca_s3/data.parquet",
            id="history",
        ),
        pytest.param(
            PDN,
            "UPDATE quality.quality_results SET value = $1 WHERE entity_id = 'oaxaca_s3-00005'",
            "quality/results/source=oaxaca_s3/data.parquet",
            id="result",
        ),
        pytest.param(
            PDN,
            "UPDATE public_view.pdn_records SET record_id = record_id || ' ' || $1 WHERE ordinal = 2",
            "provenance/source=oaxaca_s3/data.parquet",
            id="provenance",
        ),
        pytest.param(
            S1,
            "UPDATE public_view.pdn_records SET record = replace(record, 'SALUD', 'SALUD ' || $1)",
            "pdn/pages/s1/oaxaca_s1.json",
            id="s1-page",
        ),
        pytest.param(
            S1,
            "UPDATE standard.pdn_s1_declaraciones SET institution = $1",
            "pdn/tables/s1_declaraciones/source=oaxaca_s1/data.parquet",
            id="s1-table",
        ),
    ],
)
def test_what_is_planted_behind_the_gate_holds_the_release_back(  # noqa: PLR0917 (a value, and where it is put)
    lab: Lab, one: Source, plant: str, path: str, value: str, kind: str
) -> None:
    made = [(one, generation(one, records=2 if one is S1 else 30))]
    land_files(lab.home, made)
    build(lab.scratch, made)
    with duckdb.connect(str(lab.scratch)) as db:
        if one is S1:
            db.execute(DECLARATION)
        db.execute(plant, [value])
    (part,) = export_slices(lab.scratch, slices=made, code_version="otro", home=lab.home).values()
    lab.judge(part)

    with pytest.raises(PublicationBlockedError) as caught:
        lab.publish(sources=[one])

    (reason,) = caught.value.reasons
    assert reason.startswith(f"{path} contiene 1 {kind}")
    assert value not in str(caught.value)
    assert releases(lab) == []


def test_rows_without_their_process_hold_the_release_back(admitted: Lab) -> None:
    # As if a model of ours had lost a process after the books were checked.
    admitted.export((NORTE, generation(NORTE, "g2")))
    with duckdb.connect(str(admitted.scratch)) as db:
        db.execute("UPDATE standard.ocds_awards SET ocid = 'ocds-otro' WHERE ocid LIKE '%norte-00003'")
    made = [(NORTE, generation(NORTE, "g2"))]
    part = export_slices(admitted.scratch, slices=made, code_version="otro", home=admitted.home)["norte@g2"]
    admitted.judge(part)
    with pytest.raises(PublicationBlockedError) as caught:
        admitted.publish()
    assert caught.value.reasons == (
        "1 filas de la tabla ocds/tables/awards no corresponden a ninguna fila de ocds/tables/processes.",
    )


def test_pages_stand_in_the_release_and_cannot_replace_data(admitted: Lab) -> None:

    def pages(_: Path, target: Path) -> None:
        (target / "reports" / "inst").mkdir(parents=True)
        (target / "reports" / "inst" / "index.html").write_text("<p>Informe</p>", encoding="utf-8")

    admitted.publish(add_pages=pages)
    resources = {
        resource["path"]: resource
        for resource in read_json(admitted.home.publications / "latest" / "datapackage.json")["resources"]
    }
    assert resources["reports/inst/index.html"]["mediatype"] == "text/html"
    admitted.admit_all(name="g2", note="otro")

    def intruder(_: Path, target: Path) -> None:
        (target / "catalog.json").write_text("{}", encoding="utf-8")

    with pytest.raises(FileExistsError):
        admitted.publish(add_pages=intruder)
    assert verify_release(admitted.home) == []


def test_integrated_tables_of_other_inputs_are_refused(lab: Lab) -> None:
    slices = lab.admit_all()
    admitted = {source_id: part.digest for source_id, part in slices.items()}
    with duckdb.connect(str(lab.scratch)) as db:
        db.execute(
            "CREATE SCHEMA integrated; CREATE TABLE integrated.buyers AS SELECT 2 AS id UNION ALL SELECT 1"
        )
    declared = list(SOURCES)
    facts = {"admitted": admitted, "declared": declared, "code_version": CODE, "home": lab.home}
    folder = export_integrated(lab.scratch, **facts)
    assert export_integrated(lab.scratch, **facts) == folder
    lab.publish(integrated_dir=folder)
    table = pq.read_table(lab.home.publications / "latest" / "integrated" / "buyers.parquet")
    assert table["id"].to_pylist() == [1, 2]
    assert not (lab.home.publications / "latest" / "integrated" / "inputs.json").exists()
    lab.admit_all(name="g2", note="otro", only=(SUR,))
    with pytest.raises(PublicationBlockedError, match=r"was built from other inputs \(sur differ\)"):
        lab.publish(integrated_dir=folder)


def test_the_ledger_is_published_without_addresses_and_attempts_that_brought_nothing_new(
    admitted: Lab,
) -> None:
    admitted.attempt(NORTE, fetch_id="20261120T180000.000000Z", state=FetchState.COMPLETE, generation="g1")
    admitted.attempt(NORTE, fetch_id="20261121T180000.000000Z", state=FetchState.UNCHANGED)
    admitted.publish()
    rows = pq.read_table(admitted.home.publications / "latest" / "quality" / "ledger.parquet").to_pylist()
    assert rows == [
        {
            "source_id": "norte",
            "fetch_id": "20261120T180000.000000Z",
            "started_at": "2026-11-20T18:00:00+00:00",
            "finished_at": "2026-11-20T18:01:00+00:00",
            "state": "complete",
            "declared": 32,
            "declared_by": "portal",
            "rows": 32,
            "distinct_ids": 30,
            "pages_ok": 1,
            "pages_failed": 0,
            "bytes": 1000,
            "generation": "g1",
            "quarantined": None,
            "duplicates": None,
        }
    ]
    assert admitted.catalog()["norte"]["last_attempt"] == {
        "state": "complete",
        "at": "2026-11-20T18:01:00+00:00",
    }


def test_rolling_back_holds_until_there_is_new_content(admitted: Lab) -> None:
    admitted.publish()
    admitted.admit_all(name="g2", note="malo")
    assert admitted.publish(now=LATER).release == "2026-11-28.1"
    back = roll_back(admitted.home, "2026-11-21.1", reason="Montos en centavos", now=LATER)
    assert (back.seq, back.release, back.rolled_back) == (3, "2026-11-21.1", "Montos en centavos")
    again = admitted.publish(now=LATER + timedelta(days=1))
    assert (again.release, again.unchanged, again.seq) == ("2026-11-21.1", True, 4)
    admitted.admit_all(name="g3", note="corregido")
    assert admitted.publish(now=LATER + timedelta(days=2)).release == "2026-11-30.1"
    assert [version["release"] for version in pointer.read_versions(admitted.home)] == [
        "2026-11-30.1",
        "2026-11-21.1",
        "2026-11-28.1",
        "2026-11-21.1",
    ]


def test_a_damaged_current_release_is_published_again(admitted: Lab) -> None:
    admitted.publish()
    (release_folder(admitted.home, "2026-11-21.1") / "README.md").unlink()
    again = admitted.publish(now=LATER)
    assert (again.release, again.unchanged) == ("2026-11-28.1", False)
    assert verify_release(admitted.home) == []


def test_only_one_publishes_at_a_time(admitted: Lab) -> None:
    with publication_lease(admitted.home), pytest.raises(PublicationBusyError, match="is publishing"):
        admitted.publish()
    assert admitted.publish().release == "2026-11-21.1"


def test_what_a_killed_publication_left_is_removed_and_its_name_used_again(admitted: Lab) -> None:
    folder = admitted.publish().folder
    assert folder is not None
    admitted.admit_all(name="g2", note="otro")
    # As left by a kill between the rename and the pointer, and one while staging.
    shutil.copytree(folder, folder.with_name("2026-11-28.1"))
    write_json(admitted.home.publications / ".publishing", {"release": "2026-11-28.1"})
    (admitted.home.publications / ".staging" / "x").mkdir(parents=True)
    assert admitted.publish(now=LATER).release == "2026-11-28.1"
    assert verify_release(admitted.home) == []
    assert releases(admitted) == ["2026-11-21.1", "2026-11-28.1"]


def test_a_kill_right_after_the_pointer_moved_loses_nothing(admitted: Lab) -> None:
    admitted.publish()
    write_json(admitted.home.publications / ".publishing", {"release": "2026-11-21.1"})
    (admitted.home.publications / "versions.json").unlink()
    (admitted.home.publications / "latest").unlink()
    again = admitted.publish(now=LATER)
    assert (again.release, again.unchanged) == ("2026-11-21.1", True)
    assert releases(admitted) == ["2026-11-21.1"]
    assert (
        orjson.loads((admitted.home.publications / "latest" / "catalog.json").read_bytes())["release"]
        == "2026-11-21.1"
    )


def test_the_schema_of_every_table_stands_beside_the_data(admitted: Lab) -> None:
    admitted.publish()
    folder = admitted.home.publications / "latest"
    assert read_json(folder / "schemas" / "ocds_awards.json") == {
        "name": "ocds_awards",
        "description": "Adjudicaciones.",
        "fields": [
            {
                "name": "source_id",
                "type": "string",
                "parquet_type": "VARCHAR",
                "description": "Fuente declarada.",
            },
            {
                "name": "ocid",
                "type": "string",
                "parquet_type": "VARCHAR",
                "description": "Identificador de la contratación.",
            },
            {"name": "id", "type": "string", "parquet_type": "VARCHAR", "description": ""},
            {"name": "amount", "type": "number", "parquet_type": "DECIMAL(20,2)", "description": ""},
            {"name": "date", "type": "date", "parquet_type": "DATE", "description": ""},
            {"name": "related", "type": "array", "parquet_type": "VARCHAR[]", "description": ""},
        ],
    }
    assert {path.stem for path in (folder / "schemas").iterdir()} == {
        "comparisons",
        "ledger",
        "ocds_awards",
        "ocds_processes",
        "pdn_s3_particulares",
        "pdn_s3_sanciones",
        "pdn_s3_servidores",
        "provenance",
        "quality_by_agency",
        "quality_field_checks",
        "quality_field_coverage",
        "quality_files",
        "quality_measures",
        "quality_repairs",
        "quality_results",
        "quality_summary",
    }


def test_a_new_key_of_the_pseudonyms_is_told(admitted: Lab) -> None:
    admitted.publish()
    made = [(one, generation(one)) for one in (NORTE, SUR)]
    for part in admitted.export(*made, code="codigo-2").values():
        admitted.judge(part)
    admitted.publish(code="codigo-2")
    told = (admitted.home.publications / "latest" / "CHANGES.md").read_text(encoding="utf-8")
    assert (
        "- `norte`: los seudónimos se hicieron con otra llave (1 → 2); "
        "no se comparan con los de publicaciones anteriores."
    ) in told
    assert admitted.catalog()["sur"]["in_release"]["pseudonym_key"] == "2"  # type: ignore[index]
    assert admitted.catalog()["oaxaca_s3"]["in_release"]["pseudonym_key"] is None  # type: ignore[index]


def test_sanctions_without_their_record_hold_the_release_back(admitted: Lab) -> None:
    made = [(PDN, generation(PDN, "g2"))]
    admitted.export(*made)
    with duckdb.connect(str(admitted.scratch)) as db:
        db.execute("UPDATE standard.pdn_s3_sanciones SET ordinal = 999 WHERE ordinal = 4")
    part = export_slices(admitted.scratch, slices=made, code_version="otro", home=admitted.home)[
        "oaxaca_s3@g2"
    ]
    admitted.judge(part)
    with pytest.raises(PublicationBlockedError) as caught:
        admitted.publish()
    assert caught.value.reasons == (
        "1 filas de la tabla pdn/tables/s3_sanciones no corresponden a ninguna fila de pdn/tables/s3_servidores "
        "ni de pdn/tables/s3_particulares.",
    )
