"""The dialect of Mexican tools."""

from typing import Any

import orjson
import pytest

from pipelines.standards.edca import normalise


def test_repairs() -> None:
    release: dict[str, Any] = {
        "tag": "planning, tender,",
        "publishDate": "2020-01-01T00:00:00Z",
        "date": "/Date(1570227988261)/",
        "parties": [
            {
                "identifier": {"juridicalPersonhood": "legalPerson", "id": "1"},
                "contactPoint": {"contactPointType": "person"},
                "contactPointType": "kept: not inside a contact point",
            }
        ],
        "milestones": [["/Date(-1500-0500)/"]],
    }
    assert normalise(release) == {
        "tag (texto)": 1,
        "publishDate": 1,
        "juridicalPersonhood": 1,
        "contactPointType": 1,
        "/Date(ms)/": 2,
    }
    assert release == {
        "tag": ["planning", "tender"],
        "publishedDate": "2020-01-01T00:00:00Z",
        "date": "2019-10-04T22:26:28.261Z",
        "parties": [
            {
                "identifier": {"id": "1", "legalPersonality": "legalPerson"},
                "contactPoint": {"type": "person"},
                "contactPointType": "kept: not inside a contact point",
            }
        ],
        "milestones": [["1969-12-31T23:59:58.500Z"]],
    }


def test_the_specified_name_stands_if_both_are_there() -> None:
    release = {"identifier": {"juridicalPersonhood": "a", "legalPersonality": "b"}}
    assert normalise(release) == {"juridicalPersonhood": 1}
    assert release == {"identifier": {"legalPersonality": "b"}}


@pytest.mark.parametrize(
    "release", [{"tag": ["award"], "date": "2020-01-01"}, {"date": "/Date(x)/"}, {"tag": None}, {}]
)
def test_what_is_specified_stays(release: dict[str, Any]) -> None:
    before = orjson.dumps(release)
    assert normalise(release, text=before.decode()) == {}
    assert orjson.dumps(release) == before


@pytest.mark.parametrize("alias", ["juridicalPersonhood", "contactPointType", "publishDate", "/Date(1)/"])
def test_the_short_way_misses_nothing(alias: str) -> None:
    release = {"contactPoint": {alias: "x"}} if alias[0] != "/" else {"contactPoint": {"a": alias}}
    for text in (orjson.dumps(release).decode(), orjson.dumps(release).decode().replace("/", r"\/")):
        copy = orjson.loads(text)
        assert sum(normalise(copy, text=text).values()) == 1
