"""What a release promises its readers: checksums, descriptions, standards, and snippets that run."""

import gzip
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.home import read_json, sha256_file
from pipelines.orchestration import dbt
from pipelines.publication import catalogue, layout, slices
from pipelines.standards.ocds import validator
from tests.publication_lab import NORTE, Lab, generation


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Two releases: the second has changes to tell."""
    made = Lab(tmp_path_factory.mktemp("lab"))
    made.admit_all()
    made.publish()
    made.admit_all(name="g2", note="otro")
    made.publish()
    return made


@pytest.fixture(scope="module")
def release(lab: Lab) -> Path:
    return (lab.home.publications / "latest").resolve()


def snippet(release: Path, language: str) -> str:
    text = (release / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    return str(found)


def test_the_checksums_are_those_sha256sum_reads(release: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", layout.MANIFEST],
        cwd=release,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_sql_of_the_readme_runs_as_it_stands(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(release)
    with duckdb.connect() as db:
        assert db.execute(snippet(release, "sql")).fetchall() == [("norte", 29), ("sur", 29)]


def test_the_python_of_the_readme_runs_as_it_stands(release: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", snippet(release, "python")],
        cwd=release,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split() for line in ran.stdout.splitlines()] == [
        ["pass", "fail", "na"],
        ["rule_id"],
        ["OCDS-I01", "72", "15", "0"],
    ]


def test_the_datapackage_describes_every_file(release: Path) -> None:
    resources = read_json(release / layout.DATAPACKAGE)["resources"]
    described = {resource["path"]: (resource["bytes"], resource["hash"]) for resource in resources}
    assert described == {
        path.relative_to(release).as_posix(): (path.stat().st_size, f"sha256:{sha256_file(path)}")
        for path in release.rglob("*")
        if path.is_file() and path.name not in {layout.DATAPACKAGE, layout.MANIFEST}
    }
    names = [resource["name"] for resource in resources]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9._-]+", name)] == []


def test_every_table_file_has_the_columns_of_its_schema(release: Path) -> None:
    tables = [
        resource
        for resource in read_json(release / layout.DATAPACKAGE)["resources"]
        if resource["path"].endswith(".parquet")
    ]
    assert len(tables) == 35
    with duckdb.connect() as db:
        for resource in tables:
            fields = read_json(release / resource["schema"])["fields"]
            rows = db.execute(
                "DESCRIBE FROM read_parquet(?, hive_partitioning = false)", [str(release / resource["path"])]
            ).fetchall()
            assert [(field["name"], field["parquet_type"]) for field in fields] == [row[:2] for row in rows]


@pytest.mark.parametrize("table", ["provenance", "changes", "ledger", "quality_field_coverage"])
def test_tables_that_no_model_describes_are_described(release: Path, table: str) -> None:
    schema = read_json(release / "schemas" / f"{table}.json")
    assert [field["name"] for field in schema["fields"] if not field["description"]] == []
    assert schema["description"].startswith("Una fila por cada ")


def test_packages_are_ocds_1_1(release: Path) -> None:
    packages = sorted((release / "ocds" / "packages").glob("*/*.json"))
    assert len(packages) == 8
    for path in packages:
        package = orjson.loads(path.read_bytes())
        # The lab's releases without a date, and only they, are not what the standard asks for.
        assert validator("release-package").is_valid(package) == (path.stem != layout.UNDATED), path


def test_record_packages_are_ocds_1_1_and_link_into_the_release_packages(release: Path) -> None:
    paths = sorted((release / "ocds" / "record_packages").glob("*/*.json.gz"))
    assert len(paths) == 8
    for path in paths:
        package = orjson.loads(gzip.decompress(path.read_bytes()))
        year = path.name.removesuffix(".json.gz")
        assert validator("record-package").is_valid(package) == (year != layout.UNDATED), path
        linked = orjson.loads((release / layout.package_path(path.parent.name, year)).read_bytes())
        assert package["packages"] == [linked["uri"]]
        assert {(one["ocid"], link["url"]) for one in package["records"] for link in one["releases"]} == {
            (one["ocid"], f"{linked['uri']}#{one['id']}") for one in linked["releases"]
        }


def test_records_and_lines_hold_the_same_compiled_releases(release: Path) -> None:
    for path in (release / "ocds" / "record_packages").glob("*/*.json.gz"):
        package = orjson.loads(gzip.decompress(path.read_bytes()))
        lines = release / layout.records_path(path.parent.name, path.name.removesuffix(".json.gz"))
        assert [record["compiledRelease"] for record in package["records"]] == [
            orjson.loads(line) for line in gzip.decompress(lines.read_bytes()).splitlines()
        ]


def test_field_coverage_counts_the_compiled_releases(release: Path) -> None:
    with duckdb.connect() as db:
        rows = db.execute(
            "SELECT path, count, parent_count, processes_present, coverage, mean_cardinality, covered "
            "FROM read_parquet(?) WHERE path IN ('', '/', '/date', '/tag[]', '/tender/title') ORDER BY path",
            [str(release / layout.table_path(layout.FIELD_COVERAGE_FOLDER, "norte"))],
        ).fetchall()
    # 4 of 29 releases have no date.
    assert rows == [
        ("", 29, 29, 29, 1.0, None, True),
        ("/", 29, 29, 29, 1.0, None, True),
        ("/date", 25, 29, 25, 25 / 29, None, True),
        ("/tag[]", 29, 29, 29, 1.0, 1.0, True),
        ("/tender/title", 29, 29, 29, 1.0, None, True),
    ]


def test_texts_that_are_sorted_in_parts_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = Lab(tmp_path / "whole"), Lab(tmp_path / "parts")
    first = whole.export((NORTE, generation(NORTE)))["norte@g1"]

    # Less than one text: every process is a part of its own.
    monkeypatch.setattr(slices, "SORTED_BYTES", 100)

    assert parts.export((NORTE, generation(NORTE)))["norte@g1"].files == first.files


def ask(lab: Lab, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """`tequio ocds versioned …`: exit code, what it wrote, what it told."""
    result = CliRunner().invoke(app, ["ocds", "versioned", *arguments, "--home", str(lab.home.root)])
    return result.exit_code, [orjson.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_versioned_releases_on_request(lab: Lab, release: Path) -> None:
    code, lines, told = ask(lab, "norte", "ocds-prueba-norte-00002", "ocds-prueba-norte-00001")

    assert (code, told) == (0, "")
    assert [line["ocid"] for line in lines] == ["ocds-prueba-norte-00001", "ocds-prueba-norte-00002"]
    assert lines[0]["tender"]["title"] == [
        {
            "releaseID": "norte-00001-r",
            "releaseDate": "2021-05-01T00:00:00Z",
            "releaseTag": ["tender"],
            "value": "Adquisición ñ otro1",
        }
    ]
    assert len(ask(lab, "norte")[1]) == 29
    earlier = ask(lab, "norte", "ocds-prueba-norte-00001", "--release", "2026-11-21.1")[1]
    assert earlier[0]["tender"]["title"][0]["value"] == "Adquisición ñ 1"
    assert release.name != "2026-11-21.1"


def test_versioned_releases_go_to_a_file_as_a_record_package(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "versiones.json"

    code, lines, _ = ask(lab, "norte", "--record-package", "--out", str(out))

    assert (code, lines) == (0, [])
    package = read_json(out)
    assert len(package["records"]) == 29
    assert {tuple(sorted(record)) for record in package["records"]} == {
        ("ocid", "releases", "versionedRelease")
    }
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["este"], "este: release 2026-11-21.2 has no OCDS packages of it; expected one of: norte, sur"),
        (["norte", "otro"], "norte: otro: no release of this process is published"),
        (["norte", "--release", "1999-01-01.1"], "1999-01-01.1: there is no such release"),
        (["norte", "--out", "/nowhere/x.json"], "/nowhere: there is no such folder to write into"),
    ],
)
def test_what_cannot_be_versioned_is_told(lab: Lab, arguments: list[str], message: str) -> None:
    code, lines, told = ask(lab, *arguments)

    assert (code, lines) == (1, [])
    assert message in told


def test_a_file_that_would_be_empty_is_not_written(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "versiones.jsonl"
    out.write_text("antes", encoding="utf-8")

    assert ask(lab, "norte", "otro", "--out", str(out))[0] == 1

    assert out.read_text(encoding="utf-8") == "antes"
    assert list(tmp_path.iterdir()) == [out]


def test_the_catalogue_lists_the_files_of_each_source(release: Path) -> None:
    for entry in read_json(release / layout.CATALOG)["sources"]:
        shown = entry["in_release"]
        assert [path for path in shown["files"] if not (release / path).is_file()] == []
        assert read_json(release / shown["receipt"])["slice_digest"] == shown["digest"]


def test_texts_have_no_gaps(release: Path) -> None:
    for name in ("README.md", "LICENSE.md", "CITATION.cff", "CHANGES.md"):
        text = (release / name).read_text(encoding="utf-8")
        assert "$" not in text
        assert release.name in text


def test_every_published_column_of_the_models_is_described() -> None:
    nodes = read_json(dbt.prepare_manifest())["nodes"].values()
    models = [
        node
        for node in nodes
        if node["resource_type"] == "model"
        and (
            node["name"] in {"quality_results", "quality_summary", "quality_by_agency"}
            or node["fqn"][1] == "integrated"
            or any(layout.belongs_to(node["name"], system) for system in ("s6-ocds", "pdn-s2", "pdn-s3"))
        )
    ]
    assert {"ocds_processes", "ocds_awards", "pdn_s2", "pdn_s3_servidores"} <= {
        model["name"] for model in models
    }
    missing = [
        f"{model['name']}.{column['name']}"
        for model in models
        for column in model["columns"].values()
        if column["name"] not in layout.INTERNAL_COLUMNS and not column["description"]
    ]
    assert missing == []
    # What the contract of a model doesn't list could not be described at all.
    assert [model["name"] for model in models if not model["columns"]] == []


def test_a_table_without_description_is_not_left_without_a_name(release: Path) -> None:
    tables = {path.stem for path in (release / catalogue.SCHEMAS_FOLDER).glob("*.json")}
    parquet = {
        catalogue.table_of(path.relative_to(release).as_posix()) for path in release.rglob("*.parquet")
    }
    assert tables == parquet
