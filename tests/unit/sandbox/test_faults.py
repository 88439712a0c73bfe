"""Every fault over real HTTP, what it does and that it ends when it is switched off."""

import gzip
import http.client
import json
import time

import pytest
import requests

from pipelines.sandbox.faults import FAULTS, make_fault
from pipelines.sandbox.local_portal import LocalPortal
from tests.unit.sandbox.conftest import Ask, bearer, log_in

YUCATAN = "captura.contratacionesabiertas.inaipyucatan.org.mx"
YEAR = "/edca/contractingprocess/2024"
COMPRANET = ("compranet-edca.invalid", "/dabiertos/contrataciones.ndjson.gz")
S2 = "oaxaca-s2.invalid"


def spic(ask: Ask, *, page: int = 1, size: int = 30) -> requests.Response:
    """One page of oaxaca_s2 with a token of its own."""
    return ask("POST", S2, "/v1/spic", json={"page": page, "pageSize": size}, headers=bearer(ask, S2))


def test_down(portal: LocalPortal, ask: Ask) -> None:
    """503 for that source only, until switched off."""
    portal.set_fault("yucatan_inaip", "down")
    assert ask("GET", YUCATAN, YEAR).status_code == 503
    assert spic(ask).status_code == 200
    portal.set_fault("yucatan_inaip", None)
    assert ask("GET", YUCATAN, YEAR).status_code == 200


def test_refuse(portal: LocalPortal, ask: Ask) -> None:
    """The connection ends without an answer."""
    portal.set_fault("yucatan_inaip", "refuse")
    with pytest.raises(requests.ConnectionError):
        ask("GET", YUCATAN, YEAR)
    assert portal.requests[-1].status == 0


def test_html(portal: LocalPortal, ask: Ask) -> None:
    """200 with a login page; the token endpoint still works."""
    portal.set_fault("oaxaca_s2", "html")
    answer = spic(ask)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Iniciar sesión" in answer.text


def test_truncated(portal: LocalPortal, ask: Ask) -> None:
    """Cut JSON whose length agrees with Content-Length."""
    whole = len(ask("GET", YUCATAN, YEAR).content)
    portal.set_fault("yucatan_inaip", "truncated")
    answer = ask("GET", YUCATAN, YEAR)
    assert len(answer.content) == int(answer.headers["Content-Length"]) == whole * 6 // 10
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_short(portal: LocalPortal) -> None:
    """Fewer bytes than promised."""
    portal.set_fault("yucatan_inaip", "short")
    connection = http.client.HTTPConnection(portal.address, timeout=10)
    connection.request("GET", YEAR, headers={"Host": YUCATAN, "User-Agent": "prueba"})
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as raised:
        response.read()
    promised = int(response.headers["Content-Length"])
    assert len(raised.value.partial) == promised * 6 // 10
    connection.close()


def test_empty(portal: LocalPortal, ask: Ask) -> None:
    """Well-formed answers without rows, in every protocol."""
    for source_id in ("yucatan_inaip", "oaxaca_s2", "compranet_edca", "comprasmx_2026", "nuevo_leon_si"):
        portal.set_fault(source_id, "empty")
    assert ask("GET", YUCATAN, YEAR).json() == {"arrayReleasePackage": []}
    pagination = {"hasNextPage": False, "page": 1, "pageSize": 30, "totalRows": 0}
    assert spic(ask).json() == {"pagination": pagination, "results": []}
    assert gzip.decompress(ask("GET", *COMPRANET).content) == b""
    path = "/norah/documentos/recursos/lck/expedientes/obtener/Contratos_ComprasMX_2026.csv"
    text = ask("GET", "upcp-cnetservicios.buengobierno.gob.mx", path).text
    assert text.startswith("rfc,")
    assert text.count("\n") == 1


def test_bad_credentials(portal: LocalPortal, ask: Ask) -> None:
    """The right credentials are refused."""
    portal.set_fault("oaxaca_s2", "bad_credentials")
    assert log_in(ask, S2).status_code == 401
    portal.set_fault("yucatan_inaip", "bad_credentials")
    assert ask("GET", YUCATAN, YEAR).status_code == 401


def test_row_drop(portal: LocalPortal, ask: Ask) -> None:
    """About 5 % of the rows are left, over all files together."""
    count = portal.datasets["compranet_edca"].record_count
    portal.set_fault("compranet_edca", "row_drop")
    answer = ask("GET", *COMPRANET)
    assert len(gzip.decompress(answer.content).splitlines()) == count // 20
    # A changed file has other validators, so that nobody takes it for the old one.
    etag = portal.datasets["compranet_edca"].collections["0"].etag
    assert answer.headers["ETag"] != etag
    assert ask("GET", *COMPRANET, headers={"If-None-Match": etag}).status_code == 200


def test_duplicate_id(portal: LocalPortal, ask: Ask) -> None:
    """Some ids twice with another content; totals agree with the rows."""
    portal.set_fault("oaxaca_s2", "duplicate_id")
    answer = spic(ask, size=200).json()
    by_id: dict[str, list[dict[str, object]]] = {}
    for record in answer["results"]:
        by_id.setdefault(record.get("id", ""), []).append(record)
    repeated = [found for record_id, found in by_id.items() if record_id and len(found) == 2]
    assert len(repeated) == 3
    assert all(first != second for first, second in repeated)
    assert answer["pagination"]["totalRows"] == len(answer["results"])
    portal.set_fault("yucatan_inaip", "duplicate_id")
    packages = ask("GET", YUCATAN, YEAR).json()["arrayReleasePackage"]
    first, last = packages[0]["releases"], packages[-1]["releases"]
    assert [release["id"] for release in first] == [release["id"] for release in last]
    assert first != last


def test_slow(portal: LocalPortal) -> None:
    """Data drip in small chunks, and the portal still stops at once."""
    portal.set_fault("yucatan_inaip", "slow")
    connection = http.client.HTTPConnection(portal.address, timeout=10)
    connection.request("GET", YEAR, headers={"Host": YUCATAN, "User-Agent": "prueba"})
    started = time.monotonic()
    response = connection.getresponse()
    assert len(response.read(192)) == 192
    assert 0.35 < time.monotonic() - started < 3
    connection.close()


def test_die_at_page(portal: LocalPortal, ask: Ask) -> None:
    """Pages, years and files before N are fine, from N on 500."""
    portal.set_fault("oaxaca_s2", "die_at_page:2")
    assert [spic(ask, page=page).status_code for page in (1, 2, 3)] == [200, 500, 500]
    portal.set_fault("yucatan_inaip", "die_at_page:3")
    statuses = [
        ask("GET", YUCATAN, f"/edca/contractingprocess/{year}").status_code for year in (2020, 2021, 2022)
    ]
    assert statuses == [200, 200, 500]
    portal.set_fault("compranet_edca", "die_at_page:1")
    assert ask("GET", *COMPRANET).status_code == 500


def test_token_expiry(portal: LocalPortal, ask: Ask) -> None:
    """A token is good for three requests, then a new one is."""
    portal.set_fault("oaxaca_s2", "token_expiry")
    token = bearer(ask, S2)
    statuses = [
        ask("POST", S2, "/v1/spic", json={"page": page, "pageSize": 10}, headers=token).status_code
        for page in (1, 2, 3, 4)
    ]
    assert statuses == [200, 200, 200, 401]
    assert spic(ask, page=4, size=10).status_code == 200


def test_drift(portal: LocalPortal, ask: Ask) -> None:
    """Rows come in at the front between pages: the total grows and the last row of a page comes again."""
    portal.set_fault("oaxaca_s2", "drift")
    first, second = spic(ask, page=1).json(), spic(ask, page=2).json()
    assert second["pagination"]["totalRows"] == first["pagination"]["totalRows"] + 3
    assert second["results"][:3] == first["results"][-3:]


def test_grows(portal: LocalPortal, ask: Ask) -> None:
    """Rows come in behind those that were there, until all of the sample are."""
    total = len(portal.datasets["oaxaca_s2"].collections["/v1/spic"].offsets)
    portal.set_fault("oaxaca_s2", "grows")
    first, second = spic(ask).json(), spic(ask).json()
    assert second["pagination"]["totalRows"] == first["pagination"]["totalRows"] + 3 <= total
    assert second["results"] == first["results"]
    for _ in range(20):
        last = spic(ask).json()
    assert last["pagination"]["totalRows"] == total


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("error_in_200", {"error": True, "message": "Error al consultar al proveedor"}),
        ("code_in_200", {"code": "500", "message": "Error interno del servidor"}),
    ],
)
def test_errors_inside_200(portal: LocalPortal, ask: Ask, kind: str, said: dict[str, object]) -> None:
    """The token is given, the data are an error that looks like an answer."""
    portal.set_fault("oaxaca_s2", kind)
    answer = spic(ask)
    assert (answer.status_code, answer.json()) == (200, said)


def test_no_pagination(portal: LocalPortal, ask: Ask) -> None:
    """The rows alone; bulk files stay as they are."""
    whole = spic(ask).json()
    portal.set_fault("oaxaca_s2", "no_pagination")
    assert spic(ask).json() == {"results": whole["results"]}
    portal.set_fault("compranet_edca", "no_pagination")
    assert ask("GET", *COMPRANET).content[:2] == b"\x1f\x8b"


def test_rate429(portal: LocalPortal, ask: Ask) -> None:
    """Two refusals with Retry-After, then the data; the token endpoint is spared."""
    portal.set_fault("oaxaca_s2", "rate429")
    answers = [spic(ask) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "1"


def test_control_endpoint(portal: LocalPortal, ask: Ask) -> None:
    """A process of its own is told its faults over HTTP."""
    control = "control.invalid"
    set_down = ask("POST", control, "/__faults__", json={"source": "yucatan_inaip", "kind": "down"})
    assert set_down.json() == {"faults": {"yucatan_inaip": "down"}}
    assert ask("GET", YUCATAN, YEAR).status_code == 503
    ask("POST", control, "/__faults__", json={"source": "yucatan_inaip", "kind": None})
    assert ask("GET", control, "/__faults__").json() == {"faults": {}}
    unknown = ask("POST", control, "/__faults__", json={"source": "nadie", "kind": "down"})
    assert unknown.status_code == 400
    assert "unknown source 'nadie'" in unknown.json()["message"]
    assert ask("POST", control, "/__faults__", json={"source": "yucatan_inaip"}).status_code == 400


@pytest.mark.parametrize("text", ["roto", "die_at_page", "die_at_page:x", "down:3"])
def test_unknown_faults_are_refused(text: str) -> None:
    """A fault nobody knows, or with a number it doesn't take, is an error that names what there is."""
    with pytest.raises(ValueError, match=r"expected (one of down|die_at_page:NUMBER|down)"):
        make_fault(text)


def test_every_fault_is_described() -> None:
    """The CLI's help lists them all."""
    assert len(FAULTS) == 21
    assert all(fault.summary for fault in FAULTS.values())
