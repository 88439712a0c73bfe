"""Declarations: items by their holder, third parties by their kind, what a reader is told of each section."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standards import view_pdn
from pipelines.standards.pdn import (
    DECLARATION_TYPES,
    DeclarationType,
    declaration_page_schema,
    declaration_validator,
)
from pipelines.standards.privacy import allow_lists, counts
from pipelines.standards.redact_declaration import PUBLICATION, DeclarationRedactor, PublicDeclaration
from pipelines.standards.view_rows import Output, PdnRow
from tests.unit.standards.declarations import DECLARANT, MONEY, SPOUSE, complete, simplified

COMPANY = {"tipoPersona": "MORAL", "nombreRazonSocial": "OBRAS DEL SUR", "rfc": "CUR950920ER0"}
PERSON = {"tipoPersona": "FISICA", "nombreRazonSocial": "Rosa López Paz", "rfc": "VACE460910SX6"}
WEALTH = "situacionPatrimonial/"


def redacted(record: dict[str, Any]) -> PublicDeclaration:
    return DeclarationRedactor().redact(record)


def wealth(public: PublicDeclaration, section: str) -> Any:
    return public.document["declaracion"]["situacionPatrimonial"].get(section)


def status(public: PublicDeclaration, section: str) -> tuple[str, int | None, int | None]:
    (found,) = [one for one in public.sections if one.name == section]
    return found.status, found.received, found.published


def test_reserved_fields_of_the_declarant_are_left_out() -> None:
    public = redacted(simplified())
    assert wealth(public, "datosGenerales") == {
        "nombre": "Ernesto",
        "primerApellido": "Gómez",
        "segundoApellido": "Díaz",
    }
    general = "/declaracion/situacionPatrimonial/datosGenerales"
    assert counts(public.findings) == {
        ("curp", f"{general}/curp"): 1,
        ("rfc_natural", f"{general}/rfc"): 1,
        ("email", f"{general}/correoElectronico"): 1,
        ("reserved", "/declaracion/situacionPatrimonial/ingresos/ingresoAnualNetoParejaDependiente"): 1,
        ("reserved", "/declaracion/situacionPatrimonial/ingresos/totalIngresosAnualesNetos"): 1,
    }
    assert public.name_status == "public"


@pytest.mark.parametrize(
    ("holder", "shown"),
    [
        (DECLARANT, True),
        ([{"clave": "DECLARANTE"}], True),
        ([{"clave": "dec ", "valor": "Declarante"}], True),
        (SPOUSE, False),
        ([*DECLARANT, *SPOUSE], False),
        ([*DECLARANT, *DECLARANT], False),
        ([{"clave": "DEC", "valor": "CÓNYUGE"}], False),
        ([], False),
        (None, False),
        (DECLARANT[0], False),
        ("DEC", False),
    ],
)
def test_an_item_is_public_only_if_the_declarant_holds_it_alone(holder: Any, shown: bool) -> None:
    public = redacted(complete(vehiculos=[{"titular": holder, "marca": "Nissan"}]))
    cars = wealth(public, "vehiculos").get("vehiculo")
    assert (cars is not None and cars[0]["marca"] == "Nissan") is shown
    assert status(public, f"{WEALTH}vehiculos") == (("published", 1, 1) if shown else ("not_public", 1, 0))


def test_what_is_not_public_reads_otherwise_than_what_was_declared_empty_or_not_received() -> None:
    record = complete(
        bienesInmuebles=[{"titular": SPOUSE}],
        vehiculos=[{"titular": DECLARANT}, {"titular": SPOUSE}],
        adeudos=[],
    )
    del record["declaracion"]["situacionPatrimonial"]["inversiones"]
    public = redacted(record)
    assert wealth(public, "bienesInmuebles") == {"ninguno": False}
    assert wealth(public, "bienesMuebles") == {"ninguno": True}
    assert wealth(public, "inversiones") is None
    told = {one.pop("seccion"): one for one in public.document[PUBLICATION]["secciones"]}
    assert told["situacionPatrimonial/datosGenerales"] == {"estado": "published"}
    assert told["situacionPatrimonial/datosPareja"] == {"estado": "not_public"}
    assert told["situacionPatrimonial/experienciaLaboral"] == {
        "estado": "declared_empty",
        "recibidos": 0,
        "publicados": 0,
    }
    assert {name.split("/")[1]: one["estado"] for name, one in told.items()} == {
        "datosGenerales": "published",
        "domicilioDeclarante": "not_public",
        "datosCurricularesDeclarante": "published",
        "datosEmpleoCargoComision": "published",
        "experienciaLaboral": "declared_empty",
        "datosPareja": "not_public",
        "datosDependienteEconomico": "not_public",
        "ingresos": "published",
        "actividadAnualAnterior": "not_required",
        "bienesInmuebles": "not_public",
        "vehiculos": "partly_public",
        "bienesMuebles": "declared_empty",
        "inversiones": "not_received",
        # `ninguno: false` and no item: something was declared, and isn't there.
        "adeudos": "not_received",
        "prestamoOComodato": "declared_empty",
        "participacion": "declared_empty",
        "participacionTomaDecisiones": "declared_empty",
        "apoyos": "declared_empty",
        "representacion": "declared_empty",
        "clientesPrincipales": "declared_empty",
        "beneficiosPrivados": "declared_empty",
        "fideicomisos": "declared_empty",
    }


def test_the_simplified_form_lacks_sections_lawfully() -> None:
    public = redacted(simplified())
    assert status(public, f"{WEALTH}vehiculos") == ("not_required", 0, 0)
    assert status(public, "interes/participacion") == ("not_required", 0, 0)
    record = simplified()
    record["metadata"]["tipo"] = "INICIAL"
    assert status(redacted(record), f"{WEALTH}actividadAnualAnterior") == ("not_received", None, None)


@pytest.mark.parametrize("partner", [None, {"ninguno": True}, {"ninguno": False, "nombre": "Ariana"}])
def test_nothing_tells_whether_there_is_a_partner(partner: Any) -> None:
    record = simplified()
    without = redacted(record).document
    if partner is not None:
        record["declaracion"]["situacionPatrimonial"]["datosPareja"] = partner
    record["declaracion"]["situacionPatrimonial"]["ingresos"]["totalIngresosAnualesNetos"] = {
        "valor": 9,
        "moneda": "MXN",
    }
    assert redacted(record).document == without
    assert wealth(redacted(record), "ingresos")["totalIngresosAnualesNetos"] == MONEY


def test_third_parties_only_if_they_are_companies() -> None:
    disguised = {"tipoPersona": "MORAL", "nombreRazonSocial": "Rosa López Paz", "rfc": "VACE460910SX6"}
    item = {
        "titular": DECLARANT,
        "tercero": [COMPANY, PERSON, disguised],
        "transmisor": [
            {**COMPANY, "relacion": {"clave": "OTRO", "valor": "NINGUNA"}},
            {**PERSON, "relacion": {"clave": "HER"}},
        ],
        "descripcionGeneralBien": "Sala que fue de ROSA LOPEZ PAZ; tel. 9511234567",
    }
    public = redacted(complete(bienesMuebles=[item]))
    assert wealth(public, "bienesMuebles")["bienMueble"] == [
        {
            "titular": DECLARANT,
            "tercero": [COMPANY],
            "transmisor": [
                {**COMPANY, "relacion": {"clave": "OTRO", "valor": "NINGUNA"}},
                {"tipoPersona": "FISICA"},
            ],
            "descripcionGeneralBien": "Sala que fue de [nombre reservado]; tel. [teléfono reservado]",
        }
    ]


def test_interests_of_others_are_not_public() -> None:
    public = redacted(
        complete(
            participacion=[
                {"tipoRelacion": "PAREJA", "nombreEmpresaSociedadAsociacion": "X"},
                {"tipoRelacion": "DECLARANTE", "nombreEmpresaSociedadAsociacion": "Y", "rfc": "CUR950920ER0"},
                {
                    "tipoRelacion": "DECLARANTE",
                    "nombreEmpresaSociedadAsociacion": "Rosa",
                    "rfc": "VACE460910SX6",
                },
            ],
            beneficiosPrivados=[
                {"beneficiario": [{"clave": "HIJ"}]},
                {"beneficiario": [{"clave": "DC"}], "otorgante": PERSON},
            ],
            apoyos=[{"beneficiarioPrograma": {"clave": "CY"}}],
        )
    )
    interests = public.document["declaracion"]["interes"]
    assert interests["participacion"]["participacion"] == [
        {"tipoRelacion": "DECLARANTE", "nombreEmpresaSociedadAsociacion": "Y", "rfc": "CUR950920ER0"},
        {"tipoRelacion": "DECLARANTE"},
    ]
    assert interests["beneficiosPrivados"]["beneficio"] == [
        {"beneficiario": [{"clave": "DC"}], "otorgante": {"tipoPersona": "FISICA"}}
    ]
    assert interests["apoyos"] == {"ninguno": False}
    assert status(public, "interes/participacion") == ("partly_public", 3, 2)


def test_a_name_withheld_anywhere_is_taken_out_of_every_text() -> None:
    record = complete(
        bienesMuebles=[{"titular": DECLARANT, "descripcionGeneralBien": "de Moreno Gómez, Ariana"}],
        apoyos=[
            {"beneficiarioPrograma": {"clave": "DC"}, "especifiqueApoyo": "lo cobra Ariana Moreno Gómez"}
        ],
    )
    record["declaracion"]["situacionPatrimonial"]["datosPareja"] = {
        "nombre": "Ariana",
        "primerApellido": "Moreno",
        "segundoApellido": "Gómez",
    }
    text = orjson.dumps(redacted(record).document).decode()
    assert "Ariana" not in text
    assert text.count("[nombre reservado]") == 2


def test_keys_and_shapes_that_the_standard_does_not_know_are_left_out() -> None:
    record = simplified()
    record["declaracion"]["situacionPatrimonial"]["datosGenerales"]["nota de ana@x.mx"] = "hola"
    record["declaracion"]["situacionPatrimonial"]["ingresos"]["remuneracionAnualCargoPublico"] = "Ana gana 3"
    record["metadata"]["institucion"] = {"nombre": "Ana"}
    record["_id"] = "507f1f77bcf86cd799439011"
    public = redacted(record)
    assert "Ana" not in orjson.dumps(public.document).decode()
    general = "/declaracion/situacionPatrimonial/datosGenerales"
    found = counts(public.findings)
    assert found["email", f"{general}/nota de [correo reservado]"] == 1
    assert found["not_listed", f"{general}/nota de [correo reservado]"] == 1


def test_an_unusual_declaration_breaks_nothing() -> None:
    for record in ({}, {"declaracion": []}, {"declaracion": {"situacionPatrimonial": None}}, {"metadata": 3}):
        public = DeclarationRedactor().redact(record, record_id="x")
        assert public.document["id"] == "x"
        assert public.name_status == "not_received"


# -- every leaf of the standard ---------------------------------------------------------------------------


def _marked(schema: dict[str, Any], path: str, marks: dict[str, str]) -> Any:
    """A document of `schema` with a mark of its own in every text leaf; enums keep their last code."""
    if "anyOf" in schema:
        return _marked(schema["anyOf"][0], path, marks)
    if "properties" in schema:
        return {name: _marked(child, f"{path}/{name}", marks) for name, child in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_marked(schema["items"], path, marks)]
    if schema.get("type", "string") == "string" and "enum" not in schema:
        marks[path] = f"Mq{len(marks)}Zx"
        return marks[path]
    return {"string": "FISICA", "boolean": False, "integer": 7, "number": 7.0}[schema.get("type", "string")]


def _decision(path: str) -> str:
    """What the allow-list says of a generic path: publish, conditional or withhold."""
    rule: Any = allow_lists()["pdn"]["s1_v2"]["fields"]
    conditional = False
    for part in path.split("/")[1:]:
        while isinstance(rule, dict) and not (part in rule and set(rule) != {"each", "fields"}):
            conditional = True
            rule = rule["fields"] if "each" in rule else rule["rule"]
        rule = rule[part]
        if isinstance(rule, dict) and set(rule) <= {"withhold", "same_as"}:
            return "withhold" if "withhold" in rule else "conditional"
    return "conditional" if conditional or rule not in ("publish", "text") else "publish"


@pytest.mark.parametrize("kind", DECLARATION_TYPES)
@pytest.mark.parametrize("holder", ["declarant", "others"])
def test_no_withheld_leaf_of_the_standard_survives(kind: DeclarationType, holder: str) -> None:
    """Every leaf of the OpenAPI file holds a mark of its own; those that come out are those that may."""
    marks: dict[str, str] = {}
    record = _marked(declaration_page_schema(kind)["definitions"]["record"], "", marks)
    if holder == "declarant":
        for section in (
            *record["declaracion"]["situacionPatrimonial"].values(),
            *record["declaracion"]["interes"].values(),
        ):
            for items in section.values():
                for item in items if isinstance(items, list) else ():
                    item.update(
                        {
                            name: value
                            for name, value in (("titular", DECLARANT), ("tipoRelacion", "DECLARANTE"))
                            if name in item
                        }
                    )
    text = orjson.dumps(redacted(record).document).decode()
    survived = {path for path, mark in marks.items() if mark in text}
    decisions = {path: _decision(path) for path in marks}
    assert {path for path in survived if decisions[path] == "withhold"} == set()
    assert {path for path, decided in decisions.items() if decided == "publish"} <= survived
    if holder == "others":
        assert not [path for path in survived if "/vehiculos/vehiculo" in path or "/participacion/" in path]


RESERVED = (
    *(
        "datosGenerales/curp",
        "datosGenerales/rfc",
        "datosGenerales/telefono",
        "datosGenerales/correoElectronico",
    ),
    *(
        "datosGenerales/aclaracionesObservaciones",
        "domicilioDeclarante",
        "datosPareja",
        "datosDependienteEconomico",
    ),
    *("datosEmpleoCargoComision/telefonoOficina", "vehiculos/vehiculo", "adeudos/aclaracionesObservaciones"),
)


@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from(RESERVED),
    value=st.recursive(
        st.just("Mq77Zx"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["clave", "Mq77Zx", "nombre"]), inner)
        ),
        max_leaves=6,
    ),
)
def test_nothing_in_a_reserved_place_survives_in_any_shape(place: str, value: Any) -> None:
    record = complete()
    holder = record["declaracion"]["situacionPatrimonial"]
    *parents, name = place.split("/")
    for parent in parents:
        holder = holder[parent]
    holder[name] = value
    assert "Mq77Zx" not in orjson.dumps(redacted(record).document).decode()


# -- results ------------------------------------------------------------------------------------------------


def judged(record: dict[str, Any]) -> Output:
    row = PdnRow(
        "s@1", "s", "s1", "v2", "declaraciones", "d-1", orjson.dumps(record).decode(), 0, "sha", 1, "/0"
    )
    return view_pdn.publish_records([row], {"s1_v2": DeclarationRedactor()})


def failures(record: dict[str, Any]) -> list[tuple[str, int, str | None, str | None]]:
    return [(one.rule_id, one.failures, one.path, one.value) for one in judged(record).failures]


def test_a_clean_declaration_passes() -> None:
    output = judged(simplified())
    assert output.failures == []
    (told,) = output.verdicts
    assert set(told.passed.split(",")) >= {"PDN-S01", "PDN-S02", "PDN-F10", "PDN-F11", "PDN-M10", "PDN-I10"}
    (row,) = output.pdn_records
    assert declaration_validator("modificacion").errors(orjson.loads(row.record)) == []
    assert {removal.entity_id for removal in output.removals} == {""}


def test_a_mistake_in_what_is_reserved_names_no_field() -> None:
    record = complete(vehiculos=[{"titular": SPOUSE, "anio": "mil"}, {"titular": DECLARANT, "anio": "mil"}])
    holder = record["declaracion"]["situacionPatrimonial"]
    holder["datosPareja"] = {"ninguno": "Ariana"}
    schema = [one for one in failures(record) if one[0] == "PDN-S01"]
    # The first one tells the section at most.
    assert [(rule, times) for rule, times, _, _ in schema] == [("PDN-S01", 3)]
    del holder["vehiculos"]["vehiculo"][1], holder["datosPareja"]
    assert failures(record) == [
        (
            "PDN-S01",
            1,
            "/declaracion/situacionPatrimonial/vehiculos/vehiculo",
            "un dato que no es público no cumple la especificación",
        )
    ]


def test_rules_of_a_declaration() -> None:
    record = complete(adeudos=[])
    holder = record["declaracion"]["situacionPatrimonial"]
    del holder["vehiculos"]
    holder["bienesMuebles"] = {"ninguno": True, "bienMueble": [{"titular": DECLARANT}]}
    holder["ingresos"]["ingresoAnualNetoDeclarante"] = {"valor": 1200, "moneda": "MXN"}
    assert failures(record) == [
        ("PDN-F10", 1, "/declaracion/situacionPatrimonial/vehiculos", None),
        ("PDN-F11", 2, "/declaracion/situacionPatrimonial/bienesMuebles/ninguno", "1"),
        (
            "PDN-M10",
            2,
            "/declaracion/situacionPatrimonial/ingresos/ingresoAnualNetoDeclarante",
            "1200 ≠ 1000",
        ),
    ]
    record = simplified()
    record["declaracion"]["situacionPatrimonial"]["ingresos"]["totalIngresosAnualesNetos"]["valor"] = 1600
    assert failures(record) == [
        ("PDN-M10", 1, "/declaracion/situacionPatrimonial/ingresos/totalIngresosAnualesNetos", None)
    ]


@pytest.mark.parametrize(
    ("said", "fails"),
    [("MODIFICACIÓN", []), ("Modificacion", ["PDN-S01"]), ("OTRA", ["PDN-S01"]), (None, ["PDN-S01"])],
)
def test_the_schema_is_that_of_the_type(said: str | None, fails: list[str]) -> None:
    record = simplified()
    record["metadata"]["tipo"] = said
    assert [rule for rule, *_ in failures(record)] == fails
