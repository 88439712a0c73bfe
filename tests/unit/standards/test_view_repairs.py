"""Repairs told to the public: each fails its rule, at its record, and none says what the release withholds."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.quality.catalogue import load_catalogue
from pipelines.standards import view_ocds
from pipelines.standards.identity import find_personal_ids
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.repairs.repair import KINDS
from pipelines.standards.view_repairs import REPAIR_RULES, RESERVED_MARK, RULE_OF
from pipelines.standards.view_rows import Output, PublicRepair, ReleaseRow
from tests.unit.standards.people import curps, emails, natural_rfcs, phones

KEY = PseudonymKey(b"0123456789abcdef0123456789abcdef")
LEGAL_RFC = "MAB9307148T4"
NATURAL_RFC = "GODE561231GR8"

Element = dict[str, Any]


def release(**fields: Any) -> dict[str, Any]:
    made = {
        "ocid": "ocds-abc123-1",
        "id": "ocds-abc123-1-1",
        "date": "2024-01-01T00:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
    }
    return {**made, **fields}


def row(
    content: dict[str, Any],
    *,
    repairs: list[Element] | None = None,
    conversion: str = "as_published",
    **more: Any,
) -> ReleaseRow:
    positions = [
        {"raw_sha256": "a" * 64, "page": 1, "position": f"fila {number}", "ordinal": number}
        for number in (4, 7)
    ]
    return ReleaseRow(
        slice_id="obras@g1",
        source_id="obras",
        ocid=more.pop("ocid", "ocds-abc123-1"),
        release_id="1",
        release_date="2024-01-01T00:00:00Z",
        release=orjson.dumps(content).decode(),
        positions=orjson.dumps(positions).decode(),
        record_count=2,
        ordinal=4,
        conversion=conversion,
        repairs=None if repairs is None else orjson.dumps(repairs).decode(),
        **more,
    )


def published(*rows: ReleaseRow) -> Output:
    return view_ocds.publish_processes(rows, OcdsRedactor(KEY))


class RuleResult(NamedTuple):
    """One rule on one item, as the view `record_results` shows it."""

    rule_id: str
    result: str
    failures: int
    path: str | None
    value: str | None
    raw_sha256: str | None
    page: int | None
    position: str | None


def every_result(output: Output) -> Iterator[RuleResult]:
    for failed in output.failures:
        yield RuleResult(failed.rule_id, "fail", *failed[6:])
    for told in output.verdicts:
        for result, rules in (("pass", told.passed), ("na", told.not_applicable)):
            for rule_id in filter(None, rules.split(",")):
                yield RuleResult(rule_id, result, 0, None, None, *told[7:])


def results(output: Output) -> dict[str, RuleResult]:
    return {result.rule_id: result for result in every_result(output)}


def told(content: dict[str, Any], repair: Element, *, conversion: str = "compranet") -> PublicRepair:
    """The one repair that staging tells of a release, as it is published."""
    [found] = published(row(content, repairs=[repair], conversion=conversion)).repairs
    return found


def element(kind: str, path: str, original: str | None, repaired: str | None, **more: Any) -> Element:
    return {"kind": kind, "path": path, "original": original, "repaired": repaired, **more}


# -- rules ----------------------------------------------------------------------------------------------


def test_every_kind_of_repair_fails_one_rule_and_every_rule_has_a_text() -> None:
    assert set(RULE_OF) == KINDS
    assert set(RULE_OF.values()) == set(REPAIR_RULES)
    assert set(REPAIR_RULES) <= set(load_catalogue().by_id)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_repair_fails_its_rule_and_no_other(kind: str) -> None:
    repair = element(kind, "Columna", "antes", "después")
    judged = results(published(row(release(), repairs=[repair], conversion="compranet")))
    assert {rule_id for rule_id in REPAIR_RULES if judged[rule_id].result == "fail"} == {RULE_OF[kind]}
    assert (judged[RULE_OF[kind]].failures, judged[RULE_OF[kind]].path) == (1, "Columna")


@pytest.mark.parametrize(
    ("conversion", "party", "not_applicable"),
    [
        ("as_published", {}, {"TEQ-R05", "TEQ-R10", "TEQ-R11"}),
        ("compiled_in_record", {"scheme": "MX-RFC", "id": LEGAL_RFC}, {"TEQ-R10", "TEQ-R11"}),
        ("compranet", {}, {"OCDS-S03", "TEQ-R05", "TEQ-R08", "TEQ-R09"}),
        ("sipot", {"scheme": "MX-RFC", "id": LEGAL_RFC}, {"OCDS-S03", "TEQ-R08", "TEQ-R09"}),
    ],
)
def test_rules_pass_without_repairs_and_speak_of_what_there_is(
    conversion: str, party: dict[str, str], not_applicable: set[str]
) -> None:
    content = release(parties=[{"id": "p", "identifier": party}])
    judged = results(published(row(content, conversion=conversion)))
    found = {rule_id: judged[rule_id].result for rule_id in REPAIR_RULES}
    assert found == {rule_id: "na" if rule_id in not_applicable else "pass" for rule_id in REPAIR_RULES}


def test_repairs_of_the_dialect_and_of_staging_are_told_together_each_at_its_record() -> None:
    content = release(date="01/02/2024", tender={"id": "t", "title": "Obra", "value": {"amount": "1,234.50"}})
    repairs = [element("apostrophe", "Título", "'Obra", "Obra", ordinal=7)]
    output = published(row(content, repairs=repairs))
    assert [(one.kind, one.path, one.original, one.repaired, one.position) for one in output.repairs] == [
        ("apostrophe", "Título", "'Obra", "Obra", "fila 7"),
        ("date_form", "/date", "01/02/2024", "2024-02-01T00:00:00-06:00", "fila 4"),
        ("money_form", "/tender/value/amount", "1,234.50", "1234.50", "fila 4"),
    ]
    assert {(one.ocid, one.raw_sha256, one.page, one.is_guess) for one in output.repairs} == {
        ("ocds-abc123-1", "a" * 64, 1, False)
    }
    judged = results(output)
    assert judged["TEQ-R11"][1:] == ("fail", 1, "Título", "'Obra", "a" * 64, 1, "fila 7")
    assert judged["TEQ-R03"].value == "01/02/2024"
    # What was repaired is sound by now, and only its own rule fails.
    assert judged["OCDS-S01"].result == "pass"
    assert b'"amount":1234.50' in output.releases[0].release


def test_a_process_is_judged_once_over_all_its_releases() -> None:
    first = row(release(date="01/02/2024"))
    second = row(release(date="02/02/2024", id="2", buyer=None))
    output = published(first, second)
    judged = [result for result in every_result(output) if result.rule_id == "TEQ-R03"]
    assert [(result.result, result.failures) for result in judged] == [("fail", 2)]
    assert results(output)["TEQ-R06"].failures == 1
    assert len(output.repairs) == 3


def test_a_placeholder_in_place_of_an_identifier_is_told_by_one_rule() -> None:
    party = {"id": "RFC-SIN DATO-088A", "identifier": {"scheme": "RFC", "id": "SIN DATO-088A"}}
    output = published(row(release(parties=[party], buyer={"id": "RFC-SIN DATO-088A", "name": "No aplica"})))
    judged = results(output)
    assert judged["OCDS-P12"][1:5] == ("fail", 1, "/parties/0/identifier/id", "SIN DATO-088A")
    assert judged["TEQ-R06"][1:5] == ("fail", 1, "/buyer/name", "No aplica")
    assert [repair.kind for repair in output.repairs] == ["placeholder", "placeholder"]
    document = orjson.loads(output.releases[0].release)
    assert document["parties"] == [{"id": "RFC-SIN DATO-088A", "identifier": {"scheme": "RFC"}}]
    assert document["buyer"] == {"id": "RFC-SIN DATO-088A"}


def test_the_form_of_an_rfc_and_its_validity_are_two_rules() -> None:
    def judged(identifier: str) -> tuple[str, str]:
        party = {"id": "p", "identifier": {"scheme": "MX-RFC", "id": identifier}}
        found = results(published(row(release(parties=[party]))))
        return found["TEQ-R05"].result, found["OCDS-P10"].result

    assert judged("MAB9307148T4") == ("pass", "pass")
    assert judged("MAB-930714-8T4") == ("fail", "pass")
    assert judged("MAB-931314-8T4") == ("pass", "fail")


def test_dates_that_cannot_be_read_and_web_addresses_are_left_to_their_rules() -> None:
    documents = [{"id": "1", "url": "https://a.mx/a b", "datePublished": "ayer"}]
    judged = results(published(row(release(tender={"id": "t", "documents": documents}))))
    assert judged["TEQ-R03"].result == "pass"
    assert judged["OCDS-S01"].result == "pass"
    assert judged["OCDS-S05"][1:4] == ("fail", 1, "/tender/documents/0/url")


# -- from what was published to what the standard wants ---------------------------------------------------


def test_the_ocid_is_the_row_s() -> None:
    output = published(
        row(
            release(ocid="1"),
            repairs=[element("ocid_prefix", "/ocid", "1", "ocds-abc123-1", ordinal=4)],
        )
    )
    assert orjson.loads(output.releases[0].release)["ocid"] == "ocds-abc123-1"
    assert orjson.loads(output.processes[0].compiled)["ocid"] == "ocds-abc123-1"
    assert results(output)["TEQ-R09"][1:5] == ("fail", 1, "/ocid", "1")


def test_a_release_of_ocds_1_0_becomes_1_1_and_says_so() -> None:
    buyer = {"name": "SALUD", "identifier": {"scheme": "MX-RFC", "id": LEGAL_RFC}}
    output = published(row(release(buyer=buyer, tender={"id": "t", "value": {"amount": "5"}})))
    document = orjson.loads(output.releases[0].release)
    assert [party["name"] for party in document["parties"]] == ["SALUD"]
    assert set(document["buyer"]) == {"id", "name"}
    judged = results(output)
    assert judged["TEQ-R08"].result == "fail"
    assert judged["TEQ-R08"].value == "SALUD"
    # The dialect comes after, also in what has moved.
    assert document["tender"]["value"]["amount"] == 5
    assert judged["OCDS-S01"].result == "pass"


def test_a_package_that_says_1_0_is_taken_by_its_word_where_both_structures_stand() -> None:
    party = {"id": "p", "name": "SALUD"}
    content = release(parties=[party], buyer={"name": "SALUD", "identifier": {"id": "9"}})
    said = {
        version: results(published(row(content, package_version=version)))["TEQ-R08"].result
        for version in ("1.0", "1.1", None)
    }
    assert said == {"1.0": "fail", "1.1": "pass", None: "pass"}


def test_a_versioned_release_ends_as_its_latest_values() -> None:
    def version(release_id: str, date: str, value: Any) -> dict[str, Any]:
        return {"releaseID": release_id, "releaseDate": date, "releaseTag": ["tender"], "value": value}

    versioned = {
        "ocid": "ocds-abc123-1",
        "initiationType": [version("1", "2024-01-01T00:00:00Z", "tender")],
        "tender": {
            "id": "t",
            "title": [
                version("1", "2024-01-01T00:00:00Z", "Antes"),
                version("2", "2024-02-01T00:00:00Z", "Después"),
            ],
        },
    }
    output = published(row(versioned, conversion="versioned_in_record"))
    # The row of a versioned release has no id; links lead to the one it is published by.
    assert output.releases[0].release_id == orjson.loads(output.releases[0].release)["id"]
    document = orjson.loads(output.processes[0].compiled)
    assert document["tender"] == {"id": "t", "title": "Después"}
    assert results(output)["OCDS-S01"].result == "pass"


# -- what may be shown ----------------------------------------------------------------------------------

PERSON = {
    "id": NATURAL_RFC,
    "name": "ERNESTO GÓMEZ",
    "identifier": {"scheme": "MX-RFC", "id": NATURAL_RFC},
    "address": {"streetAddress": "Ocampo 5", "region": "Oaxaca"},
    "contactPoint": {"name": "Ana", "telephone": "9511234567"},
    "roles": ["supplier"],
}


@pytest.mark.parametrize(
    ("repair", "original", "repaired"),
    [
        # The release says it too.
        (
            element("double_encoding", "Proveedor", "ERNESTO GÃ“MEZ", "ERNESTO GÓMEZ"),
            "ERNESTO GÃ“MEZ",
            "ERNESTO GÓMEZ",
        ),
        (element("blanks", "Estado", " Oaxaca ", "Oaxaca"), " Oaxaca ", "Oaxaca"),
        (element("code_form", "Tipo", "AD", "direct"), "AD", "direct"),
        # It doesn't: a person's address, a contact, a text that nothing was made of.
        (element("blanks", "Calle", "Ocampo  5", "Ocampo 5"), "AAAAAA  9", "AAAAAA 9"),
        (element("apostrophe", "Contacto 2", "'9511234567", "9511234567"), "'9999999999", "9999999999"),
        (element("apostrophe", "Teléfono", "'9511234567", "9511234567"), RESERVED_MARK, RESERVED_MARK),
        (element("double_encoding", "Notas", "PÃ©rez", "Pérez"), "AA©AAA", "AAAAA"),
        # RFCs: a company's is public, a person's is not.
        (element("rfc_form", "RFC", "mab 930714 8t4", "MAB9307148T4"), "mab 930714 8t4", "MAB9307148T4"),
        (element("rfc_form", "RFC", "gode-561231-gr8", NATURAL_RFC), "AAAA-999999-AA9", "AAAA999999AA9"),
        (element("blanks", "RFC", f"{NATURAL_RFC} ", NATURAL_RFC), "AAAA999999AA9 ", "AAAA999999AA9"),
        # Placeholders, days, numbers and keys say nothing of anybody.
        (element("placeholder", "RFC", "Sin dato", None), "Sin dato", None),
        (element("placeholder", "Nombre", "Ana Ruiz", None), "AAA AAAA", None),
        (element("date_form", "Fecha", "01/02/2024", "2024-02-01"), "01/02/2024", "2024-02-01"),
        (element("money_form", "Monto", "$1,000.00", "1000.00"), "$1,000.00", "1000.00"),
        (element("child_key", "ID", "0-7-1-24", "7-1-24"), "0-7-1-24", "7-1-24"),
        # Where a value stands now, whoever it is about.
        (element("ocds_1_0", "/tender/x", "Ana Ruiz", "/parties/0"), "AAA AAAA", "/parties/0"),
        # Reserved by name, wherever it stands.
        (element("blanks", "/parties/0/contactPoint/name", "Ana ", "Ana"), RESERVED_MARK, RESERVED_MARK),
        (
            element("number_form", "/compiledRelease/parties/0/telephone", "951", '"951"'),
            RESERVED_MARK,
            RESERVED_MARK,
        ),
        # Withheld because of whom it is about.
        (
            element("number_form", "/parties/0/address/streetAddress", "5", '"5"'),
            RESERVED_MARK,
            RESERVED_MARK,
        ),
        # A name of the dialect is shown even where the field isn't published.
        (
            element("alias", "/parties/0/contactPoint/type", "contactPointType", "type"),
            "contactPointType",
            "type",
        ),
        (element("alias", "/x_otro", "951 123 4567", None), "999 999 9999", None),
    ],
)
def test_what_a_repair_may_say(repair: Element, original: str, repaired: str | None) -> None:
    content = release(parties=[PERSON], tender={"id": "t", "procurementMethod": "direct"})
    found = told(content, repair)
    assert (found.original, found.repaired) == (original, repaired)


def test_where_a_natural_person_lives_is_not_shown_because_another_party_lives_there() -> None:
    """In OCDS 1.0 the person's address stands in the tender, and among the parties once it is 1.1."""
    town = {"original": "MÃ©rida", "repaired": "Mérida"}
    content = release(
        buyer={"name": "Ayuntamiento", "address": {"locality": "Mérida"}},
        tender={
            "id": "t",
            "tenderers": [{"name": "ERNESTO GÓMEZ", "address": {"locality": "Mérida", "region": "Yucatán"}}],
        },
    )
    of_person, of_region, of_buyer, in_column, of_title = (
        {"kind": "double_encoding", "path": path, **town}
        for path in (
            "/tender/tenderers/0/address/locality",
            "/tender/tenderers/0/address/region",
            "/buyer/address/locality",
            "Municipio del proveedor",
            "/tender/title",
        )
    )
    output = published(row(content, repairs=[of_person, of_region, of_buyer, in_column, of_title]))
    shown = {one.path: one.original for one in output.repairs if one.kind == "double_encoding"}
    assert shown == {
        "/tender/tenderers/0/address/locality": RESERVED_MARK,
        # The region is public, but it isn't this text.
        "/tender/tenderers/0/address/region": "AA©AAAA",
        "/buyer/address/locality": "MÃ©rida",
        "Municipio del proveedor": "AA©AAAA",
        "/tender/title": "MÃ©rida",
    }
    rules = [result for result in every_result(output) if result.rule_id == "TEQ-R01"]
    assert [result.value for result in rules] == [RESERVED_MARK]


def test_a_blank_text_somewhere_shows_no_value_that_was_left_out() -> None:
    meeting = {
        "attendees": [],
        "clarificationMeetingAttendees": [{"name": "Juan P", "telephone": "5512345678"}],
    }
    content = release(tender={"id": "t", "description": "", "clarificationMeetings": [meeting]})
    output = published(row(content))
    shown = str([output.repairs, list(every_result(output))])
    assert any(one.kind == "alias" and one.repaired is None for one in output.repairs)
    assert "Juan" not in shown
    assert "5512345678" not in shown


def test_a_text_decoded_and_then_guessed_is_shown_in_both_steps() -> None:
    steps = [
        element("double_encoding", "Título", "SECRETARÃƒÂ¿A", "SECRETARÃ¿A"),
        element("lossy_character", "Título", "SECRETARÃ¿A", "SECRETARÍA", guess=True),
    ]
    content = release(tender={"id": "t", "title": "SECRETARÍA"})
    found = published(row(content, repairs=steps, conversion="compranet")).repairs
    assert [(one.original, one.repaired, one.is_guess) for one in found] == [
        ("SECRETARÃƒÂ¿A", "SECRETARÃ¿A", False),
        ("SECRETARÃ¿A", "SECRETARÍA", True),
    ]


def test_a_path_with_personal_data_is_scrubbed() -> None:
    found = told(release(), element("blanks", f"Pago a {NATURAL_RFC}", " x", "x"))
    assert found.path == "Pago a [RFC reservado]"


@given(
    secret=st.one_of(natural_rfcs(), curps(), emails(), phones()),
    kind=st.sampled_from(sorted(KINDS)),
    path=st.sampled_from(["Columna", "/parties/0/name", "/x_notas", "/parties/0/contactPoint/email"]),
    where=st.sampled_from(["nowhere", "name", "note", "contact"]),
    spaced=st.booleans(),
)
def test_no_repair_says_what_is_personal(secret: str, kind: str, path: str, where: str, spaced: bool) -> None:
    # Dates, amounts, tags and keys are made by forms that none of these has.
    if kind in {"date_form", "money_form", "number_form", "tag_text", "child_key"}:
        secret = f"tel. {secret}"
    original = f" {secret} " if spaced else secret.lower()
    party: dict[str, Any] = {"id": "p", "name": secret if where == "name" else "X"}
    if where == "contact":
        party["contactPoint"] = {"email": secret, "name": secret}
    content = release(parties=[party], x_notas=secret if where == "note" else "nada")
    output = published(row(content, repairs=[element(kind, path, original, secret)], conversion="compranet"))
    # A ten-digit number with no word before it may be anything; in a name it is published as it is.
    may_stand = where in {"name", "note"} and secret.encode("utf-8") in output.releases[0].release
    shown = orjson.dumps(
        [[one.path, one.original, one.repaired] for one in output.repairs]
        + [[result.path, result.value] for result in every_result(output)]
    ).decode()
    assert list(find_personal_ids(shown)) == []
    assert may_stand or secret not in shown
    assert "@" not in shown or "@" not in secret or secret.split("@")[0] not in shown


def test_what_is_never_published_is_not_repaired() -> None:
    party = {**PERSON, "contactPoint": {"telephone": 9511234567, "name": "SIN DATO", "email": None}}
    assert published(row(release(parties=[party]))).repairs == []
