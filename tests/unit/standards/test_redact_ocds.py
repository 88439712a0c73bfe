"""OCDS releases: what is taken out, what stays, and that nothing personal survives anywhere."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standards import json_text
from pipelines.standards.privacy import PseudonymKey, counts
from pipelines.standards.redact_ocds import OcdsRedactor
from tests.unit.standards import people

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
REDACTOR = OcdsRedactor(KEY)
RFC = "GODE561231GR8"
PSEUDONYM = KEY.pseudonym(RFC)

RELEASE: dict[str, Any] = {
    "ocid": "ocds-test-1",
    "id": "1",
    "date": "2024-05-01T00:00:00Z",
    "tag": ["award"],
    "initiationType": "tender",
    "parties": [
        {
            "id": "MX-RFC-INA1402082Z8",
            "name": "Instituto",
            "identifier": {"scheme": "MX-RFC", "id": "INA1402082Z8", "legalPersonality": "legalPerson"},
            "address": {"streetAddress": "Calle 1", "region": "Yucatán", "postalCode": "97000"},
            "contactPoint": {"name": "Ana", "email": "ana@x.mx", "telephone": "9991234567"},
            "roles": ["buyer"],
        },
        {
            "id": f"MX-RFC-{RFC}",
            "name": "ERNESTO GÓMEZ DÍAZ",
            "identifier": {"scheme": "MX-RFC", "id": RFC, "uri": f"https://x.mx/{RFC}"},
            "address": {
                "streetAddress": "Su casa 5",
                "locality": "Mérida",
                "region": "Yucatán",
                "countryName": "MX",
            },
            "roles": ["supplier"],
            "telefonoCasa": "9991234567",
        },
    ],
    "buyer": {"id": "MX-RFC-INA1402082Z8", "name": "Instituto"},
    "awards": [{"id": "a1", "suppliers": [{"id": f"MX-RFC-{RFC}", "name": "ERNESTO GÓMEZ DÍAZ"}]}],
    "contracts": [
        {
            "id": "c1",
            "awardID": "a1",
            "description": "Renta; informes con ana@x.mx o al tel. 999 123 4567, CURP BOXW310820HNERXN09",
            "implementation": {"transactions": [{"id": "t1", "payee": {"id": RFC, "name": "ERNESTO"}}]},
        }
    ],
}


def test_release() -> None:
    private = copy.deepcopy(RELEASE)
    public = REDACTOR.redact(private)
    document = public.document
    assert private == RELEASE
    assert document["parties"][0] == {
        "id": "MX-RFC-INA1402082Z8",
        "name": "Instituto",
        "identifier": {"scheme": "MX-RFC", "id": "INA1402082Z8", "legalPersonality": "legalPerson"},
        "address": {"streetAddress": "Calle 1", "region": "Yucatán", "postalCode": "97000"},
        "roles": ["buyer"],
    }
    assert document["parties"][1] == {
        "id": PSEUDONYM,
        "name": "ERNESTO GÓMEZ DÍAZ",
        "identifier": {"scheme": "MX-TEQUIO", "id": PSEUDONYM, "uri": f"https://x.mx/{PSEUDONYM}"},
        "address": {"region": "Yucatán", "countryName": "MX"},
        "roles": ["supplier"],
    }
    assert document["awards"][0]["suppliers"][0]["id"] == PSEUDONYM
    assert document["contracts"][0]["implementation"]["transactions"][0]["payee"]["id"] == PSEUDONYM
    assert document["contracts"][0]["description"] == (
        "Renta; informes con [correo reservado] o al tel. [teléfono reservado], CURP [CURP reservada]"
    )
    assert counts(public.findings) == {
        ("contact_point", "/parties/*/contactPoint"): 1,
        ("rfc_natural", "/parties/*/id"): 1,
        ("rfc_natural", "/parties/*/identifier/id"): 1,
        ("rfc_natural", "/parties/*/identifier/uri"): 1,
        ("address", "/parties/*/address"): 1,
        ("not_listed", "/parties/*/telefonoCasa"): 1,
        ("rfc_natural", "/awards/*/suppliers/*/id"): 1,
        ("rfc_natural", "/contracts/*/implementation/transactions/*/payee/id"): 1,
        ("curp", "/contracts/*/description"): 1,
        ("email", "/contracts/*/description"): 1,
        ("phone", "/contracts/*/description"): 1,
    }
    assert [finding.pointer for finding in public.findings if finding.kind == "curp"] == [
        "/contracts/0/description"
    ]


def test_malformed_rfc_of_a_party_is_replaced_where_it_is_referred_to_in_another_release() -> None:
    first = {"parties": [{"id": "GODE561331GR8", "identifier": {"scheme": "RFC", "id": "GODE561331GR8"}}]}
    second = {"awards": [{"id": "1", "suppliers": [{"id": "GODE561331GR8"}]}]}
    aliases = REDACTOR.aliases_of([first, second])
    pseudonym = KEY.pseudonym("GODE561331GR8")
    assert aliases == {"GODE561331GR8": pseudonym}
    assert REDACTOR.redact(first, aliases=aliases).document == {
        "parties": [{"id": pseudonym, "identifier": {"scheme": "MX-TEQUIO", "id": pseudonym}}]
    }
    assert REDACTOR.redact(second, aliases=aliases).document["awards"][0]["suppliers"] == [{"id": pseudonym}]


def test_two_curps_as_ids_stay_two() -> None:
    release = {"parties": [{"id": "BOXW310820HNERXN09"}, {"id": "GOPE800101HDFRRN07"}]}
    ids = [party["id"] for party in REDACTOR.redact(release).document["parties"]]
    assert ids == [KEY.pseudonym("BOXW310820HNERXN09"), KEY.pseudonym("GOPE800101HDFRRN07")]


def test_personal_field_names() -> None:
    public = REDACTOR.redact({"x_pagos": {RFC: 1, "BOXW310820HNERXN09": 2, "GOPE800101HDFRRN07": 3}})
    assert public.document == {"x_pagos": {PSEUDONYM: 1, "[CURP reservada]": 2, "[CURP reservada] (2)": 3}}
    assert [(finding.kind, finding.path, finding.place) for finding in public.findings] == [
        ("rfc_natural", f"/x_pagos/{PSEUDONYM}", "key"),
        ("curp", "/x_pagos/[CURP reservada]", "key"),
        ("curp", "/x_pagos/[CURP reservada] (2)", "key"),
    ]


def test_address_of_someone_unknown_is_reduced_and_of_a_company_kept() -> None:
    def address_of(**party: Any) -> dict[str, Any]:
        address = {"streetAddress": "Calle 1", "region": "Oaxaca"}
        public = REDACTOR.redact({"parties": [{"address": address, **party}]}).document["parties"][0][
            "address"
        ]
        assert isinstance(public, dict)
        return public

    whole, reduced = {"streetAddress": "Calle 1", "region": "Oaxaca"}, {"region": "Oaxaca"}
    assert address_of(name="ROSA LÓPEZ", roles=["supplier"]) == reduced
    assert address_of(name="OBRAS DEL SUR, S.A. DE C.V.", roles=["supplier"]) == whole
    assert address_of(name="OBRAS DEL SUR SA DE CV") == whole
    assert address_of(name="ROSA SA") == reduced
    assert address_of(name="ACME", id="CUR950920ER0") == whole
    assert (
        address_of(name="ACME", identifier={"legalPersonality": "naturalPerson", "id": "CUR950920ER0"})
        == reduced
    )
    assert address_of(name="VICTOR HUGO", id="42A774FB62C6A372987B81F192D4ACCB") == reduced
    assert address_of(name="Oficina 3", roles=["procuringEntity"]) == whole


def test_place_of_delivery_isnt_an_address_of_someone() -> None:
    item = {"id": "1", "deliveryAddress": {"streetAddress": "Calle 1", "region": "Oaxaca"}}
    fees = {"id": "2", "address": {"streetAddress": "Calle 2"}, "value": {"amount": 1}}
    release = {"tender": {"items": [item], "participationFees": [fees]}}
    assert REDACTOR.redact(release).document == release


def test_pseudonym_is_fixed_by_the_key() -> None:
    assert "MX-TEQUIO-" + PSEUDONYM.rpartition("-")[2] == PSEUDONYM
    assert re.fullmatch(r"MX-TEQUIO-[0-9a-f]{20}", PSEUDONYM)
    other = PseudonymKey(b"another key, thirty-two bytes ok")
    assert other.pseudonym(RFC) != PSEUDONYM
    assert OcdsRedactor(KEY).redact_id(f"ocds-test-{RFC}") == f"ocds-test-{PSEUDONYM}"
    assert KEY.id not in PSEUDONYM
    assert "0123456789abcdef" not in repr(KEY)


FIELDS = st.sampled_from(
    [
        "id",
        "name",
        "description",
        "identifier",
        "parties",
        "suppliers",
        "payee",
        "x_datos",
        "uri",
        "notas",
        "scheme",
    ]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20))


@st.composite
def documents_with_people(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """Any JSON with personal data planted anywhere: alone, inside texts and URLs, as names of fields."""
    planted: list[str] = []

    def personal() -> st.SearchStrategy[str]:
        bare = st.one_of(people.natural_rfcs(), people.curps(), people.emails())
        return bare.map(lambda value: planted.append(value) or value)  # type: ignore[func-returns-value]

    phone = people.phones().map(lambda value: planted.append(value) or f"tel. {value}")  # type: ignore[func-returns-value]
    text = st.one_of(
        personal(),
        phone,
        st.builds(lambda value: f"informes: {value}, gracias", personal()),
        st.builds(lambda value: f"https://x.mx/d/{value}.pdf", personal()),
        st.builds(lambda value: f"MX-RFC-{value}", personal()),
    )
    leaves = st.one_of(PLAIN, text)
    names = st.one_of(FIELDS, personal())
    document = draw(
        st.dictionaries(
            names,
            st.recursive(
                leaves,
                lambda inner: st.one_of(
                    st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)
                ),
                max_leaves=12,
            ),
            max_size=5,
        )
    )
    return document, planted


@settings(max_examples=100, deadline=None)
@given(documents_with_people())
def test_nothing_personal_survives_and_twice_is_once(made: tuple[dict[str, Any], list[str]]) -> None:
    document, planted = made
    once = REDACTOR.redact(document).document
    published = json_text.dumps(once).upper()
    assert [value for value in planted if value.upper() in published] == []
    assert REDACTOR.redact(once).document == once
    assert OcdsRedactor(KEY).redact(document).document == once


@pytest.mark.parametrize(
    ("field", "address", "public"),
    [
        ("address", {"streetAddress": "Calle 5", "region": "Oaxaca"}, {"region": "Oaxaca"}),
        ("address", [{"streetAddress": "Calle 5", "region": "Oaxaca"}, "Calle 6"], [{"region": "Oaxaca"}]),
        ("address", "Calle 5, Oaxaca", None),
        ("address_en", {"streetAddress": "Calle 5", "countryName": "Mexico"}, {"countryName": "Mexico"}),
    ],
)
def test_an_address_of_a_natural_person_in_any_form(field: str, address: Any, public: Any) -> None:
    party = {"id": "GODE561231GR8", "name": "ERNESTO", field: address}
    redactor = OcdsRedactor(KEY)
    for _ in range(2):
        redacted = redactor.redact({"ocid": "o", "parties": [party]})
        assert redacted.document["parties"][0].get(field) == public
        assert [finding.path for finding in redacted.findings if finding.kind == "address"] == [
            f"/parties/*/{field}"
        ]


def test_parties_in_another_language_are_parties() -> None:
    redacted = OcdsRedactor(KEY).redact(
        {"ocid": "o", "parties_en": [{"id": "x", "name": "X", "birthplace": "Ixtlán"}]}
    )
    assert redacted.document["parties_en"] == [{"id": "x", "name": "X"}]
