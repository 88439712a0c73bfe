"""The rule catalogue: complete, consistent, and refused when it isn't."""

from pathlib import Path

import pytest
import yaml

from pipelines.quality.catalogue import (
    RULES_FOLDER,
    CatalogueError,
    Rule,
    load_catalogue,
)
from pipelines.quality.gate import CHECK_TITLES_ES

CATALOGUE = load_catalogue()


def _changed(tmp_path: Path, **changes: object) -> Path:
    """One rule alone, with some fields changed."""
    rule = {**yaml.safe_load((RULES_FOLDER / "ocds_schema.yaml").read_text(encoding="utf-8"))[0], **changes}
    (tmp_path / "ocds_schema.yaml").write_text(yaml.safe_dump([rule]), encoding="utf-8")
    return tmp_path


def test_the_catalogue_has_at_least_forty_rules_and_unique_ids() -> None:
    assert len(CATALOGUE.rules) >= 40
    assert len(CATALOGUE.by_id) == len(CATALOGUE.rules)


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages_and_addresses_the_publisher(rule: Rule) -> None:
    assert rule.title_es != rule.title_en
    assert rule.remedy_es.endswith(".")
    assert rule.remedy_en.endswith(".")
    # «usted»: none of the familiar imperatives or pronouns.
    familiar = {" tú ", " tu ", " tus ", " corrige ", " revisa ", " publica tu"}
    assert not [word for word in familiar if word in f" {rule.remedy_es.lower()} "]
    assert rule.passes.endswith(".")
    assert rule.fails.endswith(".")
    assert rule.not_applicable.endswith(".")


def test_rules_that_feed_the_gate_name_an_existing_check() -> None:
    fed = {rule.gate for rule in CATALOGUE.rules if rule.gate is not None}
    assert fed == {"schema", "unique_ids", "references"}
    assert fed < set(CHECK_TITLES_ES)


@pytest.mark.parametrize(
    ("system", "check", "rule_ids"),
    [
        ("s6-ocds", "schema", ["OCDS-S01"]),
        ("pdn-s2", "schema", ["PDN-S01"]),
        ("s6-ocds", "unique_ids", ["OCDS-I01"]),
        ("pdn-s3", "unique_ids", ["PDN-I01"]),
        ("s6-ocds", "references", ["OCDS-R01"]),
        ("pdn-s2", "references", []),
    ],
)
def test_the_gate_counts_these_rules(system: str, check: str, rule_ids: list[str]) -> None:
    assert [rule.id for rule in CATALOGUE.for_gate(check, system)] == rule_ids


def test_the_export_is_plain_json_with_every_field() -> None:
    exported = CATALOGUE.export()
    assert exported["version"] == "1.3"
    assert len(exported["rules"]) == len(CATALOGUE.rules)
    assert exported["rules"][0]["id"] == "OCDS-S01"
    assert exported["rules"][0]["family"] == "schema"
    assert exported["rules"][0]["systems"] == ["s6-ocds"]


def test_an_unknown_rule_is_an_error_not_a_blank_text() -> None:
    with pytest.raises(CatalogueError, match="OCDS-Z99"):
        CATALOGUE.get("OCDS-Z99")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"remedy_es": ""}, "OCDS-S01: remedy_es is missing"),
        ({"severity": "grave"}, "severity is 'grave'; expected one of error, warning, info"),
        ({"systems": ["s7"]}, "systems holds 's7'"),
        ({"id": "OCDS-Z01"}, "OCDS-Z01: id; expected OCDS-S and two digits"),
        ({"id": "OCDS-S04"}, "OCDS-S04: was retired; a rule with another meaning needs another id"),
        ({"colour": "red"}, "colour is not a known field"),
    ],
)
def test_a_mistake_is_named_with_its_rule_and_field(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(CatalogueError, match=said.replace("(", r"\(")):
        load_catalogue(_changed(tmp_path, **changes))


def test_every_mistake_is_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(_changed(tmp_path, severity="grave", passes=None))
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_of_no_family_and_a_rule_in_two_files_are_refused(tmp_path: Path) -> None:
    _changed(tmp_path)
    text = (tmp_path / "ocds_schema.yaml").read_text(encoding="utf-8")
    (tmp_path / "ocds_schemas.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "ocds_schema.yaml").write_text(text * 2, encoding="utf-8")
    with pytest.raises(CatalogueError, match="OCDS-S01: is defined 2 times") as raised:
        load_catalogue(tmp_path)
    assert "ocds_schemas.yaml: expected one of ocds_schema.yaml, " in str(raised.value)
