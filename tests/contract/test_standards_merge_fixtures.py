"""The 50 conformance fixtures of the OCDS merge, through our own path.

31 compiled outputs go through `compile_releases`, 19 versioned ones through `versioned_release`; those of OCDS
1.0 as they are, with the rules of its schema.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest
from ocdsmerge.rules import get_merge_rules

from pipelines.standards.compile import compile_releases, versioned_release
from pipelines.standards.ocds import MergeRules, merge_rules


def _cases(folder: Path, kind: str) -> list[tuple[str, list[dict[str, Any]], dict[str, Any], MergeRules]]:
    fixtures = folder / "ocds" / "merge_fixtures"
    rules: dict[str, MergeRules] = {
        "1.0": merge_rules("release-1.0"),
        "1.1": merge_rules(),
        "schema": get_merge_rules(orjson.loads((fixtures / "schema.json").read_bytes())),
    }
    cases = []
    for expected in sorted(fixtures.glob(f"*/*-{kind}.json")):
        given = expected.with_name(expected.name.replace(f"-{kind}.json", ".json"))
        releases, merged = orjson.loads(given.read_bytes()), orjson.loads(expected.read_bytes())
        cases.append((f"{given.parent.name}/{given.name}", releases, merged, rules[given.parent.name]))
    return cases


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
def test_compiled(shared_standards: Path) -> None:
    cases = _cases(shared_standards, "compiled")
    assert len(cases) == 31
    wrong = [
        name
        for name, given, merged, rules in cases
        if compile_releases(given, rules=rules).document != merged
    ]
    assert wrong == []


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
def test_versioned(shared_standards: Path) -> None:
    cases = _cases(shared_standards, "versioned")
    assert len(cases) == 19
    wrong = [name for name, given, merged, rules in cases if versioned_release(given, rules=rules) != merged]
    assert wrong == []


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
def test_duplicate_ids_of_the_fixtures_are_told(shared_standards: Path) -> None:
    told = {
        name: len(compile_releases(given, rules=rules).duplicates)
        for name, given, _, rules in _cases(shared_standards, "compiled")
    }
    assert {name for name, duplicates in told.items() if duplicates} == {
        "schema/identifier-merge-duplicate-id.json"
    }


def test_ocdsmerge_is_asked_only_for_what_is_irregular(shared_standards: Path) -> None:
    asked = {
        name
        for name, given, _, rules in _cases(shared_standards, "compiled")
        if compile_releases(given, rules=rules).merged_by == "ocdsmerge"
    }
    assert asked == {"schema/identifier-merge-duplicate-id.json"}
