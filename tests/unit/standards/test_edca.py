"""The dialect of Mexican publishers, brought back to what is specified."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.standards import edca, json_text, ocds
from pipelines.standards.edca import normalise
from pipelines.standards.repairs.repair import Repair


def told(
    release: dict[str, Any], *, text: str | None = None
) -> list[tuple[str, str, str | None, str | None]]:
    """The repairs of `release`, sorted."""
    return sorted(
        (repair.kind, repair.path, repair.original, repair.repaired)
        for repair in normalise(release, text=text)
    )


def test_names_of_the_tools() -> None:
    release: dict[str, Any] = {
        "publishDate": "2020-01-01T00:00:00Z",
        "parties": [
            {
                "identifier": {"juridicalPersonhood": "legalPerson", "id": "1"},
                "contactPoint": {"contactPointType": "person"},
                "contactPointType": "kept: not inside a contact point",
                "clarificationMeetingAttendees": "kept: not inside a meeting",
            }
        ],
        "planning": {"hasquotes": True},
        "tender": {
            "clarificationMeetings": [
                {
                    "id": "1",
                    "clarificationMeetingAttendees": [{"id": "a"}],
                    "clarificationMeetingOfficials": [{"id": "b"}],
                }
            ]
        },
    }
    assert told(release) == [
        ("alias", "/parties/0/contactPoint/type", "contactPointType", "type"),
        ("alias", "/parties/0/identifier/legalPersonality", "juridicalPersonhood", "legalPersonality"),
        ("alias", "/planning/hasQuotes", "hasquotes", "hasQuotes"),
        ("alias", "/publishedDate", "publishDate", "publishedDate"),
        (
            "alias",
            "/tender/clarificationMeetings/0/attendees",
            "clarificationMeetingAttendees",
            "attendees",
        ),
        (
            "alias",
            "/tender/clarificationMeetings/0/officials",
            "clarificationMeetingOfficials",
            "officials",
        ),
    ]
    assert release == {
        "publishedDate": "2020-01-01T00:00:00Z",
        "parties": [
            {
                "identifier": {"id": "1", "legalPersonality": "legalPerson"},
                "contactPoint": {"type": "person"},
                "contactPointType": "kept: not inside a contact point",
                "clarificationMeetingAttendees": "kept: not inside a meeting",
            }
        ],
        "planning": {"hasQuotes": True},
        "tender": {
            "clarificationMeetings": [{"id": "1", "attendees": [{"id": "a"}], "officials": [{"id": "b"}]}]
        },
    }


def test_the_specified_name_stands_if_both_are_there_and_what_goes_is_told() -> None:
    release = {"identifier": {"juridicalPersonhood": "a", "legalPersonality": "b"}}
    assert told(release) == [("alias", "/identifier/juridicalPersonhood", "a", None)]
    assert release == {"identifier": {"legalPersonality": "b"}}
    same = {"identifier": {"juridicalPersonhood": "b", "legalPersonality": "b"}}
    assert told(same) == [
        ("alias", "/identifier/legalPersonality", "juridicalPersonhood", "legalPersonality")
    ]


def test_dates_of_fields_the_schema_knows() -> None:
    release: dict[str, Any] = {
        "date": "2015-11-09T00:00:00.-06:00",
        "tender": {"tenderPeriod": {"startDate": "09/11/2015", "endDate": "/Date(1570227988261)/"}},
        "awards": [{"id": "1", "date": "2015-11-09"}, {"id": "2", "date": "Primer trimestre"}],
        "contracts": [{"id": "1", "dateSigned": "0001-01-01T00:00:00", "title": "2015-11-09"}],
    }
    assert told(release) == [
        ("date_form", "/awards/0/date", "2015-11-09", "2015-11-09T00:00:00-06:00"),
        ("date_form", "/date", "2015-11-09T00:00:00.-06:00", "2015-11-09T00:00:00-06:00"),
        ("date_form", "/tender/tenderPeriod/endDate", "/Date(1570227988261)/", "2019-10-04T22:26:28.261Z"),
        ("date_form", "/tender/tenderPeriod/startDate", "09/11/2015", "2015-11-09T00:00:00-06:00"),
    ]
    # What no rule reads stays, for the rules about dates to fail; a text is no date.
    assert release["awards"][1]["date"] == "Primer trimestre"
    assert release["contracts"][0] == {"id": "1", "dateSigned": "0001-01-01T00:00:00", "title": "2015-11-09"}


def test_instants_of_net_are_read_in_any_field() -> None:
    release: dict[str, Any] = {"x_fecha": ["/Date(-1500-0500)/"], "x_otra": {"a": "/Date(x)/"}}
    assert told(release) == [("date_form", "/x_fecha/0", "/Date(-1500-0500)/", "1969-12-31T23:59:58.500Z")]
    assert release == {"x_fecha": ["1969-12-31T23:59:58.500Z"], "x_otra": {"a": "/Date(x)/"}}


def test_numbers_as_text_keep_every_digit() -> None:
    release: dict[str, Any] = {
        "tender": {"id": "t", "value": {"amount": "$1,234.50"}, "numberOfTenderers": "3"},
        "awards": [
            {"id": "1", "value": {"amount": "123456789012345678.91", "netAmount": "12"}},
            {"id": "2", "value": {"amount": "10.000,50"}, "items": [{"id": "1", "quantity": "2.5"}]},
        ],
        "contracts": [{"id": "1", "period": {"durationInDays": "30 días"}, "value": {"amount": 5}}],
    }
    assert told(release) == [
        ("money_form", "/awards/0/value/amount", "123456789012345678.91", "123456789012345678.91"),
        ("money_form", "/awards/0/value/netAmount", "12", "12"),
        ("money_form", "/tender/value/amount", "$1,234.50", "1234.50"),
        ("number_form", "/awards/1/items/0/quantity", "2.5", "2.5"),
        ("number_form", "/tender/numberOfTenderers", "3", "3"),
    ]
    assert release["tender"]["value"]["amount"] == Decimal("1234.50")
    assert release["awards"][0]["value"]["netAmount"] == 12
    written = json_text.dumps(release)
    assert '"amount":1234.50' in written
    assert '"amount":123456789012345678.91' in written
    assert '"numberOfTenderers":3' in written
    assert '"amount":"10.000,50"' in written
    assert '"durationInDays":"30 días"' in written


def test_texts_as_numbers() -> None:
    release: dict[str, Any] = {
        "id": 2019,
        "ocid": "ocds-abc123-1",
        "tender": {"id": 7, "title": 338790},
        "parties": [{"id": 5, "address": {"postalCode": 64000}}],
        "buyer": {"id": 5},
        "planning": {"budget": {"budgetBreakdown": [{"id": 1, "budgetLines": [{"id": 9}]}]}},
    }
    assert told(release) == [
        ("number_form", "/buyer/id", "5", '"5"'),
        ("number_form", "/id", "2019", '"2019"'),
        ("number_form", "/parties/0/address/postalCode", "64000", '"64000"'),
        ("number_form", "/parties/0/id", "5", '"5"'),
        ("number_form", "/planning/budget/budgetBreakdown/0/budgetLines/0/id", "9", '"9"'),
        ("number_form", "/tender/title", "338790", '"338790"'),
    ]
    # Most ids may be numbers; a party's may not, and what refers to it goes with it.
    assert release["tender"] == {"id": 7, "title": "338790"}
    assert release["parties"] == [{"id": "5", "address": {"postalCode": "64000"}}]
    assert release["buyer"] == {"id": "5"}


def test_codes_by_name_and_lists_of_one() -> None:
    release: dict[str, Any] = {
        "tag": "planning, tender,",
        "language": "Spanish; Castilian",
        "parties": {"id": "1", "roles": ["clarificationMeetingAttendee", "buyer"]},
        "tender": {
            "id": "t",
            "hasEnquiries": "Sí",
            "submissionMethod": "written",
            "documents": [{"id": "1", "language": "español"}, {"id": "2", "language": "klingon"}],
        },
    }
    assert told(release) == [
        ("code_form", "/language", "Spanish; Castilian", "es"),
        ("code_form", "/parties", "{…}", "[{…}]"),
        ("code_form", "/parties/0/roles/0", "clarificationMeetingAttendee", "attendee"),
        ("code_form", "/tender/documents/0/language", "español", "es"),
        ("code_form", "/tender/hasEnquiries", "Sí", "true"),
        ("code_form", "/tender/submissionMethod", "written", '["written"]'),
        ("tag_text", "/tag", "planning, tender,", '["planning","tender"]'),
    ]
    assert release == {
        "tag": ["planning", "tender"],
        "language": "es",
        "parties": [{"id": "1", "roles": ["attendee", "buyer"]}],
        "tender": {
            "id": "t",
            "hasEnquiries": True,
            "submissionMethod": ["written"],
            "documents": [{"id": "1", "language": "es"}, {"id": "2", "language": "klingon"}],
        },
    }


def test_placeholders_and_nulls_leave_nothing() -> None:
    release: dict[str, Any] = {
        "id": None,
        "buyer": None,
        "language": None,
        "tender": {"id": "N/A", "title": "Sin Dato", "status": "N/A", "value": {"amount": "N/A"}},
        "awards": [{"id": "1", "date": "Pendiente.", "title": "Sin datos adjuntos", "description": ""}],
        "contracts": [
            {"id": "1", "dateSigned": " ", "value": {"amount": ""}, "documents": [{"id": 1, "url": "N/A"}]}
        ],
        "parties": [{"id": "p", "address": {"locality": "No Capturado"}, "contactPoint": {"name": "SD"}}],
    }
    assert told(release) == [
        ("placeholder", "/awards/0/date", "Pendiente.", None),
        ("placeholder", "/buyer", "null", None),
        ("placeholder", "/contracts/0/dateSigned", " ", None),
        ("placeholder", "/contracts/0/documents/0/url", "N/A", None),
        ("placeholder", "/contracts/0/value/amount", "", None),
        ("placeholder", "/parties/0/address/locality", "No Capturado", None),
        ("placeholder", "/tender/title", "Sin Dato", None),
        ("placeholder", "/tender/value/amount", "N/A", None),
    ]
    # A required field, an id and a code are for their own rules; what is never published is left alone.
    assert release == {
        "id": None,
        "language": None,
        "tender": {"id": "N/A", "status": "N/A", "value": {}},
        "awards": [{"id": "1", "title": "Sin datos adjuntos", "description": ""}],
        "contracts": [{"id": "1", "value": {}, "documents": [{"id": 1}]}],
        "parties": [{"id": "p", "address": {}, "contactPoint": {"name": "SD"}}],
    }


@pytest.mark.parametrize(
    ("identifier", "left", "kind"),
    [
        ({"scheme": "MX-RFC", "id": "MAB-930714-8T4"}, "MAB9307148T4", "rfc_form"),
        ({"scheme": "RFC", "id": "gode561231gr8 "}, "GODE561231GR8", "rfc_form"),
        ({"scheme": "MX-RFC", "id": "MAB9307148T4-012345"}, "MAB9307148T4-012345", None),
        ({"scheme": "MX-RFC", "id": "MAB-931314-8T4"}, "MAB-931314-8T4", None),
        ({"scheme": "SIASI", "id": "MAB-930714-8T4"}, "MAB-930714-8T4", None),
        ({"id": "MAB-930714-8T4"}, "MAB-930714-8T4", None),
        ({"scheme": "MX-RFC", "id": "SIN DATO-088AEB4C-76"}, None, "placeholder"),
        ({"scheme": "MX-RFC", "id": "MX-RFC-Sin_Dato_011"}, None, "placeholder"),
        ({"scheme": "MX-RFC", "id": "XAXX010101000"}, "XAXX010101000", None),
        (
            {"scheme": "MX-RFC", "id": "42A774FB62C6A372987B81F192D4ACCB"},
            "42A774FB62C6A372987B81F192D4ACCB",
            None,
        ),
    ],
)
def test_identifiers(identifier: dict[str, Any], left: str | None, kind: str | None) -> None:
    published = identifier["id"]
    release: dict[str, Any] = {"parties": [{"id": published, "identifier": identifier}]}
    assert [repair.kind for repair in normalise(release)] == ([] if kind is None else [kind])
    assert release["parties"][0]["identifier"].get("id") == left
    # What tells parties of the file apart stays what the references say.
    assert release["parties"][0]["id"] == published


@pytest.mark.parametrize(
    "release",
    [
        {"tag": ["award"], "date": "2020-01-01T00:00:00Z"},
        {"date": "/Date(x)/"},
        {"tag": None},
        {},
        {"parties": "x", "awards": [1, None, "a"], "tender": [{"id": "a"}], "contracts": [{"items": 3}]},
        {"buyer": "x", "roles": ["clarificationMeetingAttendee"], "planning": {"budget": [{"amount": {}}]}},
    ],
)
def test_what_is_specified_and_what_cannot_be_understood_stays(release: dict[str, Any]) -> None:
    before = orjson.dumps(release)
    assert normalise(release, text=before.decode()) == []
    assert orjson.dumps(release) == before


def test_a_second_time_nothing_is_left_to_do() -> None:
    release: dict[str, Any] = {
        "tag": "tender",
        "date": "01/02/2020",
        "buyer": None,
        "awards": {"id": "1", "value": {"amount": "1,000.10"}},
        "parties": [{"identifier": {"scheme": "RFC", "id": "mab 930714 8t4", "juridicalPersonhood": "x"}}],
    }
    assert len(normalise(release)) == 7
    assert normalise(release) == []


@pytest.mark.parametrize("alias", [*edca.ALIASES, "/Date(1)/"])
def test_the_short_way_misses_nothing(alias: str) -> None:
    node = {alias: "x"} if alias[0] != "/" else {"a": alias}
    release = {"contactPoint": node, "clarificationMeetings": [node]}
    for text in (orjson.dumps(release).decode(), orjson.dumps(release).decode().replace("/", r"\/")):
        copy = orjson.loads(text)
        assert len(normalise(copy, text=text)) in {1, 2}


def test_a_hint_is_needed_for_fields_that_no_schema_knows_only() -> None:
    release: dict[str, Any] = {"x_otra": {"juridicalPersonhood": "a"}, "date": "01/02/2020"}
    assert normalise(release, text="{}") == [
        Repair("date_form", "/date", "01/02/2020", "2020-02-01T00:00:00-06:00")
    ]


NAMES = st.sampled_from(
    [
        *edca.ALIASES,
        *[
            "tag",
            "date",
            "parties",
            "buyer",
            "identifier",
            "scheme",
            "id",
            "roles",
            "tender",
            "value",
            "amount",
            "items",
            "quantity",
        ],
        *["hasEnquiries", "language", "title", "contactPoint", "awards", "x_otro"],
    ]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["N/A", " ", "1,234.50", "1e99", "/Date(1)/", "31/02/2020", "MX-RFC", "mab-930714-8t4"]),
    st.text(max_size=8),
)


@given(
    st.dictionaries(
        NAMES,
        st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=12),
    )
)
def test_content_never_raises_and_is_repaired_in_one_go(release: dict[str, Any]) -> None:
    normalise(release)
    assert normalise(release) == []
    orjson.loads(json_text.dumps(release))


def test_what_is_repaired_fits_the_schema() -> None:
    release: dict[str, Any] = {
        "ocid": "ocds-abc123-1",
        "id": 1,
        "date": "2015-11-09T00:00:00.-06:00",
        "tag": "tender",
        "initiationType": "tender",
        "buyer": None,
        "tender": {"id": "1", "value": {"amount": "$1,000.00", "currency": "MXN"}, "hasEnquiries": "no"},
        "awards": {"id": "1", "title": 5, "value": {"amount": "SIN DATO"}},
    }
    validator = ocds.validator("release-edca")
    assert len(validator.errors(release)) > 6
    normalise(release)
    assert validator.errors(release) == []
