"""E-mails and telephones of contact points: what can be one, and where they stand."""

import pytest

from pipelines.standards.contact_points import Contact, contacts, is_email, is_right, is_telephone


@pytest.mark.parametrize(
    "text", ["compras@salud.gob.mx", "a.b+c@x-y.example", "O'Brien@municipio.gob.mx", "x@a.b.c.mx"]
)
def test_an_address_is_an_email(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "compras@salud",
        "compras salud.gob.mx",
        "compras@salud.gob.mx; otra@salud.gob.mx",
        " compras@salud.gob.mx",
        "compras@@salud.gob.mx",
        ".compras@salud.gob.mx",
        "compras@-salud.gob.mx",
        "n/a",
        "a" * 250 + "@x.mx",
    ],
)
def test_other_texts_are_no_email(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "5512345678",
        "55 1234 5678",
        "(951) 501-5000 ext. 1234",
        "9515015000 Extensión 12",
        "9515015000 x12",
        "+52 951 501 5000",
        "+1-202-555-0100",
        "01 951 501 5000",
        "951.501.50.00, ext 7",
    ],
)
def test_a_whole_number_is_a_telephone(text: str) -> None:
    assert is_telephone(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5015000",
        "951 501 5000 / 951 501 5001",
        "sin teléfono",
        "+52",
        "ext. 1234",
        "95150150001234",
        "951-501-5O00",
    ],
)
def test_other_texts_are_no_telephone(text: str) -> None:
    assert not is_telephone(text)


def test_contact_points_are_found_wherever_an_organization_stands() -> None:
    contact = {"name": "ANA", "email": "a@b.mx", "telephone": 5512345678, "faxNumber": " "}
    release = {
        "parties": [
            {"id": "1", "contactPoint": contact, "additionalContactPoints": [{"email": "nada"}, None]},
            "no es un objeto",
        ],
        "buyer": {"contactPoint": {"telephone": "x"}},
        "tender": {
            "procuringEntity": {"contactPoint": {"email": True}},
            "tenderers": [{"contactPoint": contact}],
        },
        "awards": [{"suppliers": [{}, {"contactPoint": {"faxNumber": "5512345678"}}]}],
        "contracts": [
            {
                "implementation": {
                    "transactions": [{"payer": {"contactPoint": {"email": "p@b.mx"}}, "payee": "x"}]
                }
            }
        ],
    }
    payer = "/contracts/0/implementation/transactions/0/payer/contactPoint/email"
    found = list(contacts(release))
    assert found == [
        Contact("/parties/0/contactPoint/email", "email", "a@b.mx"),
        Contact("/parties/0/contactPoint/telephone", "telephone", "5512345678"),
        Contact("/parties/0/additionalContactPoints/0/email", "email", "nada"),
        Contact("/buyer/contactPoint/telephone", "telephone", "x"),
        Contact("/tender/tenderers/0/contactPoint/email", "email", "a@b.mx"),
        Contact("/tender/tenderers/0/contactPoint/telephone", "telephone", "5512345678"),
        Contact("/awards/0/suppliers/1/contactPoint/faxNumber", "telephone", "5512345678"),
        Contact(payer, "email", "p@b.mx"),
    ]
    assert [contact.text for contact in found if not is_right(contact)] == ["nada", "x"]


def test_a_release_without_contact_points_has_none() -> None:
    assert list(contacts({"parties": {"id": "1"}, "tender": [], "awards": [None]})) == []
