"""Sample declarations of System 1: deterministic, mostly valid, full of what is reserved, with counted defects."""

import random
from collections import Counter

import orjson

from pipelines.sandbox import pdn_s1
from pipelines.sandbox.defects import Planter
from pipelines.standards.free_text import pdn_marks, scrub
from pipelines.standards.pdn import declaration_type, declaration_validator
from pipelines.standards.redact_declaration import DeclarationRedactor

COUNT = 400


def made(seed: int = 3) -> tuple[list[tuple[str, bytes]], Counter[str]]:
    planter = Planter(pdn_s1.DEFECTS)
    return pdn_s1.declarations(random.Random(seed), "20", COUNT, planter), planter.planted


def test_the_same_seed_gives_the_same_declarations_of_the_promised_size() -> None:
    records, planted = made()
    assert (records, planted) == made()
    assert records != made(4)[0]
    sizes = [len(record) for _, record in records]
    assert 12_000 < sum(sizes) / COUNT < 18_000
    assert {name for name, _ in records} == {
        orjson.loads(record).get("id", orjson.loads(record).get("_id")) for _, record in records
    }
    assert {declaration_type(orjson.loads(record)) for _, record in records} == {
        "inicial",
        "modificacion",
        "conclusion",
    }


def test_only_planted_defects_are_invalid() -> None:
    records, planted = made()
    invalid = 0
    for _, record in records:
        declaration = orjson.loads(record)
        kind = declaration_type(declaration)
        assert kind is not None
        invalid += bool(declaration_validator(kind).errors(declaration))
    assert (
        0
        < invalid
        <= sum(planted[name] for name in ("plain_type", "unknown_code", "other_label", "object_id"))
    )


def test_everything_planted_is_found_and_nothing_of_it_is_published() -> None:
    records, planted = made()
    redactor = DeclarationRedactor()
    found: Counter[tuple[str, str]] = Counter()
    for record_id, record in records:
        public = redactor.redact(orjson.loads(record), record_id=record_id)
        for finding in public.findings:
            if finding.place != "field":
                found[finding.kind, finding.place] += 1
        text = orjson.dumps(public.document).decode()
        assert scrub(text, pdn_marks())[1] == []
        assert "celular" not in text
    assert found["curp", "text"] == planted["curp_in_text"]
    assert found["rfc_natural", "text"] == planted["rfc_in_text"]
    assert found["email", "text"] == planted["email_in_text"]
    assert found["phone", "text"] == planted["phone_in_text"]
    assert found["curp", "key"] == planted["curp_in_key"]
    assert found["name_reserved", "text"] >= planted["partner_in_text"] > 0
