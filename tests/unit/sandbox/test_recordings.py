"""Recordings: a made-up portal in a temporary folder, served without code; mistakes listed at once."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.registry import Source
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.recordings import RecordingsError, load_recordings
from tests.unit.sandbox.conftest import Ask, asker, bearer

HOST = "datos.ejemplo.gob.mx"


def write_index(folder: Path, entries: list[dict[str, Any]], **more: Any) -> Path:
    """An index with these entries."""
    document = {"version": 1, **more, "entries": entries}
    (folder / "recordings.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A portal of an invented municipality: files, an EDCAPI and a PDN collection."""
    bodies = tmp_path / "bodies"
    bodies.mkdir()
    (bodies / "contratos.csv").write_bytes(b"clave,monto\nC-1,10.5\n")
    packages = [
        {"releases": [{"ocid": "ocds-x-1", "date": "2024-03-01T00:00:00Z"}]},
        {"releases": [{"ocid": "ocds-x-2", "date": "2025-03-01T00:00:00Z", "cycle": 2024}]},
        {"releases": [{"ocid": "ocds-x-3", "date": "2025-06-01T00:00:00Z"}]},
    ]
    lines = "\n".join(json.dumps(package) for package in packages)
    (bodies / "packages.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    rows = {"datos": {"filas": [{"id": str(number), "nombres": f"N{number}"} for number in range(7)]}}
    (bodies / "spic.json").write_text(json.dumps(rows), encoding="utf-8")
    (bodies / "uno.json").write_text(json.dumps({"id": "u-1"}), encoding="utf-8")
    (bodies / "otros.json").write_text(json.dumps([{"id": "u-2"}, {"id": "u-3"}]), encoding="utf-8")
    entries: list[dict[str, Any]] = [
        {
            "source": "oaxaca_s3",
            "url": f"https://{HOST}/items/graves",
            "pages_from": ["uno.json", "otros.json"],
            "protocol": "directus",
        },
        {
            "source": "oaxaca_s3",
            "url": f"https://{HOST}/s3-wrapper/api/v1/graves/OAXACA",
            "pages_from": ["uno.json", "otros.json"],
            "protocol": "s3_wrapper",
        },
        {"url": f"https://{HOST}/contratos.csv", "body_file": "contratos.csv", "headers": {"ETag": '"1"'}},
        {"url": f"https://{HOST}/buscar", "query": {"pagina": 2}, "body_json": {"pagina": 2}},
        {"url": f"https://{HOST}/buscar?pagina=1", "body_json": {"pagina": 1}},
        {"url_pattern": rf"https://{HOST}/expediente/\d+", "status": 410, "body_text": "retirado"},
        {"url": f"http://{HOST}:3000", "pages_from": "packages.ndjson.gz", "protocol": "edcapi"},
        {"source": "oaxaca_s2", "url": "oaxaca_s2:/oauth/token", "token": True},
        {
            "source": "oaxaca_s2",
            "url": "oaxaca_s2:/v1/spic",
            "pages_from": "spic.json",
            "pointer": "/datos/filas",
            "protocol": "pdn_v1",
        },
        {
            "url": f"https://{HOST}/consulta",
            "method": "POST",
            "body": {"filtro": {"anio": 2025}},
            "body_json": {"filas": 3},
        },
    ]
    return write_index(tmp_path, entries, files="bodies")


@pytest.fixture
def recorded(folder: Path, tmp_path: Path) -> Iterator[LocalPortal]:
    """The invented portal, running."""
    with LocalPortal(tmp_path, recordings=folder) as portal:
        yield portal


@pytest.fixture
def ask_recorded(recorded: LocalPortal) -> Ask:
    """Requests to the invented portal."""
    return asker(recorded)


def test_files_and_inline_bodies(ask_recorded: Ask) -> None:
    """A file's bytes with its headers, inline JSON by query, a pattern with its status."""
    file = ask_recorded("GET", HOST, "/contratos.csv")
    assert file.content == b"clave,monto\nC-1,10.5\n"
    assert file.headers["ETag"] == '"1"'
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert ask_recorded("GET", HOST, "/buscar?pagina=2&orden=x").json() == {"pagina": 2}
    assert ask_recorded("GET", HOST, "/buscar?pagina=1").json() == {"pagina": 1}
    gone = ask_recorded("GET", HOST, "/expediente/44")
    assert (gone.status_code, gone.text) == (410, "retirado")


def test_body_must_hold_the_fields(ask_recorded: Ask) -> None:
    """A JSON body matches when it holds the entry's fields."""
    asked = {"filtro": {"anio": 2025, "mes": 1}, "pagina": 1}
    assert ask_recorded("POST", HOST, "/consulta", json=asked).json() == {"filas": 3}
    assert ask_recorded("POST", HOST, "/consulta", json={"filtro": {"anio": 2024}}).status_code == 404


def test_edcapi_pages(ask_recorded: Ask) -> None:
    """Packages by `cycle`, else by the year of their date; other years are the platform's 404."""
    host = f"{HOST}:3000"
    years = [entry["year"] for entry in ask_recorded("GET", host, "/edca/fiscalYears").json()["fiscalYears"]]
    assert years == [2024, 2025]

    def ocids(year: str) -> list[str]:
        packages = ask_recorded("GET", host, f"/edca/contractingprocess/{year}").json()["arrayReleasePackage"]
        return [package["releases"][0]["ocid"] for package in packages]

    assert ocids("2024") == ["ocds-x-1", "ocds-x-2"]
    assert ocids("2025") == ["ocds-x-3"]
    assert ocids("null") == ["ocds-x-1", "ocds-x-2", "ocds-x-3"]
    assert ask_recorded("GET", host, "/edca/contractingprocess/2019").status_code == 404


def test_directus_pages_of_several_files(ask_recorded: Ask) -> None:
    """A file may be one record; the records of all files are one collection."""
    page = ask_recorded("GET", HOST, "/items/graves?limit=2&page=2&meta=*&fields=*.*&sort=id").json()
    assert page == {"meta": {"total_count": 3, "filter_count": 3}, "data": [{"id": "u-3"}]}


def test_pages_as_the_public_wrapper_gives_them(ask_recorded: Ask) -> None:
    page = ask_recorded("GET", HOST, "/s3-wrapper/api/v1/graves/OAXACA?page=1&limit=2").json()
    assert page["data"] == [{"id": "u-1"}, {"id": "u-2"}]
    assert page["pagination"]["totalItems"] == 3
    assert page["pagination"]["hasNextPage"]


def test_pdn_pages_with_token(ask_recorded: Ask) -> None:
    """An array inside a file as PDN pages; its host wants the token."""
    host = "oaxaca-s2.invalid"
    asked = {"page": 2, "pageSize": 5}
    assert ask_recorded("POST", host, "/v1/spic", json=asked).status_code == 401
    page = ask_recorded("POST", host, "/v1/spic", json=asked, headers=bearer(ask_recorded, host)).json()
    assert page["pagination"] == {"hasNextPage": False, "page": 2, "pageSize": 5, "totalRows": 7}
    assert [record["id"] for record in page["results"]] == ["5", "6"]


def test_faults_work_on_recordings(recorded: LocalPortal, ask_recorded: Ask) -> None:
    """Transport faults on any entry, row faults on pages."""
    host = "oaxaca-s2.invalid"
    recorded.set_fault("oaxaca_s2", "empty")
    token = bearer(ask_recorded, host)
    assert ask_recorded("POST", host, "/v1/spic", json={"page": 1}, headers=token).json()["results"] == []
    recorded.set_fault("oaxaca_s2", "down")
    assert ask_recorded("POST", host, "/v1/spic", json={"page": 1}, headers=token).status_code == 503


def test_unknown_requests_name_the_nearest(ask_recorded: Ask) -> None:
    """404 with the URL asked for and the entries most like it."""
    answer = ask_recorded("GET", HOST, "/contrato.csv")
    assert answer.status_code == 404
    assert answer.json()["url"] == f"{HOST}/contrato.csv"
    assert answer.json()["nearest"][0] == f"{HOST}/contratos.csv"
    assert len(answer.json()["nearest"]) == 3


def test_all_mistakes_are_listed(tmp_path: Path) -> None:
    """Entry number, field and what is expected, for every mistake."""
    write_index(
        tmp_path,
        [
            {"url": "ftp://x", "body_text": "a"},
            {"url": f"https://{HOST}/a", "body_text": "a", "body_json": 1},
            {"url": f"https://{HOST}/b", "estatus": 200, "body_text": "a"},
            {"url": f"https://{HOST}/c", "pages_from": "x.json"},
            {"body_text": "a", "status": "ok"},
        ],
    )
    with pytest.raises(RecordingsError) as raised:
        load_recordings(tmp_path)
    mistakes = "\n".join(raised.value.mistakes)
    assert "entry 1, url: is 'ftp://x'; expected absolute http(s) URL" in mistakes
    assert "entry 2: has the wrong set of fields; expected exactly one of body_file" in mistakes
    assert "entry 3, estatus: is not a known field; expected one of body, body_file" in mistakes
    assert "entry 4: 'protocol' is a dependency of 'pages_from'" in mistakes
    assert "entry 5: has the wrong set of fields; expected exactly one of url and url_pattern" in mistakes
    assert "entry 5, status: is 'ok'; expected HTTP status" in mistakes
    assert len(raised.value.mistakes) == 6


def test_missing_files_and_patterns(tmp_path: Path) -> None:
    """Files that aren't there or lie outside the root, and patterns that don't compile."""
    write_index(
        tmp_path,
        [
            {"url": f"https://{HOST}/a", "body_file": "nada.json"},
            {"url": f"https://{HOST}/b", "body_file": "../fuera.json"},
            {"url_pattern": "(", "body_text": "a"},
        ],
    )
    with pytest.raises(RecordingsError) as raised:
        load_recordings(tmp_path)
    first, second, third = raised.value.mistakes
    assert first.startswith("entry 1, body_file: 'nada.json' is missing")
    assert second.startswith("entry 2, body_file: '../fuera.json' leaves the root")
    assert third.startswith("entry 3, url_pattern: missing )")


def test_folder_without_index(tmp_path: Path) -> None:
    """The error names the files an index may have."""
    with pytest.raises(RecordingsError, match=r"has no index; expected one of recordings\.yaml"):
        load_recordings(tmp_path)


def test_example_of_the_documentation(repository: Path, tmp_path: Path) -> None:
    """The example in RECORDINGS.md is a valid index."""
    text = (repository / "pipelines/sandbox/RECORDINGS.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "recordings.yaml").write_text(example, encoding="utf-8")
    (tmp_path / "bodies").mkdir()
    for name in ("spic.json.gz", "fiscalYears.json"):
        (tmp_path / "bodies" / name).write_bytes(b"{}")
    assert len(load_recordings(tmp_path)) == 4


def test_real_recordings_answer(repository: Path, shared_data: Path, tmp_path: Path) -> None:
    """The index over the real data: every file is there, and the partial captures stay partial."""
    assert shared_data.is_dir()
    with LocalPortal(tmp_path, recordings=repository / "tests/recordings/shared_data") as portal:
        ask = asker(portal)
        inaip = "captura.contratacionesabiertas.inaipyucatan.org.mx"
        years = [entry["year"] for entry in ask("GET", inaip, "/edca/fiscalYears").json()["fiscalYears"]]
        statuses = {year: ask("GET", inaip, f"/edca/contractingprocess/{year}").status_code for year in years}
        assert statuses == {2020: 404, 2021: 404, 2022: 404, 2023: 404, 2024: 404, 2025: 200}
        totals = {}
        for source_id, path in (
            ("oaxaca_s2", "/v1/spic"),
            ("chihuahua_s2", "/v1/spic"),
            ("chihuahua_s3", "/v1/ssancionados"),
            ("chihuahua_s3", "/v1/psancionados"),
            ("jalisco_s2", "/v1/spic"),
            ("jalisco_s3", "/v1/ssancionados"),
            ("jalisco_s3", "/v1/psancionados"),
        ):
            host = f"{source_id.replace('_', '-')}.invalid"
            page = ask(
                "POST", host, path, json={"page": 1, "pageSize": 200}, headers=bearer(ask, host)
            ).json()
            totals[source_id, path] = (page["pagination"]["totalRows"], len(page["results"]))
        assert totals == {
            ("oaxaca_s2", "/v1/spic"): (39, 39),
            ("chihuahua_s2", "/v1/spic"): (450, 200),
            ("chihuahua_s3", "/v1/ssancionados"): (450, 200),
            ("chihuahua_s3", "/v1/psancionados"): (450, 200),
            ("jalisco_s2", "/v1/spic"): (450, 2),
            ("jalisco_s3", "/v1/ssancionados"): (450, 2),
            ("jalisco_s3", "/v1/psancionados"): (450, 2),
        }
        second = ask(
            "POST",
            "jalisco-s2.invalid",
            "/v1/spic",
            json={"page": 2, "pageSize": 200},
            headers=bearer(ask, "jalisco-s2.invalid"),
        )
        assert second.status_code == 500


def test_recorded_files_of_ocds_sources(
    repository: Path, shared_data: Path, tmp_path: Path, sources: Mapping[str, Source]
) -> None:
    """Every declared file that was kept is served byte by byte; of two sources only the first file was."""
    assert shared_data.is_dir()
    kept = {
        "cdmx_sefin": 30,
        "jalisco_sepaf": 20,
        "nuevo_leon_si_anteriores": 20,
        "nuevo_leon_dgays": 1,
        "pdn_s6": 1,
    }
    with LocalPortal(tmp_path, recordings=repository / "tests/recordings/shared_data") as portal:
        ask = asker(portal)
        for source_id, count in kept.items():
            host = f"{source_id.replace('_', '-')}.invalid"
            paths = [file["path"] for file in sources[source_id].parameters["files"]]
            statuses = [ask("GET", host, path).status_code for path in paths]
            assert statuses == [200] * count + [404] * (len(paths) - count), source_id
    damaged = (shared_data / "ocds/cdmx_sefin/data").iterdir()
    declared = [file["path"] for file in sources["cdmx_sefin"].parameters["files"]]
    assert sorted(f"/OCDS/data/{file.name}" for file in damaged) == declared[:14]
