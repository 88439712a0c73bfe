"""S2 and S3 from one generation to the other: each known bug of PDN's own migration is a test here."""

import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.standards.pdn import PdnLayout, page_schema
from pipelines.standards.pdn_mapping import codes, officials, sanctioned
from pipelines.standards.pdn_mapping.codes import FISICAS, GRAVES, MORALES, NO_GRAVES
from pipelines.standards.pdn_mapping.persons import kind_by_name, may_be_natural, person_kind
from pipelines.standards.pdn_mapping.values import (
    Term,
    currency_code,
    entity_code,
    iso_date,
    json_amount,
    parse_amount,
    parse_term,
)
from pipelines.standards.validation import SchemaValidator

LAYOUTS: dict[str, PdnLayout] = {
    GRAVES: "s3_graves",
    NO_GRAVES: "s3_no_graves",
    FISICAS: "s3_personas_fisicas",
    MORALES: "s3_personas_morales",
}


def errors(layout: PdnLayout, document: dict[str, Any]) -> list[Any]:
    """What the standard, enumerations included, says against a record."""
    page = page_schema(layout)
    return SchemaValidator({"$schema": page["$schema"], **page["definitions"]["record"]}).errors(document)


# -- persons --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        # The migration looks for the letters SA and AC anywhere, and finds companies where there are none.
        ("ROSA MARIA PEREZ LOPEZ", "natural"),
        ("JACINTO RUIZ DIAZ", "natural"),
        ("SAUL GOMEZ", "natural"),
        ("Isaac Salazar Macías", "natural"),
        ("CONSTRUCTORA DEL NORTE", "legal"),
        ("AZTEC MEDICA, S.A. DE C.V", "legal"),
        ("SISCOMSAT S. DE R.L. DE C.V.", "legal"),
        ("Fundación Ruiz, A. C.", "legal"),
        ("GOMEZ Y ASOCIADOS SC", "legal"),
        ("Pérez López Hermanos, S.A.P.I. de C.V.", "legal"),
        ("AZTEC", "undetermined"),
        ("", "undetermined"),
    ],
)
def test_natural_or_legal_by_name(name: str, kind: str) -> None:
    assert kind_by_name(name) == kind


@pytest.mark.parametrize(
    ("declared", "rfc", "name", "kind"),
    [
        ("F", "CUR950920ER0", "OBRAS S.A.", "natural"),
        ("M", "GODE561231GR8", "ANA RUIZ", "legal"),
        ("Persona moral", None, None, "legal"),
        (None, "GODE561231GR8", "AZTEC", "natural"),
        (None, "CUR950920ER0", "ANA RUIZ", "legal"),
        # A person can't have the suffix; an RFC may be typed badly.
        (None, "GODE561231GR8", "OBRAS, S.A. DE C.V.", "legal"),
        ("X", None, "ANA RUIZ", "natural"),
        (None, "XAXX010101000", "AZTEC", "undetermined"),
    ],
)
def test_type_then_rfc_then_name(declared: Any, rfc: Any, name: Any, kind: str) -> None:
    assert person_kind(declared=declared, rfc=rfc, name=name) == kind


def test_the_benefit_of_the_doubt_is_the_persons() -> None:
    assert may_be_natural(rfc=None, name="ROSA MARIA PEREZ LOPEZ")
    assert may_be_natural(rfc="GODE561231GR8", name="AZTEC")
    assert not may_be_natural(rfc=None, name="AZTEC")
    assert not may_be_natural(rfc="GODE561231GR8", name="AZTEC S.A.")


# -- terms, amounts, dates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1 (UN) AÑO 3 (TRES) MESES", Term(1, 3, 0)),
        ("90 DÍAS", Term(0, 0, 90)),
        ("2 años", Term(2)),
        ("un año, seis meses y quince días naturales", Term(1, 6, 15)),
        ("Por el término de 10 (DIEZ) AÑOS.", Term(10)),
        ("2 semanas", Term(0, 0, 14)),
        # Half a term would be another one.
        ("4 años o 3 meses", None),
        ("2.5 años", None),
        ("1 año, 2 años", None),
        ("Plazo", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_terms(text: Any, term: Term | None) -> None:
    assert parse_term(text) == term


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 999), st.booleans(), st.booleans())
def test_a_term_told_in_words_and_figures_is_read_back(
    years: int, months: int, days: int, upper: bool, plain: bool
) -> None:
    term = Term(years, months, days)
    text = term.text.upper() if upper else term.text
    if plain:
        text = text.replace("ñ", "n").replace("Ñ", "N").replace("í", "i").replace("Í", "I")
    assert parse_term(text) == (term if text else None)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        # The migration rounds to pesos and reads this as ten.
        ("10.000,50", "10000.50"),
        ("10,000.50", "10000.50"),
        (21577.6, "21577.6"),
        ("21577.60", "21577.60"),
        ("$ 1,234,567.89 M.N.", "1234567.89"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("10.000", "10.000"),
        (0, "0"),
        (1e16, "1E+16"),
        ("1e5", None),
        ("mil pesos", None),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_amounts_keep_their_decimals(value: Any, amount: str | None) -> None:
    assert parse_amount(value) == (None if amount is None else Decimal(amount))


@given(st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2))
def test_an_amount_is_the_same_however_its_groups_are_written(amount: Decimal) -> None:
    mexican = f"{amount:,.2f}"
    european = mexican.translate(str.maketrans(",.", ".,"))
    assert parse_amount(mexican) == parse_amount(european) == parse_amount(str(amount)) == amount
    assert Decimal(str(json_amount(amount))) == amount


@given(st.text(alphabet=string.printable, max_size=20))
def test_no_text_breaks_the_readers(text: str) -> None:
    parse_term(text)
    parse_amount(text)
    iso_date(text)
    currency_code(text)
    kind_by_name(text)


def test_dates_currencies_and_entities() -> None:
    # S2's migration leaves DD-MM-YYYY, which the target refuses.
    assert [
        iso_date(text) for text in ("31-12-2020", "1/2/2021", "2020-02-13T00:00:00Z", "2020-02-30", "ayer")
    ] == [
        *("2020-12-31", "2021-02-01", "2020-02-13", None, None),
    ]
    assert currency_code("Dolar estadounidense") == "USD"
    assert currency_code(None, "Peso mexicano") == "MXN"
    assert currency_code(" ", "conchas") is None
    assert [entity_code(code) for code in ("9", "20", "No especificado", "00", "33", None)] == [
        *("09", "20", None, None, None, None),
    ]


# -- faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "grave"),
    [
        ({"clave": "OJUST", "valor": "OBSTRUCCIÓN DE LA JUSTICIA"}, "graves"),
        # Without a code, the accented name is found.
        ({"valor": "Obstrucción de la justicia"}, "graves"),
        ({"valor": "DESVIO DE RECURSOS PUBLICOS"}, "graves"),
        ({"clave": "ANG", "valor": "ADMINISTRATIVA NO GRAVE"}, "no_graves"),
        ({"clave": "IDSP"}, "no_graves"),
        # Never guessed: unknown, other, or code and text disagree.
        ({"clave": "OTRO", "valor": "PECULADO"}, "undetermined"),
        ({"clave": "AG", "valor": "ADMINISTRATIVA NO GRAVE"}, "undetermined"),
        ({"clave": "ANG", "valor": "PECULADO"}, "undetermined"),
        ({"clave": "CEX", "valor": "COHECHO O EXTORSION"}, "undetermined"),
        ({"clave": "AUT", "valor": "ABUSO DE AUTORIDAD"}, "undetermined"),
        ({"valor": "quién sabe"}, "undetermined"),
        ("PECULADO", "undetermined"),
        (None, "undetermined"),
    ],
)
def test_gravity(fault: Any, grave: str) -> None:
    assert codes.gravity(fault) == grave


@pytest.mark.parametrize(
    ("collection", "field", "value", "code"),
    [
        (NO_GRAVES, "faltaCometida", "CUMPLIR_FUNCIONES_DISCIPLINA_RESPETO", "CUMPLIR_FUNCIONES"),
        (NO_GRAVES, "faltaCometida", "CUMPLIR_FUNCIONES", "CUMPLIR_FUNCIONES"),
        (MORALES, "tipoSancion", "otro", "OTRO"),
        (codes.OFFICIALS, "tipoProcedimiento", "OTORGAMIENTO_CONCESIONES", "OTORGAMIENTO_CONCECIONES"),
        (codes.OFFICIALS, "nivelResponsabilidad", "PERVISAR (D)", "SUPERVISAR (D)"),
        (codes.OFFICIALS, "nivelResponsabilidad", "C", "FIRMAR (C)"),
        (GRAVES, "empleoCargoComision.nivelOrdenGobierno", "MUNICIPAL", "MUNICIPAL_ALCALDIA"),
        (GRAVES, "faltaCometida", "BRUJERIA", None),
        (GRAVES, "faltaCometida", None, None),
    ],
)
def test_codes_by_alias(collection: str, field: str, value: Any, code: str | None) -> None:
    assert codes.canonical(collection, field, value) == code


def test_the_tools_code_with_a_leading_blank() -> None:
    field = "datosGeneralesProcedimientos.tipoProcedimiento"
    assert codes.aliases(codes.OFFICIALS, field) == {" LICITACION_INTERNACIONAL": "LICITACION_INTERNACIONAL"}
    assert codes.canonical(codes.OFFICIALS, field, " LICITACION_INTERNACIONAL") == "LICITACION_INTERNACIONAL"


def test_every_alias_means_a_code_of_its_list() -> None:
    for (collection, field), named in codes._lists("pdn_codelist_aliases.csv", "alias", "clave").items():
        assert set(named.values()) <= set(codes.codelist(collection, field)), (collection, field)
        assert not set(named) & set(codes.codelist(collection, field)), (collection, field)


# -- documents ------------------------------------------------------------------------------------------

OFFICIAL = {
    "id": "5f0",
    "fechaCaptura": "2021-05-01T10:00:00Z",
    "expediente": "OIC/1",
    "institucionDependencia": {"nombre": "DIF", "siglas": "DIF", "clave": "1"},
    "servidorPublicoSancionado": {
        "nombres": "Ana",
        "primerApellido": "Ruiz",
        "genero": {"clave": "F", "valor": "FEMENINO"},
        "puesto": "Directora",
        "nivel": "K31",
    },
    "autoridadSancionadora": "OIC",
    "tipoFalta": {"clave": "OJUST", "valor": "OBSTRUCCIÓN DE LA JUSTICIA"},
    "tipoSancion": [
        {"clave": "I", "valor": "INHABILITADO"},
        {"clave": "M", "valor": "MULTADO"},
        {"clave": "SE", "valor": "SANCIÓN ECONÓMICA"},
    ],
    "causaMotivoHechos": "Ocultó un expediente",
    "resolucion": {"url": "https://x.mx/r.pdf", "fechaResolucion": "2021-01-02"},
    "multa": {"monto": "10.000,50", "moneda": {"clave": " ", "valor": "Peso mexicano"}},
    "inhabilitacion": {
        "plazo": "1 (UN) AÑO 3 (TRES) MESES",
        "fechaInicial": "02-01-2021",
        "fechaFinal": None,
    },
}


def test_a_grave_fault_of_v1_in_the_shape_of_v2() -> None:
    mapped = sanctioned.map_s3(OFFICIAL, layout="s3s_v1", record_id="5f0", party="undetermined")
    assert (mapped.collection, mapped.gravity, mapped.record_v1) == (GRAVES, "graves", OFFICIAL)
    assert mapped.record_v2 == {
        "id": sanctioned.uuid_of(GRAVES, "5f0"),
        "fecha": "2021-05-01",
        "expediente": "OIC/1",
        "datosGenerales": {"nombres": "Ana", "primerApellido": "Ruiz", "sexo": "MUJER"},
        "empleoCargoComision": {
            "nombreEntePublico": "DIF",
            "siglasEntePublico": "DIF",
            "nivelJerarquico": {"clave": "OTRO", "valor": "K31"},
            "denominacion": "Directora",
        },
        "faltaCometida": [{"clave": "OBSTRUCCION", "descripcionHechos": "Ocultó un expediente"}],
        "resolucion": {
            "fechaResolucion": "2021-01-02",
            "urlResolucion": "https://x.mx/r.pdf",
            "autoridadResolutora": "OIC",
        },
        "tipoSancion": [
            {
                "clave": "INHABILITACION",
                "inhabilitacion": {
                    "plazoAnios": 1,
                    "plazoMeses": 3,
                    "plazoDias": 0,
                    "fechaInicial": "2021-01-02",
                },
            },
            {"clave": "SANCION_ECONOMICA", "sancionEconomica": {"monto": 10000.5, "moneda": "MXN"}},
            # v1 has one fine: it isn't counted twice.
            {"clave": "SANCION_ECONOMICA"},
        ],
    }
    assert errors("s3_graves", mapped.record_v2) == []


@pytest.mark.parametrize(("code", "collection"), [("NAD", NO_GRAVES), ("AUT", None)])
def test_no_graves_and_undetermined_have_no_name(code: str, collection: str | None) -> None:
    hidden = {
        **OFFICIAL,
        "servidorPublicoSancionado": {
            "nombres": "No público",
            "primerApellido": "No público",
            "puesto": "No público",
            "genero": {"clave": "F"},
        },
        "tipoFalta": {"clave": code, "valor": codes.codelist("ssancionados", "tipoFalta")[code]},
    }
    mapped = sanctioned.map_s3(hidden, layout="s3s_v1", record_id="5f0", party="undetermined")
    assert mapped.collection == collection
    assert mapped.record_v2["datosGenerales"] == {"sexo": "MUJER"}
    assert mapped.record_v2["empleoCargoComision"] == {"nombreEntePublico": "DIF", "siglasEntePublico": "DIF"}
    if collection:
        # No graves of v2 know no economic sanction: it keeps its name.
        assert mapped.record_v2["tipoSancion"][1] == {
            "clave": "OTRO",
            "otro": {"denominacionSancion": "MULTADO"},
        }
        assert errors("s3_no_graves", mapped.record_v2) == []


@pytest.mark.parametrize(
    ("party", "collection", "about"),
    [
        ("natural", FISICAS, {"nombres": "ROSA MARIA PEREZ LOPEZ"}),
        ("legal", MORALES, {"nombreRazonSocial": "ROSA MARIA PEREZ LOPEZ", "rfc": "CUR950920ER0"}),
        ("undetermined", None, {"nombreRazonSocial": "ROSA MARIA PEREZ LOPEZ", "rfc": "CUR950920ER0"}),
    ],
)
def test_parties_by_what_they_are(party: Any, collection: str | None, about: dict[str, str]) -> None:
    record = {
        **OFFICIAL,
        "particularSancionado": {"nombreRazonSocial": "ROSA MARIA PEREZ LOPEZ", "rfc": "CUR950920ER0"},
        "tipoFalta": "Tráfico de Influencias",
        "tipoSancion": [{"clave": "IND", "valor": "INDEMNIZACIÓN"}, {"clave": "S", "valor": "SUSPENSIÓN"}],
        "inhabilitacion": {"plazo": "90 DÍAS"},
    }
    mapped = sanctioned.map_s3(record, layout="s3p_v1", record_id="a", party=party)
    assert mapped.collection == collection
    assert mapped.record_v2["datosGenerales"] == about
    assert mapped.record_v2["faltaCometida"][0]["clave"] == "TRAFICO_INFLUENCIAS"
    suspended = mapped.record_v2["tipoSancion"][1]
    if collection == FISICAS:
        assert suspended == {"clave": "OTRO", "otro": {"denominacionSancion": "SUSPENSIÓN"}}
    else:
        assert suspended["suspensionActividades"] == {
            "plazoSuspensioAnios": 0,
            "plazoSuspensionMeses": 0,
            "plazoSuspensionDias": 90,
        }
    assert mapped.record_v2["tipoSancion"][0]["indemnizacion"] == {"monto": 10000.5, "moneda": "MXN"}
    assert errors(LAYOUTS[collection or MORALES], mapped.record_v2) == []


def test_v2_as_the_standard_writes_it() -> None:
    clean = sanctioned.normalised(
        NO_GRAVES,
        {
            "fecha": "21-11-2026",
            "empleoCargoComision": {
                "entidadFederativa": "No especificado",
                "nivelOrdenGobierno": "MUNICIPAL",
            },
            "faltaCometida": [
                {"clave": "RENDIR_CUENTAS_FUNCIONES", "valor": None},
                {"clave": "BRUJERIA", "valor": None},
            ],
            "tipoSancion": [
                {"clave": "MULTA", "otro": None},
                {"clave": "SUSPENSION", "suspensionEmpleo": {"plazoMeses": "4", "plazoDias": 23}},
            ],
        },
    )
    assert clean == {
        "fecha": "2026-11-21",
        "empleoCargoComision": {"entidadFederativa": None, "nivelOrdenGobierno": "MUNICIPAL_ALCALDIA"},
        "faltaCometida": [{"clave": "RENDIR_CUENTAS", "valor": None}, {"clave": "OTRO", "valor": "BRUJERIA"}],
        "tipoSancion": [
            {"clave": "OTRO", "otro": {"denominacionSancion": "MULTA"}},
            {"clave": "SUSPENSION", "suspensionEmpleo": {"plazoMeses": 4, "plazoDias": 23}},
        ],
    }
    economic = {"monto": "10.000,50", "moneda": "Peso mexicano", "plazoPago": 20, "efectivamenteCobrado": 7}
    paid = sanctioned.normalised(
        GRAVES, {"tipoSancion": [{"clave": "SANCION_ECONOMICA", "sancionEconomica": economic}]}
    )
    assert paid["tipoSancion"][0]["sancionEconomica"] == {
        "monto": 10000.5,
        "moneda": "MXN",
        "plazoPago": None,
        "efectivamenteCobrado": None,
    }


def test_v2_in_the_shape_of_v1() -> None:
    record = {
        "id": "c42e92cb-59c2-5050-86be-7ba62ea7f909",
        "date_created": "2026-11-21T16:33:57.321Z",
        "observaciones": "ninguna",
        "datosGenerales": {"sexo": "HOMBRE"},
        "empleoCargoComision": {"nombreEntePublico": None, "siglasEntePublico": "IFT"},
        "faltaCometida": [
            {"clave": "DECLARACIONES", "descripcionHechos": "No declaró"},
            {"clave": "RENDIR_CUENTAS", "descripcionHechos": "Ni rindió cuentas"},
        ],
        "resolucion": {"fechaResolucion": "2004-08-19", "autoridadResolutora": "SHCP"},
        "tipoSancion": [
            {"clave": "AMONESTACION", "amonestacion": {"tipo": "PUBLICA"}},
            {"clave": "SUSPENSION", "suspensionEmpleo": {"plazoMeses": 1, "plazoDias": 23}},
        ],
    }
    shown = sanctioned.v2_to_v1(NO_GRAVES, record, record_id=str(record["id"]))
    assert shown == {
        "id": record["id"],
        "fechaCaptura": "2026-11-21T16:33:57.321Z",
        "institucionDependencia": {"nombre": "", "siglas": "IFT"},
        "causaMotivoHechos": "No declaró; Ni rindió cuentas",
        "inhabilitacion": {"plazo": "1 mes 23 días"},
        "tipoSancion": [
            {"clave": "O", "valor": "OTRO", "descripcion": "AMONESTACIÓN PÚBLICA"},
            {"clave": "S", "valor": "SUSPENSIÓN DEL EMPLEO, CARGO O COMISIÓN"},
        ],
        "servidorPublicoSancionado": {
            "nombres": "No público",
            "primerApellido": "No público",
            "genero": {"clave": "M", "valor": "MASCULINO"},
            "puesto": "No público",
        },
        "autoridadSancionadora": "SHCP",
        "tipoFalta": {
            "clave": "IDSP",
            "valor": "INCUMPLIMIENTO EN DECLARACION DE SITUACION PATRIMONIAL",
            "descripcion": "RENDIR CUENTAS SOBRE EL EJERCICIO DE LAS FUNCIONES",
        },
        "resolucion": {"fechaResolucion": "2004-08-19"},
    }
    assert errors("s3s_v1", shown) == []


def test_s2_of_v2_in_the_shape_of_v1() -> None:
    clean = officials.normalised(
        {
            "fecha": "01-02-2026",
            "ejercicio": 2025,
            "tipoProcedimiento": "OTORGAMIENTO_CONCESIONES",
            "datosGenerales": {
                "nombre": "Ana",
                "primerApellido": "Ruiz",
                "segundoApellido": None,
                "sexo": "MUJER",
            },
            "empleoCargoComision": {
                "entidadFederativa": "No especificado",
                "nombreEntePublico": "DIF",
                "nivelJerarquico": {"clave": "DIRECCION_GENERAL", "valor": None},
            },
            "tipoContratacion": [
                {
                    "clave": "CONTRATACION_OBRAS",
                    "contratacionObra": {
                        "tipoArea": ["AREA_TECNICA", "OTRO", "AREA_TECNICA"],
                        "nivelResponsabilidadObra": {"autorizacionDictamen": "A"},
                        "datosGeneralesProcedimientos": [{"tipoProcedimiento": " LICITACION_INTERNACIONAL"}],
                    },
                }
            ],
        }
    )
    work = clean["tipoContratacion"][0]["contratacionObra"]
    assert work["nivelResponsabilidadObra"] == {"autorizacionDictamen": "ELABORAR (A)"}
    assert work["datosGeneralesProcedimientos"] == [{"tipoProcedimiento": "LICITACION_INTERNACIONAL"}]
    shown = officials.to_v1(clean, record_id="sin-id-1")
    assert shown == {
        "id": "sin-id-1",
        "fechaCaptura": "2026-02-01T00:00:00-06:00",
        "ejercicioFiscal": "2025",
        "nombres": "Ana",
        "primerApellido": "Ruiz",
        "genero": {"clave": "F", "valor": "FEMENINO"},
        "institucionDependencia": {"nombre": "DIF"},
        "puesto": {"nombre": "DIRECCIÓN GENERAL U HOMÓLOGO"},
        "tipoArea": [{"clave": "T", "valor": "TÉCNICA"}, {"clave": "O", "valor": "OTRA"}],
        "tipoProcedimiento": [
            {"clave": 2, "valor": "CONCESIONES, LICENCIAS, PERMISOS, AUTORIZACIONES Y SUS PRÓRROGAS"}
        ],
    }
    assert errors("s2_v1", shown) == []
