"""Pulling a large System 1 over loopback: rate, memory, and the share of the time spent waiting for the portal.

Here: a service that generates its pages, in a process of its own, and the measured fetch and landing of all of them.
Not here: what declarations mean (the sandbox's generator makes those), the benchmarks of procurement (`__main__.py`).

    python -m tests.benchmarks.pdn_crawl <folder> [--records 150000] [--bytes 15000]

One JSON line: records, pages, pages_per_second and seconds of the fetch, cpu_seconds of its process (its start
included: what the rate would be on a quiet machine), portal_share (of the fetch's seconds), land_seconds, peak_mb of
both steps (largest resident set of the process that fetches; PSS of it and its children while landing).
"""

import argparse
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

from pipelines.home import Home
from pipelines.landing.fetch import fetch_source
from pipelines.landing.land import land
from pipelines.portals.http import Portals
from tests.benchmarks.memory import family_pss_mb
from tests.pdn_services import S1

ID = b"@" * 24
REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE_SECONDS = 0.2


def template(size: int) -> list[bytes]:
    """The text of a declaration of about `size` bytes, cut where its id goes."""
    value = {"valor": 1_234_567, "moneda": "MXN"}
    real_estate = {
        "tipoOperacion": "SIN_CAMBIOS",
        "tipoInmueble": {"clave": "CASA", "valor": "Casa habitación"},
        "titular": [{"clave": "DEC", "valor": "Declarante"}],
        "porcentajePropiedad": 100,
        "superficieTerreno": {"valor": 120, "unidad": "m2"},
        "superficieConstruccion": {"valor": 90, "unidad": "m2"},
        "tercero": [{"tipoPersona": "", "nombreRazonSocial": "", "rfc": ""}],
        "formaAdquisicion": {"clave": "CPV", "valor": "Compraventa"},
        "formaPago": "CRÉDITO",
        "valorAdquisicion": value,
        "fechaAdquisicion": "2014-05-02",
        "valorConformeA": "ESCRITURA PÚBLICA",
    }
    assets = [real_estate]
    declaration: dict[str, Any] = {
        "_id": ID.decode(),
        "id": ID.decode(),
        "metadata": {
            "actualizacion": "2025-05-31T18:00:00Z",
            "institucion": "Secretaría de Educación Pública del Estado",
            "tipo": "MODIFICACIÓN",
            "declaracionCompleta": True,
        },
        "declaracion": {
            "situacionPatrimonial": {
                "ingresos": {"remuneracionAnualCargoPublico": value, "totalIngresosAnualesNetos": value},
                "bienesInmuebles": {"ninguno": False, "bienInmueble": assets},
            }
        },
    }
    assets *= max((size - len(orjson.dumps(declaration))) // len(orjson.dumps(real_estate)), 1)
    return orjson.dumps(declaration).split(ID)


def serve(records: int, size: int) -> None:
    """Answer as S1's service does, until the process is ended; the first line of output is the address."""
    parts = template(size)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/oauth/token":
                self._send(b'{"access_token":"abcdefgh","token_type":"Bearer","expires_in":600}')
                return
            asked = orjson.loads(body)
            number, per_page = asked["page"], min(asked["pageSize"], 200)
            first = (number - 1) * per_page
            last = min(first + per_page, records)
            told = {"pageSize": per_page, "page": number, "totalRows": records, "hasNextPage": last < records}
            rows = b",".join((b"%024x" % each).join(parts) for each in range(first, last))
            self._send(b'{"pagination":' + orjson.dumps(told) + b',"results":[' + rows + b"]}")

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the rate is what is measured."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


def measure(folder: Path, address: str) -> dict[str, Any]:
    """Fetch and land everything the service has."""
    home = Home(folder)
    home.create()
    source = replace(S1, id="banco_de_pruebas_s1")
    started = time.monotonic()
    fetch = fetch_source(source, home=home, portals=Portals("sandbox", address, env={}))
    seconds = time.monotonic() - started
    cpu_seconds = time.process_time()
    fetched_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.monotonic()
    landed, landing_mb = _watched(lambda: land(source, fetch, home=home))
    assert landed is not None
    assert fetch.portal_seconds is not None
    return {
        "records": landed.records,
        "distinct_ids": landed.distinct_ids,
        "state": fetch.state.value,
        "pages": len(fetch.pages),
        "mb": fetch.bytes >> 20,
        "seconds": round(seconds, 1),
        "pages_per_second": round(len(fetch.pages) / seconds, 2),
        "cpu_seconds": round(cpu_seconds, 1),
        "portal_seconds": fetch.portal_seconds,
        "portal_share": round(fetch.portal_seconds / seconds, 3),
        "land_seconds": round(time.monotonic() - started, 1),
        "peak_mb": {"fetch": round(fetched_mb), "land": landing_mb},
    }


def _watched(work: Callable[[], Any]) -> tuple[Any, int]:
    """What the work gives, and the peak memory of this process and its children meanwhile, in MB."""
    peak = 0.0
    is_done = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not is_done.wait(SAMPLE_SECONDS):
            peak = max(peak, family_pss_mb())

    watch = threading.Thread(target=sample)
    watch.start()
    try:
        found = work()
    finally:
        is_done.set()
        watch.join()
    return found, round(peak)


def main() -> None:
    """Start the service, measure, print, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=150_000)
    parser.add_argument("--bytes", type=int, default=15_000)
    parser.add_argument("--serve", action="store_true", help="only the service")
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.records, asked.bytes)
        return
    size = ["--records", str(asked.records), "--bytes", str(asked.bytes)]
    service = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.pdn_crawl", str(asked.folder), "--serve", *size],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stdout is not None
        found = measure(asked.folder / "home", service.stdout.readline().strip())
    finally:
        service.terminate()
        service.wait()
        shutil.rmtree(asked.folder / "home", ignore_errors=True)
    sys.stdout.write(orjson.dumps(found).decode() + "\n")


if __name__ == "__main__":
    main()
