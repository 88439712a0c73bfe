"""What is public of PDN v2: every path of the standard decided, the roles followed, the captures reproduced."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipelines.standards.identity import find_personal_ids
from pipelines.standards.pdn import PdnLayout, record_validator
from pipelines.standards.privacy import allow_lists
from pipelines.standards.redact_pdn import PdnRedactor

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
