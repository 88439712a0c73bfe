"""What a source publishes as a whole, and what it changes from one delivery to the next: each rule about it finds the
source that is made to fail it, and says nothing of the others.

Here: made-up sources, each with one defect, pulled, published and compared by whole runs. Not here: rules about single
records (`test_country.py`) and about how a delivery arrives (`tests/faults/test_planted_deliveries.py`).
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import duckdb
import orjson
import pytest

from pipelines.home import Home
from pipelines.quality.catalogue import load_catalogue
from pipelines.registry import SCHEMA_FILE, load_sources
from pipelines.sandbox import dataset
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.rule_cases.cases import OCDS_PREFIX
from pipelines.sandbox.rule_cases.deliveries import lines
from pipelines.sandbox.rule_cases.series import COMPARED, DATASETS, SERIES, SOUND, Series
from tests.end_to_end.conftest import SOURCES, run_tequio

pytestmark = pytest.mark.slow

DELIVERIES = max(len(series.deliveries) for series in SERIES)
PATH = "/contratos.ndjson"
DECLARATION = """\
id: {source_id}
title: Serie de {rule_id}
entity: "14"
publisher: {{id: obras-jalisco, name: Secretaría de Obras, email: datos@obras.example, uri: https://obras.example}}
system: s6-ocds
family: ocds_packages
protocol: bulk_files
url_env: TEQUIO_{name}_URL
parameters: {{files: [{{path: {path}, format: ndjson}}]}}
ocid_prefix: {prefix}
cadence: none
licence: https://datos.gob.mx/libreusomx
status: credentials-needed
notes: Made up.
"""

# What fails of a source: rules by the entity of which they say it.
Failing = Mapping[str, Mapping[str, set[str]]]


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    shutil.copy(SOURCES / SCHEMA_FILE, folder)
    (folder / "14_jalisco").mkdir()
    for series in SERIES:
        text = DECLARATION.format(
            source_id=series.source_id,
            rule_id=series.rule_id,
            name=series.source_id.upper(),
            path=PATH,
            prefix=OCDS_PREFIX,
        )
        (folder / "14_jalisco" / f"{series.source_id}.yaml").write_text(text, encoding="utf-8")
    return folder


def _served(series: Series, number: int, folder: Path) -> Dataset:
    """The delivery of that number; a series that has no more stays as it is."""
    records = series.deliveries[min(number, len(series.deliveries) - 1)]
    dataset.save(folder / series.source_id, [lines(*map(orjson.dumps, records))], {})
    return dataset.load(folder / series.source_id, series.source_id)


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, declared: Path, home: Home
) -> tuple[Failing, Failing]:
    """What fails by each source: in its last delivery, and of the last comparison."""
    for number in range(DELIVERIES):
        folder = tmp_path_factory.mktemp("portal")
        served = {series.source_id: _served(series, number, folder) for series in SERIES}
        with LocalPortal(folder / "data", sources=load_sources(declared), datasets=served) as portal:
            news = [series.source_id for series in SERIES if number < len(series.deliveries)]
            outcome = run_tequio(
                home.root,
                *(word for source_id in news for word in ("--only", source_id)),
                TEQUIO_PORTAL_ADDRESS=portal.address,
                TEQUIO_SOURCES=str(declared),
            )
        assert outcome.exit_code == 0, outcome.told.get("error") or outcome.stderr
    latest = home.publications / "latest" / "quality"
    return _failing(f"{latest}/results/**/*.parquet"), _failing(f"{latest}/comparisons.parquet")


def _failing(files: str) -> Failing:
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = duckdb.sql(f"select source_id, entity_id, rule_id from '{files}' where result = 'fail'").fetchall()
    for source_id, entity_id, rule_id in rows:
        found[source_id][entity_id].add(rule_id)
    return found


@pytest.mark.parametrize("series", DATASETS, ids=lambda series: series.rule_id)
def test_a_planted_data_set_fails_its_rule_alone(published: tuple[Failing, Failing], series: Series) -> None:
    assert published[0][series.source_id] == {series.source_id: {series.rule_id, *series.also}}


@pytest.mark.parametrize("series", COMPARED, ids=lambda series: series.rule_id)
def test_a_planted_change_fails_its_rule_alone(published: tuple[Failing, Failing], series: Series) -> None:
    failing = set().union(*published[1][series.source_id].values())
    assert failing == {series.rule_id, *series.also}


def test_a_sound_source_fails_none(published: tuple[Failing, Failing]) -> None:
    assert [each.get(SOUND.source_id, {}) for each in published] == [{}, {}]


def test_every_rule_about_a_source_as_a_whole_is_planted() -> None:
    rules = {rule.id for rule in load_catalogue().rules if rule.id.startswith(("OCDS-T", "TEQ-V"))}
    assert {series.rule_id for series in SERIES} - {SOUND.rule_id} == rules
