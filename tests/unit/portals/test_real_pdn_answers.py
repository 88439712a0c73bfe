"""The answers of PDN's own servers that stand beside the repository, read as the protocols read them."""

import json
from pathlib import Path

import pytest

from pipelines.portals.ocds_body import ocds_items
from pipelines.portals.pdn_body import pdn_items
from pipelines.portals.pdn_frame import count_of, foreign_keys, pdn_frame

V2 = (
    "s2v2_page",
    "s3v2_faltas_administrativas_graves",
    "s3v2_faltas_administrativas_no_graves",
    "s3v2_faltas_graves_personas_fisicas",
    "s3v2_faltas_graves_personas_morales",
    "s3v2_ana_faltas_administrativas_graves",
    "s3v2_ana_faltas_administrativas_no_graves",
    "s3v2_ana_faltas_graves_personas_fisicas",
    "s3v2_ana_faltas_graves_personas_morales",
)


@pytest.fixture(scope="session")
def captures(shared_data: Path) -> Path:
    return shared_data / "pdn" / "captures"


@pytest.mark.parametrize("name", V2)
def test_every_record_of_a_directus_is_found_as_published(captures: Path, name: str) -> None:
    text = (captures / f"{name}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    items = list(pdn_items(text, name))
    assert [json.loads(item.text) for item in items] == document["data"]
    assert {item.problem for item in items} == {None}
    # The public role of S2 v2 can't read ids: there a record is named by its content.
    assert [item.identity for item in items] == [record.get("id") for record in document["data"]]
    said = pdn_frame(text)
    assert said is not None
    assert count_of(said["meta"], "filter_count") == document["meta"]["filter_count"]


def test_keys_in_place_of_objects_are_seen_in_a_real_answer(captures: Path) -> None:
    text = (captures / "s3v2_faltas_graves_personas_fisicas.json").read_text(encoding="utf-8")
    assert {name for item in pdn_items(text, "x") for name in foreign_keys(item.text)} == {"plazoPago"}


@pytest.mark.parametrize(
    "name", [each for each in V2 if "personas" not in each], ids=lambda name: str(name).removeprefix("s3v2_")
)
def test_whole_records_have_none(captures: Path, name: str) -> None:
    text = (captures / f"{name}.json").read_text(encoding="utf-8")
    assert not any(foreign_keys(item.text) for item in pdn_items(text, name))


@pytest.mark.parametrize("name", ["s1_page1", "s2_page1", "s3s_page1", "s3p_page1"])
def test_rest_answers_have_their_counts(captures: Path, name: str) -> None:
    text = (captures / f"{name}.json").read_text(encoding="utf-8")
    said = pdn_frame(text)
    assert said is not None
    assert count_of(said["pagination"], "totalRows") in {360, 450}
    assert all(item.identity for item in pdn_items(text, name))


def test_records_of_s6(captures: Path) -> None:
    text = (captures / "s6_page1.json").read_text(encoding="utf-8")
    assert [item.problem for item in ocds_items(text)] == [None, None]
