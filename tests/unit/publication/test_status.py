"""status.json: the state of every source today, told also when nothing could be published."""

from datetime import timedelta

from pipelines.home import read_json
from pipelines.portals.errors import FetchState
from pipelines.publication.status import RunReport, write_status
from tests.publication_lab import NORTE, NOW, PDN, SOURCES, SUR, Lab, generation, source


def test_a_failed_run_is_told_though_nothing_is_published(lab: Lab) -> None:
    run = RunReport(
        id="r1",
        started_at="2026-11-21T17:00:00+00:00",
        finished_at="2026-11-21T18:00:00+00:00",
        state="failed",
        reasons=("dbt: el modelo ocds_awards no compila",),
    )
    write_status(lab.home, sources=SOURCES, run=run, now=NOW)
    told = read_json(lab.home.publications / "status.json")
    assert told["written_at"] == "2026-11-21T18:00:00+00:00"
    assert told["current"] is None
    assert told["run"]["state"] == "failed"
    assert told["run"]["reasons"] == ["dbt: el modelo ocds_awards no compila"]
    assert told["totals"] == {"up_to_date": 0, "late": 0, "held_back": 0, "no_answer": 0, "unpublished": 3}


def test_every_state_has_its_word(lab: Lab) -> None:
    old = source("vieja", cadence="weekly")
    current = source("corriente", cadence="none")
    lab.admit_all(only=(NORTE, SUR, old, current))
    held = lab.export((SUR, generation(SUR, "g2", fetched_at="2026-11-21T01:00:00+00:00")))["sur@g2"]
    lab.judge(held, admitted=False, reasons=("Estructura: 12 de 30.",))
    lab.attempt(NORTE, fetch_id="20261120T180000.000000Z", state=FetchState.COMPLETE)
    lab.attempt(
        NORTE, fetch_id="20261121T170000.000000Z", state=FetchState.UNAVAILABLE, rows=None, declared=None
    )
    told = write_status(lab.home, sources=(NORTE, SUR, PDN, old, current), run=None, now=NOW)
    assert [(entry["id"], entry["state"], entry["state_es"]) for entry in told["sources"]] == [
        ("norte", "no_answer", "sin respuesta"),
        ("sur", "held_back", "retenida"),
        ("oaxaca_s3", "unpublished", "sin publicar"),
        ("vieja", "late", "con retraso"),
        ("corriente", "up_to_date", "al día"),
    ]
    norte, sur, _, late, fresh = told["sources"]
    assert norte["attempts"][0]["state"] == "unavailable"
    assert (norte["attempts"][0]["declared"], norte["attempts"][0]["rows"]) == (None, None)
    assert norte["last_success"] == "2026-11-20T18:01:00+00:00"
    assert (sur["held_since"], sur["reasons"]) == ("2026-11-21T01:00:00+00:00", ["Estructura: 12 de 30."])
    assert (sur["counts"]["held_back"], sur["counts"]["published"]) == (29, 0)
    # Newest date in the content 2022-05-01, and 21 days for a weekly source.
    assert (late["due_at"], fresh["due_at"]) == ("2022-05-22", None)


def test_it_points_to_the_current_release(lab: Lab) -> None:
    lab.admit_all()
    lab.publish()
    told = write_status(lab.home, sources=SOURCES, run=None, now=NOW + timedelta(days=1))
    assert told["current"]["release"] == "2026-11-21.1"
    assert told["sources"][0]["published_from"] == "2026-11-20T18:00:00+00:00"
