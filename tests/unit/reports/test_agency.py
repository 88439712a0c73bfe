"""What a report says, before it looks like anything."""

from dataclasses import replace

import pytest

from pipelines.publication.slices import balance
from pipelines.quality.catalogue import CatalogueError, load_catalogue
from pipelines.quality.results import quality_score, rule_scores
from pipelines.reports import agency, states
from pipelines.reports.agency import (
    ReportError,
    SourceReport,
    SourceReportInput,
    agency_reports,
    corrections,
)
from tests.unit.reports import samples

CATALOGUE = load_catalogue()


def report_of(given: SourceReportInput) -> SourceReport:
    (report,) = agency_reports(
        [given], catalogue=CATALOGUE, release_name=samples.RELEASE, previous=samples.previous()
    )
    return report.sources[0]


@pytest.mark.parametrize(
    ("given", "state", "since"),
    [
        (samples.admitted(), "up_to_date", None),
        (samples.held_back(), "held_back", "2026-11-21T18:40:00+00:00"),
        (samples.late(), "late", None),
        (samples.no_answer(), "no_answer", "2026-11-14T18:30:00+00:00"),
        (samples.unpublished(), "unpublished", None),
    ],
)
def test_state_and_since_when(given: SourceReportInput, state: str, since: str | None) -> None:
    found = report_of(given)
    assert (found.state, found.since) == (state, since)


def test_a_portal_that_recovered_is_not_silent() -> None:
    attempts = [
        samples.attempt(14, "unavailable"),
        samples.attempt(18, "unchanged"),
        samples.attempt(21, "unavailable"),
    ]
    assert states.failing_since(attempts) == "2026-11-21T18:30:00+00:00"
    assert states.failing_since(attempts[:2]) is None


def test_the_account_of_an_admitted_delivery_balances() -> None:
    found = report_of(samples.admitted()).account
    assert found is not None
    assert (found.declared, found.published, found.held_back, found.quarantined, found.duplicates) == (
        3986,
        3936,
        0,
        12,
        38,
    )
    assert found.declared == found.published + found.held_back + found.quarantined + found.duplicates
    assert (found.missing, found.surplus) == (0, 0)


def test_a_held_back_delivery_publishes_none_of_its_records() -> None:
    found = report_of(samples.held_back())
    assert found.account is not None
    assert (found.account.published, found.account.held_back) == (0, 45)
    assert found.published_now == 912


def test_what_was_declared_and_never_came_is_missing_and_the_contrary_surplus() -> None:
    given = samples.admitted()
    assert given.counts is not None
    short = report_of(replace(given, counts={**given.counts, "declared": 4000})).account
    over = report_of(replace(given, counts={**given.counts, "declared": 3980})).account
    assert short is not None
    assert over is not None
    assert (short.missing, short.surplus, over.missing, over.surplus) == (14, 0, 0, 6)


def test_repairs_are_told_most_first() -> None:
    found = report_of(samples.admitted())

    assert [(row["kind"], row["count"], row["guesses"]) for row in found.repairs] == [
        ("date_form", 3986, 0),
        ("blanks", 17, 0),
        ("lossy_character", 4, 4),
    ]


def test_without_a_delivery_there_are_no_figures() -> None:
    found = report_of(samples.no_answer())
    assert found.account is None
    assert found.quality.score is None
    assert found.rules == ()
    assert found.published_now == 903


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"duplicates": None}, "comprasmx_2026: counts.duplicates is None; expected a number of records"),
        ({"quarantined": -1}, "comprasmx_2026: counts.quarantined is -1; expected a number of records"),
        ({"unusable": 13}, "comprasmx_2026: 13 unusable records but 12 in quarantine"),
    ],
)
def test_contradicting_counts_are_refused(changed: dict[str, int | None], message: str) -> None:
    given = samples.admitted()
    assert given.counts is not None
    with pytest.raises(ReportError, match=message):
        report_of(replace(given, counts={**given.counts, **changed}))


def test_a_result_without_a_text_is_refused() -> None:
    given = samples.late()
    unknown = {"rule_id": "PDN-X99", "pass": 1, "fail": 0, "na": 0, "failures": 0}
    with pytest.raises(CatalogueError, match="PDN-X99"):
        report_of(replace(given, summary=[*given.summary, unknown]))


def test_corrections_are_those_that_raise_the_score_most() -> None:
    found = report_of(samples.admitted())
    gains = [row.gain for row in found.corrections]
    assert len(found.corrections) == 10
    assert gains == sorted(gains, reverse=True)
    assert [row.rule.id for row in found.corrections[:2]] == ["OCDS-C04", "TEQ-R06"]


def test_gains_of_all_rules_are_what_the_score_lacks() -> None:
    found = report_of(samples.admitted())
    assert found.quality.score is not None
    assert found.quality.score + sum(row.gain for row in found.rules) == pytest.approx(100)
    assert found.quality.score == quality_score(rule_scores(samples.admitted().summary, CATALOGUE))


def test_a_rule_without_counts_does_not_apply() -> None:
    given = samples.late()
    kept = [row for row in given.summary if row["rule_id"] != "PDN-D03"]
    examples = [row for row in given.examples if row["rule_id"] != "PDN-D03"]
    found = report_of(replace(given, summary=kept, examples=examples))
    states_by_id = {row.rule.id: row.state for row in found.rules}
    assert states_by_id["PDN-D03"] == "na"
    assert set(states_by_id) == {rule.id for rule in CATALOGUE.for_system("pdn-s3")}


def test_examples_come_in_the_order_of_the_file_and_are_five() -> None:
    row = next(row for row in report_of(samples.admitted()).rules if row.rule.id == "OCDS-P10")
    lines = [int(example.where_es.rpartition(" ")[2]) for example in row.examples]
    assert len(lines) == 5
    assert lines == sorted(lines)
    assert row.examples[0].where_es == f"Contratos_ComprasMX_2026.csv, fila {lines[0]}"
    assert row.examples[0].where_en == f"Contratos_ComprasMX_2026.csv, row {lines[0]}"


def test_changes_compare_failing_shares() -> None:
    found = report_of(samples.admitted())
    assert found.previous_delivery == samples.PREVIOUS_DELIVERY
    assert [change.rule.id for change in found.worse] == ["OCDS-F07"]
    assert (found.worse[0].before_failed, found.worse[0].failed) == (90, 334)
    assert len(found.better) == 5
    assert all(change.difference < 0 for change in found.better)


def test_history_gives_the_difference_and_keeps_the_last_twelve() -> None:
    given = samples.admitted()
    long = [{"delivery": f"2026-{month:02d}-01", "score": 60 + month} for month in range(1, 13)] * 2
    found = report_of(replace(given, history=long)).quality
    assert found.score is not None
    assert len(found.history) == 11
    assert found.difference == pytest.approx(found.score - 72)


def test_a_median_needs_three_peers() -> None:
    base = samples.held_back()
    others = [replace(base, source=samples.SOURCES[name]) for name in ("jalisco_s2", "oaxaca_s2")]
    renamed = replace(base.source, id="sonora_s2")
    reports = agency_reports([base, *others], catalogue=CATALOGUE, release_name=None)
    assert reports[0].sources[0].quality.peer_median is None
    reports = agency_reports(
        [base, *others, replace(base, source=renamed)], catalogue=CATALOGUE, release_name=None
    )
    quality = reports[0].sources[0].quality
    assert (quality.peers, quality.peer_median) == (3, quality.score)


def test_sources_of_one_agency_share_a_report() -> None:
    reports = agency_reports(samples.every_input(), catalogue=CATALOGUE, release_name=samples.RELEASE)
    assert [(report.agency.id, len(report.sources)) for report in reports] == [
        ("sabg", 1),
        ("sesea-chihuahua", 2),
        ("sesea-oaxaca", 2),
    ]


def test_reserved_data_are_counted_by_kind() -> None:
    found = report_of(samples.admitted())
    assert found.reserved_values == 214
    assert [(row["kind"], row["count"], row["paths"]) for row in found.reserved] == [
        ("rfc_natural", 190, ("/awards/*/suppliers/*/id", "/parties/*/identifier/id")),
        ("email", 24, ("/parties/*/contactPoint/email",)),
    ]
    assert found.not_listed == {"kind": "not_listed", "count": 7, "paths": ("/tender/responsable",)}


def test_the_books_of_a_slice_are_understood() -> None:
    books = balance(
        declared=4000, published=3936, held_back=0, unusable=3, quarantined_landing=9, duplicates=38
    )
    found = report_of(replace(samples.admitted(), counts=books)).account
    assert found is not None
    assert (found.quarantined, found.unusable, found.missing) == (12, 3, 14)
    assert found.declared_by is None


@pytest.mark.parametrize(
    ("source_id", "page", "position", "es", "en"),
    [
        (
            "comprasmx_2026",
            1,
            "fila 18",
            "Contratos_ComprasMX_2026.csv, fila 18",
            "Contratos_ComprasMX_2026.csv, row 18",
        ),
        (
            "jalisco_s2",
            3,
            "/results/17",
            "página 3, elemento 18 (/results/17)",
            "page 3, item 18 (/results/17)",
        ),
        (
            "guadalajara",
            2,
            "/releases/0",
            "respuesta 2, elemento 1 (/releases/0)",
            "answer 2, item 1 (/releases/0)",
        ),
        (
            "compranet_edca",
            1,
            "línea 12: /releases/0",
            "contrataciones.ndjson.gz, línea 12: /releases/0",
            "contrataciones.ndjson.gz, line 12: /releases/0",
        ),
        (
            "chihuahua_contratos",
            1,
            "hoja «IMCO Base De Datos», fila 12",
            "contratos_2018_2019.xlsx, hoja «IMCO Base De Datos», fila 12",
            "contratos_2018_2019.xlsx, sheet “IMCO Base De Datos”, row 12",
        ),
        ("jalisco_s2", None, None, "toda la entrega", "the whole delivery"),
    ],
)
def test_positions_are_those_of_their_own_file(
    source_id: str, page: int | None, position: str | None, es: str, en: str
) -> None:
    source = samples.SOURCES[source_id]
    assert agency.where(source, page=page, position=position, collection=None, lang="es") == es
    assert agency.where(source, page=page, position=position, collection=None, lang="en") == en


def test_a_page_beyond_the_declared_files_is_refused() -> None:
    source = samples.SOURCES["comprasmx_2026"]
    with pytest.raises(ReportError, match="page 2 of an example; expected 1 to 1"):
        agency.where(source, page=2, position="fila 3", collection=None, lang="es")


def test_what_holds_a_delivery_back_comes_first() -> None:
    found = report_of(samples.admitted())
    last = found.corrections[-1].rule.id
    ranked = corrections(found.rules, holding={last})
    assert ranked[0].rule.id == last
    others = [row.rule.id for row in found.corrections if row.rule.id != last]
    assert [row.rule.id for row in ranked[1:]] == others
