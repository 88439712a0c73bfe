"""What is public of PDN v2: every path of the standard decided, the roles followed, the captures reproduced."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from pipelines.standards.identity import find_personal_ids
from pipelines.standards.pdn import PdnLayout, page_schema, record_validator
from pipelines.standards.pdn_mapping import sanctioned
from pipelines.standards.privacy import allow_lists
from pipelines.standards.redact_pdn import PdnRedactor
from pipelines.standards.validation import SchemaValidator

V2: dict[PdnLayout, str] = {
    "s2_v2": "s2_v2.tsv",
    "s3_graves": "s3v2_graves.tsv",
    "s3_no_graves": "s3v2_no_graves.tsv",
    "s3_personas_fisicas": "s3v2_personas_fisicas.tsv",
    "s3_personas_morales": "s3v2_personas_morales.tsv",
}
COLLECTIONS: dict[PdnLayout, str] = {
    "s3_graves": "faltas_administrativas_graves",
    "s3_no_graves": "faltas_administrativas_no_graves",
    "s3_personas_fisicas": "faltas_graves_personas_fisicas",
    "s3_personas_morales": "faltas_graves_personas_morales",
}


def _listed(fields: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, rule in fields.items():
        yield f"{above}{name}"
        inner = rule.get("fields", {}) if isinstance(rule, dict) and "when" in rule else rule
        if isinstance(inner, dict):
            yield from _listed(inner, f"{above}{name}/")


@pytest.mark.parametrize("layout", V2)
def test_every_path_of_the_standard_is_decided(shared_standards: Path, layout: PdnLayout) -> None:
    rules = allow_lists()["pdn"][layout]
    lines = (shared_standards / "pdn" / V2[layout]).read_text(encoding="utf-8").splitlines()
    paths = {line.split("\t")[0].replace("[]", "").replace(".", "/") for line in lines}
    # The keys of S2's objects are public nowhere.
    paths = {path for path in paths if not path.endswith("/id")}
    withheld = set(rules["withheld"])
    decided = {*_listed(rules["fields"]), *withheld}
    below = tuple(f"{name}/" for name in withheld)
    assert {path for path in paths - decided if not path.startswith(below)} == set()
    # And nothing is listed that the standard hasn't, but for two fields of procedures that only the role knows.
    only_in_role = ("/otroTipoProcedimiento", "contratacionObra/datosGeneralesProcedimientos/otroMateria")
    assert {path for path in decided - paths if not path.endswith(only_in_role)} == set()


def test_a_capture_for_authorities_becomes_pdns_own_public_answer(shared_data: Path) -> None:
    """The same records, asked for with the two roles of PDN's own server."""
    for layout, collection in COLLECTIONS.items():
        captures = shared_data / "pdn" / "captures"
        everything = orjson.loads((captures / f"s3v2_ana_{collection}.json").read_bytes())["data"]
        public = orjson.loads((captures / f"s3v2_{collection}.json").read_bytes())["data"]
        redactor = PdnRedactor(layout)
        for received, answered in zip(everything, public, strict=True):
            shown = redactor.redact(received)
            expected = orjson.loads(orjson.dumps(answered))
            for sanction in expected["tipoSancion"]:
                # Three levels of fields give the key of the object in its place.
                if isinstance((sanction.get("sancionEconomica") or {}).get("plazoPago"), int):
                    del sanction["sancionEconomica"]["plazoPago"]
            if layout == "s3_personas_morales":
                # The set gives companies the RFC of persons; that is never public.
                del expected["datosGenerales"]["rfc"]
            assert shown.document == expected
            assert shown.name_status == ("not_public" if layout == "s3_no_graves" else "public")
            # What PDN's answer has is published as it is.
            assert redactor.redact(expected).document == expected
            assert record_validator(layout).errors(shown.document) == []


def test_the_capture_of_s2_is_public_as_it_is(shared_data: Path) -> None:
    page = orjson.loads((shared_data / "pdn" / "captures" / "s2v2_page.json").read_bytes())
    redactor = PdnRedactor("s2_v2")
    assert [redactor.redact(record).document for record in page["data"]] == page["data"]
    assert [error for record in page["data"] for error in record_validator("s2_v2").errors(record)] == []


def test_no_graves_show_the_sex_only() -> None:
    record = {
        "id": "5",
        "observaciones": "Se inhabilitó a la C. Rosa Pérez Luna y al Lic. Juan de la Cruz Mota. RFC GODE561231GR8",
        "datosGenerales": {
            "nombres": "José Ernesto",
            "primerApellido": "Gómez",
            "segundoApellido": None,
            "curp": "BOXW310820HNERXN09",
            "rfc": "GODE561231GR8",
            "sexo": "HOMBRE",
        },
        "empleoCargoComision": {
            "nombreEntePublico": "DIF",
            "nivelJerarquico": {"clave": "OTRO", "valor": "Director"},
            "denominacion": "Director",
            "areaAdscripcion": "Obras",
        },
        "faltaCometida": [
            {"clave": "OTRO", "descripcionHechos": "GOMEZ, JOSE ERNESTO no declaró; el C. Director sí"}
        ],
    }
    public = PdnRedactor("s3_no_graves").redact(record)
    assert public.document == {
        "id": "5",
        "observaciones": (
            "Se inhabilitó a la C. [nombre reservado] y al Lic. [nombre reservado]. RFC [RFC reservado]"
        ),
        "datosGenerales": {"sexo": "HOMBRE"},
        "empleoCargoComision": {"nombreEntePublico": "DIF"},
        "faltaCometida": [
            {"clave": "OTRO", "descripcionHechos": "[nombre reservado] no declaró; el C. Director sí"}
        ],
    }
    assert public.name_status == "not_public"
    # Declared empty (segundoApellido) isn't withheld; what was received and isn't public is named.
    assert public.withheld == (
        "/datosGenerales/curp",
        "/datosGenerales/nombres",
        "/datosGenerales/primerApellido",
        "/datosGenerales/rfc",
        "/empleoCargoComision/areaAdscripcion",
        "/empleoCargoComision/denominacion",
        "/empleoCargoComision/nivelJerarquico",
    )


@pytest.mark.parametrize(
    ("name", "rfc", "shown"),
    [
        ("CONSTRUCTORA DEL NORTE, S.A. DE C.V.", "CUR950920ER0", True),
        ("CONSTRUCTORA DEL NORTE", None, True),
        ("ROSA MARIA PEREZ LOPEZ", None, False),
        ("ROSA MARIA PEREZ LOPEZ", "GODE561231GR8", False),
        ("SISCOMSAT", "GODE561231GR8", False),
        (None, "CUR950920ER0", False),
    ],
)
def test_address_and_rfc_of_a_person_among_the_companies_stay_private(
    name: str | None, rfc: str | None, shown: bool
) -> None:
    person = {"nombreRazonSocial": name, "rfc": rfc, "domicilioMexico": {"codigoPostal": "68000"}}
    director = {
        "nombre": "Luz",
        "primerApellido": "Paz",
        "segundoApellido": "Sol",
        "curp": "BOXW310820HNERXN09",
    }
    public = PdnRedactor("s3_personas_morales").redact(
        {
            "datosGenerales": person,
            "datosDirGeneralReprLegal": {"directorGeneral": director},
            "faltaCometida": [{"descripcionHechos": "firmó Luz Paz Sol"}],
        }
    )
    assert ("domicilioMexico" in public.document["datosGenerales"]) is shown
    assert (public.document["datosGenerales"].get("rfc") == "CUR950920ER0") is (shown and rfc is not None)
    assert public.document["faltaCometida"] == [{"descripcionHechos": "firmó [nombre reservado]"}]
    assert "datosDirGeneralReprLegal" not in public.document


def test_the_synthetic_records_of_pdns_migration_show_no_personal_id(shared_data: Path) -> None:
    files: dict[str, PdnLayout] = {
        "faltas_graves": "s3_graves",
        "faltas_no_graves": "s3_no_graves",
        "particulares_personas_fisicas": "s3_personas_fisicas",
        "particulares_personas_morales": "s3_personas_morales",
    }
    for file, layout in files.items():
        path = shared_data / "pdn" / "synthetic" / "s3_v2" / f"{file}.SYNTHETIC.json.gz"
        redactor = PdnRedactor(layout)
        for record in orjson.loads(gzip.decompress(path.read_bytes())):
            text = orjson.dumps(redactor.redact(record).document).decode()
            assert list(find_personal_ids(text)) == []


def _valid(layout: PdnLayout, documents: list[dict[str, Any]]) -> list[Any]:
    """What the standard says against the records, its enumerations included."""
    page = page_schema(layout)
    validator = SchemaValidator({"$schema": page["$schema"], **page["definitions"]["record"]})
    return [error for document in documents for error in validator.errors(document)]


@pytest.mark.parametrize(
    ("file", "layout", "split"),
    [
        # PDN's own script says 111, 56 and 283 for manual review.
        ("s3s_v1_450", "s3s_v1", {"graves": 214, "no_graves": 56, None: 180}),
        ("s3p_v1_450", "s3p_v1", {"personas_fisicas": 328, "personas_morales": 122}),
    ],
)
def test_the_synthetic_records_of_v1_are_valid_in_v2_and_back(
    shared_data: Path, file: str, layout: PdnLayout, split: dict[str | None, int]
) -> None:
    content = gzip.decompress((shared_data / "pdn" / "synthetic" / f"{file}.json.gz").read_bytes())
    redactor = PdnRedactor(layout)
    found: dict[str | None, list[sanctioned.MappedS3]] = {}
    for record in orjson.loads(content):
        public = redactor.redact(record).document
        party = sanctioned.party_kind(record) if layout == "s3p_v1" else "undetermined"
        mapped = sanctioned.map_s3(public, layout=layout, record_id=public["id"], party=party)
        found.setdefault(mapped.collection, []).append(mapped)
    by_end = {name: len(of) for name, of in found.items()}
    assert by_end == {_collection(name): count for name, count in split.items()}
    for target, of in found.items():
        if target is None:
            continue
        v2 = [mapped.record_v2 for mapped in of]
        name = next(name for name, collection in COLLECTIONS.items() if collection == target)
        assert _valid(name, v2) == []
        # What the mapping writes is as the standard writes it, and goes back.
        assert [sanctioned.normalised(target, document) for document in v2] == v2
        assert _valid(layout, [sanctioned.v2_to_v1(target, document, record_id="1") for document in v2]) == []


def _collection(name: str | None) -> str | None:
    return None if name is None else COLLECTIONS[cast(PdnLayout, f"s3_{name}")]


def test_what_pdns_migration_wrote_is_valid_after_ours(shared_data: Path) -> None:
    """Its output fails PDN's own validation on import: instants for days, names of currencies, misspelt fields."""
    files: dict[str, PdnLayout] = {
        "faltas_graves": "s3_graves",
        "faltas_no_graves": "s3_no_graves",
        "particulares_personas_fisicas": "s3_personas_fisicas",
        "particulares_personas_morales": "s3_personas_morales",
    }
    for file, layout in files.items():
        path = shared_data / "pdn" / "synthetic" / "s3_v2" / f"{file}.SYNTHETIC.json.gz"
        redactor, collection = PdnRedactor(layout), COLLECTIONS[layout]
        public = [
            redactor.redact(record).document for record in orjson.loads(gzip.decompress(path.read_bytes()))
        ]
        mapped = [
            sanctioned.map_s3(one, layout=layout, collection=collection, record_id="1", party="undetermined")
            for one in public
        ]
        assert _valid(layout, [one.record_v2 for one in mapped]) == []
        v1: PdnLayout = "s3p_v1" if "particulares" in file else "s3s_v1"
        assert _valid(v1, [one.record_v1 for one in mapped]) == []
