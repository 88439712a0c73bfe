"""The scan of one text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standards import free_text
from pipelines.standards.free_text import id_marks, ocds_marks, pdn_marks, scrub
from pipelines.standards.privacy import PseudonymKey
from tests.unit.standards import people

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
PSEUDONYM = KEY.pseudonym("GODE561231GR8")


@pytest.mark.parametrize(
    ("text", "cleaned", "kinds"),
    [
        ("paga a GODE561231GR8", "paga a [RFC reservado]", ["rfc_natural"]),
        ("CURP: BOXW310820HNERXN09.", "CURP: [CURP reservada].", ["curp"]),
        ("escriba a ana.p@obra.gob.mx", "escriba a [correo reservado]", ["email"]),
        ("salvador.perez @nuevoleon.gob.mx", "[correo reservado]", ["email"]),
        ("Tel. 55 1234 5678 ext. 12", "Tel. [teléfono reservado]", ["phone"]),
        ("teléfono: (951) 501-5000", "teléfono: [teléfono reservado]", ["phone"]),
        ("WhatsApp 9511234567", "WhatsApp [teléfono reservado]", ["phone"]),
        ("+52 951 123 4567", "[teléfono reservado]", ["phone"]),
        (
            "Tels. 5512345678 y 5587654321",
            "Tels. [teléfono reservado] y [teléfono reservado]",
            ["phone", "phone"],
        ),
        (
            "cel. 5512345678, 5587654321",
            "cel. [teléfono reservado], [teléfono reservado]",
            ["phone", "phone"],
        ),
        ("https://x.mx/a?curp=BOXW310820HNERXN09", "https://x.mx/a?curp=CURP-reservada", ["curp"]),
        ("https://x.mx/a?m=ana%40obra.mx&b=%20", "https://x.mx/a?m=correo-reservado&b=%20", ["email"]),
        ("https://x.mx/PE%C3%91A800101AB1.pdf", "https://x.mx/RFC-reservado.pdf", ["rfc_natural"]),
        ("https://ana@obra.mx/", "https://correo-reservado/", ["email"]),
        # Hidden by an invisible character, by full-width letters, by case.
        ("GODE\u200b561231GR8", "[RFC reservado]", ["rfc_natural"]),
        ("ＧＯＤＥ５６１２３１ＧＲ８", "[RFC reservado]", ["rfc_natural"]),
        ("gode561231gr8", "[RFC reservado]", ["rfc_natural"]),
    ],
)
def test_pdn_texts(text: str, cleaned: str, kinds: list[str]) -> None:
    assert scrub(text, pdn_marks()) == (cleaned, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "Contrato LPN-2016-05-26, partida 35101",
        "2016-05-26T11:37:51Z",
        "hotel 1234567, planta alta",
        "celda 20160501 del anexo",
        "Importe: 1 234 567.00 (+5 %)",
        "https://x.mx/a%20b?id=4%25",
        "oficio 123456789 del 2019",
        "precio unitario @ 5.00",
        "RFC MAB9307148T4",
        "ﬁrma del contrato ½",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert scrub(text, pdn_marks()) == (text, [])


def test_ocds_texts_carry_pseudonyms() -> None:
    assert scrub("MX-RFC-GODE561231GR8", ocds_marks(KEY)) == (PSEUDONYM, ["rfc_natural"])
    assert scrub("pago a gode-561231-gr8", ocds_marks(KEY)) == (f"pago a {PSEUDONYM}", ["rfc_natural"])
    assert scrub("https://x.mx/GODE561231GR8", ocds_marks(KEY)) == (
        f"https://x.mx/{PSEUDONYM}",
        ["rfc_natural"],
    )
    assert scrub("BOXW310820HNERXN09", ocds_marks(KEY))[0] == "[CURP reservada]"
    assert scrub("BOXW310820HNERXN09", id_marks(KEY))[0] == KEY.pseudonym("BOXW310820HNERXN09")


@given(
    st.text(max_size=30),
    st.one_of(
        people.natural_rfcs(), people.curps(), people.emails(), people.phones().map(lambda n: f"tel. {n}")
    ),
    st.text(max_size=30),
)
def test_scanning_twice_changes_nothing_more(before: str, personal: str, after: str) -> None:
    for marks in (pdn_marks(), ocds_marks(KEY)):
        once, _ = scrub(f"{before} {personal} {after}", marks)
        assert scrub(once, marks) == (once, [])


_FRAGMENTS = (
    *(
        "tel",
        "TEL",
        "Móvil",
        "movil",
        "cel",
        "cancel",
        "wa",
        "what",
        "whats",
        "llam",
        "[tel",
        "telefono-r",
        "hotel",
    ),
    *(
        "1",
        "23",
        "456789",
        "2024-01-02",
        "T10:00:00Z",
        "-",
        " ",
        ".",
        "(",
        ")",
        "–",
        "/",
        "_",
        "+52",
        "+ 52",
        "@",
    ),
    *("%40", "GODE", "GODE561231GR8", "ñÑ&A", "x", "İ", "\t", "conM", "lada", "Phone", "fax"),
)


@given(st.lists(st.sampled_from(_FRAGMENTS), min_size=1, max_size=10).map("".join))
@settings(max_examples=2_000)
def test_what_cannot_be_personal_holds_nothing_that_the_scan_removes(text: str) -> None:
    if not free_text.may_be_personal(text):
        assert free_text._scrub_plain(text, pdn_marks(), url=False) == (text, [])
