"""Packages and pages."""

import io
from pathlib import Path

import orjson
import pytest

from pipelines.registry import Agency, Source
from pipelines.standards import ocds
from pipelines.standards.packages import (
    EmptyPackageError,
    package_head,
    write_pdn_page,
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
