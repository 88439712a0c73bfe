"""OCDS 1.0 → 1.1: what moves, what is joined, what stays, and that nothing gets lost."""

import copy
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.standards import ocds
from pipelines.standards.identity import find_personal_ids
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.repairs.repair import Repair
from pipelines.standards.upgrade import needs_upgrade, upgrade

AGENCY = {
    "name": "SECRETARÍA DE PRUEBAS",
    "identifier": {"scheme": "MX-RFC", "id": "SPR010203AB4"},
    "address": {"streetAddress": "Calle 1", "region": "DF"},
}
COMPANY = {"name": "NORTE EXPRÉS, S.A.", "identifier": {"id": "NEX010203CD5"}}


def release(**fields: Any) -> dict[str, Any]:
    return {
        "ocid": "ocds-abc123-1",
        "id": "1",
        "date": "2015-11-04T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        **copy.deepcopy(fields),
    }


def moved(path: str, party: int, name: str | None) -> Repair:
    return Repair("ocds_1_0", path, name, f"/parties/{party}")


def test_release_with_everything() -> None:
    given_release = release(
        buyer=AGENCY,
        tender={
            "id": "t",
            "procuringEntity": {**AGENCY, "contactPoint": {"name": "Oficina"}},
            "tenderers": [COMPANY, {"name": "Sin Clave, A.C."}],
            "amendment": {"date": "2015-11-05T00:00:00Z", "changes": []},
        },
        awards=[{"id": "a", "suppliers": [COMPANY], "amendment": {"rationale": "Error"}}],
        contracts=[
            {
                "id": "c",
                "awardID": "a",
                "amendment": {"rationale": "Plazo"},
                "amendments": [{"rationale": "Monto"}],
                "implementation": {
                    "transactions": [
                        {
                            "id": "p",
                            "source": "https://x.mx",
                            "amount": {"amount": 1.5, "currency": "MXN"},
                            "providerOrganization": {
                                "scheme": "MX-RFC",
                                "id": "SPR010203AB4",
                                "legalName": "SPR",
                            },
                            "receiverOrganization": {"id": "NEX010203CD5"},
                        }
                    ]
                },
            }
        ],
    )

    repairs = upgrade(given_release)

    agency, company = "MX-RFC-SPR010203AB4", "NEX010203CD5"
    assert given_release == release(
        buyer={"id": agency, "name": AGENCY["name"]},
        tender={
            "id": "t",
            "procuringEntity": {"id": agency, "name": AGENCY["name"]},
            "tenderers": [
                {"id": company, "name": COMPANY["name"]},
                {"id": "SIN-CLAVE-A-C", "name": "Sin Clave, A.C."},
            ],
            "amendments": [{"date": "2015-11-05T00:00:00Z", "changes": []}],
        },
        awards=[
            {
                "id": "a",
                "suppliers": [{"id": company, "name": COMPANY["name"]}],
                "amendments": [{"rationale": "Error"}],
            }
        ],
        contracts=[
            {
                "id": "c",
                "awardID": "a",
                "amendments": [{"rationale": "Monto"}, {"rationale": "Plazo"}],
                "implementation": {
                    "transactions": [
                        {
                            "id": "p",
                            "source": "https://x.mx",
                            "value": {"amount": 1.5, "currency": "MXN"},
                            "payer": {"id": agency, "name": "SPR"},
                            "payee": {"id": company},
                        }
                    ]
                },
            }
        ],
        parties=[
            {
                "id": agency,
                "name": AGENCY["name"],
                "identifier": {"scheme": "MX-RFC", "id": "SPR010203AB4", "legalName": "SPR"},
                "address": {"streetAddress": "Calle 1", "region": "DF"},
                "roles": ["buyer", "procuringEntity", "payer"],
                "contactPoint": {"name": "Oficina"},
            },
            {"id": company, **COMPANY, "roles": ["tenderer", "supplier", "payee"]},
            {"id": "SIN-CLAVE-A-C", "name": "Sin Clave, A.C.", "roles": ["tenderer"]},
        ],
    )
    at = "/contracts/0/implementation/transactions/0"
    assert repairs == [
        moved("/buyer", 0, AGENCY["name"]),
        moved("/tender/procuringEntity", 0, AGENCY["name"]),
        moved("/tender/tenderers/0", 1, COMPANY["name"]),
        moved("/tender/tenderers/1", 2, "Sin Clave, A.C."),
        moved("/awards/0/suppliers/0", 1, COMPANY["name"]),
        Repair("ocds_1_0", f"{at}/amount", None, f"{at}/value"),
        moved(f"{at}/providerOrganization", 0, "SPR"),
        moved(f"{at}/receiverOrganization", 1, None),
        Repair("ocds_1_0", "/tender/amendment", None, "/tender/amendments/0"),
        Repair("ocds_1_0", "/awards/0/amendment", None, "/awards/0/amendments/0"),
        Repair("ocds_1_0", "/contracts/0/amendment", None, "/contracts/0/amendments/1"),
    ]
    assert ocds.validator("release").errors(given_release) == []


@pytest.mark.parametrize(
    ("organization", "party_id"),
    [
        ({"id": "own", "name": "A", "identifier": {"id": "1x"}, "uri": "u"}, "own"),
        ({"name": "A", "identifier": {"scheme": "MX-RFC", "id": " SPR010203AB4 "}}, "MX-RFC-SPR010203AB4"),
        ({"name": "A", "identifier": {"scheme": "rfc", "id": "SPR010203AB4"}}, "MX-RFC-SPR010203AB4"),
        (
            {"name": "A", "identifier": {"scheme": "MX-RFC", "id": "mx-rfc-SPR010203AB4"}},
            "mx-rfc-SPR010203AB4",
        ),
        ({"name": "A", "identifier": {"scheme": "XI-LEI", "id": "L1"}}, "XI-LEI-L1"),
        ({"name": "A", "identifier": {"id": 901}}, "901"),
        # An identifier of nobody in particular would make one party of many.
        (
            {"name": "Álvarez & Cía.", "identifier": {"scheme": "MX-RFC", "id": "XAXX010101000"}},
            "ALVAREZ-CIA",
        ),
        ({"name": "Núñez", "identifier": {"scheme": "MX-RFC", "id": "SIN DATO"}}, "NUNEZ"),
        ({"name": "Núñez", "identifier": {"id": None}}, "NUNEZ"),
        ({"name": "Núñez", "identifier": "text"}, "NUNEZ"),
    ],
)
def test_id_of_a_party(organization: dict[str, Any], party_id: str) -> None:
    given_release = release(buyer=organization)

    upgrade(given_release)

    assert given_release["buyer"] == {"id": party_id, "name": organization["name"]}
    assert [party["id"] for party in given_release["parties"]] == [party_id]


@pytest.mark.parametrize(
    "organization",
    [
        None,
        "SECRETARÍA",
        7,
        [],
        {},
        {"name": None, "identifier": {"id": None, "uri": "https://x.mx"}, "address": {"region": "DF"}},
        {"name": "---"},
        {"id": {"a": 1}, "name": "A"},
        {"id": True, "name": "A"},
    ],
)
def test_what_nothing_identifies_stays(organization: Any) -> None:
    given_release = release(
        buyer=organization, tender={"tenderers": [organization], "amendment": organization}
    )
    before = copy.deepcopy(given_release)
    if isinstance(organization, dict):
        del given_release["tender"]["amendment"], before["tender"]["amendment"]

    assert upgrade(given_release) == []
    assert given_release == before


def test_descriptions_of_one_organization_are_joined() -> None:
    """Blank fields are filled, lists united; an address is one thing, and what contradicts is told."""
    first = {
        "id": "1",
        "name": "A",
        "identifier": {"id": "1", "uri": "u"},
        "address": {"streetAddress": "Calle 1"},
        "contactPoint": {"name": "Ana"},
        "additionalIdentifiers": [{"id": "x"}],
        "details": {"size": ""},
    }
    second = {
        "id": "1",
        "name": "A",
        "identifier": {"id": "1", "uri": "v", "legalName": "A, S.A."},
        "address": {"streetAddress": "Calle 1", "region": "DF"},
        "contactPoint": {"name": "Eva", "telephone": "1"},
        "additionalIdentifiers": [{"id": "x"}, {"id": "y"}],
        "details": {"size": "micro"},
        "roles": ["funder"],
    }
    given_release = release(buyer=first, awards=[{"suppliers": [second]}])

    repairs = upgrade(given_release)

    assert given_release["parties"] == [
        {
            "id": "1",
            "name": "A",
            "identifier": {"id": "1", "uri": "u", "legalName": "A, S.A."},
            "address": {"streetAddress": "Calle 1", "region": "DF"},
            "contactPoint": {"name": "Ana"},
            "additionalIdentifiers": [{"id": "x"}, {"id": "y"}],
            "details": {"size": "micro"},
            "roles": ["buyer", "funder", "supplier"],
        }
    ]
    assert [(repair.path, repair.repaired) for repair in repairs if repair.original is None] == [
        ("/awards/0/suppliers/0/identifier/uri", "/parties/0/identifier/uri"),
        ("/awards/0/suppliers/0/contactPoint", "/parties/0/contactPoint"),
    ]


def test_objects_where_lists_belong_are_read() -> None:
    given_release = release(
        tender={"tenderers": COMPANY},
        awards={"suppliers": COMPANY, "amendment": {"rationale": "x"}},
        contracts={"implementation": {"transactions": {"amount": {"amount": 1}}}},
        parties={"id": "NEX010203CD5", "roles": "supplier"},
    )

    repairs = upgrade(given_release)

    assert given_release["tender"]["tenderers"] == {"id": "NEX010203CD5", "name": COMPANY["name"]}
    assert given_release["awards"]["amendments"] == [{"rationale": "x"}]
    assert given_release["contracts"]["implementation"]["transactions"] == {"value": {"amount": 1}}
    assert given_release["parties"] == [
        {"id": "NEX010203CD5", "roles": ["supplier", "tenderer"], **COMPANY},
    ]
    assert [repair.path for repair in repairs] == [
        "/tender/tenderers",
        "/awards/suppliers",
        "/contracts/implementation/transactions/amount",
        "/awards/amendment",
    ]


def test_what_is_taken_already_stays() -> None:
    transaction = {
        "value": {"amount": 1},
        "amount": {"amount": 2},
        "payer": {"id": "x"},
        "providerOrganization": {"id": "y"},
        "receiverOrganization": {"legalName": None},
    }
    given_release = release(
        contracts=[
            {
                "amendment": {"id": 1},
                "amendments": {"id": 2},
                "implementation": {"transactions": [transaction]},
            }
        ]
    )

    repairs = upgrade(given_release)

    assert given_release["contracts"][0] == {
        "amendment": {"id": 1},
        "amendments": {"id": 2},
        "implementation": {"transactions": [transaction]},
    }
    assert [repair.path for repair in repairs] == ["/contracts/0/implementation/transactions/0/payer"]


@pytest.mark.parametrize(
    ("fields", "version", "expected"),
    [
        ({"buyer": AGENCY}, None, True),
        ({"buyer": AGENCY}, "1.0", True),
        # The structure decides: a version is soon written.
        ({"buyer": AGENCY}, "1.1", True),
        ({"buyer": AGENCY, "parties": []}, None, True),
        ({"buyer": {"name": "A"}}, None, True),
        ({"buyer": {"id": "1", "name": "A"}}, None, False),
        ({"buyer": {"id": "1"}, "tender": {"amendment": {"rationale": "x"}}}, None, True),
        ({"contracts": [{"implementation": {"transactions": [{"amount": {"amount": 1}}]}}]}, None, True),
        ({"contracts": [{"implementation": {"transactions": [{"value": {"amount": 1}}]}}]}, None, False),
        # With parties it is 1.1, unless its package says otherwise.
        ({"buyer": AGENCY, "parties": [{"id": "1"}]}, None, False),
        ({"buyer": AGENCY, "parties": [{"id": "1"}]}, "1.1", False),
        ({"buyer": AGENCY, "parties": [{"id": "1"}]}, "1.0", True),
        ({"buyer": None, "tender": "x", "awards": [3], "contracts": {"implementation": []}}, None, False),
        ({}, "1.0", False),
    ],
)
def test_1_0_is_told_by_its_structure(fields: dict[str, Any], version: str | None, expected: bool) -> None:
    assert needs_upgrade(release(**fields), version) is expected


@pytest.mark.parametrize(
    ("scheme", "rfc"),
    [
        (scheme, rfc)
        for scheme in ("MX-RFC", "RFC", "mx-rfc", "MX-SAT", "SAT")
        # Well formed, with hyphens, without homoclave, with an impossible date.
        for rfc in ("GODE561231GR8", "GODE-561231-GR8", "GODE561231", "GODE569931GR8")
    ],
)
def test_a_natural_person_is_found_by_redaction_wherever_the_id_stands(scheme: str, rfc: str) -> None:
    person = {"name": "ERNESTA GÓMEZ", "identifier": {"scheme": scheme, "id": rfc}}
    given_release = release(
        tender={"tenderers": [person]},
        awards=[{"suppliers": [person]}],
        contracts=[{"implementation": {"transactions": [{"receiverOrganization": person["identifier"]}]}}],
    )
    repairs = upgrade(given_release)

    public = OcdsRedactor(PseudonymKey(b"k" * 32)).redact(given_release).document

    [party] = public["parties"]
    assert party["id"].startswith("MX-TEQUIO-")
    assert party["identifier"]["id"] == party["id"]
    references = [
        public["tender"]["tenderers"][0],
        public["awards"][0]["suppliers"][0],
        public["contracts"][0]["implementation"]["transactions"][0]["payee"],
    ]
    assert {reference["id"] for reference in references} == {party["id"]}
    assert "561231" not in json.dumps(public) and "569931" not in json.dumps(public)
    assert "GODE" not in json.dumps([repair.as_json() for repair in repairs])


def test_a_curp_is_found_by_redaction() -> None:
    person = {"name": "X", "identifier": {"scheme": "MX-RENAPO", "id": "BOXW310820HNERXN09"}}
    given_release = release(awards=[{"suppliers": [person]}])
    upgrade(given_release)

    public = OcdsRedactor(PseudonymKey(b"k" * 32)).redact(given_release).document

    assert public["awards"][0]["suppliers"][0]["id"] == public["parties"][0]["id"]
    assert list(find_personal_ids(json.dumps(public))) == []


# -- properties -------------------------------------------------------------------------------------------

SCALARS = st.none() | st.just(True) | st.integers(2, 4) | st.sampled_from(["", " ", "a", "b", "SIN DATO"])
FIELDS = st.sampled_from(
    [
        "id", "name", "identifier", "scheme", "legalName", "address", "contactPoint", "roles", "parties", "buyer",
        "tender", "procuringEntity", "tenderers", "awards", "suppliers", "contracts", "implementation",
        "transactions", "amount", "value", "payer", "payee", "providerOrganization", "receiverOrganization",
        "amendment", "amendments", "x",
    ]
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=30,
)
ORGANIZATIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": SCALARS,
        "name": SCALARS,
        "identifier": st.fixed_dictionaries(
            {}, optional={"id": SCALARS, "scheme": SCALARS, "legalName": SCALARS}
        ),
        "address": st.fixed_dictionaries({}, optional={"region": SCALARS, "locality": SCALARS}),
        "x": ANYTHING,
    },
)
PLACES = st.lists(ORGANIZATIONS | ANYTHING, max_size=3) | ORGANIZATIONS | ANYTHING
TRANSACTION_FIELDS = ("amount", "value", "payer", "payee", "providerOrganization", "receiverOrganization")
TRANSACTIONS = st.fixed_dictionaries({}, optional=dict.fromkeys(TRANSACTION_FIELDS, ORGANIZATIONS | ANYTHING))
RELEASES = st.fixed_dictionaries(
    {},
    optional={
        "buyer": ORGANIZATIONS | ANYTHING,
        "parties": st.lists(ORGANIZATIONS, max_size=2) | ANYTHING,
        "tender": st.fixed_dictionaries(
            {}, optional={"procuringEntity": ORGANIZATIONS, "tenderers": PLACES, "amendment": ANYTHING}
        ),
        "awards": st.lists(
            st.fixed_dictionaries({}, optional={"suppliers": PLACES, "amendment": ANYTHING}), max_size=2
        ),
        "contracts": st.lists(
            st.fixed_dictionaries(
                {
                    "implementation": st.fixed_dictionaries(
                        {"transactions": st.lists(TRANSACTIONS, max_size=2)}
                    )
                }
            ),
            max_size=2,
        ),
    },
)


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    elif node is not None and not (isinstance(node, str) and not node.strip()):
        yield json.dumps(node)


def at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


@given(ANYTHING | RELEASES)
def test_never_raises_and_nothing_is_left_to_do_a_second_time(content: Any) -> None:
    given_release = content if isinstance(content, dict) else {"buyer": content}
    upgrade(given_release)
    before = copy.deepcopy(given_release)

    assert upgrade(given_release) == []
    assert given_release == before


@given(RELEASES)
def test_no_value_gets_lost_untold(content: dict[str, Any]) -> None:
    given_release = labelled(content, count())
    before = copy.deepcopy(given_release)

    repairs = upgrade(given_release)

    contradicted = {
        leaf
        for repair in repairs
        if re.fullmatch(r"/parties/\d+/.+", repair.repaired or "")
        for leaf in leaves(at(before, repair.path))
    }
    assert set(leaves(before)) - set(leaves(given_release)) <= contradicted


def labelled(node: Any, numbers: Iterator[int], name: str = "") -> Any:
    """The same with a value of its own in each place but in those that say who an organization is."""
    if isinstance(node, dict):
        return {key: labelled(value, numbers, key) for key, value in node.items()}
    if isinstance(node, list):
        return [labelled(value, numbers, name) for value in node]
    if name in {"id", "scheme", "name", "roles"} or not set(leaves(node)):
        return node
    return f"value {next(numbers)}"
