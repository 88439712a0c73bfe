"""Versioned releases from published release packages."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.standards.ocds import RELEASE_URI, VERSIONED_RELEASE_URI, load_schema
from pipelines.standards.packages import (
    PackageFormatError,
    PublishedPackage,
    read_release_package,
    versioned_processes,
    write_release_package,
    write_versioned,
)
from pipelines.standards.validation import SchemaValidator

HEAD = {
    "version": "1.1",
    "publisher": {"name": "Demo"},
    "license": "https://datos.gob.mx/libreusomx",
    "extensions": [],
}


def release(ocid: str, number: int, *, year: int, **fields: Any) -> dict[str, Any]:
    return {
        "ocid": ocid,
        "id": f"{ocid}-{number}",
        "date": f"{year}-01-0{number}T00:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        **fields,
    }


def published(year: int, releases: Sequence[Mapping[str, Any]]) -> PublishedPackage:
    stream = io.BytesIO()
    head = {**HEAD, "uri": f"urn:demo:{year}", "publishedDate": f"{year}-06-01T00:00:00Z"}
    write_release_package(stream, head, releases)
    stream.seek(0)
    return read_release_package(stream)


def two_years() -> list[PublishedPackage]:
    return [
        published(
            2023,
            [
                release("a", 1, year=2023, tender={"id": "t", "title": "Uno"}),
                release("b", 1, year=2023, tender={"id": "t", "title": "Otro"}),
            ],
        ),
        published(
            2024,
            [
                release("a", 2, year=2024, tender={"id": "t", "title": "Dos"}),
                release("ñ", 1, year=2024, tender={"id": "t"}),
            ],
        ),
    ]


@pytest.fixture(scope="module")
def versioned_schema(shared_standards: Path) -> dict[str, Any]:
    path = shared_standards / "ocds" / "versioned-release-schema-1.1.5.json"
    return dict(orjson.loads(path.read_bytes()))


def test_a_package_is_read_as_it_was_written() -> None:
    releases = [release("a", 1, year=2023), release("b", 1, year=2023)]

    package = published(2023, releases)

    assert package.head == {**HEAD, "uri": "urn:demo:2023", "publishedDate": "2023-06-01T00:00:00Z"}
    assert list(package.releases) == releases


def test_releases_of_all_years_become_one_versioned_release() -> None:
    found = {one.ocid: one for one in versioned_processes(two_years())}

    assert list(found) == ["a", "b", "ñ"]
    document = found["a"].document
    assert document is not None
    assert document["tender"]["title"] == [
        {
            "releaseID": "a-1",
            "releaseDate": "2023-01-01T00:00:00Z",
            "releaseTag": ["tender"],
            "value": "Uno",
        },
        {
            "releaseID": "a-2",
            "releaseDate": "2024-01-02T00:00:00Z",
            "releaseTag": ["tender"],
            "value": "Dos",
        },
    ]
    assert [link["url"] for link in found["a"].links] == ["urn:demo:2023#a-1", "urn:demo:2024#a-2"]


def test_only_the_processes_asked_for_are_made() -> None:
    assert [one.ocid for one in versioned_processes(two_years(), ocids=["ñ", "b"])] == ["b", "ñ"]


def test_lines_are_valid_versioned_releases(versioned_schema: dict[str, Any]) -> None:
    stream = io.BytesIO()

    assert write_versioned(stream, two_years(), source_id="demo") == []

    lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["ocid"] for line in lines] == ["a", "b", "ñ"]
    validator = SchemaValidator(versioned_schema)
    assert [error for line in lines for error in validator.errors(line)] == []


def test_the_record_package_of_versioned_releases_is_valid(versioned_schema: dict[str, Any]) -> None:
    stream = io.BytesIO()

    assert write_versioned(stream, two_years(), source_id="demo", as_package=True) == []

    package = orjson.loads(stream.getvalue())
    validator = SchemaValidator(
        load_schema("record-package"),
        referenced=[(RELEASE_URI, load_schema("release")), (VERSIONED_RELEASE_URI, versioned_schema)],
    )
    assert validator.errors(package) == []
    assert {name: value for name, value in package.items() if name != "records"} == {
        **HEAD,
        "uri": "urn:tequio:ocds:versioned-records:demo",
        "publishedDate": "2024-06-01T00:00:00Z",
        "packages": ["urn:demo:2023", "urn:demo:2024"],
    }
    assert [set(one) for one in package["records"]] == [{"ocid", "releases", "versionedRelease"}] * 3


@pytest.mark.parametrize("as_package", [False, True])
def test_what_cannot_be_made_is_told_and_the_rest_is_written(as_package: bool) -> None:
    packages = [
        published(
            2023,
            [
                release("a", 1, year=2023, tender={"items": "text"}),
                release("a", 2, year=2023, tender={"items": {"id": "1"}}),
                release("b", 1, year=2023),
            ],
        )
    ]
    stream = io.BytesIO()

    missing = write_versioned(
        stream, packages, source_id="demo", ocids=["a", "b", "c"], as_package=as_package
    )

    assert len(missing) == 2
    assert missing[0].startswith("demo: a: the releases can't be merged at /tender/items")
    assert missing[1] == "demo: c: no release of this process is published"
    written = orjson.loads(stream.getvalue())
    assert (written["records"][0] if as_package else written)["ocid"] == "b"


@pytest.mark.parametrize("as_package", [False, True])
def test_nothing_is_written_when_no_process_is_left(as_package: bool) -> None:
    stream = io.BytesIO()

    assert write_versioned(stream, two_years(), source_id="demo", ocids=["z"], as_package=as_package) == [
        "demo: z: no release of this process is published"
    ]
    assert stream.getvalue() == b""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a release package of Tequio"),
        (b'{"uri":"urn:x","releases":[]}', "is not a release package of Tequio"),
        (b'{"uri":"urn:x","releases":[\n{"ocid":"a"}', "urn:x: is cut off"),
        (b'{"uri":"urn:x","releases":[\n{"ocid":"a","id"', "urn:x: a line isn't one release"),
        (b'{"uri":"urn:x","releases":[\n{"ocid":"b"},\n{"ocid":"a"}\n]}\n', "urn:x: is not ordered by ocid"),
    ],
)
def test_a_damaged_package_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(PackageFormatError, match=message):
        list(versioned_processes([read_release_package(io.BytesIO(content))], ocids=["none"]))
