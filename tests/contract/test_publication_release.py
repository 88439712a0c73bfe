"""What a release promises its readers: checksums, descriptions, standards, and snippets that run."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import orjson
import pytest

from pipelines.home import read_json, sha256_file
from pipelines.orchestration import dbt
from pipelines.publication import catalogue, layout
from pipelines.standards.ocds import validator
from tests.publication_lab import Lab


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
    assert len(tables) == 25
    with duckdb.connect() as db:
        for resource in tables:
            fields = read_json(release / resource["schema"])["fields"]
            rows = db.execute(
                "DESCRIBE FROM read_parquet(?, hive_partitioning = false)", [str(release / resource["path"])]
            ).fetchall()
            assert [(field["name"], field["parquet_type"]) for field in fields] == [row[:2] for row in rows]


@pytest.mark.parametrize("table", ["provenance", "changes", "ledger"])
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
            node["name"] in {"quality_results", "quality_summary"}
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
