"""Declarations of S1 against PDN's own files: its field lists and its examples."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.standards.pdn import declaration_type, declaration_validator
from pipelines.standards.privacy import allow_lists
from pipelines.standards.redact_declaration import DeclarationRedactor

FIELD_LISTS = ("Inicial", "Modificacion", "Conclusion")
EXAMPLES = (
    "synthetic/s1_inicial.json",
    "synthetic/s1_modificacion.json",
    "synthetic/s1_conclusion.json",
    "captures/s1_page1.json",
)


def paths(standards: Path, kind: str) -> set[str]:
    """The fields of a record, without positions and variants."""
    text = (standards / "pdn" / f"s1_v2_{kind}_response.tsv").read_text(encoding="utf-8")
    named = (line.split("\t", 1)[0] for line in text.splitlines())
    plain = (path.replace("<anyOf0>", "").replace("<anyOf1>", "").replace("[]", "") for path in named)
    return {path.removeprefix("results.") for path in plain if path.startswith("results.")}


def decided(rules: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, bool]]:
    """Every path of the allow-list, and whether it is withheld with all below it."""
    for name, rule in rules.items():
        path, inner, withheld = f"{above}{name}", rule, False
        while isinstance(inner, Mapping) and ("each" in inner or "when" in inner):
            inner = inner["fields"] if "each" in inner else inner["rule"]
        if isinstance(inner, Mapping) and set(inner) & {"withhold", "same_as"}:
            withheld, inner = True, {}
        yield path, withheld
        if isinstance(inner, Mapping):
            yield from decided(inner, f"{path}.")


@pytest.mark.parametrize("kind", FIELD_LISTS)
def test_every_path_of_the_standard_is_decided(shared_standards: Path, kind: str) -> None:
    known = dict(decided(allow_lists()["pdn"]["s1_v2"]["fields"]))
    withheld = tuple(f"{path}." for path, is_withheld in known.items() if is_withheld)
    undecided = [
        path
        for path in sorted(paths(shared_standards, kind))
        if path not in known and not path.startswith(withheld)
    ]
    assert undecided == []


def test_the_allow_list_names_only_what_the_standard_has(shared_standards: Path) -> None:
    known = set().union(*(paths(shared_standards, kind) for kind in FIELD_LISTS))
    rules = allow_lists()["pdn"]["s1_v2"]
    assert sorted(path for path, _ in decided(rules["fields"]) if path not in known) == []
    sections = {f"declaracion.{name.replace('/', '.')}" for name in rules["sections"]}
    parents = ("declaracion.situacionPatrimonial.", "declaracion.interes.")
    assert sections == {path for path in known if path.startswith(parents) and path.count(".") == 2}
    items = {
        f"declaracion.{name.replace('/', '.')}.{rule['items']}"
        for name, rule in rules["sections"].items()
        if rule and "items" in rule
    }
    assert items <= known


@pytest.mark.parametrize("file", EXAMPLES)
def test_what_is_published_of_the_examples_is_valid(shared_data: Path, file: str) -> None:
    """PDN's examples fail their own schema once (an RFC that is too short); what is published of them doesn't."""
    document = orjson.loads((shared_data / "pdn" / file).read_bytes())
    for record in document.get("results", [document]):
        kind = declaration_type(record)
        assert kind is not None
        served = {"id": record.get("_id"), **record}
        assert [error.keyword for error in declaration_validator(kind).errors(served)] == ["minLength"]
        public = DeclarationRedactor().redact(record, record_id="x").document
        assert declaration_validator(kind).errors(public) == []
        reserved = (
            "curp",
            "homoClave",
            "correoElectronico",
            "calle",
            "numeroSerieRegistro",
            "datosPareja",
            "saldo",
        )
        text = orjson.dumps({name: value for name, value in public.items() if name != "publicacion"}).decode()
        assert [name for name in reserved if name in text] == []
