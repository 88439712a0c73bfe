"""PDN System 6 as its services answer: pages of records, and a page of releases of the older service; what a
provider's REST service holds.

Here: the new answer `{pagination, results: [{ocid, record}]}`, whose `record` is a release of CompraNet's
dialect (`compranet.py`) or of a state's EDCA one (`edca.py`), the older one `{pagination, data: [release]}`,
states whose OCIDs have no prefix, and pages that don't hold all that `totalRows` promises. Not here: the
addresses of the kept files (`sources/nacional/pdn_s6.yaml`), the services themselves.
"""

import random
from pathlib import PurePosixPath
from typing import Any

import orjson

from pipelines.sandbox.compranet import compranet_package
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import DIALECT_DEFECTS, OCDS_DEFECTS, Planter
from pipelines.sandbox.edca import Outlet, edca_package
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, file_address, repeated
from pipelines.sandbox.procurement import Body, Purchase, Scene, make_buyer, make_purchase
from pipelines.sandbox.vocabulary import ENTITIES, STATE_BODIES

# SHCP's processes keep the prefix of CompraNet; the states' systems write what they have.
FEDERAL_PREFIX = "ocds-07smqs"
STATES = ("08", "14", "21", "30")
STATE_AREAS = ("Unidad de Adquisiciones", "Enlace Administrativo")
STATE_SHARE = 0.35
NO_PREFIX = 0.5


def make_pages(order: Order) -> Made:
    """The declared pages; a record of them is what stands in `results` or `data`."""
    rng = order.rng
    planter = Planter((*OCDS_DEFECTS, *DIALECT_DEFECTS))
    federal = order.federal_scene((35, 60, 5))
    states = {entity: Scene(_state_buyers(rng, entity), federal.stall, federal.weights) for entity in STATES}
    drafts = []
    number = 0
    for place, file in enumerate(order.files):
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        is_older = "search" in PurePosixPath(file_address(order.source, file)).name
        found: list[tuple[str, bytes]] = []
        while len(found) < last - first:
            number += 1
            year = rng.choice(order.volume.years)
            if rng.random() < STATE_SHARE:
                entity = rng.choice(STATES)
                purchase = make_purchase(rng, states[entity], number=number, year=year)
                release = _state_release(purchase, rng, entity, planter)
            else:
                purchase = make_purchase(rng, federal, number=number, year=year)
                _, package = compranet_package(purchase, rng, prefix=FEDERAL_PREFIX, planter=planter)
                release = package["releases"][0]
            ocid = release["ocid"]
            record = release if is_older else {"ocid": ocid, "record": release}
            found += repeated(rng, ocid, orjson.dumps(record), planter.planted)
        drafts.append(draft(str(place), _page(is_older, page=place, rows=len(found)), found))
    return drafts, planter.planted


def make_collections(order: Order) -> Made:
    """The collections of a declared REST service: `records` are `{ocid, record}`, `releases` plain releases, of the
    source's own state (the federation's are CompraNet's)."""
    rng, entity = order.rng, order.source.entity
    planter = Planter((*OCDS_DEFECTS, *DIALECT_DEFECTS))
    federal = order.federal_scene((35, 60, 5))
    state = Scene(_state_buyers(rng, entity), federal.stall, federal.weights) if entity in ENTITIES else None
    collections = order.source.parameters["collections"]
    drafts = []
    number = 0
    for place, collection in enumerate(collections):
        first, last = (order.count * step // len(collections) for step in (place, place + 1))
        found: list[tuple[str, bytes]] = []
        for _ in range(first, last):
            number += 1
            year = rng.choice(order.volume.years)
            if state is None:
                purchase = make_purchase(rng, federal, number=number, year=year)
                _, package = compranet_package(purchase, rng, prefix=FEDERAL_PREFIX, planter=planter)
                release = package["releases"][0]
            else:
                purchase = make_purchase(rng, state, number=number, year=year)
                release = _state_release(purchase, rng, entity, planter)
            ocid = release["ocid"]
            record = {"ocid": ocid, "record": release} if collection["name"] == "records" else release
            found.append((ocid, orjson.dumps(record)))
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), found))
    return drafts, planter.planted


def _page(is_older: bool, *, page: int, rows: int) -> Envelope:
    if is_older:
        # Pages of the older service count from 0.
        pagination = orjson.dumps({"total": rows, "page": 0, "pageSize": 200})
        return Envelope(b'{"pagination":' + pagination + b',"data":[', b",", b"]}", JSON_TYPE)
    told = {"page": page + 1, "pageSize": 200, "totalRows": rows, "hasNextPage": False}
    return Envelope(b'{"pagination":' + orjson.dumps(told) + b',"results":[', b",", b"]}", JSON_TYPE)


def _state_release(purchase: Purchase, rng: random.Random, entity: str, planter: Planter) -> dict[str, Any]:
    outlet = Outlet(f"SESEA-{ENTITIES[entity].iso}", "https://plataformadigitalnacional.org", {})
    # Of the saves of a process only the last one is published here, and only it counts as broken.
    ocid, package, _ = edca_package(purchase, rng, outlet=outlet, planter=Planter(()))
    release: dict[str, Any] = planter.plant(package["releases"][-1], planter.draw(rng))
    if rng.random() < NO_PREFIX:
        ocid = ocid.removeprefix(f"{outlet.prefix}-")
    planter.planted["missing_prefix"] += 1
    return {**release, "ocid": ocid}


def _state_buyers(rng: random.Random, entity: str) -> list[Any]:
    place = ENTITIES[entity].name
    bodies = [Body(name.format(place=place), acronym, STATE_AREAS) for name, acronym in STATE_BODIES[:4]]
    return [make_buyer(rng, body, entity=entity, number=number) for number, body in enumerate(bodies)]
