"""OCDS 1.0 and versioned releases on the standard's own fixtures and on real data."""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from ocdsmerge.rules import get_merge_rules

from pipelines.standards import ocds
from pipelines.standards.compile import compile_releases
from pipelines.standards.ocds import MergeRules, merge_rules
from pipelines.standards.unversion import unversion
from pipelines.standards.upgrade import needs_upgrade, upgrade

# The last release of these changed nothing, so no value of the versioned release holds its date.
LAST_DATE_IS_LOST = {
    "1.0/suppliers",
    "1.1/empty-identifiermerge-array",
    "1.1/empty-object",
}


def test_unversioning_the_merge_fixtures_gives_what_compiling_gives(shared_standards: Path) -> None:
    folder = shared_standards / "ocds" / "merge_fixtures"
    rules: dict[str, MergeRules] = {
        "1.0": merge_rules("release-1.0"),
        "1.1": merge_rules(),
        "schema": get_merge_rules(orjson.loads((folder / "schema.json").read_bytes())),
    }
    lost: dict[str, dict[str, Any]] = {}
    paths = sorted(folder.glob("*/*-versioned.json"))
    for path in paths:
        name = f"{path.parent.name}/{path.stem.removesuffix('-versioned')}"
        given = orjson.loads((folder / f"{name}.json").read_bytes())
        compiled = compile_releases(given, rules=rules[path.parent.name]).document
        found = unversion(orjson.loads(path.read_bytes()))
        if found != compiled:
            lost[name] = {key: compiled[key] for key in compiled if found.get(key) != compiled[key]}
            assert found.keys() == compiled.keys()

    assert len(paths) == 19
    assert lost == {
        name: {"id": "ocds-213czf-A-2014-01-02T00:00:00Z", "date": "2014-01-02T00:00:00Z"}
        for name in LAST_DATE_IS_LOST
    }


@pytest.fixture(scope="module")
def mexico_city(shared_data: Path) -> list[dict[str, Any]]:
    """The releases of 2015 that can be read: 13 as published first, 16 of the re-issue."""
    releases = []
    for path in sorted((shared_data / "ocds" / "cdmx_sefin").glob("*/*.json")):
        try:
            releases += orjson.loads(path.read_bytes())["releases"]
        except orjson.JSONDecodeError:
            continue
    assert len(releases) == 29
    return releases


def test_mexico_city_publishes_1_0_without_saying_so(mexico_city: list[dict[str, Any]]) -> None:
    upgraded = copy.deepcopy(mexico_city)
    moved: Counter[str] = Counter()
    for release in upgraded:
        assert needs_upgrade(release, None)
        moved.update(repair.path.rstrip("0123456789") for repair in upgrade(release))

    parties = [party for release in upgraded for party in release.get("parties", [])]
    assert moved == {
        "/buyer": 10,
        "/tender/procuringEntity": 14,
        # The two offices that act for one ministry have their contact each.
        "/tender/procuringEntity/contactPoint": 10,
        "/tender/tenderers/": 31,
        "/awards/0/suppliers/": 5,
    }
    assert Counter(role for party in parties for role in party["roles"]) == {
        "buyer": 10,
        "procuringEntity": 14,
        "tenderer": 31,
        "supplier": 5,
    }
    assert len(parties) == len(
        {(party["id"], at) for at, r in enumerate(upgraded) for party in r.get("parties", [])}
    )
    # 15 have a procuring entity of nothing but «No Capturado»: it names nobody and stays where it is.
    nobody = [
        release["tender"]["procuringEntity"]
        for release in upgraded
        if "identifier" in release["tender"]["procuringEntity"]
    ]
    assert [(entity["name"], entity["identifier"]["id"]) for entity in nobody] == [(None, None)] * 15
    validator = ocds.validator("release")
    # What is wrong with them besides forms of dates and URLs was so before: null buyers, empty lists.
    for before, after in zip(mexico_city, upgraded, strict=True):
        errors, was = (validator.errors(document) for document in (after, before))
        assert [error for error in errors if error.keyword != "format"] == [
            error for error in was if error.keyword != "format"
        ]
        assert len(errors) <= len(was)
