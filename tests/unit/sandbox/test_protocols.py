"""The protocols over real HTTP: EDCAPI, bulk files, PDN v1 REST."""

import csv
import gzip
import http.client
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from pipelines.registry import Source
from pipelines.sandbox.local_portal import LocalPortal
from tests.unit.sandbox.conftest import SCALE, Ask, asker, bearer, log_in

GUADALAJARA = "contratacionesabiertas.guadalajara.gob.mx:3000"
COMPRANET = "/dabiertos/contrataciones.ndjson.gz"
COMPRASMX = "upcp-cnetservicios.buengobierno.gob.mx"
COMPRASMX_PATH = "/norah/documentos/recursos/lck/expedientes/obtener/Contratos_ComprasMX_2026.csv"
S2, S3 = "oaxaca-s2.invalid", "oaxaca-s3.invalid"


def test_edcapi_years_and_processes(portal: LocalPortal, ask: Ask) -> None:
    """Every listed year answers its packages; `null` answers all of them."""
    listed = ask("GET", GUADALAJARA, "/edca/fiscalYears").json()["fiscalYears"]
    assert [entry["year"] for entry in listed] == [2022, 2023, 2024, 2025, 2026]
    assert set(listed[0]) == {"id", "year", "status", "createdAt", "updatedAt"}
    packages = [
        package
        for entry in listed
        for package in ask("GET", GUADALAJARA, f"/edca/contractingprocess/{entry['year']}").json()[
            "arrayReleasePackage"
        ]
    ]
    assert len(packages) == portal.datasets["guadalajara"].record_count
    everything = ask("GET", GUADALAJARA, "/edca/contractingprocess/null").json()["arrayReleasePackage"]
    assert everything == packages


def test_edcapi_errors_as_published(ask: Ask) -> None:
    """The misspelled 404, 200 for a missing record, HTML for a route that doesn't exist."""
    missing = ask("GET", GUADALAJARA, "/edca/contractingprocess/2011")
    assert missing.status_code == 404
    expected = "No se encontrarón resultados con el parámetro seleccionado."
    assert missing.json() == {"status": 404, "message": expected}
    record = ask("GET", GUADALAJARA, "/record-package/ocds-000000-nada")
    assert (record.status_code, record.json()) == (200, {"message": "No se ha encontrado el record"})
    nowhere = ask("GET", GUADALAJARA, "/edca/nada")
    assert nowhere.status_code == 404
    assert nowhere.headers["Content-Type"].startswith("text/html")


def test_edcapi_wants_a_user_agent(portal: LocalPortal) -> None:
    """Some hosts of the tool answer 500 to a client that doesn't say its name."""
    connection = http.client.HTTPConnection(portal.address, timeout=10)
    connection.putrequest("GET", "/edca/fiscalYears", skip_host=True)
    connection.putheader("Host", GUADALAJARA)
    connection.endheaders()
    assert connection.getresponse().status == 500
    connection.close()


def test_one_package_by_ocid(portal: LocalPortal, ask: Ask) -> None:
    """A known ocid gives its package."""
    ocid = portal.datasets["guadalajara"].collections["2024"].record_ids[0]
    package = ask("GET", GUADALAJARA, f"/release-package/{ocid}").json()
    assert package["releases"][0]["ocid"] == ocid


def test_hosts_are_told_apart(ask: Ask) -> None:
    """The same path on a host nobody declared is 404 in JSON, with the known hosts."""
    answer = ask("GET", "otro.ejemplo.mx", "/edca/fiscalYears")
    assert answer.status_code == 404
    assert GUADALAJARA in answer.json()["hosts"]


def test_bulk_files_with_validators(portal: LocalPortal, ask: Ask) -> None:
    """gzip NDJSON with ETag and Last-Modified, 304 for who has it."""
    answer = ask("GET", "compranet-edca.invalid", COMPRANET)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/gzip"
    assert len(gzip.decompress(answer.content).splitlines()) == portal.datasets["compranet_edca"].record_count
    assert answer.headers["Last-Modified"] == "Sun, 15 Nov 2026 18:00:00 GMT"
    for condition in (
        {"If-None-Match": answer.headers["ETag"]},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
    ):
        again = ask("GET", "compranet-edca.invalid", COMPRANET, headers=condition)
        assert (again.status_code, again.content) == (304, b"")
    # If-None-Match decides alone when both are sent (RFC 9110).
    both = {"If-None-Match": '"otra"', "If-Modified-Since": answer.headers["Last-Modified"]}
    assert ask("GET", "compranet-edca.invalid", COMPRANET, headers=both).status_code == 200


def test_bulk_files_share_their_records(portal: LocalPortal, ask: Ask, sources: Mapping[str, Source]) -> None:
    """Each of the 24 declared files is one record package; together they hold every record."""
    ocids: list[str] = []
    for file in sources["nuevo_leon_si"].parameters["files"]:
        package = ask("GET", "si.nl.gob.mx", file["url"].removeprefix("http://si.nl.gob.mx")).json()
        assert package["uri"] == file["url"]
        assert all("url" in release for record in package["records"] for release in record["releases"])
        ocids += [record["compiledRelease"]["ocid"] for record in package["records"]]
    assert len(ocids) == portal.datasets["nuevo_leon_si"].record_count


def test_csv_file(portal: LocalPortal, ask: Ask) -> None:
    """The CSV is UTF-8 with the real file's 21 columns."""
    text = ask("GET", COMPRASMX, COMPRASMX_PATH).content.decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][0] == "rfc"
    assert rows[0][-1] == "Dirección del anuncio"
    assert len(rows) - 1 == portal.datasets["comprasmx_2026"].record_count


def test_pdn_pages(portal: LocalPortal, ask: Ask) -> None:
    """Pages add up to totalRows; beyond the last one there is an empty page with the full total."""
    token = bearer(ask, S2)
    total = len(portal.datasets["oaxaca_s2"].collections["/v1/spic"].offsets)
    seen: list[str] = []
    page = 0
    more = True
    while more:
        page += 1
        asked = {"page": page, "pageSize": 40, "query": {}, "sort": {}}
        answer = ask("POST", S2, "/v1/spic", json=asked, headers=token).json()
        assert answer["pagination"]["totalRows"] == total
        seen += [record.get("id") or record["_id"]["$oid"] for record in answer["results"]]
        more = answer["pagination"]["hasNextPage"]
    assert len(set(seen)) == len(seen) == total
    beyond = ask("POST", S2, "/v1/spic", json={"page": page + 1, "pageSize": 40}, headers=token).json()
    assert beyond["results"] == []
    assert beyond["pagination"] == {
        "hasNextPage": False,
        "page": page + 1,
        "pageSize": 40,
        "totalRows": total,
    }


@pytest.mark.parametrize(
    ("host", "path", "asked", "status"),
    [
        (S2, "/v1/spic", {"page": 0}, 422),
        (S2, "/v1/spic", {"page": 1, "pageSize": 201}, 422),
        (S2, "/v1/spic", {"page": "1"}, 400),
        (S3, "/v1/psancionados", {"page": 1, "pageSize": 201}, 422),
        (S3, "/v1/ssancionados", {"page": 1, "pageSize": 201}, 400),
    ],
)
def test_pdn_paging_errors(ask: Ask, host: str, path: str, asked: dict[str, object], status: int) -> None:
    """The limits and their statuses differ by server, as observed on the reference code."""
    answer = ask("POST", host, path, json=asked, headers=bearer(ask, host))
    assert (answer.status_code, answer.json()["code"]) == (status, status)


def test_pdn_bad_json_has_no_message(ask: Ask) -> None:
    """A body that isn't JSON gets a number as code and nothing else."""
    answer = ask("POST", S2, "/v1/spic", data=b"{", headers=bearer(ask, S2))
    assert (answer.status_code, answer.json()) == (400, {"code": 400})


def test_pdn_token_errors(ask: Ask) -> None:
    """Wrong user, client or grant is 401 with the code in text."""
    for wrong in (
        {"password": "otra"},
        {"username": "otro"},
        {"client_secret": "otro"},
        {"grant_type": "otro"},
    ):
        answer = log_in(ask, S2, **wrong)
        assert answer.status_code == 401
        assert answer.json()["code"] == "401"
        assert answer.json()["message"]


def test_pdn_token_answer_and_single_use_refresh(ask: Ask) -> None:
    """The reference server's token answer; a refresh token is good once."""
    token = log_in(ask, S2).json()
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 600
    assert token["scope"].endswith(" ")
    assert len(token["refresh_token"]) == 256
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    client = ("tequio", "tequio-sandbox")
    renewed = ask("POST", S2, "/oauth/token", data=form, auth=client)
    assert renewed.status_code == 200
    assert renewed.json()["access_token"] != token["access_token"]
    assert ask("POST", S2, "/oauth/token", data=form, auth=client).status_code == 401


def test_pdn_scope_when_declared(sources: Mapping[str, Source], sample_data: Path) -> None:
    """A source that declares a scope refuses logins without it or with another one (422)."""
    scoped = replace(sources["oaxaca_s2"], parameters={**sources["oaxaca_s2"].parameters, "scope": "read"})
    with LocalPortal(sample_data, sources=[scoped], scale=SCALE) as portal:
        ask = asker(portal)
        assert log_in(ask, S2).json() == {"code": "422", "message": "Scope no proporcionado"}
        assert log_in(ask, S2, scope="write").json() == {"code": "422", "message": "Scope no válido"}
        assert log_in(ask, S2, scope="read").status_code == 200


def test_pdn_data_want_a_token(ask: Ask) -> None:
    """No token or a wrong one is 401, on the data and on /dependencias."""
    for headers in ({}, {"Authorization": "Bearer otro"}):
        assert ask("POST", S2, "/v1/spic", json={"page": 1}, headers=headers).status_code == 401
        assert ask("GET", S2, "/v1/spic/dependencias", headers=headers).status_code == 401


def test_pdn_tokens_expire(sources: Mapping[str, Source], sample_data: Path) -> None:
    """A token past its expires_in is refused."""
    with LocalPortal(sample_data, sources=[sources["oaxaca_s2"]], scale=SCALE, expires_in=0) as portal:
        ask = asker(portal)
        answer = ask("POST", S2, "/v1/spic", json={"page": 1}, headers=bearer(ask, S2))
        assert answer.status_code == 401


def test_pdn_dependencias_and_wrong_method(ask: Ask) -> None:
    """/dependencias lists {nombre, siglas, clave}; a wrong method is a 404 page."""
    token = bearer(ask, S2)
    listed = ask("GET", S2, "/v1/spic/dependencias", headers=token).json()
    assert set(listed[0]) == {"nombre", "siglas", "clave"}
    wrong = ask("GET", S2, "/v1/spic", headers=token)
    assert wrong.status_code == 404
    assert "Cannot GET /v1/spic" in wrong.text


def test_pdn_query_filters_and_unknown_keys(portal: LocalPortal, ask: Ask) -> None:
    """A known key filters, an unknown one (the documented rfcSolicitante too) finds nothing."""
    token = bearer(ask, S2)

    def total(query: dict[str, object]) -> int:
        answer = ask("POST", S2, "/v1/spic", json={"page": 1, "query": query}, headers=token).json()
        return int(answer["pagination"]["totalRows"])

    everything = len(portal.datasets["oaxaca_s2"].collections["/v1/spic"].offsets)
    assert total({"nombres": "", "tipoProcedimiento": []}) == everything
    first = ask("POST", S2, "/v1/spic", json={"page": 1}, headers=token).json()["results"][0]
    assert total({"id": first["id"]}) == 1
    assert 0 < total({"tipoProcedimiento": [1]}) < everything
    assert total({"rfcSolicitante": "XAXX010101000"}) == 0


def test_connections_are_kept(portal: LocalPortal) -> None:
    """Two requests travel over one connection (HTTP/1.1 keep-alive)."""
    connection = http.client.HTTPConnection(portal.address, timeout=10)
    for _ in range(2):
        connection.request("GET", "/edca/fiscalYears", headers={"Host": GUADALAJARA, "User-Agent": "prueba"})
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        assert not response.will_close
    connection.close()


def test_requests_are_logged(portal: LocalPortal, ask: Ask) -> None:
    """The log tells source, URL, status and headers; the source's header wins over the host."""
    ask("GET", GUADALAJARA, "/edca/fiscalYears", headers={"User-Agent": "tequio/1"})
    ask("GET", "otro.ejemplo.mx", "/x", headers={"X-Tequio-Source": "yucatan_inaip"})
    first, second = portal.requests
    assert (first.source_id, first.status) == ("guadalajara", 200)
    assert first.url == f"{GUADALAJARA}/edca/fiscalYears"
    assert first.headers["user-agent"] == "tequio/1"
    assert (second.source_id, second.status) == ("yucatan_inaip", 404)


def test_head_has_no_body(ask: Ask) -> None:
    """HEAD gives the file's length and validators only."""
    answer: requests.Response = ask("HEAD", COMPRASMX, COMPRASMX_PATH)
    assert answer.content == b""
    assert int(answer.headers["Content-Length"]) > 100_000


def test_files_told_apart_by_their_query(ask: Ask, sources: Mapping[str, Source]) -> None:
    """The year stands in the query: every declared one answers its own file, another one nothing."""
    host = "smpu.nl.gob.mx"
    seen = set()
    for file in sources["nuevo_leon_smpu"].parameters["files"]:
        answer = ask("GET", host, file["url"].removeprefix(f"https://{host}"))
        assert answer.status_code == 200
        seen.add(answer.headers["ETag"])
    assert len(seen) == 14
    path = "/siasi_ws/api/ocds/ListarProduccionXAnio"
    assert ask("GET", host, path, params={"anio": '[{"value":"2013"}]'}).headers["ETag"] in seen
    for other in ({"anio": '[{"value":"2012"}]'}, {}):
        assert ask("GET", host, path, params=other).status_code == 404


def test_two_sources_on_one_host(sample_data: Path, sources: Mapping[str, Source]) -> None:
    """Who has the file answers, whichever source is declared first."""
    current = sources["comprasmx_2026"]
    address = f"https://{COMPRASMX}/norah/documentos/recursos/lck/otro.csv"
    parameters = {"files": [{"url": address, "format": "csv"}]}
    other = replace(sources["comprasmx_2026_expedientes"], url=current.url, parameters=parameters)
    for declared in ([current, other], [other, current]):
        with LocalPortal(sample_data, sources=declared, scale=SCALE) as portal:
            ask = asker(portal)
            assert ask("GET", COMPRASMX, COMPRASMX_PATH).content.startswith(b"rfc,")
            found = ask("GET", COMPRASMX, "/norah/documentos/recursos/lck/otro.csv")
            assert found.content.startswith(b"Orden de gobierno,")


def test_row_faults_on_csv_files(portal: LocalPortal, ask: Ask) -> None:
    """Yearly files lose 95 % of their rows together, or repeat some with another content."""
    host = "upcp-compranet.buengobierno.gob.mx"
    folder = "/cnetassets/datos_abiertos_contratos_expedientes"
    paths = [f"{folder}/Contratos_CompraNet{year}.csv" for year in range(2010, 2026)]
    assert ask("GET", host, paths[5]).content.startswith(b",SIGLAS,DEPENDENCIA")
    total = portal.datasets["compranet_contratos"].record_count
    portal.set_fault("compranet_contratos", "row_drop")
    left = [ask("GET", host, path).content.count(b"\r\n") - 1 for path in paths]
    assert 0 < sum(left) < total / 5
    portal.set_fault("compranet_contratos", "duplicate_id")
    assert all(ask("GET", host, path).content.rstrip().endswith(b"?v=2") for path in paths)
