"""Whole runs by the command line, against real portals on loopback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.registry import SCHEMA_FILE, load_sources
from pipelines.sandbox.local_portal import LocalPortal

REPOSITORY = Path(__file__).resolve().parents[2]
# Enough of each source for the gate's shares to mean something (the total row of a workbook is unusable at any scale).
SCALE = 0.2
RUN_SECONDS = 400
SOURCES = REPOSITORY / "sources"
# One of each system that the aggregator answers for.
AGGREGATED = ("aguascalientes_s6", "chihuahua_s3_v2", "zacatecas_s1", "zacatecas_s2")

Run = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """One `tequio run --json`."""

    exit_code: int
    told: dict[str, Any]
    stderr: str

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        return self.told["sources"]


def run_tequio(home: Path, *arguments: str, **environment: str) -> Outcome:
    """Run the command in a process of its own, as a person would."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEQUIO_", "DAGSTER_"))
    }
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pipelines.cli import main; main()",
            "run",
            "--home",
            str(home),
            "--json",
            *arguments,
        ],
        cwd=REPOSITORY,
        env={**clean, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    told = json.loads(done.stdout) if done.stdout.strip().startswith("{") else {}
    return Outcome(exit_code=done.returncode, told=told, stderr=done.stderr)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of declarations: every protocol and layout, of the PDN's aggregator only `AGGREGATED`.

    The whole country is pulled once (`test_country.py`): what is told of a source needs a hundred of a kind no more
    often.
    """
    folder = tmp_path_factory.mktemp("sources")
    shutil.copy(SOURCES / SCHEMA_FILE, folder)
    for source in load_sources(SOURCES):
        if source.protocol != "pdn_public" or source.id in AGGREGATED:
            path = SOURCES / source.path.parent.name / source.path.name
            (folder / path.parent.name).mkdir(exist_ok=True)
            shutil.copy(path, folder / path.parent.name)
    return folder


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, declared: Path) -> Iterator[LocalPortal]:
    """The sandbox portals of these, one for each test module."""
    with LocalPortal(tmp_path_factory.mktemp("portal"), sources=declared, scale=SCALE) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The run-time folder that the runs of a module share."""
    return Home(tmp_path_factory.mktemp("home"))
