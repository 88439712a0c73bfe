"""Pulling a large System 1 over loopback and publishing it: rate, memory, the share spent waiting for the portal.

Here: a declared source with that many sample declarations, its portal in a process of its own, and the product's own
`tequio run` against it, watched. Not here: what declarations hold (`pipelines/sandbox/pdn_s1.py`), the benchmarks of
procurement (`__main__.py`).

    python -m tests.benchmarks.declarations <folder> [--declarations 150000]

One JSON line. The rate is declarations over the whole run, its start included. `peak_mb` and `peaks_mb` by step are PSS
over the processes of the run, the portal's not among them; `seconds` are those of the run's steps; `waiting` is what
of the fetch and of the run was spent waiting for the portal (the ledger's `portal_seconds`); `rows` are read back from
the release's own files.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import pyarrow.parquet as pq

from pipelines.home import Home
from pipelines.landing.ledger import Ledger
from pipelines.orchestration.run import prepare_instance
from pipelines.publication import pointer
from pipelines.sandbox import pdn_s1
from tests.benchmarks.memory import family_pss_mb

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE_ID = "banco_de_pruebas_s1"
SAMPLE_SECONDS = 0.2
LONGEST_SECONDS = 3_600
DECLARATION = """\
id: banco_de_pruebas_s1
title: Declaraciones del banco de pruebas
entity: "00"
publisher:
  id: banco-de-pruebas
  name: Banco de pruebas
  email: datos@banco.example
  uri: https://banco.example
system: pdn-s1
family: pdn_s1
protocol: pdn_rest
url: https://declaraciones.banco.example
auth:
  username: TEQUIO_BANCO_DE_PRUEBAS_S1_USERNAME
  password: TEQUIO_BANCO_DE_PRUEBAS_S1_PASSWORD
  client_id: TEQUIO_BANCO_DE_PRUEBAS_S1_CLIENT_ID
  client_secret: TEQUIO_BANCO_DE_PRUEBAS_S1_CLIENT_SECRET
parameters:
  token_path: /oauth/token
  page_size: 200
  collections:
    - name: declaraciones
      path: /v2/declaraciones
ocid_prefix: null
cadence: monthly
licence: https://datos.gob.mx/libreusomx
status: live
notes: Made for a measurement.
"""


def measure(folder: Path, declarations: int) -> dict[str, Any]:
    """Serve, run, and say what it took.

    Raises:
        SystemExit: the run failed, or published another number of declarations than it had landed.
    """
    sources = folder / "sources"
    (sources / "nacional").mkdir(parents=True)
    shutil.copy(REPOSITORY / "sources" / "source.schema.json", sources)
    (sources / "nacional" / f"{SOURCE_ID}.yaml").write_text(DECLARATION, encoding="utf-8")
    home = Home(folder / "home")
    with _portal(sources, folder / "sample", declarations) as address:
        outcome, samples = _run(sources, home, address)
    found = outcome["sources"][SOURCE_ID]
    if not outcome["success"] or found["published"] != found["declared"] - found["duplicates"]:
        raise SystemExit(f"the run ended as {orjson.dumps(outcome).decode()}")
    row = Ledger(home).last(SOURCE_ID)
    assert row is not None
    assert row.portal_seconds is not None
    return {
        "name": f"{declarations} declarations of S1, from portal to release",
        "ours": round(found["published"] / outcome["seconds"], 1),
        "unit": "declarations/s",
        "published": found["published"],
        "mb": row.bytes >> 20,
        "run_seconds": round(outcome["seconds"], 1),
        "seconds": {step: round(seconds, 1) for step, seconds in outcome["steps"].items()},
        "peak_mb": round(max(used for _, used in samples)),
        "peaks_mb": _peaks(home, samples),
        "waiting": {
            "seconds": row.portal_seconds,
            "of_fetch": round(row.portal_seconds / row.seconds, 3),
            "of_run": round(row.portal_seconds / outcome["seconds"], 3),
        },
        "rows": _rows(home),
        "load": os.getloadavg()[2],
    }


@contextmanager
def _portal(sources: Path, data: Path, declarations: int) -> Iterator[str]:
    """The sandbox as a process of its own, until the block ends; gives its address once it has made its data."""
    # Its seed gives this source 3 % more than it has at that scale, so never fewer than asked.
    scale = str(declarations / pdn_s1.RECORDS)
    given = ["--sources", str(sources), "--data", str(data), "--scale", scale]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.sandbox", *given],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield str(orjson.loads(process.stdout.readline())["address"])
    finally:
        process.terminate()
        process.wait()


def _run(sources: Path, home: Home, address: str) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """`tequio run`: what it says of itself, and its memory over time: seconds since 1970 and MB."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "DAGSTER_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from pipelines.cli import main; main()", "run", "--json"),
            *("--home", str(home.root), "--sources", str(sources)),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        env={
            **environment,
            "TEQUIO_PORTAL_ADDRESS": address,
            "TEQUIO_FETCH_BUDGET_SECONDS": str(LONGEST_SECONDS),
        },
    )
    samples: list[tuple[float, float]] = []

    def sample() -> None:
        while process.poll() is None:
            samples.append((time.time(), family_pss_mb(process.pid)))
            time.sleep(SAMPLE_SECONDS)

    watch = threading.Thread(target=sample, daemon=True)
    watch.start()
    said, _ = process.communicate()
    watch.join()
    return orjson.loads(said), samples


def _peaks(home: Home, samples: list[tuple[float, float]]) -> dict[str, int]:
    """The most memory while each step ran, in MB."""
    prepare_instance(home)
    peaks: dict[str, int] = {}
    with dg.DagsterInstance.get() as instance:
        for step in (step for run in instance.get_run_ids() for step in instance.get_run_step_stats(run)):
            if step.start_time is not None and step.end_time is not None:
                during = [used for at, used in samples if step.start_time <= at <= step.end_time]
                peaks[step.step_key] = round(max(during, default=0))
    return peaks


def _rows(home: Home) -> dict[str, int]:
    """Rows of each table of the current release, by its files' footers."""
    current = pointer.read_pointer(home)
    assert current is not None
    folder = pointer.release_folder(home, current.release)
    rows: dict[str, int] = {}
    for file in sorted(folder.rglob("*.parquet")):
        parts = file.relative_to(folder).with_suffix("").parts
        table = "/".join(takewhile(lambda part: "=" not in part and part != "data", parts))
        rows[table] = rows.get(table, 0) + pq.read_metadata(file).num_rows
    return rows


def main() -> None:
    """Measure in a folder that is made and removed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.declarations")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--declarations", type=int, default=150_000)
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    found = measure(given.folder, given.declarations)
    sys.stdout.write(orjson.dumps(found).decode() + "\n")
    shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
