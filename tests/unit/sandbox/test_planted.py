"""The catalogue of defects: every rule has one, and its sources are the same at every scale."""

from collections import Counter
from collections.abc import Mapping

import pytest

from pipelines.quality.catalogue import load_catalogue
from pipelines.registry import Source
from pipelines.sandbox import generator, planted
from pipelines.sandbox.dataset import Expected
from pipelines.sandbox.rule_cases import deliveries


@pytest.fixture(scope="module")
def expected(sources: Mapping[str, Source]) -> dict[str, list[Expected]]:
    """What the rules must say of the planted records, by source."""
    return {
        source_id: [
            each
            for draft in generator.generate(sources[source_id], seed=1, scale=0.01)[0]
            for each in draft.expected
        ]
        for source_id in planted.SOURCES
    }


def test_every_rule_about_a_record_has_a_planted_defect(expected: Mapping[str, list[Expected]]) -> None:
    rules = {rule.id for rule in load_catalogue().rules if rule.grain != "source"}
    found = Counter(each.rule_id for planted_there in expected.values() for each in planted_there)
    assert set(found) == rules
    assert set(found.values()) == {1}


def test_every_planted_record_has_an_id_of_its_own(expected: Mapping[str, list[Expected]]) -> None:
    for planted_there in expected.values():
        ids = [each.entity_id for each in planted_there if each.entity_id is not None]
        assert len(ids) == len(set(ids))


def test_neither_seed_nor_scale_change_the_catalogue(sources: Mapping[str, Source]) -> None:
    for source_id in planted.CATALOGUE:
        small, _ = generator.generate(sources[source_id], seed=1, scale=0.01)
        large, _ = generator.generate(sources[source_id], seed=2, scale=1.0)
        assert [each.expected for each in small] == [each.expected for each in large]
        assert [len(each.records) for each in small] == [len(each.records) for each in large]


def test_every_rule_about_the_arrival_has_a_planted_delivery() -> None:
    rules = {rule.id for rule in load_catalogue().rules if rule.evaluated_in == "ledger"}
    planted_for = [delivery.rule_id for delivery in deliveries.DELIVERIES] + list(deliveries.BUILT)
    assert sorted(planted_for) == sorted(rules)
