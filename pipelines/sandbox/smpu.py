"""Public works of Nuevo León's Secretariat of Mobility and Urban Planning: a year's record packages.

Here: the service's answers, each an array of record packages, except for the oldest year, whose packages
follow each other without an array around them. The records are those of the works system that the
Secretariat took over from Infrastructure (`nuevo_leon.py`: linked releases, compiled release, `x_*`
progress fields, year-1 dates); few records stand together in one package. Not here: the addresses with
the year in their query (`sources/19_nuevo_leon/nuevo_leon_smpu.yaml`).
"""

import random
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import DIALECT_DEFECTS, OCDS_DEFECTS, Planter
from pipelines.sandbox.nuevo_leon import nuevo_leon_package, nuevo_leon_record
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft, repeated
from pipelines.sandbox.procurement import Purchase, make_purchase

# The prefix of the works system; whether it is registered to this Secretariat isn't confirmed.
PREFIX = "ocds-7wj9x5"
SERVICE = "https://smpu.nl.gob.mx/siasi_ws/api/ocds"
NO_PREFIX = 0.04
TOGETHER = 0.1


def make_years(order: Order) -> Made:
    """A collection for each declared year; a record of it is a record package."""
    rng = order.rng
    planter = Planter((*OCDS_DEFECTS, *DIALECT_DEFECTS))
    scene = order.local_scene((1, 9, 90))
    publisher = {**order.publisher, "scheme": "GB-COH", "uid": ""}
    years = order.volume.years
    drafts = []
    number = 0
    for place, _ in enumerate(order.files):
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        packages: list[tuple[str, bytes]] = []
        left = max(last - first, 1)
        while left:
            together = min(left, 2 if rng.random() < TOGETHER else 1)
            left -= together
            records = []
            for _ in range(together):
                number += 1
                purchase = make_purchase(rng, scene, number=number, year=years[place % len(years)])
                records.append(_record(purchase, rng, planter))
            ocid = records[0]["compiledRelease"]["ocid"]
            head = nuevo_leon_package(f"{SERVICE}/{ocid}.json", publisher)
            packages += repeated(rng, ocid, orjson.dumps({**head, "records": records}), planter.planted)
        envelope = Envelope(b"[", b",", b"]", JSON_TYPE)
        if place == 0:
            planter.planted["concatenated_json"] += len(packages)
            envelope = Envelope(b"", b"", b"", JSON_TYPE)
        drafts.append(draft(str(place), envelope, packages))
    return drafts, planter.planted


def _record(purchase: Purchase, rng: random.Random, planter: Planter) -> dict[str, Any]:
    ocid, record = nuevo_leon_record(purchase, rng, prefix=PREFIX, base_url=SERVICE, planter=planter)
    if rng.random() < NO_PREFIX:
        planter.planted["missing_prefix"] += 1
        bare = ocid.removeprefix(f"{PREFIX}-")
        record["ocid"] = bare
        record["compiledRelease"] = {**record["compiledRelease"], "ocid": bare}
    return record
