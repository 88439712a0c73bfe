"""Each rule about how a delivery arrives has a delivery that fails it, and nothing else about its arrival.

Here: what fetching and landing show. Not here: the rules that need what was built of a delivery
(`tests/end_to_end/test_country.py`), each rule's three results (`tests/unit/quality/test_arrival.py`).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing import land
from pipelines.landing.fetch import fetch_source
from pipelines.landing.ledger import Ledger
from pipelines.portals import pages
from pipelines.portals.http import Portals
from pipelines.quality.arrival import Arrival, ledger_results
from pipelines.registry import Source, load_sources
from pipelines.sandbox import dataset
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.local_portal import LocalPortal
from pipelines.sandbox.rule_cases.deliveries import DELIVERIES, Delivery
from tests.faults.raw_portal import QUICK, source

SCALE = 0.05


def _declared(delivery: Delivery, repository: Path) -> Source:
    if delivery.made is not None:
        family = {"ndjson": "ocds_packages", "csv": "compranet"}[delivery.format]
        files = [{"path": path, "format": delivery.format} for path in delivery.made()]
        return source("bulk_files", family=family, parameters={"files": files})
    return next(one for one in load_sources(repository / "sources") if one.id == delivery.source_id)


def _datasets(delivery: Delivery, declared: Source, folder: Path) -> dict[str, Dataset] | None:
    if delivery.made is None:
        return None
    dataset.save(folder / "data", delivery.made().values(), {})
    return {declared.id: dataset.load(folder / "data", declared.id)}


def _arrival(home: Home, declared: Source, days_ago: int) -> Arrival:
    """What is known of the delivery; one of long ago was landed then and answered for today."""
    landed, fetch = land.current(home, declared.id), pages.last_with_content(home, declared.id)
    if landed is not None and days_ago:
        first = datetime.fromisoformat(landed.fetched_at) - timedelta(days=days_ago)
        landed = replace(landed, fetched_at=first.isoformat())
    return Arrival(
        source_id=declared.id,
        cadence=declared.cadence,
        generation=landed,
        ledger=Ledger(home).last(declared.id),
        unusable=0,
        content_until=None,
        drift=None,
        attempts=Ledger(home).rows(declared.id),
        pages=() if fetch is None else fetch.pages,
    )


def _failing(delivery: Delivery, *, repository: Path, folder: Path) -> set[str]:
    declared = _declared(delivery, repository)
    home = Home(folder / "home")
    home.create()
    datasets = _datasets(delivery, declared, folder)
    with LocalPortal(folder / "portal", sources=[declared], datasets=datasets, scale=SCALE) as portal:
        portals = Portals("sandbox", portal.address, limits=QUICK, env={})
        portal.set_fault(declared.id, delivery.fault)
        for attempt in range(delivery.attempts):
            if 0 < attempt == delivery.attempts - 1:
                portal.set_fault(declared.id, None)
            land.land(declared, fetch_source(declared, home=home, portals=portals), home=home)
    results = ledger_results(_arrival(home, declared, delivery.days_ago))
    return {result.rule_id for result in results if result.result == "fail"}


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda delivery: delivery.rule_id)
def test_a_planted_delivery_fails_its_rule_alone(
    tmp_path: Path, repository: Path, delivery: Delivery
) -> None:
    failing = _failing(delivery, repository=repository, folder=tmp_path)
    assert failing == {delivery.rule_id, *delivery.also}


def test_a_delivery_without_a_fault_fails_none(tmp_path: Path, repository: Path) -> None:
    assert _failing(Delivery("TEQ-L00"), repository=repository, folder=tmp_path) == set()
