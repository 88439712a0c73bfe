"""Packages and pages."""

import io
from pathlib import Path

import orjson
import pytest

from pipelines.registry import Agency, Source
from pipelines.standards import ocds
from pipelines.standards.compile import compile_releases
from pipelines.standards.packages import (
    EmptyPackageError,
    linked_release,
    package_head,
    package_uri,
    record,
    record_package_head,
    write_pdn_page,
    write_record_package,
    write_release_package,
)

SOURCE = Source(
    id="demo",
    title="Demo",
    entity="20",
    publisher=Agency("demo", "Secretaría Demo", "a@x.example", "CUR950920ER0", "https://demo.example"),
    system="s6-ocds",
    family="ocds_packages",
    protocol="bulk_files",
    parameters={},
    url=None,
    url_env=None,
    auth={},
    ocid_prefix="ocds-test",
    cadence="weekly",
    licence="https://datos.gob.mx/libreusomx",
    status="live",
    assertions=(),
    notes=None,
    path=Path("demo.yaml"),
)
RELEASE = {
    "ocid": "ocds-test-1",
    "id": "1",
    "date": "2024-01-01T00:00:00Z",
    "tag": ["tender"],
    "initiationType": "tender",
}


def test_release_package_is_valid_and_streamed() -> None:
    stream = io.BytesIO()
    head = package_head(SOURCE, year="2024", published_date="2024-02-01T00:00:00Z")
    text = orjson.dumps({**RELEASE, "id": "2"})
    assert (
        write_release_package(stream, head, iter([RELEASE, text, text.decode().replace('"2"', '"3"')])) == 3
    )
    package = orjson.loads(stream.getvalue())
    assert ocds.validator("release-package").errors(package) == []
    assert [one["id"] for one in package["releases"]] == ["1", "2", "3"]
    assert {name: value for name, value in package.items() if name not in {"releases", "extensions"}} == {
        "uri": "urn:tequio:ocds:packages:demo:2024",
        "version": "1.1",
        "publishedDate": "2024-02-01T00:00:00Z",
        "publisher": {
            "name": "Secretaría Demo",
            "scheme": "MX-RFC",
            "uid": "CUR950920ER0",
            "uri": "https://demo.example",
        },
        "license": "https://datos.gob.mx/libreusomx",
    }
    assert (
        "https://raw.githubusercontent.com/contratacionesabiertas/ocds_guarantees_extension/master/extension.json"
        in (package["extensions"])
    )


def test_record_package_is_valid_and_holds_compiled_and_linked_releases() -> None:
    uri = package_uri("demo", "2024")
    links = [linked_release(uri, release_id="1", date=RELEASE["date"], tag=RELEASE["tag"])]
    compiled = orjson.dumps(compile_releases([RELEASE]).document)
    head = record_package_head(SOURCE, year="2024", published_date="2024-02-01T00:00:00Z", packages=[uri])
    stream = io.BytesIO()

    assert write_record_package(stream, head, iter([record("ocds-test-1", links, compiled)])) == 1

    package = orjson.loads(stream.getvalue())
    assert ocds.validator("record-package").errors(package) == []
    assert package["uri"] == "urn:tequio:ocds:record-packages:demo:2024"
    assert package["packages"] == ["urn:tequio:ocds:packages:demo:2024"]
    assert package["records"] == [
        {
            "ocid": "ocds-test-1",
            "releases": [
                {
                    "url": "urn:tequio:ocds:packages:demo:2024#1",
                    "date": "2024-01-01T00:00:00Z",
                    "tag": ["tender"],
                }
            ],
            "compiledRelease": orjson.loads(compiled),
        }
    ]
    # What the two packages share, they say alike.
    shared = package_head(SOURCE, year="2024", published_date="2024-02-01T00:00:00Z")
    assert {**package, "uri": shared["uri"]}.items() >= shared.items()


@pytest.mark.parametrize(
    ("release_id", "fragment"),
    [
        ("ocds-213czf-000-00001-01", "#ocds-213czf-000-00001-01"),
        ("2024/05:1?a=b", "#2024/05:1?a=b"),
        ("año 1#2 %", "#a%C3%B1o%201%232%20%25"),
        (None, ""),
    ],
)
def test_a_linked_release_has_an_address_that_is_a_uri(release_id: str | None, fragment: str) -> None:
    link = linked_release(
        package_uri("demo", "2024"), release_id=release_id, date=RELEASE["date"], tag=["tender"]
    )
    head = record_package_head(SOURCE, year="2024", published_date=RELEASE["date"], packages=["urn:a:b"])

    assert link["url"] == f"urn:tequio:ocds:packages:demo:2024{fragment}"
    package = {**head, "records": [{"ocid": "x", "releases": [link]}]}
    assert ocds.validator("record-package").errors(package) == []


def test_what_a_release_does_not_have_its_link_does_not_have() -> None:
    link = linked_release(package_uri("demo", "undated"), release_id="1", date=None, tag=None)

    assert link == {"url": "urn:tequio:ocds:packages:demo:undated#1"}


def test_an_empty_package_is_refused_before_anything_is_written() -> None:
    stream = io.BytesIO()
    with pytest.raises(EmptyPackageError):
        write_release_package(stream, {}, [])
    assert stream.getvalue() == b""


def test_pdn_page() -> None:
    rows = [b'{"id":"1"}', '{"id":"2"}', {"id": "3"}]
    stream = io.BytesIO()
    assert write_pdn_page(stream, iter(rows), total=3) == 3
    assert orjson.loads(stream.getvalue()) == {
        "pagination": {"pageSize": 3, "page": 1, "totalRows": 3, "hasNextPage": False},
        "results": [{"id": "1"}, {"id": "2"}, {"id": "3"}],
    }
