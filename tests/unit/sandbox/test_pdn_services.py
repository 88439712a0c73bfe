"""The dialects of PDN's REST services, as observed on their code: limits, paging, tokens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.sandbox.exchange import LOCAL_CREDENTIALS
from pipelines.sandbox.local_portal import LocalPortal
from tests.pdn_services import S1, S2, S3, S6, declarations, officials, processes, served
from tests.unit.sandbox.conftest import Ask, asker, bearer, log_in

HOSTS = {one.id: one.id.replace("_", "-") + ".invalid" for one in (S1, S2, S3, S6)}
H1, H2, H3, H6 = HOSTS.values()
DECLARATIONS, RECORDS = "/s1/v2/declaraciones", "/s6/v1/records"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPortal]:
    folder: Path = tmp_path_factory.mktemp("services")
    held = {
        S1.id: served(folder, S1, {DECLARATIONS: declarations(450)}),
        S2.id: served(folder, S2, {"/v1/spic": officials(450)}),
        S3.id: served(folder, S3, {"/v1/ssancionados": officials(5), "/v1/psancionados": officials(5)}),
        S6.id: served(
            folder,
            S6,
            {
                RECORDS: processes(450, enveloped=True),
                "/contrataciones-abiertas": processes(5, enveloped=False),
            },
        ),
    }
    with LocalPortal(folder, sources=(S1, S2, S3, S6), datasets=held) as running:
        yield running


@pytest.fixture
def send(services: LocalPortal) -> Ask:
    return asker(services)


@pytest.mark.parametrize(
    ("host", "path", "asked", "expected"),
    [
        (H2, "/v1/spic", {"page": 1, "pageSize": 201}, (422, 422)),
        (H3, "/v1/psancionados", {"page": 1, "pageSize": 201}, (422, 422)),
        (H3, "/v1/ssancionados", {"page": 1, "pageSize": 201}, (400, 400)),
        (H6, RECORDS, {"page": 1, "pageSize": 201}, (500, "SERVER_001")),
        (H2, "/v1/spic", {"page": 0}, (422, 422)),
        (H3, "/v1/ssancionados", {"page": 0}, (422, 422)),
        (H1, DECLARATIONS, {"page": 0}, (400, "e_8001")),
        (H6, RECORDS, {"page": 0}, (500, "SERVER_001")),
        (H2, "/v1/spic", {"page": "1"}, (400, 400)),
        (H3, "/v1/psancionados", {"page": "1"}, (400, 400)),
        (H1, DECLARATIONS, {"page": "1"}, (400, "e_8001")),
    ],
)
def test_what_is_refused(
    send: Ask, host: str, path: str, asked: dict[str, Any], expected: tuple[int, Any]
) -> None:
    """Page sizes and numbers, each server in its own way."""
    answer = send("POST", host, path, json=asked, headers=bearer(send, host))
    assert (answer.status_code, answer.json()["code"]) == expected


def test_s1_cuts_the_page_size_in_silence(send: Ask) -> None:
    """It answers 200 and says so in the pagination."""
    asked = {"page": 1, "pageSize": 1000}
    answer = send("POST", H1, DECLARATIONS, json=asked, headers=bearer(send, H1)).json()
    assert (answer["pagination"]["pageSize"], len(answer["results"])) == (200, 200)
    assert answer["results"][0]["id"] == answer["results"][0]["_id"]


def test_s6_reads_a_page_number_in_text_and_ignores_what_it_does_not_know(send: Ask) -> None:
    """Flat and unknown keys filter nothing there; on S2 they find nothing."""
    for host, path, total in ((H6, RECORDS, 450), (H2, "/v1/spic", 0)):
        asked = {"page": "1" if host == H6 else 1, "query": {"buyerName": "Nadie"}}
        answer = send("POST", host, path, json=asked, headers=bearer(send, host)).json()
        assert answer["pagination"]["totalRows"] == total


@pytest.mark.parametrize(
    ("host", "path", "status", "code"),
    [
        (H1, DECLARATIONS, 403, "e_701"),
        (H2, "/v1/spic", 401, "401"),
        (H3, "/v1/ssancionados", 401, "401"),
        (H6, RECORDS, 401, "401"),
    ],
)
def test_a_query_without_a_good_token(send: Ask, host: str, path: str, status: int, code: str) -> None:
    """S1 alone answers 403."""
    for headers in ({}, {"Authorization": "Bearer otro"}):
        answer = send("POST", host, path, json={"page": 1}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_s1_has_no_refresh_tokens(send: Ask) -> None:
    """The pilot gives one with each token; S1 refuses the grant, and names its errors in its own way."""
    assert set(log_in(send, H1).json()) == {"token_type", "access_token", "expires_in"}
    assert "refresh_token" in log_in(send, H6).json()
    form = {**LOCAL_CREDENTIALS, "grant_type": "refresh_token", "refresh_token": "x"}
    assert send("POST", H1, "/oauth/token", data=form).json()["code"] == "e_4008"
    refused = log_in(send, H1, password="otra")
    assert (refused.status_code, refused.json()["code"]) == (401, "e_4001")


def test_only_s2_and_s3_list_institutions(send: Ask) -> None:
    """Where there is no list, the route doesn't exist."""
    answer = send("GET", H1, f"{DECLARATIONS}/dependencias", headers=bearer(send, H1))
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
