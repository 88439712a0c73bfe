"""The sample data of PDN v2: valid where nothing was planted, and nothing reserved survives the public view."""

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from pipelines.sandbox import pdn_v2
from pipelines.sandbox.defects import Planter
from pipelines.standards.identity import find_personal_ids
from pipelines.standards.pdn import LAYOUTS, PdnLayout, record_validator
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.view_pdn import publish_records
from pipelines.standards.view_rows import PdnRow

LAYOUT_OF: dict[str, PdnLayout] = {key[2]: layout for key, layout in LAYOUTS.items() if key[1] == "v2"}
SYSTEM_OF = {key[2]: key[0] for key in LAYOUTS if key[1] == "v2"}
COUNT = 150


@pytest.mark.parametrize("collection", pdn_v2.MAKERS)
def test_sound_records_are_valid(collection: str) -> None:
    rng = random.Random(7)
    validator = record_validator(LAYOUT_OF[collection])
    made = [pdn_v2.MAKERS[collection](rng, "20") for _ in range(COUNT)]
    assert [error for record in made for error in validator.errors(record)] == []
    assert len({record["id"] for record in made}) == COUNT


@pytest.mark.parametrize("collection", pdn_v2.MAKERS)
def test_nothing_reserved_survives_whatever_is_planted(collection: str) -> None:
    rng, planter = random.Random(7), Planter(pdn_v2.DEFECTS)
    records = [
        planter.plant(pdn_v2.MAKERS[collection](rng, "20"), planter.draw(rng)) for _ in range(COUNT * 4)
    ]
    layout = LAYOUT_OF[collection]
    rows = [
        PdnRow(
            "s@g", "s", SYSTEM_OF[collection], "v2", collection, record["id"], _text(record), at, "r", 1, ""
        )
        for at, record in enumerate(records)
    ]
    output = publish_records(rows, {layout: PdnRedactor(layout)})
    removed = Counter(removal.kind for removal in output.removals)
    assert removed["curp"] >= len(records) if collection != pdn_v2.MORALES else removed["name_reserved"] > 0
    for record, row in zip(records, output.pdn_records, strict=True):
        shown = f"{row.record} {row.record_v1} {row.record_v2} {row.record_id} {row.withheld}"
        assert list(find_personal_ids(shown)) == []
        assert [value for value in _reserved(collection, record) if value in shown] == []
    assert planter.planted["personal_key"] > 0


def _text(record: dict[str, Any]) -> str:
    return orjson.dumps(record).decode()


def _reserved(collection: str, record: dict[str, Any]) -> list[str]:
    """Values of a record that no output may hold."""
    person = record["datosGenerales"]
    found = [person.get("curp"), record["id"] if collection == pdn_v2.OFFICIALS else None]
    if collection == pdn_v2.NO_GRAVES:
        found.append(f"{person['nombres']} {person['primerApellido']}")
    if collection == pdn_v2.FISICAS:
        found.append(person["domicilioMexico"]["nombreVialidad"])
    if collection == pdn_v2.MORALES:
        found += [one["curp"] for one in record["datosDirGeneralReprLegal"].values()]
    return [value for value in found if value]
