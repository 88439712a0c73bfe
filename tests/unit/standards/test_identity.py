"""What a text is as an identifier of a person."""

import pytest
from hypothesis import given

from pipelines.standards.identity import classify, find_personal_ids, mask, may_be_natural_rfc
from tests.unit.standards import people


@pytest.mark.parametrize(
    ("text", "kind", "normalised", "digit"),
    [
        ("CUR950920ER0", "rfc_legal", "CUR950920ER0", True),
        (" mab-930714-8t4 ", "rfc_legal", "MAB9307148T4", True),
        ("MX-RFC-MAB9307148T4", "rfc_legal", "MAB9307148T4", True),
        # The letter O typed for a zero: the form is right, the digit isn't.
        ("CMA-980529-MWO", "invalid", "CMA980529MWO", None),
        ("SAG941228M54-008000999", "rfc_legal", "SAG941228M54", True),
        ("ABC991332AA1", "invalid", "ABC991332AA1", None),
        ("GODE561231GR8", "rfc_natural", "GODE561231GR8", True),
        ("RFC: gode 561231 gr8", "rfc_natural", "GODE561231GR8", True),
        ("GODE561231GR9", "rfc_natural", "GODE561231GR9", False),
        ("GODE561331GR8", "rfc_natural_malformed", "GODE561331GR8", None),
        ("GODE561231", "rfc_natural_malformed", "GODE561231", None),
        ("XAXX010101000", "rfc_generic_national", "XAXX010101000", None),
        ("XEXX-010101-000", "rfc_generic_foreign", "XEXX010101000", None),
        ("BOXW310820HNERXN09", "curp", "BOXW310820HNERXN09", True),
        ("BOXW310820HNERXN08", "curp", "BOXW310820HNERXN08", False),
        ("42a774fb62c6a372987b81f192d4accb", "hash", "42A774FB62C6A372987B81F192D4ACCB", None),
        ("MX-TEQUIO-0123456789abcdef0123", "pseudonym", "MX-TEQUIO-0123456789abcdef0123", None),
        ("SIN DATO-088AEB4C", "placeholder", "SIN DATO-088AEB4C", None),
        ("MX-RFC-Sin_Dato_011", "placeholder", "MX-RFC-Sin_Dato_011", None),
        ("N/A", "placeholder", "N/A", None),
        ("-", "placeholder", "-", None),
        ("XXX", "placeholder", "XXX", None),
        ("SIASI-000009", "invalid", "SIASI000009", None),
        ("", "empty", "", None),
        (None, "empty", "", None),
        (12345, "invalid", "12345", None),
    ],
)
def test_classify(text: object, kind: str, normalised: str, digit: bool | None) -> None:
    found = classify(text)
    assert (found.kind, found.normalised, found.check_digit_agrees) == (kind, normalised, digit)


@pytest.mark.parametrize(
    ("compact", "may_be"),
    [
        # As in real files: a digit missing, a letter O for a zero, a digit for a letter.
        ("GODE56123GR8", True),
        ("GODE5612O1GR8", True),
        ("G0DE561231GR8", True),
        ("GODE56123O", True),
        ("ABC991332AA1", False),
        ("CMA980529MWO", False),
        ("XAXX010101000", False),
        ("1680121943694", False),
        ("SIASI", False),
    ],
)
def test_what_is_declared_an_rfc_may_be_a_persons(compact: str, may_be: bool) -> None:
    assert may_be_natural_rfc(compact) is may_be


@given(people.natural_rfcs())
def test_every_natural_rfc_is_one(rfc: str) -> None:
    assert classify(rfc).is_natural_person
    assert [(found.kind, found.compact) for found in find_personal_ids(f"({rfc.lower()})")] == [
        ("rfc_natural", rfc)
    ]


@given(people.curps())
def test_every_curp_is_one(curp: str) -> None:
    assert classify(curp).kind == "curp"
    assert [(found.kind, found.compact) for found in find_personal_ids(f"x={curp};")] == [("curp", curp)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("paga GODE561231GR8.", [("rfc_natural", "GODE561231GR8", 5, 18)]),
        ("paga GODE-561231-GR8.", [("rfc_natural", "GODE561231GR8", 5, 20)]),
        ("MX-RFC-GODE561231GR8", [("rfc_natural", "GODE561231GR8", 0, 20)]),
        ("RFC-GODE561231GR8", [("rfc_natural", "GODE561231GR8", 0, 17)]),
        ("RFCGODE561231GR8", [("rfc_natural", "GODE561231GR8", 0, 16)]),
        # After the word, also what isn't well formed.
        ("R.F.C. GODE561331GR8", [("rfc_natural", "GODE561331GR8", 7, 20)]),
        ("rfc: GODE561231 del señor", [("rfc_natural", "GODE561231", 5, 15)]),
        ("?a=1&GODE561231GR8", [("rfc_natural", "GODE561231GR8", 5, 18)]),
        ("CURP BOXW310820HNERXN09", [("curp", "BOXW310820HNERXN09", 5, 23)]),
        ("BOXW 310820 HNERXN 09", [("curp", "BOXW310820HNERXN09", 0, 21)]),
        # One letter of the sex missing, as in real captures.
        ("pago GODE561231004", [("rfc_natural", "GODE561231004", 5, 18)]),
        ("CUFH860625OXVLR18", [("curp", "CUFH860625OXVLR18", 0, 17)]),
        (
            "dos: GODE561231GR8 y VACE460910SX6",
            [("rfc_natural", "GODE561231GR8", 5, 18), ("rfc_natural", "VACE460910SX6", 21, 34)],
        ),
    ],
)
def test_finds(text: str, found: list[tuple[str, str, int, int]]) -> None:
    assert [(one.kind, one.compact, one.start, one.end) for one in find_personal_ids(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "RFC MAB9307148T4",
        "?x=1&CMA980529MW0",
        "XAXX010101000 o XEXX010101000",
        # Numbers of contracts and procedures.
        "LPNE201201001",
        "ADQS-201203-001",
        "OBRA 201203 A01",
        "ocds-lhacfj-ABCD201901001",
        "doc-b1c2497f-df27-4fc5-bfaf-e0642bd808cd",
        # The shapes that quality results show.
        "RFC: AAAA999999AA9",
        "AAAA999999AAAAAA99",
        "AAAA-999999-AA9",
        "SAG941228M54-008000999",
        "",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert list(find_personal_ids(text)) == []


def test_masked_id_shows_the_shape_only() -> None:
    (found,) = find_personal_ids("GODE561231GR8")
    assert found.masked == "AAAA999999AA9"


def test_mask() -> None:
    assert mask("José Núñez, tel. 55-1234") == "AAAA AAAAA, AAA. 99-9999"
    assert mask(64010) == "99999"
    assert mask("a" * 70) == "A" * 60 + "…"
