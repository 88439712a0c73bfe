"""PDN records: the allow-list, names of no graves, and that nothing personal survives anywhere."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standards import json_text
from pipelines.standards.pdn import PDN_SYSTEMS, PdnSystem, record_validator
from pipelines.standards.privacy import counts
from pipelines.standards.redact_pdn import PdnRedactor
from tests.unit.standards import people

S2: dict[str, Any] = {
    "id": "s2-1",
    "fechaCaptura": "2024-05-01T00:00:00Z",
    "ejercicioFiscal": "2024",
    "ramo": {"clave": 9, "valor": "Comunicaciones"},
    "rfc": "GODE561231GR8",
    "curp": "BOXW310820HNERXN09",
    "nombres": "Ernesto",
    "primerApellido": "Gómez",
    "segundoApellido": "",
    "genero": {"clave": "M", "valor": "MASCULINO"},
    "institucionDependencia": {"nombre": "Secretaría", "siglas": "S", "clave": "1"},
    "puesto": {"nombre": "Jefe", "nivel": "O21"},
    "tipoProcedimiento": [{"clave": 1, "valor": "CONTRATACIONES PÚBLICAS"}],
    "superiorInmediato": {
        "nombres": "Ana",
        "primerApellido": "Ruiz",
        "curp": "BOXW310820HNERXN09",
        "rfc": "VACE460910SX6",
    },
    "observaciones": "escribir a ana@x.mx",
    "__v": 0,
}

S3S: dict[str, Any] = {
    "id": "s3s-1",
    "fechaCaptura": "2024-05-01T00:00:00Z",
    "expediente": "12/2024",
    "institucionDependencia": {"nombre": "Secretaría"},
    "servidorPublicoSancionado": {
        "rfc": "GODE561231GR8",
        "curp": "BOXW310820HNERXN09",
        "nombres": "José Ernesto",
        "primerApellido": "Gómez",
        "segundoApellido": "Díaz",
        "genero": {"clave": "M", "valor": "MASCULINO"},
        "puesto": "Director",
        "nivel": "K31",
    },
    "tipoFalta": {"clave": "DRP", "valor": "DESVÍO DE RECURSOS PÚBLICOS", "descripcion": ""},
    "tipoSancion": [{"clave": "I", "valor": "INHABILITADO"}],
    "causaMotivoHechos": "El C. JOSE ERNESTO GOMEZ DIAZ; Gómez Díaz, José Ernesto y José Gómez no entregaron",
    "resolucion": {"url": "https://x.mx/r.pdf", "fechaResolucion": "2024-01-01"},
    "observaciones": "nota",
    "documentos": [
        {"id": "d", "titulo": "t", "descripcion": "d", "url": "https://x.mx", "fecha": "2024-01-01"}
    ],
}

S3P: dict[str, Any] = {
    "id": "s3p-1",
    "fechaCaptura": "2024-05-01T00:00:00Z",
    "institucionDependencia": {"nombre": "Secretaría"},
    "particularSancionado": {
        "nombreRazonSocial": "OBRAS DEL SUR, S.A. DE C.V.",
        "objetoSocial": "Obras",
        "rfc": "CUR950920ER0",
        "tipoPersona": "M",
        "telefono": "9511234567",
        "domicilioMexico": {"codigoPostal": "68000"},
        "domicilioExtranjero": {},
        "directorGeneral": {
            "nombres": "Rosa",
            "primerApellido": "López",
            "segundoApellido": "Paz",
            "curp": "",
        },
        "apoderadoLegal": None,
    },
    "autoridadSancionadora": "Contraloría",
    "tipoSancion": [{"clave": "I", "valor": "INHABILITADO"}],
    "causaMotivoHechos": "Rosa López Paz firmó",
    "responsableSancion": {"nombres": "Ilse", "primerApellido": "Valdés"},
}


def test_s2() -> None:
    public = PdnRedactor("s2_v1").redact(S2)
    assert public.document == {
        **{name: value for name, value in S2.items() if name not in {"rfc", "curp", "__v"}},
        "superiorInmediato": {"nombres": "Ana", "primerApellido": "Ruiz"},
        "observaciones": "escribir a [correo reservado]",
    }
    assert public.name_status == "public"
    assert counts(public.findings) == {
        ("rfc_natural", "/rfc"): 1,
        ("curp", "/curp"): 1,
        ("curp", "/superiorInmediato/curp"): 1,
        ("rfc_natural", "/superiorInmediato/rfc"): 1,
        ("email", "/observaciones"): 1,
        ("not_listed", "/__v"): 1,
    }
    assert record_validator("s2_v1").errors(public.document) == []


def test_s3s_grave() -> None:
    public = PdnRedactor("s3s_v1").redact(S3S)
    assert public.name_status == "public"
    assert public.document["servidorPublicoSancionado"] == {
        name: value for name, value in S3S["servidorPublicoSancionado"].items() if name not in {"rfc", "curp"}
    }
    assert public.document["causaMotivoHechos"] == S3S["causaMotivoHechos"]
    assert public.document["documentos"] == S3S["documentos"]
    assert "observaciones" not in public.document
    assert record_validator("s3s_v1").errors(public.document) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"clave": "NAD", "valor": "NEGLIGENCIA ADMINISTRATIVA"},
        {"clave": "ANG", "valor": "ADMINISTRATIVA NO GRAVE"},
        {"clave": "OTRO", "valor": "Peculado"},
        {"clave": "CEX", "valor": "COHECHO O EXTORSION"},
        {"clave": "NUEVA", "valor": "PECULADO"},
        # Code and text disagree.
        {"clave": "AG", "valor": "Administrativa no grave"},
        {"clave": "AG", "valor": "ADMINISTRATIVA GRAVE", "descripcion": "Abuso de autoridad"},
        {"valor": "PECULADO"},
        {},
        "PECULADO",
        None,
    ],
)
def test_s3s_no_grave_or_unknown_shows_no_name(fault: Any) -> None:
    public = PdnRedactor("s3s_v1").redact({**S3S, "tipoFalta": fault})
    assert public.name_status == "not_public"
    assert public.document["servidorPublicoSancionado"] == {
        "nombres": "No público",
        "primerApellido": "No público",
        "genero": {"clave": "M", "valor": "MASCULINO"},
        "puesto": "No público",
    }
    assert public.document["causaMotivoHechos"] == (
        "El C. [nombre reservado]; [nombre reservado] y [nombre reservado] no entregaron"
    )
    assert public.document["resolucion"] == {"fechaResolucion": "2024-01-01"}
    assert "documentos" not in public.document


def test_s3s_no_grave_is_still_valid() -> None:
    fault = {"clave": "NAD", "valor": "NEGLIGENCIA ADMINISTRATIVA"}
    public = PdnRedactor("s3s_v1").redact({**S3S, "tipoFalta": fault})
    assert record_validator("s3s_v1").errors(public.document) == []


def test_three_states_of_a_name() -> None:
    redactor = PdnRedactor("s3s_v1")
    fault = {"clave": "NAD", "valor": "NEGLIGENCIA ADMINISTRATIVA"}

    def person(**fields: Any) -> tuple[str, Any]:
        public = redactor.redact({"tipoFalta": fault, "servidorPublicoSancionado": fields})
        return public.name_status, public.document["servidorPublicoSancionado"]

    assert person(nombres="Ana", primerApellido="Ruiz") == (
        "not_public",
        {"nombres": "No público", "primerApellido": "No público"},
    )
    assert person(nombres="", primerApellido="") == ("public", {"nombres": "", "primerApellido": ""})
    assert person(nombres=None) == ("not_received", {"nombres": None})
    assert person() == ("not_received", {})


def test_s3p_company() -> None:
    public = PdnRedactor("s3p_v1").redact(S3P)
    assert public.document["particularSancionado"] == {
        "nombreRazonSocial": "OBRAS DEL SUR, S.A. DE C.V.",
        "objetoSocial": "Obras",
        "rfc": "CUR950920ER0",
        "tipoPersona": "M",
    }
    assert public.document["causaMotivoHechos"] == "[nombre reservado] firmó"
    assert public.document["responsableSancion"] == {"nombres": "Ilse", "primerApellido": "Valdés"}
    assert counts(public.findings) == {
        ("phone", "/particularSancionado/telefono"): 1,
        ("address", "/particularSancionado/domicilioMexico"): 1,
        ("name_reserved", "/particularSancionado/directorGeneral"): 1,
        ("name_reserved", "/causaMotivoHechos"): 1,
    }
    assert record_validator("s3p_v1").errors(public.document) == []


@pytest.mark.parametrize(
    ("person_type", "rfc"),
    [("M", "GODE561231GR8"), ("F", "GODE561231GR8"), ("F", "CUR950920ER0"), (None, "CUR950920ER0")],
)
def test_s3p_rfc_is_public_for_companies_with_a_companys_rfc_only(person_type: str | None, rfc: str) -> None:
    person = {**S3P["particularSancionado"], "tipoPersona": person_type, "rfc": rfc}
    public = PdnRedactor("s3p_v1").redact({**S3P, "particularSancionado": person})
    assert "rfc" not in public.document["particularSancionado"]


def test_missing_id_is_filled_from_outside() -> None:
    redactor = PdnRedactor("s2_v1")
    assert redactor.redact({"nombres": "Ana"}, record_id="abc").document == {"id": "abc", "nombres": "Ana"}
    assert redactor.redact({"id": 5}, record_id="abc").document == {"id": 5}


def test_a_text_in_the_place_of_an_object_is_not_published() -> None:
    public = PdnRedactor("s3s_v1").redact(
        {"servidorPublicoSancionado": "JOSÉ GÓMEZ", "expediente": {"a": "JOSÉ"}}
    )
    assert public.document == {}
    assert [finding.path for finding in public.findings] == ["/servidorPublicoSancionado", "/expediente"]


def _own_names(system: PdnSystem) -> st.SearchStrategy[str]:
    """Names of fields that the system knows."""
    names = {"s2": S2, "s3s": S3S, "s3p": S3P}[system]
    return st.sampled_from(sorted(_names(names)))


def _names(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set(node) | {name for value in node.values() for name in _names(value)}
    if isinstance(node, list):
        return {name for value in node for name in _names(value)}
    return set()


@st.composite
def records(draw: st.DrawFn) -> tuple[PdnSystem, dict[str, Any], list[str]]:
    """A record with personal data planted anywhere: in listed fields, unlisted ones, keys and texts."""
    system = draw(st.sampled_from(PDN_SYSTEMS))
    planted: list[str] = []

    def plant(value: str) -> str:
        planted.append(value)
        return value

    personal = st.one_of(people.natural_rfcs(), people.curps(), people.emails()).map(plant)
    leaves = st.one_of(
        st.none(),
        st.text(max_size=12),
        personal,
        personal.map(lambda value: f"véase {value}."),
        people.phones().map(plant).map(lambda value: f"Tel: {value}"),
    )
    names = st.one_of(_own_names(system), personal)
    inner = st.recursive(
        leaves,
        lambda deeper: st.one_of(st.lists(deeper, max_size=3), st.dictionaries(names, deeper, max_size=4)),
        max_leaves=10,
    )
    document = draw(st.dictionaries(names, inner, max_size=6))
    if draw(st.booleans()):
        whole = orjson.loads(orjson.dumps({"s2": S2, "s3s": S3S, "s3p": S3P}[system]))
        document = {**whole, **document}
    return system, document, planted


@settings(max_examples=100, deadline=None)
@given(records())
def test_nothing_personal_survives_and_twice_is_once(
    made: tuple[PdnSystem, dict[str, Any], list[str]],
) -> None:
    system, record, planted = made
    redactor = PdnRedactor(f"{system}_v1")
    once = redactor.redact(record).document
    published = json_text.dumps(once).upper()
    assert [value for value in planted if value.upper() in published] == []
    assert "MX-TEQUIO" not in published
    assert redactor.redact(once).document == once
